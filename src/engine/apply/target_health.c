// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/target_health.h"

#include "engine/apply/apply.h"
#include "engine/drift/drift.h"
#include "engine/fleet/cluster.h"
#include "kube/health.h"
#include "store/store_put.h"

#include <stdio.h>
#include <string.h>

struct target_health {
    struct target *target;
    bool touched;
    uint64_t seen;     /* of all statuses and their words: it differs when something moved */
    int64_t moved_ms;  /* boot: when it last did */
    int64_t unwell_ms; /* boot: since when a healthy target is not ready; 0: it is */
    struct loop_timer *timer;
};

struct health_state {
    struct engine *engine;
    VEC(struct target *) touched;
    struct loop_timer *turn;
};

static struct health_state *state_of(struct engine *e)
{
    return engine_part_state(e, &health_part);
}

static struct target_health *health_of(struct target *t)
{
    if (!t->health_state) {
        struct target_health *h = mem_new(struct target_health);
        h->target = t;
        h->moved_ms = engine_boot_ms(t->environment->engine);
        t->health_state = h;
    }
    return t->health_state;
}

/* ---- looking ---- */

struct tally {
    size_t objects, waiting, failed, unseen;
    uint64_t seen;
    char first[240]; /* the first of the worst, in words */
    bool first_failed;
};

static void note(struct tally *y, const struct store_object *o, const char *words, bool failed)
{
    if (*y->first && (y->first_failed || !failed))
        return;
    snprintf(y->first, sizeof(y->first), "%s %s: %s", o->kind, o->name, words);
    y->first_failed = failed;
}

static void look(void *ctx, const struct drift_object *o)
{
    struct tally *y = ctx;
    const struct store_object name = drift_object_name(o);
    const char *words;
    enum drift_health h = drift_object_health(o, &words);
    const struct hash_key key = {hash_process_key()->k0, (uint64_t)h};
    y->objects++;
    y->seen += hash_bytes(&key, words, strlen(words)) ^
               hash_bytes(hash_process_key(), name.name, strlen(name.name));
    switch (h) {
    case DRIFT_HEALTH_FAILED:
        y->failed++;
        note(y, &name, words, true);
        break;
    case DRIFT_HEALTH_WAITING:
        y->waiting++;
        note(y, &name, words, false);
        break;
    case DRIFT_HEALTH_UNSEEN:
        y->unseen++;
        note(y, &name, "not seen yet", false);
        break;
    default:
        break; /* ready; or gone, which is drift and said there */
    }
}

static void say(const struct tally *y, char *out, size_t size)
{
    size_t more = y->failed + y->waiting + y->unseen;
    if (more > 1)
        snprintf(out, size, "%s (and %zu more)", y->first, more - 1);
    else
        snprintf(out, size, "%s", y->first);
}

char *health_words(const struct kstatus_result *k, const struct health_result *h)
{
    static const struct {
        const char *reason, *words;
    } counts[] = {
        {"LessReplicas", "made"}, {"LessUpdated", "updated"},      {"LessAvailable", "available"},
        {"LessReady", "ready"},   {"PartitionRollout", "updated"},
    };
    long long have, want;
    const char *numbers = strrchr(k->message, ':');
    bool said = h->health != HEALTH_PROGRESSING && h->health != HEALTH_HEALTHY && *h->message;
    for (size_t i = 0; !said && i < ARRAY_LEN(counts); i++)
        if (numbers && strcmp(k->reason, counts[i].reason) == 0 &&
            sscanf(numbers, ": %lld/%lld", &have, &want) == 2)
            return mem_printf("%lld of %lld %s", have, want, counts[i].words);
    if (!said && numbers && strcmp(k->reason, "ExtraPods") == 0)
        return mem_printf("old ones have to end:%.20s", numbers + 1);
    if (!said && strstr(k->message, "latest observed generation"))
        return mem_strdup("its controller has not seen the change yet");
    const char *words = said          ? h->message
                        : *k->message ? k->message
                        : *k->reason  ? k->reason
                                      : kstatus_word(k->status);
    return mem_printf("%.200s", words);
}

/* ---- moving ---- */

static void judge(struct target *t);

static void on_timer(void *ctx)
{
    struct target_health *h = ctx;
    h->timer = NULL;
    judge(h->target);
}

static void look_again(struct target_health *h, int64_t at_ms)
{
    struct engine *e = h->target->environment->engine;
    int64_t in_ms = at_ms - engine_boot_ms(e);
    loop_cancel_timer(e->loop, h->timer);
    h->timer = loop_after(e->loop, in_ms > 0 ? in_ms : 0, on_timer, h);
}

static void move(struct target *t, enum leeway_target_state phase, const char *why)
{
    static const enum store_target_state stored[LEEWAY_TARGET_STATE_COUNT] = {
        [LEEWAY_TARGET_WAITING] = STORE_TARGET_WAITING,
        [LEEWAY_TARGET_HEALTHY] = STORE_TARGET_HEALTHY,
        [LEEWAY_TARGET_DEGRADED] = STORE_TARGET_DEGRADED,
    };
    struct engine *e = t->environment->engine;
    bool moved = t->phase != phase;
    target_set_phase(t, phase, why);
    apply_health(t);
    if (moved && e->store && !e->spectator)
        store_put_target_state(e->store, t->environment->uuid, t->cluster_uid, stored[phase], why,
                               STORE_NO_ACK);
}

/* Nothing failed, but not all is ready. */
static void not_ready(struct target *t, struct target_health *h, const char *why)
{
    char words[400];
    int64_t now = engine_boot_ms(t->environment->engine);
    if (t->phase == LEEWAY_TARGET_HEALTHY) {
        h->unwell_ms = h->unwell_ms ? h->unwell_ms : now;
        if (now - h->unwell_ms >= HEALTH_UNWELL_MS)
            move(t, LEEWAY_TARGET_DEGRADED, why);
        else
            look_again(h, h->unwell_ms + HEALTH_UNWELL_MS);
        return;
    }
    if (t->phase == LEEWAY_TARGET_WAITING && now - h->moved_ms >= HEALTH_PROGRESS_MS) {
        snprintf(words, sizeof(words), "nothing moved for %d min: %s", HEALTH_PROGRESS_MS / 60000,
                 why);
        move(t, LEEWAY_TARGET_DEGRADED, words);
        return;
    }
    if (t->phase == LEEWAY_TARGET_WAITING)
        look_again(h, h->moved_ms + HEALTH_PROGRESS_MS);
    if (t->phase == LEEWAY_TARGET_WAITING || strncmp(t->reason, "nothing moved", 13) != 0)
        move(t, t->phase, why);
}

static void judge(struct target *t)
{
    struct target_health *h = health_of(t);
    struct tally y = {0};
    char why[300];
    bool judged = t->phase == LEEWAY_TARGET_WAITING || t->phase == LEEWAY_TARGET_HEALTHY ||
                  t->phase == LEEWAY_TARGET_DEGRADED;
    if (!judged || !t->cluster || !cluster_is_up(t->cluster))
        return;
    drift_each_object(t, look, &y);
    if (y.seen != h->seen)
        h->moved_ms = engine_boot_ms(t->environment->engine);
    h->seen = y.seen;
    if (y.unseen && t->phase != LEEWAY_TARGET_WAITING)
        return; /* as it was, until all has been seen again */
    say(&y, why, sizeof(why));
    if (y.failed) {
        move(t, LEEWAY_TARGET_DEGRADED, why);
    } else if (y.waiting || y.unseen) {
        not_ready(t, h, why);
    } else {
        h->unwell_ms = 0;
        move(t, LEEWAY_TARGET_HEALTHY, "");
    }
}

static void on_turn(void *ctx)
{
    struct health_state *s = ctx;
    s->turn = NULL;
    while (s->touched.len) {
        struct target *t = s->touched.items[--s->touched.len];
        health_of(t)->touched = false;
        judge(t);
    }
}

/* ---- others ---- */

void health_touch(struct target *t)
{
    struct health_state *s = state_of(t->environment->engine);
    if (!s || health_of(t)->touched)
        return;
    health_of(t)->touched = true;
    vec_push(&s->touched, t);
    if (!s->turn)
        s->turn = loop_after(s->engine->loop, 0, on_turn, s);
}

enum leeway_target_state health_begin(struct target *t)
{
    struct target_health *h = health_of(t);
    h->moved_ms = engine_boot_ms(t->environment->engine);
    h->unwell_ms = 0;
    target_set_phase(t, LEEWAY_TARGET_WAITING, "");
    judge(t);
    return t->phase;
}

int64_t health_fails_at_ms(const struct target *t)
{
    const struct target_health *h = t->health_state;
    struct engine *e = t->environment->engine;
    if (!h || t->phase != LEEWAY_TARGET_WAITING)
        return 0;
    return engine_wall_ms(e) + h->moved_ms + HEALTH_PROGRESS_MS - engine_boot_ms(e);
}

void health_forget(struct target *t)
{
    struct target_health *h = t->health_state;
    struct engine *e = t->environment->engine;
    struct health_state *s = state_of(e);
    if (!h)
        return;
    for (size_t i = 0; s && i < s->touched.len; i++)
        if (s->touched.items[i] == t)
            s->touched.items[i] = s->touched.items[--s->touched.len];
    if (e->loop)
        loop_cancel_timer(e->loop, h->timer);
    t->health_state = NULL;
    mem_free(h);
}

/* ---- the part ---- */

static int start(struct engine *e, void **state, struct err *err)
{
    (void)err;
    struct health_state *s = mem_new(struct health_state);
    s->engine = e;
    *state = s;
    return 0;
}

/* What waited before may go on waiting: the time in which nobody looked does not count. */
static void on_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    struct health_state *s = state;
    for (size_t i = 0; what == CLUSTER_UP && i < c->targets.len; i++) {
        health_of(c->targets.items[i])->moved_ms = engine_boot_ms(s->engine);
        health_touch(c->targets.items[i]);
    }
}

/* Nothing could be seen to move meanwhile. */
static void on_gap(void *state, int64_t gap_ms)
{
    struct health_state *s = state;
    struct engine *e = s->engine;
    for (size_t i = 0; i < e->environments.len; i++)
        for (size_t k = 0; k < e->environments.items[i]->targets.len; k++) {
            struct target_health *h = e->environments.items[i]->targets.items[k]->health_state;
            if (!h)
                continue;
            h->moved_ms += gap_ms;
            h->unwell_ms += h->unwell_ms ? gap_ms : 0;
        }
}

static void stop(void *state, bool hand_over)
{
    (void)hand_over;
    struct health_state *s = state;
    struct engine *e = s->engine;
    loop_cancel_timer(e->loop, s->turn);
    s->touched.len = 0;
    for (size_t i = 0; i < e->environments.len; i++)
        for (size_t k = 0; k < e->environments.items[i]->targets.len; k++)
            health_forget(e->environments.items[i]->targets.items[k]);
    vec_clear(&s->touched);
    mem_free(s);
}

const struct engine_part health_part = {
    .name = "health", .start = start, .cluster = on_cluster, .gap = on_gap, .stop = stop};
