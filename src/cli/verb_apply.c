// SPDX-License-Identifier: Apache-2.0
/* leeway apply: does exactly what a stored plan says, and tells what it does while it does it. */
#include "cli/session.h"

#include "base/clock.h"
#include "data/json.h"
#include "engine/build.h"

#include <string.h>
#include <time.h>

#define LAST_LINES_MS 1000
#define READY_MS 600000

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

/* ---- waiting for what was applied to be ready ---- */

static const struct leeway_release *find_release(struct leeway_snapshot *snap, uint64_t id)
{
    for (size_t i = 0; i < leeway_releases(snap); i++)
        if (leeway_release_at(snap, i)->id == id)
            return leeway_release_at(snap, i);
    return NULL;
}

/* How many targets still wait; *bad: one will not become ready by waiting. Says why at the end. */
static size_t waiting(struct leeway_snapshot *snap, uint64_t release, bool *bad, bool say)
{
    const struct leeway_release *r = find_release(snap, release);
    size_t n = 0;
    for (size_t i = 0; r && i < r->n_target_rows; i++) {
        const struct leeway_release_target *t = &r->target_rows[i];
        bool waits = t->phase == LEEWAY_TARGET_WAITING;
        bool failed = t->phase == LEEWAY_TARGET_DEGRADED || t->phase == LEEWAY_TARGET_FAILED;
        n += waits;
        *bad = *bad || failed;
        if (say && (waits || failed))
            fprintf(stderr, "leeway apply: %s is not ready: %s\n", t->cluster.str,
                    failed ? t->error.str : t->waiting.str);
    }
    return n;
}

/* Until every target is healthy, one is degraded, or the time is over. */
static int wait_ready(struct progress *p, uint64_t release, int64_t timeout_ms)
{
    int64_t until = cli_now_ms() + timeout_ms;
    for (;;) {
        struct leeway_event *ev;
        bool bad = false, in_time = true;
        show(p);
        struct leeway_snapshot *snap = leeway_snapshot_take(p->session->leeway);
        size_t n = waiting(snap, release, &bad, false);
        while ((ev = leeway_next_event(p->session->leeway)))
            leeway_event_free(ev);
        if (n && !bad)
            in_time = cli_session_wait(p->session, until);
        if (!in_time || bad)
            waiting(snap, release, &bad, true);
        leeway_snapshot_unref(snap);
        if (!n || bad || !in_time)
            return p->session->interrupted ? CLI_INTERRUPTED : n || bad ? CLI_FAILED : CLI_OK;
    }
}

/* ---- stages ---- */

struct stages {
    struct arena arena;
    VEC(const char *) texts;
};

static bool is_gated(const struct cli_args *args, const char *name, size_t len)
{
    const char **gates = NULL;
    size_t n = cli_values(args, "gate", &gates);
    bool gated = false;
    for (size_t i = 0; i < n; i++)
        gated |= strlen(gates[i]) == len && memcmp(gates[i], name, len) == 0;
    mem_free(gates);
    return gated;
}

/* "canary=c1,c2", "eu=@region=eu", "rest": as the engine reads them. CLI_OK or CLI_USAGE. */
static int read_stages(const struct cli_args *args, struct stages *out)
{
    const char **given = NULL, *max = cli_value(args, "max-concurrency");
    const char *budget = cli_value(args, "failure-budget"), *soak = cli_value(args, "soak");
    size_t n = cli_values(args, "stage", &given);
    int64_t soak_ms = 0;
    int status = CLI_OK;
    arena_init(&out->arena);
    if (soak && !cli_parse_duration(soak, &soak_ms))
        status = cli_usage(args->verb, "--soak %s: give it as 15s, 2m or 1h", soak);
    bool all = !n && (max || budget || soak);
    if (all)
        n = 1;
    for (size_t i = 0; !status && i < n; i++) {
        const char *text = all ? "all" : given[i];
        size_t len = strcspn(text, "=");
        const char *which = text[len] ? text + len + 1 : "";
        bool selects = *which == '@';
        const char *how = arena_printf(&out->arena, "%.*s%s%s%s%s%s%s soak=%lld%s%s%s", (int)len,
                                       text, *which && !selects ? " clusters=" : "",
                                       selects ? "" : which, max ? " max=" : "", max ? max : "",
                                       budget ? " budget=" : "", budget ? budget : "",
                                       (long long)soak_ms, is_gated(args, text, len) ? " gate" : "",
                                       selects ? " selector=" : "", selects ? which + 1 : "");
        if (!len || strcspn(text, " ") < len || (!selects && strchr(which, ' ')))
            status = cli_usage(args->verb,
                               "--stage %s: NAME, NAME=CLUSTER,CLUSTER or NAME=@LABEL=VALUE", text);
        vec_push(&out->texts, how);
    }
    mem_free(given);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args = {0};
    struct cli_session s;
    struct stages stages = {.texts = {0}};
    enum cli_output how;
    struct err err = ERR_INIT;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&args, CLI_OUT_TABLE | CLI_OUT_JSON, &how, &status) == CLI_STOP)
        goto out;
    if (cli_flag(&args, "wait") && cli_flag(&args, "no-wait")) {
        status = cli_usage(verb, "--wait and --no-wait: one of them");
        goto out;
    }
    if (args.words.len != 1) {
        status = cli_usage(verb, "say which plan: its hash, or the first digits of it");
        goto out;
    }
    if ((status = read_stages(&args, &stages)))
        goto out;
    if ((status = cli_session_open(&s, &args, CLI_SESSION_NO_WATCH | CLI_SESSION_BRIEF)))
        goto out;
    struct leeway_snapshot *snap = cli_session_reach(&s);
    status = snap ? CLI_OK : CLI_INTERRUPTED;
    struct progress p = {.session = &s, .json = how == CLI_OUT_JSON, .plan = args.words.items[0]};
    const struct leeway_command c = {.kind = LEEWAY_CMD_APPLY,
                                     .plan = args.words.items[0],
                                     .confirm = cli_value(&args, "confirm"),
                                     .prune_anyway = cli_flag(&args, "prune-anyway"),
                                     .confirm_shared = cli_flag(&args, "confirm-shared"),
                                     .stages = stages.texts.items,
                                     .n_stages = stages.texts.len};
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
        if (ev->kind == LEEWAY_EVENT_DONE && ev->release && cli_flag(&args, "wait"))
            status =
                wait_ready(&p, ev->release, cli_value(&args, "timeout") ? s.timeout_ms : READY_MS);
        leeway_event_free(ev);
    }
    cli_session_close(&s);
out:
    vec_clear(&stages.texts);
    arena_clear(&stages.arena);
    cli_args_clear(&args);
    return status;
}

static const struct cli_option options[] = {
    {"confirm", 0, CLI_VALUE, "ENVIRONMENT",
     "the environment's name, which protected clusters ask for"},
    {"prune-anyway", 0, CLI_FLAG, NULL, "go on although many objects would be deleted"},
    {"confirm-shared", 0, CLI_FLAG, NULL,
     "also delete objects of shared kinds: namespaces, definitions, cluster roles"},
    {"stage", 0, CLI_VALUES, "NAME[=CLUSTER,CLUSTER|=@LABEL=VALUE]",
     "the targets of one stage; what is left when it names none; stages go in the order given"},
    {"max-concurrency", 0, CLI_VALUE, "N|N%",
     "so many targets of a stage at a time; all otherwise"},
    {"failure-budget", 0, CLI_VALUE, "N", "so many targets of a stage may fail; 0 otherwise"},
    {"soak", 0, CLI_VALUE, "TIME", "a stage stays healthy for so long before the next begins"},
    {"gate", 0, CLI_VALUES, "NAME", "leeway rollout approve lets this stage begin"},
    {"wait", 0, CLI_FLAG, NULL,
     "then wait until everything is ready, at most --timeout (10m): 1 when it is not"},
    {"no-wait", 0, CLI_FLAG, NULL, "be done when everything was sent; this is so without either"},
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
