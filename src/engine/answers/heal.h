// SPDX-License-Identifier: Apache-2.0
/*
 * Fields whose contract says `onDrift: revert`: unexpected drift of them is given back by itself,
 * by the same plan and release as when a person reverts it. Only in a process that may (a
 * console), never on protected clusters, and not what is contested: leeway stops adding to that.
 * Engine thread.
 */
#ifndef LEEWAY_ENGINE_HEAL_H
#define LEEWAY_ENGINE_HEAL_H

#include "engine/engine_int.h"

extern const struct engine_part heal_part;

/* A difference counts now: whether it is to be given back is looked at soon. */
void heal_soon(struct engine *e);

#endif
