// SPDX-License-Identifier: Apache-2.0
/* Approving: the lock, and a signature over it. */
#include "catalog/approval_int.h"

#include "base/mem.h"
#include "catalog/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_MAX (16u * 1024u * 1024u)

/* Whole or not at all; readable by all, as files of a checkout are. */
static int write_file(const char *path, const struct buf *b, struct err *e)
{
    char *tmp = mem_printf("%s.new", path);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644), rc = 0;
    size_t done = 0;
    if (fd < 0)
        rc = err_set_errno(e, errno, "cannot be written");
    while (!rc && done < b->len) {
        ssize_t n = write(fd, b->data + done, b->len - done);
        if (n < 0 && errno != EINTR)
            rc = err_set_errno(e, errno, "cannot be written");
        else if (n > 0)
            done += (size_t)n;
    }
    if (!rc && fsync(fd) != 0)
        rc = err_set_errno(e, errno, "cannot be written");
    if (fd >= 0)
        close(fd);
    if (!rc && rename(tmp, path) != 0)
        rc = err_set_errno(e, errno, "cannot be written");
    if (rc) {
        unlink(tmp);
        err_at(e, path, 0, 0);
    }
    mem_free(tmp);
    return rc;
}

static bool is_file_of(const char *path, const struct buf *want)
{
    struct buf have;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool same = false;
    if (fd < 0)
        return false;
    buf_init(&have, LOCK_MAX);
    for (;;) {
        char *to = buf_reserve(&have, 64u * 1024u);
        ssize_t n = to ? read(fd, to, 64u * 1024u) : -1;
        if (n <= 0) {
            same = n == 0 && have.len == want->len && memcmp(have.data, want->data, have.len) == 0;
            break;
        }
        buf_commit(&have, (size_t)n);
    }
    close(fd);
    buf_clear(&have);
    return same;
}

static int remove_one(void *ctx, const char *path)
{
    (void)ctx;
    unlink(path);
    return 0;
}

static int write_lock(const char *catalog, const char *subject, const char *path,
                      const struct buf *lock, struct err *e)
{
    char *dir = mem_printf("%s/approvals", catalog);
    int rc = 0;
    if (mkdir(dir, 0755) != 0 && errno != EEXIST) {
        rc = err_set_errno(e, errno, "cannot be made");
        err_at(e, dir, 0, 0);
    } else if (!is_file_of(path, lock)) {
        rc = write_file(path, lock, e);
        if (!rc)
            approval_each_signature(catalog, subject, remove_one, NULL);
    }
    mem_free(dir);
    return rc;
}

/* "SHA256:a/b+c" is no name of a file. */
static char *signature_path(const char *catalog, const char *subject, const char *fingerprint)
{
    char *path = mem_printf("%s/approvals/%s.%s.sig", catalog, subject, fingerprint);
    char *p = path + strlen(catalog) + strlen("/approvals/") + strlen(subject) + 1;
    for (; *p; p++)
        *p = *p == '/' ? '_' : *p == '+' || *p == ':' ? '-' : *p;
    return path;
}

int approval_sign(const char *catalog, const char *subject, const struct approval_item *items,
                  size_t n, const char *key, char **sig, struct err *e)
{
    struct buf lock, text, fingerprint;
    char *path = approval_lock_path(catalog, subject);
    *sig = NULL;
    buf_init(&lock, LOCK_MAX);
    buf_init(&text, BUF_SMALL);
    buf_init(&fingerprint, 256);
    int rc = approval_lock_make(catalog, items, n, &lock, e);
    if (!rc)
        rc = write_lock(catalog, subject, path, &lock, e);
    if (!rc)
        rc = signature_make(path, key, &text, &fingerprint, e);
    if (!rc) {
        *sig = signature_path(catalog, subject, buf_str(&fingerprint));
        rc = write_file(*sig, &text, e);
    }
    buf_clear(&lock);
    buf_clear(&text);
    buf_clear(&fingerprint);
    mem_free(path);
    return rc;
}
