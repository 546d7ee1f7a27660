// SPDX-License-Identifier: Apache-2.0
/* Whatever the text, reading ends with documents or an error that says where, within the pool's
 * limit; and what was read reads back equal after it was written. */
#include "data/yaml.h"

#include <stdlib.h>

static void require(bool ok)
{
    if (!ok)
        abort();
}

/* Text may be short and what its aliases stand for long: only what can be written is checked. */
static void check_written(const struct val *v)
{
    struct val_pool p;
    struct yaml_docs docs;
    struct buf b;
    val_pool_init(&p);
    buf_init(&b, 1u << 20);
    int rc = yaml_write(&b, v);
    require(rc == 0 || rc == ERR_LIMIT);
    if (rc == 0) {
        require(yaml_read(&p, b.data, b.len, NULL, &docs, NULL) == 0);
        require(docs.len == 1 && val_equal(docs.items[0].value, v));
        yaml_docs_clear(&docs);
    }
    buf_clear(&b);
    val_pool_clear(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct val_pool p;
    struct yaml_docs docs;
    struct err e = ERR_INIT;
    val_pool_init_limited(&p, 1u << 24);
    int rc = yaml_read(&p, (const char *)data, size, "fuzz", &docs, &e);
    require(rc == e.code && (!rc || (e.text && e.line)));
    for (size_t i = 0; i < docs.len; i++)
        check_written(docs.items[i].value);
    yaml_docs_clear(&docs);
    err_clear(&e);
    val_pool_clear(&p);
    return 0;
}
