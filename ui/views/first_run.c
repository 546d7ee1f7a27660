// SPDX-License-Identifier: Apache-2.0
#include "views/first_run.h"

#include "leeway/snapshot.h"
#include "ui.h"
#include "widget/list.h"

struct choice {
    const char *words, *by_hand;
    const char *about;
    int ends; /* enum ui_end; -1: the words are to be copied and run by hand */
};

static const struct choice choices[] = {
    {"try leeway on a simulated fleet of 14 clusters", "leeway demo",
     "Real API servers in this program, on loopback only; kubectl works against them too. It needs "
     "no cluster and no configuration.",
     UI_END_DEMO},
    {"read the clusters of another kubeconfig", "KUBECONFIG=FILE leeway",
     "Close leeway and start it with the file; Enter copies the command. Nothing is written to the "
     "file.",
     -1},
    {"see what is wrong with a kubeconfig", "leeway doctor",
     "Says for each context what was found, what is missing and what to do. Enter copies the "
     "command.",
     -1},
    {"look in the same places again", "r", "Reads leeway.yaml and the kubeconfigs once more.",
     UI_END_LOOK_AGAIN},
    {"close", "q", "Nothing was contacted and nothing was written.", UI_END},
};

struct first_run {
    struct view view;
    struct list list;
    struct leeway_snapshot *snapshot;
};

static void first_free(struct view *v)
{
    struct first_run *f = (struct first_run *)v;
    if (f->snapshot)
        leeway_snapshot_unref(f->snapshot);
    list_clear(&f->list);
    mem_free(f);
}

static void draw_choice(void *ctx, struct region r, const struct list_row *row)
{
    const struct choice *c = &choices[row->row];
    struct arena *a = canvas_arena(r.canvas);
    struct text by_hand = text_cstr(a, c->by_hand);
    bool both = r.cols >= 76;
    draw_cut(r, 0, 4, r.cols - 5 - (both ? (int)by_hand.cols + 2 : 0), text_cstr(a, c->words),
             row->cursor ? ROLE_TEXT_STRONG : ROLE_TEXT, TEXT_CUT_END);
    if (both)
        draw_right(r, 0, r.cols - 1, (int)by_hand.cols, by_hand, ROLE_TEXT_DIM);
}

static int draw_sources(struct first_run *f, struct region r, int row)
{
    const struct leeway_fleet_info *info = leeway_snapshot_fleet(f->snapshot);
    if (!info->n_sources)
        return row;
    draw_section(r, row++, TEXT("looked for"), TEXT("found "));
    for (size_t i = 0; i < info->n_sources && row < r.rows; i++, row++) {
        struct text found = info->sources[i].value;
        int cols = canvas_cols(r.canvas, found), most = r.cols / 2;
        cols = cols > most ? most : cols;
        draw_cut(r, row, 4, r.cols - cols - 7, info->sources[i].key, ROLE_TEXT, TEXT_CUT_MIDDLE);
        draw_cut(r, row, r.cols - 1 - cols, cols, found, ROLE_TEXT_DIM, TEXT_CUT_END);
    }
    return row + 1;
}

static void first_draw(struct view *v, struct app *a, struct region r)
{
    struct first_run *f = (struct first_run *)v;
    int row = 0;
    if (r.rows >= 12)
        row = 2 + draw_wrapped(r, 1, 1, r.cols - 2, 2,
                               TEXT("No cluster is configured. Nothing was contacted and nothing "
                                    "was written."),
                               ROLE_TEXT);
    if (f->snapshot && r.rows >= 12)
        row = draw_sources(f, r, row);
    draw_section(r, row, TEXT("what you can do"),
                 r.cols >= 76 ? TEXT("the same by hand ") : TEXT_NONE);
    list_draw(&f->list, region_sub(r, row + 1, 0, r.rows - row - 1, r.cols), draw_choice, f);
}

static void first_describe(struct view *v, struct app *a, struct region r)
{
    struct first_run *f = (struct first_run *)v;
    struct arena *arena = canvas_arena(r.canvas);
    draw_wrapped(r, 0, 1, r.cols - 2, r.rows, text_cstr(arena, choices[f->list.cursor].about),
                 ROLE_TEXT);
}

static size_t first_path(struct view *v, struct app *a, struct arena *arena, struct text *parts,
                         size_t max)
{
    parts[0] = TEXT("no fleet yet");
    return 1;
}

static unsigned first_command(struct view *v, struct app *a, enum command c)
{
    struct first_run *f = (struct first_run *)v;
    const struct choice *choice = &choices[f->list.cursor];
    if (c == CMD_REFRESH) {
        app_end(a, UI_END_LOOK_AGAIN);
        return VIEW_DONE;
    }
    if (c == CMD_COPY || (c == CMD_OPEN && choice->ends < 0)) {
        struct arena arena;
        arena_init(&arena);
        app_copy(a, text_cstr(&arena, choice->by_hand));
        arena_clear(&arena);
        return VIEW_REDRAW;
    }
    if (c == CMD_OPEN) {
        app_end(a, choice->ends);
        return VIEW_DONE;
    }
    return list_command(&f->list, c);
}

static const char *first_why_not(struct view *v, struct app *a, enum command c, struct arena *arena)
{
    if (c == CMD_OPEN || c == CMD_COPY || c == CMD_REFRESH)
        return NULL;
    return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
}

static const struct view_hint hints[] = {{CMD_OPEN, "do it"},           {CMD_REFRESH, "look again"},
                                         {CMD_COMMAND_LINE, "command"}, {CMD_MESSAGES, "messages"},
                                         {CMD_CLOSE, "close"},          {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "first run",
    .place = PLACE_SCREEN,
    .describe_rows = 2,
    .hints = hints,
    .free = first_free,
    .draw = first_draw,
    .describe = first_describe,
    .path = first_path,
    .command = first_command,
    .why_not = first_why_not,
};

struct view *first_run_new(struct app *a)
{
    struct first_run *f = mem_new(struct first_run);
    uint64_t uids[ARRAY_LEN(choices)];
    f->view.ops = &ops;
    f->snapshot = app_snapshot(a) ? leeway_snapshot_ref(app_snapshot(a)) : NULL;
    list_init(&f->list);
    for (size_t i = 0; i < ARRAY_LEN(choices); i++)
        uids[i] = i + 1;
    list_set(&f->list, uids, ARRAY_LEN(choices));
    return &f->view;
}
