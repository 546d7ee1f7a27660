// SPDX-License-Identifier: Apache-2.0
#include "views/extend.h"

#include "app/requests.h"
#include "base/mem.h"
#include "views/until.h"
#include "widget/input.h"

enum { ON_UNTIL, ON_REASON, ON_CANCEL, ON_EXTEND, STOPS };
enum { BOX_ROWS = 13, BOX_COLS = 74, LABEL = 9, FIELDS = 2 };

struct extend {
    struct view view;
    struct app *app;
    struct view *owner;
    struct arena arena;
    struct text name, title;
    int64_t ends_ms, most_ms; /* now; 0: no limit */
    struct input fields[FIELDS];
    int focus;
};

static void extend_free(struct view *view)
{
    arena_clear(&((struct extend *)view)->arena);
    mem_free(view);
}

static int64_t now_of(const struct extend *v)
{
    return clock_wall_ms(app_clock(v->app));
}

/* "+2d" counts from the end that it has, all else from now. */
static int64_t end_of(const struct extend *v, struct arena *a)
{
    struct text typed = input_text(&v->fields[ON_UNTIL], a);
    int64_t from = v->ends_ms > now_of(v) ? v->ends_ms : now_of(v);
    if (typed.str[0] != '+')
        return until_read(typed, app_zone(v->app), now_of(v));
    return until_read((struct text){typed.str + 1, typed.len - 1, typed.cols - 1}, NULL, from);
}

static const char *why_off(const struct extend *v, struct arena *a)
{
    int64_t end = end_of(v, a);
    if (!end)
        return v->fields[ON_UNTIL].len ? "the end is not understood: +2d, " UNTIL_EXAMPLES
                                       : "an end is needed: +2d, " UNTIL_EXAMPLES;
    if (end <= now_of(v))
        return "that is over already; D plans its deletion";
    if (v->most_ms && end > v->most_ms)
        return arena_printf(a, "its blueprint allows it until %s",
                            zone_when(a, app_zone(v->app), v->most_ms, now_of(v)).str);
    return NULL;
}

static void draw_button(struct region in, int col, const char *label, bool focus, bool off)
{
    int row = in.rows - 2, used = draw_text(in, row, col, text_cstr(canvas_arena(in.canvas), label),
                                            off ? ROLE_BUTTON_OFF : ROLE_BUTTON);
    if (focus) {
        draw_over(in, row, col, used, ROLE_CURSOR);
        canvas_park(in, row, col + 2);
    }
}

static void extend_draw(struct view *view, struct app *app, struct region all)
{
    struct extend *v = (struct extend *)view;
    struct arena *a = canvas_arena(all.canvas);
    bool small = all.cols < BOX_COLS + 2 || all.rows < BOX_ROWS;
    struct region in = draw_box(small ? all : region_centre(all, BOX_ROWS, BOX_COLS),
                                TEXT("Time to live"), ROLE_DIALOG);
    int row = draw_wrapped(in, 0, 1, in.cols - 2, 2, v->title, ROLE_DIALOG) + 1;
    draw_text(in, row, 1, TEXT("until"), ROLE_DIALOG);
    input_draw(&v->fields[ON_UNTIL], in, row, LABEL, 18, v->focus == ON_UNTIL);
    int64_t end = end_of(v, a);
    struct text left = end > now_of(v) ? until_words(a, app_zone(app), end, now_of(v))
                                       : TEXT("+2d, " UNTIL_EXAMPLES);
    draw_cut(in, row, LABEL + 20, in.cols - LABEL - 21, left, ROLE_TEXT_DIM, TEXT_CUT_END);
    draw_text(in, ++row, 1, TEXT("reason"), ROLE_DIALOG);
    input_draw(&v->fields[ON_REASON], in, row, LABEL, in.cols - LABEL - 1, v->focus == ON_REASON);
    draw_wrapped(in, row + 2, 1, in.cols - 2, 2,
                 TEXT("Writes its file; sends nothing. At the end a plan of its deletion waits for "
                      "a person."),
                 ROLE_DIALOG);
    const char *why = why_off(v, a);
    draw_button(in, 12, "[ Cancel ]", v->focus == ON_CANCEL, false);
    draw_button(in, 28, "[ Let it live until then ]", v->focus == ON_EXTEND, why != NULL);
    if (why)
        draw_cut(in, in.rows - 1, 1, in.cols - 2, text_cstr(a, why), ROLE_TEXT_DIM, TEXT_CUT_END);
}

static void extended(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    if (ev->kind == LEEWAY_EVENT_FAILED)
        app_say_failed(a, ev);
    else
        app_info(a, "%s", ev->text.str);
}

static unsigned press(struct extend *v)
{
    struct arena a;
    arena_init(&a);
    const struct leeway_command c = {.kind = LEEWAY_CMD_EXTEND,
                                     .environment = v->name.str,
                                     .expires_ms = end_of(v, &a),
                                     .reason = input_text(&v->fields[ON_REASON], &a).str};
    bool off = why_off(v, &a) != NULL;
    if (!off)
        app_request(v->app, v->owner, &c, extended);
    arena_clear(&a);
    return off ? VIEW_DONE : VIEW_CLOSE;
}

static unsigned extend_command(struct view *view, struct app *a, enum command c)
{
    struct extend *v = (struct extend *)view;
    int step = 1;
    switch (c) {
    case CMD_OPEN:
        if (v->focus == ON_CANCEL)
            return VIEW_CLOSE;
        if (v->focus == ON_EXTEND)
            return press(v);
        break;
    case CMD_NEXT_TAB:
    case CMD_DOWN:
        break;
    case CMD_PREVIOUS_TAB:
    case CMD_UP:
        step = STOPS - 1;
        break;
    case CMD_BACK:
        return VIEW_CLOSE;
    default:
        return 0;
    }
    v->focus = (v->focus + step) % STOPS;
    return VIEW_REDRAW;
}

static unsigned extend_key(struct view *view, struct app *a, struct key k)
{
    struct extend *v = (struct extend *)view;
    if (v->focus < FIELDS)
        return input_key(&v->fields[v->focus], k);
    return key_is_text(k) ? VIEW_DONE : 0;
}

static unsigned extend_paste(struct view *view, struct app *a, struct text cleaned)
{
    struct extend *v = (struct extend *)view;
    return v->focus < FIELDS ? input_paste(&v->fields[v->focus], cleaned) : VIEW_DONE;
}

static const struct view_hint hints[] = {{CMD_NEXT_TAB, "next"},
                                         {CMD_OPEN, "press the button"},
                                         {CMD_BACK, "cancel"},
                                         {CMD_HELP, "help"},
                                         {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "extend",
    .place = PLACE_DIALOG,
    .field = true,
    .hints = hints,
    .free = extend_free,
    .draw = extend_draw,
    .command = extend_command,
    .key = extend_key,
    .paste = extend_paste,
};

void extend_ask(struct app *a, struct view *owner, const struct leeway_environment *e)
{
    struct extend *v = mem_new(struct extend);
    int64_t now = clock_wall_ms(app_clock(a));
    v->view.ops = &ops;
    v->app = a;
    v->owner = owner;
    arena_init(&v->arena);
    v->name = text_dup(&v->arena, e->name);
    v->ends_ms = e->expires_ms;
    v->most_ms = e->expires_max_ms;
    struct arena *m = &v->arena;
    struct text when = zone_when(m, app_zone(a), e->expires_ms, now);
    v->title = e->expires_ms <= now ? text_fmt(m, "%s ended %s", e->name.str, when.str)
                                    : text_fmt(m, "%s ends %s, in %s", e->name.str, when.str,
                                               until_left(m, e->expires_ms - now).str);
    v->title = e->expires_max_ms ? text_fmt(m, "%s; its blueprint allows %s at most", v->title.str,
                                            zone_when(m, app_zone(a), e->expires_max_ms, now).str)
                                 : text_fmt(m, "%s; its blueprint sets no limit", v->title.str);
    app_push(a, &v->view);
}

/* ---- line by line ---- */

struct text extend_title(const struct view *view)
{
    return ((const struct extend *)view)->title;
}

struct input *extend_field(struct view *view, size_t i)
{
    return i < FIELDS ? &((struct extend *)view)->fields[i] : NULL;
}

const char *extend_why_off(const struct view *view, struct arena *a)
{
    return why_off((const struct extend *)view, a);
}

bool extend_press(struct view *view)
{
    return press((struct extend *)view) & VIEW_CLOSE;
}
