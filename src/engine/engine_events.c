// SPDX-License-Identifier: Apache-2.0
/* Answers to commands, and messages. */
#include "engine/beside/serve.h"
#include "engine/client.h"

#include "leeway/object.h"
#include "leeway/plan.h"
#include "store/store_put.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static struct leeway_event *event_new(struct engine *e, enum leeway_event_kind kind)
{
    struct leeway_event *ev = mem_new(struct leeway_event);
    ev->kind = kind;
    ev->at_ms = engine_wall_ms(e);
    ev->state = LEEWAY_OK;
    ev->where = ev->text = ev->detail = TEXT_NONE;
    arena_init(&ev->arena);
    return ev;
}

static void free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        mem_free(words[i]);
    mem_free(words);
}

void leeway_event_free(struct leeway_event *ev)
{
    if (!ev)
        return;
    leeway_plan_unref(ev->plan);
    leeway_object_unref(ev->object);
    leeway_kinds_unref(ev->kinds);
    leeway_history_unref(ev->history);
    leeway_parts_unref(ev->parts);
    leeway_explanation_unref(ev->explanation);
    leeway_compare_unref(ev->compare);
    free_words(ev->argv);
    free_words(ev->envp);
    err_clear(&ev->err);
    arena_clear(&ev->arena);
    mem_free(ev);
}

static void answer(struct engine *e, struct engine_command *cmd, struct leeway_event *ev)
{
    struct serve_asker *asker = cmd->asker;
    void (*inside)(void *, struct leeway_event *) = cmd->inside;
    void *ctx = cmd->inside_ctx;
    ev->request = cmd->request;
    engine_command_free(cmd);
    engine_publish_at_once(e); /* who asked will look for what was done */
    if (inside) {
        inside(ctx, ev);
        return;
    }
    if (asker) {
        serve_answer(asker, ev);
        return;
    }
    if (e->client)
        engine_client_push(e->client, ev, true);
    else
        leeway_event_free(ev);
}

static void set_text(struct leeway_event *ev, const char *fmt, va_list ap)
{
    char *s = arena_vprintf(&ev->arena, fmt, ap);
    ev->text = text_cstr(&ev->arena, s);
}

void engine_answer_done(struct engine *e, struct engine_command *cmd, uint64_t release,
                        const char *fmt, ...)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_DONE);
    ev->release = release;
    ev->where = text_cstr(&ev->arena, cmd->c.cluster);
    va_list ap;
    va_start(ap, fmt);
    set_text(ev, fmt, ap);
    va_end(ap);
    answer(e, cmd, ev);
}

void engine_answer_failed(struct engine *e, struct engine_command *cmd, struct err *err)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_FAILED);
    ev->state = LEEWAY_FAILED;
    ev->where = text_cstr(&ev->arena, cmd->c.cluster);
    if (!err->code)
        err_set(err, ERR_INTERNAL, "the command failed without a reason");
    ev->text = text_cstr(&ev->arena, err->text);
    err_move(&ev->err, err);
    answer(e, cmd, ev);
}

void engine_answer_plan(struct engine *e, struct engine_command *cmd, struct leeway_plan *plan)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_PLAN);
    ev->plan = leeway_plan_ref(plan);
    answer(e, cmd, ev);
}

void engine_answer_object(struct engine *e, struct engine_command *cmd,
                          struct leeway_object *object)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_OBJECT);
    ev->object = leeway_object_ref(object);
    answer(e, cmd, ev);
}

void engine_answer_kinds(struct engine *e, struct engine_command *cmd, struct leeway_kinds *kinds)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_KINDS);
    ev->kinds = leeway_kinds_ref(kinds);
    answer(e, cmd, ev);
}

void engine_answer_history(struct engine *e, struct engine_command *cmd,
                           struct leeway_history *history)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_HISTORY);
    ev->history = leeway_history_ref(history);
    answer(e, cmd, ev);
}

void engine_answer_parts(struct engine *e, struct engine_command *cmd, struct leeway_parts *parts)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_PARTS);
    ev->parts = leeway_parts_ref(parts);
    answer(e, cmd, ev);
}

void engine_answer_explanation(struct engine *e, struct engine_command *cmd,
                               struct leeway_explanation *explanation)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_EXPLANATION);
    ev->explanation = leeway_explanation_ref(explanation);
    answer(e, cmd, ev);
}

void engine_answer_compare(struct engine *e, struct engine_command *cmd,
                           struct leeway_compare *compare)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_COMPARE);
    ev->compare = leeway_compare_ref(compare);
    answer(e, cmd, ev);
}

static void push(struct engine *e, struct leeway_event *ev)
{
    serve_event(e->serve, ev);
    if (!e->client)
        leeway_event_free(ev);
    else if (!engine_client_push(e->client, ev, false))
        e->messages_dropped++;
}

static enum log_level level_of(enum leeway_state s)
{
    return s == LEEWAY_FAILED ? LOG_ERROR : s <= LEEWAY_DRIFT ? LOG_WARN : LOG_INFO;
}

void engine_message(struct engine *e, enum leeway_state state, const char *where,
                    const char *detail, const char *fmt, ...)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_MESSAGE);
    ev->state = state;
    ev->where = text_cstr(&ev->arena, where);
    ev->detail = text_cstr(&ev->arena, detail);
    va_list ap;
    va_start(ap, fmt);
    set_text(ev, fmt, ap);
    va_end(ap);
    log_write(e->log, level_of(state), where && *where ? where : "engine", "%s", ev->text.str);
    if (e->store && !e->spectator) {
        enum store_level l = state == LEEWAY_FAILED  ? STORE_MESSAGE_ERROR
                             : state <= LEEWAY_DRIFT ? STORE_MESSAGE_WARNING
                                                     : STORE_MESSAGE_INFO;
        store_put_message(e->store, l, where ? where : "", ev->text.str, STORE_NO_ACK);
    }
    push(e, ev);
}

static char **copy_words(const char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    char **copy = mem_calloc(n + 1, sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i] = mem_strdup(words[i]);
    return copy;
}

/* In our own environment as it is here? */
static bool is_own(const char *entry)
{
    const char *end = strchr(entry, '=');
    char *name = mem_strndup(entry, end ? (size_t)(end - entry) : strlen(entry));
    const char *own = getenv(name);
    mem_free(name);
    return end && own && strcmp(own, end + 1) == 0;
}

void engine_login_needed(struct engine *e, uint64_t cluster_id, const char *where,
                         const char *const *argv, const char *const *envp)
{
    struct leeway_event *ev = event_new(e, LEEWAY_EVENT_LOGIN);
    ev->state = LEEWAY_UNKNOWN;
    ev->cluster_id = cluster_id;
    ev->where = text_cstr(&ev->arena, where);
    ev->text = text_fmt(&ev->arena, "%s: %s needs a person to log in", where, argv[0]);
    ev->argv = copy_words(argv);
    ev->envp = copy_words(envp);
    size_t kept = 0;
    for (size_t i = 0; ev->envp[i]; i++)
        if (is_own(ev->envp[i]))
            mem_free(ev->envp[i]);
        else
            ev->envp[kept++] = ev->envp[i];
    ev->envp[kept] = NULL;
    push(e, ev);
}
