// SPDX-License-Identifier: Apache-2.0
#include "cli/input.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

int cli_read_text(const char *name, struct buf *out, struct err *e)
{
    FILE *in = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    char chunk[16384];
    size_t n;
    int rc = 0;
    if (!in)
        return err_set_errno(e, errno, name);
    while (!rc && (n = fread(chunk, 1, sizeof(chunk), in)) > 0)
        rc = buf_add(out, chunk, n);
    if (rc) {
        err_set(e, rc, "%s is larger than %zu bytes", name, out->max);
        err_hint(e, "give fewer objects at once");
    } else if (ferror(in))
        rc = err_set_errno(e, errno, name);
    if (in != stdin)
        fclose(in);
    return rc;
}

void cli_print_clean(FILE *out, const char *s, size_t n)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    text_clean_to(&b, s, n);
    fputs(buf_str(&b), out);
    buf_clear(&b);
}
