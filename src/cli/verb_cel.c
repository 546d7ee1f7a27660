// SPDX-License-Identifier: Apache-2.0
/* leeway cel EXPR: what an expression gives over an input, or where it is wrong. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "cel/cel.h"
#include "cli/input.h"
#include "cli/options.h"
#include "data/json.h"
#include "data/yaml.h"

#include <errno.h>
#include <string.h>

#define INPUT_MAX (64u << 20)
#define MEMORY_MAX (256u << 20)

static const struct cli_option options[] = {
    {"file", 'f', CLI_VALUE, "FILE", "the input, YAML or JSON; - is standard input"},
    {"var", 0, CLI_VALUES, "NAME=JSON", "a variable and its value; may be given again"},
    {"kubernetes", 0, CLI_FLAG, NULL, "only what a kube-apiserver knows, and by its rules"},
    {"reads", 0, CLI_FLAG, NULL, "say which variables and paths the expression reads instead"},
    CLI_OPTIONS_OUTPUT("json|yaml"),
    CLI_OPTIONS_END,
};

struct job {
    const char *expr;
    struct val_pool pool;
    struct cel_env *env;
    struct cel_program *program;
    struct cel_activation act;
    struct arena arena;
    struct input {
        char *name;
        const struct val *value;
    } * vars;
    size_t n_vars, cap_vars;
};

/* The line of the expression the error is in, and a caret under the place. */
static void point_at(const char *expr, uint32_t line, uint32_t col)
{
    const char *start = expr;
    for (uint32_t i = 1; i < line && start; i++) {
        start = strchr(start, '\n');
        start += start != NULL;
    }
    if (!start || !line)
        return;
    size_t len = strcspn(start, "\n"), before = 0;
    for (uint32_t i = 1; i < col && before < len; i++) /* characters */
        do
            before++;
        while (before < len && ((unsigned char)start[before] & 0xc0) == 0x80);
    struct arena a;
    arena_init(&a);
    uint32_t cols = text_clean(&a, start, before).cols;
    arena_clear(&a);
    fputs("  ", stderr);
    cli_print_clean(stderr, start, len);
    fprintf(stderr, "\n  %*s^\n", (int)cols, "");
}

static int failed(const struct job *job, const struct err *e, bool in_expr)
{
    fputs("leeway cel: ", stderr);
    if (e->source) {
        cli_print_clean(stderr, e->source, strlen(e->source));
        fputs(":", stderr);
    }
    if (e->line)
        fprintf(stderr, "%u:%u: ", e->line, e->col);
    else if (e->source)
        fputc(' ', stderr);
    cli_print_clean(stderr, e->text ? e->text : "failed", e->text ? strlen(e->text) : 6);
    fputc('\n', stderr);
    if (in_expr)
        point_at(job->expr, e->line, e->col);
    if (e->hint) {
        cli_print_clean(stderr, e->hint, strlen(e->hint));
        fputc('\n', stderr);
    }
    return CLI_FAILED;
}

/* ---- the input ---- */

static void add_var(struct job *job, const char *name, size_t len, const struct val *v)
{
    for (size_t i = 0; i < job->n_vars; i++)
        if (strlen(job->vars[i].name) == len && memcmp(job->vars[i].name, name, len) == 0) {
            job->vars[i].value = v;
            return;
        }
    if (job->n_vars == job->cap_vars) {
        job->cap_vars = job->cap_vars ? job->cap_vars * 2 : 16;
        job->vars = mem_reallocarray(job->vars, job->cap_vars, sizeof(*job->vars));
    }
    job->vars[job->n_vars++] = (struct input){mem_strndup(name, len), v};
}

static bool is_name(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (s[i] != '_' && !((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z') &&
            !(i && s[i] >= '0' && s[i] <= '9'))
            return false;
    return len > 0;
}

static int read_input(struct job *job, const char *name, struct err *e)
{
    struct buf text;
    struct yaml_docs docs = {0};
    buf_init(&text, INPUT_MAX);
    int rc = cli_read_text(name, &text, e);
    rc = rc ? rc
            : yaml_read(&job->pool, buf_str(&text), text.len,
                        strcmp(name, "-") == 0 ? "standard input" : name, &docs, e);
    if (!rc && docs.len != 1)
        rc = err_set(e, ERR_INVALID, "%s has %zu documents instead of one", name, docs.len);
    if (!rc) {
        const struct val *v = docs.items[0].value;
        add_var(job, "self", 4, v);
        add_var(job, "object", 6, v);
        for (size_t i = 0; val_is(v, VAL_MAP) && i < v->len; i++) {
            const struct val_entry *entry = &v->as.entries[i];
            if (is_name(entry->key->s, entry->key->len))
                add_var(job, entry->key->s, entry->key->len, &entry->value);
        }
    }
    yaml_docs_clear(&docs);
    buf_clear(&text);
    return rc;
}

static int read_var(struct job *job, const char *given, struct err *e)
{
    const char *eq = strchr(given, '=');
    if (!eq || !is_name(given, (size_t)(eq - given)))
        return err_set(e, ERR_USAGE, "--var %s: NAME=JSON is wanted", given);
    const struct val *v = json_read(&job->pool, eq + 1, strlen(eq + 1), NULL, e);
    if (!v) {
        err_prefix(e, "--var %.*s", (int)(eq - given), given);
        err_hint(e, "a text is written in double quotes: --var %.*s='\"text\"'", (int)(eq - given),
                 given);
        return e->code;
    }
    add_var(job, given, (size_t)(eq - given), v);
    return 0;
}

/* ---- the answer ---- */

static void print_reads(const struct job *job)
{
    const struct cel_ref *refs;
    size_t n = cel_program_refs(job->program, &refs);
    for (size_t i = 0; i < n; i++) {
        cli_print_clean(stdout, refs[i].path, strlen(refs[i].path));
        fputs(refs[i].tested ? "\t(if there)\n" : "\n", stdout);
    }
}

static int print_value(struct job *job, struct cel_value v, enum cli_output how, struct err *e)
{
    struct buf b;
    buf_init(&b, MEMORY_MAX);
    int rc = 0;
    if (how == CLI_OUT_TABLE) {
        struct buf shown;
        buf_init(&shown, MEMORY_MAX);
        rc = cel_print(&shown, v);
        rc = rc ? rc : text_clean_to(&b, buf_str(&shown), shown.len);
        rc = rc ? rc : buf_putc(&b, '\n');
        buf_clear(&shown);
    } else {
        const struct val *out = cel_to_val(&job->pool, v, e);
        rc = !out                  ? e->code
             : how == CLI_OUT_JSON ? json_write(&b, out, JSON_PRETTY)
                                   : yaml_write(&b, out);
        if (!rc && how == CLI_OUT_JSON)
            rc = buf_putc(&b, '\n');
    }
    if (rc)
        err_set(e, rc,
                rc == ERR_TYPE ? "the result has a number that JSON has not"
                               : "the result is too large");
    else
        fwrite(b.data ? b.data : "", 1, b.len, stdout);
    buf_clear(&b);
    return rc;
}

static int evaluate(struct job *job, bool reads, enum cli_output how, struct err *e)
{
    struct cel_value v;
    for (size_t i = 0; i < job->n_vars; i++)
        cel_declare(job->env, job->vars[i].name, cel_type_dyn());
    job->program = cel_compile(job->env, job->expr, strlen(job->expr), 0, e);
    if (!job->program)
        return failed(job, e, true);
    if (reads) {
        print_reads(job);
        return CLI_OK;
    }
    cel_activation_init(&job->act, job->env);
    for (size_t i = 0; i < job->n_vars; i++)
        cel_bind_val(&job->act, cel_find_variable(job->env, job->vars[i].name), job->vars[i].value);
    if (cel_eval(job->program, &job->act, &job->arena, NULL, &v, e))
        return failed(job, e, true);
    return print_value(job, v, how, e) ? failed(job, e, false) : CLI_OK;
}

static int run_job(struct job *job, const struct cli_args *args, enum cli_output how)
{
    struct err e = ERR_INIT;
    const char **vars;
    size_t n = cli_values(args, "var", &vars);
    const char *file = cli_value(args, "file");
    int rc = file ? read_input(job, file, &e) : 0;
    for (size_t i = 0; i < n && !rc; i++)
        rc = read_var(job, vars[i], &e);
    int status = rc ? failed(job, &e, false) : evaluate(job, cli_flag(args, "reads"), how, &e);
    mem_free(vars);
    err_clear(&e);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    enum cli_output how;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&args, CLI_OUT_JSON | CLI_OUT_YAML, &how, &status) == CLI_GO_ON) {
        if (args.words.len != 1) {
            status = cli_usage(verb, "one expression is wanted; quote it for the shell");
        } else {
            struct job job = {.expr = args.words.items[0]};
            val_pool_init_limited(&job.pool, MEMORY_MAX);
            arena_init_limited(&job.arena, MEMORY_MAX);
            job.env = cel_env_new(cli_flag(&args, "kubernetes") ? CEL_ENV_KUBERNETES : CEL_ENV_ALL);
            status = run_job(&job, &args, how);
            cel_activation_clear(&job.act);
            cel_program_free(job.program);
            cel_env_free(job.env);
            arena_clear(&job.arena);
            val_pool_clear(&job.pool);
            for (size_t i = 0; i < job.n_vars; i++)
                mem_free(job.vars[i].name);
            mem_free(job.vars);
        }
    }
    cli_args_clear(&args);
    return status;
}

const struct cli_verb cli_verb_cel = {
    .name = "cel",
    .args = "EXPR",
    .summary = "evaluate an expression (CEL) over an input",
    .about = "Without --output the value is written as an expression would write it. The input's "
             "members are variables (metadata.name), and the whole of it is self and object, "
             "unless a member has that name; --var comes last and wins. With --kubernetes only "
             "those functions are known that admission policies and validation rules have. Exit "
             "status: 0 the value was printed, 1 the expression is wrong or failed.",
    .options = options,
    .run = run,
};
