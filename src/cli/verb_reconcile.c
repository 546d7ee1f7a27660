// SPDX-License-Identifier: Apache-2.0
/*
 * leeway reconcile: releases without a console. A console or verb that ends while a release runs
 * starts it with the store's lock as descriptor 3 and waits to be waited for on descriptor 4; a
 * person can start it to finish what was interrupted.
 */
#include "cli/session.h"

#include "engine/beside/hand_over.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct work {
    const char *name; /* ENVIRONMENT/NUMBER */
    uint64_t request;
    bool over, failed;
};

/* Until the process before us has closed the store. */
static void wait_for_begin(void)
{
    char byte;
    ssize_t n;
    while ((n = read(HAND_OVER_BEGIN_FD, &byte, 1)) > 0 || (n < 0 && errno == EINTR))
        ;
    close(HAND_OVER_BEGIN_FD);
}

static bool is_inherited(void)
{
    struct stat st;
    return fstat(HAND_OVER_LOCK_FD, &st) == 0 && S_ISREG(st.st_mode) &&
           fstat(HAND_OVER_BEGIN_FD, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Its id in this process; 0: there is no such release, or it has ended. */
static uint64_t find(struct leeway_snapshot *snap, const char *name)
{
    const char *slash = strrchr(name, '/');
    for (size_t i = 0; slash && i < leeway_releases(snap); i++) {
        const struct leeway_release *r = leeway_release_at(snap, i);
        if (r->environment.len == (size_t)(slash - name) && !r->ended_ms &&
            memcmp(r->environment.str, name, r->environment.len) == 0 &&
            r->number == strtol(slash + 1, NULL, 10))
            return r->id;
    }
    return 0;
}

static bool begin(struct cli_session *s, struct leeway_snapshot *snap, struct work *w)
{
    struct err e = ERR_INIT;
    const struct leeway_command c = {.kind = LEEWAY_CMD_RESUME, .release = find(snap, w->name)};
    if (!c.release)
        err_set(&e, ERR_NOT_FOUND, "%s is not a release that waits to be finished", w->name);
    else
        w->request = leeway_post(s->leeway, &c, &e);
    w->over = w->failed = !w->request;
    if (e.code)
        cli_fail(s->args->verb, &e);
    return w->request != 0;
}

static void take(struct cli_session *s, struct work *work, size_t n)
{
    struct leeway_event *ev;
    while ((ev = leeway_next_event(s->leeway))) {
        for (size_t i = 0; i < n; i++) {
            if (!ev->request || ev->request != work[i].request)
                continue;
            work[i].over = true;
            work[i].failed = ev->kind == LEEWAY_EVENT_FAILED;
            if (work[i].failed)
                cli_fail(s->args->verb, &ev->err);
            else
                puts(ev->text.str);
        }
        leeway_event_free(ev);
    }
}

static int finish(struct cli_session *s, struct work *work, size_t n)
{
    bool open = true, failed = false;
    struct leeway_snapshot *snap = cli_session_reach(s);
    if (!snap)
        return CLI_INTERRUPTED;
    for (size_t i = 0; i < n; i++)
        begin(s, snap, &work[i]);
    leeway_snapshot_unref(snap);
    while (open) {
        take(s, work, n);
        open = failed = false;
        for (size_t i = 0; i < n; i++) {
            open |= !work[i].over;
            failed |= work[i].failed;
        }
        if (open && !cli_session_wait(s, -1))
            return CLI_INTERRUPTED;
    }
    return failed ? CLI_FAILED : CLI_OK;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args = {0};
    struct cli_session s;
    const char **names = NULL;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    size_t n = cli_values(&args, "release", &names);
    bool inherited = cli_flag(&args, "inherited");
    struct work *work = mem_calloc(n + 1, sizeof(*work));
    for (size_t i = 0; i < n; i++)
        work[i].name = names[i];
    if (!n || args.words.len)
        status = cli_usage(verb, "say which release: --release ENVIRONMENT/NUMBER");
    else if (inherited && !is_inherited())
        status = cli_usage(verb, "--inherited is for leeway itself");
    else {
        if (inherited)
            wait_for_begin();
        status = cli_session_open(&s, &args,
                                  CLI_SESSION_LASTING | (inherited ? CLI_SESSION_INHERIT : 0));
        if (!status) {
            status = finish(&s, work, n);
            cli_session_close(&s);
        }
    }
    mem_free(work);
    mem_free(names);
    cli_args_clear(&args);
    return status;
}

static const struct cli_option options[] = {
    {"release", 0, CLI_VALUES, "ENVIRONMENT/NUMBER", "finish this release, and then end"},
    {"inherited", 0, CLI_FLAG, NULL, "started by a leeway that hands over; not for people"},
    {"store", 0, CLI_VALUE, "FILE", "the store; the fleet's otherwise"},
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_reconcile = {
    .name = "reconcile",
    .args = "--release ENVIRONMENT/NUMBER",
    .summary = "finish releases in a process of its own",
    .about =
        "A release outlives its console: whoever ends while one runs leaves it to this verb, in "
        "the background, with the same credentials. It takes the release up where it stands, "
        "listens beside the store for consoles and verbs, and ends with the release. SIGTERM "
        "stops it at a safe point.\n"
        "Exit status: 0 done, 1 it failed, 130 interrupted.",
    .options = options,
    .changes_clusters = true,
    .run = run,
};
