// SPDX-License-Identifier: Apache-2.0
/*
 * What is in a namespace besides what goes anyway: everything of every kind that its API server
 * serves there and lets be deleted, but for what Kubernetes itself puts into each namespace and for
 * what is collected after what goes. What may not be listed, or by a server that does not answer,
 * counts as something. Engine thread.
 */
#ifndef LEEWAY_ENGINE_LEFTOVER_H
#define LEEWAY_ENGINE_LEFTOVER_H

#include "data/val.h"
#include "kube/client.h"
#include "kube/discovery.h"

struct leftover;
typedef void leftover_fn(void *ctx, struct leftover *l);

/* Asks what is served, then lists all of it; fn from the loop, once, unless it is freed before.
 * known: what was served when it was last asked for; referenced. Owned. */
struct leftover *leftover_ask(struct kube_cluster *c, const struct kube_discovery *known,
                              const char *ns, leftover_fn *fn, void *ctx);
void leftover_free(struct leftover *l); /* NULL is fine; takes back what was asked for */

/* This goes, and what only it owns goes after it. */
void leftover_goes(struct leftover *l, const char *kind, const char *name, const char *uid);
/* What is left then, in words: "" nothing, else "PersistentVolumeClaim/data and 2 more are still in
 * it". In a. */
const char *leftover_words(struct leftover *l, struct arena *a);

/* ---- its parts, for tests ---- */

struct leftover *leftover_new(const struct kube_discovery *d);
void leftover_add(struct leftover *l, const struct kube_resource *r, const struct val *object);
/* It is not known what there is: why. */
void leftover_not_told(struct leftover *l, const char *what, const char *why);

#endif
