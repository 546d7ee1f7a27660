// SPDX-License-Identifier: Apache-2.0
/*
 * Kubernetes' named formats: format.dns1123Label().validate(s) is none when s is right and a list
 * of messages otherwise. The messages are the server's.
 */
#include "cel/opaque.h"

#include <ctype.h>

#define ARGS struct frame *f, const struct cel_value *x, unsigned n

typedef void check_fn(struct frame *f, const char *s, size_t len, struct list_out *out);

static void say(struct frame *f, struct list_out *out, const char *prefix, const char *text)
{
    struct buf b;
    buf_init(&b, 4096);
    buf_printf(&b, "%s%s", prefix, text);
    struct cel_value v = cel_make_string(f, buf_str(&b), b.len);
    buf_clear(&b);
    if (v.kind == CEL_STRING)
        cel_list_out_add(f, out, v);
}

static bool lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_label(const char *s, size_t len, bool letter_first)
{
    if (!len || !lower_alnum(s[0]) || !lower_alnum(s[len - 1]) ||
        (letter_first && isdigit((unsigned char)s[0])))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!lower_alnum(s[i]) && s[i] != '-')
            return false;
    return true;
}

static bool is_subdomain(const char *s, size_t len)
{
    for (;;) {
        const char *dot = memchr(s, '.', len);
        size_t part = dot ? (size_t)(dot - s) : len;
        if (!is_label(s, part, false))
            return false;
        if (!dot)
            return true;
        s += part + 1;
        len -= part + 1;
    }
}

#define LABEL "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define KEY "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

static void check_dns1123_label(struct frame *f, const char *s, size_t len, struct list_out *out)
{
    if (len > 63)
        say(f, out, "", "must be no more than 63 characters");
    if (is_label(s, len, false))
        return;
    if (is_subdomain(s, len))
        say(f, out, "", "must not contain dots");
    else
        say(f, out, "",
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or "
            "'-', and must start and end with an alphanumeric character (e.g. 'my-name',  or "
            "'123-abc', regex used for validation is '" LABEL "')");
}

static void subdomain(struct frame *f, const char *s, size_t len, const char *prefix,
                      struct list_out *out)
{
    if (len > 253)
        say(f, out, prefix, "must be no more than 253 characters");
    if (!is_subdomain(s, len))
        say(f, out, prefix,
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
            "'-' or '.', and must start and end with an alphanumeric character (e.g. "
            "'example.com', regex used for validation is '" LABEL "(\\." LABEL ")*')");
}

static void check_dns1123_subdomain(struct frame *f, const char *s, size_t len,
                                    struct list_out *out)
{
    subdomain(f, s, len, "", out);
}

static void check_dns1035_label(struct frame *f, const char *s, size_t len, struct list_out *out)
{
    if (len > 63)
        say(f, out, "", "must be no more than 63 characters");
    if (!is_label(s, len, true))
        say(f, out, "",
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start "
            "with an alphabetic character, and end with an alphanumeric character (e.g. "
            "'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')");
}

/* generateName: the last characters are still to come */
static void check_prefix(struct frame *f, const char *s, size_t len, struct list_out *out,
                         check_fn *check)
{
    char *p;
    if (len < 2 || s[len - 1] != '-') {
        check(f, s, len, out);
        return;
    }
    p = cel_frame_alloc(f, len);
    if (!p)
        return;
    memcpy(p, s, len - 2);
    p[len - 2] = 'a';
    check(f, p, len - 1, out);
}

static void check_dns1123_label_prefix(struct frame *f, const char *s, size_t len,
                                       struct list_out *out)
{
    check_prefix(f, s, len, out, check_dns1123_label);
}

static void check_dns1123_subdomain_prefix(struct frame *f, const char *s, size_t len,
                                           struct list_out *out)
{
    check_prefix(f, s, len, out, check_dns1123_subdomain);
}

static void check_dns1035_label_prefix(struct frame *f, const char *s, size_t len,
                                       struct list_out *out)
{
    check_prefix(f, s, len, out, check_dns1035_label);
}

static bool is_key_name(const char *s, size_t len)
{
    if (!len || !isalnum((unsigned char)s[0]) || !isalnum((unsigned char)s[len - 1]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)s[i]) && (!s[i] || !strchr("-_.", s[i])))
            return false;
    return true;
}

#define KEY_MESSAGE                                                                                \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "    \
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "         \
    "validation is '" KEY "')"

static void check_qualified_name(struct frame *f, const char *s, size_t len, struct list_out *out)
{
    const char *slash = memchr(s, '/', len);
    if (slash) {
        size_t prefix = (size_t)(slash - s);
        if (memchr(slash + 1, '/', len - prefix - 1)) {
            say(f, out, "a valid label key ",
                KEY_MESSAGE " with an optional DNS subdomain prefix and '/' (e.g. "
                            "'example.com/MyName')");
            return;
        }
        if (!prefix)
            say(f, out, "prefix part ", "must be non-empty");
        else
            subdomain(f, s, prefix, "prefix part ", out);
        s = slash + 1;
        len -= prefix + 1;
    }
    if (!len)
        say(f, out, "name part ", "must be non-empty");
    else if (len > 63)
        say(f, out, "name part ", "must be no more than 63 characters");
    if (!is_key_name(s, len))
        say(f, out, "name part ", KEY_MESSAGE);
}

static void check_label_value(struct frame *f, const char *s, size_t len, struct list_out *out)
{
    if (len > 63)
        say(f, out, "", "must be no more than 63 characters");
    if (len && !is_key_name(s, len))
        say(f, out, "",
            "a valid label must be an empty string or consist of alphanumeric characters, '-', "
            "'_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  "
            "or 'my_value',  or '12345', regex used for validation is '(" KEY ")?')");
}

static void check_uri(struct frame *f, const char *s, size_t len, struct list_out *out)
{
    struct cel_value v;
    const struct cel_fn_row *is_url = &cel_lib_url[1];
    struct cel_value arg = cel_string(s, len);
    v = is_url->fn(f, &arg, 1);
    if (v.kind == CEL_BOOL && v.as.b)
        return;
    struct buf b;
    buf_init(&b, 4096);
    buf_puts(&b, "parse \"");
    buf_add(&b, s, len > 2000 ? 2000 : len);
    buf_puts(&b, len ? "\": invalid URI for request" : "\": empty url");
    say(f, out, "", buf_str(&b));
    buf_clear(&b);
}

static void check_uuid(struct frame *f, const char *s, size_t len, struct list_out *out)
{
    static const unsigned char groups[] = {8, 4, 4, 4, 12};
    size_t at = 0;
    bool ok = true;
    for (size_t g = 0; g < ARRAY_LEN(groups) && ok; g++) {
        if (g && at < len && s[at] == '-')
            at++;
        for (unsigned i = 0; i < groups[g] && ok; i++, at++)
            ok = at < len && isxdigit((unsigned char)s[at]);
    }
    if (!ok || at != len)
        say(f, out, "", "does not match the UUID format");
}

bool cel_k8s_base64_valid(const char *s, size_t len)
{
    size_t body = len;
    while (body && len - body < 2 && s[body - 1] == '=')
        body--;
    if (!len || len % 4)
        return false;
    for (size_t i = 0; i < body; i++)
        if (!isalnum((unsigned char)s[i]) && s[i] != '+' && s[i] != '/')
            return false;
    return true;
}

static void check_byte(struct frame *f, const char *s, size_t len, struct list_out *out)
{
    if (!cel_k8s_base64_valid(s, len))
        say(f, out, "", "invalid base64");
}

static void check_date(struct frame *f, const char *s, size_t len, struct list_out *out)
{
    int64_t sec;
    if (!cel_k8s_date_parse(s, len, &sec))
        say(f, out, "", "invalid date");
}

static void check_datetime(struct frame *f, const char *s, size_t len, struct list_out *out)
{
    int64_t sec;
    uint32_t nanos;
    int16_t offset;
    if (!cel_time_parse(s, len, &sec, &nanos, &offset))
        say(f, out, "", "invalid datetime");
}

static const struct cel_format formats[] = {
    {"dns1123Label", check_dns1123_label},
    {"dns1123Subdomain", check_dns1123_subdomain},
    {"dns1035Label", check_dns1035_label},
    {"qualifiedName", check_qualified_name},
    {"dns1123LabelPrefix", check_dns1123_label_prefix},
    {"dns1123SubdomainPrefix", check_dns1123_subdomain_prefix},
    {"dns1035LabelPrefix", check_dns1035_label_prefix},
    {"labelValue", check_label_value},
    {"uri", check_uri},
    {"uuid", check_uuid},
    {"byte", check_byte},
    {"date", check_date},
    {"datetime", check_datetime},
};

static struct cel_value named(ARGS)
{
    (void)n;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (strlen(formats[i].name) == x->len && memcmp(formats[i].name, x->as.s, x->len) == 0)
            return cel_make_optional(f, cel_make_opaque(CEL_FORMAT, &formats[i]));
    return cel_optional_none();
}

static struct cel_value validate(ARGS)
{
    (void)n;
    const struct cel_format *format = x[0].as.opaque;
    struct list_out out = {0};
    f->cost += x[1].len / 4;
    format->check(f, x[1].as.s, x[1].len, &out);
    if (f->stopped)
        return f->stop;
    return out.len ? cel_make_optional(f, cel_list_out_done(f, &out)) : cel_optional_none();
}

#define GETTER(i)                                                                                  \
    static struct cel_value format_##i(ARGS)                                                       \
    {                                                                                              \
        (void)f;                                                                                   \
        (void)x;                                                                                   \
        (void)n;                                                                                   \
        return cel_make_opaque(CEL_FORMAT, &formats[i]);                                           \
    }
GETTER(0)
GETTER(1)
GETTER(2)
GETTER(3)
GETTER(4)
GETTER(5)
GETTER(6)
GETTER(7)
GETTER(8)
GETTER(9)
GETTER(10)
GETTER(11)
GETTER(12)

#define LIB CEL_LIB_KUBERNETES

const struct cel_fn_row cel_lib_k8s_format[] = {
    {"format.named", "s>OF", named, LIB},
    {"validate", "F.s>OLs", validate, LIB},
    {"format.dns1123Label", ">F", format_0, LIB},
    {"format.dns1123Subdomain", ">F", format_1, LIB},
    {"format.dns1035Label", ">F", format_2, LIB},
    {"format.qualifiedName", ">F", format_3, LIB},
    {"format.dns1123LabelPrefix", ">F", format_4, LIB},
    {"format.dns1123SubdomainPrefix", ">F", format_5, LIB},
    {"format.dns1035LabelPrefix", ">F", format_6, LIB},
    {"format.labelValue", ">F", format_7, LIB},
    {"format.uri", ">F", format_8, LIB},
    {"format.uuid", ">F", format_9, LIB},
    {"format.byte", ">F", format_10, LIB},
    {"format.date", ">F", format_11, LIB},
    {"format.datetime", ">F", format_12, LIB},
    {NULL, NULL, NULL, 0},
};
