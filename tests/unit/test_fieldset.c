// SPDX-License-Identifier: Apache-2.0
/*
 * Field sets: FieldsV1 as servers write it, and every operation against a model that is nothing but
 * a list of path texts.
 */
#include "unit.h"

#include "base/mem.h"
#include "data/fieldset.h"
#include "data/json.h"

#include <stdio.h>
#include <stdlib.h>

static const struct val *json(struct val_pool *p, const char *text)
{
    struct err e = ERR_INIT;
    const struct val *v = json_read(p, text, strlen(text), NULL, &e);
    if (!v)
        fail_msg("%s: %s", text, e.text);
    return v;
}

static fieldset read_set(struct val_pool *p, const char *text)
{
    struct err e = ERR_INIT;
    fieldset s = fieldset_read(p, json(p, text), &e);
    if (!s)
        fail_msg("%s: %s", text, e.text);
    return s;
}

static struct path parse(struct val_pool *p, const char *text)
{
    struct path path;
    struct err e = ERR_INIT;
    if (path_parse(p, text, strlen(text), &path, &e))
        fail_msg("%s: %s", text, e.text);
    return path;
}

static void expect_written(struct val_pool *p, fieldset s, const char *want)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    const struct val *v = fieldset_write(p, s);
    assert_non_null(v);
    assert_int_equal(json_write(&b, v, JSON_COMPACT), 0);
    assert_string_equal(buf_str(&b), want);
    buf_clear(&b);
}

/* As they stand in managedFields of real objects (a Deployment, its status, a Service, a CRD). */
static const char *const entries[] = {
    "{}",
    "{\"f:metadata\":{\"f:annotations\":{\".\":{},\"f:deployment.kubernetes.io/revision\":{}}},"
    "\"f:status\":{\"f:availableReplicas\":{},\"f:conditions\":{\".\":{},"
    "\"k:{\\\"type\\\":\\\"Available\\\"}\":{\".\":{},\"f:lastTransitionTime\":{},\"f:status\":{},"
    "\"f:type\":{}},\"k:{\\\"type\\\":\\\"Progressing\\\"}\":{\".\":{},\"f:reason\":{},"
    "\"f:type\":{}}},\"f:observedGeneration\":{},\"f:replicas\":{}}}",
    "{\"f:spec\":{\"f:replicas\":{},\"f:selector\":{},\"f:template\":{\"f:spec\":{\"f:containers\":"
    "{"
    "\"k:{\\\"name\\\":\\\"web\\\"}\":{\".\":{},\"f:image\":{},\"f:name\":{},\"f:ports\":{\".\":{},"
    "\"k:{\\\"containerPort\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},\"f:containerPort\":{}"
    "},"
    "\"k:{\\\"containerPort\\\":443,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},\"f:containerPort\":{"
    "}},"
    "\"k:{\\\"containerPort\\\":8080,\\\"protocol\\\":\\\"TCP\\\"}\":{}}}}}}}}",
    "{\"f:metadata\":{\"f:finalizers\":{\".\":{},\"v:\\\"service.kubernetes.io/"
    "lb-cleanup\\\"\":{}},"
    "\"f:ownerReferences\":{\".\":{},\"k:{\\\"uid\\\":\\\"8c1e\\\"}\":{}}}}",
    "{\"f:a\":{\"v:1\":{},\"v:2\":{},\"v:3.14159\":{},\"v:\\\"10\\\"\":{},\"v:\\\"9\\\"\":{},"
    "\"v:false\":{},\"v:true\":{},\"v:null\":{},\"i:0\":{},\"i:10\":{\"f:b\":{}}}}",
    "{\"f:args\":{\"k:{\\\"line\\\":1,\\\"name\\\":\\\"a\\\\u003cb\\\\u0026\\\\\\\"c\\\\n\\\"}\":{}"
    "}}",
    "{\"f:data\":{\"f:\":{},\"f:a.b/c<d\":{},\"f:config.yaml\":{}}}",
};

static void fields_v1_round_trips(void **state)
{
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        struct val_pool p;
        val_pool_init(&p);
        expect_written(&p, read_set(&p, entries[i]), entries[i]);
        val_pool_clear(&p);
    }
}

static void fields_v1_is_read_leniently_where_servers_are(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    /* unknown kinds fall away with what is below; a node that is left with nothing is a member */
    expect_written(&p, read_set(&p, "{\"x:y\":{\"f:a\":{}},\"f:b\":{\"z:1\":{}}}"), "{\"f:b\":{}}");
    /* any order, the same number twice, a key in another order */
    expect_written(&p, read_set(&p, "{\"f:b\":{},\"f:a\":{\"f:x\":{},\".\":{}}}"),
                   "{\"f:a\":{\".\":{},\"f:x\":{}},\"f:b\":{}}");
    expect_written(&p, read_set(&p, "{\"v:1\":{\"f:x\":{}},\"v:1.0\":{\"f:y\":{}}}"),
                   "{\"v:1\":{\"f:x\":{},\"f:y\":{}}}");
    expect_written(&p, read_set(&p, "{\"k:{\\\"b\\\":2, \\\"a\\\":1}\":null}"),
                   "{\"k:{\\\"a\\\":1,\\\"b\\\":2}\":{}}");
    assert_true(fieldset_is_empty(read_set(&p, "{\".\":{}}")));
    assert_true(fieldset_is_empty(read_set(&p, "null")));
    val_pool_clear(&p);
}

static void what_is_no_fields_v1_is_refused(void **state)
{
    static const char *const bad[] = {
        "{\"f\":{}}",
        "{\"fx\":{}}",
        "{\"\":{}}",
        "{\"f:a\":{\"k:{\\\"a\\\"}\":{}}}",
        "{\"k:[]\":{}}",
        "{\"k:{\\\"a\\\":{}}\":{}}",
        "{\"k:{\\\"a\\\":1,\\\"a\\\":2}\":{}}",
        "{\"k:{\\\"a\\\":1}x\":{}}",
        "{\"v:\":{}}",
        "{\"v:[1]\":{}}",
        "{\"v:1 2\":{}}",
        "{\"i:x\":{}}",
        "{\"i:1.5\":{}}",
        "{\"f:a\":true}",
        "[]",
    };
    struct val_pool p;
    val_pool_init(&p);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err e = ERR_INIT;
        if (fieldset_read(&p, json(&p, bad[i]), &e))
            fail_msg("%s was read", bad[i]);
        assert_true(e.code == ERR_SYNTAX || e.code == ERR_TYPE);
        err_clear(&e);
    }
    val_pool_clear(&p);
    val_pool_init_limited(&p, 1000);
    struct val_pool q;
    val_pool_init(&q);
    struct err e = ERR_INIT;
    assert_null(fieldset_read(&p, json(&q, entries[2]), &e));
    assert_int_equal(e.code, ERR_LIMIT);
    err_clear(&e);
    val_pool_clear(&p);
    val_pool_clear(&q);
}

/* ---- against the model ---- */

#define UNIVERSE 40
#define NAMES 5

struct model {
    bool in[UNIVERSE];
};

struct world {
    struct val_pool pool;
    struct path all[UNIVERSE];
    unsigned seed;
};

static unsigned draw(struct world *w, unsigned n)
{
    w->seed = w->seed * 1103515245u + 12345u;
    return (w->seed >> 16) % n;
}

static const char *const elements[NAMES + 4] = {
    ".a", ".b", ".c.d", "[name=\"x\"]", "[name=\"y\",port=1]", "[=1]", "[=\"v\"]", "[3]", "[=true]",
};

/* Paths that are often prefixes of one another. */
static void make_world(struct world *w, unsigned seed)
{
    w->seed = seed;
    val_pool_init(&w->pool);
    for (size_t i = 0; i < UNIVERSE;) {
        char text[200] = "";
        for (unsigned n = 1 + draw(w, 4); n; n--)
            strcat(text, elements[draw(w, draw(w, 2) ? 2 : NAMES + 4)]);
        struct path path = parse(&w->pool, text);
        size_t j = 0;
        while (j < i && !path_equal(w->all[j], path))
            j++;
        if (j == i)
            w->all[i++] = path;
        else if (draw(w, 50) == 0)
            w->all[i] = parse(&w->pool, (snprintf(text, sizeof(text), ".b.z[%zu]", i), text)), i++;
    }
}

static struct model random_model(struct world *w)
{
    struct model m = {0};
    unsigned odds = 1 + draw(w, 6);
    for (size_t i = 0; i < UNIVERSE; i++)
        m.in[i] = draw(w, odds + 1) == 0;
    return m;
}

static fieldset set_of(struct world *w, const struct model *m)
{
    struct fieldset_builder *b = fieldset_builder_new(&w->pool);
    size_t start = draw(w, UNIVERSE);
    for (size_t i = 0; i < UNIVERSE; i++)
        if (m->in[(i + start) % UNIVERSE])
            fieldset_builder_insert(b, w->all[(i + start) % UNIVERSE]);
    fieldset s = fieldset_builder_finish(b);
    fieldset_builder_free(b);
    return s;
}

static void expect_model(struct world *w, fieldset got, const struct model *want, const char *what)
{
    size_t n = 0;
    for (size_t i = 0; i < UNIVERSE; i++) {
        n += want->in[i];
        if (fieldset_has(got, w->all[i]) != want->in[i])
            fail_msg("%s: path %zu of world", what, i);
    }
    assert_int_equal(fieldset_size(got), n);
    assert_int_equal(fieldset_is_empty(got), n == 0);
    fieldset same = set_of(w, want);
    assert_true(fieldset_equal(got, same));
    assert_true(got->hash == same->hash);
}

static bool below(struct path p, struct path prefix)
{
    return p.len > prefix.len && path_has_prefix(p, prefix);
}

struct collected {
    struct world *w;
    struct path last;
    struct path_elem elems[32];
    size_t n;
    size_t stop;
};

static int collect(void *ctx, struct path path)
{
    struct collected *c = ctx;
    assert_true(c->n == 0 || path_compare(c->last, path) < 0);
    memcpy(c->elems, path.elems, path.len * sizeof(*path.elems));
    c->last = (struct path){c->elems, path.len};
    return ++c->n == c->stop ? 77 : 0;
}

static void operations_agree_with_the_model(void **state)
{
    for (unsigned seed = 1; seed <= 400; seed++) {
        struct world w;
        make_world(&w, seed);
        struct model a = random_model(&w), b = random_model(&w), want;
        fieldset x = set_of(&w, &a), y = set_of(&w, &b);
        expect_model(&w, x, &a, "built");
        for (size_t i = 0; i < UNIVERSE; i++)
            want.in[i] = a.in[i] || b.in[i];
        expect_model(&w, fieldset_union(&w.pool, x, y), &want, "union");
        for (size_t i = 0; i < UNIVERSE; i++)
            want.in[i] = a.in[i] && b.in[i];
        expect_model(&w, fieldset_intersection(&w.pool, x, y), &want, "intersection");
        for (size_t i = 0; i < UNIVERSE; i++)
            want.in[i] = a.in[i] && !b.in[i];
        expect_model(&w, fieldset_difference(&w.pool, x, y), &want, "difference");
        for (size_t i = 0; i < UNIVERSE; i++) {
            want.in[i] = a.in[i];
            for (size_t j = 0; j < UNIVERSE; j++)
                if (b.in[j] && path_has_prefix(w.all[i], w.all[j]))
                    want.in[i] = false;
        }
        expect_model(&w, fieldset_recursive_difference(&w.pool, x, y), &want,
                     "recursive difference");
        for (size_t i = 0; i < UNIVERSE; i++) {
            want.in[i] = a.in[i];
            for (size_t j = 0; j < UNIVERSE; j++)
                if (a.in[j] && below(w.all[j], w.all[i]))
                    want.in[i] = false;
        }
        expect_model(&w, fieldset_leaves(&w.pool, x), &want, "leaves");
        for (size_t i = 0; i < UNIVERSE; i++) {
            bool covered = a.in[i];
            for (size_t j = 0; j < UNIVERSE; j++)
                covered |= want.in[j] && path_has_prefix(w.all[i], w.all[j]);
            assert_int_equal(fieldset_covers(x, w.all[i]), covered);
        }
        struct collected c = {.w = &w};
        assert_int_equal(fieldset_each(x, collect, &c), 0);
        assert_int_equal(c.n, fieldset_size(x));
        if (c.n > 1) {
            struct collected half = {.w = &w, .stop = c.n / 2};
            assert_int_equal(fieldset_each(x, collect, &half), 77);
            assert_int_equal(half.n, c.n / 2);
        }
        struct err e = ERR_INIT;
        fieldset again = fieldset_read(&w.pool, fieldset_write(&w.pool, x), &e);
        assert_non_null(again);
        assert_true(fieldset_equal(again, x));
        assert_int_equal(fieldset_equal(x, y), memcmp(&a, &b, sizeof(a)) == 0);
        /* what does not change is shared */
        assert_ptr_equal(fieldset_union(&w.pool, x, x), x);
        assert_ptr_equal(fieldset_union(&w.pool, x, fieldset_empty), x);
        assert_ptr_equal(fieldset_intersection(&w.pool, x, fieldset_union(&w.pool, x, y)), x);
        val_pool_clear(&w.pool);
    }
}

static void limits_are_kept(void **state)
{
    for (size_t limit = 200; limit < 20000; limit += 411) {
        struct val_pool small, big;
        val_pool_init(&big);
        fieldset a = read_set(&big, entries[1]), b = read_set(&big, entries[2]);
        val_pool_init_limited(&small, limit);
        fieldset u = fieldset_union(&small, a, b);
        if (u)
            assert_int_equal(fieldset_size(u), fieldset_size(a) + fieldset_size(b));
        const struct val *v = fieldset_write(&small, a);
        if (v)
            assert_true(val_equal(v, json(&big, entries[1])));
        struct fieldset_builder *builder = fieldset_builder_new(&small);
        fieldset_builder_insert(builder, parse(&big, ".a.b.c[x=1]"));
        fieldset s = fieldset_builder_finish(builder);
        if (s)
            assert_int_equal(fieldset_size(s), 1);
        fieldset_builder_free(builder);
        val_pool_clear(&small);
        val_pool_clear(&big);
    }
}

/* ---- the walk ---- */

struct seen {
    struct buf text; /* "path=json" lines; ! item, ? ambiguous */
};

static int note(void *ctx, const struct fieldset_leaf *leaf)
{
    struct seen *s = ctx;
    assert_int_equal(path_format(&s->text, leaf->path, PATH_STYLE_SERVER), 0);
    buf_puts(&s->text, leaf->ambiguous ? "?" : "");
    buf_puts(&s->text, leaf->item ? "!" : "");
    buf_putc(&s->text, '=');
    if (!leaf->value)
        buf_puts(&s->text, "absent");
    else if (!leaf->item)
        json_write(&s->text, leaf->value, JSON_CANONICAL);
    buf_putc(&s->text, '\n');
    return 0;
}

static void expect_walk(const char *set, const char *value, const char *want)
{
    struct val_pool p;
    val_pool_init(&p);
    struct seen s;
    buf_init(&s.text, BUF_LARGE);
    assert_int_equal(fieldset_walk(read_set(&p, set), json(&p, value), note, &s), 0);
    assert_string_equal(buf_str(&s.text), want);
    buf_clear(&s.text);
    val_pool_clear(&p);
}

static void the_walk_meets_values(void **state)
{
    expect_walk("{\"f:spec\":{\"f:replicas\":{},\"f:gone\":{\"f:x\":{}},\"f:selector\":{}}}",
                "{\"spec\":{\"replicas\":3,\"selector\":{\"b\":1,\"a\":2}}}",
                ".spec.gone.x=absent\n.spec.replicas=3\n.spec.selector={\"a\":2,\"b\":1}\n");
    /* containers: existence apart from content; a map that is owned as a container is passed over
     */
    expect_walk(
        "{\"f:labels\":{\".\":{},\"f:a\":{}},\"f:c\":{\"k:{\\\"name\\\":\\\"w\\\"}\":{\".\":{},"
        "\"f:image\":{}},\"k:{\\\"name\\\":\\\"z\\\"}\":{\".\":{},\"f:image\":{}}}}",
        "{\"labels\":{\"a\":\"b\"},\"c\":[{\"name\":\"v\"},{\"name\":\"w\",\"image\":\"i\"}]}",
        ".c[name=\"w\"]!=\n.c[name=\"w\"].image=\"i\"\n.c[name=\"z\"]!=absent\n"
        ".c[name=\"z\"].image=absent\n.labels.a=\"b\"\n");
    /* an item that is atomic: its content counts */
    expect_walk("{\"f:o\":{\"k:{\\\"uid\\\":\\\"u\\\"}\":{}}}", "{\"o\":[{\"uid\":\"u\",\"n\":1}]}",
                ".o[uid=\"u\"]={\"n\":1,\"uid\":\"u\"}\n");
    /* the schema's default of a key field */
    expect_walk(
        "{\"f:ports\":{\"k:{\\\"port\\\":53,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},"
        "\"f:name\":{}},\"k:{\\\"port\\\":53,\\\"protocol\\\":\\\"UDP\\\"}\":{\"f:name\":{}}}}",
        "{\"ports\":[{\"port\":53,\"protocol\":\"UDP\",\"name\":\"u\"},"
        "{\"port\":53,\"name\":\"t\"}]}",
        ".ports[port=53,protocol=\"TCP\"]!=\n.ports[port=53,protocol=\"TCP\"].name=\"t\"\n"
        ".ports[port=53,protocol=\"UDP\"].name=\"u\"\n");
    /* sets, indexes, doubles */
    expect_walk(
        "{\"f:s\":{\"v:\\\"a\\\"\":{},\"v:\\\"b\\\"\":{},\"v:1\":{},\"i:1\":{},\"i:9\":{}}}",
        "{\"s\":[\"a\",1.0,\"a\"]}",
        ".s[=1]=1\n.s[=\"a\"]?=\"a\"\n.s[=\"b\"]=absent\n.s[1]=1\n.s[9]=absent\n");
    expect_walk("{\"f:c\":{\"k:{\\\"name\\\":\\\"w\\\"}\":{\".\":{},\"f:x\":{}}}}",
                "{\"c\":[{\"name\":\"w\",\"x\":1},{\"name\":\"w\",\"x\":2}]}",
                ".c[name=\"w\"]?!=\n.c[name=\"w\"].x?=1\n");
    /* types that do not fit */
    expect_walk("{\"f:c\":{\"k:{\\\"name\\\":\\\"w\\\"}\":{\"f:x\":{}},\"f:y\":{},\"i:0\":{}}}",
                "{\"c\":7}", ".c.y=absent\n.c[name=\"w\"].x=absent\n.c[0]=absent\n");
    expect_walk("{\"f:c\":{}}", "null", ".c=absent\n");
}

/* The table must say what the scan says: lists of every size, with duplicates and odd items. */
static void large_lists_are_found_alike(void **state)
{
    for (unsigned n = 1; n <= 300; n += 37) {
        struct buf set, value, want;
        buf_init(&set, BUF_LARGE);
        buf_init(&value, BUF_LARGE);
        buf_init(&want, BUF_LARGE);
        buf_puts(&set, "{\"f:l\":{");
        buf_puts(&value, "{\"l\":[null,7,{},{\"name\":{}}");
        for (unsigned i = 0; i < n; i++) {
            buf_printf(&set, "%s\"k:{\\\"name\\\":\\\"n%03u\\\",\\\"port\\\":%u}\":{\"f:v\":{}}",
                       i ? "," : "", i, i % 7);
            if (i % 5)
                buf_printf(&value, ",{\"name\":\"n%03u\",\"port\":%u,\"v\":%u}", n - i, (n - i) % 7,
                           n - i);
            if (i % 11 == 1)
                buf_printf(&value, ",{\"name\":\"n%03u\",\"port\":%u,\"v\":-1}", n - i,
                           (n - i) % 7);
        }
        buf_puts(&set, "}}");
        buf_puts(&value, "]}");
        for (unsigned i = 0; i < n; i++) {
            unsigned at = n - i; /* where it was written */
            bool there = i && at < n && at % 5;
            bool twice = i && at < n && at % 11 == 1;
            buf_printf(&want, ".l[name=\"n%03u\",port=%u].v%s=", i, i % 7,
                       there && twice ? "?" : "");
            if (there)
                buf_printf(&want, "%u\n", i);
            else
                buf_puts(&want, twice ? "-1\n" : "absent\n");
        }
        expect_walk(buf_str(&set), buf_str(&value), buf_str(&want));
        buf_clear(&set);
        buf_clear(&value);
        buf_clear(&want);
    }
}

static int stop_at_second(void *ctx, const struct fieldset_leaf *leaf)
{
    int *n = ctx;
    return ++*n == 2 ? 5 : 0;
}

static void the_walk_stops_when_told(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    int n = 0;
    assert_int_equal(fieldset_walk(read_set(&p, entries[2]), &val_null, stop_at_second, &n), 5);
    assert_int_equal(n, 2);
    val_pool_clear(&p);
}

/* ---- the table ---- */

static void equal_sets_are_one(void **state)
{
    struct fieldset_table *t = fieldset_table_new();
    fieldset first[7];
    uint32_t id;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 7; i++) {
            struct val_pool p;
            val_pool_init(&p);
            fieldset s = fieldset_table_intern(t, read_set(&p, entries[i]), &id);
            val_pool_clear(&p);
            if (round == 0)
                first[i] = s;
            assert_ptr_equal(s, first[i]);
            assert_int_equal(id, i);
            assert_ptr_equal(fieldset_table_get(t, id), s);
        }
    }
    assert_int_equal(fieldset_table_count(t), 7);
    assert_null(fieldset_table_get(t, 7));
    size_t nodes = fieldset_table_nodes(t);
    struct val_pool p;
    val_pool_init(&p);
    for (size_t i = 0; i < 7; i++)
        expect_written(&p, first[i], entries[i]);
    /* a larger set shares what is equal: only its root is new */
    fieldset wider = fieldset_union(&p, first[2], read_set(&p, "{\"f:zzz\":{}}"));
    fieldset_table_intern(t, wider, &id);
    assert_int_equal(id, 7);
    assert_int_equal(fieldset_table_nodes(t), nodes + 1);
    val_pool_clear(&p);
    fieldset_table_free(t);
}

RUN("fieldset", cmocka_unit_test(fields_v1_round_trips),
    cmocka_unit_test(fields_v1_is_read_leniently_where_servers_are),
    cmocka_unit_test(what_is_no_fields_v1_is_refused),
    cmocka_unit_test(operations_agree_with_the_model), cmocka_unit_test(limits_are_kept),
    cmocka_unit_test(the_walk_meets_values), cmocka_unit_test(large_lists_are_found_alike),
    cmocka_unit_test(the_walk_stops_when_told), cmocka_unit_test(equal_sets_are_one))
