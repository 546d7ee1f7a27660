// SPDX-License-Identifier: Apache-2.0
/*
 * The demo as a newcomer goes through it, in a pseudo-terminal: an environment is launched from the
 * form, becomes healthy, is changed to the next version of its blueprint, and destroyed.
 */
#include "../unit/unit.h"
#include "pty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE 30000

static char folder[512], home[600], state[600], tmp[600], program[600];

static int make_folder(void **unused)
{
    const char *base = getenv("TMPDIR"), *build = getenv("top_builddir");
    snprintf(folder, sizeof(folder), "%s/leeway-tour-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder))
        return -1;
    snprintf(home, sizeof(home), "HOME=%s", folder);
    snprintf(state, sizeof(state), "XDG_STATE_HOME=%s", folder);
    snprintf(tmp, sizeof(tmp), "TMPDIR=%s", folder);
    snprintf(program, sizeof(program), "%s/leeway", build ? build : ".");
    return 0;
}

static int remove_folder(void **unused)
{
    char line[600];
    snprintf(line, sizeof(line), "rm -rf '%s'", folder);
    return system(line);
}

static void see(struct pty *p, const char *words)
{
    if (!pty_wait_text(p, words, DEADLINE))
        print_error("no \"%s\" on\n%s\n", words, pty_screen(p));
    assert_non_null(strstr(pty_screen(p), words));
}

static void do_then_see(struct pty *p, const char *keys, const char *words)
{
    pty_keys(p, keys);
    see(p, words);
}

/* From a plan through its dialog to the end of the release. */
static void apply(struct pty *p, const char *done)
{
    do_then_see(p, "a", "[ Cancel ]");
    do_then_see(p, "\t\r", done); /* it is looked at while it goes on */
    see(p, "done after");
}

/* The environment's own screen, from wherever. */
static void open_kiosk(struct pty *p)
{
    do_then_see(p, "2", "comes from");
    pty_keys(p, "/");
    pty_keys(p, "kiosk");
    see(p, "environments /kiosk");
    pty_keys(p, "\r");
    pty_keys(p, "\r");
    see(p, "environments \xe2\x80\xba kiosk");
}

static void launch(struct pty *p)
{
    do_then_see(p, "3", "you may launch");
    do_then_see(p, "j", "A web service");
    do_then_see(p, "p", "0 of 4 that fit");
    do_then_see(p, "kiosk", "2 fields");
    do_then_see(p, "\t\r", "1.1.0"); /* the version: a list with a search */
    pty_keys(p, "1.0.0");
    do_then_see(p, "\r", "parameters of web-app 1.0.0");
    do_then_see(p, "\t\t\t\t ", "[x] dev-ap-1");
    do_then_see(p, "\t ", "[x] dev-eu-1");
    pty_keys(p, "\t\t\t"); /* two clusters, image */
    pty_keys(p, "registry.example/shop");
    see(p, "stops at 1 field");
    do_then_see(p, ":1.4.2", "26 create");
    do_then_see(p, "\033[19~", "r1: 26 changes on 2 clusters"); /* F8 */
    apply(p, "kiosk r1");
    open_kiosk(p);
    see(p, "web-app 1.0.0");
    see(p, "1.1.0 can be had");
    see(p, "healthy");
}

static void upgrade(struct pty *p)
{
    do_then_see(p, "p", "upgrade to 1.1.0");
    pty_keys(p, "upgrade");
    do_then_see(p, "\r", "parameters of web-app 1.1.0");
    see(p, "2 of 4 that fit");
    pty_keys(p, "\t\t\t\t\t\t\t\t\t\t"); /* to replicas */
    do_then_see(p,
                "\x15"
                "3",
                ".spec.replicas  2 \xe2\x86\x92 3");
    do_then_see(p, "\033[19~", "r2: ");
    apply(p, "kiosk r2");
    open_kiosk(p);
    see(p, "web-app 1.1.0");
    see(p, "r2 by");
}

static void destroy(struct pty *p)
{
    do_then_see(p, "D", "destroy kiosk");
    apply(p, "kiosk r3");
    open_kiosk(p);
    see(p, "destroyed"); /* and not "ok": its file is kept, nothing of it runs */
}

static void the_tour(void **unused)
{
    int status;
    const char *const env[] = {home, state, tmp, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    struct pty *p = pty_spawn(40, 120, (const char *const[]){program, "demo", NULL}, env);
    see(p, "us-east");
    launch(p);
    upgrade(p);
    destroy(p);
    pty_keys(p, "1");
    see(p, "us-east");
    pty_keys(p, "q");
    see(p, "Close leeway?");
    pty_keys(p, "\t\r");
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    assert_true(WIFEXITED(status));
    pty_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_tour)};
    return cmocka_run_group_tests_name("tour", tests, make_folder, remove_folder);
}
