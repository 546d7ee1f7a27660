// SPDX-License-Identifier: Apache-2.0
/* Optimal string alignment over a full table: names are short, and it runs once for a mistake. */
#include "base/near.h"

#include <ctype.h>

enum { EDIT = 2, CASE = 1 };

static unsigned change_cost(char a, char b)
{
    if (a == b)
        return 0;
    return tolower((unsigned char)a) == tolower((unsigned char)b) ? CASE : EDIT;
}

static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
    unsigned d[NEAR_MAX + 1][NEAR_MAX + 1];
    for (unsigned i = 0; i <= n; i++)
        d[i][0] = i * EDIT;
    for (unsigned j = 0; j <= m; j++)
        d[0][j] = j * EDIT;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            unsigned best = d[i - 1][j - 1] + change_cost(a[i - 1], b[j - 1]);
            if (d[i - 1][j] + EDIT < best)
                best = d[i - 1][j] + EDIT;
            if (d[i][j - 1] + EDIT < best)
                best = d[i][j - 1] + EDIT;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + EDIT < best)
                best = d[i - 2][j - 2] + EDIT;
            d[i][j] = best;
        }
    }
    return d[n][m];
}

void near_begin(struct near *n, const char *typed, size_t len)
{
    *n = (struct near){.typed = typed, .len = len};
    n->distance = (len < 3 ? 1 : len < 4 ? 2 : (unsigned)len / 3 + 1) * EDIT;
}

void near_try(struct near *n, const char *name, size_t len)
{
    if (n->len > NEAR_MAX || len > NEAR_MAX || !n->len)
        return;
    unsigned d = distance(n->typed, n->len, name, len);
    if (d < n->distance) {
        n->distance = d;
        n->best = name;
        n->best_len = len;
    }
}
