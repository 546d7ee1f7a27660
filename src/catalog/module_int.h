// SPDX-License-Identifier: Apache-2.0
/* What the files that read a module share. */
#ifndef LEEWAY_CATALOG_MODULE_INT_H
#define LEEWAY_CATALOG_MODULE_INT_H

#include "catalog/module.h"
#include "catalog/reading.h"

/* contract.c */
void module_read_contract(struct reading *r, struct catalog_module *m, const struct val *list);

/* Adds "did you mean ID?" to e (or NULL). */
void module_hint_resource(const struct catalog_module *m, struct err *e, const char *written);

#endif
