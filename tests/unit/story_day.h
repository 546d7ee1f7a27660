// SPDX-License-Identifier: Apache-2.0
/*
 * The rest of the story's day, for the screens of differences, plans, releases and environments.
 * Borrowed texts; one reference for the caller.
 */
#ifndef LEEWAY_TESTS_STORY_DAY_H
#define LEEWAY_TESTS_STORY_DAY_H

#include "leeway/object.h"
#include "leeway/plan.h"
#include "story.h"

/* story_snapshot with all differences of the fleet, 16 environments and their targets. */
struct leeway_snapshot *story_day(void);
/* Deployment/payments-dev-web on dev-eu-1 at 14:09. */
struct leeway_object *story_object(void);
struct leeway_object *story_object_edited(void);

#endif
