// SPDX-License-Identifier: Apache-2.0
/* Golden cases. A module alone is rendered through a blueprint that holds nothing but it. */
#include "render/case.h"

#include "base/vec.h"
#include "catalog/files.h"
#include "data/diff.h"
#include "data/json.h"
#include "data/yaml.h"

#include <stdio.h>
#include <string.h>

#define REPORT_MAX (1u << 20)

struct running {
    const struct catalog *c;
    const struct catalog_module *module;
    const struct val *doc;
    const char *path;
    struct val_pool pool;
    struct yaml_docs docs;
    struct render_case_result *out;
    /* a blueprint of one module */
    struct catalog_file file;
    struct catalog_blueprint blueprint;
    struct blueprint_module only;
    struct catalog_composition *own;
};

/* ---- what is given ---- */

static const struct val *set(struct running *k, const struct val *map, const char *key,
                             const struct val *v)
{
    if (!map)
        map = val_map_of(&k->pool, NULL, 0);
    return v && map ? val_map_with(&k->pool, map, key, v) : map;
}

static const struct val *text(struct running *k, const char *s)
{
    return val_box(&k->pool, val_of_str(&k->pool, s));
}

static const struct val *environment(struct running *k)
{
    static const char *const keys[] = {"name", "namespace", "team", "owner"};
    const struct val *given = val_get(k->doc, "env"), *out = NULL;
    const char *name = val_str(val_get(given, "name"), "test");
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        out = set(k, out, keys[i], text(k, val_str(val_get(given, keys[i]), i < 2 ? name : "")));
    const struct val *labels = val_get(given, "labels");
    return set(k, out, "labels", labels ? labels : val_map_of(&k->pool, NULL, 0));
}

static const struct val *cluster(struct running *k, struct err *e)
{
    const struct val *g = val_get(k->doc, "cluster");
    const struct catalog_cluster c = {
        .name = val_str(val_get(g, "name"), "test"),
        .distribution = val_str(val_get(g, "distribution"), ""),
        .version = val_str(val_get(g, "version"), ""),
        .region = val_str(val_get(g, "region"), ""),
        .provider = val_str(val_get(g, "provider"), ""),
        .labels = val_get(g, "labels"),
        .facts = val_get(g, "facts"),
        .apis = val_get(g, "apis"),
    };
    const struct val *v = catalog_cluster_of(k->c, &k->pool, &c, NULL, e);
    return v ? set(k, v, "profile", val_get(g, "profile")) : NULL;
}

static const struct catalog_module *pick_only(void *ctx, const struct catalog_blueprint *b,
                                              const struct blueprint_module *want,
                                              struct catalog_problems *problems)
{
    (void)b;
    (void)want;
    (void)problems;
    return ((struct running *)ctx)->module;
}

/* The case's parameters and inputs are the instance's own, at their lines of the case. */
static const struct catalog_composition *compose(struct running *k,
                                                 struct catalog_problems *problems)
{
    struct err e = ERR_INIT;
    const struct val *at = set(k, NULL, "name", text(k, "test"));
    at = set(k, at, "params", val_get(k->doc, "params"));
    at = set(k, at, "inputs", val_get(k->doc, "inputs"));
    struct val *placed = (struct val *)at; /* made here, nobody else has it yet */
    placed->line = k->doc->line;
    placed->col = k->doc->col;
    k->only = (struct blueprint_module){.name = "test", .module = k->module->name, .at = at};
    k->blueprint = (struct catalog_blueprint){.file = &k->file,
                                              .doc = k->doc,
                                              .name = "test",
                                              .description = "",
                                              .modules = &k->only,
                                              .n_modules = 1,
                                              .spec = k->doc};
    k->blueprint.parameters = schema_load(&k->pool, val_map_of(&k->pool, NULL, 0), &e);
    k->blueprint.validator = schema_validator_new(k->blueprint.parameters, &e);
    err_clear(&e);
    k->own = composition_new(&k->blueprint, pick_only, k, problems);
    return k->own;
}

static const struct catalog_composition *
composition_for(struct running *k, struct catalog_problems *problems, struct err *e)
{
    if (k->module)
        return compose(k, problems);
    const struct val *name = val_get(k->doc, "blueprint");
    const struct catalog_blueprint *b = NULL;
    if (!val_is(name, VAL_STRING)) {
        err_set(e, ERR_INVALID, "the case says no blueprint: NAME@VERSION");
        err_at(e, k->path, k->doc->line, k->doc->col);
    } else if ((b = catalog_named_blueprint(k->c, name->as.s, e))) {
        const struct catalog_composition *c = catalog_composition_of(k->c, b);
        if (!c)
            err_set(e, ERR_INVALID, "blueprint %s has problems", b->name);
        return c;
    }
    return NULL;
}

/* ---- what comes ---- */

static void report_diff(struct running *k, const char *what, const struct val *want,
                        const struct val *have)
{
    struct diff_items items = {0};
    if (diff_values(&k->pool, want, have, NULL, NULL, &items))
        buf_printf(&k->out->report, "%s differs\n", what);
    for (size_t i = 0; i < items.len; i++) {
        const struct diff_item *d = &items.items[i];
        struct buf *b = &k->out->report;
        buf_printf(b, "%s: ", what);
        path_format(b, d->path, PATH_STYLE_SERVER);
        buf_puts(b, ": expected ");
        if (!d->before || json_write(b, d->before, JSON_COMPACT))
            buf_puts(b, "nothing");
        buf_puts(b, ", is ");
        if (!d->after || json_write(b, d->after, JSON_COMPACT))
            buf_puts(b, "nothing");
        buf_putc(b, '\n');
    }
    diff_items_clear(&items);
}

static void compare_objects(struct running *k, const struct render_result *r)
{
    size_t want = k->docs.len - 1;
    for (size_t i = 0; i < want || i < r->n_objects; i++) {
        const struct val *w = i < want ? k->docs.items[i + 1].value : NULL;
        const struct val *h = i < r->n_objects ? r->objects[i].object : NULL;
        const struct val *named = h ? h : w;
        char what[512];
        snprintf(what, sizeof(what), "object %zu, %s/%s", i + 1,
                 val_str(val_get(named, "kind"), "?"),
                 val_str(val_at(named, "metadata", "name", NULL), "?"));
        if (w && h && !val_equal(w, h))
            report_diff(k, what, w, h);
        else if (!w)
            buf_printf(&k->out->report, "%s is made, but not expected\n", what);
        else if (!h)
            buf_printf(&k->out->report, "%s is expected, but not made\n", what);
    }
    const struct val *outputs = val_get(k->doc, "outputs");
    const struct val *have = k->module ? r->instances[0].outputs : r->outputs;
    if (outputs && (!have || !val_equal(outputs, have)))
        report_diff(k, "outputs", outputs, have ? have : &val_null);
}

static void expect_errors(struct running *k, const struct catalog_problems *problems)
{
    const struct val *errors = val_get(k->doc, "errors");
    for (size_t i = 0; i < val_count(errors); i++) {
        const char *want = val_str(val_item(errors, i), "");
        bool found = false;
        for (size_t p = 0; p < problems->len && !found; p++) {
            char *line = err_format(&problems->items[p]);
            found = strstr(line, want) != NULL;
            mem_free(line);
        }
        if (!found)
            buf_printf(&k->out->report, "no problem says \"%s\"\n", want);
    }
    if (k->out->report.len || !errors)
        for (size_t p = 0; p < problems->len; p++) {
            char *line = err_format(&problems->items[p]);
            buf_printf(&k->out->report, "%s\n", line);
            mem_free(line);
        }
}

/* The case's own text, then the objects as they are now. */
static void write_updated(struct running *k, const struct render_result *r)
{
    const char *s = k->file.text, *end = strstr(s, "\n---");
    struct buf *b = &k->out->updated;
    size_t head = end ? (size_t)(end - s) + 1 : k->file.len;
    buf_add(b, s, head);
    if (head && s[head - 1] != '\n')
        buf_putc(b, '\n');
    for (size_t i = 0; i < r->n_objects; i++) {
        buf_puts(b, "---\n");
        yaml_write(b, r->objects[i].object);
    }
}

static void read_overrides(struct running *k, struct render_input *in)
{
    const struct val *list = val_get(k->doc, "overrides");
    struct render_override *out = arena_array(&k->pool.arena, val_count(list) + 1, sizeof(*out));
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        out[in->n_overrides++] = (struct render_override){val_str(val_get(v, "module"), ""),
                                                          val_get(v, "params"), "override"};
    }
    in->overrides = out;
}

static int run_case(struct running *k, struct err *e)
{
    struct catalog_problems problems = {0};
    struct render_result r = {0};
    struct render_input in = {.catalog = k->c, .params_file = &k->file};
    in.composition = composition_for(k, &problems, e);
    in.environment = environment(k);
    in.cluster = cluster(k, e);
    if (!k->module)
        in.params = val_get(k->doc, "params");
    read_overrides(k, &in);
    bool rendered = false;
    if (!e->code && in.composition)
        rendered = !render(&in, &k->pool, &r, &problems);
    if (e->code) {
        catalog_problems_clear(&problems);
        return e->code;
    }
    if (val_get(k->doc, "errors") || !rendered) {
        expect_errors(k, &problems);
        if (rendered)
            buf_puts(&k->out->report, "errors are expected, but it renders\n");
    } else {
        compare_objects(k, &r);
        write_updated(k, &r);
    }
    k->out->passed = !k->out->report.len;
    catalog_problems_clear(&problems);
    return 0;
}

static int check_keys(struct running *k, struct err *e)
{
    static const char *const known[] = {"name",    "blueprint", "params",  "inputs", "env",
                                        "cluster", "overrides", "outputs", "errors"};
    if (!val_is(k->doc, VAL_MAP)) {
        err_set(e, ERR_TYPE, "a case is a map");
        err_at(e, k->path, k->doc->line, k->doc->col);
        return e->code;
    }
    for (uint32_t i = 0; i < k->doc->len; i++) {
        const struct val_entry *entry = &k->doc->as.entries[i];
        bool found = false;
        for (size_t n = 0; n < ARRAY_LEN(known); n++)
            found = found || strcmp(known[n], entry->key->s) == 0;
        if (found)
            continue;
        const char *near = catalog_nearest(entry->key->s, known, ARRAY_LEN(known));
        err_set(e, ERR_INVALID, "a case has no key %.100s", entry->key->s);
        if (near)
            err_hint(e, "did you mean %s?", near);
        err_at(e, k->path, entry->line, entry->col);
        return e->code;
    }
    return 0;
}

int render_case_run(const struct catalog *c, const struct catalog_module *module, const char *path,
                    struct render_case_result *out, struct err *e)
{
    struct running k = {.c = c, .module = module, .path = path, .out = out};
    struct buf b;
    *out = (struct render_case_result){0};
    buf_init(&out->report, REPORT_MAX);
    buf_init(&out->updated, BUF_LARGE);
    buf_init(&b, CATALOG_FILE_MAX);
    val_pool_init(&k.pool);
    int rc = catalog_read_file(path, &b, e);
    rc = rc ? rc : yaml_read(&k.pool, buf_str(&b), b.len, path, &k.docs, e);
    k.file = (struct catalog_file){(char *)path, (char *)buf_str(&b), b.len};
    if (!rc && !k.docs.len)
        rc = err_set(e, ERR_INVALID, "%s is empty", path);
    k.doc = rc ? NULL : k.docs.items[0].value;
    rc = rc ? rc : check_keys(&k, e);
    rc = rc ? rc : run_case(&k, e);
    composition_free(k.own);
    schema_validator_free(k.blueprint.validator);
    yaml_docs_clear(&k.docs);
    val_pool_clear(&k.pool);
    buf_clear(&b);
    return rc;
}
