// SPDX-License-Identifier: Apache-2.0
/*
 * leeway get: clusters, nodes, namespaces and environments of the whole fleet in one table. Each
 * thing that can be asked for is one row of `things`, its columns another table; all is read from
 * one snapshot.
 */
#include "base/clock.h"
#include "cli/get_follow.h"
#include "cli/get_kind.h"
#include "cli/get_records.h"
#include "cli/output.h"
#include "cli/session.h"

#include <string.h>

/* One node or namespace with the cluster it is in. */
struct item {
    const struct leeway_cluster *cluster;
    const void *what;
};

struct answer {
    struct leeway_snapshot *snap;
    VEC(struct item) items;
};

/* ---- clusters ---- */

#define CLUSTER const struct leeway_cluster *c = row
#define FIELD(fn, type, expr)                                                                      \
    static struct cli_cell fn(const void *row, struct arena *a)                                    \
    {                                                                                              \
        type;                                                                                      \
        return expr;                                                                               \
    }

FIELD(c_name, CLUSTER, cli_text(c->name))
FIELD(c_state, CLUSTER, cli_text(text_cstr(a, leeway_state_word(c->state))))
FIELD(c_version, CLUSTER, cli_text(c->kubernetes))
FIELD(c_distribution, CLUSTER, cli_text(c->distribution))
FIELD(c_pods, CLUSTER, cli_count(c->pods))
FIELD(c_since, CLUSTER, cli_moment(a, c->since_ms))
FIELD(c_why, CLUSTER, cli_text(c->reason))
FIELD(c_region, CLUSTER, cli_text(c->region))
FIELD(c_provider, CLUSTER, cli_text(c->provider))
FIELD(c_server, CLUSTER, cli_text(c->server))
FIELD(c_identity, CLUSTER, cli_text(c->identity))
FIELD(c_context, CLUSTER, cli_text(c->context))
FIELD(c_aliases, CLUSTER, cli_text(c->aliases))
FIELD(c_uid, CLUSTER, cli_text(c->uid))
FIELD(c_weak, CLUSTER, cli_truth(c->weak_identity))
FIELD(c_protected, CLUSTER, cli_truth(c->protected_))
FIELD(c_read_only, CLUSTER, cli_truth(c->read_only))
FIELD(c_detail, CLUSTER, cli_text(c->reason_detail))
FIELD(c_latency, CLUSTER, cli_count(c->latency_ms))
FIELD(c_nodes_all, CLUSTER, cli_count(c->nodes))
FIELD(c_nodes_ready, CLUSTER, cli_count(c->nodes_ready))
FIELD(c_certificate, CLUSTER, cli_moment(a, c->cert_not_after_ms))
FIELD(c_seen, CLUSTER, cli_moment(a, c->last_seen_ms))
FIELD(c_environments, CLUSTER, cli_count(c->environments))
FIELD(c_unexpected, CLUSTER, cli_count(c->drift[LEEWAY_VERDICT_UNEXPECTED]))

static struct cli_cell c_nodes(const void *row, struct arena *a)
{
    CLUSTER;
    if (c->nodes < 0)
        return cli_text(TEXT("?"));
    return cli_text(text_fmt(a, "%d/%d", c->nodes_ready, c->nodes));
}

static struct cli_cell c_memory(const void *row, struct arena *a)
{
    CLUSTER;
    return (struct cli_cell){
        .kind = CLI_CELL_SIZE, .text = cli_bytes(a, c->memory_bytes), .number = c->memory_bytes};
}

static struct cli_cell c_cpu(const void *row, struct arena *a)
{
    CLUSTER;
    struct text t =
        c->cpu_milli < 0 ? TEXT("?") : text_fmt(a, "%lld", (long long)c->cpu_milli / 1000);
    return (struct cli_cell){.kind = CLI_CELL_SIZE, .text = t, .number = c->cpu_milli};
}

static const struct cli_column cluster_columns[] = {
    {"CLUSTER", "name", .cell = c_name},
    {"STATE", "state", .cell = c_state},
    {"VERSION", "kubernetes", .cell = c_version},
    {"KIND", "distribution", .cell = c_distribution},
    {"NODES", "", .right = true, .cell = c_nodes},
    {NULL, "nodes", .cell = c_nodes_all},
    {NULL, "nodesReady", .cell = c_nodes_ready},
    {"PODS", "pods", .right = true, .cell = c_pods},
    {"SINCE", "since", .right = true, .cell = c_since},
    {"REGION", "region", .wide = true, .cell = c_region},
    {"PROVIDER", "provider", .wide = true, .cell = c_provider},
    {"CPU", "cpuMilli", .wide = true, .right = true, .cell = c_cpu},
    {"MEMORY", "memoryBytes", .wide = true, .right = true, .cell = c_memory},
    {"MS", "latencyMs", .wide = true, .right = true, .cell = c_latency},
    {"SERVER", "server", .wide = true, .cell = c_server},
    {"AS", "identity", .wide = true, .cell = c_identity},
    {"ALIASES", "aliases", .wide = true, .cell = c_aliases},
    {"WHY", "reason", .cell = c_why},
    {NULL, "reasonDetail", .cell = c_detail},
    {NULL, "context", .cell = c_context},
    {NULL, "uid", .cell = c_uid},
    {NULL, "weakIdentity", .cell = c_weak},
    {NULL, "protected", .cell = c_protected},
    {NULL, "readOnly", .cell = c_read_only},
    {NULL, "certificateEnds", .cell = c_certificate},
    {NULL, "lastSeen", .cell = c_seen},
    {NULL, "environments", .cell = c_environments},
    {NULL, "unexpectedDrift", .cell = c_unexpected},
    {NULL, NULL},
};

/* ---- nodes ---- */

#define NODE                                                                                       \
    const struct item *x = row;                                                                    \
    const struct leeway_node *n = x->what;                                                         \
    (void)n

FIELD(n_cluster, NODE, cli_text(x->cluster->name))
FIELD(n_name, NODE, cli_text(n->name))
FIELD(n_state, NODE, cli_text(text_cstr(a, leeway_state_word(n->state))))
FIELD(n_roles, NODE, cli_text(n->roles))
FIELD(n_version, NODE, cli_text(n->version))
FIELD(n_os, NODE, cli_text(n->os))
FIELD(n_age, NODE, cli_moment(a, n->created_ms))
FIELD(n_since, NODE, cli_moment(a, n->since_ms))
FIELD(n_ready, NODE, cli_truth(n->ready))
FIELD(n_cordoned, NODE, cli_truth(n->cordoned))
FIELD(n_pressure, NODE, cli_text(n->pressure))
FIELD(n_pods, NODE, cli_count(n->pods))

static struct cli_cell n_why(const void *row, struct arena *a)
{
    NODE;
    if (n->reason.len)
        return cli_text(n->reason);
    return cli_text(n->pressure.len ? text_fmt(a, "pressure: %s", n->pressure.str)
                    : n->cordoned   ? TEXT("cordoned")
                                    : TEXT_NONE);
}

static struct cli_cell n_memory(const void *row, struct arena *a)
{
    NODE;
    return (struct cli_cell){
        .kind = CLI_CELL_SIZE, .text = cli_bytes(a, n->memory_bytes), .number = n->memory_bytes};
}

static struct cli_cell n_cpu(const void *row, struct arena *a)
{
    NODE;
    struct text t = n->cpu_milli < 0 ? TEXT("?")
                                     : text_fmt(a, "%lld.%lld", (long long)n->cpu_milli / 1000,
                                                (long long)n->cpu_milli % 1000 / 100);
    return (struct cli_cell){.kind = CLI_CELL_SIZE, .text = t, .number = n->cpu_milli};
}

static const struct cli_column node_columns[] = {
    {"CLUSTER", "cluster", .cell = n_cluster},
    {"NODE", "name", .cell = n_name},
    {"STATE", "state", .cell = n_state},
    {"ROLES", "roles", .cell = n_roles},
    {"VERSION", "version", .cell = n_version},
    {"AGE", "created", .right = true, .cell = n_age},
    {"CPU", "cpuMilli", .wide = true, .right = true, .cell = n_cpu},
    {"MEMORY", "memoryBytes", .wide = true, .right = true, .cell = n_memory},
    {"PODS", "pods", .wide = true, .right = true, .cell = n_pods},
    {"OS", "os", .wide = true, .cell = n_os},
    {"WHY", "reason", .cell = n_why},
    {NULL, "ready", .cell = n_ready},
    {NULL, "cordoned", .cell = n_cordoned},
    {NULL, "pressure", .cell = n_pressure},
    {NULL, "since", .cell = n_since},
    {NULL, NULL},
};

/* ---- namespaces ---- */

#define NAMESPACE                                                                                  \
    const struct item *x = row;                                                                    \
    const struct leeway_namespace *n = x->what;                                                    \
    (void)n

FIELD(s_name, NAMESPACE, cli_text(n->name))
FIELD(s_phase, NAMESPACE, cli_text(n->phase))
FIELD(s_age, NAMESPACE, cli_moment(a, n->created_ms))

static const struct cli_column namespace_columns[] = {
    {"CLUSTER", "cluster", .cell = n_cluster},
    {"NAMESPACE", "name", .cell = s_name},
    {"PHASE", "phase", .cell = s_phase},
    {"AGE", "created", .right = true, .cell = s_age},
    {NULL, NULL},
};

/* ---- environments: what was applied from here, out of the store and compared with what is ---- */

static struct text span(struct arena *a, int64_t ms)
{
    char words[CLOCK_SPAN_LEN];
    clock_format_span(ms, words);
    return ms ? text_cstr(a, words) : TEXT_NONE;
}

#define ENVIRONMENT const struct leeway_environment *v = row

FIELD(e_name, ENVIRONMENT, cli_text(v->name))
FIELD(e_namespace, ENVIRONMENT, cli_text(v->namespace_))
FIELD(e_state, ENVIRONMENT, cli_text(text_cstr(a, leeway_state_word(v->state))))
FIELD(e_ready, ENVIRONMENT, cli_text(text_fmt(a, "%d/%d", v->targets_ready, v->targets)))
FIELD(e_targets, ENVIRONMENT, cli_count(v->targets))
FIELD(e_targets_ready, ENVIRONMENT, cli_count(v->targets_ready))
FIELD(e_unexpected, ENVIRONMENT, cli_count(v->drift[LEEWAY_VERDICT_UNEXPECTED]))
FIELD(e_unknown, ENVIRONMENT, cli_count(v->drift[LEEWAY_VERDICT_UNKNOWN]))
FIELD(e_release, ENVIRONMENT, cli_count(v->release))
FIELD(e_by, ENVIRONMENT, cli_text(v->released_by))
FIELD(e_released, ENVIRONMENT, cli_moment(a, v->released_ms))
FIELD(e_since, ENVIRONMENT, cli_moment(a, v->since_ms))
FIELD(e_origin, ENVIRONMENT, cli_text(v->origin))
FIELD(e_why, ENVIRONMENT, cli_text(v->reason))
FIELD(e_blueprint, ENVIRONMENT, cli_text(v->blueprint))
FIELD(e_team, ENVIRONMENT, cli_text(v->team))
FIELD(e_owner, ENVIRONMENT, cli_text(v->owner))
FIELD(e_ends, ENVIRONMENT, cli_countdown(a, v->expires_ms))
FIELD(e_ends_at_most, ENVIRONMENT, cli_countdown(a, v->expires_max_ms))
FIELD(e_expired, ENVIRONMENT, cli_truth(v->expired))
FIELD(e_deletion, ENVIRONMENT, cli_text(v->deletion_plan))
FIELD(e_exceptions, ENVIRONMENT, cli_count(v->exceptions_used))
FIELD(e_exceptions_max, ENVIRONMENT, cli_count(v->exceptions_max))
FIELD(e_max_expiry, ENVIRONMENT, cli_text(span(a, v->max_expiry_ms)))
FIELD(e_uuid, ENVIRONMENT, cli_text(v->uuid))

static const struct cli_column environment_columns[] = {
    {"ENVIRONMENT", "name", .cell = e_name},
    {"NAMESPACE", "namespace", .cell = e_namespace},
    {"STATE", "state", .cell = e_state},
    {"READY", "", .right = true, .cell = e_ready},
    {NULL, "targets", .cell = e_targets},
    {NULL, "targetsReady", .cell = e_targets_ready},
    {"DRIFT", "unexpectedDrift", .right = true, .cell = e_unexpected},
    {"UNKNOWN", "unknownDrift", .right = true, .cell = e_unknown},
    {"RELEASE", "release", .right = true, .cell = e_release},
    {"BY", "releasedBy", .cell = e_by},
    {"SINCE", "since", .right = true, .cell = e_since},
    {"ENDS", "ends", .right = true, .cell = e_ends},
    {NULL, "endsAtMost", .cell = e_ends_at_most},
    {NULL, "expired", .cell = e_expired},
    {NULL, "deletionPlan", .cell = e_deletion},
    {NULL, "exceptions", .cell = e_exceptions},
    {NULL, "exceptionsMax", .cell = e_exceptions_max},
    {NULL, "exceptionsMaxExpiry", .cell = e_max_expiry},
    {"BLUEPRINT", "blueprint", .wide = true, .cell = e_blueprint},
    {"TEAM", "team", .wide = true, .cell = e_team},
    {"OWNER", "owner", .wide = true, .cell = e_owner},
    {"RELEASED", "released", .wide = true, .right = true, .cell = e_released},
    {"ORIGIN", "origin", .wide = true, .cell = e_origin},
    {"WHY", "reason", .cell = e_why},
    {NULL, "uuid", .cell = e_uuid},
    {NULL, NULL},
};

/* ---- what can be asked for ---- */

static void collect_clusters(struct answer *x)
{
    for (size_t i = 0; i < leeway_clusters(x->snap); i++) {
        const struct leeway_cluster *c = leeway_cluster_at(x->snap, i);
        struct item it = {c, c};
        vec_push(&x->items, it);
    }
}

static void collect_nodes(struct answer *x)
{
    for (size_t i = 0; i < leeway_clusters(x->snap); i++) {
        const struct leeway_cluster *c = leeway_cluster_at(x->snap, i);
        for (size_t k = 0; k < c->n_node_rows; k++) {
            struct item it = {c, &c->node_rows[k]};
            vec_push(&x->items, it);
        }
    }
}

static void collect_namespaces(struct answer *x)
{
    for (size_t i = 0; i < leeway_clusters(x->snap); i++) {
        const struct leeway_cluster *c = leeway_cluster_at(x->snap, i);
        for (size_t k = 0; k < c->n_namespaces; k++) {
            struct item it = {c, &c->namespaces[k]};
            vec_push(&x->items, it);
        }
    }
}

static void collect_environments(struct answer *x)
{
    for (size_t i = 0; i < leeway_environments(x->snap); i++) {
        struct item it = {NULL, leeway_environment_at(x->snap, i)};
        vec_push(&x->items, it);
    }
}

static const void *row_what(const void *ctx, size_t i)
{
    const struct answer *x = ctx;
    return x->items.items[i].what;
}

static const void *row_item(const void *ctx, size_t i)
{
    const struct answer *x = ctx;
    return &x->items.items[i];
}

static void name_node(const void *row, FILE *out)
{
    const struct item *x = row;
    fprintf(out, "%s/%s", x->cluster->name.str, ((const struct leeway_node *)x->what)->name.str);
}

static void name_namespace(const void *row, FILE *out)
{
    const struct item *x = row;
    fprintf(out, "%s/%s", x->cluster->name.str,
            ((const struct leeway_namespace *)x->what)->name.str);
}

static bool clusters_known(const struct leeway_cluster *c)
{
    return c->reach == LEEWAY_REACH_OK;
}

static bool nodes_known(const struct leeway_cluster *c)
{
    return c->reach == LEEWAY_REACH_OK && c->nodes >= 0;
}

static bool namespaces_known(const struct leeway_cluster *c)
{
    return c->reach == LEEWAY_REACH_OK && c->n_namespaces > 0; /* there is always kube-system */
}

static const struct thing {
    const char *name, *other; /* as a person types it */
    const char *kind;
    const struct cli_column *columns;
    void (*collect)(struct answer *x);
    const void *(*row)(const void *ctx, size_t i);
    void (*print_name)(const void *row, FILE *out);
    bool (*known)(const struct leeway_cluster *c);
    unsigned session; /* flags of it; the store is opened only where it is needed */
} things[] = {
    {"clusters", "cluster", "Cluster", cluster_columns, collect_clusters, row_what, NULL,
     clusters_known, CLI_SESSION_NO_STORE},
    {"nodes", "node", "Node", node_columns, collect_nodes, row_item, name_node, nodes_known,
     CLI_SESSION_NO_STORE},
    {"namespaces", "namespace", "Namespace", namespace_columns, collect_namespaces, row_item,
     name_namespace, namespaces_known, CLI_SESSION_NO_STORE},
    {"environments", "environment", "Environment", environment_columns, collect_environments,
     row_what, NULL, clusters_known, 0},
};

static void list_environments(const struct leeway_snapshot *snap, const char *environment,
                              struct get_rows *out)
{
    (void)environment;
    for (size_t i = 0; i < leeway_environments(snap); i++)
        vec_push(out, leeway_environment_at(snap, i));
}

static void name_environment(const void *row, FILE *out)
{
    fputs(((const struct leeway_environment *)row)->name.str, out);
}

static const struct get_followed environments = {environment_columns, "Environment",
                                                 list_environments, name_environment};

/* NULL: a kind of the clusters. */
static const struct thing *find_thing(const char *typed)
{
    for (size_t i = 0; i < ARRAY_LEN(things); i++)
        if (strcmp(typed, things[i].name) == 0 || strcmp(typed, things[i].other) == 0)
            return &things[i];
    return NULL;
}

/* ---- the verb ---- */

/* Clusters that could not be asked are named, so that nobody takes silence for an answer. */
static int say_unknown(const struct thing *t, const struct leeway_snapshot *snap, bool in_table)
{
    int status = CLI_OK;
    for (size_t i = 0; i < leeway_clusters(snap); i++) {
        const struct leeway_cluster *c = leeway_cluster_at(snap, i);
        if (t->known(c))
            continue;
        status = CLI_UNKNOWN;
        if (!in_table)
            fprintf(stderr, "%s: not known: %s\n", c->name.str,
                    c->reason.len                 ? c->reason.str
                    : c->reach == LEEWAY_REACH_OK ? "it may not be read"
                                                  : "no answer yet");
    }
    return status;
}

static void say_first_run(const struct leeway_snapshot *snap)
{
    const struct leeway_fleet_info *f = leeway_snapshot_fleet(snap);
    fputs("No cluster is configured. Looked for:\n", stderr);
    for (size_t i = 0; i < f->n_sources; i++)
        fprintf(stderr, "  %s: %s\n", f->sources[i].key.str, f->sources[i].value.str);
}

static int print_once(struct cli_session *s, const struct thing *t, enum cli_output how)
{
    bool settled;
    struct answer x = {.snap = cli_session_settle(s, &settled)};
    if (!x.snap)
        return CLI_INTERRUPTED;
    int status = CLI_OK;
    t->collect(&x);
    const struct cli_rows rows = {t->columns, t->kind, t->row, t->print_name, &x, x.items.len};
    if (!leeway_clusters(x.snap) && how != CLI_OUT_JSON && how != CLI_OUT_YAML)
        say_first_run(x.snap);
    else
        cli_rows_print(stdout, &rows, how, false);
    bool in_table = t->columns == cluster_columns;
    if (t->columns == environment_columns && !x.items.len && how == CLI_OUT_TABLE)
        cli_say_nothing_applied(x.snap, "");
    status = say_unknown(t, x.snap, in_table);
    if (t->columns == environment_columns && !settled)
        status = CLI_UNKNOWN;
    vec_clear(&x.items);
    leeway_snapshot_unref(x.snap);
    return status;
}

/* Prints a line for each cluster whose row changed, for as long as somebody reads. */
static int follow(struct cli_session *s, enum cli_output how)
{
    VEC(uint64_t) shown = {0};
    bool first = true;
    do {
        struct answer x = {.snap = leeway_snapshot_take(s->leeway)};
        for (size_t i = 0; i < leeway_clusters(x.snap); i++) {
            const struct leeway_cluster *c = leeway_cluster_at(x.snap, i);
            if (c->reach == LEEWAY_REACH_WAITING || c->reach == LEEWAY_REACH_CONNECTING ||
                !c->settled)
                continue;
            while (shown.len <= c->id)
                vec_push(&shown, 0);
            if (shown.items[c->id] == c->version_of_row)
                continue;
            shown.items[c->id] = c->version_of_row;
            struct item it = {c, c};
            vec_push(&x.items, it);
        }
        const struct cli_rows rows = {cluster_columns, "Cluster", row_what, NULL, &x, x.items.len};
        for (size_t i = 0; how == CLI_OUT_JSON && i < rows.n; i++)
            cli_row_print_json_line(stdout, &rows, row_what(&x, i));
        if (how != CLI_OUT_JSON && rows.n)
            cli_rows_print(stdout, &rows, how, !first);
        first = first && !rows.n;
        vec_clear(&x.items);
        leeway_snapshot_unref(x.snap);
        if (fflush(stdout) != 0)
            break;
        struct leeway_event *ev;
        while ((ev = leeway_next_event(s->leeway)))
            leeway_event_free(ev);
    } while (cli_session_wait(s, -1));
    vec_clear(&shown);
    return s->interrupted ? CLI_INTERRUPTED : CLI_FAILED;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args a;
    struct cli_session s;
    enum cli_output how;
    int status;
    if (cli_parse(verb, argc, argv, &a, &status) == CLI_STOP)
        return status;
    if (a.words.len < 1 || a.words.len > 2) {
        status = cli_usage(verb, "say what: %s", verb->args);
        goto out;
    }
    if (cli_output_of(&a, CLI_OUT_TABLE | CLI_OUT_WIDE | CLI_OUT_JSON | CLI_OUT_YAML | CLI_OUT_NAME,
                      &how, &status) == CLI_STOP)
        goto out;
    const struct thing *t = find_thing(a.words.items[0]);
    bool watch = cli_flag(&a, "watch");
    if (a.words.len == 1 && get_is_record(a.words.items[0])) {
        status = get_records(&a, a.words.items[0], how, watch);
        goto out;
    }
    if (!t && !watch) {
        status = get_kind(&a, how);
        goto out;
    }
    if (t && a.words.len > 1) {
        status = cli_usage(verb, "%s are listed without a name", t->name);
        goto out;
    }
    static const char *const of_kinds[] = {"namespace", "all-namespaces", "labels", "fields"};
    for (size_t i = 0; t && i < ARRAY_LEN(of_kinds); i++)
        if (cli_value(&a, of_kinds[i]) || cli_flag(&a, of_kinds[i])) {
            status = cli_usage(verb, "--%s is for kinds, not for %s", of_kinds[i], t->name);
            goto out;
        }
    bool followed = t && (t->columns == cluster_columns || t->columns == environment_columns);
    if (watch && (!followed || how == CLI_OUT_YAML || how == CLI_OUT_NAME)) {
        status = cli_usage(verb, "--watch follows clusters, environments and targets, as table, "
                                 "wide or json");
        goto out;
    }
    /* who stays and has the store lets others work through it */
    unsigned stays = watch && !t->session ? CLI_SESSION_LASTING : CLI_SESSION_READ_ONLY;
    status = cli_session_open(
        &s, &a, t->session | stays | (watch || !t->session ? 0 : CLI_SESSION_NO_WATCH));
    if (status)
        goto out;
    status = !watch                          ? print_once(&s, t, how)
             : t->columns == cluster_columns ? follow(&s, how)
                                             : get_follow(&s, &environments, how);
    cli_session_close(&s);
out:
    cli_args_clear(&a);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_OUTPUT("table|wide|json|yaml|name"),
    {"namespace", 'n', CLI_VALUE, "NAME", "kinds: of this namespace, not of each context's own"},
    {"all-namespaces", 'A', CLI_FLAG, NULL, "kinds: of all namespaces"},
    {"labels", 0, CLI_VALUE, "LABELS", "kinds: objects with these labels: app=web,tier!=db"},
    {"fields", 0, CLI_VALUE, "FIELDS", "kinds: objects with these fields: status.phase=Running"},
    {"env", 'e', CLI_VALUE, "NAME",
     "targets, exceptions, releases, audit: only of this environment"},
    {"limit", 0, CLI_VALUE, "N", "releases, audit: so many, the newest; 200 otherwise"},
    {"watch", 'w', CLI_FLAG, NULL,
     "clusters, environments, targets: go on and print a line for each change"},
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_get = {
    .name = "get",
    .args = "clusters|nodes|namespaces|environments|targets|exceptions|releases|audit|KIND [NAME]",
    .summary = "list the clusters of the fleet, or what is in all of them",
    .about = "Clusters are asked once and all at the same time; one that does not answer within "
             "--timeout is shown as unknown with the reason, and the exit status is then 3. "
             "Environments are what was applied from here, targets are their parts on each "
             "cluster; both "
             "are compared with what is live. Exceptions are differences that were accepted and "
             "fields that were handed over, with the time that is left; releases and audit are "
             "what was done from here, newest first. "
             "Any other word is a kind as kubectl takes it (deploy, pods, certificates.cert-manager"
             ".io), shown with the columns that the servers print; with -o json and yaml the "
             "objects come whole but for managedFields and the values of Secrets. "
             "Nothing is changed on a cluster.",
    .options = options,
    .run = run,
};
