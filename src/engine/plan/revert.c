// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/revert.h"

#include "engine/drift/drift_int.h"
#include "engine/drift/drift_pick.h"
#include "engine/environments/origin.h"
#include "engine/plan/plan_int.h"
#include "engine/plan/plan_make.h"

#include "data/diff.h"
#include "data/json.h"
#include "kube/discovery.h"
#include "store/store_get.h"

#include <string.h>

struct revert_object {
    struct revert *r;
    struct cluster *cluster;
    char *cluster_uid, *api_version, *kind, *ns, *name, *contract;
    struct digest digest;
    VEC(struct revert_path) paths; /* their strings are owned */
    const struct val *body, *live;
    struct kube_call *call;
};

struct revert {
    struct engine *e;
    struct engine_command *cmd;
    char *environment; /* uuid */
    struct val_pool pool;
    VEC(struct revert_object *) objects;
    size_t waiting;
    size_t fields;   /* reverted */
    int64_t seen_ms; /* wall; when the newest of the differences was seen first */
    /* The values of secrets are not kept: they are in what was applied. */
    struct origin *secrets;
    char *folder;
    bool reading; /* on a worker, which has secrets and folder meanwhile */
    bool ended;   /* answered while a worker reads */
};

struct revert_state {
    struct engine *e;
    VEC(struct revert *) running;
};

/* ---- the body ---- */

const struct val *revert_body(struct val_pool *p, const struct val *body, const struct val *live,
                              const struct revert_path *paths, size_t n, struct err *e)
{
    for (size_t i = 0; body && i < n; i++) {
        struct path path;
        if (!*paths[i].path || paths[i].extra || (paths[i].reverted && !paths[i].wanted))
            continue;
        if (path_parse(p, paths[i].path, strlen(paths[i].path), &path, e))
            return NULL;
        if (paths[i].reverted) { /* it is not in the body that was applied last */
            body = val_with_path(p, body, path, paths[i].wanted);
            continue;
        }
        const struct val *now = path_resolve(live, path, NULL, NULL);
        body = now && !paths[i].others_own ? val_with_path(p, body, path, now)
                                           : val_without_path(p, body, path);
    }
    if (!body)
        err_set(e, ERR_LIMIT, "the object is too large to be put together again");
    return body;
}

/* ---- ends ---- */

static void revert_free(struct revert *r)
{
    struct revert_state *s = engine_part_state(r->e, &revert_part);
    if (r->reading) {
        r->ended = true;
        return;
    }
    origin_free(r->secrets);
    mem_free(r->folder);
    for (size_t i = 0; s && i < s->running.len; i++)
        if (s->running.items[i] == r)
            s->running.items[i] = s->running.items[--s->running.len];
    for (size_t i = 0; i < r->objects.len; i++) {
        struct revert_object *o = r->objects.items[i];
        kube_cancel(o->call);
        for (size_t k = 0; k < o->paths.len; k++)
            mem_free((char *)o->paths.items[k].path);
        vec_clear(&o->paths);
        mem_free(o->cluster_uid);
        mem_free(o->api_version);
        mem_free(o->kind);
        mem_free(o->ns);
        mem_free(o->name);
        mem_free(o->contract);
        mem_free(o);
    }
    vec_clear(&r->objects);
    val_pool_clear(&r->pool);
    mem_free(r->environment);
    mem_free(r);
}

static void fail(struct revert *r, struct err *err)
{
    struct revert_state *s = engine_part_state(r->e, &revert_part);
    engine_answer_failed(r->e, r->cmd, err);
    for (size_t i = 0; s && i < s->running.len; i++)
        if (s->running.items[i] == r)
            s->running.items[i] = s->running.items[--s->running.len];
    revert_free(r);
}

/* ---- what to revert ---- */

static struct revert_object *object_put(struct revert *r, struct drift_object *o)
{
    struct target *t = drift_object_target(o);
    struct store_object so = drift_object_name(o);
    for (size_t i = 0; i < r->objects.len; i++) {
        struct revert_object *at = r->objects.items[i];
        if (!strcmp(at->cluster_uid, t->cluster_uid) && !strcmp(at->kind, so.kind) &&
            !strcmp(at->ns, so.name_space) && !strcmp(at->name, so.name) &&
            !strcmp(at->api_version, so.api_version))
            return at;
    }
    struct revert_object *n = mem_new(struct revert_object);
    n->r = r;
    n->cluster = t->cluster;
    n->cluster_uid = mem_strdup(t->cluster_uid);
    n->api_version = mem_strdup(so.api_version);
    n->kind = mem_strdup(so.kind);
    n->ns = mem_strdup(so.name_space);
    n->name = mem_strdup(so.name);
    n->digest = drift_object_body(o);
    n->contract = mem_strdup(drift_object_contract_text(o));
    const struct contract *c = drift_object_contract(o);
    struct drift_item *item;
    for (size_t i = 0; (item = drift_object_item(o, i)); i++) {
        struct revert_path at = {.path = mem_strdup(drift_item_path(item)),
                                 .others_own = drift_item_others_own(item)};
        struct path path;
        const struct contract_leaf *l =
            *at.path && !path_parse(&r->pool, at.path, strlen(at.path), &path, NULL)
                ? contract_leaf_of(c, path)
                : NULL;
        at.wanted = l ? val_copy(&r->pool, l->value) : NULL;
        at.extra = item->kind == LEEWAY_DRIFT_EXTRA;
        vec_push(&n->paths, at);
        if (item->first_wall_ms > r->seen_ms)
            r->seen_ms = item->first_wall_ms;
    }
    vec_push(&r->objects, n);
    return n;
}

static void mark(struct revert *r, struct revert_object *o, const char *path)
{
    for (size_t i = 0; i < o->paths.len; i++) {
        if (strcmp(o->paths.items[i].path, path) != 0)
            continue;
        bool hands = r->cmd->c.kind == LEEWAY_CMD_PLAN_HANDOVER, *done;
        done = hands ? &o->paths.items[i].handed : &o->paths.items[i].reverted;
        r->fields += !*done;
        *done = true;
    }
}

static int pick(struct revert *r, struct err *e)
{
    struct drift_picked picked = {0};
    int rc = drift_pick(r->e, &r->cmd->c, &picked, e);
    if (picked.environment)
        r->environment = mem_strdup(picked.environment->uuid);
    for (size_t i = 0; !rc && i < picked.items.len; i++) {
        struct drift_item *item = picked.items.items[i];
        mark(r, object_put(r, drift_item_object(item)), drift_item_path(item));
    }
    vec_clear(&picked.items);
    return rc;
}

/* ---- the plan ---- */

static const struct val *secret_source(const struct revert *r, const struct revert_object *o)
{
    return origin_object(r->secrets, o->cluster_uid, o->api_version, o->kind, o->ns, o->name);
}

struct taking {
    struct revert_object *o;
    struct val_pool *pool;
    void *choices;
};

typedef VEC(struct plan_choice) choice_list;

static void choose(choice_list *list, const struct revert_object *o, const char *path)
{
    vec_push(list, (struct plan_choice){o->cluster_uid, o->kind, o->ns, o->name, path,
                                        LEEWAY_CHOICE_TAKE_OVER});
}

static int take(void *ctx, const struct fieldset_leaf *leaf)
{
    struct taking *t = ctx;
    struct buf path;
    buf_init(&path, BUF_SMALL);
    if (path_format(&path, leaf->path, PATH_STYLE_SERVER) == 0)
        choose(t->choices, t->o, arena_strndup(&t->pool->arena, buf_str(&path), path.len));
    buf_clear(&path);
    return 0;
}

/* The whole object is given back: it, and each of its fields, whoever has it now. */
static void choose_all(struct revert *r, choice_list *list, struct revert_object *o)
{
    struct environment *env = environment_by_uuid(r->e, r->environment);
    struct target *t = env ? target_find(env, o->cluster_uid) : NULL;
    const struct store_object so = {o->api_version, o->kind, o->ns, o->name};
    struct drift_object *d = t ? drift_object_of(t, &so) : NULL;
    struct taking taking = {o, &r->pool, list};
    choose(list, o, ".");
    if (d)
        fieldset_walk(drift_object_given(d)->fields, &val_null, take, &taking);
}

/* What was agreed of the object, with the paths that are given back whoever has them, or with those
 * that are handed over and the values that they were given. */
static const struct val *rules_of(struct revert *r, struct revert_object *o, struct err *e)
{
    struct val_pool *p = &r->pool;
    const struct val *v = *o->contract ? json_read(p, o->contract, strlen(o->contract), NULL, e)
                                       : val_map_of(p, NULL, 0);
    const struct val *had = val_get(v, "leaves");
    VEC(struct val) keep = {0}, leaves = {0};
    for (size_t i = 0; i < val_count(had); i++)
        vec_push(&leaves, *val_item(had, i));
    for (size_t i = 0; !e->code && i < o->paths.len; i++) {
        const struct revert_path *at = &o->paths.items[i];
        struct path path;
        if (!at->reverted && !at->handed)
            continue;
        if (at->reverted) {
            vec_push(&keep, val_of_str(p, at->path));
            continue;
        }
        if (!*at->path || path_parse(p, at->path, strlen(at->path), &path, e))
            break;
        const struct val *given = at->wanted ? at->wanted : path_resolve(o->body, path, NULL, NULL);
        if (!given || strcmp(o->kind, "Secret") == 0) {
            err_set(e, ERR_UNSUPPORTED, "%s/%s %s is no field that leeway applies", o->kind,
                    o->name, at->path);
            break;
        }
        const struct val *leaf = val_map_of(p, NULL, 0);
        leaf = val_map_with(p, leaf, "path", val_box(p, val_of_str(p, at->path)));
        leaf = val_map_with(p, leaf, "v", given);
        leaf = val_map_with(p, leaf, "why", val_box(p, val_of_str(p, r->cmd->c.reason)));
        for (size_t k = leaves.len; k-- > 0;) /* it takes the place of what was said before */
            if (val_str_is(val_get(&leaves.items[k], "path"), at->path))
                leaves.items[k] = leaves.items[--leaves.len];
        if (leaf)
            vec_push(&leaves, *leaf);
    }
    if (keep.len)
        v = val_map_with(p, v, "keep", val_list_of(p, keep.items, keep.len));
    if (leaves.len)
        v = val_map_with(p, v, "leaves", val_list_of(p, leaves.items, leaves.len));
    vec_clear(&keep);
    vec_clear(&leaves);
    return e->code ? NULL : v;
}

static bool hands_over(const struct revert *r)
{
    return r->cmd->c.kind == LEEWAY_CMD_PLAN_HANDOVER;
}

static void make_plan(struct revert *r)
{
    struct engine *e = r->e;
    struct environment *env = environment_by_uuid(e, r->environment);
    choice_list choices = {0};
    VEC(struct plan_want_target) targets = {0};
    struct plan_want *wants = mem_calloc(r->objects.len, sizeof(*wants));
    size_t n_wants = 0;
    struct err err = ERR_INIT;
    if (!env)
        err_set(&err, ERR_NOT_FOUND, "the environment is gone");
    /* Wants of one cluster stand together: objects were collected target by target or are sorted
     * here by looking for all of the same cluster. */
    for (size_t i = 0; !err.code && i < r->objects.len; i++) {
        struct revert_object *o = r->objects.items[i];
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen |= r->objects.items[k]->cluster == o->cluster;
        if (seen)
            continue;
        struct plan_want_target t = {.cluster = o->cluster, .wants = wants + n_wants};
        for (size_t k = i; !err.code && k < r->objects.len; k++) {
            struct revert_object *x = r->objects.items[k];
            if (x->cluster != o->cluster)
                continue;
            const struct val *body =
                plan_body_unmasked(&r->pool, x->body, secret_source(r, x), plan_hmac, e, &err);
            if (body)
                body = revert_body(&r->pool, body, x->live, x->paths.items, x->paths.len, &err);
            if (err.code == ERR_MOVED)
                err_hint(&err, "its value has to stand in %s as it was applied",
                         *r->folder ? r->folder : "the folder of the environment");
            wants[n_wants++] = (struct plan_want){
                .body = body, .contract = err.code ? NULL : rules_of(r, x, &err)};
            t.n_wants++;
            for (size_t p = 0; p < x->paths.len; p++) {
                if (!x->paths.items[p].reverted)
                    continue;
                if (*x->paths.items[p].path)
                    choose(&choices, x, x->paths.items[p].path);
                else
                    choose_all(r, &choices, x);
            }
        }
        vec_push(&targets, t);
    }
    if (err.code) {
        engine_answer_failed(e, r->cmd, &err);
    } else {
        bool hands = hands_over(r);
        char *title = mem_printf("%s %zu field%s", hands ? "hand over" : "revert", r->fields,
                                 r->fields == 1 ? "" : "s");
        /* The same fields may have been given back before: this is another plan, with another
         * hash, and looks at the objects as they are now. */
        char at[CLOCK_RFC3339_LEN];
        clock_format_rfc3339(r->seen_ms, at);
        char *note = mem_printf(hands ? "leaves to others what was found to differ at %s"
                                      : "gives back what was found to differ at %s",
                                at);
        const char *const notes[] = {note};
        const struct plan_request request = {.kind = hands ? "handover" : "revert",
                                             .notes = notes,
                                             .n_notes = 1,
                                             .title = title,
                                             .cause =
                                                 hands ? "handed over" : "drift being reverted",
                                             .environment = env->name,
                                             .namespace_ = env->namespace_,
                                             .folder = env->origin,
                                             .choices = choices.items,
                                             .n_choices = choices.len,
                                             .targets = targets.items,
                                             .n_targets = targets.len};
        plan_from_bodies(e, r->cmd, &request);
        mem_free(title);
        mem_free(note);
    }
    mem_free(wants);
    vec_clear(&choices);
    vec_clear(&targets);
    revert_free(r);
}

static void folder_read(void *ctx, bool stale)
{
    struct revert *r = ctx;
    r->reading = false;
    if (r->ended || stale)
        revert_free(r);
    else
        make_plan(r);
}

static void read_done(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct revert_object *o = ctx;
    struct revert *r = o->r;
    o->call = NULL;
    r->waiting--;
    if (object) {
        o->live = val_copy(&r->pool, object);
    } else if (reply->error->code == ERR_NOT_FOUND) {
        o->live = &val_null; /* missing: the body makes it again */
    } else {
        struct err err = ERR_INIT;
        kube_error_to_err(reply->error, &err);
        err_at(&err, o->cluster->name, 0, 0);
        fail(r, &err);
        return;
    }
    if (r->waiting)
        return;
    bool marks = false;
    for (size_t i = 0; i < r->objects.len; i++)
        marks |= plan_body_has_marks(r->objects.items[i]->body);
    r->reading = marks && *r->folder;
    if (r->reading) {
        struct environment *env = environment_by_uuid(r->e, r->environment);
        VEC(struct cluster *) clusters = {0};
        for (size_t i = 0; i < r->objects.len; i++) {
            bool twice = false;
            for (size_t k = 0; k < i; k++)
                twice |= r->objects.items[k]->cluster == r->objects.items[i]->cluster;
            if (!twice)
                vec_push(&clusters, r->objects.items[i]->cluster);
        }
        r->secrets = origin_new(r->e, r->folder, env && env->namespace_ ? env->namespace_ : "",
                                clusters.items, clusters.len);
        vec_clear(&clusters);
        origin_read(r->secrets, folder_read, r);
    } else {
        make_plan(r);
    }
}

static int read_objects(struct revert *r, struct err *e)
{
    for (size_t i = 0; i < r->objects.len; i++) {
        struct revert_object *o = r->objects.items[i];
        struct buf b;
        buf_init(&b, STORE_MAX_BYTES);
        int rc = r->e->view ? store_get_body(r->e->view, &o->digest, &b, e)
                            : err_set(e, ERR_UNSUPPORTED, "there is no store to revert from");
        if (!rc && !(o->body = json_read(&r->pool, buf_str(&b), b.len, NULL, e)))
            rc = e->code;
        buf_clear(&b);
        if (rc) {
            err_prefix(e, "%s/%s", o->kind, o->name);
            return rc;
        }
        const struct kube_resource *res =
            o->cluster && o->cluster->discovery
                ? kube_discovery_api_kind(o->cluster->discovery, o->api_version, o->kind)
                : NULL;
        if (!res || !cluster_is_up(o->cluster))
            return err_set(e, ERR_UNREACHABLE, "%s does not answer or does not serve %s",
                           o->cluster ? o->cluster->name : o->cluster_uid, o->kind);
        const struct kube_target t = {.group = res->group,
                                      .version = res->version,
                                      .plural = res->plural,
                                      .ns = res->namespaced ? o->ns : "",
                                      .name = o->name};
        const struct kube_write_common common = {.priority = KUBE_PRIORITY_HIGH};
        o->call = kube_read(o->cluster->kube, &t, &common, read_done, o);
        r->waiting++;
    }
    return 0;
}

void revert_command(struct engine *e, struct engine_command *cmd)
{
    struct revert *r = mem_new(struct revert);
    struct revert_state *s = engine_part_state(e, &revert_part);
    struct err err = ERR_INIT;
    r->e = e;
    r->cmd = cmd;
    val_pool_init_limited(&r->pool, 4 * BUF_LARGE);
    vec_push(&s->running, r);
    int rc = pick(r, &err);
    if (!rc && hands_over(r) && (!cmd->c.reason || !*cmd->c.reason))
        rc = err_set(&err, ERR_USAGE, "a reason is wanted: others will read it");
    if (!rc && !r->fields) {
        rc = err_set(&err, ERR_NOT_FOUND, "nothing stands against it: there is nothing to %s",
                     hands_over(r) ? "hand over" : "revert");
        err_hint(&err, "leeway drift lists what differs");
    }
    struct environment *env = rc ? NULL : environment_by_uuid(e, r->environment);
    r->folder = mem_strdup(env && env->origin ? env->origin : "");
    if (!rc)
        rc = read_objects(r, &err);
    if (rc)
        fail(r, &err);
}

/* ---- the part ---- */

static int start(struct engine *e, void **state, struct err *err)
{
    struct revert_state *s = mem_new(struct revert_state);
    s->e = e;
    *state = s;
    return 0;
}

static void cancel(struct revert *r, const char *why)
{
    struct err err = ERR_INIT;
    err_set(&err, ERR_CANCELLED, "%s", why);
    fail(r, &err);
}

static void hook_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    struct revert_state *s = state;
    if (what != CLUSTER_GONE && what != CLUSTER_REPLACED)
        return;
    for (size_t i = s->running.len; i-- > 0;) {
        bool concerned = false;
        for (size_t k = 0; k < s->running.items[i]->objects.len; k++)
            concerned |= s->running.items[i]->objects.items[k]->cluster == c;
        if (concerned)
            cancel(s->running.items[i], "the cluster went away");
    }
}

static void stop(void *state, bool hand_over)
{
    struct revert_state *s = state;
    while (s->running.len)
        cancel(s->running.items[s->running.len - 1], "leeway ends");
    vec_clear(&s->running);
    mem_free(s);
}

const struct engine_part revert_part = {
    .name = "revert", .start = start, .cluster = hook_cluster, .stop = stop};
