// SPDX-License-Identifier: Apache-2.0
/*
 * Requests that nobody meant: the first line is METHOD TARGET, the second the content type and the
 * Accept header apart by a blank bar, the rest a body. Whatever is answered has a status, and what
 * claims to be JSON is JSON.
 */
#include "sim/sim_int.h"
#include "sim/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_strndup((const char *)data, size), *save = NULL;
    struct sim sim = {.seed = 1, .speed_percent = 100, .clusters_len = 1};
    struct sim_cluster *c = mem_new(struct sim_cluster);
    struct clock_fake clock;
    clock_fake_init(&clock, 1000, 1790000000000);
    sim.clock = &clock.clock;
    static struct sim_types *types; /* read once: they never change, and reading them is slow */
    sim.types = types = types ? types : sim_types_new();
    sim.started_ms = 1000;
    sim.clusters = c;
    c->sim = &sim;
    c->number = 12; /* the smallest */
    c->version = 100;
    snprintf(c->token, sizeof(c->token), "t");
    sim_fleet_name(c, true);
    char *first = strtok_r(text, "\n", &save), *second = strtok_r(NULL, "\n", &save);
    char *target = first ? strchr(first, ' ') : NULL, *accept = second ? strchr(second, '|') : NULL;
    if (target) {
        *target++ = '\0';
        if (accept)
            *accept++ = '\0';
        const struct sim_request q = {.method = first,
                                      .target = target,
                                      .content_type = second,
                                      .accept = accept,
                                      .authorization = "Bearer t",
                                      .body = save ? save : "",
                                      .body_len = save ? strlen(save) : 0};
        for (int i = 0; i < 2; i++) {
            struct sim_reply r;
            sim_answer(c, &q, &r);
            if (r.status < 200 || r.status > 599)
                abort();
            if (!r.watch && r.body.len && strncmp(r.type, "application/json", 16) == 0) {
                struct val_pool p;
                val_pool_init(&p);
                if (!json_read(&p, r.body.data, r.body.len, NULL, NULL))
                    abort();
                val_pool_clear(&p);
            }
            sim_reply_clear(&r);
        }
        for (int i = 0; i < 20; i++) {
            clock_fake_advance(&clock, 500);
            sim_behave_tick(c);
        }
    }
    sim_store_clear(c);
    mem_free(c);
    mem_free(text);
    return 0;
}
