// SPDX-License-Identifier: Apache-2.0
/*
 * One environment: what it is, its outputs, targets and differences; in further tabs its objects by
 * module, its releases, and what makes it unlike its blueprint. The snapshot is shown at once; the
 * engine is asked for objects, outputs and older releases, and again when something moved.
 */
#include "app/requests.h"

#include "views/environment_int.h"

#include "base/hash.h"
#include "data/json.h"
#include "views/accept.h"
#include "views/activity.h"
#include "views/cluster.h"
#include "views/copy.h"
#include "views/drift_detail.h"
#include "views/log.h"
#include "views/object.h"
#include "views/plan_view.h"
#include "views/resources.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/dialog.h"
#include "widget/tabs.h"

#include <string.h>

static void environment_free(struct view *view)
{
    struct environment_view *v = (struct environment_view *)view;
    vec_clear(&v->rows);
    list_clear(&v->list);
    leeway_form_free(v->form);
    leeway_parts_unref(v->parts);
    leeway_history_unref(v->history);
    arena_clear(&v->rows_arena);
    arena_clear(&v->own);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    mem_free(v);
}

/* ---- what it knows ---- */

/* Its parameters as the form of its blueprint has them: given, or by default. */
static void take_form(struct environment_view *v)
{
    struct val_pool p;
    struct buf b;
    struct err e = ERR_INIT;
    const struct leeway_env_file *f = v->file;
    if (!f || !v->blueprint || !f->document.len || text_equal(f->document, v->form_of))
        return;
    v->form_of = text_dup(&v->own, f->document);
    val_pool_init(&p);
    buf_init(&b, BUF_LARGE);
    const struct val *doc = json_read(&p, f->document.str, f->document.len, NULL, &e);
    const struct val *params = val_at(doc, "spec", "params", NULL);
    bool good = !params || json_write(&b, params, JSON_COMPACT) == 0;
    leeway_form_free(v->form);
    v->form =
        good ? leeway_form_new(v->blueprint->schema.str, params ? buf_str(&b) : NULL, &e) : NULL;
    err_clear(&e);
    buf_clear(&b);
    val_pool_clear(&p);
}

static void reload(struct environment_view *v)
{
    struct leeway_snapshot *s = app_snapshot(v->app);
    if (!s)
        return;
    leeway_snapshot_ref(s);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    v->snapshot = s;
    v->row = NULL;
    for (size_t i = 0; i < leeway_environments(s); i++)
        if (text_equal(leeway_environment_at(s, i)->name, v->name))
            v->row = leeway_environment_at(s, i);
    v->file = environment_file(s, v->row);
    v->blueprint =
        v->file ? leeway_blueprint_find(s, v->file->blueprint.str, v->file->version.str) : NULL;
    take_form(v);
    environment_build(v);
}

/* What its objects and outputs depend on, as far as the snapshot tells. */
static uint64_t sight(const struct environment_view *v)
{
    const struct hash_key *key = hash_process_key();
    uint64_t h = v->file ? hash_bytes(key, v->file->document.str, v->file->document.len) : 0;
    for (size_t i = 0; v->row && i < v->row->n_target_rows; i++) {
        const struct leeway_target *t = &v->row->target_rows[i];
        const int64_t facts[] = {t->state,         t->phase,    t->release,  t->objects,
                                 t->objects_ready, t->drift[0], t->drift[1], t->drift[2],
                                 t->drift[3],      t->since_ms};
        h = h * 31 + hash_bytes(key, facts, sizeof(facts)) +
            hash_bytes(key, t->reason.str, t->reason.len);
    }
    return h ? h : 1;
}

static void on_parts(struct app *a, struct view *owner, const struct leeway_event *ev);
static void on_history(struct app *a, struct view *owner, const struct leeway_event *ev);

/* One question of a kind at a time; what moved meanwhile is asked for after its answer. */
static void ask(struct environment_view *v)
{
    if (!v->row)
        return;
    if (!v->asking && v->seen != sight(v)) {
        const struct leeway_command c = {.kind = LEEWAY_CMD_PARTS, .environment = v->name.str};
        v->seen = sight(v);
        v->asking = app_request(v->app, &v->view, &c, on_parts) != 0;
    }
    if (!v->asking_history && v->asked_release != v->row->release + 1) {
        const struct leeway_command c = {
            .kind = LEEWAY_CMD_HISTORY, .environment = v->name.str, .limit = 200};
        v->asked_release = v->row->release + 1;
        v->asking_history = app_request(v->app, &v->view, &c, on_history) != 0;
    }
}

/* A failure is no message: the row says what is not known, and the next change asks again. */
static void on_parts(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct environment_view *v = (struct environment_view *)owner;
    v->asking = false;
    if (ev->kind == LEEWAY_EVENT_PARTS && ev->parts) {
        bool first = !v->parts && v->list.cursor == 0;
        leeway_parts_unref(v->parts);
        v->parts = leeway_parts_ref(ev->parts);
        environment_build(v);
        if (first) /* outputs came to stand above what was first */
            list_go(&v->list, 0);
    }
    ask(v);
}

static void on_history(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct environment_view *v = (struct environment_view *)owner;
    v->asking_history = false;
    if (ev->kind == LEEWAY_EVENT_HISTORY && ev->history) {
        leeway_history_unref(v->history);
        v->history = leeway_history_ref(ev->history);
        environment_build(v);
    }
    ask(v);
}

static const struct env_row *here(const struct environment_view *v)
{
    size_t row;
    return list_at(&v->list, &row) && row < v->rows.len ? &v->rows.items[row] : NULL;
}

/* ---- drawing ---- */

static const char *const tab_names[ENV_TABS] = {"overview", "targets", "resources",
                                                "drift",    "history", "overrides"};

static void draw_tabs(const struct environment_view *v, struct region r)
{
    struct tab tabs[ENV_TABS];
    for (size_t i = 0; i < ENV_TABS; i++)
        tabs[i] = (struct tab){tab_names[i], v->counts[i]};
    if (r.cols >= 64)
        tabs_draw(r, 0, tabs, ENV_TABS, v->tab);
    else /* the one in view, and that there are more */
        tabs_draw(r, 0, &tabs[v->tab], 1, 0);
}

static const char *why_empty(const struct environment_view *v)
{
    switch (v->tab) {
    case ENV_RESOURCES:
        return v->parts ? "Nothing was applied yet." : "The clusters are asked.";
    case ENV_DRIFT:
        return "Nothing differs from what was given.";
    case ENV_HISTORY:
        return "There is no release yet.";
    case ENV_OVERRIDES:
        return "Nothing is overridden, accepted or handed over.";
    default:
        return "There is nothing on any cluster yet.";
    }
}

static void environment_draw(struct view *view, struct app *a, struct region r)
{
    struct environment_view *v = (struct environment_view *)view;
    if (!v->row) {
        draw_wrapped(r, 1, 4, r.cols - 8, 2, TEXT("This environment is gone."), ROLE_TEXT);
        return;
    }
    draw_tabs(v, r);
    int y = 2;
    if (v->tab == ENV_OVERVIEW && r.rows >= 12)
        y += environment_facts(v, region_sub(r, 2, 0, r.rows - 2, r.cols)) + 1;
    if (v->parts && v->parts->why.len && v->tab <= ENV_RESOURCES && v->tab != ENV_TARGETS) {
        draw_cut(r, y, 1, r.cols - 2,
                 text_fmt(canvas_arena(r.canvas), "Outputs and modules are not known: %s",
                          v->parts->why.str),
                 ROLE_TEXT_STRONG, TEXT_CUT_END);
        y += 2;
    }
    if (!v->rows.len)
        draw_wrapped(r, y, 4, r.cols - 8, 2, text_cstr(canvas_arena(r.canvas), why_empty(v)),
                     ROLE_TEXT_DIM);
    tall_draw(&v->list, region_sub(r, y, 0, r.rows - y, r.cols), environment_height,
              environment_draw_row, v);
}

static size_t environment_path(struct view *view, struct app *a, struct arena *arena,
                               struct text *parts, size_t max)
{
    parts[0] = TEXT("environments");
    parts[1] = ((struct environment_view *)view)->name;
    return 2;
}

static void environment_totals(struct view *view, struct app *a, struct region r)
{
    struct environment_view *v = (struct environment_view *)view;
    struct arena *arena = canvas_arena(r.canvas);
    if (!v->row)
        return;
    struct text t =
        v->row->reason.len ? v->row->reason : text_cstr(arena, leeway_state_word(v->row->state));
    struct text since = v->row->since_ms ? zone_when(arena, app_zone(a), v->row->since_ms,
                                                     clock_wall_ms(app_clock(a)))
                                         : TEXT_NONE;
    struct text whole = since.len ? text_fmt(arena, "%s since %s", t.str, since.str) : t;
    if ((int)whole.cols > r.cols - 4)
        whole = t;
    int col = r.cols - 1 - draw_right(r, 0, r.cols - 1, r.cols - 4, whole, ROLE_TEXT);
    draw_state(r, 0, col - 2, v->row->state);
}

/* ---- keys ---- */

static bool is_unwell(void *ctx, size_t row)
{
    const struct env_row *x = &((struct environment_view *)ctx)->rows.items[row];
    switch (x->kind) {
    case ENV_ROW_TARGET:
        return state_is_unwell(x->of.target->state);
    case ENV_ROW_PART:
        return state_is_unwell(x->of.part->state);
    case ENV_ROW_DRIFT:
        return x->group <= DRIFT_UNKNOWN;
    case ENV_ROW_RELEASE:
        return x->of.release->state == LEEWAY_RELEASE_FAILED;
    case ENV_ROW_ANSWER:
        return x->of.answer->expired;
    default:
        return false;
    }
}

struct ending {
    char uuid[40];
};

static void ended(struct app *a, void *ctx, int button)
{
    struct ending *x = ctx;
    const char *uuid = x->uuid;
    const struct leeway_command c = {.kind = LEEWAY_CMD_END_EXCEPTION,
                                     .exceptions = &uuid,
                                     .n_exceptions = 1,
                                     .reason = "ended in the console"};
    if (button == 1)
        app_request(a, app_screen(a), &c, NULL);
    mem_free(x);
}

static void ask_to_end(struct environment_view *v, const struct leeway_answer *x)
{
    struct arena *a = &v->rows_arena;
    struct text end =
        x->expires_ms ? environment_left(v->app, a, x->expires_ms) : TEXT("without an end");
    const struct text lines[] = {
        text_fmt(a, "%s of %s/%s%s%s", x->path.len ? x->path.str : "the whole", x->object_kind.str,
                 x->name.str, x->cluster.len ? " on " : "", x->cluster.str),
        text_fmt(a, "%s, %s, by %s; until %s", x->accepts.str, x->reason.str, x->by.str, end.str),
        TEXT_NONE,
        text_fmt(a, "Sends nothing. %s it covers %s unexpected again.",
                 x->standing == 1 ? "The one difference that"
                                  : text_fmt(a, "The %u differences that", x->standing).str,
                 x->standing == 1 ? "is" : "are"),
    };
    static const struct dialog_button buttons[] = {{"End it", NULL}};
    struct ending *ctx = mem_new(struct ending);
    memcpy(ctx->uuid, x->uuid.str, x->uuid.len < sizeof(ctx->uuid) ? x->uuid.len : 0);
    app_push(v->app, dialog_new(&(struct dialog_spec){.title = TEXT("End an exception"),
                                                      .lines = lines,
                                                      .n_lines = ARRAY_LEN(lines),
                                                      .buttons = buttons,
                                                      .n_buttons = ARRAY_LEN(buttons),
                                                      .done = ended,
                                                      .ctx = ctx}));
}

static void open_target(struct environment_view *v, const struct leeway_target *t)
{
    const struct leeway_cluster *c = leeway_cluster_by_name(v->snapshot, t->cluster.str);
    if (c)
        app_push(v->app, cluster_new(v->app, c->id));
    else
        app_error(v->app, "%s is not in this fleet", t->cluster.str);
}

static unsigned open_row(struct environment_view *v)
{
    const struct env_row *x = here(v);
    struct arena arena;
    struct object_ref ref;
    switch (x->kind) {
    case ENV_ROW_OUTPUT:
        app_copy(v->app, x->of.output->value);
        return VIEW_DONE;
    case ENV_ROW_DRIFT:
        app_push(v->app, drift_detail_new(v->app, x->of.drift));
        break;
    case ENV_ROW_TARGET:
        open_target(v, x->of.target);
        break;
    case ENV_ROW_ANSWER:
        ask_to_end(v, x->of.answer);
        break;
    case ENV_ROW_PART:
        arena_init(&arena);
        if (environment_object(x, &arena, &ref))
            app_push(v->app, object_new(v->app, &ref, OBJECT_YAML));
        arena_clear(&arena);
        break;
    default:
        app_push(v->app, activity_new(v->app));
    }
    return VIEW_REDRAW;
}

static const char *why_no_open(const struct environment_view *v)
{
    const struct env_row *x = here(v);
    if (!x)
        return "there is nothing to open";
    switch (x->kind) {
    case ENV_ROW_OUTPUT:
        return x->of.output->known    ? NULL
               : x->of.output->secret ? "secrets are not shown"
                                      : "the cluster has not made it yet";
    case ENV_ROW_PARAMETER:
    case ENV_ROW_OVERRIDE:
    case ENV_ROW_EXCEPTION:
        return "p changes it";
    default:
        return NULL;
    }
}

void environment_copy(struct app *a, struct view *owner, struct text name,
                      const struct leeway_env_file *f)
{
    struct arena arena;
    arena_init(&arena);
    COPY(a, owner, {name, "its name"},
         {link_command(&arena, LINK(&arena, "", TEXT("environments"), name)), "the link"},
         {text_fmt(&arena, "leeway env show %s", name.str), "the command that prints this"},
         {f ? f->path : TEXT_NONE, "its file"});
    arena_clear(&arena);
}

static struct text environment_link(struct view *view, struct app *a, struct arena *arena)
{
    const struct environment_view *v = (const struct environment_view *)view;
    return LINK(arena, "", TEXT("environments"), v->name,
                v->tab ? text_cstr(arena, tab_names[v->tab]) : TEXT_NONE);
}

static bool environment_go(struct view *view, struct app *a, struct text where)
{
    struct environment_view *v = (struct environment_view *)view;
    size_t tab = v->tab;
    bool found = tabs_find(tab_names, ENV_TABS, where, &tab);
    v->tab = (enum env_tab)tab;
    environment_build(v);
    return found;
}

/* Events of its namespace on its clusters. */
static void open_events(struct environment_view *v)
{
    struct arena a;
    const char *names[64];
    size_t n = 0;
    arena_init(&a);
    for (; n < v->row->n_target_rows && n < ARRAY_LEN(names); n++)
        names[n] = v->row->target_rows[n].cluster.str;
    const struct resources_query q = {.kind = "events",
                                      .clusters = names,
                                      .n_clusters = n,
                                      .filter = text_fmt(&a, "ns:%s", v->row->namespace_.str).str};
    app_push(v->app, resources_new(v->app, &q));
    arena_clear(&a);
}

static void revert(struct environment_view *v, const struct leeway_drift *d)
{
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_REVERT,
                                     .environment = v->name.str,
                                     .drift_ids = &d->id,
                                     .n_drift_ids = 1};
    plan_view_request(v->app, &v->view, &c);
}

/* The release of the row under the cursor; 0: the cursor is on none. */
static int32_t release_here(const struct environment_view *v)
{
    const struct env_row *x = here(v);
    return x && x->kind == ENV_ROW_RELEASE ? x->of.release->number : 0;
}

static const char *why_no_answer(const struct env_row *x)
{
    if (!x || x->kind != ENV_ROW_DRIFT)
        return "the cursor is on no difference";
    return x->of.drift->verdict == LEEWAY_VERDICT_UNKNOWN   ? "nobody knows what is there now"
           : x->of.drift->verdict == LEEWAY_VERDICT_ALLOWED ? "its contract allows it already"
                                                            : NULL;
}

/* `y` `d` `L` `b` and `e` of the object under the cursor. */
static unsigned lead(struct environment_view *v, enum command c)
{
    const struct env_row *x = here(v);
    struct arena a;
    struct object_ref ref;
    arena_init(&a);
    bool object = environment_object(x, &a, &ref);
    struct text path = x && x->kind == ENV_ROW_DRIFT ? x->of.drift->path : TEXT_NONE;
    unsigned r = VIEW_REDRAW;
    if (object)
        r = object_ways_command(v->app, &v->view, &ref, path, c);
    else if (c == CMD_EVENTS)
        open_events(v);
    else
        r = 0;
    arena_clear(&a);
    return r;
}

/* Of the object under the cursor where it has any, else of everything that has. */
static unsigned open_logs(struct environment_view *v)
{
    struct arena a;
    struct object_ref ref;
    arena_init(&a);
    bool one = environment_object(here(v), &a, &ref) && !log_why_none(ref.group, ref.kind);
    app_push(v->app, one ? log_new_of(v->app, &ref, 1) : log_new_environment(v->app, v->name));
    arena_clear(&a);
    return VIEW_REDRAW;
}

static unsigned copy(struct environment_view *v)
{
    const struct env_row *x = here(v);
    if (x && x->kind == ENV_ROW_OUTPUT && x->of.output->known) {
        app_copy(v->app, x->of.output->value);
        return VIEW_DONE;
    }
    if (!x || (x->kind != ENV_ROW_PART && x->kind != ENV_ROW_DRIFT))
        environment_copy(v->app, &v->view, v->name, v->file);
    else
        lead(v, CMD_COPY);
    return VIEW_REDRAW;
}

static unsigned environment_command(struct view *view, struct app *a, enum command c)
{
    struct environment_view *v = (struct environment_view *)view;
    const struct env_row *x = here(v);
    size_t tab = v->tab;
    switch (c) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        tabs_command(&tab, ENV_TABS, c);
        v->tab = (enum env_tab)tab;
        environment_build(v);
        list_go(&v->list, 0);
        return VIEW_REDRAW;
    case CMD_OPEN:
        return open_row(v);
    case CMD_LOGS:
        return open_logs(v);
    case CMD_DRIFT:
        environment_open_drift(a, v->row);
        return VIEW_REDRAW;
    case CMD_PLAN:
        if (x && x->kind == ENV_ROW_DRIFT && !why_no_answer(x))
            revert(v, x->of.drift);
        else
            environment_ask_ways(a, view, v->row);
        return VIEW_REDRAW;
    case CMD_PLAN_DELETE:
        environment_plan_destroy(a, view, v->row);
        return VIEW_REDRAW;
    case CMD_ROLLBACK:
        environment_plan_undo(a, view, v->row, release_here(v));
        return VIEW_REDRAW;
    case CMD_ACCEPT:
        accept_ask(a, view, x->of.drift, &x->of.drift->id, 1);
        return VIEW_REDRAW;
    case CMD_OWNER:
        hand_over_ask(a, view, x->of.drift, &x->of.drift->id, 1);
        return VIEW_REDRAW;
    case CMD_COPY:
        return copy(v);
    case CMD_REFRESH:
        v->seen = 0;
        v->asked_release = 0;
        ask(v);
        return VIEW_REDRAW;
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        if (!list_seek(&v->list, c == CMD_NEXT_PROBLEM ? 1 : -1, is_unwell, v))
            app_info(a, "nothing more that way is not well");
        return VIEW_REDRAW;
    default: {
        unsigned r = lead(v, c);
        return r ? r : list_command(&v->list, c);
    }
    }
}

static const char *environment_why_not(struct view *view, struct app *a, enum command c,
                                       struct arena *arena)
{
    struct environment_view *v = (struct environment_view *)view;
    struct object_ref ref;
    switch (c) {
    case CMD_OPEN:
        return why_no_open(v);
    case CMD_DRIFT:
    case CMD_LOGS:
    case CMD_EVENTS:
    case CMD_REFRESH:
        return v->row ? NULL : "the environment is gone";
    case CMD_PLAN:
        return environment_why_no_plan(v->row);
    case CMD_PLAN_DELETE:
        return environment_why_no_destroy(v->snapshot, v->row);
    case CMD_ROLLBACK:
        return environment_why_no_undo(v->row, release_here(v));
    case CMD_ACCEPT:
    case CMD_OWNER:
        return why_no_answer(here(v));
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
    case CMD_COPY:
        return NULL;
    default: {
        const char *why =
            object_ways_why_not(environment_object(here(v), arena, &ref) ? &ref : NULL, c);
        return why != VIEW_NOT_HERE                ? why
               : command_info(c)->flags & CMD_MOVE ? NULL
                                                   : VIEW_NOT_HERE;
    }
    }
}

static unsigned environment_refresh(struct view *view, struct app *a)
{
    struct environment_view *v = (struct environment_view *)view;
    reload(v);
    ask(v);
    return VIEW_REDRAW;
}

static const struct view_hint hints[] = {{CMD_OPEN, "open"},
                                         {CMD_NEXT_TAB, "next tab"},
                                         {CMD_DRIFT, "drift"},
                                         {CMD_PLAN, "plan"},
                                         {CMD_PLAN_DELETE, "plan deletion"},
                                         {CMD_ROLLBACK, "go back"},
                                         {CMD_LOGS, "logs"},
                                         {CMD_EVENTS, "events"},
                                         {CMD_COPY, "copy"},
                                         {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "environment",
    .place = PLACE_SCREEN,
    .hints = hints,
    .free = environment_free,
    .draw = environment_draw,
    .path = environment_path,
    .totals = environment_totals,
    .command = environment_command,
    .why_not = environment_why_not,
    .refresh = environment_refresh,
    .link = environment_link,
    .go = environment_go,
};

struct text environment_name_of(const struct view *view)
{
    return view->ops == &ops ? ((const struct environment_view *)view)->name
                             : environments_here_name(view);
}

struct view *environment_new(struct app *a, struct text name)
{
    struct environment_view *v = mem_new(struct environment_view);
    v->view.ops = &ops;
    v->app = a;
    v->form_of = TEXT_NONE;
    arena_init(&v->own);
    arena_init(&v->rows_arena);
    v->name = text_dup(&v->own, name);
    list_init(&v->list);
    reload(v);
    ask(v);
    return &v->view;
}
