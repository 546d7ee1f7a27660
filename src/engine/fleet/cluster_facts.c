// SPDX-License-Identifier: Apache-2.0
/*
 * Facts read out of objects: nodes, versions, which distribution this is and where it runs. What is
 * known about distributions is three tables; the first row that matches decides.
 */
#include "engine/fleet/cluster_int.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static void set(char **to, const char *s)
{
    char *copy = mem_strdup(s ? s : "");
    mem_free(*to);
    *to = copy;
}

/* ---- quantities ---- */

static const struct {
    const char *suffix;
    int64_t milli; /* thousandths of one, 0: below */
} suffixes[] = {
    {"", 1000},           {"m", 1},
    {"k", 1000000},       {"M", 1000000000},
    {"G", 1000000000000}, {"T", 1000000000000000},
    {"Ki", 1000LL << 10}, {"Mi", 1000LL << 20},
    {"Gi", 1000LL << 30}, {"Ti", 1000LL << 40},
    {"Pi", 1000LL << 50},
};

int64_t cluster_quantity(const char *s, bool milli)
{
    if (!s || *s < '0' || *s > '9')
        return -1;
    double n = 0, place = 1; /* not strtod: it asks the locale what a point is */
    for (; *s >= '0' && *s <= '9'; s++)
        n = n * 10 + (*s - '0');
    if (*s == '.')
        for (s++; *s >= '0' && *s <= '9'; s++)
            n += (*s - '0') * (place /= 10);
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        if (strcmp(s, suffixes[i].suffix) != 0)
            continue;
        double v = n * (double)suffixes[i].milli / (milli ? 1 : 1000);
        return v < 9.0e18 ? (int64_t)(v + 0.5) : -1;
    }
    return -1;
}

/* ---- nodes ---- */

void cluster_node_clear(struct cluster_node *n)
{
    char **all[] = {&n->name,   &n->version,     &n->os,    &n->roles,
                    &n->reason, &n->provider_id, &n->region};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        mem_free(*all[i]);
    memset(n, 0, sizeof(*n));
}

bool cluster_node_same(const struct cluster_node *a, const struct cluster_node *b)
{
    const char *x[] = {a->name, a->version, a->os, a->roles, a->reason, a->provider_id, a->region};
    const char *y[] = {b->name, b->version, b->os, b->roles, b->reason, b->provider_id, b->region};
    for (size_t i = 0; i < ARRAY_LEN(x); i++)
        if (strcmp(x[i], y[i]) != 0)
            return false;
    return a->ready == b->ready && a->unknown == b->unknown && a->cordoned == b->cordoned &&
           a->pressure == b->pressure && a->since_ms == b->since_ms &&
           a->created_ms == b->created_ms && a->cpu_milli == b->cpu_milli &&
           a->memory_bytes == b->memory_bytes && a->pods == b->pods;
}

static const struct {
    const char *type;
    unsigned bit;
} pressures[] = {
    {"MemoryPressure", NODE_PRESSURE_MEMORY},
    {"DiskPressure", NODE_PRESSURE_DISK},
    {"PIDPressure", NODE_PRESSURE_PID},
    {"NetworkUnavailable", NODE_NETWORK_UNAVAILABLE},
};

static int64_t time_of(const struct val *v)
{
    int64_t ms = 0;
    if (!val_is(v, VAL_STRING) || clock_parse_rfc3339(v->as.s, v->len, &ms, NULL))
        return 0;
    return ms;
}

static void read_conditions(const struct val *list, struct cluster_node *n)
{
    bool found = false;
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *c = val_item(list, i);
        const char *type = val_str(val_get(c, "type"), "");
        const char *status = val_str(val_get(c, "status"), "");
        if (strcmp(type, "Ready") == 0) {
            found = true;
            n->ready = strcmp(status, "True") == 0;
            n->unknown = !n->ready && strcmp(status, "False") != 0;
            n->since_ms = time_of(val_get(c, "lastTransitionTime"));
            if (!n->ready) {
                const char *message = val_str(val_get(c, "message"), "");
                set(&n->reason, *message ? message : val_str(val_get(c, "reason"), "not ready"));
            }
        }
        for (size_t k = 0; k < ARRAY_LEN(pressures); k++)
            if (strcmp(type, pressures[k].type) == 0 && strcmp(status, "True") == 0)
                n->pressure |= pressures[k].bit;
    }
    if (!found)
        set(&n->reason, "no kubelet has reported yet");
}

static void read_roles(const struct val *labels, struct cluster_node *n)
{
    static const char prefix[] = "node-role.kubernetes.io/";
    struct buf b;
    buf_init(&b, 1024);
    for (size_t i = 0; labels && val_is(labels, VAL_MAP) && i < labels->len; i++) {
        const struct val_key *k = labels->as.entries[i].key;
        if (strncmp(k->s, prefix, sizeof(prefix) - 1) == 0 && k->s[sizeof(prefix) - 1])
            (void)buf_printf(&b, "%s%s", b.len ? "," : "", k->s + sizeof(prefix) - 1);
    }
    set(&n->roles, buf_str(&b));
    buf_clear(&b);
}

void cluster_node_read(const struct val *object, struct cluster_node *n)
{
    memset(n, 0, sizeof(*n));
    const struct val *meta = val_get(object, "metadata"), *status = val_get(object, "status");
    const struct val *labels = val_get(meta, "labels");
    set(&n->name, val_str(val_get(meta, "name"), ""));
    set(&n->version, val_str(val_at(status, "nodeInfo", "kubeletVersion", NULL), ""));
    set(&n->os, val_str(val_at(status, "nodeInfo", "osImage", NULL), ""));
    set(&n->provider_id, val_str(val_at(object, "spec", "providerID", NULL), ""));
    const char *region = val_str(val_get(labels, "topology.kubernetes.io/region"), "");
    if (!*region)
        region = val_str(val_get(labels, "failure-domain.beta.kubernetes.io/region"), "");
    set(&n->region, region);
    set(&n->reason, "");
    read_roles(labels, n);
    read_conditions(val_get(status, "conditions"), n);
    n->created_ms = time_of(val_get(meta, "creationTimestamp"));
    n->cordoned = val_bool(val_at(object, "spec", "unschedulable", NULL), false);
    const struct val *room = val_get(status, "allocatable");
    n->cpu_milli = cluster_quantity(val_str(val_get(room, "cpu"), ""), true);
    n->memory_bytes = cluster_quantity(val_str(val_get(room, "memory"), ""), false);
    n->pods = cluster_quantity(val_str(val_get(room, "pods"), ""), false);
}

/* ---- versions ---- */

void cluster_version_read(struct cluster *c, const struct kube_version *v)
{
    set(&c->git_version, v->git_version);
    c->major = v->major;
    c->minor = v->minor;
    const char *s = c->git_version;
    if (*s == 'v')
        s++;
    char *plain = mem_strndup(s, strspn(s, "0123456789."));
    size_t len = strlen(plain);
    while (len && plain[len - 1] == '.')
        plain[--len] = 0;
    if (!len && v->major >= 0) {
        mem_free(plain);
        plain = mem_printf("%d.%d", v->major, v->minor);
    }
    set(&c->kubernetes, plain);
    mem_free(plain);
}

static const struct {
    int minor;
    const char *end;
} releases[] = {
#define RELEASE(minor, end) {minor, end},
#include "engine/fleet/releases.def"
#undef RELEASE
};

int64_t cluster_support_end(int major, int minor)
{
    for (size_t i = 0; major == 1 && i < ARRAY_LEN(releases); i++) {
        if (releases[i].minor != minor)
            continue;
        char text[32];
        int len = snprintf(text, sizeof(text), "%sT23:59:59Z", releases[i].end);
        int64_t ms = 0;
        return clock_parse_rfc3339(text, (size_t)len, &ms, NULL) ? 0 : ms;
    }
    return 0;
}

/* ---- which distribution, where ---- */

static const struct {
    const char *in_version; /* part of gitVersion */
    const char *name;
} by_version[] = {
    {"-eks-", "eks"},     {"-gke.", "gke"},   {"+k3s", "k3s"},  {"+rke2r", "rke2"},
    {"+k0s", "k0s"},      {"-aliyun", "ack"}, {"-tke.", "tke"}, {"+vmware", "tkg"},
    {"-mirantis", "mke"}, {"+IKS", "iks"},    {"-cce", "cce"},  {"-r0-CCE", "cce"},
};

static const struct {
    const char *group; /* served */
    const char *name;
} by_group[] = {
    {"config.openshift.io", "openshift"},
    {"networking.gke.io", "gke"},
    {"vpcresources.k8s.aws", "eks"},
};

static const struct {
    const char *scheme; /* of spec.providerID */
    const char *provider;
    const char *distribution; /* NULL: says nothing about it */
} by_provider_id[] = {
    {"aws://", "aws", NULL},
    {"gce://", "gcp", NULL},
    {"azure://", "azure", NULL},
    {"openstack://", "openstack", NULL},
    {"vsphere://", "vsphere", NULL},
    {"digitalocean://", "digitalocean", "doks"},
    {"hcloud://", "hetzner", NULL},
    {"linode://", "linode", NULL},
    {"oci://", "oracle", NULL},
    {"ibm://", "ibm", NULL},
    {"alicloud://", "alibaba", NULL},
    {"scaleway://", "scaleway", NULL},
    {"ovh://", "ovh", NULL},
    {"kind://", "kind", "kind"},
    {"k3s://", "", "k3s"},
    {"kwok://", "kwok", "kwok"},
    {"metal3://", "metal3", NULL},
};

static const char *first_region(const struct cluster *c)
{
    for (size_t i = 0; i < c->nodes.len; i++)
        if (*c->nodes.items[i].region)
            return c->nodes.items[i].region;
    return "";
}

void cluster_facts_detect(struct cluster *c)
{
    const char *distribution = c->entry->distribution, *provider = NULL;
    for (size_t i = 0; !distribution && i < ARRAY_LEN(by_version); i++)
        if (strstr(c->git_version, by_version[i].in_version))
            distribution = by_version[i].name;
    bool stale;
    for (size_t i = 0; !distribution && c->discovery && i < ARRAY_LEN(by_group); i++)
        if (kube_discovery_has_group(c->discovery, by_group[i].group, NULL, &stale))
            distribution = by_group[i].name;
    for (size_t n = 0; n < c->nodes.len && !provider; n++) {
        const char *id = c->nodes.items[n].provider_id;
        for (size_t i = 0; i < ARRAY_LEN(by_provider_id); i++) {
            if (strncmp(id, by_provider_id[i].scheme, strlen(by_provider_id[i].scheme)) != 0)
                continue;
            provider = by_provider_id[i].provider;
            if (!distribution)
                distribution = by_provider_id[i].distribution;
            if (!distribution && strcmp(provider, "azure") == 0 &&
                strstr(id, "/virtualMachineScaleSets/aks-"))
                distribution = "aks";
            break;
        }
    }
    /* A cluster seen before keeps what was known while its nodes have not come yet. */
    if (distribution)
        set(&c->distribution, distribution);
    if (provider)
        set(&c->provider, provider);
    const char *region = first_region(c);
    if (!*region && labels_get(&c->entry->labels, "region"))
        region = labels_get(&c->entry->labels, "region");
    if (*region)
        set(&c->region, region);
}
