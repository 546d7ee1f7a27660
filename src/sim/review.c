// SPDX-License-Identifier: Apache-2.0
/* Who am I, and what may I. */
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

static const struct val *access_of(struct sim_cluster *c, const struct sim_target *t,
                                   struct val_pool *p, const struct val *spec)
{
    const struct val *asked = val_get(spec, "resourceAttributes");
    const struct val *path = val_at(spec, "nonResourceAttributes", "path", NULL);
    const char *sub = val_str(val_get(asked, "subresource"), "");
    char resource[300];
    snprintf(resource, sizeof(resource), "%.150s%s%.60s", val_str(val_get(asked, "resource"), ""),
             *sub ? "/" : "", sub);
    const struct val *verb =
        val_get(asked ? asked : val_get(spec, "nonResourceAttributes"), "verb");
    const struct sim_ask a = {.verb = val_str(verb, ""),
                              .path = asked ? NULL : val_str(path, ""),
                              .group = val_str(val_get(asked, "group"), ""),
                              .resource = resource,
                              .ns = val_str(val_get(asked, "namespace"), ""),
                              .name = val_str(val_get(asked, "name"), "")};
    return parse(p, sim_may(c, t, &a) ? "{\"allowed\":true}" : "{\"allowed\":false}");
}

static const struct val *rules_of(struct sim_cluster *c, const struct sim_target *t,
                                  struct val_pool *p, const struct val *spec)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    sim_may_list(c, t, val_str(val_get(spec, "namespace"), ""), &b);
    const struct val *v = parse(p, buf_str(&b));
    buf_clear(&b);
    return v;
}

void sim_review_answer(struct sim_cluster *c, const struct sim_target *t,
                       const struct sim_request *q, struct sim_reply *r)
{
    struct val_pool p;
    struct err e = ERR_INIT;
    if (q->content_type && strstr(q->content_type, "protobuf")) {
        sim_fail(r, 415, "UnsupportedMediaType", NULL, NULL,
                 "the body of the request was in an unknown format - accepted media types "
                 "include: application/json");
        return;
    }
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
        status = access_of(c, t, &p, val_get(v, "spec"));
    else
        status = rules_of(c, t, &p, val_get(v, "spec"));
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
