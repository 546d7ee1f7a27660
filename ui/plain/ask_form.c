// SPDX-License-Identifier: Apache-2.0
/* The form of an environment, one field at a time; the clusters are one question. */
#include "plain/views.h"

#include "views/launch_int.h"
#include "widget/fuzzy.h"

#include <string.h>

static struct launch_line *line_at(struct launch *v, size_t at)
{
    return at < v->lines.len ? &v->lines.items[at] : NULL;
}

static bool is_cluster(const struct launch_line *l)
{
    return l->part == PART_CLUSTERS && l->kind != LINE_FIELD;
}

static bool is_chosen(const struct launch *v, struct text cluster)
{
    if (!v->own_placement && v->plan)
        for (size_t i = 0; i < v->plan->n_places; i++)
            if (v->plan->places[i].chosen && text_equal(v->plan->places[i].cluster, cluster))
                return true;
    for (size_t i = 0; i < v->clusters.len; i++)
        if (text_equal(v->clusters.items[i], cluster))
            return true;
    return false;
}

void plain_form_say(struct plain *p, struct view *view)
{
    struct launch *v = (struct launch *)view;
    if (v->change)
        plain_fact(p, "leeway %s, environments, %s, change", p->app->fleet, v->name.str);
    else
        plain_fact(p, "leeway %s, catalog, %s %s, new environment", p->app->fleet, v->blueprint.str,
                   v->version.str);
    if (p->opt.choices)
        plain_fact(p, "One question at a time. Empty keeps what stands in brackets; < goes back, "
                      ". goes to the last question");
}

/* ---- questions ---- */

static void ask_clusters(struct plain *p, struct launch *v, struct plain_question *q)
{
    struct arena *a = plain_arena(p);
    q->label = TEXT("clusters, their names");
    for (size_t i = 0; i < v->lines.len; i++) {
        const struct launch_line *l = &v->lines.items[i];
        if (!is_cluster(l))
            continue;
        plain_note(q, text_fmt(a, "%s: %s%s", l->text.str, l->why.str,
                               is_chosen(v, l->text) ? ", chosen" : ""));
        if (l->kind == LINE_CLUSTER && is_chosen(v, l->text))
            q->value = text_fmt(a, "%s%s%s", q->value.str, q->value.len ? " " : "", l->text.str);
    }
}

static void note_choices(struct plain *p, const struct leeway_form_row *r, struct plain_question *q)
{
    for (size_t i = 0; i < r->n_choices; i++)
        plain_note(q, text_fmt(plain_arena(p), "Choice %s%s%s", r->choices[i].value.str,
                               r->choices[i].note.len ? ": " : "",
                               plain_words(p, r->choices[i].note).str));
}

static void ask_field(struct plain *p, const struct leeway_form_row *r, struct plain_question *q)
{
    struct arena *a = plain_arena(p);
    static const char *const how[] = {[LEEWAY_FORM_SWITCH] = ", yes or no",
                                      [LEEWAY_FORM_LIST] = ", yes adds one",
                                      [LEEWAY_FORM_MAP] = ", a name adds one",
                                      [LEEWAY_FORM_SECRET] = ", where the secret is",
                                      [LEEWAY_FORM_YAML] = ", YAML in one line"};
    const char *more = (size_t)r->kind < ARRAY_LEN(how) && how[r->kind] ? how[r->kind] : "";
    q->label = text_fmt(a, "%s%s%s", r->label.str, more, r->item ? ", - takes it away" : "");
    q->value = r->kind == LEEWAY_FORM_LIST || r->kind == LEEWAY_FORM_MAP
                   ? text_count(a, (long)r->n_items, "item", "items")
                   : r->value;
    if (r->value.len && !r->given && r->otherwise.len)
        q->value = text_fmt(a, "%s, the default", r->value.str);
    if (r->description.len)
        plain_note(q, text_fmt(a, "%s: %s", r->label.str, plain_words(p, r->description).str));
    if (r->takes.len)
        plain_note(q, text_fmt(a, "It takes %s", r->takes.str));
    if (r->kind == LEEWAY_FORM_SECRET)
        plain_note(q, TEXT("A secret is never typed here: secretRef NAMESPACE/NAME/KEY, env NAME, "
                           "file PATH or command ARGV"));
    if (r->kind == LEEWAY_FORM_CHOICE)
        note_choices(p, r, q);
}

bool plain_form_question(struct plain *p, struct view *view, size_t *at, struct plain_question *q)
{
    struct launch *v = (struct launch *)view;
    const struct launch_line *l;
    for (; (l = line_at(v, *at)); ++*at) {
        if (is_cluster(l)) {
            const struct launch_line *before = *at ? line_at(v, *at - 1) : NULL;
            if (before && is_cluster(before))
                continue; /* all are one question */
            ask_clusters(p, v, q);
            return true;
        }
        if (l->kind == LINE_FIELD && l->row->kind != LEEWAY_FORM_GROUP) {
            ask_field(p, l->row, q);
            return true;
        }
    }
    return false;
}

/* ---- answers ---- */

/* Lines are made anew with every change: where that of a path is now. */
static void stay_at(struct launch *v, size_t *at, const struct leeway_form *form, const char *path)
{
    for (size_t i = 0; i < v->lines.len; i++)
        if (v->lines.items[i].kind == LINE_FIELD && v->lines.items[i].form == form &&
            strcmp(v->lines.items[i].row->path.str, path) == 0)
            *at = i;
}

static struct text wrong_at(struct plain *p, struct launch *v, size_t at)
{
    const struct launch_line *l = line_at(v, at);
    struct arena *a = plain_arena(p);
    if (v->wrong.len)
        return text_dup(a, v->wrong);
    if (!l || l->kind != LINE_FIELD || !l->row->wrong.len)
        return TEXT_NONE;
    return text_fmt(a, "%s%s%s", l->row->wrong.str, l->row->right.len ? ": " : "",
                    l->row->right.str);
}

/* Chosen as it is written, else the only one that begins so, or is found by these letters. */
static struct text choice_of(const struct leeway_form_row *r, struct text t)
{
    const struct leeway_form_choice *begins = NULL, *holds = NULL;
    size_t n_begin = 0, n_hold = 0;
    struct fuzzy f;
    for (size_t i = 0; i < r->n_choices; i++) {
        const struct leeway_form_choice *c = &r->choices[i];
        if (text_equal(c->value, t))
            return t;
        if (strncasecmp(c->value.str, t.str, t.len) == 0) {
            begins = c;
            n_begin++;
        }
        if (fuzzy_match(t, c->value, &f)) {
            holds = c;
            n_hold++;
        }
    }
    return n_begin == 1 ? begins->value : n_begin == 0 && n_hold == 1 ? holds->value : TEXT_NONE;
}

static struct text answer_clusters(struct plain *p, struct launch *v, size_t *at, struct text t)
{
    struct arena *a = plain_arena(p);
    char *words = arena_strdup(a, t.str), *save = NULL;
    const char *wanted[256];
    size_t n = 0;
    for (char *w = strtok_r(words, " ,", &save); w && n < ARRAY_LEN(wanted);
         w = strtok_r(NULL, " ,", &save)) {
        bool there = false;
        for (size_t i = 0; i < v->lines.len && !there; i++)
            there = v->lines.items[i].kind == LINE_CLUSTER &&
                    strcmp(v->lines.items[i].text.str, w) == 0;
        if (!there)
            return text_fmt(a, "%s is no cluster that fits", w);
        wanted[n++] = w;
    }
    for (size_t i = 0; n && i < v->lines.len; i++) {
        struct launch_line *l = &v->lines.items[i];
        if (l->kind != LINE_CLUSTER)
            continue;
        bool want = false;
        for (size_t k = 0; k < n; k++)
            want |= strcmp(wanted[k], l->text.str) == 0;
        if (want != is_chosen(v, l->text))
            launch_toggle(v, i);
    }
    while (line_at(v, *at + 1) && is_cluster(line_at(v, *at + 1)))
        ++*at;
    return TEXT_NONE;
}

/* One more of a list or a map, and the same question again. */
static struct text add_item(struct plain *p, struct launch *v, size_t *at, struct text t)
{
    const struct launch_line *l = line_at(v, *at);
    bool map = l->row->kind == LEEWAY_FORM_MAP;
    if (!map && strcasecmp(t.str, "yes") != 0)
        return TEXT("yes adds one, an empty answer goes on");
    const char *why = launch_add(v, *at, map ? t.str : NULL, plain_arena(p));
    --*at; /* it is asked again */
    return text_cstr(plain_arena(p), why);
}

struct text plain_form_answer(struct plain *p, struct view *view, size_t *at, struct text t)
{
    struct launch *v = (struct launch *)view;
    struct launch_line *l = line_at(v, *at);
    struct arena *a = plain_arena(p);
    if (is_cluster(l))
        return answer_clusters(p, v, at, t);
    const struct leeway_form_row *r = l->row;
    if (!t.len)
        return wrong_at(p, v, *at);
    if (r->kind == LEEWAY_FORM_LIST || r->kind == LEEWAY_FORM_MAP)
        return add_item(p, v, at, t);
    if (r->item && text_equal(t, TEXT("-"))) {
        launch_remove(v, *at);
        --*at; /* the next has its place */
        return TEXT_NONE;
    }
    if (r->kind == LEEWAY_FORM_CHOICE && !(t = choice_of(r, t)).len)
        return TEXT("that is none of the choices, or more than one");
    if (r->kind == LEEWAY_FORM_SWITCH && strcasecmp(t.str, "yes") && strcasecmp(t.str, "no"))
        return TEXT("answer yes or no");
    bool version = l->part == PART_HEAD && strcmp(r->path.str, ".version") == 0;
    const struct leeway_form *form = l->form;
    const char *path = text_dup(a, r->path).str;
    struct text before = r->given ? text_dup(a, r->value) : TEXT_NONE;
    launch_put(v, *at, t);
    stay_at(v, at, version ? v->head : form, path);
    struct text wrong = wrong_at(p, v, *at);
    if (wrong.len)
        launch_put(v, *at, before); /* nothing that is wrong is kept */
    return wrong;
}

/* ---- the end ---- */

size_t plain_form_buttons(struct plain *p, struct view *view, struct text *labels, size_t max,
                          struct text *why)
{
    struct launch *v = (struct launch *)view;
    const char *no = launch_why_no_plan(v, plain_arena(p));
    labels[0] = no ? TEXT_NONE : TEXT("plan it");
    labels[1] = TEXT("forget it");
    *why = text_fmt(plain_arena(p), "%s%s%s. Cancel keeps the draft",
                    plain_words(p, launch_plan_words(v, plain_arena(p))).str, no ? "; " : "",
                    no ? no : "");
    for (size_t i = 0; no && i < v->lines.len; i++) {
        const struct launch_line *l = &v->lines.items[i];
        if (l->kind == LINE_FIELD && l->row->wrong.len)
            *why = text_fmt(plain_arena(p), "%s. %s: %s", why->str, l->row->label.str,
                            l->row->wrong.str);
    }
    return 2;
}

void plain_form_press(struct plain *p, struct view *view, size_t button)
{
    struct launch *v = (struct launch *)view;
    static const enum launch_button buttons[] = {BUTTON_KEEP, BUTTON_PLAN, BUTTON_DROP};
    if (launch_press(v, buttons[button]) & VIEW_CLOSE)
        app_close(p->app, view);
}
