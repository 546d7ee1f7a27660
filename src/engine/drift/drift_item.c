// SPDX-License-Identifier: Apache-2.0
/*
 * One standing difference. It is shown at once as checking; when it has stood for two seconds it is
 * verified by a dry run where we still own the field, and then counts. It ends when the object is
 * as given again. All its counts go through enter and leave, so that the sums of a target stay
 * right.
 */
#include "engine/answers/heal.h"
#include "engine/drift/drift_int.h"

#include "data/json.h"
#include "engine/plan/plan_int.h"
#include "store/store_put.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 300 /* bytes of a value that a row keeps */

void drift_set(char **place, const char *fmt, ...)
{
    char *old = *place, *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        text = mem_strdup("");
    va_end(ap);
    *place = text;
    mem_free(old); /* the arguments may borrow from it */
}

/* ---- sums ---- */

static void enter(struct drift_item *i)
{
    if (i->checking)
        i->dt->checking++;
    else
        i->dt->counts[i->verdict]++;
}

static void leave(struct drift_item *i)
{
    if (i->checking)
        i->dt->checking--;
    else
        i->dt->counts[i->verdict]--;
}

void drift_item_changed(struct drift_item *i)
{
    if (i->dt->drift->engine)
        engine_dirty_row(i->dt->drift->engine, ENGINE_DRIFTS, i->row);
}

struct drift_item *drift_item_new(struct drift_target *dt, struct drift_object *o,
                                  struct drift_want *want, enum leeway_drift_kind kind,
                                  const char *path)
{
    struct drift *d = dt->drift;
    struct drift_item *i = mem_new(struct drift_item);
    i->id = ++d->last_id;
    i->dt = dt;
    i->object = o;
    i->want = want;
    i->kind = kind;
    i->leaf = SIZE_MAX;
    i->path = mem_strdup(path);
    i->given = mem_strdup("");
    i->live = mem_strdup("");
    i->reason = mem_strdup("");
    i->checked = mem_strdup("");
    i->when = mem_strdup("");
    i->verdict = i->judged = LEEWAY_VERDICT_UNEXPECTED;
    i->fact = mem_strdup("");
    i->owner_word = contract_owner_word(CONTRACT_PLATFORM);
    i->checking = true;
    i->first_ms = engine_boot_ms(d->engine);
    i->first_wall_ms = i->before_ms = engine_wall_ms(d->engine);
    i->row = d->items.len;
    vec_push(&d->items, i);
    if (o)
        vec_push(&o->items, i);
    enter(i);
    engine_table_resize(d->engine, ENGINE_DRIFTS, d->items.len);
    return i;
}

/* ---- the record and what is said ---- */

static const char *owner_words(const struct drift_item *i)
{
    for (size_t n = 0; n < i->owners.len; n++)
        if (!i->owners.items[n].ours)
            return i->owners.items[n].words;
    return i->ours ? "something that took no ownership" : "somebody";
}

static void record(const struct drift_item *i, int64_t ended_ms)
{
    struct engine *e = i->dt->drift->engine;
    if (!e->store || e->spectator || !i->object)
        return;
    const struct target *t = i->dt->target;
    const struct store_object so = drift_object_name(i->object);
    if (ended_ms) {
        store_put_drift_ended(e->store, t->environment->uuid, t->cluster_uid, &so, i->path,
                              ended_ms, STORE_NO_ACK);
        return;
    }
    static const enum store_verdict verdicts[] = {
        [LEEWAY_VERDICT_UNEXPECTED] = STORE_UNEXPECTED,
        [LEEWAY_VERDICT_UNKNOWN] = STORE_UNKNOWN,
        [LEEWAY_VERDICT_ACCEPTED] = STORE_ACCEPTED,
        [LEEWAY_VERDICT_ALLOWED] = STORE_ALLOWED,
    };
    const struct store_drift sd = {.environment = t->environment->uuid,
                                   .cluster = t->cluster_uid,
                                   .object = so,
                                   .path = i->path,
                                   .what = leeway_drift_kind_word(i->kind),
                                   .after_wall_ms = i->after_ms,
                                   .first_seen_wall_ms = i->first_wall_ms,
                                   .last_seen_wall_ms = engine_wall_ms(e),
                                   .owner = owner_words(i),
                                   .verdict = verdicts[i->verdict],
                                   .reason = i->verdict == LEEWAY_VERDICT_ACCEPTED && i->exception
                                                 ? i->exception->uuid
                                                 : i->reason};
    store_put_drift(e->store, &sd, STORE_NO_ACK);
}

static void announce(const struct drift_item *i)
{
    static const enum leeway_state states[LEEWAY_VERDICT_COUNT] = {
        [LEEWAY_VERDICT_UNEXPECTED] = LEEWAY_DRIFT,
        [LEEWAY_VERDICT_UNKNOWN] = LEEWAY_UNKNOWN,
        [LEEWAY_VERDICT_ACCEPTED] = LEEWAY_ACCEPTED,
        [LEEWAY_VERDICT_ALLOWED] = LEEWAY_OK,
    };
    struct engine *e = i->dt->drift->engine;
    const char *where = i->dt->target->cluster ? i->dt->target->cluster->name : "";
    const struct drift_object *o = i->object;
    if (!o)
        engine_message(e, LEEWAY_UNKNOWN, where, NULL, "%s of %s not seen: %s", i->live,
                       i->dt->target->environment->name, i->reason);
    else if (!*i->path)
        engine_message(e, states[i->verdict], where, i->reason, "%s/%s %s", o->kind, o->name,
                       leeway_drift_kind_word(i->kind));
    else
        engine_message(e, states[i->verdict], where, i->reason, "%s %s %s \xe2\x86\x92 %s by %s",
                       o->name, i->path, i->given, i->live, owner_words(i));
}

void drift_item_count(struct drift_item *i, enum leeway_verdict verdict)
{
    bool says_it = i->checking;
    leave(i);
    i->checking = i->verify = false;
    i->due_ms = 0;
    i->verdict = verdict;
    enter(i);
    record(i, 0);
    if (says_it)
        announce(i);
    drift_item_changed(i);
    if (verdict == LEEWAY_VERDICT_UNEXPECTED)
        heal_soon(i->dt->drift->engine);
}

void drift_item_recheck(struct drift_item *i, int64_t due_ms)
{
    leave(i);
    i->checking = true;
    i->verify = false;
    i->due_ms = due_ms;
    enter(i);
    drift_schedule(i->dt->drift, due_ms);
    drift_item_changed(i);
}

void drift_item_end(struct drift_item *i)
{
    struct drift *d = i->dt->drift;
    leave(i);
    struct drift_object *o = i->object;
    if (i->exception && d->engine)
        exceptions_stand(d->engine, i->exception, -1);
    for (size_t n = 0; o && n < o->items.len; n++) {
        if (o->items.items[n] != i)
            continue;
        memmove(&o->items.items[n], &o->items.items[n + 1],
                (o->items.len - n - 1) * sizeof(o->items.items[0]));
        o->items.len--;
        break;
    }
    struct drift_item *last = d->items.items[--d->items.len];
    d->items.items[i->row] = last;
    last->row = i->row;
    if (d->engine) {
        if (!i->checking)
            record(i, engine_wall_ms(d->engine));
        if (last != i)
            drift_item_changed(last);
        engine_table_resize(d->engine, ENGINE_DRIFTS, d->items.len);
    }
    for (size_t n = 0; n < i->owners.len; n++) {
        struct drift_item_owner *w = &i->owners.items[n];
        mem_free(w->manager);
        mem_free(w->operation);
        mem_free(w->subresource);
        mem_free(w->api_version);
        mem_free(w->words);
    }
    vec_clear(&i->owners);
    mem_free(i->path);
    mem_free(i->given);
    mem_free(i->live);
    mem_free(i->reason);
    mem_free(i->checked);
    mem_free(i->when);
    mem_free(i->value);
    mem_free(i->fact);
    mem_free(i);
}

bool drift_item_note_change(struct drift_object *o, const char *path, int64_t boot_ms)
{
    struct drift_history *h = NULL;
    for (size_t n = 0; n < o->history.len && !h; n++)
        if (strcmp(o->history.items[n].path, path) == 0)
            h = &o->history.items[n];
    if (!h) {
        if (o->history.len >= 64) { /* the oldest path gives way */
            mem_free(o->history.items[0].path);
            memmove(o->history.items, o->history.items + 1,
                    --o->history.len * sizeof(o->history.items[0]));
        }
        vec_push(&o->history, (struct drift_history){.path = mem_strdup(path)});
        h = &o->history.items[o->history.len - 1];
    }
    if (h->n == DRIFT_CONTEST_CHANGES)
        memmove(h->at_ms, h->at_ms + 1, --h->n * sizeof(h->at_ms[0]));
    h->at_ms[h->n++] = boot_ms;
    return h->n == DRIFT_CONTEST_CHANGES && boot_ms - h->at_ms[0] <= DRIFT_CONTEST_MS;
}

/* ---- time ---- */

static void tick(void *ctx);

void drift_schedule(struct drift *d, int64_t at_ms)
{
    if (d->timer && d->timer_at_ms <= at_ms)
        return;
    loop_cancel_timer(d->engine->loop, d->timer);
    int64_t delay = at_ms - engine_boot_ms(d->engine);
    d->timer_at_ms = at_ms;
    d->timer = loop_after(d->engine->loop, delay > 0 ? delay : 0, tick, d);
}

/* A difference has stood long enough. Where nobody took the field, and where the object is gone,
 * the server is asked first. */
static void ripe(struct drift_item *i)
{
    struct drift_object *o = i->object;
    i->due_ms = 0;
    switch (i->kind) {
    case LEEWAY_DRIFT_NOT_SEEN:
        drift_item_count(i, LEEWAY_VERDICT_UNKNOWN);
        if (o && !o->seen && drift_probe(o))
            break;
        if (o && !o->seen)
            i->due_ms = engine_boot_ms(i->dt->drift->engine) + DRIFT_RETRY_MS;
        break;
    case LEEWAY_DRIFT_CHANGED:
    case LEEWAY_DRIFT_REMOVED:
        if (i->ours && !i->verified) {
            i->verify = true;
            drift_verify(o);
            break;
        }
        drift_item_count(i, i->judged);
        break;
    case LEEWAY_DRIFT_MISSING:
    case LEEWAY_DRIFT_RELABELLED:
        i->verify = !i->verified;
        if (i->verify && drift_probe(o))
            break;
        drift_item_count(i, i->judged);
        break;
    default:
        drift_item_count(i, i->judged);
    }
    drift_targets_counts(i->dt);
}

static void tick(void *ctx)
{
    struct drift *d = ctx;
    int64_t now = engine_boot_ms(d->engine), next = INT64_MAX;
    d->timer = NULL;
    for (size_t n = 0; n < d->items.len; n++) {
        struct drift_item *i = d->items.items[n];
        if (i->due_ms && i->due_ms <= now)
            ripe(i);
    }
    for (size_t n = 0; n < d->items.len; n++)
        if (d->items.items[n]->due_ms && d->items.items[n]->due_ms < next)
            next = d->items.items[n]->due_ms;
    if (next != INT64_MAX)
        drift_schedule(d, next);
}

/* ---- rows ---- */

struct text drift_value_text(struct arena *a, const struct val *v)
{
    if (!v)
        return TEXT("-");
    if (v->type == VAL_STRING)
        return text_clean(a, v->as.s, v->len > VALUE_MAX ? VALUE_MAX : v->len);
    struct buf b;
    buf_init(&b, 64 * 1024);
    struct text t;
    if (json_write(&b, v, JSON_CANONICAL) != 0)
        t = text_fmt(a, "%zu %s", val_count(v), v->type == VAL_MAP ? "fields" : "items");
    else
        t = text_clean(a, buf_str(&b), b.len > VALUE_MAX ? VALUE_MAX : b.len);
    buf_clear(&b);
    return t;
}

static enum leeway_actor actor_of(enum manager_class c)
{
    static const enum leeway_actor actors[MANAGER_CLASS_COUNT] = {
        [MANAGER_UNKNOWN] = LEEWAY_ACTOR_UNKNOWN,
        [MANAGER_PERSON] = LEEWAY_ACTOR_PERSON,
        [MANAGER_AUTOSCALER] = LEEWAY_ACTOR_AUTOSCALER,
        [MANAGER_CONTROLLER] = LEEWAY_ACTOR_CONTROLLER,
        [MANAGER_WEBHOOK] = LEEWAY_ACTOR_WEBHOOK,
        [MANAGER_GITOPS] = LEEWAY_ACTOR_DELIVERY,
        [MANAGER_LEEWAY] = LEEWAY_ACTOR_LEEWAY,
        [MANAGER_SCHEDULE] = LEEWAY_ACTOR_CONTROLLER,
    };
    return actors[c];
}

static int newest_first(const void *x, const void *y)
{
    const struct leeway_owner *a = x, *b = y;
    if (a->ours != b->ours)
        return a->ours - b->ours;
    return a->at_or_before_ms < b->at_or_before_ms   ? 1
           : a->at_or_before_ms > b->at_or_before_ms ? -1
                                                     : text_compare(a->manager, b->manager);
}

struct leeway_owner drift_owner_row(struct arena *a, const struct ownership_entry *e,
                                    const char *manager)
{
    return (struct leeway_owner){
        .manager = text_cstr(a, e->manager),
        .operation = text_cstr(a, e->operation),
        .subresource = text_cstr(a, e->subresource),
        .api_version = text_cstr(a, e->api_version),
        .words = text_cstr(a, e->actor.words),
        .actor = actor_of(e->actor.class),
        .at_or_before_ms = e->has_time ? e->time_wall_ms : 0,
        .ours = e->apply && !*e->subresource &&
                (strcmp(e->manager, manager) == 0 || strcmp(e->manager, PLAN_INITIAL) == 0)};
}

size_t drift_owners(struct arena *a, const struct ownership *o, struct path path, bool exact,
                    const char *manager, const struct leeway_owner **out)
{
    size_t n = ownership_owners_of(o, path, NULL, 0);
    struct ownership_owner *found = arena_array(a, n, sizeof(*found));
    struct leeway_owner *rows = arena_array(a, n, sizeof(*rows));
    ownership_owners_of(o, path, found, n);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!exact || found[i].exact)
            rows[kept++] = drift_owner_row(a, found[i].entry, manager);
    if (kept)
        qsort(rows, kept, sizeof(*rows), newest_first);
    *out = rows;
    return kept;
}

size_t drift_writers(struct arena *a, const struct ownership *o, const char *manager,
                     const struct leeway_owner **out)
{
    struct leeway_owner *rows = arena_array(a, o->len, sizeof(*rows));
    size_t n = 0;
    for (size_t i = 0; i < o->len; i++)
        if (strcmp(o->entries[i].subresource, "status") != 0)
            rows[n++] = drift_owner_row(a, &o->entries[i], manager);
    if (n)
        qsort(rows, n, sizeof(*rows), newest_first);
    *out = rows;
    return n;
}

void drift_item_describe(const struct drift_item *i, struct leeway_drift *row, struct arena *a)
{
    const struct target *t = i->dt->target;
    const struct drift_object *o = i->object;
    struct leeway_owner *owners = arena_array(a, i->owners.len, sizeof(*owners));
    for (size_t n = 0; n < i->owners.len; n++) {
        const struct drift_item_owner *w = &i->owners.items[n];
        owners[n] = (struct leeway_owner){.manager = text_cstr(a, w->manager),
                                          .operation = text_cstr(a, w->operation),
                                          .subresource = text_cstr(a, w->subresource),
                                          .api_version = text_cstr(a, w->api_version),
                                          .words = text_cstr(a, w->words),
                                          .actor = w->actor,
                                          .at_or_before_ms = w->time_ms,
                                          .ours = w->ours};
    }
    const char *kind = o ? o->kind : i->want ? i->want->kind : "";
    *row = (struct leeway_drift){
        .id = i->id,
        .verdict = i->verdict,
        .kind = i->kind,
        .checking = i->checking,
        .contested = i->contested,
        .environment = text_cstr(a, t->environment->name),
        .cluster = text_cstr(a, t->cluster ? t->cluster->name : t->cluster_uid),
        .cluster_id = t->cluster ? t->cluster->id : 0,
        .api_version = text_cstr(a, o         ? o->api_version
                                    : i->want ? i->want->api_version
                                              : ""),
        .object_kind = text_cstr(a, kind),
        .namespace_ = text_cstr(a, o         ? o->ns
                                   : i->want ? i->want->ns
                                             : ""),
        .name = text_cstr(a, o ? o->name : ""),
        .path = text_cstr(a, i->path),
        .given = text_cstr(a, i->given),
        .live = text_cstr(a, i->live),
        .owners = owners,
        .n_owners = i->owners.len,
        .after_ms = i->after_ms,
        .before_ms = i->before_ms,
        .when = text_cstr(a, i->when),
        .reason =
            text_fmt(a, "%s%s", i->contested ? "contested: it changes hands. " : "", i->reason),
        .checked = text_cstr(a, i->checked),
        .exception = text_cstr(a, i->exception ? i->exception->uuid : ""),
        .expires_ms = i->exception ? i->exception->expires_ms : 0,
        .wants_owner = text_cstr(a, i->owner_word),
    };
    row->fold_key =
        text_fmt(a, "%s|%s|%s|%s|%s|%s|%s", t->environment->name, kind, o ? o->name : "", i->path,
                 i->given, i->live, i->owners.len ? i->owners.items[0].words : "");
}

void drift_item_fill(void *ctx, struct leeway_snapshot_builder *b, size_t i, struct arena *scratch)
{
    struct drift *d = ctx;
    struct leeway_drift row;
    drift_item_describe(d->items.items[i], &row, scratch);
    leeway_snapshot_put_drift(b, i, &row);
}

/* ---- looking ---- */

struct drift_item *drift_item_by_id(struct engine *e, uint64_t id)
{
    struct drift *d = engine_part_state(e, &drift_part);
    for (size_t n = 0; d && n < d->items.len; n++)
        if (d->items.items[n]->id == id)
            return d->items.items[n];
    return NULL;
}

struct drift_object *drift_item_object(const struct drift_item *i)
{
    return i->object;
}

const char *drift_item_path(const struct drift_item *i)
{
    return i->path;
}

enum leeway_drift_kind drift_item_kind(const struct drift_item *i)
{
    return i->kind;
}

bool drift_item_others_own(const struct drift_item *i)
{
    for (size_t n = 0; n < i->owners.len; n++)
        if (!i->owners.items[n].ours)
            return true;
    return false;
}
