// SPDX-License-Identifier: Apache-2.0
#include "catalog/kinds.h"

#include "base/vec.h"
#include "data/yaml.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct catalog_kinds {
    struct val_pool pool;
    VEC(struct catalog_kind) kinds;
};

/* What is carried in the program is right, or the program was built wrong. */
static void broken(const char *kind, const struct err *e)
{
    fprintf(stderr, "leeway: the schema of kind %s cannot be used: %u:%u: %s\n", kind,
            (unsigned)e->line, (unsigned)e->col, e->text ? e->text : "it is empty");
    abort();
}

struct catalog_kinds *catalog_kinds_new(void)
{
    struct catalog_kinds *k = mem_new(struct catalog_kinds);
    val_pool_init(&k->pool);
    for (const struct catalog_kind_text *t = catalog_kind_texts; t->kind; t++) {
        struct catalog_kind kind = {.name = t->kind};
        struct yaml_docs docs = {0};
        struct err e = ERR_INIT;
        if (yaml_read(&k->pool, t->yaml, strlen(t->yaml), t->kind, &docs, &e) || docs.len != 1 ||
            !(kind.schema = schema_load(&k->pool, docs.items[0].value, &e)) ||
            !(kind.validator = schema_validator_new(kind.schema, &e)))
            broken(t->kind, &e);
        yaml_docs_clear(&docs);
        vec_push(&k->kinds, kind);
    }
    return k;
}

void catalog_kinds_free(struct catalog_kinds *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < k->kinds.len; i++)
        schema_validator_free(k->kinds.items[i].validator);
    vec_clear(&k->kinds);
    val_pool_clear(&k->pool);
    mem_free(k);
}

const struct catalog_kind *catalog_kind_at(const struct catalog_kinds *k, size_t i)
{
    return i < k->kinds.len ? &k->kinds.items[i] : NULL;
}

const struct catalog_kind *catalog_kind(const struct catalog_kinds *k, const char *name)
{
    for (size_t i = 0; i < k->kinds.len; i++)
        if (strcmp(k->kinds.items[i].name, name) == 0)
            return &k->kinds.items[i];
    return NULL;
}

/* ---- for editors ---- */

static void put(struct val_builder *b, const char *key)
{
    val_builder_key(b, key, strlen(key));
}

static void write_schema(struct val_builder *b, struct val_pool *p, const struct val *s);

static void write_props(struct val_builder *b, struct val_pool *p, const struct val *props)
{
    val_builder_map(b);
    for (uint32_t i = 0; i < props->len; i++) {
        const struct val_entry *e = &props->as.entries[i];
        if (val_get(&e->value, "x-not-yet"))
            continue;
        val_builder_key(b, e->key->s, e->key->len);
        write_schema(b, p, &e->value);
    }
    val_builder_end(b);
}

static void write_keyword(struct val_builder *b, struct val_pool *p, const struct val_entry *e)
{
    const char *name = e->key->s;
    if (strncmp(name, "x-kubernetes-", 13) == 0)
        return;
    val_builder_key(b, name, e->key->len);
    if (strcmp(name, "properties") == 0) {
        write_props(b, p, &e->value);
    } else if (strcmp(name, "items") == 0 ||
               (strcmp(name, "additionalProperties") == 0 && e->value.type == VAL_MAP)) {
        write_schema(b, p, &e->value);
    } else {
        const struct val *v = val_copy(p, &e->value);
        val_builder_add(b, *v);
    }
}

static void write_schema(struct val_builder *b, struct val_pool *p, const struct val *s)
{
    val_builder_map(b);
    if (val_bool(val_get(s, "x-kubernetes-int-or-string"), false)) {
        put(b, "type");
        val_builder_list(b);
        val_builder_add(b, val_of_str(p, "integer"));
        val_builder_add(b, val_of_str(p, "string"));
        val_builder_end(b);
    }
    for (uint32_t i = 0; i < s->len; i++)
        write_keyword(b, p, &s->as.entries[i]);
    if (val_str_is(val_get(s, "type"), "object") && !val_get(s, "additionalProperties") &&
        !val_bool(val_get(s, "x-kubernetes-preserve-unknown-fields"), false)) {
        put(b, "additionalProperties");
        val_builder_add(b, val_of_bool(false));
    }
    val_builder_end(b);
}

const struct val *catalog_kind_for_editors(const struct catalog_kind *k, struct val_pool *p)
{
    struct val_builder *b = val_builder_new(p, VAL_MAX_DEPTH);
    val_builder_map(b);
    put(b, "$schema");
    val_builder_add(b, val_of_str(p, "http://json-schema.org/draft-07/schema#"));
    for (uint32_t i = 0; i < k->schema->source->len; i++)
        write_keyword(b, p, &k->schema->source->as.entries[i]);
    put(b, "additionalProperties");
    val_builder_add(b, val_of_bool(false));
    val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}
