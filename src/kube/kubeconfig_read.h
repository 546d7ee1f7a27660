// SPDX-License-Identifier: Apache-2.0
/*
 * Typed reading of one entry's map into a kube_access: a value of the wrong type, a string with a
 * NUL byte, base64 that is none become problems with their position, and reading goes on.
 */
#ifndef LEEWAY_KUBE_KUBECONFIG_READ_H
#define LEEWAY_KUBE_KUBECONFIG_READ_H

#include "kube/kubeconfig_int.h"

struct entry_reader {
    struct kube_access *a; /* problems go here */
    const struct kubeconfig_entry *entry;
    const char *what;      /* "cluster", "user", "context" */
    const struct val *map; /* NULL: nothing to read, everything comes back empty */
};

/* Adds a problem at v (NULL: the entry). hint NULL: none. */
void entry_problem(const struct entry_reader *r, const struct val *v, bool blocks, const char *hint,
                   int code, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* Non-empty strings are copied, all else is NULL. */
char *entry_string(const struct entry_reader *r, const char *key);
bool entry_bool(const struct entry_reader *r, const char *key);
void entry_string_list(const struct entry_reader *r, const char *key, struct kube_string_list *out);
/* A map, or NULL. */
const struct val *entry_map(const struct entry_reader *r, const char *key);
/* KEY (a path against the file's folder) and KEY-data (base64) together. */
void entry_material(const struct entry_reader *r, const char *key, struct kube_material *out);
/* The path under key, made absolute. */
char *entry_path(const struct entry_reader *r, const char *key);

#endif
