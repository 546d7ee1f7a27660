// SPDX-License-Identifier: Apache-2.0
/*
 * One pod of a log: it is read, so that its containers are known and what became of them. Of a pod
 * that was asked for by itself one container is read, of one among several all but the init
 * containers. Read again whenever a stream ended by itself: the container ended, began anew, or the
 * server only closed the stream.
 */
#include "engine/look/log_int.h"

#include "base/buf.h"

#include <string.h>

static void set_state(struct log_pod *p, enum leeway_log_state state, const char *reason)
{
    p->state = state;
    mem_free(p->reason);
    p->reason = *reason ? mem_strdup(reason) : NULL;
    log_changed(p->log);
}

static void on_timer(void *ctx)
{
    struct log_pod *p = ctx;
    p->timer = NULL;
    log_pod_begin(p);
}

static void begin_later(struct log_pod *p)
{
    if (!p->timer)
        p->timer = log_again(p->log, &p->delay_ms, on_timer, p);
}

/* ---- its containers ---- */

static void forget_containers(struct log_pod *p)
{
    for (size_t i = 0; i < p->containers.len; i++)
        mem_free(p->containers.items[i]);
    p->containers.len = 0;
}

static void add_containers(struct log_pod *p, const struct val *pod, const char *list)
{
    const struct val *all = val_at(pod, "spec", list, NULL);
    for (size_t i = 0; val_is(all, VAL_LIST) && i < val_count(all); i++) {
        const char *name = val_str(val_get(val_item(all, i), "name"), "");
        if (*name && p->containers.len < LOG_CONTAINERS_MAX)
            vec_push(&p->containers, mem_strdup(name));
    }
}

static size_t running_sources(const struct pod_log *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->sources.len; i++)
        n += l->sources.items[i]->call || l->sources.items[i]->timer;
    return n;
}

static void add_source(struct log_pod *p, const char *container)
{
    for (size_t i = 0; i < p->sources.len; i++)
        if (strcmp(p->sources.items[i]->container, container) == 0)
            return;
    if (running_sources(p->log) >= LOG_SOURCES_MAX) {
        p->not_read = true;
        return;
    }
    log_source_begin(log_source_new(p, container));
}

static void add_sources(struct log_pod *p, const struct val *pod)
{
    struct pod_log *l = p->log;
    forget_containers(p);
    add_containers(p, pod, "containers");
    size_t usual = p->containers.len;
    add_containers(p, pod, "initContainers");
    add_containers(p, pod, "ephemeralContainers");
    p->not_read = false;
    if (l->several) {
        for (size_t i = 0; i < usual; i++)
            add_source(p, p->containers.items[i]);
        return;
    }
    const char *chosen = val_str(
        val_at(pod, "metadata", "annotations", "kubectl.kubernetes.io/default-container", NULL),
        "");
    for (size_t i = 0; !l->container && i < p->containers.len; i++)
        if (strcmp(p->containers.items[i], chosen) == 0)
            l->container = mem_strdup(chosen);
    if (!l->container && p->containers.len)
        l->container = mem_strdup(p->containers.items[0]);
    if (l->container)
        add_source(p, l->container);
}

/* ---- what became of them ---- */

static const struct val *status_of(const struct val *pod, const char *container)
{
    static const char *const lists[] = {"containerStatuses", "initContainerStatuses",
                                        "ephemeralContainerStatuses"};
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        const struct val *all = val_at(pod, "status", lists[l], NULL);
        for (size_t i = 0; val_is(all, VAL_LIST) && i < val_count(all); i++)
            if (val_str_is(val_get(val_item(all, i), "name"), container))
                return val_item(all, i);
    }
    return NULL;
}

static void say_exit(struct log_source *s, const struct val *ended)
{
    const char *reason = val_str(val_get(ended, "reason"), "");
    bool plain = !*reason || !strcmp(reason, "Error") || !strcmp(reason, "Completed");
    if (!ended || s->said_exit || !s->last_ns)
        return;
    s->said_exit = true;
    log_say(s->pod->log, s, "container exited with %lld%s%s",
            (long long)val_int(val_get(ended, "exitCode"), 0), plain ? "" : ", ",
            plain ? "" : reason);
}

/* A stream that ended by itself goes on with what runs now, or does not. */
static void look_at(struct log_source *s, const struct val *pod)
{
    const struct val *status = status_of(pod, s->container);
    int64_t restarts = val_int(val_get(status, "restartCount"), 0), before = s->restarts;
    const struct val *state = val_get(status, "state");
    const struct val *ended = val_get(state, "terminated"), *waits = val_get(state, "waiting");
    s->restarts = restarts;
    if (s->call || s->state == LEEWAY_LOG_OPENING || !status)
        return;
    if (ended) {
        say_exit(s, ended);
        const char *policy = val_str(val_at(pod, "spec", "restartPolicy", NULL), "Always");
        if (strcmp(policy, "Always") == 0)
            begin_later(s->pod); /* it will begin anew */
        return;
    }
    if (waits) {
        say_exit(s, val_at(status, "lastState", "terminated", NULL));
        log_source_set(s, LEEWAY_LOG_FAILED, val_str(val_get(waits, "reason"), "it waits"));
        begin_later(s->pod);
        return;
    }
    if (before >= 0 && restarts > before) {
        say_exit(s, val_at(status, "lastState", "terminated", NULL));
        log_say(s->pod->log, s, "container began anew, restart %lld", (long long)restarts);
        s->said_exit = false;
    }
    s->again = true;
    log_source_begin(s);
}

static void is_gone(struct log_pod *p)
{
    if (p->gone)
        return;
    p->gone = true;
    set_state(p, LEEWAY_LOG_ENDED, "");
    for (size_t i = 0; i < p->sources.len; i++) {
        struct log_source *s = p->sources.items[i];
        log_source_stop(s);
        log_source_set(s, LEEWAY_LOG_ENDED, "the pod is gone");
    }
    if (p->sources.len)
        log_say(p->log, p->sources.items[0], "the pod is gone");
}

static void on_pod(void *ctx, const struct val *pod, const struct kube_reply *reply)
{
    struct log_pod *p = ctx;
    p->call = NULL;
    if (!pod) {
        const struct kube_error *e = reply->error;
        if (e->code == ERR_NOT_FOUND && p->sources.len) {
            is_gone(p);
            return;
        }
        set_state(p, LEEWAY_LOG_FAILED, e->text ? e->text : "no answer");
        if (!e->http_status || e->fate == KUBE_FATE_TRANSIENT)
            begin_later(p);
        return;
    }
    p->gone = false;
    set_state(p, LEEWAY_LOG_OPEN, "");
    size_t known = p->sources.len;
    add_sources(p, pod);
    if (!p->containers.len)
        set_state(p, LEEWAY_LOG_FAILED, "the pod has no containers");
    for (size_t i = 0; i < p->sources.len; i++) {
        if (i < known)
            look_at(p->sources.items[i], pod);
        else
            p->sources.items[i]->restarts =
                val_int(val_get(status_of(pod, p->sources.items[i]->container), "restartCount"), 0);
    }
}

void log_pod_begin(struct log_pod *p)
{
    struct pod_log *l = p->log;
    struct cluster *c = log_cluster(l, p->cluster);
    loop_cancel_timer(l->logs->engine->loop, p->timer);
    p->timer = NULL;
    if (p->call)
        return;
    if (!c) {
        set_state(p, LEEWAY_LOG_FAILED, log_why_not(l, p->cluster));
        begin_later(p);
        return;
    }
    const struct kube_target t = {
        .group = "", .version = "v1", .plural = "pods", .ns = p->ns, .name = p->name};
    const struct kube_write_common common = {.priority = KUBE_PRIORITY_HIGH};
    p->call = kube_read(c->kube, &t, &common, on_pod, p);
}

/* ---- life ---- */

struct log_pod *log_pod_put(struct pod_log *l, const char *cluster, const char *ns,
                            const char *name)
{
    char *key = mem_printf("%s/%s/%s", cluster, ns, name);
    struct log_pod *p = strmap_get(&l->pods, key);
    if (!p) {
        p = mem_new(struct log_pod);
        *p = (struct log_pod){.log = l,
                              .cluster = mem_strdup(cluster),
                              .ns = mem_strdup(ns),
                              .name = mem_strdup(name),
                              .state = LEEWAY_LOG_OPENING};
        strmap_set(&l->pods, key, p);
        log_pod_begin(p);
    } else if (p->gone) { /* another one of that name */
        log_pod_begin(p);
    }
    mem_free(key);
    return p;
}

void log_pod_gone(struct pod_log *l, const char *cluster, const char *ns, const char *name)
{
    char *key = mem_printf("%s/%s/%s", cluster, ns, name);
    struct log_pod *p = strmap_get(&l->pods, key);
    mem_free(key);
    if (p)
        is_gone(p);
}

void log_pod_stop(struct log_pod *p, const char *why)
{
    kube_cancel(p->call);
    loop_cancel_timer(p->log->logs->engine->loop, p->timer);
    p->call = NULL;
    p->timer = NULL;
    set_state(p, LEEWAY_LOG_FAILED, why);
    for (size_t i = 0; i < p->sources.len; i++) {
        log_source_stop(p->sources.items[i]);
        log_source_set(p->sources.items[i], LEEWAY_LOG_FAILED, why);
    }
}

void log_pod_free(struct log_pod *p)
{
    kube_cancel(p->call);
    loop_cancel_timer(p->log->logs->engine->loop, p->timer);
    forget_containers(p);
    vec_clear(&p->containers);
    vec_clear(&p->sources);
    mem_free(p->reason);
    mem_free(p->cluster);
    mem_free(p->ns);
    mem_free(p->name);
    mem_free(p);
}
