// SPDX-License-Identifier: Apache-2.0
#include "views/editor.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGS_MAX 24

bool program_is_there(const char *program)
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

/* The program, with path as its last word. False, and said: there is none, or no terminal. */
static bool run_editor(struct app *a, const char *path)
{
    struct arena arena;
    char *argv[ARGS_MAX] = {NULL};
    arena_init(&arena);
    size_t n = editor_words(&arena, argv, ARGS_MAX - 2);
    bool done = false;
    if (!n || !program_is_there(argv[0])) {
        app_error(a, "%s is not on the PATH; $EDITOR names another", n ? argv[0] : "no editor");
    } else {
        argv[n] = arena_strdup(&arena, path);
        done = app_run_program(a, argv) >= 0;
        if (!done)
            app_error(a, "there is no terminal to edit in");
    }
    arena_clear(&arena);
    return done;
}

bool editor_open_file(struct app *a, const char *path)
{
    return run_editor(a, path);
}

void editor_open_copy(struct app *a, const char *name, const char *bytes, size_t len)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = mem_printf("%s/leeway-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) {
        app_error(a, "%s: %s", dir, strerror(errno));
        mem_free(dir);
        return;
    }
    char *path = mem_printf("%s/%s", dir, name);
    if (write_copy(path, bytes, len))
        app_error(a, "%s: %s", path, strerror(errno));
    else if (run_editor(a, path))
        app_info(a, "that was a copy, and it is gone; a plan changes clusters");
    unlink(path);
    rmdir(dir);
    mem_free(path);
    mem_free(dir);
}
