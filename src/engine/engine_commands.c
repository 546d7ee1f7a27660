// SPDX-License-Identifier: Apache-2.0
/*
 * Commands of the public API, one line each. A handler owns the command and answers it once, now or
 * later. What a command changes decides who may give it: see the two flags in engine_int.h.
 */
#include "engine/answers/answers.h"
#include "engine/answers/compare.h"
#include "engine/answers/explain.h"
#include "engine/answers/history.h"
#include "engine/apply/apply.h"
#include "engine/engine_int.h"
#include "engine/environments/catalogs.h"
#include "engine/environments/lifetime.h"
#include "engine/environments/parts.h"
#include "engine/environments/rebuild.h"
#include "engine/environments/team_gate.h"
#include "engine/fleet/cluster.h"
#include "engine/look/look.h"
#include "engine/look/object_view.h"
#include "engine/look/pod_log.h"
#include "engine/plan/plan.h"
#include "engine/plan/revert.h"

#include "base/mem.h"

#include <stddef.h>

enum { TRIM_MS = 30000 };

/* False after the answer that there is no such cluster. */
static bool find_cluster(struct engine *e, struct engine_command *cmd, struct cluster **out)
{
    *out = cmd->c.cluster ? engine_cluster_by_name(e, cmd->c.cluster) : NULL;
    if (*out)
        return true;
    struct err err = ERR_INIT;
    err_set(&err, ERR_NOT_FOUND, "there is no cluster %s", cmd->c.cluster ? cmd->c.cluster : "");
    engine_answer_failed(e, cmd, &err);
    return false;
}

static void try_now(struct engine *e, struct engine_command *cmd)
{
    struct cluster *c = NULL;
    if (cmd->c.cluster && !find_cluster(e, cmd, &c))
        return;
    for (size_t i = 0; !c && i < e->clusters.len; i++)
        cluster_try_now(e->clusters.items[i]);
    if (c)
        cluster_try_now(c);
    engine_answer_done(e, cmd, 0, c ? "%s is asked now" : "every cluster is asked now",
                       c ? c->name : "");
}

static void confirm_replaced(struct engine *e, struct engine_command *cmd)
{
    struct cluster *c;
    struct err err = ERR_INIT;
    if (!find_cluster(e, cmd, &c))
        return;
    if (cluster_confirm_replaced(c, &err))
        engine_answer_failed(e, cmd, &err);
    else
        engine_answer_done(e, cmd, 0, "%s is the cluster that answers now", c->name);
}

static void logged_in(struct engine *e, struct engine_command *cmd)
{
    struct cluster *c;
    if (!find_cluster(e, cmd, &c))
        return;
    struct err err = ERR_INIT;
    if (cluster_logged_in(c, cmd->c.login ? cmd->c.login : "", cmd->c.login_status, &err))
        engine_answer_failed(e, cmd, &err);
    else
        engine_answer_done(e, cmd, 0, "%s: logged in, asking again", c->name);
    err_clear(&err);
}

static const struct engine_command_kind kinds[] = {
    {LEEWAY_CMD_TRY_NOW, "try now", .run = try_now},
    {LEEWAY_CMD_CONFIRM_REPLACED, "confirm a replaced cluster", .writes_store = true,
     .run = confirm_replaced},
    {LEEWAY_CMD_PLAN_FOLDER, "plan a folder", .writes_store = true, .run = plan_folder},
    {LEEWAY_CMD_PLAN_CHOOSE, "choose", .writes_store = true, .run = plan_choose},
    {LEEWAY_CMD_PLAN_OPEN, "open a plan", .run = plan_open},
    {LEEWAY_CMD_APPLY, "apply", true, true, .may = "apply", .run = apply_plan},
    {LEEWAY_CMD_ABORT, "abort", true, true, true, .run = apply_control},
    {LEEWAY_CMD_PAUSE, "pause", true, true, true, .run = apply_control},
    {LEEWAY_CMD_RESUME, "resume", true, true, true, .run = apply_control},
    {LEEWAY_CMD_APPROVE, "approve", true, true, true, .may = "apply", .run = apply_approve},
    {LEEWAY_CMD_LOGGED_IN, "log in", .run = logged_in},
    {LEEWAY_CMD_PLAN_REVERT, "plan a revert", .writes_store = true, .may = "revert",
     .run = revert_command},
    {LEEWAY_CMD_PLAN_HANDOVER, "plan to hand over", .writes_store = true, .may = "accept",
     .run = revert_command},
    {LEEWAY_CMD_PLAN_UNDO, "plan an undo", .writes_store = true, .may = "plan", .run = plan_undo},
    {LEEWAY_CMD_ACCEPT, "accept", .writes_store = true, .may = "accept", .run = answers_accept},
    {LEEWAY_CMD_END_EXCEPTION, "end an exception", .writes_store = true, .may = "accept",
     .run = answers_end},
    {LEEWAY_CMD_EXTEND, "extend", .writes_store = true, .may = "launch", .run = lifetime_extend},
    {LEEWAY_CMD_PLAN_OVERRIDE, "plan an override", .writes_store = true, .may = "accept",
     .run = explain_command},
    {LEEWAY_CMD_EXPLAIN, "explain", .run = explain_command},
    {LEEWAY_CMD_HISTORY, "tell what happened", .run = history_command},
    {LEEWAY_CMD_COMPARE, "compare", .run = compare_command},
    {LEEWAY_CMD_PARTS, "look at an environment", .run = parts_command},
    {LEEWAY_CMD_OBJECT, "look at an object", .run = object_view_command},
    {LEEWAY_CMD_KINDS, "name the kinds", .run = look_kinds_command},
    {LEEWAY_CMD_LOOK, "look at a kind", .run = look_command},
    {LEEWAY_CMD_LOG, "read a log", .run = pod_log_command},
    {LEEWAY_CMD_CATALOG, "read the catalog", .run = catalogs_read_command},
    {LEEWAY_CMD_DRAFT, "keep a draft", .writes_store = true, .run = catalogs_draft_command},
    {LEEWAY_CMD_PLAN_ENVIRONMENT, "plan an environment", .writes_store = true,
     .run = plan_environment},
    {LEEWAY_CMD_PLAN_DRAFT, "plan a draft", .run = plan_draft},
    {LEEWAY_CMD_REBUILD, "rebuild the store", .writes_store = true, .run = rebuild_command},
    {LEEWAY_CMD_LOOK_END, "end a look", .run = look_end_command},
};

const struct engine_command_kind *engine_command_find(enum leeway_command_kind kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    return NULL;
}

void engine_run_command(struct engine *e, struct engine_command *cmd)
{
    log_write(e->log, LOG_DEBUG, "engine", "command %s", engine_command_find(cmd->c.kind)->name);
    const struct engine_command_kind *kind = engine_command_find(cmd->c.kind);
    if (!e->trim_ms) /* what was asked for needs memory for a while */
        e->trim_ms = engine_boot_ms(e) + TRIM_MS;
    if (kind->may)
        team_gate(e, cmd, kind);
    else
        kind->run(e, cmd);
}
