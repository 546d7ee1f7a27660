// SPDX-License-Identifier: Apache-2.0
/*
 * Small local files that configuration points at, which may be anything: a directory, a socket, a
 * device without an end. Any thread.
 */
#ifndef LEEWAY_KUBE_FILE_H
#define LEEWAY_KUBE_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

enum kube_file_flags {
    KUBE_FILE_REGULAR = 0, /* regular files only: never waits */
    KUBE_FILE_PIPES = 1,   /* pipes and devices too (--kubeconfig <(...)), for at most 5 s */
};

#define KUBE_FILE_SMALL (1024u * 1024u) /* certificates, keys, tokens */

/* Appends the contents, at most out->max bytes in all. 0; ERR_NOT_FOUND; ERR_IO, ERR_TYPE,
 * ERR_LIMIT, ERR_TIMEOUT with a text "cannot read PATH: ..." */
int kube_file_read(const char *path, unsigned flags, struct buf *out, struct err *e) ERR_CHECKED;

/* dir/path, or path when it is absolute. The caller frees. */
char *kube_file_resolve(const char *dir, const char *path);
/* The folder of a path, absolute against the working directory. The caller frees. */
char *kube_file_dir(const char *path);

#endif
