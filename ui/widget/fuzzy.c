// SPDX-License-Identifier: Apache-2.0
#include "widget/fuzzy.h"

#include <string.h>

static char low(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool word_start(struct text t, uint32_t at)
{
    return at == 0 || strchr(" -_/.:", t.str[at - 1]) != NULL;
}

/* What is there as it was typed is meant, whatever else its letters can be found in. */
enum { WHOLE = 30 };

/* The rest of want from byte `from` of t, each letter as early as it goes; prefers starts of words
 * when one comes within reach. */
static bool match_from(struct text want, struct text t, uint32_t from, struct fuzzy *f)
{
    uint32_t at = from, runs = 0, words = 0;
    f->n_hits = 0;
    f->score = 100 - (int)(from < 50 ? from : 50) - (int)(t.cols < 80 ? t.cols : 80) / 4;
    for (uint32_t i = 0; i < want.len; i++) {
        if (want.str[i] == ' ')
            continue;
        uint32_t found = at;
        while (found < t.len && low(t.str[found]) != low(want.str[i]))
            found++;
        if (found >= t.len || found > UINT16_MAX)
            return false;
        bool follows = f->n_hits && found == at;
        words += i == 0 || want.str[i - 1] == ' ';
        runs += !follows;
        f->score += follows                ? 15
                    : word_start(t, found) ? 12
                                           : -(int)(found - at > 10 ? 10 : found - at);
        if (f->n_hits < FUZZY_HITS_MAX)
            f->hits[f->n_hits++] = (uint16_t)found;
        at = found + 1;
    }
    f->score += runs <= words ? WHOLE : 0;
    return true;
}

bool fuzzy_match(struct text want, struct text t, struct fuzzy *out)
{
    memset(out, 0, sizeof(*out));
    uint32_t first = 0;
    while (first < want.len && want.str[first] == ' ')
        first++;
    if (first == want.len)
        return true;
    bool any = false;
    for (uint32_t from = 0; from < t.len; from++) {
        struct fuzzy f;
        if (low(t.str[from]) != low(want.str[first]))
            continue;
        if (!match_from(want, t, from, &f))
            break; /* what does not fit from here does not fit later */
        if (!any || f.score > out->score)
            *out = f;
        any = true;
    }
    return any;
}
