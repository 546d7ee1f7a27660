// SPDX-License-Identifier: Apache-2.0
/* What happened as one list, newest first: what a person did stands once, whatever records it. */
#include "views/history_int.h"
#include "views/states.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of the audit about what has a row of its own, in other tabs than the audit's. */
static const char *const recorded[] = {"release began", "release ended", "release taken up",
                                       "accept",        "hand over",     "end exception"};

static bool is_recorded(const struct leeway_past_act *x)
{
    for (size_t i = 0; i < ARRAY_LEN(recorded); i++)
        if (strcmp(x->action.str, recorded[i]) == 0)
            return true;
    return false;
}

uint64_t history_uid(const struct past_row *p)
{
    struct text name = TEXT_NONE;
    uint64_t number = 0;
    switch (p->kind) {
    case PAST_RELEASE:
        name = p->of.release->environment;
        number = (uint64_t)p->of.release->number;
        break;
    case PAST_PLAN:
        name = p->of.plan->hash;
        break;
    case PAST_ANSWER:
        name = p->of.answer->uuid;
        break;
    case PAST_ACT:
        number = (uint64_t)p->of.act->row;
        break;
    }
    uint64_t h = hash_bytes(hash_process_key(), name.str, name.len);
    h = (h + number) * 4 + (uint64_t)p->kind;
    return h ? h : 1;
}

/* "state:failed", "by:alice", "env:shop", or a part of what the row shows. */
static bool word_passes(const struct history_view *v, const struct past_row *p, const char *word)
{
    struct arena a;
    arena_init(&a);
    struct text ended = history_ended(v, &a, p), env = history_environment(p, &a);
    const struct {
        const char *key;
        const char *in, *also;
    } keys[] = {{"state:", leeway_state_word(history_state(v, p)), ended.str},
                {"by:", history_by(p).str, ""},
                {"env:", env.str, ""}};
    bool known = false, passes = false;
    for (size_t i = 0; i < ARRAY_LEN(keys) && !known; i++) {
        size_t n = strlen(keys[i].key);
        known = strncmp(word, keys[i].key, n) == 0;
        passes = known && (strcasestr(keys[i].in, word + n) || strcasestr(keys[i].also, word + n));
    }
    if (!known)
        passes = strcasestr(env.str, word) || strcasestr(history_by(p).str, word) ||
                 strcasestr(ended.str, word) || strcasestr(history_what(v, &a, p).str, word);
    arena_clear(&a);
    return passes;
}

static bool passes(const struct history_view *v, const struct past_row *p)
{
    char words[sizeof(v->browse.filter)], *rest = words, *word;
    snprintf(words, sizeof(words), "%s", v->browse.filter);
    while ((word = strsep(&rest, " ")))
        if (*word && !word_passes(v, p, word))
            return false;
    return true;
}

static void add(struct history_view *v, struct past_row p, const bool in[HISTORY_TABS])
{
    if (!passes(v, &p))
        return;
    for (int t = 0; t < HISTORY_TABS; t++)
        v->counts[t] += in[t];
    if (in[v->tab])
        vec_push(&v->rows, p);
}

static void add_answers(struct history_view *v, const struct leeway_history *h)
{
    static const bool in[HISTORY_TABS] = {[HISTORY_ALL] = true, [HISTORY_DECISIONS] = true};
    for (size_t i = 0; v->snapshot && i < leeway_answers(v->snapshot); i++) {
        const struct leeway_answer *x = leeway_answer_at(v->snapshot, i);
        if (!v->scope.len || text_equal(v->scope, x->environment))
            add(v, (struct past_row){PAST_ANSWER, x->created_ms, {.answer = x}}, in);
    }
    for (size_t i = 0; i < h->n_ended; i++)
        add(v, (struct past_row){PAST_ANSWER, h->ended[i].created_ms, {.answer = &h->ended[i]}},
            in);
}

static int newest_first(const void *a, const void *b)
{
    const struct past_row *x = a, *y = b;
    if (x->at_ms != y->at_ms)
        return (x->at_ms < y->at_ms) - (x->at_ms > y->at_ms);
    if (x->kind != y->kind)
        return (int)x->kind - (int)y->kind;
    if (x->kind == PAST_ACT)
        return (x->of.act->row < y->of.act->row) - (x->of.act->row > y->of.act->row);
    return 0;
}

void history_load_rows(struct history_view *v)
{
    const struct leeway_history *h = v->history;
    VEC(uint64_t) uids = {0};
    v->rows.len = 0;
    memset(v->counts, 0, sizeof(v->counts));
    for (size_t i = 0; h && i < h->n_releases; i++)
        add(v,
            (struct past_row){
                PAST_RELEASE, h->releases[i].started_ms, {.release = &h->releases[i]}},
            (const bool[HISTORY_TABS]){[HISTORY_ALL] = true, [HISTORY_RELEASES] = true});
    for (size_t i = 0; h && i < h->n_plans; i++)
        add(v, (struct past_row){PAST_PLAN, h->plans[i].planned_ms, {.plan = &h->plans[i]}},
            (const bool[HISTORY_TABS]){
                [HISTORY_ALL] = !h->plans[i].release, [HISTORY_PLANS] = true});
    for (size_t i = 0; h && i < h->n_acts; i++) {
        bool own = is_recorded(&h->acts[i]);
        add(v, (struct past_row){PAST_ACT, h->acts[i].at_ms, {.act = &h->acts[i]}},
            (const bool[HISTORY_TABS]){
                [HISTORY_ALL] = !own, [HISTORY_DECISIONS] = !own, [HISTORY_AUDIT] = true});
    }
    if (h)
        add_answers(v, h);
    if (v->rows.len)
        qsort(v->rows.items, v->rows.len, sizeof(*v->rows.items), newest_first);
    for (size_t i = 0; i < v->rows.len; i++)
        vec_push(&uids, history_uid(&v->rows.items[i]));
    list_set(&v->browse.list, uids.items, uids.len);
    vec_clear(&uids);
}
