// SPDX-License-Identifier: Apache-2.0
/* What is said about a cluster in few words and in many, and reasons folded over clusters. */
#include "views/fleet_model.h"
#include "views/states.h"

#include <stdlib.h>
#include <string.h>

struct text fleet_advice(const struct leeway_cluster *c)
{
    for (size_t i = 0; i < c->n_conditions; i++)
        if (c->conditions[i].advice && strstr(c->conditions[i].now.str, "end of life"))
            return c->conditions[i].now;
    return TEXT_NONE;
}

/* Without a tail such as " failed", which the shape says already. */
static struct text without(struct arena *a, struct text t, const char *tail)
{
    size_t n = strlen(tail);
    if (t.len > n && strcmp(t.str + t.len - n, tail) == 0)
        return text_part(a, t, 0, t.len - (uint32_t)n);
    return t;
}

/* Up to the first colon: the kind of trouble, without its particulars. */
static struct text kind_of(struct arena *a, struct text t)
{
    const char *colon = strstr(t.str, ": ");
    return colon ? text_part(a, t, 0, (uint32_t)(colon - t.str)) : t;
}

/* "certificates: 11 d left" in 16 cells: the number says more than the whole name. */
static struct text kind_cut(struct region r, struct text t, int cols)
{
    struct arena *a = canvas_arena(r.canvas);
    const char *colon = strstr(t.str, ": ");
    struct text dots = canvas_glyph(r.canvas, GLYPH_DOTS), rest;
    if (!colon)
        return t;
    rest = text_part(a, t, (uint32_t)(colon + 2 - t.str), t.len - (uint32_t)(colon + 2 - t.str));
    int room = cols - (int)rest.cols - (int)dots.cols - 1;
    if (room < 4)
        return kind_of(a, t);
    uint32_t got, n = text_prefix(t, (uint32_t)room, &got);
    return text_fmt(a, "%.*s%s %s", (int)n, t.str, dots.str, rest.str);
}

/* "5 of 6 nodes ready" as "5/6 nodes ready", where there is little room. */
static struct text with_slash(struct arena *a, struct text t)
{
    size_t n = strspn(t.str, "0123456789");
    if (n == 0 || strncmp(t.str + n, " of ", 4) != 0)
        return t;
    return text_fmt(a, "%.*s/%s", (int)n, t.str, t.str + n + 4);
}

static struct text unknown_fact(struct arena *a, const struct zone *z,
                                const struct leeway_cluster *c, int64_t now_ms, int cols)
{
    if (c->reach == LEEWAY_REACH_CONNECTING || c->reach == LEEWAY_REACH_WAITING)
        return cols < 12 ? TEXT("asking") : TEXT("asking it now");
    if (cols < 12 && c->since_ms)
        return age_words(a, (now_ms - c->since_ms) / 1000);
    struct text why = kind_of(a, c->reason);
    if ((int)why.cols > cols)
        why = c->reach == LEEWAY_REACH_LOGIN      ? TEXT("needs a login")
              : c->reach == LEEWAY_REACH_REPLACED ? TEXT("another cluster")
              : c->reach == LEEWAY_REACH_DOWN     ? TEXT("no answer")
                                                  : why;
    if (!c->since_ms)
        return why;
    struct text when = zone_brief(a, z, c->since_ms, now_ms);
    if ((int)(why.cols + 1 + when.cols) <= cols)
        return text_fmt(a, "%s %s", why.str, when.str);
    return why;
}

struct text fleet_fact(struct region r, const struct zone *z, const struct leeway_cluster *c,
                       int64_t now_ms, int cols)
{
    struct arena *a = canvas_arena(r.canvas);
    bool brief = cols < 12;
    struct text t;
    switch (c->state) {
    case LEEWAY_UNKNOWN:
        return unknown_fact(a, z, c, now_ms, cols);
    case LEEWAY_CHANGING:
        t = c->changing.len ? c->changing : c->reason;
        const char *last = strrchr(t.str, ' ');
        if (brief && last && (int)t.cols > cols)
            return text_part(a, t, (uint32_t)(last + 1 - t.str),
                             t.len - (uint32_t)(last + 1 - t.str));
        return t;
    case LEEWAY_DRIFT:
        if ((brief || !c->reason.len) && c->drift[LEEWAY_VERDICT_UNEXPECTED] > 0)
            return text_fmt(a, "%d %s", c->drift[LEEWAY_VERDICT_UNEXPECTED],
                            brief ? "drift" : "unexpected");
        return c->reason;
    case LEEWAY_OK:
        if (c->drift[LEEWAY_VERDICT_ACCEPTED] > 0)
            return text_fmt(a, brief ? "%s %d" : "%s %d accepted",
                            canvas_glyph(r.canvas, GLYPH_ACCEPTED).str,
                            c->drift[LEEWAY_VERDICT_ACCEPTED]);
        return brief ? TEXT_NONE : fleet_advice(c);
    default:
        t = with_slash(a, without(a, c->reason, " failed"));
        if ((int)t.cols > cols)
            t = brief ? kind_of(a, t) : kind_cut(r, t, cols);
        return brief && (int)t.cols > cols ? without(a, t, " ready") : t;
    }
}

/* ---- in words ---- */

static struct text of_cluster(struct arena *a, const struct leeway_cluster *c)
{
    struct text version = c->kubernetes.len
                              ? text_fmt(a, "%s%s%s", c->distribution.str,
                                         c->distribution.len ? " " : "", c->kubernetes.str)
                              : TEXT("version not known");
    if (c->nodes < 0)
        return version;
    return text_fmt(a, "%s, %d of %d nodes ready", version.str, c->nodes_ready, c->nodes);
}

static struct text trouble(struct arena *a, const struct zone *z, const struct leeway_cluster *c,
                           int64_t now_ms)
{
    struct text since = c->since_ms
                            ? text_fmt(a, " since %s", zone_when(a, z, c->since_ms, now_ms).str)
                            : TEXT_NONE;
    struct text what = c->state == LEEWAY_CHANGING && c->changing.len ? c->changing : c->reason;
    if (!what.len)
        what = text_cstr(a, leeway_state_word(c->state));
    struct text more = TEXT_NONE, was = TEXT_NONE, next = TEXT_NONE;
    if (c->reason_detail.len && !text_equal(c->reason_detail, c->reason))
        more = text_fmt(a, ": %s", without(a, c->reason_detail, ".").str);
    if (c->state == LEEWAY_UNKNOWN && c->was.len)
        was = text_fmt(a, "; it was %s", c->was.str);
    if (c->next_try_ms > now_ms)
        next = text_fmt(a, "; next try in %s",
                        age_words(a, (c->next_try_ms - now_ms + 999) / 1000).str);
    return text_fmt(a, "%s%s%s%s%s", what.str, since.str, more.str, was.str, next.str);
}

struct text fleet_story(struct region r, const struct zone *z, const struct leeway_cluster *c,
                        int64_t now_ms)
{
    struct arena *a = canvas_arena(r.canvas);
    if (c->state == LEEWAY_UNKNOWN &&
        (c->reach == LEEWAY_REACH_CONNECTING || c->reach == LEEWAY_REACH_WAITING))
        return text_fmt(a, "asking it now, %s%s%s",
                        c->server.len ? c->server.str : "no address yet",
                        c->was.len ? "; seen last: " : "", c->was.str);
    if (c->state != LEEWAY_OK)
        return text_fmt(a, "%s. %s.", trouble(a, z, c, now_ms).str, of_cluster(a, c).str);
    struct text answers =
        c->latency_ms >= 0 ? text_fmt(a, ", answers in %d ms", c->latency_ms) : TEXT_NONE;
    struct text advice = fleet_advice(c);
    return text_fmt(a, "ok: %s%s%s%s.", of_cluster(a, c).str, answers.str, advice.len ? "; " : "",
                    advice.str);
}

/* ---- folding ---- */

struct fold_ref {
    enum leeway_state state;
    struct text key, what;
    int64_t since_ms, next_try_ms;
    uint64_t id;
    bool advice;
};

static int compare_refs(const void *a, const void *b)
{
    const struct fold_ref *x = a, *y = b;
    if (x->advice != y->advice)
        return x->advice - y->advice;
    if (x->state != y->state)
        return x->state < y->state ? -1 : 1;
    return text_compare(x->key, y->key);
}

static int compare_folds(const void *a, const void *b)
{
    const struct fleet_fold *x = a, *y = b;
    if (x->advice != y->advice)
        return x->advice - y->advice;
    if (x->state != y->state)
        return x->state < y->state ? -1 : 1;
    if (x->clusters != y->clusters)
        return x->clusters > y->clusters ? -1 : 1;
    if (x->since_ms != y->since_ms)
        return x->since_ms < y->since_ms ? 1 : -1;
    return text_compare(x->what, y->what);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return !a ? b : !b || a < b ? a : b;
}

static struct text fold_words(struct arena *a, const struct leeway_cluster *c)
{
    if (!c->reason_detail.len || c->state == LEEWAY_UNKNOWN ||
        text_equal(c->reason, c->reason_detail))
        return c->reason.len ? c->reason : text_cstr(a, leeway_state_word(c->state));
    return text_fmt(a, "%s: %s", c->reason.str, c->reason_detail.str);
}

static struct text drift_words(struct arena *a, const struct leeway_drift *d)
{
    const char *by = d->n_owners ? d->owners[0].words.str : "";
    if (!d->path.len)
        return text_fmt(a, "%s/%s %s%s%s", d->object_kind.str, d->name.str,
                        leeway_drift_kind_word(d->kind), *by ? " by " : "", by);
    return text_fmt(a, "%s/%s %s %s \xe2\x86\x92 %s%s%s", d->object_kind.str, d->name.str,
                    d->path.str, d->given.str, d->live.str, *by ? " by " : "", by);
}

/* Drift folds by its differences, everything else by the cluster's reason. */
static size_t collect(const struct fleet_model *m, struct arena *a, struct fold_ref *refs)
{
    size_t n = 0;
    for (size_t i = 0; i < m->order.len; i++) {
        const struct leeway_cluster *c = m->items.items[m->order.items[i]].row;
        const struct fleet_item *it = &m->items.items[m->order.items[i]];
        struct text advice = it->advice ? fleet_advice(c) : TEXT_NONE;
        bool drift = c->state == LEEWAY_DRIFT && leeway_drifts(m->snapshot) > 0;
        if (c->state < LEEWAY_CHANGING && !drift)
            refs[n++] = (struct fold_ref){c->state,
                                          c->reason_key.len ? c->reason_key : c->reason,
                                          fold_words(a, c),
                                          c->since_ms,
                                          c->next_try_ms,
                                          c->id,
                                          false};
        if (advice.len && c->state != LEEWAY_UNKNOWN)
            refs[n++] = (struct fold_ref){LEEWAY_OK, advice, advice, 0, 0, c->id, true};
    }
    return n;
}

static size_t collect_drift(const struct fleet_model *m, struct arena *a, struct fold_ref *refs)
{
    size_t n = 0;
    for (size_t i = 0; i < leeway_drifts(m->snapshot); i++) {
        const struct leeway_drift *d = leeway_drift_at(m->snapshot, i);
        if (d->verdict != LEEWAY_VERDICT_UNEXPECTED)
            continue;
        refs[n++] = (struct fold_ref){LEEWAY_DRIFT,
                                      d->fold_key.len ? d->fold_key : d->path,
                                      drift_words(a, d),
                                      d->before_ms,
                                      0,
                                      d->cluster_id,
                                      false};
    }
    return n;
}

/* The rows past max become one. */
static size_t rest(struct arena *a, struct fleet_fold *rows, size_t n, size_t max)
{
    if (n <= max || max == 0)
        return n < max ? n : max;
    struct fleet_fold *last = &rows[max - 1];
    size_t kinds = n - max + 1, clusters = 0;
    for (size_t i = max - 1; i < n; i++) {
        clusters += rows[i].clusters;
        last->since_ms = earlier(last->since_ms, rows[i].since_ms);
    }
    last->what = text_fmt(a, "others: %zu reasons", kinds);
    last->key = TEXT_NONE;
    last->clusters = clusters;
    return max;
}

size_t fleet_fold_reasons(const struct fleet_model *m, struct arena *a, size_t max,
                          struct fleet_fold **rows)
{
    size_t drifts = m->snapshot ? leeway_drifts(m->snapshot) : 0, n, folded = 0;
    struct fold_ref *refs = mem_calloc(m->order.len * 2 + drifts + 1, sizeof(*refs));
    n = collect(m, a, refs);
    if (drifts)
        n += collect_drift(m, a, refs + n);
    if (n)
        qsort(refs, n, sizeof(*refs), compare_refs);
    struct fleet_fold *out = mem_calloc(n + 1, sizeof(*out));
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare_refs(&refs[i - 1], &refs[i]) != 0) {
            out[folded++] = (struct fleet_fold){
                refs[i].state,    refs[i].what,        refs[i].key, 0,
                refs[i].since_ms, refs[i].next_try_ms, refs[i].id,  refs[i].advice};
        }
        struct fleet_fold *f = &out[folded - 1];
        f->clusters++;
        f->since_ms = earlier(f->since_ms, refs[i].since_ms);
        f->next_try_ms = earlier(f->next_try_ms, refs[i].next_try_ms);
    }
    if (folded)
        qsort(out, folded, sizeof(*out), compare_folds);
    folded = rest(a, out, folded, max);
    *rows = arena_array(a, folded + 1, sizeof(**rows));
    memcpy(*rows, out, folded * sizeof(*out));
    mem_free(out);
    mem_free(refs);
    return folded;
}
