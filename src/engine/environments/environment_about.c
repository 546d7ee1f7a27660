// SPDX-License-Identifier: Apache-2.0
/*
 * What an environment's document and blueprint say of it as a whole, as it is kept with it: the
 * catalog need not be at hand when its limits are asked for.
 */
#include "engine/environments/environment.h"

#include "base/mem.h"
#include "data/json.h"
#include "engine/build.h"

#include <string.h>

void environment_about_init(struct environment *env)
{
    env->about = (struct environment_about){.blueprint = mem_strdup(""),
                                            .team = mem_strdup(""),
                                            .owner = mem_strdup(""),
                                            .document = mem_strdup(""),
                                            .max_exceptions = -1};
    env->about_text = mem_strdup("");
}

void environment_about_free(struct environment_about *a)
{
    mem_free(a->blueprint);
    mem_free(a->team);
    mem_free(a->owner);
    mem_free(a->document);
}

void environment_about_clear(struct environment *env)
{
    environment_about_free(&env->about);
    mem_free(env->about_text);
}

static char *word(const struct val *v, const char *key)
{
    return mem_strdup(val_str(val_get(v, key), ""));
}

struct environment_about environment_about_read(const char *about)
{
    struct val_pool pool;
    val_pool_init_limited(&pool, 1 << 20);
    const struct val *v = json_read(&pool, about, strlen(about), NULL, NULL);
    const struct environment_about a = {.blueprint = word(v, "blueprint"),
                                        .team = word(v, "team"),
                                        .owner = word(v, "owner"),
                                        .document = word(v, "document"),
                                        .ttl_ms = val_int(val_get(v, "ttlMs"), 0),
                                        .ttl_max_ms = val_int(val_get(v, "ttlMaxMs"), 0),
                                        .max_exceptions =
                                            (int32_t)val_int(val_get(v, "maxExceptions"), -1),
                                        .max_expiry_ms = val_int(val_get(v, "maxExpiryMs"), 0),
                                        .since_ms = val_int(val_get(v, "sinceMs"), 0),
                                        .told_ms = val_int(val_get(v, "toldMs"), 0)};
    val_pool_clear(&pool);
    return a;
}

static void put_ms(struct val_builder *b, const char *key, int64_t ms)
{
    if (ms)
        build_put(b, key, val_of_int(ms));
}

char *environment_about_write(const struct environment_about *a)
{
    struct val_pool pool;
    struct buf out;
    val_pool_init(&pool);
    buf_init(&out, BUF_LARGE);
    struct val_builder *b = val_builder_new(&pool, 4);
    val_builder_map(b);
    build_str(b, "blueprint", a->blueprint);
    build_str(b, "team", a->team);
    build_str(b, "owner", a->owner);
    build_str(b, "document", a->document);
    put_ms(b, "ttlMs", a->ttl_ms);
    put_ms(b, "ttlMaxMs", a->ttl_max_ms);
    if (a->max_exceptions >= 0)
        build_put(b, "maxExceptions", val_of_int(a->max_exceptions));
    put_ms(b, "maxExpiryMs", a->max_expiry_ms);
    put_ms(b, "sinceMs", a->since_ms);
    put_ms(b, "toldMs", a->told_ms);
    val_builder_end(b);
    (void)!json_write(&out, val_builder_finish(b), JSON_CANONICAL);
    char *text = mem_strdup(buf_str(&out));
    val_builder_free(b);
    buf_clear(&out);
    val_pool_clear(&pool);
    return text;
}

void environment_set_about(struct environment *env, const char *about)
{
    if (!about || !*about || strcmp(about, env->about_text) == 0)
        return;
    environment_about_clear(env);
    env->about_text = mem_strdup(about);
    env->about = environment_about_read(about);
    engine_dirty_environment(env->engine, env);
}
