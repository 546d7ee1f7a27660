// SPDX-License-Identifier: Apache-2.0
/*
 * Validation of built-in kinds: what writers meet most. Fields that cannot change, pods without
 * containers, selectors that do not select, metadata. A server's validation knows far more; what is
 * not here is taken as it comes.
 */
#include "sim/define.h"
#include "sim/write_int.h"

#include "data/json.h"
#include "data/path.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void write_wrong(struct write_found *f, const char *reason, const char *field, const char *fmt, ...)
{
    char text[700];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    buf_printf(&f->texts, "%s%s: %s", f->n ? ", " : "", field, text);
    buf_printf(&f->causes, "%s{\"reason\":\"%s\",\"message\":", f->n ? "," : "", reason);
    sim_json_text(&f->causes, text);
    buf_puts(&f->causes, ",\"field\":");
    sim_json_text(&f->causes, field);
    buf_putc(&f->causes, '}');
    f->n++;
}

void write_wrong_value(struct write_found *f, const char *field, const struct val *v,
                       const char *why)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    json_write(&b, v ? v : &val_null, JSON_COMPACT);
    write_wrong(f, "FieldValueInvalid", field, "Invalid value: %.400s: %s", buf_str(&b), why);
    buf_clear(&b);
}

void write_missing(struct write_found *f, const char *field, const char *why)
{
    write_wrong(f, "FieldValueRequired", field, "Required value%s%s", *why ? ": " : "", why);
}

/* ---- what cannot change ---- */

static const struct val *at_keys(const struct val *v, const char *const *keys)
{
    for (; *keys; keys++)
        v = val_get(v, *keys);
    return v;
}

static bool differ(const struct val *a, const struct val *b)
{
    return !val_equal(a ? a : &val_null, b ? b : &val_null);
}

static void immutable(struct write_found *f, const struct val *now, const struct val *was)
{
    static const struct {
        const char *kind; /* NULL: all */
        const char *field, *keys[4];
    } table[] = {
        {NULL, "metadata.name", {"metadata", "name"}},
        {NULL, "metadata.namespace", {"metadata", "namespace"}},
        {NULL, "metadata.uid", {"metadata", "uid"}},
        {NULL, "metadata.creationTimestamp", {"metadata", "creationTimestamp"}},
        {"Deployment", "spec.selector", {"spec", "selector"}},
        {"DaemonSet", "spec.selector", {"spec", "selector"}},
        {"ReplicaSet", "spec.selector", {"spec", "selector"}},
        {"Job", "spec.selector", {"spec", "selector"}},
        {"Job", "spec.template", {"spec", "template"}},
        {"Job", "spec.completionMode", {"spec", "completionMode"}},
        {"Job", "spec.completions", {"spec", "completions"}},
        {"Secret", "type", {"type"}},
        {"StorageClass", "provisioner", {"provisioner"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (table[i].kind && strcmp(table[i].kind, sim_kind_word(f->w->t->kind)) != 0)
            continue;
        const struct val *v = at_keys(now, table[i].keys);
        if (differ(v, at_keys(was, table[i].keys)))
            write_wrong_value(f, table[i].field, v, "field is immutable");
    }
    if (!f->w->t->kind->made && val_bool(val_get(was, "immutable"), false) &&
        (differ(val_get(now, "data"), val_get(was, "data")) ||
         !val_bool(val_get(now, "immutable"), false)))
        write_wrong(f, "FieldValueForbidden",
                    val_bool(val_get(now, "immutable"), false) ? "data" : "immutable",
                    "Forbidden: field is immutable when `immutable` is set");
}

static void stateful_set(struct write_found *f, const struct val *now, const struct val *was)
{
    static const char *const may[] = {"replicas",
                                      "ordinals",
                                      "template",
                                      "updateStrategy",
                                      "revisionHistoryLimit",
                                      "persistentVolumeClaimRetentionPolicy",
                                      "minReadySeconds"};
    const struct val *a = val_get(now, "spec"), *b = val_get(was, "spec");
    const struct val *rolling = val_at(a, "updateStrategy", "rollingUpdate", NULL);
    if (rolling && !val_str_is(val_at(a, "updateStrategy", "type", NULL), "RollingUpdate"))
        write_wrong_value(f, "spec.updateStrategy.rollingUpdate", rolling,
                          "only allowed for updateStrategy 'RollingUpdate'");
    for (int side = 0; was && side < 2; side++) {
        const struct val *l = side ? b : a, *r = side ? a : b;
        for (uint32_t i = 0; i < val_count(l); i++) {
            const struct val_entry *e = &l->as.entries[i];
            bool free = false;
            for (size_t k = 0; k < ARRAY_LEN(may); k++)
                free = free || strcmp(may[k], e->key->s) == 0;
            if (free || !differ(&e->value, val_get_key(r, e->key)))
                continue;
            write_wrong(
                f, "FieldValueForbidden", "spec",
                "Forbidden: updates to statefulset spec for fields other than 'replicas', "
                "'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
                "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
            return;
        }
    }
}

/* ---- pods ---- */

static void resources(struct write_found *f, const char *at, size_t i, const struct val *v)
{
    const struct val *limits = val_get(v, "limits"), *requests = val_get(v, "requests");
    char field[200], why[200];
    for (uint32_t k = 0; k < val_count(requests); k++) {
        const struct val_entry *e = &requests->as.entries[k];
        const struct val *limit = val_get_key(limits, e->key);
        if (!limit || sim_quantity_compare(val_str(&e->value, ""), val_str(limit, "")) <= 0)
            continue;
        snprintf(field, sizeof(field), "%s[%zu].resources.requests", at, i);
        snprintf(why, sizeof(why), "must be less than or equal to %.60s limit of %.60s", e->key->s,
                 val_str(limit, ""));
        write_wrong_value(f, field, &e->value, why);
    }
}

static void volumes(struct write_found *f, const char *at, const struct val *list)
{
    char field[200];
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        const char *last = "";
        for (uint32_t k = 0; k < val_count(v); k++)
            if (strcmp(v->as.entries[k].key->s, "name") != 0)
                last = v->as.entries[k].key->s;
        snprintf(field, sizeof(field), "%s[%zu].%.60s", at, i, last);
        if (val_count(v) > 2)
            write_wrong(f, "FieldValueForbidden", field,
                        "Forbidden: may not specify more than 1 volume type");
    }
}

/* Where a probe asks: a number or a name, which has to be there. */
static void probes(struct write_found *f, const char *at, size_t i, const struct val *container)
{
    static const char *const names[] = {"livenessProbe", "readinessProbe", "startupProbe"};
    static const char *const ways[] = {"httpGet", "tcpSocket"};
    char field[200];
    for (size_t k = 0; k < ARRAY_LEN(names); k++)
        for (size_t n = 0; n < ARRAY_LEN(ways); n++) {
            const struct val *way = val_at(container, names[k], ways[n], NULL);
            const struct val *port = val_get(way, "port"), zero = val_of_int(0);
            int64_t number = val_int(port, 0);
            if (!val_is(way, VAL_MAP) || val_is(port, VAL_STRING) ||
                (number >= 1 && number <= 65535))
                continue;
            snprintf(field, sizeof(field), "%s[%zu].%s.%s.port", at, i, names[k], ways[n]);
            write_wrong_value(f, field, port ? port : &zero,
                              "must be between 1 and 65535, inclusive");
        }
}

static void containers(struct write_found *f, const char *at, const struct val *list)
{
    char field[200];
    if (!val_count(list)) {
        write_missing(f, at, "");
        return;
    }
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *c = val_item(list, i);
        snprintf(field, sizeof(field), "%s[%zu].name", at, i);
        if (!val_str(val_get(c, "name"), "")[0])
            write_missing(f, field, "");
        for (size_t k = 0; k < i; k++)
            if (val_equal(val_get(val_item(list, k), "name"), val_get(c, "name")))
                write_wrong(f, "FieldValueDuplicate", field, "Duplicate value: \"%.100s\"",
                            val_str(val_get(c, "name"), ""));
        snprintf(field, sizeof(field), "%s[%zu].image", at, i);
        if (!val_str(val_get(c, "image"), "")[0])
            write_missing(f, field, "");
        resources(f, at, i, val_get(c, "resources"));
        probes(f, at, i, c);
        for (size_t k = 0; k < val_count(val_get(c, "ports")); k++) {
            const struct val *port = val_get(val_item(val_get(c, "ports"), k), "containerPort");
            int64_t n = val_int(port, 0);
            snprintf(field, sizeof(field), "%s[%zu].ports[%zu].containerPort", at, i, k);
            if (!n)
                write_missing(f, field, "");
            else if (n < 1 || n > 65535)
                write_wrong_value(f, field, port, "must be between 1 and 65535, inclusive");
        }
    }
}

/* A pod's spec without what may be changed: images, the deadline, tolerations that are added. */
static const struct val *fixed(struct write *w, const struct val *spec)
{
    static const char *const lists[] = {"containers", "initContainers"};
    static const char *const free[] = {"activeDeadlineSeconds", "tolerations"};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
        const struct val *list = val_get(spec, lists[k]);
        size_t n = val_count(list);
        struct val *items = arena_array(&w->pool.arena, n + 1, sizeof(*items));
        for (size_t i = 0; items && i < n; i++)
            items[i] = *write_with(w, val_item(list, i), "image", NULL);
        if (items && n)
            spec = write_with(w, spec, lists[k], val_list_of(&w->pool, items, n));
    }
    for (size_t k = 0; k < ARRAY_LEN(free); k++)
        spec = val_get(spec, free[k]) ? write_with(w, spec, free[k], NULL) : spec;
    return spec;
}

static void pod_update(struct write_found *f, const struct val *now, const struct val *was)
{
    const struct val *a = val_get(now, "spec"), *b = val_get(was, "spec");
    const struct val *had = val_get(b, "tolerations"), *has = val_get(a, "tolerations");
    bool lost = false;
    for (size_t i = 0; i < val_count(had); i++) {
        bool kept = false;
        for (size_t k = 0; k < val_count(has) && !kept; k++)
            kept = val_equal(val_item(had, i), val_item(has, k));
        lost = lost || !kept;
    }
    if (lost || differ(fixed(f->w, a), fixed(f->w, b)))
        write_wrong(f, "FieldValueForbidden", "spec",
                    "Forbidden: pod updates may not change fields other than "
                    "`spec.containers[*].image`,`spec.initContainers[*].image`,"
                    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
                    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if "
                    "it was previously negative)");
}

static void pod(struct write_found *f, const struct val *now, const struct val *was)
{
    if (was)
        pod_update(f, now, was);
    containers(f, "spec.containers", val_at(now, "spec", "containers", NULL));
    volumes(f, "spec.volumes", val_at(now, "spec", "volumes", NULL));
}

static void replicas(struct write_found *f, const struct val *now)
{
    const struct val *n = val_at(now, "spec", "replicas", NULL);
    if (val_int(n, 0) < 0)
        write_wrong_value(f, "spec.replicas", n, "must be greater than or equal to 0");
}

static void workload(struct write_found *f, const struct val *now, const struct val *was)
{
    const struct val *selector = val_at(now, "spec", "selector", NULL);
    const struct val *match = val_get(selector, "matchLabels");
    const struct val *labels = val_at(now, "spec", "template", "metadata", "labels", NULL);
    replicas(f, now);
    if (val_type(selector) == VAL_NULL) {
        write_missing(f, "spec.selector", "");
    } else if (!val_count(match) && !val_count(val_get(selector, "matchExpressions"))) {
        write_wrong_value(f, "spec.selector", selector, "empty selector is invalid for deployment");
    } else {
        for (uint32_t i = 0; i < val_count(match); i++) {
            const struct val *have = val_get_key(labels, match->as.entries[i].key);
            if (have && val_equal(have, &match->as.entries[i].value))
                continue;
            write_wrong_value(f, "spec.template.metadata.labels", labels,
                              "`selector` does not match template `labels`");
            break;
        }
    }
    containers(f, "spec.template.spec.containers",
               val_at(now, "spec", "template", "spec", "containers", NULL));
    volumes(f, "spec.template.spec.volumes",
            val_at(now, "spec", "template", "spec", "volumes", NULL));
    if (strcmp(f->w->t->kind->kind, "StatefulSet") == 0)
        stateful_set(f, now, was);
    if (val_str_is(val_at(now, "spec", "strategy", "type", NULL), "Recreate") &&
        val_at(now, "spec", "strategy", "rollingUpdate", NULL))
        write_wrong(f, "FieldValueForbidden", "spec.strategy.rollingUpdate",
                    "Forbidden: may not be specified when strategy `type` is 'Recreate'");
}

static void job(struct write_found *f, const struct val *now, const struct val *was)
{
    (void)was;
    const char *policy =
        val_str(val_at(now, "spec", "template", "spec", "restartPolicy", NULL), "");
    containers(f, "spec.template.spec.containers",
               val_at(now, "spec", "template", "spec", "containers", NULL));
    if (strcmp(policy, "OnFailure") != 0 && strcmp(policy, "Never") != 0)
        write_wrong(f, "FieldValueRequired", "spec.template.spec.restartPolicy",
                    "Required value: valid values: \"OnFailure\", \"Never\"");
}

static void service(struct write_found *f, const struct val *now, const struct val *was)
{
    const struct val *spec = val_get(now, "spec"), *old = val_get(was, "spec");
    const struct val *ip = val_get(spec, "clusterIP");
    if (!val_count(val_get(spec, "ports")) && !val_str_is(ip, "None") &&
        !val_str_is(val_get(spec, "type"), "ExternalName"))
        write_missing(f, "spec.ports", "");
    for (size_t i = 0; i < val_count(val_get(spec, "ports")); i++) {
        const struct val *one = val_item(val_get(spec, "ports"), i), *port = val_get(one, "port");
        char field[60];
        for (size_t k = 0; k < i; k++) {
            const struct val *other = val_item(val_get(spec, "ports"), k);
            snprintf(field, sizeof(field), "spec.ports[%zu].name", i);
            if (!differ(val_get(other, "name"), val_get(one, "name")))
                write_wrong(f, "FieldValueDuplicate", field, "Duplicate value: \"%.100s\"",
                            val_str(val_get(one, "name"), ""));
        }
        snprintf(field, sizeof(field), "spec.ports[%zu].port", i);
        if (val_int(port, 0) < 1 || val_int(port, 0) > 65535)
            write_wrong_value(f, field, port, "must be between 1 and 65535, inclusive");
    }
    if (old && val_str(val_get(old, "clusterIP"), "")[0] &&
        !val_str_is(val_get(spec, "type"), "ExternalName") && differ(ip, val_get(old, "clusterIP")))
        write_wrong_value(f, "spec.clusterIPs[0]", val_get(spec, "clusterIPs"),
                          "may not change once set");
}

static void config_map(struct write_found *f, const struct val *now, const struct val *was)
{
    (void)was;
    for (int side = 0; side < 2; side++) {
        const struct val *m = val_get(now, side ? "binaryData" : "data");
        for (uint32_t i = 0; i < val_count(m); i++) {
            const char *k = m->as.entries[i].key->s;
            bool fine = *k && strcmp(k, ".") != 0 && strcmp(k, "..") != 0;
            char field[300];
            for (const char *c = k; *c; c++)
                fine = fine && (strchr("-._", *c) || (*c >= '0' && *c <= '9') ||
                                (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z'));
            snprintf(field, sizeof(field), "%s[%.200s]", side ? "binaryData" : "data", k);
            if (!fine)
                write_wrong(
                    f, "FieldValueInvalid", field,
                    "Invalid value: \"%.200s\": a valid config key must consist of alphanumeric "
                    "characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
                    "regex used for validation is '[-._a-zA-Z0-9]+')",
                    k);
        }
    }
}

static const struct {
    const char *kind;
    void (*check)(struct write_found *f, const struct val *now, const struct val *was);
} checks[] = {
    {"ClusterRole", write_check_role},
    {"ClusterRoleBinding", write_check_binding},
    {"ConfigMap", config_map},
    {"CustomResourceDefinition", sim_define_check},
    {"DaemonSet", workload},
    {"Deployment", workload},
    {"Job", job},
    {"Pod", pod},
    {"ReplicaSet", workload},
    {"Role", write_check_role},
    {"RoleBinding", write_check_binding},
    {"Secret", config_map},
    {"Service", service},
    {"StatefulSet", workload},
};

/* ---- metadata ---- */

static void finalizers(struct write_found *f, const struct val *now, const struct val *was)
{
    const struct val *a = val_at(now, "metadata", "finalizers", NULL);
    const struct val *b = val_at(was, "metadata", "finalizers", NULL);
    if (!val_at(was, "metadata", "deletionTimestamp", NULL))
        return;
    for (size_t i = 0; i < val_count(a); i++) {
        bool had = false;
        for (size_t k = 0; k < val_count(b); k++)
            had = had || val_equal(val_item(a, i), val_item(b, k));
        if (!had) {
            write_wrong(
                f, "FieldValueForbidden", "metadata.finalizers",
                "Forbidden: no new finalizers can be added if the object is being deleted, found "
                "new finalizers []string{\"%.200s\"}",
                val_str(val_item(a, i), ""));
            return;
        }
    }
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Letters, digits and "-_.", letters or digits at both ends. */
static bool word_fits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!letter(s[i]) && s[i] != '-' && s[i] != '_' && s[i] != '.')
            return false;
    return n && letter(s[0]) && letter(s[n - 1]);
}

static void names(struct write_found *f, const struct val *map, const char *field)
{
    for (uint32_t i = 0; i < val_count(map); i++) {
        const struct val_key *k = map->as.entries[i].key;
        const struct val key = val_borrow_str(k->s, k->len);
        const char *slash = strchr(k->s, '/'), *name = slash ? slash + 1 : k->s;
        if (slash == k->s)
            write_wrong_value(f, field, &key, "prefix part must be non-empty");
        else if (!*name)
            write_wrong_value(f, field, &key, "name part must be non-empty");
        else if (!word_fits(name, strlen(name)))
            write_wrong_value(
                f, field, &key,
                "name part must consist of alphanumeric characters, '-', '_' or '.', and must "
                "start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
                "'123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')");
        else if (strlen(name) > 63)
            write_wrong_value(f, field, &key, "name part must be no more than 63 bytes");
    }
}

static void labels(struct write_found *f, const struct val *now)
{
    static const char field[] = "metadata.labels";
    const struct val *map = val_at(now, "metadata", "labels", NULL);
    names(f, map, field);
    for (uint32_t i = 0; i < val_count(map); i++) {
        const struct val *v = &map->as.entries[i].value;
        if (!val_is(v, VAL_STRING))
            continue;
        if (v->len > 63)
            write_wrong_value(f, field, v, "must be no more than 63 bytes");
        else if (v->len && !word_fits(v->as.s, v->len))
            write_wrong_value(
                f, field, v,
                "a valid label must be an empty string or consist of alphanumeric characters, "
                "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
                "'MyValue',  or 'my_value',  or '12345', regex used for validation is "
                "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
    }
    names(f, val_at(now, "metadata", "annotations", NULL), "metadata.annotations");
}

static void annotations_size(struct write_found *f, const struct val *now)
{
    const struct val *a = val_at(now, "metadata", "annotations", NULL);
    size_t total = 0;
    for (uint32_t i = 0; i < val_count(a); i++)
        total += a->as.entries[i].key->len + a->as.entries[i].value.len;
    if (total > 256u * 1024u)
        write_wrong(f, "FieldValueTooLong", "metadata.annotations",
                    "Too long: may not be more than 262144 bytes");
}

void write_found_init(struct write_found *f, struct write *w)
{
    *f = (struct write_found){.w = w};
    buf_init(&f->texts, BUF_LARGE);
    buf_init(&f->causes, BUF_LARGE);
    buf_puts(&f->causes, "\"causes\":[");
}

bool write_found_none(struct write_found *f, const char *name)
{
    struct write *w = f->w;
    bool fine = f->n == 0;
    buf_putc(&f->causes, ']');
    if (!fine) {
        struct sim_target t = *w->t;
        struct sim_kind kind = *w->t->kind; /* errors of this sort name the kind */
        const char *group = w->t->kind->group;
        snprintf(t.name, sizeof(t.name), "%.250s", name);
        kind.plural = kind.kind;
        t.kind = &kind;
        sim_fail(w->r, 422, "Invalid", &t, buf_str(&f->causes), "%s%s%s \"%s\" is invalid: %s%s%s",
                 w->t->kind->kind, *group ? "." : "", group, t.name, f->n > 1 ? "[" : "",
                 buf_str(&f->texts), f->n > 1 ? "]" : "");
    }
    buf_clear(&f->texts);
    buf_clear(&f->causes);
    return fine;
}

/* Of a namespace: what deleting it says, and nothing else. */
static void phase(struct write_found *f, const struct val *now)
{
    bool going = val_at(now, "metadata", "deletionTimestamp", NULL) != NULL;
    const struct val *v = val_at(now, "status", "phase", NULL);
    if (!val_str_is(v, going ? "Terminating" : "Active"))
        write_wrong_value(f, "status.Phase", v,
                          going ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
                                : "may only be 'Active' if `deletionTimestamp` is empty");
}

bool write_validate(struct write *w, const struct val *now, const struct val *was)
{
    struct write_found f;
    write_found_init(&f, w);
    if (was) {
        immutable(&f, now, was);
        finalizers(&f, now, was);
    }
    labels(&f, now);
    annotations_size(&f, now);
    if (strcmp(w->t->sub, "status") == 0 && strcmp(sim_kind_word(w->t->kind), "Namespace") == 0)
        phase(&f, now);
    if (strcmp(w->t->sub, "status") != 0)
        for (size_t i = 0; i < ARRAY_LEN(checks); i++)
            if (strcmp(checks[i].kind, sim_kind_word(w->t->kind)) == 0)
                checks[i].check(&f, now, was);
    if (w->t->kind->made)
        sim_made_check(&f, w->t->kind->made, now, was);
    return write_found_none(&f, val_str(val_at(now, "metadata", "name", NULL), w->t->name));
}
