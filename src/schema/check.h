// SPDX-License-Identifier: Apache-2.0
/*
 * Schemas that people write (parameters of modules and blueprints): is this one, does every keyword
 * mean something, can it be satisfied? Stricter than schema_load: what the API server would take
 * and ignore is a mistake here.
 */
#ifndef LEEWAY_SCHEMA_CHECK_H
#define LEEWAY_SCHEMA_CHECK_H

#include "schema/validate.h"

/* 0, or ERR_INVALID with the errors in out. base is put in front of paths (NULL: nothing). A schema
 * that passes can be loaded and made a validator of. */
int schema_check(const struct val *source, const char *base, struct schema_errors *out) ERR_CHECKED;

#endif
