// SPDX-License-Identifier: Apache-2.0
/* Plans, objects, histories and parts as shared immutable copies: one arena and a count each. */
#include "engine/model/copy.h"

#include "base/mem.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>

struct shared {
    atomic_uint refs;
    struct arena arena;
};

struct shared_plan {
    struct shared shared;
    struct leeway_plan plan;
};

struct shared_object {
    struct shared shared;
    struct leeway_object object;
};

struct shared_history {
    struct shared shared;
    struct leeway_history history;
};

struct shared_parts {
    struct shared shared;
    struct leeway_parts parts;
};

struct shared_explanation {
    struct shared shared;
    struct leeway_explanation explanation;
};

struct shared_compare {
    struct shared shared;
    struct leeway_compare compare;
};

#define HOLDER(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

static void shared_init(struct shared *s)
{
    atomic_init(&s->refs, 1);
    arena_init(&s->arena);
}

static void shared_ref(struct shared *s)
{
    unsigned before = atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    assert(before > 0);
    (void)before;
}

/* True when that was the last reference; the arena is gone then. */
static bool shared_unref(struct shared *s)
{
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return false;
    arena_clear(&s->arena);
    return true;
}

struct leeway_plan *leeway_plan_new(const struct leeway_plan *p)
{
    struct shared_plan *sp = mem_new(struct shared_plan);
    shared_init(&sp->shared);
    sp->plan = *p;
    copy_plan(&sp->shared.arena, &sp->plan);
    return &sp->plan;
}

struct leeway_plan *leeway_plan_ref(struct leeway_plan *p)
{
    shared_ref(&HOLDER(p, struct shared_plan, plan)->shared);
    return p;
}

void leeway_plan_unref(struct leeway_plan *p)
{
    if (!p)
        return;
    struct shared_plan *sp = HOLDER(p, struct shared_plan, plan);
    if (shared_unref(&sp->shared))
        mem_free(sp);
}

struct leeway_object *leeway_object_new(const struct leeway_object *o)
{
    struct shared_object *so = mem_new(struct shared_object);
    shared_init(&so->shared);
    so->object = *o;
    copy_object(&so->shared.arena, &so->object);
    return &so->object;
}

struct leeway_object *leeway_object_ref(struct leeway_object *o)
{
    shared_ref(&HOLDER(o, struct shared_object, object)->shared);
    return o;
}

void leeway_object_unref(struct leeway_object *o)
{
    if (!o)
        return;
    struct shared_object *so = HOLDER(o, struct shared_object, object);
    if (shared_unref(&so->shared))
        mem_free(so);
}

struct leeway_history *leeway_history_new(const struct leeway_history *h)
{
    struct shared_history *sh = mem_new(struct shared_history);
    shared_init(&sh->shared);
    sh->history = *h;
    copy_history(&sh->shared.arena, &sh->history);
    return &sh->history;
}

struct leeway_history *leeway_history_ref(struct leeway_history *h)
{
    shared_ref(&HOLDER(h, struct shared_history, history)->shared);
    return h;
}

void leeway_history_unref(struct leeway_history *h)
{
    if (!h)
        return;
    struct shared_history *sh = HOLDER(h, struct shared_history, history);
    if (shared_unref(&sh->shared))
        mem_free(sh);
}

struct leeway_parts *leeway_parts_new(const struct leeway_parts *p)
{
    struct shared_parts *sp = mem_new(struct shared_parts);
    shared_init(&sp->shared);
    sp->parts = *p;
    copy_parts(&sp->shared.arena, &sp->parts);
    return &sp->parts;
}

struct leeway_parts *leeway_parts_ref(struct leeway_parts *p)
{
    shared_ref(&HOLDER(p, struct shared_parts, parts)->shared);
    return p;
}

void leeway_parts_unref(struct leeway_parts *p)
{
    if (!p)
        return;
    struct shared_parts *sp = HOLDER(p, struct shared_parts, parts);
    if (shared_unref(&sp->shared))
        mem_free(sp);
}

struct leeway_explanation *leeway_explanation_new(const struct leeway_explanation *x)
{
    struct shared_explanation *sx = mem_new(struct shared_explanation);
    shared_init(&sx->shared);
    sx->explanation = *x;
    copy_explanation(&sx->shared.arena, &sx->explanation);
    return &sx->explanation;
}

struct leeway_explanation *leeway_explanation_ref(struct leeway_explanation *x)
{
    shared_ref(&HOLDER(x, struct shared_explanation, explanation)->shared);
    return x;
}

void leeway_explanation_unref(struct leeway_explanation *x)
{
    if (!x)
        return;
    struct shared_explanation *sx = HOLDER(x, struct shared_explanation, explanation);
    if (shared_unref(&sx->shared))
        mem_free(sx);
}

struct leeway_compare *leeway_compare_new(const struct leeway_compare *c)
{
    struct shared_compare *sc = mem_new(struct shared_compare);
    shared_init(&sc->shared);
    sc->compare = *c;
    copy_compare(&sc->shared.arena, &sc->compare);
    return &sc->compare;
}

struct leeway_compare *leeway_compare_ref(struct leeway_compare *c)
{
    shared_ref(&HOLDER(c, struct shared_compare, compare)->shared);
    return c;
}

void leeway_compare_unref(struct leeway_compare *c)
{
    if (!c)
        return;
    struct shared_compare *sc = HOLDER(c, struct shared_compare, compare);
    if (shared_unref(&sc->shared))
        mem_free(sc);
}
