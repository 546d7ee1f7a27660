// SPDX-License-Identifier: Apache-2.0
#include "views/outside.h"

#include "base/mem.h"
#include "leeway/snapshot.h"
#include "widget/dialog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGS_MAX 24

struct shell {
    struct arena arena;
    char *argv[ARGS_MAX];
};

/* On the PATH. */
static bool is_there(const char *program)
{
    const char *path = getenv("PATH");
    if (strchr(program, '/'))
        return access(program, X_OK) == 0;
    for (const char *s = path ? path : ""; *s;) {
        size_t n = strcspn(s, ":");
        char *file = mem_printf("%.*s/%s", (int)n, n ? s : ".", program);
        bool found = access(file, X_OK) == 0;
        mem_free(file);
        if (found)
            return true;
        s += n + (s[n] == ':');
    }
    return false;
}

const char *outside_why_no_shell(struct app *a)
{
    return is_there("kubectl") ? NULL : "kubectl is not on the PATH";
}

static void run_shell(struct app *a, void *ctx, int button)
{
    struct shell *s = ctx;
    if (a && button == 1) {
        int status = app_run_program(a, s->argv);
        if (status < 0)
            app_error(a, "there is no terminal to run kubectl in");
        else if (status)
            app_error(a, "kubectl ended with %d", status);
    }
    arena_clear(&s->arena);
    mem_free(s);
}

/* What kubectl calls the cluster. */
static const char *context_of(struct app *a, struct text cluster)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    const struct leeway_cluster *c = s ? leeway_cluster_by_name(s, cluster.str) : NULL;
    return c && c->context.len ? c->context.str : cluster.str;
}

void outside_shell(struct app *a, const struct object_ref *pod, struct text container)
{
    struct shell *s = mem_new(struct shell);
    arena_init(&s->arena);
    const char *const words[] = {"kubectl",
                                 "--context",
                                 context_of(a, pod->cluster),
                                 "-n",
                                 pod->namespace_.str,
                                 "exec",
                                 "-it",
                                 pod->name.str,
                                 container.len ? "-c" : NULL,
                                 container.len ? container.str : NULL,
                                 "--",
                                 "sh",
                                 "-c",
                                 "command -v bash >/dev/null && exec bash || exec sh"};
    size_t n = 0;
    struct text line = TEXT_NONE;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!words[i])
            continue;
        s->argv[n++] = arena_strdup(&s->arena, words[i]);
        if (i < ARRAY_LEN(words) - 3)
            line = text_fmt(&s->arena, "%s%s%s", line.str, line.len ? " " : "", words[i]);
    }
    const struct text lines[] = {text_fmt(&s->arena,
                                          "A shell in %s on %s. What is done in it is not a plan,",
                                          pod->name.str, pod->cluster.str),
                                 TEXT("and leeway knows nothing of it."), TEXT_NONE, line};
    const struct dialog_button buttons[] = {{"Open it", NULL}};
    const struct dialog_spec spec = {.title = TEXT("Shell"),
                                     .lines = lines,
                                     .n_lines = ARRAY_LEN(lines),
                                     .buttons = buttons,
                                     .n_buttons = 1,
                                     .done = run_shell,
                                     .ctx = s};
    app_push(a, dialog_new(&spec));
}

/* ---- the editor ---- */

/* "code -w" is a program and a word. */
static size_t editor_words(struct arena *a, char **argv, size_t max)
{
    const char *editor = getenv("VISUAL");
    if (!editor || !*editor)
        editor = getenv("EDITOR");
    if (!editor || !*editor)
        editor = "vi";
    size_t n = 0;
    for (const char *s = editor; *s && n < max;) {
        size_t len = strcspn(s, " ");
        if (len)
            argv[n++] = arena_strndup(a, s, len);
        s += len + (s[len] == ' ');
    }
    return n;
}

static int write_copy(const char *path, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    size_t done = 0;
    while (done < len) {
        ssize_t n = write(fd, bytes + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    return close(fd) < 0 || done < len ? -1 : 0;
}

void outside_edit_copy(struct app *a, const char *name, const char *bytes, size_t len)
{
    struct arena arena;
    char *argv[ARGS_MAX] = {NULL};
    arena_init(&arena);
    const char *tmp = getenv("TMPDIR");
    char *dir = arena_printf(&arena, "%s/leeway-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    size_t n = editor_words(&arena, argv, ARGS_MAX - 2);
    if (!n || !is_there(argv[0])) {
        app_error(a, "%s is not on the PATH; $EDITOR names another", n ? argv[0] : "no editor");
    } else if (!mkdtemp(dir)) {
        app_error(a, "%s: %s", dir, strerror(errno));
    } else {
        char *path = arena_printf(&arena, "%s/%s", dir, name);
        argv[n] = path;
        if (write_copy(path, bytes, len))
            app_error(a, "%s: %s", path, strerror(errno));
        else if (app_run_program(a, argv) < 0)
            app_error(a, "there is no terminal to edit in");
        else
            app_info(a, "that was a copy, and it is gone; a plan changes clusters");
        unlink(path);
        rmdir(dir);
    }
    arena_clear(&arena);
}
