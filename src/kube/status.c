// SPDX-License-Identifier: Apache-2.0
/*
 * Classification of answers. The table below is read from the top; the first row that fits decides.
 * A row may ask for an HTTP status, a Status reason, the reason of one of its causes, a piece of
 * the message, and whether the request was a write. What remains is decided by the status alone,
 * which has a last row for each hundred. Nothing a server says can make this fail: a body that is
 * no Status only loses its text.
 */
#include "kube/status.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "data/json.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { ANY = 0, READS = 1, WRITES = 2 };
enum { STATUS_BODY_MAX = 4 * 1024 * 1024, STATUS_POOL_MAX = 64 * 1024 * 1024, TEXT_MAX = 4096 };

struct rule {
    int status;          /* 0: any */
    const char *reason;  /* NULL: any; "": none given */
    const char *cause;   /* NULL: any */
    const char *message; /* NULL: any; part of it */
    int method;
    int code;
    enum kube_fate fate;
    enum kube_why why;
    const char *hint;
};

#define OK_LATER KUBE_FATE_TRANSIENT
#define NEVER KUBE_FATE_PERMANENT
#define UNKNOWN KUBE_FATE_UNKNOWN

static const struct rule rules[] = {
    /* 400 */
    {400, NULL, NULL, "strict decoding error", ANY, ERR_INVALID, NEVER, KUBE_WHY_UNKNOWN_FIELD,
     "correct the field's name, or leave it out"},
    {400, NULL, NULL, "error strict decoding YAML", ANY, ERR_INVALID, NEVER, KUBE_WHY_UNKNOWN_FIELD,
     "correct the field's name, or leave it out"},
    {400, NULL, NULL, NULL, ANY, ERR_INVALID, NEVER, KUBE_WHY_NONE, NULL},
    {401, NULL, NULL, NULL, ANY, ERR_AUTH, NEVER, KUBE_WHY_NONE,
     "log in again, or check the user in the kubeconfig"},
    {402, NULL, NULL, NULL, ANY, ERR_FORBIDDEN, NEVER, KUBE_WHY_NONE, NULL},
    /* 403 */
    {403, NULL, "NamespaceTerminating", NULL, ANY, ERR_FORBIDDEN, OK_LATER,
     KUBE_WHY_NAMESPACE_TERMINATING, "wait until the namespace is gone"},
    {403, NULL, NULL, "because it is being terminated", ANY, ERR_FORBIDDEN, OK_LATER,
     KUBE_WHY_NAMESPACE_TERMINATING, "wait until the namespace is gone"},
    {403, NULL, NULL, "exceeded quota", ANY, ERR_FORBIDDEN, NEVER, KUBE_WHY_QUOTA,
     "ask for a larger quota, or less of what it limits"},
    {403, NULL, NULL, "error looking up service account", ANY, ERR_FORBIDDEN, OK_LATER,
     KUBE_WHY_ACCOUNT_MISSING, NULL},
    {403, NULL, NULL, NULL, ANY, ERR_FORBIDDEN, NEVER, KUBE_WHY_NONE,
     "ask for a role that allows it"},
    {405, NULL, NULL, NULL, ANY, ERR_UNSUPPORTED, NEVER, KUBE_WHY_NONE, NULL},
    {406, NULL, NULL, NULL, ANY, ERR_UNSUPPORTED, NEVER, KUBE_WHY_NONE, NULL},
    {407, NULL, NULL, NULL, ANY, ERR_UNREACHABLE, NEVER, KUBE_WHY_NONE,
     "the proxy wants a login: check proxy-url"},
    {408, NULL, NULL, NULL, READS, ERR_TIMEOUT, OK_LATER, KUBE_WHY_NONE, NULL},
    {408, NULL, NULL, NULL, WRITES, ERR_UNKNOWN_OUTCOME, UNKNOWN, KUBE_WHY_NONE, NULL},
    /* 409 */
    {409, "AlreadyExists", NULL, NULL, ANY, ERR_EXISTS, NEVER, KUBE_WHY_EXISTS, NULL},
    {409, NULL, "FieldManagerConflict", NULL, ANY, ERR_CONFLICT, NEVER, KUBE_WHY_FIELD_CONFLICT,
     "somebody else owns these fields: leave them out, or take them over"},
    {409, NULL, NULL, "uid mismatch", ANY, ERR_MOVED, NEVER, KUBE_WHY_UID_CONFLICT, NULL},
    {409, NULL, NULL, "Precondition failed: UID", ANY, ERR_MOVED, NEVER, KUBE_WHY_UID_CONFLICT,
     NULL},
    {409, NULL, NULL, "the UID in the precondition", ANY, ERR_MOVED, NEVER, KUBE_WHY_UID_CONFLICT,
     NULL},
    {409, NULL, NULL, "the ResourceVersion in the precondition", ANY, ERR_MOVED, NEVER,
     KUBE_WHY_VERSION_CONFLICT, "read it again"},
    {409, NULL, NULL, "the object has been modified", ANY, ERR_MOVED, NEVER,
     KUBE_WHY_VERSION_CONFLICT, "read it again"},
    {409, NULL, NULL, "Precondition failed", ANY, ERR_MOVED, NEVER, KUBE_WHY_VERSION_CONFLICT,
     "read it again"},
    /* Namespaces say it like this while their contents go. */
    {409, NULL, NULL, "is being deleted", ANY, ERR_CONFLICT, OK_LATER, KUBE_WHY_EXISTS, NULL},
    {409, NULL, NULL, NULL, ANY, ERR_CONFLICT, NEVER, KUBE_WHY_NONE, NULL},
    {410, NULL, NULL, NULL, ANY, ERR_STALE, OK_LATER, KUBE_WHY_EXPIRED, NULL},
    {413, NULL, NULL, NULL, ANY, ERR_LIMIT, NEVER, KUBE_WHY_NONE, "make the object smaller"},
    {415, NULL, NULL, NULL, ANY, ERR_UNSUPPORTED, NEVER, KUBE_WHY_NONE, NULL},
    {421, NULL, NULL, NULL, ANY, ERR_SERVER, OK_LATER, KUBE_WHY_NONE, NULL},
    {422, NULL, NULL, "field is immutable", ANY, ERR_INVALID, NEVER, KUBE_WHY_IMMUTABLE,
     "the object has to be deleted and made again"},
    {422, NULL, NULL, NULL, ANY, ERR_INVALID, NEVER, KUBE_WHY_NONE, NULL},
    {425, NULL, NULL, NULL, ANY, ERR_SERVER, OK_LATER, KUBE_WHY_NONE, NULL},
    {429, NULL, NULL, NULL, ANY, ERR_THROTTLED, OK_LATER, KUBE_WHY_NONE, NULL},
    {431, NULL, NULL, NULL, ANY, ERR_LIMIT, NEVER, KUBE_WHY_NONE, NULL},
    /* 500: an apply body that breaks the schema, though nothing is wrong with the server */
    {500, NULL, NULL, "failed to create typed patch object", ANY, ERR_INVALID, NEVER,
     KUBE_WHY_TYPED, "the object does not fit the kind's schema"},
    {500, NULL, NULL, "failed to create typed live object", ANY, ERR_INVALID, NEVER, KUBE_WHY_TYPED,
     "the live object does not fit the kind's schema: it has to be repaired first"},
    {500, NULL, NULL, "field not declared in schema", ANY, ERR_INVALID, NEVER, KUBE_WHY_TYPED,
     "the object does not fit the kind's schema"},
    {500, NULL, NULL, "failed calling webhook", ANY, ERR_SERVER, OK_LATER, KUBE_WHY_WEBHOOK,
     "an admission webhook does not answer"},
    {500, NULL, NULL, "etcdserver: request is too large", ANY, ERR_LIMIT, NEVER, KUBE_WHY_NONE,
     "make the object smaller"},
    {500, NULL, NULL, "etcdserver:", WRITES, ERR_UNKNOWN_OUTCOME, UNKNOWN, KUBE_WHY_NONE, NULL},
    {500, NULL, NULL, "context deadline exceeded", WRITES, ERR_UNKNOWN_OUTCOME, UNKNOWN,
     KUBE_WHY_NONE, NULL},
    {500, NULL, NULL, NULL, READS, ERR_SERVER, OK_LATER, KUBE_WHY_NONE, NULL},
    {500, "ServerTimeout", NULL, NULL, WRITES, ERR_SERVER, OK_LATER, KUBE_WHY_NONE, NULL},
    {500, "InternalError", NULL, NULL, WRITES, ERR_SERVER, OK_LATER, KUBE_WHY_NONE, NULL},
    /* Not the server's own words: a proxy between may have passed the request on. */
    {500, NULL, NULL, NULL, WRITES, ERR_UNKNOWN_OUTCOME, UNKNOWN, KUBE_WHY_NONE, NULL},
    {501, NULL, NULL, NULL, ANY, ERR_UNSUPPORTED, NEVER, KUBE_WHY_NONE, NULL},
    {502, NULL, NULL, NULL, READS, ERR_SERVER, OK_LATER, KUBE_WHY_NONE, NULL},
    {502, NULL, NULL, NULL, WRITES, ERR_UNKNOWN_OUTCOME, UNKNOWN, KUBE_WHY_NONE, NULL},
    {503, NULL, NULL, "before all known HTTP paths have been installed", ANY, ERR_SERVER, OK_LATER,
     KUBE_WHY_STARTING, "the API server is starting"},
    {503, "ServiceUnavailable", NULL, NULL, ANY, ERR_SERVER, OK_LATER, KUBE_WHY_NONE, NULL},
    {503, NULL, NULL, NULL, READS, ERR_SERVER, OK_LATER, KUBE_WHY_NONE, NULL},
    {503, NULL, NULL, NULL, WRITES, ERR_UNKNOWN_OUTCOME, UNKNOWN, KUBE_WHY_NONE, NULL},
    {504, NULL, "ResourceVersionTooLarge", NULL, ANY, ERR_SERVER, OK_LATER,
     KUBE_WHY_VERSION_TOO_LARGE, NULL},
    {504, NULL, NULL, "Too large resource version", ANY, ERR_SERVER, OK_LATER,
     KUBE_WHY_VERSION_TOO_LARGE, NULL},
    {504, NULL, NULL, NULL, READS, ERR_TIMEOUT, OK_LATER, KUBE_WHY_NONE, NULL},
    {504, NULL, NULL, NULL, WRITES, ERR_UNKNOWN_OUTCOME, UNKNOWN, KUBE_WHY_NONE, NULL},
};

/* Words for an HTTP status whose body says nothing. */
static const struct {
    int status;
    const char *words;
} known[] = {
    {400, "bad request"},
    {401, "not logged in"},
    {403, "forbidden"},
    {404, "not found"},
    {405, "method not allowed"},
    {406, "not acceptable"},
    {407, "proxy login needed"},
    {408, "request timed out"},
    {409, "conflict"},
    {410, "gone"},
    {413, "request too large"},
    {415, "media type not supported"},
    {422, "invalid"},
    {429, "too many requests"},
    {500, "internal error"},
    {502, "bad gateway"},
    {503, "service unavailable"},
    {504, "gateway timed out"},
};

#define X(name, word) word,
static const char *const fate_words[] = {KUBE_FATE_TABLE(X)};
static const char *const why_words[] = {KUBE_WHY_TABLE(X)};
#undef X

const char *kube_fate_word(enum kube_fate f)
{
    return (size_t)f < ARRAY_LEN(fate_words) ? fate_words[f] : "?";
}

const char *kube_why_word(enum kube_why w)
{
    return (size_t)w < ARRAY_LEN(why_words) ? why_words[w] : "?";
}

void kube_error_init(struct kube_error *e)
{
    memset(e, 0, sizeof(*e));
    e->reason = e->message = e->kind = e->group = e->name = e->uid = e->text = "";
    e->retry_after_ms = -1;
    arena_init(&e->arena);
}

void kube_error_clear(struct kube_error *e)
{
    arena_clear(&e->arena);
    kube_error_init(e);
}

void kube_error_move(struct kube_error *to, struct kube_error *from)
{
    arena_clear(&to->arena);
    *to = *from;
    kube_error_init(from);
}

void kube_error_copy(struct kube_error *to, const struct kube_error *from)
{
    if (to == from)
        return;
    kube_error_clear(to);
    struct arena a = to->arena;
    *to = *from;
    to->arena = a;
    const char **strings[] = {&to->reason, &to->message, &to->kind, &to->group,   &to->name,
                              &to->uid,    &to->text,    &to->hint, &to->audit_id};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        if (*strings[i])
            *strings[i] = arena_strdup(&to->arena, *strings[i]);
    if (from->causes_len) {
        struct kube_cause *c = arena_array(&to->arena, from->causes_len, sizeof(*c));
        for (size_t i = 0; i < from->causes_len; i++)
            c[i] = (struct kube_cause){arena_strdup(&to->arena, from->causes[i].reason),
                                       arena_strdup(&to->arena, from->causes[i].message),
                                       arena_strdup(&to->arena, from->causes[i].field)};
        to->causes = c;
    }
}

int kube_error_to_err(const struct kube_error *e, struct err *to)
{
    if (!e->code)
        return 0;
    int code = err_set(to, e->code, "%s", e->text);
    if (e->hint)
        err_hint(to, "%s", e->hint);
    return code;
}

void kube_error_set(struct kube_error *e, int code, enum kube_fate fate, enum kube_why why,
                    const char *hint, const char *fmt, ...)
{
    kube_error_clear(e);
    e->code = code;
    e->fate = fate;
    e->why = why;
    if (hint)
        e->hint = arena_strdup(&e->arena, hint);
    va_list ap;
    va_start(ap, fmt);
    e->text = arena_vprintf(&e->arena, fmt, ap);
    va_end(ap);
}

bool kube_method_writes(const char *method)
{
    return strcmp(method, "GET") && strcmp(method, "HEAD") && strcmp(method, "OPTIONS");
}

/* ---- the body ---- */

static const char *keep(struct kube_error *e, const struct val *map, const char *key)
{
    const struct val *v = val_get(map, key);
    if (!v || v->type != VAL_STRING)
        return "";
    return arena_strndup(&e->arena, v->as.s, v->len);
}

/* Reads a Status; false leaves *e as it was. *code: the Status' own code, 0 when absent. */
static bool read_status(struct kube_error *e, const char *body, size_t len, int *code)
{
    bool found = false;
    struct val_pool pool;
    val_pool_init_limited(&pool, STATUS_POOL_MAX);
    size_t at = 0;
    while (at < len &&
           (body[at] == ' ' || body[at] == '\n' || body[at] == '\r' || body[at] == '\t'))
        at++;
    if (at == len || body[at] != '{' || len > STATUS_BODY_MAX)
        goto out;
    const struct val *v = json_read(&pool, body + at, len - at, NULL, NULL);
    if (!v || v->type != VAL_MAP || !val_str_is(val_get(v, "kind"), "Status"))
        goto out;
    found = e->is_status = true;
    e->reason = keep(e, v, "reason");
    e->message = keep(e, v, "message");
    int64_t n = val_int(val_get(v, "code"), 0);
    *code = n >= 100 && n <= 599 ? (int)n : 0;
    const struct val *details = val_get(v, "details");
    if (!details || details->type != VAL_MAP)
        goto out;
    e->kind = keep(e, details, "kind");
    e->group = keep(e, details, "group");
    e->name = keep(e, details, "name");
    e->uid = keep(e, details, "uid");
    int64_t retry = val_int(val_get(details, "retryAfterSeconds"), 0);
    if (retry > 0)
        e->retry_after_ms = (retry > 3600 ? 3600 : retry) * 1000;
    const struct val *causes = val_get(details, "causes");
    size_t count = causes && causes->type == VAL_LIST ? causes->len : 0;
    if (count > KUBE_CAUSES_MAX)
        count = KUBE_CAUSES_MAX;
    if (!count)
        goto out;
    struct kube_cause *c = arena_array(&e->arena, count, sizeof(*c));
    for (size_t i = 0; i < count; i++) {
        const struct val *one = val_item(causes, i);
        bool map = one->type == VAL_MAP;
        c[i].reason = map ? keep(e, one, "reason") : "";
        c[i].message = map ? keep(e, one, "message") : "";
        c[i].field = map ? keep(e, one, "field") : "";
    }
    e->causes = c;
    e->causes_len = count;
out:
    val_pool_clear(&pool);
    return found;
}

/* What can be shown of a body that is no Status: a short first line of plain text; of HTML its
 * title; nothing of anything else. */
static void read_other(struct kube_error *e, const char *type, const char *body, size_t len)
{
    char out[256];
    size_t n = 0;
    const char *end = body + (len > 8192 ? 8192 : len);
    if (type && strncasecmp(type, "text/html", 9) == 0) {
        const char *at = memmem(body, (size_t)(end - body), "<title>", 7);
        if (!at)
            return;
        for (at += 7; at < end && *at != '<' && n < sizeof(out) - 1; at++)
            out[n++] = *at == '\n' || *at == '\r' ? ' ' : *at;
    } else if (!type || strncasecmp(type, "text/plain", 10) == 0) {
        for (const char *at = body; at < end && *at != '\n' && n < sizeof(out) - 1; at++)
            out[n++] = *at;
    } else {
        return;
    }
    while (n && (out[n - 1] == ' ' || out[n - 1] == '\r'))
        n--;
    e->message = arena_strndup(&e->arena, out, strnlen(out, n));
}

/* ---- classification ---- */

static bool has_cause(const struct kube_error *e, const char *reason)
{
    for (size_t i = 0; i < e->causes_len; i++)
        if (strcmp(e->causes[i].reason, reason) == 0)
            return true;
    return false;
}

static bool says(const struct kube_error *e, const char *part)
{
    if (strstr(e->message, part))
        return true;
    for (size_t i = 0; i < e->causes_len; i++)
        if (strstr(e->causes[i].message, part))
            return true;
    return false;
}

static bool fits(const struct rule *r, const struct kube_error *e, int status, bool writes)
{
    return (!r->status || r->status == status) &&
           (!r->reason || strcmp(r->reason, e->reason) == 0) &&
           (!r->cause || has_cause(e, r->cause)) && (!r->message || says(e, r->message)) &&
           (r->method == ANY || (r->method == WRITES) == writes);
}

/* Which of three things is missing. Unknown paths are answered with the plain text "404 page not
 * found" or a Status without a name. */
static void classify_missing(struct kube_error *e, bool is_collection)
{
    e->code = ERR_NOT_FOUND;
    e->fate = NEVER;
    if (e->is_status && strcmp(e->kind, "namespaces") == 0 && e->name[0])
        e->why = KUBE_WHY_NAMESPACE_MISSING;
    else if (e->is_status && e->name[0])
        e->why = KUBE_WHY_OBJECT_MISSING;
    else if (is_collection || !e->is_status ||
             strstr(e->message, "could not find the requested resource"))
        e->why = KUBE_WHY_KIND_UNSERVED;
    else
        e->why = KUBE_WHY_OBJECT_MISSING;
}

static void classify(struct kube_error *e, int status, bool writes, bool is_collection)
{
    e->http_status = status;
    if (status == 404) {
        classify_missing(e, is_collection);
    } else {
        const struct rule *hit = NULL;
        for (size_t i = 0; i < ARRAY_LEN(rules) && !hit; i++)
            if (fits(&rules[i], e, status, writes))
                hit = &rules[i];
        if (hit) {
            e->code = hit->code;
            e->fate = hit->fate;
            e->why = hit->why;
            if (hit->hint)
                e->hint = arena_strdup(&e->arena, hit->hint);
        } else if (status >= 500) {
            e->code = writes ? ERR_UNKNOWN_OUTCOME : ERR_SERVER;
            e->fate = writes ? UNKNOWN : OK_LATER;
        } else if (status >= 400) {
            e->code = ERR_PROTOCOL;
            e->fate = NEVER;
        } else {
            e->code = ERR_PROTOCOL;
            e->fate = writes ? UNKNOWN : NEVER;
            if (status >= 300)
                e->hint = arena_strdup(&e->arena, "a proxy or a login page answers in place of the "
                                                  "API server: check server in the kubeconfig");
        }
    }
    if (e->is_status && e->message[0]) {
        e->text = e->message;
        return;
    }
    const char *words = NULL;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].status == status)
            words = known[i].words;
    if (!words)
        words = status < 400 ? "an answer that an API server does not give" : "an error";
    e->text = arena_printf(&e->arena, "HTTP %d: %s%s%s%s", status, words, e->message[0] ? " (" : "",
                           e->message, e->message[0] ? ")" : "");
}

void kube_error_from_answer(struct kube_error *e, const struct kube_answer *a)
{
    kube_error_clear(e);
    e->http_status = a->status;
    if (a->audit_id && a->audit_id[0])
        e->audit_id = arena_strndup(&e->arena, a->audit_id, strnlen(a->audit_id, 128));
    if (a->status >= 200 && a->status < 300)
        return;
    int code = 0;
    if (a->len && !read_status(e, a->body, a->len, &code))
        read_other(e, a->content_type, a->body, a->len);
    classify(e, a->status, kube_method_writes(a->method), a->is_collection);
    int64_t after = a->retry_after ? kube_retry_after_ms(a->retry_after, a->wall_ms) : -1;
    if (after >= 0)
        e->retry_after_ms = after;
}

void kube_error_from_status(struct kube_error *e, const char *method, const char *json, size_t len)
{
    kube_error_clear(e);
    int code = 0;
    if (!read_status(e, json, len, &code)) {
        kube_error_set(e, ERR_PROTOCOL, OK_LATER, KUBE_WHY_NONE, NULL,
                       "an error event without a Status");
        return;
    }
    /* An apiserver of any age names 410 by its reason too. */
    if (!code && (strcmp(e->reason, "Expired") == 0 || strcmp(e->reason, "Gone") == 0))
        code = 410;
    classify(e, code ? code : 500, kube_method_writes(method), false);
}

int64_t kube_retry_after_ms(const char *value, int64_t wall_ms)
{
    while (*value == ' ')
        value++;
    if (*value >= '0' && *value <= '9') {
        int64_t s = 0;
        while (*value >= '0' && *value <= '9' && s <= 3600)
            s = s * 10 + (*value++ - '0');
        return (s > 3600 ? 3600 : s) * 1000;
    }
    struct tm tm = {0};
    const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S", &tm);
    if (!end || wall_ms <= 0)
        return -1;
    int64_t at = (int64_t)timegm(&tm) * 1000;
    int64_t left = at - wall_ms;
    return left < 0 ? 0 : left > 3600000 ? 3600000 : left;
}

/* ---- Warning headers ---- */

size_t kube_parse_warning(const char *value, size_t len, kube_warning_fn *fn, void *ctx)
{
    char text[TEXT_MAX];
    size_t count = 0, i = 0;
    while (i < len) {
        while (i < len && (value[i] == ' ' || value[i] == ','))
            i++;
        size_t start = i;
        while (i < len && value[i] >= '0' && value[i] <= '9')
            i++;
        bool is299 = i - start == 3 && memcmp(value + start, "299", 3) == 0;
        if (i == start || i >= len || value[i] != ' ')
            return count;
        i++;
        while (i < len && value[i] != ' ') /* the agent: "-" or a name */
            i++;
        while (i < len && value[i] == ' ')
            i++;
        if (i >= len || value[i] != '"')
            return count;
        size_t n = 0;
        for (i++; i < len && value[i] != '"'; i++) {
            if (value[i] == '\\' && i + 1 < len)
                i++;
            if (n < sizeof(text) - 1)
                text[n++] = value[i];
        }
        if (i >= len)
            return count; /* cut short */
        i++;
        text[n] = '\0';
        if (is299) {
            fn(ctx, text, n);
            count++;
        }
        while (i < len && value[i] == ' ')
            i++;
        if (i < len && value[i] == '"') { /* a date, which nobody needs */
            for (i++; i < len && value[i] != '"'; i++)
                ;
            i++;
        }
    }
    return count;
}

/* ---- apply conflicts ---- */

/* Reads a Go-quoted string at *at, which then stands behind it. NULL: there is none. */
static char *quoted(struct arena *a, const char **at)
{
    const char *s = *at;
    if (*s != '"')
        return NULL;
    struct buf b;
    buf_init(&b, TEXT_MAX);
    for (s++; *s && *s != '"'; s++) {
        if (*s == '\\' && s[1])
            s++;
        buf_putc(&b, *s);
    }
    char *out = *s == '"' ? arena_strndup(a, buf_str(&b), b.len) : NULL;
    buf_clear(&b);
    if (out)
        *at = s + 1;
    return out;
}

static bool skip(const char **at, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*at, word, n) != 0)
        return false;
    *at += n;
    return true;
}

bool kube_parse_conflict(struct arena *a, const struct kube_cause *cause, struct kube_conflict *out)
{
    if (strcmp(cause->reason, "FieldManagerConflict") != 0)
        return false;
    *out = (struct kube_conflict){"", "Apply", "", "", arena_strdup(a, cause->field)};
    /* conflict with "NAME"[ with subresource "S"][ using VERSION[ at TIME]]
     * An applier is printed without its version, an updater with it. */
    const char *at = cause->message;
    char *name;
    if (!skip(&at, "conflict with ") || !(name = quoted(a, &at)))
        return true;
    out->manager = name;
    char *sub;
    if (skip(&at, " with subresource ") && (sub = quoted(a, &at)))
        out->subresource = sub;
    if (skip(&at, " using ")) {
        out->operation = "Update";
        out->api_version = arena_strndup(a, at, strcspn(at, " "));
    }
    return true;
}
