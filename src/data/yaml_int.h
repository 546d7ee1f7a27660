// SPDX-License-Identifier: Apache-2.0
/* What the files of the YAML reader and writer share. */
#ifndef LEEWAY_DATA_YAML_INT_H
#define LEEWAY_DATA_YAML_INT_H

#include "data/yaml.h"

enum yaml_scalar_kind { YAML_NULL, YAML_BOOL, YAML_INT, YAML_UINT, YAML_FLOAT, YAML_TEXT };

/* What a scalar stands for. Floats keep being floats here, also when they are whole: as keys they
 * print differently. YAML_TEXT: the scalar's own text. */
struct yaml_scalar {
    enum yaml_scalar_kind kind;
    bool binary; /* text, still in base64 */
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double d;
    } as;
};

/* tag: the long form, "!" or NULL; plain: neither quoted nor a block. False when the tag does not
 * allow the text. */
bool yaml_resolve(const char *tag, bool plain, const char *s, size_t len, struct yaml_scalar *out);

/* The text of a scalar that is a key, where it is not its own text: as sigs.k8s.io/yaml prints it.
 * Returns the length; 0 for what can be no key (null, integers above int64). */
size_t yaml_key_text(const struct yaml_scalar *sc, char out[64]);

/* Decodes base64 into `to` (room for len bytes); line breaks are skipped. False: invalid. */
bool yaml_base64(const char *s, size_t len, char *to, size_t *out_len);

#endif
