// SPDX-License-Identifier: Apache-2.0
/* The fleet of the story on screens of many sizes, as golden files, and how it is walked. */
#include "golden.h"
#include "story.h"

#include "app/app.h"
#include "base/mem.h"
#include "ui.h"
#include "views/screens.h"

struct fixture {
    struct clock_fake clock;
    struct zone *zone;
    struct app *app;
    struct leeway_snapshot *snapshot;
    struct buf out;
};

static void setup(struct fixture *f, struct leeway_snapshot *s, int rows, int cols, enum face face)
{
    clock_fake_init(&f->clock, 1000000, leeway_snapshot_taken_ms(s));
    f->zone = zone_load("CET-1CEST,M3.5.0,M10.5.0/3", NULL);
    f->snapshot = s;
    struct app_options opt = {.clock = &f->clock.clock,
                              .zone = f->zone,
                              .rows = rows,
                              .cols = cols,
                              .fleet = leeway_snapshot_fleet(s)->name.str,
                              .face = face};
    f->app = app_new(&opt);
    buf_init(&f->out, 4u << 20);
    app_set_snapshot(f->app, s);
    screens_register(f->app);
    app_open_fixed(f->app, CMD_FLEET);
}

static void teardown(struct fixture *f)
{
    app_free(f->app);
    leeway_snapshot_unref(f->snapshot);
    zone_free(f->zone);
    buf_clear(&f->out);
}

static void run(struct fixture *f, const char *script)
{
    struct err e = ERR_INIT;
    int r = app_run_script(f->app, script, "script", &f->clock, &f->out, &e);
    if (r)
        print_error("%s\n", e.text);
    assert_int_equal(r, 0);
}

/* What the last snapshot of the script shows holds these words. */
static void assert_shows(struct fixture *f, const char *words)
{
    if (!strstr(buf_str(&f->out), words))
        print_error("%s\n", buf_str(&f->out));
    assert_non_null(strstr(buf_str(&f->out), words));
}

static void tiles(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 24, 80, FACE_UNICODE);
    app_say(f.app, MESSAGE_DRIFT, TEXT("dev-eu-1"),
            TEXT("payments-dev-web .spec.replicas 2 -> 6 by kubectl scale"), TEXT_NONE);
    run(&f, "snapshot as opened\nroles\nkeys j j\nsnapshot two down\nkeys l ]\n"
            "snapshot next not well\nkeys G\nsnapshot the last\n");
    golden_check("fleet-tiles", &f.out);
    teardown(&f);
}

static void other_sizes(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 40, 120, FACE_UNICODE);
    run(&f, "snapshot 120x40\nresize 10 40\nsnapshot 40x10\nkeys j j j\nsnapshot three down\n"
            "resize 24 80\nsnapshot back\nresize 50 200\nsnapshot 200x50\n");
    golden_check("fleet-sizes", &f.out);
    teardown(&f);
}

static void ascii(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 24, 80, FACE_ASCII);
    run(&f, "snapshot\n");
    golden_check("fleet-ascii", &f.out);
    for (size_t i = 0; i < f.out.len; i++)
        assert_true((unsigned char)f.out.data[i] < 0x80);
    teardown(&f);
}

static void densities(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 24, 80, FACE_UNICODE);
    run(&f, "keys _\nsnapshot compact\nkeys _\nsnapshot heat map\nkeys Tab j\n"
            "snapshot in the folded list\nkeys Enter\nsnapshot its reason\nkeys Esc + +\n"
            "wait 7000\nsnapshot tiles again\n");
    golden_check("fleet-densities", &f.out);
    teardown(&f);
}

static void many(void **state)
{
    struct fixture f;
    setup(&f, story_large(400, 13), 24, 80, FACE_UNICODE);
    run(&f, "snapshot compact\nkeys _\nsnapshot heat map\nroles\nkeys ] ]\nsnapshot third\n"
            "keys + /\ntype region=eu-central\nkeys Enter\nsnapshot one region\n");
    golden_check("fleet-many", &f.out);
    teardown(&f);
}

static void unreachable(void **state)
{
    struct fixture f;
    setup(&f, story_unreachable(), 24, 80, FACE_UNICODE);
    run(&f, "snapshot\nkeys j\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("fleet-unreachable", &f.out);
    teardown(&f);
}

static void filters_and_groups(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 24, 80, FACE_UNICODE);
    run(&f, "keys /\ntype tier=prod\nsnapshot\n");
    assert_shows(&f, "fleet /tier=prod  5 of 14");
    buf_reset(&f.out);
    run(&f, "type  state:fail\nkeys Enter\nsnapshot\n");
    assert_shows(&f, "1 of 14");
    assert_shows(&f, ">X prod-us-2");
    assert_shows(&f, "Esc clears it");
    buf_reset(&f.out);
    run(&f, "keys Esc\nsnapshot\n");
    assert_shows(&f, "7 ok");
    buf_reset(&f.out);
    run(&f, "keys /\ntype nothing-has-this\nkeys Enter\nsnapshot\n");
    assert_shows(&f, "None of the 14 clusters passes this filter");
    buf_reset(&f.out);
    run(&f, "keys Esc o\nsnapshot by tier\nkeys o o o o\nwait 7000\nsnapshot round\n");
    golden_check("fleet-groups", &f.out);
    teardown(&f);
}

static const struct leeway_cluster *row_named(struct leeway_snapshot *s, const char *name)
{
    return leeway_cluster_by_name(s, name);
}

/* The same fleet in which one more cluster failed. */
static struct leeway_snapshot *one_more_failed(struct leeway_snapshot *s, const char *name)
{
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(s, STORY_NOW_MS + 1000);
    struct leeway_cluster c = *row_named(s, name);
    c.state = LEEWAY_FAILED;
    c.reason = TEXT("search-prod r19 failed");
    c.since_ms = STORY_NOW_MS - 3600000;
    c.version_of_row++;
    leeway_snapshot_put_cluster(b, c.id - 1, &c);
    return leeway_snapshot_seal(b);
}

static void order_waits_for_a_quiet_moment(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 24, 80, FACE_UNICODE);
    run(&f, "snapshot\nkeys j\n");
    buf_reset(&f.out);
    struct leeway_snapshot *next = one_more_failed(f.snapshot, "prod-us-1");
    app_set_snapshot(f.app, next);
    app_data_changed(f.app);
    run(&f, "snapshot\n");
    assert_shows(&f, "X2 failed"); /* the state is new, the place is not */
    assert_shows(&f, " X prod-us-2         \xc2\xbb stage-us-1");
    assert_true(app_timeout_ms(f.app) <= 3000);
    buf_reset(&f.out);
    run(&f, "wait 3100\nsnapshot\n");
    assert_shows(&f, " X prod-us-1         X prod-us-2");
    assert_shows(&f, ">? edge-fra-2"); /* the cursor stayed on its cluster */
    leeway_snapshot_unref(f.snapshot);
    f.snapshot = next;
    teardown(&f);
}

static void marks_hold_the_order(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 24, 80, FACE_UNICODE);
    run(&f, "keys Space\nwait 5000\n");
    struct leeway_snapshot *next = one_more_failed(f.snapshot, "prod-us-1");
    app_set_snapshot(f.app, next);
    app_data_changed(f.app);
    run(&f, "wait 5000\nsnapshot\n");
    assert_shows(&f, "*X prod-us-2        >\xc2\xbb stage-us-1");
    leeway_snapshot_unref(f.snapshot);
    f.snapshot = next;
    teardown(&f);
}

static void a_cluster(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 24, 80, FACE_UNICODE);
    run(&f, "keys ] ] Enter\nsnapshot conditions\nroles\nkeys j Enter\nsnapshot a condition\n"
            "keys Esc Tab\nsnapshot nodes\nkeys Tab\nsnapshot versions\nkeys Tab\n"
            "snapshot environments\nkeys Tab\nsnapshot certificates\nkeys Tab\nsnapshot APIs\n"
            "keys d\nsnapshot details\nkeys Esc Tab\nresize 10 40\nsnapshot small\n"
            "resize 40 120\nsnapshot wide\nkeys Esc\nsnapshot the fleet again\n");
    golden_check("cluster", &f.out);
    teardown(&f);
}

static void a_cluster_with_drift(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 24, 80, FACE_UNICODE);
    run(&f, "keys /\ntype dev-eu-1\nkeys Enter Enter\nsnapshot who feels it\n"
            "keys Shift-Tab Shift-Tab Shift-Tab\nsnapshot environments\n"
            "keys /\ntype nothing\nkeys Enter\nsnapshot filtered\n");
    golden_check("cluster-drift", &f.out);
    teardown(&f);
}

static void no_fleet_yet(void **state)
{
    static const struct leeway_label sources[] = {
        {TEXT("leeway.yaml in /home/alice"), TEXT("no such file")},
        {TEXT("$KUBECONFIG"), TEXT("not set")},
        {TEXT("/home/alice/.kube/config"), TEXT("no such file")},
        {TEXT("service account of a pod"), TEXT("not in a pod")}};
    const struct leeway_fleet_info info = {
        .name = TEXT("leeway"), .sources = sources, .n_sources = ARRAY_LEN(sources)};
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(NULL, STORY_NOW_MS);
    struct fixture f;
    leeway_snapshot_put_fleet(b, &info);
    setup(&f, leeway_snapshot_seal(b), 24, 80, FACE_UNICODE);
    run(&f, "snapshot\nkeys j\nresize 10 40\nsnapshot\n");
    golden_check("first-run", &f.out);
    run(&f, "keys g Enter\n");
    assert_true(app_quitting(f.app));
    assert_int_equal(app_ended(f.app), UI_END_DEMO);
    teardown(&f);
}

static void too_small(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 9, 34, FACE_UNICODE);
    run(&f, "snapshot\nresize 6 78\nsnapshot\nresize 24 80\nkeys 1\n");
    golden_check("fleet-notice", &f.out);
    teardown(&f);
}

static void messages_lead_to_clusters(void **state)
{
    struct fixture f;
    setup(&f, story_snapshot(), 24, 80, FACE_UNICODE);
    app_say(f.app, MESSAGE_DRIFT, TEXT("dev-eu-1"), TEXT("scaled"), TEXT_NONE);
    run(&f, "keys ! Enter\nsnapshot\n");
    assert_shows(&f, "fleet \xe2\x80\xba dev-eu-1");
    buf_reset(&f.out);
    run(&f, "keys 1 Ctrl-P\ntype gotoprodap\nkeys Enter\nsnapshot\n");
    assert_shows(&f, "fleet \xe2\x80\xba prod-ap-1  [PROTECTED]");
    teardown(&f);
}

RUN("fleet", cmocka_unit_test(no_fleet_yet), cmocka_unit_test(too_small),
    cmocka_unit_test(messages_lead_to_clusters), cmocka_unit_test(a_cluster),
    cmocka_unit_test(a_cluster_with_drift), cmocka_unit_test(tiles), cmocka_unit_test(other_sizes),
    cmocka_unit_test(ascii), cmocka_unit_test(densities), cmocka_unit_test(many),
    cmocka_unit_test(unreachable), cmocka_unit_test(filters_and_groups),
    cmocka_unit_test(order_waits_for_a_quiet_moment), cmocka_unit_test(marks_hold_the_order))
