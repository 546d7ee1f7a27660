// SPDX-License-Identifier: Apache-2.0
/* The inside of the object view: object.c (keys, the engine), object_yaml.c, object_words.c. */
#ifndef LEEWAY_UI_VIEWS_OBJECT_INT_H
#define LEEWAY_UI_VIEWS_OBJECT_INT_H

#include "base/hash.h"
#include "leeway/leeway.h"
#include "views/object.h"
#include "widget/list.h"
#include "widget/search.h"

struct object_line {
    size_t line; /* of the object */
    int indent;
    bool branch, shut;
    uint64_t uid; /* of its path and place in it */
};

struct object_view {
    struct view view;
    struct app *app;
    struct arena arena;
    struct object_ref ref; /* in arena */
    enum object_tab tab;
    struct leeway_object *object; /* referenced; NULL: not yet */
    struct text failed;           /* in arena; why there is none, or no newer one */
    uint64_t look_id, events_id;
    struct text asked_version; /* resourceVersion that was asked for; in version_arena */
    struct arena version_arena;
    bool asking, gone;
    VEC(struct object_line) rows; /* lines that are shown */
    VEC(int64_t) changed;         /* of each line of the object: wall ms; 0: it did not */
    VEC(uint64_t) shut;           /* uids of folded branches */
    struct list list, facts;      /* the two tabs' cursors */
    struct search search;
    bool raw, wrap, full;
    int facts_rows; /* lines of the second tab when last drawn */
};

/* ---- object_yaml.c ---- */

void object_yaml_take(struct object_view *v,
                      struct leeway_object *o); /* references; marks changes */
void object_yaml_layout(struct object_view *v);
void object_yaml_draw(struct object_view *v, struct region r);
void object_yaml_describe(struct object_view *v, struct region r);
bool object_yaml_fold(struct object_view *v, bool shut);
const struct leeway_object_line *object_yaml_here(const struct object_view *v);
bool object_yaml_matches(void *view, size_t row);
bool object_yaml_is_foreign(void *view, size_t row);
size_t object_yaml_count_matches(const struct object_view *v);

/* ---- object_words.c ---- */

void object_words_draw(struct object_view *v, struct region r);

#endif
