// SPDX-License-Identifier: Apache-2.0
/*
 * Each function is given a row that was copied flat and makes its texts and arrays the arena's own.
 */
#include "engine/model/copy.h"

#include "base/mem.h"

#include <string.h>

void copy_text(struct arena *a, struct text *t)
{
    *t = t->len ? text_dup(a, *t) : TEXT_NONE;
}

/* A flat copy of n elements; the caller then owns what is inside them. */
static void *copy_array(struct arena *a, const void *items, size_t n, size_t size)
{
    if (!n)
        return NULL;
    void *p = arena_array(a, n, size);
    memcpy(p, items, n * size);
    return p;
}

/* Copies the array and runs fn on every element. */
#define COPY_EACH(a, items, n, T, fn)                                                              \
    do {                                                                                           \
        T *copy_ = copy_array((a), *(items), (n), sizeof(T));                                      \
        for (size_t i_ = 0; i_ < (n); i_++)                                                        \
            fn((a), &copy_[i_]);                                                                   \
        *(items) = copy_;                                                                          \
    } while (0)

void copy_texts(struct arena *a, const struct text **items, size_t n)
{
    COPY_EACH(a, items, n, struct text, copy_text);
}

static void copy_label(struct arena *a, struct leeway_label *l)
{
    copy_text(a, &l->key);
    copy_text(a, &l->value);
}

void copy_labels(struct arena *a, const struct leeway_label **items, size_t n)
{
    COPY_EACH(a, items, n, struct leeway_label, copy_label);
}

static void copy_owner(struct arena *a, struct leeway_owner *o)
{
    copy_text(a, &o->manager);
    copy_text(a, &o->operation);
    copy_text(a, &o->subresource);
    copy_text(a, &o->api_version);
    copy_text(a, &o->words);
}

void copy_owners(struct arena *a, const struct leeway_owner **items, size_t n)
{
    COPY_EACH(a, items, n, struct leeway_owner, copy_owner);
}

void copy_fleet(struct arena *a, struct leeway_fleet_info *row)
{
    copy_text(a, &row->name);
    copy_text(a, &row->file);
    copy_text(a, &row->read_only_why);
    copy_text(a, &row->identity);
    copy_text(a, &row->catalog);
    copy_text(a, &row->catalog_problem);
    copy_labels(a, &row->sources, row->n_sources);
}

static void copy_condition(struct arena *a, struct leeway_condition *c)
{
    copy_text(a, &c->name);
    copy_text(a, &c->now);
    copy_text(a, &c->says);
}

void copy_conditions(struct arena *a, const struct leeway_condition **items, size_t n)
{
    COPY_EACH(a, items, n, struct leeway_condition, copy_condition);
}

static void copy_node(struct arena *a, struct leeway_node *n)
{
    copy_text(a, &n->name);
    copy_text(a, &n->version);
    copy_text(a, &n->os);
    copy_text(a, &n->roles);
    copy_text(a, &n->pressure);
    copy_text(a, &n->reason);
}

static void copy_namespace(struct arena *a, struct leeway_namespace *n)
{
    copy_text(a, &n->name);
    copy_text(a, &n->phase);
}

static void copy_api(struct arena *a, struct leeway_api *x)
{
    copy_text(a, &x->group);
    copy_text(a, &x->version);
    copy_text(a, &x->kind);
    copy_text(a, &x->resource);
}

void copy_cluster(struct arena *a, struct leeway_cluster *row)
{
    struct text *const texts[] = {
        &row->name,          &row->context,  &row->server,       &row->namespace_,
        &row->aliases,       &row->uid,      &row->distribution, &row->kubernetes,
        &row->region,        &row->provider, &row->reason,       &row->reason_key,
        &row->reason_detail, &row->was,      &row->identity,     &row->changing,
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
    copy_labels(a, &row->labels, row->n_labels);
    copy_conditions(a, &row->conditions, row->n_conditions);
    COPY_EACH(a, &row->node_rows, row->n_node_rows, struct leeway_node, copy_node);
    COPY_EACH(a, &row->namespaces, row->n_namespaces, struct leeway_namespace, copy_namespace);
    COPY_EACH(a, &row->apis, row->n_apis, struct leeway_api, copy_api);
}

static void copy_target(struct arena *a, struct leeway_target *t)
{
    copy_text(a, &t->environment);
    copy_text(a, &t->cluster);
    copy_text(a, &t->reason);
}

void copy_environment(struct arena *a, struct leeway_environment *row)
{
    copy_text(a, &row->name);
    copy_text(a, &row->uuid);
    copy_text(a, &row->namespace_);
    copy_text(a, &row->origin);
    copy_text(a, &row->reason);
    copy_text(a, &row->released_by);
    copy_text(a, &row->blueprint);
    copy_text(a, &row->team);
    copy_text(a, &row->owner);
    copy_text(a, &row->deletion_plan);
    COPY_EACH(a, &row->target_rows, row->n_target_rows, struct leeway_target, copy_target);
}

void copy_drift(struct arena *a, struct leeway_drift *row)
{
    struct text *const texts[] = {
        &row->environment, &row->cluster,  &row->api_version, &row->object_kind, &row->namespace_,
        &row->name,        &row->path,     &row->given,       &row->live,        &row->when,
        &row->reason,      &row->fold_key, &row->checked,     &row->exception,   &row->wants_owner,
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
    copy_owners(a, &row->owners, row->n_owners);
}

static void copy_release_target(struct arena *a, struct leeway_release_target *t)
{
    copy_text(a, &t->cluster);
    copy_text(a, &t->waiting);
    copy_text(a, &t->error);
}

static void copy_release_stage(struct arena *a, struct leeway_release_stage *s)
{
    copy_text(a, &s->name);
    copy_text(a, &s->opened_by);
    copy_text(a, &s->why);
}

static void copy_log_line(struct arena *a, struct leeway_log_line *l)
{
    copy_text(a, &l->cluster);
    copy_text(a, &l->object);
    copy_text(a, &l->what);
}

void copy_release(struct arena *a, struct leeway_release *row)
{
    copy_text(a, &row->environment);
    copy_text(a, &row->title);
    copy_text(a, &row->plan);
    copy_text(a, &row->by);
    copy_text(a, &row->rollout);
    COPY_EACH(a, &row->target_rows, row->n_target_rows, struct leeway_release_target,
              copy_release_target);
    COPY_EACH(a, &row->stages, row->n_stages, struct leeway_release_stage, copy_release_stage);
    COPY_EACH(a, &row->log, row->n_log, struct leeway_log_line, copy_log_line);
}

void copy_answer(struct arena *a, struct leeway_answer *row)
{
    struct text *const texts[] = {&row->uuid,        &row->environment, &row->cluster,
                                  &row->api_version, &row->object_kind, &row->namespace_,
                                  &row->name,        &row->path,        &row->manager,
                                  &row->accepts,     &row->reason,      &row->by};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
}

static void copy_past_release(struct arena *a, struct leeway_past_release *r)
{
    struct text *const texts[] = {&r->environment, &r->plan,   &r->title,   &r->kind,
                                  &r->by,          &r->reason, &r->problem, &r->lost};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
}

static void copy_past_plan(struct arena *a, struct leeway_past_plan *p)
{
    struct text *const texts[] = {&p->hash, &p->environment, &p->title, &p->kind, &p->by};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
}

static void copy_past_act(struct arena *a, struct leeway_past_act *x)
{
    struct text *const texts[] = {&x->by, &x->who, &x->action, &x->subject, &x->detail, &x->chain};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
}

void copy_history(struct arena *a, struct leeway_history *h)
{
    COPY_EACH(a, &h->releases, h->n_releases, struct leeway_past_release, copy_past_release);
    COPY_EACH(a, &h->plans, h->n_plans, struct leeway_past_plan, copy_past_plan);
    COPY_EACH(a, &h->acts, h->n_acts, struct leeway_past_act, copy_past_act);
    COPY_EACH(a, &h->ended, h->n_ended, struct leeway_answer, copy_answer);
    copy_text(a, &h->audit_problem);
}

static void copy_output(struct arena *a, struct leeway_output *o)
{
    copy_text(a, &o->name);
    copy_text(a, &o->cluster);
    copy_text(a, &o->value);
}

static void copy_part(struct arena *a, struct leeway_part *p)
{
    struct text *const texts[] = {&p->cluster,    &p->module, &p->api_version, &p->object_kind,
                                  &p->namespace_, &p->name,   &p->reason};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
}

void copy_parts(struct arena *a, struct leeway_parts *p)
{
    copy_text(a, &p->environment);
    COPY_EACH(a, &p->outputs, p->n_outputs, struct leeway_output, copy_output);
    COPY_EACH(a, &p->parts, p->n_parts, struct leeway_part, copy_part);
    copy_text(a, &p->why);
}

static void copy_explained(struct arena *a, struct leeway_explained *x)
{
    struct text *const texts[] = {&x->contract, &x->made_of_why, &x->parameter,
                                  &x->value,    &x->no_override, &x->audit_query};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
    copy_texts(a, &x->made_of, x->n_made_of);
}

void copy_explanation(struct arena *a, struct leeway_explanation *x)
{
    COPY_EACH(a, &x->items, x->n_items, struct leeway_explained, copy_explained);
}

static void copy_compare_row(struct arena *a, struct leeway_compare_row *r)
{
    struct text *const texts[] = {&r->environment, &r->api_version, &r->object_kind,
                                  &r->namespace_,  &r->name,        &r->path,
                                  &r->a,           &r->b,           &r->cluster};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
}

void copy_compare(struct arena *a, struct leeway_compare *c)
{
    struct text *const texts[] = {&c->a, &c->b, &c->about_a, &c->about_b, &c->note};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
    COPY_EACH(a, &c->rows, c->n_rows, struct leeway_compare_row, copy_compare_row);
}

static void copy_plan_target(struct arena *a, struct leeway_plan_target *t)
{
    copy_text(a, &t->cluster);
    copy_text(a, &t->cluster_uid);
    copy_text(a, &t->identity);
    copy_text(a, &t->may);
}

static void copy_plan_field(struct arena *a, struct leeway_plan_field *f)
{
    copy_text(a, &f->path);
    copy_text(a, &f->before);
    copy_text(a, &f->after);
    copy_text(a, &f->note);
    copy_text(a, &f->owner);
    copy_text(a, &f->on);
}

static void copy_plan_row(struct arena *a, struct leeway_plan_row *r)
{
    struct text *const texts[] = {&r->api_version, &r->object_kind,    &r->namespace_,
                                  &r->name,        &r->cause,          &r->detail,
                                  &r->hint,        &r->forbidden_verb, &r->forbidden_resource};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
    copy_texts(a, &r->clusters, r->n_clusters);
    COPY_EACH(a, &r->fields, r->n_fields, struct leeway_plan_field, copy_plan_field);
}

static void copy_plan_place(struct arena *a, struct leeway_plan_place *p)
{
    copy_text(a, &p->cluster);
    copy_text(a, &p->why);
}

void copy_plan(struct arena *a, struct leeway_plan *p)
{
    copy_text(a, &p->hash);
    copy_text(a, &p->environment);
    copy_text(a, &p->environment_uuid);
    copy_text(a, &p->namespace_);
    copy_text(a, &p->title);
    copy_text(a, &p->rollout);
    copy_text(a, &p->why_not);
    copy_texts(a, &p->warnings, p->n_warnings);
    COPY_EACH(a, &p->targets, p->n_targets, struct leeway_plan_target, copy_plan_target);
    COPY_EACH(a, &p->rows, p->n_rows, struct leeway_plan_row, copy_plan_row);
    COPY_EACH(a, &p->places, p->n_places, struct leeway_plan_place, copy_plan_place);
}

static void copy_object_field(struct arena *a, struct leeway_object_field *f)
{
    copy_text(a, &f->path);
    copy_text(a, &f->wanted);
    copy_text(a, &f->given);
    copy_text(a, &f->live);
    copy_owners(a, &f->owners, f->n_owners);
}

static void copy_object_line(struct arena *a, struct leeway_object_line *l)
{
    copy_text(a, &l->text);
    copy_text(a, &l->path);
}

void copy_object(struct arena *a, struct leeway_object *o)
{
    struct text *const texts[] = {&o->cluster,          &o->api_version, &o->object_kind,
                                  &o->namespace_,       &o->name,        &o->uid,
                                  &o->resource_version, &o->environment, &o->health,
                                  &o->health_reason,    &o->wanted_by,   &o->wanted_why};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(a, texts[i]);
    COPY_EACH(a, &o->fields, o->n_fields, struct leeway_object_field, copy_object_field);
    COPY_EACH(a, &o->lines, o->n_lines, struct leeway_object_line, copy_object_line);
    copy_owners(a, &o->owners, o->n_owners);
    copy_labels(a, &o->facts, o->n_facts);
    copy_conditions(a, &o->conditions, o->n_conditions);
    copy_texts(a, &o->containers, o->n_containers);
}

/* ---- the catalog ---- */

static void copy_parameter(struct arena *a, struct leeway_parameter *p)
{
    copy_text(a, &p->name);
    copy_text(a, &p->takes);
    copy_text(a, &p->otherwise);
    copy_text(a, &p->description);
}

static void copy_module_use(struct arena *a, struct leeway_module_use *m)
{
    struct text *const texts[] = {&m->instance,    &m->module, &m->version,
                                  &m->description, &m->when,   &m->contract};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        copy_text(a, texts[i]);
}

void copy_blueprint(struct arena *a, struct leeway_blueprint *row)
{
    struct text *const texts[] = {
        &row->name,   &row->version,   &row->description, &row->owners, &row->folder,
        &row->file,   &row->approval,  &row->why,         &row->hint,   &row->teams,
        &row->team,   &row->goes_to,   &row->max_expiry,  &row->ttl,    &row->max_ttl,
        &row->stages, &row->resources, &row->schema,
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        copy_text(a, texts[i]);
    COPY_EACH(a, &row->parameters, row->n_parameters, struct leeway_parameter, copy_parameter);
    COPY_EACH(a, &row->modules, row->n_modules, struct leeway_module_use, copy_module_use);
    copy_texts(a, &row->outputs, row->n_outputs);
}

static void copy_override(struct arena *a, struct leeway_override *o)
{
    struct text *const texts[] = {&o->cluster, &o->module, &o->params, &o->reason, &o->by};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        copy_text(a, texts[i]);
}

static void copy_exception(struct arena *a, struct leeway_exception *x)
{
    struct text *const texts[] = {&x->cluster, &x->object, &x->path, &x->value,
                                  &x->manager, &x->reason, &x->by};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        copy_text(a, texts[i]);
}

void copy_env_file(struct arena *a, struct leeway_env_file *row)
{
    struct text *const texts[] = {&row->name,     &row->path,   &row->blueprint,  &row->version,
                                  &row->team,     &row->owner,  &row->namespace_, &row->ttl,
                                  &row->document, &row->problem};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        copy_text(a, texts[i]);
    COPY_EACH(a, &row->overrides, row->n_overrides, struct leeway_override, copy_override);
    COPY_EACH(a, &row->exceptions, row->n_exceptions, struct leeway_exception, copy_exception);
}
