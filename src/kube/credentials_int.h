// SPDX-License-Identifier: Apache-2.0
/*
 * Inside of credentials: providers (provider.c) and handles (credentials.c). A provider is what all
 * clusters with the same user configuration share; it knows nothing of servers.
 */
#ifndef LEEWAY_KUBE_CREDENTIALS_INT_H
#define LEEWAY_KUBE_CREDENTIALS_INT_H

#include "base/digest.h"
#include "base/vec.h"
#include "kube/credentials.h"
#include "kube/exec_plugin.h"
#include "kube/token_file.h"

#define MATERIAL_KEEP_MS (5 * 60 * 1000)
#define PAIR_AGAIN_MS 10000 /* a certificate without its key is looked at again */
#define BACKOFF_FIRST_MS 5000
#define BACKOFF_MAX_MS (10 * 60 * 1000)
#define REJECTED_FIRST_MS 30000
#define REJECTED_FORGET_MS (20 * 60 * 1000)
#define FRESH_MS 10000 /* a plugin's credential younger than this is not renewed for a 401 */

/* PEM from bytes or a file that is read again every MATERIAL_KEEP_MS. */
struct material {
    struct kube_material from;
    struct buf pem;
    int64_t checked_ms; /* 0: never */
};

struct provider {
    struct kube_credentials_pool *pool;
    unsigned refs;
    struct digest key;

    /* Configuration. */
    struct material cert, key_pem;
    struct token_file token_file;
    char *token, *username, *password;
    struct kube_exec_config *exec; /* NULL unless the plugin is what counts */
    char *cluster_json;

    /* What is sent now. */
    uint64_t generation, tls_generation;
    char *authorization;

    /* Plugin. */
    bool have; /* its credential is in authorization, cert and key_pem */
    int64_t expires_wall_ms, obtained_ms;
    struct exec_plugin_run *run;
    uint64_t queued; /* place in the order, 0: not waiting */
    unsigned failures;
    int64_t retry_at_ms;
    struct loop_timer *timer; /* renewal or the next try */
    struct err error;
};

struct kube_credentials_watch {
    struct kube_credentials *c;
    kube_credentials_fn *fn;
    void *ctx;
    bool dead;
};

struct kube_credentials {
    struct kube_credentials_pool *pool;
    struct provider *provider; /* NULL: nobody in particular */
    struct err blocked;        /* code 0: fine */
    struct kube_header *headers;
    size_t headers_len;
    struct material ca;
    uint64_t ca_generation, told_tls_generation;
    VEC(struct kube_credentials_watch *) watches;
    bool visible, notify;
    bool closed; /* while callbacks run: freed after them */
    /* After a 401. */
    uint64_t rejected_generation;
    unsigned rejections;
    int64_t refreshed_ms, retry_at_ms;
    struct loop_timer *retry;
    struct exec_plugin_command login;
};

struct kube_credentials_pool {
    struct kube_credentials_options o;
    VEC(struct provider *) providers;
    VEC(struct kube_credentials *) handles; /* NULL: closed while callbacks run */
    unsigned running;
    uint64_t next_place;
    struct loop_timer *flush, *material_timer;
    VEC(struct kube_credentials *) closing; /* closed while callbacks run */
    bool flushing;
    uint64_t plugin_runs, plugin_failures;
};

/* ---- provider.c ---- */

void material_init(struct material *m, const struct kube_material *from);
void material_clear(struct material *m);
/* Reads again when due. Returns 0, or a code with *e when there is nothing at all; *changed is set
 * when the bytes became others. */
int material_refresh(struct material *m, int64_t now_ms, const char *what, bool *changed,
                     struct err *e);

/* One reference more, found or made. */
struct provider *provider_open(struct kube_credentials_pool *pool, const struct kube_access *a);
void provider_close(struct provider *p);
/* Files are looked at when due. READY, or FAILED with *e; a plugin is not started here: PENDING
 * says it runs or waits, LOGIN that it would need a person, and FAILED with e->code 0 that it
 * should be asked to run. */
enum kube_cred_state provider_state(struct provider *p, struct err *e);
/* Puts the plugin into the queue unless it is there or runs. */
void provider_request(struct provider *p);
/* Starts what waits, visible ones first. */
void provider_pump(struct kube_credentials_pool *pool);
/* Takes a plugin's result, of the background or of a login. */
int provider_take_result(struct provider *p, const struct exec_plugin_result *r, struct err *e);
int64_t credentials_backoff(const struct kube_credentials_pool *pool, int64_t first_ms,
                            unsigned times);

/* ---- credentials.c ---- */

/* Every handle of p is told on the next turn of the loop. */
void credentials_notify(struct provider *p);

#endif
