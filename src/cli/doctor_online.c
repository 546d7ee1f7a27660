// SPDX-License-Identifier: Apache-2.0
/*
 * One small request (/version) tells credentials, reach, certificate and version apart, by how it
 * ends; when it was answered the other three questions are asked side by side. A context is done
 * when nothing of it runs, or at its deadline.
 */
#include "cli/doctor_online.h"

#include "base/mem.h"
#include "engine/process.h"
#include "kube/client.h"
#include "kube/write.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CERTIFICATE_SOON_DAYS = 30, NAMES_MAX = 16, TEXT_LEN = 8192 };
#define DAY_MS INT64_C(86400000)

static const char reach_hint[] =
    "is it switched on, and does this network reach it (VPN, firewall, proxy)?";

struct patient {
    const struct kube_access *access;
    struct loop *loop;
    struct kube_credentials *credentials; /* the cluster's */
    struct kube_cluster *cluster;
    struct kube_call *calls[DOCTOR_STEPS]; /* that run */
    struct loop_timer *deadline;
    struct doctor_finding *findings;
    unsigned *left; /* contexts that are not done */
};

#define X(name, word) word,
static const char *const step_names[] = {DOCTOR_STEP_TABLE(X)};
static const char *const state_words[] = {DOCTOR_STATE_TABLE(X)};
#undef X

const char *doctor_step_name(enum doctor_step s)
{
    return step_names[s];
}

const char *doctor_state_word(enum doctor_state s)
{
    return state_words[s];
}

/* ---- what was found ---- */

static void find(struct patient *p, enum doctor_step step, enum doctor_state state,
                 const char *hint, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void find(struct patient *p, enum doctor_step step, enum doctor_state state,
                 const char *hint, const char *fmt, ...)
{
    struct doctor_finding *f = &p->findings[step];
    char text[TEXT_LEN]; /* what does not fit is cut */
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    mem_free(f->text);
    mem_free(f->hint);
    *f = (struct doctor_finding){state, mem_strdup(text), hint ? mem_strdup(hint) : NULL};
}

static void find_error(struct patient *p, enum doctor_step step, enum doctor_state state,
                       const struct kube_error *e)
{
    find(p, step, state, e->hint, "%s", e->text);
}

static void settle(struct patient *p)
{
    for (size_t i = 0; i < DOCTOR_STEPS; i++)
        if (p->calls[i])
            return;
    loop_cancel_timer(p->loop, p->deadline);
    p->deadline = NULL;
    --*p->left;
}

/* ---- who, ready, rights ---- */

static void on_identity(void *ctx, const struct kube_identity *id)
{
    struct patient *p = ctx;
    p->calls[DOCTOR_IDENTITY] = NULL;
    if (id->error->code == ERR_NOT_FOUND) {
        find(p, DOCTOR_IDENTITY, DOCTOR_NOTE, NULL, "the server does not say who we are to it");
    } else if (id->error->code) {
        find_error(p, DOCTOR_IDENTITY, DOCTOR_UNKNOWN, id->error);
    } else {
        struct buf groups;
        buf_init(&groups, 4096);
        size_t n = val_count(id->groups);
        for (size_t i = 0; i < n && i < NAMES_MAX; i++) {
            const char *group = val_str(val_item(id->groups, i), "");
            if (*group) /* a file of tokens can name an empty one */
                (void)buf_printf(&groups, "%s%s", groups.len ? ", " : " in ", group);
        }
        find(p, DOCTOR_IDENTITY, DOCTOR_OK, NULL, "%s%s%s", id->user, buf_str(&groups),
             n > NAMES_MAX ? " and more" : "");
        buf_clear(&groups);
    }
    settle(p);
}

static void on_ready(void *ctx, const struct kube_readiness *r)
{
    struct patient *p = ctx;
    struct buf failed;
    size_t bad = 0;
    p->calls[DOCTOR_READY] = NULL;
    buf_init(&failed, 16384);
    for (size_t i = 0; r->answered && i < r->checks_len; i++)
        if (!r->checks[i].ok && !r->checks[i].excluded)
            (void)buf_printf(&failed, "%s%s", bad++ ? ", " : "", r->checks[i].name);
    if (!r->answered)
        find_error(p, DOCTOR_READY, DOCTOR_UNKNOWN, r->error);
    else if (r->ready)
        find(p, DOCTOR_READY, DOCTOR_OK, NULL, "/readyz: %zu checks pass", r->checks_len);
    else
        find(p, DOCTOR_READY, DOCTOR_BAD, "whoever runs the API server can read its log",
             "/readyz: %s", bad ? buf_str(&failed) : "the server says that it is not ready");
    buf_clear(&failed);
    settle(p);
}

static void on_rights_here(void *ctx, const struct kube_access_answer *a)
{
    struct patient *p = ctx;
    p->calls[DOCTOR_RIGHTS] = NULL;
    if (a->error->code)
        find_error(p, DOCTOR_RIGHTS, DOCTOR_UNKNOWN, a->error);
    else if (a->allowed)
        find(p, DOCTOR_RIGHTS, DOCTOR_OK, NULL, "may patch deployments in namespace %s only",
             p->access->namespace_);
    else
        find(p, DOCTOR_RIGHTS, DOCTOR_NOTE,
             "to apply from here it needs patch and create on what is applied: a Role or "
             "ClusterRole and a binding",
             "may not patch deployments: it can look, not apply%s%s", *a->reason ? ": " : "",
             a->reason);
    settle(p);
}

static void on_rights(void *ctx, const struct kube_access_answer *a)
{
    struct patient *p = ctx;
    if (a->error->code || !a->allowed) {
        const struct kube_access_question q = {.verb = "patch",
                                               .group = "apps",
                                               .resource = "deployments",
                                               .ns = p->access->namespace_};
        p->calls[DOCTOR_RIGHTS] = kube_may_i(p->cluster, &q, on_rights_here, p);
        return;
    }
    p->calls[DOCTOR_RIGHTS] = NULL;
    find(p, DOCTOR_RIGHTS, DOCTOR_OK, NULL, "may patch deployments in every namespace");
    settle(p);
}

/* ---- the first request ---- */

static void find_certificate(struct patient *p)
{
    struct kube_cluster_status s;
    kube_cluster_status(p->cluster, &s);
    int64_t left = s.cert_not_after_ms - clock_wall_ms(clock_system());
    long long days = (long long)(left / DAY_MS);
    if (!kube_access_is_https(p->access))
        find(p, DOCTOR_CERTIFICATE, DOCTOR_NOTE, "a server address with https:// is safer",
             "none: plain HTTP, and credentials are not sent");
    else if (p->access->insecure)
        find(p, DOCTOR_CERTIFICATE, DOCTOR_NOTE,
             "certificate-authority in place of insecure-skip-tls-verify",
             "not verified: anybody between here and there can read along");
    else if (!s.cert_not_after_ms)
        find(p, DOCTOR_CERTIFICATE, DOCTOR_NOTE, NULL, "verified; when it ends is not known");
    else if (left < CERTIFICATE_SOON_DAYS * DAY_MS)
        find(p, DOCTOR_CERTIFICATE, DOCTOR_NOTE, "whoever runs the API server has to renew it",
             "verified; it ends in %lld days", days);
    else
        find(p, DOCTOR_CERTIFICATE, DOCTOR_OK, NULL, "verified; it ends in %lld days", days);
}

/* Whether there is a credential to be sent; says so. */
static bool find_credentials(struct patient *p)
{
    struct kube_credential sent;
    struct err e = ERR_INIT;
    enum kube_cred_state s = kube_credentials_get(p->credentials, &sent, &e);
    char *words = kube_access_login_words(p->access);
    static const enum doctor_state states[] = {[KUBE_CRED_READY] = DOCTOR_OK,
                                               [KUBE_CRED_PENDING] = DOCTOR_UNKNOWN,
                                               [KUBE_CRED_FAILED] = DOCTOR_BAD,
                                               [KUBE_CRED_LOGIN] = DOCTOR_UNKNOWN};
    if (s == KUBE_CRED_READY)
        find(p, DOCTOR_CREDENTIALS, DOCTOR_OK, NULL, "%s%s", words,
             p->access->exec ? ": it ran and gave a credential" : "");
    else if (s == KUBE_CRED_PENDING)
        find(p, DOCTOR_CREDENTIALS, DOCTOR_UNKNOWN,
             "run the plugin by hand to see what it waits for", "%s: it still runs after %d s",
             words, DOCTOR_DEADLINE_MS / 1000);
    else
        find(p, DOCTOR_CREDENTIALS, states[s], e.hint, "%s: %s", words,
             e.text ? e.text : "no credential");
    mem_free(words);
    err_clear(&e);
    return s == KUBE_CRED_READY;
}

static void find_reached(struct patient *p)
{
    find(p, DOCTOR_REACH, DOCTOR_OK, NULL, "%s%s", p->access->server,
         p->access->proxy_url ? " through a proxy" : "");
    find_certificate(p);
}

static void ask_the_rest(struct patient *p)
{
    static const struct kube_access_question q = {
        .verb = "patch", .group = "apps", .resource = "deployments"};
    p->calls[DOCTOR_IDENTITY] = kube_who_am_i(p->cluster, on_identity, p);
    p->calls[DOCTOR_READY] = kube_get_readiness(p->cluster, on_ready, p);
    p->calls[DOCTOR_RIGHTS] = kube_may_i(p->cluster, &q, on_rights, p);
}

/* Something answered, and its certificate does not do. */
static bool is_certificate(enum kube_why why)
{
    return why == KUBE_WHY_CERT_EXPIRED || why == KUBE_WHY_CERT_UNTRUSTED ||
           why == KUBE_WHY_CERT_NAME;
}

static void on_version(void *ctx, const struct kube_version *v)
{
    struct patient *p = ctx;
    const struct kube_error *e = v->error;
    p->calls[DOCTOR_VERSION] = NULL;
    if (!find_credentials(p)) {
        settle(p);
        return;
    }
    if (is_certificate(e->why)) {
        find(p, DOCTOR_REACH, DOCTOR_OK, NULL, "%s", p->access->server);
        find_error(p, DOCTOR_CERTIFICATE, DOCTOR_BAD, e);
    } else if (e->code && !e->http_status) {
        find(p, DOCTOR_REACH, DOCTOR_BAD, e->hint ? e->hint : reach_hint, "%s", e->text);
    } else if (e->code == ERR_AUTH) {
        find_reached(p);
        char *words = kube_access_login_words(p->access);
        find(p, DOCTOR_CREDENTIALS, DOCTOR_BAD, e->hint, "%s: %s", words, e->text);
        mem_free(words);
    } else {
        find_reached(p);
        if (!e->code)
            find(p, DOCTOR_VERSION, DOCTOR_OK, NULL, "Kubernetes %s%s%s", v->git_version,
                 *v->platform ? " on " : "", v->platform);
        else
            find_error(p, DOCTOR_VERSION, e->code == ERR_FORBIDDEN ? DOCTOR_UNKNOWN : DOCTOR_BAD,
                       e);
        if (!e->code || e->code == ERR_FORBIDDEN)
            ask_the_rest(p);
    }
    settle(p);
}

/* What still runs is not known; a server that never answered is not reached. */
static void on_deadline(void *ctx)
{
    struct patient *p = ctx;
    p->deadline = NULL;
    for (size_t i = 0; i < DOCTOR_STEPS; i++) {
        if (!p->calls[i])
            continue;
        kube_cancel(p->calls[i]);
        p->calls[i] = NULL;
        if (i != DOCTOR_VERSION)
            find(p, (enum doctor_step)i, DOCTOR_UNKNOWN, NULL, "no answer within %d s",
                 DOCTOR_DEADLINE_MS / 1000);
        else if (find_credentials(p))
            find(p, DOCTOR_REACH, DOCTOR_BAD, reach_hint, "%s: no answer within %d s",
                 p->access->server, DOCTOR_DEADLINE_MS / 1000);
    }
    settle(p);
}

/* ---- all of them ---- */

static void start(struct patient *p, struct kube *kube, struct kube_credentials_pool *pool)
{
    ++*p->left;
    p->credentials = kube_credentials_open(pool, p->access);
    p->cluster = kube_cluster_new(kube, p->access, p->credentials);
    p->deadline = loop_after(p->loop, DOCTOR_DEADLINE_MS, on_deadline, p);
    p->calls[DOCTOR_VERSION] = kube_get_version(p->cluster, on_version, p);
}

void doctor_online_ask(const struct kube_access *accesses, size_t n,
                       struct doctor_finding (*findings)[DOCTOR_STEPS])
{
    struct err e = ERR_INIT;
    unsigned left = 0;
    struct kube *kube = NULL;
    struct kube_credentials_pool *pool = NULL;
    struct patient *patients = mem_calloc(n ? n : 1, sizeof(*patients));
    uint64_t nofile_soft = process_prepare();
    struct loop *loop = loop_new(clock_system(), &e);
    if (loop) {
        const struct kube_credentials_options po = {
            .loop = loop, .clock = clock_system(), .nofile_soft = nofile_soft};
        const struct kube_options ko = {.loop = loop, .clock = clock_system(), .seed = 1};
        pool = kube_credentials_pool_new(&po);
        kube = kube_new(&ko, &e);
    }
    for (size_t i = 0; i < n; i++) {
        struct patient *p = &patients[i];
        *p = (struct patient){
            .access = &accesses[i], .loop = loop, .findings = findings[i], .left = &left};
        if (!kube_access_usable(p->access))
            continue;
        if (kube)
            start(p, kube, pool);
        else
            find(p, DOCTOR_CREDENTIALS, DOCTOR_UNKNOWN, e.hint, "%s",
                 e.text ? e.text : "connections cannot be made");
    }
    while (left && loop_run_once(loop, 1000) >= 0)
        ;
    for (size_t i = 0; i < n; i++) {
        loop_cancel_timer(loop, patients[i].deadline);
        if (patients[i].cluster)
            kube_cluster_free(patients[i].cluster);
    }
    kube_free(kube);
    if (pool)
        kube_credentials_pool_free(pool);
    loop_free(loop);
    mem_free(patients);
    err_clear(&e);
}
