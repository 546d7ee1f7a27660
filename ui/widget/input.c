// SPDX-License-Identifier: Apache-2.0
#include "widget/input.h"

#include "canvas/spoken.h"

#include <string.h>

void input_set(struct input *in, struct text t)
{
    uint32_t got, n = t.len;
    if (n > INPUT_MAX)
        n = text_prefix(t, INPUT_MAX / 8, &got);
    memcpy(in->s, t.str, n);
    in->len = in->cursor = n;
    in->s[n] = '\0';
}

struct text input_text(const struct input *in, struct arena *a)
{
    return text_clean(a, in->s, in->len);
}

static uint32_t cell_before(const struct input *in)
{
    uint32_t at = 0, before = 0;
    while (at < in->cursor) {
        int w;
        before = at;
        at += text_next_cell(in->s + at, in->len - at, 1, &w);
    }
    return before;
}

static uint32_t cell_after(const struct input *in)
{
    int w;
    return in->cursor + text_next_cell(in->s + in->cursor, in->len - in->cursor, 1, &w);
}

static void erase(struct input *in, uint32_t from, uint32_t to)
{
    memmove(in->s + from, in->s + to, in->len - to + 1);
    in->len -= to - from;
    in->cursor = from;
}

static unsigned insert(struct input *in, const char *s, uint32_t n)
{
    if (in->len + n > INPUT_MAX)
        return VIEW_DONE;
    memmove(in->s + in->cursor + n, in->s + in->cursor, in->len - in->cursor + 1);
    memcpy(in->s + in->cursor, s, n);
    in->len += n;
    in->cursor += n;
    return VIEW_REDRAW;
}

unsigned input_paste(struct input *in, struct text cleaned)
{
    return insert(in, cleaned.str, cleaned.len);
}

static uint32_t word_start(const struct input *in)
{
    uint32_t at = in->cursor;
    while (at > 0 && in->s[at - 1] == ' ')
        at--;
    while (at > 0 && in->s[at - 1] != ' ')
        at--;
    return at;
}

static unsigned go(struct input *in, uint32_t to)
{
    bool moved = in->cursor != to;
    in->cursor = to;
    return moved ? VIEW_REDRAW : VIEW_DONE;
}

static unsigned cut(struct input *in, uint32_t from, uint32_t to)
{
    if (from == to)
        return VIEW_DONE;
    erase(in, from, to);
    return VIEW_REDRAW;
}

static unsigned ctrl_key(struct input *in, uint32_t code)
{
    switch (code) {
    case 'a':
        return go(in, 0);
    case 'e':
        return go(in, in->len);
    case 'u':
        return cut(in, 0, in->cursor);
    case 'k':
        return cut(in, in->cursor, in->len);
    case 'w':
        return cut(in, word_start(in), in->cursor);
    default:
        return 0;
    }
}

unsigned input_key(struct input *in, struct key k)
{
    if (k.mods == MOD_CTRL)
        return ctrl_key(in, k.code);
    if (key_is_text(k)) {
        struct arena a;
        char name[KEY_NAME_LEN];
        key_label(k, name);
        arena_init(&a);
        struct text t = k.code == ' ' ? TEXT(" ") : text_cstr(&a, name);
        unsigned done = insert(in, t.str, t.len);
        arena_clear(&a);
        return done;
    }
    if (k.mods)
        return 0;
    switch (k.code) {
    case KEYCODE_LEFT:
        return go(in, cell_before(in));
    case KEYCODE_RIGHT:
        return go(in, cell_after(in));
    case KEYCODE_HOME:
        return go(in, 0);
    case KEYCODE_END:
        return go(in, in->len);
    case KEYCODE_BACKSPACE:
        return cut(in, cell_before(in), in->cursor);
    case KEYCODE_DELETE:
        return cut(in, in->cursor, cell_after(in));
    default:
        return 0;
    }
}

void input_draw(const struct input *in, struct region r, int row, int col, int cols, bool focus)
{
    struct arena *a = canvas_arena(r.canvas);
    struct region field = region_sub(r, row, col, 1, cols);
    struct text all = input_text(in, a);
    if (canvas_is_spoken(r.canvas)) {
        draw_text(field, 0, 0, all.len ? all : TEXT("empty"), ROLE_INPUT);
        return;
    }
    struct text left = text_part(a, all, 0, in->cursor);
    int before = canvas_cols(r.canvas, left);
    int shift = before >= cols ? before - cols + 1 : 0; /* the cursor is always seen */
    enum role role = focus ? ROLE_INPUT_FOCUS : ROLE_INPUT;
    int total = canvas_cols(r.canvas, all);
    draw_text(field, 0, -shift, all, role);
    for (int i = total - shift; i < cols; i++)
        draw_text(field, 0, i, TEXT("_"), role);
    if (focus)
        canvas_park(field, 0, before - shift);
}
