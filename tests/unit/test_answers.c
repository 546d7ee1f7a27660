// SPDX-License-Identifier: Apache-2.0
/*
 * Answers to drift: what a field contract allows and to whom, windows, and exceptions: what they
 * cover, how one takes the place of another, that they end by time, and what a restart knows.
 */
#include "engine_fake.h"

#include "engine/answers/contract.h"
#include "engine/answers/exceptions.h"
#include "engine/answers/within.h"

#define SHOP "22222222-2222-3333-4444-555555555555"
enum { HOUR = 3600000 };

/* ---- contracts ---- */

#define CONTRACT                                                                                   \
    "{\"bind\":{\"params\":{\"max\":8}},\"fields\":["                                              \
    "{\"path\":\".spec\",\"owner\":\"platform\"},"                                                 \
    "{\"path\":\".spec.replicas\",\"owner\":\"runtime\",\"within\":\"self >= 2 && self <= "        \
    "params.max\",\"reason\":\"it is scaled by load\"},"                                           \
    "{\"path\":\".spec.paused\",\"owner\":\"runtime\",\"by\":[\"argo\"]},"                         \
    "{\"path\":\".metadata.annotations\",\"owner\":\"anyone\"},"                                   \
    "{\"path\":\".spec.template.spec.containers[*].image\",\"owner\":\"environment\","             \
    "\"onDrift\":\"hold\"}],"                                                                      \
    "\"leaves\":[{\"path\":\".spec.replicas\",\"v\":2,\"why\":\"handed over by bob\"}]}"

struct asked {
    struct contract *c;
    struct val_pool p;
};

static void asked_init(struct asked *a, const char *text)
{
    struct err e = ERR_INIT;
    val_pool_init(&a->p);
    a->c = contract_read(text, strlen(text), &e);
    if (!a->c)
        fail_msg("%s", e.text);
}

static void asked_clear(struct asked *a)
{
    contract_free(a->c);
    val_pool_clear(&a->p);
}

static struct path path_of(struct asked *a, const char *text)
{
    struct path path;
    assert_int_equal(path_parse(&a->p, text, strlen(text), &path, NULL), 0);
    return path;
}

static void allows(struct asked *a, bool wanted, const char *words, const char *path,
                   const char *manager, enum leeway_actor actor, const char *live)
{
    const char *why = "";
    const struct contract_field *f = contract_field_of(a->c, path_of(a, path));
    const struct val *v = json_read(&a->p, live, strlen(live), NULL, NULL);
    bool is = contract_allows(a->c, f, manager, actor, v, &a->p, &why);
    if (is != wanted || !strstr(why, words))
        fail_msg("%s by %s: %d %s", path, manager, is, why);
}

static void test_contract(void **state)
{
    struct asked a;
    (void)state;
    asked_init(&a, CONTRACT);
    allows(&a, true, "runtime: it is scaled by load", ".spec.replicas", "kube-controller-manager",
           LEEWAY_ACTOR_AUTOSCALER, "8");
    allows(&a, false, "outside of what", ".spec.replicas", "kube-controller-manager",
           LEEWAY_ACTOR_AUTOSCALER, "9");
    allows(&a, false, "not to a person", ".spec.replicas", "kubectl", LEEWAY_ACTOR_PERSON, "4");
    allows(&a, true, "runtime", ".spec.paused", "argo", LEEWAY_ACTOR_CONTROLLER, "true");
    allows(&a, false, "others than flux", ".spec.paused", "flux", LEEWAY_ACTOR_CONTROLLER, "true");
    allows(&a, true, "anyone", ".metadata.annotations.x", "kubectl", LEEWAY_ACTOR_PERSON, "\"y\"");
    allows(&a, false, "platform owns it", ".spec.minReadySeconds", "kubectl", LEEWAY_ACTOR_PERSON,
           "9");
    allows(&a, false, "no field contract", ".data.x", "kubectl", LEEWAY_ACTOR_PERSON, "9");
    /* the longest pattern decides, and what holds is told */
    const struct contract_field *f =
        contract_field_of(a.c, path_of(&a, ".spec.template.spec.containers[name=\"web\"].image"));
    assert_int_equal(f->owner, CONTRACT_ENVIRONMENT);
    assert_int_equal(f->on_drift, CONTRACT_DRIFT_HOLD);
    assert_true(contract_holds(a.c));
    assert_false(contract_gives_away(f));
    assert_string_equal(contract_leaf_of(a.c, path_of(&a, ".spec.replicas"))->why,
                        "handed over by bob");
    assert_null(contract_leaf_of(a.c, path_of(&a, ".spec.paused")));
    asked_clear(&a);
}

static void test_contract_is_read(void **state)
{
    static const char *const bad[] = {"[]", "{", "{\"fields\":[{\"path\":\".a[\"}]}",
                                      "{\"fields\":[{\"path\":\".a\",\"within\":\"self <\"}]}",
                                      "{\"leaves\":[{\"path\":\".a\"}]}"};
    (void)state;
    assert_null(contract_read("", 0, NULL));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = ERR_INIT;
        assert_null(contract_read(bad[i], strlen(bad[i]), &e));
        assert_int_equal(e.code, ERR_CORRUPT);
        err_clear(&e);
    }
}

/* ---- windows ---- */

static void test_within(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    struct within *w = within_new("self >= 2 && self <= 8", &e);
    assert_non_null(w);
    const struct val two = val_of_int(2), nine = val_of_int(9), word = val_borrow_str("x", 1);
    assert_true(within_holds(w, NULL, &two, &e));
    assert_false(within_holds(w, NULL, &nine, &e));
    assert_false(within_holds(w, NULL, NULL, &e)); /* what is not there is in no window */
    assert_int_equal(e.code, 0);
    assert_false(within_holds(w, NULL, &word, &e)); /* and what cannot be compared is not */
    assert_int_not_equal(e.code, 0);
    err_clear(&e);
    within_free(w);
    assert_null(within_new("self + 1", &e));
    assert_non_null(strstr(e.text, "truth"));
    err_clear(&e);
    assert_null(within_new("self <", &e));
    err_clear(&e);
}

/* ---- exceptions ---- */

struct scene {
    struct world w;
    struct target *t;
};

static const struct store_object web = {"apps/v1", "Deployment", "n", "web"};

static void bind(struct scene *s)
{
    struct environment *env = environment_by_uuid(s->w.e, SHOP);
    assert_non_null(env);
    s->t = target_put(env, WORLD_UID);
}

static void begin(struct scene *s)
{
    memset(s, 0, sizeof(*s));
    world_init(&s->w);
    world_pass(&s->w, 1000);
    const struct store_environment se = {
        .uuid = SHOP, .name = "shop", .name_space = "n", .origin = "/srv/shop"};
    store_put_environment(s->w.e->store, &se, STORE_NO_ACK);
    environment_put(s->w.e, SHOP, "shop", "n", "/srv/shop");
    bind(s);
}

static void again(struct scene *s)
{
    world_stop(&s->w);
    world_start(&s->w);
    bind(s);
}

static void add(struct scene *s, const char *path, const char *manager, enum store_match match,
                const char *matches, int64_t expires_ms)
{
    struct err e = ERR_INIT;
    const struct store_exception x = {.environment = SHOP,
                                      .cluster = WORLD_UID,
                                      .object = web,
                                      .path = path,
                                      .manager = manager,
                                      .match = match,
                                      .matches = matches,
                                      .reason = "incident 4711",
                                      .expires_wall_ms = expires_ms};
    if (exceptions_add(s->w.e, &x, &e))
        fail_msg("%s", e.text);
    world_sync(&s->w);
}

static bool covers(struct scene *s, const char *path, const char *manager, const char *value)
{
    return exceptions_covering(s->w.e, s->t, &web, path, manager, value) != NULL;
}

static const struct leeway_environment *row_of(struct scene *s)
{
    engine_publish(s->w.e);
    return leeway_environment_at(s->w.e->snapshot, 0);
}

static void test_exception_covers(void **state)
{
    struct scene s;
    (void)state;
    begin(&s);
    add(&s, ".spec.replicas", "kubectl", STORE_MATCH_VALUE, "6", 0);
    assert_true(covers(&s, ".spec.replicas", "kubectl", "6"));
    assert_false(covers(&s, ".spec.replicas", "kubectl", "7"));  /* another value */
    assert_false(covers(&s, ".spec.replicas", "argo", "6"));     /* another owner */
    assert_false(covers(&s, ".spec.paused", "kubectl", "6"));    /* another field */
    assert_false(covers(&s, ".spec.replicas", "kubectl", NULL)); /* nobody knows */
    const struct store_object other = {"apps/v1", "Deployment", "n", "other"};
    assert_null(exceptions_covering(s.w.e, s.t, &other, ".spec.replicas", "kubectl", "6"));
    /* the version may change, the group is the identity */
    const struct store_object newer = {"apps/v2", "Deployment", "n", "web"};
    assert_non_null(exceptions_covering(s.w.e, s.t, &newer, ".spec.replicas", "kubectl", "6"));
    /* the same place once more: the new one stands alone */
    add(&s, ".spec.replicas", "", STORE_MATCH_WITHIN, "self <= 8", 0);
    assert_true(covers(&s, ".spec.replicas", "argo", "7"));
    assert_false(covers(&s, ".spec.replicas", "argo", "9"));
    assert_int_equal(exceptions_count(s.w.e, SHOP), 1);
    add(&s, ".spec.paused", "", STORE_MATCH_HANDED_OVER, "", 0);
    assert_true(covers(&s, ".spec.paused", "anybody", "true"));
    assert_true(exceptions_handed_over(s.w.e, s.t, &web, ".spec.paused"));
    assert_int_equal(exceptions_count(s.w.e, SHOP), 1); /* what was handed over uses no room */
    again(&s);
    assert_true(covers(&s, ".spec.replicas", "argo", "7"));
    assert_true(exceptions_handed_over(s.w.e, s.t, &web, ".spec.paused"));
    world_clear(&s.w);
}

static void test_exception_ends(void **state)
{
    struct scene s;
    struct err e = ERR_INIT;
    (void)state;
    begin(&s);
    int64_t now = s.w.fake.clock.wall_ms_now;
    add(&s, ".spec.replicas", "", STORE_MATCH_VALUE, "6", now + HOUR);
    add(&s, ".spec.paused", "", STORE_MATCH_VALUE, "true", now + 3 * HOUR);
    assert_int_equal(row_of(&s)->exceptions_used, 2);
    assert_int_equal(row_of(&s)->exceptions_max, -1);
    world_pass(&s.w, HOUR + 60000);
    assert_false(covers(&s, ".spec.replicas", "", "6"));
    assert_true(covers(&s, ".spec.paused", "", "true"));
    assert_int_equal(row_of(&s)->exceptions_used, 1);
    assert_int_equal(leeway_answers(s.w.e->snapshot), 2); /* it is shown until somebody ends it */
    /* over while nobody was there */
    clock_fake_advance(&s.w.fake.clock, 3 * HOUR);
    again(&s);
    assert_false(covers(&s, ".spec.paused", "", "true"));
    /* by its name, which has to be one */
    struct exception *x = exceptions_covering(s.w.e, s.t, &web, ".spec.paused", "", "true");
    assert_null(x);
    assert_int_equal(exceptions_end(s.w.e, "ffffffff-none", "over", &e), ERR_NOT_FOUND);
    err_clear(&e);
    add(&s, ".spec.paused", "", STORE_MATCH_VALUE, "false", 0);
    x = exceptions_covering(s.w.e, s.t, &web, ".spec.paused", "", "false");
    assert_non_null(x);
    char uuid[37];
    memcpy(uuid, x->uuid, sizeof(uuid));
    assert_int_equal(exceptions_end(s.w.e, uuid, "over", &e), 0);
    assert_false(covers(&s, ".spec.paused", "", "false"));
    world_sync(&s.w);
    again(&s);
    assert_false(covers(&s, ".spec.paused", "", "false"));
    world_clear(&s.w);
}

RUN("answers", cmocka_unit_test(test_contract), cmocka_unit_test(test_contract_is_read),
    cmocka_unit_test(test_within), cmocka_unit_test(test_exception_covers),
    cmocka_unit_test(test_exception_ends))
