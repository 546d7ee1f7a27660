// SPDX-License-Identifier: Apache-2.0
/* The demo's fleet folder: leeway.yaml and a catalog, written into the folder of one run. */
#ifndef LEEWAY_CLI_DEMO_FLEET_H
#define LEEWAY_CLI_DEMO_FLEET_H

#include "base/err.h"

struct demo_file {
    const char *path; /* below the catalog */
    const char *text;
};
extern const struct demo_file demo_files[]; /* ends with path NULL */

/* The path of leeway.yaml, owned; NULL and *e. */
char *demo_fleet_write(const char *folder, struct err *e);

#endif
