// SPDX-License-Identifier: Apache-2.0
/*
 * Events: what controllers and kubelets say about objects. One that was said before counts up, as
 * client-go's recorder does; the oldest are forgotten, by number and by age.
 */
#include "sim/define.h"
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 400, AGE_MS = 3600 * 1000, SAME_MS = 600 * 1000 };

static const struct sim_kind *event_kind(void)
{
    return sim_kind_named("Event");
}

/* ---- the view of events.k8s.io ---- */

const struct sim_kind *sim_kind_stored(const struct sim_kind *k)
{
    if (k->made)
        return k->made->of->stored ? &k->made->of->stored->kind : k;
    return strcmp(k->group, "events.k8s.io") == 0 ? event_kind() : k;
}

const struct val *sim_kind_show(struct val_pool *p, const struct sim_kind *as,
                                const struct val *stored)
{
    if (as->made)
        return sim_made_show(p, as->made, false, stored);
    static const struct {
        const char *from, *to;
    } names[] = {
        {"metadata", "metadata"},
        {"eventTime", "eventTime"},
        {"series", "series"},
        {"reportingComponent", "reportingController"},
        {"reportingInstance", "reportingInstance"},
        {"action", "action"},
        {"reason", "reason"},
        {"involvedObject", "regarding"},
        {"related", "related"},
        {"message", "note"},
        {"type", "type"},
        {"source", "deprecatedSource"},
        {"firstTimestamp", "deprecatedFirstTimestamp"},
        {"lastTimestamp", "deprecatedLastTimestamp"},
        {"count", "deprecatedCount"},
    };
    struct val kind = val_of_str(p, "Event"), api = val_of_str(p, "events.k8s.io/v1");
    const struct val *out = val_map_of(p, NULL, 0);
    out = val_map_with(p, out, "kind", &kind);
    out = val_map_with(p, out, "apiVersion", &api);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct val *v = val_get(stored, names[i].from);
        if (v)
            out = val_map_with(p, out, names[i].to, v);
    }
    return out;
}

/* ---- what was said before ---- */

static bool says(const struct val *v, const char *uid, const char *reason, const char *message)
{
    return val_str_is(val_at(v, "involvedObject", "uid", NULL), uid) &&
           val_str_is(val_get(v, "reason"), reason) && val_str_is(val_get(v, "message"), message);
}

static int64_t last_ms(const struct val *v)
{
    const struct val *at = val_get(v, "lastTimestamp");
    int64_t ms = 0;
    if (!val_is(at, VAL_STRING) || clock_parse_rfc3339(at->as.s, at->len, &ms, NULL))
        return 0;
    return ms;
}

/* Counts up the one that says the same, if there is one. */
static bool again(struct sim_cluster *c, const char *ns, const char *uid, const char *reason,
                  const char *message)
{
    const sim_object_vec *all = &c->objects[sim_kind_at(event_kind())];
    char now[CLOCK_RFC3339_LEN];
    bool found = false;
    for (size_t i = 0; i < all->len && !found; i++) {
        struct sim_object *o = all->items[i];
        if (strcmp(o->ns, ns) != 0 || !strstr(o->text, uid) || !strstr(o->text, reason))
            continue;
        struct val_pool p;
        val_pool_init(&p);
        const struct val *v = sim_object_read(&p, o);
        if (says(v, uid, reason, message) && sim_wall_ms(c) - last_ms(v) < SAME_MS) {
            sim_now_text(c, now);
            sim_act_patch(c, &sim_as_controller, o,
                          "{\"count\":%" PRId64 ",\"lastTimestamp\":\"%s\"}",
                          val_int(val_get(v, "count"), 1) + 1, now);
            found = true;
        }
        val_pool_clear(&p);
    }
    return found;
}

void sim_event_tell(struct sim_cluster *c, const char *component, const struct val *about,
                    bool warning, const char *reason, const char *fmt, ...)
{
    char message[1024], now[CLOCK_RFC3339_LEN];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    const struct val *meta = val_get(about, "metadata");
    const char *name = val_str(val_get(meta, "name"), ""), *uid = sim_uid(about);
    const char *ns = val_str(val_get(meta, "namespace"), ""), *into = *ns ? ns : "default";
    const char *api = val_str(val_get(about, "apiVersion"), "");
    if (!c->filled || again(c, into, uid, reason, message))
        return;
    struct buf b;
    buf_init(&b, BUF_SMALL);
    sim_now_text(c, now);
    buf_printf(
        &b,
        "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"metadata\":{\"name\":\"%.230s.%016" PRIx64
        "\",\"namespace\":\"%s\"},\"involvedObject\":{\"kind\":\"%s\",\"namespace\":\"%s\","
        "\"name\":\"%s\",\"uid\":\"%s\",\"apiVersion\":\"%s\",\"resourceVersion\":\"%s\"},"
        "\"reason\":\"%s\",\"message\":",
        name, sim_random(c), into, val_str(val_get(about, "kind"), ""), ns, name, uid, api,
        val_str(val_get(meta, "resourceVersion"), ""), reason);
    sim_json_text(&b, message);
    buf_printf(&b, ",\"source\":{\"component\":\"%s\"", component);
    if (strcmp(component, "kubelet") == 0)
        buf_printf(&b, ",\"host\":\"%s\"", val_str(val_at(about, "spec", "nodeName", NULL), ""));
    buf_printf(&b,
               "},\"firstTimestamp\":\"%s\",\"lastTimestamp\":\"%s\",\"count\":1,\"type\":\"%s\","
               "\"eventTime\":null,\"reportingComponent\":\"%s\",\"reportingInstance\":\"\"}",
               now, now, warning ? "Warning" : "Normal", component);
    const struct sim_actor *who = strcmp(component, "kubelet") == 0 ? &sim_as_kubelet
                                  : strcmp(component, "default-scheduler") == 0
                                      ? &sim_as_scheduler
                                      : &sim_as_controller;
    sim_act_text(c, who, "Event", &b);
    buf_clear(&b);
}

void sim_event_tick(struct sim_cluster *c)
{
    const sim_object_vec *all = &c->objects[sim_kind_at(event_kind())];
    while (all->len > EVENTS_MAX) {
        struct sim_object *oldest = all->items[0];
        for (size_t i = 1; i < all->len; i++)
            if (all->items[i]->version < oldest->version)
                oldest = all->items[i];
        sim_store_remove(c, oldest);
    }
    int64_t now = sim_now_ms(c->sim);
    if (!all->len || now / 60000 == c->events_checked)
        return;
    c->events_checked = now / 60000;
    for (size_t i = all->len; i > 0; i--) {
        struct val_pool p;
        val_pool_init(&p);
        if (sim_wall_ms(c) - last_ms(sim_object_read(&p, all->items[i - 1])) > AGE_MS)
            sim_store_remove(c, all->items[i - 1]);
        val_pool_clear(&p);
    }
}
