// SPDX-License-Identifier: Apache-2.0
#include "data/yaml_strict.h"

#include <string.h>

void yaml_strict_init(struct yaml_strict *s, const char *text, size_t len)
{
    *s = (struct yaml_strict){.text = text, .len = len};
}

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

bool yaml_strict_bare_tag(struct yaml_strict *s, const yaml_event_t *ev)
{
    size_t at = seek(s, ev->start_mark.index);
    /* Properties in any order, before the scalar: &name ! text */
    while (at < s->len && (s->text[at] == '&' || s->text[at] == '!')) {
        bool tag = s->text[at] == '!';
        if (tag && (at + 1 == s->len || is_blank(s->text[at + 1])))
            return true;
        while (at < s->len && !is_blank(s->text[at]))
            at++;
        while (at < s->len && is_blank(s->text[at]))
            at++;
    }
    return false;
}

const char *yaml_strict_check(struct yaml_strict *s, const yaml_event_t *ev)
{
    return NULL;
}
