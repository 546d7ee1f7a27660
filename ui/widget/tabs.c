// SPDX-License-Identifier: Apache-2.0
#include "widget/tabs.h"

#include <string.h>

void tabs_draw(struct region r, int row, const struct tab *tabs, size_t n, size_t on)
{
    struct arena *a = canvas_arena(r.canvas);
    int col = 1;
    for (size_t i = 0; i < n; i++) {
        struct text t = text_cstr(a, tabs[i].name);
        if (tabs[i].count >= 0)
            t = text_fmt(a, "%s %lld", tabs[i].name, (long long)tabs[i].count);
        else if (tabs[i].count == -2)
            t = text_fmt(a, "%s ?", tabs[i].name);
        if (i == on)
            t = text_fmt(a, "[%s]", t.str);
        col += draw_text(r, row, col, t, i == on ? ROLE_TAB_ON : ROLE_TAB) + 2;
    }
}

unsigned tabs_command(size_t *on, size_t n, enum command c)
{
    if (n == 0 || (c != CMD_NEXT_TAB && c != CMD_PREVIOUS_TAB))
        return 0;
    *on = (*on + (c == CMD_NEXT_TAB ? 1 : n - 1)) % n;
    return VIEW_REDRAW;
}

bool tabs_find(const char *const *names, size_t n, struct text name, size_t *on)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name.str) == 0) {
            *on = i;
            return true;
        }
    return false;
}
