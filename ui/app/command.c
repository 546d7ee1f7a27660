// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"

#include <string.h>

static const struct command_info infos[] = {{"", "", "", 0},
#define X(id, name, keys, words, flags) {name, keys, words, flags},
                                            COMMAND_TABLE(X)
#undef X
};

const struct command_info *command_info(enum command c)
{
    return &infos[c];
}

enum command command_find(const char *name)
{
    for (int i = 1; i < CMD_COUNT; i++)
        if (strcmp(infos[i].name, name) == 0)
            return (enum command)i;
    return CMD_NONE;
}

static enum command find_key(const struct keymap *m, struct key k)
{
    for (int c = 1; c < CMD_COUNT; c++)
        for (int i = 0; i < m->n_keys[c]; i++)
            if (key_equal(m->keys[c][i], k))
                return (enum command)c;
    return CMD_NONE;
}

int keymap_bind(struct keymap *m, enum command c, const char *keys, struct err *e)
{
    struct key parsed[KEYMAP_KEYS_MAX];
    uint8_t n = 0;
    for (const char *s = keys; *s;) {
        char name[KEY_NAME_LEN];
        size_t len = strcspn(s, " ");
        if (len == 0) {
            s++;
            continue;
        }
        if (len >= sizeof(name) || n == KEYMAP_KEYS_MAX)
            return err_set(e, ERR_INVALID, "%s takes at most %d keys", infos[c].name,
                           KEYMAP_KEYS_MAX);
        memcpy(name, s, len);
        name[len] = '\0';
        if (!key_parse(name, &parsed[n]))
            return err_set(e, ERR_INVALID, "%s is no key", name);
        enum command other = find_key(m, parsed[n]);
        if (other != CMD_NONE && other != c)
            return err_set(e, ERR_EXISTS, "%s is bound twice: %s keeps it, %s has none", name,
                           infos[other].name, infos[c].name);
        n++;
        s += len;
    }
    memcpy(m->keys[c], parsed, n * sizeof(parsed[0]));
    m->n_keys[c] = n;
    return 0;
}

void keymap_default(struct keymap *m)
{
    memset(m, 0, sizeof(*m));
    for (int c = 1; c < CMD_COUNT; c++)
        if (keymap_bind(m, (enum command)c, infos[c].keys, NULL))
            m->n_keys[c] = 0; /* the table is checked by a test */
}

enum command keymap_find(const struct keymap *m, struct key k, bool in_field)
{
    if (in_field && key_is_text(k))
        return CMD_NONE;
    enum command c = find_key(m, k);
    return in_field && c != CMD_NONE && !(infos[c].flags & CMD_IN_FIELD) &&
                   !(k.code >= KEYCODE_F1 && k.code <= KEYCODE_F12)
               ? CMD_NONE
               : c;
}

const char *keymap_first(const struct keymap *m, enum command c, char out[KEY_NAME_LEN])
{
    out[0] = '\0';
    if (m->n_keys[c])
        key_label(m->keys[c][0], out);
    return out;
}

const char *keymap_first_in_field(const struct keymap *m, enum command c, char out[KEY_NAME_LEN])
{
    out[0] = '\0';
    for (int i = 0; i < m->n_keys[c] && !out[0]; i++)
        if (keymap_find(m, m->keys[c][i], true) == c)
            key_label(m->keys[c][i], out);
    return out;
}
