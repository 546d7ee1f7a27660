// SPDX-License-Identifier: Apache-2.0
/*
 * Defaults of the built-in kinds: a table of fields with constant ones, and a function for each
 * struct whose defaults depend on its other fields. Source of the values:
 * pkg/apis/GROUP/VERSION/defaults.go of Kubernetes 1.37.
 */
#include "sim/types.h"

#include "data/json.h"

#include <string.h>

const struct sim_default sim_defaults[] = {
    {"apiextensions.v1.CustomResourceDefinitionSpec", "conversion", "{\"strategy\":\"None\"}"},
    {"apps.v1.DaemonSetSpec", "revisionHistoryLimit", "10"},
    {"apps.v1.DeploymentSpec", "replicas", "1"},
    {"apps.v1.DeploymentSpec", "revisionHistoryLimit", "10"},
    {"apps.v1.DeploymentSpec", "progressDeadlineSeconds", "600"},
    {"apps.v1.ReplicaSetSpec", "replicas", "1"},
    {"apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted", "\"Retain\""},
    {"apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled", "\"Retain\""},
    {"apps.v1.StatefulSetSpec", "podManagementPolicy", "\"OrderedReady\""},
    {"apps.v1.StatefulSetSpec", "replicas", "1"},
    {"apps.v1.StatefulSetSpec", "revisionHistoryLimit", "10"},
    {"apps.v1.StatefulSetSpec", "persistentVolumeClaimRetentionPolicy",
     "{\"whenDeleted\":\"Retain\",\"whenScaled\":\"Retain\"}"},
    {"autoscaling.v2.HorizontalPodAutoscalerSpec", "minReplicas", "1"},
    {"autoscaling.v2.HorizontalPodAutoscalerSpec", "metrics",
     "[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":{\"type\":\"Utilization\","
     "\"averageUtilization\":80}}}]"},
    {"batch.v1.CronJobSpec", "concurrencyPolicy", "\"Allow\""},
    {"batch.v1.CronJobSpec", "suspend", "false"},
    {"batch.v1.CronJobSpec", "successfulJobsHistoryLimit", "3"},
    {"batch.v1.CronJobSpec", "failedJobsHistoryLimit", "1"},
    {"core.v1.ConfigMapVolumeSource", "defaultMode", "420"},
    {"core.v1.Container", "terminationMessagePath", "\"/dev/termination-log\""},
    {"core.v1.Container", "terminationMessagePolicy", "\"File\""},
    {"core.v1.ContainerPort", "protocol", "\"TCP\""},
    {"core.v1.DownwardAPIVolumeSource", "defaultMode", "420"},
    {"core.v1.EndpointPort", "protocol", "\"TCP\""},
    {"core.v1.HTTPGetAction", "path", "\"/\""},
    {"core.v1.HTTPGetAction", "scheme", "\"HTTP\""},
    {"core.v1.HostPathVolumeSource", "type", "\"\""},
    {"core.v1.NamespaceStatus", "phase", "\"Active\""},
    {"core.v1.ObjectFieldSelector", "apiVersion", "\"v1\""},
    {"core.v1.PersistentVolumeClaimSpec", "volumeMode", "\"Filesystem\""},
    {"core.v1.PersistentVolumeClaimStatus", "phase", "\"Pending\""},
    {"core.v1.PersistentVolumeSpec", "persistentVolumeReclaimPolicy", "\"Retain\""},
    {"core.v1.PersistentVolumeSpec", "volumeMode", "\"Filesystem\""},
    {"core.v1.PersistentVolumeStatus", "phase", "\"Pending\""},
    {"core.v1.PodSpec", "restartPolicy", "\"Always\""},
    {"core.v1.PodSpec", "terminationGracePeriodSeconds", "30"},
    {"core.v1.PodSpec", "dnsPolicy", "\"ClusterFirst\""},
    {"core.v1.PodSpec", "securityContext", "{}"},
    {"core.v1.PodSpec", "schedulerName", "\"default-scheduler\""},
    {"core.v1.Probe", "timeoutSeconds", "1"},
    {"core.v1.Probe", "periodSeconds", "10"},
    {"core.v1.Probe", "successThreshold", "1"},
    {"core.v1.Probe", "failureThreshold", "3"},
    {"core.v1.ProjectedVolumeSource", "defaultMode", "420"},
    {"core.v1.Secret", "type", "\"Opaque\""},
    {"core.v1.SecretVolumeSource", "defaultMode", "420"},
    {"core.v1.ServiceAccountTokenProjection", "expirationSeconds", "3600"},
    {"core.v1.ServicePort", "protocol", "\"TCP\""},
    {"core.v1.ServiceSpec", "sessionAffinity", "\"None\""},
    {"core.v1.ServiceSpec", "type", "\"ClusterIP\""},
    {"networking.v1.IngressClassParametersReference", "scope", "\"Cluster\""},
    {"networking.v1.NetworkPolicyPort", "protocol", "\"TCP\""},
    {"rbac.v1.RoleRef", "apiGroup", "\"rbac.authorization.k8s.io\""},
    {"scheduling.v1.PriorityClass", "preemptionPolicy", "\"PreemptLowerPriority\""},
    {"storage.v1.StorageClass", "reclaimPolicy", "\"Delete\""},
    {"storage.v1.StorageClass", "volumeBindingMode", "\"Immediate\""},
};
const size_t sim_defaults_len = ARRAY_LEN(sim_defaults);

/* ---- helpers ---- */

static const struct val *put(struct sim_reading *r, const struct val *v, const char *field,
                             const struct val *x)
{
    const struct val *out = x && v ? val_map_with(r->pool, v, field, x) : NULL;
    r->over = r->over || !out;
    return out ? out : v;
}

static const struct val *json(struct sim_reading *r, const char *text)
{
    const struct val *x = json_read(r->pool, text, strlen(text), NULL, NULL);
    r->over = r->over || !x;
    return x;
}

static const struct val *put_json(struct sim_reading *r, const struct val *v, const char *field,
                                  const char *text)
{
    return put(r, v, field, json(r, text));
}

static bool lacks(const struct val *v, const char *field)
{
    const struct val *x = val_get(v, field);
    return val_type(x) == VAL_NULL || (val_is(x, VAL_STRING) && !x->len);
}

static const struct val *fill(struct sim_reading *r, const struct val *v, const char *field,
                              const char *text)
{
    return lacks(v, field) ? put_json(r, v, field, text) : v;
}

/* ---- structs with defaults that depend on more ---- */

static const struct val *rolling(struct sim_reading *r, const struct val *v,
                                 const char *const fields[][2], size_t n)
{
    v = fill(r, v, "type", "\"RollingUpdate\"");
    if (!val_str_is(val_get(v, "type"), "RollingUpdate"))
        return v;
    const struct val *x = val_get(v, "rollingUpdate");
    x = val_is(x, VAL_MAP) ? x : json(r, "{}");
    for (size_t i = 0; i < n; i++)
        x = fill(r, x, fields[i][0], fields[i][1]);
    return put(r, v, "rollingUpdate", x);
}

static const struct val *deployment_strategy(struct sim_reading *r, const struct val *v)
{
    static const char *const fields[][2] = {{"maxUnavailable", "\"25%\""}, {"maxSurge", "\"25%\""}};
    return rolling(r, v, fields, ARRAY_LEN(fields));
}

static const struct val *daemonset_strategy(struct sim_reading *r, const struct val *v)
{
    static const char *const fields[][2] = {{"maxUnavailable", "1"}, {"maxSurge", "0"}};
    const struct val *x = val_get(v, "rollingUpdate");
    if (!lacks(v, "type") && !val_str_is(val_get(v, "type"), "RollingUpdate") && val_is(x, VAL_MAP))
        return put(r, v, "rollingUpdate",
                   fill(r, fill(r, x, "maxUnavailable", "0"), "maxSurge", "0"));
    return rolling(r, v, fields, ARRAY_LEN(fields));
}

static const struct val *statefulset_strategy(struct sim_reading *r, const struct val *v)
{
    if (lacks(v, "type")) {
        v = put_json(r, v, "type", "\"RollingUpdate\"");
        v = fill(r, v, "rollingUpdate", "{}");
    }
    const struct val *x = val_get(v, "rollingUpdate");
    if (!val_str_is(val_get(v, "type"), "RollingUpdate") || !val_is(x, VAL_MAP))
        return v;
    x = fill(r, x, "partition", "0");
    return put(r, v, "rollingUpdate", fill(r, x, "maxUnavailable", "1"));
}

static bool is_latest(const char *image)
{
    const char *slash = strrchr(image, '/'), *name = slash ? slash + 1 : image;
    const char *digest = strchr(name, '@'), *tag = strchr(name, ':');
    if (tag && (!digest || tag < digest))
        return (digest ? (size_t)(digest - tag) : strlen(tag)) == 7 &&
               strncmp(tag, ":latest", 7) == 0;
    return !digest && *image;
}

static const struct val *container(struct sim_reading *r, const struct val *v)
{
    const char *image = val_str(val_get(v, "image"), "");
    return fill(r, v, "imagePullPolicy", is_latest(image) ? "\"Always\"" : "\"IfNotPresent\"");
}

static const struct val *pod_spec(struct sim_reading *r, const struct val *v)
{
    if (lacks(v, "serviceAccountName") && !lacks(v, "serviceAccount"))
        v = put(r, v, "serviceAccountName", val_get(v, "serviceAccount"));
    if (!lacks(v, "serviceAccountName"))
        v = put(r, v, "serviceAccount", val_get(v, "serviceAccountName"));
    return v;
}

/* Requests that are not given are the limits; only in pods. */
static const struct val *requests(struct sim_reading *r, const struct val *spec, const char *list)
{
    const struct val *containers = val_get(spec, list);
    VEC(struct val) items = {0};
    for (size_t i = 0; i < val_count(containers); i++) {
        const struct val *c = val_item(containers, i), *res = val_get(c, "resources");
        const struct val *limits = val_get(res, "limits"), *have = val_get(res, "requests");
        if (val_count(limits)) {
            have = val_is(have, VAL_MAP) ? have : json(r, "{}");
            for (uint32_t k = 0; k < limits->len; k++)
                if (!val_get_key(have, limits->as.entries[k].key))
                    have = put(r, have, limits->as.entries[k].key->s, &limits->as.entries[k].value);
            c = put(r, c, "resources", put(r, res, "requests", have));
        }
        if (c)
            vec_push(&items, *c);
    }
    if (items.len)
        spec = put(r, spec, list, val_list_of(r->pool, items.items, items.len));
    vec_clear(&items);
    return spec;
}

static const struct val *pod(struct sim_reading *r, const struct val *v)
{
    const struct val *spec = val_get(v, "spec");
    spec = requests(r, spec, "containers");
    spec = requests(r, spec, "initContainers");
    spec = fill(r, spec, "enableServiceLinks", "true");
    return put(r, v, "spec", spec);
}

static const struct val *volume(struct sim_reading *r, const struct val *v)
{
    return v->len == 1 && val_get(v, "name") ? put_json(r, v, "emptyDir", "{}") : v;
}

static const struct val *service_port(struct sim_reading *r, const struct val *v)
{
    const struct val *t = val_get(v, "targetPort");
    bool none = val_is(t, VAL_INT) ? t->as.i == 0 : !val_is(t, VAL_STRING) || !t->len;
    return none ? put(r, v, "targetPort", val_get(v, "port")) : v;
}

static const struct val *service_spec(struct sim_reading *r, const struct val *v)
{
    const char *type = val_str(val_get(v, "type"), "");
    bool balanced = strcmp(type, "LoadBalancer") == 0, node = strcmp(type, "NodePort") == 0;
    if (val_str_is(val_get(v, "sessionAffinity"), "ClientIP"))
        v = fill(r, v, "sessionAffinityConfig", "{\"clientIP\":{\"timeoutSeconds\":10800}}");
    else if (val_get(v, "sessionAffinityConfig"))
        v = val_map_without(r->pool, v, "sessionAffinityConfig");
    if (balanced || node ||
        (strcmp(type, "ClusterIP") == 0 && val_count(val_get(v, "externalIPs"))))
        v = fill(r, v, "externalTrafficPolicy", "\"Cluster\"");
    if (balanced || node || strcmp(type, "ClusterIP") == 0)
        v = fill(r, v, "internalTrafficPolicy", "\"Cluster\"");
    return balanced ? fill(r, v, "allocateLoadBalancerNodePorts", "true") : v;
}

static const struct val *job_spec(struct sim_reading *r, const struct val *v)
{
    if (lacks(v, "completions") && lacks(v, "parallelism"))
        v = put_json(r, v, "completions", "1");
    v = fill(r, v, "parallelism", "1");
    v = fill(r, v, "backoffLimit", lacks(v, "backoffLimitPerIndex") ? "6" : "2147483647");
    v = fill(r, v, "completionMode", "\"NonIndexed\"");
    v = fill(r, v, "suspend", "false");
    v = fill(r, v, "podReplacementPolicy",
             lacks(v, "podFailurePolicy") ? "\"TerminatingOrFailed\"" : "\"Failed\"");
    return fill(r, v, "manualSelector", "false");
}

/* The same defaults are not for the template of a CronJob. */
static const struct val *job(struct sim_reading *r, const struct val *v)
{
    const struct val *labels = val_at(v, "spec", "template", "metadata", "labels", NULL);
    const struct val *meta = val_get(v, "metadata");
    if (val_count(labels) && !val_count(val_get(meta, "labels")))
        v = put(r, v, "metadata", put(r, meta, "labels", labels));
    return put(r, v, "spec", job_spec(r, val_get(v, "spec")));
}

static const struct val *scaling_rules(struct sim_reading *r, const struct val *v, bool up)
{
    v = val_is(v, VAL_MAP) ? v : json(r, "{}");
    if (up)
        v = fill(r, v, "stabilizationWindowSeconds", "0");
    v = fill(r, v, "selectPolicy", "\"Max\"");
    return fill(r, v, "policies",
                up ? "[{\"type\":\"Pods\",\"value\":4,\"periodSeconds\":15},{\"type\":\"Percent\","
                     "\"value\":100,\"periodSeconds\":15}]"
                   : "[{\"type\":\"Percent\",\"value\":100,\"periodSeconds\":15}]");
}

static const struct val *autoscaler_behavior(struct sim_reading *r, const struct val *v)
{
    v = put(r, v, "scaleUp", scaling_rules(r, val_get(v, "scaleUp"), true));
    return put(r, v, "scaleDown", scaling_rules(r, val_get(v, "scaleDown"), false));
}

static const struct val *network_policy_spec(struct sim_reading *r, const struct val *v)
{
    return fill(r, v, "policyTypes",
                val_count(val_get(v, "egress")) ? "[\"Ingress\",\"Egress\"]" : "[\"Ingress\"]");
}

static const struct val *subject(struct sim_reading *r, const struct val *v)
{
    return val_str_is(val_get(v, "kind"), "ServiceAccount")
               ? v
               : fill(r, v, "apiGroup", "\"rbac.authorization.k8s.io\"");
}

static const struct val *namespace_(struct sim_reading *r, const struct val *v)
{
    const struct val *meta = val_get(v, "metadata"), *name = val_get(meta, "name");
    const struct val *labels = val_get(meta, "labels");
    if (!val_is(name, VAL_STRING) || !name->len)
        return v;
    labels = put(r, val_is(labels, VAL_MAP) ? labels : json(r, "{}"), "kubernetes.io/metadata.name",
                 name);
    return put(r, v, "metadata", put(r, meta, "labels", labels));
}

static const struct val *definition_names(struct sim_reading *r, const struct val *v)
{
    const struct val *kind = val_get(v, "kind");
    char text[260];
    size_t n = val_is(kind, VAL_STRING) && kind->len < 250 ? kind->len : 0;
    if (!n)
        return v;
    for (size_t i = 0; i < n; i++)
        text[i] = kind->as.s[i] >= 'A' && kind->as.s[i] <= 'Z' ? (char)(kind->as.s[i] + 32)
                                                               : kind->as.s[i];
    if (lacks(v, "singular"))
        v = put(r, v, "singular", val_box(r->pool, val_of_strn(r->pool, text, n)));
    memcpy(text, kind->as.s, n);
    memcpy(text + n, "List", 5);
    return lacks(v, "listKind") ? put(r, v, "listKind", val_box(r->pool, val_of_str(r->pool, text)))
                                : v;
}

static const struct {
    const char *of;
    const struct val *(*fill)(struct sim_reading *r, const struct val *v);
} functions[] = {
    {"apiextensions.v1.CustomResourceDefinitionNames", definition_names},
    {"apps.v1.DaemonSetUpdateStrategy", daemonset_strategy},
    {"apps.v1.DeploymentStrategy", deployment_strategy},
    {"apps.v1.StatefulSetUpdateStrategy", statefulset_strategy},
    {"autoscaling.v2.HorizontalPodAutoscalerBehavior", autoscaler_behavior},
    {"batch.v1.Job", job},
    {"core.v1.Container", container},
    {"core.v1.Namespace", namespace_},
    {"core.v1.Pod", pod},
    {"core.v1.PodSpec", pod_spec},
    {"core.v1.ServicePort", service_port},
    {"core.v1.ServiceSpec", service_spec},
    {"core.v1.Volume", volume},
    {"networking.v1.NetworkPolicySpec", network_policy_spec},
    {"rbac.v1.Subject", subject},
};

/* names of CRD status are not defaulted, and neither is what nobody wrote of a struct that is empty
 */
const struct val *sim_default_struct(struct sim_reading *r, const struct sim_struct *s,
                                     const struct val *v)
{
    for (size_t i = 0; i < s->n_defaults; i++)
        v = fill(r, v, s->defaults[i].field, s->defaults[i].json);
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        if (strcmp(functions[i].of, s->name) == 0)
            return functions[i].fill(r, v);
    return v;
}
