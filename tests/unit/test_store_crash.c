// SPDX-License-Identifier: Apache-2.0
/*
 * A child writes a script and dies at each fault point, at each time it is reached, as kill -9
 * would end it. The parent opens what is left and checks: nothing acknowledged is lost, nothing is
 * there by halves, what was not done can be done. The child tells of each acknowledgement through a
 * pipe. Then the same points fail with full disk, busy and I/O errors instead.
 */
#include "store_fixture.h"

#include "store/store_int.h"

#include <sys/wait.h>

static void tell(void *ctx, const struct err *e, int64_t value)
{
    (void)value;
    const int *pipe_and_step = ctx;
    char c = (char)(pipe_and_step[1]);
    if (!e && write(pipe_and_step[0], &c, 1) != 1)
        _exit(99);
}

enum { STEPS = 9 };

/* Each step is one write or a few with one acknowledgement for the last; in order. */
static void put_step(struct store *s, int step, struct store_ack ack)
{
    struct digest hash = fixture_hash(0xcd);
    struct store_given g = fixture_given("a");
    struct store_result r = {.environment = ENV,
                             .number = 1,
                             .cluster = CLUSTER,
                             .position = 0,
                             .state = STORE_DONE,
                             .uid = "uid-a"};
    struct store_journal_entry j = {.environment = ENV,
                                    .number = 1,
                                    .cluster = CLUSTER,
                                    .step = STORE_STEP_DELETE,
                                    .position = 1,
                                    .uid = "uid-b"};
    switch (step) {
    case 0:
        put_fleet(s, ack);
        break;
    case 1:
        put_plan(s, 0xcd, ack);
        break;
    case 2:
        store_put_release(s, &hash, BYTES("{}"), ack);
        break;
    case 3:
        store_put_stage_opened(s, ENV, 1, CLUSTER, 0, ack);
        break;
    case 4:
        store_put_result(s, &r, &g, ack);
        break;
    case 5:
        store_put_step_opened(s, &j, ack);
        break;
    case 6:
        r.position = 1;
        store_put_result(s, &r, NULL, ack);
        break;
    case 7:
        store_put_audit(s, BYTES("{}"), "apply", ENV, BYTES("{}"), ack);
        break;
    default:
        store_put_release_state(s, ENV, 1, STORE_RELEASE_DONE, "", ack);
        break;
    }
}

static void script(const struct fixture *f, struct store_faults *faults, int out, bool one_batch)
{
    struct err e = ERR_INIT;
    int ctx[STEPS][2];
    struct store *s = fixture_try(f, faults, &e);
    if (s) {
        if (write(out, "o", 1) != 1)
            _exit(99);
        for (int i = 0; i < STEPS; i++) {
            ctx[i][0] = out;
            ctx[i][1] = i;
            put_step(s, i, (struct store_ack){tell, ctx[i]});
            if (!one_batch && store_sync(s, &e))
                err_clear(&e);
        }
        if (store_sync(s, &e))
            err_clear(&e);
        store_close(s);
    }
    err_clear(&e);
}

struct left {
    int plans, rows, releases, results, done, done_a, given, audit, journal;
};

static int see_result(void *ctx, const struct store_result *r)
{
    struct left *l = ctx;
    l->results++;
    l->done += r->state == STORE_DONE;
    l->done_a += r->state == STORE_DONE && r->position == 0;
    return 0;
}
COUNT_OF(plan_row)
COUNT_OF(given)
COUNT_OF(journal_entry)
COUNT_OF(release)

static void look(struct store *s, struct left *l)
{
    struct err e = ERR_INIT;
    struct store_view *v = store_view_open(s, &e);
    struct digest hash = fixture_hash(0xcd), found;
    int64_t audit = 0;
    assert_non_null(v);
    l->plans = store_find_plan(v, "cdcdcdcd", &found, &e) == 0;
    err_clear(&e);
    assert_int_equal(store_each_plan_row(v, &hash, CLUSTER, count_plan_row, &l->rows, &e), 0);
    assert_int_equal(store_each_release(v, NULL, false, count_release, &l->releases, &e), 0);
    assert_int_equal(store_each_result(v, ENV, 1, NULL, see_result, l, &e), 0);
    assert_int_equal(store_each_given(v, NULL, NULL, count_given, &l->given, &e), 0);
    assert_int_equal(
        store_each_journal_entry(v, ENV, 1, false, count_journal_entry, &l->journal, &e), 0);
    assert_int_equal(store_check_audit(v, &audit, NULL, &e), 0);
    l->audit = (int)audit;
    store_view_close(v);
}

/* Nothing by halves, and at least what was acknowledged (bits of step). */
static void check_left(const struct left *l, unsigned acked)
{
    assert_int_equal(l->rows, l->plans ? 3 : 0);
    assert_int_equal(l->results, l->releases ? 2 : 0);
    assert_int_equal(l->given, l->done_a); /* a result and what it gave are one */
    assert_true(l->plans >= !!(acked & 1u << 1));
    assert_true(l->releases >= !!(acked & 1u << 2));
    assert_true(l->journal >= !!(acked & 1u << 3) + !!(acked & 1u << 5));
    assert_true(l->done >= !!(acked & 1u << 4) + !!(acked & 1u << 6));
    assert_true(l->audit >= !!(acked & 1u << 7));
}

/* What a restart does: each step again that is not there. The end has to be the same. */
static void go_on(struct store *s, const struct left *l)
{
    struct err e = ERR_INIT;
    for (int i = 0; i < STEPS; i++) {
        if ((i == 2 && l->releases) || (i == 7 && l->audit))
            continue;
        put_step(s, i, STORE_NO_ACK);
    }
    if (store_sync(s, &e))
        fail_msg("going on: %s", e.text);
    struct left after = {0};
    look(s, &after);
    check_left(&after, (1u << STEPS) - 1);
    assert_int_equal(after.releases, 1);
    assert_int_equal(after.done, 2);
    assert_int_equal(after.audit, 1);
}

static bool one_case(enum store_fault_point point, unsigned after, enum store_fault_kind kind,
                     bool one_batch)
{
    struct fixture f;
    struct err e = ERR_INIT;
    int out[2];
    unsigned acked = 0;
    fixture_dir(&f);
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct store_faults *faults = store_faults_new(point, after, kind, 1);
        script(&f, faults, out[1], one_batch);
        bool hit = store_faults_reached(faults, point) > after;
        store_faults_free(faults);
        _exit(hit ? 1 : 0);
    }
    close(out[1]);
    char c;
    while (read(out[0], &c, 1) == 1)
        if (c != 'o')
            acked |= 1u << c;
    close(out[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 99)
        fail_msg("%s %u: the child ended with %d", store_fault_name(point), after, status);
    bool hit = WEXITSTATUS(status) != 0;
    if (!hit)
        assert_int_equal(acked, (1u << STEPS) - 1);

    struct store *s = fixture_try(&f, NULL, &e);
    if (!s)
        fail_msg("%s %u: %s", store_fault_name(point), after, e.text);
    assert_false(store_secret_key_lost(s));
    struct left l = {0};
    look(s, &l);
    check_left(&l, acked);
    go_on(s, &l);
    store_close(s);
    fixture_remove(&f);
    return hit;
}

static int every_point(enum store_fault_kind kind)
{
    int cases = 0;
    for (int point = 0; point < STORE_FAULT_COUNT; point++) {
        if (point == STORE_FAULT_CHECKPOINT || point == STORE_FAULT_CHECKPOINTED)
            continue; /* need a long log: checkpoints() */
        for (int one_batch = 0; one_batch < 2; one_batch++) {
            unsigned n = 0;
            while (one_case((enum store_fault_point)point, n, kind, one_batch))
                n++;
            if (n == 0)
                fail_msg("%s is never reached", store_fault_name((enum store_fault_point)point));
            cases += (int)n;
        }
    }
    return cases;
}

static void dies(void **state)
{
    int n = every_point(STORE_FAIL_DIE);
    print_message("# %d deaths\n", n);
    assert_true(n > 100);
}

static void disk_full(void **state)
{
    every_point(STORE_FAIL_FULL);
}

static void io_error(void **state)
{
    every_point(STORE_FAIL_IO);
}

static void busy(void **state)
{
    every_point(STORE_FAIL_BUSY);
}

/* Death around a checkpoint, with a log long enough for one. */
static void checkpoints(void **state)
{
    static const enum store_fault_point points[] = {STORE_FAULT_CHECKPOINT,
                                                    STORE_FAULT_CHECKPOINTED};
    for (size_t i = 0; i < ARRAY_LEN(points); i++) {
        struct fixture f;
        struct err e = ERR_INIT;
        fixture_dir(&f);
        pid_t pid = fork();
        if (pid == 0) {
            struct store_faults *faults = store_faults_new(points[i], 0, STORE_FAIL_DIE, 1);
            struct store *s = fixture_try(&f, faults, &e);
            char *big = mem_zalloc(400000);
            for (size_t k = 0; k < 400000; k++)
                big[k] = (char)((k * 2654435761u) >> 11);
            put_fleet(s, STORE_NO_ACK);
            for (int k = 0; k < 200; k++) {
                for (size_t b = 0; b < 400000; b += 64) /* every page differs */
                    big[b] = (char)k;
                store_put_cluster_summary(s, CLUSTER, (struct store_bytes){big, 400000},
                                          STORE_NO_ACK);
                if (store_sync(s, &e))
                    _exit(98);
            }
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), 137);
        struct store *s = fixture_try(&f, NULL, &e);
        assert_non_null(s);
        struct left l = {0};
        look(s, &l);
        go_on(s, &l);
        store_close(s);
        fixture_remove(&f);
    }
}

/* ---- migrations ---- */

static void migrate_from_each(void **state)
{
    for (int from = 0; from <= store_schema_version(); from++) {
        struct fixture f;
        struct err e = ERR_INIT;
        fixture_dir(&f);
        bool made;
        struct store_db db;
        assert_int_equal(store_files_make(f.path, &made, &e), 0);
        assert_int_equal(store_db_open(&db, f.path, STORE_DB_WRITE, NULL, &e), 0);
        assert_int_equal(store_schema_migrate(&db, from, &e), 0);
        if (from >= 1)
            assert_int_equal(store_db_exec(&db,
                                           "INSERT INTO cluster(uid,weak,first_ms,last_ms)"
                                           " VALUES('kept',0,1,1)",
                                           "put", &e),
                             0);
        store_db_close(&db);
        struct store *s = fixture_try(&f, NULL, &e);
        assert_non_null(s);
        assert_int_equal(store_info(s).version, store_schema_version());
        if (from >= 1) {
            store_put_cluster_summary(s, "kept", BYTES("{}"), STORE_NO_ACK);
            assert_int_equal(store_sync(s, &e), 0);
        }
        struct left l = {0};
        go_on(s, &l);
        store_close(s);
        fixture_remove(&f);
    }
}

static void strangers(void **state)
{
    static const struct {
        const char *sql;
        int code;
    } cases[] = {
        {"PRAGMA application_id=1819763065; PRAGMA user_version=999", ERR_UNSUPPORTED},
        {"CREATE TABLE theirs(x)", ERR_INVALID},
        {"PRAGMA application_id=77", ERR_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;
        struct err e = ERR_INIT;
        struct store_db db;
        bool made;
        fixture_dir(&f);
        assert_int_equal(store_files_make(f.path, &made, &e), 0);
        assert_int_equal(store_db_open(&db, f.path, STORE_DB_WRITE, NULL, &e), 0);
        assert_int_equal(store_db_exec(&db, cases[i].sql, "make", &e), 0);
        store_db_close(&db);
        assert_null(fixture_try(&f, NULL, &e));
        assert_int_equal(e.code, cases[i].code);
        assert_string_equal(e.source, f.path);
        err_clear(&e);
        fixture_remove(&f);
    }
}

/* Rows that somebody changed behind our back. */
static void tampered_audit(void **state)
{
    static const char *const changes[] = {
        "UPDATE audit SET subject='other' WHERE row=2",
        "DELETE FROM audit WHERE row=2",
        "UPDATE audit SET row=9 WHERE row=3",
    };
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        struct fixture f;
        struct err e = ERR_INIT;
        struct store_db db;
        fixture_dir(&f);
        fixture_open(&f);
        for (int k = 0; k < 3; k++)
            store_put_audit(f.store, BYTES("{}"), "x", "y", STORE_NO_BYTES, STORE_NO_ACK);
        fixture_sync(&f);
        assert_int_equal(store_db_open(&db, f.path, STORE_DB_WRITE, NULL, &e), 0);
        assert_int_equal(store_db_exec(&db, changes[i], "change", &e), ERR_INVALID); /* refused */
        err_clear(&e);
        assert_int_equal(
            store_db_exec(&db, "DROP TRIGGER audit_fixed; DROP TRIGGER audit_kept", "change", &e),
            0);
        assert_int_equal(store_db_exec(&db, changes[i], "change", &e), 0);
        store_db_close(&db);
        assert_int_equal(store_check_audit(f.view, NULL, NULL, &e), ERR_CORRUPT);
        err_clear(&e);
        fixture_close(&f);
        fixture_remove(&f);
    }
}

RUN("store crashes", cmocka_unit_test(migrate_from_each), cmocka_unit_test(strangers),
    cmocka_unit_test(tampered_audit), cmocka_unit_test(dies), cmocka_unit_test(disk_full),
    cmocka_unit_test(io_error), cmocka_unit_test(busy), cmocka_unit_test(checkpoints))
