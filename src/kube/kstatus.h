// SPDX-License-Identifier: Apache-2.0
/*
 * Has a controller done what an object asks for? The rules of kstatus
 * (sigs.k8s.io/cli-utils/pkg/kstatus/status), which Flux and others go by, so that leeway says the
 * same of the same object. What kstatus does not tell apart (suspended, degraded…) is health.h's.
 * Any thread.
 */
#ifndef LEEWAY_KUBE_KSTATUS_H
#define LEEWAY_KUBE_KSTATUS_H

#include "base/arena.h"
#include "base/err.h"
#include "data/val.h"

#define KSTATUS_TABLE(X)                                                                           \
    X(KSTATUS_UNKNOWN, "Unknown")                                                                  \
    X(KSTATUS_CURRENT, "Current")                                                                  \
    X(KSTATUS_IN_PROGRESS, "InProgress")                                                           \
    X(KSTATUS_FAILED, "Failed")                                                                    \
    X(KSTATUS_TERMINATING, "Terminating")

enum kstatus {
#define X(name, word) name,
    KSTATUS_TABLE(X)
#undef X
        KSTATUS_COUNT
};

struct kstatus_result {
    enum kstatus status;
    const char *reason;  /* one word; "" when there is none */
    const char *message; /* a sentence; may hold the object's own bytes, so clean it for a screen */
    int64_t again_wall_ms; /* when the answer changes by time alone; 0: never */
};

const char *kstatus_word(enum kstatus s);

/* Always fills *out; strings live in the arena, the object or the program. 0, or ERR_INVALID with
 * *e (may be NULL) when the object is not shaped as its rule needs: *out is then Unknown and says
 * why. */
int kstatus_compute(struct arena *a, const struct val *object, int64_t now_wall_ms,
                    struct kstatus_result *out, struct err *e);

/* The API group of an apiVersion: "apps" of "apps/v1", "" of "v1"; false when it is no apiVersion.
 * *group is not NUL-terminated. */
bool kstatus_group(const struct val *object, const char **group, size_t *len);

#endif
