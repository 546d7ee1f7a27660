// SPDX-License-Identifier: Apache-2.0
#include "rig.h"
#include "base/mem.h"
#include "kube/http.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

static int64_t boot_ms(const struct clock *c)
{
    return clock_boot_ms(clock_system()) + ((const struct rig_clock *)c)->ahead_ms;
}

static int64_t wall_ms(const struct clock *c)
{
    return clock_wall_ms(clock_system()) + ((const struct rig_clock *)c)->ahead_ms;
}

void rig_init(struct rig *r, int64_t connect_ms)
{
    rig_init_with(r, NULL, NULL, connect_ms);
}

void rig_init_with(struct rig *r, int (*look)(void *, const char *, char *, size_t), void *look_ctx,
                   int64_t connect_ms)
{
    signal(SIGPIPE, SIG_IGN);
    *r = (struct rig){.clock = {{boot_ms, wall_ms}, 0}};
    const struct clock *clock = &r->clock.clock;
    r->loop = loop_new(clock, NULL);
    const struct kube_resolver_options ro = {
        .loop = r->loop, .clock = clock, .look = look, .look_ctx = look_ctx};
    r->resolver = kube_resolver_new(&ro, NULL);
    const struct kube_credentials_options co = {.loop = r->loop, .clock = clock};
    r->pool = kube_credentials_pool_new(&co);
    const struct kube_http_options ho = {.loop = r->loop,
                                         .clock = clock,
                                         .resolver = r->resolver,
                                         .user_agent = "leeway/test",
                                         .connect_deadline_ms = connect_ms};
    r->transport = kube_http_new(&ho, NULL);
    const struct kube_options ko = {.loop = r->loop,
                                    .clock = clock,
                                    .seed = 7,
                                    .resolver = r->resolver,
                                    .transport = r->transport};
    r->kube = kube_new(&ko, NULL);
    assert_non_null(r->kube);
}

void rig_clear(struct rig *r)
{
    kube_free(r->kube);
    r->transport->free(r->transport);
    kube_credentials_pool_free(r->pool);
    kube_resolver_free(r->resolver);
    loop_free(r->loop);
}

void rig_jump(struct rig *r, int64_t ms)
{
    r->clock.ahead_ms += ms;
}

void rig_access(struct kube_access *a, struct hostile *h, const char *host)
{
    kube_access_init(a);
    a->context = mem_strdup("hostile");
    a->server = mem_printf("https://%s:%u", host, hostile_port(h));
    a->ca.data = mem_strdup(hostile_ca_pem(h));
    a->ca.len = strlen(a->ca.data);
}

struct kube_cluster *rig_cluster_of(struct rig *r, struct kube_access *a)
{
    struct kube_cluster *c = kube_cluster_new(r->kube, a, kube_credentials_open(r->pool, a));
    kube_access_clear(a);
    return c;
}

struct kube_cluster *rig_cluster(struct rig *r, struct hostile *h)
{
    struct kube_access a;
    rig_access(&a, h, "127.0.0.1");
    return rig_cluster_of(r, &a);
}

static void on_done(void *ctx, const struct kube_reply *reply)
{
    struct rig_answer *a = ctx;
    const struct kube_error *e = reply->error;
    a->call = NULL;
    a->code = e->code;
    a->fate = e->fate;
    a->why = e->why;
    a->status = reply->status;
    a->retry_after_ms = e->retry_after_ms;
    a->tries = reply->tries;
    a->len = reply->len;
    a->order = ++a->rig->ended;
    snprintf(a->text, sizeof(a->text), "%s", e->code ? e->text : "");
    snprintf(a->hint, sizeof(a->hint), "%s", e->hint ? e->hint : "");
    snprintf(a->body, sizeof(a->body), "%s", reply->body);
}

void rig_send(struct rig *r, struct kube_cluster *c, const struct kube_request *q,
              struct rig_answer *out)
{
    struct kube_request request = *q;
    request.on_done = on_done;
    request.ctx = out;
    *out = (struct rig_answer){.rig = r};
    out->call = kube_send(c, &request);
}

void rig_get(struct rig *r, struct kube_cluster *c, const char *path, size_t limit,
             struct rig_answer *out)
{
    const struct kube_request q = {
        .path = path, .max_body_bytes = limit, .retry = KUBE_RETRY_NEVER};
    rig_send(r, c, &q, out);
}

void rig_until(struct rig *r, rig_fn *fn, void *ctx)
{
    int64_t give_up = clock_boot_ms(clock_system()) + 60000;
    while (!fn(ctx)) {
        assert_true(clock_boot_ms(clock_system()) < give_up);
        loop_run_once(r->loop, 10);
    }
}

static bool has_ended(void *ctx)
{
    return !((struct rig_answer *)ctx)->call;
}

void rig_answered(struct rig *r, struct rig_answer *a)
{
    rig_until(r, has_ended, a);
}

void rig_get_whole(struct rig *r, struct kube_cluster *c, const char *path, size_t limit,
                   struct rig_answer *out)
{
    rig_get(r, c, path, limit, out);
    rig_answered(r, out);
}
