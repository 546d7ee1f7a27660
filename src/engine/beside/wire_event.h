// SPDX-License-Identifier: Apache-2.0
/* Events of the public API as JSON values, beside wire.h. Any thread. */
#ifndef LEEWAY_ENGINE_WIRE_EVENT_H
#define LEEWAY_ENGINE_WIRE_EVENT_H

#include "engine/beside/wire.h"

#define WIRE_ROWS_AT_ONCE 64u
#define WIRE_EVENT_MAX (64u << 20) /* bytes of what one event points to */

/* Without the rows of its plan. Strings are borrowed. */
void wire_write_event(struct val_builder *b, const struct leeway_event *ev);
/* {"plan_rows": […]}: at most WIRE_ROWS_AT_ONCE rows from that one on; returns how many. */
size_t wire_write_rows(struct val_builder *b, const struct leeway_plan *p, size_t from);
/* Owned; the rows came ahead and are copied. NULL: ERR_PROTOCOL, ERR_LIMIT. */
struct leeway_event *wire_read_event(const struct val *v, const struct leeway_plan_row *rows,
                                     size_t n_rows, struct err *e) ERR_CHECKED;

#endif
