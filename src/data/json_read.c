// SPDX-License-Identifier: Apache-2.0
/*
 * The reader of one JSON text: recursive descent over bytes in memory, straight into values. The
 * entries of open containers lie on one stack and are copied into the pool when their container
 * closes, so a finished value has no slack. Recursion is bounded by VAL_MAX_DEPTH, the stack and
 * the pool by the pool's limit. Keys repeat endlessly in Kubernetes objects: a small table of those
 * seen last saves most of the hashing; it is indexed by a cheap hash that an attacker may aim at,
 * which costs him only the saving.
 */
#include "base/mem.h"
#include "data/json_int.h"
#include "data/number.h"
#include "data/val_int.h"

#include <stdio.h>

#define RECENT_KEYS 256u
#define LINEAR_KEYS 16u /* up to here duplicates are looked for one by one */

struct reader {
    const char *text, *at, *end;
    struct val_pool *pool;
    struct val_entry *stack;
    size_t len, cap, max;
    unsigned depth;
    bool reject, track;
    const char *seen; /* line and col belong to this place */
    uint32_t line, col;
    struct {
        int code;
        const char *at; /* NULL: line and col below */
        uint32_t line, col;
        char text[256];
        const char *hint;
    } error;
    const struct val_key *recent[RECENT_KEYS];
};

static bool read_value(struct reader *r, struct val *out);

static bool fail(struct reader *r, int code, const char *at, const char *text)
{
    if (!r->error.code) {
        r->error.code = code;
        r->error.at = at;
        snprintf(r->error.text, sizeof(r->error.text), "%s", text);
    }
    return false;
}

static bool fail_expected(struct reader *r, const char *what)
{
    char text[128];
    if (r->at == r->end)
        snprintf(text, sizeof(text), "the text ends where %s should be", what);
    else if ((unsigned char)*r->at > 0x20 && (unsigned char)*r->at < 0x7f)
        snprintf(text, sizeof(text), "'%c' where %s should be", *r->at, what);
    else
        snprintf(text, sizeof(text), "byte 0x%02x where %s should be", (unsigned char)*r->at, what);
    return fail(r, ERR_SYNTAX, r->at, text);
}

static bool fail_limit(struct reader *r)
{
    return fail(r, ERR_LIMIT, r->at, "more data than is allowed here");
}

/* Moves line and col on to `to`; columns count characters. */
static void locate(struct reader *r, const char *to)
{
    for (; r->seen < to; r->seen++) {
        if (*r->seen == '\n') {
            r->line++;
            r->col = 1;
        } else if (((unsigned char)*r->seen & 0xc0) != 0x80) {
            r->col++;
        }
    }
}

static uint16_t short_col(uint32_t col)
{
    return col > UINT16_MAX ? UINT16_MAX : (uint16_t)col;
}

/* ---- strings ---- */

size_t json_utf8_length(const char *at, const char *end)
{
    const unsigned char *s = (const unsigned char *)at;
    size_t left = (size_t)(end - at);
    if (!left)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || left < 2 || (s[1] & 0xc0) != 0x80)
        return 0;
    if (s[0] < 0xe0)
        return 2;
    if (left < 3 || (s[2] & 0xc0) != 0x80)
        return 0;
    if (s[0] < 0xf0)
        return (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ? 0 : 3;
    if (s[0] > 0xf4 || left < 4 || (s[3] & 0xc0) != 0x80)
        return 0;
    return (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ? 0 : 4;
}

/* Checks the string whose first byte (after the quote) is at r->at; leaves r->at after the closing
 * quote and gives the raw bytes. */
static bool scan_string(struct reader *r, const char **raw, size_t *len, bool *escaped)
{
    const char *at = r->at;
    *raw = at;
    *escaped = false;
    for (;;) {
        at = json_plain_run(at, r->end);
        if (at == r->end)
            return fail(r, ERR_SYNTAX, *raw - 1, "a string that is never closed");
        if (*at == '"')
            break;
        if (*at == '\\') {
            *escaped = true;
            at += 2;
            if (at > r->end)
                return fail(r, ERR_SYNTAX, *raw - 1, "a string that is never closed");
        } else if ((unsigned char)*at < 0x20) {
            return fail(r, ERR_SYNTAX, at, "a control character in a string; write it as \\u00XX");
        } else {
            size_t n = json_utf8_length(at, r->end);
            if (!n)
                return fail(r, ERR_SYNTAX, at, "bytes that are not UTF-8");
            at += n;
        }
    }
    *len = (size_t)(at - *raw);
    r->at = at + 1;
    return true;
}

static bool hex4(const char *at, const char *end, uint32_t *out)
{
    if (end - at < 4)
        return false;
    *out = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = (unsigned char)at[i], digit;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (c | 0x20) - 'a' + 10;
        else
            return false;
        *out = *out << 4 | digit;
    }
    return true;
}

static char *put_utf8(char *to, uint32_t cp)
{
    if (cp < 0x80) {
        *to++ = (char)cp;
    } else if (cp < 0x800) {
        *to++ = (char)(0xc0 | cp >> 6);
        *to++ = (char)(0x80 | (cp & 0x3f));
    } else if (cp < 0x10000) {
        *to++ = (char)(0xe0 | cp >> 12);
        *to++ = (char)(0x80 | (cp >> 6 & 0x3f));
        *to++ = (char)(0x80 | (cp & 0x3f));
    } else {
        *to++ = (char)(0xf0 | cp >> 18);
        *to++ = (char)(0x80 | (cp >> 12 & 0x3f));
        *to++ = (char)(0x80 | (cp >> 6 & 0x3f));
        *to++ = (char)(0x80 | (cp & 0x3f));
    }
    return to;
}

/* at is behind "\u". A surrogate without its other half becomes U+FFFD, as in the API server. */
static const char *unescape_unicode(const char *at, const char *end, char **to)
{
    uint32_t cp, low;
    if (!hex4(at, end, &cp))
        return NULL;
    at += 4;
    if (cp >= 0xd800 && cp < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u' &&
        hex4(at + 2, end, &low) && low >= 0xdc00 && low < 0xe000) {
        cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
    } else if (cp >= 0xd800 && cp < 0xe000) {
        cp = 0xfffd;
    }
    *to = put_utf8(*to, cp);
    return at;
}

/* Decodes raw string bytes into `to`, which has room for len bytes: no escape grows. */
static bool unescape(struct reader *r, const char *raw, size_t len, char *to, size_t *out_len)
{
    static const char simple[128] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                     ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    const char *at = raw, *end = raw + len;
    char *start = to;
    while (at < end) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        size_t run = (size_t)((slash ? slash : end) - at);
        memcpy(to, at, run);
        to += run;
        at += run;
        if (!slash)
            break;
        unsigned char c = (unsigned char)at[1];
        const char *next = at + 2;
        if (c < 128 && simple[c])
            *to++ = simple[c];
        else if (c != 'u' || !(next = unescape_unicode(at + 2, end, &to)))
            return fail(r, ERR_SYNTAX, at, "an escape that JSON does not have");
        at = next;
    }
    *out_len = (size_t)(to - start);
    return true;
}

static bool read_string(struct reader *r, struct val *out)
{
    const char *raw;
    size_t len;
    bool escaped;
    r->at++;
    if (!scan_string(r, &raw, &len, &escaped))
        return false;
    char *copy = len < UINT32_MAX ? arena_alloc(&r->pool->arena, len + 1) : NULL;
    if (!copy)
        return fail_limit(r);
    if (!escaped)
        memcpy(copy, raw, len);
    else if (!unescape(r, raw, len, copy, &len))
        return false;
    copy[len] = '\0';
    *out = val_borrow_str(copy, len);
    return true;
}

/* ---- keys ---- */

static unsigned cheap_hash(const char *s, size_t len)
{
    uint64_t a = 0, b = 0;
    if (len >= 8) {
        memcpy(&a, s, 8);
        memcpy(&b, s + len - 8, 8);
    } else if (len >= 4) {
        memcpy(&a, s, 4);
        memcpy(&b, s + len - 4, 4);
    } else if (len) {
        a = (unsigned char)s[0] | (uint64_t)(unsigned char)s[len / 2] << 8 |
            (uint64_t)(unsigned char)s[len - 1] << 16;
    }
    uint64_t h = (a ^ len) * 0x9e3779b97f4a7c15ULL ^ b * 0xc2b2ae3d27d4eb4fULL;
    return (unsigned)(h >> 40 ^ h >> 56) % RECENT_KEYS;
}

static const struct val_key *intern(struct reader *r, const char *s, size_t len)
{
    const struct val_key **recent = &r->recent[cheap_hash(s, len)];
    if (*recent && (*recent)->len == len && memcmp((*recent)->s, s, len) == 0)
        return *recent;
    const struct val_key *k = len < UINT32_MAX ? val_intern(r->pool, s, len) : NULL;
    if (!k)
        fail_limit(r);
    else
        *recent = k;
    return k;
}

static const struct val_key *read_key(struct reader *r)
{
    const char *raw;
    size_t len;
    bool escaped;
    r->at++;
    if (!scan_string(r, &raw, &len, &escaped))
        return NULL;
    if (!escaped)
        return intern(r, raw, len);
    char small[256], *text = len <= sizeof(small) ? small : mem_alloc(len);
    const struct val_key *k = unescape(r, raw, len, text, &len) ? intern(r, text, len) : NULL;
    if (text != small)
        mem_free(text);
    return k;
}

/* ---- numbers ---- */

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static bool read_number(struct reader *r, struct val *out)
{
    const char *start = r->at, *at = start, *end = r->end;
    bool negative = *at == '-', whole = true;
    at += negative;
    const char *digits = at;
    uint64_t u = 0;
    bool over = false;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        over = over || __builtin_mul_overflow(u, (uint64_t)10, &u) ||
               __builtin_add_overflow(u, (uint64_t)(*at - '0'), &u);
    r->at = at;
    if (at == digits)
        return fail_expected(r, "a digit");
    if (*digits == '0' && at - digits > 1)
        return fail(r, ERR_SYNTAX, digits, "a number that begins with 0; JSON has no octal");
    if (at < end && *at == '.') {
        whole = false;
        const char *fraction = ++at;
        r->at = at = skip_digits(at, end);
        if (at == fraction)
            return fail_expected(r, "a digit");
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        whole = false;
        at++;
        if (at < end && (*at == '-' || *at == '+'))
            at++;
        const char *exponent = at;
        r->at = at = skip_digits(at, end);
        if (at == exponent)
            return fail_expected(r, "a digit");
    }
    if (whole && !over && u <= (uint64_t)INT64_MAX + negative) {
        *out = val_of_int(negative ? (int64_t)-u : (int64_t)u);
        return true;
    }
    double d;
    if (!number_read_double(start, (size_t)(at - start), &d))
        return fail(r, ERR_SYNTAX, start, "a number beyond what a double holds");
    *out = val_of_double(d);
    return true;
}

/* ---- containers ---- */

static bool push(struct reader *r, const struct val_entry *e)
{
    if (r->len == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 64;
        if (r->max && r->len >= r->max)
            return fail_limit(r);
        r->stack = mem_reallocarray(r->stack, cap, sizeof(*r->stack));
        r->cap = cap;
    }
    r->stack[r->len++] = *e;
    return true;
}

static bool fail_duplicate(struct reader *r, const struct val_entry *first,
                           const struct val_entry *again)
{
    if (r->error.code)
        return false;
    r->error.code = ERR_INVALID;
    r->error.line = again->line;
    r->error.col = again->col;
    r->error.hint = "remove one of them";
    snprintf(r->error.text, sizeof(r->error.text),
             "key \"%.100s\" is there twice, first at line %u", again->key->s,
             (unsigned)first->line);
    return false;
}

/* One of two entries with the same key goes: the first place keeps the last value. */
static bool settle(struct reader *r, struct val_entry *first, const struct val_entry *again)
{
    if (r->reject)
        return fail_duplicate(r, first, again);
    first->value = again->value;
    return true;
}

/* Removes duplicates among the entries of a large map from e on; *n becomes what is left. */
static bool settle_many(struct reader *r, struct val_entry *e, size_t *n)
{
    size_t cap = 64;
    while (cap < *n * 2)
        cap *= 2;
    uint32_t *slots = mem_calloc(cap, sizeof(*slots)); /* entry number + 1 */
    size_t kept = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < *n; i++) {
        size_t at = e[i].key->hash & (cap - 1);
        while (slots[at] && e[slots[at] - 1].key != e[i].key)
            at = (at + 1) & (cap - 1);
        if (slots[at]) {
            ok = settle(r, &e[slots[at] - 1], &e[i]);
        } else {
            slots[at] = (uint32_t)(kept + 1);
            e[kept++] = e[i];
        }
    }
    mem_free(slots);
    *n = kept;
    return ok;
}

static bool open_container(struct reader *r)
{
    if (r->depth++ >= VAL_MAX_DEPTH)
        return fail(r, ERR_LIMIT, r->at, JSON_TOO_DEEP);
    r->at = json_skip_space(r->at + 1, r->end);
    return true;
}

static bool read_entry(struct reader *r, struct val_entry *e)
{
    if (r->at == r->end || *r->at != '"')
        return fail_expected(r, "a key in quotes");
    if (r->track) {
        locate(r, r->at);
        e->line = r->line;
        e->col = short_col(r->col);
    }
    if (!(e->key = read_key(r)))
        return false;
    r->at = json_skip_space(r->at, r->end);
    if (r->at == r->end || *r->at != ':')
        return fail_expected(r, "':'");
    r->at++;
    return read_value(r, &e->value);
}

static bool read_map(struct reader *r, struct val *out)
{
    size_t base = r->len, n;
    uint64_t bloom = 0; /* one bit a key: most maps never look for duplicates */
    if (!open_container(r))
        return false;
    bool more = r->at == r->end || *r->at != '}';
    while (more) {
        struct val_entry e = {0};
        r->at = json_skip_space(r->at, r->end);
        if (!read_entry(r, &e))
            return false;
        uint64_t bit = 1ULL << (e.key->hash & 63);
        bool again = false;
        if ((bloom & bit) && r->len - base <= LINEAR_KEYS)
            for (size_t i = base; i < r->len && !again; i++)
                if ((again = r->stack[i].key == e.key) && !settle(r, &r->stack[i], &e))
                    return false;
        bloom |= bit;
        if (!again && !push(r, &e))
            return false;
        r->at = json_skip_space(r->at, r->end);
        more = r->at < r->end && *r->at == ',';
        r->at += more;
    }
    if (r->at == r->end || *r->at != '}')
        return fail_expected(r, "',' or '}'");
    r->at++;
    n = r->len - base;
    if (n >= UINT32_MAX / 4)
        return fail_limit(r);
    if (n > LINEAR_KEYS && !settle_many(r, r->stack + base, &n))
        return false;
    if (!val_make_map(r->pool, n ? r->stack + base : NULL, n, out))
        return fail_limit(r);
    r->len = base;
    r->depth--;
    return true;
}

static bool read_list(struct reader *r, struct val *out)
{
    size_t base = r->len, n;
    if (!open_container(r))
        return false;
    bool more = r->at == r->end || *r->at != ']';
    while (more) {
        struct val_entry e = {0};
        if (!read_value(r, &e.value) || !push(r, &e))
            return false;
        r->at = json_skip_space(r->at, r->end);
        more = r->at < r->end && *r->at == ',';
        r->at += more;
    }
    if (r->at == r->end || *r->at != ']')
        return fail_expected(r, "',' or ']'");
    r->at++;
    n = r->len - base;
    struct val *items = n < UINT32_MAX ? arena_array(&r->pool->arena, n, sizeof(*items)) : NULL;
    if (!items)
        return fail_limit(r);
    for (size_t i = 0; i < n; i++)
        items[i] = r->stack[base + i].value;
    *out = (struct val){.type = VAL_LIST, .len = (uint32_t)n, .as.items = items};
    r->len = base;
    r->depth--;
    return true;
}

static bool read_word(struct reader *r, const char *word, size_t len, struct val v, struct val *out)
{
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
        return fail_expected(r, "a value");
    r->at += len;
    *out = v;
    return true;
}

static bool read_value(struct reader *r, struct val *out)
{
    uint32_t line = 0, col = 0;
    bool ok;
    r->at = json_skip_space(r->at, r->end);
    if (r->track) {
        locate(r, r->at);
        line = r->line;
        col = r->col;
    }
    switch (r->at < r->end ? *r->at : '\0') {
    case '{':
        ok = read_map(r, out);
        break;
    case '[':
        ok = read_list(r, out);
        break;
    case '"':
        ok = read_string(r, out);
        break;
    case 't':
        ok = read_word(r, "true", 4, val_of_bool(true), out);
        break;
    case 'f':
        ok = read_word(r, "false", 5, val_of_bool(false), out);
        break;
    case 'n':
        ok = read_word(r, "null", 4, val_null, out);
        break;
    default:
        if (r->at < r->end && (*r->at == '-' || (*r->at >= '0' && *r->at <= '9')))
            ok = read_number(r, out);
        else
            ok = fail_expected(r, "a value");
        break;
    }
    out->line = line;
    out->col = short_col(col);
    return ok;
}

static void report(struct reader *r, const char *source, struct err *e)
{
    if (r->error.at) {
        if (r->error.at < r->seen) {
            r->seen = r->text;
            r->line = r->col = 1;
        }
        locate(r, r->error.at);
        r->error.line = r->line;
        r->error.col = r->col;
    }
    err_set(e, r->error.code, "%s", r->error.text);
    err_at(e, source, r->error.line, r->error.col);
    if (r->error.hint)
        err_hint(e, "%s", r->error.hint);
}

/* whole: nothing but white space may follow. */
static const struct val *read_text(struct val_pool *p, const char *text, size_t len,
                                   struct json_place *place, bool whole,
                                   const struct json_options *opt, struct err *e)
{
    struct reader r = {.text = text,
                       .at = text + place->offset,
                       .end = text + len,
                       .pool = p,
                       .max = p->arena.limit ? p->arena.limit / sizeof(*r.stack) + 64 : 0,
                       .reject = opt && opt->reject_duplicates,
                       .track = !whole || (opt && (opt->want_positions || opt->reject_duplicates)),
                       .seen = text + place->offset,
                       .line = place->line,
                       .col = place->col};
    struct val v;
    const struct val *result = NULL;
    if (!read_value(&r, &v))
        goto out;
    if (whole && (r.at = json_skip_space(r.at, r.end)) < r.end) {
        fail_expected(&r, "the end of the text");
        goto out;
    }
    if (!(result = val_box(p, v)))
        fail_limit(&r);
out:
    if (!result)
        report(&r, opt ? opt->source : NULL, e);
    else if (!whole) {
        locate(&r, r.at);
        *place = (struct json_place){(size_t)(r.at - text), r.line, r.col};
    }
    mem_free(r.stack);
    return result;
}

const struct val *json_read(struct val_pool *p, const char *text, size_t len,
                            const struct json_options *opt, struct err *e)
{
    struct json_place start = {0, 1, 1};
    return read_text(p, text, len, &start, true, opt, e);
}

const struct val *json_read_next(struct val_pool *p, const char *text, size_t len,
                                 struct json_place *place, const struct json_options *opt,
                                 struct err *e)
{
    return read_text(p, text, len, place, false, opt, e);
}
