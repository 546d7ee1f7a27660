// SPDX-License-Identifier: Apache-2.0
/* Reading files without following links, listing folders in a fixed order. */
#include "catalog/files.h"

#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_MAX 20000u

static int read_all(int fd, const char *path, struct buf *out, struct err *e)
{
    for (;;) {
        char *room = buf_reserve(out, 64 * 1024);
        if (!room)
            return err_set(e, ERR_LIMIT, "%s is larger than %u MiB", path,
                           CATALOG_FILE_MAX / 1024 / 1024);
        ssize_t n = read(fd, room, 64 * 1024);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(e, errno, path);
        if (!n)
            return 0;
        buf_commit(out, (size_t)n);
    }
}

int catalog_read_file(const char *path, struct buf *out, struct err *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ELOOP) {
        err_set(e, ERR_UNSUPPORTED, "%s is a symbolic link", path);
        err_hint(e, "a catalog holds its files itself: copy the file here");
        return e->code;
    }
    if (fd < 0)
        return err_set_errno(e, errno, path);
    int rc;
    if (fstat(fd, &st))
        rc = err_set_errno(e, errno, path);
    else if (!S_ISREG(st.st_mode))
        rc = err_set(e, ERR_UNSUPPORTED, "%s is no regular file", path);
    else
        rc = read_all(fd, path, out, e);
    close(fd);
    return rc;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool catalog_is_folder(const char *path)
{
    struct stat st;
    return !lstat(path, &st) && S_ISDIR(st.st_mode);
}

char *catalog_join(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    return mem_printf("%s%s%s", folder, n && folder[n - 1] != '/' ? "/" : "", name);
}

int catalog_list(const char *path, bool folders, struct catalog_names *out, struct err *e)
{
    DIR *d = opendir(path);
    struct dirent *entry;
    int rc = 0;
    if (!d)
        return errno == ENOENT || errno == ENOTDIR ? 0 : err_set_errno(e, errno, path);
    while (!rc && (entry = readdir(d))) {
        if (entry->d_name[0] == '.')
            continue;
        char *full = catalog_join(path, entry->d_name);
        if (catalog_is_folder(full) == folders)
            vec_push(out, mem_strdup(entry->d_name));
        mem_free(full);
        if (out->len > NAMES_MAX)
            rc = err_set(e, ERR_LIMIT, "%s has more than %u files", path, NAMES_MAX);
    }
    closedir(d);
    if (out->len)
        qsort(out->items, out->len, sizeof(*out->items), compare);
    return rc;
}

void catalog_names_clear(struct catalog_names *n)
{
    for (size_t i = 0; i < n->len; i++)
        mem_free(n->items[i]);
    vec_clear(n);
}

bool catalog_is_yaml(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml") || !strcmp(dot, ".json"));
}
