// SPDX-License-Identifier: Apache-2.0
/*
 * Folders that are watched with all that is in them, through inotify: saved in place, renamed over
 * by an editor, checked out by git, removed and made again. What is told is only that something
 * changed, once it has been quiet for a moment; whoever is told covers the folders again (new ones
 * are among them) and then reads, in that order, so that nothing falls between. An overflow of the
 * kernel's queue is a change like any other.
 *
 * Where the kernel does not watch (no inotify, its limits reached, a file system of the network),
 * cover says why, and the fn is called every poll_ms with `perhaps`: tree_watch_signature tells
 * whether anything is different.
 */
#ifndef LEEWAY_BASE_TREE_WATCH_H
#define LEEWAY_BASE_TREE_WATCH_H

#include "base/loop.h"

#include <stddef.h>

struct tree_watch;

/* On the loop's thread. perhaps: nobody knows whether anything changed. */
typedef void tree_watch_fn(void *ctx, bool perhaps);

struct tree_watch_options {
    int64_t settle_ms; /* quiet for this long; 0: 200 */
    int64_t most_ms;   /* told at last after this long; 0: 2000 */
    int64_t poll_ms;   /* where it cannot be watched; 0: 5000 */
    bool no_inotify;   /* as if the kernel had none */
};

/* Owned; free it on the loop's thread, when nobody covers. */
struct tree_watch *tree_watch_new(struct loop *loop, const struct tree_watch_options *o,
                                  tree_watch_fn *fn, void *ctx);
void tree_watch_free(struct tree_watch *w); /* NULL is fine */

/* Any thread, one at a time; blocks on the file system. From now on changes in these folders are
 * told, also when one of them comes or goes. 0, or ERR_UNSUPPORTED, ERR_LIMIT, ERR_IO and why they
 * cannot be watched: then they are polled. */
int tree_watch_cover(struct tree_watch *w, const char *const *folders, size_t n,
                     struct err *e) ERR_CHECKED;
/* On the loop's thread, after each cover: begins to poll where that has to be. */
void tree_watch_covered(struct tree_watch *w);
/* A number over every file's path, size, time and inode; blocks. Any thread. */
uint64_t tree_watch_signature(const char *const *folders, size_t n);

#endif
