// SPDX-License-Identifier: Apache-2.0
/* Messages: the log of the message row as a list; the text in full below it. */
#include "views/messages.h"

#include "base/buf.h"
#include "base/mem.h"
#include "views/copy.h"
#include "views/editor.h"
#include "widget/browse.h"
#include "widget/dialog.h"

#include <stdio.h>
#include <string.h>

#define WHEN_COL 4
#define WHERE_COL 12

struct messages {
    struct view view;
    struct browse browse;
    struct app *app;
};

static void messages_free(struct view *v)
{
    struct messages *m = (struct messages *)v;
    browse_clear(&m->browse);
    mem_free(m);
}

static const struct message *by_uid(struct messages *m, uint64_t uid)
{
    struct message_log *l = app_messages(m->app);
    for (size_t i = 0; i < message_log_len(l); i++)
        if (message_log_at(l, i)->uid == uid)
            return message_log_at(l, i);
    return NULL;
}

static bool passes(const struct messages *m, const struct message *msg)
{
    return !m->browse.filter[0] || strcasestr(msg->what.str, m->browse.filter) ||
           strcasestr(msg->where.str, m->browse.filter);
}

static void reload(struct messages *m)
{
    struct message_log *l = app_messages(m->app);
    VEC(uint64_t) uids = {0};
    for (size_t i = 0; i < message_log_len(l); i++)
        if (passes(m, message_log_at(l, i)))
            vec_push(&uids, message_log_at(l, i)->uid);
    list_set(&m->browse.list, uids.items, uids.len);
    vec_clear(&uids);
}

static int where_cols(struct region r)
{
    return r.cols >= 76 ? 13 : r.cols >= 60 ? 9 : 0;
}

static void draw_row(void *ctx, struct region r, const struct list_row *row)
{
    struct messages *m = ctx;
    const struct message *msg = by_uid(m, row->uid);
    struct arena *a = canvas_arena(r.canvas);
    if (!msg)
        return;
    bool bad = message_stays(msg->kind);
    enum role role = msg->kind == MESSAGE_INFO ? ROLE_TEXT_DIM : bad ? ROLE_TEXT_STRONG : ROLE_TEXT;
    draw_glyph(r, 0, 2, message_glyph(msg->kind), message_role(msg->kind));
    struct text when =
        zone_brief(a, app_zone(m->app), msg->wall_ms, clock_wall_ms(app_clock(m->app)));
    draw_cut(r, 0, WHEN_COL, WHERE_COL - WHEN_COL - 1, when, ROLE_TEXT_DIM, TEXT_CUT_END);
    int where = where_cols(r), what = WHERE_COL + (where ? where + 2 : 0);
    draw_cut(r, 0, WHERE_COL, where, msg->where, role, TEXT_CUT_END);
    struct text t = msg->what;
    if (msg->count > 1)
        t = text_fmt(a, "%s (%u times)", t.str, msg->count);
    draw_cut(r, 0, what, r.cols - what - 1, t, role, TEXT_CUT_END);
}

static void messages_draw(struct view *v, struct app *a, struct region r)
{
    struct messages *m = (struct messages *)v;
    reload(m);
    int what = WHERE_COL + (where_cols(r) ? where_cols(r) + 2 : 0);
    draw_text(r, 0, WHEN_COL, TEXT("when"), ROLE_TEXT_DIM);
    if (where_cols(r))
        draw_text(r, 0, WHERE_COL, TEXT("where"), ROLE_TEXT_DIM);
    draw_text(r, 0, what, TEXT("what"), ROLE_TEXT_DIM);
    list_draw(&m->browse.list, region_sub(r, 1, 0, r.rows - 1, r.cols), draw_row, m);
    if (m->browse.list.uids.len == 0)
        draw_text(r, 1, WHEN_COL,
                  m->browse.filter[0] ? TEXT("no message holds that")
                                      : TEXT("nothing was said yet"),
                  ROLE_TEXT_DIM);
}

static void messages_describe(struct view *v, struct app *a, struct region r)
{
    struct messages *m = (struct messages *)v;
    const struct message *msg = by_uid(m, list_uid(&m->browse.list));
    struct arena *arena = canvas_arena(r.canvas);
    if (!msg)
        return;
    struct text t = msg->detail.len ? msg->detail : msg->what;
    if (!msg->detail.len && msg->where.len)
        t = text_fmt(arena, "%s: %s", msg->where.str, msg->what.str);
    draw_wrapped(r, 0, 1, r.cols - 2, r.rows, t, ROLE_TEXT);
}

static size_t messages_path(struct view *v, struct app *a, struct arena *arena, struct text *parts,
                            size_t max)
{
    struct messages *m = (struct messages *)v;
    parts[0] = browse_path(&m->browse, arena, "messages");
    return 1;
}

static void messages_totals(struct view *v, struct app *a, struct region r)
{
    struct arena *arena = canvas_arena(r.canvas);
    struct message_log *l = app_messages(a);
    size_t failed = 0, warned = 0, n = message_log_len(l);
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        failed += message_log_at(l, i)->kind == MESSAGE_FAILED;
        warned += message_log_at(l, i)->kind == MESSAGE_WARNING;
    }
    struct text since = text_fmt(arena, " since %s",
                                 zone_when(arena, app_zone(a), message_log_at(l, n - 1)->wall_ms,
                                           clock_wall_ms(app_clock(a)))
                                     .str);
    int col = r.cols - 1 - draw_right(r, 0, r.cols - 1, r.cols - 1, since, ROLE_TEXT_DIM);
    const size_t counts[] = {warned, failed};
    const enum message_kind kinds[] = {MESSAGE_WARNING, MESSAGE_FAILED};
    for (int i = 0; i < 2; i++) {
        if (!counts[i])
            continue;
        struct text number = text_fmt(arena, "%zu", counts[i]);
        col -= draw_right(r, 0, col, col, number, ROLE_TEXT_STRONG);
        col -= draw_right(r, 0, col, col, canvas_glyph(r.canvas, message_glyph(kinds[i])),
                          message_role(kinds[i]));
        col -= 2;
    }
}

static bool is_bad(void *ctx, size_t row)
{
    struct messages *m = ctx;
    const struct message *msg = by_uid(m, m->browse.list.uids.items[row]);
    return msg && message_stays(msg->kind);
}

static void reload_view(void *ctx)
{
    reload(ctx);
}

static const struct browse_spec browse = {.is_problem = is_bad,
                                          .no_problem = "no more warnings or errors that way",
                                          .reload = reload_view,
                                          .head = 2};

/* ---- the whole of it ---- */

#define DETAIL_LINES 16
#define DETAIL_COLS 68

static struct text exact(struct messages *m, struct arena *a, int64_t wall_ms)
{
    return zone_exact(a, app_zone(m->app), wall_ms);
}

static void show_details(struct messages *m, const struct message *msg)
{
    struct arena a;
    struct text lines[DETAIL_LINES];
    arena_init(&a);
    struct text when = exact(m, &a, msg->wall_ms);
    if (msg->count > 1)
        when = text_fmt(&a, "%s, the last of %u times", when.str, msg->count);
    lines[0] = when;
    lines[1] = TEXT_NONE;
    size_t n = 2 + text_wrap(&a, msg->what, DETAIL_COLS, lines + 2, 4, TEXT(".."));
    if (msg->detail.len && !text_equal(msg->detail, msg->what)) {
        lines[n++] = TEXT_NONE;
        n += text_wrap(&a, msg->detail, DETAIL_COLS, lines + n, DETAIL_LINES - n, TEXT(".."));
    }
    const struct dialog_spec spec = {
        .title = msg->where.len ? msg->where : TEXT("Message"), .lines = lines, .n_lines = n};
    app_push(m->app, dialog_new(&spec));
    arena_clear(&a);
}

/* All that passes the filter, one message a paragraph. */
static void edit_copy(struct messages *m)
{
    struct arena a;
    struct buf b;
    arena_init(&a);
    buf_init(&b, BUF_LARGE);
    for (size_t i = 0; i < m->browse.list.uids.len; i++) {
        const struct message *msg = by_uid(m, m->browse.list.uids.items[i]);
        if (!msg)
            continue;
        buf_printf(&b, "%s  %s  %s", exact(m, &a, msg->wall_ms).str, msg->where.str, msg->what.str);
        if (msg->count > 1)
            buf_printf(&b, " (%u times)", msg->count);
        buf_puts(&b, "\n");
        if (msg->detail.len && !text_equal(msg->detail, msg->what))
            buf_printf(&b, "    %s\n", msg->detail.str);
    }
    editor_open_copy(m->app, "messages.txt", buf_str(&b), b.len);
    buf_clear(&b);
    arena_clear(&a);
}

static unsigned messages_command(struct view *v, struct app *a, enum command c)
{
    struct messages *m = (struct messages *)v;
    const struct message *msg = by_uid(m, list_uid(&m->browse.list));
    switch (c) {
    case CMD_OPEN:
        if (msg && !app_go(a, msg->where))
            app_info(a, "there is nothing to open for %s", msg->where.str);
        return VIEW_REDRAW;
    case CMD_COPY:
        if (msg)
            COPY(a, v, {msg->detail.len ? msg->detail : msg->what, "the message"});
        return VIEW_REDRAW;
    case CMD_DETAILS:
        if (msg)
            show_details(m, msg);
        return VIEW_REDRAW;
    case CMD_EDITOR:
        edit_copy(m);
        return VIEW_REDRAW;
    default:
        return browse_command(&m->browse, &browse, m, a, c);
    }
}

static const char *messages_why_not(struct view *v, struct app *a, enum command c,
                                    struct arena *arena)
{
    struct messages *m = (struct messages *)v;
    switch (c) {
    case CMD_OPEN:
    case CMD_COPY:
    case CMD_DETAILS:
    case CMD_EDITOR:
        return m->browse.list.uids.len ? NULL : "there is no message";
    default:
        return browse_why_not(&browse, c);
    }
}

static unsigned messages_filter(struct view *v, struct app *a, struct text text, bool done)
{
    return browse_filter(&((struct messages *)v)->browse, &browse, v, text);
}

static unsigned messages_mouse(struct view *v, struct app *a, const struct event *ev)
{
    return browse_mouse(&((struct messages *)v)->browse, &browse, ev);
}

static unsigned messages_refresh(struct view *v, struct app *a)
{
    reload((struct messages *)v);
    return VIEW_REDRAW;
}

static struct text messages_link(struct view *v, struct app *a, struct arena *arena)
{
    return LINK(arena, ((const struct messages *)v)->browse.filter, TEXT("messages"));
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "go there"},   {CMD_NEXT_PROBLEM, "next not well"},
    {CMD_DETAILS, "details"}, {CMD_FILTER, "filter"},
    {CMD_COPY, "copy"},       {CMD_EDITOR, "editor"},
    {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "messages",
    .place = PLACE_SCREEN,
    .describe_rows = 3,
    .hints = hints,
    .free = messages_free,
    .draw = messages_draw,
    .describe = messages_describe,
    .path = messages_path,
    .totals = messages_totals,
    .command = messages_command,
    .why_not = messages_why_not,
    .mouse = messages_mouse,
    .filter = messages_filter,
    .refresh = messages_refresh,
    .link = messages_link,
};

struct view *messages_new(struct app *a)
{
    struct messages *m = mem_new(struct messages);
    m->view.ops = &ops;
    m->app = a;
    browse_init(&m->browse);
    reload(m);
    return &m->view;
}
