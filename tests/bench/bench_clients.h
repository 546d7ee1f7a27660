// SPDX-License-Identifier: Apache-2.0
/* What the benchmarks of fleets share: time, processor and memory of this process, lines of the
 * report, and a client for each context of a kubeconfig, all on one loop of the calling thread. */
#ifndef LEEWAY_TESTS_BENCH_CLIENTS_H
#define LEEWAY_TESTS_BENCH_CLIENTS_H

#include "kube/client.h"
#include "kube/credentials.h"
#include "kube/kubeconfig.h"
#include "kube/watch.h"

enum { BENCH_WATCHES = 14 };

double bench_now_s(void);
double bench_cpu_s(void);
double bench_resident_mib(void);

extern const char *bench_label; /* of all lines */
void bench_say(const char *what, double value, const char *unit);
void bench_say_times(const char *what, double *seconds, size_t n); /* sorts them */

struct client {
    struct kube_access access;
    struct kube_cluster *kube;
    struct kube_watch *watches[BENCH_WATCHES]; /* NULL: none */
};

struct clients {
    struct loop *loop;
    struct kube *kube;
    struct kubeconfig *config;
    struct kube_credentials_pool *pool;
    struct client *all;
    size_t n, synced, objects;
    char wanted[32]; /* the value that the change has */
    bool seen, answered, failed;
};

bool clients_open(struct clients *c, const char *kubeconfig, struct err *e);
void clients_close(struct clients *c);
const char *clients_name(const struct clients *c, size_t i);

/* bench_managed.c */
int bench_managed(const char *kubeconfig);

#endif
