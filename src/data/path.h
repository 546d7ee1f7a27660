// SPDX-License-Identifier: Apache-2.0
/*
 * Paths into values, in the notation the API server prints in apply conflicts:
 *   .spec.containers[name="web"].image   .metadata.finalizers[="a/b"]   .spec.rules[0].host
 * and, in patterns, [*] for any list item and .* for any field. A field name that is no plain
 * identifier (dots, slashes…) is printed as the server prints it, bare after the dot, and is read
 * back from .annotations["example.org/x"] as well; see path_format.
 *
 * The server's bare form is ambiguous in two ways: a dot may belong to a name (.labels.a.b) and so
 * may a bracket (.data.a[0]). Rule: a bare name ends at the next '.' or '['; but directly below a
 * field that holds names of people's choosing with plain values (metadata.labels, annotations,
 * matchLabels, nodeSelector, resources.limits, data of a ConfigMap…; the table is in path.c) it
 * runs to the end of the path, brackets included, since nothing can follow such a value. What
 * starts with
 * '[' there is read as an element. The quoted form has no such doubt and always reads back as it
 * was. Source: sigs.k8s.io/structured-merge-diff fieldpath/element.go, path.go.
 */
#ifndef LEEWAY_DATA_PATH_H
#define LEEWAY_DATA_PATH_H

#include "data/val.h"

enum path_elem_kind {
    PATH_FIELD, /* .name */
    PATH_KEY,   /* [k1=v1,k2=v2]: list item by its key fields, sorted by field name */
    PATH_VALUE, /* [=v]: member of a set */
    PATH_INDEX, /* [3] */
    PATH_ANY,   /* [*] or .* in patterns */
};

struct path_elem {
    enum path_elem_kind kind;
    union {
        const struct val_key *field; /* compared by content, so pools may differ */
        const struct val *key;       /* a map of scalars, keys in byte order */
        const struct val *value;     /* scalar */
        int64_t index;
    } as;
};

/* A path is an array of elements; it borrows everything from a pool. */
struct path {
    const struct path_elem *elems;
    size_t len;
};

/* The server's order: fields, keys, values, indexes (and PATH_ANY last); names by bytes; keys field
 * by field; values numbers first, then strings, booleans, null. */
int path_elem_compare(const struct path_elem *a, const struct path_elem *b);
uint64_t path_elem_hash(const struct path_elem *e); /* agrees with path_elem_compare == 0 */
int path_compare(struct path a, struct path b);
bool path_equal(struct path a, struct path b);
bool path_has_prefix(struct path p, struct path prefix);
/* Does a concrete path match a pattern (with PATH_ANY; equal length)? */
bool path_matches(struct path pattern, struct path concrete);
/* A deep copy into p; elems NULL with len > 0 past its limit. */
struct path path_copy(struct val_pool *p, struct path path);

#define PATH_MAX_ELEMS 256u

/* Values and keys of the result live in p. The empty text is the empty path. ERR_SYNTAX with the
 * column (1-based, in bytes), ERR_LIMIT past PATH_MAX_ELEMS or the pool's limit. */
int path_parse(struct val_pool *p, const char *text, size_t len, struct path *out,
               struct err *e) ERR_CHECKED;
/* How names that are not plain are printed: the server's way (strings quoted as Go's %q) or quoted
 * in brackets with values as JSON, which reads back unambiguously. PATH_ANY prints as [*]. 0 or
 * ERR_LIMIT of the buffer. */
enum path_style { PATH_STYLE_SERVER, PATH_STYLE_QUOTED };
int path_format(struct buf *out, struct path path, enum path_style style);

/* Is the list item the one that a PATH_KEY or PATH_VALUE element names? */
bool path_elem_selects(const struct path_elem *e, const struct val *item,
                       const struct val *defaults);
/* The value at a path: fields in maps, items by key (missing key fields count as `defaults`, a map
 * such as {"protocol":"TCP"} or NULL), set members by value. NULL when absent. When several items
 * have the same key the first is returned and *ambiguous is set (if given). */
const struct val *path_resolve(const struct val *root, struct path path, const struct val *defaults,
                               bool *ambiguous);

#endif
