// SPDX-License-Identifier: Apache-2.0
/* What the readers of manifests share among themselves. Any thread. */
#ifndef LEEWAY_ENGINE_MANIFEST_INT_H
#define LEEWAY_ENGINE_MANIFEST_INT_H

#include "engine/plan/manifest.h"

/* Adds a problem at a value's place (NULL: of the whole file). */
__attribute__((format(printf, 5, 6))) void manifest_problem(struct manifest_set *s, int code,
                                                            const char *file, const struct val *at,
                                                            const char *fmt, ...);
/* What to do about the last problem. */
void manifest_hint(struct manifest_set *s, const char *text);

/* The object without what would only make noise or break; in the set's pool. Says in the notes what
 * a person would not expect. */
const struct val *manifest_mend(struct manifest_set *s, const struct manifest *m,
                                const struct val *object);

#endif
