// SPDX-License-Identifier: Apache-2.0
/*
 * A one-line text field. Holds only cleaned text, at most INPUT_MAX bytes; what is typed or pasted
 * is cleaned, line ends become blanks. UI thread.
 */
#ifndef LEEWAY_UI_WIDGET_INPUT_H
#define LEEWAY_UI_WIDGET_INPUT_H

#include "app/view.h"

#define INPUT_MAX 1024

struct input {
    char s[INPUT_MAX + 1];
    uint32_t len, cursor; /* bytes; the cursor is between cells */
};

void input_set(struct input *in, struct text t); /* cursor at the end */
struct text input_text(const struct input *in, struct arena *a);
/* VIEW_REDRAW when it changed, VIEW_DONE for a key that is a field's but did nothing, else 0:
 * Enter, Esc, Tab, arrows up and down and function keys are not. */
unsigned input_key(struct input *in, struct key k);
/* The content of a paste, cleaned by the caller. */
unsigned input_paste(struct input *in, struct text cleaned);
/* In cols cells of row: the text, then '_' up to the width. Parks the cursor when focus. */
void input_draw(const struct input *in, struct region r, int row, int col, int cols, bool focus);

#endif
