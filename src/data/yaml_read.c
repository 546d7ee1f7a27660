// SPDX-License-Identifier: Apache-2.0
/*
 * YAML streams to values. The stream is first cut at '---' lines as kubectl cuts it, then libyaml's
 * events of the first document of each piece become values directly; an alias shares what its
 * anchor holds. libyaml is a little more generous than the parser in kubectl and in the API server;
 * what only it would take is refused (yaml_strict.c), so that a file means the same here and there.
 *
 * Where an anchor's value is used costs nothing here but is written out in full later, so the nodes
 * that a document stands for are counted and bounded as in the original.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "data/json_int.h"
#include "data/val_int.h"
#include "data/yaml_int.h"
#include "data/yaml_strict.h"

#include <math.h>
#include <stdio.h>
#include <yaml.h>

struct anchor {
    struct val v;
    uint64_t nodes; /* that the value stands for, aliases expanded */
    bool open;      /* the container is not closed yet */
};

struct reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool have_event;
    struct val_pool *pool;
    struct err *e;
    const char *source;
    const char *text; /* one document; a line feed is added at its end */
    size_t len, fed;
    bool ended;
    uint32_t line_base;
    struct yaml_strict strict;
    struct val_entry *stack;
    size_t stack_len, stack_cap;
    unsigned depth;
    struct arena scratch;
    struct strmap anchors; /* name → struct anchor in scratch */
    uint64_t nodes, aliased;
};

/* ---- errors ---- */

static int fail_mark(struct reader *r, int code, yaml_mark_t at, const char *hint, const char *text)
{
    err_set(r->e, code, "%s", text);
    err_at(r->e, r->source, r->line_base + (uint32_t)at.line + 1, (uint32_t)at.column + 1);
    if (hint)
        err_hint(r->e, "%s", hint);
    return code;
}

static int fail_limit(struct reader *r)
{
    return fail_mark(r, ERR_LIMIT, r->event.start_mark, NULL, "more data than is allowed here");
}

/* What libyaml says, in words that say what to do. */
static const struct explanation {
    const char *problem, *text, *hint;
} explanations[] = {
    {"mapping values are not allowed in this context", "a ': ' where no key can be",
     "check the indentation, or put quotes around a value that holds ': '"},
    {"could not find expected ':'", "a line that is no 'key: value'",
     "add the ':' and a space, or indent the line if it continues the one above"},
    {"did not find expected key", "something that does not fit the indentation here",
     "keys of one map begin in the same column"},
    {"did not find expected '-' indicator", "something that does not fit the list here",
     "items of one list begin with '-' in the same column"},
    {"did not find expected ',' or ']'", "a list in [ ] that is not closed or lacks a comma", NULL},
    {"did not find expected ',' or '}'", "a map in { } that is not closed or lacks a comma",
     "a template such as {{ .Values.x }} has to be rendered first; text that begins with { needs "
     "quotes"},
    {"did not find expected node content", "a value is missing here", NULL},
    {"did not find expected <document start>", "text after the end of the document",
     "begin a further document with a line '---'"},
    {"found unexpected end of stream", "a quote that is never closed", NULL},
    {"found unexpected document indicator", "a quote that is never closed before '---' or '...'",
     NULL},
    {"block sequence entries are not allowed in this context", "a '-' where no list can begin",
     "put the list on lines of its own under the key, or quote the text"},
    {"block mapping entries are not allowed in this context", "a '?' where no key can be", NULL},
    {"found unknown escape character", "an escape that double quotes do not have",
     "use single quotes, or write \\\\ for a backslash"},
    {"found unexpected ':'", "a ':' at the end of text between brackets",
     "put quotes around the text"},
    {"found undefined tag handle", "a tag whose prefix was not declared", NULL},
    {"control characters are not allowed", "a control character",
     "remove it, or write it in double "
     "quotes as an escape such as \\x07"},
    {"found a tab character that violates indentation", "a tab where indentation should be",
     "YAML indents with spaces only"},
    {"found a tab character where an indentation space is expected",
     "a tab where indentation should be", "YAML indents with spaces only"},
};

static int fail_start(struct reader *r, yaml_mark_t at)
{
    char text[64];
    const char *hint = NULL;
    char c = yaml_strict_byte(&r->strict, at.index);
    if (c == '\t')
        return fail_mark(r, ERR_SYNTAX, at, "YAML indents with spaces only",
                         "a tab where indentation should be");
    if (c == '%' || c == '@' || c == '`')
        hint = "put quotes around text that begins like this";
    snprintf(text, sizeof(text), "'%c' cannot begin a value", c);
    return fail_mark(r, ERR_SYNTAX, at, hint, text);
}

static int fail_parser(struct reader *r)
{
    yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "not YAML";
    yaml_mark_t at = p->problem_mark;
    if (yaml_strict_mend(&r->strict, p))
        return ERR_SYNTAX;
    if (p->error == YAML_MEMORY_ERROR)
        return fail_mark(r, ERR_LIMIT, p->mark, NULL, "nested or long beyond what can be read");
    if (p->error == YAML_READER_ERROR)
        at = yaml_strict_mark_at(&r->strict, p->problem_offset);
    if (strcmp(problem, "found character that cannot start any token") == 0)
        return fail_start(r, at);
    /* Where a quote or a key begins says more than where its end was missed. */
    if (p->context && ((strstr(p->context, "quoted scalar") && strstr(problem, "unexpected")) ||
                       strstr(p->context, "simple key")))
        at = p->context_mark;
    for (size_t i = 0; i < ARRAY_LEN(explanations); i++) {
        const struct explanation *x = &explanations[i];
        char text[160];
        if (strcmp(problem, x->problem) != 0)
            continue;
        if (!strstr(problem, "expected ',' or"))
            return fail_mark(r, ERR_SYNTAX, at, x->hint, x->text);
        snprintf(text, sizeof(text), "%s; it opens at line %u", x->text,
                 r->line_base + (unsigned)p->context_mark.line + 1);
        return fail_mark(r, ERR_SYNTAX, at, x->hint, text);
    }
    if (strstr(problem, "UTF-8") || strstr(problem, "Unicode"))
        return fail_mark(r, ERR_SYNTAX, at, "save the file as UTF-8", "bytes that are not UTF-8");
    return fail_mark(r, ERR_SYNTAX, at, NULL, problem);
}

/* ---- events ---- */

static int feed(void *ctx, unsigned char *to, size_t room, size_t *given)
{
    struct reader *r = ctx;
    size_t left = r->len - r->fed;
    *given = left < room ? left : room;
    memcpy(to, r->text + r->fed, *given);
    r->fed += *given;
    if (!left && room && !r->ended) {
        *to = '\n'; /* kubectl ends the last line where the file does not */
        *given = 1;
        r->ended = true;
    }
    return 1;
}

/* The next event, still owned by r. */
static int peek(struct reader *r)
{
    if (r->have_event)
        return 0;
    if (!yaml_parser_parse(&r->parser, &r->event))
        return fail_parser(r);
    r->have_event = true;
    const char *wrong = yaml_strict_check(&r->strict, &r->event);
    if (r->strict.again)
        return ERR_SYNTAX; /* read_piece begins again */
    if (wrong)
        return fail_mark(r, ERR_SYNTAX, r->event.start_mark, r->strict.hint, wrong);
    return 0;
}

static void drop(struct reader *r)
{
    if (r->have_event)
        yaml_event_delete(&r->event);
    r->have_event = false;
}

/* ---- values ---- */

static int count(struct reader *r, uint64_t nodes, uint64_t aliased)
{
    static const double low = 400000, high = 4000000;
    r->nodes += nodes;
    r->aliased += aliased;
    if (r->aliased <= 100 || r->nodes <= 1000)
        return 0;
    double n = (double)r->nodes;
    double most = n <= low ? 0.99 : n >= high ? 0.10 : 0.99 - 0.89 * (n - low) / (high - low);
    if ((double)r->aliased / n <= most)
        return 0;
    return fail_mark(r, ERR_LIMIT, r->event.start_mark, NULL,
                     "aliases stand for more data than is allowed");
}

static struct anchor *new_anchor(struct reader *r, const yaml_char_t *name)
{
    if (!name)
        return NULL;
    struct anchor *a = arena_new(&r->scratch, struct anchor);
    a->open = true;
    strmap_set(&r->anchors, (const char *)name, a);
    return a;
}

static void close_anchor(struct anchor *a, const struct val *v, uint64_t nodes)
{
    if (!a)
        return;
    a->v = *v;
    a->nodes = nodes;
    a->open = false;
}

static void place(struct reader *r, struct val *v, yaml_mark_t at)
{
    v->line = r->line_base + (uint32_t)at.line + 1;
    v->col = at.column >= UINT16_MAX ? UINT16_MAX : (uint16_t)(at.column + 1);
}

static int push(struct reader *r, const struct val_entry *e)
{
    size_t limit = r->pool->arena.limit;
    if (r->stack_len == r->stack_cap) {
        if (limit && r->stack_len * sizeof(*e) > limit)
            return fail_limit(r);
        r->stack_cap = r->stack_cap ? r->stack_cap * 2 : 64;
        r->stack = mem_reallocarray(r->stack, r->stack_cap, sizeof(*e));
    }
    r->stack[r->stack_len++] = *e;
    return 0;
}

static int read_binary(struct reader *r, const char *s, size_t len, struct val *out)
{
    char *raw = mem_alloc(len + 1);
    struct buf text;
    int rc = 0;
    buf_init(&text, len * 3 + 1);
    if (!yaml_base64(s, len, raw, &len)) {
        rc = fail_mark(r, ERR_SYNTAX, r->event.start_mark, NULL, "!!binary that is no base64");
        goto out;
    }
    /* Values are UTF-8: what is not gets the replacement character, as in JSON from the server. */
    for (size_t i = 0; i < len;) {
        size_t n = json_utf8_length(raw + i, raw + len);
        buf_add(&text, n ? raw + i : "\xef\xbf\xbd", n ? n : 3);
        i += n ? n : 1;
    }
    *out = val_of_strn(r->pool, buf_str(&text), text.len);
    if (out->type != VAL_STRING)
        rc = fail_limit(r);
out:
    buf_clear(&text);
    mem_free(raw);
    return rc;
}

/* Resolves the scalar that is the current event. */
static int resolve(struct reader *r, struct yaml_scalar *sc)
{
    const yaml_event_t *ev = &r->event;
    const char *tag = (const char *)ev->data.scalar.tag;
    bool plain = ev->data.scalar.plain_implicit;
    if (!tag && plain && yaml_strict_bare_tag(&r->strict, ev))
        tag = "!";
    if (yaml_resolve(tag, plain, (const char *)ev->data.scalar.value, ev->data.scalar.length, sc))
        return 0;
    char text[160];
    snprintf(text, sizeof(text), "\"%.60s\" is no %.40s", (const char *)ev->data.scalar.value,
             strrchr(tag, ':') + 1);
    return fail_mark(r, ERR_INVALID, ev->start_mark, NULL, text);
}

static int scalar_value(struct reader *r, const struct yaml_scalar *sc, struct val *out)
{
    const char *s = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;
    double d;
    switch (sc->kind) {
    case YAML_NULL:
        *out = val_null;
        return 0;
    case YAML_BOOL:
        *out = val_of_bool(sc->as.b);
        return 0;
    case YAML_INT:
        *out = val_of_int(sc->as.i);
        return 0;
    case YAML_UINT:
        *out = val_of_uint(sc->as.u);
        return 0;
    case YAML_FLOAT:
        d = sc->as.d;
        if (!isfinite(d))
            return fail_mark(r, ERR_INVALID, r->event.start_mark,
                             "JSON has no such number; put quotes around the text",
                             "infinity or not-a-number");
        /* Through JSON, which the original passes on to the decoder, 1.0 becomes 1. */
        if (d == floor(d) && d >= -9223372036854775808.0 && d < 9223372036854775808.0)
            *out = val_of_int((int64_t)d);
        else
            *out = val_of_double(d);
        return 0;
    case YAML_TEXT:
        break;
    }
    if (sc->binary)
        return read_binary(r, s, len, out);
    *out = val_of_strn(r->pool, s, len);
    return out->type == VAL_STRING ? 0 : fail_limit(r);
}

static int read_scalar(struct reader *r, struct val *out)
{
    struct yaml_scalar sc;
    struct anchor *a = new_anchor(r, r->event.data.scalar.anchor);
    int rc = resolve(r, &sc);
    rc = rc ? rc : count(r, 1, 0);
    rc = rc ? rc : scalar_value(r, &sc, out);
    if (rc)
        return rc;
    place(r, out, r->event.start_mark);
    close_anchor(a, out, 1);
    drop(r);
    return 0;
}

static int find_anchor(struct reader *r, struct anchor **a)
{
    char text[160];
    const char *name = (const char *)r->event.data.alias.anchor;
    *a = strmap_get(&r->anchors, name);
    if (*a && !(*a)->open)
        return 0;
    snprintf(text, sizeof(text),
             *a ? "*%.80s stands inside its own value"
                : "*%.80s stands for "
                  "nothing: there is no &%.40s above",
             name, name);
    return fail_mark(r, ERR_INVALID, r->event.start_mark,
                     *a ? NULL : "put quotes around text that begins with *", text);
}

static int read_alias(struct reader *r, struct val *out)
{
    struct anchor *a;
    int rc = find_anchor(r, &a);
    rc = rc ? rc : count(r, 1 + a->nodes, a->nodes);
    if (rc)
        return rc;
    *out = a->v;
    drop(r);
    return 0;
}

static int read_node(struct reader *r, struct val *out);

static int read_list(struct reader *r, struct val *out)
{
    yaml_mark_t start = r->event.start_mark;
    struct anchor *a = new_anchor(r, r->event.data.sequence_start.anchor);
    size_t base = r->stack_len;
    uint64_t before = r->nodes;
    int rc = count(r, 1, 0);
    drop(r);
    while (!rc && !(rc = peek(r)) && r->event.type != YAML_SEQUENCE_END_EVENT) {
        struct val_entry e = {0};
        rc = read_node(r, &e.value);
        rc = rc ? rc : push(r, &e);
    }
    if (rc)
        return rc;
    size_t n = r->stack_len - base;
    struct val *items = arena_array(&r->pool->arena, n, sizeof(*items));
    if (!items || n >= UINT32_MAX)
        return fail_limit(r);
    for (size_t i = 0; i < n; i++)
        items[i] = r->stack[base + i].value;
    *out = (struct val){.type = VAL_LIST, .len = (uint32_t)n, .as.items = items};
    place(r, out, start);
    close_anchor(a, out, r->nodes - before);
    r->stack_len = base;
    drop(r);
    return 0;
}

/* ---- maps ---- */

static int key_of(struct reader *r, const char *s, size_t len, yaml_mark_t at, struct val_entry *e)
{
    struct val v = {0};
    e->key = len < UINT32_MAX ? val_intern(r->pool, s, len) : NULL;
    place(r, &v, at);
    e->line = v.line;
    e->col = v.col;
    return e->key ? 0 : fail_limit(r);
}

static int fail_key(struct reader *r, yaml_mark_t at, const char *text)
{
    return fail_mark(r, ERR_INVALID, at, "keys are text; put quotes around this one", text);
}

/* A key that is an alias: only scalars will do, and they count as what they were read as. */
static int alias_key(struct reader *r, struct val_entry *e)
{
    char text[64];
    struct anchor *a;
    struct yaml_scalar sc = {.kind = YAML_TEXT};
    yaml_mark_t at = r->event.start_mark;
    int rc = find_anchor(r, &a);
    rc = rc ? rc : count(r, 1 + a->nodes, a->nodes);
    if (rc)
        return rc;
    if (a->v.type == VAL_STRING)
        return key_of(r, a->v.as.s, a->v.len, at, e);
    sc.kind = a->v.type == VAL_BOOL     ? YAML_BOOL
              : a->v.type == VAL_INT    ? YAML_INT
              : a->v.type == VAL_DOUBLE ? YAML_FLOAT
                                        : YAML_NULL;
    sc.as.i = a->v.as.i;
    if (sc.kind == YAML_BOOL)
        sc.as.b = a->v.as.b;
    size_t len = yaml_key_text(&sc, text);
    return len ? key_of(r, text, len, at, e) : fail_key(r, at, "an alias that can be no key");
}

static int scalar_key(struct reader *r, struct val_entry *e, bool *merge)
{
    char text[64];
    struct yaml_scalar sc;
    struct val v;
    yaml_mark_t at = r->event.start_mark;
    const char *s = (const char *)r->event.data.scalar.value;
    const char *tag = (const char *)r->event.data.scalar.tag;
    size_t len = r->event.data.scalar.length;
    struct anchor *a = new_anchor(r, r->event.data.scalar.anchor);
    int rc = resolve(r, &sc);
    *merge = len == 2 && memcmp(s, "<<", 2) == 0 &&
             (r->event.data.scalar.plain_implicit || (tag && strstr(tag, ":merge")));
    rc = rc ? rc : *merge ? 0 : count(r, 1, 0);
    if (rc)
        return rc;
    if (a || sc.binary) {
        struct yaml_scalar usable = sc;
        if (sc.kind == YAML_FLOAT && !isfinite(sc.as.d))
            usable = (struct yaml_scalar){.kind = YAML_TEXT};
        if ((rc = scalar_value(r, &usable, &v)))
            return rc;
        place(r, &v, at);
        close_anchor(a, &v, 1);
    }
    if (sc.binary)
        return key_of(r, v.as.s, v.len, at, e);
    if (sc.kind == YAML_TEXT)
        return key_of(r, s, len, at, e);
    len = yaml_key_text(&sc, text);
    if (len)
        return key_of(r, text, len, at, e);
    return fail_key(r, at, sc.kind == YAML_NULL ? "a key that is null" : "a key that is too large");
}

static int read_key(struct reader *r, struct val_entry *e, bool *merge)
{
    int rc = peek(r);
    *merge = false;
    if (rc)
        return rc;
    if (r->event.type == YAML_SCALAR_EVENT)
        rc = scalar_key(r, e, merge);
    else if (r->event.type == YAML_ALIAS_EVENT)
        rc = alias_key(r, e);
    else
        rc = fail_mark(r, ERR_INVALID, r->event.start_mark,
                       "a template such as {{ .Values.x }} has to be rendered first",
                       "a key that is a list or a map");
    if (!rc)
        drop(r);
    return rc;
}

static int merge_map(struct reader *r, const struct val *v)
{
    int rc = 0;
    for (uint32_t i = 0; i < v->len && !rc; i++)
        rc = push(r, &v->as.entries[i]);
    return rc;
}

/* "<<": a map, an alias of one, or a list of those. */
static int read_merge(struct reader *r)
{
    struct val v;
    int rc = peek(r);
    if (rc)
        return rc;
    yaml_mark_t at = r->event.start_mark;
    bool alias = r->event.type == YAML_ALIAS_EVENT;
    if ((rc = read_node(r, &v)))
        return rc;
    if (v.type == VAL_MAP)
        return merge_map(r, &v);
    bool maps = v.type == VAL_LIST && !alias;
    for (uint32_t i = 0; maps && i < v.len; i++)
        maps = v.as.items[i].type == VAL_MAP;
    if (!maps)
        return fail_mark(r, ERR_INVALID, at, "give a map, or a list of maps",
                         "'<<' merges something that is no map");
    for (uint32_t i = 0; i < v.len && !rc; i++)
        rc = merge_map(r, &v.as.items[i]);
    return rc;
}

static int fail_duplicate(struct reader *r, const struct val_entry *first,
                          const struct val_entry *again, bool merged)
{
    err_set(r->e, ERR_INVALID, "key \"%.100s\" is there twice, first at line %u", again->key->s,
            (unsigned)first->line);
    err_at(r->e, r->source, again->line, again->col);
    err_hint(r->e, merged ? "readers disagree on which one wins over '<<'; give it once"
                          : "remove one of them");
    return ERR_INVALID;
}

static int check_duplicates(struct reader *r, const struct val_entry *e, size_t n, bool merged)
{
    if (n <= 16) {
        for (size_t i = 1; i < n; i++)
            for (size_t j = 0; j < i; j++)
                if (e[i].key == e[j].key)
                    return fail_duplicate(r, &e[j], &e[i], merged);
        return 0;
    }
    size_t cap = 64;
    while (cap < n * 2)
        cap *= 2;
    uint32_t *slots = mem_calloc(cap, sizeof(*slots)); /* entry number + 1 */
    int rc = 0;
    for (size_t i = 0; !rc && i < n; i++) {
        size_t at = e[i].key->hash & (cap - 1);
        while (slots[at] && e[slots[at] - 1].key != e[i].key)
            at = (at + 1) & (cap - 1);
        if (slots[at])
            rc = fail_duplicate(r, &e[slots[at] - 1], &e[i], merged);
        slots[at] = (uint32_t)(i + 1);
    }
    mem_free(slots);
    return rc;
}

static int read_map(struct reader *r, struct val *out)
{
    yaml_mark_t start = r->event.start_mark;
    struct anchor *a = new_anchor(r, r->event.data.mapping_start.anchor);
    size_t base = r->stack_len;
    uint64_t before = r->nodes;
    bool merged = false;
    int rc = count(r, 1, 0);
    drop(r);
    while (!rc && !(rc = peek(r)) && r->event.type != YAML_MAPPING_END_EVENT) {
        struct val_entry e = {0};
        bool merge;
        if ((rc = read_key(r, &e, &merge)))
            break;
        if (merge) {
            merged = true;
            rc = read_merge(r);
        } else if (!(rc = peek(r)) && !(rc = read_node(r, &e.value))) {
            rc = push(r, &e);
        }
    }
    size_t n = r->stack_len - base;
    const struct val_entry *own = n ? r->stack + base : NULL;
    if (rc || (rc = check_duplicates(r, own, n, merged)))
        return rc;
    if (n >= UINT32_MAX / 4 || !val_make_map(r->pool, own, n, out))
        return fail_limit(r);
    place(r, out, start);
    close_anchor(a, out, r->nodes - before);
    r->stack_len = base;
    drop(r);
    return 0;
}

/* The node that begins with the current event. */
static int read_node(struct reader *r, struct val *out)
{
    int rc = peek(r);
    if (rc)
        return rc;
    if (r->event.type == YAML_SCALAR_EVENT)
        return read_scalar(r, out);
    if (r->event.type == YAML_ALIAS_EVENT)
        return read_alias(r, out);
    if (r->depth >= VAL_MAX_DEPTH)
        return fail_mark(r, ERR_LIMIT, r->event.start_mark, NULL, JSON_TOO_DEEP);
    r->depth++;
    rc = r->event.type == YAML_MAPPING_START_EVENT ? read_map(r, out) : read_list(r, out);
    r->depth--;
    return rc;
}

/* ---- documents ---- */

static int add_doc(struct reader *r, const struct val *v, struct yaml_docs *docs)
{
    if (v->type == VAL_NULL)
        return 0;
    const struct val *boxed = val_box(r->pool, *v);
    if (!boxed)
        return fail_limit(r);
    if (docs->len == docs->cap) {
        docs->cap = docs->cap ? docs->cap * 2 : 8;
        docs->items = mem_reallocarray(docs->items, docs->cap, sizeof(*docs->items));
    }
    docs->items[docs->len++] = (struct yaml_doc){boxed, boxed->line};
    return 0;
}

/* The first document of the piece; whatever follows it in the piece goes unread, as in kubectl. */
static int read_events(struct reader *r, struct val *v)
{
    *v = val_null;
    for (;;) {
        int rc = peek(r);
        if (rc)
            return rc;
        if (r->event.type == YAML_STREAM_END_EVENT)
            return 0;
        bool begins = r->event.type == YAML_DOCUMENT_START_EVENT;
        drop(r);
        if (!begins)
            continue;
        rc = read_node(r, v);
        return rc ? rc : peek(r);
    }
}

/* One reading of the text in r->strict. */
static int read_once(struct reader *r, struct val *v)
{
    if (!yaml_parser_initialize(&r->parser))
        return ERR_INTERNAL;
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input(&r->parser, feed, r);
    yaml_strict_rewind(&r->strict);
    r->text = r->strict.text;
    r->len = r->strict.len;
    r->fed = 0;
    r->ended = r->len && r->text[r->len - 1] == '\n';
    r->depth = 0;
    r->nodes = r->aliased = 0;
    int rc = read_events(r, v);
    drop(r);
    yaml_parser_delete(&r->parser);
    strmap_clear(&r->anchors);
    arena_reset(&r->scratch);
    r->stack_len = 0;
    return rc;
}

static int read_piece(struct reader *r, const char *text, size_t len, uint32_t line_base,
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
static int read_pieces(struct reader *r, const char *text, size_t len, uint32_t line,
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
static int read_json(struct reader *r, const char *text, size_t len, struct json_place *place,
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

static int read_stream(struct reader *r, const char *text, size_t len, struct yaml_docs *docs,
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
    struct reader r = {.pool = p, .e = e, .source = source};
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
