// SPDX-License-Identifier: Apache-2.0
/* Given against live: a Deployment of six containers, twelve ports and twenty variables each, as it
 * comes from a watch. First with nothing different and all still ours (what nearly every event is),
 * then with another owner of one field, then with the reading of the JSON before it. */
#include "base/clock.h"
#include "data/json.h"
#include "engine/drift/drift_eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTAINERS 6
#define PORTS 12
#define VARIABLES 20
#define MIN_MS 400

struct bench {
    struct given_rules rules;
    struct val_pool pool;
    struct given *given;
    struct buf text[2]; /* as given; with replicas of another manager */
    const struct val *live[2];
};

static void fields(struct buf *b)
{
    for (int c = 0; c < CONTAINERS; c++) {
        buf_printf(b,
                   "%s\"k:{\\\"name\\\":\\\"c%d\\\"}\":{\".\":{},\"f:name\":{},\"f:image\":{},"
                   "\"f:ports\":{",
                   c ? "," : "", c);
        for (int i = 0; i < PORTS; i++)
            buf_printf(b,
                       "%s\"k:{\\\"containerPort\\\":%d,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},"
                       "\"f:containerPort\":{}}",
                       i ? "," : "", 8000 + i);
        buf_puts(b, "},\"f:env\":{");
        for (int i = 0; i < VARIABLES; i++)
            buf_printf(
                b, "%s\"k:{\\\"name\\\":\\\"VAR_%d\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}",
                i ? "," : "", i);
        buf_puts(b, "}}");
    }
}

static void containers(struct buf *b)
{
    for (int c = 0; c < CONTAINERS; c++) {
        buf_printf(b,
                   "%s{\"name\":\"c%d\",\"image\":\"registry/app:%d\",\"imagePullPolicy\":"
                   "\"IfNotPresent\",\"ports\":[",
                   c ? "," : "", c, c);
        for (int i = 0; i < PORTS; i++)
            buf_printf(b, "%s{\"containerPort\":%d,\"protocol\":\"TCP\"}", i ? "," : "", 8000 + i);
        buf_puts(b, "],\"env\":[");
        for (int i = 0; i < VARIABLES; i++)
            buf_printf(b, "%s{\"name\":\"VAR_%d\",\"value\":\"value %d\"}", i ? "," : "", i, i);
        buf_puts(b, "]}");
    }
}

static void deployment(struct buf *b, int replicas)
{
    bool ours = replicas == 2;
    buf_printf(b,
               "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\","
               "\"uid\":\"u1\",\"resourceVersion\":\"%d\",\"labels\":{\"app\":\"web\"},"
               "\"managedFields\":[{\"manager\":\"leeway\",\"operation\":\"Apply\",\"apiVersion\":"
               "\"apps/v1\",\"fieldsV1\":{\"f:metadata\":{\"f:labels\":{\"f:app\":{}}},\"f:spec\":{"
               "%s\"f:template\":{\"f:spec\":{\"f:containers\":{",
               replicas, ours ? "\"f:replicas\":{}," : "");
    fields(b);
    buf_printf(
        b, "}}}}}}%s]},\"spec\":{\"replicas\":%d,\"template\":{\"spec\":{\"containers\":[",
        ours ? ""
             : ",{\"manager\":\"kubectl\",\"operation\":\"Update\",\"apiVersion\":\"apps/v1\","
               "\"subresource\":\"scale\",\"fieldsV1\":{\"f:spec\":{\"f:replicas\":{}}}}",
        replicas);
    containers(b);
    buf_puts(b, "]}}},\"status\":{\"replicas\":2,\"readyReplicas\":2}}");
}

static int found(void *ctx, const struct drift_finding *f)
{
    (void)f;
    ++*(size_t *)ctx;
    return 0;
}

static const struct val *parse(struct val_pool *p, const struct buf *b)
{
    struct err e = ERR_INIT;
    const struct val *v = json_read(p, buf_str(b), b->len, NULL, &e);
    if (!v) {
        fprintf(stderr, "bench_drift: %s\n", e.text);
        exit(1);
    }
    return v;
}

static const struct {
    const char *name;
    int which;
    bool read; /* the JSON first, as it comes from a watch */
    size_t findings;
} works[] = {
    {"drift evaluation, nothing differs", 0, false, 0},
    {"drift evaluation, one field of another", 1, false, 1},
    {"drift evaluation with reading of the object", 0, true, 0},
};

int main(void)
{
    struct bench b = {.rules = {.key = {1, 2}, .table = fieldset_table_new(), .manager = "leeway"}};
    val_pool_init(&b.pool);
    for (int i = 0; i < 2; i++) {
        buf_init(&b.text[i], 1u << 24);
        deployment(&b.text[i], i ? 6 : 2);
        b.live[i] = parse(&b.pool, &b.text[i]);
    }
    b.given = given_from_response(&b.rules, b.live[0], NULL);
    if (!b.given)
        return 1;
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        struct val_pool p;
        size_t rounds = 0, findings = 0;
        int64_t from = clock_boot_ms(clock_system()), ms;
        val_pool_init(&p);
        do {
            for (int k = 0; k < 50; k++, rounds++) {
                const struct val *live =
                    works[i].read ? parse(&p, &b.text[works[i].which]) : b.live[works[i].which];
                if (drift_evaluate(&b.rules, b.given, live, &p, found, &findings, NULL))
                    return 1;
                val_pool_reset(&p);
            }
            ms = clock_boot_ms(clock_system()) - from;
        } while (ms < MIN_MS);
        val_pool_clear(&p);
        if (findings != works[i].findings * rounds) {
            fprintf(stderr, "bench_drift: %s: %zu findings\n", works[i].name, findings);
            return 1;
        }
        printf("%s\t%.0f\tobjects/s\t-\t-\t-\n", works[i].name, (double)rounds * 1000 / (double)ms);
    }
    printf("leaves of the object\t%zu\tfields\t-\t-\t-\n", b.given->n);
    printf("its JSON\t%zu\tbytes\t-\t-\t-\n", b.text[0].len);
    given_free(b.given);
    for (int i = 0; i < 2; i++)
        buf_clear(&b.text[i]);
    fieldset_table_free(b.rules.table);
    val_pool_clear(&b.pool);
    return 0;
}
