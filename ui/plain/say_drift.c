// SPDX-License-Identifier: Apache-2.0
/* Differences in sentences: the folded list, and one object with what can be done about it. */
#include "plain/views.h"

#include "views/drift_detail_int.h"
#include "views/drift_list_int.h"
#include "views/states.h"
#include "views/words.h"

#include <string.h>

/* As it is said; left: the value on its left, which "=" means. */
static struct text value(struct text t, struct text left)
{
    if (text_equal(t, TEXT("=")))
        return left;
    return !t.len || text_equal(t, TEXT("-")) ? TEXT("none")
           : text_equal(t, TEXT("?"))         ? TEXT("not known")
                                              : t;
}

/* ---- the list ---- */

static struct text on_clusters(struct plain *p, const struct drift_list *l,
                               const struct drift_fold *f)
{
    struct arena *a = plain_arena(p);
    struct text t = l->folds.rows.items[f->first]->cluster;
    for (size_t i = 1; i < f->n; i++)
        t = text_fmt(a, "%s, %s", t.str, l->folds.rows.items[f->first + i]->cluster.str);
    return f->n > 1 ? text_fmt(a, "%zu clusters, %s", f->n, t.str) : t;
}

static struct text values(struct plain *p, const struct drift_list *l, const struct drift_fold *f)
{
    struct arena *a = plain_arena(p);
    const struct leeway_drift *d = l->folds.rows.items[f->first];
    if (d->kind != LEEWAY_DRIFT_CHANGED && d->kind != LEEWAY_DRIFT_EXTRA &&
        d->kind != LEEWAY_DRIFT_REMOVED)
        return text_cstr(a, leeway_drift_kind_word(d->kind));
    struct text live = f->n > 1 ? drift_fold_live(a, &l->folds, f) : d->live;
    return text_fmt(a, "%s to %s", value(d->given, TEXT_NONE).str, value(live, TEXT_NONE).str);
}

static void say_fold(struct plain *p, struct drift_list *l, const struct drift_fold *f)
{
    struct arena *a = plain_arena(p);
    const struct leeway_drift *d = l->folds.rows.items[f->first];
    const struct leeway_owner *o = words_holder(d->owners, d->n_owners);
    struct text what =
        d->name.len ? text_fmt(a, "%s/%s", d->object_kind.str, d->name.str) : d->environment;
    if (d->path.len)
        what = text_fmt(a, "%s %s", what.str, d->path.str);
    struct text by =
        o ? text_fmt(a, " by %s, %s", words_manager(a, o).str, words_actor(o->actor)) : TEXT_NONE;
    struct text since =
        f->since_ms ? text_fmt(a, ", since %s", plain_time(p, f->since_ms).str) : TEXT_NONE;
    plain_row(p, &l->browse.list, f->uid, (int)drift_group_state(f->group), "%s, %s: %s%s, on %s%s",
              what.str, drift_group_words(f->group), values(p, l, f).str, by.str,
              on_clusters(p, l, f).str, since.str);
}

void plain_drift_list_say(struct plain *p, struct view *v)
{
    struct drift_list *l = (struct drift_list *)v;
    struct text t = TEXT_NONE;
    for (int g = 0; g < DRIFT_GROUP_COUNT; g++)
        if (l->folds.counts[g])
            t = text_fmt(plain_arena(p), "%s%s%zu %s", t.str, t.len ? ", " : ": ",
                         l->folds.counts[g], drift_group_words((enum drift_group)g));
    if (!l->folds.folds.len) {
        plain_read_view(p, v, false);
        return;
    }
    plain_fact(
        p, "%s%s",
        text_count(plain_arena(p), (long)l->folds.folds.len, "difference", "differences").str,
        t.str);
    for (size_t i = 0; i < l->folds.folds.len; i++)
        say_fold(p, l, &l->folds.folds.items[i]);
    plain_fact(p, "Other parts, by their name: outliers, expiring");
}

/* ---- one object ---- */

static void say_values(struct plain *p, const struct leeway_object_field *f)
{
    struct text wanted = value(f->wanted, TEXT_NONE), given = value(f->given, wanted),
                live = value(f->live, given);
    plain_fact(p, "Wanted %s. Given %s. Live %s", wanted.str, given.str, live.str);
}

static const struct leeway_environment *environment_of(const struct drift_detail *d)
{
    for (size_t i = 0; d->snapshot && i < leeway_environments(d->snapshot); i++)
        if (text_equal(leeway_environment_at(d->snapshot, i)->name, d->environment))
            return leeway_environment_at(d->snapshot, i);
    return NULL;
}

static struct text verdict_of(struct plain *p, const struct drift_detail *d,
                              const struct leeway_object_field *f)
{
    const struct leeway_drift *x = drift_detail_drift(d, f->path);
    if (!f->differs)
        return f->pending ? TEXT("pending") : TEXT("as given");
    return x && x->checking ? TEXT("being checked")
                            : text_cstr(plain_arena(p), leeway_verdict_word(f->verdict));
}

/* What the panel says about the field, which is under the cursor meanwhile. */
static void say_panel(struct plain *p, struct drift_detail *d)
{
    struct plain_said panel = {0}, *into = p->now;
    arena_init(&panel.arena);
    p->now = &panel;
    canvas_clear(p->canvas);
    drift_detail_draw_panel(d, canvas_all(p->canvas));
    plain_read_canvas(p, false);
    p->now = into;
    for (size_t i = 1; i < panel.lines.len; i++) { /* the first is the name of the field */
        struct text t = panel.lines.items[i].text;
        char *s = arena_strdup(plain_arena(p), t.str);
        if (panel.lines.items[i].way)
            continue; /* with its key; the ways out have numbers here */
        if (strncmp(t.str, "ways out", 8) == 0)
            break;
        size_t word = strspn(s, "abcdefghijklmnopqrstuvwxyz ");
        if (word > 0 && (s[word] == ':' || s[word] == ','))
            *s -= 'a' - 'A'; /* a label; names of clusters stay as they are */
        plain_fact(p, "%s", s);
    }
    plain_said_clear(&panel);
}

static uint64_t uid_of_field(const struct drift_detail *d, const struct leeway_object_field *f)
{
    for (size_t i = 0; i < d->rows.len; i++)
        if (d->rows.items[i].field == f)
            return d->tree.nodes.items[i].uid;
    return 0;
}

static void say_field(struct plain *p, struct drift_detail *d, const struct leeway_object_field *f)
{
    uint64_t here = list_uid(&d->tree.list), uid = uid_of_field(d, f);
    plain_fact(p, "Field %s: %s", f->path.len ? f->path.str : "all of it", verdict_of(p, d, f).str);
    say_values(p, f);
    if (uid && list_go_uid(&d->tree.list, uid))
        say_panel(p, d);
    list_go_uid(&d->tree.list, here);
}

static void say_way(struct plain *p, struct drift_detail *d, const struct leeway_object_field *f,
                    enum command c, const char *way, const char *what)
{
    plain_row(p, &d->tree.list, uid_of_field(d, f), -1, "%s %s: %s", way,
              f->path.len ? f->path.str : "the object", what);
    plain_last(p)->command = c;
}

static void say_ways_out(struct plain *p, struct drift_detail *d,
                         const struct leeway_object_field *f)
{
    struct text given = value(f->given, value(f->wanted, TEXT_NONE));
    struct text back =
        text_fmt(plain_arena(p), "a plan that gives %s back on %s", given.str, d->cluster.str);
    if (f->verdict == LEEWAY_VERDICT_ALLOWED)
        return;
    say_way(p, d, f, CMD_PLAN, "plan revert of", back.str);
    say_way(p, d, f, CMD_ACCEPT, "accept", "it may stay, with a reason, until a date");
    say_way(p, d, f, CMD_OWNER, "hand over", "leeway stops applying the field");
}

static void say_given(struct plain *p, struct drift_detail *d)
{
    for (size_t i = 0; i < d->rows.len; i++) {
        const struct detail_row *r = &d->rows.items[i];
        const struct tree_node *n = &d->tree.nodes.items[i];
        if (r->kind != DETAIL_FOLDED)
            continue;
        if (!tree_is_open(&d->tree, n)) {
            plain_row(p, &d->tree.list, n->uid, -1, "%s as given: %s",
                      text_count(plain_arena(p), (long)r->count, "field", "fields").str,
                      r->label.str);
            plain_last(p)->command = CMD_RIGHT;
        }
        for (size_t k = i + 1; tree_is_open(&d->tree, n) && k < d->rows.len &&
                               d->tree.nodes.items[k].depth > n->depth;
             k++)
            plain_fact(p, "Field %s, as given: %s", d->rows.items[k].path.str,
                       value(d->rows.items[k].field->given,
                             value(d->rows.items[k].field->wanted, TEXT_NONE))
                           .str);
    }
}

void plain_drift_detail_say(struct plain *p, struct view *v)
{
    struct drift_detail *d = (struct drift_detail *)v;
    const struct leeway_environment *e = environment_of(d);
    size_t by[LEEWAY_VERDICT_COUNT] = {0}, given = d->n_fields;
    struct text t = TEXT_NONE;
    if (e && e->release)
        plain_fact(p, "Environment %s, release r%d by %s, on %s", d->environment.str, e->release,
                   e->released_by.str, d->cluster.str);
    else
        plain_fact(p, "Environment %s, on %s", d->environment.str, d->cluster.str);
    for (size_t i = 0; i < d->n_fields; i++) {
        if (d->fields[i].differs)
            by[d->fields[i].verdict]++;
        given -= d->fields[i].differs;
    }
    for (int i = 0; i < LEEWAY_VERDICT_COUNT; i++)
        if (by[i])
            t = text_fmt(plain_arena(p), "%s%s%zu %s", t.str, t.len ? ", " : "", by[i],
                         leeway_verdict_word((enum leeway_verdict)i));
    plain_fact(p, "Fields: %s%s%zu as given", t.str, t.len ? ", " : "", given);
    for (int verdict = 0; verdict < LEEWAY_VERDICT_COUNT; verdict++)
        for (size_t i = 0; i < d->n_fields; i++)
            if (d->fields[i].differs && (int)d->fields[i].verdict == verdict)
                say_field(p, d, &d->fields[i]);
    for (size_t i = 0; i < d->n_fields; i++)
        if (!d->fields[i].differs && d->fields[i].pending)
            say_field(p, d, &d->fields[i]);
    for (size_t i = 0; i < d->n_fields; i++)
        if (d->fields[i].differs)
            say_ways_out(p, d, &d->fields[i]);
    say_given(p, d);
}
