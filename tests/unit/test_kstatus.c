// SPDX-License-Identifier: Apache-2.0
/*
 * kstatus and the health laid over it. An object is written as its kind, then what is in it.
 */
#include "unit.h"

#include "base/clock.h"
#include "data/json.h"
#include "kube/health.h"

#include <stdio.h>

#define NOW "2026-03-01T12:00:00Z"

static const struct {
    const char *object;
    enum kstatus status;
    enum health health;
    const char *reason; /* of the health */
} cases[] = {
#define DEPLOYMENT                                                                                 \
    "\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"generation\":2}"
#define AVAILABLE                                                                                  \
    "\"conditions\":[{\"type\":\"Progressing\",\"status\":\"True\",\"reason\":"                    \
    "\"NewReplicaSetAvailable\"},"                                                                 \
    "{\"type\":\"Available\",\"status\":\"True\"}]"
#define ROLLED "\"replicas\":2,\"updatedReplicas\":2,\"readyReplicas\":2,\"availableReplicas\":2"
    {DEPLOYMENT ",\"spec\":{\"replicas\":2,\"progressDeadlineSeconds\":600},\"status\":{" ROLLED
                "," AVAILABLE "}",
     KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
    {DEPLOYMENT ",\"spec\":{\"replicas\":2,\"paused\":true},\"status\":{" ROLLED "," AVAILABLE "}",
     KSTATUS_CURRENT, HEALTH_SUSPENDED, "Paused"},
    {DEPLOYMENT ",\"spec\":{\"replicas\":2},\"status\":{\"observedGeneration\":1," ROLLED
                "," AVAILABLE "}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "LatestGenerationNotObserved"},
    {DEPLOYMENT ",\"spec\":{\"replicas\":2},\"status\":{\"observedGeneration\":3," ROLLED
                "," AVAILABLE "}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "LatestGenerationNotObserved"},
    {DEPLOYMENT ",\"spec\":{\"replicas\":3},\"status\":{" ROLLED "," AVAILABLE "}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "LessReplicas"},
    {DEPLOYMENT ",\"spec\":{\"replicas\":1},\"status\":{" ROLLED "," AVAILABLE "}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "ExtraPods"},
    {DEPLOYMENT ",\"spec\":{\"replicas\":2},\"status\":{\"replicas\":2,\"updatedReplicas\":1}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "LessUpdated"},
    {DEPLOYMENT ",\"spec\":{\"replicas\":2},\"status\":{\"replicas\":2,\"updatedReplicas\":2,"
                "\"availableReplicas\":1}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "LessAvailable"},
    {DEPLOYMENT ",\"spec\":{\"replicas\":2,\"progressDeadlineSeconds\":600},\"status\":{" ROLLED
                "}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "ReplicaSetNotAvailable"},
    {DEPLOYMENT
     ",\"spec\":{\"replicas\":2,\"progressDeadlineSeconds\":2147483647},\"status\":{" ROLLED "}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "DeploymentNotAvailable"},
    {DEPLOYMENT ",\"status\":{\"conditions\":[{\"type\":\"Progressing\",\"status\":\"False\","
                "\"reason\":\"ProgressDeadlineExceeded\"}]}",
     KSTATUS_FAILED, HEALTH_FAILED, "ProgressDeadlineExceeded"},
    {DEPLOYMENT ",\"status\":{\"conditions\":[{\"type\":\"ReplicaFailure\",\"status\":\"True\","
                "\"reason\":\"FailedCreate\"}]}",
     KSTATUS_IN_PROGRESS, HEALTH_DEGRADED, "FailedCreate"},
    /* a number that is no whole number counts as absent */
    {DEPLOYMENT ",\"spec\":{\"replicas\":\"7\"},\"status\":{\"replicas\":1,\"updatedReplicas\":1,"
                "\"readyReplicas\":1,\"availableReplicas\":1," AVAILABLE "}",
     KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
#define SET "\"apiVersion\":\"apps/v1\",\"kind\":\"StatefulSet\""
    {SET ",\"spec\":{\"updateStrategy\":{\"type\":\"OnDelete\"},\"replicas\":9}", KSTATUS_CURRENT,
     HEALTH_HEALTHY, ""},
    {SET ",\"spec\":{\"replicas\":2,\"updateStrategy\":{\"rollingUpdate\":{\"partition\":1}}},"
         "\"status\":{\"replicas\":2,\"readyReplicas\":2,\"updatedReplicas\":1}",
     KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
    {SET ",\"spec\":{\"replicas\":2,\"updateStrategy\":{\"rollingUpdate\":{\"partition\":0}}},"
         "\"status\":{\"replicas\":2,\"readyReplicas\":2,\"updatedReplicas\":1}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "PartitionRollout"},
    {SET ",\"spec\":{\"replicas\":1},\"status\":{\"replicas\":1,\"readyReplicas\":1,"
         "\"currentReplicas\":1,\"currentRevision\":\"a\",\"updateRevision\":\"b\"}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "RevisionMismatch"},
    {SET ",\"spec\":{\"replicas\":1},\"status\":{\"replicas\":1,\"readyReplicas\":1}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "LessCurrent"},
#define DAEMONS "\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\""
    {DAEMONS ",\"metadata\":{\"generation\":1},\"status\":{\"observedGeneration\":1,"
             "\"desiredNumberScheduled\":0}",
     KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
    {DAEMONS ",\"status\":{\"observedGeneration\":1}", KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING,
     "NoGeneration"},
    {DAEMONS ",\"metadata\":{\"generation\":1}", KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING,
     "NoObservedGeneration"},
    {DAEMONS
     ",\"metadata\":{\"generation\":1},\"status\":{\"observedGeneration\":1,"
     "\"desiredNumberScheduled\":2,\"currentNumberScheduled\":2,\"updatedNumberScheduled\":2,"
     "\"numberAvailable\":2,\"numberReady\":1}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "LessReady"},
#define POD "\"apiVersion\":\"v1\",\"kind\":\"Pod\""
    {POD ",\"status\":{\"phase\":\"Failed\"}", KSTATUS_CURRENT, HEALTH_DEGRADED, "PodFailed"},
    {POD ",\"status\":{\"phase\":\"Succeeded\"}", KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
    {POD ",\"status\":{\"phase\":\"Odd\"}", KSTATUS_UNKNOWN, HEALTH_UNKNOWN, "Invalid"},
    {POD ",\"status\":{\"phase\":\"Running\"}", KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING,
     "PodRunningNotReady"},
    {POD ",\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"a\",\"state\":"
         "{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}}]}",
     KSTATUS_FAILED, HEALTH_FAILED, "ContainerCrashLooping"},
    {POD ",\"status\":{\"phase\":\"Running\",\"initContainerStatuses\":[{\"name\":\"a\",\"state\":"
         "{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}}]}",
     KSTATUS_FAILED, HEALTH_FAILED, "ContainerCrashLooping"},
    {POD ",\"status\":{\"phase\":\"Pending\",\"containerStatuses\":[{\"name\":\"a\",\"state\":"
         "{\"waiting\":{\"reason\":\"ErrImagePull\"}}}]}",
     KSTATUS_IN_PROGRESS, HEALTH_DEGRADED, "ErrImagePull"},
    {POD ",\"metadata\":{\"creationTimestamp\":\"2026-03-01T11:59:50Z\"},\"status\":{\"phase\":"
         "\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\",\"reason\":"
         "\"Unschedulable\"}]}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "PodNotScheduled"},
    {POD ",\"metadata\":{\"creationTimestamp\":\"2026-03-01T11:59:45Z\"},\"status\":{\"phase\":"
         "\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\",\"reason\":"
         "\"Unschedulable\"}]}",
     KSTATUS_FAILED, HEALTH_FAILED, "PodUnschedulable"},
    {POD ",\"metadata\":{\"deletionTimestamp\":\"" NOW "\"},\"status\":{\"phase\":\"Odd\"}",
     KSTATUS_TERMINATING, HEALTH_TERMINATING, ""},
#define JOB "\"apiVersion\":\"batch/v1\",\"kind\":\"Job\""
    {JOB ",\"status\":{\"startTime\":\"" NOW "\"}", KSTATUS_CURRENT, HEALTH_PROGRESSING,
     "JobRunning"},
    {JOB ",\"status\":{\"conditions\":[{\"type\":\"Complete\",\"status\":\"True\"}]}",
     KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
    {JOB
     ",\"spec\":{\"suspend\":true},\"status\":{\"conditions\":[{\"type\":\"Suspended\",\"status\":"
     "\"True\"}]}",
     KSTATUS_CURRENT, HEALTH_SUSPENDED, "Suspended"},
    {JOB
     ",\"spec\":{\"suspend\":false},\"status\":{\"conditions\":[{\"type\":\"Suspended\",\"status\":"
     "\"True\"}]}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, "JobRunning"},
#define CRON "\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\""
    {CRON ",\"spec\":{\"suspend\":true}", KSTATUS_CURRENT, HEALTH_SUSPENDED, "Suspended"},
    {CRON ",\"status\":{\"lastScheduleTime\":\"2026-03-01T11:00:00Z\",\"lastSuccessfulTime\":"
          "\"2026-03-01T10:00:09Z\"}",
     KSTATUS_CURRENT, HEALTH_DEGRADED, "LastRunFailed"},
    {CRON ",\"status\":{\"lastScheduleTime\":\"2026-03-01T11:00:00Z\",\"lastSuccessfulTime\":"
          "\"2026-03-01T10:00:09Z\",\"active\":[{}]}",
     KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
#define CLAIM "\"apiVersion\":\"v1\",\"kind\":\"PersistentVolumeClaim\""
    {CLAIM ",\"status\":{\"phase\":\"Lost\"}", KSTATUS_IN_PROGRESS, HEALTH_DEGRADED, "Lost"},
    {CLAIM ",\"status\":{\"phase\":\"Pending\"}", KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING,
     "NotBound"},
#define SERVICE "\"apiVersion\":\"v1\",\"kind\":\"Service\""
    {SERVICE ",\"spec\":{\"type\":\"LoadBalancer\"}", KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING,
     "LoadBalancerPending"},
    {SERVICE ",\"spec\":{\"type\":\"LoadBalancer\",\"clusterIP\":\"10.0.0.1\"}", KSTATUS_CURRENT,
     HEALTH_PROGRESSING, "LoadBalancerPending"},
    {SERVICE ",\"spec\":{\"type\":\"LoadBalancer\",\"clusterIP\":\"10.0.0.1\"},\"status\":"
             "{\"loadBalancer\":{\"ingress\":[{\"ip\":\"1.2.3.4\"}]}}",
     KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
    {SERVICE ",\"spec\":{\"clusterIP\":\"None\"}", KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
#define CRD "\"apiVersion\":\"apiextensions.k8s.io/v1\",\"kind\":\"CustomResourceDefinition\""
    {CRD ",\"status\":{\"conditions\":[{\"type\":\"Established\",\"status\":\"False\",\"reason\":"
         "\"NotAccepted\"}]}",
     KSTATUS_FAILED, HEALTH_FAILED, "NotAccepted"},
    {CRD ",\"status\":{\"conditions\":[{\"type\":\"Established\",\"status\":\"True\"},{\"type\":"
         "\"NonStructuralSchema\",\"status\":\"True\",\"reason\":\"Violations\"}]}",
     KSTATUS_CURRENT, HEALTH_DEGRADED, "Violations"},
#define HPA "\"apiVersion\":\"autoscaling/v2\",\"kind\":\"HorizontalPodAutoscaler\""
    {HPA ",\"status\":{\"conditions\":[{\"type\":\"AbleToScale\",\"status\":\"True\"},{\"type\":"
         "\"ScalingActive\",\"status\":\"False\",\"reason\":\"FailedGetResourceMetric\"}]}",
     KSTATUS_CURRENT, HEALTH_DEGRADED, "FailedGetResourceMetric"},
    {HPA ",\"status\":{\"conditions\":[{\"type\":\"ScalingActive\",\"status\":\"False\",\"reason\":"
         "\"ScalingDisabled\"}]}",
     KSTATUS_CURRENT, HEALTH_SUSPENDED, "ScalingDisabled"},
#define OTHER "\"apiVersion\":\"x.io/v1\",\"kind\":\"Thing\",\"status\":{\"conditions\":"
    {OTHER "[{\"type\":\"Ready\",\"status\":\"True\"}]}", KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
    {OTHER "[{\"type\":\"Ready\",\"status\":\"False\",\"reason\":\"No\"}]}", KSTATUS_IN_PROGRESS,
     HEALTH_PROGRESSING, "No"},
    {OTHER "[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}", KSTATUS_IN_PROGRESS,
     HEALTH_PROGRESSING, ""},
    {OTHER "[{\"type\":\"Ready\",\"status\":\"True\"},{\"type\":\"Stalled\",\"status\":\"True\"}]}",
     KSTATUS_FAILED, HEALTH_FAILED, ""},
    {OTHER
     "[{\"type\":\"Reconciling\",\"status\":\"True\"},{\"type\":\"Stalled\",\"status\":\"True\"}]}",
     KSTATUS_IN_PROGRESS, HEALTH_PROGRESSING, ""},
    {OTHER "[{\"type\":\"Degraded\",\"status\":\"True\",\"reason\":\"Half\"}]}", KSTATUS_CURRENT,
     HEALTH_DEGRADED, "Half"},
    {OTHER "null}", KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
    {OTHER "{}}", KSTATUS_UNKNOWN, HEALTH_UNKNOWN, "Invalid"},
    {OTHER "[7]}", KSTATUS_UNKNOWN, HEALTH_UNKNOWN, "Invalid"},
    {OTHER "[{\"type\":1}]}", KSTATUS_UNKNOWN, HEALTH_UNKNOWN, "Invalid"},
    {"\"metadata\":{\"generation\":\"1\"}", KSTATUS_UNKNOWN, HEALTH_UNKNOWN, "Invalid"},
    {"\"metadata\":{\"generation\":1},\"status\":{\"observedGeneration\":1.5}", KSTATUS_UNKNOWN,
     HEALTH_UNKNOWN, "Invalid"},
    {"\"metadata\":{\"deletionTimestamp\":null}", KSTATUS_UNKNOWN, HEALTH_UNKNOWN, "Invalid"},
    {"\"metadata\":[]", KSTATUS_UNKNOWN, HEALTH_UNKNOWN, "Invalid"},
    {"\"status\":\"fine\"", KSTATUS_UNKNOWN, HEALTH_UNKNOWN, "Invalid"},
    {"\"apiVersion\":\"apps/v1/x\",\"kind\":\"Deployment\"", KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
    {"\"a\":1", KSTATUS_CURRENT, HEALTH_HEALTHY, ""},
};

static void objects_are_as_healthy_as_they_are(void **state)
{
    int64_t now;
    int32_t nanos;
    assert_int_equal(clock_parse_rfc3339(NOW, strlen(NOW), &now, &nanos), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct val_pool p;
        val_pool_init(&p);
        struct err e = ERR_INIT;
        char text[2000];
        int len = snprintf(text, sizeof(text), "{%s}", cases[i].object);
        const struct val *v = json_read(&p, text, (size_t)len, NULL, &e);
        if (!v)
            fail_msg("%s: %s", text, e.text);
        struct kstatus_result k;
        struct health_result h;
        int rc = kstatus_compute(&p.arena, v, now, &k, &e);
        assert_int_equal(rc, e.code);
        assert_int_equal(rc != 0, k.status == KSTATUS_UNKNOWN);
        health_overlay(v, &k, &h);
        if (k.status != cases[i].status || h.health != cases[i].health ||
            strcmp(h.reason, cases[i].reason) != 0)
            fail_msg("%s: %s (%s), %s (%s)", text, kstatus_word(k.status), k.reason,
                     health_word(h.health), h.reason);
        assert_int_equal(k.again_wall_ms != 0, strcmp(k.reason, "PodNotScheduled") == 0);
        err_clear(&e);
        val_pool_clear(&p);
    }
}

static void what_is_no_object_is_unknown(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    struct kstatus_result k;
    struct val seven = val_of_int(7);
    assert_int_equal(kstatus_compute(&p.arena, &seven, 0, &k, NULL), ERR_INVALID);
    assert_int_equal(k.status, KSTATUS_UNKNOWN);
    assert_int_equal(kstatus_compute(&p.arena, NULL, 0, &k, NULL), ERR_INVALID);
    val_pool_clear(&p);
}

RUN("kstatus", cmocka_unit_test(objects_are_as_healthy_as_they_are),
    cmocka_unit_test(what_is_no_object_is_unknown))
