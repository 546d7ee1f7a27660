// SPDX-License-Identifier: Apache-2.0
/*
 * A fleet on which an environment was applied, taken up by a new process: how long until each
 * object of each cluster was compared with what was given, and, when somebody else changes one, how
 * long until its row is there (checking) and until it has a verdict, of which two seconds are the
 * rule that a difference must have stood so long.
 */
#include "bench_clients.h"
#include "data/json.h"
#include "kube/write.h"
#include "leeway/leeway.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHANGES = 100, EVERY_MS = 50, OBJECTS = 50, IDLE_S = 10, GIVE_UP_S = 300, VERDICT_S = 30 };

struct change {
    const char *cluster;
    double sent_s, row_s, verdict_s; /* 0: not yet */
};

static bool is_complete(struct leeway *l, size_t *known)
{
    struct leeway_snapshot *s = leeway_snapshot_take(l);
    bool settled = leeway_settled(s);
    *known = 0;
    for (size_t i = 0; i < leeway_environments(s); i++) {
        const struct leeway_environment *e = leeway_environment_at(s, i);
        for (size_t k = 0; k < e->n_target_rows; k++)
            *known += e->target_rows[k].objects > 0 &&
                      e->target_rows[k].objects == e->target_rows[k].objects_ready;
        settled = settled && *known == e->n_target_rows;
    }
    leeway_snapshot_unref(s);
    return settled && *known;
}

static void on_answer(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct clients *c = ctx;
    c->failed = c->failed || reply->error->code;
}

static void change_one(struct clients *c, size_t cluster, int object)
{
    struct val_pool p;
    struct err e = ERR_INIT;
    char name[32];
    static const char text[] = "{\"data\":{\"a\":\"of somebody else\"}}";
    snprintf(name, sizeof(name), "conf-%d", object);
    const struct kube_target t = {"", "v1", "configmaps", "default", name, NULL};
    const struct kube_patch_options o = {.type = KUBE_PATCH_MERGE, .field_manager = "bench"};
    val_pool_init(&p);
    if (!kube_patch(c->all[cluster].kube, &t, json_read(&p, text, sizeof(text) - 1, NULL, NULL), &o,
                    on_answer, c, &e))
        c->failed = true;
    val_pool_clear(&p);
    err_clear(&e);
}

/* What the newest snapshot shows of the changes. */
static size_t look(struct leeway *l, struct change *all, size_t n)
{
    struct leeway_snapshot *s = leeway_snapshot_take(l);
    double now = bench_now_s();
    size_t judged = 0;
    for (size_t i = 0; i < leeway_drifts(s); i++) {
        const struct leeway_drift *d = leeway_drift_at(s, i);
        for (size_t k = 0; k < n; k++) {
            if (strcmp(all[k].cluster, d->cluster.str) != 0)
                continue;
            if (!all[k].row_s)
                all[k].row_s = now - all[k].sent_s;
            if (!d->checking && !all[k].verdict_s)
                all[k].verdict_s = now - all[k].sent_s;
            break;
        }
    }
    for (size_t k = 0; k < n; k++)
        judged += all[k].verdict_s > 0;
    leeway_snapshot_unref(s);
    return judged;
}

static int change_all(struct leeway *l, struct clients *c)
{
    struct change all[CHANGES];
    double rows[CHANGES], verdicts[CHANGES], began = bench_now_s();
    size_t want = c->n < CHANGES ? c->n : CHANGES, n = 0, judged = 0;
    while (judged < want && bench_now_s() - began < VERDICT_S + CHANGES * EVERY_MS / 1000.0) {
        struct pollfd p = {leeway_event_fd(l), POLLIN, 0};
        if (n < want && (bench_now_s() - began) * 1000 >= (double)(n * EVERY_MS)) {
            size_t i = n * (c->n / want); /* each on a cluster of its own */
            all[n] = (struct change){.cluster = clients_name(c, i), .sent_s = bench_now_s()};
            change_one(c, i, (int)n++ % OBJECTS);
        }
        loop_run_once(c->loop, 1);
        if (poll(&p, 1, 1) > 0)
            judged = look(l, all, n);
    }
    if (judged < want || c->failed) {
        fprintf(stderr, "bench_fleet: %zu of %zu changes have a verdict\n", judged, want);
        return 1;
    }
    for (size_t i = 0; i < want; i++) {
        rows[i] = all[i].row_s;
        verdicts[i] = all[i].verdict_s;
    }
    bench_say_times("change_to_row", rows, want);
    bench_say_times("change_to_verdict", verdicts, want);
    return 0;
}

int bench_managed(const char *kubeconfig)
{
    struct err e = ERR_INIT;
    struct clients c;
    double began = bench_now_s();
    const struct leeway_options o = {.kubeconfig = kubeconfig, .program = "bench", .lasting = true};
    struct leeway *l = leeway_open(&o, &e);
    size_t known = 0;
    if (!l) {
        fprintf(stderr, "bench_fleet: %s\n", e.text);
        return 1;
    }
    while (!is_complete(l, &known) && bench_now_s() - began < GIVE_UP_S)
        usleep(20000);
    if (!known) {
        fprintf(stderr, "bench_fleet: no target is known\n");
        return 1;
    }
    bench_say("restart", bench_now_s() - began, "s");
    bench_say("restart_cpu", bench_cpu_s(), "s");
    bench_say("targets", (double)known, "");
    bench_say("memory", bench_resident_mib(), "MiB");
    double idle = bench_now_s(), cpu = bench_cpu_s();
    while (bench_now_s() - idle < IDLE_S) {
        leeway_snapshot_unref(leeway_snapshot_take(l));
        usleep(50000);
    }
    bench_say("idle_cpu", (bench_cpu_s() - cpu) / (bench_now_s() - idle) * 100, "%");
    int status = clients_open(&c, kubeconfig, &e) ? change_all(l, &c) : 1;
    clients_close(&c);
    leeway_close(l, false);
    err_clear(&e);
    return status;
}
