// SPDX-License-Identifier: Apache-2.0
/* URLs as Go's net/url reads a request's: absolute, or a path that starts with a slash. */
#include "cel/opaque.h"
#include "cel/words.h"

#include <ctype.h>

#define ARGS struct frame *f, const struct cel_value *x, unsigned n

static int hex(char c)
{
    if (isdigit((unsigned char)c))
        return c - '0';
    return isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* Are all % followed by two hex digits? */
static bool escapes_ok(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (s[i] == '%' && (i + 2 >= len || hex(s[i + 1]) < 0 || hex(s[i + 2]) < 0))
            return false;
    return true;
}

static bool unreserved(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("-_.~", c));
}

static bool host_chars(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '%' && (i + 2 >= len || hex(s[i + 1]) < 0 || hex(s[i + 2]) < 0 ||
                            (hex(s[i + 1]) < 8 && memcmp(s + i, "%25", 3) != 0)))
            return false;
        if ((unsigned char)s[i] < 0x80 && s[i] != '%' && !unreserved(s[i]) &&
            !strchr("!$&'()*+,;=:[]<>\"", s[i]))
            return false;
    }
    return true;
}

static bool port_ok(const char *s, size_t len)
{
    if (!len)
        return true;
    for (size_t i = 1; i < len; i++)
        if (!isdigit((unsigned char)s[i]))
            return false;
    return s[0] == ':';
}

static bool authority_ok(const char *s, size_t len, const char **host, size_t *host_len)
{
    const char *at = memrchr(s, '@', len);
    if (at) {
        size_t user = (size_t)(at - s);
        for (size_t i = 0; i < user; i++)
            if (!unreserved(s[i]) && (!s[i] || !strchr("!$&'()*+,;=%@:", s[i])))
                return false;
        if (!escapes_ok(s, user))
            return false;
        len -= user + 1;
        s = at + 1;
    }
    *host = s;
    *host_len = len;
    if (len && s[0] == '[') {
        const char *close = memrchr(s, ']', len);
        return close && port_ok(close + 1, len - (size_t)(close + 1 - s)) && host_chars(s, len);
    }
    const char *colon = memrchr(s, ':', len);
    if (colon && !port_ok(colon, len - (size_t)(colon - s)))
        return false;
    return host_chars(s, len) && !memchr(s, '[', len);
}

/* Length of a scheme before its colon; 0: none; SIZE_MAX: a colon without one. */
static size_t scheme_len(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (isalpha((unsigned char)s[i]))
            continue;
        if (s[i] == ':')
            return i ? i : SIZE_MAX;
        if (!i || !(isdigit((unsigned char)s[i]) || strchr("+-.", s[i])))
            return 0;
    }
    return 0;
}

static char *copy(struct frame *f, const char *s, size_t len)
{
    char *p = cel_frame_alloc(f, len + 1);
    if (p) {
        memcpy(p, s, len);
        p[len] = '\0';
    }
    return p;
}

/* The path as it is when its escapes are proper, else escaped anew. */
static char *escaped_path(struct frame *f, const char *s, size_t len)
{
    static const char ok[] = "!$&'()*+,;=:@[]%/", kept[] = "$&+,/:;=@";
    bool proper = true;
    for (size_t i = 0; i < len && proper; i++)
        proper = unreserved(s[i]) || (s[i] && strchr(ok, s[i]));
    if (proper)
        return copy(f, s, len);
    char *out = cel_frame_alloc(f, len * 3 + 1), *o = out;
    for (size_t i = 0; out && i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '%') { /* checked before */
            c = (unsigned char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
            i += 2;
        }
        if (unreserved((char)c) || (c && c < 0x80 && strchr(kept, c))) {
            *o++ = (char)c;
        } else {
            *o++ = '%';
            *o++ = "0123456789ABCDEF"[c >> 4];
            *o++ = "0123456789ABCDEF"[c & 15];
        }
    }
    if (out)
        *o = '\0';
    return out;
}

/* request: a fragment is no fragment, and what is neither absolute nor a path is refused. */
static bool read_url(struct frame *f, const char *s, size_t len, bool request, struct cel_url *out)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return false;
    if (!len)
        return false;
    *out = (struct cel_url){"", "", "", "", copy(f, s, len)};
    if (!request) {
        const char *hash = memchr(s, '#', len);
        if (hash) {
            if (!escapes_ok(hash, len - (size_t)(hash - s)))
                return false;
            len = (size_t)(hash - s);
        }
    }
    size_t scheme = scheme_len(s, len);
    if (scheme == SIZE_MAX)
        return false;
    if (scheme) {
        char *p = copy(f, s, scheme);
        for (size_t i = 0; p && i < scheme; i++)
            p[i] = (char)tolower((unsigned char)p[i]);
        out->scheme = p;
        s += scheme + 1;
        len -= scheme + 1;
    }
    const char *query = memchr(s, '?', len);
    if (query) {
        out->query = copy(f, query + 1, len - (size_t)(query + 1 - s));
        len = (size_t)(query - s);
    }
    if (!len || s[0] != '/') {
        if (scheme) { /* mailto:… */
            return !f->stopped;
        }
        return !request && len == 0;
    }
    if ((scheme || (!request && !(len > 2 && s[2] == '/'))) && len > 1 && s[1] == '/') {
        const char *slash = memchr(s + 2, '/', len - 2), *host;
        size_t n = slash ? (size_t)(slash - s) - 2 : len - 2, host_len;
        if (!authority_ok(s + 2, n, &host, &host_len))
            return false;
        out->host = copy(f, host, host_len);
        s += n + 2;
        len -= n + 2;
    }
    if (!escapes_ok(s, len))
        return false;
    out->path = escaped_path(f, s, len);
    return !f->stopped;
}

const struct cel_url *cel_url_parse(struct frame *f, const char *s, size_t len)
{
    struct cel_url *u = cel_frame_alloc(f, sizeof(*u));
    f->cost += len / 10;
    if (!u || !read_url(f, s, len, true, u) || !read_url(f, s, len, false, u))
        return NULL;
    return u;
}

static struct cel_value url(ARGS)
{
    (void)n;
    const struct cel_url *u = cel_url_parse(f, x->as.s, x->len);
    if (u)
        return cel_make_opaque(CEL_URL, u);
    return f->stopped ? f->stop
           : kubernetes_ways(f)
               ? cel_words_url(f, *x)
               : cel_fail(f, "'%.*s' is not a URL", (int)(x->len > 80 ? 80 : x->len), x->as.s);
}

static struct cel_value is_url(ARGS)
{
    (void)n;
    struct cel_url u;
    f->cost += x->len / 10;
    return cel_bool(read_url(f, x->as.s, x->len, true, &u));
}

static const struct cel_url *of(struct cel_value v)
{
    return v.as.opaque;
}

static struct cel_value text(const char *s)
{
    return cel_string(s, strlen(s));
}

#define PART(name, expr)                                                                           \
    static struct cel_value name(ARGS)                                                             \
    {                                                                                              \
        (void)f;                                                                                   \
        (void)n;                                                                                   \
        return expr;                                                                               \
    }
PART(get_scheme, text(of(*x)->scheme))
PART(get_host, text(of(*x)->host))
PART(get_path, text(of(*x)->path))

/* The colon before the port, or NULL. */
static const char *port_of(const char *host)
{
    const char *colon = strrchr(host, ':'), *close = strrchr(host, ']');
    return colon && (!close || colon > close) ? colon : NULL;
}

static struct cel_value get_hostname(ARGS)
{
    (void)f;
    (void)n;
    const char *host = of(*x)->host, *port = port_of(host);
    size_t len = port ? (size_t)(port - host) : strlen(host);
    if (len > 1 && host[0] == '[' && host[len - 1] == ']')
        return cel_string(host + 1, len - 2);
    return cel_string(host, len);
}

static struct cel_value get_port(ARGS)
{
    (void)f;
    (void)n;
    const char *port = port_of(of(*x)->host);
    return text(port ? port + 1 : "");
}

/* A part of a query, unescaped; kind CEL_NULL when its escapes are wrong. */
static struct cel_value unescape(struct frame *f, const char *s, size_t len)
{
    if (!escapes_ok(s, len))
        return cel_null();
    char *out = cel_frame_alloc(f, len + 1), *o = out;
    for (size_t i = 0; out && i < len; i++) {
        if (s[i] == '%') {
            *o++ = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
            i += 2;
        } else {
            *o++ = s[i] == '+' ? ' ' : s[i];
        }
    }
    return out ? cel_string(out, (size_t)(o - out)) : f->stop;
}

static struct cel_value get_query(ARGS)
{
    (void)n;
    struct list_out keys = {0}, values = {0};
    const char *s = of(*x)->query, *end = s + strlen(s);
    while (s < end) {
        const char *stop = memchr(s, '&', (size_t)(end - s));
        stop = stop ? stop : end;
        const char *eq = memchr(s, '=', (size_t)(stop - s));
        bool semicolon = memchr(s, ';', (size_t)(stop - s)) != NULL;
        struct cel_value k = unescape(f, s, (size_t)((eq ? eq : stop) - s));
        struct cel_value v = eq ? unescape(f, eq + 1, (size_t)(stop - eq) - 1) : text("");
        if (stop > s && !semicolon && k.kind == CEL_STRING && v.kind == CEL_STRING) {
            cel_list_out_add(f, &keys, k);
            cel_list_out_add(f, &values, v);
        }
        s = stop + 1;
    }
    if (!spend(f, 1 + keys.len * keys.len / 4))
        return cel_fail_cost(f);
    struct map_entry *entries = cel_frame_alloc(f, keys.len * sizeof(*entries));
    size_t len = 0;
    for (size_t i = 0; entries && i < keys.len; i++) {
        struct list_out same = {0};
        bool seen = false;
        for (size_t j = 0; j < keys.len && !seen; j++)
            if (cel_values_equal(f, keys.items[i], keys.items[j])) {
                seen = j < i;
                cel_list_out_add(f, &same, values.items[j]);
            }
        if (!seen)
            entries[len++] = (struct map_entry){keys.items[i], cel_list_out_done(f, &same)};
    }
    return f->stopped ? f->stop : cel_make_map(f, entries, len);
}

#define LIB CEL_LIB_KUBERNETES

const struct cel_fn_row cel_lib_url[] = {
    {"url", "s>U", url, LIB},
    {"isURL", "s>b", is_url, LIB},
    {"getScheme", "U.>s", get_scheme, LIB},
    {"getHost", "U.>s", get_host, LIB},
    {"getHostname", "U.>s", get_hostname, LIB},
    {"getPort", "U.>s", get_port, LIB},
    {"getEscapedPath", "U.>s", get_path, LIB},
    {"getQuery", "U.>MsLs", get_query, LIB},
    {NULL, NULL, NULL, 0},
};
