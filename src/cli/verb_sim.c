// SPDX-License-Identifier: Apache-2.0
/* leeway sim: the simulated fleet alone, for kubectl or anything else that speaks to clusters. */
#include "cli/options.h"
#include "sim/sim.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static bool number(const char *s, unsigned long max, unsigned long *out)
{
    char *end;
    if (!s || *s < '0' || *s > '9')
        return false;
    *out = strtoul(s, &end, 10);
    return !*end && *out <= max;
}

static int serve(const struct cli_verb *verb, const struct sim_options *o)
{
    struct err e = ERR_INIT;
    sigset_t set;
    int which = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    struct sim *s = sim_start(o, &e);
    if (!s) {
        char *text = err_format(&e);
        fprintf(stderr, "leeway %s: %s\n", verb->name, text);
        mem_free(text);
        int status = e.code == ERR_USAGE ? CLI_USAGE : CLI_FAILED;
        err_clear(&e);
        return status;
    }
    printf("%u clusters, first %s on port %d\nKUBECONFIG=%s\n", sim_clusters(s),
           sim_cluster_name(s, 0), sim_cluster_port(s, 0), sim_kubeconfig_path(s));
    fflush(stdout);
    while (sigwait(&set, &which) != 0)
        ;
    struct sim_stats n;
    sim_stats(s, &n);
    sim_stop(s);
    printf("%llu connections, %llu requests, %llu changes\n", (unsigned long long)n.connections,
           (unsigned long long)n.requests, (unsigned long long)n.events);
    return CLI_OK;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    int status = CLI_OK;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    unsigned long clusters = 0, seed = 0, speed = 100;
    const char *given = cli_value(&args, "clusters");
    if (args.words.len)
        status = cli_usage(verb, "nothing is expected after the options");
    else if (given && !number(given, SIM_MAX_CLUSTERS, &clusters))
        status = cli_usage(verb, "--clusters needs a number up to %u", SIM_MAX_CLUSTERS);
    else if ((given = cli_value(&args, "seed")) && !number(given, 1ul << 62, &seed))
        status = cli_usage(verb, "--seed needs a number");
    else if ((given = cli_value(&args, "speed")) && (!number(given, 10000, &speed) || !speed))
        status = cli_usage(verb, "--speed needs a percentage");
    const struct sim_options o = {
        .clusters = (unsigned)clusters,
        .scenario = cli_flag(&args, "quiet") ? "" : cli_value(&args, "scenario"),
        .seed = seed,
        .speed_percent = (unsigned)speed,
        .listen = cli_value(&args, "listen"),
        .certificates = cli_flag(&args, "certificates"),
        .kubeconfig = cli_value(&args, "kubeconfig-out"),
    };
    if (!status)
        status = serve(verb, &o);
    cli_args_clear(&args);
    return status;
}

static const struct cli_option options[] = {
    {"clusters", 0, CLI_VALUE, "N", "how many clusters; the 14 of the story when not given"},
    {"scenario", 0, CLI_VALUE, "FILE", "what happens on a clock, as YAML"},
    {"quiet", 0, CLI_FLAG, NULL, "nothing happens by itself"},
    {"kubeconfig-out", 0, CLI_VALUE, "FILE",
     "where the kubeconfig goes, mode 0600; a temporary file when not given"},
    {"listen", 0, CLI_VALUE, "ADDRESS", "an IPv4 address; 127.0.0.1 when not given"},
    {"certificates", 0, CLI_FLAG, NULL, "log in with client certificates, not bearer tokens"},
    {"seed", 0, CLI_VALUE, "NUMBER", "of everything that is drawn"},
    {"speed", 0, CLI_VALUE, "PERCENT", "of the scenario's clock"},
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_sim = {
    .name = "sim",
    .summary = "run a simulated fleet on this machine",
    .about =
        "Starts HTTPS servers on loopback that answer as Kubernetes API servers do, prints the\n"
        "path of a kubeconfig for them, and serves until it is interrupted. kubectl works with\n"
        "it: get, describe, scale, label, patch --type merge|json, delete; create and replace "
        "with\n"
        "--validate=false.",
    .options = options,
    .run = run,
};
