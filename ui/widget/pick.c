// SPDX-License-Identifier: Apache-2.0
#include "widget/pick.h"

#include "base/mem.h"
#include "base/vec.h"
#include "widget/finder.h"
#include "widget/fuzzy.h"

#include <string.h>

#define BOX_COLS 72
#define BOX_ROWS 18
#define LABEL_MAX 40

struct pick {
    struct view view;
    struct arena arena;
    struct pick_spec spec; /* title is in arena */
    VEC(struct pick_item) rows;
    struct finder finder;
    int label_cols;
};

static void pick_free(struct view *v)
{
    struct pick *p = (struct pick *)v;
    arena_clear(&p->arena);
    vec_clear(&p->rows);
    finder_clear(&p->finder);
    mem_free(p);
}

/* A short name that is what was typed comes first, then names that begin with it. */
static bool matches(void *ctx, size_t row, struct text want, int *score)
{
    const struct pick_item *item = &((struct pick *)ctx)->rows.items[row];
    struct fuzzy f;
    if (!want.len)
        return true;
    bool found = fuzzy_match(want, item->label, &f);
    if (found)
        *score = f.score;
    if (found && strncmp(item->label.str, want.str, want.len) == 0)
        *score += 1000 - (int)(item->label.len < 500 ? item->label.len : 500);
    for (const char *s = item->also.str; *s;) {
        size_t n = strcspn(s, ",");
        if (n == want.len && memcmp(s, want.str, n) == 0) {
            *score += 5000;
            found = true;
        }
        s += n + (s[n] == ',');
    }
    return found;
}

static void update(struct pick *p)
{
    finder_update(&p->finder, p->rows.len, matches, p);
    if (!p->finder.input.len)
        list_go(&p->finder.list, p->spec.at);
}

static void draw_row(void *ctx, struct region r, const struct list_row *at)
{
    struct pick *p = ctx;
    const struct pick_item *i = &p->rows.items[finder_row(at)];
    draw_cut(r, 0, 2, p->label_cols, i->label, ROLE_DIALOG, TEXT_CUT_END);
    int note = p->label_cols + 4;
    draw_cut(r, 0, note, r.cols - note - 1, i->note, ROLE_TEXT_DIM, TEXT_CUT_END);
}

static void pick_draw(struct view *v, struct app *a, struct region all)
{
    struct pick *p = (struct pick *)v;
    int want = (int)p->rows.len + 4 < BOX_ROWS ? (int)p->rows.len + 4 : BOX_ROWS;
    bool small = all.cols < BOX_COLS + 4 || all.rows < want + 2;
    struct region in = draw_box(small ? all : region_centre(all, want < 8 ? 8 : want, BOX_COLS),
                                p->spec.title, ROLE_DIALOG);
    struct text hint = text_cstr(canvas_arena(all.canvas), p->spec.hint);
    finder_draw_field(&p->finder, region_sub(in, 0, 1, 1, in.cols - 2), "/", hint, in.cols / 2);
    finder_draw_rows(&p->finder, region_sub(in, 2, 0, in.rows - 2, in.cols), draw_row, p,
                     p->spec.free_text ? TEXT("Enter takes it as it is typed")
                                       : TEXT("nothing by that name"));
}

static bool take(struct pick *p, struct app *a)
{
    struct pick_spec spec = p->spec;
    size_t row = finder_here(&p->finder);
    if (row == FINDER_NONE && !(spec.free_text && p->finder.input.len))
        return false;
    struct arena arena;
    arena_init(&arena);
    const struct pick_item *x = row == FINDER_NONE ? NULL : &p->rows.items[row];
    struct text typed =
        text_dup(&arena, x && spec.label_is_answer  ? x->label
                         : x && spec.note_is_answer ? x->note
                                                    : input_text(&p->finder.input, &arena));
    app_close(a, &p->view); /* what follows is done to the screen below */
    spec.fn(a, spec.owner, row, typed);
    arena_clear(&arena);
    return true;
}

static unsigned pick_command(struct view *v, struct app *a, enum command c)
{
    struct pick *p = (struct pick *)v;
    if (c == CMD_OPEN) {
        take(p, a);
        return VIEW_DONE;
    }
    return list_command(&p->finder.list, c);
}

static unsigned pick_key(struct view *v, struct app *a, struct key k)
{
    struct pick *p = (struct pick *)v;
    unsigned effects = input_key(&p->finder.input, k);
    if (effects & VIEW_REDRAW)
        update(p);
    return effects;
}

static unsigned pick_paste(struct view *v, struct app *a, struct text cleaned)
{
    struct pick *p = (struct pick *)v;
    unsigned effects = input_paste(&p->finder.input, cleaned);
    update(p);
    return effects;
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "choose"}, {CMD_UP, "Down move"}, {CMD_BACK, "leave it"}, {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "pick",
    .place = PLACE_DIALOG,
    .field = true,
    .hints = hints,
    .free = pick_free,
    .draw = pick_draw,
    .command = pick_command,
    .key = pick_key,
    .paste = pick_paste,
};

struct view *pick_new(const struct pick_spec *spec)
{
    struct pick *p = mem_new(struct pick);
    p->view.ops = &ops;
    p->spec = *spec;
    arena_init(&p->arena);
    finder_init(&p->finder);
    p->spec.title = text_dup(&p->arena, spec->title);
    p->label_cols = 8;
    for (size_t i = 0; i < spec->n_items; i++) {
        const struct pick_item *x = &spec->items[i];
        vec_push(&p->rows,
                 (struct pick_item){text_dup(&p->arena, x->label), text_dup(&p->arena, x->also),
                                    text_dup(&p->arena, x->note)});
        if ((int)x->label.cols > p->label_cols)
            p->label_cols = (int)x->label.cols < LABEL_MAX ? (int)x->label.cols : LABEL_MAX;
    }
    update(p);
    return &p->view;
}

/* ---- line by line ---- */

struct pick_spec pick_read(const struct view *v)
{
    const struct pick *p = (const struct pick *)v;
    struct pick_spec spec = p->spec;
    spec.items = p->rows.items;
    spec.n_items = p->rows.len;
    return spec;
}

size_t pick_search(struct view *v, struct text typed)
{
    struct pick *p = (struct pick *)v;
    input_set(&p->finder.input, typed);
    update(p);
    size_t row = finder_here(&p->finder);
    return row == FINDER_NONE ? SIZE_MAX : row;
}

bool pick_take(struct view *v, struct app *a)
{
    return take((struct pick *)v, a);
}
