// SPDX-License-Identifier: Apache-2.0
/*
 * Keys of the form. Letters are text in the field under the cursor; every change goes to the form
 * at once, and to the engine, which plans the draft and keeps it.
 */
#include "views/launch_int.h"

#include "views/plan_view.h"
#include "widget/pick.h"

#include <stdio.h>
#include <string.h>

#define PANE_FROM 110
#define PANE_LEFT 52 /* columns of the form when the plan stands beside it */

static void launch_free(struct view *view)
{
    struct launch *v = (struct launch *)view;
    leeway_form_free(v->head);
    leeway_form_free(v->params);
    leeway_plan_unref(v->plan);
    vec_clear(&v->clusters);
    vec_clear(&v->lines);
    list_clear(&v->list);
    arena_clear(&v->lines_arena);
    arena_clear(&v->own);
    mem_free(v);
}

/* ---- the draft ---- */

static void drafted(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct launch *v = (struct launch *)owner;
    if (ev->request != v->asked)
        return; /* a newer one is on its way */
    v->waiting = false;
    if (ev->kind == LEEWAY_EVENT_FAILED) {
        if (ev->err.code != ERR_CANCELLED)
            app_say_failed(a, ev);
        return;
    }
    if (ev->plan) {
        leeway_plan_ref(ev->plan);
        leeway_plan_unref(v->plan);
        v->plan = ev->plan;
        launch_build(v);
    }
}

/* Asks what the form would do now; the engine keeps the draft on the way. */
static void ask(struct launch *v, bool keep)
{
    struct arena a;
    arena_init(&a);
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_DRAFT,
                                     .name = keep ? v->draft_name.str : NULL,
                                     .document = launch_document(v, true, &a)};
    uint64_t number = app_request(v->app, &v->view, &c, drafted);
    if (number) {
        v->asked = number;
        v->waiting = true;
    }
    arena_clear(&a);
}

static void drop_draft(struct launch *v)
{
    const struct leeway_command c = {.kind = LEEWAY_CMD_DRAFT, .name = v->draft_name.str};
    app_request(v->app, &v->view, &c, NULL);
}

/* ---- editing ---- */

static bool is_typed(const struct launch_line *l)
{
    return l && l->kind == LINE_FIELD &&
           (l->row->kind == LEEWAY_FORM_TEXT || l->row->kind == LEEWAY_FORM_NUMBER ||
            l->row->kind == LEEWAY_FORM_SECRET || l->row->kind == LEEWAY_FORM_YAML);
}

/* The field under the cursor is the one that letters go to. */
static void begin_edit(struct launch *v)
{
    const struct launch_line *l = launch_here(v);
    uint64_t uid = list_uid(&v->list);
    if (v->editing == uid && is_typed(l))
        return;
    v->wrong = TEXT_NONE;
    v->editing = is_typed(l) ? uid : 0;
    if (v->editing)
        input_set(&v->input, launch_value(l->row));
}

static void changed(struct launch *v)
{
    launch_build(v);
    ask(v, true);
}

static bool same_path(const struct launch_line *l, const char *path)
{
    return l->kind == LINE_FIELD && strcmp(l->row->path.str, path) == 0;
}

/* Another version of the blueprint asks for other parameters. */
static void change_version(struct launch *v)
{
    struct err e = ERR_INIT;
    struct arena a;
    arena_init(&a);
    struct text to = launch_head_value(v, ".version", &a);
    const char *doc = launch_document(v, true, &a);
    if (to.len && !text_equal(to, v->version) &&
        !launch_take(v, app_snapshot(v->app), text_cstr(&a, doc), to, &e))
        app_error(v->app, "%s", e.text);
    err_clear(&e);
    arena_clear(&a);
}

static unsigned put(struct launch *v, const struct launch_line *l, struct text t)
{
    struct err e = ERR_INIT;
    bool version = l->part == PART_HEAD && same_path(l, ".version");
    v->wrong = TEXT_NONE;
    if (leeway_form_put(l->form, l->row->path.str, t, &e))
        v->wrong = text_cstr(&v->own, e.text);
    else if (version)
        change_version(v);
    err_clear(&e);
    if (v->wrong.len)
        launch_build(v);
    else
        changed(v);
    return VIEW_REDRAW;
}

/* A secret is never typed: only the place where it is. */
static bool may_be(struct launch *v, const struct launch_line *l, const struct input *in)
{
    struct arena a;
    if (l->row->kind != LEEWAY_FORM_SECRET)
        return true;
    arena_init(&a);
    bool ok = !in->len || leeway_form_secret_so_far(input_text(in, &a));
    arena_clear(&a);
    if (!ok)
        app_error(v->app, "say where the secret is: secretRef NAMESPACE/NAME/KEY, env NAME, "
                          "file PATH or command ARGV");
    return ok;
}

static unsigned typed(struct launch *v, const struct launch_line *l, const struct input *before,
                      unsigned effects)
{
    struct arena a;
    if (!(effects & VIEW_REDRAW) ||
        (before->len == v->input.len && memcmp(before->s, v->input.s, before->len) == 0))
        return effects;
    if (!may_be(v, l, &v->input)) {
        v->input = *before;
        return VIEW_REDRAW;
    }
    arena_init(&a);
    effects = put(v, l, input_text(&v->input, &a));
    arena_clear(&a);
    return effects;
}

static unsigned remove_item(struct launch *v, const struct launch_line *l)
{
    leeway_form_unset(l->form, l->row->path.str);
    v->editing = 0;
    changed(v);
    return VIEW_REDRAW;
}

static unsigned launch_key(struct view *view, struct app *a, struct key k)
{
    struct launch *v = (struct launch *)view;
    begin_edit(v);
    struct launch_line *l = launch_here(v);
    if (!l)
        return 0;
    bool back = k.code == KEYCODE_BACKSPACE && !k.mods;
    if (back && l->kind == LINE_FIELD && (!is_typed(l) || (l->row->item && !v->input.len)) &&
        (l->row->item || l->row->given))
        return remove_item(v, l);
    if (!is_typed(l)) {
        if (k.code == ' ' && !k.mods)
            return view->ops->command(view, a, CMD_OPEN);
        return key_is_text(k) ? VIEW_DONE : 0;
    }
    struct input before = v->input;
    return typed(v, l, &before, input_key(&v->input, k));
}

static unsigned launch_paste(struct view *view, struct app *a, struct text cleaned)
{
    struct launch *v = (struct launch *)view;
    begin_edit(v);
    struct launch_line *l = launch_here(v);
    if (!is_typed(l))
        return VIEW_DONE;
    struct input before = v->input;
    return typed(v, l, &before, input_paste(&v->input, cleaned));
}

/* ---- Enter ---- */

static void chosen(struct app *a, struct view *owner, size_t item, struct text answer)
{
    struct launch *v = (struct launch *)owner;
    struct launch_line *l = launch_here(v);
    if (l && l->kind == LINE_FIELD)
        put(v, l, answer);
}

static unsigned choose(struct launch *v, const struct launch_line *l)
{
    struct arena a;
    arena_init(&a);
    struct pick_item *items = arena_array(&a, l->row->n_choices + 1, sizeof(*items));
    size_t at = 0;
    for (size_t i = 0; i < l->row->n_choices; i++) {
        items[i] = (struct pick_item){l->row->choices[i].value, TEXT_NONE, l->row->choices[i].note};
        if (text_equal(l->row->choices[i].value, l->row->value))
            at = i;
    }
    app_push(v->app, pick_new(&(struct pick_spec){.title = l->row->label,
                                                  .items = items,
                                                  .n_items = l->row->n_choices,
                                                  .at = at,
                                                  .label_is_answer = true,
                                                  .owner = &v->view,
                                                  .fn = chosen}));
    arena_clear(&a);
    return VIEW_REDRAW;
}

/* To the newest item of the list or map under the cursor, and in it to what can be typed. */
static void go_to_last_item(struct launch *v)
{
    size_t at = v->list.cursor, last = at;
    unsigned depth = v->lines.items[at].row->depth;
    for (size_t i = at + 1; i < v->lines.len && v->lines.items[i].kind == LINE_FIELD; i++) {
        const struct leeway_form_row *row = v->lines.items[i].row;
        if (row->depth <= depth)
            break;
        if (row->depth == depth + 1)
            last = i;
    }
    if (last != at && v->lines.items[last].row->kind == LEEWAY_FORM_GROUP &&
        last + 1 < v->lines.len && v->lines.items[last + 1].kind == LINE_FIELD)
        last++;
    list_go(&v->list, last);
}

static unsigned add_to(struct launch *v, const struct launch_line *l, const char *name)
{
    struct err e = ERR_INIT;
    if (leeway_form_add(l->form, l->row->path.str, name, &e)) {
        app_error(v->app, "%s", e.text);
    } else {
        changed(v);
        go_to_last_item(v);
        begin_edit(v);
        if (v->editing && launch_here(v)->row->kind == LEEWAY_FORM_NUMBER)
            input_set(&v->input, TEXT_NONE); /* what it begins with is typed over */
    }
    err_clear(&e);
    return VIEW_REDRAW;
}

static void named(struct app *a, struct view *owner, size_t item, struct text answer)
{
    struct launch *v = (struct launch *)owner;
    struct launch_line *l = launch_here(v);
    if (l && l->kind == LINE_FIELD && l->row->kind == LEEWAY_FORM_MAP)
        add_to(v, l, answer.str);
}

static unsigned ask_name(struct launch *v, const struct launch_line *l)
{
    app_push(v->app, pick_new(&(struct pick_spec){.title = l->row->label,
                                                  .free_text = true,
                                                  .hint = "the name of one more",
                                                  .owner = &v->view,
                                                  .fn = named}));
    return VIEW_REDRAW;
}

static unsigned toggle_cluster(struct launch *v, const struct launch_line *l)
{
    if (!v->own_placement) { /* from here on by name, beginning with where the file puts it */
        v->own_placement = true;
        v->clusters.len = 0;
        for (size_t i = 0; v->plan && i < v->plan->n_places; i++)
            if (v->plan->places[i].chosen)
                vec_push(&v->clusters, text_dup(&v->own, v->plan->places[i].cluster));
    }
    size_t i = 0;
    while (i < v->clusters.len && !text_equal(v->clusters.items[i], l->text))
        i++;
    if (i == v->clusters.len) {
        vec_push(&v->clusters, text_dup(&v->own, l->text));
    } else {
        for (; i + 1 < v->clusters.len; i++)
            v->clusters.items[i] = v->clusters.items[i + 1];
        v->clusters.len--;
    }
    changed(v);
    return VIEW_REDRAW;
}

static unsigned leave(struct launch *v, bool keep)
{
    if (!keep)
        drop_draft(v);
    else
        app_info(v->app, "the draft is kept");
    return VIEW_CLOSE;
}

static void planned(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct launch *v = (struct launch *)owner;
    v->submitted = false;
    if (ev->kind == LEEWAY_EVENT_FAILED || !ev->plan) {
        app_say_failed(a, ev);
        return;
    }
    struct view *plan = plan_view_new(a, ev->plan);
    bool on_top = app_top(a) == owner;
    if (ev->plan->hash.len) { /* the file is written: the draft has done its work */
        drop_draft(v);
        app_close(a, owner);
    }
    if (on_top) {
        app_push(a, plan);
    } else {
        plan->ops->free(plan);
        app_info(a, "plan %.8s of %s is ready", ev->plan->hash.str, ev->plan->environment.str);
    }
}

static unsigned submit(struct launch *v)
{
    struct arena a;
    arena_init(&a);
    struct text name = v->change ? v->name : launch_head_value(v, ".name", &a);
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_ENVIRONMENT,
                                     .environment = name.str,
                                     .document = launch_document(v, false, &a),
                                     .fresh = !v->change};
    v->submitted = app_request(v->app, &v->view, &c, planned) != 0;
    if (v->submitted)
        app_info(v->app, "planning");
    arena_clear(&a);
    return VIEW_REDRAW;
}

static const char *why_no_plan(struct launch *v, struct arena *a)
{
    size_t errors = launch_errors(v);
    if (v->submitted)
        return "the plan is on its way";
    return errors ? text_fmt(a, "%s to be put right first",
                             text_count(a, (long)errors, "field has", "fields have").str)
                        .str
                  : NULL;
}

static unsigned press(struct launch *v, const struct launch_line *l)
{
    struct arena a;
    if (l->button != BUTTON_PLAN)
        return leave(v, l->button == BUTTON_KEEP);
    arena_init(&a);
    const char *why = why_no_plan(v, &a);
    if (why)
        app_error(v->app, "plan: %s", why);
    arena_clear(&a);
    return why ? VIEW_REDRAW : submit(v);
}

static unsigned enter(struct launch *v)
{
    struct launch_line *l = launch_here(v);
    if (!l)
        return VIEW_DONE;
    if (l->kind == LINE_CLUSTER)
        return toggle_cluster(v, l);
    if (l->kind == LINE_BUTTON)
        return press(v, l);
    if (l->kind == LINE_LEFT)
        return VIEW_DONE;
    switch (l->row->kind) {
    case LEEWAY_FORM_SWITCH:
        return put(v, l, text_equal(l->row->value, TEXT("yes")) ? TEXT("no") : TEXT("yes"));
    case LEEWAY_FORM_CHOICE:
        return choose(v, l);
    case LEEWAY_FORM_LIST:
        return add_to(v, l, NULL);
    case LEEWAY_FORM_MAP:
        return ask_name(v, l);
    default:
        return list_command(&v->list, CMD_DOWN);
    }
}

/* ---- the view ---- */

/* Past what only says something: clusters that do not fit, names of groups. */
static unsigned next_field(struct launch *v, enum command step)
{
    size_t from = v->list.cursor, at;
    do {
        at = v->list.cursor;
        list_command(&v->list, step);
        const struct launch_line *l = launch_here(v);
        if (l && l->kind != LINE_LEFT &&
            !(l->kind == LINE_FIELD && l->row->kind == LEEWAY_FORM_GROUP && !l->row->item))
            return VIEW_REDRAW;
    } while (v->list.cursor != at);
    list_go(&v->list, from); /* there is none that way */
    return VIEW_DONE;
}

static unsigned launch_command(struct view *view, struct app *a, enum command c)
{
    struct launch *v = (struct launch *)view;
    unsigned effects;
    switch (c) {
    case CMD_OPEN:
        effects = enter(v);
        break;
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        effects = next_field(v, c == CMD_NEXT_TAB ? CMD_DOWN : CMD_UP);
        break;
    case CMD_PLAN:
        return submit(v);
    case CMD_BACK:
        return leave(v, true);
    default:
        effects = list_command(&v->list, c);
    }
    if (!(effects & VIEW_CLOSE))
        begin_edit(v);
    return effects;
}

static const char *launch_why_not(struct view *view, struct app *a, enum command c,
                                  struct arena *arena)
{
    switch (c) {
    case CMD_OPEN:
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        return NULL;
    case CMD_PLAN:
        return why_no_plan((struct launch *)view, arena);
    default:
        return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

static void launch_draw(struct view *view, struct app *a, struct region r)
{
    struct launch *v = (struct launch *)view;
    int cols = r.cols;
    if (r.cols >= PANE_FROM) {
        cols = PANE_LEFT;
        draw_edge(r, 0, cols + 1, r.rows);
        launch_draw_plan(v, region_sub(r, 0, cols + 2, r.rows, r.cols - cols - 2));
    }
    v->cols = cols;
    tall_draw(&v->list, region_sub(r, 0, 0, r.rows, cols), launch_height, launch_draw_line, v);
}

static struct text about(struct launch *v, struct arena *a)
{
    const struct launch_line *l = launch_here(v);
    if (!l)
        return TEXT_NONE;
    if (l->kind == LINE_CLUSTER || l->kind == LINE_LEFT)
        return text_fmt(a, "%s: %s", l->text.str, l->why.len ? l->why.str : "fits");
    if (l->kind == LINE_BUTTON)
        return l->button == BUTTON_PLAN
                   ? TEXT("a plan of all this; nothing is sent before it is applied there")
               : l->button == BUTTON_KEEP ? TEXT("the draft is there when the form is opened again")
                                          : TEXT("everything that was typed here is forgotten");
    const struct leeway_form_row *row = l->row;
    struct text t = row->label;
    if (row->description.len)
        t = text_fmt(a, "%s: %s", t.str, row->description.str);
    if (row->takes.len)
        t = text_fmt(a, "%s; %s", t.str, row->takes.str);
    if (row->wrong.len) { /* "is required", "has to be at most 9" */
        bool verb =
            strncmp(row->wrong.str, "is ", 3) == 0 || strncmp(row->wrong.str, "has ", 4) == 0;
        t = text_fmt(a, "%s. %s%s%s%s", t.str, verb ? "It " : "", row->wrong.str,
                     row->right.len ? ": " : "", row->right.str);
    }
    if (row->item)
        t = text_fmt(a, "%s. Backspace in an empty one takes it away", t.str);
    return t;
}

static void launch_describe(struct view *view, struct app *app, struct region r)
{
    struct launch *v = (struct launch *)view;
    struct arena *a = canvas_arena(r.canvas);
    draw_cut(r, 0, 1, r.cols - 2, launch_plan_words(v, a), ROLE_TEXT_STRONG, TEXT_CUT_END);
    draw_wrapped(r, 1, 1, r.cols - 2, r.rows - 1, about(v, a), ROLE_TEXT);
}

static size_t launch_path(struct view *view, struct app *a, struct arena *arena, struct text *parts,
                          size_t max)
{
    struct launch *v = (struct launch *)view;
    parts[0] = v->change ? TEXT("environments") : TEXT("catalog");
    parts[1] = v->change ? v->name : text_fmt(arena, "%s %s", v->blueprint.str, v->version.str);
    parts[2] = v->change ? TEXT("change") : TEXT("new environment");
    return 3;
}

static void launch_totals(struct view *view, struct app *app, struct region r)
{
    struct launch *v = (struct launch *)view;
    struct arena *a = canvas_arena(r.canvas);
    size_t errors = launch_errors(v);
    if (!errors)
        return;
    struct text t = text_fmt(a, "%s to fix", text_count(a, (long)errors, "field", "fields").str);
    int used = draw_right(r, 0, r.cols - 1, r.cols - 3, t, ROLE_TEXT);
    draw_glyph(r, 0, r.cols - 3 - used, GLYPH_FAILED, ROLE_STATUS_FAILED);
}

static const struct view_hint hints[] = {{CMD_NEXT_TAB, "next field"}, {CMD_OPEN, "choose"},
                                         {CMD_PLAN, "plan"},           {CMD_BACK, "leave, keep it"},
                                         {CMD_PALETTE, "palette"},     {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "launch",
    .place = PLACE_SCREEN,
    .field = true,
    .describe_rows = 3,
    .hints = hints,
    .free = launch_free,
    .draw = launch_draw,
    .describe = launch_describe,
    .path = launch_path,
    .totals = launch_totals,
    .command = launch_command,
    .why_not = launch_why_not,
    .key = launch_key,
    .paste = launch_paste,
};

/* ---- line by line ---- */

void launch_put(struct launch *v, size_t line, struct text typed)
{
    list_go(&v->list, line);
    v->editing = 0;
    put(v, &v->lines.items[line], typed);
}

void launch_toggle(struct launch *v, size_t line)
{
    toggle_cluster(v, &v->lines.items[line]);
}

void launch_remove(struct launch *v, size_t line)
{
    remove_item(v, &v->lines.items[line]);
}

const char *launch_add(struct launch *v, size_t line, const char *name, struct arena *a)
{
    struct err e = ERR_INIT;
    const struct launch_line *l = &v->lines.items[line];
    const char *why = NULL;
    if (leeway_form_add(l->form, l->row->path.str, name, &e))
        why = arena_strdup(a, e.text);
    else
        changed(v);
    err_clear(&e);
    return why;
}

const char *launch_why_no_plan(struct launch *v, struct arena *a)
{
    return why_no_plan(v, a);
}

unsigned launch_press(struct launch *v, enum launch_button button)
{
    return press(v, &(struct launch_line){.kind = LINE_BUTTON, .button = button});
}

/* ---- making one ---- */

static struct launch *make(struct app *a, struct text blueprint, struct text version)
{
    struct launch *v = mem_new(struct launch);
    v->view.ops = &ops;
    v->app = a;
    arena_init(&v->own);
    arena_init(&v->lines_arena);
    list_init(&v->list);
    v->blueprint = text_dup(&v->own, blueprint);
    v->version = text_dup(&v->own, version);
    v->name = v->team = v->base = v->wrong = TEXT_NONE;
    v->own_placement = true;
    v->cols = 80;
    return v;
}

/* document: what the form begins with, unless a draft is there. */
static struct view *begin(struct launch *v, struct text document, struct text version)
{
    struct leeway_snapshot *s = app_snapshot(v->app);
    const struct leeway_env_file *draft = leeway_env_file_find(s, v->draft_name.str, true);
    struct err e = ERR_INIT;
    bool taken = draft && draft->document.len && !version.len &&
                 launch_take(v, s, draft->document, TEXT_NONE, &e);
    err_clear(&e);
    if (taken) {
        app_info(v->app, "the draft that was kept is taken up; the last button forgets it");
    } else if (!launch_take(v, s, document, version, &e)) {
        app_error(v->app, "there is no form: %s", e.text);
        err_clear(&e);
        launch_free(&v->view);
        return NULL;
    }
    launch_build(v);
    list_go(&v->list, 0);
    begin_edit(v);
    ask(v, false);
    return &v->view;
}

struct view *launch_new(struct app *a, const struct leeway_blueprint *b)
{
    const struct leeway_fleet_info *fleet = leeway_snapshot_fleet(app_snapshot(a));
    struct launch *v = make(a, b->name, b->version);
    struct text own = strpbrk(fleet->identity.str, "\"\\") ? TEXT_NONE : fleet->identity;
    v->draft_name = text_fmt(&v->own, "launch-%s", b->name.str);
    struct text doc = text_fmt(&v->own,
                               "{\"metadata\":{},\"spec\":{\"blueprint\":{\"name\":\"%s\","
                               "\"version\":\"%s\"}%s%s%s%s%s%s%s%s%s}}",
                               b->name.str, b->version.str, own.len ? ",\"owner\":\"" : "", own.str,
                               own.len ? "\"" : "", b->team.len ? ",\"team\":\"" : "", b->team.str,
                               b->team.len ? "\"" : "", b->ttl.len ? ",\"ttl\":\"" : "", b->ttl.str,
                               b->ttl.len ? "\"" : "");
    return begin(v, doc, TEXT_NONE);
}

struct view *launch_change_new(struct app *a, const struct leeway_env_file *file,
                               struct text version)
{
    struct launch *v = make(a, file->blueprint, file->version);
    v->change = true;
    v->name = text_dup(&v->own, file->name);
    v->base = text_dup(&v->own, file->document);
    v->draft_name = text_fmt(&v->own, "change-%s", file->name.str);
    return begin(v, v->base, version);
}
