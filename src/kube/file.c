// SPDX-License-Identifier: Apache-2.0
#include "kube/file.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIPE_WAIT_MS 5000
#define STEP (256u * 1024u)

static const char *kind_of(mode_t mode)
{
    static const struct {
        mode_t type;
        const char *word;
    } kinds[] = {
        {S_IFDIR, "a directory"}, {S_IFIFO, "a pipe"},         {S_IFSOCK, "a socket"},
        {S_IFCHR, "a device"},    {S_IFBLK, "a block device"},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if ((mode & S_IFMT) == kinds[i].type)
            return kinds[i].word;
    return "no regular file";
}

static int fail_errno(struct err *e, const char *path, int errnum)
{
    char text[128];
    int code = errnum == ENOENT || errnum == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
    return err_set(e, code, "cannot read %s: %s", path, strerror_r(errnum, text, sizeof(text)));
}

static int check_kind(const char *path, const struct stat *st, unsigned flags, size_t max,
                      struct err *e)
{
    bool regular = S_ISREG(st->st_mode);
    bool stream = S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode);
    if (!regular && !((flags & KUBE_FILE_PIPES) && stream))
        return err_set(e, ERR_TYPE, "cannot read %s: it is %s", path, kind_of(st->st_mode));
    if (regular && st->st_size > 0 && (uintmax_t)st->st_size > max)
        return err_set(e, ERR_LIMIT, "cannot read %s: %lld bytes, at most %zu are read", path,
                       (long long)st->st_size, max);
    return 0;
}

/* One read; 1: more to come, 0: the end, negative: an errno. */
static int read_step(int fd, struct buf *out, int64_t deadline_ms, size_t room)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t left = deadline_ms - clock_boot_ms(clock_system());
    if (left <= 0)
        return -ETIMEDOUT;
    int n = poll(&p, 1, (int)left);
    if (n < 0)
        return errno == EINTR ? 1 : -errno;
    if (n == 0)
        return -ETIMEDOUT;
    char *at = buf_reserve(out, room < STEP ? room : STEP);
    ssize_t got = read(fd, at, room < STEP ? room : STEP);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? 1 : -errno;
    buf_commit(out, (size_t)got);
    return got > 0;
}

int kube_file_read(const char *path, unsigned flags, struct buf *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail_errno(e, path, errno);
    int rc = 0;
    struct stat st;
    if (fstat(fd, &st) < 0) {
        rc = fail_errno(e, path, errno);
        goto out;
    }
    rc = check_kind(path, &st, flags, out->max, e);
    if (rc)
        goto out;
    int64_t deadline_ms = clock_boot_ms(clock_system()) + PIPE_WAIT_MS;
    for (;;) {
        if (out->len == out->max) {
            char extra;
            if (read(fd, &extra, 1) != 0)
                rc = err_set(e, ERR_LIMIT, "cannot read %s: more than %zu bytes", path, out->max);
            break;
        }
        int step = read_step(fd, out, deadline_ms, out->max - out->len);
        if (step < 0)
            rc = step == -ETIMEDOUT
                     ? err_set(e, ERR_TIMEOUT, "cannot read %s: it did not end within %d s", path,
                               PIPE_WAIT_MS / 1000)
                     : fail_errno(e, path, -step);
        if (step <= 0)
            break;
    }
out:
    close(fd);
    return rc;
}

char *kube_file_resolve(const char *dir, const char *path)
{
    if (path[0] == '/' || !dir)
        return mem_strdup(path);
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    size_t n = strlen(dir);
    return mem_printf("%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", path);
}

char *kube_file_dir(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == path)
        return mem_strdup("/");
    char *dir = slash ? mem_strndup(path, (size_t)(slash - path)) : mem_strdup(".");
    if (dir[0] == '/')
        return dir;
    char cwd[PATH_MAX];
    if (!getcwd(cwd, sizeof(cwd)))
        return dir;
    char *full = strcmp(dir, ".") == 0 ? mem_strdup(cwd) : kube_file_resolve(cwd, dir);
    mem_free(dir);
    return full;
}
