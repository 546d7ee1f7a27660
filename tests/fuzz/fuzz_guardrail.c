// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever a file of rules holds: it is read or every problem has a place, what compiles can be
 * asked about any object of the same file, and ends within its budget; what can be exported is YAML
 * again.
 */
#include "catalog/document.h"
#include "catalog/guardrail.h"
#include "data/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct guardrails *set, const struct document_file *f)
{
    struct guardrail_results results;
    struct err e = ERR_INIT;
    guardrail_results_init(&results);
    for (size_t i = 0; i < f->len; i++) {
        const struct guardrail_request request = {.object = f->items[i].value,
                                                  .old_object = i ? f->items[0].value : NULL,
                                                  .operation =
                                                      i ? GUARDRAIL_UPDATE : GUARDRAIL_CREATE};
        if (guardrails_check(set, &request, &results, &e))
            err_clear(&e);
    }
    for (size_t i = 0; i < results.len; i++)
        if (!results.items[i].text || !results.items[i].policy)
            abort();
    guardrail_results_clear(&results);
}

static void export_and_read(const struct guardrails *set)
{
    struct catalog_problems left = {0};
    struct err e = ERR_INIT;
    struct buf out;
    struct val_pool pool;
    struct yaml_docs docs = {0};
    buf_init(&out, 1u << 20);
    val_pool_init(&pool);
    if (!guardrails_export(set, NULL, &out, &left, &e) && out.len &&
        yaml_read(&pool, buf_str(&out), out.len, "export", &docs, &e))
        abort();
    err_clear(&e);
    yaml_docs_clear(&docs);
    val_pool_clear(&pool);
    buf_clear(&out);
    catalog_problems_clear(&left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct catalog_kinds *kinds;
    if (size > 16384)
        return 0;
    if (!kinds)
        kinds = catalog_kinds_new();
    struct catalog_problems problems = {0};
    struct guardrails *set = guardrails_new();
    struct document_file *f = document_file_parse(kinds, "fuzz.yaml", (const char *)data, size,
                                                  NULL, DOCUMENT_FOREIGN, &problems);
    bool ok = f != NULL;
    for (size_t i = 0; f && i < f->len; i++)
        if (!f->items[i].broken && guardrails_takes(f->items[i].value) &&
            guardrails_add(set, &f->file, f->items[i].value, &problems))
            ok = false;
    if (ok && guardrails_compile(set, &problems))
        ok = false;
    for (size_t i = 0; i < problems.len; i++)
        if (!problems.items[i].text || !problems.items[i].source)
            abort();
    if (f) {
        ask(set, f);
        export_and_read(set);
    }
    document_file_free(f);
    guardrails_free(set);
    catalog_problems_clear(&problems);
    return 0;
}
