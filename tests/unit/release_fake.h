// SPDX-License-Identifier: Apache-2.0
/*
 * Plans and releases from command to answer, on a clock that stands still: the engine of
 * engine_fake.h before the simulator's request handler, with a script between the two of what
 * befalls which request. Nothing is sent over a socket, nothing waits.
 */
#ifndef LEEWAY_TESTS_RELEASE_FAKE_H
#define LEEWAY_TESTS_RELEASE_FAKE_H

#include "engine_fake.h"

#include "engine/client.h"
#include "leeway/plan.h"
#include "sim/sim_int.h"
#include "sim/types.h"

enum how {
    HOW_504,     /* a proxy has no patience */
    HOW_RESET,   /* the connection ends before the answer */
    HOW_CUT,     /* it ends in the middle of the answer */
    HOW_GARBAGE, /* 200, and no JSON */
    HOW_SILENT,  /* no answer, ever */
    HOW_503,     /* refused */
    HOW_WELL,    /* answered as it is */
};

/* What befalls a request. All that do not say otherwise are answered well. */
struct mishap {
    const char *method, *path; /* path: a part of it; NULL: any */
    bool dry;                  /* dry runs, else what is no dry run */
    unsigned skip, times;      /* so many pass, then so many are befallen */
    bool done;                 /* the server did what was asked */
    enum how how;
    /* Before the server sees it: somebody else comes first. May be NULL. */
    void (*before)(void *ctx);
    unsigned seen; /* out */
};

struct play_watch {
    struct kube_transfer *x;
    struct sim_watch *watch;
};

struct play {
    struct world w; /* first: a world's hook finds the play */
    struct sim sim;
    struct sim_cluster cluster;
    struct mishap *mishaps;
    size_t n_mishaps;
    struct play_watch watches[16];
    unsigned gets, patches, dry_runs, deletes; /* of configmaps, as the server was asked */
    char folder[128];
    uint64_t request;
};

#define MAPS "/api/v1/namespaces/default/configmaps"
#define MERGE "application/merge-patch+json"
#define APPLY "application/apply-patch+yaml"

/* As somebody else would: not through the engine. The status. */
static int play_ask(struct play *p, const char *method, const char *target, const char *type,
                    const char *body, char *out, size_t size)
{
    struct sim_reply r = {0};
    const struct sim_request q = {.method = method,
                                  .target = target,
                                  .accept = "application/json",
                                  .content_type = type,
                                  .authorization = "Bearer t",
                                  .user_agent = "kubectl/1",
                                  .body = body ? body : "",
                                  .body_len = body ? strlen(body) : 0};
    sim_answer(&p->cluster, &q, &r);
    if (out)
        snprintf(out, size, "%s", buf_str(&r.body));
    int status = r.status;
    sim_reply_clear(&r);
    return status;
}

static inline bool play_has(struct play *p, const char *name, const char *words)
{
    char target[256], body[8192];
    snprintf(target, sizeof(target), MAPS "/%s", name);
    int status = play_ask(p, "GET", target, NULL, NULL, body, sizeof(body));
    return words ? status == 200 && strstr(body, words) : status == 200;
}

static inline struct mishap *play_mishap(struct play *p, const struct kube_transfer *x, bool dry)
{
    for (size_t i = 0; i < p->n_mishaps; i++) {
        struct mishap *m = &p->mishaps[i];
        if (strcmp(m->method, x->method) != 0 || m->dry != dry ||
            (m->path && !strstr(x->path, m->path)))
            continue;
        unsigned n = m->seen++;
        if (n >= m->skip && n < m->skip + m->times)
            return m;
    }
    return NULL;
}

static inline void play_befall(struct play *p, struct kube_transfer *x, enum how how,
                               const struct sim_reply *r)
{
    struct fake *f = &p->w.fake;
    const char *body = buf_str(&r->body);
    char half[4096];
    switch (how) {
    case HOW_504:
        fake_answer(f, x, 504, "<html><body><h1>504 Gateway Time-out</h1></body></html>");
        return;
    case HOW_503:
        fake_answer(f, x, 503, "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":503}");
        return;
    case HOW_RESET:
        fake_end(f, x, KUBE_END_BROKEN);
        return;
    case HOW_CUT:
        snprintf(half, sizeof(half), "%.*s", (int)(strlen(body) / 2), body);
        fake_head(x, r->status);
        if (fake_bytes(f, x, half))
            fake_end(f, x, KUBE_END_BROKEN);
        return;
    case HOW_GARBAGE:
        fake_answer(f, x, 200, "<html><body>Welcome</body></html>");
        return;
    case HOW_SILENT:
        snprintf(x->method, sizeof(x->method), "OPEN");
        return;
    case HOW_WELL:
        break;
    }
    fake_answer(f, x, r->status, body);
}

static inline void play_count(struct play *p, const struct kube_transfer *x, bool dry)
{
    if (strncmp(x->path, MAPS "/", sizeof(MAPS)) != 0)
        return;
    p->gets += strcmp(x->method, "GET") == 0;
    p->patches += strcmp(x->method, "PATCH") == 0 && !dry;
    p->dry_runs += dry;
    p->deletes += strcmp(x->method, "DELETE") == 0;
}

static inline void play_keep(struct play *p, struct kube_transfer *x, struct sim_watch *watch)
{
    for (size_t i = 0; i < ARRAY_LEN(p->watches); i++)
        if (!p->watches[i].x) {
            p->watches[i] = (struct play_watch){x, watch};
            return;
        }
    fail_msg("too many watches");
}

/* What watches brought, to those that are still there. True: there was something. */
static inline bool play_deliver(struct play *p)
{
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(p->watches); i++) {
        struct play_watch *w = &p->watches[i];
        if (!w->x)
            continue;
        if (!fake_is_open(&p->w.fake, w->x)) {
            sim_watch_free(w->watch);
            *w = (struct play_watch){0};
        } else if (w->watch->out.len) {
            char *text = mem_strdup(buf_str(&w->watch->out));
            buf_reset(&w->watch->out);
            fake_bytes(&p->w.fake, w->x, text);
            mem_free(text);
            any = true;
        }
    }
    return any;
}

static inline bool play_answer(struct world *w, struct kube_transfer *x)
{
    struct play *p = (struct play *)w;
    struct sim_reply r = {0};
    char *target = mem_printf("%s%s%s", x->path, *x->query ? "?" : "", x->query);
    bool dry = strstr(x->query, "dryRun=All") != NULL;
    struct mishap *m = play_mishap(p, x, dry);
    if (m && m->before)
        m->before(p);
    if (!m || m->done) {
        const struct sim_request q = {.method = x->method,
                                      .target = target,
                                      .accept = x->accept,
                                      .content_type = x->content_type,
                                      .authorization = "Bearer t",
                                      .user_agent = "leeway/0",
                                      .body = x->body,
                                      .body_len = strlen(x->body)};
        sim_answer(&p->cluster, &q, &r);
    }
    play_count(p, x, dry);
    mem_free(target);
    if (r.watch) {
        fake_head(x, 200);
        snprintf(x->method, sizeof(x->method), "OPEN");
        play_keep(p, x, r.watch);
        r.watch = NULL;
    } else {
        play_befall(p, x, m ? m->how : HOW_WELL, &r);
    }
    sim_reply_clear(&r);
    return true;
}

/* One turn, one answer: for tests that come between. */
static inline void play_settle_once(struct play *p)
{
    fake_settle(&p->w.fake);
    for (struct kube_transfer *x = p->w.fake.open; x; x = x->next)
        if (world_answer(&p->w, x))
            break;
    world_sync(&p->w);
    play_deliver(p);
}

static inline void play_settle(struct play *p)
{
    do {
        world_settle(&p->w);
        world_sync(&p->w);
        world_settle(&p->w);
    } while (play_deliver(p));
}

static inline void play_pass(struct play *p, int64_t ms)
{
    play_settle(p);
    for (; ms > 0; ms -= 100) {
        clock_fake_advance(&p->w.fake.clock, ms < 100 ? ms : 100);
        play_settle(p);
    }
}

static inline void play_init(struct play *p)
{
    struct err e = ERR_INIT;
    memset(p, 0, sizeof(*p));
    struct engine_client *client = engine_client_new(&e);
    assert_non_null(client);
    world_init_for(&p->w, client, play_answer);
    p->sim = (struct sim){.clock = &p->w.fake.clock.clock,
                          .started_ms = 1000000,
                          .types = sim_types_new(),
                          .seed = 1,
                          .speed_percent = 100,
                          .bare = true,
                          .clusters = &p->cluster,
                          .clusters_len = 1};
    p->cluster = (struct sim_cluster){.sim = &p->sim, .number = 7, .version = 100};
    snprintf(p->cluster.token, sizeof(p->cluster.token), "t");
    sim_fleet_name(&p->cluster, true);
    snprintf(p->folder, sizeof(p->folder), "%s/all.yaml", p->w.store.dir);
    play_pass(p, 2000);
}

static inline void play_clear(struct play *p)
{
    struct engine_client *client = p->w.client;
    world_clear(&p->w);
    for (size_t i = 0; i < ARRAY_LEN(p->watches); i++)
        if (p->watches[i].x)
            sim_watch_free(p->watches[i].watch);
    engine_client_free(client);
    sim_store_clear(&p->cluster);
    sim_types_free(p->sim.types);
}

static inline void play_script(struct play *p, struct mishap *mishaps, size_t n)
{
    p->mishaps = mishaps;
    p->n_mishaps = n;
    p->gets = p->patches = p->dry_runs = p->deletes = 0;
}

/* The folder has these ConfigMaps and nothing else: "name=value" each, in the key v; "name!=value"
 * is immutable. */
static inline void play_folder(struct play *p, const char *const *maps, size_t n)
{
    FILE *f = fopen(p->folder, "w");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        fprintf(
            f,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: %.*s}\ndata: {v: \"%s\"}\n%s",
            (int)strcspn(maps[i], "!="), maps[i], strchr(maps[i], '=') + 1,
            strchr(maps[i], '!') ? "immutable: true\n" : "");
    fclose(f);
}
#define FOLDER(p, ...)                                                                             \
    play_folder(p, (const char *const[]){__VA_ARGS__},                                             \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static inline void play_post(struct play *p, const struct leeway_command *c)
{
    struct err e = ERR_INIT;
    p->request = engine_client_post(p->w.client, c, &e);
    if (!p->request)
        fail_msg("post: %s", e.text);
}

/* The answer to the last command, if it is there. Owned. */
static inline struct leeway_event *play_answered(struct play *p)
{
    struct leeway_event *ev;
    while ((ev = engine_client_next_event(p->w.client))) {
        if (ev->request == p->request)
            return ev;
        leeway_event_free(ev);
    }
    return NULL;
}

/* Until the last command is answered; the clock goes on, for four minutes at most. Owned. */
static inline struct leeway_event *play_wait(struct play *p)
{
    for (int i = 0; i < 2400; i++) {
        struct leeway_event *ev = play_answered(p);
        if (ev)
            return ev;
        play_pass(p, 100);
    }
    fail_msg("no answer");
    return NULL;
}

static inline struct leeway_event *play_do(struct play *p, const struct leeway_command *c)
{
    play_post(p, c);
    return play_wait(p);
}

static inline struct leeway_event *play_plan(struct play *p)
{
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_FOLDER,
                                     .folder = p->folder,
                                     .environment = "shop",
                                     .namespace_ = "default"};
    struct leeway_event *ev = play_do(p, &c);
    if (ev->kind != LEEWAY_EVENT_PLAN)
        fail_msg("plan: %.*s", (int)ev->text.len, ev->text.str);
    return ev;
}

static inline void play_post_apply(struct play *p, const struct leeway_event *plan)
{
    char hash[80];
    snprintf(hash, sizeof(hash), "%.*s", (int)plan->plan->hash.len, plan->plan->hash.str);
    const struct leeway_command c = {.kind = LEEWAY_CMD_APPLY, .plan = hash, .prune_anyway = true};
    play_post(p, &c);
}

/* Plans the folder and applies it. Owned. */
static inline struct leeway_event *play_release(struct play *p)
{
    struct leeway_event *plan = play_plan(p);
    play_post_apply(p, plan);
    leeway_event_free(plan);
    return play_wait(p);
}

static inline void play_done(struct leeway_event *ev)
{
    if (ev->kind != LEEWAY_EVENT_DONE)
        fail_msg("not done: %s", ev->err.text ? ev->err.text : "");
    leeway_event_free(ev);
}

#endif
