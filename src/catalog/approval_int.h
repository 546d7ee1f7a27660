// SPDX-License-Identifier: Apache-2.0
#ifndef LEEWAY_CATALOG_APPROVAL_INT_H
#define LEEWAY_CATALOG_APPROVAL_INT_H

#include "catalog/approval.h"

/* Names and versions become names of files: letters, digits and ._+- only, none of them first but
 * letters and digits. */
bool approval_plain(const char *s);
/* Tree of an item; the policy's folders may be missing, and are empty then. */
int approval_item_tree(const char *catalog, const struct approval_item *item, struct file_tree *out,
                       struct err *e) ERR_CHECKED;
/* Every file of a subject's signatures: fn gets the path. Nonzero stops. */
int approval_each_signature(const char *catalog, const char *subject,
                            int (*fn)(void *ctx, const char *path), void *ctx);
/* A copy in the order of locks, each once; *n becomes how many. Owned; strings borrowed. */
struct approval_item *approval_items_sorted(const struct approval_item *items, size_t *n);
bool approval_subject_of(const char *subject, char **name, char **version);

#endif
