// SPDX-License-Identifier: Apache-2.0
/*
 * Modules that take their objects from elsewhere than templates: one row a source. What stands in
 * the table without a function is known by name and refused when the module is read.
 */
#include "render/render_int.h"

#include "catalog/files.h"
#include "data/yaml.h"

#include <fnmatch.h>
#include <string.h>

/* ---- plain manifests ---- */

static bool covered(const struct seeing *s, const char *name, const struct buf *text, struct err *e)
{
    const struct render_input *in = s->r->in;
    if (!in->covers || in->covers(in->covers_ctx, s->module, name, buf_str(text), text->len))
        return true;
    err_set(e, ERR_FORBIDDEN, "was changed while it was read, or is not among what was approved");
    return false;
}

static bool read_manifest(struct seeing *s, uint32_t instance, const char *name, uint32_t *number)
{
    char *full = catalog_join(s->module->folder, name);
    struct catalog_file *file = arena_new(&s->r->pool->arena, struct catalog_file);
    struct yaml_docs docs = {0};
    struct buf text;
    struct err e = ERR_INIT;
    bool good = true;
    buf_init(&text, CATALOG_FILE_MAX);
    if (!file || !(file->path = arena_strdup(&s->r->pool->arena, full)) ||
        catalog_read_file(full, &text, &e) || !covered(s, name, &text, &e) ||
        yaml_read(s->r->pool, buf_str(&text), text.len, full, &docs, &e)) {
        err_set(&e, ERR_LIMIT, "what is rendered is larger than allowed");
        err_at(&e, full, 0, 0);
        vec_push(s->r->problems, e);
        good = false;
    }
    for (size_t i = 0; i < docs.len; i++)
        good = render_finish_file(s, instance, (*number)++, docs.items[i].value, file) && good;
    yaml_docs_clear(&docs);
    buf_clear(&text);
    mem_free(full);
    return good;
}

static bool read_pattern(struct seeing *s, uint32_t instance, const struct val *v, uint32_t *number)
{
    struct catalog_names names = {0};
    struct err e = ERR_INIT;
    const char *pattern = val_str(v, "");
    bool any = false, good = true;
    if (strncmp(pattern, "./", 2) == 0)
        pattern += 2;
    if (catalog_list(s->module->folder, false, &names, &e)) {
        vec_push(s->r->problems, e);
        return false;
    }
    for (size_t i = 0; i < names.len; i++) {
        if (strcmp(names.items[i], "module.yaml") == 0 || !catalog_is_yaml(names.items[i]) ||
            fnmatch(pattern, names.items[i], FNM_PATHNAME | FNM_PERIOD) != 0)
            continue;
        any = true;
        good = read_manifest(s, instance, names.items[i], number) && good;
    }
    catalog_names_clear(&names);
    if (any)
        return good;
    struct err *p =
        catalog_problem(s->r->problems, s->file, v, ERR_NOT_FOUND, ".spec.source.manifests",
                        "no file of the module matches \"%.200s\"", pattern);
    if (p)
        err_hint(p, "patterns name files beside module.yaml: ./*.yaml");
    return false;
}

static bool manifests(struct seeing *s, uint32_t instance)
{
    uint32_t number = 0;
    bool good = true;
    for (size_t i = 0; i < val_count(s->module->source_spec); i++)
        good = read_pattern(s, instance, val_item(s->module->source_spec, i), &number) && good;
    return good;
}

static const struct render_source sources[] = {
    {MODULE_MANIFESTS, manifests},
};

const struct render_source *render_source_of(enum module_source source)
{
    for (size_t i = 0; i < ARRAY_LEN(sources); i++)
        if (sources[i].source == source)
            return &sources[i];
    return NULL;
}
