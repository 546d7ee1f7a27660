// SPDX-License-Identifier: Apache-2.0
/* RE2 behind C: linear time, unanchored, RE2's syntax. Patterns are immutable; any thread. */
#ifndef LEEWAY_BASE_RE2_SHIM_H
#define LEEWAY_BASE_RE2_SHIM_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct re2_pattern;

/* NULL when the pattern is wrong; then error (size bytes) says why. Owned. */
struct re2_pattern *re2_compile(const char *pattern, size_t len, char *error, size_t size);
void re2_free(struct re2_pattern *p);
bool re2_matches(const struct re2_pattern *p, const char *s, size_t len);
int re2_groups(const struct re2_pattern *p); /* capturing groups */
size_t re2_program_size(const struct re2_pattern *p);

struct re2_span {
    const char *s; /* NULL: a group that took no part */
    size_t len;
};
/* First match at or after from; spans[0] the whole, then groups. At most 16 spans. */
bool re2_find(const struct re2_pattern *p, const char *s, size_t len, size_t from,
              struct re2_span *spans, int n);

#ifdef __cplusplus
}
#endif

#endif
