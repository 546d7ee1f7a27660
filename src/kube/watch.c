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
#include "base/mem.h"
#include "kube/watch_int.h"

#include <stdio.h>
#include <string.h>

enum {
    BACKOFF_MS = 800,
    BACKOFF_MAX_MS = 30000,
    SERVER_ERRORS_MS = 60000, /* 500 for so long: the version may be what it stumbles over */
    TOO_LARGE_TRIES = 3,
    FORBIDDEN_MS = 300000,
    UNSERVED_MS = 60000,
    FAILED_MS = 120000,
};

#define X(name, word) word,
static const char *const state_words[] = {KUBE_WATCH_STATE_TABLE(X)};
#undef X

const char *kube_watch_state_word(enum kube_watch_state s)
{
    return (size_t)s < ARRAY_LEN(state_words) ? state_words[s] : "?";
}

/* ---- state ---- */

void kube_watch_set_state(struct kube_watch *w, enum kube_watch_state state,
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
        s->since_ms = state == KUBE_WATCH_STALE && w->heard_ms ? w->heard_ms : kube_watch_now(w);
    s->state = state;
    s->objects = w->known.count;
    if (w->o.on_state && !w->dead)
        w->o.on_state(w->o.ctx, s);
}

/* The state while it is not current for a reason that may pass. */
enum kube_watch_state kube_watch_waiting_state(const struct kube_watch *w)
{
    return w->synced ? KUBE_WATCH_STALE : KUBE_WATCH_STARTING;
}

void kube_watch_set_version(struct kube_watch *w, const char *version)
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

void kube_watch_begin_in(struct kube_watch *w, int64_t delay_ms)
{
    if (w->dead)
        return;
    loop_cancel_timer(kube_watch_loop(w), w->timer);
    w->timer = loop_after(kube_watch_loop(w), delay_ms, on_timer, w);
}

int64_t kube_watch_back_off(struct kube_watch *w, int64_t least_ms)
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

void kube_watch_lose_version(struct kube_watch *w)
{
    w->version[0] = '\0';
    w->too_large = 0;
    w->errors_since_ms = 0;
}

/* The list, or the list that the stream began with, is complete at this version. */
void kube_watch_complete(struct kube_watch *w, const char *version)
{
    int order;
    if (w->best[0] && kube_version_compare(version, w->best, &order) && order < 0) {
        /* History was replaced: nothing that is known may be trusted, versions least of all. */
        log_write(kube_cluster_log(w->cluster), LOG_WARN, "kube",
                  "%s: %s: resourceVersion fell from %s to %s: starting anew",
                  kube_cluster_name(w->cluster), w->o.what.path, w->best, version);
        w->best[0] = '\0';
        kube_watch_lose_version(w);
        if (w->o.on_reset) {
            kube_watch_forget_all(w);
            w->o.on_reset(w->o.ctx);
        } else {
            const struct strmap_entry *e;
            for (size_t i = 0; (e = strmap_next(&w->known, &i));) {
                struct known *k = e->value;
                k->text[strlen(k->text) + 1] = '\0'; /* every object counts as changed */
            }
        }
        if (!w->dead) {
            kube_watch_close_stream(w);
            kube_watch_begin_in(w, 0);
        }
        return;
    }
    kube_watch_sweep(w);
    if (w->dead)
        return;
    kube_watch_set_version(w, version);
    w->initial = false;
    w->synced = true;
    w->heard_ms = kube_watch_now(w);
    w->status.objects = w->known.count;
    if (w->o.on_synced)
        w->o.on_synced(w->o.ctx);
}

/* A request ended; e is its error, or that of an ERROR event. was_list: a list in pages. */
void kube_watch_trouble(struct kube_watch *w, const struct kube_error *e, bool was_list)
{
    bool streaming_list = w->initial && !was_list;
    int64_t now = kube_watch_now(w);
    w->initial = false;
    if (!cluster_usable(w)) {
        w->for_cluster = true;
        kube_watch_set_state(w, kube_watch_waiting_state(w), e);
        return;
    }
    if (streaming_list &&
        (e->http_status == 400 || e->http_status == 422 || e->code == ERR_UNSUPPORTED)) {
        if (kube_cluster_streams(w->cluster) != KUBE_STREAMS_YES)
            kube_cluster_set_streams(w->cluster, KUBE_STREAMS_NO);
        kube_watch_begin_in(w, 0);
        return;
    }
    int64_t delay;
    enum kube_watch_state state = kube_watch_waiting_state(w);
    switch (e->code) {
    case ERR_STALE:
        kube_watch_lose_version(w);
        delay = w->failures ? kube_watch_back_off(w, 0) : 0;
        w->failures += !delay;
        break;
    case ERR_FORBIDDEN:
        state = KUBE_WATCH_FORBIDDEN;
        delay = kube_cluster_jitter(w->cluster, FORBIDDEN_MS);
        break;
    case ERR_NOT_FOUND:
        state = KUBE_WATCH_UNSERVED;
        kube_watch_lose_version(w);
        delay = kube_cluster_jitter(w->cluster, UNSERVED_MS);
        break;
    case ERR_THROTTLED:
        delay = kube_watch_back_off(w, e->retry_after_ms);
        break;
    case ERR_SERVER:
    case ERR_TIMEOUT:
    case ERR_UNREACHABLE:
    case ERR_UNKNOWN_OUTCOME:
        if (e->why == KUBE_WHY_VERSION_TOO_LARGE) {
            if (++w->too_large >= TOO_LARGE_TRIES)
                kube_watch_lose_version(w);
        } else if (e->code == ERR_SERVER) {
            if (!w->errors_since_ms)
                w->errors_since_ms = now;
            else if (now - w->errors_since_ms > SERVER_ERRORS_MS)
                kube_watch_lose_version(w);
        }
        delay = kube_watch_back_off(w, e->retry_after_ms);
        break;
    default:
        /* An answer that makes no sense: once may be an accident. */
        delay = w->failures < 2 ? kube_watch_back_off(w, 0)
                                : kube_cluster_jitter(w->cluster, FAILED_MS);
        if (w->failures >= 2)
            state = KUBE_WATCH_FAILED;
        kube_watch_lose_version(w);
        break;
    }
    kube_watch_begin_in(w, delay);
    kube_watch_set_state(w, state, e);
}

/* ---- the list in pages ---- */

static int on_listed(void *ctx, const struct val *object, const struct val *columns)
{
    struct kube_watch *w = ctx;
    w->busy = true;
    kube_watch_columns(w, columns);
    if (!w->dead)
        kube_watch_saw(w, object);
    w->busy = false;
    if (!w->dead)
        return 0;
    kube_watch_leave(w);
    return ERR_CANCELLED;
}

static void on_list_restart(void *ctx)
{
    struct kube_watch *w = ctx;
    w->generation++;
    w->status.beyond = 0;
}

static void on_list_cut(void *ctx, int64_t left)
{
    struct kube_watch *w = ctx;
    w->status.beyond = left;
}

static void on_list_done(void *ctx, const char *version, const struct kube_error *error)
{
    struct kube_watch *w = ctx;
    w->list = NULL;
    w->busy = true;
    if (error->code) {
        kube_watch_trouble(w, error, true);
    } else {
        kube_watch_complete(w, version);
        if (!w->dead && !w->timer)
            begin(w);
    }
    w->busy = false;
    if (w->dead)
        kube_watch_leave(w);
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
        kube_watch_set_state(w, kube_watch_waiting_state(w), s.error);
        w->busy = false;
        if (w->dead)
            kube_watch_leave(w);
        return;
    }
    bool table = w->o.what.form == KUBE_FORM_TABLE;
    if (w->version[0] || (!table && kube_cluster_streams(w->cluster) != KUBE_STREAMS_NO)) {
        kube_watch_open_stream(w);
        return;
    }
    w->generation++;
    w->status.lists++;
    w->status.beyond = 0;
    const struct kube_list_options o = {
        .what = w->o.what,
        .page = w->o.page,
        .priority = w->o.priority,
        .max = w->o.limit,
        .on_cut = on_list_cut,
        .on_object = on_listed,
        .on_restart = on_list_restart,
        .on_done = on_list_done,
        .ctx = w,
    };
    w->list = kube_list_start(w->cluster, &o);
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
    w->status.since_ms = kube_watch_now(w);
    w->listener = kube_cluster_listen(c, on_cluster, w);
    kube_watch_begin_in(w, 0);
    return w;
}

/* Frees what a dead watch still holds, once nobody is inside it. */
void kube_watch_leave(struct kube_watch *w)
{
    if (w->busy)
        return;
    json_stream_free(w->stream);
    kube_watch_forget_all(w);
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
    kube_watch_close_stream(w);
    kube_list_cancel(w->list);
    loop_cancel_timer(kube_watch_loop(w), w->timer);
    kube_cluster_unlisten(w->cluster, w->listener);
    kube_watch_leave(w);
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
        kube_watch_begin_in(w, 0);
}
