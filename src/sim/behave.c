// SPDX-License-Identifier: Apache-2.0
/*
 * What makes a cluster live: every change of the store marks the object and its owner to be looked
 * at; in the next tick controllers (a table here) and stages (a table in stages.c) look, write what
 * they would, and say when they want to look again. Nothing polls; a quiet cluster costs a glance
 * at an empty queue.
 */
#include "base/hash.h"
#include "data/diff.h"
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKS_A_TICK = 2000, SETTLE_MAX = 64 };

struct look { /* something is to be looked at */
    struct sim_object *o;
    uint32_t hash;
};

struct timer {
    int64_t due_ms;
    struct sim_object *o;
    const struct sim_stage *stage; /* NULL: look again */
};

struct sim_live {
    VEC(struct look) looks;
    VEC(struct sim_object *) gone; /* deleted: what they owned has no owner now */
    VEC(struct timer) timers;      /* a heap by due_ms */
};

const struct sim_actor sim_as_controller = {"kube-controller-manager", ""},
                       sim_as_controller_status = {"kube-controller-manager", "status"},
                       sim_as_controller_scale = {"kube-controller-manager", "scale"},
                       sim_as_kubelet = {"kubelet", ""},
                       sim_as_kubelet_status = {"kubelet", "status"},
                       sim_as_scheduler = {"kube-scheduler", ""},
                       sim_as_cloud = {"cloud-controller-manager", ""},
                       sim_as_cloud_status = {"cloud-controller-manager", "status"};

/* ---- time ---- */

int64_t sim_boot_ms(const struct sim *s)
{
    return clock_boot_ms(s->clock ? s->clock : clock_system());
}

int64_t sim_now_ms(const struct sim *s)
{
    return (sim_boot_ms(s) - s->started_ms) * (int64_t)s->speed_percent / 100;
}

int64_t sim_wall_ms(const struct sim_cluster *c)
{
    return clock_wall_ms(c->sim->clock ? c->sim->clock : clock_system()) + c->faults.skew_ms -
           c->past_ms;
}

void sim_now_text(const struct sim_cluster *c, char out[CLOCK_RFC3339_LEN])
{
    clock_format_rfc3339(sim_wall_ms(c), out);
}

/* ---- what is to be looked at ---- */

static struct sim_live *live(struct sim_cluster *c)
{
    if (!c->live)
        c->live = mem_new(struct sim_live);
    return c->live;
}

static uint32_t key_hash(const struct sim_object *o)
{
    static const struct hash_key key = {3, 5};
    return (uint32_t)(hash_bytes(&key, o->name, strlen(o->name)) ^
                      (hash_bytes(&key, o->ns, strlen(o->ns)) * 3) ^
                      (uint32_t)((uintptr_t)o->kind >> 4));
}

static bool same_key(const struct sim_object *a, const struct sim_object *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 && strcmp(a->ns, b->ns) == 0;
}

void sim_look_at(struct sim_cluster *c, struct sim_object *o)
{
    struct sim_live *l = live(c);
    uint32_t hash = key_hash(o);
    for (size_t i = l->looks.len; i > 0; i--)
        if (l->looks.items[i - 1].hash == hash && same_key(l->looks.items[i - 1].o, o))
            return;
    vec_push(&l->looks, (struct look){sim_object_ref(o), hash});
}

void sim_behave_touch(struct sim_cluster *c, struct sim_object *o)
{
    if (!c->sim->bare)
        sim_look_at(c, o);
}

/* ---- timers ---- */

static void sift_up(struct timer *t, size_t i)
{
    while (i && t[(i - 1) / 2].due_ms > t[i].due_ms) {
        struct timer x = t[i];
        t[i] = t[(i - 1) / 2];
        t[(i - 1) / 2] = x;
        i = (i - 1) / 2;
    }
}

static void sift_down(struct timer *t, size_t n)
{
    for (size_t i = 0, least;; i = least) {
        least = i;
        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < n; k++)
            if (t[k].due_ms < t[least].due_ms)
                least = k;
        if (least == i)
            return;
        struct timer x = t[i];
        t[i] = t[least];
        t[least] = x;
    }
}

static void add_timer(struct sim_cluster *c, struct sim_object *o, int64_t delay_ms,
                      const struct sim_stage *stage)
{
    struct sim_live *l = live(c);
    int64_t due = sim_now_ms(c->sim) + delay_ms;
    for (size_t i = 0; stage && i < l->timers.len; i++)
        if (l->timers.items[i].o == o && l->timers.items[i].stage)
            return; /* it was looked at twice and did not change */
    vec_push(&l->timers, (struct timer){due, sim_object_ref(o), stage});
    sift_up(l->timers.items, l->timers.len - 1);
}

void sim_again(struct sim_cluster *c, struct sim_object *o, int64_t delay_ms)
{
    struct sim_live *l = live(c);
    int64_t due = sim_now_ms(c->sim) + delay_ms;
    for (size_t i = 0; i < l->timers.len; i++)
        if (!l->timers.items[i].stage && l->timers.items[i].due_ms <= due &&
            same_key(l->timers.items[i].o, o))
            return;
    add_timer(c, o, delay_ms, NULL);
}

static bool pop_timer(struct sim_live *l, int64_t now, struct timer *out)
{
    if (!l->timers.len || l->timers.items[0].due_ms > now)
        return false;
    *out = l->timers.items[0];
    l->timers.items[0] = l->timers.items[--l->timers.len];
    sift_down(l->timers.items, l->timers.len);
    return true;
}

/* ---- writing ---- */

static const struct val *number_at(struct val_pool *p, const struct val *v, const char *key,
                                   int64_t n)
{
    struct val x = val_of_int(n);
    const struct val *meta = val_map_with(p, val_get(v, "metadata"), key, &x);
    return val_map_with(p, v, "metadata", meta);
}

bool sim_held(const struct sim_kind *k, const struct val *v)
{
    bool space = strcmp(sim_kind_word(k), "Namespace") == 0;
    return val_count(val_at(v, "metadata", "finalizers", NULL)) ||
           (space && val_count(val_at(v, "spec", "finalizers", NULL))) ||
           val_int(val_at(v, "metadata", "deletionGracePeriodSeconds", NULL), 0) > 0;
}

struct sim_object *sim_act_put(struct sim_cluster *c, const struct sim_actor *who,
                               const struct sim_kind *k, struct val_pool *p, const struct val *v)
{
    const struct val *meta = val_get(v, "metadata");
    struct sim_object *was = sim_store_get(c, k, val_str(val_get(meta, "namespace"), ""),
                                           val_str(val_get(meta, "name"), ""));
    const struct val *old = was ? sim_object_read(p, was) : NULL;
    int64_t generation = val_int(val_at(old, "metadata", "generation", NULL), 0);
    if (generation && !val_equal(val_get(old, "spec"), val_get(v, "spec")))
        v = number_at(p, v, "generation", generation + 1);
    if (!old || !val_equal(old, v))
        v = sim_track(c, who, k, p, old, v);
    char refused[300];
    v = c->webhooks.len ? sim_admit(c, k, p, v, refused) : v;
    if (c->webhooks.len && (!v || refused[0]))
        return NULL;
    if (was && sim_is_going(old) && !sim_held(k, v)) {
        sim_store_remove(c, was); /* nothing waits for it any more: it is not written first */
        return NULL;
    }
    return sim_store_put(c, k, p, v);
}

struct sim_object *sim_act_text(struct sim_cluster *c, const struct sim_actor *who,
                                const char *kind, const struct buf *text)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = json_read(&p, buf_str(text), text->len, NULL, NULL);
    struct sim_object *o = v ? sim_act_put(c, who, sim_kind_named(kind), &p, v) : NULL;
    val_pool_clear(&p);
    return o;
}

struct sim_object *sim_act_patch(struct sim_cluster *c, const struct sim_actor *who,
                                 struct sim_object *o, const char *fmt, ...)
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
    const struct val *delta = json_read(&p, text, (size_t)n, NULL, NULL);
    const struct val *v = delta ? merge_patch_apply(&p, sim_object_read(&p, o), delta) : NULL;
    struct sim_object *now = v ? sim_act_put(c, who, o->kind, &p, v) : NULL;
    val_pool_clear(&p);
    free(text);
    return now;
}

void sim_act_delete(struct sim_cluster *c, struct sim_object *o)
{
    struct val_pool p;
    char at[CLOCK_RFC3339_LEN];
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, o);
    bool pod = strcmp(sim_kind_word(o->kind), "Pod") == 0;
    bool bound = pod && val_at(v, "spec", "nodeName", NULL);
    int64_t grace =
        bound ? val_int(val_at(v, "spec", "terminationGracePeriodSeconds", NULL), 30) : 0;
    if (sim_is_going(v)) {
        ; /* it is on its way */
    } else if (grace || sim_held(o->kind, v)) {
        clock_format_rfc3339(sim_wall_ms(c) + grace * 1000, at);
        int64_t generation = val_int(val_at(v, "metadata", "generation", NULL), 0);
        char grown[40] = "";
        if (generation)
            snprintf(grown, sizeof(grown), ",\"generation\":%" PRId64, generation + 1);
        sim_act_patch(c, NULL, o,
                      "{\"metadata\":{\"deletionTimestamp\":\"%s\","
                      "\"deletionGracePeriodSeconds\":%" PRId64 "%s}}",
                      at, grace, grown);
    } else {
        sim_store_remove(c, o);
    }
    val_pool_clear(&p);
}

/* ---- what controllers ask ---- */

bool sim_is_going(const struct val *v)
{
    return val_at(v, "metadata", "deletionTimestamp", NULL) != NULL;
}

const char *sim_uid(const struct val *v)
{
    return val_str(val_at(v, "metadata", "uid", NULL), "");
}

const struct val *sim_condition(const struct val *v, const char *type)
{
    const struct val *list = val_at(v, "status", "conditions", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "type"), type))
            return val_item(list, i);
    return NULL;
}

bool sim_pod_ready(const struct val *pod)
{
    return val_str_is(val_get(sim_condition(pod, "Ready"), "status"), "True");
}

int64_t sim_count_of(const struct val *v, int64_t otherwise)
{
    int64_t n = val_int(v, otherwise);
    return n < 0 ? 0 : (n > 500 ? 500 : n);
}

static const struct val *controller_of(const struct val *v)
{
    const struct val *list = val_at(v, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        if (val_bool(val_get(val_item(list, i), "controller"), false))
            return val_item(list, i);
    return NULL;
}

void sim_owned_find(struct sim_cluster *c, const char *kind, const char *ns, const char *uid,
                    struct val_pool *p, sim_owned_vec *out)
{
    const sim_object_vec *all = &c->objects[sim_kind_at(sim_kind_named(kind))];
    *out = (sim_owned_vec){0};
    for (size_t i = 0; *uid && i < all->len; i++) {
        struct sim_object *o = all->items[i];
        if (strcmp(o->ns, ns) != 0 || !strstr(o->text, uid))
            continue;
        const struct val *v = sim_object_read(p, o);
        if (val_str_is(val_get(controller_of(v), "uid"), uid))
            vec_push(out, (struct sim_owned){sim_object_ref(o), v});
    }
}

void sim_owned_clear(sim_owned_vec *v)
{
    for (size_t i = 0; i < v->len; i++)
        sim_object_unref(v->items[i].o);
    vec_clear(v);
}

void sim_owner_write(struct buf *b, const char *api, const char *kind, const struct val *owner)
{
    buf_printf(b,
               "\"ownerReferences\":[{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"name\":\"%s\","
               "\"uid\":\"%s\",\"controller\":true,\"blockOwnerDeletion\":true}]",
               api, kind, val_str(val_at(owner, "metadata", "name", NULL), ""), sim_uid(owner));
}

void sim_letters(uint64_t n, int len, char *out)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    for (int i = 0; i < len; i++, n /= 27)
        out[i] = letters[n % 27];
    out[len] = '\0';
}

uint64_t sim_hash_of(const struct val *v)
{
    static const struct hash_key key = {7, 11}; /* names need to look alike in every run */
    struct buf b;
    buf_init(&b, BUF_LARGE);
    json_write(&b, v ? v : &val_null, JSON_CANONICAL);
    uint64_t h = hash_bytes(&key, buf_str(&b), b.len);
    buf_clear(&b);
    return h;
}

void sim_condition_write(struct buf *b, const struct sim_cluster *c, const struct val *was,
                         const char *type, bool yes, const char *reason, const char *message)
{
    char now[CLOCK_RFC3339_LEN];
    const struct val *old = sim_condition(was, type);
    const char *status = yes ? "True" : "False";
    sim_now_text(c, now);
    bool same = val_str_is(val_get(old, "status"), status);
    buf_printf(b, "{\"type\":\"%s\",\"status\":\"%s\",\"lastTransitionTime\":\"%s\"", type, status,
               same ? val_str(val_get(old, "lastTransitionTime"), now) : now);
    if (reason)
        buf_printf(b, ",\"reason\":\"%s\"", reason);
    if (message) {
        buf_puts(b, ",\"message\":");
        sim_json_text(b, message);
    }
    buf_putc(b, '}');
}

/* ---- who looks ---- */

static const struct {
    const char *kind;
    sim_control_fn *run;
} controllers[] = {
    {"ReplicaSet", sim_control_replica_set},
    {"Deployment", sim_control_deployment},
    {"StatefulSet", sim_control_stateful_set},
    {"DaemonSet", sim_control_daemon_set},
    {"Job", sim_control_job},
    {"CronJob", sim_control_cron_job},
    {"Namespace", sim_control_namespace},
    {"HorizontalPodAutoscaler", sim_control_autoscaler},
    {"PodDisruptionBudget", sim_control_budget},
};

static sim_control_fn *controller_for(const struct sim_kind *k)
{
    for (size_t i = 0; i < ARRAY_LEN(controllers); i++)
        if (strcmp(controllers[i].kind, sim_kind_word(k)) == 0)
            return controllers[i].run;
    return NULL;
}

static void look_at_all(struct sim_cluster *c, const char *kind, const char *ns)
{
    const sim_object_vec *all = &c->objects[sim_kind_at(sim_kind_named(kind))];
    for (size_t i = 0; i < all->len; i++)
        if (!ns || strcmp(all->items[i]->ns, ns) == 0)
            sim_look_at(c, all->items[i]);
}

void sim_behave_tell(struct sim_cluster *c, const struct sim_event *ev)
{
    const char *kind = sim_kind_word(ev->now->kind);
    if (strcmp(kind, "Event") == 0 || c->sim->bare)
        return;
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, ev->now), *owner = controller_of(v);
    if (ev->type == SIM_DELETED)
        vec_push(&live(c)->gone, sim_object_ref(ev->now));
    else
        sim_look_at(c, ev->now);
    const struct sim_kind *k = sim_kind_meant(c, val_str(val_get(owner, "apiVersion"), ""),
                                              val_str(val_get(owner, "kind"), ""));
    struct sim_object *o =
        k ? sim_store_get(c, k, ev->now->ns, val_str(val_get(owner, "name"), "")) : NULL;
    if (o)
        sim_look_at(c, o);
    if (strcmp(kind, "Node") == 0 && ev->type != SIM_MODIFIED)
        look_at_all(c, "DaemonSet", NULL);
    if (strcmp(kind, "Pod") == 0)
        look_at_all(c, "PodDisruptionBudget", ev->now->ns);
    val_pool_clear(&p);
}

static void look(struct sim_cluster *c, const struct sim_object *at)
{
    struct sim_object *o = sim_store_get(c, at->kind, at->ns, at->name);
    if (!o)
        return;
    struct val_pool p;
    val_pool_init(&p);
    sim_object_ref(o);
    const struct val *v = sim_object_read(&p, o);
    sim_control_fn *run = controller_for(o->kind);
    bool going = sim_is_going(v);
    if (going)
        sim_garbage_going(c, o, &p, v);
    else
        sim_garbage_orphaned(c, o, v);
    if (run && (!going || run == sim_control_namespace))
        run(c, o, &p, v);
    if (sim_stage_kind(o->kind) && sim_store_get(c, o->kind, o->ns, o->name) == o) {
        const struct sim_stage *s = sim_stage_for(c, o, v);
        if (s)
            add_timer(c, o, sim_stage_delay_ms(c, s), s);
    }
    sim_object_unref(o);
    val_pool_clear(&p);
}

static void fire(struct sim_cluster *c, const struct timer *t)
{
    struct sim_object *o = sim_store_get(c, t->o->kind, t->o->ns, t->o->name);
    if (!o)
        return;
    if (!t->stage) {
        sim_look_at(c, o);
        return;
    }
    if (o != t->o) /* it changed, and was looked at since */
        return;
    struct val_pool p;
    val_pool_init(&p);
    sim_object_ref(o);
    sim_stage_run(c, t->stage, o, &p, sim_object_read(&p, o));
    if (sim_store_get(c, o->kind, o->ns, o->name) == o)
        sim_look_at(c, o); /* nothing was written: the next time counts from now */
    sim_object_unref(o);
    val_pool_clear(&p);
}

/* One round over what is marked now; what is marked meanwhile waits for the next. */
static void round_of(struct sim_cluster *c)
{
    struct sim_live *l = c->live;
    for (size_t i = l->gone.len; i > 0; i--) {
        struct sim_object *o = l->gone.items[0];
        memmove(l->gone.items, l->gone.items + 1, (--l->gone.len) * sizeof(*l->gone.items));
        sim_garbage_gone(c, o);
        sim_object_unref(o);
    }
    size_t n = l->looks.len < LOOKS_A_TICK ? l->looks.len : LOOKS_A_TICK;
    if (!n)
        return;
    struct look *taken = mem_reallocarray(NULL, n, sizeof(*taken));
    memcpy(taken, l->looks.items, n * sizeof(*taken));
    l->looks.len -= n;
    memmove(l->looks.items, l->looks.items + n, l->looks.len * sizeof(*l->looks.items));
    for (size_t i = 0; i < n; i++) {
        look(c, taken[i].o);
        sim_object_unref(taken[i].o);
    }
    mem_free(taken);
}

void sim_behave_tick(struct sim_cluster *c)
{
    struct sim_live *l = c->live;
    if (!l || c->sim->bare)
        return;
    struct timer t;
    int64_t now = sim_now_ms(c->sim);
    while (pop_timer(l, now, &t)) {
        fire(c, &t);
        sim_object_unref(t.o);
    }
    if (l->looks.len || l->gone.len)
        round_of(c);
    else if (l->looks.cap > 64)
        vec_clear(&l->looks);
    sim_event_tick(c);
}

void sim_behave_again(struct sim_cluster *c)
{
    for (size_t k = 0; k < sim_kinds_len; k++)
        if (controller_for(&sim_kinds[k]) || sim_stage_kind(&sim_kinds[k]))
            for (size_t i = 0; i < c->objects[k].len; i++)
                sim_look_at(c, c->objects[k].items[i]);
}

void sim_behave_clear(struct sim_cluster *c)
{
    struct sim_live *l = c->live;
    if (!l)
        return;
    for (size_t i = 0; i < l->looks.len; i++)
        sim_object_unref(l->looks.items[i].o);
    for (size_t i = 0; i < l->gone.len; i++)
        sim_object_unref(l->gone.items[i]);
    for (size_t i = 0; i < l->timers.len; i++)
        sim_object_unref(l->timers.items[i].o);
    vec_clear(&l->looks);
    vec_clear(&l->gone);
    vec_clear(&l->timers);
    mem_free(l);
    c->live = NULL;
}

/* ---- how it begins ---- */

void sim_behave_begin(struct sim_cluster *c)
{
    static const char *const beating[] = {"Lease", "CronJob", "HorizontalPodAutoscaler"};
    for (size_t i = 0; i < ARRAY_LEN(beating); i++)
        look_at_all(c, beating[i], NULL);
}

static void settle_owned(struct sim_cluster *c, const char *kind, struct sim_object *owner,
                         sim_control_fn *run)
{
    struct val_pool p;
    sim_owned_vec v;
    val_pool_init(&p);
    sim_owned_find(c, kind, owner->ns, sim_uid(sim_object_read(&p, owner)), &p, &v);
    for (size_t i = 0; i < v.len; i++) {
        if (run)
            run(c, v.items[i].o, &p, v.items[i].v);
        else
            sim_pod_running(c, v.items[i].o);
    }
    sim_owned_clear(&v);
    val_pool_clear(&p);
}

/* Before a cluster is filled nothing is told: the rounds are made here. */
void sim_behave_settle(struct sim_cluster *c, struct sim_object *o)
{
    sim_control_fn *run = controller_for(o->kind);
    bool sets = run == sim_control_deployment;
    uint64_t seen = 0;
    for (int i = 0; run && i < SETTLE_MAX; i++) {
        struct val_pool p;
        o = sim_store_get(c, o->kind, o->ns, o->name);
        if (!o || c->version == seen)
            return;
        seen = c->version;
        sim_object_ref(o);
        val_pool_init(&p);
        run(c, o, &p, sim_object_read(&p, o));
        val_pool_clear(&p);
        if (sets) {
            settle_owned(c, "ReplicaSet", o, sim_control_replica_set);
            const sim_object_vec *all = &c->objects[sim_kind_at(sim_kind_named("ReplicaSet"))];
            for (size_t k = 0; k < all->len; k++)
                if (strcmp(all->items[k]->ns, o->ns) == 0)
                    settle_owned(c, "Pod", all->items[k], NULL);
        } else {
            settle_owned(c, "Pod", o, NULL);
        }
        struct sim_object *now = sim_store_get(c, o->kind, o->ns, o->name);
        sim_object_unref(o);
        o = now;
        if (!o)
            return;
    }
}

void sim_behave_churn(struct sim_cluster *c)
{
    const sim_object_vec *all = &c->objects[sim_kind_at(sim_kind_named("Pod"))];
    struct val_pool p;
    if (!all->len)
        return;
    struct sim_object *o = all->items[sim_random(c) % all->len];
    val_pool_init(&p);
    if (controller_of(sim_object_read(&p, o)))
        sim_act_delete(c, o);
    val_pool_clear(&p);
}
