// SPDX-License-Identifier: Apache-2.0
/*
 * Lists and watches. A list is read in pages and its objects are delivered one by one. A watch
 * keeps a caller in step with a collection for as long as it lives: it lists (or has the server
 * stream the list), watches, resumes, lists again when history is gone, notices streams on which
 * nothing comes, and tells of what was deleted while it could not look. The caller sees the same
 * whatever happened on the way. Engine thread; callbacks from the loop.
 */
#ifndef LEEWAY_KUBE_WATCH_H
#define LEEWAY_KUBE_WATCH_H

#include "data/val.h"
#include "kube/client.h"

enum kube_form {
    KUBE_FORM_FULL,
    KUBE_FORM_METADATA, /* PartialObjectMetadata */
    /* Rows as the server would print them: {"cells": […], "object": its metadata}. Of a server that
     * makes no table of the kind, the name and the time of creation. */
    KUBE_FORM_TABLE,
};

enum { KUBE_OBJECT_MAX = 8 * 1024 * 1024 }; /* bytes of one object's JSON */

/* Strings are copied. */
struct kube_selection {
    const char *path;           /* of the collection: kube_path */
    const char *label_selector; /* NULL: none */
    const char *field_selector; /* NULL: none */
    enum kube_form form;
};

/* ---- lists ---- */

struct kube_list;
struct kube_list_options {
    struct kube_selection what;
    unsigned page;       /* objects a page; 0: 500 */
    int64_t deadline_ms; /* of the whole; 0: 5 min */
    enum kube_priority priority;
    bool wait;
    bool include_object; /* tables: rows with the whole object, else with its metadata */
    size_t max;          /* tables: rows after which nothing more is asked for; 0: all */
    /* The object lives until the call returns. For tables: a row; columns is the table's
     * columnDefinitions, otherwise NULL. Nonzero ends the list with that code. */
    int (*on_object)(void *ctx, const struct val *object, const struct val *columns);
    /* Objects delivered so far count for nothing: the list starts again (a continue token expired).
     */
    void (*on_restart)(void *ctx);
    /* Before on_done: max was reached, and left more are there; -1: nobody knows how many. May be
     * NULL. */
    void (*on_cut)(void *ctx, int64_t left);
    void (*on_done)(void *ctx, const char *resource_version, const struct kube_error *error);
    void *ctx;
};
struct kube_list *kube_list_start(struct kube_cluster *c, const struct kube_list_options *o);
void kube_list_cancel(struct kube_list *l); /* NULL is fine */

/* ---- watches ---- */

enum kube_event { KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED };

#define KUBE_WATCH_STATE_TABLE(X)                                                                  \
    X(KUBE_WATCH_STARTING, "starting") /* not complete yet */                                      \
    X(KUBE_WATCH_CURRENT, "current")                                                               \
    X(KUBE_WATCH_STALE, "stale")         /* was complete; since then nothing is known */           \
    X(KUBE_WATCH_FORBIDDEN, "forbidden") /* tried again now and then */                            \
    X(KUBE_WATCH_UNSERVED, "unserved")   /* the kind is not served; tried again */                 \
    X(KUBE_WATCH_FAILED, "failed")       /* the server answers, but not so that it can be used */

enum kube_watch_state {
#define X(name, word) name,
    KUBE_WATCH_STATE_TABLE(X)
#undef X
};
const char *kube_watch_state_word(enum kube_watch_state s);

struct kube_watch_status {
    enum kube_watch_state state;
    int64_t since_ms;               /* boot time; for STALE the last moment it was known current */
    const struct kube_error *error; /* why it is not current; NULL: none; borrowed for the turn */
    size_t objects;
    int64_t beyond; /* tables: objects over the limit when it was listed; -1: nobody knows */
    uint64_t events, lists, reconnects;
    bool streaming_lists; /* this server streams lists */
};

struct kube_watch;
struct kube_watch_options {
    struct kube_selection what;
    unsigned page; /* 0: 500 */
    enum kube_priority priority;
    size_t limit; /* tables: as many objects as are kept in step, the first by name; 0: all */
    /* The object lives until the call returns. After a gap DELETED comes with what is known:
     * apiVersion and kind where known, metadata.name, namespace, uid, resourceVersion. An object
     * that was replaced under its name is DELETED, then ADDED. For tables: a row, but what comes
     * after a gap as DELETED is the object. */
    void (*on_columns)(void *ctx, const struct val *columns); /* tables, before their rows */
    void (*on_object)(void *ctx, enum kube_event type, const struct val *object);
    /* All that exists has been delivered; also after each gap. */
    void (*on_synced)(void *ctx);
    /* The server's history was replaced (its resourceVersion fell): forget every object; all are
     * delivered as ADDED again. May be NULL: then DELETED comes for each one that is gone. */
    void (*on_reset)(void *ctx);
    void (*on_state)(void *ctx, const struct kube_watch_status *s);
    void *ctx;
};
struct kube_watch *kube_watch_start(struct kube_cluster *c, const struct kube_watch_options *o);
void kube_watch_free(struct kube_watch *w); /* NULL is fine; no callback afterwards */
void kube_watch_status(const struct kube_watch *w, struct kube_watch_status *out);
/* Tries at once what waits for its time (a person asked, RBAC changed, a CRD was installed). */
void kube_watch_try_now(struct kube_watch *w);

/* Decimal resourceVersions without leading zeros compare by length, then bytes: *order is <0, 0,
 * >0. False when one of them is something else. */
bool kube_version_compare(const char *a, const char *b, int *order);

#endif
