// SPDX-License-Identifier: Apache-2.0
/*
 * The program in a pseudo-terminal on a simulated fleet: a kind over all clusters, sorted and
 * filtered, one object as YAML, the log of a pod, a shell that gives the screen back.
 */
#include "../unit/unit.h"

#include "pty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define DEADLINE 30000

static char folder[] = "/tmp/leeway-live-XXXXXX";
static char home[600], state[600], path[800], program[1200];

/* What is called instead of kubectl: says with what, and waits for Enter. */
static void write_kubectl(void)
{
    char file[700];
    snprintf(file, sizeof(file), "%s/bin", folder);
    assert_int_equal(mkdir(file, 0700), 0);
    snprintf(file, sizeof(file), "%s/bin/kubectl", folder);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fputs("#!/bin/sh\necho \"called with $3 $4 $5 $6 $7\"\nread line\necho \"it read $line\"\n", f);
    fclose(f);
    assert_int_equal(chmod(file, 0700), 0);
}

static int make_folder(void **unused)
{
    const char *build = getenv("top_builddir"), *old = getenv("PATH");
    if (!mkdtemp(folder))
        return -1;
    snprintf(home, sizeof(home), "HOME=%s", folder);
    snprintf(state, sizeof(state), "XDG_STATE_HOME=%s/state", folder);
    snprintf(path, sizeof(path), "PATH=%s/bin:%.600s", folder, old ? old : "/usr/bin:/bin");
    snprintf(program, sizeof(program), "%s/leeway", build ? build : ".");
    write_kubectl();
    return 0;
}

static int remove_folder(void **unused)
{
    char command[700];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static void see(struct pty *p, const char *words)
{
    if (pty_wait_text(p, words, DEADLINE))
        return;
    print_error("no %s in\n%s\n", words, pty_screen(p));
    assert_non_null(strstr(pty_screen(p), words));
}

static void a_look_around(void **unused)
{
    int status;
    const char *const env[] = {home, state, path, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    struct pty *p =
        pty_spawn(30, 100, (const char *const[]){program, "demo", "--scenario", "", NULL}, env);
    see(p, "us-east");
    pty_keys(p, ":");
    see(p, "Command");
    pty_keys(p, "deploy payments-dev\r");
    see(p, "3 on 14 clusters");
    see(p, "payments-dev-web");
    pty_keys(p, "s");
    see(p, "Sort by");
    pty_keys(p, "cluster\r");
    see(p, "clusterv");
    pty_keys(p, "/");
    pty_keys(p, " dev-eu");
    see(p, "1 of 3");
    pty_keys(p, "\r");
    pty_keys(p, "y");
    see(p, "replicas: 2");
    see(p, "[yaml]");
    pty_keys(p, "d");
    see(p, "conditions");
    pty_keys(p, "q");
    see(p, "1 of 3");
    pty_keys(p, ":");
    see(p, "Command");
    pty_keys(p, "pods payments-dev\r");
    see(p, "Running");
    pty_keys(p, "L");
    see(p, "following");
    pty_keys(p, "x");
    see(p, "is not a plan");
    pty_keys(p, "\t\r");
    see(p, "called with -n payments-dev exec -it");
    pty_keys(p, "hello\r");
    assert_true(pty_wait_no_text(p, "called with", DEADLINE));
    see(p, "following");
    pty_keys(p, "qqqq");
    see(p, "Close leeway?");
    pty_keys(p, "\t\r");
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    pty_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_look_around)};
    return cmocka_run_group_tests_name("live", tests, make_folder, remove_folder);
}
