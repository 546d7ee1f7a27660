// SPDX-License-Identifier: Apache-2.0
/* Shared by parse.c and macro.c. */
#ifndef LEEWAY_CEL_PARSE_INT_H
#define LEEWAY_CEL_PARSE_INT_H

#include "base/text.h"
#include "cel/lex.h"

struct parser {
    const struct cel_env *env;
    struct source *src;
    struct arena *arena;
    struct token tok;
    uint32_t prev_end;
    unsigned depth;
};

struct ast *cel_parse_fail(struct parser *p, uint32_t pos, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
struct ast *cel_ast_make(struct parser *p, enum ast_kind kind, uint32_t pos,
                         struct ast *const *args, size_t n);
struct ast *cel_ast_call(struct parser *p, uint32_t pos, const char *name, struct ast *const *args,
                         size_t n);
/* *done: it was a macro (or a wrong use of one, with the error set and NULL returned). */
struct ast *cel_macro_expand(struct parser *p, uint32_t pos, const char *name, struct ast *target,
                             struct ast *const *args, size_t n, bool *done);

#endif
