// SPDX-License-Identifier: Apache-2.0
/* Below the tree: who, when, why it counts, and the way out. */
#include "views/drift_detail_int.h"
#include "views/states.h"
#include "views/words.h"

#include <string.h>

#define LABEL_COL 4
#define WORDS_COL 15

enum { MORE_FROM = 100, MORE_ROWS = 5 }; /* the ways out with what they do, and a blank line */

struct panel {
    struct region r;
    int y;
    bool more; /* what large screens have room for follows */
};

static void fact(struct panel *p, const char *name, struct text value, struct text right,
                 enum role role)
{
    if (!value.len || p->y >= p->r.rows)
        return;
    struct arena *a = canvas_arena(p->r.canvas);
    int tail = right.len ? (int)right.cols + 2 : 0, room = p->r.cols - WORDS_COL - 1 - tail;
    draw_text(p->r, p->y, LABEL_COL, text_cstr(a, name), ROLE_TEXT_DIM);
    if (right.len)
        draw_right(p->r, p->y, p->r.cols - 1, tail, right, ROLE_TEXT);
    int max = p->r.rows - p->y < 2 ? 1 : 2;
    int used = draw_wrapped(p->r, p->y, WORDS_COL, room, max, value, role);
    p->y += used ? used : 1;
}

static struct text entry_words(struct arena *a, const struct leeway_owner *o)
{
    struct text t = text_fmt(a, "%s  %s", o->manager.str, o->operation.str);
    return o->subresource.len ? text_fmt(a, "%s, subresource %s", t.str, o->subresource.str) : t;
}

static void owners(struct panel *p, struct drift_detail *d, const struct leeway_owner *list,
                   size_t n)
{
    struct arena *a = canvas_arena(p->r.canvas);
    for (size_t i = 0; i < n; i++) {
        const struct leeway_owner *o = &list[i];
        const char *name = i == 0 ? "now" : o->ours ? "before" : "and";
        struct text right = o->ours && o->at_or_before_ms
                                ? words_exact(d->app, a, o->at_or_before_ms)
                                : text_cstr(a, words_actor(o->actor));
        fact(p, name, entry_words(a, o), right, words_actor_role(o->actor));
    }
}

/* leeway's own entry of the object, when it no longer owns the field. */
static void owner_before(struct panel *p, struct drift_detail *d,
                         const struct leeway_object_field *f)
{
    struct arena *a = canvas_arena(p->r.canvas);
    for (size_t i = 0; i < f->n_owners; i++)
        if (f->owners[i].ours)
            return;
    for (size_t i = 0;
         f->managed && !text_equal(f->given, TEXT("-")) && d->object && i < d->object->n_owners;
         i++) {
        const struct leeway_owner *o = &d->object->owners[i];
        if (!o->ours)
            continue;
        fact(p, "before", entry_words(a, o),
             o->at_or_before_ms ? words_exact(d->app, a, o->at_or_before_ms) : TEXT_NONE,
             ROLE_OWNER_LEEWAY);
        return;
    }
}

static struct text when_words(struct drift_detail *d, struct arena *a, const struct leeway_drift *x)
{
    if (!x || !x->before_ms)
        return TEXT_NONE;
    struct text t = text_fmt(a, "at or before %s", words_exact(d->app, a, x->before_ms).str);
    if (x->after_ms)
        t = text_fmt(a, "%s, after %s", t.str, words_exact(d->app, a, x->after_ms).str);
    return x->when.len ? text_fmt(a, "%s; %s", t.str, x->when.str) : t;
}

const struct leeway_environment *drift_detail_environment(const struct drift_detail *d)
{
    for (size_t i = 0; d->snapshot && i < leeway_environments(d->snapshot); i++)
        if (text_equal(leeway_environment_at(d->snapshot, i)->name, d->environment))
            return leeway_environment_at(d->snapshot, i);
    return NULL;
}

const struct leeway_drift *drift_detail_drift_on(const struct drift_detail *d, struct text cluster,
                                                 struct text path)
{
    for (size_t i = 0; i < leeway_drifts(d->snapshot); i++) {
        const struct leeway_drift *x = leeway_drift_at(d->snapshot, i);
        if (text_equal(x->environment, d->environment) && text_equal(x->cluster, cluster) &&
            text_equal(x->object_kind, d->kind) && text_equal(x->name, d->name) &&
            text_equal(x->path, path))
            return x;
    }
    return NULL;
}

static struct text elsewhere(struct drift_detail *d, struct arena *a, struct text path)
{
    const struct leeway_environment *e = drift_detail_environment(d);
    struct text differ = TEXT_NONE, given = TEXT_NONE;
    for (size_t i = 0; e && i < e->n_target_rows; i++) {
        struct text name = e->target_rows[i].cluster;
        if (text_equal(name, d->cluster))
            continue;
        const struct leeway_drift *x = drift_detail_drift_on(d, name, path);
        if (x)
            differ =
                text_fmt(a, "%s%s%s %s", differ.str, differ.len ? ", " : "", name.str, x->live.str);
        else
            given = text_fmt(a, "%s%s%s", given.str, given.len ? ", " : "", name.str);
    }
    if (given.len)
        given = text_fmt(a, "%s: as given", given.str);
    return differ.len && given.len ? text_fmt(a, "%s; %s", differ.str, given.str)
                                   : (differ.len ? differ : given);
}

static void wanted(struct panel *p, struct drift_detail *d, const struct leeway_object_field *f)
{
    struct arena *a = canvas_arena(p->r.canvas);
    if (!d->object || !f->managed)
        return;
    if (d->object->wanted_why.len)
        fact(p, "wanted", text_fmt(a, "not known: %s", d->object->wanted_why.str), TEXT_NONE,
             ROLE_TEXT);
    else if (f->pending)
        fact(p, "pending",
             text_fmt(a, "%s is wanted now; a plan of %s brings it", f->wanted.str,
                      d->environment.str),
             TEXT_NONE, ROLE_TEXT_STRONG);
    const struct leeway_explained *x = drift_detail_explained(d, f->path);
    if (x && x->n_made_of) /* nearest first: the last is where it was given */
        fact(p, "wanted by", x->made_of[x->n_made_of - 1], TEXT_NONE, ROLE_TEXT);
    else if (!text_equal(f->wanted, TEXT("-")))
        fact(p, "wanted by", d->object->wanted_by, TEXT_NONE, ROLE_TEXT);
}

/* "platform owns it: nobody gave it away", "platform: nobody gave it away" */
static bool says_the_same(struct text reason, struct text contract)
{
    const char *a = strchr(reason.str, ':'), *b = strchr(contract.str, ':');
    return a && b && strcmp(a, b) == 0;
}

static void field_panel(struct panel *p, struct drift_detail *d,
                        const struct leeway_object_field *f)
{
    struct arena *a = canvas_arena(p->r.canvas);
    const struct leeway_drift *x = drift_detail_drift(d, f->path);
    struct text head =
        text_fmt(a, "%s on %s", f->path.len ? f->path.str : "all of it", d->cluster.str);
    struct text right = !f->differs        ? f->pending ? TEXT("pending") : TEXT("as given")
                               : x && x->checking ? TEXT("being checked")
                                           : text_cstr(a, leeway_verdict_word(f->verdict));
    draw_section(p->r, p->y++, head, right);
    owners(p, d, f->owners, f->n_owners);
    owner_before(p, d, f);
    fact(p, "when", when_words(d, a, x), TEXT_NONE, ROLE_TEXT);
    if (x && x->contested)
        fact(p, "contested", TEXT("managers take it in turns; leeway stopped adding to it"),
             TEXT_NONE, ROLE_TEXT_STRONG);
    const struct leeway_explained *e = drift_detail_explained(d, f->path);
    if (x)
        fact(p, "because", x->reason, TEXT_NONE, ROLE_TEXT);
    if (e && !says_the_same(x->reason, e->contract))
        fact(p, "contract", e->contract, TEXT_NONE, ROLE_TEXT);
    if (x)
        fact(p, "checked", x->checked, TEXT_NONE, ROLE_TEXT);
    wanted(p, d, f);
    if (f->atomic)
        fact(p, "atomic", TEXT("it has one owner and is compared as a whole"), TEXT_NONE,
             ROLE_TEXT);
    if (!p->more)
        fact(p, "elsewhere", elsewhere(d, a, f->path), TEXT_NONE, ROLE_TEXT);
}

bool drift_detail_has_way_out(const struct detail_row *row)
{
    return row && row->field && row->field->differs &&
           row->field->verdict == LEEWAY_VERDICT_UNEXPECTED;
}

void drift_detail_draw_panel(struct drift_detail *d, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct detail_row *row = drift_detail_here(d);
    d->elsewhere_rows = -1;
    if (!row || r.rows < 2)
        return;
    bool way_out = drift_detail_has_way_out(row) && r.rows >= 6;
    bool more = way_out && r.cols >= MORE_FROM && r.rows > MORE_ROWS + 8;
    struct panel p = {region_sub(r, 0, 0,
                                 r.rows - (more      ? MORE_ROWS
                                           : way_out ? 2
                                                     : 0),
                                 r.cols),
                      0, more};
    if (row->field) {
        field_panel(&p, d, row->field);
    } else if (row->kind == DETAIL_FOLDED) {
        draw_section(r, p.y++, text_count(a, (long)row->count, "field as given", "fields as given"),
                     TEXT_NONE);
        fact(&p, "in it", row->label, TEXT_NONE, ROLE_TEXT);
    } else {
        draw_section(r, p.y++, row->label, TEXT_NONE);
    }
    if (d->failed.len)
        fact(&p, "not asked", d->failed, TEXT_NONE, ROLE_MESSAGE_ERROR);
    else if (d->gone)
        fact(&p, "live", text_fmt(a, "not there: %s was asked just now", d->cluster.str), TEXT_NONE,
             ROLE_TEXT);
    else if (!d->object)
        fact(
            &p, "live",
            text_fmt(a, "asking %s for the object; this is what the last look saw", d->cluster.str),
            TEXT_NONE, ROLE_TEXT_DIM);
    if (p.more)
        drift_detail_draw_more(d, region_sub(r, p.y + 1, 0, r.rows - p.y - 1, r.cols), row->field);
    else if (way_out)
        drift_detail_draw_ways_line(d, r, p.y + 1, row->field);
}
