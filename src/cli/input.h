// SPDX-License-Identifier: Apache-2.0
/* What several verbs read and say in the same way. */
#ifndef LEEWAY_CLI_INPUT_H
#define LEEWAY_CLI_INPUT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdio.h>

/* All of a file, or of standard input for "-", appended. ERR_LIMIT when it is larger than the
 * buffer may be; errors name the file. */
int cli_read_text(const char *name, struct buf *out, struct err *e) ERR_CHECKED;
/* Text from outside, cleaned; n bytes. */
void cli_print_clean(FILE *out, const char *s, size_t n);

#endif
