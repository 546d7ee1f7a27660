// SPDX-License-Identifier: Apache-2.0
/* leeway render: what a blueprint makes for a cluster, without asking one. */
#include "cli/catalog_job.h"
#include "cli/output.h"
#include "data/diff.h"
#include "data/json.h"
#include "data/yaml.h"

#include <string.h>

static const struct cli_option options[] = {
    CLI_OPTIONS_CATALOG,
    {"cluster", 0, CLI_VALUE, "NAME", "the cluster to render for: its file in clusters/"},
    {"fact", 0, CLI_VALUES, "NAME=VALUE",
     "what the cluster is like: distribution, version, region, provider, labels.NAME, facts.NAME, "
     "api=GROUP/VERSION/KIND; may be given again"},
    {"param", 'p', CLI_VALUES, "NAME=VALUE", "a parameter; may be given again"},
    {"params", 0, CLI_VALUE, "FILE", "parameters, a YAML map; --param wins"},
    {"env", 0, CLI_VALUE, "NAME", "the environment's name; the blueprint's when not given"},
    {"namespace", 'n', CLI_VALUE, "NAME", "its namespace; its name when not given"},
    {"team", 0, CLI_VALUE, "NAME", "its team"},
    {"owner", 0, CLI_VALUE, "NAME", "its owner"},
    {"why", 0, CLI_VALUE, "OBJECT:PATH",
     "say where a value comes from instead: Deployment/shop-web:.spec.replicas"},
    CLI_OPTIONS_OUTPUT("table|yaml|json"),
    CLI_OPTIONS_END,
};

#define OUT_MAX (256u << 20)

/* ---- objects ---- */

/* The object with its secrets masked. */
static const struct val *shown(struct val_pool *pool, const struct render_object *o)
{
    static const char mask[] = "‹secret›";
    const struct val v = val_borrow_str(mask, sizeof(mask) - 1);
    const struct val *out = o->object;
    for (size_t i = 0; i < o->n_leaves && out; i++)
        if (o->leaves[i].secret && !o->leaves[i].deferred)
            out = val_with_path(pool, out, o->leaves[i].path, &v);
    return out;
}

static int print_objects(struct catalog_job *j, const struct render_result *r, bool json)
{
    struct buf b;
    int rc = 0;
    buf_init(&b, OUT_MAX);
    if (json)
        buf_puts(&b, "[");
    for (size_t i = 0; i < r->n_objects && !rc; i++) {
        const struct val *v = shown(&j->pool, &r->objects[i]);
        if (json) {
            buf_puts(&b, i ? ",\n" : "\n");
            rc = json_write(&b, v, JSON_PRETTY);
        } else {
            buf_puts(&b, i ? "---\n" : "");
            rc = yaml_write(&b, v);
        }
    }
    if (json)
        buf_puts(&b, "\n]\n");
    fwrite(buf_str(&b), 1, b.len, stdout);
    buf_clear(&b);
    if (!rc)
        return CLI_OK;
    struct err e = ERR_INIT;
    err_set(&e, rc, "what is rendered is too large to print");
    return catalog_job_failed(j, &e);
}

static struct cli_cell cell_kind(const void *row, struct arena *a)
{
    return cli_text(text_cstr(a, ((const struct render_object *)row)->kind));
}
static struct cli_cell cell_name(const void *row, struct arena *a)
{
    return cli_text(text_cstr(a, ((const struct render_object *)row)->name));
}
static struct cli_cell cell_wave(const void *row, struct arena *a)
{
    (void)a;
    return cli_count(((const struct render_object *)row)->wave + 1);
}
static struct cli_cell cell_late(const void *row, struct arena *a)
{
    const struct render_object *o = row;
    int64_t n = 0;
    (void)a;
    for (size_t i = 0; i < o->n_leaves; i++)
        n += o->leaves[i].deferred;
    return cli_count(n);
}
static struct cli_cell cell_secret(const void *row, struct arena *a)
{
    const struct render_object *o = row;
    int64_t n = 0;
    (void)a;
    for (size_t i = 0; i < o->n_leaves; i++)
        n += o->leaves[i].secret;
    return cli_count(n);
}
static const struct cli_column columns[] = {
    {"KIND", "kind", false, false, cell_kind},        {"NAME", "name", false, false, cell_name},
    {"WAVE", "wave", false, true, cell_wave},         {"LATER", "later", false, true, cell_late},
    {"SECRETS", "secrets", false, true, cell_secret}, {NULL, NULL, false, false, NULL}};

static const void *object_row(const void *ctx, size_t i)
{
    return &((const struct render_result *)ctx)->objects[i];
}

static int print_table(const struct render_result *r)
{
    struct cli_rows rows = {
        .columns = columns, .kind = "Object", .row = object_row, .ctx = r, .n = r->n_objects};
    cli_rows_print(stdout, &rows, CLI_OUT_TABLE, false);
    for (uint32_t i = 0; val_is(r->outputs, VAL_MAP) && i < r->outputs->len; i++) {
        struct buf b;
        buf_init(&b, BUF_SMALL);
        buf_printf(&b, "%s%s = ", i ? "" : "\n", r->outputs->as.entries[i].key->s);
        json_write(&b, &r->outputs->as.entries[i].value, JSON_COMPACT);
        fputs(i ? "" : "\n", stdout);
        catalog_job_print(stdout, buf_str(&b) + (i ? 0 : 1));
        fputc('\n', stdout);
        buf_clear(&b);
    }
    return CLI_OK;
}

/* ---- why ---- */

static int print_why(struct catalog_job *j, const struct render_result *r, const char *asked)
{
    struct err e = ERR_INIT;
    const char *slash = strchr(asked, '/'), *colon = slash ? strchr(slash, ':') : NULL;
    struct render_cause causes[RENDER_CAUSES_MAX];
    struct path path;
    if (!colon) {
        err_set(&e, ERR_USAGE, "--why %s: KIND/NAME:PATH is wanted", asked);
        return catalog_job_failed(j, &e);
    }
    if (path_parse(&j->pool, colon + 1, strlen(colon + 1), &path, &e))
        return catalog_job_failed(j, &e);
    for (size_t i = 0; i < r->n_objects; i++) {
        const struct render_object *o = &r->objects[i];
        if (strncmp(o->kind, asked, (size_t)(slash - asked)) != 0 ||
            strlen(o->kind) != (size_t)(slash - asked) ||
            strncmp(o->name, slash + 1, (size_t)(colon - slash - 1)) != 0 ||
            strlen(o->name) != (size_t)(colon - slash - 1))
            continue;
        if (!path_resolve(o->object, path, NULL, NULL))
            break;
        size_t n = render_causes(r, o, path, causes);
        for (size_t k = 0; k < n; k++) {
            char *line =
                causes[k].file
                    ? mem_printf("%-11s %s  %s:%u:%u", render_cause_name(causes[k].kind),
                                 causes[k].name, causes[k].file, causes[k].line, causes[k].col)
                    : mem_printf("%-11s %s", render_cause_name(causes[k].kind), causes[k].name);
            catalog_job_print(stdout, line);
            fputc('\n', stdout);
            mem_free(line);
        }
        return CLI_OK;
    }
    err_set(&e, ERR_NOT_FOUND, "nothing is rendered at %s", asked);
    return catalog_job_failed(j, &e);
}

/* ---- the verb ---- */

static int render_one(struct catalog_job *j, const struct catalog_blueprint *b, enum cli_output how)
{
    const struct catalog_composition *c = catalog_composition_of(j->catalog, b);
    struct catalog_cluster cluster;
    struct err e = ERR_INIT;
    struct render_result r;
    struct catalog_problems problems = {0};
    if (!c) { /* what is wrong elsewhere is lint's to say */
        catalog_job_problems(&j->problems, stderr);
        return CLI_FAILED;
    }
    if (catalog_job_cluster(j, &cluster, &e) || catalog_composition_fits(c, &cluster, &e))
        return catalog_job_failed(j, &e);
    struct render_input in = {.catalog = j->catalog,
                              .composition = c,
                              .environment = catalog_job_environment(j, b->name)};
    in.cluster = catalog_cluster_of(j->catalog, &j->pool, &cluster, NULL, &e);
    in.params = in.cluster ? catalog_job_params(j, b->parameters, &e) : NULL;
    if (!in.params)
        return catalog_job_failed(j, &e);
    int rc = render(&in, &j->pool, &r, &problems), status;
    catalog_job_problems(&problems, stderr);
    catalog_problems_clear(&problems);
    if (rc)
        status = CLI_FAILED;
    else if (cli_value(j->args, "why"))
        status = print_why(j, &r, cli_value(j->args, "why"));
    else if (how == CLI_OUT_TABLE)
        status = print_table(&r);
    else
        status = print_objects(j, &r, how == CLI_OUT_JSON);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    struct catalog_job j;
    struct err e = ERR_INIT;
    enum cli_output how;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&args, CLI_OUT_TABLE | CLI_OUT_YAML | CLI_OUT_JSON, &how, &status) ==
        CLI_GO_ON) {
        if (args.words.len != 1) {
            status = cli_usage(verb, "one blueprint is wanted: NAME or NAME@VERSION");
        } else {
            status = catalog_job_open(&j, &args);
            const struct catalog_blueprint *b =
                status ? NULL : catalog_named_blueprint(j.catalog, args.words.items[0], &e);
            if (b)
                status = render_one(&j, b, how);
            else if (!status)
                status = catalog_job_failed(&j, &e);
            catalog_job_close(&j);
        }
    }
    cli_args_clear(&args);
    return status;
}

const struct cli_verb cli_verb_render = {
    .name = "render",
    .args = "BLUEPRINT[@VERSION]",
    .summary = "what a blueprint makes for a cluster",
    .about =
        "Works offline: the cluster is a file of the fleet, or what --fact says of it. "
        "Without --output the objects are listed in the order of applying, with how many of "
        "their values are known only later (LATER) and how many are secret; with it they are "
        "printed, ${...} standing for what is known later. The same input gives the same bytes "
        "everywhere. Exit status: 0, 1 when something is wrong; every mistake is named with "
        "file, line and column.",
    .options = options,
    .run = run,
};
