// SPDX-License-Identifier: Apache-2.0
/*
 * A list with a cursor and marks that follow things by their uid, not rows. It never wraps around.
 * The view owns the items and tells their uids in order (list_set); the list keeps cursor, marks
 * and what is scrolled into view, and draws row by row through a callback. UI thread.
 */
#ifndef LEEWAY_UI_WIDGET_LIST_H
#define LEEWAY_UI_WIDGET_LIST_H

#include "app/view.h"
#include "base/vec.h"

struct list {
    VEC(uint64_t) uids;
    size_t cursor;       /* < uids.len, or 0 */
    uint64_t cursor_uid; /* 0: none yet */
    size_t top;          /* first row in view */
    int page;            /* rows in view when last drawn */
    VEC(uint64_t) marks; /* sorted */
    enum {
        LIST_LIVE,   /* has the keys: the cursor's row is lit */
        LIST_BESIDE, /* another has them: only `>` is left */
        LIST_QUIET,  /* not even that */
    } light;
    bool range; /* `v`: everything from anchor to the cursor gets marked */
    uint64_t anchor_uid;
};

void list_init(struct list *l);
void list_clear(struct list *l);
/* New order or contents. The cursor stays on its uid; when that is gone it stays on its row; marks
 * on what is gone are dropped. uids are not 0. Copies. */
void list_set(struct list *l, const uint64_t *uids, size_t n);
bool list_at(const struct list *l, size_t *row); /* false: the list is empty */
uint64_t list_uid(const struct list *l);         /* 0: the list is empty */
void list_go(struct list *l, size_t row);        /* clamped */
bool list_go_uid(struct list *l, uint64_t uid);
bool list_marked(const struct list *l, uint64_t uid);
void list_unmark_all(struct list *l);
/* The two that are meant by a key for two: the marked ones, or the only marked one and the cursor's
 * row; upper first. False: they are not two. */
bool list_pair(const struct list *l, size_t pair[2]);

/* Whether a row is something not well, or a match: for `[` `]` and `n` `N`. */
typedef bool list_test_fn(void *ctx, size_t row);
/* Next (step 1) or previous (-1) row after the cursor for which test holds; false: none. */
bool list_seek(struct list *l, int step, list_test_fn *test, void *ctx);

/* Moves, marks and ranges. Effect flags; 0 for commands that are not a list's. */
unsigned list_command(struct list *l, enum command c);
/* The cursor was moved by other means: marks what lies in the range that `v` began. */
void list_extend(struct list *l);
/* Press on a row or wheel, in the list's region as drawn; row 0 is its first. */
unsigned list_mouse(struct list *l, const struct event *ev, int first_row);

struct list_row {
    size_t row;
    uint64_t uid;
    bool cursor, marked;
};
/* r is one line, all of it this row's; columns 0 and 1 (cursor, mark) are drawn by the list. */
typedef void list_draw_fn(void *ctx, struct region r, const struct list_row *row);
/* Draws the rows that fit, the cursor's always among them; lays the cursor role over its row and
 * parks the terminal's cursor there. */
void list_draw(struct list *l, struct region r, list_draw_fn *fn, void *ctx);
/* Cursor and mark over a row that was drawn. */
void list_draw_marks(const struct list *l, struct region line, const struct list_row *row);

#endif
