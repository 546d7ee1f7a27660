// SPDX-License-Identifier: Apache-2.0
/*
 * How fast objects are read: a Deployment as an API server answers, with managedFields of four
 * managers and a last-applied annotation. Best of several rounds of a fifth of a second each; peers
 * run in between, in the same process.
 */
#include "base/mem.h"
#include "data/json.h"
#include "data/yaml.h"

#include <jansson.h>
#include <stdio.h>
#include <time.h>
#include <yaml.h>

#define ROUNDS 9
#define ROUND_NS 100000000

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void add_container(struct buf *b, int n)
{
    buf_printf(
        b,
        "{\"name\":\"web-%d\",\"image\":\"registry.example.org/shop/web:1.4.%d@sha256:"
        "6f2b9d0c1a7e4f5381c3b2d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819\",\"args\":[\"--listen"
        "=:8080\",\"--log-level=info\"],\"ports\":[{\"name\":\"http\",\"containerPort\":8080,"
        "\"protocol\":\"TCP\"},{\"name\":\"metrics\",\"containerPort\":9090,\"protocol\":"
        "\"TCP\"}],\"env\":[",
        n, n);
    for (int i = 0; i < 8; i++)
        buf_printf(b, "%s{\"name\":\"SETTING_%d\",\"value\":\"value of setting %d\"}", i ? "," : "",
                   i, i);
    buf_puts(
        b,
        "],\"resources\":{\"limits\":{\"cpu\":\"500m\",\"memory\":\"256Mi\"},\"requests\":{\"cpu\":"
        "\"100m\",\"memory\":\"128Mi\"}},\"livenessProbe\":{\"httpGet\":{\"path\":\"/healthz\","
        "\"port\":\"http\",\"scheme\":\"HTTP\"},\"initialDelaySeconds\":5,\"timeoutSeconds\":1,"
        "\"periodSeconds\":10,\"successThreshold\":1,\"failureThreshold\":3},"
        "\"terminationMessagePath\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\","
        "\"imagePullPolicy\":\"IfNotPresent\",\"securityContext\":{\"runAsNonRoot\":true,"
        "\"allowPrivilegeEscalation\":false}}");
}

static void add_spec(struct buf *b)
{
    buf_puts(
        b,
        "{\"replicas\":3,\"selector\":{\"matchLabels\":{\"app.kubernetes.io/name\":\"web\"}},"
        "\"strategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxUnavailable\":0,"
        "\"maxSurge\":\"25%\"}},\"template\":{\"metadata\":{\"labels\":{\"app.kubernetes.io/name\""
        ":\"web\"}},\"spec\":{\"containers\":[");
    add_container(b, 0);
    buf_putc(b, ',');
    add_container(b, 1);
    buf_puts(b, "],\"restartPolicy\":\"Always\",\"dnsPolicy\":\"ClusterFirst\","
                "\"terminationGracePeriodSeconds\":30}}}");
}

static void add_manager(struct buf *b, int n)
{
    buf_printf(
        b,
        "%s{\"manager\":\"manager-%d\",\"operation\":\"Apply\",\"apiVersion\":\"apps/v1\",\"time\":"
        "\"2026-03-01T10:0%d:00Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{"
        "\"f:annotations\":{\".\":{},\"f:example.org/note-%d\":{}},\"f:labels\":{"
        "\"f:app.kubernetes.io/"
        "name\":{}}},\"f:spec\":{\"f:replicas\":{},\"f:template\":{\"f:spec\":{"
        "\"f:containers\":{",
        n ? "," : "", n, n, n);
    for (int c = 0; c < 2; c++) {
        buf_printf(b,
                   "%s\"k:{\\\"name\\\":\\\"web-%d\\\"}\":{\".\":{},\"f:image\":{},\"f:name\":{},"
                   "\"f:args\":"
                   "{},\"f:ports\":{\"k:{\\\"containerPort\\\":8080,\\\"protocol\\\":\\\"TCP\\\"}"
                   "\":{\".\":"
                   "{},\"f:containerPort\":{},\"f:name\":{}}},\"f:env\":{",
                   c ? "," : "", c);
        for (int i = 0; i < 8; i++)
            buf_printf(
                b,
                "%s\"k:{\\\"name\\\":\\\"SETTING_%d\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}",
                i ? "," : "", i);
        buf_puts(b, "},\"f:resources\":{\"f:limits\":{\"f:cpu\":{},\"f:memory\":{}}}}");
    }
    buf_puts(b, "}}}}}}");
}

static void add_escaped(struct buf *b, const struct buf *text)
{
    for (size_t i = 0; i < text->len; i++)
        buf_printf(b, text->data[i] == '"' ? "\\%c" : "%c", text->data[i]);
}

static void make_deployment(struct buf *b)
{
    struct buf spec;
    buf_init(&spec, BUF_LARGE);
    add_spec(&spec);
    buf_puts(
        b,
        "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\","
        "\"namespace\":\"shop\",\"uid\":\"5f0b5a8e-3c1d-4b7a-9a53-0d6b8f1c2e47\","
        "\"resourceVersion\":\"184467\",\"generation\":7,\"creationTimestamp\":"
        "\"2026-01-05T08:00:00Z\",\"labels\":{\"app.kubernetes.io/name\":\"web\"},\"annotations\":"
        "{\"kubectl.kubernetes.io/last-applied-configuration\":\"");
    add_escaped(b, &spec);
    buf_puts(b, "\"},\"managedFields\":[");
    for (int i = 0; i < 4; i++)
        add_manager(b, i);
    buf_printf(
        b,
        "]},\"spec\":%s,\"status\":{\"observedGeneration\":7,\"replicas\":3,\"updatedReplicas\":3,"
        "\"readyReplicas\":3,\"availableReplicas\":3,\"conditions\":[{\"type\":\"Available\","
        "\"status\":\"True\",\"lastUpdateTime\":\"2026-03-01T10:00:00Z\",\"lastTransitionTime\":"
        "\"2026-03-01T10:00:00Z\",\"reason\":\"MinimumReplicasAvailable\",\"message\":\"Deployment "
        "has minimum availability.\"}]}}",
        spec.data);
    buf_clear(&spec);
}

/* One run over the text; false when it failed. */
typedef bool run_fn(void *ctx, const struct buf *text);

static bool run_ours(void *ctx, const struct buf *text)
{
    struct val_pool *p = ctx;
    val_pool_reset(p);
    return json_read(p, text->data, text->len, NULL, NULL) != NULL;
}

static bool run_positions(void *ctx, const struct buf *text)
{
    struct json_options opt = {.want_positions = true};
    struct val_pool *p = ctx;
    val_pool_reset(p);
    return json_read(p, text->data, text->len, &opt, NULL) != NULL;
}

static bool run_jansson(void *ctx, const struct buf *text)
{
    json_t *j = json_loadb(text->data, text->len, JSON_ALLOW_NUL, NULL);
    json_decref(j);
    return j != NULL;
}

static int skip_part(void *ctx, const char *part, const char *text, size_t len)
{
    return 0;
}

static bool run_stream(void *ctx, const struct buf *text)
{
    struct json_stream *s = json_stream_new(JSON_STREAM_DOCUMENTS, BUF_LARGE, skip_part, NULL);
    bool ok = true;
    for (size_t at = 0; at < text->len && ok; at += 16384) {
        size_t n = text->len - at < 16384 ? text->len - at : 16384;
        ok = json_stream_feed(s, text->data + at, n, NULL) == 0;
    }
    ok = ok && json_stream_end(s, NULL) == 0;
    json_stream_free(s);
    return ok;
}

static bool run_yaml(void *ctx, const struct buf *text)
{
    struct val_pool *p = ctx;
    struct yaml_docs docs;
    val_pool_reset(p);
    if (yaml_read(p, text->data, text->len, NULL, &docs, NULL))
        return false;
    yaml_docs_clear(&docs);
    return true;
}

/* libyaml's events and nothing made of them: what any reader on top of it can reach. */
static bool run_libyaml(void *ctx, const struct buf *text)
{
    yaml_parser_t parser;
    yaml_event_t event;
    bool ok = yaml_parser_initialize(&parser), more = ok;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text->data, text->len);
    while (more && (ok = yaml_parser_parse(&parser, &event))) {
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return ok;
}

struct written {
    struct buf out;
    const struct val *v;
};

static bool run_write(void *ctx, const struct buf *text)
{
    struct written *w = ctx;
    buf_reset(&w->out);
    return json_write(&w->out, w->v, JSON_COMPACT) == 0;
}

static bool run_yaml_write(void *ctx, const struct buf *text)
{
    struct written *w = ctx;
    buf_reset(&w->out);
    return yaml_write(&w->out, w->v) == 0;
}

/* Megabytes a second in one round. */
static double round_speed(run_fn *fn, void *ctx, const struct buf *text)
{
    int64_t start = now_ns(), end;
    size_t bytes = 0;
    do {
        for (int i = 0; i < 16; i++, bytes += text->len)
            if (!fn(ctx, text))
                return 0;
    } while ((end = now_ns()) - start < ROUND_NS);
    return (double)bytes * 1000.0 / (double)(end - start);
}

struct contest {
    const char *name;
    run_fn *ours;
    void *ctx;
    run_fn *peer; /* NULL: none */
    const char *peer_name;
};

static int hold(const struct contest *c, const struct buf *text)
{
    double best = 0, peer = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double a = round_speed(c->ours, c->ctx, text);
        double b = c->peer ? round_speed(c->peer, NULL, text) : 0;
        best = a > best ? a : best;
        peer = b > peer ? b : peer;
    }
    if (best <= 0 || (c->peer && peer <= 0)) {
        fprintf(stderr, "%s: failed\n", c->name);
        return 1;
    }
    if (c->peer)
        printf("%s\t%.0f\tMB/s\t%s\t%.0f\t%.2f\n", c->name, best, c->peer_name, peer, best / peer);
    else
        printf("%s\t%.0f\tMB/s\t-\t-\t-\n", c->name, best);
    return 0;
}

int main(void)
{
    struct val_pool p, q;
    struct buf text, yaml;
    struct written w;
    val_pool_init(&p);
    val_pool_init(&q);
    buf_init(&text, BUF_LARGE);
    buf_init(&w.out, BUF_LARGE);
    make_deployment(&text);
    w.v = json_read(&q, text.data, text.len, NULL, NULL);
    buf_init(&yaml, BUF_LARGE);
    int rc = w.v && yaml_write(&yaml, w.v) == 0 ? 0 : 1;
    const struct contest contests[] = {
        {"json read, Deployment", run_ours, &p, run_jansson, "jansson"},
        {"json read with positions", run_positions, &p, run_jansson, "jansson"},
        {"json stream, split only", run_stream, NULL, NULL, NULL},
        {"json write, compact", run_write, &w, NULL, NULL},
    };
    const struct contest in_yaml[] = {
        {"yaml read, Deployment", run_yaml, &p, run_libyaml, "libyaml events"},
        {"yaml write", run_yaml_write, &w, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(contests) && !rc; i++)
        rc = hold(&contests[i], &text);
    for (size_t i = 0; i < ARRAY_LEN(in_yaml) && !rc; i++)
        rc = hold(&in_yaml[i], &yaml);
    buf_clear(&yaml);
    buf_clear(&w.out);
    buf_clear(&text);
    val_pool_clear(&q);
    val_pool_clear(&p);
    return rc;
}
