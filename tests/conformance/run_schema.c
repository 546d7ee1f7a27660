// SPDX-License-Identifier: Apache-2.0
/* {"name","schema","data","valid"}: is the data valid under the structural schema? */
#include "schema/validate.h"
#include "tests/conformance/conformance.h"

static const char *judge(struct conformance *c, const struct schema_validator *v,
                         const struct val *data, bool *valid)
{
    struct schema_errors errors;
    struct buf b;
    schema_errors_init(&errors);
    buf_init(&b, BUF_SMALL);
    *valid = schema_validate(v, data, NULL, &errors) == 0;
    if (errors.len)
        schema_error_format(&b, &errors.items[0], NULL);
    const char *text = *valid ? "valid" : arena_strdup(&c->pool->arena, buf_str(&b));
    buf_clear(&b);
    schema_errors_clear(&errors);
    return text;
}

static int run_line(struct conformance *c, const struct val *line)
{
    const char *name = val_str(val_get(line, "name"), NULL);
    const struct val *data = val_get(line, "data"), *want = val_get(line, "valid");
    struct err e = ERR_INIT;
    if (!name || !data || !val_is(want, VAL_BOOL))
        return conformance_malformed(c, "name, schema, data and valid are needed");
    const struct schema *s = schema_load(c->pool, val_get(line, "schema"), &e);
    struct schema_validator *v = s ? schema_validator_new(s, &e) : NULL;
    const char *expected = want->as.b ? "valid" : "not valid";
    if (v) {
        bool valid;
        const char *got = judge(c, v, data, &valid);
        if (valid == want->as.b)
            conformance_pass(c);
        else
            conformance_fail(c, name, expected, got);
    } else {
        conformance_fail(c, name, expected, e.text);
    }
    schema_validator_free(v);
    err_clear(&e);
    return 0;
}

const struct conformance_runner conformance_schema = {"schema", run_line};
