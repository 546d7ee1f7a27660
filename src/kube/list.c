// SPDX-License-Identifier: Apache-2.0
/*
 * A list in pages. The body is split as it comes and each object is parsed, delivered and
 * forgotten, so no page is ever held (tables excepted, whose rows come in a document that has to be
 * whole). A continue token that expired starts the list again without pages, as client-go does; a
 * page that is too large is asked for again in smaller ones; a page that broke off after some of
 * its objects were delivered starts the list again, and on_restart says so.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "data/json.h"
#include "kube/client_int.h"
#include "kube/table.h"
#include "kube/watch.h"

#include <stdio.h>
#include <string.h>

enum { PAGE = 500, DEADLINE_MS = 300000, BREAKS_MAX = 4, POOL_MAX = 128 * 1024 * 1024 };
/* Of one answer, which without pages may be a whole collection. */
#define ANSWER_MAX ((size_t)4 * 1024 * 1024 * 1024)
#define TABLE_MAX ((size_t)64 * 1024 * 1024)

struct kube_list {
    struct kube_cluster *cluster;
    struct kube_list_options o; /* its strings are owned */
    struct kube_call *call;
    struct json_stream *stream;
    struct loop_timer *timer;
    int64_t begun_ms;
    unsigned limit; /* 0: no pages */
    unsigned pages, breaks;
    size_t page_objects; /* delivered of the present page */
    size_t objects;      /* of the whole list */
    int64_t left;        /* of the server's: what comes after this page; -1 unknown */
    bool unpaged, busy, dead;
    bool cut; /* max was reached and there is more */
    char *cont, *version;
    struct err fault; /* of the splitting and parsing */
};

static void list_free(struct kube_list *l)
{
    json_stream_free(l->stream);
    mem_free((char *)l->o.what.path);
    mem_free((char *)l->o.what.label_selector);
    mem_free((char *)l->o.what.field_selector);
    mem_free(l->cont);
    mem_free(l->version);
    err_clear(&l->fault);
    mem_free(l);
}

void kube_list_cancel(struct kube_list *l)
{
    if (!l || l->dead)
        return;
    kube_cancel(l->call);
    loop_cancel_timer(kube_cluster_loop(l->cluster), l->timer);
    l->call = NULL;
    l->timer = NULL;
    l->dead = true;
    if (!l->busy)
        list_free(l);
}

static void finish(struct kube_list *l, const struct kube_error *error)
{
    struct kube_error none;
    kube_error_init(&none);
    l->busy = true;
    l->o.on_done(l->o.ctx, error ? "" : l->version ? l->version : "", error ? error : &none);
    l->dead = true;
    list_free(l);
}

/* ---- bodies ---- */

static int deliver(struct kube_list *l, const struct val *object, const struct val *columns)
{
    l->page_objects++;
    l->objects++;
    int r = l->o.on_object(l->o.ctx, object, columns);
    return l->dead ? ERR_CANCELLED : r;
}

static void read_meta(struct kube_list *l, const struct val *doc)
{
    const struct val *meta = doc->type == VAL_MAP ? val_get(doc, "metadata") : NULL;
    bool map = meta && meta->type == VAL_MAP;
    mem_free(l->cont);
    l->cont = mem_strdup(map ? val_str(val_get(meta, "continue"), "") : "");
    l->left = map ? val_int(val_get(meta, "remainingItemCount"), -1) : -1;
    if (map && val_str(val_get(meta, "resourceVersion"), "")[0]) {
        mem_free(l->version);
        l->version = mem_strdup(val_str(val_get(meta, "resourceVersion"), ""));
    }
}

static int on_part(void *ctx, const char *part, const char *text, size_t len)
{
    struct kube_list *l = ctx;
    struct val_pool pool;
    val_pool_init_limited(&pool, POOL_MAX);
    int r = 0;
    const struct val *v = json_read(&pool, text, len, NULL, &l->fault);
    if (!v)
        r = l->fault.code ? l->fault.code : ERR_SYNTAX;
    else if (strcmp(part, "item") == 0)
        r = deliver(l, v, NULL);
    else
        read_meta(l, v);
    val_pool_clear(&pool);
    return r;
}

static bool is_full(const struct kube_list *l)
{
    return l->o.max && l->objects >= l->o.max;
}

static int read_table(struct kube_list *l, const char *body, size_t len)
{
    struct val_pool pool;
    val_pool_init_limited(&pool, 4 * (size_t)POOL_MAX);
    int r = 0;
    struct kube_table t;
    const struct val *doc = json_read(&pool, body, len, NULL, &l->fault);
    if (!doc) {
        r = l->fault.code ? l->fault.code : ERR_SYNTAX;
    } else if (!kube_table_read(&pool, doc, &t)) {
        r = err_set(&l->fault, ERR_UNSUPPORTED, "the server does not make a table of this kind");
    } else {
        read_meta(l, doc);
        size_t i = 0, n = val_count(t.rows);
        for (; i < n && !is_full(l) && !r; i++)
            r = deliver(l, kube_table_row(&pool, &t, i), t.columns);
        if (i < n && !r) /* more than was asked for */
            l->left = l->cont[0] ? -1 : (int64_t)(n - i);
        l->cut = i < n || (is_full(l) && l->cont[0]);
    }
    val_pool_clear(&pool);
    return r;
}

static void on_start(void *ctx)
{
    struct kube_list *l = ctx;
    json_stream_free(l->stream);
    l->stream = json_stream_new(JSON_STREAM_LIST_ITEMS, KUBE_OBJECT_MAX, on_part, l);
}

static int on_chunk(void *ctx, const char *bytes, size_t len)
{
    struct kube_list *l = ctx;
    l->busy = true;
    int r = json_stream_feed(l->stream, bytes, len, &l->fault);
    l->busy = false;
    if (l->dead) {
        list_free(l);
        return ERR_CANCELLED;
    }
    return r;
}

/* ---- pages ---- */

static void ask(struct kube_list *l);

static void on_timer(void *ctx)
{
    struct kube_list *l = ctx;
    l->timer = NULL;
    ask(l);
}

/* Forgets what was delivered; false: the caller cancelled. */
static bool restart(struct kube_list *l)
{
    mem_free(l->cont);
    mem_free(l->version);
    l->cont = l->version = NULL;
    l->pages = 0;
    l->objects = 0;
    if (!l->o.on_restart)
        return true;
    l->busy = true;
    l->o.on_restart(l->o.ctx);
    l->busy = false;
    if (l->dead)
        list_free(l);
    return !l->dead;
}

static void page_failed(struct kube_list *l, const struct kube_error *e)
{
    bool some = l->page_objects > 0;
    bool again = false;
    int64_t delay = 0;
    if (e->code == ERR_STALE && l->pages > 0 && !l->unpaged) {
        l->unpaged = again = some = true;
        l->limit = 0;
    } else if (e->code == ERR_LIMIT && !e->http_status && l->limit > 1 &&
               l->fault.code != ERR_LIMIT) {
        l->limit = l->limit < 4 ? 1 : l->limit / 4; /* the page, not one object */
        again = true;
    } else if (e->fate == KUBE_FATE_TRANSIENT && l->breaks < BREAKS_MAX &&
               (e->code == ERR_UNREACHABLE || e->code == ERR_SERVER || e->code == ERR_TIMEOUT) &&
               e->why != KUBE_WHY_VERSION_TOO_LARGE &&
               kube_cluster_state(l->cluster) == KUBE_STATE_UP) {
        delay = kube_cluster_jitter(l->cluster, 400 << l->breaks++);
        if (e->retry_after_ms > delay)
            delay = e->retry_after_ms;
        again = true;
    }
    if (!again) {
        finish(l, e);
        return;
    }
    if (some && !restart(l))
        return;
    l->timer = loop_after(kube_cluster_loop(l->cluster), delay, on_timer, l);
}

static void on_page(void *ctx, const struct kube_reply *reply)
{
    struct kube_list *l = ctx;
    l->call = NULL;
    const struct kube_error *e = reply->error;
    struct kube_error own;
    kube_error_init(&own);
    l->busy = true;
    if (!e->code && l->o.what.form == KUBE_FORM_TABLE)
        read_table(l, reply->body, reply->len);
    else if (!e->code)
        json_stream_end(l->stream, &l->fault);
    l->busy = false;
    if (l->dead) {
        list_free(l);
        return;
    }
    if (l->fault.code && (!e->code || e->code == l->fault.code)) {
        kube_error_set(&own, l->fault.code == ERR_SYNTAX ? ERR_PROTOCOL : l->fault.code,
                       KUBE_FATE_PERMANENT, KUBE_WHY_NONE, NULL, "the list cannot be read: %s",
                       l->fault.text ? l->fault.text : "");
        e = &own;
    }
    if (e->code) {
        page_failed(l, e);
    } else if (l->cut) {
        l->busy = true;
        if (l->o.on_cut)
            l->o.on_cut(l->o.ctx, l->left);
        l->busy = false;
        if (l->dead)
            list_free(l);
        else
            finish(l, NULL);
    } else if (l->cont && l->cont[0]) {
        l->pages++;
        ask(l);
    } else {
        finish(l, NULL);
    }
    kube_error_clear(&own);
}

static const char *accept_of(enum kube_form form)
{
    static const char *const accept[] = {
        [KUBE_FORM_FULL] = "application/json",
        [KUBE_FORM_METADATA] = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,"
                               "application/json",
        [KUBE_FORM_TABLE] = KUBE_TABLE_ACCEPT,
    };
    return accept[form];
}

static void ask(struct kube_list *l)
{
    struct buf q;
    char number[24];
    bool table = l->o.what.form == KUBE_FORM_TABLE;
    buf_init(&q, BUF_SMALL);
    if (l->limit) {
        unsigned limit = l->limit;
        if (l->o.max && l->o.max - l->objects < limit)
            limit = (unsigned)(l->o.max - l->objects);
        snprintf(number, sizeof(number), "%u", limit);
        kube_query_add(&q, "limit", number);
    }
    if (l->cont && l->cont[0])
        kube_query_add(&q, "continue", l->cont);
    if (l->o.what.label_selector)
        kube_query_add(&q, "labelSelector", l->o.what.label_selector);
    if (l->o.what.field_selector)
        kube_query_add(&q, "fieldSelector", l->o.what.field_selector);
    if (table)
        kube_query_add(&q, "includeObject", l->o.include_object ? "Object" : "Metadata");
    int64_t all = l->o.deadline_ms ? l->o.deadline_ms : DEADLINE_MS;
    int64_t left = all - (clock_boot_ms(kube_cluster_clock(l->cluster)) - l->begun_ms);
    const struct kube_request r = {
        .path = l->o.what.path,
        .query = buf_str(&q),
        .accept = accept_of(l->o.what.form),
        .deadline_ms = left < 1 ? 1 : left,
        .max_body_bytes = table ? TABLE_MAX : ANSWER_MAX,
        .retry = KUBE_RETRY_HARMLESS,
        .priority = l->o.priority,
        .wait = l->o.wait,
        .is_collection = true,
        .on_start = table ? NULL : on_start,
        .on_chunk = table ? NULL : on_chunk,
        .on_done = on_page,
        .ctx = l,
    };
    err_clear(&l->fault);
    l->page_objects = 0;
    if (!table)
        on_start(l);
    l->call = kube_send(l->cluster, &r);
    buf_clear(&q);
}

struct kube_list *kube_list_start(struct kube_cluster *c, const struct kube_list_options *o)
{
    struct kube_list *l = mem_new(struct kube_list);
    l->cluster = c;
    l->o = *o;
    l->o.what.path = mem_strdup(o->what.path);
    l->o.what.label_selector = o->what.label_selector ? mem_strdup(o->what.label_selector) : NULL;
    l->o.what.field_selector = o->what.field_selector ? mem_strdup(o->what.field_selector) : NULL;
    l->limit = o->page ? o->page : PAGE;
    l->begun_ms = clock_boot_ms(kube_cluster_clock(c));
    ask(l);
    return l;
}
