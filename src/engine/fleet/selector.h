// SPDX-License-Identifier: Apache-2.0
/*
 * Labels and what selects by them: maps of equal values, and kubectl's -l syntax
 * (a=b,c!=d,e in (x,y),f notin (z),g,!h). Any thread.
 */
#ifndef LEEWAY_ENGINE_SELECTOR_H
#define LEEWAY_ENGINE_SELECTOR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct label {
    char *key, *value;
};

struct labels { /* in the order given; keys distinct */
    struct label *items;
    size_t len;
};

const char *labels_get(const struct labels *l, const char *key);       /* NULL: none */
void labels_set(struct labels *l, const char *key, const char *value); /* copies, replaces */
void labels_clear(struct labels *l);
void labels_copy(struct labels *to, const struct labels *from);
/* Every label of want is there with that value; an empty want matches all. */
bool labels_match(const struct labels *have, const struct labels *want);

enum selector_op {
    SELECTOR_IN,
    SELECTOR_NOT_IN, /* also matches when the label is missing, as in Kubernetes */
    SELECTOR_EXISTS,
    SELECTOR_NOT_EXISTS,
};

struct selector_term {
    char *key;
    enum selector_op op;
    char **values;
    size_t values_len;
};

struct selector { /* no terms: matches all */
    struct selector_term *terms;
    size_t len;
};

/* 0, or ERR_SYNTAX with the column. */
int selector_parse(const char *text, struct selector *out, struct err *e) ERR_CHECKED;
void selector_clear(struct selector *s);
bool selector_match(const struct selector *s, const struct labels *labels);

#endif
