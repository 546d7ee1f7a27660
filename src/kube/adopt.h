// SPDX-License-Identifier: Apache-2.0
/*
 * Taking a whole object over from the tool that delivered it so far. The fields that kubectl's
 * client-side apply, Helm and others own stay theirs when somebody else applies the same values, so
 * what later leaves the manifest would never be removed. Their entries of managedFields are merged
 * into ours instead, as kubectl does with its own when it changes to server-side apply (client-go,
 * util/csaupgrade). Any thread.
 */
#ifndef LEEWAY_KUBE_ADOPT_H
#define LEEWAY_KUBE_ADOPT_H

#include "data/fieldset.h"

/* Is this one of the managers whose entries a take-over of the object merges into ours? */
bool kube_adopts_from(const char *manager, const char *subresource);

/* Did kubectl's client-side apply, which leaves no other mark, deliver the object? */
bool kube_is_client_side(const struct val *object);

/* What only such managers own of the object, and would be ours. In p; fieldset_empty when there is
 * nothing; NULL and *e when an entry cannot be read. */
fieldset kube_adopted_fields(struct val_pool *p, const struct val *object, struct err *e);

/* A JSON patch that does it, bound to the object's uid and resourceVersion (another version answers
 * 409). What is in keep stays with whom it is. In p; NULL without an error: there is nothing to
 * merge; NULL and *e otherwise. */
const struct val *kube_adopt_patch(struct val_pool *p, const struct val *object,
                                   const char *manager, fieldset keep, struct err *e);

#endif
