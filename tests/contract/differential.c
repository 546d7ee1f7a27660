// SPDX-License-Identifier: Apache-2.0
/*
 * Random histories of writes by several managers, run against two API servers in step: what one
 * answers the other has to answer. Compared are status codes and messages, objects with their
 * managedFields (uids, versions and times apart), whether a write changed the version at all, and
 * at the end of each history the events a watch saw. A real server now and then writes an object
 * again that no client can tell from what it was (its bytes in the store are others); that is
 * counted and is no difference. The seed is printed; the same seed gives the same history.
 *
 *   differential [--seed N] [--histories N] [--steps N] [--only N] [--verbose] [--keep-going]
 *       URL,TOKEN URL,TOKEN
 */
#include "base/vec.h"
#include "data/diff.h"
#include "data/json.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SERVERS = 2, MAX_TEXT = 1 << 22 };

struct server {
    char *url, *authorization;
    CURL *curl;
};

struct answer {
    long status;
    struct buf body;
    const struct val *v;
};

struct run {
    struct server servers[SERVERS];
    struct answer answers[SERVERS];
    struct val_pool pool;
    uint64_t random, seed;
    char ns[60];
    char versions[SERVERS][40]; /* of the object after the last write; "" when there is none */
    char began[SERVERS][40];    /* where the history's watch begins */
    const struct kind *kind;
    bool odd;               /* quantities in odd forms */
    bool rewrites;          /* the real server wrote what nobody sees: its events are more */
    const struct val *last; /* what the first server has, without its version */
    bool verbose;           /* every request */
    unsigned only;          /* this history alone; 0: all, else its number and one */
    size_t checks, differences, rewritten;
    unsigned step;
    char what[200];
};

struct run;

struct kind {
    const char *api, *kind, *path; /* below the namespace */
    bool scale, status;
    void (*body)(struct run *r, struct buf *b);
};

/* ---- chance ---- */

static uint64_t draw(struct run *r)
{
    uint64_t z = (r->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static unsigned below(struct run *r, unsigned n)
{
    return (unsigned)(draw(r) % n);
}

static bool chance(struct run *r, unsigned percent)
{
    return below(r, 100) < percent;
}

#define PICK(r, ...)                                                                               \
    ((const char *const[]){__VA_ARGS__}[below(                                                     \
        r, (unsigned)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))])

/* ---- requests ---- */

static size_t take(char *data, size_t size, size_t n, void *ctx)
{
    return buf_add(ctx, data, size * n) ? 0 : size * n;
}

static void send_one(struct run *r, int s, const char *method, const char *path, const char *type,
                     const char *body)
{
    struct server *to = &r->servers[s];
    struct answer *a = &r->answers[s];
    struct curl_slist *headers = curl_slist_append(NULL, to->authorization);
    char line[200], *url = NULL;
    snprintf(line, sizeof(line), "Content-Type: %s", type);
    headers = curl_slist_append(headers, line);
    headers = curl_slist_append(headers, "Accept: application/json");
    if (asprintf(&url, "%s%s", to->url, path) < 0)
        abort();
    buf_reset(&a->body);
    curl_easy_reset(to->curl);
    curl_easy_setopt(to->curl, CURLOPT_URL, url);
    curl_easy_setopt(to->curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(to->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(to->curl, CURLOPT_SSL_VERIFYPEER, 0L); /* loopback, and a CA of the moment */
    curl_easy_setopt(to->curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(to->curl, CURLOPT_USERAGENT, "differential/1");
    curl_easy_setopt(to->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(to->curl, CURLOPT_WRITEDATA, &a->body);
    curl_easy_setopt(to->curl, CURLOPT_TIMEOUT, 30L);
    if (body) {
        curl_easy_setopt(to->curl, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(to->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    }
    bool watch = strstr(path, "?watch=1") != NULL; /* all has happened: it is there at once */
    if (watch)
        curl_easy_setopt(to->curl, CURLOPT_TIMEOUT_MS, 400L);
    CURLcode rc = curl_easy_perform(to->curl);
    if (rc && !(watch && rc == CURLE_OPERATION_TIMEDOUT)) {
        fprintf(stderr, "differential: %s %s: %s\n", method, url, curl_easy_strerror(rc));
        exit(2);
    }
    curl_easy_getinfo(to->curl, CURLINFO_RESPONSE_CODE, &a->status);
    a->v = json_read(&r->pool, buf_str(&a->body), a->body.len, NULL, NULL);
    curl_slist_free_all(headers);
    free(url);
}

/* ---- what is compared ---- */

static const struct val *without(struct run *r, const struct val *v, const char *key)
{
    return val_get(v, key) ? val_map_without(&r->pool, v, key) : v;
}

static int by_entry(const void *pa, const void *pb)
{
    static const char *const keys[] = {"operation", "manager", "apiVersion", "subresource"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        int c = strcmp(val_str(val_get(pa, keys[i]), ""), val_str(val_get(pb, keys[i]), ""));
        if (c)
            return c;
    }
    return val_compare(val_get(pa, "fieldsV1"), val_get(pb, "fieldsV1"));
}

static const struct val *entries(struct run *r, const struct val *list)
{
    VEC(struct val) items = {0};
    for (size_t i = 0; i < val_count(list); i++)
        vec_push(&items, *(val_get(val_item(list, i), "time")
                               ? val_map_with(&r->pool, val_item(list, i), "time", &val_null)
                               : val_item(list, i)));
    if (items.len)
        qsort(items.items, items.len, sizeof(*items.items), by_entry);
    const struct val *out = val_list_of(&r->pool, items.items, items.len);
    vec_clear(&items);
    return out;
}

static const struct val *object(struct run *r, const struct val *v)
{
    const struct val *meta = val_get(v, "metadata"), *spec = val_get(v, "spec");
    if (!val_is(meta, VAL_MAP))
        return v;
    meta = without(r, meta, "uid");
    meta = without(r, meta, "resourceVersion");
    meta = without(r, meta, "creationTimestamp");
    meta = without(r, meta, "deletionTimestamp");
    if (val_get(meta, "managedFields"))
        meta = val_map_with(&r->pool, meta, "managedFields",
                            entries(r, val_get(meta, "managedFields")));
    if (val_is(spec, VAL_MAP)) {
        spec = without(r, spec, "clusterIP");
        spec = without(r, spec, "clusterIPs");
        for (size_t i = 0; i < val_count(val_get(spec, "ports")); i++)
            if (val_get(val_item(val_get(spec, "ports"), i), "nodePort"))
                spec = without(r, spec, "ports");
        v = val_map_with(&r->pool, v, "spec", spec);
    }
    return val_map_with(&r->pool, v, "metadata", meta);
}

static int by_value(const void *a, const void *b)
{
    return val_compare(a, b);
}

static const struct val *status(struct run *r, const struct val *v)
{
    const struct val *causes = val_at(v, "details", "causes", NULL);
    int64_t code = val_int(val_get(v, "code"), 0);
    if (code == 422 || val_count(causes) > 1) /* words of validation, and the order of maps */
        v = without(r, v, "message");
    if (code == 422) {
        v = without(r, v, "details");
    } else if (val_count(causes) > 1) {
        VEC(struct val) items = {0};
        for (size_t i = 0; i < causes->len; i++)
            vec_push(&items, causes->as.items[i]);
        qsort(items.items, items.len, sizeof(*items.items), by_value);
        const struct val *details = val_map_with(&r->pool, val_get(v, "details"), "causes",
                                                 val_list_of(&r->pool, items.items, items.len));
        v = val_map_with(&r->pool, v, "details", details);
        vec_clear(&items);
    }
    const struct val *details = val_get(v, "details");
    if (details)
        v = val_map_with(&r->pool, v, "details", without(r, details, "uid"));
    return v;
}

static const struct val *normal(struct run *r, const struct val *v)
{
    return val_str_is(val_get(v, "kind"), "Status") ? status(r, v) : object(r, v);
}

static void show(const struct val *v)
{
    struct buf b;
    buf_init(&b, MAX_TEXT);
    json_write(&b, v ? v : &val_null, JSON_COMPACT);
    printf("#   %.6000s\n", buf_str(&b));
    buf_clear(&b);
}

/* The first place where two values part. */
static void show_place(const struct val *a, const struct val *b, const char *path, int depth)
{
    char below_it[400];
    if (a && b && a->type == b->type && a->type == VAL_MAP && depth < 20) {
        for (int side = 0; side < 2; side++) {
            const struct val *x = side ? b : a;
            for (uint32_t i = 0; i < x->len; i++) {
                const struct val_key *k = x->as.entries[i].key;
                const struct val *l = val_get_key(a, k), *r = val_get_key(b, k);
                if (l && r && val_equal(l, r))
                    continue;
                snprintf(below_it, sizeof(below_it), "%.200s.%.180s", path, k->s);
                show_place(l, r, below_it, depth + 1);
                return;
            }
        }
    }
    if (a && b && a->type == VAL_LIST && b->type == VAL_LIST && a->len == b->len && depth < 20) {
        for (uint32_t i = 0; i < a->len; i++)
            if (!val_equal(&a->as.items[i], &b->as.items[i])) {
                snprintf(below_it, sizeof(below_it), "%.300s[%u]", path, i);
                show_place(&a->as.items[i], &b->as.items[i], below_it, depth + 1);
                return;
            }
    }
    printf("#   at %s\n", path);
    show(a);
    show(b);
}

static void differ(struct run *r, const char *what, const struct val *a, const struct val *b)
{
    printf("# seed %" PRIu64 " %s %s step %u: %s: %s\n", r->seed, r->ns, r->kind->kind, r->step,
           r->what, what);
    show_place(a, b, "", 0);
    r->differences++;
}

static void compare(struct run *r)
{
    const struct answer *a = &r->answers[0], *b = &r->answers[1];
    const struct val *x = normal(r, a->v), *y = normal(r, b->v);
    r->checks++;
    if (a->status != b->status) {
        char text[60];
        snprintf(text, sizeof(text), "status %ld and %ld", a->status, b->status);
        differ(r, text, a->v ? val_get(a->v, "message") : NULL,
               b->v ? val_get(b->v, "message") : NULL);
    } else if (!x || !y || !val_equal(x, y)) {
        differ(r, "another answer", x, y);
    }
}

/* Did the write make a new version on both, or on neither? */
static void compare_versions(struct run *r)
{
    bool moved[SERVERS];
    for (int s = 0; s < SERVERS; s++) {
        const char *now = val_str(val_at(r->answers[s].v, "metadata", "resourceVersion", NULL), "");
        moved[s] = strcmp(now, r->versions[s]) != 0;
        snprintf(r->versions[s], sizeof(r->versions[s]), "%s", now);
    }
    const struct val *now = r->answers[0].v;
    now = val_map_with(&r->pool, now, "metadata",
                       without(r, val_get(now, "metadata"), "resourceVersion"));
    bool unseen = moved[0] && !moved[1] && r->last && val_equal(now, r->last);
    r->last = now;
    r->rewrites = r->rewrites || unseen;
    r->rewritten += unseen;
    r->checks++;
    if (moved[0] != moved[1] && !unseen)
        differ(r, moved[0] ? "a write only on the first" : "a write only on the second", NULL,
               NULL);
}

static void both(struct run *r, const char *method, const char *path, const char *type,
                 const char *body)
{
    if (r->verbose)
        printf("# %s %s %s\n", method, path, body ? body : "");
    for (int s = 0; s < SERVERS; s++)
        send_one(r, s, method, path, type, body);
    compare(r);
}

/* ---- bodies ---- */

static void labels(struct run *r, struct buf *b, const char *name)
{
    const char *comma = "";
    buf_printf(b, ",\"%s\":{", name);
    for (const char *k = "abc"; *k; k++)
        if (chance(r, 40)) {
            buf_printf(b, "%s\"%c\":\"%s\"", comma, *k, PICK(r, "1", "2", ""));
            comma = ",";
        }
    buf_puts(b, "}");
}

static void metadata(struct run *r, struct buf *b)
{
    buf_puts(b, "\"metadata\":{\"name\":\"x\"");
    if (chance(r, 50))
        labels(r, b, "labels");
    if (chance(r, 30))
        labels(r, b, "annotations");
    if (chance(r, 10))
        buf_puts(b, ",\"finalizers\":[]");
    if (chance(r, 5))
        buf_puts(b, ",\"labels\":null");
    buf_puts(b, "}");
}

static void env(struct run *r, struct buf *b)
{
    const char *comma = "";
    buf_puts(b, ",\"env\":[");
    for (const char *k = "ABC"; *k; k++)
        if (chance(r, 45)) {
            buf_printf(b, "%s{\"name\":\"%c\"", comma, *k);
            if (chance(r, 80))
                buf_printf(b, ",\"value\":\"%s\"", PICK(r, "1", "2", ""));
            buf_puts(b, "}");
            comma = ",";
        }
    buf_puts(b, "]");
}

static void container(struct run *r, struct buf *b, const char *name)
{
    buf_printf(b, "{\"name\":\"%s\"", name);
    if (chance(r, 92))
        buf_printf(b, ",\"image\":\"%s\"", PICK(r, "app:1", "app:2", "app", "app:latest"));
    if (chance(r, 40))
        env(r, b);
    if (chance(r, 30))
        buf_printf(b, ",\"args\":[\"%s\"]", PICK(r, "-a", "-b"));
    if (chance(r, 30))
        buf_printf(b, ",\"ports\":[{\"containerPort\":80%s}%s]",
                   PICK(r, "", ",\"protocol\":\"TCP\"", ",\"name\":\"web\""),
                   PICK(r, "", ",{\"containerPort\":80,\"protocol\":\"UDP\"}",
                        ",{\"containerPort\":443}"));
    if (chance(r, 30))
        buf_printf(b, ",\"resources\":{\"%s\":{\"cpu\":%s,\"memory\":\"%s\"}}",
                   PICK(r, "limits", "requests"),
                   r->odd ? PICK(r, "\"1000m\"", "\"0.5\"", "1") : PICK(r, "\"1\"", "\"500m\""),
                   r->odd ? PICK(r, "1024Mi", "1.5Gi", "0.1M") : PICK(r, "1Gi", "1536Mi"));
    if (chance(r, 20))
        buf_printf(b, ",\"readinessProbe\":{\"httpGet\":{\"port\":%s},\"periodSeconds\":%u}",
                   PICK(r, "80", "\"web\""), below(r, 3) * 5);
    if (chance(r, 10))
        buf_printf(b, ",\"securityContext\":{\"runAsUser\":%u,\"privileged\":false}", below(r, 3));
    if (chance(r, 10))
        buf_puts(b, ",\"command\":null");
    if (chance(r, 10))
        buf_printf(b, ",\"stdin\":%s", PICK(r, "true", "false"));
    buf_puts(b, "}");
}

static void template_(struct run *r, struct buf *b)
{
    const char *comma = "";
    buf_puts(b, "\"template\":{\"metadata\":{\"labels\":{\"app\":\"x\"");
    if (chance(r, 30))
        buf_printf(b, ",\"tier\":\"%s\"", PICK(r, "1", "2"));
    buf_puts(b, "}},\"spec\":{\"containers\":[");
    const char *const names[] = {"one", "two", "three"};
    unsigned first = below(r, 3), n = 1 + below(r, 3);
    for (unsigned i = 0; i < n; i++) {
        buf_puts(b, comma);
        container(r, b, names[(first + i * (first ? 1 : 2)) % 3]);
        comma = ",";
    }
    buf_puts(b, "]");
    if (chance(r, 20))
        buf_printf(b, ",\"nodeSelector\":{\"disk\":\"%s\"}", PICK(r, "ssd", "hdd"));
    if (chance(r, 20))
        buf_printf(b, ",\"tolerations\":[{\"key\":\"k\",\"operator\":\"%s\"}]",
                   PICK(r, "Exists", "Equal"));
    if (chance(r, 20))
        buf_printf(b, ",\"volumes\":[{\"name\":\"v\"%s}]",
                   PICK(r, "", ",\"emptyDir\":{}", ",\"configMap\":{\"name\":\"c\"}",
                        ",\"emptyDir\":{\"medium\":\"Memory\"}"));
    if (chance(r, 15))
        buf_printf(b, ",\"hostNetwork\":%s", PICK(r, "false", "false"));
    if (chance(r, 15))
        buf_printf(b, ",\"serviceAccountName\":\"%s\"", PICK(r, "a", "b"));
    if (chance(r, 10))
        buf_puts(b, ",\"securityContext\":{}");
    buf_puts(b, "}}");
}

static void deployment(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"x\"}},");
    if (chance(r, 60))
        buf_printf(b, "\"replicas\":%u,", below(r, 4));
    if (chance(r, 5))
        buf_puts(b, "\"replicas\":null,");
    if (chance(r, 20))
        buf_printf(b, "\"minReadySeconds\":%u,", below(r, 3));
    if (chance(r, 20))
        buf_printf(
            b, "\"strategy\":%s,",
            PICK(r, "{\"type\":\"RollingUpdate\"}", "{\"rollingUpdate\":{\"maxSurge\":1}}", "{}",
                 "{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxUnavailable\":\"10%\"}}"));
    if (chance(r, 15))
        buf_printf(b, "\"paused\":%s,", PICK(r, "true", "false"));
    template_(r, b);
    buf_puts(b, "}");
}

static void stateful_set(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"x\"}},\"serviceName\":\"x\",");
    if (chance(r, 60))
        buf_printf(b, "\"replicas\":%u,", below(r, 4));
    if (chance(r, 20))
        buf_printf(b, "\"updateStrategy\":%s,",
                   PICK(r, "{\"type\":\"OnDelete\"}", "{\"rollingUpdate\":{\"partition\":1}}",
                        "{\"type\":\"RollingUpdate\"}"));
    template_(r, b);
    buf_puts(b, "}");
}

static void daemon_set(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"x\"}},");
    if (chance(r, 30))
        buf_printf(
            b, "\"updateStrategy\":%s,",
            PICK(r, "{\"type\":\"OnDelete\"}", "{\"rollingUpdate\":{\"maxUnavailable\":2}}"));
    template_(r, b);
    buf_puts(b, "}");
}

static void config_map(struct run *r, struct buf *b)
{
    const char *comma = "";
    buf_puts(b, "\"data\":{");
    for (const char *k = "abcd"; *k; k++)
        if (chance(r, 45)) {
            buf_printf(b, "%s\"%c\":\"%s\"", comma, *k, PICK(r, "1", "2", ""));
            comma = ",";
        }
    buf_puts(b, "}");
    if (chance(r, 15))
        buf_printf(b, ",\"binaryData\":{\"z\":\"%s\"}", PICK(r, "AQ==", "Ag=="));
}

static void secret(struct run *r, struct buf *b)
{
    buf_printf(b, "\"data\":{\"a\":\"%s\"}", PICK(r, "AQ==", "Ag=="));
    if (chance(r, 40))
        buf_printf(b, ",\"stringData\":{\"%s\":\"%s\"}", PICK(r, "a", "b"), PICK(r, "x", "y"));
}

static void service(struct run *r, struct buf *b)
{
    buf_puts(b, "\"spec\":{\"ports\":[{\"name\":\"a\",\"port\":80");
    if (chance(r, 40))
        buf_printf(b, ",\"targetPort\":%s", PICK(r, "8080", "\"web\"", "80"));
    if (chance(r, 40))
        buf_puts(b, ",\"protocol\":\"TCP\"");
    buf_puts(b, "}");
    if (chance(r, 40))
        buf_printf(b, ",{\"name\":\"b\",\"port\":%s}", PICK(r, "443", "53,\"protocol\":\"UDP\""));
    buf_puts(b, "]");
    if (chance(r, 60))
        buf_printf(b, ",\"selector\":{\"app\":\"%s\"}", PICK(r, "x", "y"));
    if (chance(r, 20))
        buf_printf(b, ",\"sessionAffinity\":\"%s\"", PICK(r, "None", "ClientIP"));
    if (chance(r, 10))
        buf_puts(b, ",\"publishNotReadyAddresses\":false");
    buf_puts(b, "}");
}

static void network_policy(struct run *r, struct buf *b)
{
    buf_printf(b, "\"spec\":{\"podSelector\":{%s}", PICK(r, "", "\"matchLabels\":{\"a\":\"1\"}"));
    if (chance(r, 50))
        buf_printf(b, ",\"ingress\":[{\"ports\":[{\"port\":%s}]}]", PICK(r, "80", "\"web\""));
    if (chance(r, 30))
        buf_puts(b, ",\"egress\":[{}]");
    buf_puts(b, "}");
}

static void role(struct run *r, struct buf *b)
{
    buf_printf(b, "\"rules\":[{\"apiGroups\":[\"\"],\"resources\":[\"%s\"],\"verbs\":[\"get\"]}]",
               PICK(r, "pods", "services"));
}

static void autoscaler(struct run *r, struct buf *b)
{
    buf_printf(b,
               "\"spec\":{\"scaleTargetRef\":{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\","
               "\"name\":\"x\"},\"maxReplicas\":%u",
               2 + below(r, 3));
    if (chance(r, 40))
        buf_printf(b, ",\"minReplicas\":%u", 1 + below(r, 2));
    if (chance(r, 40))
        buf_printf(b,
                   ",\"metrics\":[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":"
                   "{\"type\":\"Utilization\",\"averageUtilization\":%u}}}]",
                   50 + below(r, 2));
    if (chance(r, 30))
        buf_printf(b, ",\"behavior\":{\"%s\":{\"stabilizationWindowSeconds\":%u}}",
                   PICK(r, "scaleUp", "scaleDown"), below(r, 3) * 10);
    buf_puts(b, "}");
}

static void ingress(struct run *r, struct buf *b)
{
    buf_printf(b,
               "\"spec\":{\"rules\":[{\"host\":\"%s\",\"http\":{\"paths\":[{\"path\":\"/\","
               "\"pathType\":\"Prefix\",\"backend\":{\"service\":{\"name\":\"x\",\"port\":{"
               "\"number\":80}}}}]}}]",
               PICK(r, "a.example", "b.example"));
    if (chance(r, 30))
        buf_puts(b, ",\"tls\":[{\"hosts\":[\"a.example\"],\"secretName\":\"t\"}]");
    buf_puts(b, "}");
}

static void budget(struct run *r, struct buf *b)
{
    buf_printf(b, "\"spec\":{\"minAvailable\":%s,\"selector\":{\"matchLabels\":{\"app\":\"x\"}}}",
               PICK(r, "1", "\"50%\"", "2"));
}

static void account(struct run *r, struct buf *b)
{
    buf_printf(b, "\"automountServiceAccountToken\":%s", PICK(r, "true", "false"));
    if (chance(r, 40))
        buf_printf(b, ",\"imagePullSecrets\":[{\"name\":\"%s\"}]", PICK(r, "a", "b"));
}

static void claim(struct run *r, struct buf *b)
{
    buf_printf(b,
               "\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"storageClassName\":\"s\","
               "\"resources\":{\"requests\":{\"storage\":\"%s\"}}}",
               r->odd ? "1024Mi" : "1Gi");
}

static const struct kind kinds[] = {
    {"apps/v1", "Deployment", "deployments", true, true, deployment},
    {"apps/v1", "Deployment", "deployments", true, true, deployment},
    {"apps/v1", "Deployment", "deployments", true, true, deployment},
    {"apps/v1", "StatefulSet", "statefulsets", true, true, stateful_set},
    {"apps/v1", "DaemonSet", "daemonsets", false, true, daemon_set},
    {"v1", "ConfigMap", "configmaps", false, false, config_map},
    {"v1", "Secret", "secrets", false, false, secret},
    {"v1", "Service", "services", false, true, service},
    {"v1", "ServiceAccount", "serviceaccounts", false, false, account},
    {"v1", "PersistentVolumeClaim", "persistentvolumeclaims", false, true, claim},
    {"networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", false, false, network_policy},
    {"networking.k8s.io/v1", "Ingress", "ingresses", false, true, ingress},
    {"rbac.authorization.k8s.io/v1", "Role", "roles", false, false, role},
    {"autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", false, true,
     autoscaler},
    {"policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", false, true, budget},
};

static void make_body(struct run *r, struct buf *b)
{
    buf_reset(b);
    buf_printf(b, "{\"apiVersion\":\"%s\",\"kind\":\"%s\",", r->kind->api, r->kind->kind);
    metadata(r, b);
    buf_puts(b, ",");
    r->kind->body(r, b);
    buf_puts(b, "}");
}

/* ---- steps ---- */

static void path_of(const struct run *r, char *out, size_t len, const char *name, const char *query)
{
    bool core = strchr(r->kind->api, '/') == NULL;
    snprintf(out, len, "/%s/%s/namespaces/%s/%s%s%s%s", core ? "api" : "apis", r->kind->api, r->ns,
             r->kind->path, *name ? "/" : "", name, query);
}

static void get(struct run *r)
{
    char path[300];
    path_of(r, path, sizeof(path), "x", "");
    both(r, "GET", path, "application/json", NULL);
    for (int s = 0; s < SERVERS; s++)
        if (r->answers[s].status != 200)
            r->versions[s][0] = '\0';
    if (r->answers[0].status == 200 && r->answers[1].status == 200)
        compare_versions(r);
}

static void step_apply(struct run *r, struct buf *b)
{
    char path[300], query[120];
    bool dry = chance(r, 10), force = chance(r, 45);
    snprintf(query, sizeof(query), "?fieldManager=%s%s%s", PICK(r, "one", "two", "three"),
             force ? "&force=true" : "", dry ? "&dryRun=All" : "");
    path_of(r, path, sizeof(path), "x", query);
    make_body(r, b);
    snprintf(r->what, sizeof(r->what), "apply %s", query);
    both(r, "PATCH", path, "application/apply-patch+yaml", buf_str(b));
}

static void step_create(struct run *r, struct buf *b)
{
    char path[300];
    path_of(r, path, sizeof(path), "", "?fieldManager=creator");
    make_body(r, b);
    snprintf(r->what, sizeof(r->what), "create");
    both(r, "POST", path, "application/json", buf_str(b));
}

/* Each server's own object, with the same fields written over it. */
static void step_replace(struct run *r, struct buf *b)
{
    char path[300], query[60];
    path_of(r, path, sizeof(path), "x", "");
    both(r, "GET", path, "application/json", NULL);
    if (r->answers[0].status != 200 || r->answers[1].status != 200)
        return;
    snprintf(query, sizeof(query), "?fieldManager=%s", PICK(r, "u1", "u2"));
    path_of(r, path, sizeof(path), "x", query);
    make_body(r, b);
    const struct val *over = json_read(&r->pool, buf_str(b), b->len, NULL, NULL);
    bool reset = chance(r, 5), whole = chance(r, 30);
    snprintf(r->what, sizeof(r->what), "replace %s%s%s", query, whole ? " as a whole" : "",
             reset ? " resetting managedFields" : "");
    for (int s = 0; s < SERVERS; s++) {
        const struct val *v = merge_patch_apply(&r->pool, r->answers[s].v, over);
        if (whole) {
            const struct val *rv = val_at(r->answers[s].v, "metadata", "resourceVersion", NULL);
            v = val_map_with(
                &r->pool, over, "metadata",
                val_map_with(&r->pool, val_get(over, "metadata"), "resourceVersion", rv));
        }
        if (whole && strcmp(r->kind->kind, "Service") == 0) /* its address is its own */
            v = merge_patch_apply(&r->pool, r->answers[s].v, over);
        if (reset)
            v = val_map_with(&r->pool, v, "metadata",
                             val_map_with(&r->pool, val_get(v, "metadata"), "managedFields",
                                          json_read(&r->pool, "[{}]", 4, NULL, NULL)));
        struct buf text;
        buf_init(&text, MAX_TEXT);
        json_write(&text, v, JSON_COMPACT);
        send_one(r, s, "PUT", path, "application/json", buf_str(&text));
        buf_clear(&text);
    }
    compare(r);
}

static void step_merge(struct run *r, struct buf *b)
{
    char path[300], query[60];
    snprintf(query, sizeof(query), "?fieldManager=%s",
             PICK(r, "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"));
    path_of(r, path, sizeof(path), "x", query);
    buf_reset(b);
    if (chance(r, 50))
        buf_printf(b, "{\"metadata\":{\"labels\":{\"%s\":%s}}}", PICK(r, "a", "b", "c"),
                   PICK(r, "\"1\"", "\"2\"", "null"));
    else if (r->kind->scale && chance(r, 60))
        buf_printf(b, "{\"spec\":{\"replicas\":%s}}", PICK(r, "1", "2", "3", "null"));
    else if (strcmp(r->kind->kind, "ConfigMap") == 0)
        buf_printf(b, "{\"data\":{\"%s\":%s}}", PICK(r, "a", "b", "c"),
                   PICK(r, "\"1\"", "\"3\"", "null"));
    else
        buf_printf(b, "{\"metadata\":{\"annotations\":%s}}",
                   PICK(r, "null", "{\"a\":\"1\"}", "{\"b\":null}", "{}"));
    snprintf(r->what, sizeof(r->what), "merge %s %.100s", query, buf_str(b));
    both(r, "PATCH", path, "application/merge-patch+json", buf_str(b));
}

static void step_json(struct run *r, struct buf *b)
{
    char path[300];
    path_of(r, path, sizeof(path), "x", "?fieldManager=j");
    buf_reset(b);
    buf_printf(b, "[{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{\"%s\":\"%s\"}}]",
               PICK(r, "a", "d"), PICK(r, "1", "2"));
    snprintf(r->what, sizeof(r->what), "JSON patch %.100s", buf_str(b));
    both(r, "PATCH", path, "application/json-patch+json", buf_str(b));
}

static void step_scale(struct run *r, struct buf *b)
{
    char path[300], query[60];
    if (!r->kind->scale)
        return;
    snprintf(query, sizeof(query), "/scale?fieldManager=%s", PICK(r, "hpa", "kubectl"));
    path_of(r, path, sizeof(path), "x", query);
    buf_reset(b);
    bool apply = chance(r, 25);
    if (apply)
        buf_printf(b,
                   "{\"apiVersion\":\"autoscaling/v1\",\"kind\":\"Scale\",\"metadata\":{\"name\":"
                   "\"x\",\"namespace\":\"%s\"},\"spec\":{\"replicas\":%u}}",
                   r->ns, 1 + below(r, 4));
    else
        buf_printf(b, "{\"spec\":{\"replicas\":%u}}", below(r, 5));
    snprintf(r->what, sizeof(r->what), "%s scale %s %.60s", apply ? "apply" : "merge", query,
             buf_str(b));
    both(r, "PATCH", path, apply ? "application/apply-patch+yaml" : "application/merge-patch+json",
         buf_str(b));
}

static void step_status(struct run *r, struct buf *b)
{
    char path[300];
    if (!r->kind->scale)
        return;
    path_of(r, path, sizeof(path), "x", "/status?fieldManager=kcm");
    buf_reset(b);
    unsigned n = below(r, 3);
    buf_printf(b,
               "{\"status\":{\"replicas\":%u,\"readyReplicas\":%u,\"observedGeneration\":%u},"
               "\"metadata\":{\"annotations\":{\"s\":\"%u\"}}}",
               n, n, below(r, 3), below(r, 2));
    snprintf(r->what, sizeof(r->what), "status %.120s", buf_str(b));
    both(r, "PATCH", path, "application/merge-patch+json", buf_str(b));
}

static void step_delete(struct run *r, struct buf *b)
{
    char path[300];
    (void)b;
    path_of(r, path, sizeof(path), "x", "?propagationPolicy=Background");
    snprintf(r->what, sizeof(r->what), "delete");
    both(r, "DELETE", path, "application/json", NULL);
    for (int s = 0; s < SERVERS; s++)
        r->versions[s][0] = '\0';
}

static const struct {
    unsigned weight;
    void (*run)(struct run *r, struct buf *b);
} steps[] = {
    {40, step_apply}, {6, step_create}, {14, step_replace}, {16, step_merge},
    {4, step_json},   {14, step_scale}, {6, step_status},   {3, step_delete},
};

/* ---- events ---- */

static const struct val *events(struct run *r, int s)
{
    char path[400], query[200];
    VEC(struct val) list = {0};
    snprintf(query, sizeof(query), "?watch=1&timeoutSeconds=1&resourceVersion=%s", r->began[s]);
    path_of(r, path, sizeof(path), "", query);
    send_one(r, s, "GET", path, "application/json", NULL);
    char *at = r->answers[s].body.len ? r->answers[s].body.data : NULL, *end;
    for (; at && *at; at = end + 1) {
        end = strchr(at, '\n');
        if (!end)
            break;
        const struct val *v = json_read(&r->pool, at, (size_t)(end - at), NULL, NULL);
        if (v)
            vec_push(&list, *val_map_with(&r->pool, v, "object", object(r, val_get(v, "object"))));
    }
    const struct val *out = val_list_of(&r->pool, list.items, list.len);
    vec_clear(&list);
    return out;
}

static void compare_events(struct run *r)
{
    const struct val *a = events(r, 0), *b = events(r, 1);
    snprintf(r->what, sizeof(r->what), "%zu and %zu events", val_count(a), val_count(b));
    r->checks++;
    if (!r->rewrites && !val_equal(a, b))
        differ(r, "other events", a, b);
}

/* ---- histories ---- */

static void history(struct run *r, unsigned number, unsigned length)
{
    char path[300], body[300];
    struct buf b;
    buf_init(&b, MAX_TEXT);
    r->random = r->seed * 1000003u + number;
    r->kind = &kinds[below(r, ARRAY_LEN(kinds))];
    r->odd = chance(r, 25);
    r->rewrites = false;
    r->last = NULL;
    snprintf(r->ns, sizeof(r->ns), "d-%" PRIu64 "-%u-%ld", r->seed, number, (long)getpid());
    snprintf(body, sizeof(body),
             "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"}}",
             r->ns);
    snprintf(r->what, sizeof(r->what), "namespace");
    r->step = 0;
    both(r, "POST", "/api/v1/namespaces", "application/json", body);
    path_of(r, path, sizeof(path), "", "");
    for (int s = 0; s < SERVERS; s++) {
        send_one(r, s, "GET", path, "application/json", NULL);
        snprintf(r->began[s], sizeof(r->began[s]), "%s",
                 val_str(val_at(r->answers[s].v, "metadata", "resourceVersion", NULL), ""));
        r->versions[s][0] = '\0';
    }
    unsigned total = 0;
    size_t before = r->differences;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        total += steps[i].weight;
    for (r->step = 1; r->step <= length && r->differences == before; r->step++) {
        unsigned n = below(r, total);
        size_t i = 0;
        while (n >= steps[i].weight)
            n -= steps[i++].weight;
        if (r->step == 1) /* there is something to work with */
            i = chance(r, 60) ? 0 : 1;
        r->what[0] = '\0';
        steps[i].run(r, &b);
        if (r->differences == before)
            get(r);
    }
    if (r->differences == before)
        compare_events(r);
    snprintf(path, sizeof(path), "/api/v1/namespaces/%s", r->ns);
    for (int s = 0; s < SERVERS; s++)
        send_one(r, s, "DELETE", path, "application/json", NULL);
    val_pool_reset(&r->pool);
    buf_clear(&b);
}

static void server_open(struct server *s, const char *text)
{
    const char *comma = strrchr(text, ',');
    if (!comma || !(s->curl = curl_easy_init())) {
        fprintf(stderr, "differential: a server is given as URL,TOKEN\n");
        exit(2);
    }
    s->url = mem_strndup(text, (size_t)(comma - text));
    if (asprintf(&s->authorization, "Authorization: Bearer %s", comma + 1) < 0)
        abort();
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct run r = {.seed = (uint64_t)time(NULL) % 1000000};
    unsigned histories = 10, length = 25;
    bool go_on = false;
    int n = 0;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--seed") == 0 && more)
            r.seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--histories") == 0 && more)
            histories = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--steps") == 0 && more)
            length = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--only") == 0 && more)
            r.only = (unsigned)strtoul(argv[++i], NULL, 10) + 1;
        else if (strcmp(argv[i], "--verbose") == 0)
            r.verbose = true;
        else if (strcmp(argv[i], "--keep-going") == 0)
            go_on = true;
        else if (n < SERVERS)
            server_open(&r.servers[n++], argv[i]);
    }
    if (n != SERVERS) {
        fprintf(stderr, "usage: differential [--seed N] [--histories N] [--steps N] [--only N] "
                        "[--verbose] [--keep-going] "
                        "URL,TOKEN URL,TOKEN\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    val_pool_init(&r.pool);
    for (int s = 0; s < SERVERS; s++)
        buf_init(&r.answers[s].body, MAX_TEXT);
    for (unsigned i = 0; i < histories && (go_on || !r.differences); i++)
        if (!r.only || r.only == i + 1)
            history(&r, i, length);
    printf("seed %" PRIu64 ": %u histories, %zu comparisons, %zu rewritten, %zu differences\n",
           r.seed, histories, r.checks, r.rewritten, r.differences);
    for (int s = 0; s < SERVERS; s++) {
        curl_easy_cleanup(r.servers[s].curl);
        mem_free(r.servers[s].url);
        free(r.servers[s].authorization);
        buf_clear(&r.answers[s].body);
    }
    val_pool_clear(&r.pool);
    curl_global_cleanup();
    return r.differences ? 1 : 0;
}
