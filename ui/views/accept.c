// SPDX-License-Identifier: Apache-2.0
#include "views/accept_int.h"

#include "app/requests.h"
#include "base/mem.h"
#include "views/environments.h"
#include "views/plan_view.h"
#include "views/until.h"
#include "views/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOX_ROWS = 16, HAND_OVER_ROWS = 12, BOX_COLS = 74, LABEL = 9 };

static void accept_free(struct view *view)
{
    struct accept *v = (struct accept *)view;
    leeway_explanation_unref(v->explained);
    vec_clear(&v->ids);
    arena_clear(&v->arena);
    mem_free(v);
}

/* ---- what may be done ---- */

static int64_t now_of(const struct accept *v)
{
    return clock_wall_ms(app_clock(v->app));
}

static int64_t end_of(const struct accept *v, struct arena *a)
{
    return until_read(input_text(&v->fields[FIELD_UNTIL], a), app_zone(v->app), now_of(v));
}

static bool is_number(const char *s)
{
    char *end;
    if (!*s)
        return false;
    strtod(s, &end);
    return !*end;
}

bool accept_has(const struct accept *v, enum accept_stop s)
{
    bool ranged = v->number && !v->hand_over && !v->override;
    switch (s) {
    case ON_AS:
        return !v->hand_over && v->explained && !v->no_override.len;
    case ON_VALUE:
        return ranged;
    case ON_FROM:
    case ON_TO:
        return ranged && v->range;
    case ON_UNTIL:
        return !v->hand_over;
    default:
        return true;
    }
}

struct input *accept_field(struct accept *v, enum accept_stop s)
{
    return s >= ON_FROM && s <= ON_UNTIL ? &v->fields[s - ON_FROM] : NULL;
}

static const char *why_bad_end(const struct accept *v, struct arena *a)
{
    int64_t end = end_of(v, a), now = now_of(v);
    bool typed = v->fields[FIELD_UNTIL].len;
    if (!typed && v->override)
        return NULL; /* it stays */
    if (!end)
        return typed ? "the end is not understood: " UNTIL_EXAMPLES
                     : "an end is needed: " UNTIL_EXAMPLES;
    if (end <= now)
        return "that is over already";
    if (v->override || !v->longest.len)
        return NULL;
    int64_t most = until_read(v->longest, NULL, now);
    return most && end > most ? arena_printf(a, "its blueprint allows %s at most", v->longest.str)
                              : NULL;
}

static const char *why_bad_range(const struct accept *v, struct arena *a)
{
    const char *from = input_text(&v->fields[FIELD_FROM], a).str,
               *to = input_text(&v->fields[FIELD_TO], a).str;
    if (!is_number(from) || !is_number(to) || strtod(from, NULL) > strtod(to, NULL))
        return "the range is two numbers, the smaller first";
    double live = strtod(v->live.str, NULL);
    return live < strtod(from, NULL) || live > strtod(to, NULL)
               ? arena_printf(a, "%s, as it is now, is not in that range", v->live.str)
               : NULL;
}

const char *accept_wrong(const struct accept *v, enum accept_stop s, struct arena *a)
{
    switch (s) {
    case ON_AS:
        return !v->hand_over && !v->override && v->grant >= 0 &&
                       v->used + v->more > (size_t)v->grant
                   ? arena_printf(a, "%d exceptions are allowed, and %zu are in force", v->grant,
                                  v->used)
                   : NULL;
    case ON_REASON:
        return v->fields[FIELD_REASON].len ? NULL : "a reason is needed";
    case ON_UNTIL:
        return accept_has(v, ON_UNTIL) ? why_bad_end(v, a) : NULL;
    case ON_TO:
        return accept_has(v, ON_TO) ? why_bad_range(v, a) : NULL;
    default:
        return NULL;
    }
}

/* NULL: it may be pressed. */
static const char *why_off(struct accept *v, struct arena *a)
{
    static const enum accept_stop order[] = {ON_AS, ON_REASON, ON_UNTIL, ON_TO};
    const char *why = NULL;
    for (size_t i = 0; i < ARRAY_LEN(order) && !why; i++)
        why = accept_wrong(v, order[i], a);
    return why;
}

/* ---- drawing ---- */

/* "(*) exception   what that means" */
static int draw_choice(struct region in, int row, int col, bool on, bool focus, const char *word)
{
    struct arena *a = canvas_arena(in.canvas);
    int used = draw_text(in, row, col, text_fmt(a, "(%s) %s", on ? "*" : " ", word), ROLE_DIALOG);
    if (on && focus) {
        draw_over(in, row, col, used, ROLE_CURSOR);
        canvas_park(in, row, col + 1);
    }
    return used;
}

struct text accept_override_words(struct accept *v, struct arena *a)
{
    const struct leeway_explained *x =
        v->explained && v->explained->n_items ? &v->explained->items[0] : NULL;
    if (v->no_override.len)
        return text_fmt(a, "off: %s", v->no_override.str);
    if (!x)
        return TEXT("is being looked for");
    return text_fmt(a, "%s = %s is wanted; ends in a plan", x->parameter.str, x->value.str);
}

static int draw_as(struct accept *v, struct region in, int row)
{
    struct arena *a = canvas_arena(in.canvas);
    bool focus = v->focus == ON_AS, off = !accept_has(v, ON_AS);
    draw_text(in, row, 1, TEXT("as"), ROLE_DIALOG);
    draw_choice(in, row, LABEL, !v->override, focus, "exception");
    draw_cut(in, row, LABEL + 16, in.cols - LABEL - 17,
             text_fmt(a, "live may stay as below, %s stays wanted",
                      v->wanted.len ? v->wanted.str : "what was given"),
             ROLE_DIALOG, TEXT_CUT_END);
    draw_choice(in, row + 1, LABEL, v->override, focus, "override");
    if (off)
        draw_role(in, row + 1, LABEL, 12, ROLE_BUTTON_OFF);
    draw_cut(in, row + 1, LABEL + 16, in.cols - LABEL - 17, accept_override_words(v, a),
             off ? ROLE_TEXT_DIM : ROLE_DIALOG, TEXT_CUT_MIDDLE);
    return row + 2;
}

static int draw_values(struct accept *v, struct region in, int row)
{
    struct arena *a = canvas_arena(in.canvas);
    struct text exactly = text_fmt(a, "exactly %s", v->live.str);
    draw_text(in, row, 1, TEXT("value"), ROLE_DIALOG);
    if (!accept_has(v, ON_VALUE)) {
        draw_cut(in, row, LABEL, in.cols - LABEL - 1, exactly, ROLE_DIALOG, TEXT_CUT_END);
        return row + 1;
    }
    bool focus = v->focus == ON_VALUE;
    int col = LABEL + draw_choice(in, row, LABEL, !v->range, focus, exactly.str) + 3;
    col += draw_choice(in, row, col, v->range, focus, "from") + 1;
    enum role role = v->range ? ROLE_DIALOG : ROLE_TEXT_DIM;
    input_draw(&v->fields[FIELD_FROM], in, row, col, 8, v->focus == ON_FROM);
    draw_text(in, row, col + 9, TEXT("to"), role);
    input_draw(&v->fields[FIELD_TO], in, row, col + 12, 8, v->focus == ON_TO);
    return row + 1;
}

static int draw_until(struct accept *v, struct region in, int row)
{
    struct arena *a = canvas_arena(in.canvas);
    struct text left = v->override && !v->fields[FIELD_UNTIL].len
                           ? TEXT("without an end; or " UNTIL_EXAMPLES)
                           : until_words(a, app_zone(v->app), end_of(v, a), now_of(v));
    if (v->longest.len && !v->override)
        left = text_fmt(a, "%s; at most %s", left.str, v->longest.str);
    draw_text(in, row, 1, TEXT("until"), ROLE_DIALOG);
    input_draw(&v->fields[FIELD_UNTIL], in, row, LABEL, 18, v->focus == ON_UNTIL);
    draw_cut(in, row, LABEL + 20, in.cols - LABEL - 21, left, ROLE_TEXT_DIM, TEXT_CUT_END);
    return row + 1;
}

struct text accept_does(struct accept *v, struct arena *a)
{
    if (v->hand_over)
        return text_fmt(a,
                        "A plan: leeway stops applying the field; %s stays, and whoever owns it "
                        "keeps it. Nothing moves on a cluster.",
                        v->live.str);
    if (v->override)
        return text_fmt(a, "Writes the file of %s and shows the plan. The value stays as it is.",
                        v->environment.str);
    struct text uses = v->grant >= 0 ? text_fmt(a, " Uses %zu of %d exceptions of %s.",
                                                v->used + v->more, v->grant, v->environment.str)
                                     : TEXT_NONE;
    int64_t end = end_of(v, a);
    struct text at =
        end > now_of(v) ? zone_when(a, app_zone(v->app), end, now_of(v)) : TEXT("the end");
    return text_fmt(a,
                    "Sends nothing to %s.%s At %s it is unexpected drift again, and Messages "
                    "says so.",
                    v->cluster.str, uses.str, at.str);
}

static void draw_button(struct region in, int row, int col, struct text label, bool focus, bool off)
{
    int used = draw_text(in, row, col, label, off ? ROLE_BUTTON_OFF : ROLE_BUTTON);
    if (focus) {
        draw_over(in, row, col, used, ROLE_CURSOR);
        canvas_park(in, row, col + 2);
    }
}

static void accept_draw(struct view *view, struct app *app, struct region all)
{
    struct accept *v = (struct accept *)view;
    struct arena *a = canvas_arena(all.canvas);
    int rows = v->hand_over ? HAND_OVER_ROWS : BOX_ROWS;
    bool small = all.cols < BOX_COLS + 2 || all.rows < rows;
    struct region in =
        draw_box(small ? all : region_centre(all, rows, BOX_COLS),
                 v->hand_over ? TEXT("Hand over") : TEXT("Accept drift"), ROLE_DIALOG);
    int row = draw_wrapped(in, 0, 1, in.cols - 2, 2, v->title, ROLE_DIALOG);
    row += in.rows >= BOX_ROWS - 2 || v->hand_over;
    if (!v->hand_over) {
        row = draw_as(v, in, row);
        row = draw_values(v, in, row);
    }
    draw_text(in, row, 1, TEXT("reason"), ROLE_DIALOG);
    input_draw(&v->fields[FIELD_REASON], in, row, LABEL, in.cols - LABEL - 1,
               v->focus == ON_REASON);
    row++;
    if (!v->hand_over)
        row = draw_until(v, in, row);
    if (row + 5 <= in.rows)
        draw_wrapped(in, row + 1, 1, in.cols - 2, in.rows - row - 3, accept_does(v, a),
                     ROLE_DIALOG);
    const char *why = why_off(v, a);
    struct text go = v->hand_over || v->override ? TEXT("[ Plan it ]")
                                                 : text_fmt(a, "[ Accept as %s ]", v->who.str);
    draw_button(in, in.rows - 2, 12, TEXT("[ Cancel ]"), v->focus == ON_CANCEL, false);
    draw_button(in, in.rows - 2, 28, go, v->focus == ON_ACCEPT, why != NULL);
    if (why)
        draw_cut(in, in.rows - 1, 1, in.cols - 2, text_cstr(a, why), ROLE_TEXT_DIM, TEXT_CUT_END);
}

/* ---- keys ---- */

static void accepted(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    if (ev->kind == LEEWAY_EVENT_FAILED)
        app_say_failed(a, ev);
    else
        app_info(a, "%s", ev->text.len ? ev->text.str : "accepted");
}

static const char *within(struct accept *v, struct arena *a)
{
    if (!accept_has(v, ON_FROM))
        return NULL; /* exactly what is there */
    return arena_printf(a, "self >= %s && self <= %s", input_text(&v->fields[FIELD_FROM], a).str,
                        input_text(&v->fields[FIELD_TO], a).str);
}

unsigned accept_press(struct accept *v)
{
    struct arena a;
    struct app *app = v->app;
    struct view *owner = v->owner;
    arena_init(&a);
    const struct leeway_command c = {.kind = v->hand_over  ? LEEWAY_CMD_PLAN_HANDOVER
                                             : v->override ? LEEWAY_CMD_PLAN_OVERRIDE
                                                           : LEEWAY_CMD_ACCEPT,
                                     .environment = v->environment.str,
                                     .drift_ids = v->ids.items,
                                     .n_drift_ids = v->ids.len,
                                     .reason = input_text(&v->fields[FIELD_REASON], &a).str,
                                     .expires_ms = v->hand_over ? 0 : end_of(v, &a),
                                     .within = within(v, &a)};
    bool off = why_off(v, &a) != NULL;
    if (!off && c.kind == LEEWAY_CMD_ACCEPT)
        app_request(app, owner, &c, accepted);
    else if (!off)
        plan_view_request(app, owner, &c);
    arena_clear(&a);
    return off ? VIEW_DONE : VIEW_CLOSE;
}

static unsigned move(struct accept *v, int step)
{
    do
        v->focus = (enum accept_stop)(((int)v->focus + step + STOPS) % STOPS);
    while (!accept_has(v, v->focus));
    return VIEW_REDRAW;
}

static unsigned accept_command(struct view *view, struct app *a, enum command c)
{
    struct accept *v = (struct accept *)view;
    switch (c) {
    case CMD_OPEN:
        if (v->focus == ON_CANCEL)
            return VIEW_CLOSE;
        return v->focus == ON_ACCEPT ? accept_press(v) : move(v, 1);
    case CMD_NEXT_TAB:
    case CMD_DOWN:
        return move(v, 1);
    case CMD_PREVIOUS_TAB:
    case CMD_UP:
        return move(v, -1);
    case CMD_BACK:
        return VIEW_CLOSE;
    default:
        return 0;
    }
}

static unsigned accept_key(struct view *view, struct app *a, struct key k)
{
    struct accept *v = (struct accept *)view;
    struct input *in = accept_field(v, v->focus);
    bool chooses = !k.mods && (k.code == ' ' || k.code == KEYCODE_LEFT || k.code == KEYCODE_RIGHT);
    if (in)
        return input_key(in, k);
    if (v->focus == ON_AS && chooses) {
        v->override = !v->override;
        return VIEW_REDRAW;
    }
    if (v->focus == ON_VALUE && chooses) {
        v->range = !v->range;
        return VIEW_REDRAW;
    }
    return key_is_text(k) ? VIEW_DONE : 0;
}

static unsigned accept_paste(struct view *view, struct app *a, struct text cleaned)
{
    struct accept *v = (struct accept *)view;
    struct input *in = accept_field(v, v->focus);
    return in ? input_paste(in, cleaned) : VIEW_DONE;
}

static const struct view_hint hints[] = {
    {CMD_NEXT_TAB, "next"}, {CMD_MARK, "choose"}, {CMD_OPEN, "press the button"},
    {CMD_BACK, "cancel"},   {CMD_HELP, "help"},   {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "accept",
    .place = PLACE_DIALOG,
    .field = true,
    .hints = hints,
    .free = accept_free,
    .draw = accept_draw,
    .command = accept_command,
    .key = accept_key,
    .paste = accept_paste,
};

/* ---- opening ---- */

/* Whether each of them could be an override. */
static void explained(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct accept *v = (struct accept *)owner;
    if (ev->kind != LEEWAY_EVENT_EXPLANATION || !ev->explanation || !ev->explanation->n_items) {
        v->no_override = text_fmt(&v->arena, "%s", ev->err.text ? ev->err.text : "nobody knows");
        return;
    }
    leeway_explanation_unref(v->explained);
    v->explained = leeway_explanation_ref(ev->explanation);
    for (size_t i = 0; i < v->explained->n_items && !v->no_override.len; i++)
        v->no_override = v->explained->items[i].no_override;
}

static void ask_to_explain(struct accept *v)
{
    const struct leeway_command c = {.kind = LEEWAY_CMD_EXPLAIN,
                                     .environment = v->environment.str,
                                     .drift_ids = v->ids.items,
                                     .n_drift_ids = v->ids.len};
    if (!app_request(v->app, &v->view, &c, explained))
        v->no_override = TEXT("it could not be asked");
}

static const struct leeway_environment *environment_of(const struct leeway_snapshot *s,
                                                       struct text name)
{
    for (size_t i = 0; i < leeway_environments(s); i++)
        if (text_equal(leeway_environment_at(s, i)->name, name))
            return leeway_environment_at(s, i);
    return NULL;
}

/* What its blueprint grants, and how much of that is used. */
static void take_grant(struct accept *v, const struct leeway_snapshot *s)
{
    const struct leeway_env_file *f = environment_file(s, environment_of(s, v->environment));
    const struct leeway_blueprint *b =
        f ? leeway_blueprint_find(s, f->blueprint.str, f->version.str) : NULL;
    v->grant = b ? b->exceptions : -1;
    v->longest = b ? text_dup(&v->arena, b->max_expiry) : TEXT_NONE;
    for (size_t i = 0; i < leeway_answers(s); i++) {
        const struct leeway_answer *x = leeway_answer_at(s, i);
        v->used += text_equal(x->environment, v->environment) && !x->handed_over && !x->expired;
    }
    for (size_t i = 0; i < leeway_drifts(s); i++)
        for (size_t k = 0; k < v->ids.len; k++)
            v->more += leeway_drift_at(s, i)->id == v->ids.items[k] &&
                       !leeway_drift_at(s, i)->exception.len;
}

/* The range begins as what was given and what is there. */
static void take_range(struct accept *v, const struct leeway_drift *d)
{
    v->number = d->path.len && is_number(d->live.str);
    bool up = is_number(d->given.str) && strtod(d->given.str, NULL) < strtod(d->live.str, NULL);
    bool both = is_number(d->given.str);
    input_set(&v->fields[FIELD_FROM], both && up ? d->given : d->live);
    input_set(&v->fields[FIELD_TO], both && !up ? d->given : d->live);
}

static void ask(struct app *a, struct view *owner, const struct leeway_drift *d,
                const uint64_t *ids, size_t n, bool hand_over)
{
    struct accept *v = mem_new(struct accept);
    v->view.ops = &ops;
    v->app = a;
    v->owner = owner;
    v->hand_over = hand_over;
    v->no_override = TEXT_NONE;
    arena_init(&v->arena);
    for (size_t i = 0; i < n; i++)
        vec_push(&v->ids, ids[i]);
    v->live = text_dup(&v->arena, d->live);
    v->wanted = text_dup(&v->arena, d->given);
    v->environment = text_dup(&v->arena, d->environment);
    v->cluster = n > 1 ? TEXT("any cluster") : text_dup(&v->arena, d->cluster);
    v->who = text_dup(&v->arena, leeway_snapshot_fleet(app_snapshot(a))->identity);
    v->title =
        text_fmt(&v->arena, "%s of %s/%s on %s%s, live %s", d->path.len ? d->path.str : "the whole",
                 d->object_kind.str, d->name.str, d->cluster.str,
                 n > 1 ? text_fmt(&v->arena, " and %zu more", n - 1).str : "", d->live.str);
    take_grant(v, app_snapshot(a));
    take_range(v, d);
    v->focus = ON_REASON;
    app_push(a, &v->view);
    if (!hand_over)
        ask_to_explain(v);
}

void accept_ask(struct app *a, struct view *owner, const struct leeway_drift *d,
                const uint64_t *ids, size_t n)
{
    ask(a, owner, d, ids, n, false);
}

void hand_over_ask(struct app *a, struct view *owner, const struct leeway_drift *d,
                   const uint64_t *ids, size_t n)
{
    ask(a, owner, d, ids, n, true);
}
