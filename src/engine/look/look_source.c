// SPDX-License-Identifier: Apache-2.0
/*
 * One cluster of a look: waits until it is up and what it serves is known, then lists and watches.
 * A cluster that is not listed always says why.
 */
#include "engine/fleet/inventory.h"
#include "engine/look/look_int.h"

#include "base/buf.h"

#include <string.h>

static void set_state(struct look_source *s, enum leeway_source_state state, const char *reason)
{
    if (s->state == state && strcmp(s->reason ? s->reason : "", reason) == 0)
        return;
    if (s->state != state)
        s->since_ms = engine_wall_ms(s->look->looks->engine);
    s->state = state;
    mem_free(s->reason);
    s->reason = *reason ? mem_strdup(reason) : NULL;
    look_changed(s->look);
}

/* Was listed, or it is known why not: somebody else may begin. */
static void settled(struct look_source *s)
{
    struct looks *all = s->look->looks;
    s->done = true;
    if (!s->starting)
        return;
    s->starting = false;
    all->starting--;
    look_start_more(all);
}

static const char *words_of(const struct kube_error *e)
{
    return e && e->text ? e->text : "";
}

/* ---- what comes ---- */

static void on_columns(void *ctx, const struct val *columns)
{
    look_rows_columns(ctx, columns);
}

static void on_object(void *ctx, enum kube_event type, const struct val *sent)
{
    struct look_source *s = ctx;
    if (type == KUBE_DELETED)
        look_rows_remove(s, sent);
    else
        look_rows_set(s, sent, s->state == LEEWAY_SOURCE_WAITING);
}

static void on_synced(void *ctx)
{
    struct look_source *s = ctx;
    struct kube_watch_status status;
    kube_watch_status(s->watch, &status);
    s->more = status.beyond;
    set_state(s, LEEWAY_SOURCE_CURRENT, "");
    look_changed(s->look);
    settled(s);
}

static void on_reset(void *ctx)
{
    look_rows_remove_all(ctx);
}

static void on_state(void *ctx, const struct kube_watch_status *status)
{
    static const enum leeway_source_state states[] = {
        [KUBE_WATCH_STARTING] = LEEWAY_SOURCE_WAITING,
        [KUBE_WATCH_CURRENT] = LEEWAY_SOURCE_CURRENT,
        [KUBE_WATCH_STALE] = LEEWAY_SOURCE_STALE,
        [KUBE_WATCH_FORBIDDEN] = LEEWAY_SOURCE_FORBIDDEN,
        [KUBE_WATCH_UNSERVED] = LEEWAY_SOURCE_UNSERVED,
        [KUBE_WATCH_FAILED] = LEEWAY_SOURCE_FAILED,
    };
    struct look_source *s = ctx;
    s->more = status->beyond;
    if (status->state == KUBE_WATCH_STARTING && !status->error)
        return;
    set_state(s, states[status->state], words_of(status->error));
    if (status->state != KUBE_WATCH_STARTING)
        settled(s);
}

static int on_listed(void *ctx, const struct val *row, const struct val *columns)
{
    struct look_source *s = ctx;
    if (columns && !s->columns.len)
        look_rows_columns(s, columns);
    look_rows_set(s, row, true);
    return 0;
}

static void on_restart(void *ctx)
{
    look_rows_remove_all(ctx);
}

static void on_cut(void *ctx, int64_t left)
{
    ((struct look_source *)ctx)->more = left;
}

static void on_list_done(void *ctx, const char *version, const struct kube_error *error)
{
    struct look_source *s = ctx;
    s->list = NULL;
    enum leeway_source_state state = error->code == ERR_FORBIDDEN     ? LEEWAY_SOURCE_FORBIDDEN
                                     : error->code == ERR_NOT_FOUND   ? LEEWAY_SOURCE_UNSERVED
                                     : error->code == ERR_UNREACHABLE ? LEEWAY_SOURCE_DOWN
                                     : error->code                    ? LEEWAY_SOURCE_FAILED
                                                                      : LEEWAY_SOURCE_CURRENT;
    if (error->code)
        look_rows_remove_all(s); /* half a list would be taken for a whole one */
    set_state(s, state, error->code ? words_of(error) : "");
    settled(s);
}

/* ---- beginning ---- */

/* What is asked for here; the first cluster that knows the word says which kind it means. */
static const struct kube_resource *resource_here(struct look_source *s)
{
    struct look *l = s->look;
    const struct kube_discovery *d = s->cluster->discovery;
    const struct kube_resource *r = l->plural ? kube_discovery_plural(d, l->group, NULL, l->plural)
                                              : kube_discovery_word(d, l->word, NULL);
    if (r && !(r->verbs & KUBE_VERB_LIST))
        return NULL;
    if (r && !l->plural) {
        l->group = mem_strdup(r->group);
        l->version_of_kind = mem_strdup(r->version);
        l->kind = mem_strdup(r->kind);
        l->plural = mem_strdup(r->plural);
        l->namespaced = r->namespaced;
        look_changed(l);
    }
    return r;
}

static size_t limit_of(const struct look *l)
{
    size_t n = l->sources.len ? l->sources.len : 1, fair = LOOK_ROWS_MAX / n;
    if (fair < LOOK_LEAST)
        fair = LOOK_LEAST;
    return l->limit && l->limit < fair ? l->limit : l->objects || !l->limit ? l->limit : fair;
}

/* NULL: all of them. */
static const char *namespace_of(const struct look_source *s)
{
    const char *own = s->cluster->entry->access.namespace_;
    return !s->look->own_namespace ? s->look->ns : own && *own ? own : "default";
}

static void begin_list(struct look_source *s, const struct kube_selection *what)
{
    const struct kube_list_options o = {.what = *what,
                                        .max = limit_of(s->look),
                                        .include_object = s->look->objects,
                                        .priority = KUBE_PRIORITY_HIGH,
                                        .on_object = on_listed,
                                        .on_restart = on_restart,
                                        .on_cut = on_cut,
                                        .on_done = on_list_done,
                                        .ctx = s};
    s->list = kube_list_start(s->cluster->kube, &o);
}

static void begin_watch(struct look_source *s, const struct kube_selection *what)
{
    const struct kube_watch_options o = {.what = *what,
                                         .limit = limit_of(s->look),
                                         .priority = KUBE_PRIORITY_HIGH,
                                         .on_columns = on_columns,
                                         .on_object = on_object,
                                         .on_synced = on_synced,
                                         .on_reset = on_reset,
                                         .on_state = on_state,
                                         .ctx = s};
    s->watch = kube_watch_start(s->cluster->kube, &o);
}

bool look_source_waits(const struct look_source *s)
{
    return s->cluster && s->cluster->kube && s->cluster->discovery && cluster_is_up(s->cluster) &&
           !s->watch && !s->list && !s->done;
}

static void say_why_not(struct look_source *s)
{
    const struct cluster *c = s->cluster;
    bool soon = c && (c->reach == LEEWAY_REACH_WAITING || c->reach == LEEWAY_REACH_CONNECTING ||
                      (cluster_is_up(c) && !c->discovery));
    bool known = strmap_next(&s->rows, &(size_t){0}) || s->watch;
    const char *why = !c                        ? "it is no longer in the fleet"
                      : c->reason && *c->reason ? c->reason
                                                : "it does not answer";
    if (soon && !known)
        set_state(s, LEEWAY_SOURCE_WAITING, "");
    else
        set_state(s, known && s->done ? LEEWAY_SOURCE_STALE : LEEWAY_SOURCE_DOWN, why);
}

void look_source_begin(struct look_source *s)
{
    struct look *l = s->look;
    if (s->watch || s->list)
        return;
    if (!look_source_waits(s)) {
        if (!s->done)
            say_why_not(s);
        return;
    }
    const struct kube_resource *r = resource_here(s);
    if (!r) {
        bool partial = kube_discovery_partial(s->cluster->discovery);
        set_state(s, partial ? LEEWAY_SOURCE_FAILED : LEEWAY_SOURCE_UNSERVED,
                  partial ? "a part of what it serves is not known now"
                          : "the cluster does not serve this kind");
        return; /* tried again when what it serves changes */
    }
    struct looks *all = l->looks;
    if (all->starting >= LOOK_STARTING_MAX)
        return; /* look_start_more comes back */
    struct buf path;
    buf_init(&path, BUF_SMALL);
    if (kube_resource_path(&path, r, r->namespaced ? namespace_of(s) : NULL, NULL, NULL) == 0) {
        const struct kube_selection what = {.path = buf_str(&path),
                                            .label_selector = l->labels,
                                            .field_selector = l->fields,
                                            .form = KUBE_FORM_TABLE};
        s->starting = true;
        all->starting++;
        set_state(s, LEEWAY_SOURCE_WAITING, "");
        bool once = all->engine->options.no_watch || l->objects || !(r->verbs & KUBE_VERB_WATCH);
        (once ? begin_list : begin_watch)(s, &what);
    } else {
        set_state(s, LEEWAY_SOURCE_FAILED, "the namespace is too long");
    }
    buf_clear(&path);
}

static void stop(struct look_source *s)
{
    kube_watch_free(s->watch);
    kube_list_cancel(s->list);
    s->watch = NULL;
    s->list = NULL;
    if (s->starting) {
        s->starting = false;
        s->look->looks->starting--;
    }
}

void look_source_cluster(struct look_source *s, enum cluster_change what)
{
    switch (what) {
    case CLUSTER_GONE:
        stop(s);
        look_rows_remove_all(s);
        s->cluster = NULL;
        say_why_not(s);
        break;
    case CLUSTER_REPLACED:
        stop(s);
        look_rows_remove_all(s);
        s->done = false;
        say_why_not(s);
        break;
    case CLUSTER_DOWN:
        say_why_not(s);
        break;
    default:
        look_source_begin(s);
    }
}

/* ---- life ---- */

struct look_source *look_source_new(struct look *l, struct cluster *c)
{
    struct look_source *s = mem_new(struct look_source);
    s->look = l;
    s->cluster = c;
    s->cluster_id = c->id;
    s->name = mem_strdup(c->name);
    s->state = LEEWAY_SOURCE_WAITING;
    s->since_ms = engine_wall_ms(l->looks->engine);
    vec_push(&l->sources, s);
    return s;
}

void look_source_free(struct look_source *s)
{
    stop(s);
    const struct strmap_entry *e;
    for (size_t i = 0; (e = strmap_next(&s->rows, &i));)
        look_row_free(e->value);
    strmap_clear(&s->rows);
    vec_clear(&s->columns);
    mem_free(s->reason);
    mem_free(s->name);
    mem_free(s);
}
