// SPDX-License-Identifier: Apache-2.0
#include "app/chooser.h"

#include "base/mem.h"
#include "base/vec.h"
#include "widget/fuzzy.h"
#include "widget/input.h"
#include "widget/list.h"

#include <stdlib.h>
#include <string.h>

#define BOX_COLS 72
#define KEY_COLS 8
#define ROWS_MAX 20000

enum mode { HELP, PALETTE, COMMAND_LINE };

struct row {
    struct text key, label, note;
    enum command command; /* CMD_NONE: run */
    bool off, heading;
    palette_run_fn *run;
    void *ctx;
    uint64_t arg;
    struct fuzzy match;
    size_t order;
};

struct palette { /* the chooser itself, as sources see it */
    struct view view;
    enum mode mode;
    struct arena arena;
    VEC(struct row) rows;
    VEC(size_t) shown; /* indexes of rows */
    struct input input;
    struct list list;
    struct text title;
};

static void chooser_free(struct view *v)
{
    struct palette *p = (struct palette *)v;
    arena_clear(&p->arena);
    vec_clear(&p->rows);
    vec_clear(&p->shown);
    list_clear(&p->list);
    mem_free(p);
}

/* ---- rows ---- */

void palette_add(struct palette *p, struct text key, struct text label, struct text note,
                 const char *why, palette_run_fn *run, void *ctx, uint64_t arg)
{
    if (p->rows.len >= ROWS_MAX)
        return;
    struct row r = {.key = text_dup(&p->arena, key), .label = text_dup(&p->arena, label)};
    r.note = why ? text_fmt(&p->arena, "not now: %s", why) : text_dup(&p->arena, note);
    r.off = why != NULL;
    r.run = run;
    r.ctx = ctx;
    r.arg = arg;
    vec_push(&p->rows, r);
}

static void add_heading(struct palette *p, struct text name)
{
    vec_push(&p->rows, (struct row){.label = name, .heading = true});
}

static void add_command(struct palette *p, struct app *a, enum command c, const char *why)
{
    char key[KEY_NAME_LEN];
    const struct command_info *info = command_info(c);
    struct row r = {.command = c, .off = why != NULL};
    r.key = text_cstr(&p->arena, keymap_first(app_keymap(a), c, key));
    r.label = text_cstr(&p->arena, info->name);
    r.note = text_cstr(&p->arena, why ? why : info->words);
    struct text wrong = app_key_note(a, c);
    if (wrong.len && p->mode == HELP)
        r.note = text_fmt(&p->arena, "X %s", wrong.str);
    vec_push(&p->rows, r);
}

enum section { HERE, NOT_NOW, EVERYWHERE };

static void add_section(struct palette *p, struct app *a, enum section s, struct text name)
{
    bool first = true;
    for (int c = 1; c < CMD_COUNT; c++) {
        const struct command_info *info = command_info((enum command)c);
        if (info->flags & CMD_MOVE)
            continue;
        bool everywhere = info->flags & CMD_EVERYWHERE;
        const char *why = app_why_not(a, (enum command)c, &p->arena);
        enum section mine = everywhere ? EVERYWHERE : why ? NOT_NOW : HERE;
        if (mine != s || why == VIEW_NOT_HERE)
            continue;
        if (first && p->mode == HELP)
            add_heading(p, name);
        first = false;
        add_command(p, a, (enum command)c, why);
    }
}

static void fill(struct palette *p, struct app *a)
{
    if (p->mode == PALETTE)
        app_fill_palette(a, p);
    add_section(p, a, HERE, TEXT("here"));
    add_section(p, a, NOT_NOW, TEXT("not here"));
    add_section(p, a, EVERYWHERE, TEXT("everywhere"));
    for (size_t i = 0; i < p->rows.len; i++)
        p->rows.items[i].order = i;
}

/* ---- matching ---- */

static bool matches(const struct palette *p, struct row *r, struct text want)
{
    if (r->heading)
        return want.len == 0;
    if (p->mode == COMMAND_LINE) {
        r->match.n_hits = 0;
        return r->label.len >= want.len && memcmp(r->label.str, want.str, want.len) == 0;
    }
    if (fuzzy_match(want, r->label, &r->match))
        return true;
    struct fuzzy note;
    bool found = p->mode == HELP && fuzzy_match(want, r->note, &note);
    r->match = (struct fuzzy){0};
    return found;
}

static int by_score(const void *x, const void *y, void *ctx)
{
    const struct palette *p = ctx;
    const struct row *a = &p->rows.items[*(const size_t *)x],
                     *b = &p->rows.items[*(const size_t *)y];
    if (a->match.score != b->match.score)
        return b->match.score - a->match.score;
    return (a->order > b->order) - (a->order < b->order);
}

static void update(struct palette *p)
{
    struct arena a;
    arena_init(&a);
    struct text want = input_text(&p->input, &a);
    p->shown.len = 0;
    for (size_t i = 0; i < p->rows.len; i++)
        if (matches(p, &p->rows.items[i], want))
            vec_push(&p->shown, i);
    if (p->mode == PALETTE && p->shown.len)
        qsort_r(p->shown.items, p->shown.len, sizeof(*p->shown.items), by_score, p);
    uint64_t *uids = arena_array(&a, p->shown.len + 1, sizeof(*uids));
    for (size_t i = 0; i < p->shown.len; i++)
        uids[i] = p->shown.items[i] + 1;
    p->list.cursor_uid = 0;
    list_set(&p->list, uids, p->shown.len);
    list_go(&p->list, 0);
    if (p->shown.len > 1 && p->rows.items[p->shown.items[0]].heading)
        list_go(&p->list, 1);
    arena_clear(&a);
}

/* ---- drawing ---- */

static void draw_row(void *ctx, struct region r, const struct list_row *at)
{
    struct palette *p = ctx;
    const struct row *row = &p->rows.items[at->uid - 1];
    if (row->heading) {
        draw_text(r, 0, 1, row->label, ROLE_HEAD);
        return;
    }
    enum role role = row->off ? ROLE_TEXT_DIM : ROLE_DIALOG;
    bool keys = p->mode != COMMAND_LINE;
    int label = keys ? 2 + KEY_COLS : 2, note = label + (p->mode == PALETTE ? 30 : 18);
    if (keys)
        draw_cut(r, 0, 2, KEY_COLS - 1, row->key, row->off ? role : ROLE_KEY, TEXT_CUT_END);
    draw_cut(r, 0, label, note - label - 1, row->label, role, TEXT_CUT_END);
    for (size_t i = 0; i < row->match.n_hits; i++) {
        struct text before = {row->label.str, row->match.hits[i], 0};
        for (uint32_t b = 0; b < before.len;) {
            int w;
            b += text_next_cell(before.str + b, before.len - b, 1, &w);
            before.cols += (uint32_t)w;
        }
        if (label + (int)before.cols < note - 1)
            draw_over(r, 0, label + (int)before.cols, 1, ROLE_MATCH);
    }
    draw_cut(r, 0, note, r.cols - note, row->note, row->off ? role : ROLE_TEXT_DIM, TEXT_CUT_END);
}

static void chooser_draw(struct view *v, struct app *a, struct region all)
{
    struct palette *p = (struct palette *)v;
    int want = p->mode == HELP ? 18 : 14;
    bool small = all.cols < 76 || all.rows < want + 2;
    struct region box = small ? all : region_centre(all, want, BOX_COLS);
    struct region in = draw_box(box, p->title, ROLE_DIALOG);
    struct region field = region_sub(in, 0, 1, 1, in.cols - 2);
    draw_text(field, 0, 0, p->mode == COMMAND_LINE ? TEXT(":") : TEXT("/"), ROLE_KEY);
    input_draw(&p->input, field, 0, 1, p->mode == HELP ? 24 : field.cols - 1, true);
    if (p->mode == HELP)
        draw_cut(field, 0, 27, field.cols - 27, TEXT("type to find a key or a command"),
                 ROLE_TEXT_DIM, TEXT_CUT_END);
    int row, col;
    canvas_parked(field.canvas, &row, &col);
    list_draw(&p->list, region_sub(in, 2, 0, in.rows - 2, in.cols), draw_row, p);
    if (p->shown.len == 0)
        draw_text(in, 2, 2,
                  p->mode == COMMAND_LINE && p->input.len
                      ? TEXT("no command; Enter lists the kind of that name")
                      : TEXT("nothing by that name"),
                  ROLE_TEXT_DIM);
    canvas_park(canvas_all(field.canvas), row, col);
}

/* ---- keys ---- */

static void run_row(struct palette *p, struct app *a)
{
    uint64_t uid = list_uid(&p->list);
    if (!uid)
        return;
    struct row r = p->rows.items[uid - 1];
    if (r.heading)
        return;
    /* the dialog goes first: what the row does is done to the screen below */
    app_close(a, &p->view);
    if (r.command)
        app_run_command(a, r.command);
    else if (r.run && !r.off)
        r.run(a, r.ctx, r.arg);
}

/* What is no command may be something to go to. */
static void run_line(struct palette *p, struct app *a)
{
    struct arena arena;
    arena_init(&arena);
    struct text line = text_dup(&arena, input_text(&p->input, &arena));
    app_close(a, &p->view);
    if (!app_line(a, line))
        app_error(a, "%s: there is no command of that name", line.str);
    arena_clear(&arena);
}

static bool is_row(void *ctx, size_t at)
{
    struct palette *p = ctx;
    return !p->rows.items[p->shown.items[at]].heading;
}

static unsigned chooser_command(struct view *v, struct app *a, enum command c)
{
    struct palette *p = (struct palette *)v;
    if (c == CMD_OPEN) {
        if (p->mode == COMMAND_LINE && !p->shown.len && p->input.len)
            run_line(p, a);
        else
            run_row(p, a);
        return VIEW_DONE;
    }
    if (c == CMD_EDITOR && p->mode == HELP) {
        app_close(a, v);
        if (!app_edit_keys(a))
            app_error(a, "there is no file of keys here");
        return VIEW_DONE;
    }
    if (c == CMD_NEXT_TAB && list_uid(&p->list)) {
        input_set(&p->input, p->rows.items[list_uid(&p->list) - 1].label);
        update(p);
        return VIEW_REDRAW;
    }
    if (c == CMD_UP || c == CMD_DOWN)
        return list_seek(&p->list, c == CMD_UP ? -1 : 1, is_row, p) ? VIEW_REDRAW : VIEW_DONE;
    return list_command(&p->list, c);
}

static unsigned chooser_key(struct view *v, struct app *a, struct key k)
{
    struct palette *p = (struct palette *)v;
    unsigned effects = input_key(&p->input, k);
    if (effects & VIEW_REDRAW)
        update(p);
    return effects;
}

static unsigned chooser_paste(struct view *v, struct app *a, struct text cleaned)
{
    struct palette *p = (struct palette *)v;
    unsigned effects = input_paste(&p->input, cleaned);
    update(p);
    return effects;
}

static const struct view_hint hints[] = {{CMD_OPEN, "run it"},
                                         {CMD_UP, "Down choose"},
                                         {CMD_NEXT_TAB, "complete"},
                                         {CMD_BACK, "close"},
                                         {CMD_NONE, NULL}};

static const struct view_hint help_hints[] = {{CMD_OPEN, "run it"},
                                              {CMD_UP, "Down choose"},
                                              {CMD_EDITOR, "your keys"},
                                              {CMD_BACK, "close"},
                                              {CMD_NONE, NULL}};

#define OPS(hints_)                                                                                \
    {                                                                                              \
        .name = "chooser", .place = PLACE_DIALOG, .field = true, .hints = (hints_),                \
        .free = chooser_free, .draw = chooser_draw, .command = chooser_command,                    \
        .key = chooser_key, .paste = chooser_paste                                                 \
    }
static const struct view_ops ops = OPS(hints), help_ops = OPS(help_hints);

bool chooser_is(const struct view *v)
{
    return v->ops == &ops || v->ops == &help_ops;
}

static struct view *make(struct app *a, enum mode mode, struct text title)
{
    struct palette *p = mem_new(struct palette);
    p->view.ops = mode == HELP ? &help_ops : &ops;
    p->mode = mode;
    p->title = title;
    arena_init(&p->arena);
    list_init(&p->list);
    fill(p, a);
    update(p);
    return &p->view;
}

struct view *chooser_help(struct app *a)
{
    struct view *screen = app_screen(a);
    struct view *v = make(a, HELP, TEXT("Help"));
    struct palette *p = (struct palette *)v;
    if (screen)
        p->title = text_fmt(&p->arena, "Help: %s", screen->ops->name);
    return v;
}

struct view *chooser_palette(struct app *a)
{
    return make(a, PALETTE, TEXT("Palette"));
}

struct view *chooser_command_line(struct app *a)
{
    return make(a, COMMAND_LINE, TEXT("Command"));
}
