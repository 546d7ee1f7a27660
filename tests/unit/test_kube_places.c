// SPDX-License-Identifier: Apache-2.0
/* Addresses, proxies from the environment, patterns, small files and token files. */
#include "unit.h"

#include "base/mem.h"
#include "kube/file.h"
#include "kube/kubeconfig.h"
#include "kube/proxy_env.h"
#include "kube/server_url.h"
#include "kube/token_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/leeway-places-XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[2][256];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
    return path[turn];
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(in_dir(name), "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void server_addresses(void **state)
{
    static const struct {
        const char *url, *canonical; /* NULL: refused */
    } cases[] = {
        {"https://a.example:6443", "https://a.example:6443"},
        {"https://a.example:443/", "https://a.example"},
        {"HTTPS://a.example", "https://a.example"},
        {"http://127.0.0.1:8080/k8s/clusters/c-1/", "http://127.0.0.1:8080/k8s/clusters/c-1"},
        {"https://[::1]:6443", "https://[::1]:6443"},
        {"https://[fe80::1]", "https://[fe80::1]"},
        {"https://a.example:", "https://a.example"},
        {"ftp://a.example", NULL},
        {"a.example:6443", NULL},
        {"https://", NULL},
        {"https:///path", NULL},
        {"https://a:0", NULL},
        {"https://a:65536", NULL},
        {"https://a:6443x", NULL},
        {"https://[::1", NULL},
        {"https://[::1]x", NULL},
        {"https://user:pass@a.example", NULL},
        {"https://a.example/?x=1", NULL},
        {"https://a.example/#x", NULL},
        {"https://a.exa mple", NULL},
        {"https://a\r\nX: y", NULL},
        {"https://a\x1b[31m", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *got = server_url_canonical(cases[i].url);
        if (cases[i].canonical) {
            assert_non_null(got);
            assert_string_equal(got, cases[i].canonical);
        } else if (got) {
            fail_msg("%s was taken for %s", cases[i].url, got);
        }
        mem_free(got);
    }
}

static const char *fake_env(void *ctx, const char *name)
{
    const char *const *pairs = ctx;
    for (; *pairs; pairs += 2)
        if (strcmp(pairs[0], name) == 0)
            return pairs[1];
    return NULL;
}

static void proxies_from_the_environment(void **state)
{
    static const struct {
        const char *env[7];
        const char *server, *proxy;
    } cases[] = {
        {{NULL}, "https://a.example", NULL},
        {{"HTTPS_PROXY", "http://p:3128", NULL}, "https://a.example", "http://p:3128"},
        {{"HTTPS_PROXY", "http://p:3128", NULL}, "http://a.example", NULL},
        {{"HTTP_PROXY", "p:3128", NULL}, "http://a.example", "http://p:3128"},
        {{"https_proxy", "socks5://p", "HTTPS_PROXY", "", NULL}, "https://a", "socks5://p"},
        {{"HTTPS_PROXY", "http://up", "https_proxy", "http://low", NULL}, "https://a", "http://up"},
        {{"HTTPS_PROXY", "http://p", NULL}, "https://localhost:6443", NULL},
        {{"HTTPS_PROXY", "http://p", NULL}, "https://127.9.9.9:6443", NULL},
        {{"HTTPS_PROXY", "http://p", NULL}, "https://[::1]:6443", NULL},
        {{"HTTPS_PROXY", "http://p", "NO_PROXY", "a.example", NULL}, "https://a.example", NULL},
        {{"HTTPS_PROXY", "http://p", "no_proxy", "example", NULL}, "https://a.example", NULL},
        {{"HTTPS_PROXY", "http://p", "NO_PROXY", "*", NULL}, "https://a.example", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *got = kube_proxy_from_env(cases[i].server, fake_env, (void *)(uintptr_t)cases[i].env);
        if (!cases[i].proxy)
            assert_null(got);
        else
            assert_string_equal(got ? got : "(none)", cases[i].proxy);
        mem_free(got);
    }
}

static void no_proxy_lists(void **state)
{
    static const struct {
        const char *list, *host, *port;
        bool covered;
    } cases[] = {
        {"example.org", "example.org", "443", true},
        {"example.org", "a.example.org", "443", true},
        {"example.org", "badexample.org", "443", false},
        {".example.org", "example.org", "443", false},
        {".example.org", "a.example.org", "443", true},
        {"*.example.org", "a.example.org", "443", true},
        {"EXAMPLE.org", "a.Example.ORG", "443", true},
        {" x , example.org ", "example.org", "443", true},
        {"example.org:6443", "example.org", "6443", true},
        {"example.org:6443", "example.org", "443", false},
        {"10.0.0.0/8", "10.200.3.4", "443", true},
        {"10.0.0.0/8", "11.0.0.1", "443", false},
        {"10.96.0.0/13", "10.103.255.255", "443", true},
        {"10.96.0.0/13", "10.104.0.0", "443", false},
        {"10.0.0.0/33", "10.0.0.1", "443", false},
        {"0.0.0.0/0", "9.9.9.9", "443", true},
        {"10.0.0.1", "10.0.0.1", "443", true},
        {"10.0.0.1:443", "10.0.0.1", "443", true},
        {"fd00::/8", "fd12::1", "443", true},
        {"fd00::1", "fd00:0::1", "443", true},
        {"[fd00::1]:6443", "fd00::1", "6443", true},
        {"", "example.org", "443", false},
        {",,", "example.org", "443", false},
        {".", "example.org", "443", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (kube_no_proxy_covers(cases[i].list, cases[i].host, cases[i].port) != cases[i].covered)
            fail_msg("NO_PROXY=%s and %s:%s", cases[i].list, cases[i].host, cases[i].port);
}

static void context_patterns(void **state)
{
    assert_true(kubeconfig_glob("*", ""));
    assert_true(kubeconfig_glob("prod-*", "prod-eu-1"));
    assert_true(kubeconfig_glob("*/prod", "arn:aws:eks:eu-west-1:1:cluster/prod"));
    assert_true(kubeconfig_glob("p?od*u*", "prod-eu"));
    assert_false(kubeconfig_glob("prod", "prod-eu"));
    assert_false(kubeconfig_glob("?", ""));
    assert_false(kubeconfig_glob("PROD", "prod"));
    char many[4001], name[4001];
    for (size_t i = 0; i < 4000; i += 2)
        memcpy(many + i, "*a", 2);
    memset(name, 'a', 4000);
    many[4000] = name[4000] = '\0';
    many[3999] = 'b';
    assert_false(kubeconfig_glob(many, name)); /* in no time, whatever the pattern */

    const char *both[] = {"prod-*", "!prod-old"}, *without[] = {"!prod-old"};
    assert_true(kubeconfig_selected("prod-eu", both, 2));
    assert_false(kubeconfig_selected("prod-old", both, 2));
    assert_false(kubeconfig_selected("dev", both, 2));
    assert_true(kubeconfig_selected("dev", without, 1));
    assert_false(kubeconfig_selected("prod-old", without, 1));
    assert_true(kubeconfig_selected("any", NULL, 0));
}

static void small_files_may_be_anything(void **state)
{
    struct buf b;
    struct err e = ERR_INIT;
    buf_init(&b, 10);
    put("ten", "0123456789");
    assert_int_equal(kube_file_read(in_dir("ten"), KUBE_FILE_REGULAR, &b, &e), 0);
    assert_string_equal(buf_str(&b), "0123456789");
    buf_reset(&b);
    put("eleven", "0123456789a");
    assert_int_equal(kube_file_read(in_dir("eleven"), KUBE_FILE_REGULAR, &b, &e), ERR_LIMIT);
    assert_non_null(strstr(e.text, "11 bytes, at most 10"));
    err_clear(&e);
    buf_reset(&b);
    assert_int_equal(kube_file_read("/dev/zero", KUBE_FILE_PIPES, &b, &e), ERR_LIMIT);
    err_clear(&e);
    buf_reset(&b);
    assert_int_equal(kube_file_read("/dev/zero", KUBE_FILE_REGULAR, &b, &e), ERR_TYPE);
    assert_string_equal(e.text, "cannot read /dev/zero: it is a device");
    err_clear(&e);
    assert_int_equal(kube_file_read(dir, KUBE_FILE_PIPES, &b, &e), ERR_TYPE);
    assert_non_null(strstr(e.text, "it is a directory"));
    err_clear(&e);
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    assert_int_equal(kube_file_read(in_dir("fifo"), KUBE_FILE_REGULAR, &b, &e), ERR_TYPE);
    err_clear(&e);
    assert_int_equal(symlink(in_dir("loop"), in_dir("loop")), 0);
    assert_int_equal(kube_file_read(in_dir("loop"), KUBE_FILE_REGULAR, &b, &e), ERR_IO);
    assert_non_null(strstr(e.text, "symbolic links"));
    err_clear(&e);
    assert_int_equal(kube_file_read(in_dir("none"), KUBE_FILE_REGULAR, &b, &e), ERR_NOT_FOUND);
    err_clear(&e);
    buf_clear(&b);
    char *p = kube_file_resolve("/a/b", "./c.crt");
    assert_string_equal(p, "/a/b/c.crt");
    mem_free(p);
    p = kube_file_resolve("/a/b", "../c.crt");
    assert_string_equal(p, "/a/b/../c.crt");
    mem_free(p);
    p = kube_file_dir("/x");
    assert_string_equal(p, "/");
    mem_free(p);
}

static void token_files_are_read_again(void **state)
{
    struct token_file f;
    struct err e = ERR_INIT;
    token_file_init(&f, in_dir("token"));
    assert_null(token_file_get(&f, 0, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    err_clear(&e);
    put("token", "  one \n");
    assert_string_equal(token_file_get(&f, 1000, &e), "one");
    put("token", "two\n");
    assert_string_equal(token_file_get(&f, 50999, &e), "one"); /* a minute less ten seconds */
    assert_string_equal(token_file_get(&f, 51000, &e), "two");
    put("token", "");
    assert_string_equal(token_file_get(&f, 200000, &e), "two"); /* the last good one */
    put("token", "a\nb");
    assert_string_equal(token_file_get(&f, 300000, &e), "two");
    put("token", "three");
    assert_string_equal(token_file_get(&f, 300001, &e), "three"); /* failures are not kept */
    put("token", "four");
    token_file_expire(&f);
    assert_string_equal(token_file_get(&f, 300002, &e), "four");
    assert_int_equal(e.code, 0);
    token_file_clear(&f);
}

static int make_dir(void **state)
{
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    static const char *const names[] = {"ten", "eleven", "fifo", "loop", "token"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(in_dir(names[i]));
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_addresses),
        cmocka_unit_test(proxies_from_the_environment),
        cmocka_unit_test(no_proxy_lists),
        cmocka_unit_test(context_patterns),
        cmocka_unit_test(small_files_may_be_anything),
        cmocka_unit_test(token_files_are_read_again),
    };
    return cmocka_run_group_tests_name("kube_places", tests, make_dir, remove_dir);
}
