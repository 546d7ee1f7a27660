// SPDX-License-Identifier: Apache-2.0
/*
 * leeway demo: a simulated fleet in this process, and the console on it. What is remembered goes
 * into a temporary folder that is removed at the end, however it comes: a small process waits for
 * it and cleans up after a signal, too.
 */
#include "cli/console.h"
#include "cli/demo_fleet.h"
#include "cli/demo_story.h"
#include "sim/sim.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct cli_option options[] = {
    {"clusters", 0, CLI_VALUE, "N", "so many clusters; 14 unless said otherwise"},
    {"guide", 0, CLI_FLAG, NULL,
     "the last row leads through the tour: launch, drift, accept, upgrade, go back, destroy"},
    {"scenario", 0, CLI_VALUE, "FILE", "what happens to them; otherwise the built-in story"},
    {"speed", 0, CLI_VALUE, "PERCENT", "how fast it happens: 200 is twice as fast"},
    {"seed", 0, CLI_VALUE, "N", "another fleet that is the same each time"},
    {"kubeconfig", 0, CLI_VALUE, "FILE", "write the clusters' kubeconfig there and keep it"},
    {"timeout", 0, CLI_VALUE, "TIME", "how long text output waits for clusters: 15s"},
    {"log", 0, CLI_VALUE, "FILE", "write a log to this file"},
    CLI_OPTIONS_FACE,
    CLI_OPTIONS_END,
};

static int number(const struct cli_args *args, const char *name, unsigned long most,
                  unsigned long *out)
{
    const char *s = cli_value(args, name);
    char *end;
    *out = 0;
    if (!s)
        return CLI_OK;
    errno = 0;
    *out = strtoul(s, &end, 10);
    if (errno || *end || !*s || strchr(s, '-') || *out > most)
        return cli_usage(args->verb, "--%s %s: give a number up to %lu", name, s, most);
    return CLI_OK;
}

/* The folder of one run, with what is in it; links are not followed. */
static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    remove(path);
    return 0;
}

static void remove_folder(const char *path)
{
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct janitor {
    pid_t pid;
    int fd; /* closed by the kernel when this process ends */
};

/* Before any thread is there. Without one nothing is cleaned up after a signal; that is all. */
static struct janitor janitor_hire(const char *folder)
{
    int ends[2];
    struct janitor j = {-1, -1};
    if (pipe2(ends, O_CLOEXEC))
        return j;
    j.pid = fork();
    if (j.pid == 0) {
        char byte;
        int nothing = open("/dev/null", O_RDWR);
        setsid(); /* signals of the terminal are not for it */
        for (int i = 0; i < 3 && nothing >= 0; i++)
            dup2(nothing, i);
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        close(ends[1]);
        while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
            ;
        remove_folder(folder);
        _exit(0);
    }
    close(ends[0]);
    j.fd = ends[1];
    return j;
}

static void janitor_leave(const struct janitor *j)
{
    if (j->fd >= 0)
        close(j->fd);
    while (j->pid > 0 && waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* What somebody does while the guide leads through the tour. */
static const struct {
    const char *step, *does;
} others[] = {
    {"drift",
     "steps: [{at: 0s, cluster: dev-eu-1, scale: {namespace: kiosk, deployment: kiosk-web, "
     "replicas: 4}}]"},
};

static void on_step(void *ctx, const char *step)
{
    struct err e = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcmp(others[i].step, step) == 0 && sim_do(ctx, others[i].does, &e))
            fprintf(stderr, "leeway demo: %s\n", e.text);
    err_clear(&e);
}

static int run_on(const struct cli_args *args, struct sim *sim, const char *folder, bool story)
{
    const char *kubeconfig = sim_kubeconfig_path(sim);
    struct err e = ERR_INIT;
    enum ui_end end;
    char *fleet = story ? demo_fleet_write(folder, &e) : NULL;
    const struct leeway_options o = {
        .fleet_file = fleet,
        .kubeconfig = kubeconfig,
        .log_path = cli_value(args, "log"),
        .log_level = 3,
        .simulated = true,
    };
    struct leeway *l = e.code ? NULL : leeway_open(&o, &e);
    if (l && story && isatty(STDOUT_FILENO)) {
        printf("leeway demo: starting 14 simulated clusters, applying its environments\n");
        fflush(stdout);
    }
    if (l && story)
        demo_story_begin(l, folder);
    int status = !l                        ? cli_fail(args->verb, &e)
                 : cli_flag(args, "guide") ? cli_console_guided(l, args, on_step, sim, &end)
                                           : cli_console(l, args, NULL, &end);
    leeway_close(l, false);
    mem_free(fleet);
    return status;
}

static int run_demo(const struct cli_args *args)
{
    struct err e = ERR_INIT;
    const char *tmp = getenv("TMPDIR");
    unsigned long clusters, speed, seed;
    int status = number(args, "clusters", SIM_MAX_CLUSTERS, &clusters);
    if (status == CLI_OK)
        status = number(args, "speed", 100000, &speed);
    if (status == CLI_OK)
        status = number(args, "seed", 0xffffffffUL, &seed);
    if (status == CLI_OK && cli_flag(args, "guide") && (clusters || cli_value(args, "scenario")))
        status = cli_usage(args->verb, "--guide has its own clusters and scenario");
    if (status != CLI_OK)
        return status;
    char *folder = mem_printf("%s/leeway-demo-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) {
        err_set_errno(&e, errno, folder);
        mem_free(folder);
        return cli_fail(args->verb, &e);
    }
    struct janitor janitor = janitor_hire(folder);
    setenv("XDG_STATE_HOME", folder, 1); /* the store lies where verbs look for it, too */
    /* the fleet is called as its kubeconfig */
    char *own = mem_printf("%s/%s", folder, clusters ? "simulated" : "acme");
    const char *wanted = cli_value(args, "kubeconfig");
    const char *scenario = cli_value(args, "scenario");
    bool story = !clusters && !scenario;
    if (story && cli_flag(args, "guide"))
        scenario = ""; /* nothing happens but what the guide speaks of */
    const struct sim_options so = {.clusters = (unsigned)clusters,
                                   .scenario = scenario,
                                   .seed = seed,
                                   .speed_percent = (unsigned)speed,
                                   .kubeconfig = wanted ? wanted : own};
    struct sim *sim = sim_start(&so, &e);
    status = sim ? run_on(args, sim, folder, story) : cli_fail(args->verb, &e);
    sim_stop(sim);
    if (janitor.pid > 0)
        janitor_leave(&janitor);
    else
        remove_folder(folder);
    mem_free(own);
    mem_free(folder);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    status = args.words.len ? cli_usage(verb, "%s: demo takes no words", args.words.items[0])
                            : run_demo(&args);
    cli_args_clear(&args);
    return status;
}

const struct cli_verb cli_verb_demo = {
    .name = "demo",
    .args = NULL,
    .summary = "the console on a simulated fleet: no cluster and no configuration needed",
    .about = "Starts simulated API servers on loopback in this process, applies three environments "
             "and opens the console on all; later somebody changes what was "
             "applied. kubectl works against them, too: say --kubeconfig FILE and point it there. "
             "With --guide the last row says what to press next and why. "
             "Nothing outside this process is touched; what is remembered goes when it ends.",
    .options = options,
    .changes_clusters = false,
    .run = run,
};
