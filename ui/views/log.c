// SPDX-License-Identifier: Apache-2.0
/*
 * The log of one container. The cursor is a line's number, so it stays with its line while newer
 * ones come and the oldest go; following keeps it on the last. What leeway says itself stands
 * between two dashes.
 */
#include "views/log.h"

#include "app/requests.h"

#include "base/mem.h"
#include "base/zone.h"
#include "leeway/leeway.h"
#include "views/editor.h"
#include "views/outside.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/pick.h"
#include "widget/search.h"

#include <stdio.h>
#include <string.h>

struct log_view {
    struct view view;
    struct app *app;
    struct arena arena;
    struct object_ref ref; /* in arena */
    struct text container; /* asked for; empty: the default */
    uint64_t log_id;
    struct leeway_snapshot *snapshot; /* referenced */
    const struct leeway_log *log;     /* of it, or NULL */
    uint64_t cursor;                  /* a line's number; 0: none yet */
    bool follow, wrap, times, previous, full;
    size_t since; /* of sinces */
    uint32_t tail;
    int page; /* rows when last drawn */
    struct search search;
};

static const struct {
    const char *words;
    uint32_t seconds;
} sinces[] = {{"all that is kept", 0}, {"5 min", 300}, {"15 min", 900},
              {"1 h", 3600},           {"6 h", 21600}, {"1 day", 86400}};

static void log_free(struct view *view)
{
    struct log_view *v = (struct log_view *)view;
    app_end_look(v->app, v->log_id);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    arena_clear(&v->arena);
    mem_free(v);
}

/* ---- lines ---- */

static uint64_t first_number(const struct log_view *v)
{
    return v->log && v->log->n_lines ? leeway_log_line(v->log, 0)->number : 0;
}

static uint64_t last_number(const struct log_view *v)
{
    return v->log && v->log->n_lines ? leeway_log_line(v->log, v->log->n_lines - 1)->number : 0;
}

/* NULL: it is not there any more. */
static const struct leeway_line *by_number(const struct log_view *v, uint64_t number)
{
    uint64_t first = first_number(v);
    return first && number >= first ? leeway_log_line(v->log, number - first) : NULL;
}

static void keep_cursor(struct log_view *v)
{
    uint64_t first = first_number(v), last = last_number(v);
    if (v->follow || v->cursor > last)
        v->cursor = last;
    if (v->cursor < first)
        v->cursor = first;
}

static unsigned log_refresh(struct view *view, struct app *a)
{
    struct log_view *v = (struct log_view *)view;
    struct leeway_snapshot *s = app_snapshot(a);
    const struct leeway_log *log = s ? leeway_log_by_id(s, v->log_id) : NULL;
    if (log && log == v->log)
        return VIEW_DONE;
    if (s)
        leeway_snapshot_ref(s);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    v->snapshot = s;
    v->log = log;
    keep_cursor(v);
    return VIEW_REDRAW;
}

static void on_begun(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct log_view *v = (struct log_view *)owner;
    if (ev->kind == LEEWAY_EVENT_FAILED) {
        v->log_id = 0;
        app_say_failed(a, ev);
    }
    log_refresh(owner, a);
}

static void begin(struct log_view *v)
{
    app_end_look(v->app, v->log_id);
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_LOG,
        .cluster = v->ref.cluster.str,
        .namespace_ = v->ref.namespace_.str,
        .name = v->ref.name.str,
        .container = v->container.str,
        .previous = v->previous,
        .since_s = sinces[v->since].seconds,
        .limit = v->tail,
    };
    v->log_id = app_request(v->app, &v->view, &c, on_begun);
    v->log = NULL;
    v->cursor = 0;
    v->follow = true;
}

/* ---- drawing ---- */

static int text_col(const struct log_view *v)
{
    return v->times ? 10 : 2;
}

static struct text line_text(const struct log_view *v, struct arena *a, const struct leeway_line *l)
{
    if (l->ours)
        return text_fmt(a, "-- %s --", l->text.str);
    return l->cut ? text_fmt(a, "%s (%u bytes more)", l->text.str, l->cut) : l->text;
}

static int height_of(const struct log_view *v, struct arena *a, const struct leeway_line *l,
                     int cols)
{
    int room = cols - text_col(v) - 1;
    if (!v->wrap || room < 1)
        return 1;
    struct text t = line_text(v, a, l);
    int rows = t.cols ? ((int)t.cols - 1) / room + 1 : 1;
    return rows < 200 ? rows : 200;
}

static void draw_line(const struct log_view *v, struct region r, const struct leeway_line *l)
{
    struct arena *a = canvas_arena(r.canvas);
    int col = text_col(v), room = r.cols - col - 1;
    struct text t = line_text(v, a, l);
    enum role role = l->ours ? ROLE_TEXT_DIM : ROLE_TEXT;
    if (v->times && l->at_ms) {
        struct zone_time z = zone_split(app_zone(v->app), l->at_ms);
        draw_text(r, 0, 1, text_fmt(a, "%02d:%02d:%02d", z.hour, z.minute, z.second),
                  ROLE_TEXT_DIM);
    }
    if (!v->wrap) {
        draw_cut(r, 0, col, room, t, role, TEXT_CUT_END);
        search_mark(&v->search, region_sub(r, 0, 0, 1, r.cols - 1), 0, col, t);
    }
    for (int row = 0; v->wrap && row < r.rows && t.len; row++) {
        uint32_t got, n = text_prefix(t, (uint32_t)(room > 0 ? room : 1), &got);
        if (!n)
            break;
        struct text piece = text_part(a, t, 0, n);
        draw_text(r, row, col, piece, role);
        search_mark(&v->search, r, row, col, piece);
        t = (struct text){t.str + n, t.len - n, t.cols - got};
    }
    if (l->number == v->cursor) {
        draw_glyph(r, 0, 0, GLYPH_CURSOR, ROLE_TEXT);
        draw_over(r, 0, 0, r.cols, ROLE_CURSOR);
        canvas_park(r, 0, 0);
    }
}

/* From the cursor's line up, as many as fit; following, it is the last one. */
static void log_draw(struct view *view, struct app *app, struct region r)
{
    struct log_view *v = (struct log_view *)view;
    struct arena *a = canvas_arena(r.canvas);
    v->page = r.rows;
    if (!v->log || !v->log->n_lines) {
        struct text t = TEXT("Asked for it.");
        if (v->log && v->log->state == LEEWAY_LOG_FAILED)
            t = text_fmt(a, "%s.", v->log->reason.str);
        else if (v->log && v->log->state != LEEWAY_LOG_OPENING)
            t = TEXT("Nothing was written yet.");
        draw_wrapped(r, 1, 4, r.cols - 8, 5, t, ROLE_TEXT);
        return;
    }
    uint64_t first = first_number(v), last = last_number(v), from = v->cursor, below = v->cursor;
    int used = height_of(v, a, by_number(v, from), r.cols);
    for (int ahead = 0; !v->follow && below < last && ahead < r.rows / 2; ahead++) {
        int h = height_of(v, a, by_number(v, below + 1), r.cols);
        if (used + h > r.rows)
            break;
        used += h;
        below++;
    }
    while (from > first) {
        int h = height_of(v, a, by_number(v, from - 1), r.cols);
        if (used + h > r.rows)
            break;
        used += h;
        from--;
    }
    int y = 0;
    for (uint64_t n = from; n <= last && y < r.rows; n++) {
        const struct leeway_line *l = by_number(v, n);
        int h = height_of(v, a, l, r.cols);
        draw_line(v, region_sub(r, y, 0, h, r.cols), l);
        y += h;
    }
}

static size_t count_matches(const struct log_view *v, size_t *before)
{
    size_t n = 0;
    *before = 0;
    for (size_t i = 0; v->log && search_is_on(&v->search) && i < v->log->n_lines; i++) {
        const struct leeway_line *l = leeway_log_line(v->log, i);
        if (!search_matches(&v->search, l->text))
            continue;
        n++;
        *before += l->number <= v->cursor;
    }
    return n;
}

static void log_describe(struct view *view, struct app *app, struct region r)
{
    struct log_view *v = (struct log_view *)view;
    struct arena *a = canvas_arena(r.canvas);
    const struct leeway_line *l = by_number(v, v->cursor);
    struct text t = TEXT_NONE;
    size_t before, n = count_matches(v, &before);
    if (search_is_on(&v->search))
        t = text_fmt(a, "/%s   %zu matches, %zu up to here; n next, N previous", v->search.words, n,
                     before);
    else if (l && l->at_ms)
        t = text_fmt(a, "line %llu of %llu, %s", (unsigned long long)l->number,
                     (unsigned long long)last_number(v), words_exact(app, a, l->at_ms).str);
    if (v->log && v->log->dropped)
        t = text_fmt(a, "%s   %llu older lines made room", t.str,
                     (unsigned long long)v->log->dropped);
    if (v->log && v->log->state == LEEWAY_LOG_FAILED && v->log->n_lines)
        t = text_fmt(a, "%s   %s", t.str, v->log->reason.str);
    draw_cut(r, 0, 1, r.cols - 2, t, ROLE_TEXT, TEXT_CUT_END);
}

static size_t log_path(struct view *view, struct app *a, struct arena *arena, struct text *parts,
                       size_t max)
{
    struct log_view *v = (struct log_view *)view;
    struct text container = v->log && v->log->container.len ? v->log->container : v->container;
    parts[0] = TEXT("logs");
    parts[1] = text_cut(arena, v->ref.name, 30, TEXT_CUT_MIDDLE, TEXT(".."));
    if (container.len)
        parts[1] = text_fmt(arena, "%s %s", parts[1].str, container.str);
    if (v->previous)
        parts[1] = text_fmt(arena, "%s, the one before", parts[1].str);
    return 2;
}

static void log_totals(struct view *view, struct app *a, struct region r)
{
    static const char *const words[] = {[LEEWAY_LOG_OPENING] = "asked",
                                        [LEEWAY_LOG_OPEN] = "open",
                                        [LEEWAY_LOG_ENDED] = "ended",
                                        [LEEWAY_LOG_FAILED] = "not read"};
    struct log_view *v = (struct log_view *)view;
    struct arena *arena = canvas_arena(r.canvas);
    const char *word = !v->log                                         ? "asked"
                       : v->log->state == LEEWAY_LOG_OPEN && v->follow ? "following"
                                                                       : words[v->log->state];
    struct text t = text_fmt(arena, "%zu lines on %s  %s", v->log ? v->log->n_lines : 0,
                             v->ref.cluster.str, word);
    if ((int)t.cols > r.cols - 4) /* how it stands is what matters */
        t = text_cstr(arena, word);
    int end = r.cols - 1;
    end -= draw_right(r, 0, end, end, t, ROLE_TEXT_DIM);
    if (v->log && v->log->state == LEEWAY_LOG_FAILED)
        draw_state(r, 0, end - 2, LEEWAY_UNKNOWN);
}

/* ---- keys ---- */

static unsigned move(struct log_view *v, int64_t by)
{
    uint64_t first = first_number(v), last = last_number(v);
    int64_t to = (int64_t)v->cursor + by;
    v->cursor = to < (int64_t)first ? first : (uint64_t)to > last ? last : (uint64_t)to;
    v->follow = false;
    return VIEW_REDRAW;
}

static bool seek(struct log_view *v, int step, bool here)
{
    for (uint64_t n = here ? v->cursor : v->cursor + (uint64_t)step;; n += (uint64_t)step) {
        const struct leeway_line *l = by_number(v, n);
        if (!l)
            return false;
        if (search_matches(&v->search, l->text)) {
            v->cursor = n;
            v->follow = false;
            return true;
        }
    }
}

static void container_chosen(struct app *a, struct view *owner, size_t item, struct text typed)
{
    struct log_view *v = (struct log_view *)owner;
    v->container = text_dup(&v->arena, typed);
    begin(v);
}

static void pick_container(struct log_view *v)
{
    struct arena a;
    arena_init(&a);
    struct pick_item *items = arena_array(&a, v->log->n_containers + 1, sizeof(*items));
    size_t at = 0;
    for (size_t i = 0; i < v->log->n_containers; i++) {
        items[i] = (struct pick_item){v->log->containers[i], TEXT_NONE, TEXT_NONE};
        if (text_equal(v->log->containers[i], v->log->container))
            at = i;
    }
    const struct pick_spec spec = {.title = TEXT("Container"),
                                   .items = items,
                                   .n_items = v->log->n_containers,
                                   .at = at,
                                   .owner = &v->view,
                                   .label_is_answer = true,
                                   .fn = container_chosen};
    app_push(v->app, pick_new(&spec));
    arena_clear(&a);
}

/* What the log is asked for: since when, or of the container before. */
#define CHOICES (ARRAY_LEN(sinces) + 1)

static void since_chosen(struct app *a, struct view *owner, size_t item, struct text typed)
{
    struct log_view *v = (struct log_view *)owner;
    if (item < ARRAY_LEN(sinces))
        v->since = item;
    else
        v->previous = !v->previous;
    begin(v);
}

static void pick_since(struct log_view *v)
{
    struct arena a;
    struct pick_item items[CHOICES];
    arena_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(sinces); i++)
        items[i] = (struct pick_item){text_fmt(&a, "since: %s", sinces[i].words), TEXT_NONE,
                                      i == v->since ? TEXT("now") : TEXT_NONE};
    items[CHOICES - 1] = (struct pick_item){v->previous ? TEXT("the container that runs now")
                                                        : TEXT("the container that ran before"),
                                            TEXT("previous"), TEXT_NONE};
    const struct pick_spec spec = {.title = TEXT("What to read"),
                                   .items = items,
                                   .n_items = CHOICES,
                                   .at = v->since,
                                   .owner = &v->view,
                                   .fn = since_chosen};
    app_push(v->app, pick_new(&spec));
    arena_clear(&a);
}

static void copy_command(struct log_view *v)
{
    struct arena a;
    arena_init(&a);
    struct text container = v->log ? v->log->container : v->container;
    struct text t =
        text_fmt(&a, "kubectl --context %s -n %s logs %s%s%s%s --timestamps -f", v->ref.cluster.str,
                 v->ref.namespace_.str, v->ref.name.str, container.len ? " -c " : "", container.str,
                 v->previous ? " --previous" : "");
    app_copy(v->app, t);
    arena_clear(&a);
}

static void edit_copy(struct log_view *v)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    for (size_t i = 0; i < v->log->n_lines; i++)
        buf_printf(&b, "%s\n", leeway_log_line(v->log, i)->text.str);
    editor_open_copy(v->app, "log.txt", buf_str(&b), b.len);
    buf_clear(&b);
}

static unsigned log_command(struct view *view, struct app *a, enum command c)
{
    struct log_view *v = (struct log_view *)view;
    int64_t page = v->page > 1 ? v->page - 1 : 1;
    switch (c) {
    case CMD_UP:
        return move(v, -1);
    case CMD_DOWN:
        return move(v, 1);
    case CMD_PAGE_UP:
        return move(v, -page);
    case CMD_PAGE_DOWN:
        return move(v, page);
    case CMD_HALF_UP:
        return move(v, -(page / 2));
    case CMD_HALF_DOWN:
        return move(v, page / 2);
    case CMD_TOP:
        return move(v, -(int64_t)last_number(v));
    case CMD_BOTTOM:
    case CMD_FOLLOW:
        v->follow = c == CMD_BOTTOM || !v->follow;
        keep_cursor(v);
        return VIEW_REDRAW;
    case CMD_NEXT_MATCH:
    case CMD_PREVIOUS_MATCH:
        if (!seek(v, c == CMD_NEXT_MATCH ? 1 : -1, false))
            app_info(a, "no more matches that way");
        return VIEW_REDRAW;
    case CMD_WRAP:
        v->wrap = !v->wrap;
        return VIEW_REDRAW;
    case CMD_COLUMNS:
        v->times = !v->times;
        return VIEW_REDRAW;
    case CMD_NEXT_TAB:
        pick_container(v);
        return VIEW_REDRAW;
    case CMD_SORT:
        pick_since(v);
        return VIEW_REDRAW;
    case CMD_LARGER:
        v->tail = v->tail < 16000 ? v->tail * 4 : v->tail;
        app_info(a, "the last %u lines are read", v->tail);
        begin(v);
        return VIEW_REDRAW;
    case CMD_REFRESH:
        begin(v);
        return VIEW_REDRAW;
    case CMD_COPY:
        copy_command(v);
        return VIEW_DONE;
    case CMD_SHELL:
        outside_shell(a, &v->ref, v->log ? v->log->container : v->container);
        return VIEW_REDRAW;
    case CMD_EDITOR:
        edit_copy(v);
        return VIEW_REDRAW;
    default:
        return search_command(&v->search, a, c);
    }
}

static const char *log_why_not(struct view *view, struct app *a, enum command c,
                               struct arena *arena)
{
    struct log_view *v = (struct log_view *)view;
    switch (c) {
    case CMD_FOLLOW:
    case CMD_WRAP:
    case CMD_COLUMNS:
    case CMD_SORT:
    case CMD_LARGER:
    case CMD_REFRESH:
    case CMD_COPY:
    case CMD_FILTER:
        return NULL;
    case CMD_SHELL:
        return outside_why_no_shell(a);
    case CMD_EDITOR:
        return v->log && v->log->n_lines ? NULL : "nothing was read yet";
    case CMD_NEXT_TAB:
        return v->log && v->log->n_containers > 1 ? NULL : "the pod has one container";
    case CMD_NEXT_MATCH:
    case CMD_PREVIOUS_MATCH:
        return search_why_not(&v->search);
    default:
        return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

static unsigned log_filter(struct view *view, struct app *a, struct text text, bool done)
{
    struct log_view *v = (struct log_view *)view;
    search_set(&v->search, text);
    if (search_is_on(&v->search) && !seek(v, -1, true))
        seek(v, 1, true);
    return VIEW_REDRAW;
}

static unsigned log_mouse(struct view *view, struct app *a, const struct event *ev)
{
    struct log_view *v = (struct log_view *)view;
    if (ev->mouse.kind != MOUSE_WHEEL_UP && ev->mouse.kind != MOUSE_WHEEL_DOWN)
        return 0;
    return move(v, ev->mouse.kind == MOUSE_WHEEL_UP ? -3 : 3);
}

static const struct view_hint hints[] = {
    {CMD_FILTER, "search"},      {CMD_NEXT_MATCH, "N match"}, {CMD_FOLLOW, "follow"},
    {CMD_WRAP, "wrap"},          {CMD_COLUMNS, "times"},      {CMD_NEXT_TAB, "container"},
    {CMD_SORT, "since, before"}, {CMD_COPY, "copy"},          {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "logs",
    .place = PLACE_SCREEN,
    .describe_rows = 1,
    .hints = hints,
    .free = log_free,
    .draw = log_draw,
    .describe = log_describe,
    .path = log_path,
    .totals = log_totals,
    .command = log_command,
    .why_not = log_why_not,
    .filter = log_filter,
    .mouse = log_mouse,
    .refresh = log_refresh,
};

struct view *log_new(struct app *a, const struct object_ref *pod, struct text container)
{
    struct log_view *v = mem_new(struct log_view);
    v->view.ops = &ops;
    v->app = a;
    v->times = true;
    v->tail = 1000;
    arena_init(&v->arena);
    v->ref = object_ref_dup(&v->arena, pod);
    v->container = text_dup(&v->arena, container);
    begin(v);
    return &v->view;
}
