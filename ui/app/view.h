// SPDX-License-Identifier: Apache-2.0
/*
 * Views: what a screen or a dialog is to the rest. A view is a struct that begins with struct view
 * and a const table of operations; the app keeps them in a stack, gives the top one keys and
 * commands, and draws from the lowest that is seen up. Handlers change the view's own state and say
 * what follows by effect flags; they never draw. Drawing changes nothing but the list widgets'
 * scroll position. Everything here runs in the UI thread.
 */
#ifndef LEEWAY_UI_APP_VIEW_H
#define LEEWAY_UI_APP_VIEW_H

#include "app/command.h"
#include "base/arena.h"
#include "base/text.h"
#include "canvas/canvas.h"

struct app;
struct view;

/* What a handler answers. 0: it did not know what to do with it. */
enum {
    VIEW_DONE = 1,   /* handled */
    VIEW_REDRAW = 2, /* handled, and the screen changed */
    VIEW_CLOSE = 4,  /* take this view off the stack (frees it) */
    VIEW_QUIT = 8,   /* end the console */
};

enum view_place {
    PLACE_SCREEN, /* owns rows 0 to N-1 */
    PLACE_DIALOG, /* a box over the screen below, which is dim and frozen */
    PLACE_PROMPT, /* the message row */
};

/* A command for the hint row with the word that says what it does here; in order of importance. */
struct view_hint {
    enum command command;
    const char *word; /* NULL: the command's own name */
};

struct view_ops {
    const char *name; /* stable, lower case: for tests and --script */
    enum view_place place;
    bool field;                    /* a text field always has the focus: letters are text */
    int describe_rows;             /* rows of words about what is under the cursor; 0: none */
    const struct view_hint *hints; /* ends with {CMD_NONE} */

    void (*free)(struct view *v); /* frees v itself too */
    /* Screen: the rows between row 0 and the description. Dialog: the whole screen, to place its
     * box in (draw_box(region_centre(...))). Prompt: the message row. */
    void (*draw)(struct view *v, struct app *a, struct region r);
    /* Words about what is under the cursor, in describe_rows rows. */
    void (*describe)(struct view *v, struct app *a, struct region r);
    /* From 110 columns on: a pane beside the list instead of describe. */
    void (*preview)(struct view *v, struct app *a, struct region r);
    /* Row 0: parts of the path (borrowed from arena) and what stands at the right (totals). */
    size_t (*path)(struct view *v, struct app *a, struct arena *arena, struct text *parts,
                   size_t max);
    void (*totals)(struct view *v, struct app *a, struct region right_part);

    unsigned (*command)(struct view *v, struct app *a, enum command c);
    /* NULL: c works here; otherwise why not, in a few words (arena). Asked for help, palette and
     * before command is called. Commands a view never has: return VIEW_NOT_HERE. */
    const char *(*why_not)(struct view *v, struct app *a, enum command c, struct arena *arena);
    /* Before the key map: text fields, typed choices. 0 passes it on. */
    unsigned (*key)(struct view *v, struct app *a, struct key k);
    unsigned (*paste)(struct view *v, struct app *a, struct text cleaned);
    unsigned (*mouse)(struct view *v, struct app *a, const struct event *ev);
    /* `/`: called with every change of the text; done is true with Enter, text empty with Esc. */
    unsigned (*filter)(struct view *v, struct app *a, struct text text, bool done);
    /* The place that `leeway open` comes back to (views/link.h), without these words; empty or
     * NULL: there is none. */
    struct text (*link)(struct view *v, struct app *a, struct arena *arena);
    /* To a tab or a thing of it, as its link names them; false: there is none such. */
    bool (*go)(struct view *v, struct app *a, struct text where);
    /* There is newer data (app_data_changed). Not called while the view is under a dialog. */
    unsigned (*refresh)(struct view *v, struct app *a);
};

/* why_not of a command that belongs to other views: left out of help and palette. */
extern const char VIEW_NOT_HERE[];

struct view {
    const struct view_ops *ops;
};

#endif
