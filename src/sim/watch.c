// SPDX-License-Identifier: Apache-2.0
/*
 * Watches. An event is written into every watch it concerns when it happens, and taken from there
 * by the connection; one that is not read and grows past its bound ends, as the server's does. What
 * enters a selector is ADDED, what leaves it is DELETED.
 */
#include "sim/define.h"
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OUT_MAX = 64 * 1024 * 1024, BACKLOG_MAX = 8 * 1024 * 1024, BOOKMARK_MS = 60000 };

static const char *const type_words[] = {"ADDED", "MODIFIED", "DELETED"};

static void end(struct sim_watch *w)
{
    if (w->ended)
        return;
    w->ended = true;
    if (w->ready)
        w->ready(w->ctx);
}

static void put(struct sim_watch *w, const char *type, const struct sim_object *o)
{
    int64_t now = sim_wall_ms(w->cluster);
    size_t at = w->out.len;
    buf_printf(&w->out, "{\"type\":\"%s\",\"object\":", type);
    if (w->form == SIM_TABLE)
        sim_object_table(&w->out, w->kind, o, w->include, !w->columns_sent, now);
    else
        sim_object_write_as(&w->out, w->kind, o, w->form, w->include, now);
    w->columns_sent = true;
    buf_puts(&w->out, "}\n");
    sim_spell(w->cluster->spellings, &w->out, at, true);
}

static void bookmark(struct sim_watch *w, bool initial)
{
    bool table = w->form == SIM_TABLE, partial = w->form == SIM_METADATA;
    buf_puts(&w->out, "{\"type\":\"BOOKMARK\",\"object\":");
    if (table)
        buf_puts(&w->out, "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",");
    else if (partial)
        buf_puts(&w->out, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",");
    else
        buf_printf(&w->out, "{\"kind\":\"%s\",\"apiVersion\":\"%s%s%s\",", w->kind->kind,
                   w->kind->group, w->kind->group[0] ? "/" : "", w->kind->version);
    buf_printf(&w->out, "\"metadata\":{\"resourceVersion\":\"%" PRIu64 "\"", w->cluster->version);
    if (!table)
        buf_puts(&w->out, ",\"creationTimestamp\":null");
    if (initial)
        buf_puts(&w->out, ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}");
    buf_puts(&w->out, "}");
    if (table)
        buf_puts(&w->out, ",\"columnDefinitions\":[],\"rows\":[]");
    buf_puts(&w->out, "}}\n");
    w->bookmark_ms = sim_boot_ms(w->cluster->sim) + BOOKMARK_MS;
}

static void expired(struct sim_watch *w, uint64_t version)
{
    buf_printf(&w->out,
               "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\","
               "\"metadata\":{},\"status\":\"Failure\",\"message\":\"too old resource version: "
               "%" PRIu64 " (%" PRIu64 ")\",\"reason\":\"Expired\",\"code\":410}}\n",
               version, w->cluster->history_gone);
}

void sim_watch_expire(struct sim_watch *w)
{
    if (w->ended || w->log)
        return;
    expired(w, 1);
    end(w);
}

void sim_watch_stop(struct sim_cluster *c, const struct sim_definition *d)
{
    for (struct sim_watch *w = c->watches, *next; w; w = next) {
        next = w->next;
        if (!w->kind || !w->kind->made || w->kind->made->of != d)
            continue;
        end(w);
        w->kind = NULL;
    }
}

static bool concerns(const struct sim_watch *w, const struct sim_event *ev)
{
    return w->kind && sim_kind_stored(ev->now->kind) == sim_kind_stored(w->kind) &&
           (!w->ns || strcmp(w->ns, ev->now->ns) == 0);
}

/* Values of an event, read at most once however many watches select. */
struct read_event {
    const struct sim_event *ev;
    struct val_pool pool;
    const struct val *now, *before;
};

/* What left the selector, as it was while it was in it, with the version at which it left. */
static void put_left(struct sim_watch *w, struct read_event *e)
{
    const struct sim_object *was = e->ev->before;
    char version[24];
    snprintf(version, sizeof(version), "%" PRIu64, e->ev->now->version);
    const struct val *meta = val_get(e->before, "metadata");
    meta = val_map_with(&e->pool, meta, "resourceVersion",
                        val_box(&e->pool, val_of_str(&e->pool, version)));
    const struct val *v = val_map_with(&e->pool, e->before, "metadata", meta);
    struct buf text;
    buf_init(&text, OUT_MAX);
    json_write(&text, v, JSON_COMPACT);
    struct sim_object *left = mem_alloc(sizeof(*left) + text.len + 1);
    *left = (struct sim_object){.refs = 1,
                                .len = (uint32_t)text.len,
                                .version = e->ev->now->version,
                                .kind = was->kind,
                                .ns = was->ns,
                                .name = was->name};
    memcpy(left->text, buf_str(&text), text.len + 1);
    put(w, type_words[SIM_DELETED], left);
    mem_free(left);
    buf_clear(&text);
}

static void tell(struct sim_watch *w, struct read_event *e)
{
    const struct sim_event *ev = e->ev;
    if (w->ended)
        return;
    bool now = ev->type != SIM_DELETED, before = ev->before != NULL;
    if (!sim_selector_empty(w->selector)) {
        if (!e->now)
            e->now = sim_object_read(&e->pool, ev->now);
        if (!e->before && ev->before)
            e->before = sim_object_read(&e->pool, ev->before);
        now = now && sim_selector_matches(w->selector, e->now);
        before = before && sim_selector_matches(w->selector, e->before);
    }
    if (!now && !before)
        return;
    size_t at = w->out.len;
    if (!now && ev->type != SIM_DELETED)
        put_left(w, e);
    else
        put(w, type_words[!now ? SIM_DELETED : (before ? SIM_MODIFIED : SIM_ADDED)], ev->now);
    if (sim_fault_hits(w->cluster, &w->cluster->faults.cut)) {
        w->out.len = at + (w->out.len - at) / 2;
        w->cut = true;
        end(w);
    }
}

void sim_watch_tell(struct sim_cluster *c, const struct sim_event *ev)
{
    struct read_event e = {.ev = ev};
    val_pool_init(&e.pool);
    for (struct sim_watch *w = c->watches, *next; w; w = next) {
        next = w->next;
        if (w->ended || !concerns(w, ev))
            continue;
        tell(w, &e);
        if (w->out.len > BACKLOG_MAX || w->out.over)
            end(w);
        else if (w->out.len && w->ready)
            w->ready(w->ctx);
    }
    val_pool_clear(&e.pool);
}

void sim_watch_tick(struct sim_cluster *c, int64_t now_ms)
{
    if (sim_fault_frozen(c))
        return;
    for (struct sim_watch *w = c->watches, *next; w; w = next) {
        next = w->next;
        if (w->out.len && w->ready)
            w->ready(w->ctx); /* it may have been frozen */
        if (w->ended)
            continue;
        if (w->log) {
            bool on = sim_log_goes_on(w);
            if (w->out.len && w->ready)
                w->ready(w->ctx);
            if (!on || w->out.len > BACKLOG_MAX)
                end(w);
            continue;
        }
        bool over = now_ms >= w->ends_ms;
        if (w->bookmarks && (over || now_ms >= w->bookmark_ms)) {
            bookmark(w, false);
            if (w->ready)
                w->ready(w->ctx);
        }
        if (over)
            end(w);
    }
}

void sim_watch_free(struct sim_watch *w)
{
    if (!w)
        return;
    *w->prev = w->next;
    if (w->next)
        w->next->prev = w->prev;
    w->cluster->sim->watches--;
    sim_selector_free(w->selector);
    sim_log_free(w->log);
    buf_clear(&w->out);
    mem_free(w->ns);
    mem_free(w);
}

struct sim_watch *sim_watch_follow(struct sim_cluster *c)
{
    struct sim_watch *w = mem_new(struct sim_watch);
    *w = (struct sim_watch){.cluster = c, .next = c->watches, .prev = &c->watches};
    w->ends_ms = INT64_MAX;
    buf_init(&w->out, OUT_MAX);
    if (w->next)
        w->next->prev = &w->next;
    c->watches = w;
    c->sim->watches++;
    return w;
}

/* ---- how one begins ---- */

static void send_all(struct sim_watch *w, struct sim_cluster *c)
{
    sim_object_vec v;
    if (!sim_store_at(c, w->kind, w->ns, c->version, &v))
        return;
    for (size_t i = 0; i < v.len; i++) {
        struct val_pool p;
        val_pool_init(&p);
        if (sim_selector_empty(w->selector) ||
            sim_selector_matches(w->selector, sim_object_read(&p, v.items[i])))
            put(w, "ADDED", v.items[i]);
        val_pool_clear(&p);
    }
    sim_object_vec_clear(&v);
}

static void send_since(struct sim_watch *w, struct sim_cluster *c, uint64_t version)
{
    for (size_t i = 0; i < c->history_len; i++) {
        struct read_event e = {.ev = &c->history[(c->history_at + i) % SIM_HISTORY]};
        if (e.ev->version <= version || !concerns(w, e.ev))
            continue;
        val_pool_init(&e.pool);
        tell(w, &e);
        val_pool_clear(&e.pool);
    }
}

static bool initial_events(const struct sim_query *q, struct sim_reply *r, bool *wanted)
{
    const char *send = sim_query_get(q, "sendInitialEvents");
    const char *match = sim_query_get(q, "resourceVersionMatch");
    *wanted = sim_query_flag(q, "sendInitialEvents");
    const char *wrong = NULL;
    if (send && (!match || strcmp(match, "NotOlderThan") != 0))
        wrong = "resourceVersionMatch: Forbidden: sendInitialEvents requires setting "
                "resourceVersionMatch to NotOlderThan";
    else if (!send && match && *match)
        wrong = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch "
                "unless sendInitialEvents is provided";
    else if (send && !sim_query_flag(q, "allowWatchBookmarks"))
        wrong = NULL; /* allowed: the bookmark that ends the initial events is then not sent */
    if (wrong)
        sim_fail(r, 422, "Invalid", NULL, NULL, "ListOptions.meta.k8s.io \"\" is invalid: %s",
                 wrong);
    return !wrong;
}

void sim_watch_answer(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                      struct sim_reply *r)
{
    const char *rv = sim_query_get(q, "resourceVersion");
    uint64_t version = 0, timeout = 0;
    bool initial, any = !rv || !*rv || strcmp(rv, "0") == 0;
    if (!initial_events(q, r, &initial))
        return;
    if (!any && !sim_query_number(q, "resourceVersion", &version)) {
        sim_fail(r, 500, "", NULL, NULL,
                 "resourceVersion: Invalid value: \"%.60s\": strconv.ParseUint: parsing \"%.60s\": "
                 "invalid syntax",
                 rv, rv);
        return;
    }
    if (version > c->version) {
        sim_fail(r, 504, "Timeout", NULL,
                 "\"causes\":[{\"reason\":\"ResourceVersionTooLarge\",\"message\":\"Too large "
                 "resource version\"}],\"retryAfterSeconds\":1",
                 "Too large resource version: %" PRIu64 ", current: %" PRIu64, version, c->version);
        r->retry_after_s = 1;
        return;
    }
    char fields[600] = "";
    const char *asked = sim_query_get(q, "fieldSelector");
    if (t->name[0])
        snprintf(fields, sizeof(fields), "metadata.name=%s", t->name);
    struct sim_selector *s = sim_selector_new(t->kind, sim_query_get(q, "labelSelector"),
                                              t->name[0] ? fields : asked, r);
    if (!s)
        return;
    struct sim_watch *w = mem_new(struct sim_watch);
    int64_t now = sim_boot_ms(c->sim);
    *w = (struct sim_watch){
        .cluster = c,
        .kind = t->kind,
        .ns = t->ns[0] && t->kind->namespaced ? mem_strdup(t->ns) : NULL,
        .selector = s,
        .form = t->form,
        .bookmarks = sim_query_flag(q, "allowWatchBookmarks"),
        .bookmark_ms = now + BOOKMARK_MS,
    };
    const char *include = sim_query_get(q, "includeObject");
    snprintf(w->include, sizeof(w->include), "%s", include ? include : "Metadata");
    buf_init(&w->out, OUT_MAX);
    if (!sim_query_number(q, "timeoutSeconds", &timeout) || timeout == 0 || timeout > 86400)
        timeout = 1800 + sim_random(c) % 1800;
    w->ends_ms = now + (int64_t)timeout * 1000;
    w->next = c->watches;
    w->prev = &c->watches;
    if (w->next)
        w->next->prev = &w->next;
    c->watches = w;
    c->sim->watches++;
    r->watch = w;
    if (initial) {
        send_all(w, c);
        if (w->bookmarks)
            bookmark(w, true);
    } else if (any && !sim_query_get(q, "sendInitialEvents")) {
        send_all(w, c);
    } else if (!any && version < c->history_gone) {
        expired(w, version);
        w->ended = true;
    } else if (!any) {
        send_since(w, c, version);
    }
}
