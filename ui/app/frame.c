// SPDX-License-Identifier: Apache-2.0
/*
 * One frame: row 0 is path, badges and totals; then the view; the last row but one is the message
 * and the last the keys that work here and now. Dialogs lie over a dim screen.
 */
#include "app/app_int.h"

#include <string.h>

#define MESSAGE_ROW_FROM 14   /* fewer rows: the message takes the keys' row */
#define DESCRIBE_FROM 20      /* fewer rows: no words about what is under the cursor */
#define PREVIEW_FROM 110      /* columns: a pane of 38 */
#define PREVIEW_WIDE_FROM 160 /* a pane of 60 */
#define PATH_MAX_PARTS 8

bool app_too_small(const struct app *a)
{
    return canvas_rows(a->canvas) < MIN_ROWS || canvas_width(a->canvas) < MIN_COLS;
}

static void draw_notice(struct app *a, struct region r)
{
    struct arena *arena = canvas_arena(a->canvas);
    struct text t = text_fmt(arena,
                             "leeway needs %d x %d, this window is %d x %d. Make it larger, "
                             "or q to close.",
                             MIN_COLS, MIN_ROWS, canvas_width(a->canvas), canvas_rows(a->canvas));
    int top = r.rows > 2;
    int margin = r.cols > 20;
    top += draw_wrapped(r, top, margin, r.cols - margin, r.rows - top, t, ROLE_TEXT);
    if (a->notice && top < r.rows)
        a->notice(a, region_sub(r, top, margin, r.rows - top, r.cols - margin));
}

static int draw_path(struct app *a, struct view *v, struct region row)
{
    struct arena *arena = canvas_arena(a->canvas);
    struct text parts[PATH_MAX_PARTS] = {text_cstr(arena, a->fleet)};
    size_t n = 1;
    if (v->ops->path)
        n += v->ops->path(v, a, arena, parts + 1, PATH_MAX_PARTS - 1);
    struct text sep = canvas_glyph(a->canvas, GLYPH_PATH);
    int col = 1;
    for (size_t i = 0; i < n; i++) {
        bool here = i + 1 == n;
        col += draw_cut(row, 0, col, row.cols - col, parts[i], here ? ROLE_PATH_HERE : ROLE_PATH,
                        TEXT_CUT_END);
        if (!here) {
            col += draw_text(row, 0, col + 1, sep, ROLE_PATH);
            col += 2;
        }
    }
    return col;
}

static void draw_row0(struct app *a, struct view *v, struct region row)
{
    struct arena *arena = canvas_arena(a->canvas);
    int col = draw_path(a, v, row);
    if (a->read_only)
        col += 1 + draw_text(row, 0, col + 1, a->spectator ? TEXT("[RO spectator]") : TEXT("[RO]"),
                             ROLE_BADGE_RO);
    if (a->paused) {
        struct text since = a->zone ? zone_clock(arena, a->zone, a->paused_at_ms) : TEXT_NONE;
        struct text badge = text_fmt(arena, "[PAUSED%s%s]", since.len ? " " : "", since.str);
        col += 1 + draw_text(row, 0, col + 1, badge, ROLE_BADGE_PAUSED);
    }
    if (v->ops->totals && col + 2 < row.cols)
        v->ops->totals(v, a, region_sub(row, 0, col + 2, 1, row.cols - col - 2));
}

static const struct message *shown_message(struct app *a)
{
    for (size_t i = 0; a->shown_uid && i < message_log_len(a->messages); i++)
        if (message_log_at(a->messages, i)->uid == a->shown_uid)
            return message_log_at(a->messages, i);
    return NULL;
}

static bool draw_message(struct app *a, struct region row)
{
    const struct message *m = shown_message(a);
    struct arena *arena = canvas_arena(a->canvas);
    if (!m || row.rows < 1)
        return false;
    int col = 1;
    bool stays = message_stays(m->kind);
    draw_fill(row, 0, 0, row.cols, ROLE_MESSAGE);
    if (stays)
        col += 1 + draw_glyph(row, 0, col, message_glyph(m->kind), message_role(m->kind));
    struct text t = m->what;
    if (!text_equal(m->where, TEXT("console")) && m->where.len)
        t = text_fmt(arena, "%s%s%s: %s", a->zone ? zone_clock(arena, a->zone, m->wall_ms).str : "",
                     a->zone ? " " : "", m->where.str, m->what.str);
    draw_cut(row, 0, col, row.cols - col - 1, t, stays ? ROLE_MESSAGE_ERROR : ROLE_MESSAGE,
             TEXT_CUT_END);
    return true;
}

static int hint_cols(struct app *a, const struct view_hint *h, const char *key)
{
    struct arena *arena = canvas_arena(a->canvas);
    const char *word = h->word ? h->word : command_info(h->command)->name;
    return canvas_cols(a->canvas, text_fmt(arena, "%s %s", key, word));
}

static int draw_hint(struct app *a, struct region row, int col, const struct view_hint *h,
                     const char *key)
{
    struct arena *arena = canvas_arena(a->canvas);
    int from = col;
    col += draw_text(row, 0, col, text_cstr(arena, key), ROLE_KEY);
    const char *word = h->word ? h->word : command_info(h->command)->name;
    col += 1 + draw_text(row, 0, col + 1, text_cstr(arena, word), ROLE_HINT);
    return col - from;
}

static void draw_hints(struct app *a, struct view *v, struct region row)
{
    static const struct view_hint help = {CMD_HELP, "help"};
    char key[KEY_NAME_LEN];
    struct arena *arena = canvas_arena(a->canvas);
    keymap_first(&a->keymap, CMD_HELP, key);
    bool with_help = v->ops->place == PLACE_SCREEN;
    int tail = with_help ? hint_cols(a, &help, key) + 3 : 1, col = 1;
    draw_fill(row, 0, 0, row.cols, ROLE_HINT);
    for (const struct view_hint *h = v->ops->hints; h && h->command != CMD_NONE; h++) {
        bool screen = v->ops->place == PLACE_SCREEN;
        if (screen && h->command != CMD_HELP &&
            !(command_info(h->command)->flags & (CMD_EVERYWHERE | CMD_MOVE)) && v->ops->why_not &&
            v->ops->why_not(v, a, h->command, arena))
            continue;
        if (v->ops->field)
            keymap_first_in_field(&a->keymap, h->command, key);
        else
            keymap_first(&a->keymap, h->command, key);
        if (!key[0] || col + hint_cols(a, h, key) + tail > row.cols)
            continue;
        col += draw_hint(a, row, col, h, key) + 2;
    }
    keymap_first(&a->keymap, CMD_HELP, key);
    if (with_help && key[0])
        draw_hint(a, row, col, &help, key);
}

/* The part between row 0 and the message row. */
static void draw_body(struct app *a, struct view *v, struct region body)
{
    const struct view_ops *ops = v->ops;
    if (ops->preview && body.cols >= PREVIEW_FROM) {
        int left = body.cols - (body.cols >= PREVIEW_WIDE_FROM ? 62 : 40);
        draw_edge(body, 0, left, body.rows);
        ops->draw(v, a, region_sub(body, 0, 0, body.rows, left - 1));
        ops->preview(v, a, region_sub(body, 0, left + 1, body.rows, body.cols - left - 1));
        return;
    }
    int words = ops->describe && canvas_rows(a->canvas) >= DESCRIBE_FROM ? ops->describe_rows : 0;
    int list = body.rows - (words ? words + 1 : 0);
    ops->draw(v, a, region_sub(body, 0, 0, list, body.cols));
    if (words)
        ops->describe(v, a, region_sub(body, list + 1, 0, words, body.cols));
}

static void draw_stack(struct app *a, struct region all)
{
    struct view *screen = app_screen(a), *top = app_top(a);
    if (!top)
        return;
    bool message_row = all.rows >= MESSAGE_ROW_FROM;
    struct region body = region_sub(all, 1, 0, all.rows - (message_row ? 3 : 2), all.cols);
    struct region keys = region_sub(all, all.rows - 1, 0, 1, all.cols);
    struct region message = message_row ? region_sub(all, all.rows - 2, 0, 1, all.cols) : keys;
    if (screen) {
        draw_row0(a, screen, region_sub(all, 0, 0, 1, all.cols));
        draw_body(a, screen, body);
    }
    if (message_row)
        draw_message(a, message);
    bool over = false;
    for (size_t i = 0; i < a->stack.len; i++)
        if (a->stack.items[i]->ops->place == PLACE_SCREEN)
            over = false;
        else
            over |= a->stack.items[i]->ops->place == PLACE_DIALOG;
    if (over)
        draw_dim(all);
    draw_hints(a, top, keys);
    if (!message_row)
        draw_message(a, keys);
    if (over || top->ops->place == PLACE_PROMPT)
        canvas_unpark(a->canvas);
    for (size_t i = 0; i < a->stack.len; i++) {
        struct view *v = a->stack.items[i];
        if (v->ops->place == PLACE_DIALOG)
            v->ops->draw(v, a, region_sub(all, 0, 0, all.rows - 1, all.cols));
        else if (v->ops->place == PLACE_PROMPT)
            v->ops->draw(v, a, message);
    }
}

void app_draw_frame(struct app *a)
{
    canvas_clear(a->canvas);
    struct region all = canvas_all(a->canvas);
    if (app_too_small(a)) {
        draw_notice(a, all);
        return;
    }
    bool guided = a->guide.steps && all.rows > MIN_ROWS;
    draw_stack(a, region_sub(all, 0, 0, all.rows - guided, all.cols));
    if (a->guide.steps)
        guide_look(a);
    if (guided)
        guide_draw(a, region_sub(all, all.rows - 1, 0, 1, all.cols));
}
