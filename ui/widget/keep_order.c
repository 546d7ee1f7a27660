// SPDX-License-Identifier: Apache-2.0
#include "widget/keep_order.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct known {
    uint64_t uid;
    size_t at; /* from 1 */
};

/* Where a row goes: after the one that was shown at this place (0: before all), in this order. */
struct place {
    size_t after, nth, from;
    uint64_t uid;
};

static int compare_known(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    return (x->uid > y->uid) - (x->uid < y->uid);
}

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->after != y->after)
        return x->after < y->after ? -1 : 1;
    return x->nth < y->nth ? -1 : x->nth > y->nth;
}

static struct known *sorted(const uint64_t *old, size_t n)
{
    struct known *k = mem_calloc(n + 1, sizeof(*k));
    for (size_t i = 0; i < n; i++)
        k[i] = (struct known){old[i], i + 1};
    qsort(k, n, sizeof(*k), compare_known);
    return k;
}

void keep_order(const uint64_t *old, size_t n_old, uint64_t *uids, void *rows, size_t size,
                size_t n)
{
    struct known *known = sorted(old, n_old);
    struct place *places = mem_calloc(n + 1, sizeof(*places));
    char *copy = mem_calloc(n + 1, size);
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        const struct known key = {uids[i], 0},
                           *k = bsearch(&key, known, n_old, sizeof(key), compare_known);
        if (k && k->at > last)
            last = k->at;
        places[i] = (struct place){k ? k->at : last, k ? 0 : i + 1, i, uids[i]};
    }
    qsort(places, n, sizeof(*places), compare_places);
    if (n)
        memcpy(copy, rows, n * size);
    for (size_t i = 0; i < n; i++) {
        uids[i] = places[i].uid;
        memcpy((char *)rows + i * size, copy + places[i].from * size, size);
    }
    mem_free(copy);
    mem_free(places);
    mem_free(known);
}
