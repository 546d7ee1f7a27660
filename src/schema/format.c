// SPDX-License-Identifier: Apache-2.0
#include "schema/format.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

/* ---- dates and times ---- */

static bool digits(const char *s, size_t n, unsigned *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)s[i]))
            return false;
        *out = *out * 10 + (unsigned)(s[i] - '0');
    }
    return true;
}

static bool is_date(const char *s, size_t len)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned y, m, d;
    if (len != 10 || s[4] != '-' || s[7] != '-' || !digits(s, 4, &y) || !digits(s + 5, 2, &m) ||
        !digits(s + 8, 2, &d) || m < 1 || m > 12 || d < 1)
        return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return d <= days[m - 1] || (m == 2 && leap && d == 29);
}

/* [0-9]{2}:[0-9]{2}:[0-9]{2}(.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2}) */
static bool is_time(const char *s, size_t len)
{
    unsigned h, m, sec, x;
    size_t i = 8;
    if (len < 9 || s[2] != ':' || s[5] != ':' || !digits(s, 2, &h) || !digits(s + 3, 2, &m) ||
        !digits(s + 6, 2, &sec) || h > 23 || m > 59 || sec > 59)
        return false;
    if (i + 1 < len && !strchr("zZ+-", s[i]) && isdigit((unsigned char)s[i + 1])) {
        for (i++; i < len && isdigit((unsigned char)s[i]);)
            i++;
    }
    if (len - i == 1)
        return s[i] == 'z' || s[i] == 'Z';
    return len - i == 6 && (s[i] == '+' || s[i] == '-') && s[i + 3] == ':' &&
           digits(s + i + 1, 2, &x) && digits(s + i + 4, 2, &x);
}

static bool is_date_time(const char *s, size_t len)
{
    return len > 11 && (s[10] == 'T' || s[10] == 't') && is_date(s, 10) &&
           is_time(s + 11, len - 11);
}

static size_t unit_length(const char *s, size_t len)
{
    static const char *const units[] = {"ns", "us", "µs", "μs", "ms", "s", "m", "h"};
    size_t best = 0;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t n = strlen(units[i]);
        if (n <= len && n > best && memcmp(s, units[i], n) == 0)
            best = n;
    }
    return best;
}

/* time.ParseDuration: [-+]?(number unit)+ or 0 */
static bool is_go_duration(const char *s, size_t len)
{
    size_t i = len && (s[0] == '-' || s[0] == '+');
    if (len - i == 1 && s[i] == '0')
        return true;
    if (i == len)
        return false;
    while (i < len) {
        size_t from = i, count = 0;
        for (; i < len && isdigit((unsigned char)s[i]); i++)
            count++;
        if (i < len && s[i] == '.')
            for (i++; i < len && isdigit((unsigned char)s[i]); i++)
                count++;
        size_t unit = unit_length(s + i, len - i);
        if (!count || count > 18 || i == from || !unit)
            return false;
        i += unit;
    }
    return true;
}

static bool is_word_unit(const char *s, size_t len)
{
    static const struct {
        const char *text;
        bool begins; /* whatever begins like it counts: min, minute, minutes */
    } units[] = {
        {"ns", false}, {"nano", true},  {"us", false}, {"µs", false},  {"micro", true},
        {"ms", false}, {"milli", true}, {"s", false},  {"sec", true},  {"m", false},
        {"min", true}, {"h", false},    {"hr", false}, {"hour", true}, {"d", false},
        {"day", true}, {"w", false},    {"wk", false}, {"week", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t n = strlen(units[i].text);
        if ((len == n || (units[i].begins && len > n)) && strncasecmp(s, units[i].text, n) == 0)
            return true;
    }
    return false;
}

/* "3 days", "1 week 2 hours": one number with a known unit anywhere in it is enough. */
static bool is_duration(const char *s, size_t len)
{
    if (is_go_duration(s, len))
        return true;
    for (size_t i = 0; i < len;) {
        if (!isdigit((unsigned char)s[i])) {
            i++;
            continue;
        }
        while (i < len && isdigit((unsigned char)s[i]))
            i++;
        while (i < len && isspace((unsigned char)s[i]))
            i++;
        size_t from = i;
        while (i < len && (isalpha((unsigned char)s[i]) || (unsigned char)s[i] >= 0x80))
            i++;
        if (is_word_unit(s + from, i - from))
            return true;
    }
    return false;
}

/* ---- networks ---- */

/* As net.ParseIP before Go 1.17: leading zeros are taken. */
static bool is_ipv4(const char *s, size_t len)
{
    size_t i = 0;
    for (int part = 0; part < 4; part++) {
        unsigned n = 0;
        size_t from = i;
        if (part && (i == len || s[i++] != '.'))
            return false;
        from = i;
        for (; i < len && isdigit((unsigned char)s[i]); i++)
            if ((n = n * 10 + (unsigned)(s[i] - '0')) > 255)
                return false;
        if (i == from)
            return false;
    }
    return i == len;
}

static bool is_ipv6(const char *s, size_t len)
{
    char text[64];
    struct in6_addr address;
    if (len >= sizeof(text) || !memchr(s, ':', len) || memchr(s, '\0', len))
        return false;
    memcpy(text, s, len);
    text[len] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_ip_with_dots(const char *s, size_t len)
{
    return memchr(s, '.', len) && (is_ipv4(s, len) || is_ipv6(s, len));
}

static bool is_cidr(const char *s, size_t len)
{
    const char *slash = memchr(s, '/', len);
    unsigned bits;
    if (!slash)
        return false;
    size_t n = (size_t)(slash - s), rest = len - n - 1;
    if (!rest || rest > 3 || !digits(slash + 1, rest, &bits))
        return false;
    return (is_ipv4(s, n) && bits <= 32) || (is_ipv6(s, n) && bits <= 128);
}

/* net.ParseMAC: 6, 8 or 20 bytes, in pairs with ':' or '-' or in fours with '.' */
static bool is_mac(const char *s, size_t len)
{
    bool dots = len > 4 && s[4] == '.';
    size_t group = dots ? 4 : 2, bytes;
    char sep = dots ? '.' : len > 2 ? s[2] : 0;
    if ((!dots && sep != ':' && sep != '-') || (len + 1) % (group + 1))
        return false;
    bytes = (len + 1) / (group + 1) * (group / 2);
    for (size_t i = 0; i < len; i++)
        if (i % (group + 1) == group ? s[i] != sep : !isxdigit((unsigned char)s[i]))
            return false;
    return bytes == 6 || bytes == 8 || bytes == 20;
}

static bool percents(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (s[i] == '%' && (len - i < 3 || !isxdigit((unsigned char)s[i + 1]) ||
                            !isxdigit((unsigned char)s[i + 2])))
            return false;
    return true;
}

static size_t scheme_length(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] == ':')
            return i;
        if (!isalpha((unsigned char)s[i]) &&
            (i == 0 || (!isdigit((unsigned char)s[i]) && !strchr("+-.", s[i]))))
            return 0;
    }
    return 0;
}

static bool is_host_and_port(const char *s, size_t len)
{
    const char *at = memrchr(s, '@', len);
    if (at) {
        len -= (size_t)(at - s) + 1;
        s = at + 1;
    }
    const char *end = len && s[0] == '[' ? memchr(s, ']', len) : NULL;
    if (len && s[0] == '[' && !end)
        return false;
    const char *colon = end ? end + 1 : memrchr(s, ':', len);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < 0x80 && !isalnum((unsigned char)s[i]) &&
            !strchr("-_.~!$&'()*+,;=:[]<>\"%", s[i]))
            return false;
    if (!colon || colon == s + len)
        return true;
    if (*colon != ':')
        return false;
    for (const char *p = colon + 1; p < s + len; p++)
        if (!isdigit((unsigned char)*p))
            return false;
    return true;
}

/* url.ParseRequestURI: an absolute URI or an absolute path */
static bool is_uri(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return false;
    if (len == 1 && s[0] == '*')
        return true;
    if (!len || s[0] == ':')
        return false;
    size_t scheme = scheme_length(s, len);
    const char *rest = scheme ? s + scheme + 1 : s;
    size_t n = len - (size_t)(rest - s);
    const char *query = memchr(rest, '?', n);
    if (query)
        n = (size_t)(query - rest);
    if (!n || rest[0] != '/')
        return scheme > 0;
    if (scheme && n > 1 && rest[1] == '/') {
        rest += 2;
        n -= 2;
        const char *path = memchr(rest, '/', n);
        size_t host = path ? (size_t)(path - rest) : n;
        if (!is_host_and_port(rest, host))
            return false;
        rest += host;
        n -= host;
    }
    return percents(rest, n);
}

/* ---- numbers with a check digit ---- */

static bool is_isbn10(const char *s, size_t len)
{
    unsigned sum = 0, n = 0;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == ' ' || s[i] == '-')
            continue;
        if (n < 9 && isdigit((unsigned char)s[i]))
            sum += (n + 1) * (unsigned)(s[i] - '0');
        else if (n == 9 && (s[i] == 'X' || isdigit((unsigned char)s[i])))
            sum += 10 * (s[i] == 'X' ? 10 : (unsigned)(s[i] - '0'));
        else
            return false;
        n++;
    }
    return n == 10 && sum % 11 == 0;
}

static bool is_isbn13(const char *s, size_t len)
{
    unsigned sum = 0, n = 0;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == ' ' || s[i] == '-')
            continue;
        if (n >= 13 || !isdigit((unsigned char)s[i]))
            return false;
        sum += (n % 2 ? 3 : 1) * (unsigned)(s[i] - '0');
        n++;
    }
    return n == 13 && sum % 10 == 0;
}

static bool is_isbn(const char *s, size_t len)
{
    return is_isbn10(s, len) || is_isbn13(s, len);
}

static bool is_credit_card(const char *s, size_t len)
{
    unsigned sum = 0, n = 0;
    for (size_t i = len; i > 0; i--) {
        if (!isdigit((unsigned char)s[i - 1])) {
            if (s[i - 1] != '-' && s[i - 1] != ' ')
                return false;
            continue;
        }
        unsigned d = (unsigned)(s[i - 1] - '0') << (n % 2);
        sum += d > 9 ? d - 9 : d;
        n++;
    }
    return n >= 12 && n <= 19 && sum % 10 == 0;
}

/* ---- texts ---- */

static bool is_base64(const char *s, size_t len)
{
    size_t pad = 0;
    if (!len || len % 4)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '=' && i + 2 >= len)
            pad++;
        else if (pad || (!isalnum((unsigned char)s[i]) && s[i] != '+' && s[i] != '/'))
            return false;
    }
    return true;
}

static bool is_object_id(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isxdigit((unsigned char)s[i]))
            return false;
    return len == 24;
}

static bool is_anything(const char *s, size_t len)
{
    (void)s;
    (void)len;
    return true;
}

#define UUID_OF(v, w)                                                                              \
    "(?i)^(?:[0-9a-f]{8}-[0-9a-f]{4}-" v "[0-9a-f]{3}-" w                                          \
    "[0-9a-f]{3}-[0-9a-f]{12}|[0-9a-f]{12}" v "[0-9a-f]{3}" w "[0-9a-f]{15})$"
#define UNI "\\x{A0}-\\x{D7FF}\\x{F900}-\\x{FDCF}\\x{FDF0}-\\x{FFEF}"
#define ATOM "[a-zA-Z\\d!#$%&'*+\\-/=?^_`{|}~" UNI "]+"
#define COLOR "\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*"

static const struct schema_format formats[] = {
    {"bsonobjectid", is_object_id, NULL, "507f1f77bcf86cd799439011"},
    {"uri", is_uri, NULL, "https://example.org/path"},
    {"email", NULL,
     "^(?:" ATOM "(?:\\." ATOM ")*|\"(?:[^\"\\\\]|\\\\.)*\")@(?:[a-zA-Z\\d" UNI
     "](?:[a-zA-Z\\d\\-._~" UNI "]*[a-zA-Z\\d" UNI "])?\\.)+[a-zA-Z" UNI "](?:[a-zA-Z\\d\\-_~" UNI
     "]*[a-zA-Z" UNI "])?\\.?$",
     "someone@example.org"},
    {"hostname", NULL,
     "^([a-zA-Z0-9\\p{S}\\p{L}]((-?[a-zA-Z0-9\\p{S}\\p{L}]{0,62})?)|([a-zA-Z0-9\\p{S}\\p{L}](([a-"
     "zA-"
     "Z0-9-\\p{S}\\p{L}]{0,61}[a-zA-Z0-9\\p{S}\\p{L}])?)(\\.)){1,}([a-zA-Z\\p{L}]){2,63})$",
     "www.example.org"},
    {"ipv4", is_ip_with_dots, NULL, "192.0.2.1"},
    {"ipv6", is_ipv6, NULL, "2001:db8::1"},
    {"cidr", is_cidr, NULL, "192.0.2.0/24"},
    {"mac", is_mac, NULL, "00:00:5e:00:53:01"},
    {"uuid", NULL,
     "(?i)^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})$",
     "2c1d43b8-e6d7-376e-af7f-d4bde997cc3f"},
    {"uuid3", NULL, UUID_OF("3", "[0-9a-f]"), "2c1d43b8-e6d7-376e-af7f-d4bde997cc3f"},
    {"uuid4", NULL, UUID_OF("4", "[89ab]"), "025b0d74-00a2-4048-bf57-227c5111bb34"},
    {"uuid5", NULL, UUID_OF("5", "[89ab]"), "3de7de3a-7dde-5fd2-9c7b-2e9d3c3a5b5a"},
    {"isbn", is_isbn, NULL, "978-3-16-148410-0"},
    {"isbn10", is_isbn10, NULL, "0-306-40615-2"},
    {"isbn13", is_isbn13, NULL, "978-3-16-148410-0"},
    {"creditcard", is_credit_card, NULL, "4111 1111 1111 1111"},
    {"ssn", NULL, "^\\d{3}[- ]?\\d{2}[- ]?\\d{4}$", "111-11-1111"},
    {"hexcolor", NULL, "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", "#ff8800"},
    {"rgbcolor", NULL, "^rgb\\(" COLOR "," COLOR "," COLOR "\\)$", "rgb(255,136,0)"},
    {"byte", is_base64, NULL, "base64: aGVsbG8="},
    {"password", is_anything, NULL, NULL},
    {"date", is_date, NULL, "2026-11-23"},
    {"duration", is_duration, NULL, "1h30m"},
    {"datetime", is_date_time, NULL, "2026-11-23T14:00:00Z"},
    {"k8sshortname", NULL, "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", "my-name"},
    {"k8slongname", NULL, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
     "my.name"},
};

const struct schema_format *schema_format(const char *name)
{
    char plain[32];
    size_t n = 0;
    for (; *name && n < sizeof(plain) - 1; name++)
        if (*name != '-')
            plain[n++] = *name;
    plain[n] = '\0';
    for (size_t i = 0; !*name && i < ARRAY_LEN(formats); i++)
        if (strcmp(plain, formats[i].name) == 0)
            return &formats[i];
    return NULL;
}
