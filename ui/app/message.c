// SPDX-License-Identifier: Apache-2.0
#include "app/message.h"

#include "base/mem.h"
#include "base/vec.h"

#include <string.h>

struct message_log {
    VEC(struct message *) all; /* the newest last */
    uint64_t last_uid;
};

struct message_log *message_log_new(void)
{
    return mem_new(struct message_log);
}

static void free_message(struct message *m)
{
    arena_clear(&m->arena);
    mem_free(m);
}

void message_log_free(struct message_log *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->all.len; i++)
        free_message(l->all.items[i]);
    vec_clear(&l->all);
    mem_free(l);
}

const struct message *message_log_add(struct message_log *l, enum message_kind kind,
                                      int64_t wall_ms, struct text where, struct text what,
                                      struct text detail)
{
    struct message *last = l->all.len ? l->all.items[l->all.len - 1] : NULL;
    if (last && last->kind == kind && text_equal(last->where, where) &&
        text_equal(last->what, what) && text_equal(last->detail, detail)) {
        last->count++;
        last->wall_ms = wall_ms;
        return last;
    }
    if (l->all.len == MESSAGE_LOG_MAX) {
        size_t drop = MESSAGE_LOG_MAX / 10; /* a tenth at once: moving the rest is rare */
        for (size_t i = 0; i < drop; i++)
            free_message(l->all.items[i]);
        memmove(l->all.items, l->all.items + drop, (l->all.len - drop) * sizeof(*l->all.items));
        l->all.len -= drop;
    }
    struct message *m = mem_new(struct message);
    arena_init_limited(&m->arena, 64u * 1024u);
    m->uid = ++l->last_uid;
    m->wall_ms = wall_ms;
    m->kind = kind;
    m->where = text_dup(&m->arena, where);
    m->what = text_dup(&m->arena, what);
    m->detail = text_dup(&m->arena, detail);
    m->count = 1;
    vec_push(&l->all, m);
    return m;
}

size_t message_log_len(const struct message_log *l)
{
    return l->all.len;
}

const struct message *message_log_at(const struct message_log *l, size_t i)
{
    return l->all.items[l->all.len - 1 - i];
}

bool message_stays(enum message_kind k)
{
    return k <= MESSAGE_DRIFT;
}

enum glyph message_glyph(enum message_kind k)
{
    return (enum glyph)(GLYPH_FAILED + (int)k);
}

enum role message_role(enum message_kind k)
{
    return (enum role)(ROLE_STATUS_FAILED + (int)k);
}
