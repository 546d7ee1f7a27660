// SPDX-License-Identifier: Apache-2.0
/* Words of an expression. Internal to the parser. */
#ifndef LEEWAY_CEL_LEX_H
#define LEEWAY_CEL_LEX_H

#include "cel/cel_int.h"

enum token_kind {
    TOK_END,
    TOK_IDENT,  /* text: the name; reserved names too */
    TOK_QUOTED, /* `a-b`, text without the quotes */
    TOK_INT,    /* magnitude in u, which may be 2^63 before a minus */
    TOK_UINT,
    TOK_DOUBLE,
    TOK_STRING, /* unescaped in text */
    TOK_BYTES,
    TOK_OP, /* text */
};

struct token {
    enum token_kind kind;
    uint32_t pos, end; /* byte offsets */
    const char *text;
    uint32_t len;
    uint64_t u;
    double d;
};

/* 0, or an error in src->e. Strings live in a. */
int cel_lex_next(struct source *src, struct arena *a, uint32_t at, struct token *out);
bool cel_token_is(const struct token *t, const char *op); /* operator or keyword */
bool cel_lex_is_reserved(const char *s, size_t len);      /* as an identifier */

#endif
