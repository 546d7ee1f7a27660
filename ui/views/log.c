// SPDX-License-Identifier: Apache-2.0
/*
 * Logs: of one container, or of many in one. The cursor is a line's number, so it stays with its
 * line while newer ones come and the oldest go; following keeps it on the last. What leeway says
 * itself stands between two dashes.
 */
#include "views/log_int.h"

#include "app/requests.h"

#include "base/mem.h"
#include "leeway/leeway.h"
#include "views/copy.h"
#include "views/editor.h"
#include "views/outside.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/pick.h"

#include <stdio.h>
#include <string.h>

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
    arena_clear(&v->names_arena);
    vec_clear(&v->names);
    vec_clear(&v->hidden);
    list_clear(&v->pods);
    mem_free(v);
}

/* ---- the engine ---- */

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
    log_pods_load(v);
    log_keep_cursor(v);
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
        .subjects = v->subjects,
        .n_subjects = v->n_subjects,
        .environment = v->environment.str,
    };
    v->log_id = app_request(v->app, &v->view, &c, on_begun);
    v->log = NULL;
    v->cursor = 0;
    v->follow = true;
    v->hidden.len = 0;
    log_pods_load(v);
}

/* ---- drawing ---- */

static void log_draw(struct view *view, struct app *app, struct region r)
{
    struct log_view *v = (struct log_view *)view;
    int pane = log_pods_rows(v, r.rows);
    log_draw_lines(v, region_sub(r, 0, 0, r.rows - pane, r.cols));
    if (pane)
        log_pods_draw(v, region_sub(r, r.rows - pane, 0, pane, r.cols));
}

static size_t count_matches(const struct log_view *v, size_t *before)
{
    size_t n = 0;
    *before = 0;
    for (size_t i = 0; v->log && search_is_on(&v->search) && i < v->log->n_lines; i++) {
        const struct leeway_line *l = leeway_log_line(v->log, i);
        if (log_pods_hidden(v, l->source) || !search_matches(&v->search, l->text))
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
    const struct leeway_line *l = log_line(v, v->cursor);
    struct text t = TEXT_NONE;
    size_t before, n = count_matches(v, &before);
    if (search_is_on(&v->search))
        t = text_fmt(a, "/%s   %zu matches, %zu up to here; n next, N previous", v->search.words, n,
                     before);
    else if (l && l->at_ms)
        t = text_fmt(a, "line %llu of %llu, %s", (unsigned long long)l->number,
                     (unsigned long long)log_last(v), words_exact(app, a, l->at_ms).str);
    const struct leeway_log_source *from = l && v->several && !search_is_on(&v->search)
                                               ? leeway_log_source_by_id(v->log, l->source)
                                               : NULL;
    if (from)
        t = text_fmt(a, "%s   %s %s%s%s", t.str, from->cluster.str, from->pod.str,
                     from->alone ? "" : "/", from->alone ? "" : from->container.str);
    if (v->log && v->log->not_read)
        t = text_fmt(a, "%s   %u more pods are not read", t.str, v->log->not_read);
    if (v->log && v->log->dropped)
        t = text_fmt(a, "%s   %llu older dropped", t.str, (unsigned long long)v->log->dropped);
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
    if (v->several) {
        parts[1] = v->previous ? text_fmt(arena, "%s, the ones before", v->title.str) : v->title;
        return 2;
    }
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
    if (v->several)
        t = !v->log || !v->log->n_sources
                ? text_cstr(arena, word)
                : text_fmt(arena, "%s  %s", log_pods_count(v, arena).str, word);
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
    for (uint64_t next = v->cursor; by; by -= by < 0 ? -1 : 1) {
        next = log_step(v, next, by < 0 ? -1 : 1);
        if (!next)
            break;
        v->cursor = next;
    }
    v->follow = false;
    return VIEW_REDRAW;
}

static bool seek(struct log_view *v, int step, bool here)
{
    for (uint64_t n = here ? v->cursor : log_step(v, v->cursor, step); n; n = log_step(v, n, step))
        if (log_line(v, n) && search_matches(&v->search, log_line(v, n)->text)) {
            v->cursor = n;
            v->follow = false;
            return true;
        }
    return false;
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

/* The pod that commands are about: of the line under the cursor, or under the cursor below. */
static struct object_ref pod_here(const struct log_view *v, struct text *container)
{
    const struct leeway_line *l = log_line(v, v->cursor);
    const struct leeway_log_source *s = v->in_pods ? log_pods_here(v)
                                        : l        ? leeway_log_source_by_id(v->log, l->source)
                                                   : NULL;
    struct object_ref ref = v->ref;
    *container = v->log ? v->log->container : v->container;
    if (!v->several || !s)
        return ref;
    *container = s->container;
    return (struct object_ref){.cluster = s->cluster,
                               .group = TEXT_NONE,
                               .version = TEXT("v1"),
                               .kind = TEXT("Pod"),
                               .plural = TEXT("pods"),
                               .namespace_ = s->namespace_,
                               .name = s->pod};
}

static void copy_here(struct log_view *v)
{
    struct arena a;
    struct text container;
    arena_init(&a);
    struct object_ref ref = pod_here(v, &container);
    struct text t =
        text_fmt(&a, "kubectl --context %s -n %s logs %s%s%s%s --timestamps -f", ref.cluster.str,
                 ref.namespace_.str, ref.name.str, container.len ? " -c " : "", container.str,
                 v->previous ? " --previous" : "");
    const struct leeway_line *l = log_line(v, v->cursor);
    COPY(v->app, &v->view, {l && !v->in_pods ? l->text : TEXT_NONE, "the line"},
         {ref.name.len ? t : TEXT_NONE, "the kubectl command"});
    arena_clear(&a);
}

static void edit_copy(struct log_view *v)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    for (size_t i = 0; i < v->log->n_lines; i++) {
        const struct leeway_line *l = leeway_log_line(v->log, i);
        const struct leeway_log_source *s =
            v->several ? leeway_log_source_by_id(v->log, l->source) : NULL;
        if (s)
            buf_printf(&b, "%s %s/%s ", s->cluster.str, s->pod.str, s->container.str);
        buf_printf(&b, "%s\n", l->text.str);
    }
    editor_open_copy(v->app, "log.txt", buf_str(&b), b.len);
    buf_clear(&b);
}

static void open_shell(struct log_view *v)
{
    struct text container;
    struct object_ref ref = pod_here(v, &container);
    outside_shell(v->app, &ref, container);
}

/* Keys while the pods below have them; 0: not one of these. */
static unsigned pods_command(struct log_view *v, enum command c)
{
    switch (c) {
    case CMD_MARK:
        log_pods_hide(v);
        log_keep_cursor(v);
        return VIEW_REDRAW;
    case CMD_BACK:
    case CMD_OPEN:
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        v->in_pods = false;
        return VIEW_REDRAW;
    default:
        return command_info(c)->flags & CMD_MOVE ? list_command(&v->pods, c) : 0;
    }
}

static unsigned log_command(struct view *view, struct app *a, enum command c)
{
    struct log_view *v = (struct log_view *)view;
    int64_t page = v->page > 1 ? v->page - 1 : 1;
    unsigned done = v->in_pods ? pods_command(v, c) : 0;
    if (done)
        return done;
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
        return move(v, INT64_MIN / 2);
    case CMD_BOTTOM:
    case CMD_FOLLOW:
        v->follow = c == CMD_BOTTOM || !v->follow;
        log_keep_cursor(v);
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
        if (v->several)
            v->in_pods = true;
        else
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
        copy_here(v);
        return VIEW_REDRAW;
    case CMD_SHELL:
        open_shell(v);
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
        if (v->several)
            return v->log && v->log->n_sources ? NULL : "there is no pod yet";
        return v->log && v->log->n_containers > 1 ? NULL : "the pod has one container";
    case CMD_MARK:
    case CMD_OPEN:
        return !v->several ? VIEW_NOT_HERE : v->in_pods ? NULL : "Tab goes to the pods first";
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

static struct text log_link(struct view *view, struct app *a, struct arena *arena)
{
    const struct log_view *v = (const struct log_view *)view;
    if (v->environment.len)
        return LINK(arena, "", TEXT("logs"), v->environment);
    if (!v->several)
        return LINK(arena, "", TEXT("logs"), v->ref.cluster, v->ref.namespace_, TEXT("pods"),
                    v->ref.name, v->container);
    return v->n_subjects == 1 ? text_fmt(arena, "logs/%s", v->subjects[0]) : TEXT_NONE;
}

static const struct view_hint hints[] = {
    {CMD_FILTER, "search"},      {CMD_NEXT_MATCH, "N match"}, {CMD_FOLLOW, "follow"},
    {CMD_WRAP, "wrap"},          {CMD_COLUMNS, "times"},      {CMD_NEXT_TAB, "container"},
    {CMD_SORT, "since, before"}, {CMD_COPY, "copy"},          {CMD_NONE, NULL}};

static const struct view_hint hints_of_several[] = {
    {CMD_FILTER, "search"}, {CMD_NEXT_MATCH, "N match"}, {CMD_MARK, "hide"},
    {CMD_FOLLOW, "follow"}, {CMD_WRAP, "wrap"},          {CMD_NEXT_TAB, "pods"},
    {CMD_COLUMNS, "times"}, {CMD_SORT, "since, before"}, {CMD_COPY, "copy"},
    {CMD_NONE, NULL}};

#define LOG_OPS(words)                                                                             \
    {                                                                                              \
        .name = "logs", .place = PLACE_SCREEN, .describe_rows = 1, .hints = (words),               \
        .free = log_free, .draw = log_draw, .describe = log_describe, .path = log_path,            \
        .totals = log_totals, .command = log_command, .why_not = log_why_not,                      \
        .filter = log_filter, .mouse = log_mouse, .refresh = log_refresh, .link = log_link,        \
    }
static const struct view_ops ops = LOG_OPS(hints);
static const struct view_ops ops_of_several = LOG_OPS(hints_of_several);

static struct log_view *new_view(struct app *a, bool several)
{
    struct log_view *v = mem_new(struct log_view);
    v->view.ops = several ? &ops_of_several : &ops;
    v->app = a;
    v->times = true;
    v->several = several;
    v->tail = several ? 200 : 1000; /* of each */
    v->container = v->environment = v->title = TEXT_NONE;
    arena_init(&v->arena);
    arena_init(&v->names_arena);
    list_init(&v->pods);
    return v;
}

struct view *log_new(struct app *a, const struct object_ref *pod, struct text container)
{
    struct log_view *v = new_view(a, false);
    v->ref = object_ref_dup(&v->arena, pod);
    v->container = text_dup(&v->arena, container);
    begin(v);
    return &v->view;
}

struct view *log_new_of(struct app *a, const struct object_ref *refs, size_t n)
{
    if (n == 1 && strcmp(refs->kind.str, "Pod") == 0)
        return log_new(a, refs, TEXT_NONE);
    struct log_view *v = new_view(a, true);
    v->subjects = arena_array(&v->arena, n + 1, sizeof(*v->subjects));
    for (size_t i = 0; i < n; i++)
        v->subjects[v->n_subjects++] =
            arena_printf(&v->arena, "%s/%s/%s/%s", refs[i].cluster.str, refs[i].namespace_.str,
                         object_ref_resource(&v->arena, &refs[i]).str, refs[i].name.str);
    v->title = n == 1 ? text_dup(&v->arena, refs->name)
                      : text_fmt(&v->arena, "%zu %s", n, refs->plural.str);
    begin(v);
    return &v->view;
}

struct view *log_new_environment(struct app *a, struct text name)
{
    struct log_view *v = new_view(a, true);
    v->environment = v->title = text_dup(&v->arena, name);
    begin(v);
    return &v->view;
}

const char *log_why_none(struct text group, struct text kind)
{
    return leeway_kind_has_logs(group.str, kind.str) ? NULL : "logs are of pods and what has pods";
}
