// SPDX-License-Identifier: Apache-2.0
/* The parts of the engine, in the order in which they start. */
#include "engine/engine_int.h"

const struct engine_part *const engine_parts[] = {
    NULL,
};
