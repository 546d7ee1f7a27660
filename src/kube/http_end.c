// SPDX-License-Identifier: Apache-2.0
/* What the end of a transfer means: libcurl's codes and words, put into ours. */
#include "base/mem.h"
#include "kube/http_int.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

static bool says(const struct kube_transfer *x, const char *part)
{
    return strstr(x->text, part) != NULL;
}

static enum kube_end end_of(const struct kube_transfer *x, CURLcode code, bool reached,
                            long connect_code)
{
    switch (code) {
    case CURLE_OK:
        return KUBE_END_DONE;
    case CURLE_COULDNT_RESOLVE_HOST:
        return KUBE_END_NAME;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return KUBE_END_PROXY;
    case CURLE_COULDNT_CONNECT:
        return x->route->proxy ? KUBE_END_PROXY : KUBE_END_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        if (!reached && x->route->proxy)
            return KUBE_END_PROXY; /* it, or what is behind it: nobody can say */
        return reached ? KUBE_END_TIMEOUT : KUBE_END_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
        return KUBE_END_TLS; /* put_plainly knows better in places */
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return KUBE_END_TLS;
    case CURLE_WRITE_ERROR:
    case CURLE_ABORTED_BY_CALLBACK:
        return x->stopped ? KUBE_END_STOPPED : KUBE_END_BROKEN;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        if (connect_code && connect_code != 200)
            return KUBE_END_PROXY;
        return KUBE_END_BROKEN;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return KUBE_END_BROKEN;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return KUBE_END_PROTOCOL;
    default:
        return reached ? KUBE_END_BROKEN : KUBE_END_INTERNAL;
    }
}

static enum kube_tls_fault tls_fault(const struct kube_transfer *x, CURLcode code)
{
    long verify = 0;
    curl_easy_getinfo(x->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
    if (code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE)
        return KUBE_TLS_BAD_MATERIAL;
    if (verify == X509_V_ERR_CERT_HAS_EXPIRED || verify == X509_V_ERR_CERT_NOT_YET_VALID)
        return KUBE_TLS_EXPIRED;
    if (code != CURLE_PEER_FAILED_VERIFICATION)
        return KUBE_TLS_OTHER;
    /* libcurl compares names itself, after OpenSSL was content with the chain. */
    return says(x, "subject name") ? KUBE_TLS_WRONG_NAME : KUBE_TLS_UNTRUSTED;
}

/* libcurl's words where they would mislead, and what they really mean. */
static const struct {
    CURLcode code;
    const char *part;
    enum kube_end end;
    enum kube_tls_fault fault;
    const char *words;
} meanings[] = {
    {CURLE_SSL_CONNECT_ERROR, "wrong version number", KUBE_END_TLS, KUBE_TLS_NOT_TLS,
     "what answers does not speak TLS"},
    {CURLE_SSL_CONNECT_ERROR, "unknown protocol", KUBE_END_TLS, KUBE_TLS_NOT_TLS,
     "what answers does not speak TLS"},
    {CURLE_SSL_CONNECT_ERROR, "packet length too long", KUBE_END_TLS, KUBE_TLS_NOT_TLS,
     "what answers does not speak TLS"},
    {CURLE_SSL_CONNECT_ERROR, "SSL_ERROR_SYSCALL", KUBE_END_CONNECT, KUBE_TLS_OTHER,
     "the connection was closed before TLS was agreed on"},
    {CURLE_SSL_CONNECT_ERROR, "Connection reset", KUBE_END_CONNECT, KUBE_TLS_OTHER,
     "the connection was closed before TLS was agreed on"},
    {CURLE_RECV_ERROR, "Too large response headers", KUBE_END_PROTOCOL, KUBE_TLS_OTHER,
     "the head of the answer is larger than 300 KiB"},
};

static void put_plainly(struct kube_transfer *x, CURLcode code, struct kube_transfer_result *r)
{
    /* One line of the head that is larger than libcurl takes. */
    if (code == CURLE_OUT_OF_MEMORY && x->http_version && !x->body_begun) {
        r->end = KUBE_END_PROTOCOL;
        snprintf(x->text, sizeof(x->text), "a line of the answer's head is larger than 100 KiB");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
        if (code == meanings[i].code && says(x, meanings[i].part)) {
            r->end = meanings[i].end;
            r->tls_fault = meanings[i].fault;
            snprintf(x->text, sizeof(x->text), "%s", meanings[i].words);
            return;
        }
}

void kube_http_end(struct kube_transfer *x, CURLcode code, struct kube_transfer_result *r)
{
    long connect_code = 0, header_bytes = 0, request_bytes = 0;
    curl_off_t pretransfer = 0, up = 0, down = 0;
    curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &connect_code);
    curl_easy_getinfo(x->easy, CURLINFO_HEADER_SIZE, &header_bytes);
    curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
    curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &up);
    curl_easy_getinfo(x->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    *r = (struct kube_transfer_result){
        .end = end_of(x, code, pretransfer > 0, connect_code),
        .tls_fault = tls_fault(x, code),
        .reached = pretransfer > 0,
        .sent = pretransfer > 0 || request_bytes > 0,
        .bytes_in = (uint64_t)header_bytes + (uint64_t)down,
        .bytes_out = (uint64_t)request_bytes + (uint64_t)up,
    };
    if (connect_code && connect_code != 200)
        r->sent = false;
    put_plainly(x, code, r);
    if (code != CURLE_OK && !x->text[0])
        snprintf(x->text, sizeof(x->text), "%s", curl_easy_strerror(code));
    r->text = code == CURLE_OK ? "" : x->text;
}
