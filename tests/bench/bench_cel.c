// SPDX-License-Identifier: Apache-2.0
/*
 * Nanoseconds of one evaluation of each expression of cel/policies.json of the conformance folder
 * over its input, beside cel-go in the same run (celgo/, built by make bench where Go is). Best of
 * several rounds each. Loops over constants are run, not folded.
 */
#include "base/mem.h"
#include "cel/cel.h"
#include "data/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 9
#define ROUND_NS 40000000

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static const struct val *read_policies(struct val_pool *pool, const char *path, struct err *e)
{
    FILE *f = fopen(path, "r");
    struct buf text;
    char chunk[4096];
    size_t n;
    if (!f)
        return NULL;
    buf_init(&text, 1u << 20);
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0 && !buf_add(&text, chunk, n))
        continue;
    fclose(f);
    const struct val *v = json_read(pool, buf_str(&text), text.len, NULL, e);
    buf_clear(&text);
    return v;
}

static double measure(const struct cel_program *p, const struct cel_activation *act)
{
    struct arena arena;
    struct cel_value v;
    struct err e = ERR_INIT;
    double best = 1e18;
    arena_init_limited(&arena, 16u << 20);
    long n = 1000;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = now_ns();
        for (long i = 0; i < n; i++) {
            if (cel_eval(p, act, &arena, NULL, &v, &e)) {
                fprintf(stderr, "bench_cel: %s\n", e.text);
                exit(1);
            }
            arena_reset(&arena);
        }
        int64_t spent = now_ns() - start;
        double per = (double)spent / (double)n;
        best = per < best ? per : best;
        if (spent < ROUND_NS)
            n = spent > 1000 ? (long)((double)n * ROUND_NS / (double)spent) + 1 : n * 100;
    }
    arena_clear(&arena);
    return best;
}

/* What celgo says of each expression, 0 where it says nothing. */
static void ask_peer(const char *self, const char *policies, double *out, size_t n)
{
    char command[9000];
    const char *slash = strrchr(self, '/');
    int dir = slash ? (int)(slash - self) : 1;
    snprintf(command, sizeof(command), "%.*s/celgo/celgo", dir, slash ? self : ".");
    if (access(command, X_OK) != 0) {
        fputs("# bench_cel: cel-go was not measured: no Go here, or its modules cannot be had\n",
              stdout);
        return;
    }
    snprintf(command, sizeof(command), "'%.*s/celgo/celgo' '%s'", dir, slash ? self : ".",
             policies);
    FILE *f = popen(command, "r");
    unsigned i;
    double ns;
    while (f && fscanf(f, "%u %lf", &i, &ns) == 2)
        if (i < n)
            out[i] = ns;
    if (f)
        pclose(f);
}

static void report(const struct val *list, const double *ours, const double *peers, size_t n)
{
    double sum = 0;
    size_t compared = 0;
    for (size_t i = 0; i < n; i++) {
        if (peers[i] > 0) {
            printf("cel %02zu %.60s\t%.0f\tns\tcel-go 0.33.2\t%.0f\t%.2f\n", i,
                   val_str(val_item(list, i), ""), ours[i], peers[i], peers[i] / ours[i]);
            sum += log(peers[i] / ours[i]);
            compared++;
        } else {
            printf("cel %02zu %.60s\t%.0f\tns\t-\t-\t-\n", i, val_str(val_item(list, i), ""),
                   ours[i]);
        }
    }
    if (compared)
        printf("cel geometric mean, times faster\t%.2f\tratio\tcel-go 0.33.2\t1\t%.2f\n",
               exp(sum / (double)compared), exp(sum / (double)compared));
}

int main(int argc, char **argv)
{
    const char *folder = getenv("LEEWAY_CONFORMANCE");
    char path[4096];
    struct val_pool pool;
    struct err e = ERR_INIT;
    (void)argc;
    snprintf(path, sizeof(path), "%s/cel/policies.json",
             folder ? folder : "../../shared/conformance");
    val_pool_init(&pool);
    const struct val *file = read_policies(&pool, path, &e);
    if (!file) {
        printf("# bench_cel: skipped: %s is not there (LEEWAY_CONFORMANCE names the folder)\n",
               path);
        val_pool_clear(&pool);
        return 0;
    }
    const struct val *list = val_get(file, "expressions"), *input = val_get(file, "input");
    size_t n = val_count(list);
    double *ours = mem_calloc(n ? n : 1, sizeof(*ours));
    double *peers = mem_calloc(n ? n : 1, sizeof(*peers));
    struct cel_env *env = cel_env_new(CEL_ENV_ALL);
    for (size_t i = 0; i < val_count(input); i++)
        cel_declare(env, input->as.entries[i].key->s, cel_type_dyn());
    for (size_t i = 0; i < n; i++) {
        const struct val *text = val_item(list, i);
        struct cel_activation act;
        struct cel_program *p = cel_compile(env, text->as.s, text->len, 0, &e);
        if (!p) {
            fprintf(stderr, "bench_cel: %s: %s\n", text->as.s, e.text);
            return 1;
        }
        cel_activation_init(&act, env);
        for (size_t k = 0; k < val_count(input); k++)
            cel_bind_val(&act, (int)k, &input->as.entries[k].value);
        ours[i] = measure(p, &act);
        cel_activation_clear(&act);
        cel_program_free(p);
    }
    ask_peer(argv[0], path, peers, n);
    report(list, ours, peers, n);
    cel_env_free(env);
    mem_free(ours);
    mem_free(peers);
    val_pool_clear(&pool);
    return 0;
}
