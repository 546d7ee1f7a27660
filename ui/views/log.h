// SPDX-License-Identifier: Apache-2.0
/* Logs as they come: of one container, or of many pods of several clusters in one. UI thread. */
#ifndef LEEWAY_UI_VIEWS_LOG_H
#define LEEWAY_UI_VIEWS_LOG_H

#include "app/app.h"
#include "views/object_ref.h"

/* Of a pod; container empty: the pod's default. Copies. Given to app_push. */
struct view *log_new(struct app *a, const struct object_ref *pod, struct text container);
/* Of pods, and of what has pods. One pod is as log_new. Copies. */
struct view *log_new_of(struct app *a, const struct object_ref *refs, size_t n);
/* Of all pods of what an environment gave its targets. */
struct view *log_new_environment(struct app *a, struct text name);
/* NULL, or why no logs of an object of this kind can be read. */
const char *log_why_none(struct text group, struct text kind);

#endif
