// SPDX-License-Identifier: Apache-2.0
/*
 * Files and folders of a catalog: regular files only, bounded, never through a symbolic link, so
 * that what is read is what an approval covers. Any thread.
 */
#ifndef LEEWAY_CATALOG_FILES_H
#define LEEWAY_CATALOG_FILES_H

#include "base/buf.h"
#include "base/err.h"

#define CATALOG_FILE_MAX (4u * 1024u * 1024u)

struct catalog_names {
    char **items;
    size_t len, cap;
};

/* ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_UNSUPPORTED (a link, a device) with *e and what to do. */
int catalog_read_file(const char *path, struct buf *out, struct err *e) ERR_CHECKED;
/* Names in a folder, sorted by bytes, without those that begin with a dot. folders: folders alone,
 * otherwise everything else. A folder that is not there has none. */
int catalog_list(const char *path, bool folders, struct catalog_names *out,
                 struct err *e) ERR_CHECKED;
void catalog_names_clear(struct catalog_names *n);
bool catalog_is_folder(const char *path);
char *catalog_join(const char *folder, const char *name); /* owned */
bool catalog_is_yaml(const char *name);

#endif
