// SPDX-License-Identifier: Apache-2.0
/*
 * YAML streams to values. The stream is first cut at '---' lines as kubectl cuts it, then libyaml's
 * events of the first document of each piece become values directly. A stream that begins with '{'
 * is JSON texts.
 */
#include "base/mem.h"
#include "data/json_int.h"
#include "data/yaml_reader.h"

static int add_doc(struct yaml_reader *r, const struct val *v, struct yaml_docs *docs)
{
    if (v->type == VAL_NULL)
        return 0;
    const struct val *boxed = val_box(r->pool, *v);
    if (!boxed)
        return yaml_fail_limit(r);
    if (docs->len == docs->cap) {
        docs->cap = docs->cap ? docs->cap * 2 : 8;
        docs->items = mem_reallocarray(docs->items, docs->cap, sizeof(*docs->items));
    }
    docs->items[docs->len++] = (struct yaml_doc){boxed, boxed->line};
    return 0;
}

/* The first document of the piece; whatever follows it in the piece goes unread, as in kubectl. */
static int read_events(struct yaml_reader *r, struct val *v)
{
    *v = val_null;
    for (;;) {
        int rc = yaml_peek(r);
        if (rc)
            return rc;
        if (r->event.type == YAML_STREAM_END_EVENT)
            return 0;
        bool begins = r->event.type == YAML_DOCUMENT_START_EVENT;
        yaml_drop(r);
        if (!begins)
            continue;
        rc = yaml_read_node(r, v);
        return rc ? rc : yaml_peek(r);
    }
}

/* One reading of the text in r->strict. */
static int read_once(struct yaml_reader *r, struct val *v)
{
    if (!yaml_parser_initialize(&r->parser))
        return ERR_INTERNAL;
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input(&r->parser, yaml_feed, r);
    yaml_strict_rewind(&r->strict);
    r->text = r->strict.text;
    r->len = r->strict.len;
    r->fed = 0;
    r->ended = r->len && r->text[r->len - 1] == '\n';
    r->depth = 0;
    r->nodes = r->aliased = 0;
    int rc = read_events(r, v);
    yaml_drop(r);
    yaml_parser_delete(&r->parser);
    strmap_clear(&r->anchors);
    arena_reset(&r->scratch);
    r->stack_len = 0;
    return rc;
}

static int read_piece(struct yaml_reader *r, const char *text, size_t len, uint32_t line_base,
                      struct yaml_docs *docs)
{
    struct val v;
    int rc;
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    r->line_base = line_base;
    yaml_strict_init(&r->strict, text, len);
    do
        rc = read_once(r, &v);
    while (rc && r->strict.again);
    yaml_strict_clear(&r->strict);
    return rc ? rc : add_doc(r, &v, docs);
}

static bool is_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
        at++;
    return at == end || *at == '#';
}

/* Cuts at lines that begin with '---'. */
static int read_pieces(struct yaml_reader *r, const char *text, size_t len, uint32_t line,
                       struct yaml_docs *docs)
{
    const char *at = text, *end = text + len, *start = text;
    uint32_t start_line = line;
    int rc = 0;
    while (at < end && !rc) {
        const char *feed_at = memchr(at, '\n', (size_t)(end - at));
        const char *next = feed_at ? feed_at + 1 : end;
        if (next - at >= 3 && memcmp(at, "---", 3) == 0) {
            if (!is_blank(at + 3, next)) {
                err_set(r->e, ERR_SYNTAX, "only a comment may follow '---' on its line");
                err_at(r->e, r->source, line + 1, 4);
                err_hint(r->e, "move the rest to the next line");
                return ERR_SYNTAX;
            }
            /* Where nothing stands before it, the line belongs to the document that follows. */
            if (at > start) {
                rc = read_piece(r, start, (size_t)(at - start), start_line, docs);
                start = next;
                start_line = line + 1;
            }
        }
        at = next;
        line++;
    }
    if (!rc && end > start)
        rc = read_piece(r, start, (size_t)(end - start), start_line, docs);
    return rc;
}

/* A stream whose first byte is '{': JSON texts one after the other. What is no JSON may still be
 * YAML as long as at most one text was read; *place is then where that begins. */
static int read_json(struct yaml_reader *r, const char *text, size_t len, struct json_place *place,
                     struct yaml_docs *docs, bool *yaml, struct err *json_error)
{
    struct json_options opt = {.reject_duplicates = true, .source = r->source};
    size_t count = 0;
    *yaml = false;
    for (;;) {
        const char *at = json_skip_space(text + place->offset, text + len);
        if (at == text + len)
            return 0;
        const struct val *v = json_read_next(r->pool, text, len, place, &opt, json_error);
        if (!v) {
            *yaml = count <= 1 && json_error->code == ERR_SYNTAX;
            return json_error->code;
        }
        count++;
        int rc = add_doc(r, v, docs);
        if (rc)
            return rc;
    }
}

/* White space up to the first line feed, after a JSON text. */
static void skip_line_end(const char *text, size_t len, struct json_place *place)
{
    while (place->offset < len && strchr(" \t\r\n", text[place->offset]) && text[place->offset]) {
        place->col++;
        if (text[place->offset++] == '\n') {
            place->line++;
            place->col = 1;
            return;
        }
    }
}

static int read_stream(struct yaml_reader *r, const char *text, size_t len, struct yaml_docs *docs,
                       struct err *e)
{
    struct json_place place = {0, 1, 1};
    struct err json_error = ERR_INIT, yaml_error = ERR_INIT;
    const char *first = json_skip_space(text, text + len);
    if (first == text + len || *first != '{')
        return read_pieces(r, text, len, 0, docs);
    bool yaml;
    int rc = read_json(r, text, len, &place, docs, &yaml, &json_error);
    bool looks_json = docs->len || (first + 1 < text + len && first[1] == '"');
    if (rc && yaml) {
        skip_line_end(text, len, &place);
        r->e = &yaml_error;
        rc = read_pieces(r, text + place.offset, len - place.offset, place.line - 1, docs);
        r->e = e;
    }
    if (rc && (yaml_error.code || json_error.code)) {
        struct err *better = yaml && !looks_json && yaml_error.code ? &yaml_error : &json_error;
        rc = better->code;
        if (e)
            err_move(e, better);
    }
    err_clear(&json_error);
    err_clear(&yaml_error);
    return rc;
}

int yaml_read(struct val_pool *p, const char *text, size_t len, const char *source,
              struct yaml_docs *docs, struct err *e)
{
    struct yaml_reader r = {.pool = p, .e = e, .source = source};
    *docs = (struct yaml_docs){0};
    arena_init(&r.scratch);
    int rc;
    if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
        rc = err_set(e, ERR_SYNTAX, "the text is UTF-16");
        err_at(e, source, 1, 1);
        err_hint(e, "save the file as UTF-8");
        rc = ERR_SYNTAX;
    } else {
        rc = read_stream(&r, text, len, docs, e);
    }
    if (rc)
        yaml_docs_clear(docs);
    strmap_clear(&r.anchors);
    arena_clear(&r.scratch);
    mem_free(r.stack);
    return rc;
}

void yaml_docs_clear(struct yaml_docs *docs)
{
    mem_free(docs->items);
    *docs = (struct yaml_docs){0};
}
