// SPDX-License-Identifier: Apache-2.0
/* How states look: shapes and roles lie in the order of the states. UI thread. */
#ifndef LEEWAY_UI_VIEWS_STATES_H
#define LEEWAY_UI_VIEWS_STATES_H

#include "canvas/canvas.h"
#include "leeway/state.h"

static inline enum glyph state_glyph(enum leeway_state s)
{
    return (enum glyph)(GLYPH_FAILED + (int)s);
}

static inline enum role state_role(enum leeway_state s)
{
    return (enum role)(ROLE_STATUS_FAILED + (int)s);
}

/* Something a person may have to look at, or that moves. */
static inline bool state_is_unwell(enum leeway_state s)
{
    return s < LEEWAY_PENDING;
}

static inline int draw_state(struct region r, int row, int col, enum leeway_state s)
{
    return draw_glyph(r, row, col, state_glyph(s), state_role(s));
}

/* The name of something in that state. */
static inline enum role state_name_role(enum leeway_state s)
{
    return state_is_unwell(s) ? ROLE_TEXT_STRONG : ROLE_TEXT;
}

#endif
