// SPDX-License-Identifier: Apache-2.0
/* Reading a folder into a snapshot: which file is what, in a fixed order. link.c checks across. */
#include "catalog/catalog_int.h"
#include "catalog/files.h"

#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

struct loader {
    struct catalog *c;
    const struct catalog_kinds *kinds;
    const struct catalog *last;
    struct catalog_problems *problems;
};

/* ---- one file ---- */

static const struct catalog_source *last_good(const struct loader *l, const char *path)
{
    for (size_t i = 0; l->last && i < l->last->n_sources; i++)
        if (l->last->sources[i].file && strcmp(l->last->sources[i].path, path) == 0)
            return &l->last->sources[i];
    return NULL;
}

static void keep(struct catalog *c, struct catalog_source s)
{
    if (c->n_sources == c->cap_sources) {
        c->cap_sources = c->cap_sources ? c->cap_sources * 2 : 16;
        c->sources = mem_reallocarray(c->sources, c->cap_sources, sizeof(*c->sources));
    }
    c->sources[c->n_sources++] = s;
}

/* Everything in a file into the catalog. */
static void take(struct loader *l, struct document_file *f, const struct catalog_reader *reader,
                 const struct catalog_at *at, struct catalog_problems *problems)
{
    for (size_t i = 0; f && i < f->len; i++)
        reader->read(l->c, &f->items[i], f, at, problems);
}

/* Never through a link: what is read is what an approval covers. */
static struct document_file *read_file(struct loader *l, const char *path, const char *kind,
                                       struct catalog_problems *problems)
{
    struct document_file *f = NULL;
    struct buf text;
    struct err e = ERR_INIT;
    buf_init(&text, CATALOG_FILE_MAX);
    if (catalog_read_file(path, &text, &e)) {
        err_at(&e, path, 0, 0);
        vec_push(problems, e);
    } else {
        f = document_file_parse(l->kinds, path, buf_str(&text), text.len, kind, 0, problems);
    }
    buf_clear(&text);
    return f;
}

static void load_file(struct loader *l, const char *path, const struct catalog_reader *reader,
                      const struct catalog_at *at)
{
    struct catalog_problems mine = {0}, again = {0};
    struct catalog_source s = {.path = mem_strdup(path), .folder = mem_strdup(at->folder)};
    struct catalog_at here = {s.folder, at->name, at->version};
    const struct catalog_source *old = last_good(l, path);
    const struct catalog_mark mark = catalog_mark(l->c);
    s.file = read_file(l, path, reader->kind, &mine);
    take(l, s.file, reader, &here, &mine);
    if (mine.len && old) { /* what was made of it goes; what it was before takes its place */
        catalog_back_to(l->c, mark);
        document_file_free(s.file);
        s.file = document_file_parse(l->kinds, path, old->file->file.text, old->file->file.len,
                                     reader->kind, 0, &again);
        s.stale = true;
        take(l, s.file, reader, &here, &again);
        catalog_problems_clear(&again);
    }
    keep(l->c, s);
    catalog_problems_move(l->problems, &mine);
}

/* ---- folders ---- */

static void list(struct loader *l, const char *path, bool folders, struct catalog_names *out)
{
    struct err e = ERR_INIT;
    if (catalog_list(path, folders, out, &e)) {
        err_at(&e, path, 0, 0);
        vec_push(l->problems, e);
    }
}

/* Documents of one kind directly in a folder. */
static void load_flat(struct loader *l, const char *root, const char *name,
                      const struct catalog_reader *reader)
{
    struct catalog_names names = {0};
    char *folder = catalog_join(root, name);
    list(l, folder, false, &names);
    for (size_t i = 0; i < names.len; i++) {
        char *full = catalog_join(folder, names.items[i]);
        if (catalog_is_yaml(names.items[i]))
            load_file(l, full, reader, &(struct catalog_at){folder, NULL, NULL});
        mem_free(full);
    }
    catalog_names_clear(&names);
    mem_free(folder);
}

/* modules/NAME/VERSION/module.yaml */
static void load_versions(struct loader *l, const char *folder, const char *name)
{
    struct catalog_names versions = {0};
    list(l, folder, true, &versions);
    for (size_t k = 0; k < versions.len; k++) {
        char *at = catalog_join(folder, versions.items[k]);
        char *full = catalog_join(at, "module.yaml");
        load_file(l, full, &catalog_read_module, &(struct catalog_at){at, name, versions.items[k]});
        mem_free(full);
        mem_free(at);
    }
    catalog_names_clear(&versions);
}

/* blueprints/NAME/VERSION.yaml */
static void load_blueprint_files(struct loader *l, const char *folder, const char *name)
{
    struct catalog_names files = {0};
    list(l, folder, false, &files);
    for (size_t k = 0; k < files.len; k++) {
        if (!catalog_is_yaml(files.items[k]))
            continue;
        char *full = catalog_join(folder, files.items[k]);
        const char *dot = strrchr(files.items[k], '.');
        char *version = mem_strndup(files.items[k], (size_t)(dot - files.items[k]));
        load_file(l, full, &catalog_read_blueprint, &(struct catalog_at){folder, name, version});
        mem_free(version);
        mem_free(full);
    }
    catalog_names_clear(&files);
}

static void load_named(struct loader *l, const char *root, const char *part,
                       void (*load)(struct loader *l, const char *folder, const char *name))
{
    struct catalog_names names = {0};
    char *folder = catalog_join(root, part);
    list(l, folder, true, &names);
    for (size_t i = 0; i < names.len; i++) {
        char *of = catalog_join(folder, names.items[i]);
        load(l, of, names.items[i]);
        mem_free(of);
    }
    catalog_names_clear(&names);
    mem_free(folder);
}

/* Distributions that the fleet's own Cluster files name; what is wrong in those is the fleet's. */
static void load_distributions(struct loader *l, const char *root)
{
    struct catalog_names names = {0};
    char *folder = catalog_join(root, "clusters");
    if (catalog_list(folder, false, &names, NULL))
        names.len = 0;
    for (size_t i = 0; i < names.len; i++) {
        struct catalog_problems unsaid = {0};
        char *full = catalog_join(folder, names.items[i]);
        struct document_file *f =
            catalog_is_yaml(names.items[i]) ? read_file(l, full, "Cluster", &unsaid) : NULL;
        for (size_t k = 0; f && k < f->len; k++) {
            const char *name = val_str(val_get(f->items[k].spec, "distribution"), NULL);
            if (!name)
                continue;
            l->c->distributions = mem_reallocarray(l->c->distributions, l->c->n_distributions + 1,
                                                   sizeof(*l->c->distributions));
            l->c->distributions[l->c->n_distributions++] = mem_strdup(name);
        }
        document_file_free(f);
        catalog_problems_clear(&unsaid);
        mem_free(full);
    }
    catalog_names_clear(&names);
    mem_free(folder);
}

static char *catalog_folder(const char *root)
{
    static const char *const parts[] = {"modules", "blueprints", "profiles", "teams", "guardrails"};
    char *inside = catalog_join(root, "catalog");
    if (catalog_is_folder(inside))
        return inside;
    mem_free(inside);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        char *part = catalog_join(root, parts[i]);
        bool there = catalog_is_folder(part);
        mem_free(part);
        if (there)
            return mem_strdup(root);
    }
    return NULL;
}

/* NULL and *e: there is no catalog. */
static struct catalog *open_catalog(const char *root, struct err *e)
{
    char *folder = catalog_folder(root);
    if (!folder) {
        err_set(e, ERR_NOT_FOUND, "%s holds no catalog", root);
        err_hint(e, "a catalog has folders modules, blueprints, profiles, teams; a fleet has it in "
                    "the folder catalog");
        return NULL;
    }
    struct catalog *c = mem_new(struct catalog);
    c->root = mem_strdup(root);
    c->folder = folder;
    return c;
}

int catalog_load(const char *root, const struct catalog_kinds *kinds, const struct catalog *last,
                 struct catalog **out, struct catalog_problems *problems, struct err *e)
{
    struct catalog *c = *out = open_catalog(root, e);
    struct loader l = {c, kinds, last, problems};
    if (!c)
        return e->code;
    load_distributions(&l, root);
    load_flat(&l, c->folder, "profiles", &catalog_read_profile);
    load_named(&l, c->folder, "modules", load_versions);
    load_named(&l, c->folder, "blueprints", load_blueprint_files);
    load_flat(&l, c->folder, "teams", &catalog_read_team);
    catalog_link(c, problems);
    catalog_problems_sort(problems);
    return 0;
}

static int load_one(const char *root, const char *part, const struct catalog_reader *reader,
                    const struct catalog_kinds *kinds, struct catalog **out,
                    struct catalog_problems *problems, struct err *e)
{
    struct catalog *c = *out = open_catalog(root, e);
    struct loader l = {c, kinds, NULL, problems};
    if (!c)
        return e->code;
    load_flat(&l, c->folder, part, reader);
    catalog_link(c, problems);
    catalog_problems_sort(problems);
    return 0;
}

int catalog_load_profiles(const char *root, const struct catalog_kinds *kinds, struct catalog **out,
                          struct catalog_problems *problems, struct err *e)
{
    return load_one(root, "profiles", &catalog_read_profile, kinds, out, problems, e);
}

int catalog_load_teams(const char *root, const struct catalog_kinds *kinds, struct catalog **out,
                       struct catalog_problems *problems, struct err *e)
{
    return load_one(root, "teams", &catalog_read_team, kinds, out, problems, e);
}

void catalog_free(struct catalog *c)
{
    if (!c)
        return;
    for (size_t i = 0; c->compositions && i < c->n_blueprints; i++)
        composition_free(c->compositions[i]);
    catalog_back_to(c, (struct catalog_mark){0});
    mem_free(c->compositions);
    mem_free(c->modules);
    mem_free(c->blueprints);
    mem_free(c->profiles);
    mem_free(c->teams);
    for (size_t i = 0; i < c->n_sources; i++) {
        document_file_free(c->sources[i].file);
        mem_free(c->sources[i].path);
        mem_free(c->sources[i].folder);
    }
    mem_free(c->sources);
    for (size_t i = 0; i < c->n_distributions; i++)
        mem_free(c->distributions[i]);
    mem_free(c->distributions);
    mem_free(c->root);
    mem_free(c->folder);
    mem_free(c);
}
