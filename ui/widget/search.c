// SPDX-License-Identifier: Apache-2.0
#include "widget/search.h"

#include <stdio.h>
#include <string.h>

bool search_is_on(const struct search *s)
{
    return s->words[0] != '\0';
}

void search_set(struct search *s, struct text words)
{
    snprintf(s->words, sizeof(s->words), "%.*s", (int)words.len, words.str);
}

bool search_matches(const struct search *s, struct text t)
{
    return search_is_on(s) && strcasestr(t.str, s->words) != NULL;
}

static int cols_of(const char *s, uint32_t len)
{
    int cols = 0, w;
    for (uint32_t i = 0; i < len; cols += w)
        i += text_next_cell(s + i, len - i, 1, &w);
    return cols;
}

void search_mark(const struct search *s, struct region r, int row, int col, struct text t)
{
    uint32_t n = (uint32_t)strlen(s->words);
    for (const char *at = t.str; n && (at = strcasestr(at, s->words)); at += n)
        if (at + n <= t.str + t.len)
            draw_over(r, row, col + cols_of(t.str, (uint32_t)(at - t.str)), cols_of(at, n),
                      ROLE_MATCH);
}

unsigned search_command(struct search *s, struct app *a, enum command c)
{
    if (c == CMD_FILTER) {
        app_ask_filter(a, (struct text){s->words, (uint32_t)strlen(s->words), 0});
        return VIEW_REDRAW;
    }
    if (c != CMD_BACK || !search_is_on(s))
        return 0;
    s->words[0] = '\0';
    return VIEW_REDRAW;
}

const char *search_why_not(const struct search *s)
{
    return search_is_on(s) ? NULL : "/ searches first";
}
