// SPDX-License-Identifier: Apache-2.0
/*
 * How a kube-apiserver words what failed. Its messages carry them to people, and rules are compared
 * by them; under CEL_KUBERNETES_WAYS failures are said as they are said there.
 *
 * Source: cel-go common/types and interpreter, Go's net/netip and regexp/syntax, blang/semver,
 * apimachinery's resource.Quantity.
 */
#include "cel/words.h"

#include <ctype.h>
#include <stdio.h>

static int shown(const char *s, size_t len)
{
    (void)s;
    return (int)(len > 256 ? 256 : len);
}

/* "no such overload: split(int, string)" of functions that check their arguments at run time. */
struct cel_value cel_words_overload(struct frame *f, const char *name, const struct cel_value *args,
                                    unsigned n)
{
    static const char *const plain[] = {"contains",   "endsWith",   "matches",
                                        "startsWith", "containsIP", "containsCIDR"};
    if (!(f->options & CEL_KUBERNETES_WAYS) || name[0] == '_' || name[0] == '@')
        return cel_fail_overload(f);
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        if (strcmp(plain[i], name) == 0)
            return cel_fail_overload(f);
    if (strcmp(name, "size") == 0)
        return cel_fail(f, "no such overload: size");
    struct buf b;
    buf_init(&b, 1024);
    for (unsigned i = 0; i < n; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", cel_type_name_of(args[i]));
    struct cel_value v = cel_fail(f, "no such overload: %s(%s)", name, buf_str(&b));
    buf_clear(&b);
    return v;
}

#define K(kind) (1u << (kind))
#define NUMBERS (K(CEL_INT) | K(CEL_UINT) | K(CEL_DOUBLE))
#define TIMES (K(CEL_TIMESTAMP) | K(CEL_DURATION))
#define TEXTS (K(CEL_STRING) | K(CEL_BYTES))

/* An operator whose left side cannot take part in it at all is named. */
struct cel_value cel_words_operator(struct frame *f, cel_fn *op, struct cel_value left,
                                    struct cel_value failed)
{
    static const struct {
        cel_fn *op;
        const char *name;
        unsigned kinds;
    } operators[] = {
        {cel_op_add, "_+_", NUMBERS | TIMES | TEXTS | K(CEL_LIST)},
        {cel_op_sub, "_-_", NUMBERS | TIMES},
        {cel_op_mul, "_*_", NUMBERS},
        {cel_op_div, "_/_", NUMBERS},
        {cel_op_mod, "_%_", K(CEL_INT) | K(CEL_UINT)},
        {cel_op_lt, "_<_", NUMBERS | TIMES | TEXTS | K(CEL_BOOL)},
        {cel_op_le, "_<=_", NUMBERS | TIMES | TEXTS | K(CEL_BOOL)},
        {cel_op_gt, "_>_", NUMBERS | TIMES | TEXTS | K(CEL_BOOL)},
        {cel_op_ge, "_>=_", NUMBERS | TIMES | TEXTS | K(CEL_BOOL)},
    };
    for (size_t i = 0; i < ARRAY_LEN(operators); i++)
        if (operators[i].op == op && !(operators[i].kinds & K(left.kind)))
            return cel_fail(f, "no such overload: %s", operators[i].name);
    return failed;
}

struct cel_value cel_words_not_iterable(struct frame *f, struct cel_value v)
{
    static const char *const names[CEL_KIND_COUNT] = {
        [CEL_NULL] = "types.Null",
        [CEL_BOOL] = "types.Bool",
        [CEL_INT] = "types.Int",
        [CEL_UINT] = "types.Uint",
        [CEL_DOUBLE] = "types.Double",
        [CEL_STRING] = "types.String",
        [CEL_BYTES] = "types.Bytes",
        [CEL_TIMESTAMP] = "types.Timestamp",
        [CEL_DURATION] = "types.Duration",
        [CEL_TYPE] = "*types.Type",
        [CEL_OPTIONAL] = "*types.Optional",
    };
    if (f->options & CEL_KUBERNETES_WAYS && names[v.kind])
        return cel_fail(f, "got '%s', expected iterable type", names[v.kind]);
    return cel_fail(f, "a value of type '%s' cannot be gone through", cel_type_name_of(v));
}

/* ---- addresses ---- */

static struct cel_value bad_ip(struct frame *f, const char *s, size_t len, const char *why,
                               const char *at)
{
    int n = shown(s, len);
    if (at)
        return cel_fail(f,
                        "IP Address \"%.*s\" parse error during conversion from string: "
                        "ParseAddr(\"%.*s\"): %s (at \"%.*s\")",
                        n, s, n, s, why, (int)(s + n - at), at);
    return cel_fail(f,
                    "IP Address \"%.*s\" parse error during conversion from string: "
                    "ParseAddr(\"%.*s\"): %s",
                    n, s, n, s, why);
}

static struct cel_value bad_ipv4(struct frame *f, const char *s, size_t len)
{
    unsigned value = 0, digits = 0, dots = 0;
    for (size_t i = 0; i < len && i < 256; i++) {
        if (isdigit((unsigned char)s[i])) {
            if (digits == 1 && !value)
                return bad_ip(f, s, len, "IPv4 field has octet with leading zero", NULL);
            value = value * 10 + (unsigned)(s[i] - '0');
            digits++;
            if (value > 255)
                return bad_ip(f, s, len, "IPv4 field has value >255", NULL);
        } else if (s[i] == '.') {
            if (!i || i == len - 1 || s[i - 1] == '.')
                return bad_ip(f, s, len, "IPv4 field must have at least one digit", s + i);
            if (dots == 3)
                return bad_ip(f, s, len, "IPv4 address too long", NULL);
            dots++;
            value = digits = 0;
        } else {
            return bad_ip(f, s, len, "unexpected character", s + i);
        }
    }
    return bad_ip(f, s, len, "IPv4 address too short", NULL);
}

struct cel_value cel_words_ip(struct frame *f, struct cel_value text, bool mapped)
{
    const char *s = text.as.s;
    size_t len = text.len;
    if (mapped)
        return cel_fail(f, "IPv4-mapped IPv6 address \"%.*s\" is not allowed", shown(s, len), s);
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.')
            return bad_ipv4(f, s, len);
        if (s[i] == '%')
            return bad_ip(f, s, len, "missing IPv6 address", NULL);
        if (s[i] != ':')
            continue;
        if (memchr(s, '%', len))
            return cel_fail(f, "IP address \"%.*s\" with zone value is not allowed", shown(s, len),
                            s);
        size_t at = 0;
        while (at < len && (isxdigit((unsigned char)s[at]) || s[at] == ':'))
            at++;
        return at < len && (!at || s[at - 1] == ':')
                   ? bad_ip(f, s, len, "each colon-separated field must have at least one digit",
                            s + at)
               : at < len ? bad_ip(f, s, len, "unexpected character, want colon", s + at)
                          : bad_ip(f, s, len, "address string too short", NULL);
    }
    return bad_ip(f, s, len, "unable to parse IP", NULL);
}

struct cel_value cel_words_cidr(struct frame *f, struct cel_value text)
{
    static const char prefix[] = "network address parse error during conversion from string: ";
    const char *s = text.as.s, *slash = memrchr(s, '/', text.len), *why;
    int n = shown(s, text.len);
    char bits[80] = "";
    if (!slash) {
        why = "no '/'";
    } else {
        size_t digits = (size_t)(s + text.len - slash) - 1;
        bool number = digits > 0 && digits < 4 && !(digits > 1 && slash[1] == '0');
        for (size_t i = 1; i <= digits; i++)
            number = number && isdigit((unsigned char)slash[i]);
        snprintf(bits, sizeof(bits), "bad bits after slash: \"%.*s\"",
                 (int)(digits > 40 ? 40 : digits), slash + 1);
        why = number ? "prefix length out of range" : bits;
    }
    return cel_fail(f, "%s%snetip.ParsePrefix(\"%.*s\"): %s", prefix, prefix, n, s, why);
}

struct cel_value cel_words_url(struct frame *f, struct cel_value text)
{
    return cel_fail(f,
                    "URL parse error during conversion from string: parse \"%.*s\": invalid URI "
                    "for request",
                    shown(text.as.s, text.len), text.as.s);
}

/* ---- quantities and versions ---- */

struct cel_value cel_words_quantity(struct frame *f, struct cel_value text)
{
    const char *p = text.as.s, *end = p + text.len;
    bool any = false;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end && isdigit((unsigned char)*p); p++)
        any = true;
    if (p < end && *p == '.')
        for (p++; p < end && isdigit((unsigned char)*p); p++)
            any = true;
    const char *suffix = p;
    while (p < end && *p && strchr("eEinumkKMGTP", *p))
        p++;
    if (p < end && p > suffix && (*p == '-' || *p == '+'))
        p++;
    while (p < end && p > suffix && isdigit((unsigned char)*p))
        p++;
    if (any && p == end)
        return cel_fail(f, "unable to parse quantity's suffix");
    return cel_fail(f, "quantities must match the regular expression "
                       "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

struct cel_value cel_words_semver(struct frame *f, struct cel_value text)
{
    static const char *const small[] = {"major", "minor", "patch"};
    static const char *const large[] = {"Major", "Minor", "Patch"};
    const char *p = text.as.s, *end = p + text.len;
    for (int i = 0; i < 3; i++) {
        const char *dot = i < 2 ? memchr(p, '.', (size_t)(end - p)) : end;
        if (!dot || (!i && dot + 1 < end && !memchr(dot + 1, '.', (size_t)(end - dot) - 1)))
            return cel_fail(f, "No Major.Minor.Patch elements found");
        const char *stop = dot;
        if (i == 2)
            for (stop = p; stop < end && *stop != '-' && *stop != '+';)
                stop++;
        int n = shown(p, (size_t)(stop - p));
        bool number = stop > p;
        for (const char *c = p; c < stop; c++)
            number = number && isdigit((unsigned char)*c);
        if (!number)
            return cel_fail(f, "Invalid character(s) found in %s number \"%.*s\"", small[i], n, p);
        if (stop - p > 1 && *p == '0')
            return cel_fail(f, "%s number must not contain leading zeroes \"%.*s\"", large[i], n,
                            p);
        p = dot + 1;
    }
    return cel_fail(f, "Invalid character(s) found in prerelease");
}

/* RE2 says "missing ): a("; Go, whose patterns these are, says it otherwise. */
struct cel_value cel_words_pattern(struct frame *f, const char *why)
{
    static const struct {
        const char *re2, *go;
    } words[] = {
        {"missing )", "missing closing )"},
        {"missing ]", "missing closing ]"},
        {"no argument for repetition operator", "missing argument to repetition operator"},
        {"bad repetition operator", "invalid nested repetition operator"},
    };
    const char *colon = strstr(why, ": ");
    if (!(f->options & CEL_KUBERNETES_WAYS) || !colon)
        return cel_fail(f, "invalid pattern: %s", why);
    size_t len = (size_t)(colon - why);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i].re2) == len && strncmp(words[i].re2, why, len) == 0)
            return cel_fail(f, "error parsing regexp: %s: `%s`", words[i].go, colon + 2);
    return cel_fail(f, "error parsing regexp: %.*s: `%s`", (int)len, why, colon + 2);
}
