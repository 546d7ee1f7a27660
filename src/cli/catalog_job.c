// SPDX-License-Identifier: Apache-2.0
/* Opening a catalog for a verb; clusters and parameters from the command line. */
#include "cli/catalog_job.h"

#include "catalog/files.h"
#include "cli/input.h"
#include "data/yaml.h"

#include <string.h>

int catalog_job_open(struct catalog_job *j, const struct cli_args *args)
{
    struct err e = ERR_INIT;
    const char *given = cli_value(args, "catalog");
    *j = (struct catalog_job){.args = args, .root = given ? given : "."};
    val_pool_init(&j->pool);
    j->kinds = catalog_kinds_new();
    if (!catalog_load(j->root, j->kinds, NULL, &j->catalog, &j->problems, &e))
        return CLI_OK;
    return catalog_job_failed(j, &e);
}

void catalog_job_close(struct catalog_job *j)
{
    catalog_free(j->catalog);
    catalog_problems_clear(&j->problems);
    catalog_kinds_free(j->kinds);
    val_pool_clear(&j->pool);
}

void catalog_job_print(FILE *out, const char *s)
{
    cli_print_clean(out, s, strlen(s));
}

void catalog_job_problems(const struct catalog_problems *p, FILE *out)
{
    for (size_t i = 0; i < p->len; i++) {
        const struct err *e = &p->items[i];
        char *place = mem_printf("%s:%u:%u: ", e->source ? e->source : "?", e->line, e->col);
        catalog_job_print(out, e->source && e->line ? place : e->source ? e->source : "");
        if (e->source && !e->line)
            fputs(": ", out);
        catalog_job_print(out, e->text);
        fputc('\n', out);
        if (e->hint) {
            fputs("    ", out);
            catalog_job_print(out, e->hint);
            fputc('\n', out);
        }
        mem_free(place);
    }
    if (p->more)
        fprintf(out, "and %zu more\n", p->more);
}

int catalog_job_failed(const struct catalog_job *j, struct err *e)
{
    char *text = err_format(e);
    fprintf(stderr, "leeway %s: ", j->args->verb->name);
    catalog_job_print(stderr, text);
    fputc('\n', stderr);
    mem_free(text);
    err_clear(e);
    return CLI_FAILED;
}

/* ---- the cluster ---- */

static void read_cluster_document(const struct document *d, struct catalog_cluster *out)
{
    out->labels = val_get(d->metadata, "labels");
    out->distribution = val_str(val_get(d->spec, "distribution"), "");
    out->facts = val_get(d->spec, "facts");
}

/* True: it was found, or something is wrong (*e). The file's values move into the job's pool. */
static bool find_cluster_file(struct catalog_job *j, const char *name, struct catalog_cluster *out,
                              struct err *e)
{
    char *folder = catalog_join(j->root, "clusters");
    struct catalog_names names = {0};
    bool found = false;
    if (catalog_list(folder, false, &names, e))
        found = true;
    for (size_t i = 0; i < names.len && !found; i++) {
        char *full = catalog_join(folder, names.items[i]);
        struct catalog_problems problems = {0};
        struct document_file *f = catalog_is_yaml(names.items[i])
                                      ? document_file_read(j->kinds, full, "Cluster", 0, &problems)
                                      : NULL;
        for (size_t k = 0; f && k < f->len && !found; k++) {
            if (strcmp(f->items[k].name, name) != 0)
                continue;
            found = true;
            struct document copy = f->items[k];
            copy.metadata = copy.metadata ? val_copy(&j->pool, copy.metadata) : NULL;
            copy.spec = copy.spec ? val_copy(&j->pool, copy.spec) : NULL;
            read_cluster_document(&copy, out);
            if (copy.broken)
                catalog_problems_move(&j->problems, &problems);
        }
        catalog_problems_clear(&problems);
        document_file_free(f);
        mem_free(full);
    }
    catalog_names_clear(&names);
    mem_free(folder);
    return found;
}

static const struct val *text(struct catalog_job *j, const char *s)
{
    return val_box(&j->pool, val_of_str(&j->pool, s));
}

static const struct val *put(struct catalog_job *j, const struct val *map, const char *key,
                             const char *value)
{
    return val_map_with(&j->pool, map ? map : val_map_of(&j->pool, NULL, 0), key, text(j, value));
}

static int add_fact(struct catalog_job *j, const char *given, struct catalog_cluster *out,
                    struct err *e)
{
    const char *eq = strchr(given, '=');
    if (!eq || eq == given)
        return err_set(e, ERR_USAGE, "--fact %s: NAME=VALUE is wanted", given);
    char *name = arena_strndup(&j->pool.arena, given, (size_t)(eq - given));
    const struct {
        const char *name;
        const char **to;
    } known[] = {{"distribution", &out->distribution},
                 {"version", &out->version},
                 {"region", &out->region},
                 {"provider", &out->provider}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(known[i].name, name) == 0) {
            *known[i].to = eq + 1;
            return 0;
        }
    if (strncmp(name, "labels.", 7) == 0) {
        out->labels = put(j, out->labels, name + 7, eq + 1);
    } else if (strncmp(name, "facts.", 6) == 0) {
        out->facts = put(j, out->facts, name + 6, eq + 1);
    } else if (strcmp(name, "api") == 0) {
        VEC(struct val) items = {0};
        for (size_t i = 0; i < val_count(out->apis); i++)
            vec_push(&items, *val_item(out->apis, i));
        vec_push(&items, *text(j, eq + 1));
        out->apis = val_list_of(&j->pool, items.items, items.len);
        vec_clear(&items);
    } else {
        err_set(e, ERR_USAGE, "a cluster has no fact %s", name);
        err_hint(e, "distribution, version, region, provider, labels.NAME, facts.NAME, "
                    "api=GROUP/VERSION/KIND");
    }
    return e->code;
}

int catalog_job_cluster(struct catalog_job *j, struct catalog_cluster *out, struct err *e)
{
    const char *name = cli_value(j->args, "cluster"), **facts;
    *out = (struct catalog_cluster){name ? name : "example", "", "", "", "", NULL, NULL, NULL};
    size_t n = cli_values(j->args, "fact", &facts);
    if (name && !find_cluster_file(j, name, out, e) && !n && !e->code) {
        err_set(e, ERR_NOT_FOUND, "no file in clusters/ has the cluster %s", name);
        err_hint(e, "say what it is like: --fact distribution=eks --fact version=1.31");
    }
    for (size_t i = 0; i < n && !e->code; i++)
        add_fact(j, facts[i], out, e);
    mem_free(facts);
    return e->code;
}

/* ---- parameters ---- */

/* As the schema wants it: a text stays one, whatever it looks like. */
static const struct val *param_value(struct catalog_job *j, const struct schema *s,
                                     const char *given, struct err *e)
{
    struct yaml_docs docs = {0};
    const struct val *v = NULL;
    if (s && s->type == SCHEMA_STRING && given[0] != '{')
        return text(j, given);
    if (!yaml_read(&j->pool, given, strlen(given), NULL, &docs, e))
        v = docs.len ? docs.items[0].value : text(j, "");
    yaml_docs_clear(&docs);
    return v;
}

static const struct val *read_params_file(struct catalog_job *j, const char *path, struct err *e)
{
    struct buf b;
    struct yaml_docs docs = {0};
    const struct val *v = NULL;
    buf_init(&b, CATALOG_FILE_MAX);
    if (!catalog_read_file(path, &b, e) &&
        !yaml_read(&j->pool, buf_str(&b), b.len, path, &docs, e)) {
        v = docs.len ? docs.items[0].value : NULL;
        if (docs.len != 1 || !val_is(v, VAL_MAP))
            err_set(e, ERR_INVALID, "%s: one map of parameters is needed", path);
    }
    yaml_docs_clear(&docs);
    buf_clear(&b);
    return v;
}

const struct val *catalog_job_params(struct catalog_job *j, const struct schema *s, struct err *e)
{
    const char *file = cli_value(j->args, "params"), **given;
    const struct val *params = file ? read_params_file(j, file, e) : NULL;
    size_t n = cli_values(j->args, "param", &given);
    if (!params)
        params = val_map_of(&j->pool, NULL, 0);
    for (size_t i = 0; i < n && !e->code; i++) {
        const char *eq = strchr(given[i], '=');
        if (!eq || eq == given[i]) {
            err_set(e, ERR_USAGE, "--param %s: NAME=VALUE is wanted", given[i]);
            break;
        }
        char *name = arena_strndup(&j->pool.arena, given[i], (size_t)(eq - given[i]));
        const struct val *v = param_value(j, schema_prop(s, name, strlen(name)), eq + 1, e);
        if (v)
            params = val_map_with(&j->pool, params, name, v);
        else
            err_prefix(e, "--param %s", name);
    }
    mem_free(given);
    return e->code ? NULL : params;
}

const struct val *catalog_job_environment(struct catalog_job *j, const char *otherwise)
{
    const char *name = cli_value(j->args, "env"), *ns = cli_value(j->args, "namespace"),
               *team = cli_value(j->args, "team"), *owner = cli_value(j->args, "owner");
    name = name ? name : otherwise;
    const struct val *v = put(j, NULL, "name", name);
    v = put(j, v, "namespace", ns ? ns : name);
    v = put(j, v, "team", team ? team : "");
    v = put(j, v, "owner", owner ? owner : "");
    return val_map_with(&j->pool, v, "labels", val_map_of(&j->pool, NULL, 0));
}
