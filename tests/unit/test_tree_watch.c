// SPDX-License-Identifier: Apache-2.0
/* Folders that are watched, with real files: whatever the ways in which people and tools save. */
#include "unit.h"

#include "base/mem.h"
#include "base/tree_watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUIET_MS = 20, TURNS = 2000 };

struct fixture {
    char dir[64], root[80];
    struct loop *loop;
    struct tree_watch *watch;
    int changes, perhaps;
};

static void on_changed(void *ctx, bool perhaps)
{
    struct fixture *f = ctx;
    f->changes += !perhaps;
    f->perhaps += perhaps;
}

static char *at(struct fixture *f, const char *name)
{
    static char path[8][160];
    static size_t turn;
    char *p = path[turn = (turn + 1) % 8];
    snprintf(p, sizeof(path[0]), "%s/%s", f->dir, name);
    return p;
}

static void put(struct fixture *f, const char *name, const char *text)
{
    FILE *out = fopen(at(f, name), "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static int cover(struct fixture *f)
{
    const char *folders[] = {f->root};
    struct err e = ERR_INIT;
    int rc = tree_watch_cover(f->watch, folders, 1, &e);
    tree_watch_covered(f->watch);
    err_clear(&e);
    return rc;
}

static void open_watch(struct fixture *f, bool no_inotify)
{
    const struct tree_watch_options o = {
        .settle_ms = QUIET_MS, .poll_ms = QUIET_MS, .no_inotify = no_inotify};
    f->watch = tree_watch_new(f->loop, &o, on_changed, f);
}

static int setup(void **state)
{
    struct fixture *f = mem_new(struct fixture);
    snprintf(f->dir, sizeof(f->dir), "/tmp/leeway-watch.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->root, sizeof(f->root), "%s/catalog", f->dir);
    mkdir(f->root, 0755);
    mkdir(at(f, "catalog/modules"), 0755);
    put(f, "catalog/modules/a.yaml", "one\n");
    f->loop = loop_new(clock_system(), NULL);
    assert_non_null(f->loop);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char *command = mem_printf("rm -rf %s", f->dir);
    int rc = system(command);
    mem_free(command);
    tree_watch_free(f->watch);
    loop_free(f->loop);
    mem_free(f);
    return rc;
}

/* Turns the loop until a change was told, and covers again as its reader does. */
static void told(struct fixture *f)
{
    int before = f->changes;
    for (int i = 0; i < TURNS && f->changes == before; i++)
        loop_run_once(f->loop, 10);
    assert_int_equal(f->changes, before + 1);
    assert_int_equal(cover(f), 0);
}

static void not_told(struct fixture *f)
{
    int before = f->changes;
    for (int i = 0; i < 10; i++)
        loop_run_once(f->loop, QUIET_MS);
    assert_int_equal(f->changes, before);
}

static void saved(void **state)
{
    struct fixture *f = *state;
    open_watch(f, false);
    assert_int_equal(cover(f), 0);
    not_told(f);
    put(f, "catalog/modules/a.yaml", "two\n");
    told(f);
    /* an editor writes another file and puts it in its place */
    put(f, "catalog/modules/.a.swp", "three\n");
    assert_int_equal(rename(at(f, "catalog/modules/.a.swp"), at(f, "catalog/modules/a.yaml")), 0);
    told(f);
    chmod(at(f, "catalog/modules/a.yaml"), 0755);
    told(f);
    unlink(at(f, "catalog/modules/a.yaml"));
    told(f);
    /* what is read, and what lies beside the folder, is no change */
    FILE *in = fopen(at(f, "catalog/modules"), "r");
    if (in)
        fclose(in);
    put(f, "beside", "x");
    not_told(f);
}

static void folders(void **state)
{
    struct fixture *f = *state;
    open_watch(f, false);
    assert_int_equal(cover(f), 0);
    mkdir(at(f, "catalog/modules/web"), 0755);
    mkdir(at(f, "catalog/modules/web/1.0.0"), 0755);
    told(f);
    put(f, "catalog/modules/web/1.0.0/module.yaml", "x");
    told(f);
    /* a checkout puts another tree in its place */
    mkdir(at(f, "next"), 0755);
    mkdir(at(f, "next/modules"), 0755);
    assert_int_equal(rename(f->root, at(f, "old")), 0);
    assert_int_equal(rename(at(f, "next"), f->root), 0);
    told(f);
    put(f, "catalog/modules/b.yaml", "x");
    told(f);
    assert_int_equal(rename(f->root, at(f, "away")), 0);
    told(f);
    mkdir(f->root, 0755);
    told(f);
    put(f, "catalog/c.yaml", "x");
    told(f);
}

/* More than the kernel's queue holds. */
static void overflow(void **state)
{
    struct fixture *f = *state;
    open_watch(f, false);
    assert_int_equal(cover(f), 0);
    const char *one = at(f, "catalog/x"), *two = at(f, "catalog/y");
    put(f, "catalog/x", "");
    for (int i = 0; i < 20000; i++)
        rename(i % 2 ? two : one, i % 2 ? one : two);
    told(f);
    put(f, "catalog/modules/a.yaml", "after\n");
    told(f);
}

static void polled(void **state)
{
    struct fixture *f = *state;
    const char *folders[] = {f->root};
    open_watch(f, true);
    assert_int_equal(cover(f), ERR_UNSUPPORTED);
    for (int i = 0; i < TURNS && f->perhaps < 2; i++)
        loop_run_once(f->loop, 10);
    assert_int_equal(f->perhaps, 2);
    assert_int_equal(f->changes, 0);
    uint64_t was = tree_watch_signature(folders, 1);
    assert_true(was == tree_watch_signature(folders, 1));
    put(f, "catalog/modules/a.yaml", "longer than before\n");
    assert_false(was == tree_watch_signature(folders, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(saved, setup, teardown),
        cmocka_unit_test_setup_teardown(folders, setup, teardown),
        cmocka_unit_test_setup_teardown(overflow, setup, teardown),
        cmocka_unit_test_setup_teardown(polled, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
