// SPDX-License-Identifier: Apache-2.0
/*
 * Bodies as they are sent and as they are kept: our labels in, the values of secrets out. A kept
 * body of a Secret holds a keyed digest of each value, so that two plans can be told apart and a
 * changed secret is noticed, but nobody who reads the store learns it.
 */
#include "engine/plan/plan_int.h"

#include <string.h>

const struct val *plan_body_with_label(struct val_pool *p, const struct val *body, const char *key,
                                       const char *value)
{
    const struct val *none = val_map_of(p, NULL, 0);
    const struct val *meta = val_get(body, "metadata");
    meta = val_is(meta, VAL_MAP) ? meta : none;
    const struct val *labels = val_get(meta, "labels");
    labels = val_is(labels, VAL_MAP) ? labels : none;
    labels = val_map_with(p, labels, key, val_box(p, val_of_str(p, value)));
    meta = val_map_with(p, meta, "labels", labels);
    return val_map_with(p, body, "metadata", meta);
}

bool plan_body_is_secret(const struct val *body)
{
    return val_str_is(val_get(body, "kind"), "Secret") &&
           val_str_is(val_get(body, "apiVersion"), "v1");
}

static const struct val *mark(struct val_pool *p, const struct val *v, plan_hmac_fn *hmac,
                              void *ctx)
{
    struct digest d;
    char hex[DIGEST_HEX_LEN + 1] = "";
    if (hmac && hmac(ctx, v->as.s, v->len, &d))
        digest_hex(&d, hex);
    char *text = arena_printf(&p->arena, "%s%s", PLAN_SECRET_MARK, hex);
    return val_box(p, val_borrow_str(text, strlen(text)));
}

static bool is_mark(const struct val *v)
{
    size_t n = strlen(PLAN_SECRET_MARK);
    return val_is(v, VAL_STRING) && v->len >= n && memcmp(v->as.s, PLAN_SECRET_MARK, n) == 0;
}

const struct val *plan_body_masked(struct val_pool *p, const struct val *body, plan_hmac_fn *hmac,
                                   void *ctx)
{
    const struct val *data = val_get(body, "data");
    if (!plan_body_is_secret(body) || !val_is(data, VAL_MAP))
        return body;
    const struct val *masked = data;
    for (uint32_t i = 0; i < data->len; i++) {
        const struct val_entry *e = &data->as.entries[i];
        if (val_is(&e->value, VAL_STRING) && !is_mark(&e->value))
            masked = val_map_with(p, masked, e->key->s, mark(p, &e->value, hmac, ctx));
    }
    return val_map_with(p, body, "data", masked);
}

bool plan_body_has_marks(const struct val *body)
{
    const struct val *data = val_get(body, "data");
    if (!plan_body_is_secret(body) || !val_is(data, VAL_MAP))
        return false;
    for (uint32_t i = 0; i < data->len; i++)
        if (is_mark(&data->as.entries[i].value))
            return true;
    return false;
}

const struct val *plan_body_unmasked(struct val_pool *p, const struct val *masked,
                                     const struct val *source, plan_hmac_fn *hmac, void *ctx,
                                     struct err *e)
{
    const struct val *data = val_get(masked, "data");
    if (!plan_body_has_marks(masked))
        return masked;
    const struct val *full = data;
    for (uint32_t i = 0; i < data->len; i++) {
        const struct val_entry *en = &data->as.entries[i];
        if (!is_mark(&en->value))
            continue;
        const struct val *now = val_get(val_get(source, "data"), en->key->s);
        if (!val_is(now, VAL_STRING) || !val_equal(mark(p, now, hmac, ctx), &en->value)) {
            err_set(e, ERR_MOVED, "the secret %s.%s changed since the plan, or cannot be read",
                    val_str(val_at(masked, "metadata", "name", NULL), ""), en->key->s);
            err_hint(e, "plan again");
            return NULL;
        }
        full = val_map_with(p, full, en->key->s, val_copy(p, now));
    }
    return val_map_with(p, masked, "data", full);
}
