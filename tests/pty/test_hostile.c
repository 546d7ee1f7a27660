// SPDX-License-Identifier: Apache-2.0
/*
 * The program on servers that want to write on the screen: names, namespaces, labels, owners,
 * events and logs with escape sequences, names of contexts as well. In the console, line by line
 * and in the tables and documents of the verbs, nothing of it reaches the terminal as what it is,
 * and all of it can be read.
 */
#include "../unit/unit.h"

#include "noise.h"
#include "pty.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE 120000
#define MARK "\033[97;13m" /* nobody's own sequence */
#define SEEN "^[]0;pwned^G^[[97;13m"

static char folder[] = "/tmp/leeway-hostile-XXXXXX";
static char home[600], state[600], config[600], program[1200];
static pid_t sim;

static void write_file(const char *name, const char *text)
{
    char path[700];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static bool wait_for(const char *command)
{
    for (int i = 0; i < 1200; i++) {
        if (system(command) == 0)
            return true;
        usleep(100000);
    }
    return false;
}

static int begin(void **unused)
{
    (void)unused;
    char line[4000], path[700], scenario[700];
    const char *build = getenv("top_builddir");
    if (!mkdtemp(folder))
        return -1;
    snprintf(program, sizeof(program), "%s/leeway", build ? build : ".");
    snprintf(home, sizeof(home), "HOME=%s", folder);
    snprintf(state, sizeof(state), "XDG_STATE_HOME=%s/state", folder);
    snprintf(config, sizeof(config), "KUBECONFIG=%s/hostile", folder);
    write_file("scenario",
               "steps:\n"
               "- {at: 0s, cluster: '*', spell: {word: payments, as: \"p\\e]0;pwned\\a\\e[97;13m"
               "\\r\\u202E\\u200Bs\"}}\n"
               "- {at: 0s, cluster: '*', spell: {word: INFO, as: \"\\e]52;c;cHduZWQ=\\a\\e[97;13m"
               "\\r\\x9b\"}}\n"
               "- {at: 0s, cluster: '*', spell: {word: kube-controller-manager, as: "
               "\"\\eP+q\\e\\\\\\e[97;13mmanager\"}}\n"
               "- {at: 1s, cluster: '*', scale: {namespace: payments-prod, deployment: "
               "payments-prod-web, replicas: 9, as: kubectl}}\n");
    snprintf(path, sizeof(path), "%s/plain", folder);
    snprintf(scenario, sizeof(scenario), "%s/scenario", folder);
    sim = fork();
    if (sim == 0) {
        if (!freopen("/dev/null", "w", stdout))
            _exit(126);
        execl(program, program, "sim", "--clusters", "4", "--scenario", scenario,
              "--kubeconfig-out", path, (char *)NULL);
        _exit(127);
    }
    snprintf(line, sizeof(line), "grep -qs 'token:' %s/plain", folder);
    if (!wait_for(line))
        return -1;
    /* a context with such a name; prod-us-1 keeps its own */
    snprintf(
        line, sizeof(line),
        "sed '/^contexts:/,/^users:/s|name: prod-us-2|name: \"two\\\\e]0;pwned\\\\a\\\\e[97;13m"
        "\"|' %s/plain >%s/hostile; chmod 600 %s/hostile",
        folder, folder, folder);
    if (system(line) != 0)
        return -1;
    snprintf(line, sizeof(line),
             "%s %s KUBECONFIG=%s/plain %s get deploy -A -o json 2>/dev/null | grep -q pwned", home,
             state, folder, program);
    return wait_for(line) ? 0 : -1;
}

static int end(void **unused)
{
    (void)unused;
    char command[700];
    kill(sim, SIGTERM);
    waitpid(sim, NULL, 0);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static struct pty *start(const char *const *argv)
{
    const char *const env[] = {home, state, config, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    return pty_spawn(30, 200, argv, env);
}

/* Nothing but what the program itself says has reached the terminal. */
static void assert_quiet(struct pty *p, const char *where)
{
    struct noise n = {0};
    struct pty_modes m;
    noise_listen(&n, pty_said(p), (size_t)pty_bytes(p));
    pty_modes(p, &m);
    bool ok = !n.count && !m.titled && !strstr(pty_said(p), MARK);
    if (!ok)
        print_error("%s: %zu things on the terminal%s\n%s\n", where, n.count,
                    m.titled ? ", a title" : "", pty_screen(p));
    assert_true(ok);
}

static bool row_has(struct pty *p, int row, const char *text)
{
    char line[2000];
    const char *s = pty_screen(p);
    for (; row > 0 && s; row--)
        s = strchr(s, '\n') ? strchr(s, '\n') + 1 : NULL;
    if (!s)
        return false;
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(s, "\n"), s);
    return strstr(line, text) != NULL;
}

/* Screens, what opens them, and what is on them. */
static const struct {
    const char *keys, *path, *shows;
} screens[] = {
    {"", "fleet", "^[]0;pwned^G"},
    {":deploy\r", "deployments", "^[]0;p"},
    {"/pwned\r", "deployments", "^[]0;p"},
    {"j", "deployments", "^[]0;p"},
    {"\r", "Deployment/", "^[]0;p"},
    {"jjjjjj", "Deployment/", "^[]0;p"},
    {"]", "Deployment/", "^[]0;p"},
    {"d", "Deployment/", "^[]0;p"},
    {"e", "events", ""},
    {"\033b", "blame", "owners"},
    {"1:pods\r", "pods", "^[]0;p"},
    {"/pwned\r", "pods", "^[]0;p"},
    {"/\025search\r", "pods", "search"},
    {"L", "logs", "^[]52;c;cHduZWQ=^G^[[97;13m"},
    {"w", "logs", "^[]52;c;cHduZWQ=^G^[[97;13m"},
    {"1:events\r", "events", "^[]0;p"},
    {":namespaces\r", "namespaces", "^[]0;p"},
    {"\020pwned", "", "^[]0;pwned^G"},
    {"\033!", "messages", ""},
};

static void in_the_console(void **unused)
{
    (void)unused;
    int status;
    struct pty *p = start((const char *const[]){program, NULL});
    assert_true(pty_wait_text(p, "4 ok", DEADLINE));
    for (size_t i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
        for (const char *k = screens[i].keys; *k; k++) {
            pty_send(p, k, 1);
            if (*k == '\033' || *k == '\r')
                pty_quiet(p, 300); /* an Esc by itself */
        }
        bool there = pty_wait_text(p, screens[i].shows, DEADLINE);
        if (!there)
            print_error("%s after %zu\n%s\n", screens[i].shows, i, pty_screen(p));
        assert_true(there);
        pty_quiet(p, 300);
        assert_quiet(p, screens[i].keys);
        bool framed = row_has(p, 0, screens[i].path) &&
                      (row_has(p, 29, "? help") || row_has(p, 29, "Esc close"));
        if (!framed)
            print_error("%zu: %s\n%s\n", i, screens[i].path, pty_screen(p));
        assert_true(framed);
    }
    pty_keys(p, "q");
    assert_true(pty_wait_text(p, "Close leeway?", DEADLINE));
    pty_keys(p, "\t\r");
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_quiet(p, "the end");
    pty_free(p);
}

static void line_by_line(void **unused)
{
    (void)unused;
    int status;
    static const char *const said[][2] = {
        {"", "4 clusters"},
        {"1\n", "^[]0;pwned^G"},
        {"pods cluster:prod-us-1\n", SEEN},
        {"pods cluster:prod-us-1 ns:metrics\n", "namespace metrics, name metrics"},
        {"yaml 1\n", "  containers:"},
        {"events\n", "resources, events"},
        {"nonsense \033]0;pwned\a\n", "nonsense"},
    };
    struct pty *p = start((const char *const[]){program, "--plain", NULL});
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        pty_keys(p, said[i][0]);
        bool there = pty_wait_text(p, said[i][1], DEADLINE);
        if (!there)
            print_error("%s\n%s\n", said[i][0], pty_screen(p));
        assert_true(there);
        pty_quiet(p, 300);
    }
    assert_null(strchr(pty_said(p), '\033'));
    assert_non_null(strstr(pty_said(p), "(^[P+q^[\\^[[97;13mmanager, at or before"));
    assert_quiet(p, "plain");
    pty_keys(p, "quit\n");
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    assert_int_equal(WEXITSTATUS(status), 0);
    pty_free(p);
}

/* Ctrl-C at a terminal ends it as any program, with the terminal as it was. */
static void interrupted(void **unused)
{
    (void)unused;
    int status;
    struct pty_modes before, after;
    struct pty *p = start((const char *const[]){program, "--plain", NULL});
    pty_modes(p, &before);
    assert_true(pty_wait_text(p, "choice:", DEADLINE));
    pty_keys(p, "\003");
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGINT : WEXITSTATUS(status) == 130);
    pty_modes(p, &after);
    assert_int_equal(before.tio.c_lflag, after.tio.c_lflag);
    assert_int_equal(before.tio.c_oflag, after.tio.c_oflag);
    pty_free(p);
}

/* Tables, documents, errors: on a terminal. */
static void in_verbs(void **unused)
{
    (void)unused;
    static const struct {
        const char *argv[8], *shows;
    } verbs[] = {
        {{"get", "clusters"}, "^[]0;pwned^G"},
        {{"get", "pods", "-A"}, SEEN},
        {{"get", "pods", "-A", "-o", "wide"}, SEEN},
        {{"get", "events", "-A"}, SEEN},
        {{"get", "pods", "-A", "-o", "yaml"}, "pwned"},
        {{"get", "pods", "-A", "-o", "json"}, "\\u001b]0;pwned\\u0007\\u001b[97;13m\\r"},
        {{"get", "clusters", "-o", "json"}, "^[]0;pwned^G"},
        {{"get", "clusters", "-o", "yaml"}, "pwned"},
        {{"get", "nosuch\033]0;pwned\a"}, "^[]0;pwned^G"},
        {{"get", "pods", "-n", "\033]0;pwned\a"}, ""},
        {{"get", "pods", "--context", "\033]0;pwned\a"}, "^[]0;pwned^G"},
        {{"get", "--nosuch\033]0;pwned\a"}, "^[]0;pwned^G"},
        {{"\033]0;pwned\a"}, "^[]0;pwned^G"},
        {{"plan", "-f", "/nosuch/\033]0;pwned\a"}, "^[]0;pwned^G"},
        {{"env", "show", "\033]0;pwned\a"}, "^[]0;pwned^G"},
        {{"doctor"}, "^[]0;pwned^G"},
    };
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        const char *argv[10] = {program};
        int status;
        for (size_t k = 0; k < 8; k++)
            argv[k + 1] = verbs[i].argv[k];
        struct pty *p = start(argv);
        assert_true(pty_wait_exit(p, DEADLINE, &status));
        if (!strstr(pty_said(p), verbs[i].shows))
            print_error("%zu %s: %s\n", i, verbs[i].argv[0], pty_screen(p));
        assert_non_null(strstr(pty_said(p), verbs[i].shows));
        assert_quiet(p, verbs[i].argv[0]);
        pty_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_the_console),
                                       cmocka_unit_test(line_by_line),
                                       cmocka_unit_test(interrupted), cmocka_unit_test(in_verbs)};
    return cmocka_run_group_tests_name("hostile", tests, begin, end);
}
