// SPDX-License-Identifier: Apache-2.0
/*
 * The table of what is known about kinds beyond kstatus, after Argo CD's checks. A row is one
 * sentence: for this kind, when this test holds, the health is that. Worse comes first.
 */
#include "kube/health.h"

#include "base/mem.h"

#include <string.h>

#define ANY NULL

struct row;
typedef bool test_fn(const struct val *object, const struct row *row, const struct val **about);

struct row {
    const char *group, *kind; /* ANY: of every kind */
    enum health health;
    test_fn *test;
    const char *what;             /* condition's type, or field as a.b.c */
    const char *value;            /* condition's status, or the field's value */
    const char *const *reasons;   /* of the condition, ends with NULL; NULL: any */
    const char *reason, *message; /* NULL: the condition's own */
};

const char *health_word(enum health h)
{
    static const char *const words[] = {
#define X(name, word) word,
        HEALTH_TABLE(X)
#undef X
    };
    return (unsigned)h < HEALTH_COUNT ? words[h] : words[0];
}

/* ---- tests ---- */

static const struct val *field(const struct val *v, const char *dotted)
{
    while (v && *dotted) {
        size_t n = strcspn(dotted, ".");
        v = val_get_n(v, dotted, n);
        dotted += n + (dotted[n] == '.');
    }
    return v;
}

static bool one_of(const struct val *reason, const char *const *list)
{
    for (; *list; list++)
        if (val_str_is(reason, *list))
            return true;
    return false;
}

static bool condition(const struct val *object, const struct row *row, const struct val **about)
{
    const struct val *list = val_at(object, "status", "conditions", NULL);
    for (uint32_t i = 0; val_is(list, VAL_LIST) && i < list->len; i++) {
        const struct val *c = &list->as.items[i];
        if (!val_str_is(val_get(c, "type"), row->what) ||
            !val_str_is(val_get(c, "status"), row->value) ||
            (row->reasons && !one_of(val_get(c, "reason"), row->reasons)))
            continue;
        *about = c;
        return true;
    }
    return false;
}

/* A condition that is False for a reason other than those listed. */
static bool condition_not_for(const struct val *object, const struct row *row,
                              const struct val **about)
{
    struct row any = *row;
    any.reasons = NULL;
    return condition(object, &any, about) && !one_of(val_get(*about, "reason"), row->reasons);
}

static bool no_condition(const struct val *object, const struct row *row, const struct val **about)
{
    return !condition(object, row, about);
}

static bool field_is(const struct val *object, const struct row *row, const struct val **about)
{
    return val_str_is(field(object, row->what), row->value);
}

static bool field_true(const struct val *object, const struct row *row, const struct val **about)
{
    return val_bool(field(object, row->what), false);
}

static bool no_balancer(const struct val *object, const struct row *row, const struct val **about)
{
    if (row->value && !val_str_is(field(object, "spec.type"), row->value))
        return false;
    return val_count(field(object, "status.loadBalancer.ingress")) == 0;
}

/* The last scheduled run did not succeed and none is running. Times compare as text: all are UTC.
 */
static bool cron_missed(const struct val *object, const struct row *row, const struct val **about)
{
    const char *success = val_str(field(object, "status.lastSuccessfulTime"), NULL);
    const char *scheduled = val_str(field(object, "status.lastScheduleTime"), NULL);
    return success && scheduled && strcmp(success, scheduled) < 0 &&
           val_count(field(object, "status.active")) == 0;
}

static bool job_running(const struct val *object, const struct row *row, const struct val **about)
{
    static const char *const ends[] = {"Complete", "Failed", "SuccessCriteriaMet", "FailureTarget"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (condition(object, &(struct row){.what = ends[i], .value = "True"}, about))
            return false;
    *about = NULL;
    return true;
}

static bool ends_with(const char *s, size_t len, const char *end)
{
    size_t n = strlen(end);
    return len >= n && memcmp(s + len - n, end, n) == 0;
}

/* A container that cannot start: Err…, …Error, …BackOff (ErrImagePull, CreateContainerError). */
static bool pod_waits_in_error(const struct val *object, const struct row *row,
                               const struct val **about)
{
    static const char *const fields[] = {"status.initContainerStatuses",
                                         "status.containerStatuses"};
    for (size_t f = 0; f < ARRAY_LEN(fields); f++) {
        const struct val *list = field(object, fields[f]);
        for (uint32_t i = 0; val_is(list, VAL_LIST) && i < list->len; i++) {
            const struct val *waiting = val_at(&list->as.items[i], "state", "waiting", NULL);
            const struct val *reason = val_get(waiting, "reason");
            if (!val_is(reason, VAL_STRING))
                continue;
            const char *s = reason->as.s;
            if (strncmp(s, "Err", 3) != 0 && !ends_with(s, reason->len, "Error") &&
                !ends_with(s, reason->len, "BackOff"))
                continue;
            *about = waiting;
            return true;
        }
    }
    return false;
}

/* ---- the table ---- */

static const char *const no_scale[] = {"FailedGetScale", "FailedUpdateScale", NULL};
static const char *const no_metric[] = {
    "FailedGetResourceMetric", "FailedGetContainerResourceMetric", "FailedGetObjectMetric",
    "FailedGetPodsMetric",     "FailedGetExternalMetric",          "FailedComputeMetricsReplicas",
    "InvalidSelector",         "InvalidMetricSourceType",          NULL};
static const char *const few_pods[] = {"InsufficientPods", NULL};

#define HPA "autoscaling", "HorizontalPodAutoscaler"

static const struct row rows[] = {
    {"apps", "Deployment", HEALTH_DEGRADED, condition, "ReplicaFailure", "True", NULL, NULL, NULL},
    {"apps", "Deployment", HEALTH_SUSPENDED, field_true, "spec.paused", NULL, NULL, "Paused",
     "The rollout is paused"},
    {"apps", "ReplicaSet", HEALTH_DEGRADED, condition, "ReplicaFailure", "True", NULL, NULL, NULL},
    {"", "ReplicationController", HEALTH_DEGRADED, condition, "ReplicaFailure", "True", NULL, NULL,
     NULL},
    {"apps", "DaemonSet", HEALTH_HEALTHY, field_is, "spec.updateStrategy.type", "OnDelete", NULL,
     "OnDelete", "Pods are replaced when someone deletes them"},
    {"", "Pod", HEALTH_DEGRADED, field_is, "status.phase", "Failed", NULL, "PodFailed",
     "Pod has completed, but not successfully"},
    {"", "Pod", HEALTH_DEGRADED, pod_waits_in_error, NULL, NULL, NULL, NULL, NULL},
    {"", "PersistentVolumeClaim", HEALTH_DEGRADED, field_is, "status.phase", "Lost", NULL, "Lost",
     "The volume is lost"},
    {"", "PersistentVolume", HEALTH_DEGRADED, field_is, "status.phase", "Failed", NULL, "Failed",
     "The volume could not be reclaimed"},
    {"", "Service", HEALTH_PROGRESSING, no_balancer, NULL, "LoadBalancer", NULL,
     "LoadBalancerPending", "Waiting for the load balancer's address"},
    {"networking.k8s.io", "Ingress", HEALTH_PROGRESSING, no_balancer, NULL, NULL, NULL,
     "LoadBalancerPending", "Waiting for the ingress controller to publish an address"},
    {HPA, HEALTH_DEGRADED, condition, "AbleToScale", "False", no_scale, NULL, NULL},
    {HPA, HEALTH_DEGRADED, condition, "ScalingActive", "False", no_metric, NULL, NULL},
    {HPA, HEALTH_SUSPENDED, condition, "ScalingActive", "False",
     (const char *const[]){"ScalingDisabled", NULL}, NULL, NULL},
    {"batch", "Job", HEALTH_SUSPENDED, field_true, "spec.suspend", NULL, NULL, "Suspended",
     "The job is suspended"},
    {"batch", "Job", HEALTH_PROGRESSING, job_running, NULL, NULL, NULL, "JobRunning",
     "The job has not finished"},
    {"batch", "CronJob", HEALTH_SUSPENDED, field_true, "spec.suspend", NULL, NULL, "Suspended",
     "The schedule is suspended"},
    {"batch", "CronJob", HEALTH_DEGRADED, cron_missed, NULL, NULL, NULL, "LastRunFailed",
     "The last scheduled run did not succeed"},
    {"policy", "PodDisruptionBudget", HEALTH_DEGRADED, condition_not_for, "DisruptionAllowed",
     "False", few_pods, NULL, NULL},
    {"apiregistration.k8s.io", "APIService", HEALTH_DEGRADED, condition, "Available", "False", NULL,
     NULL, NULL},
    {"apiregistration.k8s.io", "APIService", HEALTH_PROGRESSING, no_condition, "Available", "True",
     NULL, "NotAvailable", "The API is not known to be available"},
    {"apiextensions.k8s.io", "CustomResourceDefinition", HEALTH_DEGRADED, condition,
     "NonStructuralSchema", "True", NULL, NULL, NULL},
    {"", "Node", HEALTH_DEGRADED, condition, "Ready", "False", NULL, NULL, NULL},
    {"", "Node", HEALTH_DEGRADED, condition, "Ready", "Unknown", NULL, NULL, NULL},
    {"", "Node", HEALTH_SUSPENDED, field_true, "spec.unschedulable", NULL, NULL, "Cordoned",
     "No pods are scheduled on the node"},
    {"cert-manager.io", "Certificate", HEALTH_PROGRESSING, condition, "Issuing", "True", NULL, NULL,
     NULL},
    {"cert-manager.io", "Certificate", HEALTH_DEGRADED, condition, "Ready", "False", NULL, NULL,
     NULL},
    {"cluster.x-k8s.io", "Cluster", HEALTH_SUSPENDED, field_true, "spec.paused", NULL, NULL,
     "Paused", "Reconciliation is paused"},
    {"cluster.x-k8s.io", "Cluster", HEALTH_DEGRADED, field_is, "status.phase", "Failed", NULL,
     "Failed", "The cluster could not be made"},
    {"kustomize.toolkit.fluxcd.io", ANY, HEALTH_SUSPENDED, field_true, "spec.suspend", NULL, NULL,
     "Suspended", "Reconciliation is suspended"},
    {"helm.toolkit.fluxcd.io", ANY, HEALTH_SUSPENDED, field_true, "spec.suspend", NULL, NULL,
     "Suspended", "Reconciliation is suspended"},
    {ANY, ANY, HEALTH_DEGRADED, condition, "Degraded", "True", NULL, NULL, NULL},
};

static bool row_is_for(const struct row *row, const struct val *object)
{
    const char *group;
    size_t len;
    if (row->group && (!kstatus_group(object, &group, &len) || strlen(row->group) != len ||
                       memcmp(row->group, group, len) != 0))
        return false;
    return !row->kind || val_str_is(val_get(object, "kind"), row->kind);
}

void health_overlay(const struct val *object, const struct kstatus_result *k,
                    struct health_result *out)
{
    static const enum health plain[] = {
        [KSTATUS_UNKNOWN] = HEALTH_UNKNOWN,         [KSTATUS_CURRENT] = HEALTH_HEALTHY,
        [KSTATUS_IN_PROGRESS] = HEALTH_PROGRESSING, [KSTATUS_FAILED] = HEALTH_FAILED,
        [KSTATUS_TERMINATING] = HEALTH_TERMINATING,
    };
    *out = (struct health_result){plain[k->status], k->reason, k->message};
    if (k->status != KSTATUS_CURRENT && k->status != KSTATUS_IN_PROGRESS)
        return;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        const struct val *about = NULL;
        if (!row_is_for(row, object) || !row->test(object, row, &about))
            continue;
        *out = (struct health_result){
            row->health, row->reason ? row->reason : val_str(val_get(about, "reason"), row->what),
            row->message ? row->message : val_str(val_get(about, "message"), "")};
        if (!out->reason)
            out->reason = "";
        return;
    }
}
