// SPDX-License-Identifier: Apache-2.0
/*
 * Who we are to an API server, now. A pool holds one provider per distinct user configuration; all
 * clusters that are configured alike share it, so that a fleet of a thousand clusters behind one
 * exec plugin runs that plugin once. A handle (struct kube_credentials) belongs to one cluster's
 * connection: provider, impersonation and certificate authority together.
 *
 * Everything runs on the engine thread, on its loop, and never waits: small local files are read on
 * the spot (bounded, regular files only), plugins run beside and report through the subscription.
 *
 * Precedence is client-go's: nothing at all for servers that are not https; token file over token;
 * a plugin only when the user has neither token, password nor client certificate. Expiry, reloads
 * and the refresh after 401 are described at each call. Secrets are overwritten when they are
 * replaced and never appear in an error or the log.
 */
#ifndef LEEWAY_KUBE_CREDENTIALS_H
#define LEEWAY_KUBE_CREDENTIALS_H

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "kube/access.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kube_credentials_pool;
struct kube_credentials;
struct kube_credentials_watch;

enum kube_cred_state {
    KUBE_CRED_READY,   /* *out is filled */
    KUBE_CRED_PENDING, /* a plugin runs or waits its turn; the subscription tells */
    KUBE_CRED_FAILED,  /* *e says why; tried again after a back-off, the subscription tells */
    KUBE_CRED_LOGIN,   /* a plugin that needs a person: kube_credentials_login */
};

struct kube_header {
    const char *name, *value; /* value: legal in a header, encoded where need be */
};

/* Borrowed: valid until the next call of this header for the same pool or the return to the loop;
 * hand it to the transport at once, which copies. */
struct kube_credential {
    uint64_t generation;     /* of authorization and client certificate; to be given to _rejected */
    uint64_t tls_generation; /* changes when client certificate, key or authority change: close
                                the connections made under another value */
    const char *authorization;         /* value of the Authorization header, or NULL */
    const struct kube_header *headers; /* Impersonate-*, in order; repeat where names repeat */
    size_t headers_len;
    const char *client_cert_pem, *client_key_pem; /* both or neither (NULL) */
    size_t client_cert_len, client_key_len;
    const char *ca_pem; /* NULL: the system's authorities */
    size_t ca_len;
};

struct kube_credentials_options {
    struct loop *loop;          /* borrowed, outlives the pool */
    const struct clock *clock;  /* the loop's clock */
    struct log *log;            /* NULL: none */
    unsigned max_plugins;       /* at once; 0: 4 */
    int64_t plugin_deadline_ms; /* 0: 30000 */
    uint64_t nofile_soft;       /* RLIMIT_NOFILE as it was when the program started, given back to
                                   plugins; 0: leave it */
    uint64_t (*random)(void *ctx); /* for jitter; NULL: the system's */
    void *random_ctx;
};

struct kube_credentials_pool *
kube_credentials_pool_new(const struct kube_credentials_options *options);
/* Kills what runs. All handles must be closed before. */
void kube_credentials_pool_free(struct kube_credentials_pool *p);

/* A handle for one cluster; the access is copied as far as needed. Never fails: what is wrong shows
 * up in _get. An access with a problem that blocks gives a handle that is FAILED for good. */
struct kube_credentials *kube_credentials_open(struct kube_credentials_pool *p,
                                               const struct kube_access *access);
void kube_credentials_close(struct kube_credentials *c); /* NULL is fine; subscriptions end */

/* What to send on the next request. Starts the plugin when there is nothing yet. out is filled only
 * when READY; e (may be NULL) only when FAILED or LOGIN. Re-reads files when it is time: a token
 * file about every 50 s (the last good token stays when that fails), certificates and authorities
 * every 5 min. A credential that is being renewed ahead of its expiry is READY meanwhile. */
enum kube_cred_state kube_credentials_get(struct kube_credentials *c, struct kube_credential *out,
                                          struct err *e);

/* The server answered 401 to a request made with this generation. A newer one exists: nothing
 * happens. Otherwise the token file is dropped and read anew, the plugin is run once more. False
 * when there is nothing that could be refreshed (static token, certificate, none): the 401 is
 * final. True: call _get again for the next request. A plugin whose fresh credential is rejected at
 * once is not run again before its back-off. */
bool kube_credentials_rejected(struct kube_credentials *c, uint64_t generation);

/* fn runs from the loop, never inside a call of this header, when PENDING became something else,
 * when FAILED is worth a new try, and when tls_generation changed. */
typedef void kube_credentials_fn(void *ctx, struct kube_credentials *c);
struct kube_credentials_watch *kube_credentials_subscribe(struct kube_credentials *c,
                                                          kube_credentials_fn *fn, void *ctx);
void kube_credentials_unsubscribe(struct kube_credentials_watch *w); /* NULL is fine */

/* A person looks at this cluster: its plugin goes before the others that wait. */
void kube_credentials_set_visible(struct kube_credentials *c, bool visible);

/* LOGIN: what to run with the terminal, and how to give the answer back. argv and envp are
 * NULL-terminated and borrowed until the next call; argv[0] is resolved. The program's standard
 * output is the answer and must be captured, standard input and error are the person's. exit_status
 * as waitpid gives it. Returns 0 or the code in *e; after 0 the state is READY. */
int kube_credentials_login(struct kube_credentials *c, const char *const **argv,
                           const char *const **envp, struct err *e) ERR_CHECKED;
int kube_credentials_login_done(struct kube_credentials *c, const char *out, size_t out_len,
                                int exit_status, struct err *e) ERR_CHECKED;

/* For the messages screen and doctor. */
struct kube_credentials_stats {
    unsigned providers, plugins_running, plugins_waiting;
    uint64_t plugin_runs, plugin_failures;
};
void kube_credentials_pool_stats(const struct kube_credentials_pool *p,
                                 struct kube_credentials_stats *out);

#endif
