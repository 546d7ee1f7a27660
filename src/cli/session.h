// SPDX-License-Identifier: Apache-2.0
/*
 * What verbs that look at a fleet have in common: options → struct leeway_options, an open engine,
 * waiting for it with a deadline, and Ctrl-C. Main thread.
 */
#ifndef LEEWAY_CLI_SESSION_H
#define LEEWAY_CLI_SESSION_H

#include "cli/options.h"
#include "leeway/leeway.h"

struct cli_session {
    struct leeway *leeway;
    const struct cli_args *args;
    int64_t timeout_ms;
    int signal_fd; /* SIGINT, SIGTERM, SIGHUP */
    bool interrupted;
    int signal; /* that interrupted */
    const char **contexts;
};

enum {
    CLI_SESSION_NO_STORE = 1,  /* get, doctor: nothing is remembered */
    CLI_SESSION_NO_WATCH = 2,  /* asks once */
    CLI_SESSION_READ_ONLY = 4, /* never writes to a cluster */
    CLI_SESSION_LASTING = 8,   /* there for a while: others follow rather than wait */
    CLI_SESSION_SPECTATE = 16, /* beside another process: looks on */
    CLI_SESSION_INHERIT = 32,  /* the store's lock came as descriptor 3 */
    CLI_SESSION_BRIEF = 128,   /* plans or applies: how clusters are doing is not asked */
    CLI_SESSION_WHOLE = 64, /* --cluster and --context say of which the verb speaks: all are here */
};

/* Options of CLI_OPTIONS_FLEET are read; those that the verb does not have count as not given.
 * CLI_OK, or the exit status after saying what is wrong. */
int cli_session_open(struct cli_session *s, const struct cli_args *args, unsigned flags);
void cli_session_close(struct cli_session *s);

/* Waits for a snapshot that is settled, at most the timeout; returns the newest one, owned. NULL
 * when interrupted. *settled tells. */
struct leeway_snapshot *cli_session_settle(struct cli_session *s, bool *settled);
/* The same for verbs that only need the clusters to have been reached: each one is up and what it
 * serves is known, or it has failed. */
struct leeway_snapshot *cli_session_reach(struct cli_session *s);
/* The snapshot in which every cluster of this look (LEEWAY_CMD_LOOK) has answered, or the newest
 * when the time is over; owned. NULL when interrupted. */
struct leeway_snapshot *cli_session_look(struct cli_session *s, uint64_t id);
/* Waits for something to happen: true, or false when interrupted or deadline_ms (CLOCK_BOOTTIME; -1
 * none) is over. */
bool cli_session_wait(struct cli_session *s, int64_t deadline_ms);
int64_t cli_now_ms(void); /* CLOCK_BOOTTIME */

/* Posts and waits for the answer, which the caller owns; NULL after saying why: *status is the exit
 * status (130 when interrupted). Messages that come meanwhile go to on_event (NULL: standard
 * error).
 */
typedef void cli_event_fn(void *ctx, const struct leeway_event *ev);
struct leeway_event *cli_session_ask(struct cli_session *s, const struct leeway_command *c,
                                     cli_event_fn *on_event, void *ctx, int *status);

/* Says that nothing was applied from here yet, and what clusters carry all the same. To standard
 * error. */
void cli_say_nothing_applied(const struct leeway_snapshot *snap, const char *more);

/* Prints "leeway VERB: text (hint)" and frees what e holds; returns CLI_FAILED, or CLI_USAGE for
 * ERR_USAGE. */
int cli_fail(const struct cli_verb *verb, struct err *e);

#endif
