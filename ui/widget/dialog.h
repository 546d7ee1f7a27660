// SPDX-License-Identifier: Apache-2.0
/*
 * A dialog: lines, perhaps a field in which a name has to be typed, and buttons. It starts on
 * Cancel, so a stray Enter cancels; with a name to type, letters go to the field from anywhere, the
 * button stays off until the name matches, and a paste is refused. UI thread.
 */
#ifndef LEEWAY_UI_WIDGET_DIALOG_H
#define LEEWAY_UI_WIDGET_DIALOG_H

#include "app/app.h"

#define DIALOG_BUTTONS_MAX 4

/* Called once, after the dialog is closed: the button's index, 0 is Cancel. Frees ctx. */
typedef void dialog_done_fn(struct app *a, void *ctx, int button);

struct dialog_button {
    const char *label;
    const char *why_off; /* NULL: it can be pressed; else the reason, shown beside the buttons */
};

struct dialog_spec {
    struct text title;
    const struct text *lines;
    size_t n_lines;
    const bool *danger;                  /* which lines are about what is lost; NULL: none */
    bool protected_;                     /* frame in dialog.danger */
    struct text type_name;               /* to be typed before the last button works; empty: none */
    const char *stay;                    /* instead of Cancel: "Keep waiting"; NULL: Cancel */
    const struct dialog_button *buttons; /* after Cancel, which is always there and first */
    size_t n_buttons;
    dialog_done_fn *done;
    void *ctx;
};

/* Copies the spec's texts. Given to app_push. */
struct view *dialog_new(const struct dialog_spec *spec);

/* ---- for faces that ask line by line; v is of dialog_new ---- */

struct dialog_words {
    struct text title, type_name; /* type_name empty: there is nothing to type */
    const struct text *lines;     /* borrowed, like all of it, while the dialog lives */
    size_t n_lines;
    const struct text *labels, *why_off; /* of the buttons, Cancel first */
    size_t n_buttons;
};
void dialog_read(const struct view *v, struct dialog_words *out);
bool dialog_type(struct view *v, struct text name); /* false: it is not the name */
/* Closes the dialog, which frees it; false: the button is off. */
bool dialog_press(struct view *v, struct app *a, size_t button);

#endif
