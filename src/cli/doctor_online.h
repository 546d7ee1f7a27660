// SPDX-License-Identifier: Apache-2.0
/*
 * The part of doctor that contacts API servers: all contexts at once on one loop, each within
 * DOCTOR_DEADLINE_MS, every step of a context with its own finding. Blocks the calling thread until
 * the last one is done; runs credential plugins. Reads only. Main thread.
 */
#ifndef LEEWAY_CLI_DOCTOR_ONLINE_H
#define LEEWAY_CLI_DOCTOR_ONLINE_H

#include "kube/access.h"

enum { DOCTOR_DEADLINE_MS = 10000 };

/* What a step found, as both outputs say it. */
#define DOCTOR_STATE_TABLE(X)                                                                      \
    X(DOCTOR_SKIPPED, "not tried")                                                                 \
    X(DOCTOR_OK, "ok")                                                                             \
    X(DOCTOR_NOTE, "note") /* works, and worth knowing */                                          \
    X(DOCTOR_BAD, "not ok")                                                                        \
    X(DOCTOR_UNKNOWN, "not known")

enum doctor_state {
#define X(name, word) name,
    DOCTOR_STATE_TABLE(X)
#undef X
};

/* In the order in which one needs the other. */
#define DOCTOR_STEP_TABLE(X)                                                                       \
    X(DOCTOR_CREDENTIALS, "credentials") /* there are some, and the server takes them */           \
    X(DOCTOR_REACH, "reach")             /* name, proxy, connection, TLS */                        \
    X(DOCTOR_CERTIFICATE, "certificate") /* the server's */                                        \
    X(DOCTOR_VERSION, "version")                                                                   \
    X(DOCTOR_IDENTITY, "identity")                                                                 \
    X(DOCTOR_READY, "ready")                                                                       \
    X(DOCTOR_RIGHTS, "rights")

enum doctor_step {
#define X(name, word) name,
    DOCTOR_STEP_TABLE(X)
#undef X
        DOCTOR_STEPS
};

struct doctor_finding {
    enum doctor_state state;
    char *text; /* owned, or NULL; may hold outside bytes */
    char *hint; /* owned, or NULL */
};

const char *doctor_step_name(enum doctor_step s);
const char *doctor_state_word(enum doctor_state s);

/* Fills findings[i][step] of each access that is usable; the others stay as they are (zeroed). */
void doctor_online_ask(const struct kube_access *accesses, size_t n,
                       struct doctor_finding (*findings)[DOCTOR_STEPS]);

#endif
