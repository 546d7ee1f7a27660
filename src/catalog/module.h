// SPDX-License-Identifier: Apache-2.0
/*
 * Modules: what a platform team publishes. Read from a document whose shape was validated; every
 * template and expression is compiled, every name in it checked. Immutable once read, any thread.
 */
#ifndef LEEWAY_CATALOG_MODULE_H
#define LEEWAY_CATALOG_MODULE_H

#include "catalog/semver.h"
#include "catalog/template.h"
#include "data/path.h"
#include "schema/schema.h"
#include "schema/validate.h"

struct module_input {
    const char *name, *type;
    bool optional;
};

struct module_output {
    const char *name, *type;
    struct template_node value;
};

/* What an instance's objects come from. `templates` are resources below; the others are files of
 * the module, read by src/render (render/source.h). */
enum module_source {
    MODULE_TEMPLATES,
    MODULE_MANIFESTS,
    MODULE_HELM,
    MODULE_KUSTOMIZE,
    MODULE_EXEC,
};
const char *module_source_name(enum module_source s);

struct module_resource {
    const char *id;
    const struct val *at;
    struct template_node object;
    const char *api_version, *kind;          /* always constants; "" when broken */
    const struct catalog_expr *include_when; /* NULL: always */
    const struct catalog_expr *each;         /* forEach.in; NULL: one object */
    const struct catalog_scope *scope;       /* the module's, or its own with the item */
    const struct catalog_expr *ready_when;   /* NULL: kstatus */
    const uint32_t *depends;                 /* resources, written and implied, sorted */
    size_t n_depends;
};

struct module_patch {
    const struct catalog_expr *when; /* NULL: always */
    const struct val *at;
    uint32_t resource;
    bool json; /* a JSON patch; otherwise a merge patch */
    struct template_node body;
};

enum field_owner { FIELD_PLATFORM, FIELD_ENVIRONMENT, FIELD_RUNTIME, FIELD_ANYONE };
enum field_on_drift { FIELD_REPORT, FIELD_REVERT, FIELD_HOLD };
const char *field_owner_name(enum field_owner o);

struct module_field {  /* of the contract */
    const char *kind;  /* "Deployment" */
    const char *group; /* "apps"; "" the core group */
    const struct val *at;
    struct path path; /* a pattern */
    enum field_owner owner;
    enum field_on_drift on_drift;
    bool extras_reported;
    const struct catalog_expr *when, *within; /* or NULL */
    const char *const *by;                    /* managers; NULL-terminated or NULL */
    const char *reason;
};

struct module_api {
    const char *group_version, *kind; /* "networking.k8s.io/v1", "Ingress" */
};

struct catalog_module {
    const struct catalog_file *file;
    const char *folder; /* of module.yaml, "" when there is none */
    const struct val *doc;
    const char *name, *description, *intent, *flavor;
    struct semver version;
    const struct val *owners; /* list of strings or NULL */
    struct semver_range kubernetes;
    const struct module_api *apis;
    size_t n_apis;
    const struct schema *parameters; /* never NULL */
    struct schema_validator *validator;
    const bool *secret; /* by property of parameters: holds or may hold a secret */
    const struct module_input *inputs;
    size_t n_inputs;
    const struct module_output *outputs;
    size_t n_outputs;
    const struct module_resource *resources;
    size_t n_resources;
    const uint32_t *order; /* of the resources: what others depend on first */
    const struct module_patch *patches;
    size_t n_patches;
    const struct module_field *fields;
    size_t n_fields;
    enum module_source source;
    const struct val *source_spec; /* of what is no template */
    struct catalog_scope scope, contract_scope;
    struct catalog_scope *item_scopes; /* of forEach resources */
    size_t n_item_scopes;
    struct catalog_exprs exprs;
    struct val_pool *pool;
    bool broken; /* it has problems, and nothing is made of it */
};

/* Reads a document of kind Module. The pool is the document's and outlives the module; so does the
 * file. Problems are said, `broken` tells whether there were any. Never NULL. Owned. */
struct catalog_module *module_read(const struct val *doc, const struct catalog_file *file,
                                   const char *folder, struct val_pool *pool,
                                   struct catalog_problems *problems);
void module_free(struct catalog_module *m);

const struct module_output *module_output(const struct catalog_module *m, const char *name);
/* Number of an input, resource or parameter by name; SIZE_MAX: none. */
size_t module_input_number(const struct catalog_module *m, const char *name);
size_t module_resource_number(const struct catalog_module *m, const char *id);
size_t schema_prop_number(const struct schema *s, const char *name, size_t len);
/* Does the schema, or something in it, hold a secret (x-secret)? */
bool schema_holds_secret(const struct schema *s);

/* "apps/v1" → "apps", "v1" → "". Borrowed from the text. */
void api_version_group(const char *api_version, const char **group, size_t *len);

#endif
