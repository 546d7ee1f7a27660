// SPDX-License-Identifier: Apache-2.0
/*
 * The living side of a simulated cluster: controllers, kubelets and the like, which watch the store
 * and write to it under the names that Kubernetes' own have. Everything runs on the simulator's
 * thread, in sim_behave_tick; times are those of the scenario's clock, which runs at the speed that
 * was asked for.
 */
#ifndef LEEWAY_SIM_LIVE_H
#define LEEWAY_SIM_LIVE_H

#include "sim/sim_int.h"

/* ---- behave.c: who writes, when something is looked at again ---- */

struct sim_actor { /* a field manager, and the subresource that it writes */
    const char *manager, *sub;
};

extern const struct sim_actor sim_as_controller, sim_as_controller_status, sim_as_controller_scale,
    sim_as_kubelet, sim_as_kubelet_status, sim_as_scheduler, sim_as_cloud, sim_as_cloud_status;

int64_t sim_now_ms(const struct sim *s);          /* the scenario's clock, from 0 */
int64_t sim_boot_ms(const struct sim *s);         /* of the clock that was given */
int64_t sim_wall_ms(const struct sim_cluster *c); /* what this cluster takes the time for */
void sim_now_text(const struct sim_cluster *c, char out[CLOCK_RFC3339_LEN]);

/* Creates or replaces; the generation grows when the spec is another; what is being deleted and is
 * held by nothing goes. Borrowed; NULL when it went or is too large. */
struct sim_object *sim_act_put(struct sim_cluster *c, const struct sim_actor *who,
                               const struct sim_kind *k, struct val_pool *p, const struct val *v);
/* The same from JSON text; NULL also when that is bad. */
struct sim_object *sim_act_text(struct sim_cluster *c, const struct sim_actor *who,
                                const char *kind, const struct buf *text);
/* track.c: now with the managedFields it has after `who` wrote it; who NULL: the server did. */
const struct val *sim_track(struct sim_cluster *c, const struct sim_actor *who,
                            const struct sim_kind *k, struct val_pool *p, const struct val *was,
                            const struct val *now);
/* A merge patch (RFC 7386), printed. o is borrowed and may be gone afterwards. */
struct sim_object *sim_act_patch(struct sim_cluster *c, const struct sim_actor *who,
                                 struct sim_object *o, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* As DELETE of a controller: a pod gets time to end, finalizers are waited for, what it owns is the
 * collector's. */
void sim_act_delete(struct sim_cluster *c, struct sim_object *o);

/* The object is looked at again in so many milliseconds of the scenario's clock. */
void sim_again(struct sim_cluster *c, struct sim_object *o, int64_t delay_ms);
/* The object is looked at in the next tick. */
void sim_look_at(struct sim_cluster *c, struct sim_object *o);

/* Is the object, once it is deleted, still waited for: by finalizers, or a grace period? */
bool sim_held(const struct sim_kind *k, const struct val *v);

/* ---- helpers of the controllers ---- */

struct sim_owned {
    struct sim_object *o; /* counted */
    const struct val *v;
};
typedef VEC(struct sim_owned) sim_owned_vec;

/* Objects of a kind whose controller has that uid, read into p. */
void sim_owned_find(struct sim_cluster *c, const char *kind, const char *ns, const char *uid,
                    struct val_pool *p, sim_owned_vec *out);
void sim_owned_clear(sim_owned_vec *v);
bool sim_pod_ready(const struct val *pod);
bool sim_is_going(const struct val *v); /* has a deletionTimestamp */
const char *sim_uid(const struct val *v);
const struct val *sim_condition(const struct val *v, const char *type); /* or NULL */
/* "ownerReferences":[…] with one controller */
void sim_owner_write(struct buf *b, const char *api, const char *kind, const struct val *owner);
void sim_letters(uint64_t n, int len, char *out); /* of those that names are made of; NUL at len */
uint64_t sim_hash_of(const struct val *v);
int64_t sim_count_of(const struct val *v, int64_t otherwise); /* from 0 to 500 */
/* One condition as JSON; since: what it was before, when its status is the same. */
void sim_condition_write(struct buf *b, const struct sim_cluster *c, const struct val *was,
                         const char *type, bool yes, const char *reason, const char *message);

/* ---- the parts ---- */

typedef void sim_control_fn(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                            const struct val *v);
/* Each brings one object nearer to its spec. */
sim_control_fn sim_control_deployment, sim_control_replica_set, sim_control_stateful_set,
    sim_control_daemon_set, sim_control_job, sim_control_cron_job, sim_control_namespace,
    sim_control_autoscaler, sim_control_budget;

/* A pod as its owner makes it, from a template: named, owned, Pending. hash: label=value or NULL.
 */
struct sim_pod_plan {
    const struct val *owner, *template_;
    const char *owner_api, *owner_kind, *name;
    const char *labels[6]; /* names and values in turn, ends with NULL */
    const char *node;      /* the only one that will do, or NULL */
};
struct sim_object *sim_pod_make(struct sim_cluster *c, const struct sim_pod_plan *plan);

/* stages.c: what an object goes through by itself. The one that applies, or NULL. */
struct sim_stage;
const struct sim_stage *sim_stage_for(struct sim_cluster *c, const struct sim_object *o,
                                      const struct val *v);
int64_t sim_stage_delay_ms(struct sim_cluster *c, const struct sim_stage *s);
/* Does it, unless it applies no more. */
void sim_stage_run(struct sim_cluster *c, const struct sim_stage *s, struct sim_object *o,
                   struct val_pool *p, const struct val *v);
bool sim_stage_kind(const struct sim_kind *k); /* has any */
/* A pod's status as the kubelet reports it when all is well. */
void sim_pod_running(struct sim_cluster *c, struct sim_object *o);
bool sim_node_dead(const struct sim_cluster *c, const char *node);

/* A node's conditions were changed: taints and pods follow, as the node controller has it. */
void sim_node_changed(struct sim_cluster *c, struct sim_object *node, bool ready);

/* garbage.c: what was owned by an object that is gone, or is going in the foreground. */
void sim_garbage_gone(struct sim_cluster *c, const struct sim_object *gone);
void sim_garbage_going(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                       const struct val *v);
void sim_garbage_orphaned(struct sim_cluster *c, struct sim_object *o, const struct val *v);

/* events.c: an Event about an object, counted up when it is one that was told before. */
void sim_event_tell(struct sim_cluster *c, const char *component, const struct val *about,
                    bool warning, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
void sim_event_tick(struct sim_cluster *c); /* forgets the old ones */

#endif
