// SPDX-License-Identifier: Apache-2.0
/* Plans of the story: r2 of payments-dev at 15:05, r19 of search-prod at 14:24. */
#ifndef LEEWAY_TESTS_STORY_PLAN_H
#define LEEWAY_TESTS_STORY_PLAN_H

#include "leeway/plan.h"

/* One reference for the caller. The choice of its one contested field. */
struct leeway_plan *story_plan(enum leeway_choice choice);
struct leeway_plan *story_plan_protected(void);

#endif
