// SPDX-License-Identifier: Apache-2.0
/*
 * Validation of definitions: names, versions, and that schemas are structural. Source of the rules
 * and words: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation and
 * pkg/apiserver/schema/validation.go. Rules in CEL are taken as they come, and are not run.
 */
#include "schema/pattern.h"
#include "sim/define.h"
#include "sim/write_int.h"

#include <stdio.h>
#include <string.h>

/* ---- schemas ---- */

struct place {
    struct write_found *f;
    char path[1024];
};

static void at_place(struct place *to, const struct place *from, const char *more)
{
    to->f = from->f;
    snprintf(to->path, sizeof(to->path), "%.700s%.300s", from->path, more);
}

static void at_prop(struct place *to, const struct place *from, const char *name)
{
    char more[300];
    snprintf(more, sizeof(more), ".properties[%.250s]", name);
    at_place(to, from, more);
}

static bool known_type(const char *type)
{
    static const char *const types[] = {"array",  "boolean", "integer",
                                        "number", "object",  "string"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

static void check_type(const struct place *p, const struct val *s, bool root)
{
    struct place here;
    const char *type = val_str(val_get(s, "type"), "");
    bool free = val_bool(val_get(s, "x-kubernetes-int-or-string"), false) ||
                val_bool(val_get(s, "x-kubernetes-preserve-unknown-fields"), false);
    at_place(&here, p, ".type");
    if (!*type && root)
        write_missing(p->f, here.path, "must not be empty at the root");
    else if (!*type && !free)
        write_missing(p->f, here.path, "must not be empty for specified object fields");
    else if (*type && !known_type(type))
        write_wrong(p->f, "FieldValueNotSupported", here.path,
                    "Unsupported value: \"%.60s\": supported values: \"array\", \"boolean\", "
                    "\"integer\", \"number\", \"object\", \"string\"",
                    type);
    else if (root && strcmp(type, "object") != 0)
        write_wrong(p->f, "FieldValueInvalid", here.path,
                    "Invalid value: \"%.60s\": must be object at the root", type);
}

static bool has_word(const struct val *list, const struct val *word)
{
    for (size_t i = 0; i < val_count(list); i++)
        if (val_equal(val_item(list, i), word))
            return true;
    return false;
}

static void check_list(const struct place *p, const struct val *s)
{
    struct place here;
    const struct val *items = val_get(s, "items"), *keys = val_get(s, "x-kubernetes-list-map-keys");
    if (!items) {
        at_place(&here, p, ".items");
        write_missing(p->f, here.path, "must be specified");
        return;
    }
    if (!val_str_is(val_get(s, "x-kubernetes-list-type"), "map"))
        return;
    if (!val_count(keys)) {
        at_place(&here, p, ".x-kubernetes-list-map-keys");
        write_missing(p->f, here.path, "must not be empty if x-kubernetes-list-type is map");
    }
    for (size_t i = 0; i < val_count(keys); i++) {
        const struct val *key = val_item(keys, i);
        const struct val *prop = val_get(val_get(items, "properties"), val_str(key, ""));
        char more[400];
        snprintf(more, sizeof(more), ".items.properties[%.250s].default", val_str(key, ""));
        at_place(&here, p, more);
        if (!val_get(prop, "default") && !has_word(val_get(items, "required"), key))
            write_missing(p->f, here.path,
                          "this property is in x-kubernetes-list-map-keys, so it must have a "
                          "default or be a required property");
    }
}

static void check_pattern(const struct place *p, const struct val *s)
{
    const struct val *text = val_get(s, "pattern");
    struct err e = ERR_INIT;
    struct place here;
    if (!val_is(text, VAL_STRING))
        return;
    struct schema_pattern *pattern = schema_pattern_new(text->as.s, text->len, &e);
    if (!pattern) {
        at_place(&here, p, ".pattern");
        write_wrong(p->f, "FieldValueInvalid", here.path,
                    "Invalid value: \"%.100s\": must be a valid regular expression, but isn't: "
                    "%.200s",
                    text->as.s, e.text ? e.text : "");
    }
    schema_pattern_free(pattern);
    err_clear(&e);
}

/* Below allOf, anyOf, oneOf and not, values are restricted; what they are is said outside. */
static void check_junctors(const struct place *p, const struct val *s)
{
    static const char *const lists[] = {"allOf", "anyOf", "oneOf"};
    static const char *const outside[] = {"type", "default", "description", "title", "nullable"};
    bool either = val_bool(val_get(s, "x-kubernetes-int-or-string"), false);
    for (size_t k = 0; k <= ARRAY_LEN(lists); k++) {
        bool single = k == ARRAY_LEN(lists);
        const struct val *found = val_get(s, single ? "not" : lists[k]);
        size_t n = single ? found != NULL : val_count(found);
        for (size_t i = 0; i < n; i++) {
            const struct val *one = single ? found : val_item(found, i);
            for (size_t x = 0; x < ARRAY_LEN(outside); x++) {
                char more[100];
                struct place here;
                if (!val_get(one, outside[x]) || (either && x == 0))
                    continue;
                if (single)
                    snprintf(more, sizeof(more), ".not.%s", outside[x]);
                else
                    snprintf(more, sizeof(more), ".%s[%zu].%s", lists[k], i, outside[x]);
                at_place(&here, p, more);
                write_wrong(p->f, "FieldValueForbidden", here.path,
                            "Forbidden: must be empty to be structural");
            }
        }
    }
}

static void check_schema(const struct place *p, const struct val *s, bool root, int depth)
{
    struct place here;
    const struct val *props = val_get(s, "properties"), *more = val_get(s, "additionalProperties");
    const struct val *keep = val_get(s, "x-kubernetes-preserve-unknown-fields");
    if (depth > SCHEMA_MAX_DEPTH || p->f->n > 20)
        return;
    check_type(p, s, root);
    if (val_str_is(val_get(s, "type"), "array"))
        check_list(p, s);
    check_pattern(p, s);
    check_junctors(p, s);
    if (val_is(keep, VAL_BOOL) && !keep->as.b) {
        at_place(&here, p, ".x-kubernetes-preserve-unknown-fields");
        write_wrong(p->f, "FieldValueInvalid", here.path,
                    "Invalid value: false: must be true or undefined");
    }
    if (val_count(props) && more) {
        at_place(&here, p, ".additionalProperties");
        write_wrong(p->f, "FieldValueForbidden", here.path,
                    "Forbidden: additionalProperties and properties are mutual exclusive");
    }
    for (uint32_t i = 0; i < val_count(props); i++) {
        at_prop(&here, p, props->as.entries[i].key->s);
        if (!root || strcmp(props->as.entries[i].key->s, "metadata") != 0)
            check_schema(&here, &props->as.entries[i].value, false, depth + 1);
    }
    if (val_is(val_get(s, "items"), VAL_MAP)) {
        at_place(&here, p, ".items");
        check_schema(&here, val_get(s, "items"), false, depth + 1);
    }
    if (val_is(more, VAL_MAP)) {
        at_place(&here, p, ".additionalProperties");
        check_schema(&here, more, false, depth + 1);
    }
}

/* What the walk above did not see, but those who use schemas would stumble over. */
static void check_loads(const struct place *p, const struct val *s)
{
    struct val_pool pool;
    struct err e = ERR_INIT;
    val_pool_init(&pool);
    const struct schema *loaded = schema_load(&pool, s, &e);
    struct schema_validator *v = loaded ? schema_validator_new(loaded, &e) : NULL;
    if (!v)
        write_wrong(p->f, "FieldValueInvalid", p->path, "Invalid value: %.300s",
                    e.text ? e.text : "the schema cannot be read");
    schema_validator_free(v);
    err_clear(&e);
    val_pool_clear(&pool);
}

/* ---- names ---- */

static bool is_label(const char *s) /* DNS-1035 */
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++) {
        bool small = s[i] >= 'a' && s[i] <= 'z', digit = s[i] >= '0' && s[i] <= '9';
        if (!small && (!i || (!digit && (s[i] != '-' || i + 1 == n))))
            return false;
    }
    return n > 0 && n < 64;
}

static void check_label(struct write_found *f, const char *field, const struct val *v, bool lower)
{
    const char *s = val_str(v, "");
    char low[256];
    size_t n = 0;
    for (; s[n] && n + 1 < sizeof(low); n++)
        low[n] = lower && s[n] >= 'A' && s[n] <= 'Z' ? (char)(s[n] + 32) : s[n];
    low[n] = '\0';
    if (!*s) {
        write_missing(f, field, "");
    } else if (!is_label(low)) {
        write_wrong_value(f, field, v,
                          "a DNS-1035 label must consist of lower case alphanumeric characters or "
                          "'-', start with an alphabetic character, and end with an alphanumeric "
                          "character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
                          "'[a-z]([-a-z0-9]*[a-z0-9])?')");
    }
}

static void check_names(struct write_found *f, const struct val *now)
{
    const struct val *spec = val_get(now, "spec"), *names = val_get(spec, "names");
    const struct val *name = val_at(now, "metadata", "name", NULL), *scope = val_get(spec, "scope");
    const char *group = val_str(val_get(spec, "group"), "");
    char must[600];
    snprintf(must, sizeof(must), "%.280s.%.280s", val_str(val_get(names, "plural"), ""), group);
    if (!val_str_is(name, must))
        write_wrong_value(f, "metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
    if (!*group)
        write_missing(f, "spec.group", "");
    else if (!strchr(group, '.'))
        write_wrong_value(f, "spec.group", val_get(spec, "group"),
                          "should be a domain with at least one dot");
    if (!val_str(scope, "")[0])
        write_missing(f, "spec.scope", "");
    else if (!val_str_is(scope, "Cluster") && !val_str_is(scope, "Namespaced"))
        write_wrong(f, "FieldValueNotSupported", "spec.scope",
                    "Unsupported value: \"%.60s\": supported values: \"Cluster\", \"Namespaced\"",
                    val_str(scope, ""));
    check_label(f, "spec.names.plural", val_get(names, "plural"), false);
    check_label(f, "spec.names.singular", val_get(names, "singular"), false);
    check_label(f, "spec.names.kind", val_get(names, "kind"), true);
    check_label(f, "spec.names.listKind", val_get(names, "listKind"), true);
}

/* ---- versions ---- */

static void check_versions(struct write_found *f, const struct val *now)
{
    const struct val *versions = val_at(now, "spec", "versions", NULL);
    const struct val *stored = val_at(now, "status", "storedVersions", NULL);
    size_t storage = 0;
    bool twice = false;
    for (size_t i = 0; i < val_count(versions); i++) {
        const struct val *v = val_item(versions, i);
        storage += val_bool(val_get(v, "storage"), false);
        for (size_t k = 0; k < i; k++)
            twice = twice || val_equal(val_get(v, "name"), val_get(val_item(versions, k), "name"));
    }
    if (twice)
        write_wrong_value(f, "spec.versions", versions, "must contain unique version names");
    if (storage != 1)
        write_wrong_value(f, "spec.versions", versions,
                          "must have exactly one version marked as storage version");
    if (!val_count(stored))
        write_wrong_value(f, "status.storedVersions", stored,
                          "must have at least one stored version");
    for (size_t i = 0; i < val_count(stored); i++) {
        const char *name = val_str(val_item(stored, i), "");
        bool there = false;
        char field[60], why[900];
        for (size_t k = 0; k < val_count(versions); k++)
            there = there || val_str_is(val_get(val_item(versions, k), "name"), name);
        snprintf(field, sizeof(field), "status.storedVersions[%zu]", i);
        snprintf(why, sizeof(why),
                 "missing from spec.versions; %.100s was previously a storage version, and must "
                 "remain in spec.versions until a storage migration ensures no data remains "
                 "persisted in %.100s and removes %.100s from status.storedVersions",
                 name, name, name);
        if (!there)
            write_wrong_value(f, field, val_item(stored, i), why);
    }
}

static void check_scale(struct write_found *f, const char *at, const struct val *scale)
{
    static const char *const paths[] = {"specReplicasPath", "statusReplicasPath"};
    for (size_t i = 0; scale && i < ARRAY_LEN(paths); i++) {
        const struct val *v = val_get(scale, paths[i]);
        char field[200];
        snprintf(field, sizeof(field), "%s.scale.%s", at, paths[i]);
        if (!val_str(v, "")[0])
            write_missing(f, field, "");
        else if (v->as.s[0] != '.')
            write_wrong_value(f, field, v, "must be a simple json path starting with .");
    }
}

void sim_define_check(struct write_found *f, const struct val *now, const struct val *was)
{
    const struct val *spec = val_get(now, "spec"), *versions = val_get(spec, "versions");
    bool one = val_count(versions) == 1; /* then it is spoken of as in the days of one version */
    check_names(f, now);
    check_versions(f, now);
    for (size_t i = 0; i < val_count(versions); i++) {
        const struct val *v = val_item(versions, i);
        const struct val *schema = val_at(v, "schema", "openAPIV3Schema", NULL);
        struct place p = {.f = f};
        char at[100];
        snprintf(p.path, sizeof(p.path), "spec.versions[%zu].schema.openAPIV3Schema", i);
        snprintf(at, sizeof(at), "spec.versions[%zu].subresources", i);
        if (!val_is(schema, VAL_MAP)) {
            write_missing(f, p.path, "");
            continue;
        }
        if (one)
            snprintf(p.path, sizeof(p.path), "spec.validation.openAPIV3Schema");
        size_t before = f->n;
        check_schema(&p, schema, true, 0);
        if (f->n == before)
            check_loads(&p, schema);
        check_scale(f, one ? "spec.subresources" : at, val_at(v, "subresources", "scale", NULL));
    }
    const struct val *scope = val_get(spec, "scope"), *old = val_at(was, "spec", "scope", NULL);
    if (old && !val_equal(old, scope ? scope : &val_null))
        write_wrong_value(f, "spec.scope", scope, "field is immutable");
}
