// SPDX-License-Identifier: Apache-2.0
/* IP addresses and CIDR blocks. */
#include "cel/opaque.h"
#include "cel/words.h"

#include <arpa/inet.h>

#define ARGS struct frame *f, const struct cel_value *x, unsigned n

/* False with a reason in *why. */
static bool parse_ip(struct frame *f, const char *s, size_t len, struct cel_ip *out,
                     const char **why, bool cidr)
{
    char buf[64];
    *why = "is not an IP address";
    *out = (struct cel_ip){0};
    if (memchr(s, '%', len)) {
        *why = "has a zone, which is not allowed";
        return false;
    }
    if (!len || len >= sizeof(buf) || memchr(s, 0, len))
        return false;
    memcpy(buf, s, len);
    buf[len] = '\0';
    if (inet_pton(AF_INET, buf, out->b) == 1) {
        out->family = 4;
        out->bits = 32;
        return true;
    }
    if (inet_pton(AF_INET6, buf, out->b) != 1)
        return false;
    out->family = 6;
    out->bits = 128;
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (memcmp(out->b, mapped, sizeof(mapped)) != 0)
        return true;
    if (cidr || (f->options & CEL_KUBERNETES_WAYS)) {
        *why = "is an IPv4 address in IPv6 form, which is not allowed";
        return false;
    }
    memmove(out->b, out->b + 12, 4);
    memset(out->b + 4, 0, 12);
    out->family = 4;
    out->bits = 32;
    return true;
}

static bool parse_cidr(struct frame *f, const char *s, size_t len, struct cel_ip *out,
                       const char **why)
{
    const char *slash = memrchr(s, '/', len);
    *why = "is not a CIDR block";
    if (!slash || !parse_ip(f, s, (size_t)(slash - s), out, why, true))
        return false;
    size_t digits = (size_t)(s + len - slash) - 1;
    unsigned bits = 0;
    *why = "has a wrong prefix length";
    if (!digits || digits > 3 || (digits > 1 && slash[1] == '0'))
        return false;
    for (size_t i = 1; i <= digits; i++) {
        if (slash[i] < '0' || slash[i] > '9')
            return false;
        bits = bits * 10 + (unsigned)(slash[i] - '0');
    }
    if (bits > out->bits)
        return false;
    out->bits = (uint8_t)bits;
    return true;
}

bool cel_ip_equal(const struct cel_ip *a, const struct cel_ip *b, bool cidr)
{
    return a->family == b->family && memcmp(a->b, b->b, sizeof(a->b)) == 0 &&
           (!cidr || a->bits == b->bits);
}

/* RFC 5952: the longest run of zero groups, at least two, is left out. */
static void print_v6(struct buf *out, const unsigned char *b)
{
    unsigned groups[8], best = 8, best_len = 1;
    for (unsigned i = 0; i < 8; i++)
        groups[i] = (unsigned)b[i * 2] << 8 | b[i * 2 + 1];
    for (unsigned i = 0; i < 8; i++) {
        unsigned n = 0;
        while (i + n < 8 && !groups[i + n])
            n++;
        if (n > best_len) {
            best = i;
            best_len = n;
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        if (i == best) {
            buf_puts(out, "::");
            i += best_len - 1;
            continue;
        }
        buf_printf(out, "%s%x", i && i != best + best_len ? ":" : "", groups[i]);
    }
}

void cel_ip_print(struct buf *out, const struct cel_ip *ip, bool cidr)
{
    if (ip->family == 4)
        buf_printf(out, "%u.%u.%u.%u", ip->b[0], ip->b[1], ip->b[2], ip->b[3]);
    else
        print_v6(out, ip->b);
    if (cidr)
        buf_printf(out, "/%u", ip->bits);
}

static struct cel_value keep(struct frame *f, enum cel_opaque tag, const struct cel_ip *ip)
{
    struct cel_ip *p = cel_frame_alloc(f, sizeof(*p));
    if (!p)
        return f->stop;
    *p = *ip;
    return cel_make_opaque(tag, p);
}

static const struct cel_ip *of(struct cel_value v)
{
    return v.as.opaque;
}

static struct cel_value wrong(struct frame *f, struct cel_value s, const char *why)
{
    return cel_fail(f, "'%.*s' %s", (int)(s.len > 64 ? 64 : s.len), s.as.s, why);
}

static struct cel_value make_ip(ARGS)
{
    (void)n;
    struct cel_ip ip;
    const char *why;
    return parse_ip(f, x->as.s, x->len, &ip, &why, false) ? keep(f, CEL_IP, &ip)
           : kubernetes_ways(f)                           ? cel_words_ip(f, *x, ip.family == 6)
                                                          : wrong(f, *x, why);
}

static struct cel_value make_cidr(ARGS)
{
    (void)n;
    struct cel_ip ip;
    const char *why;
    return parse_cidr(f, x->as.s, x->len, &ip, &why) ? keep(f, CEL_CIDR, &ip)
           : kubernetes_ways(f)                      ? cel_words_cidr(f, *x)
                                                     : wrong(f, *x, why);
}

static struct cel_value is_ip(ARGS)
{
    (void)n;
    struct cel_ip ip;
    const char *why;
    return cel_bool(parse_ip(f, x->as.s, x->len, &ip, &why, false));
}

static struct cel_value is_cidr(ARGS)
{
    (void)n;
    struct cel_ip ip;
    const char *why;
    return cel_bool(parse_cidr(f, x->as.s, x->len, &ip, &why));
}

static struct cel_value to_string(ARGS)
{
    (void)n;
    struct buf b;
    buf_init(&b, 128);
    cel_ip_print(&b, of(*x), x->tag == CEL_CIDR);
    struct cel_value v = cel_make_string(f, buf_str(&b), b.len);
    buf_clear(&b);
    return v;
}

static struct cel_value is_canonical(ARGS)
{
    struct cel_value ip = make_ip(f, x, n);
    CHECK(ip);
    struct cel_value s = to_string(f, &ip, 1);
    CHECK(s);
    return cel_bool(s.len == x->len && memcmp(s.as.s, x->as.s, s.len) == 0);
}

static struct cel_value family(ARGS)
{
    (void)f;
    (void)n;
    return cel_int(of(*x)->family);
}

static bool all_zero(const unsigned char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (b[i])
            return false;
    return true;
}

static bool unspecified(const struct cel_ip *ip)
{
    return all_zero(ip->b, sizeof(ip->b));
}

static bool loopback(const struct cel_ip *ip)
{
    return ip->family == 4 ? ip->b[0] == 127 : all_zero(ip->b, 15) && ip->b[15] == 1;
}

static bool multicast(const struct cel_ip *ip)
{
    return ip->family == 4 ? (ip->b[0] & 0xf0) == 0xe0 : ip->b[0] == 0xff;
}

static bool link_local_multicast(const struct cel_ip *ip)
{
    if (ip->family == 4)
        return ip->b[0] == 224 && !ip->b[1] && !ip->b[2];
    return ip->b[0] == 0xff && (ip->b[1] & 0x0f) == 2;
}

static bool link_local_unicast(const struct cel_ip *ip)
{
    if (ip->family == 4)
        return ip->b[0] == 169 && ip->b[1] == 254;
    return ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
}

static bool global_unicast(const struct cel_ip *ip)
{
    static const unsigned char broadcast[4] = {255, 255, 255, 255};
    if (ip->family == 4 && memcmp(ip->b, broadcast, 4) == 0)
        return false;
    return !unspecified(ip) && !loopback(ip) && !multicast(ip) && !link_local_unicast(ip);
}

#define TEST(name, test)                                                                           \
    static struct cel_value name(ARGS)                                                             \
    {                                                                                              \
        (void)f;                                                                                   \
        (void)n;                                                                                   \
        return cel_bool(test(of(*x)));                                                             \
    }
TEST(is_unspecified, unspecified)
TEST(is_loopback, loopback)
TEST(is_ll_multicast, link_local_multicast)
TEST(is_ll_unicast, link_local_unicast)
TEST(is_global_unicast, global_unicast)

/* Do the first bits agree? */
static bool same_prefix(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    if (memcmp(a, b, bits / 8) != 0)
        return false;
    unsigned rest = bits % 8;
    return !rest || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0;
}

static bool contains(const struct cel_ip *block, const struct cel_ip *ip, bool cidr)
{
    return block->family == ip->family && (!cidr || block->bits <= ip->bits) &&
           same_prefix(block->b, ip->b, block->bits);
}

static struct cel_value contains_ip(ARGS)
{
    struct cel_value ip = x[1].kind == CEL_STRING ? make_ip(f, x + 1, n) : x[1];
    CHECK(ip);
    return cel_bool(contains(of(x[0]), of(ip), false));
}

static struct cel_value contains_cidr(ARGS)
{
    struct cel_value block = x[1].kind == CEL_STRING ? make_cidr(f, x + 1, n) : x[1];
    CHECK(block);
    return cel_bool(contains(of(x[0]), of(block), true));
}

static struct cel_value cidr_ip(ARGS)
{
    (void)n;
    struct cel_ip ip = *of(*x);
    ip.bits = ip.family == 4 ? 32 : 128;
    return keep(f, CEL_IP, &ip);
}

static struct cel_ip mask(struct cel_ip ip)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned keep_bits = ip.bits > i * 8 ? ip.bits - i * 8 : 0;
        if (keep_bits < 8)
            ip.b[i] &= (unsigned char)(0xff00u >> keep_bits);
    }
    return ip;
}

static struct cel_value masked(ARGS)
{
    (void)n;
    struct cel_ip ip = mask(*of(*x));
    return keep(f, CEL_CIDR, &ip);
}

static struct cel_value is_mask(ARGS)
{
    (void)f;
    (void)n;
    struct cel_ip ip = mask(*of(*x));
    return cel_bool(cel_ip_equal(&ip, of(*x), true));
}

static struct cel_value prefix_length(ARGS)
{
    (void)f;
    (void)n;
    return cel_int(of(*x)->bits);
}

#define LIB CEL_LIB_NETWORK

const struct cel_fn_row cel_lib_network[] = {
    {"ip", "s>P", make_ip, LIB},
    {"ip", "C.>P", cidr_ip, LIB},
    {"isIP", "s>b", is_ip, LIB},
    {"ip.isCanonical", "s>b", is_canonical, LIB},
    {"string", "P>s", to_string, LIB},
    {"string", "C>s", to_string, LIB},
    {"family", "P.>i", family, LIB},
    {"isUnspecified", "P.>b", is_unspecified, LIB},
    {"isLoopback", "P.>b", is_loopback, LIB},
    {"isLinkLocalMulticast", "P.>b", is_ll_multicast, LIB},
    {"isLinkLocalUnicast", "P.>b", is_ll_unicast, LIB},
    {"isGlobalUnicast", "P.>b", is_global_unicast, LIB},
    {"cidr", "s>C", make_cidr, LIB},
    {"isCIDR", "s>b", is_cidr, LIB},
    {"containsIP", "C.s>b", contains_ip, LIB},
    {"containsIP", "C.P>b", contains_ip, LIB},
    {"containsCIDR", "C.s>b", contains_cidr, LIB},
    {"containsCIDR", "C.C>b", contains_cidr, LIB},
    {"masked", "C.>C", masked, LIB},
    {"isMask", "C.>b", is_mask, LIB},
    {"prefixLength", "C.>i", prefix_length, LIB},
    {NULL, NULL, NULL, 0},
};
