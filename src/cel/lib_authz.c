// SPDX-License-Identifier: Apache-2.0
/*
 * What the user of an admission request may do. Building a check is only bookkeeping; the decision
 * is asked for once, by check(), from whoever was bound, and may be that it cannot be known here.
 */
#include "cel/opaque.h"

#define ARGS struct frame *f, const struct cel_value *x, unsigned n
#define CHECK_COST 350000 /* as a kube-apiserver counts a question to its authorizer */

struct check {
    const struct cel_authorizer *authorizer;
    struct cel_authz_query q;
};

struct decision {
    struct cel_authz_answer answer;
};

static const struct check *of(struct cel_value v)
{
    return v.as.opaque;
}

static struct check *next(struct frame *f, struct cel_value from)
{
    struct check *c = cel_frame_alloc(f, sizeof(*c));
    if (c)
        *c = *of(from);
    return c;
}

static const char *text(struct frame *f, struct cel_value v)
{
    const char *s = arena_strndup(f->arena, v.as.s, v.len);
    return s ? s : "";
}

#define STEP(fn, tag, field)                                                                       \
    static struct cel_value fn(ARGS)                                                               \
    {                                                                                              \
        (void)n;                                                                                   \
        struct check *c = next(f, x[0]);                                                           \
        if (!c)                                                                                    \
            return f->stop;                                                                        \
        c->q.field = text(f, x[1]);                                                                \
        return cel_make_opaque(tag, c);                                                            \
    }
STEP(path, CEL_PATH_CHECK, path)
STEP(group, CEL_GROUP_CHECK, group)
STEP(resource, CEL_RESOURCE_CHECK, resource)
STEP(subresource, CEL_RESOURCE_CHECK, subresource)
STEP(namespace, CEL_RESOURCE_CHECK, namespace)
STEP(name, CEL_RESOURCE_CHECK, name)
STEP(field_selector, CEL_RESOURCE_CHECK, field_selector)
STEP(label_selector, CEL_RESOURCE_CHECK, label_selector)

static struct cel_value service_account(ARGS)
{
    (void)n;
    struct check *c = next(f, x[0]);
    if (!c)
        return f->stop;
    c->q.account_namespace = text(f, x[1]);
    c->q.account = text(f, x[2]);
    return cel_make_opaque(CEL_AUTHORIZER, c);
}

static struct cel_value check(ARGS)
{
    (void)n;
    if (!spend(f, CHECK_COST))
        return cel_fail_cost(f);
    struct check *c = next(f, x[0]);
    struct decision *d = cel_frame_alloc(f, sizeof(*d));
    if (!c || !d)
        return f->stop;
    c->q.verb = text(f, x[1]);
    *d = (struct decision){{.reason = ""}};
    c->authorizer->ask(c->authorizer, &c->q, &d->answer);
    return cel_make_opaque(CEL_DECISION, d);
}

/* The answer of a decision, or NULL when there is none to be had here. */
static const struct cel_authz_answer *answer_of(struct cel_value v)
{
    const struct decision *d = v.as.opaque;
    return d->answer.known ? &d->answer : NULL;
}

static const struct cel_ref not_known = {
    .variable = -1, .name = "authorizer", .path = "authorizer"};

static struct cel_value allowed(ARGS)
{
    (void)f, (void)n;
    const struct cel_authz_answer *a = answer_of(x[0]);
    return a ? cel_bool(a->allowed) : cel_unknown_of(&not_known);
}

static struct cel_value reason(ARGS)
{
    const struct cel_authz_answer *a = answer_of(x[0]);
    (void)n;
    return a ? cel_make_string(f, a->reason, strlen(a->reason)) : cel_unknown_of(&not_known);
}

static struct cel_value errored(ARGS)
{
    (void)f, (void)n;
    const struct cel_authz_answer *a = answer_of(x[0]);
    return a ? cel_bool(a->error != NULL) : cel_unknown_of(&not_known);
}

static struct cel_value error(ARGS)
{
    const struct cel_authz_answer *a = answer_of(x[0]);
    (void)n;
    const char *s = a && a->error ? a->error : "";
    return a ? cel_make_string(f, s, strlen(s)) : cel_unknown_of(&not_known);
}

#define LIB CEL_LIB_AUTHORIZER

const struct cel_fn_row cel_lib_authz[] = {
    {"path", "Z.s>H", path, LIB},
    {"group", "Z.s>G", group, LIB},
    {"serviceAccount", "Z.ss>Z", service_account, LIB},
    {"resource", "G.s>R", resource, LIB},
    {"subresource", "R.s>R", subresource, LIB},
    {"namespace", "R.s>R", namespace, LIB},
    {"name", "R.s>R", name, LIB},
    {"fieldSelector", "R.s>R", field_selector, LIB},
    {"labelSelector", "R.s>R", label_selector, LIB},
    {"check", "H.s>D", check, LIB},
    {"check", "R.s>D", check, LIB},
    {"allowed", "D.>b", allowed, LIB},
    {"reason", "D.>s", reason, LIB},
    {"errored", "D.>b", errored, LIB},
    {"error", "D.>s", error, LIB},
    {NULL, NULL, NULL, 0},
};

/* ---- what is bound ---- */

static struct cel_value bound(struct arena *a, enum cel_opaque tag,
                              const struct cel_authorizer *authorizer,
                              const struct cel_authz_query *q)
{
    struct check *c = arena_alloc(a, sizeof(*c));
    if (!c)
        return cel_fail_const(&cel_error_memory);
    *c = (struct check){.authorizer = authorizer};
    if (q)
        c->q = *q;
    const char **fields[] = {&c->q.group,         &c->q.resource, &c->q.subresource,
                             &c->q.namespace,     &c->q.name,     &c->q.field_selector,
                             &c->q.label_selector};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        *fields[i] = *fields[i] ? arena_strdup(a, *fields[i]) : "";
    return cel_make_opaque(tag, c);
}

struct cel_value cel_authorizer_value(struct arena *a, const struct cel_authorizer *authorizer)
{
    return bound(a, CEL_AUTHORIZER, authorizer, NULL);
}

struct cel_value cel_resource_check_value(struct arena *a, const struct cel_authorizer *authorizer,
                                          const struct cel_authz_query *resource)
{
    return bound(a, CEL_RESOURCE_CHECK, authorizer, resource);
}

const struct cel_type *cel_type_opaque(enum cel_opaque what)
{
    return &cel_t_opaques[what];
}
