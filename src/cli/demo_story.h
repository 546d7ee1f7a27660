// SPDX-License-Identifier: Apache-2.0
/* How the demo begins: three small environments are planned and applied. */
#ifndef LEEWAY_CLI_DEMO_STORY_H
#define LEEWAY_CLI_DEMO_STORY_H

#include "leeway/leeway.h"

/* Writes manifests below folder, plans them as environments shop-dev and shop-prod and begins to
 * apply those, then the same with environments/blog-dev.yaml, which is there already
 * (demo_fleet.h). What goes wrong ends the beginning of the story and nothing else: the fleet is
 * there all the same. Main thread, before anybody else takes events of l; at most a few seconds. */
void demo_story_begin(struct leeway *l, const char *folder);

#endif
