// SPDX-License-Identifier: Apache-2.0
#include "story_table.h"

#include "base/mem.h"
#include "story.h"

#include <stdio.h>
#include <string.h>

#define HOUR_MS ((int64_t)3600 * 1000)

static const struct deployment {
    const char *cluster, *ns, *name;
    int ready, want, age_hours;
} deployments[] = {
    {"prod-ap-1", "payments-prod", "payments-prod-web", 6, 8, 61 * 24},
    {"dev-eu-1", "payments-dev", "payments-dev-web", 6, 6, 5},
    {"dev-ap-1", "payments-dev", "payments-dev-web", 2, 2, 5},
    {"dev-eu-2", "checkout-dev", "checkout-dev-web", 1, 1, 44},
    {"dev-us-1", "payments-dev", "payments-dev-web", 2, 2, 5},
    {"prod-eu-1", "payments-prod", "payments-prod-web", 8, 8, 203 * 24},
    {"prod-eu-1", "checkout-prod", "checkout-prod-web", 5, 5, 203 * 24},
    {"prod-eu-2", "checkout-prod", "checkout-prod-web", 7, 7, 203 * 24},
    {"prod-us-1", "payments-prod", "payments-prod-web", 8, 8, 118 * 24},
    {"stage-eu-1", "checkout-stage", "checkout-stage-web", 2, 2, 90 * 24},
    {"stage-us-1", "payments-stage", "payments-stage-web", 3, 3, 90 * 24},
};
static const char *const clusters[] = {"dev-ap-1",   "dev-eu-1",   "dev-eu-2",   "dev-us-1",
                                       "edge-fra-1", "edge-fra-2", "prod-ap-1",  "prod-eu-1",
                                       "prod-eu-2",  "prod-us-1",  "stage-eu-1", "stage-us-1"};

static const struct leeway_column columns[] = {
    {.name = TEXT("Ready"), .words = TEXT("ready")},
    {.name = TEXT("Up-to-date"), .words = TEXT("up-to-date")},
    {.name = TEXT("Available"), .words = TEXT("available")},
    {.name = TEXT("Age"), .words = TEXT("age"), .age = true},
    {.name = TEXT("Images"), .words = TEXT("images"), .wide = true},
};

static uint64_t cluster_id(const char *name)
{
    for (size_t i = 0; i < sizeof(clusters) / sizeof(clusters[0]); i++)
        if (strcmp(clusters[i], name) == 0)
            return i + 1;
    return 99;
}

/* The story's own ids, so that drift is found. */
static struct leeway_row row_of(struct arena *a, size_t i, int ready, int want)
{
    const struct deployment *d = &deployments[i % (sizeof(deployments) / sizeof(deployments[0]))];
    struct text *cells = arena_array(a, 5, sizeof(*cells));
    cells[0] = text_fmt(a, "%d/%d", ready, want);
    cells[1] = text_fmt(a, "%d", want);
    cells[2] = text_fmt(a, "%d", ready);
    cells[3] = TEXT("1d");
    cells[4] = TEXT("registry.acme.example/pay:1.9");
    return (struct leeway_row){
        .id = 1000 + i,
        .cluster_id = cluster_id(d->cluster),
        .cluster = text_cstr(a, d->cluster),
        .namespace_ = text_cstr(a, d->ns),
        .name = text_cstr(a, d->name),
        .resource_version = text_fmt(a, "%zu", 500 + i),
        .created_ms = STORY_NOW_MS - d->age_hours * HOUR_MS + 60000,
        .state = ready < want ? LEEWAY_DEGRADED : LEEWAY_OK,
        .cells = cells,
        .n_cells = 5,
    };
}

struct leeway_look *story_deployments(uint64_t id)
{
    struct arena a;
    struct leeway_source sources[12];
    size_t n = sizeof(deployments) / sizeof(deployments[0]);
    arena_init(&a);
    for (size_t i = 0; i < 12; i++)
        sources[i] = (struct leeway_source){.cluster_id = i + 1,
                                            .cluster = text_cstr(&a, clusters[i]),
                                            .state = LEEWAY_SOURCE_CURRENT,
                                            .reason = TEXT_NONE};
    sources[0].rows = 1;
    sources[0].more = 12033;
    sources[4].state = LEEWAY_SOURCE_UNSERVED;
    sources[5].state = LEEWAY_SOURCE_DOWN;
    sources[5].reason = TEXT("no answer since 13:41");
    const struct leeway_look head = {.id = id,
                                     .version = 1,
                                     .group = TEXT("apps"),
                                     .version_of_kind = TEXT("v1"),
                                     .kind = TEXT("Deployment"),
                                     .plural = TEXT("deployments"),
                                     .namespace_ = TEXT_NONE,
                                     .namespaced = true,
                                     .limit = 500,
                                     .columns = columns,
                                     .n_columns = 5,
                                     .sources = sources,
                                     .n_sources = 12,
                                     .n_rows = n};
    struct leeway_look_builder *b = leeway_look_builder_new(NULL, &head);
    for (size_t i = 0; i < n; i++) {
        struct leeway_row r = row_of(&a, i, deployments[i].ready, deployments[i].want);
        leeway_look_put(b, i, &r);
    }
    struct leeway_look *l = leeway_look_seal(b);
    arena_clear(&a);
    return l;
}

struct leeway_look *story_deployments_later(const struct leeway_look *before)
{
    struct arena a;
    arena_init(&a);
    struct leeway_look head = *before;
    head.version++;
    head.n_rows++;
    struct leeway_look_builder *b = leeway_look_builder_new(before, &head);
    struct leeway_row r = row_of(&a, 1, 6, 9);
    r.changed_ms = STORY_NOW_MS;
    leeway_look_put(b, 1, &r);
    r = row_of(&a, before->n_rows, 0, 1);
    r.name = TEXT("a-new-one");
    leeway_look_put(b, before->n_rows, &r);
    struct leeway_look *l = leeway_look_seal(b);
    arena_clear(&a);
    return l;
}

/* ---- many ---- */

static const struct leeway_column pod_columns[] = {
    {.name = TEXT("Ready"), .words = TEXT("ready")},
    {.name = TEXT("Status"), .words = TEXT("status")},
    {.name = TEXT("Restarts"), .words = TEXT("restarts")},
    {.name = TEXT("Age"), .words = TEXT("age"), .age = true},
    {.name = TEXT("Node"), .words = TEXT("node"), .wide = true},
};

static struct leeway_row pod(struct arena *a, size_t i, size_t n_clusters, size_t restarts)
{
    struct text *cells = arena_array(a, 5, sizeof(*cells));
    bool ill = i % 10 == 3;
    cells[0] = ill ? TEXT("0/1") : TEXT("1/1");
    cells[1] = ill ? TEXT("CrashLoopBackOff") : TEXT("Running");
    cells[2] = text_fmt(a, "%zu", restarts);
    cells[3] = TEXT("5d");
    cells[4] = text_fmt(a, "node-%zu", i % 97);
    return (struct leeway_row){
        .id = i + 1,
        .cluster_id = i % n_clusters + 1,
        .cluster = text_fmt(a, "cluster-%zu", i % n_clusters),
        .namespace_ = text_fmt(a, "team-%zu", i % 61),
        .name = text_fmt(a, "web-%zu-%zu", i * 7919 % 10007, i),
        .resource_version = text_fmt(a, "%zu", i),
        .created_ms = STORY_NOW_MS - (int64_t)(i % 5000) * 60000,
        .state = ill ? LEEWAY_FAILED : LEEWAY_OK,
        .cells = cells,
        .n_cells = 5,
    };
}

static struct leeway_look_builder *builder_of(uint64_t id, const struct leeway_look *before,
                                              size_t n, size_t n_clusters)
{
    struct leeway_source *sources = mem_calloc(n_clusters, sizeof(*sources));
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < n_clusters; i++)
        sources[i] = (struct leeway_source){.cluster_id = i + 1,
                                            .cluster = text_fmt(&a, "cluster-%zu", i),
                                            .state = LEEWAY_SOURCE_CURRENT,
                                            .reason = TEXT_NONE};
    const struct leeway_look head = {.id = id,
                                     .version = before ? before->version + 1 : 1,
                                     .group = TEXT_NONE,
                                     .version_of_kind = TEXT("v1"),
                                     .kind = TEXT("Pod"),
                                     .plural = TEXT("pods"),
                                     .namespace_ = TEXT_NONE,
                                     .namespaced = true,
                                     .columns = pod_columns,
                                     .n_columns = 5,
                                     .sources = sources,
                                     .n_sources = n_clusters,
                                     .n_rows = n};
    struct leeway_look_builder *b = leeway_look_builder_new(before, &head);
    arena_clear(&a);
    mem_free(sources);
    return b;
}

struct leeway_look *story_pods(uint64_t id, size_t n, size_t n_clusters)
{
    struct leeway_look_builder *b = builder_of(id, NULL, n, n_clusters);
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < n; i++) {
        struct leeway_row r = pod(&a, i, n_clusters, i % 5);
        leeway_look_put(b, i, &r);
    }
    arena_clear(&a);
    return leeway_look_seal(b);
}

struct leeway_look *story_pods_in(uint64_t id, const struct leeway_look *before, const size_t *pods,
                                  const size_t *restarts, size_t n)
{
    struct leeway_look_builder *b = builder_of(id, before, n, 3);
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < n; i++) {
        struct leeway_row r = pod(&a, pods[i], 3, restarts[i]);
        const struct leeway_row *was =
            before && i < before->n_rows ? leeway_look_row(before, i) : NULL;
        r.state = restarts[i] % 4 == 3 ? LEEWAY_FAILED : LEEWAY_OK;
        if (!was || was->id != r.id || !text_equal(was->cells[2], r.cells[2]))
            leeway_look_put(b, i, &r);
    }
    arena_clear(&a);
    return leeway_look_seal(b);
}

struct leeway_look *story_pods_next(const struct leeway_look *before, size_t round, size_t every)
{
    struct arena a;
    arena_init(&a);
    struct leeway_look head = *before;
    head.version++;
    struct leeway_look_builder *b = leeway_look_builder_new(before, &head);
    for (size_t i = round % every; i < before->n_rows; i += every) {
        struct leeway_row r = pod(&a, i, before->n_sources, round);
        leeway_look_put(b, i, &r);
    }
    struct leeway_look *l = leeway_look_seal(b);
    arena_clear(&a);
    return l;
}
