// SPDX-License-Identifier: Apache-2.0
/*
 * What objects go through by themselves, as a table: a stage applies to objects of a kind that its
 * selector and its condition fit, begins after a delay drawn between two times, and, where several
 * apply, is drawn by weight. Pods are bound, pulled, started, get ready, crash, end; leases are
 * renewed; claims are bound; load balancers and ingresses get addresses.
 */
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_stage {
    const char *name, *kind;
    /* Blank-separated: a.b=v, a.b!=v, a.b? (is there), a.b! (is not). */
    const char *selector;
    bool (*when)(const struct sim_cluster *c, const struct val *v); /* or NULL */
    int delay_ms, jitter_ms, weight;
    void (*run)(struct sim_cluster *c, struct sim_object *o, const struct val *v);
};

/* ---- what there is to know of pods ---- */

bool sim_node_dead(const struct sim_cluster *c, const char *node)
{
    struct sim_object *o =
        sim_store_get((struct sim_cluster *)(uintptr_t)c, sim_kind_named("Node"), "", node);
    struct val_pool p;
    if (!o)
        return true;
    val_pool_init(&p);
    const struct val *ready = sim_condition(sim_object_read(&p, o), "Ready");
    bool dead = val_str_is(val_get(ready, "status"), "Unknown");
    val_pool_clear(&p);
    return dead;
}

static const char *node_of(const struct val *pod)
{
    return val_str(val_at(pod, "spec", "nodeName", NULL), "");
}

static bool has_image(const struct val *pod, const char *image)
{
    const struct val *list = val_at(pod, "spec", "containers", NULL);
    for (size_t i = 0; *image && i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "image"), image))
            return true;
    return false;
}

static bool alive(const struct sim_cluster *c, const struct val *pod)
{
    return !sim_node_dead(c, node_of(pod));
}

static bool pulls(const struct sim_cluster *c, const struct val *pod)
{
    return alive(c, pod) && !has_image(pod, c->missing_image);
}

static bool pulls_in_vain(const struct sim_cluster *c, const struct val *pod)
{
    return alive(c, pod) && has_image(pod, c->missing_image);
}

static const char *waiting_reason(const struct val *pod)
{
    const struct val *list = val_at(pod, "status", "containerStatuses", NULL);
    return val_str(val_at(val_item(list, 0), "state", "waiting", "reason", NULL), "");
}

static bool crashes(const struct sim_cluster *c, const struct val *pod)
{
    return alive(c, pod) && has_image(pod, c->crashing_image) && !*waiting_reason(pod);
}

static bool crashed(const struct sim_cluster *c, const struct val *pod)
{
    return alive(c, pod) && strcmp(waiting_reason(pod), "CrashLoopBackOff") == 0;
}

static bool gets_ready(const struct sim_cluster *c, const struct val *pod)
{
    return alive(c, pod) && !sim_pod_ready(pod) && !has_image(pod, c->crashing_image) &&
           !*waiting_reason(pod);
}

static bool well(const struct sim_cluster *c, const struct val *pod)
{
    return alive(c, pod) && !has_image(pod, c->crashing_image);
}

static bool dies_with_image(const struct sim_cluster *c, const struct val *pod)
{
    return alive(c, pod) && has_image(pod, c->crashing_image);
}

/* ---- a pod's status ---- */

enum containers { CREATING, PULL_FAILED, RUNNING, READY, CRASHED, SUCCEEDED, FAILED };

static const struct {
    const char *phase, *reason, *waiting, *message;
    bool started, ready;
} states[] = {
    [CREATING] = {"Pending", "ContainersNotReady", "ContainerCreating", NULL, false, false},
    [PULL_FAILED] = {"Pending", "ContainersNotReady", "ImagePullBackOff",
                     "Back-off pulling image: not found", false, false},
    [RUNNING] = {"Running", "ContainersNotReady", NULL, NULL, true, false},
    [READY] = {"Running", NULL, NULL, NULL, true, true},
    [CRASHED] = {"Running", "ContainersNotReady", "CrashLoopBackOff",
                 "back-off 10s restarting failed container", false, false},
    [SUCCEEDED] = {"Succeeded", "PodCompleted", NULL, NULL, false, false},
    [FAILED] = {"Failed", "PodFailed", NULL, NULL, false, false},
};

static void condition(struct buf *b, const struct sim_cluster *c, const struct val *pod,
                      const char *type, bool yes, const char *reason, bool more)
{
    sim_condition_write(b, c, pod, type, yes, yes ? NULL : reason, NULL);
    if (more)
        buf_putc(b, ',');
}

static void container(struct buf *b, const struct sim_cluster *c, const struct val *one,
                      const struct val *was, enum containers to)
{
    char now[CLOCK_RFC3339_LEN];
    const char *image = val_str(val_get(one, "image"), "");
    int64_t restarts = val_int(val_get(was, "restartCount"), 0) + (to == CRASHED);
    const char *since = val_str(val_at(was, "state", "running", "startedAt", NULL), NULL);
    sim_now_text(c, now);
    buf_puts(b, "{\"name\":");
    sim_json_text(b, val_str(val_get(one, "name"), ""));
    buf_puts(b, ",\"image\":");
    sim_json_text(b, image);
    buf_printf(b,
               ",\"imageID\":\"%s\",\"restartCount\":%" PRId64
               ",\"ready\":%s,\"started\":%s,\"state\":",
               states[to].started ? "sha256:0" : "", restarts, states[to].ready ? "true" : "false",
               states[to].started ? "true" : "false");
    if (states[to].started) {
        buf_printf(b, "{\"running\":{\"startedAt\":\"%s\"}}", since ? since : now);
    } else if (to == SUCCEEDED || to == FAILED) {
        buf_printf(b,
                   "{\"terminated\":{\"exitCode\":%d,\"reason\":\"%s\",\"startedAt\":\"%s\","
                   "\"finishedAt\":\"%s\"}}",
                   to == FAILED, to == FAILED ? "Error" : "Completed", since ? since : now, now);
    } else {
        buf_printf(b, "{\"waiting\":{\"reason\":\"%s\"", states[to].waiting);
        if (states[to].message)
            buf_printf(b, ",\"message\":\"%s\"", states[to].message);
        buf_puts(b, "}}");
    }
    if (to == CRASHED)
        buf_printf(b,
                   ",\"lastState\":{\"terminated\":{\"exitCode\":1,\"reason\":\"Error\","
                   "\"startedAt\":\"%s\",\"finishedAt\":\"%s\"}}",
                   since ? since : now, now);
    buf_putc(b, '}');
}

static struct sim_object *report(struct sim_cluster *c, struct sim_object *o, const struct val *v,
                                 enum containers to)
{
    const struct val *list = val_at(v, "spec", "containers", NULL);
    const struct val *was = val_at(v, "status", "containerStatuses", NULL);
    bool up = states[to].ready, going = to == SUCCEEDED || to == FAILED;
    char now[CLOCK_RFC3339_LEN], ip[32];
    struct buf b;
    sim_now_text(c, now);
    buf_init(&b, BUF_LARGE);
    snprintf(ip, sizeof(ip), "10.42.%u.%u", (unsigned)sim_random(c) % 8,
             (unsigned)sim_random(c) % 250 + 2);
    const char *at = val_str(val_at(v, "status", "podIP", NULL), ip);
    buf_printf(&b, "{\"status\":{\"phase\":\"%s\",\"startTime\":\"%s\",\"hostIP\":\"10.0.0.1\",",
               states[to].phase, val_str(val_at(v, "status", "startTime", NULL), now));
    if (to != CREATING && to != PULL_FAILED)
        buf_printf(&b, "\"podIP\":\"%s\",\"podIPs\":[{\"ip\":\"%s\"}],", at, at);
    buf_puts(&b, "\"conditions\":[");
    condition(&b, c, v, "PodReadyToStartContainers", to != CREATING && !going, NULL, true);
    condition(&b, c, v, "Initialized", true, NULL, true);
    condition(&b, c, v, "Ready", up, states[to].reason, true);
    condition(&b, c, v, "ContainersReady", up, states[to].reason, true);
    condition(&b, c, v, "PodScheduled", true, NULL, false);
    buf_puts(&b, "],\"containerStatuses\":[");
    for (size_t i = 0; i < val_count(list); i++) {
        if (i)
            buf_putc(&b, ',');
        container(&b, c, val_item(list, i), val_item(was, i), to);
    }
    buf_puts(&b, "]}}");
    o = sim_act_patch(c, &sim_as_kubelet_status, o, "%s", buf_str(&b));
    buf_clear(&b);
    return o;
}

static const char *first(const struct val *pod, const char *key)
{
    return val_str(val_get(val_item(val_at(pod, "spec", "containers", NULL), 0), key), "");
}

/* ---- what the scheduler and the kubelet do ---- */

static bool takes_pods(const struct val *node)
{
    const struct val *taints = val_at(node, "spec", "taints", NULL);
    for (size_t i = 0; i < val_count(taints); i++)
        if (!val_str_is(val_get(val_item(taints, i), "effect"), "PreferNoSchedule"))
            return false;
    return !val_bool(val_at(node, "spec", "unschedulable", NULL), false) &&
           val_str_is(val_get(sim_condition(node, "Ready"), "status"), "True");
}

static void bind(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    const sim_object_vec *nodes = &c->objects[sim_kind_at(sim_kind_named("Node"))];
    struct val_pool p;
    size_t from = nodes->len ? sim_random(c) % nodes->len : 0;
    const char *node = NULL;
    val_pool_init(&p);
    for (size_t i = 0; i < nodes->len && !node; i++) {
        const struct sim_object *one = nodes->items[(from + i) % nodes->len];
        if (takes_pods(sim_object_read(&p, one)))
            node = one->name;
    }
    val_pool_clear(&p);
    if (!node) {
        char message[200];
        struct buf b;
        snprintf(message, sizeof(message),
                 "0/%zu nodes are available: no node takes pods now. preemption: 0/%zu nodes are "
                 "available.",
                 nodes->len, nodes->len);
        buf_init(&b, BUF_SMALL);
        sim_condition_write(&b, c, v, "PodScheduled", false, "Unschedulable", message);
        sim_act_patch(c, &sim_as_scheduler, o, "{\"status\":{\"conditions\":[%s]}}", buf_str(&b));
        buf_clear(&b);
        sim_event_tell(c, "default-scheduler", v, true, "FailedScheduling", "%s", message);
        return;
    }
    struct buf b;
    buf_init(&b, BUF_SMALL);
    sim_condition_write(&b, c, v, "PodScheduled", true, NULL, NULL);
    sim_event_tell(c, "default-scheduler", v, false, "Scheduled",
                   "Successfully assigned %s/%s to %s", o->ns, o->name, node);
    sim_act_patch(c, NULL, o, "{\"spec\":{\"nodeName\":\"%s\"},\"status\":{\"conditions\":[%s]}}",
                  node, buf_str(&b));
    buf_clear(&b);
}

static void accept_pod(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    report(c, o, v, CREATING);
    sim_event_tell(c, "kubelet", v, false, "Pulling", "Pulling image \"%s\"", first(v, "image"));
}

static void pull_fails(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    const char *image = first(v, "image");
    if (strcmp(waiting_reason(v), "ImagePullBackOff") != 0) {
        sim_event_tell(c, "kubelet", v, true, "Failed", "Failed to pull image \"%s\": not found",
                       image);
        sim_event_tell(c, "kubelet", v, true, "Failed", "Error: ErrImagePull");
    }
    sim_event_tell(c, "kubelet", v, true, "BackOff", "Back-off pulling image \"%s\"", image);
    report(c, o, v, PULL_FAILED);
}

static void start(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    const char *name = first(v, "name");
    sim_event_tell(c, "kubelet", v, false, "Pulled", "Successfully pulled image \"%s\"",
                   first(v, "image"));
    sim_event_tell(c, "kubelet", v, false, "Created", "Created container: %s", name);
    sim_event_tell(c, "kubelet", v, false, "Started", "Started container %s", name);
    report(c, o, v, RUNNING);
}

static void get_ready(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    report(c, o, v, READY);
}

void sim_pod_running(struct sim_cluster *c, struct sim_object *o)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, o);
    const sim_object_vec *nodes = &c->objects[sim_kind_at(sim_kind_named("Node"))];
    if (nodes->len && !*node_of(v)) {
        o = sim_act_patch(c, NULL, o, "{\"spec\":{\"nodeName\":\"%s\"}}",
                          nodes->items[sim_random(c) % nodes->len]->name);
        v = o ? sim_object_read(&p, o) : NULL;
    }
    if (o && !sim_pod_ready(v))
        report(c, o, v, READY);
    val_pool_clear(&p);
}

static void crash(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    report(c, o, v, CRASHED);
    sim_event_tell(c, "kubelet", v, true, "BackOff",
                   "Back-off restarting failed container %s in pod %s", first(v, "name"), o->name);
}

static void succeed(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    report(c, o, v, SUCCEEDED);
}

static void fail(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    report(c, o, v, FAILED);
}

static void end_pod(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    sim_event_tell(c, "kubelet", v, false, "Killing", "Stopping container %s", first(v, "name"));
    sim_act_patch(c, NULL, o, "{\"metadata\":{\"deletionGracePeriodSeconds\":0}}");
}

/* ---- nodes ---- */

static bool beats(const struct sim_cluster *c, const struct val *v)
{
    const struct val *meta = val_get(v, "metadata");
    return !c->sim->quiet && val_str_is(val_get(meta, "namespace"), "kube-node-lease") &&
           !sim_node_dead(c, val_str(val_get(meta, "name"), ""));
}

static void renew(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    char now[CLOCK_RFC3339_LEN];
    sim_now_text(c, now);
    now[strlen(now) - 1] = '\0'; /* a MicroTime */
    sim_act_patch(c, &sim_as_kubelet, o, "{\"spec\":{\"renewTime\":\"%s.%06uZ\"}}", now,
                  (unsigned)(sim_random(c) % 1000000));
}

void sim_node_changed(struct sim_cluster *c, struct sim_object *node, bool ready)
{
    static const char unreachable[] =
        "[{\"key\":\"node.kubernetes.io/unreachable\",\"effect\":\"NoSchedule\"},{\"key\":"
        "\"node.kubernetes.io/unreachable\",\"effect\":\"NoExecute\"}]";
    const sim_object_vec *pods = &c->objects[sim_kind_at(sim_kind_named("Pod"))];
    sim_object_vec here = {0};
    struct val_pool p;
    val_pool_init(&p);
    char name[260];
    snprintf(name, sizeof(name), "%s", node->name);
    sim_event_tell(c, ready ? "kubelet" : "node-controller", sim_object_read(&p, node), false,
                   ready ? "NodeReady" : "NodeNotReady", "Node %s status is now: %s", name,
                   ready ? "NodeReady" : "NodeNotReady");
    sim_act_patch(c, &sim_as_controller, node, "{\"spec\":{\"taints\":%s}}",
                  ready ? "null" : unreachable);
    for (size_t i = 0; i < pods->len; i++)
        if (strcmp(node_of(sim_object_read(&p, pods->items[i])), name) == 0)
            vec_push(&here, sim_object_ref(pods->items[i]));
    for (size_t i = 0; i < here.len; i++) {
        const struct val *v = sim_object_read(&p, here.items[i]);
        const struct val *list = val_at(v, "status", "conditions", NULL);
        struct buf b;
        if (ready) { /* its kubelet tells again */
            sim_look_at(c, here.items[i]);
            if (val_str_is(val_at(v, "status", "phase", NULL), "Running") && !sim_is_going(v) &&
                !*waiting_reason(v))
                report(c, here.items[i], v, READY);
            continue;
        }
        if (!sim_pod_ready(v))
            continue;
        buf_init(&b, BUF_LARGE);
        for (size_t k = 0; k < val_count(list); k++) {
            const struct val *one = val_item(list, k);
            if (k)
                buf_putc(&b, ',');
            if (val_str_is(val_get(one, "type"), "Ready"))
                sim_condition_write(&b, c, v, "Ready", false, NULL, NULL);
            else
                json_write(&b, one, JSON_COMPACT);
        }
        sim_act_patch(c, &sim_as_controller_status, here.items[i],
                      "{\"status\":{\"conditions\":[%s]}}", buf_str(&b));
        buf_clear(&b);
        sim_event_tell(c, "node-controller", v, true, "NodeNotReady", "Node is not ready");
    }
    sim_object_vec_clear(&here);
    val_pool_clear(&p);
}

/* ---- storage, balancers ---- */

static void bind_claim(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    const char *class_ = val_str(val_at(v, "spec", "storageClassName", NULL), "standard");
    const char *size = val_str(val_at(v, "spec", "resources", "requests", "storage", NULL), "1Gi");
    const struct val *modes = val_at(v, "spec", "accessModes", NULL);
    struct buf b, m;
    char name[80];
    buf_init(&b, BUF_SMALL);
    buf_init(&m, BUF_SMALL);
    snprintf(name, sizeof(name), "pvc-%.60s", sim_uid(v));
    if (val_count(modes))
        json_write(&m, modes, JSON_COMPACT);
    else
        buf_puts(&m, "[\"ReadWriteOnce\"]");
    buf_printf(&b,
               "{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolume\",\"metadata\":{\"name\":\"%s\","
               "\"annotations\":{\"pv.kubernetes.io/provisioned-by\":\"sim.leeway.dev\"},"
               "\"finalizers\":[\"kubernetes.io/pv-protection\"]},\"spec\":{\"accessModes\":%s,"
               "\"capacity\":{\"storage\":",
               name, buf_str(&m));
    sim_json_text(&b, size);
    buf_printf(&b,
               "},\"claimRef\":{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolumeClaim\","
               "\"name\":\"%s\",\"namespace\":\"%s\",\"uid\":\"%s\"},"
               "\"persistentVolumeReclaimPolicy\":\"Delete\",\"volumeMode\":\"Filesystem\","
               "\"storageClassName\":",
               o->name, o->ns, sim_uid(v));
    sim_json_text(&b, class_);
    buf_puts(&b, "},\"status\":{\"phase\":\"Bound\"}}");
    sim_act_text(c, &sim_as_controller, "PersistentVolume", &b);
    buf_reset(&b);
    sim_json_text(&b, size);
    sim_event_tell(c, "persistentvolume-controller", v, false, "ProvisioningSucceeded",
                   "Successfully provisioned volume %s", name);
    o = sim_act_patch(c, &sim_as_controller, o,
                      "{\"metadata\":{\"annotations\":{\"pv.kubernetes.io/bind-completed\":\"yes\","
                      "\"pv.kubernetes.io/bound-by-controller\":\"yes\"}},\"spec\":{"
                      "\"volumeName\":\"%s\"}}",
                      name);
    if (o)
        sim_act_patch(c, &sim_as_controller_status, o,
                      "{\"status\":{\"phase\":\"Bound\",\"accessModes\":%s,\"capacity\":{"
                      "\"storage\":%s}}}",
                      buf_str(&m), buf_str(&b));
    buf_clear(&b);
    buf_clear(&m);
}

static void address(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    bool named = c->is.distribution && strcmp(c->is.distribution, "eks") == 0;
    unsigned n = (unsigned)(sim_random(c) % 250) + 2;
    bool service = strcmp(o->kind->kind, "Service") == 0;
    char where[120];
    if (named)
        snprintf(where, sizeof(where), "\"hostname\":\"a%08x.elb.%s.example\"",
                 (unsigned)sim_random(c), c->is.region);
    else
        snprintf(where, sizeof(where), "\"ip\":\"203.0.113.%u\"", n);
    if (service)
        sim_event_tell(c, "service-controller", v, false, "EnsuredLoadBalancer",
                       "Ensured load balancer");
    sim_act_patch(c, &sim_as_cloud_status, o,
                  "{\"status\":{\"loadBalancer\":{\"ingress\":[{%s%s}]}}}", where,
                  service && !named ? ",\"ipMode\":\"VIP\"" : "");
}

/* ---- the table ---- */

#define STAYS "metadata.deletionTimestamp! "

static const struct sim_stage stages[] = {
    {"bind", "Pod", STAYS "spec.nodeName! status.phase=Pending", NULL, 40, 80, 1, bind},
    {"accept", "Pod", STAYS "spec.nodeName? status.startTime! status.phase=Pending", alive, 100,
     300, 1, accept_pod},
    {"start", "Pod", STAYS "status.startTime? status.phase=Pending", pulls, 500, 1200, 1, start},
    {"pull-fails", "Pod", STAYS "status.startTime? status.phase=Pending", pulls_in_vain, 900, 600,
     1, pull_fails},
    {"ready", "Pod", STAYS "status.phase=Running", gets_ready, 200, 900, 1, get_ready},
    {"crash", "Pod", STAYS "status.phase=Running spec.restartPolicy!=Never", crashes, 1500, 1500, 1,
     crash},
    {"restart", "Pod", STAYS "status.phase=Running", crashed, 8000, 4000, 1, start},
    {"succeed", "Pod", STAYS "status.phase=Running spec.restartPolicy? spec.restartPolicy!=Always",
     well, 3000, 4000, 1, succeed},
    {"fail", "Pod", STAYS "status.phase=Running spec.restartPolicy=Never", dies_with_image, 2000,
     1000, 1, fail},
    {"end", "Pod", "metadata.deletionTimestamp? spec.nodeName?", alive, 600, 900, 1, end_pod},
    {"renew", "Lease", STAYS "spec.holderIdentity?", beats, 9600, 800, 1, renew},
    {"claim", "PersistentVolumeClaim", STAYS "status.phase=Pending spec.volumeName!", NULL, 500,
     900, 1, bind_claim},
    {"balancer", "Service", STAYS "spec.type=LoadBalancer status.loadBalancer.ingress!", NULL, 2000,
     2000, 1, address},
    {"ingress", "Ingress", STAYS "status.loadBalancer.ingress!", NULL, 2000, 2000, 1, address},
};

/* ---- which of them ---- */

bool sim_stage_kind(const struct sim_kind *k)
{
    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        if (strcmp(stages[i].kind, sim_kind_word(k)) == 0)
            return true;
    return false;
}

static const struct val *at_path(const struct val *v, const char *path, size_t len)
{
    for (const char *end = path + len; v && path < end;) {
        size_t n = strcspn(path, ".");
        n = path + n > end ? (size_t)(end - path) : n;
        v = val_get_n(v, path, n);
        path += n + 1;
    }
    return v;
}

static bool fits(const char *selector, const struct val *v)
{
    for (const char *s = selector; *s; s += strspn(s, " ")) {
        size_t n = strcspn(s, " "), path = strcspn(s, "=!? ");
        const struct val *have = at_path(v, s, path);
        const char *op = s + path, *value = op + (*op == '!' && op[1] == '=' ? 2 : 1);
        size_t len = n - (size_t)(value - s);
        bool equal = val_is(have, VAL_STRING) && *op != '?' && have->len == len &&
                     memcmp(have->as.s, value, len) == 0;
        bool ok = *op == '?'                   ? have != NULL
                  : *op == '='                 ? equal
                  : *op == '!' && op[1] == '=' ? !equal
                                               : have == NULL;
        if (!ok)
            return false;
        s += n;
    }
    return true;
}

static bool applies(const struct sim_cluster *c, const struct sim_stage *s, const struct val *v)
{
    return fits(s->selector, v) && (!s->when || s->when(c, v));
}

const struct sim_stage *sim_stage_for(struct sim_cluster *c, const struct sim_object *o,
                                      const struct val *v)
{
    const struct sim_stage *found[ARRAY_LEN(stages)];
    int sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
        if (strcmp(stages[i].kind, sim_kind_word(o->kind)) != 0 || !applies(c, &stages[i], v))
            continue;
        found[n++] = &stages[i];
        sum += stages[i].weight;
    }
    if (!n)
        return NULL;
    int pick = n > 1 ? (int)(sim_random(c) % (unsigned)sum) : 0;
    size_t i = 0;
    while (i + 1 < n && pick >= found[i]->weight)
        pick -= found[i++]->weight;
    return found[i];
}

int64_t sim_stage_delay_ms(struct sim_cluster *c, const struct sim_stage *s)
{
    return s->delay_ms + (s->jitter_ms ? (int64_t)(sim_random(c) % (unsigned)s->jitter_ms) : 0);
}

void sim_stage_run(struct sim_cluster *c, const struct sim_stage *s, struct sim_object *o,
                   struct val_pool *p, const struct val *v)
{
    (void)p;
    if (applies(c, s, v))
        s->run(c, o, v);
}
