// SPDX-License-Identifier: Apache-2.0
/*
 * The Kubernetes client against a real API server, one command a run:
 *   kube_client KUBECONFIG CONTEXT version | who | may VERB RESOURCE | ready | discover | writes |
 * watch Prints what it saw in lines that the script compares; 0 when every expectation inside held.
 */
#include "base/mem.h"
#include "data/json.h"
#include "kube/client.h"
#include "kube/credentials.h"
#include "kube/discovery.h"
#include "kube/kubeconfig.h"
#include "kube/watch.h"
#include "kube/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    struct loop *loop;
    struct kube *kube;
    struct kube_cluster *cluster;
    bool done;
    int failed;
    int status, code;
    enum kube_why why;
    enum kube_fate fate;
    char uid[64], owner[64];
    int64_t number; /* .data.n of the object, or of whatever was counted */
    size_t added, modified, deleted, synced, warnings, causes;
    enum kube_watch_state watch_state;
};

#define EXPECT(r, what)                                                                            \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            printf("line %d: expected %s\n", __LINE__, #what);                                     \
            (r)->failed = 1;                                                                       \
        }                                                                                          \
    } while (0)

static void turn(struct run *r)
{
    int64_t end = clock_boot_ms(clock_system()) + 30000;
    while (!r->done && clock_boot_ms(clock_system()) < end)
        loop_run_once(r->loop, 1000);
    if (!r->done) {
        printf("nothing happened for 30 s\n");
        exit(1);
    }
    r->done = false;
}

static void note(struct run *r, const struct kube_error *e)
{
    r->code = e->code;
    r->why = e->why;
    r->fate = e->fate;
    if (e->code)
        printf("error %s %s %s\n", err_word(e->code), kube_why_word(e->why),
               kube_fate_word(e->fate));
}

static void on_version(void *ctx, const struct kube_version *v)
{
    struct run *r = ctx;
    note(r, v->error);
    if (!v->error->code) {
        struct kube_cluster_status s;
        kube_cluster_status(r->cluster, &s);
        printf("version %d.%d http %d days %" PRId64 "\n", v->major, v->minor, s.http_version,
               s.cert_not_after_ms
                   ? (s.cert_not_after_ms - clock_wall_ms(clock_system())) / 86400000
                   : -1);
    }
    r->done = true;
}

static void on_who(void *ctx, const struct kube_identity *id)
{
    struct run *r = ctx;
    note(r, id->error);
    printf("user %s groups %zu\n", id->user, id->groups ? val_count(id->groups) : 0);
    r->done = true;
}

static void on_may(void *ctx, const struct kube_access_answer *a)
{
    struct run *r = ctx;
    note(r, a->error);
    printf("%s\n", a->allowed ? "yes" : "no");
    r->done = true;
}

static void on_ready(void *ctx, const struct kube_readiness *a)
{
    struct run *r = ctx;
    printf("ready %d checks %s\n", a->ready, a->checks_len > 5 ? "many" : "few");
    r->done = true;
}

/* ---- discovery ---- */

struct found {
    struct run *run;
    struct kube_discovery *d;
};

static void on_discovery(void *ctx, const struct kube_discovery *d, const struct kube_error *e)
{
    struct found *f = ctx;
    note(f->run, e);
    f->d = d ? kube_discovery_ref(d) : NULL;
    f->run->done = true;
}

static int discover(struct run *r)
{
    struct found f = {r, NULL}, again = {r, NULL};
    kube_discovery_get(r->cluster, NULL, on_discovery, &f);
    turn(r);
    if (!f.d)
        return 1;
    const struct kube_resource *deploy = kube_discovery_word(f.d, "deploy", NULL);
    const struct kube_resource *pod = kube_discovery_api_kind(f.d, "v1", "Pod");
    const struct kube_resource *crd = kube_discovery_word(f.d, "crd", NULL);
    EXPECT(r, deploy && strcmp(deploy->group, "apps") == 0 && deploy->namespaced);
    EXPECT(r, deploy && kube_resource_has_subresource(deploy, "scale"));
    EXPECT(r, pod && (pod->verbs & KUBE_VERB_WATCH) && strcmp(pod->plural, "pods") == 0);
    EXPECT(r, crd && !crd->namespaced);
    const struct kube_resource *all[64];
    EXPECT(r, kube_discovery_category(f.d, "all", all, 64) >= 8);
    EXPECT(r, !kube_discovery_partial(f.d));
    EXPECT(r, kube_discovery_len(f.d) > 50);
    kube_discovery_get(r->cluster, f.d, on_discovery, &again);
    turn(r);
    EXPECT(r, again.d == f.d); /* 304 */
    kube_discovery_unref(f.d);
    kube_discovery_unref(again.d);
    return r->failed;
}

/* ---- writes ---- */

static const struct val *json(struct val_pool *p, const char *text)
{
    struct err e = ERR_INIT;
    const struct val *v = json_read(p, text, strlen(text), NULL, &e);
    if (!v) {
        printf("bad test: %s\n", e.text);
        exit(1);
    }
    return v;
}

static void on_object(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct run *r = ctx;
    note(r, reply->error);
    r->status = reply->status;
    r->warnings = reply->warnings_len;
    r->causes = reply->error->causes_len;
    if (object) {
        snprintf(r->uid, sizeof(r->uid), "%s",
                 val_str(val_at(object, "metadata", "uid", NULL), ""));
        r->number = strtol(val_str(val_at(object, "data", "n", NULL), "-1"), NULL, 10);
    }
    r->owner[0] = '\0';
    struct kube_conflict c;
    struct arena a;
    arena_init(&a);
    if (reply->error->causes_len && kube_parse_conflict(&a, &reply->error->causes[0], &c))
        snprintf(r->owner, sizeof(r->owner), "%s %s %s", c.manager, c.operation, c.field);
    arena_clear(&a);
    r->done = true;
}

static struct kube_target map_named(const char *name)
{
    return (struct kube_target){"", "v1", "configmaps", "default", name, NULL};
}

static void apply(struct run *r, const char *name, const char *manager, const char *body,
                  bool force, bool dry)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct kube_target t = map_named(name);
    const struct kube_apply_options o = {
        .common = {.dry_run = dry}, .field_manager = manager, .force = force};
    struct err e = ERR_INIT;
    if (!kube_apply(r->cluster, &t, json(&p, body), &o, on_object, r, &e)) {
        printf("not sent: %s\n", e.text);
        exit(1);
    }
    turn(r);
    val_pool_clear(&p);
}

#define MAP(name, data)                                                                            \
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" name                 \
    "\",\"namespace\":\"default\",\"labels\":{\"test\":\"real\"}},\"data\":" data "}"

static int writes(struct run *r)
{
    const struct kube_target t = map_named("w");
    const struct kube_write_common common = {0};
    apply(r, "w", "one", MAP("w", "{\"n\":\"1\"}"), false, true);
    EXPECT(r, r->status == 201 && r->number == 1);
    kube_read(r->cluster, &t, &common, on_object, r);
    turn(r);
    EXPECT(r, r->code == ERR_NOT_FOUND && r->why == KUBE_WHY_OBJECT_MISSING);
    apply(r, "w", "one", MAP("w", "{\"n\":\"1\",\"odd\":\"a/b\\u0001\\u007f\\ud83d\\ude00\"}"),
          false, false);
    EXPECT(r, r->status == 201);
    char uid[64];
    snprintf(uid, sizeof(uid), "%s", r->uid);
    apply(r, "w", "one", MAP("w", "{\"n\":\"1\",\"odd\":\"a/b\\u0001\\u007f\\ud83d\\ude00\"}"),
          false, false);
    EXPECT(r, r->status == 200 && strcmp(uid, r->uid) == 0);
    apply(r, "w", "two", MAP("w", "{\"n\":\"2\"}"), false, false);
    EXPECT(r, r->status == 409 && r->code == ERR_CONFLICT && r->why == KUBE_WHY_FIELD_CONFLICT);
    EXPECT(r, r->causes == 1 && strcmp(r->owner, "one Apply .data.n") == 0);
    apply(r, "w", "two", MAP("w", "{\"n\":\"2\"}"), true, false);
    EXPECT(r, r->status == 200 && r->number == 2);
    apply(r, "w", "two", MAP("w", "{\"n\":3}"), true, false);
    EXPECT(r, r->code == ERR_INVALID && r->fate == KUBE_FATE_PERMANENT);
    apply(r, "w", "two",
          "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"w\"},\"dat\":{}}",
          true, false);
    EXPECT(r, r->code == ERR_INVALID);
    struct val_pool p;
    val_pool_init(&p);
    const struct kube_patch_options merge = {.type = KUBE_PATCH_MERGE, .field_manager = "three"};
    kube_patch(r->cluster, &t, json(&p, "{\"data\":{\"n\":\"7\"}}"), &merge, on_object, r, NULL);
    turn(r);
    EXPECT(r, r->status == 200 && r->number == 7);
    kube_create(r->cluster, &t, json(&p, MAP("w", "{}")), "three", &common, on_object, r, NULL);
    turn(r);
    EXPECT(r, r->code == ERR_EXISTS);
    struct kube_target away = t;
    away.ns = "nowhere";
    kube_create(
        r->cluster, &away,
        json(&p, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"w\"}}"),
        "three", &common, on_object, r, NULL);
    turn(r);
    EXPECT(r, r->why == KUBE_WHY_NAMESPACE_MISSING);
    struct kube_target odd = {"no.such.group", "v1", "things", NULL, "x", NULL};
    kube_read(r->cluster, &odd, &common, on_object, r);
    turn(r);
    EXPECT(r, r->why == KUBE_WHY_KIND_UNSERVED);
    val_pool_clear(&p);
    struct kube_delete_options del = {.grace_s = -1, .uid = "not-this-one"};
    kube_delete(r->cluster, &t, &del, on_object, r);
    turn(r);
    EXPECT(r, r->code == ERR_MOVED && r->why == KUBE_WHY_UID_CONFLICT);
    del.uid = uid;
    kube_delete(r->cluster, &t, &del, on_object, r);
    turn(r);
    EXPECT(r, r->code == 0);
    kube_delete(r->cluster, &t, &del, on_object, r);
    turn(r);
    EXPECT(r, r->code == ERR_NOT_FOUND);
    return r->failed;
}

/* ---- lists and watches ---- */

enum { MANY = 120 };

static void on_many(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct run *r = ctx;
    EXPECT(r, reply->status == 201);
    if (--r->number == 0)
        r->done = true;
}

static int on_listed(void *ctx, const struct val *object, const struct val *columns)
{
    struct run *r = ctx;
    r->number++;
    r->causes = columns ? val_count(columns) : 0;
    return 0;
}

static void on_list_done(void *ctx, const char *version, const struct kube_error *error)
{
    struct run *r = ctx;
    note(r, error);
    EXPECT(r, error->code || version[0]);
    r->done = true;
}

static void on_event(void *ctx, enum kube_event type, const struct val *object)
{
    struct run *r = ctx;
    size_t *counts[] = {&r->added, &r->modified, &r->deleted};
    ++*counts[type];
    if (r->synced)
        r->done = true;
}

static void on_synced(void *ctx)
{
    struct run *r = ctx;
    r->synced++;
    r->done = true;
}

static void on_watch_state(void *ctx, const struct kube_watch_status *s)
{
    ((struct run *)ctx)->watch_state = s->state;
}

static int watch(struct run *r)
{
    char name[16], body[512];
    struct err e = ERR_INIT;
    r->number = MANY;
    for (int i = 0; i < MANY; i++) {
        struct val_pool p;
        val_pool_init(&p);
        snprintf(name, sizeof(name), "m%d", i);
        snprintf(body, sizeof(body),
                 "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"%s\","
                 "\"namespace\":"
                 "\"default\",\"labels\":{\"test\":\"many\"}},\"data\":{\"n\":\"1\"}}",
                 name);
        const struct kube_target t = map_named(name);
        const struct kube_apply_options o = {.field_manager = "one"};
        kube_apply(r->cluster, &t, json(&p, body), &o, on_many, r, &e);
        val_pool_clear(&p);
    }
    turn(r);
    struct kube_list_options list = {
        .what = {"/api/v1/configmaps", "test=many", NULL, KUBE_FORM_FULL},
        .page = 50,
        .on_object = on_listed,
        .on_done = on_list_done,
        .ctx = r,
    };
    for (int form = KUBE_FORM_FULL; form <= KUBE_FORM_TABLE; form++) {
        r->number = 0;
        list.what.form = (enum kube_form)form;
        kube_list_start(r->cluster, &list);
        turn(r);
        EXPECT(r, r->code == 0 && r->number == MANY);
        EXPECT(r, (r->causes > 0) == (form == KUBE_FORM_TABLE));
    }
    const struct kube_watch_options o = {
        .what = {"/api/v1/namespaces/default/configmaps", "test=many", NULL, KUBE_FORM_FULL},
        .on_object = on_event,
        .on_synced = on_synced,
        .on_state = on_watch_state,
        .ctx = r,
    };
    struct kube_watch *w = kube_watch_start(r->cluster, &o);
    turn(r);
    EXPECT(r, r->added == MANY && r->synced == 1);
    const struct kube_target t = map_named("m7");
    const struct kube_patch_options merge = {.type = KUBE_PATCH_MERGE, .field_manager = "three"};
    struct val_pool p;
    val_pool_init(&p);
    const struct val *patch = json(&p, "{\"data\":{\"n\":\"9\"}}");
    const struct val *away = json(&p, "{\"metadata\":{\"labels\":{\"test\":\"other\"}}}");
    while (!r->modified) {
        kube_patch(r->cluster, &t, patch, &merge, on_object, r, NULL);
        turn(r);
        for (int i = 0; i < 100 && !r->modified; i++)
            loop_run_once(r->loop, 50);
        r->done = false;
    }
    EXPECT(r, r->modified == 1 && r->watch_state == KUBE_WATCH_CURRENT);
    kube_patch(r->cluster, &t, away, &merge, on_object, r, NULL);
    for (int i = 0; i < 100 && !r->deleted; i++)
        loop_run_once(r->loop, 50);
    EXPECT(r, r->deleted == 1);
    val_pool_clear(&p);
    struct kube_watch_status s;
    kube_watch_status(w, &s);
    struct kube_cluster_stats stats;
    kube_cluster_stats(r->cluster, &stats);
    printf("objects %zu streaming %d watches %u\n", s.objects, s.streaming_lists, stats.watches);
    printf("# %" PRIu64 " requests, %" PRIu64 " connections, window %u\n", stats.requests,
           stats.connects, stats.window);
    EXPECT(r, stats.connects == 2);
    kube_watch_free(w);
    return r->failed;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    struct err e = ERR_INIT;
    struct run r = {0};
    int status = 1;
    struct kube_access access;
    kube_access_init(&access);
    const struct kubeconfig_options ko = {.path = argv[1]};
    struct kubeconfig *kc = kubeconfig_load(&ko, &e);
    r.loop = loop_new(clock_system(), &e);
    const struct kube_credentials_options po = {.loop = r.loop, .clock = clock_system()};
    struct kube_credentials_pool *pool = kube_credentials_pool_new(&po);
    const struct kube_options o = {.loop = r.loop, .clock = clock_system(), .seed = 7};
    r.kube = kube_new(&o, &e);
    if (!r.kube || kubeconfig_access(kc, argv[2], &access, &e)) {
        printf("cannot begin: %s\n", e.text ? e.text : "?");
        goto out;
    }
    r.cluster = kube_cluster_new(r.kube, &access, kube_credentials_open(pool, &access));
    const char *verb = argv[3];
    status = 0;
    if (strcmp(verb, "version") == 0) {
        kube_get_version(r.cluster, on_version, &r);
        turn(&r);
    } else if (strcmp(verb, "who") == 0) {
        kube_who_am_i(r.cluster, on_who, &r);
        turn(&r);
    } else if (strcmp(verb, "may") == 0 && argc == 6) {
        const struct kube_access_question q = {.verb = argv[4], .group = "", .resource = argv[5]};
        kube_may_i(r.cluster, &q, on_may, &r);
        turn(&r);
    } else if (strcmp(verb, "ready") == 0) {
        kube_get_readiness(r.cluster, on_ready, &r);
        turn(&r);
    } else if (strcmp(verb, "discover") == 0) {
        status = discover(&r);
    } else if (strcmp(verb, "writes") == 0) {
        status = writes(&r);
    } else if (strcmp(verb, "watch") == 0) {
        status = watch(&r);
    } else {
        status = 2;
    }
    status = r.failed ? 1 : status;
    kube_cluster_free(r.cluster);
out:
    kube_free(r.kube);
    kube_credentials_pool_free(pool);
    loop_free(r.loop);
    kubeconfig_free(kc);
    kube_access_clear(&access);
    err_clear(&e);
    return status;
}
