// SPDX-License-Identifier: Apache-2.0
/*
 * The terminal. Curses makes the bytes of a frame into a file in memory and sees neither input nor
 * the tty; this file sends them, bracketed as one update where the terminal can, never more than it
 * takes without blocking, and counts them. Input is read here and decoded by decode.h. Modes are
 * restored on every way out, crashes included (restore.h). One thread, one terminal.
 */
#ifndef LEEWAY_UI_TERM_TERM_H
#define LEEWAY_UI_TERM_TERM_H

#include "base/err.h"
#include "canvas/canvas.h"
#include "keys.h"
#include "theme/theme.h"

struct term;

struct term_options {
    int in_fd, out_fd;  /* both terminals */
    const char *name;   /* NULL: $TERM */
    const char *color;  /* --color, or NULL */
    bool ascii;         /* the ASCII face on request */
    bool low_bandwidth; /* ASCII, 8 colours, 4 frames a second, no mouse */
};

/* Owned; term_close restores the terminal. NULL and *e with what to do instead. */
struct term *term_open(const struct term_options *opt, const struct theme *theme, struct err *e);
void term_close(struct term *t);

int term_fd(const struct term *t);     /* to be watched for reading */
int term_out_fd(const struct term *t); /* for writing, while term_busy */
void term_size(const struct term *t, int *rows, int *cols);
enum face term_face(const struct term *t);
const char *term_note(const struct term *t); /* something to tell once, or NULL */
int term_frame_ms(const struct term *t);     /* shortest time between two frames */

typedef void term_event_fn(void *ctx, const struct event *ev);
/* Reads and decodes what is there. False: the terminal is gone. The face may have changed. */
bool term_read(struct term *t, int64_t now_ms, term_event_fn *fn, void *ctx);
int term_timeout(const struct term *t, int64_t now_ms); /* until term_tick matters; -1 */
void term_tick(struct term *t, int64_t now_ms, term_event_fn *fn, void *ctx);

/* True while bytes of the last frame wait for the terminal to take them. */
bool term_busy(const struct term *t);
bool term_flush(struct term *t); /* false: the terminal is gone */
/* Sends what changed. False when it is busy: draw again when it is not. */
bool term_draw(struct term *t, const struct canvas *c);
uint64_t term_bytes(const struct term *t); /* written so far */

bool term_resized(struct term *t); /* asks the kernel; true when the size changed */
void term_repaint(struct term *t); /* the next frame is sent whole */
bool term_mouse(struct term *t);   /* toggles; returns whether it is on */
/* See clipboard.h. Returns words about what was done, which live until the next call. */
const char *term_copy(struct term *t, const char *bytes, size_t len);
/* Gives the terminal back, for a suspended program or another one, and takes it again. */
void term_leave(struct term *t);
void term_enter(struct term *t);
void term_suspend(struct term *t); /* leave, stop, enter when continued */

/* Signals that came: read (and cleared) by the loop; the fd is readable when there are some. */
enum { TERM_SIGNAL_SIZE = 1, TERM_SIGNAL_STOP = 2, TERM_SIGNAL_CONT = 4, TERM_SIGNAL_HANGUP = 8 };
int term_signal_fd(const struct term *t);
unsigned term_signals(struct term *t);

#endif
