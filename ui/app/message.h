// SPDX-License-Identifier: Apache-2.0
/*
 * Everything that was ever said in the message row, newest first, bounded. Equal messages in a row
 * are one with a count. UI thread.
 */
#ifndef LEEWAY_UI_APP_MESSAGE_H
#define LEEWAY_UI_APP_MESSAGE_H

#include "base/text.h"
#include "canvas/canvas.h"

/* The order of the states (include/leeway/state.h) and the kinds of messages are the same: a
 * message has the shape of the thing it is about. */
enum message_kind {
    MESSAGE_FAILED,
    MESSAGE_UNKNOWN,
    MESSAGE_WARNING, /* the shape of degraded */
    MESSAGE_DRIFT,
    MESSAGE_CHANGING,
    MESSAGE_PENDING,
    MESSAGE_ACCEPTED,
    MESSAGE_ASLEEP,
    MESSAGE_INFO, /* the shape of ok */
};

#define MESSAGE_LOG_MAX 2000

struct message {
    uint64_t uid;
    int64_t wall_ms;
    enum message_kind kind;
    struct text where, what, detail; /* detail: the whole story; empty: what */
    uint32_t count;
    struct arena arena;
};

struct message_log;

struct message_log *message_log_new(void);
void message_log_free(struct message_log *l);
/* Returns the message, borrowed until the next add. */
const struct message *message_log_add(struct message_log *l, enum message_kind kind,
                                      int64_t wall_ms, struct text where, struct text what,
                                      struct text detail);
size_t message_log_len(const struct message_log *l);
const struct message *message_log_at(const struct message_log *l, size_t i); /* 0: the newest */
/* Failed and unknown and degraded and drift: kept until a key is pressed. */
bool message_stays(enum message_kind k);
enum glyph message_glyph(enum message_kind k);
enum role message_role(enum message_kind k);

#endif
