// SPDX-License-Identifier: Apache-2.0
/*
 * Growing arrays as three fields: struct { T *items; size_t len, cap; }. Sized by the program or by
 * input that was bounded before. Not thread-safe.
 */
#ifndef LEEWAY_BASE_VEC_H
#define LEEWAY_BASE_VEC_H

#include "base/mem.h"

#define VEC(T)                                                                                     \
    struct {                                                                                       \
        T *items;                                                                                  \
        size_t len, cap;                                                                           \
    }

#define vec_push(v, ...)                                                                           \
    do {                                                                                           \
        if ((v)->len == (v)->cap) {                                                                \
            (v)->cap = (v)->cap ? (v)->cap * 2 : 8;                                                \
            (v)->items = mem_reallocarray((v)->items, (v)->cap, sizeof(*(v)->items));              \
        }                                                                                          \
        (v)->items[(v)->len++] = (__VA_ARGS__);                                                    \
    } while (0)

#define vec_clear(v)                                                                               \
    do {                                                                                           \
        mem_free((v)->items);                                                                      \
        (v)->items = NULL;                                                                         \
        (v)->len = (v)->cap = 0;                                                                   \
    } while (0)

#endif
