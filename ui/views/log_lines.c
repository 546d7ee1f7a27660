// SPDX-License-Identifier: Apache-2.0
/*
 * Lines of a log on the screen. The cursor is a line's number; lines of pods that were hidden are
 * stepped over. From the cursor's line up as many are drawn as fit, and some below it.
 */
#include "base/zone.h"
#include "views/log_int.h"

uint64_t log_first(const struct log_view *v)
{
    return v->log && v->log->n_lines ? leeway_log_line(v->log, 0)->number : 0;
}

uint64_t log_last(const struct log_view *v)
{
    return v->log && v->log->n_lines ? leeway_log_line(v->log, v->log->n_lines - 1)->number : 0;
}

const struct leeway_line *log_line(const struct log_view *v, uint64_t number)
{
    uint64_t first = log_first(v);
    return first && number >= first ? leeway_log_line(v->log, number - first) : NULL;
}

uint64_t log_step(const struct log_view *v, uint64_t number, int step)
{
    for (uint64_t n = number + (uint64_t)(int64_t)step;; n += (uint64_t)(int64_t)step) {
        const struct leeway_line *l = log_line(v, n);
        if (!l)
            return 0;
        if (!log_pods_hidden(v, l->source))
            return n;
    }
}

void log_keep_cursor(struct log_view *v)
{
    uint64_t first = log_first(v), last = log_last(v);
    if (v->follow || v->cursor > last)
        v->cursor = last;
    if (v->cursor < first)
        v->cursor = first;
    const struct leeway_line *l = log_line(v, v->cursor);
    if (!l || !log_pods_hidden(v, l->source))
        return;
    uint64_t up = log_step(v, v->cursor, -1), down = up ? 0 : log_step(v, v->cursor, 1);
    v->cursor = up ? up : down ? down : v->cursor;
}

/* ---- drawing ---- */

static int name_col(const struct log_view *v)
{
    return v->times ? 10 : 2;
}

/* The text matters more than the name. */
static int pod_cols(const struct log_view *v, int cols)
{
    return v->pod_cols < cols / 4 ? v->pod_cols : cols / 4;
}

static int text_col(const struct log_view *v, int cols)
{
    int col = name_col(v), pod = pod_cols(v, cols);
    col += v->cluster_cols ? v->cluster_cols + 1 : 0;
    return col + (pod ? pod + 2 : 0);
}

static struct text line_text(struct arena *a, const struct leeway_line *l)
{
    if (l->ours)
        return text_fmt(a, "-- %s --", l->text.str);
    return l->cut ? text_fmt(a, "%s (%u bytes more)", l->text.str, l->cut) : l->text;
}

static int height_of(const struct log_view *v, struct arena *a, const struct leeway_line *l,
                     int cols)
{
    int room = cols - text_col(v, cols) - 1;
    if (!v->wrap || room < 1)
        return 1;
    struct text t = line_text(a, l);
    int rows = t.cols ? ((int)t.cols - 1) / room + 1 : 1;
    return rows < 200 ? rows : 200;
}

static void draw_time(const struct log_view *v, struct region r, int64_t at_ms)
{
    struct zone_time z = zone_split(app_zone(v->app), at_ms);
    draw_text(r, 0, 1,
              text_fmt(canvas_arena(r.canvas), "%02d:%02d:%02d", z.hour, z.minute, z.second),
              ROLE_TEXT_DIM);
}

static void draw_source(const struct log_view *v, struct region r, uint32_t source)
{
    const struct log_name *n = log_name_of(v, source);
    enum role role = log_source_role(source);
    int col = name_col(v);
    if (!n)
        return;
    if (v->cluster_cols) {
        draw_cut(r, 0, col, v->cluster_cols, n->cluster, role, TEXT_CUT_MIDDLE);
        col += v->cluster_cols + 1;
    }
    if (v->pod_cols)
        draw_cut(r, 0, col, pod_cols(v, r.cols), n->pod, role, TEXT_CUT_MIDDLE);
}

static void draw_line(const struct log_view *v, struct region r, const struct leeway_line *l)
{
    struct arena *a = canvas_arena(r.canvas);
    int col = text_col(v, r.cols), room = r.cols - col - 1;
    struct text t = line_text(a, l);
    enum role role = l->ours ? ROLE_TEXT_DIM : ROLE_TEXT;
    if (v->times && l->at_ms)
        draw_time(v, r, l->at_ms);
    draw_source(v, r, l->source);
    if (!v->wrap) {
        draw_cut(r, 0, col, room, t, role, TEXT_CUT_END);
        search_mark(&v->search, region_sub(r, 0, 0, 1, r.cols - 1), 0, col, t);
    }
    for (int row = 0; v->wrap && row < r.rows && t.len; row++) {
        uint32_t got, n = text_prefix(t, (uint32_t)(room > 0 ? room : 1), &got);
        if (!n)
            break;
        struct text piece = text_part(a, t, 0, n);
        draw_text(r, row, col, piece, role);
        search_mark(&v->search, r, row, col, piece);
        t = (struct text){t.str + n, t.len - n, t.cols - got};
    }
    if (l->number != v->cursor)
        return;
    draw_glyph(r, 0, 0, GLYPH_CURSOR, ROLE_TEXT);
    if (!v->in_pods) {
        draw_over(r, 0, 0, r.cols, ROLE_CURSOR);
        canvas_park(r, 0, 0);
    }
}

static struct text why_empty(const struct log_view *v, struct arena *a)
{
    if (!v->log || v->log->state == LEEWAY_LOG_OPENING)
        return TEXT("Asked for it.");
    if (v->log->state == LEEWAY_LOG_FAILED)
        return text_fmt(a, "%s.", v->log->reason.str);
    return v->several && !v->log->n_sources ? TEXT("There is no pod now; those that come are read.")
                                            : TEXT("Nothing was written yet.");
}

void log_draw_lines(struct log_view *v, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct leeway_line *l = log_line(v, v->cursor);
    v->page = r.rows;
    if (!l || log_pods_hidden(v, l->source)) {
        struct text t = l ? TEXT("All that is here is hidden; Space shows it.") : why_empty(v, a);
        draw_wrapped(r, 1, 4, r.cols - 8, 5, t, ROLE_TEXT);
        return;
    }
    uint64_t from = v->cursor, next = v->cursor;
    int used = height_of(v, a, l, r.cols);
    for (int ahead = 0; !v->follow && ahead < r.rows / 2; ahead++) {
        if (!(next = log_step(v, next, 1)))
            break;
        int h = height_of(v, a, log_line(v, next), r.cols);
        if (used + h > r.rows)
            break;
        used += h;
    }
    while ((next = log_step(v, from, -1)) != 0) {
        int h = height_of(v, a, log_line(v, next), r.cols);
        if (used + h > r.rows)
            break;
        used += h;
        from = next;
    }
    int y = 0;
    for (uint64_t n = from; n && y < r.rows; n = log_step(v, n, 1)) {
        l = log_line(v, n);
        int h = height_of(v, a, l, r.cols);
        draw_line(v, region_sub(r, y, 0, h, r.cols), l);
        y += h;
    }
}
