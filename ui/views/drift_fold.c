// SPDX-License-Identifier: Apache-2.0
#include "views/drift_fold.h"

#include "base/hash.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *words;
    enum leeway_state state;
} groups[DRIFT_GROUP_COUNT] = {
    [DRIFT_UNEXPECTED] = {"unexpected", LEEWAY_DRIFT},
    [DRIFT_UNKNOWN] = {"unknown", LEEWAY_UNKNOWN},
    [DRIFT_CHECKING] = {"being checked, not counted yet", LEEWAY_CHANGING},
    [DRIFT_ACCEPTED] = {"accepted", LEEWAY_ACCEPTED},
    [DRIFT_ALLOWED] = {"allowed", LEEWAY_OK},
};

const char *drift_group_words(enum drift_group g)
{
    return groups[g].words;
}

enum leeway_state drift_group_state(enum drift_group g)
{
    return groups[g].state;
}

enum drift_group drift_group_of(const struct leeway_drift *d)
{
    if (d->checking)
        return DRIFT_CHECKING;
    switch (d->verdict) {
    case LEEWAY_VERDICT_UNEXPECTED:
        return DRIFT_UNEXPECTED;
    case LEEWAY_VERDICT_ACCEPTED:
        return DRIFT_ACCEPTED;
    case LEEWAY_VERDICT_ALLOWED:
        return DRIFT_ALLOWED;
    default:
        return DRIFT_UNKNOWN;
    }
}

void drift_folds_clear(struct drift_folds *f)
{
    vec_clear(&f->rows);
    vec_clear(&f->folds);
    if (f->snapshot)
        leeway_snapshot_unref(f->snapshot);
    f->snapshot = NULL;
}

static bool word_passes(const struct leeway_drift *d, const char *word, size_t len)
{
    const struct {
        const char *key;
        const char *in;
    } keys[] = {{"state:", groups[drift_group_of(d)].words},
                {"cluster:", d->cluster.str},
                {"env:", d->environment.str},
                {"kind:", d->object_kind.str}};
    char w[256];
    if (len >= sizeof(w))
        return false;
    memcpy(w, word, len);
    w[len] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (strncmp(w, keys[i].key, strlen(keys[i].key)) == 0)
            return strcasestr(keys[i].in, w + strlen(keys[i].key)) != NULL;
    return strcasestr(d->environment.str, w) || strcasestr(d->cluster.str, w) ||
           strcasestr(d->object_kind.str, w) || strcasestr(d->name.str, w) ||
           strcasestr(d->path.str, w);
}

static bool passes(const struct leeway_drift *d, const char *filter)
{
    for (const char *s = filter; *s;) {
        size_t len = strcspn(s, " ");
        if (len && !word_passes(d, s, len))
            return false;
        s += len + (s[len] == ' ');
    }
    return true;
}

static int compare_key(const struct leeway_drift *x, const struct leeway_drift *y)
{
    int gx = (int)drift_group_of(x), gy = (int)drift_group_of(y);
    if (gx != gy)
        return gx - gy;
    if (!x->fold_key.len || !y->fold_key.len)
        return x->id == y->id ? 0 : x->id < y->id ? -1 : 1;
    return text_compare(x->fold_key, y->fold_key);
}

static int compare_rows(const void *a, const void *b)
{
    const struct leeway_drift *x = *(const struct leeway_drift *const *)a,
                              *y = *(const struct leeway_drift *const *)b;
    int c = compare_key(x, y);
    return c ? c : text_compare(x->cluster, y->cluster);
}

static int compare_folds(const void *a, const void *b)
{
    const struct drift_fold *x = a, *y = b;
    if (x->group != y->group)
        return (int)x->group - (int)y->group;
    if (x->since_ms != y->since_ms)
        return x->since_ms > y->since_ms ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

static uint64_t key_of(const struct leeway_drift *d)
{
    const struct hash_key *k = hash_process_key();
    return d->fold_key.len ? hash_bytes(k, d->fold_key.str, d->fold_key.len)
                           : hash_bytes(k, &d->id, sizeof(d->id));
}

static uint64_t uid_of(const struct leeway_drift *d)
{
    uint64_t h = key_of(d) * DRIFT_GROUP_COUNT + drift_group_of(d);
    return h ? h : 1;
}

void drift_folds_set(struct drift_folds *f, struct leeway_snapshot *s, const char *filter)
{
    leeway_snapshot_ref(s);
    drift_folds_clear(f);
    f->snapshot = s;
    f->total = 0;
    memset(f->counts, 0, sizeof(f->counts));
    for (size_t i = 0; i < leeway_drifts(s); i++)
        vec_push(&f->rows, leeway_drift_at(s, i));
    if (f->rows.len)
        qsort(f->rows.items, f->rows.len, sizeof(*f->rows.items), compare_rows);
    for (size_t i = 0, n; i < f->rows.len; i += n) {
        const struct leeway_drift *d = f->rows.items[i];
        struct drift_fold fold = {uid_of(d), key_of(d), drift_group_of(d), i, 0, d->before_ms};
        bool shown = false;
        for (n = 0; i + n < f->rows.len && compare_key(d, f->rows.items[i + n]) == 0; n++) {
            const struct leeway_drift *x = f->rows.items[i + n];
            if (x->before_ms && (!fold.since_ms || x->before_ms < fold.since_ms))
                fold.since_ms = x->before_ms;
            shown = shown || passes(x, filter);
        }
        fold.n = n;
        f->total++;
        if (!shown)
            continue;
        f->counts[fold.group]++;
        vec_push(&f->folds, fold);
    }
    if (f->folds.len)
        qsort(f->folds.items, f->folds.len, sizeof(*f->folds.items), compare_folds);
}

static bool is_number(struct text t)
{
    for (uint32_t i = 0; i < t.len; i++)
        if (!isdigit((unsigned char)t.str[i]))
            return false;
    return t.len > 0 && t.len < 10;
}

struct text drift_fold_live(struct arena *a, const struct drift_folds *f,
                            const struct drift_fold *fold)
{
    struct text first = f->rows.items[fold->first]->live;
    long low = 0, high = 0, different = 0;
    bool numbers = is_number(first);
    for (size_t i = 0; i < fold->n; i++) {
        struct text live = f->rows.items[fold->first + i]->live;
        different += !text_equal(live, first);
        numbers = numbers && is_number(live);
        long v = numbers ? strtol(live.str, NULL, 10) : 0;
        low = i == 0 || v < low ? v : low;
        high = i == 0 || v > high ? v : high;
    }
    if (!different)
        return first;
    return numbers ? text_fmt(a, "%ld to %ld", low, high)
                   : text_fmt(a, "%s and other values", first.str);
}
