// SPDX-License-Identifier: Apache-2.0
/* A discovery document, read twice, the second time over the first; and words looked up in it. */
#include "kube/discovery.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct kube_discovery_part part = {(const char *)data, size};
    struct kube_discovery *d = kube_discovery_parse(&part, 1, NULL, NULL);
    if (!d)
        return 0;
    struct kube_discovery *again = kube_discovery_parse(&part, 1, d, NULL);
    for (size_t i = 0; i < kube_discovery_len(d); i++) {
        const struct kube_resource *r = kube_discovery_at(d, i);
        if (!kube_discovery_plural(d, r->group, r->version, r->plural))
            abort();
        kube_discovery_word(d, r->plural, NULL);
    }
    kube_discovery_unref(d);
    kube_discovery_unref(again);
    return 0;
}
