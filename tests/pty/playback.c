// SPDX-License-Identifier: Apache-2.0
#include "playback.h"

#include "noise.h"

#include "../unit/unit.h"

#include "base/mem.h"
#include "term/term.h"
#include "theme/theme.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vterm.h>

struct playback {
    int master, slave;
    struct term *term;
    VTerm *vt;
    VTermScreen *screen;
    bool titled, bell;
    struct noise noise;
};

static int on_prop(VTermProp prop, VTermValue *val, void *user)
{
    struct playback *s = user;
    s->titled = s->titled || prop == VTERM_PROP_TITLE || prop == VTERM_PROP_ICONNAME;
    return 1;
}

static int on_bell(void *user)
{
    struct playback *s = user;
    s->bell = true;
    return 1;
}

static void ignore(void *ctx, const struct event *ev)
{
}

/* Until the terminal has everything and has answered. */
static void pump(struct playback *s)
{
    char chunk[4096];
    for (int idle = 0; idle < 2;) {
        ssize_t n = read(s->master, chunk, sizeof(chunk));
        if (n > 0) {
            noise_listen(&s->noise, chunk, (size_t)n);
            vterm_input_write(s->vt, chunk, (size_t)n);
        }
        size_t replies = vterm_output_read(s->vt, chunk, sizeof(chunk));
        if (replies)
            assert_int_equal(write(s->master, chunk, replies), replies);
        struct pollfd in = {.fd = s->slave, .events = POLLIN};
        if (poll(&in, 1, 0) > 0)
            term_read(s->term, 0, ignore, NULL);
        term_flush(s->term);
        idle = n > 0 || replies || term_busy(s->term) ? 0 : idle + 1;
    }
}

struct playback *playback_new(int rows, int cols)
{
    struct playback *s = mem_new(struct playback);
    static const VTermScreenCallbacks calls = {.settermprop = on_prop, .bell = on_bell};
    struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    struct err e = ERR_INIT;
    static struct theme theme;
    for (int i = 0; i < ROLE_COUNT; i++)
        theme.looks[i] = (struct theme_look){0, 0, -1, -1, -1, -1};
    assert_int_equal(openpty(&s->master, &s->slave, NULL, NULL, &w), 0);
    fcntl(s->master, F_SETFL, O_NONBLOCK);
    s->vt = vterm_new(rows, cols);
    vterm_set_utf8(s->vt, 1);
    s->screen = vterm_obtain_screen(s->vt);
    vterm_screen_enable_altscreen(s->screen, 1);
    vterm_screen_reset(s->screen, 1);
    struct term_options o = {.in_fd = s->slave, .out_fd = s->slave, .name = "xterm-256color"};
    s->term = term_open(&o, &theme, &e);
    if (!s->term)
        fail_msg("%s", e.text);
    pump(s);
    vterm_screen_set_callbacks(s->screen, &calls, s);
    return s;
}

/* Curses has one terminal at a time: it takes the size of what is drawn next. */
static void take_size(struct playback *s, int rows, int cols)
{
    struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    int was_rows, was_cols;
    vterm_get_size(s->vt, &was_rows, &was_cols);
    if (was_rows == rows && was_cols == cols)
        return;
    ioctl(s->master, TIOCSWINSZ, &w);
    vterm_set_size(s->vt, rows, cols);
    assert_true(term_resized(s->term));
    pump(s);
}

void playback_free(struct playback *s)
{
    term_close(s->term);
    vterm_free(s->vt);
    close(s->master);
    close(s->slave);
    mem_free(s);
}

/* One character of the terminal's picture, as bytes. */
static size_t shown(struct playback *s, int row, int col, char *out, size_t room)
{
    VTermScreenCell cell;
    size_t n = 0;
    vterm_screen_get_cell(s->screen, (VTermPos){row, col}, &cell);
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++) {
        uint32_t c = cell.chars[i];
        if (n + 5 > room)
            break;
        if (c < 0x80) {
            out[n++] = (char)c;
        } else if (c < 0x800) {
            out[n++] = (char)(0xc0 | c >> 6);
            out[n++] = (char)(0x80 | (c & 63));
        } else if (c < 0x10000) {
            out[n++] = (char)(0xe0 | c >> 12);
            out[n++] = (char)(0x80 | (c >> 6 & 63));
            out[n++] = (char)(0x80 | (c & 63));
        } else {
            out[n++] = (char)(0xf0 | c >> 18);
            out[n++] = (char)(0x80 | (c >> 12 & 63));
            out[n++] = (char)(0x80 | (c >> 6 & 63));
            out[n++] = (char)(0x80 | (c & 63));
        }
    }
    if (!n)
        out[n++] = ' ';
    return n;
}

static bool same_picture(struct playback *s, const struct canvas *c)
{
    char out[64];
    for (int row = 0; row < canvas_rows(c); row++)
        for (int col = 0; col < canvas_width(c); col++) {
            const struct cell *x = canvas_cell(c, row, col);
            if (!x->len) /* the right half of a wide one */
                continue;
            size_t n = shown(s, row, col, out, sizeof(out));
            if (n != x->len || memcmp(out, x->s, n) != 0) {
                print_error("row %d, col %d: [%.*s], shown [%.*s]\n", row, col, (int)x->len, x->s,
                            (int)n, out);
                return false;
            }
        }
    return true;
}

bool playback_draw(struct playback *s, const struct canvas *c)
{
    take_size(s, canvas_rows(c), canvas_width(c));
    assert_true(term_draw(s->term, c));
    pump(s);
    return same_picture(s, c);
}

bool playback_spoke(const struct playback *s)
{
    return s->titled || s->bell || s->noise.count;
}
