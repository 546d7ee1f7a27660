// SPDX-License-Identifier: Apache-2.0
/*
 * The table of types.txt, and objects read through it. A line is a struct: its name, "!" when it is
 * owned as a whole, and its fields as name:form. Before a form stand "?" for a pointer and "+" for
 * a field that is always written; "!" before a map or a struct: owned as a whole here. "=value"
 * behind the form of a field is its default as a key of a list.
 */
#include "sim/types.h"

#include "base/clock.h"
#include "data/json.h"
#include "sim/sim_int.h"
#include "src/sim/types_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_types {
    struct val_pool pool;
    struct sim_struct *structs; /* sorted by name */
    size_t n;
};

/* ---- the table ---- */

static int by_struct_name(const void *a, const void *b)
{
    return strcmp(((const struct sim_struct *)a)->name, ((const struct sim_struct *)b)->name);
}

static int by_field_name(const void *a, const void *b)
{
    return strcmp(((const struct typed_field *)a)->name, ((const struct typed_field *)b)->name);
}

const struct sim_struct *sim_types_find(const struct sim_types *t, const char *name)
{
    struct sim_struct key = {.name = name};
    if (!t)
        return NULL;
    return bsearch(&key, t->structs, t->n, sizeof(*t->structs), by_struct_name);
}

const struct sim_struct *sim_kind_type(const struct sim_types *t, const struct sim_kind *k)
{
    char name[200];
    if (k->made)
        return NULL;
    snprintf(name, sizeof(name), "%.*s.%s.%s", (int)strcspn(k->group, "."),
             k->group[0] ? k->group : "core", k->version, k->kind);
    if (!k->group[0])
        snprintf(name, sizeof(name), "core.%s.%s", k->version, k->kind);
    return t ? sim_types_find(t, name) : NULL;
}

static const struct typed_atom *scalar_atom(char form)
{
    static const struct typed_atom atoms[] = {{.scalar = TYPED_STRING},
                                              {.scalar = TYPED_NUMERIC},
                                              {.scalar = TYPED_BOOLEAN},
                                              {.scalar = TYPED_UNTYPED}};
    switch (form) {
    case SIM_STRING:
    case SIM_BYTES:
        return &atoms[0];
    case SIM_INTEGER:
    case SIM_FLOAT:
        return &atoms[1];
    case SIM_BOOL:
        return &atoms[2];
    case SIM_INT_OR_STRING: /* its schema names no type: anything */
    case SIM_ANY:
        return &typed_deduced;
    default:
        return &atoms[3];
    }
}

static const struct typed_atom *atom_with(struct sim_types *t, struct typed_list *l,
                                          struct typed_map *m)
{
    struct typed_atom *a = arena_new(&t->pool.arena, struct typed_atom);
    a->list = l;
    a->map = m;
    return a;
}

static const struct sim_type *parse_form(struct sim_types *t, char **at);

static void parse_list(struct sim_types *t, struct sim_type *x, char **at)
{
    struct typed_list *l = arena_new(&t->pool.arena, struct typed_list);
    l->relation = x->form == SIM_LIST ? TYPED_ATOMIC : TYPED_ASSOCIATIVE;
    if (x->form == SIM_LIST_MAP) {
        const char **keys = arena_zalloc(&t->pool.arena, 8 * sizeof(*keys));
        char *end = strchr(*at, ')');
        for (char *k = *at; k < end && l->n_keys < 8;) {
            size_t n = strcspn(k, ",)");
            keys[l->n_keys++] = arena_strndup(&t->pool.arena, k, n);
            k += n + 1;
        }
        l->keys = keys;
        *at = end + 1;
    }
    x->item = parse_form(t, at);
    l->element = x->item->typed;
    x->typed = atom_with(t, l, NULL);
}

static const struct sim_type *parse_form(struct sim_types *t, char **at)
{
    struct sim_type *x = arena_new(&t->pool.arena, struct sim_type);
    bool whole = **at == '!';
    *at += whole;
    x->form = *(*at)++;
    if (x->form == SIM_STRUCT) {
        size_t n = strcspn(*at, " =");
        const char *name = arena_strndup(&t->pool.arena, *at, n);
        x->of = sim_types_find(t, name);
        x->typed = &x->of->typed;
        if (whole) {
            struct typed_map *m = arena_new(&t->pool.arena, struct typed_map);
            m->relation = TYPED_ATOMIC;
            m->element = &typed_deduced;
            x->typed = atom_with(t, NULL, m);
        }
        *at += n;
    } else if (x->form == SIM_LIST || x->form == SIM_SET || x->form == SIM_LIST_MAP) {
        parse_list(t, x, at);
    } else if (x->form == SIM_MAP) {
        struct typed_map *m = arena_new(&t->pool.arena, struct typed_map);
        x->item = parse_form(t, at);
        m->element = x->item->typed;
        m->relation = whole ? TYPED_ATOMIC : TYPED_SEPARABLE;
        x->typed = atom_with(t, NULL, m);
    } else {
        x->typed = scalar_atom(x->form);
    }
    return x;
}

static void parse_struct(struct sim_types *t, struct sim_struct *s, char *line, bool whole)
{
    size_t n = 0;
    for (const char *p = line; *p; p++)
        n += *p == ':';
    s->fields = arena_zalloc(&t->pool.arena, (n + 1) * sizeof(*s->fields));
    struct typed_field *f = arena_zalloc(&t->pool.arena, (n + 1) * sizeof(*f));
    struct typed_map *m = arena_new(&t->pool.arena, struct typed_map);
    for (char *at = line; *at;) {
        size_t len = strcspn(at, ":");
        struct sim_field *x = &s->fields[s->n];
        x->name = arena_strndup(&t->pool.arena, at, len);
        x->len = len;
        at += len + 1;
        for (; *at == '?' || *at == '+'; at++) {
            x->pointer = x->pointer || *at == '?';
            x->always = x->always || *at == '+';
        }
        x->type = parse_form(t, &at);
        f[s->n] = (struct typed_field){x->name, len, x->type->typed, NULL};
        if (*at == '=') {
            size_t end = strcspn(at, " ");
            f[s->n].key_default = json_read(&t->pool, at + 1, end - 1, NULL, NULL);
            at += end;
        }
        at += *at == ' ';
        s->n++;
    }
    qsort(f, s->n, sizeof(*f), by_field_name);
    m->fields = f;
    m->n = s->n;
    m->relation = whole ? TYPED_ATOMIC : TYPED_SEPARABLE;
    s->typed.map = m;
    for (size_t i = 0; i < sim_defaults_len; i++)
        if (strcmp(sim_defaults[i].of, s->name) == 0) {
            s->defaults = s->defaults ? s->defaults : &sim_defaults[i];
            s->n_defaults++;
        }
}

struct sim_types *sim_types_new(void)
{
    struct sim_types *t = mem_new(struct sim_types);
    VEC(struct sim_struct) structs = {0};
    VEC(char *) lines = {0};
    val_pool_init(&t->pool);
    char *text = arena_strdup(&t->pool.arena, sim_types_text);
    for (char *line = strtok_r(text, "\n", &text); line; line = strtok_r(NULL, "\n", &text)) {
        if (*line == '#')
            continue;
        size_t n = strcspn(line, " !");
        vec_push(&structs, (struct sim_struct){.name = arena_strndup(&t->pool.arena, line, n)});
        vec_push(&lines, line + n);
    }
    /* the table is sorted, so that references can be looked up while it is read */
    t->structs = structs.items;
    t->n = structs.len;
    for (size_t i = 0; i < t->n; i++) {
        bool whole = lines.items[i][0] == '!';
        char *fields = lines.items[i] + whole;
        parse_struct(t, &t->structs[i], fields + (*fields == ' '), whole);
    }
    vec_clear(&lines);
    return t;
}

void sim_types_free(struct sim_types *t)
{
    if (!t)
        return;
    mem_free(t->structs);
    val_pool_clear(&t->pool);
    mem_free(t);
}

/* ---- reading ---- */

static void print_place(struct buf *b, const struct sim_place *p)
{
    if (!p)
        return;
    print_place(b, p->up);
    if (p->field)
        buf_printf(b, "%s%s", b->len ? "." : "", p->field);
    else
        buf_printf(b, "[%u]", p->index);
}

static const struct val *wrong(struct sim_reading *r, const struct sim_place *at,
                               const struct val *v, const char *type)
{
    static const char *const kinds[] = {
        [VAL_NULL] = "null",   [VAL_BOOL] = "bool",     [VAL_INT] = "number",
        [VAL_UINT] = "number", [VAL_DOUBLE] = "number", [VAL_STRING] = "string",
        [VAL_LIST] = "array",  [VAL_MAP] = "object"};
    struct buf b;
    if (r->wrong[0])
        return NULL;
    buf_init(&b, 2048);
    print_place(&b, at);
    snprintf(r->wrong, sizeof(r->wrong),
             "json: cannot unmarshal %s into Go struct field .%.200s of type %s",
             kinds[val_type(v)], buf_str(&b), type);
    buf_clear(&b);
    return NULL;
}

void sim_reading_unknown(struct sim_reading *r, const struct sim_place *at)
{
    enum { UNKNOWN_MAX = 20 };
    struct buf b;
    if (r->unknown.len >= UNKNOWN_MAX)
        return;
    buf_init(&b, 2048);
    print_place(&b, at);
    vec_push(&r->unknown, buf_take(&b));
    buf_clear(&b);
}

void sim_reading_clear(struct sim_reading *r)
{
    for (size_t i = 0; i < r->unknown.len; i++)
        mem_free(r->unknown.items[i]);
    vec_clear(&r->unknown);
}

static const struct val *text(struct sim_reading *r, const char *s)
{
    struct val v = val_of_str(r->pool, s);
    const struct val *p = v.as.s ? val_box(r->pool, v) : NULL;
    r->over = r->over || !p;
    return p;
}

static const struct val *number(struct sim_reading *r, int64_t i)
{
    const struct val *p = val_box(r->pool, val_of_int(i));
    r->over = r->over || !p;
    return p;
}

static const struct val *read_time(struct sim_reading *r, const struct sim_place *at,
                                   const struct val *v, bool micro)
{
    int64_t ms;
    int32_t nanos = 0;
    char out[CLOCK_RFC3339_LEN + 16];
    if (!val_is(v, VAL_STRING))
        return wrong(r, at, v, "v1.Time");
    if (clock_parse_rfc3339(v->as.s, v->len, &ms, &nanos)) {
        if (!r->wrong[0])
            snprintf(r->wrong, sizeof(r->wrong),
                     "parsing time \"%.60s\" as \"2006-01-02T15:04:05Z07:00\": cannot parse",
                     v->as.s);
        return NULL;
    }
    clock_format_rfc3339(ms, out);
    if (micro) {
        int64_t part = ((ms % 1000 + 1000) % 1000) * 1000 + nanos / 1000;
        size_t n = strlen(out) - 1; /* before the Z */
        snprintf(out + n, sizeof(out) - n, ".%06lldZ", (long long)part);
    }
    return text(r, out);
}

static bool is_base64(const struct val *v)
{
    size_t pad = 0;
    for (uint32_t i = 0; i < v->len; i++) {
        char c = v->as.s[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '+' || c == '/';
        pad += c == '=';
        if (c == '\n' || c == '\r')
            return false;
        if ((!letter && c != '=') || (letter && pad))
            return false;
    }
    return v->len % 4 == 0 && pad <= 2;
}

/* in_list: a quantity of a list of resources, which has thousandths at most. */
static const struct val *read_scalar(struct sim_reading *r, char form, const struct val *v,
                                     const struct sim_place *at, bool in_list)
{
    char canonical[64];
    double d;
    switch (form) {
    case SIM_STRING:
        return val_is(v, VAL_STRING) ? v : wrong(r, at, v, "string");
    case SIM_BOOL:
        return val_is(v, VAL_BOOL) ? v : wrong(r, at, v, "bool");
    case SIM_INTEGER:
        if (val_is(v, VAL_DOUBLE)) {
            d = v->as.d;
            if (d >= -9e15 && d <= 9e15 && d == (double)(int64_t)d)
                return number(r, (int64_t)d);
        }
        return val_is(v, VAL_INT) ? v : wrong(r, at, v, "int32");
    case SIM_FLOAT:
        return val_is(v, VAL_INT) || val_is(v, VAL_DOUBLE) ? v : wrong(r, at, v, "float64");
    case SIM_INT_OR_STRING:
        return val_is(v, VAL_INT) || val_is(v, VAL_STRING) ? v
                                                           : wrong(r, at, v, "intstr.IntOrString");
    case SIM_QUANTITY:
        if (val_is(v, VAL_INT) || val_is(v, VAL_DOUBLE)) {
            struct buf b;
            buf_init(&b, 64);
            json_write(&b, v, JSON_CANONICAL);
            bool fine = sim_quantity_canonical(buf_str(&b), b.len, in_list, canonical);
            buf_clear(&b);
            return fine ? text(r, canonical) : wrong(r, at, v, "resource.Quantity");
        }
        if (!val_is(v, VAL_STRING))
            return wrong(r, at, v, "resource.Quantity");
        if (!sim_quantity_canonical(v->as.s, v->len, in_list, canonical)) {
            if (!r->wrong[0])
                snprintf(r->wrong, sizeof(r->wrong),
                         "quantities must match the regular expression "
                         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
            return NULL;
        }
        return strcmp(canonical, v->as.s) == 0 ? v : text(r, canonical);
    case SIM_TIME:
    case SIM_MICRO_TIME:
        return read_time(r, at, v, form == SIM_MICRO_TIME);
    case SIM_BYTES:
        if (!val_is(v, VAL_STRING))
            return wrong(r, at, v, "[]uint8");
        if (!is_base64(v)) {
            if (!r->wrong[0])
                snprintf(r->wrong, sizeof(r->wrong), "illegal base64 data at input byte %u",
                         (unsigned)v->len);
            return NULL;
        }
        return v;
    default:
        return v;
    }
}

static bool is_zero(const struct val *v)
{
    switch (val_type(v)) {
    case VAL_NULL:
        return true;
    case VAL_BOOL:
        return !v->as.b;
    case VAL_INT:
        return v->as.i == 0;
    case VAL_DOUBLE:
        return v->as.d == 0;
    case VAL_UINT:
        return false;
    default:
        return v->len == 0;
    }
}

static const struct val *read_struct(struct sim_reading *r, const struct sim_struct *s,
                                     const struct val *v, const struct sim_place *at);

static const struct val *read_value(struct sim_reading *r, const struct sim_type *t,
                                    const struct val *v, const struct sim_place *at);

static const struct val *read_list(struct sim_reading *r, const struct sim_type *t,
                                   const struct val *v, const struct sim_place *at)
{
    VEC(struct val) items = {0};
    const struct val *out = NULL;
    if (!val_is(v, VAL_LIST))
        return wrong(r, at, v, "[]");
    for (uint32_t i = 0; i < v->len && !r->wrong[0]; i++) {
        struct sim_place here = {.up = at, .index = i};
        const struct val *x = &v->as.items[i];
        if (x->type == VAL_NULL) /* the zero value */
            x = t->item->form == SIM_STRUCT ? read_struct(r, t->item->of, NULL, &here) : x;
        else
            x = read_value(r, t->item, x, &here);
        if (x)
            vec_push(&items, *x);
    }
    if (!r->wrong[0])
        out = val_list_of(r->pool, items.items, items.len);
    r->over = r->over || (!r->wrong[0] && !out);
    vec_clear(&items);
    return out;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct val_entry *)a)->key->s, ((const struct val_entry *)b)->key->s);
}

static const struct val *read_map(struct sim_reading *r, const struct sim_type *t,
                                  const struct val *v, const struct sim_place *at)
{
    VEC(struct val_entry) entries = {0};
    const struct val *out = NULL;
    bool sorted = true;
    if (!val_is(v, VAL_MAP))
        return wrong(r, at, v, "map");
    for (uint32_t i = 0; i < v->len && !r->wrong[0]; i++) {
        struct val_entry e = v->as.entries[i];
        struct sim_place here = {.up = at, .field = e.key->s};
        const struct val *x = &e.value;
        if (x->type == VAL_NULL) {
            if (t->item->form == SIM_STRING || t->item->form == SIM_BYTES)
                x = text(r, "");
        } else {
            x = t->item->form == SIM_QUANTITY ? read_scalar(r, SIM_QUANTITY, x, &here, r->defaults)
                                              : read_value(r, t->item, x, &here);
        }
        if (!x)
            break;
        e.value = *x;
        e.key = val_intern(r->pool, e.key->s, e.key->len);
        if (!e.key) {
            r->over = true;
            break;
        }
        sorted = sorted && (!entries.len || by_key(&entries.items[entries.len - 1], &e) < 0);
        vec_push(&entries, e);
    }
    if (!sorted)
        qsort(entries.items, entries.len, sizeof(*entries.items), by_key);
    if (!r->wrong[0] && !r->over)
        out = val_map_of(r->pool, entries.items, entries.len);
    r->over = r->over || (!r->wrong[0] && !out);
    vec_clear(&entries);
    return out;
}

static const struct val *read_value(struct sim_reading *r, const struct sim_type *t,
                                    const struct val *v, const struct sim_place *at)
{
    switch (t->form) {
    case SIM_STRUCT:
        return read_struct(r, t->of, v, at);
    case SIM_LIST:
    case SIM_SET:
    case SIM_LIST_MAP:
        return read_list(r, t, v, at);
    case SIM_MAP:
        return read_map(r, t, v, at);
    default:
        return read_scalar(r, t->form, v, at, false);
    }
}

/* What is written for a field that is always written and has nothing. */
static const struct val *nothing(struct sim_reading *r, const struct sim_field *f,
                                 const struct sim_place *at)
{
    if (f->pointer)
        return &val_null;
    switch (f->type->form) {
    case SIM_STRUCT:
        return read_struct(r, f->type->of, NULL, at);
    case SIM_STRING:
        return text(r, "");
    case SIM_QUANTITY:
        return text(r, "0");
    case SIM_INTEGER:
    case SIM_FLOAT:
    case SIM_INT_OR_STRING:
        return number(r, 0);
    case SIM_BOOL: {
        const struct val *p = val_box(r->pool, val_of_bool(false));
        r->over = r->over || !p;
        return p;
    }
    default:
        return &val_null;
    }
}

/* A field as it is written, or NULL when it is not. */
static const struct val *read_field(struct sim_reading *r, const struct sim_field *f,
                                    const struct val *v, const struct sim_place *at)
{
    const struct val *x = NULL;
    if (val_type(v) != VAL_NULL) {
        x = read_value(r, f->type, v, at);
        if (!x)
            return NULL;
    }
    if (x && !f->pointer && !f->always && is_zero(x))
        return NULL;
    if (!x && f->type->form == SIM_STRUCT && !f->pointer) {
        /* a struct is there even when nobody wrote it: it may have defaults */
        x = read_struct(r, f->type->of, NULL, at);
        return x && !f->always && !x->len ? NULL : x;
    }
    return x ? x : f->always ? nothing(r, f, at) : NULL;
}

static const struct val *read_struct(struct sim_reading *r, const struct sim_struct *s,
                                     const struct val *v, const struct sim_place *at)
{
    enum { ON_STACK = 48 };
    struct val_entry room[ON_STACK], *entries = room;
    size_t n = 0, known = 0;
    const struct val *out = NULL;
    if (val_type(v) != VAL_NULL && !val_is(v, VAL_MAP))
        return wrong(r, at, v, s->name);
    if (s->n > ON_STACK)
        entries = mem_reallocarray(NULL, s->n, sizeof(*entries));
    for (size_t i = 0; i < s->n && !r->wrong[0] && !r->over; i++) {
        const struct sim_field *f = &s->fields[i];
        struct sim_place here = {.up = at, .field = f->name};
        const struct val *have = val_get_n(v, f->name, f->len);
        known += have != NULL;
        const struct val *x = read_field(r, f, have, &here);
        if (!x)
            continue;
        entries[n].key = val_intern(r->pool, f->name, f->len);
        entries[n].line = entries[n].col = 0;
        entries[n].value = *x;
        r->over = r->over || !entries[n].key;
        n++;
    }
    for (uint32_t i = 0; known < val_count(v) && i < v->len; i++) {
        const struct val_key *k = v->as.entries[i].key;
        struct sim_place here = {.up = at, .field = k->s};
        if (!typed_map_field(s->typed.map, k->s, k->len))
            sim_reading_unknown(r, &here);
    }
    if (!r->wrong[0] && !r->over) {
        out = val_map_of(r->pool, entries, n);
        r->over = !out;
    }
    if (entries != room)
        mem_free(entries);
    if (out && r->defaults)
        out = sim_default_struct(r, s, out);
    return out;
}

const struct val *sim_types_read(struct sim_reading *r, const struct sim_struct *s,
                                 const struct val *v)
{
    const struct val *out = read_struct(r, s, v, NULL);
    return r->wrong[0] || r->over ? NULL : out;
}
