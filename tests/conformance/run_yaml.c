// SPDX-License-Identifier: Apache-2.0
/* {"id","yaml","docs":[...]} or {"id","yaml","error":true}. */
#include "data/yaml.h"
#include "tests/conformance/conformance.h"

/* Equal as Kubernetes compares, and an integer that JSON could only hold as a double is that. */
static bool same(const struct val *want, const struct val *got)
{
    if (want->type != got->type || (want->type != VAL_LIST && want->type != VAL_MAP)) {
        if (want->type == VAL_DOUBLE && got->type == VAL_UINT)
            return want->as.d == (double)got->as.u;
        return val_equal(want, got);
    }
    if (want->len != got->len)
        return false;
    for (uint32_t i = 0; i < want->len; i++) {
        const struct val *w, *g;
        if (want->type == VAL_LIST) {
            w = &want->as.items[i];
            g = &got->as.items[i];
        } else {
            const struct val_key *k = want->as.entries[i].key;
            w = &want->as.entries[i].value;
            g = val_get_n(got, k->s, k->len);
        }
        if (!g || !same(w, g))
            return false;
    }
    return true;
}

static const struct val *as_list(struct conformance *c, const struct yaml_docs *docs)
{
    struct val_builder *b = val_builder_new(c->pool, VAL_MAX_DEPTH + 1);
    val_builder_list(b);
    for (size_t i = 0; i < docs->len; i++)
        val_builder_add(b, *docs->items[i].value);
    val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}

static int run_line(struct conformance *c, const struct val *line)
{
    const char *id = val_str(val_get(line, "id"), NULL);
    const struct val *yaml = val_get(line, "yaml"), *want = val_get(line, "docs");
    bool error = val_bool(val_get(line, "error"), false);
    if (!id || !val_is(yaml, VAL_STRING) || error == val_is(want, VAL_LIST))
        return conformance_malformed(c, "id, yaml, and one of docs and error are needed");
    struct yaml_docs docs;
    struct err e = ERR_INIT;
    int rc = yaml_read(c->pool, yaml->as.s, yaml->len, NULL, &docs, &e);
    const struct val *got = rc ? NULL : as_list(c, &docs);
    if (rc && error)
        conformance_pass(c);
    else if (rc)
        conformance_fail(c, id, conformance_show(c, want), e.text);
    else if (error)
        conformance_fail(c, id, "an error", conformance_show(c, got));
    else if (same(want, got))
        conformance_pass(c);
    else
        conformance_fail(c, id, conformance_show(c, want), conformance_show(c, got));
    yaml_docs_clear(&docs);
    err_clear(&e);
    return 0;
}

const struct conformance_runner conformance_yaml = {"yaml", run_line};
