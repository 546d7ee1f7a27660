// SPDX-License-Identifier: Apache-2.0
/*
 * A plan as people see it: immutable, reference-counted, folded over clusters, risks first. What is
 * applied is the stored plan of the same hash. Any thread.
 */
#ifndef LEEWAY_PLAN_H
#define LEEWAY_PLAN_H

#include "base/text.h"
#include "leeway/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum leeway_choice {                     /* for a field that somebody else owns */
                     LEEWAY_CHOICE_OPEN, /* a person has to decide; the plan cannot be applied yet
                                          */
                     LEEWAY_CHOICE_TAKE_OVER,
                     LEEWAY_CHOICE_KEEP_THEIRS,
                     LEEWAY_CHOICE_STOP,
                     LEEWAY_CHOICE_NONE, /* nobody else owns it */
};

struct leeway_plan_field {
    struct text path;   /* server notation */
    struct text before; /* live now; "-": not there */
    struct text after;
    struct text note; /* "its default", "kubectl-edit owns it too, so it is not removed" */
    enum leeway_choice choice;
    struct text owner; /* the others that own it: "kubectl scale, a person" */
    struct text on;    /* when the values differ by cluster: the cluster of this line */
};

struct leeway_plan_row {
    uint32_t number; /* 1-based, stable within the plan: what choices name */
    enum leeway_action action;
    bool risk;
    struct text api_version, object_kind, namespace_, name;
    struct text cause; /* "folder", "drift being reverted", "left the folder" */
    struct text
        detail;       /* of a risk: what is lost or who is overruled; of an error: what and where */
    struct text hint; /* what to do about an error */
    /* the right without which it is left out: "patch", "deployments.apps"; empty: nobody refuses */
    struct text forbidden_verb, forbidden_resource;
    const struct text *clusters;
    size_t n_clusters;
    const struct leeway_plan_field *fields;
    size_t n_fields;
    bool shared_kind;      /* namespace, CRD, …: never pruned unless confirmed by itself */
    bool checked_at_apply; /* could not be dry-run yet */
};

struct leeway_plan_target {
    struct text cluster, cluster_uid, identity;
    bool protected_;
    struct text may; /* empty: everything allowed; else the verb and resource that is missing */
};

/* A cluster of the fleet as an environment's placement sees it. */
struct leeway_plan_place {
    struct text cluster;
    bool fits;       /* blueprint, team and modules allow it */
    bool chosen;     /* the environment goes there */
    struct text why; /* why it does not fit; why it is chosen or not */
};

struct leeway_plan {
    struct text hash; /* 64 hexadecimal digits; empty while the plan cannot be applied at all */
    struct text environment, environment_uuid, namespace_;
    struct text title;   /* "folder ./manifests", "revert 2 fields" */
    struct text rollout; /* the stages of its release: "canary; a person opens the gate; rest" */
    int32_t release;     /* the number it would get */
    int64_t planned_ms;  /* wall */
    int32_t took_ms;
    int32_t counts[LEEWAY_ACTION_COUNT]; /* objects over all targets */
    int32_t changes;                     /* objects that will be sent or deleted */
    const struct leeway_plan_target *targets;
    size_t n_targets;
    const struct leeway_plan_row *rows; /* risks first, then by action and name */
    size_t n_rows;
    const struct text *warnings; /* of servers (Warning headers), of what leeway noticed */
    size_t n_warnings;
    bool may_apply;
    struct text why_not;                    /* when it may not */
    bool protected_;                        /* some target wants the environment's name typed */
    const struct leeway_plan_place *places; /* of environments, when just planned; by name */
    size_t n_places;
};

/* What happens to it, in one word: "create"; "forbidden" when a right is missing. */
const char *leeway_plan_row_word(const struct leeway_plan_row *row);

struct leeway_plan *leeway_plan_ref(struct leeway_plan *p);
void leeway_plan_unref(struct leeway_plan *p);
/* Deep copy of what *p points to, with one reference; for the engine and for tests of views. */
struct leeway_plan *leeway_plan_new(const struct leeway_plan *p);

#endif
