// SPDX-License-Identifier: Apache-2.0
/*
 * The stages of a release as they are shown: what each of them is allowed, which gate waits for a
 * person, who opened the others. Also of a release that nobody runs any more.
 */
#include "engine/apply/apply_int.h"

#include "engine/apply/target_health.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"

#include <string.h>

static void stage_clear(struct release_stage_row *s)
{
    mem_free(s->name);
    mem_free(s->opened_by);
    mem_free(s->why);
}

void apply_stages_clear(struct release_row *row)
{
    for (size_t i = 0; i < row->stages.len; i++)
        stage_clear(&row->stages.items[i]);
    vec_clear(&row->stages);
}

static bool set(char **to, const char *s)
{
    if (*to && strcmp(*to, s) == 0)
        return false;
    mem_free(*to);
    *to = mem_strdup(s);
    return true;
}

static uint32_t targets_of(const struct release_row *row, size_t stage)
{
    uint32_t n = 0;
    for (size_t i = 0; i < row->targets.len; i++)
        n += row->targets.items[i].stage == (int32_t)stage;
    return n;
}

/* True when something is not as it was. */
static bool take(struct release_stage_row *to, const struct rollout_stage *s, uint32_t targets,
                 bool waits, const char *why)
{
    bool changed = to->gate != s->gate || to->waits != waits || to->opened_ms != s->opened_ms ||
                   to->forgiven != s->forgiven;
    to->gate = s->gate;
    to->waits = waits;
    to->opened_ms = s->opened_ms;
    to->soak_ms = s->soak_ms;
    to->at_once = rollout_at_once(s, targets);
    to->budget = s->failure_budget;
    to->forgiven = s->forgiven;
    changed |= set(&to->name, s->name);
    changed |= set(&to->opened_by, s->opened_by ? s->opened_by : "");
    return set(&to->why, why) || changed;
}

void apply_show_stages(struct release_row *row, const struct rollout *r,
                       const struct rollout_target *turns, const struct rollout_step *step)
{
    bool changed = row->stages.len != r->stages.len;
    for (size_t i = 0; i < row->targets.len; i++) {
        changed |= row->targets.items[i].stage != (int32_t)turns[i].stage;
        row->targets.items[i].stage = (int32_t)turns[i].stage;
    }
    if (changed)
        apply_stages_clear(row);
    for (size_t i = row->stages.len; i < r->stages.len; i++)
        vec_push(&row->stages, (struct release_stage_row){0});
    for (size_t i = 0; i < r->stages.len; i++) {
        bool here = step && step->stage == i;
        changed |= take(&row->stages.items[i], &r->stages.items[i], targets_of(row, i),
                        here && step->wait == ROLLOUT_GATE, here ? step->why : "");
    }
    if (changed && row->run)
        apply_show_dirty(row->run->engine, row);
}

void apply_stages_load(struct engine *e, struct release_row *row, const char *stored)
{
    struct rollout r;
    struct err err = ERR_INIT;
    struct rollout_target *turns = mem_calloc(row->targets.len + 1, sizeof(*turns));
    rollout_init(&r);
    for (size_t i = 0; i < row->targets.len; i++) {
        const struct cluster *c = engine_cluster_by_uid(e, row->targets.items[i].cluster_uid);
        turns[i].cluster = row->targets.items[i].cluster;
        turns[i].labels = c ? &c->entry->labels : NULL;
    }
    /* clusters and labels are those of today: then only the targets are shown */
    if (*stored && !rollout_read(&r, stored, &err) &&
        !rollout_assign(&r, turns, row->targets.len, &err))
        apply_show_stages(row, &r, turns, NULL);
    err_clear(&err);
    rollout_clear(&r);
    mem_free(turns);
}

void apply_stages_fill(const struct release_row *row, struct leeway_release *out, struct arena *a)
{
    struct leeway_release_stage *stages = arena_array(a, row->stages.len + 1, sizeof(*stages));
    for (size_t i = 0; i < row->stages.len; i++) {
        const struct release_stage_row *s = &row->stages.items[i];
        stages[i] = (struct leeway_release_stage){.name = text_cstr(a, s->name),
                                                  .targets = (int32_t)targets_of(row, i),
                                                  .at_once = (int32_t)s->at_once,
                                                  .budget = (int32_t)s->budget,
                                                  .forgiven = (int32_t)s->forgiven,
                                                  .soak_ms = s->soak_ms,
                                                  .gate = s->gate,
                                                  .waits = s->waits && !row->ended_ms,
                                                  .opened_ms = s->opened_ms,
                                                  .opened_by = text_cstr(a, s->opened_by),
                                                  .why = text_cstr(a, s->why)};
        for (size_t k = 0; k < row->targets.len; k++) {
            if (row->targets.items[k].stage != (int32_t)i)
                continue;
            stages[i].done += target_phase_is_done(row->targets.items[k].phase);
            stages[i].failed += row->targets.items[k].phase == LEEWAY_TARGET_FAILED ||
                                row->targets.items[k].phase == LEEWAY_TARGET_DEGRADED;
        }
    }
    out->stages = stages;
    out->n_stages = row->stages.len;
}
