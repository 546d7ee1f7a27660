// SPDX-License-Identifier: Apache-2.0
#include "kube/proxy_env.h"

#include "base/mem.h"
#include "kube/server_url.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct address {
    int family; /* 0: no address */
    unsigned char bytes[16];
    unsigned bits;
};

static struct address address_of(const char *s)
{
    struct address a = {0};
    if (inet_pton(AF_INET, s, a.bytes) == 1)
        a.family = AF_INET, a.bits = 32;
    else if (inet_pton(AF_INET6, s, a.bytes) == 1)
        a.family = AF_INET6, a.bits = 128;
    return a;
}

static bool is_loopback(const struct address *a)
{
    static const unsigned char one[16] = {[15] = 1};
    return (a->family == AF_INET && a->bytes[0] == 127) ||
           (a->family == AF_INET6 && memcmp(a->bytes, one, 16) == 0);
}

static bool same_network(const struct address *a, const struct address *net, unsigned bits)
{
    if (a->family != net->family || bits > a->bits)
        return false;
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a->bytes, net->bytes, whole) != 0)
        return false;
    unsigned mask = (0xffu << (8 - rest)) & 0xffu;
    return rest == 0 || ((a->bytes[whole] ^ net->bytes[whole]) & mask) == 0;
}

/* Splits "host:port", "[v6]:port" or "v6" in place; *port "" when there is none. */
static char *split_port(char *s, const char **port)
{
    *port = "";
    if (*s == '[') {
        char *end = strchr(s, ']');
        if (!end)
            return s;
        *end = '\0';
        if (end[1] == ':')
            *port = end + 2;
        return s + 1;
    }
    char *colon = strchr(s, ':');
    if (colon && !strchr(colon + 1, ':')) {
        *colon = '\0';
        *port = colon + 1;
    }
    return s;
}

static bool domain_covers(const char *domain, const char *host)
{
    if (strncmp(domain, "*.", 2) == 0)
        domain++;
    bool only_below = domain[0] == '.';
    const char *bare = only_below ? domain + 1 : domain;
    size_t h = strlen(host), d = strlen(bare);
    if (!d)
        return false;
    if (h == d)
        return !only_below && strcasecmp(host, bare) == 0;
    return h > d && host[h - d - 1] == '.' && strcasecmp(host + h - d, bare) == 0;
}

static bool entry_covers(char *entry, const char *host, const char *port)
{
    if (strcmp(entry, "*") == 0)
        return true;
    struct address a = address_of(host);
    char *slash = strchr(entry, '/');
    if (slash) {
        *slash = '\0';
        struct address net = address_of(entry);
        char *end;
        unsigned long bits = strtoul(slash + 1, &end, 10);
        return net.family && slash[1] && !*end && bits <= net.bits &&
               same_network(&a, &net, (unsigned)bits);
    }
    const char *entry_port;
    entry = split_port(entry, &entry_port);
    if (*entry_port && strcmp(entry_port, port) != 0)
        return false;
    struct address own = address_of(entry);
    if (own.family)
        return same_network(&a, &own, own.bits);
    return domain_covers(entry, host);
}

bool kube_no_proxy_covers(const char *no_proxy, const char *host, const char *port)
{
    char *copy = mem_strdup(no_proxy), *rest = copy, *entry;
    bool covered = false;
    while (!covered && (entry = strsep(&rest, ","))) {
        entry += strspn(entry, " \t");
        entry[strcspn(entry, " \t")] = '\0';
        covered = *entry && entry_covers(entry, host, port);
    }
    mem_free(copy);
    return covered;
}

static const char *first_set(kube_getenv_fn *env, void *ctx, const char *upper, const char *lower)
{
    const char *v = env(ctx, upper);
    if (!v || !*v)
        v = env(ctx, lower);
    return v && *v ? v : NULL;
}

char *kube_proxy_from_env(const char *server, kube_getenv_fn *env, void *ctx)
{
    struct server_url url;
    if (!server_url_parse(server, &url))
        return NULL;
    const char *proxy = url.https ? first_set(env, ctx, "HTTPS_PROXY", "https_proxy")
                                  : first_set(env, ctx, "HTTP_PROXY", "http_proxy");
    char *result = NULL;
    struct address a = address_of(url.host);
    const char *none = first_set(env, ctx, "NO_PROXY", "no_proxy");
    if (proxy && strcasecmp(url.host, "localhost") != 0 && !is_loopback(&a) &&
        !(none && kube_no_proxy_covers(none, url.host, url.port)))
        result = mem_printf("%s%s", strstr(proxy, "://") ? "" : "http://", proxy);
    server_url_clear(&url);
    return result;
}
