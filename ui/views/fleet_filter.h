// SPDX-License-Identifier: Apache-2.0
/*
 * What `/` understands over clusters: words that all have to hold. "key=value" and "key!=value" ask
 * a label (or region, provider, distribution, version), "state:x" the state, anything else is
 * looked for in name, labels, reason. Values may end anywhere: region=eu finds eu-west. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_FLEET_FILTER_H
#define LEEWAY_UI_VIEWS_FLEET_FILTER_H

#include "leeway/snapshot.h"

#define FLEET_FILTER_MAX 256
#define FLEET_FILTER_WORDS 16

struct fleet_filter {
    char text[FLEET_FILTER_MAX];  /* as typed */
    char words[FLEET_FILTER_MAX]; /* the same, cut at blanks */
    const char *word[FLEET_FILTER_WORDS];
    size_t n;
};

void fleet_filter_set(struct fleet_filter *f, struct text typed);
bool fleet_filter_passes(const struct fleet_filter *f, const struct leeway_cluster *c);
/* Value of a label or one of the facts that count as labels; TEXT_NONE when there is none. */
struct text fleet_label(const struct leeway_cluster *c, const char *key);

#endif
