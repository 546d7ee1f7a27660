// SPDX-License-Identifier: Apache-2.0
/* What script.c reads and actions.c does: the table of actions, with what each of them takes. */
#ifndef LEEWAY_SIM_SCENARIO_H
#define LEEWAY_SIM_SCENARIO_H

#include "sim/live.h"

/* What a value may be. A duration is a text such as 90s, 250ms, 5m, with - in front where it may go
 * backwards; a share is a whole number of percent. */
enum sim_takes {
    SIM_TAKES_BOOL,
    SIM_TAKES_NUMBER,
    SIM_TAKES_SHARE,
    SIM_TAKES_TEXT,
    SIM_TAKES_TIME,
    SIM_TAKES_SHIFT, /* a duration that may be negative */
    SIM_TAKES_WORD,  /* one of words */
    SIM_TAKES_MAP,   /* with fields */
    SIM_TAKES_ANY    /* any map */
};

struct sim_step_field {
    const char *name;
    enum sim_takes takes;
    bool needed;
    const char *words; /* of SIM_TAKES_WORD, blank-separated */
};

struct sim_action {
    const char *name;
    enum sim_takes takes;
    const char *words;
    const struct sim_step_field *fields; /* of a map; ends with name NULL */
    void (*run)(struct sim_cluster *c, const struct val *v);
    bool objects; /* it needs the cluster's content */
};

extern const struct sim_action sim_actions[];
extern const size_t sim_actions_len;

/* A duration that was checked when it was read; 0 when there is none. */
int64_t sim_duration_ms(const struct val *v);
bool sim_duration_fits(const struct val *v, bool negative_too);

#endif
