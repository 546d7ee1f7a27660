// SPDX-License-Identifier: Apache-2.0
#include "engine/look/log_int.h"

#include "engine/drift/drift.h"
#include "engine/environments/environment.h"
#include "engine/model/pages.h"
#include "kube/write.h"

#include <string.h>

void log_changed(struct pod_log *l)
{
    l->changed = true;
    engine_dirty_looks(l->logs->engine);
}

struct cluster *log_cluster(struct pod_log *l, const char *name)
{
    struct cluster *c = engine_cluster_by_name(l->logs->engine, name);
    return c && c->kube && cluster_is_up(c) ? c : NULL;
}

const char *log_why_not(struct pod_log *l, const char *cluster)
{
    const struct cluster *c = engine_cluster_by_name(l->logs->engine, cluster);
    return c && c->reason && *c->reason ? c->reason : "the cluster does not answer";
}

struct loop_timer *log_again(struct pod_log *l, int64_t *delay_ms, loop_timer_fn *fn, void *ctx)
{
    *delay_ms = *delay_ms ? *delay_ms * 2 : LOG_AGAIN_MS;
    if (*delay_ms > LOG_AGAIN_MAX_MS)
        *delay_ms = LOG_AGAIN_MAX_MS;
    return loop_after(l->logs->engine->loop, *delay_ms, fn, ctx);
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

/* Of pods that are gone, once the last of their lines went. */
static void forget_sources(struct pod_log *l)
{
    size_t kept = 0;
    if (!l->several)
        return;
    for (size_t i = 0; i < l->sources.len; i++) {
        struct log_source *s = l->sources.items[i];
        if (!s->pod->gone || s->last_number > l->dropped) {
            l->sources.items[kept++] = s;
            continue;
        }
        struct log_pod *p = s->pod;
        for (size_t k = 0; k < p->sources.len; k++)
            if (p->sources.items[k] == s)
                p->sources.items[k] = p->sources.items[--p->sources.len];
        log_source_free(s);
        if (!p->sources.len) {
            char *key = mem_printf("%s/%s/%s", p->cluster, p->ns, p->name);
            strmap_remove(&l->pods, key);
            mem_free(key);
            log_pod_free(p);
        }
    }
    l->sources.len = kept;
}

static const struct leeway_log_source *fill_sources(struct pod_log *l, struct arena *a)
{
    struct leeway_log_source *out = arena_array(a, l->sources.len + 1, sizeof(*out));
    for (size_t i = 0; i < l->sources.len; i++) {
        const struct log_source *s = l->sources.items[i];
        out[i] = (struct leeway_log_source){.id = s->id,
                                            .cluster = text_cstr(a, s->pod->cluster),
                                            .namespace_ = text_cstr(a, s->pod->ns),
                                            .pod = text_cstr(a, s->pod->name),
                                            .container = text_cstr(a, s->container),
                                            .state = s->state,
                                            .reason = text_cstr(a, s->reason),
                                            .alone = s->pod->sources.len == 1};
    }
    return out;
}

/* How the log stands: its sources', the best of them; without any, its pods'. */
static void sum_up(struct pod_log *l, struct arena *a, struct leeway_log *head)
{
    static const int rank[] = {[LEEWAY_LOG_FAILED] = 0,
                               [LEEWAY_LOG_ENDED] = 1,
                               [LEEWAY_LOG_OPENING] = 2,
                               [LEEWAY_LOG_OPEN] = 3};
    const struct strmap_entry *e;
    int best = -1;
    head->state = LEEWAY_LOG_OPENING;
    head->reason = TEXT_NONE;
    for (size_t i = 0; (e = strmap_next(&l->pods, &i));) {
        const struct log_pod *p = e->value;
        head->not_read += p->not_read;
        if (!p->sources.len && rank[p->state] > best && p->reason) {
            best = rank[head->state = p->state];
            head->reason = text_cstr(a, p->reason);
        }
    }
    for (size_t i = 0; i < l->sources.len; i++) {
        const struct log_source *s = l->sources.items[i];
        if (rank[s->state] <= best)
            continue;
        best = rank[head->state = s->state];
        head->reason = text_cstr(a, s->reason);
    }
    if (best < 0 && l->several && l->follow)
        head->state = LEEWAY_LOG_OPEN; /* pods may come */
}

static void fill_head(struct pod_log *l, struct arena *a, struct leeway_log *head)
{
    const struct log_pod *p = l->several ? NULL : strmap_next(&l->pods, &(size_t){0})->value;
    size_t n = p ? p->containers.len : 0;
    struct text *names = arena_array(a, n + 1, sizeof(*names));
    for (size_t i = 0; i < n; i++)
        names[i] = text_cstr(a, p->containers.items[i]);
    *head = (struct leeway_log){.id = l->id,
                                .version = ++l->version,
                                .cluster = text_cstr(a, l->cluster),
                                .namespace_ = text_cstr(a, l->ns),
                                .pod = text_cstr(a, l->pod),
                                .container = text_cstr(a, l->container),
                                .containers = names,
                                .n_containers = n,
                                .sources = fill_sources(l, a),
                                .n_sources = l->sources.len,
                                .dropped = l->dropped};
    sum_up(l, a, head);
}

static void publish_log(struct pod_log *l, struct leeway_snapshot_builder *b)
{
    struct leeway_log head;
    struct arena a;
    arena_init(&a);
    size_t drop = to_drop(l);
    l->dropped += drop;
    forget_sources(l);
    fill_head(l, &a, &head);
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

/* ---- commands ---- */

static void log_free(struct pod_log *l)
{
    const struct strmap_entry *e;
    char *const strings[] = {l->cluster, l->ns, l->pod, l->container};
    for (size_t i = 0; i < l->subjects.len; i++)
        log_subject_free(l->subjects.items[i]);
    for (size_t i = 0; i < l->sources.len; i++)
        log_source_free(l->sources.items[i]);
    for (size_t i = 0; (e = strmap_next(&l->pods, &i));)
        log_pod_free(e->value);
    log_order_clear(l);
    strmap_clear(&l->pods);
    vec_clear(&l->subjects);
    vec_clear(&l->sources);
    leeway_log_unref(l->published);
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        mem_free(strings[i]);
    mem_free(l);
}

/* CLUSTER/NAMESPACE/KIND.GROUP/NAME; names of clusters may have slashes, the others have not. */
static int read_subject(struct pod_log *l, const char *words, struct err *err)
{
    char *copy = mem_strdup(words), *parts[4] = {copy};
    int n = 3;
    for (char *at = copy + strlen(copy); n > 0 && at > copy; at--)
        if (*at == '/') {
            *at = '\0';
            parts[n--] = at + 1;
        }
    if (n || !*parts[1] || !*parts[2] || !*parts[3] || l->subjects.len >= LOG_SUBJECTS_MAX)
        err_set(err, ERR_INVALID, n ? "%.200s: CLUSTER/NAMESPACE/KIND/NAME is asked for" : "%.200s",
                words);
    else if (!engine_cluster_by_name(l->logs->engine, copy))
        err_set(err, ERR_NOT_FOUND, "there is no cluster %s", copy);
    if (!err->code) {
        struct log_subject *s = log_subject_new(l, copy, parts[1], parts[3]);
        s->word = mem_strdup(parts[2]);
    }
    mem_free(copy);
    return err->code;
}

struct given_pods {
    struct pod_log *log;
    struct target *target;
};

static void add_given(void *ctx, const struct drift_object *o)
{
    struct given_pods *g = ctx;
    const struct store_object name = drift_object_name(o);
    const char *slash = strchr(name.api_version, '/');
    char *group = mem_strndup(name.api_version, slash ? (size_t)(slash - name.api_version) : 0);
    if (leeway_kind_has_logs(group, name.kind) && g->log->subjects.len < LOG_SUBJECTS_MAX) {
        struct log_subject *s =
            log_subject_new(g->log, g->target->cluster->name, name.name_space, name.name);
        s->api_version = mem_strdup(name.api_version);
        s->kind = mem_strdup(name.kind);
    }
    mem_free(group);
}

static int read_environment(struct pod_log *l, const char *name, struct err *err)
{
    struct environment *env = environment_by_name(l->logs->engine, name);
    if (!env)
        return err_set(err, ERR_NOT_FOUND, "there is no environment %s", name);
    for (size_t i = 0; i < env->targets.len; i++) {
        struct given_pods g = {l, env->targets.items[i]};
        if (g.target->cluster)
            drift_each_object(g.target, add_given, &g);
    }
    return l->subjects.len ? 0 : err_set(err, ERR_NOT_FOUND, "%s: nothing of it has pods", name);
}

static char *copy(const char *s)
{
    return mem_strdup(s ? s : "");
}

static int read_pod(struct pod_log *l, const struct leeway_command *c, struct err *err)
{
    if (!c->name || !*c->name)
        return err_set(err, ERR_INVALID, "no pod was named");
    if (!c->cluster || !engine_cluster_by_name(l->logs->engine, c->cluster))
        return err_set(err, ERR_NOT_FOUND, "there is no cluster %s", c->cluster ? c->cluster : "");
    l->cluster = copy(c->cluster);
    l->ns = copy(c->namespace_ && *c->namespace_ ? c->namespace_ : "default");
    l->pod = copy(c->name);
    l->container = c->container && *c->container ? mem_strdup(c->container) : NULL;
    return 0;
}

/* What is to be read; nothing of it is begun yet. */
static int read_command(struct pod_log *l, const struct leeway_command *c, struct err *err)
{
    l->several = c->n_subjects || (c->environment && *c->environment);
    if (l->logs->all.len >= LOGS_MAX)
        return err_set(err, ERR_LIMIT, "%d logs are open already", LOGS_MAX);
    if (!l->several)
        return read_pod(l, c, err);
    if (!c->n_subjects)
        return read_environment(l, c->environment, err);
    for (size_t i = 0; i < c->n_subjects; i++)
        if (read_subject(l, c->subjects[i], err))
            return err->code;
    return 0;
}

void pod_log_command(struct engine *e, struct engine_command *cmd)
{
    struct logs *s = engine_part_state(e, &pod_log_part);
    const struct leeway_command *c = &cmd->c;
    struct err err = ERR_INIT;
    struct pod_log *l = mem_new(struct pod_log);
    l->logs = s;
    l->id = cmd->request;
    l->previous = c->previous;
    l->follow = !c->previous && !c->once;
    l->since_s = c->since_s;
    l->tail = c->limit;
    l->began_ms = engine_boot_ms(e);
    if (read_command(l, c, &err)) {
        log_free(l);
        engine_answer_failed(e, cmd, &err);
        return;
    }
    vec_push(&s->all, l);
    for (size_t i = 0; i < l->subjects.len; i++)
        log_subject_begin(l->subjects.items[i]);
    if (!l->several)
        log_pod_put(l, l->cluster, l->ns, l->pod);
    log_changed(l);
    engine_answer_done(e, cmd, 0, "the log of %s", l->several ? "pods" : l->pod);
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

/* ---- the part ---- */

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
    for (size_t i = 0; i < s->all.len; i++) {
        struct pod_log *l = s->all.items[i];
        const struct strmap_entry *e;
        for (size_t k = 0; k < l->subjects.len; k++)
            if (strcmp(l->subjects.items[k]->cluster, c->name) == 0)
                log_subject_cluster(l->subjects.items[k], what);
        for (size_t k = 0; what == CLUSTER_GONE && (e = strmap_next(&l->pods, &k));)
            if (strcmp(((struct log_pod *)e->value)->cluster, c->name) == 0)
                log_pod_stop(e->value, "the cluster is no longer in the fleet");
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
