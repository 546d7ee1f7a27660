// SPDX-License-Identifier: Apache-2.0
/*
 * Decimal text and doubles, exact both ways and independent of the locale (a console sets one; a
 * decimal comma must never reach a cluster). Any thread.
 */
#ifndef LEEWAY_DATA_NUMBER_H
#define LEEWAY_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_TEXT_MAX 32 /* room for any double or integer, NUL included */

/* s must look like [-+]?digits[.digits][(e|E)[-+]?digits], with digits on at least one side of the
 * point. The nearest double, ties to even; false when that is infinite. */
bool number_read_double(const char *s, size_t len, double *out);
/* out has room for NUMBER_TEXT_MAX bytes; the length is returned. A finite double comes out in the
 * shortest decimal form that reads back as the same; no ".0" is added. */
size_t number_write_double(char *out, double d);
size_t number_write_int(char *out, int64_t i);
size_t number_write_uint(char *out, uint64_t u);

#endif
