// SPDX-License-Identifier: Apache-2.0
/*
 * The formats of strings that Kubernetes enforces. Source: k8s.io/kube-openapi
 * pkg/validation/strfmt, with the patterns and parsers it uses. Any thread.
 */
#ifndef LEEWAY_SCHEMA_FORMAT_H
#define LEEWAY_SCHEMA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

struct schema_format {
    const char *name;
    bool (*fits)(const char *s, size_t len); /* NULL: by the pattern */
    const char *pattern;
    const char *example; /* of what would be right; NULL: everything is */
};

/* NULL when there is no such format: then nothing is asked. Dashes in names do not count, as in
 * date-time and datetime. */
const struct schema_format *schema_format(const char *name);

#endif
