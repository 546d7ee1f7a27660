// SPDX-License-Identifier: Apache-2.0
/*
 * Environments and their targets as the engine shows them. Loaded from the store at start; plans,
 * releases and drift change them through the functions here, which mark the rows. A target is
 * (environment UUID, cluster UID): its cluster is NULL while no cluster of the inventory has that
 * uid. What a part needs beside it hangs on the two pointers, which the part owns. Engine thread.
 */
#ifndef LEEWAY_ENGINE_ENVIRONMENT_H
#define LEEWAY_ENGINE_ENVIRONMENT_H

#include "engine/engine_int.h"

struct target {
    struct environment *environment;
    struct cluster *cluster; /* NULL: not in the inventory */
    char *cluster_uid;
    enum leeway_target_state phase;
    char *reason; /* "" when well */
    int64_t since_ms, next_try_ms;
    int32_t objects, objects_ready; /* -1 unknown */
    int32_t drift[LEEWAY_VERDICT_COUNT];
    int32_t drift_checking;
    int64_t release; /* number, 0: never deployed */

    void *plan_state;   /* of the part that plans and applies */
    void *drift_state;  /* of the part that judges */
    void *health_state; /* of target_health.c */
};

/* What its document and blueprint say of it as a whole; of a folder nothing. */
struct environment_about {
    char *blueprint, *team, *owner; /* "web-app@1.4.0"; "" */
    char
        *document; /* canonical JSON of the one that was released; "" of none, or it is too large */
    int64_t ttl_ms, ttl_max_ms; /* 0: it lives until somebody destroys it; no limit */
    int32_t max_exceptions;     /* -1: no limit */
    int64_t max_expiry_ms;      /* 0: no limit */
    int64_t since_ms;           /* wall: from when its time to live counts; 0: it is not released */
    int64_t told_ms;            /* the end of which it was said that it is over */
};

#define ENVIRONMENT_DOCUMENT_MAX (128u * 1024u) /* bytes of a document that is kept */

struct environment {
    struct engine *engine;
    struct environment_about about;
    char *about_text;               /* as stored */
    int64_t created_ms, expires_ms; /* expires 0: never */
    bool expired;
    char *deletion_plan; /* hash; "" none was made */
    size_t index;        /* row */
    char uuid[37];
    char *name, *namespace_, *origin;
    int64_t release, released_ms;
    char *released_by;
    VEC(struct target *) targets; /* by cluster name */
};

int environments_load(struct engine *e, struct err *err);
void environments_free(struct engine *e);
/* A cluster's uid became known, changed (its targets are let go first) or goes. */
void environments_bind(struct engine *e, struct cluster *c);
void environments_unbind(struct engine *e, struct cluster *c);

struct environment *environment_by_name(struct engine *e, const char *name);
struct environment *environment_by_uuid(struct engine *e, const char *uuid);
/* In the model only; the caller has put it into the store. An existing one gets the new words. */
struct environment *environment_put(struct engine *e, const char *uuid, const char *name,
                                    const char *ns, const char *origin);
/* about: JSON as the store keeps it (environment_about.c); "" changes nothing. */
void environment_set_about(struct environment *env, const char *about);
/* The two ways. Owned: environment_about_free, and the text. */
struct environment_about environment_about_read(const char *about);
void environment_about_free(struct environment_about *a);
char *environment_about_write(const struct environment_about *a);
void environment_about_init(struct environment *env);
void environment_about_clear(struct environment *env);
void environment_set_expiry(struct environment *env, int64_t expires_ms, bool expired,
                            const char *deletion_plan);
void environment_remove(struct engine *e, struct environment *env); /* its parts' states are gone */
void environment_set_release(struct environment *env, int64_t number, int64_t wall_ms,
                             const char *by);

struct target *target_find(struct environment *env, const char *cluster_uid);
struct target *target_put(struct environment *env, const char *cluster_uid); /* found or made */
void target_set_phase(struct target *t, enum leeway_target_state phase, const char *reason);
void target_set_objects(struct target *t, int32_t objects, int32_t ready);
void target_set_drift(struct target *t, const int32_t drift[LEEWAY_VERDICT_COUNT],
                      int32_t checking);
/* All that a release wanted of it is so: healthy, or gone after a destroy. */
static inline bool target_phase_is_done(enum leeway_target_state phase)
{
    return phase == LEEWAY_TARGET_HEALTHY || phase == LEEWAY_TARGET_GONE;
}
/* The state a person sees, of phase, drift and the cluster's reach. */
enum leeway_state target_state(const struct target *t);

#endif
