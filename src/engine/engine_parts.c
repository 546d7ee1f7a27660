// SPDX-License-Identifier: Apache-2.0
/* The parts of the engine, in the order in which they start. */
#include "engine/apply.h"
#include "engine/catalogs.h"
#include "engine/drift.h"
#include "engine/engine_int.h"
#include "engine/env_source.h"
#include "engine/exceptions.h"
#include "engine/look.h"
#include "engine/object_view.h"
#include "engine/plan.h"
#include "engine/pod_log.h"
#include "engine/revert.h"
#include "engine/target_health.h"

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
    NULL,
};
/* clang-format on */
