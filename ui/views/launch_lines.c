// SPDX-License-Identifier: Apache-2.0
/* The lines of the form, and how they and the plan beside them look. */
#include "base/hash.h"
#include "views/launch_int.h"
#include "views/states.h"

#include <string.h>

enum { LEFT_MAX = 6, NARROW = 72 };

static uint64_t uid_of(const char *what, struct text t)
{
    uint64_t h = hash_bytes(hash_process_key(), t.str, t.len) ^
                 hash_bytes(hash_process_key(), what, strlen(what)) * 31;
    return h ? h : 1;
}

struct launch_line *launch_here(struct launch *v)
{
    size_t row;
    return list_at(&v->list, &row) && row < v->lines.len ? &v->lines.items[row] : NULL;
}

static bool is_chosen(const struct launch *v, struct text cluster)
{
    for (size_t i = 0; i < v->clusters.len; i++)
        if (text_equal(v->clusters.items[i], cluster))
            return true;
    return false;
}

size_t launch_errors(const struct launch *v)
{
    return leeway_form_errors(v->head) + leeway_form_errors(v->params) +
           (v->own_placement && !v->clusters.len) + (v->wrong.len > 0);
}

/* ---- lines ---- */

typedef VEC(uint64_t) uid_list;

static void add(struct launch *v, uid_list *uids, struct launch_line line, uint64_t uid)
{
    line.first = !v->lines.len || v->lines.items[v->lines.len - 1].part != line.part;
    vec_push(&v->lines, line);
    vec_push(uids, uid);
}

static void add_fields(struct launch *v, uid_list *uids, struct leeway_form *f,
                       enum launch_part part)
{
    const struct leeway_form_row *rows;
    size_t n = leeway_form_rows(f, &rows);
    for (size_t i = 0; i < n; i++)
        add(v, uids,
            (struct launch_line){.kind = LINE_FIELD, .part = part, .row = &rows[i], .form = f},
            uid_of(part == PART_HEAD ? "head" : "params", rows[i].path));
}

/* Clusters that cannot take it, one line a reason. */
static void add_left(struct launch *v, uid_list *uids)
{
    struct arena *a = &v->lines_arena;
    struct text reasons[LEFT_MAX], names[LEFT_MAX];
    size_t n = 0, counts[LEFT_MAX], more = 0;
    for (size_t i = 0; v->plan && i < v->plan->n_places; i++) {
        const struct leeway_plan_place *p = &v->plan->places[i];
        size_t k = 0;
        if (p->fits)
            continue;
        while (k < n && !text_equal(reasons[k], p->why))
            k++;
        if (k == LEFT_MAX) {
            more++;
            continue;
        }
        if (k == n) {
            reasons[n] = p->why;
            names[n] = TEXT_NONE;
            counts[n++] = 0;
        }
        if (++counts[k] <= 3)
            names[k] =
                text_fmt(a, "%s%s%s", names[k].str, names[k].len ? ", " : "", p->cluster.str);
    }
    for (size_t k = 0; k < n; k++) {
        struct text who = counts[k] <= 3 ? names[k] : text_fmt(a, "%zu others", counts[k]);
        add(v, uids,
            (struct launch_line){.kind = LINE_LEFT,
                                 .part = PART_CLUSTERS,
                                 .text = who,
                                 .why = text_dup(a, reasons[k])},
            uid_of("left", reasons[k]));
    }
    if (more)
        add(v, uids,
            (struct launch_line){.kind = LINE_LEFT,
                                 .part = PART_CLUSTERS,
                                 .text = text_fmt(a, "%zu more", more),
                                 .why = TEXT("for other reasons")},
            uid_of("left", TEXT("more")));
}

/* "k3s 1.36.1, ap-south" */
static struct text what_it_is(struct launch *v, struct text name)
{
    const struct leeway_snapshot *s = app_snapshot(v->app);
    const struct leeway_cluster *c = s ? leeway_cluster_by_name(s, name.str) : NULL;
    if (!c)
        return TEXT_NONE;
    return text_fmt(&v->lines_arena, "fits: %s %s%s%s%s", c->distribution.str, c->kubernetes.str,
                    c->region.len ? ", " : "", c->region.str,
                    c->reach == LEEWAY_REACH_OK ? "" : ", does not answer now");
}

static void add_clusters(struct launch *v, uid_list *uids)
{
    struct arena *a = &v->lines_arena;
    size_t before = v->lines.len;
    for (size_t i = 0; v->plan && i < v->plan->n_places; i++) {
        const struct leeway_plan_place *p = &v->plan->places[i];
        if (p->fits)
            add(v, uids,
                (struct launch_line){.kind = LINE_CLUSTER,
                                     .part = PART_CLUSTERS,
                                     .text = text_dup(a, p->cluster),
                                     .why = what_it_is(v, p->cluster)},
                uid_of("cluster", p->cluster));
    }
    for (size_t i = 0; i < v->clusters.len; i++) { /* chosen, but not among those that fit */
        bool there = false;
        for (size_t k = before; k < v->lines.len; k++)
            there |= text_equal(v->lines.items[k].text, v->clusters.items[i]);
        if (!there)
            add(v, uids,
                (struct launch_line){.kind = LINE_CLUSTER,
                                     .part = PART_CLUSTERS,
                                     .text = v->clusters.items[i],
                                     .why = v->plan ? TEXT("it cannot take it") : TEXT_NONE},
                uid_of("cluster", v->clusters.items[i]));
    }
    add_left(v, uids);
    if (v->lines.len == before)
        add(v, uids,
            (struct launch_line){.kind = LINE_LEFT,
                                 .part = PART_CLUSTERS,
                                 .text = TEXT_NONE,
                                 .why = TEXT("clusters are being looked at")},
            uid_of("left", TEXT("none")));
}

void launch_build(struct launch *v)
{
    uid_list uids = {0};
    v->lines.len = 0;
    arena_reset(&v->lines_arena);
    add_fields(v, &uids, v->head, PART_HEAD);
    add_clusters(v, &uids);
    add_fields(v, &uids, v->params, PART_PARAMS);
    for (int b = 0; b < BUTTON_COUNT; b++)
        add(v, &uids,
            (struct launch_line){.kind = LINE_BUTTON,
                                 .part = PART_BUTTONS,
                                 .button = (enum launch_button)b,
                                 .text = TEXT_NONE,
                                 .why = TEXT_NONE},
            (uint64_t)b + 1);
    list_set(&v->list, uids.items, uids.len);
    vec_clear(&uids);
}

/* ---- drawing ---- */

static bool second_line(const struct launch *v, const struct launch_line *l, int cols)
{
    return cols < NARROW && l->kind == LINE_FIELD && l->row->wrong.len;
}

struct tall launch_height(void *ctx, size_t row, bool first)
{
    struct launch *v = ctx;
    const struct launch_line *l = &v->lines.items[row];
    return (struct tall){l->first ? 1 + (!first && row > 0) : 0, second_line(v, l, v->cols)};
}

static void draw_head(struct launch *v, const struct launch_line *l, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    size_t fit = 0;
    for (size_t i = 0; v->plan && i < v->plan->n_places; i++)
        fit += v->plan->places[i].fits;
    switch (l->part) {
    case PART_HEAD:
        draw_section(r, 0, v->change ? v->name : TEXT("new environment"), TEXT_NONE);
        break;
    case PART_CLUSTERS:
        draw_section(r, 0, TEXT("clusters"),
                     v->own_placement ? text_fmt(a, "%zu of %zu that fit", v->clusters.len, fit)
                                      : TEXT("by the labels of its file"));
        break;
    case PART_PARAMS:
        draw_section(r, 0, text_fmt(a, "parameters of %s %s", v->blueprint.str, v->version.str),
                     r.cols >= NARROW ? TEXT("default") : TEXT_NONE);
        break;
    default:
        break;
    }
}

/* What is not given inside a group that is not either is its default all the same. */
struct text launch_value(const struct leeway_form_row *row)
{
    return row->value.len || row->given ? row->value : row->otherwise;
}

static void draw_value(struct launch *v, struct region r, int col, int cols,
                       const struct leeway_form_row *row, bool focus)
{
    struct input shown;
    if (focus && v->editing == list_uid(&v->list)) {
        input_draw(&v->input, r, 0, col, cols, true);
        return;
    }
    struct text t = launch_value(row);
    if (row->kind == LEEWAY_FORM_LIST || row->kind == LEEWAY_FORM_MAP)
        t = row->n_items ? text_count(canvas_arena(r.canvas), (long)row->n_items, "item", "items")
                         : TEXT("none; Enter adds one");
    if (row->kind == LEEWAY_FORM_GROUP || row->kind == LEEWAY_FORM_LIST ||
        row->kind == LEEWAY_FORM_MAP) {
        draw_cut(r, 0, col, cols, t, ROLE_TEXT_DIM, TEXT_CUT_END);
        return;
    }
    input_set(&shown, t);
    shown.cursor = 0;
    input_draw(&shown, r, 0, col, cols, false);
    if (focus)
        draw_role(r, 0, col, cols, ROLE_INPUT_FOCUS);
    else if (!row->given)
        draw_role(r, 0, col, cols, ROLE_TEXT_DIM);
}

static void draw_field(struct launch *v, struct region r, const struct launch_line *l, bool focus)
{
    const struct leeway_form_row *row = l->row;
    struct arena *a = canvas_arena(r.canvas);
    bool editing = focus && v->editing == list_uid(&v->list) && v->wrong.len;
    struct text wrong = editing ? v->wrong : row->wrong;
    int label = 4 + 2 * (int)row->depth, col = r.cols >= NARROW ? 18 : 16;
    int cols = r.cols >= NARROW ? 28 : r.cols - col - 1;
    if (col < label + 6)
        col = label + 6;
    if (wrong.len)
        draw_glyph(r, 0, 2, GLYPH_FAILED, ROLE_STATUS_FAILED);
    draw_cut(r, 0, label, col - label - 1, row->label, wrong.len ? ROLE_TEXT_STRONG : ROLE_TEXT,
             TEXT_CUT_END);
    draw_value(v, r, col, cols, row, focus);
    if (r.cols < NARROW) {
        if (wrong.len && r.rows > 1)
            draw_cut(r, 1, 6, r.cols - 7, wrong, ROLE_FIELD_ERROR, TEXT_CUT_END);
        return;
    }
    int note = col + cols + 2, room = r.cols - note - 1;
    if (wrong.len) {
        struct text right =
            row->right.len && !editing ? text_fmt(a, "%s: %s", wrong.str, row->right.str) : wrong;
        draw_cut(r, 0, note, room, right, ROLE_FIELD_ERROR, TEXT_CUT_END);
        return;
    }
    int used = 0;
    if (l->part == PART_PARAMS && row->otherwise.len && row->otherwise.cols < 16)
        used = 2 + draw_right(r, 0, r.cols - 1, 15, row->otherwise, ROLE_TEXT_DIM);
    draw_cut(r, 0, note, room - used, row->takes, ROLE_TEXT_DIM, TEXT_CUT_END);
}

static void draw_button(struct launch *v, struct region r, enum launch_button b)
{
    static const char *const words[] = {"[ Plan ]", "[ Leave, keep the draft ]",
                                        "[ Leave, throw the draft away ]"};
    struct arena *a = canvas_arena(r.canvas);
    size_t errors = launch_errors(v);
    bool off = b == BUTTON_PLAN && errors;
    int col = 4 + draw_text(r, 0, 4, text_cstr(a, words[b]), off ? ROLE_BUTTON_OFF : ROLE_BUTTON);
    if (off)
        draw_text(r, 0, col + 1,
                  text_fmt(a, "needs %s", text_count(a, (long)errors, "field", "fields").str),
                  ROLE_TEXT);
}

void launch_draw_line(void *ctx, struct region all, const struct list_row *at, int above)
{
    struct launch *v = ctx;
    const struct launch_line *l = &v->lines.items[at->row];
    struct region r = region_sub(all, above, 0, all.rows - above, all.cols);
    struct arena *a = canvas_arena(r.canvas);
    if (above)
        draw_head(v, l, region_sub(all, above - 1, 0, 1, all.cols));
    switch (l->kind) {
    case LINE_FIELD:
        draw_field(v, r, l, at->cursor);
        break;
    case LINE_CLUSTER: {
        bool on = v->own_placement && is_chosen(v, l->text);
        for (size_t i = 0; !v->own_placement && v->plan && i < v->plan->n_places; i++)
            on |= v->plan->places[i].chosen && text_equal(v->plan->places[i].cluster, l->text);
        draw_text(r, 0, 4, on ? TEXT("[x]") : TEXT("[ ]"), ROLE_TEXT);
        draw_cut(r, 0, 8, 24, l->text, on ? ROLE_TEXT_STRONG : ROLE_TEXT, TEXT_CUT_MIDDLE);
        draw_cut(r, 0, 34, r.cols - 35, l->why, ROLE_TEXT_DIM, TEXT_CUT_END);
        break;
    }
    case LINE_LEFT:
        draw_cut(r, 0, 8, r.cols - 9,
                 text_fmt(a, "%s%s%s", l->text.str, l->text.len ? ": " : "", l->why.str),
                 ROLE_TEXT_DIM, TEXT_CUT_END);
        break;
    case LINE_BUTTON:
        draw_button(v, r, l->button);
        break;
    }
}

/* ---- the plan of the draft ---- */

static struct text counts(const struct leeway_plan *p, struct arena *a)
{
    struct text t = TEXT_NONE;
    for (int i = 0; i < LEEWAY_ACTION_COUNT; i++)
        if (p->counts[i] > 0)
            t = text_fmt(a, "%s%s%d %s", t.str, t.len ? ", " : "", p->counts[i],
                         leeway_action_word((enum leeway_action)i));
    return t;
}

struct text launch_plan_words(const struct launch *v, struct arena *a)
{
    const struct leeway_plan *p = v->plan;
    const char *later = v->waiting ? " (being made again)" : "";
    if (launch_errors(v))
        return text_fmt(a, "plan so far: stops at %s to be filled in",
                        text_count(a, (long)launch_errors(v), "field", "fields").str);
    if (!p)
        return TEXT("plan so far: being made");
    if (!p->changes && p->why_not.len)
        return text_fmt(a, "plan so far: %s%s", p->why_not.str, later);
    return text_fmt(a, "plan so far: %s on %s%s%s%s",
                    text_count(a, p->changes, "change", "changes").str,
                    text_count(a, (long)p->n_targets, "cluster", "clusters").str,
                    p->changes ? ": " : "", p->changes ? counts(p, a).str : "", later);
}

static enum role verb_role(enum leeway_action action)
{
    switch (action) {
    case LEEWAY_ACTION_ERROR:
    case LEEWAY_ACTION_DELETE:
        return ROLE_VERB_DELETE;
    case LEEWAY_ACTION_REPLACE:
        return ROLE_VERB_REPLACE;
    case LEEWAY_ACTION_TAKE_OVER:
        return ROLE_VERB_TAKE;
    case LEEWAY_ACTION_CREATE:
        return ROLE_VERB_CREATE;
    default:
        return ROLE_TEXT;
    }
}

static int draw_plan_row(struct region r, int y, const struct leeway_plan_row *row)
{
    struct arena *a = canvas_arena(r.canvas);
    draw_text(r, y, 2, text_cstr(a, leeway_plan_row_word(row)), verb_role(row->action));
    draw_cut(r, y, 13, r.cols - 19, text_fmt(a, "%s/%s", row->object_kind.str, row->name.str),
             ROLE_TEXT, TEXT_CUT_MIDDLE);
    draw_right(r, y, r.cols - 1, 5, text_fmt(a, "%zu", row->n_clusters), ROLE_TEXT_DIM);
    if (row->detail.len && ++y < r.rows)
        draw_cut(r, y, 13, r.cols - 14, row->detail, ROLE_TEXT, TEXT_CUT_END);
    for (size_t i = 0; row->action != LEEWAY_ACTION_CREATE && i < row->n_fields && y + 1 < r.rows;
         i++)
        draw_cut(r, ++y, 13, r.cols - 14,
                 text_fmt(a, "%s  %s \xe2\x86\x92 %s", row->fields[i].path.str,
                          row->fields[i].before.str, row->fields[i].after.str),
                 ROLE_TEXT_DIM, TEXT_CUT_FRONT);
    return y + 1;
}

void launch_draw_plan(const struct launch *v, struct region r)
{
    const struct leeway_plan *p = v->plan;
    struct arena *a = canvas_arena(r.canvas);
    draw_section(r, 0, TEXT("what it would do"), v->waiting ? TEXT("being made again") : TEXT_NONE);
    int y = 1 + draw_wrapped(r, 1, 1, r.cols - 2, 3, launch_plan_words(v, a), ROLE_TEXT_STRONG);
    if (!p || launch_errors(v))
        return;
    for (size_t i = 0; i < p->n_warnings && y < r.rows; i++) {
        draw_glyph(r, y, 2, GLYPH_DEGRADED, ROLE_STATUS_DEGRADED);
        y += draw_wrapped(r, y, 4, r.cols - 5, 2, p->warnings[i], ROLE_TEXT);
    }
    y++;
    if (y + 1 < r.rows && p->n_rows)
        draw_section(r, y++, TEXT("objects"), TEXT("clusters"));
    for (size_t i = 0; i < p->n_rows && y < r.rows; i++)
        if (p->rows[i].action != LEEWAY_ACTION_AS_IS)
            y = draw_plan_row(r, y, &p->rows[i]);
    if (p->counts[LEEWAY_ACTION_AS_IS] > 0 && y < r.rows)
        draw_text(r, y, 2,
                  text_fmt(a, "as is      %s",
                           text_count(a, p->counts[LEEWAY_ACTION_AS_IS], "object", "objects").str),
                  ROLE_TEXT_DIM);
}
