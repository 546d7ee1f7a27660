// SPDX-License-Identifier: Apache-2.0
/* The records at 15:50 of payments-dev: releases, decisions, the audit and its chain. */
#include "view_fixture.h"

#include "base/mem.h"
#include "base/vec.h"

#include "views/history.h"

#define MINUTE 60000LL
#define AT(h, m) (STORY_NOW_MS - (14 * 60 + 5) * MINUTE + ((h)*60 + (m)) * MINUTE)

static const struct leeway_past_release releases[] = {
    {.environment = TEXT("payments-dev"),
     .number = 3,
     .plan = TEXT("c0ffee0011223344"),
     .title = TEXT("back to r1: web-app@1.4.0"),
     .kind = TEXT("undo"),
     .state = LEEWAY_RELEASE_DONE,
     .by = TEXT("alice"),
     .reason = TEXT_NONE,
     .started_ms = AT(15, 41),
     .changed_ms = AT(15, 44),
     .targets = 3,
     .done = 3,
     .problem = TEXT_NONE,
     .lost = TEXT("made again, empty: PersistentVolumeClaim payments-dev-cache on dev-us-1, "
                  "dev-eu-1"),
     .newest = true},
    {.environment = TEXT("payments-dev"),
     .number = 2,
     .plan = TEXT("7f3c19e2aabbccdd"),
     .title = TEXT("web-app@1.5.0"),
     .kind = TEXT("apply"),
     .state = LEEWAY_RELEASE_FAILED,
     .by = TEXT("alice"),
     .reason = TEXT_NONE,
     .started_ms = AT(15, 9),
     .changed_ms = AT(15, 34),
     .targets = 3,
     .done = 2,
     .failed = 1,
     .problem = TEXT("dev-ap-1: Job/payments-dev-migrate, BackoffLimitExceeded"),
     .lost = TEXT_NONE},
    {.environment = TEXT("payments-dev"),
     .number = 1,
     .plan = TEXT("90ab12cd00000000"),
     .title = TEXT("web-app@1.4.0"),
     .kind = TEXT("apply"),
     .state = LEEWAY_RELEASE_DONE,
     .by = TEXT("alice"),
     .reason = TEXT_NONE,
     .started_ms = AT(9, 12),
     .changed_ms = AT(9, 15),
     .targets = 3,
     .done = 3,
     .problem = TEXT_NONE,
     .lost = TEXT_NONE}};

static const struct leeway_past_plan plans[] = {
    {TEXT("c0ffee0011223344"), TEXT("payments-dev"), TEXT("back to r1: web-app@1.4.0"),
     TEXT("undo"), TEXT("alice"), AT(15, 40), 3},
    {TEXT("deadbeef00112233"), TEXT("payments-dev"), TEXT("revert 1 field"), TEXT("revert"),
     TEXT("bob"), AT(14, 8), 0}};

#define CHAIN TEXT("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")
static const struct leeway_past_act acts[] = {
    {212, AT(15, 41), TEXT("alice"), TEXT("{\"login\":\"alice\"}"), TEXT("release began"),
     TEXT("payments-dev r3"), TEXT("{\"plan\":\"c0ffee00\"}"), CHAIN},
    {211, AT(15, 21), TEXT("alice"),
     TEXT("{\"login\":\"alice\",\"terminal\":\"pts/3\",\"ssh\":\"10.0.0.7\"}"),
     TEXT("stage approved"), TEXT("payments-dev r2"),
     TEXT("{\"plan\":\"7f3c19e2\",\"stage\":\"rest\"}"), CHAIN},
    {210, AT(14, 11), TEXT("bob"), TEXT("{\"login\":\"bob\"}"), TEXT("accept"),
     TEXT("payments-dev dev-eu-1 Deployment/payments-dev-web"), TEXT("{}"), CHAIN}};

static const struct leeway_answer ended[] = {{.uuid = TEXT("0f4a7c11-0000"),
                                              .expired = true,
                                              .environment = TEXT("payments-dev"),
                                              .cluster = TEXT("dev-eu-1"),
                                              .api_version = TEXT("apps/v1"),
                                              .object_kind = TEXT("Deployment"),
                                              .namespace_ = TEXT("payments-dev"),
                                              .name = TEXT("payments-dev-web"),
                                              .path = TEXT(".spec.replicas"),
                                              .manager = TEXT("kubectl"),
                                              .accepts = TEXT("self <= 8"),
                                              .within = true,
                                              .reason = TEXT("incident 4711"),
                                              .by = TEXT("bob"),
                                              .created_ms = AT(14, 11),
                                              .expires_ms = AT(15, 0)}};

static void told(struct view_fixture *f, struct text problem)
{
    const struct leeway_history h = {.releases = releases,
                                     .n_releases = ARRAY_LEN(releases),
                                     .plans = plans,
                                     .n_plans = ARRAY_LEN(plans),
                                     .acts = acts,
                                     .n_acts = ARRAY_LEN(acts),
                                     .ended = ended,
                                     .n_ended = ARRAY_LEN(ended),
                                     .audit_rows = 212,
                                     .audit_since_ms = STORY_NOW_MS - 266LL * 24 * 60 * MINUTE,
                                     .audit_problem = problem};
    struct leeway_history *shared = leeway_history_new(&h);
    fixture_answer(f, (struct leeway_event){.kind = LEEWAY_EVENT_HISTORY, .history = shared});
    leeway_history_unref(shared);
}

static void setup(struct view_fixture *f, struct text problem)
{
    fixture_setup(f, 24, 80, FACE_UNICODE);
    clock_fake_advance(&f->clock, AT(15, 50) - STORY_NOW_MS);
    app_push(f->app, history_new_of(f->app, TEXT("payments-dev")));
    assert_int_equal(f->last.kind, LEEWAY_CMD_HISTORY);
    assert_string_equal(f->last.environment, "payments-dev");
    told(f, problem);
}

static void screens(void **state)
{
    struct view_fixture f;
    setup(&f, TEXT_NONE);
    fixture_run(&f, "snapshot as opened\nroles\nkeys ]\nsnapshot the one that failed\n"
                    "keys Tab\nsnapshot releases\nkeys Tab\nsnapshot plans\nkeys Tab\n"
                    "snapshot decisions\nkeys Tab j\nsnapshot audit\nkeys d\nsnapshot details\n");
    golden_check("history-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc Tab g\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("history-sizes", &f.out);
    fixture_teardown(&f);
}

static void a_broken_chain_is_loud(void **state)
{
    struct view_fixture f;
    setup(&f, TEXT("the audit chain is broken at row 17"));
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "X audit: the audit chain is broken at row 17", true);
    fixture_teardown(&f);
}

static void keys_lead_on(void **state)
{
    struct view_fixture f;
    setup(&f, TEXT_NONE);
    fixture_run(&f, "keys Enter\n"); /* a release: its plan */
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_OPEN);
    assert_string_equal(f.last.plan, "c0ffee0011223344");
    fixture_run(&f, "keys ] R\n"); /* what was to be given then */
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_UNDO);
    assert_int_equal(f.last.release, 2);
    buf_reset(&f.out);
    fixture_run(&f, "keys /\ntype state:failed\nkeys Enter\nsnapshot\n");
    fixture_shows(&f, "r2  web-app@1.5.0", true);
    fixture_shows(&f, "r1  web-app@1.4.0", false);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc Tab Tab Tab G Enter\nsnapshot\n"); /* an answer: its environment */
    fixture_shows(&f, "payments-dev", true);
    fixture_teardown(&f);
}

/* The list's end asks for what is older, once, and further at the next end. */
static void older_ones(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, history_new(f.app));
    assert_int_equal(f.last.limit, 200);
    VEC(struct leeway_past_act) many = {0};
    for (int64_t i = 400; i > 0; i--)
        vec_push(&many,
                 ((struct leeway_past_act){
                     i, AT(15, 0) + i, TEXT("alice"), TEXT("{}"), TEXT("stage approved"),
                     text_fmt(&f.arena, "payments-dev r%lld", (long long)i), TEXT("{}"), CHAIN}));
    for (size_t n = 200; n <= 400; n += 200) {
        const struct leeway_history h = {
            .acts = many.items, .n_acts = n, .more = n < 400, .audit_problem = TEXT_NONE};
        struct leeway_history *shared = leeway_history_new(&h);
        fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_HISTORY, .history = shared});
        leeway_history_unref(shared);
        if (n > 200)
            break;
        fixture_run(&f, "snapshot\nkeys j j\n");
        fixture_shows(&f, "older ones at the end", true);
        assert_int_equal(f.number, 1);
        buf_reset(&f.out);
        fixture_run(&f, "keys G G\nsnapshot\n");
        assert_int_equal(f.number, 2);
        assert_int_equal(f.last.limit, 400);
        fixture_shows(&f, "older ones are being read", true);
        fixture_shows(&f, "payments-dev r201: stage approved", true);
        buf_reset(&f.out);
    }
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "payments-dev r201: stage approved", true); /* the cursor stayed */
    fixture_shows(&f, "older ones", false);
    buf_reset(&f.out);
    fixture_run(&f, "keys G\nsnapshot\n");
    fixture_shows(&f, "payments-dev r1: stage approved", true);
    assert_int_equal(f.number, 2);
    vec_clear(&many);
    fixture_teardown(&f);
}

/* More than the window has rows: it scrolls, and says which rows are seen. */
static void long_details(void **state)
{
    struct view_fixture f;
    struct buf detail;
    buf_init(&detail, BUF_LARGE);
    buf_puts(&detail, "{");
    for (int i = 0; i < 180; i++)
        buf_printf(&detail, "%s\"word%d\":\"%d\"", i ? "," : "", i, i);
    buf_puts(&detail, "}");
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, history_new(f.app));
    const struct leeway_past_act act = {1,
                                        AT(15, 0),
                                        TEXT("alice"),
                                        TEXT("{\"login\":\"alice\"}"),
                                        TEXT("stage approved"),
                                        TEXT("payments-dev r1"),
                                        text_cstr(&f.arena, buf_str(&detail)),
                                        CHAIN};
    const struct leeway_history h = {.acts = &act, .n_acts = 1, .audit_problem = TEXT_NONE};
    struct leeway_history *shared = leeway_history_new(&h);
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_HISTORY, .history = shared});
    leeway_history_unref(shared);
    fixture_run(&f, "keys d\nsnapshot the first rows\nkeys Down PgDn\nsnapshot further\n"
                    "keys PgDn PgDn PgDn\nsnapshot the end\nresize 40 120\nsnapshot all of it\n"
                    "resize 10 40\nsnapshot small\n");
    golden_check("history-details", &f.out);
    fixture_shows(&f, "0011223344556677", true);
    buf_clear(&detail);
    fixture_teardown(&f);
}

static void without_records(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, history_new(f.app));
    fixture_run(&f, "keys Enter d c R = Tab\nsnapshot\n");
    fixture_shows(&f, "The records are being read.", true);
    struct leeway_event ev = {.kind = LEEWAY_EVENT_FAILED};
    err_set(&ev.err, ERR_UNSUPPORTED, "without a store nothing is remembered");
    fixture_answer(&f, ev);
    err_clear(&ev.err);
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "The records cannot be read: without a store", true);
    fixture_teardown(&f);
}

RUN("history", cmocka_unit_test(screens), cmocka_unit_test(a_broken_chain_is_loud),
    cmocka_unit_test(keys_lead_on), cmocka_unit_test(older_ones), cmocka_unit_test(long_details),
    cmocka_unit_test(without_records))
