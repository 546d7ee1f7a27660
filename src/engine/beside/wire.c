// SPDX-License-Identifier: Apache-2.0
#include "engine/beside/wire.h"

#include "config.h"

#include "base/hash.h"
#include "engine/build.h"

#include <string.h>

static const void *const_at(const void *p, size_t offset)
{
    return (const char *)p + offset;
}

static void *at(void *p, size_t offset)
{
    return (char *)p + offset;
}

/* ---- writing ---- */

static void add_text(struct val_builder *b, struct text t)
{
    val_builder_add(b, val_borrow_str(t.str ? t.str : "", t.len));
}

static size_t count_at(const struct wire_field *f, const void *p)
{
    size_t n;
    memcpy(&n, const_at(p, f->count), sizeof(n));
    return n;
}

/* A number that is 0 when the member is to be left out. */
static int64_t number_of(const struct wire_field *f, const void *from)
{
    union {
        int32_t i32;
        uint32_t u32;
        int64_t i64;
        bool flag;
    } v;
    switch (f->kind) {
    case WIRE_I32:
        memcpy(&v.i32, from, sizeof(v.i32));
        return v.i32;
    case WIRE_U32:
    case WIRE_ENUM:
        memcpy(&v.u32, from, sizeof(v.u32));
        return v.u32;
    case WIRE_BOOL:
        memcpy(&v.flag, from, sizeof(v.flag));
        return v.flag;
    default: /* unsigned ones bit by bit: JSON integers end at 2^63 */
        memcpy(&v.i64, from, sizeof(v.i64));
        return v.i64;
    }
}

static bool is_container(enum wire_kind k)
{
    return k >= WIRE_NUMBERS;
}

static bool is_left_out(const struct wire_field *f, const void *p, const void *from)
{
    const char *string;
    switch (f->kind) {
    case WIRE_TEXT:
        return !((const struct text *)from)->len;
    case WIRE_STRING:
        memcpy(&string, from, sizeof(string));
        return !string;
    case WIRE_NUMBERS:
        for (size_t i = 0; i < f->count; i++)
            if (((const int32_t *)from)[i])
                return false;
        return true;
    case WIRE_STRUCT:
        return false;
    default:
        return is_container(f->kind) ? !count_at(f, p) : !number_of(f, from);
    }
}

static void write_list(struct val_builder *b, const struct wire_field *f, const void *p,
                       const void *from)
{
    size_t n = f->kind == WIRE_NUMBERS ? f->count : count_at(f, p);
    const void *items = from;
    if (f->kind != WIRE_NUMBERS)
        memcpy(&items, from, sizeof(items));
    val_builder_list(b);
    for (size_t i = 0; i < n; i++) {
        const char *s;
        switch (f->kind) {
        case WIRE_NUMBERS:
            val_builder_add(b, val_of_int(((const int32_t *)items)[i]));
            break;
        case WIRE_LIST:
            wire_write(b, f->of, const_at(items, i * f->of->size));
            break;
        case WIRE_TEXTS:
            add_text(b, ((const struct text *)items)[i]);
            break;
        case WIRE_STRINGS:
            s = ((const char *const *)items)[i];
            val_builder_add(b, val_borrow_str(s, strlen(s)));
            break;
        default:
            val_builder_add(b, val_of_int((int64_t)((const uint64_t *)items)[i]));
        }
    }
    val_builder_end(b);
}

static void write_field(struct val_builder *b, const struct wire_field *f, const void *p)
{
    const void *from = const_at(p, f->at);
    const char *string;
    if (is_left_out(f, p, from))
        return;
    val_builder_key(b, f->name, strlen(f->name));
    switch (f->kind) {
    case WIRE_TEXT:
        add_text(b, *(const struct text *)from);
        break;
    case WIRE_STRING:
        memcpy(&string, from, sizeof(string));
        val_builder_add(b, val_borrow_str(string, strlen(string)));
        break;
    case WIRE_STRUCT:
        wire_write(b, f->of, from);
        break;
    default:
        if (is_container(f->kind))
            write_list(b, f, p, from);
        else
            val_builder_add(b, val_of_int(number_of(f, from)));
    }
}

void wire_write(struct val_builder *b, const struct wire_type *t, const void *p)
{
    val_builder_map(b);
    for (size_t i = 0; i < t->n_fields; i++)
        write_field(b, &t->fields[i], p);
    val_builder_end(b);
}

/* ---- reading ---- */

static int wrong(struct err *e, const struct wire_type *t, const struct wire_field *f)
{
    return err_set(e, ERR_PROTOCOL, "the other end sent a wrong %s of a %s", f->name, t->name);
}

static const char *read_string(struct arena *a, const struct val *v)
{
    const char *s = val_str(v, NULL);
    return s ? arena_strdup(a, s) : NULL;
}

static int read_number(const struct wire_type *t, const struct wire_field *f, const struct val *v,
                       void *to, struct err *e)
{
    if (!val_is(v, VAL_INT))
        return wrong(e, t, f);
    int64_t i64 = val_int(v, 0);
    int32_t i32 = (int32_t)i64;
    uint32_t u32 = (uint32_t)i64;
    bool flag = i64 == 1;
    switch (f->kind) {
    case WIRE_I32:
        if (i64 < INT32_MIN || i64 > INT32_MAX)
            return wrong(e, t, f);
        memcpy(to, &i32, sizeof(i32));
        break;
    case WIRE_U32:
    case WIRE_ENUM:
        if (i64 < 0 || i64 > UINT32_MAX || (f->kind == WIRE_ENUM && i64 >= f->count))
            return wrong(e, t, f);
        memcpy(to, &u32, sizeof(u32));
        break;
    case WIRE_BOOL:
        if (i64 != 1)
            return wrong(e, t, f);
        memcpy(to, &flag, sizeof(flag));
        break;
    default:
        memcpy(to, &i64, sizeof(i64));
    }
    return 0;
}

static int read_numbers(const struct wire_type *t, const struct wire_field *f, const struct val *v,
                        int32_t *to, struct err *e)
{
    if (val_count(v) != f->count)
        return wrong(e, t, f);
    for (size_t i = 0; i < f->count; i++)
        to[i] = (int32_t)val_int(val_item(v, i), 0);
    return 0;
}

static size_t size_of_item(const struct wire_field *f)
{
    return f->kind == WIRE_LIST      ? f->of->size
           : f->kind == WIRE_TEXTS   ? sizeof(struct text)
           : f->kind == WIRE_STRINGS ? sizeof(const char *)
                                     : sizeof(uint64_t);
}

static int read_list(struct arena *a, const struct wire_type *t, const struct wire_field *f,
                     const struct val *v, void *out, struct err *e)
{
    size_t n = val_count(v);
    if (!val_is(v, VAL_LIST))
        return wrong(e, t, f);
    char *items = arena_array(a, n + 1, size_of_item(f));
    if (!items)
        return err_set(e, ERR_LIMIT, "the other end sent too much at once");
    for (size_t i = 0; i < n; i++) {
        const struct val *item = val_item(v, i);
        if (f->kind == WIRE_LIST) {
            if (wire_read(a, f->of, item, items + i * f->of->size, e))
                return e->code;
            continue;
        }
        if (f->kind != WIRE_IDS && !val_is(item, VAL_STRING))
            return wrong(e, t, f);
        if (f->kind == WIRE_TEXTS)
            ((struct text *)(void *)items)[i] = text_cstr(a, val_str(item, ""));
        else if (f->kind == WIRE_STRINGS)
            ((const char **)(void *)items)[i] = read_string(a, item);
        else
            ((uint64_t *)(void *)items)[i] = (uint64_t)val_int(item, 0);
    }
    memcpy(at(out, f->at), &items, sizeof(items));
    memcpy(at(out, f->count), &n, sizeof(n));
    return 0;
}

static int read_field(struct arena *a, const struct wire_type *t, const struct wire_field *f,
                      const struct val *v, void *out, struct err *e)
{
    void *to = at(out, f->at);
    const char *s;
    switch (f->kind) {
    case WIRE_TEXT:
        if (!val_is(v, VAL_STRING))
            return wrong(e, t, f);
        *(struct text *)to = text_cstr(a, val_str(v, ""));
        return 0;
    case WIRE_STRING:
        if (!val_is(v, VAL_STRING))
            return wrong(e, t, f);
        s = read_string(a, v);
        memcpy(to, &s, sizeof(s));
        return 0;
    case WIRE_STRUCT:
        return wire_read(a, f->of, v, to, e);
    case WIRE_NUMBERS:
        return read_numbers(t, f, v, to, e);
    default:
        return is_container(f->kind) ? read_list(a, t, f, v, out, e) : read_number(t, f, v, to, e);
    }
}

int wire_read(struct arena *a, const struct wire_type *t, const struct val *v, void *out,
              struct err *e)
{
    memset(out, 0, t->size);
    if (!val_is(v, VAL_MAP))
        return err_set(e, ERR_PROTOCOL, "the other end sent no %s", t->name);
    for (size_t i = 0; i < t->n_fields; i++) {
        const struct wire_field *f = &t->fields[i];
        const struct val *member = val_get(v, f->name);
        if (f->kind == WIRE_TEXT)
            *(struct text *)at(out, f->at) = TEXT_NONE;
        if (member && read_field(a, t, f, member, out, e))
            return e->code;
    }
    return 0;
}

/* ---- the same tables? ---- */

uint64_t wire_digest(void)
{
    static const struct hash_key key = {0x6c656577, 0x61790001};
    uint64_t sum = hash_bytes(&key, PACKAGE_VERSION, strlen(PACKAGE_VERSION));
    for (size_t i = 0; wire_types[i]; i++)
        for (size_t k = 0; k < wire_types[i]->n_fields; k++) {
            const struct wire_field *f = &wire_types[i]->fields[k];
            const struct hash_key chained = {key.k0, sum};
            sum = hash_bytes(&chained, f->name, strlen(f->name)) + (uint64_t)f->kind * 31 +
                  (f->kind == WIRE_ENUM || f->kind == WIRE_NUMBERS ? f->count : 0u);
        }
    return sum >> 1; /* a JSON integer */
}
