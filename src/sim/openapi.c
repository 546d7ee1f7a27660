// SPDX-License-Identifier: Apache-2.0
/*
 * As much of OpenAPI v3 as kubectl asks for before it writes: which kinds may be patched, and that
 * a server validates fields itself. Schemas, which `kubectl explain` would print, are not there.
 */
#include "sim/define.h"

#include <stdio.h>
#include <string.h>

static const char root[] = "/openapi/v3";

/* "api/v1", "apis/apps/v1" */
static void place_of(const struct sim_kind *k, char out[400])
{
    snprintf(out, 400, k->group[0] ? "apis/%.200s/%.150s" : "api%.0s/%.150s", k->group, k->version);
}

static void list_places(const sim_kind_vec *all, struct buf *b)
{
    char last[400] = "", place[400];
    buf_puts(b, "{\"paths\":{");
    for (size_t i = 0; i < all->len; i++) {
        place_of(all->items[i], place);
        if (strcmp(place, last) == 0)
            continue;
        buf_printf(b, "%s\"%s\":{\"serverRelativeURL\":\"%s/%s?hash=0\"}", *last ? "," : "", place,
                   root, place);
        memcpy(last, place, sizeof(last));
    }
    buf_puts(b, "}}");
}

static void describe(const struct sim_kind *k, const char *place, bool first, struct buf *b)
{
    static const char *const queries[] = {"dryRun", "fieldManager", "fieldValidation", "force"};
    buf_printf(b,
               "%s\"/%s/%s%s/{name}\":{\"patch\":{\"description\":\"partially update the specified "
               "%s\",\"parameters\":[",
               first ? "" : ",", place, k->namespaced ? "namespaces/{namespace}/" : "", k->plural,
               k->kind);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++)
        buf_printf(b, "%s{\"name\":\"%s\",\"in\":\"query\",\"schema\":{\"type\":\"%s\"}}",
                   i ? "," : "", queries[i],
                   strcmp(queries[i], "force") == 0 ? "boolean" : "string");
    buf_printf(
        b,
        "],\"responses\":{\"200\":{\"description\":\"OK\"}},\"x-kubernetes-action\":\"patch\","
        "\"x-kubernetes-group-version-kind\":{\"group\":\"%s\",\"version\":\"%s\",\"kind\":"
        "\"%s\"}}}",
        k->group, k->version, k->kind);
}

static bool describe_place(const sim_kind_vec *all, const char *asked, struct buf *b)
{
    char place[400];
    bool any = false;
    buf_puts(b, "{\"openapi\":\"3.0.0\",\"info\":{\"title\":\"Kubernetes\",\"version\":\"1.37\"},"
                "\"paths\":{");
    for (size_t i = 0; i < all->len; i++) {
        place_of(all->items[i], place);
        if (strcmp(place, asked) != 0 || all->items[i]->ask_only)
            continue;
        describe(all->items[i], place, !any, b);
        any = true;
    }
    buf_puts(b, "},\"components\":{\"schemas\":{}}}");
    return any;
}

bool sim_openapi_answer(struct sim_cluster *c, const char *path, struct sim_reply *r)
{
    size_t n = strlen(root);
    if (strncmp(path, root, n) != 0 || (path[n] && path[n] != '/'))
        return false;
    sim_kind_vec all;
    bool found = true;
    sim_kinds_served(c, &all);
    if (path[n])
        found = describe_place(&all, path + n + 1, &r->body);
    else
        list_places(&all, &r->body);
    if (!found)
        buf_reset(&r->body);
    vec_clear(&all);
    return found;
}
