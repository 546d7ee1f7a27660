// SPDX-License-Identifier: Apache-2.0
/*
 * Finds where values begin and end in bytes that arrive in pieces, and nothing more: whether a
 * value is well-formed inside is for json_read to say. What is delivered lies in the caller's piece
 * when it is whole there, otherwise in `part`, which is bounded; brackets are remembered as one bit
 * each. So memory is at most one document (and for a list page the page without its items).
 */
#include "base/mem.h"
#include "data/json_int.h"

#include <stdio.h>

enum state {
    BETWEEN,    /* documents: white space, or the next one begins */
    LIST_START, /* list: before '{' */
    LIST_FIRST_KEY,
    LIST_KEY,
    LIST_COLON,
    LIST_VALUE,
    LIST_FIRST_ITEM,
    LIST_ITEM,
    LIST_AFTER_ITEM,
    LIST_AFTER_MEMBER,
    LIST_DONE,
    IN_VALUE, /* a value is being skipped; `sink` says what for */
};

enum sink { SINK_DOCUMENT, SINK_ITEM, SINK_KEY, SINK_MEMBER, SINK_NOTHING };

/* Progress inside one value. */
struct scan {
    unsigned depth;
    bool in_string, escape, scalar;
    uint8_t square[VAL_MAX_DEPTH / 8]; /* bit set: '[' */
};

struct json_stream {
    enum json_stream_kind kind;
    json_stream_fn *fn;
    void *ctx;
    enum state state;
    enum sink sink;
    struct scan scan;
    struct buf part; /* the value so far, when it began in an earlier piece */
    struct buf rest; /* list: the object without items */
    bool is_items;   /* list: the key just read */
    uint64_t line, documents;
    int code; /* what ended the stream */
};

struct json_stream *json_stream_new(enum json_stream_kind kind, size_t max_document_bytes,
                                    json_stream_fn *fn, void *ctx)
{
    struct json_stream *s = mem_new(struct json_stream);
    s->kind = kind;
    s->fn = fn;
    s->ctx = ctx;
    s->state = kind == JSON_STREAM_DOCUMENTS ? BETWEEN : LIST_START;
    s->line = 1;
    buf_init(&s->part, max_document_bytes);
    buf_init(&s->rest, max_document_bytes);
    return s;
}

void json_stream_free(struct json_stream *s)
{
    if (!s)
        return;
    buf_clear(&s->part);
    buf_clear(&s->rest);
    mem_free(s);
}

static int fail(struct json_stream *s, struct err *e, int code, const char *text)
{
    s->code = code;
    buf_clear(&s->part);
    buf_clear(&s->rest);
    err_set(e, code, "%s", text);
    err_at(e, NULL, s->line > UINT32_MAX ? UINT32_MAX : (uint32_t)s->line, 0);
    return code;
}

static int fail_expected(struct json_stream *s, struct err *e, char c, const char *what)
{
    char text[128];
    if ((unsigned char)c > 0x20 && (unsigned char)c < 0x7f)
        snprintf(text, sizeof(text), "'%c' where %s should be", c, what);
    else
        snprintf(text, sizeof(text), "byte 0x%02x where %s should be", (unsigned char)c, what);
    return fail(s, e, ERR_SYNTAX, text);
}

static int fail_large(struct json_stream *s, struct err *e)
{
    char text[128];
    snprintf(text, sizeof(text), "one JSON document is larger than the %zu bytes allowed",
             s->part.max);
    return fail(s, e, ERR_LIMIT, text);
}

/* ---- one value ---- */

enum { SCAN_MORE, SCAN_DONE, SCAN_DEEP, SCAN_BRACKET };

static int scan_bracket(struct scan *sc, char c)
{
    bool square = c == '[' || c == ']';
    if (c == '{' || c == '[') {
        if (sc->depth >= VAL_MAX_DEPTH)
            return SCAN_DEEP;
        uint8_t bit = (uint8_t)(1u << sc->depth % 8);
        if (square)
            sc->square[sc->depth / 8] |= bit;
        else
            sc->square[sc->depth / 8] &= (uint8_t)~bit;
        sc->depth++;
        return SCAN_MORE;
    }
    sc->depth--;
    if (square != ((sc->square[sc->depth / 8] >> sc->depth % 8) & 1))
        return SCAN_BRACKET;
    return sc->depth ? SCAN_MORE : SCAN_DONE;
}

/* Inside a string; *at is left behind the closing quote, or at end. */
static void scan_string(struct scan *sc, const char **at, const char *end)
{
    while (*at < end) {
        if (sc->escape) {
            sc->escape = false;
            ++*at;
            continue;
        }
        *at = json_plain_run(*at, end);
        if (*at == end)
            return;
        char c = *(*at)++;
        if (c == '"') {
            sc->in_string = false;
            return;
        }
        sc->escape = c == '\\';
    }
}

static bool ends_scalar(char c)
{
    return strchr(" \t\r\n,]}[{:\"", c) != NULL; /* the string's NUL ends one as well */
}

/* Goes on in the value; *at is left behind it when it is done. */
static int scan_value(struct json_stream *s, const char **at, const char *end)
{
    struct scan *sc = &s->scan;
    while (*at < end) {
        if (sc->in_string) {
            scan_string(sc, at, end);
            if (!sc->in_string && !sc->depth)
                return SCAN_DONE;
            continue;
        }
        char c = **at;
        if (sc->scalar) {
            if (ends_scalar(c))
                return SCAN_DONE;
        } else if (c == '"') {
            sc->in_string = true;
        } else if (c == '{' || c == '[' || ((c == '}' || c == ']') && sc->depth)) {
            int rc = scan_bracket(sc, c);
            if (rc != SCAN_MORE) {
                *at += rc == SCAN_DONE;
                return rc;
            }
        } else if (!sc->depth) {
            sc->scalar = true;
        } else if (c == '\n') {
            s->line++;
        }
        ++*at;
    }
    return SCAN_MORE;
}

static bool begins_value(char c)
{
    return c && strchr("{[\"-0123456789tfn", c);
}

/* ---- what is done with a finished value ---- */

static int deliver(struct json_stream *s, const char *part, const char *text, size_t len,
                   struct err *e)
{
    int rc = s->fn(s->ctx, part, text, len);
    if (!rc)
        return 0;
    s->code = rc;
    buf_clear(&s->part);
    buf_clear(&s->rest);
    return err_set(e, rc, "reading the stream was ended");
}

static int add_rest(struct json_stream *s, const char *text, size_t len, struct err *e)
{
    return buf_add(&s->rest, text, len) ? fail_large(s, e) : 0;
}

static int finish_key(struct json_stream *s, const char *text, size_t len, struct err *e)
{
    s->state = LIST_COLON;
    s->is_items = len == 7 && memcmp(text, "\"items\"", 7) == 0;
    if (s->is_items)
        return 0;
    int rc = s->rest.len > 1 ? add_rest(s, ",", 1, e) : 0;
    rc = rc ? rc : add_rest(s, text, len, e);
    return rc ? rc : add_rest(s, ":", 1, e);
}

static int finish_value(struct json_stream *s, const char *text, size_t len, struct err *e)
{
    switch (s->sink) {
    case SINK_DOCUMENT:
        s->state = BETWEEN;
        s->documents++;
        return deliver(s, "document", text, len, e);
    case SINK_ITEM:
        s->state = LIST_AFTER_ITEM;
        return deliver(s, "item", text, len, e);
    case SINK_KEY:
        return finish_key(s, text, len, e);
    case SINK_MEMBER:
        s->state = LIST_AFTER_MEMBER;
        return add_rest(s, text, len, e);
    case SINK_NOTHING:
        s->state = LIST_AFTER_MEMBER;
        return 0;
    }
    return ERR_INTERNAL;
}

static void begin_value(struct json_stream *s, enum sink sink)
{
    s->state = IN_VALUE;
    s->sink = sink;
    s->scan.depth = 0;
    s->scan.in_string = s->scan.escape = s->scan.scalar = false;
    buf_reset(&s->part);
}

static int feed_value(struct json_stream *s, const char **at, const char *end, struct err *e)
{
    const char *start = *at;
    int rc = scan_value(s, at, end);
    size_t len = (size_t)(*at - start);
    if (rc == SCAN_DEEP)
        return fail(s, e, ERR_LIMIT, JSON_TOO_DEEP);
    if (rc == SCAN_BRACKET)
        return fail(s, e, ERR_SYNTAX, "a bracket is closed by one of the other kind");
    if (len > s->part.max)
        return fail_large(s, e);
    if (rc == SCAN_DONE && !s->part.len)
        return finish_value(s, start, len, e);
    if (buf_add(&s->part, start, len))
        return fail_large(s, e);
    return rc == SCAN_DONE ? finish_value(s, s->part.data, s->part.len, e) : 0;
}

/* ---- between values ---- */

static int begin(struct json_stream *s, char c, enum sink sink, const char *what, struct err *e)
{
    if (!begins_value(c))
        return fail_expected(s, e, c, what);
    begin_value(s, sink);
    return 0;
}

/* c is no white space and belongs to no value. *taken is cleared when it is only looked at. */
static int step(struct json_stream *s, char c, bool *taken, struct err *e)
{
    switch (s->state) {
    case BETWEEN:
        *taken = false;
        return begin(s, c, SINK_DOCUMENT, "a JSON document", e);
    case LIST_START:
        if (c != '{')
            return fail_expected(s, e, c, "the '{' of a list");
        s->state = LIST_FIRST_KEY;
        return add_rest(s, "{", 1, e);
    case LIST_FIRST_KEY:
    case LIST_KEY:
        if (c == '}' && s->state == LIST_FIRST_KEY)
            break;
        if (c != '"')
            return fail_expected(s, e, c, "a key in quotes");
        *taken = false;
        return begin(s, c, SINK_KEY, "", e);
    case LIST_COLON:
        s->state = LIST_VALUE;
        return c == ':' ? 0 : fail_expected(s, e, c, "':'");
    case LIST_VALUE:
        if (s->is_items && c == '[') {
            s->state = LIST_FIRST_ITEM;
            return 0;
        }
        if (s->is_items && c != 'n')
            return fail_expected(s, e, c, "the '[' of items");
        *taken = false;
        return begin(s, c, s->is_items ? SINK_NOTHING : SINK_MEMBER, "a value", e);
    case LIST_FIRST_ITEM:
    case LIST_ITEM:
        if (c == ']' && s->state == LIST_FIRST_ITEM) {
            s->state = LIST_AFTER_MEMBER;
            return 0;
        }
        *taken = false;
        return begin(s, c, SINK_ITEM, "an item", e);
    case LIST_AFTER_ITEM:
        if (c != ',' && c != ']')
            return fail_expected(s, e, c, "',' or ']'");
        s->state = c == ',' ? LIST_ITEM : LIST_AFTER_MEMBER;
        return 0;
    case LIST_AFTER_MEMBER:
        if (c == '}')
            break;
        s->state = LIST_KEY;
        return c == ',' ? 0 : fail_expected(s, e, c, "',' or '}'");
    case LIST_DONE:
        return fail_expected(s, e, c, "the end of the text");
    case IN_VALUE:
        return ERR_INTERNAL;
    }
    /* The object is closed. */
    s->state = LIST_DONE;
    int rc = add_rest(s, "}", 1, e);
    return rc ? rc : deliver(s, "rest", s->rest.data, s->rest.len, e);
}

int json_stream_feed(struct json_stream *s, const char *bytes, size_t len, struct err *e)
{
    const char *at = bytes, *end = bytes + len;
    if (s->code)
        return err_set(e, s->code, "the stream has ended with an error before");
    while (at < end) {
        int rc = 0;
        if (s->state == IN_VALUE) {
            rc = feed_value(s, &at, end, e);
        } else if (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n') {
            s->line += *at++ == '\n';
        } else {
            bool taken = true;
            rc = step(s, *at, &taken, e);
            at += taken;
        }
        if (rc)
            return rc;
    }
    if (s->state == BETWEEN)
        buf_clear(&s->part); /* the next document may be an hour away */
    return 0;
}

int json_stream_end(struct json_stream *s, struct err *e)
{
    if (s->code)
        return err_set(e, s->code, "the stream has ended with an error before");
    if (s->state == IN_VALUE && s->sink == SINK_DOCUMENT && s->scan.scalar) {
        int rc = finish_value(s, s->part.data, s->part.len, e); /* a number at the very end */
        if (rc)
            return rc;
    }
    if (s->state != BETWEEN && s->state != LIST_DONE)
        return fail(s, e, ERR_SYNTAX, "the text was cut short");
    return 0;
}
