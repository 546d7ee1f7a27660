// SPDX-License-Identifier: Apache-2.0
/* Questions to an API server that are about no object: who am I, may I, what are you, are you well;
 * and the logs of a container. */
#include "base/mem.h"
#include "data/json.h"
#include "kube/client_int.h"
#include "kube/discovery.h"
#include "kube/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { QUESTION_MS = 15000, ANSWER_MAX = 1024 * 1024, POOL_MAX = 16 * 1024 * 1024 };

struct waiting {
    union {
        kube_access_fn *access;
        kube_identity_fn *identity;
        kube_version_fn *version;
        kube_readiness_fn *readiness;
    } fn;
    void *ctx;
};

static const struct val *read_map(struct val_pool *p, const struct kube_reply *reply)
{
    val_pool_init_limited(p, POOL_MAX);
    if (reply->error->code)
        return NULL;
    const struct val *v = json_read(p, reply->body, reply->len, NULL, NULL);
    return v && v->type == VAL_MAP ? v : NULL;
}

static const struct val *map_at(const struct val *v, const char *key)
{
    const struct val *m = v ? val_get(v, key) : NULL;
    return m && m->type == VAL_MAP ? m : NULL;
}

static const char *text_at(const struct val *map, const char *key)
{
    return map ? val_str(val_get(map, key), "") : "";
}

/* What an answer that could not be read is reported as. */
static const struct kube_error *fault(const struct kube_reply *reply, bool read,
                                      struct kube_error *own)
{
    if (reply->error->code || read)
        return reply->error;
    bool html = strncasecmp(reply->content_type, "text/html", 9) == 0;
    kube_error_set(own, ERR_PROTOCOL, KUBE_FATE_PERMANENT, KUBE_WHY_NONE,
                   html ? "a web server answers in place of the API server: check server in the "
                          "kubeconfig"
                        : NULL,
                   html ? "the answer is a web page" : "the answer is not what was asked for");
    return own;
}

static struct kube_call *post(struct kube_cluster *c, const char *path, const struct buf *body,
                              kube_done_fn *fn, const struct waiting *w)
{
    const struct kube_request r = {
        .method = "POST",
        .path = path,
        .body = buf_str(body),
        .body_len = body->len,
        .deadline_ms = QUESTION_MS,
        .max_body_bytes = ANSWER_MAX,
        .retry = KUBE_RETRY_ALL, /* nothing is kept of it */
        .is_collection = true,
        .on_done = fn,
    };
    return kube_send_with(c, &r, w, sizeof(*w));
}

/* ---- may I ---- */

static void on_access(void *ctx, const struct kube_reply *reply)
{
    struct waiting *w = ctx;
    struct val_pool pool;
    struct kube_error own;
    kube_error_init(&own);
    const struct val *status = map_at(read_map(&pool, reply), "status");
    const struct kube_access_answer a = {
        .allowed = status && val_bool(val_get(status, "allowed"), false),
        .denied = status && val_bool(val_get(status, "denied"), false),
        .reason = text_at(status, "reason"),
        .evaluation_error = text_at(status, "evaluationError"),
        .error = fault(reply, status != NULL, &own),
    };
    w->fn.access(w->ctx, &a);
    kube_error_clear(&own);
    val_pool_clear(&pool);
}

struct kube_call *kube_may_i(struct kube_cluster *c, const struct kube_access_question *q,
                             kube_access_fn *fn, void *ctx)
{
    const struct {
        const char *name, *value;
    } fields[] = {
        {"verb", q->verb},         {"group", q->group}, {"version", q->version},
        {"resource", q->resource}, {"name", q->name},   {"subresource", q->subresource},
        {"namespace", q->ns},
    };
    struct buf body;
    buf_init(&body, BUF_SMALL);
    buf_puts(&body,
             "{\"kind\":\"SelfSubjectAccessReview\",\"apiVersion\":\"authorization.k8s.io/v1\","
             "\"spec\":{\"resourceAttributes\":{");
    bool first = true;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (!fields[i].value)
            continue;
        buf_printf(&body, "%s\"%s\":", first ? "" : ",", fields[i].name);
        const struct val v = val_borrow_str(fields[i].value, strlen(fields[i].value));
        json_write(&body, &v, JSON_COMPACT);
        first = false;
    }
    buf_puts(&body, "}}}");
    const struct waiting w = {.fn.access = fn, .ctx = ctx};
    struct kube_call *call =
        post(c, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &body, on_access, &w);
    buf_clear(&body);
    return call;
}

/* ---- who am I ---- */

static void on_identity(void *ctx, const struct kube_reply *reply)
{
    struct waiting *w = ctx;
    struct val_pool pool;
    struct kube_error own;
    kube_error_init(&own);
    const struct val *user = map_at(map_at(read_map(&pool, reply), "status"), "userInfo");
    const struct val *groups = user ? val_get(user, "groups") : NULL;
    const struct kube_identity id = {
        .user = text_at(user, "username"),
        .uid = text_at(user, "uid"),
        .groups = groups && groups->type == VAL_LIST ? groups : NULL,
        .extra = map_at(user, "extra"),
        .error = fault(reply, user != NULL, &own),
    };
    w->fn.identity(w->ctx, &id);
    kube_error_clear(&own);
    val_pool_clear(&pool);
}

struct kube_call *kube_who_am_i(struct kube_cluster *c, kube_identity_fn *fn, void *ctx)
{
    struct buf body;
    buf_init(&body, BUF_SMALL);
    buf_puts(&body, "{\"kind\":\"SelfSubjectReview\",\"apiVersion\":\"authentication.k8s.io/v1\"}");
    const struct waiting w = {.fn.identity = fn, .ctx = ctx};
    struct kube_call *call =
        post(c, "/apis/authentication.k8s.io/v1/selfsubjectreviews", &body, on_identity, &w);
    buf_clear(&body);
    return call;
}

/* ---- version ---- */

/* "32+" is 32; -1 when there is no number. */
static int number_of(const char *s)
{
    return *s >= '0' && *s <= '9' ? (int)strtol(s, NULL, 10) : -1;
}

static void on_version(void *ctx, const struct kube_reply *reply)
{
    struct waiting *w = ctx;
    struct val_pool pool;
    struct kube_error own;
    kube_error_init(&own);
    const struct val *v = read_map(&pool, reply);
    const struct kube_version version = {
        .major = number_of(text_at(v, "major")),
        .minor = number_of(text_at(v, "minor")),
        .git_version = text_at(v, "gitVersion"),
        .platform = text_at(v, "platform"),
        .error = fault(reply, v != NULL, &own),
    };
    w->fn.version(w->ctx, &version);
    kube_error_clear(&own);
    val_pool_clear(&pool);
}

static struct kube_call *get(struct kube_cluster *c, const char *path, const char *query,
                             enum kube_retry retry, kube_done_fn *fn, const struct waiting *w)
{
    const struct kube_request r = {
        .path = path,
        .query = query,
        .deadline_ms = QUESTION_MS,
        .max_body_bytes = ANSWER_MAX,
        .retry = retry,
        .accept = query ? "text/plain, */*" : NULL,
        .on_done = fn,
    };
    return kube_send_with(c, &r, w, sizeof(*w));
}

struct kube_call *kube_get_version(struct kube_cluster *c, kube_version_fn *fn, void *ctx)
{
    const struct waiting w = {.fn.version = fn, .ctx = ctx};
    return get(c, "/version", NULL, KUBE_RETRY_DEFAULT, on_version, &w);
}

/* ---- readiness ---- */

size_t kube_parse_checks(struct arena *a, const char *text, size_t len, struct kube_check *out,
                         size_t max)
{
    size_t n = 0;
    const char *end = text + len;
    for (const char *line = text, *next; line < end && n < max; line = next) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        next = stop + 1;
        /* [+]ping ok   [-]etcd failed: reason withheld   [+]x excluded: ok */
        if (stop - line < 4 || line[0] != '[' || (line[1] != '+' && line[1] != '-') ||
            line[2] != ']')
            continue;
        const char *space = memchr(line, ' ', (size_t)(stop - line));
        space = space ? space : stop;
        struct kube_check *k = &out[n++];
        k->ok = line[1] == '+';
        k->name = arena_strndup(a, line + 3, (size_t)(space - line - 3));
        k->text = space < stop ? arena_strndup(a, space + 1, (size_t)(stop - space - 1)) : "";
        k->excluded = strncmp(k->text, "excluded", 8) == 0;
    }
    return n;
}

static void on_readiness(void *ctx, const struct kube_reply *reply)
{
    struct waiting *w = ctx;
    struct arena a;
    arena_init(&a);
    struct kube_check checks[KUBE_CHECKS_MAX];
    const char *text = reply->raw;
    size_t n = kube_parse_checks(&a, text, reply->raw_len, checks, KUBE_CHECKS_MAX);
    const struct kube_readiness r = {
        .answered = reply->status == 200 || n > 0,
        .ready = reply->status == 200,
        .checks = checks,
        .checks_len = n,
        .error = reply->error,
    };
    w->fn.readiness(w->ctx, &r);
    arena_clear(&a);
}

struct kube_call *kube_get_readiness(struct kube_cluster *c, kube_readiness_fn *fn, void *ctx)
{
    const struct waiting w = {.fn.readiness = fn, .ctx = ctx};
    return get(c, "/readyz", "verbose", KUBE_RETRY_NEVER, on_readiness, &w);
}

/* ---- logs ---- */

static void add_number(struct buf *q, const char *name, int64_t n)
{
    char text[24];
    if (n < 0)
        return;
    snprintf(text, sizeof(text), "%lld", (long long)n);
    kube_query_add(q, name, text);
}

struct kube_call *kube_get_logs(struct kube_cluster *c, const struct kube_logs_options *o)
{
    struct buf path, q;
    buf_init(&path, BUF_SMALL);
    buf_init(&q, BUF_SMALL);
    if (kube_path(&path, "", "v1", "pods", o->ns, o->pod, "log"))
        buf_reset(&path);
    if (o->container)
        kube_query_add(&q, "container", o->container);
    if (o->follow)
        kube_query_add(&q, "follow", "true");
    if (o->previous)
        kube_query_add(&q, "previous", "true");
    if (o->timestamps)
        kube_query_add(&q, "timestamps", "true");
    if (o->since_time)
        kube_query_add(&q, "sinceTime", o->since_time);
    add_number(&q, "tailLines", o->tail_lines);
    add_number(&q, "sinceSeconds", o->since_s);
    add_number(&q, "limitBytes", o->limit_bytes);
    const struct kube_request r = {
        .path = path.len ? buf_str(&path) : "/too-long",
        .query = buf_str(&q),
        .accept = "text/plain, */*",
        .deadline_ms = o->follow ? -1 : 0,
        .retry = KUBE_RETRY_HARMLESS,
        .priority = KUBE_PRIORITY_HIGH,
        .long_running = o->follow,
        .on_chunk = o->on_chunk,
        .on_done = o->on_done,
        .ctx = o->ctx,
    };
    struct kube_call *call = kube_send(c, &r);
    buf_clear(&path);
    buf_clear(&q);
    return call;
}
