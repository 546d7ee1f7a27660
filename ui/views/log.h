// SPDX-License-Identifier: Apache-2.0
/* The log of a container, as it comes. UI thread. */
#ifndef LEEWAY_UI_VIEWS_LOG_H
#define LEEWAY_UI_VIEWS_LOG_H

#include "app/app.h"
#include "views/object_ref.h"

/* Of a pod; container empty: the pod's default. Copies. Given to app_push. */
struct view *log_new(struct app *a, const struct object_ref *pod, struct text container);

#endif
