// SPDX-License-Identifier: Apache-2.0
/*
 * What a log of several pods was asked for. A pod is read at once. Of anything else the selector is
 * read, and the pods that it selects are watched (their metadata only), so that they come and go.
 * A problem is said in the log, once, and tried again.
 */
#include "engine/look/log_int.h"

#include "base/buf.h"
#include "kube/discovery.h"

#include <string.h>

static void problem(struct log_subject *s, const char *words)
{
    if (s->said && strcmp(s->said, words) == 0)
        return;
    mem_free(s->said);
    s->said = mem_strdup(words);
    log_say(s->log, NULL, "%s, %s: %s", s->cluster, s->name, words);
}

static void on_timer(void *ctx)
{
    struct log_subject *s = ctx;
    s->timer = NULL;
    log_subject_begin(s);
}

static void begin_later(struct log_subject *s)
{
    if (!s->timer)
        s->timer = log_again(s->log, &s->delay_ms, on_timer, s);
}

/* ---- the pods of a selector ---- */

static void on_object(void *ctx, enum kube_event type, const struct val *object)
{
    struct log_subject *s = ctx;
    const char *name = val_str(val_at(object, "metadata", "name", NULL), "");
    if (type == KUBE_DELETED)
        log_pod_gone(s->log, s->cluster, s->ns, name);
    else if (*name)
        log_pod_put(s->log, s->cluster, s->ns, name);
}

static void on_synced(void *ctx)
{
    struct log_subject *s = ctx;
    s->delay_ms = 0;
    mem_free(s->said);
    s->said = NULL;
    log_changed(s->log);
}

static void on_state(void *ctx, const struct kube_watch_status *status)
{
    if (status->state != KUBE_WATCH_STARTING && status->state != KUBE_WATCH_CURRENT)
        problem(ctx, status->error && status->error->text ? status->error->text
                                                          : "its pods are not seen now");
}

static void watch(struct log_subject *s, struct cluster *c, const char *selector)
{
    struct buf path;
    buf_init(&path, BUF_SMALL);
    if (kube_path(&path, "", "v1", "pods", s->ns, NULL, NULL) == 0) {
        const struct kube_watch_options o = {.what = {.path = buf_str(&path),
                                                      .label_selector = selector,
                                                      .form = KUBE_FORM_METADATA},
                                             .priority = KUBE_PRIORITY_HIGH,
                                             .on_object = on_object,
                                             .on_synced = on_synced,
                                             .on_state = on_state,
                                             .ctx = s};
        s->watch = kube_watch_start(c->kube, &o);
    }
    buf_clear(&path);
}

/* ---- the selector ---- */

static void put_expression(struct buf *out, const struct val *x)
{
    const char *key = val_str(val_get(x, "key"), ""), *op = val_str(val_get(x, "operator"), "");
    const struct val *values = val_get(x, "values");
    const char *comma = out->len ? "," : "";
    if (strcmp(op, "Exists") == 0 || strcmp(op, "DoesNotExist") == 0) {
        buf_printf(out, "%s%s%s", comma, *op == 'D' ? "!" : "", key);
        return;
    }
    buf_printf(out, "%s%s %s (", comma, key, strcmp(op, "NotIn") == 0 ? "notin" : "in");
    for (size_t i = 0; val_is(values, VAL_LIST) && i < val_count(values); i++)
        buf_printf(out, "%s%s", i ? "," : "", val_str(val_item(values, i), ""));
    buf_puts(out, ")");
}

static void put_pairs(struct buf *out, const struct val *map)
{
    for (size_t i = 0; val_is(map, VAL_MAP) && i < val_count(map); i++)
        buf_printf(out, "%s%s=%s", out->len ? "," : "", map->as.entries[i].key->s,
                   val_str(&map->as.entries[i].value, ""));
}

void log_selector(const struct val *object, struct buf *out)
{
    const struct val *selector = val_at(object, "spec", "selector", NULL);
    const struct val *labels = val_get(selector, "matchLabels");
    const struct val *expressions = val_get(selector, "matchExpressions");
    buf_reset(out);
    if (!labels && !expressions) {
        put_pairs(out, selector); /* a ReplicationController */
        return;
    }
    put_pairs(out, labels);
    for (size_t i = 0; val_is(expressions, VAL_LIST) && i < val_count(expressions); i++)
        put_expression(out, val_item(expressions, i));
}

static void on_named(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct log_subject *s = ctx;
    struct cluster *c = log_cluster(s->log, s->cluster);
    s->call = NULL;
    if (!object || !c) {
        problem(s, reply->error->text ? reply->error->text : "no answer");
        begin_later(s);
        return;
    }
    struct buf selector;
    buf_init(&selector, BUF_SMALL);
    log_selector(object, &selector);
    if (selector.len)
        watch(s, c, buf_str(&selector));
    else
        problem(s, "it selects no pods");
    buf_clear(&selector);
}

/* ---- life ---- */

static const struct kube_resource *resource_of(const struct log_subject *s, const struct cluster *c)
{
    return s->word ? kube_discovery_word(c->discovery, s->word, NULL)
                   : kube_discovery_api_kind(c->discovery, s->api_version, s->kind);
}

static bool is_pod(const struct log_subject *s)
{
    return s->word ? strcmp(s->word, "pods") == 0 || strcmp(s->word, "Pod") == 0
                   : strcmp(s->kind, "Pod") == 0;
}

void log_subject_begin(struct log_subject *s)
{
    struct cluster *c = log_cluster(s->log, s->cluster);
    if (is_pod(s)) {
        log_pod_put(s->log, s->cluster, s->ns, s->name);
        return;
    }
    if (s->call || s->watch)
        return;
    if (!c || !c->discovery) {
        problem(s, log_why_not(s->log, s->cluster));
        begin_later(s);
        return;
    }
    const struct kube_resource *r = resource_of(s, c);
    if (!r || !leeway_kind_has_logs(r->group, r->kind)) {
        problem(s, r ? "nothing of this kind has logs" : "the cluster does not serve this kind");
        return;
    }
    const struct kube_target t = {.group = r->group,
                                  .version = r->version,
                                  .plural = r->plural,
                                  .ns = s->ns,
                                  .name = s->name};
    const struct kube_write_common common = {.priority = KUBE_PRIORITY_HIGH};
    s->call = kube_read(c->kube, &t, &common, on_named, s);
}

static void stop(struct log_subject *s)
{
    kube_cancel(s->call);
    kube_watch_free(s->watch);
    loop_cancel_timer(s->log->logs->engine->loop, s->timer);
    s->call = NULL;
    s->watch = NULL;
    s->timer = NULL;
}

void log_subject_cluster(struct log_subject *s, enum cluster_change what)
{
    if (what != CLUSTER_GONE && what != CLUSTER_REPLACED)
        return;
    stop(s);
    problem(s, what == CLUSTER_GONE ? "the cluster is no longer in the fleet"
                                    : "another cluster answers under this name");
    if (what == CLUSTER_REPLACED)
        begin_later(s);
}

struct log_subject *log_subject_new(struct pod_log *l, const char *cluster, const char *ns,
                                    const char *name)
{
    struct log_subject *s = mem_new(struct log_subject);
    s->log = l;
    s->cluster = mem_strdup(cluster);
    s->ns = mem_strdup(ns);
    s->name = mem_strdup(name);
    vec_push(&l->subjects, s);
    return s;
}

void log_subject_free(struct log_subject *s)
{
    char *const strings[] = {s->cluster, s->ns, s->name, s->word, s->api_version, s->kind, s->said};
    stop(s);
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        mem_free(strings[i]);
    mem_free(s);
}
