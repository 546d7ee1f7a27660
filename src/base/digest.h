// SPDX-License-Identifier: Apache-2.0
/* SHA-256, HMAC-SHA-256, base64 (RFC 4648, standard and URL alphabets), hex, UUIDs. Any thread. */
#ifndef LEEWAY_BASE_DIGEST_H
#define LEEWAY_BASE_DIGEST_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define DIGEST_LEN 32
#define DIGEST_HEX_LEN 64

struct digest {
    unsigned char b[DIGEST_LEN];
};

struct digest digest_sha256(const void *data, size_t len);
struct digest digest_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len);
bool digest_equal(const struct digest *a, const struct digest *b); /* constant time */
void digest_hex(const struct digest *d, char out[DIGEST_HEX_LEN + 1]);
int digest_parse_hex(const char *hex, size_t len, struct digest *out); /* 0 or ERR_SYNTAX */

/* Streaming SHA-256. */
struct digest_ctx;
struct digest_ctx *digest_begin(void); /* owned until digest_end */
void digest_update(struct digest_ctx *c, const void *data, size_t len);
struct digest digest_end(struct digest_ctx *c); /* frees c */

int base64_encode(struct buf *out, const void *data, size_t len);
int base64url_encode(struct buf *out, const void *data, size_t len); /* without padding */
/* Line breaks and blanks are skipped, as encoding/base64 does for \r\n; ERR_SYNTAX otherwise. */
int base64_decode(struct buf *out, const char *text, size_t len);

#define UUID_LEN 36
void uuid_make(char out[UUID_LEN + 1]); /* version 4 */

#endif
