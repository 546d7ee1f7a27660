// SPDX-License-Identifier: Apache-2.0
/* Plans as records: sets, masks, comparison, rules, hash, view. */
#include "unit.h"

#include "data/json.h"
#include "engine/apply/applyset.h"
#include "engine/plan/plan_int.h"

static const struct val *read(struct val_pool *p, const char *text)
{
    struct err e = ERR_INIT;
    const struct val *v = json_read(p, text, strlen(text), NULL, &e);
    if (!v)
        fail_msg("%s in %s", e.text, text);
    return v;
}

static bool toy_hmac(void *ctx, const void *value, size_t len, struct digest *out)
{
    *out = digest_hmac_sha256("key", 3, value, len);
    return !ctx || *(bool *)ctx;
}

/* ---- sets ---- */

static void test_set_id(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    assert_string_equal(applyset_id(&a, "my-set", "test", "Secret", ""),
                        "applyset-0eFHV8ySqp7XoShsGvyWFQD3s96yqwHmzc4e0HR1dsY-v1");
    arena_clear(&a);
}

static void test_set_parent(void **state)
{
    (void)state;
    struct val_pool p;
    struct applyset_scope scope, back;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    applyset_scope_init(&scope);
    applyset_scope_init(&back);
    applyset_scope_add(&scope, "apps", "Deployment", "blue");
    applyset_scope_add(&scope, "", "ConfigMap", "blue");
    applyset_scope_add(&scope, "", "ConfigMap", "green");
    applyset_scope_add(&scope, "", "ConfigMap", "blue");
    applyset_scope_add(&scope, "", "Namespace", "");
    const struct val *v = applyset_parent(&p, "shop", "blue", "leeway/1", &scope, "packed", 6);
    const struct val *notes = val_at(v, "metadata", "annotations", NULL);
    assert_string_equal(val_str(val_get(notes, APPLYSET_KINDS), ""),
                        "ConfigMap,Deployment.apps,Namespace");
    assert_string_equal(val_str(val_get(notes, APPLYSET_NAMESPACES), ""), "green");
    assert_non_null(val_at(v, "data", "release", NULL));
    const char *id = applyset_id(&p.arena, "leeway-shop", "blue", "Secret", "");
    assert_int_equal(applyset_read(v, id, "blue", &back, &e), 0);
    assert_true(applyset_scope_equal(&scope, &back));
    /* another tool's, another set's, and none at all */
    const struct val *theirs =
        read(&p, "{\"metadata\":{\"name\":\"leeway-shop\",\"annotations\":{"
                 "\"applyset.kubernetes.io/tooling\":\"kubectl/v1.37.2\"}}}");
    assert_int_equal(applyset_read(theirs, id, "blue", &back, &e), ERR_CONFLICT);
    assert_non_null(strstr(e.text, "kubectl/v1.37.2"));
    err_clear(&e);
    assert_int_equal(applyset_read(v, "applyset-x-v1", "blue", &back, &e), ERR_CONFLICT);
    err_clear(&e);
    applyset_scope_clear(&back);
    assert_int_equal(applyset_read(NULL, id, "blue", &back, &e), 0);
    assert_int_equal(back.kinds.len, 0);
    applyset_scope_clear(&scope);
    val_pool_clear(&p);
}

static void test_set_kinds(void **state)
{
    (void)state;
    struct arena a;
    const char *group, *kind;
    arena_init(&a);
    assert_true(applyset_split_kind(&a, "Deployment.apps", &group, &kind));
    assert_string_equal(group, "apps");
    assert_string_equal(kind, "Deployment");
    assert_true(applyset_split_kind(&a, "Pod", &group, &kind));
    assert_string_equal(group, "");
    assert_false(applyset_split_kind(&a, ".apps", &group, &kind));
    assert_false(applyset_split_kind(&a, "Pod.", &group, &kind));
    arena_clear(&a);
}

/* ---- bodies ---- */

#define SECRET                                                                                     \
    "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},\"data\":{\"p\":"    \
    "\"aHVudGVyMg==\"}}"

static void test_mask(void **state)
{
    (void)state;
    struct val_pool p;
    struct buf text;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    buf_init(&text, BUF_SMALL);
    const struct val *full = read(&p, SECRET);
    const struct val *masked = plan_body_masked(&p, full, toy_hmac, NULL);
    json_write(&text, masked, JSON_CANONICAL);
    assert_null(strstr(buf_str(&text), "aHVudGVyMg"));
    assert_true(plan_body_has_marks(masked));
    assert_true(val_equal(plan_body_masked(&p, masked, toy_hmac, NULL), masked));
    const struct val *again = plan_body_unmasked(&p, masked, full, toy_hmac, NULL, &e);
    assert_true(val_equal(again, full));
    const struct val *other = read(&p, "{\"data\":{\"p\":\"b3RoZXI=\"}}");
    assert_null(plan_body_unmasked(&p, masked, other, toy_hmac, NULL, &e));
    assert_int_equal(e.code, ERR_MOVED);
    err_clear(&e);
    assert_null(plan_body_unmasked(&p, masked, NULL, toy_hmac, NULL, &e));
    err_clear(&e);
    buf_clear(&text);
    val_pool_clear(&p);
}

static void test_label(void **state)
{
    (void)state;
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = plan_body_with_label(&p, read(&p, "{\"kind\":\"X\"}"), "a", "b");
    assert_true(val_str_is(val_at(v, "metadata", "labels", "a", NULL), "b"));
    v = plan_body_with_label(&p, v, "c", "d");
    assert_true(val_str_is(val_at(v, "metadata", "labels", "a", NULL), "b"));
    val_pool_clear(&p);
}

/* ---- comparison ---- */

#define ENTRY(manager, op, fields)                                                                 \
    "{\"manager\":\"" manager "\",\"operation\":\"" op                                             \
    "\",\"apiVersion\":\"v1\",\"time\":\"2026-01-01T00:00:00Z\",\"fieldsType\":\"FieldsV1\","      \
    "\"fieldsV1\":" fields "}"
#define MAP(data, managed)                                                                         \
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\",\"uid\":\"u1\","   \
    "\"resourceVersion\":\"7\",\"managedFields\":[" managed "]},\"data\":" data "}"
#define DATA(fields) "{\"f:data\":{" fields "}}"

struct compared {
    struct plan *plan;
    struct plan_row *row;
};

static struct compared compare(const char *live, const char *would)
{
    struct compared c = {.plan = plan_new()};
    struct plan_target *t = plan_add_target(c.plan);
    struct err e = ERR_INIT;
    c.row = plan_add_row(c.plan, t);
    c.row->api_version = "v1";
    c.row->kind = "ConfigMap";
    c.row->name = "m";
    struct plan_compare x = {.plan = c.plan,
                             .row = c.row,
                             .live = live ? read(&c.plan->pool, live) : NULL,
                             .would = would ? read(&c.plan->pool, would) : NULL,
                             .hmac = toy_hmac};
    if (plan_compare(&x, &e))
        fail_msg("%s", e.text);
    return c;
}

static void field_is(const struct plan_row *r, size_t i, const char *path, const char *before,
                     const char *after, const char *note)
{
    assert_true(i < r->fields.len);
    assert_string_equal(r->fields.items[i].path, path);
    assert_string_equal(r->fields.items[i].before, before);
    assert_string_equal(r->fields.items[i].after, after);
    assert_string_equal(r->fields.items[i].note, note);
}

static void test_as_is(void **state)
{
    (void)state;
    const char *live = MAP("{\"a\":\"1\"}", ENTRY("leeway", "Apply", DATA("\"f:a\":{}")));
    struct compared c = compare(live, live);
    assert_int_equal(c.row->action, LEEWAY_ACTION_AS_IS);
    assert_string_equal(c.row->uid, "u1");
    plan_free(c.plan);
    /* equal values that are not ours yet are a change: they become ours */
    c = compare(MAP("{\"a\":\"1\"}", ENTRY("kubectl", "Update", DATA("\"f:a\":{}"))),
                MAP("{\"a\":\"1\"}", ENTRY("kubectl", "Update", DATA("\"f:a\":{}")) "," ENTRY(
                                         "leeway", "Apply", DATA("\"f:a\":{}"))));
    assert_int_equal(c.row->action, LEEWAY_ACTION_UPDATE);
    assert_int_equal(c.row->fields.len, 0);
    assert_string_equal(c.row->detail, "no value changes: 1 field becomes ours");
    plan_free(c.plan);
    /* what was lost is named */
    c = compare(
        MAP("{\"a\":\"1\",\"b\":\"2\"}", ENTRY("leeway", "Apply", DATA("\"f:a\":{}")) "," ENTRY(
                                             "kubectl", "Update", DATA("\"f:b\":{}"))),
        MAP("{\"a\":\"1\",\"b\":\"2\"}",
            ENTRY("leeway", "Apply", DATA("\"f:a\":{},\"f:b\":{}")) "," ENTRY("kubectl", "Update",
                                                                              DATA("\"f:b\":{}"))));
    assert_int_equal(c.row->action, LEEWAY_ACTION_UPDATE);
    assert_int_equal(c.row->fields.len, 1);
    field_is(c.row, 0, ".data.b", "2", "2", "the value stays, it is owned again");
    plan_free(c.plan);
}

static void test_create(void **state)
{
    (void)state;
    struct compared c =
        compare(NULL, MAP("{\"a\":\"1\"}", ENTRY("leeway", "Apply", DATA("\"f:a\":{}"))));
    assert_int_equal(c.row->action, LEEWAY_ACTION_CREATE);
    assert_string_equal(c.row->uid, "");
    plan_free(c.plan);
}

static void test_leavers(void **state)
{
    (void)state;
    const char *live =
        MAP("{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\",\"d\":\"4\"}",
            ENTRY("leeway", "Apply", DATA("\"f:a\":{},\"f:b\":{},\"f:c\":{},\"f:d\":{}")) "," ENTRY(
                "kubectl-edit", "Update", DATA("\"f:c\":{}")));
    const char *would = MAP("{\"a\":\"1\",\"c\":\"3\",\"d\":\"0\"}",
                            ENTRY("leeway", "Apply", DATA("\"f:a\":{}")) "," ENTRY(
                                "kubectl-edit", "Update", DATA("\"f:c\":{}")));
    struct compared c = compare(live, would);
    assert_int_equal(c.row->action, LEEWAY_ACTION_UPDATE);
    assert_int_equal(c.row->fields.len, 3);
    field_is(c.row, 0, ".data.b", "2", "-", "it left the manifests");
    field_is(c.row, 1, ".data.d", "4", "0", "it left the manifests: back to its default");
    assert_string_equal(c.row->fields.items[2].path, ".data.c");
    assert_true(c.row->fields.items[2].stays);
    assert_non_null(strstr(c.row->fields.items[2].note, "owns it too, so it is not removed"));
    plan_free(c.plan);
}

static void test_seen(void **state)
{
    (void)state;
    struct val_pool p;
    struct digest a, b;
    val_pool_init(&p);
    const struct val *paths = read(&p, DATA("\"f:a\":{}"));
    const char *one = MAP("{\"a\":\"1\"}", ENTRY("leeway", "Apply", DATA("\"f:a\":{}")));
    const char *more = MAP(
        "{\"a\":\"1\",\"z\":\"9\"}",
        ENTRY("leeway", "Apply", DATA("\"f:a\":{}")) "," ENTRY("x", "Update", DATA("\"f:z\":{}")));
    const char *owned = MAP("{\"a\":\"1\"}", ENTRY("leeway", "Apply", DATA("\"f:a\":{}")) "," ENTRY(
                                                 "x", "Update", DATA("\"f:a\":{}")));
    const char *value = MAP("{\"a\":\"2\"}", ENTRY("leeway", "Apply", DATA("\"f:a\":{}")));
    plan_seen(paths, read(&p, one), false, NULL, NULL, &a, NULL);
    plan_seen(paths, read(&p, more), false, NULL, NULL, &b, NULL);
    assert_true(digest_equal(&a, &b)); /* what the plan does not touch may change */
    plan_seen(paths, read(&p, owned), false, NULL, NULL, &b, NULL);
    assert_false(digest_equal(&a, &b));
    plan_seen(paths, read(&p, value), false, NULL, NULL, &b, NULL);
    assert_false(digest_equal(&a, &b));
    plan_seen(paths, NULL, false, NULL, NULL, &b, NULL);
    assert_false(digest_equal(&a, &b));
    val_pool_clear(&p);
}

/* ---- rules ---- */

static void test_keep(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        bool deleting, keeps;
    } cases[] = {
        {"{\"metadata\":{\"annotations\":{\"helm.sh/resource-policy\":\"keep\"}}}", true, true},
        {"{\"metadata\":{\"annotations\":{\"helm.sh/resource-policy\":\"keep\"}}}", false, false},
        {"{\"metadata\":{\"annotations\":{\"argocd.argoproj.io/sync-options\":"
         "\"Replace=true, Prune=false\"}}}",
         true, true},
        {"{\"metadata\":{\"annotations\":{\"argocd.argoproj.io/sync-options\":\"Prune=falsey\"}}}",
         true, false},
        {"{\"metadata\":{\"annotations\":{\"client.lifecycle.config.k8s.io/mutation\":"
         "\"ignore\"}}}",
         false, true},
        {"{\"metadata\":{\"ownerReferences\":[{}]}}", true, true},
        {"{\"metadata\":{}}", true, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct val_pool p;
        val_pool_init(&p);
        bool keeps = plan_keep_reason(read(&p, cases[i].object), cases[i].deleting) != NULL;
        if (keeps != cases[i].keeps)
            fail_msg("case %zu", i);
        val_pool_clear(&p);
    }
}

static void brake_is(size_t deletes, size_t stay, bool much)
{
    struct plan *p = plan_new();
    struct plan_target *t = plan_add_target(p);
    size_t d, all;
    for (size_t i = 0; i < deletes + stay; i++)
        plan_add_row(p, t)->action = i < deletes ? LEEWAY_ACTION_DELETE : LEEWAY_ACTION_AS_IS;
    assert_int_equal(plan_prunes_much(t, &d, &all), much);
    assert_int_equal(d, deletes);
    plan_free(p);
}

static void test_brake(void **state)
{
    (void)state;
    brake_is(3, 0, false); /* few, though all */
    brake_is(4, 0, true);
    brake_is(30, 70, false); /* exactly 30 % */
    brake_is(31, 69, true);
    brake_is(0, 5, false);
}

static void test_tools(void **state)
{
    (void)state;
    struct plan *p = plan_new();
    assert_string_equal(
        plan_other_tool(p, read(&p->pool, "{\"metadata\":{\"annotations\":{"
                                          "\"meta.helm.sh/release-name\":\"shop\"}}}")),
        "Helm release shop");
    assert_null(plan_other_tool(p, read(&p->pool, "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}")));
    plan_free(p);
}

/* ---- the whole ---- */

static struct plan *small_plan(enum leeway_choice choice, int64_t now)
{
    struct plan *p = plan_new();
    p->fleet_uuid = "f";
    p->environment_uuid = "e";
    p->environment = "shop";
    p->planned_ms = now;
    for (int i = 0; i < 2; i++) {
        struct plan_target *t = plan_add_target(p);
        t->cluster = i ? "c2" : "c1";
        t->cluster_uid = i ? "uid-2" : "uid-1";
        struct plan_row *r = plan_add_row(p, t);
        r->api_version = r->version = "v1";
        r->kind = "ConfigMap";
        r->namespace_ = "blue";
        r->name = "m";
        r->uid = i ? "u2" : "u1";
        r->action = LEEWAY_ACTION_TAKE_OVER;
        r->resource_version = now ? "8" : "7";
        r->body = read(&p->pool, "{\"data\":{\"a\":\"1\"}}");
        struct plan_field *f = plan_add_field(p, r, ".data.a");
        f->choice = choice;
        f->manager = f->owner = "x";
        f->operation = "Update";
        f->before = i ? "3" : "2";
        f->after = "1";
        f = plan_add_field(p, r, ".data.b");
        f->before = "-";
        f->after = "5";
    }
    return p;
}

static void test_hash(void **state)
{
    (void)state;
    struct buf text;
    struct plan *a = small_plan(LEEWAY_CHOICE_TAKE_OVER, 0);
    struct plan *b = small_plan(LEEWAY_CHOICE_TAKE_OVER, 1000);
    struct plan *c = small_plan(LEEWAY_CHOICE_OPEN, 0);
    buf_init(&text, BUF_SMALL);
    assert_int_equal(plan_hash(a, NULL) | plan_hash(b, NULL) | plan_hash(c, NULL), 0);
    assert_true(digest_equal(&a->hash, &b->hash)); /* neither times nor resourceVersions */
    assert_false(digest_equal(&a->hash, &c->hash));
    assert_int_equal(plan_hash_text(a, &text), 0);
#define OBJECT(uid)                                                                                \
    "{\"action\":\"take over\",\"apiVersion\":\"v1\",\"body\":{\"data\":{\"a\":\"1\"}},\"kind\":"  \
    "\"ConfigMap\",\"name\":\"m\",\"namespace\":\"blue\",\"order\":0,\"takeOver\":[{\"manager\":"  \
    "\"x\",\"operation\":\"Update\",\"path\":\".data.a\"}],\"uid\":\"" uid "\"}"
    assert_string_equal(
        buf_str(&text),
        "leeway.plan.v1\n{\"environment\":\"e\",\"fleet\":\"f\",\"targets\":[{\"cluster\":"
        "\"uid-1\",\"objects\":[" OBJECT("u1") "]},{\"cluster\":\"uid-2\",\"objects\":[" OBJECT(
            "u2") "]}],\"warnings\":[]}");
    struct digest d = digest_sha256(text.data, text.len);
    assert_true(digest_equal(&d, &a->hash));
    buf_clear(&text);
    plan_free(a);
    plan_free(b);
    plan_free(c);
}

static void count_row(void *ctx, struct plan_target *t, struct plan_row *r)
{
    (void)t;
    (void)r;
    ++*(int *)ctx;
}

static void test_view(void **state)
{
    (void)state;
    struct plan *p = small_plan(LEEWAY_CHOICE_OPEN, 0);
    plan_hash(p, NULL);
    struct leeway_plan *v = plan_view(p);
    assert_int_equal(v->n_rows, 2); /* folded over both clusters: the conflict, the change */
    assert_int_equal(v->rows[0].action, LEEWAY_ACTION_TAKE_OVER);
    assert_true(v->rows[0].risk);
    assert_int_equal(v->rows[0].n_clusters, 2);
    assert_int_equal(v->rows[0].n_fields, 2); /* the values differ: a line for each cluster */
    assert_string_equal(v->rows[0].fields[0].on.str, "c1");
    assert_string_equal(v->rows[0].fields[1].before.str, "3");
    assert_int_equal(v->rows[1].action, LEEWAY_ACTION_UPDATE);
    assert_int_equal(v->rows[1].n_fields, 1);
    assert_string_equal(v->rows[1].fields[0].on.str, "");
    assert_false(v->may_apply);
    assert_int_equal(v->changes, 2);
    int n = 0;
    assert_true(plan_each_of_view_row(p, 1, count_row, &n));
    assert_int_equal(n, 2);
    assert_false(plan_each_of_view_row(p, 3, count_row, &n));
    leeway_plan_unref(v);
    plan_free(p);
    p = small_plan(LEEWAY_CHOICE_TAKE_OVER, 0);
    plan_hash(p, NULL);
    v = plan_view(p);
    assert_true(v->may_apply);
    leeway_plan_unref(v);
    plan_free(p);
}

static void test_choice(void **state)
{
    (void)state;
    struct plan *p = small_plan(LEEWAY_CHOICE_OPEN, 0);
    struct plan_row *r = p->targets.items[0]->rows.items[0];
    struct plan_choice one = {"uid-1", "ConfigMap", "blue",
                              "m",     ".data.a",   LEEWAY_CHOICE_TAKE_OVER};
    struct plan_choice all = {NULL, "ConfigMap", "blue", "m", ".data.a", LEEWAY_CHOICE_KEEP_THEIRS};
    vec_push(&p->choices, all);
    vec_push(&p->choices, one); /* the later one counts */
    assert_int_equal(plan_choice_for(p, "uid-1", r, ".data.a"), LEEWAY_CHOICE_TAKE_OVER);
    assert_int_equal(plan_choice_for(p, "uid-2", r, ".data.a"), LEEWAY_CHOICE_KEEP_THEIRS);
    assert_int_equal(plan_choice_for(p, "uid-2", r, ".data.b"), LEEWAY_CHOICE_OPEN);
    plan_free(p);
}

RUN("plan", cmocka_unit_test(test_set_id), cmocka_unit_test(test_set_parent),
    cmocka_unit_test(test_set_kinds), cmocka_unit_test(test_mask), cmocka_unit_test(test_label),
    cmocka_unit_test(test_as_is), cmocka_unit_test(test_create), cmocka_unit_test(test_leavers),
    cmocka_unit_test(test_seen), cmocka_unit_test(test_keep), cmocka_unit_test(test_brake),
    cmocka_unit_test(test_tools), cmocka_unit_test(test_hash), cmocka_unit_test(test_view),
    cmocka_unit_test(test_choice))
