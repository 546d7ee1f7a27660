// SPDX-License-Identifier: Apache-2.0
/*
 * Releases whose writes end without an answer, and releases that are stopped: what is on the server
 * in the end, what the store says of it, and what was sent on the way.
 */
#include "release_fake.h"

#include "engine/apply/apply_int.h"
#include "engine/apply/record.h"

static const char *const hows[] = {
    [HOW_504] = "504",         [HOW_RESET] = "reset",   [HOW_CUT] = "cut",
    [HOW_GARBAGE] = "garbage", [HOW_SILENT] = "silent",
};
enum { HOWS = ARRAY_LEN(hows) };

static struct release_row *last_row(struct play *p)
{
    struct applier *ap = applier_of(p->w.e);
    assert_true(ap->rows.len > 0);
    return ap->rows.items[ap->rows.len - 1];
}

static struct leeway_event *steer(struct play *p, enum leeway_command_kind kind)
{
    uint64_t apply = p->request;
    const struct leeway_command c = {.kind = kind, .release = last_row(p)->id};
    struct leeway_event *ev = play_do(p, &c);
    p->request = apply; /* that is what is waited for */
    return ev;
}

static void failed(struct leeway_event *ev, int code, const char *words)
{
    assert_int_equal(ev->kind, LEEWAY_EVENT_FAILED);
    if (ev->err.code != code || !strstr(ev->err.text, words))
        fail_msg("%d %s", ev->err.code, ev->err.text);
    leeway_event_free(ev);
}

/* ---- outcomes that are not known ---- */

struct trial {
    const char *name, *method;
    bool there;              /* before the release */
    const char *before, *to; /* the folder's map then and now; NULL: it left */
    const char *words;       /* on the server in the end; NULL: nothing is there */
};

static const struct trial trials[] = {
    {"create", "PATCH", false, NULL, "conf=2", "\"v\":\"2\""},
    {"update", "PATCH", true, "conf=1", "conf=2", "\"v\":\"2\""},
    {"delete", "DELETE", true, "conf=1", NULL, NULL},
    {"replace: delete", "DELETE", true, "conf!=1", "conf!=2", "\"v\":\"2\""},
    {"replace: create", "PATCH", true, "conf!=1", "conf!=2", "\"v\":\"2\""},
};

static void run_trial(const struct trial *t, enum how how, bool done)
{
    struct play p;
    struct mishap m[] = {
        {.method = t->method, .path = "configmaps/conf", .times = 1, .done = done, .how = how}};
    print_message("%s, %s, %s\n", t->name, hows[how], done ? "done" : "not done");
    play_init(&p);
    if (t->there) {
        FOLDER(&p, "other=1", t->before);
        play_done(play_release(&p));
    }
    if (t->to)
        FOLDER(&p, "other=1", t->to);
    else
        FOLDER(&p, "other=1");
    struct leeway_event *plan = play_plan(&p);
    play_script(&p, m, 1);
    play_post_apply(&p, plan);
    leeway_event_free(plan);
    play_done(play_wait(&p));
    assert_int_equal(m[0].seen, done && strcmp(t->method, "DELETE") == 0 ? 1 : 2);
    assert_true(play_has(&p, "conf", t->words) == (t->words != NULL));
    /* nothing is left to do, nothing has drifted, and no name is lost */
    play_script(&p, NULL, 0);
    plan = play_plan(&p);
    assert_int_equal(plan->plan->changes, 0);
    leeway_event_free(plan);
    play_clear(&p);
}

static void what_is_not_known_is_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(trials); i++)
        for (size_t how = 0; how < HOWS; how++)
            for (int done = 0; done < 2; done++)
                run_trial(&trials[i], (enum how)how, done);
}

/* The object was not read: nothing is sent before it was. */
static void nothing_is_sent_before_it_was_read(void **state)
{
    (void)state;
    struct play p;
    play_init(&p);
    FOLDER(&p, "conf=1");
    struct leeway_event *plan = play_plan(&p);
    struct mishap m[] = {
        {.method = "PATCH", .path = "configmaps/conf", .times = 1, .done = true, .how = HOW_RESET},
        {.method = "GET", .path = "configmaps/conf", .skip = 0, .times = 20, .how = HOW_504},
    };
    play_script(&p, m, 2);
    /* the release looks at what it creates first: let that pass */
    m[1].skip = 1;
    play_post_apply(&p, plan);
    play_pass(&p, 8000);
    assert_int_equal(p.patches, 1);
    assert_true(p.gets > 2);
    m[1].times = 0;
    play_done(play_wait(&p));
    assert_int_equal(p.patches, 2);
    leeway_event_free(plan);
    play_clear(&p);
}

/* A field is taken back by force, and the answer is lost. */
static void a_revert_is_read_back_as_well(void **state)
{
    (void)state;
    for (size_t how = 0; how < HOWS; how++)
        for (int done = 0; done < 2; done++) {
            struct play p;
            struct mishap m[] = {{.method = "PATCH",
                                  .path = "configmaps/conf",
                                  .skip = 1, /* the first, without force, is a conflict */
                                  .times = 1,
                                  .done = done,
                                  .how = (enum how)how}};
            print_message("revert, %s, %s\n", hows[how], done ? "done" : "not done");
            play_init(&p);
            FOLDER(&p, "conf=1");
            play_done(play_release(&p));
            assert_int_equal(play_ask(&p, "PATCH", MAPS "/conf?fieldManager=kubectl-edit", MERGE,
                                      "{\"data\":{\"v\":\"9\"}}", NULL, 0),
                             200);
            play_pass(&p, 5000);
            engine_publish(p.w.e);
            assert_int_equal(leeway_drifts(p.w.e->snapshot), 1);
            const uint64_t id = leeway_drift_at(p.w.e->snapshot, 0)->id;
            const struct leeway_command c = {
                .kind = LEEWAY_CMD_PLAN_REVERT, .drift_ids = &id, .n_drift_ids = 1};
            struct leeway_event *plan = play_do(&p, &c);
            assert_int_equal(plan->kind, LEEWAY_EVENT_PLAN);
            play_script(&p, m, 1);
            play_post_apply(&p, plan);
            leeway_event_free(plan);
            play_done(play_wait(&p));
            assert_true(m[0].seen > 2);
            assert_true(play_has(&p, "conf", "\"v\":\"1\""));
            play_pass(&p, 5000);
            engine_publish(p.w.e);
            assert_int_equal(leeway_drifts(p.w.e->snapshot), 0);
            play_clear(&p);
        }
}

static void somebody_else(void *ctx)
{
    struct play *p = ctx;
    play_ask(p, "DELETE", MAPS "/conf", NULL, NULL, NULL, 0);
    assert_int_equal(play_ask(p, "POST", MAPS, "application/json",
                              "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{"
                              "\"name\":\"conf\"},\"data\":{\"v\":\"9\"}}",
                              NULL, 0),
                     201);
}

static void what_somebody_else_made_is_left_alone(void **state)
{
    (void)state;
    for (int there = 0; there < 2; there++) {
        struct play p;
        play_init(&p);
        if (there) {
            FOLDER(&p, "conf=1");
            play_done(play_release(&p));
        }
        FOLDER(&p, "conf=2");
        struct leeway_event *plan = play_plan(&p);
        struct mishap m[] = {{.method = "PATCH",
                              .path = "configmaps/conf",
                              .times = 1,
                              .how = HOW_RESET,
                              .before = somebody_else}};
        play_script(&p, m, 1);
        play_post_apply(&p, plan);
        leeway_event_free(plan);
        failed(play_wait(&p), ERR_MOVED,
               there ? "it was replaced by somebody" : "somebody else made it");
        assert_int_equal(p.patches, 1);
        assert_true(play_has(&p, "conf", "\"v\":\"9\""));
        play_clear(&p);
    }
}

static void the_parent_is_written_in_the_end(void **state)
{
    (void)state;
    for (size_t how = 0; how < HOWS; how++)
        for (unsigned skip = 0; skip < 2; skip++) {
            struct play p;
            char body[4096];
            play_init(&p);
            FOLDER(&p, "conf=1");
            struct leeway_event *plan = play_plan(&p);
            struct mishap m[] = {{.method = "PATCH",
                                  .path = "secrets/leeway-shop",
                                  .skip = skip,
                                  .times = 1,
                                  .how = (enum how)how}};
            print_message("parent, %s\n", hows[how]);
            play_script(&p, m, 1);
            play_post_apply(&p, plan);
            leeway_event_free(plan);
            play_done(play_wait(&p));
            assert_int_equal(m[0].seen, 3);
            assert_int_equal(play_ask(&p, "GET", "/api/v1/namespaces/default/secrets/leeway-shop",
                                      NULL, NULL, body, sizeof(body)),
                             200);
            assert_non_null(strstr(body, "contains-group-kinds\":\"ConfigMap\""));
            play_clear(&p);
        }
}

/* What is in the record of the parent, in words. */
static void record_says(struct play *p, const char *wanted)
{
    char body[16384], says[256];
    struct val_pool pool;
    struct buf packed;
    struct record r;
    enum record_proof proof;
    struct err e = ERR_INIT;
    val_pool_init(&pool);
    buf_init(&packed, APPLYSET_RECORD_MAX);
    play_ask(p, "GET", "/api/v1/namespaces/default/secrets/leeway-shop", NULL, NULL, body,
             sizeof(body));
    assert_true(applyset_record(json_read(&pool, body, strlen(body), NULL, NULL), &packed));
    if (record_read(&pool, packed.data, packed.len, NULL, NULL, &r, &proof, &e))
        fail_msg("%s", e.text);
    snprintf(says, sizeof(says), "r%d %s %s/%s %s:", (int)r.release, r.done ? "done" : "begun",
             r.environment, r.namespace_, r.audit_rows ? "audit" : "no audit");
    for (size_t i = 0; i < r.n_members; i++)
        snprintf(says + strlen(says), sizeof(says) - strlen(says), " %s r%d %s",
                 r.members[i].object.name, (int)r.members[i].release,
                 r.members[i].leaves.len ? "given" : "planned");
    assert_string_equal(says, wanted);
    buf_clear(&packed);
    val_pool_clear(&pool);
}

static void the_parent_carries_the_record(void **state)
{
    (void)state;
    struct play p;
    play_init(&p);
    FOLDER(&p, "conf=1");
    struct leeway_event *plan = play_plan(&p);
    struct mishap m[] = {
        {.method = "PATCH", .path = "configmaps/conf", .times = 1, .how = HOW_SILENT}};
    play_script(&p, m, 1);
    play_post_apply(&p, plan);
    leeway_event_free(plan);
    play_pass(&p, 1000);
    record_says(&p, "r1 begun shop/default audit: conf r1 planned");
    play_done(play_wait(&p));
    record_says(&p, "r1 done shop/default audit: conf r1 given");
    FOLDER(&p, "conf=1", "more=1");
    play_done(play_release(&p));
    record_says(&p, "r2 done shop/default audit: conf r1 given more r2 given");
    play_clear(&p);
}

/* ---- abort ---- */

struct aborted {
    struct play p;
    struct mishap m[2];
    int64_t at_ms;
};

/* A release of one map, aborted one second after its write was sent. */
static void abort_in_flight(struct aborted *a, enum how how, bool done)
{
    struct play *p = &a->p;
    play_init(p);
    FOLDER(p, "conf=1");
    play_done(play_release(p));
    FOLDER(p, "conf=2");
    struct leeway_event *plan = play_plan(p);
    a->m[0] = (struct mishap){
        .method = "PATCH", .path = "configmaps/conf", .times = 1, .done = done, .how = HOW_SILENT};
    a->m[1] = (struct mishap){.method = "GET", .path = "configmaps/conf", .skip = 1, .how = how};
    play_script(p, a->m, 2);
    play_post_apply(p, plan);
    leeway_event_free(plan);
    play_pass(p, 1000);
    assert_int_equal(p->patches, 1);
    a->at_ms = p->w.fake.clock.boot_ms_now;
    play_done(steer(p, LEEWAY_CMD_ABORT));
}

/* What the store says of the only row of the second release. */
static int on_stored(void *ctx, const struct store_result *r)
{
    *(int *)ctx = (int)r->state;
    return 0;
}

static int stored(struct play *p)
{
    struct err e = ERR_INIT;
    int state = -1;
    assert_int_equal(store_each_result(p->w.e->view, last_row(p)->environment_uuid, 2,
                                       p->w.e->clusters.items[0]->uid, on_stored, &state, &e),
                     0);
    return state;
}

static void an_abort_waits_for_what_is_in_flight(void **state)
{
    (void)state;
    for (int done = 0; done < 2; done++) {
        struct aborted a;
        abort_in_flight(&a, HOW_WELL, done);
        play_pass(&a.p, APPLY_IN_FLIGHT_MS - 2000);
        assert_null(play_answered(&a.p)); /* the server may still be at it */
        failed(play_wait(&a.p), ERR_CANCELLED, "aborted");
        assert_true(a.p.w.fake.clock.boot_ms_now - a.at_ms < APPLY_IN_FLIGHT_MS + 3000);
        assert_int_equal(a.p.patches, 1);
        assert_int_equal(stored(&a.p), done ? STORE_DONE : STORE_UNKNOWN_OUTCOME);
        assert_true(play_has(&a.p, "conf", done ? "\"v\":\"2\"" : "\"v\":\"1\""));
        play_clear(&a.p);
    }
}

static void an_abort_of_a_server_that_is_gone_ends(void **state)
{
    (void)state;
    struct aborted a;
    abort_in_flight(&a, HOW_SILENT, true);
    a.m[1].times = 1000;
    failed(play_wait(&a.p), ERR_UNKNOWN_OUTCOME, "whether it was written is not known");
    assert_true(a.p.w.fake.clock.boot_ms_now - a.at_ms < APPLY_IN_FLIGHT_MS + 8000);
    assert_int_equal(a.p.patches, 1);
    assert_int_equal(last_row(&a.p)->state, LEEWAY_RELEASE_ABORTED);
    play_clear(&a.p);
}

static void many(struct play *p, char (*names)[24], const char **maps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        snprintf(names[i], sizeof(names[i]), "m%02zu=1", i);
        maps[i] = names[i];
    }
    play_folder(p, maps, n);
}

/* What waits for its turn was never sent, and is not sent after an abort. */
static void an_abort_sends_nothing_new(void **state)
{
    (void)state;
    char names[60][24];
    const char *maps[60];
    struct play p;
    play_init(&p);
    many(&p, names, maps, 60);
    struct leeway_event *plan = play_plan(&p);
    struct mishap m[] = {
        {.method = "PATCH", .path = "configmaps/", .times = 1000, .how = HOW_SILENT}};
    play_script(&p, m, 1);
    play_post_apply(&p, plan);
    leeway_event_free(plan);
    play_pass(&p, 1000);
    unsigned sent = p.patches;
    assert_true(sent > 0 && sent < 60);
    play_done(steer(&p, LEEWAY_CMD_ABORT));
    m[0].how = HOW_WELL;
    failed(play_wait(&p), ERR_CANCELLED, "aborted");
    assert_int_equal(p.patches, sent);
    /* the plan that was left half way can be made and applied again */
    play_script(&p, NULL, 0);
    play_done(play_release(&p));
    assert_true(play_has(&p, "m59", "\"v\":\"1\""));
    play_clear(&p);
}

/* ---- pause ---- */

static void a_pause_sends_nothing_until_it_is_over(void **state)
{
    (void)state;
    char names[200][24];
    const char *maps[200];
    struct play p;
    play_init(&p);
    many(&p, names, maps, 200);
    struct leeway_event *plan = play_plan(&p);
    struct mishap m[] = {
        {.method = "PATCH", .path = "configmaps/m00", .times = 1, .done = true, .how = HOW_504}};
    play_script(&p, m, 1);
    play_post_apply(&p, plan);
    leeway_event_free(plan);
    while (!p.patches)
        play_settle_once(&p);
    play_done(steer(&p, LEEWAY_CMD_PAUSE));
    play_pass(&p, 5000); /* what was begun comes to its end */
    unsigned sent = p.patches;
    assert_true(sent < 200);
    assert_int_equal(last_row(&p)->state, LEEWAY_RELEASE_PAUSED);
    play_pass(&p, 60000);
    assert_int_equal(p.patches, sent);
    play_done(steer(&p, LEEWAY_CMD_RESUME));
    play_done(play_wait(&p));
    assert_true(p.patches >= 200);
    assert_true(play_has(&p, "m00", "\"v\":\"1\"") && play_has(&p, "m99", "\"v\":\"1\""));
    play_clear(&p);
}

static void a_paused_release_can_be_aborted(void **state)
{
    (void)state;
    char names[200][24];
    const char *maps[200];
    struct play p;
    play_init(&p);
    many(&p, names, maps, 200);
    struct leeway_event *plan = play_plan(&p);
    play_script(&p, NULL, 0);
    play_post_apply(&p, plan);
    leeway_event_free(plan);
    while (!p.patches)
        play_settle_once(&p);
    play_done(steer(&p, LEEWAY_CMD_PAUSE));
    play_pass(&p, 5000);
    unsigned sent = p.patches;
    play_done(steer(&p, LEEWAY_CMD_ABORT));
    failed(play_wait(&p), ERR_CANCELLED, "aborted");
    assert_int_equal(p.patches, sent);
    play_clear(&p);
}

/* ---- stages as they are shown ---- */

static void a_gate_is_shown_until_it_is_opened(void **state)
{
    (void)state;
    struct play p;
    char hash[80];
    play_init(&p);
    FOLDER(&p, "conf=1");
    struct leeway_event *plan = play_plan(&p);
    static const char *const stages[] = {"all gate"};
    snprintf(hash, sizeof(hash), "%s", plan->plan->hash.str);
    assert_int_equal(plan->plan->rollout.len, 0); /* a folder has no stages of its own */
    leeway_event_free(plan);
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_APPLY, .plan = hash, .stages = stages, .n_stages = 1};
    play_script(&p, NULL, 0);
    play_post(&p, &c);
    play_pass(&p, 3000);
    assert_int_equal(p.patches, 0);
    const struct release_row *row = last_row(&p);
    assert_int_equal(row->stages.len, 1);
    assert_true(row->stages.items[0].gate && row->stages.items[0].waits);
    assert_int_equal(row->targets.items[0].stage, 0);
    play_done(steer(&p, LEEWAY_CMD_APPROVE));
    play_done(play_wait(&p));
    row = last_row(&p);
    assert_false(row->stages.items[0].waits);
    assert_true(row->stages.items[0].opened_ms > 0);
    assert_true(*row->stages.items[0].opened_by);
    play_clear(&p);
}

/* ---- what is told of it afterwards ---- */

static void it_is_told_how_it_ended(void **state)
{
    (void)state;
    struct play p;
    play_init(&p);
    FOLDER(&p, "conf=1");
    play_done(play_release(&p));
    static const struct leeway_command c = {.kind = LEEWAY_CMD_HISTORY, .environment = "shop"};
    struct leeway_event *ev = play_do(&p, &c);
    assert_int_equal(ev->kind, LEEWAY_EVENT_HISTORY);
    const struct leeway_history *h = ev->history;
    assert_int_equal(h->n_releases, 1);
    assert_int_equal(h->releases[0].targets, 1);
    assert_int_equal(h->releases[0].done, 1);
    assert_int_equal(h->releases[0].failed, 0);
    assert_true(h->releases[0].newest);
    assert_int_equal(h->audit_rows, (int64_t)h->n_acts); /* all of them are about it */
    assert_true(h->audit_rows >= 2 && h->audit_since_ms > 0);
    assert_int_equal(h->audit_problem.len, 0);
    leeway_event_free(ev);
    play_clear(&p);
}

/* ---- going back ---- */

static void apply_in_stages(struct play *p, const struct leeway_event *plan,
                            const char *const *stages, size_t n)
{
    char hash[80];
    snprintf(hash, sizeof(hash), "%.*s", (int)plan->plan->hash.len, plan->plan->hash.str);
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_APPLY, .plan = hash, .stages = stages, .n_stages = n};
    play_post(p, &c);
}

/* It goes as what it undoes went, whose gate was opened then: now it is closed again. */
static void an_undo_goes_by_the_same_stages(void **state)
{
    (void)state;
    static const char *const stages[] = {"all max=1 budget=2 gate"};
    struct leeway_command undo = {.kind = LEEWAY_CMD_PLAN_UNDO, .environment = "shop"};
    struct play p;
    play_init(&p);
    FOLDER(&p, "conf=1");
    play_done(play_release(&p));
    FOLDER(&p, "conf=2");
    struct leeway_event *plan = play_plan(&p);
    assert_int_equal(plan->plan->rollout.len, 0);
    apply_in_stages(&p, plan, stages, 1);
    play_pass(&p, 1000);
    assert_true(play_has(&p, "conf", "\"v\":\"1\""));
    play_done(steer(&p, LEEWAY_CMD_APPROVE));
    play_done(play_wait(&p));
    assert_true(play_has(&p, "conf", "\"v\":\"2\""));
    leeway_event_free(plan);

    undo.at_once = true;
    plan = play_do(&p, &undo);
    assert_int_equal(plan->kind, LEEWAY_EVENT_PLAN);
    assert_int_equal(plan->plan->rollout.len, 0);
    char *at_once = mem_strdup(plan->plan->hash.str);
    leeway_event_free(plan);
    undo.at_once = false;
    plan = play_do(&p, &undo);
    assert_int_equal(plan->kind, LEEWAY_EVENT_PLAN);
    assert_string_not_equal(plan->plan->hash.str, at_once); /* the name says which way it goes */
    mem_free(at_once);
    assert_non_null(strstr(plan->plan->rollout.str, "a person opens the gate"));
    play_post_apply(&p, plan);
    leeway_event_free(plan);
    play_pass(&p, 1000);
    assert_true(play_has(&p, "conf", "\"v\":\"2\""));
    play_done(steer(&p, LEEWAY_CMD_APPROVE));
    play_done(play_wait(&p));
    assert_true(play_has(&p, "conf", "\"v\":\"1\""));
    play_clear(&p);
}

/* What did not come to its end is not what is gone back to, nor the one before that. */
static void undo_after_a_release_that_was_not_done(void **state)
{
    (void)state;
    struct play p;
    play_init(&p);
    FOLDER(&p, "conf=1");
    play_done(play_release(&p));
    FOLDER(&p, "conf=2");
    struct leeway_event *plan = play_plan(&p);
    static const struct leeway_command undo = {.kind = LEEWAY_CMD_PLAN_UNDO, .environment = "shop"};
    failed(play_do(&p, &undo), ERR_NOT_FOUND, "no release before the last");
    struct mishap m[] = {
        {.method = "PATCH", .path = "configmaps/", .times = 1000, .done = true, .how = HOW_SILENT}};
    play_script(&p, m, 1);
    play_post_apply(&p, plan);
    leeway_event_free(plan);
    play_pass(&p, 1000);
    play_done(steer(&p, LEEWAY_CMD_ABORT));
    play_script(&p, NULL, 0);
    leeway_event_free(play_wait(&p));
    assert_true(play_has(&p, "conf", "\"v\":\"2\""));
    struct leeway_event *ev = play_do(&p, &undo);
    assert_int_equal(ev->kind, LEEWAY_EVENT_PLAN);
    assert_memory_equal(ev->plan->title.str, "back to r1", 10);
    assert_int_equal(ev->plan->changes, 1);
    leeway_event_free(ev);
    play_clear(&p);
}

RUN("releases", cmocka_unit_test(it_is_told_how_it_ended),
    cmocka_unit_test(a_gate_is_shown_until_it_is_opened),
    cmocka_unit_test(an_undo_goes_by_the_same_stages),
    cmocka_unit_test(undo_after_a_release_that_was_not_done),
    cmocka_unit_test(what_is_not_known_is_read_back),
    cmocka_unit_test(nothing_is_sent_before_it_was_read),
    cmocka_unit_test(a_revert_is_read_back_as_well),
    cmocka_unit_test(what_somebody_else_made_is_left_alone),
    cmocka_unit_test(the_parent_is_written_in_the_end),
    cmocka_unit_test(the_parent_carries_the_record),
    cmocka_unit_test(an_abort_waits_for_what_is_in_flight),
    cmocka_unit_test(an_abort_of_a_server_that_is_gone_ends),
    cmocka_unit_test(an_abort_sends_nothing_new),
    cmocka_unit_test(a_pause_sends_nothing_until_it_is_over),
    cmocka_unit_test(a_paused_release_can_be_aborted))
