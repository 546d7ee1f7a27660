// SPDX-License-Identifier: Apache-2.0
#include "views/screens.h"

#include "app/chooser.h"
#include "app/export.h"
#include "base/hash.h"
#include "base/mem.h"
#include "leeway/snapshot.h"
#include "views/activity.h"
#include "views/catalog.h"
#include "views/cluster.h"
#include "views/drift_list.h"
#include "views/environments.h"
#include "views/export.h"
#include "views/first_run.h"
#include "views/fleet.h"
#include "views/history.h"
#include "views/messages.h"
#include "views/resources.h"
#include "views/states.h"

#include <stdio.h>
#include <string.h>

/* The fleet, or what can be done when there is none. */
static struct view *open_fleet(struct app *a)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    return s && leeway_clusters(s) == 0 ? first_run_new(a) : fleet_new(a);
}

static void go_to_cluster(struct app *a, void *ctx, uint64_t id)
{
    app_push(a, cluster_new(a, id));
}

static void add_clusters(struct app *a, struct palette *p, void *ctx)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; s && i < leeway_clusters(s); i++) {
        const struct leeway_cluster *c = leeway_cluster_at(s, i);
        struct text note = text_fmt(&arena, "cluster, %s%s%s", leeway_state_word(c->state),
                                    c->reason.len ? ": " : "", c->reason.str);
        palette_add(p, TEXT_NONE, text_fmt(&arena, "go to %s", c->name.str), note, NULL,
                    go_to_cluster, NULL, c->id);
    }
    arena_clear(&arena);
}

/* By number: the rows may have moved until it is chosen, so what is opened is found by name. */
static void go_to_environment(struct app *a, void *ctx, uint64_t arg)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    for (size_t i = 0; s && i < leeway_environments(s); i++) {
        struct text name = leeway_environment_at(s, i)->name;
        if (hash_bytes(hash_process_key(), name.str, name.len) == arg) {
            app_push(a, environment_new(a, name));
            return;
        }
    }
}

static void add_environments(struct app *a, struct palette *p, void *ctx)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; s && i < leeway_environments(s); i++) {
        const struct leeway_environment *e = leeway_environment_at(s, i);
        palette_add(p, TEXT_NONE, text_fmt(&arena, "go to %s", e->name.str),
                    text_fmt(&arena, "environment, %s%s%s", leeway_state_word(e->state),
                             e->reason.len ? ": " : "", e->reason.str),
                    NULL, go_to_environment, NULL,
                    hash_bytes(hash_process_key(), e->name.str, e->name.len));
    }
    arena_clear(&arena);
}

/* What can be done with one, and where it cannot, why: `i` drift of payments-dev. */
struct way {
    enum command command;
    const char *words; /* before the name */
};

static const struct way ways[] = {{CMD_DRIFT, "drift of"},
                                  {CMD_PLAN, "plan"},
                                  {CMD_LOGS, "logs of"},
                                  {CMD_EVENTS, "events of"},
                                  {CMD_PLAN_DELETE, "plan deletion of"},
                                  {CMD_ROLLBACK, "plan rollback of"}};

static const char *why_not(struct app *a, const struct leeway_environment *e, enum command c)
{
    const char *why = c == CMD_PLAN          ? environment_why_no_plan(e)
                      : c == CMD_PLAN_DELETE ? environment_why_no_destroy(app_snapshot(a), e)
                      : c == CMD_ROLLBACK    ? environment_why_no_undo(e, 0)
                                             : NULL;
    if (!why && command_info(c)->flags & CMD_CHANGES && app_read_only(a))
        why = "read-only: [RO] changes nothing";
    return why;
}

static void run_way(struct app *a, void *ctx, uint64_t arg)
{
    struct view *before = app_screen(a);
    go_to_environment(a, NULL, arg);
    if (app_screen(a) != before)
        app_run_command(a, ((const struct way *)ctx)->command);
}

static void add_ways(struct app *a, struct palette *p, void *ctx)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; s && i < leeway_environments(s); i++) {
        const struct leeway_environment *e = leeway_environment_at(s, i);
        uint64_t id = hash_bytes(hash_process_key(), e->name.str, e->name.len);
        for (size_t k = 0; k < ARRAY_LEN(ways); k++) {
            char key[KEY_NAME_LEN];
            keymap_first(app_keymap(a), ways[k].command, key);
            palette_add(p, text_cstr(&arena, key),
                        text_fmt(&arena, "%s %s", ways[k].words, e->name.str),
                        text_cstr(&arena, command_info(ways[k].command)->words),
                        why_not(a, e, ways[k].command), run_way, (void *)&ways[k], id);
        }
    }
    arena_clear(&arena);
}

static void go_to_blueprint(struct app *a, void *ctx, uint64_t arg)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    for (size_t i = 0; s && i < leeway_blueprints(s); i++) {
        struct text name = leeway_blueprint_at(s, i)->name;
        if (hash_bytes(hash_process_key(), name.str, name.len) == arg) {
            app_push(a, blueprint_new(a, name, TEXT_NONE));
            return;
        }
    }
}

static void add_blueprints(struct app *a, struct palette *p, void *ctx)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; s && i < leeway_blueprints(s); i++) {
        const struct leeway_blueprint *b = leeway_blueprint_at(s, i);
        if (b->newest)
            palette_add(p, TEXT_NONE, text_fmt(&arena, "go to %s", b->name.str),
                        text_fmt(&arena, "blueprint %s, %s", b->version.str,
                                 b->why.len ? b->why.str : b->approval.str),
                        NULL, go_to_blueprint, NULL,
                        hash_bytes(hash_process_key(), b->name.str, b->name.len));
    }
    arena_clear(&arena);
}

/* ---- kinds in the palette ---- */

static void go_to_kind(struct app *a, void *ctx, uint64_t arg)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    const struct leeway_cluster *c = s ? leeway_cluster_by_id(s, arg >> 16) : NULL;
    size_t i = arg & 0xffff;
    if (!c || i >= c->n_apis)
        return;
    const struct leeway_api *x = &c->apis[i];
    char line[300];
    snprintf(line, sizeof(line), "%s%s%s", x->resource.str, x->group.len ? "." : "", x->group.str);
    resources_line(a, (struct text){line, (uint32_t)strlen(line), 0});
}

/* Those of the first clusters that are known: a fleet serves much the same everywhere. */
static void add_kinds(struct app *a, struct palette *p, void *ctx)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    struct arena arena;
    struct strmap seen = {0};
    size_t asked = 0;
    arena_init(&arena);
    for (size_t i = 0; s && i < leeway_clusters(s) && asked < 8; i++) {
        const struct leeway_cluster *c = leeway_cluster_at(s, i);
        asked += c->n_apis > 0;
        for (size_t k = 0; k < c->n_apis && k <= 0xffff; k++) {
            const struct leeway_api *x = &c->apis[k];
            struct text name = x->group.len
                                   ? text_fmt(&arena, "%s.%s", x->resource.str, x->group.str)
                                   : x->resource;
            if (strchr(x->resource.str, '/') || strmap_set(&seen, name.str, (void *)1))
                continue;
            palette_add(p, TEXT_NONE, text_fmt(&arena, "list %s", name.str),
                        text_fmt(&arena, "resources, %s", x->kind.str), NULL, go_to_kind, NULL,
                        c->id << 16 | k);
        }
    }
    strmap_clear(&seen);
    arena_clear(&arena);
}

/* A cluster, else an environment. */
static bool go(struct app *a, struct text where)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    const struct leeway_cluster *c = s ? leeway_cluster_by_name(s, where.str) : NULL;
    if (c) {
        app_push(a, cluster_new(a, c->id));
        return true;
    }
    for (size_t i = 0; s && i < leeway_environments(s); i++) {
        if (!text_equal(leeway_environment_at(s, i)->name, where))
            continue;
        app_push(a, environment_new(a, where));
        return true;
    }
    return false;
}

/* What goes on while the screen is too small for more. */
static void notice(struct app *a, struct region r)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    struct arena *arena = canvas_arena(r.canvas);
    size_t by_state[LEEWAY_STATE_COUNT] = {0};
    int row = 0;
    for (size_t i = 0; s && i < leeway_releases(s) && row + 1 < r.rows; i++) {
        const struct leeway_release *x = leeway_release_at(s, i);
        if (x->state > LEEWAY_RELEASE_ABORTING)
            continue;
        struct text t = text_fmt(arena, "%s r%d goes on: %d/%d.", x->environment.str, x->number,
                                 x->targets_done, x->targets);
        draw_cut(r, row++, 0, r.cols, t, ROLE_TEXT, TEXT_CUT_END);
    }
    for (size_t i = 0; s && i < leeway_clusters(s); i++)
        by_state[leeway_cluster_at(s, i)->state]++;
    int col = 0;
    for (int i = 0; i < LEEWAY_PENDING; i++) {
        if (!by_state[i])
            continue;
        col += draw_state(r, row, col, (enum leeway_state)i);
        col += draw_text(r, row, col, text_fmt(arena, "%zu", by_state[i]), ROLE_TEXT) + 1;
    }
    if (col)
        draw_text(r, row, col, text_fmt(arena, "in %s.", leeway_snapshot_fleet(s)->name.str),
                  ROLE_TEXT);
}

void screens_register(struct app *a)
{
    app_set_screen(a, CMD_FLEET, open_fleet);
    app_set_screen(a, CMD_ENVIRONMENTS, environments_new);
    app_set_screen(a, CMD_CATALOG, catalog_new);
    app_set_screen(a, CMD_ACTIVITY, activity_new);
    app_set_screen(a, CMD_DRIFT_SCREEN, drift_list_new);
    app_set_screen(a, CMD_HISTORY, history_new);
    app_set_screen(a, CMD_RESOURCES, resources_screen);
    app_set_screen(a, CMD_MESSAGES, messages_new);
    app_set_go(a, go);
    app_set_line(a, resources_line);
    app_set_notice(a, notice);
    app_set_export(a, export_ask);
    app_add_palette_source(a, add_clusters, NULL);
    app_add_palette_source(a, add_environments, NULL);
    app_add_palette_source(a, add_blueprints, NULL);
    app_add_palette_source(a, add_kinds, NULL);
    app_add_palette_source(a, add_ways, NULL);
}
