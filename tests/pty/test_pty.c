// SPDX-License-Identifier: Apache-2.0
/* The terminal code as a terminal sees it. The program is tests/pty/console. */
#include "../unit/unit.h"

#include "pty.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define DEADLINE 10000

static struct pty *start_with(int rows, int cols, const char *const *env)
{
    static char path[1024];
    const char *build = getenv("top_builddir");
    snprintf(path, sizeof(path), "%s/tests/pty/console", build ? build : ".");
    return pty_spawn(rows, cols, (const char *const[]){path, NULL}, env);
}

static struct pty *start(void)
{
    struct pty *p = start_with(24, 80, (const char *const[]){"LC_ALL=C.UTF-8", NULL});
    assert_true(pty_wait_text(p, "? help", DEADLINE));
    pty_quiet(p, 200);
    return p;
}

static void assert_restored(struct pty *p, const struct pty_modes *before)
{
    struct pty_modes now;
    pty_modes(p, &now);
    assert_false(now.alternate_screen);
    assert_true(now.cursor_visible);
    assert_int_equal(now.mouse, 0);
    assert_int_equal(now.tio.c_lflag, before->tio.c_lflag);
    assert_int_equal(now.tio.c_iflag, before->tio.c_iflag);
    assert_int_equal(now.tio.c_oflag, before->tio.c_oflag);
}

/* What a fresh terminal has: taken from one in which nothing ran. */
static void fresh_modes(struct pty_modes *out)
{
    struct pty *p = pty_spawn(24, 80, (const char *const[]){"/bin/true", NULL}, NULL);
    int status;
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    pty_modes(p, out);
    pty_free(p);
}

static void it_paints_and_stays_silent(void **state)
{
    struct pty *p = start();
    struct pty_modes m;
    pty_modes(p, &m);
    assert_true(m.alternate_screen && m.mouse > 0);
    assert_non_null(strstr(pty_screen(p), "acme \xe2\x80\xba messages"));
    assert_true(pty_bytes(p) <= 10 * 1024);
    pty_run_for(p, 6500); /* the information leaves the message row */
    uint64_t before = pty_bytes(p);
    pty_run_for(p, 1500);
    assert_int_equal(pty_bytes(p), before);
    pty_keys(p, "j");
    pty_quiet(p, 200);
    assert_true(pty_bytes(p) > before && pty_bytes(p) - before <= 500);
    pty_free(p);
}

static void leaving_restores(void **state)
{
    struct pty_modes fresh;
    int status;
    fresh_modes(&fresh);
    struct pty *p = start();
    pty_keys(p, "q");
    assert_true(pty_wait_text(p, "Close leeway?", DEADLINE));
    pty_keys(p, "\t\r");
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_restored(p, &fresh);
    pty_free(p);
}

static void every_death_restores(void **state)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGSEGV, SIGABRT, SIGINT, SIGQUIT};
    struct pty_modes fresh;
    fresh_modes(&fresh);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        int status;
        struct pty *p = start();
        pty_kill(p, signals[i]);
        assert_true(pty_wait_exit(p, DEADLINE, &status));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), signals[i]);
        assert_restored(p, &fresh);
        pty_free(p);
    }
}

static void resizing_lays_out_again(void **state)
{
    struct pty *p = start();
    pty_resize(p, 30, 100);
    assert_true(pty_wait_text(p, "? help", DEADLINE));
    pty_quiet(p, 300);
    const char *s = pty_screen(p);
    for (int row = 0; row < 29; row++)
        s = strchr(s, '\n') + 1;
    assert_non_null(strstr(s, "? help"));
    pty_resize(p, 9, 34);
    assert_true(pty_wait_text(p, "leeway needs", DEADLINE));
    pty_resize(p, 24, 80);
    assert_true(pty_wait_text(p, "? help", DEADLINE));
    pty_free(p);
}

static void pastes_and_split_sequences(void **state)
{
    struct pty *p = start();
    pty_keys(p, "\033[200~q\r\nq\r\nq\033[201~");
    assert_true(pty_wait_text(p, "paste ignored: 3 lines", DEADLINE));
    pty_keys(p, "/\033[200~row\r7\033[201~");
    assert_true(pty_wait_text(p, "row 7", DEADLINE));
    pty_keys(p, "\r");
    assert_true(pty_wait_no_text(p, "row 8", DEADLINE));
    pty_keys(p, "\033");
    assert_true(pty_wait_text(p, "row 8", DEADLINE));
    pty_quiet(p, 400);
    pty_keys(p, "\033");
    pty_run_for(p, 20);
    pty_keys(p, "[");
    pty_run_for(p, 20);
    pty_keys(p, "B"); /* one Down */
    pty_quiet(p, 300);
    assert_true(pty_wait_text(p, "row 11", DEADLINE));
    assert_null(strstr(pty_screen(p), "not here"));
    pty_free(p);
}

static void suspending_gives_the_terminal_back(void **state)
{
    struct pty_modes fresh, m;
    fresh_modes(&fresh);
    struct pty *p = start();
    pty_keys(p, "\032");
    /* a session leader without a shell is an orphan: it is not stopped, but leaves and returns */
    pty_quiet(p, 300);
    pty_kill(p, SIGSTOP);
    assert_true(pty_wait_stopped(p, DEADLINE));
    pty_kill(p, SIGCONT);
    pty_quiet(p, 300);
    assert_true(pty_wait_text(p, "? help", DEADLINE));
    pty_modes(p, &m);
    assert_true(m.alternate_screen);
    assert_int_not_equal(m.tio.c_lflag, fresh.tio.c_lflag);
    pty_keys(p, "?");
    assert_true(pty_wait_text(p, "Help: messages", DEADLINE));
    pty_free(p);
}

static void odd_terminals(void **state)
{
    int status;
    struct pty *p = start_with(24, 80, (const char *const[]){"TERM=dumb", NULL});
    assert_true(pty_wait_text(p, "--plain", DEADLINE));
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    assert_int_equal(WEXITSTATUS(status), 3);
    pty_free(p);
    p = start_with(
        24, 80,
        (const char *const[]){"TERM=xterm-nobody-knows", "LINES=5", "COLUMNS=9", "LC_ALL=C", NULL});
    assert_true(pty_wait_text(p, "acme > messages", DEADLINE));
    assert_true(pty_wait_text(p, "does not know your terminal", DEADLINE));
    pty_free(p);
    p = start_with(24, 80, (const char *const[]){"TERM=vt100", "LC_ALL=C", NULL});
    assert_true(pty_wait_text(p, "? help", DEADLINE));
    pty_free(p);
}

static void a_full_pipe_skips_frames(void **state)
{
    struct pty *p = start();
    pty_pause_reading(p, true);
    for (int i = 0; i < 60; i++) {
        pty_keys(p, "\014j"); /* repaint and move: more than a pty holds */
        pty_run_for(p, 10);
    }
    pty_pause_reading(p, false);
    pty_keys(p, "?");
    assert_true(pty_wait_text(p, "Help: messages", DEADLINE));
    pty_free(p);
}

RUN("pty", cmocka_unit_test(it_paints_and_stays_silent), cmocka_unit_test(leaving_restores),
    cmocka_unit_test(every_death_restores), cmocka_unit_test(resizing_lays_out_again),
    cmocka_unit_test(pastes_and_split_sequences),
    cmocka_unit_test(suspending_gives_the_terminal_back), cmocka_unit_test(odd_terminals),
    cmocka_unit_test(a_full_pipe_skips_frames))
