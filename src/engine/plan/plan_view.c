// SPDX-License-Identifier: Apache-2.0
/*
 * What a person sees of a plan: lines folded over clusters, risks first. An object with a conflict
 * or a field that stays has a line for that beside its change. Numbers of lines are the same every
 * time the same plan is shown, since choices name them.
 */
#include "engine/apply/rollout.h"
#include "engine/plan/plan_int.h"

#include <stdlib.h>
#include <string.h>

enum part { PART_MAIN, PART_TAKE_OVER, PART_STAYS };

/* One object on one cluster, as one line; folded into others that are equal. */
struct line {
    const struct plan_target *target;
    struct plan_row *row;
    enum part part;
    enum leeway_action action;
    bool risk;
    size_t first; /* of the lines that are folded with it: the index of the first */
};

struct folded {
    struct line *lines;
    size_t len;
};

static bool belongs(const struct plan_field *f, enum part part)
{
    enum part of = f->choice != LEEWAY_CHOICE_NONE ? PART_TAKE_OVER
                   : f->stays                      ? PART_STAYS
                                                   : PART_MAIN;
    return of == part;
}

static size_t count_fields(const struct plan_row *r, enum part part)
{
    size_t n = 0;
    for (size_t i = 0; i < r->fields.len; i++)
        n += belongs(&r->fields.items[i], part);
    return n;
}

static bool same_object(const struct plan_row *a, const struct plan_row *b)
{
    return strcmp(a->api_version, b->api_version) == 0 && strcmp(a->kind, b->kind) == 0 &&
           strcmp(a->namespace_, b->namespace_) == 0 && strcmp(a->name, b->name) == 0;
}

/* Values may differ by cluster, they are listed inside; paths may not. */
static bool folds(const struct line *a, const struct line *b)
{
    if (a->part != b->part || a->action != b->action || !same_object(a->row, b->row) ||
        strcmp(a->row->cause, b->row->cause) != 0 || strcmp(a->row->detail, b->row->detail) != 0 ||
        a->row->checked_at_apply != b->row->checked_at_apply)
        return false;
    size_t i = 0, k = 0;
    for (;;) {
        while (i < a->row->fields.len && !belongs(&a->row->fields.items[i], a->part))
            i++;
        while (k < b->row->fields.len && !belongs(&b->row->fields.items[k], b->part))
            k++;
        bool more_a = i < a->row->fields.len, more_b = k < b->row->fields.len;
        if (!more_a || !more_b)
            return more_a == more_b;
        const struct plan_field *f = &a->row->fields.items[i++], *g = &b->row->fields.items[k++];
        if (strcmp(f->path, g->path) != 0 || f->choice != g->choice ||
            strcmp(f->owner, g->owner) != 0 || strcmp(f->note, g->note) != 0)
            return false;
    }
}

static int compare_lines(const void *x, const void *y)
{
    const struct line *a = x, *b = y;
    if (a->risk != b->risk)
        return a->risk ? -1 : 1;
    if (a->action != b->action)
        return a->action < b->action ? -1 : 1;
    int c = strcmp(a->row->kind, b->row->kind);
    if (!c)
        c = strcmp(a->row->namespace_, b->row->namespace_);
    if (!c)
        c = strcmp(a->row->name, b->row->name);
    if (!c)
        c = strcmp(a->row->api_version, b->row->api_version);
    if (!c)
        c = (int)a->part - (int)b->part;
    return c ? c : strcmp(a->target->cluster_uid, b->target->cluster_uid);
}

static void add_line(struct folded *f, const struct plan_target *t, struct plan_row *r,
                     enum part part)
{
    struct line l = {.target = t, .row = r, .part = part, .action = r->action};
    if (part == PART_TAKE_OVER)
        l.action = LEEWAY_ACTION_TAKE_OVER;
    else if (part == PART_STAYS)
        l.action = LEEWAY_ACTION_STAYS;
    else if (r->action == LEEWAY_ACTION_TAKE_OVER)
        l.action = LEEWAY_ACTION_UPDATE;
    l.risk = part != PART_MAIN || r->risk || l.action <= LEEWAY_ACTION_STAYS;
    f->lines[f->len++] = l;
}

static void fold(struct plan *p, struct folded *f)
{
    size_t n = 0;
    for (size_t i = 0; i < p->targets.len; i++)
        n += p->targets.items[i]->rows.len;
    f->lines = mem_calloc(3 * n + 1, sizeof(*f->lines));
    for (size_t i = 0; i < p->targets.len; i++) {
        const struct plan_target *t = p->targets.items[i];
        for (size_t k = 0; k < t->rows.len; k++) {
            struct plan_row *r = t->rows.items[k];
            bool conflicts = count_fields(r, PART_TAKE_OVER) > 0;
            if (r->action != LEEWAY_ACTION_TAKE_OVER || count_fields(r, PART_MAIN))
                add_line(f, t, r, PART_MAIN);
            if (conflicts)
                add_line(f, t, r, PART_TAKE_OVER);
            if (count_fields(r, PART_STAYS))
                add_line(f, t, r, PART_STAYS);
        }
    }
    qsort(f->lines, f->len, sizeof(*f->lines), compare_lines);
    for (size_t i = 0; i < f->len; i++) {
        f->lines[i].first = i;
        /* equal lines lie side by side but for the clusters between them */
        for (size_t k = i; k-- > 0 && same_object(f->lines[k].row, f->lines[i].row);)
            if (folds(&f->lines[k], &f->lines[i])) {
                f->lines[i].first = f->lines[k].first;
                break;
            }
    }
}

/* ---- the public form ---- */

static struct text words(struct arena *a, const char *s)
{
    return text_cstr(a, s);
}

static bool values_differ(const struct folded *f, size_t first, const char *path,
                          const char *before, const char *after)
{
    for (size_t i = first; i < f->len; i++) {
        if (f->lines[i].first != first)
            continue;
        const struct plan_row *r = f->lines[i].row;
        for (size_t k = 0; k < r->fields.len; k++)
            if (strcmp(r->fields.items[k].path, path) == 0 &&
                (strcmp(r->fields.items[k].before, before) != 0 ||
                 strcmp(r->fields.items[k].after, after) != 0))
                return true;
    }
    return false;
}

static void put_field(struct arena *a, const struct plan_field *f, const char *on,
                      struct leeway_plan_field *out)
{
    *out = (struct leeway_plan_field){.path = words(a, f->path),
                                      .before = words(a, f->before),
                                      .after = words(a, f->after),
                                      .note = words(a, f->note),
                                      .choice = f->choice,
                                      .owner = words(a, f->owner),
                                      .on = words(a, on)};
}

static void put_fields(struct arena *a, const struct folded *f, size_t first,
                       struct leeway_plan_row *out)
{
    size_t max = 0;
    for (size_t i = first; i < f->len; i++)
        max += f->lines[i].first == first ? f->lines[i].row->fields.len : 0;
    struct leeway_plan_field *fields = arena_array(a, max + 1, sizeof(*fields));
    const struct plan_row *r = f->lines[first].row;
    for (size_t k = 0; k < r->fields.len; k++) {
        const struct plan_field *x = &r->fields.items[k];
        if (!belongs(x, f->lines[first].part))
            continue;
        if (!values_differ(f, first, x->path, x->before, x->after)) {
            put_field(a, x, "", &fields[out->n_fields++]);
            continue;
        }
        for (size_t i = first; i < f->len; i++) {
            const struct plan_row *o = f->lines[i].row;
            for (size_t m = 0; f->lines[i].first == first && m < o->fields.len; m++)
                if (strcmp(o->fields.items[m].path, x->path) == 0 &&
                    strcmp(o->fields.items[m].manager, x->manager) == 0)
                    put_field(a, &o->fields.items[m], f->lines[i].target->cluster,
                              &fields[out->n_fields++]);
        }
    }
    out->fields = fields;
}

static void put_row(struct arena *a, const struct folded *f, size_t first, uint32_t number,
                    struct leeway_plan_row *out)
{
    const struct line *l = &f->lines[first];
    const struct plan_row *r = l->row;
    size_t n = 0;
    for (size_t i = first; i < f->len; i++)
        n += f->lines[i].first == first;
    struct text *clusters = arena_array(a, n, sizeof(*clusters));
    n = 0;
    for (size_t i = first; i < f->len; i++)
        if (f->lines[i].first == first)
            clusters[n++] = words(a, f->lines[i].target->cluster);
    *out =
        (struct leeway_plan_row){.number = number,
                                 .action = l->action,
                                 .risk = l->risk,
                                 .api_version = words(a, r->api_version),
                                 .object_kind = words(a, r->kind),
                                 .namespace_ = words(a, r->namespace_),
                                 .name = words(a, r->name),
                                 .cause = words(a, r->cause),
                                 .detail = l->part == PART_MAIN ? words(a, r->detail) : TEXT_NONE,
                                 .hint = words(a, r->hint),
                                 .forbidden_verb = words(a, r->forbidden_verb),
                                 .forbidden_resource = words(a, r->forbidden_resource),
                                 .clusters = clusters,
                                 .n_clusters = n,
                                 .shared_kind = r->traits->shared && !r->own_namespace,
                                 .checked_at_apply = r->checked_at_apply};
    put_fields(a, f, first, out);
    if (l->part == PART_STAYS)
        out->cause = TEXT("co-owner");
}

static struct text not_allowed(struct arena *a, const struct plan_target *t)
{
    const char *first = *t->error ? t->error : t->may;
    return *first || !*t->forbidden ? words(a, first) : text_fmt(a, "forbidden: %s", t->forbidden);
}

static void put_targets(struct arena *a, const struct plan *p, struct leeway_plan *v)
{
    struct leeway_plan_target *targets = arena_array(a, p->targets.len + 1, sizeof(*targets));
    for (size_t i = 0; i < p->targets.len; i++) {
        const struct plan_target *t = p->targets.items[i];
        targets[i] = (struct leeway_plan_target){.cluster = words(a, t->cluster),
                                                 .cluster_uid = words(a, t->cluster_uid),
                                                 .identity = words(a, t->identity),
                                                 .protected_ = t->protected_,
                                                 .may = not_allowed(a, t)};
        v->protected_ |= t->protected_;
        for (size_t k = 0; k < t->rows.len; k++) {
            v->counts[t->rows.items[k]->action]++;
            v->changes += plan_row_is_sent(t->rows.items[k]);
        }
    }
    v->targets = targets;
    v->n_targets = p->targets.len;
}

/* How the release would go over its targets; empty: everywhere at once. */
static struct text rollout_text(struct arena *a, const struct plan *p)
{
    struct rollout r;
    struct buf out;
    struct err e = ERR_INIT;
    rollout_init(&r);
    buf_init(&out, BUF_LARGE);
    for (size_t i = 0; i < p->stages.len && !e.code; i++)
        (void)!rollout_add(&r, p->stages.items[i], &e);
    struct text t = TEXT_NONE;
    if (e.code)
        t = words(a, e.text);
    else if (!rollout_words(&r, &out))
        t = words(a, buf_str(&out));
    buf_clear(&out);
    rollout_clear(&r);
    err_clear(&e);
    return t;
}

struct leeway_plan *plan_view(struct plan *p)
{
    struct arena a;
    arena_init(&a);
    struct leeway_plan v = {0};
    struct folded f = {0};
    fold(p, &f);
    struct leeway_plan_row *rows = arena_array(&a, f.len + 1, sizeof(*rows));
    for (size_t i = 0; i < f.len; i++)
        if (f.lines[i].first == i) {
            put_row(&a, &f, i, (uint32_t)v.n_rows + 1, &rows[v.n_rows]);
            v.n_rows++;
        }
    v.rows = rows;
    put_targets(&a, p, &v);
    char hex[DIGEST_HEX_LEN + 1] = "";
    if (p->hashed)
        digest_hex(&p->hash, hex);
    v.hash = words(&a, hex);
    v.environment = words(&a, p->environment);
    v.environment_uuid = words(&a, p->environment_uuid);
    v.namespace_ = words(&a, p->namespace_);
    v.title = words(&a, p->title);
    v.rollout = rollout_text(&a, p);
    v.release = p->release;
    v.planned_ms = p->planned_ms;
    v.took_ms = p->took_ms;
    struct text *warnings = arena_array(&a, p->warnings.len + 1, sizeof(*warnings));
    for (size_t i = 0; i < p->warnings.len; i++)
        warnings[i] = words(&a, p->warnings.items[i]);
    v.warnings = warnings;
    v.n_warnings = p->warnings.len;
    v.places = p->places;
    v.n_places = p->n_places;
    const char *why = plan_why_not(p);
    if (!*why && p->draft)
        why = "it is a draft";
    if (!*why && !p->hashed)
        why = "nothing is remembered without a store";
    v.why_not = words(&a, why);
    v.may_apply = !*why;
    struct leeway_plan *out = leeway_plan_new(&v);
    mem_free(f.lines);
    arena_clear(&a);
    return out;
}

bool plan_each_of_view_row(struct plan *p, uint32_t number, plan_row_fn *fn, void *ctx)
{
    struct folded f = {0};
    fold(p, &f);
    uint32_t at = 0;
    bool found = false;
    for (size_t i = 0; i < f.len && !found; i++) {
        if (f.lines[i].first != i || ++at != number)
            continue;
        found = true;
        for (size_t k = i; k < f.len; k++)
            if (f.lines[k].first == i)
                fn(ctx, (struct plan_target *)(uintptr_t)f.lines[k].target, f.lines[k].row);
    }
    mem_free(f.lines);
    return found;
}
