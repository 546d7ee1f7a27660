// SPDX-License-Identifier: Apache-2.0
#include "engine/environments/trust.h"

#include "base/mem.h"
#include "engine/fleet/inventory.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <stdlib.h>
#include <string.h>

struct trust {
    VEC(char *) catalogs; /* resolved, each once */
    char *signers;
    struct trust_pins pins;
    struct approval_pins lookup;
    struct approval_trust rule;
    VEC(struct approval) results;
};

static void add_catalog(struct trust *t, const char *path)
{
    char *full = realpath(path, NULL);
    for (size_t i = 0; i < t->catalogs.len; i++)
        if (strcmp(t->catalogs.items[i], full ? full : path) == 0) {
            free(full);
            return;
        }
    vec_push(&t->catalogs, mem_strdup(full ? full : path));
    free(full);
}

static int add_pin(void *ctx, const struct store_pin *p)
{
    trust_pins_add(ctx, p->kind, p->name, p->version, &p->digest);
    return 0;
}

struct trust *trust_new(struct engine *e, const char *catalog)
{
    const struct inventory *v = e->inventory;
    if (!catalog && (!v || !v->catalogs.len))
        return NULL;
    struct trust *t = mem_new(struct trust);
    struct err err = ERR_INIT;
    for (size_t i = 0; v && i < v->catalogs.len; i++)
        add_catalog(t, v->catalogs.items[i]);
    if (catalog)
        add_catalog(t, catalog);
    t->signers = v && v->approvals.signers ? mem_strdup(v->approvals.signers) : NULL;
    t->lookup = trust_pins_lookup(&t->pins);
    t->rule = (struct approval_trust){.signers = t->signers,
                                      .required = v ? v->approvals.required : 0,
                                      .nobody = v && v->approvals.nobody,
                                      .pins = &t->lookup};
    if (e->view && store_each_pin(e->view, add_pin, &t->pins, &err)) {
        engine_message(e, LEEWAY_FAILED, "", err.hint, "what was accepted cannot be read: %s",
                       err.text);
        trust_pins_clear(&t->pins);
    }
    err_clear(&err);
    return t;
}

void trust_free(struct trust *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->results.len; i++)
        approval_clear(&t->results.items[i]);
    for (size_t i = 0; i < t->catalogs.len; i++)
        mem_free(t->catalogs.items[i]);
    vec_clear(&t->results);
    vec_clear(&t->catalogs);
    trust_pins_clear(&t->pins);
    mem_free(t->signers);
    mem_free(t);
}

size_t trust_len(const struct trust *t)
{
    return t ? t->catalogs.len : 0;
}

const char *trust_catalog(const struct trust *t, size_t i)
{
    return t->catalogs.items[i];
}

const struct approval_trust *trust_rule(const struct trust *t)
{
    return &t->rule;
}

/* ---- judging ---- */

int trust_take(struct trust *t, struct approval *a, struct err *e)
{
    int rc = approval_may_use(a, e);
    vec_push(&t->results, *a);
    *a = (struct approval){.state = APPROVAL_NOT};
    return rc;
}

static int judge_all(struct trust *t, const struct approval_trust *rule, bool keep,
                     struct digest *content, struct err *e)
{
    struct digest_ctx *d = digest_begin();
    int rc = 0;
    for (size_t i = 0; i < t->catalogs.len && !rc; i++) {
        struct approval a = {.state = APPROVAL_NOT};
        rc = trust_judge_policy(t->catalogs.items[i], rule, &a, e);
        digest_update(d, a.content.b, DIGEST_LEN);
        if (!rc && keep)
            rc = trust_take(t, &a, e);
        approval_clear(&a);
    }
    *content = digest_end(d);
    if (rc)
        err_prefix(e, "guardrails and profiles");
    return rc;
}

int trust_judge_policies(struct trust *t, struct digest *content, struct err *e)
{
    return judge_all(t, &t->rule, true, content, e);
}

int trust_still(struct trust *t, const struct digest *content, struct err *e)
{
    const struct approval_trust nobody = {.nobody = true};
    struct digest now;
    if (judge_all(t, &nobody, false, &now, e))
        return e->code;
    if (digest_equal(&now, content))
        return 0;
    err_set(e, ERR_MOVED, "the guardrails or profiles changed since the plan was made");
    err_hint(e, "plan again");
    return ERR_MOVED;
}

/* ---- what is used first ---- */

void trust_each_new(const struct trust *t, void (*fn)(void *ctx, const char *subject), void *ctx)
{
    for (size_t i = 0; t && i < t->results.len; i++)
        if (t->results.items[i].state == APPROVAL_NEW)
            fn(ctx, t->results.items[i].subject);
}

void trust_pin(const struct trust *t, struct engine *e)
{
    for (size_t i = 0; t && e->store && i < t->results.len; i++) {
        const struct approval *a = &t->results.items[i];
        for (size_t k = 0; a->state == APPROVAL_NEW && k < a->n_pins; k++) {
            const struct approval_item *item = &a->pins[k].item;
            const struct store_pin pin = {.kind = approval_kind_name(item->kind),
                                          .name = item->name,
                                          .version = item->version,
                                          .digest = a->pins[k].tree.digest};
            if (!a->pins[k].known)
                store_put_pin(e->store, &pin, STORE_NO_ACK);
        }
    }
}
