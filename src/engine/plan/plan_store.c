// SPDX-License-Identifier: Apache-2.0
/*
 * A plan in the store and back: columns for what the store has words for, canonical JSON for the
 * rest. What is read back is equal to what was hashed, and is checked to be.
 */
#include "engine/plan/plan_int.h"

#include "data/json.h"
#include "engine/build.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <stdio.h>
#include <string.h>

static enum store_action action_of(enum leeway_action a)
{
    static const enum store_action map[LEEWAY_ACTION_COUNT] = {
        [LEEWAY_ACTION_ERROR] = STORE_ERROR,     [LEEWAY_ACTION_DELETE] = STORE_DELETE,
        [LEEWAY_ACTION_REPLACE] = STORE_REPLACE, [LEEWAY_ACTION_TAKE_OVER] = STORE_TAKE_OVER,
        [LEEWAY_ACTION_STAYS] = STORE_STAYS,     [LEEWAY_ACTION_CREATE] = STORE_CREATE,
        [LEEWAY_ACTION_UPDATE] = STORE_UPDATE,   [LEEWAY_ACTION_AS_IS] = STORE_UNCHANGED,
    };
    return map[a];
}

static enum leeway_action action_from(enum store_action a)
{
    for (int i = 0; i < LEEWAY_ACTION_COUNT; i++)
        if (action_of((enum leeway_action)i) == a)
            return (enum leeway_action)i;
    return LEEWAY_ACTION_ERROR;
}

/* ---- writing ---- */

/* Text of a finished value in the arena. */
static struct store_bytes text_of(struct arena *a, struct val_builder *b)
{
    struct buf out;
    buf_init(&out, STORE_MAX_BYTES);
    json_write(&out, val_builder_finish(b), JSON_CANONICAL);
    char *text = arena_strndup(a, buf_str(&out), out.len);
    struct store_bytes bytes = {text, out.len};
    buf_clear(&out);
    val_builder_free(b);
    return bytes;
}

static void write_field(struct val_builder *b, const struct plan_field *f)
{
    val_builder_map(b);
    build_str(b, "path", f->path);
    build_str(b, "before", f->before);
    build_str(b, "after", f->after);
    build_str(b, "note", f->note);
    build_flag(b, "stays", f->stays);
    build_put(b, "choice", val_of_int(f->choice));
    build_str(b, "manager", f->manager);
    build_str(b, "operation", f->operation);
    build_str(b, "subresource", f->subresource);
    build_str(b, "owner", f->owner);
    val_builder_end(b);
}

static struct store_bytes row_detail(struct val_pool *pool, const struct plan_row *r)
{
    struct val_builder *b = val_builder_new(pool, VAL_MAX_DEPTH);
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(&r->seen, hex);
    val_builder_map(b);
    build_str(b, "plural", r->plural);
    build_str(b, "resourceVersion", r->resource_version);
    build_flag(b, "secret", r->secret);
    build_flag(b, "checkedAtApply", r->checked_at_apply);
    build_flag(b, "risk", r->risk);
    build_flag(b, "ownFirst", r->own_first);
    build_flag(b, "forbidden", r->forbidden);
    build_str(b, "forbiddenVerb", r->forbidden_verb);
    build_str(b, "forbiddenResource", r->forbidden_resource);
    build_flag(b, "ownNamespace", r->own_namespace);
    build_flag(b, "saysReady", r->says_ready);
    build_put(b, "wave", val_of_int(r->wave));
    build_list(b, "late");
    for (size_t i = 0; i < r->n_late; i++)
        val_builder_add(b, val_borrow_str(r->late[i], strlen(r->late[i])));
    val_builder_end(b);
    build_str(b, "cause", r->cause);
    build_str(b, "detail", r->detail);
    build_str(b, "hint", r->hint);
    build_str(b, "where", r->where);
    build_str(b, "seen", hex);
    build_str(b, "contract", r->contract);
    if (r->initial)
        build_put(b, "initial", *val_copy(pool, r->initial));
    if (val_get(r->rules, "keep"))
        build_put(b, "keep", *val_copy(pool, val_get(r->rules, "keep")));
    if (r->paths)
        build_put(b, "paths", *val_copy(pool, r->paths));
    build_list(b, "fields");
    for (size_t i = 0; i < r->fields.len; i++)
        write_field(b, &r->fields.items[i]);
    val_builder_end(b);
    val_builder_end(b);
    return text_of(&pool->arena, b);
}

static void write_row(struct val_pool *pool, const struct plan_row *r, struct store_plan_row *out)
{
    *out = (struct store_plan_row){
        .position = r->position,
        .object = {r->api_version, r->kind, r->namespace_, r->name},
        .action = action_of(r->action),
        .uid = r->uid,
        .detail = row_detail(pool, r),
    };
    if (!r->body)
        return;
    struct buf text;
    buf_init(&text, STORE_MAX_BYTES);
    json_write(&text, r->body, JSON_CANONICAL);
    out->body.data = arena_strndup(&pool->arena, buf_str(&text), text.len);
    out->body.len = text.len;
    buf_clear(&text);
}

static struct store_bytes target_summary(struct val_pool *pool, const struct plan_target *t)
{
    struct val_builder *b = val_builder_new(pool, 4);
    val_builder_map(b);
    build_str(b, "cluster", t->cluster);
    build_str(b, "identity", t->identity);
    build_str(b, "may", t->may);
    build_str(b, "forbidden", t->forbidden);
    build_flag(b, "protected", t->protected_);
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(&t->rendered, hex);
    build_put(b, "rendered", val_of_str(pool, hex));
    val_builder_end(b);
    return text_of(&pool->arena, b);
}

static void put_digest(struct val_builder *b, struct val_pool *pool, const char *key,
                       const struct digest *d)
{
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(d, hex);
    build_put(b, key, val_of_str(pool, hex));
}

static void write_approved(struct val_builder *b, struct val_pool *pool, const struct plan *p)
{
    if (p->has_policy)
        put_digest(b, pool, "policy", &p->policy);
    if (!p->approved.n_items)
        return;
    build_map(b, "approved");
    build_str(b, "catalog", p->approved.catalog);
    build_str(b, "subject", p->approved.subject);
    put_digest(b, pool, "content", &p->approved.content);
    build_list(b, "items");
    for (size_t i = 0; i < p->approved.n_items; i++) {
        val_builder_map(b);
        build_put(b, "kind", val_of_int(p->approved.items[i].kind));
        build_str(b, "name", p->approved.items[i].name);
        build_str(b, "version", p->approved.items[i].version);
        val_builder_end(b);
    }
    val_builder_end(b);
    val_builder_end(b);
}

static struct store_bytes plan_summary(struct val_pool *pool, const struct plan *p)
{
    struct val_builder *b = val_builder_new(pool, 8);
    val_builder_map(b);
    build_str(b, "title", p->title);
    build_str(b, "fleet", p->fleet_uuid);
    build_str(b, "environment", p->environment);
    build_str(b, "namespace", p->namespace_);
    build_str(b, "folder", p->folder);
    build_flag(b, "complete", p->complete);
    build_put(b, "plannedMs", val_of_int(p->planned_ms));
    build_put(b, "tookMs", val_of_int(p->took_ms));
    build_put(b, "release", val_of_int(p->release));
    write_approved(b, pool, p);
    build_str(b, "about", p->about);
    build_list(b, "stages");
    for (size_t i = 0; i < p->stages.len; i++)
        val_builder_add(b, val_borrow_str(p->stages.items[i], strlen(p->stages.items[i])));
    val_builder_end(b);
    build_list(b, "warnings");
    for (size_t i = 0; i < p->warnings.len; i++)
        val_builder_add(b, val_borrow_str(p->warnings.items[i], strlen(p->warnings.items[i])));
    val_builder_end(b);
    build_list(b, "choices");
    for (size_t i = 0; i < p->choices.len; i++) {
        const struct plan_choice *c = &p->choices.items[i];
        val_builder_map(b);
        build_str(b, "cluster", c->cluster_uid);
        build_str(b, "kind", c->kind);
        build_str(b, "namespace", c->namespace_);
        build_str(b, "name", c->name);
        build_str(b, "path", c->path);
        build_put(b, "choice", val_of_int(c->choice));
        val_builder_end(b);
    }
    val_builder_end(b);
    val_builder_end(b);
    return text_of(&pool->arena, b);
}

void plan_put(struct plan *p, struct engine *e, store_ack_fn *fn, void *ctx)
{
    struct val_pool pool;
    val_pool_init(&pool);
    struct store_plan_target *targets =
        arena_array(&pool.arena, p->targets.len + 1, sizeof(*targets));
    for (size_t i = 0; i < p->targets.len; i++) {
        const struct plan_target *t = p->targets.items[i];
        struct store_plan_row *rows = arena_array(&pool.arena, t->rows.len + 1, sizeof(*rows));
        for (size_t k = 0; k < t->rows.len; k++)
            write_row(&pool, t->rows.items[k], &rows[k]);
        targets[i] = (struct store_plan_target){.cluster = t->cluster_uid,
                                                .moved = t->moved,
                                                .error = t->error,
                                                .summary = target_summary(&pool, t),
                                                .rows = rows,
                                                .row_count = t->rows.len};
    }
    const char *who = engine_who_json(e, NULL, &pool.arena);
    const struct store_plan record = {.hash = p->hash,
                                      .environment = p->environment_uuid,
                                      .kind = p->kind,
                                      .who = {who, strlen(who)},
                                      .summary = plan_summary(&pool, p),
                                      .targets = targets,
                                      .target_count = p->targets.len};
    store_put_plan(e->store, &record, (struct store_ack){fn, ctx});
    val_pool_clear(&pool);
}

/* ---- reading ---- */

struct loading {
    struct store_view *view;
    struct plan *plan;
    struct plan_target *target;
    struct err *e;
    VEC(struct digest) bodies; /* of the target's rows, zeros: none */
};

static const struct val *parse(struct loading *l, struct store_bytes b)
{
    return b.len ? json_read(&l->plan->pool, b.data, b.len, NULL, l->e) : &val_null;
}

static const char *str_of(struct plan *p, const struct val *v, const char *key)
{
    return plan_str(p, val_str(val_get(v, key), ""));
}

static void read_fields(struct plan *p, struct plan_row *r, const struct val *list)
{
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        struct plan_field *f = plan_add_field(p, r, val_str(val_get(v, "path"), ""));
        f->before = str_of(p, v, "before");
        f->after = str_of(p, v, "after");
        f->note = str_of(p, v, "note");
        f->stays = val_bool(val_get(v, "stays"), false);
        int64_t choice = val_int(val_get(v, "choice"), LEEWAY_CHOICE_NONE);
        f->choice = choice >= 0 && choice <= LEEWAY_CHOICE_NONE ? (enum leeway_choice)choice
                                                                : LEEWAY_CHOICE_OPEN;
        f->manager = str_of(p, v, "manager");
        f->operation = str_of(p, v, "operation");
        f->subresource = str_of(p, v, "subresource");
        f->owner = str_of(p, v, "owner");
    }
}

static int load_row(void *ctx, const struct store_plan_row *s)
{
    struct loading *l = ctx;
    struct plan *p = l->plan;
    const struct val *d = parse(l, s->detail);
    if (!d)
        return ERR_CORRUPT;
    struct plan_row *r = plan_add_row(p, l->target);
    r->position = s->position;
    r->api_version = plan_str(p, s->object.api_version);
    const char *slash = strchr(r->api_version, '/');
    r->group = slash
                   ? arena_strndup(&p->pool.arena, r->api_version, (size_t)(slash - r->api_version))
                   : "";
    r->version = slash ? slash + 1 : r->api_version;
    r->kind = plan_str(p, s->object.kind);
    r->namespace_ = plan_str(p, s->object.name_space);
    r->name = plan_str(p, s->object.name);
    r->traits = kind_traits_of(r->group, r->kind);
    r->action = action_from(s->action);
    r->uid = plan_str(p, s->uid);
    r->plural = str_of(p, d, "plural");
    r->resource_version = str_of(p, d, "resourceVersion");
    r->secret = val_bool(val_get(d, "secret"), false);
    r->checked_at_apply = val_bool(val_get(d, "checkedAtApply"), false);
    r->risk = val_bool(val_get(d, "risk"), false);
    r->forbidden = val_bool(val_get(d, "forbidden"), false);
    r->forbidden_verb = str_of(p, d, "forbiddenVerb");
    r->forbidden_resource = str_of(p, d, "forbiddenResource");
    r->own_first = val_bool(val_get(d, "ownFirst"), false);
    r->own_namespace = val_bool(val_get(d, "ownNamespace"), false);
    r->says_ready = val_bool(val_get(d, "saysReady"), false);
    r->wave = (uint32_t)val_int(val_get(d, "wave"), 0);
    const struct val *late = val_get(d, "late");
    r->n_late = val_count(late);
    r->late = arena_array(&p->pool.arena, r->n_late + 1, sizeof(*r->late));
    for (size_t i = 0; i < r->n_late; i++)
        r->late[i] = plan_str(p, val_str(val_item(late, i), ""));
    r->cause = str_of(p, d, "cause");
    r->detail = str_of(p, d, "detail");
    r->hint = str_of(p, d, "hint");
    r->where = str_of(p, d, "where");
    r->paths = val_get(d, "paths");
    r->contract = str_of(p, d, "contract");
    r->initial = val_get(d, "initial");
    if (val_get(d, "keep"))
        r->rules =
            val_map_with(&p->pool, val_map_of(&p->pool, NULL, 0), "keep", val_get(d, "keep"));
    const char *seen = val_str(val_get(d, "seen"), "");
    if (digest_parse_hex(seen, strlen(seen), &r->seen))
        return ERR_CORRUPT;
    read_fields(p, r, val_get(d, "fields"));
    vec_push(&l->bodies, s->body_digest);
    return 0;
}

static int load_target(void *ctx, const struct store_plan_target *s)
{
    struct loading *l = ctx;
    const struct val *d = parse(l, s->summary);
    if (!d)
        return ERR_CORRUPT;
    struct plan_target *t = plan_add_target(l->plan);
    t->cluster_uid = plan_str(l->plan, s->cluster);
    t->cluster = str_of(l->plan, d, "cluster");
    t->identity = str_of(l->plan, d, "identity");
    t->may = str_of(l->plan, d, "may");
    t->forbidden = str_of(l->plan, d, "forbidden");
    t->protected_ = val_bool(val_get(d, "protected"), false);
    t->error = plan_str(l->plan, s->error);
    t->moved = s->moved;
    const char *rendered = val_str(val_get(d, "rendered"), "");
    if (*rendered && digest_parse_hex(rendered, strlen(rendered), &t->rendered))
        return ERR_CORRUPT;
    return 0;
}

static int load_bodies(struct loading *l)
{
    static const struct digest none;
    struct buf text;
    buf_init(&text, STORE_MAX_BYTES);
    int rc = 0;
    for (size_t i = 0; !rc && i < l->bodies.len; i++) {
        if (digest_equal(&l->bodies.items[i], &none))
            continue;
        buf_reset(&text);
        rc = store_get_body(l->view, &l->bodies.items[i], &text, l->e);
        if (rc)
            break;
        struct plan_row *r = l->target->rows.items[i];
        r->body = json_read(&l->plan->pool, buf_str(&text), text.len, NULL, l->e);
        rc = r->body ? 0 : ERR_CORRUPT;
    }
    buf_clear(&text);
    return rc;
}

static bool read_digest(const struct val *v, struct digest *out)
{
    const char *hex = val_str(v, "");
    return !digest_parse_hex(hex, strlen(hex), out);
}

static void load_approved(struct plan *p, const struct val *d)
{
    const struct val *v = val_get(d, "approved"), *list = val_get(v, "items");
    struct approval_item *items = arena_array(&p->pool.arena, val_count(list) + 1, sizeof(*items));
    p->has_policy = read_digest(val_get(d, "policy"), &p->policy);
    if (!v || !items || !read_digest(val_get(v, "content"), &p->approved.content))
        return;
    p->approved.catalog = str_of(p, v, "catalog");
    p->approved.subject = str_of(p, v, "subject");
    for (size_t i = 0; i < val_count(list); i++) {
        int64_t kind = val_int(val_get(val_item(list, i), "kind"), APPROVAL_BLUEPRINT);
        items[i] = (struct approval_item){
            kind == APPROVAL_MODULE ? APPROVAL_MODULE : APPROVAL_BLUEPRINT,
            str_of(p, val_item(list, i), "name"), str_of(p, val_item(list, i), "version")};
    }
    p->approved.items = items;
    p->approved.n_items = val_count(list);
}

static void load_summary(struct plan *p, const struct val *d)
{
    load_approved(p, d);
    p->title = str_of(p, d, "title");
    p->fleet_uuid = str_of(p, d, "fleet");
    p->environment = str_of(p, d, "environment");
    p->namespace_ = str_of(p, d, "namespace");
    p->folder = str_of(p, d, "folder");
    p->about = str_of(p, d, "about");
    p->complete = val_bool(val_get(d, "complete"), false);
    p->planned_ms = val_int(val_get(d, "plannedMs"), 0);
    p->took_ms = (int32_t)val_int(val_get(d, "tookMs"), 0);
    p->release = (int32_t)val_int(val_get(d, "release"), 0);
    const struct val *list = val_get(d, "warnings");
    for (size_t i = 0; i < val_count(list); i++)
        plan_warn(p, val_str(val_item(list, i), ""));
    list = val_get(d, "stages");
    for (size_t i = 0; i < val_count(list); i++)
        vec_push(&p->stages, plan_str(p, val_str(val_item(list, i), "")));
    list = val_get(d, "choices");
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        struct plan_choice c = {
            .cluster_uid = str_of(p, v, "cluster"),
            .kind = str_of(p, v, "kind"),
            .namespace_ = str_of(p, v, "namespace"),
            .name = str_of(p, v, "name"),
            .path = str_of(p, v, "path"),
            .choice = (enum leeway_choice)val_int(val_get(v, "choice"), LEEWAY_CHOICE_OPEN)};
        vec_push(&p->choices, c);
    }
}

struct plan *plan_load(struct store_view *v, const struct digest *hash, struct err *e)
{
    struct plan *p = plan_new();
    struct loading l = {.view = v, .plan = p, .e = e};
    struct store_plan record;
    int rc = store_get_plan(v, hash, &p->pool.arena, &record, e);
    if (!rc && strcmp(record.kind, STORE_PLAN_FOUND) == 0) {
        rc = err_set(e, ERR_NOT_FOUND,
                     "what that release applied is not in this store, which was "
                     "built again from the clusters");
        err_hint(e, "go back to the environment's file of then, and plan that");
        plan_free(p);
        return NULL;
    }
    const struct val *d = rc ? NULL : parse(&l, record.summary);
    if (!rc && !d)
        rc = ERR_CORRUPT;
    if (!rc) {
        p->hash = *hash;
        p->kind = record.kind;
        p->environment_uuid = record.environment;
        load_summary(p, d);
        rc = store_each_plan_target(v, hash, load_target, &l, e);
    }
    for (size_t i = 0; !rc && i < p->targets.len; i++) {
        l.target = p->targets.items[i];
        vec_clear(&l.bodies);
        rc = store_each_plan_row(v, hash, l.target->cluster_uid, load_row, &l, e);
        if (!rc)
            rc = load_bodies(&l);
    }
    vec_clear(&l.bodies);
    if (!rc && !(rc = plan_hash(p, e)) && !digest_equal(&p->hash, hash))
        rc = err_set(e, ERR_CORRUPT, "the stored plan is not the one its hash names");
    if (rc) {
        err_set(e, rc, "the stored plan cannot be read");
        plan_free(p);
        return NULL;
    }
    return p;
}
