// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/explain.h"

#include "data/json.h"
#include "engine/answers/answers.h"
#include "engine/answers/audit.h"
#include "engine/answers/contract.h"
#include "engine/drift/drift_pick.h"
#include "engine/environments/env_source.h"
#include "engine/fleet/cluster.h"
#include "engine/plan/manifest.h"
#include "engine/plan/plan_int.h"
#include "engine/workers.h"
#include "kube/discovery.h"

#include <string.h>

struct explain_item {
    uint64_t id;
    /* of the difference; owned */
    char *cluster, *cluster_uid, *api_version, *kind, *ns, *name, *path, *contract;
    char *value; /* canonical JSON; "" not there; NULL not known */
    char *query;
    char *no; /* why there can be no override, whatever it was made of; or NULL */
    /* of the worker */
    struct render_inverse inverse;
    struct err err; /* why there is none */
    VEC(char *) made_of;
};

struct explaining {
    struct engine *engine; /* not touched by the worker */
    struct engine_command *cmd;
    char *path, *namespace_, *by; /* of the environment's origin */
    struct env_source *source;    /* NULL: a folder */
    struct manifest_set set;
    VEC(struct explain_item) items;
    struct val_pool pool;       /* of live values, which items and document hold */
    const struct val *document; /* with the overrides */
    struct err err;
};

/* ---- what is asked about ---- */

static char *contract_words(const struct drift_object *o, const char *path_text)
{
    struct val_pool p;
    struct path path;
    const struct contract_field *f = NULL;
    val_pool_init_limited(&p, 1 << 16);
    if (*path_text && !path_parse(&p, path_text, strlen(path_text), &path, NULL))
        f = contract_field_of(drift_object_contract(o), path);
    char *words = f ? mem_printf("%s%s%s%s%s", contract_owner_word(f->owner),
                                 *f->within_text ? ", while " : "", f->within_text,
                                 *f->reason ? ": " : "", f->reason)
                    : mem_strdup("platform: no field contract gives it away");
    val_pool_clear(&p);
    return words;
}

static void moment_words(char out[CLOCK_RFC3339_LEN], int64_t wall_ms, int64_t slack_ms)
{
    clock_format_rfc3339(wall_ms ? wall_ms + slack_ms : 0, out);
}

/* For jq over the API server's audit log: what wrote to the object in that window. A scale goes
 * through a subresource of the same name; clocks differ by seconds. */
static char *query_words(const struct target *t, const struct store_object *o,
                         const struct leeway_drift *row)
{
    char after[CLOCK_RFC3339_LEN], before[CLOCK_RFC3339_LEN];
    const struct kube_resource *res =
        t->cluster && t->cluster->discovery
            ? kube_discovery_api_kind(t->cluster->discovery, o->api_version, o->kind)
            : NULL;
    if (!res)
        return mem_strdup("");
    moment_words(after, row->after_ms, -5000);
    moment_words(before, row->before_ms, 5000);
    return mem_printf(
        "jq 'select(.stage==\"ResponseComplete\" and .objectRef.resource==\"%s\"%s%s%s "
        "and .objectRef.name==\"%s\" and (.verb|IN(\"create\",\"update\",\"patch\","
        "\"delete\")) and .requestReceivedTimestamp>=\"%s\" and "
        ".requestReceivedTimestamp<=\"%s\") | {user:.user.username,verb,"
        "agent:.userAgent,at:.requestReceivedTimestamp}'",
        res->plural, *o->name_space ? " and .objectRef.namespace==\"" : "", o->name_space,
        *o->name_space ? "\"" : "", o->name, after, before);
}

/* What has no value of its own, or none that may be written down, can be no parameter. */
static const char *never(const struct drift_item *i)
{
    const char *value = drift_item_value(i);
    if (drift_item_is_secret(i))
        return "it is a secret";
    if (!*drift_item_path(i))
        return "it is the object as a whole";
    if (drift_item_kind(i) == LEEWAY_DRIFT_NOT_SEEN || !value)
        return "its live value is not known";
    if (!*value)
        return "it is not there now, and no parameter says that";
    return NULL;
}

static void item_put(struct explaining *x, struct drift_item *i)
{
    struct leeway_drift row;
    struct arena a;
    arena_init(&a);
    drift_item_describe(i, &row, &a);
    struct drift_object *o = drift_item_object(i);
    const struct target *t = drift_object_target(o);
    const struct store_object so = drift_object_name(o);
    const char *value = drift_item_value(i), *no = never(i);
    const struct explain_item item = {.id = row.id,
                                      .cluster = mem_strdup(row.cluster.str),
                                      .cluster_uid = mem_strdup(t->cluster_uid),
                                      .api_version = mem_strdup(so.api_version),
                                      .kind = mem_strdup(so.kind),
                                      .ns = mem_strdup(so.name_space),
                                      .name = mem_strdup(so.name),
                                      .path = mem_strdup(drift_item_path(i)),
                                      .contract = contract_words(o, drift_item_path(i)),
                                      .query = query_words(t, &so, &row),
                                      .value = value && !no ? mem_strdup(value) : NULL,
                                      .no = no ? mem_strdup(no) : NULL};
    vec_push(&x->items, item);
    arena_clear(&a);
}

static void explaining_free(struct explaining *x)
{
    for (size_t i = 0; i < x->items.len; i++) {
        struct explain_item *it = &x->items.items[i];
        char *const owned[] = {it->cluster, it->cluster_uid, it->api_version, it->kind,
                               it->ns,      it->name,        it->path,        it->contract,
                               it->query,   it->value,       it->no};
        for (size_t k = 0; k < ARRAY_LEN(owned); k++)
            mem_free(owned[k]);
        for (size_t k = 0; k < it->made_of.len; k++)
            mem_free(it->made_of.items[k]);
        vec_clear(&it->made_of);
        err_clear(&it->err);
    }
    vec_clear(&x->items);
    env_source_free(x->source);
    manifest_set_clear(&x->set);
    val_pool_clear(&x->pool);
    err_clear(&x->err);
    mem_free(x->path);
    mem_free(x->namespace_);
    mem_free(x->by);
    mem_free(x);
}

/* ---- the worker's part ---- */

static void explain_folder(struct explaining *x, struct explain_item *it)
{
    err_set(&it->err, ERR_UNSUPPORTED, "%s has no parameters: change it there", x->path);
    for (size_t i = 0; i < x->set.objects.len; i++) {
        const struct manifest *m = &x->set.objects.items[i];
        const char *ns = m->namespace_ ? m->namespace_ : x->namespace_;
        if (strcmp(m->kind, it->kind) == 0 && strcmp(m->name, it->name) == 0 &&
            (!*it->ns || strcmp(ns, it->ns) == 0))
            vec_push(&it->made_of, mem_printf("manifest, %s:%u", m->file, m->line));
    }
}

static void add_causes(struct explaining *x, struct explain_item *it, size_t target,
                       const struct render_object *o, struct path path)
{
    struct render_cause causes[RENDER_CAUSES_MAX];
    size_t n = env_source_causes(x->source, target, o, path, causes);
    for (size_t i = 0; i < n; i++) {
        const struct render_cause *c = &causes[i];
        bool told = c->kind == RENDER_CAUSE_OVERRIDE; /* its own words begin with it */
        char *where = c->file ? mem_printf(", %s:%u", c->file, c->line) : mem_strdup("");
        vec_push(&it->made_of, mem_printf("%s%s%s%s", told ? "" : render_cause_name(c->kind),
                                          told ? "" : " ", c->name, where));
        mem_free(where);
    }
}

static void explain_rendered(struct explaining *x, struct explain_item *it)
{
    struct val_pool *p = &x->pool;
    const struct plan_row row = {
        .api_version = it->api_version, .kind = it->kind, .namespace_ = it->ns, .name = it->name};
    size_t target = env_source_target(x->source, it->cluster_uid);
    const struct render_object *o =
        target == SIZE_MAX ? NULL : env_source_object(x->source, target, &row);
    struct path path;
    if (!o) {
        err_set(&it->err, ERR_UNSUPPORTED, "it is not wanted any more");
        return;
    }
    if (path_parse(p, it->path, strlen(it->path), &path, &it->err))
        return;
    add_causes(x, it, target, o, path);
    const struct val *live =
        it->value ? json_read(p, it->value, strlen(it->value), NULL, &it->err) : NULL;
    if (live)
        (void)!env_source_inverse(x->source, target, o, path, live, &it->inverse, &it->err);
}

static void add_overrides(struct explaining *x)
{
    const struct leeway_command *c = &x->cmd->c;
    const struct env_override_why why = {c->reason, x->by, c->expires_ms};
    VEC(struct env_override) all = {0};
    for (size_t i = 0; !x->err.code && i < x->items.len; i++) {
        struct explain_item *it = &x->items.items[i];
        vec_push(&all, ((struct env_override){it->cluster, it->inverse}));
        if (it->no || it->err.code)
            err_set(&x->err, ERR_UNSUPPORTED, "%s on %s: no override: %s",
                    *it->path ? it->path : it->name, it->cluster, it->no ? it->no : it->err.text);
    }
    if (x->err.code)
        err_hint(&x->err, "accept it as an exception, or hand it over");
    else if (!(x->document = env_source_override(x->source, all.items, all.len, &why)))
        err_set(&x->err, ERR_LIMIT, "the environment is too large");
    vec_clear(&all);
}

static void look(void *ctx)
{
    struct explaining *x = ctx;
    if (x->source) {
        env_source_render(x->source, false);
        (void)!env_source_error(x->source, &x->err);
    } else if (manifest_read(&x->set, x->path)) {
        err_copy(&x->err, &x->set.problems.items[0]);
    }
    for (size_t i = 0; i < x->items.len; i++)
        if (!x->source)
            explain_folder(x, &x->items.items[i]);
        else if (!x->err.code)
            explain_rendered(x, &x->items.items[i]);
    if (!x->err.code && x->cmd->c.kind == LEEWAY_CMD_PLAN_OVERRIDE)
        add_overrides(x);
}

/* ---- answers ---- */

static void explain_row(const struct explaining *x, const struct explain_item *it,
                        struct leeway_explained *row, struct arena *a)
{
    struct text *made_of = arena_array(a, it->made_of.len + 1, sizeof(*made_of));
    struct buf value;
    *row = (struct leeway_explained){.drift_id = it->id,
                                     .contract = text_cstr(a, it->contract),
                                     .made_of = made_of,
                                     .made_of_why = text_cstr(a, x->err.text),
                                     .parameter = TEXT_NONE,
                                     .value = TEXT_NONE,
                                     .no_override = TEXT_NONE,
                                     .audit_query = text_cstr(a, it->query)};
    for (size_t i = 0; made_of && i < it->made_of.len; i++)
        made_of[row->n_made_of++] = text_cstr(a, it->made_of.items[i]);
    const char *no = it->no ? it->no : it->err.code ? it->err.text : x->err.text;
    if (no) {
        row->no_override = text_cstr(a, no);
        return;
    }
    buf_init(&value, BUF_SMALL);
    (void)!json_write(&value, it->inverse.value, JSON_CANONICAL);
    row->parameter = text_cstr(a, it->inverse.name);
    row->value = text_cstr(a, buf_str(&value));
    buf_clear(&value);
}

static void answer_explained(struct explaining *x)
{
    struct arena a;
    arena_init(&a);
    struct leeway_explained *rows = arena_array(&a, x->items.len + 1, sizeof(*rows));
    for (size_t i = 0; i < x->items.len; i++)
        explain_row(x, &x->items.items[i], &rows[i], &a);
    const struct leeway_explanation all = {rows, x->items.len};
    struct leeway_explanation *shared = leeway_explanation_new(&all);
    engine_answer_explanation(x->engine, x->cmd, shared);
    leeway_explanation_unref(shared);
    arena_clear(&a);
}

static void note(struct explaining *x)
{
    const struct leeway_command *c = &x->cmd->c;
    for (size_t i = 0; i < x->items.len; i++) {
        const struct explain_item *it = &x->items.items[i];
        char until[CLOCK_RFC3339_LEN] = "never";
        struct buf value;
        if (c->expires_ms)
            clock_format_rfc3339(c->expires_ms, until);
        buf_init(&value, BUF_SMALL);
        (void)!json_write(&value, it->inverse.value, JSON_CANONICAL);
        char *subject = mem_printf("%s %s/%s %s", it->cluster, it->kind, it->name, it->path);
        const struct audit_word words[] = {{"parameter", it->inverse.name},
                                           {"value", buf_str(&value)},
                                           {"reason", c->reason},
                                           {"expires", until},
                                           {"file", x->path}};
        audit_put(x->engine, "override", subject, words, ARRAY_LEN(words), STORE_NO_ACK);
        mem_free(subject);
        buf_clear(&value);
    }
}

static void plan_override(struct explaining *x)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    if (json_write(&b, x->document, JSON_COMPACT)) {
        err_set(&x->err, ERR_LIMIT, "the environment is too large");
        engine_answer_failed(x->engine, x->cmd, &x->err);
    } else {
        note(x);
        plan_document(x->engine, x->cmd, x->path, buf_str(&b));
    }
    buf_clear(&b);
}

static void looked(void *ctx, bool stale)
{
    struct explaining *x = ctx;
    bool plans = x->cmd->c.kind == LEEWAY_CMD_PLAN_OVERRIDE;
    if (stale)
        err_set(&x->err, ERR_CANCELLED, "leeway ends");
    if (stale || (plans && x->err.code))
        engine_answer_failed(x->engine, x->cmd, &x->err);
    else if (plans)
        plan_override(x);
    else
        answer_explained(x);
    explaining_free(x);
}

/* ---- the commands ---- */

static int check(struct explaining *x, const struct drift_picked *p, struct err *err)
{
    const struct leeway_command *c = &x->cmd->c;
    bool plans = c->kind == LEEWAY_CMD_PLAN_OVERRIDE;
    if (!p->items.len) {
        err_set(err, ERR_NOT_FOUND, "nothing stands against it");
        err_hint(err, "leeway drift lists what differs");
        return err->code;
    }
    if (plans && answers_check_reason(c, err))
        return err->code;
    if (plans && c->expires_ms && c->expires_ms <= engine_wall_ms(x->engine))
        return err_set(err, ERR_USAGE, "that end is over already");
    return 0;
}

static void start_looking(struct explaining *x, const struct drift_picked *p)
{
    struct engine *e = x->engine;
    const struct environment *env = p->environment;
    VEC(struct cluster *) clusters = {0};
    x->path = mem_strdup(env->origin ? env->origin : "");
    x->namespace_ = mem_strdup(env->namespace_ ? env->namespace_ : "");
    x->by = mem_strdup(e->person.login ? e->person.login : "");
    for (size_t i = 0; i < p->items.len; i++)
        item_put(x, p->items.items[i]);
    for (size_t i = 0; i < env->targets.len; i++)
        if (env->targets.items[i]->cluster)
            vec_push(&clusters, env->targets.items[i]->cluster);
    if (env_source_is(x->path)) {
        x->source = env_source_new(e, x->path, clusters.items, clusters.len);
        env_source_fix(x->source);
        env_source_look(x->source);
    }
    vec_clear(&clusters);
    workers_start(e->workers, NULL, look, looked, x);
}

void explain_command(struct engine *e, struct engine_command *cmd)
{
    struct explaining *x = mem_new(struct explaining);
    struct drift_picked p = {0};
    struct err err = ERR_INIT;
    x->engine = e;
    x->cmd = cmd;
    manifest_set_init(&x->set);
    val_pool_init_limited(&x->pool, BUF_LARGE);
    if (drift_pick(e, &cmd->c, &p, &err) || check(x, &p, &err)) {
        engine_answer_failed(e, cmd, &err);
        explaining_free(x);
    } else {
        start_looking(x, &p);
    }
    vec_clear(&p.items);
    err_clear(&err);
}
