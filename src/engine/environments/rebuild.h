// SPDX-License-Identifier: Apache-2.0
/*
 * A store that was lost, from what the parents on the clusters carry (apply/record.h). With a store
 * that knows no environment every cluster is asked once whether there are parents, and what is
 * found is said; taking them over is a command of its own, in a process that then ends: what is in
 * memory stays as it was. Nothing is sent to a cluster but lists. Engine thread.
 */
#ifndef LEEWAY_ENGINE_REBUILD_H
#define LEEWAY_ENGINE_REBUILD_H

#include "engine/apply/record.h"
#include "engine/engine_int.h"

extern const struct engine_part rebuild_part;

/* LEEWAY_CMD_REBUILD: cluster, whose word counts where two clusters contradict each other. Says
 * line by line what was taken, and what was not and why; then EVENT_DONE. */
void rebuild_command(struct engine *e, struct engine_command *cmd);

/* What was noticed, into what is said of the fleet. */
void rebuild_describe(struct engine *e, struct leeway_fleet_info *info);

/* ---- inside ---- */

/* A parent whose record is believed. Everything in the pool of the rebuilding. */
struct rebuild_found {
    struct cluster *cluster;
    const char *name; /* of the cluster */
    struct record record;
    enum record_proof proof;
    bool left; /* it is not taken, which was said */
};

struct rebuilding {
    struct engine *engine;
    struct engine_command *cmd;
    struct val_pool pool;
    VEC(struct rebuild_found) found;
    bool beginning, taking, gone;        /* gone: the program ends, nobody is answered */
    size_t unreachable, unread;          /* clusters, parents that gave nothing */
    size_t writes;                       /* under way */
    size_t other_key;                    /* records whose writer cannot be proven */
    size_t environments, targets, known; /* taken; those that the store has already */
    const char *fleet;
    struct err err;
};

void rebuild_free(struct rebuilding *r);
/* rebuild_judge.c: which of them may be taken; what may not is marked and said. Pure but for
 * messages. */
void rebuild_judge(struct rebuilding *r);
/* Worse than well: shown with a mark. */
void rebuild_say(struct rebuilding *r, const char *where, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* rebuild_take.c: into the store; done is called when all of it is durable, or failed. */
void rebuild_take(struct rebuilding *r, void (*done)(struct rebuilding *r));

#endif
