// SPDX-License-Identifier: Apache-2.0
/* From an environment's file to wanted objects, target by target. */
#include "engine/environments/env_source_int.h"

#include "base/mem.h"
#include "data/json.h"
#include "engine/environments/environment.h"
#include "engine/environments/lifetime.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/cluster_value.h"
#include "engine/fleet/inventory.h"
#include "kube/discovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SOURCE_MEMORY (512u << 20)
#define PROBLEMS_SHOWN 20u

/* ---- which file this is ---- */

bool env_source_is(const char *path)
{
    struct stat st;
    char head[4096];
    if (stat(path, &st) || !S_ISREG(st.st_mode))
        return false;
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(head, 1, sizeof(head) - 1, f) : 0;
    if (f)
        fclose(f);
    head[n] = '\0';
    const char *kind =
        strncmp(head, "kind: Environment", 17) == 0 ? head : strstr(head, "\nkind: Environment");
    return kind && strstr(head, CATALOG_API_VERSION);
}

char *env_source_fleet(const char *path)
{
    char *at = mem_strdup(path);
    for (char *slash; (slash = strrchr(at, '/'));) {
        *slash = '\0';
        char *catalog = catalog_join(*at ? at : "/", "catalog");
        bool there = catalog_is_folder(catalog);
        mem_free(catalog);
        if (there)
            return at;
    }
    mem_free(at);
    return NULL;
}

/* ---- what is known of the clusters ---- */

static const struct val *text(struct val_pool *p, const char *s)
{
    return val_box(p, val_of_str(p, s ? s : ""));
}

static void take_cluster(struct env_source *s, size_t i, struct cluster *c)
{
    struct env_target *t = &s->targets[i];
    struct catalog_cluster *to = &s->places[i].cluster;
    t->cluster = c;
    t->uid = c->uid ? mem_strdup(c->uid) : NULL;
    t->discovery = c->discovery ? kube_discovery_ref(c->discovery) : NULL;
    cluster_describe(&s->pool, c, to);
}

struct env_source *env_source_new(struct engine *e, const char *path,
                                  struct cluster *const *clusters, size_t n)
{
    struct env_source *s = mem_new(struct env_source);
    s->path = mem_strdup(path);
    s->root = env_source_fleet(path);
    s->approval.state = APPROVAL_NOT;
    if (s->root) {
        char *catalog = catalog_join(s->root, "catalog");
        s->trust = trust_new(e, catalog);
        mem_free(catalog);
    }
    s->n = n;
    s->targets = mem_calloc(n + 1, sizeof(*s->targets));
    s->places = mem_calloc(n + 1, sizeof(*s->places));
    s->inputs = mem_calloc(n + 1, sizeof(*s->inputs));
    s->now = engine_wall_ms(e) / 1000;
    env_team_remember(s, e);
    val_pool_init_limited(&s->pool, SOURCE_MEMORY);
    for (size_t i = 0; i < n; i++)
        take_cluster(s, i, clusters[i]);
    return s;
}

void env_source_free(struct env_source *s)
{
    if (!s)
        return;
    env_known_clear(s);
    env_team_forget(s);
    for (size_t i = 0; i < s->n; i++) {
        mem_free(s->targets[i].uid);
        kube_discovery_unref(s->targets[i].discovery);
    }
    mem_free(s->targets);
    mem_free(s->places);
    mem_free(s->inputs);
    mem_free(s->path);
    mem_free(s->document);
    mem_free(s->root);
    mem_free(s->about);
    document_file_free(s->file);
    catalog_free(s->catalog);
    catalog_kinds_free(s->kinds);
    catalog_problems_clear(&s->problems);
    trust_items_clear(&s->parts);
    approval_clear(&s->approval);
    trust_free(s->trust);
    err_clear(&s->err);
    val_pool_clear(&s->pool);
    mem_free(s);
}

/* ---- the worker's part ---- */

static bool read_document(struct env_source *s)
{
    s->kinds = catalog_kinds_new();
    s->file = s->document ? document_file_parse(s->kinds, s->path, s->document, strlen(s->document),
                                                "Environment", 0, &s->problems)
                          : document_file_read(s->kinds, s->path, "Environment", 0, &s->problems);
    if (!s->file || s->problems.len)
        return false;
    if (s->file->len != 1) {
        err_set(&s->err, ERR_INVALID, "%s holds %zu environments: one a file is planned", s->path,
                s->file->len);
        return false;
    }
    s->doc = &s->file->items[0];
    s->name = s->doc->name;
    s->namespace_ = val_str(val_get(s->doc->spec, "namespace"), s->name);
    return true;
}

static bool find_blueprint(struct env_source *s)
{
    struct catalog_problems elsewhere = {0};
    const struct val *want = val_get(s->doc->spec, "blueprint");
    const char *name = val_str(val_get(want, "name"), ""),
               *version = val_str(val_get(want, "version"), "");
    if (!s->root) {
        err_set(&s->err, ERR_NOT_FOUND, "no folder above %s has a catalog", s->path);
        err_hint(&s->err,
                 "an environment lies in the fleet's folder: environments/NAME.yaml beside "
                 "catalog/");
        return false;
    }
    if (catalog_load(s->root, s->kinds, NULL, &s->catalog, &elsewhere, &s->err)) {
        catalog_problems_clear(&elsewhere);
        return false;
    }
    char *full = arena_printf(&s->pool.arena, "%s@%s", name, version);
    const struct catalog_blueprint *b = catalog_named_blueprint(s->catalog, full, &s->err);
    s->composition = b ? catalog_composition_of(s->catalog, b) : NULL;
    if (!b)
        err_at(&s->err, s->path, want->line, want->col);
    else if (!s->composition)
        catalog_problems_move(&s->problems, &elsewhere);
    catalog_problems_clear(&elsewhere);
    return s->composition != NULL;
}

/* May the blueprint be used, exactly as it was read? */
static bool check_approval(struct env_source *s)
{
    const struct catalog_blueprint *b = s->composition->blueprint;
    const struct val *want = val_get(s->doc->spec, "blueprint");
    if (trust_items_of(s->catalog, b, &s->parts, &s->err) ||
        trust_judge_blueprint(s->catalog, b, trust_rule(s->trust), &s->approval, &s->err))
        return false;
    s->judged = true;
    if (!approval_may_use(&s->approval, &s->err))
        return true;
    err_at(&s->err, s->path, want->line, want->col);
    return false;
}

/* Files that a module's source reads while it is rendered. */
static bool covers(void *ctx, const struct catalog_module *m, const char *file, const void *bytes,
                   size_t len)
{
    const struct env_source *s = ctx;
    const struct approval_item item = {APPROVAL_MODULE, m->name, m->version.text};
    return approval_saw(&s->approval, &item, file, bytes, len);
}

static const struct val *environment_value(struct env_source *s)
{
    struct val_pool *p = &s->pool;
    const struct val *v = val_map_of(p, NULL, 0);
    v = val_map_with(p, v, "name", text(p, s->name));
    v = val_map_with(p, v, "namespace", text(p, s->namespace_));
    v = val_map_with(p, v, "team", text(p, val_str(val_get(s->doc->spec, "team"), "")));
    v = val_map_with(p, v, "owner", text(p, val_str(val_get(s->doc->spec, "owner"), "")));
    const struct val *labels = val_get(s->doc->metadata, "labels");
    return val_map_with(p, v, "labels", labels ? labels : val_map_of(p, NULL, 0));
}

static void overrides_for(struct env_source *s, size_t i)
{
    struct val_pool *p = &s->pool;
    const struct val *list = val_get(s->doc->spec, "overrides");
    struct render_override *out = arena_array(&p->arena, val_count(list) + 1, sizeof(*out));
    for (size_t k = 0; out && k < val_count(list); k++) {
        const struct val *v = val_item(list, k), *cluster = val_get(v, "cluster");
        if ((cluster && !val_str_is(cluster, s->places[i].cluster.name)) ||
            env_override_end(v) <= s->now)
            continue;
        const char *by = val_str(val_get(v, "by"), NULL);
        out[s->inputs[i].n_overrides++] =
            (struct render_override){val_str(val_get(v, "module"), ""), val_get(v, "params"),
                                     arena_printf(&p->arena, "override%s%s: %s", by ? " by " : "",
                                                  by ? by : "", val_str(val_get(v, "reason"), ""))};
    }
    s->inputs[i].overrides = out;
}

/* All that later renderings stand on: objects, and what the modules hand on. */
static struct digest digest_of(struct env_source *s, size_t i)
{
    const struct render_result *r = &s->targets[i].result;
    struct digest_ctx *d = digest_begin();
    struct buf text;
    buf_init(&text, 4 * BUF_LARGE);
    const struct val *parts[3];
    json_write(&text, r->params, JSON_CANONICAL);
    const struct val *given = val_get(s->doc->spec, "params");
    json_write(&text, given ? given : &val_null, JSON_CANONICAL);
    for (size_t k = 0; k < s->composition->n_instances; k++) {
        const struct render_instance *in = &r->instances[k];
        parts[0] = in->params, parts[1] = in->inputs, parts[2] = in->outputs;
        for (size_t p = 0; in->included && p < ARRAY_LEN(parts); p++)
            json_write(&text, parts[p] ? parts[p] : &val_null, JSON_CANONICAL);
    }
    digest_update(d, buf_str(&text), text.len);
    for (size_t k = 0; k < r->n_objects; k++) {
        buf_reset(&text);
        json_write(&text, r->objects[k].object, JSON_CANONICAL);
        digest_update(d, buf_str(&text), text.len);
    }
    buf_clear(&text);
    return digest_end(d);
}

static bool render_target(struct env_source *s, size_t i, const struct val *environment)
{
    struct render_input *in = &s->inputs[i];
    const struct catalog_cluster *cl = &s->places[i].cluster;
    *in = (struct render_input){.catalog = s->catalog,
                                .composition = s->composition,
                                .params = val_get(s->doc->spec, "params"),
                                .params_file = &s->file->file,
                                .covers = covers,
                                .covers_ctx = s,
                                .environment = environment};
    in->cluster = catalog_cluster_of(s->catalog, &s->pool, cl, NULL, &s->err);
    overrides_for(s, i);
    if (!in->cluster || !environment || render(in, &s->pool, &s->targets[i].result, &s->problems) ||
        !env_known_carried(s, i))
        return false;
    s->targets[i].first = digest_of(s, i);
    s->targets[i].rendered = true;
    return true;
}

void env_source_render(struct env_source *s, bool destroy)
{
    const struct catalog_team *team = NULL;
    s->destroy = destroy;
    if (!read_document(s))
        return;
    if (destroy) {
        (void)env_team_destroys(s);
        return;
    }
    if (!find_blueprint(s) || !check_approval(s) || !env_about(s))
        return;
    for (size_t i = 0; i < s->n; i++)
        s->places[i].cluster.apis = apis_as_value(&s->pool, s->targets[i].discovery);
    bool good = env_team(s, &team);
    const struct placement_wish wish = {s->catalog, s->composition, team,
                                        val_get(s->doc->spec, "placement")};
    if (!good || (!s->fixed && placement_choose(&s->pool, &wish, s->places, s->n, &s->err))) {
        err_at(&s->err, s->path, s->doc->value->line, s->doc->value->col);
        return;
    }
    const struct val *environment = environment_value(s);
    for (size_t i = 0; i < s->n; i++)
        if ((s->fixed || s->places[i].chosen) && (!s->only || s->only == s->targets[i].cluster))
            render_target(s, i, environment);
    catalog_problems_sort(&s->problems);
    if (!s->problems.len && !s->only && !s->look && !s->draft)
        env_known_here(s);
}

void env_source_look(struct env_source *s)
{
    s->look = true;
}

void env_source_fix(struct env_source *s)
{
    s->fixed = true;
}

int env_source_error(const struct env_source *s, struct err *e)
{
    const struct err *from = s->problems.len ? &s->problems.items[0] : &s->err;
    if (!from->code)
        return 0;
    err_copy(e, from);
    return e->code;
}

/* ---- the plan ---- */

/* The object with the instance it belongs to written on it. */
static const struct val *with_instance(struct env_source *s, const struct val *object,
                                       const char *instance)
{
    struct val_pool *p = &s->pool;
    const struct val *meta = val_get(object, "metadata"), *notes = val_get(meta, "annotations");
    notes = val_map_with(p, notes ? notes : val_map_of(p, NULL, 0), "leeway.dev/module",
                         text(p, instance));
    meta = notes ? val_map_with(p, meta, "annotations", notes) : NULL;
    return meta ? val_map_with(p, object, "metadata", meta) : NULL;
}

/* What made the object different from the blueprint's own, in few words. */
static const char *cause_of(struct env_source *s, size_t i, const struct render_object *o)
{
    const struct composition_instance *in = &s->composition->instances[o->instance];
    const struct catalog_blueprint *b = s->composition->blueprint;
    const char *override = "";
    for (size_t k = 0; k < s->inputs[i].n_overrides; k++)
        if (strcmp(s->inputs[i].overrides[k].module, in->name) == 0)
            override = s->inputs[i].overrides[k].origin;
    return arena_printf(&s->pool.arena, "%s@%s, %s: %s@%s%s%s", b->name, b->version.text, in->name,
                        in->module->name, in->module->version.text, *override ? ", " : "",
                        override);
}

/* Paths of what is known only once other objects were applied. */
static void late_of(struct env_source *s, const struct render_object *o, struct plan_want *w)
{
    const char **paths = arena_array(&s->pool.arena, o->n_leaves + 1, sizeof(*paths));
    for (size_t i = 0; paths && i < o->n_leaves; i++) {
        struct buf path;
        if (!o->leaves[i].deferred)
            continue;
        buf_init(&path, BUF_SMALL);
        path_format(&path, o->leaves[i].path, PATH_STYLE_SERVER);
        paths[w->n_late++] = arena_strndup(&s->pool.arena, buf_str(&path), path.len);
        buf_clear(&path);
    }
    w->late = paths;
}

static bool says_ready(const struct composition_instance *in, const struct render_object *o)
{
    return o->resource != UINT32_MAX && in->module->resources[o->resource].ready_when;
}

static size_t wants_of(struct env_source *s, size_t i, struct plan_want **out)
{
    const struct render_result *r = &s->targets[i].result;
    struct plan_want *wants = arena_array(&s->pool.arena, r->n_objects + 1, sizeof(*wants));
    if (!wants || s->destroy || !s->targets[i].rendered)
        return 0;
    for (size_t k = 0; k < r->n_objects; k++) {
        const struct render_object *o = &r->objects[k];
        const struct composition_instance *in = &s->composition->instances[o->instance];
        wants[k] = (struct plan_want){
            .body = with_instance(s, o->object, in->name),
            .cause = cause_of(s, i, o),
            .where = arena_printf(&s->pool.arena, "%s:%u", in->module->file->path, o->object->line),
            .wave = o->wave,
            .says_ready = says_ready(in, o)};
        if (!wants[k].body || render_contract(r, o, &s->pool, &wants[k].contract, &s->err))
            return 0;
        late_of(s, o, &wants[k]);
    }
    *out = wants;
    return r->n_objects;
}

void env_source_only(struct env_source *s, const struct cluster *c)
{
    s->only = c;
}

int env_source_wants(struct env_source *s, const struct cluster *c, const struct plan_want **wants,
                     size_t *n, struct err *e)
{
    struct plan_want *out = NULL;
    *n = 0;
    if (env_source_error(s, e))
        return e->code;
    for (size_t i = 0; i < s->n; i++)
        if (s->targets[i].cluster == c && s->targets[i].rendered)
            *n = wants_of(s, i, &out);
    *wants = out;
    return 0;
}

static void fail(struct env_source *s, struct engine *e, struct engine_command *cmd,
                 const struct plan_request *r)
{
    if (s->draft) {
        env_draft_answer(s, e, cmd, r);
        return;
    }
    struct err err = ERR_INIT;
    if (s->problems.len) {
        err_copy(&err, &s->problems.items[0]);
        for (size_t i = 1; i < s->problems.len && i < PROBLEMS_SHOWN; i++) {
            char *line = err_format(&s->problems.items[i]);
            engine_message(e, LEEWAY_FAILED, s->name ? s->name : s->path, NULL, "%s", line);
            mem_free(line);
        }
    } else {
        err_move(&err, &s->err);
    }
    engine_answer_failed(e, cmd, &err);
}

/* Is the environment on the cluster now? */
static bool is_there(struct engine *e, const struct env_source *s, const struct env_target *t)
{
    struct environment *env = environment_by_name(e, s->name);
    return env && t->uid && target_find(env, t->uid);
}

void env_source_plan(struct env_source *s, struct engine *e, struct engine_command *cmd,
                     const struct plan_choice *choices, size_t n_choices)
{
    struct plan_want_target *targets = arena_array(&s->pool.arena, s->n + 1, sizeof(*targets));
    size_t n_overrides = s->doc ? val_count(val_get(s->doc->spec, "overrides")) : 0;
    const char **notes = arena_array(&s->pool.arena, s->n + n_overrides + 4, sizeof(*notes));
    struct plan_request r = {.kind = "apply", .complete = true, .choices = choices};
    r.places = env_draft_places(s, &r.n_places);
    r.draft = s->draft;
    if (s->problems.len || s->err.code || !targets || !notes) {
        if (!s->problems.len)
            err_set(&s->err, ERR_LIMIT, "what is rendered is larger than allowed");
        fail(s, e, cmd, &r);
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        struct plan_want_target *t = &targets[r.n_targets];
        bool there = is_there(e, s, &s->targets[i]);
        if (!s->targets[i].rendered && !there)
            continue;
        struct plan_want *wants = NULL;
        *t = (struct plan_want_target){.cluster = s->targets[i].cluster};
        t->n_wants = wants_of(s, i, &wants);
        t->wants = wants;
        t->rendered = s->targets[i].rendered && !s->destroy ? &s->targets[i].first : NULL;
        if (!s->targets[i].rendered && !s->destroy)
            notes[r.n_notes++] = arena_printf(&s->pool.arena, "%s: the environment leaves it: %s",
                                              s->places[i].cluster.name, s->places[i].why);
        r.n_targets++;
    }
    if (!s->destroy)
        r.n_notes += env_override_notes(s, notes + r.n_notes);
    if (!r.n_targets) {
        err_set(&s->err, ERR_NOT_FOUND, "environment %s is on no cluster", s->name);
        fail(s, e, cmd, &r);
        return;
    }
    const struct catalog_blueprint *b = s->composition ? s->composition->blueprint : NULL;
    r.kind = s->destroy ? "destroy" : "apply";
    r.title = b ? arena_printf(&s->pool.arena, "%s@%s", b->name, b->version.text)
                : arena_printf(&s->pool.arena, "destroy %s", s->name);
    r.cause = b ? r.title : "the environment is destroyed";
    r.environment = s->name;
    r.namespace_ = s->namespace_;
    r.folder = s->path;
    r.about = s->about;
    const char *note = lifetime_note(environment_by_name(e, s->name), s->about, &s->pool.arena);
    if (note)
        notes[r.n_notes++] = note;
    if (b && !s->destroy)
        r.n_stages = env_stages(&s->pool.arena, b->spec, &r.stages);
    if (s->teamless)
        notes[r.n_notes++] = "it is of no team: the limits of none hold for it";
    if (env_draft_write(s)) {
        fail(s, e, cmd, &r);
        return;
    }
    r.n_choices = n_choices;
    r.notes = notes;
    r.targets = targets;
    if (s->approval.state == APPROVAL_NEW)
        notes[r.n_notes++] = arena_printf(
            &s->pool.arena,
            "%s: nobody is named who may approve it; applying this plan trusts what it is now",
            s->approval.subject);
    if (s->judged)
        r.approved = (struct plan_approved){s->catalog->folder, s->approval.subject, s->parts.items,
                                            s->parts.len, s->approval.content};
    plan_from_bodies(e, cmd, &r);
}
