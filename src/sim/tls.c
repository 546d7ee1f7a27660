// SPDX-License-Identifier: Apache-2.0
/*
 * The authority of one simulated fleet: an EC key made at start, server certificates under it (one
 * that lasts, one near its end, one past it), and client certificates. Keys live in memory only,
 * apart from what the kubeconfig holds.
 */
#include "sim/sim_int.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400 };

struct sim_tls {
    EVP_PKEY *key; /* the authority's */
    X509 *authority;
    char *pem;
    SSL_CTX *contexts[SIM_CERTS];
};

static int fail(struct err *e, const char *what)
{
    return err_set(e, ERR_TLS, "%s: %s", what, ERR_reason_error_string(ERR_get_error()));
}

static bool extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = ext && X509_add_ext(x, ext, -1);
    X509_EXTENSION_free(ext);
    return ok;
}

static bool name_it(X509_NAME *n, const char *field, const char *value)
{
    return X509_NAME_add_entry_by_txt(n, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1,
                                      0);
}

/* Good until so many days from now; below 0 it ended then. */
static X509 *certificate(EVP_PKEY *key, const char *cn, const char *org, long days)
{
    X509 *x = X509_new();
    unsigned char serial[8];
    BIGNUM *number = NULL;
    bool ok = x && X509_set_version(x, 2) && RAND_bytes(serial, sizeof(serial)) == 1;
    serial[0] &= 0x7f;
    ok = ok && (number = BN_bin2bn(serial, sizeof(serial), NULL)) &&
         BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)) &&
         X509_gmtime_adj(X509_getm_notBefore(x), days < 0 ? -30 * DAY_S : -DAY_S) &&
         X509_gmtime_adj(X509_getm_notAfter(x), days * DAY_S) && X509_set_pubkey(x, key) &&
         name_it(X509_get_subject_name(x), "CN", cn) &&
         (!org || name_it(X509_get_subject_name(x), "O", org));
    BN_free(number);
    if (ok)
        return x;
    X509_free(x);
    return NULL;
}

static bool sign(struct sim_tls *t, X509 *x)
{
    return X509_set_issuer_name(x, X509_get_subject_name(t->authority)) &&
           extend(x, t->authority, NID_authority_key_identifier, "keyid") &&
           X509_sign(x, t->key, EVP_sha256());
}

static char *pem_of(X509 *x)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *data, *out = NULL;
    if (b && PEM_write_bio_X509(b, x)) {
        long n = BIO_get_mem_data(b, &data);
        out = mem_strndup(data, (size_t)n);
    }
    BIO_free(b);
    return out;
}

static bool authority(struct sim_tls *t)
{
    t->key = EVP_EC_gen("P-256");
    t->authority = t->key ? certificate(t->key, "leeway simulated fleet", NULL, 3650) : NULL;
    X509 *x = t->authority;
    return x && X509_set_issuer_name(x, X509_get_subject_name(x)) &&
           extend(x, x, NID_basic_constraints, "critical,CA:TRUE") &&
           extend(x, x, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           extend(x, x, NID_subject_key_identifier, "hash") && X509_sign(x, t->key, EVP_sha256()) &&
           (t->pem = pem_of(x));
}

static int choose(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                  const unsigned char *in, unsigned in_len, void *arg)
{
    static const unsigned char ours[] = "\x02h2\x08http/1.1";
    unsigned char *chosen;
    (void)ssl;
    (void)arg;
    if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *context(struct sim_tls *t, const char *listen, long days)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = key ? certificate(key, "kube-apiserver", NULL, days) : NULL;
    char names[128];
    struct in_addr any;
    snprintf(names, sizeof(names), "DNS:localhost,DNS:kubernetes,IP:127.0.0.1%s%s",
             inet_aton(listen, &any) ? ",IP:" : "", inet_aton(listen, &any) ? listen : "");
    bool ok = ctx && x && extend(x, t->authority, NID_subject_alt_name, names) &&
              extend(x, t->authority, NID_ext_key_usage, "serverAuth") && sign(t, x) &&
              SSL_CTX_use_certificate(ctx, x) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
              SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) &&
              X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), t->authority) &&
              SSL_CTX_add_client_CA(ctx, t->authority);
    if (ok) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL); /* asked for, not demanded */
        SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"sim", 3);
        SSL_CTX_set_alpn_select_cb(ctx, choose, NULL);
    } else {
        SSL_CTX_free(ctx);
        ctx = NULL;
    }
    X509_free(x);
    EVP_PKEY_free(key);
    return ctx;
}

struct sim_tls *sim_tls_new(const char *listen, struct err *e)
{
    struct sim_tls *t = mem_new(struct sim_tls);
    static const long days[SIM_CERTS] = {
        [SIM_CERT_LASTING] = 61, [SIM_CERT_ENDING] = 12, [SIM_CERT_EXPIRED] = -1};
    bool ok = authority(t);
    for (int i = 0; ok && i < SIM_CERTS; i++)
        ok = (t->contexts[i] = context(t, listen, days[i])) != NULL;
    if (ok)
        return t;
    fail(e, "cannot make the authority of the simulated fleet");
    sim_tls_free(t);
    return NULL;
}

void sim_tls_free(struct sim_tls *t)
{
    if (!t)
        return;
    for (int i = 0; i < SIM_CERTS; i++)
        SSL_CTX_free(t->contexts[i]);
    X509_free(t->authority);
    EVP_PKEY_free(t->key);
    mem_free(t->pem);
    mem_free(t);
}

struct ssl_ctx_st *sim_tls_context(struct sim_tls *t, enum sim_certificate which)
{
    return t->contexts[which];
}

const char *sim_tls_authority(const struct sim_tls *t)
{
    return t->pem;
}

int sim_tls_client(struct sim_tls *t, const char *user, const char *group, struct buf *cert,
                   struct buf *key_out, struct err *e)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = key ? certificate(key, user, group, 61) : NULL;
    BIO *b = BIO_new(BIO_s_mem());
    char *data, *pem = NULL;
    int rc = 0;
    if (!x || !b || !extend(x, t->authority, NID_ext_key_usage, "clientAuth") || !sign(t, x) ||
        !(pem = pem_of(x)) || !PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL)) {
        rc = fail(e, "cannot make a client certificate");
        goto out;
    }
    long n = BIO_get_mem_data(b, &data);
    if (buf_puts(cert, pem) || buf_add(key_out, data, (size_t)n))
        rc = err_set(e, ERR_LIMIT, "the client certificate is too large");
out:
    mem_free(pem);
    BIO_free(b);
    X509_free(x);
    EVP_PKEY_free(key);
    return rc;
}
