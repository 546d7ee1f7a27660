// SPDX-License-Identifier: Apache-2.0
#include "keys.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    uint32_t code;
} names[] = {
    {"Enter", KEYCODE_ENTER},
    {"Esc", KEYCODE_ESC},
    {"Tab", KEYCODE_TAB},
    {"Space", ' '},
    {"Backspace", KEYCODE_BACKSPACE},
    {"Delete", KEYCODE_DELETE},
    {"Insert", KEYCODE_INSERT},
    {"Up", KEYCODE_UP},
    {"Down", KEYCODE_DOWN},
    {"Left", KEYCODE_LEFT},
    {"Right", KEYCODE_RIGHT},
    {"Home", KEYCODE_HOME},
    {"End", KEYCODE_END},
    {"PgUp", KEYCODE_PGUP},
    {"PgDn", KEYCODE_PGDN},
};

static const struct {
    const char *name;
    uint8_t mod;
} mods[] = {{"Ctrl-", MOD_CTRL}, {"Alt-", MOD_ALT}, {"Shift-", MOD_SHIFT}};

bool key_equal(struct key a, struct key b)
{
    return a.code == b.code && a.mods == b.mods;
}

static size_t encode(uint32_t cp, char *out)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, cp >>= 6)
        out[i] = (char)(0x80 | (cp & 0x3f));
    out[0] = (char)(lead[n] | cp);
    return n;
}

void key_label(struct key k, char out[KEY_NAME_LEN])
{
    char word[12] = "?";
    if (k.code >= KEYCODE_F1 && k.code <= KEYCODE_F12) {
        snprintf(word, sizeof(word), "F%u", (unsigned)(k.code - KEYCODE_F1 + 1) % 100);
    } else if (k.code > ' ' && k.code < KEYCODE_FIRST) {
        uint32_t cp = k.mods & MOD_CTRL && k.code >= 'a' && k.code <= 'z' ? k.code - 32 : k.code;
        word[encode(cp, word)] = '\0';
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].code == k.code)
            snprintf(word, sizeof(word), "%s", names[i].name);
    snprintf(out, KEY_NAME_LEN, "%s%s%s%.11s", k.mods & MOD_CTRL ? "Ctrl-" : "",
             k.mods & MOD_ALT ? "Alt-" : "", k.mods & MOD_SHIFT ? "Shift-" : "", word);
}

static bool parse_word(const char *s, struct key *out)
{
    size_t len = strlen(s);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcasecmp(s, names[i].name) == 0) {
            out->code = names[i].code;
            return true;
        }
    }
    if ((s[0] == 'F' || s[0] == 'f') && len >= 2 && len <= 3 && s[1] >= '1' && s[1] <= '9') {
        unsigned n = (unsigned)(s[1] - '0');
        if (len == 3)
            n = s[2] >= '0' && s[2] <= '9' ? n * 10 + (unsigned)(s[2] - '0') : 99;
        if (n <= 12) {
            out->code = KEYCODE_F1 + n - 1;
            return true;
        }
    }
    uint32_t cp;
    if (len == 0 || text_decode(s, len, &cp) != (int)len || cp <= ' ' || cp == 0x7f)
        return false;
    bool lower = out->mods & MOD_CTRL && cp >= 'A' && cp <= 'Z';
    out->code = lower ? cp + 32 : cp;
    return true;
}

bool key_parse(const char *name, struct key *out)
{
    struct key k = {0};
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < ARRAY_LEN(mods); i++) {
            size_t n = strlen(mods[i].name);
            if (strncasecmp(name, mods[i].name, n) == 0 && name[n] && !(k.mods & mods[i].mod)) {
                k.mods |= mods[i].mod;
                name += n;
                more = true;
            }
        }
    }
    if (!parse_word(name, &k))
        return false;
    if (k.mods & MOD_SHIFT && k.code < KEYCODE_FIRST && k.code != ' ')
        return false; /* a shifted character is another character */
    *out = k;
    return true;
}

bool key_is_text(struct key k)
{
    return k.mods == 0 && k.code >= ' ' && k.code < KEYCODE_FIRST && k.code != 0x7f;
}
