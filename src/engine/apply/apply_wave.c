// SPDX-License-Identifier: Apache-2.0
/*
 * From one wave to the next: everything before it is read until it is ready, by its module's word
 * or by kstatus; what the objects of the wave could not say before is then rendered from what was
 * read, asked the guardrails about, and written down before anything of it is sent. A value is
 * known once in a release: after an interruption it is taken from the store.
 */
#include "engine/apply/apply_int.h"

#include "data/diff.h"
#include "data/json.h"
#include "engine/environments/env_source.h"
#include "engine/environments/origin.h"
#include "engine/fault.h"
#include "engine/fleet/cluster.h"
#include "engine/plan/plan_make.h"
#include "engine/workers.h"
#include "kube/kstatus.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <string.h>

enum { WAIT_FIRST_MS = 200, WAIT_LAST_MS = 2000, WAIT_FOR_MS = 600000 };

struct wave_object {
    struct apply_wave *wave;
    struct release_item *it;
    const struct render_object *rendered; /* NULL: of no document */
    const struct val *live;               /* in the wave's pool */
    int64_t wait_ms;
    struct loop_timer *timer; /* until it is read again, or */
    struct kube_call *call;   /* the read */
};

struct apply_wave {
    struct release_target *t;
    struct release *release;
    struct val_pool pool;
    struct wave_object *objects;
    size_t n, waiting, storing;
    struct loop_timer *timer; /* until all are read again */
    bool rendering;           /* a worker has it */
    int64_t until_ms;
    uint32_t before; /* the wave that was let through last */
    struct env_late *late;
    char *why; /* the last thing it waited for */
    bool dead; /* nobody wants it: the worker or the store, whoever has it yet, frees it */
};

static struct engine *engine_of(const struct apply_wave *w)
{
    return w->release->engine;
}

static bool is_late(const struct apply_wave *w, const struct release_item *it)
{
    return it->row->n_late && !it->known && it->row->wave == w->t->wave &&
           plan_row_is_sent(it->row) && it->result != STORE_DONE;
}

static bool is_awaited(const struct release_item *it, uint32_t wave)
{
    return it->row->wave < wave && !apply_item_is_delete(it) &&
           it->row->action != LEEWAY_ACTION_STAYS && *it->row->plural;
}

/* ---- the end of it ---- */

static void wave_free(struct apply_wave *w)
{
    env_late_free(w->late);
    val_pool_clear(&w->pool);
    mem_free(w->objects);
    mem_free(w->why);
    mem_free(w);
}

/* Nothing leads back here any more but a worker and the store. */
void apply_wave_free(struct release_target *t)
{
    struct apply_wave *w = t->gate;
    t->gate = NULL;
    if (!w)
        return;
    struct loop *loop = engine_of(w)->loop;
    loop_cancel_timer(loop, w->timer);
    for (size_t i = 0; i < w->n; i++) {
        loop_cancel_timer(loop, w->objects[i].timer);
        kube_cancel(w->objects[i].call);
    }
    w->n = 0;
    w->dead = true;
    if (!w->rendering && !w->storing)
        wave_free(w);
}

void apply_wave_gap(struct release_target *t, int64_t gap_ms)
{
    if (t->gate)
        t->gate->until_ms += gap_ms;
}

static void end(struct apply_wave *w)
{
    struct release_target *t = w->t;
    if (release_stopped(
            w->release)) /* nothing was found out: the wave waits anew when it goes on */
        t->wave = w->before;
    apply_wave_free(t);
    apply_show_target(t, LEEWAY_TARGET_APPLYING, "");
    apply_target_step(t);
}

static void fail(struct apply_wave *w, int code, const char *text)
{
    release_fail(w->release, code, "%s: %s", w->t->plan->cluster, text);
    apply_target_fail(w->t, text);
    end(w);
}

/* ---- what is known now ---- */

static void send_when_stored(struct apply_wave *w)
{
    if (!w->storing)
        end(w);
}

static void on_body_stored(void *ctx, const struct err *err, int64_t value)
{
    (void)value;
    struct apply_wave *w = ctx;
    engine_fault("late-stored");
    w->storing--;
    if (w->dead) {
        if (!w->rendering && !w->storing)
            wave_free(w);
        return;
    }
    if (err)
        apply_target_fail(w->t, err->text);
    send_when_stored(w);
}

/* The plan's body with the values that were late, as it is sent and as it is kept. */
static int fill(struct apply_wave *w, struct release_item *it, struct err *e)
{
    struct release *r = w->release;
    struct plan *p = r->plan;
    struct plan_row *row = it->row;
    const struct render_object *o = env_late_object(w->late, row);
    const struct val *body = row->body;
    for (size_t i = 0; o && body && i < row->n_late; i++) {
        struct path path;
        if (path_parse(&p->pool, row->late[i], strlen(row->late[i]), &path, e))
            return e->code;
        const struct val *v = path_resolve(o->object, path, NULL, NULL);
        for (size_t k = 0; k < o->n_leaves; k++)
            if (o->leaves[k].deferred && path_equal(o->leaves[k].path, path))
                return err_set(e, ERR_BUSY, "%s/%s%s is not known yet", row->kind, row->name,
                               row->late[i]);
        body = v ? val_with_path(&p->pool, body, path, val_copy(&p->pool, v))
                 : val_without_path(&p->pool, body, path);
    }
    if (!o || !body)
        return err_set(e, ERR_MOVED, "%s/%s is not rendered any more", row->kind, row->name);
    const struct val *full = plan_body_unmasked(&p->pool, body, o->object, plan_hmac, r->engine, e);
    if (!full)
        return e->code;
    if (plan_rules_check_body(r->rules, r->engine, p, w->t->plan, w->t->cluster, row, full, e)) {
        err_prefix(e, "%s/%s", row->kind, row->name);
        return e->code;
    }
    row->full = full;
    row->body = row->secret ? plan_body_masked(&p->pool, full, plan_hmac, r->engine) : full;
    it->known = true;
    return 0;
}

static void keep(struct apply_wave *w, struct release_item *it)
{
    struct release *r = w->release;
    const struct store_result at = {.environment = r->plan->environment_uuid,
                                    .number = r->number,
                                    .cluster = w->t->plan->cluster_uid,
                                    .position = it->row->position};
    struct buf text;
    buf_init(&text, STORE_MAX_BYTES);
    json_write(&text, it->row->body, JSON_CANONICAL);
    w->storing++;
    store_put_late_body(r->engine->store, &at, (struct store_bytes){buf_str(&text), text.len},
                        (struct store_ack){on_body_stored, w});
    buf_clear(&text);
}

static void read_all(void *ctx);

/* Not ready, or not known: once more in a while. */
static void wait_on(struct apply_wave *w, const char *why)
{
    struct engine *e = engine_of(w);
    mem_free(w->why);
    w->why = mem_strdup(why);
    if (engine_boot_ms(e) > w->until_ms) {
        char *text = mem_printf("waited %d min for %s", WAIT_FOR_MS / 60000, why);
        fail(w, ERR_TIMEOUT, text);
        mem_free(text);
        return;
    }
    apply_show_target(w->t, LEEWAY_TARGET_WAITING, why);
    w->waiting = 1;
    w->timer = loop_after(e->loop, WAIT_LAST_MS, read_all, w);
}

static void render_late(void *ctx)
{
    struct apply_wave *w = ctx;
    env_late_render(w->late);
}

static void on_rendered(void *ctx, bool stale)
{
    struct apply_wave *w = ctx;
    struct release *r = w->release;
    struct err e = ERR_INIT;
    w->rendering = false;
    if (stale || r->orphan || w->dead) {
        if (w->dead)
            wave_free(w); /* a worker has it only while nothing is stored */
        else
            apply_wave_free(w->t);
        release_job_done(r);
        return;
    }
    r->jobs--;
    if (w->late->err.code) {
        wait_on(w, w->late->err.text);
        return;
    }
    for (size_t i = 0; i < w->t->n_items && !e.code; i++)
        if (is_late(w, &w->t->items[i]) && !fill(w, &w->t->items[i], &e))
            keep(w, &w->t->items[i]);
    if (e.code == ERR_BUSY && !w->storing)
        wait_on(w, e.text);
    else if (e.code && !w->storing)
        fail(w, e.code, e.text);
    else if (e.code) { /* what is being written comes back first */
        release_fail(r, e.code, "%s: %s", w->t->plan->cluster, e.text);
        apply_target_fail(w->t, e.text);
    } else
        send_when_stored(w);
    err_clear(&e);
}

static size_t live_of(struct apply_wave *w, struct val_pool *pool, struct render_live **out)
{
    struct env_source *s = origin_source(w->release->origin);
    size_t target = s ? env_source_target(s, w->t->plan->cluster_uid) : SIZE_MAX, n = 0;
    *out = arena_array(&pool->arena, w->n + 1, sizeof(**out));
    for (size_t i = 0; target != SIZE_MAX && *out && i < w->n; i++)
        if (w->objects[i].rendered && w->objects[i].live)
            n += env_source_live(s, target, w->objects[i].rendered,
                                 val_copy(pool, w->objects[i].live), &(*out)[n]);
    return n;
}

static void all_ready(struct apply_wave *w)
{
    struct release *r = w->release;
    struct env_source *s = origin_source(r->origin);
    bool any = false;
    for (size_t i = 0; i < w->t->n_items; i++)
        any = any || is_late(w, &w->t->items[i]);
    size_t target = s ? env_source_target(s, w->t->plan->cluster_uid) : SIZE_MAX;
    engine_fault("wave-ready");
    if (!any) {
        end(w);
    } else if (target == SIZE_MAX) {
        fail(w, ERR_MOVED, "its document does not place it there any more");
    } else {
        env_late_free(w->late);
        w->late = env_late_new(s, target);
        w->late->n_live = live_of(w, &w->late->pool, &w->late->live);
        r->jobs++;
        w->rendering = true;
        workers_start(r->engine->workers, NULL, render_late, on_rendered, w);
    }
}

/* ---- readiness ---- */

static void read_object(void *ctx);

/* Ready, or not with why in words (owned); failed: it will not be. */
static bool is_ready(struct wave_object *o, bool *failed, char **why)
{
    struct apply_wave *w = o->wave;
    struct env_source *s = origin_source(w->release->origin);
    struct kstatus_result k = {.status = KSTATUS_UNKNOWN, .reason = "", .message = ""};
    enum render_ready said = RENDER_READY_KSTATUS;
    struct val_pool pool;
    struct err e = ERR_INIT;
    bool ready = false;
    val_pool_init(&pool);
    if (o->rendered && o->it->row->says_ready) {
        struct render_live *live = NULL;
        size_t n = live_of(w, &pool, &live);
        if (env_source_ready(s, env_source_target(s, w->t->plan->cluster_uid), o->rendered, o->live,
                             live, n, &pool, &said, &e)) {
            *failed = true;
            *why = mem_printf("readyWhen: %s", e.text);
        }
    }
    if (said == RENDER_READY_KSTATUS && !*failed) {
        kstatus_compute(&pool.arena, o->live, engine_wall_ms(engine_of(w)), &k, NULL);
        ready = k.status == KSTATUS_CURRENT;
        *failed = k.status == KSTATUS_FAILED;
        *why = mem_strdup(*k.message ? k.message : kstatus_word(k.status));
    } else if (!*failed) {
        ready = said == RENDER_READY_YES;
        *why = mem_strdup("its module's readyWhen is not true yet");
    }
    err_clear(&e);
    val_pool_clear(&pool);
    return ready;
}

static void one_ready(struct apply_wave *w)
{
    if (--w->waiting == 0)
        all_ready(w);
}

/* The target has failed or stops: what is under way comes back one by one. */
static bool lets_go(struct apply_wave *w)
{
    return w->t->failed || !w->t->cluster || release_stopped(w->release);
}

static void on_live(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct wave_object *o = ctx;
    struct apply_wave *w = o->wave;
    bool failed = false;
    char *why = NULL;
    o->call = NULL;
    if (reply->error->code) {
        why = mem_strdup(reply->error->text);
    } else {
        o->live = val_copy(&w->pool, live);
        if (is_ready(o, &failed, &why)) {
            mem_free(why);
            one_ready(w);
            return;
        }
    }
    char *words = mem_printf("%s/%s: %s", o->it->row->kind, o->it->row->name, why);
    mem_free(why);
    bool late = engine_boot_ms(engine_of(w)) > w->until_ms;
    if (!lets_go(w) && (failed || late)) {
        release_fail(w->release, ERR_TIMEOUT, "%s: %s is not ready", w->t->plan->cluster, words);
        apply_target_fail(w->t, words);
    }
    if (lets_go(w)) {
        if (--w->waiting == 0)
            end(w);
    } else {
        apply_show_target(w->t, LEEWAY_TARGET_WAITING, words);
        o->wait_ms = o->wait_ms * 2 > WAIT_LAST_MS ? WAIT_LAST_MS : o->wait_ms * 2;
        o->timer = loop_after(engine_of(w)->loop, o->wait_ms, read_object, o);
    }
    mem_free(words);
}

static void read_object(void *ctx)
{
    struct wave_object *o = ctx;
    struct apply_wave *w = o->wave;
    const struct plan_row *r = o->it->row;
    const struct kube_target at = {r->group, r->version, r->plural, r->namespace_, r->name, NULL};
    const struct kube_write_common how = {.wait = true};
    o->timer = NULL;
    if (!lets_go(w))
        o->call = kube_read(w->t->cluster->kube, &at, &how, on_live, o);
    else if (--w->waiting == 0)
        end(w);
}

static void read_all(void *ctx)
{
    struct apply_wave *w = ctx;
    w->timer = NULL;
    w->waiting = w->n + 1;
    for (size_t i = 0; i < w->n; i++) {
        w->objects[i].wait_ms = WAIT_FIRST_MS;
        read_object(&w->objects[i]);
    }
    if (--w->waiting)
        return;
    if (lets_go(w))
        end(w);
    else
        all_ready(w);
}

bool apply_wave_waits(const struct release_target *t)
{
    uint32_t wave = t->at < t->n_items ? t->items[t->at].row->wave : 0;
    if (wave <= t->wave || apply_item_is_delete(&t->items[t->at]))
        return false;
    for (size_t i = t->at; i < t->n_items && t->items[i].row->wave == wave; i++)
        if (plan_row_is_sent(t->items[i].row) && t->items[i].result != STORE_DONE &&
            !apply_item_is_delete(&t->items[i]))
            return true;
    return false;
}

void apply_wave_begin(struct release_target *t)
{
    struct apply_wave *w = mem_new(struct apply_wave);
    struct env_source *s = origin_source(t->release->origin);
    size_t target = s ? env_source_target(s, t->plan->cluster_uid) : SIZE_MAX;
    *w = (struct apply_wave){.t = t,
                             .release = t->release,
                             .before = t->wave,
                             .until_ms = engine_boot_ms(t->release->engine) + WAIT_FOR_MS,
                             .objects = mem_calloc(t->n_items + 1, sizeof(*w->objects))};
    val_pool_init(&w->pool);
    t->wave = t->items[t->at].row->wave;
    for (size_t i = 0; i < t->n_items; i++)
        if (is_awaited(&t->items[i], t->wave))
            w->objects[w->n++] = (struct wave_object){
                .wave = w,
                .it = &t->items[i],
                .rendered =
                    target == SIZE_MAX ? NULL : env_source_object(s, target, t->items[i].row)};
    t->gate = w;
    t->pending++;
    read_all(w);
}

int apply_wave_take_up(struct release_item *it, const struct digest *body, struct err *e)
{
    struct plan *p = it->t->release->plan;
    struct buf text;
    if (it->row->secret && it->result != STORE_DONE)
        return 0; /* its values are kept nowhere: they are found out once more */
    buf_init(&text, STORE_MAX_BYTES);
    int rc = store_get_body(it->t->release->engine->view, body, &text, e);
    const struct val *v = rc ? NULL : json_read(&p->pool, buf_str(&text), text.len, NULL, e);
    if (!rc && !v)
        rc = e->code;
    if (v) {
        it->row->body = v;
        it->known = true;
    }
    buf_clear(&text);
    return rc;
}
