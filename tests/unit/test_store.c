// SPDX-License-Identifier: Apache-2.0
/* The store: what is put comes back, rules refuse, files have their modes, one process writes. */
#include "store_fixture.h"

#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct answer {
    int calls, code;
    int64_t value;
};

static void on_answer(void *ctx, const struct err *e, int64_t value)
{
    struct answer *a = ctx;
    a->calls++;
    a->code = e ? e->code : 0;
    a->value = value;
}
#define ASK(a) ((struct store_ack){on_answer, a})

static void start(struct fixture *f)
{
    fixture_dir(f);
    fixture_open(f);
}

static void finish(struct fixture *f)
{
    fixture_close(f);
    fixture_remove(f);
}

static mode_t mode_of(const char *dir, const char *name)
{
    char path[200];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void modes_and_paths(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    fixture_dir(&f);
    snprintf(f.path, sizeof(f.path), "%s/deep/er/fleet.db", f.dir);
    mode_t before = umask(0377); /* neither a wide nor a mad umask changes anything */
    f.store = fixture_try(&f, NULL, &e);
    umask(before);
    assert_non_null(f.store);
    put_fleet(f.store, STORE_NO_ACK);
    fixture_sync(&f);
    assert_int_equal(mode_of(f.dir, "deep"), 0700);
    assert_int_equal(mode_of(f.dir, "deep/er"), 0700);
    assert_int_equal(mode_of(f.dir, "deep/er/fleet.db"), 0600);
    assert_int_equal(mode_of(f.dir, "deep/er/fleet.db.lock"), 0600);
    assert_int_equal(mode_of(f.dir, "deep/er/fleet.db-wal"), 0600);
    assert_int_equal(mode_of(f.dir, "deep/er/fleet.key"), 0600);
    assert_int_equal(strlen(store_info(f.store).fleet), UUID_LEN);
    char fleet[UUID_LEN + 1];
    snprintf(fleet, sizeof(fleet), "%s", store_info(f.store).fleet);
    store_close(f.store);
    f.store = fixture_try(&f, NULL, &e);
    assert_string_equal(store_info(f.store).fleet, fleet);
    store_close(f.store);
    char cmd[200];
    snprintf(cmd, sizeof(cmd), "%s/deep/er", f.dir);
    snprintf(f.path, sizeof(f.path), "%s", f.dir);
    struct fixture inner = f;
    snprintf(inner.dir, sizeof(inner.dir), "%.50s/deep/er", f.dir);
    fixture_remove(&inner);
    snprintf(cmd, sizeof(cmd), "%s/deep", f.dir);
    rmdir(cmd);
    fixture_remove(&f);

    struct buf b;
    buf_init(&b, BUF_SMALL);
    assert_int_equal(store_default_path("../etc", &b, &e), ERR_INVALID);
    err_clear(&e);
    setenv("XDG_STATE_HOME", "/x", 1);
    assert_int_equal(store_default_path("acme", &b, &e), 0);
    assert_string_equal(buf_str(&b), "/x/leeway/acme.db");
    buf_clear(&b);
}

/* ---- what is put comes back ---- */

static int see_route(void *ctx, const struct store_route *r)
{
    struct store_route *out = ctx;
    *out = *r;
    out->replaced_by = *r->replaced_by ? "yes" : "";
    return 0;
}

static int see_cluster(void *ctx, const struct store_cluster *c)
{
    ++*(int *)ctx;
    if (strcmp(c->uid, CLUSTER) == 0)
        assert_memory_equal(c->summary.data, "{\"n\":1}", 7);
    return 0;
}

static int see_pin(void *ctx, const struct store_pin *p)
{
    struct store_pin *out = ctx;
    assert_string_equal(p->kind, "module");
    assert_string_equal(p->name, "web");
    assert_string_equal(p->version, "1.0.0");
    out->digest = p->digest;
    out->first_seen_wall_ms++;
    return 0;
}

/* What was seen first stays, until a person accepts another. */
static void pins(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    struct answer a = {0};
    struct store_pin seen = {0}, one = {"module", "web", "1.0.0", digest_sha256("1", 1), 0},
                     two = {"module", "web", "1.0.0", digest_sha256("2", 1), 0};
    start(&f);
    store_put_pin(f.store, &one, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, 0);
    assert_int_equal(a.value, 0);
    store_put_pin(f.store, &two, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.value, 1);
    assert_int_equal(store_each_pin(f.view, see_pin, &seen, &e), 0);
    assert_int_equal(seen.first_seen_wall_ms, 1);
    assert_true(digest_equal(&seen.digest, &one.digest));
    store_put_pin(f.store, &one, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.value, 0);
    store_put_pin_accepted(f.store, &two, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, 0);
    assert_int_equal(store_each_pin(f.view, see_pin, &seen, &e), 0);
    assert_true(digest_equal(&seen.digest, &two.digest));
    finish(&f);
}

static void clusters(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    struct answer a = {0};
    start(&f);
    put_fleet(f.store, STORE_NO_ACK);
    store_put_cluster_summary(f.store, CLUSTER, BYTES("{\"n\":1}"), STORE_NO_ACK);
    fixture_sync(&f);
    store_put_cluster_summary(f.store, "nobody", BYTES("{}"), ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_NOT_FOUND);
    /* the same name, another cluster: replaced, until a person confirms */
    store_put_route(f.store, "prod-eu-1", "other-uid", false, "https://x", NULL, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, 0);
    assert_int_equal(a.value, 1);
    struct store_route r = {0};
    assert_int_equal(store_each_route(f.view, see_route, &r, &e), 0);
    assert_string_equal(r.replaced_by, "yes");
    store_put_route_confirmed(f.store, "prod-eu-1", ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, 0);
    assert_int_equal(store_each_route(f.view, see_route, &r, &e), 0);
    assert_string_equal(r.replaced_by, "");
    store_put_route_confirmed(f.store, "prod-eu-1", ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_NOT_FOUND);
    int n = 0;
    assert_int_equal(store_each_cluster(f.view, see_cluster, &n, &e), 0);
    assert_int_equal(n, 2);
    finish(&f);
}

static int see_plan_row(void *ctx, const struct store_plan_row *r)
{
    struct store_plan_row *rows = ctx;
    rows[r->position] = *r;
    return 0;
}
COUNT_OF(plan_target)
COUNT_OF(journal_entry)
COUNT_OF(given)
COUNT_OF(release)

static int see_result(void *ctx, const struct store_result *r)
{
    struct store_result *results = ctx;
    results[r->position] = *r;
    return 0;
}

static void plan_and_release(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    struct answer a = {0};
    struct arena arena;
    arena_init(&arena);
    start(&f);
    put_plan(f.store, 0xab, ASK(&a)); /* before its cluster is known */
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_NOT_FOUND);
    put_fleet(f.store, STORE_NO_ACK);
    put_plan(f.store, 0xab, ASK(&a));
    put_plan(f.store, 0xab, ASK(&a)); /* again: nothing happens */
    fixture_sync(&f);
    assert_int_equal(a.code, 0);

    struct digest hash = fixture_hash(0xab), found;
    assert_int_equal(store_find_plan(f.view, "abab", &found, &e), 0);
    assert_true(digest_equal(&hash, &found));
    assert_int_equal(store_find_plan(f.view, "abac", &found, &e), ERR_NOT_FOUND);
    err_clear(&e);
    assert_int_equal(store_find_plan(f.view, "ab%'", &found, &e), ERR_INVALID);
    err_clear(&e);
    struct store_plan plan;
    assert_int_equal(store_get_plan(f.view, &hash, &arena, &plan, &e), 0);
    assert_string_equal(plan.kind, "apply");
    int n = 0;
    assert_int_equal(store_each_plan_target(f.view, &hash, count_plan_target, &n, &e), 0);
    assert_int_equal(n, 1);
    struct store_plan_row rows[3] = {0};
    assert_int_equal(store_each_plan_row(f.view, &hash, CLUSTER, see_plan_row, rows, &e), 0);
    assert_int_equal(rows[1].action, STORE_DELETE);
    struct buf body;
    buf_init(&body, BUF_SMALL);
    assert_int_equal(store_get_body(f.view, &rows[0].body_digest, &body, &e), 0);
    assert_string_equal(buf_str(&body), "{\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\"}}");
    buf_clear(&body);

    struct digest missing = fixture_hash(1);
    store_put_release(f.store, &missing, STORE_NO_BYTES, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_NOT_FOUND);
    store_put_release(f.store, &hash, BYTES("{}"), ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, 0);
    assert_int_equal(a.value, 1);
    store_put_release(f.store, &hash, BYTES("{}"), ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_CONFLICT);

    store_put_stage_opened(f.store, ENV, 1, CLUSTER, 0, STORE_NO_ACK);
    struct store_journal_entry step = {.environment = ENV,
                                       .number = 1,
                                       .cluster = CLUSTER,
                                       .step = STORE_STEP_DELETE,
                                       .position = 1,
                                       .uid = "uid-b"};
    store_put_step_opened(f.store, &step, STORE_NO_ACK);
    struct store_given b = fixture_given("b");
    store_put_given(f.store, &b, STORE_NO_ACK);
    fixture_sync(&f);
    step.uid = "";
    store_put_step_opened(f.store, &step, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_INVALID);
    n = 0;
    assert_int_equal(store_each_journal_entry(f.view, ENV, 1, true, count_journal_entry, &n, &e),
                     0);
    assert_int_equal(n, 2);

    struct store_given given = fixture_given("a");
    struct store_result r = {.environment = ENV,
                             .number = 1,
                             .cluster = CLUSTER,
                             .position = 0,
                             .state = STORE_DONE,
                             .uid = "uid-a"};
    store_put_result(f.store, &r, &given, STORE_NO_ACK);
    r.position = 1;
    store_put_result(f.store, &r, NULL, STORE_NO_ACK); /* deleted: nothing is given any more */
    fixture_sync(&f);
    r.position = 2; /* unchanged rows have no result */
    store_put_result(f.store, &r, NULL, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_NOT_FOUND);
    n = 0;
    assert_int_equal(store_each_given(f.view, ENV, CLUSTER, count_given, &n, &e), 0);
    assert_int_equal(n, 1);
    struct store_result results[3] = {0};
    assert_int_equal(store_each_result(f.view, ENV, 1, NULL, see_result, results, &e), 0);
    assert_int_equal(results[0].state, STORE_DONE);
    assert_int_equal(results[1].action, STORE_DELETE);

    struct store_release_target t = {.environment = ENV,
                                     .number = 1,
                                     .cluster = CLUSTER,
                                     .state = STORE_TARGET_HEALTHY,
                                     .attempt = 1,
                                     .reason = ""};
    store_put_release_target(f.store, &t, STORE_NO_ACK);
    store_put_release_resumed(f.store, ENV, 1, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.value, 2);
    store_put_release_state(f.store, ENV, 1, STORE_RELEASE_DONE, "", STORE_NO_ACK);
    store_put_release_resumed(f.store, ENV, 1, ASK(&a));
    store_put_release(f.store, &hash, BYTES("{}"), STORE_NO_ACK);
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_NOT_FOUND);
    n = 0;
    assert_int_equal(store_each_journal_entry(f.view, ENV, 1, true, count_journal_entry, &n, &e),
                     0);
    assert_int_equal(n, 0);
    struct store_release release;
    assert_int_equal(store_get_release(f.view, ENV, 0, &arena, &release, &e), 0);
    assert_int_equal(release.number, 2);
    n = 0;
    assert_int_equal(store_each_release(f.view, NULL, true, count_release, &n, &e), 0);
    assert_int_equal(n, 1);
    arena_clear(&arena);
    finish(&f);
}

static int see_given(void *ctx, const struct store_given *g)
{
    ++*(int *)ctx;
    assert_string_equal(g->uid, "uid-1");
    assert_int_equal(g->fieldset.len, strlen("{\"f:spec\":{\"f:replicas\":{}}}"));
    assert_memory_equal(g->leaves.data, "{\".spec.replicas\":3}", g->leaves.len);
    assert_string_equal(g->object.api_version, "apps/v1");
    return strcmp(g->object.name, "stop") == 0 ? 77 : 0;
}

static void given(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    start(&f);
    put_fleet(f.store, STORE_NO_ACK);
    const char *names[] = {"a", "b", "a"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct store_given g = fixture_given(names[i]);
        store_put_given(f.store, &g, STORE_NO_ACK);
    }
    fixture_sync(&f);
    int n = 0;
    assert_int_equal(store_each_given(f.view, NULL, NULL, see_given, &n, &e), 0);
    assert_int_equal(n, 2);
    /* the group is the identity, the version is not */
    struct store_object o = fixture_object("a");
    o.api_version = "apps/v1beta1";
    store_put_given_removed(f.store, ENV, CLUSTER, &o, STORE_NO_ACK);
    o = fixture_object("b");
    o.api_version = "v1";
    store_put_given_removed(f.store, ENV, CLUSTER, &o, STORE_NO_ACK);
    struct store_given g = fixture_given("stop");
    store_put_given(f.store, &g, STORE_NO_ACK);
    fixture_sync(&f);
    n = 0;
    assert_int_equal(store_each_given(f.view, NULL, NULL, see_given, &n, &e), 77);
    assert_int_equal(n, 2);
    finish(&f);
}

static int see_drift(void *ctx, const struct store_drift *d)
{
    struct store_drift *out = ctx;
    *out = *d;
    return 0;
}
COUNT_OF(drift)
COUNT_OF(exception)
COUNT_OF(message)

static void drift_and_answers(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    struct answer first = {0}, again = {0}, a = {0};
    start(&f);
    put_fleet(f.store, STORE_NO_ACK);
    struct store_object o = fixture_object("a");
    struct store_drift d = {.environment = ENV,
                            .cluster = CLUSTER,
                            .object = o,
                            .path = ".spec.replicas",
                            .what = "changed",
                            .first_seen_wall_ms = 100,
                            .last_seen_wall_ms = 100,
                            .owner = "kubectl",
                            .verdict = STORE_UNKNOWN};
    store_put_drift(f.store, &d, ASK(&first));
    d.last_seen_wall_ms = 200;
    d.verdict = STORE_UNEXPECTED;
    store_put_drift(f.store, &d, ASK(&again));
    fixture_sync(&f);
    assert_int_equal(first.value, again.value);
    struct store_drift seen = {0};
    assert_int_equal(store_each_drift(f.view, ENV, false, see_drift, &seen, &e), 0);
    assert_int_equal(seen.first_seen_wall_ms, 100);
    assert_int_equal(seen.last_seen_wall_ms, 200);
    assert_int_equal(seen.verdict, STORE_UNEXPECTED);
    store_put_drift_ended(f.store, ENV, CLUSTER, &o, ".spec.other", 300, STORE_NO_ACK);
    fixture_sync(&f);
    int n = 0;
    assert_int_equal(store_each_drift(f.view, ENV, false, count_drift, &n, &e), 0);
    assert_int_equal(n, 1);
    store_put_drift_ended(f.store, ENV, CLUSTER, &o, NULL, 300, STORE_NO_ACK);
    store_put_drift(f.store, &d, ASK(&again));
    fixture_sync(&f);
    assert_int_not_equal(first.value, again.value);
    n = 0;
    assert_int_equal(store_each_drift(f.view, NULL, true, count_drift, &n, &e), 0);
    assert_int_equal(n, 2);

    char uuid[UUID_LEN + 1];
    struct store_exception x = {.environment = ENV,
                                .object = o,
                                .path = ".spec.replicas",
                                .matches = "6",
                                .reason = "load test"};
    store_put_exception(f.store, &x, uuid, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, 0);
    x.reason = "";
    store_put_exception(f.store, &x, NULL, ASK(&a)); /* a reason is due */
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_INVALID);
    store_put_exception_ended(f.store, uuid, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, 0);
    n = 0;
    assert_int_equal(store_each_exception(f.view, ENV, false, count_exception, &n, &e), 0);
    assert_int_equal(n, 0);
    finish(&f);
}

static int see_message(void *ctx, const struct store_message *m)
{
    *(int64_t *)ctx += m->count;
    return 0;
}

static void leases_audit_messages(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    struct answer a = {0};
    struct arena arena;
    arena_init(&arena);
    start(&f);
    int64_t now = clock_boot_ms(clock_system());
    struct store_lease l = {"target/x", "host 1", "boot-1", now + 60000};
    store_put_lease(f.store, &l, STORE_NO_ACK);
    l.holder = "host 2";
    store_put_lease(f.store, &l, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_CONFLICT);
    l.boot = "boot-2"; /* the lease of another boot is void */
    store_put_lease(f.store, &l, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, 0);
    struct store_lease held;
    assert_int_equal(store_get_lease(f.view, "target/x", &arena, &held, &e), 0);
    assert_string_equal(held.holder, "host 2");
    store_put_lease_dropped(f.store, "target/x", "host 2", STORE_NO_ACK);
    fixture_sync(&f);
    assert_int_equal(store_get_lease(f.view, "target/x", &arena, &held, &e), ERR_NOT_FOUND);
    err_clear(&e);

    for (int i = 0; i < 5; i++)
        store_put_audit(f.store, BYTES("{}"), "accept", i % 2 ? "a" : "b", BYTES("{}"), ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.value, 5);
    int64_t rows;
    struct digest head;
    assert_int_equal(store_check_audit(f.view, &rows, &head, &e), 0);
    assert_int_equal(rows, 5);

    for (int i = 0; i < 3; i++)
        store_put_message(f.store, STORE_MESSAGE_WARNING, "prod", "same", STORE_NO_ACK);
    store_put_message(f.store, STORE_MESSAGE_WARNING, "prod", "other", STORE_NO_ACK);
    fixture_sync(&f);
    int64_t folded = 0;
    int n = 0;
    assert_int_equal(store_each_message(f.view, 0, see_message, &folded, &e), 0);
    assert_int_equal(store_each_message(f.view, 0, count_message, &n, &e), 0);
    assert_int_equal(folded, 4);
    assert_int_equal(n, 2);
    char text[32];
    for (int i = 0; i < STORE_MAX_MESSAGES + 20; i++) {
        snprintf(text, sizeof(text), "m%d", i);
        store_put_message(f.store, STORE_MESSAGE_INFO, "x", text, STORE_NO_ACK);
    }
    fixture_sync(&f);
    n = 0;
    assert_int_equal(store_each_message(f.view, 0, count_message, &n, &e), 0);
    assert_int_equal(n, STORE_MAX_MESSAGES);
    arena_clear(&arena);
    finish(&f);
}

/* ---- keeping ---- */

static void collect(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    struct answer a = {0};
    struct clock_fake clock;
    clock_fake_init(&clock, 0, 1000LL * 24 * 3600 * 1000);
    fixture_dir(&f);
    struct store_options o = {.path = f.path, .clock = &clock.clock};
    f.store = store_open(&o, &e);
    f.view = store_view_open(f.store, &e);
    put_fleet(f.store, STORE_NO_ACK);
    put_plan(f.store, 1, STORE_NO_ACK);
    struct store_given g = fixture_given("a");
    store_put_given(f.store, &g, STORE_NO_ACK);
    clock_fake_advance(&clock, 91LL * 24 * 3600 * 1000);
    store_put_collected(f.store, ASK(&a)); /* an old plan that was never released */
    fixture_sync(&f);
    assert_int_equal(a.code, 0);
    assert_int_equal(a.value, 1);
    int n = 0;
    assert_int_equal(store_each_given(f.view, NULL, NULL, see_given, &n, &e), 0);
    assert_int_equal(n, 1);

    put_plan(f.store, 2, STORE_NO_ACK);
    struct digest hash = fixture_hash(2);
    store_put_release(f.store, &hash, STORE_NO_BYTES, STORE_NO_ACK);
    store_put_release_state(f.store, ENV, 1, STORE_RELEASE_DONE, "", STORE_NO_ACK);
    clock_fake_advance(&clock, 400LL * 24 * 3600 * 1000);
    store_put_collected(f.store, ASK(&a)); /* of the last ten releases */
    fixture_sync(&f);
    assert_int_equal(a.value, 0);
    static const char json[] = "{\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\"}}";
    struct digest body = digest_sha256(json, sizeof(json) - 1);
    struct buf out;
    buf_init(&out, BUF_SMALL);
    assert_int_equal(store_get_body(f.view, &body, &out, &e), 0);
    buf_clear(&out);
    finish(&f);
}

static void backup_and_check(void **state)
{
    struct fixture f, copy;
    struct err e = ERR_INIT;
    struct store_report report;
    struct buf out;
    buf_init(&out, BUF_SMALL);
    start(&f);
    put_fleet(f.store, STORE_NO_ACK);
    store_put_audit(f.store, BYTES("{}"), "accept", "a", BYTES("{}"), STORE_NO_ACK);
    fixture_sync(&f);
    fixture_dir(&copy);
    assert_int_equal(store_backup(f.path, copy.path, &e), 0); /* while it is open */
    assert_int_equal(store_backup(f.path, copy.path, &e), ERR_EXISTS);
    err_clear(&e);
    assert_int_equal(mode_of(copy.dir, "fleet.db"), 0600);
    assert_int_equal(store_check(copy.path, &report, &out, &e), 0);
    assert_true(report.ok);
    assert_true(report.key_lost); /* the key is not in backups */
    assert_int_equal(report.audit_rows, 1);
    finish(&f);
    fixture_remove(&copy);
    buf_clear(&out);
}

static void secrets(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    struct digest a, b;
    start(&f);
    assert_true(store_secret_hmac(f.store, "hunter2", 7, &a));
    fixture_close(&f);
    fixture_open(&f);
    assert_true(store_secret_hmac(f.store, "hunter2", 7, &b));
    assert_true(digest_equal(&a, &b));
    fixture_close(&f);
    char key[200];
    snprintf(key, sizeof(key), "%s/fleet.key", f.dir);
    assert_int_equal(chmod(key, 0644), 0);
    assert_null(fixture_try(&f, NULL, &e));
    assert_int_equal(e.code, ERR_FORBIDDEN);
    err_clear(&e);
    unlink(key);
    fixture_open(&f); /* lost is lost: it is not made anew in silence */
    assert_true(store_secret_key_lost(f.store));
    assert_false(store_secret_hmac(f.store, "hunter2", 7, &b));
    assert_int_equal(store_secret_new_key(f.store, &e), 0);
    assert_true(store_secret_hmac(f.store, "hunter2", 7, &b));
    assert_false(digest_equal(&a, &b));
    finish(&f);
}

/* ---- one process writes ---- */

static int in_child(int (*fn)(struct fixture *), struct fixture *f)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(fn(f));
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int second_writer(struct fixture *f)
{
    struct err e = ERR_INIT;
    char pid[32];
    if (fixture_try(f, NULL, &e))
        return 1;
    snprintf(pid, sizeof(pid), "(pid %ld)", (long)getppid());
    bool named = e.code == ERR_BUSY && strstr(e.text, pid) && strstr(e.text, "leeway test");
    err_clear(&e);
    return named ? 0 : 2;
}

static void two_processes(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    fixture_dir(&f);
    f.store = fixture_try(&f, NULL, &e);
    assert_non_null(f.store);
    assert_int_equal(in_child(second_writer, &f), 0);
    char link[120];
    snprintf(link, sizeof(link), "%s/other.db", f.dir);
    struct fixture by_link = f;
    assert_int_equal(symlink(f.path, link), 0);
    snprintf(by_link.path, sizeof(by_link.path), "%.90s", link);
    assert_int_equal(in_child(second_writer, &by_link), 0); /* another name is no other store */

    /* a spectator of another process follows */
    int ready[2], go[2];
    assert_int_equal(pipe(ready) | pipe(go), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        struct store_options o = {.path = f.path, .spectator = true};
        struct store *s = store_open(&o, &e);
        struct store_view *v = s ? store_view_open(s, &e) : NULL;
        if (!v || store_view_changed(v) || write(ready[1], "r", 1) != 1 || read(go[0], &c, 1) != 1)
            _exit(1);
        struct answer a = {0};
        store_put_route_confirmed(s, "x", ASK(&a));
        store_dispatch(s);
        int n = 0;
        bool changed = store_view_changed(v) && !store_view_changed(v);
        int rc = store_each_given(v, NULL, NULL, see_given, &n, &e);
        _exit(changed && rc == 0 && n == 1 && a.code == ERR_FORBIDDEN ? 0 : 2);
    }
    char c;
    assert_int_equal(read(ready[0], &c, 1), 1);
    put_fleet(f.store, STORE_NO_ACK);
    struct store_given g = fixture_given("a");
    store_put_given(f.store, &g, STORE_NO_ACK);
    fixture_sync(&f);
    assert_int_equal(write(go[1], "g", 1), 1);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(go[i]);
    }
    store_close(f.store);
    f.store = fixture_try(&f, NULL, &e); /* the lock is free again */
    assert_non_null(f.store);
    store_close(f.store);
    fixture_remove(&f);
}

static void lock_is_handed_over(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    fixture_dir(&f);
    f.store = fixture_try(&f, NULL, &e);
    int fd = dup(store_lock_fd(f.store));
    store_close_handed_over(f.store);
    assert_null(fixture_try(&f, NULL, &e)); /* nobody can come in between */
    assert_int_equal(e.code, ERR_BUSY);
    err_clear(&e);
    struct store_options o = {
        .path = f.path, .program = "leeway reconcile", .inherited_lock = true, .lock_fd = fd};
    f.store = store_open(&o, &e);
    assert_non_null(f.store);
    store_close(f.store);
    f.store = fixture_try(&f, NULL, &e);
    assert_non_null(f.store);
    o.lock_fd = open("/dev/null", O_RDWR);
    assert_null(store_open(&o, &e));
    err_clear(&e);
    store_close(f.store);
    fixture_remove(&f);
}

static void distrusted_file_system(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    fixture_dir(&f);
    struct store_options o = {.path = f.path, .distrust_file_system = true};
    f.store = store_open(&o, &e);
    assert_non_null(f.store);
    assert_int_equal(store_info(f.store).journal, STORE_ROLLBACK);
    f.view = store_view_open(f.store, &e);
    assert_non_null(f.view);
    put_fleet(f.store, STORE_NO_ACK);
    struct store_given g = fixture_given("a");
    store_put_given(f.store, &g, STORE_NO_ACK);
    fixture_sync(&f);
    assert_true(store_view_changed(f.view));
    assert_false(store_view_changed(f.view));
    int n = 0;
    assert_int_equal(store_each_given(f.view, NULL, NULL, see_given, &n, &e), 0);
    assert_int_equal(n, 1);
    o.spectator = true;
    assert_null(store_open(&o, &e));
    assert_int_equal(e.code, ERR_UNSUPPORTED);
    err_clear(&e);
    finish(&f);
}

/* ---- what can be wrong with a file ---- */

static void damaged(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    struct store_report report;
    struct buf out;
    buf_init(&out, BUF_SMALL);
    start(&f);
    put_fleet(f.store, STORE_NO_ACK);
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof(name), "n%d", i);
        struct store_given g = fixture_given(name);
        store_put_given(f.store, &g, STORE_NO_ACK);
    }
    fixture_sync(&f);
    fixture_close(&f);
    struct stat st;
    assert_int_equal(stat(f.path, &st), 0);
    int fd = open(f.path, O_RDWR);
    char junk[4096];
    memset(junk, 0xa5, sizeof(junk));
    for (off_t at = 4096; at < st.st_size; at += 8192)
        assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
    assert_null(fixture_try(&f, NULL, &e));
    assert_int_equal(e.code, ERR_CORRUPT);
    assert_string_equal(e.source, f.path);
    assert_non_null(e.hint);
    err_clear(&e);
    assert_int_equal(store_check(f.path, &report, &out, &e), 0);
    assert_false(report.ok);
    assert_true(out.len > 0);
    assert_int_equal(pwrite(fd, junk, 100, 0), 100); /* not even a database any more */
    assert_null(fixture_try(&f, NULL, &e));
    assert_int_equal(e.code, ERR_CORRUPT);
    err_clear(&e);
    close(fd);
    buf_clear(&out);
    fixture_remove(&f);
}

static void full_by_limit(void **state)
{
    struct fixture f;
    struct answer a = {0};
    struct rlimit before, small;
    start(&f);
    put_fleet(f.store, STORE_NO_ACK);
    fixture_sync(&f);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 256 * 1024;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    char *big = mem_zalloc(600 * 1024);
    for (size_t i = 0; i < 600 * 1024; i++)
        big[i] = (char)((i * 2654435761u) >> 13);
    store_put_cluster_summary(f.store, CLUSTER, (struct store_bytes){big, 600 * 1024}, ASK(&a));
    fixture_sync(&f);
    assert_int_not_equal(a.code, 0);
    assert_true(a.code == ERR_IO || a.code == ERR_LIMIT);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    store_put_cluster_summary(f.store, CLUSTER, (struct store_bytes){big, 600 * 1024}, ASK(&a));
    fixture_sync(&f);
    assert_int_equal(a.code, 0); /* it goes on as soon as there is room */
    mem_free(big);
    finish(&f);
}

static void too_large(void **state)
{
    struct fixture f;
    struct answer a = {0}, b = {0};
    start(&f);
    put_fleet(f.store, STORE_NO_ACK);
    size_t len = STORE_MAX_BYTES + 1;
    char *big = mem_zalloc(len);
    store_put_cluster_summary(f.store, CLUSTER, (struct store_bytes){big, len}, ASK(&a));
    store_put_cluster_summary(f.store, CLUSTER, BYTES("x"), ASK(&b));
    mem_free(big);
    fixture_sync(&f);
    assert_int_equal(a.code, ERR_LIMIT);
    assert_int_equal(b.code, 0);
    finish(&f);
}

/* Answers come on the loop, in order, and none is lost. */
static void on_loop(void **state)
{
    struct fixture f;
    struct err e = ERR_INIT;
    struct answer a = {0};
    struct loop *loop = loop_new(clock_system(), &e);
    start(&f);
    assert_int_equal(store_attach(f.store, loop, &e), 0);
    put_fleet(f.store, STORE_NO_ACK);
    for (int i = 0; i < 500; i++)
        store_put_audit(f.store, BYTES("{}"), "x", "y", STORE_NO_BYTES, ASK(&a));
    for (int turns = 0; a.calls < 500 && turns < 2000; turns++)
        loop_run_once(loop, 1000);
    assert_int_equal(a.calls, 500);
    assert_int_equal(a.value, 500);
    store_detach(f.store);
    finish(&f);
    loop_free(loop);
}

RUN("store", cmocka_unit_test(modes_and_paths), cmocka_unit_test(clusters), cmocka_unit_test(pins),
    cmocka_unit_test(plan_and_release), cmocka_unit_test(given),
    cmocka_unit_test(drift_and_answers), cmocka_unit_test(leases_audit_messages),
    cmocka_unit_test(collect), cmocka_unit_test(backup_and_check), cmocka_unit_test(secrets),
    cmocka_unit_test(two_processes), cmocka_unit_test(lock_is_handed_over),
    cmocka_unit_test(distrusted_file_system), cmocka_unit_test(damaged),
    cmocka_unit_test(full_by_limit), cmocka_unit_test(too_large), cmocka_unit_test(on_loop))
