// SPDX-License-Identifier: Apache-2.0
/* A blueprint in words and rows, for the list's pane and for its own view. */
#include "views/catalog.h"
#include "views/launch.h"
#include "views/states.h"

#include <string.h>

#define LABEL_COL 11

enum catalog_group catalog_group_of(const struct leeway_blueprint *b)
{
    return !b->usable ? CATALOG_REFUSED : b->yours ? CATALOG_YOURS : CATALOG_OTHERS;
}

size_t catalog_used_by(const struct leeway_snapshot *s, struct text name, const char *version)
{
    size_t n = 0;
    for (size_t i = 0; i < leeway_env_files(s); i++) {
        const struct leeway_env_file *f = leeway_env_file_at(s, i);
        n += !f->draft && text_equal(f->blueprint, name) &&
             (!version || strcmp(f->version.str, version) == 0);
    }
    return n;
}

struct text catalog_used_words(struct arena *a, size_t n)
{
    return n ? text_fmt(a, "%zu env", n) : TEXT_NONE;
}

/* "tier=dev,region=eu" against a cluster's labels. */
static bool matches(struct text selector, const struct leeway_cluster *c)
{
    const char *at = selector.str;
    while (*at) {
        size_t n = strcspn(at, ","), key = strcspn(at, "=");
        bool found = false;
        for (size_t i = 0; i < c->n_labels && key < n; i++) {
            const struct leeway_label *l = &c->labels[i];
            found |= l->key.len == key && memcmp(l->key.str, at, key) == 0 &&
                     l->value.len == n - key - 1 &&
                     memcmp(l->value.str, at + key + 1, n - key - 1) == 0;
        }
        if (!found)
            return false;
        at += n + (at[n] == ',');
    }
    return true;
}

struct text catalog_goes_to(struct arena *a, const struct leeway_snapshot *s,
                            const struct leeway_blueprint *b)
{
    size_t n = 0;
    for (size_t i = 0; i < leeway_clusters(s); i++)
        n += matches(b->goes_to, leeway_cluster_at(s, i));
    struct text t = text_count(a, (long)n, "cluster", "clusters");
    t = text_fmt(a, "%s%s%s", t.str, b->goes_to.len ? " with " : "", b->goes_to.str);
    return b->max_clusters ? text_fmt(a, "%s, at most %d", t.str, b->max_clusters) : t;
}

static int fact(struct region r, int row, const char *label, struct text value, enum role role)
{
    if (!value.len || row >= r.rows)
        return row;
    draw_text(r, row, 1, text_cstr(canvas_arena(r.canvas), label), ROLE_TEXT_DIM);
    int rows = r.rows - row < 2 ? r.rows - row : 2;
    return row + draw_wrapped(r, row, LABEL_COL, r.cols - LABEL_COL - 1, rows, value, role);
}

static struct text lives(struct arena *a, const struct leeway_blueprint *b)
{
    if (!b->ttl.len && !b->max_ttl.len)
        return TEXT_NONE;
    if (!b->max_ttl.len)
        return text_fmt(a, "%s unless you say", b->ttl.str);
    return b->ttl.len ? text_fmt(a, "%s unless you say, at most %s", b->ttl.str, b->max_ttl.str)
                      : text_fmt(a, "at most %s", b->max_ttl.str);
}

static struct text leeway_words(struct arena *a, const struct leeway_blueprint *b)
{
    if (b->exceptions < 0)
        return TEXT_NONE;
    struct text t = text_count(a, b->exceptions, "exception", "exceptions");
    return b->max_expiry.len ? text_fmt(a, "%s, each at most %s", t.str, b->max_expiry.str) : t;
}

int catalog_draw_facts(struct region r, int row, const struct leeway_snapshot *s,
                       const struct leeway_blueprint *b)
{
    struct arena *a = canvas_arena(r.canvas);
    if (b->why.len && row < r.rows)
        draw_state(r, row, 9, b->state);
    row = fact(r, row, "not now", b->why, ROLE_TEXT_STRONG);
    row = fact(r, row, "to do", b->hint, ROLE_TEXT);
    row = fact(r, row, "owners", b->owners, ROLE_TEXT);
    row = fact(r, row, "teams", b->teams.len ? b->teams : TEXT("everybody"), ROLE_TEXT);
    row = fact(r, row, "goes to", catalog_goes_to(a, s, b), ROLE_TEXT);
    row = fact(r, row, "lives", lives(a, b), ROLE_TEXT);
    row = fact(r, row, "leeway", leeway_words(a, b), ROLE_TEXT);
    row = fact(r, row, "stages", b->stages, ROLE_TEXT);
    row = fact(r, row, "makes", b->resources, ROLE_TEXT);
    struct text outputs = TEXT_NONE;
    for (size_t i = 0; i < b->n_outputs; i++)
        outputs = text_fmt(a, "%s%s%s", outputs.str, i ? ", " : "", b->outputs[i].str);
    return fact(r, row, "outputs", outputs, ROLE_TEXT);
}

void catalog_draw_version(struct region r, int row, const struct leeway_snapshot *s,
                          const struct leeway_blueprint *b)
{
    struct arena *a = canvas_arena(r.canvas);
    struct text used = catalog_used_words(a, catalog_used_by(s, b->name, b->version.str));
    draw_state(r, row, 2, b->state);
    draw_cut(r, row, 4, 10, b->version, b->usable ? ROLE_TEXT : ROLE_TEXT_STRONG, TEXT_CUT_END);
    struct text words = b->usable && b->approval.len ? b->approval : b->why;
    draw_cut(r, row, 15, r.cols - 24, words, ROLE_TEXT, TEXT_CUT_END);
    draw_right(r, row, r.cols - 1, 8, used, ROLE_TEXT_DIM);
}

/* Columns of a parameter: name, what it takes, the default at the right. */
static int takes_col(struct region r)
{
    return r.cols >= 60 ? 22 : 16;
}

static int default_cols(struct region r)
{
    return r.cols >= 60 ? 20 : 10;
}

void catalog_draw_parameter_head(struct region r, int row)
{
    draw_text(r, row, 4, TEXT("parameter"), ROLE_TEXT_DIM);
    draw_text(r, row, takes_col(r), TEXT("takes"), ROLE_TEXT_DIM);
    draw_right(r, row, r.cols - 1, default_cols(r), TEXT("default"), ROLE_TEXT_DIM);
}

void catalog_draw_parameter(struct region r, int row, const struct leeway_parameter *p)
{
    int takes = takes_col(r), most = default_cols(r);
    draw_cut(r, row, 4, takes - 5, p->name, ROLE_TEXT, TEXT_CUT_MIDDLE);
    draw_cut(r, row, takes, r.cols - takes - most - 2, p->takes, ROLE_TEXT, TEXT_CUT_END);
    bool must = p->required && !p->otherwise.len;
    struct text value = p->otherwise;
    if (canvas_cols(r.canvas, value) > most)
        value = text_cut(canvas_arena(r.canvas), value, (uint32_t)most, TEXT_CUT_END,
                         canvas_glyph(r.canvas, GLYPH_DOTS));
    draw_right(r, row, r.cols - 1, most, must ? TEXT("required") : value,
               must ? ROLE_TEXT_STRONG : ROLE_TEXT_DIM);
}

void catalog_draw_module(struct region r, int row, const struct leeway_module_use *m)
{
    struct arena *a = canvas_arena(r.canvas);
    int name = r.cols >= 60 ? 14 : 10;
    draw_cut(r, row, 4, name, m->instance, ROLE_TEXT, TEXT_CUT_END);
    int col = 5 + name;
    col += 2 + draw_cut(r, row, col, r.cols - col - 1,
                        text_fmt(a, "%s %s", m->module.str, m->version.str), ROLE_TEXT_DIM,
                        TEXT_CUT_END);
    struct text rest = m->when.len ? text_fmt(a, "when %s", m->when.str) : m->description;
    if (r.cols - col > 12)
        draw_cut(r, row, col, r.cols - col - 1, rest, ROLE_TEXT, TEXT_CUT_END);
}

void catalog_draw_pane(struct region r, const struct leeway_snapshot *s,
                       const struct leeway_blueprint *b)
{
    int row = 0;
    int used = draw_cut(r, 0, 1, r.cols / 2, b->name, ROLE_TEXT_STRONG, TEXT_CUT_END);
    draw_cut(r, row++, 3 + used, r.cols - used - 4, b->description, ROLE_TEXT, TEXT_CUT_END);
    row = catalog_draw_facts(r, row, s, b) + 1;
    if (row + 1 < r.rows)
        draw_section(r, row++, TEXT("versions"), TEXT("used by"));
    for (size_t i = 0; i < leeway_blueprints(s) && row < r.rows; i++)
        if (text_equal(leeway_blueprint_at(s, i)->name, b->name))
            catalog_draw_version(r, row++, s, leeway_blueprint_at(s, i));
    if (++row + 1 < r.rows && b->n_parameters)
        catalog_draw_parameter_head(r, row++);
    for (size_t i = 0; i < b->n_parameters && row < r.rows; i++)
        catalog_draw_parameter(r, row++, &b->parameters[i]);
    if (b->n_modules && ++row + 1 < r.rows)
        draw_section(r, row++, TEXT("modules"), TEXT_NONE);
    for (size_t i = 0; i < b->n_modules && row < r.rows; i++)
        catalog_draw_module(r, row++, &b->modules[i]);
}

const char *catalog_why_no_launch(const struct leeway_blueprint *b)
{
    if (!b)
        return "there is no blueprint";
    if (!b->usable)
        return b->why.len ? b->why.str : "it is not approved";
    return b->yours ? NULL : "none of your teams may launch it";
}

void catalog_launch(struct app *a, const struct leeway_blueprint *b)
{
    struct view *form = launch_new(a, b);
    if (form)
        app_push(a, form);
}
