// SPDX-License-Identifier: Apache-2.0
#include "term/child.h"

#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void exec_child(char *const *argv)
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGPIPE, SIGWINCH};
    sigset_t none;
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        signal(signals[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(argv[0], argv);
    _exit(127);
}

/* What it said stays on the screen until somebody has read it. */
static void wait_for_enter(int status)
{
    char c;
    fprintf(stderr, "\n[leeway] it ended with %d; Enter goes back ", status);
    while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
        ;
}

int child_run(struct term *t, char *const *argv)
{
    int status = 0;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, was_int, was_quit;
    term_leave(t);
    sigaction(SIGINT, &ignore, &was_int);
    sigaction(SIGQUIT, &ignore, &was_quit);
    pid_t pid = fork();
    if (pid == 0)
        exec_child(argv);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (pid < 0)
        status = -1;
    else
        status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (status > 0 && status != 130)
        wait_for_enter(status);
    sigaction(SIGINT, &was_int, NULL);
    sigaction(SIGQUIT, &was_quit, NULL);
    term_enter(t);
    return status;
}
