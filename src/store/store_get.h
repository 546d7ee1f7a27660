// SPDX-License-Identifier: Apache-2.0
/*
 * Reads. A view is a read-only connection of one thread (opened and used by it); what it shows is
 * what was acknowledged, never half a write. Walks call fn for each record in the order said and
 * stop when it returns nonzero, which they then return; records are borrowed for the call. fn must
 * not read through the same view (collect first); it may write with store_put.h.
 */
#ifndef LEEWAY_STORE_STORE_GET_H
#define LEEWAY_STORE_STORE_GET_H

#include "base/arena.h"
#include "store/store.h"
#include "store/store_words.h"

struct store_view *store_view_open(const struct store *s, struct err *e) ERR_CHECKED;
void store_view_close(struct store_view *v); /* NULL is fine; before the store's end */
/* Whether anything was committed since the last call, by whomever: one pragma, no table is read. */
bool store_view_changed(struct store_view *v);

int store_each_cluster(struct store_view *v, int (*fn)(void *ctx, const struct store_cluster *c),
                       void *ctx, struct err *e) ERR_CHECKED; /* by uid */
int store_each_route(struct store_view *v, int (*fn)(void *ctx, const struct store_route *r),
                     void *ctx, struct err *e) ERR_CHECKED; /* by name */
int store_each_pin(struct store_view *v, int (*fn)(void *ctx, const struct store_pin *p), void *ctx,
                   struct err *e) ERR_CHECKED; /* by kind, name, version */
/* By name; removed ones only when asked for. */
int store_each_environment(struct store_view *v, bool removed,
                           int (*fn)(void *ctx, const struct store_environment *env), void *ctx,
                           struct err *e) ERR_CHECKED;
/* environment NULL: of all. By cluster uid. */
int store_each_target(struct store_view *v, const char *environment,
                      int (*fn)(void *ctx, const struct store_target *t), void *ctx,
                      struct err *e) ERR_CHECKED;

/* Strings in out live in a. ERR_NOT_FOUND. */
int store_get_plan(struct store_view *v, const struct digest *hash, struct arena *a,
                   struct store_plan *out, struct err *e) ERR_CHECKED;
/* The plan whose hash begins with these hex digits (4 at least). ERR_NOT_FOUND, ERR_CONFLICT when
 * several do. */
int store_find_plan(struct store_view *v, const char *hex_prefix, struct digest *hash,
                    struct err *e) ERR_CHECKED;
/* Newest first, at most limit. environment NULL: of all. release: the last that applied it; 0. */
int store_each_plan(struct store_view *v, const char *environment, size_t limit,
                    int (*fn)(void *ctx, const struct store_plan *p, int64_t release), void *ctx,
                    struct err *e) ERR_CHECKED;
int store_each_plan_target(struct store_view *v, const struct digest *hash,
                           int (*fn)(void *ctx, const struct store_plan_target *t), void *ctx,
                           struct err *e) ERR_CHECKED; /* in the plan's order */
int store_each_plan_row(struct store_view *v, const struct digest *hash, const char *cluster,
                        int (*fn)(void *ctx, const struct store_plan_row *r), void *ctx,
                        struct err *e) ERR_CHECKED; /* by position */
/* The bytes with that SHA-256, checked. ERR_NOT_FOUND when they are not kept any more; ERR_CORRUPT.
 */
int store_get_body(struct store_view *v, const struct digest *digest, struct buf *out,
                   struct err *e) ERR_CHECKED;

/* number 0: the newest. ERR_NOT_FOUND. */
int store_get_release(struct store_view *v, const char *environment, int64_t number,
                      struct arena *a, struct store_release *out, struct err *e) ERR_CHECKED;
/* Newest first. environment NULL: of all; unfinished: only running, paused and aborting ones. */
int store_each_release(struct store_view *v, const char *environment, bool unfinished,
                       int (*fn)(void *ctx, const struct store_release *r), void *ctx,
                       struct err *e) ERR_CHECKED;
int store_each_release_target(struct store_view *v, const char *environment, int64_t number,
                              int (*fn)(void *ctx, const struct store_release_target *t), void *ctx,
                              struct err *e) ERR_CHECKED; /* by stage, plan's order */
/* cluster NULL: all. By cluster, position. */
int store_each_result(struct store_view *v, const char *environment, int64_t number,
                      const char *cluster, int (*fn)(void *ctx, const struct store_result *r),
                      void *ctx, struct err *e) ERR_CHECKED;
/* In the order in which they were opened; open_only: those without a result. */
int store_each_journal_entry(struct store_view *v, const char *environment, int64_t number,
                             bool open_only,
                             int (*fn)(void *ctx, const struct store_journal_entry *j), void *ctx,
                             struct err *e) ERR_CHECKED;

/* environment and cluster NULL: of all. By target, then kind, name space, name. */
int store_each_given(struct store_view *v, const char *environment, const char *cluster,
                     int (*fn)(void *ctx, const struct store_given *g), void *ctx,
                     struct err *e) ERR_CHECKED;

/* Calls fn with what one object was given; not at all when nothing was. */
int store_with_given(struct store_view *v, const char *environment, const char *cluster,
                     const struct store_object *o,
                     int (*fn)(void *ctx, const struct store_given *g), void *ctx,
                     struct err *e) ERR_CHECKED;

/* environment NULL: of all; ended ones only when asked for. By creation. */
int store_each_exception(struct store_view *v, const char *environment, bool ended,
                         int (*fn)(void *ctx, const struct store_exception *x), void *ctx,
                         struct err *e) ERR_CHECKED;
/* environment NULL: of all; ended ones only when asked for. Newest first. */
int store_each_drift(struct store_view *v, const char *environment, bool ended,
                     int (*fn)(void *ctx, const struct store_drift *d), void *ctx,
                     struct err *e) ERR_CHECKED;

int store_get_lease(struct store_view *v, const char *name, struct arena *a,
                    struct store_lease *out, struct err *e) ERR_CHECKED; /* ERR_NOT_FOUND */
/* Newest first, at most limit (0: all). subject NULL: any. */
int store_each_audit(struct store_view *v, const char *subject, size_t limit,
                     int (*fn)(void *ctx, const struct store_audit *row), void *ctx,
                     struct err *e) ERR_CHECKED;
/* Walks the whole chain. rows and head (may be NULL) are what it ends with. ERR_CORRUPT names the
 * first row that does not follow. */
int store_check_audit(struct store_view *v, int64_t *rows, struct digest *head,
                      struct err *e) ERR_CHECKED;
int store_each_message(struct store_view *v, size_t limit,
                       int (*fn)(void *ctx, const struct store_message *m), void *ctx,
                       struct err *e) ERR_CHECKED; /* newest first */

#endif
