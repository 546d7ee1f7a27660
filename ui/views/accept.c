// SPDX-License-Identifier: Apache-2.0
#include "views/accept.h"

#include "app/requests.h"
#include "base/mem.h"
#include "base/vec.h"
#include "views/plan_view.h"
#include "views/words.h"
#include "widget/input.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum accept_field { FIELD_FROM, FIELD_TO, FIELD_REASON, FIELD_UNTIL, FIELD_COUNT };
enum { ON_CANCEL = FIELD_COUNT, ON_ACCEPT, FOCUS_COUNT };
enum { BOX_ROWS = 14, BOX_COLS = 74, LABEL = 9 };

#define MINUTE_MS 60000LL
#define DAY_MS (24 * 60 * MINUTE_MS)

struct accept {
    struct view view;
    struct app *app;
    struct view *owner;
    struct arena arena;
    struct text title, live, wanted, who;
    bool number; /* the live value is one: a range can be given */
    bool hand_over;
    VEC(uint64_t) ids;
    struct input fields[FIELD_COUNT];
    int focus;
};

static void accept_free(struct view *view)
{
    struct accept *v = (struct accept *)view;
    vec_clear(&v->ids);
    arena_clear(&v->arena);
    mem_free(v);
}

/* ---- ends ---- */

/* Wall time of a day and minute as the person's clock has it. */
static int64_t local_ms(const struct zone *z, int64_t day_ms, int minute)
{
    int64_t flat = day_ms + minute * MINUTE_MS;
    return flat - (z ? zone_offset(z, flat, NULL) : 0) * 1000LL;
}

static int64_t today(const struct zone *z, int64_t now_ms)
{
    int64_t flat = now_ms + (z ? zone_offset(z, now_ms, NULL) : 0) * 1000LL;
    return flat - ((flat % DAY_MS) + DAY_MS) % DAY_MS;
}

/* Days since 1970 of a civil date. */
static int64_t days_of(int y, int m, int d)
{
    y -= m <= 2;
    int era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097LL + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int minute_of(const char *s)
{
    int h, m, n = 0;
    s += strspn(s, " ");
    if (!*s)
        return 24 * 60;
    return sscanf(s, "%2d:%2d%n", &h, &m, &n) == 2 && !s[n] && h < 24 && m < 60 && h >= 0 && m >= 0
               ? h * 60 + m
               : -1;
}

static int64_t weekday(const char *s, const struct zone *z, int64_t now_ms)
{
    static const char days[] = "thufrisatsunmontuewed"; /* 1 January 1970 was the first */
    int64_t day = today(z, now_ms), number = day / DAY_MS;
    int minute = minute_of(s + strcspn(s, " "));
    if (strlen(s) < 3 || minute < 0)
        return 0;
    for (int64_t i = 0; i < 8; i++) {
        const char *name = days + (number + i) % 7 * 3;
        int64_t at = local_ms(z, day + i * DAY_MS, minute);
        if (strncasecmp(s, name, 3) == 0 && at > now_ms)
            return at;
    }
    return 0;
}

int64_t accept_read_end(struct text typed, const struct zone *z, int64_t now_ms)
{
    const char *s = typed.str + strspn(typed.str, " ");
    int y, m, d, n = 0;
    char *end;
    if (isalpha((unsigned char)*s))
        return weekday(s, z, now_ms);
    if (sscanf(s, "%4d-%2d-%2d%n", &y, &m, &d, &n) == 3) {
        int minute = minute_of(s + n);
        return minute < 0 || m < 1 || m > 12 || d < 1 || d > 31
                   ? 0
                   : local_ms(z, days_of(y, m, d) * DAY_MS, minute);
    }
    long count = strtol(s, &end, 10);
    int64_t unit = *end == 'w'   ? 7 * DAY_MS
                   : *end == 'd' ? DAY_MS
                   : *end == 'h' ? 60 * MINUTE_MS
                   : *end == 'm' ? MINUTE_MS
                                 : 0;
    return end == s || count < 1 || count > 100000 || !unit || end[1] ? 0 : now_ms + count * unit;
}

/* ---- what it says ---- */

static int64_t end_of(const struct accept *v, struct arena *a)
{
    return accept_read_end(input_text(&v->fields[FIELD_UNTIL], a), app_zone(v->app),
                           clock_wall_ms(app_clock(v->app)));
}

static bool is_number(const char *s)
{
    char *end;
    if (!*s)
        return false;
    strtod(s, &end);
    return !*end;
}

/* NULL: it may be pressed. */
static const char *why_off(struct accept *v, struct arena *a)
{
    const char *from = input_text(&v->fields[FIELD_FROM], a).str,
               *to = input_text(&v->fields[FIELD_TO], a).str;
    if (!v->fields[FIELD_REASON].len)
        return "a reason is needed";
    if (v->hand_over)
        return NULL;
    int64_t end = end_of(v, a);
    if (!end)
        return "an end is needed: 3d, fri 12:00 or 2026-11-27";
    if (end <= clock_wall_ms(app_clock(v->app)))
        return "that is over already";
    if (v->number && (!is_number(from) || !is_number(to) || strtod(from, NULL) > strtod(to, NULL)))
        return "the range is two numbers, the smaller first";
    return NULL;
}

static struct text time_left(struct accept *v, struct arena *a)
{
    int64_t end = end_of(v, a), now = clock_wall_ms(app_clock(v->app)),
            hours = (end - now) / (60 * MINUTE_MS);
    if (end <= now)
        return TEXT("3d, fri 12:00 or a date");
    return text_fmt(a, "%s, in %" PRId64 " d %" PRId64 " h",
                    zone_when(a, app_zone(v->app), end, now).str, hours / 24, hours % 24);
}

static bool has(const struct accept *v, int field)
{
    if (field <= FIELD_TO)
        return v->number && !v->hand_over;
    return field != FIELD_UNTIL || !v->hand_over;
}

static void draw_fields(struct accept *v, struct region in, int row)
{
    struct arena *a = canvas_arena(in.canvas);
    if (has(v, FIELD_FROM)) {
        draw_text(in, row, 1, TEXT("value"), ROLE_DIALOG);
        draw_text(in, row, LABEL, TEXT("from"), ROLE_DIALOG);
        input_draw(&v->fields[FIELD_FROM], in, row, LABEL + 5, 10, v->focus == FIELD_FROM);
        draw_text(in, row, LABEL + 16, TEXT("to"), ROLE_DIALOG);
        input_draw(&v->fields[FIELD_TO], in, row, LABEL + 19, 10, v->focus == FIELD_TO);
    } else if (!v->hand_over) {
        draw_text(in, row, 1, TEXT("value"), ROLE_DIALOG);
        draw_cut(in, row, LABEL, in.cols - LABEL - 1, text_fmt(a, "exactly %s", v->live.str),
                 ROLE_DIALOG, TEXT_CUT_END);
    }
    row += !v->hand_over;
    draw_text(in, row, 1, TEXT("reason"), ROLE_DIALOG);
    input_draw(&v->fields[FIELD_REASON], in, row, LABEL, in.cols - LABEL - 1,
               v->focus == FIELD_REASON);
    if (v->hand_over)
        return;
    draw_text(in, ++row, 1, TEXT("until"), ROLE_DIALOG);
    input_draw(&v->fields[FIELD_UNTIL], in, row, LABEL, 18, v->focus == FIELD_UNTIL);
    draw_cut(in, row, LABEL + 20, in.cols - LABEL - 21, time_left(v, a), ROLE_TEXT_DIM,
             TEXT_CUT_END);
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
    bool small = all.cols < BOX_COLS + 2 || all.rows < BOX_ROWS;
    struct region in =
        draw_box(small ? all : region_centre(all, BOX_ROWS, BOX_COLS),
                 v->hand_over ? TEXT("Hand over") : TEXT("Accept drift"), ROLE_DIALOG);
    int row = draw_wrapped(in, 0, 1, in.cols - 2, 2, v->title, ROLE_DIALOG) + 1;
    draw_fields(v, in, row);
    row += v->hand_over ? 2 : 4;
    struct text does =
        v->hand_over
            ? text_fmt(a,
                       "A plan: leeway stops applying the field; %s stays, and whoever owns it "
                       "keeps it. Nothing moves on a cluster.",
                       v->live.str)
            : text_fmt(a,
                       "Sends nothing. %s stays wanted; at the end the difference is unexpected "
                       "again, and Messages says so.",
                       v->wanted.len ? v->wanted.str : "What was given");
    draw_wrapped(in, row, 1, in.cols - 2, 3, does, ROLE_DIALOG);
    const char *why = why_off(v, a);
    draw_button(in, in.rows - 2, 12, TEXT("[ Cancel ]"), v->focus == ON_CANCEL, false);
    draw_button(in, in.rows - 2, 28,
                v->hand_over ? TEXT("[ Plan it ]") : text_fmt(a, "[ Accept as %s ]", v->who.str),
                v->focus == ON_ACCEPT, why != NULL);
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
    const char *from = input_text(&v->fields[FIELD_FROM], a).str,
               *to = input_text(&v->fields[FIELD_TO], a).str;
    if (!v->number || (strcmp(from, to) == 0 && strcmp(from, v->live.str) == 0))
        return NULL; /* exactly what is there */
    return arena_printf(a, "self >= %s && self <= %s", from, to);
}

static unsigned press(struct accept *v)
{
    struct arena a;
    struct app *app = v->app;
    struct view *owner = v->owner;
    arena_init(&a);
    const struct leeway_command c = {.kind = v->hand_over ? LEEWAY_CMD_PLAN_HANDOVER
                                                          : LEEWAY_CMD_ACCEPT,
                                     .drift_ids = v->ids.items,
                                     .n_drift_ids = v->ids.len,
                                     .reason = input_text(&v->fields[FIELD_REASON], &a).str,
                                     .expires_ms = v->hand_over ? 0 : end_of(v, &a),
                                     .within = v->hand_over ? NULL : within(v, &a)};
    bool plan = v->hand_over, off = why_off(v, &a) != NULL;
    if (!off) {
        if (plan) {
            plan_view_request(app, owner, &c);
        } else {
            app_request(app, owner, &c, accepted);
        }
    }
    arena_clear(&a);
    return off ? VIEW_DONE : VIEW_CLOSE;
}

static unsigned move(struct accept *v, int step)
{
    do
        v->focus = (v->focus + step + FOCUS_COUNT) % FOCUS_COUNT;
    while (v->focus < FIELD_COUNT && !has(v, v->focus));
    return VIEW_REDRAW;
}

static unsigned accept_command(struct view *view, struct app *a, enum command c)
{
    struct accept *v = (struct accept *)view;
    switch (c) {
    case CMD_OPEN:
        if (v->focus == ON_CANCEL)
            return VIEW_CLOSE;
        return v->focus == ON_ACCEPT ? press(v) : move(v, 1);
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
    if (v->focus < FIELD_COUNT)
        return input_key(&v->fields[v->focus], k);
    return key_is_text(k) ? VIEW_DONE : 0;
}

static unsigned accept_paste(struct view *view, struct app *a, struct text cleaned)
{
    struct accept *v = (struct accept *)view;
    return v->focus < FIELD_COUNT ? input_paste(&v->fields[v->focus], cleaned) : VIEW_DONE;
}

static const struct view_hint hints[] = {{CMD_NEXT_TAB, "next"},
                                         {CMD_OPEN, "press the button"},
                                         {CMD_BACK, "cancel"},
                                         {CMD_HELP, "help"},
                                         {CMD_NONE, NULL}};

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

static void ask(struct app *a, struct view *owner, const struct leeway_drift *d,
                const uint64_t *ids, size_t n, bool hand_over)
{
    struct accept *v = mem_new(struct accept);
    v->view.ops = &ops;
    v->app = a;
    v->owner = owner;
    v->hand_over = hand_over;
    arena_init(&v->arena);
    for (size_t i = 0; i < n; i++)
        vec_push(&v->ids, ids[i]);
    v->live = text_dup(&v->arena, d->live);
    v->wanted = text_dup(&v->arena, d->given);
    v->who = text_dup(&v->arena, leeway_snapshot_fleet(app_snapshot(a))->identity);
    v->number = d->path.len && is_number(d->live.str);
    v->title =
        text_fmt(&v->arena, "%s of %s/%s on %s%s, live %s", d->path.len ? d->path.str : "the whole",
                 d->object_kind.str, d->name.str, d->cluster.str,
                 n > 1 ? text_fmt(&v->arena, " and %zu more", n - 1).str : "", d->live.str);
    input_set(&v->fields[FIELD_FROM], d->live);
    input_set(&v->fields[FIELD_TO], d->live);
    v->focus = FIELD_REASON;
    app_push(a, &v->view);
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
