// SPDX-License-Identifier: Apache-2.0
/* Faults that are felt in answers; those of connections are in link.c and server.c. */
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool sim_fault_hits(struct sim_cluster *c, struct sim_span *s)
{
    if (!s->until_ms)
        return false;
    if (sim_now_ms(c->sim) >= s->until_ms) {
        s->until_ms = 0;
        return false;
    }
    return s->percent >= 100 || (int)(sim_random(c) % 100) < s->percent;
}

bool sim_fault_frozen(const struct sim_cluster *c)
{
    return c->faults.frozen_until_ms && sim_now_ms(c->sim) < c->faults.frozen_until_ms;
}

int64_t sim_fault_latency_ms(struct sim_cluster *c)
{
    const struct sim_faults *f = &c->faults;
    return f->latency_ms + (f->jitter_ms ? (int64_t)(sim_random(c) % (unsigned)f->jitter_ms) : 0);
}

static void busy(struct sim_cluster *c, struct sim_reply *r)
{
    r->status = 429;
    r->retry_after_s = c->faults.retry_after_s ? c->faults.retry_after_s : 1;
    r->type = "text/plain; charset=utf-8";
    buf_puts(&r->body, "Too many requests, please try again later.\n");
}

static void error(struct sim_cluster *c, struct sim_reply *r)
{
    int status = c->faults.status ? c->faults.status : 500;
    if (!c->faults.html) {
        sim_fail(r, status, status == 503 ? "ServiceUnavailable" : "InternalError", NULL, NULL,
                 "an error on the server (\"%s\") has prevented the request from succeeding",
                 sim_status_words(status));
        return;
    }
    r->status = status;
    r->type = "text/html";
    buf_printf(&r->body,
               "<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1>"
               "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
               status, sim_status_words(status), status, sim_status_words(status));
}

bool sim_fault_answers(struct sim_cluster *c, struct sim_reply *r)
{
    struct sim_faults *f = &c->faults;
    if (c->throttle > 0) {
        c->throttle--;
        busy(c, r);
        return true;
    }
    if (sim_fault_hits(c, &f->busy)) {
        busy(c, r);
        return true;
    }
    if (sim_fault_hits(c, &f->error)) {
        error(c, r);
        return true;
    }
    if (f->reset.until_ms && sim_random(c) % 2 && sim_fault_hits(c, &f->reset)) {
        r->hang_up = true; /* nothing was done */
        return true;
    }
    return false;
}

void sim_fault_after(struct sim_cluster *c, struct sim_reply *r)
{
    if (sim_fault_hits(c, &c->faults.reset))
        r->hang_up = true; /* it was done, and nobody hears of it */
    if (sim_fault_hits(c, &c->faults.leave))
        r->leave = true;
}

void sim_fault_forget(struct sim_cluster *c, uint64_t versions)
{
    sim_store_forget(c, versions);
    if (versions)
        sim_behave_again(c);
    for (struct sim_watch *w = c->watches; w; w = w->next)
        sim_watch_expire(w);
}
