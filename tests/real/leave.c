// SPDX-License-Identifier: Apache-2.0
/*
 * A console in a pseudo-terminal that is left while a release runs: tests/real/leave.sh says when.
 * leave LEEWAY HOW: opens the console, waits until its activity shows the words on standard input's
 * first line, then leaves in that way (quit, stop, hangup, suspend) and prints its last screen.
 */
#include "../pty/pty.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define DEADLINE 20000

static int failed(struct pty *p, const char *what)
{
    fprintf(stderr, "%s\n%s\n", what, pty_screen(p));
    pty_free(p);
    return 1;
}

static int quit(struct pty *p, const char *keys)
{
    int status;
    pty_keys(p, "q");
    if (!pty_wait_text(p, "is running here", DEADLINE))
        return failed(p, "the dialog does not say that a release runs");
    pty_keys(p, keys);
    if (!pty_wait_exit(p, DEADLINE, &status) || WEXITSTATUS(status))
        return failed(p, "it did not end");
    puts(pty_screen(p));
    pty_free(p);
    return 0;
}

static int hang_up(struct pty *p)
{
    int status;
    pty_kill(p, SIGHUP);
    if (!pty_wait_exit(p, DEADLINE, &status) || !WIFSIGNALED(status) || WTERMSIG(status) != SIGHUP)
        return failed(p, "it did not end by the signal");
    pty_free(p);
    return 0;
}

static int suspend(struct pty *p)
{
    /* A session leader without a shell is an orphan: SIGTSTP does not stop it, so the test does,
     * after the release has been left to another process. */
    pty_keys(p, "\032");
    pty_run_for(p, 3000);
    pty_kill(p, SIGSTOP);
    if (!pty_wait_stopped(p, DEADLINE))
        return failed(p, "it did not stop");
    pty_run_for(p, 2000);
    pty_kill(p, SIGCONT);
    pty_keys(p, "1"); /* it looks on, or has the store again: it works in both */
    if (!pty_wait_text(p, "fleet", DEADLINE))
        return failed(p, "it does not go on");
    pty_kill(p, SIGTERM);
    pty_free(p);
    return 0;
}

int main(int argc, char **argv)
{
    char words[200] = "";
    if (argc != 3)
        return 64;
    if (!fgets(words, sizeof(words), stdin))
        return 64;
    words[strcspn(words, "\n")] = '\0';
    struct pty *p = pty_spawn(24, 80, (const char *const[]){argv[1], NULL},
                              (const char *const[]){"LC_ALL=C.UTF-8", NULL});
    if (!pty_wait_text(p, "c1", DEADLINE))
        return failed(p, "the console did not open");
    puts("open");
    fflush(stdout);
    pty_keys(p, "5");
    if (!pty_wait_text(p, words, DEADLINE))
        return failed(p, "the release did not come");
    return strcmp(argv[2], "quit") == 0     ? quit(p, "\t\r")
           : strcmp(argv[2], "stop") == 0   ? quit(p, "\t\t\r")
           : strcmp(argv[2], "hangup") == 0 ? hang_up(p)
                                            : suspend(p);
}
