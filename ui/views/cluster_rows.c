// SPDX-License-Identifier: Apache-2.0
#include "views/cluster_rows.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS (24LL * 3600 * 1000)

static const struct cluster_column columns[CLUSTER_TAB_COUNT][CLUSTER_COLUMNS + 1] = {
    [CLUSTER_CONDITIONS] = {{"condition", 20, false, 0},
                            {"now", 10, false, 0},
                            {"since", 6, true, 60},
                            {"what the cluster says", 0, false, 60},
                            {NULL, 0, false, 0}},
    [CLUSTER_NODES] = {{"node", 26, false, 0},
                       {"now", 9, false, 0},
                       {"version", 12, false, 60},
                       {"roles", 13, false, 70},
                       {"age", 5, true, 80},
                       {"why", 0, false, 90}},
    [CLUSTER_VERSIONS] = {{"part", 20, false, 0},
                          {"version", 20, false, 0},
                          {"count", 6, true, 0},
                          {"what to know", 0, false, 60},
                          {NULL, 0, false, 0}},
    [CLUSTER_ENVIRONMENTS] = {{"environment", 24, false, 0},
                              {"now", 11, false, 0},
                              {"objects", 8, true, 50},
                              {"release", 8, true, 60},
                              {"since", 7, true, 70},
                              {"why", 0, false, 70}},
    [CLUSTER_CERTIFICATES] = {{"certificate", 20, false, 0},
                              {"left", 10, true, 0},
                              {"until", 0, false, 50},
                              {NULL, 0, false, 0}},
    [CLUSTER_APIS] = {{"kind", 24, false, 0},
                      {"group", 24, false, 60},
                      {"version", 10, false, 0},
                      {"scope", 0, false, 70},
                      {NULL, 0, false, 0}},
};

const struct cluster_column *cluster_columns(enum cluster_tab t)
{
    return columns[t];
}

void cluster_rows_init(struct cluster_rows *r)
{
    memset(r, 0, sizeof(*r));
    arena_init(&r->arena);
}

void cluster_rows_clear(struct cluster_rows *r)
{
    vec_clear(&r->rows);
    arena_clear(&r->arena);
}

/* Names, not places, are what a cursor follows. */
static uint64_t uid_of(struct text a, struct text b)
{
    uint64_t h = 1469598103934665603u;
    for (uint32_t i = 0; i < a.len; i++)
        h = (h ^ (unsigned char)a.str[i]) * 1099511628211u;
    h = (h ^ 0xff) * 1099511628211u;
    for (uint32_t i = 0; i < b.len; i++)
        h = (h ^ (unsigned char)b.str[i]) * 1099511628211u;
    return h ? h : 1;
}

static struct cluster_row *add(struct cluster_rows *r, enum leeway_state state, struct text name,
                               struct text more)
{
    struct cluster_row row = {.uid = uid_of(name, more), .state = state};
    for (size_t i = 0; i < CLUSTER_COLUMNS; i++)
        row.cell[i] = TEXT_NONE;
    row.cell[0] = name;
    row.words = TEXT_NONE;
    vec_push(&r->rows, row);
    return &r->rows.items[r->rows.len - 1];
}

static struct text when(struct cluster_rows *r, const struct zone *z, int64_t at, int64_t now)
{
    return at ? zone_brief(&r->arena, z, at, now) : TEXT_NONE;
}

static void conditions(struct cluster_rows *r, const struct leeway_cluster *c, const struct zone *z,
                       int64_t now)
{
    for (size_t i = 0; i < c->n_conditions; i++) {
        const struct leeway_condition *x = &c->conditions[i];
        struct cluster_row *row = add(r, x->state, x->name, TEXT_NONE);
        row->cell[1] = strstr(x->now.str, "end of life") ? TEXT("ended") : x->now;
        row->cell[2] = when(r, z, x->since_ms, now);
        row->cell[3] = x->says;
        row->words = text_fmt(&r->arena, "%s: %s%s%s%s%s", x->name.str, x->now.str,
                              x->since_ms ? " since " : "",
                              x->since_ms ? zone_when(&r->arena, z, x->since_ms, now).str : "",
                              x->says.len ? "; " : "", x->says.str);
    }
}

/* What a node can take, as far as it said so. */
static struct text room_of(struct arena *a, const struct leeway_node *x)
{
    struct text t = x->os.len ? text_fmt(a, "; %s", x->os.str) : TEXT_NONE;
    if (x->cpu_milli > 0)
        t = text_fmt(a, "%s, %lld CPU", t.str, (long long)x->cpu_milli / 1000);
    if (x->memory_bytes > 0)
        t = text_fmt(a, "%s, %lld GiB", t.str, (long long)(x->memory_bytes >> 30));
    if (x->pods > 0)
        t = text_fmt(a, "%s, %lld pods at most", t.str, (long long)x->pods);
    return t;
}

static void nodes(struct cluster_rows *r, const struct leeway_cluster *c, const struct zone *z,
                  int64_t now)
{
    for (size_t i = 0; i < c->n_node_rows; i++) {
        const struct leeway_node *x = &c->node_rows[i];
        struct cluster_row *row = add(r, x->state, x->name, TEXT_NONE);
        row->cell[1] = !x->ready     ? TEXT("not ready")
                       : x->cordoned ? TEXT("cordoned")
                                     : TEXT("ready");
        row->cell[2] = x->version;
        row->cell[3] = x->roles;
        if (x->created_ms)
            row->cell[4] = age_short(&r->arena, (now - x->created_ms) / 1000);
        row->cell[5] = x->reason.len ? x->reason : x->pressure;
        struct text why = x->reason;
        if (why.len && why.str[why.len - 1] == '.') /* the sentence goes on */
            why = text_part(&r->arena, why, 0, why.len - 1);
        row->words = text_fmt(&r->arena, "%s: %s%s%s%s%s%s%s%s", x->name.str, row->cell[1].str,
                              x->since_ms ? " since " : "",
                              x->since_ms ? zone_when(&r->arena, z, x->since_ms, now).str : "",
                              why.len ? ": " : "", why.str, x->pressure.len ? "; pressure: " : "",
                              x->pressure.str, room_of(&r->arena, x).str);
    }
}

static void versions(struct cluster_rows *r, const struct leeway_cluster *c)
{
    struct cluster_row *row = add(r, LEEWAY_OK, TEXT("API server"), TEXT_NONE);
    row->cell[1] = c->kubernetes.len ? c->kubernetes : TEXT("?");
    row->state = c->kubernetes.len ? LEEWAY_OK : LEEWAY_UNKNOWN;
    row->cell[2] = TEXT("1");
    row->cell[3] = c->distribution;
    for (size_t i = 0; i < c->n_conditions; i++) {
        const struct leeway_condition *x = &c->conditions[i];
        if (strncmp(x->name.str, "support", 7) == 0)
            row->words = text_fmt(&r->arena, "%s: %s, %s", x->name.str, x->now.str, x->says.str);
        if (strcmp(x->name.str, "version skew") == 0)
            row->state = x->state;
    }
    size_t first = r->rows.len;
    for (size_t i = 0; i < c->n_node_rows; i++) {
        struct text v = c->node_rows[i].version;
        size_t k = first;
        while (k < r->rows.len && !text_equal(r->rows.items[k].cell[1], v))
            k++;
        if (k < r->rows.len || r->rows.len - first > 50)
            continue;
        size_t n = 0;
        for (size_t m = i; m < c->n_node_rows; m++)
            n += text_equal(c->node_rows[m].version, v);
        row = add(r, LEEWAY_OK, TEXT("kubelet"), v);
        row->cell[1] = v;
        row->cell[2] = text_fmt(&r->arena, "%zu", n);
        if (!v.len) {
            row->state = LEEWAY_UNKNOWN;
            row->cell[3] = TEXT("not reported by these nodes");
        }
    }
}

const struct leeway_target *cluster_next_target(const struct leeway_snapshot *s, uint64_t id,
                                                struct cluster_targets *at)
{
    for (; at->environment < leeway_environments(s); at->environment++, at->target = 0) {
        const struct leeway_environment *e = leeway_environment_at(s, at->environment);
        while (at->target < e->n_target_rows) {
            const struct leeway_target *t = &e->target_rows[at->target++];
            if (t->cluster_id == id)
                return t;
        }
    }
    return NULL;
}

static void environments(struct cluster_rows *r, const struct leeway_snapshot *s,
                         const struct leeway_cluster *c, const struct zone *z, int64_t now)
{
    struct cluster_targets at = {0, 0};
    for (const struct leeway_target *t; (t = cluster_next_target(s, c->id, &at));) {
        struct cluster_row *row = add(r, t->state, t->environment, TEXT_NONE);
        row->cell[1] = text_cstr(&r->arena, leeway_target_state_word(t->phase));
        row->cell[2] =
            t->objects < 0 ? TEXT("?") : text_fmt(&r->arena, "%d/%d", t->objects_ready, t->objects);
        if (t->release > 0)
            row->cell[3] = text_fmt(&r->arena, "r%d", t->release);
        row->cell[4] = when(r, z, t->since_ms, now);
        row->cell[5] = t->reason;
        row->words =
            text_fmt(&r->arena, "%s: %s%s%s", t->environment.str, leeway_state_word(t->state),
                     t->reason.len ? ", " : "", t->reason.str);
    }
}

static void certificate(struct cluster_rows *r, struct text name, int64_t until,
                        const struct zone *z, int64_t now)
{
    struct cluster_row *row = add(r,
                                  !until        ? LEEWAY_UNKNOWN
                                  : until < now ? LEEWAY_FAILED
                                                : LEEWAY_OK,
                                  name, TEXT_NONE);
    if (!until) {
        row->cell[1] = TEXT("?");
        row->cell[2] = TEXT("not seen yet");
        return;
    }
    if (until < now + 30 * DAY_MS && until >= now)
        row->state = LEEWAY_DEGRADED;
    row->cell[1] = until < now ? TEXT("ended")
                               : text_fmt(&r->arena, "%lld d", (long long)((until - now) / DAY_MS));
    row->cell[2] = zone_when(&r->arena, z, until, now);
}

static void apis(struct cluster_rows *r, const struct leeway_cluster *c)
{
    for (size_t i = 0; i < c->n_apis; i++) {
        const struct leeway_api *x = &c->apis[i];
        struct cluster_row *row =
            add(r, x->stale ? LEEWAY_UNKNOWN : LEEWAY_OK, x->kind,
                text_fmt(&r->arena, "%s/%s/%s", x->group.str, x->version.str, x->resource.str));
        row->cell[1] = x->group.len ? x->group : TEXT("core");
        row->cell[2] = x->version;
        row->cell[3] = x->namespaced ? TEXT("in namespaces") : TEXT("of the cluster");
        row->words =
            text_fmt(&r->arena, "%s%s%s: %s%s", x->resource.str, x->group.len ? "." : "",
                     x->group.str, row->cell[3].str,
                     x->stale ? "; its server does not answer: this is the last answer" : "");
    }
}

void cluster_rows_fill(struct cluster_rows *r, enum cluster_tab t, const struct leeway_snapshot *s,
                       const struct leeway_cluster *c, const struct zone *z, int64_t now)
{
    r->rows.len = 0;
    arena_reset(&r->arena);
    switch (t) {
    case CLUSTER_CONDITIONS:
        conditions(r, c, z, now);
        break;
    case CLUSTER_NODES:
        nodes(r, c, z, now);
        break;
    case CLUSTER_VERSIONS:
        versions(r, c);
        break;
    case CLUSTER_ENVIRONMENTS:
        environments(r, s, c, z, now);
        break;
    case CLUSTER_CERTIFICATES:
        certificate(r, TEXT("API server"), c->cert_not_after_ms, z, now);
        if (c->client_cert_not_after_ms)
            certificate(r, TEXT("yours"), c->client_cert_not_after_ms, z, now);
        break;
    default:
        apis(r, c);
    }
}

struct text cluster_tab_name(struct arena *a, enum cluster_tab t, const struct leeway_snapshot *s,
                             const struct leeway_cluster *c)
{
    static const char *const names[] = {"conditions",   "nodes",        "versions",
                                        "environments", "certificates", "APIs"};
    struct cluster_targets at = {0, 0};
    int n = 0;
    if (t == CLUSTER_NODES && c->nodes >= 0)
        return c->nodes == c->nodes_ready ? text_fmt(a, "nodes %d", c->nodes)
                                          : text_fmt(a, "nodes %d/%d", c->nodes_ready, c->nodes);
    if (t == CLUSTER_NODES)
        return TEXT("nodes ?");
    if (t == CLUSTER_ENVIRONMENTS) {
        while (cluster_next_target(s, c->id, &at))
            n++;
        if (n < c->environments)
            n = c->environments;
        return n ? text_fmt(a, "environments %d", n) : TEXT("environments");
    }
    return text_cstr(a, names[t]);
}
