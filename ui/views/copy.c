// SPDX-License-Identifier: Apache-2.0
#include "views/copy.h"

#include "widget/pick.h"

#include <string.h>

static void chosen(struct app *a, struct view *owner, size_t item, struct text typed)
{
    app_copy(a, typed);
}

/* The link to the view, unless the items have it. */
static struct copy_item link_here(struct app *a, struct view *owner, struct arena *arena,
                                  const struct copy_item *items, size_t n)
{
    struct text link = link_of_view(a, owner, arena);
    struct copy_item x = {TEXT_NONE, "the link"};
    if (link.len)
        x.what = link_command(arena, link);
    for (size_t i = 0; i < n; i++) {
        if (text_equal(items[i].what, x.what))
            x.what = TEXT_NONE;
        else if (items[i].what.len && strcmp(items[i].note, "the link") == 0)
            x.note = "the link to this view";
    }
    return x;
}

void copy_pick(struct app *a, struct view *owner, const struct copy_item *items, size_t n)
{
    struct pick_item shown[COPY_ITEMS_MAX + 1];
    struct arena arena;
    size_t m = 0;
    arena_init(&arena);
    for (size_t i = 0; i < n && m < COPY_ITEMS_MAX; i++)
        if (items[i].what.len)
            shown[m++] =
                (struct pick_item){text_cstr(&arena, items[i].note), TEXT_NONE, items[i].what};
    const struct copy_item here = link_here(a, owner, &arena, items, n);
    if (here.what.len)
        shown[m++] = (struct pick_item){text_cstr(&arena, here.note), TEXT_NONE, here.what};
    if (m == 1)
        app_copy(a, shown[0].note);
    else if (m)
        app_push(a, pick_new(&(struct pick_spec){.title = TEXT("Copy"),
                                                 .items = shown,
                                                 .n_items = m,
                                                 .owner = owner,
                                                 .note_is_answer = true,
                                                 .fn = chosen}));
    arena_clear(&arena);
}
