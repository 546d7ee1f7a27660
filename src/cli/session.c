// SPDX-License-Identifier: Apache-2.0
#include "cli/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { TIMEOUT_MS = 15000 };

int64_t cli_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int cli_fail(const struct cli_verb *verb, struct err *e)
{
    struct arena a;
    arena_init(&a);
    char *text = err_format(e);
    fprintf(stderr, "leeway %s: %s\n", verb->name, text_cstr(&a, text).str);
    int status = e->code == ERR_USAGE ? CLI_USAGE : CLI_FAILED;
    mem_free(text);
    arena_clear(&a);
    err_clear(e);
    return status;
}

/* Signals become readable; those of the engine's threads are blocked there. */
static int watch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int cli_session_open(struct cli_session *s, const struct cli_args *args, unsigned flags)
{
    *s = (struct cli_session){.args = args, .timeout_ms = TIMEOUT_MS, .signal_fd = -1};
    const char *timeout = cli_value(args, "timeout");
    if (timeout && !cli_parse_duration(timeout, &s->timeout_ms))
        return cli_usage(args->verb, "--timeout %s: give it as 15s, 2m or 1h", timeout);
    const char **more;
    VEC(const char *) contexts = {0};
    static const char *const names[] = {"context", "cluster"};
    for (size_t i = 0; i < ARRAY_LEN(names) && !(flags & CLI_SESSION_WHOLE); i++) {
        size_t n = cli_values(args, names[i], &more);
        for (size_t k = 0; k < n; k++)
            vec_push(&contexts, more[k]);
        mem_free(more);
    }
    if (contexts.len)
        vec_push(&contexts, NULL);
    s->contexts = contexts.items;
    const struct leeway_options o = {
        .fleet_file = cli_value(args, "fleet"),
        .kubeconfig = cli_value(args, "kubeconfig"),
        .contexts = s->contexts,
        .selector = cli_value(args, "selector"),
        .store_path = cli_value(args, "store"),
        .log_path = cli_value(args, "log"),
        .log_level = 3,
        .read_only = flags & CLI_SESSION_READ_ONLY,
        .no_store = flags & CLI_SESSION_NO_STORE,
        .no_watch = flags & CLI_SESSION_NO_WATCH,
        .brief = flags & CLI_SESSION_BRIEF,
        .program = args->verb->name,
        .lasting = flags & CLI_SESSION_LASTING,
        /* what only looks on, however long, changes nothing */
        .heals = flags & CLI_SESSION_LASTING && args->verb->changes_clusters,
        .spectate = flags & CLI_SESSION_SPECTATE,
        .lock_fd = flags & CLI_SESSION_INHERIT ? 3 : 0,
    };
    struct err e = ERR_INIT;
    s->signal_fd = watch_signals();
    s->leeway = leeway_open(&o, &e);
    if (s->leeway)
        return CLI_OK;
    int status = cli_fail(args->verb, &e);
    cli_session_close(s);
    return status;
}

void cli_session_close(struct cli_session *s)
{
    leeway_close(s->leeway, s->signal == SIGHUP); /* the terminal is gone, what runs is not */
    if (s->signal_fd >= 0)
        close(s->signal_fd);
    mem_free(s->contexts);
    memset(s, 0, sizeof(*s));
    s->signal_fd = -1;
}

bool cli_session_wait(struct cli_session *s, int64_t deadline_ms)
{
    if (s->interrupted)
        return false;
    struct pollfd fds[] = {{leeway_event_fd(s->leeway), POLLIN, 0}, {s->signal_fd, POLLIN, 0}};
    for (;;) {
        int wait = -1;
        if (deadline_ms >= 0) {
            int64_t left = deadline_ms - cli_now_ms();
            if (left <= 0)
                return false;
            wait = left > 60000 ? 60000 : (int)left;
        }
        int n = poll(fds, 2, wait);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0 && fds[1].revents) {
            struct signalfd_siginfo info;
            if (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
                s->signal = (int)info.ssi_signo;
            s->interrupted = true;
            return false;
        }
        if (n > 0)
            return true;
    }
}

static void drop_events(struct cli_session *s)
{
    struct leeway_event *ev;
    while ((ev = leeway_next_event(s->leeway)))
        leeway_event_free(ev);
}

static bool is_reached(const struct leeway_snapshot *snap)
{
    for (size_t i = 0; i < leeway_clusters(snap); i++) {
        const struct leeway_cluster *c = leeway_cluster_at(snap, i);
        if (c->reach == LEEWAY_REACH_WAITING || c->reach == LEEWAY_REACH_CONNECTING ||
            (c->reach == LEEWAY_REACH_OK && !c->n_apis))
            return false;
    }
    return true;
}

struct leeway_snapshot *cli_session_reach(struct cli_session *s)
{
    int64_t deadline_ms = cli_now_ms() + s->timeout_ms;
    for (;;) {
        struct leeway_snapshot *snap = leeway_snapshot_take(s->leeway);
        if (is_reached(snap))
            return snap;
        drop_events(s);
        bool more = cli_session_wait(s, deadline_ms);
        if (!more && !s->interrupted)
            return snap;
        leeway_snapshot_unref(snap);
        if (!more)
            return NULL;
    }
}

static bool is_answered(const struct leeway_look *l)
{
    for (size_t i = 0; i < l->n_sources; i++)
        if (l->sources[i].state == LEEWAY_SOURCE_WAITING)
            return false;
    return true;
}

struct leeway_snapshot *cli_session_look(struct cli_session *s, uint64_t id)
{
    int64_t deadline_ms = cli_now_ms() + s->timeout_ms;
    for (;;) {
        struct leeway_snapshot *snap = leeway_snapshot_take(s->leeway);
        const struct leeway_look *l = leeway_look_by_id(snap, id);
        if (l && is_answered(l))
            return snap;
        drop_events(s);
        bool more = cli_session_wait(s, deadline_ms);
        if (!more && !s->interrupted && l)
            return snap;
        leeway_snapshot_unref(snap);
        if (!more)
            return NULL;
    }
}

struct leeway_snapshot *cli_session_settle(struct cli_session *s, bool *settled)
{
    int64_t deadline_ms = cli_now_ms() + s->timeout_ms;
    for (;;) {
        struct leeway_snapshot *snap = leeway_snapshot_take(s->leeway);
        *settled = leeway_settled(snap);
        if (*settled)
            return snap;
        drop_events(s);
        if (!cli_session_wait(s, deadline_ms)) {
            if (!s->interrupted)
                return snap;
            leeway_snapshot_unref(snap);
            return NULL;
        }
        leeway_snapshot_unref(snap);
    }
}

void cli_say_nothing_applied(const struct leeway_snapshot *snap, const char *more)
{
    const struct leeway_fleet_info *f = leeway_snapshot_fleet(snap);
    int n = f->unknown_environments, on = f->unknown_on;
    fprintf(stderr, "Nothing was applied from here yet%s.\n", more);
    if (n)
        fprintf(stderr,
                "%d environment%s found on %d cluster%s that this store does not know: if it was "
                "lost, `leeway store rebuild` takes them over.\n",
                n, n == 1 ? "" : "s", on, on == 1 ? "" : "s");
}

static void say_event(const struct leeway_event *ev)
{
    if (ev->text.len)
        fprintf(stderr, "%s\n", ev->text.str);
}

struct leeway_event *cli_session_ask(struct cli_session *s, const struct leeway_command *c,
                                     cli_event_fn *on_event, void *ctx, int *status)
{
    struct err e = ERR_INIT;
    uint64_t request = leeway_post(s->leeway, c, &e);
    if (!request) {
        *status = cli_fail(s->args->verb, &e);
        return NULL;
    }
    for (;;) {
        struct leeway_event *ev;
        while ((ev = leeway_next_event(s->leeway))) {
            if (ev->request == request) {
                if (ev->kind != LEEWAY_EVENT_FAILED)
                    return ev;
                *status = cli_fail(s->args->verb, &ev->err);
                leeway_event_free(ev);
                return NULL;
            }
            if (on_event)
                on_event(ctx, ev);
            else
                say_event(ev);
            leeway_event_free(ev);
        }
        if (!cli_session_wait(s, -1)) {
            *status = CLI_INTERRUPTED;
            return NULL;
        }
    }
}
