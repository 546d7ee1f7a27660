// SPDX-License-Identifier: Apache-2.0
/* Who may begin, and what is waited for: stages, how many at a time, failures, soak, gates, drift.
 */
#include "unit.h"

#include "base/mem.h"
#include "engine/apply/rollout.h"

#include <string.h>

struct scene {
    struct rollout r;
    struct rollout_target t[6];
    int64_t soaked[4];
    int64_t now;
};

static const char *const names[] = {"c1", "c2", "c3", "c4", "c5", "c6"};

static void begin(struct scene *s, const char *const *stages, size_t n)
{
    struct err e = ERR_INIT;
    memset(s, 0, sizeof(*s));
    s->now = 1000;
    rollout_init(&s->r);
    for (size_t i = 0; i < n; i++)
        if (rollout_add(&s->r, stages[i], &e))
            fail_msg("%s", e.text);
    for (size_t i = 0; i < ARRAY_LEN(s->t); i++)
        s->t[i].cluster = names[i];
    if (rollout_assign(&s->r, s->t, ARRAY_LEN(s->t), &e))
        fail_msg("%s", e.text);
}

/* What is said now, and who begins: "c1 c2"; those run from then on. */
static struct rollout_step step(struct scene *s, const char *begins)
{
    char who[64] = "";
    struct rollout_step x = rollout_next(&s->r, s->t, ARRAY_LEN(s->t), s->soaked, s->now);
    for (size_t i = 0; i < ARRAY_LEN(s->t); i++)
        if (s->t[i].begin) {
            assert_int_equal(s->t[i].state, ROLLOUT_QUEUED);
            s->t[i].state = ROLLOUT_RUNNING;
            strcat(who, *who ? " " : "");
            strcat(who, names[i]);
        }
    assert_string_equal(who, begins);
    return x;
}

static void set(struct scene *s, size_t from, size_t to, enum rollout_target_state state)
{
    for (size_t i = from; i <= to; i++)
        s->t[i].state = state;
}

static void stages_in_order(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, (const char *const[]){"canary clusters=c1", "rest"}, 2);
    assert_int_equal(step(&s, "c1").wait, ROLLOUT_GOES_ON);
    assert_int_equal(step(&s, "").wait, ROLLOUT_GOES_ON);
    set(&s, 0, 0, ROLLOUT_HEALTHY);
    assert_int_equal(step(&s, "c2 c3 c4 c5 c6").stage, 1);
    set(&s, 1, 5, ROLLOUT_HEALTHY);
    assert_int_equal(step(&s, "").wait, ROLLOUT_OVER);
    rollout_clear(&s.r);
}

static void so_many_at_a_time(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, (const char *const[]){"all max=2"}, 1);
    step(&s, "c1 c2");
    step(&s, "");
    set(&s, 0, 0, ROLLOUT_HEALTHY);
    step(&s, "c3");
    rollout_clear(&s.r);
    begin(&s, (const char *const[]){"all max=50%"}, 1);
    step(&s, "c1 c2 c3");
    rollout_clear(&s.r);
    begin(&s, (const char *const[]){"all max=1%"}, 1); /* at least one */
    step(&s, "c1");
    rollout_clear(&s.r);
}

static void too_many_failures_hold_it(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, (const char *const[]){"all max=2 budget=1"}, 1);
    step(&s, "c1 c2");
    set(&s, 0, 0, ROLLOUT_FAILED);
    assert_int_equal(step(&s, "c3").wait, ROLLOUT_GOES_ON);
    set(&s, 1, 1, ROLLOUT_FAILED);
    struct rollout_step x = step(&s, "");
    assert_int_equal(x.wait, ROLLOUT_HELD);
    assert_string_equal(x.why, "all: 2 failed, 1 may");
    rollout_forgive(&s.r, s.t, ARRAY_LEN(s.t));
    assert_int_equal(step(&s, "c4").wait, ROLLOUT_GOES_ON);
    set(&s, 2, 2, ROLLOUT_FAILED); /* the next one holds it again */
    assert_int_equal(step(&s, "").wait, ROLLOUT_HELD);
    rollout_clear(&s.r);
}

static void a_stage_soaks(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, (const char *const[]){"canary clusters=c1 soak=10000", "rest"}, 2);
    step(&s, "c1");
    set(&s, 0, 0, ROLLOUT_HEALTHY);
    assert_int_equal(step(&s, "").wait, ROLLOUT_SOAKS);
    s.now += 6000;
    assert_string_equal(step(&s, "").why, "canary soaks, 4 s more");
    set(&s, 0, 0, ROLLOUT_RUNNING); /* not well any more: the time begins anew */
    assert_int_equal(step(&s, "").wait, ROLLOUT_GOES_ON);
    set(&s, 0, 0, ROLLOUT_HEALTHY);
    s.now += 1000;
    assert_int_equal(step(&s, "").wait, ROLLOUT_SOAKS);
    s.now += 9999;
    assert_int_equal(step(&s, "").wait, ROLLOUT_SOAKS);
    s.now += 1;
    step(&s, "c2 c3 c4 c5 c6");
    rollout_clear(&s.r);
}

static void a_gate_waits_for_a_person(void **state)
{
    (void)state;
    struct scene s;
    struct err e = ERR_INIT;
    begin(&s, (const char *const[]){"canary clusters=c1", "rest gate"}, 2);
    step(&s, "c1");
    set(&s, 0, 0, ROLLOUT_HEALTHY);
    struct rollout_step x = step(&s, "");
    assert_int_equal(x.wait, ROLLOUT_GATE);
    assert_string_equal(x.why, "rest waits to be approved");
    assert_int_equal(rollout_approve(&s.r, "canary", "alice", 7000, &e), ERR_NOT_FOUND);
    err_clear(&e);
    assert_int_equal(rollout_approve(&s.r, NULL, "alice b", 7000, &e), 0);
    assert_string_equal(s.r.stages.items[1].opened_by, "alice_b"); /* spaces part words */
    assert_int_equal(s.r.stages.items[1].opened_ms, 7000);
    step(&s, "c2 c3 c4 c5 c6");
    assert_int_equal(rollout_approve(&s.r, NULL, "alice b", 7000, &e), ERR_NOT_FOUND);
    err_clear(&e);
    rollout_clear(&s.r);
}

/* A canary that no cluster of this release is: nobody has anything to look at. */
static void a_gate_behind_nothing_is_open(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, (const char *const[]){"canary selector=canary=true", "rest gate"}, 2);
    step(&s, "c1 c2 c3 c4 c5 c6");
    rollout_clear(&s.r);
    begin(&s, (const char *const[]){"all gate"}, 1); /* the first of all is closed */
    assert_int_equal(step(&s, "").wait, ROLLOUT_GATE);
    rollout_clear(&s.r);
}

static void in_words(void **state)
{
    (void)state;
    struct scene s;
    struct buf out;
    buf_init(&out, BUF_LARGE);
    begin(&s,
          (const char *const[]){"canary selector=canary=true", "eu max=25% budget=1 gate",
                                "rest soak=1h30m"},
          3);
    assert_int_equal(s.r.stages.items[2].soak_ms, 5400000);
    assert_int_equal(rollout_words(&s.r, &out), 0);
    assert_string_equal(buf_str(&out), "canary; a person opens the gate; eu, 25% at a time, 1 may "
                                       "fail; rest");
    buf_clear(&out);
    rollout_clear(&s.r);
}

static void drift_behind_it_holds_it(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, (const char *const[]){"canary clusters=c1", "rest max=1"}, 2);
    step(&s, "c1");
    s.t[0].drifted = true; /* while it is sent that is no news */
    assert_int_equal(step(&s, "").wait, ROLLOUT_GOES_ON);
    set(&s, 0, 0, ROLLOUT_HEALTHY);
    struct rollout_step x = step(&s, "");
    assert_int_equal(x.wait, ROLLOUT_HELD);
    assert_string_equal(x.why, "canary: unexpected drift on c1");
    rollout_forgive(&s.r, s.t, ARRAY_LEN(s.t));
    step(&s, "c2");
    rollout_clear(&s.r);
}

static void what_is_kept_comes_back(void **state)
{
    (void)state;
    struct scene s;
    struct rollout back;
    struct err e = ERR_INIT;
    begin(&s,
          (const char *const[]){"canary clusters=c1,c2 max=1 soak=600000 gate",
                                "eu max=25% budget=3 selector=region in (eu,us)", "rest"},
          3);
    s.r.stages.items[0].approved = true;
    s.r.stages.items[0].opened_by = mem_strdup("alice");
    s.r.stages.items[0].opened_ms = 1795525500000LL;
    s.r.stages.items[1].forgiven = 2;
    s.r.drift_seen = true;
    char *text = rollout_write(&s.r);
    rollout_init(&back);
    if (rollout_read(&back, text, &e))
        fail_msg("%s", e.text);
    char *again = rollout_write(&back);
    assert_string_equal(text, again);
    assert_int_equal(back.stages.len, 3);
    assert_true(back.stages.items[0].approved && back.drift_seen);
    assert_string_equal(back.stages.items[0].opened_by, "alice");
    assert_int_equal(back.stages.items[0].opened_ms, 1795525500000LL);
    mem_free(text);
    mem_free(again);
    rollout_clear(&back);
    rollout_clear(&s.r);
}

static void again(const char *const *stages, size_t n, const char *stored, const char *wanted)
{
    struct rollout r;
    struct err e = ERR_INIT;
    struct rollout_target t[] = {{.cluster = "c1"}, {.cluster = "c2"}, {.cluster = "c3"}};
    rollout_init(&r);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(rollout_add(&r, stages[i], &e), 0);
    if (stored)
        assert_int_equal(rollout_read(&r, stored, &e), 0);
    rollout_again(&r, t, ARRAY_LEN(t));
    char *text = rollout_write(&r);
    assert_string_equal(text, wanted);
    if (r.stages.len && rollout_assign(&r, t, ARRAY_LEN(t), &e))
        fail_msg("%s", e.text);
    mem_free(text);
    rollout_clear(&r);
}

#define AS_IT_WAS " budget=0 soak=0 forgiven=0"

/* Nothing that happened then counts now, and every target is in a stage. */
static void the_same_stages_once_more(void **state)
{
    (void)state;
    again(NULL, 0,
          "!drift\ncanary max=1 budget=1 soak=60000 forgiven=2 gate approved opened=5 by=ada "
          "clusters=c1,gone\nrest max=50% gate approved\n",
          "canary max=1 budget=1 soak=60000 forgiven=0 gate clusters=c1\n"
          "rest max=50%" AS_IT_WAS " gate\n");
    static const char *const lost[] = {"first clusters=gone,went", "rest clusters=c2,c3"};
    again(lost, 2, NULL,
          "rest max=1000000" AS_IT_WAS " clusters=c2,c3\nrest-2 max=1000000" AS_IT_WAS "\n");
    static const char *const all[] = {"first clusters=gone"};
    again(all, 1, NULL, "");
}

static void wrong_words_are_named(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",           "a max=0",      "a max=101%",          "a max=x",     "a soak=-1",
        "a soak=10x", "a soak=",      "a opened=x",          "a clusters=", "a clusters=b,,c",
        "a gates",    "a selector==", "a budget=99999999999"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct rollout r;
        struct err e = ERR_INIT;
        rollout_init(&r);
        if (rollout_add(&r, wrong[i], &e) != ERR_USAGE)
            fail_msg("taken: %s", wrong[i]);
        err_clear(&e);
        rollout_clear(&r);
    }
    struct rollout r;
    struct err e = ERR_INIT;
    struct rollout_target t = {.cluster = "c1"};
    rollout_init(&r);
    assert_int_equal(rollout_add(&r, "a clusters=c9", &e), 0);
    assert_int_equal(rollout_add(&r, "a", &e), ERR_USAGE);
    err_clear(&e);
    assert_int_equal(rollout_assign(&r, &t, 1, &e), ERR_USAGE); /* in no stage */
    err_clear(&e);
    rollout_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_in_order),
        cmocka_unit_test(so_many_at_a_time),
        cmocka_unit_test(too_many_failures_hold_it),
        cmocka_unit_test(a_stage_soaks),
        cmocka_unit_test(a_gate_waits_for_a_person),
        cmocka_unit_test(drift_behind_it_holds_it),
        cmocka_unit_test(a_gate_behind_nothing_is_open),
        cmocka_unit_test(in_words),
        cmocka_unit_test(what_is_kept_comes_back),
        cmocka_unit_test(the_same_stages_once_more),
        cmocka_unit_test(wrong_words_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
