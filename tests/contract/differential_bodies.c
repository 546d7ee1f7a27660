// SPDX-License-Identifier: Apache-2.0
/* Random objects of many kinds: fields that are often there, seldom, odd, empty, null. */
#include "differential.h"

#include <stdio.h>
#include <string.h>

static void labels(struct run *r, struct buf *b, const char *name)
{
    const char *comma = "";
    buf_printf(b, ",\"%s\":{", name);
    for (const char *k = "abc"; *k; k++)
        if (diff_chance(r, 40)) {
            buf_printf(b, "%s\"%c\":\"%s\"", comma, *k, PICK(r, "1", "2", ""));
            comma = ",";
        }
    buf_puts(b, "}");
}

static void metadata(struct run *r, struct buf *b)
{
    buf_printf(b, "\"metadata\":{\"name\":\"%s\"", r->name);
    if (diff_chance(r, 50))
        labels(r, b, "labels");
    if (diff_chance(r, 30))
        labels(r, b, "annotations");
    if (diff_chance(r, 10))
        buf_puts(b, ",\"finalizers\":[]");
    if (diff_chance(r, 5))
        buf_puts(b, ",\"labels\":null");
    buf_puts(b, "}");
}

static void env(struct run *r, struct buf *b)
{
    const char *comma = "";
    buf_puts(b, ",\"env\":[");
    for (const char *k = "ABC"; *k; k++)
        if (diff_chance(r, 45)) {
            buf_printf(b, "%s{\"name\":\"%c\"", comma, *k);
            if (diff_chance(r, 80))
                buf_printf(b, ",\"value\":\"%s\"", PICK(r, "1", "2", ""));
            buf_puts(b, "}");
            comma = ",";
        }
    buf_puts(b, "]");
}

static void container(struct run *r, struct buf *b, const char *name)
{
    buf_printf(b, "{\"name\":\"%s\"", name);
    if (diff_chance(r, 92))
        buf_printf(b, ",\"image\":\"%s\"", PICK(r, "app:1", "app:2", "app", "app:latest"));
    if (diff_chance(r, 40))
        env(r, b);
    if (diff_chance(r, 30))
        buf_printf(b, ",\"args\":[\"%s\"]", PICK(r, "-a", "-b"));
    if (diff_chance(r, 30))
        buf_printf(b, ",\"ports\":[{\"containerPort\":80%s}%s]",
                   PICK(r, "", ",\"protocol\":\"TCP\"", ",\"name\":\"web\""),
                   PICK(r, "", ",{\"containerPort\":80,\"protocol\":\"UDP\"}",
                        ",{\"containerPort\":443}"));
    if (diff_chance(r, 30))
        buf_printf(b, ",\"resources\":{\"%s\":{\"cpu\":%s,\"memory\":\"%s\"}}",
                   PICK(r, "limits", "requests"),
                   r->odd ? PICK(r, "\"1000m\"", "\"0.5\"", "1") : PICK(r, "\"1\"", "\"500m\""),
                   r->odd ? PICK(r, "1024Mi", "1.5Gi", "0.1M") : PICK(r, "1Gi", "1536Mi"));
    if (diff_chance(r, 20))
        buf_printf(b, ",\"readinessProbe\":{\"httpGet\":{\"port\":%s},\"periodSeconds\":%u}",
                   PICK(r, "80", "\"web\""), diff_below(r, 3) * 5);
    if (diff_chance(r, 10))
        buf_printf(b, ",\"securityContext\":{\"runAsUser\":%u,\"privileged\":false}",
                   diff_below(r, 3));
    if (diff_chance(r, 10))
        buf_puts(b, ",\"command\":null");
    if (diff_chance(r, 10))
        buf_printf(b, ",\"stdin\":%s", PICK(r, "true", "false"));
    buf_puts(b, "}");
}

static void template_(struct run *r, struct buf *b)
{
    const char *comma = "";
    buf_puts(b, "\"template\":{\"metadata\":{\"labels\":{\"app\":\"x\"");
    if (diff_chance(r, 30))
        buf_printf(b, ",\"tier\":\"%s\"", PICK(r, "1", "2"));
    buf_puts(b, "}},\"spec\":{\"containers\":[");
    const char *const names[] = {"one", "two", "three"};
    unsigned first = diff_below(r, 3), n = 1 + diff_below(r, 3);
    for (unsigned i = 0; i < n; i++) {
        buf_puts(b, comma);
        container(r, b, names[(first + i * (first ? 1 : 2)) % 3]);
        comma = ",";
    }
    buf_puts(b, "]");
    if (diff_chance(r, 20))
        buf_printf(b, ",\"nodeSelector\":{\"disk\":\"%s\"}", PICK(r, "ssd", "hdd"));
    if (diff_chance(r, 20))
        buf_printf(b, ",\"tolerations\":[{\"key\":\"k\",\"operator\":\"%s\"}]",
                   PICK(r, "Exists", "Equal"));
    if (diff_chance(r, 20))
        buf_printf(b, ",\"volumes\":[{\"name\":\"v\"%s}]",
                   PICK(r, "", ",\"emptyDir\":{}", ",\"configMap\":{\"name\":\"c\"}",
                        ",\"emptyDir\":{\"medium\":\"Memory\"}"));
    if (diff_chance(r, 15))
        buf_printf(b, ",\"hostNetwork\":%s", PICK(r, "false", "false"));
    if (diff_chance(r, 15))
        buf_printf(b, ",\"serviceAccountName\":\"%s\"", PICK(r, "a", "b"));
    if (diff_chance(r, 10))
        buf_puts(b, ",\"securityContext\":{}");
    buf_puts(b, "}}");
}

static void deployment(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"x\"}},");
    if (diff_chance(r, 60))
        buf_printf(b, "\"replicas\":%u,", diff_below(r, 4));
    if (diff_chance(r, 5))
        buf_puts(b, "\"replicas\":null,");
    if (diff_chance(r, 20))
        buf_printf(b, "\"minReadySeconds\":%u,", diff_below(r, 3));
    if (diff_chance(r, 20))
        buf_printf(
            b, "\"strategy\":%s,",
            PICK(r, "{\"type\":\"RollingUpdate\"}", "{\"rollingUpdate\":{\"maxSurge\":1}}", "{}",
                 "{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxUnavailable\":\"10%\"}}"));
    if (diff_chance(r, 15))
        buf_printf(b, "\"paused\":%s,", PICK(r, "true", "false"));
    template_(r, b);
    buf_puts(b, "}");
}

static void stateful_set(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"x\"}},\"serviceName\":\"x\",");
    if (diff_chance(r, 60))
        buf_printf(b, "\"replicas\":%u,", diff_below(r, 4));
    if (diff_chance(r, 20))
        buf_printf(b, "\"updateStrategy\":%s,",
                   PICK(r, "{\"type\":\"OnDelete\"}", "{\"rollingUpdate\":{\"partition\":1}}",
                        "{\"type\":\"RollingUpdate\"}"));
    template_(r, b);
    buf_puts(b, "}");
}

static void daemon_set(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"x\"}},");
    if (diff_chance(r, 30))
        buf_printf(
            b, "\"updateStrategy\":%s,",
            PICK(r, "{\"type\":\"OnDelete\"}", "{\"rollingUpdate\":{\"maxUnavailable\":2}}"));
    template_(r, b);
    buf_puts(b, "}");
}

static void config_map(struct run *r, struct buf *b)
{
    const char *comma = "";
    buf_puts(b, "\"data\":{");
    for (const char *k = "abcd"; *k; k++)
        if (diff_chance(r, 45)) {
            buf_printf(b, "%s\"%c\":\"%s\"", comma, *k, PICK(r, "1", "2", ""));
            comma = ",";
        }
    buf_puts(b, "}");
    if (diff_chance(r, 15))
        buf_printf(b, ",\"binaryData\":{\"z\":\"%s\"}", PICK(r, "AQ==", "Ag=="));
}

static void secret(struct run *r, struct buf *b)
{
    buf_printf(b, "\"data\":{\"a\":\"%s\"}", PICK(r, "AQ==", "Ag=="));
    if (diff_chance(r, 40))
        buf_printf(b, ",\"stringData\":{\"%s\":\"%s\"}", PICK(r, "a", "b"), PICK(r, "x", "y"));
}

static void service(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{\"ports\":[{\"name\":\"a\",\"port\":80");
    if (diff_chance(r, 40))
        buf_printf(b, ",\"targetPort\":%s", PICK(r, "8080", "\"web\"", "80"));
    if (diff_chance(r, 40))
        buf_puts(b, ",\"protocol\":\"TCP\"");
    buf_puts(b, "}");
    if (diff_chance(r, 40))
        buf_printf(b, ",{\"name\":\"b\",\"port\":%s}", PICK(r, "443", "53,\"protocol\":\"UDP\""));
    buf_puts(b, "]");
    if (diff_chance(r, 60))
        buf_printf(b, ",\"selector\":{\"app\":\"%s\"}", PICK(r, "x", "y"));
    if (diff_chance(r, 20))
        buf_printf(b, ",\"sessionAffinity\":\"%s\"", PICK(r, "None", "ClientIP"));
    if (diff_chance(r, 10))
        buf_puts(b, ",\"publishNotReadyAddresses\":false");
    buf_puts(b, "}");
}

static void network_policy(struct run *r, struct buf *b)
{
    buf_printf(b, "\"spec\":{\"podSelector\":{%s}", PICK(r, "", "\"matchLabels\":{\"a\":\"1\"}"));
    if (diff_chance(r, 50))
        buf_printf(b, ",\"ingress\":[{\"ports\":[{\"port\":%s}]}]", PICK(r, "80", "\"web\""));
    if (diff_chance(r, 30))
        buf_puts(b, ",\"egress\":[{}]");
    buf_puts(b, "}");
}

static void role(struct run *r, struct buf *b)
{
    buf_printf(b, "\"rules\":[{\"apiGroups\":[\"\"],\"resources\":[\"%s\"],\"verbs\":[\"get\"]}]",
               PICK(r, "pods", "services"));
}

static void autoscaler(struct run *r, struct buf *b)
{
    buf_printf(b,
               "\"spec\":{\"scaleTargetRef\":{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\","
               "\"name\":\"x\"},\"maxReplicas\":%u",
               2 + diff_below(r, 3));
    if (diff_chance(r, 40))
        buf_printf(b, ",\"minReplicas\":%u", 1 + diff_below(r, 2));
    if (diff_chance(r, 40))
        buf_printf(b,
                   ",\"metrics\":[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":"
                   "{\"type\":\"Utilization\",\"averageUtilization\":%u}}}]",
                   50 + diff_below(r, 2));
    if (diff_chance(r, 30))
        buf_printf(b, ",\"behavior\":{\"%s\":{\"stabilizationWindowSeconds\":%u}}",
                   PICK(r, "scaleUp", "scaleDown"), diff_below(r, 3) * 10);
    buf_puts(b, "}");
}

static void ingress(struct run *r, struct buf *b)
{
    buf_printf(b,
               "\"spec\":{\"rules\":[{\"host\":\"%s\",\"http\":{\"paths\":[{\"path\":\"/\","
               "\"pathType\":\"Prefix\",\"backend\":{\"service\":{\"name\":\"x\",\"port\":{"
               "\"number\":80}}}}]}}]",
               PICK(r, "a.example", "b.example"));
    if (diff_chance(r, 30))
        buf_puts(b, ",\"tls\":[{\"hosts\":[\"a.example\"],\"secretName\":\"t\"}]");
    buf_puts(b, "}");
}

static void budget(struct run *r, struct buf *b)
{
    buf_printf(b, "\"spec\":{\"minAvailable\":%s,\"selector\":{\"matchLabels\":{\"app\":\"x\"}}}",
               PICK(r, "1", "\"50%\"", "2"));
}

static void account(struct run *r, struct buf *b)
{
    buf_printf(b, "\"automountServiceAccountToken\":%s", PICK(r, "true", "false"));
    if (diff_chance(r, 40))
        buf_printf(b, ",\"imagePullSecrets\":[{\"name\":\"%s\"}]", PICK(r, "a", "b"));
}

static void pod(struct run *r, struct buf *b)
{
    struct buf t;
    buf_init(&t, MAX_TEXT);
    template_(r, &t);
    const char *spec = strstr(buf_str(&t), "\"spec\":");
    buf_printf(b, "%.*s", (int)(strlen(spec) - 1), spec);
    buf_clear(&t);
}

/* A template of pods that end. */
static void job_spec(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{");
    if (diff_chance(r, 30))
        buf_printf(b, "\"parallelism\":%u,", diff_below(r, 3));
    if (diff_chance(r, 30))
        buf_printf(b, "\"completions\":%u,", 1 + diff_below(r, 3));
    if (diff_chance(r, 30))
        buf_printf(b, "\"backoffLimit\":%u,", diff_below(r, 7));
    if (diff_chance(r, 20))
        buf_printf(b, "\"suspend\":%s,", PICK(r, "true", "false"));
    if (diff_chance(r, 20))
        buf_printf(b, "\"ttlSecondsAfterFinished\":%u,", diff_below(r, 2));
    buf_printf(b,
               "\"template\":{\"spec\":{\"restartPolicy\":\"%s\",\"containers\":[{\"name\":"
               "\"one\",\"image\":\"app:1\"}]}}}",
               PICK(r, "Never", "Never", "OnFailure"));
}

static void cron_job(struct run *r, struct buf *b)
{
    buf_printf(b, "\"spec\":{\"schedule\":\"%s\",", PICK(r, "0 * * * *", "*/5 * * * *"));
    if (diff_chance(r, 30))
        buf_printf(b, "\"suspend\":%s,", PICK(r, "true", "false"));
    if (diff_chance(r, 30))
        buf_printf(b, "\"concurrencyPolicy\":\"%s\",", PICK(r, "Forbid", "Replace", "Allow"));
    if (diff_chance(r, 20))
        buf_printf(b, "\"successfulJobsHistoryLimit\":%u,", diff_below(r, 4));
    buf_puts(b, "\"jobTemplate\":{");
    job_spec(r, b);
    buf_puts(b, "}}");
}

static void gadget(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{\"size\":");
    buf_puts(b, PICK(r, "1", "2", "2", "12", "1.0"));
    if (diff_chance(r, 40))
        buf_printf(b, ",\"replicas\":%u", diff_below(r, 4));
    if (diff_chance(r, 30))
        buf_printf(b, ",\"mode\":%s", PICK(r, "\"plain\"", "\"fancy\"", "null", "\"odd\""));
    if (diff_chance(r, 40))
        buf_printf(b, ",\"list\":[%s]", PICK(r, "", "\"a\"", "\"a\",\"b\""));
    if (diff_chance(r, 40))
        buf_printf(b, ",\"set\":[%s]", PICK(r, "", "\"a\"", "\"b\"", "\"b\",\"a\""));
    if (diff_chance(r, 50))
        buf_printf(b, ",\"map\":[%s]",
                   PICK(r, "{\"k\":\"a\"}", "{\"k\":\"a\",\"v\":\"1\"},{\"k\":\"b\"}",
                        "{\"k\":\"b\",\"v\":\"2\"}", "{\"k\":\"a\",\"p\":\"UDP\"}"));
    if (diff_chance(r, 40))
        buf_printf(b, ",\"fields\":{%s}", PICK(r, "", "\"a\":\"1\"", "\"a\":\"2\",\"b\":\"\""));
    if (diff_chance(r, 30))
        buf_printf(b, ",\"whole\":{%s}", PICK(r, "\"a\":\"1\"", "\"b\":\"2\""));
    if (diff_chance(r, 30))
        buf_printf(b, ",\"any\":%s", PICK(r, "{}", "{\"x\":{\"z\":[1,2]}}", "{\"x\":1.5}"));
    if (diff_chance(r, 20))
        buf_printf(b, ",\"maybe\":%s", PICK(r, "null", "\"m\""));
    if (diff_chance(r, 6)) /* an apply keeps these, the rest of the server drops them */
        buf_printf(b, ",\"%s\":null", PICK(r, "list", "set", "whole", "mode"));
    if (diff_chance(r, 10))
        buf_puts(b, ",\"deep\":{}");
    buf_puts(b, "}");
    if (diff_chance(r, 10))
        buf_puts(b, ",\"status\":{\"replicas\":3}");
}

/* Its scale is not in .spec.replicas. */
static void dial(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{\"pool\":{");
    if (diff_chance(r, 60))
        buf_printf(b, "\"size\":%u", diff_below(r, 4));
    else if (diff_chance(r, 50))
        buf_printf(b, "\"image\":\"%s\"", PICK(r, "a", "b"));
    buf_puts(b, "}");
    if (diff_chance(r, 30))
        buf_printf(b, ",\"paused\":%s", PICK(r, "true", "false", "null"));
    buf_puts(b, "}");
}

static void space(struct run *r, struct buf *b)
{
    buf_printf(
        b, "\"spec\":{%s}",
        PICK(r, "", "", "", "\"finalizers\":[\"kubernetes\"]", "\"finalizers\":[\"x.io/c\"]"));
    if (diff_chance(r, 10))
        buf_puts(b, ",\"status\":{\"phase\":\"Terminating\"}");
}

static void claim(struct run *r, struct buf *b)
{
    buf_printf(b,
               "\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"storageClassName\":\"s\","
               "\"resources\":{\"requests\":{\"storage\":\"%s\"}}}",
               r->odd ? "1024Mi" : "1Gi");
}

const struct kind diff_kinds[] = {
    {"apps/v1", "Deployment", "deployments", true, true, deployment},
    {"apps/v1", "Deployment", "deployments", true, true, deployment},
    {"apps/v1", "Deployment", "deployments", true, true, deployment},
    {"v1", "Namespace", "namespaces", false, true, space, .space = true},
    {"differential.io/v1", "Dial", "dials", true, true, dial, .pool = true},
    {"differential.io/v1", "Gadget", "gadgets", true, true, gadget},
    {"differential.io/v1", "Gadget", "gadgets", true, true, gadget},
    {"v1", "Pod", "pods", false, true, pod},
    {"batch/v1", "Job", "jobs", false, true, job_spec},
    {"batch/v1", "CronJob", "cronjobs", false, true, cron_job},
    {"apps/v1", "StatefulSet", "statefulsets", true, true, stateful_set},
    {"apps/v1", "DaemonSet", "daemonsets", false, true, daemon_set},
    {"v1", "ConfigMap", "configmaps", false, false, config_map},
    {"v1", "Secret", "secrets", false, false, secret},
    {"v1", "Service", "services", false, true, service},
    {"v1", "ServiceAccount", "serviceaccounts", false, false, account},
    {"v1", "PersistentVolumeClaim", "persistentvolumeclaims", false, true, claim},
    {"networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", false, false, network_policy},
    {"networking.k8s.io/v1", "Ingress", "ingresses", false, true, ingress},
    {"rbac.authorization.k8s.io/v1", "Role", "roles", false, false, role},
    {"autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", false, true,
     autoscaler},
    {"policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", false, true, budget},
};

const size_t diff_kinds_len = ARRAY_LEN(diff_kinds);

#define DIAL                                                                                       \
    "{\"apiVersion\":\"apiextensions.k8s.io/v1\",\"kind\":\"CustomResourceDefinition\","           \
    "\"metadata\":{\"name\":\"dials.differential.io\"},\"spec\":{\"group\":\"differential.io\","   \
    "\"scope\":\"Namespaced\",\"names\":{\"plural\":\"dials\",\"kind\":\"Dial\"},\"versions\":[{"  \
    "\"name\":\"v1\",\"served\":true,\"storage\":true,\"subresources\":{\"status\":{},\"scale\":{" \
    "\"specReplicasPath\":\".spec.pool.size\",\"statusReplicasPath\":\".status.pool.ready\","      \
    "\"labelSelectorPath\":\".status.selector\"}},\"schema\":{\"openAPIV3Schema\":{\"type\":"      \
    "\"object\",\"properties\":{\"spec\":{\"type\":\"object\",\"properties\":{\"pool\":{\"type\":" \
    "\"object\",\"properties\":{\"size\":{\"type\":\"integer\"},\"image\":{\"type\":\"string\"}}}" \
    ","                                                                                            \
    "\"paused\":{\"type\":\"boolean\"}}},\"status\":{\"type\":\"object\",\"properties\":{"         \
    "\"pool\":"                                                                                    \
    "{\"type\":\"object\",\"properties\":{\"ready\":{\"type\":\"integer\"}}},\"selector\":{"       \
    "\"type\":\"string\"}}}}}}}]}}"

#define GADGET                                                                                     \
    "{\"apiVersion\":\"apiextensions.k8s.io/"                                                      \
    "v1\",\"kind\":\"CustomResourceDefinition\",\"metadata\":{"                                    \
    "\"name\":\"gadgets.differential.io\"},\"spec\":{\"group\":\"differential.io\",\"scope\":"     \
    "\"Namespaced\",\"names\":{\"plural\":\"gadgets\",\"kind\":\"Gadget\"},\"versions\":[{"        \
    "\"name\":"                                                                                    \
    "\"v1\",\"served\":true,\"storage\":true,\"subresources\":{\"status\":{},\"scale\":{"          \
    "\"specReplicasPath\":\".spec.replicas\",\"statusReplicasPath\":\".status.replicas\"}},"       \
    "\"schema\":{"                                                                                 \
    "\"openAPIV3Schema\":{\"type\":\"object\",\"properties\":{\"spec\":{\"type\":\"object\","      \
    "\"required\":[\"size\"],\"properties\":{\"size\":{\"type\":\"integer\",\"maximum\":9},"       \
    "\"replicas\":{\"type\":\"integer\"},\"mode\":{\"type\":\"string\",\"default\":\"plain\","     \
    "\"enum\":["                                                                                   \
    "\"plain\",\"fancy\"]},\"list\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"set\":" \
    "{"                                                                                            \
    "\"type\":\"array\",\"x-kubernetes-list-type\":\"set\",\"items\":{\"type\":\"string\"}},"      \
    "\"map\":{"                                                                                    \
    "\"type\":\"array\",\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":[\"k\"," \
    "\"p\"],"                                                                                      \
    "\"items\":{\"type\":\"object\",\"required\":[\"k\"],\"properties\":{\"k\":{\"type\":"         \
    "\"string\"},"                                                                                 \
    "\"p\":{\"type\":\"string\",\"default\":\"TCP\"},\"v\":{\"type\":\"string\"}}}},\"fields\":{"  \
    "\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}},\"whole\":{\"type\":"     \
    "\"object\","                                                                                  \
    "\"x-kubernetes-map-type\":\"atomic\",\"additionalProperties\":{\"type\":\"string\"}},"        \
    "\"any\":{"                                                                                    \
    "\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true},\"maybe\":{\"type\":"      \
    "\"string\","                                                                                  \
    "\"nullable\":true},\"deep\":{\"type\":\"object\",\"properties\":{\"level\":{\"type\":"        \
    "\"integer\","                                                                                 \
    "\"default\":7}}}}},\"status\":{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":" \
    "true}}}"                                                                                      \
    "}}]}}"

const char *const diff_definitions[] = {GADGET, DIAL, NULL};

void diff_body(struct run *r, struct buf *b)
{
    buf_reset(b);
    buf_printf(b, "{\"apiVersion\":\"%s\",\"kind\":\"%s\",", r->kind->api, r->kind->kind);
    metadata(r, b);
    buf_puts(b, ",");
    r->kind->body(r, b);
    buf_puts(b, "}");
}
