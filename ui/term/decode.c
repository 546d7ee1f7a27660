// SPDX-License-Identifier: Apache-2.0
/*
 * A state machine over bytes. Each state is a function of one byte; what a sequence means once it
 * is complete is in tables. Timeouts: an ESC alone waits esc_ms, an unfinished sequence 300 ms, a
 * string of the terminal or a paste 5 s.
 */
#include "term/decode.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#define SEQUENCE_MS 300
#define STRING_MS 5000
#define PARAMS_MAX 8
#define PARAM_LIMIT 100000

enum state {
    GROUND,
    AFTER_ESC,   /* ESC came */
    AFTER_ALONE, /* Esc was reported; '[' or 'O' may still go on with it */
    GHOST,       /* '[' or 'O' came after that: a sequence, or that key */
    CSI,
    CSI_KEY, /* linux console: CSI [ A */
    SS3,
    STRING, /* OSC, DCS, APC, PM, SOS: swallowed until ST or BEL */
    STRING_ESC,
    X10_MOUSE,
    PASTE,
    UTF8,
};

struct decoder {
    enum state state;
    int64_t since_ms; /* of the last byte, or of the Esc that was reported */
    int esc_ms;
    decode_event_fn *fn;
    void *ctx;
    bool expect_cursor, alt;
    char ghost_byte;
    /* CSI and SS3 */
    int params[PARAMS_MAX], n_params;
    char prefix, middle; /* '?', '<', '>', '='; last intermediate byte */
    bool overlong;
    unsigned char pending[4]; /* UTF-8 or an X10 report */
    int n_pending, want_pending;
    struct buf paste;
    size_t paste_lines;
    unsigned char paste_last;
    int paste_end; /* bytes of the end marker seen */
    bool paste_cut;
};

struct decoder *decoder_new(int esc_ms, decode_event_fn *fn, void *ctx)
{
    struct decoder *d = mem_new(struct decoder);
    d->esc_ms = esc_ms;
    d->fn = fn;
    d->ctx = ctx;
    buf_init(&d->paste, DECODE_PASTE_MAX);
    return d;
}

void decoder_free(struct decoder *d)
{
    if (!d)
        return;
    buf_clear(&d->paste);
    mem_free(d);
}

void decoder_expect_cursor(struct decoder *d, bool expected)
{
    d->expect_cursor = expected;
}

static void emit_key(struct decoder *d, uint32_t code, unsigned mods)
{
    struct event ev = {.type = EVENT_KEY, .key = {code, (uint8_t)mods}};
    if (d->alt)
        ev.key.mods |= MOD_ALT;
    d->alt = false;
    d->fn(d->ctx, &ev);
}

static void emit_reply(struct decoder *d, enum reply_kind kind, int a, int b)
{
    struct event ev = {.type = EVENT_REPLY, .reply = {kind, a, b}};
    d->fn(d->ctx, &ev);
}

static void begin_sequence(struct decoder *d, enum state state)
{
    d->state = state;
    d->n_params = 0;
    memset(d->params, 0, sizeof(d->params));
    d->prefix = d->middle = 0;
    d->overlong = false;
}

/* ---- single characters ---- */

static void control_byte(struct decoder *d, unsigned char b)
{
    if (b == '\r')
        emit_key(d, KEYCODE_ENTER, 0);
    else if (b == '\t')
        emit_key(d, KEYCODE_TAB, 0);
    else if (b == 0x7f || b == '\b')
        emit_key(d, KEYCODE_BACKSPACE, 0);
    else if (b == 0)
        emit_key(d, ' ', MOD_CTRL);
    else if (b <= 26)
        emit_key(d, 'a' + b - 1u, MOD_CTRL);
    else
        emit_key(d, b + 64u, MOD_CTRL); /* Ctrl-\ ] ^ _ */
}

static void ground_byte(struct decoder *d, unsigned char b)
{
    d->state = GROUND;
    if (b == 0x1b) {
        d->state = AFTER_ESC;
    } else if (b < 0x20 || b == 0x7f) {
        control_byte(d, b);
    } else if (b < 0x80) {
        emit_key(d, b, 0);
    } else if (b >= 0xc2 && b <= 0xf4) {
        d->state = UTF8;
        d->pending[0] = b;
        d->n_pending = 1;
        d->want_pending = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
    } else {
        d->alt = false; /* a stray byte: nothing that a keyboard sends */
    }
}

static void utf8_byte(struct decoder *d, unsigned char b)
{
    if ((b & 0xc0) != 0x80) {
        d->alt = false;
        ground_byte(d, b);
        return;
    }
    d->pending[d->n_pending++] = b;
    if (d->n_pending < d->want_pending)
        return;
    uint32_t cp;
    d->state = GROUND;
    if (text_decode((char *)d->pending, (size_t)d->n_pending, &cp) == d->n_pending && cp >= 0xa0)
        emit_key(d, cp, 0);
    d->alt = false;
}

static void esc_byte(struct decoder *d, unsigned char b)
{
    switch (b) {
    case '[':
        begin_sequence(d, CSI);
        return;
    case 'O':
        begin_sequence(d, SS3);
        return;
    case ']':
    case 'P':
    case '_':
    case '^':
    case 'X':
        d->state = STRING;
        return;
    case 0x1b: /* Esc pressed twice, or Alt with a key that is a sequence */
        emit_key(d, KEYCODE_ESC, 0);
        return;
    default:
        d->alt = true;
        ground_byte(d, b);
    }
}

/* ---- sequences ---- */

struct final {
    char byte;
    uint32_t code;
};

static const struct final csi_finals[] = {
    {'A', KEYCODE_UP},     {'B', KEYCODE_DOWN},   {'C', KEYCODE_RIGHT}, {'D', KEYCODE_LEFT},
    {'H', KEYCODE_HOME},   {'F', KEYCODE_END},    {'P', KEYCODE_F1},    {'Q', KEYCODE_F1 + 1},
    {'R', KEYCODE_F1 + 2}, {'S', KEYCODE_F1 + 3},
};

/* Keypad in application mode: SS3 j is '*', and so on. */
static uint32_t keypad_char(char b)
{
    static const char chars[] = "*+,-./0123456789";
    return b >= 'j' && b <= 'y' ? (uint32_t)(unsigned char)chars[b - 'j'] : b == 'X' ? '=' : 0;
}

static uint32_t tilde_code(int n)
{
    static const uint32_t first[] = {0,           KEYCODE_HOME, KEYCODE_INSERT, KEYCODE_DELETE,
                                     KEYCODE_END, KEYCODE_PGUP, KEYCODE_PGDN,   KEYCODE_HOME,
                                     KEYCODE_END};
    if (n >= 1 && n <= 8)
        return first[n];
    if (n >= 11 && n <= 15)
        return KEYCODE_F1 + (uint32_t)(n - 11);
    if (n >= 17 && n <= 21)
        return KEYCODE_F1 + 5 + (uint32_t)(n - 17);
    if (n == 23 || n == 24)
        return KEYCODE_F1 + 10 + (uint32_t)(n - 23);
    return 0;
}

/* xterm's modifier parameter is 1 plus shift 1, alt 2, ctrl 4. */
static unsigned modifiers(int param)
{
    return param >= 2 && param <= 16 ? (unsigned)(param - 1) & 7u : 0;
}

/* A character with modifiers, as modifyOtherKeys and CSI u report it. */
static void emit_code(struct decoder *d, int code, int param)
{
    unsigned mods = modifiers(param);
    uint32_t c = (uint32_t)code;
    if (c == 13 || c == 9 || c == 127 || c == 8 || c == 27) {
        emit_key(d,
                 c == 13   ? KEYCODE_ENTER
                 : c == 9  ? KEYCODE_TAB
                 : c == 27 ? KEYCODE_ESC
                           : KEYCODE_BACKSPACE,
                 mods);
        return;
    }
    if (c < ' ' || (c >= 0x7f && c < 0xa0) || c >= KEYCODE_FIRST || (c >= 0xd800 && c < 0xe000))
        return;
    if (c != ' ')
        mods &= ~(unsigned)MOD_SHIFT;
    if (mods & MOD_CTRL && c >= 'A' && c <= 'Z')
        c += 32;
    emit_key(d, c, mods);
}

static void begin_paste(struct decoder *d)
{
    d->state = PASTE;
    buf_reset(&d->paste);
    d->paste.over = false;
    d->paste_cut = false;
    d->paste_end = 0;
    d->paste_lines = 1;
    d->paste_last = 0;
}

static void emit_mouse(struct decoder *d, int cb, int col, int row, bool release)
{
    struct event ev = {.type = EVENT_MOUSE};
    if (cb < 0 || col < 1 || row < 1)
        return;
    ev.mouse.row = row - 1;
    ev.mouse.col = col - 1;
    ev.mouse.mods =
        (uint8_t)((cb & 4 ? MOD_SHIFT : 0) | (cb & 8 ? MOD_ALT : 0) | (cb & 16 ? MOD_CTRL : 0));
    if (cb & 32) /* motion: never asked for */
        return;
    if (cb & 64) {
        if ((cb & 3) > 1)
            return;
        ev.mouse.kind = cb & 1 ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP;
    } else {
        bool up = release || (cb & 3) == 3;
        ev.mouse.kind = up ? MOUSE_RELEASE : MOUSE_PRESS;
        ev.mouse.button = (uint8_t)(cb & 3);
    }
    d->fn(d->ctx, &ev);
}

static void csi_tilde(struct decoder *d, unsigned extra)
{
    int n = d->params[0];
    if (n == 200) {
        begin_paste(d);
        return;
    }
    if (n == 27 && d->n_params >= 3) {
        emit_code(d, d->params[2], d->params[1]);
        return;
    }
    uint32_t code = tilde_code(n);
    if (code)
        emit_key(d, code, modifiers(d->params[1]) | extra);
}

static void csi_focus(struct decoder *d, bool in)
{
    struct event ev = {.type = EVENT_FOCUS, .focused = in};
    if (d->n_params == 0)
        d->fn(d->ctx, &ev);
}

/* Sequences with '?', '<', '>' or '=' after CSI: answers and the mouse, never keys. */
static void csi_private(struct decoder *d, char b)
{
    if (d->prefix == '<' && (b == 'M' || b == 'm') && d->n_params == 3)
        emit_mouse(d, d->params[0], d->params[1], d->params[2], b == 'm');
    else if (d->prefix == '?' && d->middle == '$' && b == 'y')
        emit_reply(d, REPLY_MODE, d->params[0], d->params[1]);
    else if (d->prefix == '?' && d->middle == 0 && b == 'c')
        emit_reply(d, REPLY_ATTRIBUTES, d->params[0], d->params[1]);
}

static void csi_final(struct decoder *d, char b)
{
    d->state = GROUND;
    if (d->overlong) {
        d->alt = false;
        return;
    }
    if (d->prefix || d->middle) {
        csi_private(d, b);
    } else if (b == 'R' && d->expect_cursor && d->n_params == 2) {
        emit_reply(d, REPLY_CURSOR, d->params[0], d->params[1]);
    } else if (b == '~' || b == '^' || b == '@') {
        csi_tilde(d, b == '^' ? MOD_CTRL : b == '@' ? MOD_CTRL | MOD_SHIFT : 0u);
    } else if (b == 'Z') {
        emit_key(d, KEYCODE_TAB, MOD_SHIFT);
    } else if (b == 'u' && d->n_params >= 1) {
        emit_code(d, d->params[0], d->params[1]);
    } else if (b == 'I' || b == 'O') {
        csi_focus(d, b == 'I');
    } else if (b == 'M' && d->n_params == 0) {
        d->state = X10_MOUSE;
        d->n_pending = 0;
    } else {
        for (size_t i = 0; i < ARRAY_LEN(csi_finals); i++)
            if (csi_finals[i].byte == b && (b < 'P' || d->params[0] <= 1))
                emit_key(d, csi_finals[i].code, modifiers(d->params[1]));
    }
    d->alt = false;
}

static void param_byte(struct decoder *d, unsigned char b)
{
    if (d->n_params == 0)
        d->n_params = 1;
    int *p = &d->params[d->n_params - 1];
    if (b >= '0' && b <= '9') {
        *p = *p < PARAM_LIMIT ? *p * 10 + (b - '0') : PARAM_LIMIT;
    } else if (d->n_params < PARAMS_MAX) { /* ';' or ':' */
        d->n_params++;
    } else {
        d->overlong = true;
    }
}

static void csi_byte(struct decoder *d, unsigned char b)
{
    if (b >= 0x30 && b <= 0x3b) {
        param_byte(d, b);
    } else if (b >= 0x3c && b <= 0x3f) {
        d->prefix = (char)b;
    } else if (b >= 0x20 && b <= 0x2f) {
        d->middle = (char)b;
    } else if (b == '[' && !d->prefix && d->n_params == 0) {
        d->state = CSI_KEY;
    } else if (b >= 0x40 && b <= 0x7e) {
        csi_final(d, (char)b);
    } else { /* a control character ends it */
        d->alt = false;
        ground_byte(d, b);
    }
}

static void ss3_byte(struct decoder *d, unsigned char b)
{
    if (b >= '0' && b <= '9') {
        param_byte(d, b);
        return;
    }
    d->state = GROUND;
    unsigned mods = modifiers(d->params[0]);
    uint32_t code = b == 'M' ? KEYCODE_ENTER : keypad_char((char)b);
    for (size_t i = 0; i < ARRAY_LEN(csi_finals); i++)
        if (csi_finals[i].byte == (char)b)
            code = csi_finals[i].code;
    if (code)
        emit_key(d, code, mods);
    else if (b < 0x20)
        ground_byte(d, b);
    d->alt = d->state == GROUND ? false : d->alt;
}

static void string_byte(struct decoder *d, unsigned char b)
{
    if (b == 0x1b)
        d->state = STRING_ESC;
    else if (b == 0x07 || b == 0x18 || b == 0x1a)
        d->state = GROUND;
}

static void x10_byte(struct decoder *d, unsigned char b)
{
    d->pending[d->n_pending++] = b;
    if (d->n_pending < 3)
        return;
    d->state = GROUND;
    emit_mouse(d, d->pending[0] - 32, d->pending[1] - 32, d->pending[2] - 32, false);
}

static void end_paste(struct decoder *d)
{
    d->state = GROUND;
    struct event ev = {.type = EVENT_PASTE};
    ev.paste.bytes = buf_str(&d->paste);
    ev.paste.len = d->paste.len;
    ev.paste.lines = d->paste_lines;
    ev.paste.cut = d->paste_cut;
    d->fn(d->ctx, &ev);
    buf_clear(&d->paste);
}

static void paste_byte(struct decoder *d, unsigned char b)
{
    static const char end[] = "\033[201~";
    if (b == (unsigned char)end[d->paste_end]) {
        if (++d->paste_end == (int)sizeof(end) - 1)
            end_paste(d);
        return;
    }
    /* not the end after all: what looked like it belongs to the paste */
    int held = d->paste_end;
    d->paste_end = b == 0x1b;
    if (held && buf_add(&d->paste, end, (size_t)held))
        d->paste_cut = true;
    if (b == 0x1b)
        return;
    bool crlf = b == '\n' && d->paste_last == '\r';
    d->paste_lines += (b == '\r' || b == '\n') && !crlf;
    d->paste_last = b;
    if (buf_add(&d->paste, &b, 1))
        d->paste_cut = true;
}

/* '[' or 'O' came after a reported Esc; now it goes on as a sequence unless b cannot belong to it.
 */
static void ghost_byte(struct decoder *d, unsigned char b)
{
    begin_sequence(d, d->ghost_byte == '[' ? CSI : SS3);
    if (d->state == CSI)
        csi_byte(d, b);
    else
        ss3_byte(d, b);
}

static void one_byte(struct decoder *d, unsigned char b, int64_t now_ms)
{
    switch (d->state) {
    case GROUND:
        ground_byte(d, b);
        break;
    case AFTER_ESC:
        esc_byte(d, b);
        break;
    case AFTER_ALONE:
        if ((b == '[' || b == 'O') && now_ms - d->since_ms <= SEQUENCE_MS) {
            d->state = GHOST;
            d->ghost_byte = (char)b;
        } else {
            ground_byte(d, b);
        }
        break;
    case GHOST:
        ghost_byte(d, b);
        break;
    case CSI:
        csi_byte(d, b);
        break;
    case CSI_KEY:
        d->state = GROUND;
        if (b >= 'A' && b <= 'E')
            emit_key(d, KEYCODE_F1 + (uint32_t)(b - 'A'), 0);
        else if (b < 0x20)
            ground_byte(d, b);
        d->alt = false;
        break;
    case SS3:
        ss3_byte(d, b);
        break;
    case STRING:
        string_byte(d, b);
        break;
    case STRING_ESC:
        d->state = GROUND;
        if (b != '\\')
            esc_byte(d, b);
        break;
    case X10_MOUSE:
        x10_byte(d, b);
        break;
    case PASTE:
        paste_byte(d, b);
        break;
    case UTF8:
        utf8_byte(d, b);
        break;
    }
}

static int patience(const struct decoder *d)
{
    switch (d->state) {
    case GROUND:
        return -1;
    case AFTER_ESC:
    case GHOST:
        return d->esc_ms;
    case STRING:
    case STRING_ESC:
    case PASTE:
        return STRING_MS;
    default:
        return SEQUENCE_MS;
    }
}

void decoder_tick(struct decoder *d, int64_t now_ms)
{
    int wait = patience(d);
    if (wait < 0 || now_ms - d->since_ms < wait)
        return;
    enum state was = d->state;
    d->state = GROUND;
    if (was == AFTER_ESC) {
        emit_key(d, KEYCODE_ESC, 0);
        d->state = AFTER_ALONE;
        d->since_ms = now_ms;
    } else if (was == GHOST) {
        emit_key(d, (unsigned char)d->ghost_byte, 0);
    } else if (was == PASTE) {
        end_paste(d);
    }
    d->alt = false;
}

void decoder_feed(struct decoder *d, const void *bytes, size_t len, int64_t now_ms)
{
    const unsigned char *b = bytes;
    decoder_tick(d, now_ms);
    for (size_t i = 0; i < len; i++) {
        one_byte(d, b[i], now_ms);
        d->since_ms = now_ms;
    }
}

int decoder_timeout(const struct decoder *d, int64_t now_ms)
{
    int wait = patience(d);
    if (wait < 0)
        return -1;
    int64_t left = d->since_ms + wait - now_ms;
    return left < 0 ? 0 : (int)left;
}
