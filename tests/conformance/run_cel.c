// SPDX-License-Identifier: Apache-2.0
/* cel-spec's simple tests: an expression, typed bindings, a typed value or an error. */
#include "tests/conformance/conformance.h"

#include "base/digest.h"
#include "base/mem.h"
#include "cel/cel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A typed value of the format. False when it is none. */
static bool typed_value(struct conformance *c, const struct val *v, unsigned depth,
                        struct cel_value *out);

static bool read_list(struct conformance *c, const struct val *list, unsigned depth,
                      struct cel_value *out)
{
    size_t n = val_count(list);
    struct cel_value *items = arena_array(&c->pool->arena, n ? n : 1, sizeof(*items));
    for (size_t i = 0; i < n; i++)
        if (!typed_value(c, val_item(list, i), depth, &items[i]))
            return false;
    *out = cel_list(items, n);
    return true;
}

static bool read_map(struct conformance *c, const struct val *pairs, unsigned depth,
                     struct cel_value *out)
{
    size_t n = val_count(pairs);
    struct cel_value *keys = arena_array(&c->pool->arena, n ? n : 1, sizeof(*keys));
    struct cel_value *values = arena_array(&c->pool->arena, n ? n : 1, sizeof(*values));
    for (size_t i = 0; i < n; i++) {
        const struct val *pair = val_item(pairs, i);
        if (!typed_value(c, val_item(pair, 0), depth, &keys[i]) ||
            !typed_value(c, val_item(pair, 1), depth, &values[i]))
            return false;
    }
    return cel_map(&c->pool->arena, keys, values, n, out) == 0;
}

static bool read_type(const char *name, struct cel_value *out)
{
    for (int k = CEL_NULL; k < CEL_OPAQUE; k++) {
        struct cel_value v = {.kind = (uint8_t)k};
        if (strcmp(cel_type_name_of(v), name) == 0) {
            *out = (struct cel_value){.kind = CEL_TYPE, .as.type = cel_type_simple(k)};
            return true;
        }
    }
    return false;
}

static double read_double(const char *s)
{
    if (strcmp(s, "NaN") == 0)
        return NAN;
    if (strcmp(s, "Infinity") == 0)
        return INFINITY;
    return strcmp(s, "-Infinity") == 0 ? -INFINITY : strtod(s, NULL);
}

static bool typed_value(struct conformance *c, const struct val *v, unsigned depth,
                        struct cel_value *out)
{
    if (!val_is(v, VAL_MAP) || v->len != 1 || depth > 100)
        return false;
    const char *kind = v->as.entries[0].key->s;
    const struct val *x = &v->as.entries[0].value;
    const char *s = val_str(x, "");
    if (strcmp(kind, "int") == 0) {
        *out = cel_int(strtoll(s, NULL, 10));
    } else if (strcmp(kind, "uint") == 0) {
        *out = cel_uint(strtoull(s, NULL, 10));
    } else if (strcmp(kind, "double") == 0) {
        *out = cel_double(read_double(s));
    } else if (strcmp(kind, "string") == 0) {
        *out = cel_string(s, x->len);
    } else if (strcmp(kind, "bytes") == 0) {
        struct buf b;
        buf_init(&b, BUF_LARGE);
        if (base64_decode(&b, s, x->len))
            return false;
        *out = cel_bytes(arena_strndup(&c->pool->arena, buf_str(&b), b.len), b.len);
        buf_clear(&b);
    } else if (strcmp(kind, "bool") == 0) {
        *out = cel_bool(val_bool(x, false));
    } else if (strcmp(kind, "null") == 0) {
        *out = cel_null();
    } else if (strcmp(kind, "list") == 0) {
        return read_list(c, x, depth + 1, out);
    } else if (strcmp(kind, "map") == 0) {
        return read_map(c, x, depth + 1, out);
    } else if (strcmp(kind, "type") == 0) {
        return read_type(s, out);
    } else if (strcmp(kind, "duration") == 0) {
        *out = cel_duration(val_int(val_item(x, 0), 0) * 1000000000 + val_int(val_item(x, 1), 0));
    } else if (strcmp(kind, "timestamp") == 0) {
        *out = cel_timestamp(val_int(val_item(x, 0), 0), (uint32_t)val_int(val_item(x, 1), 0));
    } else {
        return false;
    }
    return true;
}

/* Equal, and of the same type all through: 1 is not 1.0 here, and NaN is NaN. */
static bool identical(struct arena *a, struct cel_value x, struct cel_value y)
{
    if (x.kind != y.kind)
        return false;
    if (x.kind == CEL_DOUBLE)
        return x.as.d == y.as.d ? signbit(x.as.d) == signbit(y.as.d)
                                : isnan(x.as.d) && isnan(y.as.d);
    if (x.kind == CEL_LIST) {
        if (cel_size(x) != cel_size(y))
            return false;
        for (size_t i = 0; i < cel_size(x); i++)
            if (!identical(a, cel_list_item(a, x, i), cel_list_item(a, y, i)))
                return false;
        return true;
    }
    if (x.kind == CEL_MAP) {
        if (cel_size(x) != cel_size(y))
            return false;
        for (size_t i = 0; i < cel_size(x); i++) {
            struct cel_value kx, vx, ky, vy;
            bool found = false;
            cel_map_entry(a, x, i, &kx, &vx);
            for (size_t j = 0; j < cel_size(y) && !found; j++) {
                cel_map_entry(a, y, j, &ky, &vy);
                found = identical(a, kx, ky) && identical(a, vx, vy);
            }
            if (!found)
                return false;
        }
        return true;
    }
    return cel_equal(x, y);
}

static const char *shown(struct conformance *c, struct cel_value v)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    cel_print(&b, v);
    const char *s = arena_strdup(&c->pool->arena, buf_str(&b));
    buf_clear(&b);
    return s;
}

static bool bind_all(struct conformance *c, struct cel_env *env, const struct val *bindings,
                     struct cel_value *values)
{
    for (size_t i = 0; i < val_count(bindings); i++) {
        const struct val_entry *e = &bindings->as.entries[i];
        if (!typed_value(c, &e->value, 0, &values[i]))
            return false;
        cel_declare(env, e->key->s, cel_type_of_value(env, values[i]));
    }
    return true;
}

static void judge(struct conformance *c, const char *name, const struct val *line, int rc,
                  struct cel_value got, struct err *e)
{
    const struct val *value = val_get(line, "value");
    struct cel_value want = cel_null();
    if (!value) {
        if (rc || got.kind == CEL_UNKNOWN)
            conformance_pass(c);
        else
            conformance_fail(c, name, "an error", shown(c, got));
        return;
    }
    if (!typed_value(c, value, 0, &want)) {
        conformance_malformed(c, "the value is not understood");
        return;
    }
    if (rc) {
        char *text = err_format(e);
        conformance_fail(c, name, shown(c, want), text);
        mem_free(text);
    } else if (identical(&c->pool->arena, got, want)) {
        conformance_pass(c);
    } else {
        conformance_fail(c, name, shown(c, want), shown(c, got));
    }
}

static int run_line(struct conformance *c, const struct val *line)
{
    const struct val *expr = val_get(line, "expr"), *bindings = val_get(line, "bindings");
    if (!val_is(expr, VAL_STRING))
        return conformance_malformed(c, "expr is missing");
    struct cel_env *env = cel_env_new(CEL_ENV_ALL);
    struct cel_program *p = NULL;
    struct cel_activation act = {0};
    struct arena arena;
    struct err e = ERR_INIT;
    struct cel_value got = cel_null();
    size_t n = val_count(bindings);
    struct cel_value *values = arena_array(&c->pool->arena, n ? n : 1, sizeof(*values));
    arena_init_limited(&arena, 64u << 20);
    int rc = 0;
    const char *name = arena_printf(
        &c->pool->arena, "%s/%s/%s: %s", val_str(val_get(line, "file"), ""),
        val_str(val_get(line, "section"), ""), val_str(val_get(line, "name"), ""), expr->as.s);
    if (!bind_all(c, env, bindings, values)) {
        rc = conformance_malformed(c, "a binding is not understood");
        goto out;
    }
    cel_env_container(env, val_str(val_get(line, "container"), ""));
    p = cel_compile(env, expr->as.s, expr->len,
                    val_bool(val_get(line, "disable_check"), false) ? CEL_UNCHECKED : 0, &e);
    if (p) {
        cel_activation_init(&act, env);
        for (size_t i = 0; i < n; i++)
            cel_bind(&act, cel_find_variable(env, bindings->as.entries[i].key->s), values[i]);
        rc = cel_eval(p, &act, &arena, NULL, &got, &e);
    }
    judge(c, name, line, p ? rc : 1, got, &e);
    rc = 0;
out:
    cel_activation_clear(&act);
    cel_program_free(p);
    cel_env_free(env);
    arena_clear(&arena);
    err_clear(&e);
    return rc;
}

const struct conformance_runner conformance_cel = {"cel", run_line};
