// SPDX-License-Identifier: Apache-2.0
/* The dialog that accepts a difference or hands a field over, for faces that ask line by line. */
#ifndef LEEWAY_UI_VIEWS_ACCEPT_INT_H
#define LEEWAY_UI_VIEWS_ACCEPT_INT_H

#include "base/vec.h"
#include "leeway/leeway.h"
#include "views/accept.h"
#include "widget/input.h"

/* Places that Tab goes to, in the order in which they stand. */
enum accept_stop {
    ON_AS,
    ON_VALUE,
    ON_FROM,
    ON_TO,
    ON_REASON,
    ON_UNTIL,
    ON_CANCEL,
    ON_ACCEPT,
    STOPS
};
enum { FIELD_FROM, FIELD_TO, FIELD_REASON, FIELD_UNTIL, FIELD_COUNT };

struct accept {
    struct view view;
    struct app *app;
    struct view *owner;
    struct arena arena;
    struct text title, live, wanted, who, environment, cluster;
    struct text longest; /* as its blueprint says it: "30d"; empty: no limit */
    int32_t grant;       /* exceptions that its blueprint allows; -1: no limit */
    size_t used, more;   /* in force now; this would add */
    bool number;         /* the live value is one: a range can be given */
    bool hand_over;
    bool override;                        /* chosen: the value becomes the environment's own */
    bool range;                           /* chosen: from … to */
    struct leeway_explanation *explained; /* referenced; NULL: not here yet */
    struct text no_override;              /* why it cannot be one; empty: it can, or nobody knows */
    VEC(uint64_t) ids;
    struct input fields[FIELD_COUNT];
    enum accept_stop focus;
};

bool accept_has(const struct accept *v, enum accept_stop s);
struct input *accept_field(struct accept *v, enum accept_stop s); /* NULL: it is a choice */
/* NULL: it can be as it is. */
const char *accept_wrong(const struct accept *v, enum accept_stop s, struct arena *a);
/* What an override would be, or why it is not possible; what pressing the button does. */
struct text accept_override_words(struct accept *v, struct arena *a);
struct text accept_does(struct accept *v, struct arena *a);
/* VIEW_CLOSE when it was sent, VIEW_DONE when something is wrong. */
unsigned accept_press(struct accept *v);

#endif
