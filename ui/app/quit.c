// SPDX-License-Identifier: Apache-2.0
/* The question at the root: `q` closes the console only when a person says so. */
#include "app/app_int.h"
#include "widget/dialog.h"

static void done(struct app *a, void *ctx, int button)
{
    if (a && button == 1)
        a->quitting = true;
}

struct view *app_new_quit_dialog(struct app *a)
{
    const struct text lines[] = {
        TEXT("Nothing is lost: what was released stays, and releases that run"),
        TEXT("stop at a safe point and go on with the next leeway."),
    };
    const struct dialog_button buttons[] = {{"Close", NULL}};
    const struct dialog_spec spec = {
        .title = TEXT("Close leeway?"),
        .lines = lines,
        .n_lines = ARRAY_LEN(lines),
        .buttons = buttons,
        .n_buttons = 1,
        .done = done,
    };
    return dialog_new(&spec);
}
