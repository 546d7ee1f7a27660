// SPDX-License-Identifier: Apache-2.0
#include "story_catalog.h"

#include "story_day.h"

#include "base/mem.h"

#include <string.h>

static const struct leeway_parameter web_app_parameters[] = {
    {TEXT("image"), TEXT("name:tag"), TEXT_NONE, TEXT("Image with a tag"), true, false},
    {TEXT("size"), TEXT("small, medium, large"), TEXT("small"), TEXT("What each part gets"), false,
     false},
    {TEXT("replicas"), TEXT("1 to 20"), TEXT("2"), TEXT_NONE, false, false},
    {TEXT("autoscale"), TEXT("yes, no"), TEXT("no"), TEXT_NONE, false, false},
    {TEXT("maxReplicas"), TEXT("1 to 50"), TEXT("10"), TEXT_NONE, false, false},
    {TEXT("database"), TEXT("yes, no"), TEXT("yes"), TEXT_NONE, false, false},
    {TEXT("dbPassword"), TEXT("secret, by reference"), TEXT_NONE, TEXT_NONE, true, true},
};

static const struct leeway_module_use web_app_modules[] = {
    {TEXT("web"), TEXT("web-service"), TEXT("2.3.1"), TEXT("A service with a name"), TEXT_NONE,
     TEXT("12 rules, 3 let anyone")},
    {TEXT("db"), TEXT("postgres"), TEXT("1.2.3"), TEXT("A database"), TEXT("params.database"),
     TEXT("8 rules")},
};

static const struct text web_app_outputs[] = {TEXT("url"), TEXT("database")};

#define SCHEMA                                                                                     \
    "{\"type\":\"object\",\"required\":[\"image\",\"dbPassword\"],\"properties\":{"                \
    "\"image\":{\"type\":\"string\",\"pattern\":\"^[^:]+:[^:]+$\",\"x-pattern-text\":\"an image "  \
    "with a tag, "                                                                                 \
    "name:tag\",\"x-order\":1,\"description\":\"Image with a tag\"},"                              \
    "\"dbPassword\":{\"type\":\"string\",\"x-secret\":true,\"x-order\":2},"                        \
    "\"size\":{\"type\":\"string\",\"enum\":[\"small\",\"medium\",\"large\"],\"default\":"         \
    "\"small\",\"x-order\":3,\"description\":\"What each part gets, on every "                     \
    "cluster\",\"x-enum-text\":{\"small\":\"1 CPU, 1Gi\",\"medium\":\"2 CPU, 4Gi\","               \
    "\"large\":\"8 CPU, 16Gi\"}},"                                                                 \
    "\"replicas\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":20,\"default\":2},"              \
    "\"autoscale\":{\"type\":\"boolean\",\"default\":false},"                                      \
    "\"maxReplicas\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":50,\"default\":10,"           \
    "\"x-visible-when\":\"params.autoscale\"},"                                                    \
    "\"hosts\":{\"type\":\"array\",\"maxItems\":3,\"items\":{\"type\":\"string\"}},"               \
    "\"probe\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\",\"default\":"    \
    "\"/healthz\"},\"seconds\":{\"type\":\"integer\",\"minimum\":1}}},"                            \
    "\"labels\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}}}"

struct short_blueprint {
    const char *name, *version, *approval, *why;
    enum leeway_state state;
    bool yours, newest;
};

static struct leeway_blueprint row_of(const struct short_blueprint *x, struct arena *a)
{
    struct leeway_blueprint b = {
        .name = text_cstr(a, x->name),
        .version = text_cstr(a, x->version),
        .description = TEXT("For another day"),
        .owners = TEXT("platform-runtime"),
        .folder = TEXT("./catalog"),
        .file = text_fmt(a, "./catalog/blueprints/%s/%s.yaml", x->name, x->version),
        .state = x->state,
        .approval = text_cstr(a, x->approval),
        .why = text_cstr(a, x->why),
        .hint = TEXT_NONE,
        .usable = x->state == LEEWAY_OK,
        .yours = x->yours,
        .newest = x->newest,
        .teams = TEXT("platform"),
        .team = TEXT_NONE,
        .goes_to = TEXT_NONE,
        .max_expiry = TEXT_NONE,
        .exceptions = -1,
        .ttl = TEXT_NONE,
        .max_ttl = TEXT_NONE,
        .stages = TEXT_NONE,
        .resources = TEXT_NONE,
        .schema = TEXT("{\"type\":\"object\"}")};
    if (strcmp(x->name, "web-app") == 0) {
        b.description = TEXT("A web service with a database");
        b.teams = b.team = TEXT("payments");
        b.goes_to = TEXT("tier=dev");
        b.max_clusters = 5;
        b.exceptions = 5;
        b.max_expiry = TEXT("30d");
        b.ttl = TEXT("72h");
        b.max_ttl = TEXT("14d");
        b.stages = TEXT("canary, then a person decides; rest");
        b.resources = TEXT("Deployment, Service, StatefulSet, Ingress");
        b.parameters = web_app_parameters;
        b.n_parameters = ARRAY_LEN(web_app_parameters);
        b.modules = web_app_modules;
        b.n_modules = ARRAY_LEN(web_app_modules);
        b.outputs = web_app_outputs;
        b.n_outputs = ARRAY_LEN(web_app_outputs);
        b.schema = TEXT(SCHEMA);
    }
    return b;
}

#define MONA "signed by mona"
static const struct short_blueprint blueprints[] = {
    {"batch", "1.2.0", MONA, NULL, LEEWAY_OK, false, true},
    {"edge-gw", "1.8.0", MONA, NULL, LEEWAY_OK, false, true},
    {"ledger", "2.1.0", MONA, NULL, LEEWAY_OK, false, true},
    {"metrics", "5.3.0", MONA, NULL, LEEWAY_OK, false, true},
    {"notebook", "0.4.0", MONA, NULL, LEEWAY_OK, false, true},
    {"queue", "1.1.0", "altered", "module nats 2.0.3 changed after it was signed", LEEWAY_FAILED,
     true, true},
    {"redis-cache", "0.2.0", "not approved", "no signature yet", LEEWAY_UNKNOWN, true, true},
    {"search", "3.2.0", MONA, NULL, LEEWAY_OK, false, true},
    {"static-site", "1.0.0", MONA, NULL, LEEWAY_OK, false, true},
    {"web-app", "1.5.0", "not approved", "waits for a signature", LEEWAY_UNKNOWN, true, false},
    {"web-app", "1.4.0", MONA, NULL, LEEWAY_OK, true, true},
    {"web-app", "1.3.2", MONA, NULL, LEEWAY_OK, true, false},
};

static const struct leeway_override overrides[] = {
    {TEXT("dev-us-1"), TEXT("web"), TEXT("{\"replicas\":4}"), TEXT("load test"), TEXT("alice"), 0}};
static const struct leeway_exception exceptions[] = {
    {TEXT("dev-eu-1"), TEXT("Deployment.apps/payments-dev-web"), TEXT(".spec.replicas"),
     TEXT("value >= 2 && value <= 8"), TEXT_NONE, TEXT("burst on the payments queue"), TEXT("bob"),
     STORY_NOW_MS + 3 * 24 * 3600 * 1000LL}};

static const struct {
    const char *name, *blueprint, *version, *team, *owner;
} files[] = {
    {"checkout-dev", "web-app", "1.4.0", "checkout", "carol"},
    {"payments-dev", "web-app", "1.4.0", "payments", "alice"},
    {"payments-prod", "web-app", "1.3.2", "payments", "dana"},
    {"payments-stage", "web-app", "1.4.0", "payments", "dana"},
    {"search-prod", "search", "3.2.0", "search", "erik"},
};

#define PAYMENTS_DEV                                                                               \
    "{\"apiVersion\":\"leeway.dev/v1alpha1\",\"kind\":\"Environment\",\"metadata\":{\"name\":"     \
    "\"payments-dev\"},\"spec\":{\"team\":\"payments\",\"owner\":\"alice\",\"blueprint\":{"        \
    "\"name\":\"web-app\",\"version\":\"1.4.0\"},\"params\":{\"image\":\"registry.example/pay:"    \
    "1.9\",\"dbPassword\":{\"secretRef\":{\"namespace\":\"payments\",\"name\":\"db-main\","        \
    "\"key\":\"password\"}}},\"placement\":{\"clusters\":[\"dev-ap-1\",\"dev-eu-1\","              \
    "\"dev-us-1\"]},\"ttl\":\"7d\"}}"

struct leeway_snapshot *story_catalog(void)
{
    struct arena a;
    struct leeway_snapshot *day = story_day();
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(day, STORY_NOW_MS);
    struct leeway_fleet_info fleet = *leeway_snapshot_fleet(day);
    arena_init(&a);
    fleet.catalog = TEXT("./catalog");
    fleet.catalog_problem = TEXT_NONE;
    fleet.catalog_problems = 0;
    leeway_snapshot_put_fleet(b, &fleet);
    for (size_t i = 0; i < ARRAY_LEN(blueprints); i++) {
        struct leeway_blueprint row = row_of(&blueprints[i], &a);
        leeway_snapshot_put_blueprint(b, i, &row);
    }
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct leeway_env_file f = {.name = text_cstr(&a, files[i].name),
                                    .path = text_fmt(&a, "environments/%s.yaml", files[i].name),
                                    .blueprint = text_cstr(&a, files[i].blueprint),
                                    .version = text_cstr(&a, files[i].version),
                                    .team = text_cstr(&a, files[i].team),
                                    .owner = text_cstr(&a, files[i].owner),
                                    .namespace_ = TEXT_NONE,
                                    .ttl = TEXT("7d"),
                                    .document = TEXT_NONE,
                                    .problem = TEXT_NONE};
        if (strcmp(files[i].name, "payments-dev") == 0) {
            f.document = TEXT(PAYMENTS_DEV);
            f.overrides = overrides;
            f.n_overrides = 1;
            f.exceptions = exceptions;
            f.n_exceptions = 1;
        }
        leeway_snapshot_put_env_file(b, i, &f);
    }
    const struct leeway_answer answers[] = {
        {.uuid = TEXT("0f4a7c11-0000-4000-8000-000000000001"),
         .environment = TEXT("payments-dev"),
         .cluster = TEXT("dev-us-1"),
         .cluster_id = 4,
         .api_version = TEXT("apps/v1"),
         .object_kind = TEXT("Deployment"),
         .namespace_ = TEXT("payments-dev"),
         .name = TEXT("payments-dev-worker"),
         .path = TEXT(".spec.replicas"),
         .manager = TEXT("kubectl"),
         .accepts = TEXT("self >= 2 && self <= 8"),
         .within = true,
         .reason = TEXT("incident 4711"),
         .by = TEXT("bob"),
         .expires_ms = STORY_NOW_MS + (2 * 24 + 21) * 3600 * 1000LL,
         .standing = 1},
        {.uuid = TEXT("0f4a7c11-0000-4000-8000-000000000002"),
         .handed_over = true,
         .environment = TEXT("payments-dev"),
         .cluster = TEXT_NONE,
         .api_version = TEXT("apps/v1"),
         .object_kind = TEXT("Deployment"),
         .namespace_ = TEXT("payments-dev"),
         .name = TEXT("payments-dev-web"),
         .path = TEXT(".metadata.annotations.note"),
         .manager = TEXT_NONE,
         .accepts = TEXT_NONE,
         .reason = TEXT("the runtime team writes it"),
         .by = TEXT("alice")},
    };
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        leeway_snapshot_put_answer(b, i, &answers[i]);
    struct leeway_snapshot *s = leeway_snapshot_seal(b);
    leeway_snapshot_unref(day);
    arena_clear(&a);
    return s;
}

/* ---- one environment ---- */

#define ON(cluster_) .cluster = TEXT(cluster_)
#define OUT(name_, cluster_, value_)                                                               \
    {                                                                                              \
        .name = TEXT(name_), ON(cluster_), .value = TEXT(value_), .known = true                    \
    }
#define PART(module_, cluster_, id_, kind_, name_)                                                 \
    {                                                                                              \
        .module = TEXT(module_), ON(cluster_), .cluster_id = id_, .api_version = TEXT("apps/v1"),  \
        .object_kind = TEXT(kind_), .namespace_ = TEXT("payments-dev"), .name = TEXT(name_),       \
        .state = LEEWAY_OK, .reason = TEXT_NONE                                                    \
    }

struct leeway_parts *story_parts(void)
{
    static const struct leeway_output outputs[] = {
        OUT("url", "dev-ap-1", "https://payments-dev.ap.dev.acme.example"),
        OUT("database", "dev-ap-1", "payments-dev-db:5432/pay"),
        {.name = TEXT("password"), ON("dev-ap-1"), .value = TEXT_NONE, .secret = true},
        OUT("url", "dev-eu-1", "https://payments-dev.eu.dev.acme.example"),
        OUT("database", "dev-eu-1", "payments-dev-db:5432/pay"),
        {.name = TEXT("password"), ON("dev-eu-1"), .value = TEXT_NONE, .secret = true},
        {.name = TEXT("url"), ON("dev-us-1"), .value = TEXT_NONE},
        OUT("database", "dev-us-1", "payments-dev-db:5432/pay"),
        {.name = TEXT("password"), ON("dev-us-1"), .value = TEXT_NONE, .secret = true},
    };
    struct leeway_part parts[] = {
        PART("db", "dev-ap-1", 12, "StatefulSet", "payments-dev-db"),
        PART("web", "dev-ap-1", 12, "Deployment", "payments-dev-web"),
        PART("web", "dev-ap-1", 12, "Service", "payments-dev-web"),
        PART("db", "dev-eu-1", 8, "StatefulSet", "payments-dev-db"),
        PART("web", "dev-eu-1", 8, "Deployment", "payments-dev-web"),
        PART("web", "dev-eu-1", 8, "Service", "payments-dev-web"),
        PART("", "dev-eu-1", 8, "ConfigMap", "payments-dev-old"),
        PART("db", "dev-us-1", 4, "StatefulSet", "payments-dev-db"),
        PART("web", "dev-us-1", 4, "Deployment", "payments-dev-web"),
        PART("web", "dev-us-1", 4, "Service", "payments-dev-web"),
    };
    parts[4].state = LEEWAY_DRIFT;
    parts[4].drift[LEEWAY_VERDICT_UNEXPECTED] = 1;
    parts[8].drift[LEEWAY_VERDICT_ACCEPTED] = 1;
    parts[8].state = LEEWAY_ACCEPTED;
    parts[7].state = LEEWAY_CHANGING;
    parts[7].reason = TEXT("0 of 1 ready");
    const struct leeway_parts p = {.environment = TEXT("payments-dev"),
                                   .outputs = outputs,
                                   .n_outputs = ARRAY_LEN(outputs),
                                   .parts = parts,
                                   .n_parts = ARRAY_LEN(parts),
                                   .why = TEXT_NONE};
    return leeway_parts_new(&p);
}

struct leeway_history *story_history(void)
{
#define RELEASE(n, title_, state_, ago)                                                            \
    {                                                                                              \
        .environment = TEXT("payments-dev"), .number = n, .plan = TEXT("90ab12cd"),                \
        .title = TEXT(title_), .kind = TEXT("apply"), .state = state_, .by = TEXT("alice"),        \
        .reason = TEXT_NONE, .started_ms = STORY_NOW_MS - (ago)*3600000LL,                         \
        .changed_ms = STORY_NOW_MS - (ago)*3600000LL + 180000, .targets = 3                        \
    }
    static const struct leeway_past_release releases[] = {
        RELEASE(3, "web-app@1.4.0", LEEWAY_RELEASE_DONE, 1),
        RELEASE(2, "web-app@1.5.0", LEEWAY_RELEASE_FAILED, 3),
        RELEASE(1, "web-app@1.4.0", LEEWAY_RELEASE_DONE, 5),
    };
    const struct leeway_history h = {.releases = releases, .n_releases = ARRAY_LEN(releases)};
    return leeway_history_new(&h);
}
