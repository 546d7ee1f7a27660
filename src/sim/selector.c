// SPDX-License-Identifier: Apache-2.0
/*
 * Label and field selectors of requests: requirements that must all hold. Grammar as in
 * apimachinery's labels/selector.go; fields know = == != only, and only those of the kind.
 */
#include "sim/sim_int.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { REQUIREMENTS_MAX = 100, VALUES_MAX = 1000 };

enum op { OP_HAS, OP_HAS_NOT, OP_IN, OP_NOT_IN };

struct requirement {
    enum op op;
    bool field;
    char *key;
    VEC(char *) values;
};

struct sim_selector {
    VEC(struct requirement) all;
};

struct scan {
    const char *at;
    struct sim_selector *s;
};

static void blanks(struct scan *c)
{
    while (*c->at == ' ' || *c->at == '\t')
        c->at++;
}

static char *word(struct scan *c)
{
    blanks(c);
    size_t n = 0;
    while (isalnum((unsigned char)c->at[n]) || (c->at[n] && strchr("-_./", c->at[n])))
        n++;
    char *w = mem_strndup(c->at, n);
    c->at += n;
    blanks(c);
    return w;
}

static bool take(struct scan *c, const char *s)
{
    size_t n = strlen(s);
    if (strncmp(c->at, s, n) != 0)
        return false;
    c->at += n;
    blanks(c);
    return true;
}

static bool values_in(struct scan *c, struct requirement *r)
{
    if (!take(c, "("))
        return false;
    do {
        if (r->values.len == VALUES_MAX)
            return false;
        vec_push(&r->values, word(c));
    } while (take(c, ","));
    return take(c, ")");
}

static bool operator_of(struct scan *c, struct requirement *r)
{
    if (!*c->at || *c->at == ',') {
        r->op = OP_HAS;
        return true;
    }
    bool not = take(c, "!=");
    if (not || take(c, "==") || take(c, "=")) {
        r->op = not ? OP_NOT_IN : OP_IN;
        vec_push(&r->values, word(c));
        return true;
    }
    char *w = word(c);
    bool in = strcmp(w, "in") == 0, notin = strcmp(w, "notin") == 0;
    mem_free(w);
    r->op = in ? OP_IN : OP_NOT_IN;
    return (in || notin) && values_in(c, r);
}

static bool parse_labels(struct scan *c)
{
    blanks(c);
    if (!*c->at)
        return true;
    do {
        struct requirement r = {0};
        if (c->s->all.len == REQUIREMENTS_MAX)
            return false;
        bool not = take(c, "!");
        r.key = word(c);
        bool ok = r.key[0] != '\0';
        if (not )
            r.op = OP_HAS_NOT;
        else
            ok = ok && operator_of(c, &r);
        vec_push(&c->s->all, r); /* also a bad one, to be freed */
        if (!ok)
            return false;
    } while (take(c, ","));
    return !*c->at;
}

static bool field_known(const struct sim_kind *k, const char *key)
{
    if (strcmp(key, "metadata.name") == 0 ||
        (k->namespaced && strcmp(key, "metadata.namespace") == 0))
        return true;
    size_t n = strlen(key);
    for (const char *at = k->fields; n && (at = strstr(at, key)); at += n)
        if ((at == k->fields || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
    return false;
}

static bool parse_fields(struct scan *c, const struct sim_kind *k, char *bad, size_t room)
{
    blanks(c);
    if (!*c->at)
        return true;
    do {
        struct requirement r = {.field = true};
        if (c->s->all.len == REQUIREMENTS_MAX)
            return false;
        size_t n = strcspn(c->at, "=!,");
        r.key = mem_strndup(c->at, n);
        c->at += n;
        bool not = take(c, "!=");
        bool ok = not || take(c, "==") || take(c, "=");
        r.op = not ? OP_NOT_IN : OP_IN;
        n = strcspn(c->at, ",");
        vec_push(&r.values, mem_strndup(c->at, n));
        c->at += n;
        snprintf(bad, room, "%s", r.key);
        bool known = field_known(k, r.key);
        vec_push(&c->s->all, r);
        if (!ok || !known)
            return false;
        bad[0] = '\0';
    } while (take(c, ","));
    return !*c->at;
}

struct sim_selector *sim_selector_new(const struct sim_kind *k, const char *labels,
                                      const char *fields, struct sim_reply *r)
{
    struct sim_selector *s = mem_new(struct sim_selector);
    struct scan c = {labels ? labels : "", s};
    char bad[256] = "";
    if (!parse_labels(&c)) {
        sim_fail(r, 400, "BadRequest", NULL, NULL,
                 "unable to parse requirement: found '%.100s', expected: !, identifier, or ','",
                 c.at);
        goto fail;
    }
    c.at = fields ? fields : "";
    if (!parse_fields(&c, k, bad, sizeof(bad))) {
        if (bad[0] && !k->fields[0])
            sim_fail(r, 400, "BadRequest", NULL, NULL,
                     "\"%s\" is not a known field selector: only \"metadata.name\"%s", bad,
                     k->namespaced ? ", \"metadata.namespace\"" : "");
        else if (bad[0])
            sim_fail(r, 400, "BadRequest", NULL, NULL, "field label not supported: %s", bad);
        else
            sim_fail(r, 400, "BadRequest", NULL, NULL, "invalid selector: '%.200s'", fields);
        goto fail;
    }
    return s;
fail:
    sim_selector_free(s);
    return NULL;
}

void sim_selector_free(struct sim_selector *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->all.len; i++) {
        struct requirement *r = &s->all.items[i];
        for (size_t k = 0; k < r->values.len; k++)
            mem_free(r->values.items[k]);
        vec_clear(&r->values);
        mem_free(r->key);
    }
    vec_clear(&s->all);
    mem_free(s);
}

bool sim_selector_empty(const struct sim_selector *s)
{
    return !s || !s->all.len;
}

/* The text of a field; what is not there counts as empty. */
static const char *field_text(const struct val *v, const char *path, char *room, size_t room_len)
{
    while (*path && v) {
        size_t n = strcspn(path, ".");
        v = val_get_n(v, path, n);
        path += n + (path[n] == '.');
    }
    if (val_is(v, VAL_BOOL))
        return v->as.b ? "true" : "false";
    if (val_is(v, VAL_INT)) {
        snprintf(room, room_len, "%lld", (long long)v->as.i);
        return room;
    }
    return val_str(v, "");
}

bool sim_selector_matches(const struct sim_selector *s, const struct val *object)
{
    const struct val *labels = val_at(object, "metadata", "labels", NULL);
    for (size_t i = 0; s && i < s->all.len; i++) {
        const struct requirement *r = &s->all.items[i];
        char room[24];
        const char *have = r->field ? field_text(object, r->key, room, sizeof(room))
                                    : val_str(val_get(labels, r->key), NULL);
        bool in = false;
        for (size_t k = 0; have && k < r->values.len; k++)
            in = in || strcmp(have, r->values.items[k]) == 0;
        bool ok = r->op == OP_HAS ? have != NULL
                                  : (r->op == OP_HAS_NOT ? !have : (r->op == OP_IN ? in : !in));
        if (!ok)
            return false;
    }
    return true;
}
