// SPDX-License-Identifier: Apache-2.0
#include "login.h"

#include "app/app.h"
#include "app/message.h"
#include "app/requests.h"
#include "base/buf.h"
#include "base/mem.h"
#include "leeway/leeway.h"
#include "term/term.h"
#include "widget/dialog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PRINTED_MAX = 1024 * 1024 }; /* a credential is a few kilobytes */

struct login {
    struct term *term;
    char *cluster;
    char **argv, **envp;
    struct arena arena;
};

static void free_login(struct login *l)
{
    arena_clear(&l->arena);
    mem_free(l);
}

/* It talks to the person on standard error and the terminal; standard output is the pipe. */
static void run_child(const struct login *l, int out)
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGPIPE, SIGWINCH};
    sigset_t none;
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        signal(signals[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(out, STDOUT_FILENO) < 0)
        _exit(127);
    execve(l->argv[0], l->argv, l->envp);
    _exit(127);
}

/* What it prints, to its end; more than any credential is read and dropped. */
static void read_all(int fd, struct buf *out)
{
    char bytes[4096];
    for (;;) {
        ssize_t n = read(fd, bytes, sizeof(bytes));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if (out->len <= PRINTED_MAX)
            (void)buf_add(out, bytes, (size_t)n);
    }
    mem_wipe(bytes, sizeof(bytes));
}

/* Gives the screen to the program. Its status as waitpid has it; -1 when it could not run. */
static int run_in_terminal(const struct login *l, struct buf *printed)
{
    int status = 0, pipe_fds[2];
    struct sigaction ignore = {.sa_handler = SIG_IGN}, was_int, was_quit;
    if (pipe2(pipe_fds, O_CLOEXEC))
        return -1;
    term_leave(l->term);
    sigaction(SIGINT, &ignore, &was_int);
    sigaction(SIGQUIT, &ignore, &was_quit);
    pid_t pid = fork();
    if (pid == 0)
        run_child(l, pipe_fds[1]);
    close(pipe_fds[1]);
    if (pid > 0)
        read_all(pipe_fds[0], printed);
    close(pipe_fds[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    sigaction(SIGINT, &was_int, NULL);
    sigaction(SIGQUIT, &was_quit, NULL);
    term_enter(l->term);
    return pid < 0 ? -1 : status;
}

static void login_chosen(struct app *a, void *ctx, int button)
{
    struct login *l = ctx;
    if (a && button == 1) {
        struct buf printed;
        buf_init(&printed, PRINTED_MAX + 8192);
        int status = run_in_terminal(l, &printed);
        struct leeway_command c = {.kind = LEEWAY_CMD_LOGGED_IN,
                                   .cluster = l->cluster,
                                   .login = buf_str(&printed),
                                   .login_status = status};
        if (status < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
            app_error(a, "%s: %s could not be run", l->cluster, l->argv[0]);
        else if (WIFEXITED(status) && WEXITSTATUS(status))
            app_error(a, "%s: %s ended with status %d", l->cluster, l->argv[0],
                      WEXITSTATUS(status));
        else if (!WIFEXITED(status))
            app_error(a, "%s: %s was ended by signal %d", l->cluster, l->argv[0], WTERMSIG(status));
        else if (app_request(a, NULL, &c, NULL))
            app_info(a, "%s: logged in, asking again", l->cluster);
        buf_wipe(&printed);
    }
    free_login(l);
}

/* Our own environment, with what the plugin is given besides. */
static char **environment(struct arena *a, char *const *more)
{
    size_t own = 0, n = 0, out = 0;
    while (environ[own])
        own++;
    while (more[n])
        n++;
    char **all = arena_array(a, own + n + 1, sizeof(*all));
    for (size_t i = 0; i < n; i++)
        all[out++] = arena_strdup(a, more[i]);
    for (size_t i = 0; i < own; i++) {
        size_t name = strcspn(environ[i], "=") + 1, k = 0;
        while (k < n && strncmp(environ[i], more[k], name) != 0)
            k++;
        if (k == n)
            all[out++] = arena_strdup(a, environ[i]);
    }
    all[out] = NULL;
    return all;
}

static char **copy_words(struct arena *a, char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    char **copy = arena_array(a, n + 1, sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i] = arena_strdup(a, words[i]);
    copy[n] = NULL;
    return copy;
}

void login_ask(struct app *a, struct term *term, const struct leeway_event *ev)
{
    if (!ev->argv || !ev->argv[0] || !ev->envp)
        return;
    if (!term) {
        app_say(a, MESSAGE_UNKNOWN, ev->where, TEXT("needs a login"), ev->text);
        return;
    }
    struct login *l = mem_new(struct login);
    struct text line = TEXT_NONE;
    arena_init(&l->arena);
    l->term = term;
    l->cluster = arena_strdup(&l->arena, ev->where.str);
    l->argv = copy_words(&l->arena, ev->argv);
    l->envp = environment(&l->arena, ev->envp);
    for (size_t i = 0; l->argv[i]; i++)
        line = text_fmt(&l->arena, "%s%s%s", line.str, i ? " " : "", l->argv[i]);
    const struct text lines[] = {
        text_fmt(&l->arena, "%s asks for a login. Run this in the terminal?", l->cluster),
        TEXT_NONE, line};
    const struct dialog_button buttons[] = {{"Run it", NULL}};
    const struct dialog_spec spec = {.title = TEXT("Login"),
                                     .lines = lines,
                                     .n_lines = ARRAY_LEN(lines),
                                     .buttons = buttons,
                                     .n_buttons = 1,
                                     .done = login_chosen,
                                     .ctx = l};
    app_push(a, dialog_new(&spec));
}
