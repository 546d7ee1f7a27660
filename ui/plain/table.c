// SPDX-License-Identifier: Apache-2.0
#include "plain/views.h"

#include <string.h>

#define ASKS(X)                                                                                    \
    .say = plain_##X##_say, .question = plain_##X##_question, .answer = plain_##X##_answer,        \
    .buttons = plain_##X##_buttons, .press = plain_##X##_press

static const struct plain_view table[] = {
    {.name = "fleet", .say = plain_fleet_say, .by_row = true},
    {.name = "cluster", .say = plain_cluster_say},
    {.name = "drift", .say = plain_drift_list_say, .by_row = true},
    {.name = "environments", .by_row = true},
    {.name = "catalog", .by_row = true},
    {.name = "history", .by_row = true},
    {.name = "resources", .by_row = true},
    {.name = "object", .say = plain_object_say},
    {.name = "drift-detail", .say = plain_drift_detail_say},
    {.name = "activity", .grows = true},
    {.name = "logs", .verbatim = true, .grows = true},
    {.name = "plan", .say = plain_plan_say},
    {.name = "launch", ASKS(form)},
    {.name = "dialog", ASKS(dialog)},
    {.name = "pick", ASKS(pick)},
    {.name = "accept", ASKS(accept)},
    {.name = "extend", ASKS(extend)},
};

const struct plain_view *plain_view_of(const struct view *v)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strcmp(table[i].name, v->ops->name) == 0)
            return &table[i];
    return NULL;
}
