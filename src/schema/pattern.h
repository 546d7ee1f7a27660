// SPDX-License-Identifier: Apache-2.0
/*
 * Patterns as Go's regexp reads them, on RE2: the category names (\p{Letter}) and the (?<name>…)
 * that Go has and this RE2 lacks are written as it knows them. Linear time. Immutable; any thread.
 */
#ifndef LEEWAY_SCHEMA_PATTERN_H
#define LEEWAY_SCHEMA_PATTERN_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct schema_pattern;

/* NULL and *e (ERR_SYNTAX). Owned. */
struct schema_pattern *schema_pattern_new(const char *text, size_t len, struct err *e);
void schema_pattern_free(struct schema_pattern *p);
/* Unanchored. */
bool schema_pattern_matches(const struct schema_pattern *p, const char *s, size_t len);

#endif
