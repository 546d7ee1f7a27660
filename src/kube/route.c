// SPDX-License-Identifier: Apache-2.0
/* Routes: counted, and wiped with the last reference. */
#include "base/mem.h"
#include "kube/access.h"
#include "kube/transport.h"

struct kube_route *kube_route_ref(struct kube_route *r)
{
    r->refs++;
    return r;
}

void kube_route_unref(struct kube_route *r)
{
    if (!r || --r->refs)
        return;
    mem_free(r->server);
    mem_free(r->tls_server_name);
    kube_secret_free(r->proxy); /* may hold a password */
    mem_free(r->ca_pem);
    mem_free(r->cert_pem);
    kube_secret_free(r->key_pem);
    mem_free(r);
}
