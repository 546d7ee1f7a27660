// SPDX-License-Identifier: Apache-2.0
#include "engine/look/pod_log.h"

#include "engine/fleet/cluster.h"
#include "engine/model/pages.h"
#include "kube/discovery.h"
#include "kube/write.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    LOGS_MAX = 16,
    TAIL = 1000, /* lines asked for at first */
    AGAIN_MS = 1000,
    AGAIN_MAX_MS = 30000,
    CONTAINERS_MAX = 64,
};

struct kept { /* one line that is not published yet */
    struct leeway_line line;
    char bytes[];
};

struct logs {
    struct engine *engine;
    VEC(struct pod_log *) all;
    VEC(uint64_t) ended;
};

struct pod_log {
    struct logs *logs;
    uint64_t id, version, number, dropped;
    char *cluster, *ns, *pod, *container; /* container NULL: not known yet */
    bool previous, follow, changed, said_lost;
    uint32_t since_s, tail;
    VEC(char *) containers;
    struct kube_call *call;
    struct loop_timer *timer;
    int64_t delay_ms;
    struct log_split split;
    int64_t last_ns; /* of the last line that was taken */
    bool again;      /* the stream is a later one: lines up to last_ns were seen */
    enum leeway_log_state state;
    char *reason;
    VEC(struct kept *) news;
    size_t news_bytes, bytes; /* of them; of the published lines */
    struct leeway_log *published;
};

/* ---- lines out of bytes ---- */

void log_split_feed(struct log_split *s, const char *bytes, size_t len, log_line_fn *fn, void *ctx)
{
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end ? (size_t)(end - bytes) : len, room = LOG_LINE_MAX - s->len;
        size_t keep = n < room ? n : room;
        memcpy(s->bytes + s->len, bytes, keep);
        s->len += keep;
        s->cut += n - keep;
        if (end)
            log_split_end(s, fn, ctx);
        bytes += n + (end != NULL);
        len -= n + (end != NULL);
        if (end && !len)
            return;
    }
}

void log_split_end(struct log_split *s, log_line_fn *fn, void *ctx)
{
    size_t len = s->len;
    uint64_t cut = s->cut;
    if (len && !cut && s->bytes[len - 1] == '\r')
        len--;
    s->bytes[len] = '\0';
    s->len = 0;
    s->cut = 0;
    fn(ctx, s->bytes, len, cut);
}

int64_t log_line_time(const char *line, size_t n, size_t *len)
{
    int64_t ms;
    int32_t ns = 0;
    const char *blank = memchr(line, ' ', n < 64 ? n : 64);
    size_t stamp = blank ? (size_t)(blank - line) : n < 64 ? n : 0;
    *len = 0;
    if (stamp < 20 || clock_parse_rfc3339(line, stamp, &ms, &ns) != 0 || ms > INT64_MAX / 2000000 ||
        ms < 0)
        return 0;
    *len = stamp + (blank != NULL);
    return ms * 1000000 + ns;
}

/* ---- lines of a log ---- */

static void changed(struct pod_log *l)
{
    l->changed = true;
    engine_dirty_looks(l->logs->engine);
}

static void drop_news(struct pod_log *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        l->news_bytes -= l->news.items[i]->line.text.len;
        mem_free(l->news.items[i]);
    }
    l->dropped += n;
    l->news.len -= n;
    if (l->news.len)
        memmove(l->news.items, l->news.items + n, l->news.len * sizeof(*l->news.items));
}

static void keep_line(struct pod_log *l, struct text t, int64_t at_ms, uint64_t cut, bool ours)
{
    struct kept *k = mem_alloc(sizeof(*k) + t.len + 1);
    memcpy(k->bytes, t.str, t.len);
    k->bytes[t.len] = '\0';
    k->line = (struct leeway_line){.number = ++l->number,
                                   .at_ms = at_ms,
                                   .text = {k->bytes, t.len, t.cols},
                                   .cut = cut > UINT32_MAX ? UINT32_MAX : (uint32_t)cut,
                                   .ours = ours};
    vec_push(&l->news, k);
    l->news_bytes += t.len;
    if (l->news.len > LOG_LINES || l->news_bytes > LOG_BYTES)
        drop_news(l, l->news.len / 4 + 1);
    changed(l);
}

static void on_line(void *ctx, const char *line, size_t len, uint64_t cut)
{
    struct pod_log *l = ctx;
    struct arena *a = &l->logs->engine->scratch;
    size_t stamp;
    int64_t ns = log_line_time(line, len, &stamp);
    if (ns && l->again && ns <= l->last_ns)
        return; /* seen before the stream was lost */
    if (ns > l->last_ns)
        l->last_ns = ns;
    keep_line(l, text_clean(a, line + stamp, len - stamp), ns / 1000000, cut, false);
    arena_reset(a);
}

static void say(struct pod_log *l, const char *words)
{
    struct arena *a = &l->logs->engine->scratch;
    keep_line(l, text_cstr(a, words), engine_wall_ms(l->logs->engine), 0, true);
    arena_reset(a);
}

static void set_state(struct pod_log *l, enum leeway_log_state state, const char *reason)
{
    l->state = state;
    mem_free(l->reason);
    l->reason = *reason ? mem_strdup(reason) : NULL;
    changed(l);
}

/* ---- the stream ---- */

static void begin(struct pod_log *l);

static void on_timer(void *ctx)
{
    struct pod_log *l = ctx;
    l->timer = NULL;
    begin(l);
}

static void begin_later(struct pod_log *l)
{
    l->delay_ms = l->delay_ms ? l->delay_ms * 2 : AGAIN_MS;
    if (l->delay_ms > AGAIN_MAX_MS)
        l->delay_ms = AGAIN_MAX_MS;
    l->timer = loop_after(l->logs->engine->loop, l->delay_ms, on_timer, l);
}

static void on_start(void *ctx)
{
    struct pod_log *l = ctx;
    if (l->said_lost)
        say(l, "the stream was lost; it goes on");
    l->said_lost = false;
    set_state(l, LEEWAY_LOG_OPEN, "");
}

static int on_chunk(void *ctx, const char *bytes, size_t len)
{
    struct pod_log *l = ctx;
    l->delay_ms = 0;
    log_split_feed(&l->split, bytes, len, on_line, l);
    return 0;
}

static void on_done(void *ctx, const struct kube_reply *reply)
{
    struct pod_log *l = ctx;
    const struct kube_error *e = reply->error;
    l->call = NULL;
    if (l->split.len)
        log_split_end(&l->split, on_line, l);
    if (!e->code) {
        set_state(l, LEEWAY_LOG_ENDED, "");
        return;
    }
    /* Before the container runs the server answers 400 "is waiting to start". */
    bool waits = e->http_status == 400 && e->text && strstr(e->text, "waiting to start");
    bool lost = !e->http_status || e->fate == KUBE_FATE_TRANSIENT;
    if (l->state == LEEWAY_LOG_OPEN && lost && l->follow) {
        l->again = true;
        l->said_lost = true;
    }
    set_state(l, LEEWAY_LOG_FAILED, e->text ? e->text : "no answer");
    if (l->follow && (waits || lost))
        begin_later(l);
}

static void ask(struct pod_log *l, struct cluster *c)
{
    struct buf path, q;
    char number[24], since[CLOCK_RFC3339_LEN];
    buf_init(&path, BUF_SMALL);
    buf_init(&q, BUF_SMALL);
    kube_path(&path, "", "v1", "pods", l->ns, l->pod, "log");
    kube_query_add(&q, "container", l->container);
    kube_query_add(&q, "timestamps", "true");
    if (l->follow)
        kube_query_add(&q, "follow", "true");
    if (l->previous)
        kube_query_add(&q, "previous", "true");
    if (l->again && l->last_ns) {
        clock_format_rfc3339(l->last_ns / 1000000, since);
        kube_query_add(&q, "sinceTime", since);
    } else {
        snprintf(number, sizeof(number), "%u", l->tail ? l->tail : TAIL);
        kube_query_add(&q, "tailLines", number);
        snprintf(number, sizeof(number), "%u", l->since_s);
        if (l->since_s)
            kube_query_add(&q, "sinceSeconds", number);
    }
    const struct kube_request r = {.path = buf_str(&path),
                                   .query = buf_str(&q),
                                   .accept = "application/json, */*",
                                   .deadline_ms = -1,
                                   .retry = KUBE_RETRY_NEVER,
                                   .priority = KUBE_PRIORITY_HIGH,
                                   .long_running = true,
                                   .on_start = on_start,
                                   .on_chunk = on_chunk,
                                   .on_done = on_done,
                                   .ctx = l};
    l->call = kube_send(c->kube, &r);
    buf_clear(&path);
    buf_clear(&q);
}

/* ---- the pod ---- */

static void add_containers(struct pod_log *l, const struct val *pod, const char *list)
{
    const struct val *all = val_at(pod, "spec", list, NULL);
    for (size_t i = 0; val_is(all, VAL_LIST) && i < val_count(all); i++) {
        const char *name = val_str(val_get(val_item(all, i), "name"), "");
        if (*name && l->containers.len < CONTAINERS_MAX)
            vec_push(&l->containers, mem_strdup(name));
    }
}

static void forget_containers(struct pod_log *l)
{
    for (size_t i = 0; i < l->containers.len; i++)
        mem_free(l->containers.items[i]);
    l->containers.len = 0;
}

static void on_pod(void *ctx, const struct val *pod, const struct kube_reply *reply)
{
    struct pod_log *l = ctx;
    l->call = NULL;
    if (!pod) {
        const struct kube_error *e = reply->error;
        set_state(l, LEEWAY_LOG_FAILED, e->text ? e->text : "no answer");
        if (!e->http_status || e->fate == KUBE_FATE_TRANSIENT)
            begin_later(l);
        return;
    }
    forget_containers(l);
    add_containers(l, pod, "containers");
    add_containers(l, pod, "initContainers");
    add_containers(l, pod, "ephemeralContainers");
    if (!l->containers.len) {
        set_state(l, LEEWAY_LOG_FAILED, "the pod has no containers");
        return;
    }
    const char *chosen = val_str(
        val_at(pod, "metadata", "annotations", "kubectl.kubernetes.io/default-container", NULL),
        "");
    for (size_t i = 0; !l->container && i < l->containers.len; i++)
        if (strcmp(l->containers.items[i], chosen) == 0)
            l->container = mem_strdup(chosen);
    if (!l->container)
        l->container = mem_strdup(l->containers.items[0]);
    begin(l);
}

static void begin(struct pod_log *l)
{
    struct cluster *c = engine_cluster_by_name(l->logs->engine, l->cluster);
    if (!c || !c->kube || !cluster_is_up(c)) {
        set_state(l, LEEWAY_LOG_FAILED,
                  c && c->reason && *c->reason ? c->reason : "the cluster does not answer");
        begin_later(l);
        return;
    }
    if (l->containers.len) {
        ask(l, c);
        return;
    }
    const struct kube_target t = {
        .group = "", .version = "v1", .plural = "pods", .ns = l->ns, .name = l->pod};
    const struct kube_write_common common = {.priority = KUBE_PRIORITY_HIGH};
    l->call = kube_read(c->kube, &t, &common, on_pod, l);
}

/* ---- publishing ---- */

/* Whole pages from the front, until what comes fits. */
static size_t to_drop(struct pod_log *l)
{
    const struct leeway_log *p = l->published;
    size_t drop = 0, have = p ? p->n_lines : 0;
    while (p && have - drop > PAGE_ROWS &&
           (have - drop + l->news.len > LOG_LINES || l->bytes + l->news_bytes > LOG_BYTES)) {
        for (size_t i = 0; i < PAGE_ROWS; i++)
            l->bytes -= leeway_log_line(p, drop + i)->text.len;
        drop += PAGE_ROWS;
    }
    return drop;
}

static void publish_log(struct pod_log *l, struct leeway_snapshot_builder *b)
{
    struct arena a;
    arena_init(&a);
    size_t drop = to_drop(l);
    l->dropped += drop;
    struct text *names = arena_array(&a, l->containers.len + 1, sizeof(*names));
    for (size_t i = 0; i < l->containers.len; i++)
        names[i] = text_cstr(&a, l->containers.items[i]);
    const struct leeway_log head = {.id = l->id,
                                    .version = ++l->version,
                                    .cluster = text_cstr(&a, l->cluster),
                                    .namespace_ = text_cstr(&a, l->ns),
                                    .pod = text_cstr(&a, l->pod),
                                    .container = text_cstr(&a, l->container),
                                    .containers = names,
                                    .n_containers = l->containers.len,
                                    .state = l->state,
                                    .reason = text_cstr(&a, l->reason),
                                    .dropped = l->dropped};
    struct leeway_log_builder *lb = leeway_log_builder_new(l->published, drop, &head);
    arena_clear(&a);
    for (size_t i = 0; i < l->news.len; i++) {
        leeway_log_add(lb, &l->news.items[i]->line);
        mem_free(l->news.items[i]);
    }
    l->bytes += l->news_bytes;
    l->news.len = l->news_bytes = 0;
    struct leeway_log *next = leeway_log_seal(lb);
    leeway_log_unref(l->published);
    l->published = next;
    l->changed = false;
    leeway_snapshot_put_log(b, next);
}

static void publish(void *state, struct leeway_snapshot_builder *b)
{
    struct logs *s = state;
    for (size_t i = 0; i < s->ended.len; i++)
        leeway_snapshot_drop_look(b, s->ended.items[i]);
    s->ended.len = 0;
    for (size_t i = 0; i < s->all.len; i++)
        if (s->all.items[i]->changed)
            publish_log(s->all.items[i], b);
}

/* ---- life ---- */

static void log_free(struct pod_log *l)
{
    kube_cancel(l->call);
    loop_cancel_timer(l->logs->engine->loop, l->timer);
    forget_containers(l);
    vec_clear(&l->containers);
    for (size_t i = 0; i < l->news.len; i++)
        mem_free(l->news.items[i]);
    vec_clear(&l->news);
    leeway_log_unref(l->published);
    mem_free(l->reason);
    mem_free(l->cluster);
    mem_free(l->ns);
    mem_free(l->pod);
    mem_free(l->container);
    mem_free(l);
}

static char *copy(const char *s)
{
    return mem_strdup(s ? s : "");
}

void pod_log_command(struct engine *e, struct engine_command *cmd)
{
    struct logs *s = engine_part_state(e, &pod_log_part);
    const struct leeway_command *c = &cmd->c;
    struct err err = ERR_INIT;
    if (s->all.len >= LOGS_MAX)
        err_set(&err, ERR_LIMIT, "%d logs are open already", LOGS_MAX);
    else if (!c->name || !*c->name)
        err_set(&err, ERR_INVALID, "no pod was named");
    else if (!c->cluster || !engine_cluster_by_name(e, c->cluster))
        err_set(&err, ERR_NOT_FOUND, "there is no cluster %s", c->cluster ? c->cluster : "");
    if (err.code) {
        engine_answer_failed(e, cmd, &err);
        return;
    }
    struct pod_log *l = mem_new(struct pod_log);
    l->logs = s;
    l->id = cmd->request;
    l->cluster = copy(c->cluster);
    l->ns = copy(c->namespace_ && *c->namespace_ ? c->namespace_ : "default");
    l->pod = copy(c->name);
    l->container = c->container && *c->container ? mem_strdup(c->container) : NULL;
    l->previous = c->previous;
    l->follow = !c->previous && !c->once;
    l->since_s = c->since_s;
    l->tail = c->limit;
    vec_push(&s->all, l);
    set_state(l, LEEWAY_LOG_OPENING, "");
    begin(l);
    engine_answer_done(e, cmd, 0, "the log of %s", l->pod);
}

bool pod_log_end(struct engine *e, uint64_t id)
{
    struct logs *s = engine_part_state(e, &pod_log_part);
    for (size_t i = 0; i < s->all.len; i++) {
        if (s->all.items[i]->id != id)
            continue;
        log_free(s->all.items[i]);
        s->all.items[i] = s->all.items[--s->all.len];
        vec_push(&s->ended, id);
        engine_dirty_looks(e);
        return true;
    }
    return false;
}

static int start(struct engine *e, void **state, struct err *err)
{
    struct logs *s = mem_new(struct logs);
    s->engine = e;
    *state = s;
    return 0;
}

/* The requests of a cluster end with it; what was read stays. */
static void hook_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    struct logs *s = state;
    for (size_t i = 0; what == CLUSTER_GONE && i < s->all.len; i++) {
        struct pod_log *l = s->all.items[i];
        if (strcmp(l->cluster, c->name) != 0)
            continue;
        kube_cancel(l->call);
        l->call = NULL;
        set_state(l, LEEWAY_LOG_FAILED, "the cluster is no longer in the fleet");
    }
}

static void stop(void *state, bool hand_over)
{
    struct logs *s = state;
    while (s->all.len)
        log_free(s->all.items[--s->all.len]);
    vec_clear(&s->all);
    vec_clear(&s->ended);
    mem_free(s);
}

const struct engine_part pod_log_part = {
    .name = "logs", .start = start, .cluster = hook_cluster, .publish = publish, .stop = stop};
