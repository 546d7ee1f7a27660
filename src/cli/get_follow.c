// SPDX-License-Identifier: Apache-2.0
#include "cli/get_follow.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

struct following {
    const struct get_followed *what;
    struct strmap shown; /* name → line, as it was printed last; owned */
    bool headed;
};

/* What write says; owned by free. */
static char *text_of(const struct get_followed *f, const void *row, bool line)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    const struct cli_rows one = {.columns = f->columns, .kind = f->kind};
    if (!out)
        return NULL;
    if (line)
        cli_row_print_json_line(out, &one, row);
    else
        f->name(row, out);
    fclose(out);
    return text;
}

/* Is it unlike what was printed of it? Remembers it. */
static bool is_news(struct following *g, const void *row)
{
    char *name = text_of(g->what, row, false), *line = text_of(g->what, row, true);
    char *last = name ? strmap_get(&g->shown, name) : NULL;
    bool news = name && line && (!last || strcmp(last, line) != 0);
    if (news) {
        free(last);
        strmap_set(&g->shown, name, line);
        line = NULL;
    }
    free(line);
    free(name);
    return news;
}

static const void *row_at(const void *ctx, size_t i)
{
    return ((const struct get_rows *)ctx)->items[i];
}

static void print_news(struct following *g, const struct leeway_snapshot *snap,
                       const char *environment, enum cli_output how)
{
    struct get_rows all = {0}, news = {0};
    g->what->list(snap, environment, &all);
    for (size_t i = 0; i < all.len; i++)
        if (is_news(g, all.items[i]))
            vec_push(&news, all.items[i]);
    const struct cli_rows rows = {g->what->columns, g->what->kind, row_at,
                                  g->what->name,    &news,         news.len};
    for (size_t i = 0; how == CLI_OUT_JSON && i < news.len; i++)
        cli_row_print_json_line(stdout, &rows, news.items[i]);
    if (how != CLI_OUT_JSON && news.len) {
        cli_rows_print(stdout, &rows, how, g->headed);
        g->headed = true;
    }
    vec_clear(&all);
    vec_clear(&news);
}

int get_follow(struct cli_session *s, const struct get_followed *f, enum cli_output how)
{
    struct following g = {.what = f};
    bool settled;
    struct leeway_snapshot *snap = cli_session_settle(s, &settled);
    while (snap) {
        print_news(&g, snap, cli_value(s->args, "env"), how);
        leeway_snapshot_unref(snap);
        snap = NULL;
        if (fflush(stdout) != 0)
            break;
        struct leeway_event *ev;
        while ((ev = leeway_next_event(s->leeway)))
            leeway_event_free(ev);
        if (cli_session_wait(s, -1))
            snap = leeway_snapshot_take(s->leeway);
    }
    const struct strmap_entry *x;
    for (size_t i = 0; (x = strmap_next(&g.shown, &i));)
        free(x->value);
    strmap_clear(&g.shown);
    return s->interrupted ? CLI_INTERRUPTED : CLI_FAILED;
}
