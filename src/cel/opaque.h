// SPDX-License-Identifier: Apache-2.0
/* What the opaque values hold. Internal. */
#ifndef LEEWAY_CEL_OPAQUE_H
#define LEEWAY_CEL_OPAQUE_H

#include "cel/cel_int.h"

struct cel_ip {
    uint8_t family; /* 4 or 6 */
    uint8_t bits;   /* of a CIDR's prefix */
    unsigned char b[16];
};
bool cel_ip_equal(const struct cel_ip *a, const struct cel_ip *b, bool cidr);
void cel_ip_print(struct buf *out, const struct cel_ip *ip, bool cidr);

struct cel_quantity {
    __int128 nano; /* billionths */
    int16_t scale; /* power of ten of the smallest digit that was written */
    bool wide;     /* Kubernetes keeps it as a big decimal: never "an integer" */
};
bool cel_quantity_parse(const char *s, size_t len, struct cel_quantity *out);
void cel_quantity_print(struct buf *out, const struct cel_quantity *q);

struct cel_semver {
    uint64_t v[3];
    const char *pre; /* without the dash; NULL: none */
    size_t pre_len;
    const char *text;
    size_t text_len;
};
bool cel_semver_parse(const char *s, size_t len, struct cel_semver *out);
int cel_semver_compare(const struct cel_semver *a, const struct cel_semver *b);

struct cel_url {
    const char *scheme, *host, *path, *query, *text; /* NUL-terminated; path and query escaped */
};
/* NULL when it is no URL. In f's arena. */
const struct cel_url *cel_url_parse(struct frame *f, const char *s, size_t len);

struct cel_format {
    const char *name;
    /* Adds what is wrong with s to out, which stays empty when nothing is. */
    void (*check)(struct frame *f, const char *s, size_t len, struct list_out *out);
};

extern const struct cel_fn_row cel_lib_url[], cel_lib_k8s_format[], cel_lib_authz[];

#endif
