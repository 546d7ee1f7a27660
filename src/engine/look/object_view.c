// SPDX-License-Identifier: Apache-2.0
#include "engine/look/object_view.h"

#include "engine/drift/drift_int.h"
#include "engine/environments/wanted.h"
#include "engine/fleet/cluster.h"
#include "kube/discovery.h"
#include "kube/health.h"
#include "store/store_get.h"

#include "data/json.h"

#include <string.h>

struct looking {
    struct engine *e;
    struct engine_command *cmd;
    char *cluster; /* name */
    struct kube_call *call;
    struct val_pool pool;     /* of object */
    const struct val *object; /* while its environment is asked what it wants */
    struct wanted *wanted;
};

struct looks {
    VEC(struct looking *) running;
};

static void end(struct looking *l)
{
    struct looks *s = engine_part_state(l->e, &object_view_part);
    for (size_t i = 0; i < s->running.len; i++)
        if (s->running.items[i] == l)
            s->running.items[i] = s->running.items[--s->running.len];
    kube_cancel(l->call);
    wanted_cancel(l->wanted);
    val_pool_clear(&l->pool);
    mem_free(l->cluster);
    mem_free(l);
}

static void fail(struct looking *l, int code, const char *text, const char *hint)
{
    struct err err = ERR_INIT;
    err_set(&err, code, "%s", text);
    if (hint)
        err_hint(&err, "%s", hint);
    engine_answer_failed(l->e, l->cmd, &err);
    end(l);
}

/* ---- fields ---- */

struct fields {
    struct arena *a;
    struct val_pool *pool;
    struct ownership owners;
    const struct val *live;
    struct drift_object *o; /* NULL: leeway gave nothing here */
    const struct val *given_leaves;
    const char *manager;
    VEC(struct leeway_object_field) out;
    struct strmap seen;
    size_t n; /* leaf of given */
    bool managed;
    struct engine *engine;
    const struct wanted_answer *wanted; /* NULL: as o, there is nobody who wants it */
    const struct val *body;             /* wanted, comparable with what was sent */
    struct diff_items moved;            /* from what was sent to it */
    bool *told;                         /* of moved: there is a row for it */
};

static struct text shown(const struct fields *f, struct path path, const struct val *v)
{
    const char *api = val_str(val_get(f->live, "apiVersion"), "");
    const char *kind = val_str(val_get(f->live, "kind"), "");
    if (v && given_is_secret(api, kind, path))
        return TEXT("(secret)");
    return drift_value_text(f->a, v);
}

/* ---- wanted ---- */

static bool is_under(struct path path, struct path above)
{
    return above.len <= path.len && path_equal((struct path){path.elems, above.len}, above);
}

/* The body that was sent beside the one that is wanted. False: one of them is not known. */
static void find_moved(struct fields *f)
{
    struct buf b;
    struct err err = ERR_INIT;
    if (!f->wanted || f->wanted->why)
        return;
    buf_init(&b, STORE_MAX_BYTES);
    const struct val *sent =
        f->engine->view && store_get_body(f->engine->view, &f->o->body, &b, &err) == 0
            ? json_read(f->pool, buf_str(&b), b.len, NULL, &err)
            : NULL;
    if (sent && f->wanted->body &&
        wanted_changes(f->engine, f->pool, sent, f->wanted, f->o->given->fields, &f->moved,
                       &f->body))
        f->body = NULL;
    f->told = arena_zalloc(f->a, f->moved.len + 1);
    buf_clear(&b);
    err_clear(&err);
}

/* Did what is wanted at the path, above it or below it change since it was sent? */
static bool has_moved(struct fields *f, struct path path)
{
    bool moved = false;
    for (size_t i = 0; i < f->moved.len; i++) {
        if (!is_under(f->moved.items[i].path, path) && !is_under(path, f->moved.items[i].path))
            continue;
        f->told[i] = moved = true;
    }
    return moved;
}

static void set_wanted(struct fields *f, struct path path, struct leeway_object_field *field)
{
    if (!f->wanted || f->wanted->why) {
        field->wanted = TEXT("?");
        return;
    }
    bool gone = !f->wanted->body;
    field->pending = gone || (f->body && has_moved(f, path));
    field->wanted = gone             ? TEXT("-")
                    : field->pending ? shown(f, path, path_resolve(f->body, path, NULL, NULL))
                                     : field->given;
    if (!f->body && !gone)
        field->wanted = TEXT("?"); /* what was sent is not kept any more */
}

/* "=" stands for what is on its left. */
static void shorten(struct leeway_object_field *field)
{
    if (!field->differs && text_equal(field->live, field->given))
        field->live = TEXT("=");
    if (!field->pending && text_equal(field->given, field->wanted))
        field->given = TEXT("=");
}

/* What is wanted and was never given. */
static void add_new(struct fields *f)
{
    for (size_t i = 0; i < f->moved.len; i++) {
        const struct diff_item *x = &f->moved.items[i];
        struct buf b;
        if (f->told[i] || !x->after)
            continue;
        buf_init(&b, BUF_SMALL);
        path_format(&b, x->path, PATH_STYLE_SERVER);
        const struct val *live = path_resolve(f->live, x->path, NULL, NULL);
        struct leeway_object_field field = {.path = text_clean(f->a, buf_str(&b), b.len),
                                            .depth = (uint32_t)x->path.len,
                                            .pending = true,
                                            .managed = true,
                                            .verdict = LEEWAY_VERDICT_ALLOWED,
                                            .wanted = shown(f, x->path, x->after),
                                            .given = TEXT("-"),
                                            .live = shown(f, x->path, live)};
        strmap_set(&f->seen, buf_str(&b), f);
        buf_clear(&b);
        field.n_owners = drift_owners(f->a, &f->owners, x->path, false, f->manager, &field.owners);
        shorten(&field);
        vec_push(&f->out, field);
    }
}

/* ---- rows ---- */

static int add_field(void *ctx, const struct fieldset_leaf *leaf)
{
    struct fields *f = ctx;
    size_t number = f->n++;
    struct buf b;
    buf_init(&b, BUF_SMALL);
    path_format(&b, leaf->path, PATH_STYLE_SERVER);
    bool known = strmap_get(&f->seen, buf_str(&b)) != NULL;
    struct leeway_object_field field = {.path = text_clean(f->a, buf_str(&b), b.len),
                                        .depth = (uint32_t)leaf->path.len,
                                        .managed = f->managed,
                                        .verdict = LEEWAY_VERDICT_ALLOWED};
    if (!known)
        strmap_set(&f->seen, buf_str(&b), f);
    struct drift_item *i = NULL, *at;
    for (size_t n = 0; f->o && (at = drift_object_item(f->o, n)); n++)
        if (strcmp(drift_item_path(at), buf_str(&b)) == 0)
            i = at;
    buf_clear(&b);
    if (known || leaf->item)
        return 0;
    struct text live = shown(f, leaf->path, leaf->value);
    field.atomic = leaf->value && (leaf->value->type == VAL_MAP || leaf->value->type == VAL_LIST) &&
                   leaf->value->len;
    field.n_owners =
        drift_owners(f->a, &f->owners, leaf->path, f->managed, f->manager, &field.owners);
    field.wanted = field.given = TEXT("-");
    field.live = live;
    if (f->managed) {
        bool secret = false;
        const struct val *given =
            f->given_leaves ? given_value_at(f->o->given, f->given_leaves, leaf->path, &secret)
                            : NULL;
        field.given = secret ? TEXT("(secret)") : shown(f, leaf->path, given);
        set_wanted(f, leaf->path, &field);
        if (!i && f->o->given->leaves[number] >= GIVEN_FIRST_HASH)
            field.live = TEXT("=");
        field.differs = i != NULL;
        if (i) {
            struct leeway_drift row;
            drift_item_describe(i, &row, f->a);
            field.verdict = row.verdict;
            field.drift_id = row.id;
            field.live = row.live;
        }
        shorten(&field);
    }
    vec_push(&f->out, field);
    return 0;
}

static int keep_leaves(void *ctx, const struct store_given *g)
{
    struct fields *f = ctx;
    if (strcmp(g->object.kind, f->o->kind) || strcmp(g->object.name, f->o->name) ||
        strcmp(g->object.name_space, f->o->ns))
        return 0;
    f->given_leaves = json_read(f->pool, g->leaves.data, g->leaves.len, NULL, NULL);
    return 1;
}

static void make_fields(struct looking *l, struct fields *f)
{
    if (f->o) {
        struct target *t = f->o->dt->target;
        struct err err = ERR_INIT;
        if (l->e->view && store_each_given(l->e->view, t->environment->uuid, t->cluster_uid,
                                           keep_leaves, f, &err) != 1)
            f->given_leaves = NULL;
        err_clear(&err);
        f->managed = true;
        find_moved(f);
        fieldset_walk(f->o->given->fields, f->live, add_field, f);
        add_new(f);
    }
    f->managed = false;
    for (size_t i = 0; i < f->owners.len; i++)
        if (strcmp(f->owners.entries[i].subresource, "status") != 0)
            fieldset_walk(f->owners.entries[i].fields, f->live, add_field, f);
}

static struct drift_object *find_given(struct engine *e, const char *cluster,
                                       const struct val *object)
{
    struct cluster *c = engine_cluster_by_name(e, cluster);
    const struct store_object so = {val_str(val_get(object, "apiVersion"), ""),
                                    val_str(val_get(object, "kind"), ""),
                                    val_str(val_at(object, "metadata", "namespace", NULL), ""),
                                    val_str(val_at(object, "metadata", "name", NULL), "")};
    struct drift_object *o = NULL;
    for (size_t i = 0; c && !o && i < c->targets.len; i++)
        o = drift_object_of(c->targets.items[i], &so);
    return o;
}

static void all_owners(struct fields *f, struct leeway_object *out)
{
    struct leeway_owner *rows = arena_array(f->a, f->owners.len, sizeof(*rows));
    for (size_t i = 0; i < f->owners.len; i++) {
        const struct ownership_entry *w = &f->owners.entries[i];
        rows[i] = drift_owner_row(f->a, w, f->manager);
    }
    out->owners = rows;
    out->n_owners = f->owners.len;
}

static struct text member(struct arena *a, const struct val *v)
{
    return val_is(v, VAL_STRING) ? text_clean(a, v->as.s, v->len) : TEXT_NONE;
}

/* wanted NULL: leeway gave nothing here. */
static void answer(struct looking *l, const struct val *object, const struct wanted_answer *wanted)
{
    struct engine *e = l->e;
    struct arena a;
    struct val_pool pool;
    struct err err = ERR_INIT;
    arena_init(&a);
    val_pool_init_limited(&pool, BUF_LARGE);
    const struct given_rules *rules = drift_rules(e);
    struct fields f = {.a = &a,
                       .pool = &pool,
                       .live = object,
                       .manager = rules->manager,
                       .engine = e,
                       .wanted = wanted,
                       .o = find_given(e, l->cluster, object)};
    if (ownership_read(&pool, rules->table, object, &f.owners, &err))
        f.owners = (struct ownership){0};
    make_fields(l, &f);
    const struct val *meta = val_get(object, "metadata");
    struct kstatus_result k;
    struct health_result h;
    kstatus_compute(&a, object, engine_wall_ms(e), &k, NULL);
    health_overlay(object, &k, &h);
    struct leeway_object o = {
        .cluster = text_cstr(&a, l->cluster),
        .api_version = member(&a, val_get(object, "apiVersion")),
        .object_kind = member(&a, val_get(object, "kind")),
        .namespace_ = member(&a, val_get(meta, "namespace")),
        .name = member(&a, val_get(meta, "name")),
        .uid = member(&a, val_get(meta, "uid")),
        .resource_version = member(&a, val_get(meta, "resourceVersion")),
        .environment = text_cstr(&a, f.o ? f.o->dt->target->environment->name : ""),
        .wanted_by = text_cstr(&a, wanted && wanted->where ? wanted->where : ""),
        .wanted_why = text_cstr(&a, wanted && wanted->why ? wanted->why : ""),
        .health = text_cstr(&a, health_word(h.health)),
        .health_reason = text_cstr(&a, *h.message ? h.message : h.reason),
        .fetched_ms = engine_wall_ms(e),
        .fields = f.out.items,
        .n_fields = f.out.len,
    };
    const struct val *made = val_get(meta, "creationTimestamp");
    if (val_is(made, VAL_STRING) &&
        clock_parse_rfc3339(made->as.s, made->len, &o.created_ms, NULL) != 0)
        o.created_ms = 0;
    all_owners(&f, &o);
    o.n_lines = object_view_lines(&a, &pool, object, &f.owners, rules->manager, &o.lines);
    object_view_facts(&a, object, &o);
    struct leeway_object *copy = leeway_object_new(&o);
    engine_answer_object(e, l->cmd, copy);
    leeway_object_unref(copy);
    err_clear(&err);
    diff_items_clear(&f.moved);
    strmap_clear(&f.seen);
    vec_clear(&f.out);
    val_pool_clear(&pool);
    arena_clear(&a);
    end(l);
}

static void wanted_done(void *ctx, const struct wanted_answer *wanted)
{
    struct looking *l = ctx;
    l->wanted = NULL;
    answer(l, l->object, wanted);
}

static void read_done(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct looking *l = ctx;
    l->call = NULL;
    if (!object) {
        fail(l, reply->error->code, reply->error->text, reply->error->hint);
        return;
    }
    const struct drift_object *o = find_given(l->e, l->cluster, object);
    l->object = o ? val_copy(&l->pool, object) : NULL;
    if (!l->object) {
        answer(l, object, NULL);
        return;
    }
    const struct store_object so = {o->api_version, o->kind, o->ns, o->name};
    l->wanted = wanted_start(l->e, o->dt->target, &so, wanted_done, l);
}

void object_view_command(struct engine *e, struct engine_command *cmd)
{
    struct looking *l = mem_new(struct looking);
    l->e = e;
    l->cmd = cmd;
    val_pool_init_limited(&l->pool, BUF_LARGE);
    l->cluster = mem_strdup(cmd->c.cluster ? cmd->c.cluster : "");
    struct looks *s = engine_part_state(e, &object_view_part);
    vec_push(&s->running, l);
    struct cluster *c = engine_cluster_by_name(e, l->cluster);
    if (!c) {
        fail(l, ERR_NOT_FOUND, "there is no cluster of that name", NULL);
        return;
    }
    if (!c->kube || !c->discovery) {
        fail(l, ERR_UNREACHABLE,
             c->reason && *c->reason ? c->reason : "the cluster does not answer",
             "r asks it again");
        return;
    }
    const char *api = cmd->c.api_version ? cmd->c.api_version : "";
    const char *kind = cmd->c.object_kind ? cmd->c.object_kind : "";
    const struct kube_resource *r = *api ? kube_discovery_api_kind(c->discovery, api, kind)
                                         : kube_discovery_word(c->discovery, kind, NULL);
    if (!r) {
        fail(l, ERR_NOT_FOUND, "the cluster does not serve that kind", NULL);
        return;
    }
    const struct kube_target t = {.group = r->group,
                                  .version = r->version,
                                  .plural = r->plural,
                                  .ns = r->namespaced ? cmd->c.namespace_ : "",
                                  .name = cmd->c.name};
    const struct kube_write_common common = {.priority = KUBE_PRIORITY_HIGH};
    l->call = kube_read(c->kube, &t, &common, read_done, l);
}

static int start(struct engine *e, void **state, struct err *err)
{
    *state = mem_new(struct looks);
    return 0;
}

static void hook_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    struct looks *s = state;
    for (size_t i = s->running.len; what == CLUSTER_GONE && i-- > 0;)
        if (strcmp(s->running.items[i]->cluster, c->name) == 0)
            fail(s->running.items[i], ERR_CANCELLED, "the cluster went away", NULL);
}

static void stop(void *state, bool hand_over)
{
    struct looks *s = state;
    while (s->running.len)
        fail(s->running.items[s->running.len - 1], ERR_CANCELLED, "leeway ends", NULL);
    vec_clear(&s->running);
    mem_free(s);
}

const struct engine_part object_view_part = {
    .name = "object view", .start = start, .cluster = hook_cluster, .stop = stop};
