// SPDX-License-Identifier: Apache-2.0
/* Pool and handles: what one cluster's connection sees of its provider. */
#include "kube/credentials_int.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- pool ---- */

static void on_material_timer(void *ctx);

struct kube_credentials_pool *
kube_credentials_pool_new(const struct kube_credentials_options *options)
{
    struct kube_credentials_pool *p = mem_new(struct kube_credentials_pool);
    p->o = *options;
    if (!p->o.max_plugins)
        p->o.max_plugins = 4;
    if (p->o.plugin_deadline_ms <= 0)
        p->o.plugin_deadline_ms = 30000;
    p->material_timer = loop_after(p->o.loop, MATERIAL_KEEP_MS, on_material_timer, p);
    return p;
}

void kube_credentials_pool_free(struct kube_credentials_pool *p)
{
    if (!p)
        return;
    loop_cancel_timer(p->o.loop, p->flush);
    loop_cancel_timer(p->o.loop, p->material_timer);
    vec_clear(&p->providers);
    vec_clear(&p->handles);
    vec_clear(&p->closing);
    mem_free(p);
}

void kube_credentials_pool_stats(const struct kube_credentials_pool *p,
                                 struct kube_credentials_stats *out)
{
    *out = (struct kube_credentials_stats){
        .providers = (unsigned)p->providers.len,
        .plugins_running = p->running,
        .plugin_runs = p->plugin_runs,
        .plugin_failures = p->plugin_failures,
    };
    for (size_t i = 0; i < p->providers.len; i++)
        out->plugins_waiting += p->providers.items[i]->queued != 0;
}

/* ---- telling ---- */

static void tell(struct kube_credentials *c)
{
    c->notify = false;
    for (size_t i = 0; i < c->watches.len && !c->closed; i++) {
        struct kube_credentials_watch *w = c->watches.items[i];
        if (!w->dead)
            w->fn(w->ctx, c);
    }
}

static void drop_dead_watches(struct kube_credentials *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->watches.len; i++) {
        struct kube_credentials_watch *w = c->watches.items[i];
        if (w->dead)
            mem_free(w);
        else
            c->watches.items[kept++] = w;
    }
    c->watches.len = kept;
}

static void handle_free(struct kube_credentials *c);

/* Callbacks may open, close, subscribe and unsubscribe: what ends meanwhile is only marked, and
 * freed when the last callback has returned. */
static void on_flush(void *ctx)
{
    struct kube_credentials_pool *p = ctx;
    p->flush = NULL;
    p->flushing = true;
    for (size_t i = 0; i < p->handles.len; i++)
        if (p->handles.items[i] && p->handles.items[i]->notify)
            tell(p->handles.items[i]);
    p->flushing = false;
    size_t kept = 0;
    for (size_t i = 0; i < p->handles.len; i++) {
        if (!p->handles.items[i])
            continue;
        drop_dead_watches(p->handles.items[i]);
        p->handles.items[kept++] = p->handles.items[i];
    }
    p->handles.len = kept;
    for (size_t i = 0; i < p->closing.len; i++)
        handle_free(p->closing.items[i]);
    p->closing.len = 0;
}

static void notify_handle(struct kube_credentials *c)
{
    struct kube_credentials_pool *p = c->pool;
    c->notify = true;
    if (!p->flush)
        p->flush = loop_after(p->o.loop, 0, on_flush, p);
}

void credentials_notify(struct provider *p)
{
    for (size_t i = 0; i < p->pool->handles.len; i++)
        if (p->pool->handles.items[i] && p->pool->handles.items[i]->provider == p)
            notify_handle(p->pool->handles.items[i]);
}

/* ---- handles ---- */

static uint64_t tls_generation(const struct kube_credentials *c)
{
    return c->ca_generation + (c->provider ? c->provider->tls_generation : 0);
}

/* Replaced certificates end connections: they are looked at even when nothing is requested. */
static void on_material_timer(void *ctx)
{
    struct kube_credentials_pool *p = ctx;
    int64_t now_ms = clock_boot_ms(p->o.clock);
    p->material_timer = loop_after(p->o.loop, MATERIAL_KEEP_MS, on_material_timer, p);
    for (size_t i = 0; i < p->handles.len; i++) {
        struct kube_credentials *c = p->handles.items[i];
        if (!c || c->blocked.code || !c->told_tls_generation)
            continue;
        bool changed = false;
        (void)material_refresh(&c->ca, now_ms, "certificate-authority", &changed, NULL);
        c->ca_generation += changed;
        if (c->provider && !c->provider->exec)
            (void)provider_state(c->provider, NULL);
        if (tls_generation(c) != c->told_tls_generation)
            notify_handle(c);
    }
}

static bool header_value_ok(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return false;
    return true;
}

static void add_header(struct kube_credentials *c, char *name, const char *value)
{
    if (!header_value_ok(value))
        err_set(&c->blocked, ERR_INVALID,
                "what is impersonated holds control characters and cannot be sent");
    c->headers = mem_reallocarray(c->headers, c->headers_len + 1, sizeof(*c->headers));
    c->headers[c->headers_len++] = (struct kube_header){name, mem_strdup(value)};
}

/* Bytes that no header name may hold, and %, are percent-encoded (client-go round_trippers.go). */
static char *extra_name(const char *key)
{
    static const char plain[] = "!#$&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    struct buf b;
    buf_init(&b, BUF_LARGE);
    buf_puts(&b, "Impersonate-Extra-");
    for (; *key; key++) {
        if (strchr(plain, *key))
            buf_putc(&b, *key);
        else
            buf_printf(&b, "%%%02X", (unsigned char)*key);
    }
    return buf_take(&b);
}

static void make_headers(struct kube_credentials *c, const struct kube_impersonation *im)
{
    if (!im->user)
        return;
    add_header(c, mem_strdup("Impersonate-User"), im->user);
    if (im->uid)
        add_header(c, mem_strdup("Impersonate-Uid"), im->uid);
    for (size_t i = 0; i < im->groups.len; i++)
        add_header(c, mem_strdup("Impersonate-Group"), im->groups.items[i]);
    for (size_t i = 0; i < im->extra_len; i++)
        for (size_t k = 0; k < im->extra[i].values.len; k++)
            add_header(c, extra_name(im->extra[i].key), im->extra[i].values.items[k]);
}

struct kube_credentials *kube_credentials_open(struct kube_credentials_pool *p,
                                               const struct kube_access *access)
{
    struct kube_credentials *c = mem_new(struct kube_credentials);
    c->pool = p;
    c->ca_generation = 1;
    material_init(&c->ca, &access->ca);
    if (access->problem.code)
        err_copy(&c->blocked, &access->problem);
    else if (!access->server)
        err_set(&c->blocked, ERR_INVALID, "context has no server");
    make_headers(c, &access->impersonate);
    if (!c->blocked.code && kube_access_is_https(access))
        c->provider = provider_open(p, access);
    vec_push(&p->handles, c);
    return c;
}

static void handle_free(struct kube_credentials *c)
{
    for (size_t i = 0; i < c->watches.len; i++)
        mem_free(c->watches.items[i]);
    vec_clear(&c->watches);
    for (size_t i = 0; i < c->headers_len; i++) {
        mem_free((char *)(uintptr_t)c->headers[i].name);
        mem_free((char *)(uintptr_t)c->headers[i].value);
    }
    mem_free(c->headers);
    material_clear(&c->ca);
    exec_plugin_command_clear(&c->login);
    err_clear(&c->blocked);
    mem_free(c);
}

void kube_credentials_close(struct kube_credentials *c)
{
    if (!c)
        return;
    struct kube_credentials_pool *p = c->pool;
    for (size_t i = 0; i < p->handles.len; i++) {
        if (p->handles.items[i] != c)
            continue;
        if (p->flushing)
            p->handles.items[i] = NULL;
        else
            p->handles.items[i] = p->handles.items[--p->handles.len];
        break;
    }
    loop_cancel_timer(p->o.loop, c->retry);
    struct provider *provider = c->provider;
    if (p->flushing) {
        c->closed = true;
        c->provider = NULL;
        vec_push(&p->closing, c);
    } else {
        handle_free(c);
    }
    provider_close(provider);
}

static void fill(struct kube_credentials *c, struct kube_credential *out)
{
    const struct provider *p = c->provider;
    c->told_tls_generation = tls_generation(c);
    *out = (struct kube_credential){
        .generation = p ? p->generation : 1,
        .tls_generation = c->told_tls_generation,
        .authorization = p ? p->authorization : NULL,
        .headers = c->headers,
        .headers_len = c->headers_len,
    };
    if (p && p->cert.pem.len && p->key_pem.pem.len) {
        out->client_cert_pem = p->cert.pem.data;
        out->client_cert_len = p->cert.pem.len;
        out->client_key_pem = p->key_pem.pem.data;
        out->client_key_len = p->key_pem.pem.len;
    }
    if (c->ca.pem.len) {
        out->ca_pem = c->ca.pem.data;
        out->ca_len = c->ca.pem.len;
    }
}

static void on_retry(void *ctx)
{
    struct kube_credentials *c = ctx;
    c->retry = NULL;
    notify_handle(c);
}

/* This server does not take what the plugin gave; others may. */
static enum kube_cred_state rejected_state(struct kube_credentials *c, struct err *e)
{
    struct provider *p = c->provider;
    int64_t now_ms = clock_boot_ms(c->pool->o.clock);
    if (p->run || p->queued)
        return KUBE_CRED_PENDING;
    if (p->exec->interactive == KUBE_EXEC_ALWAYS) {
        err_set(e, ERR_LOGIN, "the server rejected the credential of exec plugin %s",
                p->exec->command);
        err_hint(e, "log in again");
        return KUBE_CRED_LOGIN;
    }
    if (now_ms >= c->retry_at_ms) {
        c->refreshed_ms = now_ms;
        c->rejections++;
        c->retry_at_ms = now_ms + credentials_backoff(c->pool, REJECTED_FIRST_MS, c->rejections);
        provider_request(p);
        return p->run || p->queued ? KUBE_CRED_PENDING : KUBE_CRED_FAILED;
    }
    if (!c->retry)
        c->retry = loop_after(c->pool->o.loop, c->retry_at_ms - now_ms, on_retry, c);
    if (p->error.code && e && !e->code)
        err_copy(e, &p->error);
    err_set(e, ERR_AUTH, "the server rejected the credential that exec plugin %s gave",
            p->exec->command);
    err_hint(e, "look whether the plugin logs in as somebody whom this cluster knows");
    return KUBE_CRED_FAILED;
}

static enum kube_cred_state plugin_state(struct kube_credentials *c, struct err *e)
{
    struct provider *p = c->provider;
    struct err why = ERR_INIT;
    enum kube_cred_state state = provider_state(p, &why);
    if (state == KUBE_CRED_FAILED && !why.code) {
        provider_request(p);
        state = provider_state(p, &why); /* pending, or failed to start */
    } else if (state == KUBE_CRED_READY && c->rejected_generation == p->generation) {
        state = rejected_state(c, &why);
    }
    if (state != KUBE_CRED_READY && state != KUBE_CRED_PENDING && e && !e->code)
        err_move(e, &why);
    err_clear(&why);
    return state;
}

enum kube_cred_state kube_credentials_get(struct kube_credentials *c, struct kube_credential *out,
                                          struct err *e)
{
    if (c->blocked.code) {
        if (e && !e->code)
            err_copy(e, &c->blocked);
        return KUBE_CRED_FAILED;
    }
    bool changed = false;
    if (material_refresh(&c->ca, clock_boot_ms(c->pool->o.clock), "certificate-authority", &changed,
                         e))
        return KUBE_CRED_FAILED;
    c->ca_generation += changed;
    enum kube_cred_state state = KUBE_CRED_READY;
    if (c->provider)
        state = c->provider->exec ? plugin_state(c, e) : provider_state(c->provider, e);
    if (state == KUBE_CRED_READY)
        fill(c, out);
    return state;
}

static bool plugin_rejected(struct kube_credentials *c, int64_t now_ms)
{
    struct provider *p = c->provider;
    if (c->rejections && now_ms - c->refreshed_ms > REJECTED_FORGET_MS)
        c->rejections = 0;
    c->rejected_generation = p->generation;
    bool fresh = p->have && now_ms - p->obtained_ms < FRESH_MS;
    if (!c->rejections && !fresh)
        c->retry_at_ms = now_ms; /* the next _get runs the plugin */
    else if (c->retry_at_ms <= now_ms)
        c->retry_at_ms =
            now_ms + credentials_backoff(c->pool, REJECTED_FIRST_MS, c->rejections + 1);
    return true;
}

bool kube_credentials_rejected(struct kube_credentials *c, uint64_t generation)
{
    struct provider *p = c->provider;
    if (!p || c->blocked.code)
        return false;
    if (generation != p->generation)
        return true;
    if (p->exec)
        return plugin_rejected(c, clock_boot_ms(c->pool->o.clock));
    token_file_expire(&p->token_file);
    p->cert.checked_ms = p->key_pem.checked_ms = INT64_MIN / 2;
    (void)provider_state(p, NULL);
    return p->generation != generation;
}

struct kube_credentials_watch *kube_credentials_subscribe(struct kube_credentials *c,
                                                          kube_credentials_fn *fn, void *ctx)
{
    struct kube_credentials_watch *w = mem_new(struct kube_credentials_watch);
    *w = (struct kube_credentials_watch){.c = c, .fn = fn, .ctx = ctx};
    vec_push(&c->watches, w);
    return w;
}

void kube_credentials_unsubscribe(struct kube_credentials_watch *w)
{
    if (!w)
        return;
    w->dead = true;
    if (!w->c->pool->flushing)
        drop_dead_watches(w->c);
}

void kube_credentials_set_visible(struct kube_credentials *c, bool visible)
{
    c->visible = visible;
}

/* ---- log in ---- */

int kube_credentials_login(struct kube_credentials *c, const char *const **argv,
                           const char *const **envp, struct err *e)
{
    struct provider *p = c->provider;
    if (!p || !p->exec || p->exec->interactive == KUBE_EXEC_NEVER)
        return err_set(e, ERR_UNSUPPORTED, "there is nothing a person could log in with here");
    exec_plugin_command_clear(&c->login);
    struct err why = ERR_INIT;
    int rc = exec_plugin_command_make(&c->login, p->exec, p->cluster_json, true, environ, &why);
    if (rc && e && !e->code)
        err_move(e, &why);
    err_clear(&why);
    if (rc)
        return rc;
    *argv = (const char *const *)c->login.argv;
    *envp = (const char *const *)c->login.envp;
    return 0;
}

int kube_credentials_login_done(struct kube_credentials *c, const char *out, size_t out_len,
                                int exit_status, struct err *e)
{
    struct provider *p = c->provider;
    exec_plugin_command_clear(&c->login);
    if (!p || !p->exec)
        return err_set(e, ERR_UNSUPPORTED, "there is nothing a person could log in with here");
    struct exec_plugin_result r = {
        .end = out_len > EXEC_PLUGIN_STDOUT_MAX ? EXEC_PLUGIN_TOO_MUCH : EXEC_PLUGIN_EXITED,
        .status = exit_status,
        .out = out,
        .out_len = out_len,
        .errors = "",
    };
    int rc = provider_take_result(p, &r, e);
    c->rejected_generation = 0;
    credentials_notify(p);
    return rc;
}
