// SPDX-License-Identifier: Apache-2.0
/* Reading of Fleet and Cluster documents; fleet_clusters.c makes clusters of them. */
#include "engine/fleet_file.h"

#include "base/mem.h"
#include "base/vec.h"
#include "data/yaml.h"
#include "kube/file.h"

#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define API_VERSION "leeway.dev/v1alpha1"
#define FILE_MAX (16u * 1024u * 1024u)
#define POOL_MAX (128u * 1024u * 1024u)
#define PROBLEMS_MAX 200u

void fleet_problems_clear(struct fleet_problems *p)
{
    for (size_t i = 0; i < p->len; i++)
        err_clear(&p->items[i]);
    vec_clear(p);
}

struct reader {
    const char *source;
    struct fleet_problems *problems;
};

/* "path: message" at v. */
static __attribute__((format(printf, 5, 6))) void
problem(struct reader *r, const struct val *v, int code, const char *path, const char *fmt, ...)
{
    struct err e = ERR_INIT;
    va_list ap;
    if (r->problems->len >= PROBLEMS_MAX)
        return;
    va_start(ap, fmt);
    err_vset(&e, code, fmt, ap);
    va_end(ap);
    if (*path)
        err_prefix(&e, "%s", path);
    err_at(&e, r->source, v ? v->line : 1, v ? v->col : 1);
    vec_push(r->problems, e);
}

/* What a map may hold. */
struct key {
    const char *name; /* NULL ends the table */
    bool later;       /* in the format, but nothing reads it yet */
};

static void known_names(const struct key *keys, struct buf *out)
{
    for (; keys->name; keys++)
        if (!keys->later)
            buf_printf(out, "%s%s", out->len ? ", " : "", keys->name);
}

static void check_key(struct reader *r, const struct val_entry *entry, const char *path,
                      const struct key *keys)
{
    struct val at = {.line = entry->line, .col = entry->col};
    char full[512];
    snprintf(full, sizeof(full), "%s%s%.200s", path, *path ? "." : "", entry->key->s);
    for (const struct key *k = keys; k->name; k++) {
        if (strcmp(k->name, entry->key->s) != 0)
            continue;
        if (k->later)
            problem(r, &at, ERR_UNSUPPORTED, full, "this version does not read the key");
        return;
    }
    struct buf names;
    buf_init(&names, BUF_SMALL);
    known_names(keys, &names);
    problem(r, &at, ERR_INVALID, full, "unknown key, known here: %s", buf_str(&names));
    buf_clear(&names);
}

/* A map with no other keys than these; NULL (said) when v is something else, NULL when absent. */
static const struct val *as_map(struct reader *r, const struct val *v, const char *path,
                                const struct key *keys)
{
    if (!v)
        return NULL;
    if (!val_is(v, VAL_MAP)) {
        problem(r, v, ERR_TYPE, path, "is %s, a map is needed", val_type_name(val_type(v)));
        return NULL;
    }
    for (uint32_t i = 0; keys && i < v->len; i++)
        check_key(r, &v->as.entries[i], path, keys);
    return v;
}

static const struct val *as_list(struct reader *r, const struct val *v, const char *path)
{
    if (v && !val_is(v, VAL_LIST)) {
        problem(r, v, ERR_TYPE, path, "is %s, a list is needed", val_type_name(val_type(v)));
        return NULL;
    }
    return v;
}

static const char *as_string(struct reader *r, const struct val *v, const char *path)
{
    if (!v)
        return NULL;
    if (!val_is(v, VAL_STRING)) {
        problem(r, v, ERR_TYPE, path, "is %s, a string is needed", val_type_name(val_type(v)));
        return NULL;
    }
    if (!v->len || memchr(v->as.s, '\0', v->len)) {
        problem(r, v, ERR_INVALID, path, v->len ? "holds a NUL byte" : "is empty");
        return NULL;
    }
    return v->as.s;
}

static bool as_bool(struct reader *r, const struct val *v, const char *path, bool otherwise)
{
    if (v && !val_is(v, VAL_BOOL)) {
        problem(r, v, ERR_TYPE, path, "is %s, true or false is needed", val_type_name(val_type(v)));
        return otherwise;
    }
    return val_bool(v, otherwise);
}

static void as_labels(struct reader *r, const struct val *v, const char *path, struct labels *out)
{
    v = as_map(r, v, path, NULL);
    for (uint32_t i = 0; v && i < v->len; i++) {
        char full[512];
        const char *key = v->as.entries[i].key->s;
        const struct val *value = &v->as.entries[i].value;
        snprintf(full, sizeof(full), "%s.%.200s", path, key);
        if (!val_is(value, VAL_STRING))
            problem(r, value, ERR_TYPE, full, "is %s, a string is needed: put it in quotes",
                    val_type_name(val_type(value)));
        else if (memchr(value->as.s, '\0', value->len))
            problem(r, value, ERR_INVALID, full, "holds a NUL byte");
        else
            labels_set(out, key, value->as.s);
    }
}

/* ---- kind Cluster ---- */

static const struct key document_keys[] = {
    {"apiVersion", 0}, {"kind", 0}, {"metadata", 0}, {"spec", 0}, {NULL, 0}};

static bool check_kind(struct reader *r, const struct val *doc, const char *kind)
{
    if (!as_map(r, doc, "", document_keys))
        return false;
    const struct val *api = val_get(doc, "apiVersion"), *have = val_get(doc, "kind");
    /* A document of another kind is not taken apart further. */
    if (!have || !val_str_is(have, kind)) {
        problem(r, have ? have : doc, ERR_INVALID, "kind", "is \"%.100s\", %s is needed",
                val_str(have, ""), kind);
        return false;
    }
    if (!api || !val_str_is(api, API_VERSION))
        problem(r, api ? api : doc, ERR_UNSUPPORTED, "apiVersion", "is \"%.100s\", %s is needed",
                val_str(api, ""), API_VERSION);
    return true;
}

static void cluster_file_clear(struct fleet_cluster_file *c)
{
    mem_free(c->name);
    labels_clear(&c->labels);
    mem_free(c->context);
    mem_free(c->distribution);
    labels_clear(&c->facts);
    mem_free(c->path);
}

static char *dup_or_null(const char *s)
{
    return s ? mem_strdup(s) : NULL;
}

static void read_cluster(struct reader *r, const struct val *doc, struct fleet_source *to)
{
    static const struct key metadata_keys[] = {{"name", 0}, {"labels", 0}, {NULL, 0}};
    static const struct key spec_keys[] = {{"kubeconfig", 0}, {"distribution", 0}, {"facts", 0},
                                           {"windows", true}, {"secretRef", true}, {"server", true},
                                           {NULL, 0}};
    static const struct key kubeconfig_keys[] = {{"context", 0}, {NULL, 0}};
    if (!check_kind(r, doc, "Cluster"))
        return;
    const struct val *metadata = as_map(r, val_get(doc, "metadata"), "metadata", metadata_keys);
    const struct val *spec = as_map(r, val_get(doc, "spec"), "spec", spec_keys);
    const struct val *kubeconfig =
        as_map(r, val_get(spec, "kubeconfig"), "spec.kubeconfig", kubeconfig_keys);
    const struct val *context = val_get(kubeconfig, "context");
    struct fleet_cluster_file c = {.path = mem_strdup(r->source), .line = doc->line};
    c.name = dup_or_null(as_string(r, val_get(metadata, "name"), "metadata.name"));
    as_labels(r, val_get(metadata, "labels"), "metadata.labels", &c.labels);
    c.context = dup_or_null(as_string(r, context, "spec.kubeconfig.context"));
    c.distribution = dup_or_null(as_string(r, val_get(spec, "distribution"), "spec.distribution"));
    as_labels(r, val_get(spec, "facts"), "spec.facts", &c.facts);
    if (context) {
        c.context_line = context->line;
        c.context_col = context->col;
    }
    if (!val_get(metadata, "name"))
        problem(r, metadata ? metadata : doc, ERR_INVALID, "metadata.name", "is missing");
    if (!context)
        problem(r, spec ? spec : doc, ERR_INVALID, "spec.kubeconfig.context", "is missing");
    if (!c.name || !c.context) {
        cluster_file_clear(&c);
        return;
    }
    to->clusters = mem_reallocarray(to->clusters, to->clusters_len + 1, sizeof(*to->clusters));
    to->clusters[to->clusters_len++] = c;
}

/* ---- files ---- */

/* Reads and parses; problems are said. Values live in pool. */
static bool read_documents(struct reader *r, struct val_pool *pool, struct yaml_docs *docs)
{
    struct buf text;
    struct err e = ERR_INIT;
    buf_init(&text, FILE_MAX);
    int rc = kube_file_read(r->source, KUBE_FILE_REGULAR, &text, &e);
    if (!rc)
        rc = yaml_read(pool, buf_str(&text), text.len, r->source, docs, &e);
    buf_clear(&text);
    if (!rc)
        return true;
    err_at(&e, r->source, 0, 0);
    vec_push(r->problems, e);
    return false;
}

static void read_cluster_file(struct fleet_problems *problems, const char *path,
                              struct fleet_source *to)
{
    struct reader r = {path, problems};
    struct val_pool pool;
    struct yaml_docs docs = {0};
    val_pool_init_limited(&pool, POOL_MAX);
    if (read_documents(&r, &pool, &docs))
        for (size_t i = 0; i < docs.len; i++)
            read_cluster(&r, docs.items[i].value, to);
    yaml_docs_clear(&docs);
    val_pool_clear(&pool);
}

static void read_files(struct reader *r, const struct val *v, const char *path, const char *dir,
                       struct fleet_source *to)
{
    const char *pattern = as_string(r, v, path);
    if (!pattern)
        return;
    char *full = kube_file_resolve(dir, pattern);
    glob_t found = {0};
    int rc = glob(full, 0, NULL, &found);
    if (rc == GLOB_NOMATCH)
        problem(r, v, ERR_NOT_FOUND, path, "no file matches %.200s", pattern);
    else if (rc)
        problem(r, v, ERR_IO, path, "cannot list %.200s", pattern);
    for (size_t i = 0; !rc && i < found.gl_pathc; i++)
        read_cluster_file(r->problems, found.gl_pathv[i], to);
    globfree(&found);
    mem_free(full);
}

/* ---- kind Fleet ---- */

static void read_contexts(struct reader *r, const struct val *v, const char *path,
                          struct fleet_source *to)
{
    static const struct key keys[] = {{"contexts", 0}, {"labels", 0}, {NULL, 0}};
    char sub[128];
    v = as_map(r, v, path, keys);
    snprintf(sub, sizeof(sub), "%s.contexts", path);
    const struct val *list = as_list(r, val_get(v, "contexts"), sub);
    for (size_t i = 0; i < val_count(list); i++) {
        char item[160];
        snprintf(item, sizeof(item), "%s[%zu]", sub, i);
        const char *s = as_string(r, val_item(list, i), item);
        if (s)
            kube_string_list_add(&to->contexts, s);
    }
    snprintf(sub, sizeof(sub), "%s.labels", path);
    as_labels(r, val_get(v, "labels"), sub, &to->labels);
}

static struct fleet_source *add_source(struct fleet_file *f)
{
    f->sources = mem_reallocarray(f->sources, f->sources_len + 1, sizeof(*f->sources));
    f->sources[f->sources_len] = (struct fleet_source){0};
    return &f->sources[f->sources_len++];
}

static void read_inventory(struct reader *r, const struct val *list, struct fleet_file *f)
{
    static const struct key keys[] = {{"kubeconfig", 0},    {"files", 0},
                                      {"clusterAPI", true}, {"clusterProfile", true},
                                      {"argocd", true},     {NULL, 0}};
    list = as_list(r, list, "spec.inventory");
    for (size_t i = 0; i < val_count(list); i++) {
        char path[64], sub[96];
        const struct val *item = val_item(list, i);
        snprintf(path, sizeof(path), "spec.inventory[%zu]", i);
        if (!as_map(r, item, path, keys))
            continue;
        const struct val *kubeconfig = val_get(item, "kubeconfig"), *files = val_get(item, "files");
        if (item->len != 1)
            problem(r, item, ERR_INVALID, path, "exactly one key is needed: kubeconfig or files");
        if (kubeconfig) {
            snprintf(sub, sizeof(sub), "%s.kubeconfig", path);
            read_contexts(r, kubeconfig, sub, add_source(f));
        } else if (files) {
            struct fleet_source *s = add_source(f);
            s->files = true;
            snprintf(sub, sizeof(sub), "%s.files", path);
            read_files(r, files, sub, f->dir, s);
        }
    }
}

static void read_protect(struct reader *r, const struct val *list, struct fleet_file *f)
{
    static const struct key keys[] = {
        {"selector", 0}, {"readOnly", 0}, {"typedConfirmation", 0}, {NULL, 0}};
    list = as_list(r, list, "spec.protect");
    for (size_t i = 0; i < val_count(list); i++) {
        char path[64], sub[128];
        snprintf(path, sizeof(path), "spec.protect[%zu]", i);
        const struct val *item = as_map(r, val_item(list, i), path, keys);
        if (!item)
            continue;
        f->protect = mem_reallocarray(f->protect, f->protect_len + 1, sizeof(*f->protect));
        struct fleet_protect *p = &f->protect[f->protect_len++];
        *p = (struct fleet_protect){0};
        snprintf(sub, sizeof(sub), "%s.selector", path);
        as_labels(r, val_get(item, "selector"), sub, &p->selector);
        snprintf(sub, sizeof(sub), "%s.readOnly", path);
        p->read_only = as_bool(r, val_get(item, "readOnly"), sub, false);
        snprintf(sub, sizeof(sub), "%s.typedConfirmation", path);
        p->typed_confirmation = as_bool(r, val_get(item, "typedConfirmation"), sub, false);
    }
}

static void read_store(struct reader *r, const struct val *v, const char *home,
                       struct fleet_file *f)
{
    static const struct key store_keys[] = {{"sqlite", 0}, {NULL, 0}};
    static const struct key sqlite_keys[] = {{"path", 0}, {NULL, 0}};
    const struct val *sqlite = as_map(r, val_get(as_map(r, v, "spec.store", store_keys), "sqlite"),
                                      "spec.store.sqlite", sqlite_keys);
    const char *path = as_string(r, val_get(sqlite, "path"), "spec.store.sqlite.path");
    if (!path)
        return;
    f->store_path = home && strncmp(path, "~/", 2) == 0 ? kube_file_resolve(home, path + 2)
                                                        : kube_file_resolve(f->dir, path);
}

static void read_catalogs(struct reader *r, const struct val *v, struct fleet_file *f)
{
    const struct val *list = as_list(r, v, "spec.catalogs");
    f->catalogs = mem_calloc(val_count(list) + 1, sizeof(*f->catalogs));
    for (size_t i = 0; i < val_count(list); i++) {
        char path[64];
        snprintf(path, sizeof(path), "spec.catalogs[%zu]", i);
        const char *s = as_string(r, val_item(list, i), path);
        if (s)
            f->catalogs[f->catalogs_len++] = kube_file_resolve(f->dir, s);
    }
}

static void read_fleet(struct reader *r, const struct val *doc, const char *home,
                       struct fleet_file *f)
{
    static const struct key metadata_keys[] = {{"name", 0}, {"uid", 0}, {NULL, 0}};
    static const struct key spec_keys[] = {
        {"inventory", 0},       {"protect", 0},      {"store", 0}, {"catalogs", 0},
        {"environments", true}, {"approvals", true}, {NULL, 0}};
    if (!check_kind(r, doc, "Fleet"))
        return;
    const struct val *metadata = as_map(r, val_get(doc, "metadata"), "metadata", metadata_keys);
    const struct val *spec = as_map(r, val_get(doc, "spec"), "spec", spec_keys);
    f->name = dup_or_null(as_string(r, val_get(metadata, "name"), "metadata.name"));
    if (!val_get(metadata, "name"))
        problem(r, metadata ? metadata : doc, ERR_INVALID, "metadata.name", "is missing");
    f->uid = dup_or_null(as_string(r, val_get(metadata, "uid"), "metadata.uid"));
    read_inventory(r, val_get(spec, "inventory"), f);
    read_protect(r, val_get(spec, "protect"), f);
    read_store(r, val_get(spec, "store"), home, f);
    read_catalogs(r, val_get(spec, "catalogs"), f);
}

int fleet_file_load(const char *path, const char *home, struct fleet_file *out,
                    struct fleet_problems *problems)
{
    *out = (struct fleet_file){0};
    if (!path) {
        out->name = mem_strdup("default");
        add_source(out);
        return 0;
    }
    size_t before = problems->len;
    struct reader r = {path, problems};
    struct val_pool pool;
    struct yaml_docs docs = {0};
    out->path = mem_strdup(path);
    out->dir = kube_file_dir(path);
    val_pool_init_limited(&pool, POOL_MAX);
    if (read_documents(&r, &pool, &docs)) {
        if (docs.len == 0)
            problem(&r, NULL, ERR_INVALID, "",
                    "the file is empty, one document of kind Fleet is "
                    "needed");
        else
            read_fleet(&r, docs.items[0].value, home, out);
        if (docs.len > 1)
            problem(&r, docs.items[1].value, ERR_INVALID, "",
                    "one document of kind Fleet is needed, here begins another");
    }
    yaml_docs_clear(&docs);
    val_pool_clear(&pool);
    if (problems->len > before) {
        int code = problems->items[before].code;
        fleet_file_clear(out);
        return code;
    }
    if (!out->sources_len)
        add_source(out);
    return 0;
}

void fleet_file_clear(struct fleet_file *f)
{
    mem_free(f->path);
    mem_free(f->dir);
    mem_free(f->name);
    mem_free(f->uid);
    mem_free(f->store_path);
    for (size_t i = 0; i < f->catalogs_len; i++)
        mem_free(f->catalogs[i]);
    mem_free(f->catalogs);
    for (size_t i = 0; i < f->sources_len; i++) {
        struct fleet_source *s = &f->sources[i];
        kube_string_list_clear(&s->contexts);
        labels_clear(&s->labels);
        for (size_t k = 0; k < s->clusters_len; k++)
            cluster_file_clear(&s->clusters[k]);
        mem_free(s->clusters);
    }
    mem_free(f->sources);
    for (size_t i = 0; i < f->protect_len; i++)
        labels_clear(&f->protect[i].selector);
    mem_free(f->protect);
    *f = (struct fleet_file){0};
}
