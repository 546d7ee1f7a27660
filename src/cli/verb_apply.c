// SPDX-License-Identifier: Apache-2.0
/* leeway apply: does exactly what a stored plan says, and tells what it does while it does it. */
#include "cli/session.h"

#include "base/clock.h"
#include "data/json.h"
#include "engine/build.h"

#include <string.h>
#include <time.h>

#define LAST_LINES_MS 1000

struct progress {
    struct cli_session *session;
    bool json;
    const char *plan;
    uint64_t release;
    size_t logged; /* lines that were printed of it */
    char waiting[512];
};

static void print_json(const struct leeway_release *r, const struct leeway_log_line *l)
{
    struct val_pool pool;
    struct buf text;
    val_pool_init(&pool);
    buf_init(&text, BUF_LARGE);
    struct val_builder *b = val_builder_new(&pool, 4);
    char at[CLOCK_RFC3339_LEN];
    clock_format_rfc3339(l->at_ms, at);
    val_builder_map(b);
    build_str(b, "at", at);
    build_str(b, "environment", r->environment.str);
    build_put(b, "release", val_of_int(r->number));
    build_str(b, "cluster", l->cluster.str);
    build_str(b, "object", l->object.str);
    build_str(b, "what", l->what.str);
    build_str(b, "state", leeway_state_word(l->state));
    val_builder_end(b);
    json_write(&text, val_builder_finish(b), JSON_COMPACT);
    puts(buf_str(&text));
    val_builder_free(b);
    buf_clear(&text);
    val_pool_clear(&pool);
}

static void print_waiting(struct progress *p, const struct leeway_release *r)
{
    for (size_t i = 0; i < r->n_target_rows && !p->json; i++) {
        const struct leeway_release_target *t = &r->target_rows[i];
        char line[sizeof(p->waiting)];
        if (!t->waiting.len || t->phase != LEEWAY_TARGET_WAITING)
            continue;
        snprintf(line, sizeof(line), "%s waits for %s", t->cluster.str, t->waiting.str);
        if (strcmp(line, p->waiting) == 0)
            continue;
        memcpy(p->waiting, line, sizeof(line));
        puts(line);
    }
}

/* Whether the release has ended in what was shown. */
static bool show(struct progress *p)
{
    bool ended = false;
    struct leeway_snapshot *snap = leeway_snapshot_take(p->session->leeway);
    for (size_t i = 0; i < leeway_releases(snap); i++) {
        const struct leeway_release *r = leeway_release_at(snap, i);
        if (strncmp(r->plan.str, p->plan, strlen(p->plan)) != 0 || r->id < p->release)
            continue;
        if (r->id != p->release)
            p->logged = 0;
        p->release = r->id;
        for (; p->logged < r->n_log; p->logged++) {
            const struct leeway_log_line *l = &r->log[p->logged];
            if (p->json)
                print_json(r, l);
            else
                printf("%s  %s %s\n", l->cluster.str, l->object.str, l->what.str);
        }
        print_waiting(p, r);
        ended = r->ended_ms != 0;
    }
    fflush(stdout);
    leeway_snapshot_unref(snap);
    return ended;
}

/* The answer to the command, showing progress meanwhile; NULL when interrupted. */
static struct leeway_event *follow(struct progress *p, uint64_t request)
{
    for (;;) {
        struct leeway_event *ev;
        while ((ev = leeway_next_event(p->session->leeway))) {
            if (ev->request == request)
                return ev;
            if (ev->kind == LEEWAY_EVENT_MESSAGE && !p->json)
                fprintf(stderr, "%s%s%s\n", ev->where.str, ev->where.len ? ": " : "", ev->text.str);
            leeway_event_free(ev);
        }
        show(p);
        if (!cli_session_wait(p->session, -1))
            return NULL;
    }
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args = {0};
    struct cli_session s;
    enum cli_output how;
    struct err err = ERR_INIT;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&args, CLI_OUT_TABLE | CLI_OUT_JSON, &how, &status) == CLI_STOP)
        goto out;
    if (args.words.len != 1) {
        status = cli_usage(verb, "say which plan: its hash, or the first digits of it");
        goto out;
    }
    if ((status = cli_session_open(&s, &args, CLI_SESSION_NO_WATCH)))
        goto out;
    struct leeway_snapshot *snap = cli_session_reach(&s);
    status = snap ? CLI_OK : CLI_INTERRUPTED;
    struct progress p = {.session = &s, .json = how == CLI_OUT_JSON, .plan = args.words.items[0]};
    const struct leeway_command c = {.kind = LEEWAY_CMD_APPLY,
                                     .plan = args.words.items[0],
                                     .confirm = cli_value(&args, "confirm"),
                                     .prune_anyway = cli_flag(&args, "prune-anyway"),
                                     .confirm_shared = cli_flag(&args, "confirm-shared")};
    /* releases of the same plan that were before are not this one */
    for (size_t i = 0; snap && i < leeway_releases(snap); i++)
        if (leeway_release_at(snap, i)->ended_ms && leeway_release_at(snap, i)->id >= p.release)
            p.release = leeway_release_at(snap, i)->id + 1;
    leeway_snapshot_unref(snap);
    uint64_t request = status ? 0 : leeway_post(s.leeway, &c, &err);
    struct leeway_event *ev = request ? follow(&p, request) : NULL;
    if (err.code)
        status = cli_fail(verb, &err);
    else if (!ev) {
        status = CLI_INTERRUPTED;
        fprintf(stderr,
                "leeway apply: interrupted; what is not done yet goes on with: leeway "
                "apply %s\n",
                args.words.items[0]);
    }
    if (ev) {
        /* The answer may overtake the snapshot with the last lines. */
        int64_t until = cli_now_ms() + LAST_LINES_MS;
        while (!show(&p) && ev->kind == LEEWAY_EVENT_DONE && cli_session_wait(&s, until))
            ;
        if (ev->kind == LEEWAY_EVENT_FAILED)
            status = cli_fail(verb, &ev->err);
        else if (!p.json)
            puts(ev->text.str);
        leeway_event_free(ev);
    }
    cli_session_close(&s);
out:
    cli_args_clear(&args);
    return status;
}

static const struct cli_option options[] = {
    {"confirm", 0, CLI_VALUE, "ENVIRONMENT",
     "the environment's name, which protected clusters ask for"},
    {"prune-anyway", 0, CLI_FLAG, NULL, "go on although many objects would be deleted"},
    {"confirm-shared", 0, CLI_FLAG, NULL,
     "also delete objects of shared kinds: namespaces, definitions, cluster roles"},
    CLI_OPTIONS_OUTPUT("table|json"),
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_apply = {
    .name = "apply",
    .args = "HASH",
    .summary = "do exactly what a plan says",
    .about =
        "Applies the stored plan of that hash, and nothing else: when an object is not what it "
        "was when the plan was made, nothing is sent. An interrupted apply goes on when it is "
        "called again.\n"
        "Exit status: 0 done or nothing to do, 1 it failed, 130 interrupted.",
    .options = options,
    .changes_clusters = true,
    .run = run,
};
