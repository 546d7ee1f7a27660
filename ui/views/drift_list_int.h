// SPDX-License-Identifier: Apache-2.0
/* The list of differences, for faces that read it line by line. */
#ifndef LEEWAY_UI_VIEWS_DRIFT_LIST_INT_H
#define LEEWAY_UI_VIEWS_DRIFT_LIST_INT_H

#include "views/drift_fold.h"
#include "views/drift_list.h"
#include "widget/browse.h"

struct drift_list {
    struct view view;
    struct app *app;
    struct drift_folds folds;
    struct browse browse;
};

/* Everything about a row in sentences. */
struct text drift_list_words(struct drift_list *l, struct arena *a, const struct drift_fold *f);

#endif
