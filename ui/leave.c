// SPDX-License-Identifier: Apache-2.0
#include "leave.h"

#include "base/mem.h"
#include "ui.h"
#include "widget/dialog.h"

/* The first release that this process runs; NULL: none. */
static const struct leeway_release *running(struct app *a)
{
    struct leeway_snapshot *s = app_snapshot(a);
    for (size_t i = 0; s && i < leeway_releases(s); i++)
        if (leeway_release_at(s, i)->here)
            return leeway_release_at(s, i);
    return NULL;
}

static void chosen(struct app *a, void *ctx, int button)
{
    (void)ctx;
    if (a && button)
        app_end(a, button == 1 ? UI_END_LEAVE : UI_END);
}

static struct view *quit_dialog(struct app *a, void *ctx)
{
    (void)ctx;
    const struct leeway_release *r = running(a);
    if (!r)
        return NULL;
    struct arena arena;
    arena_init(&arena);
    const struct text lines[] = {
        text_fmt(&arena, "%s r%d is running here. Left running, it goes on in the",
                 r->environment.str, r->number),
        TEXT("background with your credentials, and leeway shows it. Stopped, it"),
        TEXT("waits at a safe point until its plan is applied again."),
    };
    const struct dialog_button buttons[] = {{"Leave running", NULL},
                                            {"Stop at a safe point", NULL}};
    const struct dialog_spec spec = {
        .title = TEXT("Close leeway?"),
        .lines = lines,
        .n_lines = ARRAY_LEN(lines),
        .buttons = buttons,
        .n_buttons = ARRAY_LEN(buttons),
        .done = chosen,
    };
    struct view *v = dialog_new(&spec);
    arena_clear(&arena);
    return v;
}

static void before_stop(struct app *a, void *ctx)
{
    if (!running(a))
        return;
    int32_t pid = leeway_hand_over(ctx);
    if (pid)
        app_info(a, "what ran goes on in leeway reconcile (pid %d); this console looks on",
                 (int)pid);
}

void leave_register(struct app *a, struct leeway *l)
{
    const struct app_leave leave = {before_stop, quit_dialog, l};
    app_set_leave(a, &leave);
}
