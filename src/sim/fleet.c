// SPDX-License-Identifier: Apache-2.0
/*
 * What a simulated fleet consists of: the company's 14 clusters with the environments that run on
 * them, or any number of small ones named after cities. A cluster is filled when it is first asked,
 * so that clusters nobody talks to cost a port and little else.
 */
#include "sim/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct sim_story_cluster sim_story_clusters[] = {
    {"prod-us-1", "us-east", "prod", "gcp", "gke", "1.35.4", 6},
    {"prod-us-2", "us-east", "prod", "gcp", "gke", "1.35.4", 6},
    {"stage-us-1", "us-east", "stage", "gcp", "gke", "1.36.1", 3},
    {"dev-us-1", "us-east", "dev", "own", "k3s", "1.36.1", 3},
    {"prod-eu-1", "eu-west", "prod", "aws", "eks", "1.35.4", 8},
    {"prod-eu-2", "eu-west", "prod", "aws", "eks", "1.35.4", 8},
    {"stage-eu-1", "eu-west", "stage", "aws", "eks", "1.36.1", 4},
    {"dev-eu-1", "eu-west", "dev", "own", "k3s", "1.36.1", 3},
    {"dev-eu-2", "eu-west", "dev", "own", "k3s", "1.36.1", 3},
    {"prod-ap-1", "ap-south", "prod", "azure", "aks", "1.35.4", 6},
    {"stage-ap-1", "ap-south", "stage", "azure", "aks", "1.35.4", 4},
    {"dev-ap-1", "ap-south", "dev", "own", "k3s", "1.36.1", 3},
    {"edge-fra-1", "dc-fra", "edge", "own", "rke2", "1.34.9", 1},
    {"edge-fra-2", "dc-fra", "edge", "own", "rke2", "1.34.9", 1},
};
const size_t sim_story_clusters_len = ARRAY_LEN(sim_story_clusters);

/* An environment's workload (part NULL: only its namespace); where: "CLUSTER=PODS …", "*" is every
 * cluster. */
static const struct workload {
    const char *environment, *part, *image, *where;
    int days;
} workloads[] = {
    {"payments-prod", "web", "acme/web:1.3.2",
     "prod-us-1=8 prod-us-2=8 prod-eu-1=8 prod-eu-2=8 prod-ap-1=8", 118},
    {"payments-prod", "worker", "acme/worker:1.3.2",
     "prod-us-1=4 prod-us-2=4 prod-eu-1=4 prod-eu-2=4 prod-ap-1=4", 118},
    {"checkout-prod", "web", "acme/web:1.4.0", "prod-us-1=4 prod-us-2=9 prod-eu-1=5 prod-eu-2=7",
     118},
    {"search-prod", "api", "search:3.0.4", "prod-us-1=3 prod-us-2=3 prod-ap-1=3", 61},
    {"ledger-prod", "api", "ledger:2.0.1", "prod-eu-1=2 prod-eu-2=2", 203},
    {"etl-nightly", "runner", "batch:1.2.0", "prod-eu-1=1 prod-eu-2=1", 90},
    {"payments-stage", "web", "acme/web:1.9", "stage-us-1=3 stage-eu-1=3 stage-ap-1=3", 47},
    {"checkout-stage", "web", "acme/web:1.4.0", "stage-us-1=2 stage-eu-1=2", 90},
    {"ledger-stage", "api", "ledger:2.1.0", "stage-eu-1=1", 90},
    {"payments-dev", "web", "acme/web:1.4.0", "dev-eu-1=2 dev-us-1=2 dev-ap-1=2", 1},
    {"search-dev", "api", "search:3.2.0", "dev-us-1=1 dev-ap-1=1", 9},
    {"ml-dev", "notebook", "notebook:0.4.0", "dev-us-1=1", 5},
    {"checkout-dev", "web", "acme/web:1.4.0", "dev-eu-2=1", 2},
    {"shop-dev", NULL, NULL, "dev-eu-1=1 dev-us-1=1 dev-ap-1=1", 1}, /* nothing in it yet */
    {"shop-prod", NULL, NULL, "prod-eu-1=1 prod-us-1=1", 1},
    {"docs-dev", "site", "static-site:0.9.1", "dev-eu-2=1", 1},
    {"web-demo", "site", "static-site:1.0.0", "dev-eu-2=2", 12},
    {"edge-gw", "gw", "edge-gw:1.8.0", "edge-fra-1=2 edge-fra-2=2", 240},
    {"metrics", "store", "metrics:5.3.0", "*=2", 60},
    {"kube-system", "coredns", "coredns:1.13.1", "*=2", 300},
};

static const struct workload store_workloads[] = {
    {"pos", "app", "pos:4.2.0", "*=3", 80},
    {"pos", "web", "pos-web:4.2.0", "*=2", 80},
    {"stock", "api", "stock:1.9.3", "*=2", 80},
    {"kube-system", "coredns", "coredns:1.13.1", "*=2", 80},
};

static const struct {
    const char *city, *region;
} cities[] = {
    {"ber", "eu-central"}, {"muc", "eu-central"}, {"ham", "eu-central"}, {"zrh", "eu-central"},
    {"fra", "eu-central"}, {"vie", "eu-central"}, {"prg", "eu-central"}, {"lej", "eu-central"},
    {"cgn", "eu-central"}, {"stu", "eu-central"}, {"dus", "eu-central"}, {"drs", "eu-central"},
    {"par", "eu-west"},    {"ams", "eu-west"},    {"lon", "eu-west"},    {"dub", "eu-west"},
    {"bru", "eu-west"},    {"lyo", "eu-west"},    {"mil", "eu-south"},   {"rom", "eu-south"},
    {"mad", "eu-south"},   {"bcn", "eu-south"},   {"lis", "eu-south"},   {"sto", "eu-north"},
    {"cph", "eu-north"},   {"hel", "eu-north"},   {"osl", "eu-north"},   {"nyc", "us-east"},
    {"bos", "us-east"},    {"atl", "us-east"},    {"mia", "us-east"},    {"chi", "us-central"},
    {"dal", "us-central"}, {"den", "us-central"}, {"sea", "us-west"},    {"lax", "us-west"},
    {"sfo", "us-west"},    {"tyo", "ap-east"},    {"osa", "ap-east"},    {"sin", "ap-south"},
};

void sim_fleet_name(struct sim_cluster *c, bool story)
{
    if (story) {
        c->is = sim_story_clusters[c->number];
        snprintf(c->name, sizeof(c->name), "%s", c->is.name);
        return;
    }
    size_t city = c->number % ARRAY_LEN(cities);
    unsigned n = c->number / (unsigned)ARRAY_LEN(cities) + 1;
    snprintf(c->name, sizeof(c->name), "%s-%02u", cities[city].city, n);
    c->is = (struct sim_story_cluster){NULL,  cities[city].region,         "store", "own",
                                       "k3s", n % 3 ? "1.35.4" : "1.36.1", 2};
}

/* ---- making objects ---- */

/* Who made what a cluster begins with. */
static const struct sim_actor *maker(const char *kind)
{
    static const struct sim_actor server = {"kube-apiserver", ""}, deployer = {"helm", ""};
    static const struct {
        const char *kind;
        const struct sim_actor *who;
    } all[] = {
        {"Node", &sim_as_kubelet},
        {"Lease", &sim_as_kubelet},
        {"Namespace", &server},
        {"ServiceAccount", &sim_as_controller},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (strcmp(all[i].kind, kind) == 0)
            return all[i].who;
    return &deployer;
}

static struct sim_object *add(struct sim_cluster *c, const char *kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static struct sim_object *add(struct sim_cluster *c, const char *kind, const char *fmt, ...)
{
    struct val_pool p;
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0)
        return NULL;
    val_pool_init(&p);
    const struct val *v = json_read(&p, text, (size_t)n, NULL, NULL);
    struct sim_object *o = v ? sim_act_put(c, maker(kind), sim_kind_named(kind), &p, v) : NULL;
    val_pool_clear(&p);
    free(text);
    return o;
}

static void days_ago(const struct sim_cluster *c, int days, int minutes,
                     char out[CLOCK_RFC3339_LEN])
{
    clock_format_rfc3339(sim_wall_ms(c) - (int64_t)days * 86400000 - (int64_t)minutes * 60000, out);
}

static void namespace_of(struct sim_cluster *c, const char *name, int days)
{
    char at[CLOCK_RFC3339_LEN], uid[40] = "";
    if (sim_store_get(c, sim_kind_named("Namespace"), "", name))
        return;
    days_ago(c, days, 0, at);
    sim_uuid(c, uid);
    add(c, "Namespace",
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\",\"uid\":\"%"
        "s\","
        "\"creationTimestamp\":\"%s\",\"labels\":{\"kubernetes.io/"
        "metadata.name\":\"%s\"}},\"spec\":"
        "{\"finalizers\":[\"kubernetes\"]},\"status\":{\"phase\":\"Active\"}}",
        name, uid, at, name);
    add(c, "ServiceAccount",
        "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"default\","
        "\"namespace\":\"%s\",\"creationTimestamp\":\"%s\"}}",
        name, at);
    add(c, "ConfigMap",
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"kube-root-ca.crt\","
        "\"namespace\":\"%s\",\"creationTimestamp\":\"%s\"},\"data\":{\"ca.crt\":\"\"}}",
        name, at);
}

void sim_fleet_node_conditions(const struct sim_cluster *c, struct buf *b, bool ready,
                               const char *since)
{
    static const struct {
        const char *type, *reason, *message;
    } all[] = {
        {"MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"},
        {"DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
        {"PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"},
        {"Ready", "KubeletReady", "kubelet is posting ready status"},
    };
    char now[CLOCK_RFC3339_LEN];
    days_ago(c, 0, 0, now);
    buf_putc(b, '[');
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_printf(b,
                   "%s{\"type\":\"%s\",\"status\":\"%s\",\"lastHeartbeatTime\":\"%s\","
                   "\"lastTransitionTime\":\"%s\",\"reason\":\"%s\",\"message\":\"%s\"}",
                   i ? "," : "", all[i].type,
                   !ready ? "Unknown" : (i == ARRAY_LEN(all) - 1 ? "True" : "False"), now, since,
                   ready ? all[i].reason : "NodeStatusUnknown",
                   ready ? all[i].message : "Kubelet stopped posting node status.");
    buf_putc(b, ']');
}

static const struct {
    const char *distribution, *provider, *instance, *os;
} places[] = {
    {"gke", "gce://acme/zone/", "e2-standard-4", "Container-Optimized OS from Google"},
    {"eks", "aws:///zone/i-0", "m7i.xlarge", "Amazon Linux 2023.9"},
    {"aks", "azure:///subscriptions/acme/virtualMachineScaleSets/aks-", "Standard_D4s_v5",
     "Ubuntu 24.04.3 LTS"},
    {"k3s", "k3s://", "k3s", "Debian GNU/Linux 12 (bookworm)"},
    {"rke2", "rke2://", "rke2", "SUSE Linux Micro 6.1"},
};

static void node(struct sim_cluster *c, int i)
{
    struct buf conditions;
    char name[64], made[CLOCK_RFC3339_LEN], since[CLOCK_RFC3339_LEN];
    size_t at = 0;
    while (at + 1 < ARRAY_LEN(places) && strcmp(places[at].distribution, c->is.distribution) != 0)
        at++;
    bool own = strcmp(c->is.cloud, "own") == 0;
    if (own)
        snprintf(name, sizeof(name), "%s-%d", c->name, i);
    else
        snprintf(name, sizeof(name), "%s-pool%d-%d", c->is.distribution, i % 2 ? 1 : 2, i);
    days_ago(c, 61, 7 * i, made);
    days_ago(c, 0, 480 + i, since);
    buf_init(&conditions, BUF_SMALL);
    sim_fleet_node_conditions(c, &conditions, true, since);
    add(c, "Node",
        "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"%s\","
        "\"creationTimestamp\":\"%s\",\"labels\":{%s\"kubernetes.io/hostname\":\"%s\","
        "\"kubernetes.io/os\":\"linux\",\"kubernetes.io/arch\":\"amd64\","
        "\"node.kubernetes.io/instance-type\":\"%s\",\"topology.kubernetes.io/region\":\"%s\","
        "\"topology.kubernetes.io/zone\":\"%s-%c\"}},\"spec\":{\"podCIDR\":\"10.42.%d.0/24\","
        "\"providerID\":\"%s%s\"},\"status\":{\"addresses\":[{\"type\":\"InternalIP\",\"address\":"
        "\"10.0.%u.%d\"},{\"type\":\"Hostname\",\"address\":\"%s\"}],\"capacity\":{\"cpu\":\"4\","
        "\"memory\":\"16Gi\",\"pods\":\"110\"},\"allocatable\":{\"cpu\":\"3920m\",\"memory\":"
        "\"15Gi\",\"pods\":\"110\"},\"conditions\":%s,\"nodeInfo\":{\"machineID\":\"%016llx\","
        "\"kernelVersion\":\"6.1.0\",\"osImage\":\"%s\",\"containerRuntimeVersion\":"
        "\"containerd://2.1.4\",\"kubeletVersion\":\"v%s%s\",\"kubeProxyVersion\":\"\","
        "\"operatingSystem\":\"linux\",\"architecture\":\"amd64\"}}}",
        name, made, own && i == 0 ? "\"node-role.kubernetes.io/control-plane\":\"true\"," : "",
        name, places[at].instance, c->is.region, c->is.region, 'a' + i % 3, i, places[at].provider,
        name, c->number % 250, i + 10, name, buf_str(&conditions),
        (unsigned long long)sim_random(c), places[at].os, c->is.kubernetes, sim_version_suffix(c));
    buf_clear(&conditions);
    days_ago(c, 0, 0, since);
    since[strlen(since) - 1] = '\0';
    struct sim_object *o = sim_store_get(c, sim_kind_named("Node"), "", name);
    struct val_pool p;
    val_pool_init(&p);
    add(c, "Lease",
        "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":"
        "\"%s\",\"namespace\":\"kube-node-lease\",\"creationTimestamp\":\"%s\","
        "\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"name\":\"%s\",\"uid\":"
        "\"%s\"}]},\"spec\":{\"holderIdentity\":\"%s\",\"leaseDurationSeconds\":40,"
        "\"renewTime\":\"%s.000000Z\"}}",
        name, made, name, o ? sim_uid(sim_object_read(&p, o)) : "", name, since);
    val_pool_clear(&p);
}

static void workload(struct sim_cluster *c, const struct workload *w, int pods)
{
    char name[80], at[CLOCK_RFC3339_LEN];
    const char *ns = w->environment;
    bool system = strcmp(ns, "kube-system") == 0;
    snprintf(name, sizeof(name), "%s%s%s", system ? "" : ns, system ? "" : "-",
             w->part ? w->part : "");
    days_ago(c, w->days, 0, at);
    namespace_of(c, ns, w->days);
    if (!w->part)
        return;
    struct sim_object *o = add(
        c, "Deployment",
        "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"%s\","
        "\"namespace\":\"%s\",\"generation\":1,\"creationTimestamp\":\"%s\","
        "\"labels\":{\"app\":\"%s\"}},\"spec\":{"
        "\"replicas\":%d,\"selector\":{\"matchLabels\":{\"app\":\"%s\"}},\"template\":{"
        "\"metadata\":"
        "{\"labels\":{\"app\":\"%s\"}},\"spec\":{\"containers\":[{\"name\":\"%s\",\"image\":\"%s\","
        "\"ports\":[{\"containerPort\":8080,\"protocol\":\"TCP\"}],\"resources\":{\"requests\":{"
        "\"cpu\":\"100m\",\"memory\":\"256Mi\"}},\"terminationMessagePath\":"
        "\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\",\"imagePullPolicy\":"
        "\"IfNotPresent\"}],\"restartPolicy\":\"Always\",\"terminationGracePeriodSeconds\":30,"
        "\"dnsPolicy\":\"ClusterFirst\",\"securityContext\":{},\"schedulerName\":"
        "\"default-scheduler\"}},\"strategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{"
        "\"maxUnavailable\":\"25%%\",\"maxSurge\":\"25%%\"}},\"revisionHistoryLimit\":10,"
        "\"progressDeadlineSeconds\":600},\"status\":{}}",
        name, ns, at, name, pods, name, name, w->part, w->image);
    c->past_ms = (int64_t)w->days * 86400000;
    if (o)
        sim_behave_settle(c, o);
    c->past_ms = 0;
    add(c, "Service",
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"%s\",\"namespace\":"
        "\"%s\",\"creationTimestamp\":\"%s\"},\"spec\":{\"type\":\"ClusterIP\",\"clusterIP\":"
        "\"10.96.%u.%u\",\"ports\":[{\"name\":\"http\",\"port\":80,\"protocol\":\"TCP\","
        "\"targetPort\":8080}],\"selector\":{\"app\":\"%s\"},\"sessionAffinity\":\"None\"},"
        "\"status\":{\"loadBalancer\":{}}}",
        name, ns, at, (unsigned)sim_random(c) % 256, (unsigned)sim_random(c) % 254 + 1, name);
    add(c, "ConfigMap",
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"%s\",\"namespace\":"
        "\"%s\",\"creationTimestamp\":\"%s\"},\"data\":{\"log-level\":\"info\",\"region\":\"%s\"}}",
        name, ns, at, c->is.region);
}

/* How many pods of a workload run here; 0: it does not. */
static int pods_here(const struct sim_cluster *c, const char *where)
{
    size_t n = strlen(c->name);
    if (strncmp(where, "*=", 2) == 0)
        return atoi(where + 2);
    for (const char *at = where; (at = strstr(at, c->name)); at += n)
        if ((at == where || at[-1] == ' ') && at[n] == '=')
            return atoi(at + n + 1);
    return 0;
}

void sim_fleet_make(struct sim_cluster *c)
{
    static const char *const spaces[] = {"default", "kube-node-lease", "kube-public",
                                         "kube-system"};
    c->objects = mem_calloc(sim_kinds_len, sizeof(*c->objects));
    uint64_t keep = c->random; /* a cluster is the same whoever asked first */
    c->random = c->sim->seed * 0xd6e8feb86659fd93u + c->number;
    for (size_t i = 0; i < ARRAY_LEN(spaces); i++)
        namespace_of(c, spaces[i], 300);
    add(c, "Service",
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"kubernetes\","
        "\"namespace\":\"default\",\"labels\":{\"component\":\"apiserver\"}},\"spec\":{\"type\":"
        "\"ClusterIP\",\"clusterIP\":\"10.96.0.1\",\"ports\":[{\"name\":\"https\",\"port\":443,"
        "\"protocol\":\"TCP\",\"targetPort\":6443}]},\"status\":{\"loadBalancer\":{}}}");
    for (int i = 0; i < c->is.nodes; i++)
        node(c, i);
    bool story = c->is.name != NULL;
    const struct workload *w = story ? workloads : store_workloads;
    for (size_t i = 0; i < (story ? ARRAY_LEN(workloads) : ARRAY_LEN(store_workloads)); i++) {
        int pods = pods_here(c, w[i].where);
        if (pods > 0)
            workload(c, &w[i], pods);
    }
    c->random += keep;
}

void sim_fleet_fill(struct sim_cluster *c)
{
    if (c->filled)
        return;
    if (!sim_pattern_fill(c))
        sim_fleet_make(c);
    c->history_gone = c->version;
    c->filled = true;
    sim_behave_begin(c);
}
