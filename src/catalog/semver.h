// SPDX-License-Identifier: Apache-2.0
/*
 * Versions by Semantic Versioning 2.0.0, and ranges of them as npm and Masterminds/semver read
 * them: ^1.2  ~2.3.0  >=1.28  1.x  1.2.3 - 2.0  >=1.2 <2 || 3.*  (a comma is a space). A
 * pre-release is in a range only when the range names a pre-release of the same major.minor.patch,
 * as npm has it. Plain data, any thread.
 */
#ifndef LEEWAY_CATALOG_SEMVER_H
#define LEEWAY_CATALOG_SEMVER_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEMVER_MAX 128u /* bytes of a version */

struct semver {
    uint64_t major, minor, patch;
    char pre[SEMVER_MAX];  /* "rc.1"; "" for a release */
    char text[SEMVER_MAX]; /* as written */
};

/* Exactly three numbers, pre-release and build after them; a leading v is refused. ERR_SYNTAX with
 * the column. */
int semver_parse(const char *text, size_t len, struct semver *out, struct err *e) ERR_CHECKED;
/* As servers print theirs: "v1.31.4-eks-a1b2", "1.30+". What is missing is 0, what follows the
 * numbers is dropped: a vendor's suffix is no pre-release. */
int semver_parse_server(const char *text, struct semver *out, struct err *e) ERR_CHECKED;
/* Precedence; build metadata does not count. */
int semver_compare(const struct semver *a, const struct semver *b);
static inline bool semver_is_preview(const struct semver *v)
{
    return v->pre[0] != '\0';
}

#define SEMVER_RANGE_MAX 32u /* comparisons of a range */

struct semver_range {
    struct semver_bound {
        uint8_t op;        /* inside */
        bool starts_group; /* after || */
        struct semver v;
    } * bounds;
    size_t len;
};

/* ERR_SYNTAX with the column. An empty text, * and x are every release. */
int semver_range_parse(const char *text, size_t len, struct semver_range *out,
                       struct err *e) ERR_CHECKED;
void semver_range_clear(struct semver_range *r);
bool semver_range_has(const struct semver_range *r, const struct semver *v);

#endif
