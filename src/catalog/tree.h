// SPDX-License-Identifier: Apache-2.0
/*
 * The digest of a folder (or of one file) as approvals have it: SHA-256 over every file's path,
 * mode, length and bytes, in the order of the paths' bytes. Mode is 755 for what its owner may
 * execute and 644 otherwise, so that a umask changes nothing. Symbolic links and whatever is no
 * regular file or folder are refused, wherever they point. Any thread.
 */
#ifndef LEEWAY_CATALOG_TREE_H
#define LEEWAY_CATALOG_TREE_H

#include "base/arena.h"
#include "base/digest.h"

#define TREE_FILES_MAX 10000u
#define TREE_BYTES_MAX (256u * 1024u * 1024u)

struct file_tree_entry {
    const char *path; /* from the folder, '/' between; of one file its last name */
    unsigned mode;    /* 0644 or 0755 */
    uint64_t size;
    struct digest digest; /* of its bytes alone */
};

struct file_tree {
    struct arena arena;
    struct file_tree_entry *items; /* by path */
    size_t len, cap;
    struct digest digest;
};

/* 0; ERR_NOT_FOUND; ERR_INVALID with the file's path as source (a symbolic link, a device);
 * ERR_LIMIT; ERR_IO. Clear it in any case. */
int file_tree_read(const char *path, struct file_tree *out, struct err *e) ERR_CHECKED;
void file_tree_clear(struct file_tree *t);

#endif
