// SPDX-License-Identifier: Apache-2.0
/*
 * A watch and the state machine that keeps it current:
 *
 *   begin ──> (resourceVersion known) ──> stream ──end──> again
 *     └──> streaming list, or list in pages ──> stream
 *
 * What is known of each object (uid and resourceVersion by namespace and name) is kept, so that a
 * new list after a gap becomes events: what changed, what came, what went. Every end of a request
 * goes through one function, on_trouble, which decides whether the version is still good, how long
 * to wait, and what the state is called meanwhile. The caller may free the watch in any callback:
 * then it is only marked dead, and freed when the code that called has come back (busy).
 */
#include "kube/watch.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "data/json.h"
#include "kube/client_int.h"

#include <stdio.h>
#include <string.h>

enum {
    BACKOFF_MS = 800,
    BACKOFF_MAX_MS = 30000,
    HEALTHY_MS = 120000,      /* a stream that lived so long starts the back-off anew */
    SERVER_ERRORS_MS = 60000, /* 500 for so long: the version may be what it stumbles over */
    TOO_LARGE_TRIES = 3,
    FORBIDDEN_MS = 300000,
    UNSERVED_MS = 60000,
    FAILED_MS = 120000,
    SILENT_MS = 90000, /* bookmarks come every minute */
    SILENT_SURE_MS = 180000,
    PROBE_MS = 15000,
    STREAM_S = 300, /* and up to as much again */
    VERSION_MAX = 128,
    POOL_MAX = 128 * 1024 * 1024,
};

struct known {
    uint32_t generation; /* of the list that saw it last */
    char text[];         /* uid NUL resourceVersion NUL */
};

struct kube_watch {
    struct kube_cluster *cluster;
    struct kube_watch_options o; /* its strings are owned */
    struct kube_listener *listener;
    struct kube_list *list;
    struct kube_call *call, *probe;
    struct json_stream *stream;
    struct loop_timer *timer, *silence;
    bool for_cluster; /* waits for the cluster to be up */
    bool busy, dead;

    struct strmap known;
    uint32_t generation;
    char version[VERSION_MAX]; /* where to go on; "" for nowhere */
    char best[VERSION_MAX];    /* the highest ever seen; survives the loss of version */
    bool initial;              /* the stream is still delivering the list */
    bool synced, bookmarks;
    unsigned failures, too_large;
    int64_t opened_ms, heard_ms, errors_since_ms;

    struct kube_watch_status status;
    struct kube_error error, event_error;
};

#define X(name, word) word,
static const char *const state_words[] = {KUBE_WATCH_STATE_TABLE(X)};
#undef X

const char *kube_watch_state_word(enum kube_watch_state s)
{
    return (size_t)s < ARRAY_LEN(state_words) ? state_words[s] : "?";
}

bool kube_version_compare(const char *a, const char *b, int *order)
{
    size_t la = strlen(a), lb = strlen(b);
    if (!la || !lb || strspn(a, "0123456789") != la || strspn(b, "0123456789") != lb ||
        a[0] == '0' || b[0] == '0')
        return false;
    *order = la != lb ? (la < lb ? -1 : 1) : strcmp(a, b);
    return true;
}

static int64_t now_of(const struct kube_watch *w)
{
    return clock_boot_ms(kube_cluster_clock(w->cluster));
}

static struct loop *loop_of(const struct kube_watch *w)
{
    return kube_cluster_loop(w->cluster);
}

/* ---- state ---- */

static void set_state(struct kube_watch *w, enum kube_watch_state state,
                      const struct kube_error *error)
{
    struct kube_watch_status *s = &w->status;
    if (error && error != &w->error)
        kube_error_copy(&w->error, error);
    else if (!error)
        kube_error_clear(&w->error);
    bool changed = s->state != state;
    s->error = w->error.code ? &w->error : NULL;
    if (!changed && state == KUBE_WATCH_CURRENT)
        return;
    if (changed)
        s->since_ms = state == KUBE_WATCH_STALE && w->heard_ms ? w->heard_ms : now_of(w);
    s->state = state;
    s->objects = w->known.count;
    if (w->o.on_state && !w->dead)
        w->o.on_state(w->o.ctx, s);
}

/* The state while it is not current for a reason that may pass. */
static enum kube_watch_state waiting_state(const struct kube_watch *w)
{
    return w->synced ? KUBE_WATCH_STALE : KUBE_WATCH_STARTING;
}

/* ---- objects ---- */

static const char *meta_text(const struct val *object, const char *key)
{
    const struct val *meta = object->type == VAL_MAP ? val_get(object, "metadata") : NULL;
    return meta && meta->type == VAL_MAP ? val_str(val_get(meta, key), "") : "";
}

static const char *version_of(const struct known *k)
{
    return k->text + strlen(k->text) + 1;
}

static struct known *known_new(const char *uid, const char *version, uint32_t generation)
{
    size_t u = strlen(uid) + 1, v = strlen(version) + 1;
    struct known *k = mem_alloc(sizeof(*k) + u + v);
    k->generation = generation;
    memcpy(k->text, uid, u);
    memcpy(k->text + u, version, v);
    return k;
}

static void tell(struct kube_watch *w, enum kube_event type, const struct val *object)
{
    if (w->dead)
        return;
    w->status.events++;
    w->o.on_object(w->o.ctx, type, object);
}

static struct val_entry entry(struct val_pool *p, const char *key, struct val value)
{
    return (struct val_entry){.key = val_intern(p, key, strlen(key)), .value = value};
}

/* DELETED with the little that is known. key is NAMESPACE/NAME. */
static void tell_gone(struct kube_watch *w, const char *key, const struct known *k)
{
    struct val_pool p;
    val_pool_init(&p);
    const char *slash = strchr(key, '/');
    struct val_entry meta[4], top;
    size_t n = 0;
    if (slash > key)
        meta[n++] = entry(&p, "namespace", val_of_strn(&p, key, (size_t)(slash - key)));
    meta[n++] = entry(&p, "name", val_of_str(&p, slash + 1));
    meta[n++] = entry(&p, "uid", val_of_str(&p, k->text));
    meta[n++] = entry(&p, "resourceVersion", val_of_str(&p, version_of(k)));
    top = entry(&p, "metadata", *val_map_of(&p, meta, n));
    tell(w, KUBE_DELETED, val_map_of(&p, &top, 1));
    val_pool_clear(&p);
}

static char *key_of(const struct val *object)
{
    return mem_printf("%s/%s", meta_text(object, "namespace"), meta_text(object, "name"));
}

/* The object exists like this. */
static void saw(struct kube_watch *w, const struct val *object)
{
    const char *uid = meta_text(object, "uid"), *version = meta_text(object, "resourceVersion");
    if (!meta_text(object, "name")[0])
        return;
    char *key = key_of(object);
    struct known *old = strmap_get(&w->known, key);
    enum kube_event type = old ? KUBE_MODIFIED : KUBE_ADDED;
    if (old && strcmp(old->text, uid) != 0) {
        strmap_remove(&w->known, key);
        tell_gone(w, key, old);
        mem_free(old);
        old = NULL;
        type = KUBE_ADDED;
    }
    if (old && *version && strcmp(version_of(old), version) == 0) {
        old->generation = w->generation;
    } else if (!w->dead) {
        strmap_set(&w->known, key, known_new(uid, version, w->generation));
        mem_free(old);
        tell(w, type, object);
    }
    mem_free(key);
}

static void saw_gone(struct kube_watch *w, const struct val *object)
{
    char *key = key_of(object);
    struct known *old = strmap_remove(&w->known, key);
    if (old)
        tell(w, KUBE_DELETED, object);
    mem_free(old);
    mem_free(key);
}

static void forget_all(struct kube_watch *w)
{
    const struct strmap_entry *e;
    for (size_t i = 0; (e = strmap_next(&w->known, &i));)
        mem_free(e->value);
    strmap_clear(&w->known);
}

/* What the list that is now complete did not have is gone. */
static void sweep(struct kube_watch *w)
{
    const struct strmap_entry *e;
    for (size_t i = 0; !w->dead && (e = strmap_next(&w->known, &i));) {
        struct known *k = e->value;
        if (k->generation == w->generation)
            continue;
        char *key = mem_strdup(e->key);
        strmap_remove(&w->known, key);
        tell_gone(w, key, k);
        mem_free(key);
        mem_free(k);
    }
}

static void set_version(struct kube_watch *w, const char *version)
{
    int order;
    if (!*version || strlen(version) >= VERSION_MAX)
        return;
    snprintf(w->version, sizeof(w->version), "%s", version);
    if (!kube_version_compare(version, w->best, &order) || order > 0)
        snprintf(w->best, sizeof(w->best), "%s", version);
}

/* ---- going on ---- */

static void begin(struct kube_watch *w);

static void on_timer(void *ctx)
{
    struct kube_watch *w = ctx;
    w->timer = NULL;
    begin(w);
}

static void begin_in(struct kube_watch *w, int64_t delay_ms)
{
    if (w->dead)
        return;
    loop_cancel_timer(loop_of(w), w->timer);
    w->timer = loop_after(loop_of(w), delay_ms, on_timer, w);
}

static int64_t back_off(struct kube_watch *w, int64_t least_ms)
{
    int64_t delay = (int64_t)BACKOFF_MS << (w->failures < 6 ? w->failures : 6);
    if (delay > BACKOFF_MAX_MS)
        delay = BACKOFF_MAX_MS;
    w->failures++;
    delay = kube_cluster_jitter(w->cluster, delay);
    return delay > least_ms ? delay : least_ms;
}

static bool cluster_usable(const struct kube_watch *w)
{
    enum kube_state s = kube_cluster_state(w->cluster);
    return s == KUBE_STATE_UP || s == KUBE_STATE_UNTRIED;
}

static void close_stream(struct kube_watch *w)
{
    if (!w->call)
        return;
    kube_cancel(w->call);
    kube_cancel(w->probe);
    w->call = w->probe = NULL;
    loop_cancel_timer(loop_of(w), w->silence);
    w->silence = NULL;
    kube_cluster_count_watch(w->cluster, -1);
}

static void lose_version(struct kube_watch *w)
{
    w->version[0] = '\0';
    w->too_large = 0;
    w->errors_since_ms = 0;
}

/* The list, or the list that the stream began with, is complete at this version. */
static void complete(struct kube_watch *w, const char *version)
{
    int order;
    if (w->best[0] && kube_version_compare(version, w->best, &order) && order < 0) {
        /* History was replaced: nothing that is known may be trusted, versions least of all. */
        log_write(kube_cluster_log(w->cluster), LOG_WARN, "kube",
                  "%s: %s: resourceVersion fell from %s to %s: starting anew",
                  kube_cluster_name(w->cluster), w->o.what.path, w->best, version);
        w->best[0] = '\0';
        lose_version(w);
        if (w->o.on_reset) {
            forget_all(w);
            w->o.on_reset(w->o.ctx);
        } else {
            const struct strmap_entry *e;
            for (size_t i = 0; (e = strmap_next(&w->known, &i));) {
                struct known *k = e->value;
                k->text[strlen(k->text) + 1] = '\0'; /* every object counts as changed */
            }
        }
        if (!w->dead) {
            close_stream(w);
            begin_in(w, 0);
        }
        return;
    }
    sweep(w);
    if (w->dead)
        return;
    set_version(w, version);
    w->initial = false;
    w->synced = true;
    w->heard_ms = now_of(w);
    w->status.objects = w->known.count;
    if (w->o.on_synced)
        w->o.on_synced(w->o.ctx);
}

/* A request ended; e is its error, or that of an ERROR event. was_list: a list in pages. */
static void on_trouble(struct kube_watch *w, const struct kube_error *e, bool was_list)
{
    bool streaming_list = w->initial && !was_list;
    int64_t now = now_of(w);
    w->initial = false;
    if (!cluster_usable(w)) {
        w->for_cluster = true;
        set_state(w, waiting_state(w), e);
        return;
    }
    if (streaming_list &&
        (e->http_status == 400 || e->http_status == 422 || e->code == ERR_UNSUPPORTED)) {
        if (kube_cluster_streams(w->cluster) != KUBE_STREAMS_YES)
            kube_cluster_set_streams(w->cluster, KUBE_STREAMS_NO);
        begin_in(w, 0);
        return;
    }
    int64_t delay;
    enum kube_watch_state state = waiting_state(w);
    switch (e->code) {
    case ERR_STALE:
        lose_version(w);
        delay = w->failures ? back_off(w, 0) : 0;
        w->failures += !delay;
        break;
    case ERR_FORBIDDEN:
        state = KUBE_WATCH_FORBIDDEN;
        delay = kube_cluster_jitter(w->cluster, FORBIDDEN_MS);
        break;
    case ERR_NOT_FOUND:
        state = KUBE_WATCH_UNSERVED;
        lose_version(w);
        delay = kube_cluster_jitter(w->cluster, UNSERVED_MS);
        break;
    case ERR_THROTTLED:
        delay = back_off(w, e->retry_after_ms);
        break;
    case ERR_SERVER:
    case ERR_TIMEOUT:
    case ERR_UNREACHABLE:
    case ERR_UNKNOWN_OUTCOME:
        if (e->why == KUBE_WHY_VERSION_TOO_LARGE) {
            if (++w->too_large >= TOO_LARGE_TRIES)
                lose_version(w);
        } else if (e->code == ERR_SERVER) {
            if (!w->errors_since_ms)
                w->errors_since_ms = now;
            else if (now - w->errors_since_ms > SERVER_ERRORS_MS)
                lose_version(w);
        }
        delay = back_off(w, e->retry_after_ms);
        break;
    default:
        /* An answer that makes no sense: once may be an accident. */
        delay = w->failures < 2 ? back_off(w, 0) : kube_cluster_jitter(w->cluster, FAILED_MS);
        if (w->failures >= 2)
            state = KUBE_WATCH_FAILED;
        lose_version(w);
        break;
    }
    begin_in(w, delay);
    set_state(w, state, e);
}

/* ---- the list in pages ---- */

static void leave(struct kube_watch *w);

static int on_listed(void *ctx, const struct val *object, const struct val *columns)
{
    struct kube_watch *w = ctx;
    w->busy = true;
    saw(w, object);
    w->busy = false;
    if (!w->dead)
        return 0;
    leave(w);
    return ERR_CANCELLED;
}

static void on_list_restart(void *ctx)
{
    struct kube_watch *w = ctx;
    w->generation++;
}

static void on_list_done(void *ctx, const char *version, const struct kube_error *error)
{
    struct kube_watch *w = ctx;
    w->list = NULL;
    w->busy = true;
    if (error->code) {
        on_trouble(w, error, true);
    } else {
        complete(w, version);
        if (!w->dead && !w->timer)
            begin(w);
    }
    w->busy = false;
    if (w->dead)
        leave(w);
}

/* ---- the stream ---- */

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
        complete(w, meta_text(object, "resourceVersion"));
        if (w->dead || !w->call)
            return ERR_CANCELLED;
        set_state(w, KUBE_WATCH_CURRENT, NULL);
    } else if (!w->initial) {
        set_version(w, meta_text(object, "resourceVersion"));
    }
    return w->dead ? ERR_CANCELLED : 0;
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
    if (val_str_is(type, "ERROR")) {
        r = on_error_event(w, object);
    } else if (val_str_is(type, "BOOKMARK")) {
        r = on_bookmark(w, object);
    } else if (val_str_is(type, "ADDED") || val_str_is(type, "MODIFIED") ||
               val_str_is(type, "DELETED")) {
        if (val_str_is(type, "DELETED"))
            saw_gone(w, object);
        else
            saw(w, object);
        /* The list at the beginning of a stream is not in order of versions. */
        if (!w->dead && !w->initial)
            set_version(w, meta_text(object, "resourceVersion"));
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
    w->opened_ms = w->heard_ms = now_of(w);
    w->errors_since_ms = 0;
    w->too_large = 0;
    w->busy = true;
    if (!w->initial && w->synced)
        set_state(w, KUBE_WATCH_CURRENT, NULL);
    w->busy = false;
    if (w->dead)
        leave(w);
}

static int on_chunk(void *ctx, const char *bytes, size_t len)
{
    struct kube_watch *w = ctx;
    struct err fault = ERR_INIT;
    w->heard_ms = now_of(w);
    w->busy = true;
    int r = json_stream_feed(w->stream, bytes, len, &fault);
    if (r && !w->event_error.code && !w->dead && w->call)
        kube_error_set(&w->event_error, r == ERR_SYNTAX ? ERR_PROTOCOL : r, KUBE_FATE_TRANSIENT,
                       KUBE_WHY_NONE, NULL, "the watch cannot be read: %s",
                       fault.text ? fault.text : err_word(r));
    err_clear(&fault);
    w->busy = false;
    if (w->dead) {
        leave(w);
        return ERR_CANCELLED;
    }
    return r;
}

static void on_end(void *ctx, const struct kube_reply *reply)
{
    struct kube_watch *w = ctx;
    int64_t now = now_of(w);
    w->call = NULL;
    loop_cancel_timer(loop_of(w), w->silence);
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
        on_trouble(w, &e, false);
        kube_error_clear(&e);
    } else if (reply->error->code) {
        on_trouble(w, reply->error, false);
    } else if (w->initial) {
        /* Ended before its list was complete: a server that ignores what it does not know. */
        w->initial = false;
        if (kube_cluster_streams(w->cluster) == KUBE_STREAMS_UNKNOWN)
            kube_cluster_set_streams(w->cluster, KUBE_STREAMS_NO);
        begin_in(w, back_off(w, 0));
    } else {
        /* The ordinary end. */
        w->status.reconnects++;
        begin_in(w, lived ? 0 : back_off(w, 0));
    }
    w->busy = false;
    if (w->dead)
        leave(w);
}

static void open_stream(struct kube_watch *w)
{
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
        .accept = w->o.what.form == KUBE_FORM_METADATA
                      ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,"
                        "application/json"
                      : NULL,
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
    w->heard_ms = now_of(w);
    kube_cluster_count_watch(w->cluster, 1);
    w->call = kube_send(w->cluster, &r);
    buf_clear(&q);
    listen_for_silence(w, SILENT_MS);
}

static void begin(struct kube_watch *w)
{
    if (w->dead || w->call || w->list)
        return;
    w->for_cluster = false;
    if (!cluster_usable(w)) {
        struct kube_cluster_status s;
        kube_cluster_status(w->cluster, &s);
        w->for_cluster = true;
        w->busy = true;
        set_state(w, waiting_state(w), s.error);
        w->busy = false;
        if (w->dead)
            leave(w);
        return;
    }
    if (w->version[0] || kube_cluster_streams(w->cluster) != KUBE_STREAMS_NO) {
        open_stream(w);
        return;
    }
    w->generation++;
    w->status.lists++;
    const struct kube_list_options o = {
        .what = w->o.what,
        .page = w->o.page,
        .priority = w->o.priority,
        .on_object = on_listed,
        .on_restart = on_list_restart,
        .on_done = on_list_done,
        .ctx = w,
    };
    w->list = kube_list_start(w->cluster, &o);
}

/* ---- silence ---- */

static void reopen(struct kube_watch *w, const char *why, bool stale)
{
    close_stream(w);
    w->status.reconnects++;
    if (w->initial && kube_cluster_streams(w->cluster) == KUBE_STREAMS_UNKNOWN)
        kube_cluster_set_streams(w->cluster, KUBE_STREAMS_NO);
    w->initial = false;
    begin_in(w, 0);
    if (!stale)
        return;
    struct kube_error e;
    kube_error_init(&e);
    kube_error_set(&e, ERR_TIMEOUT, KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, NULL, "%s", why);
    set_state(w, waiting_state(w), &e);
    kube_error_clear(&e);
}

static void on_probed(void *ctx, const struct kube_reply *reply)
{
    struct kube_watch *w = ctx;
    int64_t silent = now_of(w) - w->heard_ms;
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
        leave(w);
}

static void on_silence(void *ctx)
{
    struct kube_watch *w = ctx;
    w->silence = NULL;
    int64_t silent = now_of(w) - w->heard_ms;
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
            leave(w);
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
    loop_cancel_timer(loop_of(w), w->silence);
    w->silence = loop_after(loop_of(w), ms, on_silence, w);
}

/* ---- life ---- */

static void on_cluster(void *ctx, struct kube_cluster *c, enum kube_state state)
{
    struct kube_watch *w = ctx;
    if (state != KUBE_STATE_UP || !w->for_cluster)
        return;
    w->failures = 0;
    begin(w);
}

struct kube_watch *kube_watch_start(struct kube_cluster *c, const struct kube_watch_options *o)
{
    struct kube_watch *w = mem_new(struct kube_watch);
    w->cluster = c;
    w->o = *o;
    w->o.what.path = mem_strdup(o->what.path);
    w->o.what.label_selector = o->what.label_selector ? mem_strdup(o->what.label_selector) : NULL;
    w->o.what.field_selector = o->what.field_selector ? mem_strdup(o->what.field_selector) : NULL;
    kube_error_init(&w->error);
    kube_error_init(&w->event_error);
    w->status.state = KUBE_WATCH_STARTING;
    w->status.since_ms = now_of(w);
    w->listener = kube_cluster_listen(c, on_cluster, w);
    begin_in(w, 0);
    return w;
}

/* Frees what a dead watch still holds, once nobody is inside it. */
static void leave(struct kube_watch *w)
{
    if (w->busy)
        return;
    json_stream_free(w->stream);
    forget_all(w);
    mem_free((char *)w->o.what.path);
    mem_free((char *)w->o.what.label_selector);
    mem_free((char *)w->o.what.field_selector);
    kube_error_clear(&w->error);
    kube_error_clear(&w->event_error);
    mem_free(w);
}

void kube_watch_free(struct kube_watch *w)
{
    if (!w || w->dead)
        return;
    w->dead = true;
    close_stream(w);
    kube_list_cancel(w->list);
    loop_cancel_timer(loop_of(w), w->timer);
    kube_cluster_unlisten(w->cluster, w->listener);
    leave(w);
}

void kube_watch_status(const struct kube_watch *w, struct kube_watch_status *out)
{
    *out = w->status;
    out->objects = w->known.count;
    out->error = w->error.code ? &w->error : NULL;
}

void kube_watch_try_now(struct kube_watch *w)
{
    w->failures = 0;
    if (w->for_cluster)
        kube_cluster_try_now(w->cluster);
    else if (w->timer)
        begin_in(w, 0);
}
