// SPDX-License-Identifier: Apache-2.0
/* leeway get targets|exceptions|releases|audit: what leeway itself keeps. */
#ifndef LEEWAY_CLI_GET_RECORDS_H
#define LEEWAY_CLI_GET_RECORDS_H

#include "cli/session.h"

bool get_is_record(const char *word);
/* The exit status. watch: targets, for as long as somebody reads. */
int get_records(const struct cli_args *args, const char *word, enum cli_output how, bool watch);

#endif
