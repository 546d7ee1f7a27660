// SPDX-License-Identifier: Apache-2.0
/* Values on their way out: as an expression would write them, and as values of src/data. */
#include "cel/opaque.h"

#include "base/digest.h"

#include <math.h>
#include <stdio.h>

int cel_opaque_equal(struct cel_value a, struct cel_value b)
{
    switch (a.tag) {
    case CEL_QUANTITY:
        return ((const struct cel_quantity *)a.as.opaque)->nano ==
               ((const struct cel_quantity *)b.as.opaque)->nano;
    case CEL_URL:
        return strcmp(((const struct cel_url *)a.as.opaque)->text,
                      ((const struct cel_url *)b.as.opaque)->text) == 0;
    case CEL_IP:
    case CEL_CIDR:
        return cel_ip_equal(a.as.opaque, b.as.opaque, a.tag == CEL_CIDR);
    case CEL_SEMVER:
        return cel_semver_compare(a.as.opaque, b.as.opaque) == 0;
    case CEL_FORMAT:
        return a.as.opaque == b.as.opaque;
    case CEL_PRESERVED:
        return val_equal(a.as.opaque, b.as.opaque);
    default:
        return false;
    }
}

int cel_opaque_print(struct buf *out, struct cel_value v)
{
    switch (v.tag) {
    case CEL_QUANTITY:
        cel_quantity_print(out, v.as.opaque);
        return 0;
    case CEL_URL:
        return buf_puts(out, ((const struct cel_url *)v.as.opaque)->text);
    case CEL_IP:
    case CEL_CIDR:
        cel_ip_print(out, v.as.opaque, v.tag == CEL_CIDR);
        return 0;
    case CEL_SEMVER: {
        const struct cel_semver *s = v.as.opaque;
        return buf_add(out, s->text, s->text_len);
    }
    case CEL_FORMAT:
        return buf_puts(out, ((const struct cel_format *)v.as.opaque)->name);
    default:
        return buf_puts(out, "…");
    }
}

static int print_text(struct buf *out, struct cel_value v)
{
    static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
    int rc = buf_puts(out, v.kind == CEL_BYTES ? "b\"" : "\"");
    for (uint32_t i = 0; i < v.len && !rc; i++) {
        unsigned char c = (unsigned char)v.as.s[i];
        const char *at = c ? strchr(from, c) : NULL;
        if (at)
            rc = buf_printf(out, "\\%c", to[at - from]);
        else if (v.kind == CEL_BYTES && (c < 0x20 || c > 0x7e))
            rc = buf_printf(out, "\\x%02x", c);
        else if (c < 0x20 || c == 0x7f)
            rc = buf_printf(out, "\\u%04x", c);
        else
            rc = buf_putc(out, (char)c);
    }
    return rc ? rc : buf_putc(out, '"');
}

static int print(struct buf *out, struct arena *a, struct cel_value v, unsigned depth)
{
    char text[64];
    int rc = 0;
    if (depth > VAL_MAX_DEPTH)
        return buf_puts(out, "…");
    switch (v.kind) {
    case CEL_NULL:
        return buf_puts(out, "null");
    case CEL_STRING:
    case CEL_BYTES:
        return print_text(out, v);
    case CEL_UINT:
        return buf_printf(out, "%lluu", (unsigned long long)v.as.u);
    case CEL_DOUBLE:
        cel_format_double(text, v.as.d);
        rc = buf_puts(out, text);
        return rc || !isfinite(v.as.d) || strpbrk(text, ".e") ? rc : buf_puts(out, ".0");
    case CEL_TIMESTAMP:
        cel_time_print(text, sizeof(text), v);
        return buf_printf(out, "timestamp(\"%s\")", text);
    case CEL_DURATION:
        cel_duration_print(text, sizeof(text), v.as.i);
        return buf_printf(out, "duration(\"%s\")", text);
    case CEL_LIST:
        rc = buf_putc(out, '[');
        for (uint32_t i = 0; i < v.len && !rc; i++) {
            rc = buf_puts(out, i ? ", " : "");
            rc = rc ? rc : print(out, a, cel_list_item(a, v, i), depth + 1);
        }
        return rc ? rc : buf_putc(out, ']');
    case CEL_MAP:
        rc = buf_putc(out, '{');
        for (uint32_t i = 0; i < v.len && !rc; i++) {
            struct cel_value key = cel_null(), value = cel_null();
            cel_map_entry(a, v, i, &key, &value);
            rc = buf_puts(out, i ? ", " : "");
            rc = rc ? rc : print(out, a, key, depth + 1);
            rc = rc ? rc : buf_puts(out, ": ");
            rc = rc ? rc : print(out, a, value, depth + 1);
        }
        return rc ? rc : buf_putc(out, '}');
    case CEL_OPTIONAL:
        if (!v.as.optional)
            return buf_puts(out, "optional.none()");
        rc = buf_puts(out, "optional.of(");
        rc = rc ? rc : print(out, a, *v.as.optional, depth + 1);
        return rc ? rc : buf_putc(out, ')');
    case CEL_OPAQUE: {
        static const char *const makers[] = {"",     "quantity", "url",          "ip",
                                             "cidr", "semver",   "format.named", ""};
        buf_printf(out, "%s(\"", makers[v.tag]);
        cel_opaque_print(out, v);
        return buf_puts(out, "\")");
    }
    case CEL_BOOL:
        return buf_puts(out, v.as.b ? "true" : "false");
    case CEL_INT:
        return buf_printf(out, "%lld", (long long)v.as.i);
    case CEL_TYPE:
        return buf_puts(out, v.as.type->name);
    case CEL_UNKNOWN:
        return buf_printf(out, "unknown(%s)", v.as.ref ? v.as.ref->path : "");
    default:
        return buf_puts(out, "error");
    }
}

int cel_print(struct buf *out, struct cel_value v)
{
    struct arena a;
    arena_init(&a);
    int rc = print(out, &a, v, 0);
    arena_clear(&a);
    return rc;
}

/* ---- to src/data ---- */

struct exporter {
    struct val_pool *pool;
    struct arena *arena;
    struct val_builder *b;
    struct err *e;
    size_t left; /* values that may still come: shared parts count each time */
};

#define EXPORT_MAX 4000000u

static int add_text(struct exporter *x, const char *s, size_t len)
{
    struct val v = val_of_strn(x->pool, s, len);
    return v.type == VAL_STRING ? val_builder_add(x->b, v) : ERR_LIMIT;
}

static int export(struct exporter *x, struct cel_value v);

static int export_key(struct exporter *x, struct cel_value k)
{
    char text[32];
    if (k.kind == CEL_STRING)
        return val_builder_key(x->b, k.as.s, k.len);
    if (k.kind == CEL_BOOL)
        return val_builder_key(x->b, k.as.b ? "true" : "false", k.as.b ? 4 : 5);
    int n = k.kind == CEL_INT ? snprintf(text, sizeof(text), "%lld", (long long)k.as.i)
                              : snprintf(text, sizeof(text), "%llu", (unsigned long long)k.as.u);
    return val_builder_key(x->b, text, (size_t)n);
}

static int export_container(struct exporter *x, struct cel_value v)
{
    int rc = v.kind == CEL_LIST ? val_builder_list(x->b) : val_builder_map(x->b);
    for (uint32_t i = 0; i < v.len && !rc; i++) {
        if (v.kind == CEL_LIST) {
            rc = export(x, cel_list_item(x->arena, v, i));
            continue;
        }
        struct cel_value key = cel_null(), value = cel_null();
        cel_map_entry(x->arena, v, i, &key, &value);
        rc = export_key(x, key);
        rc = rc ? rc : export(x, value);
    }
    return rc ? rc : val_builder_end(x->b);
}

static int export_text(struct exporter *x, struct cel_value v)
{
    struct buf b;
    char text[64];
    int rc = 0;
    buf_init(&b, BUF_LARGE);
    if (v.kind == CEL_TIMESTAMP) {
        cel_time_print(text, sizeof(text), v);
        rc = buf_puts(&b, text);
    } else if (v.kind == CEL_DURATION) {
        cel_duration_print(text, sizeof(text), v.as.i);
        rc = buf_puts(&b, text);
    } else if (v.kind == CEL_BYTES) {
        rc = base64_encode(&b, v.as.s, v.len);
    } else {
        rc = cel_opaque_print(&b, v);
    }
    rc = rc ? rc : add_text(x, buf_str(&b), b.len);
    buf_clear(&b);
    return rc;
}

static int export(struct exporter *x, struct cel_value v)
{
    if (!x->left--)
        return ERR_LIMIT;
    switch (v.kind) {
    case CEL_NULL:
        return val_builder_add(x->b, val_null);
    case CEL_BOOL:
        return val_builder_add(x->b, val_of_bool(v.as.b));
    case CEL_INT:
        return val_builder_add(x->b, val_of_int(v.as.i));
    case CEL_UINT:
        return val_builder_add(x->b, val_of_uint(v.as.u));
    case CEL_DOUBLE:
        return val_builder_add(x->b, val_of_double(v.as.d));
    case CEL_STRING:
        return add_text(x, v.as.s, v.len);
    case CEL_LIST:
    case CEL_MAP:
        return export_container(x, v);
    case CEL_OPTIONAL:
        return v.as.optional ? export(x, *v.as.optional) : val_builder_add(x->b, val_null);
    case CEL_OPAQUE:
        if (v.tag == CEL_PRESERVED) {
            const struct val *copy = val_copy(x->pool, v.as.opaque);
            return copy ? val_builder_add(x->b, *copy) : ERR_LIMIT;
        }
        return export_text(x, v);
    case CEL_BYTES:
    case CEL_TIMESTAMP:
    case CEL_DURATION:
        return export_text(x, v);
    default:
        return err_set(x->e, ERR_TYPE, "a value of type '%s' has no JSON form",
                       cel_type_name_of(v));
    }
}

const struct val *cel_to_val(struct val_pool *p, struct cel_value v, struct err *e)
{
    struct arena a;
    arena_init(&a);
    struct exporter x = {p, &a, val_builder_new(p, VAL_MAX_DEPTH), e, EXPORT_MAX};
    int rc = export(&x, v);
    const struct val *out = rc ? NULL : val_builder_finish(x.b);
    if (!out)
        err_set(e, rc ? rc : ERR_LIMIT,
                rc == ERR_EXISTS ? "two keys of the result are the same in JSON"
                                 : "the result is too deep or too large");
    val_builder_free(x.b);
    arena_clear(&a);
    return out;
}
