// SPDX-License-Identifier: Apache-2.0
/* Who am I, and what may I: everybody who logs in may do everything. */
#include "sim/sim_int.h"

#include <stdio.h>
#include <string.h>

static const struct val *text(struct val_pool *p, const char *s)
{
    return val_box(p, val_of_str(p, s));
}

static const struct val *parse(struct val_pool *p, const char *s)
{
    return json_read(p, s, strlen(s), NULL, NULL);
}

static const struct val *identity(struct val_pool *p, const struct sim_target *t)
{
    struct val groups[] = {val_of_str(p, t->group[0] ? t->group : "system:unauthenticated"),
                           val_of_str(p, "system:authenticated")};
    const struct val *who = parse(p, "{\"userInfo\":{}}"), *info = parse(p, "{}");
    info = val_map_with(p, info, "username", text(p, t->user));
    info = val_map_with(p, info, "groups", val_list_of(p, groups, t->group[0] ? 2 : 1));
    return val_map_with(p, who, "userInfo", info);
}

void sim_review_answer(struct sim_cluster *c, const struct sim_target *t,
                       const struct sim_request *q, struct sim_reply *r)
{
    struct val_pool p;
    struct err e = ERR_INIT;
    val_pool_init_limited(&p, 16 * SIM_MAX_BODY);
    const struct val *v = json_read(&p, q->body, q->body_len, NULL, &e), *status;
    if (!val_is(v, VAL_MAP) || !val_str_is(val_get(v, "kind"), t->kind->kind)) {
        sim_fail(r, 400, "BadRequest", NULL, NULL, "the body is no %s: %s", t->kind->kind,
                 e.text ? e.text : "another kind");
        goto out;
    }
    if (strcmp(t->kind->kind, "SelfSubjectReview") == 0)
        status = identity(&p, t);
    else if (strcmp(t->kind->kind, "SelfSubjectAccessReview") == 0)
        status = parse(&p, "{\"allowed\":true}");
    else
        status = parse(&p, "{\"resourceRules\":[{\"verbs\":[\"*\"],\"apiGroups\":[\"*\"],"
                           "\"resources\":[\"*\"]}],\"nonResourceRules\":[{\"verbs\":[\"*\"],"
                           "\"nonResourceURLs\":[\"*\"]}],\"incomplete\":false}");
    v = val_map_with(&p, v, "metadata", parse(&p, "{\"creationTimestamp\":null}"));
    v = val_map_with(&p, v, "status", status);
    if (v && !json_write(&r->body, v, JSON_COMPACT))
        r->status = 201;
    else
        sim_fail(r, 500, "InternalError", NULL, NULL, "the answer cannot be written");
out:
    err_clear(&e);
    val_pool_clear(&p);
}
