// SPDX-License-Identifier: Apache-2.0
/*
 * The end of the panel below the tree: the three ways out, and on large screens who had the field
 * before, how it is on the other clusters, and what each way would do. All of it is computed.
 */
#include "views/drift_detail_int.h"

#include "views/drift_detail.h"
#include "views/states.h"
#include "views/words.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_COL = 4, WORDS_COL = 19 };

static struct text given_of(const struct leeway_object_field *f)
{
    return text_equal(f->given, TEXT("=")) ? f->wanted : f->given;
}

static bool is_whole(struct text t, long *out)
{
    char *end;
    *out = strtol(t.str, &end, 10);
    return t.len && !*end;
}

static const struct leeway_explained *explained_of(const struct drift_detail *d,
                                                   const struct leeway_drift *x)
{
    for (size_t i = 0; x && d->explained && i < d->explained->n_items; i++)
        if (d->explained->items[i].drift_id == x->id)
            return &d->explained->items[i];
    return NULL;
}

const struct leeway_explained *drift_detail_explained(const struct drift_detail *d,
                                                      struct text path)
{
    return explained_of(d, drift_detail_drift(d, path));
}

/* ---- the three ways, in a line ---- */

struct way {
    enum command command;
    struct text line, name, does;
};

#define WAYS 3

enum { WAY_UID = 1, CLUSTER_UID = WAY_UID + WAYS }; /* uids in the list of ways */

static void draw_cursor(const struct drift_detail *d, struct region r, int y, uint64_t uid)
{
    const struct list_row row = {0, uid, d->on_ways && list_uid(&d->ways) == uid, false};
    list_draw_marks(&d->ways, region_sub(r, y, 0, 1, r.cols), &row);
}

/* What follows on the cluster from giving replicas back. */
static struct text pods(struct arena *a, const struct leeway_object_field *f)
{
    long from, to;
    if (strcmp(f->path.str, ".spec.replicas") != 0 || !is_whole(f->live, &from) ||
        !is_whole(given_of(f), &to) || from == to)
        return TEXT_NONE;
    return text_fmt(a, "; %s %s", text_count(a, labs(from - to), "pod", "pods").str,
                    from > to ? (from - to == 1 ? "stops" : "stop")
                              : (to - from == 1 ? "starts" : "start"));
}

static void find_ways(const struct drift_detail *d, const struct leeway_object_field *f,
                      struct arena *a, struct way out[WAYS])
{
    const struct leeway_explained *x = drift_detail_explained(d, f->path);
    const struct leeway_owner *o = words_holder(f->owners, f->n_owners);
    struct text given = given_of(f), pod = pods(a, f);
    struct text also = x && x->parameter.len ? text_fmt(a, "; or %s = %s becomes wanted",
                                                        x->parameter.str, x->value.str)
                                             : TEXT_NONE;
    const struct leeway_drift *drift = drift_detail_drift(d, f->path);
    bool missing = drift && drift->kind == LEEWAY_DRIFT_MISSING;
    out[0] = (struct way){CMD_PLAN,
                          missing ? TEXT("plan making it again")
                                  : text_fmt(a, "plan revert to %s", given.str),
                          TEXT("plan revert"),
                          text_fmt(a, "a plan of 1 change on %s: %s \xe2\x86\x92 %s%s",
                                   d->cluster.str, f->live.str, given.str, pod.str)};
    long number;
    const char *range = is_whole(f->live, &number) ? " or a range" : "";
    struct text stays =
        f->path.len ? text_fmt(a, "%s%s may stay until a date; sends nothing%s", f->live.str, range,
                               also.str)
                    : text_fmt(a, "it may stay %s until a date; sends nothing", f->live.str);
    out[1] = (struct way){CMD_ACCEPT,
                          missing ? TEXT("accept until a date that it is missing")
                                  : text_fmt(a, "accept %s until a date", f->live.str),
                          TEXT("accept"), stays};
    out[2] = (struct way){CMD_OWNER, TEXT("hand the field over"), TEXT("hand over"),
                          text_fmt(a, "leeway stops applying %s on %s; %s keeps it",
                                   f->path.len ? "the field" : "it", d->environment.str,
                                   o && !o->ours ? o->manager.str : "whoever has it")};
}

void drift_detail_draw_ways_line(struct drift_detail *d, struct region r, int y,
                                 const struct leeway_object_field *f)
{
    struct arena *a = canvas_arena(r.canvas);
    struct way ways[WAYS];
    int col = 1;
    d->elsewhere_rows = 0;
    find_ways(d, f, a, ways);
    for (size_t i = 0; i < WAYS; i++) {
        char key[KEY_NAME_LEN];
        keymap_first(app_keymap(d->app), ways[i].command, key);
        struct text k = text_cstr(a, key);
        int room = r.cols - col - (int)k.cols - 3;
        if (i && (int)ways[i].line.cols > room)
            return; /* the last row has the key as well */
        int from = col;
        col += draw_text(r, y, col, k, ROLE_KEY) + 2;
        col += draw_cut(r, y, col, room, ways[i].line, ROLE_TEXT, TEXT_CUT_END) + 4;
        if (!d->on_ways || list_uid(&d->ways) != WAY_UID + i)
            continue;
        draw_glyph(r, y, from - 1, GLYPH_CURSOR, ROLE_TEXT);
        draw_over(r, y, from, col - 4 - from, ROLE_CURSOR);
        canvas_park(r, y, from);
    }
}

/* ---- what large screens have room for ---- */

/* Who has it now and, where that is not leeway, whom it was taken from. */
static int draw_sequence(struct drift_detail *d, struct region r, int y,
                         const struct leeway_object_field *f)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct leeway_drift *x = drift_detail_drift(d, f->path);
    size_t n = 0;
    draw_section(r, y++, text_fmt(a, "owners of %s, newest first", f->path.str), TEXT("value"));
    for (size_t i = 0; i < f->n_owners && y + 1 < r.rows; i++, n++) {
        const struct leeway_owner *o = &f->owners[i];
        int64_t at = o->at_or_before_ms ? o->at_or_before_ms : x ? x->before_ms : 0;
        if (at)
            draw_text(r, y, NAME_COL, words_exact(d->app, a, at), ROLE_TEXT_DIM);
        draw_cut(r, y, WORDS_COL, r.cols - WORDS_COL - 20, words_manager(a, o),
                 words_actor_role(o->actor), TEXT_CUT_END);
        draw_right(r, y++, r.cols - 1, 18, o->ours && n ? given_of(f) : f->live, ROLE_TEXT);
    }
    for (size_t i = 0; d->object && i < d->object->n_owners && y + 1 < r.rows; i++) {
        const struct leeway_owner *o = &d->object->owners[i];
        if (!o->ours || (f->n_owners && f->owners[f->n_owners - 1].ours))
            continue;
        if (o->at_or_before_ms)
            draw_text(r, y, NAME_COL, words_exact(d->app, a, o->at_or_before_ms), ROLE_TEXT_DIM);
        draw_text(r, y, WORDS_COL, words_manager(a, o), ROLE_OWNER_LEEWAY);
        draw_right(r, y++, r.cols - 1, 18, given_of(f), ROLE_TEXT);
        break;
    }
    if (x && y < r.rows)
        draw_text(r, y++, WORDS_COL,
                  x->contested ? TEXT("A fight: the field changes hands again and again.")
                               : TEXT("No fight: managers do not take it in turns."),
                  x->contested ? ROLE_TEXT_STRONG : ROLE_TEXT_DIM);
    return y;
}

/* The environment's other clusters: the next one from *i on, NULL after the last. */
static const struct leeway_target *next_elsewhere(const struct drift_detail *d, size_t *i)
{
    const struct leeway_environment *e = drift_detail_environment(d);
    for (; e && *i < e->n_target_rows; ++*i)
        if (!text_equal(e->target_rows[*i].cluster, d->cluster))
            return &e->target_rows[(*i)++];
    return NULL;
}

static size_t count_elsewhere(const struct drift_detail *d)
{
    size_t n = 0;
    for (size_t i = 0; next_elsewhere(d, &i);)
        n++;
    return n;
}

static void draw_one_elsewhere(struct drift_detail *d, struct region r, int y,
                               const struct leeway_target *t, const struct leeway_object_field *f)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct leeway_drift *x = drift_detail_drift_on(d, t->cluster, f->path);
    const struct leeway_owner *o = x ? words_holder(x->owners, x->n_owners) : NULL;
    bool seen = t->state != LEEWAY_UNKNOWN;
    draw_state(r, y, 2, x ? words_verdict_state(x->verdict) : seen ? LEEWAY_OK : LEEWAY_UNKNOWN);
    draw_cut(r, y, NAME_COL, WORDS_COL - NAME_COL - 1, t->cluster, ROLE_TEXT, TEXT_CUT_MIDDLE);
    draw_cut(r, y, WORDS_COL, r.cols - WORDS_COL - 30,
             o      ? words_manager(a, o)
             : seen ? TEXT("as given")
                    : TEXT("not seen"),
             o ? words_actor_role(o->actor) : ROLE_TEXT_DIM, TEXT_CUT_END);
    draw_right(r, y, r.cols - 13, 12, x ? x->given : seen ? given_of(f) : TEXT("?"), ROLE_TEXT);
    draw_right(r, y, r.cols - 1, 11, x ? x->live : seen ? given_of(f) : TEXT("?"), ROLE_TEXT);
}

/* As many as there is room for, that under the cursor among them. */
static int draw_elsewhere(struct drift_detail *d, struct region r, int y,
                          const struct leeway_object_field *f)
{
    struct arena *a = canvas_arena(r.canvas);
    size_t n = count_elsewhere(d), room = (size_t)(r.rows - y - 1), shown = n < room ? n : room;
    if (!n)
        return y;
    size_t first = d->on_ways && d->ways.cursor >= shown && d->ways.cursor < n
                       ? d->ways.cursor + 1 - shown
                       : 0;
    struct text head = TEXT("the same field elsewhere");
    if (shown < n)
        head = text_fmt(a, "%s, %zu-%zu of %zu", head.str, first + 1, first + shown, n);
    draw_section(r, y++, head, TEXT("    given        live"));
    const struct leeway_target *t;
    size_t at = 0;
    for (size_t i = 0; (t = next_elsewhere(d, &i)); at++) {
        if (at < first || at >= first + shown)
            continue;
        draw_one_elsewhere(d, r, y, t, f);
        draw_cursor(d, r, y++, CLUSTER_UID + at);
    }
    d->elsewhere_rows = (int)shown;
    return y;
}

static int draw_ways(struct drift_detail *d, struct region r, int y,
                     const struct leeway_object_field *f)
{
    struct arena *a = canvas_arena(r.canvas);
    struct way ways[WAYS];
    find_ways(d, f, a, ways);
    draw_section(r, y++, TEXT("ways out"), TEXT("what it does"));
    for (size_t i = 0; i < WAYS && y < r.rows; i++, y++) {
        char key[KEY_NAME_LEN];
        keymap_first(app_keymap(d->app), ways[i].command, key);
        draw_text(r, y, 2, text_cstr(a, key), ROLE_KEY);
        draw_text(r, y, NAME_COL, ways[i].name, ROLE_TEXT);
        draw_cut(r, y, WORDS_COL, r.cols - WORDS_COL - 1, ways[i].does, ROLE_TEXT, TEXT_CUT_END);
        draw_cursor(d, r, y, WAY_UID + i);
    }
    return y;
}

void drift_detail_draw_more(struct drift_detail *d, struct region r,
                            const struct leeway_object_field *f)
{
    d->elsewhere_rows = 0;
    enum { WAYS_ROWS = WAYS + 1, SECTION_MIN = 3 };
    int y = 0, room = r.rows - WAYS_ROWS - 1;
    if (room >= SECTION_MIN + 2 && f->n_owners)
        y = draw_sequence(d, region_sub(r, 0, 0, room, r.cols), 0, f) + 1;
    if (room - y >= SECTION_MIN) {
        int from = y;
        y = draw_elsewhere(d, region_sub(r, 0, 0, room, r.cols), y, f);
        y += y > from;
    }
    draw_ways(d, r, y, f);
}

/* ---- the keys there ---- */

const char *drift_detail_why_no_ways(const struct drift_detail *d)
{
    if (!drift_detail_has_way_out(drift_detail_here(d)))
        return "nothing has to be done about this field";
    return d->elsewhere_rows < 0 ? "the window is too small for the ways out; their keys work"
                                 : NULL;
}

void drift_detail_go_to_ways(struct drift_detail *d, bool on)
{
    VEC(uint64_t) uids = {0};
    size_t n = on && d->elsewhere_rows > 0 ? count_elsewhere(d) : 0;
    for (size_t i = 0; i < n; i++)
        vec_push(&uids, CLUSTER_UID + i);
    for (uint64_t i = 0; on && i < WAYS; i++)
        vec_push(&uids, WAY_UID + i);
    list_set(&d->ways, uids.items, uids.len);
    if (!d->on_ways)
        list_go(&d->ways, n);
    vec_clear(&uids);
    d->on_ways = on;
    d->tree.list.light = on ? LIST_BESIDE : LIST_LIVE;
}

static void go_elsewhere(struct drift_detail *d, size_t which)
{
    const struct detail_row *row = drift_detail_here(d);
    const struct leeway_target *t = NULL;
    size_t i = 0;
    for (size_t k = 0; k <= which; k++)
        t = next_elsewhere(d, &i);
    if (!t || !row)
        return;
    const struct leeway_drift *known = drift_detail_drift_on(d, t->cluster, row->path);
    const struct leeway_drift as_given = {.environment = d->environment,
                                          .cluster = t->cluster,
                                          .api_version = d->api_version,
                                          .object_kind = d->kind,
                                          .namespace_ = d->namespace_,
                                          .name = d->name,
                                          .path = row->path};
    app_push(d->app, drift_detail_new(d->app, known ? known : &as_given));
}

unsigned drift_detail_ways_command(struct drift_detail *d, enum command c)
{
    static const enum command does[WAYS] = {CMD_PLAN, CMD_ACCEPT, CMD_OWNER};
    drift_detail_go_to_ways(d, true); /* the window may have another size than before */
    uint64_t uid = list_uid(&d->ways);
    switch (c) {
    case CMD_OPEN:
        if (uid >= CLUSTER_UID)
            go_elsewhere(d, uid - CLUSTER_UID);
        else
            app_run_command(d->app, does[uid - WAY_UID]);
        return VIEW_REDRAW;
    case CMD_LEFT:
        return list_command(&d->ways, CMD_UP);
    case CMD_RIGHT:
        return list_command(&d->ways, CMD_DOWN);
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
    case CMD_BACK:
        drift_detail_go_to_ways(d, false);
        return VIEW_REDRAW;
    case CMD_MARK:
    case CMD_RANGE:
        return 0;
    default:
        return list_command(&d->ways, c);
    }
}
