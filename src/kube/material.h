// SPDX-License-Identifier: Apache-2.0
/* What PEM bytes of a configuration hold, before a connection fails over them. Any thread. */
#ifndef LEEWAY_KUBE_MATERIAL_H
#define LEEWAY_KUBE_MATERIAL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* At least one certificate, all readable: 0 or ERR_INVALID. Then *not_after_wall_ms (may be NULL)
 * is the first one's end. */
int kube_pem_check_certificates(const char *pem, size_t len, int64_t *not_after_wall_ms,
                                struct err *e) ERR_CHECKED;
/* An unencrypted private key, and the key of the first certificate in cert_pem (NULL: not
 * compared). 0 or ERR_INVALID. */
int kube_pem_check_key(const char *key_pem, size_t key_len, const char *cert_pem, size_t cert_len,
                       struct err *e) ERR_CHECKED;

#endif
