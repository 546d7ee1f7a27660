// SPDX-License-Identifier: Apache-2.0
/*
 * The resolver. Loop side: a table of names, each with its answer, its failures and who waits for
 * it. Thread side: a list of names to look up and one of answers, under one lock, in a struct that
 * both sides share by counting: whoever leaves last frees it. Threads start with the first name,
 * and more of them while names hang.
 */
#include "kube/resolver.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ADDRESSES_MAX = 1024,
    NAME_MAX_BYTES = 253,
    NAMES_MAX = 16384,
    FAILED_MAX_MS = 60000,
    STUCK_MS = 500, /* names wait and no thread came back for so long: they hang, more are made */
    THREADS_MAX = 64,
};

struct job {
    struct job *next;
    char *host;
    int result; /* EAI_ code */
    char addresses[ADDRESSES_MAX];
};

struct shared {
    pthread_mutex_t lock;
    pthread_cond_t some;
    unsigned refs;          /* threads, and the loop side */
    unsigned threads, keep; /* how many there are; above keep they leave when nothing is to do */
    bool closing;
    struct job *todo, **todo_end, *done;
    int wake_fd;
    int (*look)(void *ctx, const char *host, char *out, size_t size);
    void *look_ctx;
};

struct kube_lookup {
    struct kube_lookup *next, **at;
    struct name *name;
    kube_resolve_fn *fn;
    void *ctx;
};

struct name {
    char *host;
    char *addresses;  /* NULL: none, or none any more */
    int64_t until_ms; /* of addresses, or of the failure */
    char text[160];   /* of the failure */
    unsigned failures;
    bool asked; /* a thread has it */
    struct kube_lookup *waiting;
    struct loop_timer *answer; /* what is known goes to those that wait */
};

struct kube_resolver {
    struct kube_resolver_options o;
    struct shared *shared;
    struct strmap names;
    size_t waiting;
    struct loop_timer *stuck;
    bool moved; /* an answer came since stuck was set */
};

/* ---- threads ---- */

static int look_up(void *ctx, const char *host, char *out, size_t size)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *all = NULL;
    int r = getaddrinfo(host, NULL, &hints, &all);
    if (r != 0)
        return r;
    size_t len = 0;
    out[0] = '\0';
    for (struct addrinfo *a = all; a; a = a->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST))
            continue;
        if (len + strlen(text) + 2 > size)
            break;
        len += (size_t)snprintf(out + len, size - len, "%s%s", len ? "," : "", text);
    }
    freeaddrinfo(all);
    return len ? 0 : EAI_NONAME;
}

static void leave(struct shared *s) /* with the lock held, which it gives back */
{
    bool last = --s->refs == 0;
    pthread_mutex_unlock(&s->lock);
    if (!last)
        return;
    for (struct job *j; (j = s->todo);) {
        s->todo = j->next;
        mem_free(j->host);
        mem_free(j);
    }
    for (struct job *j; (j = s->done);) {
        s->done = j->next;
        mem_free(j->host);
        mem_free(j);
    }
    close(s->wake_fd);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->some);
    mem_free(s);
}

static void *run(void *ctx)
{
    struct shared *s = ctx;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->todo && !s->closing && s->threads <= s->keep)
            pthread_cond_wait(&s->some, &s->lock);
        if (s->closing || !s->todo)
            break;
        struct job *j = s->todo;
        s->todo = j->next;
        if (!s->todo)
            s->todo_end = &s->todo;
        pthread_mutex_unlock(&s->lock);
        j->result = s->look(s->look_ctx, j->host, j->addresses, sizeof(j->addresses));
        pthread_mutex_lock(&s->lock);
        j->next = s->done;
        s->done = j;
        uint64_t one = 1;
        ssize_t w = write(s->wake_fd, &one, sizeof(one));
        (void)w;
    }
    s->threads--;
    leave(s);
    return NULL;
}

/* False: there is not a single one. */
static bool start_threads(struct kube_resolver *r, unsigned more)
{
    struct shared *s = r->shared;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 256 * 1024);
    pthread_mutex_lock(&s->lock);
    for (; more && s->threads < THREADS_MAX; more--) {
        pthread_t thread;
        if (pthread_create(&thread, &attr, run, s) != 0)
            break;
        s->refs++;
        s->threads++;
    }
    bool some = s->threads > 0;
    pthread_mutex_unlock(&s->lock);
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return some;
}

/* A name whose servers are silent holds its thread for half a minute. Other names do not wait for
 * it: the threads double while nothing moves. */
static void on_stuck(void *ctx)
{
    struct kube_resolver *r = ctx;
    r->stuck = NULL;
    if (!r->waiting)
        return;
    pthread_mutex_lock(&r->shared->lock);
    bool queued = r->shared->todo != NULL;
    unsigned threads = r->shared->threads;
    pthread_mutex_unlock(&r->shared->lock);
    if (queued && !r->moved)
        start_threads(r, threads);
    r->moved = false;
    r->stuck = loop_after(r->o.loop, STUCK_MS, on_stuck, r);
}

/* ---- the loop's side ---- */

static void unlink_lookup(struct kube_lookup *l)
{
    *l->at = l->next;
    if (l->next)
        l->next->at = l->at;
}

static void on_answer(void *ctx)
{
    struct name *n = ctx;
    n->answer = NULL;
    /* Whoever joins while these are called waits for the next round. */
    struct kube_lookup *list = n->waiting;
    n->waiting = NULL;
    if (list)
        list->at = &list;
    char *addresses = n->addresses ? mem_strdup(n->addresses) : NULL;
    char *text = mem_strdup(n->text);
    while (list) {
        struct kube_lookup *l = list;
        unlink_lookup(l);
        kube_resolve_fn *fn = l->fn;
        void *fn_ctx = l->ctx;
        mem_free(l);
        fn(fn_ctx, addresses, addresses ? NULL : text);
    }
    mem_free(addresses);
    mem_free(text);
}

static void settle(struct kube_resolver *r, struct job *j)
{
    struct name *n = strmap_get(&r->names, j->host);
    int64_t now = clock_boot_ms(r->o.clock);
    n->asked = false;
    mem_free(n->addresses);
    n->addresses = NULL;
    if (j->result == 0) {
        /* IPv6 in brackets. */
        struct buf b;
        buf_init(&b, 2 * ADDRESSES_MAX);
        char *save = NULL;
        for (char *a = strtok_r(j->addresses, ",", &save); a; a = strtok_r(NULL, ",", &save))
            buf_printf(&b, strchr(a, ':') ? "%s[%s]" : "%s%s", b.len ? "," : "", a);
        n->addresses = buf_take(&b);
        n->until_ms = now + r->o.keep_ms;
        n->failures = 0;
    } else {
        snprintf(n->text, sizeof(n->text), "%s", gai_strerror(j->result));
        int64_t wait = r->o.keep_failed_ms << (n->failures < 10 ? n->failures : 10);
        n->until_ms = now + (wait > FAILED_MAX_MS ? FAILED_MAX_MS : wait);
        n->failures++;
    }
    if (n->waiting && !n->answer)
        n->answer = loop_after(r->o.loop, 0, on_answer, n);
}

static void on_wake(void *ctx, int fd, unsigned events)
{
    struct kube_resolver *r = ctx;
    uint64_t n;
    ssize_t got = read(fd, &n, sizeof(n));
    (void)got;
    pthread_mutex_lock(&r->shared->lock);
    struct job *list = r->shared->done;
    r->shared->done = NULL;
    pthread_mutex_unlock(&r->shared->lock);
    for (struct job *j; (j = list);) {
        list = j->next;
        r->waiting--;
        r->moved = true;
        settle(r, j);
        mem_free(j->host);
        mem_free(j);
    }
}

struct kube_resolver *kube_resolver_new(const struct kube_resolver_options *o, struct err *e)
{
    struct kube_resolver *r = mem_new(struct kube_resolver);
    r->o = *o;
    r->o.threads = o->threads ? o->threads : 4;
    r->o.max_waiting = o->max_waiting ? o->max_waiting : 4096;
    r->o.keep_ms = o->keep_ms ? o->keep_ms : 60000;
    r->o.keep_failed_ms = o->keep_failed_ms ? o->keep_failed_ms : 1000;
    struct shared *s = r->shared = mem_new(struct shared);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->some, NULL);
    s->refs = 1;
    s->todo_end = &s->todo;
    s->keep = r->o.threads;
    s->look = o->look ? o->look : look_up;
    s->look_ctx = o->look_ctx;
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wake_fd < 0) {
        err_set_errno(e, errno, "eventfd");
        pthread_mutex_destroy(&s->lock);
        pthread_cond_destroy(&s->some);
        mem_free(s);
        mem_free(r);
        return NULL;
    }
    loop_watch_fd(o->loop, s->wake_fd, LOOP_READ, on_wake, r);
    return r;
}

static void name_free(struct kube_resolver *r, struct name *n)
{
    loop_cancel_timer(r->o.loop, n->answer);
    for (struct kube_lookup *l; (l = n->waiting);) {
        n->waiting = l->next;
        mem_free(l);
    }
    mem_free(n->host);
    mem_free(n->addresses);
    mem_free(n);
}

void kube_resolver_free(struct kube_resolver *r)
{
    if (!r)
        return;
    loop_unwatch_fd(r->o.loop, r->shared->wake_fd);
    loop_cancel_timer(r->o.loop, r->stuck);
    const struct strmap_entry *e;
    for (size_t i = 0; (e = strmap_next(&r->names, &i));)
        name_free(r, e->value);
    strmap_clear(&r->names);
    pthread_mutex_lock(&r->shared->lock);
    r->shared->closing = true;
    pthread_cond_broadcast(&r->shared->some);
    leave(r->shared);
    mem_free(r);
}

static bool fresh(struct kube_resolver *r, const struct name *n)
{
    return clock_boot_ms(r->o.clock) < n->until_ms;
}

/* Forgets names nobody waits for; called when there are too many. */
static void prune(struct kube_resolver *r)
{
    const struct strmap_entry *e;
    for (size_t i = 0; (e = strmap_next(&r->names, &i));) {
        struct name *n = e->value;
        if (n->waiting || n->asked || fresh(r, n))
            continue;
        strmap_remove(&r->names, n->host);
        name_free(r, n);
    }
}

static struct name *name_get(struct kube_resolver *r, const char *host)
{
    struct name *n = strmap_get(&r->names, host);
    if (n)
        return n;
    if (r->names.count >= NAMES_MAX)
        prune(r);
    n = mem_new(struct name);
    n->host = mem_strdup(host);
    strmap_set(&r->names, host, n);
    return n;
}

static bool ask(struct kube_resolver *r, struct name *n)
{
    if (r->waiting >= r->o.max_waiting)
        return false;
    if (!r->waiting && !start_threads(r, 0) && !start_threads(r, r->o.threads))
        return false;
    if (!r->stuck) {
        r->moved = false;
        r->stuck = loop_after(r->o.loop, STUCK_MS, on_stuck, r);
    }
    struct job *j = mem_new(struct job);
    j->host = mem_strdup(n->host);
    n->asked = true;
    r->waiting++;
    pthread_mutex_lock(&r->shared->lock);
    if (!r->shared->todo)
        r->shared->todo_end = &r->shared->todo;
    *r->shared->todo_end = j;
    r->shared->todo_end = &j->next;
    pthread_cond_signal(&r->shared->some);
    pthread_mutex_unlock(&r->shared->lock);
    return true;
}

struct kube_lookup *kube_resolve(struct kube_resolver *r, const char *host, kube_resolve_fn *fn,
                                 void *ctx)
{
    struct name *n = name_get(r, host);
    struct kube_lookup *l = mem_new(struct kube_lookup);
    *l = (struct kube_lookup){n->waiting, &n->waiting, n, fn, ctx};
    if (l->next)
        l->next->at = &l->next;
    n->waiting = l;
    if (n->asked || n->answer)
        return l;
    if (fresh(r, n)) {
        n->answer = loop_after(r->o.loop, 0, on_answer, n); /* a good one, or a recent failure */
        return l;
    }
    bool fine = strlen(host) <= NAME_MAX_BYTES;
    if (!fine || !ask(r, n)) {
        mem_free(n->addresses);
        n->addresses = NULL;
        snprintf(n->text, sizeof(n->text), "%s",
                 fine ? "too many names are being looked up" : "the name is too long");
        n->answer = loop_after(r->o.loop, 0, on_answer, n);
    }
    return l;
}

void kube_resolve_cancel(struct kube_resolver *r, struct kube_lookup *l)
{
    if (!l)
        return;
    unlink_lookup(l);
    mem_free(l);
}

const char *kube_resolve_cached(struct kube_resolver *r, const char *host)
{
    struct name *n = strmap_get(&r->names, host);
    return n && n->addresses && fresh(r, n) ? n->addresses : NULL;
}

void kube_resolve_forget(struct kube_resolver *r, const char *host)
{
    struct name *n = strmap_get(&r->names, host);
    if (n && n->addresses)
        n->until_ms = 0;
}

bool kube_is_literal_address(const char *host)
{
    unsigned char out[sizeof(struct in6_addr)];
    char bare[80];
    size_t len = strlen(host);
    if (inet_pton(AF_INET, host, out) == 1)
        return true;
    if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (len >= sizeof(bare))
        return false;
    memcpy(bare, host, len);
    bare[len] = '\0';
    char *zone = strchr(bare, '%');
    if (zone)
        *zone = '\0';
    return inet_pton(AF_INET6, bare, out) == 1;
}
