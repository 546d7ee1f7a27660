// SPDX-License-Identifier: Apache-2.0
/*
 * Any YAML is a module or is refused with places that lie in the file; what is a module renders, or
 * says why not, the same way twice. A text alone is also tried as a template.
 */
#include "base/mem.h"
#include "data/json.h"
#include "data/yaml.h"
#include "render/render.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct catalog_module *pick(void *ctx, const struct catalog_blueprint *b,
                                         const struct blueprint_module *want,
                                         struct catalog_problems *problems)
{
    (void)b;
    (void)want;
    (void)problems;
    return ctx;
}

static const struct val *text_map(struct val_pool *p, const char *const *keys, size_t n)
{
    const struct val *v = val_map_of(p, NULL, 0), s = val_borrow_str("a", 1);
    for (size_t i = 0; i < n; i++)
        v = val_map_with(p, v, keys[i], &s);
    return v;
}

static void render_once(const struct catalog_composition *c, struct buf *out)
{
    static const char *const env[] = {"name", "namespace", "team", "owner"};
    struct val_pool pool;
    struct render_result r;
    struct catalog_problems problems = {0};
    struct catalog_cluster cl = {"c", "eks", "1.31", "r", "p", NULL, NULL, NULL};
    val_pool_init_limited(&pool, 32u << 20);
    struct render_input in = {.composition = c, .environment = text_map(&pool, env, 4)};
    in.environment = val_map_with(&pool, in.environment, "labels", val_map_of(&pool, NULL, 0));
    in.cluster = catalog_cluster_value(&pool, &cl, NULL, 0, NULL, NULL);
    if (!render(&in, &pool, &r, &problems))
        for (size_t i = 0; i < r.n_objects; i++) {
            struct render_cause causes[RENDER_CAUSES_MAX];
            for (size_t k = 0; k < r.objects[i].n_leaves; k++)
                render_causes(&r, &r.objects[i], r.objects[i].leaves[k].path, causes);
            json_write(out, r.objects[i].object, JSON_COMPACT);
        }
    for (size_t i = 0; i < problems.len; i++)
        buf_puts(out, problems.items[i].text);
    catalog_problems_clear(&problems);
    val_pool_clear(&pool);
}

static void try_module(const struct val *doc, const struct catalog_file *file,
                       struct val_pool *pool)
{
    struct catalog_problems problems = {0};
    struct catalog_module *m = module_read(doc, file, "/nonexistent", pool, &problems);
    uint32_t lines = 2;
    for (size_t i = 0; i < file->len; i++)
        lines += file->text[i] == '\n' || file->text[i] == '\r';
    for (size_t i = 0; i < problems.len; i++)
        if (problems.items[i].line > 3 * lines) /* other line breaks count, too */
            abort();
    if (!m->broken) {
        struct val_pool own;
        val_pool_init(&own);
        struct blueprint_module only = {
            .name = "m", .module = m->name, .at = val_map_of(&own, NULL, 0)};
        struct catalog_blueprint b = {
            .file = file, .doc = doc, .name = "b", .modules = &only, .n_modules = 1};
        b.parameters = schema_load(&own, val_map_of(&own, NULL, 0), NULL);
        b.validator = schema_validator_new(b.parameters, NULL);
        struct catalog_composition *c = composition_new(&b, pick, m, &problems);
        struct buf one, two;
        buf_init(&one, BUF_LARGE);
        buf_init(&two, BUF_LARGE);
        if (c) {
            render_once(c, &one);
            render_once(c, &two);
        }
        if (one.len != two.len || (one.len && memcmp(one.data, two.data, one.len) != 0))
            abort();
        buf_clear(&one);
        buf_clear(&two);
        composition_free(c);
        schema_validator_free(b.validator);
        val_pool_clear(&own);
    }
    module_free(m);
    catalog_problems_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct val_pool pool;
    struct yaml_docs docs = {0};
    if (size > 20000)
        return 0;
    char *text = mem_strndup((const char *)data, size);
    struct catalog_file file = {"f", text, size};
    val_pool_init_limited(&pool, 32u << 20);
    template_expr_end(text, text + size);
    if (!yaml_read(&pool, text, size, "f", &docs, NULL))
        for (size_t i = 0; i < docs.len && i < 3; i++)
            try_module(docs.items[i].value, &file, &pool);
    yaml_docs_clear(&docs);
    val_pool_clear(&pool);
    mem_free(text);
    return 0;
}
