// SPDX-License-Identifier: Apache-2.0
/*
 * Deletion: preconditions, finalizers, propagation. What is held by something gets a
 * deletionTimestamp and waits; the collector (garbage.c) sees to what a deleted object owned.
 */
#include "sim/live.h"
#include "sim/write_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *policy_of(struct write *w, const struct val *options)
{
    const char *p = sim_query_get(w->q, "propagationPolicy");
    return val_str(val_get(options, "propagationPolicy"), p ? p : "");
}

static bool options_fit(struct write *w, const struct val *options)
{
    static const char *const policies[] = {"", "Background", "Foreground", "Orphan"};
    const char *policy = policy_of(w, options);
    const struct val *dry = val_item(val_get(options, "dryRun"), 0);
    char text[200];
    if (!write_dry_run(w, val_str(dry, "")))
        return false;
    w->dry = w->dry || val_str_is(dry, "All");
    for (size_t i = 0; i < ARRAY_LEN(policies); i++)
        if (strcmp(policies[i], policy) == 0)
            return true;
    snprintf(text, sizeof(text),
             "Unsupported value: \"%.60s\": supported values: \"Foreground\", \"Background\", "
             "\"Orphan\", \"nil\"",
             policy);
    return write_invalid_option(w, "FieldValueNotSupported", "propagationPolicy", text);
}

/* Here a server names the kind where it else names the resource. */
static bool precondition(struct write *w, const struct val *want, const struct val *have,
                         const char *what, const char *perhaps)
{
    const struct sim_kind *k = w->t->kind;
    struct sim_kind named = *k;
    struct sim_target t = *w->t;
    if (!val_is(want, VAL_STRING) || val_equal(want, have))
        return true;
    named.plural = k->kind;
    t.kind = &named;
    sim_fail(w->r, 409, "Conflict", &t, NULL,
             "Operation cannot be fulfilled on %s%s%s \"%s\": the %s in the precondition (%.60s) "
             "does not match the %s in record (%.60s). The object might have been %s",
             k->kind, k->group[0] ? "." : "", k->group, t.name, what, want->as.s, what,
             val_str(have, ""), perhaps);
    return false;
}

static const struct val *with_finalizer(struct write *w, const struct val *v, const char *name)
{
    const struct val *list = val_at(v, "metadata", "finalizers", NULL);
    VEC(struct val) items = {0};
    bool there = false;
    for (size_t i = 0; i < val_count(list); i++) {
        there = there || val_str_is(val_item(list, i), name);
        vec_push(&items, *val_item(list, i));
    }
    if (!there)
        vec_push(&items, val_of_str(&w->pool, name));
    v = write_with_meta(w, v, "finalizers", val_list_of(&w->pool, items.items, items.len));
    vec_clear(&items);
    return v;
}

/* What was asked of the collector takes the place of what was asked before. */
static const struct val *with_policy(struct write *w, const struct val *v, const char *policy)
{
    static const struct {
        const char *policy, *finalizer;
    } ours[] = {{"Foreground", "foregroundDeletion"}, {"Orphan", "orphan"}};
    const struct val *list = val_at(v, "metadata", "finalizers", NULL);
    VEC(struct val) items = {0};
    if (!*policy)
        return v;
    for (size_t i = 0; i < val_count(list); i++) {
        bool kept = true;
        for (size_t k = 0; k < ARRAY_LEN(ours); k++)
            kept = kept && (!val_str_is(val_item(list, i), ours[k].finalizer) ||
                            strcmp(ours[k].policy, policy) == 0);
        if (kept)
            vec_push(&items, *val_item(list, i));
    }
    if (items.len < val_count(list))
        v = write_with_meta(w, v, "finalizers",
                            items.len ? val_list_of(&w->pool, items.items, items.len) : NULL);
    vec_clear(&items);
    for (size_t k = 0; k < ARRAY_LEN(ours); k++)
        if (strcmp(ours[k].policy, policy) == 0)
            v = with_finalizer(w, v, ours[k].finalizer);
    return v;
}

static bool same_finalizers(const struct val *a, const struct val *b)
{
    const struct val *x = val_get(a, "finalizers"), *y = val_get(b, "finalizers");
    return val_count(x) == val_count(y) && (!val_count(x) || val_equal(x, y));
}

/* Pods are told before they go: they are marked, and end when their kubelet says so. */
static bool is_graceful(const struct sim_kind *k)
{
    return strcmp(sim_kind_word(k), "Pod") == 0;
}

/* The seconds that the request gives it; -1: it says nothing of it. */
static int64_t asked_grace(struct write *w, const struct val *options)
{
    uint64_t asked;
    int64_t grace = -1;
    if (sim_query_number(w->q, "gracePeriodSeconds", &asked) && asked < INT32_MAX)
        grace = (int64_t)asked;
    const struct val *given = val_get(options, "gracePeriodSeconds");
    if (given) /* what is negative counts as one */
        grace = val_int(given, 0) < 0 ? 1 : val_int(given, 0);
    return grace;
}

static int64_t grace_of(struct write *w, const struct sim_object *o, const struct val *v,
                        const struct val *options)
{
    const struct val *phase = val_at(v, "status", "phase", NULL);
    bool runs = val_at(v, "spec", "nodeName", NULL) && !val_str_is(phase, "Succeeded") &&
                !val_str_is(phase, "Failed");
    int64_t asked = asked_grace(w, options);
    if (!is_graceful(o->kind) || !runs)
        return 0;
    return asked >= 0 ? asked
                      : val_int(val_at(v, "spec", "terminationGracePeriodSeconds", NULL), 30);
}

/* An object whose deletion begins. */
static const struct val *with_deletion(struct write *w, const struct val *v, int64_t grace)
{
    char at[CLOCK_RFC3339_LEN];
    int64_t generation = val_int(val_at(v, "metadata", "generation", NULL), 0);
    clock_format_rfc3339(sim_wall_ms(w->c) + grace * 1000, at);
    v = write_with_meta(w, v, "deletionTimestamp", write_text(w, at));
    v = write_with_meta(w, v, "deletionGracePeriodSeconds", write_integer(w, grace));
    return generation ? write_with_meta(w, v, "generation", write_integer(w, generation + 1)) : v;
}

/* One that goes already and is to go sooner: what is asked now counts from when it was asked first,
 * and is not over before now. */
static const struct val *with_less_grace(struct write *w, const struct val *v, int64_t had,
                                         int64_t grace)
{
    const char *text = val_str(val_at(v, "metadata", "deletionTimestamp", NULL), "");
    int64_t end = 0, now = sim_wall_ms(w->c);
    char at[CLOCK_RFC3339_LEN];
    (void)clock_parse_rfc3339(text, strlen(text), &end, NULL);
    end += (grace - had) * 1000;
    if (end < now) {
        end = now;
        grace = grace ? 1 : 0;
    }
    clock_format_rfc3339(end, at);
    v = write_with_meta(w, v, "deletionTimestamp", write_text(w, at));
    return write_with_meta(w, v, "deletionGracePeriodSeconds", write_integer(w, grace));
}

static void answer_gone(struct write *w, const struct sim_object *o, const struct val *meta)
{
    w->r->status = 200;
    buf_puts(&w->r->body, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"
                          "\"Success\",\"details\":{\"name\":");
    sim_json_text(&w->r->body, o->name);
    if (o->kind->group[0])
        buf_printf(&w->r->body, ",\"group\":\"%s\"", o->kind->group);
    buf_printf(&w->r->body, ",\"kind\":\"%s\",\"uid\":\"%s\"}}\n", o->kind->plural,
               val_str(val_get(meta, "uid"), ""));
}

/* These are answered with what they were. */
static bool returned(const struct sim_kind *k)
{
    static const char *const kinds[] = {
        "Namespace",     "PersistentVolume", "PersistentVolumeClaim", "Pod",
        "ResourceQuota", "Service",          "ServiceAccount",        "StorageClass"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i], sim_kind_word(k)) == 0)
            return true;
    return false;
}

/* A definition that is to go: its instances will be ended first. */
static const struct val *with_pending(struct write *w, const struct val *v)
{
    const struct val *list = val_at(v, "status", "conditions", NULL);
    VEC(struct val) items = {0};
    struct buf b;
    for (size_t i = 0; i < val_count(list); i++)
        if (!val_str_is(val_get(val_item(list, i), "type"), "Terminating"))
            vec_push(&items, *val_item(list, i));
    buf_init(&b, BUF_SMALL);
    sim_condition_write(&b, w->c, v, "Terminating", true, "InstanceDeletionPending",
                        "CustomResourceDefinition marked for deletion; CustomResource deletion "
                        "will begin soon");
    const struct val *pending = write_json(w, buf_str(&b));
    if (pending)
        vec_push(&items, *pending);
    v = write_with(w, v, "status",
                   write_with(w, val_get(v, "status"), "conditions",
                              val_list_of(&w->pool, items.items, items.len)));
    buf_clear(&b);
    vec_clear(&items);
    return v;
}

/* What the cluster itself lives in. */
static bool is_immortal(const struct sim_object *o)
{
    static const char *const names[] = {"default", "kube-system", "kube-public"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(o->name, names[i]) == 0)
            return strcmp(sim_kind_word(o->kind), "Namespace") == 0;
    return false;
}

static void delete_one(struct write *w, struct sim_object *o, const struct val *options)
{
    const struct val *v = sim_object_read(&w->pool, o), *meta = val_get(v, "metadata");
    const struct val *want = val_get(options, "preconditions");
    const char *policy = policy_of(w, options);
    bool space = strcmp(sim_kind_word(o->kind), "Namespace") == 0;
    if (is_immortal(o)) {
        sim_fail(w->r, 403, "Forbidden", w->t, NULL,
                 "namespaces \"%s\" is forbidden: this namespace may not be deleted", o->name);
        return;
    }
    if (!precondition(w, val_get(want, "uid"), val_get(meta, "uid"), "UID",
                      "deleted and then recreated") ||
        !precondition(w, val_get(want, "resourceVersion"), val_get(meta, "resourceVersion"),
                      "ResourceVersion", "modified"))
        return;
    bool going = val_get(meta, "deletionTimestamp") != NULL;
    int64_t had = going ? val_int(val_get(meta, "deletionGracePeriodSeconds"), 0) : 0;
    int64_t asked = asked_grace(w, options);
    if ((had > 0 && (asked < 0 || asked >= had)) ||
        (space && going &&
         val_count(val_at(v, "spec", "finalizers", NULL)))) { /* it is under way */
        write_answer(w, 200, v, w->dry ? NULL : o);
        return;
    }
    int64_t grace = had > 0 ? asked : going ? 0 : grace_of(w, o, v, options);
    bool definition = strcmp(sim_kind_word(o->kind), "CustomResourceDefinition") == 0;
    if (!definition) /* its instances are seen to first, whatever was asked */
        v = with_policy(w, v, policy);
    if (definition && !going)
        v = with_pending(w, with_finalizer(w, v, "customresourcecleanup.apiextensions.k8s.io"));
    bool same = going && !had && same_finalizers(meta, val_get(v, "metadata"));
    bool first = !going && (is_graceful(o->kind) || space || sim_held(o->kind, v));
    if (had > 0)
        v = with_less_grace(w, v, had, grace);
    else if (first)
        v = with_deletion(w, v, grace);
    if (first && definition) /* these don't count it as a change */
        v = write_with_meta(w, v, "generation", val_get(meta, "generation"));
    if (first && space) /* nor do these say how long it takes */
        v = write_with_meta(w, v, "deletionGracePeriodSeconds", NULL);
    bool held = sim_held(o->kind, v) || (first && space); /* spaces go when asked once more */
    bool marked = first || had > 0 || (held && !same);
    if (marked && space)
        v = write_with(w, v, "status",
                       write_with(w, val_get(v, "status"), "phase", write_text(w, "Terminating")));
    if (marked && !w->dry) {
        o = sim_store_put(w->c, o->kind, &w->pool, v);
        if (!o) {
            sim_fail(w->r, 413, "RequestEntityTooLarge", w->t, NULL, "the object is too large");
            return;
        }
    }
    if (held || returned(o->kind))
        write_answer(w, 200, v, w->dry ? NULL : o);
    else
        answer_gone(w, o, meta);
    if (w->dry)
        return;
    if (!held)
        sim_store_remove(w->c, o);
    else if (marked)
        sim_behave_touch(w->c, o);
}

static void delete_many(struct write *w, const struct val *options)
{
    struct sim_reply *r = w->r, sink;
    sim_list_answer(w->c, w->t, w->q, r);
    if (r->status != 200 || w->dry)
        return;
    struct sim_selector *s = sim_selector_new(w->t->kind, sim_query_get(w->q, "labelSelector"),
                                              sim_query_get(w->q, "fieldSelector"), r);
    sim_object_vec v = {0};
    const char *ns = w->t->ns[0] && w->t->kind->namespaced ? w->t->ns : NULL;
    if (s && sim_store_at(w->c, w->t->kind, ns, w->c->version, &v)) {
        for (size_t i = 0; i < v.len; i++) {
            struct sim_object *o = v.items[i];
            if (sim_store_get(w->c, o->kind, o->ns, o->name) != o ||
                !sim_selector_matches(s, sim_object_read(&w->pool, o)))
                continue;
            sink = (struct sim_reply){.status = 200};
            buf_init(&sink.body, BUF_LARGE);
            w->r = &sink;
            delete_one(w, o, options);
            buf_clear(&sink.body);
        }
    }
    w->r = r;
    sim_object_vec_clear(&v);
    sim_selector_free(s);
}

void write_delete(struct write *w)
{
    const struct val *options = NULL;
    if (w->rq->body_len && !(options = write_read_body(w)))
        return;
    if (!options_fit(w, options))
        return;
    if (!w->t->name[0]) {
        delete_many(w, options);
        return;
    }
    struct sim_object *o = sim_store_get(w->c, w->t->kind, w->t->ns, w->t->name);
    if (o)
        delete_one(w, o, options);
    else
        write_not_found(w);
}
