// SPDX-License-Identifier: Apache-2.0
#include "kube/table.h"

#include <string.h>

static void column(struct val_builder *b, const char *name, const char *type)
{
    val_builder_map(b);
    val_builder_key(b, "name", 4);
    val_builder_add(b, val_borrow_str(name, strlen(name)));
    val_builder_key(b, "type", 4);
    val_builder_add(b, val_borrow_str(type, strlen(type)));
    val_builder_end(b);
}

static const struct val *made_columns(struct val_pool *p)
{
    struct val_builder *b = val_builder_new(p, 8);
    val_builder_list(b);
    column(b, "Name", "string");
    column(b, "Age", "date");
    val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}

bool kube_table_read(struct val_pool *p, const struct val *doc, struct kube_table *out)
{
    *out = (struct kube_table){0};
    if (!val_is(doc, VAL_MAP))
        return false;
    const struct val *columns = val_get(doc, "columnDefinitions"), *rows = val_get(doc, "rows");
    if (val_str_is(val_get(doc, "kind"), "Table") || columns || rows) {
        out->columns = val_is(columns, VAL_LIST) && columns->len ? columns : NULL;
        out->rows = val_is(rows, VAL_LIST) ? rows : NULL;
        return true;
    }
    const struct val *items = val_get(doc, "items");
    out->made = true;
    out->columns = made_columns(p);
    out->rows = val_is(items, VAL_LIST) ? items : NULL;
    if (!items && val_get(doc, "metadata"))
        out->rows = val_list_of(p, doc, 1);
    return items || out->rows;
}

const struct val *kube_table_row(struct val_pool *p, const struct kube_table *t, size_t i)
{
    const struct val *row = val_item(t->rows, i);
    if (!t->made)
        return row;
    const struct val *meta = val_get(row, "metadata");
    const struct val *name = val_get(meta, "name"), *made = val_get(meta, "creationTimestamp");
    struct val cells[2] = {name ? *name : val_null, made ? *made : val_null};
    const struct val *list = val_list_of(p, cells, 2);
    const struct val_key *keys[] = {val_intern(p, "cells", 5), val_intern(p, "object", 6)};
    if (!list || !keys[0] || !keys[1])
        return &val_null;
    struct val_entry e[2] = {{.key = keys[0], .value = *list}, {.key = keys[1], .value = *row}};
    const struct val *v = val_map_of(p, e, 2);
    return v ? v : &val_null;
}
