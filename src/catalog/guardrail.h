// SPDX-License-Identifier: Apache-2.0
/*
 * Guardrails: rules in CEL that objects must satisfy, with the meaning of Kubernetes'
 * ValidatingAdmissionPolicy. Our own kind Guardrail and real policies with their bindings are read
 * into one set, compiled once, and checked against one object after the other:
 *
 *     struct guardrails *set = guardrails_new();
 *     guardrails_add(set, file, doc, &problems);             each document
 *     guardrails_compile(set, &problems);                    once
 *     guardrails_check(set, &request, &results, &e);         often, from any thread
 *
 * Documents are copied into the set. A compiled set is immutable and any number of threads may
 * check with it, each with its own results. What a check needs and does not have (the user, labels
 * of a namespace, parameters on a cluster) makes an outcome `unknown`, never a guess.
 *
 * Source of the rules: k8s.io/apiserver
 * pkg/admission/plugin/{cel,policy/validating,policy/matching} and
 * pkg/apis/admissionregistration/validation of Kubernetes 1.37.
 */
#ifndef LEEWAY_CATALOG_GUARDRAIL_H
#define LEEWAY_CATALOG_GUARDRAIL_H

#include "base/arena.h"
#include "catalog/problem.h"

/* ---- sets ---- */

struct guardrails;
struct cel_authorizer;

struct guardrails *guardrails_new(void);
void guardrails_free(struct guardrails *set);
/* Whether documents of this apiVersion and kind are for guardrails_add: Guardrail,
 * ValidatingAdmissionPolicy and its Binding. */
bool guardrails_takes(const struct val *doc);
/* Reads one document of a file into the set and compiles its expressions; a Guardrail was validated
 * by its schema before (catalog/document.h), policies and bindings are here. ERR_INVALID when there
 * were errors: all of them are in out, and the document is not part of the set. */
int guardrails_add(struct guardrails *set, const struct catalog_file *file, const struct val *doc,
                   struct catalog_problems *out) ERR_CHECKED;
/* Joins bindings with their policies. ERR_INVALID when there were errors. Then no more is added. */
int guardrails_compile(struct guardrails *set, struct catalog_problems *out) ERR_CHECKED;
/* A file, or all of a folder (of a catalog: its guardrails/): what is no guardrail is passed over.
 * ERR_INVALID with everything that is wrong in out; the rest is in the set. */
struct catalog_kinds;
int guardrails_read(struct guardrails *set, const struct catalog_kinds *kinds, const char *path,
                    struct catalog_problems *out) ERR_CHECKED;
size_t guardrails_count(const struct guardrails *set); /* policies and guardrails */

/* ---- checking ---- */

enum guardrail_operation {
    GUARDRAIL_CREATE,
    GUARDRAIL_UPDATE,
    GUARDRAIL_DELETE,
    GUARDRAIL_CONNECT,
};
bool guardrail_operation_of(const char *word, enum guardrail_operation *out); /* "CREATE"… */

enum guardrail_params {
    GUARDRAIL_PARAMS_UNKNOWN, /* only the server has them; those given are some */
    GUARDRAIL_PARAMS_ALL,     /* those given are all there are: paramRef looks among them */
    GUARDRAIL_PARAMS_FOUND,   /* those given are what paramRef finds */
};

/* The resource of an object, where the table of built-in kinds is not to decide. */
struct guardrail_resource {
    const char *resource; /* "deployments"; NULL: by the kind */
    const char *subresource;
    bool scope_known, namespaced;
};

struct guardrail_request { /* all borrowed for the call */
    enum guardrail_operation operation;
    const struct val *object, *old_object; /* NULL: none */
    const char *namespace;              /* of the request; NULL: the object's metadata.namespace */
    const struct val *namespace_object; /* NULL: only its name is known */
    const struct val *user_info;        /* username, uid, groups, extra; NULL: not known */
    const struct cel_authorizer *authorizer; /* who answers for the user; NULL: only what masters
                                                may is known */
    bool real_run;                           /* request.dryRun is false */
    struct guardrail_resource resource;
    enum guardrail_params params_are;
    const struct val *const *params;
    size_t n_params;
    /* what our own guardrails see besides; NULL: not known */
    const struct val *cluster, *env;
};

enum guardrail_action { /* bits */
                        GUARDRAIL_DENY = 1,
                        GUARDRAIL_WARN = 2,
                        GUARDRAIL_AUDIT = 4,
};

struct guardrail_result {
    unsigned actions;       /* enum guardrail_action: what the binding does about it */
    bool unknown;           /* it could not be decided here; message says why */
    bool failed;            /* the expression failed, it was not false */
    bool ours;              /* a Guardrail */
    const char *policy;     /* names, borrowed from the set */
    const char *binding;    /* NULL: none, as for a Guardrail */
    const char *message;    /* what the rule says */
    const char *text;       /* the whole sentence, as the API server says it */
    const char *reason;     /* "Invalid", "Forbidden"… */
    const char *expression; /* that decided, trimmed; NULL: none did */
    const char *source;     /* file, and where that expression begins in it; line 0 unknown */
    uint32_t line, col;
};

struct guardrail_results {
    struct arena arena; /* owns the texts */
    struct guardrail_result *items;
    size_t len, cap;
    size_t policies; /* how many applied to the object */
};

void guardrail_results_init(struct guardrail_results *r);
void guardrail_results_clear(struct guardrail_results *r);
void guardrail_results_reset(struct guardrail_results *r); /* keeps memory for the next check */

/* Adds what the set says about one object. An allowed object adds nothing. Nonzero and *e only for
 * a request that is none (no object at all), or when memory of a check (64 MiB) runs out. */
int guardrails_check(const struct guardrails *set, const struct guardrail_request *request,
                     struct guardrail_results *out, struct err *e) ERR_CHECKED;
/* The guardrails of `scope: environment`, over the whole rendered set of one target (a list). */
int guardrails_check_environment(const struct guardrails *set, const struct val *objects,
                                 const struct val *cluster, const struct val *env,
                                 struct guardrail_results *out, struct err *e) ERR_CHECKED;
/* The set as ValidatingAdmissionPolicies with their bindings, YAML documents; real ones as they
 * are. cluster (as expressions see it) or NULL: those that depend on one are exported for it,
 * otherwise left out. Each that cannot be exported is in not_exported, with why. Nonzero when out
 * is full. */
int guardrails_export(const struct guardrails *set, const struct val *cluster, struct buf *out,
                      struct catalog_problems *not_exported, struct err *e) ERR_CHECKED;
/* All actions of the results together; *unknown: a denial may be among what is not known. */
unsigned guardrail_results_actions(const struct guardrail_results *r, bool *unknown);

#endif
