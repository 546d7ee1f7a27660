// SPDX-License-Identifier: Apache-2.0
/*
 * One target of a release: the environment's namespace where it is missing, the parent of the set
 * with everything that is or will be in it, then group by group what is to be applied, each waited
 * for where others stand on it, then what is to be deleted, in reverse, and at last the parent with
 * exactly what is in it. Between any two requests it can be paused, aborted or killed.
 */
#include "engine/apply_int.h"

#include "config.h"

#include "data/json.h"
#include "engine/build.h"
#include "engine/cluster.h"
#include "engine/fault.h"
#include "kube/kstatus.h"
#include "store/store_put.h"

#include <stdio.h>
#include <string.h>

enum { PHASE_NAMESPACE, PHASE_PARENT, PHASE_GROUPS, PHASE_PARENT_EXACT, PHASE_END };
enum { IN_FLIGHT_MAX = 96, WAIT_MS = 300, WAIT_FOR_MS = 60000 };

static void lead_on(struct release_target *t);

void apply_target_fail(struct release_target *t, const char *text)
{
    t->failed = true;
    struct release_target_row *row = &t->release->row->targets.items[t - t->release->targets];
    if (!*row->error) {
        mem_free(row->error);
        row->error = mem_strdup(text);
    }
}

/* ---- the parent ---- */

static void scope_of_plan(struct release_target *t, struct applyset_scope *out)
{
    const struct plan *p = t->release->plan;
    applyset_scope_init(out);
    for (size_t i = 0; i < t->n_items; i++) {
        const struct plan_row *r = t->items[i].row;
        if (r->action != LEEWAY_ACTION_DELETE && r->body &&
            val_get(val_at(r->body, "metadata", "labels", NULL), APPLYSET_PART_OF))
            applyset_scope_add(out, r->group, r->kind, r->namespace_);
        /* what stays although it left is still a member, and so is what was not confirmed */
        else if (r->action == LEEWAY_ACTION_STAYS ||
                 (r->action == LEEWAY_ACTION_DELETE && r->traits->shared &&
                  !t->release->confirm_shared))
            applyset_scope_add(out, r->group, r->kind, r->namespace_);
    }
    if (!p->complete)
        applyset_scope_join(out, &t->scope);
}

static char *record_of(struct release_target *t)
{
    const struct plan *p = t->release->plan;
    struct val_pool pool;
    struct buf text;
    val_pool_init(&pool);
    buf_init(&text, BUF_LARGE);
    struct val_builder *b = val_builder_new(&pool, 8);
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(&p->hash, hex);
    val_builder_map(b);
    build_str(b, "fleet", p->fleet_uuid);
    build_str(b, "environment", p->environment);
    build_str(b, "uuid", p->environment_uuid);
    build_str(b, "origin", p->folder);
    build_str(b, "plan", hex);
    build_put(b, "release", val_of_int(t->release->number));
    build_list(b, "members");
    for (size_t i = 0; i < t->n_items; i++) {
        const struct plan_row *r = t->items[i].row;
        if (!r->body || r->action == LEEWAY_ACTION_DELETE)
            continue;
        struct buf body;
        buf_init(&body, STORE_MAX_BYTES);
        json_write(&body, r->body, JSON_CANONICAL);
        struct digest d = digest_sha256(buf_str(&body), body.len);
        buf_clear(&body);
        digest_hex(&d, hex);
        val_builder_map(b);
        build_str(b, "apiVersion", r->api_version);
        build_str(b, "kind", r->kind);
        build_str(b, "namespace", r->namespace_);
        build_str(b, "name", r->name);
        build_put(b, "body", val_of_str(&pool, hex));
        val_builder_end(b);
    }
    val_builder_end(b);
    val_builder_end(b);
    json_write(&text, val_builder_finish(b), JSON_CANONICAL);
    val_builder_free(b);
    val_pool_clear(&pool);
    return buf_take(&text);
}

static void on_parent_written(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct release_target *t = ctx;
    (void)object;
    engine_fault("parent-written");
    if (reply->error->code) {
        char *text = mem_printf("the parent of its set: %s", reply->error->text);
        release_fail(t->release, reply->error->code, "%s: %s", t->plan->cluster, text);
        apply_target_fail(t, text);
        mem_free(text);
    }
    apply_target_step(t);
}

static void write_parent(struct release_target *t, const struct applyset_scope *scope)
{
    const struct plan *p = t->release->plan;
    struct val_pool pool;
    struct err e = ERR_INIT;
    val_pool_init(&pool);
    char *record = record_of(t);
    const struct val *body =
        applyset_parent(&pool, p->environment, p->namespace_, "leeway/" PACKAGE_VERSION, scope,
                        record, strlen(record));
    const struct kube_target at = {
        "",  "v1", "secrets", p->namespace_, applyset_parent_name(&pool.arena, p->environment),
        NULL};
    /* the set is ours: who else wrote into its parent is overruled, as kubectl does */
    const struct kube_apply_options o = {
        .common = {.wait = true}, .field_manager = APPLYSET_MANAGER, .force = true};
    t->pending++;
    if (!kube_apply(t->cluster->kube, &at, body, &o, on_parent_written, t, &e)) {
        apply_target_fail(t, e.text);
        t->pending--;
    }
    err_clear(&e);
    mem_free(record);
    val_pool_clear(&pool);
}

static void on_parent_read(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct release_target *t = ctx;
    struct err e = ERR_INIT;
    bool missing = reply->error->code == ERR_NOT_FOUND;
    if (reply->error->code && !missing) {
        apply_target_fail(t, reply->error->text);
    } else if (applyset_read(missing ? NULL : live, t->set_id, t->release->plan->namespace_,
                             &t->scope, &e)) {
        release_fail(t->release, e.code, "%s: %s", t->plan->cluster, e.text);
        apply_target_fail(t, e.text);
    } else {
        struct applyset_scope all;
        scope_of_plan(t, &all);
        applyset_scope_join(&all, &t->scope);
        if (missing || !applyset_scope_equal(&all, &t->scope))
            write_parent(t, &all);
        applyset_scope_clear(&all);
    }
    err_clear(&e);
    apply_target_step(t);
}

static void read_parent(struct release_target *t)
{
    const struct plan *p = t->release->plan;
    struct arena a;
    arena_init(&a);
    const struct kube_target at = {
        "", "v1", "secrets", p->namespace_, applyset_parent_name(&a, p->environment), NULL};
    const struct kube_write_common o = {.wait = true};
    t->pending++;
    kube_read(t->cluster->kube, &at, &o, on_parent_read, t);
    arena_clear(&a);
}

static void exact_parent(struct release_target *t)
{
    struct applyset_scope scope;
    scope_of_plan(t, &scope);
    write_parent(t, &scope);
    applyset_scope_clear(&scope);
}

/* ---- readiness ---- */

struct readiness {
    struct release_item *it;
    int64_t until_ms;
};

static void ask_ready(void *ctx);

static void end_wait(struct readiness *w)
{
    struct release_target *t = w->it->t;
    t->waits--;
    mem_free(w);
    if (!t->waits)
        apply_show_target(t, LEEWAY_TARGET_APPLYING, "");
    apply_target_step(t);
}

static void on_ready(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct readiness *w = ctx;
    struct release_target *t = w->it->t;
    struct engine *e = t->release->engine;
    struct kstatus_result s = {.status = KSTATUS_UNKNOWN, .reason = "", .message = ""};
    struct arena a;
    arena_init(&a);
    if (live)
        kstatus_compute(&a, live, engine_wall_ms(e), &s, NULL);
    char *words =
        mem_printf("%s/%s: %s", w->it->row->kind, w->it->row->name,
                   live ? *s.message ? s.message : kstatus_word(s.status) : reply->error->text);
    if (s.status == KSTATUS_CURRENT || release_stopped(t->release)) {
        end_wait(w);
    } else if (s.status == KSTATUS_FAILED || engine_boot_ms(e) > w->until_ms) {
        release_fail(t->release, ERR_TIMEOUT, "%s: %s is not ready", t->plan->cluster, words);
        apply_target_fail(t, words);
        end_wait(w);
    } else {
        apply_show_target(t, LEEWAY_TARGET_WAITING, words);
        loop_after(e->loop, WAIT_MS, ask_ready, w);
    }
    mem_free(words);
    arena_clear(&a);
}

static void ask_ready(void *ctx)
{
    struct readiness *w = ctx;
    const struct plan_row *r = w->it->row;
    const struct kube_target at = {r->group, r->version, r->plural, r->namespace_, r->name, NULL};
    const struct kube_write_common o = {.wait = true};
    if (w->it->t->cluster)
        kube_read(w->it->t->cluster->kube, &at, &o, on_ready, w);
    else
        end_wait(w);
}

static void wait_for(struct release_item *it)
{
    struct readiness *w = mem_new(struct readiness);
    *w = (struct readiness){it, engine_boot_ms(it->t->release->engine) + WAIT_FOR_MS};
    it->t->waits++;
    it->t->pending++;
    ask_ready(w);
}

/* ---- groups ---- */

static bool same_group(const struct release_item *a, const struct release_item *b)
{
    return apply_item_is_delete(a) == apply_item_is_delete(b) && a->row->wave == b->row->wave &&
           a->row->traits->stage == b->row->traits->stage &&
           a->row->traits->order == b->row->traits->order;
}

static bool is_sent(const struct release_item *it)
{
    return plan_row_is_sent(it->row) && it->result != STORE_DONE && !it->sent;
}

/* Sends what may be sent of the group; true while there is more to come of it. */
static bool send_group(struct release_target *t)
{
    while (t->at < t->group_end && t->in_flight < IN_FLIGHT_MAX) {
        struct release_item *it = &t->items[t->at];
        if (is_sent(it)) {
            if (t->failed || release_stopped(t->release))
                return true;
            apply_item_begin(it);
        }
        t->at++;
    }
    return t->at < t->group_end;
}

static void next_group(struct release_target *t)
{
    size_t from = t->at;
    t->group_end = from;
    t->waited = false;
    while (t->group_end < t->n_items && same_group(&t->items[from], &t->items[t->group_end]))
        t->group_end++;
}

/* The group was sent: what others stand on has to be there before they come. */
static void wait_for_group(struct release_target *t)
{
    size_t end = t->group_end;
    for (size_t i = end; i-- > 0 && same_group(&t->items[i], &t->items[end - 1]);)
        if (t->items[i].row->traits->wait && t->items[i].sent && !t->items[i].failed &&
            !apply_item_is_delete(&t->items[i]))
            wait_for(&t->items[i]);
}

static void send_groups(struct release_target *t)
{
    while (!t->pending && !t->failed && !release_stopped(t->release)) {
        if (t->at == t->n_items) {
            t->phase = PHASE_PARENT_EXACT;
            return;
        }
        if (apply_wave_waits(t)) {
            apply_wave_begin(t);
            return;
        }
        next_group(t);
        send_group(t);
        if (t->at == t->group_end && !t->pending)
            continue; /* nothing in it had to be sent */
        if (!t->pending)
            return;
    }
}

/* ---- the way through ---- */

static void send_namespace(struct release_target *t)
{
    for (size_t i = 0; i < t->n_items; i++) {
        struct release_item *it = &t->items[i];
        if (it->row->action == LEEWAY_ACTION_CREATE && strcmp(it->row->kind, "Namespace") == 0 &&
            !*it->row->group && strcmp(it->row->name, t->release->plan->namespace_) == 0 &&
            is_sent(it))
            apply_item_begin(it);
    }
}

static void end(struct release_target *t)
{
    if (t->over)
        return;
    t->over = true;
    apply_item_end_all(t);
    release_target_over(t);
}

static void lead_on(struct release_target *t)
{
    while (!t->pending && !t->over) {
        if (t->failed || !t->cluster || t->release->aborting) {
            end(t);
            return;
        }
        if (release_stopped(t->release)) {
            apply_show_target(t, LEEWAY_TARGET_WAITING, "paused");
            return;
        }
        switch (t->phase) {
        case PHASE_NAMESPACE:
            t->phase = PHASE_PARENT;
            send_namespace(t);
            break;
        case PHASE_PARENT:
            t->phase = PHASE_GROUPS;
            read_parent(t);
            break;
        case PHASE_GROUPS:
            send_groups(t);
            break;
        case PHASE_PARENT_EXACT:
            t->phase = PHASE_END;
            exact_parent(t);
            break;
        default:
            end(t);
        }
    }
}

void apply_target_step(struct release_target *t)
{
    t->pending--;
    if (t->over)
        return;
    if (t->phase == PHASE_GROUPS && t->group_end && !send_group(t) && !t->pending && !t->failed &&
        !t->waited && !release_stopped(t->release)) {
        t->waited = true;
        wait_for_group(t);
    }
    lead_on(t);
}

void apply_target_go_on(struct release_target *t)
{
    lead_on(t);
}

static void on_stage_opened(void *ctx, const struct err *err, int64_t value)
{
    (void)value;
    struct release_target *t = ctx;
    engine_fault("stage-opened");
    if (err)
        apply_target_fail(t, err->text);
    apply_target_step(t);
}

void apply_target_begin(struct release_target *t)
{
    struct engine *e = t->release->engine;
    t->pending++;
    apply_show_target(t, LEEWAY_TARGET_APPLYING, "");
    store_put_stage_opened(e->store, t->release->plan->environment_uuid, t->release->number,
                           t->plan->cluster_uid, 0, (struct store_ack){on_stage_opened, t});
}
