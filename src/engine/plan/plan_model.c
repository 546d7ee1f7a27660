// SPDX-License-Identifier: Apache-2.0
/* A plan's memory, and what it says about itself as a whole. */
#include "engine/plan/plan_int.h"

#include "data/json.h"

#include <stdio.h>
#include <string.h>

struct plan *plan_new(void)
{
    struct plan *p = mem_new(struct plan);
    val_pool_init(&p->pool);
    p->kind = p->title = p->fleet_uuid = p->environment_uuid = p->environment = p->namespace_ =
        p->folder = "";
    p->approved.subject = "";
    return p;
}

void plan_free(struct plan *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->targets.len; i++) {
        struct plan_target *t = p->targets.items[i];
        for (size_t k = 0; k < t->rows.len; k++)
            vec_clear(&t->rows.items[k]->fields);
        vec_clear(&t->rows);
    }
    vec_clear(&p->targets);
    vec_clear(&p->choices);
    vec_clear(&p->warnings);
    vec_clear(&p->stages);
    val_pool_clear(&p->pool);
    mem_free(p);
}

const char *plan_str(struct plan *p, const char *s)
{
    return s && *s ? arena_strdup(&p->pool.arena, s) : "";
}

const char *plan_fmt(struct plan *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *s = arena_vprintf(&p->pool.arena, fmt, ap);
    va_end(ap);
    return s;
}

void plan_set_approved(struct plan *p, const struct plan_approved *from)
{
    struct approval_item *items = arena_array(&p->pool.arena, from->n_items + 1, sizeof(*items));
    p->approved = *from;
    p->approved.items = items;
    p->approved.catalog = from->catalog ? plan_str(p, from->catalog) : NULL;
    p->approved.subject = plan_str(p, from->subject);
    for (size_t i = 0; i < from->n_items; i++)
        items[i] = (struct approval_item){from->items[i].kind, plan_str(p, from->items[i].name),
                                          plan_str(p, from->items[i].version)};
}

struct plan_target *plan_add_target(struct plan *p)
{
    struct plan_target *t = arena_new(&p->pool.arena, struct plan_target);
    t->cluster = t->cluster_uid = t->identity = t->may = t->forbidden = t->error = "";
    vec_push(&p->targets, t);
    return t;
}

struct plan_row *plan_add_row(struct plan *p, struct plan_target *t)
{
    struct plan_row *r = arena_new(&p->pool.arena, struct plan_row);
    r->group = r->version = r->api_version = r->kind = r->plural = r->namespace_ = r->name = "";
    r->uid = r->resource_version = r->cause = r->detail = r->hint = r->where = r->contract = "";
    r->settled = r->forbidden_verb = r->forbidden_resource = "";
    r->traits = kind_traits_of("", "");
    r->action = LEEWAY_ACTION_AS_IS; /* until more is known */
    vec_push(&t->rows, r);
    return r;
}

struct plan_field *plan_add_field(struct plan *p, struct plan_row *r, const char *path)
{
    struct plan_field f = {.path = plan_str(p, path),
                           .before = "",
                           .after = "",
                           .note = "",
                           .choice = LEEWAY_CHOICE_NONE,
                           .manager = "",
                           .operation = "",
                           .subresource = "",
                           .owner = ""};
    vec_push(&r->fields, f);
    return &r->fields.items[r->fields.len - 1];
}

void plan_warn(struct plan *p, const char *text)
{
    for (size_t i = 0; i < p->warnings.len; i++)
        if (strcmp(p->warnings.items[i], text) == 0)
            return;
    vec_push(&p->warnings, plan_str(p, text));
}

const struct val *plan_row_rules(struct plan *p, const struct plan_row *r)
{
    const struct val *keep = val_get(r->rules, "keep"), *v = NULL;
    if (*r->contract)
        v = json_read(&p->pool, r->contract, strlen(r->contract), NULL, NULL);
    if (keep)
        v = val_map_with(&p->pool, v ? v : val_map_of(&p->pool, NULL, 0), "keep", keep);
    return v;
}

bool plan_row_is_sent(const struct plan_row *r)
{
    return r->action == LEEWAY_ACTION_CREATE || r->action == LEEWAY_ACTION_UPDATE ||
           r->action == LEEWAY_ACTION_REPLACE || r->action == LEEWAY_ACTION_TAKE_OVER ||
           r->action == LEEWAY_ACTION_DELETE;
}

bool plan_row_is_content(const struct plan *p, const struct plan_row *r)
{
    bool ensured = !*r->where && strcmp(r->kind, "Namespace") == 0 && !*r->group &&
                   strcmp(r->name, p->namespace_) == 0;
    return r->body && r->action != LEEWAY_ACTION_DELETE && !ensured;
}

static uint32_t turn(const struct plan_row *r)
{
    return r->traits->stage == KIND_STAGE_DEFINITIONS && !r->n_late ? 0 : r->wave + 1;
}

int plan_row_compare(const struct plan_row *a, const struct plan_row *b)
{
    uint32_t x = turn(a), y = turn(b);
    int c = (x > y) - (x < y);
    c = c ? c : (int)a->traits->stage - (int)b->traits->stage;
    return c ? c : a->traits->order - b->traits->order;
}

const char *plan_why_not(struct plan *p)
{
    size_t errors = 0, open = 0, stop = 0, sent = 0;
    const struct plan_target *forbids = NULL;
    for (size_t i = 0; i < p->targets.len; i++) {
        const struct plan_target *t = p->targets.items[i];
        if (*t->error)
            return plan_fmt(p, "%s: %s", t->cluster, t->error);
        if (*t->may)
            return plan_fmt(p, "%s does not allow %s", t->cluster, t->may);
        forbids = *t->forbidden ? t : forbids;
        for (size_t k = 0; k < t->rows.len; k++) {
            const struct plan_row *r = t->rows.items[k];
            errors += r->action == LEEWAY_ACTION_ERROR;
            sent += plan_row_is_sent(r);
            for (size_t f = 0; f < r->fields.len; f++) {
                open += r->fields.items[f].choice == LEEWAY_CHOICE_OPEN;
                stop += r->fields.items[f].choice == LEEWAY_CHOICE_STOP;
            }
        }
    }
    if (errors)
        return plan_fmt(p, "%zu %s could not be planned", errors,
                        errors == 1 ? "object" : "objects");
    if (stop)
        return plan_fmt(p, "somebody chose to stop at %zu %s", stop,
                        stop == 1 ? "conflict" : "conflicts");
    if (open)
        return plan_fmt(p, "%zu %s somebody else owns: take over or keep theirs", open,
                        open == 1 ? "field" : "fields");
    if (forbids && !sent)
        return plan_fmt(p, "%s forbids what is left to do: %s", forbids->cluster,
                        forbids->forbidden);
    return "";
}
