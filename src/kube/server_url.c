// SPDX-License-Identifier: Apache-2.0
#include "kube/server_url.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool fail(struct server_url *out, const char *why)
{
    server_url_clear(out);
    out->why = why;
    return false;
}

static bool has_forbidden(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr("\"<>\\^`{|}", *s))
            return true;
    return false;
}

static bool port_valid(const char *s, size_t n)
{
    unsigned long v = 0;
    if (n == 0 || n > 5)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        v = v * 10 + (unsigned)(s[i] - '0');
    }
    return v >= 1 && v <= 65535;
}

bool server_url_parse(const char *url, struct server_url *out)
{
    *out = (struct server_url){0};
    const char *rest;
    if (strncasecmp(url, "https://", 8) == 0) {
        out->https = true;
        rest = url + 8;
    } else if (strncasecmp(url, "http://", 7) == 0) {
        rest = url + 7;
    } else {
        return fail(out, "it must begin with https:// or http://");
    }
    if (has_forbidden(url))
        return fail(out, "it holds a character that no address has");
    if (strpbrk(rest, "?#"))
        return fail(out, "it has a query or fragment");
    size_t authority = strcspn(rest, "/");
    if (memchr(rest, '@', authority))
        return fail(out, "it holds a user name; credentials belong under users");
    const char *host = rest, *end = rest + authority, *host_end, *port = NULL;
    if (*host == '[') {
        host_end = memchr(host, ']', authority);
        if (!host_end)
            return fail(out, "a [ is not closed");
        host++;
        if (host_end + 1 < end) {
            if (host_end[1] != ':')
                return fail(out, "a port or path must follow the ]");
            port = host_end + 2;
        }
    } else {
        const char *colon = memchr(host, ':', authority);
        host_end = colon ? colon : end;
        port = colon ? colon + 1 : NULL;
    }
    if (host_end == host)
        return fail(out, "it names no host");
    if (port && port == end)
        port = NULL; /* "host:" means the scheme's port */
    if (port && !port_valid(port, (size_t)(end - port)))
        return fail(out, "the port is no number from 1 to 65535");
    size_t path_len = strlen(end);
    while (path_len && end[path_len - 1] == '/')
        path_len--;
    out->host = mem_strndup(host, (size_t)(host_end - host));
    out->port =
        port ? mem_strndup(port, (size_t)(end - port)) : mem_strdup(out->https ? "443" : "80");
    out->path = mem_strndup(end, path_len);
    return true;
}

void server_url_clear(struct server_url *u)
{
    mem_free(u->host);
    mem_free(u->port);
    mem_free(u->path);
    *u = (struct server_url){0};
}

char *server_url_canonical(const char *url)
{
    struct server_url u;
    if (!server_url_parse(url, &u))
        return NULL;
    bool v6 = strchr(u.host, ':');
    bool usual = strcmp(u.port, u.https ? "443" : "80") == 0;
    char *s = mem_printf("%s://%s%s%s%s%s%s", u.https ? "https" : "http", v6 ? "[" : "", u.host,
                         v6 ? "]" : "", usual ? "" : ":", usual ? "" : u.port, u.path);
    server_url_clear(&u);
    return s;
}
