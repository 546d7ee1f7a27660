// SPDX-License-Identifier: Apache-2.0
/*
 * Judging: records of one fleet, of environments whose clusters tell the same story. Nothing is
 * guessed: what contradicts is left where it is until a person says whose word counts.
 */
#include "engine/environments/rebuild.h"

#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"

#include <string.h>

static bool counts(const struct rebuilding *r, const struct rebuild_found *f)
{
    return r->cmd->c.cluster && f->cluster == engine_cluster_by_name(r->engine, r->cmd->c.cluster);
}

static void leave(struct rebuild_found *f)
{
    f->left = true;
}

/* ---- the fleet ---- */

/* A store that knows environments, or a fleet file that says so, has its fleet. Else it is that of
 * the records, when there is one. */
static void choose_fleet(struct rebuilding *r)
{
    struct engine *e = r->engine;
    const char *fleet = e->inventory->uid || e->environments.len ? e->fleet_uuid : NULL;
    for (size_t i = 0; !fleet && i < r->found.len; i++)
        if (counts(r, &r->found.items[i]))
            fleet = r->found.items[i].record.fleet;
    bool several = false;
    for (size_t i = 0; !fleet && i < r->found.len; i++)
        several =
            several || strcmp(r->found.items[i].record.fleet, r->found.items[0].record.fleet) != 0;
    if (!fleet && r->found.len && !several)
        fleet = r->found.items[0].record.fleet;
    r->fleet = fleet ? fleet : "";
    for (size_t i = 0; i < r->found.len; i++) {
        struct rebuild_found *f = &r->found.items[i];
        if (strcmp(f->record.fleet, r->fleet) == 0)
            continue;
        leave(f);
        rebuild_say(r, f->name,
                    several ? "--from CLUSTER says which fleet this store is of"
                            : "its own store has it",
                    "%s is of %s: not taken", f->record.environment,
                    several ? "one of several fleets" : "another fleet");
    }
}

/* ---- stories ---- */

static bool same_environment(const struct rebuild_found *a, const struct rebuild_found *b)
{
    return strcmp(a->record.uuid, b->record.uuid) == 0;
}

/* The same release with another content, or the same name for another environment. */
static bool contradict(const struct rebuild_found *a, const struct rebuild_found *b)
{
    if (!same_environment(a, b))
        return strcmp(a->record.environment, b->record.environment) == 0;
    return strcmp(a->record.environment, b->record.environment) != 0 ||
           strcmp(a->record.namespace_, b->record.namespace_) != 0 ||
           (a->record.release == b->record.release && strcmp(a->record.plan, b->record.plan) != 0);
}

static void settle(struct rebuilding *r, struct rebuild_found *a, struct rebuild_found *b)
{
    bool first = counts(r, a), second = counts(r, b);
    if (!first)
        leave(a);
    if (!second)
        leave(b);
    if (first || second)
        rebuild_say(r, first ? b->name : a->name, "release it there again under another name",
                    "what it says of %s is not what %s says: not taken", a->record.environment,
                    first ? a->name : b->name);
    else
        rebuild_say(r, a->name, "--from CLUSTER says whose word counts",
                    "%s and %s tell different stories of %s (r%lld by %s, r%lld by %s): not taken",
                    a->name, b->name, a->record.environment, (long long)a->record.release,
                    *a->record.by ? a->record.by : "nobody", (long long)b->record.release,
                    *b->record.by ? b->record.by : "nobody");
}

static void compare_stories(struct rebuilding *r)
{
    for (size_t i = 0; i < r->found.len; i++)
        for (size_t k = 0; k < i; k++) {
            struct rebuild_found *a = &r->found.items[k], *b = &r->found.items[i];
            if (strcmp(a->record.environment, b->record.environment) != 0 &&
                !same_environment(a, b))
                continue;
            if (strcmp(a->record.fleet, r->fleet) == 0 && strcmp(b->record.fleet, r->fleet) == 0 &&
                contradict(a, b) && !(a->left && b->left))
                settle(r, a, b);
        }
    /* nobody's word counted: the other clusters of that environment are no better */
    for (size_t i = 0; i < r->found.len; i++)
        for (size_t k = 0; r->found.items[i].left && k < r->found.len; k++) {
            struct rebuild_found *f = &r->found.items[k];
            if (!f->left && !r->cmd->c.cluster && same_environment(f, &r->found.items[i]) &&
                strcmp(f->record.fleet, r->found.items[i].record.fleet) == 0)
                leave(f);
        }
}

/* ---- what the store has ---- */

static void skip_known(struct rebuilding *r)
{
    for (size_t i = 0; i < r->found.len; i++) {
        struct rebuild_found *f = &r->found.items[i];
        struct environment *env = environment_by_uuid(r->engine, f->record.uuid);
        const struct environment *namesake = environment_by_name(r->engine, f->record.environment);
        const struct target *t = env ? target_find(env, f->record.cluster) : NULL;
        if (f->left)
            continue;
        if (t && t->release) {
            r->known++;
            leave(f);
        } else if (namesake && namesake != env) {
            leave(f);
            rebuild_say(r, f->name, "release it there again under another name",
                        "the store has another environment %s: not taken", f->record.environment);
        }
    }
}

void rebuild_judge(struct rebuilding *r)
{
    choose_fleet(r);
    compare_stories(r);
    skip_known(r);
}
