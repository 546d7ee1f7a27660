// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/within.h"

#include "base/mem.h"
#include "cel/cel.h"

#include <string.h>

static const char *const bound[] = {"params", "cluster", "env"};

struct within {
    struct cel_env *env;
    struct cel_program *program;
    int self, names[ARRAY_LEN(bound)];
};

void within_free(struct within *w)
{
    if (!w)
        return;
    cel_program_free(w->program);
    cel_env_free(w->env);
    mem_free(w);
}

struct within *within_new(const char *text, struct err *e)
{
    struct within *w = mem_new(struct within);
    w->env = cel_env_new(CEL_ENV_ALL);
    w->self = cel_declare(w->env, "self", cel_type_dyn());
    for (size_t i = 0; i < ARRAY_LEN(bound); i++)
        w->names[i] = cel_declare(w->env, bound[i], cel_type_dyn());
    w->program = cel_compile(w->env, text, strlen(text), 0, e);
    const struct cel_type *t = w->program ? cel_program_type(w->program) : NULL;
    if (t && !cel_type_is(t, CEL_BOOL) && !cel_type_is_dyn(t)) {
        err_set(e, ERR_TYPE, "it gives no truth");
        err_hint(e, "a window is said of self: self >= 2 && self <= 8");
        t = NULL;
    }
    if (t)
        return w;
    within_free(w);
    return NULL;
}

bool within_holds(const struct within *w, const struct val *bind, const struct val *self,
                  struct err *e)
{
    struct cel_activation act;
    struct cel_value out;
    struct arena a;
    if (!self)
        return false;
    arena_init_limited(&a, 1u << 20);
    cel_activation_init(&act, w->env);
    cel_bind_val(&act, w->self, self);
    for (size_t i = 0; i < ARRAY_LEN(bound); i++)
        if (val_get(bind, bound[i]))
            cel_bind_val(&act, w->names[i], val_get(bind, bound[i]));
    int rc = cel_eval(w->program, &act, &a, NULL, &out, e);
    bool holds = !rc && out.kind == CEL_BOOL && out.as.b;
    if (!rc && out.kind != CEL_BOOL)
        err_set(e, ERR_TYPE, "it gives %s, no truth", cel_type_name_of(out));
    cel_activation_clear(&act);
    arena_clear(&a);
    return holds;
}
