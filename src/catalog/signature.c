// SPDX-License-Identifier: Apache-2.0
#include "catalog/signature.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define JUDGE_MS 20000
#define SIGN_MS 180000 /* somebody looks for the hardware key */
#define SAID_MAX (64u * 1024u)

struct said {
    struct buf out, errors;
    bool well; /* it ended with 0 */
};

static void said_init(struct said *s)
{
    *s = (struct said){.well = false};
    buf_init(&s->out, SAID_MAX);
    buf_init(&s->errors, SAID_MAX);
}

static void said_clear(struct said *s)
{
    buf_clear(&s->out);
    buf_clear(&s->errors);
}

static int run(const char *const *argv, const char *input, bool person, struct said *s,
               struct err *e)
{
    int status = 0;
    struct run_options o = {
        .argv = argv,
        .input = input,
        .timeout_ms = person ? SIGN_MS : JUDGE_MS,
        .out = &s->out,
        .errors = &s->errors,
        .with_person = person,
    };
    buf_reset(&s->out);
    buf_reset(&s->errors);
    int rc = run_wait(&o, &status, e);
    if (rc == ERR_NOT_FOUND)
        err_hint(e, "install openssh-client");
    s->well = !rc && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return rc;
}

/* The first line that holds a word, without what ssh-keygen always says; NULL: none. Owned. */
static char *line_with(const struct buf *b, const char *word)
{
    for (const char *p = buf_str(b); *p;) {
        size_t n = strcspn(p, "\n");
        char *line = mem_strndup(p, n);
        if (strstr(line, word))
            return line;
        mem_free(line);
        p += n + (p[n] == '\n');
    }
    return NULL;
}

/* "SHA256:..." in a text; owned, NULL: none. */
static char *fingerprint_in(const char *text)
{
    const char *p = strstr(text, "SHA256:");
    return p ? mem_strndup(p, strcspn(p, " \t\r\n")) : NULL;
}

/* ---- signing ---- */

static int read_fingerprint(const char *key, struct buf *out, struct err *e)
{
    const char *argv[] = {"ssh-keygen", "-l", "-E", "sha256", "-f", key, NULL};
    struct said s;
    said_init(&s);
    int rc = run(argv, NULL, false, &s, e);
    char *print = rc ? NULL : fingerprint_in(buf_str(&s.out));
    if (print)
        buf_puts(out, print);
    else if (!rc)
        rc = err_set(e, ERR_NOT_FOUND, "%s is no key that ssh-keygen reads", key);
    mem_free(print);
    said_clear(&s);
    return rc;
}

int signature_make(const char *file, const char *key, struct buf *out, struct buf *fingerprint,
                   struct err *e)
{
    const char *argv[] = {"ssh-keygen", "-Y", "sign", "-f", key, "-n", SIGNATURE_NAMESPACE, NULL};
    struct said s;
    if (access(key, R_OK) != 0) {
        err_set(e, ERR_NOT_FOUND, "the key %s cannot be read: %s", key, strerror(errno));
        err_hint(e,
                 "name the key's file, or the .pub file of a key that ssh-agent holds, with --key");
        return e ? e->code : ERR_NOT_FOUND;
    }
    int rc = read_fingerprint(key, fingerprint, e);
    if (rc)
        return rc;
    said_init(&s);
    rc = run(argv, file, true, &s, e);
    if (!rc && !s.well) {
        char *why = line_with(&s.errors, "rror");
        if (!why)
            why = line_with(&s.errors, "Couldn't");
        rc = err_set(e, ERR_IO, "ssh-keygen did not sign: %s",
                     why ? why : "the key is not usable, or the agent does not hold it");
        mem_free(why);
    } else if (!rc && buf_add(out, s.out.data, s.out.len)) {
        rc = err_set(e, ERR_LIMIT, "the signature is too long");
    }
    said_clear(&s);
    return rc;
}

/* ---- judging ---- */

/* Is it a signature of these bytes at all? */
static int check_bytes(const char *file, const char *sig, struct signature *out, struct err *e)
{
    const char *argv[] = {"ssh-keygen", "-Y", "check-novalidate", "-n", SIGNATURE_NAMESPACE, "-s",
                          sig,          NULL};
    struct said s;
    said_init(&s);
    int rc = run(argv, file, false, &s, e);
    if (!rc && s.well) {
        out->fingerprint = fingerprint_in(buf_str(&s.out));
    } else if (!rc) {
        out->verdict = SIGNATURE_BROKEN;
        char *other = line_with(&s.errors, "namespace does not match");
        char *wrong = line_with(&s.errors, "incorrect signature");
        out->why = mem_strdup(other   ? "it was made for something else than approvals"
                              : wrong ? "the lock is not what was signed: it was edited afterwards"
                                      : "it is no SSH signature");
        mem_free(other);
        mem_free(wrong);
    }
    said_clear(&s);
    return rc;
}

static void set_why(struct signature *out, enum signature_verdict verdict, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void set_why(struct signature *out, enum signature_verdict verdict, const char *fmt, ...)
{
    struct arena a;
    va_list ap;
    arena_init(&a);
    va_start(ap, fmt);
    out->verdict = verdict;
    out->why = mem_strdup(arena_vprintf(&a, fmt, ap));
    va_end(ap);
    arena_clear(&a);
}

/* "FILE:1: key has expired: verify time … > valid-before 2020-01-01T00:00:00" → since when */
static char *after_word(const char *line, const char *word)
{
    const char *p = strstr(line, word);
    if (!p)
        return NULL;
    p += strlen(word);
    return mem_strndup(p, strcspn(p, " \r\n"));
}

static void explain_stranger(const struct said *s, const char *signers, struct signature *out)
{
    char *expired = line_with(&s->errors, "key has expired");
    char *early = line_with(&s->errors, "key is not yet valid");
    if (expired || early) {
        char *when =
            expired ? after_word(expired, "valid-before ") : after_word(early, "valid-after ");
        set_why(out, SIGNATURE_EXPIRED, "the signer with key %s is trusted %s %s only",
                out->fingerprint, expired ? "until" : "from", when ? when : "another day");
        mem_free(when);
    } else {
        set_why(out, SIGNATURE_STRANGER, "key %s is nobody's in %s", out->fingerprint, signers);
    }
    mem_free(expired);
    mem_free(early);
}

/* Whose key is it? A pattern list names its first: that is who it stands for. */
static int find_who(const char *sig, const char *signers, struct signature *out, struct err *e)
{
    const char *argv[] = {"ssh-keygen", "-Y", "find-principals", "-s", sig, "-f", signers, NULL};
    struct said s;
    said_init(&s);
    int rc = run(argv, NULL, false, &s, e);
    if (!rc && s.well && s.out.len)
        out->who = mem_strndup(buf_str(&s.out), strcspn(buf_str(&s.out), ", \r\n"));
    else if (!rc)
        explain_stranger(&s, signers, out);
    said_clear(&s);
    return rc;
}

static int verify(const char *file, const char *sig, const char *signers, struct signature *out,
                  struct err *e)
{
    const char *argv[] = {"ssh-keygen",        "-Y", "verify", "-f", signers, "-I", out->who, "-n",
                          SIGNATURE_NAMESPACE, "-s", sig,      NULL};
    struct said s;
    said_init(&s);
    int rc = run(argv, file, false, &s, e);
    if (!rc && s.well) {
        out->verdict = SIGNATURE_GOOD;
    } else if (!rc) {
        char *line = line_with(&s.errors, "not permitted for use in signature namespace");
        if (line)
            set_why(out, SIGNATURE_NOT_FOR, "%s is not trusted for approvals (namespaces in %s)",
                    out->who, signers);
        else
            explain_stranger(&s, signers, out);
        mem_free(line);
        mem_free(out->who);
        out->who = NULL;
    }
    said_clear(&s);
    return rc;
}

int signature_judge(const char *file, const char *sig, const char *signers, struct signature *out,
                    struct err *e)
{
    *out = (struct signature){.verdict = SIGNATURE_BROKEN};
    if (access(signers, R_OK) != 0) {
        err_set_errno(e, errno, "the file of trusted signers cannot be read");
        err_at(e, signers, 0, 0);
        return ERR_IO;
    }
    int rc = check_bytes(file, sig, out, e);
    if (!rc && out->fingerprint)
        rc = find_who(sig, signers, out, e);
    if (!rc && out->who)
        rc = verify(file, sig, signers, out, e);
    return rc;
}

void signature_clear(struct signature *s)
{
    mem_free(s->who);
    mem_free(s->fingerprint);
    mem_free(s->why);
    *s = (struct signature){.verdict = SIGNATURE_BROKEN};
}
