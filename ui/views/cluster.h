// SPDX-License-Identifier: Apache-2.0
/* One cluster: conditions, nodes, versions, environments, certificates, APIs. UI thread. */
#ifndef LEEWAY_UI_VIEWS_CLUSTER_H
#define LEEWAY_UI_VIEWS_CLUSTER_H

#include "app/app.h"

/* id as in struct leeway_cluster. Given to app_push. */
struct view *cluster_new(struct app *a, uint64_t id);
#endif
