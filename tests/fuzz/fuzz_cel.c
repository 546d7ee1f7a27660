// SPDX-License-Identifier: Apache-2.0
/* Any text is an expression or is refused with a place and a reason; what it reads can be told. */
#include "cel/cel.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct cel_env *env;
    struct err e = ERR_INIT;
    if (!env) {
        env = cel_env_new(CEL_ENV_ALL);
        cel_declare(env, "object", cel_type_dyn());
        cel_declare(env, "a.b", cel_type_dyn());
        cel_env_container(env, "x.y");
    }
    struct cel_program *p = cel_compile(env, (const char *)data, size, CEL_UNCHECKED, &e);
    if (p) {
        const struct cel_ref *refs;
        size_t n = cel_program_refs(p, &refs);
        for (size_t i = 0; i < n; i++)
            if (!refs[i].path || !refs[i].name || refs[i].variable < 0)
                abort();
    } else if (!e.code || !e.text || (e.code == ERR_SYNTAX && !e.line)) {
        abort();
    }
    cel_program_free(p);
    err_clear(&e);
    return 0;
}
