// SPDX-License-Identifier: Apache-2.0
/* Which rows each tab of an environment has, and in which order. */
#include "views/environment_int.h"

#include "base/hash.h"
#include "views/states.h"

#include <stdlib.h>
#include <string.h>

static uint64_t uid_of(uint64_t kind, struct text a, struct text b, uint64_t number)
{
    const struct hash_key *key = hash_process_key();
    uint64_t h = hash_bytes(key, a.str, a.len) * 31 + hash_bytes(key, b.str, b.len) * 7;
    h += (number * 16 + kind) * 0x9e3779b97f4a7c15u;
    return h ? h : 1;
}

static void add(struct environment_view *v, enum env_kind kind, struct text head, const void *what,
                uint64_t uid)
{
    vec_push(&v->rows,
             ((struct env_row){.kind = kind, .uid = uid, .head = head, .count = TEXT_NONE}));
    v->rows.items[v->rows.len - 1].of.what = what;
}

static struct env_row *last(struct environment_view *v)
{
    return &v->rows.items[v->rows.len - 1];
}

/* ---- outputs: by name, and once where all clusters have the same ---- */

static bool is_same(const struct leeway_output *a, const struct leeway_output *b)
{
    return a->known == b->known && a->secret == b->secret && text_equal(a->value, b->value);
}

static void add_output(struct environment_view *v, const struct leeway_output *first)
{
    const struct leeway_parts *p = v->parts;
    bool same = true, again = false;
    size_t n = 0;
    for (size_t i = 0; i < p->n_outputs; i++)
        if (text_equal(p->outputs[i].name, first->name)) {
            same = same && is_same(&p->outputs[i], first);
            n++;
        }
    for (size_t i = 0; i < p->n_outputs; i++) {
        const struct leeway_output *o = &p->outputs[i];
        if (!text_equal(o->name, first->name))
            continue;
        add(v, ENV_ROW_OUTPUT, TEXT("outputs"), o,
            uid_of(ENV_ROW_OUTPUT, o->name, same ? TEXT_NONE : o->cluster, 0));
        last(v)->again = again;
        last(v)->everywhere = same && n > 1;
        again = true;
        if (same)
            break;
    }
}

static void add_outputs(struct environment_view *v)
{
    const struct leeway_parts *p = v->parts;
    for (size_t i = 0; p && i < p->n_outputs; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen = seen || text_equal(p->outputs[k].name, p->outputs[i].name);
        if (!seen)
            add_output(v, &p->outputs[i]);
    }
}

/* ---- targets, objects, differences ---- */

static void add_targets(struct environment_view *v)
{
    for (int state = 0; state < LEEWAY_STATE_COUNT; state++)
        for (size_t i = 0; i < v->row->n_target_rows; i++) {
            const struct leeway_target *t = &v->row->target_rows[i];
            if ((int)t->state == state)
                add(v, ENV_ROW_TARGET, TEXT("targets"), t,
                    uid_of(ENV_ROW_TARGET, t->cluster, TEXT_NONE, 0));
        }
}

struct module {
    struct text name;
    enum leeway_state worst;
    const struct leeway_part *part;
};

static int by_module(const void *a, const void *b)
{
    const struct module *x = a, *y = b;
    if (x->worst != y->worst)
        return x->worst < y->worst ? -1 : 1;
    if (!x->name.len != !y->name.len) /* what no module makes stands last */
        return x->name.len ? -1 : 1;
    int c = strcmp(x->name.str, y->name.str);
    if (!c && x->part->state != y->part->state)
        return x->part->state < y->part->state ? -1 : 1;
    c = c ? c : strcmp(x->part->object_kind.str, y->part->object_kind.str);
    c = c ? c : strcmp(x->part->name.str, y->part->name.str);
    return c ? c : strcmp(x->part->cluster.str, y->part->cluster.str);
}

static struct text part_head(const struct environment_view *v, const struct leeway_part *x)
{
    if (x->module.len)
        return x->module;
    if (!v->file || v->parts->why.len)
        return TEXT("objects");
    return strcmp(x->object_kind.str, "Namespace") == 0 ? TEXT("the namespace")
                                                        : TEXT("no module makes these now");
}

/* The module with the worst object first, and in it the worst object. */
static void add_parts(struct environment_view *v)
{
    const struct leeway_parts *p = v->parts;
    VEC(struct module) all = {0};
    for (size_t i = 0; p && i < p->n_parts; i++) {
        struct module m = {p->parts[i].module, p->parts[i].state, &p->parts[i]};
        for (size_t k = 0; k < p->n_parts; k++)
            if (text_equal(p->parts[k].module, m.name) && p->parts[k].state < m.worst)
                m.worst = p->parts[k].state;
        vec_push(&all, m);
    }
    if (all.len)
        qsort(all.items, all.len, sizeof(*all.items), by_module);
    for (size_t i = 0; i < all.len; i++) {
        const struct leeway_part *x = all.items[i].part;
        struct text head = part_head(v, x);
        add(v, ENV_ROW_PART, head, x,
            uid_of(ENV_ROW_PART, x->cluster, x->name, uid_of(0, x->object_kind, x->namespace_, 0)));
    }
    vec_clear(&all);
}

static void add_drifts(struct environment_view *v, enum drift_group until, bool by_group)
{
    for (int g = 0; g <= (int)until; g++)
        for (size_t i = 0; i < leeway_drifts(v->snapshot); i++) {
            const struct leeway_drift *d = leeway_drift_at(v->snapshot, i);
            if (!text_equal(d->environment, v->name) || (int)drift_group_of(d) != g)
                continue;
            struct text head =
                by_group ? text_cstr(&v->rows_arena, drift_group_words((enum drift_group)g))
                         : TEXT("drift");
            add(v, ENV_ROW_DRIFT, head, d, uid_of(ENV_ROW_DRIFT, TEXT_NONE, TEXT_NONE, d->id));
            last(v)->group = (enum drift_group)g;
        }
}

/* ---- releases ---- */

static const char *const state_words[] = {"running", "paused", "aborting",
                                          "done",    "failed", "aborted"};

/* What the store has; until that is here, what the snapshot has. */
static void add_releases(struct environment_view *v)
{
    for (size_t i = 0; v->history && i < v->history->n_releases; i++)
        add(v, ENV_ROW_RELEASE, TEXT("releases"), &v->history->releases[i],
            uid_of(ENV_ROW_RELEASE, TEXT_NONE, TEXT_NONE,
                   (uint64_t)v->history->releases[i].number));
    for (size_t i = 0; !v->history && i < leeway_releases(v->snapshot); i++) {
        const struct leeway_release *r = leeway_release_at(v->snapshot, i);
        if (!text_equal(r->environment, v->name))
            continue;
        struct leeway_past_release *x = arena_new(&v->rows_arena, struct leeway_past_release);
        *x = (struct leeway_past_release){.environment = r->environment,
                                          .number = r->number,
                                          .plan = r->plan,
                                          .title = r->title,
                                          .kind = text_cstr(&v->rows_arena, state_words[r->state]),
                                          .state = r->state,
                                          .by = r->by,
                                          .reason = TEXT_NONE,
                                          .started_ms = r->started_ms,
                                          .changed_ms = r->ended_ms,
                                          .targets = r->targets};
        add(v, ENV_ROW_RELEASE, TEXT("releases"), x,
            uid_of(ENV_ROW_RELEASE, TEXT_NONE, TEXT_NONE, (uint64_t)x->number));
    }
}

/* ---- what makes it unlike its blueprint ---- */

static void add_parameters(struct environment_view *v)
{
    const struct leeway_form_row *rows;
    size_t n = v->form ? leeway_form_rows(v->form, &rows) : 0;
    for (size_t i = 0; i < n; i++)
        add(v, ENV_ROW_PARAMETER, TEXT("parameters"), &rows[i],
            uid_of(ENV_ROW_PARAMETER, rows[i].path, TEXT_NONE, 0));
}

size_t environment_exceptions(const struct environment_view *v)
{
    size_t n = v->file ? v->file->n_exceptions : 0;
    for (size_t i = 0; i < leeway_answers(v->snapshot); i++) {
        const struct leeway_answer *x = leeway_answer_at(v->snapshot, i);
        n += text_equal(x->environment, v->name) && !x->handed_over && !x->expired;
    }
    return n;
}

static void add_records(struct environment_view *v)
{
    const struct leeway_env_file *f = v->file;
    size_t n = f ? f->n_overrides : 0;
    for (size_t i = 0; i < n; i++)
        add(v, ENV_ROW_OVERRIDE, TEXT("overrides"), &f->overrides[i],
            uid_of(ENV_ROW_OVERRIDE, f->overrides[i].module, f->overrides[i].cluster, i));
    struct text used = v->blueprint && v->blueprint->exceptions >= 0
                           ? text_fmt(&v->rows_arena, "%zu of %d", environment_exceptions(v),
                                      v->blueprint->exceptions)
                           : TEXT_NONE;
    for (int handed = 0; handed < 2; handed++)
        for (size_t i = 0; i < leeway_answers(v->snapshot); i++) {
            const struct leeway_answer *x = leeway_answer_at(v->snapshot, i);
            if (!text_equal(x->environment, v->name) || x->handed_over != (handed == 1))
                continue;
            add(v, ENV_ROW_ANSWER, handed ? TEXT("handed over") : TEXT("exceptions"), x,
                uid_of(ENV_ROW_ANSWER, x->uuid, TEXT_NONE, 0));
            last(v)->count = handed ? TEXT_NONE : used;
        }
    for (size_t i = 0; f && i < f->n_exceptions; i++) {
        const struct leeway_exception *x = &f->exceptions[i];
        add(v, ENV_ROW_EXCEPTION, TEXT("exceptions of its file"), x,
            uid_of(ENV_ROW_EXCEPTION, x->object, x->path, i));
    }
}

/* ---- the whole ---- */

static void count_tabs(struct environment_view *v)
{
    int64_t drift = 0, answers = v->file ? (int64_t)v->file->n_overrides : 0;
    for (size_t i = 0; i < leeway_drifts(v->snapshot); i++)
        drift += text_equal(leeway_drift_at(v->snapshot, i)->environment, v->name) &&
                 drift_group_of(leeway_drift_at(v->snapshot, i)) <= DRIFT_UNKNOWN;
    size_t releases = v->rows.len;
    add_releases(v);
    releases = v->rows.len - releases;
    v->rows.len -= releases;
    v->counts[ENV_OVERVIEW] = -1;
    v->counts[ENV_TARGETS] = v->row ? (int64_t)v->row->n_target_rows : 0;
    v->counts[ENV_RESOURCES] = v->parts ? (int64_t)v->parts->n_parts : -2;
    v->counts[ENV_DRIFT] = drift;
    v->counts[ENV_HISTORY] = v->asking_history && !v->history ? -2 : (int64_t)releases;
    v->counts[ENV_OVERRIDES] = answers + (int64_t)environment_exceptions(v);
}

void environment_build(struct environment_view *v)
{
    VEC(uint64_t) uids = {0};
    v->rows.len = 0;
    arena_reset(&v->rows_arena);
    if (v->row) {
        count_tabs(v);
        switch (v->tab) {
        case ENV_TARGETS:
            add_targets(v);
            break;
        case ENV_RESOURCES:
            add_parts(v);
            break;
        case ENV_DRIFT:
            add_drifts(v, DRIFT_ALLOWED, true);
            break;
        case ENV_HISTORY:
            add_releases(v);
            break;
        case ENV_OVERRIDES:
            add_records(v);
            add_parameters(v);
            break;
        default:
            add_outputs(v);
            add_targets(v);
            add_drifts(v, DRIFT_CHECKING, false);
        }
    }
    for (size_t i = 0; i < v->rows.len; i++)
        vec_push(&uids, v->rows.items[i].uid);
    list_set(&v->list, uids.items, uids.len);
    vec_clear(&uids);
}

/* ---- what a row is about ---- */

bool environment_object(const struct env_row *x, struct arena *a, struct object_ref *out)
{
    if (x && x->kind == ENV_ROW_PART) {
        const struct leeway_part *p = x->of.part;
        *out = object_ref_of(a, p->cluster, p->api_version, p->object_kind, p->namespace_, p->name);
        return true;
    }
    if (x && x->kind == ENV_ROW_DRIFT && x->of.drift->name.len) {
        const struct leeway_drift *d = x->of.drift;
        *out = object_ref_of(a, d->cluster, d->api_version, d->object_kind, d->namespace_, d->name);
        return true;
    }
    return false;
}
