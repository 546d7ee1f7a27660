// SPDX-License-Identifier: Apache-2.0
/*
 * Sockets, TLS and the thread. A connection is read until the kernel has no more, its protocol
 * answers into c->out, and what could not be sent waits for the socket. Changes that concern other
 * connections mark them dirty; those are filled and sent at the end of the turn, never inside
 * another connection's call.
 */
#include "base/digest.h"
#include "sim/define.h"
#include "sim/live.h"
#include "sim/types.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TICK_MS = 100, HANDSHAKE_MS = 10000, CONNS_MAX = 256, OUT_MAX = 4 * 1024 * 1024 };

/* ---- connections ---- */

static void unlink_dirty(struct sim_conn *c)
{
    for (struct sim_conn **at = &c->cluster->sim->flush; *at; at = &(*at)->flush_next) {
        if (*at == c) {
            *at = c->flush_next;
            return;
        }
    }
}

static void conn_free(struct sim_conn *c, bool reset)
{
    struct sim *s = c->cluster->sim;
    if (c->dirty)
        unlink_dirty(c);
    if (c->state)
        c->protocol->close(c->state);
    *c->prev = c->next;
    if (c->next)
        c->next->prev = c->prev;
    loop_unwatch_fd(s->loop, c->fd);
    loop_cancel_timer(s->loop, c->held);
    sim_link_free(c);
    SSL_free(c->ssl);
    if (reset) {
        struct linger now = {1, 0};
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    }
    close(c->fd);
    buf_clear(&c->out);
    mem_free(c);
}

static void on_conn(void *ctx, int fd, unsigned events);

static void want(struct sim_conn *c, bool write)
{
    unsigned events = (sim_link_ended(c) ? 0 : LOOP_READ) | (write ? LOOP_WRITE : 0);
    if (!events)
        loop_unwatch_fd(c->cluster->sim->loop, c->fd);
    else if (loop_watch_fd(c->cluster->sim->loop, c->fd, events, on_conn, c))
        c->broken = true;
}

static void on_held(void *ctx)
{
    struct sim_conn *c = ctx;
    c->held = NULL;
    sim_conn_dirty(c);
}

/* True while everything that is there was sent. */
static bool send_out(struct sim_conn *c)
{
    while (c->out.len) {
        int64_t wait;
        int n = (int)sim_link_allows(c, c->out.len > 65536 ? 65536 : c->out.len, &wait);
        if (!n) {
            if (!c->held)
                c->held = loop_after(c->cluster->sim->loop, wait, on_held, c);
            return false;
        }
        ERR_clear_error();
        int sent = SSL_write(c->ssl, c->out.data, n);
        if (sent <= 0) {
            int why = SSL_get_error(c->ssl, sent);
            if (why != SSL_ERROR_WANT_WRITE && why != SSL_ERROR_WANT_READ)
                c->broken = true;
            return false;
        }
        buf_drop(&c->out, (size_t)sent);
    }
    return true;
}

static void fill_and_send(struct sim_conn *c)
{
    bool waiting = false;
    while (!c->broken) {
        size_t had = c->out.len;
        if (!c->closing && c->out.len < SIM_OUT_FULL && !c->protocol->fill(c->state))
            c->closing = true;
        if (c->out.over)
            c->broken = true;
        if (!c->out.len && !had)
            break;
        if (!send_out(c)) {
            waiting = true;
            break;
        }
    }
    if (c->broken || (c->closing && !c->out.len)) {
        if (!c->broken)
            SSL_shutdown(c->ssl);
        conn_free(c, c->reset);
        return;
    }
    if (!c->out.len)
        buf_clear(&c->out); /* an idle connection holds no memory */
    want(c, waiting && !c->held);
}

static void on_flush(void *ctx)
{
    struct sim *s = ctx;
    s->flush_armed = false;
    while (s->flush) {
        struct sim_conn *c = s->flush;
        s->flush = c->flush_next;
        c->dirty = false;
        fill_and_send(c);
    }
}

void sim_conn_dirty(struct sim_conn *c)
{
    struct sim *s = c->cluster->sim;
    if (c->dirty)
        return;
    c->dirty = true;
    c->flush_next = s->flush;
    s->flush = c;
    if (!s->flush_armed) {
        s->flush_armed = true;
        loop_after(s->loop, 0, on_flush, s);
    }
}

static void take_peer(struct sim_conn *c)
{
    X509 *x = SSL_get1_peer_certificate(c->ssl);
    if (!x)
        return;
    X509_NAME *n = X509_get_subject_name(x);
    X509_NAME_get_text_by_NID(n, NID_commonName, c->peer.user, sizeof(c->peer.user));
    X509_NAME_get_text_by_NID(n, NID_organizationName, c->peer.group, sizeof(c->peer.group));
    X509_free(x);
}

static bool handshake(struct sim_conn *c)
{
    ERR_clear_error();
    int rc = SSL_accept(c->ssl);
    if (rc != 1) {
        int why = SSL_get_error(c->ssl, rc);
        if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
            want(c, why == SSL_ERROR_WANT_WRITE);
        else
            c->broken = true;
        return false;
    }
    const unsigned char *name;
    unsigned len;
    SSL_get0_alpn_selected(c->ssl, &name, &len);
    c->protocol = len == 2 && memcmp(name, "h2", 2) == 0 ? &sim_h2 : &sim_h1;
    c->state = c->protocol->open(c);
    c->handshaken = true;
    c->broken = !c->state;
    take_peer(c);
    return !c->broken;
}

static void serve(struct sim_conn *c)
{
    char bytes[16384];
    if (!c->handshaken && !handshake(c)) {
        if (c->broken)
            conn_free(c, false);
        return;
    }
    for (int turns = 0; turns < 64 && !c->closing && !c->broken; turns++) {
        ERR_clear_error();
        int n = SSL_read(c->ssl, bytes, sizeof(bytes));
        if (n > 0) {
            if (!c->protocol->read(c->state, bytes, (size_t)n))
                c->closing = true;
            if (c->out.len >= SIM_OUT_FULL * 4)
                break;
            continue;
        }
        int why = SSL_get_error(c->ssl, n);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            c->broken = true;
        break;
    }
    if (SSL_pending(c->ssl) > 0 && !c->closing)
        sim_conn_dirty(c);
    fill_and_send(c);
}

static void on_conn(void *ctx, int fd, unsigned events)
{
    struct sim_conn *c = ctx;
    (void)fd;
    (void)events;
    if (!sim_link_reads(c, serve))
        serve(c);
    else if (c->out.len && !c->held)
        sim_conn_dirty(c); /* it can be written again */
}

/* The first look at a connection, late when the server is slow at TLS. */
static void begin(void *ctx)
{
    struct sim_conn *c = ctx;
    c->held = NULL;
    if (!sim_link_reads(c, serve))
        serve(c);
    else
        want(c, false);
}

static void accept_one(struct sim_cluster *cl, int fd)
{
    struct sim *s = cl->sim;
    int on = 1;
    size_t n = 0;
    for (struct sim_conn *c = cl->conns; c; c = c->next)
        n++;
    SSL *ssl = n < CONNS_MAX ? SSL_new(sim_tls_context(s->tls, cl->faults.certificate)) : NULL;
    if (!ssl || SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    struct sim_conn *c = mem_new(struct sim_conn);
    *c = (struct sim_conn){.cluster = cl, .fd = fd, .ssl = ssl};
    c->opened_ms = loop_now_ms(s->loop);
    buf_init(&c->out, OUT_MAX);
    c->next = cl->conns;
    c->prev = &cl->conns;
    if (c->next)
        c->next->prev = &c->next;
    cl->conns = c;
    s->connections++;
    if (cl->faults.slow_tls_ms)
        c->held = loop_after(s->loop, cl->faults.slow_tls_ms, begin, c);
    else
        begin(c);
}

static void on_listen(void *ctx, int fd, unsigned events)
{
    (void)events;
    for (int i = 0; i < 64; i++) {
        int got = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (got < 0)
            return;
        accept_one(ctx, got);
    }
}

/* ---- clusters ---- */

int sim_cluster_listen(struct sim_cluster *c, struct err *e)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->port)};
    socklen_t len = sizeof(a);
    int on = 1;
    if (!inet_aton(c->sim->listen, &a.sin_addr))
        return err_set(e, ERR_USAGE, "%s is no IPv4 address", c->sim->listen);
    c->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->listen_fd < 0)
        return err_set_errno(e, errno, "cannot make a socket");
    setsockopt(c->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(c->listen_fd, (struct sockaddr *)&a, sizeof(a)) || listen(c->listen_fd, 128) ||
        getsockname(c->listen_fd, (struct sockaddr *)&a, &len))
        return err_set_errno(e, errno, "cannot listen");
    c->port = ntohs(a.sin_port);
    if (loop_watch_fd(c->sim->loop, c->listen_fd, LOOP_READ, on_listen, c))
        return err_set(e, ERR_IO, "cannot wait for connections");
    return 0;
}

void sim_cluster_close(struct sim_cluster *c)
{
    sim_cluster_reset(c);
    if (c->listen_fd >= 0) {
        loop_unwatch_fd(c->sim->loop, c->listen_fd);
        close(c->listen_fd);
        c->listen_fd = -1;
    }
}

void sim_cluster_reset(struct sim_cluster *c)
{
    while (c->conns)
        conn_free(c->conns, true);
}

/* A dark cluster's connections are reset; new ones are accepted by the kernel and never heard. */
void sim_cluster_dark(struct sim_cluster *c, bool dark)
{
    if (c->dark == dark)
        return;
    c->dark = dark;
    if (dark)
        sim_cluster_reset(c);
    if (c->listen_fd < 0)
        return; /* a test without sockets */
    if (dark)
        loop_unwatch_fd(c->sim->loop, c->listen_fd);
    else if (loop_watch_fd(c->sim->loop, c->listen_fd, LOOP_READ, on_listen, c))
        c->dark = true;
}

/* ---- the clock of it ---- */

static void on_tick(void *ctx)
{
    struct sim *s = ctx;
    int64_t now = loop_now_ms(s->loop);
    for (unsigned i = 0; i < s->clusters_len; i++) {
        struct sim_cluster *c = &s->clusters[i];
        if (c->watches)
            sim_watch_tick(c, now);
        if (c->definitions)
            sim_define_tick(c);
        if (c->live)
            sim_behave_tick(c);
        for (struct sim_conn *x = c->conns, *next; x; x = next) {
            next = x->next;
            if (!x->handshaken && now - x->opened_ms > HANDSHAKE_MS + c->faults.slow_tls_ms)
                conn_free(x, true);
        }
    }
    if (s->script)
        sim_script_tick(s->script);
    sim_script_asked(s);
    loop_after(s->loop, TICK_MS, on_tick, s);
}

/* ---- start and stop ---- */

static void *run(void *ctx)
{
    struct sim *s = ctx;
    loop_run(s->loop);
    return NULL;
}

static int base64_line(struct buf *b, const char *key, const struct buf *pem)
{
    buf_printf(b, "    %s: ", key);
    base64_encode(b, pem->data, pem->len);
    return buf_putc(b, '\n');
}

static int certificate_user(struct sim *s, struct buf *b, struct err *e)
{
    struct buf cert, key;
    buf_init(&cert, BUF_SMALL);
    buf_init(&key, BUF_SMALL);
    int rc = sim_tls_client(s->tls, "erik@acme.example", "acme:operators", &cert, &key, e);
    if (!rc) {
        base64_line(b, "client-certificate-data", &cert);
        base64_line(b, "client-key-data", &key);
    }
    buf_wipe(&key);
    buf_clear(&cert);
    return rc;
}

static void exec_user(struct sim *s, const struct sim_options *o, const char *cluster,
                      struct buf *b)
{
    buf_puts(b, "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: ");
    sim_json_text(b, o->exec_program);
    buf_printf(b,
               "\n      args: [sim, --issue-token, %s, --lifetime, %us]\n"
               "      env: [{name: LEEWAY_SIM_KEY, value: %s}]\n"
               "      interactiveMode: Never\n",
               cluster, o->token_seconds ? o->token_seconds : 600, s->login_key);
}

static int users(struct sim *s, struct buf *b, const struct sim_options *o, struct err *e)
{
    int rc = 0;
    buf_puts(b, "users:\n");
    for (unsigned i = 0; i < s->clusters_len && !rc; i++) {
        struct sim_cluster *c = &s->clusters[i];
        buf_printf(b, "- name: %s\n  user:\n", c->name);
        if (o->login == SIM_LOGIN_CERTIFICATE)
            rc = certificate_user(s, b, e);
        else if (o->login == SIM_LOGIN_EXEC)
            exec_user(s, o, c->name, b);
        else
            buf_printf(b, "    token: %s\n", c->token);
    }
    return rc;
}

static int write_kubeconfig(struct sim *s, const struct sim_options *o, struct err *e)
{
    struct buf b;
    struct buf pem = {.data = (char *)(uintptr_t)sim_tls_authority(s->tls),
                      .len = strlen(sim_tls_authority(s->tls))};
    buf_init(&b, BUF_LARGE);
    buf_puts(&b, "apiVersion: v1\nkind: Config\nclusters:\n");
    for (unsigned i = 0; i < s->clusters_len; i++) {
        buf_printf(&b, "- name: %s\n  cluster:\n    server: https://%s:%d\n", s->clusters[i].name,
                   s->listen, s->clusters[i].port);
        base64_line(&b, "certificate-authority-data", &pem);
    }
    buf_puts(&b, "contexts:\n");
    for (unsigned i = 0; i < s->clusters_len; i++)
        buf_printf(&b, "- name: %s\n  context: {cluster: %s, user: %s}\n", s->clusters[i].name,
                   s->clusters[i].name, s->clusters[i].name);
    int fd = -1, rc = users(s, &b, o, e);
    if (rc)
        goto out;
    buf_printf(&b, "current-context: %s\n", s->clusters[0].name);
    if (o->kubeconfig) {
        s->kubeconfig = mem_strdup(o->kubeconfig);
        fd = open(o->kubeconfig, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd >= 0 && fchmod(fd, 0600)) {
            close(fd);
            fd = -1;
        }
    } else {
        const char *dir = getenv("XDG_RUNTIME_DIR");
        s->kubeconfig = mem_printf("%s/leeway-sim-XXXXXX",
                                   dir && *dir && access(dir, W_OK) == 0 ? dir : "/tmp");
        fd = mkostemp(s->kubeconfig, O_CLOEXEC);
        s->kubeconfig_temporary = fd >= 0;
    }
    if (fd < 0) {
        rc = err_set_errno(e, errno, s->kubeconfig);
        goto out;
    }
    for (size_t at = 0; at < b.len && !rc;) {
        ssize_t n = write(fd, b.data + at, b.len - at);
        if (n < 0 && errno != EINTR)
            rc = err_set_errno(e, errno, s->kubeconfig);
        at += n > 0 ? (size_t)n : 0;
    }
    close(fd);
out:
    buf_wipe(&b);
    return rc;
}

static void raise_files(unsigned clusters)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        rlim_t need = 8u * clusters + 1024;
        r.rlim_cur = need > r.rlim_max ? r.rlim_max : (need > r.rlim_cur ? need : r.rlim_cur);
        setrlimit(RLIMIT_NOFILE, &r);
    }
}

static int clusters_open(struct sim *s, struct err *e)
{
    bool story = s->clusters_len <= sim_story_clusters_len;
    for (unsigned i = 0; i < s->clusters_len; i++) {
        struct sim_cluster *c = &s->clusters[i];
        c->sim = s;
        c->number = i;
        c->listen_fd = -1;
        c->faults = s->faults;
        c->random = s->seed * 0x9e3779b97f4a7c15u + i * 0x100000001b3u;
        c->version = 1000 + sim_random(c) % 100000;
        snprintf(c->token, sizeof(c->token), "sim-%016llx%016llx",
                 (unsigned long long)sim_random(c), (unsigned long long)sim_random(c));
        sim_fleet_name(c, story);
    }
    for (unsigned i = 0; i < s->clusters_len; i++) {
        int rc = sim_cluster_listen(&s->clusters[i], e);
        if (rc)
            return rc;
    }
    return 0;
}

struct sim *sim_start(const struct sim_options *o, struct err *e)
{
    unsigned n = o->clusters ? o->clusters : (unsigned)sim_story_clusters_len;
    if (n > SIM_MAX_CLUSTERS) {
        err_set(e, ERR_USAGE, "at most %u clusters can be simulated", SIM_MAX_CLUSTERS);
        return NULL;
    }
    struct sim *s = mem_new(struct sim);
    s->seed = o->seed ? o->seed : 1;
    s->speed_percent = o->speed_percent ? o->speed_percent : 100;
    s->faults = o->faults;
    if (o->login == SIM_LOGIN_EXEC) {
        char a[UUID_LEN + 1], b[UUID_LEN + 1];
        uuid_make(a);
        uuid_make(b);
        snprintf(s->login_key, sizeof(s->login_key), "%s%s", a, b);
    }
    s->bare = o->bare;
    s->quiet = o->scenario && !*o->scenario;
    s->listen = mem_strdup(o->listen ? o->listen : "127.0.0.1");
    s->clusters = mem_calloc(n, sizeof(*s->clusters));
    s->clusters_len = n;
    for (unsigned i = 0; i < n; i++)
        s->clusters[i].listen_fd = -1;
    raise_files(n);
    sigset_t all, old;
    pthread_t thread;
    s->loop = loop_new(clock_system(), e);
    s->started_ms = clock_boot_ms(clock_system());
    s->types = sim_types_new();
    if (!s->loop || !(s->tls = sim_tls_new(s->listen, e)) || clusters_open(s, e) ||
        write_kubeconfig(s, o, e))
        goto fail;
    if (!(o->scenario && !*o->scenario) && !(s->script = sim_script_new(s, o->scenario, e)))
        goto fail;
    if (s->script)
        sim_script_tick(s->script); /* what is at 0s is so from the beginning */
    loop_after(s->loop, TICK_MS, on_tick, s);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&thread, NULL, run, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc) {
        err_set_errno(e, rc, "cannot start the simulator's thread");
        goto fail;
    }
    s->thread = (unsigned long)thread;
    s->started = true;
    return s;
fail:
    sim_stop(s);
    return NULL;
}

void sim_stop(struct sim *s)
{
    if (!s)
        return;
    if (s->started) {
        loop_stop(s->loop);
        pthread_join((pthread_t)s->thread, NULL);
    }
    for (unsigned i = 0; i < s->clusters_len; i++) {
        if (s->clusters[i].sim)
            sim_cluster_close(&s->clusters[i]);
        sim_store_clear(&s->clusters[i]);
    }
    sim_script_free(s->script);
    sim_script_free(atomic_load(&s->asked));
    sim_patterns_free(s->patterns);
    sim_types_free(s->types);
    sim_tls_free(s->tls);
    loop_free(s->loop);
    if (s->kubeconfig_temporary)
        unlink(s->kubeconfig);
    mem_free(s->kubeconfig);
    mem_free(s->listen);
    mem_free(s->clusters);
    mem_free(s);
}

/* ---- asked from outside ---- */

const char *sim_kubeconfig_path(const struct sim *s)
{
    return s->kubeconfig;
}

unsigned sim_clusters(const struct sim *s)
{
    return s->clusters_len;
}

const char *sim_cluster_name(const struct sim *s, unsigned i)
{
    return i < s->clusters_len ? s->clusters[i].name : NULL;
}

int sim_cluster_port(const struct sim *s, unsigned i)
{
    return i < s->clusters_len ? s->clusters[i].port : -1;
}

void sim_stats(const struct sim *s, struct sim_stats *out)
{
    *out = (struct sim_stats){s->connections, s->requests, s->events, s->watches};
}
