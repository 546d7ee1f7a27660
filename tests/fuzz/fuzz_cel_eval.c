// SPDX-License-Identifier: Apache-2.0
/*
 * Evaluation ends within its cost and memory whatever the expression; a value equals itself when
 * it is evaluated again, and can be printed and exported.
 */
#include "cel/cel.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct cel_env *env;
    struct val_pool pool;
    struct cel_activation act;
};

static const struct val *sample(struct val_pool *p)
{
    struct val_builder *b = val_builder_new(p, 16);
    val_builder_map(b);
    val_builder_key(b, "name", 4);
    val_builder_add(b, val_of_str(p, "web-1.example"));
    val_builder_key(b, "n", 1);
    val_builder_add(b, val_of_int(-3));
    val_builder_key(b, "list", 4);
    val_builder_list(b);
    for (int i = 0; i < 12; i++)
        val_builder_add(b, val_of_double(i * 0.5));
    val_builder_end(b);
    val_builder_key(b, "map", 3);
    val_builder_map(b);
    for (char c = 'a'; c < 'p'; c++) {
        val_builder_key(b, &c, 1);
        val_builder_add(b, val_of_bool(c & 1));
    }
    val_builder_end(b);
    val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}

static void open_world(struct world *w)
{
    w->env = cel_env_new(CEL_ENV_ALL);
    val_pool_init(&w->pool);
    int object = cel_declare(w->env, "object", cel_type_dyn());
    int later = cel_declare(w->env, "later", cel_type_dyn());
    cel_activation_init(&w->act, w->env);
    cel_bind_val(&w->act, object, sample(&w->pool));
    cel_bind_unknown(&w->act, later);
}

/* NaN is not itself. */
static bool has_nan(struct arena *a, struct cel_value v, int depth)
{
    if (v.kind == CEL_DOUBLE)
        return v.as.d != v.as.d;
    if (v.kind == CEL_OPTIONAL)
        return v.as.optional && has_nan(a, *v.as.optional, depth + 1);
    for (size_t i = 0; i < cel_size(v) && depth < 100; i++) {
        struct cel_value key = cel_null(), item;
        if (v.kind == CEL_LIST)
            item = cel_list_item(a, v, i);
        else
            cel_map_entry(a, v, i, &key, &item);
        if (has_nan(a, item, depth + 1))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w;
    if (!w.env)
        open_world(&w);
    struct err e = ERR_INIT, again = ERR_INIT;
    struct cel_program *p =
        cel_compile(w.env, (const char *)data, size, size & 1 ? CEL_UNCHECKED : 0, &e);
    if (p) {
        struct arena a;
        struct val_pool out;
        struct buf b;
        struct cel_value v, v2;
        uint64_t spent = 0;
        struct cel_limits limits = {.cost = 20000, .spent = &spent};
        arena_init_limited(&a, 8u << 20);
        val_pool_init_limited(&out, 8u << 20);
        buf_init(&b, BUF_LARGE);
        int rc = cel_eval(p, &w.act, &a, &limits, &v, &e);
        int rc2 = cel_eval(p, &w.act, &a, &limits, &v2, &again);
        if ((rc != 0) != (e.code != 0) || (!rc && v.kind == CEL_ERROR))
            abort();
        if (!rc && !rc2 && v.kind != CEL_UNKNOWN) {
            if (!has_nan(&a, v, 0) && !cel_equal(v, v2))
                abort();
            (void)cel_print(&b, v);
            (void)cel_to_val(&out, v, &again);
        }
        buf_clear(&b);
        val_pool_clear(&out);
        arena_clear(&a);
    }
    cel_program_free(p);
    err_clear(&e);
    err_clear(&again);
    return 0;
}
