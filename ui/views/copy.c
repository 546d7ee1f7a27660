// SPDX-License-Identifier: Apache-2.0
#include "views/copy.h"

#include "widget/pick.h"

static void chosen(struct app *a, struct view *owner, size_t item, struct text typed)
{
    app_copy(a, typed);
}

void copy_pick(struct app *a, struct view *owner, const struct copy_item *items, size_t n)
{
    struct pick_item shown[COPY_ITEMS_MAX];
    struct arena arena;
    size_t m = 0;
    arena_init(&arena);
    for (size_t i = 0; i < n && m < COPY_ITEMS_MAX; i++)
        if (items[i].what.len)
            shown[m++] =
                (struct pick_item){text_cstr(&arena, items[i].note), TEXT_NONE, items[i].what};
    app_push(a, pick_new(&(struct pick_spec){.title = TEXT("Copy"),
                                             .items = shown,
                                             .n_items = m,
                                             .owner = owner,
                                             .note_is_answer = true,
                                             .fn = chosen}));
    arena_clear(&arena);
}
