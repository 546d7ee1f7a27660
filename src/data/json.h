// SPDX-License-Identifier: Apache-2.0
/*
 * JSON (RFC 8259) in and out. The reader takes one document, bounded in depth and by the pool's
 * limit; refuses duplicate keys only when told to (the wire has them seldom, files must not: last
 * one wins otherwise); keeps 1 and 1.0 apart; turns integers beyond int64 into doubles, as
 * Kubernetes does; accepts \u0000. Positions are kept when want_positions is set.
 */
#ifndef LEEWAY_DATA_JSON_H
#define LEEWAY_DATA_JSON_H

#include "data/val.h"

struct json_options {
    bool reject_duplicates; /* ERR_INVALID at the second one; implies positions */
    bool want_positions;    /* costs about a third of the speed */
    const char *source;     /* for errors: file name or what was read; borrowed */
};

/* Whole text in memory. NULL and *e (ERR_SYNTAX with line and column, ERR_LIMIT) on failure. opt
 * may be NULL. Trailing white space is allowed, anything else is not. A surrogate escape without
 * its other half becomes U+FFFD; bytes that are not UTF-8 are refused. Nothing of text is kept. */
const struct val *json_read(struct val_pool *p, const char *text, size_t len,
                            const struct json_options *opt, struct err *e);

/* Splits a stream of concatenated or newline-separated JSON documents (watch events) and the items
 * of a list page, without holding more than one document: see json_stream below. */
struct json_stream;
enum json_stream_kind {
    JSON_STREAM_DOCUMENTS,  /* each top-level document is delivered */
    JSON_STREAM_LIST_ITEMS, /* one top-level object: each element of its "items" is delivered as it
                               completes; at the end the object without "items" */
};
/* part is "item", "document" or "rest"; the bytes are borrowed for the call and are for json_read
 * to judge: only brackets and strings were followed. "items":null counts as no items. Nonzero
 * stops. */
typedef int json_stream_fn(void *ctx, const char *part, const char *text, size_t len);
struct json_stream *json_stream_new(enum json_stream_kind kind, size_t max_document_bytes,
                                    json_stream_fn *fn, void *ctx);
void json_stream_free(struct json_stream *s);
/* Any split of the bytes is fine. 0; ERR_SYNTAX, ERR_LIMIT (a document over the maximum, or deeper
 * than VAL_MAX_DEPTH) with *e and the line in the stream; or what fn returned, which should be an
 * err code. A stream that failed stays failed. */
int json_stream_feed(struct json_stream *s, const char *bytes, size_t len, struct err *e);
int json_stream_end(struct json_stream *s, struct err *e); /* ERR_SYNTAX when cut short */

enum json_write_flags {
    JSON_COMPACT = 0,
    JSON_PRETTY = 1,    /* two spaces */
    JSON_CANONICAL = 2, /* keys by bytes, no spaces, integers as decimals, other numbers in their
                           shortest form that reads back: what digests are made over */
    JSON_FOR_APPLY =
        4,          /* what the API server's YAML 1.1 parser accepts as an apply body: raw
                       UTF-8, no \/, no surrogate escapes, 0x7F-0x9F, FEFF, FFFE, FFFF escaped */
    JSON_ASCII = 8, /* all else is escaped: cleaning it (base/text.h) changes nothing */
};
/* Flags may be combined; canonical wins over pretty, and writes a double that is whole and fits an
 * integer as one, so that values that are val_equal have the same text. Strings that are no UTF-8
 * are written with U+FFFD in place of the bad bytes. ERR_LIMIT (out is full, or deeper than twice
 * VAL_MAX_DEPTH), ERR_TYPE (NaN, infinity); out then holds a part. */
int json_write(struct buf *out, const struct val *v, unsigned flags);

#endif
