// SPDX-License-Identifier: Apache-2.0
/* The line that `/` opens in the message row: every change goes to the screen's filter. */
#ifndef LEEWAY_UI_APP_PROMPT_H
#define LEEWAY_UI_APP_PROMPT_H

#include "app/app.h"

struct view *prompt_filter_new(struct app *a, struct text text); /* given to app_push */

#endif
