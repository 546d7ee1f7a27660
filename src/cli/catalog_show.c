// SPDX-License-Identifier: Apache-2.0
/* catalog show, graph and diff: what a module or blueprint is, in words. */
#include "cli/catalog_job.h"

#include "data/diff.h"
#include "data/json.h"
#include "data/yaml.h"

#include <stdlib.h>
#include <string.h>

static void print_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void print_line(const char *fmt, ...)
{
    va_list ap;
    char *text = NULL;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    va_end(ap);
    size_t n = text ? strlen(text) : 0;
    while (n && text[n - 1] == ' ')
        text[--n] = '\0';
    catalog_job_print(stdout, text ? text : "");
    fputc('\n', stdout);
    free(text);
}

static char *short_json(const struct val *v)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    if (json_write(&b, v, JSON_COMPACT))
        buf_puts(&b, "…");
    if (b.len > 60) {
        b.len = 57;
        while (b.len && ((unsigned char)b.data[b.len] & 0xc0) == 0x80)
            b.len--;
        b.data[b.len] = '\0';
        buf_puts(&b, "…");
    }
    return buf_take(&b);
}

/* ---- show ---- */

static void heading(const char *text, size_t n)
{
    if (n)
        puts(text);
}

static void show_parameters(const struct schema *s)
{
    if (s->n_props)
        puts("parameters");
    for (size_t i = 0; i < s->n_props; i++) {
        const struct schema_prop *p = &s->props[i];
        char *value = p->schema->default_value ? short_json(p->schema->default_value) : NULL;
        char *values = p->schema->enum_values ? short_json(p->schema->enum_values) : NULL;
        print_line("  %-16s %-8s %s%s%s%s%s%s", p->name->s,
                   *schema_type_name(p->schema->type) ? schema_type_name(p->schema->type) : "any",
                   p->required ? "needed " : "", value ? "default " : "", value ? value : "",
                   value ? " " : "", values ? values : "",
                   schema_holds_secret(p->schema) ? " secret" : "");
        mem_free(value);
        mem_free(values);
    }
}

static int show_module(const struct catalog_module *m)
{
    print_line("module %s %s  %s", m->name, m->version.text, m->description);
    print_line("  in %s%s", m->file->path, m->broken ? "  (has problems: catalog lint)" : "");
    show_parameters(m->parameters);
    heading("inputs", m->n_inputs);
    for (size_t i = 0; i < m->n_inputs; i++)
        print_line("  %-16s %s%s", m->inputs[i].name, m->inputs[i].type,
                   m->inputs[i].optional ? " (may be left out)" : "");
    heading("outputs", m->n_outputs);
    for (size_t i = 0; i < m->n_outputs; i++)
        print_line("  %-16s %s", m->outputs[i].name, m->outputs[i].type);
    heading("objects", m->n_resources);
    for (size_t i = 0; i < m->n_resources; i++) {
        const struct module_resource *r = &m->resources[i];
        print_line("  %-16s %s %s%s%.*s", r->id, r->kind, r->each ? "for each " : "",
                   r->include_when ? "when " : "", r->include_when ? (int)r->include_when->len : 0,
                   r->include_when ? r->include_when->text : "");
    }
    heading("fields", m->n_fields);
    for (size_t i = 0; i < m->n_fields; i++) {
        struct buf path;
        buf_init(&path, BUF_SMALL);
        path_format(&path, m->fields[i].path, PATH_STYLE_SERVER);
        print_line("  %-16s %s  %s  %s", m->fields[i].kind, buf_str(&path),
                   field_owner_name(m->fields[i].owner), m->fields[i].reason);
        buf_clear(&path);
    }
    return m->broken ? CLI_FAILED : CLI_OK;
}

static int show_blueprint(const struct catalog *c, const struct catalog_blueprint *b)
{
    const struct catalog_composition *comp = catalog_composition_of(c, b);
    print_line("blueprint %s %s  %s", b->name, b->version.text, b->description);
    print_line("  in %s%s", b->file->path, comp ? "" : "  (has problems: catalog lint)");
    show_parameters(b->parameters);
    puts("modules");
    for (size_t i = 0; i < b->n_modules; i++)
        print_line("  %-16s %s %s%s%s", b->modules[i].name, b->modules[i].module,
                   val_str(val_get(b->modules[i].at, "version"), "*"), comp ? " → " : "",
                   comp ? comp->instances[i].module->version.text : "");
    return comp ? CLI_OK : CLI_FAILED;
}

int catalog_command_show(struct catalog_job *j, const char *const *words, size_t n,
                         enum cli_output how)
{
    struct err e = ERR_INIT;
    (void)n;
    const struct catalog_blueprint *b = catalog_named_blueprint(j->catalog, words[0], NULL);
    const struct catalog_module *m = b ? NULL : catalog_named_module(j->catalog, words[0], &e);
    const struct val *doc = b ? b->doc : m ? m->doc : NULL;
    if (!doc)
        return catalog_job_failed(j, &e);
    if (how != CLI_OUT_JSON && how != CLI_OUT_YAML)
        return b ? show_blueprint(j->catalog, b) : show_module(m);
    struct buf out;
    buf_init(&out, BUF_LARGE);
    if (how == CLI_OUT_JSON ? json_write(&out, doc, JSON_PRETTY) : yaml_write(&out, doc))
        err_set(&e, ERR_LIMIT, "too large to print");
    fwrite(buf_str(&out), 1, out.len, stdout);
    if (how == CLI_OUT_JSON)
        putchar('\n');
    buf_clear(&out);
    return e.code ? catalog_job_failed(j, &e) : CLI_OK;
}

/* ---- graph ---- */

struct wires {
    const struct catalog_composition *c;
    const char *input;
};

static void print_wire(void *ctx, const struct template_node *n, const struct catalog_expr *x)
{
    const struct wires *w = ctx;
    (void)n;
    for (size_t i = 0; i < x->n_refs; i++)
        if (x->refs[i].what == CATALOG_MODULES && x->refs[i].n_fields > 2)
            print_line("    %s ← %s.%s", w->input, x->refs[i].fields[0]->s,
                       x->refs[i].fields[2]->s);
}

static void graph_instance(const struct catalog_composition *c,
                           const struct composition_instance *in)
{
    const struct catalog_module *m = in->module;
    print_line("%s  %s@%s%s%.*s", in->name, m->name, m->version.text,
               in->include_when ? "  when " : "", in->include_when ? (int)in->include_when->len : 0,
               in->include_when ? in->include_when->text : "");
    for (size_t i = 0; in->inputs.kind == TEMPLATE_MAP && i < in->inputs.n; i++)
        template_each(&in->inputs.as.children[i], print_wire,
                      &(struct wires){c, in->inputs.source->as.entries[i].key->s});
    for (size_t i = 0; in->params.kind == TEMPLATE_MAP && i < in->params.n; i++)
        template_each(&in->params.as.children[i], print_wire,
                      &(struct wires){c, in->params.source->as.entries[i].key->s});
    for (size_t i = 0; i < m->n_resources; i++) {
        const struct module_resource *r = &m->resources[m->order[i]];
        struct buf after;
        buf_init(&after, BUF_SMALL);
        for (size_t d = 0; d < r->n_depends; d++)
            buf_printf(&after, "%s%s", d ? ", " : "  after ", m->resources[r->depends[d]].id);
        print_line("    %-20s %s%s%s", r->kind, r->id, r->each ? "[]" : "", buf_str(&after));
        buf_clear(&after);
    }
}

int catalog_command_graph(struct catalog_job *j, const char *const *words, size_t n,
                          enum cli_output how)
{
    struct err e = ERR_INIT;
    (void)n;
    (void)how;
    const struct catalog_blueprint *b = catalog_named_blueprint(j->catalog, words[0], &e);
    const struct catalog_composition *c = b ? catalog_composition_of(j->catalog, b) : NULL;
    if (!b)
        return catalog_job_failed(j, &e);
    if (!c) {
        catalog_job_problems(&j->problems, stderr);
        return CLI_FAILED;
    }
    for (size_t i = 0; i < c->n_instances; i++)
        graph_instance(c, &c->instances[c->order[i]]);
    return CLI_OK;
}

/* ---- diff ---- */

static const struct val *named_doc(struct catalog_job *j, const char *name, struct err *e)
{
    const struct catalog_blueprint *b = catalog_named_blueprint(j->catalog, name, NULL);
    const struct catalog_module *m = b ? NULL : catalog_named_module(j->catalog, name, e);
    return b ? b->doc : m ? m->doc : NULL;
}

int catalog_command_diff(struct catalog_job *j, const char *const *words, size_t n,
                         enum cli_output how)
{
    struct err e = ERR_INIT;
    struct diff_items items = {0};
    const struct val *a = named_doc(j, words[0], &e), *b = a ? named_doc(j, words[1], &e) : NULL;
    (void)n;
    (void)how;
    if (!b)
        return catalog_job_failed(j, &e);
    if (diff_values(&j->pool, val_get(a, "spec"), val_get(b, "spec"), NULL, NULL, &items)) {
        err_set(&e, ERR_LIMIT, "the documents are too large");
        diff_items_clear(&items);
        return catalog_job_failed(j, &e);
    }
    for (size_t i = 0; i < items.len; i++) {
        const struct diff_item *d = &items.items[i];
        struct buf path;
        char *before = d->before ? short_json(d->before) : NULL,
             *after = d->after ? short_json(d->after) : NULL;
        buf_init(&path, BUF_SMALL);
        path_format(&path, d->path, PATH_STYLE_SERVER);
        print_line("%c %s  %s%s%s",
                   d->op == DIFF_ADDED     ? '+'
                   : d->op == DIFF_REMOVED ? '-'
                                           : '~',
                   buf_str(&path), before ? before : "", before && after ? " → " : "",
                   after ? after : "");
        mem_free(before);
        mem_free(after);
        buf_clear(&path);
    }
    int status = items.len ? CLI_CHANGES : CLI_OK;
    diff_items_clear(&items);
    return status;
}
