// SPDX-License-Identifier: Apache-2.0
/* leeway sim: the simulated fleet alone, for kubectl or anything else that speaks to clusters. */
#include "base/clock.h"
#include "cli/options.h"
#include "sim/sim.h"

#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* A time such as 80ms, 3s or 2m, a number, or a share: what a knob takes. */
static bool duration(const char *s, int64_t *ms)
{
    char *end;
    if (*s < '0' || *s > '9')
        return false;
    unsigned long n = strtoul(s, &end, 10);
    int64_t unit = strcmp(end, "ms") == 0  ? 1
                   : strcmp(end, "s") == 0 ? 1000
                   : strcmp(end, "m") == 0 ? 60000
                                           : 0;
    *ms = (int64_t)n * unit;
    return unit && n <= 86400000 && *ms <= 86400000;
}

static const struct {
    const char *name;
    enum { MILLISECONDS, BYTES, SHARE, SKEW } takes;
    size_t at;
} knobs[] = {
    {"latency", MILLISECONDS, offsetof(struct sim_faults, latency_ms)},
    {"round-trip", MILLISECONDS, offsetof(struct sim_faults, round_trip_ms)},
    {"slow-tls", MILLISECONDS, offsetof(struct sim_faults, slow_tls_ms)},
    {"bandwidth", BYTES, offsetof(struct sim_faults, bandwidth)},
    {"busy", SHARE, offsetof(struct sim_faults, busy)},
    {"error", SHARE, offsetof(struct sim_faults, error)},
    {"html", SHARE, offsetof(struct sim_faults, error)},
    {"reset", SHARE, offsetof(struct sim_faults, reset)},
    {"cut-watches", SHARE, offsetof(struct sim_faults, cut)},
    {"goaway", SHARE, offsetof(struct sim_faults, leave)},
    {"clock", SKEW, offsetof(struct sim_faults, skew_ms)},
};

/* One knob, NAME=VALUE. */
static bool turn(struct sim_faults *f, const char *name, size_t len, const char *value)
{
    for (size_t i = 0; i < ARRAY_LEN(knobs); i++) {
        char *place = (char *)f + knobs[i].at;
        unsigned long n;
        int64_t ms;
        if (strlen(knobs[i].name) != len || memcmp(knobs[i].name, name, len) != 0)
            continue;
        if (knobs[i].takes == MILLISECONDS && duration(value, &ms)) {
            *(int *)(void *)place = (int)ms;
        } else if (knobs[i].takes == BYTES && number(value, 1ul << 40, &n) && n) {
            *(int64_t *)(void *)place = (int64_t)n;
        } else if (knobs[i].takes == SHARE && number(value, 100, &n) && n) {
            *(struct sim_span *)(void *)place = (struct sim_span){(int)n, INT64_MAX};
            f->html = f->html || strcmp(knobs[i].name, "html") == 0;
            f->status = f->html ? 502 : 0;
        } else if (knobs[i].takes == SKEW && duration(value + (*value == '-'), &ms)) {
            *(int64_t *)(void *)place = *value == '-' ? -ms : ms;
        } else {
            return false;
        }
        return true;
    }
    return false;
}

/* NAME=VALUE,… */
static int faults_of(const struct cli_verb *verb, const char *text, struct sim_faults *f)
{
    while (text && *text) {
        size_t n = strcspn(text, ","), name = strcspn(text, "=,");
        char value[40];
        int len = name < n ? (int)(n - name - 1) : 0;
        if (len <= 0 || len >= (int)sizeof(value))
            return cli_usage(verb, "--faults %.*s: write NAME=VALUE", (int)n, text);
        memcpy(value, text + name + 1, (size_t)len);
        value[len] = '\0';
        if (strncmp(text, "certificate=", 12) == 0 && strcmp(value, "near-end") == 0)
            f->certificate = SIM_CERT_ENDING;
        else if (strncmp(text, "certificate=", 12) == 0 && strcmp(value, "expired") == 0)
            f->certificate = SIM_CERT_EXPIRED;
        else if (!turn(f, text, name, value))
            return cli_usage(verb, "--faults %.*s: no such fault, or it does not take that", (int)n,
                             text);
        text += n + (text[n] == ',');
    }
    return CLI_OK;
}

/* What the exec plugin of the kubeconfig asks: a token for a while. */
static int issue(const struct cli_verb *verb, const char *cluster, const char *lifetime)
{
    const char *key = getenv("LEEWAY_SIM_KEY");
    int64_t ms = 600000, end;
    char token[200], at[CLOCK_RFC3339_LEN];
    if (!key || !*key)
        return cli_usage(verb, "--issue-token needs LEEWAY_SIM_KEY; the kubeconfig sets it");
    if (lifetime && !duration(lifetime, &ms))
        return cli_usage(verb, "--lifetime %s: write a time such as 60s", lifetime);
    end = (clock_wall_ms(clock_system()) + ms) / 1000;
    clock_format_rfc3339(end * 1000, at);
    sim_login_issue(key, cluster, end, token);
    printf("{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\","
           "\"status\":{\"expirationTimestamp\":\"%s\",\"token\":\"%s\"}}\n",
           at, token);
    return CLI_OK;
}

static int login_of(const struct cli_verb *verb, const char *way, struct sim_options *o,
                    char own[PATH_MAX])
{
    if (!way || strcmp(way, "token") == 0)
        return CLI_OK;
    if (strcmp(way, "certificate") == 0) {
        o->login = SIM_LOGIN_CERTIFICATE;
        return CLI_OK;
    }
    ssize_t n = readlink("/proc/self/exe", own, PATH_MAX - 1);
    if (strcmp(way, "exec") != 0 || n <= 0)
        return cli_usage(verb, "--login %s: token, certificate or exec", way);
    own[n] = '\0';
    o->login = SIM_LOGIN_EXEC;
    o->exec_program = own;
    return CLI_OK;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    int status = CLI_OK;
    char own[PATH_MAX];
    int64_t lifetime = 0;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    unsigned long clusters = 0, seed = 0, speed = 100;
    const char *given = cli_value(&args, "clusters"), *token = cli_value(&args, "issue-token");
    const char *scenario = cli_value(&args, "scenario");
    struct sim_options o = {
        .bare = cli_flag(&args, "bare"),
        .scenario = scenario                   ? scenario
                    : cli_flag(&args, "quiet") ? ""
                                               : NULL,
        .listen = cli_value(&args, "listen"),
        .kubeconfig = cli_value(&args, "kubeconfig-out"),
    };
    if (args.words.len)
        status = cli_usage(verb, "nothing is expected after the options");
    else if (given && !number(given, SIM_MAX_CLUSTERS, &clusters))
        status = cli_usage(verb, "--clusters needs a number up to %u", SIM_MAX_CLUSTERS);
    else if ((given = cli_value(&args, "seed")) && !number(given, 1ul << 62, &seed))
        status = cli_usage(verb, "--seed needs a number");
    else if ((given = cli_value(&args, "speed")) && (!number(given, 10000, &speed) || !speed))
        status = cli_usage(verb, "--speed needs a percentage");
    else if ((given = cli_value(&args, "lifetime")) &&
             (!duration(given, &lifetime) || lifetime < 1000))
        status = cli_usage(verb, "--lifetime %s: write a time such as 60s", given);
    else
        status = login_of(verb, cli_value(&args, "login"), &o, own);
    if (!status)
        status = faults_of(verb, cli_value(&args, "faults"), &o.faults);
    o.clusters = (unsigned)clusters;
    o.seed = seed;
    o.speed_percent = (unsigned)speed;
    o.token_seconds = (unsigned)(lifetime / 1000);
    if (!status)
        status = token ? issue(verb, token, cli_value(&args, "lifetime")) : serve(verb, &o);
    cli_args_clear(&args);
    return status;
}

static const struct cli_option options[] = {
    {"clusters", 0, CLI_VALUE, "N", "how many clusters; the 14 of the story when not given"},
    {"scenario", 0, CLI_VALUE, "FILE", "what happens on a clock, as YAML"},
    {"quiet", 0, CLI_FLAG, NULL, "nothing happens but what a scenario says"},
    {"bare", 0, CLI_FLAG, NULL, "API servers alone, without controllers"},
    {"kubeconfig-out", 0, CLI_VALUE, "FILE",
     "where the kubeconfig goes, mode 0600; a temporary file when not given"},
    {"listen", 0, CLI_VALUE, "ADDRESS", "an IPv4 address; 127.0.0.1 when not given"},
    {"login", 0, CLI_VALUE, "WAY", "token, certificate or exec: how the kubeconfig logs in"},
    {"lifetime", 0, CLI_VALUE, "TIME", "of the tokens that --login exec gives: 600s"},
    {"issue-token", 0, CLI_VALUE, "CLUSTER", "print such a token; the kubeconfig calls this"},
    {"faults", 0, CLI_VALUE, "LIST",
     "what goes wrong everywhere, NAME=VALUE with commas: latency, round-trip, slow-tls=80ms; "
     "bandwidth=BYTES; busy, error, html, reset, cut-watches, goaway=PERCENT; clock=-90s; "
     "certificate=near-end or expired"},
    {"seed", 0, CLI_VALUE, "NUMBER", "of everything that is drawn"},
    {"speed", 0, CLI_VALUE, "PERCENT", "of the scenario's clock"},
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_sim = {
    .name = "sim",
    .summary = "run a simulated fleet on this machine",
    .about =
        "Starts HTTPS servers on loopback that answer as Kubernetes API servers do, prints the "
        "path of a kubeconfig for them, and serves until it is interrupted. Controllers roll out, "
        "nodes beat, jobs end; doc/SCENARIOS.md says what else can be made to happen. kubectl "
        "works with it: get (also -w), describe, logs -f, events, wait, scale, label, annotate, "
        "set image, rollout, patch of every type, delete with every --cascade, apply and diff "
        "(--server-side, too), create and replace -f, definitions and their instances, "
        "api-resources. What is not served is answered as a server does that lacks it: protobuf "
        "bodies (create namespace and its like) with 415, explain without descriptions.",
    .options = options,
    .run = run,
};
