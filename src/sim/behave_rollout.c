// SPDX-License-Identifier: Apache-2.0
/*
 * Deployments and ReplicaSets as kube-controller-manager brings them to their specs: a ReplicaSet
 * for each template, surge and unavailability within their bounds, conditions in the words that
 * kstatus and `kubectl rollout status` read.
 */
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- pods ---- */

struct sim_object *sim_pod_make(struct sim_cluster *c, const struct sim_pod_plan *plan)
{
    struct buf b;
    struct val_pool p;
    char made[CLOCK_RFC3339_LEN];
    val_pool_init(&p);
    buf_init(&b, BUF_LARGE);
    const struct val *meta = val_get(plan->template_, "metadata"),
                     *labels = val_get(meta, "labels");
    const struct val *spec = val_get(plan->template_, "spec"),
                     *notes = val_get(meta, "annotations");
    if (!val_is(labels, VAL_MAP))
        labels = val_map_of(&p, NULL, 0);
    for (size_t i = 0; plan->labels[i]; i += 2) {
        struct val v = val_of_str(&p, plan->labels[i + 1]);
        labels = val_map_with(&p, labels, plan->labels[i], &v);
    }
    if (!val_is(spec, VAL_MAP))
        spec = val_map_of(&p, NULL, 0);
    if (plan->node) {
        struct val node = val_of_str(&p, plan->node);
        spec = val_map_with(&p, spec, "nodeName", &node);
    }
    buf_puts(&b, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":");
    sim_json_text(&b, plan->name);
    buf_puts(&b, ",\"namespace\":");
    sim_json_text(&b, val_str(val_at(plan->owner, "metadata", "namespace", NULL), ""));
    sim_now_text(c, made);
    buf_printf(&b, ",\"creationTimestamp\":\"%s\",\"labels\":", made);
    json_write(&b, labels, JSON_COMPACT);
    if (val_count(notes)) {
        buf_puts(&b, ",\"annotations\":");
        json_write(&b, notes, JSON_COMPACT);
    }
    buf_putc(&b, ',');
    sim_owner_write(&b, plan->owner_api, plan->owner_kind, plan->owner);
    buf_puts(&b, "},\"spec\":");
    json_write(&b, spec, JSON_COMPACT);
    buf_puts(&b, ",\"status\":{\"phase\":\"Pending\",\"qosClass\":\"BestEffort\"}}");
    struct sim_object *o = sim_act_text(c, &sim_as_controller, "Pod", &b);
    buf_clear(&b);
    val_pool_clear(&p);
    return o;
}

/* ---- ReplicaSets ---- */

static bool ended(const struct val *pod)
{
    const char *phase = val_str(val_at(pod, "status", "phase", NULL), "");
    return strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
}

static void make_pods(struct sim_cluster *c, struct sim_object *o, const struct val *v, int64_t n)
{
    char name[300], end[8];
    for (int64_t i = 0; i < n; i++) {
        sim_letters(sim_random(c), 5, end);
        snprintf(name, sizeof(name), "%.240s-%s", o->name, end);
        const struct sim_pod_plan plan = {.owner = v,
                                          .template_ = val_at(v, "spec", "template", NULL),
                                          .owner_api = "apps/v1",
                                          .owner_kind = "ReplicaSet",
                                          .name = name};
        if (sim_pod_make(c, &plan))
            sim_event_tell(c, "replicaset-controller", v, false, "SuccessfulCreate",
                           "Created pod: %s", name);
    }
}

/* The ones that are not ready go first, then the youngest. */
static void drop_pods(struct sim_cluster *c, const struct val *set, const sim_owned_vec *pods,
                      int64_t n)
{
    for (int ready = 0; ready < 2; ready++) {
        for (size_t i = pods->len; i > 0 && n > 0; i--) {
            const struct sim_owned *one = &pods->items[i - 1];
            if (sim_pod_ready(one->v) != (ready == 1) || sim_is_going(one->v) || ended(one->v))
                continue;
            char name[260];
            snprintf(name, sizeof(name), "%s", one->o->name);
            sim_act_delete(c, one->o);
            sim_event_tell(c, "replicaset-controller", set, false, "SuccessfulDelete",
                           "Deleted pod: %s", name);
            n--;
        }
    }
}

static void number_or_null(struct buf *b, const char *key, int64_t n)
{
    if (n)
        buf_printf(b, ",\"%s\":%" PRId64, key, n);
    else
        buf_printf(b, ",\"%s\":null", key);
}

void sim_control_replica_set(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                             const struct val *v)
{
    sim_owned_vec pods;
    int64_t want = sim_count_of(val_at(v, "spec", "replicas", NULL), 1), have = 0, ready = 0;
    sim_owned_find(c, "Pod", o->ns, sim_uid(v), p, &pods);
    for (size_t i = 0; i < pods.len; i++) {
        bool counts = !sim_is_going(pods.items[i].v) && !ended(pods.items[i].v);
        have += counts;
        ready += counts && sim_pod_ready(pods.items[i].v);
    }
    if (have < want)
        make_pods(c, o, v, want - have);
    else if (have > want)
        drop_pods(c, v, &pods, have - want);
    sim_owned_clear(&pods);
    struct buf b;
    buf_init(&b, BUF_SMALL);
    buf_printf(&b, "\"replicas\":%" PRId64 ",\"observedGeneration\":%" PRId64, have,
               val_int(val_at(v, "metadata", "generation", NULL), 1));
    number_or_null(&b, "fullyLabeledReplicas", have);
    number_or_null(&b, "readyReplicas", ready);
    number_or_null(&b, "availableReplicas", ready);
    sim_act_patch(c, &sim_as_controller_status, o, "{\"status\":{%s}}", buf_str(&b));
    buf_clear(&b);
}

/* ---- Deployments ---- */

struct rollout {
    struct sim_cluster *c;
    struct sim_object *o;
    struct val_pool *p;
    const struct val *v, *template_;
    char hash[12], name[280];
    int64_t desired, surge, unavailable;
    sim_owned_vec sets;
    const struct sim_owned *fresh; /* of sets; NULL: there is none yet */
    int64_t pods, fresh_pods, ready, fresh_ready, available;
};

/* "25%" or a number, of n. */
static int64_t part_of(const struct val *v, int64_t n, bool up)
{
    if (!val_is(v, VAL_STRING))
        return val_is(v, VAL_INT) ? sim_count_of(v, 0) : (n * 25 + (up ? 99 : 0)) / 100;
    return (n * atoi(v->as.s) + (up ? 99 : 0)) / 100;
}

static int64_t set_size(const struct sim_owned *s)
{
    return val_int(val_at(s->v, "spec", "replicas", NULL), 0);
}

static int64_t set_status(const struct sim_owned *s, const char *key)
{
    return val_int(val_at(s->v, "status", key, NULL), 0);
}

static void open_rollout(struct rollout *r)
{
    const struct val *s = val_at(r->v, "spec", "strategy", "rollingUpdate", NULL);
    r->template_ = val_at(r->v, "spec", "template", NULL);
    r->desired = sim_count_of(val_at(r->v, "spec", "replicas", NULL), 1);
    r->surge = part_of(val_get(s, "maxSurge"), r->desired, true);
    r->unavailable = part_of(val_get(s, "maxUnavailable"), r->desired, false);
    if (!r->surge && !r->unavailable)
        r->unavailable = 1;
    sim_letters(sim_hash_of(r->template_), 10, r->hash);
    snprintf(r->name, sizeof(r->name), "%.240s-%s", r->o->name, r->hash);
    sim_owned_find(r->c, "ReplicaSet", r->o->ns, sim_uid(r->v), r->p, &r->sets);
    for (size_t i = 0; i < r->sets.len; i++) {
        const struct sim_owned *one = &r->sets.items[i];
        bool fresh = strcmp(one->o->name, r->name) == 0;
        if (fresh)
            r->fresh = one;
        r->pods += set_status(one, "replicas");
        r->ready += set_status(one, "readyReplicas");
        r->fresh_pods += fresh ? set_status(one, "replicas") : 0;
        r->fresh_ready += fresh ? set_status(one, "availableReplicas") : 0;
    }
    r->available = r->ready;
}

static int64_t revision_of(const struct val *v)
{
    const struct val *notes = val_at(v, "metadata", "annotations", NULL);
    return atoll(val_str(val_get(notes, "deployment.kubernetes.io/revision"), "0"));
}

static void make_set(struct rollout *r, int64_t replicas)
{
    struct buf b;
    int64_t revision = 0;
    char made[CLOCK_RFC3339_LEN];
    for (size_t i = 0; i < r->sets.len; i++)
        if (revision_of(r->sets.items[i].v) > revision)
            revision = revision_of(r->sets.items[i].v);
    revision++;
    sim_now_text(r->c, made);
    const struct val *labels = val_at(r->template_, "metadata", "labels", NULL);
    struct val hash = val_of_str(r->p, r->hash);
    if (!val_is(labels, VAL_MAP))
        labels = val_map_of(r->p, NULL, 0);
    labels = val_map_with(r->p, labels, "pod-template-hash", &hash);
    const struct val *meta = val_get(r->template_, "metadata");
    if (!val_is(meta, VAL_MAP))
        meta = val_map_of(r->p, NULL, 0);
    meta = val_map_with(r->p, meta, "labels", labels);
    const struct val *selector = val_at(r->v, "spec", "selector", NULL);
    const struct val *match = val_get(selector, "matchLabels");
    if (!val_is(match, VAL_MAP))
        match = val_map_of(r->p, NULL, 0);
    if (!val_is(selector, VAL_MAP))
        selector = val_map_of(r->p, NULL, 0);
    selector = val_map_with(r->p, selector, "matchLabels",
                            val_map_with(r->p, match, "pod-template-hash", &hash));
    buf_init(&b, BUF_LARGE);
    buf_puts(&b, "{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"metadata\":{\"name\":");
    sim_json_text(&b, r->name);
    buf_puts(&b, ",\"namespace\":");
    sim_json_text(&b, r->o->ns);
    buf_printf(&b,
               ",\"creationTimestamp\":\"%s\",\"generation\":1,\"annotations\":{"
               "\"deployment.kubernetes.io/desired-replicas\":\"%" PRId64
               "\",\"deployment.kubernetes.io/max-replicas\":\"%" PRId64
               "\",\"deployment.kubernetes.io/revision\":\"%" PRId64 "\"},\"labels\":",
               made, r->desired, r->desired + r->surge, revision);
    json_write(&b, labels, JSON_COMPACT);
    buf_putc(&b, ',');
    sim_owner_write(&b, "apps/v1", "Deployment", r->v);
    buf_printf(&b, "},\"spec\":{\"replicas\":%" PRId64 ",\"selector\":", replicas);
    json_write(&b, selector, JSON_COMPACT);
    buf_puts(&b, ",\"template\":");
    json_write(&b, val_map_with(r->p, r->template_, "metadata", meta), JSON_COMPACT);
    buf_puts(&b, "},\"status\":{\"replicas\":0}}");
    if (sim_act_text(r->c, &sim_as_controller, "ReplicaSet", &b) && replicas)
        sim_event_tell(r->c, "deployment-controller", r->v, false, "ScalingReplicaSet",
                       "Scaled up replica set %s from 0 to %" PRId64, r->name, replicas);
    buf_clear(&b);
    struct sim_object *o = sim_store_get(r->c, r->o->kind, r->o->ns, r->o->name);
    if (o && revision_of(r->v) != revision)
        sim_act_patch(r->c, &sim_as_controller, o,
                      "{\"metadata\":{\"annotations\":{"
                      "\"deployment.kubernetes.io/revision\":\"%" PRId64 "\"}}}",
                      revision);
}

static void scale_set(struct rollout *r, const struct sim_owned *set, int64_t to)
{
    int64_t from = set_size(set);
    struct sim_object *o = sim_store_get(r->c, set->o->kind, set->o->ns, set->o->name);
    if (from == to || !o)
        return;
    char name[280];
    snprintf(name, sizeof(name), "%.270s", o->name);
    sim_act_patch(r->c, &sim_as_controller, o,
                  "{\"metadata\":{\"annotations\":{"
                  "\"deployment.kubernetes.io/desired-replicas\":\"%" PRId64
                  "\",\"deployment.kubernetes.io/max-replicas\":\"%" PRId64
                  "\"}},\"spec\":{\"replicas\":%" PRId64 "}}",
                  r->desired, r->desired + r->surge, to);
    sim_event_tell(r->c, "deployment-controller", r->v, false, "ScalingReplicaSet",
                   "Scaled %s replica set %s from %" PRId64 " to %" PRId64,
                   to > from ? "up" : "down", name, from, to);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t sizes(const struct rollout *r, bool fresh_too)
{
    int64_t n = 0;
    for (size_t i = 0; i < r->sets.len; i++)
        if (fresh_too || &r->sets.items[i] != r->fresh)
            n += set_size(&r->sets.items[i]);
    return n;
}

/* Old sets lose what is not ready first, then as many as may be missing. */
static void shrink_old(struct rollout *r)
{
    int64_t least_ready = r->desired - r->unavailable;
    int64_t fresh_not_ready = r->fresh ? set_size(r->fresh) - r->fresh_ready : 0;
    int64_t room = sizes(r, true) - least_ready - fresh_not_ready;
    int64_t spare = r->available - least_ready;
    for (size_t i = 0; i < r->sets.len && room > 0; i++) {
        struct sim_owned *one = &r->sets.items[i];
        if (one == r->fresh || !set_size(one))
            continue;
        int64_t sick = set_size(one) - set_status(one, "availableReplicas");
        int64_t n = least(sick > 0 ? sick : 0, room);
        int64_t more = least(set_size(one) - n, spare);
        n += more > 0 ? more : 0;
        spare -= more > 0 ? more : 0;
        room -= n;
        if (n > 0)
            scale_set(r, one, set_size(one) - n);
    }
}

static void step(struct rollout *r)
{
    const char *type = val_str(val_at(r->v, "spec", "strategy", "type", NULL), "RollingUpdate");
    int64_t old = sizes(r, false);
    if (strcmp(type, "Recreate") == 0 && !r->c->filled)
        old = 0;
    if (strcmp(type, "Recreate") == 0 && old) {
        for (size_t i = 0; i < r->sets.len; i++)
            if (&r->sets.items[i] != r->fresh)
                scale_set(r, &r->sets.items[i], 0);
        return;
    }
    if (strcmp(type, "Recreate") == 0 && r->pods > r->fresh_pods)
        return; /* the old ones are still ending */
    if (!r->fresh) {
        int64_t room = r->desired + r->surge - old;
        make_set(r, old ? least(r->desired, room > 0 ? room : 0) : r->desired);
        return;
    }
    if (set_size(r->fresh) > r->desired) {
        scale_set(r, r->fresh, r->desired);
    } else if (set_size(r->fresh) < r->desired) {
        int64_t room = r->desired + r->surge - sizes(r, true);
        if (!old)
            scale_set(r, r->fresh, r->desired);
        else if (room > 0)
            scale_set(r, r->fresh, least(r->desired, set_size(r->fresh) + room));
    }
    shrink_old(r);
}

/* ReplicaSets of templates long past go. */
static void clean(struct rollout *r)
{
    int64_t keep = sim_count_of(val_at(r->v, "spec", "revisionHistoryLimit", NULL), 10), n = 0;
    for (size_t i = 0; i < r->sets.len; i++)
        n += &r->sets.items[i] != r->fresh;
    for (; n > keep; n--) {
        const struct sim_owned *oldest = NULL;
        for (size_t i = 0; i < r->sets.len; i++) {
            const struct sim_owned *one = &r->sets.items[i];
            struct sim_object *o = sim_store_get(r->c, one->o->kind, one->o->ns, one->o->name);
            if (one == r->fresh || !o || set_size(one) || set_status(one, "replicas"))
                continue;
            if (!oldest || revision_of(one->v) < revision_of(oldest->v))
                oldest = one;
        }
        if (!oldest)
            return;
        sim_act_delete(r->c, sim_store_get(r->c, oldest->o->kind, oldest->o->ns, oldest->o->name));
    }
}

/* The condition Progressing, whose lastUpdateTime is when something last moved. */
static void progressing(struct rollout *r, struct buf *b, bool complete)
{
    const struct val *old = sim_condition(r->v, "Progressing");
    const struct val *status = val_get(r->v, "status");
    char now[CLOCK_RFC3339_LEN], message[400];
    int64_t limit = val_int(val_at(r->v, "spec", "progressDeadlineSeconds", NULL), 600), since;
    const char *updated = val_str(val_get(old, "lastUpdateTime"), "");
    bool moved = val_int(val_get(status, "updatedReplicas"), 0) != r->fresh_pods ||
                 val_int(val_get(status, "readyReplicas"), 0) != r->ready ||
                 val_int(val_get(status, "replicas"), 0) != r->pods || !*updated || !r->fresh;
    bool late = !complete && !moved &&
                !clock_parse_rfc3339(updated, strlen(updated), &since, NULL) &&
                (sim_wall_ms(r->c) - since) * r->c->sim->speed_percent / 100 > limit * 1000;
    late = late || (!complete && !moved && val_str_is(val_get(old, "status"), "False"));
    const char *reason = complete    ? "NewReplicaSetAvailable"
                         : late      ? "ProgressDeadlineExceeded"
                         : !r->fresh ? "NewReplicaSetCreated"
                                     : "ReplicaSetUpdated";
    if (!complete && !late)
        sim_again(r->c, r->o, limit * 1000 + 1000);
    snprintf(message, sizeof(message),
             complete    ? "ReplicaSet \"%s\" has successfully progressed."
             : late      ? "ReplicaSet \"%s\" has timed out progressing."
             : !r->fresh ? "Created new replica set \"%s\""
                         : "ReplicaSet \"%s\" is progressing.",
             r->name);
    sim_now_text(r->c, now);
    bool fresh = moved || !val_str_is(val_get(old, "reason"), reason);
    bool same = val_str_is(val_get(old, "status"), late ? "False" : "True");
    buf_printf(b,
               "{\"type\":\"Progressing\",\"status\":\"%s\",\"lastUpdateTime\":\"%s\","
               "\"lastTransitionTime\":\"%s\",\"reason\":\"%s\",\"message\":",
               late ? "False" : "True", fresh ? now : updated,
               same ? val_str(val_get(old, "lastTransitionTime"), now) : now, reason);
    sim_json_text(b, message);
    buf_putc(b, '}');
}

static void report(struct rollout *r)
{
    struct sim_object *o = sim_store_get(r->c, r->o->kind, r->o->ns, r->o->name);
    struct buf b;
    bool enough = r->ready >= r->desired - r->unavailable;
    bool complete = r->fresh_pods == r->desired && r->pods == r->desired &&
                    r->fresh_ready == r->desired && r->fresh;
    char now[CLOCK_RFC3339_LEN];
    const struct val *old = sim_condition(r->v, "Available");
    bool same = val_str_is(val_get(old, "status"), enough ? "True" : "False");
    if (!o)
        return;
    sim_now_text(r->c, now);
    buf_init(&b, BUF_SMALL);
    buf_printf(&b, "\"observedGeneration\":%" PRId64,
               val_int(val_at(r->v, "metadata", "generation", NULL), 1));
    number_or_null(&b, "replicas", r->pods);
    number_or_null(&b, "updatedReplicas", r->fresh_pods);
    number_or_null(&b, "readyReplicas", r->ready);
    number_or_null(&b, "availableReplicas", r->ready);
    number_or_null(&b, "unavailableReplicas",
                   r->desired > r->ready ? r->desired - r->ready
                   : r->pods > r->ready  ? r->pods - r->ready
                                         : 0);
    buf_printf(&b,
               ",\"conditions\":[{\"type\":\"Available\",\"status\":\"%s\",\"lastUpdateTime\":"
               "\"%s\",\"lastTransitionTime\":\"%s\",\"reason\":\"%s\",\"message\":\"%s\"},",
               enough ? "True" : "False", same ? val_str(val_get(old, "lastUpdateTime"), now) : now,
               same ? val_str(val_get(old, "lastTransitionTime"), now) : now,
               enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
               enough ? "Deployment has minimum availability."
                      : "Deployment does not have minimum availability.");
    progressing(r, &b, complete);
    sim_act_patch(r->c, &sim_as_controller_status, o, "{\"status\":{%s]}}", buf_str(&b));
    buf_clear(&b);
}

void sim_control_deployment(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                            const struct val *v)
{
    struct rollout r = {.c = c, .o = o, .p = p, .v = v};
    if (!val_is(val_at(v, "spec", "template", NULL), VAL_MAP))
        return;
    open_rollout(&r);
    if (!val_bool(val_at(v, "spec", "paused", NULL), false))
        step(&r);
    else if (r.fresh)
        scale_set(&r, r.fresh, r.desired);
    if (r.fresh && r.fresh_ready == r.desired)
        clean(&r);
    report(&r);
    sim_owned_clear(&r.sets);
}
