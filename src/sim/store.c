// SPDX-License-Identifier: Apache-2.0
/*
 * The objects of one cluster: sorted arrays of counted, immutable texts, one version counter, and
 * the last SIM_HISTORY changes, from which watches go on and lists are wound back. A version given
 * out is never given out again.
 */
#include "base/digest.h"
#include "base/hash.h"
#include "sim/define.h"
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OBJECT_MAX = 1536 * 1024 };

/* ---- objects ---- */

struct sim_object *sim_object_ref(struct sim_object *o)
{
    o->refs++;
    return o;
}

void sim_object_unref(struct sim_object *o)
{
    if (!o || --o->refs)
        return;
    const struct sim_made *m = o->kind->made;
    mem_free(o);
    if (m)
        sim_definition_unref(m->of);
}

void sim_object_vec_clear(sim_object_vec *v)
{
    for (size_t i = 0; i < v->len; i++)
        sim_object_unref(v->items[i]);
    vec_clear(v);
}

const struct val *sim_object_read(struct val_pool *p, const struct sim_object *o)
{
    const struct val *v = json_read(p, o->text, o->len, NULL, NULL);
    return v ? v : &val_null;
}

static struct sim_object *object_new(const struct sim_kind *k, uint64_t version, const char *ns,
                                     const char *name, const struct buf *text)
{
    size_t ns_len = strlen(ns), name_len = strlen(name);
    struct sim_object *o = mem_alloc(sizeof(*o) + text->len + ns_len + name_len + 3);
    *o = (struct sim_object){.refs = 1, .len = (uint32_t)text->len, .version = version, .kind = k};
    memcpy(o->text, buf_str(text), text->len + 1);
    char *at = o->text + text->len + 1;
    if (k->made)
        k->made->of->refs++;
    o->ns = memcpy(at, ns, ns_len + 1);
    o->name = memcpy(at + ns_len + 1, name, name_len + 1);
    return o;
}

/* ---- what is drawn ---- */

uint64_t sim_random(struct sim_cluster *c)
{
    uint64_t z = (c->random += 0x9e3779b97f4a7c15u); /* splitmix64, Steele and others 2014 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void sim_uuid(struct sim_cluster *c, char out[40])
{
    uint64_t a = sim_random(c), b = sim_random(c);
    snprintf(out, 40, "%08x-%04x-4%03x-%04x-%012" PRIx64, (unsigned)(a >> 32),
             (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
             0x8000 | ((unsigned)(b >> 48) & 0x3fff), b & 0xffffffffffff);
}

/* ---- arrays ---- */

static int order(const struct sim_object *o, const char *ns, const char *name)
{
    int d = strcmp(o->ns, ns);
    return d ? d : strcmp(o->name, name);
}

static size_t place(const sim_object_vec *v, const char *ns, const char *name, bool *found)
{
    size_t lo = 0, hi = v->len;
    *found = false;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int d = order(v->items[mid], ns, name);
        if (d == 0) {
            *found = true;
            return mid;
        }
        if (d < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Takes the reference. */
static void vec_put(sim_object_vec *v, struct sim_object *o)
{
    bool found;
    size_t at = place(v, o->ns, o->name, &found);
    if (found) {
        sim_object_unref(v->items[at]);
        v->items[at] = o;
        return;
    }
    vec_push(v, o);
    memmove(&v->items[at + 1], &v->items[at], (v->len - 1 - at) * sizeof(*v->items));
    v->items[at] = o;
}

static void vec_remove(sim_object_vec *v, const char *ns, const char *name)
{
    bool found;
    size_t at = place(v, ns, name, &found);
    if (!found)
        return;
    struct sim_object *o = v->items[at];
    memmove(&v->items[at], &v->items[at + 1], (v->len - 1 - at) * sizeof(*v->items));
    v->len--;
    sim_object_unref(o);
}

sim_object_vec *sim_store_all(struct sim_cluster *c, const struct sim_kind *k)
{
    k = sim_kind_stored(k);
    return k->made ? &k->made->of->objects : &c->objects[sim_kind_at(k)];
}

const struct sim_kind *sim_store_next(const struct sim_cluster *c, const struct sim_kind *k)
{
    if (!k)
        return sim_kinds;
    if (!k->made && sim_kind_at(k) + 1 < sim_kinds_len)
        return k + 1;
    const struct sim_definition *d = k->made          ? k->made->of->next
                                     : c->definitions ? c->definitions->first
                                                      : NULL;
    while (d && !d->stored)
        d = d->next;
    return d ? &d->stored->kind : NULL;
}

struct sim_object *sim_store_get(struct sim_cluster *c, const struct sim_kind *k, const char *ns,
                                 const char *name)
{
    bool found;
    k = sim_kind_stored(k);
    const sim_object_vec *v = sim_store_all(c, k);
    size_t at = place(v, k->namespaced ? ns : "", name, &found);
    return found ? v->items[at] : NULL;
}

/* ---- changes ---- */

/* Takes both references. */
static void commit(struct sim_cluster *c, enum sim_event_type type, struct sim_object *now,
                   struct sim_object *before)
{
    sim_define_tell(c, &(struct sim_event){now->version, type, now, before});
    if (!c->filled) { /* the content it begins with is nobody's news */
        sim_object_unref(now);
        sim_object_unref(before);
        c->history_gone = c->version;
        return;
    }
    if (!c->history)
        c->history = mem_calloc(SIM_HISTORY, sizeof(*c->history));
    if (c->history_len == SIM_HISTORY) {
        struct sim_event *old = &c->history[c->history_at];
        c->history_gone = old->version;
        sim_object_unref(old->now);
        sim_object_unref(old->before);
        c->history_at = (c->history_at + 1) % SIM_HISTORY;
        c->history_len--;
    }
    struct sim_event *ev = &c->history[(c->history_at + c->history_len++) % SIM_HISTORY];
    *ev = (struct sim_event){now->version, type, now, before};
    c->sim->events++;
    sim_watch_tell(c, ev);
    sim_behave_tell(c, ev);
}

static const struct val *with(struct val_pool *p, const struct val *map, const char *key,
                              const char *text)
{
    struct val v = val_of_str(p, text);
    return val_map_with(p, map, key, &v);
}

static struct sim_object *write_object(struct sim_cluster *c, const struct sim_kind *k,
                                       struct val_pool *p, const struct val *object,
                                       uint64_t version)
{
    char number[24];
    snprintf(number, sizeof(number), "%" PRIu64, version);
    const struct val *meta = with(p, val_get(object, "metadata"), "resourceVersion", number);
    object = val_map_with(p, object, "metadata", meta);
    struct buf b;
    buf_init(&b, OBJECT_MAX);
    struct sim_object *o = NULL;
    if (!json_write(&b, object, JSON_COMPACT))
        o = object_new(k, version, k->namespaced ? val_str(val_get(meta, "namespace"), "") : "",
                       val_str(val_get(meta, "name"), ""), &b);
    buf_clear(&b);
    return o;
}

struct sim_object *sim_store_put(struct sim_cluster *c, const struct sim_kind *k,
                                 struct val_pool *p, const struct val *object)
{
    const struct val *meta = val_get(object, "metadata");
    const char *ns = val_str(val_get(meta, "namespace"), "");
    const struct sim_kind *stored = sim_kind_stored(k);
    if (stored != k && stored->made)
        object = sim_made_show(p, stored->made, false, object);
    k = stored;
    struct sim_object *before = sim_store_get(c, k, ns, val_str(val_get(meta, "name"), ""));
    char id[40], now[CLOCK_RFC3339_LEN];
    if (!val_get(meta, "uid")) {
        sim_uuid(c, id);
        meta = with(p, meta, "uid", id);
    }
    if (!val_get(meta, "creationTimestamp")) {
        clock_format_rfc3339(sim_wall_ms(c), now);
        meta = with(p, meta, "creationTimestamp", now);
    }
    object = val_map_with(p, object, "metadata", meta);
    if (before) {
        struct sim_object *same = write_object(c, k, p, object, before->version);
        bool equal =
            same && same->len == before->len && memcmp(same->text, before->text, same->len) == 0;
        sim_object_unref(same);
        if (equal)
            return before;
    }
    struct sim_object *o = write_object(c, k, p, object, c->version + 1);
    if (!o)
        return NULL;
    c->version++;
    if (before)
        sim_object_ref(before);
    vec_put(sim_store_all(c, k), o);
    commit(c, before ? SIM_MODIFIED : SIM_ADDED, sim_object_ref(o), before);
    return o;
}

void sim_store_reread(sim_object_vec *all, size_t i, const struct sim_kind *k, const struct val *v)
{
    struct buf b;
    struct sim_object *was = all->items[i];
    buf_init(&b, OBJECT_MAX);
    if (!json_write(&b, v, JSON_COMPACT)) {
        all->items[i] = object_new(k, was->version, was->ns, was->name, &b);
        sim_object_unref(was);
    }
    buf_clear(&b);
}

void sim_store_remove(struct sim_cluster *c, struct sim_object *o)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, o);
    struct sim_object *last = write_object(c, o->kind, &p, v, c->version + 1);
    val_pool_clear(&p);
    if (!last) /* only its number grew by a digit */
        return;
    c->version++;
    sim_object_ref(o);
    vec_remove(sim_store_all(c, o->kind), o->ns, o->name);
    commit(c, SIM_DELETED, last, o);
}

void sim_store_take(struct sim_cluster *c, const struct sim_kind *k, const char *ns,
                    const char *name, uint64_t version, const struct buf *text)
{
    if (!c->objects)
        c->objects = mem_calloc(sim_kinds_len, sizeof(*c->objects));
    vec_put(&c->objects[sim_kind_at(k)], object_new(k, version, ns, name, text));
    c->version = version > c->version ? version : c->version;
}

static void forget_history(struct sim_cluster *c)
{
    for (size_t i = 0; i < c->history_len; i++) {
        struct sim_event *ev = &c->history[(c->history_at + i) % SIM_HISTORY];
        sim_object_unref(ev->now);
        sim_object_unref(ev->before);
    }
    c->history_at = c->history_len = 0;
    c->history_gone = c->version;
}

void sim_store_clear(struct sim_cluster *c)
{
    for (size_t i = 0; c->objects && i < sim_kinds_len; i++)
        sim_object_vec_clear(&c->objects[i]);
    mem_free(c->objects);
    c->objects = NULL;
    sim_define_clear(c);
    forget_history(c);
    mem_free(c->history);
    c->history = NULL;
    sim_behave_clear(c);
    vec_clear(&c->webhooks);
}

/* ---- the past ---- */

void sim_store_forget(struct sim_cluster *c, uint64_t versions)
{
    uint64_t to = c->version > versions ? c->version - versions : 0;
    to = to < c->history_gone ? c->history_gone : to;
    for (const struct sim_kind *k = NULL; versions && (k = sim_store_next(c, k));) {
        sim_object_vec then, *all = sim_store_all(c, k);
        if (!sim_store_at(c, k, NULL, to, &then))
            continue;
        sim_object_vec_clear(all);
        *all = then;
    }
    if (c->definitions)
        c->definitions->stale = true;
    c->version = versions ? to : c->version;
    forget_history(c);
}

bool sim_store_at(struct sim_cluster *c, const struct sim_kind *k, const char *ns, uint64_t version,
                  sim_object_vec *out)
{
    *out = (sim_object_vec){0};
    k = sim_kind_stored(k);
    if (version < c->history_gone)
        return false;
    const sim_object_vec *v = sim_store_all(c, k);
    bool found;
    for (size_t i = ns ? place(v, ns, "", &found) : 0; i < v->len; i++) {
        if (ns && strcmp(v->items[i]->ns, ns) != 0)
            break;
        vec_push(out, sim_object_ref(v->items[i]));
    }
    for (size_t i = c->history_len; i > 0; i--) {
        struct sim_event *ev = &c->history[(c->history_at + i - 1) % SIM_HISTORY];
        if (ev->version <= version)
            break;
        if (sim_kind_stored(ev->now->kind) != k || (ns && strcmp(ev->now->ns, ns) != 0))
            continue;
        if (ev->before)
            vec_put(out, sim_object_ref(ev->before));
        else
            vec_remove(out, ev->now->ns, ev->now->name);
    }
    return true;
}
