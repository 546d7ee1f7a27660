// SPDX-License-Identifier: Apache-2.0
/* leeway plan: what a folder of manifests would change, found out with dry runs. */
#include "cli/plan_text.h"
#include "cli/session.h"

#include <string.h>

/* The next line whose path was named on the command line and is not chosen so yet. */
static bool find_choice(const struct leeway_plan *p, const char *path, enum leeway_choice choice,
                        struct leeway_command *c, const char **at)
{
    bool all = strcmp(path, "all") == 0;
    for (size_t i = 0; i < p->n_rows; i++)
        for (size_t k = 0; k < p->rows[i].n_fields; k++) {
            const struct leeway_plan_field *f = &p->rows[i].fields[k];
            if (f->choice == LEEWAY_CHOICE_NONE || f->choice == choice ||
                (all && f->choice != LEEWAY_CHOICE_OPEN) ||
                (!all && strcmp(f->path.str, path) != 0))
                continue;
            *at = f->path.str;
            c->row = p->rows[i].number;
            return true;
        }
    return false;
}

/* Chooses until every line of that path is chosen. The plan in *ev becomes another one. */
static int choose(struct cli_session *s, struct leeway_event **ev, const char *path,
                  enum leeway_choice choice)
{
    for (int rounds = 0; rounds < 1000; rounds++) {
        const char *at;
        struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_CHOOSE, .choice = choice, .n_paths = 1};
        const struct leeway_plan *p = (*ev)->plan;
        if (!p->hash.len || !find_choice(p, path, choice, &c, &at))
            return CLI_OK;
        int status = CLI_OK;
        c.paths = &at;
        c.plan = p->hash.str;
        struct leeway_event *next = cli_session_ask(s, &c, NULL, NULL, &status);
        if (!next)
            return status;
        leeway_event_free(*ev);
        *ev = next;
    }
    return CLI_OK;
}

static int choose_all(struct cli_session *s, struct leeway_event **ev, const char *option,
                      enum leeway_choice choice)
{
    const char **paths = NULL;
    size_t n = cli_values(s->args, option, &paths);
    int status = CLI_OK;
    for (size_t i = 0; !status && i < n; i++)
        status = choose(s, ev, paths[i], choice);
    mem_free(paths);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args = {0};
    struct cli_session s;
    enum cli_output how;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&args, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML | CLI_OUT_MARKDOWN, &how,
                      &status) == CLI_STOP)
        goto out;
    const char *folder = cli_value(&args, "filename");
    if (!folder || args.words.len) {
        status = cli_usage(verb, folder ? "%s is one word too many" : "say which folder: -f DIR",
                           folder ? args.words.items[0] : "");
        goto out;
    }
    if (!cli_plan_out_is_good(&args)) {
        status = CLI_USAGE;
        goto out;
    }
    if ((status = cli_session_open(&s, &args, CLI_SESSION_NO_WATCH | CLI_SESSION_BRIEF)))
        goto out;
    struct leeway_snapshot *snap = cli_session_reach(&s);
    VEC(const char *) clusters = {0};
    for (size_t i = 0; snap && i < leeway_clusters(snap); i++)
        vec_push(&clusters, leeway_cluster_at(snap, i)->name.str);
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_FOLDER,
                                     .folder = folder,
                                     .environment = cli_value(&args, "env"),
                                     .namespace_ = cli_value(&args, "namespace"),
                                     .clusters = clusters.items,
                                     .n_clusters = clusters.len};
    status = snap ? CLI_OK : CLI_INTERRUPTED;
    struct leeway_event *ev = snap ? cli_session_ask(&s, &c, NULL, NULL, &status) : NULL;
    if (ev)
        status = choose_all(&s, &ev, "take-over", LEEWAY_CHOICE_TAKE_OVER);
    if (ev && !status)
        status = choose_all(&s, &ev, "keep", LEEWAY_CHOICE_KEEP_THEIRS);
    if (ev && !status)
        status = cli_plan_answer(&args, ev->plan, how);
    if (ev)
        leeway_event_free(ev);
    vec_clear(&clusters);
    leeway_snapshot_unref(snap);
    cli_session_close(&s);
out:
    cli_args_clear(&args);
    return status;
}

static const struct cli_option options[] = {
    {"filename", 'f', CLI_VALUE, "DIR", "the folder (or file) of manifests"},
    {"env", 0, CLI_VALUE, "NAME", "the environment that it is; the folder's name otherwise"},
    {"namespace", 'n', CLI_VALUE, "NAMESPACE",
     "where objects without one go; the context's otherwise"},
    {"take-over", 0, CLI_VALUES, "PATH",
     "take this field from whoever owns it (. is the object itself, all is every open one)"},
    {"keep", 0, CLI_VALUES, "PATH", "leave this field to whoever owns it"},
    CLI_OPTION_OUT,
    CLI_OPTIONS_OUTPUT("table|json|yaml|markdown"),
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_plan = {
    .name = "plan",
    .args = "-f DIR",
    .summary = "what a folder of manifests would change",
    .about = "Tries every object of the folder on every chosen cluster with dry runs, prints what "
             "would be created, changed, replaced and deleted, and the hash by which exactly that "
             "can be applied. Sends nothing else.\n"
             "Exit status: 0 nothing to do, 2 there are changes, 3 something could not be planned, "
             "1 it failed.",
    .options = options,
    .run = run,
};
