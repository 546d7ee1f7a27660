// SPDX-License-Identifier: Apache-2.0
/* The pane beside the grid: the cluster under the cursor, from what is watched anyway. */
#include "views/cluster_pane.h"

#include "views/fleet_model.h"
#include "views/states.h"

struct pane {
    struct region r;
    int row;
    struct arena *a;
    struct app *app;
    const struct leeway_snapshot *s;
    int64_t now;
    const struct leeway_cluster *c;
};

static void line(struct pane *p, struct text t, enum role role)
{
    if (t.len && p->row < p->r.rows)
        draw_cut(p->r, p->row++, 1, p->r.cols - 2, t, role, TEXT_CUT_END);
}

static void section(struct pane *p, struct text name, struct text right)
{
    p->row++;
    if (p->row + 1 < p->r.rows)
        draw_section(p->r, p->row++, name, right);
}

static void who(struct pane *p)
{
    const struct leeway_cluster *c = p->c;
    struct text name = c->name, tier = fleet_label(c, "tier"), region = fleet_label(c, "region");
    struct text fact = fleet_fact(p->r, app_zone(p->app), c, p->now, 20);
    int fact_cols = canvas_cols(p->r.canvas, fact);
    fact_cols = fact_cols > 20 ? 20 : fact_cols;
    if (c->state == LEEWAY_OK)
        fact = TEXT("ok"), fact_cols = 2;
    int end = p->r.cols - 1;
    draw_cut(p->r, 0, 1, end - fact_cols - 4, name, ROLE_TEXT_STRONG, TEXT_CUT_MIDDLE);
    draw_state(p->r, 0, end - fact_cols - 2, c->state);
    draw_cut(p->r, 0, end - fact_cols, fact_cols, fact, ROLE_TEXT, TEXT_CUT_END);
    p->row = 1;
    line(p,
         text_fmt(p->a, "%s%s%s%s%s%s%s", c->distribution.str, c->distribution.len ? " " : "",
                  c->kubernetes.str, tier.len ? "   tier=" : "", tier.str, region.len ? "   " : "",
                  region.str),
         ROLE_TEXT_DIM);
    if (c->nodes >= 0)
        line(p,
             c->pods >= 0
                 ? text_fmt(p->a, "%d/%d nodes, %d pods", c->nodes_ready, c->nodes, c->pods)
                 : text_fmt(p->a, "%d/%d nodes", c->nodes_ready, c->nodes),
             ROLE_TEXT);
    if (c->latency_ms >= 0)
        line(p,
             text_fmt(p->a, "answers in %d ms, %u of %u watches current", c->latency_ms,
                      c->cost.watches_current, c->cost.watches),
             ROLE_TEXT);
    else if (c->last_seen_ms)
        line(p,
             text_fmt(p->a, "seen last %s",
                      zone_when(p->a, app_zone(p->app), c->last_seen_ms, p->now).str),
             ROLE_TEXT);
    line(p, c->server, ROLE_TEXT_DIM);
}

static void trouble(struct pane *p)
{
    if (p->c->state == LEEWAY_OK)
        return;
    section(p, TEXT("why"), TEXT_NONE);
    p->row += draw_wrapped(p->r, p->row, 1, p->r.cols - 2, 5,
                           fleet_story(p->r, app_zone(p->app), p->c, p->now), ROLE_TEXT);
}

static void environments(struct pane *p)
{
    const struct leeway_snapshot *s = p->s;
    bool any = false;
    for (size_t i = 0; i < leeway_environments(s); i++) {
        const struct leeway_environment *e = leeway_environment_at(s, i);
        for (size_t k = 0; k < e->n_target_rows; k++) {
            const struct leeway_target *t = &e->target_rows[k];
            if (t->cluster_id != p->c->id)
                continue;
            if (!any)
                section(p, TEXT("environments"), TEXT("objects"));
            any = true;
            if (p->row >= p->r.rows)
                return;
            draw_state(p->r, p->row, 1, t->state);
            draw_cut(p->r, p->row, 3, p->r.cols - 18, e->name, state_name_role(t->state),
                     TEXT_CUT_END);
            if (t->release > 0)
                draw_right(p->r, p->row, p->r.cols - 8, 6, text_fmt(p->a, "r%d", t->release),
                           ROLE_TEXT_DIM);
            struct text ready =
                t->objects < 0 ? TEXT("?") : text_fmt(p->a, "%d/%d", t->objects_ready, t->objects);
            draw_right(p->r, p->row++, p->r.cols - 1, 7, ready, ROLE_TEXT);
        }
    }
}

static void drift_row(struct pane *p, const struct leeway_drift *d)
{
    if (p->row + 2 >= p->r.rows)
        return;
    enum leeway_state s = d->checking                               ? LEEWAY_CHANGING
                          : d->verdict == LEEWAY_VERDICT_UNEXPECTED ? LEEWAY_DRIFT
                          : d->verdict == LEEWAY_VERDICT_ACCEPTED   ? LEEWAY_ACCEPTED
                          : d->verdict == LEEWAY_VERDICT_UNKNOWN    ? LEEWAY_UNKNOWN
                                                                    : LEEWAY_OK;
    draw_state(p->r, p->row, 1, s);
    draw_cut(p->r, p->row, 3, p->r.cols - 11,
             text_fmt(p->a, "%s/%s", d->object_kind.str, d->name.str), ROLE_TEXT_STRONG,
             TEXT_CUT_MIDDLE);
    if (d->before_ms)
        draw_right(p->r, p->row, p->r.cols - 1, 7,
                   zone_brief(p->a, app_zone(p->app), d->before_ms, p->now), ROLE_TEXT_DIM);
    p->row++;
    if (d->path.len) {
        draw_cut(p->r, p->row++, 3, p->r.cols - 4, d->path, ROLE_TEXT, TEXT_CUT_FRONT);
        draw_cut(p->r, p->row++, 3, p->r.cols - 4,
                 text_fmt(p->a, "given %s    live %s", d->given.str, d->live.str), ROLE_TEXT,
                 TEXT_CUT_END);
    }
    if (d->n_owners && p->row < p->r.rows)
        draw_cut(
            p->r, p->row++, 3, p->r.cols - 4,
            text_fmt(p->a, "%s, %s", d->owners[0].words.str, leeway_actor_word(d->owners[0].actor)),
            ROLE_TEXT, TEXT_CUT_END);
}

static void drift(struct pane *p)
{
    const struct leeway_snapshot *s = p->s;
    bool any = false;
    for (size_t i = 0; i < leeway_drifts(s); i++) {
        const struct leeway_drift *d = leeway_drift_at(s, i);
        if (d->cluster_id != p->c->id)
            continue;
        if (!any)
            section(p, TEXT("drift"), TEXT("since"));
        any = true;
        drift_row(p, d);
    }
}

static void conditions(struct pane *p)
{
    const struct leeway_cluster *c = p->c;
    bool any = false;
    for (size_t i = 0; i < c->n_conditions; i++) {
        const struct leeway_condition *x = &c->conditions[i];
        if (x->state == LEEWAY_OK && (!x->advice || text_equal(x->name, TEXT("your rights"))))
            continue;
        if (!any)
            section(p, TEXT("watch out for"), TEXT_NONE);
        any = true;
        if (p->row >= p->r.rows)
            return;
        if (!x->advice)
            draw_state(p->r, p->row, 1, x->state);
        int now = (int)x->now.cols < p->r.cols / 2 ? (int)x->now.cols : p->r.cols / 2;
        draw_cut(p->r, p->row, 3, p->r.cols - now - 6, x->name, ROLE_TEXT, TEXT_CUT_END);
        draw_right(p->r, p->row++, p->r.cols - 1, now, x->now, ROLE_TEXT);
    }
}

void cluster_pane_draw(struct app *a, const struct leeway_snapshot *s,
                       const struct leeway_cluster *c, struct region r, bool whole)
{
    struct pane p = {r, -1, canvas_arena(r.canvas), a, s, clock_wall_ms(app_clock(a)), c};
    if (whole) {
        who(&p);
        trouble(&p);
    }
    environments(&p);
    drift(&p);
    if (whole)
        conditions(&p);
}
