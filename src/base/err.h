// SPDX-License-Identifier: Apache-2.0
/*
 * The one error type. A fallible function returns 0 or a code of this table and fills *e: what
 * happened, where, and what to do now. The first error wins: a later err_set on the same struct
 * changes nothing and returns the first code. Every struct err starts as ERR_INIT and ends with
 * err_clear. Texts are for people; they may hold bytes from outside and are cleaned (text.h) where
 * they are shown.
 */
#ifndef LEEWAY_BASE_ERR_H
#define LEEWAY_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* name, word for people and for -o json */
#define ERR_TABLE(X)                                                                               \
    X(ERR_NONE, "none")                                                                            \
    X(ERR_USAGE, "usage")     /* wrong arguments */                                                \
    X(ERR_SYNTAX, "syntax")   /* text that does not parse */                                       \
    X(ERR_INVALID, "invalid") /* parses, but breaks a rule */                                      \
    X(ERR_TYPE, "type")       /* a value of the wrong type */                                      \
    X(ERR_LIMIT, "limit")     /* larger, deeper or longer than allowed */                          \
    X(ERR_NOT_FOUND, "not-found")                                                                  \
    X(ERR_EXISTS, "exists")                                                                        \
    X(ERR_CONFLICT, "conflict") /* somebody else changed or owns it */                             \
    X(ERR_MOVED, "moved")       /* the live object is not what was planned on */                   \
    X(ERR_STALE, "stale")       /* HTTP 410: history is gone, list again */                        \
    X(ERR_IO, "io")                                                                                \
    X(ERR_UNREACHABLE, "unreachable") /* name, connect, proxy */                                   \
    X(ERR_TLS, "tls")                                                                              \
    X(ERR_AUTH, "auth")   /* 401, or no credential could be had */                                 \
    X(ERR_LOGIN, "login") /* a credential plugin needs a person */                                 \
    X(ERR_FORBIDDEN, "forbidden")                                                                  \
    X(ERR_THROTTLED, "throttled")             /* 429 */                                            \
    X(ERR_SERVER, "server")                   /* 5xx that may pass */                              \
    X(ERR_PROTOCOL, "protocol")               /* an answer that is not what the protocol says */   \
    X(ERR_UNKNOWN_OUTCOME, "unknown-outcome") /* a write whose result was not seen */              \
    X(ERR_TIMEOUT, "timeout")                                                                      \
    X(ERR_CANCELLED, "cancelled")                                                                  \
    X(ERR_BUSY, "busy")                                                                            \
    X(ERR_CORRUPT, "corrupt")                                                                      \
    X(ERR_UNSUPPORTED, "unsupported")                                                              \
    X(ERR_INTERNAL, "internal")

enum err_code {
#define X(name, word) name,
    ERR_TABLE(X)
#undef X
        ERR_CODE_COUNT
};

struct err {
    int code;      /* enum err_code */
    char *text;    /* owned; what happened */
    char *source;  /* owned or NULL; file, cluster, object or field it is about */
    uint32_t line; /* 1-based; 0 unknown */
    uint32_t col;  /* 1-based, in characters; 0 unknown */
    char *hint;    /* owned or NULL; what to do now */
};

#define ERR_INIT ((struct err){0})

/* All return the code that *e holds afterwards. e may be NULL: then only the code is returned. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int err_vset(struct err *e, int code, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
int err_set_errno(struct err *e, int errnum, const char *what); /* "what: strerror" */
/* Add to an error that is set; the first of each wins. */
void err_at(struct err *e, const char *source, uint32_t line, uint32_t col);
void err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts "prefix: " before the text of an error that is set. */
void err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void err_clear(struct err *e);
void err_move(struct err *to, struct err *from); /* to must be clear; from is clear afterwards */
void err_copy(struct err *to, const struct err *from);
const char *err_word(int code);
/* "source:line:col: text (hint)"; the caller frees with mem_free. */
char *err_format(const struct err *e);

#define ERR_CHECKED __attribute__((warn_unused_result))

#endif
