// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of the history's view: history.c (keys, what is asked), history_rows.c (which rows a
 * tab has), history_words.c (a row in words).
 */
#ifndef LEEWAY_UI_VIEWS_HISTORY_INT_H
#define LEEWAY_UI_VIEWS_HISTORY_INT_H

#include "app/requests.h"
#include "widget/browse.h"

enum past_kind { PAST_RELEASE, PAST_PLAN, PAST_ANSWER, PAST_ACT };

struct past_row {
    enum past_kind kind;
    int64_t at_ms;
    union {
        const struct leeway_past_release *release;
        const struct leeway_past_plan *plan;
        const struct leeway_answer *answer;
        const struct leeway_past_act *act;
    } of;
};

enum history_tab {
    HISTORY_ALL, /* releases, decisions, plans that were not applied */
    HISTORY_RELEASES,
    HISTORY_PLANS,
    HISTORY_DECISIONS,
    HISTORY_AUDIT,
    HISTORY_TABS
};

struct history_view {
    struct view view;
    struct app *app;
    struct leeway_snapshot *snapshot; /* referenced: standing answers, environments */
    struct leeway_history *history;   /* referenced; NULL: it was not told yet */
    struct arena own;
    struct text scope; /* of one environment; empty: of all */
    struct text refused;
    VEC(struct past_row) rows;
    size_t counts[HISTORY_TABS]; /* that pass the filter */
    size_t tab;
    uint64_t seen; /* of the releases and answers that were told of */
    bool asking;
    uint32_t limit; /* of each kind of record; more are asked for at the end of the list */
    struct browse browse;
};

/* history_rows.c: of the tab, by the filter, newest first. */
void history_load_rows(struct history_view *v);
uint64_t history_uid(const struct past_row *p); /* not 0 */

/* history_words.c */
enum leeway_state history_state(const struct history_view *v, const struct past_row *p);
struct text history_environment(const struct past_row *p, struct arena *a); /* empty: of none */
struct text history_what(const struct history_view *v, struct arena *a, const struct past_row *p);
struct text history_by(const struct past_row *p);
struct text history_ended(const struct history_view *v, struct arena *a, const struct past_row *p);
/* In sentences, for the rows below the list. */
struct text history_in_words(const struct history_view *v, struct arena *a,
                             const struct past_row *p);
/* "212 rows since 3 Mar, chain unbroken", or where it breaks. */
struct text history_audit_words(const struct history_view *v, struct arena *a);
/* All that is recorded of it, a line a fact, for `d`; how many lines. */
size_t history_facts(const struct history_view *v, struct arena *a, const struct past_row *p,
                     struct text *lines, size_t max);

#endif
