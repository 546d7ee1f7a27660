// SPDX-License-Identifier: Apache-2.0
/*
 * What an environment was made of, read again: its folder of manifests, or its document rendered
 * with the secrets that it refers to. For values that are kept nowhere else. Engine thread; the
 * reading is a worker's.
 */
#ifndef LEEWAY_ENGINE_ORIGIN_H
#define LEEWAY_ENGINE_ORIGIN_H

#include "engine/engine_int.h"

struct env_source;
struct origin;

/* clusters: those whose objects are wanted; of a document only. Owned. */
struct origin *origin_new(struct engine *e, const char *path, const char *default_namespace,
                          struct cluster *const *clusters, size_t n);
/* Before it is read, for somebody who only looks: with what the clusters made of it, and without
 * any secret. */
void origin_look(struct origin *o);
/* done is called once, later; stale: the program ends. */
void origin_read(struct origin *o, void (*done)(void *ctx, bool stale), void *ctx);
/* Not while it is read. NULL is fine. */
void origin_free(struct origin *o);
/* The object with its secrets' values; NULL: it is not there. Borrowed. */
const struct val *origin_object(const struct origin *o, const char *cluster_uid,
                                const char *api_version, const char *kind, const char *ns,
                                const char *name);
/* NULL: a folder. */
struct env_source *origin_source(const struct origin *o);
/* 0, or why it cannot be read. */
int origin_error(const struct origin *o, struct err *e) ERR_CHECKED;

#endif
