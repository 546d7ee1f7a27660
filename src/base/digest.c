// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"
#include "base/mem.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* SHA-256 cannot fail with valid arguments; if the library says so the process is not sane. */
static void must(int ok)
{
    if (!ok)
        abort();
}

struct digest digest_sha256(const void *data, size_t len)
{
    struct digest d;
    unsigned int n = sizeof(d.b);
    must(EVP_Digest(data, len, d.b, &n, EVP_sha256(), NULL));
    return d;
}

struct digest digest_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len)
{
    struct digest d;
    unsigned int n = sizeof(d.b);
    must(HMAC(EVP_sha256(), key, (int)key_len, data, len, d.b, &n) != NULL);
    return d;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return CRYPTO_memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

void digest_hex(const struct digest *d, char out[DIGEST_HEX_LEN + 1])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_LEN; i++) {
        out[2 * i] = hex[d->b[i] >> 4];
        out[2 * i + 1] = hex[d->b[i] & 15];
    }
    out[DIGEST_HEX_LEN] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int digest_parse_hex(const char *hex, size_t len, struct digest *out)
{
    if (len != DIGEST_HEX_LEN)
        return ERR_SYNTAX;
    for (size_t i = 0; i < DIGEST_LEN; i++) {
        int hi = hex_digit(hex[2 * i]), lo = hex_digit(hex[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return ERR_SYNTAX;
        out->b[i] = (unsigned char)(hi << 4 | lo);
    }
    return 0;
}

struct digest_ctx *digest_begin(void)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    must(c && EVP_DigestInit_ex(c, EVP_sha256(), NULL));
    return (struct digest_ctx *)c;
}

void digest_update(struct digest_ctx *c, const void *data, size_t len)
{
    must(EVP_DigestUpdate((EVP_MD_CTX *)c, data, len));
}

struct digest digest_end(struct digest_ctx *c)
{
    struct digest d;
    unsigned int n = sizeof(d.b);
    must(EVP_DigestFinal_ex((EVP_MD_CTX *)c, d.b, &n));
    EVP_MD_CTX_free((EVP_MD_CTX *)c);
    return d;
}

static int encode(struct buf *out, const unsigned char *p, size_t len, const char *abc, bool pad)
{
    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t v = (uint32_t)p[i] << 16;
        if (n > 1)
            v |= (uint32_t)p[i + 1] << 8;
        if (n > 2)
            v |= p[i + 2];
        char q[4] = {abc[v >> 18], abc[v >> 12 & 63], abc[v >> 6 & 63], abc[v & 63]};
        if (n < 3)
            q[3] = '=';
        if (n < 2)
            q[2] = '=';
        int rc = buf_add(out, q, pad ? 4 : n + 1);
        if (rc)
            return rc;
    }
    return buf_add(out, "", 0);
}

#define ABC62 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

int base64_encode(struct buf *out, const void *data, size_t len)
{
    return encode(out, data, len, ABC62 "+/", true);
}

int base64url_encode(struct buf *out, const void *data, size_t len)
{
    return encode(out, data, len, ABC62 "-_", false);
}

int base64_decode(struct buf *out, const char *text, size_t len)
{
    uint32_t acc = 0;
    int bits = 0, pad = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
            continue;
        if (c == '=') {
            pad++;
            continue;
        }
        const char *at = c ? strchr(ABC62 "+/", c) : NULL;
        if (!at || pad)
            return ERR_SYNTAX;
        acc = acc << 6 | (uint32_t)(at - (ABC62 "+/"));
        bits += 6;
        if (bits == 24) {
            char three[3] = {(char)(acc >> 16), (char)(acc >> 8), (char)acc};
            int rc = buf_add(out, three, 3);
            if (rc)
                return rc;
            acc = 0;
            bits = 0;
        }
    }
    if (bits == 0)
        return pad ? ERR_SYNTAX : buf_add(out, "", 0);
    if (bits == 6 || pad != (24 - bits) / 6)
        return ERR_SYNTAX;
    char tail[2] = {(char)(acc >> (bits - 8)), bits == 18 ? (char)(acc >> 2) : 0};
    return buf_add(out, tail, bits == 18 ? 2 : 1);
}

void uuid_make(char out[UUID_LEN + 1])
{
    unsigned char b[16];
    if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
        abort();
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(out, UUID_LEN + 1,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
}
