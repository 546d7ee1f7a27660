// SPDX-License-Identifier: Apache-2.0
/*
 * What an environment's document and blueprint say of it as a whole, as it is kept with it: the
 * catalog need not be at hand when its limits are asked for.
 */
#include "engine/environments/environment.h"

#include "base/mem.h"
#include "data/json.h"

#include <string.h>

void environment_about_init(struct environment *env)
{
    env->about = (struct environment_about){.blueprint = mem_strdup(""),
                                            .team = mem_strdup(""),
                                            .owner = mem_strdup(""),
                                            .max_exceptions = -1};
    env->about_text = mem_strdup("");
}

void environment_about_clear(struct environment *env)
{
    mem_free(env->about.blueprint);
    mem_free(env->about.team);
    mem_free(env->about.owner);
    mem_free(env->about_text);
}

static char *word(const struct val *v, const char *key)
{
    return mem_strdup(val_str(val_get(v, key), ""));
}

void environment_set_about(struct environment *env, const char *about)
{
    struct val_pool pool;
    if (!about || !*about || strcmp(about, env->about_text) == 0)
        return;
    val_pool_init_limited(&pool, 1 << 20);
    const struct val *v = json_read(&pool, about, strlen(about), NULL, NULL);
    environment_about_clear(env);
    env->about_text = mem_strdup(about);
    env->about = (struct environment_about){.blueprint = word(v, "blueprint"),
                                            .team = word(v, "team"),
                                            .owner = word(v, "owner"),
                                            .ttl_ms = val_int(val_get(v, "ttlMs"), 0),
                                            .ttl_max_ms = val_int(val_get(v, "ttlMaxMs"), 0),
                                            .max_exceptions =
                                                (int32_t)val_int(val_get(v, "maxExceptions"), -1),
                                            .max_expiry_ms = val_int(val_get(v, "maxExpiryMs"), 0)};
    val_pool_clear(&pool);
    engine_dirty_environment(env->engine, env);
}
