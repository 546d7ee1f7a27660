// SPDX-License-Identifier: Apache-2.0
/*
 * Places where tests end the process as kill -9 would. What is installed has no such thing: there
 * engine_fault does nothing (fault.c), whatever the environment says. The program
 * tests/leeway-faults is the same but for tests/fault.c, which heeds LEEWAY_FAULT=NAME:N: the
 * place, and how often it is passed before.
 */
#ifndef LEEWAY_ENGINE_FAULT_H
#define LEEWAY_ENGINE_FAULT_H

/* In the order in which a plan and its release pass them. */
#define ENGINE_FAULTS(X)                                                                           \
    X("planned")                                                                                   \
    X("environment-stored")                                                                        \
    X("plan-stored")                                                                               \
    X("release-opened")                                                                            \
    X("stage-begins")                                                                              \
    X("stage-opened")                                                                              \
    X("parent-written")                                                                            \
    X("wave-ready")                                                                                \
    X("late-stored")                                                                               \
    X("adopting")                                                                                  \
    X("adopted")                                                                                   \
    X("sending")                                                                                   \
    X("sent")                                                                                      \
    X("initial-holding")                                                                           \
    X("initial-held")                                                                              \
    X("result-stored")                                                                             \
    X("step-opened")                                                                               \
    X("delete-sent")                                                                               \
    X("deleted")                                                                                   \
    X("target-done")                                                                               \
    X("release-done")

void engine_fault(const char *name);

#endif
