// SPDX-License-Identifier: Apache-2.0
/* The two other tabs of drift: outliers, and exceptions by their end. UI thread. */
#ifndef LEEWAY_UI_VIEWS_DRIFT_MORE_H
#define LEEWAY_UI_VIEWS_DRIFT_MORE_H

#include "app/app.h"
#include "leeway/snapshot.h"

enum drift_tab { DRIFT_TAB_LIST, DRIFT_TAB_OUTLIERS, DRIFT_TAB_EXPIRING, DRIFT_TABS };

/* Opens over the list of differences, which Tab and Esc lead back to. */
struct view *drift_more_new(struct app *a, enum drift_tab tab);
/* Exceptions that end within a week, or have ended and stand no more. */
size_t drift_expiring(const struct leeway_snapshot *s, int64_t now_ms);

#endif
