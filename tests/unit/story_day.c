// SPDX-License-Identifier: Apache-2.0
#include "story_day.h"

#include "base/mem.h"

#include <string.h>

#define MINUTE 60000LL
#define AT(h, m) (STORY_NOW_MS - 14 * 60 * MINUTE - 5 * MINUTE + ((h)*60 + (m)) * MINUTE)

static struct text words(const char *s)
{
    uint32_t n = (uint32_t)strlen(s);
    return (struct text){s, n, n};
}

static const struct leeway_owner owners[] = {
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
    {.manager = TEXT("vpa-recommender"),
     .operation = TEXT("Update"),
     .words = TEXT("VPA"),
     .actor = LEEWAY_ACTOR_AUTOSCALER,
     .at_or_before_ms = AT(12, 50)},
    {.manager = TEXT("kubectl-rollout"),
     .operation = TEXT("Update"),
     .words = TEXT("kubectl rollout"),
     .actor = LEEWAY_ACTOR_PERSON,
     .at_or_before_ms = AT(11, 2)},
    {.manager = TEXT("leeway"),
     .operation = TEXT("Apply"),
     .api_version = TEXT("apps/v1"),
     .words = TEXT("leeway"),
     .actor = LEEWAY_ACTOR_LEEWAY,
     .at_or_before_ms = AT(9, 12),
     .ours = true},
};

struct day_drift {
    enum leeway_verdict verdict;
    enum leeway_drift_kind kind;
    bool checking;
    const char *environment, *cluster, *object_kind, *name, *path, *given, *live;
    int owner; /* -1: none */
    int64_t before_ms;
    const char *when, *reason, *checked;
};

#define IMAGE ".spec.template.spec.containers[name=\"web\"].image"
#define MEMORY ".spec.template.spec.containers[name=\"web\"].resources.limits.memory"
#define RESTARTED ".spec.template.metadata.annotations[\"kubectl.kubernetes.io/restartedAt\"]"

static const struct day_drift rows[] = {
    {LEEWAY_VERDICT_UNEXPECTED, LEEWAY_DRIFT_CHANGED, false, "payments-dev", "dev-eu-1",
     "Deployment", "payments-dev-web", ".spec.replicas", "2", "6", 0, AT(14, 2),
     "the entry has no time", "no rule allows it", "the server would set 2 again"},
    {LEEWAY_VERDICT_UNEXPECTED, LEEWAY_DRIFT_CHANGED, false, "payments-stage", "stage-ap-1",
     "Deployment", "payments-stage-web", IMAGE, "1.9", "1.9-fix", 1, AT(11, 31), "",
     "no rule allows it", ""},
    {LEEWAY_VERDICT_UNEXPECTED, LEEWAY_DRIFT_CHANGED, false, "payments-stage", "stage-ap-1",
     "Ingress", "payments-stage-web",
     ".metadata.annotations[\"nginx.ingress.kubernetes.io/proxy-read-timeout\"]", "60", "300", 1,
     AT(11, 26), "", "no rule allows it", ""},
    {LEEWAY_VERDICT_UNEXPECTED, LEEWAY_DRIFT_MISSING, false, "search-prod", "prod-us-2",
     "ConfigMap", "search-prod-words", "", "there", "missing", -1, AT(10, 3), "",
     "nothing allows it", ""},
    {LEEWAY_VERDICT_UNKNOWN, LEEWAY_DRIFT_NOT_SEEN, false, "edge-gw", "edge-fra-2", "", "", "", "",
     "", -1, AT(13, 41), "", "no answer from edge-fra-2", ""},
    {LEEWAY_VERDICT_UNEXPECTED, LEEWAY_DRIFT_CHANGED, true, "ledger-stage", "stage-eu-1",
     "ConfigMap", "ledger-stage", ".data.mode", "strict", "lax", 1, AT(14, 4), "", "", ""},
    {LEEWAY_VERDICT_ACCEPTED, LEEWAY_DRIFT_CHANGED, false, "checkout-prod", "prod-eu-1",
     "Deployment", "checkout-prod-web", MEMORY, "512Mi", "768Mi", 1, AT(10, 40), "",
     "accepted by dana until 30 Nov", ""},
    {LEEWAY_VERDICT_ALLOWED, LEEWAY_DRIFT_CHANGED, false, "payments-prod", "prod-eu-1",
     "Deployment", "payments-prod-web", ".spec.replicas", "6", "8", 2, AT(12, 50), "",
     "an autoscaler may own it", ""},
    {LEEWAY_VERDICT_ALLOWED, LEEWAY_DRIFT_CHANGED, false, "payments-prod", "prod-eu-2",
     "Deployment", "payments-prod-web", ".spec.replicas", "6", "9", 2, AT(12, 55), "",
     "an autoscaler may own it", ""},
    {LEEWAY_VERDICT_ALLOWED, LEEWAY_DRIFT_EXTRA, false, "payments-dev", "dev-eu-1", "Deployment",
     "payments-dev-web", RESTARTED, "-", "11:02:18", 3, AT(11, 2), "", "anyone may restart", ""},
};

static void put_drifts(struct leeway_snapshot_builder *b)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct day_drift *r = &rows[i];
        struct arena a;
        arena_init(&a);
        struct leeway_drift d = {
            .id = 100 + i,
            .verdict = r->verdict,
            .kind = r->kind,
            .checking = r->checking,
            .environment = words(r->environment),
            .cluster = words(r->cluster),
            .api_version = TEXT("apps/v1"),
            .object_kind = words(r->object_kind),
            .namespace_ = words(r->environment),
            .name = words(r->name),
            .path = words(r->path),
            .given = words(r->given),
            .live = words(r->live),
            .owners = r->owner < 0 ? NULL : &owners[r->owner],
            .n_owners = r->owner >= 0,
            .after_ms = r->before_ms - MINUTE,
            .before_ms = r->before_ms,
            .when = words(r->when),
            .reason = words(r->reason),
            .fold_key = text_fmt(&a, "%s %s %s", r->name, r->path, r->environment),
            .checked = words(r->checked),
        };
        leeway_snapshot_put_drift(b, i, &d);
        arena_clear(&a);
    }
}

struct day_target {
    const char *cluster;
    enum leeway_state state;
    enum leeway_target_state phase;
    int objects, ready;
    const char *reason;
};

struct day_environment {
    const char *name, *origin, *by;
    enum leeway_state state;
    const char *reason;
    int64_t since_ms, released_ms;
    int release, unexpected, accepted;
    struct day_target targets[5];
};

#define WELL(cluster, n)                                                                           \
    {                                                                                              \
        cluster, LEEWAY_OK, LEEWAY_TARGET_HEALTHY, n, n, ""                                        \
    }

static const struct day_environment environments[] = {
    {"payments-dev",
     "folder ./payments",
     "alice",
     LEEWAY_DRIFT,
     "1 unexpected",
     AT(14, 2),
     AT(9, 12),
     1,
     1,
     0,
     {{"dev-eu-1", LEEWAY_DRIFT, LEEWAY_TARGET_HEALTHY, 10, 10, "1 unexpected"},
      WELL("dev-us-1", 10),
      WELL("dev-ap-1", 10)}},
    {"search-prod",
     "folder ./search",
     "erik",
     LEEWAY_FAILED,
     "r18 failed on prod-us-2",
     AT(13, 58),
     AT(13, 50),
     18,
     1,
     0,
     {{"prod-us-2", LEEWAY_FAILED, LEEWAY_TARGET_FAILED, 7, 6,
       "Deployment/search-prod-api, 1 of 3 ready, image search:3.1.0 not found"},
      WELL("prod-eu-1", 7),
      WELL("prod-ap-1", 7)}},
    {"edge-gw",
     "folder ./edge",
     "mona",
     LEEWAY_UNKNOWN,
     "edge-fra-2 does not answer",
     AT(13, 41),
     AT(8, 0),
     12,
     -1,
     0,
     {{"edge-fra-2", LEEWAY_UNKNOWN, LEEWAY_TARGET_UNREACHABLE, -1, -1, "no answer"},
      WELL("edge-fra-1", 16)}},
    {"payments-prod",
     "folder ./payments",
     "dana",
     LEEWAY_DEGRADED,
     "prod-ap-1: 8 of 10 ready",
     AT(13, 42),
     AT(8, 30),
     44,
     0,
     0,
     {{"prod-ap-1", LEEWAY_DEGRADED, LEEWAY_TARGET_DEGRADED, 10, 8, "4 pods without a node"},
      WELL("prod-eu-1", 10),
      WELL("prod-eu-2", 10),
      WELL("prod-us-1", 10)}},
    {"payments-stage",
     "folder ./payments",
     "dana",
     LEEWAY_DRIFT,
     "2 unexpected",
     AT(11, 26),
     AT(9, 30),
     7,
     2,
     0,
     {{"stage-ap-1", LEEWAY_DRIFT, LEEWAY_TARGET_HEALTHY, 10, 10, "2 unexpected"},
      WELL("stage-eu-1", 10),
      WELL("stage-us-1", 10)}},
    {"ledger-stage",
     "folder ./ledger",
     "frank",
     LEEWAY_PENDING,
     "the folder has 1 change",
     AT(13, 20),
     AT(10, 0),
     3,
     0,
     0,
     {WELL("stage-eu-1", 5)}},
    {"checkout-prod",
     "folder ./checkout",
     "carol",
     LEEWAY_OK,
     "",
     AT(10, 0),
     AT(10, 0),
     21,
     0,
     1,
     {WELL("prod-eu-1", 9), WELL("prod-eu-2", 9), WELL("prod-us-1", 9), WELL("prod-us-2", 9)}},
    {"docs-dev",
     "folder ./docs",
     "hana",
     LEEWAY_OK,
     "",
     AT(8, 0),
     AT(8, 0),
     2,
     0,
     0,
     {WELL("dev-eu-2", 3)}},
};

static void put_environments(struct leeway_snapshot_builder *b, const struct leeway_snapshot *fleet)
{
    for (size_t i = 0; i < ARRAY_LEN(environments); i++) {
        const struct day_environment *e = &environments[i];
        struct leeway_target t[5];
        struct leeway_environment env = {
            .name = words(e->name),
            .uuid = TEXT("7c0e5a31-0000-4000-8000-000000000001"),
            .namespace_ = words(e->name),
            .origin = words(e->origin),
            .state = e->state,
            .reason = words(e->reason),
            .since_ms = e->since_ms,
            .release = e->release,
            .released_by = words(e->by),
            .released_ms = e->released_ms,
            .drift = {[LEEWAY_VERDICT_UNEXPECTED] = e->unexpected,
                      [LEEWAY_VERDICT_ACCEPTED] = e->accepted},
            .target_rows = t,
        };
        for (size_t k = 0; k < 5 && e->targets[k].cluster; k++) {
            const struct day_target *x = &e->targets[k];
            const struct leeway_cluster *c = leeway_cluster_by_name(fleet, x->cluster);
            t[k] = (struct leeway_target){
                .environment = env.name,
                .cluster = words(x->cluster),
                .cluster_id = c ? c->id : 0,
                .state = x->state,
                .phase = x->phase,
                .reason = words(x->reason),
                .since_ms = e->released_ms + 3 * MINUTE,
                .objects = x->objects,
                .objects_ready = x->ready,
                .drift = {[LEEWAY_VERDICT_UNEXPECTED] = k == 0 ? e->unexpected : 0,
                          [LEEWAY_VERDICT_ACCEPTED] = k == 0 ? e->accepted : 0},
                .release = e->release,
            };
            env.targets++;
            env.targets_ready += x->objects == x->ready && x->objects > 0;
            env.n_target_rows = k + 1;
        }
        leeway_snapshot_put_environment(b, i, &env);
    }
}

struct leeway_snapshot *story_day(void)
{
    struct leeway_snapshot *before = story_snapshot();
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(before, STORY_NOW_MS);
    put_drifts(b);
    put_environments(b, before);
    leeway_snapshot_truncate(b, leeway_clusters(before), ARRAY_LEN(environments), ARRAY_LEN(rows),
                             leeway_releases(before));
    leeway_snapshot_unref(before);
    return leeway_snapshot_seal(b);
}

/* path, wanted, given, live; differs with a verdict and an owner */
#define AS_GIVEN(p, v)                                                                             \
    {                                                                                              \
        .path = TEXT(p), .wanted = TEXT(v), .given = TEXT("="), .live = TEXT("="),                 \
        .managed = true, .owners = &owners[4], .n_owners = 1                                       \
    }
#define WEB ".spec.template.spec.containers[name=\"web\"]"

struct leeway_object *story_object(void)
{
    static const struct leeway_object_field fields[] = {
        {.path = TEXT(".spec.replicas"),
         .wanted = TEXT("2"),
         .given = TEXT("="),
         .live = TEXT("6"),
         .differs = true,
         .managed = true,
         .verdict = LEEWAY_VERDICT_UNEXPECTED,
         .drift_id = 100,
         .owners = &owners[0],
         .n_owners = 1},
        AS_GIVEN(".spec.selector.matchLabels.app", "payments-dev-web"),
        AS_GIVEN(".spec.strategy.type", "RollingUpdate"),
        AS_GIVEN(".spec.strategy.rollingUpdate.maxSurge", "1"),
        {.path = TEXT(RESTARTED),
         .wanted = TEXT("-"),
         .given = TEXT("-"),
         .live = TEXT("11:02:18"),
         .differs = true,
         .verdict = LEEWAY_VERDICT_ALLOWED,
         .drift_id = 109,
         .owners = &owners[3],
         .n_owners = 1},
        AS_GIVEN(".spec.template.metadata.labels.app", "payments-dev-web"),
        AS_GIVEN(".spec.template.metadata.labels.team", "payments"),
        AS_GIVEN(WEB ".image", "pay:1.9"),
        AS_GIVEN(WEB ".env[name=\"DEBUG\"].value", "no"),
        AS_GIVEN(WEB ".ports[containerPort=8080,protocol=\"TCP\"].name", "http"),
        AS_GIVEN(WEB ".resources.limits.memory", "256Mi"),
    };
    const struct leeway_object o = {
        .cluster = TEXT("dev-eu-1"),
        .api_version = TEXT("apps/v1"),
        .object_kind = TEXT("Deployment"),
        .namespace_ = TEXT("payments-dev"),
        .name = TEXT("payments-dev-web"),
        .environment = TEXT("payments-dev"),
        .health = TEXT("current"),
        .fetched_ms = STORY_NOW_MS,
        .fields = fields,
        .n_fields = ARRAY_LEN(fields),
        .owners = owners,
        .n_owners = ARRAY_LEN(owners),
    };
    return leeway_object_new(&o);
}

/* The same after somebody edited the environment's file: two fields wait for a plan, one of them
 * new, and one that differs is wanted in a third way. */
struct leeway_object *story_object_edited(void)
{
    static const struct leeway_object_field new_field = {
        .path = TEXT(WEB ".env[name=\"REGION\"].value"),
        .wanted = TEXT("eu"),
        .given = TEXT("-"),
        .live = TEXT("="),
        .pending = true,
        .managed = true};
    struct leeway_object *o = story_object();
    struct leeway_object edited = *o;
    struct leeway_object_field fields[64];
    size_t n = 0;
    for (size_t i = 0; i < o->n_fields && n + 1 < ARRAY_LEN(fields); i++) {
        struct leeway_object_field f = o->fields[i];
        bool replicas = strcmp(f.path.str, ".spec.replicas") == 0,
             image = strcmp(f.path.str, WEB ".image") == 0;
        f.pending = replicas || image;
        if (f.pending)
            f.given = f.wanted;
        if (replicas)
            f.wanted = TEXT("3");
        if (image)
            f.wanted = TEXT("pay:2.0");
        fields[n++] = f;
    }
    fields[n++] = new_field;
    edited.fields = fields;
    edited.n_fields = n;
    edited.wanted_by = TEXT("web-app@1.5.0, web: web-service@2.4.0, module.yaml:19");
    struct leeway_object *out = leeway_object_new(&edited);
    leeway_object_unref(o);
    return out;
}
