// SPDX-License-Identifier: Apache-2.0
/* Any text is a path or is refused; the quoted form of a path reads back as the same path. */
#include "data/path.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct val_pool p;
    struct path path, again;
    val_pool_init_limited(&p, 4u << 20);
    if (path_parse(&p, (const char *)data, size, &path, NULL) == 0) {
        struct buf b;
        buf_init(&b, BUF_LARGE);
        if (path_format(&b, path, PATH_STYLE_SERVER))
            abort();
        buf_reset(&b);
        if (path_format(&b, path, PATH_STYLE_QUOTED) ||
            path_parse(&p, buf_str(&b), b.len, &again, NULL) || !path_equal(path, again) ||
            !path_matches(path, again))
            abort();
        for (size_t i = 0; i < path.len; i++)
            if (path_elem_hash(&path.elems[i]) != path_elem_hash(&again.elems[i]))
                abort();
        bool twice;
        path_resolve(&val_null, path, NULL, &twice);
        buf_clear(&b);
    }
    val_pool_clear(&p);
    return 0;
}
