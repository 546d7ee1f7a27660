// SPDX-License-Identifier: Apache-2.0
/*
 * Golden files: what a screen must look like, in tests/golden/NAME. With GENERATE=1 in the
 * environment the file is written instead of compared; look at the difference before committing it.
 */
#ifndef LEEWAY_TESTS_GOLDEN_H
#define LEEWAY_TESTS_GOLDEN_H

#include "unit.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

static inline void golden_check(const char *name, const struct buf *actual)
{
    const char *src = getenv("top_srcdir");
    char path[1024];
    snprintf(path, sizeof(path), "%s/tests/golden/%s", src ? src : ".", name);
    if (getenv("GENERATE")) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(buf_str(actual), 1, actual->len, f), actual->len);
        fclose(f);
        return;
    }
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("no golden file %s: make it with GENERATE=1", path);
    struct buf want;
    buf_init(&want, 1u << 20);
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
        assert_int_equal(buf_add(&want, chunk, n), 0);
    fclose(f);
    if (strcmp(buf_str(&want), buf_str(actual)) != 0)
        print_error("%s is\n%s\nwanted\n%s\n", name, buf_str(actual), buf_str(&want));
    assert_string_equal(buf_str(actual), buf_str(&want));
    buf_clear(&want);
}

#endif
