// SPDX-License-Identifier: Apache-2.0
/*
 * The story's catalog at 09:05, and the files of its environments, put over story_day. Borrowed
 * texts; one reference for the caller.
 */
#ifndef LEEWAY_TESTS_STORY_CATALOG_H
#define LEEWAY_TESTS_STORY_CATALOG_H

#include "leeway/catalog.h"
#include "leeway/environment.h"
#include "leeway/history.h"

struct leeway_snapshot *story_catalog(void);
/* What the engine says of payments-dev: outputs, objects by module, releases. One reference. */
struct leeway_parts *story_parts(void);
struct leeway_history *story_history(void);

#endif
