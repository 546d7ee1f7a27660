// SPDX-License-Identifier: Apache-2.0
/* A row of tabs: " [overview]  targets 3  drift 1". UI thread. */
#ifndef LEEWAY_UI_WIDGET_TABS_H
#define LEEWAY_UI_WIDGET_TABS_H

#include "app/view.h"

struct tab {
    const char *name;
    int64_t count; /* -1: none is shown; -2: not known, '?' */
};

void tabs_draw(struct region r, int row, const struct tab *tabs, size_t n, size_t on);
/* CMD_NEXT_TAB and CMD_PREVIOUS_TAB, around the ends. 0 for others. */
unsigned tabs_command(size_t *on, size_t n, enum command c);
/* The tab of this name; false, and nothing changed: there is none. */
bool tabs_find(const char *const *names, size_t n, struct text name, size_t *on);

#endif
