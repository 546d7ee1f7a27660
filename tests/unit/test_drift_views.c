// SPDX-License-Identifier: Apache-2.0
/* Drift, as a list over the fleet and as one object on one cluster. */
#include "story_catalog.h"
#include "view_fixture.h"

#include "base/mem.h"
#include "views/drift_detail.h"
#include "views/drift_list.h"
#include "views/drift_list_int.h"
#include "views/words.h"

static void list_screens(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_set_screen(f.app, CMD_DRIFT_SCREEN, drift_list_new);
    fixture_run(&f, "keys 4\n");
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "snapshot as opened\nroles\nkeys j j Space ] ]\nsnapshot further\n"
                    "keys G\nsnapshot the last\n");
    golden_check("drift-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys g\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\nkeys G\nsnapshot\n");
    golden_check("drift-sizes", &f.out);
    fixture_teardown(&f);
}

static void list_ascii(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_ASCII);
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "snapshot\n");
    golden_check("drift-ascii", &f.out);
    for (size_t i = 0; i < f.out.len; i++)
        assert_true((unsigned char)f.out.data[i] < 0x80);
    fixture_teardown(&f);
}

static void list_filter(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, drift_list_new_filtered(f.app, "cluster:stage-ap-1"));
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "drift /cluster:stage-ap-1", true);
    fixture_shows(&f, "ing/payments-stage-web", true);
    fixture_shows(&f, "payments-dev-web", false);
    buf_reset(&f.out);
    fixture_run(&f, "keys /\nkeys Ctrl-U\ntype state:unknown\nkeys Enter\nsnapshot\n");
    fixture_shows(&f, "edge-gw", true);
    fixture_shows(&f, "payments", false);
    buf_reset(&f.out);
    fixture_run(&f, "keys /\nkeys Ctrl-U\ntype xyz\nkeys Enter\nsnapshot\n");
    fixture_shows(&f, "passes this filter", true);
    fixture_teardown(&f);
}

static void no_drift_at_all(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_set_snapshot(f.app, NULL);
    app_push(f.app, drift_list_new_filtered(f.app, "cluster:dev-eu-1"));
    fixture_run(&f, "keys Enter p ] j Space\nsnapshot\n");
    fixture_shows(&f, "Nothing differs from what was given", true);
    fixture_shows(&f, "passes this filter", false);
    assert_int_equal(f.number, 0);
    fixture_teardown(&f);
}

/* What the engine publishes next: the same with this difference. */
static void publish(struct view_fixture *f, size_t row, const struct leeway_drift *d)
{
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f->snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f->snapshot;
    leeway_snapshot_put_drift(b, row, d);
    f->snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(f->app, f->snapshot);
    app_data_changed(f->app);
    leeway_snapshot_unref(old);
}

/* A key was pressed just now, and yet what comes is seen: at once where nothing was, else in the
 * order that was there. */
static void seen_while_keys_are_pressed(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 40, 120, FACE_UNICODE);
    app_set_snapshot(f.app, NULL);
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "keys j\n");
    app_set_snapshot(f.app, f.snapshot);
    app_data_changed(f.app);
    fixture_run(&f, "keys G\nsnapshot\n");
    fixture_shows(&f, "payments-dev-web", true);
    buf_reset(&f.out);
    size_t n = leeway_drifts(f.snapshot);
    struct leeway_drift d = *leeway_drift_at(f.snapshot, 0);
    d.id = 4711;
    d.name = TEXT("kiosk-web");
    d.fold_key = TEXT("kiosk");
    d.checking = true;
    publish(&f, n, &d);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "kiosk-web", true);
    fixture_shows(&f, "being checked", true);
    buf_reset(&f.out);
    fixture_teardown(&f);
}

/* The cursor is on what is being checked, and stays on it when that counts. */
static void the_cursor_stays_with_what_is_checked(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 40, 120, FACE_UNICODE);
    struct leeway_snapshot *first = f.snapshot; /* whose texts d has */
    leeway_snapshot_ref(first);
    size_t n = leeway_drifts(f.snapshot);
    struct leeway_drift d = *leeway_drift_at(f.snapshot, 0);
    d.id = 4711;
    d.name = TEXT("kiosk-web");
    d.fold_key = TEXT("kiosk");
    d.checking = true;
    d.verdict = LEEWAY_VERDICT_UNEXPECTED;
    publish(&f, n, &d);
    app_push(f.app, drift_list_new(f.app));
    struct drift_list *l = (struct drift_list *)app_top(f.app);
    for (size_t i = 0; i < l->folds.folds.len; i++)
        if (l->folds.rows.items[l->folds.folds.items[i].first]->id == d.id)
            list_go(&l->browse.list, i);
    d.checking = false;
    for (int key = 0; key < 2; key++) { /* without and with a key just pressed */
        publish(&f, n, &d);
        size_t row;
        assert_true(list_at(&l->browse.list, &row));
        const struct drift_fold *fold = &l->folds.folds.items[row];
        assert_int_equal(l->folds.rows.items[fold->first]->id, d.id);
        assert_int_equal(fold->group, key ? DRIFT_CHECKING : DRIFT_UNEXPECTED);
        fixture_run(&f, "keys s\n");
        d.checking = true;
    }
    leeway_snapshot_unref(first);
    fixture_teardown(&f);
}

static void explain(struct view_fixture *f, struct text no_override)
{
    struct leeway_explained x = {.drift_id = 100,
                                 .contract = TEXT("platform"),
                                 .made_of_why = TEXT_NONE,
                                 .parameter = no_override.len ? TEXT_NONE : TEXT("web.replicas"),
                                 .value = no_override.len ? TEXT_NONE : TEXT("6"),
                                 .no_override = no_override};
    struct leeway_explanation *e =
        leeway_explanation_new(&(struct leeway_explanation){.items = &x, .n_items = 1});
    fixture_answer(f, (struct leeway_event){.kind = LEEWAY_EVENT_EXPLANATION, .explanation = e});
    leeway_explanation_unref(e);
}

/* Accepted until a date, as an exception or as an override: a dialog that starts on the reason and
 * never on a button. */
static void accepted(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    leeway_snapshot_unref(f.snapshot);
    f.snapshot = story_catalog();
    app_set_snapshot(f.app, f.snapshot);
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "keys K\nsnapshot as opened\nroles\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_EXPLAIN);
    explain(&f, TEXT_NONE);
    fixture_run(&f, "type incident 4711\nkeys Tab\ntype fri 12:00\nkeys Shift-Tab Shift-Tab\n"
                    "keys Space\nsnapshot a range, until Friday\n");
    fixture_run(&f, "keys Tab Ctrl-U\ntype 7\nsnapshot the value is not in it\nkeys Ctrl-U\n"
                    "type 2\nkeys Tab Ctrl-U\ntype 8\nkeys Tab Tab Ctrl-U\ntype 60d\n"
                    "snapshot longer than is allowed\nkeys Ctrl-U\ntype 3d\nkeys Tab Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_ACCEPT);
    assert_string_equal(f.last.within, "self >= 2 && self <= 8");
    assert_true(f.last.expires_ms == STORY_NOW_MS + 3 * 24 * 3600 * 1000LL);
    fixture_run(&f, "keys K\n");
    explain(&f, TEXT_NONE);
    fixture_run(&f, "type for good\nkeys Shift-Tab Shift-Tab Space\nsnapshot an override\n"
                    "keys Tab Tab Tab Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_OVERRIDE);
    assert_string_equal(f.last.reason, "for good");
    assert_int_equal(f.last.expires_ms, 0);
    fixture_run(&f, "keys K\n");
    explain(&f, TEXT("it is written in the module's template"));
    fixture_run(&f, "snapshot no override\nkeys Esc\nresize 40 120\nkeys K\nsnapshot wide\n"
                    "resize 12 60\nsnapshot small\n");
    golden_check("drift-accept", &f.out);
    fixture_teardown(&f);
}

static void not_pressed_by_accident(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "keys K\ntype incident 4711\nkeys Tab\ntype 3d\nkeys Enter Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_EXPLAIN); /* the first button cancels */
    fixture_run(&f, "keys K\ntype incident 4711\nkeys Tab\ntype soon\nkeys Tab Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_EXPLAIN); /* off */
    fixture_run(&f, "keys Shift-Tab Shift-Tab Ctrl-U\ntype 3d\nkeys Tab Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_ACCEPT);
    assert_true(f.last.n_drift_ids >= 1);
    assert_null(f.last.within);
    buf_reset(&f.out);
    fixture_run(&f, "keys T\ntype theirs now\nsnapshot\nkeys Tab Tab Enter\n");
    fixture_shows(&f, "Hand over", true);
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_HANDOVER);
    fixture_teardown(&f);
}

static void detail_screens(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "keys Enter\nsnapshot before the object is here\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_OBJECT);
    assert_string_equal(f.last.cluster, "dev-eu-1");
    struct leeway_object *o = story_object();
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_OBJECT, .object = o});
    leeway_object_unref(o);
    fixture_run(&f, "snapshot with the object\nroles\nkeys j\nsnapshot folded fields\nkeys l\n"
                    "snapshot unfolded\nkeys h ]\nsnapshot the next that differs\n");
    golden_check("drift-detail-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys g j\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("drift-detail-sizes", &f.out);
    fixture_teardown(&f);
}

/* What the files want now is neither what was given nor what is there. */
/* Who had it, how it is elsewhere, and what each way out would do. */
static void detail_wide(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 40, 120, FACE_UNICODE);
    app_push(f.app, drift_detail_new(f.app, leeway_drift_at(f.snapshot, 0)));
    assert_int_equal(f.number, 2); /* explain, and the object */
    struct leeway_object *o = story_object();
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_OBJECT, .object = o});
    leeway_object_unref(o);
    static const struct text made_of[] = {TEXT("module web-service@2.3.1, module.yaml:41"),
                                          TEXT("a default of web-service, module.yaml:19")};
    const struct leeway_explained x = {.drift_id = 100,
                                       .contract = TEXT("platform, while autoscale is off"),
                                       .made_of = made_of,
                                       .n_made_of = 2,
                                       .made_of_why = TEXT_NONE,
                                       .parameter = TEXT("web.replicas"),
                                       .value = TEXT("6"),
                                       .no_override = TEXT_NONE};
    struct leeway_explanation *e =
        leeway_explanation_new(&(struct leeway_explanation){.items = &x, .n_items = 1});
    fixture_answer_to(&f, 1,
                      (struct leeway_event){.kind = LEEWAY_EVENT_EXPLANATION, .explanation = e});
    leeway_explanation_unref(e);
    fixture_run(&f, "snapshot wide\nroles\nresize 24 80\nsnapshot narrow\nresize 26 120\n"
                    "snapshot wide and low\n");
    golden_check("drift-detail-wide", &f.out);
    fixture_teardown(&f);
}

/* Tab goes to the ways out and the clusters above them; Enter does what their keys do. */
static void ways_out(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 40, 120, FACE_UNICODE);
    app_push(f.app, drift_detail_new(f.app, leeway_drift_at(f.snapshot, 0)));
    struct leeway_object *o = story_object();
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_OBJECT, .object = o});
    fixture_run(&f,
                "snapshot\nkeys Tab\nsnapshot the first way\nroles\nkeys k\nsnapshot a cluster\n"
                "keys j j\nresize 24 80\nsnapshot accept, in a line\n"
                "keys k k k j\nresize 40 120\n");
    golden_check("drift-detail-ways", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys Enter\nsnapshot\nkeys Esc\n");
    fixture_shows(&f, "Accept drift", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys j j j Enter\nsnapshot\nkeys Esc\n");
    fixture_shows(&f, "Hand over", true);
    fixture_run(&f, "keys k k Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_REVERT);
    assert_int_equal(f.drift_ids[0], 100);
    buf_reset(&f.out);
    fixture_run(&f, "keys k Enter\nsnapshot\nkeys Esc Esc\nsnapshot\n");
    assert_string_equal(f.last.cluster, "dev-ap-1");
    fixture_shows(&f, "dev-ap-1  ", true);
    fixture_shows(&f, "Tab ways", true); /* Esc went to the tree and not further */
    buf_reset(&f.out);
    fixture_run(&f, "keys j Tab\nsnapshot\n");
    fixture_shows(&f, "nothing has to be done about this field", true);
    leeway_object_unref(o);
    fixture_teardown(&f);
}

static const char *keep_copy(void *ctx, const char *bytes, size_t len)
{
    snprintf(ctx, 1024, "%.*s", (int)len, bytes);
    return "copied";
}

/* `c`: the link, the commands, the patch and the query; and the keys that lead on. */
static void detail_leads_on(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, drift_detail_new(f.app, leeway_drift_at(f.snapshot, 0)));
    struct leeway_object *o = story_object();
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_OBJECT, .object = o});
    leeway_object_unref(o);
    fixture_run(&f, "keys c\nsnapshot what can be copied\nkeys Esc\n");
    golden_check("drift-detail-copy", &f.out);
    char copied[1024] = "";
    app_set_host(f.app, &(struct app_host){.ctx = copied, .copy = keep_copy});
    fixture_run(&f, "keys c\ntype link\nkeys Enter\n");
    assert_string_equal(copied,
                        "leeway open drift/payments-dev/dev-eu-1/Deployment/payments-dev-web/"
                        ".spec.replicas");
    fixture_run(&f, "keys c\ntype patch\nkeys Enter\n");
    assert_string_equal(copied, "kubectl --context dev-eu-1 -n payments-dev patch Deployment.apps "
                                "payments-dev-web --type=merge -p '{\"spec\":{\"replicas\":2}}'");
    fixture_run(&f, "keys c\ntype query\nkeys Enter\n");
    assert_non_null(strstr(copied, ".objectRef.name == \"payments-dev-web\""));
    assert_non_null(strstr(copied, ".stageTimestamp >= \"2026-11-24T13:01:00Z\" and "
                                   ".stageTimestamp <= \"2026-11-24T13:02:01Z\""));
    static const struct {
        const char *key, *shows;
    } ways[] = {{"y", "Deployment/payments-dev-web"},
                {"e", "resources \xe2\x80\xba events"},
                {"L", "logs \xe2\x80\xba payments-dev-web"},
                {"b", "blame"}};
    app_resize(f.app, 24, 120);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        char script[64];
        snprintf(script, sizeof(script), "keys %s\nsnapshot\nkeys Esc\n", ways[i].key);
        buf_reset(&f.out);
        fixture_run(&f, script);
        fixture_shows(&f, ways[i].shows, true);
    }
    fixture_teardown(&f);
}

static void detail_of_what_is_wanted(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "keys Enter\n");
    struct leeway_object *o = story_object_edited();
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_OBJECT, .object = o});
    leeway_object_unref(o);
    fixture_run(&f, "snapshot wanted has moved\nroles\nkeys ] ]\nsnapshot a field that waits\n"
                    "keys ]\nsnapshot a field that is new\nkeys p\nsnapshot no revert\n"
                    "resize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("drift-detail-wanted", &f.out);
    assert_int_equal(f.number, 2); /* explain, and the object */
    fixture_teardown(&f);
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "keys Enter\n");
    struct leeway_object unknown = {.cluster = TEXT("dev-eu-1"),
                                    .object_kind = TEXT("Deployment"),
                                    .name = TEXT("payments-dev-web"),
                                    .wanted_why = TEXT("./payments: there is no such folder")};
    const struct leeway_object_field field = {.path = TEXT(".spec.replicas"),
                                              .wanted = TEXT("?"),
                                              .given = TEXT("2"),
                                              .live = TEXT("6"),
                                              .differs = true,
                                              .managed = true};
    unknown.fields = &field;
    unknown.n_fields = 1;
    o = leeway_object_new(&unknown);
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_OBJECT, .object = o});
    leeway_object_unref(o);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "not known: ./payments: there is no such folder", true);
    fixture_shows(&f, "plan revert to 2", true);
    fixture_teardown(&f);
}

/* A list that was opened for one cluster has no filter to clear. */
static void back_from_a_scope(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, drift_list_new(f.app));
    app_push(f.app, drift_list_new_filtered(f.app, "cluster:stage-ap-1"));
    fixture_run(&f, "keys /\ntype  ing\nkeys Enter\nsnapshot\nkeys Esc\nsnapshot\n");
    fixture_shows(&f, "drift /cluster:stage-ap-1 ing", true);
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "drift /cluster:stage-ap-1 ", true);
    fixture_shows(&f, "stage-ap-1 ing", false);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc\nsnapshot\n");
    fixture_shows(&f, "cluster:", false);
    fixture_teardown(&f);
}

static void detail_without_answer(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_ASCII);
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "keys Enter\n");
    struct leeway_event ev = {.kind = LEEWAY_EVENT_FAILED};
    err_set(&ev.err, ERR_TIMEOUT, "no answer after 10 s");
    fixture_answer(&f, ev);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "timeout: no answer after 10 s", true);
    buf_reset(&f.out);
    /* an answer for a view that is gone is a message */
    fixture_run(&f, "keys Esc Enter Esc\n");
    fixture_answer(&f, ev);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "no answer after 10 s", true);
    err_clear(&ev.err);
    buf_reset(&f.out);
    f.refuse = true;
    fixture_run(&f, "keys j Enter\nsnapshot\n");
    fixture_shows(&f, "too much is asked already", true);
    fixture_teardown(&f);
}

static const struct leeway_drift *missing_one(const struct leeway_snapshot *s)
{
    for (size_t i = 0; i < leeway_drifts(s); i++)
        if (leeway_drift_at(s, i)->kind == LEEWAY_DRIFT_MISSING)
            return leeway_drift_at(s, i);
    return NULL;
}

/* The server's "not found" is the answer, no failure of asking. */
static void detail_of_what_is_gone(void **state)
{
    struct view_fixture f;
    struct leeway_event ev = {.kind = LEEWAY_EVENT_FAILED};
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, drift_detail_new(f.app, missing_one(f.snapshot)));
    fixture_run(&f, "snapshot before the answer\n");
    err_set(&ev.err, ERR_NOT_FOUND, "configmaps \"search-prod-words\" not found");
    fixture_answer(&f, ev);
    err_clear(&ev.err);
    fixture_run(&f, "snapshot it is gone\nresize 40 120\nsnapshot large\n");
    fixture_shows(&f, "not asked", false);
    golden_check("drift-detail-gone", &f.out);
    fixture_teardown(&f);
}

static void paths_get_short(void **state)
{
    struct arena a;
    arena_init(&a);
    struct text t = TEXT(".spec.template.spec.containers[name=\"web\"].image");
    assert_string_equal(words_path(&a, t, 60).str, t.str);
    assert_string_equal(words_path(&a, t, 15).str, "\xe2\x80\xa6web.image");
    assert_string_equal(words_path_last(&a, t).str, "image");
    assert_string_equal(words_path_parent(&a, t).str,
                        ".spec.template.spec.containers[name=\"web\"]");
    t = TEXT(".metadata.annotations[\"a.b.c/restartedAt\"]");
    assert_string_equal(words_path(&a, t, 14).str, "\xe2\x80\xa6restartedAt");
    struct text old = TEXT("registry.example/web:1.4.0"), new = TEXT("registry.example/web:1.5.0");
    assert_string_equal(words_change(&a, TEXT("2"), TEXT("6"), 9).str, "2 \xe2\x86\x92 6");
    assert_string_equal(words_change(&a, old, new, 80).str,
                        "registry.example/web:1.4.0 \xe2\x86\x92 registry.example/web:1.5.0");
    assert_string_equal(words_change(&a, old, new, 20).str,
                        "\xe2\x80\xa6:1.4.0 \xe2\x86\x92 \xe2\x80\xa6:1.5.0");
    assert_string_equal(words_change(&a, old, new, 13).str, "1.4.0 \xe2\x86\x92 1.5.0");
    assert_string_equal(words_change(&a, TEXT("abc"), TEXT("xyz"), 3).str, "abc \xe2\x86\x92 xyz");
    assert_string_equal(words_path_last(&a, t).str, "annotations[\"a.b.c/restartedAt\"]");
    assert_int_equal(words_path_parent(&a, TEXT(".spec")).len, 0);
    assert_true(words_path(&a, t, 5).cols <= 5);
    arena_clear(&a);
}

/* ---- the other tabs ---- */

#define HOUR (3600 * 1000LL)

static void put_answers(struct view_fixture *f)
{
    const struct leeway_answer rows[] = {{.uuid = TEXT("0f4a7c11-1"),
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
                                          .created_ms = STORY_NOW_MS - HOUR,
                                          .expires_ms = STORY_NOW_MS + 70 * HOUR},
                                         {.uuid = TEXT("0f4a7c11-2"),
                                          .expired = true,
                                          .environment = TEXT("checkout-prod"),
                                          .cluster = TEXT("prod-eu-1"),
                                          .api_version = TEXT("apps/v1"),
                                          .object_kind = TEXT("Deployment"),
                                          .namespace_ = TEXT("checkout-prod"),
                                          .name = TEXT("checkout-prod-web"),
                                          .path = TEXT(".spec.paused"),
                                          .manager = TEXT_NONE,
                                          .accepts = TEXT("true"),
                                          .reason = TEXT("freeze"),
                                          .by = TEXT("dana"),
                                          .created_ms = STORY_NOW_MS - 40 * HOUR,
                                          .expires_ms = STORY_NOW_MS - HOUR}};
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f->snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f->snapshot;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        leeway_snapshot_put_answer(b, i, &rows[i]);
    leeway_snapshot_truncate_answers(b, ARRAY_LEN(rows));
    f->snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(f->app, f->snapshot);
    app_data_changed(f->app);
    leeway_snapshot_unref(old);
}

static void outliers_and_ends(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    put_answers(&f);
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "keys Tab\nsnapshot outliers\nroles\nkeys Tab\nsnapshot expiring\n");
    golden_check("drift-tabs-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "resize 40 120\nsnapshot\nkeys Shift-Tab\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("drift-tabs-sizes", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "resize 24 80\nkeys o\nsnapshot\ntype region\nkeys Enter\nsnapshot\n");
    fixture_shows(&f, "A class is a value of", true);
    fixture_shows(&f, "region=eu-west", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys Tab Tab\nsnapshot back at the list\n");
    fixture_shows(&f, "[drift]  outliers  expiring 2", true);
    fixture_run(&f, "keys Shift-Tab j K\n");
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "Accept drift", true);
    fixture_teardown(&f);
}

RUN("drift_views", cmocka_unit_test(seen_while_keys_are_pressed),
    cmocka_unit_test(the_cursor_stays_with_what_is_checked), cmocka_unit_test(list_screens),
    cmocka_unit_test(list_ascii), cmocka_unit_test(list_filter), cmocka_unit_test(no_drift_at_all),
    cmocka_unit_test(accepted), cmocka_unit_test(not_pressed_by_accident),
    cmocka_unit_test(detail_screens), cmocka_unit_test(detail_wide), cmocka_unit_test(ways_out),
    cmocka_unit_test(detail_leads_on), cmocka_unit_test(detail_of_what_is_wanted),
    cmocka_unit_test(back_from_a_scope), cmocka_unit_test(detail_without_answer),
    cmocka_unit_test(detail_of_what_is_gone), cmocka_unit_test(paths_get_short),
    cmocka_unit_test(outliers_and_ends))
