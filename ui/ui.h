// SPDX-License-Identifier: Apache-2.0
/*
 * The console as one call: views over an open engine, in a terminal or as text. Everything runs in
 * the calling thread, which is the one that opened the engine.
 */
#ifndef LEEWAY_UI_UI_H
#define LEEWAY_UI_UI_H

#include "leeway/leeway.h"

struct ui_options {
    const char *color;  /* --color: never, auto, always; NULL: auto */
    const char *theme;  /* name or path; NULL: default */
    bool ascii;         /* the ASCII face on request */
    bool low_bandwidth; /* fewer frames and colours, ASCII */
    int64_t now_ms;     /* wall clock of scripts; 0: the real one */
    int64_t settle_ms;  /* scripts and tours wait that long for the clusters; 0: 15 s */
    const char *link;   /* where to begin: resources/CLUSTER/KIND/NAMESPACE/NAME; NULL: the fleet */
    const char *greeting; /* said in the message row at the start; NULL: nothing */
    bool guided;          /* the last row leads through the tour: ui/tour.def */
    /* A step of it is what is to be done now: its name, once for each. May be NULL. */
    void (*on_step)(void *ctx, const char *step);
    void *ctx;
};

/* What a person chose when the console ended. */
enum ui_end {
    UI_END,
    UI_END_DEMO,
    UI_END_LOOK_AGAIN,
    UI_END_LEAVE,        /* what runs is to go on in a process of its own */
    UI_END_HANGUP = 100, /* APP_END_HANGUP: the same; nobody sits here any more */
};

/* Opens the console on the terminal of standard input and output. 0 and *end, or an error: ERR_IO
 * when the terminal is gone, ERR_UNSUPPORTED when it cannot show a console. */
int ui_run(struct leeway *l, const struct ui_options *o, enum ui_end *end,
           struct err *e) ERR_CHECKED;
/* The linear face on standard input and output, with a terminal on either side or with none: lists
 * and numbered choices, the answers a line each. Standard output that is no terminal beside a
 * standard input that is one gets the list only. 0 and *end; ERR_TIMEOUT when a script waited in
 * vain. */
int ui_run_plain(struct leeway *l, const struct ui_options *o, enum ui_end *end,
                 struct err *e) ERR_CHECKED;
/* Runs a script of app_run_script, which may also say "settle" (wait for the clusters) and "until
 * WORDS" (wait for words on the screen, at most 20 s), and writes what it shows to out. */
int ui_run_script(struct leeway *l, const struct ui_options *o, const char *text,
                  const char *source, struct buf *out, struct err *e) ERR_CHECKED;
/* The screens that a first look would open, as text: for pipes. */
int ui_print_tour(struct leeway *l, const struct ui_options *o, struct buf *out,
                  struct err *e) ERR_CHECKED;
/* Every command with its keys, as a table in Markdown: without a keys.yaml the page of the guide is
 * this. What is wrong with that file goes to errors, a line each; how many lines. */
int ui_print_keys(struct buf *out, struct buf *errors);

#endif
