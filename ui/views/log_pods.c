// SPDX-License-Identifier: Apache-2.0
/*
 * The containers of a log of several: named as shortly as they can be told apart, listed below the
 * lines with how much they wrote in the last five minutes. With Tab the keys go there, and Space
 * hides one.
 */
#include "base/clock.h"
#include "views/log_int.h"
#include "views/states.h"

#include <string.h>

#define RECENT_MS (5 * 60000)
#define CLUSTERS_SHOWN 3

enum role log_source_role(uint32_t source)
{
    return (enum role)(ROLE_LOG_SOURCE_1 + (source + 5) % 6);
}

/* ---- names ---- */

static const char *cluster_at(const struct log_view *v, size_t i)
{
    return v->log->sources[i].cluster.str;
}

static const char *pod_at(const struct log_view *v, size_t i)
{
    return v->log->sources[i].pod.str;
}

typedef const char *name_at_fn(const struct log_view *v, size_t i);

static bool all_equal(const struct log_view *v, name_at_fn *at)
{
    for (size_t i = 1; i < v->log->n_sources; i++)
        if (strcmp(at(v, i), at(v, 0)) != 0)
            return false;
    return true;
}

/* Bytes that all names begin with, whole parts only: "payments-dev-". */
static size_t common_start(const struct log_view *v, name_at_fn *at)
{
    size_t n = strlen(at(v, 0)), part = 0;
    for (size_t i = 1; i < v->log->n_sources; i++) {
        const char *s = at(v, i);
        size_t same = 0;
        while (same < n && s[same] == at(v, 0)[same])
            same++;
        if (s[same] || at(v, 0)[same])
            n = same;
    }
    for (size_t i = 0; i < n; i++)
        if (at(v, 0)[i] == '-')
            part = i + 1;
    return part;
}

static size_t common_end(const struct log_view *v, name_at_fn *at, size_t start)
{
    const char *first = at(v, 0);
    size_t n = strlen(first) - start, part = 0;
    for (size_t i = 1; i < v->log->n_sources; i++) {
        const char *s = at(v, i);
        size_t len = strlen(s), same = 0;
        while (same < n && same < len - start &&
               s[len - 1 - same] == first[strlen(first) - 1 - same])
            same++;
        n = same;
    }
    for (size_t i = 0; i < n; i++)
        if (first[strlen(first) - 1 - i] == '-')
            part = i + 1;
    return part;
}

static struct text part_of(struct arena *a, struct text t, size_t start, size_t end)
{
    return t.len > start + end ? text_clean(a, t.str + start, t.len - start - end) : t;
}

static void count_recent(struct log_view *v)
{
    int64_t since = clock_wall_ms(app_clock(v->app)) - RECENT_MS;
    size_t at = 0; /* mostly the source of the line before */
    for (size_t i = v->log->n_lines; i > 0; i--) {
        const struct leeway_line *l = leeway_log_line(v->log, i - 1);
        if (l->at_ms && l->at_ms < since)
            break;
        if (l->ours || !l->source)
            continue;
        for (size_t k = 0; k < v->names.len && v->names.items[at].id != l->source; k++)
            at = (at + 1) % v->names.len;
        v->names.items[at].recent += v->names.items[at].id == l->source;
    }
}

static void load_names(struct log_view *v)
{
    struct arena *a = &v->names_arena;
    const struct leeway_log *log = v->log;
    bool one_cluster = all_equal(v, cluster_at), one_pod = all_equal(v, pod_at);
    size_t start = one_cluster ? 0 : common_start(v, cluster_at);
    size_t end = one_cluster ? 0 : common_end(v, cluster_at, start);
    size_t pod_start = one_pod ? 0 : common_start(v, pod_at);
    for (size_t i = 0; i < log->n_sources; i++) {
        const struct leeway_log_source *s = &log->sources[i];
        struct log_name n = {.id = s->id,
                             .cluster = part_of(a, s->cluster, start, end),
                             .pod = part_of(a, s->pod, pod_start, 0)};
        if (!s->alone)
            n.pod = text_fmt(a, "%s/%s", n.pod.str, s->container.str);
        if (!one_cluster && (int)n.cluster.cols > v->cluster_cols)
            v->cluster_cols = (int)n.cluster.cols;
        if ((int)n.pod.cols > v->pod_cols)
            v->pod_cols = (int)n.pod.cols;
        vec_push(&v->names, n);
    }
    v->cluster_cols = v->cluster_cols > 10 ? 10 : v->cluster_cols;
    if (v->names.len)
        count_recent(v);
}

void log_pods_load(struct log_view *v)
{
    v->names.len = 0;
    v->cluster_cols = v->pod_cols = 0;
    arena_reset(&v->names_arena);
    if (!v->several)
        return;
    VEC(uint64_t) uids = {0};
    if (v->log && v->log->n_sources)
        load_names(v);
    for (size_t i = 0; i < v->names.len; i++)
        vec_push(&uids, v->names.items[i].id);
    list_set(&v->pods, uids.items, uids.len);
    vec_clear(&uids);
}

const struct log_name *log_name_of(const struct log_view *v, uint32_t source)
{
    for (size_t i = 0; i < v->names.len; i++)
        if (v->names.items[i].id == source)
            return &v->names.items[i];
    return NULL;
}

/* ---- hiding ---- */

const struct leeway_log_source *log_pods_here(const struct log_view *v)
{
    size_t row;
    return v->log && list_at(&v->pods, &row) && row < v->log->n_sources ? &v->log->sources[row]
                                                                        : NULL;
}

bool log_pods_hidden(const struct log_view *v, uint32_t source)
{
    for (size_t i = 0; i < v->hidden.len; i++)
        if (v->hidden.items[i] == source)
            return true;
    return false;
}

void log_pods_hide(struct log_view *v)
{
    const struct leeway_log_source *s = log_pods_here(v);
    if (!s)
        return;
    for (size_t i = 0; i < v->hidden.len; i++)
        if (v->hidden.items[i] == s->id) {
            v->hidden.items[i] = v->hidden.items[--v->hidden.len];
            return;
        }
    vec_push(&v->hidden, s->id);
}

/* ---- drawing ---- */

static size_t count_clusters(const struct log_view *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->log->n_sources; i++) {
        size_t k = 0;
        while (k < i && !text_equal(v->log->sources[k].cluster, v->log->sources[i].cluster))
            k++;
        n += k == i;
    }
    return n;
}

struct text log_pods_count(const struct log_view *v, struct arena *a)
{
    size_t pods = 0, clusters = v->log ? count_clusters(v) : 0;
    for (size_t i = 0; v->log && i < v->log->n_sources; i++) {
        size_t k = 0;
        while (k < i && !(text_equal(v->log->sources[k].cluster, v->log->sources[i].cluster) &&
                          text_equal(v->log->sources[k].pod, v->log->sources[i].pod)))
            k++;
        pods += k == i;
    }
    return text_fmt(a, "%s on %s", text_count(a, (long)pods, "pod", "pods").str,
                    text_count(a, (long)clusters, "cluster", "clusters").str);
}

int log_pods_rows(const struct log_view *v, int rows)
{
    size_t n = v->several && v->log ? v->log->n_sources : 0;
    int half = rows / 2;
    if (!n)
        return 0;
    if (v->in_pods)
        return (int)n + 1 < half ? (int)n + 1 : half > 2 ? half : 2;
    if (rows < 17)
        return 1;
    size_t clusters = count_clusters(v);
    return 1 + (int)(clusters < CLUSTERS_SHOWN ? clusters : CLUSTERS_SHOWN);
}

/* How a source stands, where that is not as it should be. */
static bool state_of(const struct leeway_log_source *s, enum leeway_state *state)
{
    *state = s->state == LEEWAY_LOG_FAILED ? LEEWAY_UNKNOWN : LEEWAY_CHANGING;
    return s->state == LEEWAY_LOG_FAILED || s->state == LEEWAY_LOG_OPENING;
}

static int draw_pod(const struct log_view *v, struct region r, int row, int col, size_t i)
{
    const struct leeway_log_source *s = &v->log->sources[i];
    const struct log_name *n = &v->names.items[i];
    struct arena *a = canvas_arena(r.canvas);
    enum leeway_state state;
    bool hidden = log_pods_hidden(v, s->id);
    struct text count = hidden ? TEXT("hidden") : text_fmt(a, "%u", n->recent);
    int wide = (int)n->pod.cols > 24 ? 24 : (int)n->pod.cols, from = col;
    if (col + wide + 2 + (int)count.cols + 2 > r.cols - 1)
        return 0;
    if (state_of(s, &state))
        col += draw_state(r, row, col, state) + 1;
    col += draw_cut(r, row, col, wide, n->pod, hidden ? ROLE_TEXT_DIM : log_source_role(s->id),
                    TEXT_CUT_MIDDLE);
    col += 1 + draw_text(r, row, col + 1, count, ROLE_TEXT_DIM);
    return col - from + 2;
}

/* One row a cluster, as many of its pods as fit. */
static void draw_cluster(const struct log_view *v, struct region r, int row, size_t first)
{
    struct arena *a = canvas_arena(r.canvas);
    struct text cluster = v->log->sources[first].cluster;
    int col = 1;
    size_t left = 0;
    if (v->cluster_cols) {
        draw_cut(r, row, col, v->cluster_cols, v->names.items[first].cluster, ROLE_TEXT_DIM,
                 TEXT_CUT_MIDDLE);
        col += v->cluster_cols + 1;
    }
    if (r.cols >= 60)
        col += 2 + draw_cut(r, row, col, 20, cluster, ROLE_TEXT, TEXT_CUT_MIDDLE);
    for (size_t i = 0; i < 2 * v->log->n_sources; i++) { /* those that are not read first */
        const struct leeway_log_source *s = &v->log->sources[i % v->log->n_sources];
        bool failed = s->state == LEEWAY_LOG_FAILED;
        if (!text_equal(s->cluster, cluster) || failed != (i < v->log->n_sources))
            continue;
        int used = left ? 0
                        : draw_pod(v, region_sub(r, 0, 0, r.rows, r.cols - 8), row, col,
                                   i % v->log->n_sources);
        col += used;
        left += !used;
    }
    if (left)
        draw_right(r, row, r.cols - 1, 8, text_fmt(a, "%zu more", left), ROLE_TEXT_DIM);
}

static void draw_compact(const struct log_view *v, struct region r)
{
    int row = 1;
    for (size_t i = 0; i < v->log->n_sources && row < r.rows; i++) {
        size_t k = 0;
        while (k < i && !text_equal(v->log->sources[k].cluster, v->log->sources[i].cluster))
            k++;
        if (k == i)
            draw_cluster(v, r, row++, i);
    }
}

static void draw_listed(void *ctx, struct region r, const struct list_row *row)
{
    struct log_view *v = ctx;
    const struct leeway_log_source *s = &v->log->sources[row->row];
    struct arena *a = canvas_arena(r.canvas);
    enum leeway_state state;
    bool hidden = log_pods_hidden(v, s->id);
    struct text name = s->alone ? s->pod : text_fmt(a, "%s/%s", s->pod.str, s->container.str);
    struct text words = hidden                           ? TEXT("hidden")
                        : s->state == LEEWAY_LOG_ENDED   ? TEXT("ended")
                        : s->state == LEEWAY_LOG_OPENING ? TEXT("asked")
                                                         : TEXT_NONE;
    if (!hidden && s->reason.len)
        words = s->reason;
    int name_cols = r.cols / 2 - 8, at = 4 + name_cols + 2;
    if (state_of(s, &state))
        draw_state(r, 0, 2, state);
    draw_cut(r, 0, 4, name_cols, name, hidden ? ROLE_TEXT_DIM : log_source_role(s->id),
             TEXT_CUT_MIDDLE);
    draw_cut(r, 0, at, 14, s->cluster, ROLE_TEXT, TEXT_CUT_MIDDLE);
    draw_cut(r, 0, at + 16, r.cols - at - 16 - 7, words, ROLE_TEXT_DIM, TEXT_CUT_END);
    if (v->names.items[row->row].recent)
        draw_right(r, 0, r.cols - 1, 5, text_fmt(a, "%u", v->names.items[row->row].recent),
                   ROLE_TEXT_DIM);
}

void log_pods_draw(struct log_view *v, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    if (r.rows < 1)
        return;
    if (r.rows == 1) {
        draw_cut(r, 0, 1, r.cols - 2, text_fmt(a, "%s; Tab lists them", log_pods_count(v, a).str),
                 ROLE_TEXT_DIM, TEXT_CUT_END);
        return;
    }
    draw_section(r, 0, TEXT("pods"), TEXT("lines in 5 min"));
    if (v->in_pods)
        list_draw(&v->pods, region_sub(r, 1, 0, r.rows - 1, r.cols), draw_listed, v);
    else
        draw_compact(v, r);
}
