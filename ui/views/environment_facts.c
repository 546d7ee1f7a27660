// SPDX-License-Identifier: Apache-2.0
/* What an environment is: two columns of facts above the overview. */
#include "views/environment_int.h"

#include "views/until.h"
#include "views/words.h"

enum { LABEL = 1, VALUE = 12, ASIDE = 52, TWO_COLUMNS = 72 };

static struct text when(const struct environment_view *v, struct arena *a, int64_t ms)
{
    return ms ? zone_when(a, app_zone(v->app), ms, clock_wall_ms(app_clock(v->app))) : TEXT_NONE;
}

struct text environment_left(struct app *app, struct arena *a, int64_t ms)
{
    int64_t now = clock_wall_ms(app_clock(app));
    return ms > now ? until_words(a, app_zone(app), ms, now)
                    : text_fmt(a, "ended %s", zone_when(a, app_zone(app), ms, now).str);
}

/* Beside it where there is room, below it where there is not. */
static int fact(struct region r, int y, const char *name, struct text value, struct text aside,
                enum role role)
{
    if (!value.len)
        return y;
    bool two = r.cols >= TWO_COLUMNS && (int)value.cols <= ASIDE - VALUE - 2;
    draw_text(r, y, LABEL, text_cstr(canvas_arena(r.canvas), name), ROLE_TEXT_DIM);
    draw_cut(r, y, VALUE, r.cols - VALUE - 1, value, ROLE_TEXT, TEXT_CUT_END);
    if (!aside.len)
        return y + 1;
    if (!two)
        y++;
    draw_cut(r, y, two ? ASIDE : VALUE, r.cols - 1 - (two ? ASIDE : VALUE), aside, role,
             TEXT_CUT_END);
    return y + 1;
}

static int blueprint(const struct environment_view *v, struct region r, int y)
{
    const struct leeway_env_file *f = v->file;
    const struct leeway_blueprint *b = v->blueprint;
    struct arena *a = canvas_arena(r.canvas);
    struct text aside = TEXT_NONE;
    if (!b)
        return fact(
            r, y, "blueprint",
            text_fmt(a, "%s %s, which is not in the catalog", f->blueprint.str, f->version.str),
            aside, ROLE_TEXT);
    for (size_t i = 0; i < leeway_blueprints(v->snapshot) && !aside.len; i++) {
        const struct leeway_blueprint *x = leeway_blueprint_at(v->snapshot, i);
        if (!text_equal(x->name, b->name))
            continue;
        if (text_equal(x->version, b->version)) /* newest first */
            break;
        aside = x->usable ? text_fmt(a, "%s can be had", x->version.str)
                          : text_fmt(a, "%s %s", x->version.str, x->why.str);
    }
    return fact(r, y, "blueprint",
                text_fmt(a, "%s %s, %s", b->name.str, b->version.str, b->approval.str), aside,
                ROLE_TEXT);
}

static int release(const struct environment_view *v, struct region r, int y)
{
    const struct leeway_environment *e = v->row;
    struct arena *a = canvas_arena(r.canvas);
    struct text took = TEXT_NONE;
    for (size_t i = 0; v->history && i < v->history->n_releases; i++) {
        const struct leeway_past_release *x = &v->history->releases[i];
        int64_t ms = x->changed_ms - x->started_ms;
        if (x->number == e->release && x->state == LEEWAY_RELEASE_DONE && ms >= 0)
            took = ms < 60000 ? text_fmt(a, "done in %d s", (int)(ms / 1000))
                              : text_fmt(a, "done in %d min", (int)(ms / 60000));
    }
    return fact(r, y, "release",
                e->release ? text_fmt(a, "r%d by %s, %s", e->release,
                                      e->released_by.len ? e->released_by.str : "?",
                                      when(v, a, e->released_ms).str)
                           : TEXT("none yet"),
                took, ROLE_TEXT_DIM);
}

static int people(const struct environment_view *v, struct region r, int y)
{
    const struct leeway_environment *e = v->row;
    const struct leeway_env_file *f = v->file;
    struct arena *a = canvas_arena(r.canvas);
    struct text team = e->team.len ? e->team
                       : f         ? f->team
                                   : TEXT_NONE,
                owner = e->owner.len ? e->owner
                        : f          ? f->owner
                                     : TEXT_NONE;
    bool late = e->expires_ms && e->expires_ms - clock_wall_ms(app_clock(v->app)) < 6 * 3600000LL;
    struct text ends = e->expires_ms     ? text_fmt(a, "%s%s", e->expired ? "" : "ends ",
                                                    environment_left(v->app, a, e->expires_ms).str)
                       : f && f->ttl.len ? text_fmt(a, "lives for %s", f->ttl.str)
                                         : TEXT("has no end");
    return fact(
        r, y, "team",
        text_fmt(a, "%s%s%s", team.len ? team.str : "none", owner.len ? ", owner " : "", owner.str),
        ends, late ? ROLE_TEXT_STRONG : ROLE_TEXT);
}

static int leeway(const struct environment_view *v, struct region r, int y)
{
    const struct leeway_blueprint *b = v->blueprint;
    struct arena *a = canvas_arena(r.canvas);
    size_t used = environment_exceptions(v);
    struct text t = b && b->exceptions >= 0
                        ? text_fmt(a, "%zu of %d exceptions used", used, b->exceptions)
                        : text_fmt(a, "%s, as many as are wanted",
                                   text_count(a, (long)used, "exception", "exceptions").str);
    return fact(r, y, "leeway", t,
                b && b->max_expiry.len ? text_fmt(a, "each at most %s", b->max_expiry.str)
                                       : TEXT_NONE,
                ROLE_TEXT);
}

int environment_facts(struct environment_view *v, struct region r)
{
    const struct leeway_environment *e = v->row;
    struct arena *a = canvas_arena(r.canvas);
    int y =
        v->file ? blueprint(v, r, 0) : fact(r, 0, "comes from", e->origin, TEXT_NONE, ROLE_TEXT);
    y = release(v, r, y);
    if (v->file) {
        y = people(v, r, y);
        y = leeway(v, r, y);
    }
    if (!v->file || !text_equal(e->namespace_, v->name))
        y = fact(r, y, "namespace", e->namespace_, TEXT_NONE, ROLE_TEXT);
    if (e->expired && e->deletion_plan.len)
        y = fact(r, y, "is over",
                 text_fmt(a, "plan %.8s deletes it; D opens it, p lets it live longer",
                          e->deletion_plan.str),
                 TEXT_NONE, ROLE_TEXT_STRONG);
    return y;
}
