// SPDX-License-Identifier: Apache-2.0
/* The parts of the engine, in the order in which they start. */
#include "engine/answers/exceptions.h"
#include "engine/answers/heal.h"
#include "engine/apply/apply.h"
#include "engine/apply/target_health.h"
#include "engine/drift/drift.h"
#include "engine/engine_int.h"
#include "engine/environments/catalogs.h"
#include "engine/environments/env_source.h"
#include "engine/environments/lifetime.h"
#include "engine/environments/rebuild.h"
#include "engine/look/look.h"
#include "engine/look/object_view.h"
#include "engine/look/pod_log.h"
#include "engine/plan/plan.h"
#include "engine/plan/revert.h"

/* One a line, so that two people can add theirs. */
/* clang-format off */
const struct engine_part *const engine_parts[] = {
    &health_part,
    &exceptions_part,
    &drift_part,
    &object_view_part,
    &look_part,
    &catalogs_part,
    &pod_log_part,
    &plan_part,
    &plan_draft_part,
    &apply_part,
    &revert_part,
    &env_source_part,
    &lifetime_part,
    &heal_part,
    &rebuild_part,
    NULL,
};
/* clang-format on */
