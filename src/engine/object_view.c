// SPDX-License-Identifier: Apache-2.0
#include "engine/object_view.h"

#include "engine/cluster.h"
#include "engine/drift_int.h"
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
    bool secret_object;
};

static struct text shown(const struct fields *f, struct path path, const struct val *v)
{
    const char *api = val_str(val_get(f->live, "apiVersion"), "");
    const char *kind = val_str(val_get(f->live, "kind"), "");
    if (v && given_is_secret(api, kind, path))
        return TEXT("(secret)");
    return drift_value_text(f->a, v);
}

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
        field.wanted = field.given;
        if (!i && f->o->given->leaves[number] >= GIVEN_FIRST_HASH)
            field.live = TEXT("=");
        field.given = TEXT("=");
        field.differs = i != NULL;
        if (i) {
            struct leeway_drift row;
            drift_item_describe(i, &row, f->a);
            field.verdict = row.verdict;
            field.drift_id = row.id;
            field.live = row.live;
        }
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
        fieldset_walk(f->o->given->fields, f->live, add_field, f);
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

static void answer(struct looking *l, const struct val *object)
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
    strmap_clear(&f.seen);
    vec_clear(&f.out);
    val_pool_clear(&pool);
    arena_clear(&a);
    end(l);
}

static void read_done(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct looking *l = ctx;
    l->call = NULL;
    if (object)
        answer(l, object);
    else
        fail(l, reply->error->code, reply->error->text, reply->error->hint);
}

void object_view_command(struct engine *e, struct engine_command *cmd)
{
    struct looking *l = mem_new(struct looking);
    l->e = e;
    l->cmd = cmd;
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
