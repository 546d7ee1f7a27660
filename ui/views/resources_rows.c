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

static bool has_word(const struct leeway_row *r, const char *word)
{
    if (strcasestr(r->name.str, word) || strcasestr(r->namespace_.str, word) ||
        strcasestr(r->cluster.str, word))
        return true;
    for (size_t i = 0; i < r->n_cells; i++)
        if (strcasestr(r->cells[i].str, word))
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

/* ---- drift ---- */

static char *drift_key(struct text cluster, struct text ns, struct text name)
{
    return mem_printf("%s/%s/%s", cluster.str, ns.str, name.str);
}

/* The worst verdict of each object of this kind, plus one. */
static void find_drift(const struct resources *v, struct strmap *out)
{
    for (size_t i = 0; i < leeway_drifts(v->snapshot); i++) {
        const struct leeway_drift *d = leeway_drift_at(v->snapshot, i);
        if (d->checking || !d->name.len || !text_equal(d->object_kind, v->look->kind))
            continue;
        char *key = drift_key(d->cluster, d->namespace_, d->name);
        size_t old = (size_t)(uintptr_t)strmap_get(out, key);
        if (!old || (size_t)d->verdict + 1 < old)
            strmap_set(out, key, (void *)(uintptr_t)((size_t)d->verdict + 1));
        mem_free(key);
    }
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

static void add_object(struct resources *v, const struct leeway_row *r, const struct strmap *drift)
{
    struct resource_item item = {.uid = r->id,
                                 .row = r,
                                 .cluster = r->cluster,
                                 .state = r->state,
                                 .verdict = LEEWAY_VERDICT_COUNT,
                                 .rank = SIZE_MAX};
    if (drift->count) {
        char *key = drift_key(r->cluster, r->namespace_, r->name);
        size_t found = (size_t)(uintptr_t)strmap_get(drift, key);
        mem_free(key);
        if (found) {
            item.verdict = (enum leeway_verdict)(found - 1);
            enum leeway_state s = verdict_state(item.verdict);
            item.state = s < item.state ? s : item.state;
        }
    }
    vec_push(&v->items, item);
}

/* ---- order ---- */

static struct text key_text(const struct resources *v, const struct resource_item *i)
{
    const struct leeway_row *r = i->row;
    switch (v->sort) {
    case BY_CLUSTER:
        return i->cluster;
    case BY_NAMESPACE:
        return r ? r->namespace_ : TEXT_NONE;
    case BY_NAME:
        return r ? r->name : TEXT_NONE;
    default:
        return r && v->sort >= 0 && (size_t)v->sort < r->n_cells ? r->cells[v->sort] : TEXT_NONE;
    }
}

static double unit(const char *s, const char **end)
{
    static const struct {
        const char *name;
        double factor;
    } units[] = {
        {"Ki", 1024.0}, {"Mi", 1048576.0}, {"Gi", 1073741824.0}, {"Ti", 1.1e12}, {"y", 31536000.0},
        {"d", 86400.0}, {"h", 3600.0},     {"ms", 1e-3},         {"m", 60.0},    {"s", 1.0},
        {"k", 1e3},     {"M", 1e6},        {"G", 1e9},           {"T", 1e12},    {"%", 1.0}};
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strncmp(s, units[i].name, strlen(units[i].name)) == 0) {
            *end = s + strlen(units[i].name);
            return units[i].factor;
        }
    *end = s;
    return 1.0;
}

/* "7", "6/8" (by how much is missing), "4h56m", "128Mi", "3 (5m ago)". */
static bool read_number(struct text t, double *out)
{
    const char *s = t.str, *end = s;
    *out = 0;
    do {
        char *after;
        if (*s < '0' || *s > '9')
            break;
        double n = strtod(s, &after);
        *out += n * unit(after, &end);
        s = end;
    } while (*s);
    if (end == t.str)
        return false;
    if (*end == '/') {
        double of = strtod(end + 1, NULL);
        *out = of > 0 ? *out / of : 1;
    } else if (*end && *end != ' ') {
        return false;
    }
    return true;
}

static int by_state(const struct resource_item *x, const struct resource_item *y)
{
    int a = x->state == LEEWAY_STATE_COUNT ? LEEWAY_OK : (int)x->state;
    int b = y->state == LEEWAY_STATE_COUNT ? LEEWAY_OK : (int)y->state;
    return a - b;
}

static int by_names(const struct resource_item *x, const struct resource_item *y)
{
    int order = text_compare(x->cluster, y->cluster);
    if (!order)
        order = text_compare(x->row->namespace_, y->row->namespace_);
    return order ? order : text_compare(x->row->name, y->row->name);
}

static int compare(const void *a, const void *b, void *ctx)
{
    const struct resources *v = ctx;
    const struct resource_item *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    int order;
    if (v->sort == BY_STATE)
        order = by_state(x, y);
    else if (x->has_number && y->has_number)
        order = (x->number > y->number) - (x->number < y->number);
    else if (x->has_number != y->has_number)
        order = x->has_number ? -1 : 1;
    else
        order = text_compare(key_text(v, x), key_text(v, y));
    if (order)
        return v->reverse ? -order : order;
    return by_names(x, y);
}

static void make_keys(struct resources *v)
{
    bool age = v->look && v->sort >= 0 && (size_t)v->sort < v->look->n_columns &&
               v->look->columns[v->sort].age;
    for (size_t i = 0; i < v->items.len; i++) {
        struct resource_item *x = &v->items.items[i];
        if (age) { /* the youngest first */
            x->has_number = x->row->created_ms != 0;
            x->number = -(double)x->row->created_ms;
        } else {
            x->has_number = v->sort >= 0 && read_number(key_text(v, x), &x->number);
        }
    }
}

struct place {
    uint64_t uid;
    size_t at;
};

static int by_uid(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Where each row was. */
static void make_ranks(struct resources *v)
{
    size_t n = v->browse.list.uids.len;
    struct place *places = mem_calloc(n + 1, sizeof(*places));
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){v->browse.list.uids.items[i], i};
    qsort(places, n, sizeof(*places), by_uid);
    for (size_t i = 0; i < v->items.len; i++) {
        struct place want = {v->items.items[i].uid, 0};
        const struct place *p = bsearch(&want, places, n, sizeof(*places), by_uid);
        v->items.items[i].rank = p ? p->at : SIZE_MAX;
    }
    mem_free(places);
}

/* ---- clusters ---- */

static void say_of(struct resources *v, uint64_t uid, struct text cluster, enum leeway_state state,
                   struct text words)
{
    vec_push(&v->items, (struct resource_item){.uid = uid,
                                               .cluster = cluster,
                                               .words = words,
                                               .state = state,
                                               .verdict = LEEWAY_VERDICT_COUNT});
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

/* ---- all of it ---- */

static void measure(struct resources *v)
{
    v->widths.len = v->numbers.len = 0;
    for (size_t c = 0; c < v->look->n_columns; c++) {
        vec_push(&v->widths, 0);
        vec_push(&v->numbers, true);
    }
    v->cluster_width = v->namespace_width = v->name_width = 0;
#define WIDEN(place, t)                                                                            \
    if ((int)(t).cols > (place))                                                                   \
    (place) = (int)(t).cols
    for (size_t i = 0; i < v->items.len; i++) {
        const struct leeway_row *r = v->items.items[i].row;
        if (!r)
            continue;
        WIDEN(v->cluster_width, r->cluster);
        WIDEN(v->namespace_width, r->namespace_);
        WIDEN(v->name_width, r->name);
        for (size_t c = 0; c < r->n_cells && c < v->widths.len; c++) {
            WIDEN(v->widths.items[c], r->cells[c]);
            v->numbers.items[c] &= strspn(r->cells[c].str, "0123456789") == r->cells[c].len;
        }
    }
#undef WIDEN
}

static void take_snapshot(struct resources *v)
{
    struct leeway_snapshot *s = app_snapshot(v->app);
    if (s)
        leeway_snapshot_ref(s);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    v->snapshot = s;
    v->look = s ? leeway_look_by_id(s, v->look_id) : NULL;
}

void resources_load(struct resources *v, bool keep)
{
    struct resources_filter f;
    struct strmap drift = {0};
    int64_t from = clock_boot_ms(app_clock(v->app));
    take_snapshot(v);
    v->items.len = 0;
    v->shown = v->total = v->unseen = v->waiting = 0;
    v->more = false;
    arena_reset(&v->row_arena);
    resources_read_filter(v->browse.filter, &f);
    if (v->look) {
        find_drift(v, &drift);
        v->total = v->look->n_rows;
        for (size_t i = 0; i < v->look->n_rows; i++) {
            const struct leeway_row *r = leeway_look_row(v->look, i);
            if (passes(&f, r))
                add_object(v, r, &drift);
        }
        v->shown = v->items.len;
        measure(v);
        if (!v->sorted_by_hand && resources_is_events(v))
            v->sort = resources_column_named(v, "Last Seen");
        make_keys(v);
        if (keep)
            make_ranks(v);
        if (v->items.len)
            qsort_r(v->items.items, v->items.len, sizeof(*v->items.items), compare, v);
        for (size_t i = 0; i < v->look->n_sources; i++)
            add_source(v, i);
        add_unserved(v);
    }
    uint64_t *uids = mem_calloc(v->items.len + 1, sizeof(*uids));
    for (size_t i = 0; i < v->items.len; i++)
        uids[i] = v->items.items[i].uid;
    list_set(&v->browse.list, uids, v->items.len);
    if (!v->touched)
        list_go(&v->browse.list, 0);
    mem_free(uids);
    strmap_clear(&drift);
    int64_t took = clock_boot_ms(app_clock(v->app)) - from;
    v->not_before = took > SLOW_MS ? from + 10 * took : 0;
}
