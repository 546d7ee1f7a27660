// SPDX-License-Identifier: Apache-2.0
#include "engine/fleet/selector.h"

#include "base/mem.h"

#include <string.h>

const char *labels_get(const struct labels *l, const char *key)
{
    for (size_t i = 0; i < l->len; i++)
        if (strcmp(l->items[i].key, key) == 0)
            return l->items[i].value;
    return NULL;
}

void labels_set(struct labels *l, const char *key, const char *value)
{
    for (size_t i = 0; i < l->len; i++)
        if (strcmp(l->items[i].key, key) == 0) {
            char *copy = mem_strdup(value);
            mem_free(l->items[i].value);
            l->items[i].value = copy;
            return;
        }
    l->items = mem_reallocarray(l->items, l->len + 1, sizeof(*l->items));
    l->items[l->len++] = (struct label){mem_strdup(key), mem_strdup(value)};
}

void labels_clear(struct labels *l)
{
    for (size_t i = 0; i < l->len; i++) {
        mem_free(l->items[i].key);
        mem_free(l->items[i].value);
    }
    mem_free(l->items);
    *l = (struct labels){0};
}

void labels_copy(struct labels *to, const struct labels *from)
{
    *to = (struct labels){0};
    for (size_t i = 0; i < from->len; i++)
        labels_set(to, from->items[i].key, from->items[i].value);
}

bool labels_match(const struct labels *have, const struct labels *want)
{
    for (size_t i = 0; i < want->len; i++) {
        const char *v = labels_get(have, want->items[i].key);
        if (!v || strcmp(v, want->items[i].value) != 0)
            return false;
    }
    return true;
}

/* ---- kubectl's -l ---- */

struct parser {
    const char *start, *at;
    struct err *e;
};

static void skip_blanks(struct parser *p)
{
    p->at += strspn(p->at, " \t");
}

static int fail(struct parser *p, const char *what)
{
    err_set(p->e, ERR_SYNTAX, "selector \"%.200s\": %s", p->start, what);
    err_at(p->e, NULL, 1, (uint32_t)(p->at - p->start) + 1);
    err_hint(p->e, "for example tier=prod,region in (eu,us),!old");
    return ERR_SYNTAX;
}

/* A run of characters that keys and values may have; may be empty for values. */
static char *word(struct parser *p)
{
    skip_blanks(p);
    size_t n = strcspn(p->at, " \t,()=!");
    char *w = mem_strndup(p->at, n);
    p->at += n;
    skip_blanks(p);
    return w;
}

static void add_value(struct selector_term *t, char *value)
{
    t->values = mem_reallocarray(t->values, t->values_len + 1, sizeof(*t->values));
    t->values[t->values_len++] = value;
}

static int parse_set(struct parser *p, struct selector_term *t)
{
    if (*p->at != '(')
        return fail(p, "( is missing");
    do {
        p->at++;
        add_value(t, word(p));
    } while (*p->at == ',');
    if (*p->at != ')')
        return fail(p, ") is missing");
    p->at++;
    return 0;
}

static int parse_operator(struct parser *p, struct selector_term *t)
{
    static const struct {
        const char *text;
        enum selector_op op;
        bool set;
    } operators[] = {
        {"==", SELECTOR_IN, false},       {"=", SELECTOR_IN, false}, {"!=", SELECTOR_NOT_IN, false},
        {"notin", SELECTOR_NOT_IN, true}, {"in", SELECTOR_IN, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        size_t n = strlen(operators[i].text);
        if (strncmp(p->at, operators[i].text, n) != 0)
            continue;
        t->op = operators[i].op;
        p->at += n;
        if (!operators[i].set) {
            add_value(t, word(p));
            return 0;
        }
        skip_blanks(p);
        return parse_set(p, t);
    }
    return *p->at && *p->at != ',' ? fail(p, "an operator is missing") : 0;
}

static int parse_term(struct parser *p, struct selector_term *t)
{
    skip_blanks(p);
    bool negated = *p->at == '!';
    if (negated)
        p->at++;
    t->op = negated ? SELECTOR_NOT_EXISTS : SELECTOR_EXISTS;
    t->key = word(p);
    if (!*t->key)
        return fail(p, "a label's name is missing");
    if (negated)
        return *p->at && *p->at != ',' ? fail(p, "nothing may follow !NAME but a comma") : 0;
    return parse_operator(p, t);
}

int selector_parse(const char *text, struct selector *out, struct err *e)
{
    struct parser p = {text, text, e};
    *out = (struct selector){0};
    skip_blanks(&p);
    if (!*p.at)
        return 0;
    for (;;) {
        out->terms = mem_reallocarray(out->terms, out->len + 1, sizeof(*out->terms));
        struct selector_term *t = &out->terms[out->len++];
        *t = (struct selector_term){0};
        int rc = parse_term(&p, t);
        skip_blanks(&p);
        if (!rc && *p.at && *p.at != ',')
            rc = fail(&p, "a comma is missing");
        if (rc) {
            selector_clear(out);
            return rc;
        }
        if (!*p.at)
            return 0;
        p.at++;
    }
}

void selector_clear(struct selector *s)
{
    for (size_t i = 0; i < s->len; i++) {
        mem_free(s->terms[i].key);
        for (size_t k = 0; k < s->terms[i].values_len; k++)
            mem_free(s->terms[i].values[k]);
        mem_free(s->terms[i].values);
    }
    mem_free(s->terms);
    *s = (struct selector){0};
}

static bool term_matches(const struct selector_term *t, const char *value)
{
    bool in = false;
    for (size_t i = 0; value && i < t->values_len; i++)
        in = in || strcmp(t->values[i], value) == 0;
    switch (t->op) {
    case SELECTOR_IN:
        return in;
    case SELECTOR_NOT_IN:
        return !in;
    case SELECTOR_EXISTS:
        return value;
    case SELECTOR_NOT_EXISTS:
        return !value;
    }
    return false;
}

bool selector_match(const struct selector *s, const struct labels *labels)
{
    for (size_t i = 0; i < s->len; i++)
        if (!term_matches(&s->terms[i], labels_get(labels, s->terms[i].key)))
            return false;
    return true;
}
