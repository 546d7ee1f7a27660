// SPDX-License-Identifier: Apache-2.0
#include "data/yaml_strict.h"
#include "base/mem.h"

#include <string.h>

#define MENDS_MAX 16u /* a text that needs more is refused: each one reads it once more */
#define PRIVATE_USE 0xe000u
#define PRIVATE_USE_END 0xf8ffu

/* What a stand-in stands for, in the order of their code points. */
enum stand_in { STAND_COLON, STAND_NOTHING, STAND_MARK, STAND_INS };

#define MARK "\xef\xbb\xbf" /* the byte order mark: an ordinary character after the start */

void yaml_strict_clear(struct yaml_strict *s)
{
    mem_free(s->copy);
    *s = (struct yaml_strict){0};
}

void yaml_strict_rewind(struct yaml_strict *s)
{
    s->index = s->offset = 0;
    s->flow = 0;
    s->again = false;
}

/* ---- stand-ins ---- */

static void encode(uint32_t cp, char out[3])
{
    out[0] = (char)(0xe0 | cp >> 12);
    out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[2] = (char)(0x80 | (cp & 0x3f));
}

/* Three neighbours in the private use area that the text does not use. */
static bool choose(struct yaml_strict *s)
{
    bool used[(PRIVATE_USE_END - PRIVATE_USE) / STAND_INS + 1] = {false};
    if (s->stand_in)
        return true;
    for (size_t i = 0; i + 2 < s->len; i++) {
        unsigned char a = (unsigned char)s->text[i];
        if (a != 0xee && a != 0xef)
            continue;
        uint32_t cp = (a & 0xfu) << 12 | ((unsigned char)s->text[i + 1] & 0x3fu) << 6 |
                      ((unsigned char)s->text[i + 2] & 0x3fu);
        if (cp >= PRIVATE_USE && cp <= PRIVATE_USE_END)
            used[(cp - PRIVATE_USE) / STAND_INS] = true;
    }
    for (uint32_t i = 0; i < (PRIVATE_USE_END - PRIVATE_USE) / STAND_INS; i++)
        if (!used[i]) {
            s->stand_in = PRIVATE_USE + i * STAND_INS;
            return true;
        }
    return false;
}

/* Puts len bytes in the place of `old` bytes at an offset. */
static bool replace(struct yaml_strict *s, size_t at, size_t old, const char *with, size_t len)
{
    if (s->mends++ >= MENDS_MAX)
        return false;
    char *copy = mem_alloc(s->len - old + len + 1);
    memcpy(copy, s->text, at);
    memcpy(copy + at, with, len);
    memcpy(copy + at + len, s->text + at + old, s->len - at - old);
    s->len = s->len - old + len;
    mem_free(s->copy);
    s->copy = copy;
    s->text = copy;
    s->again = true;
    return true;
}

static bool stand_in(struct yaml_strict *s, size_t at, size_t old, enum stand_in what)
{
    char bytes[3];
    if (!choose(s))
        return false;
    encode(s->stand_in + what, bytes);
    return replace(s, at, old, bytes, 3);
}

static void restore(const struct yaml_strict *s, yaml_event_t *ev)
{
    static const char *const meanings[] = {":", "", MARK};
    char *from = (char *)ev->data.scalar.value, *to = from;
    char *end = from + ev->data.scalar.length, bytes[3];
    while (from < end) {
        size_t n = 1;
        const char *text = from;
        for (uint32_t i = 0; i < STAND_INS && end - from >= 3; i++) {
            encode(s->stand_in + i, bytes);
            if (memcmp(from, bytes, 3) != 0)
                continue;
            text = meanings[i];
            n = strlen(text);
            from += 2;
            break;
        }
        memmove(to, text, n);
        to += n;
        from++;
    }
    *to = '\0';
    ev->data.scalar.length = (size_t)(to - (char *)ev->data.scalar.value);
}

void yaml_strict_init(struct yaml_strict *s, const char *text, size_t len)
{
    *s = (struct yaml_strict){.text = text, .len = len};
    const char *mark = NULL;
    size_t from = 0;
    while (from < s->len && (mark = memmem(s->text + from, s->len - from, MARK, 3))) {
        from = (size_t)(mark - s->text);
        if (!stand_in(s, from, 3, STAND_MARK))
            break;
        from += 3;
    }
}

/* ---- places ---- */

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Byte offset of a character; going forward costs only the way. */
static size_t seek(struct yaml_strict *s, size_t index)
{
    if (index < s->index)
        s->index = s->offset = 0;
    while (s->index < index && s->offset < s->len) {
        s->offset++;
        while (s->offset < s->len && continues(s->text[s->offset]))
            s->offset++;
        s->index++;
    }
    return s->offset;
}

char yaml_strict_byte(struct yaml_strict *s, size_t index)
{
    size_t at = seek(s, index);
    return at < s->len ? s->text[at] : ' ';
}

yaml_mark_t yaml_strict_mark_at(const struct yaml_strict *s, size_t offset)
{
    yaml_mark_t m = {0};
    for (size_t i = 0; i < offset && i < s->len; i++) {
        if (s->text[i] == '\n') {
            m.line++;
            m.column = 0;
        } else if (!continues(s->text[i])) {
            m.column++;
        }
    }
    return m;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Skips one property, "&name" or "!tag", and the space behind it. */
static size_t skip_property(const struct yaml_strict *s, size_t at)
{
    while (at < s->len && !is_blank(s->text[at]))
        at++;
    while (at < s->len && is_blank(s->text[at]))
        at++;
    return at;
}

static bool at_property(const struct yaml_strict *s, size_t at)
{
    return at < s->len && (s->text[at] == '&' || s->text[at] == '!');
}

/* Tags of the other parser go on over , [ and ]; which tag it is does not matter then. */
static bool mend_tag(struct yaml_strict *s, size_t at)
{
    return at < s->len && s->text[at] && strchr(",[]", s->text[at]) && replace(s, at, 1, "x", 1);
}

bool yaml_strict_mend(struct yaml_strict *s, const yaml_parser_t *p)
{
    const char *problem = p->problem ? p->problem : "";
    if (p->error != YAML_SCANNER_ERROR)
        return false;
    size_t at = seek(s, p->problem_mark.index);
    if (strcmp(problem, "found unexpected ':'") == 0)
        return at < s->len && s->text[at] == ':' && stand_in(s, at, 1, STAND_COLON);
    if (strcmp(problem, "did not find expected whitespace or line break") == 0)
        return mend_tag(s, at);
    if (strcmp(problem, "found unknown escape character") == 0) /* \\' is one there */
        return at + 1 < s->len && memcmp(s->text + at, "\\'", 2) == 0 &&
               stand_in(s, at, 1, STAND_NOTHING);
    return false;
}

bool yaml_strict_bare_tag(struct yaml_strict *s, const yaml_event_t *ev)
{
    size_t at = seek(s, ev->start_mark.index);
    for (; at_property(s, at); at = skip_property(s, at))
        if (s->text[at] == '!' && (at + 1 == s->len || is_blank(s->text[at + 1])))
            return true;
    return false;
}

/* "\/" is JSON, but no escape of YAML 1.1. */
static bool has_slash_escape(struct yaml_strict *s, const yaml_event_t *ev)
{
    if (!memchr(ev->data.scalar.value, '/', ev->data.scalar.length))
        return false;
    size_t at = seek(s, ev->start_mark.index);
    while (at_property(s, at))
        at = skip_property(s, at);
    for (at++; at + 1 < s->len && s->text[at] != '"'; at++) {
        if (s->text[at] != '\\')
            continue;
        if (s->text[++at] == '/')
            return true;
    }
    return false;
}

/* Between brackets libyaml ends a tag before a comma. */
static bool mend_flow_tag(struct yaml_strict *s, const yaml_event_t *ev)
{
    size_t at = seek(s, ev->start_mark.index);
    for (; at_property(s, at); at = skip_property(s, at)) {
        bool verbatim = at + 1 < s->len && s->text[at + 1] == '<';
        for (size_t i = at; s->text[at] == '!' && !verbatim && i < s->len && !is_blank(s->text[i]);
             i++)
            if (strchr(",[]", s->text[i]))
                return mend_tag(s, i);
    }
    return false;
}

static const char *check_scalar(struct yaml_strict *s, yaml_event_t *ev)
{
    if (s->flow && (ev->data.scalar.tag || yaml_strict_bare_tag(s, ev)) && mend_flow_tag(s, ev))
        return "";
    if (s->copy && s->stand_in)
        restore(s, ev);
    yaml_scalar_style_t style = ev->data.scalar.style;
    if (style == YAML_DOUBLE_QUOTED_SCALAR_STYLE && has_slash_escape(s, ev)) {
        s->hint = "write / without a backslash";
        return "the escape \\/, which YAML 1.1 does not have";
    }
    if (style == YAML_PLAIN_SCALAR_STYLE && s->flow &&
        memchr(ev->data.scalar.value, '?', ev->data.scalar.length)) {
        s->hint = "put quotes around the text";
        return "a '?' in plain text between brackets";
    }
    return NULL;
}

const char *yaml_strict_check(struct yaml_strict *s, yaml_event_t *ev)
{
    switch (ev->type) {
    case YAML_SCALAR_EVENT:
        return check_scalar(s, ev);
    case YAML_SEQUENCE_START_EVENT:
        s->flow += s->flow || ev->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        return NULL;
    case YAML_MAPPING_START_EVENT:
        s->flow += s->flow || ev->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        return NULL;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        s->flow -= s->flow > 0;
        return NULL;
    default:
        return NULL;
    }
}
