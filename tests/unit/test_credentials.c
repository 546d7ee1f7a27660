// SPDX-License-Identifier: Apache-2.0
/* Providers, sharing, expiry, the refresh after 401, and telling those who wait; on a clock that
 * the test moves. The plugin counts its runs and prints what a file says. */
#include "unit.h"

#include "base/mem.h"
#include "kube/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define V1 "client.authentication.k8s.io/v1"
#define WALL 1700000000000LL

static char dir[] = "/tmp/leeway-cred-XXXXXX";

struct fixture {
    struct clock_fake clock;
    struct loop *loop;
    struct kube_credentials_pool *pool;
    unsigned told;
};

static void put(const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    chmod(path, 0700);
    mem_free(path);
}

static uint64_t no_jitter(void *ctx)
{
    return 0;
}

static void setup(struct fixture *f)
{
    struct err e = ERR_INIT;
    *f = (struct fixture){0};
    clock_fake_init(&f->clock, 1000000, WALL);
    f->loop = loop_new(&f->clock.clock, &e);
    assert_non_null(f->loop);
    struct kube_credentials_options o = {
        .loop = f->loop, .clock = &f->clock.clock, .max_plugins = 2, .random = no_jitter};
    f->pool = kube_credentials_pool_new(&o);
    put("count", "");
    put("plug", "#!/bin/sh\necho run >>${0%/*}/count\n"
                "[ -f \"${0%/*}/fail\" ] && { echo no luck >&2; exit 1; }\n"
                "printf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":%s}' "
                "\"$(cat \"${0%/*}/answer\")\"\n");
    put("answer", "{\"token\":\"one\"}");
}

static void teardown(struct fixture *f)
{
    kube_credentials_pool_free(f->pool);
    loop_free(f->loop);
}

static unsigned runs(void)
{
    char *path = mem_printf("%s/count", dir);
    FILE *f = fopen(path, "r");
    unsigned n = 0;
    for (int c; (c = fgetc(f)) != EOF;)
        n += c == '\n';
    fclose(f);
    mem_free(path);
    return n;
}

static void on_told(void *ctx, struct kube_credentials *c)
{
    (*(unsigned *)ctx)++;
}

/* Turns the loop until somebody was told; a bound instead of a hope. */
static void wait_told(struct fixture *f)
{
    unsigned before = f->told;
    for (int i = 0; i < 600 && f->told == before; i++)
        assert_true(loop_run_once(f->loop, 100) >= 0);
    assert_true(f->told > before);
}

/* Handles what is due now. */
static void turn(struct fixture *f)
{
    for (int i = 0; i < 5; i++)
        assert_true(loop_run_once(f->loop, 0) >= 0);
}

static void advance(struct fixture *f, int64_t ms)
{
    clock_fake_advance(&f->clock, ms);
    turn(f);
}

static void access_for(struct kube_access *a, const char *server)
{
    kube_access_init(a);
    a->server = mem_strdup(server);
}

static struct kube_exec_config *plugin(void)
{
    struct kube_exec_config *x = mem_new(struct kube_exec_config);
    x->api_version = mem_strdup(V1);
    x->command = mem_printf("%s/plug", dir);
    return x;
}

static struct kube_credentials *open_plugin(struct fixture *f, const char *server)
{
    struct kube_access a;
    access_for(&a, server);
    a.exec = plugin();
    struct kube_credentials *c = kube_credentials_open(f->pool, &a);
    kube_access_clear(&a);
    kube_credentials_subscribe(c, on_told, &f->told);
    return c;
}

static void expect_token(struct kube_credentials *c, const char *authorization)
{
    struct kube_credential out;
    struct err e = ERR_INIT;
    enum kube_cred_state s = kube_credentials_get(c, &out, &e);
    if (s != KUBE_CRED_READY)
        fail_msg("state %d: %s", (int)s, e.text ? e.text : "-");
    if (authorization)
        assert_string_equal(out.authorization, authorization);
    else
        assert_null(out.authorization);
}

static void expect_failed(struct kube_credentials *c, const char *text)
{
    struct kube_credential out;
    struct err e = ERR_INIT;
    assert_int_equal(kube_credentials_get(c, &out, &e), KUBE_CRED_FAILED);
    if (!strstr(e.text, text))
        fail_msg("%s\ninstead of %s", e.text, text);
    err_clear(&e);
}

static enum kube_cred_state state_of(struct kube_credentials *c)
{
    struct kube_credential out;
    return kube_credentials_get(c, &out, NULL);
}

static uint64_t generation(struct kube_credentials *c)
{
    struct kube_credential out;
    assert_int_equal(kube_credentials_get(c, &out, NULL), KUBE_CRED_READY);
    return out.generation;
}

static void simple_ones(void **state)
{
    static const struct {
        const char *server, *token, *user, *password, *authorization;
    } cases[] = {
        {"https://a", NULL, NULL, NULL, NULL},       {"https://a", "tok", NULL, NULL, "Bearer tok"},
        {"http://a", "tok", NULL, NULL, NULL}, /* only for https */
        {"https://a", NULL, "u", "p", "Basic dTpw"}, {"http://a", NULL, "u", "p", NULL},
    };
    struct fixture f;
    setup(&f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct kube_access a;
        access_for(&a, cases[i].server);
        a.token = cases[i].token ? mem_strdup(cases[i].token) : NULL;
        a.username = cases[i].user ? mem_strdup(cases[i].user) : NULL;
        a.password = cases[i].password ? mem_strdup(cases[i].password) : NULL;
        a.exec = plugin(); /* comes last, and not at all for http */
        if (!cases[i].authorization && !cases[i].token && !cases[i].user) {
            kube_exec_config_free(a.exec);
            a.exec = NULL;
        }
        struct kube_credentials *c = kube_credentials_open(f.pool, &a);
        expect_token(c, cases[i].authorization);
        assert_false(kube_credentials_rejected(c, generation(c)));
        kube_credentials_close(c);
        kube_access_clear(&a);
    }
    assert_int_equal(runs(), 0);
    teardown(&f);
}

static void impersonation_headers(void **state)
{
    struct fixture f;
    struct kube_access a;
    setup(&f);
    access_for(&a, "https://a");
    a.impersonate.user = mem_strdup("alice");
    a.impersonate.uid = mem_strdup("u-1");
    kube_string_list_add(&a.impersonate.groups, "g1");
    kube_string_list_add(&a.impersonate.groups, "g2");
    a.impersonate.extra = mem_calloc(1, sizeof(struct kube_extra));
    a.impersonate.extra_len = 1;
    a.impersonate.extra[0].key = mem_strdup("acme.org/a%b");
    kube_string_list_add(&a.impersonate.extra[0].values, "v1");
    struct kube_credentials *c = kube_credentials_open(f.pool, &a);
    struct kube_credential out;
    assert_int_equal(kube_credentials_get(c, &out, NULL), KUBE_CRED_READY);
    static const char *const want[][2] = {{"Impersonate-User", "alice"},
                                          {"Impersonate-Uid", "u-1"},
                                          {"Impersonate-Group", "g1"},
                                          {"Impersonate-Group", "g2"},
                                          {"Impersonate-Extra-acme.org%2Fa%25b", "v1"}};
    assert_int_equal(out.headers_len, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_string_equal(out.headers[i].name, want[i][0]);
        assert_string_equal(out.headers[i].value, want[i][1]);
    }
    kube_credentials_close(c);
    mem_free(a.impersonate.user);
    a.impersonate.user = mem_strdup("alice\r\nX: y");
    c = kube_credentials_open(f.pool, &a);
    expect_failed(c, "control characters");
    kube_credentials_close(c);
    kube_access_clear(&a);
    teardown(&f);
}

static void a_problem_that_blocks_stays(void **state)
{
    struct fixture f;
    struct kube_access a;
    struct err e = ERR_INIT;
    setup(&f);
    access_for(&a, "https://a");
    err_set(&e, ERR_INVALID, "user was not found");
    kube_access_add_problem(&a, &e, true);
    struct kube_credentials *c = kube_credentials_open(f.pool, &a);
    expect_failed(c, "user was not found");
    kube_credentials_close(c);
    kube_access_clear(&a);
    teardown(&f);
}

static void token_files(void **state)
{
    struct fixture f;
    struct kube_access a;
    setup(&f);
    put("token", "one\n");
    access_for(&a, "https://a");
    a.token_file = mem_printf("%s/token", dir);
    a.token = mem_strdup("fallback");
    struct kube_credentials *c = kube_credentials_open(f.pool, &a);
    expect_token(c, "Bearer one");
    uint64_t g = generation(c);
    put("token", "two");
    expect_token(c, "Bearer one");
    assert_true(kube_credentials_rejected(c, g)); /* dropped and read anew */
    expect_token(c, "Bearer two");
    assert_true(generation(c) > g);
    assert_true(kube_credentials_rejected(c, g)); /* somebody was faster */
    assert_false(kube_credentials_rejected(c, generation(c)));
    put("token", "three");
    advance(&f, 50000);
    expect_token(c, "Bearer three");
    kube_credentials_close(c);
    mem_free(a.token_file);
    a.token_file = mem_printf("%s/none", dir);
    c = kube_credentials_open(f.pool, &a);
    expect_token(c, "Bearer fallback");
    kube_credentials_close(c);
    kube_secret_free(a.token);
    a.token = NULL;
    c = kube_credentials_open(f.pool, &a);
    expect_failed(c, "No such file");
    kube_credentials_close(c);
    kube_access_clear(&a);
    teardown(&f);
}

static void one_run_for_all_that_are_alike(void **state)
{
    struct fixture f;
    setup(&f);
    struct kube_credentials *c[5];
    for (size_t i = 0; i < 5; i++)
        c[i] = open_plugin(&f, "https://a");
    struct kube_credentials_stats s;
    kube_credentials_pool_stats(f.pool, &s);
    assert_int_equal(s.providers, 1);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(state_of(c[i]), KUBE_CRED_PENDING);
    wait_told(&f);
    assert_int_equal(f.told, 5);
    for (size_t i = 0; i < 5; i++)
        expect_token(c[i], "Bearer one");
    assert_int_equal(runs(), 1);
    advance(&f, 365LL * 86400 * 1000); /* no expiry: for ever */
    expect_token(c[0], "Bearer one");
    for (size_t i = 0; i < 5; i++)
        kube_credentials_close(c[i]);
    teardown(&f);
}

static void cluster_info_sets_them_apart(void **state)
{
    struct fixture f;
    setup(&f);
    struct kube_credentials *c[4];
    for (size_t i = 0; i < 4; i++) {
        struct kube_access a;
        access_for(&a, i % 2 ? "https://a" : "https://b");
        a.exec = plugin();
        a.exec->provide_cluster_info = true;
        c[i] = kube_credentials_open(f.pool, &a);
        kube_access_clear(&a);
    }
    struct kube_credentials_stats s;
    kube_credentials_pool_stats(f.pool, &s);
    assert_int_equal(s.providers, 2);
    for (size_t i = 0; i < 4; i++)
        kube_credentials_close(c[i]);
    kube_credentials_pool_stats(f.pool, &s);
    assert_int_equal(s.providers, 0);
    teardown(&f);
}

static void answer_for(struct fixture *f, const char *token, int64_t seconds)
{
    char when[CLOCK_RFC3339_LEN], text[200];
    clock_format_rfc3339(f->clock.wall_ms_now + seconds * 1000, when);
    snprintf(text, sizeof(text), "{\"token\":\"%s\",\"expirationTimestamp\":\"%s\"}", token, when);
    put("answer", text);
}

static void renewal_comes_before_the_end(void **state)
{
    struct fixture f;
    setup(&f);
    answer_for(&f, "one", 1000);
    struct kube_credentials *c = open_plugin(&f, "https://a");
    assert_int_equal(state_of(c), KUBE_CRED_PENDING);
    wait_told(&f);
    expect_token(c, "Bearer one");
    advance(&f, 749000);
    assert_int_equal(runs(), 1);
    answer_for(&f, "two", 1000);
    clock_fake_advance(&f.clock, 2000); /* 75 % */
    assert_true(loop_run_once(f.loop, 0) >= 0);
    expect_token(c, "Bearer one"); /* goes on meanwhile */
    wait_told(&f);
    expect_token(c, "Bearer two");
    assert_int_equal(runs(), 2);
    put("fail", ""); /* renewal fails: what is there counts until its end */
    clock_fake_advance(&f.clock, 760000);
    wait_told(&f);
    expect_token(c, "Bearer two");
    f.clock.wall_ms_now += 300000; /* past its end, and before the next try */
    expect_failed(c, "failed with exit code 1: no luck");
    kube_credentials_close(c);
    char *path = mem_printf("%s/fail", dir);
    unlink(path);
    mem_free(path);
    teardown(&f);
}

static void failures_back_off(void **state)
{
    struct fixture f;
    setup(&f);
    put("fail", "");
    struct kube_credentials *c = open_plugin(&f, "https://a");
    assert_int_equal(state_of(c), KUBE_CRED_PENDING);
    wait_told(&f);
    expect_failed(c, "no luck");
    expect_failed(c, "no luck");
    assert_int_equal(runs(), 1);
    clock_fake_advance(&f.clock, 2500);
    wait_told(&f); /* worth a new try */
    assert_int_equal(state_of(c), KUBE_CRED_PENDING);
    wait_told(&f);
    expect_failed(c, "no luck");
    assert_int_equal(runs(), 2);
    advance(&f, 4000); /* twice as long now */
    expect_failed(c, "no luck");
    char *path = mem_printf("%s/fail", dir);
    unlink(path);
    mem_free(path);
    clock_fake_advance(&f.clock, 1000);
    wait_told(&f);
    assert_int_equal(state_of(c), KUBE_CRED_PENDING);
    wait_told(&f);
    expect_token(c, "Bearer one");
    kube_credentials_close(c);
    teardown(&f);
}

static void an_old_credential_is_no_credential(void **state)
{
    struct fixture f;
    setup(&f);
    answer_for(&f, "one", -5);
    struct kube_credentials *c = open_plugin(&f, "https://a");
    assert_int_equal(state_of(c), KUBE_CRED_PENDING);
    wait_told(&f);
    expect_failed(c, "gave a credential that expired on 2023-11-14T22:13:15Z");
    kube_credentials_close(c);
    teardown(&f);
}

static void after_401_it_runs_once(void **state)
{
    struct fixture f;
    setup(&f);
    struct kube_credentials *a = open_plugin(&f, "https://a"), *b = open_plugin(&f, "https://b");
    assert_int_equal(state_of(a), KUBE_CRED_PENDING);
    wait_told(&f);
    uint64_t g = generation(a);
    advance(&f, 60000);
    put("answer", "{\"token\":\"two\"}");
    assert_true(kube_credentials_rejected(a, g));
    assert_int_equal(state_of(a), KUBE_CRED_PENDING);
    expect_token(b, "Bearer one"); /* others keep what they have meanwhile */
    wait_told(&f);
    expect_token(a, "Bearer two");
    assert_true(kube_credentials_rejected(b, g)); /* a newer one is there: no run */
    expect_token(b, "Bearer two");
    assert_int_equal(runs(), 2);
    /* Rejected at once again: this server does not know us. The other goes on. */
    assert_true(kube_credentials_rejected(a, generation(b)));
    expect_failed(a, "the server rejected the credential that exec plugin");
    expect_token(b, "Bearer two");
    assert_int_equal(runs(), 2);
    clock_fake_advance(&f.clock, 15000);
    wait_told(&f); /* worth a new try */
    assert_int_equal(state_of(a), KUBE_CRED_PENDING);
    wait_told(&f);
    assert_int_equal(runs(), 3);
    expect_failed(a, "the server rejected"); /* the same token again */
    kube_credentials_close(a);
    kube_credentials_close(b);
    teardown(&f);
}

static void visible_ones_go_first(void **state)
{
    struct fixture f;
    setup(&f);
    put("answer", "{\"token\":\"t\"}");
    put("plug", "#!/bin/sh\n[ $1 = slow ] && exec sleep 1000\necho $1 >>${0%/*}/count\n"
                "printf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
                "\",\"status\":{\"token\":\"t\"}}'\n");
    static const char *const names[] = {"slow", "first", "second", "third", "seen"};
    struct kube_credentials *c[ARRAY_LEN(names)];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct kube_access a;
        access_for(&a, "https://a");
        a.exec = plugin();
        kube_string_list_add(&a.exec->args, names[i]);
        c[i] = kube_credentials_open(f.pool, &a);
        kube_credentials_subscribe(c[i], on_told, &f.told);
        kube_access_clear(&a);
        assert_int_equal(state_of(c[i]), KUBE_CRED_PENDING);
    }
    struct kube_credentials_stats s;
    kube_credentials_pool_stats(f.pool, &s);
    assert_int_equal(s.plugins_running, 2);
    assert_int_equal(s.plugins_waiting, 3);
    kube_credentials_set_visible(c[4], true);
    while (f.told < 4)
        wait_told(&f);
    char *path = mem_printf("%s/count", dir), order[100] = "";
    FILE *file = fopen(path, "r");
    assert_true(fread(order, 1, sizeof(order) - 1, file) > 0);
    fclose(file);
    mem_free(path);
    assert_non_null(strstr(order, "first\nseen\nsecond\nthird\n"));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        kube_credentials_close(c[i]); /* kills the slow one */
    teardown(&f);
}

static void a_person_logs_in(void **state)
{
    struct fixture f;
    struct kube_access a;
    struct err e = ERR_INIT;
    setup(&f);
    access_for(&a, "https://a");
    a.exec = plugin();
    a.exec->interactive = KUBE_EXEC_ALWAYS;
    struct kube_credentials *c = kube_credentials_open(f.pool, &a);
    struct kube_credential out;
    assert_int_equal(kube_credentials_get(c, &out, &e), KUBE_CRED_LOGIN);
    assert_int_equal(e.code, ERR_LOGIN);
    err_clear(&e);
    const char *const *argv, *const *envp;
    assert_int_equal(kube_credentials_login(c, &argv, &envp, &e), 0);
    assert_string_equal(argv[0], a.exec->command);
    bool interactive = false;
    for (; *envp; envp++)
        interactive |= strstr(*envp, "\"interactive\":true") != NULL;
    assert_true(interactive);
    assert_int_equal(kube_credentials_login_done(c, "", 0, 256, &e), ERR_AUTH);
    err_clear(&e);
    assert_int_equal(state_of(c), KUBE_CRED_LOGIN);
    static const char said[] =
        "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{\"token\":\"mine\"}}";
    assert_int_equal(kube_credentials_login_done(c, said, strlen(said), 0, &e), 0);
    expect_token(c, "Bearer mine");
    assert_int_equal(runs(), 0);
    uint64_t g = generation(c);
    assert_true(kube_credentials_rejected(c, g));
    assert_int_equal(state_of(c), KUBE_CRED_LOGIN);
    kube_credentials_close(c);
    kube_access_clear(&a);
    teardown(&f);
}

static void on_told_close(void *ctx, struct kube_credentials *c)
{
    struct kube_credentials **both = ctx;
    kube_credentials_close(both[0]);
    kube_credentials_close(both[1]);
    both[0] = both[1] = NULL;
}

static void closing_inside_a_callback(void **state)
{
    struct fixture f;
    setup(&f);
    struct kube_credentials *both[] = {open_plugin(&f, "https://a"), open_plugin(&f, "https://a")};
    kube_credentials_subscribe(both[0], on_told_close, both);
    kube_credentials_subscribe(both[0], on_told, &f.told);
    assert_int_equal(state_of(both[0]), KUBE_CRED_PENDING);
    wait_told(&f);
    turn(&f);
    assert_null(both[0]);
    assert_int_equal(f.told, 1); /* nobody of the closed is told */
    teardown(&f);
}

static void certificate_files_are_looked_at(void **state)
{
    struct fixture f;
    struct kube_access a;
    struct kube_credential out;
    setup(&f);
    char *make = mem_printf(
        "cd %s && for i in 1 2; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
        "-nodes -keyout key$i -out cert$i -days 2 -subj /CN=u$i 2>/dev/null; done; cp cert1 cert; "
        "cp key1 key",
        dir);
    assert_int_equal(system(make), 0);
    mem_free(make);
    access_for(&a, "https://a");
    a.client_cert.file = mem_printf("%s/cert", dir);
    a.client_key.file = mem_printf("%s/key", dir);
    a.ca.file = mem_printf("%s/cert1", dir);
    struct kube_credentials *c = kube_credentials_open(f.pool, &a);
    kube_credentials_subscribe(c, on_told, &f.told);
    assert_int_equal(kube_credentials_get(c, &out, NULL), KUBE_CRED_READY);
    assert_true(out.client_cert_len && out.client_key_len && out.ca_len);
    uint64_t g = out.tls_generation;
    char *swap = mem_printf("cd %s && cp cert2 cert", dir);
    assert_int_equal(system(swap), 0);
    mem_free(swap);
    advance(&f, 300000); /* the key is still the old one: the old pair stays */
    assert_int_equal(kube_credentials_get(c, &out, NULL), KUBE_CRED_READY);
    assert_true(out.tls_generation == g);
    swap = mem_printf("cd %s && cp key2 key", dir);
    assert_int_equal(system(swap), 0);
    mem_free(swap);
    f.told = 0;
    clock_fake_advance(&f.clock, 300000);
    wait_told(&f); /* nothing asked, and yet it is told */
    assert_int_equal(kube_credentials_get(c, &out, NULL), KUBE_CRED_READY);
    assert_true(out.tls_generation > g);
    kube_credentials_close(c);
    kube_access_clear(&a);
    teardown(&f);
}

static int make_dir(void **state)
{
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    char *c = mem_printf("rm -r %s", dir);
    int rc = system(c);
    mem_free(c);
    return rc;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_ones),
        cmocka_unit_test(impersonation_headers),
        cmocka_unit_test(a_problem_that_blocks_stays),
        cmocka_unit_test(token_files),
        cmocka_unit_test(one_run_for_all_that_are_alike),
        cmocka_unit_test(cluster_info_sets_them_apart),
        cmocka_unit_test(renewal_comes_before_the_end),
        cmocka_unit_test(failures_back_off),
        cmocka_unit_test(an_old_credential_is_no_credential),
        cmocka_unit_test(after_401_it_runs_once),
        cmocka_unit_test(visible_ones_go_first),
        cmocka_unit_test(a_person_logs_in),
        cmocka_unit_test(closing_inside_a_callback),
        cmocka_unit_test(certificate_files_are_looked_at),
    };
    return cmocka_run_group_tests_name("credentials", tests, make_dir, remove_dir);
}
