// SPDX-License-Identifier: Apache-2.0
#include "keys_file.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/near.h"
#include "data/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYS_MAX_BYTES (64u * 1024u)
#define KEYS_TEXT (KEYMAP_KEYS_MAX * (KEY_NAME_LEN + 1))

const char KEYS_FILE_START[] =
    "# Keys of the console. Names of commands: leeway help keys. What stands here loses the keys\n"
    "# that it had and gets these; [] takes them all away. Quote what YAML takes for something\n"
    "# else: \"]\", \"y\", \"?\".\n"
    "#\n"
    "# keys:\n"
    "#   next-problem: [ \"]\", Ctrl-N ]\n"
    "#   accept: Ctrl-K\n";

/* Without these nobody finds a way on, or out. */
static const enum command needed[] = {CMD_UP,   CMD_DOWN,  CMD_OPEN,        CMD_BACK,
                                      CMD_HELP, CMD_CLOSE, CMD_COMMAND_LINE};

struct reader {
    struct keymap *m;
    const char *source;
    keys_problem_fn *say;
    void *ctx;
};

static void problem(const struct reader *r, enum command c, uint32_t line, uint32_t col,
                    const char *hint, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
static void problem(const struct reader *r, enum command c, uint32_t line, uint32_t col,
                    const char *hint, const char *fmt, ...)
{
    struct err e = ERR_INIT;
    va_list ap;
    va_start(ap, fmt);
    err_vset(&e, ERR_INVALID, fmt, ap);
    va_end(ap);
    err_at(&e, r->source, line, col);
    if (hint)
        err_hint(&e, "%s", hint);
    r->say(r->ctx, c, &e);
    err_clear(&e);
}

/* ---- words ---- */

static void unknown_command(const struct reader *r, const struct val_entry *m)
{
    struct near near;
    char hint[120];
    near_begin(&near, m->key->s, strlen(m->key->s));
    for (int c = 1; c < CMD_COUNT; c++) {
        const char *name = command_info((enum command)c)->name;
        near_try(&near, name, strlen(name));
    }
    snprintf(hint, sizeof(hint), "%s%s%sleeway help keys lists them",
             near.best ? "did you mean " : "", near.best ? near.best : "", near.best ? "? " : "");
    problem(r, CMD_NONE, m->line, m->col, hint, "there is no command %s", m->key->s);
}

/* A key as it is written: a word, or a digit that YAML took for a number. */
static const char *key_word(const struct reader *r, enum command c, const struct val *v,
                            char number[24])
{
    if (val_is(v, VAL_STRING))
        return val_str(v, "");
    if (val_is(v, VAL_INT)) {
        snprintf(number, 24, "%lld", (long long)val_int(v, 0));
        return number;
    }
    problem(r, c, v->line, v->col,
            val_is(v, VAL_BOOL) ? "quote it: YAML takes the letter for yes or no"
                                : "a key is a word as p, \"]\", Ctrl-P, Shift-Tab or F8",
            "%s: this is no key but a %s", command_info(c)->name, val_type_name(val_type(v)));
    return NULL;
}

/* A sequence that a slow line split can press these by itself. */
static bool is_of_sequences(struct key k)
{
    return !k.mods && k.code < 0x80 && k.code && strchr("ABCHOPQ", (int)k.code);
}

static enum command holder(const struct keymap *m, struct key k)
{
    return keymap_find(m, k, false);
}

/* ---- one command ---- */

static void take_word(struct reader *r, enum command c, const char *word, const struct val *at)
{
    struct key k;
    uint8_t *n = &r->m->n_keys[c];
    const char *name = command_info(c)->name;
    if (!key_parse(word, &k)) {
        problem(
            r, c, at->line, at->col,
            "one character, or a name: Enter, Tab, Space, Up, PgUp, F1 to F12; before it Ctrl-, "
            "Alt-, Shift-",
            "%s: %s is no key", name, word);
        return;
    }
    if (is_of_sequences(k)) {
        problem(r, c, at->line, at->col, "A B C H O P Q stay free; take another",
                "%s: %s can be pressed by an arrow key on a slow line", name, word);
        return;
    }
    enum command other = holder(r->m, k);
    if (other == c)
        return;
    if (other != CMD_NONE) {
        char hint[120];
        snprintf(hint, sizeof(hint), "give %s another key in this file, or take another here",
                 command_info(other)->name);
        problem(r, c, at->line, at->col, hint, "%s is bound twice: %s keeps it, %s has it not",
                word, command_info(other)->name, name);
        return;
    }
    if (*n == KEYMAP_KEYS_MAX) {
        problem(r, c, at->line, at->col, NULL, "%s: a command has at most %d keys", name,
                KEYMAP_KEYS_MAX);
        return;
    }
    r->m->keys[c][(*n)++] = k;
}

/* "p Ctrl-P" is two keys. */
static void take_words(struct reader *r, enum command c, const char *words, const struct val *at)
{
    for (const char *s = words; *s;) {
        char word[KEYS_TEXT];
        size_t len = strcspn(s, " ");
        if (len) {
            snprintf(word, sizeof(word), "%.*s", (int)len, s);
            take_word(r, c, word, at);
        }
        s += len + (s[len] == ' ');
    }
}

static void take_command(struct reader *r, enum command c, const struct val *v)
{
    char number[24];
    if (!val_is(v, VAL_LIST)) {
        const char *words = key_word(r, c, v, number);
        if (words)
            take_words(r, c, words, v);
        return;
    }
    for (size_t i = 0; i < val_count(v); i++) {
        const char *word = key_word(r, c, val_item(v, i), number);
        if (word)
            take_word(r, c, word, val_item(v, i));
    }
}

/* What it had in the table, as far as that is still free. */
static void give_back(struct keymap *m, enum command c)
{
    struct keymap table;
    keymap_default(&table);
    for (int i = 0; i < table.n_keys[c] && m->n_keys[c] < KEYMAP_KEYS_MAX; i++)
        if (holder(m, table.keys[c][i]) == CMD_NONE)
            m->keys[c][m->n_keys[c]++] = table.keys[c][i];
}

/* Where a text field has the focus, letters are text. */
static void check_field(const struct reader *r, enum command c, const struct val_entry *m)
{
    char key[KEY_NAME_LEN];
    if ((c != CMD_BACK && c != CMD_OPEN) || *keymap_first_in_field(r->m, c, key))
        return;
    give_back(r->m, c);
    problem(r, c, m->line, m->col, "it keeps its own besides",
            "%s needs a key that works in a field, where letters are text", m->key->s);
}

static bool is_needed(enum command c)
{
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (needed[i] == c)
            return true;
    return false;
}

static void take_map(struct reader *r, const struct val *map)
{
    if (!val_is(map, VAL_MAP)) {
        problem(r, CMD_NONE, map->line, map->col, "keys:\n  NAME: KEY",
                "keys is a map from names of commands to their keys, not a %s",
                val_type_name(val_type(map)));
        return;
    }
    /* first they let go, so that two commands may change keys */
    for (uint32_t i = 0; i < map->len; i++) {
        enum command c = command_find(map->as.entries[i].key->s);
        if (c != CMD_NONE)
            r->m->n_keys[c] = 0;
    }
    for (uint32_t i = 0; i < map->len; i++) {
        const struct val_entry *m = &map->as.entries[i];
        enum command c = command_find(m->key->s);
        if (c != CMD_NONE)
            take_command(r, c, &m->value);
        else
            unknown_command(r, m);
    }
    for (uint32_t i = 0; i < map->len; i++) {
        const struct val_entry *m = &map->as.entries[i];
        enum command c = command_find(m->key->s);
        if (c == CMD_NONE)
            continue;
        if (r->m->n_keys[c]) {
            check_field(r, c, m);
            continue;
        }
        bool meant = val_is(&m->value, VAL_LIST) && !val_count(&m->value);
        if (!meant || is_needed(c))
            give_back(r->m, c);
        if (meant && is_needed(c))
            problem(r, c, m->line, m->col, "it keeps its own", "%s needs a key", m->key->s);
    }
}

void keys_file_read(const char *text, size_t len, const char *source, struct keymap *m,
                    keys_problem_fn *say, void *ctx)
{
    struct reader r = {m, source, say, ctx};
    struct val_pool pool;
    struct yaml_docs docs = {0};
    struct err e = ERR_INIT;
    keymap_default(m);
    val_pool_init_limited(&pool, 4u << 20);
    if (yaml_read(&pool, text, len, source, &docs, &e)) {
        say(ctx, CMD_NONE, &e);
    } else if (docs.len > 1) {
        problem(&r, CMD_NONE, docs.items[1].line, 1, "one document with keys: in it",
                "%zu documents", docs.len);
    } else if (docs.len && !val_is(docs.items[0].value, VAL_MAP)) {
        problem(&r, CMD_NONE, docs.items[0].line, 1, "keys:\n  NAME: KEY",
                "this is no file of keys");
    } else if (docs.len) {
        const struct val *top = docs.items[0].value;
        for (uint32_t i = 0; i < top->len; i++) {
            const struct val_entry *x = &top->as.entries[i];
            if (strcmp(x->key->s, "keys") == 0)
                take_map(&r, &x->value);
            else
                problem(&r, CMD_NONE, x->line, x->col,
                        "commands stand below keys:", "unknown key %s", x->key->s);
        }
    }
    err_clear(&e);
    yaml_docs_clear(&docs);
    val_pool_clear(&pool);
}

/* ---- the file ---- */

char *keys_file_path(void)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (xdg && *xdg)
        return mem_printf("%s/leeway/keys.yaml", xdg);
    return home && *home ? mem_printf("%s/.config/leeway/keys.yaml", home) : NULL;
}

static int read_all(int fd, struct buf *b)
{
    char chunk[4096];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : 0;
        if (buf_add(b, chunk, (size_t)n))
            return EFBIG;
    }
}

void keys_file_load(const char *path, struct keymap *m, keys_problem_fn *say, void *ctx)
{
    struct buf b;
    keymap_default(m);
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    int error = fd < 0 ? errno : 0;
    if (!path || (fd < 0 && (error == ENOENT || error == ENOTDIR)))
        return;
    buf_init(&b, KEYS_MAX_BYTES);
    error = error ? error : read_all(fd, &b);
    if (fd >= 0)
        close(fd);
    if (error) {
        struct err e = ERR_INIT;
        err_set_errno(&e, error, path);
        say(ctx, CMD_NONE, &e);
        err_clear(&e);
    } else {
        keys_file_read(buf_str(&b), b.len, path, m, say, ctx);
    }
    buf_clear(&b);
}
