// SPDX-License-Identifier: Apache-2.0
/*
 * A schema made ready for validation: every keyword read and judged once. Immutable. Private to the
 * validator.
 */
#ifndef LEEWAY_SCHEMA_RULE_H
#define LEEWAY_SCHEMA_RULE_H

#include "base/vec.h"
#include "schema/format.h"
#include "schema/pattern.h"
#include "schema/schema.h"

struct schema_rule;

struct schema_rules { /* allOf, anyOf, oneOf */
    const struct schema_rule **items;
    size_t len;
};

enum schema_additional { /* additionalProperties */
                         SCHEMA_ADDITIONAL_UNSAID,
                         SCHEMA_ADDITIONAL_YES,
                         SCHEMA_ADDITIONAL_NO,
                         SCHEMA_ADDITIONAL_RULE,
};

struct schema_rule {
    const struct val *source;
    uint8_t type;  /* enum schema_type */
    uint8_t extra; /* enum schema_additional */
    bool nullable, int_or_string, preserve, embedded, unique, secret;
    bool above, below;                 /* exclusiveMinimum, exclusiveMaximum */
    const struct val *props;           /* map, or NULL */
    const struct schema_rule **prop;   /* beside the entries of props */
    const struct val *required, *keys; /* lists, or NULL; keys: x-kubernetes-list-map-keys */
    const struct schema_rule *items, *additional, *not ;
    struct schema_rules all, any, one;
    const struct val *values; /* enum: list or NULL */
    const struct val *min, *max, *multiple;
    int64_t min_length, max_length, min_items, max_items, min_props, max_props; /* -1: none */
    const struct val *pattern_text;
    const struct schema_pattern *pattern;
    const char *pattern_says;                    /* x-pattern-text: the pattern in words; or NULL */
    const struct schema_format *format;          /* NULL: none that binds */
    const struct schema_pattern *format_pattern; /* of a format that is one; or NULL */
    int64_t least;                               /* of an integer format; */
    uint64_t most;                               /* 0: no such format */
    const char *not_yet; /* x-not-yet: what to do instead; NULL: it is read */
};

struct schema_validator {
    struct val_pool pool;
    const struct schema_rule *root;
    VEC(struct schema_pattern *) patterns; /* owned */
};

#endif
