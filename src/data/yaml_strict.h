// SPDX-License-Identifier: Apache-2.0
/*
 * What libyaml lets pass and the parser of Kubernetes (go.yaml.in/yaml/v2, an older port of
 * libyaml) refuses, judged by looking again at the text where an event begins. Private to the YAML
 * reader.
 */
#ifndef LEEWAY_DATA_YAML_STRICT_H
#define LEEWAY_DATA_YAML_STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

struct yaml_strict {
    const char *text; /* one document, borrowed */
    size_t len;
    size_t index, offset; /* the same place in characters, as libyaml counts, and in bytes */
    const char *hint;     /* with what yaml_strict_check says; or NULL */
};

void yaml_strict_init(struct yaml_strict *s, const char *text, size_t len);
/* NULL, or what is wrong with the event. Events come in order. */
const char *yaml_strict_check(struct yaml_strict *s, const yaml_event_t *ev);
/* Has the scalar the tag "!"? libyaml drops it. */
bool yaml_strict_bare_tag(struct yaml_strict *s, const yaml_event_t *ev);
/* The byte at a character index; a blank beyond the end. */
char yaml_strict_byte(struct yaml_strict *s, size_t index);
/* Line and column of a byte offset. */
yaml_mark_t yaml_strict_mark_at(const struct yaml_strict *s, size_t offset);

#endif
