// SPDX-License-Identifier: Apache-2.0
/*
 * Drift: every given object of every target against what its watch delivers, from the first sight
 * of a difference (checking) to a verdict that counts, and back. One part of the engine; engine
 * thread.
 *
 *   drift.c        baselines in memory, the hooks of the part, what was not seen
 *   drift_judge.c  one look at one object
 *   drift_item.c   one standing difference: its transitions, timers, rows, records
 *   drift_verdict.c  what contract and exceptions say of it
 *   drift_probe.c  requests: is it missing or only relabelled; would the server change it back
 */
#ifndef LEEWAY_ENGINE_DRIFT_H
#define LEEWAY_ENGINE_DRIFT_H

#include "engine/drift/given.h"
#include "engine/engine_int.h"
#include "store/store_words.h"

struct target;

extern const struct engine_part drift_part;

/* ---- for whoever applies ---- */

/* The server's answer to our own apply of an object becomes what was given, in memory at once; out
 * is the record for store_put_result (its strings live in a; uid NULL: nothing to record). body:
 * digest of what was sent, in the form in which it is kept; NULL for a revert, which gives back
 * what was given and so does not change it. contract: as contract.h has it, "" none. ERR_PROTOCOL
 * when our entry is not in the answer. */
int drift_given(struct target *t, const struct val *answer, const struct digest *body,
                const char *contract, int64_t release, struct arena *a, struct store_given *out,
                struct err *e) ERR_CHECKED;
/* Exceptions came, ran out or went: every verdict is made again. */
void drift_answers_changed(struct engine *e);
/* A release deleted it: no baseline any more, and what was held against it ends. */
void drift_forget(struct target *t, const struct store_object *o);
/* All of the target was destroyed. What was kept of it is on record, and nobody looks after it any
 * more, also in later processes, until something is given to the target again. */
void drift_target_gone(struct target *t);
/* Between hold and let_go our own write to the object is under way and its events are not judged;
 * afterwards the next event, or a read made here, is. Nests. */
void drift_hold(struct target *t, const struct store_object *o);
void drift_let_go(struct target *t, const struct store_object *o);

/* ---- for revert, views and verbs ---- */

struct drift_object;
struct drift_item;

/* NULL: not given. group of o->api_version, kind, name space and name decide. */
struct drift_object *drift_object_of(struct target *t, const struct store_object *o);
const struct given *drift_object_given(const struct drift_object *o);
struct digest drift_object_body(const struct drift_object *o);
struct contract;
const struct contract *drift_object_contract(const struct drift_object *o); /* NULL: none */
const char *drift_object_contract_text(const struct drift_object *o);       /* "" none */
struct store_object drift_object_name(const struct drift_object *o);        /* borrowed */
struct target *drift_object_target(const struct drift_object *o);
bool drift_object_ready(const struct drift_object *o, const char **why); /* kstatus Current */
enum drift_health {
    DRIFT_HEALTH_READY,
    DRIFT_HEALTH_WAITING, /* a controller is at work, or it is being deleted */
    DRIFT_HEALTH_FAILED,
    DRIFT_HEALTH_UNSEEN, /* no watch has delivered it yet */
    DRIFT_HEALTH_GONE,   /* missing, replaced, relabelled: a drift of its own */
};
/* In words what it waits for, "1 of 3 updated"; borrowed until the next event. */
enum drift_health drift_object_health(const struct drift_object *o, const char **words);
void drift_each_object(struct target *t, void (*fn)(void *ctx, const struct drift_object *o),
                       void *ctx);

struct drift_item *drift_item_by_id(struct engine *e, uint64_t id);
struct drift_object *drift_item_object(const struct drift_item *i); /* NULL: of a whole target */
const char *drift_item_path(const struct drift_item *i);            /* "" whole object */
enum leeway_drift_kind drift_item_kind(const struct drift_item *i);
/* Its value as records of exceptions have it: canonical JSON, "" not there; NULL: not known, or too
 * large. Who it is put down to; "" nobody is known. */
const char *drift_item_value(const struct drift_item *i);
const char *drift_item_taker(const struct drift_item *i);
bool drift_item_is_secret(const struct drift_item *i);
bool drift_item_others_own(const struct drift_item *i); /* somebody but us owns the path now */
/* The items that stand against an object, until NULL. */
struct drift_item *drift_object_item(const struct drift_object *o, size_t n);
/* Fills a public row; texts in a. */
void drift_item_describe(const struct drift_item *i, struct leeway_drift *row, struct arena *a);

/* How a value is shown: "-" when NULL, text without quotes, containers as short JSON. */
struct text drift_value_text(struct arena *a, const struct val *v);
/* Owners of a path for a public row, not ours first, newest first; in a. exact: without those of
 * something above it: a given leaf is below nothing atomic, but some own an empty {} there. */
struct ownership;
struct ownership_entry;
struct leeway_owner drift_owner_row(struct arena *a, const struct ownership_entry *e,
                                    const char *manager);
/* All who wrote the object, but for its status. */
size_t drift_writers(struct arena *a, const struct ownership *o, const char *manager,
                     const struct leeway_owner **out);
size_t drift_owners(struct arena *a, const struct ownership *o, struct path path, bool exact,
                    const char *manager, const struct leeway_owner **out);
/* The rules under which givens were made: one for the whole fleet. */
const struct given_rules *drift_rules(struct engine *e);

#endif
