// SPDX-License-Identifier: Apache-2.0
/* Any bytes: what comes out is clean, measured right, unchanged by cleaning again, and cut whole.
 */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static uint32_t measure(struct text t)
{
    uint32_t cols = 0;
    for (uint32_t at = 0; at < t.len;) {
        int w;
        at += text_next_cell(t.str + at, t.len - at, 1, &w);
        cols += (uint32_t)w;
    }
    return cols;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a);
    struct text t = text_clean(&a, (const char *)data, size);
    must(strlen(t.str) == t.len && measure(t) == t.cols);
    for (uint32_t at = 0; at < t.len;) {
        uint32_t cp;
        int n = text_decode(t.str + at, t.len - at, &cp);
        must(n > 0 && cp >= 0x20 && !(cp >= 0x7f && cp < 0xa0));
        must(!(cp >= 0x200b && cp <= 0x200f) && !(cp >= 0x2028 && cp <= 0x202e));
        at += (uint32_t)n;
    }
    must(text_equal(t, text_clean(&a, t.str, t.len)));
    uint32_t cols = size ? data[0] : 0;
    for (int how = TEXT_CUT_END; how <= TEXT_CUT_FRONT; how++) {
        struct text c = text_cut(&a, t, cols, (enum text_cut)how, TEXT(".."));
        must(c.cols <= cols || c.cols == t.cols);
        must(measure(c) == c.cols);
    }
    struct text lines[5];
    size_t n = text_wrap(&a, t, cols, lines, 5, TEXT(".."));
    for (size_t i = 0; i < n; i++)
        must(lines[i].cols <= cols);
    arena_clear(&a);
    return 0;
}
