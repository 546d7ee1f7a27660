// SPDX-License-Identifier: Apache-2.0
/*
 * The reader agrees with jansson on what is JSON, what it wrote reads back equal in every form, and
 * the stream gives the same parts however the bytes are split. The first byte chooses the split.
 */
#include "data/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void require(bool ok)
{
    if (!ok)
        abort();
}

static void check_forms(const struct val *v)
{
    static const unsigned forms[] = {JSON_COMPACT, JSON_PRETTY, JSON_CANONICAL, JSON_FOR_APPLY};
    struct buf first;
    buf_init(&first, 1u << 26);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct val_pool p;
        struct buf b;
        val_pool_init(&p);
        buf_init(&b, 1u << 26);
        require(json_write(&b, v, forms[i]) == 0);
        const struct val *again = json_read(&p, b.data, b.len, NULL, NULL);
        require(again && val_equal(v, again) && val_hash(v) == val_hash(again));
        buf_reset(&b);
        require(json_write(&b, again, JSON_CANONICAL) == 0);
        if (i == 0)
            buf_add(&first, b.data, b.len);
        require(first.len == b.len && memcmp(first.data, b.data, b.len) == 0);
        buf_clear(&b);
        val_pool_clear(&p);
    }
    buf_clear(&first);
}

/* What jansson refuses and we take on purpose: half surrogate pairs, NUL in keys, large integers,
 * and numbers that underflow. */
static bool may_differ(const json_error_t *e)
{
    return strstr(e->text, "Unicode") || strstr(e->text, "NUL") || strstr(e->text, "too big") ||
           strstr(e->text, "too negative") || strstr(e->text, "overflow");
}

static void check_reader(const char *text, size_t len)
{
    struct val_pool p;
    struct err e = ERR_INIT;
    json_error_t je;
    val_pool_init_limited(&p, 1u << 26);
    const struct val *v = json_read(&p, text, len, NULL, &e);
    require(v || (e.code && e.text && e.line));
    json_t *j = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &je);
    /* A raw NUL byte may be the end of the text to jansson. */
    if (!j != !v && !memchr(text, '\0', len))
        require(j ? e.code == ERR_LIMIT : may_differ(&je));
    json_decref(j);
    if (v)
        check_forms(v);
    err_clear(&e);
    val_pool_clear(&p);
}

static int log_part(void *ctx, const char *part, const char *text, size_t len)
{
    struct buf *log = ctx;
    buf_printf(log, "%s %zu ", part, len);
    buf_add(log, text, len);
    return 0;
}

static int run_stream(enum json_stream_kind kind, const char *text, size_t len, size_t step,
                      struct buf *log)
{
    struct json_stream *s = json_stream_new(kind, 4096, log_part, log);
    struct err e = ERR_INIT;
    int rc = 0;
    for (size_t at = 0; at < len && !rc; at += step) {
        size_t n = len - at < step ? len - at : step;
        char *piece = malloc(n); /* its own, so that a read beyond it is seen */
        memcpy(piece, text + at, n);
        rc = json_stream_feed(s, piece, n, &e);
        free(piece);
    }
    if (!rc)
        rc = json_stream_end(s, &e);
    require(!rc || e.text);
    err_clear(&e);
    json_stream_free(s);
    return rc;
}

static void check_stream(enum json_stream_kind kind, const char *text, size_t len, size_t step)
{
    struct buf whole, split;
    buf_init(&whole, 1u << 26);
    buf_init(&split, 1u << 26);
    int a = run_stream(kind, text, len, len ? len : 1, &whole);
    int b = run_stream(kind, text, len, step, &split);
    require(a == b && whole.len == split.len &&
            (!whole.len || memcmp(whole.data, split.data, whole.len) == 0));
    buf_clear(&whole);
    buf_clear(&split);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    size_t step = 1 + data[0] % 32;
    const char *text = (const char *)data + 1;
    check_reader(text, size - 1);
    check_stream(JSON_STREAM_DOCUMENTS, text, size - 1, step);
    check_stream(JSON_STREAM_LIST_ITEMS, text, size - 1, step);
    return 0;
}
