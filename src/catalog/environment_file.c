// SPDX-License-Identifier: Apache-2.0
#include "catalog/environment_file.h"

#include "base/mem.h"
#include "catalog/files.h"
#include "data/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_strndup(path, (size_t)(slash - path)) : NULL;
    if (folder && *folder)
        mkdir(folder, 0777); /* what is wrong with it, the file says */
    mem_free(folder);
}

/* That a name is new is on disk with its folder. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_strndup(path, (size_t)(slash - path)) : mem_strdup(".");
    int fd = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    mem_free(folder);
}

static int write_text(const char *path, const struct buf *text, bool fresh, struct err *e)
{
    char *next = mem_printf("%s.new", path);
    make_folder(path);
    unlink(next); /* left behind by a process that was killed */
    struct stat old;
    int fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd >= 0 && !fresh && !stat(path, &old))
        (void)!fchmod(fd, old.st_mode & 07777);
    ssize_t n = fd < 0 ? -1 : write(fd, text->data, text->len);
    if (n >= 0 && (size_t)n < text->len)
        err_set_errno(e, ENOSPC, next);
    else if (n < 0 || fsync(fd))
        err_set_errno(e, errno, next);
    if (fd >= 0)
        close(fd);
    /* a new one never takes the place of one that is there */
    if (!e->code && (fresh ? link(next, path) : rename(next, path)))
        err_set_errno(e, errno, path);
    if (fd >= 0 && (fresh || e->code))
        unlink(next);
    if (!e->code)
        sync_folder(path);
    mem_free(next);
    return e->code;
}

int environment_file_write(const char *path, const struct val *doc, bool fresh, struct err *e)
{
    struct buf b;
    buf_init(&b, CATALOG_FILE_MAX);
    if (yaml_write(&b, doc))
        err_set(e, ERR_LIMIT, "the environment is too large");
    else
        (void)!write_text(path, &b, fresh, e);
    buf_clear(&b);
    return e->code;
}

/* ---- one word in its place ---- */

static const struct val *only_document(struct val_pool *p, const char *path, const struct buf *text,
                                       struct err *e)
{
    struct yaml_docs docs = {0};
    const struct val *doc = NULL;
    if (!yaml_read(p, buf_str(text), text->len, path, &docs, e)) {
        if (docs.len == 1 && val_is(val_get(docs.items[0].value, "spec"), VAL_MAP))
            doc = docs.items[0].value;
        else
            err_set(e, ERR_INVALID, "%s does not hold one environment", path);
    }
    yaml_docs_clear(&docs);
    return doc;
}

/* Where line and column (from 1) are in the text; NULL: nowhere. */
static const char *place(const struct buf *text, uint32_t line, uint32_t col)
{
    const char *s = buf_str(text), *end = s + text->len;
    for (; s && line > 1; line--) {
        s = memchr(s, '\n', (size_t)(end - s));
        s = s ? s + 1 : NULL;
    }
    return s && line && col && (size_t)(end - s) >= col - 1 ? s + col - 1 : NULL;
}

/* In place of the value that is there, which is plain or quoted and on one line. */
static bool put_in_place(const struct buf *text, const struct val *old, const char *ttl,
                         struct buf *out)
{
    const char *s = buf_str(text), *at = place(text, old->line, old->col);
    if (!at)
        return false;
    char quote = *at == '"' || *at == '\'' ? *at : '\0';
    size_t n = quote ? strcspn(at + 1, "\"'\n") + 2 : strcspn(at, " \t\r\n,}#");
    buf_add(out, s, (size_t)(at - s));
    buf_add(out, ttl, strlen(ttl));
    buf_add(out, at + n, text->len - (size_t)(at + n - s));
    return true;
}

/* As the first line of a spec in block style. */
static bool put_first(const struct buf *text, const struct val *spec, const char *ttl,
                      struct buf *out)
{
    const char *s = buf_str(text);
    const char *at = place(text, spec->line, 1);
    if (!at || !spec->col || place(text, spec->line, spec->col) == NULL ||
        *place(text, spec->line, spec->col) == '{')
        return false;
    buf_add(out, s, (size_t)(at - s));
    for (uint32_t i = 1; i < spec->col; i++)
        buf_add(out, " ", 1);
    buf_printf(out, "ttl: %s\n", ttl);
    buf_add(out, at, text->len - (size_t)(at - s));
    return true;
}

int environment_file_set_ttl(const char *path, const char *ttl, struct err *e)
{
    struct val_pool pool;
    struct buf text, out;
    struct err unread = ERR_INIT;
    val_pool_init_limited(&pool, 8 * CATALOG_FILE_MAX);
    buf_init(&text, CATALOG_FILE_MAX);
    buf_init(&out, CATALOG_FILE_MAX);
    const struct val *doc =
        catalog_read_file(path, &text, e) ? NULL : only_document(&pool, path, &text, e);
    if (doc) {
        const struct val *spec = val_get(doc, "spec"), *old = val_get(spec, "ttl");
        const struct val *word = val_box(&pool, val_of_str(&pool, ttl));
        const struct val *want =
            val_map_with(&pool, doc, "spec", val_map_with(&pool, spec, "ttl", word));
        bool done = old ? put_in_place(&text, old, ttl, &out) : put_first(&text, spec, ttl, &out);
        const struct val *now = done ? only_document(&pool, path, &out, &unread) : NULL;
        if (now && val_equal(now, want))
            (void)!write_text(path, &out, false, e);
        else
            (void)!environment_file_write(path, want, false, e);
    }
    err_clear(&unread);
    buf_clear(&out);
    buf_clear(&text);
    val_pool_clear(&pool);
    return e->code;
}
