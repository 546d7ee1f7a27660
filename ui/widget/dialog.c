// SPDX-License-Identifier: Apache-2.0
#include "widget/dialog.h"

#include "base/mem.h"
#include "widget/input.h"

#define DIALOG_COLS 72
#define LINES_MAX 40
#define LINE_ROWS_MAX 200 /* of one line, wrapped */

struct dialog {
    struct view view;
    struct arena arena;
    struct text title, lines[LINES_MAX], type_name;
    bool danger[LINES_MAX], protected_;
    size_t n_lines;
    struct text labels[DIALOG_BUTTONS_MAX], why_off[DIALOG_BUTTONS_MAX];
    int n_buttons, focus;
    int top, page, rows; /* of the lines: first row in view, rows in view, all, as last drawn */
    struct input input;
    dialog_done_fn *done;
    void *ctx;
};

static void dialog_free(struct view *v)
{
    struct dialog *d = (struct dialog *)v;
    if (d->done)
        d->done(NULL, d->ctx, 0);
    arena_clear(&d->arena);
    mem_free(d);
}

static bool name_matches(const struct dialog *d)
{
    struct text typed = {d->input.s, d->input.len, 0};
    return d->type_name.len == 0 || text_equal(typed, d->type_name);
}

/* NULL: the button can be pressed. */
static const char *off(const struct dialog *d, int button)
{
    if (button == 0)
        return NULL;
    if (d->why_off[button].len)
        return d->why_off[button].str;
    return button + 1 == d->n_buttons && !name_matches(d) ? "the name is not typed yet" : NULL;
}

static void draw_buttons(const struct dialog *d, struct region in, int row)
{
    struct arena *arena = canvas_arena(in.canvas);
    const char *why = NULL;
    int width = 0;
    for (int i = 0; i < d->n_buttons; i++)
        width += (int)d->labels[i].cols + 4 + (i ? 6 : 0);
    int gap = width <= in.cols ? 6 : 1;
    int col = width < in.cols ? (in.cols - width) / 2 : 0;
    for (int i = 0; i < d->n_buttons; i++) {
        const char *reason = off(d, i);
        enum role role = reason ? ROLE_BUTTON_OFF : i == d->focus ? ROLE_BUTTON_FOCUS : ROLE_BUTTON;
        if (reason && !why)
            why = reason;
        int used = draw_text(in, row, col, text_fmt(arena, "[ %s ]", d->labels[i].str), role);
        if (i == d->focus) {
            draw_over(in, row, col, used, ROLE_CURSOR);
            if (!d->type_name.len)
                canvas_park(in, row, col + 2);
        }
        col += used + gap;
    }
    if (why)
        draw_cut(in, row + 1, 1, in.cols - 2, text_cstr(arena, why), ROLE_TEXT_DIM, TEXT_CUT_END);
}

static bool any_off(const struct dialog *d)
{
    for (int i = 0; i < d->n_buttons; i++)
        if (off(d, i))
            return true;
    return false;
}

static int lines_rows(const struct dialog *d, struct canvas *c, int cols)
{
    struct arena *a = canvas_arena(c);
    struct text lines[LINE_ROWS_MAX];
    int rows = 0;
    for (size_t i = 0; i < d->n_lines; i++) {
        size_t n = text_wrap(a, face_text(a, canvas_face(c), d->lines[i]), (uint32_t)cols, lines,
                             LINE_ROWS_MAX, canvas_glyph(c, GLYPH_DOTS));
        rows += n ? (int)n : 1;
    }
    return rows;
}

/* The lines in room rows, and where they are more the last of these says which are seen. */
static int draw_lines(struct dialog *d, struct region in, int room, bool tight)
{
    struct region body = region_sub(in, 0, 0, room, in.cols);
    for (int pass = 0; pass < 2; pass++) {
        int row = -d->top;
        for (size_t i = 0; i < d->n_lines; i++) {
            if (tight && !d->lines[i].len)
                continue;
            int used = draw_wrapped(body, row, 1, in.cols - 2, LINE_ROWS_MAX, d->lines[i],
                                    d->danger[i] ? ROLE_DIALOG_DANGER : ROLE_DIALOG);
            row += used ? used : 1; /* an empty line takes its row */
        }
        d->rows = row + d->top;
        d->page = d->rows <= room ? room : room - 1;
        int last = d->rows > d->page ? d->rows - d->page : 0;
        if (d->top <= last)
            break;
        d->top = last; /* the window is larger than it was: once more */
        for (row = 0; row < body.rows; row++)
            draw_fill(body, row, 0, body.cols, ROLE_DIALOG);
    }
    if (d->rows <= room || room < 1)
        return d->rows < room ? d->rows : room;
    draw_fill(body, room - 1, 0, body.cols, ROLE_DIALOG);
    draw_cut(body, room - 1, 1, in.cols - 2,
             text_fmt(canvas_arena(in.canvas), "rows %d to %d of %d; Up and Down show the rest",
                      d->top + 1, d->top + d->page, d->rows),
             ROLE_TEXT_DIM, TEXT_CUT_END);
    return room;
}

static void dialog_draw(struct view *v, struct app *a, struct region all)
{
    struct dialog *d = (struct dialog *)v;
    bool field = d->type_name.len > 0;
    bool narrow = all.cols < DIALOG_COLS + 2;
    int cols = narrow ? all.cols : DIALOG_COLS;
    int rows = lines_rows(d, all.canvas, cols - 4) + (field ? 3 : 0) + 5;
    struct region box = narrow || all.rows < rows ? all : region_centre(all, rows, DIALOG_COLS);
    struct region in = draw_box(box, d->title, d->protected_ ? ROLE_DIALOG_DANGER : ROLE_DIALOG);
    bool tight = (int)box.rows < rows || box.cols < DIALOG_COLS; /* blank lines go first */
    int below = tight && !any_off(d) ? 1 : 2;
    int keep = below + (field ? 3 : 0); /* what must stay in view */
    int row = draw_lines(d, in, in.rows - keep, tight);
    if (field) {
        row += !tight;
        draw_cut(in, row++, 1, in.cols - 2, TEXT("Type the name. It is possible when it matches."),
                 ROLE_DIALOG, TEXT_CUT_END);
        input_draw(&d->input, in, row++, 1, in.cols / 2, true);
    }
    draw_buttons(d, in, in.rows - below);
}

static unsigned press(struct dialog *d, struct app *a)
{
    int button = d->focus;
    if (off(d, button))
        return VIEW_DONE;
    dialog_done_fn *done = d->done;
    void *ctx = d->ctx;
    d->done = NULL;
    app_close(a, &d->view);
    if (done)
        done(a, ctx, button);
    return VIEW_DONE;
}

static unsigned move_focus(struct dialog *d, int step)
{
    int to = d->focus + step;
    if (to < 0 || to >= d->n_buttons)
        to = to < 0 ? d->n_buttons - 1 : 0;
    d->focus = to;
    return VIEW_REDRAW;
}

static unsigned scroll(struct dialog *d, enum command c)
{
    int by = c == CMD_UP ? -1 : c == CMD_DOWN ? 1 : c == CMD_PAGE_UP ? -d->page : d->page;
    int last = d->rows > d->page ? d->rows - d->page : 0, to = d->top + by;
    to = to < 0 ? 0 : to > last ? last : to;
    if (to == d->top)
        return VIEW_DONE;
    d->top = to;
    return VIEW_REDRAW;
}

static unsigned dialog_command(struct view *v, struct app *a, enum command c)
{
    struct dialog *d = (struct dialog *)v;
    switch (c) {
    case CMD_OPEN:
        return press(d, a);
    case CMD_NEXT_TAB:
    case CMD_RIGHT:
        return move_focus(d, 1);
    case CMD_PREVIOUS_TAB:
    case CMD_LEFT:
        return move_focus(d, -1);
    case CMD_UP:
    case CMD_DOWN:
    case CMD_PAGE_UP:
    case CMD_PAGE_DOWN:
        return scroll(d, c);
    case CMD_BACK:
    case CMD_CLOSE:
        d->focus = 0;
        return press(d, a);
    default:
        return 0;
    }
}

static unsigned field_key(struct view *v, struct app *a, struct key k)
{
    struct dialog *d = (struct dialog *)v;
    return input_key(&d->input, k);
}

static unsigned field_paste(struct view *v, struct app *a, struct text cleaned)
{
    app_error(a, "paste refused: the name is to be typed");
    return VIEW_REDRAW;
}

static const struct view_hint hints[] = {{CMD_NEXT_TAB, "next"},
                                         {CMD_OPEN, "press the button"},
                                         {CMD_BACK, "cancel"},
                                         {CMD_HELP, "help"},
                                         {CMD_NONE, NULL}};

static const struct view_ops plain_ops = {
    .name = "dialog",
    .place = PLACE_DIALOG,
    .hints = hints,
    .free = dialog_free,
    .draw = dialog_draw,
    .command = dialog_command,
};

static const struct view_ops field_ops = {
    .name = "dialog",
    .place = PLACE_DIALOG,
    .field = true,
    .hints = hints,
    .free = dialog_free,
    .draw = dialog_draw,
    .command = dialog_command,
    .key = field_key,
    .paste = field_paste,
};

struct view *dialog_new(const struct dialog_spec *spec)
{
    struct dialog *d = mem_new(struct dialog);
    arena_init(&d->arena);
    d->view.ops = spec->type_name.len ? &field_ops : &plain_ops;
    d->title = text_dup(&d->arena, spec->title);
    d->type_name = text_dup(&d->arena, spec->type_name);
    d->protected_ = spec->protected_;
    d->n_lines = spec->n_lines < LINES_MAX ? spec->n_lines : LINES_MAX;
    for (size_t i = 0; i < d->n_lines; i++) {
        d->lines[i] = text_dup(&d->arena, spec->lines[i]);
        d->danger[i] = spec->danger && spec->danger[i];
    }
    d->labels[0] = spec->n_buttons ? TEXT("Cancel") : TEXT("Close");
    if (spec->stay)
        d->labels[0] = text_cstr(&d->arena, spec->stay);
    d->n_buttons = 1;
    for (size_t i = 0; i < spec->n_buttons && d->n_buttons < DIALOG_BUTTONS_MAX; i++) {
        d->labels[d->n_buttons] = text_cstr(&d->arena, spec->buttons[i].label);
        d->why_off[d->n_buttons++] = text_cstr(&d->arena, spec->buttons[i].why_off);
    }
    d->done = spec->done;
    d->ctx = spec->ctx;
    return &d->view;
}

/* ---- line by line ---- */

void dialog_read(const struct view *v, struct dialog_words *out)
{
    const struct dialog *d = (const struct dialog *)v;
    *out = (struct dialog_words){.title = d->title,
                                 .type_name = d->type_name,
                                 .lines = d->lines,
                                 .n_lines = d->n_lines,
                                 .labels = d->labels,
                                 .why_off = d->why_off,
                                 .n_buttons = (size_t)d->n_buttons};
}

bool dialog_type(struct view *v, struct text name)
{
    struct dialog *d = (struct dialog *)v;
    input_set(&d->input, name);
    return name_matches(d);
}

bool dialog_press(struct view *v, struct app *a, size_t button)
{
    struct dialog *d = (struct dialog *)v;
    if (button >= (size_t)d->n_buttons || off(d, (int)button))
        return false;
    d->focus = (int)button;
    press(d, a);
    return true;
}
