// SPDX-License-Identifier: Apache-2.0
/*
 * A target's way after its release, on a clock that stands still: waiting, healthy, degraded, back,
 * and what a silent or restarted leeway makes of it.
 */
#include "engine_fake.h"

#include "engine/apply/target_health.h"
#include "engine/drift/drift_int.h"
#include "kube/health.h"

#define NS "web"
#define PATH "/apis/apps/v1/namespaces/" NS "/deployments/web"

static char fleet[96];

/* A Deployment of ours that wants three, as far as its controller is. */
static const char *deployment(int version, int updated, int ready, const char *condition)
{
    static char text[2048];
    snprintf(text, sizeof(text),
             "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\","
             "\"namespace\":\"" NS "\",\"uid\":\"u1\",\"resourceVersion\":\"%d\",\"generation\":1,"
             "\"labels\":{\"leeway.dev/fleet\":\"%s\"},\"managedFields\":[{\"manager\":\"leeway\","
             "\"operation\":\"Apply\",\"apiVersion\":\"apps/v1\",\"time\":\"2023-11-14T22:13:20Z\","
             "\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:spec\":{\"f:replicas\":{}}}}]},"
             "\"spec\":{\"replicas\":3},\"status\":{\"observedGeneration\":1,\"replicas\":3,"
             "\"updatedReplicas\":%d,\"readyReplicas\":%d,\"availableReplicas\":%d,\"conditions\":["
             "%s]}}",
             version, fleet, updated, ready, ready, condition);
    return text;
}
#define AVAILABLE "{\"type\":\"Available\",\"status\":\"True\"}"
#define STALLED                                                                                    \
    "{\"type\":\"Progressing\",\"status\":\"False\",\"reason\":\"ProgressDeadlineExceeded\","      \
    "\"message\":\"it stands\"}"

struct scene {
    struct world w;
    struct target *t;
};

static void begin(struct scene *s, const char *(*live)(void))
{
    struct err err = ERR_INIT;
    struct val_pool p;
    struct arena a;
    struct store_given g;
    const struct digest body = digest_sha256("x", 1);
    memset(s, 0, sizeof(*s));
    world_init(&s->w);
    world_pass(&s->w, 1000);
    struct engine *e = s->w.e;
    snprintf(fleet, sizeof(fleet), "%s", e->fleet_uuid);
    const struct store_environment se = {
        .uuid = ENV, .name = "web", .name_space = NS, .origin = "/srv/web"};
    store_put_environment(e->store, &se, STORE_NO_ACK);
    s->t = target_put(environment_put(e, ENV, "web", NS, "/srv/web"), WORLD_UID);
    val_pool_init(&p);
    arena_init(&a);
    const char *json = live();
    world_set(&s->w, PATH, json);
    const struct val *v = json_read(&p, json, strlen(json), NULL, &err);
    assert_non_null(v);
    assert_int_equal(drift_given(s->t, v, &body, "", 1, &a, &g, &err), 0);
    val_pool_clear(&p);
    arena_clear(&a);
}

static void end(struct scene *s)
{
    world_clear(&s->w);
}

static const char *begun(void)
{
    return deployment(10, 1, 0, "");
}

static const char *done(void)
{
    return deployment(10, 3, 3, AVAILABLE);
}

static void it_waits_by_name_until_it_is_ready(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, begun);
    assert_int_equal(health_begin(s.t), LEEWAY_TARGET_WAITING);
    assert_string_equal(s.t->reason, "Deployment web: 1 of 3 updated");
    assert_int_equal(health_fails_at_ms(s.t), engine_wall_ms(s.w.e) + HEALTH_PROGRESS_MS);
    world_pass(&s.w, 1000);
    world_modify(&s.w, PATH, deployment(11, 3, 2, AVAILABLE));
    assert_int_equal(s.t->phase, LEEWAY_TARGET_WAITING);
    assert_string_equal(s.t->reason, "Deployment web: 2 of 3 available");
    world_modify(&s.w, PATH, deployment(12, 3, 3, AVAILABLE));
    assert_int_equal(s.t->phase, LEEWAY_TARGET_HEALTHY);
    assert_string_equal(s.t->reason, "");
    assert_int_equal(health_fails_at_ms(s.t), 0);
    end(&s);
}

static void what_is_ready_already_is_not_waited_for(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, done);
    assert_int_equal(health_begin(s.t), LEEWAY_TARGET_HEALTHY);
    end(&s);
}

static void without_progress_it_is_degraded(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, begun);
    assert_int_equal(health_begin(s.t), LEEWAY_TARGET_WAITING);
    world_pass(&s.w, HEALTH_PROGRESS_MS / 2);
    world_modify(&s.w, PATH, deployment(11, 2, 1, AVAILABLE)); /* it moves: the time begins anew */
    world_pass(&s.w, HEALTH_PROGRESS_MS / 2 + 5000);
    assert_int_equal(s.t->phase, LEEWAY_TARGET_WAITING);
    world_pass(&s.w, HEALTH_PROGRESS_MS / 2);
    assert_int_equal(s.t->phase, LEEWAY_TARGET_DEGRADED);
    assert_string_equal(s.t->reason, "nothing moved for 10 min: Deployment web: 2 of 3 updated");
    world_modify(&s.w, PATH, deployment(12, 3, 3, AVAILABLE));
    assert_int_equal(s.t->phase, LEEWAY_TARGET_HEALTHY);
    end(&s);
}

static void a_controller_that_gives_up_is_believed(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, begun);
    assert_int_equal(health_begin(s.t), LEEWAY_TARGET_WAITING);
    world_modify(&s.w, PATH, deployment(11, 1, 0, STALLED));
    assert_int_equal(s.t->phase, LEEWAY_TARGET_DEGRADED);
    assert_non_null(strstr(s.t->reason, "Deployment web: "));
    end(&s);
}

static void a_restart_is_no_degradation_but_an_outage_is(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, done);
    health_begin(s.t);
    world_pass(&s.w, 1000);
    world_modify(&s.w, PATH, deployment(11, 3, 2, AVAILABLE));
    world_pass(&s.w, HEALTH_UNWELL_MS / 2);
    assert_int_equal(s.t->phase, LEEWAY_TARGET_HEALTHY);
    world_modify(&s.w, PATH, deployment(12, 3, 3, AVAILABLE));
    world_pass(&s.w, 2 * HEALTH_UNWELL_MS);
    assert_int_equal(s.t->phase, LEEWAY_TARGET_HEALTHY);
    world_modify(&s.w, PATH, deployment(13, 3, 2, AVAILABLE));
    world_pass(&s.w, HEALTH_UNWELL_MS + 1000);
    assert_int_equal(s.t->phase, LEEWAY_TARGET_DEGRADED);
    assert_string_equal(s.t->reason, "Deployment web: 2 of 3 available");
    world_modify(&s.w, PATH, deployment(14, 3, 3, AVAILABLE));
    assert_int_equal(s.t->phase, LEEWAY_TARGET_HEALTHY);
    end(&s);
}

static void what_failed_to_be_sent_stays_failed(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, done);
    target_set_phase(s.t, LEEWAY_TARGET_FAILED, "refused");
    world_modify(&s.w, PATH, deployment(11, 3, 3, AVAILABLE));
    world_pass(&s.w, 1000);
    assert_int_equal(s.t->phase, LEEWAY_TARGET_FAILED);
    end(&s);
}

static void words_are_for_people(void **state)
{
    (void)state;
    static const struct {
        enum kstatus status;
        const char *reason, *message, *words;
    } cases[] = {
        {KSTATUS_IN_PROGRESS, "LessUpdated", "Updated: 1/3", "1 of 3 updated"},
        {KSTATUS_IN_PROGRESS, "LessReplicas", "Replicas: 0/3", "0 of 3 made"},
        {KSTATUS_IN_PROGRESS, "LessReady", "Ready: x", "Ready: x"},
        {KSTATUS_IN_PROGRESS, "ExtraPods", "Pending termination: 2", "old ones have to end: 2"},
        {KSTATUS_IN_PROGRESS, "", "", "InProgress"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct kstatus_result k = {cases[i].status, cases[i].reason, cases[i].message, 0};
        const struct health_result h = {HEALTH_PROGRESSING, k.reason, k.message};
        char *words = health_words(&k, &h);
        assert_string_equal(words, cases[i].words);
        mem_free(words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_waits_by_name_until_it_is_ready),
        cmocka_unit_test(what_is_ready_already_is_not_waited_for),
        cmocka_unit_test(without_progress_it_is_degraded),
        cmocka_unit_test(a_controller_that_gives_up_is_believed),
        cmocka_unit_test(a_restart_is_no_degradation_but_an_outage_is),
        cmocka_unit_test(what_failed_to_be_sent_stays_failed),
        cmocka_unit_test(words_are_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
