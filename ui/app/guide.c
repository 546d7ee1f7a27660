// SPDX-License-Identifier: Apache-2.0
#include "app/guide.h"

#include "app/app_int.h"
#include "widget/dialog.h"

#include <string.h>

enum { GO_ON, SKIP, BACK, END };

static const struct guide_step *step_now(const struct app *a)
{
    return a->guide.at < a->guide.n ? &a->guide.steps[a->guide.at] : NULL;
}

static void go_to(struct app *a, size_t at)
{
    a->guide.at = at;
    a->dirty = true;
    if (step_now(a) && a->guide.fn)
        a->guide.fn(a->guide.ctx, step_now(a));
}

void app_set_guide(struct app *a, const struct guide_step *steps, size_t n, guide_fn *fn, void *ctx)
{
    a->guide = (struct guide){.steps = steps, .n = n, .fn = fn, .ctx = ctx};
    go_to(a, 0);
}

/* All of the words, with | between, are on the screen. */
static bool is_seen(const char *screen, const char *words)
{
    char part[128];
    while (*words) {
        size_t n = strcspn(words, "|");
        if (n >= sizeof(part))
            return false;
        memcpy(part, words, n);
        part[n] = '\0';
        if (!strstr(screen, part))
            return false;
        words += n + (words[n] == '|');
    }
    return true;
}

void guide_look(struct app *a)
{
    struct buf screen;
    if (!step_now(a))
        return;
    buf_init(&screen, BUF_LARGE);
    if (canvas_dump(a->canvas, &screen) == 0 && is_seen(buf_str(&screen), step_now(a)->see))
        go_to(a, a->guide.at + 1);
    buf_clear(&screen);
}

void guide_draw(struct app *a, struct region row)
{
    struct arena *arena = canvas_arena(a->canvas);
    const struct guide_step *s = step_now(a);
    char key[KEY_NAME_LEN];
    keymap_first(&a->keymap, CMD_GUIDE, key);
    struct text where = text_fmt(arena, "%zu/%zu", a->guide.at + (s != NULL), a->guide.n);
    struct text what = s ? text_cstr(arena, s->say)
                         : text_fmt(arena, "That was all of it. %s ends the guide.", key);
    draw_fill(row, 0, 0, row.cols, ROLE_BADGE_RO);
    int col = 1 + draw_text(row, 0, 1, where, ROLE_BADGE_RO) + 1;
    draw_cut(row, 0, col, row.cols - col - 1, what, ROLE_BADGE_RO, TEXT_CUT_END);
    if (row.cols - col - 1 > (int)what.cols + (int)strlen(key) + 8)
        draw_right(row, 0, row.cols - 1, 24, text_fmt(arena, "%s skip", key), ROLE_BADGE_RO);
}

static void chosen(struct app *a, void *ctx, int button)
{
    if (!a)
        return;
    if (button == SKIP && step_now(a))
        go_to(a, a->guide.at + 1);
    if (button == BACK && a->guide.at)
        go_to(a, a->guide.at - 1);
    if (button == END)
        a->guide = (struct guide){0};
    a->dirty = true;
}

struct view *guide_dialog(struct app *a)
{
    struct arena arena;
    const struct guide_step *s = step_now(a);
    arena_init(&arena);
    const struct text lines[] = {
        s ? text_fmt(&arena, "%zu of %zu. %s", a->guide.at + 1, a->guide.n, s->say)
          : TEXT("Every step was gone through."),
        TEXT("It goes on by itself when it sees that on the screen. You may look"),
        TEXT("around meanwhile: nothing is locked."),
    };
    const struct dialog_button buttons[] = {{"Skip this step", s ? NULL : "it was the last"},
                                            {"Back a step", a->guide.at ? NULL : "the first"},
                                            {"End the guide", NULL}};
    const struct dialog_spec spec = {.title = TEXT("The guide"),
                                     .lines = lines,
                                     .n_lines = ARRAY_LEN(lines),
                                     .buttons = buttons,
                                     .n_buttons = ARRAY_LEN(buttons),
                                     .done = chosen};
    struct view *v = dialog_new(&spec);
    arena_clear(&arena);
    return v;
}
