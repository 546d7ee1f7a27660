// SPDX-License-Identifier: Apache-2.0
/* Paths and queries of the API. */
#include "kube/discovery.h"

#include <string.h>

int kube_escape(struct buf *out, const char *s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *s; s++) {
        unsigned char ch = (unsigned char)*s;
        bool plain = (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') ||
                     (ch >= 'A' && ch <= 'Z') || strchr("-._~", ch);
        char coded[3] = {'%', hex[ch >> 4], hex[ch & 15]};
        int r = plain ? buf_putc(out, (char)ch) : buf_add(out, coded, 3);
        if (r)
            return r;
    }
    return 0;
}

int kube_query_add(struct buf *out, const char *name, const char *value)
{
    if (out->len && buf_putc(out, '&'))
        return ERR_LIMIT;
    if (buf_puts(out, name) || buf_putc(out, '='))
        return ERR_LIMIT;
    return kube_escape(out, value);
}

static bool segment(struct buf *out, const char *s)
{
    /* "." and ".." are no names, and a proxy could take them for something else. */
    const char *coded = strcmp(s, ".") == 0 ? "%2E" : strcmp(s, "..") == 0 ? "%2E%2E" : NULL;
    return !buf_putc(out, '/') && !(coded ? buf_puts(out, coded) : kube_escape(out, s));
}

int kube_path(struct buf *out, const char *group, const char *version, const char *plural,
              const char *ns, const char *name, const char *subresource)
{
    bool core = !group || !*group;
    bool ok = !buf_puts(out, core ? "/api" : "/apis") && (core || segment(out, group)) &&
              segment(out, version);
    if (ok && ns && *ns)
        ok = !buf_puts(out, "/namespaces") && segment(out, ns);
    ok = ok && segment(out, plural);
    if (ok && name && *name)
        ok = segment(out, name);
    if (ok && subresource && *subresource)
        ok = segment(out, subresource);
    return ok ? 0 : ERR_LIMIT;
}

int kube_resource_path(struct buf *out, const struct kube_resource *r, const char *ns,
                       const char *name, const char *subresource)
{
    return kube_path(out, r->group, r->version, r->plural, r->namespaced ? ns : NULL, name,
                     subresource);
}

int kube_api_version(struct buf *out, const char *group, const char *version)
{
    if (group && *group && (buf_puts(out, group) || buf_putc(out, '/')))
        return ERR_LIMIT;
    return buf_puts(out, version);
}
