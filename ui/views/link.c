// SPDX-License-Identifier: Apache-2.0
/*
 * Links to places of the console, as `c` copies them and `leeway open` takes them:
 *
 *   fleet/CLUSTER · environments/NAME · catalog/BLUEPRINT/VERSION · activity · history · messages
 *   drift/FILTER, or drift/ENVIRONMENT/CLUSTER/KIND/NAME for one object · plan/HASH
 *   resources/CLUSTER/KIND/NAMESPACE/NAME, from the right as much as is meant; - stands for all
 */
#include "views/screens.h"

#include "base/mem.h"
#include "views/catalog.h"
#include "views/drift_detail.h"
#include "views/drift_list.h"
#include "views/environments.h"
#include "views/object.h"
#include "views/plan_view.h"
#include "views/resources.h"

#include <stdio.h>
#include <string.h>

enum { PARTS_MAX = 6 };

static bool is_all(const char *part)
{
    return !*part || strcmp(part, "-") == 0;
}

static bool open_resources(struct app *a, char **part, size_t n)
{
    const char *cluster = n > 1 ? part[0] : "-", *kind = n > 1 ? part[1] : n ? part[0] : "pods";
    const char *ns = n > 2 ? part[2] : "-";
    struct arena arena;
    arena_init(&arena);
    struct resources_query q = {.kind = kind};
    if (!is_all(cluster)) {
        q.clusters = &cluster;
        q.n_clusters = 1;
    }
    if (!is_all(ns))
        q.filter = text_fmt(&arena, "ns:%s", ns).str;
    if (n < 4 || is_all(cluster)) {
        app_push(a, resources_new(a, &q));
    } else {
        const struct object_ref ref = {.cluster = text_cstr(&arena, cluster),
                                       .group = TEXT_NONE,
                                       .version = TEXT_NONE,
                                       .kind = text_cstr(&arena, kind),
                                       .plural = text_cstr(&arena, kind),
                                       .namespace_ = text_cstr(&arena, is_all(ns) ? "" : ns),
                                       .name = text_cstr(&arena, part[3])};
        app_push(a, object_new(a, &ref, OBJECT_YAML));
    }
    arena_clear(&arena);
    return true;
}

static bool open_fleet(struct app *a, char **part, size_t n)
{
    struct arena arena;
    arena_init(&arena);
    bool found = !n || app_go(a, text_cstr(&arena, part[0]));
    arena_clear(&arena);
    return found;
}

static bool open_environment(struct app *a, char **part, size_t n)
{
    struct arena arena;
    arena_init(&arena);
    if (n)
        app_push(a, environment_new(a, text_cstr(&arena, part[0])));
    arena_clear(&arena);
    return true;
}

static bool open_blueprint(struct app *a, char **part, size_t n)
{
    struct arena arena;
    arena_init(&arena);
    if (n)
        app_push(a, blueprint_new(a, text_cstr(&arena, part[0]),
                                  text_cstr(&arena, n > 1 ? part[1] : "")));
    arena_clear(&arena);
    return true;
}

static bool open_plan(struct app *a, char **part, size_t n)
{
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_OPEN, .plan = n ? part[0] : ""};
    return n && plan_view_request(a, app_screen(a), &c);
}

/* An object and its differences: what the snapshot has of it, else what the link says. */
static void open_drift_of(struct app *a, char **part)
{
    struct arena arena;
    arena_init(&arena);
    const struct leeway_snapshot *s = app_snapshot(a);
    struct leeway_drift d = {.environment = text_cstr(&arena, part[0]),
                             .cluster = text_cstr(&arena, part[1]),
                             .api_version = TEXT_NONE,
                             .object_kind = text_cstr(&arena, part[2]),
                             .namespace_ = TEXT_NONE,
                             .name = text_cstr(&arena, part[3]),
                             .path = TEXT_NONE};
    for (size_t i = 0; s && i < leeway_drifts(s); i++) {
        const struct leeway_drift *x = leeway_drift_at(s, i);
        if (text_equal(x->environment, d.environment) && text_equal(x->cluster, d.cluster) &&
            text_equal(x->object_kind, d.object_kind) && text_equal(x->name, d.name)) {
            d = *x;
            break;
        }
    }
    for (size_t i = 0; s && !d.namespace_.len && i < leeway_environments(s); i++)
        if (text_equal(leeway_environment_at(s, i)->name, d.environment))
            d.namespace_ = leeway_environment_at(s, i)->namespace_;
    app_push(a, drift_detail_new(a, &d));
    arena_clear(&arena);
}

static bool open_drift(struct app *a, char **part, size_t n)
{
    char filter[256] = "";
    if (n == 4) {
        open_drift_of(a, part);
        return true;
    }
    for (size_t i = 0; i < n; i++)
        snprintf(filter + strlen(filter), sizeof(filter) - strlen(filter), "%s%s", i ? "/" : "",
                 part[i]);
    app_push(a, drift_list_new_filtered(a, filter));
    return true;
}

static const struct {
    const char *name;
    enum command screen;                                /* what lies below */
    bool (*open)(struct app *a, char **part, size_t n); /* NULL: the screen is all */
} places[] = {
    {"fleet", CMD_FLEET, open_fleet},         {"environments", CMD_ENVIRONMENTS, open_environment},
    {"catalog", CMD_CATALOG, open_blueprint}, {"drift", CMD_FLEET, open_drift},
    {"plan", CMD_ENVIRONMENTS, open_plan},    {"activity", CMD_ACTIVITY, NULL},
    {"history", CMD_HISTORY, NULL},           {"messages", CMD_MESSAGES, NULL},
    {"resources", CMD_FLEET, open_resources},
};

bool screens_open_link(struct app *a, const char *link)
{
    char *copy = mem_strdup(link), *save = copy, *part[PARTS_MAX] = {NULL};
    size_t n = 0;
    bool found = false;
    for (char *p; n < PARTS_MAX && (p = strsep(&save, "/"));)
        part[n++] = p;
    for (size_t i = 0; i < ARRAY_LEN(places) && !found; i++) {
        if (strcmp(part[0], places[i].name) != 0)
            continue;
        struct arena arena;
        arena_init(&arena);
        bool there = !app_why_not(a, places[i].screen, &arena);
        arena_clear(&arena);
        if (!there)
            break;
        app_open_fixed(a, places[i].screen);
        found = !places[i].open || places[i].open(a, part + 1, n - 1);
    }
    mem_free(copy);
    return found;
}
