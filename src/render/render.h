// SPDX-License-Identifier: Apache-2.0
/*
 * Rendering: a composition, parameters and a cluster in, objects out. Pure: no files but those of a
 * module's source, no clock, no environment; the same input gives the same bytes everywhere. What
 * is not known yet (values that the cluster makes, secrets) stands as its text "${…}" and is listed
 * as a leaf; rendering again with the live objects and the secrets resolves it.
 *
 * Values of the result live in the given pool and in the inputs, which have to outlive it. Any
 * thread, each with its own pool; compositions are shared.
 */
#ifndef LEEWAY_RENDER_RENDER_H
#define LEEWAY_RENDER_RENDER_H

#include "catalog/catalog.h"
#include "data/path.h"

struct render_override {
    const char *module;       /* instance */
    const struct val *params; /* map: wins over the blueprint's */
    const char *origin;       /* "override by alice: load test" */
};

struct render_live { /* what the cluster has made of an object */
    const char *instance, *resource;
    uint32_t item;            /* of a forEach, from 0 */
    const struct val *object; /* as read */
};

struct render_secret { /* the value behind a reference */
    const char *param; /* of the blueprint */
    const char *value;
    size_t len;
};

struct render_input {
    const struct catalog *catalog; /* for the profiles, when causes are asked for; or NULL */
    const struct catalog_composition *composition;
    const struct val *params;               /* of the environment: a map, or NULL */
    const struct catalog_file *params_file; /* they stand in, for positions; or NULL */
    const struct val *environment;          /* `env`: name, namespace, team, owner, labels */
    const struct val *cluster;              /* `cluster`: catalog_cluster_of */
    const struct render_override *overrides;
    size_t n_overrides;
    const struct render_live *live;
    size_t n_live;
    const struct render_secret *secrets;
    size_t n_secrets;
    /* May these bytes, just read from a file of the module's folder, be used? NULL: any may. */
    bool (*covers)(void *ctx, const struct catalog_module *m, const char *file, const void *bytes,
                   size_t len);
    void *covers_ctx;
};

/* A leaf that is more than its value. */
struct render_leaf {
    struct path path;
    bool deferred; /* not known yet; its value is the text of the template */
    bool secret;   /* made of a secret, known or not */
    bool base64;   /* it came from a Secret's stringData */
};

struct render_object {
    const struct val *object;
    const char *api_version, *kind, *namespace_, *name; /* namespace_ NULL: none written */
    uint32_t instance, resource, item;
    uint32_t wave; /* objects of a smaller wave are applied, and ready, before */
    const struct render_leaf *leaves;
    size_t n_leaves;
    bool deferred; /* a leaf is */
};

struct render_instance { /* what became of each module */
    bool included;
    const struct val *params;      /* with defaults */
    const bool *deferred, *secret; /* by parameter of the module */
    const struct val *inputs;
    const bool *input_deferred, *input_secret;
    const struct val *outputs; /* map; deferred ones hold their text */
    const bool *output_deferred, *output_secret;
};

struct render_result {
    struct val_pool *pool;
    struct render_object *objects; /* in the order of applying */
    size_t n_objects;
    struct render_instance *instances;           /* by number in the composition */
    const struct val *params;                    /* of the environment, with defaults */
    const struct val *outputs;                   /* of the blueprint: name → value or text */
    const bool *output_deferred, *output_secret; /* of each of them */
    const struct render_input *input;
};

#define RENDER_OBJECTS_MAX 5000u
#define RENDER_ITEMS_MAX 1000u /* of one forEach */

/* 0, or the first problem's code; problems say everything that is wrong. */
int render(const struct render_input *in, struct val_pool *pool, struct render_result *out,
           struct catalog_problems *problems) ERR_CHECKED;

/* ---- ready? ---- */

enum render_ready {
    RENDER_READY_KSTATUS, /* the module says nothing of it: kstatus decides */
    RENDER_READY_NO,
    RENDER_READY_YES
};
/* What readyWhen of an object says, self being the object as read. Other objects of its module are
 * as read where `live` has them, else as rendered. What is missing in them is "not ready yet".
 * Memory from pool. ERR_TYPE…: the expression itself failed. */
int render_ready(const struct render_result *r, const struct render_object *o,
                 const struct val *self, const struct render_live *live, size_t n_live,
                 struct val_pool *pool, enum render_ready *out, struct err *e) ERR_CHECKED;

/* Who may own which field of the object, as far as its module says it: {"bind", "fields"} as
 * engine/answers/contract.h has them, in the pool. *out NULL: nothing is said, platform owns all of
 * it. 0, or *e when a condition fails. */
int render_contract(const struct render_result *r, const struct render_object *o,
                    struct val_pool *pool, const struct val **out, struct err *e) ERR_CHECKED;

/* ---- why ---- */

enum render_cause_kind {
    RENDER_CAUSE_MODULE,    /* the template */
    RENDER_CAUSE_PATCH,     /* a variant of the module */
    RENDER_CAUSE_PARAMETER, /* given by the environment */
    RENDER_CAUSE_BLUEPRINT, /* given by the blueprint */
    RENDER_CAUSE_DEFAULT,
    RENDER_CAUSE_OVERRIDE,
    RENDER_CAUSE_PROFILE,
    RENDER_CAUSE_CLUSTER,
    RENDER_CAUSE_ENVIRONMENT, /* its name, namespace, team… */
    RENDER_CAUSE_OUTPUT,      /* of another module */
    RENDER_CAUSE_RESOURCE,    /* another object of the module */
};
const char *render_cause_name(enum render_cause_kind k);

struct render_cause {
    enum render_cause_kind kind;
    const char *name; /* "params.replicas", "profile eks"; in the pool */
    const char *file; /* or NULL */
    uint32_t line, col;
};

#define RENDER_CAUSES_MAX 32u

/* What the value at a path of an object was made from, nearest first: the template's place, then
 * what its expressions read, followed to where it was given. Returns how many. */
size_t render_causes(const struct render_result *r, const struct render_object *o, struct path path,
                     struct render_cause out[RENDER_CAUSES_MAX]);

/* ---- and back ---- */

/* What an override would have to say. In the result's pool. */
struct render_inverse {
    const char *module;       /* instance */
    const char *name;         /* "web.replicas" */
    const struct val *value;  /* of that parameter */
    const struct val *params; /* map: for a struct render_override */
};

/* Which parameter has to have which value for the leaf to be `live`: where it is made of nothing
 * but one parameter of its module, as it is or with text around it. Tried by rendering with the
 * override before it is said. Otherwise ERR_UNSUPPORTED, or what the parameter's schema says, and
 * *e is a sentence about the leaf. */
int render_inverse(const struct render_result *r, const struct render_object *o, struct path path,
                   const struct val *live, struct render_inverse *out, struct err *e) ERR_CHECKED;

#endif
