// SPDX-License-Identifier: Apache-2.0
/* What is set once for the whole process, and who sits in front of it. */
#ifndef LEEWAY_ENGINE_PROCESS_H
#define LEEWAY_ENGINE_PROCESS_H

#include "engine/engine_int.h"

/* As many descriptors as we may have; no core dumps, which would hold credentials. Returns the soft
 * limit of descriptors before, which children get back. May be called again. */
uint64_t process_prepare(void);

void engine_person_init(struct engine_person *p);
void engine_person_clear(struct engine_person *p);

#endif
