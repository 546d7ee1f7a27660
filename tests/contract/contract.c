// SPDX-License-Identifier: Apache-2.0
/*
 * contract --kubeconfig FILE [--context NAME] [--on SERVER] CASES.yaml…: sends the requests of the
 * cases to any API server and holds the answers against what has to be true of them; README.md has
 * the form of a case. Prints TAP. A case that is known to differ on SERVER is a TODO: it is run
 * and counted, and when it holds after all that is said.
 */
#include "match.h"

#include "base/mem.h"
#include "data/json.h"
#include "data/yaml.h"
#include "kube/kubeconfig.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 32 * 1024 * 1024, WATCHES = 8, WAIT_MS = 15000, TRY_MS = 100 };

struct stream { /* a watch that goes on beside the steps */
    char *name;
    CURL *easy;
    struct buf bytes; /* lines not looked at yet */
    bool ended;
};

struct runner {
    struct kube_access access;
    const char *on; /* of --on; "" not said */
    CURLM *multi;
    CURL *easy;
    struct stream watches[WATCHES];
    struct vars vars;
    struct val_pool pool; /* of the case */
    unsigned n, failed, differ, namespaces;
    char run[32]; /* makes names of this run its own */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- requests ---- */

struct answer {
    long code;
    struct buf body;
    struct buf head; /* header lines */
    const struct val *json;
};

static size_t add_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
    return buf_add(ctx, bytes, size * n) ? 0 : size * n;
}

static const struct {
    const char *word, *type;
} body_types[] = {
    {"json", "application/json"},
    {"merge", "application/merge-patch+json"},
    {"patch", "application/json-patch+json"},
    {"strategic", "application/strategic-merge-patch+json"},
    {"apply", "application/apply-patch+yaml"},
};

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

/* The method of a step and, in *path, what it goes to; NULL when it is no request. */
static const char *method_of(const struct val *step, const struct val **path)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if ((*path = val_get(step, methods[i])))
            return methods[i];
    return NULL;
}

static struct curl_slist *header(struct curl_slist *list, const char *name, const char *value)
{
    char *line = mem_printf("%s: %s", name, value);
    list = curl_slist_append(list, line);
    mem_free(line);
    return list;
}

static struct curl_slist *headers_of(struct runner *r, const struct val *step, const char *method)
{
    struct curl_slist *list = NULL;
    char *bearer = mem_printf("Bearer %s", r->access.token ? r->access.token : "");
    const char *type = val_str(val_get(step, "type"), "json");
    for (size_t i = 0; i < ARRAY_LEN(body_types); i++)
        if (strcmp(type, body_types[i].word) == 0)
            type = body_types[i].type;
    list = header(list, "Authorization", val_str(val_get(step, "authorization"), bearer));
    list = header(list, "Accept", val_str(val_get(step, "accept"), "application/json"));
    if (strcmp(method, "GET") != 0)
        list = header(list, "Content-Type", type);
    if (val_get(step, "as"))
        list =
            header(list, "Impersonate-User", vars_fill(&r->vars, val_str(val_get(step, "as"), "")));
    if (val_get(step, "if-none-match"))
        list = header(list, "If-None-Match",
                      vars_fill(&r->vars, val_str(val_get(step, "if-none-match"), "")));
    mem_free(bearer);
    return list;
}

static void set_common(struct runner *r, CURL *c, const char *path, struct curl_slist *headers)
{
    char *url = mem_printf("%s%s", r->access.server, path);
    struct curl_blob ca = {r->access.ca.data, r->access.ca.len, CURL_BLOB_COPY};
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, r->access.insecure ? 0L : 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, r->access.insecure ? 0L : 2L);
    if (ca.data)
        curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &ca);
    mem_free(url);
}

/* False: nothing came; says why. */
static bool request(struct runner *r, const struct val *step, struct answer *a, struct buf *why)
{
    const struct val *path, *body = val_get(step, "body");
    const char *method = method_of(step, &path);
    struct curl_slist *headers = headers_of(r, step, method);
    struct buf text;
    buf_init(&text, ANSWER_MAX);
    if (val_is(body, VAL_STRING))
        (void)buf_puts(&text, vars_fill(&r->vars, body->as.s));
    else if (body)
        (void)json_write(&text, vars_fill_value(&r->vars, &r->pool, body), JSON_COMPACT);
    curl_easy_reset(r->easy);
    set_common(r, r->easy, vars_fill(&r->vars, val_str(path, "")), headers);
    curl_easy_setopt(r->easy, CURLOPT_CUSTOMREQUEST, method);
    if (body) {
        curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE, (long)text.len);
        curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS, buf_str(&text));
    }
    curl_easy_setopt(r->easy, CURLOPT_TIMEOUT_MS, (long)WAIT_MS * 3);
    curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, add_bytes);
    curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, &a->body);
    curl_easy_setopt(r->easy, CURLOPT_HEADERFUNCTION, add_bytes);
    curl_easy_setopt(r->easy, CURLOPT_HEADERDATA, &a->head);
    CURLcode rc = curl_easy_perform(r->easy);
    if (rc)
        buf_printf(why, "%s %s: %s", method, val_str(path, ""), curl_easy_strerror(rc));
    else
        curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &a->code);
    curl_slist_free_all(headers);
    buf_clear(&text);
    a->json = json_read(&r->pool, buf_str(&a->body), a->body.len, NULL, NULL);
    return !rc;
}

static void answer_init(struct answer *a)
{
    *a = (struct answer){0};
    buf_init(&a->body, ANSWER_MAX);
    buf_init(&a->head, ANSWER_MAX);
}

static void answer_clear(struct answer *a)
{
    buf_clear(&a->body);
    buf_clear(&a->head);
}

static bool header_holds(const struct answer *a, const char *name, const struct val *like,
                         struct vars *vars, struct buf *why)
{
    size_t n = strlen(name);
    for (const char *s = buf_str(&a->head); *s; s += strcspn(s, "\n"), s += *s == '\n') {
        if (strncasecmp(s, name, n) != 0 || s[n] != ':')
            continue;
        const char *v = s + n + 1 + strspn(s + n + 1, " ");
        struct val value = val_borrow_str(v, strcspn(v, "\r\n"));
        char *copy = mem_strndup(v, value.len);
        value.as.s = copy;
        bool ok = match(vars, like, &value, name, why);
        mem_free(copy);
        return ok;
    }
    return match(vars, like, NULL, name, why);
}

/* What the step says of the answer; keeps what it names. */
static bool holds(struct runner *r, const struct val *step, const struct answer *a, struct buf *why)
{
    const struct val *code = val_get(step, "code"), *like = val_get(step, "like");
    const struct val *headers = val_get(step, "header"), *keep = val_get(step, "keep");
    if (a->code != val_int(code, 200)) {
        buf_printf(why, "code %ld, not %lld: %.600s", a->code, (long long)val_int(code, 200),
                   buf_str(&a->body));
        return false;
    }
    if (like && !match(&r->vars, like, a->json, "", why))
        return false;
    const struct val text = val_borrow_str(buf_str(&a->body), a->body.len);
    if (val_get(step, "text") && !match(&r->vars, val_get(step, "text"), &text, "the text", why))
        return false;
    for (size_t i = 0; i < val_count(headers); i++)
        if (!header_holds(a, headers->as.entries[i].key->s, &headers->as.entries[i].value, &r->vars,
                          why))
            return false;
    for (size_t i = 0; i < val_count(keep); i++)
        if (!vars_keep(&r->vars, keep->as.entries[i].key->s, a->json,
                       val_str(&keep->as.entries[i].value, ""), why))
            return false;
    return true;
}

/* ---- watches ---- */

static struct stream *stream_of(struct runner *r, const char *name)
{
    for (size_t i = 0; i < WATCHES; i++)
        if (r->watches[i].name && strcmp(r->watches[i].name, name) == 0)
            return &r->watches[i];
    return NULL;
}

static void turn(struct runner *r, int wait_ms)
{
    int running, left;
    CURLMsg *m;
    curl_multi_perform(r->multi, &running);
    while ((m = curl_multi_info_read(r->multi, &left)))
        for (size_t i = 0; i < WATCHES; i++)
            if (r->watches[i].easy == m->easy_handle)
                r->watches[i].ended = true;
    if (wait_ms)
        curl_multi_poll(r->multi, NULL, 0, wait_ms, NULL);
}

static bool start_watch(struct runner *r, const struct val *step, struct buf *why)
{
    struct stream *w = NULL;
    for (size_t i = 0; i < WATCHES && !w; i++)
        w = r->watches[i].name ? NULL : &r->watches[i];
    if (!w) {
        buf_puts(why, "too many watches");
        return false;
    }
    w->name = mem_strdup(val_str(val_get(step, "watch"), ""));
    w->easy = curl_easy_init();
    buf_init(&w->bytes, ANSWER_MAX);
    struct curl_slist *headers = headers_of(r, step, "GET");
    curl_easy_setopt(w->easy, CURLOPT_PRIVATE, headers);
    set_common(r, w->easy, vars_fill(&r->vars, val_str(val_get(step, "GET"), "")), headers);
    curl_easy_setopt(w->easy, CURLOPT_WRITEFUNCTION, add_bytes);
    curl_easy_setopt(w->easy, CURLOPT_WRITEDATA, &w->bytes);
    curl_multi_add_handle(r->multi, w->easy);
    /* Until the server has answered its head: what is written after this step is seen. */
    long code = 0;
    for (int64_t end = now_ms() + WAIT_MS; !code && !w->ended && now_ms() < end;) {
        turn(r, 20);
        curl_easy_getinfo(w->easy, CURLINFO_RESPONSE_CODE, &code);
    }
    if (code == val_int(val_get(step, "code"), 200))
        return true;
    buf_printf(why, "the watch began with code %ld: %.300s", code, buf_str(&w->bytes));
    return false;
}

/* The next event; NULL: none within the time, or the watch has ended. */
static const struct val *next_event(struct runner *r, struct stream *w)
{
    for (int64_t end = now_ms() + WAIT_MS;;) {
        const char *text = buf_str(&w->bytes), *line = strchr(text, '\n');
        if (line) {
            const struct val *v = json_read(&r->pool, text, (size_t)(line - text), NULL, NULL);
            buf_drop(&w->bytes, (size_t)(line - text) + 1);
            return v ? v : &val_null;
        }
        if (w->ended || now_ms() >= end)
            return NULL;
        turn(r, 20);
    }
}

/* The events that are named, in their order; bookmarks are passed over unless one is named. */
static bool take_events(struct runner *r, const struct val *step, struct buf *why)
{
    struct stream *w = stream_of(r, val_str(val_get(step, "from"), ""));
    const struct val *events = val_get(step, "events");
    if (!w) {
        buf_puts(why, "no such watch");
        return false;
    }
    for (size_t i = 0; i < val_count(events);) {
        const struct val *like = val_item(events, i), *got = next_event(r, w);
        bool mark = val_str_is(val_get(like, "type"), "BOOKMARK");
        char place[32];
        if (!got) {
            buf_printf(why, "event %zu did not come%s", i, w->ended ? ": the watch has ended" : "");
            return false;
        }
        if (!mark && val_str_is(val_get(got, "type"), "BOOKMARK"))
            continue;
        snprintf(place, sizeof(place), "events[%zu]", i++);
        if (!match(&r->vars, like, got, place, why))
            return false;
        const struct val *keep = val_get(step, "keep");
        for (size_t k = 0; k < val_count(keep); k++)
            if (!vars_keep(&r->vars, keep->as.entries[k].key->s, got,
                           val_str(&keep->as.entries[k].value, ""), why))
                return false;
    }
    if (!val_bool(val_get(step, "ends"), false))
        return true;
    const struct val *more = next_event(r, w);
    if (!more && w->ended)
        return true;
    buf_puts(why, more ? "the watch says more" : "the watch does not end");
    return false;
}

static void end_watches(struct runner *r)
{
    for (size_t i = 0; i < WATCHES; i++) {
        struct stream *w = &r->watches[i];
        struct curl_slist *headers = NULL;
        if (!w->name)
            continue;
        curl_easy_getinfo(w->easy, CURLINFO_PRIVATE, &headers);
        curl_multi_remove_handle(r->multi, w->easy);
        curl_easy_cleanup(w->easy);
        curl_slist_free_all(headers);
        buf_clear(&w->bytes);
        mem_free(w->name);
        *w = (struct stream){0};
    }
}

/* ---- cases ---- */

static bool run_step(struct runner *r, const struct val *step, struct buf *why)
{
    const struct val *path;
    if (val_get(step, "watch"))
        return start_watch(r, step, why);
    if (val_get(step, "from"))
        return take_events(r, step, why);
    if (!method_of(step, &path)) {
        buf_puts(why, "this step is none that is known");
        return false;
    }
    int64_t end = now_ms() + (val_bool(val_get(step, "until"), false) ? WAIT_MS : 0);
    for (;;) {
        struct answer a;
        answer_init(&a);
        buf_reset(why);
        bool ok = request(r, step, &a, why) && holds(r, step, &a, why);
        answer_clear(&a);
        if (ok || now_ms() >= end)
            return ok;
        usleep(TRY_MS * 1000);
    }
}

static bool make_namespace(struct runner *r, struct buf *why)
{
    char *name = mem_printf("c%s-%u", r->run, ++r->namespaces);
    vars_set(&r->vars, "ns", name);
    char *text = mem_printf("{POST: /api/v1/namespaces, code: 201, body: {apiVersion: v1, kind: "
                            "Namespace, metadata: {name: %s}}}",
                            name);
    struct yaml_docs docs = {0};
    struct err e = ERR_INIT;
    bool ok = yaml_read(&r->pool, text, strlen(text), "namespace", &docs, &e) == 0 &&
              run_step(r, docs.items[0].value, why);
    yaml_docs_clear(&docs);
    err_clear(&e);
    mem_free(text);
    mem_free(name);
    return ok;
}

static void run_case(struct runner *r, const struct val *c, const char *area)
{
    const struct val *steps = val_get(c, "do");
    const char *todo = val_str(val_at(c, "differs", r->on, NULL), NULL);
    struct buf why;
    buf_init(&why, ANSWER_MAX);
    bool ok = make_namespace(r, &why);
    uint32_t line = c->line;
    for (size_t i = 0; ok && i < val_count(steps); i++) {
        line = val_item(steps, i)->line;
        ok = run_step(r, val_item(steps, i), &why);
    }
    end_watches(r);
    vars_clear(&r->vars);
    bool differs = todo && !ok;
    printf("%sok %u - %s: %s%s%s\n", ok ? "" : "not ", ++r->n, area,
           val_str(val_get(c, "case"), "?"), differs ? " # TODO " : "", differs ? todo : "");
    r->differ += differs;
    if (todo && ok)
        printf("# it does not differ any more: the case may say so\n");
    if (!ok)
        printf("# line %u: %.900s\n", line, buf_str(&why));
    r->failed += !ok && !todo;
    fflush(stdout);
    buf_clear(&why);
}

static bool run_file(struct runner *r, const char *path)
{
    struct val_pool pool;
    struct yaml_docs docs = {0};
    struct err e = ERR_INIT;
    struct buf text;
    buf_init(&text, ANSWER_MAX);
    val_pool_init(&pool);
    FILE *f = fopen(path, "r");
    char bytes[65536];
    for (size_t n; f && (n = fread(bytes, 1, sizeof(bytes), f));)
        (void)buf_add(&text, bytes, n);
    if (f)
        fclose(f);
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    char *area = mem_strndup(name, strcspn(name, "."));
    bool ok =
        f && yaml_read(&pool, buf_str(&text), text.len, path, &docs, &e) == 0 && docs.len == 1;
    if (!ok)
        printf("Bail out! %s: %s\n", path, e.text ? e.text : "cannot be read");
    for (size_t i = 0; ok && i < val_count(docs.items[0].value); i++) {
        val_pool_init(&r->pool);
        run_case(r, val_item(docs.items[0].value, i), area);
        val_pool_clear(&r->pool);
    }
    err_clear(&e);
    yaml_docs_clear(&docs);
    val_pool_clear(&pool);
    buf_clear(&text);
    mem_free(area);
    return ok;
}

int main(int argc, char **argv)
{
    struct runner r = {.on = ""};
    const char *kubeconfig = NULL, *context = NULL;
    struct err e = ERR_INIT;
    int i = 1;
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
        if (strcmp(argv[i], "--kubeconfig") == 0)
            kubeconfig = argv[i + 1];
        else if (strcmp(argv[i], "--context") == 0)
            context = argv[i + 1];
        else if (strcmp(argv[i], "--on") == 0)
            r.on = argv[i + 1];
    }
    if (!kubeconfig || i >= argc) {
        fputs("usage: contract --kubeconfig FILE [--context NAME] [--on SERVER] CASES.yaml…\n",
              stderr);
        return 64;
    }
    const struct kubeconfig_options o = {.path = kubeconfig};
    struct kubeconfig *kc = kubeconfig_load(&o, &e);
    kube_access_init(&r.access);
    if (!kc || kubeconfig_access(kc, context ? context : kubeconfig_current(kc), &r.access, &e)) {
        printf("Bail out! %s\n", e.text ? e.text : kubeconfig);
        return 1;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    r.multi = curl_multi_init();
    r.easy = curl_easy_init();
    snprintf(r.run, sizeof(r.run), "%lx", (unsigned long)getpid());
    bool read = true;
    for (; i < argc; i++)
        read = run_file(&r, argv[i]) && read;
    printf("1..%u\n", r.n);
    if (r.differ)
        printf("# %u of %u are known to differ on %s\n", r.differ, r.n, r.on);
    curl_easy_cleanup(r.easy);
    curl_multi_cleanup(r.multi);
    curl_global_cleanup();
    kube_access_clear(&r.access);
    kubeconfig_free(kc);
    err_clear(&e);
    return read && !r.failed ? 0 : 1;
}
