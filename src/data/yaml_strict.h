// SPDX-License-Identifier: Apache-2.0
/*
 * Where libyaml and the parser of Kubernetes (go.yaml.in/yaml/v2, a port of an older libyaml) part:
 * what only libyaml lets pass is refused, what only the other reads is made readable by putting
 * stand-in characters into a copy of the text, one for one, so that lines and columns stay, which
 * are taken back out of the scalars. Private to the YAML reader.
 */
#ifndef LEEWAY_DATA_YAML_STRICT_H
#define LEEWAY_DATA_YAML_STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

struct yaml_strict {
    const char *text; /* one document: borrowed, or copy */
    size_t len;
    char *copy;        /* owned; NULL while nothing had to be changed */
    uint32_t stand_in; /* three characters from here on do not occur in the text; 0: not chosen */
    unsigned mends;    /* so far */
    size_t index, offset; /* the same place in characters, as libyaml counts, and in bytes */
    unsigned flow;        /* brackets that are open */
    bool again;           /* the text was changed: read it from the start */
    const char *hint;     /* with what yaml_strict_check says; or NULL */
};

void yaml_strict_init(struct yaml_strict *s, const char *text, size_t len);
void yaml_strict_clear(struct yaml_strict *s);
/* Before the text is read, or read once more. */
void yaml_strict_rewind(struct yaml_strict *s);
/* After libyaml's error: true (and again is set) when the other parser reads this. */
bool yaml_strict_mend(struct yaml_strict *s, const yaml_parser_t *p);
/* Takes stand-ins out of a scalar, then NULL, or what is wrong with the event, or, when again is
 * set, anything. Events come in order. */
const char *yaml_strict_check(struct yaml_strict *s, yaml_event_t *ev);
/* Has the scalar the tag "!"? libyaml drops it. */
bool yaml_strict_bare_tag(struct yaml_strict *s, const yaml_event_t *ev);
/* The byte at a character index; a blank beyond the end. */
char yaml_strict_byte(struct yaml_strict *s, size_t index);
/* Line and column of a byte offset. */
yaml_mark_t yaml_strict_mark_at(const struct yaml_strict *s, size_t offset);

#endif
