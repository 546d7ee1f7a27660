// SPDX-License-Identifier: Apache-2.0
/* Watches against a scripted server: every way to lose one's place, and what the caller sees. */
#include "kube/watch.h"
#include "kube_fake.h"

#define PATH "/api/v1/pods"
#define OBJECT(name, uid, version)                                                                 \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"n\",\"uid\":\"" uid                      \
    "\",\"resourceVersion\":\"" version "\"}}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define BOOKMARK(version) EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"" version "\"}}")
#define LIST_END(version)                                                                          \
    EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"" version                              \
                      "\",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}")
#define LIST(version, more, items)                                                                 \
    "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"" version "\",\"continue\":\"" more \
    "\"},\"items\":[" items "]}"
#define GONE                                                                                       \
    "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"Expired\",\"message\":\"too old "    \
    "resource version: 1 (2)\",\"code\":410}"

struct seen {
    struct fake f;
    struct kube_watch *watch;
    char log[512]; /* +a ~a -a S for synced, R for reset */
    enum kube_watch_state state;
    bool free_on_event;
};

static void add(struct seen *s, char mark, const char *name)
{
    size_t n = strlen(s->log);
    snprintf(s->log + n, sizeof(s->log) - n, "%c%s ", mark, name);
}

static void on_object(void *ctx, enum kube_event type, const struct val *object)
{
    struct seen *s = ctx;
    add(s, "+~-"[type], val_str(val_at(object, "metadata", "name", NULL), "?"));
    if (s->free_on_event) {
        kube_watch_free(s->watch);
        s->watch = NULL;
    }
}

static void on_synced(void *ctx)
{
    add(ctx, 'S', "");
}

static void on_reset(void *ctx)
{
    add(ctx, 'R', "");
}

static void on_state(void *ctx, const struct kube_watch_status *status)
{
    ((struct seen *)ctx)->state = status->state;
}

static void begin(struct seen *s, bool with_reset)
{
    memset(s, 0, sizeof(*s));
    fake_init(&s->f);
    const struct kube_watch_options o = {
        .what = {.path = PATH, .label_selector = "a=b"},
        .on_object = on_object,
        .on_synced = on_synced,
        .on_reset = with_reset ? on_reset : NULL,
        .on_state = on_state,
        .ctx = s,
    };
    s->watch = kube_watch_start(s->f.cluster, &o);
}

static void finish(struct seen *s)
{
    kube_watch_free(s->watch);
    fake_clear(&s->f);
}

static void expect(struct seen *s, const char *log)
{
    assert_string_equal(s->log, log);
    s->log[0] = '\0';
}

static bool asks(const struct kube_transfer *x, const char *part)
{
    return x && strstr(x->query, part) != NULL;
}

/* Up to date at version 10 with a and b, by a streamed list. */
static struct kube_transfer *streamed(struct seen *s, bool with_reset)
{
    begin(s, with_reset);
    struct kube_transfer *x = fake_want(&s->f, PATH);
    assert_true(asks(x, "sendInitialEvents=true") && asks(x, "labelSelector=a%3Db"));
    assert_int_equal(x->lane, KUBE_LANE_WATCH);
    fake_head(x, 200);
    fake_bytes(&s->f, x,
               EVENT("ADDED", OBJECT("a", "1", "9")) EVENT("ADDED", OBJECT("b", "2", "4")));
    assert_int_equal(s->state, KUBE_WATCH_STARTING);
    fake_bytes(&s->f, x, LIST_END("10"));
    assert_int_equal(s->state, KUBE_WATCH_CURRENT);
    expect(s, "+a +b S ");
    return x;
}

static void streams_and_resumes(void **state)
{
    struct seen s;
    struct kube_transfer *x = streamed(&s, false);
    fake_bytes(&s.f, x, EVENT("MODIFIED", OBJECT("a", "1", "11")));
    fake_bytes(&s.f, x, EVENT("DELETED", OBJECT("b", "2", "12")) "{\"type\":\"ADD");
    fake_bytes(&s.f, x, "ED\",\"object\":" OBJECT("c", "3", "13") "}");
    fake_bytes(&s.f, x, BOOKMARK("20"));
    expect(&s, "~a -b +c ");
    fake_end(&s.f, x, KUBE_END_DONE);
    fake_pass(&s.f, 2000);
    assert_int_equal(s.state, KUBE_WATCH_CURRENT);
    x = fake_want(&s.f, PATH);
    assert_true(asks(x, "resourceVersion=20&") && !asks(x, "sendInitialEvents"));
    fake_head(x, 200);
    fake_bytes(&s.f, x, EVENT("ADDED", OBJECT("d", "4", "21")));
    expect(&s, "+d ");
    finish(&s);
}

static void server_without_streaming(void **state)
{
    struct seen s;
    begin(&s, false);
    fake_answer(&s.f, fake_want(&s.f, PATH), 422,
                "{\"kind\":\"Status\",\"reason\":\"Invalid\",\"message\":\"sendInitialEvents is "
                "forbidden\",\"code\":422}");
    struct kube_transfer *x = fake_want(&s.f, PATH);
    assert_true(asks(x, "limit=500") && !asks(x, "watch=1"));
    fake_answer(&s.f, x, 200, LIST("10", "next", OBJECT("a", "1", "5")));
    x = fake_want(&s.f, PATH);
    assert_true(asks(x, "continue=next"));
    /* The token expired: once more, without pages. */
    fake_answer(&s.f, x, 410, GONE);
    x = fake_want(&s.f, PATH);
    assert_false(asks(x, "limit=") || asks(x, "continue="));
    fake_answer(&s.f, x, 200, LIST("11", "", OBJECT("a", "1", "5") "," OBJECT("b", "2", "6")));
    expect(&s, "+a +b S ");
    x = fake_want(&s.f, PATH);
    assert_true(asks(x, "watch=1") && asks(x, "resourceVersion=11&"));
    finish(&s);
}

/* 410 as status and as event, with what went away meanwhile, and a replaced object. */
static void history_gone(void **state)
{
    for (int as_event = 0; as_event < 2; as_event++) {
        struct seen s;
        struct kube_transfer *x = streamed(&s, false);
        if (as_event) {
            fake_bytes(&s.f, x, EVENT("ERROR", GONE));
        } else {
            fake_end(&s.f, x, KUBE_END_DONE);
            fake_pass(&s.f, 2000);
            fake_answer(&s.f, fake_want(&s.f, PATH), 410, GONE);
        }
        fake_pass(&s.f, 3000);
        x = fake_want(&s.f, PATH);
        assert_true(asks(x, "sendInitialEvents=true"));
        fake_head(x, 200);
        fake_bytes(&s.f, x, EVENT("ADDED", OBJECT("a", "other", "15")) LIST_END("30"));
        expect(&s, "-a +a -b S ");
        assert_int_equal(s.state, KUBE_WATCH_CURRENT);
        finish(&s);
    }
}

static void throttled_keeps_its_place(void **state)
{
    struct seen s;
    fake_end(&s.f, streamed(&s, false), KUBE_END_BROKEN);
    assert_int_equal(s.state, KUBE_WATCH_STALE);
    fake_pass(&s.f, 2000);
    fake_answer(&s.f, fake_want(&s.f, PATH), 429, "Too many requests, please try again later.");
    fake_pass(&s.f, 5000);
    struct kube_transfer *x = fake_want(&s.f, PATH);
    assert_true(asks(x, "resourceVersion=10&"));
    fake_head(x, 200);
    assert_int_equal(s.state, KUBE_WATCH_CURRENT);
    finish(&s);
}

static void server_errors_for_a_minute(void **state)
{
    struct seen s;
    fake_end(&s.f, streamed(&s, false), KUBE_END_BROKEN);
    int same = 0;
    for (int i = 0; i < 40; i++) {
        while (!s.f.open)
            fake_pass(&s.f, 1000);
        struct kube_transfer *x = fake_want(&s.f, PATH);
        if (asks(x, "sendInitialEvents"))
            break;
        same++;
        fake_answer(&s.f, x, 500,
                    "{\"kind\":\"Status\",\"reason\":\"InternalError\",\"code\":500}");
    }
    assert_true(same >= 3 && same < 20);
    finish(&s);
}

#define TOO_LARGE                                                                                  \
    "{\"kind\":\"Status\",\"reason\":\"Timeout\",\"message\":\"Too large resource version: 10, "   \
    "current: 3\",\"code\":504,\"details\":{\"retryAfterSeconds\":1,\"causes\":[{\"reason\":"      \
    "\"ResourceVersionTooLarge\",\"message\":\"Too large resource version\"}]}}"

/* The server came back from a backup: versions are lower than those we know. */
static void history_replaced(void **state)
{
    for (int with_reset = 0; with_reset < 2; with_reset++) {
        struct seen s;
        fake_end(&s.f, streamed(&s, with_reset), KUBE_END_BROKEN);
        for (int i = 0; i < 3; i++) {
            while (!s.f.open)
                fake_pass(&s.f, 1000);
            struct kube_transfer *x = fake_want(&s.f, PATH);
            assert_true(asks(x, "resourceVersion=10&"));
            fake_answer(&s.f, x, 504, TOO_LARGE);
        }
        for (int i = 0; i < 2; i++) {
            while (!s.f.open)
                fake_pass(&s.f, 1000);
            struct kube_transfer *x = fake_want(&s.f, PATH);
            assert_true(asks(x, "sendInitialEvents=true"));
            fake_head(x, 200);
            fake_bytes(&s.f, x, EVENT("ADDED", OBJECT("a", "1", "2")));
            if (fake_is_open(&s.f, x))
                fake_bytes(&s.f, x, LIST_END("3"));
        }
        expect(&s, with_reset ? "~a R +a S " : "~a ~a -b S ");
        assert_int_equal(s.state, KUBE_WATCH_CURRENT);
        finish(&s);
    }
}

static void forbidden_and_unserved(void **state)
{
    struct seen s;
    begin(&s, false);
    fake_answer(&s.f, fake_want(&s.f, PATH), 403,
                "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"no\",\"code\":403}");
    assert_int_equal(s.state, KUBE_WATCH_FORBIDDEN);
    fake_pass(&s.f, 60000);
    assert_null(s.f.open);
    kube_watch_try_now(s.watch);
    fake_answer(&s.f, fake_want(&s.f, PATH), 404, "404 page not found\n");
    assert_int_equal(s.state, KUBE_WATCH_UNSERVED);
    fake_pass(&s.f, 120000);
    assert_non_null(s.f.open);
    finish(&s);
}

static void silence(void **state)
{
    struct seen s;
    struct kube_transfer *x = streamed(&s, false);
    fake_pass(&s.f, 60000);
    fake_bytes(&s.f, x, BOOKMARK("11"));
    fake_pass(&s.f, 89000);
    assert_null(x->next);
    fake_pass(&s.f, 2000);
    /* The connection answers: the stream is given more time, but not for ever. */
    fake_answer(&s.f, fake_want(&s.f, "/version"), 200, "{}");
    assert_true(fake_is_open(&s.f, x));
    fake_pass(&s.f, 91000);
    fake_answer(&s.f, fake_want(&s.f, "/version"), 200, "{}");
    assert_int_equal(s.state, KUBE_WATCH_STALE);
    x = fake_want(&s.f, PATH);
    assert_true(asks(x, "resourceVersion=11&"));
    fake_head(x, 200);
    assert_int_equal(s.state, KUBE_WATCH_CURRENT);
    /* The connection is dead. */
    fake_pass(&s.f, 91000);
    fake_want(&s.f, "/version");
    fake_pass(&s.f, 16000);
    assert_int_equal(s.state, KUBE_WATCH_STALE);
    finish(&s);
}

static void garbage(void **state)
{
    static const char *const bad[] = {
        "<html>",
        "[1]",
        "{\"type\":1}",
        "{\"type\":\"ADDED\",\"object\":7}",
        "null",
        "}",
        EVENT("ERROR", "{}"),
        EVENT("NEWS", "{}"),
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":[",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct seen s;
        struct kube_transfer *x = streamed(&s, false);
        if (fake_bytes(&s.f, x, bad[i]))
            fake_end(&s.f, x, KUBE_END_DONE);
        fake_pass(&s.f, 3000);
        expect(&s, "");
        assert_true(asks(fake_want(&s.f, PATH), "watch=1"));
        finish(&s);
    }
}

static void cluster_down_and_up(void **state)
{
    struct seen s;
    fake_end(&s.f, streamed(&s, false), KUBE_END_BROKEN);
    fake_pass(&s.f, 2000);
    fake_end(&s.f, fake_want(&s.f, PATH), KUBE_END_CONNECT);
    assert_int_equal(s.state, KUBE_WATCH_STALE);
    struct kube_cluster_status status;
    kube_cluster_status(s.f.cluster, &status);
    assert_int_equal(status.state, KUBE_STATE_DOWN);
    for (int i = 0; i < 12; i++) { /* only probes, and ever fewer */
        while (!s.f.open)
            fake_pass(&s.f, 1000);
        assert_null(s.f.open->next);
        fake_end(&s.f, fake_want(&s.f, "/version"), KUBE_END_CONNECT);
    }
    kube_cluster_status(s.f.cluster, &status);
    assert_in_range(status.next_try_ms - s.f.clock.boot_ms_now, 55000, 120000);
    kube_cluster_try_now(s.f.cluster);
    fake_answer(&s.f, fake_want(&s.f, "/version"), 200, "{}");
    assert_true(asks(fake_want(&s.f, PATH), "resourceVersion=10&"));
    finish(&s);
}

static void freed_in_its_callback(void **state)
{
    struct seen s;
    begin(&s, false);
    struct kube_transfer *x = fake_want(&s.f, PATH);
    fake_head(x, 200);
    s.free_on_event = true;
    assert_false(fake_bytes(
        &s.f, x, EVENT("ADDED", OBJECT("a", "1", "9")) EVENT("ADDED", OBJECT("b", "2", "9"))));
    expect(&s, "+a ");
    fake_clear(&s.f);
}

static void versions_compare(void **state)
{
    int order = 0;
    assert_true(kube_version_compare("9", "10", &order) && order < 0);
    assert_true(kube_version_compare("123", "123", &order) && order == 0);
    assert_false(kube_version_compare("0123", "123", &order));
    assert_false(kube_version_compare("", "1", &order));
    assert_false(kube_version_compare("abc", "1", &order));
}

RUN("watches", cmocka_unit_test(streams_and_resumes), cmocka_unit_test(server_without_streaming),
    cmocka_unit_test(history_gone), cmocka_unit_test(throttled_keeps_its_place),
    cmocka_unit_test(server_errors_for_a_minute), cmocka_unit_test(history_replaced),
    cmocka_unit_test(forbidden_and_unserved), cmocka_unit_test(silence), cmocka_unit_test(garbage),
    cmocka_unit_test(cluster_down_and_up), cmocka_unit_test(freed_in_its_callback),
    cmocka_unit_test(versions_compare))
