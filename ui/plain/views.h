// SPDX-License-Identifier: Apache-2.0
/* How single views are said; the table that names them is in table.c. */
#ifndef LEEWAY_UI_PLAIN_VIEWS_H
#define LEEWAY_UI_PLAIN_VIEWS_H

#include "plain/plain_int.h"

void plain_fleet_say(struct plain *p, struct view *v);
void plain_cluster_say(struct plain *p, struct view *v);
void plain_drift_list_say(struct plain *p, struct view *v);
void plain_drift_detail_say(struct plain *p, struct view *v);
void plain_plan_say(struct plain *p, struct view *v);
void plain_object_say(struct plain *p, struct view *v);

/* say, question, answer, buttons and press of something that asks */
#define PLAIN_ASKS(X)                                                                              \
    void plain_##X##_say(struct plain *p, struct view *v);                                         \
    bool plain_##X##_question(struct plain *p, struct view *v, size_t *at,                         \
                              struct plain_question *q);                                           \
    struct text plain_##X##_answer(struct plain *p, struct view *v, size_t *at, struct text t);    \
    size_t plain_##X##_buttons(struct plain *p, struct view *v, struct text *labels, size_t max,   \
                               struct text *why);                                                  \
    void plain_##X##_press(struct plain *p, struct view *v, size_t button)

PLAIN_ASKS(dialog);
PLAIN_ASKS(pick);
PLAIN_ASKS(accept);
PLAIN_ASKS(form);
PLAIN_ASKS(extend);

#endif
