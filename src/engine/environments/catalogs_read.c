// SPDX-License-Identifier: Apache-2.0
/*
 * On a worker: catalogs, approvals, environment files and drafts become rows that people look at.
 * What is wrong with a file is said in its row, or as the catalog's first problem; nothing is
 * thrown away silently.
 */
#include "engine/environments/catalogs.h"

#include "catalog/catalog.h"
#include "catalog/files.h"
#include "catalog/team.h"
#include "data/json.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILES_MAX = 2000, PROBLEMS_SAID = 20 };

struct reader {
    struct catalogs_reading *r;
    struct catalog_kinds *kinds;
    struct team_person person;
    struct err policy; /* why guardrails and profiles may not be used */
};

struct catalogs_reading *catalogs_reading_new(void)
{
    struct catalogs_reading *r = mem_new(struct catalogs_reading);
    arena_init(&r->arena);
    r->problem = TEXT_NONE;
    return r;
}

void catalogs_reading_free(struct catalogs_reading *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->roots.len; i++)
        mem_free(r->roots.items[i]);
    trust_free(r->trust);
    for (size_t i = 0; i < r->said.len; i++) {
        mem_free(r->said.items[i].text);
        mem_free(r->said.items[i].hint);
    }
    for (size_t i = 0; i < r->catalogs.len; i++)
        catalog_free(r->catalogs.items[i]);
    vec_clear(&r->said);
    vec_clear(&r->catalogs);
    catalog_kinds_free(r->kinds);
    err_clear(&r->unwatched);
    vec_clear(&r->roots);
    vec_clear(&r->blueprints);
    vec_clear(&r->files);
    mem_free(r->folder);
    mem_free(r->fleet_file);
    mem_free(r->drafts);
    mem_free(r->login);
    arena_clear(&r->arena);
    mem_free(r);
}

/* ---- words ---- */

static struct text words(struct arena *a, const char *s)
{
    return text_cstr(a, s);
}

static struct text append(struct arena *a, struct text list, const char *s)
{
    return list.len ? text_fmt(a, "%s, %s", list.str, s) : text_cstr(a, s);
}

static struct text written(struct arena *a, const struct val *v, unsigned flags)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    struct text t = TEXT_NONE;
    if (v && !json_write(&b, v, flags))
        t = text_clean(a, b.data, b.len);
    buf_clear(&b);
    return t;
}

static struct text json_text(struct arena *a, const struct val *v)
{
    return written(a, v, JSON_COMPACT);
}

/* For programs: it is read again, and has to say what the file says. */
static struct text machine_text(struct arena *a, const struct val *v)
{
    return written(a, v, JSON_COMPACT | JSON_ASCII);
}

/* A value as a person writes it: texts without quotes. */
static struct text value_text(struct arena *a, const struct val *v)
{
    return val_is(v, VAL_STRING) ? text_clean(a, v->as.s, v->len) : json_text(a, v);
}

static struct text selector_text(struct arena *a, const struct val *s)
{
    struct text t = TEXT_NONE;
    for (uint32_t i = 0; val_is(s, VAL_MAP) && i < s->len; i++)
        t = text_fmt(a, "%s%s%s=%s", t.str, i ? "," : "", s->as.entries[i].key->s,
                     val_str(&s->as.entries[i].value, "?"));
    return t;
}

static struct text range_text(struct arena *a, const struct schema *s, const char *unit)
{
    struct text least = value_text(a, val_get(s->source, "minimum")),
                most = value_text(a, val_get(s->source, "maximum"));
    if (least.len && most.len)
        return text_fmt(a, "%s to %s", least.str, most.str);
    if (least.len || most.len)
        return text_fmt(a, "%s %s", least.len ? "at least" : "at most",
                        least.len ? least.str : most.str);
    return words(a, unit);
}

static struct text takes(struct arena *a, const struct schema *s)
{
    struct text t = TEXT_NONE;
    if (val_bool(val_get(s->source, "x-secret"), false))
        return words(a, "secret, by reference");
    for (size_t i = 0; i < val_count(s->enum_values); i++)
        t = append(a, t, value_text(a, val_item(s->enum_values, i)).str);
    if (t.len)
        return t;
    switch ((enum schema_type)s->type) {
    case SCHEMA_BOOLEAN:
        return words(a, "yes, no");
    case SCHEMA_INTEGER:
        return range_text(a, s, "a whole number");
    case SCHEMA_NUMBER:
        return range_text(a, s, "a number");
    case SCHEMA_STRING: {
        const char *pattern = val_str(val_get(s->source, "x-pattern-text"), NULL);
        return pattern ? words(a, pattern) : words(a, *s->format ? s->format : "text");
    }
    case SCHEMA_ARRAY:
        return text_fmt(a, "a list of %s", s->items ? takes(a, s->items).str : "values");
    case SCHEMA_OBJECT:
    case SCHEMA_ANY:
        break;
    }
    if (s->n_props)
        return text_count(a, (long)s->n_props, "field", "fields");
    return words(a, s->additional ? "names with values" : "YAML");
}

/* ---- teams ---- */

/* "ours (at most 2 environments, on tier=dev, namespaces ours-*)": what holds for the person. */
static struct text team_words(struct arena *a, const struct catalog_team *t)
{
    struct text limits = TEXT_NONE, names = TEXT_NONE, on = selector_text(a, t->clusters);
    if (t->max_environments >= 0)
        limits = text_fmt(a, "at most %lld environment%s", (long long)t->max_environments,
                          t->max_environments == 1 ? "" : "s");
    if (on.len)
        limits = append(a, limits, text_fmt(a, "on %s", on.str).str);
    for (size_t i = 0; t->namespaces && t->namespaces[i]; i++)
        names = append(a, names, t->namespaces[i]);
    if (names.len && strcmp(names.str, "*") != 0)
        limits = append(a, limits, text_fmt(a, "namespaces %s", names.str).str);
    return limits.len ? text_fmt(a, "%s (%s)", t->name, limits.str) : words(a, t->name);
}

static void fill_teams(struct reader *x, const struct catalog *c, struct leeway_blueprint *out)
{
    struct arena *a = &x->r->arena;
    struct text others = TEXT_NONE;
    out->yours = !c->n_teams;
    for (size_t i = 0; i < c->n_teams; i++) {
        const struct catalog_team *t = c->teams[i];
        if (t->broken || (t->blueprints && !team_pattern_matches(t->blueprints, out->name.str)) ||
            !team_may(t, "launch"))
            continue;
        if (!team_has(t, &x->person)) {
            others = append(a, others, t->name);
            continue;
        }
        out->yours = true;
        out->teams = append(a, out->teams, team_words(a, t).str);
        if (!out->team.len)
            out->team = words(a, t->name);
    }
    if (others.len)
        out->teams = append(a, out->teams, others.str);
}

/* ---- approvals ---- */

static void refuse(struct leeway_blueprint *out, enum leeway_state state, struct text why,
                   struct text hint)
{
    out->state = state;
    out->usable = false;
    out->why = why;
    out->hint = hint;
}

static void fill_approval(struct reader *x, const struct catalog *c,
                          const struct catalog_composition *comp, struct leeway_blueprint *out)
{
    struct arena *a = &x->r->arena;
    struct approval verdict = {.state = APPROVAL_NOT};
    struct err e = ERR_INIT;
    if (trust_judge_blueprint(c, comp->blueprint, trust_rule(x->r->trust), &verdict, &e)) {
        refuse(out, LEEWAY_UNKNOWN, text_fmt(a, "its approval cannot be judged: %s", e.text),
               words(a, e.hint));
        out->approval = words(a, "not known");
    } else {
        struct text by = TEXT_NONE;
        for (size_t i = 0; i < verdict.n_signers; i++)
            by = append(a, by, verdict.signers[i]);
        out->approval = by.len ? text_fmt(a, "signed by %s", by.str)
                        : verdict.state == APPROVAL_NEW
                            ? words(a, "new: trusted at its first use")
                            : words(a, approval_state_word(verdict.state));
        if (approval_may_use(&verdict, &e))
            refuse(out, verdict.state == APPROVAL_ALTERED ? LEEWAY_FAILED : LEEWAY_UNKNOWN,
                   words(a, verdict.n_because ? verdict.because[0].text
                                              : approval_state_word(verdict.state)),
                   words(a, verdict.n_because ? verdict.because[0].hint : NULL));
    }
    approval_clear(&verdict);
    err_clear(&e);
}

/* ---- blueprints ---- */

static struct text default_text(struct arena *a, const struct val *v)
{
    if (val_is(v, VAL_BOOL))
        return words(a, v->as.b ? "yes" : "no");
    return value_text(a, v);
}

static void fill_parameters(struct arena *a, const struct schema *s, struct leeway_blueprint *out)
{
    struct leeway_parameter *p = arena_array(a, s->n_props + 1, sizeof(*p));
    for (size_t i = 0; i < s->n_props; i++) {
        const struct schema_prop *from = &s->props[i];
        p[i] = (struct leeway_parameter){
            .name = words(a, from->name->s),
            .takes = takes(a, from->schema),
            .otherwise = default_text(a, from->schema->default_value),
            .description = words(a, val_str(val_get(from->schema->source, "description"), NULL)),
            .required = from->required,
            .secret = schema_holds_secret(from->schema)};
    }
    out->parameters = p;
    out->n_parameters = s->n_props;
    out->schema = machine_text(a, s->source);
}

static struct text contract_text(struct arena *a, const struct catalog_module *m)
{
    size_t anyone = 0;
    for (size_t i = 0; i < m->n_fields; i++)
        anyone += m->fields[i].owner == FIELD_ANYONE;
    if (!m->n_fields)
        return TEXT_NONE;
    struct text t = text_count(a, (long)m->n_fields, "rule", "rules");
    return anyone ? text_fmt(a, "%s, %zu let anyone", t.str, anyone) : t;
}

static bool list_has(struct text list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = list.str; (at = strstr(at, word)); at += n)
        if ((at == list.str || at[-1] == ' ') && (!at[n] || at[n] == ','))
            return true;
    return false;
}

static void fill_modules(struct arena *a, const struct catalog_blueprint *b,
                         const struct catalog_composition *comp, struct leeway_blueprint *out)
{
    struct leeway_module_use *m = arena_array(a, b->n_modules + 1, sizeof(*m));
    for (size_t i = 0; i < b->n_modules; i++) {
        const struct catalog_module *with = comp ? comp->instances[i].module : NULL;
        m[i] = (struct leeway_module_use){
            .instance = words(a, b->modules[i].name),
            .module = words(a, b->modules[i].module),
            .version = with ? words(a, with->version.text)
                            : words(a, val_str(val_get(b->modules[i].at, "version"), NULL)),
            .description = with ? words(a, with->description) : TEXT_NONE,
            .when = words(a, val_str(val_get(b->modules[i].at, "includeWhen"), NULL)),
            .contract = with ? contract_text(a, with) : TEXT_NONE};
        for (size_t k = 0; with && k < with->n_resources; k++)
            if (!list_has(out->resources, with->resources[k].kind))
                out->resources = append(a, out->resources, with->resources[k].kind);
    }
    out->modules = m;
    out->n_modules = b->n_modules;
}

static struct text stages_text(struct arena *a, const struct val *stages)
{
    struct text t = TEXT_NONE;
    for (size_t i = 0; i < val_count(stages); i++) {
        const struct val *s = val_item(stages, i);
        t = text_fmt(a, "%s%s%s%s", t.str, i ? "; " : "", val_str(val_get(s, "name"), "?"),
                     val_get(s, "gate") ? ", then a person decides" : "");
    }
    return t;
}

static void fill_outputs(struct arena *a, const struct val *outputs, struct leeway_blueprint *out)
{
    size_t n = val_is(outputs, VAL_MAP) ? outputs->len : 0;
    struct text *names = arena_array(a, n + 1, sizeof(*names));
    for (size_t i = 0; i < n; i++)
        names[i] = words(a, outputs->as.entries[i].key->s);
    out->outputs = names;
    out->n_outputs = n;
}

/* Made of files as they are now? Others stand in for what has problems. */
static bool is_current(const struct catalog *c, const struct catalog_composition *k)
{
    for (size_t i = 0; i < c->n_sources; i++) {
        const struct catalog_file *f = c->sources[i].file ? &c->sources[i].file->file : NULL;
        bool used = f == k->blueprint->file;
        for (size_t m = 0; m < k->n_instances && !used; m++)
            used = f == k->instances[m].module->file;
        if (f && used && c->sources[i].stale)
            return false;
    }
    return true;
}

static void add_blueprint(struct reader *x, const struct catalog *c,
                          const struct catalog_blueprint *b)
{
    struct arena *a = &x->r->arena;
    const struct catalog_composition *comp = catalog_composition_of(c, b);
    const struct val *owners = val_get(b->spec, "owners");
    struct leeway_blueprint row = {
        .name = words(a, b->name),
        .version = words(a, b->version.text),
        .description = words(a, b->description),
        .folder = words(a, c->folder),
        .file = words(a, b->file->path),
        .state = LEEWAY_OK,
        .usable = true,
        .goes_to = selector_text(a, b->placement_selector),
        .max_clusters = (int32_t)b->placement_max,
        .exceptions = (int32_t)val_int(val_at(b->spec, "leeway", "exceptions", NULL), -1),
        .max_expiry = words(a, val_str(val_at(b->spec, "leeway", "maxExpiry", NULL), NULL)),
        .ttl = words(a, val_str(val_at(b->spec, "lifecycle", "ttl", "default", NULL), NULL)),
        .max_ttl = words(a, val_str(val_at(b->spec, "lifecycle", "ttl", "max", NULL), NULL)),
        .stages = stages_text(a, val_at(b->spec, "rollout", "stages", NULL)),
    };
    struct text *const empty[] = {&row.owners, &row.approval, &row.why,      &row.hint,
                                  &row.teams,  &row.team,     &row.resources};
    for (size_t i = 0; i < ARRAY_LEN(empty); i++)
        *empty[i] = TEXT_NONE;
    for (size_t i = 0; i < val_count(owners); i++)
        row.owners = append(a, row.owners, val_str(val_item(owners, i), ""));
    fill_parameters(a, b->parameters, &row);
    fill_modules(a, b, comp, &row);
    fill_outputs(a, val_get(b->spec, "outputs"), &row);
    fill_teams(x, c, &row);
    if (comp && !is_current(c, comp))
        refuse(&row, LEEWAY_FAILED,
               words(a, "its files have problems now; this is what it was before"),
               text_fmt(a, "leeway catalog lint -C %s says them", c->root));
    else if (comp)
        fill_approval(x, c, comp, &row);
    else
        refuse(&row, LEEWAY_FAILED, words(a, "it has problems"),
               text_fmt(a, "leeway catalog lint -C %s says them", c->root));
    if (row.usable && x->policy.code) /* then no plan is made either */
        refuse(&row, LEEWAY_UNKNOWN, words(a, x->policy.text), words(a, x->policy.hint));
    vec_push(&x->r->blueprints, row);
}

/* The newest version that may be used, of each name; without one the newest of all. */
static void mark_newest(struct catalogs_reading *r)
{
    for (size_t i = 0, end; i < r->blueprints.len; i = end) {
        struct leeway_blueprint *b = r->blueprints.items;
        size_t best = i;
        for (end = i; end < r->blueprints.len && text_equal(b[end].name, b[i].name); end++)
            if (!b[best].usable && b[end].usable)
                best = end;
        b[best].newest = true;
    }
}

/* One problem of the catalog; the first ones are said. */
static void keep_problem(struct reader *x, const struct err *e)
{
    char *place = e->source && e->line ? mem_printf("%s:%u:%u: ", e->source, e->line, e->col)
                  : e->source          ? mem_printf("%s: ", e->source)
                                       : mem_strdup("");
    struct catalogs_problem p = {mem_printf("%s%s", place, e->text),
                                 e->hint ? mem_strdup(e->hint) : NULL};
    mem_free(place);
    if (!x->r->problem.len) {
        char *t = err_format(e);
        x->r->problem = text_cstr(&x->r->arena, t);
        mem_free(t);
    }
    x->r->problems++;
    if (x->r->said.len < PROBLEMS_SAID) {
        vec_push(&x->r->said, p);
        return;
    }
    mem_free(p.text);
    mem_free(p.hint);
}

static void keep_problems(struct reader *x, struct catalog_problems *p)
{
    for (size_t i = 0; i < p->len; i++)
        keep_problem(x, &p->items[i]);
    x->r->problems += (int32_t)p->more;
    catalog_problems_clear(p);
}

/* What was good of this catalog the last time. */
static const struct catalog *last_of(const struct catalogs_reading *r, const char *root)
{
    for (size_t i = 0; r->before && i < r->before->catalogs.len; i++)
        if (strcmp(r->before->catalogs.items[i]->root, root) == 0)
            return r->before->catalogs.items[i];
    return NULL;
}

static void read_catalog(struct reader *x, const char *root)
{
    struct catalog *c = NULL;
    struct catalog_problems problems = {0};
    struct err e = ERR_INIT;
    if (catalog_load(root, x->kinds, last_of(x->r, root), &c, &problems, &e))
        keep_problem(x, &e);
    for (size_t i = 0; c && i < c->n_blueprints; i++)
        add_blueprint(x, c, c->blueprints[i]);
    keep_problems(x, &problems);
    if (c)
        vec_push(&x->r->catalogs, c);
    err_clear(&e);
}

/* ---- environments ---- */

/* Wall milliseconds of an RFC 3339 text in UTC; 0: none. */
static int64_t moment(const struct val *v)
{
    struct tm tm = {0};
    const char *s = val_str(v, NULL);
    const char *end = s ? strptime(s, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    return end ? (int64_t)timegm(&tm) * 1000 : 0;
}

static void fill_differences(struct arena *a, const struct val *spec, struct leeway_env_file *out)
{
    const struct val *list = val_get(spec, "overrides");
    struct leeway_override *o = arena_array(a, val_count(list) + 1, sizeof(*o));
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        o[i] = (struct leeway_override){.cluster = value_text(a, val_get(v, "cluster")),
                                        .module = value_text(a, val_get(v, "module")),
                                        .params = json_text(a, val_get(v, "params")),
                                        .reason = value_text(a, val_get(v, "reason")),
                                        .by = value_text(a, val_get(v, "by")),
                                        .expires_ms = moment(val_get(v, "expires"))};
    }
    out->overrides = o;
    out->n_overrides = val_count(list);
    list = val_get(spec, "exceptions");
    struct leeway_exception *x = arena_array(a, val_count(list) + 1, sizeof(*x));
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i), *value = val_get(v, "value");
        x[i] =
            (struct leeway_exception){.cluster = value_text(a, val_get(v, "cluster")),
                                      .object = value_text(a, val_get(v, "object")),
                                      .path = value_text(a, val_get(v, "path")),
                                      .value = value_text(a, value ? value : val_get(v, "within")),
                                      .manager = value_text(a, val_get(v, "manager")),
                                      .reason = value_text(a, val_get(v, "reason")),
                                      .by = value_text(a, val_get(v, "by")),
                                      .expires_ms = moment(val_get(v, "expires"))};
    }
    out->exceptions = x;
    out->n_exceptions = val_count(list);
}

static void fill_document(struct arena *a, const struct val *doc, struct leeway_env_file *out)
{
    const struct val *spec = val_get(doc, "spec");
    out->blueprint = value_text(a, val_at(spec, "blueprint", "name", NULL));
    out->version = value_text(a, val_at(spec, "blueprint", "version", NULL));
    out->team = value_text(a, val_get(spec, "team"));
    out->owner = value_text(a, val_get(spec, "owner"));
    out->namespace_ = value_text(a, val_get(spec, "namespace"));
    out->ttl = value_text(a, val_get(spec, "ttl"));
    out->document = machine_text(a, doc);
    fill_differences(a, spec, out);
}

static struct leeway_env_file empty_file(struct arena *a, const char *path)
{
    return (struct leeway_env_file){.name = TEXT_NONE,
                                    .path = text_cstr(a, path),
                                    .blueprint = TEXT_NONE,
                                    .version = TEXT_NONE,
                                    .team = TEXT_NONE,
                                    .owner = TEXT_NONE,
                                    .namespace_ = TEXT_NONE,
                                    .ttl = TEXT_NONE,
                                    .document = TEXT_NONE,
                                    .problem = TEXT_NONE};
}

static void read_environment(struct reader *x, const char *path, const char *file)
{
    struct arena *a = &x->r->arena;
    struct catalog_problems problems = {0};
    struct document_file *f = document_file_read(x->kinds, path, "Environment", 0, &problems);
    struct leeway_env_file row = empty_file(a, path);
    if (f && f->len == 1 && !f->items[0].broken && !problems.len) {
        row.name = text_cstr(a, f->items[0].name);
        fill_document(a, f->items[0].value, &row);
    } else {
        row.name = text_fmt(a, "%.*s", (int)strcspn(file, "."), file);
        row.problem = problems.len ? text_cstr(a, problems.items[0].text)
                                   : text_cstr(a, "it does not hold one environment");
    }
    vec_push(&x->r->files, row);
    document_file_free(f);
    catalog_problems_clear(&problems);
}

static void read_draft(struct reader *x, const char *path, const char *file)
{
    struct arena *a = &x->r->arena;
    struct leeway_env_file row = empty_file(a, path);
    struct val_pool pool;
    struct buf b;
    struct err e = ERR_INIT;
    val_pool_init(&pool);
    buf_init(&b, CATALOG_FILE_MAX);
    row.name = text_fmt(a, "%.*s", (int)(strlen(file) - strlen(".json")), file);
    row.draft = true;
    const struct val *doc =
        catalog_read_file(path, &b, &e) ? NULL : json_read(&pool, buf_str(&b), b.len, NULL, &e);
    if (val_is(doc, VAL_MAP))
        fill_document(a, doc, &row);
    else
        row.problem = text_cstr(a, e.code ? e.text : "it is no draft");
    vec_push(&x->r->files, row);
    err_clear(&e);
    buf_clear(&b);
    val_pool_clear(&pool);
}

static void each_file(struct reader *x, const char *folder, bool (*wanted)(const char *name),
                      void (*read)(struct reader *, const char *, const char *))
{
    struct catalog_names names = {0};
    struct err e = ERR_INIT;
    if (catalog_is_folder(folder) && catalog_list(folder, false, &names, &e)) {
        x->r->problems++;
        if (!x->r->problem.len)
            x->r->problem = text_cstr(&x->r->arena, e.text);
    }
    for (size_t i = 0; i < names.len && i < FILES_MAX; i++) {
        char *path = catalog_join(folder, names.items[i]);
        if (wanted(names.items[i]))
            read(x, path, names.items[i]);
        mem_free(path);
    }
    catalog_names_clear(&names);
    err_clear(&e);
}

static bool is_draft(const char *name)
{
    return fnmatch("*.json", name, 0) == 0;
}

/* The folders that are read, without those of another kind. Each owned. */
static void folders_of(const struct catalogs_reading *r, char ***out, size_t *n)
{
    VEC(char *) all = {0};
    for (size_t i = 0; i < r->roots.len; i++) {
        char *inside = catalog_join(r->roots.items[i], "catalog");
        bool there = catalog_is_folder(inside);
        vec_push(&all, there ? inside : mem_strdup(r->roots.items[i]));
        if (!there)
            mem_free(inside);
    }
    if (r->roots.len)
        vec_push(&all, catalog_join(r->folder, "environments"));
    *out = all.items;
    *n = all.len;
}

/* Watched before anything is read; false: it is what it was. */
static bool look(struct catalogs_reading *r)
{
    char **folders;
    size_t n;
    if (!r->watch)
        return true;
    folders_of(r, &folders, &n);
    if (tree_watch_cover(r->watch, (const char *const *)folders, n, &r->unwatched))
        r->signature = tree_watch_signature((const char *const *)folders, n);
    r->same = r->unwatched.code && r->perhaps && r->before && r->before->signature == r->signature;
    for (size_t i = 0; i < n; i++)
        mem_free(folders[i]);
    mem_free(folders);
    return !r->same;
}

void catalogs_reading_run(void *reading)
{
    struct catalogs_reading *r = reading;
    if (!look(r))
        return;
    if (r->roots.len || r->fleet_file) /* most fleets have neither, and start the faster */
        r->kinds = catalog_kinds_new();
    struct reader x = {.r = r, .kinds = r->kinds};
    team_person_init(&x.person, r->login);
    struct digest policy;
    if (r->trust)
        (void)!trust_judge_policies(r->trust, &policy, &x.policy);
    for (size_t i = 0; i < x.r->roots.len; i++)
        read_catalog(&x, x.r->roots.items[i]);
    mark_newest(x.r);
    char *environments = catalog_join(x.r->folder, "environments");
    if (x.r->roots.len)
        each_file(&x, environments, catalog_is_yaml, read_environment);
    if (x.r->drafts)
        each_file(&x, x.r->drafts, is_draft, read_draft);
    mem_free(environments);
    team_person_clear(&x.person);
    err_clear(&x.policy);
}
