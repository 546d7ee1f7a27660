// SPDX-License-Identifier: Apache-2.0
#include "app/prompt.h"

#include "base/mem.h"
#include "widget/input.h"

struct prompt {
    struct view view;
    struct input input;
    struct arena arena;
};

static void prompt_free(struct view *v)
{
    struct prompt *p = (struct prompt *)v;
    arena_clear(&p->arena);
    mem_free(p);
}

static void prompt_draw(struct view *v, struct app *a, struct region r)
{
    struct prompt *p = (struct prompt *)v;
    draw_fill(r, 0, 0, r.cols, ROLE_TEXT);
    draw_text(r, 0, 1, TEXT("/"), ROLE_KEY);
    input_draw(&p->input, r, 0, 2, r.cols - 3, true);
}

static void tell(struct prompt *p, struct app *a, bool done)
{
    struct view *screen = app_screen(a);
    arena_reset(&p->arena);
    if (screen && screen->ops->filter)
        screen->ops->filter(screen, a, input_text(&p->input, &p->arena), done);
}

static unsigned prompt_key(struct view *v, struct app *a, struct key k)
{
    struct prompt *p = (struct prompt *)v;
    if (k.code == KEYCODE_ENTER) {
        tell(p, a, true);
        return VIEW_CLOSE;
    }
    if (k.code == KEYCODE_ESC || key_equal(k, (struct key){'c', MOD_CTRL})) {
        input_set(&p->input, TEXT_NONE);
        tell(p, a, true);
        return VIEW_CLOSE;
    }
    unsigned effects = input_key(&p->input, k);
    if (effects & VIEW_REDRAW)
        tell(p, a, false);
    return effects;
}

static unsigned prompt_paste(struct view *v, struct app *a, struct text cleaned)
{
    struct prompt *p = (struct prompt *)v;
    unsigned effects = input_paste(&p->input, cleaned);
    tell(p, a, false);
    return effects;
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "keep the filter"}, {CMD_BACK, "clear it"}, {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "filter",
    .place = PLACE_PROMPT,
    .field = true,
    .hints = hints,
    .free = prompt_free,
    .draw = prompt_draw,
    .key = prompt_key,
    .paste = prompt_paste,
};

struct view *prompt_filter_new(struct app *a, struct text text)
{
    struct prompt *p = mem_new(struct prompt);
    p->view.ops = &ops;
    arena_init(&p->arena);
    input_set(&p->input, text);
    return &p->view;
}
