// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include "base/buf.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option help_option = {"help", 'h', CLI_FLAG, NULL, "this text"};

static const struct cli_option *option_at(const struct cli_verb *verb, size_t i)
{
    return verb->options && verb->options[i].name ? &verb->options[i] : NULL;
}

static const struct cli_option *find_long(const struct cli_verb *verb, const char *name, size_t len)
{
    const struct cli_option *o;
    for (size_t i = 0; (o = option_at(verb, i)); i++)
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    return len == 4 && memcmp(name, "help", 4) == 0 ? &help_option : NULL;
}

static const struct cli_option *find_letter(const struct cli_verb *verb, char letter)
{
    const struct cli_option *o;
    for (size_t i = 0; (o = option_at(verb, i)); i++)
        if (o->letter && o->letter == letter)
            return o;
    return letter == 'h' ? &help_option : NULL;
}

/* ---- what is near ---- */

/* Edits (insert, drop, change, swap of neighbours) between two short words. */
static unsigned distance(const char *a, const char *b)
{
    enum { MAX = 32 };
    size_t n = strlen(a), m = strlen(b);
    if (n > MAX || m > MAX)
        return MAX;
    unsigned d[MAX + 1][MAX + 1];
    for (unsigned i = 0; i <= n; i++)
        d[i][0] = i;
    for (unsigned j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[n][m];
}

const char *cli_nearest(const char *typed, const char *const *names, size_t n)
{
    const char *near = NULL;
    size_t len = strlen(typed);
    unsigned best = len < 4 ? 2 : (unsigned)len / 3 + 1; /* what is not below is not near */
    for (size_t i = 0; i < n; i++) {
        unsigned d = distance(typed, names[i]);
        if (len >= 3 && strncmp(names[i], typed, len) == 0)
            d = 1; /* the beginning of it */
        if (d < best) {
            best = d;
            near = names[i];
        }
    }
    return near;
}

/* ---- saying what is wrong ---- */

int cli_usage(const struct cli_verb *verb, const char *fmt, ...)
{
    struct arena a;
    arena_init(&a);
    va_list ap;
    va_start(ap, fmt);
    char *raw = arena_vprintf(&a, fmt, ap);
    va_end(ap);
    struct text t = text_cstr(&a, raw);
    fprintf(stderr, "leeway %s: %s\nleeway %s --help shows how it is used\n", verb->name, t.str,
            verb->name);
    arena_clear(&a);
    return CLI_USAGE;
}

static int unknown_option(const struct cli_verb *verb, const char *name, size_t len)
{
    VEC(const char *) names = {0};
    const struct cli_option *o;
    for (size_t i = 0; (o = option_at(verb, i)); i++)
        vec_push(&names, o->name);
    vec_push(&names, help_option.name);
    char *typed = mem_strndup(name, len);
    const char *near = cli_nearest(typed, names.items, names.len);
    int status = near ? cli_usage(verb, "there is no option --%s; did you mean --%s?", typed, near)
                      : cli_usage(verb, "there is no option --%s", typed);
    mem_free(typed);
    vec_clear(&names);
    return status;
}

/* ---- parsing ---- */

struct parse {
    const struct cli_verb *verb;
    struct cli_args *out;
    int argc, at;
    char **argv;
    bool help;
};

static int take(struct parse *p, const struct cli_option *o, const char *value)
{
    if (o == &help_option) {
        p->help = true;
        return CLI_OK;
    }
    struct cli_given g = {o, value};
    vec_push(&p->out->given, g);
    return CLI_OK;
}

/* value: what stands behind "=" or the letter; NULL: the next argument is taken when needed. */
static int take_valued(struct parse *p, const struct cli_option *o, const char *value)
{
    if (!value) {
        if (p->at + 1 >= p->argc)
            return cli_usage(p->verb, "--%s needs a value: %s", o->name, o->value);
        value = p->argv[++p->at];
    }
    return take(p, o, value);
}

static int parse_long(struct parse *p, const char *arg)
{
    const char *eq = strchr(arg, '=');
    size_t len = eq ? (size_t)(eq - arg) : strlen(arg);
    const struct cli_option *o = find_long(p->verb, arg, len);
    if (!o)
        return unknown_option(p->verb, arg, len);
    if (o->kind != CLI_FLAG)
        return take_valued(p, o, eq ? eq + 1 : NULL);
    if (eq)
        return cli_usage(p->verb, "--%s takes no value", o->name);
    return take(p, o, NULL);
}

static int parse_letters(struct parse *p, const char *arg)
{
    for (; *arg; arg++) {
        const struct cli_option *o = find_letter(p->verb, *arg);
        if (!o)
            return cli_usage(p->verb, "there is no option -%c", *arg);
        if (o->kind != CLI_FLAG) {
            const char *rest = arg[1] == '=' ? arg + 2 : arg + 1;
            return take_valued(p, o, arg[1] ? rest : NULL);
        }
        int status = take(p, o, NULL);
        if (status)
            return status;
    }
    return CLI_OK;
}

enum cli_parsed cli_parse(const struct cli_verb *verb, int argc, char **argv, struct cli_args *out,
                          int *status)
{
    *out = (struct cli_args){.verb = verb};
    struct parse p = {.verb = verb, .out = out, .argc = argc, .at = 1, .argv = argv};
    bool options = true;
    *status = CLI_OK;
    for (; p.at < argc && *status == CLI_OK; p.at++) {
        const char *arg = argv[p.at];
        if (options && strcmp(arg, "--") == 0)
            options = false;
        else if (options && strncmp(arg, "--", 2) == 0)
            *status = parse_long(&p, arg + 2);
        else if (options && arg[0] == '-' && arg[1])
            *status = parse_letters(&p, arg + 1);
        else
            vec_push(&out->words, arg);
    }
    if (*status == CLI_OK && p.help) {
        cli_print_verb_help(stdout, verb);
        cli_args_clear(out);
        return CLI_STOP;
    }
    if (*status != CLI_OK) {
        cli_args_clear(out);
        return CLI_STOP;
    }
    return CLI_GO_ON;
}

void cli_args_clear(struct cli_args *a)
{
    vec_clear(&a->given);
    vec_clear(&a->words);
}

bool cli_flag(const struct cli_args *a, const char *name)
{
    for (size_t i = 0; i < a->given.len; i++)
        if (strcmp(a->given.items[i].option->name, name) == 0)
            return true;
    return false;
}

const char *cli_value(const struct cli_args *a, const char *name)
{
    for (size_t i = a->given.len; i-- > 0;)
        if (strcmp(a->given.items[i].option->name, name) == 0)
            return a->given.items[i].value;
    return NULL;
}

size_t cli_values(const struct cli_args *a, const char *name, const char ***out)
{
    VEC(const char *) v = {0};
    for (size_t i = 0; i < a->given.len; i++)
        if (strcmp(a->given.items[i].option->name, name) == 0)
            vec_push(&v, a->given.items[i].value);
    vec_push(&v, NULL);
    *out = v.items;
    return v.len - 1;
}

bool cli_parse_duration(const char *s, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    const int64_t day = 86400000;
    int64_t sum = 0;
    if (!*s)
        return false;
    while (*s) {
        if (*s < '0' || *s > '9')
            return false;
        char *end;
        errno = 0;
        long long n = strtoll(s, &end, 10);
        if (errno || n > day)
            return false;
        size_t u = 0;
        if (!*end && sum == 0)
            u = 1; /* a number alone: seconds */
        else
            while (u < ARRAY_LEN(units) &&
                   (strncmp(end, units[u].unit, strlen(units[u].unit)) != 0 ||
                    strchr("abcdefghijklmnopqrstuvwxyz",
                           end[strlen(units[u].unit)] ? end[strlen(units[u].unit)] : '!')))
                u++;
        if (u == ARRAY_LEN(units))
            return false;
        sum += (int64_t)n * units[u].ms;
        if (sum > day)
            return false;
        s = *end ? end + strlen(units[u].unit) : end;
    }
    *ms = sum;
    return true;
}

/* ---- output formats ---- */

static const struct {
    const char *name;
    enum cli_output format;
} formats[] = {
    {"table", CLI_OUT_TABLE}, {"wide", CLI_OUT_WIDE}, {"json", CLI_OUT_JSON},
    {"yaml", CLI_OUT_YAML},   {"name", CLI_OUT_NAME}, {"markdown", CLI_OUT_MARKDOWN},
};

enum cli_parsed cli_output_of(const struct cli_args *a, unsigned allowed, enum cli_output *out,
                              int *status)
{
    const char *v = cli_value(a, "output");
    *out = CLI_OUT_TABLE;
    if (!v)
        return CLI_GO_ON;
    struct buf list;
    buf_init(&list, BUF_SMALL);
    enum cli_parsed r = CLI_STOP;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (!(allowed & formats[i].format))
            continue;
        if (strcmp(v, formats[i].name) == 0) {
            *out = formats[i].format;
            r = CLI_GO_ON;
        }
        (void)buf_printf(&list, "%s%s", list.len ? ", " : "", formats[i].name);
    }
    if (r == CLI_STOP)
        *status = cli_usage(a->verb, "--output %s: it can be %s", v, buf_str(&list));
    buf_clear(&list);
    return r;
}
