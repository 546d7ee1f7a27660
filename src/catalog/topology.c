// SPDX-License-Identifier: Apache-2.0
/* The table, by type and field, and the walk over it. */
#include "catalog/topology.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

enum form {
    STRUCT,     /* fields of `next` */
    ATOMIC,     /* a list, map or struct that is one */
    ATOMIC_MAP, /* the same, said apart for the message */
    SET,        /* a list of scalars */
    KEYED,      /* a list by its keys, items are `next` */
};

struct row {
    const char *type, *field;
    enum form form;
    const char *next; /* type of the value or of the items; NULL: not known here */
    const char *keys;
};

/* Kinds begin with their group: "apps/Deployment". */
static const struct row rows[] = {
    {"*", "metadata", STRUCT, "meta", NULL},
    {"meta", "finalizers", SET, NULL, NULL},
    {"meta", "ownerReferences", KEYED, NULL, "uid"},

    {"apps/Deployment", "spec", STRUCT, "workload", NULL},
    {"apps/ReplicaSet", "spec", STRUCT, "workload", NULL},
    {"apps/DaemonSet", "spec", STRUCT, "workload", NULL},
    {"apps/StatefulSet", "spec", STRUCT, "workload", NULL},
    {"batch/Job", "spec", STRUCT, "workload", NULL},
    {"batch/CronJob", "spec", STRUCT, "cronjob", NULL},
    {"cronjob", "jobTemplate", STRUCT, "jobtemplate", NULL},
    {"jobtemplate", "metadata", STRUCT, "meta", NULL},
    {"jobtemplate", "spec", STRUCT, "workload", NULL},
    {"workload", "selector", ATOMIC_MAP, NULL, NULL},
    {"workload", "template", STRUCT, "podtemplate", NULL},
    {"workload", "volumeClaimTemplates", ATOMIC, NULL, NULL},
    {"podtemplate", "metadata", STRUCT, "meta", NULL},
    {"podtemplate", "spec", STRUCT, "pod", NULL},
    {"/Pod", "spec", STRUCT, "pod", NULL},
    {"/PodTemplate", "template", STRUCT, "podtemplate", NULL},

    {"pod", "containers", KEYED, "container", "name"},
    {"pod", "initContainers", KEYED, "container", "name"},
    {"pod", "ephemeralContainers", KEYED, "container", "name"},
    {"pod", "volumes", KEYED, "volume", "name"},
    {"pod", "imagePullSecrets", KEYED, NULL, "name"},
    {"pod", "hostAliases", KEYED, "hostalias", "ip"},
    {"pod", "topologySpreadConstraints", KEYED, "spread", "topologyKey,whenUnsatisfiable"},
    {"pod", "resourceClaims", KEYED, NULL, "name"},
    {"pod", "schedulingGates", KEYED, NULL, "name"},
    {"pod", "nodeSelector", ATOMIC_MAP, NULL, NULL},
    {"pod", "tolerations", ATOMIC, NULL, NULL},
    {"pod", "readinessGates", ATOMIC, NULL, NULL},
    {"pod", "dnsConfig", STRUCT, "dns", NULL},
    {"pod", "securityContext", STRUCT, "podsecurity", NULL},
    {"pod", "affinity", STRUCT, "affinity", NULL},
    {"hostalias", "hostnames", ATOMIC, NULL, NULL},
    {"spread", "labelSelector", ATOMIC_MAP, NULL, NULL},
    {"spread", "matchLabelKeys", ATOMIC, NULL, NULL},
    {"dns", "nameservers", ATOMIC, NULL, NULL},
    {"dns", "searches", ATOMIC, NULL, NULL},
    {"dns", "options", ATOMIC, NULL, NULL},
    {"podsecurity", "supplementalGroups", ATOMIC, NULL, NULL},
    {"podsecurity", "sysctls", ATOMIC, NULL, NULL},
    {"affinity", "nodeAffinity", STRUCT, "nodeaffinity", NULL},
    {"affinity", "podAffinity", STRUCT, "podaffinity", NULL},
    {"affinity", "podAntiAffinity", STRUCT, "podaffinity", NULL},
    {"nodeaffinity", "requiredDuringSchedulingIgnoredDuringExecution", ATOMIC_MAP, NULL, NULL},
    {"nodeaffinity", "preferredDuringSchedulingIgnoredDuringExecution", ATOMIC, NULL, NULL},
    {"podaffinity", "requiredDuringSchedulingIgnoredDuringExecution", ATOMIC, NULL, NULL},
    {"podaffinity", "preferredDuringSchedulingIgnoredDuringExecution", ATOMIC, NULL, NULL},

    {"container", "command", ATOMIC, NULL, NULL},
    {"container", "args", ATOMIC, NULL, NULL},
    {"container", "env", KEYED, "env", "name"},
    {"container", "envFrom", ATOMIC, NULL, NULL},
    {"container", "ports", KEYED, NULL, "containerPort,protocol"},
    {"container", "volumeMounts", KEYED, NULL, "mountPath"},
    {"container", "volumeDevices", KEYED, NULL, "devicePath"},
    {"container", "resizePolicy", ATOMIC, NULL, NULL},
    {"container", "resources", STRUCT, "resources", NULL},
    {"container", "securityContext", STRUCT, "security", NULL},
    {"container", "livenessProbe", STRUCT, "probe", NULL},
    {"container", "readinessProbe", STRUCT, "probe", NULL},
    {"container", "startupProbe", STRUCT, "probe", NULL},
    {"env", "valueFrom", STRUCT, "valuefrom", NULL},
    {"valuefrom", "configMapKeyRef", ATOMIC_MAP, NULL, NULL},
    {"valuefrom", "secretKeyRef", ATOMIC_MAP, NULL, NULL},
    {"valuefrom", "fieldRef", ATOMIC_MAP, NULL, NULL},
    {"valuefrom", "resourceFieldRef", ATOMIC_MAP, NULL, NULL},
    {"resources", "claims", KEYED, NULL, "name"},
    {"security", "capabilities", STRUCT, "capabilities", NULL},
    {"capabilities", "add", ATOMIC, NULL, NULL},
    {"capabilities", "drop", ATOMIC, NULL, NULL},
    {"probe", "exec", STRUCT, "exec", NULL},
    {"probe", "httpGet", STRUCT, "httpget", NULL},
    {"exec", "command", ATOMIC, NULL, NULL},
    {"httpget", "httpHeaders", ATOMIC, NULL, NULL},
    {"volume", "configMap", STRUCT, "items", NULL},
    {"volume", "secret", STRUCT, "items", NULL},
    {"volume", "projected", STRUCT, "projected", NULL},
    {"items", "items", ATOMIC, NULL, NULL},
    {"projected", "sources", ATOMIC, NULL, NULL},

    {"/Service", "spec", STRUCT, "service", NULL},
    {"service", "ports", KEYED, NULL, "port,protocol"},
    {"service", "selector", ATOMIC_MAP, NULL, NULL},
    {"service", "clusterIPs", ATOMIC, NULL, NULL},
    {"service", "externalIPs", ATOMIC, NULL, NULL},
    {"service", "ipFamilies", ATOMIC, NULL, NULL},
    {"service", "loadBalancerSourceRanges", ATOMIC, NULL, NULL},
    {"/ServiceAccount", "imagePullSecrets", ATOMIC, NULL, NULL},
    {"/ServiceAccount", "secrets", KEYED, NULL, "name"},
    {"/PersistentVolumeClaim", "spec", STRUCT, "claim", NULL},
    {"claim", "accessModes", ATOMIC, NULL, NULL},
    {"claim", "selector", ATOMIC_MAP, NULL, NULL},
    {"/LimitRange", "spec", STRUCT, "limitrange", NULL},
    {"limitrange", "limits", ATOMIC, NULL, NULL},
    {"/ResourceQuota", "spec", STRUCT, "quota", NULL},
    {"quota", "scopes", ATOMIC, NULL, NULL},

    {"networking.k8s.io/Ingress", "spec", STRUCT, "ingress", NULL},
    {"ingress", "rules", ATOMIC, NULL, NULL},
    {"ingress", "tls", ATOMIC, NULL, NULL},
    {"networking.k8s.io/NetworkPolicy", "spec", STRUCT, "netpol", NULL},
    {"netpol", "podSelector", ATOMIC_MAP, NULL, NULL},
    {"netpol", "ingress", ATOMIC, NULL, NULL},
    {"netpol", "egress", ATOMIC, NULL, NULL},
    {"netpol", "policyTypes", ATOMIC, NULL, NULL},
    {"autoscaling/HorizontalPodAutoscaler", "spec", STRUCT, "hpa", NULL},
    {"hpa", "metrics", ATOMIC, NULL, NULL},
    {"policy/PodDisruptionBudget", "spec", STRUCT, "pdb", NULL},
    {"pdb", "selector", ATOMIC_MAP, NULL, NULL},
    {"rbac.authorization.k8s.io/Role", "rules", ATOMIC, NULL, NULL},
    {"rbac.authorization.k8s.io/ClusterRole", "rules", ATOMIC, NULL, NULL},
    {"rbac.authorization.k8s.io/RoleBinding", "subjects", ATOMIC, NULL, NULL},
    {"rbac.authorization.k8s.io/RoleBinding", "roleRef", ATOMIC_MAP, NULL, NULL},
    {"rbac.authorization.k8s.io/ClusterRoleBinding", "subjects", ATOMIC, NULL, NULL},
    {"rbac.authorization.k8s.io/ClusterRoleBinding", "roleRef", ATOMIC_MAP, NULL, NULL},
};

static const struct row *find(const char *type, const char *field)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].type, type) == 0 && strcmp(rows[i].field, field) == 0)
            return &rows[i];
    return NULL;
}

/* Are the fields of the key those of the list? Keys of values have them in byte order. */
static bool keys_are(const struct val *key, const char *keys)
{
    size_t n = 1;
    for (const char *s = keys; *s; s++)
        n += *s == ',';
    for (uint32_t i = 0; i < key->len; i++) {
        const struct val_key *k = key->as.entries[i].key;
        bool found = false;
        for (const char *s = keys; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL)
            found =
                found || (strncmp(s, k->s, k->len) == 0 && (s[k->len] == '\0' || s[k->len] == ','));
        if (!found)
            return false;
    }
    return key->len == n;
}

static struct topology_answer check_item(const struct row *r, const struct path_elem *e, size_t at)
{
    if (e->kind == PATH_INDEX)
        return (struct topology_answer){TOPOLOGY_INDEX, at, "list", r->keys};
    if (e->kind == PATH_KEY && !keys_are(e->as.key, r->keys))
        return (struct topology_answer){TOPOLOGY_KEYS, at, "list", r->keys};
    return (struct topology_answer){0};
}

struct topology_answer topology_check(const char *group, const char *kind, struct path path)
{
    char type[320];
    const char *now = type;
    int n = snprintf(type, sizeof(type), "%s/%s", group, kind);
    for (size_t i = 0; i < path.len && now && n > 0; i++) {
        if (path.elems[i].kind != PATH_FIELD)
            break;
        const struct row *r = find(now, path.elems[i].as.field->s);
        if (!r && now == type)
            r = find("*", path.elems[i].as.field->s);
        if (!r)
            break;
        if ((r->form == ATOMIC || r->form == ATOMIC_MAP) && i + 1 < path.len)
            return (struct topology_answer){TOPOLOGY_ATOMIC, i + 1,
                                            r->form == ATOMIC ? "list" : "map", NULL};
        if (r->form == KEYED && i + 1 < path.len) {
            i++;
            struct topology_answer a = check_item(r, &path.elems[i], i);
            if (a.fault)
                return a;
        }
        now = r->next;
    }
    return (struct topology_answer){0};
}
