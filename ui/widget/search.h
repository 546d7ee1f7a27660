// SPDX-License-Identifier: Apache-2.0
/*
 * Words that are searched for in a text of many lines: `/` asks for them, `n` and `N` go from match
 * to match, `Esc` ends the search. Logs and YAML share it. UI thread.
 */
#ifndef LEEWAY_UI_WIDGET_SEARCH_H
#define LEEWAY_UI_WIDGET_SEARCH_H

#include "app/app.h"

struct search {
    char words[256]; /* bytes of cleaned text; "": nothing is searched for */
};

bool search_is_on(const struct search *s);
void search_set(struct search *s, struct text words);
bool search_matches(const struct search *s, struct text t); /* in any case */
/* Marks every match of t, which is drawn from col of row on. */
void search_mark(const struct search *s, struct region r, int row, int col, struct text t);
/* CMD_FILTER asks, CMD_BACK ends a search; 0 for all else. */
unsigned search_command(struct search *s, struct app *a, enum command c);
const char *search_why_not(const struct search *s); /* of the next and the previous match */

#endif
