// SPDX-License-Identifier: Apache-2.0
/*
 * Who is calling: a bearer token of the kubeconfig, one that the exec plugin was given for a while,
 * or a client certificate. A short-lived token is the cluster's name and the time of its end under
 * a MAC; the key is drawn at start and stands in the kubeconfig, as tokens do.
 */
#include "base/digest.h"
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void seal(const char *key, const char *cluster, int64_t end_s, char out[DIGEST_HEX_LEN + 1])
{
    char text[128];
    int n = snprintf(text, sizeof(text), "%s %" PRId64, cluster, end_s);
    struct digest d = digest_hmac_sha256(key, strlen(key), text, (size_t)n);
    digest_hex(&d, out);
}

void sim_login_issue(const char *key, const char *cluster, int64_t end_s, char out[200])
{
    char mac[DIGEST_HEX_LEN + 1];
    seal(key, cluster, end_s, mac);
    snprintf(out, 200, "sim-%" PRId64 "-%s", end_s, mac);
}

static bool issued(const struct sim_cluster *c, const char *token)
{
    char want[200];
    char *rest;
    if (!c->sim->login_key[0] || strncmp(token, "sim-", 4) != 0)
        return false;
    int64_t end_s = strtoll(token + 4, &rest, 10);
    sim_login_issue(c->sim->login_key, c->name, end_s, want);
    return *rest == '-' && strcmp(token, want) == 0 && sim_wall_ms(c) < end_s * 1000;
}

static bool known(struct sim_cluster *c, const struct sim_request *q, struct sim_target *t)
{
    static const char user[] = "erik@acme.example", group[] = "acme:operators";
    const char *a = q->authorization;
    if (a) {
        if (strncasecmp(a, "Bearer ", 7) != 0 ||
            (strcmp(a + 7, c->token) != 0 && !issued(c, a + 7)))
            return false;
        snprintf(t->user, sizeof(t->user), "%s", user);
        snprintf(t->group, sizeof(t->group), "%s", group);
        return true;
    }
    if (q->peer && q->peer->user[0]) {
        snprintf(t->user, sizeof(t->user), "%s", q->peer->user);
        snprintf(t->group, sizeof(t->group), "%s", q->peer->group);
        return true;
    }
    snprintf(t->user, sizeof(t->user), "system:anonymous");
    return true;
}

bool sim_login(struct sim_cluster *c, const struct sim_request *q, struct sim_target *t)
{
    if (!known(c, q, t))
        return false;
    if (q->as_user && *q->as_user && strcmp(t->user, "system:anonymous") != 0) {
        snprintf(t->user, sizeof(t->user), "%s", q->as_user);
        snprintf(t->group, sizeof(t->group), "%s", q->as_group ? q->as_group : "");
        t->impersonated = true;
    }
    return true;
}
