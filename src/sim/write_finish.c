// SPDX-License-Identifier: Apache-2.0
/*
 * What every write ends in, in the order of a server: the object through its type, whose fields
 * they are, what a client may not change put back, what the server itself adds, validation; and
 * nothing at all when nothing but times would differ.
 */
#include "sim/write_int.h"

#include "base/digest.h"
#include "sim/define.h"
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- through the type ---- */

/* A DaemonSet's, which is kept as an annotation. */
#define TEMPLATE_GENERATION "deprecated.daemonset.template.generation"

static const struct val *template_generation(struct write *w, const struct val *v, int64_t n)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, n);
    return write_with_meta(w, v, "annotations",
                           write_with(w, val_at(v, "metadata", "annotations", NULL),
                                      TEMPLATE_GENERATION, write_text(w, text)));
}

static const struct val *read_typed(struct write *w, struct sim_reading *r, const struct val *v)
{
    const struct sim_struct *s = w->type;
    *r = (struct sim_reading){.pool = &w->pool, .defaults = true, .applied = r->applied};
    if (w->t->kind->made)
        return sim_made_read(r, w->t->kind->made, v);
    if (!s)
        return v;
    const struct val *out = sim_types_read(r, s, v);
    if (out && strcmp(s->name, "core.v1.Secret") == 0 && val_get(out, "stringData")) {
        /* what was written as text is kept as bytes, and wins */
        const struct val *from = val_get(out, "stringData"), *to = val_get(out, "data");
        for (uint32_t i = 0; i < from->len; i++) {
            const struct val *x = &from->as.entries[i].value;
            struct buf b;
            buf_init(&b, BUF_LARGE);
            (void)base64_encode(&b, x->as.s, x->len);
            to = write_with(w, to, from->as.entries[i].key->s, write_text(w, buf_str(&b)));
            buf_wipe(&b);
        }
        out = val_map_without(&w->pool, write_with(w, out, "data", to), "stringData");
    }
    if (out && strcmp(s->name, "apps.v1.DaemonSet") == 0 &&
        !val_at(out, "metadata", "annotations", TEMPLATE_GENERATION, NULL))
        out = template_generation(w, out, 0);
    return out;
}

const struct val *write_read_stored(struct write *w, const struct sim_object *o)
{
    struct sim_reading r = {0};
    const struct val *v = sim_object_read(&w->pool, o), *typed;
    if (o->kind != w->t->kind && w->t->kind->made)
        return sim_made_show(&w->pool, w->t->kind->made, false, v);
    typed = read_typed(w, &r, v);
    sim_reading_clear(&r);
    return typed ? typed : v; /* what it began with may be no object of its type */
}

static void warn_unknown(struct write *w, const struct sim_reading *r)
{
    size_t at = 0;
    for (size_t i = 0; i < r->unknown.len && at + 40 < sizeof(w->r->warning); i++) {
        int n = snprintf(w->r->warning + at, sizeof(w->r->warning) - at,
                         "%s299 - \"unknown field \\\"%.120s\\\"\"", i ? ", " : "",
                         r->unknown.items[i]);
        at += n > 0 ? (size_t)n : 0;
    }
    if (at >= sizeof(w->r->warning)) /* half a warning is none */
        w->r->warning[0] = '\0';
    for (char *p = w->r->warning; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
            *p = '?';
}

static void fail_unknown(struct write *w, const struct sim_reading *r, bool patch)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    for (size_t i = 0; i < r->unknown.len; i++)
        buf_printf(&b, "%sunknown field \"%.200s\"", i ? ", " : "", r->unknown.items[i]);
    if (patch)
        sim_fail(w->r, 422, "Invalid", w->t, NULL,
                 " \"\" is invalid: patch: Invalid value: \"the patch\": strict decoding error: %s",
                 buf_str(&b));
    else
        sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                 "%s in version \"%s\" cannot be handled as a %s: strict decoding error: %s",
                 w->t->kind->kind, w->t->kind->version, w->t->kind->kind, buf_str(&b));
    buf_clear(&b);
}

const struct val *write_through_type(struct write *w, const struct val *v, enum write_from from)
{
    struct sim_reading r = {.applied = from == WRITE_FROM_APPLY};
    bool patch = from != WRITE_FROM_BODY;
    const struct val *out = read_typed(w, &r, v);
    if (!out && r.over)
        sim_fail(w->r, 413, "RequestEntityTooLarge", w->t, NULL, "the object is too large");
    else if (!out && patch)
        sim_fail(w->r, 422, "Invalid", w->t, NULL,
                 " \"\" is invalid: patch: Invalid value: \"the patch\": %s", r.wrong);
    else if (!out)
        sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                 "%s in version \"%s\" cannot be handled as a %s: %s", w->t->kind->kind,
                 w->t->kind->version, w->t->kind->kind, r.wrong);
    if (out && r.unknown.len && w->validation == WRITE_STRICT) {
        fail_unknown(w, &r, patch);
        out = NULL;
    } else if (out && r.unknown.len && w->validation == WRITE_WARN) {
        warn_unknown(w, &r);
    }
    sim_reading_clear(&r);
    return out;
}

/* ---- whose fields ---- */

static const struct typed_atom *typed_of(void *ctx, const char *version)
{
    struct write *w = ctx;
    const struct sim_made *m = w->t->kind->made;
    const struct sim_made *other = m ? sim_made_version(m, version) : NULL;
    return strcmp(version, w->version) == 0 ? w->typed : other ? other->typed : NULL;
}

/* What a write cannot own, since it is put back afterwards. */
static fieldset reset_fields(struct write *w)
{
    static const struct {
        const char *kind, *sub, *fields;
    } table[] = {
        {"Deployment", "status", "{\"f:spec\":{},\"f:metadata\":{\"f:labels\":{}}}"},
        {"Pod", "status",
         "{\"f:spec\":{},\"f:metadata\":{\"f:deletionTimestamp\":{},\"f:ownerReferences\":{}}}"},
        {NULL, "status", "{\"f:spec\":{}}"},
        {NULL, "", "{\"f:status\":{}}"},
        {NULL, "finalize", "{\"f:status\":{}}"},
    };
    if (!(w->t->kind->sub & SIM_STATUS))
        return NULL;
    if (w->t->kind->made && strcmp(w->t->sub, "status") == 0) {
        const struct val *v = write_json(w, "{\"f:spec\":{},\"f:metadata\":{}}");
        return v ? fieldset_read(&w->pool, v, NULL) : NULL;
    }
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strcmp(table[i].sub, w->t->sub) == 0 &&
            (!table[i].kind || strcmp(table[i].kind, sim_kind_word(w->t->kind)) == 0)) {
            const struct val *v = write_json(w, table[i].fields);
            return v ? fieldset_read(&w->pool, v, NULL) : NULL;
        }
    return NULL;
}

struct sim_fields write_fields(struct write *w)
{
    struct sim_reading r = {.pool = &w->pool};
    const struct val *empty = val_map_of(&w->pool, NULL, 0);
    if (w->type)
        empty = sim_types_read(&r, w->type, empty);
    sim_reading_clear(&r);
    empty = write_with(w, empty, "apiVersion", write_text(w, w->version));
    empty = write_with(w, empty, "kind", write_text(w, w->t->kind->kind));
    return (struct sim_fields){.pool = &w->pool,
                               .version = w->version,
                               .sub = w->t->sub,
                               .manager = w->manager,
                               .wall_ms = sim_wall_ms(w->c),
                               .reset = reset_fields(w),
                               .empty = empty,
                               .ctx = w,
                               .type = typed_of};
}

const struct val *sim_write_tracked(struct sim_cluster *c, const struct sim_kind *k,
                                    struct val_pool *p, const struct val *was,
                                    const struct val *now, const char *manager, const char *sub)
{
    if (was && !val_at(was, "metadata", "managedFields", NULL))
        return now; /* nobody kept track of it, and nobody begins now */
    struct sim_target *t = mem_new(struct sim_target);
    struct write w = {.c = c, .t = t};
    t->kind = k;
    snprintf(t->sub, sizeof(t->sub), "%s", sub ? sub : "");
    snprintf(w.manager, sizeof(w.manager), "%s", manager ? manager : "");
    val_pool_init(&w.pool);
    write_know_kind(&w);
    struct sim_fields f = write_fields(&w);
    const struct val *out = sim_fields_update(&f, was, now);
    out = out ? val_copy(p, out) : now;
    val_pool_clear(&w.pool);
    mem_free(t);
    return out;
}

void write_know_kind(struct write *w)
{
    const struct sim_kind *k = w->t->kind;
    snprintf(w->version, sizeof(w->version), "%s%s%s", k->group, k->group[0] ? "/" : "",
             k->version);
    w->type = sim_kind_type(w->c->sim->types, k);
    w->typed = w->type ? &w->type->typed : k->made ? k->made->typed : &typed_deduced;
}

/* ---- what the server keeps and adds ---- */

static bool has_generation(const struct sim_kind *k)
{
    static const char *const kinds[] = {"CronJob",
                                        "CustomResourceDefinition",
                                        "DaemonSet",
                                        "Deployment",
                                        "HorizontalPodAutoscaler",
                                        "Ingress",
                                        "IngressClass",
                                        "Job",
                                        "NetworkPolicy",
                                        "Pod",
                                        "PodDisruptionBudget",
                                        "PriorityClass",
                                        "ReplicaSet",
                                        "StatefulSet"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i], sim_kind_word(k)) == 0)
            return true;
    return k->made != NULL;
}

static bool differ(const struct val *a, const struct val *b)
{
    a = a ? a : &val_null;
    b = b ? b : &val_null;
    return !val_equal(a, b);
}

static bool spec_changed(struct write *w, const struct val *now, const struct val *was)
{
    if (w->t->kind->made) { /* whatever is neither metadata nor its own status */
        const char *const apart[] = {"metadata", "apiVersion",
                                     w->t->kind->sub & SIM_STATUS ? "status" : "metadata"};
        for (size_t i = 0; i < ARRAY_LEN(apart); i++) {
            now = now && val_get(now, apart[i]) ? val_map_without(&w->pool, now, apart[i]) : now;
            was = was && val_get(was, apart[i]) ? val_map_without(&w->pool, was, apart[i]) : was;
        }
        return differ(now, was);
    }
    if (strcmp(w->t->kind->kind, "Deployment") == 0 &&
        differ(val_at(now, "metadata", "annotations", NULL),
               val_at(was, "metadata", "annotations", NULL)))
        return true;
    return differ(val_get(now, "spec"), val_get(was, "spec"));
}

/* A service gets its address when it is made; what it has, it keeps. */
static const struct val *service(struct write *w, const struct val *v, const struct val *was)
{
    static const char *const kept[] = {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy",
                                       "healthCheckNodePort"};
    const struct val *spec = val_get(v, "spec"), *old = val_get(was, "spec");
    if (val_str_is(val_get(spec, "type"), "ExternalName"))
        return v;
    for (size_t i = 0; old && i < ARRAY_LEN(kept); i++)
        if (!val_get(spec, kept[i]) && val_get(old, kept[i]))
            spec = write_with(w, spec, kept[i], val_get(old, kept[i]));
    char text[60], ip[40];
    const char *have = val_str(val_get(spec, "clusterIP"), "");
    if (!*have) {
        snprintf(ip, sizeof(ip), "10.96.%u.%u", (unsigned)sim_random(w->c) % 256,
                 (unsigned)sim_random(w->c) % 254 + 1);
        spec = write_with(w, spec, "clusterIP", write_text(w, ip));
        have = ip;
    }
    if (!val_get(spec, "clusterIPs")) {
        snprintf(text, sizeof(text), "[\"%.40s\"]", have);
        spec = write_with(w, spec, "clusterIPs", write_json(w, text));
    }
    if (!val_get(spec, "ipFamilies"))
        spec = write_with(w, spec, "ipFamilies", write_json(w, "[\"IPv4\"]"));
    if (!val_get(spec, "ipFamilyPolicy"))
        spec = write_with(w, spec, "ipFamilyPolicy", write_text(w, "SingleStack"));
    return write_with(w, v, "spec", spec);
}

/* A job selects its pods by its own uid. */
static const struct val *job(struct write *w, const struct val *v, const char *uid)
{
    const struct val *spec = val_get(v, "spec"), *template = val_get(spec, "template");
    const struct val *meta = val_get(template, "metadata"), *labels = val_get(meta, "labels");
    const struct val *id = write_text(w, uid), *name = val_at(v, "metadata", "name", NULL);
    if (val_bool(val_get(spec, "manualSelector"), false))
        return v;
    const struct val *match = write_with(w, NULL, "batch.kubernetes.io/controller-uid", id);
    labels = write_with(w, labels, "batch.kubernetes.io/controller-uid", id);
    labels = write_with(w, labels, "batch.kubernetes.io/job-name", name);
    labels = write_with(w, labels, "controller-uid", id);
    labels = write_with(w, labels, "job-name", name);
    meta = write_with(w, meta, "labels", labels);
    template = write_with(w, template, "metadata", meta);
    if (!val_count(val_at(v, "metadata", "labels", NULL))) /* a default, whenever it is read */
        v = write_with_meta(w, v, "labels", labels);
    spec = write_with(w, spec, "template", template);
    spec = write_with(w, spec, "selector", write_with(w, NULL, "matchLabels", match));
    return write_with(w, v, "spec", spec);
}

/* What admission adds to every pod that is made: tolerations for a while, the priority of none. */
static const struct val *pod(struct write *w, const struct val *v)
{
    static const char *const keys[] = {"node.kubernetes.io/not-ready",
                                       "node.kubernetes.io/unreachable"};
    const struct val *spec = val_get(v, "spec"), *have = val_get(spec, "tolerations");
    VEC(struct val) items = {0};
    for (size_t i = 0; i < val_count(have); i++)
        vec_push(&items, *val_item(have, i));
    for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
        char text[200];
        bool there = false;
        for (size_t i = 0; i < val_count(have); i++) {
            const char *key = val_str(val_get(val_item(have, i), "key"), "");
            const char *effect = val_str(val_get(val_item(have, i), "effect"), "NoExecute");
            there =
                there || ((!*key || strcmp(key, keys[k]) == 0) && strcmp(effect, "NoExecute") == 0);
        }
        snprintf(text, sizeof(text),
                 "{\"key\":\"%s\",\"operator\":\"Exists\",\"effect\":\"NoExecute\","
                 "\"tolerationSeconds\":300}",
                 keys[k]);
        const struct val *one = write_json(w, text);
        if (!there && one)
            vec_push(&items, *one);
    }
    spec = write_with(w, spec, "tolerations", val_list_of(&w->pool, items.items, items.len));
    vec_clear(&items);
    if (!val_get(spec, "priority"))
        spec = write_with(w, spec, "priority", write_integer(w, 0));
    if (!val_get(spec, "preemptionPolicy"))
        spec = write_with(w, spec, "preemptionPolicy", write_text(w, "PreemptLowerPriority"));
    return write_with(w, v, "spec", spec);
}

/* Of a pod, by what its containers ask for and are limited to. */
static const char *quality_of(const struct val *spec)
{
    static const char *const names[] = {"cpu", "memory"};
    const struct val *list = val_get(spec, "containers");
    bool any = false, all = true;
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *r = val_get(val_item(list, i), "resources");
        const struct val *limits = val_get(r, "limits"), *requests = val_get(r, "requests");
        any = any || val_count(limits) || val_count(requests);
        for (size_t k = 0; k < ARRAY_LEN(names); k++) {
            const struct val *limit = val_get(limits, names[k]);
            const struct val *request = val_get(requests, names[k]);
            all = all && limit && (!request || val_equal(limit, request));
        }
    }
    return !any ? "BestEffort" : all ? "Guaranteed" : "Burstable";
}

static const struct val *status_of(struct write *w, const struct val *v)
{
    struct sim_reading r = {0};
    const struct val *bare = val_map_without(&w->pool, v, "status");
    const struct val *typed = bare ? read_typed(w, &r, bare) : NULL;
    sim_reading_clear(&r);
    return val_get(typed, "status");
}

/* The versions in which instances of a definition were ever stored. */
static const struct val *with_storage(struct write *w, const struct val *v)
{
    const struct val *versions = val_at(v, "spec", "versions", NULL), *name = NULL;
    const struct val *stored = val_at(v, "status", "storedVersions", NULL);
    VEC(struct val) items = {0};
    for (size_t i = 0; i < val_count(versions); i++)
        if (val_bool(val_get(val_item(versions, i), "storage"), false))
            name = val_get(val_item(versions, i), "name");
    for (size_t i = 0; i < val_count(stored); i++) {
        vec_push(&items, *val_item(stored, i));
        name = name && val_equal(name, val_item(stored, i)) ? NULL : name;
    }
    if (name)
        vec_push(&items, *name);
    if (name)
        v = write_with(w, v, "status",
                       write_with(w, val_get(v, "status"), "storedVersions",
                                  val_list_of(&w->pool, items.items, items.len)));
    vec_clear(&items);
    return v;
}

/* A namespace is emptied before it goes, whoever makes it. */
static const struct val *with_finalizer(struct write *w, const struct val *v)
{
    const struct val *list = val_at(v, "spec", "finalizers", NULL);
    const struct val ours = val_of_str(&w->pool, "kubernetes");
    VEC(struct val) items = {0};
    for (size_t i = 0; i < val_count(list); i++) {
        if (val_equal(val_item(list, i), &ours)) {
            vec_clear(&items);
            return v;
        }
        vec_push(&items, *val_item(list, i));
    }
    vec_push(&items, ours);
    v = write_with(w, v, "spec",
                   write_with(w, val_get(v, "spec"), "finalizers",
                              val_list_of(&w->pool, items.items, items.len)));
    vec_clear(&items);
    return v;
}

static const struct val *born(struct write *w, const struct val *v)
{
    static const char *const drop[] = {
        "resourceVersion", "uid",          "creationTimestamp", "deletionTimestamp",
        "generation",      "generateName", "selfLink",          "deletionGracePeriodSeconds"};
    const char *kind = sim_kind_word(w->t->kind);
    char uid[40], at[CLOCK_RFC3339_LEN];
    const struct val *stem = val_at(v, "metadata", "generateName", NULL);
    for (size_t i = 0; i < ARRAY_LEN(drop); i++)
        v = write_with_meta(w, v, drop[i], NULL);
    if (stem)
        v = write_with_meta(w, v, "generateName", stem);
    sim_uuid(w->c, uid);
    clock_format_rfc3339(sim_wall_ms(w->c), at);
    v = write_with_meta(w, v, "uid", write_text(w, uid));
    v = write_with_meta(w, v, "creationTimestamp", write_text(w, at));
    if (w->t->kind->sub & SIM_STATUS)
        v = write_with(w, v, "status", status_of(w, v));
    if (has_generation(w->t->kind))
        v = write_with_meta(w, v, "generation", write_integer(w, 1));
    if (strcmp(kind, "Namespace") == 0)
        v = with_finalizer(w, v);
    else if (strcmp(kind, "Pod") == 0)
        v = write_with(w, pod(w, v), "status",
                       write_with(w, write_json(w, "{\"phase\":\"Pending\"}"), "qosClass",
                                  write_text(w, quality_of(val_get(v, "spec")))));
    else if (strcmp(kind, "Service") == 0)
        v = service(w, v, NULL);
    else if (strcmp(kind, "Job") == 0)
        v = job(w, v, uid);
    else if (strcmp(kind, "DaemonSet") == 0)
        v = template_generation(w, v, 1);
    else if (strcmp(kind, "PersistentVolumeClaim") == 0)
        v = write_with_meta(w, v, "finalizers",
                            write_json(w, "[\"kubernetes.io/pvc-protection\"]"));
    else if (strcmp(kind, "CustomResourceDefinition") == 0)
        v = with_storage(w, v);
    return v;
}

/* A status is all that a write of the status changes, and nothing else does. */
static const struct val *changed(struct write *w, const struct val *v, const struct val *was)
{
    static const char *const kept[] = {"generation", "deletionTimestamp",
                                       "deletionGracePeriodSeconds", "selfLink"};
    static const char *const given[] = {"uid", "creationTimestamp", "namespace", "name"};
    const struct val *old = val_get(was, "metadata");
    const struct val *fields = val_at(v, "metadata", "managedFields", NULL);
    const char *kind = sim_kind_word(w->t->kind);
    bool status = strcmp(w->t->sub, "status") == 0;
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        v = write_with_meta(w, v, kept[i], val_get(old, kept[i]));
    for (size_t i = 0; i < ARRAY_LEN(given); i++)
        if (!val_at(v, "metadata", given[i], NULL))
            v = write_with_meta(w, v, given[i], val_get(old, given[i]));
    v = write_with_meta(w, v, "resourceVersion", val_get(old, "resourceVersion"));
    if (status && !w->type) { /* a custom resource: its metadata stays, too */
        const struct val *x = write_with(w, was, "status", val_get(v, "status"));
        return write_with_meta(w, x, "managedFields", fields);
    }
    if (status) {
        v = write_with(w, v, "spec", val_get(was, "spec"));
        if (strcmp(kind, "Deployment") == 0)
            v = write_with_meta(w, v, "labels", val_get(old, "labels"));
    } else if (w->t->kind->sub & SIM_STATUS) {
        v = write_with(w, v, "status", val_get(was, "status"));
    }
    if (strcmp(kind, "Namespace") == 0 && !w->t->sub[0]) /* its finalizers have their own place */
        v = write_with(w, v, "spec", val_get(was, "spec"));
    if (strcmp(kind, "CustomResourceDefinition") == 0 && !status)
        v = with_storage(w, v);
    if (strcmp(kind, "Service") == 0)
        v = service(w, v, was);
    if (strcmp(kind, "Pod") == 0 && !status)
        v = pod(w, v);
    if (strcmp(kind, "DaemonSet") == 0) {
        bool same =
            !differ(val_at(v, "spec", "template", NULL), val_at(was, "spec", "template", NULL));
        const char *n =
            val_str(val_at(was, "metadata", "annotations", TEMPLATE_GENERATION, NULL), "0");
        v = template_generation(w, v, strtoll(n, NULL, 10) + !same);
    }
    int64_t generation = val_int(val_get(old, "generation"), 0);
    if (generation && !status && spec_changed(w, v, was))
        v = write_with_meta(w, v, "generation", write_integer(w, generation + 1));
    return v;
}

static bool exists_already(struct write *w)
{
    char kind[128];
    struct sim_object *there = sim_store_get(w->c, w->t->kind, w->t->ns, w->t->name);
    if (!there)
        return false;
    bool going = sim_is_going(sim_object_read(&w->pool, there));
    sim_fail(w->r, 409, "AlreadyExists", w->t, NULL, "%s%s \"%s\" already exists",
             going ? "object is being deleted: " : "", write_kind_words(w, kind, sizeof(kind)),
             w->t->name);
    return true;
}

bool write_put(struct write *w, const struct val *now, const struct val *was,
               struct sim_object *before, bool tracked, const struct val **out,
               struct sim_object **stored)
{
    *stored = before;
    if (!tracked) {
        struct sim_fields f = write_fields(w);
        now = sim_fields_update(&f, was, now);
    }
    /* The time of an entry alone makes no write, when nothing else was asked for: whatever is put
     * back below was asked for. Through a Scale an entry loses its time, and that is a write. */
    bool touched = was && now && (strcmp(w->t->sub, "scale") == 0 || !sim_fields_same(now, was));
    now = now ? (was ? changed(w, now, was) : born(w, now)) : NULL;
    if (!now) {
        sim_fail(w->r, 413, "RequestEntityTooLarge", w->t, NULL, "the object is too large");
        return false;
    }
    char refused[300] = "";
    now = w->c->webhooks.len ? sim_admit(w->c, w->t->kind, &w->pool, now, refused) : now;
    if (!now || refused[0]) {
        sim_fail(w->r, 500, "InternalError", NULL, NULL, "%s", refused);
        return false;
    }
    if (!write_validate(w, now, was) || (!was && exists_already(w)))
        return false;
    *out = now;
    bool ends =
        was && val_at(was, "metadata", "deletionTimestamp", NULL) && !sim_held(w->t->kind, now);
    if (was && !ends && (val_equal(now, was) || (!touched && sim_fields_same(now, was)))) {
        *out = was;
        return true;
    }
    if (w->dry)
        return true;
    if (ends) { /* nothing waits for it any more: it is not written first */
        sim_store_remove(w->c, before);
        *stored = NULL;
        return true;
    }
    const struct sim_kind *stored_as = sim_kind_stored(w->t->kind);
    if (stored_as != w->t->kind)
        now = sim_made_show(&w->pool, stored_as->made, false, now);
    struct sim_object *o = sim_store_put(w->c, stored_as, &w->pool, now);
    if (!o) {
        sim_fail(w->r, 413, "RequestEntityTooLarge", w->t, NULL,
                 "etcdserver: request is too large");
        return false;
    }
    *out = sim_object_read(&w->pool, o);
    *stored = o;
    return true;
}

void write_finish(struct write *w, const struct val *now, const struct val *was,
                  struct sim_object *before, bool tracked)
{
    const struct val *out;
    struct sim_object *o;
    if (!write_put(w, now, was, before, tracked, &out, &o))
        return;
    if (w->dry) {
        write_answer(w, was ? 200 : 201, out, NULL);
        return;
    }
    write_answer(w, was ? 200 : 201, out, o);
    if (o && o != before)
        sim_behave_touch(w->c, o);
}
