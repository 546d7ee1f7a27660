// SPDX-License-Identifier: Apache-2.0
/*
 * The ways to a server and into it: proxies of three kinds, NO_PROXY, names and a slow resolver,
 * tokens that are renewed by a plugin or in a file, and a plugin that hangs.
 */
#include "base/mem.h"
#include "kube/proxy_env.h"
#include "rig.h"

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Any path, for whoever has the token; "" as ctx: for anybody. */
static void answering(struct peer *p, void *ctx)
{
    struct peer_request q;
    const char *token = ctx;
    if (!peer_tls(p, HOSTILE_GOOD, false))
        return;
    while (peer_request(p, &q))
        if (!token || strcmp(q.authorization, token) == 0)
            peer_answer(p, "200 OK", "", "{\"path\":\"ok\"}");
        else
            peer_answer(p, "401 Unauthorized", "Content-Type: application/json\r\n",
                        "{\"kind\":\"Status\",\"code\":401,\"reason\":\"Unauthorized\","
                        "\"message\":\"Unauthorized\"}");
}

/* token-1 is good until it is revoked, token-2 afterwards. */
static void revoking(struct peer *p, void *ctx)
{
    atomic_bool *revoked = ctx;
    struct peer_request q;
    if (!peer_tls(p, HOSTILE_GOOD, false))
        return;
    while (peer_request(p, &q)) {
        const char *want = atomic_load(revoked) ? "Bearer token-2" : "Bearer token-1";
        bool good = strcmp(q.authorization, want) == 0;
        peer_answer(p, good ? "200 OK" : "401 Unauthorized", "", "{}");
    }
}

/* ---- proxies ---- */

struct proxy {
    unsigned target; /* port it leads to, whatever it is asked for */
    bool tls;
    const char *login;   /* Proxy-Authorization it wants; NULL: none */
    const char *refusal; /* status line in place of 200 */
    char asked[1100];
};

static void http_proxy(struct peer *p, void *ctx)
{
    struct proxy *x = ctx;
    struct peer_request q;
    if ((x->tls && !peer_tls(p, HOSTILE_GOOD, false)) || !peer_request(p, &q))
        return;
    snprintf(x->asked, sizeof(x->asked), "%s %s", q.method, q.path);
    if (x->login && strcmp(q.proxy_authorization, x->login) != 0)
        peer_answer(p, "407 Proxy Authentication Required",
                    "Proxy-Authenticate: Basic realm=\"x\"\r\n", "");
    else if (x->refusal)
        peer_answer(p, x->refusal, "", "");
    else if (peer_puts(p, "HTTP/1.1 200 Connection established\r\n\r\n"))
        peer_relay(p, x->target);
}

static void socks5_proxy(struct peer *p, void *ctx)
{
    struct proxy *x = ctx;
    unsigned char b[260];
    if (!peer_read(p, b, 2) || !peer_read(p, b + 2, b[1]) || !peer_write(p, "\x05\x00", 2) ||
        !peer_read(p, b, 5))
        return;
    unsigned n = b[3] == 3 ? b[4] : 3; /* a name, or the rest of an IPv4 address */
    unsigned char rest[260];
    if (!peer_read(p, rest, n + 2))
        return;
    snprintf(x->asked, sizeof(x->asked), "type %d %.*s", b[3], b[3] == 3 ? (int)n : 0,
             (char *)rest);
    if (x->refusal)
        peer_write(p, "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00", 10); /* refused */
    else if (peer_write(p, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10))
        peer_relay(p, x->target);
}

/* One GET of https://localhost through a proxy. */
static void through(struct proxy *x, hostile_fn *script, const char *scheme, const char *user,
                    struct rig_answer *a)
{
    struct rig r;
    struct kube_access access;
    rig_init(&r, 0);
    struct hostile *server = hostile_start(answering, NULL);
    x->target = hostile_port(server);
    struct hostile *proxy = hostile_start(script, x);
    rig_access(&access, server, "localhost");
    access.proxy_url = mem_printf("%s://%s127.0.0.1:%u", scheme, user, hostile_port(proxy));
    if (x->tls) { /* both authorities: client-go verifies a proxy with the cluster's */
        char *both = mem_printf("%s%s", hostile_ca_pem(server), hostile_ca_pem(proxy));
        mem_free(access.ca.data);
        access.ca.data = both;
        access.ca.len = strlen(both);
    }
    struct kube_cluster *c = rig_cluster_of(&r, &access);
    rig_get_whole(&r, c, "/version", 0, a);
    if (getenv("HOSTILE_SHOW"))
        printf("# %s: %s %d \"%s\" hint \"%s\"\n", scheme, err_word(a->code), a->status, a->text,
               a->hint);
    assert_null(strstr(a->text, "secret"));
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(proxy);
    hostile_stop(server);
}

static void http_and_https_proxies(void **state)
{
    for (int tls = 0; tls < 2; tls++) {
        struct rig_answer a;
        char want[64];
        struct proxy x = {.tls = tls};
        through(&x, http_proxy, tls ? "https" : "http", "", &a);
        assert_int_equal(a.code, ERR_NONE);
        snprintf(want, sizeof(want), "CONNECT localhost:%u", x.target);
        assert_string_equal(x.asked, want);
    }
}

static void a_proxy_that_wants_a_login(void **state)
{
    struct rig_answer a;
    struct proxy x = {.login = "Basic bWU6c2VjcmV0"}; /* me:secret */
    through(&x, http_proxy, "http", "me:secret@", &a);
    assert_int_equal(a.code, ERR_NONE);
    struct proxy y = {.login = "Basic bWU6c2VjcmV0"};
    through(&y, http_proxy, "http", "", &a);
    assert_int_equal(a.code, ERR_UNREACHABLE);
    assert_non_null(strstr(a.text, "proxy"));
    assert_non_null(strstr(a.text, "407"));
    assert_non_null(strstr(a.hint, "proxy-url"));
}

static void proxies_that_refuse(void **state)
{
    struct rig_answer a;
    struct proxy x = {.refusal = "403 Forbidden"};
    through(&x, http_proxy, "http", "", &a);
    assert_int_equal(a.code, ERR_UNREACHABLE);
    assert_non_null(strstr(a.text, "proxy"));
    assert_non_null(strstr(a.text, "403"));
    struct proxy y = {.refusal = "no"};
    through(&y, socks5_proxy, "socks5", "", &a);
    assert_int_equal(a.code, ERR_UNREACHABLE);
    assert_non_null(strstr(a.text, "proxy"));
}

static void a_socks_proxy_resolves_the_name(void **state)
{
    struct rig_answer a;
    struct proxy x = {0};
    through(&x, socks5_proxy, "socks5", "", &a);
    assert_int_equal(a.code, ERR_NONE);
    assert_string_equal(x.asked, "type 3 localhost");
}

static void nobody(struct peer *p, void *ctx)
{
}

static void a_proxy_that_is_not_there(void **state)
{
    struct rig r;
    struct rig_answer a;
    struct kube_access access;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(answering, NULL);
    struct hostile *gone = hostile_start(nobody, NULL);
    rig_access(&access, h, "localhost");
    access.proxy_url = mem_printf("http://127.0.0.1:%u", hostile_port(gone));
    hostile_stop(gone);
    struct kube_cluster *c = rig_cluster_of(&r, &access);
    rig_get_whole(&r, c, "/version", 0, &a);
    if (getenv("HOSTILE_SHOW"))
        printf("# no proxy there: %s \"%s\"\n", err_word(a.code), a.text);
    assert_int_equal(a.code, ERR_UNREACHABLE);
    assert_non_null(strstr(a.text, "proxy"));
    assert_int_equal(hostile_connections(h), 0);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

/* Which proxy is used was settled when the access was read: the environment has no second say. */
static void the_environment_is_not_asked(void **state)
{
    struct rig r;
    struct rig_answer a;
    static const char *const names[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        setenv(names[i], "http://127.0.0.1:9", 1);
    rig_init(&r, 0);
    struct hostile *h = hostile_start(answering, NULL);
    struct kube_cluster *c = rig_cluster(&r, h);
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_NONE);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
    struct proxy x = {0};
    setenv("NO_PROXY", "*", 1); /* proxy-url in a kubeconfig stands above it */
    through(&x, http_proxy, "http", "", &a);
    unsetenv("NO_PROXY");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
    assert_int_equal(a.code, ERR_NONE);
    assert_non_null(strstr(x.asked, "CONNECT"));
}

/* ---- names ---- */

struct slow_names {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open;
    unsigned inside;
};

static int look_slowly(void *ctx, const char *host, char *out, size_t size)
{
    struct slow_names *s = ctx;
    if (strcmp(host, "localhost") == 0) {
        snprintf(out, size, "127.0.0.1");
        return 0;
    }
    pthread_mutex_lock(&s->lock);
    s->inside++;
    while (!s->open)
        pthread_cond_wait(&s->opened, &s->lock);
    s->inside--;
    pthread_cond_broadcast(&s->opened);
    pthread_mutex_unlock(&s->lock);
    return EAI_NONAME;
}

/* More names that hang than there are threads: a name that does not is answered meanwhile. */
static void slow_names_delay_nobody(void **state)
{
    enum { SLOW = 12 };
    struct slow_names names = {.lock = PTHREAD_MUTEX_INITIALIZER,
                               .opened = PTHREAD_COND_INITIALIZER};
    struct rig r;
    struct rig_answer slow[SLOW], good;
    struct kube_cluster *lost[SLOW], *c;
    struct kube_access access;
    rig_init_with(&r, look_slowly, &names, 0);
    struct hostile *h = hostile_start(answering, NULL);
    for (size_t i = 0; i < SLOW; i++) {
        char name[32];
        snprintf(name, sizeof(name), "slow-%zu.test", i);
        rig_access(&access, h, name);
        lost[i] = rig_cluster_of(&r, &access);
        rig_get(&r, lost[i], "/version", 0, &slow[i]);
    }
    for (int i = 0; i < 20; i++) /* all of them ask first */
        loop_run_once(r.loop, 0);
    rig_access(&access, h, "localhost");
    c = rig_cluster_of(&r, &access);
    rig_get_whole(&r, c, "/version", 0, &good);
    assert_int_equal(good.code, ERR_NONE);
    assert_int_equal(good.order, 1);
    pthread_mutex_lock(&names.lock);
    names.open = true;
    pthread_cond_broadcast(&names.opened);
    pthread_mutex_unlock(&names.lock);
    for (size_t i = 0; i < SLOW; i++) {
        rig_answered(&r, &slow[i]);
        assert_int_equal(slow[i].code, ERR_UNREACHABLE);
        assert_non_null(strstr(slow[i].text, "slow-"));
        kube_cluster_free(lost[i]);
    }
    pthread_mutex_lock(&names.lock);
    while (names.inside)
        pthread_cond_wait(&names.opened, &names.lock);
    pthread_mutex_unlock(&names.lock);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

static void names_through_the_system(void **state)
{
    struct rig r;
    struct rig_answer a;
    struct kube_access access;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(answering, NULL);
    rig_access(&access, h, "localhost");
    struct kube_cluster *c = rig_cluster_of(&r, &access);
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_NONE);
    kube_cluster_free(c);
    rig_access(&access, h, "no-such-host.invalid");
    c = rig_cluster_of(&r, &access);
    rig_get_whole(&r, c, "/version", 0, &a);
    if (getenv("HOSTILE_SHOW"))
        printf("# no name: %s \"%s\" hint \"%s\"\n", err_word(a.code), a.text, a.hint);
    assert_int_equal(a.code, ERR_UNREACHABLE);
    assert_non_null(strstr(a.text, "no-such-host.invalid"));
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

/* ---- logins ---- */

static char dir[] = "/tmp/leeway-roads-XXXXXX";

static char *put(const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    chmod(path, 0700);
    return path;
}

static struct kube_exec_config *plugin(char *path)
{
    struct kube_exec_config *x = mem_new(struct kube_exec_config);
    x->api_version = mem_strdup("client.authentication.k8s.io/v1");
    x->command = path;
    x->interactive = KUBE_EXEC_NEVER;
    return x;
}

/* Prints token-1, then token-2, … */
#define COUNTING                                                                                   \
    "#!/bin/sh\nd=${0%/*}\necho run >>$d/runs\nn=$(wc -l <$d/runs)\n"                              \
    "printf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","     \
    "\"status\":{\"token\":\"token-%d\"}}' $n\n"

static void a_plugin_is_run_again_after_401(void **state)
{
    struct rig r;
    struct rig_answer a;
    struct kube_access access;
    atomic_bool revoked = false;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(revoking, &revoked);
    mem_free(put("runs", ""));
    rig_access(&access, h, "127.0.0.1");
    access.exec = plugin(put("counting", COUNTING));
    struct kube_cluster *c = rig_cluster_of(&r, &access);
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_NONE);
    assert_int_equal(a.tries, 1);
    atomic_store(&revoked, true);
    rig_jump(&r, 20000); /* a 401 to a credential fresh from the plugin would not run it again */
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_NONE);
    assert_int_equal(a.tries, 2);
    struct kube_credentials_stats s;
    kube_credentials_pool_stats(r.pool, &s);
    assert_int_equal(s.plugin_runs, 2);
    assert_int_equal(hostile_requests(h), 3);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

static void a_plugin_that_does_not_help(void **state)
{
    struct rig r;
    struct rig_answer a;
    struct kube_access access;
    struct kube_cluster_status s;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(answering, (char[]){"Bearer never"});
    mem_free(put("runs", ""));
    rig_access(&access, h, "127.0.0.1");
    access.exec = plugin(put("counting", COUNTING));
    struct kube_cluster *c = rig_cluster_of(&r, &access);
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_AUTH);
    assert_int_equal(hostile_requests(h), 1); /* what the plugin just gave: no storm */
    kube_cluster_status(c, &s);
    assert_int_equal(s.state, KUBE_STATE_REFUSED);
    assert_non_null(strstr(a.text, "counting"));
    assert_non_null(strstr(a.hint, "plugin logs in as somebody"));
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

static void a_token_file_is_read_again_after_401(void **state)
{
    struct rig r;
    struct rig_answer a;
    struct kube_access access;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(answering, (char[]){"Bearer new"});
    rig_access(&access, h, "127.0.0.1");
    access.token_file = put("token", "old\n");
    struct kube_cluster *c = rig_cluster_of(&r, &access);
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_AUTH);
    mem_free(put("token", "new\n"));
    kube_cluster_try_now(c);
    const struct kube_request q = {.path = "/version", .wait = true};
    rig_send(&r, c, &q, &a);
    rig_answered(&r, &a);
    assert_int_equal(a.code, ERR_NONE);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

/* Rotated under us, as a pod's token is: the request that meets the 401 succeeds. */
static void a_rotated_token_file_is_not_noticed(void **state)
{
    struct rig r;
    struct rig_answer a;
    struct kube_access access;
    atomic_bool revoked = false;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(revoking, &revoked);
    rig_access(&access, h, "127.0.0.1");
    access.token_file = put("token", "token-1\n");
    struct kube_cluster *c = rig_cluster_of(&r, &access);
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_NONE);
    mem_free(put("token", "token-2\n"));
    atomic_store(&revoked, true);
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_NONE);
    assert_int_equal(a.tries, 2);
    struct kube_cluster_status s;
    kube_cluster_status(c, &s);
    assert_int_equal(s.state, KUBE_STATE_UP);
    assert_int_equal(s.http_version, 11);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

static void a_plugin_that_hangs_delays_nobody(void **state)
{
    struct rig r;
    struct rig_answer hanging, good;
    struct kube_access access;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(answering, NULL);
    rig_access(&access, h, "127.0.0.1");
    access.exec = plugin(put("hanging", "#!/bin/sh\nexec sleep 1000\n"));
    struct kube_cluster *stuck = rig_cluster_of(&r, &access);
    rig_get(&r, stuck, "/version", 0, &hanging);
    struct kube_credentials_stats s = {0};
    while (!s.plugins_running) {
        loop_run_once(r.loop, 10);
        kube_credentials_pool_stats(r.pool, &s);
    }
    struct kube_cluster *c = rig_cluster(&r, h);
    rig_get_whole(&r, c, "/version", 0, &good);
    assert_int_equal(good.code, ERR_NONE);
    assert_non_null(hanging.call);
    rig_jump(&r, 31000); /* the plugin's time is over */
    rig_answered(&r, &hanging);
    if (getenv("HOSTILE_SHOW"))
        printf("# plugin hangs: %s \"%s\" hint \"%s\"\n", err_word(hanging.code), hanging.text,
               hanging.hint);
    assert_int_equal(hanging.code, ERR_TIMEOUT);
    assert_non_null(strstr(hanging.text, "hanging"));
    kube_cluster_free(stuck);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

static int make_dir(void **state)
{
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    const char *const names[] = {"runs", "counting", "token", "hanging"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char *path = mem_printf("%s/%s", dir, names[i]);
        unlink(path);
        mem_free(path);
    }
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_and_https_proxies),
        cmocka_unit_test(a_proxy_that_wants_a_login),
        cmocka_unit_test(proxies_that_refuse),
        cmocka_unit_test(a_socks_proxy_resolves_the_name),
        cmocka_unit_test(a_proxy_that_is_not_there),
        cmocka_unit_test(the_environment_is_not_asked),
        cmocka_unit_test(slow_names_delay_nobody),
        cmocka_unit_test(names_through_the_system),
        cmocka_unit_test(a_plugin_is_run_again_after_401),
        cmocka_unit_test(a_plugin_that_does_not_help),
        cmocka_unit_test(a_token_file_is_read_again_after_401),
        cmocka_unit_test(a_rotated_token_file_is_not_noticed),
        cmocka_unit_test(a_plugin_that_hangs_delays_nobody),
    };
    return cmocka_run_group_tests_name("hostile roads", tests, make_dir, remove_dir);
}
