// SPDX-License-Identifier: Apache-2.0
/*
 * One object: read it, see whose it is, then let the server say what our body would make of it. The
 * first dry run is without force, so that the server names everybody who stands in the way; the
 * second is with force, since a conflict hides what else would be wrong. A dry run that fails is an
 * error of the plan, never "no change". A dry run of another version of the object than was read
 * says nothing about it: both are done again.
 */
#include "engine/plan/plan_make.h"

#include "data/diff.h"
#include "data/json.h"
#include "engine/drift/drift.h"
#include "engine/drift/drift_eval.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "kube/adopt.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS_MAX = 16, REREADS_MAX = 3 };

static void read_live(struct plan_item *it);
static void dry_run(struct plan_item *it, bool force);

static struct kube_target target_of(const struct plan_row *r)
{
    return (struct kube_target){r->group, r->version, r->plural, r->namespace_, r->name, NULL};
}

static struct plan *plan_of(const struct plan_item *it)
{
    return it->making->planning->plan;
}

void plan_row_fail(struct plan *p, struct plan_row *r, const char *text, const char *hint)
{
    r->action = LEEWAY_ACTION_ERROR;
    r->risk = true;
    r->detail = *r->where ? plan_fmt(p, "%s: %s", r->where, text) : plan_str(p, text);
    r->hint = plan_str(p, hint);
}

void plan_note_warnings(struct plan *p, const struct kube_reply *reply)
{
    for (size_t i = 0; i < reply->warnings_len; i++)
        plan_warn(p, reply->warnings[i]);
}

static void end(struct plan_item *it)
{
    struct plan_making *m = it->making;
    struct plan *p = plan_of(it);
    struct plan_row *r = it->row;
    if (r->full)
        r->body = r->secret ? plan_body_masked(&p->pool, r->full, plan_hmac, m->planning->engine)
                            : r->full;
    val_pool_clear(&it->pool);
    plan_target_step(m);
}

static void fail(struct plan_item *it, const struct kube_error *error)
{
    if (!plan_forbid(it->making, it->row, error))
        plan_row_fail(plan_of(it), it->row, error->text, error->hint);
    end(it);
}

/* ---- a dry run that is not what applying does ---- */

static int on_difference(void *ctx, const struct drift_finding *f)
{
    (void)f;
    *(bool *)ctx = true;
    return 1;
}

/* Exactly this body was applied last, and the object is as the server then made it. */
static bool is_as_given(struct plan_item *it)
{
    struct engine *e = it->making->planning->engine;
    const struct plan_row *r = it->row;
    const struct store_object name = {r->api_version, r->kind, r->namespace_, r->name};
    struct environment *env = environment_by_uuid(e, plan_of(it)->environment_uuid);
    struct target *t = env ? target_find(env, it->making->target->cluster_uid) : NULL;
    const struct drift_object *o = t ? drift_object_of(t, &name) : NULL;
    struct val_pool pool;
    struct buf text;
    struct err err = ERR_INIT;
    bool differs = false;
    if (!o || !it->live)
        return false;
    val_pool_init(&pool);
    buf_init(&text, STORE_MAX_BYTES);
    const struct val *body = r->secret ? plan_body_masked(&pool, r->full, plan_hmac, e) : r->full;
    struct digest last = drift_object_body(o);
    json_write(&text, body, JSON_CANONICAL);
    struct digest now = digest_sha256(buf_str(&text), text.len);
    if (!digest_equal(&now, &last) ||
        drift_evaluate(drift_rules(e), drift_object_given(o), it->live, &pool, on_difference,
                       &differs, &err))
        differs = true;
    err_clear(&err);
    buf_clear(&text);
    val_pool_clear(&pool);
    return !differs;
}

/* A webhook that does nothing on dry runs, or something else on each call: what it would change is
 * not what applying changes. */
static void forgive_webhooks(struct plan_item *it)
{
    struct plan *p = plan_of(it);
    struct plan_row *r = it->row;
    if (r->action != LEEWAY_ACTION_UPDATE || r->own_first || !r->fields.len || !is_as_given(it))
        return;
    plan_warn(p, plan_fmt(p,
                          "%s: %s/%s is as it was applied, but a dry run of the same shows another "
                          "%s: a webhook tells the two apart, or has another answer each time",
                          it->making->target->cluster, r->kind, r->name, r->fields.items[0].path));
    r->action = LEEWAY_ACTION_AS_IS;
    r->fields.len = 0;
}

/* What a person can be told of it: the expression. */
static void name_late(struct plan_item *it)
{
    struct plan *p = plan_of(it);
    struct plan_row *r = it->row;
    for (size_t i = 0; i < r->n_late; i++) {
        struct path path;
        struct err e = ERR_INIT;
        if (path_parse(&p->pool, r->late[i], strlen(r->late[i]), &path, &e) == 0) {
            const struct val *v = path_resolve(r->full, path, NULL, NULL);
            const struct val *live = path_resolve(it->live, path, NULL, NULL);
            struct plan_field *f = plan_add_field(p, r, r->late[i]);
            f->before = r->secret ? "-" : plan_value_words(p, live, false, NULL, NULL);
            f->after = plan_value_words(p, v, r->secret, plan_hmac, it->making->planning->engine);
            f->note = "known once what it reads was applied and is ready";
        }
        err_clear(&e);
    }
}

static struct plan_compare compare_of(struct plan_item *it, const struct val *would)
{
    return (struct plan_compare){.plan = plan_of(it),
                                 .row = it->row,
                                 .live = it->live,
                                 .would = would,
                                 .hmac = plan_hmac,
                                 .ctx = it->making->planning->engine};
}

/* Compares and ends. would NULL: nothing could be tried. */
static void finish(struct plan_item *it, const struct val *would)
{
    struct plan_compare c = compare_of(it, would);
    struct err e = ERR_INIT;
    if (plan_compare(&c, &e)) {
        plan_row_fail(plan_of(it), it->row, e.text ? e.text : "it cannot be compared", e.hint);
    } else {
        plan_shaped(it);
        if (it->row->n_late)
            name_late(it); /* guardrails are asked when it is known */
        else
            plan_rules_check(it, would);
        if (would && !it->row->n_late)
            forgive_webhooks(it);
    }
    err_clear(&e);
    end(it);
}

static void check_later(struct plan_item *it, enum leeway_action action)
{
    it->row->checked_at_apply = true;
    it->row->action = action;
    finish(it, NULL);
}

/* ---- conflicts ---- */

#define NOT_OURS "the object was not made by this environment"

static bool is_whole(const char *path)
{
    return strcmp(path, PLAN_WHOLE) == 0;
}

static void whole_conflict(struct plan_item *it, const char *owner, const char *note)
{
    struct plan *p = plan_of(it);
    for (size_t i = 0; i < it->row->fields.len; i++)
        if (is_whole(it->row->fields.items[i].path))
            return;
    struct plan_field *f = plan_add_field(p, it->row, PLAN_WHOLE);
    f->owner = plan_str(p, owner);
    f->note = note;
    f->choice = plan_choice_for(p, it->making->target->cluster_uid, it->row, PLAN_WHOLE);
}

/* Leaves the fields out that stay theirs; true when there were such. */
static bool keep_theirs(struct plan_item *it)
{
    struct plan *p = plan_of(it);
    bool any = false;
    for (size_t i = 0; i < it->row->fields.len; i++) {
        struct plan_field *f = &it->row->fields.items[i];
        struct path path;
        struct err e = ERR_INIT;
        if (f->choice != LEEWAY_CHOICE_KEEP_THEIRS || is_whole(f->path) || *f->note)
            continue;
        f->note = plan_fmt(p, "left to %s", f->owner);
        if (path_parse(&p->pool, f->path, strlen(f->path), &path, &e) == 0) {
            const struct val *without = val_without_path(&p->pool, it->row->full, path);
            any = any || (without && !val_equal(without, it->row->full));
            it->row->full = without ? without : it->row->full;
        }
        err_clear(&e);
    }
    return any;
}

static void on_conflict(struct plan_item *it, const struct kube_error *error)
{
    const struct plan_compare c = compare_of(it, NULL);
    for (size_t i = 0; i < error->causes_len; i++) {
        struct kube_conflict x;
        if (kube_parse_conflict(&c.plan->pool.arena, &error->causes[i], &x))
            plan_add_conflict(&c, it->making->target->cluster_uid, &x);
    }
    dry_run(it, !keep_theirs(it));
}

/* ---- the dry run ---- */

static const char *cause_field(const struct kube_error *error)
{
    return error->causes_len ? error->causes[0].field : "";
}

static void on_immutable(struct plan_item *it, const struct kube_error *error)
{
    struct plan *p = plan_of(it);
    struct plan_row *r = it->row;
    if (r->traits->shared) {
        plan_row_fail(p, r, error->text,
                      "it is shared with others: replace it by hand when nobody uses it");
        end(it);
        return;
    }
    const char *what = cause_field(error);
    const struct val *live = it->live;
    it->live = NULL; /* it is made anew, with all that it begins with */
    r->full = it->whole;
    plan_shape(it);
    it->live = live;
    r->risk = true;
    r->detail =
        plan_fmt(p, "%s%s is immutable: delete, then create%s", *what ? "." : "",
                 *what ? what : "something", r->traits->holds_data ? "; its data is lost" : "");
    check_later(it, LEEWAY_ACTION_REPLACE);
}

static bool is_union(const struct plan_item *it, const struct kube_error *error)
{
    for (size_t i = 0; i < error->causes_len; i++)
        if (strcmp(it->row->kind, "Deployment") == 0 &&
            strcmp(error->causes[i].field, "spec.strategy.rollingUpdate") == 0)
            return true;
    return false;
}

static const char *version_of(const struct val *object)
{
    return val_str(val_at(object, "metadata", "resourceVersion", NULL), "");
}

/* Somebody wrote between the read and the dry run, which answers with the version that it is of
 * (none, of what is not there). What that writer did is not ours to show as a change. */
static bool look_again(struct plan_item *it, const struct val *would)
{
    if (strcmp(version_of(it->live), version_of(would)) == 0 || it->rereads == REREADS_MAX)
        return false;
    it->rereads++;
    it->row->full = it->whole;
    it->row->fields.len = 0;
    it->live = NULL;
    read_live(it);
    return true;
}

static void on_dry(void *ctx, const struct val *would, const struct kube_reply *reply)
{
    struct plan_item *it = ctx;
    struct plan_making *m = it->making;
    plan_note_warnings(plan_of(it), reply);
    const struct kube_error *e = reply->error;
    if (!e->code && would) {
        if (!look_again(it, would))
            finish(it, would);
    } else if (e->why == KUBE_WHY_FIELD_CONFLICT && it->rounds < ROUNDS_MAX)
        on_conflict(it, e);
    else if (it->live && is_union(it, e)) {
        it->row->own_first = true;
        check_later(it, LEEWAY_ACTION_UPDATE);
    } else if (it->live && e->why == KUBE_WHY_IMMUTABLE)
        on_immutable(it, e);
    else if (!it->live && e->why == KUBE_WHY_NAMESPACE_MISSING &&
             plan_target_makes_namespace(m, it->row->namespace_))
        check_later(it, LEEWAY_ACTION_CREATE);
    else if (e->why == KUBE_WHY_NAMESPACE_MISSING) {
        plan_row_fail(plan_of(it), it->row, e->text, "add the Namespace to the manifests");
        end(it);
    } else
        fail(it, e);
}

static void dry_run(struct plan_item *it, bool force)
{
    struct err e = ERR_INIT;
    const struct kube_target t = target_of(it->row);
    const struct kube_apply_options o = {
        .common = {.dry_run = true}, .field_manager = PLAN_MANAGER, .force = force};
    it->rounds++;
    const struct val *body = plan_body_initial(&plan_of(it)->pool, it->row->full, it->row->initial);
    if (!kube_apply(it->making->cluster->kube, &t, body, &o, on_dry, it, &e)) {
        plan_row_fail(plan_of(it), it->row, e.text ? e.text : "it cannot be sent", e.hint);
        end(it);
    }
    err_clear(&e);
}

/* ---- whose is it ---- */

static const char *label(const struct val *v, const char *key)
{
    return val_str(val_get(val_at(v, "metadata", "labels", NULL), key), "");
}

/* False: the row is decided. */
static bool look(struct plan_item *it)
{
    struct plan *p = plan_of(it);
    struct plan_row *r = it->row;
    const char *fleet = label(it->live, PLAN_LABEL_FLEET);
    const char *env = label(it->live, PLAN_LABEL_ENVIRONMENT);
    const char *set = label(it->live, APPLYSET_PART_OF);
    bool ours = strcmp(fleet, p->fleet_uuid) == 0 && strcmp(env, p->environment) == 0;
    if (val_at(it->live, "metadata", "deletionTimestamp", NULL)) {
        plan_row_fail(p, r, "it is being deleted", "wait until it is gone, then plan again");
        return false;
    }
    if (*env && strcmp(fleet, p->fleet_uuid) == 0 && !ours) {
        plan_row_fail(
            p, r, plan_fmt(p, "it belongs to the environment %s, not to %s", env, p->environment),
            "an object belongs to one environment: take it out of one of them");
        return false;
    }
    const char *why = plan_keep_reason(it->live, false);
    why = why ? why : plan_keep_reason(r->full, false);
    if (why) {
        r->action = LEEWAY_ACTION_STAYS;
        r->detail = plan_fmt(p, "%s says that it is not to be changed", why);
        return false;
    }
    const char *tool = ours ? NULL : plan_other_tool(p, it->live);
    if (!ours && *env)
        whole_conflict(it, plan_fmt(p, "environment %s of another fleet", env), NOT_OURS);
    else if (*set && strcmp(set, it->making->set_id) != 0)
        whole_conflict(it, plan_fmt(p, "another set (%s)", set), NOT_OURS);
    else if (tool)
        whole_conflict(it, tool, NOT_OURS);
    else if (!ours && r->traits->shared)
        whole_conflict(it, "whoever made it: the kind is shared", NOT_OURS);
    else if (!ours && kube_is_client_side(it->live))
        whole_conflict(it, "kubectl apply, a person",
                       "taken over, what kubectl apply set and the manifests do not have goes");
    for (size_t i = 0; i < r->fields.len; i++)
        if (is_whole(r->fields.items[i].path) &&
            r->fields.items[i].choice == LEEWAY_CHOICE_KEEP_THEIRS) {
            r->action = LEEWAY_ACTION_STAYS;
            r->detail = plan_fmt(p, "left to %s", r->fields.items[i].owner);
            return false;
        }
    return true;
}

static void on_live(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct plan_item *it = ctx;
    const struct kube_error *e = reply->error;
    if (e->code == ERR_NOT_FOUND && e->why != KUBE_WHY_KIND_UNSERVED) {
        plan_shape(it);
        if (plan_may_be_missing(it))
            end(it);
        else if (it->row->n_late)
            check_later(it, LEEWAY_ACTION_CREATE);
        else
            dry_run(it, false);
        return;
    }
    if (e->code || !live) {
        fail(it, e);
        return;
    }
    it->live = val_copy(&it->pool, live);
    bool goes_on = look(it);
    if (goes_on)
        plan_shape(it);
    goes_on = goes_on && !plan_is_held(it);
    if (goes_on && it->row->n_late)
        check_later(it, LEEWAY_ACTION_UPDATE);
    else if (goes_on)
        dry_run(it, false);
    else if (it->row->action == LEEWAY_ACTION_STAYS)
        finish(it, NULL);
    else
        end(it);
}

static void read_live(struct plan_item *it)
{
    const struct kube_target t = target_of(it->row);
    const struct kube_write_common o = {0};
    kube_read(it->making->cluster->kube, &t, &o, on_live, it);
}

void plan_object_begin(struct plan_making *m, struct plan_row *row)
{
    struct plan_item *it = mem_new(struct plan_item);
    *it = (struct plan_item){.making = m, .row = row};
    val_pool_init(&it->pool);
    vec_push(&m->items, it);
    if (!*row->plural || row->action == LEEWAY_ACTION_ERROR) {
        end(it);
        return;
    }
    it->whole = row->full;
    if (row->checked_at_apply) {
        plan_shape(it);
        check_later(it, LEEWAY_ACTION_CREATE);
        return;
    }
    read_live(it);
}
