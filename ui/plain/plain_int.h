// SPDX-License-Identifier: Apache-2.0
/* What the files of ui/plain share. */
#ifndef LEEWAY_UI_PLAIN_PLAIN_INT_H
#define LEEWAY_UI_PLAIN_PLAIN_INT_H

#include "app/app_int.h"
#include "base/vec.h"
#include "canvas/spoken.h"
#include "leeway/leeway.h"
#include "plain/plain.h"
#include "widget/list.h"

enum plain_kind {
    PLAIN_FACT,
    PLAIN_ROW,  /* a number: the list's row is chosen and opened, or the command done to it */
    PLAIN_WAY,  /* a number: a command of the view */
    PLAIN_MORE, /* a number: says what was left out */
};

struct plain_line {
    enum plain_kind kind;
    struct text text;
    struct list *list; /* of rows; in the view */
    uint64_t uid;
    enum command command;
    struct text go; /* of ways: opens what is called so; empty: the command */
    int state;      /* enum leeway_state of a row; -1: it has none */
    int number;     /* 0: a fact, or not numbered yet */
    bool left_out;  /* said only when it is asked for */
    bool news;      /* of a text that grows: a log */
    bool way;       /* begins with a key, which means nothing here */
    bool as_it_is;  /* no sentence: nothing is put at its end */
};

struct plain_said {
    struct arena arena;
    VEC(struct plain_line) lines;
    const struct view *view;
    const struct view_ops *ops;
    struct text path;
    int numbers;  /* the highest that was given */
    size_t batch; /* lines that were said so far, for `more` */
};

#define PLAIN_NOTES 16

struct plain_question {
    struct text label, value;       /* value: what an empty answer keeps */
    struct text notes[PLAIN_NOTES]; /* said once before it is asked */
    size_t n_notes;
    bool whole; /* an empty answer gives all up: a name to be typed */
};

/* How a view is read; say NULL: from what it draws. Dialogs and forms have question and press. */
struct plain_view {
    const char *name; /* of its operations */
    void (*say)(struct plain *p, struct view *v);
    bool verbatim; /* what it draws is a text: YAML, a log */
    bool grows;    /* lines that are new are said as they come */
    bool by_row;   /* commands are of one of many rows, and need its number */
    /* Of the question `at`, which goes on to the next that there is; false: there is none. */
    bool (*question)(struct plain *p, struct view *v, size_t *at, struct plain_question *q);
    /* TEXT_NONE: it was taken; else what is wrong with it. */
    struct text (*answer)(struct plain *p, struct view *v, size_t *at, struct text t);
    /* Labels of the buttons after Cancel; empty ones cannot be pressed, why says the reason. */
    size_t (*buttons)(struct plain *p, struct view *v, struct text *labels, size_t max,
                      struct text *why);
    void (*press)(struct plain *p, struct view *v, size_t button); /* 0: Cancel */
};

struct plain {
    struct app *app;
    struct plain_options opt;
    struct buf out;
    struct canvas *canvas;
    struct arena scratch;   /* of one call from outside */
    struct plain_said said; /* of the view that was said last */
    struct plain_said *now; /* where lines go while a view is read */
    uint64_t message_uid;   /* the newest that was said */
    uint32_t message_count;
    bool say_again;   /* the view is to be said as a whole */
    int64_t due_ms;   /* boot: not before; what was asked for may come meanwhile */
    int64_t asked_ms; /* boot: the last answer */
    bool prompted, failed;
    struct text wait; /* words of `wait`; empty: none */
    struct arena wait_arena;
    int64_t wait_until_ms;
    bool wait_found;
    /* the dialog or form that asks */
    const struct view *asking;
    size_t at;
    bool last;  /* cancel or apply */
    bool noted; /* the question's notes were said */
};

/* ---- say.c: lines ---- */

void plain_fact(struct plain *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void plain_row(struct plain *p, struct list *l, uint64_t uid, int state, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void plain_way(struct plain *p, enum command c, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
struct plain_line *plain_add(struct plain *p, enum plain_kind kind, struct text t);
/* A number that goes to a cluster or an environment. */
void plain_way_to(struct plain *p, struct text name, int state, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* "3 more clusters, ok": a number for the rows after it, until which they are left out. */
void plain_more(struct plain *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The last line that was added, to say more about how it is chosen. */
struct plain_line *plain_last(struct plain *p);
/* Written out at once; not part of the view. */
void plain_out_line(struct plain *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Shapes, arrows and several blanks of a text as words. In p->scratch. */
struct text plain_words(struct plain *p, struct text t);
struct text plain_time(struct plain *p, int64_t wall_ms); /* "14:05", "24 Nov 09:12" */
struct arena *plain_arena(struct plain *p);
/* Says the view on top from its first line on. */
void plain_say_view(struct plain *p);
void plain_say_more(struct plain *p);
void plain_said_clear(struct plain_said *s);
const struct plain_line *plain_find(const struct plain *p, int number);
/* Lines of p->said that were not said yet, with their numbers. */
void plain_say_lines(struct plain *p);

/* ---- read.c: views as they draw themselves ---- */

/* Lines of what was drawn into p->canvas. */
void plain_read_canvas(struct plain *p, bool verbatim);
void plain_read_view(struct plain *p, struct view *v, bool verbatim);
/* The words about the row under the cursor. False: the view has none. */
bool plain_read_words(struct plain *p, struct view *v);
struct text plain_read_totals(struct plain *p, struct view *v);

/* ---- ask.c: dialogs and forms ---- */

bool plain_asks(const struct view *v);
void plain_ask_begin(struct plain *p, struct view *v); /* its facts, then the first question */
void plain_ask_answer(struct plain *p, struct view *v, struct text t);
struct text plain_ask_prompt(struct plain *p, struct view *v);
/* A note of a question; what is too much is left out with dots. */
void plain_note(struct plain_question *q, struct text t);

/* ---- table.c ---- */

const struct plain_view *plain_view_of(const struct view *v); /* NULL: read from what it draws */

#endif
