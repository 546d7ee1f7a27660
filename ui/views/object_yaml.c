// SPDX-License-Identifier: Apache-2.0
/*
 * The object as YAML. The margin says who owns what begins on a line, and since when; an owner is
 * not said again on lines inside something it owns as a whole. Folding goes by indentation.
 */
#include "views/object_int.h"

#include "base/mem.h"
#include "base/zone.h"
#include "views/drift_list.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/tall.h"

#include <string.h>

#define CHANGED_MS 10000 /* a line that changed is marked so long */

/* ---- lines ---- */

static int indent_of(struct text t)
{
    int n = 0;
    while ((uint32_t)n < t.len && t.str[n] == ' ')
        n++;
    return t.str[n] == '-' && (t.str[n + 1] == ' ' || !t.str[n + 1]) ? n + 1 : n;
}

static uint64_t uid_of(const struct leeway_object_line *l, size_t nth)
{
    uint64_t h = hash_bytes(hash_process_key(), l->path.str, l->path.len) + nth;
    return h ? h : 1;
}

static bool is_shut(const struct object_view *v, uint64_t uid)
{
    for (size_t i = 0; i < v->shut.len; i++)
        if (v->shut.items[i] == uid)
            return true;
    return false;
}

static bool is_shown(const struct object_view *v, size_t i)
{
    return v->raw || !v->object->lines[i].noise;
}

void object_yaml_layout(struct object_view *v)
{
    v->rows.len = 0;
    size_t n = v->object ? v->object->n_lines : 0, nth = 0;
    int hide_below = -1; /* indentation of a shut branch */
    for (size_t i = 0; i < n; i++) {
        const struct leeway_object_line *l = &v->object->lines[i];
        nth = i && text_equal(l->path, v->object->lines[i - 1].path) ? nth + 1 : 0;
        if (!is_shown(v, i))
            continue;
        int indent = indent_of(l->text);
        if (hide_below >= 0 && indent > hide_below)
            continue;
        size_t next = i + 1;
        while (next < n && !is_shown(v, next))
            next++;
        struct object_line row = {.line = i, .indent = indent, .uid = uid_of(l, nth)};
        row.branch = next < n && indent_of(v->object->lines[next].text) > indent;
        row.shut = row.branch && is_shut(v, row.uid);
        hide_below = row.shut ? indent : -1;
        vec_push(&v->rows, row);
    }
    uint64_t *uids = mem_calloc(v->rows.len + 1, sizeof(*uids));
    for (size_t i = 0; i < v->rows.len; i++)
        uids[i] = v->rows.items[i].uid;
    list_set(&v->list, uids, v->rows.len);
    mem_free(uids);
}

bool object_yaml_fold(struct object_view *v, bool shut)
{
    size_t row;
    if (!list_at(&v->list, &row) || row >= v->rows.len)
        return false;
    const struct object_line *at = &v->rows.items[row];
    if (at->branch && at->shut != shut) {
        if (shut)
            vec_push(&v->shut, at->uid);
        for (size_t i = 0; !shut && i < v->shut.len; i++)
            if (v->shut.items[i] == at->uid)
                v->shut.items[i--] = v->shut.items[--v->shut.len];
        object_yaml_layout(v);
        return true;
    }
    for (size_t i = row; shut && i-- > 0;) /* to what it is in */
        if (v->rows.items[i].indent < at->indent) {
            list_go(&v->list, i);
            return true;
        }
    return false;
}

/* ---- what changed ---- */

static char *line_key(const struct leeway_object_line *l)
{
    return mem_printf("%s\n%s", l->path.str, l->text.str);
}

void object_yaml_take(struct object_view *v, struct leeway_object *o)
{
    struct strmap before = {0};
    const struct leeway_object *old = v->object;
    int64_t now = clock_wall_ms(app_clock(v->app));
    VEC(int64_t) changed = {0};
    for (size_t i = 0; old && i < old->n_lines; i++) {
        char *key = line_key(&old->lines[i]);
        strmap_set(&before, key, (void *)(uintptr_t)(i + 1));
        mem_free(key);
    }
    for (size_t i = 0; i < o->n_lines; i++) {
        char *key = line_key(&o->lines[i]);
        size_t was = (size_t)(uintptr_t)strmap_get(&before, key);
        mem_free(key);
        int64_t at = !old ? 0 : was ? v->changed.items[was - 1] : now;
        vec_push(&changed, at);
    }
    strmap_clear(&before);
    vec_clear(&v->changed);
    v->changed.items = changed.items;
    v->changed.len = changed.len;
    v->changed.cap = changed.cap;
    leeway_object_ref(o);
    leeway_object_unref(v->object);
    v->object = o;
    object_yaml_layout(v);
}

/* ---- asking about lines ---- */

const struct leeway_object_line *object_yaml_here(const struct object_view *v)
{
    size_t row;
    if (!list_at(&v->list, &row) || row >= v->rows.len)
        return NULL;
    return &v->object->lines[v->rows.items[row].line];
}

bool object_yaml_matches(void *view, size_t row)
{
    const struct object_view *v = view;
    return search_matches(&v->search, v->object->lines[v->rows.items[row].line].text);
}

size_t object_yaml_count_matches(const struct object_view *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->rows.len; i++)
        n += object_yaml_matches((void *)v, i);
    return n;
}

static const struct leeway_owner *owner_of(const struct object_view *v,
                                           const struct leeway_object_line *l)
{
    return l->owner >= 0 && (size_t)l->owner < v->object->n_owners ? &v->object->owners[l->owner]
                                                                   : NULL;
}

bool object_yaml_is_foreign(void *view, size_t row)
{
    const struct object_view *v = view;
    const struct leeway_owner *o = owner_of(v, &v->object->lines[v->rows.items[row].line]);
    return o && !o->ours;
}

/* The differing field that is on this line. */
static const struct leeway_object_field *drift_of(const struct object_view *v,
                                                  const struct leeway_object_line *l)
{
    for (size_t i = 0; i < v->object->n_fields; i++) {
        const struct leeway_object_field *f = &v->object->fields[i];
        if (f->differs && text_equal(f->path, l->path))
            return f;
    }
    return NULL;
}

/* The line is inside what a line above it owns as a whole, and has the same owner. */
static bool owned_above(const struct object_view *v, size_t row)
{
    const struct leeway_object_line *l = &v->object->lines[v->rows.items[row].line];
    int indent = v->rows.items[row].indent;
    for (size_t i = row; i-- > 0 && row - i < 200;) {
        if (v->rows.items[i].indent >= indent)
            continue;
        const struct leeway_object_line *up = &v->object->lines[v->rows.items[i].line];
        return up->owner == l->owner && up->n_owners > 0;
    }
    return false;
}

/* ---- drawing ---- */

struct drawing {
    struct object_view *v;
    int margin; /* cells before the edge; 0: none */
    int cols;   /* of the screen */
    int64_t now_ms;
};

static int margin_for(const struct object_view *v, int cols)
{
    return v->full ? 0 : cols >= 76 ? 24 : cols >= 60 ? 14 : 3;
}

static int text_cols(const struct drawing *d, int cols)
{
    return cols - (d->margin ? d->margin + 2 : 2) - 1;
}

static bool is_value(struct text t)
{
    return t.len && t.str[t.len - 1] != ':' && strcmp(t.str + indent_of(t), "-") != 0;
}

static void draw_margin(struct drawing *d, struct region r, size_t row)
{
    const struct object_view *v = d->v;
    const struct leeway_object_line *l = &v->object->lines[v->rows.items[row].line];
    const struct leeway_owner *o = owner_of(v, l);
    struct arena *a = canvas_arena(r.canvas);
    draw_edge(r, 0, d->margin, r.rows);
    if (owned_above(v, row))
        return;
    if (!o) {
        bool server = is_value(l->text) && l->path.len && !l->noise && d->margin >= 14 &&
                      strncmp(l->path.str, ".metadata.", 10) != 0 &&
                      !text_equal(l->path, TEXT(".apiVersion")) &&
                      !text_equal(l->path, TEXT(".kind"));
        if (server)
            draw_text(r, 0, 1, TEXT("default"), ROLE_OWNER_NONE);
        return;
    }
    enum role role = words_actor_role(o->actor);
    if (d->margin < 14) { /* its class */
        struct text word = text_cstr(a, leeway_actor_word(o->actor));
        draw_text(r, 0, 1, text_part(a, word, 0, 1), role);
        return;
    }
    struct text name = o->words.len ? o->words : o->manager;
    if (l->n_owners > 1)
        name = text_fmt(a, "%s +%u", name.str, l->n_owners - 1);
    int cols = d->margin >= 24 ? 16 : d->margin - 2;
    draw_cut(r, 0, 1, cols - 1, name, role, TEXT_CUT_END);
    if (d->margin >= 24 && o->at_or_before_ms)
        draw_right(r, 0, d->margin - 1, 7,
                   zone_brief(a, app_zone(v->app), o->at_or_before_ms, d->now_ms), role);
}

/* "=" stands for what is on its left: given as wanted. */
static struct text drift_note(struct arena *a, const struct leeway_object_field *f)
{
    bool as_wanted = text_equal(f->given, TEXT("="));
    return as_wanted     ? text_fmt(a, "given %s", f->wanted.str)
           : !f->pending ? text_fmt(a, "given %s", f->given.str)
                         : text_fmt(a, "given %s, wanted %s", f->given.str, f->wanted.str);
}

/* Cut where the room ends, so that it reads as it is written. */
static void draw_pieces(struct region r, int col, int room, struct text t, enum role role)
{
    for (int row = 0; row < r.rows && t.len; row++) {
        uint32_t got, n = text_prefix(t, (uint32_t)room, &got);
        if (!n)
            break;
        draw_text(r, row, col, text_part(canvas_arena(r.canvas), t, 0, n), role);
        t = (struct text){t.str + n, t.len - n, t.cols - got};
    }
}

static void draw_line(void *ctx, struct region r, const struct list_row *row, int above)
{
    struct drawing *d = ctx;
    const struct object_view *v = d->v;
    const struct object_line *at = &v->rows.items[row->row];
    const struct leeway_object_line *l = &v->object->lines[at->line];
    struct arena *a = canvas_arena(r.canvas);
    int col = d->margin ? d->margin + 2 : 2, room = text_cols(d, r.cols);
    if (d->margin)
        draw_margin(d, r, row->row);
    if (at->branch && at->shut)
        draw_glyph(r, 0, col - 1, GLYPH_BRANCH_SHUT, ROLE_TEXT_DIM);
    const struct leeway_object_field *drift = drift_of(v, l);
    struct text note = drift ? drift_note(a, drift) : TEXT_NONE;
    int64_t changed = v->changed.items[at->line];
    bool fresh = changed && d->now_ms - changed < CHANGED_MS;
    if (fresh && !note.len)
        note = TEXT("changed");
    if (fresh)
        app_redraw_in(v->app, (int)(CHANGED_MS - (d->now_ms - changed)) + 1);
    int tail = note.len && !v->wrap ? (int)note.cols + 4 : 0;
    enum role role = fresh || drift ? ROLE_VALUE_LIVE : l->noise ? ROLE_TEXT_DIM : ROLE_TEXT;
    if (v->wrap)
        draw_pieces(r, col, room, l->text, role);
    else
        draw_cut(r, 0, col, room - tail, l->text, role, TEXT_CUT_END);
    search_mark(&v->search, region_sub(r, 0, 0, 1, r.cols - tail), 0, col, l->text);
    if (!tail)
        return;
    draw_right(r, 0, r.cols - 1, (int)note.cols, note, ROLE_VALUE_LIVE);
    if (drift)
        draw_state(r, 0, r.cols - 3 - (int)note.cols, words_verdict_state(drift->verdict));
}

static struct tall line_height(void *ctx, size_t row, bool first)
{
    struct drawing *d = ctx;
    if (!d->v->wrap)
        return (struct tall){0, 0};
    struct text t = d->v->object->lines[d->v->rows.items[row].line].text;
    int cols = text_cols(d, d->cols);
    return (struct tall){0, cols > 0 ? ((int)t.cols - 1) / cols : 0};
}

void object_yaml_draw(struct object_view *v, struct region r)
{
    struct drawing d = {v, margin_for(v, r.cols), r.cols, clock_wall_ms(app_clock(v->app))};
    struct arena *a = canvas_arena(r.canvas);
    if (d.margin >= 24) {
        draw_text(r, 0, 1, TEXT("owner"), ROLE_TEXT_DIM);
        draw_right(r, 0, d.margin - 1, 12, TEXT("at or before"), ROLE_TEXT_DIM);
    }
    if (d.margin)
        draw_edge(r, 0, d.margin, 1);
    draw_cut(r, 0, d.margin ? d.margin + 2 : 2, r.cols - d.margin - 3,
             text_fmt(a, "%s %s", v->object->api_version.str, v->object->object_kind.str),
             ROLE_TEXT_DIM, TEXT_CUT_END);
    tall_draw(&v->list, region_sub(r, 1, 0, r.rows - 1, r.cols), line_height, draw_line, &d);
}

/* ---- words about a line ---- */

static struct text owner_words(struct object_view *v, struct arena *a, const struct leeway_owner *o)
{
    struct text t = text_fmt(a, "%s, %s", o->manager.str, o->operation.str);
    if (o->subresource.len)
        t = text_fmt(a, "%s, subresource %s", t.str, o->subresource.str);
    if (o->at_or_before_ms)
        t = text_fmt(a, "%s; at or before %s", t.str,
                     words_exact(v->app, a, o->at_or_before_ms).str);
    return t;
}

void object_yaml_describe(struct object_view *v, struct region r)
{
    const struct leeway_object_line *l = object_yaml_here(v);
    struct arena *a = canvas_arena(r.canvas);
    if (!l)
        return;
    const struct leeway_owner *o = owner_of(v, l);
    struct text path = words_path(a, l->path, (uint32_t)r.cols / 2);
    struct text t = o ? owner_words(v, a, o)
                      : TEXT("nobody owns it: the server's default, or part of something");
    if (o && l->n_owners > 1) {
        t = text_fmt(a, "%s; %u owners", t.str, l->n_owners);
        for (size_t i = 0; i < v->object->n_fields; i++)
            for (size_t k = 0; text_equal(v->object->fields[i].path, l->path) &&
                               k < v->object->fields[i].n_owners;
                 k++)
                t = text_fmt(a, "%s%s %s", t.str, k ? "," : ":",
                             v->object->fields[i].owners[k].manager.str);
    }
    draw_wrapped(r, 0, 1, r.cols - 2, r.rows, text_fmt(a, "%s   %s", path.str, t.str), ROLE_TEXT);
}
