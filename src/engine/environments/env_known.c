// SPDX-License-Identifier: Apache-2.0
/*
 * What an environment's document does not say by itself. References to secrets: variables, files
 * and commands are asked on this machine, by a worker; Secrets on the cluster that needs them. And
 * values that a cluster makes: of objects that are there already they are known before a plan, of
 * others once they were applied.
 */
#include "engine/environments/env_source_int.h"

#include "base/mem.h"
#include "base/run.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "engine/plan/plan_int.h"
#include "kube/discovery.h"
#include "kube/kstatus.h"
#include "kube/write.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECRET_MAX = 1 << 20, COMMAND_MS = 30000 };

/* ---- what is refused ---- */

static void say(struct env_source *s, size_t i, const struct val *at, int code, const char *fmt,
                ...) __attribute__((format(printf, 5, 6)));
static void say(struct env_source *s, size_t i, const struct val *at, int code, const char *fmt,
                ...)
{
    struct err e = ERR_INIT;
    va_list ap;
    va_start(ap, fmt);
    err_vset(&e, code, fmt, ap);
    va_end(ap);
    if (i < s->n)
        err_prefix(&e, "%s", s->places[i].cluster.name);
    at = at ? at : s->doc->value;
    err_at(&e, s->path, at->line, at->col);
    vec_push(&s->problems, e);
}

static bool in_secret(const struct render_object *o, const struct render_leaf *l)
{
    return strcmp(o->kind, "Secret") == 0 && strcmp(o->api_version, "v1") == 0 &&
           l->path.len == 2 && l->path.elems[0].kind == PATH_FIELD &&
           strcmp(l->path.elems[0].as.field->s, "data") == 0;
}

bool env_known_carried(struct env_source *s, size_t target)
{
    const struct render_result *r = &s->targets[target].result;
    for (size_t k = 0; k < r->n_objects; k++)
        for (size_t n = 0; n < r->objects[k].n_leaves; n++) {
            const struct render_object *o = &r->objects[k];
            struct buf path;
            if (!o->leaves[n].secret || in_secret(o, &o->leaves[n]))
                continue;
            buf_init(&path, BUF_SMALL);
            path_format(&path, o->leaves[n].path, PATH_STYLE_SERVER);
            say(s, target, NULL, ERR_UNSUPPORTED, "%s/%s%s is made of a secret", o->kind, o->name,
                buf_str(&path));
            err_hint(&s->problems.items[s->problems.len - 1],
                     "put it into a Secret of the module, where nobody reads it by accident, and "
                     "refer to that");
            buf_clear(&path);
            return false;
        }
    return true;
}

/* ---- secrets that this machine knows ---- */

static const struct val *param_of(const struct env_source *s, const char *name)
{
    return val_get(val_get(s->doc->spec, "params"), name);
}

static bool is_text(const char *p, size_t n)
{
    uint32_t cp;
    for (int len; n; p += len, n -= (size_t)len)
        if (!*p || (len = text_decode(p, n, &cp)) <= 0 || cp == 0xFFFD)
            return false;
    return true;
}

/* The value, without the line break that editors and programs end a text with. Taken into every
 * target that is wanted. */
static void know(struct env_source *s, size_t target, const char *param, const char *p, size_t n,
                 bool strip)
{
    const struct val *at = param_of(s, param);
    if (strip && n && p[n - 1] == '\n')
        n -= n > 1 && p[n - 2] == '\r' ? 2 : 1;
    if (!is_text(p, n)) {
        say(s, target, at, ERR_INVALID, "params.%s is no text", param);
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (!s->targets[i].rendered || (target < s->n && target != i))
            continue;
        char *value = mem_alloc(n + 1);
        memcpy(value, p, n);
        value[n] = '\0';
        vec_push(&s->targets[i].secrets, (struct render_secret){param, value, n});
    }
}

static void read_file(struct env_source *s, const char *param, const char *path)
{
    struct buf b;
    char chunk[4096];
    char *full = *path == '/' || !s->root ? mem_strdup(path) : catalog_join(s->root, path);
    int fd = open(full, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;
    buf_init(&b, SECRET_MAX);
    while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
        if (buf_add(&b, chunk, (size_t)n)) {
            n = -1;
            break;
        }
    if (fd < 0 || n < 0)
        say(s, SIZE_MAX, param_of(s, param), ERR_NOT_FOUND, "params.%s: %s cannot be read", param,
            full);
    else
        know(s, SIZE_MAX, param, buf_str(&b), b.len, true);
    if (fd >= 0)
        close(fd);
    mem_wipe(chunk, sizeof(chunk));
    buf_wipe(&b);
    mem_free(full);
}

static void run_command(struct env_source *s, const char *param, const struct val *list)
{
    struct buf out;
    struct err e = ERR_INIT;
    int status = 0;
    const char **argv = mem_calloc(val_count(list) + 1, sizeof(*argv));
    for (size_t i = 0; i < val_count(list); i++)
        argv[i] = val_str(val_item(list, i), "");
    buf_init(&out, SECRET_MAX);
    struct buf dropped;
    buf_init(&dropped, BUF_SMALL);
    const struct run_options o = {
        .argv = argv, .timeout_ms = COMMAND_MS, .out = &out, .errors = &dropped};
    if (!argv[0] || run_wait(&o, &status, &e))
        say(s, SIZE_MAX, param_of(s, param), e.code ? e.code : ERR_INVALID, "params.%s: %s: %s",
            param, argv[0] ? argv[0] : "command", e.text ? e.text : "is missing");
    else if (!WIFEXITED(status) || WEXITSTATUS(status))
        say(s, SIZE_MAX, param_of(s, param), ERR_INVALID, "params.%s: %s failed (exit %d)", param,
            argv[0], WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    else
        know(s, SIZE_MAX, param, buf_str(&out), out.len, true);
    buf_wipe(&out);
    buf_wipe(&dropped);
    err_clear(&e);
    mem_free(argv);
}

static const char *secret_param(const struct env_source *s, size_t i, const struct val **ref)
{
    const struct catalog_blueprint *b = s->composition->blueprint;
    const char *name = b->parameters->props[i].name->s;
    *ref = b->secret[i] ? param_of(s, name) : NULL;
    return *ref ? name : NULL;
}

void env_known_here(struct env_source *s)
{
    for (size_t i = 0; i < s->composition->blueprint->parameters->n_props; i++) {
        const struct val *ref, *v;
        const char *name = secret_param(s, i, &ref);
        if (!name)
            continue;
        if ((v = val_get(ref, "env"))) {
            const char *value = getenv(val_str(v, ""));
            if (value)
                know(s, SIZE_MAX, name, value, strlen(value), false);
            else
                say(s, SIZE_MAX, v, ERR_NOT_FOUND, "params.%s: the variable %s is not set", name,
                    val_str(v, ""));
        } else if ((v = val_get(ref, "file"))) {
            read_file(s, name, val_str(v, ""));
        } else if ((v = val_get(ref, "command"))) {
            run_command(s, name, v);
        }
    }
}

void env_known_clear(struct env_source *s)
{
    for (size_t i = 0; i < s->n; i++) {
        for (size_t k = 0; k < s->targets[i].secrets.len; k++) {
            struct render_secret *x = &s->targets[i].secrets.items[k];
            mem_wipe((char *)x->value, x->len);
            mem_free((char *)x->value);
        }
        vec_clear(&s->targets[i].secrets);
        vec_clear(&s->targets[i].live);
    }
}

/* ---- asking the clusters ---- */

struct env_ask;

struct env_question {
    struct env_ask *ask;
    struct cluster *cluster;
    size_t target;
    const char *param;             /* a secret's; or */
    const struct render_object *o; /* an object that may be there */
    struct kube_call *call;
    bool answered;
};

struct env_ask {
    struct engine *engine;
    struct env_source *source;
    VEC(struct env_question *) questions;
    size_t open;
    void (*done)(void *ctx, bool stale);
    void *ctx;
};

struct env_asking { /* the part's state */
    VEC(struct env_ask *) running;
};

static bool waits_for_live(const struct render_object *o)
{
    for (size_t i = 0; i < o->n_leaves; i++)
        if (o->leaves[i].deferred && !o->leaves[i].secret)
            return true;
    return false;
}

static bool target_waits(const struct env_target *t)
{
    for (size_t i = 0; t->rendered && i < t->result.n_objects; i++)
        if (waits_for_live(&t->result.objects[i]))
            return true;
    return false;
}

static const struct val *reference(const struct env_source *s, size_t i, const char **name)
{
    const struct val *ref;
    *name = secret_param(s, i, &ref);
    return *name ? val_get(ref, "secretRef") : NULL;
}

bool env_source_asks(const struct env_source *s, bool live)
{
    const char *name;
    if (!s->composition || s->destroy || s->problems.len || s->err.code)
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (s->targets[i].rendered &&
            (s->targets[i].secrets.len || (live && target_waits(&s->targets[i]))))
            return true;
    for (size_t i = 0; !s->look && i < s->composition->blueprint->parameters->n_props; i++)
        if (reference(s, i, &name))
            return true;
    return false;
}

static void ask_end(struct env_ask *a, bool stale)
{
    struct env_asking *st = engine_part_state(a->engine, &env_source_part);
    void (*done)(void *, bool) = a->done;
    void *ctx = a->ctx;
    for (size_t i = 0; st && i < st->running.len; i++)
        if (st->running.items[i] == a)
            st->running.items[i] = st->running.items[--st->running.len];
    for (size_t i = 0; i < a->questions.len; i++) {
        if (!a->questions.items[i]->answered)
            kube_cancel(a->questions.items[i]->call);
        mem_free(a->questions.items[i]);
    }
    vec_clear(&a->questions);
    mem_free(a);
    done(ctx, stale);
}

static void answered(struct env_question *q)
{
    q->answered = true;
    q->call = NULL;
    if (--q->ask->open == 0)
        ask_end(q->ask, false);
}

static void on_secret(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct env_question *q = ctx;
    struct env_source *s = q->ask->source;
    const struct val *at = param_of(s, q->param), *ref = val_get(at, "secretRef");
    const char *ns = val_str(val_get(ref, "namespace"), s->namespace_);
    const char *name = val_str(val_get(ref, "name"), ""), *key = val_str(val_get(ref, "key"), "");
    const struct val *v = val_get(val_get(object, "data"), key);
    struct buf b;
    buf_init(&b, SECRET_MAX);
    if (reply->error->code)
        say(s, q->target, at, reply->error->code, "params.%s: Secret %s/%s: %s", q->param, ns, name,
            reply->error->text);
    else if (!val_is(v, VAL_STRING) || base64_decode(&b, v->as.s, v->len))
        say(s, q->target, at, ERR_NOT_FOUND, "params.%s: Secret %s/%s has no key %s", q->param, ns,
            name, key);
    else
        know(s, q->target, q->param, buf_str(&b), b.len, false);
    buf_wipe(&b);
    answered(q);
}

/* Only of what is ready something is known. */
static void on_object(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct env_question *q = ctx;
    struct env_source *s = q->ask->source;
    struct render_live live;
    struct kstatus_result status = {.status = KSTATUS_UNKNOWN};
    struct arena a;
    arena_init(&a);
    if (!reply->error->code && object) {
        kstatus_compute(&a, object, engine_wall_ms(q->ask->engine), &status, NULL);
        if (status.status == KSTATUS_CURRENT &&
            env_source_live(s, q->target, q->o, val_copy(&s->pool, object), &live))
            vec_push(&s->targets[q->target].live, live);
    }
    arena_clear(&a);
    answered(q);
}

static struct env_question *question(struct env_ask *a, size_t target)
{
    struct env_question *q = mem_new(struct env_question);
    *q = (struct env_question){
        .ask = a, .target = target, .cluster = a->source->targets[target].cluster};
    vec_push(&a->questions, q);
    a->open++;
    return q;
}

static void ask_secrets(struct env_ask *a, size_t target)
{
    struct env_source *s = a->source;
    const struct kube_write_common common = {.priority = KUBE_PRIORITY_HIGH};
    for (size_t i = 0; !s->look && i < s->composition->blueprint->parameters->n_props; i++) {
        const char *name;
        const struct val *ref = reference(s, i, &name);
        if (!ref)
            continue;
        struct env_question *q = question(a, target);
        q->param = name;
        const struct kube_target t = {"",
                                      "v1",
                                      "secrets",
                                      val_str(val_get(ref, "namespace"), s->namespace_),
                                      val_str(val_get(ref, "name"), ""),
                                      NULL};
        q->call = kube_read(q->cluster->kube, &t, &common, on_secret, q);
    }
}

static void ask_objects(struct env_ask *a, size_t target)
{
    struct env_source *s = a->source;
    const struct env_target *et = &s->targets[target];
    const struct kube_write_common common = {.priority = KUBE_PRIORITY_HIGH};
    for (size_t i = 0; i < et->result.n_objects; i++) {
        const struct render_object *o = &et->result.objects[i];
        const struct kube_resource *res =
            o->resource == UINT32_MAX || waits_for_live(o) || !et->discovery
                ? NULL
                : kube_discovery_api_kind(et->discovery, o->api_version, o->kind);
        if (!res)
            continue;
        struct env_question *q = question(a, target);
        q->o = o;
        const char *ns = o->namespace_ ? o->namespace_ : s->namespace_;
        const struct kube_target t = {
            res->group, res->version, res->plural, res->namespaced ? ns : "", o->name, NULL};
        q->call = kube_read(q->cluster->kube, &t, &common, on_object, q);
    }
}

static void on_nothing_asked(void *ctx)
{
    ask_end(ctx, false);
}

void env_source_ask(struct env_source *s, struct engine *e, bool live,
                    void (*done)(void *ctx, bool stale), void *ctx)
{
    struct env_asking *st = engine_part_state(e, &env_source_part);
    struct env_ask *a = mem_new(struct env_ask);
    *a = (struct env_ask){.engine = e, .source = s, .done = done, .ctx = ctx, .open = 1};
    vec_push(&st->running, a);
    for (size_t i = 0; i < s->n; i++) {
        struct cluster *c = s->targets[i].cluster;
        if (!s->targets[i].rendered || !c || !c->kube || !cluster_is_up(c))
            continue;
        ask_secrets(a, i);
        if (live && target_waits(&s->targets[i]))
            ask_objects(a, i);
    }
    if (--a->open == 0)
        loop_after(e->loop, 0, on_nothing_asked, a);
}

static int start(struct engine *e, void **state, struct err *err)
{
    (void)e;
    (void)err;
    *state = mem_new(struct env_asking);
    return 0;
}

static void on_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    struct env_asking *st = state;
    if (what != CLUSTER_GONE && what != CLUSTER_REPLACED)
        return;
    for (size_t i = st->running.len; i-- > 0;) {
        struct env_ask *a = st->running.items[i];
        a->open++; /* the last one ends it */
        for (size_t k = 0; k < a->questions.len; k++) {
            struct env_question *q = a->questions.items[k];
            if (q->cluster != c || q->answered)
                continue;
            kube_cancel(q->call);
            q->answered = true;
            q->call = NULL;
            a->open--;
        }
        if (--a->open == 0)
            ask_end(a, false);
    }
}

static void stop(void *state, bool hand_over)
{
    (void)hand_over;
    struct env_asking *st = state;
    while (st->running.len)
        ask_end(st->running.items[st->running.len - 1], true);
    vec_clear(&st->running);
    mem_free(st);
}

const struct engine_part env_source_part = {
    .name = "environments' documents", .start = start, .cluster = on_cluster, .stop = stop};

/* ---- rendering again ---- */

/* Without what the cluster made when that does not do: it is then waited for. */
void env_source_render_again(struct env_source *s)
{
    for (size_t i = 0; i < s->n && !s->problems.len; i++) {
        struct env_target *t = &s->targets[i];
        struct render_input *in = &s->inputs[i];
        if (!t->rendered || (!t->secrets.len && !t->live.len))
            continue;
        in->secrets = t->secrets.items;
        in->n_secrets = t->secrets.len;
        in->live = t->live.items;
        in->n_live = t->live.len;
        struct catalog_problems problems = {0};
        if (render(in, &s->pool, &t->result, &problems) && in->n_live) {
            catalog_problems_clear(&problems);
            in->n_live = 0;
            (void)!render(in, &s->pool, &t->result, &problems);
        }
        catalog_problems_move(&s->problems, &problems);
        catalog_problems_clear(&problems);
        env_known_carried(s, i);
    }
}

/* ---- while a release runs ---- */

size_t env_source_target(const struct env_source *s, const char *cluster_uid)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->targets[i].rendered && s->targets[i].uid &&
            strcmp(s->targets[i].uid, cluster_uid) == 0)
            return i;
    return SIZE_MAX;
}

struct digest env_source_digest(const struct env_source *s, size_t target)
{
    return s->targets[target].first;
}

static const struct render_object *find(const struct env_source *s, const struct render_result *r,
                                        const struct plan_row *row)
{
    for (size_t i = 0; i < r->n_objects; i++) {
        const struct render_object *o = &r->objects[i];
        const char *ns = o->namespace_ ? o->namespace_ : s->namespace_;
        if (strcmp(o->name, row->name) == 0 && strcmp(o->kind, row->kind) == 0 &&
            strcmp(o->api_version, row->api_version) == 0 &&
            (!*row->namespace_ || strcmp(ns, row->namespace_) == 0))
            return o;
    }
    return NULL;
}

const struct render_object *env_source_object(const struct env_source *s, size_t target,
                                              const struct plan_row *row)
{
    return find(s, &s->targets[target].result, row);
}

const struct render_result *env_source_result(const struct env_source *s, size_t target)
{
    return &s->targets[target].result;
}

const char *env_source_instance(const struct env_source *s, const struct render_object *o)
{
    return s->composition->instances[o->instance].name;
}

bool env_source_live(const struct env_source *s, size_t target, const struct render_object *o,
                     const struct val *object, struct render_live *out)
{
    (void)target;
    const struct composition_instance *in = &s->composition->instances[o->instance];
    if (o->resource == UINT32_MAX || !object)
        return false;
    *out = (struct render_live){in->name, in->module->resources[o->resource].id, o->item, object};
    return true;
}

int env_source_ready(const struct env_source *s, size_t target, const struct render_object *o,
                     const struct val *self, const struct render_live *live, size_t n_live,
                     struct val_pool *pool, enum render_ready *out, struct err *e)
{
    return render_ready(&s->targets[target].result, o, self, live, n_live, pool, out, e);
}

struct env_late *env_late_new(const struct env_source *s, size_t target)
{
    struct env_late *l = mem_new(struct env_late);
    l->source = s;
    l->target = target;
    val_pool_init_limited(&l->pool, 64u << 20);
    return l;
}

void env_late_render(struct env_late *l)
{
    struct render_input *in = arena_new(&l->pool.arena, struct render_input);
    struct catalog_problems problems = {0};
    *in = l->source->inputs[l->target];
    in->live = l->live;
    in->n_live = l->n_live;
    if (render(in, &l->pool, &l->result, &problems))
        err_copy(&l->err, &problems.items[0]);
    catalog_problems_clear(&problems);
}

const struct render_object *env_late_object(const struct env_late *l, const struct plan_row *row)
{
    return find(l->source, &l->result, row);
}

void env_late_free(struct env_late *l)
{
    if (!l)
        return;
    err_clear(&l->err);
    val_pool_clear(&l->pool);
    mem_free(l);
}
