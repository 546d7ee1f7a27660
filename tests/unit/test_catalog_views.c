// SPDX-License-Identifier: Apache-2.0
/* The catalog: the list with its pane, one blueprint, and what their keys do. */
#include "story_catalog.h"
#include "view_fixture.h"

#include "views/catalog.h"

static void setup(struct view_fixture *f, int rows, int cols, enum face face)
{
    fixture_setup(f, rows, cols, face);
    leeway_snapshot_unref(f->snapshot);
    f->snapshot = story_catalog();
    app_set_snapshot(f->app, f->snapshot);
}

static void list_screens(void **state)
{
    struct view_fixture f;
    setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, catalog_new(f.app));
    fixture_run(&f, "snapshot as opened\nroles\nkeys ]\nsnapshot not approved\n");
    golden_check("catalog-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys g\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("catalog-sizes", &f.out);
    fixture_teardown(&f);
    setup(&f, 24, 80, FACE_ASCII);
    app_push(f.app, catalog_new(f.app));
    fixture_run(&f, "snapshot\n");
    golden_check("catalog-ascii", &f.out);
    fixture_teardown(&f);
}

static void one_screens(void **state)
{
    struct view_fixture f;
    setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, catalog_new(f.app));
    fixture_run(&f, "keys Enter\nsnapshot versions\nroles\nkeys Tab j\nsnapshot parameters\n"
                    "keys Tab\nsnapshot modules\nkeys Tab\nsnapshot used by\n");
    golden_check("blueprint-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "resize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("blueprint-sizes", &f.out);
    fixture_teardown(&f);
}

static void keys_lead_on(void **state)
{
    struct view_fixture f;
    setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, catalog_new(f.app));
    fixture_run(&f, "keys r\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_CATALOG);
    fixture_run(&f, "keys /\ntype site\nkeys Enter\nsnapshot\n");
    fixture_shows(&f, "catalog /site", true);
    fixture_shows(&f, "static-site", true);
    fixture_shows(&f, "web-app", false);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc g Enter j Enter\nsnapshot\n"); /* another version */
    fixture_shows(&f, "web-app 1.4.0", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys Tab Tab Tab j Enter\nsnapshot\n"); /* an environment that uses it */
    fixture_shows(&f, "environments \xe2\x80\xba payments-dev", true);
    fixture_teardown(&f);
}

static void nothing_there(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, catalog_new(f.app));
    fixture_run(&f, "keys Enter c f d ] j\nsnapshot\n");
    fixture_shows(&f, "leeway.yaml", true);
    app_push(f.app, blueprint_new(f.app, TEXT("never"), TEXT_NONE));
    buf_reset(&f.out);
    fixture_run(&f, "keys Enter Tab c j\nsnapshot\n");
    fixture_shows(&f, "not in the catalog", true);
    fixture_teardown(&f);
}

RUN("catalog views", cmocka_unit_test(list_screens), cmocka_unit_test(one_screens),
    cmocka_unit_test(keys_lead_on), cmocka_unit_test(nothing_there))
