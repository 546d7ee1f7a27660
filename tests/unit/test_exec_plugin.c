// SPDX-License-Identifier: Apache-2.0
/* One run of an exec plugin: what it is given, what it may answer, and how it is ended. */
#include "unit.h"

#include "base/mem.h"
#include "data/json.h"
#include "kube/exec_plugin.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define V1 "client.authentication.k8s.io/v1"

static char dir[] = "/tmp/leeway-exec-XXXXXX";

static char *script(const char *name, const char *body)
{
    char *path = mem_printf("%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", body);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

struct seen {
    bool done;
    int code; /* of check_result, then of parse */
    char *text, *hint, *out;
    struct exec_credential credential;
    struct kube_exec_config *x;
    enum exec_plugin_end end;
};

static void on_done(void *ctx, const struct exec_plugin_result *r)
{
    struct seen *s = ctx;
    struct err e = ERR_INIT;
    s->done = true;
    s->end = r->end;
    s->out = mem_strndup(r->out, r->out_len);
    s->code = exec_plugin_check_result(s->x, r, 30000, &e);
    if (!s->code)
        s->code = exec_plugin_parse(s->x, r->out, r->out_len, &s->credential, &e);
    s->text = e.text ? mem_strdup(e.text) : NULL;
    s->hint = e.hint ? mem_strdup(e.hint) : NULL;
    err_clear(&e);
}

static void seen_clear(struct seen *s)
{
    mem_free(s->text);
    mem_free(s->hint);
    mem_free(s->out);
    exec_credential_clear(&s->credential);
    *s = (struct seen){0};
}

static struct kube_exec_config config_of(const char *command)
{
    return (struct kube_exec_config){.api_version = (char *)(uintptr_t)V1,
                                     .command = (char *)(uintptr_t)command};
}

/* Runs to the end; the deadline is only waited for when it is short. */
static void run(const struct kube_exec_config *x, int64_t deadline_ms, struct seen *s)
{
    struct err e = ERR_INIT;
    struct loop *l = loop_new(clock_system(), &e);
    assert_non_null(l);
    struct exec_plugin_command c;
    assert_int_equal(exec_plugin_command_make(&c, x, NULL, false, environ, &e), 0);
    struct exec_plugin_options o = {.loop = l, .deadline_ms = deadline_ms, .nofile_soft = 77};
    *s = (struct seen){.x = (struct kube_exec_config *)(uintptr_t)x};
    assert_non_null(exec_plugin_start(&o, &c, on_done, s, &e));
    exec_plugin_command_clear(&c);
    while (!s->done)
        assert_true(loop_run_once(l, 60000) >= 0);
    loop_free(l);
}

static void answers(void **state)
{
#define CRED(status) "{\"apiVersion\":\"" V1 "\",\"kind\":\"ExecCredential\",\"status\":" status "}"
    static const struct {
        const char *out;
        const char *error; /* NULL: fine */
    } cases[] = {
        {CRED("{\"token\":\"abc\"}"), NULL},
        {"  " CRED("{\"token\":\"abc\",\"expirationTimestamp\":\"2030-01-02T03:04:05Z\"}") "\n",
         NULL},
        {"", "exec: plug ended well and printed nothing"},
        {"\n", "exec: plug ended well and printed nothing"},
        {"Your token is abc", "exec: what plug printed is no JSON: line 1, column 1"},
        {"{\"apiVersion\":\"" V1 "\",\"kind\":\"ExecCre", "exec: what plug printed is no JSON: "},
        {CRED("{\"token\":\"abc\"}") "x", "exec: what plug printed is no JSON: "},
        {"[]", "exec: plug printed no ExecCredential but list \"\""},
        {"null", "exec: plug printed no ExecCredential but null \"\""},
        {"{\"kind\":\"Status\"}", "exec: plug printed no ExecCredential but kind \"Status\""},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
         "beta1\",\"status\":{\"token\":\"a\"}}",
         "exec plugin is configured to use API version " V1 ", plugin returned version " V1
         "beta1"},
        {"{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"a\"}}",
         "exec plugin is configured to use API version " V1 ", plugin returned version none"},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\"}",
         "exec plugin didn't return a status field (plug)"},
        {CRED("{}"), "exec plugin didn't return a token or cert/key pair (plug)"},
        {CRED("{\"token\":\"\"}"), "exec plugin didn't return a token or cert/key pair (plug)"},
        {CRED("{\"token\":5}"), "exec: plug printed status.token as integer, a string is needed"},
        {CRED("{\"token\":\"a\\r\\nX: y\"}"),
         "exec: plug printed control characters in status.token"},
        {CRED("{\"token\":\"a\\u0000b\"}"),
         "exec: plug printed control characters in status.token"},
        {CRED("{\"token\":\"a\",\"expirationTimestamp\":\"soon\"}"),
         "exec: plug printed an expirationTimestamp that is no RFC 3339 time"},
        {CRED("{\"token\":\"a\",\"expirationTimestamp\":7}"),
         "exec: plug printed an expirationTimestamp that is no RFC 3339 time"},
        {CRED("{\"clientCertificateData\":\"x\"}"),
         "exec plugin returned only a certificate, a certificate and key are needed (plug)"},
        {CRED("{\"token\":\"t\",\"clientKeyData\":\"x\"}"),
         "exec plugin returned only a key, a certificate and key are needed (plug)"},
        {CRED("{\"clientCertificateData\":\"x\",\"clientKeyData\":\"y\"}"),
         "exec: the certificate or key that plug printed cannot be used: it holds no PEM block"},
    };
    struct kube_exec_config x = config_of("plug");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exec_credential c;
        struct err e = ERR_INIT;
        int rc = exec_plugin_parse(&x, cases[i].out, strlen(cases[i].out), &c, &e);
        if (!cases[i].error) {
            assert_int_equal(rc, 0);
            assert_string_equal(c.token, "abc");
        } else {
            assert_int_equal(rc, ERR_PROTOCOL);
            if (strncmp(e.text, cases[i].error, strlen(cases[i].error)) != 0)
                fail_msg("%s\ninstead of %s", e.text, cases[i].error);
            assert_null(strstr(e.text, "abc")); /* never what may be a secret */
            assert_null(c.token);
        }
        exec_credential_clear(&c);
        err_clear(&e);
    }
}

static void a_plugin_gets_what_it_should(void **state)
{
    /* Prints what it was given as a token: arguments without a shell, environment, standard input,
     * limits, process group, descriptors, signals. */
    char *path =
        script("ok", "in=$(cat); fds=$(ls /proc/$$/fd | tr '\\n' ' ')\n"
                     "grp=$(cut -d' ' -f5 /proc/$$/stat); [ \"$grp\" = $$ ] && grp=own\n"
                     "ign=$(grep SigIgn /proc/$$/status | cut -f2)\n"
                     "printf '{\"apiVersion\":\"" V1 "\",\"kind\":\"ExecCredential\",\"status\":"
                     "{\"token\":\"%s|%s|%s|%s|%s|%s|%s\"}}' \"$1\" \"$2\" \"$EXTRA\" \"$in\" "
                     "\"$(ulimit -n)\" \"$grp\" \"$ign\"\n"
                     "case \" $fds\" in *\" 57 \"*) exit 9;; esac");
    struct kube_exec_config x = config_of(path);
    kube_string_list_add(&x.args, "a b; exit 3");
    kube_string_list_add(&x.args, "$HOME");
    struct kube_exec_env env = {(char *)(uintptr_t) "EXTRA", (char *)(uintptr_t) "e=1"};
    x.env = &env;
    x.env_len = 1;
    struct seen s;
    signal(SIGPIPE, SIG_IGN);
    int leak = fcntl(0, F_DUPFD, 57); /* without CLOEXEC: must not reach the plugin */
    run(&x, 60000, &s);
    assert_int_equal(leak, 57);
    close(leak);
    signal(SIGPIPE, SIG_DFL);
    if (s.code)
        fail_msg("%s", s.text);
    static const char want[] = "a b; exit 3|$HOME|e=1||77|own|";
    assert_memory_equal(s.credential.token, want, strlen(want));
    /* Ignored signals: none but the C library's own two, which cannot be set. */
    unsigned long long ignored = strtoull(s.credential.token + strlen(want), NULL, 16);
    assert_true((ignored & ~0x180000000ull) == 0);
    seen_clear(&s);
    kube_string_list_clear(&x.args);
    mem_free(path);
}

static const char *value_of(const struct exec_plugin_command *c, const char *name)
{
    const char *found = NULL;
    size_t n = strlen(name);
    for (char **v = c->envp; *v; v++)
        if (strncmp(*v, name, n) == 0 && (*v)[n] == '=') {
            assert_null(found); /* once only */
            found = *v + n + 1;
        }
    return found;
}

static void exec_info_is_what_plugins_parse(void **state)
{
    char *env[] = {(char *)(uintptr_t) "PATH=/bin:/usr/bin",
                   (char *)(uintptr_t) "KUBERNETES_EXEC_INFO=old", (char *)(uintptr_t) "EXTRA=old",
                   NULL};
    struct kube_exec_config x = config_of("sh");
    struct kube_exec_env extra = {(char *)(uintptr_t) "EXTRA", (char *)(uintptr_t) "new"};
    x.env = &extra;
    x.env_len = 1;
    x.cluster_config_json = (char *)(uintptr_t) "{\"audience\":\"x\"}";
    struct kube_access a;
    kube_access_init(&a);
    a.server = mem_strdup("https://a.example:6443");
    a.tls_server_name = mem_strdup("b\"c");
    a.exec = &x;
    char *cluster = exec_plugin_cluster_json(&a, "PEM", 3);
    struct exec_plugin_command c;
    struct err e = ERR_INIT;
    assert_int_equal(exec_plugin_command_make(&c, &x, cluster, true, env, &e), 0);
    assert_true(c.argv[0][0] == '/');
    assert_string_equal(value_of(&c, "EXTRA"), "new");
    assert_string_equal(value_of(&c, "KUBERNETES_EXEC_INFO"),
                        "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
                        "\",\"spec\":{\"cluster\":{\"server\":"
                        "\"https://a.example:6443\",\"tls-server-name\":\"b\\\"c\","
                        "\"certificate-authority-data\":\"UEVN\",\"config\":{\"audience\":\"x\"}},"
                        "\"interactive\":true}}");
    exec_plugin_command_clear(&c);
    assert_int_equal(exec_plugin_command_make(&c, &x, NULL, false, env, &e), 0);
    assert_string_equal(value_of(&c, "KUBERNETES_EXEC_INFO"),
                        "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
                        "\",\"spec\":{\"interactive\":false}}");
    exec_plugin_command_clear(&c);
    mem_free(cluster);
    a.exec = NULL;
    kube_access_clear(&a);
}

static void a_missing_program_says_how_to_install_it(void **state)
{
    char *env[] = {(char *)(uintptr_t) "PATH=.:/nonexistent", NULL};
    struct kube_exec_config x = config_of("aws-no-such");
    struct exec_plugin_command c;
    struct err e = ERR_INIT;
    x.install_hint = (char *)(uintptr_t) "get it from example.org";
    assert_int_equal(exec_plugin_command_make(&c, &x, NULL, false, env, &e), ERR_NOT_FOUND);
    assert_string_equal(e.text, "exec: executable aws-no-such not found");
    assert_string_equal(e.hint, "get it from example.org");
    err_clear(&e);
    exec_plugin_command_clear(&c);

    /* Not from the folder one is in, whatever $PATH says. */
    char *path = script("here", "exit 0");
    char old[4096];
    assert_non_null(getcwd(old, sizeof(old)));
    assert_int_equal(chdir(dir), 0);
    x = config_of("here");
    assert_int_equal(exec_plugin_command_make(&c, &x, NULL, false, env, &e), ERR_NOT_FOUND);
    err_clear(&e);
    exec_plugin_command_clear(&c);
    assert_int_equal(chdir(old), 0);
    mem_free(path);
}

static void failures_say_what_the_plugin_said(void **state)
{
    static const struct {
        const char *body, *text;
        int code;
    } cases[] = {
        {"exit 3", "failed with exit code 3", ERR_AUTH},
        {"echo first >&2; printf 'no \\033[31mlogin\\n\\n' >&2; exit 1",
         "failed with exit code 1: no ^[[31mlogin", ERR_AUTH},
        {"kill -TERM $$", "was ended by signal 15", ERR_AUTH},
        {"yes 2>/dev/null", "printed more than 1024 KiB and was ended", ERR_LIMIT},
        {"yes 2>/dev/null | head -c 300000 >&2; exit 4", "failed with exit code 4: y", ERR_AUTH},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *path = script("fails", cases[i].body);
        struct kube_exec_config x = config_of(path);
        struct seen s;
        run(&x, 60000, &s);
        char *want = mem_printf("exec: executable %s %s", path, cases[i].text);
        assert_string_equal(s.text, want);
        assert_int_equal(s.code, cases[i].code);
        mem_free(want);
        seen_clear(&s);
        mem_free(path);
    }
}

static void not_a_program(void **state)
{
    char *path = mem_printf("%s/data", dir);
    FILE *f = fopen(path, "w");
    fputs("\177ELF nonsense", f);
    fclose(f);
    chmod(path, 0700);
    struct kube_exec_config x = config_of(path);
    struct err e = ERR_INIT;
    struct loop *l = loop_new(clock_system(), &e);
    struct exec_plugin_command c;
    assert_int_equal(exec_plugin_command_make(&c, &x, NULL, false, environ, &e), 0);
    struct exec_plugin_options o = {.loop = l, .deadline_ms = 1000};
    assert_null(exec_plugin_start(&o, &c, on_done, NULL, &e));
    assert_non_null(strstr(e.text, "Exec format error"));
    err_clear(&e);
    exec_plugin_command_clear(&c);
    unlink(path);
    chmod(path, 0);
    mem_free(path);
    loop_free(l);
}

/* A zombie that nobody has reaped yet has ended. */
static bool alive(pid_t pid)
{
    char path[64], state = 'Z';
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = 'Z';
    fclose(f);
    return state != 'Z' && state != 'X';
}

static pid_t read_pid(const char *name)
{
    char *path = mem_printf("%s/%s", dir, name);
    int pid = 0;
    for (int i = 0; i < 6000 && pid == 0; i++) {
        FILE *f = fopen(path, "r");
        if (f && fscanf(f, "%d", &pid) != 1)
            pid = 0;
        if (f)
            fclose(f);
        usleep(10000);
    }
    unlink(path);
    mem_free(path);
    assert_true(pid > 0);
    return pid;
}

/* A child of the plugin's child goes too, and does not hold the end of the output open. */
static void a_hanging_plugin_is_ended_with_its_group(void **state)
{
    char *body = mem_printf("sleep 1000 & echo $! >%s/child.tmp; mv %s/child.tmp %s/child\n"
                            "echo waiting for a browser >&2; wait",
                            dir, dir, dir);
    char *path = script("hangs", body);
    struct kube_exec_config x = config_of(path);
    struct seen s;
    run(&x, 700, &s);
    assert_int_equal(s.end, EXEC_PLUGIN_TIMED_OUT);
    assert_int_equal(s.code, ERR_TIMEOUT);
    assert_non_null(strstr(s.text, "did not end within 30 s: waiting for a browser"));
    assert_non_null(strstr(s.hint, "log in"));
    pid_t child = read_pid("child");
    for (int i = 0; i < 1000 && alive(child); i++)
        usleep(10000);
    assert_false(alive(child));
    seen_clear(&s);
    mem_free(path);
    mem_free(body);
}

static void a_daemon_left_behind_does_not_hold_the_answer(void **state)
{
    char *path =
        script("daemon", "sleep 1000 & echo $! >$0.pid\nprintf '" CRED("{\"token\":\"t\"}") "'");
    struct kube_exec_config x = config_of(path);
    struct seen s;
    run(&x, 60000, &s);
    assert_int_equal(s.code, 0);
    kill(read_pid("daemon.pid"), SIGKILL);
    seen_clear(&s);
    mem_free(path);
}

static void cancelling_kills(void **state)
{
    char *path = script("cancelled", "sleep 1000");
    struct kube_exec_config x = config_of(path);
    struct err e = ERR_INIT;
    struct loop *l = loop_new(clock_system(), &e);
    struct exec_plugin_command c;
    assert_int_equal(exec_plugin_command_make(&c, &x, NULL, false, environ, &e), 0);
    struct exec_plugin_options o = {.loop = l, .deadline_ms = 100000};
    struct seen s = {0};
    struct exec_plugin_run *r = exec_plugin_start(&o, &c, on_done, &s, &e);
    assert_non_null(r);
    exec_plugin_cancel(r);
    assert_true(loop_run_once(l, 0) >= 0);
    assert_false(s.done);
    exec_plugin_command_clear(&c);
    mem_free(path);
    loop_free(l);
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
        cmocka_unit_test(answers),
        cmocka_unit_test(a_plugin_gets_what_it_should),
        cmocka_unit_test(exec_info_is_what_plugins_parse),
        cmocka_unit_test(a_missing_program_says_how_to_install_it),
        cmocka_unit_test(failures_say_what_the_plugin_said),
        cmocka_unit_test(not_a_program),
        cmocka_unit_test(a_hanging_plugin_is_ended_with_its_group),
        cmocka_unit_test(a_daemon_left_behind_does_not_hold_the_answer),
        cmocka_unit_test(cancelling_kills),
    };
    return cmocka_run_group_tests_name("exec_plugin", tests, make_dir, remove_dir);
}
