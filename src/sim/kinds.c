// SPDX-License-Identifier: Apache-2.0
/*
 * The kinds that a simulated cluster serves, as one table in the order of discovery: groups stand
 * together, the preferred version first. Columns are those that the server prints for kubectl.
 */
#include "base/clock.h"
#include "sim/sim_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- cells ---- */

static int text(struct buf *b, const char *s)
{
    return sim_json_text(b, s);
}

static int number(struct buf *b, const struct val *v)
{
    return buf_printf(b, "%" PRId64, val_int(v, 0));
}

static int ratio(struct buf *b, int64_t part, int64_t whole)
{
    return buf_printf(b, "\"%" PRId64 "/%" PRId64 "\"", part, whole);
}

static const struct val *condition(const struct val *o, const char *type)
{
    const struct val *list = val_at(o, "status", "conditions", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "type"), type))
            return val_item(list, i);
    return NULL;
}

static int node_status(struct buf *b, const struct val *o, int64_t now)
{
    const char *ready = val_str(val_get(condition(o, "Ready"), "status"), "Unknown");
    bool cordoned = val_bool(val_at(o, "spec", "unschedulable", NULL), false);
    return buf_printf(b, "\"%s%s\"", strcmp(ready, "True") == 0 ? "Ready" : "NotReady",
                      cordoned ? ",SchedulingDisabled" : "");
}

static int node_roles(struct buf *b, const struct val *o, int64_t now)
{
    const struct val *labels = val_at(o, "metadata", "labels", NULL);
    bool control = val_get(labels, "node-role.kubernetes.io/control-plane") != NULL;
    return text(b, control ? "control-plane" : "<none>");
}

static int node_version(struct buf *b, const struct val *o, int64_t now)
{
    return text(b, val_str(val_at(o, "status", "nodeInfo", "kubeletVersion", NULL), ""));
}

static int phase(struct buf *b, const struct val *o, int64_t now)
{
    return text(b, val_str(val_at(o, "status", "phase", NULL), ""));
}

static int pod_ready(struct buf *b, const struct val *o, int64_t now)
{
    const struct val *list = val_at(o, "status", "containerStatuses", NULL);
    int64_t ready = 0;
    for (size_t i = 0; i < val_count(list); i++)
        ready += val_bool(val_get(val_item(list, i), "ready"), false);
    return ratio(b, ready, (int64_t)val_count(val_at(o, "spec", "containers", NULL)));
}

static int pod_status(struct buf *b, const struct val *o, int64_t now)
{
    const struct val *list = val_at(o, "status", "containerStatuses", NULL);
    const char *why = NULL;
    for (size_t i = 0; i < val_count(list) && !why; i++)
        why = val_str(val_at(val_item(list, i), "state", "waiting", "reason", NULL), NULL);
    if (val_at(o, "metadata", "deletionTimestamp", NULL))
        why = "Terminating";
    return text(b, why ? why : val_str(val_at(o, "status", "phase", NULL), "Unknown"));
}

static int pod_restarts(struct buf *b, const struct val *o, int64_t now)
{
    const struct val *list = val_at(o, "status", "containerStatuses", NULL);
    int64_t n = 0;
    for (size_t i = 0; i < val_count(list); i++)
        n += val_int(val_get(val_item(list, i), "restartCount"), 0);
    return buf_printf(b, "\"%" PRId64 "\"", n);
}

static int pod_node(struct buf *b, const struct val *o, int64_t now)
{
    return text(b, val_str(val_at(o, "spec", "nodeName", NULL), "<none>"));
}

static int workload_ready(struct buf *b, const struct val *o, int64_t now)
{
    return ratio(b, val_int(val_at(o, "status", "readyReplicas", NULL), 0),
                 val_int(val_at(o, "spec", "replicas", NULL), 1));
}

#define NUMBER_CELL(name, ...)                                                                     \
    static int name(struct buf *b, const struct val *o, int64_t now)                               \
    {                                                                                              \
        return number(b, val_at(o, __VA_ARGS__, NULL));                                            \
    }
NUMBER_CELL(updated, "status", "updatedReplicas")
NUMBER_CELL(available, "status", "availableReplicas")
NUMBER_CELL(desired, "spec", "replicas")
NUMBER_CELL(current, "status", "replicas")
NUMBER_CELL(ready, "status", "readyReplicas")
NUMBER_CELL(ds_desired, "status", "desiredNumberScheduled")
NUMBER_CELL(ds_current, "status", "currentNumberScheduled")
NUMBER_CELL(ds_ready, "status", "numberReady")
NUMBER_CELL(ds_updated, "status", "updatedNumberScheduled")
NUMBER_CELL(ds_available, "status", "numberAvailable")

static int data_count(struct buf *b, const struct val *o, int64_t now)
{
    return buf_printf(b, "%zu",
                      val_count(val_get(o, "data")) + val_count(val_get(o, "binaryData")));
}

static int type_field(struct buf *b, const struct val *o, int64_t now)
{
    return text(b, val_str(val_get(o, "type"), ""));
}

static int service_type(struct buf *b, const struct val *o, int64_t now)
{
    return text(b, val_str(val_at(o, "spec", "type", NULL), ""));
}

static int service_ip(struct buf *b, const struct val *o, int64_t now)
{
    return text(b, val_str(val_at(o, "spec", "clusterIP", NULL), "None"));
}

static const struct sim_column node_columns[] = {
    {"Status", "string", "The status of the node", 0, node_status},
    {"Roles", "string", "The roles of the node", 0, node_roles},
    {"Version", "string", "Kubelet Version reported by the node.", 0, node_version},
    {NULL, NULL, NULL, 0, NULL}};
static const struct sim_column phase_columns[] = {
    {"Status", "string", "The phase of the object", 0, phase}, {NULL, NULL, NULL, 0, NULL}};
static const struct sim_column pod_columns[] = {
    {"Ready", "string", "Containers that are ready", 0, pod_ready},
    {"Status", "string", "The aggregate status of the containers in this pod.", 0, pod_status},
    {"Restarts", "string", "How often containers were restarted", 0, pod_restarts},
    {"Node", "string", "Node this pod has been assigned to.", 1, pod_node},
    {NULL, NULL, NULL, 0, NULL}};
static const struct sim_column deployment_columns[] = {
    {"Ready", "string", "Number of the pod with ready state", 0, workload_ready},
    {"Up-to-date", "string", "Pods of the newest template", 0, updated},
    {"Available", "string", "Pods that are available", 0, available},
    {NULL, NULL, NULL, 0, NULL}};
static const struct sim_column replicaset_columns[] = {
    {"Desired", "integer", "Wanted number of pods", 0, desired},
    {"Current", "integer", "Pods there are", 0, current},
    {"Ready", "integer", "Pods that are ready", 0, ready},
    {NULL, NULL, NULL, 0, NULL}};
static const struct sim_column statefulset_columns[] = {
    {"Ready", "string", "Number of the pod with ready state", 0, workload_ready},
    {NULL, NULL, NULL, 0, NULL}};
static const struct sim_column daemonset_columns[] = {
    {"Desired", "integer", "Nodes that should run it", 0, ds_desired},
    {"Current", "integer", "Nodes that run it", 0, ds_current},
    {"Ready", "integer", "Pods that are ready", 0, ds_ready},
    {"Up-to-date", "integer", "Pods of the newest template", 0, ds_updated},
    {"Available", "integer", "Pods that are available", 0, ds_available},
    {NULL, NULL, NULL, 0, NULL}};
static const struct sim_column data_columns[] = {{"Data", "string", "How many keys", 0, data_count},
                                                 {NULL, NULL, NULL, 0, NULL}};
static const struct sim_column secret_columns[] = {
    {"Type", "string", "Used to facilitate programmatic handling of secret data.", 0, type_field},
    {"Data", "string", "How many keys", 0, data_count},
    {NULL, NULL, NULL, 0, NULL}};
static const struct sim_column service_columns[] = {
    {"Type", "string", "How the service is exposed", 0, service_type},
    {"Cluster-IP", "string", "Its address inside the cluster", 0, service_ip},
    {NULL, NULL, NULL, 0, NULL}};

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
    {"", "v1", "ConfigMap", "configmaps", "configmap", "cm", NS, false, 0, false, "", data_columns},
    {"", "v1", "Endpoints", "endpoints", "endpoints", "ep", NS, false, 0, false, "", NULL},
    {"", "v1", "Event", "events", "event", "ev", NS, false, 0, false, EVENT_FIELDS, NULL},
    {"", "v1", "LimitRange", "limitranges", "limitrange", "limits", NS, false, 0, false, "", NULL},
    {"", "v1", "Namespace", "namespaces", "namespace", "ns", false, false, SIM_STATUS, false,
     "status.phase", phase_columns},
    {"", "v1", "Node", "nodes", "node", "no", false, false, SIM_STATUS, false, "spec.unschedulable",
     node_columns},
    {"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim", "pvc",
     NS, false, SIM_STATUS, false, "", phase_columns},
    {"", "v1", "PersistentVolume", "persistentvolumes", "persistentvolume", "pv", false, false,
     SIM_STATUS, false, "", phase_columns},
    {"", "v1", "Pod", "pods", "pod", "po", NS, true, SIM_STATUS, false, POD_FIELDS, pod_columns},
    {"", "v1", "ResourceQuota", "resourcequotas", "resourcequota", "quota", NS, false, SIM_STATUS,
     false, "", NULL},
    {"", "v1", "Secret", "secrets", "secret", "", NS, false, 0, false, "type", secret_columns},
    {"", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", "sa", NS, false, 0, false, "",
     NULL},
    {"", "v1", "Service", "services", "service", "svc", NS, true, SIM_STATUS, false,
     "spec.clusterIP spec.type", service_columns},
    {"apps", "v1", "DaemonSet", "daemonsets", "daemonset", "ds", NS, true, SIM_STATUS, false, "",
     daemonset_columns},
    {"apps", "v1", "Deployment", "deployments", "deployment", "deploy", NS, true,
     SIM_STATUS | SIM_SCALE, false, "", deployment_columns},
    {"apps", "v1", "ReplicaSet", "replicasets", "replicaset", "rs", NS, true,
     SIM_STATUS | SIM_SCALE, false, "", replicaset_columns},
    {"apps", "v1", "StatefulSet", "statefulsets", "statefulset", "sts", NS, true,
     SIM_STATUS | SIM_SCALE, false, "", statefulset_columns},
    {"authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", "selfsubjectreview",
     "", false, false, 0, true, "", NULL},
    {"authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews",
     "selfsubjectaccessreview", "", false, false, 0, true, "", NULL},
    {"authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews",
     "selfsubjectrulesreview", "", false, false, 0, true, "", NULL},
    {"autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers",
     "horizontalpodautoscaler", "hpa", NS, true, SIM_STATUS, false, "", NULL},
    {"batch", "v1", "CronJob", "cronjobs", "cronjob", "cj", NS, true, SIM_STATUS, false, "", NULL},
    {"batch", "v1", "Job", "jobs", "job", "", NS, true, SIM_STATUS, false, "status.successful",
     NULL},
    {"networking.k8s.io", "v1", "IngressClass", "ingressclasses", "ingressclass", "", false, false,
     0, false, "", NULL},
    {"networking.k8s.io", "v1", "Ingress", "ingresses", "ingress", "ing", NS, false, SIM_STATUS,
     false, "", NULL},
    {"networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy", "netpol", NS,
     false, 0, false, "", NULL},
    {"policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", "pdb",
     NS, false, SIM_STATUS, false, "", NULL},
    {"rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings",
     "clusterrolebinding", "", false, false, 0, false, "", NULL},
    {"rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "clusterrole", "", false,
     false, 0, false, "", NULL},
    {"rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", "rolebinding", "", NS, false,
     0, false, "", NULL},
    {"rbac.authorization.k8s.io", "v1", "Role", "roles", "role", "", NS, false, 0, false, "", NULL},
    {"storage.k8s.io", "v1", "StorageClass", "storageclasses", "storageclass", "sc", false, false,
     0, false, "", NULL},
    {"coordination.k8s.io", "v1", "Lease", "leases", "lease", "", NS, false, 0, false, "", NULL},
    {"scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass", "pc", false,
     false, 0, false, "", NULL},
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
