// SPDX-License-Identifier: Apache-2.0
/* leeway guardrail test | export: what rules say about an object, and rules for the API servers. */
#include "base/mem.h"
#include "catalog/document.h"
#include "catalog/guardrail.h"
#include "cli/catalog_job.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"
#include "data/json.h"
#include "data/yaml.h"

#include <string.h>

#define INPUT_MAX (64u << 20)
#define MEMORY_MAX (256u << 20)

static const struct cli_option options[] = {
    {"file", 'f', CLI_VALUES, "FILE", "rules: a file, a folder or a catalog; may be given again"},
    {"object", 0, CLI_VALUE, "FILE", "the object, or several documents; - is standard input"},
    {"old", 0, CLI_VALUE, "FILE", "what it was before; then the operation is UPDATE"},
    {"params", 0, CLI_VALUE, "FILE", "all the parameters that bindings may refer to"},
    {"namespace", 0, CLI_VALUE, "FILE", "the Namespace it lies in, for its labels"},
    {"operation", 0, CLI_VALUE, "CREATE|UPDATE|DELETE|CONNECT", "what is done with it"},
    {"subresource", 0, CLI_VALUE, "NAME", "status, scale and the like, where one is meant"},
    {"user", 0, CLI_VALUE, "FILE", "who asks: username, groups, uid, extra"},
    {"cluster", 0, CLI_VALUE, "FILE",
     "the cluster as rules see it: name, labels, distribution and so on"},
    {"env", 0, CLI_VALUE, "FILE", "the environment as rules see it: name, team, owner, labels"},
    CLI_OPTIONS_OUTPUT("json|yaml"),
    CLI_OPTIONS_END,
};

struct job {
    const struct cli_verb *verb;
    const struct cli_args *args;
    struct val_pool pool;
    struct catalog_kinds *kinds;
    struct guardrails *set;
    struct catalog_problems problems;
    VEC(const struct val *) objects;
    VEC(const struct val *) params;
    struct guardrail_request request;
    const struct val *cluster;
};

static void print_problems(struct catalog_problems *problems)
{
    catalog_problems_sort(problems);
    catalog_job_problems(problems, stderr);
}

/* ---- inputs ---- */

/* Every document of a file; of a List its items. */
static int read_documents(struct job *job, const char *option, struct yaml_docs *docs,
                          struct err *e)
{
    const char *name = cli_value(job->args, option);
    struct buf text;
    if (!name)
        return 0;
    buf_init(&text, INPUT_MAX);
    int rc = cli_read_text(name, &text, e);
    rc = rc ? rc
            : yaml_read(&job->pool, buf_str(&text), text.len,
                        strcmp(name, "-") == 0 ? "standard input" : name, docs, e);
    buf_clear(&text);
    return rc;
}

static int read_one(struct job *job, const char *option, const struct val **out, struct err *e)
{
    struct yaml_docs docs = {0};
    int rc = read_documents(job, option, &docs, e);
    if (!rc && cli_value(job->args, option) && docs.len != 1)
        rc = err_set(e, ERR_INVALID, "--%s: %zu documents instead of one", option, docs.len);
    if (!rc && docs.len)
        *out = docs.items[0].value;
    yaml_docs_clear(&docs);
    return rc;
}

#define PUSH_ALL(vec, v)                                                                           \
    do {                                                                                           \
        const struct val *items = val_get(v, "items");                                             \
        if (val_str_is(val_get(v, "kind"), "List") && val_is(items, VAL_LIST)) {                   \
            for (uint32_t k = 0; k < items->len; k++)                                              \
                vec_push(vec, &items->as.items[k]);                                                \
        } else {                                                                                   \
            vec_push(vec, v);                                                                      \
        }                                                                                          \
    } while (0)

/* A Cluster document is what the file of a fleet says; rules see it flat. */
static const struct val *flat_cluster(struct job *job, const struct val *v)
{
    static const char *const from_spec[] = {"distribution", "facts"};
    const struct val *metadata = val_get(v, "metadata");
    if (!val_is(metadata, VAL_MAP))
        return v;
    const struct val *out = metadata;
    for (size_t i = 0; out && i < ARRAY_LEN(from_spec); i++) {
        const struct val *part = val_at(v, "spec", from_spec[i], NULL);
        if (part)
            out = val_map_with(&job->pool, out, from_spec[i], part);
    }
    return out;
}

static int read_inputs(struct job *job, struct err *e)
{
    struct guardrail_request *r = &job->request;
    struct yaml_docs objects = {0}, params = {0};
    const char *operation = cli_value(job->args, "operation");
    int rc = read_documents(job, "object", &objects, e);
    rc = rc ? rc : read_documents(job, "params", &params, e);
    rc = rc ? rc : read_one(job, "old", &r->old_object, e);
    rc = rc ? rc : read_one(job, "namespace", &r->namespace_object, e);
    rc = rc ? rc : read_one(job, "user", &r->user_info, e);
    rc = rc ? rc : read_one(job, "cluster", &job->cluster, e);
    rc = rc ? rc : read_one(job, "env", &r->env, e);
    for (size_t i = 0; i < objects.len; i++)
        PUSH_ALL(&job->objects, objects.items[i].value);
    for (size_t i = 0; i < params.len; i++)
        PUSH_ALL(&job->params, params.items[i].value);
    yaml_docs_clear(&objects);
    yaml_docs_clear(&params);
    job->cluster = job->cluster ? flat_cluster(job, job->cluster) : NULL;
    r->cluster = job->cluster;
    r->params = job->params.items;
    r->n_params = job->params.len;
    r->params_are =
        cli_value(job->args, "params") ? GUARDRAIL_PARAMS_ALL : GUARDRAIL_PARAMS_UNKNOWN;
    r->resource.subresource = cli_value(job->args, "subresource");
    r->operation = r->old_object ? GUARDRAIL_UPDATE : GUARDRAIL_CREATE;
    if (!rc && operation && !guardrail_operation_of(operation, &r->operation))
        rc = err_set(e, ERR_USAGE, "--operation %s: CREATE, UPDATE, DELETE or CONNECT is wanted",
                     operation);
    if (!rc && r->old_object && job->objects.len > 1)
        rc = err_set(e, ERR_USAGE, "--old goes with one object, there are %zu", job->objects.len);
    return rc;
}

/* Everything of -f; false when something is wrong with it, which was printed. */
static bool read_rules(struct job *job)
{
    const char **files;
    size_t n = cli_values(job->args, "file", &files);
    job->kinds = catalog_kinds_new();
    job->set = guardrails_new();
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok = !guardrails_read(job->set, job->kinds, files[i], &job->problems) && ok;
    if (ok)
        ok = !guardrails_compile(job->set, &job->problems);
    mem_free(files);
    if (!ok)
        print_problems(&job->problems);
    else if (!guardrails_count(job->set))
        fputs("leeway guardrail: there are no rules in what -f names\n", stderr);
    return ok && guardrails_count(job->set);
}

/* ---- test ---- */

struct line {
    const char *object, *decision;
    const struct guardrail_result *result; /* NULL: allowed */
};

static struct cli_cell text_cell(struct arena *a, const char *s)
{
    return cli_text(text_clean(a, s ? s : "", s ? strlen(s) : 0));
}

static struct cli_cell cell_object(const void *row, struct arena *a)
{
    return text_cell(a, ((const struct line *)row)->object);
}

static struct cli_cell cell_decision(const void *row, struct arena *a)
{
    return text_cell(a, ((const struct line *)row)->decision);
}

#define RESULT_CELL(name, field)                                                                   \
    static struct cli_cell name(const void *row, struct arena *a)                                  \
    {                                                                                              \
        const struct guardrail_result *r = ((const struct line *)row)->result;                     \
        return text_cell(a, r ? r->field : NULL);                                                  \
    }
RESULT_CELL(cell_policy, policy)
RESULT_CELL(cell_binding, binding)
RESULT_CELL(cell_message, message)
RESULT_CELL(cell_text, text)
RESULT_CELL(cell_reason, reason)
RESULT_CELL(cell_expression, expression)

static struct cli_cell cell_place(const void *row, struct arena *a)
{
    const struct guardrail_result *r = ((const struct line *)row)->result;
    char *s = r ? mem_printf("%s:%u:%u", r->source, r->line, r->col) : mem_strdup("");
    struct cli_cell cell = text_cell(a, s);
    mem_free(s);
    return cell;
}

static const struct cli_column columns[] = {
    {"OBJECT", "object", false, false, cell_object},
    {"DECISION", "decision", false, false, cell_decision},
    {"POLICY", "policy", false, false, cell_policy},
    {"MESSAGE", "message", false, false, cell_message},
    {NULL, "binding", false, false, cell_binding},
    {NULL, "text", false, false, cell_text},
    {NULL, "reason", false, false, cell_reason},
    {NULL, "expression", false, false, cell_expression},
    {NULL, "source", false, false, cell_place},
    {NULL, NULL, false, false, NULL},
};

static const char *decision_of(const struct guardrail_result *r)
{
    return r->unknown                    ? "unknown"
           : r->actions & GUARDRAIL_DENY ? "denied"
           : r->actions & GUARDRAIL_WARN ? "warned"
                                         : "audited";
}

static const char *object_name(struct job *job, const struct val *v)
{
    const char *name = val_str(val_at(v, "metadata", "name", NULL), NULL);
    if (!name)
        name = val_str(val_at(v, "metadata", "generateName", NULL), "");
    return arena_printf(&job->pool.arena, "%s/%s", val_str(val_get(v, "kind"), "?"), name);
}

typedef VEC(struct line) lines;

static const void *row_of(const void *ctx, size_t i)
{
    return &((const lines *)ctx)->items[i];
}

static int check_object(struct job *job, const struct val *object,
                        struct guardrail_results *results, lines *out, struct err *e)
{
    const char *name = object_name(job, object);
    size_t before = results->len;
    job->request.object = object;
    int rc = guardrails_check(job->set, &job->request, results, e);
    if (rc)
        err_prefix(e, "%s", name);
    for (size_t i = before; i < results->len; i++)
        vec_push(out, (struct line){name, decision_of(&results->items[i]), NULL});
    if (!rc && results->len == before)
        vec_push(out, (struct line){name, "allowed", NULL});
    return rc;
}

/* All the objects together, for rules that look at an environment. */
static int check_all(struct job *job, struct guardrail_results *results, lines *out, struct err *e)
{
    struct val *items = arena_array(&job->pool.arena, job->objects.len + 1, sizeof(*items));
    size_t before = results->len;
    for (size_t i = 0; items && i < job->objects.len; i++)
        items[i] = *job->objects.items[i];
    const struct val *list = items ? val_list_of(&job->pool, items, job->objects.len) : NULL;
    if (!list)
        return err_set(e, ERR_LIMIT, "the objects are too large");
    int rc = guardrails_check_environment(job->set, list, job->request.cluster, job->request.env,
                                          results, e);
    for (size_t i = before; i < results->len; i++)
        vec_push(out, (struct line){"(all)", decision_of(&results->items[i]), NULL});
    return rc;
}

static int test(struct job *job, enum cli_output how)
{
    struct guardrail_results results;
    struct err e = ERR_INIT;
    lines all = {0};
    bool unknown = false;
    int rc = read_inputs(job, &e);
    guardrail_results_init(&results);
    if (!rc && !job->objects.len)
        rc = err_set(&e, ERR_USAGE, "there is no object: say --object FILE");
    for (size_t i = 0; i < job->objects.len && !rc; i++)
        rc = check_object(job, job->objects.items[i], &results, &all, &e);
    rc = rc ? rc : check_all(job, &results, &all, &e);
    for (size_t i = 0, k = 0; i < all.len && !rc; i++) /* the list may have moved while it grew */
        if (strcmp(all.items[i].decision, "allowed") != 0)
            all.items[i].result = &results.items[k++];
    unsigned actions = guardrail_results_actions(&results, &unknown);
    int status = rc                         ? cli_fail(job->verb, &e)
                 : actions & GUARDRAIL_DENY ? CLI_CHANGES
                 : unknown                  ? CLI_UNKNOWN
                                            : 0;
    const struct cli_rows rows = {
        .columns = columns, .kind = "Decision", .row = row_of, .ctx = &all, .n = all.len};
    if (!rc)
        cli_rows_print(stdout, &rows, how, false);
    vec_clear(&all);
    guardrail_results_clear(&results);
    err_clear(&e);
    return status;
}

/* ---- export ---- */

static int export(struct job *job)
{
    struct err e = ERR_INIT;
    struct buf out;
    buf_init(&out, INPUT_MAX);
    int rc = read_one(job, "cluster", &job->cluster, &e);
    job->cluster = job->cluster ? flat_cluster(job, job->cluster) : NULL;
    rc = rc ? rc : guardrails_export(job->set, job->cluster, &out, &job->problems, &e);
    int status = rc ? cli_fail(job->verb, &e) : job->problems.len ? CLI_UNKNOWN : CLI_OK;
    if (!rc) {
        fwrite(buf_str(&out), 1, out.len, stdout);
        print_problems(&job->problems);
    }
    buf_clear(&out);
    err_clear(&e);
    return status;
}

static int run_job(struct job *job, bool testing, enum cli_output how)
{
    int status = !read_rules(job) ? CLI_FAILED : testing ? test(job, how) : export(job);
    catalog_problems_clear(&job->problems);
    guardrails_free(job->set);
    catalog_kinds_free(job->kinds);
    vec_clear(&job->objects);
    vec_clear(&job->params);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    enum cli_output how;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&args, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML, &how, &status) ==
        CLI_GO_ON) {
        const char *what = args.words.len ? args.words.items[0] : "";
        bool testing = strcmp(what, "test") == 0;
        if ((!testing && strcmp(what, "export") != 0) || args.words.len != 1)
            status = cli_usage(verb, "say test or export");
        else if (!cli_value(&args, "file"))
            status = cli_usage(verb, "say where the rules are: -f FILE");
        else {
            struct job job = {.verb = verb, .args = &args};
            val_pool_init_limited(&job.pool, MEMORY_MAX);
            status = run_job(&job, testing, how);
            val_pool_clear(&job.pool);
        }
    }
    cli_args_clear(&args);
    return status;
}

const struct cli_verb cli_verb_guardrail = {
    .name = "guardrail",
    .args = "test | export",
    .summary = "try rules on an object; write them for the API servers",
    .about =
        "Rules are Guardrails and real ValidatingAdmissionPolicies with their bindings; they mean "
        "what they mean to a kube-apiserver, and messages are worded as there. test says which "
        "deny or warn. What it would need and is not given (labels of the namespace, parameters, "
        "the user) makes a decision unknown. Rules over an environment see all objects given. Exit "
        "status of test: 0 allowed (warnings and audits "
        "are printed), 2 denied, 3 not denied but something is unknown, 1 a rule or an input is "
        "wrong. export writes Guardrails as ValidatingAdmissionPolicies with bindings, parameters "
        "as constants; those for some clusters, or that read the cluster, are exported with "
        "--cluster, for that one. What an API server cannot enforce is named with the reason; exit "
        "status 3 then.",
    .options = options,
    .run = run,
};
