// SPDX-License-Identifier: Apache-2.0
/* Two programs on one store: the second console looks on, and takes over when the first ends. */
#include "../unit/unit.h"

#include "pty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define DEADLINE 60000

static char folder[] = "/tmp/leeway-beside-XXXXXX";
static char state[600], config[600], program[1200];

static int make_folder(void **unused)
{
    (void)unused;
    char path[700];
    const char *build = getenv("top_builddir");
    if (!mkdtemp(folder))
        return -1;
    snprintf(state, sizeof(state), "XDG_STATE_HOME=%s/state", folder);
    snprintf(config, sizeof(config), "KUBECONFIG=%s/kubeconfig", folder);
    snprintf(path, sizeof(path), "%s/kubeconfig", folder);
    snprintf(program, sizeof(program), "%s/leeway", build ? build : ".");
    FILE *f = fopen(path, "w");
    if (!f)
        return -1;
    fputs("apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: abc}}]\n"
          "clusters:\n- {name: c, cluster: {server: 'https://127.0.0.1:1'}}\n"
          "contexts:\n- {name: one, context: {cluster: c, user: u}}\n"
          "- {name: two, context: {cluster: c, user: u}}\n",
          f);
    return fclose(f);
}

static int remove_folder(void **unused)
{
    (void)unused;
    char command[700];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static struct pty *start(const char *const *argv)
{
    const char *const env[] = {state, config, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    struct pty *p = pty_spawn(24, 80, argv, env);
    if (!pty_wait_text(p, "reason, folded", DEADLINE))
        print_error("%s\n", pty_screen(p));
    assert_non_null(strstr(pty_screen(p), "reason, folded"));
    return p;
}

static void quit(struct pty *p)
{
    int status;
    pty_keys(p, "q");
    assert_true(pty_wait_text(p, "Close leeway?", DEADLINE));
    pty_keys(p, "\t\r");
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    assert_int_equal(WEXITSTATUS(status), 0);
    pty_free(p);
}

static void the_second_looks_on_and_takes_over(void **unused)
{
    (void)unused;
    char socket[700];
    struct stat st;
    const char *const argv[] = {program, NULL};
    struct pty *first = start(argv);
    snprintf(socket, sizeof(socket), "%s/state/leeway/kubeconfig.sock", folder);
    assert_int_equal(stat(socket, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    struct pty *second = start(argv);
    assert_true(pty_wait_text(second, "[RO spectator]", DEADLINE));
    assert_true(pty_wait_text(second, "this console looks on", DEADLINE));
    assert_null(strstr(pty_screen(first), "[RO"));
    quit(first);
    if (!pty_wait_no_text(second, "[RO", DEADLINE))
        print_error("%s\n", pty_screen(second));
    assert_null(strstr(pty_screen(second), "[RO"));
    assert_int_equal(stat(socket, &st), 0);
    /* a third one finds the second at work */
    struct pty *third = start(argv);
    assert_true(pty_wait_text(third, "[RO spectator]", DEADLINE));
    quit(third);
    quit(second);
    assert_int_equal(stat(socket, &st), -1);
}

static void a_killed_one_leaves_the_way_free(void **unused)
{
    (void)unused;
    int status;
    const char *const argv[] = {program, NULL};
    struct pty *first = start(argv), *second = start(argv);
    assert_true(pty_wait_text(second, "[RO spectator]", DEADLINE));
    pty_kill(first, 9);
    assert_true(pty_wait_exit(first, DEADLINE, &status));
    pty_free(first);
    if (!pty_wait_no_text(second, "[RO", DEADLINE))
        print_error("%s\n", pty_screen(second));
    assert_null(strstr(pty_screen(second), "[RO"));
    quit(second);
}

static void other_clusters_are_not_mixed_up(void **unused)
{
    (void)unused;
    struct pty *first = start((const char *const[]){program, "--context", "one", NULL});
    const char *const env[] = {state, config, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    struct pty *second = pty_spawn(24, 80, (const char *const[]){program, NULL}, env);
    int status;
    assert_true(pty_wait_text(second, "does not know two", DEADLINE));
    assert_true(pty_wait_exit(second, DEADLINE, &status));
    assert_int_equal(WEXITSTATUS(status), 1);
    pty_free(second);
    /* a part of what the first has is no trouble */
    quit(first);
    first = start((const char *const[]){program, NULL});
    second = start((const char *const[]){program, "--context", "two", NULL});
    assert_true(pty_wait_text(second, "[RO spectator]", DEADLINE));
    assert_null(strstr(pty_screen(second), "? one"));
    quit(second);
    quit(first);
}

/* A table and a log in the second console, by way of the first; when that ends they go on. */
static void tables_and_logs_are_followed(void **unused)
{
    (void)unused;
    char kubeconfig[700], own_state[700], say[720];
    snprintf(kubeconfig, sizeof(kubeconfig), "%s/fleet", folder);
    snprintf(own_state, sizeof(own_state), "XDG_STATE_HOME=%s/of-fleet", folder);
    snprintf(say, sizeof(say), "KUBECONFIG=%s", kubeconfig);
    struct pty *sim = pty_spawn(24, 200,
                                (const char *const[]){program, "sim", "--clusters", "2",
                                                      "--kubeconfig-out", kubeconfig, NULL},
                                NULL);
    assert_true(pty_wait_text(sim, "KUBECONFIG", DEADLINE));
    const char *const env[] = {own_state, say, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    const char *const argv[] = {program, NULL};
    struct pty *first = pty_spawn(24, 100, argv, env);
    assert_true(pty_wait_text(first, "fleet", DEADLINE));
    struct pty *second = pty_spawn(24, 100, argv, env);
    assert_true(pty_wait_text(second, "[RO spectator]", DEADLINE));
    pty_keys(second, ":pods\r");
    if (!pty_wait_text(second, " on 2 clusters", DEADLINE))
        fail_msg("no table:\n%s", pty_screen(second));
    pty_keys(second, "/coredns\r");
    if (!pty_wait_text(second, "coredns-", DEADLINE))
        fail_msg("no rows:\n%s", pty_screen(second));
    assert_true(pty_wait_text(second, "1/1", DEADLINE));
    pty_keys(second, "L");
    assert_true(pty_wait_text(second, "logs", DEADLINE));
    if (!pty_wait_text(second, " INFO ", DEADLINE))
        fail_msg("no lines:\n%s", pty_screen(second));
    assert_non_null(strstr(pty_screen(second), "[RO spectator]"));
    quit(first);
    if (!pty_wait_no_text(second, "[RO", DEADLINE))
        fail_msg("it does not take over:\n%s", pty_screen(second));
    if (!pty_wait_text(second, " INFO ", DEADLINE))
        fail_msg("no lines any more:\n%s", pty_screen(second));
    pty_keys(second, "q");
    if (!pty_wait_text(second, "resources", DEADLINE) ||
        !pty_wait_text(second, "coredns-", DEADLINE))
        fail_msg("no rows any more:\n%s", pty_screen(second));
    pty_keys(second, "1");
    assert_true(pty_wait_text(second, "fleet", DEADLINE));
    quit(second);
    pty_kill(sim, 15);
    pty_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_looks_on_and_takes_over),
        cmocka_unit_test(a_killed_one_leaves_the_way_free),
        cmocka_unit_test(other_clusters_are_not_mixed_up),
        cmocka_unit_test(tables_and_logs_are_followed),
    };
    return cmocka_run_group_tests_name("beside", tests, make_folder, remove_folder);
}
