// SPDX-License-Identifier: Apache-2.0
/* What was typed: a number, a command of the key row, perhaps with a number, or a thing to go to.
 */
#include "plain/plain_int.h"

#include "views/link.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_FOR_MS 60000
#define TABS_MAX 16

/* A command may have changed what is on top; then the view is said as a whole. */
static void run(struct plain *p, enum command c)
{
    struct view *before = app_top(p->app);
    unsigned effects = app_run_command(p->app, c);
    p->due_ms = 0;
    const struct plain_view *how = app_top(p->app) ? plain_view_of(app_top(p->app)) : NULL;
    if (app_top(p->app) == before && effects & VIEW_REDRAW &&
        (c != CMD_OPEN || (how && how->say)) && !(command_info(c)->flags & CMD_CHANGES))
        p->say_again = true;
}

static bool is_fact(struct plain *p, enum command c)
{
    const char *why = app_why_not(p->app, c, &p->scratch);
    return why != NULL;
}

/* What there is to say about the row under the cursor. */
static void say_words(struct plain *p)
{
    struct plain_said words = {0};
    arena_init(&words.arena);
    p->now = &words;
    p->say_again = !plain_read_words(p, app_top(p->app)); /* the view itself is about the row */
    for (size_t i = 0; i < words.lines.len; i++)
        plain_out_line(p, "%s", words.lines.items[i].text.str);
    p->now = &p->said;
    plain_said_clear(&words);
}

static bool go_to(struct plain *p, const struct plain_line *l)
{
    if (l->list && list_go_uid(l->list, l->uid))
        return true;
    plain_out_line(p, "That is gone; say again for what there is");
    return false;
}

static void choose_row(struct plain *p, const struct plain_line *l, enum command c)
{
    if (!go_to(p, l))
        return;
    if (c == CMD_DETAILS && is_fact(p, c))
        say_words(p);
    else if (c == CMD_OPEN && is_fact(p, c))
        say_words(p);
    else
        run(p, c);
}

static void choose(struct plain *p, long number, enum command c)
{
    const struct plain_line *l = number > 0 && number < 1000000 ? plain_find(p, (int)number) : NULL;
    if (!l)
        plain_out_line(p, "There is no %ld here", number);
    else if (l->kind == PLAIN_MORE)
        plain_say_more(p);
    else if (l->go.len)
        app_go(p->app, text_dup(&p->scratch, l->go));
    else if (l->kind == PLAIN_WAY)
        run(p, l->command);
    else
        choose_row(p, l, c ? c : l->command ? l->command : CMD_OPEN);
}

/* ---- words of this face ---- */

static void say_help(struct plain *p, struct text rest)
{
    plain_out_line(p, "A number opens what stands behind it; a command and a number do it to that");
    for (int c = 1; c < CMD_COUNT; c++) {
        const struct command_info *i = command_info((enum command)c);
        if (i->flags & CMD_MOVE || app_why_not(p->app, (enum command)c, &p->scratch))
            continue;
        if (c == CMD_REPAINT || c == CMD_MOUSE || c == CMD_SUSPEND || c == CMD_PALETTE ||
            c == CMD_COMMAND_LINE || c == CMD_LAST_VIEW || c == CMD_CLOSE || c == CMD_LARGER ||
            c == CMD_SMALLER || c == CMD_FULL || c == CMD_WRAP)
            continue;
        plain_out_line(p, "%s: %s", i->name, i->words);
    }
    plain_out_line(p, "again: says this view once more. more: what was left out");
    plain_out_line(p, "go NAME: a cluster, an environment, a kind such as pods");
    plain_out_line(p, "wait WORDS: says what comes until it holds these words");
    plain_out_line(p, "In a form an empty answer keeps what is there; < asks the question before "
                      "again, . goes to the last, where an empty answer cancels");
}

static void quit(struct plain *p, struct text rest)
{
    struct app *a = p->app;
    struct view *v = a->leave.quit_dialog ? a->leave.quit_dialog(a, a->leave.ctx) : NULL;
    if (v)
        app_push(a, v);
    else
        a->quitting = true;
}

static void back(struct plain *p, struct text rest)
{
    if (p->app->stack.len > 1)
        run(p, CMD_BACK);
    else
        plain_out_line(p, "This is the first view; quit ends leeway");
}

static void again(struct plain *p, struct text rest)
{
    p->say_again = true;
}

static void more(struct plain *p, struct text rest)
{
    plain_say_more(p);
}

static void filter(struct plain *p, struct text rest)
{
    struct view *v = app_top(p->app);
    if (!v->ops->filter || is_fact(p, CMD_FILTER)) {
        plain_out_line(p, "There is nothing to filter here");
        return;
    }
    v->ops->filter(v, p->app, rest, true);
    p->say_again = true;
}

static void wait_for(struct plain *p, struct text rest)
{
    arena_reset(&p->wait_arena);
    p->wait = text_dup(&p->wait_arena, rest);
    p->wait_until_ms = clock_boot_ms(app_clock(p->app)) + WAIT_FOR_MS;
    p->wait_found = false;
}

static void go(struct plain *p, struct text rest)
{
    struct view *before = app_top(p->app);
    if ((strchr(rest.str, '/') && link_open(p->app, rest.str)) || app_go(p->app, rest) ||
        app_line(p->app, rest)) {
        p->say_again = app_top(p->app) == before;
        return;
    }
    plain_out_line(p, "%s: nothing by that name", rest.str);
}

static const struct {
    const char *name;
    void (*run)(struct plain *p, struct text rest);
    bool rest; /* it needs words behind it */
} words[] = {
    {"help", say_help, false}, {"quit", quit, false}, {"back", back, false},
    {"again", again, false},   {"more", more, false}, {"filter", filter, false},
    {"wait", wait_for, true},  {"go", go, true},      {"close", back, false},
};

/* ---- commands ---- */

static bool same_words(const char *x, struct text t)
{
    return x && strlen(x) == t.len && strncasecmp(x, t.str, t.len) == 0;
}

static enum command command_of(struct plain *p, struct text name)
{
    struct view *v = app_top(p->app);
    enum command c = command_find(name.str);
    for (const struct view_hint *h = v->ops->hints; !c && h && h->command; h++)
        if (same_words(h->word, name))
            c = h->command;
    if (c == CMD_DRIFT && app_why_not(p->app, c, &p->scratch) == VIEW_NOT_HERE)
        c = CMD_DRIFT_SCREEN;
    return c;
}

static bool is_number(const char *s)
{
    return *s && strspn(s, "0123456789") == strlen(s);
}

/* The part of a view whose name begins so, where the view has parts. */
static bool go_to_tab(struct plain *p, struct text name)
{
    struct arena *a = &p->scratch;
    for (int i = 0; i < TABS_MAX; i++) {
        struct view *v = app_top(p->app); /* a part may be a view of its own */
        const struct spoken_piece *x;
        canvas_clear(p->canvas);
        v->ops->draw(v, p->app, canvas_all(p->canvas));
        size_t n = spoken_pieces(p->canvas, &x);
        bool any = false;
        for (size_t k = 0; k < n; k++) {
            any |= x[k].role == ROLE_TAB_ON || x[k].role == ROLE_TAB;
            if (x[k].role == ROLE_TAB_ON &&
                strncasecmp(x[k].text.str + 1, name.str, name.len) == 0) {
                p->say_again = true;
                return true;
            }
        }
        if (!any || app_why_not(p->app, CMD_NEXT_TAB, a))
            return false;
        app_run_command(p->app, CMD_NEXT_TAB);
    }
    return false;
}

/* Whether it has to be said which of several rows is meant. */
static bool needs_row(struct plain *p, enum command c)
{
    static const enum command of_rows[] = {
        CMD_DETAILS,     CMD_YAML,     CMD_EVENTS, CMD_LOGS,  CMD_DRIFT,   CMD_BLAME, CMD_PLAN,
        CMD_PLAN_DELETE, CMD_ROLLBACK, CMD_ACCEPT, CMD_OWNER, CMD_ROLLOUT, CMD_COPY,  CMD_SHELL};
    const struct plain_view *how = plain_view_of(app_top(p->app));
    size_t rows = 0;
    for (size_t i = 0; how && how->by_row && i < p->said.lines.len; i++)
        rows += p->said.lines.items[i].kind == PLAIN_ROW;
    for (size_t i = 0; i < ARRAY_LEN(of_rows); i++)
        if (of_rows[i] == c)
            return rows > 1;
    return false;
}

/* A kind that some cluster serves, as it is typed: pods, deployments, Deployment. */
static bool is_kind(struct plain *p, struct text line)
{
    const struct leeway_snapshot *s = app_snapshot(p->app);
    size_t len = strcspn(line.str, " .");
    for (size_t i = 0; s && i < leeway_clusters(s); i++) {
        const struct leeway_cluster *c = leeway_cluster_at(s, i);
        for (size_t k = 0; k < c->n_apis; k++)
            if ((c->apis[k].resource.len == len &&
                 strncasecmp(c->apis[k].resource.str, line.str, len) == 0) ||
                (c->apis[k].kind.len == len &&
                 strncasecmp(c->apis[k].kind.str, line.str, len) == 0))
                return true;
    }
    return false;
}

/* The number of the one row that begins with this name; 0: none, or several. */
static int row_named(const struct plain *p, const char *name)
{
    size_t len = strlen(name);
    int number = 0;
    for (size_t i = 0; i < p->said.lines.len; i++) {
        const struct plain_line *l = &p->said.lines.items[i];
        if (l->kind != PLAIN_ROW || strncmp(l->text.str, name, len) != 0 ||
            (l->text.str[len] && !strchr(" ,:", l->text.str[len])))
            continue;
        if (number)
            return 0;
        number = l->number;
    }
    return number;
}

/* "plan 2", "plan web-app": the command and the number that it is to be done to, 0 without. */
static enum command split(struct plain *p, struct text line, long *number)
{
    const char *blank = strrchr(line.str, ' ');
    enum command c = command_of(p, line);
    *number = 0;
    if (c || !blank)
        return c;
    *number = is_number(blank + 1) ? atol(blank + 1) : row_named(p, blank + 1);
    return *number ? command_of(p, text_part(&p->scratch, line, 0, (uint32_t)(blank - line.str)))
                   : CMD_NONE;
}

static bool run_command(struct plain *p, struct text line)
{
    long number;
    enum command c = split(p, line, &number);
    if (!c || command_info(c)->flags & CMD_MOVE)
        return false;
    if (!number && c == CMD_DRIFT && needs_row(p, c))
        c = CMD_DRIFT_SCREEN; /* of everything */
    if (number)
        choose(p, number, c);
    else if (needs_row(p, c))
        plain_out_line(p, "Of which? Say %s and a number", command_info(c)->name);
    else if (c == CMD_DETAILS && is_fact(p, c))
        say_words(p);
    else
        run(p, c);
    return true;
}

static void take_line(struct plain *p, struct text line)
{
    size_t first = strcspn(line.str, " ");
    struct text rest = text_part(&p->scratch, line, (uint32_t)first, line.len - (uint32_t)first);
    while (rest.len && *rest.str == ' ')
        rest = text_part(&p->scratch, rest, 1, rest.len - 1);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!same_words(words[i].name, text_part(&p->scratch, line, 0, (uint32_t)first)) ||
            (words[i].rest && !rest.len))
            continue;
        words[i].run(p, rest);
        return;
    }
    struct view *before = app_top(p->app);
    if (is_number(line.str))
        choose(p, atol(line.str), CMD_NONE);
    else if (!run_command(p, line) && !go_to_tab(p, line)) {
        if (app_go(p->app, line) || (is_kind(p, line) && app_line(p->app, line)))
            p->say_again = app_top(p->app) == before;
        else if (row_named(p, line.str))
            choose(p, row_named(p, line.str), CMD_NONE);
        else
            plain_out_line(p, "%s: no such choice; help says what there is", line.str);
    }
}

void plain_answer(struct plain *p, const char *line)
{
    struct view *v = app_top(p->app);
    size_t len = strlen(line);
    arena_reset(&p->scratch);
    while (len && isspace((unsigned char)line[len - 1]))
        len--;
    while (len && isspace((unsigned char)*line)) {
        line++;
        len--;
    }
    struct text t = text_clean(&p->scratch, line, len);
    if (p->opt.echo && p->prompted)
        (void)buf_printf(&p->out, "%s\n", t.str);
    p->prompted = false;
    p->asked_ms = clock_boot_ms(app_clock(p->app));
    if (!v)
        return;
    if (p->asking == v)
        plain_ask_answer(p, v, t);
    else if (t.len)
        take_line(p, t);
}

const char *plain_waits(const struct plain *p, int64_t *until_ms)
{
    *until_ms = p->wait_until_ms;
    return p->wait.len ? p->wait.str : NULL;
}

void plain_wait_failed(struct plain *p)
{
    plain_out_line(p, "%s did not come", p->wait.str);
    p->wait = TEXT_NONE;
    p->failed = true;
    p->app->quitting |= p->opt.echo; /* what a script would say next makes no sense now */
}
