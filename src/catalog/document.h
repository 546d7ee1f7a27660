// SPDX-License-Identifier: Apache-2.0
/*
 * The one way in which our own files are read: YAML documents in the Kubernetes style, whose
 * apiVersion and kind are known, checked against the kind's schema, unknown keys refused. Every
 * problem is said, each at its file, line and column. A file is the unit: it owns its values, so
 * that one that was saved again can be read again alone.
 */
#ifndef LEEWAY_CATALOG_DOCUMENT_H
#define LEEWAY_CATALOG_DOCUMENT_H

#include "catalog/kinds.h"
#include "catalog/problem.h"

#define DOCUMENT_FILE_MAX (16u * 1024u * 1024u)

struct document {
    const struct catalog_kind *kind;   /* NULL: another API group's (DOCUMENT_FOREIGN) */
    const char *kind_name;             /* "Module" */
    const char *name;                  /* metadata.name; "" when it is not there or no string */
    const struct val *value;           /* the whole */
    const struct val *metadata, *spec; /* NULL when absent; maps unless it is broken */
    bool broken; /* its schema refuses it: it is here so that others may still refer to its name */
};

struct document_file {
    struct catalog_file file; /* path as shown to people, text */
    struct val_pool pool;     /* owns the values; readers may add what they make of them */
    struct document *items;   /* in the order of the file */
    size_t len, cap;
};

enum document_flags {
    /* Documents whose apiVersion is not ours come as they are, with kind NULL, for the caller to
     * judge (ValidatingAdmissionPolicies among guardrails). */
    DOCUMENT_FOREIGN = 1,
};

/* Reads a file. kind: the one that belongs there, NULL: any of ours. Documents of a wrong kind are
 * problems and left out. Owned; NULL when there is no such file or it is no YAML (then a problem
 * says so). An empty file has no documents and no problem. */
struct document_file *document_file_read(const struct catalog_kinds *kinds, const char *path,
                                         const char *kind, unsigned flags,
                                         struct catalog_problems *problems);
/* The same of text that is already here; path is only shown. The text is copied. */
struct document_file *document_file_parse(const struct catalog_kinds *kinds, const char *path,
                                          const char *text, size_t len, const char *kind,
                                          unsigned flags, struct catalog_problems *problems);
void document_file_free(struct document_file *f);

/* Schema errors as problems of a file: the way in which what is below a document (parameters) is
 * said like the rest. */
void document_problems(struct catalog_problems *to, const struct catalog_file *file,
                       const struct schema_errors *errors);

#endif
