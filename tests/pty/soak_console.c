// SPDX-License-Identifier: Apache-2.0
/*
 * A console that is left open: in a pseudo-terminal over a fleet in which something happens all the
 * time, with a few keys now and then. Its memory and descriptors are sampled; after a quarter of
 * the time, in which caches fill, neither may grow by more than is said here. Started by
 * tests/soak_console.sh; `soak_console PROGRAM MINUTES SEED`.
 */
#include "pty.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum {
    SAMPLE_MS = 5000,
    WALK_MS = 20000, /* so long nobody touches a key */
    DEADLINE = 30000,
    SAMPLES_MAX = 100000,
    SLOPE_MAX_KIB = 2048, /* an hour */
    SHORT_MAX_KIB = 1024, /* what a run too short for a slope may grow by all the same */
    FDS_MAX = 6,
};

struct sample {
    double hours, kib; /* since the start; anonymous resident memory */
    unsigned fds, threads;
};

struct soak {
    struct pty *p;
    struct sample samples[SAMPLES_MAX];
    size_t n;
    uint64_t random;
    int64_t start_ms;
};

/* Keys that look; what comes after a blank is pressed when the screen is still. */
static const char *const walks[] = {
    "1 j j k + _ d q",
    "2 j \r \t \t q",
    "3 j \r q",
    "4 j \r q \t",
    "5 j \r q",
    "6 j q",
    ":pods\r j j s \033 y q",
    ":deploy\r / soak \r y e q q",
    ":events\r G g q",
    ":pods\r L G k w F q q",
    "! j j g q",
    "? j j \033",
    "\020 clu \033",
    "4 \r \r b q q",
    "f f 1",
};

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static uint64_t draw(struct soak *s, uint64_t n)
{
    uint64_t z = (s->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    return ((z ^ (z >> 27)) >> 7) % n;
}

static int broken(struct soak *s, const char *what)
{
    printf("not ok - %s\n%s\n", what, pty_screen(s->p));
    return 1;
}

static void status_of(pid_t pid, struct sample *x)
{
    char path[64], line[256];
    unsigned long long n;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "RssAnon: %llu", &n) == 1)
            x->kib = (double)n;
        if (sscanf(line, "Threads: %llu", &n) == 1)
            x->threads = (unsigned)n;
    }
    if (f)
        fclose(f);
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *d = opendir(path);
    while (d && readdir(d))
        x->fds++;
    if (d)
        closedir(d);
}

static void take_sample(struct soak *s)
{
    struct sample x = {.hours = (double)(now_ms() - s->start_ms) / 3600000};
    status_of(pty_pid(s->p), &x);
    if (s->n < SAMPLES_MAX)
        s->samples[s->n++] = x;
    if (s->n % 60 == 1)
        printf("%6.1f min  %8.0f KiB  %3u descriptors  %2u threads  %" PRIu64 " bytes drawn\n",
               x.hours * 60, x.kib, x.fds, x.threads, pty_bytes(s->p));
    fflush(stdout);
}

static void walk(struct soak *s)
{
    char keys[64];
    snprintf(keys, sizeof(keys), "%s", walks[draw(s, sizeof(walks) / sizeof(walks[0]))]);
    for (char *at = NULL, *key = strtok_r(keys, " ", &at); key; key = strtok_r(NULL, " ", &at)) {
        pty_keys(s->p, key);
        pty_run_for(s->p, 400);
    }
    for (int i = 0; i < 3; i++) { /* out of whatever is open */
        pty_keys(s->p, "\033");
        pty_run_for(s->p, 400);
    }
    pty_keys(s->p, "1");
}

/* KiB an hour by least squares over the samples from..n. */
static double slope(const struct soak *s, size_t from)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (size_t i = from; i < s->n; i++) {
        const struct sample *p = &s->samples[i];
        n++;
        x += p->hours;
        y += p->kib;
        xx += p->hours * p->hours;
        xy += p->hours * p->kib;
    }
    double d = n * xx - x * x;
    return d > 0 ? (n * xy - x * y) / d : 0;
}

static unsigned most_fds(const struct soak *s, size_t from, size_t to)
{
    unsigned most = 0;
    for (size_t i = from; i < to; i++)
        most = s->samples[i].fds > most ? s->samples[i].fds : most;
    return most;
}

static int judge(const struct soak *s)
{
    size_t from = s->n / 4, middle = s->n / 2;
    double by = slope(s, from), hours = s->samples[s->n - 1].hours - s->samples[from].hours;
    double limit = SLOPE_MAX_KIB * hours > SHORT_MAX_KIB ? SLOPE_MAX_KIB : SHORT_MAX_KIB / hours;
    unsigned before = most_fds(s, from, middle), after = most_fds(s, middle, s->n);
    printf("%zu samples over %.1f min, the first quarter left out: %.0f KiB an hour (at most "
           "%.0f), at the end %.0f KiB; descriptors %u, then %u\n",
           s->n, hours * 60, by, limit, s->samples[s->n - 1].kib, before, after);
    if (by > limit)
        printf("not ok - the memory grows\n");
    if (after > before + FDS_MAX)
        printf("not ok - descriptors grow\n");
    return by > limit || after > before + FDS_MAX;
}

static int quit(struct soak *s)
{
    int status;
    pty_keys(s->p, "\0331");
    if (!pty_wait_text(s->p, "fleet", DEADLINE))
        return broken(s, "it does not answer");
    pty_keys(s->p, "q");
    if (!pty_wait_text(s->p, "Close leeway?", DEADLINE))
        return broken(s, "it does not ask");
    pty_keys(s->p, "\t\r");
    if (!pty_wait_exit(s->p, DEADLINE, &status))
        return broken(s, "it does not end");
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

int main(int argc, char **argv)
{
    static struct soak s;
    if (argc != 4)
        return 2;
    int64_t minutes_ms = (int64_t)(atof(argv[2]) * 60000);
    s.random = strtoull(argv[3], NULL, 10);
    s.p = pty_spawn(40, 120, (const char *const[]){argv[1], NULL}, NULL);
    if (!pty_wait_text(s.p, "fleet", DEADLINE))
        return broken(&s, "it did not start");
    s.start_ms = now_ms();
    int64_t next_walk = s.start_ms + WALK_MS, next_sample = s.start_ms;
    while (now_ms() < s.start_ms + minutes_ms) {
        int status;
        if (now_ms() >= next_sample) {
            take_sample(&s);
            next_sample += SAMPLE_MS;
        }
        if (now_ms() >= next_walk) {
            walk(&s);
            next_walk = now_ms() + WALK_MS;
        }
        pty_run_for(s.p, 250);
        if (pty_wait_exit(s.p, 0, &status))
            return broken(&s, "it ended");
    }
    int rc = s.n < 8 ? broken(&s, "too short to say anything") : judge(&s);
    rc |= quit(&s);
    pty_free(s.p);
    return rc;
}
