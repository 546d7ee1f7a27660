// SPDX-License-Identifier: Apache-2.0
/* The living side of the simulator, on a clock that the test moves. */
#include "unit.h"

#include "sim/live.h"
#include "sim/types.h"

#include <stdio.h>
#include <stdlib.h>

struct fix {
    struct sim sim;
    struct clock_fake clock;
    struct sim_cluster cluster;
    struct sim_reply reply;
    struct val_pool pool;
};

static int setup(void **state)
{
    struct fix *f = mem_new(struct fix);
    clock_fake_init(&f->clock, 1000, 1790000000000);
    f->sim.clock = &f->clock.clock;
    f->sim.started_ms = 1000;
    f->sim.seed = 1;
    f->sim.types = sim_types_new();
    f->sim.speed_percent = 100;
    f->sim.clusters = &f->cluster;
    f->sim.clusters_len = 1;
    f->cluster.sim = &f->sim;
    f->cluster.number = 7; /* dev-eu-1 */
    f->cluster.version = 100;
    snprintf(f->cluster.token, sizeof(f->cluster.token), "secret");
    sim_fleet_name(&f->cluster, true);
    val_pool_init(&f->pool);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fix *f = *state;
    sim_reply_clear(&f->reply);
    sim_store_clear(&f->cluster);
    sim_types_free(f->sim.types);
    val_pool_clear(&f->pool);
    mem_free(f);
    return 0;
}

static const struct val *send(struct fix *f, const char *method, const char *target,
                              const char *type, const char *body)
{
    const struct sim_request q = {.method = method,
                                  .target = target,
                                  .content_type = type,
                                  .authorization = "Bearer secret",
                                  .body = body ? body : "",
                                  .body_len = body ? strlen(body) : 0};
    sim_reply_clear(&f->reply);
    sim_answer(&f->cluster, &q, &f->reply);
    return json_read(&f->pool, buf_str(&f->reply.body), f->reply.body.len, NULL, NULL);
}

static const struct val *get(struct fix *f, const char *target)
{
    return send(f, "GET", target, NULL, NULL);
}

static const struct val *make(struct fix *f, const char *target, const char *body)
{
    const struct val *v = send(f, "POST", target, "application/json", body);
    if (f->reply.status != 201)
        fail_msg("%s: %d %s", target, f->reply.status, buf_str(&f->reply.body));
    return v;
}

static const struct val *merge(struct fix *f, const char *target, const char *body)
{
    const struct val *v = send(f, "PATCH", target, "application/merge-patch+json", body);
    if (f->reply.status != 200)
        fail_msg("%s: %d %s", target, f->reply.status, buf_str(&f->reply.body));
    return v;
}

static void pass(struct fix *f, int seconds)
{
    for (int i = 0; i < seconds * 10; i++) {
        clock_fake_advance(&f->clock, 100);
        sim_behave_tick(&f->cluster);
    }
}

static int64_t count(struct fix *f, const char *target)
{
    return (int64_t)val_count(val_get(get(f, target), "items"));
}

static int64_t number(const struct val *v, const char *a, const char *b)
{
    return val_int(val_at(v, a, b, NULL), 0);
}

static const char *reason(const struct val *v, const char *condition)
{
    return val_str(val_get(sim_condition(v, condition), "reason"), "");
}

static bool told(struct fix *f, const char *ns, const char *what, const char *name)
{
    char target[300];
    snprintf(target, sizeof(target), "/api/v1/namespaces/%s/events", ns);
    const struct val *list = val_get(get(f, target), "items");
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *one = val_item(list, i);
        if (val_str_is(val_get(one, "reason"), what) &&
            strncmp(val_str(val_at(one, "involvedObject", "name", NULL), ""), name, strlen(name)) ==
                0)
            return true;
    }
    return false;
}

#define DEV "/namespaces/payments-dev"
#define WEB "/apis/apps/v1" DEV "/deployments/payments-dev-web"
#define PODS "/api/v1" DEV "/pods"
#define TEMPLATE(app)                                                                              \
    "\"selector\":{\"matchLabels\":{\"app\":\"" app "\"}},\"template\":{\"metadata\":{\"labels\":" \
    "{\"app\":\"" app "\"}},\"spec\":{\"restartPolicy\":\"Always\",\"containers\":[{\"name\":"     \
    "\"c\",\"image\":\"x:1\"}]}}"

static void test_rollout(void **state)
{
    struct fix *f = *state;
    const struct val *v = get(f, WEB);
    assert_string_equal(reason(v, "Progressing"), "NewReplicaSetAvailable");
    assert_int_equal(number(v, "status", "availableReplicas"), 2);
    pass(f, 5);
    assert_int_equal(
        f->cluster.version,
        (uint64_t)atoll(val_str(val_at(get(f, PODS), "metadata", "resourceVersion", NULL), "")));
    send(f, "PATCH", WEB, "application/json-patch+json",
         "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/image\",\"value\":"
         "\"acme/web:1.5.0\"}]");
    assert_int_equal(f->reply.status, 200);
    pass(f, 1);
    v = get(f, WEB);
    assert_string_equal(reason(v, "Progressing"), "ReplicaSetUpdated");
    bool never_short = true, moving = false;
    for (int i = 0; i < 30; i++) {
        pass(f, 1);
        v = get(f, WEB);
        never_short = never_short && number(v, "status", "availableReplicas") >= 2;
        moving = moving || number(v, "status", "replicas") == 3;
    }
    assert_true(never_short);
    assert_true(moving);
    assert_string_equal(reason(v, "Progressing"), "NewReplicaSetAvailable");
    assert_int_equal(number(v, "status", "updatedReplicas"), 2);
    assert_int_equal(number(v, "status", "replicas"), 2);
    assert_int_equal(number(v, "status", "observedGeneration"),
                     number(v, "metadata", "generation"));
    assert_string_equal(
        val_str(val_at(v, "metadata", "annotations", "deployment.kubernetes.io/revision", NULL),
                ""),
        "2");
    assert_int_equal(count(f, "/apis/apps/v1" DEV "/replicasets"), 2);
    assert_true(told(f, "payments-dev", "ScalingReplicaSet", "payments-dev-web"));
    assert_true(told(f, "payments-dev", "SuccessfulCreate", "payments-dev-web-"));
    assert_true(told(f, "payments-dev", "Scheduled", "payments-dev-web-"));
    assert_true(told(f, "payments-dev", "Started", "payments-dev-web-"));
    assert_true(told(f, "payments-dev", "Killing", "payments-dev-web-"));
}

static void test_missing_image(void **state)
{
    struct fix *f = *state;
    get(f, WEB);
    snprintf(f->cluster.missing_image, sizeof(f->cluster.missing_image), "gone:1");
    merge(f, WEB, "{\"spec\":{\"progressDeadlineSeconds\":20}}");
    send(f, "PATCH", WEB, "application/json-patch+json",
         "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/image\",\"value\":"
         "\"gone:1\"}]");
    pass(f, 40);
    const struct val *v = get(f, WEB);
    assert_string_equal(reason(v, "Progressing"), "ProgressDeadlineExceeded");
    assert_int_equal(number(v, "status", "availableReplicas"), 2); /* the old ones stay */
    assert_true(told(f, "payments-dev", "BackOff", "payments-dev-web-"));
    f->cluster.missing_image[0] = '\0'; /* it was pushed */
    pass(f, 40);
    assert_string_equal(reason(get(f, WEB), "Progressing"), "NewReplicaSetAvailable");
}

static void test_crash(void **state)
{
    struct fix *f = *state;
    get(f, WEB);
    snprintf(f->cluster.crashing_image, sizeof(f->cluster.crashing_image), "bad:1");
    send(f, "PATCH", WEB, "application/json-patch+json",
         "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/image\",\"value\":"
         "\"bad:1\"}]");
    pass(f, 60);
    const struct val *list = val_get(get(f, PODS), "items");
    int64_t restarts = 0;
    for (size_t i = 0; i < val_count(list); i++)
        restarts += val_int(
            val_get(val_item(val_at(val_item(list, i), "status", "containerStatuses", NULL), 0),
                    "restartCount"),
            0);
    assert_true(restarts >= 2);
}

static void test_stateful_set(void **state)
{
    struct fix *f = *state;
    make(f, "/apis/apps/v1" DEV "/statefulsets",
         "{\"apiVersion\":\"apps/v1\",\"kind\":\"StatefulSet\",\"metadata\":{\"name\":\"db\"},"
         "\"spec\":{\"replicas\":3,\"serviceName\":\"db\",\"volumeClaimTemplates\":[{\"metadata\":{"
         "\"name\":\"data\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{"
         "\"requests\":{\"storage\":\"5Gi\"}}}}]," TEMPLATE("db") "}}");
    pass(f, 3);
    get(f, PODS "/db-2");
    assert_int_equal(f->reply.status, 404); /* in order: not before the others are ready */
    pass(f, 30);
    const struct val *v = get(f, "/apis/apps/v1" DEV "/statefulsets/db");
    assert_int_equal(number(v, "status", "readyReplicas"), 3);
    assert_int_equal(number(v, "status", "updatedReplicas"), 3);
    assert_true(val_equal(val_at(v, "status", "currentRevision", NULL),
                          val_at(v, "status", "updateRevision", NULL)));
    v = get(f, "/api/v1" DEV "/persistentvolumeclaims/data-db-1");
    assert_string_equal(val_str(val_at(v, "status", "phase", NULL), ""), "Bound");
    assert_int_equal(count(f, "/api/v1/persistentvolumes"), 3);
    merge(f, "/apis/apps/v1" DEV "/statefulsets/db", "{\"spec\":{\"replicas\":1}}");
    pass(f, 20);
    get(f, PODS "/db-1");
    assert_int_equal(f->reply.status, 404);
    get(f, PODS "/db-0");
    assert_int_equal(f->reply.status, 200);
    assert_int_equal(count(f, "/api/v1" DEV "/persistentvolumeclaims"), 3);
    send(f, "DELETE", "/api/v1" DEV "/persistentvolumeclaims/data-db-2", NULL, NULL);
    pass(f, 2);
    assert_int_equal(count(f, "/api/v1/persistentvolumes"), 2);
}

static void test_daemon_set(void **state)
{
    struct fix *f = *state;
    make(f, "/apis/apps/v1" DEV "/daemonsets",
         "{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\",\"metadata\":{\"name\":\"agent\"},"
         "\"spec\":{" TEMPLATE("agent") "}}");
    pass(f, 10);
    const struct val *v = get(f, "/apis/apps/v1" DEV "/daemonsets/agent");
    assert_int_equal(number(v, "status", "desiredNumberScheduled"), 3);
    assert_int_equal(number(v, "status", "numberReady"), 3);
    send(f, "PATCH", "/apis/apps/v1" DEV "/daemonsets/agent", "application/json-patch+json",
         "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/image\",\"value\":"
         "\"x:2\"}]");
    pass(f, 40);
    v = get(f, "/apis/apps/v1" DEV "/daemonsets/agent");
    assert_int_equal(number(v, "status", "updatedNumberScheduled"), 3);
    assert_int_equal(number(v, "status", "numberReady"), 3);
}

#define JOB_POD                                                                                    \
    "\"template\":{\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"c\","         \
    "\"image\":\"x:1\"}]}}"

static void test_job(void **state)
{
    struct fix *f = *state;
    make(f, "/apis/batch/v1" DEV "/jobs",
         "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"once\"},\"spec\":{"
         "\"parallelism\":2,\"completions\":3,\"backoffLimit\":1,\"ttlSecondsAfterFinished\":"
         "60," JOB_POD "}}");
    pass(f, 40);
    const struct val *v = get(f, "/apis/batch/v1" DEV "/jobs/once");
    assert_int_equal(number(v, "status", "succeeded"), 3);
    assert_string_equal(reason(v, "Complete"), "CompletionsReached");
    assert_true(told(f, "payments-dev", "Completed", "once"));
    pass(f, 70);
    get(f, "/apis/batch/v1" DEV "/jobs/once");
    assert_int_equal(f->reply.status, 404);
    snprintf(f->cluster.crashing_image, sizeof(f->cluster.crashing_image), "x:1");
    make(f, "/apis/batch/v1" DEV "/jobs",
         "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"bad\"},\"spec\":{"
         "\"backoffLimit\":1," JOB_POD "}}");
    pass(f, 40);
    v = get(f, "/apis/batch/v1" DEV "/jobs/bad");
    assert_string_equal(reason(v, "Failed"), "BackoffLimitExceeded");
    assert_int_equal(number(v, "status", "failed"), 2);
}

static void test_cron(void **state)
{
    struct fix *f = *state;
    make(f, "/apis/batch/v1" DEV "/cronjobs",
         "{\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\",\"metadata\":{\"name\":\"tick\"},"
         "\"spec\":{\"schedule\":\"*/2 * * * *\",\"successfulJobsHistoryLimit\":2,\"jobTemplate\":{"
         "\"spec\":{" JOB_POD "}}}}");
    pass(f, 250);
    int64_t n = count(f, "/apis/batch/v1" DEV "/jobs");
    assert_int_equal(n, 2);
    const struct val *v = get(f, "/apis/batch/v1" DEV "/cronjobs/tick");
    assert_non_null(val_at(v, "status", "lastScheduleTime", NULL));
    pass(f, 500);
    n = count(f, "/apis/batch/v1" DEV "/jobs");
    assert_in_range(n, 2, 3);
    assert_true(told(f, "payments-dev", "SuccessfulCreate", "tick"));
}

static void test_namespace(void **state)
{
    struct fix *f = *state;
    make(f, "/api/v1/namespaces",
         "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"blue\"}}");
    pass(f, 1);
    get(f, "/api/v1/namespaces/blue/serviceaccounts/default");
    assert_int_equal(f->reply.status, 200);
    make(f, "/api/v1/namespaces/blue/configmaps",
         "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"held\","
         "\"finalizers\":[\"example.com/held\"]}}");
    make(f, "/apis/apps/v1/namespaces/blue/deployments",
         "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\"},"
         "\"spec\":{\"replicas\":2," TEMPLATE("web") "}}");
    pass(f, 10);
    struct sim_object *o = sim_store_get(&f->cluster, sim_kind_named("Namespace"), "", "blue");
    sim_act_delete(&f->cluster, o); /* as the API server marks it */
    pass(f, 10);
    const struct val *v = get(f, "/api/v1/namespaces/blue");
    assert_int_equal(f->reply.status, 200);
    assert_string_equal(val_str(val_at(v, "status", "phase", NULL), ""), "Terminating");
    assert_string_equal(reason(v, "NamespaceContentRemaining"), "SomeResourcesRemain");
    assert_string_equal(reason(v, "NamespaceFinalizersRemaining"), "SomeFinalizersRemain");
    assert_int_equal(count(f, "/api/v1/namespaces/blue/pods"), 0);
    merge(f, "/api/v1/namespaces/blue/configmaps/held", "{\"metadata\":{\"finalizers\":null}}");
    pass(f, 2);
    get(f, "/api/v1/namespaces/blue");
    assert_int_equal(f->reply.status, 404);
}

/* A ConfigMap that owns two others, the second with another owner as well. */
static void family(struct fix *f)
{
    char body[600];
    const struct val *a = make(f, "/api/v1/namespaces/default/configmaps",
                               "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{"
                               "\"name\":\"a\"}}");
    const struct val *b = make(f, "/api/v1/namespaces/default/configmaps",
                               "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{"
                               "\"name\":\"b\"}}");
#define REF                                                                                        \
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"%s\",\"uid\":\"%s\","                \
    "\"blockOwnerDeletion\":true}"
    snprintf(body, sizeof(body),
             "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"one\","
             "\"ownerReferences\":[" REF "]}}",
             "a", sim_uid(a));
    make(f, "/api/v1/namespaces/default/configmaps", body);
    snprintf(body, sizeof(body),
             "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"two\","
             "\"ownerReferences\":[" REF "," REF "]}}",
             "a", sim_uid(a), "b", sim_uid(b));
    make(f, "/api/v1/namespaces/default/configmaps", body);
    pass(f, 1);
}

static struct sim_object *map(struct fix *f, const char *name)
{
    return sim_store_get(&f->cluster, sim_kind_named("ConfigMap"), "default", name);
}

static void test_garbage(void **state)
{
    struct fix *f = *state;
    get(f, "/version");
    family(f);
    sim_store_remove(&f->cluster, map(f, "a"));
    pass(f, 1);
    assert_null(map(f, "one"));
    assert_non_null(map(f, "two"));
    assert_null(strstr(map(f, "two")->text, "\"name\":\"a\""));
    sim_store_remove(&f->cluster, map(f, "b"));
    pass(f, 1);
    assert_null(map(f, "two"));
    make(f, "/api/v1/namespaces/default/configmaps",
         "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"nobodys\","
         "\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"a\",\"uid\""
         ":\"11111111-1111-4111-8111-111111111111\"}]}}");
    pass(f, 1);
    assert_null(map(f, "nobodys"));
}

static void going(struct fix *f, const char *name, const char *finalizer)
{
    struct sim_object *o = map(f, name);
    o = sim_act_patch(&f->cluster, &sim_as_controller, o,
                      "{\"metadata\":{\"finalizers\":[\"%s\"]}}", finalizer);
    sim_act_delete(&f->cluster, o);
}

static void test_foreground(void **state)
{
    struct fix *f = *state;
    get(f, "/version");
    family(f);
    merge(f, "/api/v1/namespaces/default/configmaps/one",
          "{\"metadata\":{\"finalizers\":[\"example.com/held\"]}}");
    going(f, "a", "foregroundDeletion");
    pass(f, 1);
    assert_non_null(map(f, "a")); /* waits for one */
    assert_non_null(map(f, "one"));
    merge(f, "/api/v1/namespaces/default/configmaps/one", "{\"metadata\":{\"finalizers\":null}}");
    pass(f, 1);
    assert_null(map(f, "one"));
    assert_null(map(f, "a"));
}

static void test_orphan(void **state)
{
    struct fix *f = *state;
    get(f, "/version");
    family(f);
    going(f, "a", "orphan");
    pass(f, 1);
    assert_null(map(f, "a"));
    assert_non_null(map(f, "one"));
    assert_null(
        val_at(sim_object_read(&f->pool, map(f, "one")), "metadata", "ownerReferences", NULL));
}

static void test_autoscaler(void **state)
{
    struct fix *f = *state;
    make(f, "/apis/autoscaling/v2" DEV "/horizontalpodautoscalers",
         "{\"apiVersion\":\"autoscaling/v2\",\"kind\":\"HorizontalPodAutoscaler\",\"metadata\":{"
         "\"name\":\"web\",\"annotations\":{\"sim.leeway.dev/load\":\"400\"}},\"spec\":{"
         "\"minReplicas\":2,\"maxReplicas\":6,\"scaleTargetRef\":{\"apiVersion\":\"apps/v1\","
         "\"kind\":\"Deployment\",\"name\":\"payments-dev-web\"},\"metrics\":[{\"type\":"
         "\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":{\"type\":\"Utilization\","
         "\"averageUtilization\":80}}}]}}");
    pass(f, 30);
    assert_int_equal(number(get(f, WEB), "spec", "replicas"), 5);
    assert_int_equal(number(get(f, WEB), "status", "readyReplicas"), 5);
    assert_true(told(f, "payments-dev", "SuccessfulRescale", "web"));
    const struct val *v = get(f, "/apis/autoscaling/v2" DEV "/horizontalpodautoscalers/web");
    assert_int_equal(number(v, "status", "desiredReplicas"), 5);
    assert_string_equal(reason(v, "ScalingActive"), "ValidMetricFound");
    uint64_t version = f->cluster.version;
    pass(f, 60);
    assert_int_equal(number(get(f, WEB), "spec", "replicas"), 5);
    assert_true(f->cluster.version - version < 40); /* leases, and nothing that flutters */
}

static void test_balancer(void **state)
{
    struct fix *f = *state;
    make(f, "/api/v1" DEV "/services",
         "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"out\"},\"spec\":{"
         "\"type\":\"LoadBalancer\",\"ports\":[{\"port\":80}]}}");
    pass(f, 6);
    const struct val *v = get(f, "/api/v1" DEV "/services/out");
    const struct val *at = val_item(val_at(v, "status", "loadBalancer", "ingress", NULL), 0);
    assert_non_null(val_get(at, "ip"));
}

static void test_nodes(void **state)
{
    struct fix *f = *state;
    static const char lease[] =
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/dev-eu-1-1";
    const struct val *at = val_at(get(f, lease), "spec", "renewTime", NULL);
    pass(f, 12);
    assert_false(val_equal(at, val_at(get(f, lease), "spec", "renewTime", NULL)));
    struct sim_object *o = sim_store_get(&f->cluster, sim_kind_named("Node"), "", "dev-eu-1-1");
    struct buf b;
    buf_init(&b, BUF_SMALL);
    sim_fleet_node_conditions(&f->cluster, &b, false, "2026-09-21T00:00:00Z");
    o = sim_act_patch(&f->cluster, &sim_as_controller_status, o, "{\"status\":{\"conditions\":%s}}",
                      buf_str(&b));
    buf_clear(&b);
    sim_node_changed(&f->cluster, o, false);
    pass(f, 2);
    at = val_at(get(f, lease), "spec", "renewTime", NULL);
    pass(f, 30);
    assert_true(val_equal(at, val_at(get(f, lease), "spec", "renewTime", NULL)));
    const struct val *list =
        val_get(get(f, "/api/v1/pods?fieldSelector=spec.nodeName%3Ddev-eu-1-1"), "items");
    for (size_t i = 0; i < val_count(list); i++)
        assert_false(sim_pod_ready(val_item(list, i)));
}

/* Words of kube-apiserver 1.37: a line a kind, what is wide only in brackets. */
static void test_columns(void **state)
{
    static const char *const lines[] = {
        "/api/v1/pods: Name Ready Status Restarts Age (IP) (Node) (Nominated Node) (Readiness "
        "Gates)",
        "/api/v1/nodes: Name Status Roles Age Version (Internal-IP) (External-IP) (OS-Image) "
        "(Kernel-Version) (Container-Runtime)",
        "/api/v1/services: Name Type Cluster-IP External-IP Port(s) Age (Selector)",
        "/api/v1/configmaps: Name Data Age",
        "/api/v1/secrets: Name Type Data Age",
        "/api/v1/serviceaccounts: Name Age",
        "/api/v1/limitranges: Name Created At",
        "/api/v1/persistentvolumeclaims: Name Status Volume Capacity Access Modes StorageClass "
        "VolumeAttributesClass Age (VolumeMode)",
        "/api/v1/events: Last Seen Type Reason Object (Subobject) (Source) Message (First Seen) "
        "(Count) (Name)",
        "/apis/apps/v1/deployments: Name Ready Up-to-date Available Age (Containers) (Images) "
        "(Selector)",
        "/apis/apps/v1/daemonsets: Name Desired Current Ready Up-to-date Available Node Selector "
        "Age (Containers) (Images) (Selector)",
        "/apis/batch/v1/jobs: Name Status Completions Duration Age (Containers) (Images) "
        "(Selector)",
        "/apis/autoscaling/v2/horizontalpodautoscalers: Name Reference Targets MinPods MaxPods "
        "Replicas Age",
        "/apis/rbac.authorization.k8s.io/v1/roles: Name Created At",
        "/apis/policy/v1/poddisruptionbudgets: Name Min Available Max Unavailable Allowed "
        "Disruptions Age",
        "/apis/coordination.k8s.io/v1/leases: Name Holder Age",
    };
    struct fix *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        char target[100], have[400] = "";
        size_t n = strcspn(lines[i], ":");
        snprintf(target, sizeof(target), "%.*s", (int)n, lines[i]);
        const struct sim_request q = {
            .method = "GET",
            .target = target,
            .accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
            .authorization = "Bearer secret",
            .body = ""};
        sim_reply_clear(&f->reply);
        sim_answer(&f->cluster, &q, &f->reply);
        const struct val *v =
            json_read(&f->pool, buf_str(&f->reply.body), f->reply.body.len, NULL, NULL);
        const struct val *list = val_get(v, "columnDefinitions"), *rows = val_get(v, "rows");
        for (size_t k = 0; k < val_count(list); k++) {
            bool wide = val_int(val_get(val_item(list, k), "priority"), 0);
            snprintf(have + strlen(have), sizeof(have) - strlen(have), wide ? " (%s)" : " %s",
                     val_str(val_get(val_item(list, k), "name"), ""));
        }
        assert_string_equal(have, lines[i] + n + 1);
        for (size_t k = 0; k < val_count(rows); k++)
            assert_int_equal(val_count(val_get(val_item(rows, k), "cells")), val_count(list));
    }
}

static const char *body(struct fix *f, const char *target)
{
    get(f, target);
    return buf_str(&f->reply.body);
}

static size_t lines_of(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += *s == '\n';
    return n;
}

static void test_logs(void **state)
{
    struct fix *f = *state;
    const struct val *pod = val_item(val_get(get(f, PODS), "items"), 0);
    char log[300], target[400];
    snprintf(log, sizeof(log), PODS "/%s/log", val_str(val_at(pod, "metadata", "name", NULL), ""));
    pass(f, 120);
    snprintf(target, sizeof(target), "%s?tailLines=5", log);
    assert_int_equal(lines_of(body(f, target)), 5);
    char *last = mem_strdup(buf_str(&f->reply.body));
    assert_string_equal(last, body(f, target)); /* told twice, it is the same */
    snprintf(target, sizeof(target), "%s?tailLines=5&timestamps=true", log);
    assert_int_equal(strncmp(body(f, target), "2026-09-21T", 11), 0);
    snprintf(target, sizeof(target), "%s?sinceSeconds=20", log);
    assert_in_range(lines_of(body(f, target)), 1, 20);
    snprintf(target, sizeof(target), "%s?limitBytes=30", log);
    assert_int_equal(strlen(body(f, target)), 30);
    snprintf(target, sizeof(target), "%s?container=other", log);
    assert_non_null(strstr(body(f, target), "container other is not valid for pod"));
    assert_int_equal(f->reply.status, 400);
    snprintf(target, sizeof(target), "%s?previous=true", log);
    assert_non_null(strstr(body(f, target), "previous terminated container"));
    snprintf(target, sizeof(target), "%s?follow=true&tailLines=2", log);
    get(f, target);
    struct sim_reply mine = f->reply;
    f->reply = (struct sim_reply){0};
    assert_int_equal(lines_of(buf_str(&mine.watch->out)), 2);
    pass(f, 60);
    sim_watch_tick(&f->cluster, f->clock.boot_ms_now);
    assert_true(lines_of(buf_str(&mine.watch->out)) > 8);
    assert_false(mine.watch->ended);
    snprintf(target, sizeof(target), PODS "/%s",
             val_str(val_at(pod, "metadata", "name", NULL), ""));
    send(f, "DELETE", target, NULL, NULL);
    pass(f, 5);
    sim_watch_tick(&f->cluster, f->clock.boot_ms_now);
    assert_true(mine.watch->ended); /* the pod is gone */
    sim_reply_clear(&mine);
    mem_free(last);
    send(f, "PATCH", log, "application/merge-patch+json", "{}");
    assert_int_equal(f->reply.status, 405);
}

static void test_events_view(void **state)
{
    struct fix *f = *state;
    merge(f, WEB, "{\"spec\":{\"replicas\":3}}");
    pass(f, 10);
    int64_t n = count(f, "/api/v1" DEV "/events");
    assert_true(n > 3);
    const struct val *v = get(f, "/apis/events.k8s.io/v1" DEV "/events");
    assert_int_equal(val_count(val_get(v, "items")), n);
    const struct val *one = val_item(val_get(v, "items"), 0);
    assert_string_equal(val_str(val_get(one, "apiVersion"), ""), "events.k8s.io/v1");
    assert_non_null(val_at(one, "regarding", "name", NULL));
    assert_non_null(val_get(one, "note"));
    assert_null(val_get(one, "message"));
    assert_int_equal(
        count(f, "/api/v1" DEV "/events?fieldSelector=involvedObject.kind%3DDeployment"), 1);
    assert_int_equal(
        count(f, "/apis/events.k8s.io/v1" DEV "/events?fieldSelector=reason%3DScalingReplicaSet"),
        1);
    send(f, "DELETE", "/apis/events.k8s.io/v1" DEV "/events", NULL, NULL);
    assert_int_equal(f->reply.status, 405);
    pass(f, 3720);
    assert_int_equal(count(f, "/api/v1" DEV "/events"), 0); /* forgotten after an hour */
}

static const struct val *entry_of(const struct val *v, const char *manager, const char *sub)
{
    const struct val *list = val_at(v, "metadata", "managedFields", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "manager"), manager) &&
            strcmp(val_str(val_get(val_item(list, i), "subresource"), ""), sub) == 0)
            return val_item(list, i);
    return NULL;
}

static void test_managers(void **state)
{
    struct fix *f = *state;
    static const struct sim_actor person = {"kubectl", "scale"};
    struct sim_object *o;
    const struct val *v = get(f, WEB);
    assert_non_null(entry_of(v, "helm", ""));
    assert_non_null(entry_of(v, "kube-controller-manager", "status"));
    assert_non_null(entry_of(v, "kube-controller-manager", "")); /* the revision */
    assert_non_null(val_at(entry_of(v, "helm", ""), "fieldsV1", "f:spec", "f:replicas", NULL));
    o = sim_store_get(&f->cluster, sim_kind_named("Deployment"), "payments-dev",
                      "payments-dev-web");
    sim_act_patch(&f->cluster, &person, o, "{\"spec\":{\"replicas\":4}}");
    v = get(f, WEB);
    assert_non_null(
        val_at(entry_of(v, "kubectl", "scale"), "fieldsV1", "f:spec", "f:replicas", NULL));
    assert_null(val_get(entry_of(v, "kubectl", "scale"), "time"));
    assert_null(val_at(entry_of(v, "helm", ""), "fieldsV1", "f:spec", "f:replicas", NULL));
    pass(f, 10);
    v = val_item(val_get(get(f, PODS), "items"), 0);
    assert_non_null(entry_of(v, "kubelet", "status"));
    v = get(f, "/api/v1/nodes/dev-eu-1-1");
    assert_non_null(entry_of(v, "kubelet", ""));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_rollout),      CASE(test_missing_image), CASE(test_crash),
        CASE(test_stateful_set), CASE(test_daemon_set),    CASE(test_job),
        CASE(test_cron),         CASE(test_namespace),     CASE(test_garbage),
        CASE(test_foreground),   CASE(test_orphan),        CASE(test_autoscaler),
        CASE(test_balancer),     CASE(test_nodes),         CASE(test_managers),
        CASE(test_columns),      CASE(test_logs),          CASE(test_events_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
