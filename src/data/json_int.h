// SPDX-License-Identifier: Apache-2.0
/* What the files of the JSON reader share. */
#ifndef LEEWAY_DATA_JSON_INT_H
#define LEEWAY_DATA_JSON_INT_H

#include "data/json.h"

#include <string.h>

#define JSON_TOO_DEEP "nested deeper than is allowed"

/* First byte of [at, end) that needs a look inside a JSON string: a quote, a backslash, a control
 * character or a byte that is not ASCII; end when there is none. */
static inline const char *json_plain_run(const char *at, const char *end)
{
    const uint64_t ones = 0x0101010101010101ULL, highs = ones << 7;
    while (end - at >= 8) {
        uint64_t w;
        memcpy(&w, at, 8);
        uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\');
        /* The usual test for a zero or small byte; a false alarm above a true one is harmless, as
         * the loop below looks again. */
        uint64_t hit =
            ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((w - ones * 0x20) & ~w) | w;
        if (hit & highs)
            break;
        at += 8;
    }
    while (at < end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' &&
           *at != '\\')
        at++;
    return at;
}

static inline const char *json_skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* Where in a text a reader is. */
struct json_place {
    size_t offset;
    uint32_t line, col;
};

/* Like json_read, but begins at *place, which is left behind the value; what follows is not looked
 * at. With positions. */
const struct val *json_read_next(struct val_pool *p, const char *text, size_t len,
                                 struct json_place *place, const struct json_options *opt,
                                 struct err *e);

/* A string in quotes; flags: JSON_FOR_APPLY or none. */
int json_write_string(struct buf *out, const char *s, size_t len, unsigned flags);

/* Bytes of the well-formed UTF-8 sequence at `at`, or 0. */
size_t json_utf8_length(const char *at, const char *end);

#endif
