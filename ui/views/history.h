// SPDX-License-Identifier: Apache-2.0
/* What happened: releases, plans, decisions and the audit, newest first. UI thread. */
#ifndef LEEWAY_UI_VIEWS_HISTORY_H
#define LEEWAY_UI_VIEWS_HISTORY_H

#include "app/app.h"

struct view *history_new(struct app *a);
struct view *history_new_of(struct app *a, struct text environment); /* of one */

#endif
