// SPDX-License-Identifier: Apache-2.0
/*
 * What goes wrong with a cluster: knobs that scenarios and `leeway sim` turn, and the places where
 * they are felt. Times are those of the scenario's clock; delays are real ones.
 */
#ifndef LEEWAY_SIM_FAULT_H
#define LEEWAY_SIM_FAULT_H

#include <stdbool.h>
#include <stdint.h>

struct sim_span { /* something that befalls a share of the requests, for a time */
    int percent;
    int64_t until_ms; /* 0: it is off; INT64_MAX: until told otherwise */
};

enum sim_certificate { SIM_CERT_LASTING, SIM_CERT_ENDING, SIM_CERT_EXPIRED, SIM_CERTS };

struct sim_faults {
    struct sim_span busy;  /* 429 with Retry-After */
    struct sim_span error; /* status, as a proxy says it in HTML or as the server does */
    struct sim_span reset; /* the connection ends, before the request was done or after */
    struct sim_span cut;   /* an event is cut off in the middle, and with it the watch */
    struct sim_span leave; /* GOAWAY after the answer */
    int retry_after_s, status;
    bool html;
    int64_t frozen_until_ms; /* watches say nothing */
    int latency_ms, jitter_ms, round_trip_ms, slow_tls_ms;
    int64_t bandwidth; /* bytes a second and connection; 0: any */
    int64_t skew_ms;
    enum sim_certificate certificate;
};

struct sim_cluster;
struct sim_reply;

/* Befalls this request: r is the answer, or says that there is none. */
bool sim_fault_answers(struct sim_cluster *c, struct sim_reply *r);
/* After the answer was made. */
void sim_fault_after(struct sim_cluster *c, struct sim_reply *r);
bool sim_fault_hits(struct sim_cluster *c, struct sim_span *s);
bool sim_fault_frozen(const struct sim_cluster *c);
int64_t sim_fault_latency_ms(struct sim_cluster *c);
/* Ends every watch as a server does that lost its history; versions > 0: the state of so many
 * changes ago comes back as well, as from a backup. */
void sim_fault_forget(struct sim_cluster *c, uint64_t versions);

#endif
