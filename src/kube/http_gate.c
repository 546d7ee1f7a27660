// SPDX-License-Identifier: Apache-2.0
/*
 * Where no connection of a lane to a server is known to be open, the first transfer makes one and
 * the others wait here until it is there. libcurl can have them wait, too (CURLOPT_PIPEWAIT), but
 * in one row for all servers, of which it looks at the head alone, when a connection is made or
 * something ends: behind what waits for a silent server everybody else's transfers wait as well,
 * until that is given up. What waits for a connection that cannot be made fails with it.
 */
#include "base/mem.h"
#include "kube/http_int.h"

static struct kube_gate *gate_of(const struct kube_transfer *x)
{
    return &x->route->gates[x->lane - x->http->lanes];
}

static void take_out(struct kube_gate *g, struct kube_transfer *x)
{
    for (struct kube_transfer **at = &g->waiting; *at; at = &(*at)->next_waiting)
        if (*at == x) {
            *at = x->next_waiting;
            return;
        }
}

bool kube_gate_enter(struct kube_transfer *x)
{
    struct kube_gate *g = gate_of(x);
    int64_t reset_ms = x->route->not_before_ms[x->lane - x->http->lanes];
    if (g->reset_ms != reset_ms) { /* older connections are not used any more */
        g->reset_ms = reset_ms;
        g->open = 0;
        g->first = NULL;
    }
    x->gate_reset_ms = reset_ms;
    if (g->open) {
        x->at_gate = GATE_PASSED;
        return true;
    }
    if (!g->first) {
        g->first = x;
        x->at_gate = GATE_FIRST;
        return true;
    }
    struct kube_transfer **at = &g->waiting;
    while (*at)
        at = &(*at)->next_waiting;
    *at = x;
    x->next_waiting = NULL;
    x->at_gate = GATE_WAITS;
    return false;
}

struct kube_transfer *kube_gate_open(struct kube_transfer *x)
{
    struct kube_gate *g = gate_of(x);
    if (x->at_gate == GATE_OPEN || x->gate_reset_ms != g->reset_ms)
        return NULL;
    x->at_gate = GATE_OPEN;
    g->open++;
    if (g->first == x)
        g->first = NULL;
    struct kube_transfer *all = g->waiting;
    g->waiting = NULL;
    for (struct kube_transfer *w = all; w; w = w->next_waiting) {
        w->at_gate = GATE_PASSED;
        w->gate_reset_ms = g->reset_ms;
    }
    return all;
}

struct kube_transfer *kube_gate_leave(struct kube_transfer *x, bool failed)
{
    struct kube_gate *g = gate_of(x);
    struct kube_transfer *all = NULL;
    bool current = x->gate_reset_ms == g->reset_ms;
    if (x->at_gate == GATE_WAITS) {
        take_out(g, x);
    } else if (x->at_gate == GATE_OPEN && current) {
        g->open--;
    } else if (x->at_gate == GATE_FIRST && g->first == x) {
        g->first = NULL;
        all = g->waiting;
        if (all && !failed) { /* it was given up: the next one makes the connection */
            g->waiting = all->next_waiting;
            all->next_waiting = NULL;
            g->first = all;
            all->at_gate = GATE_FIRST;
            all->gate_reset_ms = g->reset_ms;
        } else {
            g->waiting = NULL;
            for (struct kube_transfer *w = all; w; w = w->next_waiting)
                w->at_gate = GATE_NONE;
        }
    }
    x->at_gate = GATE_NONE;
    return all;
}
