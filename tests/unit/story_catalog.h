// SPDX-License-Identifier: Apache-2.0
/*
 * The story's catalog at 09:05, and the files of its environments, put over story_day. Borrowed
 * texts; one reference for the caller.
 */
#ifndef LEEWAY_TESTS_STORY_CATALOG_H
#define LEEWAY_TESTS_STORY_CATALOG_H

#include "leeway/catalog.h"

struct leeway_snapshot *story_catalog(void);

#endif
