// SPDX-License-Identifier: Apache-2.0
#ifndef LEEWAY_UI_VIEWS_MESSAGES_H
#define LEEWAY_UI_VIEWS_MESSAGES_H

#include "app/app.h"

/* Everything that was ever said, newest first. Given to app_push or app_open_screen. */
struct view *messages_new(struct app *a);

#endif
