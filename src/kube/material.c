// SPDX-License-Identifier: Apache-2.0
#include "kube/material.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

/* Never asks a terminal for a passphrase. */
static int no_passphrase(char *buf, int size, int rwflag, void *ctx)
{
    return -1;
}

static BIO *bio_of(const char *pem, size_t len)
{
    return len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
}

static int64_t wall_ms_of(const ASN1_TIME *t)
{
    struct tm tm;
    if (!t || !ASN1_TIME_to_tm(t, &tm))
        return 0;
    return (int64_t)timegm(&tm) * 1000;
}

int kube_pem_check_certificates(const char *pem, size_t len, int64_t *not_after_wall_ms,
                                struct err *e)
{
    BIO *bio = bio_of(pem, len);
    int rc = 0;
    size_t n = 0;
    if (!bio)
        return err_set(e, ERR_LIMIT, "too large for a certificate");
    for (;;) {
        X509 *x = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
        if (!x)
            break;
        if (n++ == 0 && not_after_wall_ms)
            *not_after_wall_ms = wall_ms_of(X509_get0_notAfter(x));
        X509_free(x);
    }
    unsigned long why = ERR_peek_last_error();
    if (!n && !memmem(pem, len, "-----BEGIN ", 11))
        rc = err_set(e, ERR_INVALID, "it holds no PEM block");
    else if (!n && ERR_GET_REASON(why) == PEM_R_NO_START_LINE)
        rc = err_set(e, ERR_INVALID, "it holds no certificate");
    else if (ERR_GET_REASON(why) != PEM_R_NO_START_LINE)
        rc = err_set(e, ERR_INVALID, "certificate %zu in it is damaged", n + 1);
    ERR_clear_error();
    BIO_free(bio);
    return rc;
}

int kube_pem_check_key(const char *key_pem, size_t key_len, const char *cert_pem, size_t cert_len,
                       struct err *e)
{
    int rc = 0;
    X509 *x = NULL;
    BIO *cert_bio = NULL, *bio = bio_of(key_pem, key_len);
    if (!bio)
        return err_set(e, ERR_LIMIT, "too large for a key");
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    if (!key) {
        bool encrypted = memmem(key_pem, key_len, "ENCRYPTED", 9);
        if (encrypted) {
            rc = err_set(e, ERR_UNSUPPORTED, "the key is encrypted");
            err_hint(e, "kubeconfig has no place for a passphrase; store the key without one");
        } else {
            rc = err_set(e, ERR_INVALID,
                         memmem(key_pem, key_len, "-----BEGIN ", 11)
                             ? "it holds no private key that can be read"
                             : "it holds no PEM block");
        }
        goto out;
    }
    cert_bio = cert_pem ? bio_of(cert_pem, cert_len) : NULL;
    x = cert_bio ? PEM_read_bio_X509(cert_bio, NULL, no_passphrase, NULL) : NULL;
    if (x && X509_check_private_key(x, key) != 1)
        rc = err_set(e, ERR_INVALID, "the key does not belong to the certificate");
out:
    ERR_clear_error();
    X509_free(x);
    EVP_PKEY_free(key);
    BIO_free(cert_bio);
    BIO_free(bio);
    return rc;
}
