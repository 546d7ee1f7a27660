// SPDX-License-Identifier: Apache-2.0
/*
 * The write side: create, replace, JSON and merge patch, server-side apply; status like the object
 * itself. Scale and delete are in files of their own; every write ends in write_finish.c. Kinds of
 * definitions have no strategic merge patch: 415.
 */
#include "base/hash.h"
#include "data/diff.h"
#include "data/yaml.h"
#include "sim/define.h"
#include "sim/live.h"
#include "sim/write_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POOL_MAX = 64 * 1024 * 1024, MANAGER_MAX = 128 };

const struct val *write_text(struct write *w, const char *s)
{
    return val_box(&w->pool, val_of_str(&w->pool, s));
}

const struct val *write_integer(struct write *w, int64_t i)
{
    return val_box(&w->pool, val_of_int(i));
}

const struct val *write_json(struct write *w, const char *s)
{
    return json_read(&w->pool, s, strlen(s), NULL, NULL);
}

const struct val *write_with(struct write *w, const struct val *map, const char *key,
                             const struct val *v)
{
    if (!val_is(map, VAL_MAP))
        map = val_map_of(&w->pool, NULL, 0);
    return v ? val_map_with(&w->pool, map, key, v) : val_map_without(&w->pool, map, key);
}

const struct val *write_with_meta(struct write *w, const struct val *o, const char *key,
                                  const struct val *v)
{
    return write_with(w, o, "metadata", write_with(w, val_get(o, "metadata"), key, v));
}

const char *write_kind_words(const struct write *w, char *room, size_t len)
{
    const struct sim_kind *k = w->t->kind;
    snprintf(room, len, "%s%s%s", k->plural, k->group[0] ? "." : "", k->group);
    return room;
}

void write_not_found(struct write *w)
{
    char kind[128];
    sim_fail(w->r, 404, "NotFound", w->t, NULL, "%s \"%s\" not found",
             write_kind_words(w, kind, sizeof(kind)), w->t->name);
}

void write_conflict(struct write *w, const char *why)
{
    char kind[128];
    sim_fail(w->r, 409, "Conflict", w->t, NULL, "Operation cannot be fulfilled on %s \"%s\": %s",
             write_kind_words(w, kind, sizeof(kind)), w->t->name, why);
}

void write_answer(struct write *w, int status, const struct val *v, const struct sim_object *o)
{
    w->r->status = status;
    int64_t now = sim_wall_ms(w->c);
    if (!o)
        json_write(&w->r->body, v, JSON_COMPACT);
    else if (w->t->form == SIM_TABLE)
        sim_object_table(&w->r->body, w->t->kind, o, "Metadata", true, now);
    else
        sim_object_write_as(&w->r->body, w->t->kind, o, w->t->form, "", now);
}

static const char modified[] = "the object has been modified; please apply your changes to the "
                               "latest version and try again";

/* ---- bodies ---- */

bool write_content_is(const struct write *w, const char *type)
{
    const char *have = w->rq->content_type ? w->rq->content_type : "application/json";
    size_t n = strlen(type);
    return strncasecmp(have, type, n) == 0 && (!have[n] || have[n] == ';' || have[n] == ' ');
}

/* A body that is JSON is read as that: a key that is there twice is then warned of, not refused. */
static const struct val *read_yaml(struct write *w, struct err *e)
{
    size_t skip = strspn(w->rq->body, " \t\r\n");
    if (skip < w->rq->body_len && w->rq->body[skip] == '{' && w->validation != WRITE_STRICT) {
        const struct val *json = json_read(&w->pool, w->rq->body, w->rq->body_len, NULL, NULL);
        if (json)
            return json;
    }
    struct yaml_docs docs = {0};
    const struct val *v = NULL;
    if (yaml_read(&w->pool, w->rq->body, w->rq->body_len, NULL, &docs, e) == 0 && docs.len)
        v = docs.items[0].value;
    yaml_docs_clear(&docs);
    return v;
}

const struct val *write_read_body(struct write *w)
{
    struct err e = ERR_INIT;
    bool yaml = write_content_is(w, "application/yaml") ||
                write_content_is(w, "application/apply-patch+yaml");
    const struct val *v =
        yaml ? read_yaml(w, &e) : json_read(&w->pool, w->rq->body, w->rq->body_len, NULL, &e);
    if (!v)
        sim_fail(w->r, 400, "BadRequest", NULL, NULL, "error decoding patch: %s",
                 e.text ? e.text : "the body is empty");
    err_clear(&e);
    return v;
}

/* An object as a body, of the kind and place that the path says; NULL with the reply filled. */
static const struct val *read_object(struct write *w)
{
    const struct sim_kind *k = w->t->kind;
    char api[200];
    if (!write_content_is(w, "application/json") && !write_content_is(w, "application/yaml")) {
        sim_fail(w->r, 415, "UnsupportedMediaType", NULL, NULL,
                 "the body of the request was in an unknown format - accepted media types "
                 "include: application/json, application/yaml");
        return NULL;
    }
    const struct val *v = write_read_body(w);
    if (!v)
        return NULL;
    snprintf(api, sizeof(api), "%s%s%s", k->group, k->group[0] ? "/" : "", k->version);
    if (!val_is(v, VAL_MAP) || !val_str_is(val_get(v, "kind"), k->kind) ||
        !val_str_is(val_get(v, "apiVersion"), api)) {
        sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                 "%s in version \"%s\" cannot be handled as a %s", "the object", api, k->kind);
        return NULL;
    }
    const char *ns = val_str(val_at(v, "metadata", "namespace", NULL), "");
    if (k->namespaced && *ns && strcmp(ns, w->t->ns) != 0) {
        sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                 "the namespace of the provided object does not match the namespace sent on the "
                 "request");
        return NULL;
    }
    return k->namespaced ? write_with_meta(w, v, "namespace", write_text(w, w->t->ns)) : v;
}

/* ---- create ---- */

static bool name_fits(const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-' ||
              s[i] == '.' || s[i] == ':'))
            return false;
    return n > 0 && n <= 253 && s[0] != '-' && s[n - 1] != '-';
}

static bool namespace_allows(struct write *w, const char *name)
{
    const struct sim_kind *k = sim_kind_named("Namespace");
    struct sim_object *ns = w->t->kind->namespaced ? sim_store_get(w->c, k, "", w->t->ns) : NULL;
    if (!w->t->kind->namespaced)
        return true;
    if (!ns) {
        struct sim_target space = {.kind = k};
        snprintf(space.name, sizeof(space.name), "%s", w->t->ns);
        sim_fail(w->r, 404, "NotFound", &space, NULL, "namespaces \"%s\" not found", w->t->ns);
        return false;
    }
    if (val_at(sim_object_read(&w->pool, ns), "metadata", "deletionTimestamp", NULL)) {
        char kind[128], causes[500];
        struct sim_target named = *w->t;
        snprintf(named.name, sizeof(named.name), "%s", name);
        snprintf(causes, sizeof(causes),
                 "\"causes\":[{\"reason\":\"NamespaceTerminating\",\"message\":\"namespace %s is "
                 "being terminated\",\"field\":\"metadata.namespace\"}]",
                 w->t->ns);
        sim_fail(w->r, 403, "Forbidden", &named, causes,
                 "%s \"%s\" is forbidden: unable to create new content in namespace %s because it "
                 "is being terminated",
                 write_kind_words(w, kind, sizeof(kind)), name, w->t->ns);
        return false;
    }
    return true;
}

static void create(struct write *w)
{
    const struct val *v = w->t->name[0] ? NULL : read_object(w);
    struct sim_target named = *w->t;
    if (w->t->name[0])
        sim_fail(w->r, 405, "MethodNotAllowed", NULL, NULL,
                 "the server does not allow this method on the requested resource");
    if (!v)
        return;
    const char *name = val_str(val_at(v, "metadata", "name", NULL), "");
    const char *stem = val_str(val_at(v, "metadata", "generateName", NULL), "");
    if (!*name && *stem) {
        char made[80];
        snprintf(made, sizeof(made), "%.58s%05x", stem, (unsigned)sim_random(w->c) & 0xfffff);
        v = write_with_meta(w, v, "name", write_text(w, made));
        name = val_str(val_at(v, "metadata", "name", NULL), "");
    }
    snprintf(named.name, sizeof(named.name), "%s", name);
    w->t = &named;
    if (!*name) {
        sim_fail(
            w->r, 422, "Invalid", w->t,
            "\"causes\":[{\"reason\":\"FieldValueRequired\",\"message\":\"Required value: name "
            "or generateName is required\",\"field\":\"metadata.name\"}]",
            "%s \"\" is invalid: metadata.name: Required value: name or generateName is "
            "required",
            w->t->kind->kind);
    } else if (!name_fits(name)) {
        struct write_found f;
        write_found_init(&f, w);
        write_wrong_value(
            &f, "metadata.name", val_at(v, "metadata", "name", NULL),
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
            "'-' or '.', and must start and end with an alphanumeric character (e.g. "
            "'example.com', regex used for validation is "
            "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')");
        (void)write_found_none(&f, name);
    } else if (!namespace_allows(w, name)) {
        ;
    } else if (w->t->kind->made && w->t->kind->made->of->going) {
        sim_fail(w->r, 403, "Forbidden", w->t, NULL,
                 "%s.%s \"%s\" is forbidden: create not allowed while custom resource definition "
                 "is terminating",
                 w->t->kind->plural, w->t->kind->group, name);
    } else {
        v = write_through_type(w, v, WRITE_FROM_BODY);
        if (v)
            write_finish(w, v, NULL, NULL, false);
    }
}

/* ---- replace and patch ---- */

static bool name_agrees(struct write *w, const struct val *v)
{
    const char *name = val_str(val_at(v, "metadata", "name", NULL), w->t->name);
    if (strcmp(name, w->t->name) == 0)
        return true;
    sim_fail(w->r, 400, "BadRequest", NULL, NULL,
             "the name of the object (%s) does not match the name on the URL (%s)", name,
             w->t->name);
    return false;
}

/* Does what the client holds still agree with what there is? */
static bool agrees(struct write *w, const struct val *v, const struct val *was)
{
    const struct val *rv = val_at(v, "metadata", "resourceVersion", NULL);
    if (!name_agrees(w, v))
        return false;
    if (was && val_is(rv, VAL_STRING) && rv->len &&
        !val_equal(rv, val_at(was, "metadata", "resourceVersion", NULL))) {
        write_conflict(w, modified);
        return false;
    }
    return true;
}

/* Does what the client holds still have the uid of what there is? */
static bool uid_agrees(struct write *w, const struct val *v, const struct val *was)
{
    const struct val *uid = val_at(v, "metadata", "uid", NULL);
    const struct val *have = val_at(was, "metadata", "uid", NULL);
    char why[300];
    if (!val_is(uid, VAL_STRING) || !uid->len || val_equal(uid, have))
        return true;
    snprintf(why, sizeof(why),
             "Precondition failed: UID in precondition: %.60s, UID in object meta: %.60s",
             uid->as.s, val_str(have, ""));
    write_conflict(w, why);
    return false;
}

/* What was applied is of the place that the path says. */
static bool placed(struct write *w, const struct val **v)
{
    const char *ns = val_str(val_at(*v, "metadata", "namespace", NULL), "");
    if (w->t->kind->namespaced && *ns && strcmp(ns, w->t->ns) != 0) {
        sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                 "the namespace of the provided object does not match the namespace sent on the "
                 "request");
        return false;
    }
    if (w->t->kind->namespaced)
        *v = write_with_meta(w, *v, "namespace", write_text(w, w->t->ns));
    return true;
}

static void replace(struct write *w)
{
    struct sim_object *o = sim_store_get(w->c, w->t->kind, w->t->ns, w->t->name);
    const struct val *v = read_object(w), *was = o ? write_read_stored(w, o) : NULL;
    if (!v || !name_agrees(w, v))
        return;
    if (!o) {
        write_not_found(w);
        return;
    }
    v = write_through_type(w, v, WRITE_FROM_BODY);
    if (v && uid_agrees(w, v, was) && agrees(w, v, was))
        write_finish(w, v, was, o, false);
}

static void patch_with(struct write *w, struct sim_object *o)
{
    struct err e = ERR_INIT;
    bool steps = write_content_is(w, "application/json-patch+json");
    bool strategic = write_content_is(w, WRITE_STRATEGIC);
    const struct val *delta = write_read_body(w), *was, *v;
    if (!delta)
        return;
    if (!o) {
        write_not_found(w);
        return;
    }
    if (steps && !val_is(delta, VAL_LIST)) {
        sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                 "error decoding patch: json: cannot unmarshal object into Go value of type "
                 "jsonpatch.Patch");
        return;
    }
    was = write_read_stored(w, o);
    v = strategic ? sim_strategic_merge(&w->pool, w->type, was, delta, &e)
        : steps   ? json_patch_apply(&w->pool, was, delta, &e)
                  : merge_patch_apply(&w->pool, was, delta);
    if (!val_is(v, VAL_MAP))
        sim_fail(w->r, steps ? 422 : 400, steps ? "Invalid" : "BadRequest", w->t, NULL,
                 "the patch cannot be applied: %s", e.text ? e.text : "the result is no object");
    else if (!val_str_is(val_get(v, "kind"), val_str(val_get(was, "kind"), "")) ||
             !val_equal(val_get(v, "apiVersion"), val_get(was, "apiVersion")))
        sim_fail(w->r, 400, "BadRequest", NULL, NULL, "a patch may not change the kind");
    else if ((v = write_through_type(w, v, WRITE_FROM_PATCH)) && agrees(w, v, was))
        write_finish(w, v, was, o, false);
    err_clear(&e);
}

/* ---- apply ---- */

static void fail_conflict(struct write *w, const ssa_conflicts *conflicts)
{
    struct buf message, causes;
    buf_init(&message, BUF_SMALL);
    buf_init(&causes, BUF_SMALL);
    sim_fields_conflict(&message, &causes, conflicts);
    sim_fail(w->r, 409, "Conflict", NULL, buf_str(&causes), "%s", buf_str(&message));
    buf_clear(&message);
    buf_clear(&causes);
}

static bool fits_apply(struct write *w, const struct val *v)
{
    const struct sim_kind *k = w->t->kind;
    const char *api = val_str(val_get(v, "apiVersion"), "");
    if (!val_is(v, VAL_MAP)) {
        sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                 "error decoding patch: the body is no object");
        return false;
    }
    if (strcmp(api, w->version) != 0 || !val_str_is(val_get(v, "kind"), k->kind)) {
        sim_fail(w->r, 400, "BadRequest", NULL, NULL, "invalid object type: %s%.200s, Kind=%.200s",
                 strchr(api, '/') ? "" : "/", api, val_str(val_get(v, "kind"), ""));
        return false;
    }
    if (val_type(val_at(v, "metadata", "managedFields", NULL)) != VAL_NULL) {
        sim_fail(w->r, 400, "BadRequest", NULL, NULL, "metadata.managedFields must be nil");
        return false;
    }
    return true;
}

static void apply(struct write *w, struct sim_object *o)
{
    struct err e = ERR_INIT;
    ssa_conflicts conflicts = {0};
    const char *force = sim_query_get(w->q, "force");
    const struct val *patch = write_read_body(w), *out, *was;
    struct sim_fields f = write_fields(w);
    if (!patch || !fits_apply(w, patch))
        return;
    if (!o && w->t->sub[0]) {
        write_not_found(w);
        return;
    }
    was = o ? write_read_stored(w, o) : NULL;
    int rc = sim_fields_apply(&f, was, patch, force && strcmp(force, "false") != 0, &out,
                              &conflicts, &e);
    const char *uid = val_str(val_at(patch, "metadata", "uid", NULL), "");
    if (rc == ERR_CONFLICT)
        fail_conflict(w, &conflicts);
    else if (rc)
        sim_fail(w->r, 500, "", NULL, NULL, "%s", e.text);
    else if (!o && *uid)
        sim_fail(
            w->r, 409, "Conflict", w->t, NULL,
            "Operation cannot be fulfilled on %s%s%s \"%s\": uid mismatch: the provided object "
            "specified uid %.60s, and no existing object was found",
            w->t->kind->plural, w->t->kind->group[0] ? "." : "", w->t->kind->group, w->t->name,
            uid);
    else if ((out = write_through_type(w, out, WRITE_FROM_APPLY)) && placed(w, &out) &&
             agrees(w, out, was) && (o || namespace_allows(w, w->t->name)))
        write_finish(w, out, was, o, true);
    vec_clear(&conflicts);
    err_clear(&e);
}

static void patch(struct write *w)
{
    struct sim_object *o = sim_store_get(w->c, w->t->kind, w->t->ns, w->t->name);
    if (write_content_is(w, "application/apply-patch+yaml"))
        apply(w, o);
    else
        patch_with(w, o);
}

/* ---- options ---- */

bool write_invalid_option(struct write *w, const char *reason, const char *field, const char *text)
{
    static const struct {
        const char *method, *kind;
    } kinds[] = {{"POST", "CreateOptions"},
                 {"PUT", "UpdateOptions"},
                 {"PATCH", "PatchOptions"},
                 {"DELETE", "DeleteOptions"}};
    const char *kind = "DeleteOptions";
    struct buf causes;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].method, w->rq->method) == 0)
            kind = kinds[i].kind;
    buf_init(&causes, BUF_SMALL);
    buf_printf(&causes,
               "\"group\":\"meta.k8s.io\",\"kind\":\"%s\",\"causes\":[{\"reason\":\"%s\","
               "\"message\":",
               kind, reason);
    sim_json_text(&causes, text);
    buf_printf(&causes, ",\"field\":\"%s\"}]", field);
    sim_fail(w->r, 422, "Invalid", NULL, buf_str(&causes), "%s.meta.k8s.io \"\" is invalid: %s: %s",
             kind, field, text);
    buf_clear(&causes);
    return false;
}

bool write_dry_run(struct write *w, const char *dry)
{
    char text[200];
    if (!dry || !*dry || strcmp(dry, "All") == 0)
        return true;
    snprintf(text, sizeof(text), "Unsupported value: [\"%.60s\"]: supported values: \"All\"", dry);
    return write_invalid_option(w, "FieldValueNotSupported", "dryRun", text);
}

static bool patch_options(struct write *w)
{
    const char *manager = sim_query_get(w->q, "fieldManager");
    bool is_apply = write_content_is(w, "application/apply-patch+yaml");
    bool strategic = write_content_is(w, WRITE_STRATEGIC) && !w->t->kind->made;
    if (!is_apply && !strategic && !write_content_is(w, "application/merge-patch+json") &&
        !write_content_is(w, "application/json-patch+json")) {
        sim_fail(w->r, 415, "UnsupportedMediaType", NULL, NULL,
                 "the body of the request was in an unknown format - accepted media types "
                 "include: application/json-patch+json, application/merge-patch+json, "
                 "%sapplication/apply-patch+yaml",
                 w->t->kind->made ? "" : WRITE_STRATEGIC ", ");
        return false;
    }
    if (is_apply && (!manager || !*manager))
        return write_invalid_option(w, "FieldValueRequired", "fieldManager",
                                    "Required value: is required for apply patch");
    if (!is_apply && sim_query_get(w->q, "force"))
        return write_invalid_option(w, "FieldValueForbidden", "force",
                                    "Forbidden: may not be specified for non-apply patch");
    return true;
}

static bool options(struct write *w)
{
    static const char *const directives[] = {"Ignore", "Warn", "Strict"};
    const char *dry = sim_query_get(w->q, "dryRun");
    const char *asked = sim_query_get(w->q, "fieldValidation");
    const char *manager = sim_query_get(w->q, "fieldManager");
    const char *agent = w->rq->user_agent ? w->rq->user_agent : "";
    w->dry = dry && strcmp(dry, "All") == 0;
    if (!write_dry_run(w, dry))
        return false;
    w->validation = WRITE_WARN;
    if (asked && *asked) {
        size_t i = 0;
        while (i < ARRAY_LEN(directives) && strcmp(directives[i], asked) != 0)
            i++;
        if (i == ARRAY_LEN(directives))
            return write_invalid_option(
                w, "FieldValueNotSupported", "fieldValidation",
                "Unsupported value: supported values: Ignore, Strict, Warn");
        w->validation = (enum write_validation)i;
    }
    if (manager && strlen(manager) > MANAGER_MAX)
        return write_invalid_option(w, "FieldValueTooLong", "fieldManager",
                                    "Too long: may not be more than 128 bytes");
    if (manager && *manager)
        snprintf(w->manager, sizeof(w->manager), "%s", manager);
    else
        snprintf(w->manager, sizeof(w->manager), "%.*s",
                 (int)(strcspn(agent, "/") < MANAGER_MAX ? strcspn(agent, "/") : MANAGER_MAX),
                 agent);
    return strcmp(w->rq->method, "PATCH") != 0 || patch_options(w);
}

/* ---- which of them ---- */

void sim_write_answer(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                      const struct sim_request *rq, struct sim_reply *r)
{
    static const struct {
        const char *method;
        bool named;
        void (*run)(struct write *w);
    } verbs[] = {
        {"POST", false, create},
        {"PUT", true, replace},
        {"PATCH", true, patch},
        {"DELETE", false, write_delete},
    };
    const struct sim_kind *k = t->kind;
    struct write w = {.c = c, .t = t, .q = q, .rq = rq, .r = r};
    size_t i = 0;
    while (i < ARRAY_LEN(verbs) && strcmp(verbs[i].method, rq->method) != 0)
        i++;
    if (i == ARRAY_LEN(verbs) || (verbs[i].named && !t->name[0]) || (k->namespaced && !t->ns[0])) {
        sim_fail(r, 405, "MethodNotAllowed", NULL, NULL,
                 "the server does not allow this method on the requested resource");
        return;
    }
    val_pool_init_limited(&w.pool, POOL_MAX);
    write_know_kind(&w);
    struct sim_object *o = sim_store_get(c, k, t->ns, t->name);
    if (options(&w)) {
        if (strcmp(t->sub, "scale") == 0 && !o)
            write_not_found(&w);
        else if (strcmp(t->sub, "scale") == 0)
            write_scale(&w, o);
        else
            verbs[i].run(&w);
    }
    val_pool_clear(&w.pool);
}
