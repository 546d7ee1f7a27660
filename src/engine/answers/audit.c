// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/audit.h"

#include "data/json.h"
#include "engine/build.h"
#include "store/store_put.h"

#include <string.h>

void audit_put(struct engine *e, const char *action, const char *subject,
               const struct audit_word *words, size_t n, struct store_ack ack)
{
    struct val_pool pool;
    struct buf out;
    if (!e->store || e->spectator)
        return;
    val_pool_init(&pool);
    buf_init(&out, BUF_LARGE);
    struct val_builder *b = val_builder_new(&pool, 4);
    val_builder_map(b);
    for (size_t i = 0; i < n; i++)
        if (words[i].value && *words[i].value)
            build_str(b, words[i].key, words[i].value);
    val_builder_end(b);
    (void)!json_write(&out, val_builder_finish(b), JSON_CANONICAL);
    const char *who = engine_who_json(e, NULL, &pool.arena);
    store_put_audit(e->store, (struct store_bytes){who, strlen(who)}, action, subject,
                    (struct store_bytes){buf_str(&out), out.len}, ack);
    val_builder_free(b);
    buf_clear(&out);
    val_pool_clear(&pool);
}

const char *audit_login(struct arena *a, const void *who, size_t len)
{
    struct val_pool pool;
    val_pool_init_limited(&pool, 1 << 16);
    const struct val *v = len ? json_read(&pool, who, len, NULL, NULL) : NULL;
    const char *login = val_str(val_get(v, "login"), NULL);
    const char *out = arena_strdup(a, login ? login : val_str(v, ""));
    val_pool_clear(&pool);
    return out;
}
