// SPDX-License-Identifier: Apache-2.0
#include "kube/ownership.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

/* A string of the object as a C string in the pool; "" when it is none. NULL past the limit. */
static const char *name_of(struct val_pool *p, const struct val *entry, const char *field)
{
    const struct val *v = val_get(entry, field);
    const struct val_key *k =
        val_is(v, VAL_STRING) ? val_intern(p, v->as.s, v->len) : val_intern(p, "", 0);
    return k ? k->s : NULL;
}

/* 1: filled; 0: cannot be read; -1: past the pool's limit. The set is read in a pool of its own,
 * since only its interned twin is kept. */
static int read_entry(struct val_pool *p, struct fieldset_table *t, const struct val *v,
                      struct ownership_entry *out)
{
    const struct val *fields = val_get(v, "fieldsV1"), *type = val_get(v, "fieldsType");
    if (!val_is(v, VAL_MAP) ||
        (val_is(type, VAL_STRING) && type->len && !val_str_is(type, "FieldsV1")))
        return 0;
    struct val_pool scratch;
    struct err e = ERR_INIT;
    val_pool_init(&scratch);
    fieldset s = fieldset_read(&scratch, fields, &e);
    err_clear(&e);
    int rc = s != NULL;
    if (s) {
        *out = (struct ownership_entry){.manager = name_of(p, v, "manager"),
                                        .operation = name_of(p, v, "operation"),
                                        .api_version = name_of(p, v, "apiVersion"),
                                        .subresource = name_of(p, v, "subresource")};
        if (!out->manager || !out->operation || !out->api_version || !out->subresource)
            rc = -1;
        else
            out->fields = fieldset_table_intern(t, s, &out->fields_id);
    }
    val_pool_clear(&scratch);
    if (rc <= 0)
        return rc;
    const struct val *time = val_get(v, "time");
    int32_t nanos;
    out->apply = strcmp(out->operation, "Apply") == 0;
    out->has_time = val_is(time, VAL_STRING) &&
                    clock_parse_rfc3339(time->as.s, time->len, &out->time_wall_ms, &nanos) == 0;
    if (!out->has_time)
        out->time_wall_ms = 0;
    out->actor = manager_actor_of(out->manager, out->operation, out->subresource);
    return 1;
}

int ownership_read(struct val_pool *p, struct fieldset_table *t, const struct val *object,
                   struct ownership *out, struct err *e)
{
    *out = (struct ownership){0};
    const struct val *list = val_at(object, "metadata", "managedFields", NULL);
    if (!list || list->type == VAL_NULL)
        return 0;
    if (list->type != VAL_LIST)
        return err_set(e, ERR_TYPE, "metadata.managedFields is no list");
    if (list->len > OWNERSHIP_ENTRIES_MAX)
        return err_set(e, ERR_LIMIT, "more than %u entries in metadata.managedFields",
                       OWNERSHIP_ENTRIES_MAX);
    out->entries = arena_array(&p->arena, list->len, sizeof(*out->entries));
    if (!out->entries)
        return err_set(e, ERR_LIMIT, "out of room for metadata.managedFields");
    for (uint32_t i = 0; i < list->len; i++) {
        int rc = read_entry(p, t, &list->as.items[i], &out->entries[out->len]);
        if (rc < 0)
            return err_set(e, ERR_LIMIT, "out of room for metadata.managedFields");
        if (rc)
            out->len++;
        else
            out->unreadable++;
    }
    return 0;
}

const struct ownership_entry *ownership_of_applier(const struct ownership *o, const char *manager,
                                                   const char *subresource)
{
    for (size_t i = 0; i < o->len; i++)
        if (o->entries[i].apply && strcmp(o->entries[i].manager, manager) == 0 &&
            strcmp(o->entries[i].subresource, subresource) == 0)
            return &o->entries[i];
    return NULL;
}

size_t ownership_owners_of(const struct ownership *o, struct path path, struct ownership_owner *out,
                           size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < o->len; i++) {
        bool exact = fieldset_has(o->entries[i].fields, path);
        if (!exact && !fieldset_covers(o->entries[i].fields, path))
            continue;
        if (n < cap)
            out[n] = (struct ownership_owner){&o->entries[i], exact};
        n++;
    }
    return n;
}
