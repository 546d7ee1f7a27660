// SPDX-License-Identifier: Apache-2.0
/*
 * One stream of a watch: asking for it, its events, its end, and its silence. Bookmarks come every
 * minute; where nothing comes for longer, a small request on the same lane finds out whether the
 * connection is dead.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "kube/table.h"
#include "kube/watch_int.h"

#include <stdio.h>
#include <string.h>

enum {
    HEALTHY_MS = 120000, /* a stream that lived so long starts the back-off anew */
    SILENT_MS = 90000,
    SILENT_SURE_MS = 180000,
    PROBE_MS = 15000,
    STREAM_S = 300, /* and up to as much again */
    POOL_MAX = 128 * 1024 * 1024,
};

void kube_watch_close_stream(struct kube_watch *w)
{
    if (!w->call)
        return;
    kube_cancel(w->call);
    kube_cancel(w->probe);
    w->call = w->probe = NULL;
    loop_cancel_timer(kube_watch_loop(w), w->silence);
    w->silence = NULL;
    kube_cluster_count_watch(w->cluster, -1);
}

/* ---- events ---- */

static void listen_for_silence(struct kube_watch *w, int64_t ms);

static int on_error_event(struct kube_watch *w, const struct val *object)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    json_write(&b, object, JSON_COMPACT);
    kube_error_from_status(&w->event_error, "GET", buf_str(&b), b.len);
    buf_clear(&b);
    return ERR_STALE; /* any code: it only ends the stream */
}

static int on_bookmark(struct kube_watch *w, const struct val *object)
{
    w->bookmarks = true;
    const struct val *notes = val_at(object, "metadata", "annotations", NULL);
    bool end = notes && notes->type == VAL_MAP &&
               val_str_is(val_get(notes, "k8s.io/initial-events-end"), "true");
    if (w->initial && end) {
        kube_cluster_set_streams(w->cluster, KUBE_STREAMS_YES);
        w->status.streaming_lists = true;
        w->status.lists++;
        kube_watch_complete(w, kube_watch_meta(object, "resourceVersion"));
        if (w->dead || !w->call)
            return ERR_CANCELLED;
        kube_watch_set_state(w, KUBE_WATCH_CURRENT, NULL);
    } else if (!w->initial) {
        kube_watch_set_version(w, kube_watch_meta(object, "resourceVersion"));
    }
    return w->dead ? ERR_CANCELLED : 0;
}

/* The only row of the table in an event; what is no table comes as one. NULL: neither. */
static const struct val *row_of(struct kube_watch *w, struct val_pool *pool,
                                const struct val *object, bool bookmark)
{
    struct kube_table t;
    if (!kube_table_read(pool, object, &t))
        return NULL;
    if (!bookmark) /* which may be an object where all else are tables */
        kube_watch_columns(w, t.columns);
    return val_count(t.rows) ? kube_table_row(pool, &t, 0) : NULL;
}

static int on_event(void *ctx, const char *part, const char *text, size_t len)
{
    struct kube_watch *w = ctx;
    struct val_pool pool;
    val_pool_init_limited(&pool, POOL_MAX);
    struct err fault = ERR_INIT;
    int r = 0;
    const struct val *v = json_read(&pool, text, len, NULL, &fault);
    const struct val *object = v && v->type == VAL_MAP ? val_get(v, "object") : NULL;
    if (!object || object->type != VAL_MAP) {
        kube_error_set(&w->event_error, fault.code == ERR_LIMIT ? ERR_LIMIT : ERR_PROTOCOL,
                       KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, NULL, "a watch event cannot be read: %s",
                       fault.text ? fault.text : "it has no object");
        r = ERR_PROTOCOL;
        goto out;
    }
    const struct val *type = val_get(v, "type");
    bool table = w->o.what.form == KUBE_FORM_TABLE && !val_str_is(type, "ERROR");
    const struct val *row = table ? row_of(w, &pool, object, val_str_is(type, "BOOKMARK")) : NULL;
    if (row)
        object = row;
    if (table && !row && !val_str_is(type, "BOOKMARK")) {
        kube_error_set(&w->event_error, ERR_PROTOCOL, KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, NULL,
                       "a watch event has a table without a row");
        r = ERR_PROTOCOL;
    } else if (val_str_is(type, "ERROR")) {
        r = on_error_event(w, object);
    } else if (val_str_is(type, "BOOKMARK")) {
        r = on_bookmark(w, kube_watch_object(w, object));
    } else if (val_str_is(type, "ADDED") || val_str_is(type, "MODIFIED") ||
               val_str_is(type, "DELETED")) {
        if (val_str_is(type, "DELETED"))
            kube_watch_saw_gone(w, object);
        else
            kube_watch_saw(w, object);
        /* The list at the beginning of a stream is not in order of versions. */
        if (!w->dead && !w->initial)
            kube_watch_set_version(
                w, kube_watch_meta(kube_watch_object(w, object), "resourceVersion"));
    } else {
        kube_error_set(&w->event_error, ERR_PROTOCOL, KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, NULL,
                       "a watch event of an unknown type");
        r = ERR_PROTOCOL;
    }
    if (w->dead)
        r = ERR_CANCELLED;
out:
    err_clear(&fault);
    val_pool_clear(&pool);
    return r;
}

static void on_open(void *ctx)
{
    struct kube_watch *w = ctx;
    w->opened_ms = w->heard_ms = kube_watch_now(w);
    w->errors_since_ms = 0;
    w->too_large = 0;
    w->busy = true;
    if (!w->initial && w->synced)
        kube_watch_set_state(w, KUBE_WATCH_CURRENT, NULL);
    w->busy = false;
    if (w->dead)
        kube_watch_leave(w);
}

static int on_chunk(void *ctx, const char *bytes, size_t len)
{
    struct kube_watch *w = ctx;
    struct err fault = ERR_INIT;
    w->heard_ms = kube_watch_now(w);
    w->busy = true;
    int r = json_stream_feed(w->stream, bytes, len, &fault);
    if (r && !w->event_error.code && !w->dead && w->call)
        kube_error_set(&w->event_error, r == ERR_SYNTAX ? ERR_PROTOCOL : r, KUBE_FATE_TRANSIENT,
                       KUBE_WHY_NONE, NULL, "the watch cannot be read: %s",
                       fault.text ? fault.text : err_word(r));
    err_clear(&fault);
    w->busy = false;
    if (w->dead) {
        kube_watch_leave(w);
        return ERR_CANCELLED;
    }
    return r;
}

static void on_end(void *ctx, const struct kube_reply *reply)
{
    struct kube_watch *w = ctx;
    int64_t now = kube_watch_now(w);
    w->call = NULL;
    loop_cancel_timer(kube_watch_loop(w), w->silence);
    w->silence = NULL;
    kube_cancel(w->probe);
    w->probe = NULL;
    kube_cluster_count_watch(w->cluster, -1);
    bool lived = w->opened_ms && now - w->opened_ms >= HEALTHY_MS;
    if (lived)
        w->failures = 0;
    w->busy = true;
    if (w->event_error.code) {
        struct kube_error e;
        kube_error_init(&e);
        kube_error_move(&e, &w->event_error);
        kube_watch_trouble(w, &e, false);
        kube_error_clear(&e);
    } else if (reply->error->code) {
        kube_watch_trouble(w, reply->error, false);
    } else if (w->initial) {
        /* Ended before its list was complete: a server that ignores what it does not know. */
        w->initial = false;
        if (kube_cluster_streams(w->cluster) == KUBE_STREAMS_UNKNOWN)
            kube_cluster_set_streams(w->cluster, KUBE_STREAMS_NO);
        kube_watch_begin_in(w, kube_watch_back_off(w, 0));
    } else {
        /* The ordinary end. */
        w->status.reconnects++;
        kube_watch_begin_in(w, lived ? 0 : kube_watch_back_off(w, 0));
    }
    w->busy = false;
    if (w->dead)
        kube_watch_leave(w);
}

void kube_watch_open_stream(struct kube_watch *w)
{
    static const char *const accept[] = {
        [KUBE_FORM_METADATA] = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,"
                               "application/json",
        [KUBE_FORM_TABLE] = KUBE_TABLE_ACCEPT,
    };
    struct buf q;
    char number[24];
    buf_init(&q, BUF_SMALL);
    w->initial = !w->version[0];
    kube_query_add(&q, "watch", "1");
    kube_query_add(&q, "allowWatchBookmarks", "true");
    kube_query_add(&q, "resourceVersion", w->version);
    if (w->initial) {
        w->generation++;
        kube_query_add(&q, "sendInitialEvents", "true");
        kube_query_add(&q, "resourceVersionMatch", "NotOlderThan");
    }
    snprintf(number, sizeof(number), "%u",
             STREAM_S + (unsigned)(kube_cluster_random(w->cluster) % (STREAM_S + 1)));
    kube_query_add(&q, "timeoutSeconds", number);
    if (w->o.what.label_selector)
        kube_query_add(&q, "labelSelector", w->o.what.label_selector);
    if (w->o.what.field_selector)
        kube_query_add(&q, "fieldSelector", w->o.what.field_selector);
    json_stream_free(w->stream);
    w->stream = json_stream_new(JSON_STREAM_DOCUMENTS, KUBE_OBJECT_MAX, on_event, w);
    kube_error_clear(&w->event_error);
    const struct kube_request r = {
        .path = w->o.what.path,
        .query = buf_str(&q),
        .accept = accept[w->o.what.form],
        .deadline_ms = -1,
        .retry = KUBE_RETRY_NEVER,
        .priority = w->o.priority,
        .is_collection = true,
        .lane = KUBE_LANE_WATCH,
        .on_start = on_open,
        .on_chunk = on_chunk,
        .on_done = on_end,
        .ctx = w,
    };
    w->opened_ms = 0;
    w->bookmarks = false;
    w->heard_ms = kube_watch_now(w);
    kube_cluster_count_watch(w->cluster, 1);
    w->call = kube_send(w->cluster, &r);
    buf_clear(&q);
    listen_for_silence(w, SILENT_MS);
}

/* ---- silence ---- */

static void reopen(struct kube_watch *w, const char *why, bool stale)
{
    kube_watch_close_stream(w);
    w->status.reconnects++;
    if (w->initial && kube_cluster_streams(w->cluster) == KUBE_STREAMS_UNKNOWN)
        kube_cluster_set_streams(w->cluster, KUBE_STREAMS_NO);
    w->initial = false;
    kube_watch_begin_in(w, 0);
    if (!stale)
        return;
    struct kube_error e;
    kube_error_init(&e);
    kube_error_set(&e, ERR_TIMEOUT, KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, NULL, "%s", why);
    kube_watch_set_state(w, kube_watch_waiting_state(w), &e);
    kube_error_clear(&e);
}

static void on_probed(void *ctx, const struct kube_reply *reply)
{
    struct kube_watch *w = ctx;
    int64_t silent = kube_watch_now(w) - w->heard_ms;
    w->probe = NULL;
    if (!w->call)
        return;
    w->busy = true;
    if (reply->status == 0) {
        kube_cluster_cut_lane(w->cluster, KUBE_LANE_WATCH);
        reopen(w, "nothing came for 90 s, and the connection does not answer", true);
    } else if (silent >= SILENT_MS) {
        struct kube_cluster_status s;
        kube_cluster_status(w->cluster, &s);
        /* Over HTTP/1.1 the probe went over another connection and proves nothing. */
        if (s.http_version < 20 || (w->bookmarks && silent >= SILENT_SURE_MS))
            reopen(w, "nothing came on the watch", w->bookmarks);
        else
            listen_for_silence(w, SILENT_MS);
    } else {
        listen_for_silence(w, SILENT_MS - silent);
    }
    w->busy = false;
    if (w->dead)
        kube_watch_leave(w);
}

static void on_silence(void *ctx)
{
    struct kube_watch *w = ctx;
    w->silence = NULL;
    int64_t silent = kube_watch_now(w) - w->heard_ms;
    if (!w->call || w->probe)
        return;
    if (silent < SILENT_MS) {
        listen_for_silence(w, SILENT_MS - silent);
        return;
    }
    if (w->opened_ms && kube_cluster_lane_reset_ms(w->cluster, KUBE_LANE_WATCH) > w->opened_ms) {
        w->busy = true; /* another watch found this connection dead */
        reopen(w, "nothing came for 90 s on a connection that is dead", true);
        w->busy = false;
        if (w->dead)
            kube_watch_leave(w);
        return;
    }
    const struct kube_request r = {
        .path = "/version",
        .deadline_ms = PROBE_MS,
        .max_body_bytes = 1 << 20,
        .retry = KUBE_RETRY_NEVER,
        .lane = KUBE_LANE_WATCH,
        .on_done = on_probed,
        .ctx = w,
    };
    w->probe = kube_send(w->cluster, &r);
}

static void listen_for_silence(struct kube_watch *w, int64_t ms)
{
    loop_cancel_timer(kube_watch_loop(w), w->silence);
    w->silence = loop_after(kube_watch_loop(w), ms, on_silence, w);
}
