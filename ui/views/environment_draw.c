// SPDX-License-Identifier: Apache-2.0
/* Rows of an environment's tabs. */
#include "views/environment_int.h"

#include "views/states.h"
#include "views/words.h"

enum { WIDE = 60 };

static struct text when(const struct environment_view *v, struct arena *a, int64_t ms)
{
    return ms ? zone_when(a, app_zone(v->app), ms, clock_wall_ms(app_clock(v->app))) : TEXT_NONE;
}

static bool has_head(const struct environment_view *v, size_t row)
{
    const struct env_row *x = &v->rows.items[row];
    return row == 0 || x->kind != x[-1].kind || !text_equal(x->head, x[-1].head);
}

struct tall environment_height(void *ctx, size_t row, bool first)
{
    static const bool two_lines[] = {[ENV_ROW_DRIFT] = true,
                                     [ENV_ROW_OVERRIDE] = true,
                                     [ENV_ROW_EXCEPTION] = true,
                                     [ENV_ROW_ANSWER] = true};
    struct environment_view *v = ctx;
    enum env_kind kind = v->rows.items[row].kind;
    return (struct tall){has_head(v, row) ? 1 + (!first && row > 0) : 0,
                         kind < (int)(sizeof(two_lines) / sizeof(*two_lines)) && two_lines[kind]};
}

/* ---- outputs, parameters ---- */

/* Long values have the room of the cluster's column as well: that goes below nothing. */
static void draw_output(const struct environment_view *v, const struct env_row *x, struct region r)
{
    const struct leeway_output *o = x->of.output;
    struct arena *a = canvas_arena(r.canvas);
    struct text on = x->everywhere ? TEXT("on each") : o->cluster;
    int name = r.cols >= WIDE ? 14 : 10, room = r.cols - name - (int)on.cols - 3;
    if (!x->again)
        draw_cut(r, 0, 4, name - 5, o->name, ROLE_TEXT, TEXT_CUT_END);
    if (o->known)
        draw_cut(r, 0, name, room, o->value, ROLE_TEXT, TEXT_CUT_MIDDLE);
    else
        draw_cut(r, 0, name, room,
                 o->secret ? TEXT("a secret: it is read where it is")
                           : TEXT("not known before the cluster has made it"),
                 ROLE_TEXT_DIM, TEXT_CUT_END);
    if (!o->known && !o->secret)
        draw_state(r, 0, 2, LEEWAY_CHANGING);
    draw_right(r, 0, r.cols - 1, r.cols / 3, text_fmt(a, "%s", on.str), ROLE_TEXT_DIM);
}

static void draw_parameter(const struct leeway_form_row *p, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    int value = r.cols >= WIDE ? 30 : 18, indent = 4 + 2 * (int)p->depth;
    bool holds =
        p->kind == LEEWAY_FORM_GROUP || p->kind == LEEWAY_FORM_LIST || p->kind == LEEWAY_FORM_MAP;
    enum role role = p->given ? ROLE_TEXT : ROLE_TEXT_DIM;
    draw_cut(r, 0, indent, value - indent - 1, p->label, role, TEXT_CUT_END);
    struct text t = holds && p->kind != LEEWAY_FORM_GROUP
                        ? text_count(a, (long)p->n_items, "item", "items")
                    : p->value.len || holds ? p->value
                    : p->otherwise.len      ? p->otherwise
                                            : TEXT("-");
    draw_cut(r, 0, value, r.cols - value - 12, t, role, TEXT_CUT_END);
    if (!holds)
        draw_right(r, 0, r.cols - 1, 10,
                   p->given           ? TEXT("given")
                   : p->otherwise.len ? TEXT("default")
                                      : TEXT_NONE,
                   ROLE_TEXT_DIM);
}

/* ---- targets, objects ---- */

/* "k3s 1.36" */
static struct text flavour(const struct environment_view *v, struct arena *a,
                           const struct leeway_target *t)
{
    const struct leeway_cluster *c = leeway_cluster_by_name(v->snapshot, t->cluster.str);
    if (!c || !c->kubernetes.len)
        return TEXT_NONE;
    const char *s = c->kubernetes.str;
    int dots = 0, n = 0;
    while (s[n] && (s[n] != '.' || ++dots < 2))
        n++;
    return text_fmt(a, "%s %.*s", c->distribution.str, n, s);
}

static void draw_counts(struct region r, int col, const int32_t *drift, enum role role)
{
    struct arena *a = canvas_arena(r.canvas);
    draw_right(r, 0, col, 3, environment_count(a, drift[LEEWAY_VERDICT_UNEXPECTED]),
               ROLE_TEXT_STRONG);
    draw_right(r, 0, col + 3, 3, environment_count(a, drift[LEEWAY_VERDICT_ACCEPTED]), role);
}

static void draw_target(const struct environment_view *v, const struct leeway_target *t,
                        struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    bool wide = r.cols >= WIDE;
    int ready = wide ? 38 : r.cols - 9;
    enum role role = state_is_unwell(t->state) ? ROLE_TEXT : ROLE_TEXT_DIM;
    draw_state(r, 0, 2, t->state);
    draw_cut(r, 0, 4, wide ? 14 : ready - 12, t->cluster, state_name_role(t->state),
             TEXT_CUT_MIDDLE);
    struct text n = t->objects < 0 || t->objects_ready < 0
                        ? TEXT("?")
                        : text_fmt(a, "%d/%d", t->objects_ready, t->objects);
    draw_right(r, 0, ready, 8, n, role);
    if (!wide) {
        draw_right(r, 0, r.cols - 1, 7, text_fmt(a, "r%d", t->release), role);
        return;
    }
    draw_cut(r, 0, 19, 11, flavour(v, a, t), ROLE_TEXT_DIM, TEXT_CUT_END);
    draw_counts(r, 42, t->drift, role);
    struct text words = text_cstr(a, leeway_target_state_word(t->phase));
    if (t->reason.len)
        words = text_fmt(a, "%s: %s", words.str, t->reason.str);
    draw_cut(r, 0, 48, r.cols - 57, words, role, TEXT_CUT_END);
    draw_right(r, 0, r.cols - 1, 7, when(v, a, t->since_ms), ROLE_TEXT_DIM);
}

static void draw_part(const struct leeway_part *p, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    bool wide = r.cols >= WIDE;
    int state = wide ? r.cols - 42 : r.cols - 15;
    enum role role = state_is_unwell(p->state) ? ROLE_TEXT : ROLE_TEXT_DIM;
    draw_state(r, 0, 2, p->state);
    draw_cut(r, 0, 4, (wide ? state : r.cols - 16) - 5, words_object(a, p->object_kind, p->name),
             state_name_role(p->state), TEXT_CUT_MIDDLE);
    if (wide) {
        struct text words = p->reason.len           ? p->reason
                            : p->state == LEEWAY_OK ? TEXT("ready")
                                                    : text_cstr(a, leeway_state_word(p->state));
        draw_cut(r, 0, state, 18, words, role, TEXT_CUT_END);
        draw_counts(r, r.cols - 20, p->drift, role);
    }
    draw_right(r, 0, r.cols - 1, 14, p->cluster, ROLE_TEXT_DIM);
}

/* ---- differences, and what was said of them ---- */

static void draw_drift(const struct environment_view *v, const struct env_row *x, struct region r)
{
    const struct leeway_drift *d = x->of.drift;
    struct arena *a = canvas_arena(r.canvas);
    const struct leeway_owner *o = words_holder(d->owners, d->n_owners);
    bool wide = r.cols >= WIDE;
    int value = wide ? r.cols - 35 : r.cols - 16;
    draw_state(r, 0, 2, drift_group_state(x->group));
    struct text object = d->name.len ? words_object(a, d->object_kind, d->name) : TEXT("objects");
    int used = draw_cut(r, 0, 4, value - 5, object,
                        x->group <= DRIFT_UNKNOWN ? ROLE_TEXT_STRONG : ROLE_TEXT, TEXT_CUT_MIDDLE);
    int room = value - 6 - used;
    if (room > 6 && d->path.len)
        draw_text(r, 0, 5 + used, words_path(a, d->path, (uint32_t)room), ROLE_TEXT);
    struct text values = d->given.len || d->live.len
                             ? words_change(a, d->given, d->live, wide ? 19 : 15)
                             : text_cstr(a, leeway_drift_kind_word(d->kind));
    draw_cut(r, 0, value, wide ? 19 : 15, values, ROLE_VALUE_LIVE, TEXT_CUT_END);
    if (wide)
        draw_right(r, 0, r.cols - 1, 14, d->cluster, ROLE_TEXT_DIM);
    struct text by = o ? text_fmt(a, "%s, %s", o->words.len ? o->words.str : o->manager.str,
                                  words_actor(o->actor))
                       : d->reason;
    if (d->before_ms)
        by = text_fmt(a, "%s%sat or before %s", by.str, by.len ? ", " : "",
                      words_exact(v->app, a, d->before_ms).str);
    if (d->verdict == LEEWAY_VERDICT_ACCEPTED && d->expires_ms)
        by = text_fmt(a, "%s; until %s", by.str, environment_left(v->app, a, d->expires_ms).str);
    draw_cut(r, 1, 4, r.cols - 5, by, ROLE_TEXT_DIM, TEXT_CUT_END);
}

struct record { /* what, where, why and for how long */
    struct text what, path, value, cluster, reason, by;
    int64_t ends_ms;
    bool over;
};

/* The value keeps a third of the line, the path what the name leaves, from its end. */
static void draw_what(const struct record *x, struct region r, int room)
{
    struct arena *a = canvas_arena(r.canvas);
    int value = (int)x->value.cols < room / 3 ? (int)x->value.cols : room / 3;
    int left = room - value - 2, path = x->path.len ? (int)x->path.cols + 1 : 0;
    int name = left - (path < left / 3 ? path : left / 3);
    int used = draw_cut(r, 0, 4, name, x->what, ROLE_TEXT, TEXT_CUT_MIDDLE);
    if (x->path.len)
        used += 1 + draw_text(r, 0, 5 + used, words_path(a, x->path, (uint32_t)(left - used - 1)),
                              ROLE_TEXT);
    draw_cut(r, 0, 6 + used, room - used - 2, x->value, ROLE_VALUE_LIVE, TEXT_CUT_END);
}

static void draw_record(const struct environment_view *v, struct region r, const struct record *x)
{
    struct arena *a = canvas_arena(r.canvas);
    bool over = x->over || (x->ends_ms && x->ends_ms <= clock_wall_ms(app_clock(v->app)));
    struct text cluster = x->cluster.len ? x->cluster : TEXT("everywhere");
    struct text end = !x->ends_ms ? TEXT("without an end")
                      : over      ? environment_left(v->app, a, x->ends_ms)
                             : text_fmt(a, "until %s", environment_left(v->app, a, x->ends_ms).str);
    draw_state(r, 0, 2, over ? LEEWAY_DRIFT : LEEWAY_ACCEPTED);
    draw_what(x, r, r.cols - 8 - (int)cluster.cols);
    draw_right(r, 0, r.cols - 1, r.cols / 3, cluster, ROLE_TEXT_DIM);
    draw_cut(r, 1, 4, r.cols - 5,
             text_fmt(a, "%s%s%s; %s", x->reason.str, x->by.len ? ", by " : "", x->by.str, end.str),
             over ? ROLE_TEXT_STRONG : ROLE_TEXT_DIM, TEXT_CUT_END);
}

static struct record record_of(const struct env_row *x, struct arena *a)
{
    if (x->kind == ENV_ROW_ANSWER) {
        const struct leeway_answer *y = x->of.answer;
        return (struct record){.what = words_object(a, y->object_kind, y->name),
                               .path = y->path,
                               .value = y->handed_over ? TEXT("its owner's now") : y->accepts,
                               .cluster = y->cluster,
                               .reason = y->reason,
                               .by = y->by,
                               .ends_ms = y->expires_ms,
                               .over = y->expired};
    }
    if (x->kind == ENV_ROW_EXCEPTION) {
        const struct leeway_exception *y = x->of.exception;
        return (struct record){.what = y->object,
                               .path = y->path,
                               .value = y->value,
                               .cluster = y->cluster,
                               .reason = y->reason,
                               .by = y->by,
                               .ends_ms = y->expires_ms};
    }
    const struct leeway_override *y = x->of.override;
    return (struct record){.what = y->module,
                           .path = TEXT_NONE,
                           .value = y->params,
                           .cluster = y->cluster,
                           .reason = y->reason,
                           .by = y->by,
                           .ends_ms = y->expires_ms};
}

/* ---- releases ---- */

static const struct {
    enum leeway_state state;
    const char *word;
} ends[] = {[LEEWAY_RELEASE_RUNNING] = {LEEWAY_CHANGING, "runs"},
            [LEEWAY_RELEASE_PAUSED] = {LEEWAY_ASLEEP, "paused"},
            [LEEWAY_RELEASE_ABORTING] = {LEEWAY_CHANGING, "stops"},
            [LEEWAY_RELEASE_DONE] = {LEEWAY_OK, "done"},
            [LEEWAY_RELEASE_FAILED] = {LEEWAY_FAILED, "failed"},
            [LEEWAY_RELEASE_ABORTED] = {LEEWAY_DEGRADED, "aborted"}};

static void draw_release(const struct environment_view *v, struct region r,
                         const struct leeway_past_release *x)
{
    struct arena *a = canvas_arena(r.canvas);
    draw_state(r, 0, 2, ends[x->state].state);
    draw_text(r, 0, 4, text_fmt(a, "r%d", x->number), ROLE_TEXT);
    draw_cut(r, 0, 9, r.cols - (r.cols >= WIDE ? 42 : 24), x->title, ROLE_TEXT, TEXT_CUT_END);
    if (r.cols >= WIDE) {
        draw_cut(r, 0, r.cols - 32, 11, x->by, ROLE_TEXT, TEXT_CUT_END);
        draw_cut(r, 0, r.cols - 20, 8, text_cstr(a, ends[x->state].word), ROLE_TEXT, TEXT_CUT_END);
    }
    draw_right(r, 0, r.cols - 1, 12, when(v, a, x->started_ms), ROLE_TEXT_DIM);
}

/* ---- the whole ---- */

static void draw_head(const struct env_row *x, struct region all, int y)
{
    if (x->kind != ENV_ROW_TARGET && x->kind != ENV_ROW_PART) {
        draw_section(all, y, x->head, x->count);
        return;
    }
    bool targets = x->kind == ENV_ROW_TARGET, wide = all.cols >= WIDE;
    draw_section(all, y, x->head,
                 !targets ? TEXT("on ")
                 : wide   ? TEXT("since ")
                          : TEXT("release "));
    if (!wide)
        return;
    int counts = targets ? 42 : all.cols - 20;
    if (targets)
        draw_right(all, y, 38, 9, TEXT("  objects"), ROLE_TEXT_DIM);
    draw_fill(all, y, counts - 4, 10, ROLE_TEXT);
    draw_glyph(all, y, counts - 1, GLYPH_DRIFT, ROLE_TEXT_DIM);
    draw_glyph(all, y, counts + 2, GLYPH_ACCEPTED, ROLE_TEXT_DIM);
    draw_text(all, y, (targets ? 48 : all.cols - 42) - 1, TEXT(" state "), ROLE_TEXT_DIM);
}

void environment_draw_row(void *ctx, struct region all, const struct list_row *row, int above)
{
    struct environment_view *v = ctx;
    const struct env_row *x = &v->rows.items[row->row];
    struct region r = region_sub(all, above, 0, all.rows - above, all.cols);
    if (above)
        draw_head(x, all, above - 1);
    switch (x->kind) {
    case ENV_ROW_OUTPUT:
        draw_output(v, x, r);
        break;
    case ENV_ROW_TARGET:
        draw_target(v, x->of.target, r);
        break;
    case ENV_ROW_PART:
        draw_part(x->of.part, r);
        break;
    case ENV_ROW_DRIFT:
        draw_drift(v, x, r);
        break;
    case ENV_ROW_RELEASE:
        draw_release(v, r, x->of.release);
        break;
    case ENV_ROW_PARAMETER:
        draw_parameter(x->of.parameter, r);
        break;
    default: {
        struct record rec = record_of(x, canvas_arena(r.canvas));
        draw_record(v, r, &rec);
    }
    }
}
