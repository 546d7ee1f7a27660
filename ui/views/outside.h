// SPDX-License-Identifier: Apache-2.0
/*
 * Other programs on what is shown: a shell in a container through kubectl, a copy in an editor.
 * Both leave the screen to the program and come back. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_OUTSIDE_H
#define LEEWAY_UI_VIEWS_OUTSIDE_H

#include "app/app.h"
#include "views/object_ref.h"

/* NULL: a shell can be had; else why not. */
const char *outside_why_no_shell(struct app *a);
/* Asks first, and says the command; container may be empty. */
void outside_shell(struct app *a, const struct object_ref *pod, struct text container);
/* Opens a copy, 0600 and gone afterwards, in $VISUAL or $EDITOR. Nothing comes back: clusters are
 * changed by plans. name: of the file, for the editor's own sake. */
void outside_edit_copy(struct app *a, const char *name, const char *bytes, size_t len);

#endif
