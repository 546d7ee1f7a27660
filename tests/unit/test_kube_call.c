// SPDX-License-Identifier: Apache-2.0
/* Calls over a scripted transport: retries, deadlines, bounds, the window; and the resolver. */
#include "kube/resolver.h"
#include "kube_fake.h"

#include <netdb.h>
#include <stdatomic.h>

struct seen {
    struct fake f;
    unsigned done, tries;
    int code, status;
    enum kube_fate fate;
    char body[64];
    struct kube_call *call;
    bool cancel_in_chunk;
};

static void on_done(void *ctx, const struct kube_reply *r)
{
    struct seen *s = ctx;
    s->done++;
    s->tries = r->tries;
    s->code = r->error->code;
    s->fate = r->error->fate;
    s->status = r->status;
    snprintf(s->body, sizeof(s->body), "%s", r->body);
}

static int on_chunk(void *ctx, const char *bytes, size_t len)
{
    struct seen *s = ctx;
    if (s->cancel_in_chunk)
        kube_cancel(s->call);
    return 0;
}

static void ask(struct seen *s, struct kube_request r)
{
    r.path = "/x";
    r.on_done = on_done;
    r.ctx = s;
    s->call = kube_send(s->f.cluster, &r);
}

#define WRITE                                                                                      \
    {                                                                                              \
        .method = "PATCH", .body = "{}", .body_len = 2                                             \
    }

static void reads_are_tried_again(void **state)
{
    struct seen s = {0};
    fake_init(&s.f);
    ask(&s, (struct kube_request){0});
    fake_answer(&s.f, fake_want(&s.f, "/x"), 503, "");
    fake_pass(&s.f, 2000);
    fake_end(&s.f, fake_want(&s.f, "/x"), KUBE_END_BROKEN);
    fake_pass(&s.f, 2000);
    fake_answer(&s.f, fake_want(&s.f, "/x"), 200, "good");
    assert_int_equal(s.done, 1);
    assert_int_equal(s.tries, 3);
    assert_string_equal(s.body, "good");
    fake_clear(&s.f);
}

static void writes_are_not(void **state)
{
    struct seen s = {0};
    fake_init(&s.f);
    ask(&s, (struct kube_request)WRITE);
    struct kube_transfer *x = fake_want(&s.f, "/x");
    assert_string_equal(x->body, "{}");
    fake_end(&s.f, x, KUBE_END_BROKEN);
    assert_true(s.done == 1 && s.code == ERR_UNKNOWN_OUTCOME && s.fate == KUBE_FATE_UNKNOWN);
    ask(&s, (struct kube_request)WRITE);
    fake_answer(&s.f, fake_want(&s.f, "/x"), 504, "");
    assert_true(s.done == 2 && s.fate == KUBE_FATE_UNKNOWN);
    /* 429 did nothing for sure, and is waited out. */
    ask(&s, (struct kube_request)WRITE);
    x = fake_want(&s.f, "/x");
    fake_head(x, 429);
    x->events.header(x->ctx, "Retry-After", 11, "5", 1);
    fake_end(&s.f, x, KUBE_END_DONE);
    fake_pass(&s.f, 4000);
    assert_null(s.f.open);
    fake_pass(&s.f, 3000);
    fake_answer(&s.f, fake_want(&s.f, "/x"), 200, "{}");
    assert_true(s.done == 3 && s.code == 0);
    fake_clear(&s.f);
}

static void deadlines(void **state)
{
    struct seen s = {0};
    fake_init(&s.f);
    struct kube_request w = WRITE;
    w.deadline_ms = 5000;
    ask(&s, w);
    fake_want(&s.f, "/x");
    fake_pass(&s.f, 5100);
    assert_true(s.done == 1 && s.code == ERR_UNKNOWN_OUTCOME);
    ask(&s, (struct kube_request){.deadline_ms = 5000});
    fake_want(&s.f, "/x");
    fake_pass(&s.f, 5100);
    assert_true(s.done == 2 && s.code == ERR_TIMEOUT);
    struct kube_cluster_status status;
    kube_cluster_status(s.f.cluster, &status); /* twice without a byte */
    assert_int_equal(status.state, KUBE_STATE_DOWN);
    ask(&s, (struct kube_request){0});
    fake_settle(&s.f);
    assert_true(s.done == 3 && s.code == ERR_UNREACHABLE);
    /* One that waits is sent when the cluster is back. */
    ask(&s, (struct kube_request){.wait = true, .deadline_ms = 30000});
    while (!s.f.open)
        fake_pass(&s.f, 100);
    fake_answer(&s.f, fake_want(&s.f, "/version"), 200, "{}");
    fake_answer(&s.f, fake_want(&s.f, "/x"), 200, "{}");
    assert_true(s.done == 4 && s.code == 0);
    fake_clear(&s.f);
}

static void refused_login(void **state)
{
    struct seen s = {0};
    fake_init(&s.f);
    ask(&s, (struct kube_request){0});
    fake_answer(&s.f, fake_want(&s.f, "/x"), 401, "");
    assert_true(s.done == 1 && s.code == ERR_AUTH);
    struct kube_cluster_status status;
    kube_cluster_status(s.f.cluster, &status);
    assert_int_equal(status.state, KUBE_STATE_REFUSED);
    assert_int_equal(status.error->code, ERR_AUTH);
    fake_clear(&s.f);
}

static void bounds(void **state)
{
    struct seen s = {0};
    fake_init(&s.f);
    ask(&s, (struct kube_request){.max_body_bytes = 8});
    struct kube_transfer *x = fake_want(&s.f, "/x");
    fake_head(x, 200);
    assert_true(fake_bytes(&s.f, x, "12345678"));
    assert_false(fake_bytes(&s.f, x, "9"));
    assert_true(s.done == 1 && s.code == ERR_LIMIT);
    /* An endless error is cut and classified all the same. */
    ask(&s, (struct kube_request)WRITE);
    x = fake_want(&s.f, "/x");
    fake_head(x, 422);
    char *line = mem_alloc(65537);
    memset(line, 'x', 65536);
    line[65536] = '\0';
    int sent = 0;
    while (fake_is_open(&s.f, x) && sent < 100 && fake_bytes(&s.f, x, line))
        sent++;
    mem_free(line);
    assert_int_equal(sent, 16);
    assert_true(s.done == 2 && s.code == ERR_INVALID);
    fake_clear(&s.f);
}

static void cancelled_in_its_chunk(void **state)
{
    struct seen s = {.cancel_in_chunk = true};
    fake_init(&s.f);
    ask(&s, (struct kube_request){.on_chunk = on_chunk});
    struct kube_transfer *x = fake_want(&s.f, "/x");
    fake_head(x, 200);
    assert_false(fake_bytes(&s.f, x, "abc"));
    assert_int_equal(s.done, 0);
    fake_clear(&s.f);
}

static void window_narrows(void **state)
{
    struct seen s = {0};
    fake_init(&s.f);
    struct kube_cluster_stats stats;
    for (int i = 0; i < 100; i++)
        ask(&s, (struct kube_request)WRITE);
    fake_settle(&s.f);
    kube_cluster_stats(s.f.cluster, &stats);
    assert_int_equal(stats.in_flight, 16);
    assert_int_equal(stats.waiting, 84);
    fake_answer(&s.f, fake_want(&s.f, "/x"), 429, "");
    kube_cluster_stats(s.f.cluster, &stats);
    assert_int_equal(stats.window, 8);
    assert_int_equal(s.f.started, 16); /* paused for a second */
    while (s.done < 100) {
        while (s.f.open)
            fake_answer(&s.f, fake_want(&s.f, "/x"), 200, "{}");
        fake_pass(&s.f, 1000);
    }
    kube_cluster_stats(s.f.cluster, &stats);
    assert_true(stats.window > 8 && stats.throttled == 1 && stats.requests == 101);
    fake_clear(&s.f);
}

/* It doubles at first, and stays as it is while nobody needs it. */
static void window_widens(void **state)
{
    (void)state;
    struct seen s = {0};
    fake_init(&s.f);
    struct kube_cluster_stats stats;
    for (int i = 0; i < 40; i++) {
        ask(&s, (struct kube_request)WRITE);
        fake_answer(&s.f, fake_want(&s.f, "/x"), 200, "{}");
    }
    kube_cluster_stats(s.f.cluster, &stats);
    assert_int_equal(stats.window, 16);
    for (int i = 0; i < 300; i++)
        ask(&s, (struct kube_request)WRITE);
    fake_settle(&s.f);
    static const unsigned sizes[] = {16, 32, 32, 33};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        kube_cluster_stats(s.f.cluster, &stats);
        assert_int_equal(stats.window, sizes[i]);
        assert_int_equal(stats.in_flight, sizes[i]);
        for (unsigned n = 0; n < sizes[i]; n++)
            fake_answer(&s.f, fake_want(&s.f, "/x"), 200, "{}");
    }
    /* slow answers: a tenth less, and from then on one more in the time of one */
    fake_pass(&s.f, 2000);
    fake_answer(&s.f, fake_want(&s.f, "/x"), 200, "{}");
    kube_cluster_stats(s.f.cluster, &stats);
    unsigned narrowed = stats.window;
    assert_true(narrowed < 34);
    while (s.f.open)
        fake_answer(&s.f, fake_want(&s.f, "/x"), 200, "{}");
    kube_cluster_stats(s.f.cluster, &stats);
    assert_true(stats.window >= narrowed && stats.window <= narrowed + 6);
    fake_clear(&s.f);
}

/* ---- the resolver ---- */

static atomic_int looked;

static int look(void *ctx, const char *host, char *out, size_t size)
{
    atomic_fetch_add(&looked, 1);
    if (strcmp(host, "bad.test") == 0)
        return EAI_NONAME;
    snprintf(out, size, "10.0.0.1,::1");
    return 0;
}

static void on_addresses(void *ctx, const char *addresses, const char *text)
{
    char *out = ctx;
    snprintf(out, 64, "%s", addresses ? addresses : text);
}

static void resolves(void **state)
{
    struct loop *loop = loop_new(clock_system(), NULL);
    const struct kube_resolver_options o = {.loop = loop, .clock = clock_system(), .look = look};
    struct kube_resolver *r = kube_resolver_new(&o, NULL);
    char good[64] = "", same[64] = "", bad[64] = "", gone[64] = "";
    atomic_store(&looked, 0);
    kube_resolve(r, "good.test", on_addresses, good);
    kube_resolve(r, "good.test", on_addresses, same);
    kube_resolve(r, "bad.test", on_addresses, bad);
    kube_resolve_cancel(r, kube_resolve(r, "good.test", on_addresses, gone));
    int64_t end = clock_boot_ms(clock_system()) + 20000;
    while ((!good[0] || !bad[0] || !same[0]) && clock_boot_ms(clock_system()) < end)
        loop_run_once(loop, 100);
    assert_string_equal(good, "10.0.0.1,[::1]");
    assert_string_equal(same, good);
    assert_string_equal(gone, "");
    assert_true(bad[0] && strcmp(bad, good) != 0);
    assert_int_equal(atomic_load(&looked), 2);
    assert_string_equal(kube_resolve_cached(r, "good.test"), good);
    assert_null(kube_resolve_cached(r, "bad.test"));
    kube_resolve_forget(r, "good.test");
    assert_null(kube_resolve_cached(r, "good.test"));
    kube_resolve(r, "never.test", on_addresses, gone);
    kube_resolver_free(r);
    assert_string_equal(gone, "");
    assert_true(kube_is_literal_address("[fe80::1%eth0]") && kube_is_literal_address("10.0.0.1"));
    assert_false(kube_is_literal_address("10.0.0.1.test") || kube_is_literal_address("::x"));
    loop_free(loop);
}

RUN("calls", cmocka_unit_test(reads_are_tried_again), cmocka_unit_test(writes_are_not),
    cmocka_unit_test(deadlines), cmocka_unit_test(refused_login), cmocka_unit_test(bounds),
    cmocka_unit_test(cancelled_in_its_chunk), cmocka_unit_test(window_narrows),
    cmocka_unit_test(window_widens), cmocka_unit_test(resolves))
