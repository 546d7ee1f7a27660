// SPDX-License-Identifier: Apache-2.0
/*
 * The parser: recursive descent over the grammar of the language definition, with limits on nesting
 * and on the height of the tree, so that nothing later can run out of stack. Macros are recognised
 * here (macro.c) and become nodes of their own.
 */
#include "cel/parse_int.h"

#include <string.h>

static struct ast *parse_expr(struct parser *p);

static bool advance(struct parser *p)
{
    p->prev_end = p->tok.end;
    return cel_lex_next(p->src, p->arena, p->tok.end, &p->tok) == 0;
}

struct ast *cel_parse_fail(struct parser *p, uint32_t pos, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = arena_vprintf(p->arena, fmt, ap);
    va_end(ap);
    cel_source_error(p->src, pos, ERR_SYNTAX, "%s", text ? text : "syntax error");
    return NULL;
}

struct ast *cel_ast_make(struct parser *p, enum ast_kind kind, uint32_t pos,
                         struct ast *const *args, size_t n)
{
    struct ast *t = arena_new(p->arena, struct ast);
    struct ast **copy = arena_array(p->arena, n ? n : 1, sizeof(*copy));
    if (!t || !copy) {
        cel_source_error(p->src, pos, ERR_LIMIT, "expression too large");
        return NULL;
    }
    t->kind = (uint8_t)kind;
    t->pos = pos;
    t->n = (uint32_t)n;
    t->args = copy;
    t->slot = t->slot2 = -1;
    for (size_t i = 0; i < n; i++) {
        if (!args[i])
            return NULL;
        copy[i] = args[i];
        if (args[i]->height + 1 > t->height)
            t->height = args[i]->height + 1;
    }
    if (t->height > CEL_MAX_HEIGHT) {
        cel_source_error(p->src, pos, ERR_LIMIT, "expression too complex: more than %u steps deep",
                         CEL_MAX_HEIGHT);
        return NULL;
    }
    return t;
}

struct ast *cel_ast_call(struct parser *p, uint32_t pos, const char *name, struct ast *const *args,
                         size_t n)
{
    struct ast *t = cel_ast_make(p, AST_CALL, pos, args, n);
    if (t) {
        t->name = name;
        t->name_len = (uint32_t)strlen(name);
    }
    return t;
}

static struct ast *literal(struct parser *p, uint32_t pos, struct cel_value v)
{
    struct ast *t = cel_ast_make(p, AST_CONST, pos, NULL, 0);
    if (t)
        t->value = v;
    return t;
}

static struct ast *unexpected(struct parser *p, const char *wanted)
{
    if (p->src->e && p->src->e->code)
        return NULL;
    const struct token *t = &p->tok;
    if (t->kind == TOK_END)
        return cel_parse_fail(p, t->pos, "%s is missing at the end", wanted);
    struct buf shown;
    buf_init(&shown, 256);
    size_t n = t->end - t->pos;
    text_clean_to(&shown, p->src->text + t->pos, n > 40 ? 40 : n);
    cel_parse_fail(p, t->pos, "%s expected, found '%s'", wanted, buf_str(&shown));
    buf_clear(&shown);
    return NULL;
}

static bool expect(struct parser *p, const char *op, const char *wanted)
{
    if (!cel_token_is(&p->tok, op)) {
        unexpected(p, wanted);
        return false;
    }
    return advance(p);
}

struct args {
    struct ast **items;
    uint8_t *optional;
    size_t len, cap;
    bool any_optional;
};

static void args_add(struct args *a, struct ast *t, bool optional)
{
    if (a->len == a->cap) {
        a->cap = a->cap ? a->cap * 2 : 8;
        a->items = mem_reallocarray(a->items, a->cap, sizeof(*a->items));
        a->optional = mem_realloc(a->optional, a->cap);
    }
    a->optional[a->len] = optional;
    a->items[a->len++] = t;
    a->any_optional = a->any_optional || optional;
}

static void args_clear(struct args *a)
{
    mem_free(a->items);
    mem_free(a->optional);
}

static bool keep_optional(struct parser *p, struct ast *t, const struct args *a)
{
    if (!t || !a->any_optional)
        return t != NULL;
    t->optional = arena_alloc(p->arena, a->len);
    if (!t->optional)
        return false;
    memcpy(t->optional, a->optional, a->len);
    return true;
}

/* Items up to `close`, which is consumed; pairs: map entries. */
static bool parse_items(struct parser *p, struct args *out, const char *close, bool pairs,
                        bool optional, bool trailing)
{
    while (!cel_token_is(&p->tok, close)) {
        bool opt = false;
        if (optional && cel_token_is(&p->tok, "?")) {
            opt = true;
            if (!advance(p))
                return false;
        }
        struct ast *item = parse_expr(p);
        if (!item)
            return false;
        args_add(out, item, opt);
        if (pairs) {
            if (!expect(p, ":", "':' after a key"))
                return false;
            item = parse_expr(p);
            if (!item)
                return false;
            args_add(out, item, opt);
        }
        if (!cel_token_is(&p->tok, ","))
            break;
        if (!advance(p))
            return false;
        if (!trailing && cel_token_is(&p->tok, close)) {
            unexpected(p, "an argument");
            return false;
        }
    }
    char wanted[8] = {'\'', close[0], '\'', 0};
    return expect(p, close, wanted);
}

static struct ast *parse_list(struct parser *p, uint32_t pos)
{
    struct args a = {0};
    struct ast *t = NULL;
    if (cel_token_is(&p->tok, ",")) { /* a comma alone is an empty list's trailing comma */
        if (!advance(p))
            return NULL;
        if (!cel_token_is(&p->tok, "]"))
            return unexpected(p, "']'");
    }
    if (parse_items(p, &a, "]", false, true, true))
        t = cel_ast_make(p, AST_LIST, pos, a.items, a.len);
    if (!keep_optional(p, t, &a))
        t = NULL;
    args_clear(&a);
    return t;
}

static struct ast *parse_map(struct parser *p, uint32_t pos)
{
    struct args a = {0};
    struct ast *t = NULL;
    if (cel_token_is(&p->tok, ",")) {
        if (!advance(p))
            return NULL;
        if (!cel_token_is(&p->tok, "}"))
            return unexpected(p, "'}'");
    }
    if (parse_items(p, &a, "}", true, true, true))
        t = cel_ast_make(p, AST_MAP, pos, a.items, a.len);
    if (!keep_optional(p, t, &a))
        t = NULL;
    args_clear(&a);
    return t;
}

static char *token_name(struct parser *p)
{
    char *s = arena_strndup(p->arena, p->tok.text, p->tok.len);
    if (!s)
        cel_source_error(p->src, p->tok.pos, ERR_LIMIT, "expression too large");
    return s;
}

/* name(args…) after the opening parenthesis; target NULL for a plain call. */
static struct ast *parse_call(struct parser *p, uint32_t pos, const char *name, struct ast *target,
                              bool absolute)
{
    struct args a = {0};
    struct ast *t = NULL;
    if (target)
        args_add(&a, target, false);
    if (parse_items(p, &a, ")", false, false, false)) {
        bool done = false;
        if (!absolute)
            t = cel_macro_expand(p, pos, name, target, target ? a.items + 1 : a.items,
                                 a.len - (target ? 1 : 0), &done);
        if (!done && !(p->src->e && p->src->e->code)) {
            t = cel_ast_call(p, pos, name, a.items, a.len);
            if (t && target)
                t->flags |= AF_MEMBER;
            if (t && absolute)
                t->flags |= AF_ABSOLUTE;
        }
    }
    args_clear(&a);
    return t;
}

static struct ast *parse_ident(struct parser *p, bool absolute, uint32_t pos)
{
    if (p->tok.kind != TOK_IDENT)
        return unexpected(p, "a name");
    if (cel_lex_is_reserved(p->tok.text, p->tok.len)) {
        cel_parse_fail(p, p->tok.pos, "'%.*s' is a reserved word", (int)p->tok.len, p->tok.text);
        err_hint(p->src->e, "reserved words may only stand after a dot");
        return NULL;
    }
    char *name = token_name(p);
    if (!name || !advance(p))
        return NULL;
    if (cel_token_is(&p->tok, "("))
        return advance(p) ? parse_call(p, pos, name, NULL, absolute) : NULL;
    struct ast *t = cel_ast_make(p, AST_IDENT, pos, NULL, 0);
    if (!t)
        return NULL;
    t->name = name;
    t->name_len = (uint32_t)strlen(name);
    t->flags = absolute ? AF_ABSOLUTE : 0;
    return t;
}

static struct ast *number(struct parser *p, bool negative)
{
    struct token t = p->tok;
    struct cel_value v;
    if (t.kind == TOK_UINT) {
        if (negative)
            return cel_parse_fail(p, t.pos, "an unsigned number cannot be negative");
        v = cel_uint(t.u);
    } else if (t.kind == TOK_DOUBLE) {
        v = cel_double(negative ? -t.d : t.d);
    } else {
        if (!negative && t.u > INT64_MAX)
            return cel_parse_fail(p, t.pos, "integer out of range");
        v = cel_int(negative ? (int64_t)(0 - t.u) : (int64_t)t.u);
    }
    return advance(p) ? literal(p, t.pos, v) : NULL;
}

static struct ast *parse_primary(struct parser *p)
{
    struct token t = p->tok;
    switch (t.kind) {
    case TOK_INT:
    case TOK_UINT:
    case TOK_DOUBLE:
        return number(p, false);
    case TOK_STRING:
        if (!cel_utf8_valid(t.text, t.len))
            return cel_parse_fail(p, t.pos, "string is not valid UTF-8");
        return advance(p) ? literal(p, t.pos, cel_string(t.text, t.len)) : NULL;
    case TOK_BYTES:
        return advance(p) ? literal(p, t.pos, cel_bytes(t.text, t.len)) : NULL;
    case TOK_IDENT:
        return parse_ident(p, false, t.pos);
    case TOK_OP:
        break;
    default:
        return unexpected(p, "an expression");
    }
    bool yes = cel_token_is(&t, "true");
    if (yes || cel_token_is(&t, "false"))
        return advance(p) ? literal(p, t.pos, cel_bool(yes)) : NULL;
    if (cel_token_is(&t, "null"))
        return advance(p) ? literal(p, t.pos, cel_null()) : NULL;
    if (cel_token_is(&t, "."))
        return advance(p) ? parse_ident(p, true, t.pos) : NULL;
    if (cel_token_is(&t, "["))
        return advance(p) ? parse_list(p, t.pos) : NULL;
    if (cel_token_is(&t, "{"))
        return advance(p) ? parse_map(p, t.pos) : NULL;
    if (cel_token_is(&t, "(")) {
        if (!advance(p))
            return NULL;
        struct ast *e = parse_expr(p);
        return e && expect(p, ")", "')'") ? e : NULL;
    }
    return unexpected(p, "an expression");
}

static struct ast *parse_select(struct parser *p, struct ast *of)
{
    uint32_t pos = p->tok.pos;
    bool optional = false;
    if (!advance(p))
        return NULL;
    if (cel_token_is(&p->tok, "?")) {
        optional = true;
        if (!(p->env->options & CEL_LIB_OPTIONALS))
            return cel_parse_fail(p, p->tok.pos, "optional selection is not enabled");
        if (!advance(p))
            return NULL;
    }
    bool quoted = p->tok.kind == TOK_QUOTED;
    if (p->tok.kind != TOK_IDENT && !quoted)
        return unexpected(p, "a field name");
    char *name = token_name(p);
    size_t name_len = p->tok.len;
    if (!name || !advance(p))
        return NULL;
    if (cel_token_is(&p->tok, "(") && !optional && !quoted)
        return advance(p) ? parse_call(p, pos, name, of, false) : NULL;
    struct ast *t = cel_ast_make(p, AST_SELECT, pos, &of, 1);
    if (!t)
        return NULL;
    t->name = name;
    t->name_len = (uint32_t)name_len;
    t->flags = optional ? AF_OPTIONAL : 0;
    t->op = quoted;
    return t;
}

static struct ast *parse_postfix(struct parser *p, struct ast *t)
{
    while (t) {
        uint32_t pos = p->tok.pos;
        if (cel_token_is(&p->tok, ".")) {
            t = parse_select(p, t);
        } else if (cel_token_is(&p->tok, "[")) {
            if (!advance(p))
                return NULL;
            bool optional = cel_token_is(&p->tok, "?");
            if (optional && !(p->env->options & CEL_LIB_OPTIONALS))
                return cel_parse_fail(p, p->tok.pos, "optional indexing is not enabled");
            if (optional && !advance(p))
                return NULL;
            struct ast *args[2] = {t, parse_expr(p)};
            if (!args[1] || !expect(p, "]", "']'"))
                return NULL;
            t = cel_ast_call(p, pos, optional ? "_[?_]" : "_[_]", args, 2);
        } else if (cel_token_is(&p->tok, "{") && (t->kind == AST_IDENT || t->kind == AST_SELECT)) {
            cel_source_error(p->src, pos, ERR_UNSUPPORTED, "protobuf messages are not supported");
            err_hint(p->src->e, "a map is written {'key': value}");
            return NULL;
        } else {
            return t;
        }
    }
    return NULL;
}

static struct ast *parse_unary(struct parser *p)
{
    uint32_t pos = p->tok.pos;
    bool not = cel_token_is(&p->tok, "!"), minus = cel_token_is(&p->tok, "-");
    if (!not &&!minus)
        return parse_postfix(p, parse_primary(p));
    if (++p->depth > CEL_MAX_DEPTH)
        return cel_parse_fail(p, pos, "nested too deeply: more than %u levels", CEL_MAX_DEPTH);
    if (!advance(p))
        return NULL;
    struct ast *t;
    if (minus && (p->tok.kind == TOK_INT || p->tok.kind == TOK_UINT || p->tok.kind == TOK_DOUBLE)) {
        t = parse_postfix(p, number(p, true));
    } else if (cel_token_is(&p->tok, not ? "-" : "!")) {
        t = unexpected(p, "an operand"); /* !-x and -!x are no expressions */
    } else {
        t = parse_unary(p);
        t = t ? cel_ast_call(p, pos, not ? "!_" : "-_", &t, 1) : NULL;
    }
    p->depth--;
    return t;
}

static const struct binary {
    const char *op, *name;
    int level;
} binaries[] = {
    {"<", "_<_", 1},   {"<=", "_<=_", 1}, {">", "_>_", 1},  {">=", "_>=_", 1},
    {"==", "_==_", 1}, {"!=", "_!=_", 1}, {"in", "@in", 1}, {"+", "_+_", 2},
    {"-", "_-_", 2},   {"*", "_*_", 3},   {"/", "_/_", 3},  {"%", "_%_", 3},
};

static struct ast *parse_binary(struct parser *p, int level)
{
    if (level > 3)
        return parse_unary(p);
    struct ast *t = parse_binary(p, level + 1);
    while (t) {
        const struct binary *b = NULL;
        for (size_t i = 0; i < ARRAY_LEN(binaries) && !b; i++)
            if (binaries[i].level == level && cel_token_is(&p->tok, binaries[i].op))
                b = &binaries[i];
        if (!b)
            return t;
        uint32_t pos = p->tok.pos;
        if (!advance(p))
            return NULL;
        struct ast *args[2] = {t, parse_binary(p, level + 1)};
        t = args[1] ? cel_ast_call(p, pos, b->name, args, 2) : NULL;
    }
    return NULL;
}

static struct ast *parse_logic(struct parser *p, bool or)
{
    const char *op = or ? "||" : "&&";
    struct ast *t = or ? parse_logic(p, false) : parse_binary(p, 1);
    if (!t || !cel_token_is(&p->tok, op))
        return t;
    struct args a = {0};
    uint32_t pos = p->tok.pos;
    args_add(&a, t, false);
    bool ok = true;
    while (ok && cel_token_is(&p->tok, op)) {
        ok = advance(p);
        t = !ok ? NULL : or ? parse_logic(p, false) : parse_binary(p, 1);
        ok = t != NULL;
        if (ok)
            args_add(&a, t, false);
    }
    t = ok ? cel_ast_make(p, or ? AST_OR : AST_AND, pos, a.items, a.len) : NULL;
    args_clear(&a);
    return t;
}

static struct ast *parse_expr(struct parser *p)
{
    if (++p->depth > CEL_MAX_DEPTH)
        return cel_parse_fail(p, p->tok.pos, "nested too deeply: more than %u levels",
                              CEL_MAX_DEPTH);
    struct ast *t = parse_logic(p, true);
    if (t && cel_token_is(&p->tok, "?")) {
        uint32_t pos = p->tok.pos;
        struct ast *args[3] = {t, NULL, NULL};
        if (!advance(p) || !(args[1] = parse_logic(p, true)) ||
            !expect(p, ":", "':' of a conditional") || !(args[2] = parse_expr(p)))
            t = NULL;
        else
            t = cel_ast_make(p, AST_COND, pos, args, 3);
    }
    p->depth--;
    return t;
}

struct ast *cel_parse(const struct cel_env *env, struct source *src, struct arena *a)
{
    struct parser p = {.env = env, .src = src, .arena = a};
    if (src->len > CEL_MAX_TEXT) {
        cel_source_error(src, 0, ERR_LIMIT, "expression too long: more than %u KiB",
                         CEL_MAX_TEXT / 1024);
        return NULL;
    }
    if (!advance(&p))
        return NULL;
    struct ast *t = parse_expr(&p);
    if (t && p.tok.kind != TOK_END)
        return unexpected(&p, "an operator or the end");
    return t;
}
