// SPDX-License-Identifier: Apache-2.0
/* The fleet and one cluster in sentences, from the models of their views. */
#include "plain/views.h"

#include "views/cluster_int.h"
#include "views/fleet_int.h"
#include "views/states.h"

#include <string.h>

/* ---- the fleet ---- */

static struct text reason_of(struct plain *p, const struct leeway_cluster *c)
{
    struct arena *a = plain_arena(p);
    struct text why = c->state == LEEWAY_CHANGING && c->changing.len ? c->changing : c->reason;
    if (!why.len && c->drift[LEEWAY_VERDICT_UNEXPECTED] > 0)
        why = text_fmt(a, "%d unexpected", c->drift[LEEWAY_VERDICT_UNEXPECTED]);
    struct text advice = fleet_advice(c);
    if (advice.len && !text_equal(advice, why))
        why = text_fmt(a, "%s%s%s", why.str, why.len ? ", " : "", advice.str);
    if (c->state != LEEWAY_DRIFT && c->drift[LEEWAY_VERDICT_UNEXPECTED] > 0)
        why = text_fmt(a, "%s%s%d unexpected", why.str, why.len ? ", " : "",
                       c->drift[LEEWAY_VERDICT_UNEXPECTED]);
    if (c->drift[LEEWAY_VERDICT_ACCEPTED] > 0)
        why = text_fmt(a, "%s%s%d accepted", why.str, why.len ? ", " : "",
                       c->drift[LEEWAY_VERDICT_ACCEPTED]);
    return plain_words(p, why);
}

/* "degraded since 13:37" */
static struct text state_since(struct plain *p, enum leeway_state s, int64_t since_ms)
{
    struct arena *a = plain_arena(p);
    if (!since_ms || s == LEEWAY_OK)
        return text_cstr(a, leeway_state_word(s));
    return text_fmt(a, "%s since %s", leeway_state_word(s), plain_time(p, since_ms).str);
}

static void say_cluster_row(struct plain *p, struct fleet *f, const struct fleet_item *x)
{
    const struct leeway_cluster *c = x->row;
    struct text why = reason_of(p, c);
    plain_row(p, &f->list, c->id, (int)c->state, "%s, %s%s%s", c->name.str,
              state_since(p, c->state, c->since_ms).str, why.len ? ": " : "", why.str);
}

static struct text counts(struct plain *p, const struct fleet_model *m)
{
    struct text t = TEXT_NONE;
    for (int s = 0; s < LEEWAY_STATE_COUNT; s++)
        if (m->by_state[s])
            t = text_fmt(plain_arena(p), "%s%s%zu %s", t.str, t.len ? ", " : ": ", m->by_state[s],
                         leeway_state_word((enum leeway_state)s));
    return t;
}

static void say_releases(struct plain *p, const struct leeway_snapshot *s)
{
    for (size_t i = 0; s && i < leeway_releases(s); i++) {
        const struct leeway_release *r = leeway_release_at(s, i);
        if (r->state > LEEWAY_RELEASE_ABORTING)
            continue;
        plain_fact(p, "%s: %s r%d, %d of %d targets, by %s since %s%s%s",
                   r->state == LEEWAY_RELEASE_PAUSED ? "Paused" : "Running", r->environment.str,
                   r->number, r->targets_done, r->targets, r->by.str,
                   plain_time(p, r->started_ms).str, r->rollout.len ? "; " : "", r->rollout.str);
    }
}

static void say_message(struct plain *p)
{
    struct message_log *log = app_messages(p->app);
    for (size_t i = 0; i < message_log_len(log); i++) {
        const struct message *m = message_log_at(log, i);
        if (m->where.len && !text_equal(m->where, TEXT("console"))) {
            plain_fact(p, "Message %s: %s, %s", plain_time(p, m->wall_ms).str, m->where.str,
                       plain_words(p, m->what).str);
            return;
        }
    }
}

void plain_fleet_say(struct plain *p, struct view *v)
{
    struct fleet *f = (struct fleet *)v;
    const struct fleet_model *m = &f->model;
    struct arena *a = plain_arena(p);
    size_t ok = 0;
    if (f->silent || !m->total) {
        plain_read_view(p, v, false);
        return;
    }
    plain_fact(p, "%s%s%s", text_count(a, (long)m->order.len, "cluster", "clusters").str,
               m->filter.n ? text_fmt(a, " of %zu", m->total).str : "", counts(p, m).str);
    /* worst first over all groups; those that are well are one line until they are asked for */
    for (int s = 0; s < LEEWAY_OK; s++)
        for (size_t i = 0; i < m->order.len; i++)
            if ((int)m->items.items[m->order.items[i]].row->state == s)
                say_cluster_row(p, f, &m->items.items[m->order.items[i]]);
    for (size_t i = 0; i < m->order.len; i++)
        ok += m->items.items[m->order.items[i]].row->state == LEEWAY_OK;
    bool few = ok <= 3 || !p->opt.choices;
    if (ok && !few)
        plain_more(p, "%zu %s%s, ok", ok, ok < m->order.len ? "more " : "",
                   ok == 1 ? "cluster" : "clusters");
    for (size_t i = 0; i < m->order.len; i++) {
        const struct fleet_item *x = &m->items.items[m->order.items[i]];
        if (x->row->state != LEEWAY_OK)
            continue;
        say_cluster_row(p, f, x);
        plain_last(p)->left_out = !few;
    }
    say_releases(p, m->snapshot);
    say_message(p);
}

/* ---- one cluster ---- */

static void say_facts(struct plain *p, const struct leeway_cluster *c)
{
    struct arena *a = plain_arena(p);
    struct text t = text_fmt(a, "%s %s", c->distribution.str, c->kubernetes.str);
    for (size_t i = 0; i < c->n_labels; i++)
        t = text_fmt(a, "%s, %s=%s", t.str, c->labels[i].key.str, c->labels[i].value.str);
    if (c->nodes >= 0)
        t = text_fmt(a, "%s. %d of %d nodes ready", t.str, c->nodes_ready, c->nodes);
    plain_fact(p, "%s", t.str);
    if (c->latency_ms >= 0)
        plain_fact(p, "Answers in %d ms. %u watches, %s", c->latency_ms, c->cost.watches,
                   c->cost.watches_current == c->cost.watches
                       ? "all current"
                       : text_fmt(a, "%u current", c->cost.watches_current).str);
    else if (c->last_seen_ms)
        plain_fact(p, "Last seen %s", plain_time(p, c->last_seen_ms).str);
    if (c->protected_)
        plain_fact(p, "Protected: plans here need the environment's name typed");
    if (c->read_only)
        plain_fact(p, "Read-only: nothing is written to it");
    if (c->server.len)
        plain_fact(p, "Server %s", c->server.str);
}

static void say_targets(struct plain *p, struct cluster *c)
{
    for (int s = 0; s < LEEWAY_STATE_COUNT; s++) {
        struct cluster_targets at = {0, 0};
        for (const struct leeway_target *t; (t = cluster_next_target(c->snapshot, c->id, &at));) {
            if ((int)t->state != s)
                continue;
            struct text why =
                t->reason.len ? text_fmt(plain_arena(p), ", %s", t->reason.str) : TEXT_NONE;
            if (t->objects >= 0)
                plain_way_to(p, t->environment, s, "%s, %s: %d of %d objects ready%s",
                             t->environment.str, leeway_state_word(t->state), t->objects_ready,
                             t->objects, why.str);
            else
                plain_way_to(p, t->environment, s, "%s, %s%s", t->environment.str,
                             leeway_state_word(t->state), why.str);
        }
    }
}

static void say_condition(struct plain *p, struct cluster *c, const struct cluster_row *r)
{
    struct text t = r->cell[0];
    if (!r->stateless)
        t = text_fmt(plain_arena(p), "%s, %s", t.str, leeway_state_word(r->state));
    if (r->cell[1].len)
        t = text_fmt(plain_arena(p), "%s: %s", t.str, r->cell[1].str);
    for (int i = 2; i < CLUSTER_COLUMNS; i++)
        if (r->cell[i].len)
            t = text_fmt(plain_arena(p), "%s%s%s", t.str, i == 2 ? ", since " : ", ",
                         r->cell[i].str);
    plain_row(p, &c->browse.list, r->uid, (int)r->state, "condition %s", t.str);
}

static void say_conditions(struct plain *p, struct cluster *c)
{
    size_t well = 0;
    bool filtered = c->browse.filter[0] != '\0';
    for (size_t i = 0; i < c->rows.rows.len; i++) {
        const struct cluster_row *r = &c->rows.rows.items[i];
        if (filtered || (!r->stateless && r->state != LEEWAY_OK))
            say_condition(p, c, r);
        else
            well++;
    }
    if (!well)
        return;
    if (p->opt.choices)
        plain_more(p, well == c->rows.rows.len ? "conditions, all ok" : "%zu more conditions, ok",
                   well);
    for (size_t i = 0; i < c->rows.rows.len; i++) {
        const struct cluster_row *r = &c->rows.rows.items[i];
        if (filtered || (!r->stateless && r->state != LEEWAY_OK))
            continue;
        say_condition(p, c, r);
        plain_last(p)->left_out = p->opt.choices;
    }
}

void plain_cluster_say(struct plain *p, struct view *v)
{
    struct cluster *c = (struct cluster *)v;
    struct arena *a = plain_arena(p);
    struct text parts = TEXT_NONE;
    if (!c->here || c->tab != CLUSTER_CONDITIONS) {
        plain_read_view(p, v, false);
        return;
    }
    const struct leeway_cluster *x = c->here;
    struct text why = reason_of(p, x);
    plain_fact(p, "%s, %s%s%s", x->name.str, state_since(p, x->state, x->since_ms).str,
               why.len ? ": " : "", why.str);
    say_facts(p, x);
    say_targets(p, c);
    if (x->drift[LEEWAY_VERDICT_UNEXPECTED] + x->drift[LEEWAY_VERDICT_ACCEPTED] > 0)
        plain_way(p, CMD_DRIFT, "drift, %d unexpected, %d accepted",
                  x->drift[LEEWAY_VERDICT_UNEXPECTED], x->drift[LEEWAY_VERDICT_ACCEPTED]);
    say_conditions(p, c);
    for (int t = CLUSTER_NODES; t < CLUSTER_TAB_COUNT; t++)
        parts = text_fmt(a, "%s%s%s", parts.str, parts.len ? ", " : "",
                         cluster_tab_name(a, (enum cluster_tab)t, c->snapshot, x).str);
    plain_fact(p, "Other parts, by their name: %s", parts.str);
}
