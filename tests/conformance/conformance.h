// SPDX-License-Identifier: Apache-2.0
/*
 * Runs cases in neutral JSON, one a line, from the suites of the projects that define a behaviour:
 * `conformance NAME FILE...` prints a line for each failure and ends with "N passed, N failed". One
 * file here and one row in the table of conformance.c for each NAME.
 */
#ifndef LEEWAY_TESTS_CONFORMANCE_H
#define LEEWAY_TESTS_CONFORMANCE_H

#include "data/val.h"

struct conformance {
    struct val_pool *pool; /* the line's; may be used for what the case needs, emptied after it */
    const char *file;      /* borrowed; */
    size_t line;           /* of the case in it */
    size_t passed, failed;
};

struct conformance_runner {
    const char *name;
    /* Runs the case of one line and says how it went with one of the functions below, exactly once.
     * 0, or nonzero when the line is no case of this format (then conformance_malformed was
     * called). */
    int (*run_line)(struct conformance *c, const struct val *line);
};

void conformance_pass(struct conformance *c);
/* One line: the case's name, what was expected, what came. NULL stands for "-". */
void conformance_fail(struct conformance *c, const char *name, const char *expected,
                      const char *got);
int conformance_malformed(struct conformance *c, const char *what);
/* The value as compact JSON for a message, cut where it is long. Lives in c->pool. */
const char *conformance_show(struct conformance *c, const struct val *v);

extern const struct conformance_runner conformance_cel;
extern const struct conformance_runner conformance_kstatus;
extern const struct conformance_runner conformance_rules;
extern const struct conformance_runner conformance_schema;
extern const struct conformance_runner conformance_ssa;
extern const struct conformance_runner conformance_vap;
extern const struct conformance_runner conformance_yaml;

#endif
