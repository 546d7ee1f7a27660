// SPDX-License-Identifier: Apache-2.0
/*
 * StatefulSets in order and with their claims, DaemonSets with a pod a node, and
 * PodDisruptionBudgets, as kube-controller-manager keeps them.
 */
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_revision(const struct val *pod, const char *revision)
{
    const struct val *labels = val_at(pod, "metadata", "labels", NULL);
    return val_str_is(val_get(labels, "controller-revision-hash"), revision);
}

/* ---- StatefulSets ---- */

static void make_claims(struct sim_cluster *c, const struct sim_object *o, const struct val *v,
                        const char *pod)
{
    const struct val *list = val_at(v, "spec", "volumeClaimTemplates", NULL);
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *one = val_item(list, i);
        char name[300];
        struct buf b;
        snprintf(name, sizeof(name), "%.40s-%.240s",
                 val_str(val_at(one, "metadata", "name", NULL), "data"), pod);
        if (sim_store_get(c, sim_kind_named("PersistentVolumeClaim"), o->ns, name))
            continue;
        buf_init(&b, BUF_LARGE);
        buf_puts(&b, "{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolumeClaim\",\"metadata\":{"
                     "\"name\":");
        sim_json_text(&b, name);
        buf_puts(&b, ",\"namespace\":");
        sim_json_text(&b, o->ns);
        buf_puts(&b, ",\"labels\":");
        const struct val *labels = val_at(v, "spec", "selector", "matchLabels", NULL);
        if (val_is(labels, VAL_MAP))
            json_write(&b, labels, JSON_COMPACT);
        else
            buf_puts(&b, "{}");
        buf_puts(&b, "},\"spec\":");
        const struct val *spec = val_get(one, "spec");
        if (val_is(spec, VAL_MAP))
            json_write(&b, spec, JSON_COMPACT);
        else
            buf_puts(&b, "{}");
        buf_puts(&b, ",\"status\":{\"phase\":\"Pending\"}}");
        sim_act_text(c, &sim_as_controller, "PersistentVolumeClaim", &b);
        buf_clear(&b);
        sim_event_tell(c, "statefulset-controller", v, false, "SuccessfulCreate",
                       "create Claim %s Pod %s in StatefulSet %s success", name, pod, o->name);
    }
}

static void make_ordinal(struct sim_cluster *c, const struct sim_object *o, const struct val *v,
                         const char *revision, int64_t n)
{
    char name[300], index[24];
    snprintf(name, sizeof(name), "%.240s-%" PRId64, o->name, n);
    snprintf(index, sizeof(index), "%" PRId64, n);
    make_claims(c, o, v, name);
    const struct sim_pod_plan plan = {
        .owner = v,
        .template_ = val_at(v, "spec", "template", NULL),
        .owner_api = "apps/v1",
        .owner_kind = "StatefulSet",
        .name = name,
        .labels = {"controller-revision-hash", revision, "statefulset.kubernetes.io/pod-name", name,
                   NULL},
    };
    if (sim_pod_make(c, &plan))
        sim_event_tell(c, "statefulset-controller", v, false, "SuccessfulCreate",
                       "create Pod %s in StatefulSet %s successful", name, o->name);
}

static const struct sim_owned *ordinal(const sim_owned_vec *pods, const struct sim_object *o,
                                       int64_t n)
{
    char name[300];
    snprintf(name, sizeof(name), "%.240s-%" PRId64, o->name, n);
    for (size_t i = 0; i < pods->len; i++)
        if (strcmp(pods->items[i].o->name, name) == 0)
            return &pods->items[i];
    return NULL;
}

static void drop(struct sim_cluster *c, const struct val *set, const char *component,
                 const char *kind, const struct sim_owned *pod)
{
    const char *owner = val_str(val_at(set, "metadata", "name", NULL), "");
    if (sim_is_going(pod->v))
        return;
    if (strcmp(kind, "StatefulSet") == 0)
        sim_event_tell(c, component, set, false, "SuccessfulDelete",
                       "delete Pod %s in StatefulSet %s successful", pod->o->name, owner);
    else
        sim_event_tell(c, component, set, false, "SuccessfulDelete", "Deleted pod: %s",
                       pod->o->name);
    sim_act_delete(c, pod->o);
}

void sim_control_stateful_set(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                              const struct val *v)
{
    sim_owned_vec pods;
    const struct val *spec = val_get(v, "spec");
    int64_t want = sim_count_of(val_get(spec, "replicas"), 1), ready = 0, fresh = 0;
    bool parallel = val_str_is(val_get(spec, "podManagementPolicy"), "Parallel"), waits = false;
    char letters[12], revision[280];
    sim_letters(sim_hash_of(val_get(spec, "template")), 10, letters);
    snprintf(revision, sizeof(revision), "%.240s-%s", o->name, letters);
    sim_owned_find(c, "Pod", o->ns, sim_uid(v), p, &pods);
    for (size_t i = 0; i < pods.len; i++) {
        ready += sim_pod_ready(pods.items[i].v);
        fresh += has_revision(pods.items[i].v, revision);
    }
    for (int64_t n = 0; n < want && !waits; n++) {
        const struct sim_owned *pod = ordinal(&pods, o, n);
        if (!pod)
            make_ordinal(c, o, v, revision, n);
        waits = !parallel && c->filled && (!pod || !sim_pod_ready(pod->v) || sim_is_going(pod->v));
    }
    for (size_t i = pods.len; i > 0 && !waits; i--) { /* the last of them, one by one */
        int64_t most = want;
        const struct sim_owned *last = NULL;
        for (size_t k = 0; k < pods.len; k++) {
            const char *dash = strrchr(pods.items[k].o->name, '-');
            int64_t n = dash ? atoll(dash + 1) : 0;
            if (n >= most && !sim_is_going(pods.items[k].v)) {
                most = n;
                last = &pods.items[k];
            }
        }
        waits = waits || last;
        if (last)
            drop(c, v, "statefulset-controller", "StatefulSet", last);
    }
    bool by_hand = val_str_is(val_at(spec, "updateStrategy", "type", NULL), "OnDelete");
    int64_t partition =
        val_int(val_at(spec, "updateStrategy", "rollingUpdate", "partition", NULL), 0);
    for (int64_t n = want - 1; n >= partition && !waits && !by_hand; n--) {
        const struct sim_owned *pod = ordinal(&pods, o, n);
        waits = !pod || sim_is_going(pod->v) || !sim_pod_ready(pod->v);
        if (pod && !has_revision(pod->v, revision)) {
            drop(c, v, "statefulset-controller", "StatefulSet", pod);
            waits = true;
        }
    }
    const char *current = val_str(val_at(v, "status", "currentRevision", NULL), revision);
    if (fresh == want && ready == want)
        current = revision;
    sim_act_patch(c, &sim_as_controller_status, sim_store_get(c, o->kind, o->ns, o->name),
                  "{\"status\":{\"observedGeneration\":%" PRId64 ",\"replicas\":%zu,"
                  "\"readyReplicas\":%" PRId64 ",\"availableReplicas\":%" PRId64
                  ",\"currentReplicas\":%" PRId64 ",\"updatedReplicas\":%" PRId64
                  ",\"currentRevision\":\"%s\",\"updateRevision\":\"%s\",\"collisionCount\":0}}",
                  val_int(val_at(v, "metadata", "generation", NULL), 1), pods.len, ready, ready,
                  strcmp(current, revision) == 0 ? fresh : (int64_t)pods.len - fresh, fresh,
                  current, revision);
    sim_owned_clear(&pods);
}

/* ---- DaemonSets ---- */

static bool node_fits(const struct val *template_, const struct val *node)
{
    const struct val *want = val_at(template_, "spec", "nodeSelector", NULL);
    const struct val *labels = val_at(node, "metadata", "labels", NULL);
    for (size_t i = 0; val_is(want, VAL_MAP) && i < want->len; i++) {
        const struct val *have = val_get_key(labels, want->as.entries[i].key);
        if (!have || !val_equal(have, &want->as.entries[i].value))
            return false;
    }
    return true;
}

void sim_control_daemon_set(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                            const struct val *v)
{
    const sim_object_vec *nodes = &c->objects[sim_kind_at(sim_kind_named("Node"))];
    const struct val *template_ = val_at(v, "spec", "template", NULL);
    int64_t want = 0, have = 0, ready = 0, fresh = 0, sick = 0;
    char letters[12], name[300], end[8];
    sim_owned_vec pods;
    const struct sim_owned *stale = NULL;
    sim_letters(sim_hash_of(template_), 10, letters);
    sim_owned_find(c, "Pod", o->ns, sim_uid(v), p, &pods);
    for (size_t i = 0; i < nodes->len; i++) {
        if (!node_fits(template_, sim_object_read(p, nodes->items[i])))
            continue;
        const struct sim_owned *here = NULL;
        want++;
        for (size_t k = 0; k < pods.len; k++)
            if (val_str_is(val_at(pods.items[k].v, "spec", "nodeName", NULL),
                           nodes->items[i]->name))
                here = &pods.items[k];
        if (!here) {
            sim_letters(sim_random(c), 5, end);
            snprintf(name, sizeof(name), "%.240s-%s", o->name, end);
            const struct sim_pod_plan plan = {
                .owner = v,
                .template_ = template_,
                .owner_api = "apps/v1",
                .owner_kind = "DaemonSet",
                .name = name,
                .node = nodes->items[i]->name,
                .labels = {"controller-revision-hash", letters, "pod-template-generation", "1",
                           NULL},
            };
            if (sim_pod_make(c, &plan))
                sim_event_tell(c, "daemonset-controller", v, false, "SuccessfulCreate",
                               "Created pod: %s", name);
            sick++;
            continue;
        }
        bool well = sim_pod_ready(here->v) && !sim_is_going(here->v);
        have++;
        ready += well;
        sick += !well;
        fresh += has_revision(here->v, letters);
        if (!has_revision(here->v, letters))
            stale = here;
    }
    if (stale && (!sick || !sim_pod_ready(stale->v)))
        drop(c, v, "daemonset-controller", "DaemonSet", stale);
    sim_act_patch(c, &sim_as_controller_status, sim_store_get(c, o->kind, o->ns, o->name),
                  "{\"status\":{\"observedGeneration\":%" PRId64
                  ",\"currentNumberScheduled\":%" PRId64 ",\"desiredNumberScheduled\":%" PRId64
                  ",\"numberMisscheduled\":0,\"numberReady\":%" PRId64
                  ",\"updatedNumberScheduled\":%" PRId64 ",\"numberAvailable\":%" PRId64
                  ",\"numberUnavailable\":%" PRId64 "}}",
                  val_int(val_at(v, "metadata", "generation", NULL), 1), have, want, ready, fresh,
                  ready, want - ready);
    sim_owned_clear(&pods);
}

/* ---- PodDisruptionBudgets ---- */

static int64_t share(const struct val *v, int64_t n)
{
    if (val_is(v, VAL_STRING))
        return (n * atoi(v->as.s) + 99) / 100;
    return sim_count_of(v, 0);
}

void sim_control_budget(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                        const struct val *v)
{
    const sim_object_vec *pods = &c->objects[sim_kind_at(sim_kind_named("Pod"))];
    const struct val *want = val_at(v, "spec", "selector", "matchLabels", NULL);
    int64_t all = 0, well = 0;
    for (size_t i = 0; i < pods->len && val_count(want); i++) {
        if (strcmp(pods->items[i]->ns, o->ns) != 0)
            continue;
        const struct val *pod = sim_object_read(p, pods->items[i]);
        const struct val *labels = val_at(pod, "metadata", "labels", NULL);
        bool fits = true;
        for (size_t k = 0; k < want->len && fits; k++) {
            const struct val *have = val_get_key(labels, want->as.entries[k].key);
            fits = have && val_equal(have, &want->as.entries[k].value);
        }
        all += fits;
        well += fits && sim_pod_ready(pod);
    }
    const struct val *most = val_at(v, "spec", "maxUnavailable", NULL);
    int64_t needed =
        most ? all - share(most, all) : share(val_at(v, "spec", "minAvailable", NULL), all);
    int64_t allowed = well > needed ? well - needed : 0;
    struct buf b;
    buf_init(&b, BUF_SMALL);
    sim_condition_write(&b, c, v, "DisruptionAllowed", allowed > 0,
                        allowed > 0 ? "SufficientPods" : "InsufficientPods", "");
    sim_act_patch(c, &sim_as_controller_status, o,
                  "{\"status\":{\"observedGeneration\":%" PRId64 ",\"expectedPods\":%" PRId64
                  ",\"currentHealthy\":%" PRId64 ",\"desiredHealthy\":%" PRId64
                  ",\"disruptionsAllowed\":%" PRId64 ",\"conditions\":[%s]}}",
                  val_int(val_at(v, "metadata", "generation", NULL), 1), all, well,
                  needed > 0 ? needed : 0, allowed, buf_str(&b));
    buf_clear(&b);
}
