// SPDX-License-Identifier: Apache-2.0
/* The table of managers, most telling rows first. A '*' at the end of a name stands for any rest.
 */
#include "kube/managers.h"

#include "base/mem.h"

#include <string.h>

#define ANY NULL

static const struct {
    const char *manager, *operation, *subresource; /* ANY matches everything */
    enum manager_class class;
    const char *words; /* NULL: the manager's name */
} managers[] = {
    {"leeway", ANY, ANY, MANAGER_LEEWAY, "leeway"},
    {"leeway-*", ANY, ANY, MANAGER_LEEWAY, "leeway"},
    {"kubectl", "Update", "scale", MANAGER_PERSON, "kubectl scale"},
    {"kubectl", "Apply", ANY, MANAGER_PERSON, "kubectl apply --server-side"},
    {"kubectl", ANY, ANY, MANAGER_PERSON, "kubectl"},
    {"kubectl-client-side-apply", ANY, ANY, MANAGER_PERSON, "kubectl apply"},
    {"kubectl-last-applied", ANY, ANY, MANAGER_PERSON, "kubectl apply"},
    {"kubectl-edit", ANY, ANY, MANAGER_PERSON, "kubectl edit"},
    {"kubectl-create", ANY, ANY, MANAGER_PERSON, "kubectl create"},
    {"kubectl-patch", ANY, ANY, MANAGER_PERSON, "kubectl patch"},
    {"kubectl-replace", ANY, ANY, MANAGER_PERSON, "kubectl replace"},
    {"kubectl-set", ANY, ANY, MANAGER_PERSON, "kubectl set"},
    {"kubectl-label", ANY, ANY, MANAGER_PERSON, "kubectl label"},
    {"kubectl-annotate", ANY, ANY, MANAGER_PERSON, "kubectl annotate"},
    {"kubectl-rollout", ANY, ANY, MANAGER_PERSON, "kubectl rollout"},
    {"kubectl-taint", ANY, ANY, MANAGER_PERSON, "kubectl taint"},
    {"kubectl-autoscale", ANY, ANY, MANAGER_PERSON, "kubectl autoscale"},
    {"kubectl-expose", ANY, ANY, MANAGER_PERSON, "kubectl expose"},
    {"kubectl-run", ANY, ANY, MANAGER_PERSON, "kubectl run"},
    {"kubectl*", ANY, ANY, MANAGER_PERSON, NULL},
    {"k9s", ANY, ANY, MANAGER_PERSON, "k9s"},
    {"Mozilla", ANY, ANY, MANAGER_PERSON, "a web console"},
    {"node-fetch", ANY, ANY, MANAGER_PERSON, "Lens"},
    {"kube-controller-manager", "Update", "scale", MANAGER_AUTOSCALER, "HPA"},
    {"keda*", ANY, ANY, MANAGER_AUTOSCALER, "KEDA"},
    {"vpa-*", ANY, ANY, MANAGER_AUTOSCALER, "VPA"},
    {"cluster-autoscaler", ANY, ANY, MANAGER_AUTOSCALER, "cluster autoscaler"},
    {"karpenter*", ANY, ANY, MANAGER_AUTOSCALER, "Karpenter"},
    {"kube-controller-manager", ANY, ANY, MANAGER_CONTROLLER, "a built-in controller"},
    {"kube-scheduler", ANY, ANY, MANAGER_CONTROLLER, "the scheduler"},
    {"kube-apiserver", ANY, ANY, MANAGER_CONTROLLER, "the API server"},
    {"kubelet", ANY, ANY, MANAGER_CONTROLLER, "kubelet"},
    {"cloud-controller-manager", ANY, ANY, MANAGER_CONTROLLER, "the cloud controller"},
    {"kubeadm", ANY, ANY, MANAGER_CONTROLLER, "kubeadm"},
    {"before-first-apply", ANY, ANY, MANAGER_UNKNOWN, "someone before the first apply"},
    {"ancient-changes", ANY, ANY, MANAGER_UNKNOWN, "several, long ago"},
    {"cert-manager-cainjector", ANY, ANY, MANAGER_WEBHOOK, "cert-manager's CA injector"},
    {"pilot-discovery", ANY, ANY, MANAGER_WEBHOOK, "istio"},
    {"istiod", ANY, ANY, MANAGER_WEBHOOK, "istio"},
    {"*-webhook", ANY, ANY, MANAGER_WEBHOOK, NULL},
    {"webhook", ANY, ANY, MANAGER_WEBHOOK, "a webhook"},
    {"argocd-controller", ANY, ANY, MANAGER_GITOPS, "Argo CD"},
    {"argocd-application-controller", ANY, ANY, MANAGER_GITOPS, "Argo CD"},
    {"kustomize-controller", ANY, ANY, MANAGER_GITOPS, "Flux (kustomize)"},
    {"helm-controller", ANY, ANY, MANAGER_GITOPS, "Flux (helm)"},
    {"flux*", ANY, ANY, MANAGER_GITOPS, "Flux"},
    {"helm", ANY, ANY, MANAGER_GITOPS, "Helm"},
    {"fleet-agent", ANY, ANY, MANAGER_GITOPS, "Fleet"},
    {"fleetagent", ANY, ANY, MANAGER_GITOPS, "Fleet"},
    {"kapp*", ANY, ANY, MANAGER_GITOPS, "kapp"},
    {"terraform*", ANY, ANY, MANAGER_GITOPS, "Terraform"},
    {"HashiCorp", ANY, ANY, MANAGER_GITOPS, "Terraform"},
    {"pulumi*", ANY, ANY, MANAGER_GITOPS, "Pulumi"},
    {"kro*", ANY, ANY, MANAGER_GITOPS, "kro"},
    {"applyset", ANY, ANY, MANAGER_GITOPS, NULL},
    {"crossplane*", ANY, ANY, MANAGER_GITOPS, "Crossplane"},
    {"kube-downscaler", ANY, ANY, MANAGER_SCHEDULE, "kube-downscaler"},
    {"py-kube-downscaler", ANY, ANY, MANAGER_SCHEDULE, "kube-downscaler"},
    {"*-cronjob", ANY, ANY, MANAGER_SCHEDULE, NULL},
    {"kube-green", ANY, ANY, MANAGER_SCHEDULE, "kube-green"},
    {"Go-http-client", ANY, ANY, MANAGER_UNKNOWN, "a program in Go"},
    {"OpenAPI-Generator", ANY, ANY, MANAGER_UNKNOWN, "a program with a generated client"},
    {"unknown", ANY, ANY, MANAGER_UNKNOWN, "unknown"},
    {"*-controller", ANY, ANY, MANAGER_CONTROLLER, NULL},
    {"*-controller-manager", ANY, ANY, MANAGER_CONTROLLER, NULL},
    {"*-operator", ANY, ANY, MANAGER_CONTROLLER, NULL},
    {"*controller", ANY, ANY, MANAGER_CONTROLLER, NULL},
    {"manager", ANY, ANY, MANAGER_CONTROLLER, "a controller"},
};

const char *manager_class_word(enum manager_class c)
{
    static const char *const words[] = {
#define X(name, word) word,
        MANAGERS_TABLE(X)
#undef X
    };
    return (unsigned)c < MANAGER_CLASS_COUNT ? words[c] : words[0];
}

/* One '*', at the start or the end. */
static bool matches(const char *pattern, const char *name)
{
    size_t n = strlen(pattern), len = strlen(name);
    if (pattern[0] == '*')
        return len > n - 1 && strcmp(name + len - (n - 1), pattern + 1) == 0;
    if (pattern[n - 1] == '*')
        return strncmp(name, pattern, n - 1) == 0;
    return strcmp(pattern, name) == 0;
}

struct manager_actor manager_actor_of(const char *manager, const char *operation,
                                      const char *subresource)
{
    for (size_t i = 0; i < ARRAY_LEN(managers); i++) {
        if (!matches(managers[i].manager, manager) ||
            (managers[i].operation && strcmp(managers[i].operation, operation) != 0) ||
            (managers[i].subresource && strcmp(managers[i].subresource, subresource) != 0))
            continue;
        return (struct manager_actor){managers[i].class,
                                      managers[i].words ? managers[i].words : manager};
    }
    return (struct manager_actor){MANAGER_UNKNOWN, *manager ? manager : "unknown"};
}
