// SPDX-License-Identifier: Apache-2.0
/* {"name","object","status"}. Time is that of the run: the cases' objects were made long ago. */
#include "base/clock.h"
#include "kube/kstatus.h"
#include "tests/conformance/conformance.h"

static int run_line(struct conformance *c, const struct val *line)
{
    const struct val *object = val_get(line, "object"), *status = val_get(line, "status");
    struct kstatus_result result;
    struct err e = ERR_INIT;
    if (!object || !val_is(status, VAL_STRING))
        return conformance_malformed(c, "object or status is missing");
    int rc = kstatus_compute(&c->pool->arena, object, clock_wall_ms(clock_system()), &result, &e);
    const char *got = kstatus_word(result.status);
    if (val_str_is(status, got))
        conformance_pass(c);
    else
        conformance_fail(c, val_str(val_get(line, "name"), NULL), status->as.s, rc ? e.text : got);
    err_clear(&e);
    return 0;
}

const struct conformance_runner conformance_kstatus = {"kstatus", run_line};
