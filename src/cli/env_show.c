// SPDX-License-Identifier: Apache-2.0
#include "cli/env_show.h"

#include "cli/output.h"

#include <string.h>

#define CELL(fn, type, expr)                                                                       \
    static struct cli_cell fn(const void *row, struct arena *a)                                    \
    {                                                                                              \
        const struct type *x = row;                                                                \
        (void)a;                                                                                   \
        return expr;                                                                               \
    }

/* ---- itself ---- */

#define E(fn, expr) CELL(fn, leeway_environment, expr)
E(e_name, cli_text(x->name))
E(e_state, cli_text(text_cstr(a, leeway_state_word(x->state))))
E(e_blueprint, cli_text(x->blueprint))
E(e_team, cli_text(x->team))
E(e_owner, cli_text(x->owner))
E(e_namespace, cli_text(x->namespace_))
E(e_release, cli_count(x->release))
E(e_by, cli_text(x->released_by))
E(e_released, cli_moment(a, x->released_ms))
E(e_origin, cli_text(x->origin))
E(e_why, cli_text(x->reason))

static struct cli_cell e_ends(const void *row, struct arena *a)
{
    const struct leeway_environment *x = row;
    int64_t now = cli_wall_ms();
    struct text t = !x->expires_ms        ? TEXT("never")
                    : x->expires_ms > now ? text_fmt(a, "in %s", cli_age(a, now, x->expires_ms).str)
                                          : TEXT("ended");
    return (struct cli_cell){.kind = CLI_CELL_TIME, .text = t, .number = x->expires_ms};
}

static const struct cli_column environment_columns[] = {
    {"ENVIRONMENT", "name", .cell = e_name},
    {"STATE", "state", .cell = e_state},
    {"BLUEPRINT", "blueprint", .cell = e_blueprint},
    {"TEAM", "team", .cell = e_team},
    {"OWNER", "owner", .cell = e_owner},
    {"RELEASE", "release", .right = true, .cell = e_release},
    {"BY", "releasedBy", .cell = e_by},
    {"RELEASED", "released", .right = true, .cell = e_released},
    {"ENDS", "expires", .right = true, .cell = e_ends},
    {"WHY", "reason", .cell = e_why},
    {NULL, "namespace", .cell = e_namespace},
    {NULL, "origin", .cell = e_origin},
    {NULL, NULL},
};

/* ---- outputs ---- */

#define O(fn, expr) CELL(fn, leeway_output, expr)
O(o_name, cli_text(x->name))
O(o_cluster, cli_text(x->cluster))
O(o_value, cli_text(x->value))
O(o_shown, cli_text(x->known    ? x->value
                    : x->secret ? TEXT("(a secret: it is read where it is)")
                                : TEXT("(not known yet)")))
O(o_known, cli_truth(x->known))
O(o_secret, cli_truth(x->secret))

static const struct cli_column output_columns[] = {
    {"OUTPUT", "name", .cell = o_name},
    {"CLUSTER", "cluster", .cell = o_cluster},
    {"VALUE", "", .cell = o_shown},
    {NULL, "value", .cell = o_value},
    {NULL, "known", .cell = o_known},
    {NULL, "secret", .cell = o_secret},
    {NULL, NULL},
};

/* ---- objects ---- */

#define P(fn, expr) CELL(fn, leeway_part, expr)
P(p_module, cli_text(x->module))
P(p_object, cli_text(text_fmt(a, "%s/%s", x->object_kind.str, x->name.str)))
P(p_cluster, cli_text(x->cluster))
P(p_api, cli_text(x->api_version))
P(p_kind, cli_text(x->object_kind))
P(p_namespace, cli_text(x->namespace_))
P(p_name, cli_text(x->name))
P(p_state, cli_text(text_cstr(a, leeway_state_word(x->state))))
P(p_unexpected, cli_count(x->drift[LEEWAY_VERDICT_UNEXPECTED]))
P(p_unknown, cli_count(x->drift[LEEWAY_VERDICT_UNKNOWN]))
P(p_accepted, cli_count(x->drift[LEEWAY_VERDICT_ACCEPTED]))
P(p_allowed, cli_count(x->drift[LEEWAY_VERDICT_ALLOWED]))
P(p_why, cli_text(x->reason))

static const struct cli_column part_columns[] = {
    {"MODULE", "module", .cell = p_module},
    {"OBJECT", "", .cell = p_object},
    {"CLUSTER", "cluster", .cell = p_cluster},
    {"STATE", "state", .cell = p_state},
    {"DRIFT", "unexpectedDrift", .right = true, .cell = p_unexpected},
    {"WHY", "reason", .cell = p_why},
    {NULL, "unknownDrift", .cell = p_unknown},
    {NULL, "acceptedDrift", .cell = p_accepted},
    {NULL, "allowedDrift", .cell = p_allowed},
    {NULL, "apiVersion", .cell = p_api},
    {NULL, "objectKind", .cell = p_kind},
    {NULL, "namespace", .cell = p_namespace},
    {NULL, "name", .cell = p_name},
    {NULL, NULL},
};

/* ---- the whole ---- */

static const void *environment_at(const void *ctx, size_t i)
{
    (void)i;
    return ctx;
}

static const void *output_at(const void *ctx, size_t i)
{
    return &((const struct leeway_parts *)ctx)->outputs[i];
}

static const void *part_at(const void *ctx, size_t i)
{
    return &((const struct leeway_parts *)ctx)->parts[i];
}

static const struct leeway_environment *find(const struct leeway_snapshot *s, const char *name)
{
    for (size_t i = 0; i < leeway_environments(s); i++)
        if (strcmp(leeway_environment_at(s, i)->name.str, name) == 0)
            return leeway_environment_at(s, i);
    return NULL;
}

static void print(const struct leeway_environment *env, const struct leeway_parts *p,
                  enum cli_output how)
{
    const struct cli_rows one = {environment_columns, "Environment", environment_at, NULL, env, 1};
    const struct cli_section sections[] = {
        {"outputs", "Outputs", {output_columns, "Output", output_at, NULL, p, p->n_outputs}},
        {"objects", "Objects", {part_columns, "Object", part_at, NULL, p, p->n_parts}},
    };
    cli_sections_print(stdout, &one, sections, ARRAY_LEN(sections), how);
    if (p->why.len)
        fprintf(stderr, "Outputs and modules are not known: %s\n", p->why.str);
}

int env_show(const struct cli_args *args, const char *name, enum cli_output how)
{
    struct cli_session s;
    bool settled;
    int status = cli_session_open(&s, args, CLI_SESSION_READ_ONLY);
    if (status)
        return status;
    const struct leeway_command c = {.kind = LEEWAY_CMD_PARTS, .environment = name};
    struct leeway_snapshot *snap = cli_session_settle(&s, &settled);
    status = snap ? CLI_OK : CLI_INTERRUPTED;
    struct leeway_event *ev = snap ? cli_session_ask(&s, &c, NULL, NULL, &status) : NULL;
    const struct leeway_environment *env = ev ? find(snap, name) : NULL;
    if (env) {
        print(env, ev->parts, how);
        status = settled && !ev->parts->why.len ? CLI_OK : CLI_UNKNOWN;
    }
    if (env && !settled)
        fputs("Not everything was answered in time; --timeout waits longer.\n", stderr);
    leeway_event_free(ev);
    if (snap)
        leeway_snapshot_unref(snap);
    cli_session_close(&s);
    return status;
}
