// SPDX-License-Identifier: Apache-2.0
/* How the demo begins: a small environment is planned and applied to three clusters. */
#ifndef LEEWAY_CLI_DEMO_STORY_H
#define LEEWAY_CLI_DEMO_STORY_H

#include "leeway/leeway.h"

/* Writes manifests below folder, plans them as environment shop-dev and begins to apply that. What
 * goes wrong ends the beginning of the story and nothing else: the fleet is there all the same.
 * Main thread, before anybody else takes events of l; at most a few seconds. */
void demo_story_begin(struct leeway *l, const char *folder);

#endif
