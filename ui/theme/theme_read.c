// SPDX-License-Identifier: Apache-2.0
/* Theme files: found, read as YAML, checked word by word. */
#include "theme/theme.h"
#include "theme/themes_builtin.h"

#include "base/buf.h"
#include "base/mem.h"
#include "data/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define THEME_MAX_BYTES (256u * 1024u)

static int fail(struct err *e, const char *source, uint32_t line, uint32_t col, const char *what,
                const char *word)
{
    int r = err_set(e, ERR_INVALID, "%s %s", what, word);
    err_at(e, source, line, col);
    return r;
}

static const char *const colour_names[] = {
    "black",        "red",           "green",       "yellow",         "blue",
    "magenta",      "cyan",          "white",       "bright-black",   "bright-red",
    "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
    "bright-white",
};

struct colour {
    int16_t c16, c256;
};

static bool parse_rgb(const char *s, unsigned *rgb)
{
    unsigned v = 0;
    if (s[0] != '#' || strlen(s) != 7)
        return false;
    for (int i = 1; i < 7; i++) {
        const char *digits = "0123456789abcdef", *at = strchr(digits, s[i] | 0x20);
        if (!at || (s[i] < '0') || !*at)
            return false;
        v = v << 4 | (unsigned)(at - digits);
    }
    *rgb = v;
    return true;
}

/* A name, a number of the palette below limit, #rrggbb, or default. */
static bool parse_colour(const struct val *v, int limit, struct colour *out)
{
    if (val_is(v, VAL_INT)) {
        int64_t i = val_int(v, -1);
        *out = (struct colour){(int16_t)i, (int16_t)i};
        return i >= 0 && i < limit;
    }
    const char *s = val_str(v, "");
    unsigned rgb;
    if (strcmp(s, "default") == 0) {
        *out = (struct colour){COLOUR_DEFAULT, COLOUR_DEFAULT};
        return true;
    }
    if (parse_rgb(s, &rgb)) {
        *out = (struct colour){theme_nearest_16(rgb), theme_nearest_256(rgb)};
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(colour_names); i++) {
        if (strcmp(s, colour_names[i]) == 0) {
            *out = (struct colour){(int16_t)i, (int16_t)i};
            return true;
        }
    }
    return false;
}

static const struct {
    const char *word;
    uint8_t attr;
} attr_names[] = {{"bold", STYLE_BOLD},
                  {"dim", STYLE_DIM},
                  {"reverse", STYLE_REVERSE},
                  {"underline", STYLE_UNDERLINE}};

static int parse_attrs(const struct val *list, const char *source, uint8_t *out, struct err *e)
{
    *out = 0;
    if (!val_is(list, VAL_LIST))
        return fail(e, source, list->line, list->col, "attributes are a list, not",
                    val_type_name(val_type(list)));
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        uint8_t attr = 0;
        for (size_t k = 0; k < ARRAY_LEN(attr_names); k++)
            if (val_str_is(v, attr_names[k].word))
                attr = attr_names[k].attr;
        if (!attr) {
            fail(e, source, v->line, v->col, "unknown attribute", val_str(v, "(no word)"));
            err_hint(e, "bold, dim, reverse, underline");
            return e ? e->code : ERR_INVALID;
        }
        *out |= attr;
    }
    return 0;
}

static int colour_error(const struct val *v, const char *source, const char *key, struct err *e)
{
    fail(e, source, v->line, v->col, "no colour for", key);
    err_hint(e, "default, a name as blue or bright-blue, #rrggbb, or a number of the palette");
    return ERR_INVALID;
}

static int parse_member(const struct val_entry *m, const char *source, struct theme_look *l,
                        bool *has_mono, struct err *e)
{
    const char *key = m->key->s;
    struct colour c;
    if (strcmp(key, "attrs") == 0)
        return parse_attrs(&m->value, source, &l->attrs, e);
    if (strcmp(key, "mono") == 0) {
        *has_mono = true;
        return parse_attrs(&m->value, source, &l->mono, e);
    }
    bool wide = strcmp(key, "fg256") == 0 || strcmp(key, "bg256") == 0;
    bool known = wide || strcmp(key, "fg") == 0 || strcmp(key, "bg") == 0;
    if (!known) {
        fail(e, source, m->line, m->col, "unknown key", key);
        err_hint(e, "fg, bg, fg256, bg256, attrs, mono");
        return ERR_INVALID;
    }
    if (!parse_colour(&m->value, wide ? 256 : 16, &c))
        return colour_error(&m->value, source, key, e);
    if (wide)
        *(key[0] == 'f' ? &l->fg256 : &l->bg256) = c.c256;
    else
        *(key[0] == 'f' ? &l->fg : &l->bg) = c.c16;
    return 0;
}

/* Colours of 256 follow those of 16 (or the finer form of #rrggbb) unless the file names them. */
static void fill_256(const struct val *map, struct theme_look *l)
{
    static const char *const keys[][2] = {{"fg", "fg256"}, {"bg", "bg256"}};
    for (int i = 0; i < 2; i++) {
        const struct val *v = val_get(map, keys[i][0]);
        struct colour c;
        if (val_get(map, keys[i][1]) || !v || !parse_colour(v, 16, &c))
            continue;
        *(i == 0 ? &l->fg256 : &l->bg256) = c.c256;
    }
}

static int parse_look(const struct val *v, const char *source, struct theme_look *out,
                      struct err *e)
{
    struct theme_look l = {.fg = COLOUR_DEFAULT,
                           .bg = COLOUR_DEFAULT,
                           .fg256 = COLOUR_DEFAULT,
                           .bg256 = COLOUR_DEFAULT};
    bool has_mono = false;
    if (!val_is(v, VAL_MAP))
        return fail(e, source, v->line, v->col, "a role is a map, not", val_type_name(val_type(v)));
    for (uint32_t i = 0; i < v->len; i++) {
        int r = parse_member(&v->as.entries[i], source, &l, &has_mono, e);
        if (r)
            return r;
    }
    fill_256(v, &l);
    if (!has_mono)
        l.mono = l.attrs;
    *out = l;
    return 0;
}

static int parse_roles(const struct val *roles, const char *source, struct theme *t, struct err *e)
{
    if (!val_is(roles, VAL_MAP))
        return fail(e, source, roles->line, roles->col, "roles are a map, not",
                    val_type_name(val_type(roles)));
    for (uint32_t i = 0; i < roles->len; i++) {
        const struct val_entry *m = &roles->as.entries[i];
        int role = role_find(m->key->s);
        if (role < 0)
            return fail(e, source, m->line, m->col, "unknown role", m->key->s);
        int r = parse_look(&m->value, source, &t->looks[role], e);
        if (r)
            return r;
    }
    return 0;
}

static int parse_top(const struct val *v, const char *source, struct theme *t, struct err *e)
{
    if (!val_is(v, VAL_MAP))
        return fail(e, source, v->line, v->col, "a theme is a map, not",
                    val_type_name(val_type(v)));
    for (uint32_t i = 0; i < v->len; i++) {
        const struct val_entry *m = &v->as.entries[i];
        if (strcmp(m->key->s, "name") == 0) {
            if (!val_is(&m->value, VAL_STRING) || m->value.len == 0 ||
                m->value.len >= sizeof(t->name))
                return fail(e, source, m->line, m->col, "a name has 1 to 31 letters, not",
                            val_str(&m->value, "(no word)"));
            snprintf(t->name, sizeof(t->name), "%s", val_str(&m->value, ""));
        } else if (strcmp(m->key->s, "roles") == 0) {
            int r = parse_roles(&m->value, source, t, e);
            if (r)
                return r;
        } else if (strcmp(m->key->s, "about") != 0) {
            return fail(e, source, m->line, m->col, "unknown key", m->key->s);
        }
    }
    return 0;
}

int theme_parse(const char *text, size_t len, const char *source, struct theme *out, struct err *e)
{
    struct val_pool pool;
    struct yaml_docs docs = {0};
    struct theme t = *out;
    val_pool_init_limited(&pool, 8u << 20);
    int r = yaml_read(&pool, text, len, source, &docs, e);
    if (r)
        goto out;
    if (docs.len != 1) {
        r = err_set(e, ERR_INVALID, "a theme is one YAML document, this has %zu", docs.len);
        err_at(e, source, 1, 1);
        goto out;
    }
    r = parse_top(docs.items[0].value, source, &t, e);
    if (r == 0)
        *out = t;
out:
    yaml_docs_clear(&docs);
    val_pool_clear(&pool);
    return r;
}

/* Everything plain: what the default theme is read on top of. */
static void theme_plain(struct theme *t)
{
    memset(t, 0, sizeof(*t));
    for (int i = 0; i < ROLE_COUNT; i++)
        t->looks[i] = (struct theme_look){
            0, 0, COLOUR_DEFAULT, COLOUR_DEFAULT, COLOUR_DEFAULT, COLOUR_DEFAULT};
}

const char *theme_builtin_name(size_t i)
{
    return i < ARRAY_LEN(themes_builtin) ? themes_builtin[i].name : NULL;
}

int theme_builtin(const char *name, struct theme *out, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(themes_builtin); i++) {
        if (strcmp(themes_builtin[i].name, name) != 0)
            continue;
        if (i == 0) /* the default theme itself; the others are read on top of it */
            theme_plain(out);
        else if (theme_builtin(themes_builtin[0].name, out, e))
            return e ? e->code : ERR_INVALID;
        return theme_parse(themes_builtin[i].text, strlen(themes_builtin[i].text),
                           themes_builtin[i].source, out, e);
    }
    struct buf names;
    buf_init(&names, 1024);
    for (size_t i = 0; theme_builtin_name(i); i++)
        buf_printf(&names, "%s%s", i ? ", " : "", theme_builtin_name(i));
    err_set(e, ERR_NOT_FOUND, "no theme named %s", name);
    err_hint(e, "there are %s", buf_str(&names));
    buf_clear(&names);
    return ERR_NOT_FOUND;
}

static int read_file(const char *path, struct buf *text, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : err_set_errno(e, errno, path);
    int r = 0;
    for (;;) {
        char chunk[8192];
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            r = n < 0 ? err_set_errno(e, errno, path) : 0;
            break;
        }
        if (buf_add(text, chunk, (size_t)n)) {
            r = err_set(e, ERR_LIMIT, "%s is larger than a theme may be", path);
            break;
        }
    }
    close(fd);
    return r;
}

static int load_file(const char *path, struct theme *out, struct err *e)
{
    struct buf text;
    buf_init(&text, THEME_MAX_BYTES);
    int r = read_file(path, &text, e);
    if (r == 0)
        r = theme_parse(buf_str(&text), text.len, path, out, e);
    buf_clear(&text);
    return r;
}

int theme_load(const char *name, const char *const *dirs, struct theme *out, struct err *e)
{
    struct theme t;
    int r = theme_builtin("default", &t, e);
    if (r)
        return r;
    if (strchr(name, '/')) {
        r = load_file(name, &t, e);
        if (r == ERR_NOT_FOUND)
            err_set(e, r, "no theme file %s", name);
    } else {
        r = ERR_NOT_FOUND;
        for (size_t i = 0; r == ERR_NOT_FOUND && dirs && dirs[i]; i++) {
            char *path = mem_printf("%s/%s.yaml", dirs[i], name);
            r = load_file(path, &t, e);
            mem_free(path);
        }
        if (r == ERR_NOT_FOUND)
            r = theme_builtin(name, &t, e);
    }
    if (r == 0)
        *out = t;
    return r;
}
