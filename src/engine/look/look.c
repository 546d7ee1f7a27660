// SPDX-License-Identifier: Apache-2.0
#include "engine/look/look_int.h"
#include "engine/look/pod_log.h"

#include <string.h>

void look_changed(struct look *l)
{
    l->changed = true;
    engine_dirty_looks(l->looks->engine);
}

void look_start_more(struct looks *s)
{
    for (size_t i = 0; i < s->all.len; i++) {
        struct look *l = s->all.items[i];
        for (size_t k = 0; k < l->sources.len && s->starting < LOOK_STARTING_MAX; k++)
            if (look_source_waits(l->sources.items[k]))
                look_source_begin(l->sources.items[k]);
    }
}

static void look_free(struct look *l)
{
    for (size_t i = 0; i < l->sources.len; i++)
        look_source_free(l->sources.items[i]);
    for (size_t i = 0; i < l->columns.len; i++) {
        mem_free(l->columns.items[i].name);
        mem_free(l->columns.items[i].words);
    }
    vec_clear(&l->sources);
    vec_clear(&l->rows);
    vec_clear(&l->dirty);
    vec_clear(&l->columns);
    leeway_look_unref(l->published);
    char *const strings[] = {l->word, l->ns,    l->labels, l->fields, l->group, l->version_of_kind,
                             l->kind, l->plural};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        mem_free(strings[i]);
    mem_free(l);
}

/* ---- publishing ---- */

static void fill_head(struct look *l, struct arena *a, struct leeway_look *h)
{
    struct leeway_column *columns = arena_array(a, l->columns.len + 1, sizeof(*columns));
    for (size_t i = 0; i < l->columns.len; i++) {
        const struct look_column *c = &l->columns.items[i];
        columns[i] = (struct leeway_column){.name = text_cstr(a, c->name),
                                            .words = text_cstr(a, c->words),
                                            .wide = c->wide,
                                            .number = c->number,
                                            .age = c->age};
    }
    struct leeway_source *sources = arena_array(a, l->sources.len + 1, sizeof(*sources));
    for (size_t i = 0; i < l->sources.len; i++) {
        const struct look_source *s = l->sources.items[i];
        sources[i] = (struct leeway_source){.cluster_id = s->cluster_id,
                                            .cluster = text_cstr(a, s->name),
                                            .state = s->state,
                                            .reason = text_cstr(a, s->reason),
                                            .since_ms = s->since_ms,
                                            .rows = (uint32_t)s->rows.count,
                                            .more = s->more};
    }
    *h = (struct leeway_look){
        .id = l->id,
        .version = ++l->version,
        .group = text_cstr(a, l->group),
        .version_of_kind = text_cstr(a, l->version_of_kind),
        .kind = text_cstr(a, l->kind),
        .plural = text_cstr(a, l->plural ? l->plural : l->word),
        .namespace_ = text_cstr(a, l->ns),
        .namespaced = l->namespaced,
        .limit = l->limit,
        .columns = columns,
        .n_columns = l->columns.len,
        .sources = sources,
        .n_sources = l->sources.len,
        .n_rows = l->rows.len,
    };
}

static void publish_look(struct look *l, struct leeway_snapshot_builder *b)
{
    struct leeway_look head;
    struct arena a;
    arena_init(&a);
    fill_head(l, &a, &head);
    struct leeway_look_builder *lb = leeway_look_builder_new(l->published, &head);
    arena_clear(&a);
    for (size_t i = 0; i < l->dirty.len; i++) {
        size_t at = l->dirty.items[i];
        struct look_row *r = at < l->rows.len ? l->rows.items[at] : NULL;
        if (!r || !r->dirty)
            continue; /* gone, or moved and listed again */
        leeway_look_put(lb, at, r->news ? r->news : leeway_look_row(l->published, r->at));
        r->dirty = false;
    }
    struct leeway_look *next = leeway_look_seal(lb);
    for (size_t i = 0; i < l->dirty.len; i++) {
        size_t at = l->dirty.items[i];
        if (at >= l->rows.len)
            continue;
        struct look_row *r = l->rows.items[at];
        r->at = at;
        mem_free(r->news);
        r->news = NULL;
    }
    l->dirty.len = 0;
    leeway_look_unref(l->published);
    l->published = next;
    l->changed = false;
    leeway_snapshot_put_look(b, next);
}

static void publish(void *state, struct leeway_snapshot_builder *b)
{
    struct looks *s = state;
    for (size_t i = 0; i < s->ended.len; i++)
        leeway_snapshot_drop_look(b, s->ended.items[i]);
    s->ended.len = 0;
    for (size_t i = 0; i < s->all.len; i++)
        if (s->all.items[i]->changed)
            publish_look(s->all.items[i], b);
}

/* ---- commands ---- */

static char *asked(const char *s)
{
    return s && *s ? mem_strdup(s) : NULL;
}

/* The clusters that were named, or all; false after the answer that there is none of a name. */
static bool choose(struct engine *e, struct engine_command *cmd, struct look *l)
{
    l->all = cmd->c.n_clusters == 0;
    for (size_t i = 0; i < cmd->c.n_clusters; i++) {
        struct cluster *c = engine_cluster_by_name(e, cmd->c.clusters[i]);
        if (!c) {
            struct err err = ERR_INIT;
            err_set(&err, ERR_NOT_FOUND, "there is no cluster %s", cmd->c.clusters[i]);
            engine_answer_failed(e, cmd, &err);
            return false;
        }
        look_source_new(l, c);
    }
    for (size_t i = 0; l->all && i < e->clusters.len; i++)
        look_source_new(l, e->clusters.items[i]);
    return true;
}

void look_command(struct engine *e, struct engine_command *cmd)
{
    struct looks *s = engine_part_state(e, &look_part);
    struct err err = ERR_INIT;
    if (s->all.len >= LOOKS_MAX)
        err_set(&err, ERR_LIMIT, "%d tables are open already", LOOKS_MAX);
    else if (!cmd->c.object_kind || !*cmd->c.object_kind)
        err_set(&err, ERR_INVALID, "no kind was named");
    if (err.code) {
        engine_answer_failed(e, cmd, &err);
        return;
    }
    struct look *l = mem_new(struct look);
    l->looks = s;
    l->id = cmd->request;
    l->word = mem_strdup(cmd->c.object_kind);
    l->ns = asked(cmd->c.namespace_);
    l->labels = asked(cmd->c.labels);
    l->fields = asked(cmd->c.fields);
    l->limit = cmd->c.limit;
    l->objects = cmd->c.objects;
    l->own_namespace = cmd->c.own_namespace;
    if (!choose(e, cmd, l)) {
        look_free(l);
        return;
    }
    vec_push(&s->all, l);
    for (size_t i = 0; i < l->sources.len; i++)
        look_source_begin(l->sources.items[i]);
    look_changed(l);
    engine_answer_done(e, cmd, 0, "looking at %s", l->word);
}

void look_end_command(struct engine *e, struct engine_command *cmd)
{
    struct looks *s = engine_part_state(e, &look_part);
    for (size_t i = 0; i < s->all.len; i++) {
        struct look *l = s->all.items[i];
        if (l->id != cmd->c.look)
            continue;
        s->all.items[i] = s->all.items[--s->all.len];
        vec_push(&s->ended, l->id);
        look_free(l);
        look_start_more(s);
        engine_dirty_looks(e);
        engine_answer_done(e, cmd, 0, "%s", "");
        return;
    }
    pod_log_end(e, cmd->c.look);
    engine_answer_done(e, cmd, 0, "%s", "");
}

/* ---- the part ---- */

static struct look_source *source_of(struct look *l, const struct cluster *c)
{
    for (size_t i = 0; i < l->sources.len; i++)
        if (l->sources.items[i]->cluster == c)
            return l->sources.items[i];
    return NULL;
}

static void hook_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    struct looks *s = state;
    for (size_t i = 0; i < s->all.len; i++) {
        struct look *l = s->all.items[i];
        struct look_source *x = source_of(l, c);
        if (!x && l->all && what == CLUSTER_IDENTIFIED && c->index != CLUSTER_NO_ROW)
            x = look_source_new(l, c);
        if (x)
            look_source_cluster(x, what);
    }
}

static int start(struct engine *e, void **state, struct err *err)
{
    struct looks *s = mem_new(struct looks);
    s->engine = e;
    *state = s;
    return 0;
}

static void stop(void *state, bool hand_over)
{
    struct looks *s = state;
    while (s->all.len)
        look_free(s->all.items[--s->all.len]);
    vec_clear(&s->all);
    vec_clear(&s->ended);
    mem_free(s);
}

const struct engine_part look_part = {
    .name = "looks", .start = start, .cluster = hook_cluster, .publish = publish, .stop = stop};
