// SPDX-License-Identifier: Apache-2.0
/*
 * The places that links name:
 *
 *   fleet//FILTER, fleet/CLUSTER/TAB
 *   environments//FILTER, environments/NAME/TAB
 *   catalog//FILTER, catalog/BLUEPRINT/VERSION
 *   drift//FILTER, drift/ENVIRONMENT/CLUSTER/KIND/NAME/FIELD, drift/outliers, drift/expiring
 *   plan/HASH, activity/ENVIRONMENT, messages//FILTER
 *   history//FILTER, history/ENVIRONMENT/TAB//FILTER
 *   resources/CLUSTERS/KIND/NAMESPACE//FILTER, resources/CLUSTER/KIND/NAMESPACE/NAME/TAB
 *   logs/ENVIRONMENT, logs/CLUSTER/NAMESPACE/KIND/NAME/CONTAINER
 *   blame/KIND/NAMESPACE/NAME/TAB, compare/SIDE/SIDE//FILTER
 *
 * from the right as much as is meant. Several clusters stand with commas between them.
 */
#include "views/link.h"

#include "base/mem.h"
#include "base/vec.h"
#include "views/activity.h"
#include "views/blame.h"
#include "views/catalog.h"
#include "views/compare.h"
#include "views/drift_detail.h"
#include "views/drift_list.h"
#include "views/drift_more.h"
#include "views/environments.h"
#include "views/history.h"
#include "views/log.h"
#include "views/object.h"
#include "views/plan_view.h"
#include "views/resources.h"

#include <string.h>

enum { PARTS_MAX = 8, CLUSTERS_MAX = 256 };

struct place {
    struct arena arena;
    struct text part[PARTS_MAX]; /* empty: not said, or - */
    size_t n;
    struct text filter;
};

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static struct text read_part(struct arena *a, const char *s, size_t len)
{
    char *out = arena_alloc(a, len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        int high = s[i] == '%' && i + 2 < len ? digit(s[i + 1]) : -1;
        int low = high >= 0 ? digit(s[i + 2]) : -1;
        if (low >= 0) {
            out[n++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[n++] = s[i] == '+' ? ' ' : s[i];
        }
    }
    return text_clean(a, out, n);
}

static void read_link(struct place *p, const char *link)
{
    const char *filter = strstr(link, "//");
    size_t len = filter ? (size_t)(filter - link) : strlen(link);
    arena_init(&p->arena);
    p->filter = filter ? read_part(&p->arena, filter + 2, strlen(filter + 2)) : TEXT_NONE;
    for (size_t at = 0; at <= len && p->n < PARTS_MAX;) {
        size_t n = strcspn(link + at, "/");
        n = at + n > len ? len - at : n;
        p->part[p->n] = n == 1 && link[at] == '-' ? TEXT_NONE : read_part(&p->arena, link + at, n);
        p->n++;
        at += n + 1;
    }
    for (size_t i = p->n; i < PARTS_MAX; i++)
        p->part[i] = TEXT_NONE;
}

/* To a tab or a thing of the view that is on top now. */
static bool go_in(struct app *a, struct text where)
{
    struct view *v = app_screen(a);
    return !where.len || (v && v->ops->go && v->ops->go(v, a, where));
}

/* "deployments.apps" */
static struct object_ref ref_of(struct place *p, struct text cluster, struct text kind,
                                struct text ns, struct text name)
{
    const char *dot = strchr(kind.str, '.');
    struct object_ref ref = {.cluster = cluster,
                             .group = TEXT_NONE,
                             .version = TEXT_NONE,
                             .kind = kind,
                             .plural = kind,
                             .namespace_ = ns,
                             .name = name};
    if (dot) {
        ref.group = text_cstr(&p->arena, dot + 1);
        ref.kind = ref.plural = text_fmt(&p->arena, "%.*s", (int)(dot - kind.str), kind.str);
    }
    if (strcmp(ref.plural.str, "pods") == 0)
        ref.kind = TEXT("Pod");
    return ref;
}

static bool open_table(struct app *a, struct place *p, struct text clusters, struct text kind,
                       struct text ns)
{
    const char *names[CLUSTERS_MAX];
    struct resources_query q = {.kind = kind.len ? kind.str : "pods", .clusters = names};
    char *rest = arena_strdup(&p->arena, clusters.str), *name;
    while (clusters.len && q.n_clusters < CLUSTERS_MAX && (name = strsep(&rest, ",")))
        names[q.n_clusters++] = name;
    q.filter = ns.len && p->filter.len ? text_fmt(&p->arena, "ns:%s %s", ns.str, p->filter.str).str
               : ns.len                ? text_fmt(&p->arena, "ns:%s", ns.str).str
                                       : p->filter.str;
    app_push(a, resources_new(a, &q));
    return true;
}

static bool open_resources(struct app *a, struct place *p)
{
    if (p->n == 2) /* a kind, on all clusters */
        return open_table(a, p, TEXT_NONE, p->part[1], TEXT_NONE);
    if (!p->part[4].len || !p->part[1].len)
        return open_table(a, p, p->part[1], p->part[2], p->part[3]);
    const struct object_ref ref = ref_of(p, p->part[1], p->part[2], p->part[3], p->part[4]);
    app_push(a, object_new(a, &ref, OBJECT_YAML));
    return go_in(a, p->part[5]);
}

static bool open_fleet(struct app *a, struct place *p)
{
    return !p->part[1].len || (app_go(a, p->part[1]) && go_in(a, p->part[2]));
}

static bool open_environment(struct app *a, struct place *p)
{
    if (p->part[1].len)
        app_push(a, environment_new(a, p->part[1]));
    return go_in(a, p->part[2]);
}

static bool open_blueprint(struct app *a, struct place *p)
{
    if (p->part[1].len)
        app_push(a, blueprint_new(a, p->part[1], p->part[2]));
    return true;
}

static bool open_plan(struct app *a, struct place *p)
{
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_OPEN, .plan = p->part[1].str};
    return p->part[1].len && plan_view_request(a, app_screen(a), &c);
}

static bool open_at_thing(struct app *a, struct place *p)
{
    return go_in(a, p->part[1]);
}

static bool open_history(struct app *a, struct place *p)
{
    if (p->part[1].len)
        app_push(a, history_new_of(a, p->part[1]));
    return go_in(a, p->part[2]);
}

static bool open_compare(struct app *a, struct place *p)
{
    if (!p->part[1].len || !p->part[2].len)
        return false;
    app_push(a, compare_new(a, p->part[1], p->part[2]));
    return true;
}

static bool open_logs(struct app *a, struct place *p)
{
    if (p->n == 2 && p->part[1].len) {
        app_push(a, log_new_environment(a, p->part[1]));
        return true;
    }
    if (!p->part[1].len || !p->part[3].len || !p->part[4].len)
        return false;
    const struct object_ref ref = ref_of(p, p->part[1], p->part[3], p->part[2], p->part[4]);
    bool pod = strcmp(ref.kind.str, "Pod") == 0;
    app_push(a, pod ? log_new(a, &ref, p->part[5]) : log_new_of(a, &ref, 1));
    return true;
}

static bool open_blame(struct app *a, struct place *p)
{
    if (!p->part[1].len || !p->part[3].len)
        return false;
    const struct object_ref ref = ref_of(p, TEXT_NONE, p->part[1], p->part[2], p->part[3]);
    app_push(a, blame_new(a, &ref, TEXT_NONE));
    return go_in(a, p->part[4]);
}

/* An object and its differences: what the snapshot has of it, else what the link says. */
static void open_drift_of(struct app *a, struct place *p)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    struct leeway_drift d = {.environment = p->part[1],
                             .cluster = p->part[2],
                             .api_version = TEXT_NONE,
                             .object_kind = p->part[3],
                             .namespace_ = TEXT_NONE,
                             .name = p->part[4],
                             .path = TEXT_NONE};
    bool known = false;
    for (size_t i = 0; s && i < leeway_drifts(s); i++) {
        const struct leeway_drift *x = leeway_drift_at(s, i);
        bool same = text_equal(x->environment, d.environment) &&
                    text_equal(x->cluster, d.cluster) &&
                    text_equal(x->object_kind, d.object_kind) && text_equal(x->name, d.name);
        if (!same || (known && !text_equal(x->path, p->part[5])))
            continue;
        d = *x;
        known = true;
    }
    for (size_t i = 0; s && !d.namespace_.len && i < leeway_environments(s); i++)
        if (text_equal(leeway_environment_at(s, i)->name, d.environment))
            d.namespace_ = leeway_environment_at(s, i)->namespace_;
    app_push(a, drift_detail_new(a, &d));
}

static bool open_drift(struct app *a, struct place *p)
{
    static const char *const tabs[DRIFT_TABS] = {
        [DRIFT_TAB_OUTLIERS] = "outliers", [DRIFT_TAB_EXPIRING] = "expiring"};
    if (p->n > 4) {
        open_drift_of(a, p);
        return true;
    }
    struct text filter = p->filter;
    for (size_t i = p->n - 1; i > 0; i--) /* drift/env:shop has the filter as a part */
        filter = filter.len ? text_fmt(&p->arena, "%s/%s", p->part[i].str, filter.str) : p->part[i];
    for (int i = 0; i < DRIFT_TABS; i++)
        if (tabs[i] && p->n == 2 && strcmp(p->part[1].str, tabs[i]) == 0) {
            app_push(a, drift_list_new(a));
            app_push(a, drift_more_new(a, (enum drift_tab)i));
            return true;
        }
    app_push(a, drift_list_new_filtered(a, filter.str));
    return true;
}

static const struct {
    const char *name;
    enum command screen; /* what lies below */
    bool own_filter;     /* open has done it */
    bool (*open)(struct app *a, struct place *p);
} places[] = {
    {"fleet", CMD_FLEET, false, open_fleet},
    {"environments", CMD_ENVIRONMENTS, false, open_environment},
    {"catalog", CMD_CATALOG, false, open_blueprint},
    {"drift", CMD_FLEET, true, open_drift},
    {"plan", CMD_ENVIRONMENTS, false, open_plan},
    {"activity", CMD_ACTIVITY, false, open_at_thing},
    {"history", CMD_HISTORY, false, open_history},
    {"messages", CMD_MESSAGES, false, open_at_thing},
    {"resources", CMD_FLEET, true, open_resources},
    {"logs", CMD_FLEET, false, open_logs},
    {"blame", CMD_FLEET, false, open_blame},
    {"compare", CMD_FLEET, false, open_compare},
};

static bool is_there(struct app *a, enum command screen)
{
    struct arena arena;
    arena_init(&arena);
    bool there = !app_why_not(a, screen, &arena);
    arena_clear(&arena);
    return there;
}

bool link_open(struct app *a, const char *link)
{
    struct place p = {0};
    bool found = false;
    read_link(&p, link);
    for (size_t i = 0; i < ARRAY_LEN(places) && !found; i++) {
        if (strcmp(p.part[0].str, places[i].name) != 0)
            continue;
        if (!is_there(a, places[i].screen))
            break;
        app_open_fixed(a, places[i].screen);
        found = places[i].open(a, &p);
        struct view *v = app_screen(a);
        if (found && p.filter.len && !places[i].own_filter && v->ops->filter)
            v->ops->filter(v, a, p.filter, true);
    }
    arena_clear(&p.arena);
    return found;
}
