// SPDX-License-Identifier: Apache-2.0
/*
 * `E` on a view that has no copy of its own to open: all its rows, also those that are not in view,
 * uncut, in $EDITOR or into a file as text, CSV or JSON. Files are made with mode 0600 and never
 * written over. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_EXPORT_H
#define LEEWAY_UI_VIEWS_EXPORT_H

#include "app/app.h"

enum export_form { EXPORT_TEXT, EXPORT_CSV, EXPORT_JSON, EXPORT_FORMS };

/* What v shows as a table of its own headings; how many rows. */
size_t export_view(struct app *a, struct view *v, enum export_form form, struct buf *out);
/* Asks where to. */
void export_ask(struct app *a, struct view *v);

#endif
