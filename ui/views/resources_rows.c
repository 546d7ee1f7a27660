// SPDX-License-Identifier: Apache-2.0
/*
 * Which rows the Resources view shows and in which order: objects that pass the filter, then what
 * has to be said of clusters (not seen, more than is here).
 */
#include "views/resources_int.h"

#include "base/hash.h"
#include "base/mem.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_MS 20 /* an order that takes longer is made less often */

/* ---- the filter ---- */

void resources_read_filter(const char *line, struct resources_filter *out)
{
    static const char *const names[] = {"ns:", "label:", "field:", "cluster:"};
    char *const places[] = {out->ns, out->labels, out->fields, out->cluster};
    memset(out, 0, sizeof(*out));
    while (*line) {
        size_t n = strcspn(line, " ");
        bool taken = n == 0;
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            size_t m = strlen(names[i]);
            if (n <= m || strncmp(line, names[i], m) != 0)
                continue;
            size_t have = strlen(places[i]); /* the same twice: both */
            snprintf(places[i] + have, 256 - have, "%s%.*s", have ? "," : "", (int)(n - m),
                     line + m);
            taken = true;
        }
        if (!taken && out->n_words < RESOURCES_WORDS)
            snprintf(out->words[out->n_words++], sizeof(out->words[0]), "%.*s", (int)n, line);
        line += n + (line[n] == ' ');
    }
}

/* Half a million rows have four million cells: strcasestr would measure each of them twice. */
static bool contains(struct text t, const char *word, size_t n)
{
    for (size_t i = 0; i + n <= t.len; i++)
        if ((t.str[i] | 0x20) == (word[0] | 0x20) && strncasecmp(t.str + i, word, n) == 0)
            return true;
    return false;
}

static bool has_word(const struct leeway_row *r, const char *word)
{
    size_t n = strlen(word);
    if (contains(r->name, word, n) || contains(r->namespace_, word, n) ||
        contains(r->cluster, word, n))
        return true;
    for (size_t i = 0; i < r->n_cells; i++)
        if (contains(r->cells[i], word, n))
            return true;
    return false;
}

static bool passes(const struct resources_filter *f, const struct leeway_row *r)
{
    if (f->cluster[0] && fnmatch(f->cluster, r->cluster.str, 0) != 0)
        return false;
    for (size_t i = 0; i < f->n_words; i++)
        if (!has_word(r, f->words[i]))
            return false;
    return true;
}

/* Whatever passes the new one passed the old one: somebody types on. */
static bool is_narrower(const struct resources_filter *f, const struct resources_filter *old)
{
    bool narrower = strcmp(f->cluster, old->cluster) == 0;
    for (size_t i = 0; i < old->n_words && narrower; i++) {
        narrower = false;
        for (size_t k = 0; k < f->n_words && !narrower; k++)
            narrower = strcasestr(f->words[k], old->words[i]) != NULL;
    }
    return narrower;
}

/* ---- drift ---- */

static char *drift_key(struct text cluster, struct text ns, struct text name)
{
    return mem_printf("%s/%s/%s", cluster.str, ns.str, name.str);
}

/* The worst verdict of each object of this kind, plus one; and a number that another set of
 * verdicts does not have. */
static uint64_t find_drift(const struct resources *v, struct strmap *out)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < leeway_drifts(v->snapshot); i++) {
        const struct leeway_drift *d = leeway_drift_at(v->snapshot, i);
        if (d->checking || !d->name.len || !text_equal(d->object_kind, v->look->kind))
            continue;
        char *key = drift_key(d->cluster, d->namespace_, d->name);
        size_t old = (size_t)(uintptr_t)strmap_get(out, key);
        if (!old || (size_t)d->verdict + 1 < old)
            strmap_set(out, key, (void *)(uintptr_t)((size_t)d->verdict + 1));
        sum = sum * 31 + hash_bytes(hash_process_key(), key, strlen(key)) + (uint64_t)d->verdict;
        mem_free(key);
    }
    return sum;
}

static enum leeway_state verdict_state(enum leeway_verdict verdict)
{
    static const enum leeway_state states[] = {
        [LEEWAY_VERDICT_UNEXPECTED] = LEEWAY_DRIFT,
        [LEEWAY_VERDICT_UNKNOWN] = LEEWAY_UNKNOWN,
        [LEEWAY_VERDICT_ACCEPTED] = LEEWAY_ACCEPTED,
        [LEEWAY_VERDICT_ALLOWED] = LEEWAY_OK,
    };
    return states[verdict];
}

static void judge(const struct resources *v, struct resource_object *x, const struct strmap *drift)
{
    const struct leeway_row *r = x->row;
    x->state = (unsigned char)r->state;
    x->verdict = LEEWAY_VERDICT_COUNT;
    if (drift->count) {
        char *key = drift_key(r->cluster, r->namespace_, r->name);
        size_t found = (size_t)(uintptr_t)strmap_get(drift, key);
        mem_free(key);
        if (found) {
            x->verdict = (unsigned char)(found - 1);
            enum leeway_state s = verdict_state((enum leeway_verdict)(found - 1));
            x->state = (unsigned char)(s < r->state ? s : r->state);
        }
    }
    resources_set_key(v, x);
}

/* ---- clusters ---- */

static void say_of(struct resources *v, uint64_t uid, struct text cluster, enum leeway_state state,
                   struct text words)
{
    const struct resource_item item = {
        .cluster = cluster, .words = words, .state = state, .verdict = LEEWAY_VERDICT_COUNT};
    vec_push(&v->notes, ((struct resource_note){uid, item}));
}

static void add_source(struct resources *v, size_t i)
{
    const struct leeway_source *s = &v->look->sources[i];
    struct arena *a = &v->row_arena;
    uint64_t uid = UINT64_MAX - 2 * i;
    const char *why = s->reason.len ? s->reason.str : leeway_source_word(s->state);
    switch (s->state) {
    case LEEWAY_SOURCE_WAITING:
        v->waiting++;
        say_of(v, uid, s->cluster, LEEWAY_CHANGING,
               s->reason.len ? text_fmt(a, "asked; %s", why) : TEXT("asked, no answer yet"));
        break;
    case LEEWAY_SOURCE_CURRENT:
    case LEEWAY_SOURCE_UNSERVED:
        break;
    case LEEWAY_SOURCE_STALE:
        v->unseen++;
        say_of(v, uid, s->cluster, LEEWAY_UNKNOWN,
               text_fmt(a, "%u from before; not seen since: %s", s->rows, why));
        break;
    default:
        v->unseen++;
        say_of(v, uid, s->cluster, LEEWAY_UNKNOWN, text_fmt(a, "not listed: %s", why));
    }
    if (s->more) {
        v->more = true;
        say_of(v, uid - 1, s->cluster, LEEWAY_STATE_COUNT,
               s->more > 0 ? text_fmt(a, "%u of %lld are here; + brings more", s->rows,
                                      (long long)s->more + s->rows)
                           : text_fmt(a, "%u and more; + brings more", s->rows));
    }
}

static void add_unserved(struct resources *v)
{
    struct arena *a = &v->row_arena;
    struct text names = TEXT_NONE;
    size_t n = 0;
    for (size_t i = 0; i < v->look->n_sources; i++) {
        const struct leeway_source *s = &v->look->sources[i];
        if (s->state == LEEWAY_SOURCE_UNSERVED && n++ < 8)
            names = text_fmt(a, "%s%s%s", names.str, names.len ? ", " : "", s->cluster.str);
    }
    if (n)
        say_of(v, 1, names, LEEWAY_STATE_COUNT,
               text_fmt(a, "%s not serve this kind", n == 1 ? "does" : "do"));
}

static void say_of_clusters(struct resources *v)
{
    v->notes.len = v->unseen = v->waiting = 0;
    v->more = false;
    arena_reset(&v->row_arena);
    for (size_t i = 0; i < v->look->n_sources; i++)
        add_source(v, i);
    add_unserved(v);
}

/* ---- widths ---- */

static void measure_row(struct resources *v, const struct leeway_row *r)
{
#define WIDEN(place, t)                                                                            \
    if ((int)(t).cols > (place))                                                                   \
    (place) = (int)(t).cols
    WIDEN(v->cluster_width, r->cluster);
    WIDEN(v->namespace_width, r->namespace_);
    WIDEN(v->name_width, r->name);
    for (size_t c = 0; c < r->n_cells && c < v->widths.len; c++) {
        WIDEN(v->widths.items[c], r->cells[c]);
        if (v->numbers.items[c])
            v->numbers.items[c] = strspn(r->cells[c].str, "0123456789") == r->cells[c].len;
    }
#undef WIDEN
}

static void measure_all(struct resources *v)
{
    v->widths.len = v->numbers.len = 0;
    for (size_t c = 0; c < v->look->n_columns; c++) {
        vec_push(&v->widths, 0);
        vec_push(&v->numbers, true);
    }
    v->cluster_width = v->namespace_width = v->name_width = 0;
    for (size_t i = 0; i < v->objects.len; i++)
        if (v->objects.items[i].passes)
            measure_row(v, v->objects.items[i].row);
}

/* ---- all of it ---- */

struct resource_item resources_item(const struct resources *v, size_t at)
{
    if (at >= v->shown)
        return v->notes.items[at - v->shown].item;
    const struct resource_object *x = &v->objects.items[v->rows.items[at]];
    return (struct resource_item){.row = x->row,
                                  .cluster = x->row->cluster,
                                  .state = (enum leeway_state)x->state,
                                  .verdict = (enum leeway_verdict)x->verdict};
}

static bool same_columns(const struct leeway_look *a, const struct leeway_look *b)
{
    bool same = a->n_columns == b->n_columns;
    for (size_t i = 0; same && i < a->n_columns; i++)
        same = text_equal(a->columns[i].name, b->columns[i].name);
    return same;
}

struct was {
    uint64_t id;
    uint32_t row;
};

static int by_id(const void *a, const void *b)
{
    const struct was *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Rows that are not as they were, and where their objects were; the old table is still there. */
static struct resource_change *changes(const struct resources *v, const struct leeway_look *old,
                                       size_t *n)
{
    VEC(struct resource_change) all = {0};
    VEC(struct was) before = {0};
    size_t rows = v->look->n_rows, most = old->n_rows > rows ? old->n_rows : rows;
    for (size_t i = 0; i < most;) {
        size_t same = leeway_look_unchanged(old, v->look, i);
        if (same) {
            i += same;
            continue;
        }
        const struct leeway_row *r = leeway_look_row(old, i);
        if (r)
            vec_push(&before, ((struct was){r->id, (uint32_t)i}));
        if (i < rows)
            vec_push(&all, ((struct resource_change){(uint32_t)i, RESOURCE_NEW}));
        i++;
    }
    if (before.len)
        qsort(before.items, before.len, sizeof(*before.items), by_id);
    for (size_t i = 0; i < all.len && before.len; i++) {
        const struct was want = {leeway_look_row(v->look, all.items[i].row)->id, 0};
        const struct was *found =
            bsearch(&want, before.items, before.len, sizeof(*before.items), by_id);
        if (found)
            all.items[i].was = found->row;
    }
    vec_clear(&before);
    *n = all.len;
    return all.items;
}

static void judge_all(struct resources *v, const struct strmap *drift)
{
    v->objects.len = 0;
    for (size_t i = 0; i < v->look->n_rows; i++) {
        struct resource_object x = {.row = leeway_look_row(v->look, i)};
        judge(v, &x, drift);
        vec_push(&v->objects, x);
    }
}

static void judge_changed(struct resources *v, const struct resource_change *changed, size_t n,
                          const struct strmap *drift)
{
    if (v->objects.len > v->look->n_rows)
        v->objects.len = v->look->n_rows;
    for (size_t i = 0; i < n; i++) {
        struct resource_object x = {.row = leeway_look_row(v->look, changed[i].row)};
        judge(v, &x, drift);
        x.passes = passes(&v->filter, x.row);
        if (changed[i].row < v->objects.len)
            v->objects.items[changed[i].row] = x;
        else
            vec_push(&v->objects, x); /* they come in order, without a gap */
        if (x.passes)
            measure_row(v, x.row);
    }
}

static void show(struct resources *v)
{
    size_t n = 0;
    uint64_t *uids = mem_calloc(v->order.len + v->notes.len + 1, sizeof(*uids));
    v->rows.len = 0;
    for (size_t i = 0; i < v->order.len; i++)
        if (v->order.items[i].passes) {
            uids[n++] = v->order.items[i].uid;
            vec_push(&v->rows, v->order.items[i].row);
        }
    v->shown = n;
    v->total = v->look ? v->look->n_rows : 0;
    for (size_t i = 0; i < v->notes.len; i++)
        uids[n++] = v->notes.items[i].uid;
    list_set(&v->browse.list, uids, n);
    if (!v->touched)
        list_go(&v->browse.list, 0);
    mem_free(uids);
}

static void load_table(struct resources *v, const struct leeway_look *old, bool keep)
{
    struct strmap drift = {0};
    struct resources_filter f;
    uint64_t verdicts = find_drift(v, &drift);
    if (!v->sorted_by_hand && resources_is_events(v))
        v->sort = resources_column_named(v, "Last Seen");
    const struct resource_sorting as = {v->look->id, v->sort, v->reverse};
    bool known = old && old->id == v->look->id && same_columns(old, v->look) && v->order.len;
    bool same = known && verdicts == v->verdicts && as.sort == v->sorted_as.sort &&
                as.reverse == v->sorted_as.reverse;
    resources_read_filter(v->browse.filter, &f);
    bool filtered = memcmp(&f, &v->filter, sizeof(f)) != 0;
    bool narrower = same && is_narrower(&f, &v->filter);
    v->filter = f;
    v->verdicts = verdicts;
    size_t n = 0;
    struct resource_change *changed = known ? changes(v, old, &n) : NULL;
    if (same)
        judge_changed(v, changed, n, &drift);
    else
        judge_all(v, &drift);
    if (filtered || !same) {
        for (size_t i = 0; i < v->objects.len; i++) {
            struct resource_object *x = &v->objects.items[i];
            x->passes = (x->passes || !narrower) && passes(&f, x->row);
        }
        for (size_t i = 0; i < v->order.len; i++)
            if (v->order.items[i].row < v->objects.len)
                v->order.items[i].passes = v->objects.items[v->order.items[i].row].passes;
        measure_all(v);
    }
    if ((same && !v->reordered) || (keep && known)) {
        resources_sort_changed(v, changed, n, keep);
        v->reordered |= !same;
    } else {
        resources_sort_all(v);
        v->reordered = false;
    }
    v->sorted_as = as;
    mem_free(changed);
    strmap_clear(&drift);
    say_of_clusters(v);
}

void resources_load(struct resources *v, bool keep)
{
    int64_t from = clock_boot_ms(app_clock(v->app));
    struct leeway_snapshot *s = app_snapshot(v->app), *before = v->snapshot;
    const struct leeway_look *old = v->look;
    v->snapshot = s ? leeway_snapshot_ref(s) : NULL;
    v->look = s ? leeway_look_by_id(s, v->look_id) : NULL;
    if (v->look) {
        load_table(v, old, keep);
    } else {
        v->objects.len = v->order.len = v->notes.len = v->unseen = v->waiting = 0;
        v->more = false;
    }
    show(v);
    if (before)
        leeway_snapshot_unref(before);
    int64_t took = clock_boot_ms(app_clock(v->app)) - from;
    v->not_before = took > SLOW_MS ? from + 10 * took : 0;
}
