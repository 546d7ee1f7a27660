// SPDX-License-Identifier: Apache-2.0
#include "app/requests.h"

#include "app/app_int.h"

#include <string.h>

#define WAITING_MAX 256 /* answers that never came make room for new ones */

void app_set_post(struct app *a, app_post_fn *post, void *ctx)
{
    a->post = post;
    a->post_ctx = ctx;
}

static void say_err(struct app *a, enum message_kind kind, struct text where, const struct err *e)
{
    struct arena arena;
    arena_init(&arena);
    struct text what = text_cstr(&arena, e->text ? e->text : err_word(e->code));
    struct text detail = TEXT_NONE;
    if (!where.len)
        where = text_cstr(&arena, e->source ? e->source : "console");
    if (e->hint)
        detail = text_fmt(&arena, "%s: %s. %s", where.str, what.str, e->hint);
    app_say(a, kind, where, what, detail);
    arena_clear(&arena);
}

uint64_t app_request(struct app *a, struct view *owner, const struct leeway_command *c,
                     app_answer_fn *fn)
{
    struct err e = ERR_INIT;
    uint64_t number = 0;
    if (a->post)
        number = a->post(a->post_ctx, c, &e);
    else
        err_set(&e, ERR_UNSUPPORTED, "there is no engine behind this screen");
    if (!number) {
        say_err(a, MESSAGE_WARNING, TEXT_NONE, &e);
        err_clear(&e);
        return 0;
    }
    if (a->waiting.len == WAITING_MAX)
        memmove(a->waiting.items, a->waiting.items + 1,
                --a->waiting.len * sizeof(*a->waiting.items));
    vec_push(&a->waiting, (struct waiting){number, owner, fn});
    return number;
}

/* As many as the engine takes now. */
static void end_looks(struct app *a)
{
    while (a->to_end.len && a->post) {
        const struct leeway_command c = {.kind = LEEWAY_CMD_LOOK_END,
                                         .look = a->to_end.items[a->to_end.len - 1]};
        struct err e = ERR_INIT;
        uint64_t number = a->post(a->post_ctx, &c, &e);
        bool busy = e.code == ERR_BUSY;
        err_clear(&e);
        if (!number && busy)
            return;
        a->to_end.len--;
    }
}

void app_end_look(struct app *a, uint64_t look)
{
    if (look)
        vec_push(&a->to_end, look);
    end_looks(a);
}

void app_forget_requests(struct app *a, const struct view *owner)
{
    for (size_t i = 0; i < a->waiting.len; i++)
        if (a->waiting.items[i].owner == owner)
            a->waiting.items[i].owner = NULL;
}

void app_say_failed(struct app *a, const struct leeway_event *ev)
{
    say_err(a, MESSAGE_FAILED, ev->where, &ev->err);
}

static bool take(struct app *a, uint64_t number, struct waiting *out)
{
    for (size_t i = 0; number && i < a->waiting.len; i++) {
        if (a->waiting.items[i].number != number)
            continue;
        *out = a->waiting.items[i];
        a->waiting.items[i] = a->waiting.items[--a->waiting.len];
        return true;
    }
    return false;
}

bool app_answer(struct app *a, const struct leeway_event *ev)
{
    struct waiting w;
    bool ours = take(a, ev->request, &w);
    end_looks(a);
    if (ev->kind == LEEWAY_EVENT_LOGIN)
        return false;
    if (ours && w.owner && w.fn)
        w.fn(a, w.owner, ev);
    else if (ev->kind == LEEWAY_EVENT_FAILED)
        app_say_failed(a, ev);
    else if (ev->kind == LEEWAY_EVENT_MESSAGE)
        app_say(a, (enum message_kind)ev->state, ev->where, ev->text, ev->detail);
    a->dirty = true;
    return true;
}
