// SPDX-License-Identifier: Apache-2.0
/* Ways out of the console while a release runs: it is left to a process of its own, or stops. */
#ifndef LEEWAY_UI_LEAVE_H
#define LEEWAY_UI_LEAVE_H

#include "app/app.h"
#include "leeway/leeway.h"

/* Asks at the root, and hands over before Ctrl-Z. l is borrowed and outlives the app. */
void leave_register(struct app *a, struct leeway *l);

#endif
