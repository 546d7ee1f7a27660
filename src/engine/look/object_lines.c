// SPDX-License-Identifier: Apache-2.0
/*
 * An object as YAML lines with the owner of each. The writer walks the value and the field sets of
 * all managers in lock-step, so that list items are matched by their keys and what is below an
 * atomic node is its owner's.
 */
#include "engine/look/object_view.h"

#include "base/mem.h"
#include "data/yaml.h"

#include <string.h>

#define MAX_OWNERS 64u /* more managers than an API server keeps */
#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

struct place { /* where each manager's set stands at the current path */
    const struct fieldset_node *node[MAX_OWNERS]; /* NULL: not in it */
    bool whole[MAX_OWNERS];                       /* below an atomic node of it */
};

struct lines {
    struct arena *a;
    struct val_pool *pool;
    const struct ownership *o;
    const char *manager;
    size_t n_owners;
    VEC(struct leeway_object_line) out;
    struct path_elem path[VAL_MAX_DEPTH];
    size_t depth;
    bool secret; /* the object is a Secret */
    struct buf text;
};

static void step(const struct lines *l, const struct place *from, const struct path_elem *elem,
                 struct place *to)
{
    for (size_t i = 0; i < l->n_owners; i++) {
        const struct fieldset_node *n = from->node[i];
        to->whole[i] = from->whole[i] || (n && n->member && n->n == 0);
        to->node[i] = n ? fieldset_descend(n, elem) : NULL;
    }
}

/* Not ours first, the newest of them; *count: all owners. */
static int32_t owner_at(const struct lines *l, const struct place *p, uint32_t *count)
{
    int32_t best = -1;
    *count = 0;
    for (size_t i = 0; i < l->n_owners; i++) {
        const struct ownership_entry *e = &l->o->entries[i];
        if (!p->whole[i] && !(p->node[i] && p->node[i]->member))
            continue;
        ++*count;
        const struct ownership_entry *b = best < 0 ? NULL : &l->o->entries[best];
        bool ours = e->apply && strcmp(e->manager, l->manager) == 0;
        bool best_ours = b && b->apply && strcmp(b->manager, l->manager) == 0;
        if (!b || (best_ours && !ours) || (best_ours == ours && e->time_wall_ms > b->time_wall_ms))
            best = (int32_t)i;
    }
    return best;
}

/* What a person did not write and does not read. */
static bool is_noise(const struct lines *l)
{
    static const char *const names[] = {"managedFields", "uid",      "resourceVersion",
                                        "generation",    "selfLink", "creationTimestamp"};
    const struct path_elem *p = l->path;
    if (l->depth < 2 || p[0].kind != PATH_FIELD || strcmp(p[0].as.field->s, "metadata") != 0 ||
        p[1].kind != PATH_FIELD)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(p[1].as.field->s, names[i]) == 0)
            return true;
    return l->depth > 2 && p[2].kind == PATH_FIELD && strcmp(p[2].as.field->s, LAST_APPLIED) == 0;
}

/* Cuts the text into lines and puts each behind its indentation; dash: the first begins an item. */
static void add(struct lines *l, const struct place *p, int indent, bool dash, const char *text,
                size_t len)
{
    uint32_t count;
    int32_t owner = owner_at(l, p, &count);
    struct buf path;
    buf_init(&path, BUF_SMALL);
    path_format(&path, (struct path){l->path, l->depth}, PATH_STYLE_SERVER);
    struct text where = text_clean(l->a, buf_str(&path), path.len);
    buf_clear(&path);
    while (len && text[len - 1] == '\n')
        len--;
    for (bool first = true; first || len; first = false) {
        const char *end = memchr(text, '\n', len);
        size_t n = end ? (size_t)(end - text) : len;
        char *line = mem_printf("%*s%s%.*s", dash ? indent - 2 : indent, "",
                                dash ? (first ? "- " : "  ") : "", (int)n, text);
        vec_push(&l->out, (struct leeway_object_line){.text = text_cstr(l->a, line),
                                                      .owner = first ? owner : -1,
                                                      .n_owners = first ? count : 0,
                                                      .path = where,
                                                      .noise = is_noise(l)});
        mem_free(line);
        text += n + (end != NULL);
        len -= n + (end != NULL);
    }
}

/* "key: value" or, without a key, "value", as the YAML writer would put it. */
static void add_scalar(struct lines *l, const struct place *p, int indent, bool dash,
                       const char *key, const struct val *v)
{
    buf_reset(&l->text);
    if (key) {
        const struct val *map = val_map_with(l->pool, NULL, key, v);
        if (!map || yaml_write(&l->text, map))
            buf_printf(&l->text, "%s: (too large to show)", key);
    } else if (yaml_write(&l->text, v)) {
        buf_puts(&l->text, "(too large to show)");
    }
    add(l, p, indent, dash, buf_str(&l->text), l->text.len);
}

static void add_key(struct lines *l, const struct place *p, int indent, bool dash, const char *key)
{
    buf_reset(&l->text);
    const struct val *map = val_map_with(l->pool, NULL, key, &val_null);
    if (map && yaml_write(&l->text, map) == 0) {
        const char *end = strstr(buf_str(&l->text), ": null");
        size_t n = end ? (size_t)(end - l->text.data) + 1 : l->text.len;
        add(l, p, indent, dash, l->text.data, n);
    }
}

static void write_value(struct lines *l, const struct place *p, int indent, bool dash,
                        const char *key, const struct val *v);

static void write_map(struct lines *l, const struct place *p, int indent, bool dash,
                      const struct val *map)
{
    for (uint32_t i = 0; i < map->len; i++) {
        const struct val_entry *e = &map->as.entries[i];
        struct path_elem elem = {.kind = PATH_FIELD, .as.field = e->key};
        struct place below;
        step(l, p, &elem, &below);
        l->path[l->depth++] = elem;
        write_value(l, &below, indent, dash, e->key->s, &e->value);
        l->depth--;
        dash = false;
    }
}

/* The element by which a manager's set names this item; by its number when none does. */
static struct path_elem item_elem(const struct lines *l, const struct place *p,
                                  const struct val *item, uint32_t number)
{
    for (size_t i = 0; i < l->n_owners; i++) {
        const struct fieldset_node *n = p->node[i];
        for (uint32_t c = 0; n && c < n->n; c++) {
            const struct path_elem *e = &n->children[c].elem;
            if (e->kind == PATH_VALUE && val_equal(e->as.value, item))
                return *e;
            bool same = e->kind == PATH_KEY && val_is(item, VAL_MAP);
            for (uint32_t k = 0; same && k < e->as.key->len; k++) {
                const struct val_entry *want = &e->as.key->as.entries[k];
                same = val_equal(val_get(item, want->key->s), &want->value);
            }
            if (same)
                return *e;
        }
    }
    return (struct path_elem){.kind = PATH_INDEX, .as.index = number};
}

static void write_list(struct lines *l, const struct place *p, int indent, const struct val *list)
{
    for (uint32_t i = 0; i < list->len; i++) {
        const struct val *item = &list->as.items[i];
        struct path_elem elem = item_elem(l, p, item, i);
        struct place below;
        step(l, p, &elem, &below);
        l->path[l->depth++] = elem;
        write_value(l, &below, indent + 2, true, NULL, item);
        l->depth--;
    }
}

static bool is_masked(const struct lines *l, const char *key)
{
    if (!l->secret || !key)
        return false;
    const char *top = l->path[0].as.field->s;
    return (l->depth == 2 && (!strcmp(top, "data") || !strcmp(top, "stringData"))) ||
           strcmp(key, LAST_APPLIED) == 0;
}

static void write_value(struct lines *l, const struct place *p, int indent, bool dash,
                        const char *key, const struct val *v)
{
    bool container = (v->type == VAL_MAP || v->type == VAL_LIST) && v->len;
    if (is_masked(l, key)) {
        char *mask = mem_printf("%s: \xe2\x80\xb9secret, %u bytes as written\xe2\x80\xba", key,
                                v->type == VAL_STRING ? v->len : 0);
        add(l, p, indent, dash, mask, strlen(mask));
        mem_free(mask);
    } else if (!container || l->depth >= VAL_MAX_DEPTH - 2) {
        add_scalar(l, p, indent, dash, key, v);
    } else if (!key && v->type == VAL_MAP) {
        write_map(l, p, indent, dash, v);
    } else if (!key) {
        add(l, p, indent, dash, "", 0);
        write_list(l, p, indent, v);
    } else {
        add_key(l, p, indent, dash, key);
        if (v->type == VAL_MAP)
            write_map(l, p, indent + 2, false, v);
        else
            write_list(l, p, indent, v);
    }
}

size_t object_view_lines(struct arena *a, struct val_pool *pool, const struct val *object,
                         const struct ownership *o, const char *manager,
                         const struct leeway_object_line **out)
{
    struct lines l = {.a = a,
                      .pool = pool,
                      .o = o,
                      .manager = manager,
                      .n_owners = o->len < MAX_OWNERS ? o->len : MAX_OWNERS,
                      .secret = val_str_is(val_get(object, "kind"), "Secret")};
    struct place top = {0};
    buf_init(&l.text, BUF_LARGE);
    for (size_t i = 0; i < l.n_owners; i++)
        top.node[i] = o->entries[i].fields;
    if (val_is(object, VAL_MAP))
        write_map(&l, &top, 0, false, object);
    buf_wipe(&l.text);
    struct leeway_object_line *copy = arena_array(a, l.out.len, sizeof(*copy));
    if (l.out.len)
        memcpy(copy, l.out.items, l.out.len * sizeof(*copy));
    size_t n = l.out.len;
    vec_clear(&l.out);
    *out = copy;
    return n;
}
