// SPDX-License-Identifier: Apache-2.0
/* leeway revert: a plan that gives fields of one object back what the last release gave them. */
#include "cli/plan_text.h"
#include "cli/session.h"

#include <string.h>

/* The only environment there is, when none was named. */
static const char *environment_of(const struct cli_args *a, const struct leeway_snapshot *snap)
{
    const char *named = cli_value(a, "env");
    if (!named && leeway_environments(snap) == 1)
        return leeway_environment_at(snap, 0)->name.str;
    return named;
}

static int status_of(const struct leeway_plan *p)
{
    if (p->counts[LEEWAY_ACTION_ERROR])
        return CLI_UNKNOWN;
    return p->changes ? CLI_CHANGES : CLI_OK;
}

/* What stands against other objects is not what was asked. */
static void drop(void *ctx, const struct leeway_event *ev)
{
    (void)ctx;
    (void)ev;
}

static int ask(struct cli_session *s, const char *kind, const char *name, enum cli_output how)
{
    const struct cli_args *a = s->args;
    bool settled;
    int status = CLI_INTERRUPTED;
    struct leeway_snapshot *snap = cli_session_settle(s, &settled);
    if (!snap)
        return status;
    const char **clusters = NULL;
    size_t n_clusters = cli_values(a, "cluster", &clusters);
    const char *environment = environment_of(a, snap);
    if (!environment) {
        status = cli_usage(a->verb, "say which environment: --env NAME");
        goto out;
    }
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_REVERT,
                                     .environment = environment,
                                     .cluster = n_clusters == 1 ? clusters[0] : NULL,
                                     .namespace_ = cli_value(a, "namespace"),
                                     .object_kind = kind,
                                     .name = name,
                                     .paths = a->words.items + 1,
                                     .n_paths = a->words.len - 1};
    struct leeway_event *ev = cli_session_ask(s, &c, drop, NULL, &status);
    if (ev) {
        cli_plan_print(stdout, ev->plan, how);
        status = status_of(ev->plan);
        leeway_event_free(ev);
    }
out:
    mem_free(clusters);
    leeway_snapshot_unref(snap);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args a = {0};
    struct cli_session s;
    enum cli_output how;
    char *kind = NULL;
    int status;
    if (cli_parse(verb, argc, argv, &a, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&a, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML | CLI_OUT_MARKDOWN, &how,
                      &status) == CLI_STOP)
        goto out;
    const char *slash = a.words.len ? strchr(a.words.items[0], '/') : NULL;
    if (!slash || slash == a.words.items[0] || !slash[1]) {
        status = cli_usage(verb, "say which object: %s", verb->args);
        goto out;
    }
    kind = mem_strndup(a.words.items[0], (size_t)(slash - a.words.items[0]));
    if ((status = cli_session_open(&s, &a, 0)))
        goto out;
    status = ask(&s, kind, slash + 1, how);
    cli_session_close(&s);
out:
    mem_free(kind);
    cli_args_clear(&a);
    return status;
}

static const struct cli_option options[] = {
    {"env", 'e', CLI_VALUE, "NAME", "the environment that it belongs to; the only one otherwise"},
    {"namespace", 'n', CLI_VALUE, "NAMESPACE", "only the object in this namespace"},
    CLI_OPTIONS_OUTPUT("table|json|yaml|markdown"),
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_revert = {
    .name = "revert",
    .args = "KIND/NAME [PATH...]",
    .summary = "plan to give drifted fields back what was given",
    .about = "Makes a plan that sets the fields (paths as leeway drift prints them; all that stand "
             "against the object when none is named) back to what the last release gave, and "
             "prints it with its hash. Fields that are not reverted stay as they are. leeway apply "
             "HASH does it.\n"
             "Exit status: 2 there are changes, 0 nothing to do, 3 something could not be planned, "
             "1 it failed.",
    .options = options,
    .run = run,
};
