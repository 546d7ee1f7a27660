// SPDX-License-Identifier: Apache-2.0
/* The stack of views and what happens to a key: field, key map, view, framework. */
#include "app/app_int.h"

#include "app/chooser.h"
#include "app/prompt.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char VIEW_NOT_HERE[] = "belongs to other views";

struct app *app_new(const struct app_options *opt)
{
    struct app *a = mem_new(struct app);
    a->clock = opt->clock ? opt->clock : clock_system();
    a->zone = opt->zone;
    a->fleet = mem_strdup(opt->fleet ? opt->fleet : "leeway");
    a->read_only = opt->read_only;
    a->canvas = canvas_new(opt->rows, opt->cols, opt->face);
    a->messages = message_log_new();
    a->dirty = true;
    a->last_key_ms = INT64_MIN / 2;
    arena_init(&a->scratch);
    arena_init(&a->key_arena);
    keymap_default(&a->keymap);
    return a;
}

static void free_view(struct app *a, struct view *v)
{
    app_forget_requests(a, v);
    v->ops->free(v);
}

void app_free(struct app *a)
{
    if (!a)
        return;
    while (a->stack.len)
        free_view(a, a->stack.items[--a->stack.len]);
    vec_clear(&a->stack);
    vec_clear(&a->sources);
    vec_clear(&a->waiting);
    vec_clear(&a->to_end);
    canvas_free(a->canvas);
    message_log_free(a->messages);
    arena_clear(&a->scratch);
    arena_clear(&a->key_arena);
    mem_free(a->fleet);
    mem_free(a);
}

/* ---- the stack ---- */

struct view *app_top(struct app *a)
{
    return a->stack.len ? a->stack.items[a->stack.len - 1] : NULL;
}

struct view *app_screen(struct app *a)
{
    for (size_t i = a->stack.len; i > 0; i--)
        if (a->stack.items[i - 1]->ops->place == PLACE_SCREEN)
            return a->stack.items[i - 1];
    return NULL;
}

void app_push(struct app *a, struct view *v)
{
    if (a->stack.len >= STACK_MAX) { /* somebody goes round in circles: the oldest screen goes */
        free_view(a, a->stack.items[0]);
        a->stack.len--;
        memmove(a->stack.items, a->stack.items + 1, a->stack.len * sizeof(*a->stack.items));
    }
    vec_push(&a->stack, v);
    a->dirty = true;
}

void app_open_screen(struct app *a, struct view *v)
{
    while (a->stack.len)
        free_view(a, a->stack.items[--a->stack.len]);
    app_push(a, v);
}

static void apply_effects(struct app *a, struct view *v, unsigned effects);

static void catch_up(struct app *a)
{
    struct view *top = app_top(a);
    if (!a->stale || a->paused || !top || top->ops->place != PLACE_SCREEN)
        return;
    a->stale = false;
    if (top->ops->refresh)
        apply_effects(a, top, top->ops->refresh(top, a));
}

static void pop(struct app *a, struct view *v)
{
    for (size_t i = a->stack.len; i > 0; i--) {
        if (a->stack.items[i - 1] != v)
            continue;
        memmove(a->stack.items + i - 1, a->stack.items + i,
                (a->stack.len - i) * sizeof(*a->stack.items));
        a->stack.len--;
        free_view(a, v);
        break;
    }
    a->dirty = true;
    catch_up(a);
}

void app_close(struct app *a, struct view *v)
{
    pop(a, v);
}

static void apply_effects(struct app *a, struct view *v, unsigned effects)
{
    if (effects & VIEW_REDRAW)
        a->dirty = true;
    if (effects & VIEW_QUIT)
        a->quitting = true;
    if (effects & VIEW_CLOSE)
        pop(a, v);
}

/* ---- messages ---- */

void app_say(struct app *a, enum message_kind kind, struct text where, struct text what,
             struct text detail)
{
    if (where.len && what.len > where.len + 2 && strncmp(what.str, where.str, where.len) == 0 &&
        strncmp(what.str + where.len, ": ", 2) == 0) /* said once is enough */
        what = (struct text){what.str + where.len + 2, what.len - where.len - 2,
                             what.cols - where.cols - 2};
    const struct message *m =
        message_log_add(a->messages, kind, clock_wall_ms(a->clock), where, what, detail);
    a->shown_uid = m->uid;
    a->shown_until = message_stays(kind) ? -1 : clock_boot_ms(a->clock) + INFO_MS;
    a->dirty = true;
}

static void say_printf(struct app *a, enum message_kind kind, const char *fmt, va_list ap)
{
    struct arena arena;
    char *s;
    arena_init(&arena);
    s = arena_vprintf(&arena, fmt, ap);
    app_say(a, kind, TEXT("console"), text_cstr(&arena, s), TEXT_NONE);
    arena_clear(&arena);
}

void app_info(struct app *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say_printf(a, MESSAGE_INFO, fmt, ap);
    va_end(ap);
}

void app_error(struct app *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say_printf(a, MESSAGE_WARNING, fmt, ap);
    va_end(ap);
}

/* ---- commands ---- */

static const char *reason(struct app *a, struct view *v, enum command c, struct arena *arena)
{
    unsigned flags = command_info(c)->flags;
    if (flags & CMD_EVERYWHERE) {
        if (c >= CMD_FLEET && c <= CMD_MESSAGES && !a->screens[c])
            return VIEW_NOT_HERE;
        if (c == CMD_GUIDE && !a->guide.steps)
            return VIEW_NOT_HERE;
        return NULL;
    }
    if (!v || !v->ops->why_not)
        return VIEW_NOT_HERE;
    const char *why = v->ops->why_not(v, a, c, arena);
    if (c == CMD_EDITOR && why == VIEW_NOT_HERE && a->export)
        return NULL;
    if (!why && flags & CMD_CHANGES && a->spectator && c != CMD_ROLLOUT)
        return "read-only: another leeway does the work here";
    if (!why && flags & CMD_CHANGES && a->read_only && !a->spectator)
        return "read-only: [RO] changes nothing";
    return why;
}

const char *app_why_not(struct app *a, enum command c, struct arena *arena)
{
    return reason(a, app_screen(a), c, arena);
}

static void toggle_pause(struct app *a)
{
    a->paused = !a->paused;
    a->paused_at_ms = clock_wall_ms(a->clock);
    app_info(a, a->paused ? "refresh paused; z goes on" : "refresh goes on");
    catch_up(a);
}

static void go_back(struct app *a)
{
    struct view *top = app_top(a);
    if (top && (a->stack.len > 1 || top->ops->place != PLACE_SCREEN))
        pop(a, top);
}

static struct view *quit_dialog(struct app *a)
{
    struct view *v = a->leave.quit_dialog ? a->leave.quit_dialog(a, a->leave.ctx) : NULL;
    return v ? v : app_new_quit_dialog(a);
}

void app_set_leave(struct app *a, const struct app_leave *leave)
{
    a->leave = *leave;
}

void app_before_stop(struct app *a)
{
    if (a->leave.before_stop)
        a->leave.before_stop(a, a->leave.ctx);
}

static void close_top(struct app *a)
{
    if (a->stack.len > 1)
        pop(a, app_top(a));
    else
        app_push(a, quit_dialog(a));
}

void app_open_fixed(struct app *a, enum command c)
{
    if (!c || !a->screens[c])
        return;
    struct view *v = a->screens[c](a);
    if (!v)
        return;
    if (a->screen != c) {
        a->last_screen = a->screen;
        a->screen = c;
    }
    app_open_screen(a, v);
}

static unsigned run_everywhere(struct app *a, enum command c)
{
    switch (c) {
    case CMD_BACK:
        go_back(a);
        break;
    case CMD_CLOSE:
        close_top(a);
        break;
    case CMD_LAST_VIEW:
        app_open_fixed(a, a->last_screen);
        break;
    case CMD_COMMAND_LINE:
        app_push(a, chooser_command_line(a));
        break;
    case CMD_PALETTE:
        app_push(a, chooser_palette(a));
        break;
    case CMD_HELP:
        app_push(a, chooser_help(a));
        break;
    case CMD_GUIDE:
        if (a->guide.steps)
            app_push(a, guide_dialog(a));
        break;
    case CMD_PAUSE:
        toggle_pause(a);
        break;
    case CMD_REPAINT:
        if (a->host.repaint)
            a->host.repaint(a->host.ctx);
        break;
    case CMD_SUSPEND:
        if (a->host.suspend)
            app_before_stop(a);
        if (a->host.suspend)
            a->host.suspend(a->host.ctx);
        else
            app_error(a, "there is no terminal to suspend");
        break;
    case CMD_MOUSE:
        if (a->host.mouse)
            app_info(a, a->host.mouse(a->host.ctx) ? "mouse on: Shift and drag selects text"
                                                   : "mouse off");
        else
            app_error(a, "this terminal has no mouse");
        break;
    default:
        app_open_fixed(a, c);
    }
    a->dirty = true;
    return VIEW_REDRAW;
}

/* What a dialog lets through to the framework. */
static bool works_over_dialogs(const struct view *top, enum command c)
{
    if (top->ops->place == PLACE_SCREEN)
        return true;
    bool chooser = c == CMD_HELP || c == CMD_PALETTE || c == CMD_COMMAND_LINE;
    if (chooser)
        return !chooser_is(top);
    if (c == CMD_GUIDE)
        return top->ops->place != PLACE_PROMPT;
    return c == CMD_BACK || c == CMD_REPAINT || c == CMD_SUSPEND;
}

unsigned app_run_command(struct app *a, enum command c)
{
    struct view *top = app_top(a);
    if (!top || c == CMD_NONE)
        return 0;
    arena_reset(&a->scratch);
    const char *why = top->ops->place == PLACE_SCREEN ? reason(a, top, c, &a->scratch) : NULL;
    if (!why) {
        unsigned effects = top->ops->command ? top->ops->command(top, a, c) : 0;
        if (effects) {
            apply_effects(a, top, effects);
            return effects;
        }
        if (c == CMD_EDITOR && a->export && top->ops->place == PLACE_SCREEN) {
            a->export(a, top);
            return VIEW_REDRAW;
        }
        if (command_info(c)->flags & CMD_EVERYWHERE)
            return works_over_dialogs(top, c) ? run_everywhere(a, c) : VIEW_DONE;
        return 0;
    }
    if (command_info(c)->flags & CMD_MOVE)
        return 0;
    app_error(a, "%s: %s", command_info(c)->name, why == VIEW_NOT_HERE ? "not here" : why);
    return VIEW_REDRAW;
}

void app_ask_filter(struct app *a, struct text text)
{
    app_push(a, prompt_filter_new(a, text));
}

/* ---- events ---- */

static void key_pressed(struct app *a)
{
    a->last_key_ms = clock_boot_ms(a->clock);
    if (a->shown_uid && a->shown_until < 0) {
        a->shown_uid = 0;
        a->dirty = true;
    }
}

static void on_key(struct app *a, struct key k)
{
    struct view *top = app_top(a);
    key_pressed(a);
    if (!top)
        return;
    if (app_too_small(a)) {
        enum command c = keymap_find(&a->keymap, k, false);
        if (c == CMD_SUSPEND)
            run_everywhere(a, c);
        if (c == CMD_CLOSE)
            a->quitting = true;
        return;
    }
    if (top->ops->key) {
        unsigned effects = top->ops->key(top, a, k);
        if (effects) {
            apply_effects(a, top, effects);
            return;
        }
    }
    app_run_command(a, keymap_find(&a->keymap, k, top->ops->field));
}

static void on_paste(struct app *a, const struct event *ev)
{
    struct view *top = app_top(a);
    key_pressed(a);
    if (!top || !top->ops->paste) {
        app_error(a, "paste ignored: %zu %s, no field had the focus", ev->paste.lines,
                  ev->paste.lines == 1 ? "line" : "lines");
        return;
    }
    char *flat = mem_strndup(ev->paste.bytes, ev->paste.len);
    for (size_t i = 0; i < ev->paste.len; i++)
        if (flat[i] == '\r' || flat[i] == '\n')
            flat[i] = ' ';
    arena_reset(&a->scratch);
    apply_effects(a, top, top->ops->paste(top, a, text_clean(&a->scratch, flat, ev->paste.len)));
    mem_free(flat);
}

bool app_event(struct app *a, const struct event *ev)
{
    struct view *top = app_top(a);
    switch (ev->type) {
    case EVENT_KEY:
        on_key(a, ev->key);
        break;
    case EVENT_PASTE:
        on_paste(a, ev);
        break;
    case EVENT_MOUSE:
        if (top && top->ops->mouse && !app_too_small(a))
            apply_effects(a, top, top->ops->mouse(top, a, ev));
        break;
    default:
        break;
    }
    return a->dirty;
}

bool app_tick(struct app *a)
{
    if (a->shown_uid && a->shown_until >= 0 && clock_boot_ms(a->clock) >= a->shown_until) {
        a->shown_uid = 0;
        a->dirty = true;
    }
    if (a->redraw_at && clock_boot_ms(a->clock) >= a->redraw_at) {
        a->redraw_at = 0;
        a->dirty = true;
    }
    if (a->order_later && !app_order_frozen(a)) {
        a->order_later = false;
        app_data_changed(a);
    }
    return a->dirty;
}

int app_timeout_ms(const struct app *a)
{
    int64_t now = clock_boot_ms(a->clock), at = INT64_MAX;
    const struct view *top = a->stack.len ? a->stack.items[a->stack.len - 1] : NULL;
    if (a->shown_uid && a->shown_until >= 0)
        at = a->shown_until;
    if (a->order_later && top && top->ops->place == PLACE_SCREEN && a->last_key_ms + ORDER_MS < at)
        at = a->last_key_ms + ORDER_MS;
    if (a->redraw_at && a->redraw_at < at)
        at = a->redraw_at;
    if (at == INT64_MAX)
        return -1;
    return at < now ? 0 : (int)(at - now);
}

bool app_data_changed(struct app *a)
{
    a->stale = true;
    catch_up(a);
    return a->dirty;
}

void app_resize(struct app *a, int rows, int cols)
{
    canvas_resize(a->canvas, rows, cols);
    a->dirty = true;
}

void app_set_face(struct app *a, enum face face)
{
    canvas_set_face(a->canvas, face);
    a->dirty = true;
}

enum face app_face(const struct app *a)
{
    return canvas_face(a->canvas);
}

const struct canvas *app_draw(struct app *a)
{
    a->dirty = false; /* the guide may go on, which draws its row again */
    app_draw_frame(a);
    return a->canvas;
}

/* ---- what views ask ---- */

bool app_dirty(const struct app *a)
{
    return a->dirty;
}

bool app_quitting(const struct app *a)
{
    return a->quitting;
}

const struct clock *app_clock(const struct app *a)
{
    return a->clock;
}

const struct zone *app_zone(const struct app *a)
{
    return a->zone;
}

const struct keymap *app_keymap(const struct app *a)
{
    return &a->keymap;
}

struct keymap *app_keymap_mutable(struct app *a)
{
    return &a->keymap;
}

struct text app_key_note(const struct app *a, enum command c)
{
    return a->key_notes[c];
}

void app_set_key_note(struct app *a, enum command c, struct text note)
{
    a->key_notes[c] = text_dup(&a->key_arena, note);
}

void app_clear_key_notes(struct app *a)
{
    memset(a->key_notes, 0, sizeof(a->key_notes));
    arena_reset(&a->key_arena);
}

void app_set_edit_keys(struct app *a, app_edit_keys_fn *fn, void *ctx)
{
    a->edit_keys = fn;
    a->edit_keys_ctx = ctx;
}

bool app_edit_keys(struct app *a)
{
    if (a->edit_keys)
        a->edit_keys(a, a->edit_keys_ctx);
    return a->edit_keys != NULL;
}

struct message_log *app_messages(struct app *a)
{
    return a->messages;
}

bool app_read_only(const struct app *a)
{
    return a->read_only;
}

bool app_paused(const struct app *a)
{
    return a->paused;
}

bool app_covered(const struct app *a)
{
    const struct view *top = a->stack.len ? a->stack.items[a->stack.len - 1] : NULL;
    return top && top->ops->place != PLACE_SCREEN;
}

bool app_order_frozen(const struct app *a)
{
    return app_covered(a) || clock_boot_ms(a->clock) - a->last_key_ms < ORDER_MS;
}

void app_set_go(struct app *a, app_go_fn *go)
{
    a->go = go;
}

bool app_go(struct app *a, struct text where)
{
    return a->go && where.len && a->go(a, where);
}

void app_set_line(struct app *a, app_line_fn *line)
{
    a->line = line;
}

bool app_line(struct app *a, struct text line)
{
    return a->line && a->line(a, line);
}

void app_set_export(struct app *a, app_export_fn *fn)
{
    a->export = fn;
}

void app_set_notice(struct app *a, app_notice_fn *notice)
{
    a->notice = notice;
}

void app_end(struct app *a, int how)
{
    a->how = how;
    a->quitting = true;
}

int app_ended(const struct app *a)
{
    return a->how;
}

void app_order_later(struct app *a)
{
    a->order_later = true;
}

void app_redraw_in(struct app *a, int ms)
{
    int64_t at = clock_boot_ms(a->clock) + ms;
    if (!a->redraw_at || at < a->redraw_at)
        a->redraw_at = at;
}

void app_set_engine(struct app *a, struct leeway *l)
{
    a->engine = l;
}

struct leeway *app_engine(struct app *a)
{
    return a->engine;
}

void app_set_snapshot(struct app *a, struct leeway_snapshot *s)
{
    a->snapshot = s;
}

void app_set_read_only(struct app *a, bool read_only, bool spectator)
{
    a->read_only = read_only;
    a->spectator = spectator;
}

struct leeway_snapshot *app_snapshot(struct app *a)
{
    return a->snapshot;
}

void app_set_screen(struct app *a, enum command c, app_screen_fn *open)
{
    a->screens[c] = open;
}

void app_add_palette_source(struct app *a, app_palette_fn *fn, void *ctx)
{
    vec_push(&a->sources, (struct palette_source){fn, ctx});
}

void app_fill_palette(struct app *a, struct palette *p)
{
    for (size_t i = 0; i < a->sources.len; i++)
        a->sources.items[i].fn(a, p, a->sources.items[i].ctx);
}

void app_set_host(struct app *a, const struct app_host *host)
{
    a->host = *host;
}

void app_copy(struct app *a, struct text t)
{
    if (a->host.copy)
        app_info(a, "%s", a->host.copy(a->host.ctx, t.str, t.len));
    else
        app_error(a, "there is no terminal to copy through");
}

int app_run_program(struct app *a, char *const *argv)
{
    int status = a->host.run ? a->host.run(a->host.ctx, argv) : -1;
    a->dirty = true;
    return status;
}
