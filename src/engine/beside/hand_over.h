// SPDX-License-Identifier: Apache-2.0
/*
 * Releases outlive the console: what runs is handed to a process of its own, `leeway reconcile`,
 * with the credentials of the same user, the same kubeconfig and folder. The lock of the store is
 * passed on as an open descriptor, so that nobody comes between: the new process waits for the end
 * of a pipe, which the old one closes when its store is closed. Engine thread.
 */
#ifndef LEEWAY_ENGINE_HAND_OVER_H
#define LEEWAY_ENGINE_HAND_OVER_H

#include "engine/engine_int.h"

/* Descriptors of the new process. */
#define HAND_OVER_LOCK_FD 3
#define HAND_OVER_BEGIN_FD 4

struct hand_over {
    int32_t pid;  /* 0: nothing runs, or it could not be started */
    int begin_fd; /* closed: the other one begins */
};

/* Starts the process, before anything is stopped. Without a running release nothing is done. */
void hand_over_begin(struct engine *e, struct hand_over *h);
/* The store is closed: the other one opens it. */
void hand_over_end(struct hand_over *h);

#endif
