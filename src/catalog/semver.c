// SPDX-License-Identifier: Apache-2.0
/*
 * Sources: semver.org 2.0.0 (grammar, precedence); npm's node-semver README and Masterminds/semver
 * (ranges). Every form of range becomes comparisons with <, <=, > and >=; a group of them holds
 * when all do, a range when one of its groups does.
 */
#include "catalog/semver.h"

#include "base/vec.h"

#include <string.h>

/* ---- reading ---- */

struct cursor {
    const char *s, *at, *end;
};

static int wrong(const struct cursor *c, struct err *e, const char *what)
{
    err_set(e, ERR_SYNTAX, "%s", what);
    err_at(e, NULL, 1, (uint32_t)(c->at - c->s) + 1);
    return ERR_SYNTAX;
}

static bool digit(const struct cursor *c)
{
    return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static int number(struct cursor *c, uint64_t *out, struct err *e)
{
    const char *start = c->at;
    uint64_t n = 0;
    if (!digit(c))
        return wrong(c, e, "a number is needed here: versions are MAJOR.MINOR.PATCH");
    for (; digit(c); c->at++) {
        if (n > (uint64_t)INT64_MAX / 10)
            return wrong(c, e, "the number is too large");
        n = n * 10 + (uint64_t)(*c->at - '0');
    }
    if (*start == '0' && c->at - start > 1) {
        c->at = start;
        return wrong(c, e, "a number may not begin with 0");
    }
    *out = n;
    return 0;
}

static bool identifier_byte(char b)
{
    return (b >= '0' && b <= '9') || ((b | 0x20) >= 'a' && (b | 0x20) <= 'z') || b == '-';
}

static bool all_digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return n > 0;
}

/* Dotted identifiers up to what cannot be one; out may be NULL (build metadata). */
static int identifiers(struct cursor *c, char *out, bool numbers_plain, struct err *e)
{
    const char *start = c->at;
    do {
        const char *one = c->at;
        while (c->at < c->end && identifier_byte(*c->at))
            c->at++;
        size_t n = (size_t)(c->at - one);
        if (!n)
            return wrong(c, e, "an identifier is needed here: letters, digits and -");
        if (numbers_plain && n > 1 && one[0] == '0' && all_digits(one, n)) {
            c->at = one;
            return wrong(c, e, "a number may not begin with 0");
        }
    } while (c->at < c->end && *c->at == '.' && c->at++);
    if (out && (size_t)(c->at - start) < SEMVER_MAX)
        memcpy(out, start, (size_t)(c->at - start));
    return 0;
}

static int suffixes(struct cursor *c, struct semver *v, struct err *e)
{
    int rc = 0;
    if (c->at < c->end && *c->at == '-') {
        c->at++;
        rc = identifiers(c, v->pre, true, e);
    }
    if (!rc && c->at < c->end && *c->at == '+') {
        c->at++;
        rc = identifiers(c, NULL, false, e);
    }
    return rc;
}

static int dot(struct cursor *c, struct err *e)
{
    if (c->at < c->end && *c->at == '.') {
        c->at++;
        return 0;
    }
    return wrong(c, e, "a dot is needed here: versions are MAJOR.MINOR.PATCH");
}

int semver_parse(const char *text, size_t len, struct semver *out, struct err *e)
{
    struct cursor c = {text, text, text + len};
    *out = (struct semver){0};
    if (len >= SEMVER_MAX)
        return err_set(e, ERR_LIMIT, "a version has at most %u bytes", SEMVER_MAX - 1);
    int rc = number(&c, &out->major, e);
    rc = rc ? rc : dot(&c, e);
    rc = rc ? rc : number(&c, &out->minor, e);
    rc = rc ? rc : dot(&c, e);
    rc = rc ? rc : number(&c, &out->patch, e);
    rc = rc ? rc : suffixes(&c, out, e);
    if (!rc && c.at < c.end)
        rc = wrong(&c, e, "nothing may follow the version");
    if (!rc)
        memcpy(out->text, text, len);
    return rc;
}

int semver_parse_server(const char *text, struct semver *out, struct err *e)
{
    size_t len = strlen(text);
    struct cursor c = {text, text, text + len};
    uint64_t *parts[] = {&out->major, &out->minor, &out->patch};
    *out = (struct semver){0};
    if (len >= SEMVER_MAX)
        return err_set(e, ERR_LIMIT, "a version has at most %u bytes", SEMVER_MAX - 1);
    if (c.at < c.end && *c.at == 'v')
        c.at++;
    for (size_t i = 0; i < 3; i++) {
        if (i && !(c.at < c.end && *c.at == '.'))
            break;
        c.at += i > 0;
        int rc = number(&c, parts[i], e);
        if (rc)
            return rc;
    }
    memcpy(out->text, text, len);
    return 0;
}

/* ---- comparing ---- */

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_identifier(const char *a, size_t an, const char *b, size_t bn)
{
    bool na = all_digits(a, an), nb = all_digits(b, bn);
    if (na != nb)
        return na ? -1 : 1;
    if (na && an != bn)
        return an < bn ? -1 : 1;
    int d = memcmp(a, b, an < bn ? an : bn);
    return d ? (d < 0 ? -1 : 1) : compare_numbers(an, bn);
}

static int compare_pre(const char *a, const char *b)
{
    if (!*a || !*b)
        return (*b != '\0') - (*a != '\0'); /* a release comes after its previews */
    for (;;) {
        size_t an = strcspn(a, "."), bn = strcspn(b, ".");
        int d = compare_identifier(a, an, b, bn);
        if (d || !a[an] || !b[bn])
            return d ? d : (a[an] != '\0') - (b[bn] != '\0');
        a += an + 1;
        b += bn + 1;
    }
}

static int compare_core(const struct semver *a, const struct semver *b)
{
    int d = compare_numbers(a->major, b->major);
    d = d ? d : compare_numbers(a->minor, b->minor);
    return d ? d : compare_numbers(a->patch, b->patch);
}

int semver_compare(const struct semver *a, const struct semver *b)
{
    int d = compare_core(a, b);
    return d ? d : -compare_pre(b->pre, a->pre);
}

/* ---- ranges ---- */

enum op { OP_NONE, OP_GE, OP_GT, OP_LE, OP_LT, OP_NE, OP_ANY, OP_EXACT, OP_CARET, OP_TILDE };

/* A version of which parts may be missing or x. */
struct partial {
    struct semver v;
    unsigned given; /* numbers that are there: 0 to 3 */
};

struct range_reader {
    struct cursor c;
    VEC(struct semver_bound) out;
    bool group;
    struct err *e;
};

static void add_bound(struct range_reader *r, enum op op, struct semver v)
{
    struct semver_bound b = {(uint8_t)op, r->group, v};
    r->group = false;
    vec_push(&r->out, b);
}

/* The first version after all that have the given numbers, as the lowest of its pre-releases. */
static struct semver after(const struct partial *p, unsigned keep)
{
    struct semver v = {.major = p->v.major, .minor = p->v.minor, .patch = p->v.patch, .pre = "0"};
    if (keep == 1) {
        v.major++;
        v.minor = v.patch = 0;
    } else if (keep == 2) {
        v.minor++;
        v.patch = 0;
    } else {
        v.patch++;
    }
    return v;
}

static void spaces(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == ','))
        c->at++;
}

static bool wildcard(struct cursor *c)
{
    if (c->at < c->end && (*c->at == 'x' || *c->at == 'X' || *c->at == '*')) {
        c->at++;
        return true;
    }
    return false;
}

static int read_partial(struct range_reader *r, struct partial *p)
{
    struct cursor *c = &r->c;
    uint64_t *parts[] = {&p->v.major, &p->v.minor, &p->v.patch};
    bool wild = false;
    int rc = 0;
    *p = (struct partial){0};
    if (c->at < c->end && (*c->at == 'v' || *c->at == 'V'))
        c->at++;
    for (unsigned i = 0; i < 3 && !rc; i++) {
        if (i && !(c->at < c->end && *c->at == '.'))
            break;
        c->at += i > 0;
        if (wildcard(c))
            wild = true;
        else if (!(rc = number(c, parts[i], r->e)) && !wild)
            p->given = i + 1;
    }
    if (!rc && p->given == 3)
        rc = suffixes(c, &p->v, r->e);
    if (p->v.pre[0])
        p->v.text[0] = '-'; /* the range names a preview */
    return rc;
}

static void exact(struct range_reader *r, const struct partial *p)
{
    if (!p->given) {
        add_bound(r, OP_ANY, p->v);
        return;
    }
    add_bound(r, OP_GE, p->v);
    if (p->given == 3)
        add_bound(r, OP_LE, p->v);
    else
        add_bound(r, OP_LT, after(p, p->given));
}

static void caret(struct range_reader *r, const struct partial *p)
{
    if (!p->given) {
        add_bound(r, OP_ANY, p->v);
        return;
    }
    unsigned keep = p->v.major || p->given == 1 ? 1 : p->v.minor || p->given == 2 ? 2 : 3;
    add_bound(r, OP_GE, p->v);
    add_bound(r, OP_LT, after(p, keep));
}

static void tilde(struct range_reader *r, const struct partial *p)
{
    if (!p->given) {
        add_bound(r, OP_ANY, p->v);
        return;
    }
    add_bound(r, OP_GE, p->v);
    add_bound(r, OP_LT, after(p, p->given == 1 ? 1 : 2));
}

static void comparison(struct range_reader *r, enum op op, const struct partial *p)
{
    bool whole = p->given == 3;
    struct semver none = {.pre = "0"};
    if (!p->given)
        add_bound(r, op == OP_GE || op == OP_LE ? OP_ANY : OP_LT, none);
    else if (op == OP_GT && !whole)
        add_bound(r, OP_GE, after(p, p->given));
    else if (op == OP_LE && !whole)
        add_bound(r, OP_LT, after(p, p->given));
    else if (op == OP_LT && !whole) {
        struct semver v = p->v;
        v.pre[0] = '0';
        add_bound(r, OP_LT, v);
    } else
        add_bound(r, op, p->v);
}

static bool take(struct cursor *c, const char *s)
{
    size_t n = strlen(s);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, s, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* "1.2 - 2.0" after its first version; false when it is none. */
static bool take_hyphen(struct cursor *c)
{
    struct cursor look = *c;
    while (look.at < look.end && *look.at == ' ')
        look.at++;
    if (look.at == c->at || !take(&look, "- "))
        return false;
    spaces(&look);
    *c = look;
    return true;
}

/* What stands before a version, longer ones first. */
static const struct operator
{
    const char *text;
    enum op op;
}
operators[] = {{">=", OP_GE}, {"<=", OP_LE}, {"!=", OP_NE},   {"==", OP_EXACT}, {"~>", OP_TILDE},
               {">", OP_GT},  {"<", OP_LT},  {"=", OP_EXACT}, {"^", OP_CARET},  {"~", OP_TILDE}};

static enum op read_operator(struct cursor *c)
{
    for (size_t i = 0; i < ARRAY_LEN(operators); i++)
        if (take(c, operators[i].text)) {
            spaces(c);
            return operators[i].op;
        }
    return OP_NONE;
}

static int read_hyphen(struct range_reader *r, const struct partial *from)
{
    struct partial to;
    int rc = read_partial(r, &to);
    if (rc)
        return rc;
    comparison(r, OP_GE, from);
    comparison(r, OP_LE, &to);
    return 0;
}

static int read_one(struct range_reader *r)
{
    struct partial p;
    enum op op = read_operator(&r->c);
    int rc = read_partial(r, &p);
    if (rc)
        return rc;
    switch (op) {
    case OP_NONE:
        if (take_hyphen(&r->c))
            return read_hyphen(r, &p);
        exact(r, &p);
        return 0;
    case OP_EXACT:
        exact(r, &p);
        return 0;
    case OP_CARET:
        caret(r, &p);
        return 0;
    case OP_TILDE:
        tilde(r, &p);
        return 0;
    case OP_NE:
        if (p.given < 3)
            return wrong(&r->c, r->e, "!= needs a whole version");
        add_bound(r, OP_NE, p.v);
        return 0;
    default:
        comparison(r, op, &p);
        return 0;
    }
}

/* The comparisons between two ||. */
static int read_group(struct range_reader *r)
{
    struct cursor *c = &r->c;
    r->group = true;
    for (;;) {
        spaces(c);
        if (c->at == c->end || *c->at == '|')
            break;
        if (r->out.len >= SEMVER_RANGE_MAX)
            return err_set(r->e, ERR_LIMIT, "a range has at most %u comparisons", SEMVER_RANGE_MAX);
        const char *before = c->at;
        int rc = read_one(r);
        if (rc)
            return rc;
        if (c->at < c->end && !strchr(" \t,|<>=!~^", *c->at))
            return wrong(c, r->e,
                         c->at == before ? "a version is needed here"
                                         : "nothing may follow the version");
    }
    if (r->group) /* nothing in it: every release */
        add_bound(r, OP_ANY, (struct semver){0});
    return 0;
}

int semver_range_parse(const char *text, size_t len, struct semver_range *out, struct err *e)
{
    struct range_reader r = {.c = {text, text, text + len}, .e = e};
    int rc = 0;
    *out = (struct semver_range){0};
    if (len > 512)
        return err_set(e, ERR_LIMIT, "a range has at most 512 bytes");
    for (;;) {
        if ((rc = read_group(&r)))
            break;
        if (r.c.at == r.c.end)
            break;
        if (!take(&r.c, "||")) {
            rc = wrong(&r.c, e, "alternatives are written with ||");
            break;
        }
    }
    if (rc) {
        vec_clear(&r.out);
        return rc;
    }
    out->bounds = r.out.items;
    out->len = r.out.len;
    return 0;
}

void semver_range_clear(struct semver_range *r)
{
    mem_free(r->bounds);
    *r = (struct semver_range){0};
}

static bool holds(const struct semver_bound *b, const struct semver *v)
{
    int d = semver_compare(v, &b->v);
    switch ((enum op)b->op) {
    case OP_GE:
        return d >= 0;
    case OP_GT:
        return d > 0;
    case OP_LE:
        return d <= 0;
    case OP_LT:
        return d < 0;
    case OP_NE:
        return d != 0;
    default:
        return true;
    }
}

/* Does the bound name a preview of this very version? The "0" of an upper end does not count. */
static bool names_preview(const struct semver_bound *b, const struct semver *v)
{
    return b->op != OP_ANY && b->v.text[0] && semver_is_preview(&b->v) &&
           compare_core(&b->v, v) == 0;
}

bool semver_range_has(const struct semver_range *r, const struct semver *v)
{
    for (size_t i = 0; i < r->len;) {
        bool all = true, preview = !semver_is_preview(v);
        do {
            all = all && holds(&r->bounds[i], v);
            preview = preview || names_preview(&r->bounds[i], v);
            i++;
        } while (i < r->len && !r->bounds[i].starts_group);
        if (all && preview)
            return true;
    }
    return false;
}
