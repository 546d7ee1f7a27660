// SPDX-License-Identifier: Apache-2.0
/* From exec to the first painted screen, in a pseudo-terminal of 80×24, with a fleet of which no
 * cluster answers: a closed port, and addresses that swallow what is sent to them. Median of nine.
 */
#include "base/clock.h"
#include "pty/pty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROUNDS 9
#define DEADLINE 20000

static void kubeconfig(const char *path, int clusters)
{
    FILE *f = fopen(path, "w");
    if (!f)
        exit(1);
    fputs("apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: abc}}]\nclusters:\n", f);
    for (int i = 0; i < clusters; i++)
        fprintf(f, "- {name: c%d, cluster: {server: 'https://%s:%d'}}\n", i,
                i % 2 ? "127.0.0.1" : "192.0.2.1", 1 + i % 60000);
    fputs("contexts:\n", f);
    for (int i = 0; i < clusters; i++)
        fprintf(f, "- {name: prod-%d, context: {cluster: c%d, user: u}}\n", i, i);
    fclose(f);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void measure(const char *folder, const char *program, int clusters)
{
    char home[300], state[400], config[400], path[300];
    int64_t took[ROUNDS];
    snprintf(path, sizeof(path), "%s/config-%d", folder, clusters);
    kubeconfig(path, clusters);
    snprintf(home, sizeof(home), "HOME=%s", folder);
    snprintf(state, sizeof(state), "XDG_STATE_HOME=%s/state-%d", folder, clusters);
    snprintf(config, sizeof(config), "KUBECONFIG=%s", path);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t from = clock_boot_ms(clock_system());
        struct pty *p =
            pty_spawn(24, 80, (const char *const[]){program, NULL},
                      (const char *const[]){home, state, config, "LC_ALL=C.UTF-8", "TZ=UTC", NULL});
        bool painted = pty_wait_text(p, "fleet", DEADLINE);
        took[i] = clock_boot_ms(clock_system()) - from;
        pty_free(p);
        if (!painted) {
            fputs("bench_start: nothing was painted\n", stderr);
            exit(1);
        }
    }
    qsort(took, ROUNDS, sizeof(took[0]), by_size);
    printf("start to first screen, %d silent clusters\t%lld\tms\ttarget\t100\t%.2f\n", clusters,
           (long long)took[ROUNDS / 2], (double)took[ROUNDS / 2] / 100);
    fflush(stdout);
}

int main(void)
{
    char folder[] = "/tmp/leeway-bench-XXXXXX", command[64], program[1200];
    const char *build = getenv("top_builddir");
    if (!mkdtemp(folder))
        return 1;
    snprintf(program, sizeof(program), "%s/leeway", build ? build : ".");
    measure(folder, program, 3);
    measure(folder, program, 200);
    measure(folder, program, 1000);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) != 0;
}
