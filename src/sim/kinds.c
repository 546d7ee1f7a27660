// SPDX-License-Identifier: Apache-2.0
/*
 * The kinds that a simulated cluster serves, as one table in the order of discovery: groups stand
 * together, the preferred version first.
 */
#include "sim/sim_int.h"

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
    {"", "v1", "Namespace", "namespaces", "namespace", "ns", false, false, SIM_STATUS, false,
     "status.phase", sim_namespace_columns},
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

bool sim_group_served(const char *group, const char *version)
{
    for (size_t i = 0; i < sim_kinds_len; i++)
        if (strcmp(sim_kinds[i].group, group) == 0 &&
            (!version || strcmp(sim_kinds[i].version, version) == 0))
            return true;
    return false;
}
