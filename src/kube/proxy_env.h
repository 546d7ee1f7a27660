// SPDX-License-Identifier: Apache-2.0
/*
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY as Go's net/http reads them, which is what kubectl does:
 * upper case before lower case, never a proxy for localhost and loopback addresses, NO_PROXY as a
 * list of "*", addresses, networks (10.0.0.0/8), and domains that take their subdomains with them
 * (".example.org" only the subdomains), each with an optional port. Any thread.
 */
#ifndef LEEWAY_KUBE_PROXY_ENV_H
#define LEEWAY_KUBE_PROXY_ENV_H

#include <stdbool.h>

typedef const char *kube_getenv_fn(void *ctx, const char *name); /* NULL: not set */

/* The proxy for a server URL (http or https), with a scheme; NULL: none. The caller frees. */
char *kube_proxy_from_env(const char *server, kube_getenv_fn *env, void *ctx);
/* Does NO_PROXY's text cover this host and port? */
bool kube_no_proxy_covers(const char *no_proxy, const char *host, const char *port);

#endif
