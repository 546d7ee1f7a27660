// SPDX-License-Identifier: Apache-2.0
/* Providers: files that are read again, and the exec plugin's life between runs. */
#include "kube/credentials_int.h"

#include "base/mem.h"
#include "kube/file.h"
#include "kube/material.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* ---- certificates and keys ---- */

void material_init(struct material *m, const struct kube_material *from)
{
    *m = (struct material){0};
    buf_init(&m->pem, KUBE_FILE_SMALL);
    if (from->data) {
        m->from.data = mem_strndup(from->data, from->len);
        m->from.len = from->len;
    } else if (from->file) {
        m->from.file = mem_strdup(from->file);
    }
}

void material_clear(struct material *m)
{
    kube_material_clear(&m->from);
    buf_wipe(&m->pem);
}

static bool material_is_set(const struct material *m)
{
    return m->from.data || m->from.file;
}

static bool material_due(const struct material *m, int64_t now_ms)
{
    return material_is_set(m) &&
           (!m->pem.len || (m->from.file && now_ms - m->checked_ms >= MATERIAL_KEEP_MS));
}

static int material_read(const struct material *m, struct buf *out, struct err *e)
{
    if (m->from.data)
        return buf_add(out, m->from.data, m->from.len)
                   ? err_set(e, ERR_LIMIT, "more than %u bytes", KUBE_FILE_SMALL)
                   : 0;
    return kube_file_read(m->from.file, KUBE_FILE_REGULAR, out, e);
}

static bool material_replace(struct material *m, struct buf *with)
{
    bool same =
        m->pem.len == with->len && (!with->len || memcmp(m->pem.data, with->data, with->len) == 0);
    if (same) {
        buf_wipe(with);
        return false;
    }
    buf_wipe(&m->pem);
    m->pem = *with;
    buf_init(with, KUBE_FILE_SMALL);
    return true;
}

int material_refresh(struct material *m, int64_t now_ms, const char *what, bool *changed,
                     struct err *e)
{
    if (!material_due(m, now_ms))
        return 0;
    struct buf fresh;
    struct err why = ERR_INIT;
    buf_init(&fresh, KUBE_FILE_SMALL);
    if (material_read(m, &fresh, &why) == 0 && fresh.len && material_replace(m, &fresh))
        *changed = true;
    m->checked_ms = now_ms;
    buf_wipe(&fresh);
    int rc = 0;
    if (!m->pem.len) {
        if (!why.code)
            err_set(&why, ERR_INVALID, "%s is empty", m->from.file);
        err_prefix(&why, "%s", what);
        rc = why.code;
        if (e && !e->code)
            err_move(e, &why);
    }
    err_clear(&why);
    return rc;
}

/* ---- one provider per configuration ---- */

static void digest_text(struct digest_ctx *d, const char *s)
{
    uint64_t n = s ? strlen(s) : UINT64_MAX;
    digest_update(d, &n, sizeof(n));
    if (s)
        digest_update(d, s, (size_t)n);
}

static void digest_material(struct digest_ctx *d, const struct kube_material *m)
{
    digest_text(d, m->file);
    digest_text(d, m->data);
}

static void digest_exec(struct digest_ctx *d, const struct kube_exec_config *x)
{
    unsigned char mode = x ? (unsigned char)x->interactive : 0xff;
    digest_update(d, &mode, 1);
    if (!x)
        return;
    digest_text(d, x->api_version);
    digest_text(d, x->command);
    for (size_t i = 0; i < x->args.len; i++)
        digest_text(d, x->args.items[i]);
    digest_text(d, NULL);
    for (size_t i = 0; i < x->env_len; i++) {
        digest_text(d, x->env[i].name);
        digest_text(d, x->env[i].value);
    }
    digest_text(d, NULL);
}

static struct digest provider_key(const struct provider *p)
{
    struct digest_ctx *d = digest_begin();
    digest_material(d, &p->cert.from);
    digest_material(d, &p->key_pem.from);
    digest_text(d, p->token_file.path);
    digest_text(d, p->token);
    digest_text(d, p->username);
    digest_text(d, p->password);
    digest_exec(d, p->exec);
    digest_text(d, p->cluster_json);
    return digest_end(d);
}

static void provider_free(struct provider *p)
{
    loop_cancel_timer(p->pool->o.loop, p->timer);
    if (p->run) {
        exec_plugin_cancel(p->run);
        p->pool->running--;
    }
    material_clear(&p->cert);
    material_clear(&p->key_pem);
    token_file_clear(&p->token_file);
    kube_secret_free(p->token);
    mem_free(p->username);
    kube_secret_free(p->password);
    kube_exec_config_free(p->exec);
    mem_free(p->cluster_json);
    kube_secret_free(p->authorization);
    err_clear(&p->error);
    mem_free(p);
}

static char *cluster_json_of(const struct kube_access *a)
{
    struct material ca;
    bool changed;
    material_init(&ca, &a->ca);
    /* An authority that cannot be read makes the connection fail with its own message. */
    (void)material_refresh(&ca, 0, "certificate-authority", &changed, NULL);
    char *json = exec_plugin_cluster_json(a, buf_str(&ca.pem), ca.pem.len);
    material_clear(&ca);
    return json;
}

struct provider *provider_open(struct kube_credentials_pool *pool, const struct kube_access *a)
{
    struct provider *p = mem_new(struct provider);
    p->pool = pool;
    p->refs = 1;
    p->generation = p->tls_generation = 1;
    material_init(&p->cert, &a->client_cert);
    material_init(&p->key_pem, &a->client_key);
    token_file_init(&p->token_file, a->token_file);
    p->token = a->token ? mem_strdup(a->token) : NULL;
    p->username = a->username ? mem_strdup(a->username) : NULL;
    p->password = a->password ? mem_strdup(a->password) : NULL;
    bool other =
        p->token || a->token_file || p->username || p->password || material_is_set(&p->cert);
    if (a->exec && !other) {
        p->exec = kube_exec_config_copy(a->exec);
        if (p->exec->provide_cluster_info)
            p->cluster_json = cluster_json_of(a);
    }
    p->key = provider_key(p);
    for (size_t i = 0; i < pool->providers.len; i++) {
        struct provider *old = pool->providers.items[i];
        if (digest_equal(&old->key, &p->key)) {
            provider_free(p);
            old->refs++;
            return old;
        }
    }
    vec_push(&pool->providers, p);
    return p;
}

void provider_close(struct provider *p)
{
    if (!p || --p->refs)
        return;
    struct kube_credentials_pool *pool = p->pool;
    for (size_t i = 0; i < pool->providers.len; i++)
        if (pool->providers.items[i] == p) {
            pool->providers.items[i] = pool->providers.items[--pool->providers.len];
            break;
        }
    provider_free(p);
    provider_pump(pool);
}

/* ---- what is sent ---- */

/* Takes value. */
static void set_authorization(struct provider *p, char *value)
{
    bool same = (!value && !p->authorization) ||
                (value && p->authorization && strcmp(value, p->authorization) == 0);
    if (same) {
        kube_secret_free(value);
        return;
    }
    kube_secret_free(p->authorization);
    p->authorization = value;
    p->generation++;
}

static char *basic_of(const char *username, const char *password)
{
    struct buf b, out;
    buf_init(&b, BUF_SMALL);
    buf_init(&out, BUF_LARGE);
    buf_printf(&b, "%s:%s", username ? username : "", password ? password : "");
    buf_puts(&out, "Basic ");
    base64_encode(&out, buf_str(&b), b.len);
    buf_wipe(&b);
    return buf_take(&out);
}

/* A copy to go back to. */
static struct buf keep(const struct material *m)
{
    struct buf b;
    buf_init(&b, KUBE_FILE_SMALL);
    (void)buf_add(&b, m->pem.data, m->pem.len);
    return b;
}

/* Certificate and key are two files that somebody replaces one after the other: while they do not
 * belong together the old pair stays, and both are looked at again soon. */
static int refresh_pair(struct provider *p, int64_t now_ms, bool *changed, struct err *e)
{
    if (!material_due(&p->cert, now_ms) && !material_due(&p->key_pem, now_ms))
        return 0;
    p->cert.checked_ms = p->key_pem.checked_ms = INT64_MIN / 2;
    struct buf old_cert = keep(&p->cert), old_key = keep(&p->key_pem);
    struct err why = ERR_INIT;
    int rc = material_refresh(&p->cert, now_ms, "client-certificate", changed, &why);
    rc = rc ? rc : material_refresh(&p->key_pem, now_ms, "client-key", changed, &why);
    if (!rc && *changed && material_is_set(&p->cert))
        rc = kube_pem_check_key(buf_str(&p->key_pem.pem), p->key_pem.pem.len, buf_str(&p->cert.pem),
                                p->cert.pem.len, &why);
    if (rc && old_cert.len && old_key.len) {
        material_replace(&p->cert, &old_cert);
        material_replace(&p->key_pem, &old_key);
        p->cert.checked_ms = p->key_pem.checked_ms = now_ms - MATERIAL_KEEP_MS + PAIR_AGAIN_MS;
        *changed = false;
        rc = 0;
    } else if (rc) {
        buf_wipe(&p->cert.pem);
        buf_wipe(&p->key_pem.pem);
        if (e && !e->code)
            err_move(e, &why);
    }
    err_clear(&why);
    buf_wipe(&old_cert);
    buf_wipe(&old_key);
    return rc;
}

/* Configuration other than a plugin: nothing here ever waits. */
static enum kube_cred_state static_state(struct provider *p, int64_t now_ms, struct err *e)
{
    bool changed = false;
    if (refresh_pair(p, now_ms, &changed, e))
        return KUBE_CRED_FAILED;
    if (changed) {
        p->generation++;
        p->tls_generation++;
    }
    struct err why = ERR_INIT;
    const char *token = token_file_get(&p->token_file, now_ms, &why);
    if (!token)
        token = p->token;
    enum kube_cred_state state = KUBE_CRED_READY;
    if (token)
        set_authorization(p, mem_printf("Bearer %s", token));
    else if (p->token_file.path)
        state = KUBE_CRED_FAILED;
    else if (p->username || p->password)
        set_authorization(p, basic_of(p->username, p->password));
    if (state == KUBE_CRED_FAILED && e && !e->code)
        err_move(e, &why);
    err_clear(&why);
    return state;
}

enum kube_cred_state provider_state(struct provider *p, struct err *e)
{
    int64_t now_ms = clock_boot_ms(p->pool->o.clock);
    if (!p->exec)
        return static_state(p, now_ms, e);
    int64_t wall_ms = clock_wall_ms(p->pool->o.clock);
    if (p->have && (!p->expires_wall_ms || wall_ms < p->expires_wall_ms))
        return KUBE_CRED_READY;
    if (p->run || p->queued)
        return KUBE_CRED_PENDING;
    if (p->exec->interactive == KUBE_EXEC_ALWAYS) {
        err_set(e, ERR_LOGIN, "exec plugin %s asks a person to log in", p->exec->command);
        return KUBE_CRED_LOGIN;
    }
    if (p->error.code && now_ms < p->retry_at_ms && e && !e->code)
        err_copy(e, &p->error);
    return KUBE_CRED_FAILED;
}

/* ---- the plugin ---- */

static uint64_t draw(const struct kube_credentials_pool *pool)
{
    uint64_t v = 0;
    if (pool->o.random)
        return pool->o.random(pool->o.random_ctx);
    if (getrandom(&v, sizeof(v), 0) != (ssize_t)sizeof(v))
        v = (uint64_t)clock_boot_ms(pool->o.clock) * 2654435761u;
    return v;
}

/* Doubles from first_ms, at most BACKOFF_MAX_MS, then half of it up to all of it. */
int64_t credentials_backoff(const struct kube_credentials_pool *pool, int64_t first_ms,
                            unsigned times)
{
    int64_t ms = first_ms;
    for (unsigned i = 1; i < times && ms < BACKOFF_MAX_MS; i++)
        ms *= 2;
    if (ms > BACKOFF_MAX_MS)
        ms = BACKOFF_MAX_MS;
    return ms / 2 + (int64_t)(draw(pool) % (uint64_t)(ms / 2 + 1));
}

static void on_timer(void *ctx)
{
    struct provider *p = ctx;
    p->timer = NULL;
    if (p->have && p->exec->interactive != KUBE_EXEC_ALWAYS)
        provider_request(p); /* ahead of its end; what is there goes on being sent */
    else
        credentials_notify(p);
}

static void arm(struct provider *p, int64_t delay_ms)
{
    loop_cancel_timer(p->pool->o.loop, p->timer);
    p->timer = loop_after(p->pool->o.loop, delay_ms > 0 ? delay_ms : 0, on_timer, p);
}

static void failed(struct provider *p, struct err *e)
{
    p->pool->plugin_failures++;
    p->failures++;
    err_clear(&p->error);
    err_move(&p->error, e);
    int64_t wait_ms = credentials_backoff(p->pool, BACKOFF_FIRST_MS, p->failures);
    p->retry_at_ms = clock_boot_ms(p->pool->o.clock) + wait_ms;
    arm(p, wait_ms);
    log_write(p->pool->o.log, LOG_WARN, "credentials", "%s; next try in %lld s", p->error.text,
              (long long)(wait_ms / 1000));
}

static void put_pem(struct material *m, const char *pem, bool *changed)
{
    struct buf b;
    buf_init(&b, KUBE_FILE_SMALL);
    if (pem)
        (void)buf_puts(&b, pem);
    *changed |= material_replace(m, &b);
}

static void accept(struct provider *p, struct exec_credential *c)
{
    bool changed = false;
    int64_t wall_ms = clock_wall_ms(p->pool->o.clock);
    set_authorization(p, c->token ? mem_printf("Bearer %s", c->token) : NULL);
    put_pem(&p->cert, c->cert_pem, &changed);
    put_pem(&p->key_pem, c->key_pem, &changed);
    if (changed) {
        p->generation++;
        p->tls_generation++;
    }
    p->have = true;
    p->failures = 0;
    p->obtained_ms = clock_boot_ms(p->pool->o.clock);
    p->expires_wall_ms = c->expires_wall_ms;
    err_clear(&p->error);
    loop_cancel_timer(p->pool->o.loop, p->timer);
    p->timer = NULL;
    if (c->expires_wall_ms) {
        /* Between 75 and 90 % of its life, so that many do not ask at once. */
        int64_t life_ms = c->expires_wall_ms - wall_ms;
        arm(p, life_ms / 100 * (75 + (int64_t)(draw(p->pool) % 16)));
    }
    log_write(p->pool->o.log, LOG_INFO, "credentials", "exec plugin %s gave a credential%s",
              p->exec->command, c->expires_wall_ms ? "" : " without expiry");
}

int provider_take_result(struct provider *p, const struct exec_plugin_result *r, struct err *e)
{
    struct exec_credential c = {0};
    struct err why = ERR_INIT;
    int rc = exec_plugin_check_result(p->exec, r, p->pool->o.plugin_deadline_ms, &why);
    if (!rc)
        rc = exec_plugin_parse(p->exec, r->out, r->out_len, &c, &why);
    int64_t wall_ms = clock_wall_ms(p->pool->o.clock);
    if (!rc && c.expires_wall_ms && c.expires_wall_ms <= wall_ms) {
        char when[CLOCK_RFC3339_LEN];
        clock_format_rfc3339(c.expires_wall_ms, when);
        rc = err_set(&why, ERR_AUTH, "exec: %s gave a credential that expired on %s",
                     p->exec->command, when);
        err_hint(&why, "compare this machine's clock with the right time");
    }
    if (rc) {
        if (e && !e->code)
            err_copy(e, &why);
        failed(p, &why);
    } else {
        accept(p, &c);
    }
    exec_credential_clear(&c);
    err_clear(&why);
    return rc;
}

static void on_done(void *ctx, const struct exec_plugin_result *r)
{
    struct provider *p = ctx;
    struct kube_credentials_pool *pool = p->pool;
    p->run = NULL;
    pool->running--;
    (void)provider_take_result(p, r, NULL);
    credentials_notify(p);
    provider_pump(pool);
}

static void start(struct provider *p)
{
    struct kube_credentials_pool *pool = p->pool;
    struct exec_plugin_command command;
    struct err e = ERR_INIT;
    struct exec_plugin_options o = {
        .loop = pool->o.loop,
        .deadline_ms = pool->o.plugin_deadline_ms,
        .nofile_soft = pool->o.nofile_soft,
    };
    p->queued = 0;
    pool->plugin_runs++;
    if (exec_plugin_command_make(&command, p->exec, p->cluster_json, false, environ, &e) == 0)
        p->run = exec_plugin_start(&o, &command, on_done, p, &e);
    exec_plugin_command_clear(&command);
    if (p->run) {
        pool->running++;
    } else {
        failed(p, &e);
        credentials_notify(p);
    }
    err_clear(&e);
}

static bool is_visible(const struct provider *p)
{
    for (size_t i = 0; i < p->pool->handles.len; i++)
        if (p->pool->handles.items[i] && p->pool->handles.items[i]->provider == p &&
            p->pool->handles.items[i]->visible)
            return true;
    return false;
}

void provider_pump(struct kube_credentials_pool *pool)
{
    while (pool->running < pool->o.max_plugins) {
        struct provider *best = NULL;
        bool best_visible = false;
        for (size_t i = 0; i < pool->providers.len; i++) {
            struct provider *p = pool->providers.items[i];
            if (!p->queued)
                continue;
            bool visible = is_visible(p);
            if (!best || (visible && !best_visible) ||
                (visible == best_visible && p->queued < best->queued)) {
                best = p;
                best_visible = visible;
            }
        }
        if (!best)
            return;
        start(best);
    }
}

void provider_request(struct provider *p)
{
    if (p->run || p->queued)
        return;
    p->queued = ++p->pool->next_place;
    provider_pump(p->pool);
}
