// SPDX-License-Identifier: Apache-2.0
/*
 * The name of a plan: SHA-256 over "leeway.plan.v1\n" and canonical JSON of what would be done.
 * No times and no resourceVersions, so the same plan made twice has the same name.
 */
#include "engine/plan/plan_int.h"

#include "data/json.h"
#include "engine/build.h"

#include <string.h>

static void hash_row(struct val_builder *b, struct val_pool *pool, const struct plan_row *r)
{
    val_builder_map(b);
    build_put(b, "order", val_of_int(r->position));
    build_str(b, "apiVersion", r->api_version);
    build_str(b, "kind", r->kind);
    build_str(b, "namespace", r->namespace_);
    build_str(b, "name", r->name);
    build_str(b, "action", leeway_action_word(r->action));
    if (*r->uid && r->action != LEEWAY_ACTION_CREATE)
        build_str(b, "uid", r->uid);
    if (r->body && r->action != LEEWAY_ACTION_DELETE)
        build_put(b, "body", *val_copy(pool, r->body));
    if (r->n_late)
        build_list(b, "late");
    for (size_t i = 0; i < r->n_late; i++)
        val_builder_add(b, val_borrow_str(r->late[i], strlen(r->late[i])));
    if (r->n_late)
        val_builder_end(b);
    if (r->wave)
        build_put(b, "wave", val_of_int(r->wave));
    if (r->initial)
        build_put(b, "initial", *val_copy(pool, r->initial));
    if (r->own_first)
        build_put(b, "ownFirst", val_of_bool(true));
    if (plan_row_goes_last(r))
        build_put(b, "ownNamespace", val_of_bool(true));
    build_list(b, "takeOver");
    for (size_t i = 0; i < r->fields.len; i++) {
        const struct plan_field *f = &r->fields.items[i];
        if (f->choice != LEEWAY_CHOICE_TAKE_OVER && f->choice != LEEWAY_CHOICE_OPEN)
            continue;
        val_builder_map(b);
        build_str(b, "path", f->path);
        build_str(b, "manager", f->manager);
        build_str(b, "operation", f->operation);
        build_str(b, "subresource", f->subresource);
        if (f->choice == LEEWAY_CHOICE_OPEN)
            build_put(b, "open", val_of_bool(true));
        val_builder_end(b);
    }
    val_builder_end(b);
    val_builder_end(b);
}

/* A revert is of differences found at a time. */
static bool is_dated(const struct plan *p)
{
    return strcmp(p->kind, "revert") == 0 || strcmp(p->kind, "handover") == 0;
}

int plan_hash_text(const struct plan *p, struct buf *out)
{
    struct val_pool pool;
    val_pool_init(&pool);
    struct val_builder *b = val_builder_new(&pool, VAL_MAX_DEPTH);
    val_builder_map(b);
    build_str(b, "fleet", p->fleet_uuid);
    build_str(b, "environment", p->environment_uuid);
    char blueprint[DIGEST_HEX_LEN + 1] = "", policy[DIGEST_HEX_LEN + 1] = "";
    if (p->approved.n_items)
        digest_hex(&p->approved.content, blueprint);
    if (p->has_policy)
        digest_hex(&p->policy, policy);
    build_str(b, "blueprint", blueprint);
    build_str(b, "policy", policy);
    build_list(b, "targets");
    for (size_t i = 0; i < p->targets.len; i++) {
        const struct plan_target *t = p->targets.items[i];
        val_builder_map(b);
        build_str(b, "cluster", t->cluster_uid);
        build_list(b, "objects");
        for (size_t k = 0; k < t->rows.len; k++)
            hash_row(b, &pool, t->rows.items[k]);
        val_builder_end(b);
        val_builder_end(b);
    }
    val_builder_end(b);
    /* What guardrails warn of is shown with the plan and not part of its name. A revert is of
     * differences found at a time, which its warning says: the same fields given back twice are two
     * plans. */
    build_list(b, "warnings");
    for (size_t i = 0; is_dated(p) && i < p->warnings.len; i++)
        val_builder_add(b, val_borrow_str(p->warnings.items[i], strlen(p->warnings.items[i])));
    val_builder_end(b);
    /* Elsewhere the blueprint's digest stands for them; the way back may be by other stages, or by
     * none. */
    if (strcmp(p->kind, "undo") == 0 && p->stages.len) {
        build_list(b, "stages");
        for (size_t i = 0; i < p->stages.len; i++)
            val_builder_add(b, val_borrow_str(p->stages.items[i], strlen(p->stages.items[i])));
        val_builder_end(b);
    }
    val_builder_end(b);
    int rc = buf_puts(out, "leeway.plan.v1\n");
    if (!rc)
        rc = json_write(out, val_builder_finish(b), JSON_CANONICAL);
    val_builder_free(b);
    val_pool_clear(&pool);
    return rc;
}

int plan_hash(struct plan *p, struct err *e)
{
    struct buf text;
    buf_init(&text, 4 * BUF_LARGE);
    int rc = plan_hash_text(p, &text);
    if (!rc) {
        p->hash = digest_sha256(text.data, text.len);
        p->hashed = true;
    }
    buf_wipe(&text);
    return rc ? err_set(e, rc, "the plan is too large to be kept") : 0;
}
