// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/compare.h"

#include "engine/answers/compare_rows.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "engine/plan/plan_make.h"
#include "engine/workers.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <stdlib.h>
#include <string.h>

/* An environment as the worker needs it, and what it was given. */
struct given_content {
    const char *uuid, *name, *namespace_;
    int64_t number;  /* of the release; 0: the newest */
    bool on_a, on_b; /* of two clusters */
    struct plan *plan;
};

struct job_side {
    const char *words, *rest; /* as asked; of a cluster: its name */
    bool is_cluster;
    struct given_content content;
    const char *uid;                    /* of the cluster */
    const struct leeway_cluster *facts; /* of the job's snapshot */
};

struct job_cluster {
    const char *uid, *name;
    uint64_t id;
};

struct compare_job {
    struct engine *engine;
    struct engine_command *cmd;
    struct arena arena;
    struct leeway_snapshot *snapshot;
    struct job_side sides[2];
    VEC(struct given_content) both; /* of two clusters: each environment on either */
    VEC(struct job_cluster) clusters;
    struct strmap by_uid; /* to an index of clusters + 1 */
    /* made by the worker */
    struct compare_rows rows;
    int32_t compared;
    struct text note;
    struct err err;
};

static void job_free(struct compare_job *j)
{
    for (size_t i = 0; i < ARRAY_LEN(j->sides); i++)
        plan_free(j->sides[i].content.plan);
    vec_clear(&j->both);
    vec_clear(&j->clusters);
    strmap_clear(&j->by_uid);
    compare_rows_clear(&j->rows);
    if (j->snapshot)
        leeway_snapshot_unref(j->snapshot);
    err_clear(&j->err);
    arena_clear(&j->arena);
    mem_free(j);
}

/* ---- what was given, on the worker ---- */

struct finding {
    int64_t wanted;
    bool seen; /* the release that is wanted is there */
    VEC(struct store_release) older;
};

static int on_release(void *ctx, const struct store_release *r)
{
    struct finding *f = ctx;
    if (f->wanted && r->number > f->wanted)
        return 0;
    f->seen = f->seen || !f->wanted || r->number == f->wanted;
    vec_push(&f->older,
             (struct store_release){.environment = "", .number = r->number, .plan = r->plan});
    return 0;
}

/* What the environment had with the release: of the last plan, up to it, that was made of all of
 * the environment. A revert and the like give single fields back and change nothing of that. */
static int load_content(struct store_view *v, struct given_content *c, struct err *e)
{
    struct finding f = {.wanted = c->number};
    int rc = store_each_release(v, c->uuid, false, on_release, &f, e);
    if (!rc && !f.older.len && !c->number)
        rc = err_set(e, ERR_NOT_FOUND, "%s was never released", c->name);
    if (!rc && !f.seen)
        rc = err_set(e, ERR_NOT_FOUND, "there is no release r%lld of %s", (long long)c->number,
                     c->name);
    for (size_t i = 0; !rc && !c->plan && i < f.older.len; i++) {
        struct err why = ERR_INIT;
        struct plan *p = plan_load(v, &f.older.items[i].plan, &why);
        if (!p && why.code == ERR_NOT_FOUND) {
            rc = err_set(e, ERR_NOT_FOUND, "what r%lld of %s gave is not kept any more",
                         (long long)f.older.items[i].number, c->name);
            err_hint(e, "objects are kept of the last %d releases of a cluster and for %d days",
                     STORE_KEEP_RELEASES, STORE_KEEP_DAYS);
        } else if (!p) {
            err_prefix(&why, "r%lld of %s", (long long)f.older.items[i].number, c->name);
            err_copy(e, &why);
            rc = e->code;
        } else if (p->complete) {
            c->plan = p;
            c->number = c->number ? c->number : f.older.items[0].number;
        } else {
            plan_free(p);
        }
        err_clear(&why);
    }
    if (!rc && !c->plan)
        rc = err_set(e, ERR_NOT_FOUND, "%s has no release of all of it up to r%lld", c->name,
                     (long long)c->number);
    vec_clear(&f.older);
    return rc;
}

static const struct plan_target *target_of(const struct plan *p, const char *uid)
{
    for (size_t i = 0; p && i < p->targets.len; i++)
        if (strcmp(p->targets.items[i]->cluster_uid, uid) == 0)
            return p->targets.items[i];
    return NULL;
}

/* ---- comparing, on the worker ---- */

static void add_note(struct compare_job *j, const char *words)
{
    j->note = j->note.len ? text_fmt(&j->arena, "%s; %s", j->note.str, words)
                          : text_cstr(&j->arena, words);
}

static struct compare_side side_of(const struct given_content *c)
{
    return (struct compare_side){c->plan, c->name, c->namespace_, false};
}

static int compare_pair(struct compare_job *j, const struct given_content *a,
                        const struct plan_target *at, const struct given_content *b,
                        const struct plan_target *bt)
{
    struct compare_side x = side_of(a), y = side_of(b);
    bool same = strcmp(a->uuid, b->uuid) == 0;
    x.newer = same && a->number > b->number;
    y.newer = same && b->number > a->number;
    const struct plan_target *where = bt ? bt : at;
    size_t known = (size_t)(uintptr_t)strmap_get(&j->by_uid, where->cluster_uid);
    struct compare_place place = {where->cluster, 0};
    if (known) {
        const struct job_cluster *c = &j->clusters.items[known - 1];
        place = (struct compare_place){c->name, c->id};
    }
    j->compared++;
    return compare_targets(&j->rows, &x, at, &y, bt, place, &j->err);
}

/* Two releases of one environment: a cluster that only one of them has lost or got everything. */
static int compare_releases(struct compare_job *j, const struct given_content *a,
                            const struct given_content *b)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < b->plan->targets.len; i++) {
        const struct plan_target *t = b->plan->targets.items[i];
        rc = compare_pair(j, a, target_of(a->plan, t->cluster_uid), b, t);
    }
    for (size_t i = 0; !rc && i < a->plan->targets.len; i++) {
        const struct plan_target *t = a->plan->targets.items[i];
        if (!target_of(b->plan, t->cluster_uid))
            rc = compare_pair(j, a, t, b, NULL);
    }
    return rc;
}

/* Two environments: on the clusters that have both; where there is none, each of b's against the
 * first of a's. */
static int compare_environments(struct compare_job *j, const struct given_content *a,
                                const struct given_content *b)
{
    size_t both = 0;
    int rc = 0;
    for (size_t i = 0; !rc && i < b->plan->targets.len; i++) {
        const struct plan_target *t = b->plan->targets.items[i];
        const struct plan_target *same = target_of(a->plan, t->cluster_uid);
        both += same != NULL;
        rc = same ? compare_pair(j, a, same, b, t) : 0;
    }
    if (rc)
        return rc;
    size_t other = a->plan->targets.len + b->plan->targets.len - 2 * both;
    if (both && other)
        add_note(j, arena_printf(&j->arena, "%zu clusters have only one of the two", other));
    if (both || !a->plan->targets.len || !b->plan->targets.len)
        return 0;
    const struct plan_target *first = a->plan->targets.items[0];
    for (size_t i = 0; !rc && i < b->plan->targets.len; i++)
        rc = compare_pair(j, a, first, b, b->plan->targets.items[i]);
    add_note(j, arena_printf(&j->arena, "no cluster has both: each of %s is held against %s on %s",
                             b->name, a->name, first->cluster));
    return rc;
}

/* ---- clusters ---- */

static void put_fact(struct compare_job *j, struct text name, struct text a, struct text b)
{
    a = a.len ? a : TEXT("-");
    b = b.len ? b : TEXT("-");
    if (text_equal(a, b))
        return;
    const struct leeway_compare_row row = {.kind = LEEWAY_COMPARE_FIELD,
                                           .environment = TEXT_NONE,
                                           .api_version = TEXT_NONE,
                                           .object_kind = TEXT_NONE,
                                           .namespace_ = TEXT_NONE,
                                           .name = TEXT_NONE,
                                           .path = name,
                                           .a = a,
                                           .b = b,
                                           .cluster = j->sides[1].facts->name,
                                           .cluster_id = j->sides[1].facts->id};
    compare_put(&j->rows, &row);
}

static struct text number(struct arena *a, int64_t n)
{
    return n < 0 ? TEXT("?") : text_fmt(a, "%lld", (long long)n);
}

static struct text label(const struct leeway_cluster *c, struct text key)
{
    for (size_t i = 0; i < c->n_labels; i++)
        if (text_equal(c->labels[i].key, key))
            return c->labels[i].value;
    return TEXT_NONE;
}

/* Versions of a kind that the cluster serves. */
static void serves(const struct leeway_cluster *c, struct strmap *out, struct arena *a)
{
    for (size_t i = 0; i < c->n_apis; i++) {
        const struct leeway_api *api = &c->apis[i];
        char *key = arena_printf(a, "serves %s%s%s", api->kind.str, api->group.len ? "." : "",
                                 api->group.str);
        const char *had = strmap_get(out, key);
        strmap_set(out, key,
                   had ? arena_printf(a, "%s, %s", had, api->version.str)
                       : arena_strdup(a, api->version.str));
    }
}

static void compare_served(struct compare_job *j)
{
    const struct leeway_cluster *a = j->sides[0].facts, *b = j->sides[1].facts;
    struct strmap on_a = {0}, on_b = {0};
    const struct strmap_entry *x;
    serves(a, &on_a, &j->arena);
    serves(b, &on_b, &j->arena);
    for (size_t i = 0; a->n_apis && b->n_apis && (x = strmap_next(&on_a, &i));)
        put_fact(j, text_cstr(&j->arena, x->key), text_cstr(&j->arena, x->value),
                 text_cstr(&j->arena, strmap_get(&on_b, x->key)));
    for (size_t i = 0; a->n_apis && b->n_apis && (x = strmap_next(&on_b, &i));)
        if (!strmap_has(&on_a, x->key))
            put_fact(j, text_cstr(&j->arena, x->key), TEXT_NONE, text_cstr(&j->arena, x->value));
    strmap_clear(&on_a);
    strmap_clear(&on_b);
}

static void compare_facts(struct compare_job *j)
{
    const struct leeway_cluster *a = j->sides[0].facts, *b = j->sides[1].facts;
    struct arena *m = &j->arena;
    const struct {
        struct text name, a, b;
    } facts[] = {
        {TEXT("distribution"), a->distribution, b->distribution},
        {TEXT("kubernetes"), a->kubernetes, b->kubernetes},
        {TEXT("provider"), a->provider, b->provider},
        {TEXT("region"), a->region, b->region},
        {TEXT("identity"), a->identity, b->identity},
        {TEXT("nodes"), number(m, a->nodes), number(m, b->nodes)},
        {TEXT("cpu"), number(m, a->cpu_milli < 0 ? -1 : a->cpu_milli / 1000),
         number(m, b->cpu_milli < 0 ? -1 : b->cpu_milli / 1000)},
        {TEXT("memory in MiB"), number(m, a->memory_bytes < 0 ? -1 : a->memory_bytes >> 20),
         number(m, b->memory_bytes < 0 ? -1 : b->memory_bytes >> 20)},
        {TEXT("protected"), a->protected_ ? TEXT("yes") : TEXT("no"),
         b->protected_ ? TEXT("yes") : TEXT("no")},
        {TEXT("read only"), a->read_only ? TEXT("yes") : TEXT("no"),
         b->read_only ? TEXT("yes") : TEXT("no")},
    };
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        put_fact(j, facts[i].name, facts[i].a, facts[i].b);
    for (size_t i = 0; i < a->n_labels; i++)
        put_fact(j, text_fmt(m, "label %s", a->labels[i].key.str), a->labels[i].value,
                 label(b, a->labels[i].key));
    for (size_t i = 0; i < b->n_labels; i++)
        if (!label(a, b->labels[i].key).len)
            put_fact(j, text_fmt(m, "label %s", b->labels[i].key.str), TEXT_NONE,
                     b->labels[i].value);
    compare_served(j);
}

/* Of each environment on either: that it is there, or what it was given on one and the other. */
static int compare_clusters(struct compare_job *j, struct store_view *v)
{
    int rc = 0;
    compare_facts(j);
    j->compared = 2;
    for (size_t i = 0; !rc && i < j->both.len; i++) {
        struct given_content *c = &j->both.items[i];
        struct err why = ERR_INIT;
        if (c->on_a != c->on_b) {
            put_fact(j, text_fmt(&j->arena, "environment %s", c->name),
                     c->on_a ? TEXT("there") : TEXT_NONE, c->on_b ? TEXT("there") : TEXT_NONE);
        } else if (load_content(v, c, &why)) {
            add_note(j, why.text);
        } else {
            const struct plan_target *at = target_of(c->plan, j->sides[0].uid),
                                     *bt = target_of(c->plan, j->sides[1].uid);
            int32_t before = j->compared;
            rc = at || bt ? compare_pair(j, c, at, c, bt) : 0;
            j->compared = before;
        }
        plan_free(c->plan);
        c->plan = NULL;
        err_clear(&why);
    }
    return rc;
}

/* ---- the job ---- */

static void work(void *ctx)
{
    struct compare_job *j = ctx;
    struct job_side *a = &j->sides[0], *b = &j->sides[1];
    struct store_view *v = j->engine->store ? store_view_open(j->engine->store, &j->err) : NULL;
    int rc = j->err.code;
    if (!rc && a->is_cluster)
        rc = compare_clusters(j, v);
    else if (!rc && !(rc = load_content(v, &a->content, &j->err)) &&
             !(rc = load_content(v, &b->content, &j->err)))
        rc = strcmp(a->content.uuid, b->content.uuid) == 0
                 ? compare_releases(j, &a->content, &b->content)
                 : compare_environments(j, &a->content, &b->content);
    if (rc)
        err_set(&j->err, rc, "it could not be compared");
    compare_rows_sort(&j->rows);
    store_view_close(v);
}

static struct text short_name(struct compare_job *j, const struct job_side *s)
{
    bool same = !s->is_cluster && !strcmp(j->sides[0].content.uuid, j->sides[1].content.uuid);
    if (s->is_cluster)
        return text_cstr(&j->arena, s->rest);
    return same ? text_fmt(&j->arena, "r%lld", (long long)s->content.number)
                : text_cstr(&j->arena, s->content.name);
}

static struct text about(struct compare_job *j, const struct job_side *s)
{
    if (s->is_cluster)
        return text_fmt(&j->arena, "%s: %s %s", s->rest, s->facts->distribution.str,
                        s->facts->kubernetes.str);
    return text_fmt(&j->arena, "r%lld of %s: %s", (long long)s->content.number, s->content.name,
                    s->content.plan->title);
}

static void on_done(void *ctx, bool stale)
{
    struct compare_job *j = ctx;
    if (stale)
        err_set(&j->err, ERR_CANCELLED, "the program ends");
    if (j->err.code) {
        engine_answer_failed(j->engine, j->cmd, &j->err);
    } else {
        const struct leeway_compare c = {.a = short_name(j, &j->sides[0]),
                                         .b = short_name(j, &j->sides[1]),
                                         .about_a = about(j, &j->sides[0]),
                                         .about_b = about(j, &j->sides[1]),
                                         .rows = j->rows.rows.items,
                                         .n_rows = j->rows.rows.len,
                                         .more = j->rows.more,
                                         .clusters = j->compared,
                                         .note = j->note};
        struct leeway_compare *shared = leeway_compare_new(&c);
        engine_answer_compare(j->engine, j->cmd, shared);
        leeway_compare_unref(shared);
    }
    job_free(j);
}

/* ---- the sides, on the engine thread ---- */

static struct given_content content_of(struct compare_job *j, const struct environment *env)
{
    return (struct given_content){
        .uuid = arena_strdup(&j->arena, env->uuid),
        .name = arena_strdup(&j->arena, env->name),
        .namespace_ = arena_strdup(&j->arena, env->namespace_ ? env->namespace_ : "")};
}

static int find_cluster(struct compare_job *j, struct job_side *s, struct err *e)
{
    struct cluster *c = engine_cluster_by_name(j->engine, s->rest);
    if (!c)
        return err_set(e, ERR_NOT_FOUND, "there is no cluster %s", s->rest);
    s->facts = leeway_cluster_by_id(j->snapshot, c->id);
    if (!s->facts || !s->facts->uid.len)
        return err_set(e, ERR_UNREACHABLE, "%s was never seen: nothing is known of it", s->rest);
    s->uid = s->facts->uid.str;
    return 0;
}

/* ENV, ENV@r3; the number also without its r. */
static int find_environment(struct compare_job *j, struct job_side *s, struct err *e)
{
    const char *at = strrchr(s->words, '@');
    char *name = at ? arena_strndup(&j->arena, s->words, (size_t)(at - s->words))
                    : arena_strdup(&j->arena, s->words);
    const struct environment *env = environment_by_name(j->engine, name);
    if (!env)
        return err_set(e, ERR_NOT_FOUND, "there is no environment %s", name);
    s->content = content_of(j, env);
    if (!at)
        return 0;
    char *end = NULL;
    const char *digits = at[1] == 'r' ? at + 2 : at + 1;
    s->content.number = strtoll(digits, &end, 10);
    if (s->content.number <= 0 || *end || *digits < '0' || *digits > '9')
        return err_set(e, ERR_INVALID, "%s is no release: they are called %s@r3", s->words, name);
    return 0;
}

static int find_side(struct compare_job *j, struct job_side *s, const char *words, struct err *e)
{
    static const char cluster[] = "cluster/";
    s->words = arena_strdup(&j->arena, words);
    s->is_cluster = strncmp(words, cluster, sizeof(cluster) - 1) == 0;
    s->rest = s->words + (s->is_cluster ? sizeof(cluster) - 1 : 0);
    return s->is_cluster ? find_cluster(j, s, e) : find_environment(j, s, e);
}

static bool is_on(const struct environment *env, const char *uid)
{
    return target_find((struct environment *)env, uid) != NULL;
}

static void list_clusters(struct compare_job *j)
{
    struct engine *e = j->engine;
    for (size_t i = 0; i < e->clusters.len; i++) {
        const struct leeway_cluster *c =
            leeway_cluster_by_id(j->snapshot, e->clusters.items[i]->id);
        if (!c || !c->uid.len)
            continue;
        vec_push(&j->clusters, (struct job_cluster){c->uid.str, c->name.str, c->id});
        strmap_set(&j->by_uid, c->uid.str, (void *)(uintptr_t)j->clusters.len);
    }
    for (size_t i = 0; j->sides[0].is_cluster && e->view && i < e->environments.len; i++) {
        const struct environment *env = e->environments.items[i];
        struct given_content c = content_of(j, env);
        c.on_a = is_on(env, j->sides[0].uid);
        c.on_b = is_on(env, j->sides[1].uid);
        if (c.on_a || c.on_b)
            vec_push(&j->both, c);
    }
}

void compare_command(struct engine *e, struct engine_command *cmd)
{
    struct compare_job *j = mem_new(struct compare_job);
    struct err err = ERR_INIT;
    *j = (struct compare_job){.engine = e, .cmd = cmd, .note = TEXT_NONE};
    arena_init(&j->arena);
    compare_rows_init(&j->rows, plan_hmac, e);
    engine_publish(e);
    j->snapshot = leeway_snapshot_ref(e->snapshot);
    if (cmd->c.n_subjects != 2)
        err_set(&err, ERR_INVALID, "two are compared");
    for (size_t i = 0; !err.code && i < 2; i++)
        (void)!find_side(j, &j->sides[i], cmd->c.subjects[i], &err);
    if (!err.code && j->sides[0].is_cluster != j->sides[1].is_cluster)
        err_set(&err, ERR_INVALID, "a cluster is compared with a cluster");
    if (!err.code && !j->sides[0].is_cluster && !e->view)
        err_set(&err, ERR_UNSUPPORTED, "without a store no release is remembered");
    if (!err.code) {
        list_clusters(j);
        workers_start(e->workers, NULL, work, on_done, j);
        return;
    }
    engine_answer_failed(e, cmd, &err);
    job_free(j);
    err_clear(&err);
}
