// SPDX-License-Identifier: Apache-2.0
/*
 * The order follows what Helm, Flux and cli-utils agree on: definitions first, admission last,
 * because a webhook that is not served yet would refuse everything after it.
 */
#include "engine/fleet/kinds.h"

#include <stddef.h>
#include <string.h>

#define RBAC "rbac.authorization.k8s.io"
#define ADMISSION "admissionregistration.k8s.io"

static const struct kind_traits table[] = {
    /* group, kind, stage, order, shared, wait, holds_data */
    {"apiextensions.k8s.io", "CustomResourceDefinition", KIND_STAGE_DEFINITIONS, 0, 1, 1, 1},
    {"", "Namespace", KIND_STAGE_DEFINITIONS, 1, 1, 1, 1},
    {"scheduling.k8s.io", "PriorityClass", KIND_STAGE_DEFINITIONS, 2, 1, 0, 0},
    {"node.k8s.io", "RuntimeClass", KIND_STAGE_DEFINITIONS, 2, 1, 0, 0},
    {"storage.k8s.io", "StorageClass", KIND_STAGE_DEFINITIONS, 2, 1, 0, 0},
    {"storage.k8s.io", "CSIDriver", KIND_STAGE_DEFINITIONS, 2, 1, 0, 0},
    {"snapshot.storage.k8s.io", "VolumeSnapshotClass", KIND_STAGE_DEFINITIONS, 2, 1, 0, 0},
    {"networking.k8s.io", "IngressClass", KIND_STAGE_DEFINITIONS, 2, 1, 0, 0},
    {"gateway.networking.k8s.io", "GatewayClass", KIND_STAGE_DEFINITIONS, 2, 1, 0, 0},
    {RBAC, "ClusterRole", KIND_STAGE_DEFINITIONS, 3, 1, 0, 0},

    {"", "ResourceQuota", KIND_STAGE_ACCESS, 0, 0, 0, 0},
    {"", "LimitRange", KIND_STAGE_ACCESS, 0, 0, 0, 0},
    {"networking.k8s.io", "NetworkPolicy", KIND_STAGE_ACCESS, 0, 0, 0, 0},
    {"", "ServiceAccount", KIND_STAGE_ACCESS, 1, 0, 0, 0},
    {RBAC, "Role", KIND_STAGE_ACCESS, 2, 0, 0, 0},
    {RBAC, "RoleBinding", KIND_STAGE_ACCESS, 3, 0, 0, 0},
    {RBAC, "ClusterRoleBinding", KIND_STAGE_ACCESS, 3, 1, 0, 0},

    {"", "Secret", KIND_STAGE_CONFIG, 0, 0, 0, 0},
    {"", "ConfigMap", KIND_STAGE_CONFIG, 0, 0, 0, 0},

    {"", "PersistentVolume", KIND_STAGE_STORAGE, 0, 1, 0, 1},
    {"", "PersistentVolumeClaim", KIND_STAGE_STORAGE, 1, 0, 0, 1},

    {"", "Service", KIND_STAGE_NETWORK, 0, 0, 0, 0},
    {"", "Endpoints", KIND_STAGE_NETWORK, 1, 0, 0, 0},
    {"discovery.k8s.io", "EndpointSlice", KIND_STAGE_NETWORK, 1, 0, 0, 0},

    {"apps", "DaemonSet", KIND_STAGE_WORKLOADS, 0, 0, 0, 0},
    {"", "Pod", KIND_STAGE_WORKLOADS, 1, 0, 0, 0},
    {"", "ReplicationController", KIND_STAGE_WORKLOADS, 1, 0, 0, 0},
    {"apps", "ReplicaSet", KIND_STAGE_WORKLOADS, 1, 0, 0, 0},
    {"apps", "Deployment", KIND_STAGE_WORKLOADS, 1, 0, 0, 0},
    {"apps", "StatefulSet", KIND_STAGE_WORKLOADS, 1, 0, 0, 0},
    {"batch", "Job", KIND_STAGE_WORKLOADS, 2, 0, 0, 0},
    {"batch", "CronJob", KIND_STAGE_WORKLOADS, 2, 0, 0, 0},

    {"policy", "PodDisruptionBudget", KIND_STAGE_ROUTES, 0, 0, 0, 0},
    {"autoscaling", "HorizontalPodAutoscaler", KIND_STAGE_ROUTES, 0, 0, 0, 0},
    {"networking.k8s.io", "Ingress", KIND_STAGE_ROUTES, 1, 0, 0, 0},

    {"apiregistration.k8s.io", "APIService", KIND_STAGE_ADMISSION, 0, 1, 0, 0},
    {ADMISSION, "ValidatingAdmissionPolicy", KIND_STAGE_ADMISSION, 1, 1, 0, 0},
    {ADMISSION, "ValidatingAdmissionPolicyBinding", KIND_STAGE_ADMISSION, 2, 1, 0, 0},
    {ADMISSION, "MutatingAdmissionPolicy", KIND_STAGE_ADMISSION, 1, 1, 0, 0},
    {ADMISSION, "MutatingAdmissionPolicyBinding", KIND_STAGE_ADMISSION, 2, 1, 0, 0},
    {ADMISSION, "MutatingWebhookConfiguration", KIND_STAGE_ADMISSION, 3, 1, 0, 0},
    {ADMISSION, "ValidatingWebhookConfiguration", KIND_STAGE_ADMISSION, 3, 1, 0, 0},
};

const struct kind_traits *kind_traits_of(const char *group, const char *kind)
{
    static const struct kind_traits custom = {"", "", KIND_STAGE_CUSTOM, 0, 0, 0, 0};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(table[i].kind, kind) == 0 && strcmp(table[i].group, group) == 0)
            return &table[i];
    return &custom;
}
