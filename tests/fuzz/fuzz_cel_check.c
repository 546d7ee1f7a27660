// SPDX-License-Identifier: Apache-2.0
/* The checker over declared types, in both dialects: a program has a type, or there is an error. */
#include "cel/cel.h"
#include "schema/schema.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cel_env *make(unsigned options, struct val_pool *pool)
{
    struct cel_env *env = cel_env_new(options);
    struct val_builder *b = val_builder_new(pool, 16);
    val_builder_map(b);
    val_builder_key(b, "type", 4);
    val_builder_add(b, val_of_str(pool, "object"));
    val_builder_key(b, "properties", 10);
    val_builder_map(b);
    static const char *const types[] = {"string", "integer", "number", "boolean", "object"};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        val_builder_key(b, types[i], strlen(types[i]));
        val_builder_map(b);
        val_builder_key(b, "type", 4);
        val_builder_add(b, val_of_str(pool, types[i]));
        val_builder_end(b);
    }
    val_builder_end(b);
    val_builder_end(b);
    const struct schema *s = schema_load(pool, val_builder_finish(b), NULL);
    val_builder_free(b);
    cel_declare(env, "self", cel_type_of_schema(env, s, true));
    cel_declare(env, "i", cel_type_simple(CEL_INT));
    cel_declare(env, "s", cel_type_simple(CEL_STRING));
    cel_declare(env, "l", cel_type_list(env, cel_type_simple(CEL_INT)));
    cel_declare(env, "m", cel_type_map(env, cel_type_simple(CEL_STRING), cel_type_dyn()));
    cel_declare(env, "o", cel_type_optional(env, cel_type_simple(CEL_STRING)));
    cel_declare(env, "d", cel_type_dyn());
    return env;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct cel_env *envs[2];
    static struct val_pool pool;
    if (!envs[0]) {
        val_pool_init(&pool);
        envs[0] = make(CEL_ENV_ALL, &pool);
        envs[1] = make(CEL_ENV_KUBERNETES, &pool);
    }
    for (int i = 0; i < 2; i++) {
        struct err e = ERR_INIT;
        struct cel_program *p = cel_compile(envs[i], (const char *)data, size, 0, &e);
        struct buf b;
        buf_init(&b, BUF_LARGE);
        if (p ? cel_type_print(&b, cel_program_type(p)) || !b.len : !e.code || !e.text)
            abort();
        buf_clear(&b);
        cel_program_free(p);
        err_clear(&e);
    }
    return 0;
}
