// SPDX-License-Identifier: Apache-2.0
/* What a kube-apiserver refuses although its types agree. */
#include "cel/check_int.h"

int cel_check_literals(struct checker *c, const struct ast *t)
{
    if (!(c->env->options & CEL_CHECK_LITERALS) || !t->n)
        return 0;
    const struct ast *first = t->args[0];
    bool string = first->kind == AST_CONST && first->value.kind == CEL_STRING;
    int64_t sec;
    uint32_t nanos;
    int16_t offset;
    if (string && strcmp(t->name, "duration") == 0 &&
        !cel_duration_parse(first->value.as.s, first->value.len, &sec))
        return cel_source_error(c->src, first->pos, ERR_TYPE, "invalid duration argument");
    if (string && strcmp(t->name, "timestamp") == 0 &&
        !cel_time_parse(first->value.as.s, first->value.len, &sec, &nanos, &offset))
        return cel_source_error(c->src, first->pos, ERR_TYPE, "invalid timestamp");
    uint16_t pattern = t->n_overloads ? t->overloads[0]->pattern_arg : 0;
    if (pattern && pattern <= t->n && t->args[pattern - 1]->kind == AST_CONST) {
        const struct ast *arg = t->args[pattern - 1];
        char why[160];
        if (++c->patterns > 200)
            return cel_source_error(c->src, arg->pos, ERR_LIMIT, "too many patterns");
        struct re2_pattern *p = re2_compile(arg->value.as.s, arg->value.len, why, sizeof(why));
        if (!p)
            return cel_source_error(c->src, arg->pos, ERR_TYPE, "invalid %s argument: %s", t->name,
                                    why);
        re2_free(p);
    }
    return 0;
}

/* Items (of a map every second one, from `first`) have one type. */
static int same_types(struct checker *c, const struct ast *t, uint32_t first, uint32_t step)
{
    const struct cel_type *all = NULL;
    for (uint32_t i = first; i < t->n; i += step) {
        const struct cel_type *type = cel_t_substitute(&c->types, t->args[i]->type, true);
        if (t->optional && t->optional[i] && type->kind == T_OPTIONAL)
            type = type->params[0];
        if (all && !cel_t_same(all, type)) {
            const char *wanted = cel_t_text(c, all);
            return cel_source_error(c->src, t->args[i]->pos, ERR_TYPE,
                                    "expected type '%s' but found '%s'", wanted,
                                    cel_t_text(c, type));
        }
        all = all ? all : type;
    }
    return 0;
}

/* As many clauses as arguments: '%d'.format([1]). */
static int check_format(struct checker *c, const struct ast *t)
{
    if (t->n != 2 || t->args[0]->kind != AST_CONST || t->args[0]->value.kind != CEL_STRING ||
        t->args[1]->kind != AST_LIST)
        return 0;
    struct cel_value s = t->args[0]->value;
    uint32_t clauses = 0;
    for (uint32_t i = 0; i < s.len; i++)
        if (s.as.s[i] == '%') {
            clauses += i + 1 < s.len && s.as.s[i + 1] != '%';
            i++;
        }
    if (clauses == t->args[1]->n)
        return 0;
    return cel_source_error(c->src, t->pos, ERR_TYPE, "format() has %u clauses and %u arguments",
                            clauses, t->args[1]->n);
}

int cel_validate(struct checker *c, const struct ast *t, bool exempt)
{
    int rc = 0;
    if (t->kind == AST_LIST && !exempt)
        rc = same_types(c, t, 0, 1);
    else if (t->kind == AST_MAP && !exempt)
        rc = (rc = same_types(c, t, 0, 2)) ? rc : same_types(c, t, 1, 2);
    else if (t->kind == AST_CALL && strcmp(t->name, "format") == 0) {
        rc = check_format(c, t);
        exempt = true;
    }
    for (uint32_t i = 0; i < t->n && !rc; i++)
        rc = cel_validate(c, t->args[i], exempt);
    return rc;
}
