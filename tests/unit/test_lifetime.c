// SPDX-License-Identifier: Apache-2.0
/*
 * The time to live of environments: from when it counts, how far it may be extended, what happens
 * at its end, and that restarts and clocks that are set do it no harm.
 */
#include "release_fake.h"

#include "base/buf.h"
#include "catalog/environment_file.h"
#include "catalog/files.h"
#include "engine/environments/environment.h"

enum { HOUR = 3600000, DAY = 24 * HOUR };

static void put(const struct play *p, const char *name, const char *text)
{
    char *path = mem_printf("%s/fleet/%s", p->w.store.dir, name);
    char *folder = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    char *make = mem_printf("mkdir -p %s", folder);
    assert_int_equal(system(make), 0);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    mem_free(make);
    mem_free(folder);
    mem_free(path);
}

#define MODULE                                                                                     \
    "apiVersion: leeway.dev/v1alpha1\nkind: Module\nmetadata: {name: conf}\nspec:\n"               \
    "  version: 1.0.0\n  resources:\n    - id: conf\n      template:\n        apiVersion: v1\n"    \
    "        kind: ConfigMap\n        metadata: {name: conf}\n        data: {v: \"1\"}\n"
#define BLUEPRINT                                                                                  \
    "apiVersion: leeway.dev/v1alpha1\nkind: Blueprint\nmetadata: {name: app}\nspec:\n"             \
    "  version: 1.0.0\n  modules: [{name: conf, module: conf, version: \"1\"}]\n"                  \
    "  leeway: {exceptions: 3, maxExpiry: 2d}\n"
#define ENVIRONMENT                                                                                \
    "apiVersion: leeway.dev/v1alpha1\nkind: Environment\nmetadata: {name: shop}\nspec:\n"          \
    "  # who pays for it: nobody\n  blueprint: {name: app, version: 1.0.0}\n"                      \
    "  namespace: default\n  owner: mona\n  placement: {clusters: [dev]}\n"

static void lifetime_init(struct play *p, const char *lifecycle, const char *ttl)
{
    play_init(p);
    char *blueprint = mem_printf(BLUEPRINT "  lifecycle: {ttl: {%s}}\n", lifecycle);
    char *environment = mem_printf(ENVIRONMENT "%s", ttl);
    put(p, "catalog/modules/conf/1.0.0/module.yaml", MODULE);
    put(p, "catalog/blueprints/app/1.0.0.yaml", blueprint);
    put(p, "environments/shop.yaml", environment);
    snprintf(p->folder, sizeof(p->folder), "%s/fleet/environments/shop.yaml", p->w.store.dir);
    mem_free(blueprint);
    mem_free(environment);
}

static void lifetime_clear(struct play *p)
{
    char *remove = mem_printf("rm -rf %s/fleet", p->w.store.dir);
    assert_int_equal(system(remove), 0);
    mem_free(remove);
    play_clear(p);
}

static void restart(struct play *p, bool lasting)
{
    world_stop(&p->w);
    p->w.lasting = lasting;
    world_start(&p->w);
    play_pass(p, 3000);
}

static int64_t now_of(const struct play *p)
{
    return p->w.fake.clock.wall_ms_now;
}

static const struct leeway_environment *shop(struct play *p)
{
    play_settle(p);
    engine_publish(p->w.e);
    assert_int_equal(leeway_environments(p->w.e->snapshot), 1);
    return leeway_environment_at(p->w.e->snapshot, 0);
}

static struct leeway_event *extend(struct play *p, int64_t end)
{
    const struct leeway_command c = {.kind = LEEWAY_CMD_EXTEND,
                                     .environment = "shop",
                                     .expires_ms = end,
                                     .reason = "the load test goes on"};
    return play_do(p, &c);
}

static void refused(struct leeway_event *ev, int code, const char *words)
{
    assert_int_equal(ev->kind, LEEWAY_EVENT_FAILED);
    if (ev->err.code != code || !strstr(ev->err.text, words))
        fail_msg("%d %s", ev->err.code, ev->err.text);
    leeway_event_free(ev);
}

static bool file_has(const struct play *p, const char *words)
{
    struct buf b;
    struct err e = ERR_INIT;
    buf_init(&b, CATALOG_FILE_MAX);
    bool has = !catalog_read_file(p->folder, &b, &e) && strstr(buf_str(&b), words);
    buf_clear(&b);
    err_clear(&e);
    return has;
}

static bool row_has(void *ctx, const struct store_audit *a, const char *action)
{
    (void)ctx;
    return strcmp(a->action, action) == 0;
}

struct counting {
    const char *action;
    int n;
    char detail[300];
};

static int count_act(void *ctx, const struct store_audit *a)
{
    struct counting *c = ctx;
    if (row_has(c, a, c->action)) {
        c->n++;
        snprintf(c->detail, sizeof(c->detail), "%.*s", (int)a->detail.len,
                 (const char *)a->detail.data);
    }
    return 0;
}

static struct counting acts(struct play *p, const char *action)
{
    struct counting c = {.action = action};
    struct err e = ERR_INIT;
    world_sync(&p->w);
    assert_int_equal(store_each_audit(p->w.e->view, NULL, 0, count_act, &c, &e), 0);
    return c;
}

/* ---- counting down ---- */

static void it_counts_from_the_first_release(void **state)
{
    (void)state;
    struct play p;
    lifetime_init(&p, "default: 3d, max: 14d", "");
    struct leeway_event *plan = play_plan(&p);
    assert_int_equal(shop(&p)->expires_ms, 0); /* nothing runs yet */
    assert_string_equal(shop(&p)->blueprint.str, "app@1.0.0");
    assert_string_equal(shop(&p)->owner.str, "mona");
    play_pass(&p, 60000);
    play_post_apply(&p, plan);
    leeway_event_free(plan);
    int64_t began = now_of(&p);
    play_done(play_wait(&p));
    int64_t end = shop(&p)->expires_ms;
    assert_in_range(end - began, 3 * (int64_t)DAY, 3 * (int64_t)DAY + 5000);
    assert_int_equal(shop(&p)->expires_max_ms - end, 11 * (int64_t)DAY);
    const struct environment *env = p.w.e->environments.items[0];
    assert_int_equal(env->about.max_exceptions, 3);
    assert_int_equal(env->about.max_expiry_ms, 2 * (int64_t)DAY);
    /* later releases do not make it longer, nor does a restart */
    play_pass(&p, 10000);
    put(&p, "catalog/modules/conf/1.0.0/module.yaml", MODULE);
    play_done(play_release(&p));
    assert_int_equal(shop(&p)->expires_ms, end);
    restart(&p, false);
    assert_int_equal(shop(&p)->expires_ms, end);
    assert_int_equal(shop(&p)->expires_max_ms - end, 11 * (int64_t)DAY);
    lifetime_clear(&p);
}

static void a_file_is_held_to_its_blueprint(void **state)
{
    (void)state;
    struct play p;
    lifetime_init(&p, "default: 3d, max: 14d", "  ttl: 15d\n");
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_PLAN_FOLDER, .folder = p.folder, .environment = "shop"};
    refused(play_do(&p, &c), ERR_FORBIDDEN, "app@1.0.0 lets an environment live for 14d at most");
    /* a limit alone is an end */
    put(&p, "catalog/blueprints/app/1.0.0.yaml", BLUEPRINT "  lifecycle: {ttl: {max: 5d}}\n");
    put(&p, "environments/shop.yaml", ENVIRONMENT);
    play_done(play_release(&p));
    assert_in_range(shop(&p)->expires_ms - now_of(&p), 5 * (int64_t)DAY - 60000, 5 * (int64_t)DAY);
    lifetime_clear(&p);
}

static void without_one_it_has_no_end(void **state)
{
    (void)state;
    struct play p;
    lifetime_init(&p, "", "");
    play_done(play_release(&p));
    assert_int_equal(shop(&p)->expires_ms, 0);
    assert_int_equal(shop(&p)->expires_max_ms, 0);
    refused(extend(&p, now_of(&p) + DAY), ERR_CONFLICT, "has no end that could be extended");
    lifetime_clear(&p);
}

/* ---- extending ---- */

static void it_is_extended_within_the_limit(void **state)
{
    (void)state;
    struct play p;
    lifetime_init(&p, "default: 3d, max: 4d", "");
    play_done(play_release(&p));
    int64_t end = shop(&p)->expires_ms;
    refused(extend(&p, now_of(&p) - 1), ERR_USAGE, "over already");
    refused(extend(&p, end), ERR_USAGE, "already");
    refused(extend(&p, end + DAY + 1000), ERR_FORBIDDEN,
            "app@1.0.0 lets an environment live for 4d at most");
    assert_true(file_has(&p, "# who pays"));
    assert_false(file_has(&p, "ttl"));
    assert_int_equal(shop(&p)->expires_ms, end);
    play_script(&p, NULL, 0);
    play_done(extend(&p, end + 12 * HOUR));
    assert_int_equal(p.gets + p.patches + p.deletes, 0);
    assert_int_equal(shop(&p)->expires_ms, end + 12 * HOUR);
    assert_true(file_has(&p, "  ttl: 3d12h\n"));
    assert_true(file_has(&p, "# who pays"));
    play_done(extend(&p, end + DAY));
    assert_true(file_has(&p, "  ttl: 4d\n"));
    assert_false(file_has(&p, "12h"));
    struct counting c = acts(&p, "environment extended");
    assert_int_equal(c.n, 2);
    assert_non_null(strstr(c.detail, "the load test goes on"));
    restart(&p, false);
    assert_int_equal(shop(&p)->expires_ms, end + DAY);
    /* the file says it as well: a plan of it changes nothing */
    struct leeway_event *plan = play_plan(&p);
    assert_int_equal(plan->plan->changes, 0);
    assert_int_equal(plan->plan->n_warnings, 0);
    leeway_event_free(plan);
    lifetime_clear(&p);
}

static void a_file_that_went_away_is_missed(void **state)
{
    (void)state;
    struct play p;
    lifetime_init(&p, "default: 3d", "");
    play_done(play_release(&p));
    int64_t end = shop(&p)->expires_ms;
    assert_int_equal(unlink(p.folder), 0);
    refused(extend(&p, end + DAY), ERR_NOT_FOUND, "shop.yaml");
    assert_int_equal(shop(&p)->expires_ms, end);
    lifetime_clear(&p);
}

static void another_ttl_in_the_file_is_said_and_takes_force_when_applied(void **state)
{
    (void)state;
    struct play p;
    lifetime_init(&p, "default: 3d", "");
    play_done(play_release(&p));
    int64_t end = shop(&p)->expires_ms;
    put(&p, "environments/shop.yaml", ENVIRONMENT "  ttl: 5d\n");
    struct leeway_event *plan = play_plan(&p);
    assert_int_equal(plan->plan->changes, 0);
    assert_int_equal(plan->plan->n_warnings, 1);
    assert_non_null(strstr(plan->plan->warnings[0].str, "becomes 5d, until"));
    assert_int_equal(shop(&p)->expires_ms, end);
    play_post_apply(&p, plan);
    leeway_event_free(plan);
    play_done(play_wait(&p));
    assert_int_equal(shop(&p)->expires_ms, end + 2 * DAY);
    lifetime_clear(&p);
}

/* ---- the end ---- */

static void pass_to(struct play *p, int64_t wall_ms)
{
    int64_t ms = wall_ms - now_of(p);
    clock_fake_advance(&p->w.fake.clock, ms);
    play_pass(p, 2000);
}

static void at_its_end_a_deletion_waits(void **state)
{
    (void)state;
    struct play p;
    lifetime_init(&p, "default: 3d, max: 30d", "");
    restart(&p, true);
    play_done(play_release(&p));
    int64_t end = shop(&p)->expires_ms;
    pass_to(&p, end - 60000);
    assert_false(shop(&p)->expired);
    pass_to(&p, end);
    play_pass(&p, 120000);
    const struct leeway_environment *row = shop(&p);
    assert_true(row->expired);
    assert_int_equal(row->state, LEEWAY_PENDING);
    assert_int_equal(row->deletion_plan.len, 64);
    assert_true(play_has(&p, "conf", "\"v\":\"1\"")); /* nothing went by itself */
    assert_int_equal(acts(&p, "environment expired").n, 1);
    char hash[80];
    snprintf(hash, sizeof(hash), "%s", row->deletion_plan.str);
    /* said once, and what waits is known to the next process, also to one that makes no plans */
    restart(&p, false);
    play_pass(&p, 60000);
    assert_true(shop(&p)->expired);
    assert_string_equal(shop(&p)->deletion_plan.str, hash);
    assert_int_equal(acts(&p, "environment expired").n, 1);
    /* more time, and it is over */
    play_done(extend(&p, now_of(&p) + DAY));
    assert_false(shop(&p)->expired);
    assert_int_equal(shop(&p)->deletion_plan.len, 0);
    assert_int_equal(shop(&p)->state, LEEWAY_OK);
    /* and over again: a person lets it go */
    restart(&p, true);
    pass_to(&p, shop(&p)->expires_ms);
    play_pass(&p, 120000);
    assert_true(shop(&p)->expired);
    assert_int_equal(acts(&p, "environment expired").n, 2);
    snprintf(hash, sizeof(hash), "%s", shop(&p)->deletion_plan.str);
    const struct leeway_command c = {.kind = LEEWAY_CMD_APPLY, .plan = hash, .prune_anyway = true};
    play_done(play_do(&p, &c));
    assert_false(play_has(&p, "conf", NULL));
    assert_false(shop(&p)->expired);
    assert_int_equal(shop(&p)->expires_ms, 0);
    /* launched again it lives anew */
    play_done(play_release(&p));
    assert_in_range(shop(&p)->expires_ms - now_of(&p), 3 * (int64_t)DAY, 40 * (int64_t)DAY);
    assert_false(shop(&p)->expired);
    lifetime_clear(&p);
}

static void a_command_plans_no_deletion_by_itself(void **state)
{
    (void)state;
    struct play p;
    lifetime_init(&p, "default: 3d", "");
    play_done(play_release(&p));
    pass_to(&p, shop(&p)->expires_ms);
    play_pass(&p, 180000);
    assert_true(shop(&p)->expired);
    assert_int_equal(shop(&p)->deletion_plan.len, 0);
    lifetime_clear(&p);
}

/* It slept beyond the end; the server comes back later. */
static void what_cannot_be_planned_is_tried_again(void **state)
{
    (void)state;
    struct play p;
    lifetime_init(&p, "default: 3d", "");
    play_done(play_release(&p));
    p.w.down = true;
    int64_t end = shop(&p)->expires_ms;
    world_stop(&p.w);
    clock_fake_advance(&p.w.fake.clock, end - now_of(&p) + DAY);
    p.w.lasting = true;
    world_start(&p.w);
    play_pass(&p, 10000);
    assert_true(shop(&p)->expired);
    assert_int_equal(shop(&p)->deletion_plan.len, 0);
    assert_int_equal(acts(&p, "environment expired").n, 1);
    p.w.down = false;
    play_pass(&p, 400000);
    assert_int_equal(shop(&p)->deletion_plan.len, 64);
    assert_true(play_has(&p, "conf", "\"v\":\"1\""));
    lifetime_clear(&p);
}

static void clocks_that_are_set_do_no_harm(void **state)
{
    (void)state;
    struct play p;
    lifetime_init(&p, "default: 3d", "");
    restart(&p, true);
    play_done(play_release(&p));
    int64_t end = shop(&p)->expires_ms;
    p.w.fake.clock.wall_ms_now += 400 * (int64_t)DAY; /* a year too far */
    play_pass(&p, 200000);
    assert_true(shop(&p)->expired);
    assert_true(play_has(&p, "conf", "\"v\":\"1\""));
    p.w.fake.clock.wall_ms_now -= 400 * (int64_t)DAY;
    play_pass(&p, 60000);
    assert_false(shop(&p)->expired);
    assert_int_equal(shop(&p)->expires_ms, end);
    assert_int_equal(shop(&p)->deletion_plan.len, 0);
    pass_to(&p, end);
    play_pass(&p, 120000);
    assert_true(shop(&p)->expired);
    assert_int_equal(acts(&p, "environment expired").n, 2); /* said again in its time */
    lifetime_clear(&p);
}

/* ---- the file ---- */

static void one_word_of_a_file(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"metadata: {name: a}\nspec:\n  ttl: 3d # short\n  team: x\n",
         "metadata: {name: a}\nspec:\n  ttl: 4d # short\n  team: x\n"},
        {"# mine\nmetadata: {name: a}\nspec:\n    team: x\n",
         "# mine\nmetadata: {name: a}\nspec:\n    ttl: 4d\n    team: x\n"},
        {"spec: {team: x, ttl: \"3d\"}\n", "spec: {team: x, ttl: 4d}\n"},
        {"spec: {ttl: '72h', team: x}\n", "spec: {ttl: 4d, team: x}\n"},
        {"spec: {team: x}\n", "spec:\n  team: x\n  ttl: 4d\n"},
        {"spec:\n  ttl: >-\n    3d\n  team: x\n", "spec:\n  ttl: 4d\n  team: x\n"},
    };
    char dir[] = "/tmp/leeway-word-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char *path = mem_printf("%s/a.yaml", dir);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = ERR_INIT;
        struct buf b;
        FILE *f = fopen(path, "w");
        fputs(cases[i].before, f);
        fclose(f);
        if (environment_file_set_ttl(path, "4d", &e))
            fail_msg("%s", e.text);
        buf_init(&b, CATALOG_FILE_MAX);
        assert_int_equal(catalog_read_file(path, &b, &e), 0);
        assert_string_equal(buf_str(&b), cases[i].after);
        buf_clear(&b);
    }
    unlink(path);
    rmdir(dir);
    mem_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_counts_from_the_first_release),
        cmocka_unit_test(a_file_is_held_to_its_blueprint),
        cmocka_unit_test(without_one_it_has_no_end),
        cmocka_unit_test(it_is_extended_within_the_limit),
        cmocka_unit_test(a_file_that_went_away_is_missed),
        cmocka_unit_test(another_ttl_in_the_file_is_said_and_takes_force_when_applied),
        cmocka_unit_test(at_its_end_a_deletion_waits),
        cmocka_unit_test(a_command_plans_no_deletion_by_itself),
        cmocka_unit_test(what_cannot_be_planned_is_tried_again),
        cmocka_unit_test(clocks_that_are_set_do_no_harm),
        cmocka_unit_test(one_word_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
