// SPDX-License-Identifier: Apache-2.0
/*
 * The machine slept, or the process was stopped: boot time went on and nothing ran. What was known
 * is asked for again, and a release looks before it writes.
 */
#include "release_fake.h"

#include "engine/apply/apply_int.h"
#include "engine/apply/target_health.h"

#define HOUR_MS 3600000

static unsigned cuts[KUBE_LANES];
static uint32_t current_then; /* watches, when their connections had been given up */

/* What runs on a lane that is known to be dead ends. */
static void cut(struct kube_transport *t, const struct kube_route *route, enum kube_lane lane)
{
    (void)t;
    (void)route;
    cuts[lane]++;
}

static void begin(struct play *p)
{
    play_init(p);
    p->w.fake.transport.cut = cut;
    memset(cuts, 0, sizeof(cuts));
}

/* From one turn to the next. */
static void sleep_ms(struct play *p, int64_t ms)
{
    unsigned before[KUBE_LANES];
    play_settle(p);
    memcpy(before, cuts, sizeof(before));
    clock_fake_advance(&p->w.fake.clock, ms);
    loop_run_once(p->w.e->loop, 0);
    for (size_t lane = 0; lane < KUBE_LANES; lane++) {
        struct kube_transfer *x = p->w.fake.open;
        while (cuts[lane] > before[lane] && x) {
            struct kube_transfer *next = x->next;
            if (x->lane == (enum kube_lane)lane && strcmp(x->method, "OPEN") == 0) {
                fake_end(&p->w.fake, x, KUBE_END_BROKEN);
                next = p->w.fake.open;
            }
            x = next;
        }
    }
    uint32_t watches;
    managed_count(p->w.e->clusters.items[0], &watches, &current_then);
    play_settle(p);
}

static struct target *target_of(struct play *p)
{
    return environment_by_name(p->w.e, "shop")->targets.items[0];
}

static void every_connection_is_given_up(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    play_pass(&p, 60000); /* turns come as always */
    assert_int_equal(cuts[KUBE_LANE_WATCH] + cuts[KUBE_LANE_REQUEST], 0);
    sleep_ms(&p, 15000); /* a slow turn */
    assert_int_equal(cuts[KUBE_LANE_WATCH] + cuts[KUBE_LANE_REQUEST], 0);
    sleep_ms(&p, HOUR_MS);
    assert_int_equal(cuts[KUBE_LANE_WATCH], 1);
    assert_int_equal(cuts[KUBE_LANE_REQUEST], 1);
    play_clear(&p);
}

/* The watch is stale until it was resumed, and then has what happened meanwhile. */
static void what_happened_meanwhile_is_seen(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    FOLDER(&p, "conf=1");
    play_done(play_release(&p));
    play_pass(&p, 5000);
    /* the stream is dead: nothing that happens now comes through it */
    for (size_t i = 0; i < ARRAY_LEN(p.watches); i++)
        if (p.watches[i].x) {
            sim_watch_free(p.watches[i].watch);
            p.watches[i] = (struct play_watch){0};
        }
    assert_int_equal(play_ask(&p, "PATCH", MAPS "/conf?fieldManager=kubectl-edit", MERGE,
                              "{\"data\":{\"v\":\"9\"}}", NULL, 0),
                     200);
    sleep_ms(&p, HOUR_MS);
    uint32_t watches, current;
    assert_int_equal(current_then, 0);
    play_pass(&p, 3000);
    managed_count(p.w.e->clusters.items[0], &watches, &current);
    assert_int_equal(watches, 3);
    assert_int_equal(current, 3);
    play_pass(&p, 3000);
    engine_publish(p.w.e);
    assert_int_equal(leeway_drifts(p.w.e->snapshot), 1);
    play_clear(&p);
}

/* An hour in which nobody looked is no hour in which nothing moved. */
static void sleep_is_no_lack_of_progress(void **state)
{
    (void)state;
    struct play p;
    begin(&p);
    FOLDER(&p, "conf=1");
    play_done(play_release(&p));
    struct target *t = target_of(&p);
    int64_t fails = 0;
    target_set_phase(t, LEEWAY_TARGET_WAITING, "Deployment web: 1 of 3 updated");
    fails = health_fails_at_ms(t);
    assert_true(fails > 0);
    sleep_ms(&p, HOUR_MS);
    if (t->phase == LEEWAY_TARGET_WAITING)
        assert_int_equal(health_fails_at_ms(t), fails + HOUR_MS);
    assert_int_not_equal(t->phase, LEEWAY_TARGET_DEGRADED);
    play_clear(&p);
}

/* ---- a release over a gap ---- */

enum { MANY = 200 };

/* Some of it is sent, the rest is not, and the machine sleeps. */
static struct leeway_event *over_a_gap(struct play *p, void (*meanwhile)(struct play *p))
{
    static char names[MANY][24];
    const char *maps[MANY];
    begin(p);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "m%03zu=1", i);
        maps[i] = names[i];
    }
    play_folder(p, maps, MANY);
    play_done(play_release(p));
    for (size_t i = 0; i < MANY; i++)
        snprintf(names[i], sizeof(names[i]), "m%03zu=2", i);
    play_folder(p, maps, MANY);
    struct leeway_event *plan = play_plan(p);
    play_script(p, NULL, 0);
    play_post_apply(p, plan);
    leeway_event_free(plan);
    while (!p->patches)
        play_settle_once(p);
    assert_true(p->patches < MANY / 2);
    meanwhile(p);
    clock_fake_advance(&p->w.fake.clock, HOUR_MS);
    return play_wait(p);
}

static void nothing(struct play *p)
{
    (void)p;
}

/* Somebody changes the last, which is not on its way yet. */
static void edit_the_last(struct play *p)
{
    assert_int_equal(play_ask(p, "PATCH", MAPS "/m199?fieldManager=kubectl-edit", MERGE,
                              "{\"data\":{\"v\":\"9\"}}", NULL, 0),
                     200);
}

static void a_release_goes_on_after_a_look(void **state)
{
    (void)state;
    struct play p;
    play_done(over_a_gap(&p, nothing));
    assert_true(play_has(&p, "m199", "\"v\":\"2\""));
    play_clear(&p);
}

static void a_release_stops_where_something_moved(void **state)
{
    (void)state;
    struct play p;
    struct leeway_event *ev = over_a_gap(&p, edit_the_last);
    assert_int_equal(ev->kind, LEEWAY_EVENT_FAILED);
    assert_int_equal(ev->err.code, ERR_MOVED);
    assert_non_null(strstr(ev->err.text, "ConfigMap/m199 changed since the plan was made"));
    leeway_event_free(ev);
    assert_true(p.patches < MANY);
    assert_true(play_has(&p, "m199", "\"v\":\"9\""));
    play_clear(&p);
}

RUN("gaps", cmocka_unit_test(every_connection_is_given_up),
    cmocka_unit_test(what_happened_meanwhile_is_seen),
    cmocka_unit_test(sleep_is_no_lack_of_progress),
    cmocka_unit_test(a_release_goes_on_after_a_look),
    cmocka_unit_test(a_release_stops_where_something_moved))
