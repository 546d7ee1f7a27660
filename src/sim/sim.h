// SPDX-License-Identifier: Apache-2.0
/*
 * The simulated fleet: HTTPS servers on loopback in this process that answer as Kubernetes API
 * servers do, one port a cluster, each cluster with its own objects, and a script that changes
 * them. It has one thread of its own; everything here may be called from any other thread.
 */
#ifndef LEEWAY_SIM_SIM_H
#define LEEWAY_SIM_SIM_H

#include "base/err.h"
#include "sim/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;

enum sim_login_way { SIM_LOGIN_TOKEN, SIM_LOGIN_CERTIFICATE, SIM_LOGIN_EXEC };

struct sim_options {
    /* 0: the 14 clusters of the story. Up to 14: the first of them. More: that many small ones,
     * named after cities. At most SIM_MAX_CLUSTERS. */
    unsigned clusters;
    /* A scenario file; NULL: the story when its clusters are there, otherwise pods that come and
     * go; "": nothing happens by itself. */
    const char *scenario;
    uint64_t seed;          /* of everything drawn: uids, tokens, which pod goes; 0: 1 */
    unsigned speed_percent; /* of the scenario's clock; 0: 100 */
    bool bare;              /* API servers alone: no controllers, no nodes that run anything */
    const char *listen;     /* an IPv4 address; NULL: 127.0.0.1 */
    enum sim_login_way login;
    const char *exec_program; /* of SIM_LOGIN_EXEC: called with `sim --issue-token CLUSTER` */
    unsigned token_seconds;   /* how long its tokens are good for; 0: 600 */
    struct sim_faults faults; /* what every cluster begins with; zero: nothing */
    const char *kubeconfig;   /* where to write it; it stays. NULL: a temporary file that goes */
};

#define SIM_MAX_CLUSTERS 10000u

struct sim_stats {
    uint64_t connections; /* accepted since the start */
    uint64_t requests;
    uint64_t events;  /* changes of objects */
    uint64_t watches; /* open now */
};

/* Serves when it returns. NULL and *e on failure. The kubeconfig (mode 0600) has a context for each
 * cluster, named as the cluster, with the authority and a credential inside. */
struct sim *sim_start(const struct sim_options *o, struct err *e);
void sim_stop(struct sim *s); /* NULL is fine; joins the thread, within a second */

const char *sim_kubeconfig_path(const struct sim *s); /* borrowed, until sim_stop */
unsigned sim_clusters(const struct sim *s);
const char *sim_cluster_name(const struct sim *s, unsigned i); /* borrowed; NULL past the end */
int sim_cluster_port(const struct sim *s, unsigned i);
void sim_stats(const struct sim *s, struct sim_stats *out);

/* Does the steps of a scenario (doc/SCENARIOS.md) once, now, whatever their times. What an earlier
 * call left undone is done as well. ERR_INVALID with the place of what is wrong. */
int sim_do(struct sim *s, const char *scenario, struct err *e) ERR_CHECKED;

/* A token that the simulator whose kubeconfig has this key takes for that cluster until then. */
void sim_login_issue(const char *key, const char *cluster, int64_t end_s, char out[200]);

#endif
