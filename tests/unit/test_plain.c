// SPDX-License-Identifier: Apache-2.0
/*
 * The linear face: what is said of the story's screens, and that numbers and words do what keys do.
 */
#include "view_fixture.h"

#include "story_catalog.h"
#include "story_plan.h"

#include "plain/plain.h"
#include "plain/plain_int.h"
#include "views/drift_detail.h"
#include "views/environments.h"
#include "views/launch.h"
#include "views/plan_view.h"
#include "views/screens.h"

struct plain_fixture {
    struct view_fixture v;
    struct plain *plain;
};

/* What was asked for has time to come. */
static void settle(struct plain_fixture *f)
{
    for (int i = 0; i < 100 && !plain_speak(f->plain); i++)
        clock_fake_advance(&f->v.clock, 100);
    plain_prompt(f->plain);
}

static void setup(struct plain_fixture *f, bool choices, bool ascii)
{
    const struct plain_options opt = {.ascii = ascii, .choices = choices, .echo = true};
    fixture_setup(&f->v, 24, 80, FACE_UNICODE);
    screens_register(f->v.app);
    f->plain = plain_new(f->v.app, &opt);
}

static void teardown(struct plain_fixture *f)
{
    plain_free(f->plain);
    fixture_teardown(&f->v);
}

static void type(struct plain_fixture *f, const char *line)
{
    plain_answer(f->plain, line);
    settle(f);
}

static const char *said(struct plain_fixture *f)
{
    return buf_str(plain_out(f->plain));
}

static void says(struct plain_fixture *f, const char *words, bool want)
{
    bool has = strstr(said(f), words) != NULL;
    if (has != want)
        print_error("\"%s\" %s\n%s\n", words, want ? "is not in" : "is in", said(f));
    assert_int_equal(has, want);
}

static void forget(struct plain_fixture *f)
{
    buf_reset(plain_out(f->plain));
}

static void open_screen(struct plain_fixture *f, enum command c)
{
    app_open_fixed(f->v.app, c);
    settle(f);
}

/* ---- screens ---- */

static void fleet_and_cluster(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    open_screen(&f, CMD_FLEET);
    type(&f, "5");
    type(&f, "more");
    golden_check("plain-fleet", plain_out(f.plain));
    forget(&f);
    type(&f, "nodes");
    says(&f, "Part: nodes", true);
    type(&f, "back");
    says(&f, "leeway acme, fleet", true);
    teardown(&f);
}

static void piped(void **state)
{
    struct plain_fixture f;
    setup(&f, false, true);
    open_screen(&f, CMD_FLEET);
    golden_check("plain-fleet-piped", plain_out(f.plain));
    for (size_t i = 0; i < plain_out(f.plain)->len; i++)
        assert_true((unsigned char)said(&f)[i] < 0x80);
    teardown(&f);
}

static void environments(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    open_screen(&f, CMD_ENVIRONMENTS);
    type(&f, "filter payments");
    type(&f, "2");
    golden_check("plain-environments", plain_out(f.plain));
    teardown(&f);
}

static void drift(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    open_screen(&f, CMD_DRIFT_SCREEN);
    golden_check("plain-drift", plain_out(f.plain));
    forget(&f);
    type(&f, "plan");
    says(&f, "Of which? Say plan and a number", true);
    assert_int_equal(f.v.number, 0);
    type(&f, "plan 1");
    assert_int_equal(f.v.last.kind, LEEWAY_CMD_PLAN_REVERT);
    teardown(&f);
}

static uint64_t number_of(struct plain_fixture *f, const char *words)
{
    const struct plain_line *l;
    for (int i = 1; (l = plain_find(f->plain, i)); i++)
        if (strstr(l->text.str, words))
            return (uint64_t)i;
    print_error("no choice \"%s\" in\n%s\n", words, said(f));
    fail();
    return 0;
}

static void choose(struct plain_fixture *f, const char *words)
{
    char line[32];
    snprintf(line, sizeof(line), "%d", (int)number_of(f, words));
    type(f, line);
}

static void drift_detail(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    open_screen(&f, CMD_DRIFT_SCREEN);
    choose(&f, "Deployment/payments-dev-web .spec.replicas");
    forget(&f);
    struct leeway_object *o = story_object();
    fixture_answer(&f.v, (struct leeway_event){.kind = LEEWAY_EVENT_OBJECT, .object = o});
    leeway_object_unref(o);
    type(&f, "again");
    golden_check("plain-drift-detail", plain_out(f.plain));
    forget(&f);
    choose(&f, "fields as given");
    says(&f, "as given: ", true);
    choose(&f, "plan revert of");
    assert_int_equal(f.v.last.kind, LEEWAY_CMD_PLAN_REVERT);
    assert_int_equal(f.v.last.n_drift_ids, 1);
    teardown(&f);
}

/* ---- questions ---- */

static void accept(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    open_screen(&f, CMD_DRIFT_SCREEN);
    forget(&f);
    char line[32];
    snprintf(line, sizeof(line), "accept %d",
             (int)number_of(&f, "Deployment/payments-dev-web .spec.replicas"));
    type(&f, line);
    type(&f, "roughly");
    type(&f, "range");
    type(&f, "2");
    type(&f, "1"); /* the range the wrong way round */
    type(&f, "8");
    type(&f, ""); /* no reason */
    type(&f, "incident 4711");
    type(&f, "soon");
    type(&f, "fri 12:00");
    type(&f, "nonsense");
    assert_int_equal(f.v.last.kind, LEEWAY_CMD_EXPLAIN); /* nothing was sent so far */
    golden_check("plain-accept", plain_out(f.plain));
    type(&f, "accept");
    assert_int_equal(f.v.last.kind, LEEWAY_CMD_ACCEPT);
    assert_true(f.v.last.expires_ms > STORY_NOW_MS);
    teardown(&f);
}

static void empty_cancels(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    open_screen(&f, CMD_DRIFT_SCREEN);
    char line[32];
    snprintf(line, sizeof(line), "owner %d",
             (int)number_of(&f, "Deployment/payments-dev-web .spec.replicas"));
    type(&f, line);
    type(&f, "theirs from now on");
    forget(&f);
    type(&f, "<");
    says(&f, "reason [theirs from now on]", true);
    type(&f, "");
    says(&f, "cancel or plan it:", true);
    type(&f, "");
    says(&f, "leeway acme, drift", true);
    assert_int_equal(f.v.number, 0);
    teardown(&f);
}

static void plan(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    app_open_fixed(f.v.app, CMD_ENVIRONMENTS);
    struct leeway_plan *plan = story_plan(LEEWAY_CHOICE_OPEN);
    app_push(f.v.app, plan_view_new(f.v.app, plan));
    leeway_plan_unref(plan);
    settle(&f);
    type(&f, "apply");
    type(&f, "");
    golden_check("plain-plan", plain_out(f.plain));
    assert_int_equal(f.v.number, 0);
    forget(&f);
    choose(&f, "decide whose it is");
    type(&f, "take");
    assert_int_equal(f.v.last.kind, LEEWAY_CMD_PLAN_CHOOSE);
    assert_int_equal(f.v.last.choice, LEEWAY_CHOICE_TAKE_OVER);
    teardown(&f);
}

static void protected_plan(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    app_open_fixed(f.v.app, CMD_ENVIRONMENTS);
    struct leeway_plan *plan = story_plan_protected();
    app_push(f.v.app, plan_view_new(f.v.app, plan));
    settle(&f);
    forget(&f);
    type(&f, "apply");
    type(&f, "go on"); /* what is shared is asked for by itself */
    type(&f, "yes");
    says(&f, "yes is not the name", true);
    type(&f, plan->environment.str);
    assert_int_equal(f.v.number, 0); /* the name is not the answer yet */
    golden_check("plain-plan-protected", plain_out(f.plain));
    type(&f, "apply");
    assert_int_equal(f.v.last.kind, LEEWAY_CMD_APPLY);
    assert_string_equal(f.v.last.confirm, plan->environment.str);
    leeway_plan_unref(plan);
    teardown(&f);
}

static void form(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    leeway_snapshot_unref(f.v.snapshot);
    f.v.snapshot = story_catalog();
    app_set_snapshot(f.v.app, f.v.snapshot);
    open_screen(&f, CMD_CATALOG);
    golden_check("plain-catalog", plain_out(f.plain));
    forget(&f);
    char line[32];
    snprintf(line, sizeof(line), "plan %d", (int)number_of(&f, "web-app"));
    type(&f, line);
    type(&f, "Payments"); /* names are lower case */
    type(&f, "payments-new");
    type(&f, "");
    type(&f, ".");
    golden_check("plain-form", plain_out(f.plain));
    forget(&f);
    type(&f, ""); /* an empty answer cancels, and the draft is kept */
    says(&f, "the draft is kept", true);
    teardown(&f);
}

/* ---- what changes ---- */

static struct leeway_cluster with_state(struct plain_fixture *f, size_t i, enum leeway_state state,
                                        struct text reason)
{
    struct leeway_cluster c = *leeway_cluster_at(f->v.snapshot, i);
    c.state = state;
    c.reason = reason;
    c.version_of_row += 1000;
    return c;
}

/* A change of state is one new line with the number it had; nothing else is said again. */
static void news(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    open_screen(&f, CMD_FLEET);
    size_t at = 0;
    while (!text_equal(leeway_cluster_at(f.v.snapshot, at)->name, TEXT("dev-eu-1")))
        at++;
    uint64_t number = number_of(&f, "dev-eu-1");
    forget(&f);
    struct leeway_cluster c = with_state(&f, at, LEEWAY_FAILED, TEXT("payments-dev r2 failed"));
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f.v.snapshot, STORY_NOW_MS);
    leeway_snapshot_put_cluster(b, at, &c);
    struct leeway_snapshot *s = leeway_snapshot_seal(b), *old = f.v.snapshot;
    f.v.snapshot = s;
    app_set_snapshot(f.v.app, s);
    app_data_changed(f.v.app);
    leeway_snapshot_unref(old);
    settle(&f);
    char line[64];
    snprintf(line, sizeof(line), "\n%d. dev-eu-1, failed", (int)number);
    says(&f, line, true);
    says(&f, "prod-us-2", false);
    snprintf(line, sizeof(line), "%d", (int)number);
    type(&f, line);
    says(&f, "leeway acme, fleet, dev-eu-1", true);
    teardown(&f);
}

/* What a cluster calls itself cannot end a line or hide one. */
static void hostile_names(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    open_screen(&f, CMD_FLEET);
    forget(&f);
    type(&f, "go \033[2J\xe2\x80\xae x");
    for (size_t i = 0; i < plain_out(f.plain)->len; i++)
        assert_true(said(&f)[i] == '\n' || (unsigned char)said(&f)[i] >= ' ');
    says(&f, "\xe2\x80\xae", false);
    teardown(&f);
}

static void words(void **state)
{
    struct plain_fixture f;
    setup(&f, true, false);
    open_screen(&f, CMD_FLEET);
    forget(&f);
    type(&f, "99");
    says(&f, "There is no 99 here", true);
    type(&f, "aply");
    says(&f, "aply: no such choice", true);
    type(&f, "help");
    says(&f, "filter: filter or search", true);
    type(&f, "filter region=eu-west");
    says(&f, "5 clusters of 14", true);
    type(&f, "back");
    says(&f, "This is the first view", true);
    type(&f, "wait dev-eu-1");
    int64_t until;
    assert_null(plain_waits(f.plain, &until)); /* it stands there already */
    type(&f, "wait the end of the world");
    assert_non_null(plain_waits(f.plain, &until));
    plain_wait_failed(f.plain);
    assert_true(plain_failed(f.plain));
    assert_true(app_quitting(f.v.app)); /* answers come from a script, which ends there */
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fleet_and_cluster),
        cmocka_unit_test(piped),
        cmocka_unit_test(environments),
        cmocka_unit_test(drift),
        cmocka_unit_test(drift_detail),
        cmocka_unit_test(accept),
        cmocka_unit_test(empty_cancels),
        cmocka_unit_test(plan),
        cmocka_unit_test(protected_plan),
        cmocka_unit_test(form),
        cmocka_unit_test(news),
        cmocka_unit_test(hostile_names),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests_name("plain", tests, NULL, NULL);
}
