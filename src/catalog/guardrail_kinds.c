// SPDX-License-Identifier: Apache-2.0
/*
 * The kinds that a kube-apiserver serves by itself, as rules name them: by resource. A policy says
 * `deployments`, an object says `kind: Deployment`.
 */
#include "catalog/guardrail_int.h"

#include <ctype.h>
#include <string.h>

#define ADMISSION "admissionregistration.k8s.io"
#define RBAC "rbac.authorization.k8s.io"
#define NET "networking.k8s.io"
#define STORAGE "storage.k8s.io"
#define DRA "resource.k8s.io"
#define CERTIFICATES "certificates.k8s.io"
#define FLOW "flowcontrol.apiserver.k8s.io"

static const struct guard_kind kinds[] = {
    {"", "Binding", "bindings", true},
    {"", "ConfigMap", "configmaps", true},
    {"", "Endpoints", "endpoints", true},
    {"", "Event", "events", true},
    {"", "LimitRange", "limitranges", true},
    {"", "Namespace", "namespaces", false},
    {"", "Node", "nodes", false},
    {"", "PersistentVolume", "persistentvolumes", false},
    {"", "PersistentVolumeClaim", "persistentvolumeclaims", true},
    {"", "Pod", "pods", true},
    {"", "PodTemplate", "podtemplates", true},
    {"", "ReplicationController", "replicationcontrollers", true},
    {"", "ResourceQuota", "resourcequotas", true},
    {"", "Secret", "secrets", true},
    {"", "Service", "services", true},
    {"", "ServiceAccount", "serviceaccounts", true},
    {ADMISSION, "MutatingAdmissionPolicy", "mutatingadmissionpolicies", false},
    {ADMISSION, "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", false},
    {ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false},
    {ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false},
    {ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", false},
    {ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false},
    {"apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", false},
    {"apiregistration.k8s.io", "APIService", "apiservices", false},
    {"apps", "ControllerRevision", "controllerrevisions", true},
    {"apps", "DaemonSet", "daemonsets", true},
    {"apps", "Deployment", "deployments", true},
    {"apps", "ReplicaSet", "replicasets", true},
    {"apps", "StatefulSet", "statefulsets", true},
    {"autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true},
    {"batch", "CronJob", "cronjobs", true},
    {"batch", "Job", "jobs", true},
    {CERTIFICATES, "CertificateSigningRequest", "certificatesigningrequests", false},
    {CERTIFICATES, "ClusterTrustBundle", "clustertrustbundles", false},
    {CERTIFICATES, "PodCertificateRequest", "podcertificaterequests", true},
    {"coordination.k8s.io", "Lease", "leases", true},
    {"discovery.k8s.io", "EndpointSlice", "endpointslices", true},
    {"events.k8s.io", "Event", "events", true},
    {FLOW, "FlowSchema", "flowschemas", false},
    {FLOW, "PriorityLevelConfiguration", "prioritylevelconfigurations", false},
    {NET, "IPAddress", "ipaddresses", false},
    {NET, "Ingress", "ingresses", true},
    {NET, "IngressClass", "ingressclasses", false},
    {NET, "NetworkPolicy", "networkpolicies", true},
    {NET, "ServiceCIDR", "servicecidrs", false},
    {"node.k8s.io", "RuntimeClass", "runtimeclasses", false},
    {"policy", "PodDisruptionBudget", "poddisruptionbudgets", true},
    {RBAC, "ClusterRole", "clusterroles", false},
    {RBAC, "ClusterRoleBinding", "clusterrolebindings", false},
    {RBAC, "Role", "roles", true},
    {RBAC, "RoleBinding", "rolebindings", true},
    {DRA, "DeviceClass", "deviceclasses", false},
    {DRA, "DeviceTaintRule", "devicetaintrules", false},
    {DRA, "ResourceClaim", "resourceclaims", true},
    {DRA, "ResourceClaimTemplate", "resourceclaimtemplates", true},
    {DRA, "ResourceSlice", "resourceslices", false},
    {"scheduling.k8s.io", "PriorityClass", "priorityclasses", false},
    {STORAGE, "CSIDriver", "csidrivers", false},
    {STORAGE, "CSINode", "csinodes", false},
    {STORAGE, "CSIStorageCapacity", "csistoragecapacities", true},
    {STORAGE, "StorageClass", "storageclasses", false},
    {STORAGE, "VolumeAttachment", "volumeattachments", false},
    {STORAGE, "VolumeAttributesClass", "volumeattributesclasses", false},
};

/* The same objects at another address: what matchPolicy Equivalent finds. Versions of one resource
 * that a server of our time serves together. */
static const struct guard_twin_pair {
    struct guard_twin a, b;
} twins[] = {
    {{"autoscaling", "v1", "horizontalpodautoscalers"},
     {"autoscaling", "v2", "horizontalpodautoscalers"}},
    {{"", "v1", "events"}, {"events.k8s.io", "v1", "events"}},
};

const struct guard_kind *guard_kind_find(const char *group, const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0 && strcmp(kinds[i].group, group) == 0)
            return &kinds[i];
    return NULL;
}

static bool same_twin(const struct guard_twin *t, const char *group, const char *version,
                      const char *resource)
{
    return strcmp(t->group, group) == 0 && strcmp(t->version, version) == 0 &&
           strcmp(t->resource, resource) == 0;
}

const struct guard_twin *guard_twin_of(const char *group, const char *version, const char *resource,
                                       size_t i)
{
    for (size_t k = 0; k < ARRAY_LEN(twins); k++) {
        const struct guard_twin *other =
            same_twin(&twins[k].a, group, version, resource)   ? &twins[k].b
            : same_twin(&twins[k].b, group, version, resource) ? &twins[k].a
                                                               : NULL;
        if (other && i-- == 0)
            return other;
    }
    return NULL;
}

void guard_split_version(struct arena *a, const char *api_version, const char **group,
                         const char **version)
{
    const char *slash = strchr(api_version, '/');
    *group = slash ? arena_strndup(a, api_version, (size_t)(slash - api_version)) : "";
    *version = slash ? slash + 1 : api_version;
    if (!*group)
        *group = "";
}

const char *guard_plural(struct arena *a, const char *kind)
{
    char *s = arena_printf(a, "%ses", kind);
    if (!s)
        return "";
    size_t len = strlen(kind);
    for (size_t i = 0; i < len; i++)
        s[i] = (char)tolower((unsigned char)s[i]);
    if (len && s[len - 1] == 's')
        return s;
    if (len && s[len - 1] == 'y') {
        memcpy(s + len - 1, "ies", 4);
        return s;
    }
    memcpy(s + len, "s", 2);
    return s;
}
