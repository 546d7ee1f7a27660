// SPDX-License-Identifier: Apache-2.0
#include "bench_clients.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

double bench_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

double bench_resident_mib(void)
{
    long pages = 0, all;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%ld %ld", &all, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576.0;
}

const char *bench_label;

void bench_say(const char *what, double value, const char *unit)
{
    printf("fleet_%s_%s\t%.4g\t%s\t\t\t\n", bench_label, what, value, unit);
    fflush(stdout);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void bench_say_times(const char *what, double *t, size_t n)
{
    char name[64];
    if (!n)
        return;
    qsort(t, n, sizeof(*t), by_size);
    snprintf(name, sizeof(name), "%s_p50", what);
    bench_say(name, t[n / 2] * 1000, "ms");
    snprintf(name, sizeof(name), "%s_p99", what);
    bench_say(name, t[n * 99 / 100] * 1000, "ms");
}

const char *clients_name(const struct clients *c, size_t i)
{
    struct kubeconfig_context x;
    kubeconfig_context_at(c->config, i, &x);
    return x.name;
}

bool clients_open(struct clients *c, const char *path, struct err *e)
{
    const struct kubeconfig_options ko = {.path = path};
    *c = (struct clients){.config = kubeconfig_load(&ko, e)};
    c->loop = c->config ? loop_new(clock_system(), e) : NULL;
    if (!c->loop)
        return false;
    const struct kube_credentials_options po = {.loop = c->loop, .clock = clock_system()};
    c->pool = kube_credentials_pool_new(&po);
    const struct kube_options o = {.loop = c->loop, .clock = clock_system(), .seed = 7};
    c->kube = kube_new(&o, e);
    c->n = kubeconfig_context_count(c->config);
    c->all = mem_calloc(c->n, sizeof(*c->all));
    for (size_t i = 0; i < c->n; i++) {
        struct client *x = &c->all[i];
        kube_access_init(&x->access);
        if (kubeconfig_access(c->config, clients_name(c, i), &x->access, e))
            return false;
        x->kube = kube_cluster_new(c->kube, &x->access, kube_credentials_open(c->pool, &x->access));
    }
    return true;
}

void clients_close(struct clients *c)
{
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = 0; k < BENCH_WATCHES; k++)
            kube_watch_free(c->all[i].watches[k]);
        kube_cluster_free(c->all[i].kube);
        kube_access_clear(&c->all[i].access);
    }
    mem_free(c->all);
    kube_free(c->kube);
    kube_credentials_pool_free(c->pool);
    loop_free(c->loop);
    kubeconfig_free(c->config);
}
