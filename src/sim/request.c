// SPDX-License-Identifier: Apache-2.0
/*
 * One request → one reply: who is calling, what the path names, which handler answers. Nothing here
 * knows of sockets; tests call sim_answer as the connections do.
 */
#include "sim/define.h"
#include "sim/live.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { REPLY_MAX = 256 * 1024 * 1024, QUERY_MAX = 100 };

int sim_json_text(struct buf *b, const char *s)
{
    struct val v = val_borrow_str(s, strlen(s));
    return json_write(b, &v, JSON_COMPACT);
}

/* ---- failures ---- */

void sim_fail(struct sim_reply *r, int code, const char *reason, const struct sim_target *t,
              const char *extra, const char *fmt, ...)
{
    char message[16384]; /* validation says all that is wrong */
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    buf_reset(&r->body);
    r->status = code;
    r->type = "application/json";
    struct buf *b = &r->body;
    buf_puts(b, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
                "\"message\":");
    sim_json_text(b, message);
    if (*reason)
        buf_printf(b, ",\"reason\":\"%s\"", reason);
    if (t || extra) {
        buf_puts(b, ",\"details\":{");
        if (t && t->name[0]) {
            buf_puts(b, "\"name\":");
            sim_json_text(b, t->name);
            buf_putc(b, ',');
        }
        if (t && t->kind && t->kind->group[0])
            buf_printf(b, "\"group\":\"%s\",", t->kind->group);
        if (t && t->kind)
            buf_printf(b, "\"kind\":\"%s\"%s", t->kind->plural, extra ? "," : "");
        buf_printf(b, "%s}", extra ? extra : "");
    }
    buf_printf(b, ",\"code\":%d}\n", code);
}

void sim_reply_clear(struct sim_reply *r)
{
    buf_clear(&r->body);
    sim_watch_free(r->watch);
    r->watch = NULL;
}

/* ---- queries ---- */

static int hex(char c)
{
    return isdigit((unsigned char)c) ? c - '0'
                                     : (isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1);
}

/* Undoes %XX, and + where plus is set. NULL for a bad escape or a NUL. */
static char *unescape(const char *s, size_t len, bool plus)
{
    char *out = mem_alloc(len + 1), *to = out;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '%') {
            int hi = i + 2 < len ? hex(s[i + 1]) : -1;
            int lo = i + 2 < len ? hex(s[i + 2]) : -1;
            if (hi < 0 || lo < 0 || (hi == 0 && lo == 0)) {
                mem_free(out);
                return NULL;
            }
            *to++ = (char)(hi * 16 + lo);
            i += 2;
        } else {
            *to++ = plus && s[i] == '+' ? ' ' : s[i];
        }
    }
    *to = '\0';
    return out;
}

static void query_clear(struct sim_query *q)
{
    for (size_t i = 0; i < q->names.len; i++)
        mem_free(q->names.items[i]);
    for (size_t i = 0; i < q->values.len; i++)
        mem_free(q->values.items[i]);
    vec_clear(&q->names);
    vec_clear(&q->values);
}

static bool query_read(struct sim_query *q, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "&"), name = strcspn(text, "=&");
        bool valued = name < n;
        char *k = unescape(text, name, true);
        char *v = unescape(valued ? text + name + 1 : "", valued ? n - name - 1 : 0, true);
        if (!k || !v || q->names.len == QUERY_MAX) {
            mem_free(k);
            mem_free(v);
            return false;
        }
        vec_push(&q->names, k);
        vec_push(&q->values, v);
        text += n + (text[n] == '&');
    }
    return true;
}

const char *sim_query_get(const struct sim_query *q, const char *name)
{
    for (size_t i = 0; i < q->names.len; i++)
        if (strcmp(q->names.items[i], name) == 0)
            return q->values.items[i];
    return NULL;
}

bool sim_query_flag(const struct sim_query *q, const char *name)
{
    const char *v = sim_query_get(q, name);
    return v && strcmp(v, "0") != 0 && strcmp(v, "false") != 0;
}

bool sim_query_number(const struct sim_query *q, const char *name, uint64_t *out)
{
    const char *v = sim_query_get(q, name);
    uint64_t n = 0;
    if (!v || !*v || strlen(v) > 19)
        return false;
    for (; *v; v++) {
        if (!isdigit((unsigned char)*v))
            return false;
        n = n * 10 + (uint64_t)(*v - '0');
    }
    *out = n;
    return true;
}

/* ---- who ---- */

static bool open_to_all(const char *path)
{
    static const char *const paths[] = {"/version", "/livez", "/readyz", "/healthz"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (strcmp(path, paths[i]) == 0)
            return true;
    return false;
}

/* ---- paths ---- */

enum { SEGMENTS = 8 };

struct segments {
    char *s[SEGMENTS];
    size_t n;
    char *copy;
};

static bool split(struct segments *g, const char *path)
{
    *g = (struct segments){.copy = mem_strdup(path)};
    for (char *at = g->copy; at && *at == '/';) {
        char *next = strchr(at + 1, '/');
        *at++ = '\0';
        if (g->n == SEGMENTS || (!*at || *at == '/'))
            return false;
        size_t len = next ? (size_t)(next - at) : strlen(at);
        char *plain = unescape(at, len, false);
        if (!plain)
            return false;
        g->s[g->n++] = plain;
        at = next;
    }
    return g->n > 0;
}

static void segments_clear(struct segments *g)
{
    for (size_t i = 0; i < g->n; i++)
        mem_free(g->s[i]);
    mem_free(g->copy);
}

static bool keep(char *to, size_t room, const char *s)
{
    return snprintf(to, room, "%s", s) < (int)room;
}

/* /api/v1/… and /apis/G/V/… into a target; false: nothing of ours. */
static bool target_of(const struct sim_cluster *c, const struct segments *g, struct sim_target *t)
{
    size_t at;
    const char *group = "", *version;
    if (strcmp(g->s[0], "api") == 0 && g->n >= 3) {
        version = g->s[1];
        at = 2;
    } else if (strcmp(g->s[0], "apis") == 0 && g->n >= 4) {
        group = g->s[1];
        version = g->s[2];
        at = 3;
    } else {
        return false;
    }
    bool ok = true;
    size_t rest = g->n - at;
    if (rest >= 3 && strcmp(g->s[at], "namespaces") == 0) {
        const struct sim_kind *k = sim_kind_serving(c, group, version, g->s[at + 2]);
        if (k && k->namespaced) {
            ok = keep(t->ns, sizeof(t->ns), g->s[at + 1]);
            at += 2;
            rest -= 2;
        }
    }
    t->kind = sim_kind_serving(c, group, version, g->s[at]);
    if (!t->kind || rest > 3 || !ok)
        return false;
    if (rest >= 2)
        ok = keep(t->name, sizeof(t->name), g->s[at + 1]);
    if (rest == 3)
        ok = ok && keep(t->sub, sizeof(t->sub), g->s[at + 2]);
    return ok && (!t->kind->namespaced || t->ns[0] || rest == 1);
}

/* The first form of the Accept header that is known here. */
static bool form_of(const char *accept, enum sim_form *form)
{
    *form = SIM_FULL;
    if (!accept || !*accept)
        return true;
    while (*accept) {
        size_t n = strcspn(accept, ",");
        char one[256];
        snprintf(one, sizeof(one), "%.*s", (int)(n < 255 ? n : 255), accept);
        char *type = one + strspn(one, " ");
        bool v1 = !strstr(type, "v=v1beta1");
        bool json = strncmp(type, "application/json", 16) == 0;
        if (json && strstr(type, "as=Table") && v1) {
            *form = SIM_TABLE;
            return true;
        }
        if (json && strstr(type, "as=PartialObjectMetadata") && v1) {
            *form = SIM_METADATA;
            return true;
        }
        if ((json && !strstr(type, "as=")) || strncmp(type, "*/*", 3) == 0 ||
            strncmp(type, "application/*", 13) == 0)
            return true;
        accept += n + (accept[n] == ',');
    }
    return false;
}

/* ---- one object ---- */

static void get_scale(const struct sim_target *t, const struct sim_object *o, struct sim_reply *r)
{
    const struct sim_made *m = t->kind->made;
    struct val_pool p;
    val_pool_init(&p);
    if (m && !sim_made_at(sim_object_read(&p, o), m->replicas)) {
        char causes[400];
        snprintf(causes, sizeof(causes),
                 "\"causes\":[{\"message\":\"the spec replicas field \\\"%.200s\\\" does not "
                 "exist\"}]",
                 m->replicas);
        sim_fail(r, 500, "InternalError", NULL, causes,
                 "Internal error occurred: the spec replicas field \"%.200s\" does not exist",
                 m->replicas);
    } else {
        sim_scale_write(&r->body, t->kind, o);
    }
    val_pool_clear(&p);
}

static void get_one(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                    struct sim_reply *r)
{
    const struct sim_object *o = sim_store_get(c, t->kind, t->ns, t->name);
    const char *include = sim_query_get(q, "includeObject");
    int64_t now = sim_wall_ms(c);
    if (!o)
        sim_fail(r, 404, "NotFound", t, NULL, "%s%s%s \"%s\" not found", t->kind->plural,
                 t->kind->group[0] ? "." : "", t->kind->group, t->name);
    else if (strcmp(t->sub, "scale") == 0)
        get_scale(t, o, r);
    else if (t->form == SIM_TABLE)
        sim_object_table(&r->body, t->kind, o, include ? include : "Metadata", true, now);
    else
        sim_object_write_as(&r->body, t->kind, o, t->form, "", now);
}

static bool sub_served(const struct sim_target *t)
{
    return !t->sub[0] || (strcmp(t->sub, "status") == 0 && (t->kind->sub & SIM_STATUS)) ||
           (strcmp(t->sub, "scale") == 0 && (t->kind->sub & SIM_SCALE)) ||
           (strcmp(t->sub, "finalize") == 0 && (t->kind->sub & SIM_FINALIZE)) ||
           (strcmp(t->sub, "log") == 0 && (t->kind->sub & SIM_LOG));
}

static void answer_target(struct sim_cluster *c, const struct sim_target *t,
                          const struct sim_query *q, const struct sim_request *rq,
                          struct sim_reply *r)
{
    bool get = strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0;
    if (t->kind->made && !sub_served(t))
        sim_fail(r, 404, "NotFound", t, NULL, "%s.%s \"%s\" not found", t->kind->plural,
                 t->kind->group, t->name);
    else if (!sub_served(t))
        sim_fail(r, 404, "NotFound", NULL, NULL,
                 "the server could not find the requested resource");
    else if (t->kind->ask_only && strcmp(rq->method, "POST") == 0 && !t->name[0])
        sim_review_answer(c, t, rq, r);
    else if (t->kind->ask_only || (!get && !t->kind->made && sim_kind_stored(t->kind) != t->kind))
        sim_fail(r, 405, "MethodNotAllowed", NULL, NULL,
                 "the server does not allow this method on the requested resource");
    else if (strcmp(t->sub, "log") == 0 && get)
        sim_log_answer(c, t, q, r);
    else if (strcmp(t->sub, "log") == 0 ||
             (strcmp(t->sub, "finalize") == 0 && strcmp(rq->method, "PUT") != 0))
        sim_fail(r, 405, "MethodNotAllowed", NULL, NULL,
                 "the server does not allow this method on the requested resource");
    else if (get && sim_query_flag(q, "watch"))
        sim_watch_answer(c, t, q, r);
    else if (get && t->name[0])
        get_one(c, t, q, r);
    else if (get)
        sim_list_answer(c, t, q, r);
    else
        sim_write_answer(c, t, q, rq, r);
}

/* Is the path one of a group that the server itself has? Others are nobody's. */
static bool group_known(const struct segments *g)
{
    if (g->n && strcmp(g->s[0], "api") == 0)
        return true;
    for (size_t i = 0; g->n > 1 && strcmp(g->s[0], "apis") == 0 && i < sim_kinds_len; i++)
        if (sim_kinds[i].group[0] && strcmp(sim_kinds[i].group, g->s[1]) == 0)
            return true;
    return false;
}

static void answer_path(struct sim_cluster *c, const char *path, const struct sim_query *query,
                        const struct sim_request *q, struct sim_target *t, struct sim_reply *r)
{
    struct segments g = {0};
    bool object = split(&g, path) && target_of(c, &g, t);
    if (!object && !sim_path_allowed(c, t, q->method, path, r)) {
        segments_clear(&g);
        return;
    }
    if (!object && (sim_discovery_answer(c, q, path, r) || sim_openapi_answer(c, path, r))) {
        segments_clear(&g);
        return;
    }
    if (!object) {
        if (group_known(&g)) {
            sim_fail(r, 404, "NotFound", NULL, "",
                     "the server could not find the requested resource");
        } else {
            r->status = 404;
            r->type = "text/plain; charset=utf-8";
            buf_puts(&r->body, "404 page not found\n");
        }
    } else if (!form_of(q->accept, &t->form)) {
        sim_fail(r, 406, "NotAcceptable", NULL, NULL,
                 "only the following media types are accepted: application/json");
    } else if (sim_allowed(c, t, query, q->method, r)) {
        answer_target(c, t, query, q, r);
    }
    segments_clear(&g);
}

static void answer_plainly(struct sim_cluster *c, const struct sim_request *q, struct sim_reply *r)
{
    *r = (struct sim_reply){.status = 200, .type = "application/json"};
    buf_init(&r->body, REPLY_MAX);
    c->sim->requests++;
    if (!c->filled)
        sim_fleet_fill(c);
    struct sim_target *t = mem_new(struct sim_target);
    struct sim_query query = {0};
    const char *mark = strchr(q->target, '?');
    char *path = mem_strndup(q->target, mark ? (size_t)(mark - q->target) : strlen(q->target));
    if (sim_fault_answers(c, r)) {
        ;
    } else if (!sim_login(c, q, t)) {
        sim_fail(r, 401, "Unauthorized", NULL, NULL, "Unauthorized");
    } else if (strcmp(t->user, "system:anonymous") == 0 && !open_to_all(path)) {
        sim_fail(r, 403, "Forbidden", NULL, "",
                 "forbidden: User \"system:anonymous\" cannot %s path \"%.200s\"",
                 strcmp(q->method, "GET") == 0 ? "get" : "change", path);
    } else if (path[0] != '/' || (mark && !query_read(&query, mark + 1))) {
        sim_fail(r, 400, "BadRequest", NULL, NULL, "the request cannot be read");
    } else {
        answer_path(c, path, &query, q, t, r);
    }
    sim_fault_after(c, r);
    query_clear(&query);
    mem_free(path);
    mem_free(t);
}

void sim_answer(struct sim_cluster *c, const struct sim_request *q, struct sim_reply *r)
{
    if (!c->spellings[0].word[0]) {
        answer_plainly(c, q, r);
        return;
    }
    struct sim_request plain = *q;
    struct buf body;
    char *target = sim_spell_target(c->spellings, q->target);
    buf_init(&body, SIM_MAX_BODY + 1);
    if (q->body_len)
        sim_spell_body(c->spellings, q->body, q->body_len, &body);
    plain.target = target;
    plain.body = q->body ? buf_str(&body) : NULL;
    plain.body_len = body.len;
    answer_plainly(c, &plain, r);
    sim_spell(c->spellings, &r->body, 0, strcmp(r->type, "application/json") == 0);
    buf_clear(&body);
    mem_free(target);
}

/* ---- words ---- */

const char *sim_status_words(int status)
{
    static const struct {
        int status;
        const char *words;
    } all[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Request Entity Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Entity"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i].status == status)
            return all[i].words;
    return "Unknown";
}
