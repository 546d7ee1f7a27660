// SPDX-License-Identifier: Apache-2.0
#include "widget/browse.h"

#include "base/mem.h"
#include "widget/keep_order.h"

#include <stdio.h>
#include <string.h>

void browse_init(struct browse *b)
{
    list_init(&b->list);
    b->filter[0] = b->scope[0] = '\0';
}

void browse_clear(struct browse *b)
{
    list_clear(&b->list);
}

void browse_set_filter(struct browse *b, struct text t)
{
    snprintf(b->filter, sizeof(b->filter), "%.*s", (int)t.len, t.str);
}

void browse_set_scope(struct browse *b, struct text t)
{
    browse_set_filter(b, t);
    memcpy(b->scope, b->filter, sizeof(b->scope));
}

bool browse_is_filtered(const struct browse *b)
{
    return strcmp(b->filter, b->scope) != 0;
}

unsigned browse_command(struct browse *b, const struct browse_spec *spec, void *ctx, struct app *a,
                        enum command c)
{
    switch (c) {
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        if (!spec->is_problem)
            return 0;
        if (!list_seek(&b->list, c == CMD_NEXT_PROBLEM ? 1 : -1, spec->is_problem, ctx))
            app_info(a, "%s", spec->no_problem);
        return VIEW_REDRAW;
    case CMD_FILTER:
        app_ask_filter(a, (struct text){b->filter, (uint32_t)strlen(b->filter), 0});
        return VIEW_REDRAW;
    case CMD_BACK:
        if (!browse_is_filtered(b))
            return 0;
        memcpy(b->filter, b->scope, sizeof(b->filter));
        spec->reload(ctx);
        return VIEW_REDRAW;
    default: {
        size_t marked = b->list.marks.len;
        unsigned done = list_command(&b->list, c);
        if (marked && !b->list.marks.len)
            app_order_later(a); /* what waited for the marks */
        return done;
    }
    }
}

const char *browse_why_not(const struct browse_spec *spec, enum command c)
{
    switch (c) {
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        return spec->is_problem ? NULL : VIEW_NOT_HERE;
    case CMD_FILTER:
    case CMD_MARK:
    case CMD_RANGE:
        return NULL;
    default:
        return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

unsigned browse_filter(struct browse *b, const struct browse_spec *spec, void *ctx,
                       struct text text)
{
    browse_set_filter(b, text);
    if (!text.len)
        memcpy(b->filter, b->scope, sizeof(b->filter));
    spec->reload(ctx);
    return VIEW_REDRAW;
}

unsigned browse_mouse(struct browse *b, const struct browse_spec *spec, const struct event *ev)
{
    return list_mouse(&b->list, ev, spec->head);
}

static void reload_in_order(struct browse *b, const struct browse_spec *spec, void *ctx)
{
    size_t n = b->list.uids.len, size;
    uint64_t *old = mem_calloc(n + 1, sizeof(*old)), *uids;
    if (n)
        memcpy(old, b->list.uids.items, n * sizeof(*old));
    spec->reload(ctx);
    void *rows = spec->rows(ctx, &size);
    size_t now = b->list.uids.len;
    uids = mem_calloc(now + 1, sizeof(*uids));
    if (now)
        memcpy(uids, b->list.uids.items, now * sizeof(*uids));
    keep_order(old, n, uids, rows, size, now);
    list_set(&b->list, uids, now);
    mem_free(uids);
    mem_free(old);
}

unsigned browse_refresh(struct browse *b, const struct browse_spec *spec, void *ctx, struct app *a)
{
    bool frozen = app_order_frozen(a) && b->list.uids.len;
    if (frozen)
        app_order_later(a); /* with marks alone it would be asked for ever */
    if (b->list.marks.len || (frozen && (app_covered(a) || !spec->rows)))
        return VIEW_DONE;
    if (frozen)
        reload_in_order(b, spec, ctx);
    else
        spec->reload(ctx);
    return VIEW_REDRAW;
}

struct text browse_path(const struct browse *b, struct arena *a, const char *name)
{
    return b->filter[0] ? text_fmt(a, "%s /%s", name, b->filter) : text_cstr(a, name);
}
