// SPDX-License-Identifier: Apache-2.0
/*
 * What an environment wants of one object now: its folder of manifests, or its document, read and
 * rendered by a worker while somebody looks at the object. It is not what the last release gave:
 * files may have changed since, and a plan would carry that over. Engine thread.
 */
#ifndef LEEWAY_ENGINE_WANTED_H
#define LEEWAY_ENGINE_WANTED_H

#include "data/diff.h"
#include "engine/environments/environment.h"
#include "store/store_words.h"

struct wanted;

struct wanted_answer {
    const struct val *body; /* until the callback returns; NULL: it is not wanted, or see why */
    const char *where; /* what made it: "web-app@1.4.0, web: web-service@2.3.1, module.yaml:19" */
    const char *const *late; /* paths whose values are known only during a release */
    size_t n_late;
    const char *why; /* not NULL: nobody can say now, and this is the reason */
};
typedef void wanted_done_fn(void *ctx, const struct wanted_answer *a);

/* done comes later, never from here, and once, unless it is cancelled. The names are copied. */
struct wanted *wanted_start(struct engine *e, const struct target *t, const struct store_object *o,
                            wanted_done_fn *done, void *ctx);
void wanted_cancel(struct wanted *w); /* NULL is fine */

/* Where the wanted body (w->body is not NULL) differs from the one that was sent, paths as
 * ownership has them. The names and labels that leeway puts into what it sends, and the values of
 * secrets (hmac), are made equal first. Everything in p. 0 or ERR_LIMIT. */
int wanted_changes(struct engine *e, struct val_pool *p, const struct val *sent,
                   const struct wanted_answer *w, fieldset fields, struct diff_items *out,
                   const struct val **meant);

#endif
