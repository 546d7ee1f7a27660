// SPDX-License-Identifier: Apache-2.0
/* leeway doctor: the report of doctor.c as text for people or as JSON. */
#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/options.h"

#include "base/text.h"
#include "data/json.h"

#include <string.h>
#include <unistd.h>

struct printer {
    FILE *out;
    struct arena a;
};

static const char *clean(struct printer *p, const struct val *v)
{
    return val_is(v, VAL_STRING) ? text_clean(&p->a, v->as.s, v->len).str : "";
}

/* "    ! text" and below it where and what to do. */
static void print_problems(struct printer *p, const struct val *list)
{
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        const char *file = clean(p, val_get(v, "file")), *hint = clean(p, val_get(v, "hint"));
        int64_t line = val_int(val_get(v, "line"), 0), column = val_int(val_get(v, "column"), 0);
        fprintf(p->out, "    %s %s\n", val_bool(val_get(v, "blocks"), false) ? "!" : "-",
                clean(p, val_get(v, "text")));
        if (*file && line)
            fprintf(p->out, "      at %s:%lld:%lld\n", file, (long long)line, (long long)column);
        else if (*file)
            fprintf(p->out, "      at %s\n", file);
        if (*hint)
            fprintf(p->out, "      %s\n", hint);
    }
}

static void print_steps(struct printer *p, const struct val *list)
{
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        const char *hint = clean(p, val_get(v, "hint"));
        fprintf(p->out, "    %-12s %-9s  %s\n", clean(p, val_get(v, "name")),
                clean(p, val_get(v, "state")), clean(p, val_get(v, "text")));
        if (*hint)
            fprintf(p->out, "      %s\n", hint);
    }
}

static void print_contexts(struct printer *p, const struct val *list)
{
    fprintf(p->out, "contexts: %zu\n", val_count(list));
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *c = val_item(list, i);
        const char *server = clean(p, val_get(c, "server"));
        fprintf(p->out, "  %s%s%s\n", clean(p, val_get(c, "name")),
                val_bool(val_get(c, "current"), false) ? "  (current)" : "",
                val_bool(val_get(c, "usable"), false) ? "" : "  cannot be used");
        fprintf(p->out, "    server     %s%s\n", *server ? server : "none",
                val_bool(val_get(c, "proxied"), false) ? " through a proxy" : "");
        fprintf(p->out, "    namespace  %s\n", clean(p, val_get(c, "namespace")));
        fprintf(p->out, "    login      %s\n", clean(p, val_get(c, "login")));
        print_problems(p, val_get(c, "problems"));
        print_steps(p, val_get(c, "steps"));
    }
}

static void print_store(struct printer *p, const struct val *s)
{
    const char *path = clean(p, val_get(s, "path")), *writer = clean(p, val_get(s, "writer"));
    fprintf(p->out, "store: %s%s%s%s, SQLite %s\n", *path ? path : "no place for it",
            val_bool(val_get(s, "exists"), false) ? "" : ", not there yet",
            *writer ? ", written by " : ", nobody writes it", writer,
            clean(p, val_get(s, "sqlite")));
    print_problems(p, val_get(s, "problems"));
}

static void print_table(struct printer *p, const struct val *report)
{
    const struct val *t = val_get(report, "terminal"), *l = val_get(report, "locale");
    const struct val *sources = val_get(report, "sources"), *fleet = val_get(report, "fleet");
    const char *term = clean(p, val_get(t, "term")), *file = clean(p, val_get(fleet, "file"));
    fprintf(p->out, "terminal: %s, colours %s\n", *term ? term : "TERM is not set",
            clean(p, val_get(t, "colours")));
    print_problems(p, val_get(t, "problems"));
    fprintf(p->out, "locale: %s, %s\n", clean(p, val_get(l, "name")),
            clean(p, val_get(l, "codeset")));
    print_problems(p, val_get(l, "problems"));
    long long clusters = val_int(val_get(fleet, "clusters"), 0);
    fprintf(p->out, "fleet: %s, %lld cluster%s\n", *file ? file : "no leeway.yaml here", clusters,
            clusters == 1 ? "" : "s");
    print_problems(p, val_get(fleet, "problems"));
    print_store(p, val_get(report, "store"));
    fprintf(p->out, "looked for clusters in\n");
    for (size_t i = 0; i < val_count(sources); i++) {
        const struct val *s = val_item(sources, i);
        const char *path = clean(p, val_get(s, "path"));
        fprintf(p->out, "  %-26s %s%s%s\n", clean(p, val_get(s, "place")), path, *path ? ": " : "",
                val_str_is(val_get(s, "found"), "broken") ? "cannot be read"
                                                          : clean(p, val_get(s, "words")));
        print_problems(p, val_get(s, "problems"));
    }
    print_contexts(p, val_get(report, "contexts"));
}

static int print_json(const struct val *report)
{
    struct buf b;
    buf_init(&b, 256u * 1024u * 1024u);
    int rc = json_write(&b, report, JSON_PRETTY);
    if (!rc) {
        fwrite(buf_str(&b), 1, b.len, stdout);
        if (!b.len || b.data[b.len - 1] != '\n')
            putchar('\n');
    }
    buf_clear(&b);
    return rc;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    int status = CLI_OK;
    enum cli_output output;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&args, CLI_OUT_TABLE | CLI_OUT_JSON, &output, &status) == CLI_STOP) {
        cli_args_clear(&args);
        return status;
    }
    const char **contexts = NULL;
    struct doctor_options o = {
        .kubeconfig = cli_value(&args, "kubeconfig"),
        .fleet_file = cli_value(&args, "fleet"),
    };
    o.contexts_len = cli_values(&args, "context", &contexts);
    o.contexts = contexts;
    o.offline = cli_flag(&args, "offline");
    if (!o.fleet_file && access("leeway.yaml", F_OK) == 0)
        o.fleet_file = "leeway.yaml";
    struct val_pool pool;
    struct doctor_verdict verdict;
    val_pool_init(&pool);
    const struct val *report = doctor_report(&pool, &o, &verdict);
    status = verdict.bad ? CLI_FAILED : verdict.unknown ? CLI_UNKNOWN : CLI_OK;
    if (output == CLI_OUT_JSON) {
        if (print_json(report))
            status = CLI_FAILED;
    } else {
        struct printer p = {.out = stdout};
        arena_init(&p.a);
        print_table(&p, report);
        if (o.offline)
            puts("connections were not tried");
        arena_clear(&p.a);
    }
    val_pool_clear(&pool);
    mem_free(contexts);
    cli_args_clear(&args);
    return status;
}

static const struct cli_option options[] = {
    {"offline", 0, CLI_FLAG, NULL, "contact nothing and run no credential plugin"},
    {"kubeconfig", 0, CLI_VALUE, "FILE",
     "this kubeconfig alone; otherwise $KUBECONFIG, then ~/.kube/config"},
    {"fleet", 0, CLI_VALUE, "FILE", "the fleet's file; leeway.yaml here when there is one"},
    {"context", 0, CLI_VALUES, "NAME",
     "only this context; * and ? match, !NAME leaves out; may be given again"},
    CLI_OPTIONS_OUTPUT("table|json"),
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_doctor = {
    .name = "doctor",
    .summary = "say what works here and what does not, and what to do about it",
    .about =
        "Looks at the terminal, the locale, the kubeconfig files, the store and every context: "
        "what is wrong with its entries, with file, line and column; then contacts all of them "
        "at once, at most 10 s each, and says step by step what works: credentials, reach, "
        "certificate, version, identity, readiness, rights. Nothing is changed. Credential "
        "plugins run as configured; --offline contacts nothing. Exit status 0 all is well, 1 "
        "something cannot be used as it is, 3 something could not be found out.",
    .options = options,
    .run = run,
};
