// SPDX-License-Identifier: Apache-2.0
/* The row of the snapshot: everything a cluster knows, cleaned on its way out. */
#include "engine/drift/managed.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster_int.h"

#include <stdlib.h>
#include <string.h>

static struct text clean(struct arena *a, const char *s)
{
    return text_cstr(a, s);
}

static enum leeway_state node_state(const struct cluster_node *n)
{
    if (n->unknown)
        return LEEWAY_UNKNOWN;
    if (!n->ready)
        return LEEWAY_FAILED;
    return n->pressure ? LEEWAY_DEGRADED : n->cordoned ? LEEWAY_ASLEEP : LEEWAY_OK;
}

static int by_state(const void *x, const void *y)
{
    const struct leeway_node *a = x, *b = y;
    if (a->state != b->state)
        return a->state < b->state ? -1 : 1;
    return text_compare(a->name, b->name);
}

static struct text pressure_words(struct arena *a, unsigned bits)
{
    static const char *const words[] = {"memory", "disk", "processes", "network"};
    struct buf b;
    buf_init(&b, 128);
    for (unsigned i = 0; i < 4; i++)
        if (bits >> i & 1)
            (void)buf_printf(&b, "%s%s", b.len ? ", " : "", words[i]);
    struct text t = clean(a, buf_str(&b));
    buf_clear(&b);
    return t;
}

static void fill_nodes(const struct cluster *c, struct leeway_cluster *row, struct arena *a)
{
    row->nodes = row->nodes_ready = row->nodes_cordoned = row->nodes_pressure = -1;
    row->cpu_milli = row->memory_bytes = -1;
    bool aged = c->sight.nodes > 0 || c->sight.at_ms;
    if (!c->nodes_answer.known) {
        if (aged && !c->seen) {
            row->nodes = c->sight.nodes;
            row->nodes_ready = c->sight.nodes_ready;
        }
        return;
    }
    struct leeway_node *rows = arena_array(a, c->nodes.len, sizeof(*rows));
    row->nodes = row->nodes_ready = row->nodes_cordoned = row->nodes_pressure = 0;
    row->cpu_milli = row->memory_bytes = 0;
    for (size_t i = 0; i < c->nodes.len; i++) {
        const struct cluster_node *n = &c->nodes.items[i];
        rows[i] = (struct leeway_node){
            .state = node_state(n),
            .name = clean(a, n->name),
            .version = clean(a, n->version),
            .os = clean(a, n->os),
            .roles = clean(a, n->roles),
            .ready = n->ready,
            .cordoned = n->cordoned,
            .pressure = pressure_words(a, n->pressure),
            .reason = clean(a, n->reason),
            .since_ms = n->since_ms,
            .created_ms = n->created_ms,
            .cpu_milli = n->cpu_milli,
            .memory_bytes = n->memory_bytes,
            .pods = n->pods,
        };
        row->nodes++;
        row->nodes_ready += n->ready;
        row->nodes_cordoned += n->cordoned;
        row->nodes_pressure += n->pressure != 0;
        row->cpu_milli += n->cpu_milli > 0 ? n->cpu_milli : 0;
        row->memory_bytes += n->memory_bytes > 0 ? n->memory_bytes : 0;
    }
    if (c->nodes.len)
        qsort(rows, c->nodes.len, sizeof(*rows), by_state);
    row->node_rows = rows;
    row->n_node_rows = c->nodes.len;
}

static void fill_namespaces(const struct cluster *c, struct leeway_cluster *row, struct arena *a)
{
    if (!c->namespaces_answer.known)
        return;
    struct leeway_namespace *rows = arena_array(a, c->namespaces.len, sizeof(*rows));
    for (size_t i = 0; i < c->namespaces.len; i++) {
        const struct cluster_namespace *n = &c->namespaces.items[i];
        rows[i].name = clean(a, n->name);
        rows[i].phase = n->terminating ? TEXT("Terminating") : TEXT("Active");
        rows[i].created_ms = n->created_ms;
    }
    row->namespaces = rows;
    row->n_namespaces = c->namespaces.len;
}

static void fill_apis(const struct cluster *c, struct leeway_cluster *row, struct arena *a)
{
    if (!c->discovery)
        return;
    size_t n = kube_discovery_len(c->discovery), used = 0;
    struct leeway_api *rows = arena_array(a, n, sizeof(*rows));
    for (size_t i = 0; i < n; i++) {
        const struct kube_resource *r = kube_discovery_at(c->discovery, i);
        if (!r->preferred)
            continue;
        rows[used++] = (struct leeway_api){
            .group = clean(a, r->group),
            .version = clean(a, r->version),
            .kind = clean(a, r->kind),
            .resource = clean(a, r->plural),
            .namespaced = r->namespaced,
            .stale = r->stale,
        };
    }
    row->apis = rows;
    row->n_apis = used;
}

static void fill_cost(const struct cluster *c, struct leeway_cluster *row)
{
    row->latency_ms = -1;
    if (!c->kube)
        return;
    struct kube_cluster_stats s;
    kube_cluster_stats(c->kube, &s);
    row->latency_ms = s.latency_ms > INT32_MAX ? INT32_MAX : (int32_t)s.latency_ms;
    row->cost.requests_per_min = s.requests_last_minute;
    row->cost.bytes_in_per_min = s.bytes_last_minute;
    managed_count(c, &row->cost.watches, &row->cost.watches_current);
    bool up = cluster_is_up(c);
    row->cost.connections = up ? 1 + (row->cost.watches > 0) : 0;
}

static void fill_times(const struct cluster *c, struct leeway_cluster *row)
{
    const struct engine *e = c->engine;
    row->since_ms = c->since_ms;
    row->last_seen_ms = cluster_is_up(c) ? engine_wall_ms(e) : c->last_seen_ms;
    row->tries = c->observer->tries;
    if (c->observer->next_try_ms)
        row->next_try_ms = c->observer->next_try_ms - engine_boot_ms(e) + engine_wall_ms(e);
}

static void fill_targets(const struct cluster *c, struct leeway_cluster *row)
{
    row->environments = (int32_t)c->targets.len;
    for (size_t i = 0; i < c->targets.len; i++) {
        const struct target *t = c->targets.items[i];
        for (size_t v = 0; v < LEEWAY_VERDICT_COUNT; v++)
            row->drift[v] += t->drift[v];
        row->drift_checking += t->drift_checking;
    }
}

static struct text alias_words(const struct cluster *c, struct arena *a)
{
    struct buf b;
    buf_init(&b, 4096);
    for (size_t i = 0; i < c->aliases.len; i++)
        (void)buf_printf(&b, "%s%s", i ? ", " : "", c->aliases.items[i]->name);
    struct text t = clean(a, buf_str(&b));
    buf_clear(&b);
    return t;
}

void cluster_fill_row(void *engine, struct leeway_snapshot_builder *b, size_t i,
                      struct arena *scratch)
{
    struct engine *e = engine;
    const struct cluster *c = e->clusters.items[i];
    const struct inventory_entry *x = c->entry;
    struct arena *a = scratch;
    struct leeway_label *labels = arena_array(a, x->labels.len, sizeof(*labels));
    for (size_t k = 0; k < x->labels.len; k++) {
        labels[k].key = clean(a, x->labels.items[k].key);
        labels[k].value = clean(a, x->labels.items[k].value);
    }
    struct leeway_condition *conditions;
    size_t n_conditions = cluster_conditions(c, a, &conditions);
    struct leeway_cluster row = {
        .id = c->id,
        .version_of_row = c->row_version,
        .name = clean(a, c->name),
        .context = clean(a, c->route->context),
        .server = clean(a, c->route->access.server),
        .namespace_ = clean(a, c->route->access.namespace_),
        .aliases = alias_words(c, a),
        .uid = clean(a, c->uid),
        .weak_identity = c->weak,
        .labels = labels,
        .n_labels = x->labels.len,
        .distribution = clean(a, c->distribution),
        .kubernetes = clean(a, c->kubernetes),
        .region = clean(a, c->region),
        .provider = clean(a, c->provider),
        .protected_ = x->protected_,
        .read_only = x->read_only,
        .reach = c->reach,
        .state = c->state,
        .reason = clean(a, c->reason),
        .reason_key = clean(a, c->reason_key),
        .reason_detail = clean(a, c->reason_detail),
        .was = clean(a, c->was),
        .settled = c->settled,
        .identity = clean(a, c->identity),
        .pods = c->pods_answer.known ? (int32_t)c->pods : -1,
        .cert_not_after_ms = c->cert_not_after_ms,
        .client_cert_not_after_ms = c->client_cert_not_after_ms,
        .conditions = conditions,
        .n_conditions = n_conditions,
        .changing = clean(a, c->changing),
    };
    if (!c->seen && c->sight.at_ms)
        row.pods = (int32_t)c->sight.pods;
    fill_nodes(c, &row, a);
    fill_namespaces(c, &row, a);
    fill_apis(c, &row, a);
    fill_cost(c, &row);
    fill_times(c, &row);
    fill_targets(c, &row);
    leeway_snapshot_put_cluster(b, i, &row);
}
