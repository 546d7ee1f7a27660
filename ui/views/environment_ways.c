// SPDX-License-Identifier: Apache-2.0
/*
 * What `p`, `D` and `R` mean for an environment that comes from a file of the fleet: a plan of what
 * the file says, the form that changes it, another version of its blueprint, its deletion. All of
 * them end in a plan.
 */
#include "views/environment_int.h"
#include "views/extend.h"
#include "views/launch.h"
#include "views/plan_view.h"
#include "widget/pick.h"

#include <string.h>

enum { WAYS_MAX = 12 };

static const char as_it_is[] = "what its file says", change[] = "change it",
                  upgrade[] = "upgrade to ", longer[] = "another end of its life",
                  deletion[] = "the deletion that waits", destroy[] = "destroy it";

const struct leeway_env_file *environment_file(const struct leeway_snapshot *s,
                                               const struct leeway_environment *e)
{
    return s && e ? leeway_env_file_find(s, e->name.str, false) : NULL;
}

const char *environment_why_no_destroy(const struct leeway_snapshot *s,
                                       const struct leeway_environment *e)
{
    if (!e)
        return "there is no environment";
    return environment_file(s, e) ? NULL
                                  : "only what comes from a blueprint is destroyed by a plan; take "
                                    "the objects out of the folder";
}

/* What was planned when its time was over. */
static void open_deletion(struct app *a, struct view *owner, const struct leeway_environment *e)
{
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_OPEN, .plan = e->deletion_plan.str};
    plan_view_request(a, owner, &c);
}

void environment_plan_destroy(struct app *a, struct view *owner, const struct leeway_environment *e)
{
    if (e->expired && e->deletion_plan.len) {
        open_deletion(a, owner, e);
        return;
    }
    const struct leeway_env_file *f = environment_file(app_snapshot(a), e);
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_FOLDER,
                                     .folder = f->path.str,
                                     .environment = e->name.str,
                                     .destroy = true};
    plan_view_request(a, owner, &c);
}

const char *environment_why_no_undo(const struct leeway_environment *e, int32_t number)
{
    if (!e)
        return "there is no environment";
    if (!e->release)
        return "nothing was released of it yet";
    return e->release == 1 && number < 2 ? "r1 is its first release" : NULL;
}

void environment_plan_undo(struct app *a, struct view *owner, const struct leeway_environment *e,
                           int32_t number)
{
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_UNDO,
                                     .environment = e->name.str,
                                     .release = number == e->release ? 0 : (uint64_t)number};
    plan_view_request(a, owner, &c);
}

static void open_form(struct app *a, const struct leeway_env_file *f, struct text version)
{
    if (!f->document.len) {
        app_error(a, "%s cannot be read: %s", f->path.str, f->problem.str);
        return;
    }
    struct view *form = launch_change_new(a, f, version);
    if (form)
        app_push(a, form);
}

static const struct leeway_environment *of(const struct leeway_snapshot *s, struct view *owner)
{
    struct text name = environment_name_of(owner);
    for (size_t i = 0; s && i < leeway_environments(s); i++)
        if (text_equal(leeway_environment_at(s, i)->name, name))
            return leeway_environment_at(s, i);
    return NULL;
}

static void chosen(struct app *a, struct view *owner, size_t item, struct text way)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    const struct leeway_environment *e = of(s, owner);
    const struct leeway_env_file *f = environment_file(s, e);
    size_t n = strlen(upgrade);
    if (!f)
        app_error(a, "it is gone");
    else if (strcmp(way.str, as_it_is) == 0)
        environment_plan(a, owner, e);
    else if (strcmp(way.str, destroy) == 0)
        environment_plan_destroy(a, owner, e);
    else if (strcmp(way.str, deletion) == 0)
        open_deletion(a, owner, e);
    else if (strcmp(way.str, longer) == 0)
        extend_ask(a, owner, e);
    else if (strncmp(way.str, upgrade, n) == 0)
        open_form(a, f, (struct text){way.str + n, way.len - (uint32_t)n, way.cols - (uint32_t)n});
    else
        open_form(a, f, TEXT_NONE);
}

/* Versions before its own are newer: the rows are sorted. */
static size_t add_upgrades(const struct leeway_snapshot *s, const struct leeway_env_file *f,
                           struct arena *arena, struct pick_item *items, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < leeway_blueprints(s) && n < max; i++) {
        const struct leeway_blueprint *b = leeway_blueprint_at(s, i);
        if (!text_equal(b->name, f->blueprint))
            continue;
        if (text_equal(b->version, f->version))
            break;
        if (b->usable)
            items[n++] = (struct pick_item){
                .label = text_fmt(arena, "%s%s", upgrade, b->version.str),
                .note = text_fmt(arena, "the form with that version; %s", b->approval.str)};
    }
    return n;
}

void environment_ask_ways(struct app *a, struct view *owner, const struct leeway_environment *e)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    const struct leeway_env_file *f = environment_file(s, e);
    struct pick_item items[WAYS_MAX];
    struct arena arena;
    size_t n = 0;
    if (!f) {
        environment_plan(a, owner, e);
        return;
    }
    arena_init(&arena);
    items[n++] = (struct pick_item){
        .label = text_cstr(&arena, as_it_is),
        .note = text_fmt(&arena, "%s %s, as it is now", f->blueprint.str, f->version.str)};
    items[n++] = (struct pick_item){.label = text_cstr(&arena, change),
                                    .note = TEXT("parameters, clusters, how long it lives")};
    n += add_upgrades(s, f, &arena, items + n, WAYS_MAX - 3 - n);
    if (e->expires_ms)
        items[n++] =
            (struct pick_item){.label = text_cstr(&arena, longer),
                               .note = text_fmt(&arena, "%s%s", e->expired ? "" : "it ends ",
                                                environment_left(a, &arena, e->expires_ms).str)};
    if (e->expired && e->deletion_plan.len)
        items[n++] = (struct pick_item){
            .label = text_cstr(&arena, deletion),
            .note = text_fmt(&arena, "plan %.8s, made when it ended", e->deletion_plan.str)};
    items[n++] = (struct pick_item){.label = text_cstr(&arena, destroy),
                                    .note = TEXT("everything of it, on every cluster")};
    app_push(a, pick_new(&(struct pick_spec){.title = text_fmt(&arena, "Plan %s", e->name.str),
                                             .items = items,
                                             .n_items = n,
                                             .label_is_answer = true,
                                             .owner = owner,
                                             .fn = chosen}));
    arena_clear(&arena);
}
