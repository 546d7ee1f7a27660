// SPDX-License-Identifier: Apache-2.0
/*
 * Fields are the lines of the objects' YAML that hold a value or begin something that is owned as a
 * whole. What a server keeps for itself and status are left out: they differ everywhere.
 */
#include "leeway/blame.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

struct seen { /* one field of one object */
    uint32_t object;
    struct text owners, value;
    enum leeway_actor actor;
    bool ours;
    int64_t at_ms;
};

struct field {
    struct text path; /* of an object's line */
    VEC(struct seen) seen;
};

struct leeway_blame {
    VEC(struct leeway_object *) objects;
    struct strmap by_path; /* struct field */
    struct arena arena;    /* of rows, outliers and words */
    VEC(struct leeway_blame_row) rows;
    VEC(struct leeway_outlier) outliers;
    bool made;
};

struct leeway_blame *leeway_blame_new(void)
{
    struct leeway_blame *b = mem_new(struct leeway_blame);
    arena_init(&b->arena);
    return b;
}

static void forget(struct leeway_blame *b)
{
    const struct strmap_entry *e;
    for (size_t i = 0; (e = strmap_next(&b->by_path, &i));) {
        struct field *f = e->value;
        vec_clear(&f->seen);
        mem_free(f);
    }
    strmap_clear(&b->by_path);
    b->rows.len = b->outliers.len = 0;
    arena_reset(&b->arena);
    b->made = false;
}

void leeway_blame_free(struct leeway_blame *b)
{
    if (!b)
        return;
    forget(b);
    for (size_t i = 0; i < b->objects.len; i++)
        leeway_object_unref(b->objects.items[i]);
    vec_clear(&b->objects);
    vec_clear(&b->rows);
    vec_clear(&b->outliers);
    arena_clear(&b->arena);
    mem_free(b);
}

bool leeway_blame_add(struct leeway_blame *b, struct leeway_object *o)
{
    if (b->objects.len >= LEEWAY_BLAME_OBJECTS)
        return false;
    forget(b);
    vec_push(&b->objects, leeway_object_ref(o));
    return true;
}

size_t leeway_blame_objects(const struct leeway_blame *b)
{
    return b->objects.len;
}

const struct leeway_object *leeway_blame_object(const struct leeway_blame *b, size_t i)
{
    return i < b->objects.len ? b->objects.items[i] : NULL;
}

/* ---- fields ---- */

static bool begins(struct text t, const char *start)
{
    return strncmp(t.str, start, strlen(start)) == 0;
}

static bool counts(const struct leeway_object_line *l)
{
    return !l->noise && l->path.len && !begins(l->path, ".status") &&
           strcmp(l->path.str, ".metadata.name") != 0 && strcmp(l->path.str, ".kind") != 0 &&
           strcmp(l->path.str, ".apiVersion") != 0 &&
           strcmp(l->path.str, ".metadata.namespace") != 0;
}

/* What stands behind "key: " or "- "; empty for the beginning of a map or a list. */
static struct text value_of(struct arena *a, struct text line)
{
    const char *s = line.str, *end = line.str + line.len;
    while (s < end && (*s == ' ' || (*s == '-' && (s[1] == ' ' || !s[1]))))
        s++;
    const char *colon = strstr(s, ": ");
    if (colon && *s != '"' && *s != '\'')
        s = colon + 2;
    else if (end > s && end[-1] == ':')
        return TEXT_NONE;
    return text_part(a, line, (uint32_t)(s - line.str), (uint32_t)(end - s));
}

static const char *trimmed(struct text line)
{
    return line.str + strspn(line.str, " ");
}

static struct text owner_name(const struct leeway_owner *o)
{
    return o->words.len ? o->words : o->manager;
}

/* Every owner of the path is in the object's fields; the line itself knows one of them. */
static void fill_owners(struct arena *a, const struct leeway_object *o,
                        const struct leeway_object_line *l, struct seen *s)
{
    const struct leeway_object_field *f = NULL;
    for (size_t i = 0; l->n_owners > 1 && i < o->n_fields && !f; i++)
        if (text_equal(o->fields[i].path, l->path))
            f = &o->fields[i];
    const struct leeway_owner *one =
        l->owner >= 0 && (size_t)l->owner < o->n_owners ? &o->owners[l->owner] : NULL;
    const struct leeway_owner *owners = f && f->n_owners ? f->owners : one;
    size_t n = f && f->n_owners ? f->n_owners : one ? 1 : 0;
    s->owners = n ? TEXT_NONE : TEXT("default");
    s->ours = n > 0;
    s->actor = n ? LEEWAY_ACTOR_LEEWAY : LEEWAY_ACTOR_UNKNOWN;
    for (size_t i = 0; i < n; i++) {
        struct text name = owner_name(&owners[i]);
        s->owners = i ? text_fmt(a, "%s and %s", s->owners.str, name.str) : name;
        if (!owners[i].ours && s->ours) {
            s->ours = false;
            s->actor = owners[i].actor;
        }
        if (owners[i].at_or_before_ms > s->at_ms)
            s->at_ms = owners[i].at_or_before_ms;
    }
    if (n == 1 && l->n_owners > 1)
        s->owners = text_fmt(a, "%s and %u more", s->owners.str, l->n_owners - 1);
}

static void read_object(struct leeway_blame *b, uint32_t number)
{
    const struct leeway_object *o = b->objects.items[number];
    const struct text *before = NULL;
    for (size_t i = 0; i < o->n_lines; i++) {
        const struct leeway_object_line *l = &o->lines[i];
        bool again = before && text_equal(*before, l->path); /* a value of several lines */
        before = &l->path;
        if (!counts(l))
            continue;
        struct text value = value_of(&b->arena, l->text);
        struct field *f = strmap_get(&b->by_path, l->path.str);
        if (again) {
            struct seen *s = f && f->seen.len ? &f->seen.items[f->seen.len - 1] : NULL;
            if (s && s->object == number && s->value.len < 4096)
                s->value = text_fmt(&b->arena, "%s %s", s->value.str, trimmed(l->text));
            continue;
        }
        if (!value.len)
            continue; /* a branch: what is in it says more */
        if (!f) {
            f = mem_new(struct field);
            f->path = l->path;
            strmap_set(&b->by_path, l->path.str, f);
        }
        struct seen s = {.object = number, .value = value};
        fill_owners(&b->arena, o, l, &s);
        vec_push(&f->seen, s);
    }
}

/* ---- rows ---- */

static int by_path(const void *x, const void *y)
{
    const struct leeway_blame_row *a = x, *b = y;
    int order = text_compare(a->path, b->path);
    if (!order)
        order = (a->objects > b->objects) - (a->objects < b->objects);
    return order ? order : text_compare(a->owners, b->owners);
}

static uint32_t count_clusters(const struct leeway_blame *b, const uint32_t *places, uint32_t n)
{
    uint32_t clusters = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool first = true;
        for (uint32_t k = 0; k < i && first; k++)
            first = !text_equal(b->objects.items[places[i]]->cluster,
                                b->objects.items[places[k]]->cluster);
        clusters += first;
    }
    return clusters;
}

static void add_rows(struct leeway_blame *b, const struct field *f)
{
    bool *done = mem_calloc(f->seen.len, sizeof(*done));
    for (size_t i = 0; i < f->seen.len; i++) {
        const struct seen *s = &f->seen.items[i];
        if (done[i])
            continue;
        uint32_t *places = arena_array(&b->arena, f->seen.len - i, sizeof(*places)), n = 0;
        struct leeway_blame_row r = {.path = f->path,
                                     .owners = s->owners,
                                     .actor = s->actor,
                                     .ours = s->ours,
                                     .value = s->value,
                                     .places = places};
        for (size_t k = i; k < f->seen.len; k++) {
            const struct seen *t = &f->seen.items[k];
            if (done[k] || !text_equal(s->owners, t->owners))
                continue;
            done[k] = true;
            bool fresh = true;
            for (size_t m = i; m < k && fresh; m++)
                fresh = !(text_equal(f->seen.items[m].owners, s->owners) &&
                          text_equal(f->seen.items[m].value, t->value));
            r.values += fresh;
            places[n++] = t->object;
            if (t->at_ms > r.newest_ms)
                r.newest_ms = t->at_ms;
        }
        r.objects = n;
        r.clusters = count_clusters(b, places, n);
        vec_push(&b->rows, r);
    }
    mem_free(done);
}

/* ---- outliers ---- */

static uint32_t count_value(const struct field *f, struct text value)
{
    uint32_t n = 0;
    for (size_t i = 0; i < f->seen.len; i++)
        n += text_equal(f->seen.items[i].value, value);
    return n;
}

static void add_outliers(struct leeway_blame *b, const struct field *f)
{
    uint32_t of = (uint32_t)b->objects.len, most = 0;
    struct text common = TEXT("not there");
    uint32_t absent = of - (uint32_t)f->seen.len;
    if (of < 3)
        return;
    most = absent;
    for (size_t i = 0; i < f->seen.len; i++) {
        uint32_t n = count_value(f, f->seen.items[i].value);
        if (n > most) {
            most = n;
            common = f->seen.items[i].value;
        }
    }
    if (most * 2 <= of || most == of)
        return; /* no majority, or no exception */
    for (size_t i = 0; i < f->seen.len; i++) {
        const struct seen *s = &f->seen.items[i];
        bool first = true;
        for (size_t k = 0; k < i && first; k++)
            first = !text_equal(f->seen.items[k].value, s->value);
        if (!first || text_equal(s->value, common))
            continue;
        uint32_t *places = arena_array(&b->arena, f->seen.len, sizeof(*places)), n = 0;
        for (size_t k = i; k < f->seen.len; k++)
            if (text_equal(f->seen.items[k].value, s->value))
                places[n++] = f->seen.items[k].object;
        vec_push(&b->outliers, (struct leeway_outlier){.path = f->path,
                                                       .most = common,
                                                       .here = s->value,
                                                       .most_objects = most,
                                                       .of = of,
                                                       .objects = n,
                                                       .owners = s->owners,
                                                       .actor = s->actor,
                                                       .places = places});
    }
    if (!absent || most == absent)
        return;
    uint32_t *places = arena_array(&b->arena, absent, sizeof(*places)), n = 0;
    for (uint32_t o = 0; o < of; o++) {
        bool has = false;
        for (size_t k = 0; k < f->seen.len && !has; k++)
            has = f->seen.items[k].object == o;
        if (!has && n < absent)
            places[n++] = o;
    }
    vec_push(&b->outliers, (struct leeway_outlier){.path = f->path,
                                                   .most = common,
                                                   .here = TEXT("not there"),
                                                   .most_objects = most,
                                                   .of = of,
                                                   .objects = n,
                                                   .owners = TEXT_NONE,
                                                   .actor = LEEWAY_ACTOR_UNKNOWN,
                                                   .places = places});
}

static int by_rarity(const void *x, const void *y)
{
    const struct leeway_outlier *a = x, *b = y;
    if (a->objects != b->objects)
        return a->objects < b->objects ? -1 : 1;
    return text_compare(a->path, b->path);
}

static void make(struct leeway_blame *b)
{
    if (b->made)
        return;
    const struct strmap_entry *e;
    for (uint32_t i = 0; i < b->objects.len; i++)
        read_object(b, i);
    for (size_t i = 0; (e = strmap_next(&b->by_path, &i));) {
        add_rows(b, e->value);
        add_outliers(b, e->value);
    }
    if (b->rows.len)
        qsort(b->rows.items, b->rows.len, sizeof(*b->rows.items), by_path);
    if (b->outliers.len)
        qsort(b->outliers.items, b->outliers.len, sizeof(*b->outliers.items), by_rarity);
    b->made = true;
}

size_t leeway_blame_rows(struct leeway_blame *b, const struct leeway_blame_row **out)
{
    make(b);
    *out = b->rows.items;
    return b->rows.len;
}

size_t leeway_blame_outliers(struct leeway_blame *b, const struct leeway_outlier **out)
{
    make(b);
    *out = b->outliers.items;
    return b->outliers.len;
}
