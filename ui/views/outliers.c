// SPDX-License-Identifier: Apache-2.0
#include "views/outliers.h"

#include "base/hash.h"
#include "views/words.h"

#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MIN = 3 };

struct class_of {
    struct text value;
    VEC(const struct leeway_cluster *) members;
    size_t unseen;
};

void outliers_init(struct outliers *o)
{
    *o = (struct outliers){.label = TEXT_NONE};
    arena_init(&o->arena);
}

void outliers_clear(struct outliers *o)
{
    vec_clear(&o->rows);
    vec_clear(&o->labels);
    arena_clear(&o->arena);
}

static struct text label_of(const struct leeway_cluster *c, struct text key)
{
    for (size_t i = 0; i < c->n_labels; i++)
        if (text_equal(c->labels[i].key, key))
            return c->labels[i].value;
    return TEXT_NONE;
}

static bool is_seen(const struct leeway_cluster *c)
{
    return c->reach == LEEWAY_REACH_OK || c->reach == LEEWAY_REACH_STALE;
}

static int by_text(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void read_labels(struct outliers *o, const struct leeway_snapshot *s)
{
    struct strmap seen = {0};
    o->labels.len = 0;
    for (size_t i = 0; i < leeway_clusters(s); i++) {
        const struct leeway_cluster *c = leeway_cluster_at(s, i);
        for (size_t k = 0; k < c->n_labels; k++)
            if (!strmap_set(&seen, c->labels[k].key.str, (void *)1))
                vec_push(&o->labels, text_dup(&o->arena, c->labels[k].key));
    }
    if (o->labels.len)
        qsort(o->labels.items, o->labels.len, sizeof(*o->labels.items), by_text);
    strmap_clear(&seen);
}

/* ---- facts of clusters ---- */

typedef struct text fact_fn(struct arena *a, const struct leeway_cluster *c, const char *which);

/* "1.36" of "1.36.1": a patch is no class of its own. */
static struct text fact_version(struct arena *a, const struct leeway_cluster *c, const char *which)
{
    const char *s = c->kubernetes.str, *dot = strchr(s, '.');
    dot = dot ? strchr(dot + 1, '.') : NULL;
    (void)which;
    return dot ? text_part(a, c->kubernetes, 0, (uint32_t)(dot - s)) : c->kubernetes;
}

static struct text fact_distribution(struct arena *a, const struct leeway_cluster *c,
                                     const char *which)
{
    (void)a;
    (void)which;
    return c->distribution;
}

static struct text fact_api(struct arena *a, const struct leeway_cluster *c, const char *which)
{
    for (size_t i = 0; i < c->n_apis; i++) {
        const struct leeway_api *x = &c->apis[i];
        size_t n = x->group.len;
        if (n && strncmp(which, x->group.str, n) == 0 && which[n] == '/' &&
            strcmp(which + n + 1, x->version.str) == 0)
            return TEXT("served");
    }
    (void)a;
    return c->n_apis ? TEXT("not served") : TEXT_NONE;
}

static void add_fact(struct outliers *o, const struct class_of *k, struct text cls,
                     struct text what, fact_fn *fact, const char *which)
{
    struct text *values = arena_array(&o->arena, k->members.len, sizeof(*values));
    size_t best = 0, best_n = 0;
    for (size_t i = 0; i < k->members.len; i++)
        values[i] = fact(&o->arena, k->members.items[i], which);
    for (size_t i = 0; i < k->members.len; i++) {
        size_t n = 0;
        for (size_t m = 0; m < k->members.len; m++)
            n += text_equal(values[i], values[m]);
        if (n > best_n) {
            best = i;
            best_n = n;
        }
    }
    if (best_n * 2 <= k->members.len || best_n == k->members.len || !values[best].len)
        return; /* most have nothing in common, or all the same */
    for (size_t i = 0; i < k->members.len; i++) {
        const struct leeway_cluster *c = k->members.items[i];
        if (text_equal(values[i], values[best]))
            continue;
        vec_push(&o->rows, ((struct outlier){
                               .cls = cls,
                               .members = k->members.len,
                               .what = what,
                               .most = values[best],
                               .here = values[i].len ? values[i] : TEXT("not known"),
                               .have = best_n,
                               .of = k->members.len,
                               .where = c->name,
                               .cluster_id = c->id,
                               .uid = hash_bytes(hash_process_key(), what.str, what.len) ^ c->id}));
    }
}

static void add_facts(struct outliers *o, const struct class_of *k, struct text cls)
{
    struct strmap seen = {0};
    add_fact(o, k, cls, TEXT("Kubernetes version"), fact_version, "");
    add_fact(o, k, cls, TEXT("distribution"), fact_distribution, "");
    for (size_t i = 0; i < k->members.len; i++) {
        const struct leeway_cluster *c = k->members.items[i];
        for (size_t a = 0; a < c->n_apis; a++) {
            const struct leeway_api *x = &c->apis[a];
            struct text name = text_fmt(&o->arena, "%s/%s", x->group.str, x->version.str);
            if (x->group.len && !strmap_set(&seen, name.str, (void *)1))
                add_fact(o, k, cls, text_fmt(&o->arena, "API %s", name.str), fact_api, name.str);
        }
    }
    strmap_clear(&seen);
}

/* ---- live values ---- */

static int by_name(const void *a, const void *b)
{
    return text_compare((*(const struct leeway_cluster *const *)a)->name,
                        (*(const struct leeway_cluster *const *)b)->name);
}

static bool is_member(const struct class_of *k, struct text name) /* members are sorted by name */
{
    const struct leeway_cluster key = {.name = name}, *p = &key;
    return bsearch(&p, k->members.items, k->members.len, sizeof(*k->members.items), by_name) !=
           NULL;
}

static const char *field_key(struct arena *a, const struct leeway_drift *d)
{
    return arena_printf(a, "%s\n%s\n%s\n%s\n%s", d->environment.str, d->object_kind.str,
                        d->namespace_.str, d->name.str, d->path.str);
}

static bool counts(const struct leeway_drift *d, const struct class_of *k)
{
    return !d->checking && d->verdict != LEEWAY_VERDICT_UNKNOWN && is_member(k, d->cluster);
}

/* Members of the class that the environment is on. */
static size_t targets_of(const struct leeway_snapshot *s, const struct class_of *k,
                         struct text environment)
{
    size_t n = 0;
    for (size_t i = 0; i < leeway_environments(s); i++) {
        const struct leeway_environment *e = leeway_environment_at(s, i);
        for (size_t t = 0; text_equal(e->name, environment) && t < e->n_target_rows; t++)
            n += is_member(k, e->target_rows[t].cluster);
    }
    return n;
}

/* What does not differ is as its release gave it: that is what most have. */
static void add_drifts(struct outliers *o, const struct leeway_snapshot *s,
                       const struct class_of *k, struct text cls)
{
    struct strmap unlikes = {0}; /* how many differ there: values are size_t in the arena */
    for (size_t i = 0; i < leeway_drifts(s); i++) {
        const struct leeway_drift *d = leeway_drift_at(s, i);
        const char *key = counts(d, k) ? field_key(&o->arena, d) : NULL;
        if (!key)
            continue;
        size_t *n = strmap_get(&unlikes, key);
        if (!n)
            strmap_set(&unlikes, key, n = arena_new(&o->arena, size_t));
        ++*n;
    }
    for (size_t i = 0; i < leeway_drifts(s); i++) {
        const struct leeway_drift *d = leeway_drift_at(s, i);
        if (!counts(d, k))
            continue;
        size_t all = targets_of(s, k, d->environment);
        size_t unlike = *(size_t *)strmap_get(&unlikes, field_key(&o->arena, d));
        if (all < MEMBERS_MIN || (all - unlike) * 2 <= all)
            continue;
        struct text object = words_object(&o->arena, d->object_kind, d->name);
        vec_push(&o->rows,
                 ((struct outlier){
                     .cls = cls,
                     .members = k->members.len,
                     .what = text_fmt(&o->arena, "%s %s", object.str,
                                      d->path.len ? words_path(&o->arena, d->path, 24).str : ""),
                     .most = TEXT("as given"),
                     .here = d->live.len ? d->live
                                         : text_cstr(&o->arena, leeway_drift_kind_word(d->kind)),
                     .have = all - unlike,
                     .of = all,
                     .where = d->cluster,
                     .drift = d,
                     .cluster_id = d->cluster_id,
                     .uid = d->id}));
    }
    strmap_clear(&unlikes);
}

/* ---- classes ---- */

static int by_value(const void *a, const void *b)
{
    return text_compare(((const struct class_of *)a)->value, ((const struct class_of *)b)->value);
}

/* Most can have something only among three that are all seen. */
static bool can_tell(const struct class_of *k)
{
    return !k->unseen && k->members.len >= MEMBERS_MIN;
}

static void add_class(struct outliers *o, const struct leeway_snapshot *s, const struct class_of *k)
{
    struct arena *a = &o->arena;
    struct text cls =
        o->label.len ? text_fmt(a, "%s=%s", o->label.str, k->value.str) : TEXT("the fleet");
    struct text note = TEXT_NONE;
    if (k->unseen)
        note = text_fmt(a, "No outlier on %s: %zu of them %s not seen.",
                        text_count(a, (long)k->members.len, "cluster", "clusters").str, k->unseen,
                        k->unseen == 1 ? "is" : "are");
    else if (!can_tell(k))
        note = text_fmt(a, "No outlier on %s: it takes three to say what most have.",
                        text_count(a, (long)k->members.len, "cluster", "clusters").str);
    if (note.len) {
        vec_push(&o->rows,
                 ((struct outlier){.cls = cls,
                                   .members = k->members.len,
                                   .note = note,
                                   .uid = hash_bytes(hash_process_key(), cls.str, cls.len)}));
        return;
    }
    size_t before = o->rows.len;
    qsort(k->members.items, k->members.len, sizeof(*k->members.items), by_name);
    add_drifts(o, s, k, cls);
    add_facts(o, k, cls);
    o->count += o->rows.len - before;
}

void outliers_set(struct outliers *o, const struct leeway_snapshot *s, const char *label)
{
    VEC(struct class_of) classes = {0};
    char *kept = mem_strdup(label ? label : o->label.str);
    arena_reset(&o->arena);
    o->rows.len = o->count = 0;
    read_labels(o, s);
    o->label = text_cstr(&o->arena, kept);
    for (size_t i = 0; !o->label.len && i < o->labels.len; i++)
        if (strcmp(o->labels.items[i].str, "tier") == 0)
            o->label = o->labels.items[i];
    if (!o->label.len && o->labels.len)
        o->label = o->labels.items[0];
    mem_free(kept);
    for (size_t i = 0; i < leeway_clusters(s); i++) {
        const struct leeway_cluster *c = leeway_cluster_at(s, i);
        struct text value = label_of(c, o->label);
        size_t k = 0;
        while (k < classes.len && !text_equal(classes.items[k].value, value))
            k++;
        if (k == classes.len)
            vec_push(&classes, ((struct class_of){.value = value}));
        vec_push(&classes.items[k].members, c);
        classes.items[k].unseen += !is_seen(c);
    }
    if (classes.len)
        qsort(classes.items, classes.len, sizeof(*classes.items), by_value);
    for (int told = 1; told >= 0; told--)
        for (size_t i = 0; i < classes.len; i++)
            if (can_tell(&classes.items[i]) == told)
                add_class(o, s, &classes.items[i]);
    for (size_t i = 0; i < classes.len; i++)
        vec_clear(&classes.items[i].members);
    vec_clear(&classes);
}
