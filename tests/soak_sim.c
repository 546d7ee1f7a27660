// SPDX-License-Identifier: Apache-2.0
/*
 * A soak of the simulator: clients write and apply at random, watchers follow through cut watches,
 * lost history, refusals and pauses, controllers do their work, on a clock that runs as fast as it
 * can. What must hold: versions only grow, a version means the same change to whoever saw it, a
 * watcher that caught up holds what a list says, and whose fields the served objects say they are
 * is what follows from the log of the writes (soak_owners.h). `soak_sim [SEED [ROUNDS]]`; the seed
 * is printed.
 */
#include "base/hash.h"
#include "sim/live.h"
#include "sim/types.h"
#include "soak_owners.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WATCHERS = 24, NAMES = 10, SETTLE_TICKS = 1200 };

static const struct {
    const char *path, *kind, *api, *rest; /* rest NULL: only controllers write it */
} kinds[] = {
    {"/api/v1/namespaces/soak/configmaps", "ConfigMap", "v1", "\"data\":{\"n\":\"1\"}"},
    {"/apis/apps/v1/namespaces/soak/deployments", "Deployment", "apps/v1",
     "\"spec\":{\"replicas\":2,\"selector\":{\"matchLabels\":{\"app\":\"x\"}},\"template\":{"
     "\"metadata\":{\"labels\":{\"app\":\"x\"}},\"spec\":{\"containers\":[{\"name\":\"c\","
     "\"image\":\"x:1\"}]}}}"},
    {"/apis/batch/v1/namespaces/soak/jobs", "Job", "batch/v1",
     "\"spec\":{\"parallelism\":2,\"template\":{\"spec\":{\"restartPolicy\":\"Never\","
     "\"containers\":[{\"name\":\"c\",\"image\":\"x:1\"}]}}}"},
    {"/apis/apps/v1/namespaces/soak/replicasets", "ReplicaSet", "apps/v1", NULL},
    {"/api/v1/namespaces/soak/pods", "Pod", "v1", NULL},
    {"/api/v1/namespaces/soak/events", "Event", "v1", NULL},
};

struct watcher {
    size_t kind;
    bool listed;
    uint64_t version;
    struct sim_reply reply; /* with a watch while one is open */
    struct strmap objects;  /* name → its version, as text; owned */
};

struct soak {
    struct sim sim;
    struct clock_fake clock;
    struct sim_cluster cluster;
    struct watcher watchers[WATCHERS];
    struct strmap seen; /* version → what it was, owned */
    struct owners owners;
    uint64_t random, requests, events, relists, refused, owned, conflicts;
};

static void broken(const char *what, const char *detail)
{
    printf("not ok - %s: %.300s\n", what, detail);
    exit(1);
}

static uint64_t draw(struct soak *s, uint64_t n)
{
    uint64_t z = (s->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    return ((z ^ (z >> 27)) >> 7) % n;
}

static void ask(struct soak *s, const char *method, const char *target, const char *type,
                const char *body, struct sim_reply *r)
{
    const struct sim_request q = {.method = method,
                                  .target = target,
                                  .content_type = type,
                                  .authorization = "Bearer t",
                                  .user_agent = "soak/1",
                                  .body = body,
                                  .body_len = strlen(body)};
    sim_answer(&s->cluster, &q, r);
    s->requests++;
    s->refused += r->status == 429 || r->hang_up;
    if (r->status == 500)
        broken("the server fails", buf_str(&r->body));
}

/* ---- watchers ---- */

static void forget(struct watcher *w)
{
    const struct strmap_entry *x;
    for (size_t i = 0; (x = strmap_next(&w->objects, &i));)
        mem_free(x->value);
    strmap_clear(&w->objects);
    w->listed = false;
}

static void hang_up(struct watcher *w)
{
    sim_reply_clear(&w->reply);
    w->reply = (struct sim_reply){0};
}

static void keep(struct watcher *w, const struct val *o, bool gone)
{
    const char *name = val_str(val_at(o, "metadata", "name", NULL), "");
    const char *rv = val_str(val_at(o, "metadata", "resourceVersion", NULL), "");
    mem_free(gone ? strmap_remove(&w->objects, name)
                  : strmap_set(&w->objects, name, mem_strdup(rv)));
}

/* The same version is the same change, whoever tells of it. */
static void agree(struct soak *s, const char *version, const char *line)
{
    const char *before = strmap_get(&s->seen, version);
    if (before && strcmp(before, line) != 0)
        broken("two watchers see another change with one version", line);
    if (!before)
        strmap_set(&s->seen, version, mem_strdup(line));
}

static void forget_seen(struct soak *s)
{
    const struct strmap_entry *x;
    for (size_t i = 0; (x = strmap_next(&s->seen, &i));)
        mem_free(x->value);
    strmap_clear(&s->seen);
}

static void take_line(struct soak *s, struct watcher *w, const char *line, size_t len)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = json_read(&p, line, len, NULL, NULL), *o = val_get(v, "object");
    const char *type = val_str(val_get(v, "type"), "");
    const char *rv = val_str(val_at(o, "metadata", "resourceVersion", NULL), "0");
    uint64_t version = strtoull(rv, NULL, 10);
    if (!v) { /* cut off: only the end may be */
        if (!w->reply.watch->cut)
            broken("an event that cannot be read", line);
    } else if (strcmp(type, "ERROR") == 0) {
        if (val_int(val_get(o, "code"), 0) != 410)
            broken("an error that is not 410", line);
        forget(w);
    } else if (strcmp(type, "BOOKMARK") == 0) {
        if (version < w->version)
            broken("a bookmark goes backwards", line);
        w->version = version;
    } else {
        if (version <= w->version)
            broken("versions do not grow", line);
        w->version = version;
        char *text = mem_strndup(line, len);
        agree(s, rv, text);
        mem_free(text);
        keep(w, o, strcmp(type, "DELETED") == 0);
        s->events++;
    }
    val_pool_clear(&p);
}

static void list(struct soak *s, struct watcher *w)
{
    struct sim_reply r;
    struct val_pool p;
    forget(w);
    s->relists++;
    ask(s, "GET", kinds[w->kind].path, NULL, "", &r);
    val_pool_init(&p);
    if (r.status == 200 && !r.hang_up) {
        const struct val *v = json_read(&p, buf_str(&r.body), r.body.len, NULL, NULL);
        const struct val *items = val_get(v, "items");
        w->version =
            strtoull(val_str(val_at(v, "metadata", "resourceVersion", NULL), "0"), NULL, 10);
        for (size_t i = 0; i < val_count(items); i++)
            keep(w, val_item(items, i), false);
        w->listed = true;
    }
    val_pool_clear(&p);
    sim_reply_clear(&r);
}

static void watch(struct soak *s, struct watcher *w)
{
    char target[200];
    snprintf(target, sizeof(target),
             "%s?watch=1&allowWatchBookmarks=true&timeoutSeconds=%d"
             "&resourceVersion=%" PRIu64,
             kinds[w->kind].path, (int)draw(s, 60) + 5, w->version);
    ask(s, "GET", target, NULL, "", &w->reply);
    if (w->reply.status == 504) /* a version that was taken back */
        forget(w);
    if (w->reply.status != 200 || w->reply.hang_up || !w->reply.watch)
        hang_up(w);
}

static void follow(struct soak *s, struct watcher *w)
{
    if (!w->listed)
        list(s, w);
    if (w->listed && !w->reply.watch)
        watch(s, w);
    struct sim_watch *x = w->reply.watch;
    while (x && x->out.len) {
        char *end = memchr(x->out.data, '\n', x->out.len);
        size_t n = end ? (size_t)(end - x->out.data) : x->out.len;
        take_line(s, w, x->out.data, n);
        buf_drop(&x->out, end ? n + 1 : n);
        if (!w->listed)
            break;
    }
    if (x && (x->ended || !w->listed))
        hang_up(w);
}

/* ---- writers ---- */

static void write_once(struct soak *s)
{
    size_t k = draw(s, 3);
    char target[300], body[1200], name[16];
    int n = (int)draw(s, 5);
    struct sim_reply r;
    snprintf(name, sizeof(name), "x%d", (int)draw(s, NAMES));
    const char *as = owners_managers[draw(s, OWNERS_MANAGERS)];
    snprintf(target, sizeof(target), "%s/%s?fieldManager=%s", kinds[k].path, name, as);
    switch (draw(s, 8)) {
    case 0:
    case 1:
        snprintf(target, sizeof(target), "%s?fieldManager=%s", kinds[k].path, as);
        snprintf(body, sizeof(body),
                 "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\"},%s}",
                 kinds[k].api, kinds[k].kind, name, kinds[k].rest);
        ask(s, "POST", target, "application/json", body, &r);
        break;
    case 2:
        snprintf(body, sizeof(body), "{\"metadata\":{\"labels\":{\"l%d\":\"%d\"}}}", n,
                 (int)draw(s, 1000));
        ask(s, "PATCH", target, "application/merge-patch+json", body, &r);
        break;
    case 3:
        ask(s, "PATCH", target, "application/json-patch+json",
            "[{\"op\":\"add\",\"path\":\"/metadata/annotations\",\"value\":{\"a\":\"b\"}}]", &r);
        break;
    case 4:
        snprintf(target, sizeof(target), "%s/%s/scale?fieldManager=%s", kinds[1].path, name, as);
        snprintf(body, sizeof(body), "{\"spec\":{\"replicas\":%d}}", n);
        ask(s, "PATCH", target, "application/merge-patch+json", body, &r);
        break;
    case 5:
        snprintf(body, sizeof(body),
                 "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"%s\"}",
                 n == 0 ? "Orphan" : (n == 1 ? "Foreground" : "Background"));
        ask(s, "DELETE", target, "application/json", body, &r);
        break;
    case 6:
        snprintf(target, sizeof(target), "%s/%s?fieldManager=%s&force=%s", kinds[1].path, name, as,
                 n % 2 ? "true" : "false");
        snprintf(
            body, sizeof(body),
            "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"%s\"},"
            "\"spec\":{\"replicas\":%d,\"selector\":{\"matchLabels\":{\"app\":\"x\"}},"
            "\"template\":{\"metadata\":{\"labels\":{\"app\":\"x\"}},\"spec\":{\"containers\":["
            "{\"name\":\"c\",\"image\":\"x:%d\"}]}}}}",
            name, n, n % 3);
        ask(s, "PATCH", target, "application/apply-patch+yaml", body, &r);
        if (r.status != 200 && r.status != 201 && r.status != 409 && r.status != 429 && !r.hang_up)
            broken("an apply is refused", buf_str(&r.body));
        break;
    default:
        snprintf(body, sizeof(body),
                 "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"v\":\"%d\"}}}}}", n);
        snprintf(target, sizeof(target), "%s/%s?fieldManager=%s", kinds[1].path, name, as);
        ask(s, "PATCH", target, "application/merge-patch+json", body, &r);
    }
    sim_reply_clear(&r);
}

/* ---- writers whose fields are counted ---- */

static struct sim_object *owned_object(struct soak *s, unsigned object)
{
    char name[16];
    snprintf(name, sizeof(name), "own%u", object);
    return sim_store_get(&s->cluster, sim_kind_named("ConfigMap"), "soak", name);
}

static void check_owned(struct soak *s, unsigned object, const struct val *served)
{
    char why[300], line[400];
    owners_compare(&s->owners.now[object], served, why);
    snprintf(line, sizeof(line), "own%u: %s", object, why);
    if (why[0])
        broken("ownership is not what was written", line);
}

static void check_all_owned(struct soak *s)
{
    struct sim_reply r;
    struct val_pool p;
    const struct val *of[OWNERS_OBJECTS] = {0};
    ask(s, "GET", kinds[0].path, NULL, "", &r);
    val_pool_init(&p);
    const struct val *items =
        val_get(json_read(&p, buf_str(&r.body), r.body.len, NULL, NULL), "items");
    for (size_t i = 0; i < val_count(items); i++) {
        const struct val *one = val_item(items, i);
        const char *name = val_str(val_at(one, "metadata", "name", NULL), "");
        if (strncmp(name, "own", 3) == 0)
            of[strtoul(name + 3, NULL, 10) % OWNERS_OBJECTS] = one;
    }
    for (unsigned i = 0; i < OWNERS_OBJECTS; i++)
        check_owned(s, i, of[i]);
    val_pool_clear(&p);
    sim_reply_clear(&r);
}

static struct owners_leaves some_leaves(struct soak *s)
{
    struct owners_leaves l;
    for (unsigned i = 0; i < OWNERS_LEAVES; i++)
        l.value[i] = draw(s, 3) ? OWNERS_ABSENT : (int8_t)draw(s, 3);
    return l;
}

/* What one write of the drawn sort makes of `was`, as the rules have it, and the request. */
struct owned_write {
    const char *method, *type;
    char target[200];
    struct buf body;
    struct owners_state after;
    bool conflict; /* it has to be refused */
};

static void plan_apply(struct soak *s, struct owned_write *w, unsigned object, unsigned as)
{
    bool force = draw(s, 2);
    struct owners_leaves l = some_leaves(s);
    w->method = "PATCH";
    w->type = "application/apply-patch+yaml";
    snprintf(w->target, sizeof(w->target), "%s/own%u?fieldManager=%s&force=%s", kinds[0].path,
             object, owners_managers[as], force ? "true" : "false");
    owners_write(&w->body, object, &l, 0);
    w->conflict = !owners_apply(&w->after, as, &l, force);
}

static void plan_patch(struct soak *s, struct owned_write *w, unsigned object, unsigned as)
{
    struct owners_leaves l = some_leaves(s), to = w->after.is;
    uint16_t drop = (uint16_t)(draw(s, 1u << OWNERS_LEAVES) & draw(s, 1u << OWNERS_LEAVES));
    for (unsigned i = 0; i < OWNERS_LEAVES; i++)
        if (l.value[i] != OWNERS_ABSENT || drop & 1u << i)
            to.value[i] = l.value[i];
    w->method = "PATCH";
    w->type = "application/merge-patch+json";
    snprintf(w->target, sizeof(w->target), "%s/own%u?fieldManager=%s", kinds[0].path, object,
             owners_managers[as]);
    owners_write(&w->body, object, &l, drop);
    owners_update(&w->after, as, &to);
}

static void plan_whole(struct soak *s, struct owned_write *w, unsigned object, unsigned as)
{
    struct owners_leaves l = some_leaves(s);
    bool there = w->after.exists;
    w->method = there ? "PUT" : "POST";
    w->type = "application/json";
    if (there)
        snprintf(w->target, sizeof(w->target), "%s/own%u?fieldManager=%s", kinds[0].path, object,
                 owners_managers[as]);
    else
        snprintf(w->target, sizeof(w->target), "%s?fieldManager=%s", kinds[0].path,
                 owners_managers[as]);
    owners_write(&w->body, object, &l, 0);
    owners_update(&w->after, as, &l);
}

static void write_owned(struct soak *s)
{
    unsigned object = (unsigned)draw(s, OWNERS_OBJECTS), as = (unsigned)draw(s, OWNERS_MANAGERS);
    struct val_pool p;
    struct sim_reply r;
    const struct sim_object *o = owned_object(s, object);
    val_pool_init(&p);
    owners_note_tracked(&s->owners.now[object], o ? sim_object_read(&p, o) : NULL);
    struct owned_write w = {.after = s->owners.now[object]};
    uint64_t sort = draw(s, 20);
    buf_init(&w.body, BUF_SMALL);
    if (sort == 0) {
        w.method = "DELETE";
        w.type = "application/json";
        snprintf(w.target, sizeof(w.target), "%s/own%u", kinds[0].path, object);
        w.after = (struct owners_state){0};
    } else if (sort < 11) {
        plan_apply(s, &w, object, as);
    } else if (sort < 16 && w.after.exists) {
        plan_patch(s, &w, object, as);
    } else {
        plan_whole(s, &w, object, as);
    }
    uint64_t before = s->cluster.version;
    ask(s, w.method, w.target, w.type, buf_str(&w.body), &r);
    bool done = !r.hang_up && (r.status == 200 || r.status == 201);
    if (w.conflict && r.status != 409 && r.status != 429 && !r.hang_up)
        broken("an apply that conflicts is not refused", buf_str(&w.body));
    if (!w.conflict && r.status == 409)
        broken("an apply that does not conflict is refused", buf_str(&r.body));
    if (s->cluster.version > before && !w.conflict) /* also one whose answer was lost */
        owners_commit(&s->owners, object, &w.after, s->cluster.version);
    else if (done) /* nothing changed: neither may whose fields they are */
        s->owners.now[object] = w.after;
    s->owned++;
    s->conflicts += w.conflict;
    o = owned_object(s, object);
    check_owned(s, object, o ? sim_object_read(&p, o) : NULL);
    val_pool_clear(&p);
    sim_reply_clear(&r);
    buf_clear(&w.body);
}

/* The namespace, which may be no more after the past came back. */
static void make_place(struct soak *s)
{
    struct sim_reply r;
    const struct sim_faults was = s->cluster.faults;
    memset(&s->cluster.faults, 0, sizeof(s->cluster.faults));
    ask(s, "POST", "/api/v1/namespaces", "application/json",
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"soak\"}}", &r);
    sim_reply_clear(&r);
    s->cluster.faults = was;
}

static void go_wrong(struct soak *s)
{
    struct sim_faults *f = &s->cluster.faults;
    int64_t until = sim_now_ms(&s->sim) + 3000;
    switch (draw(s, 6)) {
    case 0:
        f->cut = (struct sim_span){20, until};
        break;
    case 1:
        f->busy = (struct sim_span){50, until};
        break;
    case 2:
        f->reset = (struct sim_span){30, until};
        break;
    case 3:
        sim_fault_forget(&s->cluster, 0);
        break;
    case 4: /* everybody hears of it: a server that was restored was started again */
        for (size_t i = 0; i < WATCHERS; i++) {
            hang_up(&s->watchers[i]);
            forget(&s->watchers[i]);
        }
        sim_fault_forget(&s->cluster, draw(s, 100));
        owners_restore(&s->owners, s->cluster.version);
        forget_seen(s);
        make_place(s);
        break;
    default:
        for (size_t i = 0; i < 4; i++)
            hang_up(&s->watchers[draw(s, WATCHERS)]);
    }
}

static void tick(struct soak *s)
{
    clock_fake_advance(&s->clock, 100);
    sim_behave_tick(&s->cluster);
    sim_watch_tick(&s->cluster, s->clock.boot_ms_now);
}

/* Nobody writes any more: every watcher holds what a list says. */
static void compare(struct soak *s)
{
    memset(&s->cluster.faults, 0, sizeof(s->cluster.faults));
    for (int i = 0; i < SETTLE_TICKS; i++) {
        tick(s);
        for (size_t k = 0; k < WATCHERS; k++)
            follow(s, &s->watchers[k]);
    }
    for (size_t k = 0; k < WATCHERS; k++) {
        struct watcher *w = &s->watchers[k];
        struct sim_reply r;
        struct val_pool p;
        ask(s, "GET", kinds[w->kind].path, NULL, "", &r);
        val_pool_init(&p);
        const struct val *items =
            val_get(json_read(&p, buf_str(&r.body), r.body.len, NULL, NULL), "items");
        if (val_count(items) != w->objects.count)
            broken("a watcher has another number of objects", kinds[w->kind].kind);
        for (size_t i = 0; i < val_count(items); i++) {
            const struct val *meta = val_get(val_item(items, i), "metadata");
            const char *have = strmap_get(&w->objects, val_str(val_get(meta, "name"), ""));
            if (!have || !val_str_is(val_get(meta, "resourceVersion"), have))
                broken("a watcher has another version",
                       val_str(val_get(meta, "name"), kinds[w->kind].kind));
        }
        val_pool_clear(&p);
        sim_reply_clear(&r);
    }
}

/* What nothing writes any more has come to rest. */
static void at_rest(struct soak *s)
{
    const sim_object_vec *all = &s->cluster.objects[sim_kind_at(sim_kind_named("Deployment"))];
    for (size_t i = 0; i < all->len; i++) {
        struct val_pool p;
        if (strcmp(all->items[i]->ns, "soak") != 0)
            continue;
        val_pool_init(&p);
        const struct val *v = sim_object_read(&p, all->items[i]);
        const struct val *want = val_at(v, "spec", "replicas", NULL);
        if (val_int(want, 1) != val_int(val_at(v, "status", "readyReplicas", NULL), 0))
            broken("a Deployment does not come to rest", all->items[i]->text);
        val_pool_clear(&p);
    }
}

int main(int argc, char **argv)
{
    struct soak *s = mem_new(struct soak);
    s->random = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 4;
    printf("1..1\n# seed %" PRIu64 ", %lu rounds\n", s->random, rounds);
    clock_fake_init(&s->clock, 1000, 1790000000000);
    s->sim = (struct sim){.clock = &s->clock.clock,
                          .started_ms = 1000,
                          .seed = s->random,
                          .speed_percent = 100,
                          .clusters = &s->cluster,
                          .clusters_len = 1};
    s->cluster = (struct sim_cluster){.sim = &s->sim, .number = 7, .version = 100, .listen_fd = -1};
    s->sim.types = sim_types_new();
    snprintf(s->cluster.token, sizeof(s->cluster.token), "t");
    sim_fleet_name(&s->cluster, true);
    for (size_t i = 0; i < WATCHERS; i++)
        s->watchers[i].kind = i % ARRAY_LEN(kinds);
    make_place(s);
    for (unsigned long round = 0; round < rounds; round++) {
        for (int i = 0; i < 600; i++) {
            if (draw(s, 3) == 0)
                write_once(s);
            if (draw(s, 3) == 0)
                write_owned(s);
            if (draw(s, 60) == 0)
                go_wrong(s);
            tick(s);
            for (size_t k = 0; k < WATCHERS; k++)
                if (draw(s, 3) == 0)
                    follow(s, &s->watchers[k]);
        }
        compare(s);
        check_all_owned(s);
        at_rest(s);
    }
    printf(
        "# %" PRIu64 " requests, %" PRIu64 " refused, %" PRIu64 " events, %" PRIu64
        " lists, version %" PRIu64 "\n# %" PRIu64 " counted writes, %" PRIu64
        " conflicts\nok 1 - what was watched is what there is, and whose it is what was written\n",
        s->requests, s->refused, s->events, s->relists, s->cluster.version, s->owned, s->conflicts);
    for (size_t i = 0; i < WATCHERS; i++) {
        hang_up(&s->watchers[i]);
        forget(&s->watchers[i]);
    }
    forget_seen(s);
    owners_clear(&s->owners);
    sim_store_clear(&s->cluster);
    sim_types_free(s->sim.types);
    mem_free(s);
    return 0;
}
