// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as one of our files: problems have a place in the text and are no more than the bound;
 * parameters that passed their check become a form, which looks at the document itself as values.
 */
#include "catalog/document.h"
#include "catalog/form.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct document *d)
{
    const struct val *parameters = val_get(d->spec, "parameters");
    struct val_pool p;
    struct form_view view;
    struct err e = ERR_INIT;
    if (!parameters || d->broken || !d->kind)
        return;
    val_pool_init(&p);
    const struct schema *s = schema_load(&p, parameters, &e);
    struct form *form = s ? form_new(s, &e) : NULL;
    if (form) {
        form_look(form, d->spec, &view);
        for (size_t i = 0; i < view.len; i++)
            form_put(&view.pool, view.values, view.rows[i].path, view.values);
        form_view_clear(&view);
    } else if (!e.code) {
        abort();
    }
    form_free(form);
    err_clear(&e);
    val_pool_clear(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct catalog_kinds *kinds;
    struct catalog_problems problems = {0};
    if (!kinds)
        kinds = catalog_kinds_new();
    struct document_file *f = document_file_parse(kinds, "f", (const char *)data, size, NULL,
                                                  DOCUMENT_FOREIGN, &problems);
    if (problems.len > CATALOG_PROBLEMS_MAX || (!f && !problems.len))
        abort();
    for (size_t i = 0; i < problems.len; i++)
        if (!problems.items[i].text)
            abort();
    for (size_t i = 0; f && i < f->len; i++)
        look(&f->items[i]);
    document_file_free(f);
    catalog_problems_clear(&problems);
    return 0;
}
