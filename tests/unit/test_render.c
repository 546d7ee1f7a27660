// SPDX-License-Identifier: Apache-2.0
/* Rendering: what is known and when, secrets, variants, order, causes; placement; the last good
 * file. */
#include "unit.h"

#include "base/mem.h"
#include "catalog/placement.h"
#include "data/json.h"
#include "render/render.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char store_text[] =
    "apiVersion: leeway.dev/v1alpha1\n"
    "kind: Module\n"
    "metadata: {name: store}\n"
    "spec:\n"
    "  version: 1.0.0\n"
    "  requires: {kubernetes: \">=1.28\", apis: [apps/v1/StatefulSet]}\n"
    "  parameters: {type: object, properties: {password: {type: string, x-secret: true}, note: "
    "{type: string}}}\n"
    "  outputs:\n"
    "    host: {type: hostname, value: \"${resources.service.status.address}\"}\n"
    "    name: {type: hostname, value: \"${resources.service.metadata.name}\"}\n"
    "  resources:\n"
    "    - id: secret\n"
    "      dependsOn: [service]\n"
    "      template:\n"
    "        apiVersion: v1\n"
    "        kind: Secret\n"
    "        metadata: {name: s, annotations: {note: \"${params.?note}\", literal: \"a $${b}\"}}\n"
    "        stringData: {plain: x, password: \"pw=${params.password}\"}\n"
    "    - id: service\n"
    "      template: {apiVersion: v1, kind: Service, metadata: {name: \"${env.name}-db\"}}\n"
    "  patches:\n"
    "    - when: cluster.distribution == 'openshift'\n"
    "      target: {id: service}\n"
    "      merge: {metadata: {labels: {zone: \"${cluster.name}\"}}}\n"
    "    - when: cluster.distribution == 'gke'\n"
    "      target: {id: service}\n"
    "      json: [{op: add, path: /spec, value: {type: LoadBalancer}}]\n";
static const char web_text[] =
    "apiVersion: leeway.dev/v1alpha1\n"
    "kind: Module\n"
    "metadata: {name: web}\n"
    "spec:\n"
    "  version: 1.0.0\n"
    "  parameters: {type: object, properties: {replicas: {type: integer, default: 1}}}\n"
    "  inputs: {host: {type: hostname}}\n"
    "  resources:\n"
    "    - id: config\n"
    "      template: {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {host: \"at "
    "${inputs.host}\", num: \"${string(params.replicas)}\"}}\n";
static const char blueprint_text[] =
    "apiVersion: leeway.dev/v1alpha1\n"
    "kind: Blueprint\n"
    "metadata: {name: app}\n"
    "spec:\n"
    "  version: 1.0.0\n"
    "  parameters: {type: object, properties: {password: {type: string, x-secret: true}, count: "
    "{type: integer, default: 3}}}\n"
    "  modules:\n"
    "    - {name: web, module: web, version: ^1.0, params: {replicas: \"${params.count}\"}, "
    "inputs: {host: \"${modules.db.outputs.host}\"}}\n"
    "    - {name: db, module: store, version: ^1.0, params: {password: \"${params.password}\"}}\n"
    "  placement: {selector: {tier: dev}, when: cluster.region != 'moon', max: 2}\n";

static void put(const char *root, const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof(full), "%s/%s", root, path);
    for (char *s = strchr(full + 1, '/'); s; s = strchr(s + 1, '/')) {
        *s = '\0';
        mkdir(full, 0700);
        *s = '/';
    }
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

struct fixture {
    char root[64];
    struct catalog_kinds *kinds;
    struct catalog *c;
    struct val_pool pool;
    struct render_input in;
    struct render_result r;
};

static int setup(void **state)
{
    struct fixture *f = mem_new(struct fixture);
    struct catalog_problems problems = {0};
    struct err e = ERR_INIT;
    strcpy(f->root, "/tmp/leeway-render-XXXXXX");
    assert_non_null(mkdtemp(f->root));
    put(f->root, "catalog/modules/store/1.0.0/module.yaml", store_text);
    put(f->root, "catalog/modules/web/1.0.0/module.yaml", web_text);
    put(f->root, "catalog/blueprints/app/1.0.0.yaml", blueprint_text);
    f->kinds = catalog_kinds_new();
    val_pool_init(&f->pool);
    assert_int_equal(catalog_load(f->root, f->kinds, NULL, &f->c, &problems, &e), 0);
    if (problems.len)
        fail_msg("%s", problems.items[0].text);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    catalog_free(f->c);
    catalog_kinds_free(f->kinds);
    val_pool_clear(&f->pool);
    nftw(f->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    mem_free(f);
    return 0;
}

static const struct val *json(struct fixture *f, const char *text)
{
    const struct val *v = json_read(&f->pool, text, strlen(text), NULL, NULL);
    assert_non_null(v);
    return v;
}

static void render_on(struct fixture *f, const char *distribution)
{
    struct catalog_problems problems = {0};
    struct err e = ERR_INIT;
    const struct catalog_cluster cl = {"c1", distribution, "1.31", "", "", NULL, NULL, NULL};
    f->in.catalog = f->c;
    f->in.composition = f->c->compositions[0];
    f->in.environment =
        json(f, "{\"name\":\"e\",\"namespace\":\"e\",\"team\":\"\",\"owner\":\"\",\"labels\":{}}");
    f->in.cluster = catalog_cluster_of(f->c, &f->pool, &cl, NULL, &e);
    if (!f->in.params)
        f->in.params = json(f, "{\"password\":{\"env\":\"PW\"}}");
    if (render(&f->in, &f->pool, &f->r, &problems))
        fail_msg("%s", problems.items[0].text);
}

static const struct render_object *object(const struct fixture *f, const char *kind)
{
    for (size_t i = 0; i < f->r.n_objects; i++)
        if (strcmp(f->r.objects[i].kind, kind) == 0)
            return &f->r.objects[i];
    fail_msg("no %s", kind);
    return NULL;
}

static void is_json(const struct val *v, const char *want)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    json_write(&b, v, JSON_CANONICAL);
    assert_string_equal(buf_str(&b), want);
    buf_clear(&b);
}

static void test_two_phases(void **state)
{
    struct fixture *f = *state;
    render_on(f, "eks");
    const struct render_object *c = object(f, "ConfigMap");
    is_json(val_get(c->object, "data"), "{\"host\":\"at ${inputs.host}\",\"num\":\"3\"}");
    assert_true(c->deferred);
    assert_int_equal(c->n_leaves, 1);
    assert_false(c->leaves[0].secret);
    /* what depends on it comes later */
    assert_int_equal(object(f, "Service")->wave, 0);
    assert_int_equal(object(f, "Secret")->wave, 1);
    assert_int_equal(c->wave, 2);
    /* once the service is there, it is known */
    const struct render_live live[] = {
        {"db", "service", 0,
         json(f, "{\"status\":{\"address\":\"10.0.0.1\"},\"metadata\":{\"name\":\"e-db\"}}")}};
    f->in.live = live;
    f->in.n_live = 1;
    render_on(f, "eks");
    c = object(f, "ConfigMap");
    is_json(val_get(c->object, "data"), "{\"host\":\"at 10.0.0.1\",\"num\":\"3\"}");
    assert_false(c->deferred);
    f->in.n_live = 0;
}

static void test_secrets(void **state)
{
    struct fixture *f = *state;
    render_on(f, "eks");
    const struct render_object *s = object(f, "Secret");
    is_json(val_get(s->object, "data"),
            "{\"password\":\"pw=${params.password}\",\"plain\":\"eA==\"}");
    assert_null(val_get(s->object, "stringData"));
    assert_int_equal(s->n_leaves, 1);
    assert_true(s->leaves[0].secret && s->leaves[0].deferred && s->leaves[0].base64);
    const struct render_secret known[] = {{"password", "hunter2", 7}};
    f->in.secrets = known;
    f->in.n_secrets = 1;
    render_on(f, "eks");
    s = object(f, "Secret");
    is_json(val_get(s->object, "data"), "{\"password\":\"cHc9aHVudGVyMg==\",\"plain\":\"eA==\"}");
    assert_int_equal(s->n_leaves, 1);
    assert_true(s->leaves[0].secret && !s->leaves[0].deferred);
    f->in.n_secrets = 0;
}

static void test_optional_and_literal(void **state)
{
    struct fixture *f = *state;
    render_on(f, "eks");
    is_json(val_at(object(f, "Secret")->object, "metadata", "annotations", NULL),
            "{\"literal\":\"a ${b}\"}");
}

static void test_variants(void **state)
{
    struct fixture *f = *state;
    render_on(f, "openshift");
    is_json(
        object(f, "Service")->object,
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"labels\":{\"zone\":\"c1\"},"
        "\"name\":\"e-db\"}}");
    render_on(f, "gke");
    is_json(val_get(object(f, "Service")->object, "spec"), "{\"type\":\"LoadBalancer\"}");
    render_on(f, "eks");
    assert_null(val_get(object(f, "Service")->object, "spec"));
}

static void kinds_of(struct fixture *f, const char *kind, const char *path, const char *want)
{
    struct render_cause causes[RENDER_CAUSES_MAX];
    struct path p;
    struct buf b;
    buf_init(&b, BUF_SMALL);
    assert_int_equal(path_parse(&f->pool, path, strlen(path), &p, NULL), 0);
    size_t n = render_causes(&f->r, object(f, kind), p, causes);
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%s%s:%u", i ? " " : "", render_cause_name(causes[i].kind), causes[i].line);
    assert_string_equal(buf_str(&b), want);
    buf_clear(&b);
}

static void test_causes(void **state)
{
    struct fixture *f = *state;
    render_on(f, "openshift");
    kinds_of(f, "ConfigMap", ".data.num", "module:10 blueprint:8 default:6");
    kinds_of(f, "Service", ".metadata.name", "module:20 environment:0");
    kinds_of(f, "Service", ".metadata.labels.zone", "patch:24 cluster:0");
    kinds_of(f, "ConfigMap", ".data.host", "module:10 output:9 resource:19");
    f->in.params = json(f, "{\"count\":5,\"password\":{\"env\":\"PW\"}}");
    render_on(f, "eks");
    kinds_of(f, "ConfigMap", ".data.num", "module:10 blueprint:8 parameter:0");
    const struct render_override o[] = {{"web", json(f, "{\"replicas\":9}"), "override"}};
    f->in.overrides = o;
    f->in.n_overrides = 1;
    render_on(f, "eks");
    is_json(val_at(object(f, "ConfigMap")->object, "data", "num", NULL), "\"9\"");
    kinds_of(f, "ConfigMap", ".data.num", "module:10 override:0");
    f->in.n_overrides = 0;
}

/* ---- back to a parameter ---- */

/* want: "web.replicas={…}", or words of why not. */
static void inverse_is(struct fixture *f, const char *kind, const char *path, const char *live,
                       const char *want)
{
    struct render_inverse x;
    struct err e = ERR_INIT;
    struct path p;
    struct buf b;
    buf_init(&b, BUF_SMALL);
    assert_int_equal(path_parse(&f->pool, path, strlen(path), &p, NULL), 0);
    if (render_inverse(&f->r, object(f, kind), p, json(f, live), &x, &e)) {
        assert_non_null(e.text);
        if (!strstr(e.text, want))
            fail_msg("%s: %s", path, e.text);
    } else {
        buf_printf(&b, "%s=", x.name);
        json_write(&b, x.params, JSON_CANONICAL);
        assert_string_equal(buf_str(&b), want);
    }
    buf_clear(&b);
    err_clear(&e);
}

static void test_inverse(void **state)
{
    struct fixture *f = *state;
    render_on(f, "openshift");
    inverse_is(f, "ConfigMap", ".data.num", "\"7\"", "web.replicas={\"replicas\":7}");
    inverse_is(f, "ConfigMap", ".data.num", "\"many\"", "no value of params.replicas");
    inverse_is(f, "ConfigMap", ".data.host", "\"at b\"", "put together");
    inverse_is(f, "ConfigMap", ".metadata.name", "\"d\"", "a constant of the module");
    inverse_is(f, "Service", ".metadata.name", "\"x-db\"", "put together");
    inverse_is(f, "Service", ".metadata.labels.zone", "\"b\"", "computed from ${cluster.name}");
    inverse_is(f, "Secret", ".data.password", "\"cHc9eA==\"", "secret");
    /* what stands in the way is an override already: it is replaced by a later one */
    const struct render_override o[] = {{"web", json(f, "{\"replicas\":9}"), "override"},
                                        {"db", json(f, "{\"note\":\"m\"}"), "override"}};
    f->in.overrides = o;
    f->in.n_overrides = 2;
    render_on(f, "eks");
    inverse_is(f, "Secret", ".metadata.annotations.note", "\"n\"", "db.note={\"note\":\"n\"}");
    inverse_is(f, "ConfigMap", ".data.num", "\"4\"", "web.replicas={\"replicas\":4}");
    f->in.n_overrides = 0;
}

/* ---- where it goes ---- */

static void test_placement(void **state)
{
    struct fixture *f = *state;
    const struct val *dev = json(f, "{\"tier\":\"dev\"}"), *prod = json(f, "{\"tier\":\"prod\"}");
    struct placement_cluster cl[] = {
        {.cluster = {"a", "", "1.31", "", "", dev, NULL, NULL}},
        {.cluster = {"b", "", "1.31", "", "", dev, NULL, NULL}, .current = true},
        {.cluster = {"c", "", "1.31", "", "", dev, NULL, NULL}},
        {.cluster = {"d", "", "1.31", "", "", prod, NULL, NULL}},
        {.cluster = {"e", "", "1.27.3", "", "", dev, NULL, NULL}},
        {.cluster = {"f", "", "1.31", "moon", "", dev, NULL, NULL}},
        {.cluster = {"g", "", "1.31", "", "", dev, NULL, json(f, "[\"v1/Pod\"]")}},
    };
    static const char *const why[] = {
        "the environment selects it",
        "the environment selects it",
        "the blueprint allows 2, others come first",
        "blueprint app goes to clusters with tier=dev",
        "module store@1.0.0 needs Kubernetes >=1.28, e has 1.27.3",
        "blueprint app goes where cluster.region != 'moon'",
        "module store@1.0.0 needs apps/v1/StatefulSet, which g does not serve",
    };
    struct err e = ERR_INIT;
    struct placement_wish w = {f->c, f->c->compositions[0], NULL, json(f, "{\"selector\":{}}")};
    assert_int_equal(placement_choose(&f->pool, &w, cl, 7, &e), 0);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(cl[i].why, why[i]);
        assert_int_equal(cl[i].chosen, i < 2);
    }
    w.placement = json(f, "{\"clusters\":[\"d\"]}");
    assert_int_not_equal(placement_choose(&f->pool, &w, cl, 7, &e), 0);
    assert_string_equal(e.text, "d: blueprint app goes to clusters with tier=dev");
    err_clear(&e);
    w.placement = json(f, "{\"clusters\":[\"x\"]}");
    assert_int_not_equal(placement_choose(&f->pool, &w, cl, 7, &e), 0);
    assert_string_equal(e.text, "the fleet has no cluster x");
    err_clear(&e);
    w.placement = json(f, "{\"selector\":{\"tier\":\"dev\"},\"count\":1}");
    assert_int_equal(placement_choose(&f->pool, &w, cl, 7, &e), 0);
    assert_true(cl[1].chosen && !cl[0].chosen); /* where it is, it stays */
}

/* ---- a file that was saved with a mistake ---- */

static void test_last_good(void **state)
{
    struct fixture *f = *state;
    struct catalog_problems problems = {0};
    struct catalog *next = NULL;
    struct err e = ERR_INIT;
    put(f->root, "catalog/modules/web/1.0.0/module.yaml", "kind: [\n");
    assert_int_equal(catalog_load(f->root, f->kinds, f->c, &next, &problems, &e), 0);
    assert_int_equal(problems.len, 1);
    assert_non_null(next->compositions[0]); /* what it was before stands in */
    bool stale = false;
    for (size_t i = 0; i < next->n_sources; i++)
        stale = stale || next->sources[i].stale;
    assert_true(stale);
    catalog_problems_clear(&problems);
    struct catalog *again = NULL;
    put(f->root, "catalog/modules/web/1.0.0/module.yaml", web_text);
    assert_int_equal(catalog_load(f->root, f->kinds, next, &again, &problems, &e), 0);
    assert_int_equal(problems.len, 0);
    catalog_free(next);
    catalog_free(again);
}

RUN("render", cmocka_unit_test_setup_teardown(test_two_phases, setup, teardown),
    cmocka_unit_test_setup_teardown(test_secrets, setup, teardown),
    cmocka_unit_test_setup_teardown(test_optional_and_literal, setup, teardown),
    cmocka_unit_test_setup_teardown(test_variants, setup, teardown),
    cmocka_unit_test_setup_teardown(test_causes, setup, teardown),
    cmocka_unit_test_setup_teardown(test_inverse, setup, teardown),
    cmocka_unit_test_setup_teardown(test_placement, setup, teardown),
    cmocka_unit_test_setup_teardown(test_last_good, setup, teardown))
