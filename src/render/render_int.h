// SPDX-License-Identifier: Apache-2.0
/* What the files of rendering share. */
#ifndef LEEWAY_RENDER_INT_H
#define LEEWAY_RENDER_INT_H

#include "render/render.h"

#include "base/vec.h"

/* What is known of a value. */
struct known {
    bool deferred, secret;
};

struct leaf_list {
    struct render_leaf *items;
    size_t len, cap;
};

/* One rendering. */
struct rendering {
    const struct render_input *in;
    struct render_result *out;
    struct val_pool *pool;
    struct catalog_problems *problems;
    VEC(struct render_object) objects;
};

/* What the expressions of one document see while it is rendered. */
struct seeing {
    struct rendering *r;
    const struct catalog_scope *scope;
    const struct catalog_file *file;
    struct cel_activation act;
    const char *what; /* "module web", for messages */
    /* What is known of what a reference names; with it, fields of a resource that are rendered. */
    const struct schema *params;
    const bool *params_deferred, *params_secret;
    const struct catalog_module *module; /* of inputs and resources; NULL in blueprints */
    const bool *inputs_deferred, *inputs_secret;
    const struct val **resources;            /* rendered, a list for forEach; NULL: not there */
    const struct val **live;                 /* read, likewise */
    const struct leaf_list *resource_leaves; /* of what is rendered */
};

/* ---- value.c ---- */

struct known seeing_known(const struct seeing *s, const struct catalog_expr *x);
/* A value of a template: false: left out (an optional without a value), or failed (*failed). What
 * is deferred or secret is added to leaves with its path below `at`. */
bool seeing_value(struct seeing *s, const struct template_node *n, struct val *out,
                  struct leaf_list *leaves, bool *failed);
/* A condition. Deferred ones are a problem: nothing may be decided by what is not known. */
bool seeing_condition(struct seeing *s, const struct catalog_expr *x, const char *what,
                      bool otherwise);
/* The items of a forEach; NULL when it failed (said). */
const struct val *seeing_items(struct seeing *s, const struct catalog_expr *x);
void seeing_problem(const struct seeing *s, const struct catalog_expr *x, struct err *e);

/* ---- instance.c ---- */

/* Parameters, inputs, objects, outputs of one module. */
void render_instance(struct rendering *r, uint32_t number, struct seeing *blueprint);

/* ---- object.c ---- */

/* Patches, stringData, what makes an object impossible; adds it to the rendering. Returns its final
 * value, or NULL. */
const struct val *render_finish(struct seeing *s, uint32_t instance, uint32_t resource,
                                uint32_t item, const struct val *object, struct leaf_list *leaves);
/* The same for an object that stands in a file of the module. */
const struct val *render_finish_file(struct seeing *s, uint32_t instance, uint32_t number,
                                     const struct val *object, const struct catalog_file *file);
void render_check_twice(struct rendering *r);

/* ---- causes.c ---- */

/* The deepest place of the path that a template made. */
struct render_place {
    const struct template_node *node; /* NULL: none was found */
    size_t depth;                     /* elements of the path above it */
    bool patched;                     /* it is of a patch, not of the template */
    const struct val *value;          /* the nearest that has a line */
};
struct render_place render_locate(const struct render_result *r, const struct render_object *o,
                                  struct path path);

/* ---- source.c ---- */

struct render_source {
    enum module_source source;
    /* Objects into fn. A problem was said when it returns false. NULL: not supported here. */
    bool (*objects)(struct seeing *s, uint32_t instance);
};
const struct render_source *render_source_of(enum module_source s);

#endif
