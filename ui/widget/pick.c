// SPDX-License-Identifier: Apache-2.0
#include "widget/pick.h"

#include "base/mem.h"
#include "base/vec.h"
#include "widget/fuzzy.h"
#include "widget/input.h"
#include "widget/list.h"

#include <stdlib.h>
#include <string.h>

#define BOX_COLS 72
#define BOX_ROWS 18
#define LABEL_MAX 40

struct pick_row {
    struct pick_item item;
    int score;
};

struct pick {
    struct view view;
    struct arena arena;
    struct pick_spec spec; /* title is in arena */
    VEC(struct pick_row) rows;
    VEC(size_t) shown;
    struct input input;
    struct list list;
    int label_cols;
};

static void pick_free(struct view *v)
{
    struct pick *p = (struct pick *)v;
    arena_clear(&p->arena);
    vec_clear(&p->rows);
    vec_clear(&p->shown);
    list_clear(&p->list);
    mem_free(p);
}

static int by_score(const void *x, const void *y, void *ctx)
{
    const struct pick *p = ctx;
    size_t a = *(const size_t *)x, b = *(const size_t *)y;
    int order = p->rows.items[b].score - p->rows.items[a].score;
    return order ? order : (a > b) - (a < b);
}

/* A short name that is what was typed comes first, then names that begin with it. */
static bool matches(struct pick_row *r, struct text want)
{
    struct fuzzy f;
    r->score = 0;
    if (!want.len)
        return true;
    bool found = fuzzy_match(want, r->item.label, &f);
    if (found)
        r->score = f.score;
    if (found && strncmp(r->item.label.str, want.str, want.len) == 0)
        r->score += 1000 - (int)(r->item.label.len < 500 ? r->item.label.len : 500);
    for (const char *s = r->item.also.str; *s;) {
        size_t n = strcspn(s, ",");
        if (n == want.len && memcmp(s, want.str, n) == 0) {
            r->score += 5000;
            found = true;
        }
        s += n + (s[n] == ',');
    }
    return found;
}

static void update(struct pick *p)
{
    struct arena a;
    arena_init(&a);
    struct text want = input_text(&p->input, &a);
    p->shown.len = 0;
    for (size_t i = 0; i < p->rows.len; i++)
        if (matches(&p->rows.items[i], want))
            vec_push(&p->shown, i);
    if (p->shown.len && want.len)
        qsort_r(p->shown.items, p->shown.len, sizeof(*p->shown.items), by_score, p);
    uint64_t *uids = arena_array(&a, p->shown.len + 1, sizeof(*uids));
    for (size_t i = 0; i < p->shown.len; i++)
        uids[i] = p->shown.items[i] + 1;
    p->list.cursor_uid = 0;
    list_set(&p->list, uids, p->shown.len);
    list_go(&p->list, want.len ? 0 : p->spec.at);
    arena_clear(&a);
}

static void draw_row(void *ctx, struct region r, const struct list_row *at)
{
    struct pick *p = ctx;
    const struct pick_item *i = &p->rows.items[at->uid - 1].item;
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
    struct region field = region_sub(in, 0, 1, 1, in.cols - 2);
    int hint = p->spec.hint ? in.cols / 2 : 0;
    draw_text(field, 0, 0, TEXT("/"), ROLE_KEY);
    input_draw(&p->input, field, 0, 1, field.cols - 1 - hint, true);
    if (hint)
        draw_cut(field, 0, field.cols - hint + 1, hint - 1,
                 text_cstr(canvas_arena(all.canvas), p->spec.hint), ROLE_TEXT_DIM, TEXT_CUT_END);
    int row, col;
    canvas_parked(field.canvas, &row, &col);
    list_draw(&p->list, region_sub(in, 2, 0, in.rows - 2, in.cols), draw_row, p);
    if (p->shown.len == 0)
        draw_text(in, 2, 2,
                  p->spec.free_text ? TEXT("Enter takes it as it is typed")
                                    : TEXT("nothing by that name"),
                  ROLE_TEXT_DIM);
    canvas_park(canvas_all(field.canvas), row, col);
}

static bool take(struct pick *p, struct app *a)
{
    struct pick_spec spec = p->spec;
    uint64_t uid = list_uid(&p->list);
    if (!uid && !(spec.free_text && p->input.len))
        return false;
    struct arena arena;
    arena_init(&arena);
    struct text typed =
        text_dup(&arena, spec.label_is_answer && uid ? p->rows.items[uid - 1].item.label
                                                     : input_text(&p->input, &arena));
    app_close(a, &p->view); /* what follows is done to the screen below */
    spec.fn(a, spec.owner, uid ? (size_t)uid - 1 : SIZE_MAX, typed);
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
    return list_command(&p->list, c);
}

static unsigned pick_key(struct view *v, struct app *a, struct key k)
{
    struct pick *p = (struct pick *)v;
    unsigned effects = input_key(&p->input, k);
    if (effects & VIEW_REDRAW)
        update(p);
    return effects;
}

static unsigned pick_paste(struct view *v, struct app *a, struct text cleaned)
{
    struct pick *p = (struct pick *)v;
    unsigned effects = input_paste(&p->input, cleaned);
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
    list_init(&p->list);
    p->spec.title = text_dup(&p->arena, spec->title);
    p->label_cols = 8;
    for (size_t i = 0; i < spec->n_items; i++) {
        const struct pick_item *x = &spec->items[i];
        vec_push(&p->rows, (struct pick_row){.item = {text_dup(&p->arena, x->label),
                                                      text_dup(&p->arena, x->also),
                                                      text_dup(&p->arena, x->note)}});
        if ((int)x->label.cols > p->label_cols)
            p->label_cols = (int)x->label.cols < LABEL_MAX ? (int)x->label.cols : LABEL_MAX;
    }
    update(p);
    return &p->view;
}
