// SPDX-License-Identifier: Apache-2.0
#include "catalog/tree.h"

#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 64

struct walk {
    struct file_tree *t;
    const char *root;
    uint64_t bytes;
    struct err *e;
};

static int refuse(struct walk *w, const char *path, int code, const char *what, const char *hint)
{
    err_set(w->e, code, "%s", what);
    err_at(w->e, path, 0, 0);
    if (hint)
        err_hint(w->e, "%s", hint);
    return code;
}

static char *joined(const char *a, const char *b)
{
    return *a ? mem_printf("%s/%s", a, b) : mem_strdup(b);
}

/* ---- finding ---- */

static int find(struct walk *w, int dir, const char *rel, unsigned depth);

static int find_entry(struct walk *w, int dir, const char *name, const char *rel, unsigned depth)
{
    struct stat st;
    char *full = joined(w->root, rel);
    int rc = 0;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        rc = refuse(w, full, ERR_IO, strerror(errno), NULL);
    } else if (S_ISLNK(st.st_mode)) {
        rc = refuse(w, full, ERR_INVALID, "is a symbolic link, which nothing approved may hold",
                    "put a copy of the file in its place");
    } else if (S_ISDIR(st.st_mode)) {
        int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        rc = fd < 0 ? refuse(w, full, ERR_IO, strerror(errno), NULL) : find(w, fd, rel, depth + 1);
    } else if (!S_ISREG(st.st_mode)) {
        rc = refuse(w, full, ERR_INVALID, "is no file and no folder", NULL);
    } else if (w->t->len == TREE_FILES_MAX) {
        rc = refuse(w, w->root, ERR_LIMIT, "holds more than 10000 files", NULL);
    } else {
        vec_push(w->t, (struct file_tree_entry){
                           .path = arena_strdup(&w->t->arena, rel),
                           .mode = st.st_mode & S_IXUSR ? 0755 : 0644,
                       });
    }
    mem_free(full);
    return rc;
}

/* Takes dir. */
static int find(struct walk *w, int dir, const char *rel, unsigned depth)
{
    DIR *d = depth > DEPTH_MAX ? NULL : fdopendir(dir);
    struct dirent *entry;
    int rc = 0;
    if (!d) {
        close(dir);
        return depth > DEPTH_MAX ? refuse(w, w->root, ERR_LIMIT, "is too deep", NULL)
                                 : refuse(w, w->root, ERR_IO, strerror(errno), NULL);
    }
    while (!rc && (entry = readdir(d))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *sub = joined(rel, entry->d_name);
        rc = find_entry(w, dirfd(d), entry->d_name, sub, depth);
        mem_free(sub);
    }
    closedir(d);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    const struct file_tree_entry *x = a, *y = b;
    return strcmp(x->path, y->path);
}

/* ---- reading ---- */

static int digest_file(struct walk *w, int fd, struct file_tree_entry *f, const char *full,
                       struct digest_ctx *all)
{
    static const size_t chunk = 64 * 1024;
    struct stat st;
    char head[64];
    uint64_t read_bytes = 0;
    int rc = 0;
    ssize_t n;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return refuse(w, full, ERR_IO, "changed while it was read", NULL);
    f->size = (uint64_t)st.st_size;
    if ((w->bytes += f->size) > TREE_BYTES_MAX)
        return refuse(w, w->root, ERR_LIMIT, "holds more than 256 MiB", NULL);
    int len = snprintf(head, sizeof(head), "%o %llu", f->mode, (unsigned long long)f->size);
    digest_update(all, f->path, strlen(f->path) + 1);
    digest_update(all, head, (size_t)len + 1);
    struct digest_ctx *own = digest_begin();
    char *bytes = mem_alloc(chunk);
    while (!rc && (n = read(fd, bytes, chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (read_bytes += (uint64_t)n) > f->size)
            rc = refuse(w, full, ERR_IO, n < 0 ? strerror(errno) : "changed while it was read",
                        NULL);
        else {
            digest_update(all, bytes, (size_t)n);
            digest_update(own, bytes, (size_t)n);
        }
    }
    if (!rc && read_bytes != f->size)
        rc = refuse(w, full, ERR_IO, "changed while it was read", NULL);
    f->digest = digest_end(own);
    mem_free(bytes);
    return rc;
}

/* openat with O_NOFOLLOW guards the last name only; the folders above were walked without
 * following, and one that became a link since is caught by the names that it then lacks or by what
 * the digest says. */
static int read_files(struct walk *w, bool single)
{
    struct digest_ctx *all = digest_begin();
    int rc = 0;
    digest_update(all, "leeway-tree-v1", 15);
    for (size_t i = 0; i < w->t->len && !rc; i++) {
        struct file_tree_entry *f = &w->t->items[i];
        char *full = single ? mem_strdup(w->root) : joined(w->root, f->path);
        int fd = open(full, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        rc = fd < 0 ? refuse(w, full, ERR_IO, strerror(errno), NULL)
                    : digest_file(w, fd, f, full, all);
        if (fd >= 0)
            close(fd);
        mem_free(full);
    }
    w->t->digest = digest_end(all);
    return rc;
}

int file_tree_read(const char *path, struct file_tree *out, struct err *e)
{
    struct err own = ERR_INIT;
    struct walk w = {.t = out, .root = path, .e = e ? e : &own};
    struct stat st;
    int rc;
    *out = (struct file_tree){.items = NULL};
    arena_init(&out->arena);
    if (lstat(path, &st) != 0) {
        rc = refuse(&w, path, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
                    errno == ENOENT || errno == ENOTDIR ? "is not there" : strerror(errno), NULL);
    } else if (S_ISDIR(st.st_mode)) {
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        rc = fd < 0 ? refuse(&w, path, ERR_IO, strerror(errno), NULL) : find(&w, fd, "", 0);
    } else {
        const char *slash = strrchr(path, '/');
        char *dir = slash ? mem_strndup(path, (size_t)(slash - path)) : mem_strdup(".");
        int fd = open(*dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const char *name = slash ? slash + 1 : path;
        w.root = dir;
        rc = fd < 0 ? refuse(&w, path, ERR_IO, strerror(errno), NULL)
                    : find_entry(&w, fd, name, name, 0);
        if (fd >= 0)
            close(fd);
        w.root = path;
        mem_free(dir);
    }
    if (out->len)
        qsort(out->items, out->len, sizeof(*out->items), by_path);
    if (!rc)
        rc = read_files(&w, !S_ISDIR(st.st_mode));
    err_clear(&own);
    return rc;
}

void file_tree_clear(struct file_tree *t)
{
    mem_free(t->items);
    arena_clear(&t->arena);
    *t = (struct file_tree){.items = NULL};
}
