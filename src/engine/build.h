// SPDX-License-Identifier: Apache-2.0
/* Shorthand for val_builder where code, not input, says what is built: failing is not expected. */
#ifndef LEEWAY_ENGINE_BUILD_H
#define LEEWAY_ENGINE_BUILD_H

#include "data/val.h"

#include <string.h>

static inline void build_put(struct val_builder *b, const char *key, struct val v)
{
    val_builder_key(b, key, strlen(key));
    val_builder_add(b, v);
}

/* Borrows s. Empty strings are left out. */
static inline void build_str(struct val_builder *b, const char *key, const char *s)
{
    if (s && *s)
        build_put(b, key, val_borrow_str(s, strlen(s)));
}

static inline void build_flag(struct val_builder *b, const char *key, bool v)
{
    if (v)
        build_put(b, key, val_of_bool(true));
}

static inline void build_map(struct val_builder *b, const char *key)
{
    val_builder_key(b, key, strlen(key));
    val_builder_map(b);
}

static inline void build_list(struct val_builder *b, const char *key)
{
    val_builder_key(b, key, strlen(key));
    val_builder_list(b);
}

#endif
