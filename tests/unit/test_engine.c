// SPDX-License-Identifier: Apache-2.0
/* The public API with nothing to reach: 200 clusters on a port where nobody listens. */
#include "unit.h"

#include "base/mem.h"
#include "leeway/leeway.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { CLUSTERS = 200, DEADLINE_MS = 30000 };

struct place {
    char dir[64], kubeconfig[128], store[128];
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int setup(void **state)
{
    struct place *p = mem_new(struct place);
    snprintf(p->dir, sizeof(p->dir), "/tmp/leeway-engine.XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->kubeconfig, sizeof(p->kubeconfig), "%s/config", p->dir);
    snprintf(p->store, sizeof(p->store), "%s/fleet.db", p->dir);
    FILE *f = fopen(p->kubeconfig, "w");
    assert_non_null(f);
    fputs("apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: t}}]\nclusters:\n", f);
    for (int i = 0; i < CLUSTERS; i++)
        fprintf(f, "- {name: c%d, cluster: {server: 'https://127.0.0.1:%d'}}\n", i, i % 2 ? 9 : 7);
    fputs("contexts:\n", f);
    for (int i = 0; i < CLUSTERS; i++)
        fprintf(f, "- {name: c%d, context: {cluster: c%d, user: u}}\n", i, i);
    fclose(f);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    char *command = mem_printf("rm -rf %s", p->dir);
    int rc = system(command);
    mem_free(command);
    mem_free(p);
    return rc;
}

static struct leeway *open_place(const struct place *p, bool no_store)
{
    struct err e = ERR_INIT;
    const struct leeway_options o = {
        .kubeconfig = p->kubeconfig, .store_path = p->store, .no_store = no_store};
    struct leeway *l = leeway_open(&o, &e);
    if (!l)
        print_error("%s\n", e.text);
    assert_non_null(l);
    return l;
}

static void wait_for(struct leeway *l)
{
    struct pollfd fd = {leeway_event_fd(l), POLLIN, 0};
    poll(&fd, 1, 1000);
}

static struct leeway_snapshot *settle(struct leeway *l)
{
    for (int64_t end = now_ms() + DEADLINE_MS;;) {
        struct leeway_snapshot *s = leeway_snapshot_take(l);
        if (leeway_settled(s))
            return s;
        leeway_snapshot_unref(s);
        assert_true(now_ms() < end);
        struct leeway_event *ev;
        while ((ev = leeway_next_event(l)))
            leeway_event_free(ev);
        wait_for(l);
    }
}

static struct leeway_event *answer(struct leeway *l, uint64_t request)
{
    for (int64_t end = now_ms() + DEADLINE_MS; now_ms() < end; wait_for(l)) {
        struct leeway_event *ev;
        while ((ev = leeway_next_event(l))) {
            if (ev->request == request)
                return ev;
            leeway_event_free(ev);
        }
    }
    fail_msg("no answer");
    return NULL;
}

static void the_first_snapshot_is_there_at_once(void **state)
{
    struct leeway *l = open_place(*state, false);
    struct leeway_snapshot *s = leeway_snapshot_take(l);
    assert_int_equal(leeway_clusters(s), CLUSTERS);
    for (size_t i = 0; i < CLUSTERS; i++) {
        const struct leeway_cluster *c = leeway_cluster_at(s, i);
        assert_int_equal(c->state, LEEWAY_UNKNOWN);
        assert_int_equal(c->nodes, -1);
        assert_int_equal(c->latency_ms, -1);
        assert_true(c->id > 0);
    }
    assert_string_equal(leeway_cluster_at(s, 0)->name.str, "c0");
    assert_string_equal(leeway_snapshot_fleet(s)->name.str, "config");
    assert_false(leeway_snapshot_fleet(s)->read_only);
    leeway_snapshot_unref(s);
    leeway_close(l, false); /* in the middle of everything */
}

static void silent_clusters_say_why(void **state)
{
    struct leeway *l = open_place(*state, false);
    struct leeway_snapshot *s = settle(l);
    const struct leeway_cluster *a = leeway_cluster_at(s, 0), *b = leeway_cluster_at(s, 2),
                                *other = leeway_cluster_at(s, 1);
    assert_int_equal(a->reach, LEEWAY_REACH_DOWN);
    assert_int_equal(a->state, LEEWAY_UNKNOWN);
    assert_true(a->reason.len > 0);
    assert_true(a->since_ms > 0);
    assert_true(a->reason_key.len > 0);
    assert_string_equal(a->reason_key.str, b->reason_key.str);
    assert_string_equal(a->reason_key.str, other->reason_key.str); /* ports do not tell apart */
    assert_null(strstr(a->reason_key.str, "127.0.0.1"));
    assert_int_equal(a->n_conditions, 1);
    leeway_snapshot_unref(s);
    leeway_close(l, false);
}

static void commands_are_answered_once(void **state)
{
    struct leeway *l = open_place(*state, true);
    struct err e = ERR_INIT;
    const struct leeway_command all = {.kind = LEEWAY_CMD_TRY_NOW};
    uint64_t request = leeway_post(l, &all, &e);
    assert_true(request > 0);
    struct leeway_event *ev = answer(l, request);
    assert_int_equal(ev->kind, LEEWAY_EVENT_DONE);
    leeway_event_free(ev);

    const struct leeway_command none = {.kind = LEEWAY_CMD_TRY_NOW, .cluster = "no such"};
    ev = answer(l, leeway_post(l, &none, &e));
    assert_int_equal(ev->kind, LEEWAY_EVENT_FAILED);
    assert_int_equal(ev->err.code, ERR_NOT_FOUND);
    leeway_event_free(ev);

    const struct leeway_command replaced = {.kind = LEEWAY_CMD_CONFIRM_REPLACED, .cluster = "c3"};
    ev = answer(l, leeway_post(l, &replaced, &e));
    assert_int_equal(ev->kind, LEEWAY_EVENT_FAILED);
    assert_int_equal(ev->err.code, ERR_CONFLICT);
    leeway_event_free(ev);

    /* More than are taken: refused with words, and every accepted one is answered. */
    unsigned accepted = 0;
    while (leeway_post(l, &none, &e))
        accepted++;
    assert_int_equal(e.code, ERR_BUSY);
    err_clear(&e);
    assert_int_equal(accepted, 64);
    unsigned answered = 0;
    for (int64_t end = now_ms() + DEADLINE_MS; answered < accepted && now_ms() < end; wait_for(l))
        while ((ev = leeway_next_event(l))) {
            answered += ev->request != 0;
            leeway_event_free(ev);
        }
    assert_int_equal(answered, accepted);
    assert_true(leeway_post(l, &all, &e) > 0);
    leeway_close(l, false); /* with an answer under way */
}

static void a_second_process_looks_on(void **state)
{
    struct leeway *first = open_place(*state, false);
    struct leeway *second = open_place(*state, false);
    struct leeway_snapshot *s = leeway_snapshot_take(second);
    assert_true(leeway_snapshot_fleet(s)->read_only);
    assert_true(leeway_snapshot_fleet(s)->read_only_why.len > 0);
    leeway_snapshot_unref(s);
    struct err e = ERR_INIT;
    const struct leeway_command c = {.kind = LEEWAY_CMD_CONFIRM_REPLACED, .cluster = "c1"};
    assert_true(leeway_post(second, &c, &e) == 0);
    assert_int_equal(e.code, ERR_FORBIDDEN);
    err_clear(&e);
    leeway_close(second, false);
    leeway_close(first, false);
}

static void what_cannot_be_opened_is_said(void **state)
{
    const char *contexts[] = {"c1", "nothing-like-that", NULL};
    struct place *p = *state;
    struct err e = ERR_INIT;
    struct leeway_options o = {.kubeconfig = p->kubeconfig, .contexts = contexts, .no_store = true};
    assert_null(leeway_open(&o, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_non_null(strstr(e.text, "nothing-like-that"));
    err_clear(&e);
    o.contexts = NULL;
    o.selector = "tier in (";
    assert_null(leeway_open(&o, &e));
    assert_int_equal(e.code, ERR_SYNTAX);
    err_clear(&e);
    o.selector = NULL;
    o.kubeconfig = "/nonexistent/config";
    assert_null(leeway_open(&o, &e));
    assert_true(e.code != 0);
    err_clear(&e);
}

/* Any number of openings leave nothing behind: no thread, no descriptor. */
static void opening_and_closing(void **state)
{
    for (int i = 0; i < 5; i++) {
        struct leeway *l = open_place(*state, i % 2);
        const struct leeway_command all = {.kind = LEEWAY_CMD_TRY_NOW};
        (void)leeway_post(l, &all, NULL);
        if (i > 2)
            wait_for(l);
        leeway_close(l, i == 4);
    }
    struct rlimit r;
    assert_int_equal(getrlimit(RLIMIT_CORE, &r), 0);
    assert_int_equal(r.rlim_cur, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

RUN("engine", TEST(the_first_snapshot_is_there_at_once), TEST(silent_clusters_say_why),
    TEST(commands_are_answered_once), TEST(a_second_process_looks_on),
    TEST(what_cannot_be_opened_is_said), TEST(opening_and_closing))
