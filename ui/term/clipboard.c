// SPDX-License-Identifier: Apache-2.0
#include "term/clipboard.h"

#include "base/digest.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENCODED_MAX 74994 /* what terminals take */

/* Those that have no clipboard; what they would make of the sequence nobody knows. */
static const char *const without[] = {"linux", "dumb", "ansi", "vt100", "vt220", "screen"};

enum clipboard_way clipboard_way(const char *name, const char *tmux, size_t len)
{
    if (len > ENCODED_MAX / 4 * 3 || !name)
        return CLIPBOARD_FILE;
    if (tmux && *tmux)
        return CLIPBOARD_TMUX;
    for (size_t i = 0; i < ARRAY_LEN(without); i++) {
        size_t n = strlen(without[i]);
        if (strncmp(name, without[i], n) == 0 && (!name[n] || name[n] == '-' || name[n] == '.'))
            return CLIPBOARD_FILE;
    }
    return CLIPBOARD_TERMINAL;
}

int clipboard_put(struct buf *out, enum clipboard_way way, const char *bytes, size_t len)
{
    struct buf b;
    int r = 0;
    if (way == CLIPBOARD_FILE)
        return 0;
    buf_init(&b, ENCODED_MAX + 16);
    if ((r = base64_encode(&b, bytes, len)) == 0) {
        buf_printf(out, "\033]52;c;%s\033\\", buf_str(&b));
        if (way == CLIPBOARD_TMUX) /* past it, where it lets that through: ESC stands twice */
            buf_printf(out, "\033Ptmux;\033\033]52;c;%s\033\033\\\033\\", buf_str(&b));
    }
    buf_clear(&b);
    return r;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

int clipboard_save(const char *bytes, size_t len, char **path, struct err *e)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    bool own = cache && *cache == '/';
    if (!own && !(home && *home))
        return err_set(e, ERR_INVALID, "neither XDG_CACHE_HOME nor HOME names a folder");
    char *base = own ? mem_strdup(cache) : mem_printf("%s/.cache", home);
    char *dir = mem_printf("%s/leeway", base), *tmp = mem_printf("%s/clip-XXXXXX", dir);
    int fd = -1, r = 0;
    *path = mem_printf("%s/clip", dir);
    (void)mkdir(base, 0700);
    (void)mkdir(dir, 0700);
    if ((fd = mkstemp(tmp)) < 0 || write_all(fd, bytes, len) || close(fd) ||
        rename(tmp, *path)) { /* mkstemp makes it with 0600 */
        r = err_set(e, ERR_IO, "%s: %s", *path, strerror(errno));
        if (fd >= 0)
            unlink(tmp);
        mem_free(*path);
        *path = NULL;
    }
    mem_free(tmp);
    mem_free(dir);
    mem_free(base);
    return r;
}
