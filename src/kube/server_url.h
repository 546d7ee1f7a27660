// SPDX-License-Identifier: Apache-2.0
/* The address of an API server, taken apart as strictly as it needs to be to show and use it. */
#ifndef LEEWAY_KUBE_SERVER_URL_H
#define LEEWAY_KUBE_SERVER_URL_H

#include <stdbool.h>

struct server_url {
    bool https;
    char *host;      /* without brackets */
    char *port;      /* "443" or "80" when the URL names none */
    char *path;      /* "" or /… without a slash at the end */
    const char *why; /* not valid: what is wrong, a literal */
};

/* False with out->why set, and nothing else to clear. */
bool server_url_parse(const char *url, struct server_url *out);
void server_url_clear(struct server_url *u);
/* scheme://host[:port]path as it is used in requests, or NULL. The caller frees. */
char *server_url_canonical(const char *url);

#endif
