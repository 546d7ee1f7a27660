// SPDX-License-Identifier: Apache-2.0
/*
 * Keys and the other things a terminal can send, and the names of keys as people write them:
 * "p", "Ctrl-P", "F8", "]", "Shift-Tab", "Alt-Up". Pure; any thread.
 */
#ifndef LEEWAY_UI_KEYS_H
#define LEEWAY_UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOD_SHIFT = 1, MOD_ALT = 2, MOD_CTRL = 4 };

/* A code below 0x110000 is a character; letters with Ctrl are lower case. */
enum key_code {
    KEYCODE_FIRST = 0x110000,
    KEYCODE_ENTER = KEYCODE_FIRST,
    KEYCODE_ESC,
    KEYCODE_TAB, /* Shift-Tab is KEYCODE_TAB with MOD_SHIFT */
    KEYCODE_BACKSPACE,
    KEYCODE_DELETE,
    KEYCODE_INSERT,
    KEYCODE_UP,
    KEYCODE_DOWN,
    KEYCODE_LEFT,
    KEYCODE_RIGHT,
    KEYCODE_HOME,
    KEYCODE_END,
    KEYCODE_PGUP,
    KEYCODE_PGDN,
    KEYCODE_F1, /* to KEYCODE_F1 + 11 */
    KEYCODE_F12 = KEYCODE_F1 + 11,
    KEYCODE_LAST = KEYCODE_F12,
};

struct key {
    uint32_t code;
    uint8_t mods;
};

#define KEY_NAME_LEN 32

bool key_equal(struct key a, struct key b);
/* "Ctrl-P"; a character without modifiers is itself. */
void key_label(struct key k, char out[KEY_NAME_LEN]);
/* False: no such name. Names of modifiers and keys in any case; characters keep theirs. */
bool key_parse(const char *name, struct key *out);
/* A plain character that a text field takes. */
bool key_is_text(struct key k);

enum event_type {
    EVENT_NONE,
    EVENT_KEY,
    EVENT_PASTE,
    EVENT_MOUSE,
    EVENT_FOCUS, /* the window got or lost the focus */
    EVENT_REPLY, /* the terminal answered a question; only ui/term looks at these */
    EVENT_RESIZE,
};

enum mouse_kind { MOUSE_PRESS, MOUSE_RELEASE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };
enum reply_kind { REPLY_CURSOR, REPLY_MODE, REPLY_ATTRIBUTES };

struct event {
    enum event_type type;
    union {
        struct key key;
        struct {
            const char *bytes; /* borrowed until the handler returns; not cleaned */
            size_t len;
            size_t lines; /* of the whole paste */
            bool cut;     /* longer than what is kept */
        } paste;
        struct {
            enum mouse_kind kind;
            int row, col; /* from 0 */
            uint8_t button, mods;
        } mouse;
        bool focused;
        struct {
            enum reply_kind kind;
            int a, b; /* row and column from 1; mode and its state */
        } reply;
    };
};

#endif
