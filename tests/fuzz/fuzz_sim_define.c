// SPDX-License-Identifier: Apache-2.0
/*
 * Schemas and objects that nobody meant: the first line is a schema, the second an object of it,
 * the third a patch. The definition is made, followed, and its kind asked for everything; whatever
 * is answered has a status.
 */
#include "sim/define.h"
#include "sim/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(struct sim_cluster *c, const char *method, const char *target, const char *type,
                const char *body)
{
    const struct sim_request q = {
        .method = method,
        .target = target,
        .content_type = type,
        .authorization = "Bearer t",
        .accept = strstr(target, "table") ? "application/json;as=Table;v=v1;g=meta.k8s.io" : NULL,
        .body = body,
        .body_len = strlen(body)};
    struct sim_reply r;
    sim_answer(c, &q, &r);
    if (r.status < 200 || r.status > 599)
        abort();
    sim_reply_clear(&r);
    sim_define_tick(c);
}

#define ALL "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
#define ONES "/apis/f.io/v1/namespaces/default/things"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_strndup((const char *)data, size), *save = NULL, *definition = NULL;
    struct sim sim = {.seed = 1, .speed_percent = 100, .clusters_len = 1, .bare = true};
    struct sim_cluster *c = mem_new(struct sim_cluster);
    struct clock_fake clock;
    clock_fake_init(&clock, 1000, 1790000000000);
    sim.clock = &clock.clock;
    sim.types = sim_types_new();
    sim.started_ms = 1000;
    sim.clusters = c;
    c->sim = &sim;
    c->number = 12; /* the smallest */
    c->version = 100;
    snprintf(c->token, sizeof(c->token), "t");
    sim_fleet_name(c, true);
    const char *schema = strtok_r(text, "\n", &save), *object = strtok_r(NULL, "\n", &save);
    const char *patch = strtok_r(NULL, "\n", &save);
    definition = mem_printf(
        "{\"apiVersion\":\"apiextensions.k8s.io/v1\",\"kind\":\"CustomResourceDefinition\","
        "\"metadata\":{\"name\":\"things.f.io\"},\"spec\":{\"group\":\"f.io\",\"scope\":"
        "\"Namespaced\",\"names\":{\"plural\":\"things\",\"kind\":\"Thing\"},\"versions\":[{"
        "\"name\":"
        "\"v1\",\"served\":true,\"storage\":true,\"subresources\":{\"status\":{},\"scale\":{"
        "\"specReplicasPath\":\".spec.replicas\",\"statusReplicasPath\":\".status.replicas\"}},"
        "\"additionalPrinterColumns\":[{\"name\":\"A\",\"type\":\"string\",\"jsonPath\":"
        "\".spec.list[?(@.a==\\\"b\\\")].c\"}],\"schema\":{\"openAPIV3Schema\":%s}}]}}",
        schema ? schema : "{\"type\":\"object\"}");
    ask(c, "POST", ALL, "application/json", definition);
    ask(c, "POST", ONES, "application/json", object ? object : "{}");
    ask(c, "PATCH", ONES "/a?fieldManager=m", "application/apply-patch+yaml",
        object ? object : "{}");
    ask(c, "PATCH", ONES "/a", "application/merge-patch+json", patch ? patch : "{}");
    ask(c, "PATCH", ONES "/a/status", "application/merge-patch+json", patch ? patch : "{}");
    ask(c, "PATCH", ONES "/a/scale", "application/merge-patch+json", "{\"spec\":{\"replicas\":2}}");
    ask(c, "GET", ONES "?table=1", NULL, "");
    ask(c, "PATCH", ALL "/things.f.io", "application/merge-patch+json",
        "{\"spec\":{\"versions\":[{\"name\":\"v1\",\"served\":true,\"storage\":true,\"schema\":{"
        "\"openAPIV3Schema\":{\"type\":\"object\"}}}]}}");
    ask(c, "GET", ONES, NULL, "");
    ask(c, "PATCH", "/apis/apps/v1/namespaces/default/deployments/d",
        "application/apply-patch+yaml", patch ? patch : "{}");
    ask(c, "DELETE", ALL "/things.f.io", NULL, "");
    sim_store_clear(c);
    sim_types_free(sim.types);
    mem_free(definition);
    mem_free(c);
    mem_free(text);
    return 0;
}
