// SPDX-License-Identifier: Apache-2.0
/*
 * The kinds that a simulated cluster serves, as one table in the order of discovery: groups stand
 * together, the preferred version first.
 */
#include "sim/define.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- kinds ---- */

#define NS true
#define POD_FIELDS                                                                                 \
    "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName "                 \
    "spec.hostNetwork status.phase status.podIP status.nominatedNodeName"
#define EVENT_FIELDS                                                                               \
    "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "         \
    "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason "    \
    "reportingComponent source type"

const struct sim_kind sim_kinds[] = {
    {"", "v1", "ConfigMap", "configmaps", "configmap", "cm", NS, false, 0, false, "",
     sim_data_columns},
    {"", "v1", "Endpoints", "endpoints", "endpoints", "ep", NS, false, 0, false, "",
     sim_endpoints_columns},
    {"", "v1", "Event", "events", "event", "ev", NS, false, 0, false, EVENT_FIELDS,
     sim_event_columns},
    {"", "v1", "LimitRange", "limitranges", "limitrange", "limits", NS, false, 0, false, "",
     sim_default_columns},
    {"", "v1", "Namespace", "namespaces", "namespace", "ns", false, false,
     SIM_STATUS | SIM_FINALIZE, false, "status.phase", sim_namespace_columns},
    {"", "v1", "Node", "nodes", "node", "no", false, false, SIM_STATUS, false, "spec.unschedulable",
     sim_node_columns},
    {"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim", "pvc",
     NS, false, SIM_STATUS, false, "", sim_claim_columns},
    {"", "v1", "PersistentVolume", "persistentvolumes", "persistentvolume", "pv", false, false,
     SIM_STATUS, false, "", sim_volume_columns},
    {"", "v1", "Pod", "pods", "pod", "po", NS, true, SIM_STATUS | SIM_LOG, false, POD_FIELDS,
     sim_pod_columns},
    {"", "v1", "ResourceQuota", "resourcequotas", "resourcequota", "quota", NS, false, SIM_STATUS,
     false, "", sim_quota_columns},
    {"", "v1", "Secret", "secrets", "secret", "", NS, false, 0, false, "type", sim_secret_columns},
    {"", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", "sa", NS, false, 0, false, "",
     sim_named_columns},
    {"", "v1", "Service", "services", "service", "svc", NS, true, SIM_STATUS, false,
     "spec.clusterIP spec.type", sim_service_columns},
    {"apps", "v1", "DaemonSet", "daemonsets", "daemonset", "ds", NS, true, SIM_STATUS, false, "",
     sim_daemonset_columns},
    {"apps", "v1", "Deployment", "deployments", "deployment", "deploy", NS, true,
     SIM_STATUS | SIM_SCALE, false, "", sim_deployment_columns},
    {"apps", "v1", "ReplicaSet", "replicasets", "replicaset", "rs", NS, true,
     SIM_STATUS | SIM_SCALE, false, "", sim_replicaset_columns},
    {"apps", "v1", "StatefulSet", "statefulsets", "statefulset", "sts", NS, true,
     SIM_STATUS | SIM_SCALE, false, "", sim_statefulset_columns},
    {"authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", "selfsubjectreview",
     "", false, false, 0, true, "", NULL},
    {"authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews",
     "selfsubjectaccessreview", "", false, false, 0, true, "", NULL},
    {"authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews",
     "selfsubjectrulesreview", "", false, false, 0, true, "", NULL},
    {"autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers",
     "horizontalpodautoscaler", "hpa", NS, true, SIM_STATUS, false, "", sim_autoscaler_columns},
    {"batch", "v1", "CronJob", "cronjobs", "cronjob", "cj", NS, true, SIM_STATUS, false, "",
     sim_cronjob_columns},
    {"batch", "v1", "Job", "jobs", "job", "", NS, true, SIM_STATUS, false, "status.successful",
     sim_job_columns},
    {"events.k8s.io", "v1", "Event", "events", "event", "ev", NS, false, 0, false, EVENT_FIELDS,
     sim_event_columns},
    {"networking.k8s.io", "v1", "IngressClass", "ingressclasses", "ingressclass", "", false, false,
     0, false, "", sim_ingressclass_columns},
    {"networking.k8s.io", "v1", "Ingress", "ingresses", "ingress", "ing", NS, false, SIM_STATUS,
     false, "", sim_ingress_columns},
    {"networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy", "netpol", NS,
     false, 0, false, "", sim_policy_columns},
    {"policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", "pdb",
     NS, false, SIM_STATUS, false, "", sim_budget_columns},
    {"rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings",
     "clusterrolebinding", "", false, false, 0, false, "", sim_binding_columns},
    {"rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "clusterrole", "", false,
     false, 0, false, "", sim_default_columns},
    {"rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", "rolebinding", "", NS, false,
     0, false, "", sim_binding_columns},
    {"rbac.authorization.k8s.io", "v1", "Role", "roles", "role", "", NS, false, 0, false, "",
     sim_default_columns},
    {"storage.k8s.io", "v1", "StorageClass", "storageclasses", "storageclass", "sc", false, false,
     0, false, "", sim_class_columns},
    {"apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions",
     "customresourcedefinition", "crd crds", false, false, SIM_STATUS, false, "",
     sim_definition_columns},
    {"coordination.k8s.io", "v1", "Lease", "leases", "lease", "", NS, false, 0, false, "",
     sim_lease_columns},
    {"scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass", "pc", false,
     false, 0, false, "", sim_priority_columns},
};
const size_t sim_kinds_len = ARRAY_LEN(sim_kinds);

const struct sim_kind *sim_kind_find(const char *group, const char *version, const char *plural)
{
    for (size_t i = 0; i < sim_kinds_len; i++)
        if (strcmp(sim_kinds[i].plural, plural) == 0 && strcmp(sim_kinds[i].group, group) == 0 &&
            strcmp(sim_kinds[i].version, version) == 0)
            return &sim_kinds[i];
    return NULL;
}

const struct sim_kind *sim_kind_named(const char *kind)
{
    for (size_t i = 0; i < sim_kinds_len; i++)
        if (strcmp(sim_kinds[i].kind, kind) == 0)
            return &sim_kinds[i];
    return NULL;
}

const struct sim_kind *sim_kind_serving(const struct sim_cluster *c, const char *group,
                                        const char *version, const char *plural)
{
    const struct sim_kind *k = sim_kind_find(group, version, plural);
    return k ? k : sim_define_find(c, group, version, plural);
}

const struct sim_kind *sim_kind_meant(const struct sim_cluster *c, const char *api,
                                      const char *kind)
{
    const struct sim_kind *k = c->definitions ? sim_define_named(c, api, kind) : NULL;
    return k ? k : sim_kind_named(kind);
}

const char *sim_kind_word(const struct sim_kind *k)
{
    return k->made ? "" : k->kind;
}

const char *sim_kind_categories(const struct sim_kind *k)
{
    if (k->made)
        return k->made->categories;
    return k->in_all ? "all" : k->columns == sim_definition_columns ? "api-extensions" : "";
}

void sim_kind_list_name(const struct sim_kind *k, char *out, size_t len)
{
    if (k->made)
        snprintf(out, len, "%s", k->made->list_kind);
    else
        snprintf(out, len, "%sList", k->kind);
}

/* ---- the order of discovery ---- */

/* "v1" before "v2beta1" before "v1alpha1" before what is no such version: a number to compare by.
 */
static long version_rank(const char *v)
{
    char *end;
    if (*v != 'v' || !isdigit((unsigned char)v[1]))
        return -1;
    long major = strtol(v + 1, &end, 10), minor = 0, sort = 3;
    if (*end) {
        sort = strncmp(end, "beta", 4) == 0 ? 2 : strncmp(end, "alpha", 5) == 0 ? 1 : 0;
        char *from = end + (sort == 2 ? 4 : 5);
        if (!sort || !isdigit((unsigned char)*from))
            return -1;
        minor = strtol(from, &end, 10);
        if (*end)
            return -1;
    }
    return sort * 1000000 + (major % 1000) * 1000 + minor % 1000;
}

static int by_discovery(const void *a, const void *b)
{
    const struct sim_kind *x = *(const struct sim_kind *const *)a;
    const struct sim_kind *y = *(const struct sim_kind *const *)b;
    int d = strcmp(x->group, y->group);
    long rank_x = version_rank(x->version), rank_y = version_rank(y->version);
    if (!d)
        d = (rank_x < rank_y) - (rank_x > rank_y);
    if (!d)
        d = strcmp(x->version, y->version);
    return d ? d : strcmp(x->plural, y->plural);
}

void sim_kinds_served(const struct sim_cluster *c, sim_kind_vec *out)
{
    *out = (sim_kind_vec){0};
    for (size_t i = 0; i < sim_kinds_len; i++)
        vec_push(out, &sim_kinds[i]);
    const struct sim_definition *d = c->definitions ? c->definitions->first : NULL;
    for (; d; d = d->next)
        for (size_t i = 0; d->established && i < d->kinds.len; i++)
            if (d->kinds.items[i]->served)
                vec_push(out, &d->kinds.items[i]->kind);
    if (out->len > sim_kinds_len)
        qsort(out->items + sim_kinds_len, out->len - sim_kinds_len, sizeof(*out->items),
              by_discovery);
}
