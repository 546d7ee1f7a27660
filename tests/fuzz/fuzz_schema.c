// SPDX-License-Identifier: Apache-2.0
/*
 * A schema and a value in JSON, one a line: nothing crashes; what passes the check of schemas can
 * be loaded and made ready; what validates after defaults keeps validating when they are filled in
 * again; without a list of errors the verdict is the same.
 */
#include "data/json.h"
#include "schema/check.h"
#include "schema/validate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct val_pool *p, const struct schema *s, const struct schema_validator *v,
                const struct val *value)
{
    struct schema_errors errors, again;
    struct schema_options strict = {.flags = SCHEMA_STRICT, .base = ".x"};
    schema_errors_init(&errors);
    schema_errors_init(&again);
    again.max = 0;
    if (schema_validate(v, value, &strict, &errors) != schema_validate(v, value, &strict, &again))
        abort();
    if (errors.len + errors.more < again.more)
        abort();
    const struct val *full = schema_default(p, s, value);
    const struct val *twice = full ? schema_default(p, s, full) : NULL;
    if (full && twice && !val_equal(full, twice))
        abort();
    schema_errors_clear(&errors);
    schema_errors_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = memchr(data, '\n', size);
    struct val_pool p;
    struct schema_errors errors;
    struct json_options opt = {.want_positions = true};
    if (!line)
        return 0;
    size_t len = (size_t)(line - data);
    val_pool_init_limited(&p, 16u << 20);
    schema_errors_init(&errors);
    const struct val *source = json_read(&p, (const char *)data, len, &opt, NULL);
    const struct val *value = json_read(&p, (const char *)line + 1, size - len - 1, &opt, NULL);
    if (source && value) {
        int rc = schema_check(source, ".spec.parameters", &errors);
        const struct schema *s = schema_load(&p, source, NULL);
        struct schema_validator *v = s ? schema_validator_new(s, NULL) : NULL;
        if (v)
            use(&p, s, v, value);
        else if (!rc && p.arena.used < p.arena.limit / 2)
            abort();
        schema_validator_free(v);
    }
    schema_errors_clear(&errors);
    val_pool_clear(&p);
    return 0;
}
