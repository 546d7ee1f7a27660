// SPDX-License-Identifier: Apache-2.0
/* Resources: objects of one kind over several clusters in one live table. UI thread. */
#ifndef LEEWAY_UI_VIEWS_RESOURCES_H
#define LEEWAY_UI_VIEWS_RESOURCES_H

#include "app/app.h"

struct resources_query {
    const char *kind;            /* as a person types it; NULL: pods */
    const char *const *clusters; /* names; n_clusters 0: all */
    size_t n_clusters;
    const char *filter; /* "ns:payments label:app=web words"; NULL: none */
};

/* Copies the query. Given to app_push or app_open_screen. */
struct view *resources_new(struct app *a, const struct resources_query *q);
struct view *resources_screen(struct app *a); /* of pods, on all clusters */
/* ":deploy", ":pods payments": false when it is no word for it. */
bool resources_line(struct app *a, struct text line);

#endif
