// SPDX-License-Identifier: Apache-2.0
/* Rows of a plan: risks with what is lost or who is overruled, changes with their fields. */
#include "views/plan_view_int.h"
#include "views/words.h"

#define VERB_COL 4
#define OBJECT_COL 14
#define FIELDS_OPEN 6 /* the first change shows its fields when it has no more */

static const enum role verb_roles[LEEWAY_ACTION_COUNT] = {
    [LEEWAY_ACTION_ERROR] = ROLE_STATUS_FAILED,  [LEEWAY_ACTION_DELETE] = ROLE_VERB_DELETE,
    [LEEWAY_ACTION_REPLACE] = ROLE_VERB_REPLACE, [LEEWAY_ACTION_TAKE_OVER] = ROLE_VERB_TAKE,
    [LEEWAY_ACTION_STAYS] = ROLE_VERB_STAY,      [LEEWAY_ACTION_CREATE] = ROLE_VERB_CREATE,
    [LEEWAY_ACTION_UPDATE] = ROLE_VERB_UPDATE,   [LEEWAY_ACTION_AS_IS] = ROLE_TEXT_DIM,
};

const char *plan_choice_words(enum leeway_choice c)
{
    static const char *const words[] = {
        [LEEWAY_CHOICE_OPEN] = "not decided yet",
        [LEEWAY_CHOICE_TAKE_OVER] = "leeway takes it over",
        [LEEWAY_CHOICE_KEEP_THEIRS] = "theirs is kept",
        [LEEWAY_CHOICE_STOP] = "leeway stops applying it",
        [LEEWAY_CHOICE_NONE] = "",
    };
    return c <= LEEWAY_CHOICE_NONE ? words[c] : "";
}

bool plan_row_is_contested(const struct leeway_plan_row *row)
{
    for (size_t i = 0; i < row->n_fields; i++)
        if (row->fields[i].choice != LEEWAY_CHOICE_NONE)
            return true;
    return false;
}

static bool has_open_choice(const struct leeway_plan_row *row)
{
    for (size_t i = 0; i < row->n_fields; i++)
        if (row->fields[i].choice == LEEWAY_CHOICE_OPEN)
            return true;
    return false;
}

struct text plan_row_object(struct arena *a, const struct leeway_plan_row *row)
{
    return text_fmt(a, "%s/%s", row->object_kind.str, row->name.str);
}

struct text plan_names(struct arena *a, const struct text *names, size_t n, size_t max)
{
    struct text t = n ? names[0] : TEXT_NONE;
    for (size_t i = 1; i < n && i < max; i++)
        t = text_fmt(a, "%s, %s", t.str, names[i].str);
    return n > max ? text_fmt(a, "%s and %zu more", t.str, n - max) : t;
}

/* ---- the tree ---- */

void plan_view_build(struct plan_view *p)
{
    VEC(struct tree_node) nodes = {0};
    bool seen_change = false;
    p->lines.len = 0;
    for (size_t i = 0; i < p->plan->n_rows; i++) {
        const struct leeway_plan_row *row = &p->plan->rows[i];
        if (row->action == LEEWAY_ACTION_AS_IS)
            continue;
        bool first = !row->risk && !seen_change && row->n_fields && row->n_fields <= FIELDS_OPEN;
        uint64_t uid = ((uint64_t)row->number + 1) << 24;
        vec_push(&p->lines, (struct plan_line){row, NULL});
        vec_push(&nodes,
                 (struct tree_node){uid, 0, row->n_fields > 0, !first && !has_open_choice(row)});
        seen_change = seen_change || first;
        for (size_t k = 0; k < row->n_fields; k++) {
            vec_push(&p->lines, (struct plan_line){row, &row->fields[k]});
            vec_push(&nodes, (struct tree_node){uid + k + 1, 1, false, false});
        }
    }
    tree_set(&p->tree, nodes.items, nodes.len);
    vec_clear(&nodes);
}

const struct plan_line *plan_view_line(const struct plan_view *p, size_t row)
{
    return row < p->tree.visible.len ? &p->lines.items[tree_node_at(&p->tree, row)] : NULL;
}

const struct plan_line *plan_view_here(const struct plan_view *p)
{
    size_t row;
    return list_at(&p->tree.list, &row) ? plan_view_line(p, row) : NULL;
}

/* ---- lines ---- */

struct text plan_field_has(struct arena *a, const struct leeway_plan_field *f)
{
    const char *who = f->owner.len ? f->owner.str : "somebody else";
    if (!f->before.len && !f->after.len) /* of the object as a whole */
        return f->note.len ? text_fmt(a, "%s has it; %s", who, f->note.str)
                           : text_fmt(a, "%s has it", who);
    return text_fmt(a, "%s has %s; the plan has %s", who, f->before.str, f->after.str);
}

static struct text row_detail(struct arena *a, const struct leeway_plan_row *row)
{
    if (row->detail.len)
        return row->detail;
    for (size_t i = 0; i < row->n_fields; i++)
        if (row->fields[i].owner.len)
            return text_fmt(a, "%s: %s", plan_choice_words(row->fields[i].choice),
                            plan_field_has(a, &row->fields[i]).str);
    return TEXT_NONE;
}

static struct text field_detail(struct arena *a, const struct leeway_plan_field *f)
{
    struct text t = f->note;
    if (f->owner.len)
        t = text_fmt(a, "%s%s%s owns it: %s", t.str, t.len ? "; " : "", f->owner.str,
                     plan_choice_words(f->choice));
    if (f->on.len && t.len)
        t = text_fmt(a, "%s: %s", f->on.str, t.str);
    return t;
}

static struct text detail(struct arena *a, const struct plan_line *l)
{
    if (l->field)
        return field_detail(a, l->field);
    return l->row->risk ? row_detail(a, l->row) : TEXT_NONE;
}

static bool begins_section(const struct plan_view *p, size_t row)
{
    return row == 0 || (!plan_view_line(p, row)->field &&
                        plan_view_line(p, row)->row->risk != plan_view_line(p, row - 1)->row->risk);
}

static struct tall height(void *ctx, size_t row, bool first)
{
    struct plan_view *p = ctx;
    struct arena a;
    arena_init(&a);
    struct tall t = {0, detail(&a, plan_view_line(p, row)).len > 0};
    if (begins_section(p, row) || first)
        t.above = 1;
    arena_clear(&a);
    return t;
}

struct columns {
    int on_end, on_cols, cause, cause_cols; /* cause_cols 0: left out */
};

static struct columns columns(int cols)
{
    if (cols >= 110)
        return (struct columns){cols - 22, 34, cols - 20, 19};
    if (cols >= 70)
        return (struct columns){cols - 21, 4, cols - 19, 18};
    return (struct columns){cols - 1, 4, 0, 0};
}

static void draw_section_head(struct plan_view *p, struct region r, int y, bool risk)
{
    struct columns c = columns(r.cols);
    struct arena *a = canvas_arena(r.canvas);
    size_t n = 0;
    for (size_t i = 0; i < p->lines.len; i++)
        n += !p->lines.items[i].field && p->lines.items[i].row->risk == risk;
    struct text name = text_fmt(a, "%s", risk ? "risks" : "changes");
    int used = draw_text(r, y, 1, name, ROLE_HEAD);
    used += draw_text(r, y, 2 + used, text_fmt(a, "%zu", n), ROLE_TEXT_DIM) + 1;
    draw_rule(r, y, used + 2, c.on_end - 3 - used - 2);
    draw_right(r, y, c.on_end, c.on_cols, TEXT("on"), ROLE_TEXT_DIM);
    if (c.cause_cols)
        draw_text(r, y, c.cause, TEXT("cause"), ROLE_TEXT_DIM);
}

static void draw_object(struct plan_view *p, struct region r, const struct leeway_plan_row *row)
{
    struct columns c = columns(r.cols);
    struct arena *a = canvas_arena(r.canvas);
    int room = c.on_end - c.on_cols - OBJECT_COL - 1;
    draw_cut(r, 0, VERB_COL, OBJECT_COL - VERB_COL - 1, text_cstr(a, leeway_plan_row_word(row)),
             verb_roles[row->action], TEXT_CUT_END);
    int used = draw_cut(r, 0, OBJECT_COL, room, plan_row_object(a, row),
                        row->risk ? ROLE_TEXT_STRONG : ROLE_TEXT, TEXT_CUT_MIDDLE);
    if (row->risk && row->n_fields == 1 && room - used > 8)
        draw_text(r, 0, OBJECT_COL + used + 1,
                  words_path(a, row->fields[0].path, (uint32_t)(room - used - 1)), ROLE_TEXT);
    bool names = c.on_cols > 10;
    struct text on = text_fmt(a, "%zu", row->n_clusters);
    if (names) {
        size_t max = row->n_clusters;
        do
            on = plan_names(a, row->clusters, row->n_clusters, max);
        while (on.cols >= (uint32_t)c.on_cols && max-- > 1);
    }
    draw_right(r, 0, c.on_end, c.on_cols, on, ROLE_TEXT);
    if (c.cause_cols)
        draw_cut(r, 0, c.cause, c.cause_cols, row->cause, ROLE_TEXT_DIM, TEXT_CUT_END);
}

/* The path from the left, before and after at the right edge. */
static void draw_field(struct region r, const struct leeway_plan_field *f)
{
    struct arena *a = canvas_arena(r.canvas);
    struct text dots = canvas_glyph(r.canvas, GLYPH_DOTS);
    uint32_t room = (uint32_t)r.cols / 4;
    int col = OBJECT_COL < r.cols / 4 ? OBJECT_COL + 2 : 6, end = r.cols - 1;
    enum face face = canvas_face(r.canvas);
    end -= draw_right(r, 0, end, end,
                      text_cut(a, face_text(a, face, f->after), room, TEXT_CUT_END, dots),
                      ROLE_VALUE_NEW);
    end -= 1 + draw_right(r, 0, end - 1, end - 1, canvas_glyph(r.canvas, GLYPH_ARROW), ROLE_TEXT);
    end -= 1 + draw_right(r, 0, end - 1, end - 1,
                          text_cut(a, face_text(a, face, f->before), room, TEXT_CUT_END, dots),
                          ROLE_VALUE_OLD);
    if (end - col > 2)
        draw_text(r, 0, col, words_path(a, f->path, (uint32_t)(end - col - 1)),
                  f->choice == LEEWAY_CHOICE_OPEN ? ROLE_TEXT_STRONG : ROLE_TEXT);
}

static void draw_line(void *ctx, struct region all, const struct list_row *row, int above)
{
    struct plan_view *p = ctx;
    const struct plan_line *l = plan_view_line(p, row->row);
    struct arena *a = canvas_arena(all.canvas);
    struct region r = region_sub(all, above, 0, 1, all.cols);
    if (above)
        draw_section_head(p, all, 0, l->row->risk);
    tree_draw_mark(&p->tree, r, 2, tree_node_at(&p->tree, row->row));
    if (l->field)
        draw_field(r, l->field);
    else
        draw_object(p, r, l->row);
    struct text t = detail(a, l);
    bool loud =
        l->field ? l->field->choice == LEEWAY_CHOICE_OPEN : l->row->action == LEEWAY_ACTION_ERROR;
    int col = l->field && OBJECT_COL < all.cols / 4 ? OBJECT_COL + 4
              : all.cols < 60                       ? 6
                                                    : OBJECT_COL;
    if (t.len)
        draw_cut(all, above + 1, col, all.cols - col - 1, t, loud ? ROLE_TEXT_STRONG : ROLE_TEXT,
                 TEXT_CUT_END);
}

void plan_view_draw_rows(struct plan_view *p, struct region r)
{
    if (p->lines.len)
        tall_draw(&p->tree.list, r, height, draw_line, p);
    else
        draw_wrapped(r, 1, 4, r.cols - 8, 2,
                     TEXT("Nothing would change: everything is as this plan wants it."), ROLE_TEXT);
}
