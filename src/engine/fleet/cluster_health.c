// SPDX-License-Identifier: Apache-2.0
/*
 * What holds and what does not: the list of conditions, and the state and reason made of it. A
 * condition that could not be read stays in the list as unknown with the reason; a fact that is
 * only to be known (end of support, a certificate far off) is advice and is no state.
 */
#include "engine/drift/managed.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster_int.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    DAY_MS = 86400000,
    CERT_WARN_DAYS = 14,
    SKEW_MINORS = 3, /* kubelets may be that much older than the API server */
    CONDITIONS_MAX = 16,
};

struct list {
    const struct cluster *c;
    struct arena *a;
    struct leeway_condition *items;
    size_t len;
    int64_t now_ms;
};

static struct leeway_condition *add(struct list *l, const char *name, enum leeway_state state)
{
    struct leeway_condition *x = &l->items[l->len++];
    *x = (struct leeway_condition){.state = state, .name = text_cstr(l->a, name)};
    x->now = x->says = TEXT_NONE;
    return x;
}

/* Not read: false after the row that says why. */
static bool is_known(struct list *l, const char *name, const struct cluster_answer *a)
{
    if (a->known)
        return true;
    struct leeway_condition *x = add(l, name, LEEWAY_UNKNOWN);
    x->now = TEXT("?");
    x->says = a->asked ? text_fmt(l->a, "%s: %s", name, a->why ? a->why : "no answer")
                       : TEXT("not asked yet");
    x->since_ms = a->at_ms;
    return false;
}

static struct text day(struct arena *a, int64_t wall_ms)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;
    if (!gmtime_r(&t, &tm))
        return TEXT_NONE;
    return text_fmt(a, "%d %s %d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900);
}

static long days_left(const struct list *l, int64_t wall_ms)
{
    int64_t ms = wall_ms - l->now_ms;
    return (long)(ms >= 0 ? ms / DAY_MS : -((-ms + DAY_MS - 1) / DAY_MS));
}

/* ---- nodes ---- */

static void nodes_ready(struct list *l)
{
    const struct cluster *c = l->c;
    if (!is_known(l, "nodes ready", &c->nodes_answer))
        return;
    size_t ready = 0;
    const struct cluster_node *bad = NULL;
    int64_t since = 0;
    for (size_t i = 0; i < c->nodes.len; i++) {
        const struct cluster_node *n = &c->nodes.items[i];
        ready += n->ready;
        if (!n->ready && (!bad || n->since_ms < bad->since_ms))
            bad = n;
        if (n->ready && n->since_ms > since)
            since = n->since_ms;
    }
    size_t total = c->nodes.len;
    struct leeway_condition *x = add(l, "nodes ready", LEEWAY_OK);
    if (!total) {
        x->state = LEEWAY_DEGRADED;
        x->now = TEXT("no nodes");
        x->says = TEXT("nothing can run here");
        return;
    }
    x->now = text_fmt(l->a, "%zu of %zu", ready, total);
    x->since_ms = bad ? bad->since_ms : since;
    if (!bad)
        return;
    x->state = ready ? LEEWAY_DEGRADED : LEEWAY_FAILED;
    x->says = text_fmt(l->a, "%s: %s", bad->name, bad->reason);
}

static const struct {
    unsigned bit;
    const char *word;
} pressures[] = {
    {NODE_PRESSURE_MEMORY, "memory"},
    {NODE_PRESSURE_DISK, "disk"},
    {NODE_PRESSURE_PID, "processes"},
    {NODE_NETWORK_UNAVAILABLE, "network"},
};

static void node_pressure(struct list *l)
{
    const struct cluster *c = l->c;
    if (!c->nodes_answer.known)
        return; /* said once, by the row above */
    size_t n = 0;
    unsigned bits = 0;
    const char *first = NULL;
    for (size_t i = 0; i < c->nodes.len; i++)
        if (c->nodes.items[i].pressure) {
            n++;
            bits |= c->nodes.items[i].pressure;
            if (!first)
                first = c->nodes.items[i].name;
        }
    struct leeway_condition *x = add(l, "node pressure", n ? LEEWAY_DEGRADED : LEEWAY_OK);
    x->now = n ? text_count(l->a, (long)n, "node", "nodes") : TEXT("none");
    struct buf words;
    buf_init(&words, 256);
    for (size_t i = 0; i < ARRAY_LEN(pressures); i++)
        if (bits & pressures[i].bit)
            (void)buf_printf(&words, "%s%s", words.len ? ", " : "", pressures[i].word);
    if (n)
        x->says = text_fmt(l->a, "%s: %s", first, buf_str(&words));
    buf_clear(&words);
}

static void pods_without_node(struct list *l)
{
    const struct cluster *c = l->c;
    if (!is_known(l, "pods without a node", &c->unplaced_answer))
        return;
    struct leeway_condition *x =
        add(l, "pods without a node", c->unplaced ? LEEWAY_DEGRADED : LEEWAY_OK);
    x->now = c->unplaced ? text_fmt(l->a, "%" PRId64, c->unplaced) : TEXT("none");
    x->since_ms = c->unplaced_since_ms;
    x->says = text_cstr(l->a, c->unplaced_says);
}

/* ---- the API server ---- */

static void answers(struct list *l)
{
    const struct cluster *c = l->c;
    struct kube_cluster_stats stats;
    struct leeway_condition *x = add(l, "answers", LEEWAY_OK);
    kube_cluster_stats(c->kube, &stats);
    x->now =
        stats.latency_ms >= 0 ? text_fmt(l->a, "%" PRId64 " ms", stats.latency_ms) : TEXT("yes");
    uint32_t watches, current;
    managed_count(c, &watches, &current);
    x->since_ms = c->since_ms;
    if (c->reach == LEEWAY_REACH_STALE) {
        x->state = LEEWAY_UNKNOWN;
        x->now = TEXT("behind");
    }
    x->says = watches == current
                  ? text_fmt(l->a, "%u watch%s, all current", watches, watches == 1 ? "" : "es")
                  : text_fmt(l->a, "%u of %u watches are current", current, watches);
}

static void readyz(struct list *l)
{
    const struct cluster *c = l->c;
    if (!is_known(l, "/readyz", &c->ready_answer))
        return;
    struct leeway_condition *x = add(l, "/readyz", c->ready ? LEEWAY_OK : LEEWAY_DEGRADED);
    x->now = c->ready ? TEXT("ok") : TEXT("failed");
    x->since_ms = c->ready_since_ms;
    if (!c->ready)
        x->says = text_fmt(l->a, "checks that fail: %s",
                           *c->ready_failed ? c->ready_failed : "not said which");
}

/* ---- versions ---- */

/* The minor of "v1.35.4-eks-1"; -1: none. */
static int minor_of(const char *version)
{
    int minor = 0;
    if (strncmp(version, "v1.", 3) != 0 || version[3] < '0' || version[3] > '9')
        return -1;
    for (const char *s = version + 3; *s >= '0' && *s <= '9' && minor < 1000; s++)
        minor = minor * 10 + (*s - '0');
    return minor;
}

static void version_skew(struct list *l)
{
    const struct cluster *c = l->c;
    if (!c->nodes_answer.known || c->minor < 0 || !c->nodes.len)
        return;
    int oldest = c->minor, newest = -1;
    const struct cluster_node *low = NULL, *high = NULL;
    for (size_t i = 0; i < c->nodes.len; i++) {
        int m = minor_of(c->nodes.items[i].version);
        if (m < 0)
            continue;
        if (!low || m < oldest) {
            oldest = m;
            low = &c->nodes.items[i];
        }
        if (m > newest) {
            newest = m;
            high = &c->nodes.items[i];
        }
    }
    if (!low)
        return;
    struct leeway_condition *x = add(l, "version skew", LEEWAY_OK);
    const struct cluster_node *odd = newest > c->minor ? high : low;
    int minors = newest > c->minor ? newest - c->minor : c->minor - oldest;
    x->now = minors ? text_count(l->a, minors, "minor", "minors") : TEXT("none");
    x->says = text_fmt(l->a, "%s %s, API server %s", minors ? odd->name : "kubelets",
                       odd->version[0] == 'v' ? odd->version + 1 : odd->version, c->kubernetes);
    if (newest > c->minor || minors > SKEW_MINORS) {
        x->state = LEEWAY_DEGRADED;
        x->says = text_fmt(l->a, "%s; %s is allowed", x->says.str,
                           newest > c->minor ? "no newer kubelet" : "at most 3 older");
    }
}

static void support(struct list *l)
{
    const struct cluster *c = l->c;
    int64_t end = cluster_support_end(c->major, c->minor);
    if (!end)
        return;
    char name[48];
    snprintf(name, sizeof(name), "support of %d.%d", c->major, c->minor);
    long left = days_left(l, end);
    struct leeway_condition *x = add(l, name, left < 0 ? LEEWAY_DEGRADED : LEEWAY_OK);
    x->advice = true;
    if (left < 0) {
        x->now = TEXT("past end of life");
        x->since_ms = end;
        x->says = text_fmt(l->a, "ended %s", day(l->a, end).str);
    } else {
        x->now = text_fmt(l->a, "%ld d left", left);
        x->says = text_fmt(l->a, "ends %s", day(l->a, end).str);
    }
}

static void certificates(struct list *l)
{
    const struct cluster *c = l->c;
    int64_t server = c->cert_not_after_ms, client = c->client_cert_not_after_ms;
    if (!server && !client)
        return;
    bool is_client = client && (!server || client < server);
    int64_t end = is_client ? client : server;
    long left = days_left(l, end);
    bool soon = left < CERT_WARN_DAYS;
    struct leeway_condition *x = add(l, "certificates", soon ? LEEWAY_DEGRADED : LEEWAY_OK);
    x->advice = !soon;
    x->now = left < 0 ? TEXT("ended") : text_fmt(l->a, "%ld d left", left);
    x->says = text_fmt(l->a, "%s until %s", is_client ? "your certificate" : "API server",
                       day(l->a, end).str);
}

static void rights(struct list *l)
{
    const struct cluster *c = l->c;
    if (!is_known(l, "your rights", &c->rights_answer))
        return;
    struct leeway_condition *x = add(l, "your rights", LEEWAY_OK);
    x->advice = true;
    x->since_ms = c->rights_answer.at_ms;
    if (c->may_apply)
        x->now = TEXT("may apply");
    else if (c->may_apply_here)
        x->now = text_fmt(l->a, "may apply in %s", c->route->access.namespace_);
    else
        x->now = TEXT("may look");
    if (*c->identity)
        x->says = text_fmt(l->a, "as %s", c->identity);
}

/* ---- the list ---- */

static bool is_worse(const struct leeway_condition *x, const struct leeway_condition *y)
{
    enum leeway_state a = x->advice ? LEEWAY_OK : x->state, b = y->advice ? LEEWAY_OK : y->state;
    return a < b;
}

size_t cluster_conditions(const struct cluster *c, struct arena *a, struct leeway_condition **out)
{
    struct list l = {.c = c, .a = a, .now_ms = engine_wall_ms(c->engine)};
    l.items = arena_array(a, CONDITIONS_MAX, sizeof(*l.items));
    *out = l.items;
    if (!cluster_is_up(c)) {
        if (!*c->reason)
            return 0;
        struct leeway_condition *x = add(&l, "answers", LEEWAY_UNKNOWN);
        x->now = TEXT("no");
        x->since_ms = c->since_ms;
        x->says = text_cstr(a, c->reason);
        return l.len;
    }
    static void (*const all[])(struct list *) = {
        nodes_ready,  pods_without_node, answers,      readyz, node_pressure,
        version_skew, support,           certificates, rights,
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        all[i](&l);
    for (size_t i = 1; i < l.len; i++) { /* stable: the order above within a state */
        struct leeway_condition x = l.items[i];
        size_t k = i;
        for (; k && is_worse(&x, &l.items[k - 1]); k--)
            l.items[k] = l.items[k - 1];
        l.items[k] = x;
    }
    return l.len;
}

/* ---- the reason by which clusters fold ---- */

/* "10.8.3.4" → "10.8.0.0/16", "api.eu.acme.example" → "*.eu.acme.example". */
static char *host_family(const char *host)
{
    struct in_addr v4;
    if (inet_pton(AF_INET, host, &v4) == 1) {
        uint32_t n = ntohl(v4.s_addr);
        return mem_printf("%u.%u.0.0/16", n >> 24, n >> 16 & 255);
    }
    const char *dot = strchr(host, '.');
    if (dot && strchr(dot + 1, '.'))
        return mem_printf("*%s", dot);
    return mem_strdup(host);
}

/* reason with every occurrence of what (and a port behind it) replaced. */
static char *replace_all(char *text, const char *what, const char *with, bool port)
{
    if (!*what || !strstr(text, what))
        return text;
    struct buf out;
    buf_init(&out, BUF_SMALL);
    for (const char *s = text; *s;) {
        const char *at = strstr(s, what);
        if (!at) {
            (void)buf_puts(&out, s);
            break;
        }
        (void)buf_add(&out, s, (size_t)(at - s));
        (void)buf_puts(&out, with);
        s = at + strlen(what);
        if (port && *s == ':')
            s += 1 + strspn(s + 1, "0123456789");
    }
    mem_free(text);
    return buf_take(&out);
}

/* ---- what the library says, in words for people ---- */

/* The number behind prefix in text; -1: it is not there. */
static long number_after(const char *text, const char *prefix)
{
    const char *at = strstr(text, prefix);
    if (!at || at[strlen(prefix)] < '0' || at[strlen(prefix)] > '9')
        return -1;
    long n = 0;
    for (at += strlen(prefix); *at >= '0' && *at <= '9' && n < 100000000; at++)
        n = n * 10 + (*at - '0');
    return n;
}

char *cluster_plain_reason(const struct cluster *c, const char *text)
{
    const char *server = c->route->access.server ? c->route->access.server : "";
    const char *host = strstr(server, "://") ? strstr(server, "://") + 3 : server;
    int len = (int)strcspn(host, "/");
    long ms = number_after(text, "timed out after ");
    if (ms >= 0)
        return mem_printf("connect timeout after %ld s: %.*s", (ms + 500) / 1000, len, host);
    if (strncmp(text, "Failed to connect to ", 21) == 0)
        return mem_printf("no connection: %.*s", len, host);
    if (strncmp(text, "Could not resolve host", 22) == 0)
        return mem_printf("name not found: %.*s", (int)strcspn(host, ":/"), host);
    return mem_strdup(text);
}

char *cluster_reason_key(const struct cluster *c, const char *reason)
{
    const char *server = c->route->access.server;
    char *key = mem_strdup(reason);
    if (server) {
        const char *host = strstr(server, "://");
        host = host ? host + 3 : server;
        char *name = mem_strndup(host, strcspn(host, host[0] == '[' ? "]" : ":/"));
        const char *bare = name[0] == '[' ? name + 1 : name;
        char *family = host_family(bare);
        key = replace_all(key, bare, family, true);
        mem_free(family);
        mem_free(name);
    }
    return replace_all(key, c->name, "*", false);
}

/* ---- the state ---- */

struct verdict {
    enum leeway_state state;
    char *reason, *key, *detail; /* owned; NULL: none */
    int64_t since_ms;
};

static void judge_conditions(const struct cluster *c, struct verdict *v)
{
    struct arena a;
    struct leeway_condition *list;
    arena_init(&a);
    size_t n = cluster_conditions(c, &a, &list);
    for (size_t i = 0; i < n; i++) {
        const struct leeway_condition *x = &list[i];
        if (x->advice || x->state >= v->state)
            continue;
        /* What may not be read is said in its row; the cluster is not unwell for it. */
        if (x->state == LEEWAY_UNKNOWN && c->reach == LEEWAY_REACH_OK)
            continue;
        v->state = x->state;
        v->since_ms = x->since_ms;
        mem_free(v->reason);
        mem_free(v->key);
        mem_free(v->detail);
        if (strcmp(x->name.str, "nodes ready") != 0)
            v->reason = mem_printf("%s: %s", x->name.str, x->now.str);
        else if (c->nodes.len)
            v->reason = mem_printf("%s nodes ready", x->now.str);
        else
            v->reason = mem_strdup(x->now.str);
        v->key = mem_strdup(v->reason);
        v->detail = mem_strdup(x->says.str);
    }
    arena_clear(&a);
}

static void judge_targets(const struct cluster *c, struct verdict *v)
{
    for (size_t i = 0; i < c->targets.len; i++) {
        const struct target *t = c->targets.items[i];
        enum leeway_state s = target_state(t);
        if (s >= v->state)
            continue;
        v->state = s;
        v->since_ms = t->since_ms;
        mem_free(v->reason);
        mem_free(v->key);
        mem_free(v->detail);
        v->reason = s == LEEWAY_DRIFT
                        ? mem_printf("%d unexpected", c->drift_unexpected)
                        : mem_printf("%s %s%s%s", t->environment->name, leeway_state_word(s),
                                     *t->reason ? ": " : "", t->reason);
        v->key = mem_strdup(v->reason);
        v->detail = mem_printf("%s: %s", t->environment->name,
                               *t->reason ? t->reason : leeway_state_word(s));
    }
    if (c->changing && v->state > LEEWAY_CHANGING) {
        v->state = LEEWAY_CHANGING;
        mem_free(v->reason);
        mem_free(v->key);
        mem_free(v->detail);
        v->reason = mem_strdup(c->changing);
        v->key = mem_strdup(c->changing);
        v->detail = NULL;
    }
}

static void count_drift(struct cluster *c)
{
    c->drift_unexpected = 0;
    for (size_t i = 0; i < c->targets.len; i++)
        c->drift_unexpected += c->targets.items[i]->drift[LEEWAY_VERDICT_UNEXPECTED];
}

static void take(char **to, char *from)
{
    mem_free(*to);
    *to = from ? from : mem_strdup("");
}

void cluster_judge(struct cluster *c)
{
    struct engine *e = c->engine;
    enum leeway_state before = c->state;
    struct verdict v = {.state = LEEWAY_UNKNOWN};
    count_drift(c);
    if (cluster_is_up(c)) { /* otherwise reason and detail were set with the reach */
        v.state = LEEWAY_OK;
        judge_conditions(c, &v);
        judge_targets(c, &v);
        take(&c->reason, v.reason);
        take(&c->reason_key, v.key);
        take(&c->reason_detail, v.detail);
    }
    c->state = v.state;
    if (v.since_ms)
        c->since_ms = v.since_ms;
    else if (c->state != before || !c->since_ms)
        c->since_ms = engine_wall_ms(e);
    if (c->reach == LEEWAY_REACH_WAITING || c->reach == LEEWAY_REACH_CONNECTING ||
        c->index == CLUSTER_NO_ROW)
        return;
    bool first = !c->told;
    c->told = true;
    if (first ? c->state == LEEWAY_OK : c->state == before)
        return;
    if (c->state == LEEWAY_OK)
        engine_message(e, LEEWAY_OK, c->name, NULL, "ok again");
    else if (c->state != LEEWAY_CHANGING && c->state != LEEWAY_DRIFT)
        engine_message(e, c->state, c->name, c->reason_detail, "%s", c->reason);
}
