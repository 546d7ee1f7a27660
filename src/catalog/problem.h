// SPDX-License-Identifier: Apache-2.0
/*
 * What is wrong with a catalog: every problem at once, each with file, line, column, the path in
 * the document and what would be right. One thread at a time.
 */
#ifndef LEEWAY_CATALOG_PROBLEM_H
#define LEEWAY_CATALOG_PROBLEM_H

#include "data/val.h"

#define CATALOG_PROBLEMS_MAX 500u /* the rest is counted */

struct catalog_problems {
    struct err *items; /* source, line, col, "path: text", hint */
    size_t len, cap;
    size_t more;
};

void catalog_problems_clear(struct catalog_problems *p);
void catalog_problems_move(struct catalog_problems *to,
                           struct catalog_problems *from); /* appends */
/* By file, line and column; what is said twice stays once. */
void catalog_problems_sort(struct catalog_problems *p);

/* A file that was read: its text, so that a place inside a scalar can be found. */
struct catalog_file {
    char *path; /* as shown to people */
    char *text;
    size_t len;
};

/* "path: text" at v (NULL: the file). Returns the problem for a hint, or NULL past the maximum. */
struct err *catalog_problem(struct catalog_problems *p, const struct catalog_file *file,
                            const struct val *v, int code, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* The same at an entry's key. */
struct err *catalog_problem_key(struct catalog_problems *p, const struct catalog_file *file,
                                const struct val_entry *entry, int code, const char *path,
                                const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* Takes *e (which is clear afterwards): an error inside the text of the scalar v that begins at
 * byte `offset` of it; e's line and column count from there. */
void catalog_problem_inside(struct catalog_problems *p, const struct catalog_file *file,
                            const struct val *v, size_t offset, const char *path, struct err *e);

/* Where in the file the character stands that is byte `offset` of the scalar v: through quotes,
 * escapes, folding and block indentation. */
void catalog_place(const struct catalog_file *file, const struct val *v, size_t offset,
                   uint32_t *line, uint32_t *col);

/* The name of n nearest to what was written, or NULL when nothing is near. */
const char *catalog_nearest(const char *written, const char *const *names, size_t n);

#endif
