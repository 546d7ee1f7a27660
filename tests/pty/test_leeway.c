// SPDX-License-Identifier: Apache-2.0
/* The program itself in a pseudo-terminal, on clusters that do not answer. */
#include "../unit/unit.h"

#include "pty.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE 15000

static char folder[] = "/tmp/leeway-pty-XXXXXX";
static char home[600], state[600], config[600], program[1200];

static void write_kubeconfig(const char *path)
{
    static const char *const names[] = {"prod-us-1", "prod-us-2", "stage-eu-1"};
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: abc}}]\nclusters:\n", f);
    for (int i = 0; i < 3; i++)
        fprintf(f, "- {name: c%d, cluster: {server: 'https://127.0.0.1:%d'}}\n", i, i + 1);
    fputs("contexts:\n", f);
    for (int i = 0; i < 3; i++)
        fprintf(f, "- {name: %s, context: {cluster: c%d, user: u}}\n", names[i], i);
    fclose(f);
}

static int make_folder(void **unused)
{
    char path[700];
    const char *build = getenv("top_builddir");
    if (!mkdtemp(folder))
        return -1;
    snprintf(home, sizeof(home), "HOME=%s", folder);
    snprintf(state, sizeof(state), "XDG_STATE_HOME=%s/state", folder);
    snprintf(config, sizeof(config), "KUBECONFIG=%s/kubeconfig", folder);
    snprintf(path, sizeof(path), "%s/kubeconfig", folder);
    snprintf(program, sizeof(program), "%s/leeway", build ? build : ".");
    write_kubeconfig(path);
    return 0;
}

static int remove_folder(void **unused)
{
    char command[700];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static struct pty *start_in(int rows, int cols, const char *const *argv)
{
    const char *const env[] = {home, state, config, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    return pty_spawn(rows, cols, argv, env);
}

static struct pty *start(void)
{
    struct pty *p = start_in(24, 80, (const char *const[]){program, NULL});
    if (!pty_wait_text(p, "No cluster answers", DEADLINE))
        print_error("%s\n", pty_screen(p));
    assert_non_null(strstr(pty_screen(p), "No cluster answers"));
    return p;
}

static void fresh_modes(struct pty_modes *out)
{
    struct pty *p = pty_spawn(24, 80, (const char *const[]){"/bin/true", NULL}, NULL);
    int status;
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    pty_modes(p, out);
    pty_free(p);
}

static void assert_restored(struct pty *p)
{
    struct pty_modes fresh, now;
    fresh_modes(&fresh);
    pty_modes(p, &now);
    assert_false(now.alternate_screen);
    assert_true(now.cursor_visible);
    assert_int_equal(now.mouse, 0);
    assert_int_equal(now.tio.c_lflag, fresh.tio.c_lflag);
    assert_int_equal(now.tio.c_iflag, fresh.tio.c_iflag);
    assert_int_equal(now.tio.c_oflag, fresh.tio.c_oflag);
}

static void it_opens_and_closes(void **unused)
{
    int status;
    struct pty *p = start();
    assert_non_null(strstr(pty_screen(p), "reason, folded"));
    assert_true(pty_bytes(p) <= 20 * 1024); /* several first frames, each at most 10 KB */
    pty_keys(p, "\r");
    assert_true(pty_wait_text(p, "[ Close ]", DEADLINE));
    pty_keys(p, "\r");
    assert_true(pty_wait_no_text(p, "[ Close ]", DEADLINE));
    pty_keys(p, "q");
    assert_true(pty_wait_text(p, "Close leeway?", DEADLINE));
    pty_keys(p, "\t\r");
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_restored(p);
    pty_free(p);
}

static void the_palette_leads_to_a_cluster(void **unused)
{
    struct pty *p = start();
    pty_keys(p, "\020");
    assert_true(pty_wait_text(p, "Palette", DEADLINE));
    pty_keys(p, "gotostageeu\r");
    assert_true(pty_wait_text(p, "[conditions]", DEADLINE));
    assert_non_null(strstr(pty_screen(p), "stage-eu-1"));
    pty_keys(p, "\t");
    assert_true(pty_wait_text(p, "[nodes ?]", DEADLINE));
    pty_keys(p, "d");
    assert_true(pty_wait_text(p, "https://127.0.0.1:3", DEADLINE));
    pty_keys(p, "\r-1");
    assert_true(pty_wait_text(p, "No cluster answers", DEADLINE));
    pty_keys(p, "r");
    assert_true(pty_wait_text(p, "asking all clusters now", DEADLINE));
    pty_free(p);
}

static void small_windows(void **unused)
{
    struct pty *p = start();
    pty_resize(p, 10, 40);
    assert_true(pty_wait_text(p, "clusters", DEADLINE));
    pty_keys(p, "?");
    assert_true(pty_wait_text(p, "Help", DEADLINE));
    pty_resize(p, 9, 34);
    assert_true(pty_wait_text(p, "leeway needs", DEADLINE));
    assert_true(pty_wait_text(p, "?3 in kubeconfig", DEADLINE));
    pty_resize(p, 24, 80);
    assert_true(pty_wait_text(p, "Help", DEADLINE));
    pty_keys(p, "\033");
    assert_true(pty_wait_text(p, "reason, folded", DEADLINE));
    pty_free(p);
}

static void pastes_press_nothing(void **unused)
{
    struct pty *p = start();
    pty_keys(p, "\033[200~q\r\n\033[201~");
    assert_true(pty_wait_text(p, "paste ignored", DEADLINE));
    assert_null(strstr(pty_screen(p), "Close leeway?"));
    pty_free(p);
}

/* Into a field: it is text, whatever is in it. */
static void pastes_are_text(void **unused)
{
    struct pty_modes m;
    struct pty *p = start();
    pty_keys(p, "/\033[200~prod\r\nq\033]0;pwned\a\033[2J\033[201~");
    assert_true(pty_wait_text(p, "prod", DEADLINE));
    pty_quiet(p, 300);
    pty_modes(p, &m);
    assert_false(m.titled);
    assert_null(strstr(pty_said(p), "\033]0;"));
    assert_null(strstr(pty_screen(p), "Close leeway?"));
    assert_non_null(strstr(pty_screen(p), "pwned"));
    pty_keys(p, "\033");
    assert_true(pty_wait_no_text(p, "pwned", DEADLINE));
    assert_true(pty_wait_text(p, "reason, folded", DEADLINE));
    pty_free(p);
}

/* A key of one's own works, the one before does not, and what is wrong is said with its place. */
static void keys_of_ones_own(void **unused)
{
    char path[700], line[800];
    snprintf(line, sizeof(line), "mkdir -p %s/.config/leeway", folder);
    assert_int_equal(system(line), 0);
    snprintf(path, sizeof(path), "%s/.config/leeway/keys.yaml", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("keys:\n  help: Ctrl-K\n  nosuch: x\n", f);
    fclose(f);
    struct pty *p = start();
    pty_keys(p, "?");
    pty_quiet(p, 300);
    assert_null(strstr(pty_screen(p), "Help:"));
    pty_keys(p, "\013");
    assert_true(pty_wait_text(p, "Help:", DEADLINE));
    pty_keys(p, "\033");
    pty_quiet(p, 300);
    pty_keys(p, "!");
    if (!pty_wait_text(p, "keys.yaml:3:3", DEADLINE))
        print_error("%s\n", pty_screen(p));
    assert_non_null(strstr(pty_screen(p), "keys.yaml:3:3"));
    pty_free(p);
    assert_int_equal(unlink(path), 0);
}

/* Any size at any time, keys in between; the last one counts. */
static void resize_storms(void **unused)
{
    static const int sizes[][2] = {{1, 1},  {24, 80},  {2, 300}, {100, 3}, {1, 500}, {10, 40},
                                   {9, 39}, {60, 200}, {1, 1},   {3, 2},   {40, 120}};
    struct pty *p = start();
    for (int round = 0; round < 5; round++)
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            pty_resize(p, sizes[i][0], sizes[i][1]);
            pty_keys(p, "jk?");
            pty_run_for(p, 5);
            pty_keys(p, "\t");
        }
    pty_quiet(p, 300);
    pty_keys(p, "\033");
    pty_quiet(p, 300);
    pty_resize(p, 24, 80);
    pty_keys(p, "\0331");
    if (!pty_wait_text(p, "reason, folded", DEADLINE))
        print_error("%s\n", pty_screen(p));
    assert_non_null(strstr(pty_screen(p), "reason, folded"));
    pty_resize(p, 1, 1);
    pty_quiet(p, 300);
    pty_resize(p, 24, 80);
    assert_true(pty_wait_text(p, "reason, folded", DEADLINE));
    pty_free(p);
}

static void every_death_restores(void **unused)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGSEGV, SIGABRT};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        int status;
        struct pty *p = start();
        pty_kill(p, signals[i]);
        assert_true(pty_wait_exit(p, DEADLINE, &status));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), signals[i]);
        assert_restored(p);
        pty_free(p);
    }
}

/* Under a shell with job control: Ctrl-Z gives the prompt back, fg the console. */
static void suspended_and_back(void **unused)
{
    if (access("/bin/bash", X_OK) != 0)
        skip();
    char line[1300];
    struct pty *p =
        start_in(24, 80, (const char *const[]){"/bin/bash", "--norc", "--noprofile", "-i", NULL});
    pty_keys(p, "PS1='prompt%'; echo rea''dy\r");
    assert_true(pty_wait_text(p, "ready", DEADLINE));
    snprintf(line, sizeof(line), "%s\r", program);
    pty_keys(p, line);
    assert_true(pty_wait_text(p, "No cluster answers", DEADLINE));
    pty_keys(p, "\032");
    assert_true(pty_wait_text(p, "Stopped", DEADLINE));
    struct pty_modes m;
    pty_modes(p, &m);
    assert_false(m.alternate_screen);
    assert_true(m.cursor_visible);
    pty_keys(p, "fg\r");
    assert_true(pty_wait_text(p, "No cluster answers", DEADLINE));
    pty_keys(p, "q");
    assert_true(pty_wait_text(p, "Close leeway?", DEADLINE));
    pty_keys(p, "\t\r");
    assert_true(pty_wait_text(p, "Stopped", DEADLINE)); /* the shell's screen is back */
    pty_keys(p, "echo en''ded $?\r");
    assert_true(pty_wait_text(p, "ended 0", DEADLINE));
    pty_free(p);
}

static void without_a_terminal(void **unused)
{
    char line[4000], said[4096];
    snprintf(line, sizeof(line), "%s %s %s TZ=UTC %s </dev/null", home, state, config, program);
    FILE *f = popen(line, "r");
    assert_non_null(f);
    size_t n = fread(said, 1, sizeof(said) - 1, f);
    said[n] = '\0';
    while (fgetc(f) != EOF)
        ;
    assert_int_equal(pclose(f), 0);
    assert_non_null(strstr(said, "No cluster answers"));
    assert_null(strchr(said, '\033'));
}

static void a_simulated_fleet(void **unused)
{
    int status;
    struct pty *p =
        start_in(24, 80, (const char *const[]){program, "demo", "--scenario", "", NULL});
    assert_true(pty_wait_text(p, "ok", DEADLINE));
    if (!pty_wait_text(p, "prod-us-2", DEADLINE) || !pty_wait_text(p, "us-east", DEADLINE))
        print_error("%s\n", pty_screen(p));
    assert_non_null(strstr(pty_screen(p), "acme \xe2\x80\xba fleet"));
    pty_keys(p, "_");
    assert_true(pty_wait_no_text(p, "k3s 3 nodes", DEADLINE));
    pty_keys(p, "_");
    assert_true(pty_wait_text(p, "us-east        4", DEADLINE));
    pty_keys(p, "++/");
    pty_keys(p, "prod-us-2\r");
    assert_true(pty_wait_text(p, "1 of 14", DEADLINE));
    pty_keys(p, "\r");
    assert_true(pty_wait_text(p, "[conditions]", DEADLINE));
    pty_keys(p, "\t");
    assert_true(pty_wait_text(p, "[nodes 6", DEADLINE));
    pty_resize(p, 10, 40);
    assert_true(pty_wait_text(p, "[nodes 6", DEADLINE));
    pty_resize(p, 24, 80);
    pty_keys(p, "qq");
    assert_true(pty_wait_text(p, "Close leeway?", DEADLINE));
    pty_keys(p, "\t\r");
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_restored(p);
    pty_free(p);
}

/* A plugin that asks a person: it gets the terminal, and what it prints is the credential. */
static void a_person_logs_in(void **unused)
{
    char line[16000], path[700];
    char *leeway = realpath(program, NULL);
    assert_non_null(leeway);
    snprintf(path, sizeof(path), "%s/plugin", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f,
            "#!/bin/sh\necho \"$KUBERNETES_EXEC_INFO\" | grep -q '\"interactive\":true' || exit 3\n"
            "echo x >>%s.tries\nprintf 'code %%s: ' $(wc -l <%s.tries) >&2\nread code\n[ \"$code\" "
            "= 42 ] || exit 1\n"
            "exec %s \"$@\"\n",
            path, path, leeway);
    fclose(f);
    chmod(path, 0755);
    snprintf(line, sizeof(line),
             "cd %s && { %s sim --quiet --clusters 1 --login exec --kubeconfig-out sim >/dev/null "
             "2>&1 & echo $! >sim.pid; }; for i in $(seq 100); do [ -s sim ] && break; sleep 0.1; "
             "done; sed -e 's|command: .*|command: %s|' -e 's|Mode: Never|Mode: Always|' sim "
             ">login",
             folder, leeway, path);
    free(leeway);
    assert_int_equal(system(line), 0);
    snprintf(path, sizeof(path), "KUBECONFIG=%s/login", folder);
    struct pty *p = pty_spawn(24, 80, (const char *const[]){program, NULL},
                              (const char *const[]){home, state, path, "LC_ALL=C.UTF-8", NULL});
    assert_true(pty_wait_text(p, "asks for a login", DEADLINE));
    pty_keys(p, "\t\r");
    assert_true(pty_wait_text(p, "code 1:", DEADLINE));
    pty_keys(p, "41\r");
    assert_true(pty_wait_text(p, "ended with status 1", DEADLINE));
    pty_keys(p, "r"); /* asked again */
    assert_true(pty_wait_text(p, "asks for a login", DEADLINE));
    pty_keys(p, "\t\r");
    assert_true(pty_wait_text(p, "code 2:", DEADLINE));
    pty_keys(p, "42\r");
    assert_true(pty_wait_text(p, "nodes ready, answers in", DEADLINE));
    assert_null(strstr(pty_screen(p), "ExecCredential"));
    pty_free(p);
    snprintf(line, sizeof(line), "kill $(cat %s/sim.pid)", folder);
    assert_int_equal(system(line), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_and_closes), cmocka_unit_test(the_palette_leads_to_a_cluster),
        cmocka_unit_test(small_windows),       cmocka_unit_test(pastes_press_nothing),
        cmocka_unit_test(pastes_are_text),     cmocka_unit_test(resize_storms),
        cmocka_unit_test(keys_of_ones_own),    cmocka_unit_test(every_death_restores),
        cmocka_unit_test(suspended_and_back),  cmocka_unit_test(without_a_terminal),
        cmocka_unit_test(a_simulated_fleet),   cmocka_unit_test(a_person_logs_in),
    };
    return cmocka_run_group_tests_name("leeway", tests, make_folder, remove_folder);
}
