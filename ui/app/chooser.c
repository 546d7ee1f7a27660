// SPDX-License-Identifier: Apache-2.0
#include "app/chooser.h"

#include "base/mem.h"
#include "base/vec.h"
#include "widget/finder.h"
#include "widget/fuzzy.h"

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
};

struct palette { /* the chooser itself, as sources see it */
    struct view view;
    enum mode mode;
    struct arena arena;
    VEC(struct row) rows;
    struct finder finder;
    struct text title;
};

static void chooser_free(struct view *v)
{
    struct palette *p = (struct palette *)v;
    arena_clear(&p->arena);
    vec_clear(&p->rows);
    finder_clear(&p->finder);
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
}

/* ---- matching ---- */

enum { WAY = 5 };

/* Only the palette puts the best first: the others keep their order. */
static bool matches(void *ctx, size_t row, struct text want, int *score)
{
    struct palette *p = ctx;
    struct row *r = &p->rows.items[row];
    if (r->heading)
        return want.len == 0;
    if (p->mode == COMMAND_LINE) {
        r->match.n_hits = 0;
        return r->label.len >= want.len && memcmp(r->label.str, want.str, want.len) == 0;
    }
    if (fuzzy_match(want, r->label, &r->match)) {
        bool way = r->key.len && r->run; /* to the thing itself comes before what is done to it */
        *score = p->mode == PALETTE ? r->match.score - (way ? WAY : 0) : 0;
        return true;
    }
    struct fuzzy note;
    bool found = p->mode == HELP && fuzzy_match(want, r->note, &note);
    r->match = (struct fuzzy){0};
    return found;
}

static void update(struct palette *p)
{
    finder_update(&p->finder, p->rows.len, matches, p);
    size_t here = finder_here(&p->finder);
    if (here != FINDER_NONE && p->rows.items[here].heading)
        list_go(&p->finder.list, 1);
}

/* ---- drawing ---- */

static void draw_row(void *ctx, struct region r, const struct list_row *at)
{
    struct palette *p = ctx;
    const struct row *row = &p->rows.items[finder_row(at)];
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
    struct text hint = TEXT_NONE;
    if (p->mode == HELP && in.cols >= 60)
        hint = TEXT("type to find a key or a command");
    finder_draw_field(&p->finder, region_sub(in, 0, 1, 1, in.cols - 2),
                      p->mode == COMMAND_LINE ? ":" : "/", hint, in.cols - 2 - 25);
    finder_draw_rows(&p->finder, region_sub(in, 2, 0, in.rows - 2, in.cols), draw_row, p,
                     p->mode == COMMAND_LINE && p->finder.input.len
                         ? TEXT("no command; Enter lists the kind of that name")
                         : TEXT("nothing by that name"));
}

/* ---- keys ---- */

static void run_row(struct palette *p, struct app *a)
{
    size_t here = finder_here(&p->finder);
    if (here == FINDER_NONE)
        return;
    struct row r = p->rows.items[here];
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
    struct text line = text_dup(&arena, input_text(&p->finder.input, &arena));
    app_close(a, &p->view);
    if (!app_line(a, line))
        app_error(a, "%s: there is no command of that name", line.str);
    arena_clear(&arena);
}

static bool is_row(void *ctx, size_t at)
{
    struct palette *p = ctx;
    return !p->rows.items[p->finder.shown.items[at]].heading;
}

static unsigned chooser_command(struct view *v, struct app *a, enum command c)
{
    struct palette *p = (struct palette *)v;
    if (c == CMD_OPEN) {
        if (p->mode == COMMAND_LINE && !p->finder.shown.len && p->finder.input.len)
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
    if (c == CMD_NEXT_TAB && finder_here(&p->finder) != FINDER_NONE) {
        input_set(&p->finder.input, p->rows.items[finder_here(&p->finder)].label);
        update(p);
        return VIEW_REDRAW;
    }
    if (c == CMD_UP || c == CMD_DOWN)
        return list_seek(&p->finder.list, c == CMD_UP ? -1 : 1, is_row, p) ? VIEW_REDRAW
                                                                           : VIEW_DONE;
    return list_command(&p->finder.list, c);
}

static unsigned chooser_key(struct view *v, struct app *a, struct key k)
{
    struct palette *p = (struct palette *)v;
    unsigned effects = input_key(&p->finder.input, k);
    if (effects & VIEW_REDRAW)
        update(p);
    return effects;
}

static unsigned chooser_paste(struct view *v, struct app *a, struct text cleaned)
{
    struct palette *p = (struct palette *)v;
    unsigned effects = input_paste(&p->finder.input, cleaned);
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
    finder_init(&p->finder);
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
