// SPDX-License-Identifier: Apache-2.0
/*
 * Who is behind a field manager's name. A name is a label that anyone may claim, not an identity:
 * what is said here is "looks like". Any thread.
 */
#ifndef LEEWAY_KUBE_MANAGERS_H
#define LEEWAY_KUBE_MANAGERS_H

#include <stdbool.h>

#define MANAGERS_TABLE(X)                                                                          \
    X(MANAGER_UNKNOWN, "unknown")                                                                  \
    X(MANAGER_PERSON, "person")         /* at a kubectl or in a browser */                         \
    X(MANAGER_AUTOSCALER, "autoscaler") /* HPA, VPA, KEDA */                                       \
    X(MANAGER_CONTROLLER, "controller") /* of the cluster or of something installed in it */       \
    X(MANAGER_WEBHOOK, "webhook")       /* injectors */                                            \
    X(MANAGER_GITOPS, "gitops")         /* another tool that keeps objects as it wants them */     \
    X(MANAGER_LEEWAY, "leeway")                                                                    \
    X(MANAGER_SCHEDULE, "schedule") /* something that changes objects by the clock */

enum manager_class {
#define X(name, word) name,
    MANAGERS_TABLE(X)
#undef X
        MANAGER_CLASS_COUNT
};

struct manager_actor {
    enum manager_class class;
    const char *words; /* for a screen: "kubectl scale", "HPA"; static, or the manager's own name */
};

const char *manager_class_word(enum manager_class c);

/* operation is "Apply" or "Update", subresource "" for none; none may be NULL. words may borrow
 * manager, which is then to be cleaned for a screen. */
struct manager_actor manager_actor_of(const char *manager, const char *operation,
                                      const char *subresource);

#endif
