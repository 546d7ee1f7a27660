// SPDX-License-Identifier: Apache-2.0
/* $VISUAL or $EDITOR, else vi, on a file: the screen is the editor's until it ends. UI thread. */
#ifndef LEEWAY_UI_VIEWS_EDITOR_H
#define LEEWAY_UI_VIEWS_EDITOR_H

#include "app/app.h"

bool program_is_there(const char *program); /* on the PATH, or where its slash says */
/* Opens a copy, 0600 and gone afterwards. Nothing comes back: clusters are changed by plans. name:
 * of the file, for the editor's own sake. */
void editor_open_copy(struct app *a, const char *name, const char *bytes, size_t len);
/* Opens a file of the person's own; what is written there stays. False: it could not be opened, and
 * the message row says why. */
bool editor_open_file(struct app *a, const char *path);

#endif
