// SPDX-License-Identifier: Apache-2.0
/*
 * YAML as Kubernetes reads it (go.yaml.in/yaml/v2 under sigs.k8s.io/yaml): libyaml's events, the
 * YAML 1.1 scalar rules of that reader, merge keys, anchors with a guard against alias bombs, keys
 * turned into strings, and, stricter than kubectl, duplicate keys refused. Depth and size bounded.
 * Every value keeps line and column.
 */
#ifndef LEEWAY_DATA_YAML_H
#define LEEWAY_DATA_YAML_H

#include "data/val.h"

struct yaml_doc {
    const struct val *value; /* never NULL; empty documents are left out */
    uint32_t line;           /* where the document begins */
};

struct yaml_docs {
    struct yaml_doc *items;
    size_t len, cap;
};

/* All documents of a stream, as kubectl splits it ('---' lines; a stream whose first byte is '{' is
 * JSON documents). Values live in p, docs->items is the caller's: yaml_docs_clear. 0 or a code with
 * *e (line, column, what is wrong, what would be right). source is borrowed, for messages. */
int yaml_read(struct val_pool *p, const char *text, size_t len, const char *source,
              struct yaml_docs *docs, struct err *e) ERR_CHECKED;
void yaml_docs_clear(struct yaml_docs *docs);

/* One document, block style, two spaces, keys in order, strings quoted exactly when a YAML 1.1 or
 * 1.2 reader would take them for something else; text of several lines as a literal block. What
 * yaml_read makes of it is val_equal to v (null is no document). ERR_LIMIT, ERR_TYPE (NaN,
 * infinity); out then holds a part. */
int yaml_write(struct buf *out, const struct val *v);

#endif
