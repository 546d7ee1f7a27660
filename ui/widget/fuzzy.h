// SPDX-License-Identifier: Apache-2.0
/* Finding by a few letters: "paydev" finds payments-dev. Case does not matter. Any thread. */
#ifndef LEEWAY_UI_WIDGET_FUZZY_H
#define LEEWAY_UI_WIDGET_FUZZY_H

#include "base/text.h"

#define FUZZY_HITS_MAX 64

struct fuzzy {
    int score;                     /* higher is better */
    uint16_t hits[FUZZY_HITS_MAX]; /* bytes of t that matched, ascending */
    size_t n_hits;
};

/* All letters of want in order, blanks aside. Starts of words and letters in a row count more; an
 * empty want matches everything with score 0. */
bool fuzzy_match(struct text want, struct text t, struct fuzzy *out);

#endif
