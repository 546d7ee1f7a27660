// SPDX-License-Identifier: Apache-2.0
#include "kube/token_file.h"

#include "base/mem.h"
#include "kube/access.h"
#include "kube/file.h"

#include <string.h>

#define NEVER INT64_MIN

void token_file_init(struct token_file *f, const char *path)
{
    *f = (struct token_file){.path = path ? mem_strdup(path) : NULL, .read_at_ms = NEVER};
}

void token_file_clear(struct token_file *f)
{
    mem_free(f->path);
    kube_secret_free(f->token);
    *f = (struct token_file){0};
}

void token_file_expire(struct token_file *f)
{
    f->read_at_ms = NEVER;
}

static bool sendable(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
            return false;
    return true;
}

static int read_token(struct token_file *f, struct err *e)
{
    struct buf b;
    buf_init(&b, KUBE_FILE_SMALL);
    int rc = kube_file_read(f->path, KUBE_FILE_REGULAR, &b, e);
    if (!rc) {
        const char *s = buf_str(&b);
        size_t skip = strspn(s, " \t\r\n"), n = b.len;
        while (n > skip && memchr(" \t\r\n", s[n - 1], 4))
            n--;
        if (n <= skip) {
            rc = err_set(e, ERR_INVALID, "token file %s is empty", f->path);
        } else if (!sendable(s + skip, n - skip)) {
            rc = err_set(e, ERR_INVALID, "token file %s holds more than one line", f->path);
        } else {
            kube_secret_free(f->token);
            f->token = mem_strndup(s + skip, n - skip);
        }
    }
    buf_wipe(&b);
    return rc;
}

const char *token_file_get(struct token_file *f, int64_t now_ms, struct err *e)
{
    if (!f->path)
        return NULL;
    bool due = f->read_at_ms == NEVER || now_ms - f->read_at_ms >= TOKEN_FILE_KEEP_MS;
    if (!f->token || due) {
        struct err why = ERR_INIT;
        if (read_token(f, &why) == 0)
            f->read_at_ms = now_ms;
        if (!f->token && e && !e->code)
            err_move(e, &why);
        err_clear(&why);
    }
    return f->token;
}
