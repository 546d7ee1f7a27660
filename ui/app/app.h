// SPDX-License-Identifier: Apache-2.0
/*
 * The application: one stack of views, one loop, the message row and its log, the key map. It draws
 * into a canvas; a terminal (ui/term) shows it, or a script reads it back. UI thread only.
 */
#ifndef LEEWAY_UI_APP_APP_H
#define LEEWAY_UI_APP_APP_H

#include "app/message.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/zone.h"

struct leeway;
struct leeway_snapshot;

struct app_options {
    const struct clock *clock; /* borrowed; NULL: the system's */
    const struct zone *zone;   /* borrowed; for times that people read */
    enum face face;
    int rows, cols; /* until a terminal says otherwise */
    bool read_only;
    const char *fleet; /* first part of every path; NULL: "leeway"; copied */
};

struct app *app_new(const struct app_options *opt); /* owned; app_free */
void app_free(struct app *a);

/* ---- for views ---- */

/* Takes v; it becomes the top of the stack. */
void app_push(struct app *a, struct view *v);
/* Takes v; it replaces everything below dialogs: what 1-7 and ! do. `-` comes back to the last. */
void app_open_screen(struct app *a, struct view *v);
/* Takes v off the stack and frees it; for a dialog that acts after it is gone. */
void app_close(struct app *a, struct view *v);
/* The same commands as keys, from palettes and dialogs; to the view below the top one's dialogs. */
unsigned app_run_command(struct app *a, enum command c);
/* Message row and message log. where may be empty. detail may be empty: then what is the whole. */
void app_say(struct app *a, enum message_kind kind, struct text where, struct text what,
             struct text detail);
void app_info(struct app *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void app_error(struct app *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Opens the line for `/` with text in it; changes go to the view's filter. */
void app_ask_filter(struct app *a, struct text text);

const struct clock *app_clock(const struct app *a);
const struct zone *app_zone(const struct app *a);
const struct keymap *app_keymap(const struct app *a);
struct keymap *app_keymap_mutable(struct app *a); /* while starting */
/* What is wrong with the keys that a person gave a command; help shows it. TEXT_NONE: nothing. */
struct text app_key_note(const struct app *a, enum command c);
void app_set_key_note(struct app *a, enum command c, struct text note);
void app_clear_key_notes(struct app *a);
/* Opens the person's file of keys in an editor and reads it again. NULL: there is none. */
typedef void app_edit_keys_fn(struct app *a, void *ctx);
void app_set_edit_keys(struct app *a, app_edit_keys_fn *fn, void *ctx);
bool app_edit_keys(struct app *a); /* false: there is none */
struct message_log *app_messages(struct app *a);
bool app_read_only(const struct app *a);
/* Nothing may re-sort now: a dialog is open, or a key was pressed less than 3 s ago. */
bool app_order_frozen(const struct app *a);
bool app_covered(const struct app *a); /* a dialog is open */
/* Ask this view again (refresh) once something may be sorted. */
void app_order_later(struct app *a);
/* What is shown will be out of date by then: something fades. */
void app_redraw_in(struct app *a, int ms);
bool app_paused(const struct app *a);
struct view *app_screen(struct app *a); /* the topmost screen; NULL: none */
struct view *app_top(struct app *a);    /* NULL: the stack is empty */
const char *app_why_not(struct app *a, enum command c, struct arena *arena); /* NULL: it works */

/* What views of the fleet need; set by whoever opened the engine, borrowed. */
void app_set_engine(struct app *a, struct leeway *l);
struct leeway *app_engine(struct app *a);
void app_set_snapshot(struct app *a, struct leeway_snapshot *s);
/* What this console may do from now on; spectator: another process does the work. */
void app_set_read_only(struct app *a, bool read_only, bool spectator);
struct leeway_snapshot *app_snapshot(struct app *a);

/* Opens what a message or a row calls `where`: a cluster, an environment. False: there is none. */
typedef bool app_go_fn(struct app *a, struct text where);
void app_set_go(struct app *a, app_go_fn *go);
bool app_go(struct app *a, struct text where);
/* What was typed after `:` and is no command: "pods payments". False: it is nothing else either. */
typedef bool app_line_fn(struct app *a, struct text line);
void app_set_line(struct app *a, app_line_fn *line);
bool app_line(struct app *a, struct text line);
/* What goes on meanwhile, for the notice of screens that are too small: lines into r. */
typedef void app_notice_fn(struct app *a, struct region r);
void app_set_notice(struct app *a, app_notice_fn *notice);

/* Ends the console as if it had been closed; how says what whoever runs it shall do next. */
void app_end(struct app *a, int how);
int app_ended(const struct app *a); /* 0: it was simply closed */
#define APP_END_HANGUP 100          /* the terminal is gone */

/* What a command of the fixed screens opens. NULL: not in this build. Set once at the start. */
typedef struct view *app_screen_fn(struct app *a);
void app_set_screen(struct app *a, enum command c, app_screen_fn *open);
void app_open_fixed(struct app *a, enum command c); /* as its key does */

/* Adds rows to the palette: names of things and what to do with them. */
struct palette;
typedef void app_palette_fn(struct app *a, struct palette *p, void *ctx);
void app_add_palette_source(struct app *a, app_palette_fn *fn, void *ctx);
void app_fill_palette(struct app *a, struct palette *p);

/* ---- for the loop ---- */

/* One event; true when the screen has to be drawn again. */
bool app_event(struct app *a, const struct event *ev);
/* Messages that ran out, delayed order; true when the screen has to be drawn again. */
bool app_tick(struct app *a);
int app_timeout_ms(const struct app *a); /* until app_tick matters; -1: not at all */
bool app_data_changed(struct app *a);    /* there is a new snapshot: asks the views */
void app_resize(struct app *a, int rows, int cols);
void app_set_face(struct app *a, enum face face);
enum face app_face(const struct app *a);
bool app_quitting(const struct app *a);
/* Draws the whole screen into the app's canvas and returns it (borrowed until the next call). */
const struct canvas *app_draw(struct app *a);
bool app_dirty(const struct app *a);

/* What only a terminal can do; NULL operations say so in the message row. */
struct app_host {
    void *ctx;
    void (*repaint)(void *ctx);
    void (*suspend)(void *ctx);
    bool (*mouse)(void *ctx); /* toggles; returns whether it is on */
    /* OSC 52; says in words what was done. */
    const char *(*copy)(void *ctx, const char *bytes, size_t len);
    /* Gives the terminal to a program and waits; its exit status. */
    int (*run)(void *ctx, char *const *argv);
};
void app_set_host(struct app *a, const struct app_host *host); /* copied */
/* Called before the process is stopped by Ctrl-Z, and asked for the dialog that closes the console
 * (NULL: the ordinary one). */
struct app_leave {
    void (*before_stop)(struct app *a, void *ctx);
    struct view *(*quit_dialog)(struct app *a, void *ctx);
    void *ctx;
};
void app_set_leave(struct app *a, const struct app_leave *leave); /* copied */
void app_before_stop(struct app *a);
void app_copy(struct app *a, struct text t);
/* The exit status of a program that had the terminal; -1: there is none, or it could not run. */
int app_run_program(struct app *a, char *const *argv);

/* ---- scripts ---- */

/* Runs FILE: each line is "keys a Ctrl-P Enter", "type words", "paste words", "resize ROWS COLS",
 * "wait MS" (of the fake clock), "snapshot" (the screen as text), "roles" or a # comment. Output
 * goes to out. 0, or an error with its line. */
int app_run_script(struct app *a, const char *text, const char *source, struct clock_fake *clock,
                   struct buf *out, struct err *e) ERR_CHECKED;

#endif
