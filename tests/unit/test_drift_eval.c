// SPDX-License-Identifier: Apache-2.0
/* Given against live, in the forms that API servers write them. */
#include "unit.h"

#include "base/mem.h"
#include "data/json.h"
#include "engine/drift/drift_eval.h"

#include <stdio.h>

/* A Deployment as an API server answers an apply of ours; %s: what follows in managedFields. */
#define OURS                                                                                       \
    "{\"manager\":\"leeway\",\"operation\":\"Apply\",\"apiVersion\":\"apps/v1\",\"fieldsV1\":{"    \
    "\"f:metadata\":{\"f:labels\":{\"f:app\":{}}},"                                                \
    "\"f:spec\":{\"f:replicas\":{},\"f:paused\":{},\"f:selector\":{},\"f:template\":{\"f:spec\":{" \
    "\"f:containers\":{\"k:{\\\"name\\\":\\\"web\\\"}\":{\".\":{},\"f:image\":{},\"f:name\":{},"   \
    "\"f:env\":{}}}}}}}}"
#define SPEC                                                                                       \
    "\"spec\":{\"replicas\":2,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},\"template\":{"     \
    "\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"web:1\",\"imagePullPolicy\":"         \
    "\"Always\"}]}}}"
#define OBJECT(uid, extra_meta, labels, managed, spec)                                             \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\",\"uid\":"  \
    "\"" uid "\",\"resourceVersion\":\"5\"," extra_meta "\"labels\":{" labels                      \
    "},\"managedFields\":[" managed "]}," spec "}"
#define GIVEN OBJECT("u1", "", "\"app\":\"web\"", OURS, SPEC)

/* Stands for an HMAC: eight bytes of the value itself are enough to compare. */
static bool toy_secret(void *ctx, const char *bytes, size_t len, uint64_t *out)
{
    const struct hash_key k = {1, 2};
    *out = hash_bytes(&k, bytes, len);
    return *(bool *)ctx;
}

static bool key_there = true;

static struct given_rules rules(void)
{
    return (struct given_rules){.key = {7, 8},
                                .table = fieldset_table_new(),
                                .manager = "leeway",
                                .secret = toy_secret,
                                .secret_ctx = &key_there};
}

static const struct val *read(struct val_pool *p, const char *text)
{
    struct err e = ERR_INIT;
    const struct val *v = json_read(p, text, strlen(text), NULL, &e);
    if (!v)
        fail_msg("%s in %s", e.text, text);
    return v;
}

/* "changed .spec.replicas ours; …" */
static int note(void *ctx, const struct drift_finding *f)
{
    struct buf *b = ctx;
    struct buf path;
    buf_init(&path, BUF_SMALL);
    path_format(&path, f->path, PATH_STYLE_SERVER);
    buf_printf(b, "%s%s%s%s%s%s", b->len ? "; " : "", leeway_drift_kind_word(f->kind),
               path.len ? " " : "", buf_str(&path), f->ours ? " ours" : "",
               f->ambiguous ? " ambiguous" : "");
    buf_clear(&path);
    return 0;
}

static void compare(const char *given, const char *live, const char *expected)
{
    struct given_rules r = rules();
    struct val_pool p;
    struct buf found, fields, leaves;
    val_pool_init(&p);
    buf_init(&found, BUF_SMALL);
    buf_init(&fields, BUF_SMALL);
    buf_init(&leaves, BUF_SMALL);
    const struct val *answer = read(&p, given);
    struct given *g = given_from_response(&r, answer, NULL);
    assert_non_null(g);
    /* What the store brings back judges as what was made from the answer. */
    assert_int_equal(given_write_fields(g, &fields), 0);
    assert_int_equal(given_write_leaves(&r, g, answer, &leaves), 0);
    struct err e = ERR_INIT;
    struct given *back = given_read(&r, g->uid, g->resource_version, g->api_version, g->kind,
                                    fields.data, fields.len, leaves.data, leaves.len, &e);
    if (!back)
        fail_msg("%s: %s", e.text, leaves.data);
    const struct val *object = read(&p, live);
    assert_int_equal(drift_evaluate(&r, g, object, &p, note, &found, NULL), 0);
    assert_string_equal(buf_str(&found), expected);
    buf_reset(&found);
    assert_int_equal(drift_evaluate(&r, back, object, &p, note, &found, NULL), 0);
    assert_string_equal(buf_str(&found), expected);
    /* So does what a cluster carries of it, which has no values. */
    struct buf packed, bare;
    buf_init(&packed, BUF_SMALL);
    buf_init(&bare, BUF_SMALL);
    assert_int_equal(given_pack(g->api_version, g->kind, fields.data, fields.len, leaves.data,
                                leaves.len, &packed, &e),
                     0);
    assert_int_equal(given_unpack(packed.data, packed.len, false, &bare, &e), 0);
    assert_null(strstr(buf_str(&bare), "\"web:1\""));
    given_free(back);
    back = given_read(&r, g->uid, g->resource_version, g->api_version, g->kind, fields.data,
                      fields.len, bare.data, bare.len, &e);
    if (!back)
        fail_msg("%s: %s", e.text, bare.data);
    buf_reset(&found);
    assert_int_equal(drift_evaluate(&r, back, object, &p, note, &found, NULL), 0);
    assert_string_equal(buf_str(&found), expected);
    buf_clear(&packed);
    buf_clear(&bare);
    buf_clear(&found);
    buf_clear(&fields);
    buf_clear(&leaves);
    given_free(g);
    given_free(back);
    val_pool_clear(&p);
    fieldset_table_free(r.table);
}

#define SCALED                                                                                     \
    "{\"manager\":\"kubectl\",\"operation\":\"Update\",\"apiVersion\":\"apps/v1\","                \
    "\"subresource\":\"scale\",\"fieldsV1\":{\"f:spec\":{\"f:replicas\":{}}}}"

static void workloads(void **state)
{
    compare(GIVEN, GIVEN, "");
    /* Others' fields, defaults and status are none of our business. */
    compare(GIVEN,
            OBJECT("u1", "\"generation\":9,", "\"app\":\"web\",\"theirs\":\"x\"", OURS,
                   "\"spec\":{\"replicas\":2,\"minReadySeconds\":3,\"selector\":{\"matchLabels\":{"
                   "\"app\":\"web\"}},\"template\":{\"spec\":{\"dnsPolicy\":\"ClusterFirst\","
                   "\"containers\":[{\"name\":\"sidecar\",\"image\":\"x\"},{\"image\":\"web:1\","
                   "\"name\":\"web\"}]}}},\"status\":{\"replicas\":1}"),
            "");
    /* kubectl scale took the field: it is in nobody's Apply entry but theirs. */
    compare(GIVEN,
            "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\","
            "\"uid\":\"u1\",\"labels\":{\"app\":\"web\"},\"managedFields\":[" SCALED
            ",{\"manager\":\"leeway\",\"operation\":\"Apply\",\"fieldsV1\":{\"f:metadata\":{"
            "\"f:labels\":{\"f:app\":{}}},\"f:spec\":{\"f:paused\":{},\"f:selector\":{},"
            "\"f:template\":{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"web\\\"}\":{"
            "\".\":{},\"f:image\":{},\"f:name\":{},\"f:env\":{}}}}}}}}]},\"spec\":{\"replicas\":6,"
            "\"selector\":{\"matchLabels\":{\"app\":\"web\"}},\"template\":{\"spec\":{"
            "\"containers\":[{\"name\":\"web\",\"image\":\"web:1\"}]}}}}",
            "changed .spec.replicas");
    /* A webhook or a controller wrote past managedFields: ours by name, another value. */
    compare(GIVEN,
            OBJECT("u1", "", "\"app\":\"web\"", OURS,
                   "\"spec\":{\"replicas\":2,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},"
                   "\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"m/web:1\""
                   "}]}}}"),
            "changed .spec.template.spec.containers[name=\"web\"].image ours");
    /* The item is gone: said once, not again for what was in it. */
    compare(GIVEN,
            OBJECT("u1", "", "\"app\":\"web\"", OURS,
                   "\"spec\":{\"replicas\":2,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},"
                   "\"template\":{\"spec\":{\"containers\":[{\"name\":\"other\"}]}}}"),
            "removed .spec.template.spec.containers[name=\"web\"] ours");
    /* An atomic node is compared as a whole. */
    compare(GIVEN,
            OBJECT("u1", "", "\"app\":\"web\"", OURS,
                   "\"spec\":{\"replicas\":2,\"selector\":{\"matchLabels\":{\"app\":\"web\","
                   "\"x\":\"y\"}},\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\","
                   "\"image\":\"web:1\"}]}}}"),
            "changed .spec.selector ours");
    /* Empty and absent containers may be filled; an omitted false is not the same as true. */
    compare(GIVEN,
            OBJECT("u1", "", "\"app\":\"web\"", OURS,
                   "\"spec\":{\"replicas\":2.0,\"paused\":true,\"selector\":{\"matchLabels\":{"
                   "\"app\":\"web\"}},\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\","
                   "\"image\":\"web:1\",\"env\":[{\"name\":\"A\"}]}]}}}"),
            "changed .spec.paused ours");
    /* The same value, but our ownership was wiped. */
    compare(GIVEN, OBJECT("u1", "", "\"app\":\"web\"", SCALED, SPEC), "ownership lost");
    compare(GIVEN, OBJECT("u1", "", "\"app\":\"x\"", SCALED, SPEC),
            "ownership lost; changed .metadata.labels.app");
}

static void whole_objects(void **state)
{
    compare(GIVEN, OBJECT("u2", "", "\"app\":\"web\"", OURS, SPEC), "replaced");
    compare(GIVEN,
            OBJECT("u1", "\"deletionTimestamp\":\"2026-11-24T13:00:00Z\",", "\"app\":\"x\"", OURS,
                   SPEC),
            "terminating; changed .metadata.labels.app ours");
}

#define ROLE(rules, aggregation)                                                                   \
    "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRole\",\"metadata\":{"     \
    "\"name\":\"r\",\"uid\":\"u1\",\"managedFields\":[{\"manager\":\"leeway\",\"operation\":"      \
    "\"Apply\",\"fieldsV1\":{\"f:rules\":{}}}]}," aggregation "\"rules\":" rules "}"

static void rules_of_aggregated_roles_are_the_controllers(void **state)
{
    compare(ROLE("[]", ""), ROLE("[{\"verbs\":[\"get\"]}]", ""), "");
    compare(ROLE("[{\"verbs\":[\"get\"]}]", ""), ROLE("[{\"verbs\":[\"*\"]}]", ""),
            "changed .rules ours");
    compare(ROLE("[{\"verbs\":[\"get\"]}]", ""),
            ROLE("[{\"verbs\":[\"*\"]}]", "\"aggregationRule\":{},"), "");
}

/* ---- what others were seen to call drift, and what they missed ----
 * meta, fields (of our Apply entry) and the rest of the object as given and as live. seen: the
 * server on which tests/real/traps.sh saw it; NULL where it was only told of (an older server, a
 * controller that is not there). */
#define V "v1.37.2"
static const struct trap {
    const char *seen, *name;
    const char *kind;            /* "apiVersion","kind" as JSON members */
    const char *fields, *others; /* others: whole entries of managedFields beside ours, live */
    const char *given, *live;    /* the rest of the object */
    const char *expected;
} traps[] = {
    {V, "an omitted false, an empty list and a null are one with their absence",
     "\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"",
     "\"f:spec\":{\"f:paused\":{},\"f:template\":{\"f:metadata\":{\"f:creationTimestamp\":{},"
     "\"f:annotations\":{}},\"f:spec\":{\"f:hostNetwork\":{},\"f:tolerations\":{}}}}",
     "", "\"spec\":{\"template\":{\"metadata\":{\"creationTimestamp\":null},\"spec\":{}}}",
     "\"spec\":{\"paused\":false,\"template\":{\"metadata\":{\"annotations\":{}},\"spec\":{"
     "\"tolerations\":[]}}}",
     ""},
    {V, "an empty map that others fill is theirs", "\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"",
     "\"f:data\":{}",
     ",{\"manager\":\"x\",\"operation\":\"Update\",\"fieldsV1\":{\"f:data\":{\".\":{},\"f:a\":{}}}"
     "}",
     "\"data\":{}", "\"data\":{\"a\":\"1\"}", ""},
    {V, "an empty list that is written whole is not",
     "\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"Role\"", "\"f:rules\":{}",
     ",{\"manager\":\"x\",\"operation\":\"Update\",\"fieldsV1\":{\"f:rules\":{}}}", "\"rules\":[]",
     "\"rules\":[{\"verbs\":[\"*\"]}]", "changed .rules ours"},
    {V, "an empty list that a program fills past managedFields is left to the dry run of nobody",
     "\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"Role\"", "\"f:rules\":{}", "",
     "\"rules\":[]", "\"rules\":[{\"verbs\":[\"*\"]}]", ""},
    {NULL, "metrics of an autoscaler in another order",
     "\"apiVersion\":\"autoscaling/v2\",\"kind\":\"HorizontalPodAutoscaler\"",
     "\"f:spec\":{\"f:metrics\":{}}", "",
     "\"spec\":{\"metrics\":[{\"type\":\"A\"},{\"type\":\"B\"}]}",
     "\"spec\":{\"metrics\":[{\"type\":\"B\"},{\"type\":\"A\"}]}", ""},
    {V, "another metric of an autoscaler",
     "\"apiVersion\":\"autoscaling/v2\",\"kind\":\"HorizontalPodAutoscaler\"",
     "\"f:spec\":{\"f:metrics\":{}}", "",
     "\"spec\":{\"metrics\":[{\"type\":\"A\"},{\"type\":\"B\"}]}",
     "\"spec\":{\"metrics\":[{\"type\":\"B\"},{\"type\":\"B\"}]}", "changed .spec.metrics ours"},
    {V, "the order of another list that is written whole",
     "\"apiVersion\":\"v1\",\"kind\":\"Endpoints\"", "\"f:subsets\":{}", "",
     "\"subsets\":[{\"a\":1},{\"a\":2}]", "\"subsets\":[{\"a\":2},{\"a\":1}]",
     "changed .subsets ours"},
    {V, "one key twice", "\"apiVersion\":\"v1\",\"kind\":\"Pod\"",
     "\"f:spec\":{\"f:env\":{\"k:{\\\"name\\\":\\\"A\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}"
     "}}",
     "", "\"spec\":{\"env\":[{\"name\":\"A\",\"value\":\"1\"}]}",
     "\"spec\":{\"env\":[{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"A\",\"value\":\"2\"}]}",
     "changed .spec.env[name=\"A\"] ours ambiguous"},
    {V, "a default inside an atomic list", "\"apiVersion\":\"x.io/v1\",\"kind\":\"Gadget\"",
     "\"f:spec\":{\"f:rules\":{}}", "", "\"spec\":{\"rules\":[{\"name\":\"a\"}]}",
     "\"spec\":{\"rules\":[{\"name\":\"a\",\"weight\":5}]}",
     "changed .spec.rules ours" /* and the dry run settles it: test_drift.c */},
    {V, "a set in another order", "\"apiVersion\":\"x.io/v1\",\"kind\":\"Gadget\"",
     "\"f:spec\":{\"f:tags\":{\"v:\\\"a\\\"\":{},\"v:\\\"b\\\"\":{}}}", "",
     "\"spec\":{\"tags\":[\"a\",\"b\"]}", "\"spec\":{\"tags\":[\"c\",\"b\",\"a\"]}", ""},
    {V, "a member taken out of a set", "\"apiVersion\":\"x.io/v1\",\"kind\":\"Gadget\"",
     "\"f:spec\":{\"f:tags\":{\"v:\\\"a\\\"\":{},\"v:\\\"b\\\"\":{}}}", "",
     "\"spec\":{\"tags\":[\"a\",\"b\"]}", "\"spec\":{\"tags\":[\"b\"]}",
     "removed .spec.tags[=\"a\"] ours"},
    {V, "what a controller writes beside ours",
     "\"apiVersion\":\"v1\",\"kind\":\"PersistentVolumeClaim\"",
     "\"f:spec\":{\"f:accessModes\":{}}", "", "\"spec\":{\"accessModes\":[\"ReadWriteOnce\"]}",
     "\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"volumeName\":\"pv\"},\"status\":{\"phase\":"
     "\"Bound\"}",
     ""},
};

static void traps_of_others(void **state)
{
    for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
        const struct trap *t = &traps[i];
        char *text[2];
        for (int live = 0; live < 2; live++)
            text[live] = mem_printf(
                "{%s,\"metadata\":{\"name\":\"o\",\"uid\":\"u1\",\"managedFields\":[{\"manager\":"
                "\"leeway\",\"operation\":\"Apply\",\"fieldsV1\":{%s}}%s]},%s}",
                t->kind, t->fields, live ? t->others : "", live ? t->live : t->given);
        print_message("%s (%s)\n", t->name, t->seen ? t->seen : "told of");
        compare(text[0], text[1], t->expected);
        mem_free(text[0]);
        mem_free(text[1]);
    }
}

#define SECRET(value)                                                                              \
    "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\",\"uid\":\"u1\","      \
    "\"managedFields\":[{\"manager\":\"leeway\",\"operation\":\"Apply\",\"fieldsV1\":{\"f:data\":" \
    "{\"f:password\":{}},\"f:type\":{}}}]},\"type\":\"Opaque\",\"data\":{\"password\":\"" value    \
    "\"}}"

static void secrets_are_compared_unseen(void **state)
{
    compare(SECRET("QUJD"), SECRET("QUJD"), "");
    compare(SECRET("QUJD"), SECRET("WFla"), "changed .data.password ours");
    struct given_rules r = rules();
    struct val_pool p;
    struct buf b;
    val_pool_init(&p);
    buf_init(&b, BUF_SMALL);
    const struct val *answer = read(&p, SECRET("QUJD"));
    struct given *g = given_from_response(&r, answer, NULL);
    given_write_leaves(&r, g, answer, &b);
    assert_null(strstr(buf_str(&b), "QUJD"));
    /* Without the key nothing can be said, and nothing is called drift. */
    key_there = false;
    struct buf found;
    buf_init(&found, BUF_SMALL);
    assert_int_equal(drift_evaluate(&r, g, answer, &p, note, &found, NULL), 0);
    assert_string_equal(buf_str(&found), "not seen .data.password ours");
    key_there = true;
    buf_clear(&found);
    buf_clear(&b);
    given_free(g);
    val_pool_clear(&p);
    fieldset_table_free(r.table);
}

static void stored_values_are_found(void **state)
{
    struct given_rules r = rules();
    struct val_pool p;
    struct buf b;
    struct path path;
    bool secret;
    val_pool_init(&p);
    buf_init(&b, BUF_SMALL);
    const struct val *answer = read(&p, GIVEN);
    struct given *g = given_from_response(&r, answer, NULL);
    given_write_leaves(&r, g, answer, &b);
    const struct val *leaves = read(&p, buf_str(&b));
    const char *text = ".spec.selector.matchLabels.app"; /* inside an atomic node */
    assert_int_equal(path_parse(&p, text, strlen(text), &path, NULL), 0);
    assert_true(val_str_is(given_value_at(g, leaves, path, &secret), "web"));
    text = ".spec.template.spec.containers[name=\"web\"].image";
    assert_int_equal(path_parse(&p, text, strlen(text), &path, NULL), 0);
    assert_true(val_str_is(given_value_at(g, leaves, path, &secret), "web:1"));
    text = ".spec.paused";
    assert_int_equal(path_parse(&p, text, strlen(text), &path, NULL), 0);
    assert_null(given_value_at(g, leaves, path, &secret));
    assert_null(given_read(&r, "u", "1", "v1", "Pod", "{\"f:a\":{}}", 10, "[]", 2, NULL));
    assert_null(
        given_read(&r, "u", "1", "v1", "Pod", "{\"f:a\":{}}", 10, "[{\"s\":\"x\"}]", 11, NULL));
    buf_clear(&b);
    given_free(g);
    val_pool_clear(&p);
    fieldset_table_free(r.table);
}

RUN("drift_eval", cmocka_unit_test(workloads), cmocka_unit_test(whole_objects),
    cmocka_unit_test(traps_of_others),
    cmocka_unit_test(rules_of_aggregated_roles_are_the_controllers),
    cmocka_unit_test(secrets_are_compared_unseen), cmocka_unit_test(stored_values_are_found))
