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
#include "differential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- events ---- */

static const struct val *events(struct run *r, int s)
{
    char path[400], query[200];
    VEC(struct val) list = {0};
    snprintf(query, sizeof(query), "?watch=1&timeoutSeconds=10&resourceVersion=%s", r->began[s]);
    if (r->kind->space)
        snprintf(query + strlen(query), sizeof(query) - strlen(query),
                 "&fieldSelector=metadata.name%%3D%s", r->name);
    diff_path(r, path, sizeof(path), "", query);
    diff_send(r, s, "GET", path, "application/json", NULL);
    char *at = r->answers[s].body.len ? r->answers[s].body.data : NULL, *end;
    for (; at && *at; at = end + 1) {
        end = strchr(at, '\n');
        if (!end)
            break;
        const struct val *v = json_read(&r->pool, at, (size_t)(end - at), NULL, NULL);
        if (v)
            vec_push(&list,
                     *val_map_with(&r->pool, v, "object", diff_object(r, val_get(v, "object"))));
    }
    const struct val *out = val_list_of(&r->pool, list.items, list.len);
    vec_clear(&list);
    return out;
}

static void compare_events(struct run *r)
{
    const struct val *a, *b;
    /* All has happened and is there at once, but on a machine that has no time. */
    for (r->wait_ms = 400;; r->wait_ms *= 4) {
        a = events(r, 0), b = events(r, 1);
        if (val_count(a) == val_count(b) || r->rewrites || r->wait_ms > 4000)
            break;
    }
    snprintf(r->what, sizeof(r->what), "%zu and %zu events", val_count(a), val_count(b));
    r->checks++;
    if (!r->rewrites && !val_equal(a, b))
        diff_differ(r, "other events", a, b);
}

/* ---- histories ---- */

static void history(struct run *r, unsigned number, unsigned length)
{
    char path[300], body[300];
    struct buf b;
    buf_init(&b, MAX_TEXT);
    r->random = r->seed * 1000003u + number;
    r->kind = &diff_kinds[diff_below(r, (unsigned)diff_kinds_len)];
    r->odd = diff_chance(r, 25);
    r->rewrites = false;
    r->last = NULL;
    snprintf(r->ns, sizeof(r->ns), "d-%" PRIu64 "-%u-%ld", r->seed, number, (long)getpid());
    snprintf(r->name, sizeof(r->name), "%s", r->kind->space ? r->ns : "x");
    if (r->kind->space)
        strcat(r->name, "-x");
    snprintf(body, sizeof(body),
             "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"}}",
             r->ns);
    snprintf(r->what, sizeof(r->what), "namespace");
    r->step = 0;
    diff_both(r, "POST", "/api/v1/namespaces", "application/json", body);
    diff_path(r, path, sizeof(path), "", "");
    for (int s = 0; s < SERVERS; s++) {
        diff_send(r, s, "GET", path, "application/json", NULL);
        snprintf(r->began[s], sizeof(r->began[s]), "%s",
                 val_str(val_at(r->answers[s].v, "metadata", "resourceVersion", NULL), ""));
        r->versions[s][0] = '\0';
    }
    size_t before = r->differences;
    for (r->step = 1; r->step <= length && r->differences == before; r->step++) {
        diff_step(r, &b, r->step == 1);
        if (r->differences == before)
            diff_get(r);
    }
    if (r->differences == before)
        compare_events(r);
    snprintf(path, sizeof(path), "/api/v1/namespaces/%s", r->ns);
    for (int s = 0; s < SERVERS; s++)
        diff_send(r, s, "DELETE", path, "application/json", NULL);
    val_pool_reset(&r->pool);
    buf_clear(&b);
}

/* The definition of the custom resources, on both, until they can be asked for. */
static void define(struct run *r)
{
    static const char all[] = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    static const char *const ones[] = {"/apis/differential.io/v1/gadgets",
                                       "/apis/differential.io/v1/dials"};
    for (int s = 0; s < SERVERS; s++) {
        for (size_t k = 0; diff_definitions[k]; k++)
            diff_send(r, s, "POST", all, "application/json", diff_definitions[k]);
        for (int i = 0; i < 400; i++) {
            diff_send(r, s, "GET", ones[i % 2], "application/json", NULL);
            if (r->answers[s].status == 200 && i % 2)
                break;
            usleep(r->answers[s].status == 200 ? 0 : 50000);
        }
    }
    val_pool_reset(&r->pool);
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
    define(&r);
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
