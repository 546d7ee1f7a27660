// SPDX-License-Identifier: Apache-2.0
/*
 * Requests about one object: path, options and body put together, the answer read into a value. One
 * function sends them all; what differs is its arguments. A write whose body could not even be put
 * together is refused at once and never sent.
 */
#include "kube/write.h"
#include "base/mem.h"
#include "data/json.h"
#include "kube/client_int.h"
#include "kube/discovery.h"

#include <stdio.h>
#include <string.h>

enum {
    WRITE_MS = 40000, /* the server gives up on a write after 34 s */
    READ_MS = 30000,
    MANAGER_MAX = 128,
    BODY_MAX = 3 * 1024 * 1024, /* what the server takes */
    POOL_MAX = 128 * 1024 * 1024,
};

struct waiting {
    kube_object_fn *fn;
    void *ctx;
    bool writes;      /* and does not only try */
    bool wants;       /* an object, where all went well */
    bool may_be_mute; /* or nothing at all */
};

/* 2xx, and a body that no API server sends: whether anything was done nobody knows. */
static void tell_nonsense(const struct waiting *w, const struct kube_reply *reply)
{
    struct kube_error e;
    struct kube_reply told = *reply;
    kube_error_init(&e);
    kube_error_set(&e, w->writes ? ERR_UNKNOWN_OUTCOME : ERR_PROTOCOL,
                   w->writes ? KUBE_FATE_UNKNOWN : KUBE_FATE_PERMANENT, KUBE_WHY_NONE,
                   "check server and proxy-url in the kubeconfig: something else may answer",
                   "the answer is no object of Kubernetes (HTTP %d, %s, %zu bytes)", reply->status,
                   *reply->content_type ? reply->content_type : "no type", reply->len);
    told.error = &e;
    w->fn(w->ctx, NULL, &told);
    kube_error_clear(&e);
}

static void on_done(void *ctx, const struct kube_reply *reply)
{
    struct waiting *w = ctx;
    struct val_pool pool;
    val_pool_init_limited(&pool, POOL_MAX);
    const struct val *v = NULL;
    if (!reply->error->code && reply->len)
        v = json_read(&pool, reply->body, reply->len, NULL, NULL);
    bool object = v && v->type == VAL_MAP && !val_str_is(val_get(v, "kind"), "Status");
    bool mute = w->may_be_mute && !reply->len;
    if (!reply->error->code && ((!v && !mute) || (w->wants && !object)))
        tell_nonsense(w, reply);
    else
        w->fn(w->ctx, object ? v : NULL, reply);
    val_pool_clear(&pool);
}

struct asking {
    const char *method, *content_type;
    const char *body;
    size_t body_len;
    const char *name; /* NULL: the collection */
    enum kube_retry retry;
    struct buf *query;
};

static struct kube_call *ask(struct kube_cluster *c, const struct kube_target *t,
                             const struct kube_write_common *o, const struct asking *a,
                             kube_object_fn *fn, void *ctx)
{
    struct buf path;
    buf_init(&path, BUF_SMALL);
    /* A name too long for the path leaves one that the server refuses; names are short. */
    if (kube_path(&path, t->group, t->version, t->plural, t->ns, a->name, t->subresource))
        buf_reset(&path);
    bool reads = strcmp(a->method, "GET") == 0, deletes = strcmp(a->method, "DELETE") == 0;
    if (o->dry_run && !deletes)
        kube_query_add(a->query, "dryRun", "All");
    const struct waiting w = {.fn = fn,
                              .ctx = ctx,
                              .writes = !reads && !o->dry_run,
                              .wants = !deletes && strcmp(a->method, "POST") != 0,
                              .may_be_mute = deletes};
    const struct kube_request r = {
        .method = a->method,
        .path = path.len ? buf_str(&path) : "/too-long",
        .query = buf_str(a->query),
        .content_type = a->content_type,
        .body = a->body,
        .body_len = a->body_len,
        .deadline_ms = o->deadline_ms ? o->deadline_ms
                       : reads        ? READ_MS
                                      : WRITE_MS,
        .retry = o->dry_run ? KUBE_RETRY_ALL : a->retry, /* it may be tried twice */
        .priority = o->priority,
        .wait = o->wait,
        .on_done = on_done,
    };
    struct kube_call *call = kube_send_with(c, &r, &w, sizeof(w));
    buf_clear(&path);
    return call;
}

struct kube_call *kube_read(struct kube_cluster *c, const struct kube_target *t,
                            const struct kube_write_common *o, kube_object_fn *fn, void *ctx)
{
    struct buf q;
    buf_init(&q, BUF_SMALL);
    const struct kube_write_common plain = {o->deadline_ms, o->priority, o->wait, false};
    const struct asking a = {.method = "GET", .name = t->name, .query = &q};
    struct kube_call *call = ask(c, t, &plain, &a, fn, ctx);
    buf_clear(&q);
    return call;
}

static int check_manager(const char *manager, struct err *e)
{
    size_t len = manager ? strlen(manager) : 0;
    if (!len || len > MANAGER_MAX)
        return err_set(e, ERR_INVALID, "a field manager of 1 to %d bytes is needed", MANAGER_MAX);
    return 0;
}

/* The body's text, or NULL and *e. */
static int write_body(struct buf *out, const struct val *v, unsigned flags, struct err *e)
{
    int r = json_write(out, v, flags);
    if (r == ERR_LIMIT)
        return err_set(e, r, "the object is larger than %d bytes, which no API server takes",
                       BODY_MAX);
    return r ? err_set(e, r, "the object cannot be written as JSON") : 0;
}

static int check_object(const struct kube_target *t, const struct val *body, bool named,
                        struct err *e)
{
    const struct val *meta = body && body->type == VAL_MAP ? val_get(body, "metadata") : NULL;
    if (!meta || meta->type != VAL_MAP)
        return err_set(e, ERR_INVALID, "the object has no metadata");
    struct buf version;
    buf_init(&version, BUF_SMALL);
    kube_api_version(&version, t->group, t->version);
    int r = 0;
    const char *ns = t->ns ? t->ns : "";
    /* A subresource may have another version than the object: autoscaling/v1 Scale. */
    if (!t->subresource && !val_str_is(val_get(body, "apiVersion"), buf_str(&version)))
        r = err_set(e, ERR_INVALID, "the object's apiVersion is not %s", buf_str(&version));
    else if (named && !val_str_is(val_get(meta, "name"), t->name))
        r = err_set(e, ERR_INVALID, "the object's name is not %s", t->name);
    else if (strcmp(val_str(val_get(meta, "namespace"), ns), ns) != 0)
        r = err_set(e, ERR_INVALID, "the object's namespace is not %s", *ns ? ns : "empty");
    buf_clear(&version);
    return r;
}

struct kube_call *kube_apply(struct kube_cluster *c, const struct kube_target *t,
                             const struct val *body, const struct kube_apply_options *o,
                             kube_object_fn *fn, void *ctx, struct err *e)
{
    struct kube_call *call = NULL;
    struct buf q, text;
    buf_init(&q, BUF_SMALL);
    buf_init(&text, BODY_MAX);
    if (check_manager(o->field_manager, e) || check_object(t, body, true, e))
        goto out;
    if (val_at(body, "metadata", "managedFields", NULL)) {
        err_set(e, ERR_INVALID, "an object with managedFields cannot be applied");
        goto out;
    }
    if (write_body(&text, body, JSON_FOR_APPLY, e))
        goto out;
    kube_query_add(&q, "fieldManager", o->field_manager);
    kube_query_add(&q, "force", o->force ? "true" : "false");
    kube_query_add(&q, "fieldValidation", o->lenient ? "Warn" : "Strict");
    const struct asking a = {"PATCH",
                             "application/apply-patch+yaml",
                             buf_str(&text),
                             text.len,
                             t->name,
                             KUBE_RETRY_HARMLESS,
                             &q};
    call = ask(c, t, &o->common, &a, fn, ctx);
out:
    buf_clear(&q);
    buf_clear(&text);
    return call;
}

struct kube_call *kube_patch(struct kube_cluster *c, const struct kube_target *t,
                             const struct val *patch, const struct kube_patch_options *o,
                             kube_object_fn *fn, void *ctx, struct err *e)
{
    static const char *const types[] = {"application/merge-patch+json",
                                        "application/json-patch+json"};
    struct kube_call *call = NULL;
    struct buf q, text;
    buf_init(&q, BUF_SMALL);
    buf_init(&text, BODY_MAX);
    if (check_manager(o->field_manager, e) || write_body(&text, patch, JSON_COMPACT, e))
        goto out;
    kube_query_add(&q, "fieldManager", o->field_manager);
    kube_query_add(&q, "fieldValidation", "Strict");
    const struct asking a = {
        "PATCH", types[o->type], buf_str(&text), text.len, t->name, KUBE_RETRY_HARMLESS, &q};
    call = ask(c, t, &o->common, &a, fn, ctx);
out:
    buf_clear(&q);
    buf_clear(&text);
    return call;
}

static struct kube_call *put(struct kube_cluster *c, const struct kube_target *t,
                             const char *method, const struct val *body, const char *field_manager,
                             const struct kube_write_common *o, kube_object_fn *fn, void *ctx,
                             struct err *e)
{
    bool named = strcmp(method, "PUT") == 0;
    struct kube_call *call = NULL;
    struct buf q, text;
    buf_init(&q, BUF_SMALL);
    buf_init(&text, BODY_MAX);
    if (check_manager(field_manager, e) || check_object(t, body, named, e) ||
        write_body(&text, body, JSON_COMPACT, e))
        goto out;
    kube_query_add(&q, "fieldManager", field_manager);
    kube_query_add(&q, "fieldValidation", "Strict");
    const struct asking a = {method, "application/json", buf_str(&text), text.len,
                             /* subresources are POSTed below a name: pods/eviction */
                             named || t->subresource ? t->name : NULL, KUBE_RETRY_HARMLESS, &q};
    call = ask(c, t, o, &a, fn, ctx);
out:
    buf_clear(&q);
    buf_clear(&text);
    return call;
}

struct kube_call *kube_create(struct kube_cluster *c, const struct kube_target *t,
                              const struct val *body, const char *field_manager,
                              const struct kube_write_common *o, kube_object_fn *fn, void *ctx,
                              struct err *e)
{
    return put(c, t, "POST", body, field_manager, o, fn, ctx, e);
}

struct kube_call *kube_replace(struct kube_cluster *c, const struct kube_target *t,
                               const struct val *body, const char *field_manager,
                               const struct kube_write_common *o, kube_object_fn *fn, void *ctx,
                               struct err *e)
{
    return put(c, t, "PUT", body, field_manager, o, fn, ctx, e);
}

/* A JSON string of what we were given. */
static void json_string(struct buf *out, const char *s)
{
    const struct val v = val_borrow_str(s, strlen(s));
    json_write(out, &v, JSON_COMPACT);
}

struct kube_call *kube_delete(struct kube_cluster *c, const struct kube_target *t,
                              const struct kube_delete_options *o, kube_object_fn *fn, void *ctx)
{
    static const char *const how[] = {"Background", "Foreground", "Orphan"};
    struct buf q, text;
    buf_init(&q, BUF_SMALL);
    buf_init(&text, BUF_SMALL);
    buf_printf(&text,
               "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"%s\"",
               how[o->propagation]);
    if (o->grace_s >= 0)
        buf_printf(&text, ",\"gracePeriodSeconds\":%lld", (long long)o->grace_s);
    if (o->common.dry_run)
        buf_puts(&text, ",\"dryRun\":[\"All\"]");
    if (o->uid || o->resource_version) {
        buf_puts(&text, ",\"preconditions\":{");
        if (o->uid) {
            buf_puts(&text, "\"uid\":");
            json_string(&text, o->uid);
        }
        if (o->resource_version) {
            buf_puts(&text, o->uid ? ",\"resourceVersion\":" : "\"resourceVersion\":");
            json_string(&text, o->resource_version);
        }
        buf_putc(&text, '}');
    }
    buf_putc(&text, '}');
    const struct asking a = {
        "DELETE", "application/json", buf_str(&text), text.len, t->name, KUBE_RETRY_HARMLESS, &q};
    struct kube_call *call = ask(c, t, &o->common, &a, fn, ctx);
    buf_clear(&q);
    buf_clear(&text);
    return call;
}
