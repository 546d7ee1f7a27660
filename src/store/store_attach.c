// SPDX-License-Identifier: Apache-2.0
/* Acknowledgements on an event loop: the store's eventfd, watched. */
#include "store/store_int.h"

static void on_answers(void *ctx, int fd, unsigned events)
{
    (void)fd;
    (void)events;
    store_dispatch(ctx);
}

int store_attach(struct store *s, struct loop *loop, struct err *e)
{
    store_detach(s);
    int code = loop_watch_fd(loop, s->event_fd, LOOP_READ, on_answers, s);
    if (code)
        return err_set(e, code, "cannot watch the store's answers");
    s->loop = loop;
    return 0;
}

void store_detach(struct store *s)
{
    if (s->loop)
        loop_unwatch_fd(s->loop, s->event_fd);
    s->loop = NULL;
}
