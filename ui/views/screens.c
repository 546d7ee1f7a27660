// SPDX-License-Identifier: Apache-2.0
#include "views/screens.h"

#include "app/chooser.h"
#include "leeway/snapshot.h"
#include "views/cluster.h"
#include "views/drift_list.h"
#include "views/first_run.h"
#include "views/fleet.h"
#include "views/messages.h"

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

void screens_register(struct app *a)
{
    app_set_screen(a, CMD_FLEET, open_fleet);
    app_set_screen(a, CMD_DRIFT_SCREEN, drift_list_new);
    app_set_screen(a, CMD_MESSAGES, messages_new);
    app_add_palette_source(a, add_clusters, NULL);
}
