// SPDX-License-Identifier: Apache-2.0
/*
 * Finding: one list of the parents of each cluster, in pages, and what is wrong with each of them.
 */
#include "engine/environments/rebuild.h"

#include "engine/apply/applyset.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "kube/discovery.h"
#include "kube/ownership.h"
#include "kube/watch.h"
#include "store/store.h"

#include <stdarg.h>
#include <string.h>

#define PARENTS_OF "leeway-"

void rebuild_say(struct rebuilding *r, const char *where, const char *hint, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(&r->pool.arena, fmt, ap);
    va_end(ap);
    engine_message(r->engine, LEEWAY_DEGRADED, where, hint, "%s", text);
}

/* One list under way: of the command, or for the notice. */
struct listing {
    struct rebuild_state *state;
    struct rebuilding *rebuilding; /* NULL: of the notice */
    struct cluster *cluster;
    struct kube_list *list;
    bool any;
};

struct rebuild_state {
    struct engine *engine;
    struct rebuilding *running; /* NULL: none; one at a time */
    VEC(struct listing *) listings;
    VEC(struct cluster *) asked; /* for the notice */
    struct strmap names;         /* of parents that were noticed */
    size_t noticed;              /* clusters with one */
    bool said;
};

static struct listing *list_parents(struct rebuild_state *s, struct rebuilding *r,
                                    struct cluster *c, const struct kube_list_options *how)
{
    struct listing *x = mem_new(struct listing);
    struct kube_list_options o = *how;
    struct buf path;
    *x = (struct listing){.state = s, .rebuilding = r, .cluster = c};
    buf_init(&path, BUF_SMALL);
    (void)!kube_path(&path, "", "v1", "secrets", NULL, NULL, NULL);
    o.what.path = buf_str(&path);
    o.what.label_selector = APPLYSET_ID;
    o.page = 50; /* of up to a megabyte each */
    o.ctx = x;
    vec_push(&s->listings, x);
    x->list = kube_list_start(c->kube, &o);
    buf_clear(&path);
    return x;
}

static void listing_free(struct listing *x)
{
    struct rebuild_state *s = x->state;
    for (size_t i = 0; i < s->listings.len; i++)
        if (s->listings.items[i] == x)
            s->listings.items[i] = s->listings.items[--s->listings.len];
    mem_free(x);
}

static size_t listings_of(const struct rebuild_state *s, const struct rebuilding *r,
                          const struct cluster *c)
{
    size_t n = 0;
    for (size_t i = 0; i < s->listings.len; i++)
        n += s->listings.items[i]->rebuilding == r && (!c || s->listings.items[i]->cluster == c);
    return n;
}

/* ---- a parent ---- */

static bool is_ours(const struct val *meta)
{
    const char *tool = val_str(val_at(meta, "annotations", APPLYSET_TOOLING, NULL), "");
    return strncmp(val_str(val_get(meta, "name"), ""), PARENTS_OF, strlen(PARENTS_OF)) == 0 &&
           strncmp(tool, "leeway/", 7) == 0;
}

/* Somebody else's hand in the record; NULL: nobody's. Borrowed from object or p. */
static const char *other_writer(struct val_pool *p, const struct val *object)
{
    static const char field[] = ".data." APPLYSET_RECORD;
    struct fieldset_table *table = fieldset_table_new();
    struct ownership o;
    struct path path;
    const char *who = NULL;
    bool ours = false;
    if (!ownership_read(p, table, object, &o, NULL) &&
        !path_parse(p, field, strlen(field), &path, NULL)) {
        struct ownership_owner owners[8];
        size_t n = ownership_owners_of(&o, path, owners, 8);
        for (size_t i = 0; i < n && i < 8; i++) {
            if (strcmp(owners[i].entry->manager, APPLYSET_MANAGER) == 0)
                ours = true;
            else
                who = owners[i].entry->manager;
        }
    }
    fieldset_table_free(table);
    return who ? who : ours ? NULL : "somebody who left no name";
}

static int check_place(const struct cluster *c, const struct val *meta, const struct record *r,
                       struct arena *a, struct err *e)
{
    const char *ns = val_str(val_get(meta, "namespace"), "");
    if (strcmp(r->cluster, c->uid) != 0) {
        err_set(e, ERR_CONFLICT, "the release record is of another cluster, which was called %s",
                r->cluster_name);
        err_hint(e, "it was copied or restored: release the environment here under its own name");
    } else if (strcmp(ns, r->namespace_) != 0 ||
               strcmp(val_str(val_get(meta, "name"), ""),
                      applyset_parent_name(a, r->environment)) != 0) {
        err_set(e, ERR_CONFLICT, "the release record is of %s/%s: it was copied", r->namespace_,
                r->environment);
    }
    return e->code;
}

static void take_note(struct rebuilding *r, struct cluster *c, const struct val *object)
{
    const struct val *meta = val_get(object, "metadata");
    struct rebuild_found f = {.cluster = c, .name = c->name};
    struct buf packed;
    struct err e = ERR_INIT;
    buf_init(&packed, APPLYSET_RECORD_MAX);
    const char *who = other_writer(&r->pool, object);
    if (!applyset_record(object, &packed))
        err_set(&e, ERR_INVALID, "it carries no release record");
    else if (who)
        err_set(&e, ERR_CONFLICT, "%s wrote into the release record", who);
    else
        (void)(record_read(&r->pool, packed.data, packed.len, record_hmac_of_store, r->engine,
                           &f.record, &f.proof, &e) ||
               check_place(c, meta, &f.record, &r->pool.arena, &e));
    if (e.code) {
        r->unread++;
        rebuild_say(r, c->name, e.hint, "Secret %s/%s: %s: not taken",
                    val_str(val_get(meta, "namespace"), ""), val_str(val_get(meta, "name"), ""),
                    e.text);
    } else {
        vec_push(&r->found, f);
    }
    buf_clear(&packed);
    err_clear(&e);
}

/* ---- the command ---- */

void rebuild_free(struct rebuilding *r)
{
    err_clear(&r->err);
    vec_clear(&r->found);
    val_pool_clear(&r->pool);
    mem_free(r);
}

static void end(struct rebuilding *r)
{
    struct engine *e = r->engine;
    struct rebuild_state *s = engine_part_state(e, &rebuild_part);
    bool partly = r->unreachable || r->unread;
    if (r->err.code)
        engine_answer_failed(e, r->cmd, &r->err);
    else if (r->targets)
        engine_answer_done(e, r->cmd, 0,
                           "%zu environment%s on %zu target%s taken from the clusters%s",
                           r->environments, r->environments == 1 ? "" : "s", r->targets,
                           r->targets == 1 ? "" : "s", partly ? "; not all of it" : "");
    else
        engine_answer_done(e, r->cmd, 0, "nothing was taken: %s",
                           r->known ? "the store knows all that could be taken"
                           : partly ? "what could be asked carries nothing that can be taken"
                                    : "no cluster carries an environment");
    if (s)
        s->running = NULL;
    rebuild_free(r);
}

static void all_listed(struct rebuild_state *s, struct rebuilding *r)
{
    if (r->beginning || listings_of(s, r, NULL))
        return;
    rebuild_judge(r);
    rebuild_take(r, end);
}

static int on_parent(void *ctx, const struct val *object, const struct val *columns)
{
    struct listing *x = ctx;
    (void)columns;
    if (is_ours(val_get(object, "metadata")))
        take_note(x->rebuilding, x->cluster, object);
    return 0;
}

/* Those of this cluster are delivered once more. */
static void on_restart(void *ctx)
{
    const struct listing *x = ctx;
    struct rebuilding *r = x->rebuilding;
    size_t n = 0;
    for (size_t i = 0; i < r->found.len; i++)
        if (r->found.items[i].cluster != x->cluster)
            r->found.items[n++] = r->found.items[i];
    r->found.len = n;
}

static void on_listed(void *ctx, const char *resource_version, const struct kube_error *error)
{
    struct listing *x = ctx;
    struct rebuild_state *s = x->state;
    struct rebuilding *r = x->rebuilding;
    (void)resource_version;
    if (error->code) {
        r->unreachable++;
        rebuild_say(r, x->cluster->name, error->hint, "its environments cannot be read: %s",
                    error->text);
    }
    listing_free(x);
    all_listed(s, r);
}

static bool may_begin(struct engine *e, struct engine_command *cmd, const struct rebuild_state *s)
{
    struct err err = ERR_INIT;
    if (!e->store || e->spectator) {
        err_set(&err, ERR_UNSUPPORTED, "there is no store to write");
    } else if (cmd->asker || s->running) {
        err_set(&err, ERR_BUSY, "another leeway has the store open");
        err_hint(&err, "end it, then build the store again");
    } else if (cmd->c.cluster && !engine_cluster_by_name(e, cmd->c.cluster)) {
        err_set(&err, ERR_NOT_FOUND, "there is no cluster %s", cmd->c.cluster);
    }
    if (!err.code)
        return true;
    engine_answer_failed(e, cmd, &err);
    return false;
}

void rebuild_command(struct engine *e, struct engine_command *cmd)
{
    struct rebuild_state *s = engine_part_state(e, &rebuild_part);
    if (!may_begin(e, cmd, s))
        return;
    struct rebuilding *r = s->running = mem_new(struct rebuilding);
    r->engine = e;
    r->cmd = cmd;
    r->beginning = true;
    val_pool_init(&r->pool);
    for (size_t i = 0; i < e->clusters.len; i++) {
        struct cluster *c = e->clusters.items[i];
        struct err why = ERR_INIT;
        if (cluster_check_up(c, &why)) {
            r->unreachable++;
            rebuild_say(r, c->name, why.hint, "it could not be asked: %s", why.text);
            err_clear(&why);
            continue;
        }
        list_parents(s, r, c,
                     &(struct kube_list_options){
                         .on_object = on_parent, .on_restart = on_restart, .on_done = on_listed});
    }
    r->beginning = false;
    all_listed(s, r);
}

/* ---- the part: what an empty store does not know ---- */

static int on_notice(void *ctx, const struct val *object, const struct val *columns)
{
    struct listing *x = ctx;
    const struct val *meta = val_get(object, "metadata");
    (void)columns;
    if (is_ours(meta)) {
        strmap_set(&x->state->names, val_str(val_get(meta, "name"), ""), x->state);
        x->any = true;
    }
    return 0;
}

void rebuild_describe(struct engine *e, struct leeway_fleet_info *info)
{
    const struct rebuild_state *s = engine_part_state(e, &rebuild_part);
    if (!s || e->environments.len)
        return;
    info->unknown_environments = (int32_t)s->names.count;
    info->unknown_on = (int32_t)s->noticed;
}

static bool is_on_its_way(const struct cluster *c)
{
    return c->reach == LEEWAY_REACH_WAITING || c->reach == LEEWAY_REACH_CONNECTING;
}

/* Once, when all that can be asked have answered. */
static void tell(struct rebuild_state *s)
{
    size_t n = s->names.count;
    if (!n || s->said || s->engine->environments.len || listings_of(s, NULL, NULL))
        return;
    for (size_t i = 0; i < s->engine->clusters.len; i++)
        if (is_on_its_way(s->engine->clusters.items[i]))
            return; /* it is asked when it is up, or it goes down */
    s->said = true;
    engine_message(s->engine, LEEWAY_PENDING, "",
                   "if this store was lost, `leeway store rebuild` takes them over",
                   "%zu environment%s found on %zu cluster%s that this store does not know", n,
                   n == 1 ? "" : "s", s->noticed, s->noticed == 1 ? "" : "s");
}

static void on_noticed(void *ctx, const char *resource_version, const struct kube_error *error)
{
    struct listing *x = ctx;
    struct rebuild_state *s = x->state;
    struct cluster *c = x->cluster;
    (void)resource_version;
    (void)error; /* where they may not be listed nothing can be said */
    s->noticed += x->any;
    listing_free(x);
    engine_dirty_fleet(s->engine);
    cluster_targets_changed(c); /* it may be settled now */
    tell(s);
}

static void ask(struct rebuild_state *s, struct cluster *c)
{
    for (size_t i = 0; i < s->asked.len; i++)
        if (s->asked.items[i] == c)
            return;
    vec_push(&s->asked, c);
    list_parents(s, NULL, c,
                 &(struct kube_list_options){.what.form = KUBE_FORM_METADATA,
                                             .priority = KUBE_PRIORITY_LOW,
                                             .on_object = on_notice,
                                             .on_done = on_noticed});
}

static void let_go(struct rebuild_state *s, struct cluster *c)
{
    struct rebuilding *r = s->running;
    for (size_t i = s->listings.len; i-- > 0;) {
        struct listing *x = s->listings.items[i];
        if (x->cluster != c)
            continue;
        kube_list_cancel(x->list);
        listing_free(x);
    }
    for (size_t i = s->asked.len; i-- > 0;)
        if (s->asked.items[i] == c)
            s->asked.items[i] = s->asked.items[--s->asked.len];
    for (size_t i = 0; r && i < r->found.len; i++)
        if (r->found.items[i].cluster == c)
            r->found.items[i].left = true;
    if (r && !r->taking)
        all_listed(s, r);
}

static void on_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    struct rebuild_state *s = state;
    const struct engine *e = s->engine;
    if (what == CLUSTER_GONE || what == CLUSTER_REPLACED)
        let_go(s, c);
    else if (what == CLUSTER_UP && e->store && !e->spectator && !e->environments.len &&
             !e->options.brief)
        ask(s, c);
    else if (what == CLUSTER_DOWN)
        tell(s);
}

static bool settled(void *state, const struct cluster *c)
{
    return !listings_of(state, NULL, c);
}

static int start(struct engine *e, void **state, struct err *err)
{
    (void)err;
    struct rebuild_state *s = mem_new(struct rebuild_state);
    s->engine = e;
    *state = s;
    return 0;
}

static void stop(void *state, bool hand_over)
{
    struct rebuild_state *s = state;
    (void)hand_over;
    while (s->listings.len) {
        kube_list_cancel(s->listings.items[s->listings.len - 1]->list);
        listing_free(s->listings.items[s->listings.len - 1]);
    }
    if (s->running)
        s->running->gone = true;
    if (s->running && !s->running->taking)
        rebuild_free(s->running);
    strmap_clear(&s->names);
    vec_clear(&s->asked);
    vec_clear(&s->listings);
    mem_free(s);
}

const struct engine_part rebuild_part = {
    .name = "rebuild", .start = start, .cluster = on_cluster, .settled = settled, .stop = stop};
