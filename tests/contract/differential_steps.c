// SPDX-License-Identifier: Apache-2.0
/* The writes that histories are made of. */
#include "differential.h"

#include "data/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void diff_path(const struct run *r, char *out, size_t len, const char *name, const char *query)
{
    bool core = strchr(r->kind->api, '/') == NULL;
    snprintf(out, len, "/%s/%s/%s%s%s%s%s%s%s", core ? "api" : "apis", r->kind->api,
             r->kind->space ? "" : "namespaces/", r->kind->space ? "" : r->ns,
             r->kind->space ? "" : "/", r->kind->path, *name ? "/" : "", name, query);
}

void diff_get(struct run *r)
{
    char path[300];
    diff_path(r, path, sizeof(path), r->name, "");
    diff_both(r, "GET", path, "application/json", NULL);
    for (int s = 0; s < SERVERS; s++)
        if (r->answers[s].status != 200)
            r->versions[s][0] = '\0';
    if (r->answers[0].status == 200 && r->answers[1].status == 200)
        diff_compare_versions(r);
}

static void step_apply(struct run *r, struct buf *b)
{
    char path[300], query[120];
    bool dry = diff_chance(r, 10), force = diff_chance(r, 45);
    snprintf(query, sizeof(query), "?fieldManager=%s%s%s", PICK(r, "one", "two", "three"),
             force ? "&force=true" : "", dry ? "&dryRun=All" : "");
    diff_path(r, path, sizeof(path), r->name, query);
    diff_body(r, b);
    snprintf(r->what, sizeof(r->what), "apply %s", query);
    diff_both(r, "PATCH", path, "application/apply-patch+yaml", buf_str(b));
}

static void step_create(struct run *r, struct buf *b)
{
    char path[300];
    diff_path(r, path, sizeof(path), "", "?fieldManager=creator");
    diff_body(r, b);
    snprintf(r->what, sizeof(r->what), "create");
    diff_both(r, "POST", path, "application/json", buf_str(b));
}

/* Each server's own object, with the same fields written over it. */
static void step_replace(struct run *r, struct buf *b)
{
    char path[300], query[60];
    diff_path(r, path, sizeof(path), r->name, "");
    diff_both(r, "GET", path, "application/json", NULL);
    if (r->answers[0].status != 200 || r->answers[1].status != 200)
        return;
    snprintf(query, sizeof(query), "?fieldManager=%s", PICK(r, "u1", "u2"));
    diff_path(r, path, sizeof(path), r->name, query);
    diff_body(r, b);
    const struct val *over = json_read(&r->pool, buf_str(b), b->len, NULL, NULL);
    bool reset = diff_chance(r, 5), whole = diff_chance(r, 30);
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
        if (r->verbose)
            printf("# PUT %s %s\n", path, buf_str(&text));
        diff_send(r, s, "PUT", path, "application/json", buf_str(&text));
        buf_clear(&text);
    }
    diff_compare(r);
}

static void step_merge(struct run *r, struct buf *b)
{
    char path[300], query[60];
    snprintf(query, sizeof(query), "?fieldManager=%s",
             PICK(r, "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"));
    diff_path(r, path, sizeof(path), r->name, query);
    buf_reset(b);
    if (diff_chance(r, 50))
        buf_printf(b, "{\"metadata\":{\"labels\":{\"%s\":%s}}}", PICK(r, "a", "b", "c"),
                   PICK(r, "\"1\"", "\"2\"", "null"));
    else if (r->kind->scale && diff_chance(r, 60))
        buf_printf(b, "{\"spec\":{%s%s%s}}",
                   r->kind->pool ? "\"pool\":{\"size\":" : "\"replicas\":",
                   PICK(r, "1", "2", "3", "null"), r->kind->pool ? "}" : "");
    else if (strcmp(r->kind->kind, "ConfigMap") == 0)
        buf_printf(b, "{\"data\":{\"%s\":%s}}", PICK(r, "a", "b", "c"),
                   PICK(r, "\"1\"", "\"3\"", "null"));
    else
        buf_printf(b, "{\"metadata\":{\"annotations\":%s}}",
                   PICK(r, "null", "{\"a\":\"1\"}", "{\"b\":null}", "{}"));
    snprintf(r->what, sizeof(r->what), "merge %s %.100s", query, buf_str(b));
    diff_both(r, "PATCH", path, "application/merge-patch+json", buf_str(b));
}

static void step_json(struct run *r, struct buf *b)
{
    char path[300];
    diff_path(r, path, sizeof(path), r->name, "?fieldManager=j");
    buf_reset(b);
    buf_printf(b, "[{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{\"%s\":\"%s\"}}]",
               PICK(r, "a", "d"), PICK(r, "1", "2"));
    snprintf(r->what, sizeof(r->what), "JSON patch %.100s", buf_str(b));
    diff_both(r, "PATCH", path, "application/json-patch+json", buf_str(b));
}

static void step_scale(struct run *r, struct buf *b)
{
    char path[300], query[60];
    if (!r->kind->scale)
        return;
    snprintf(query, sizeof(query), "/scale?fieldManager=%s", PICK(r, "hpa", "kubectl"));
    diff_path(r, path, sizeof(path), r->name, query);
    buf_reset(b);
    bool apply = diff_chance(r, 25);
    if (apply)
        buf_printf(b,
                   "{\"apiVersion\":\"autoscaling/v1\",\"kind\":\"Scale\",\"metadata\":{\"name\":"
                   "\"%s\",\"namespace\":\"%s\"},\"spec\":{\"replicas\":%u}}",
                   r->name, r->ns, 1 + diff_below(r, 4));
    else
        buf_printf(b, "{\"spec\":{\"replicas\":%u}}", diff_below(r, 5));
    snprintf(r->what, sizeof(r->what), "%s scale %s %.60s", apply ? "apply" : "merge", query,
             buf_str(b));
    diff_both(r, "PATCH", path,
              apply ? "application/apply-patch+yaml" : "application/merge-patch+json", buf_str(b));
}

static void step_status(struct run *r, struct buf *b)
{
    char path[300];
    if (!r->kind->scale)
        return;
    diff_path(r, path, sizeof(path), r->name, "/status?fieldManager=kcm");
    buf_reset(b);
    unsigned n = diff_below(r, 3);
    if (r->kind->pool)
        buf_printf(b, "{\"status\":{\"pool\":{\"ready\":%u},\"selector\":\"%s\"}}", n,
                   PICK(r, "a=b", "", "c in (d)"));
    else
        buf_printf(b,
                   "{\"status\":{\"replicas\":%u,\"readyReplicas\":%u,\"observedGeneration\":%u},"
                   "\"metadata\":{\"annotations\":{\"s\":\"%u\"}}}",
                   n, n, diff_below(r, 3), diff_below(r, 2));
    snprintf(r->what, sizeof(r->what), "status %.120s", buf_str(b));
    diff_both(r, "PATCH", path, "application/merge-patch+json", buf_str(b));
}

/* In the foreground and for orphans it waits for a collector, which neither server has. */
static void step_delete(struct run *r, struct buf *b)
{
    char path[300], query[60];
    (void)b;
    snprintf(query, sizeof(query), "?propagationPolicy=%s",
             PICK(r, "Background", "Background", "Foreground", "Orphan"));
    diff_path(r, path, sizeof(path), r->name, query);
    snprintf(r->what, sizeof(r->what), "delete %s", query);
    diff_both(r, "DELETE", path, "application/json", NULL);
    for (int s = 0; s < SERVERS; s++)
        r->versions[s][0] = '\0';
}

static void step_finalizers(struct run *r, struct buf *b)
{
    char path[300];
    diff_path(r, path, sizeof(path), r->name, "?fieldManager=f");
    buf_reset(b);
    buf_printf(b, "{\"metadata\":{\"finalizers\":%s}}",
               PICK(r, "null", "null", "[\"x.io/a\"]", "[\"x.io/a\",\"x.io/b\"]"));
    snprintf(r->what, sizeof(r->what), "finalizers %.100s", buf_str(b));
    diff_both(r, "PATCH", path, "application/merge-patch+json", buf_str(b));
    for (int s = 0; s < SERVERS; s++)
        if (val_at(r->answers[s].v, "metadata", "deletionTimestamp", NULL))
            r->versions[s][0] = '\0'; /* it may have ended with that */
}

static void step_strategic(struct run *r, struct buf *b)
{
    char path[300];
    bool workload = strcmp(r->kind->api, "apps/v1") == 0;
    diff_path(r, path, sizeof(path), r->name, "?fieldManager=s");
    buf_reset(b);
    const char *spec = PICK(
        r, "{\"spec\":{\"containers\":[{\"name\":\"one\",\"image\":\"app:3\"}]}}",
        "{\"spec\":{\"containers\":[{\"name\":\"two\",\"$patch\":\"delete\"}]}}",
        "{\"spec\":{\"containers\":[{\"name\":\"one\",\"env\":[{\"name\":\"B\",\"value\":\"9\"},"
        "{\"name\":\"A\",\"$patch\":\"delete\"}]}]}}",
        "{\"metadata\":{\"annotations\":{\"restarted\":\"now\"}}}",
        "{\"spec\":{\"$setElementOrder/containers\":[{\"name\":\"three\"},{\"name\":\"one\"}],"
        "\"containers\":[{\"name\":\"three\",\"image\":\"app\"},{\"name\":\"one\",\"args\":null}]}"
        "}",
        "{\"spec\":{\"tolerations\":[{\"key\":\"z\",\"operator\":\"Exists\"}]}}");
    if (strcmp(r->kind->kind, "Pod") == 0)
        buf_puts(b, spec);
    else if (workload)
        buf_printf(b, "{\"spec\":{\"template\":%s}}", spec);
    else
        buf_printf(b, "{\"metadata\":{\"labels\":%s}}",
                   PICK(r, "{\"a\":\"s\"}", "{\"b\":\"s\",\"c\":null}", "{\"a\":null}"));
    snprintf(r->what, sizeof(r->what), "strategic %.150s", buf_str(b));
    diff_both(r, "PATCH", path, "application/strategic-merge-patch+json", buf_str(b));
}

/* Lets a namespace go, or holds it back. What is not in the body goes from its metadata, too. */
static void step_finalize(struct run *r, struct buf *b)
{
    char path[300];
    if (!r->kind->space)
        return;
    diff_path(r, path, sizeof(path), r->name, "/finalize?fieldManager=z");
    buf_reset(b);
    buf_printf(b,
               "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"%s},"
               "\"spec\":{\"finalizers\":%s}}",
               r->name, PICK(r, "", "", ",\"labels\":{\"a\":\"f\"}"),
               PICK(r, "[]", "null", "[\"kubernetes\"]", "[\"kubernetes\",\"x.io/c\"]"));
    snprintf(r->what, sizeof(r->what), "finalize %.150s", buf_str(b));
    diff_both(r, "PUT", path, "application/json", buf_str(b));
    for (int s = 0; s < SERVERS; s++)
        if (val_at(r->answers[s].v, "metadata", "deletionTimestamp", NULL))
            r->versions[s][0] = '\0';
}

static const struct {
    unsigned weight;
    void (*run)(struct run *r, struct buf *b);
} steps[] = {
    {40, step_apply},     {6, step_create},    {14, step_replace}, {16, step_merge},
    {4, step_json},       {14, step_scale},    {6, step_status},   {3, step_delete},
    {2, step_finalizers}, {8, step_strategic}, {5, step_finalize},
};

void diff_step(struct run *r, struct buf *b, bool first)
{
    unsigned total = 0;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        total += steps[i].weight;
    unsigned n = diff_below(r, total);
    size_t i = 0;
    while (n >= steps[i].weight)
        n -= steps[i++].weight;
    if (first) /* there is something to work with */
        i = diff_chance(r, 60) ? 0 : 1;
    r->what[0] = '\0';
    steps[i].run(r, b);
}
