// SPDX-License-Identifier: Apache-2.0
/*
 * The fleet's catalogs and environment files as people see them: two tables of the snapshot, filled
 * anew when the files are read again. Borrowed as all rows of a snapshot. Values are shown as JSON
 * text; secrets are never among them, only the places where they are. Any thread.
 */
#ifndef LEEWAY_CATALOG_H
#define LEEWAY_CATALOG_H

#include "leeway/snapshot.h"

struct leeway_parameter {
    struct text name;
    struct text takes;     /* "small, medium, large", "1 to 20", "text", "secret, by reference" */
    struct text otherwise; /* the default; empty: none */
    struct text description;
    bool required, secret;
};

struct leeway_module_use { /* one module of a blueprint */
    struct text instance;
    struct text module, version; /* as chosen now; version empty: none fits */
    struct text description;
    struct text when;     /* the condition under which it is there; empty: always */
    struct text contract; /* "12 fields, 3 left to anyone" */
};

/* One version of a blueprint. */
struct leeway_blueprint {
    struct text name, version, description;
    struct text owners; /* comma separated */
    struct text folder; /* of its catalog */
    struct text file;
    enum leeway_state
        state;            /* OK: may be used; UNKNOWN: nobody signed it; FAILED: broken, altered */
    struct text approval; /* "signed by mona", "as first seen" */
    struct text why;      /* why it cannot be launched; empty when it can */
    struct text hint;     /* what to do about it */
    bool usable;          /* by somebody */
    bool yours;           /* the person here may launch it */
    bool newest;          /* of what is usable, else of all */
    struct text teams;    /* that may launch it; the person's own first, with their limits */
    struct text team;     /* the first of them that the person is in; empty: none */
    struct text goes_to;  /* "tier=dev"; empty: anywhere */
    int32_t max_clusters; /* of one environment; 0: any number */
    int32_t exceptions;   /* that an environment may carry; -1: not said */
    struct text max_expiry; /* of one */
    struct text ttl, max_ttl;
    struct text stages;    /* "canary, then a person decides; rest" */
    struct text resources; /* kinds of objects that its modules make, comma separated */
    const struct leeway_parameter *parameters;
    size_t n_parameters;
    const struct leeway_module_use *modules;
    size_t n_modules;
    const struct text *outputs; /* names */
    size_t n_outputs;
    struct text schema; /* of the parameters: JSON; what a form is made of */
};

struct leeway_override {
    struct text cluster; /* empty: every one */
    struct text module, params, reason, by;
    int64_t expires_ms; /* 0: never */
};

struct leeway_exception {
    struct text cluster; /* empty: every one */
    struct text object, path, value, manager, reason, by;
    int64_t expires_ms; /* 0: never */
};

/* The file of an environment, or a draft of one that a form keeps. */
struct leeway_env_file {
    struct text name;
    struct text path;
    bool draft; /* name is the form's: "launch web-app", "change payments-dev" */
    struct text blueprint, version, team, owner, namespace_, ttl;
    struct text document; /* the whole, as JSON; empty when it has problems */
    struct text problem;  /* why it cannot be used; empty when it can */
    const struct leeway_override *overrides;
    size_t n_overrides;
    const struct leeway_exception *exceptions;
    size_t n_exceptions;
};

/* By name, then version, newest first. */
size_t leeway_blueprints(const struct leeway_snapshot *s);
const struct leeway_blueprint *leeway_blueprint_at(const struct leeway_snapshot *s, size_t i);
/* version NULL: the newest. NULL: there is none. */
const struct leeway_blueprint *leeway_blueprint_find(const struct leeway_snapshot *s,
                                                     const char *name, const char *version);
size_t leeway_env_files(const struct leeway_snapshot *s);
const struct leeway_env_file *leeway_env_file_at(const struct leeway_snapshot *s, size_t i);
const struct leeway_env_file *leeway_env_file_find(const struct leeway_snapshot *s,
                                                   const char *name, bool draft);

void leeway_snapshot_put_blueprint(struct leeway_snapshot_builder *b, size_t i,
                                   const struct leeway_blueprint *row);
void leeway_snapshot_put_env_file(struct leeway_snapshot_builder *b, size_t i,
                                  const struct leeway_env_file *row);
/* Cuts the two tables to these lengths. */
void leeway_snapshot_truncate_catalog(struct leeway_snapshot_builder *b, size_t blueprints,
                                      size_t files);

#endif
