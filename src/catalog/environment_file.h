// SPDX-License-Identifier: Apache-2.0
/*
 * The file of an environment, environments/NAME.yaml, written: whole, or one word of it in its
 * place, so that what a person wrote around it stays. A file is replaced at once or not at all, and
 * is on disk when the call returns. Any thread that may wait for the disk.
 */
#ifndef LEEWAY_CATALOG_ENVIRONMENT_FILE_H
#define LEEWAY_CATALOG_ENVIRONMENT_FILE_H

#include "data/val.h"

/* The document, as YAML. fresh: there is no such file yet, else ERR_EXISTS. The folder is made. */
int environment_file_write(const char *path, const struct val *doc, bool fresh,
                           struct err *e) ERR_CHECKED;
/* spec.ttl of the one document in the file. Comments and order stay, unless the text is too
 * unusual for that; then it is written whole. ERR_NOT_FOUND, ERR_INVALID, ERR_IO. */
int environment_file_set_ttl(const char *path, const char *ttl, struct err *e) ERR_CHECKED;

#endif
