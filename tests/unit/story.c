// SPDX-License-Identifier: Apache-2.0
#include "story.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define MINUTE 60000LL
/* hh:mm in Berlin on the day of the story. */
#define AT(h, m) (STORY_NOW_MS - 14 * 60 * MINUTE - 5 * MINUTE + ((h)*60 + (m)) * MINUTE)

struct story_cluster {
    const char *name, *region, *tier, *cloud, *distribution, *kubernetes;
    enum leeway_state state;
    const char *reason, *changing;
    int64_t since_ms;
    int environments, nodes, nodes_ready, unexpected, accepted;
};

static const struct story_cluster clusters[] = {
    {"prod-us-1", "us-east", "prod", "gcp", "gke", "1.35.4", LEEWAY_OK, "", "", AT(6, 2), 4, 6, 6,
     0, 0},
    {"prod-us-2", "us-east", "prod", "gcp", "gke", "1.35.4", LEEWAY_FAILED,
     "search-prod r18 failed", "", AT(13, 58), 4, 6, 6, 0, 0},
    {"stage-us-1", "us-east", "stage", "gcp", "gke", "1.36.1", LEEWAY_CHANGING, "",
     "metrics r31 2/9", AT(14, 1), 3, 3, 3, 0, 0},
    {"dev-us-1", "us-east", "dev", "own", "k3s", "1.36.1", LEEWAY_OK, "", "", AT(6, 2), 4, 3, 3, 0,
     0},
    {"prod-eu-1", "eu-west", "prod", "aws", "eks", "1.35.4", LEEWAY_OK, "", "", AT(6, 2), 5, 8, 8,
     0, 1},
    {"prod-eu-2", "eu-west", "prod", "aws", "eks", "1.35.4", LEEWAY_OK, "", "", AT(6, 2), 5, 8, 8,
     0, 0},
    {"stage-eu-1", "eu-west", "stage", "aws", "eks", "1.36.1", LEEWAY_CHANGING, "",
     "metrics r31 5/9", AT(13, 58), 4, 4, 4, 0, 0},
    {"dev-eu-1", "eu-west", "dev", "own", "k3s", "1.36.1", LEEWAY_DRIFT, "1 unexpected", "",
     AT(14, 2), 2, 3, 3, 1, 0},
    {"dev-eu-2", "eu-west", "dev", "own", "k3s", "1.36.1", LEEWAY_OK, "", "", AT(6, 2), 4, 3, 3, 0,
     0},
    {"prod-ap-1", "ap-south", "prod", "azure", "aks", "1.35.4", LEEWAY_DEGRADED, "5/6 nodes ready",
     "", AT(13, 37), 3, 6, 5, 0, 0},
    {"stage-ap-1", "ap-south", "stage", "azure", "aks", "1.35.4", LEEWAY_DRIFT, "2 unexpected", "",
     AT(11, 26), 2, 4, 4, 2, 0},
    {"dev-ap-1", "ap-south", "dev", "own", "k3s", "1.36.1", LEEWAY_OK, "", "", AT(6, 2), 3, 3, 3, 0,
     0},
    {"edge-fra-1", "dc-fra", "edge", "own", "rke2", "1.34.9", LEEWAY_OK, "", "", AT(6, 2), 2, 1, 1,
     0, 0},
    {"edge-fra-2", "dc-fra", "edge", "own", "rke2", "1.34.9", LEEWAY_UNKNOWN, "no answer", "",
     AT(13, 41), 2, 1, 1, 0, 0},
};

static struct text words(const char *s)
{
    uint32_t n = (uint32_t)strlen(s);
    return (struct text){s, n, n};
}

static size_t conditions(const struct story_cluster *s, struct leeway_condition *out)
{
    size_t n = 0;
    bool silent = s->state == LEEWAY_UNKNOWN;
    if (s->nodes_ready < s->nodes) {
        out[n++] = (struct leeway_condition){.state = LEEWAY_DEGRADED,
                                             .name = TEXT("nodes ready"),
                                             .now = TEXT("5 of 6"),
                                             .since_ms = s->since_ms,
                                             .says = TEXT("aks-pool2-4: kubelet stopped posting")};
        out[n++] = (struct leeway_condition){.state = LEEWAY_DEGRADED,
                                             .name = TEXT("pods without a node"),
                                             .now = TEXT("4"),
                                             .since_ms = AT(13, 42),
                                             .says = TEXT("0/6 nodes: 5 Insufficient memory")};
    }
    out[n++] = (struct leeway_condition){.state = silent ? LEEWAY_UNKNOWN : LEEWAY_OK,
                                         .name = TEXT("answers"),
                                         .now = silent ? TEXT("no") : TEXT("41 ms"),
                                         .since_ms = silent ? s->since_ms : AT(6, 2),
                                         .says = silent ? TEXT("connect timeout after 10 s")
                                                        : TEXT("12 watches, all current")};
    out[n++] = (struct leeway_condition){
        .state = LEEWAY_OK, .name = TEXT("/readyz"), .now = TEXT("ok"), .since_ms = AT(6, 2)};
    out[n++] = (struct leeway_condition){.state = LEEWAY_OK,
                                         .name = TEXT("certificates"),
                                         .now = TEXT("61 d left"),
                                         .says = TEXT("API server until 24 Jan 2027"),
                                         .advice = true};
    if (strcmp(s->name, "edge-fra-1") == 0)
        out[n++] = (struct leeway_condition){.state = LEEWAY_OK,
                                             .name = TEXT("support of 1.34"),
                                             .now = TEXT("past end of life"),
                                             .says = TEXT("ended 27 Oct 2026"),
                                             .advice = true};
    return n;
}

static size_t nodes(const struct story_cluster *s, struct arena *a, struct leeway_node *out)
{
    for (int i = 0; i < s->nodes; i++) {
        bool ready = i < s->nodes_ready;
        out[i] = (struct leeway_node){.state = ready ? LEEWAY_OK : LEEWAY_DEGRADED,
                                      .name = text_fmt(a, "%s-pool2-%d", s->distribution, i),
                                      .version = text_fmt(a, "v%s", s->kubernetes),
                                      .os = TEXT("linux"),
                                      .ready = ready,
                                      .reason = ready ? TEXT_NONE
                                                      : TEXT("kubelet stopped posting node status"),
                                      .since_ms = ready ? AT(6, 2) : s->since_ms,
                                      .created_ms = AT(6, 2) - 61 * 24 * 60 * MINUTE,
                                      .cpu_milli = 4000,
                                      .memory_bytes = 16LL << 30,
                                      .pods = 110};
    }
    return (size_t)s->nodes;
}

static void put(struct leeway_snapshot_builder *b, size_t i, const struct story_cluster *s)
{
    struct arena a;
    arena_init(&a);
    struct leeway_label labels[] = {{TEXT("cloud"), words(s->cloud)},
                                    {TEXT("region"), words(s->region)},
                                    {TEXT("tier"), words(s->tier)}};
    struct leeway_condition cond[8];
    struct leeway_node node[16];
    static const struct leeway_namespace spaces[] = {
        {TEXT("default"), TEXT("Active"), AT(6, 2)},
        {TEXT("kube-system"), TEXT("Active"), AT(6, 2)}};
    static const struct leeway_api apis[] = {
        {TEXT("apps"), TEXT("v1"), TEXT("Deployment"), TEXT("deployments"), true, false}};
    bool silent = s->state == LEEWAY_UNKNOWN;
    struct leeway_cluster c = {
        .id = i + 1,
        .version_of_row = 1,
        .name = words(s->name),
        .context = words(s->name),
        .server = text_fmt(&a, "https://%s.acme.example:6443", s->name),
        .namespace_ = TEXT("default"),
        .uid = text_fmt(&a, "00000000-0000-4000-8000-%012zu", i + 1),
        .labels = labels,
        .n_labels = ARRAY_LEN(labels),
        .distribution = words(s->distribution),
        .kubernetes = words(s->kubernetes),
        .region = words(s->region),
        .provider = words(s->cloud),
        .protected_ = strcmp(s->tier, "prod") == 0,
        .reach = silent ? LEEWAY_REACH_DOWN : LEEWAY_REACH_OK,
        .state = s->state,
        .reason = words(s->reason),
        .reason_key = words(s->reason),
        .reason_detail = silent ? TEXT("connect timeout after 10 s: 10.8.0.7:6443")
                         : s->state == LEEWAY_FAILED
                             ? TEXT("Deployment/search-prod-api, 1 of 3 ready, image search:3.1.0 "
                                    "not found")
                             : TEXT_NONE,
        .was = silent ? TEXT("ok") : TEXT_NONE,
        .since_ms = s->since_ms,
        .last_seen_ms = silent ? s->since_ms : STORY_NOW_MS,
        .next_try_ms = silent ? STORY_NOW_MS + MINUTE : 0,
        .tries = silent ? 24 : 0,
        .latency_ms = silent ? -1 : 41,
        .identity = TEXT("erik@acme.example"),
        .nodes = s->nodes,
        .nodes_ready = s->nodes_ready,
        .pods = 40 * s->nodes,
        .cpu_milli = 4000LL * s->nodes,
        .memory_bytes = (16LL << 30) * s->nodes,
        .cert_not_after_ms = STORY_NOW_MS + 61LL * 24 * 60 * MINUTE,
        .cost = {.connections = 2, .watches = 12, .watches_current = silent ? 0 : 12},
        .conditions = cond,
        .node_rows = node,
        .namespaces = spaces,
        .n_namespaces = ARRAY_LEN(spaces),
        .apis = apis,
        .n_apis = ARRAY_LEN(apis),
        .environments = s->environments,
        .drift =
            {[LEEWAY_VERDICT_UNEXPECTED] = s->unexpected, [LEEWAY_VERDICT_ACCEPTED] = s->accepted},
        .changing = words(s->changing),
    };
    c.n_conditions = conditions(s, cond);
    c.n_node_rows = nodes(s, &a, node);
    leeway_snapshot_put_cluster(b, i, &c);
    arena_clear(&a);
}

static const struct leeway_owner scaled_by[] = {
    {.manager = TEXT("kubectl"),
     .operation = TEXT("Update"),
     .subresource = TEXT("scale"),
     .api_version = TEXT("apps/v1"),
     .words = TEXT("kubectl scale"),
     .actor = LEEWAY_ACTOR_PERSON},
    {.manager = TEXT("kubectl-set"),
     .operation = TEXT("Update"),
     .api_version = TEXT("apps/v1"),
     .words = TEXT("kubectl set"),
     .actor = LEEWAY_ACTOR_PERSON,
     .at_or_before_ms = AT(11, 31)},
};

static void drifts(struct leeway_snapshot_builder *b)
{
    struct leeway_drift rows[] = {
        {.verdict = LEEWAY_VERDICT_UNEXPECTED,
         .environment = TEXT("payments-dev"),
         .cluster = TEXT("dev-eu-1"),
         .cluster_id = 8,
         .name = TEXT("payments-dev-web"),
         .path = TEXT(".spec.replicas"),
         .given = TEXT("2"),
         .live = TEXT("6"),
         .owners = &scaled_by[0],
         .after_ms = AT(14, 1),
         .before_ms = AT(14, 2),
         .when = TEXT("the entry has no time"),
         .fold_key = TEXT("payments-dev-web .spec.replicas 2 6")},
        {.verdict = LEEWAY_VERDICT_UNEXPECTED,
         .environment = TEXT("payments-stage"),
         .cluster = TEXT("stage-ap-1"),
         .cluster_id = 11,
         .name = TEXT("payments-stage-web"),
         .path = TEXT(".spec.template.spec.containers[name=\"web\"].image"),
         .given = TEXT("1.9"),
         .live = TEXT("1.9-fix"),
         .owners = &scaled_by[1],
         .after_ms = AT(11, 30),
         .before_ms = AT(11, 31),
         .fold_key = TEXT("payments-stage-web image 1.9 1.9-fix")},
        {.verdict = LEEWAY_VERDICT_UNEXPECTED,
         .checking = true,
         .environment = TEXT("payments-stage"),
         .cluster = TEXT("stage-ap-1"),
         .cluster_id = 11,
         .name = TEXT("payments-stage-web"),
         .path = TEXT(".spec.template.metadata.annotations.read-timeout"),
         .given = TEXT("60"),
         .live = TEXT("300"),
         .owners = &scaled_by[1],
         .after_ms = AT(11, 25),
         .before_ms = AT(11, 26),
         .fold_key = TEXT("payments-stage-web read-timeout 60 300")},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        rows[i].id = i + 1;
        rows[i].kind = LEEWAY_DRIFT_CHANGED;
        rows[i].api_version = TEXT("apps/v1");
        rows[i].object_kind = TEXT("Deployment");
        rows[i].namespace_ = rows[i].environment;
        rows[i].n_owners = 1;
        leeway_snapshot_put_drift(b, i, &rows[i]);
    }
}

static void environments(struct leeway_snapshot_builder *b)
{
    const struct leeway_target target = {.environment = TEXT("payments-dev"),
                                         .cluster = TEXT("dev-eu-1"),
                                         .cluster_id = 8,
                                         .state = LEEWAY_DRIFT,
                                         .phase = LEEWAY_TARGET_HEALTHY,
                                         .reason = TEXT("1 unexpected"),
                                         .since_ms = AT(9, 15),
                                         .objects = 10,
                                         .objects_ready = 10,
                                         .drift = {[LEEWAY_VERDICT_UNEXPECTED] = 1},
                                         .release = 1};
    const struct leeway_environment dev = {.name = TEXT("payments-dev"),
                                           .uuid = TEXT("7c0e5a31-0000-4000-8000-000000000001"),
                                           .namespace_ = TEXT("payments-dev"),
                                           .origin = TEXT("folder ./payments"),
                                           .state = LEEWAY_DRIFT,
                                           .reason = TEXT("1 unexpected"),
                                           .since_ms = AT(14, 2),
                                           .release = 1,
                                           .released_by = TEXT("alice"),
                                           .released_ms = AT(9, 12),
                                           .targets = 1,
                                           .targets_ready = 1,
                                           .drift = {[LEEWAY_VERDICT_UNEXPECTED] = 1},
                                           .target_rows = &target,
                                           .n_target_rows = 1};
    leeway_snapshot_put_environment(b, 0, &dev);
}

static void releases(struct leeway_snapshot_builder *b)
{
    const struct leeway_release_target targets[] = {
        {.cluster = TEXT("stage-eu-1"),
         .state = LEEWAY_CHANGING,
         .phase = LEEWAY_TARGET_WAITING,
         .done = 5,
         .total = 9,
         .waiting = TEXT("Deployment/metrics 4/6 ready"),
         .since_ms = AT(14, 4),
         .fails_at_ms = AT(14, 14)},
        {.cluster = TEXT("stage-us-1"),
         .state = LEEWAY_CHANGING,
         .phase = LEEWAY_TARGET_APPLYING,
         .done = 2,
         .total = 9,
         .since_ms = AT(14, 1)},
    };
    const struct leeway_log_line log[] = {
        {AT(14, 1), TEXT("stage-us-1"), TEXT("ConfigMap/metrics"), TEXT("created"), LEEWAY_OK},
        {AT(14, 4), TEXT("stage-eu-1"), TEXT("Deployment/metrics"), TEXT("updated"), LEEWAY_OK},
    };
    const struct leeway_release r = {.id = 31,
                                     .environment = TEXT("metrics"),
                                     .title = TEXT("folder ./metrics"),
                                     .plan = TEXT("7f3c19e2"),
                                     .by = TEXT("mona"),
                                     .number = 31,
                                     .state = LEEWAY_RELEASE_RUNNING,
                                     .started_ms = AT(13, 49),
                                     .targets = 2,
                                     .target_rows = targets,
                                     .n_target_rows = ARRAY_LEN(targets),
                                     .log = log,
                                     .n_log = ARRAY_LEN(log)};
    leeway_snapshot_put_release(b, 0, &r);
}

static const struct leeway_fleet_info fleet = {
    .name = TEXT("acme"), .file = TEXT("leeway.yaml"), .identity = TEXT("erik")};

struct leeway_snapshot *story_snapshot(void)
{
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(NULL, STORY_NOW_MS);
    leeway_snapshot_put_fleet(b, &fleet);
    for (size_t i = 0; i < ARRAY_LEN(clusters); i++)
        put(b, i, &clusters[i]);
    environments(b);
    drifts(b);
    releases(b);
    return leeway_snapshot_seal(b);
}

struct leeway_snapshot *story_unreachable(void)
{
    struct leeway_snapshot_builder *b =
        leeway_snapshot_builder_new(NULL, STORY_NOW_MS + 135 * MINUTE);
    leeway_snapshot_put_fleet(b, &fleet);
    for (size_t i = 0; i < ARRAY_LEN(clusters); i++) {
        struct story_cluster s = clusters[i];
        s.reason = i % 2 ? "connect timeout" : "name not found: *.acme.example";
        s.state = LEEWAY_UNKNOWN;
        s.changing = "";
        s.since_ms = i == ARRAY_LEN(clusters) - 1 ? s.since_ms : AT(16, 8);
        put(b, i, &s);
    }
    return leeway_snapshot_seal(b);
}

struct leeway_snapshot *story_large(size_t n, size_t ill)
{
    static const char *const regions[] = {"eu-central", "us-central", "eu-south", "ap-east",
                                          "us-east",    "us-west",    "eu-west",  "eu-north"};
    static const enum leeway_state states[] = {LEEWAY_FAILED, LEEWAY_UNKNOWN, LEEWAY_DEGRADED,
                                               LEEWAY_DRIFT, LEEWAY_CHANGING};
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(NULL, STORY_NOW_MS);
    const struct leeway_fleet_info stores = {.name = TEXT("acme-stores")};
    leeway_snapshot_put_fleet(b, &stores);
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof(name), "store-%05zu", i);
        struct story_cluster s = clusters[3];
        s.name = name;
        s.region = regions[i % ARRAY_LEN(regions)];
        if (ill && i % ill == 0) {
            s.state = states[i / ill % ARRAY_LEN(states)];
            s.reason = "5/6 nodes ready";
            s.since_ms = AT(13, 37);
        }
        put(b, i, &s);
    }
    return leeway_snapshot_seal(b);
}
