// SPDX-License-Identifier: Apache-2.0
/* Numbers of values compared and divided exactly, whatever they are stored as. Any thread. */
#ifndef LEEWAY_SCHEMA_NUMBER_H
#define LEEWAY_SCHEMA_NUMBER_H

#include "data/val.h"

bool schema_is_number(const struct val *v);
/* As the API server: integers, and doubles that are whole and below 2^53. */
bool schema_is_integer(const struct val *v);
/* < 0, 0, > 0; both are numbers and none is NaN. */
int schema_number_compare(const struct val *a, const struct val *b);
/* Is v a whole multiple of of (> 0), both taken as the decimals in which they are written? */
bool schema_is_multiple(const struct val *v, const struct val *of);

#endif
