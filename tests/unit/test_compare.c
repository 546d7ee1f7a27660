// SPDX-License-Identifier: Apache-2.0
/* Comparing: rows folded over clusters, replaced objects, secrets, two environments; releases of
 * the store, and one whose objects are not kept any more. */
#include "release_fake.h"

#include "data/json.h"
#include "engine/answers/compare_rows.h"

#include <sqlite3.h>

/* ---- rows ---- */

static struct plan *plan_of(const char *environment)
{
    struct plan *p = plan_new();
    p->namespace_ = plan_str(p, environment);
    return p;
}

static struct plan_row *put(struct plan *p, struct plan_target *t, const char *kind,
                            const char *name, const char *body)
{
    struct err e = ERR_INIT;
    struct plan_row *r = plan_add_row(p, t);
    r->group = "";
    r->version = r->api_version = "v1";
    r->kind = kind;
    r->namespace_ = p->namespace_;
    r->name = name;
    r->where = "a.yaml:1";
    r->action = LEEWAY_ACTION_UPDATE;
    r->body = json_read(&p->pool, body, strlen(body), NULL, &e);
    assert_non_null(r->body);
    return r;
}

static const struct leeway_compare_row *find(const struct compare_rows *r, const char *name,
                                             const char *path)
{
    for (size_t i = 0; i < r->rows.len; i++)
        if (strcmp(r->rows.items[i].name.str, name) == 0 &&
            strcmp(r->rows.items[i].path.str, path) == 0)
            return &r->rows.items[i];
    return NULL;
}

static void row_is(const struct compare_rows *r, const char *name, const char *path, const char *a,
                   const char *b, int on)
{
    const struct leeway_compare_row *x = find(r, name, path);
    if (!x)
        fail_msg("no row %s %s", name, path);
    assert_string_equal(x->a.str, a);
    assert_string_equal(x->b.str, b);
    assert_int_equal(x->on, on);
}

static void compare_all(struct compare_rows *r, struct plan *a, const char *env_a, struct plan *b,
                        const char *env_b)
{
    struct err e = ERR_INIT;
    const struct compare_side x = {a, env_a, env_a, false}, y = {b, env_b, env_b, true};
    for (size_t i = 0; i < b->targets.len; i++)
        assert_int_equal(compare_targets(r, &x, a->targets.items[i], &y, b->targets.items[i],
                                         (struct compare_place){i ? "c2" : "c1", i + 1}, &e),
                         0);
    compare_rows_sort(r);
}

static void it_folds_over_clusters(void **state)
{
    struct plan *a = plan_of("shop"), *b = plan_of("shop");
    struct compare_rows r;
    compare_rows_init(&r, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        struct plan_target *at = plan_add_target(a), *bt = plan_add_target(b);
        put(a, at, "ConfigMap", "conf", "{\"data\":{\"v\":\"1\",\"w\":\"1\"}}");
        put(b, bt, "ConfigMap", "conf",
            i ? "{\"data\":{\"v\":\"2\",\"w\":\"3\"}}" : "{\"data\":{\"v\":\"2\",\"w\":\"2\"}}");
        put(a, at, "ConfigMap", "went", "{}");
        put(a, at, "ConfigMap", "same", "{\"data\":{\"v\":\"1\"}}");
        put(b, bt, "ConfigMap", "same", "{\"data\":{\"v\":\"1\"}}");
        put(a, at, "Job", "migrate", "{}");
        put(b, bt, "Job", "migrate", "{}")->action = LEEWAY_ACTION_REPLACE;
        put(b, bt, "ConfigMap", "gone-there", "{}")->action = LEEWAY_ACTION_DELETE;
        if (i)
            put(b, bt, "ConfigMap", "came", "{}");
    }
    compare_all(&r, a, "shop", b, "shop");
    row_is(&r, "conf", ".data.v", "1", "2", 2);
    row_is(&r, "went", "", "there", "deleted", 2);
    row_is(&r, "came", "", "-", "created", 1);
    row_is(&r, "migrate", "", "there", "replaced", 2);
    assert_string_equal(find(&r, "came", "")->cluster.str, "c2");
    assert_null(find(&r, "same", ".data.v"));
    assert_null(find(&r, "gone-there", ""));
    size_t w = 0; /* what is not alike is not folded */
    for (size_t i = 0; i < r.rows.len; i++)
        w += strcmp(r.rows.items[i].path.str, ".data.w") == 0 && r.rows.items[i].on == 1;
    assert_int_equal(w, 2);
    assert_int_equal(r.rows.len, 6);
    compare_rows_clear(&r);
    plan_free(a);
    plan_free(b);
}

static bool hmac(void *ctx, const void *value, size_t len, struct digest *out)
{
    *out = digest_sha256(value, len);
    return true;
}

static void secrets_are_told_apart(void **state)
{
    struct plan *a = plan_of("shop"), *b = plan_of("shop");
    struct compare_rows r;
    compare_rows_init(&r, hmac, NULL);
    put(a, plan_add_target(a), "Secret", "key", "{\"data\":{\"p\":\"hunter2\"}}");
    put(b, plan_add_target(b), "Secret", "key", "{\"data\":{\"p\":\"hunter3\"}}");
    compare_all(&r, a, "shop", b, "shop");
    assert_int_equal(r.rows.len, 1);
    const struct leeway_compare_row *x = &r.rows.items[0];
    assert_true(x->secret);
    assert_null(strstr(x->a.str, "hunter"));
    assert_null(strstr(x->b.str, "hunter"));
    assert_string_not_equal(x->a.str, x->b.str);
    compare_rows_clear(&r);
    plan_free(a);
    plan_free(b);
}

static void names_of_two_environments_are_no_difference(void **state)
{
    struct plan *a = plan_of("shop-dev"), *b = plan_of("shop-prod");
    struct compare_rows r;
    compare_rows_init(&r, NULL, NULL);
    struct plan_target *at = plan_add_target(a), *bt = plan_add_target(b);
    put(a, at, "ConfigMap", "shop-dev-web",
        "{\"metadata\":{\"name\":\"shop-dev-web\"},\"data\":{\"url\":\"http://shop-dev-db\",\"n\":"
        "\"1\"}}");
    put(b, bt, "ConfigMap", "shop-prod-web",
        "{\"metadata\":{\"name\":\"shop-prod-web\"},\"data\":{\"url\":\"http://shop-prod-db\","
        "\"n\":\"2\"}}");
    put(a, at, "ConfigMap", "shop-developers", "{}");
    put(b, bt, "ConfigMap", "shop-producers", "{}");
    compare_all(&r, a, "shop-dev", b, "shop-prod");
    row_is(&r, "shop-prod-web", ".data.n", "1", "2", 1);
    row_is(&r, "shop-developers", "", "there", "-", 1);
    row_is(&r, "shop-producers", "", "-", "there", 1);
    assert_int_equal(r.rows.len, 3);
    compare_rows_clear(&r);
    plan_free(a);
    plan_free(b);
}

static void there_is_an_end(void **state)
{
    struct compare_rows r;
    struct arena a;
    arena_init(&a);
    compare_rows_init(&r, NULL, NULL);
    for (int i = 0; i < LEEWAY_COMPARE_ROWS + 3; i++) {
        struct leeway_compare_row row = {.environment = TEXT_NONE,
                                         .api_version = TEXT_NONE,
                                         .object_kind = TEXT_NONE,
                                         .namespace_ = TEXT_NONE,
                                         .name = text_fmt(&a, "%d", i),
                                         .path = TEXT_NONE,
                                         .a = TEXT_NONE,
                                         .b = TEXT_NONE,
                                         .cluster = TEXT_NONE};
        compare_put(&r, &row);
        compare_put(&r, &row);
    }
    assert_int_equal(r.rows.len, LEEWAY_COMPARE_ROWS);
    assert_true(r.more);
    assert_int_equal(r.rows.items[LEEWAY_COMPARE_ROWS - 1].on, 2);
    compare_rows_clear(&r);
    arena_clear(&a);
}

/* ---- releases ---- */

static struct leeway_event *compare(struct play *p, const char *a, const char *b)
{
    const char *const sides[] = {a, b};
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_COMPARE, .subjects = sides, .n_subjects = 2};
    return play_do(p, &c);
}

static void refused(struct leeway_event *ev, const char *words)
{
    assert_int_equal(ev->kind, LEEWAY_EVENT_FAILED);
    if (!strstr(ev->err.text, words))
        fail_msg("%s", ev->err.text);
    leeway_event_free(ev);
}

static void forget_bodies(struct play *p)
{
    sqlite3 *db;
    struct err e = ERR_INIT;
    assert_int_equal(store_sync(p->w.e->store, &e), 0);
    assert_int_equal(sqlite3_open(p->w.store.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DELETE FROM blob WHERE digest IN (SELECT body FROM plan_row pr "
                                  "JOIN plan_target pt ON pt.id=pr.plan_target WHERE pt.plan IN "
                                  "(SELECT plan FROM release WHERE number=1))",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
}

static void two_releases(void **state)
{
    struct play p;
    play_init(&p);
    FOLDER(&p, "conf=1", "went=1");
    play_done(play_release(&p));
    FOLDER(&p, "conf=2");
    play_done(play_release(&p));
    struct leeway_event *ev = compare(&p, "shop@r1", "shop");
    assert_int_equal(ev->kind, LEEWAY_EVENT_COMPARE);
    assert_string_equal(ev->compare->a.str, "r1");
    assert_string_equal(ev->compare->b.str, "r2");
    assert_int_equal(ev->compare->n_rows, 2);
    assert_string_equal(ev->compare->rows[0].path.str, ".data.v");
    assert_int_equal(ev->compare->rows[1].kind, LEEWAY_COMPARE_DELETED);
    assert_int_equal(ev->compare->clusters, 1);
    leeway_event_free(ev);
    refused(compare(&p, "shop@r7", "shop"), "there is no release r7 of shop");
    refused(compare(&p, "shop@r0", "shop"), "is no release");
    refused(compare(&p, "shop", "cluster/nowhere"), "there is no cluster nowhere");
    forget_bodies(&p);
    refused(compare(&p, "shop@r1", "shop"), "what r1 of shop gave is not kept any more");
    play_clear(&p);
}

RUN("compare", cmocka_unit_test(it_folds_over_clusters), cmocka_unit_test(secrets_are_told_apart),
    cmocka_unit_test(names_of_two_environments_are_no_difference),
    cmocka_unit_test(there_is_an_end), cmocka_unit_test(two_releases))
