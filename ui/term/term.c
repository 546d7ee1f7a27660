// SPDX-License-Identifier: Apache-2.0
#include "term/term.h"

#include "base/buf.h"
#include "base/mem.h"
#include "term/clipboard.h"
#include "term/decode.h"
#include "term/restore.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#define PAIRS_MAX 64
#define OUT_MAX (8u << 20)
#define PROBE_MS 50

#define MODES_ON "\033[?2004h"
#define MODES_OFF "\033[?2026l\033[?1006l\033[?1002l\033[?1000l\033[?2004l"
/* What a crash sends: modes off, cursor on, plain attributes, the first character set, main screen.
 */
#define CRASH MODES_OFF "\033[?25h\033[0m\033(B\033[?1049l"

struct term {
    int in, out, mem, signal_fd;
    bool own_out;
    FILE *file; /* curses writes here */
    SCREEN *screen;
    struct termios saved, raw;
    const struct theme *theme;
    enum theme_depth depth;
    struct style pairs[PAIRS_MAX]; /* colours only; index is the pair */
    int n_pairs, max_pairs;
    enum face face;
    bool low_bandwidth, utf8, sync, whole, mouse, sgr_mouse, any_mouse, gone, entered;
    struct canvas *shown;
    struct decoder *decoder;
    term_event_fn *fn;
    void *ctx;
    struct buf outbuf;
    size_t sent;
    uint64_t bytes;
    int rows, cols;
    const char *note;
    char name[64], said[512]; /* $TERM; of the last copy */
    const struct canvas *drawing;
};

/* ---- bytes out ---- */

bool term_busy(const struct term *t)
{
    return t->sent < t->outbuf.len;
}

bool term_flush(struct term *t)
{
    while (term_busy(t) && !t->gone) {
        ssize_t n = write(t->out, t->outbuf.data + t->sent, t->outbuf.len - t->sent);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return true;
        if (n <= 0) {
            t->gone = true;
            break;
        }
        t->sent += (size_t)n;
        t->bytes += (uint64_t)n;
    }
    if (!term_busy(t)) {
        buf_reset(&t->outbuf);
        t->sent = 0;
    }
    return !t->gone;
}

/* Waits for the terminal: for leaving and entering, where order matters more than time. */
static void flush_all(struct term *t)
{
    for (int tries = 0; tries < 50 && term_flush(t) && term_busy(t); tries++) {
        struct pollfd p = {.fd = t->out, .events = POLLOUT};
        poll(&p, 1, 20);
    }
}

static void send_str(struct term *t, const char *s)
{
    if (buf_puts(&t->outbuf, s))
        t->whole = true;
}

/* Moves what curses wrote into the bytes to send. */
static void collect(struct term *t)
{
    off_t len = lseek(t->mem, 0, SEEK_END);
    if (len <= 0)
        return;
    char *room = buf_reserve(&t->outbuf, (size_t)len);
    if (room && pread(t->mem, room, (size_t)len, 0) == (ssize_t)len)
        buf_commit(&t->outbuf, (size_t)len);
    else
        t->whole = true;
    if (ftruncate(t->mem, 0) == 0)
        lseek(t->mem, 0, SEEK_SET);
}

/* ---- start ---- */

static bool looks_like_xterm(const char *name)
{
    static const char *const known[] = {"xterm", "alacritty", "kitty",   "foot",    "wezterm",
                                        "tmux",  "screen",    "rxvt",    "ghostty", "konsole",
                                        "gnome", "vte",       "256color"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strstr(name, known[i]))
            return true;
    return false;
}

static int refuse(struct err *e, const char *name, const char *why)
{
    int r = err_set(e, ERR_UNSUPPORTED, "terminal %s %s", name, why);
    err_hint(e, "set TERM to what you have, for example xterm-256color, or use --plain");
    return r;
}

static int start_curses(struct term *t, const char *name, struct err *e)
{
    unsetenv("LINES");
    unsetenv("COLUMNS");
    use_env(FALSE);
    t->screen = newterm(name, t->file, t->file);
    if (!t->screen && looks_like_xterm(name)) {
        t->screen = newterm("xterm-256color", t->file, t->file);
        t->note = "this machine does not know your terminal; xterm-256color is used instead";
    }
    if (!t->screen)
        return refuse(e, name, "is not known on this machine");
    const char *cup = tigetstr("cup");
    if (!cup || cup == (char *)-1)
        return refuse(e, name, "cannot place the cursor");
    nonl();
    leaveok(stdscr, FALSE);
    idlok(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    const char *mouse = tigetstr("kmous");
    if (mouse && mouse != (char *)-1) {
        t->any_mouse = true;
        t->sgr_mouse = strcmp(mouse, "\033[<") == 0;
    }
    return 0;
}

static void start_colours(struct term *t, const char *option)
{
    int colours = tigetnum("colors");
    if (t->low_bandwidth && colours > 8)
        colours = 8;
    t->depth = theme_depth_of(option, getenv("NO_COLOR"), colours < 0 ? 0 : colours);
    t->n_pairs = 1;
    t->pairs[0] = (struct style){0, COLOUR_DEFAULT, COLOUR_DEFAULT};
    if (t->depth == DEPTH_MONO || !has_colors() || start_color() != OK) {
        t->depth = DEPTH_MONO;
        return;
    }
    use_default_colors();
    t->max_pairs = COLOR_PAIRS < PAIRS_MAX ? COLOR_PAIRS : PAIRS_MAX;
}

/* The pair of these colours; 0, the terminal's own, when the table is full. */
static short pair_of(struct term *t, struct style s)
{
    for (int i = 0; i < t->n_pairs; i++)
        if (t->pairs[i].fg == s.fg && t->pairs[i].bg == s.bg)
            return (short)i;
    if (t->n_pairs >= t->max_pairs || init_pair((short)t->n_pairs, s.fg, s.bg) != OK)
        return 0;
    t->pairs[t->n_pairs] = s;
    return (short)t->n_pairs++;
}

static void get_size(const struct term *t, int *rows, int *cols)
{
    struct winsize w = {0};
    *rows = 24;
    *cols = 80;
    if (ioctl(t->out, TIOCGWINSZ, &w) == 0 && w.ws_row && w.ws_col) {
        *rows = w.ws_row < CANVAS_MAX_ROWS ? w.ws_row : CANVAS_MAX_ROWS;
        *cols = w.ws_col < CANVAS_MAX_COLS ? w.ws_col : CANVAS_MAX_COLS;
    }
}

static void set_raw(struct term *t)
{
    t->raw = t->saved;
    cfmakeraw(&t->raw);
    t->raw.c_cc[VMIN] = 1;
    t->raw.c_cc[VTIME] = 0;
    tcsetattr(t->in, TCSANOW, &t->raw);
}

static void on_decoded(void *ctx, const struct event *ev)
{
    struct term *t = ctx;
    if (ev->type != EVENT_REPLY) {
        if (t->fn)
            t->fn(t->ctx, ev);
        return;
    }
    if (ev->reply.kind == REPLY_MODE && ev->reply.a == 2026)
        t->sync = ev->reply.b == 1 || ev->reply.b == 2;
    if (ev->reply.kind == REPLY_CURSOR) {
        decoder_expect_cursor(t->decoder, false);
        if (ev->reply.b == 3 && t->face == FACE_UNICODE) {
            t->face = FACE_WIDE;
            t->whole = true;
        }
    }
}

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Asks for synchronized output and how wide an ambiguous character is. Answers that come later
 * than PROBE_MS are taken when they come. */
static void probe(struct term *t)
{
    if (!t->utf8 || t->low_bandwidth)
        return;
    decoder_expect_cursor(t->decoder, true);
    send_str(t, "\033[?2026$p\r\033[1;1H\xe2\x86\x92\033[6n\033[1;1H\033[2K");
    flush_all(t);
    struct pollfd p = {.fd = t->in, .events = POLLIN};
    if (poll(&p, 1, PROBE_MS) > 0)
        term_read(t, now_ms(), NULL, NULL);
}

struct term *term_open(const struct term_options *opt, const struct theme *theme, struct err *e)
{
    const char *name = opt->name ? opt->name : getenv("TERM");
    struct term *t = mem_new(struct term);
    t->in = opt->in_fd;
    t->out = opt->out_fd;
    t->theme = theme;
    t->mem = t->signal_fd = -1;
    t->low_bandwidth = opt->low_bandwidth;
    t->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    t->face = !t->utf8 || opt->ascii || opt->low_bandwidth ? FACE_ASCII : FACE_UNICODE;
    buf_init(&t->outbuf, OUT_MAX);
    if (tcgetattr(t->in, &t->saved)) {
        err_set(e, ERR_UNSUPPORTED, "standard input is no terminal");
        err_hint(e, "use a verb, or --plain");
        goto bad;
    }
    char tty[64];
    if (ttyname_r(t->out, tty, sizeof(tty)) == 0) {
        /* a file description of our own: not to block does not reach other programs */
        int own = open(tty, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        t->own_out = own >= 0;
        t->out = own >= 0 ? own : t->out;
    }
    t->mem = memfd_create("leeway-frame", MFD_CLOEXEC);
    t->signal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    t->file = t->mem >= 0 ? fdopen(dup(t->mem), "r+") : NULL;
    if (!t->file || t->signal_fd < 0) {
        err_set_errno(e, errno, "terminal");
        goto bad;
    }
    snprintf(t->name, sizeof(t->name), "%s", name ? name : "dumb");
    if (start_curses(t, name && *name ? name : "dumb", e))
        goto bad;
    start_colours(t, opt->color);
    get_size(t, &t->rows, &t->cols);
    resizeterm(t->rows, t->cols);
    t->shown = canvas_new(t->rows, t->cols, t->face);
    t->decoder = decoder_new(getenv("SSH_CONNECTION") ? 150 : 50, on_decoded, t);
    t->mouse = t->any_mouse && !t->low_bandwidth;
    restore_arm(t->out, &t->saved, CRASH, sizeof(CRASH) - 1);
    restore_watch(t->signal_fd);
    doupdate(); /* the start sequence */
    collect(t);
    term_enter(t);
    probe(t);
    return t;
bad:
    if (t->screen) {
        endwin();
        delscreen(t->screen);
    }
    if (t->file)
        fclose(t->file);
    if (t->mem >= 0)
        close(t->mem);
    if (t->signal_fd >= 0)
        close(t->signal_fd);
    if (t->own_out)
        close(t->out);
    buf_clear(&t->outbuf);
    mem_free(t);
    return NULL;
}

void term_close(struct term *t)
{
    if (!t)
        return;
    term_leave(t);
    restore_forget();
    delscreen(t->screen);
    fclose(t->file);
    close(t->mem);
    close(t->signal_fd);
    if (t->own_out)
        close(t->out);
    canvas_free(t->shown);
    decoder_free(t->decoder);
    buf_clear(&t->outbuf);
    mem_free(t);
}

/* ---- leaving and entering ---- */

static void send_mouse(struct term *t)
{
    if (t->mouse)
        send_str(t, t->sgr_mouse ? "\033[?1000h\033[?1006h" : "\033[?1000h");
    else
        send_str(t, "\033[?1006l\033[?1000l");
}

void term_enter(struct term *t)
{
    if (t->entered)
        return;
    set_raw(t);
    restore_rearm();
    if (isendwin()) {
        refresh();
        collect(t);
    }
    send_str(t, MODES_ON);
    if (t->mouse)
        send_mouse(t);
    t->entered = true;
    t->whole = true;
    flush_all(t);
}

void term_leave(struct term *t)
{
    if (!t->entered)
        return;
    flush_all(t);
    endwin();
    send_str(t, MODES_OFF);
    collect(t);
    send_str(t, "\033[?25h");
    flush_all(t);
    tcsetattr(t->in, TCSANOW, &t->saved);
    restore_disarm();
    t->entered = false;
}

void term_suspend(struct term *t)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL}, was;
    term_leave(t);
    sigaction(SIGTSTP, &dfl, &was);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &was, NULL);
    term_enter(t);
}

/* ---- input ---- */

bool term_read(struct term *t, int64_t now, term_event_fn *fn, void *ctx)
{
    char bytes[4096];
    ssize_t n;
    do
        n = read(t->in, bytes, sizeof(bytes));
    while (n < 0 && errno == EINTR);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        return false;
    t->fn = fn;
    t->ctx = ctx;
    if (n > 0)
        decoder_feed(t->decoder, bytes, (size_t)n, now);
    t->fn = NULL;
    return true;
}

int term_timeout(const struct term *t, int64_t now)
{
    return decoder_timeout(t->decoder, now);
}

void term_tick(struct term *t, int64_t now, term_event_fn *fn, void *ctx)
{
    t->fn = fn;
    t->ctx = ctx;
    decoder_tick(t->decoder, now);
    t->fn = NULL;
}

/* ---- frames ---- */

static attr_t attributes(struct style s)
{
    return (s.attrs & STYLE_BOLD ? A_BOLD : 0) | (s.attrs & STYLE_DIM ? A_DIM : 0) |
           (s.attrs & STYLE_REVERSE ? A_REVERSE : 0) |
           (s.attrs & STYLE_UNDERLINE ? A_UNDERLINE : 0);
}

static void put_cell(struct term *t, int row, int col, const struct cell *k)
{
    wchar_t chars[CCHARW_MAX + 1] = {0};
    struct style s = theme_style(t->theme, (enum role)k->role, (enum role)k->over, t->depth);
    int n = 0;
    for (uint32_t at = 0; at < k->len && n < CCHARW_MAX;) {
        uint32_t cp;
        int used = text_decode(k->s + at, k->len - at, &cp);
        if (used < 0)
            break;
        chars[n++] = (wchar_t)cp;
        at += (uint32_t)used;
    }
    bool plain = n == 1 && chars[0] >= ' ' && chars[0] < 0x7f;
    if (!plain && (n == 0 || wcwidth(chars[0]) != k->width)) {
        /* the C library would count other columns: what it cannot place is not sent */
        wcscpy(chars, L"?");
        if (k->width == 2) {
            cchar_t second;
            setcchar(&second, chars, attributes(s), pair_of(t, s), NULL);
            mvadd_wch(row, col + 1, &second);
        }
    }
    cchar_t c;
    setcchar(&c, chars, attributes(s), pair_of(t, s), NULL);
    mvadd_wch(row, col, &c);
}

static void put_run(void *ctx, int row, int col, int cols)
{
    struct term *t = ctx;
    for (int i = col; i < col + cols; i++) {
        const struct cell *k = canvas_cell(t->drawing, row, i);
        if (k->len)
            put_cell(t, row, i, k);
    }
}

bool term_draw(struct term *t, const struct canvas *c)
{
    if (!term_flush(t) || term_busy(t) || !t->entered)
        return false;
    struct pollfd p = {.fd = t->out, .events = POLLOUT};
    if (poll(&p, 1, 0) == 0)
        return false;
    int row, col, was_row, was_col;
    canvas_parked(c, &row, &col);
    canvas_parked(t->shown, &was_row, &was_col);
    t->drawing = c;
    if (t->whole) {
        werase(stdscr);
        clearok(curscr, TRUE);
    }
    int cells = canvas_diff(t->whole ? NULL : t->shown, c, put_run, t);
    if (cells == 0 && row == was_row && col == was_col && !t->whole)
        return true;
    t->whole = false;
    curs_set(row >= 0);
    wmove(stdscr, row >= 0 ? row : canvas_rows(c) - 1, row >= 0 ? col : 0);
    if (t->sync)
        send_str(t, "\033[?2026h");
    wnoutrefresh(stdscr);
    doupdate();
    collect(t);
    if (t->sync)
        send_str(t, "\033[?2026l");
    canvas_copy(t->shown, c);
    return term_flush(t);
}

bool term_resized(struct term *t)
{
    int rows, cols;
    get_size(t, &rows, &cols);
    if (rows == t->rows && cols == t->cols)
        return false;
    t->rows = rows;
    t->cols = cols;
    resizeterm(rows, cols);
    t->whole = true;
    return true;
}

void term_repaint(struct term *t)
{
    t->whole = true;
}

/* ---- the rest ---- */

bool term_mouse(struct term *t)
{
    t->mouse = !t->mouse && t->any_mouse;
    send_mouse(t);
    term_flush(t);
    return t->mouse;
}

const char *term_copy(struct term *t, const char *bytes, size_t len)
{
    static const char *const sent[] = {
        [CLIPBOARD_TERMINAL] =
            "sent to the terminal's clipboard; whether it took it cannot be known",
        [CLIPBOARD_TMUX] = "; sent to tmux, too, which takes it with set-clipboard on",
        [CLIPBOARD_FILE] = "",
    };
    enum clipboard_way way = clipboard_way(t->name, getenv("TMUX"), len);
    struct err e = ERR_INIT;
    char *path = NULL;
    struct buf b;
    buf_init(&b, BUF_LARGE);
    if (clipboard_put(&b, way, bytes, len) == 0)
        send_str(t, buf_str(&b));
    term_flush(t);
    buf_clear(&b);
    if (way == CLIPBOARD_TERMINAL)
        return sent[way];
    int r = clipboard_save(bytes, len, &path, &e);
    snprintf(t->said, sizeof(t->said), "%s %s%s", r ? "not saved:" : "saved to", r ? e.text : path,
             sent[way]);
    err_clear(&e);
    mem_free(path);
    return t->said;
}

int term_signal_fd(const struct term *t)
{
    return t->signal_fd;
}

unsigned term_signals(struct term *t)
{
    uint64_t n = 0;
    if (read(t->signal_fd, &n, sizeof(n)) != (ssize_t)sizeof(n))
        return 0;
    return (n & 0xfffff ? TERM_SIGNAL_SIZE : 0u) | (n >> 20 & 0xfffff ? TERM_SIGNAL_STOP : 0u) |
           (n >> 40 & 0xfffff ? TERM_SIGNAL_CONT : 0u) | (n >> 60 ? TERM_SIGNAL_HANGUP : 0u);
}

int term_fd(const struct term *t)
{
    return t->in;
}

int term_out_fd(const struct term *t)
{
    return t->out;
}

void term_size(const struct term *t, int *rows, int *cols)
{
    *rows = t->rows;
    *cols = t->cols;
}

enum face term_face(const struct term *t)
{
    return t->face;
}

const char *term_note(const struct term *t)
{
    return t->note;
}

int term_frame_ms(const struct term *t)
{
    return t->low_bandwidth ? 250 : 50;
}

uint64_t term_bytes(const struct term *t)
{
    return t->bytes;
}
