// SPDX-License-Identifier: Apache-2.0
/*
 * The tables of wire.h: every member of every struct, in the order of the struct. A member that is
 * missing here is missing in consoles and verbs that follow another process; test_wire looks for
 * holes.
 */
#include "engine/beside/wire.h"

#include "base/mem.h"

#define FIELD(S, kind, m)                                                                          \
    {                                                                                              \
#m, kind, offsetof(struct S, m), 0, NULL                                                   \
    }
#define ENUM(S, m, bound)                                                                          \
    {                                                                                              \
#m, WIRE_ENUM, offsetof(struct S, m), (bound), NULL                                        \
    }
#define NUMBERS(S, m, n)                                                                           \
    {                                                                                              \
#m, WIRE_NUMBERS, offsetof(struct S, m), (n), NULL                                         \
    }
#define STRUCT(S, m, type)                                                                         \
    {                                                                                              \
#m, WIRE_STRUCT, offsetof(struct S, m), 0, &(type)                                         \
    }
#define LIST(S, m, n, type)                                                                        \
    {                                                                                              \
#m, WIRE_LIST, offsetof(struct S, m), offsetof(struct S, n), &(type)                       \
    }
#define MANY(S, kind, m, n)                                                                        \
    {                                                                                              \
#m, kind, offsetof(struct S, m), offsetof(struct S, n), NULL                               \
    }
#define TYPE(var, S)                                                                               \
    {                                                                                              \
#S, sizeof(struct S), var, ARRAY_LEN(var)                                                  \
    }
#define T(S, m) FIELD(S, WIRE_TEXT, m)

static const struct wire_field label_fields[] = {
    T(leeway_label, key),
    T(leeway_label, value),
};
static const struct wire_type wire_label = TYPE(label_fields, leeway_label);

static const struct wire_field fleet_fields[] = {
    T(leeway_fleet_info, name),
    T(leeway_fleet_info, file),
    FIELD(leeway_fleet_info, WIRE_BOOL, read_only),
    FIELD(leeway_fleet_info, WIRE_BOOL, spectator),
    T(leeway_fleet_info, read_only_why),
    T(leeway_fleet_info, identity),
    FIELD(leeway_fleet_info, WIRE_BOOL, simulated),
    T(leeway_fleet_info, catalog),
    T(leeway_fleet_info, catalog_problem),
    FIELD(leeway_fleet_info, WIRE_I32, catalog_problems),
    FIELD(leeway_fleet_info, WIRE_I32, unknown_environments),
    FIELD(leeway_fleet_info, WIRE_I32, unknown_on),
    LIST(leeway_fleet_info, sources, n_sources, wire_label),
};
const struct wire_type wire_fleet = TYPE(fleet_fields, leeway_fleet_info);

static const struct wire_field condition_fields[] = {
    ENUM(leeway_condition, state, LEEWAY_STATE_COUNT),
    T(leeway_condition, name),
    T(leeway_condition, now),
    FIELD(leeway_condition, WIRE_I64, since_ms),
    T(leeway_condition, says),
    FIELD(leeway_condition, WIRE_BOOL, advice),
};
static const struct wire_type wire_condition = TYPE(condition_fields, leeway_condition);

static const struct wire_field node_fields[] = {
    ENUM(leeway_node, state, LEEWAY_STATE_COUNT),
    T(leeway_node, name),
    T(leeway_node, version),
    T(leeway_node, os),
    T(leeway_node, roles),
    FIELD(leeway_node, WIRE_BOOL, ready),
    FIELD(leeway_node, WIRE_BOOL, cordoned),
    T(leeway_node, pressure),
    T(leeway_node, reason),
    FIELD(leeway_node, WIRE_I64, since_ms),
    FIELD(leeway_node, WIRE_I64, created_ms),
    FIELD(leeway_node, WIRE_I64, cpu_milli),
    FIELD(leeway_node, WIRE_I64, memory_bytes),
    FIELD(leeway_node, WIRE_I64, pods),
};
static const struct wire_type wire_node = TYPE(node_fields, leeway_node);

static const struct wire_field namespace_fields[] = {
    T(leeway_namespace, name),
    T(leeway_namespace, phase),
    FIELD(leeway_namespace, WIRE_I64, created_ms),
};
static const struct wire_type wire_namespace = TYPE(namespace_fields, leeway_namespace);

static const struct wire_field api_fields[] = {
    T(leeway_api, group),
    T(leeway_api, version),
    T(leeway_api, kind),
    T(leeway_api, resource),
    FIELD(leeway_api, WIRE_BOOL, namespaced),
    FIELD(leeway_api, WIRE_BOOL, stale),
};
static const struct wire_type wire_api = TYPE(api_fields, leeway_api);

static const struct wire_field cost_fields[] = {
    FIELD(leeway_cost, WIRE_U32, connections),      FIELD(leeway_cost, WIRE_U32, watches),
    FIELD(leeway_cost, WIRE_U32, watches_current),  FIELD(leeway_cost, WIRE_U32, requests_per_min),
    FIELD(leeway_cost, WIRE_U64, bytes_in_per_min), FIELD(leeway_cost, WIRE_U64, bytes_out_per_min),
};
static const struct wire_type wire_cost = TYPE(cost_fields, leeway_cost);

static const struct wire_field cluster_fields[] = {
    FIELD(leeway_cluster, WIRE_U64, id),
    FIELD(leeway_cluster, WIRE_U64, version_of_row),
    T(leeway_cluster, name),
    T(leeway_cluster, context),
    T(leeway_cluster, server),
    T(leeway_cluster, namespace_),
    T(leeway_cluster, aliases),
    T(leeway_cluster, uid),
    FIELD(leeway_cluster, WIRE_BOOL, weak_identity),
    LIST(leeway_cluster, labels, n_labels, wire_label),
    T(leeway_cluster, distribution),
    T(leeway_cluster, kubernetes),
    T(leeway_cluster, region),
    T(leeway_cluster, provider),
    FIELD(leeway_cluster, WIRE_BOOL, protected_),
    FIELD(leeway_cluster, WIRE_BOOL, read_only),
    ENUM(leeway_cluster, reach, LEEWAY_REACH_BROKEN + 1),
    ENUM(leeway_cluster, state, LEEWAY_STATE_COUNT),
    T(leeway_cluster, reason),
    T(leeway_cluster, reason_key),
    T(leeway_cluster, reason_detail),
    T(leeway_cluster, was),
    FIELD(leeway_cluster, WIRE_I64, since_ms),
    FIELD(leeway_cluster, WIRE_I64, last_seen_ms),
    FIELD(leeway_cluster, WIRE_I64, next_try_ms),
    FIELD(leeway_cluster, WIRE_BOOL, settled),
    FIELD(leeway_cluster, WIRE_U32, tries),
    FIELD(leeway_cluster, WIRE_I32, latency_ms),
    T(leeway_cluster, identity),
    FIELD(leeway_cluster, WIRE_I32, nodes),
    FIELD(leeway_cluster, WIRE_I32, nodes_ready),
    FIELD(leeway_cluster, WIRE_I32, nodes_cordoned),
    FIELD(leeway_cluster, WIRE_I32, nodes_pressure),
    FIELD(leeway_cluster, WIRE_I32, pods),
    FIELD(leeway_cluster, WIRE_I64, cpu_milli),
    FIELD(leeway_cluster, WIRE_I64, memory_bytes),
    FIELD(leeway_cluster, WIRE_I64, cert_not_after_ms),
    FIELD(leeway_cluster, WIRE_I64, client_cert_not_after_ms),
    STRUCT(leeway_cluster, cost, wire_cost),
    LIST(leeway_cluster, conditions, n_conditions, wire_condition),
    LIST(leeway_cluster, node_rows, n_node_rows, wire_node),
    LIST(leeway_cluster, namespaces, n_namespaces, wire_namespace),
    LIST(leeway_cluster, apis, n_apis, wire_api),
    FIELD(leeway_cluster, WIRE_I32, environments),
    NUMBERS(leeway_cluster, drift, LEEWAY_VERDICT_COUNT),
    FIELD(leeway_cluster, WIRE_I32, drift_checking),
    T(leeway_cluster, changing),
};
const struct wire_type wire_cluster = TYPE(cluster_fields, leeway_cluster);

static const struct wire_field target_fields[] = {
    T(leeway_target, environment),
    T(leeway_target, cluster),
    FIELD(leeway_target, WIRE_U64, cluster_id),
    ENUM(leeway_target, state, LEEWAY_STATE_COUNT),
    ENUM(leeway_target, phase, LEEWAY_TARGET_STATE_COUNT),
    T(leeway_target, reason),
    FIELD(leeway_target, WIRE_I64, since_ms),
    FIELD(leeway_target, WIRE_I64, next_try_ms),
    FIELD(leeway_target, WIRE_I32, objects),
    FIELD(leeway_target, WIRE_I32, objects_ready),
    NUMBERS(leeway_target, drift, LEEWAY_VERDICT_COUNT),
    FIELD(leeway_target, WIRE_I32, release),
};
static const struct wire_type wire_target = TYPE(target_fields, leeway_target);

static const struct wire_field environment_fields[] = {
    T(leeway_environment, name),
    T(leeway_environment, uuid),
    T(leeway_environment, namespace_),
    T(leeway_environment, origin),
    ENUM(leeway_environment, state, LEEWAY_STATE_COUNT),
    T(leeway_environment, reason),
    FIELD(leeway_environment, WIRE_I64, since_ms),
    FIELD(leeway_environment, WIRE_I32, release),
    T(leeway_environment, released_by),
    FIELD(leeway_environment, WIRE_I64, released_ms),
    FIELD(leeway_environment, WIRE_I32, targets),
    FIELD(leeway_environment, WIRE_I32, targets_ready),
    NUMBERS(leeway_environment, drift, LEEWAY_VERDICT_COUNT),
    LIST(leeway_environment, target_rows, n_target_rows, wire_target),
    T(leeway_environment, blueprint),
    T(leeway_environment, team),
    T(leeway_environment, owner),
    FIELD(leeway_environment, WIRE_I64, expires_ms),
    FIELD(leeway_environment, WIRE_I64, expires_max_ms),
    FIELD(leeway_environment, WIRE_BOOL, expired),
    FIELD(leeway_environment, WIRE_I32, exceptions_used),
    FIELD(leeway_environment, WIRE_I32, exceptions_max),
    FIELD(leeway_environment, WIRE_I64, max_expiry_ms),
    T(leeway_environment, deletion_plan),
};
const struct wire_type wire_environment = TYPE(environment_fields, leeway_environment);

static const struct wire_field owner_fields[] = {
    T(leeway_owner, manager),
    T(leeway_owner, operation),
    T(leeway_owner, subresource),
    T(leeway_owner, api_version),
    T(leeway_owner, words),
    ENUM(leeway_owner, actor, LEEWAY_ACTOR_COUNT),
    FIELD(leeway_owner, WIRE_I64, at_or_before_ms),
    FIELD(leeway_owner, WIRE_BOOL, ours),
};
static const struct wire_type wire_owner = TYPE(owner_fields, leeway_owner);

static const struct wire_field drift_fields[] = {
    FIELD(leeway_drift, WIRE_U64, id),
    ENUM(leeway_drift, verdict, LEEWAY_VERDICT_COUNT),
    ENUM(leeway_drift, kind, LEEWAY_DRIFT_KIND_COUNT),
    FIELD(leeway_drift, WIRE_BOOL, checking),
    FIELD(leeway_drift, WIRE_BOOL, contested),
    FIELD(leeway_drift, WIRE_BOOL, atomic),
    T(leeway_drift, environment),
    T(leeway_drift, cluster),
    FIELD(leeway_drift, WIRE_U64, cluster_id),
    T(leeway_drift, api_version),
    T(leeway_drift, object_kind),
    T(leeway_drift, namespace_),
    T(leeway_drift, name),
    T(leeway_drift, path),
    T(leeway_drift, given),
    T(leeway_drift, live),
    LIST(leeway_drift, owners, n_owners, wire_owner),
    FIELD(leeway_drift, WIRE_I64, after_ms),
    FIELD(leeway_drift, WIRE_I64, before_ms),
    T(leeway_drift, when),
    T(leeway_drift, reason),
    T(leeway_drift, fold_key),
    T(leeway_drift, checked),
    T(leeway_drift, exception),
    FIELD(leeway_drift, WIRE_I64, expires_ms),
    T(leeway_drift, wants_owner),
};
const struct wire_type wire_drift = TYPE(drift_fields, leeway_drift);

static const struct wire_field answer_fields[] = {
    T(leeway_answer, uuid),
    FIELD(leeway_answer, WIRE_BOOL, handed_over),
    FIELD(leeway_answer, WIRE_BOOL, expired),
    T(leeway_answer, environment),
    T(leeway_answer, cluster),
    FIELD(leeway_answer, WIRE_U64, cluster_id),
    T(leeway_answer, api_version),
    T(leeway_answer, object_kind),
    T(leeway_answer, namespace_),
    T(leeway_answer, name),
    T(leeway_answer, path),
    T(leeway_answer, manager),
    T(leeway_answer, accepts),
    FIELD(leeway_answer, WIRE_BOOL, within),
    T(leeway_answer, reason),
    T(leeway_answer, by),
    FIELD(leeway_answer, WIRE_I64, created_ms),
    FIELD(leeway_answer, WIRE_I64, expires_ms),
    FIELD(leeway_answer, WIRE_U32, standing),
};
const struct wire_type wire_answer = TYPE(answer_fields, leeway_answer);

static const struct wire_field past_release_fields[] = {
    T(leeway_past_release, environment),
    FIELD(leeway_past_release, WIRE_I32, number),
    T(leeway_past_release, plan),
    T(leeway_past_release, title),
    T(leeway_past_release, kind),
    ENUM(leeway_past_release, state, LEEWAY_RELEASE_ABORTED + 1),
    T(leeway_past_release, by),
    T(leeway_past_release, reason),
    FIELD(leeway_past_release, WIRE_I64, started_ms),
    FIELD(leeway_past_release, WIRE_I64, changed_ms),
    FIELD(leeway_past_release, WIRE_I32, targets),
    FIELD(leeway_past_release, WIRE_I32, done),
    FIELD(leeway_past_release, WIRE_I32, failed),
    T(leeway_past_release, problem),
    T(leeway_past_release, lost),
    FIELD(leeway_past_release, WIRE_BOOL, newest),
};
static const struct wire_type wire_past_release = TYPE(past_release_fields, leeway_past_release);

static const struct wire_field past_plan_fields[] = {
    T(leeway_past_plan, hash),
    T(leeway_past_plan, environment),
    T(leeway_past_plan, title),
    T(leeway_past_plan, kind),
    T(leeway_past_plan, by),
    FIELD(leeway_past_plan, WIRE_I64, planned_ms),
    FIELD(leeway_past_plan, WIRE_I32, release),
};
static const struct wire_type wire_past_plan = TYPE(past_plan_fields, leeway_past_plan);

static const struct wire_field past_act_fields[] = {
    FIELD(leeway_past_act, WIRE_I64, row),
    FIELD(leeway_past_act, WIRE_I64, at_ms),
    T(leeway_past_act, by),
    T(leeway_past_act, who),
    T(leeway_past_act, action),
    T(leeway_past_act, subject),
    T(leeway_past_act, detail),
    T(leeway_past_act, chain),
};
static const struct wire_type wire_past_act = TYPE(past_act_fields, leeway_past_act);

static const struct wire_field history_fields[] = {
    LIST(leeway_history, releases, n_releases, wire_past_release),
    LIST(leeway_history, plans, n_plans, wire_past_plan),
    LIST(leeway_history, acts, n_acts, wire_past_act),
    LIST(leeway_history, ended, n_ended, wire_answer),
    FIELD(leeway_history, WIRE_BOOL, more),
    FIELD(leeway_history, WIRE_I64, audit_rows),
    FIELD(leeway_history, WIRE_I64, audit_since_ms),
    T(leeway_history, audit_problem),
};
const struct wire_type wire_history = TYPE(history_fields, leeway_history);

static const struct wire_field output_fields[] = {
    T(leeway_output, name),
    T(leeway_output, cluster),
    T(leeway_output, value),
    FIELD(leeway_output, WIRE_BOOL, known),
    FIELD(leeway_output, WIRE_BOOL, secret),
};
static const struct wire_type wire_output = TYPE(output_fields, leeway_output);

static const struct wire_field part_fields[] = {
    T(leeway_part, cluster),     FIELD(leeway_part, WIRE_U64, cluster_id),
    T(leeway_part, module),      T(leeway_part, api_version),
    T(leeway_part, object_kind), T(leeway_part, namespace_),
    T(leeway_part, name),        ENUM(leeway_part, state, LEEWAY_STATE_COUNT),
    T(leeway_part, reason),      NUMBERS(leeway_part, drift, LEEWAY_VERDICT_COUNT),
};
static const struct wire_type wire_part = TYPE(part_fields, leeway_part);

static const struct wire_field parts_fields[] = {
    T(leeway_parts, environment),
    LIST(leeway_parts, outputs, n_outputs, wire_output),
    LIST(leeway_parts, parts, n_parts, wire_part),
    T(leeway_parts, why),
};
const struct wire_type wire_parts = TYPE(parts_fields, leeway_parts);

static const struct wire_field compare_row_fields[] = {
    ENUM(leeway_compare_row, kind, LEEWAY_COMPARE_KIND_COUNT),
    T(leeway_compare_row, environment),
    T(leeway_compare_row, api_version),
    T(leeway_compare_row, object_kind),
    T(leeway_compare_row, namespace_),
    T(leeway_compare_row, name),
    T(leeway_compare_row, path),
    T(leeway_compare_row, a),
    T(leeway_compare_row, b),
    FIELD(leeway_compare_row, WIRE_BOOL, secret),
    FIELD(leeway_compare_row, WIRE_I32, on),
    T(leeway_compare_row, cluster),
    FIELD(leeway_compare_row, WIRE_U64, cluster_id),
};
static const struct wire_type wire_compare_row = TYPE(compare_row_fields, leeway_compare_row);

static const struct wire_field compare_fields[] = {
    T(leeway_compare, a),
    T(leeway_compare, b),
    T(leeway_compare, about_a),
    T(leeway_compare, about_b),
    LIST(leeway_compare, rows, n_rows, wire_compare_row),
    FIELD(leeway_compare, WIRE_BOOL, more),
    FIELD(leeway_compare, WIRE_I32, clusters),
    T(leeway_compare, note),
};
const struct wire_type wire_compare = TYPE(compare_fields, leeway_compare);

static const struct wire_field explained_fields[] = {
    FIELD(leeway_explained, WIRE_U64, drift_id),
    T(leeway_explained, contract),
    MANY(leeway_explained, WIRE_TEXTS, made_of, n_made_of),
    T(leeway_explained, made_of_why),
    T(leeway_explained, parameter),
    T(leeway_explained, value),
    T(leeway_explained, no_override),
    T(leeway_explained, audit_query),
};
static const struct wire_type wire_explained = TYPE(explained_fields, leeway_explained);

static const struct wire_field explanation_fields[] = {
    LIST(leeway_explanation, items, n_items, wire_explained),
};
const struct wire_type wire_explanation = TYPE(explanation_fields, leeway_explanation);

static const struct wire_field release_target_fields[] = {
    T(leeway_release_target, cluster),
    ENUM(leeway_release_target, state, LEEWAY_STATE_COUNT),
    ENUM(leeway_release_target, phase, LEEWAY_TARGET_STATE_COUNT),
    FIELD(leeway_release_target, WIRE_I32, done),
    FIELD(leeway_release_target, WIRE_I32, total),
    T(leeway_release_target, waiting),
    FIELD(leeway_release_target, WIRE_I64, since_ms),
    FIELD(leeway_release_target, WIRE_I64, fails_at_ms),
    T(leeway_release_target, error),
    FIELD(leeway_release_target, WIRE_I32, stage),
};
static const struct wire_type wire_release_target =
    TYPE(release_target_fields, leeway_release_target);

static const struct wire_field release_stage_fields[] = {
    T(leeway_release_stage, name),
    FIELD(leeway_release_stage, WIRE_I32, targets),
    FIELD(leeway_release_stage, WIRE_I32, done),
    FIELD(leeway_release_stage, WIRE_I32, failed),
    FIELD(leeway_release_stage, WIRE_I32, at_once),
    FIELD(leeway_release_stage, WIRE_I32, budget),
    FIELD(leeway_release_stage, WIRE_I32, forgiven),
    FIELD(leeway_release_stage, WIRE_I64, soak_ms),
    FIELD(leeway_release_stage, WIRE_BOOL, gate),
    FIELD(leeway_release_stage, WIRE_BOOL, waits),
    FIELD(leeway_release_stage, WIRE_I64, opened_ms),
    T(leeway_release_stage, opened_by),
    T(leeway_release_stage, why),
};
static const struct wire_type wire_release_stage = TYPE(release_stage_fields, leeway_release_stage);

static const struct wire_field log_line_fields[] = {
    FIELD(leeway_log_line, WIRE_I64, at_ms),
    T(leeway_log_line, cluster),
    T(leeway_log_line, object),
    T(leeway_log_line, what),
    ENUM(leeway_log_line, state, LEEWAY_STATE_COUNT),
};
static const struct wire_type wire_log_line = TYPE(log_line_fields, leeway_log_line);

static const struct wire_field release_fields[] = {
    FIELD(leeway_release, WIRE_U64, id),
    T(leeway_release, environment),
    T(leeway_release, title),
    T(leeway_release, plan),
    T(leeway_release, by),
    T(leeway_release, rollout),
    FIELD(leeway_release, WIRE_I32, number),
    ENUM(leeway_release, state, LEEWAY_RELEASE_ABORTED + 1),
    FIELD(leeway_release, WIRE_BOOL, here),
    FIELD(leeway_release, WIRE_I64, started_ms),
    FIELD(leeway_release, WIRE_I64, ended_ms),
    FIELD(leeway_release, WIRE_I32, targets),
    FIELD(leeway_release, WIRE_I32, targets_done),
    LIST(leeway_release, target_rows, n_target_rows, wire_release_target),
    LIST(leeway_release, stages, n_stages, wire_release_stage),
    LIST(leeway_release, log, n_log, wire_log_line),
};
const struct wire_type wire_release = TYPE(release_fields, leeway_release);

static const struct wire_field plan_field_fields[] = {
    T(leeway_plan_field, path),
    T(leeway_plan_field, before),
    T(leeway_plan_field, after),
    T(leeway_plan_field, note),
    ENUM(leeway_plan_field, choice, LEEWAY_CHOICE_NONE + 1),
    T(leeway_plan_field, owner),
    T(leeway_plan_field, on),
};
static const struct wire_type wire_plan_field = TYPE(plan_field_fields, leeway_plan_field);

static const struct wire_field plan_row_fields[] = {
    FIELD(leeway_plan_row, WIRE_U32, number),
    ENUM(leeway_plan_row, action, LEEWAY_ACTION_COUNT),
    FIELD(leeway_plan_row, WIRE_BOOL, risk),
    T(leeway_plan_row, api_version),
    T(leeway_plan_row, object_kind),
    T(leeway_plan_row, namespace_),
    T(leeway_plan_row, name),
    T(leeway_plan_row, cause),
    T(leeway_plan_row, detail),
    T(leeway_plan_row, hint),
    T(leeway_plan_row, forbidden_verb),
    T(leeway_plan_row, forbidden_resource),
    MANY(leeway_plan_row, WIRE_TEXTS, clusters, n_clusters),
    LIST(leeway_plan_row, fields, n_fields, wire_plan_field),
    FIELD(leeway_plan_row, WIRE_BOOL, shared_kind),
    FIELD(leeway_plan_row, WIRE_BOOL, checked_at_apply),
};
const struct wire_type wire_plan_row = TYPE(plan_row_fields, leeway_plan_row);

static const struct wire_field plan_target_fields[] = {
    T(leeway_plan_target, cluster),  T(leeway_plan_target, cluster_uid),
    T(leeway_plan_target, identity), FIELD(leeway_plan_target, WIRE_BOOL, protected_),
    T(leeway_plan_target, may),
};
static const struct wire_type wire_plan_target = TYPE(plan_target_fields, leeway_plan_target);

static const struct wire_field plan_place_fields[] = {
    T(leeway_plan_place, cluster),
    FIELD(leeway_plan_place, WIRE_BOOL, fits),
    FIELD(leeway_plan_place, WIRE_BOOL, chosen),
    T(leeway_plan_place, why),
};
static const struct wire_type wire_plan_place = TYPE(plan_place_fields, leeway_plan_place);

static const struct wire_field plan_fields[] = {
    T(leeway_plan, hash),
    T(leeway_plan, environment),
    T(leeway_plan, environment_uuid),
    T(leeway_plan, namespace_),
    T(leeway_plan, title),
    T(leeway_plan, rollout),
    FIELD(leeway_plan, WIRE_I32, release),
    FIELD(leeway_plan, WIRE_I64, planned_ms),
    FIELD(leeway_plan, WIRE_I32, took_ms),
    NUMBERS(leeway_plan, counts, LEEWAY_ACTION_COUNT),
    FIELD(leeway_plan, WIRE_I32, changes),
    LIST(leeway_plan, targets, n_targets, wire_plan_target),
    LIST(leeway_plan, rows, n_rows, wire_plan_row),
    MANY(leeway_plan, WIRE_TEXTS, warnings, n_warnings),
    FIELD(leeway_plan, WIRE_BOOL, may_apply),
    T(leeway_plan, why_not),
    FIELD(leeway_plan, WIRE_BOOL, protected_),
    LIST(leeway_plan, places, n_places, wire_plan_place),
};
const struct wire_type wire_plan = TYPE(plan_fields, leeway_plan);

static const struct wire_field object_field_fields[] = {
    T(leeway_object_field, path),
    FIELD(leeway_object_field, WIRE_U32, depth),
    T(leeway_object_field, wanted),
    T(leeway_object_field, given),
    T(leeway_object_field, live),
    FIELD(leeway_object_field, WIRE_BOOL, differs),
    FIELD(leeway_object_field, WIRE_BOOL, pending),
    FIELD(leeway_object_field, WIRE_BOOL, atomic),
    FIELD(leeway_object_field, WIRE_BOOL, managed),
    ENUM(leeway_object_field, verdict, LEEWAY_VERDICT_COUNT),
    FIELD(leeway_object_field, WIRE_U64, drift_id),
    LIST(leeway_object_field, owners, n_owners, wire_owner),
};
static const struct wire_type wire_object_field = TYPE(object_field_fields, leeway_object_field);

static const struct wire_field object_line_fields[] = {
    T(leeway_object_line, text),
    FIELD(leeway_object_line, WIRE_I32, owner),
    FIELD(leeway_object_line, WIRE_U32, n_owners),
    T(leeway_object_line, path),
    FIELD(leeway_object_line, WIRE_BOOL, noise),
};
static const struct wire_type wire_object_line = TYPE(object_line_fields, leeway_object_line);

static const struct wire_field object_fields[] = {
    T(leeway_object, cluster),
    T(leeway_object, api_version),
    T(leeway_object, object_kind),
    T(leeway_object, namespace_),
    T(leeway_object, name),
    T(leeway_object, uid),
    T(leeway_object, resource_version),
    T(leeway_object, environment),
    T(leeway_object, wanted_by),
    T(leeway_object, wanted_why),
    T(leeway_object, health),
    T(leeway_object, health_reason),
    FIELD(leeway_object, WIRE_I64, fetched_ms),
    FIELD(leeway_object, WIRE_I64, created_ms),
    LIST(leeway_object, fields, n_fields, wire_object_field),
    LIST(leeway_object, lines, n_lines, wire_object_line),
    LIST(leeway_object, owners, n_owners, wire_owner),
    LIST(leeway_object, facts, n_facts, wire_label),
    LIST(leeway_object, conditions, n_conditions, wire_condition),
    MANY(leeway_object, WIRE_TEXTS, containers, n_containers),
};
const struct wire_type wire_object = TYPE(object_fields, leeway_object);

static const struct wire_field kind_fields[] = {
    T(leeway_kind, group),
    T(leeway_kind, version),
    T(leeway_kind, kind),
    T(leeway_kind, plural),
    T(leeway_kind, short_names),
    T(leeway_kind, categories),
    FIELD(leeway_kind, WIRE_BOOL, namespaced),
    FIELD(leeway_kind, WIRE_U32, clusters),
};
static const struct wire_type wire_kind = TYPE(kind_fields, leeway_kind);

static const struct wire_field kinds_fields[] = {
    LIST(leeway_kinds, kinds, n_kinds, wire_kind),
    FIELD(leeway_kinds, WIRE_U32, clusters),
    FIELD(leeway_kinds, WIRE_U32, unknown),
};
const struct wire_type wire_kinds = TYPE(kinds_fields, leeway_kinds);

static const struct wire_field parameter_fields[] = {
    T(leeway_parameter, name),
    T(leeway_parameter, takes),
    T(leeway_parameter, otherwise),
    T(leeway_parameter, description),
    FIELD(leeway_parameter, WIRE_BOOL, required),
    FIELD(leeway_parameter, WIRE_BOOL, secret),
};
static const struct wire_type wire_parameter = TYPE(parameter_fields, leeway_parameter);

static const struct wire_field module_use_fields[] = {
    T(leeway_module_use, instance),    T(leeway_module_use, module), T(leeway_module_use, version),
    T(leeway_module_use, description), T(leeway_module_use, when),   T(leeway_module_use, contract),
};
static const struct wire_type wire_module_use = TYPE(module_use_fields, leeway_module_use);

static const struct wire_field blueprint_fields[] = {
    T(leeway_blueprint, name),
    T(leeway_blueprint, version),
    T(leeway_blueprint, description),
    T(leeway_blueprint, owners),
    T(leeway_blueprint, folder),
    T(leeway_blueprint, file),
    ENUM(leeway_blueprint, state, LEEWAY_STATE_COUNT),
    T(leeway_blueprint, approval),
    T(leeway_blueprint, why),
    T(leeway_blueprint, hint),
    FIELD(leeway_blueprint, WIRE_BOOL, usable),
    FIELD(leeway_blueprint, WIRE_BOOL, yours),
    FIELD(leeway_blueprint, WIRE_BOOL, newest),
    T(leeway_blueprint, teams),
    T(leeway_blueprint, team),
    T(leeway_blueprint, goes_to),
    FIELD(leeway_blueprint, WIRE_I32, max_clusters),
    FIELD(leeway_blueprint, WIRE_I32, exceptions),
    T(leeway_blueprint, max_expiry),
    T(leeway_blueprint, ttl),
    T(leeway_blueprint, max_ttl),
    T(leeway_blueprint, stages),
    T(leeway_blueprint, resources),
    LIST(leeway_blueprint, parameters, n_parameters, wire_parameter),
    LIST(leeway_blueprint, modules, n_modules, wire_module_use),
    MANY(leeway_blueprint, WIRE_TEXTS, outputs, n_outputs),
    T(leeway_blueprint, schema),
};
const struct wire_type wire_blueprint = TYPE(blueprint_fields, leeway_blueprint);

static const struct wire_field override_fields[] = {
    T(leeway_override, cluster), T(leeway_override, module),
    T(leeway_override, params),  T(leeway_override, reason),
    T(leeway_override, by),      FIELD(leeway_override, WIRE_I64, expires_ms),
};
static const struct wire_type wire_override = TYPE(override_fields, leeway_override);

static const struct wire_field exception_fields[] = {
    T(leeway_exception, cluster), T(leeway_exception, object),
    T(leeway_exception, path),    T(leeway_exception, value),
    T(leeway_exception, manager), T(leeway_exception, reason),
    T(leeway_exception, by),      FIELD(leeway_exception, WIRE_I64, expires_ms),
};
static const struct wire_type wire_exception = TYPE(exception_fields, leeway_exception);

static const struct wire_field env_file_fields[] = {
    T(leeway_env_file, name),
    T(leeway_env_file, path),
    FIELD(leeway_env_file, WIRE_BOOL, draft),
    T(leeway_env_file, blueprint),
    T(leeway_env_file, version),
    T(leeway_env_file, team),
    T(leeway_env_file, owner),
    T(leeway_env_file, namespace_),
    T(leeway_env_file, ttl),
    T(leeway_env_file, document),
    T(leeway_env_file, problem),
    LIST(leeway_env_file, overrides, n_overrides, wire_override),
    LIST(leeway_env_file, exceptions, n_exceptions, wire_exception),
};
const struct wire_type wire_env_file = TYPE(env_file_fields, leeway_env_file);

static const struct wire_field column_fields[] = {
    T(leeway_column, name),
    T(leeway_column, words),
    FIELD(leeway_column, WIRE_BOOL, wide),
    FIELD(leeway_column, WIRE_BOOL, number),
    FIELD(leeway_column, WIRE_BOOL, age),
};
static const struct wire_type wire_column = TYPE(column_fields, leeway_column);

static const struct wire_field source_fields[] = {
    FIELD(leeway_source, WIRE_U64, cluster_id),
    T(leeway_source, cluster),
    ENUM(leeway_source, state, LEEWAY_SOURCE_COUNT),
    T(leeway_source, reason),
    FIELD(leeway_source, WIRE_I64, since_ms),
    FIELD(leeway_source, WIRE_U32, rows),
    FIELD(leeway_source, WIRE_I64, more),
};
static const struct wire_type wire_source = TYPE(source_fields, leeway_source);

static const struct wire_field look_fields[] = {
    FIELD(leeway_look, WIRE_U64, id),
    FIELD(leeway_look, WIRE_U64, version),
    T(leeway_look, group),
    T(leeway_look, version_of_kind),
    T(leeway_look, kind),
    T(leeway_look, plural),
    T(leeway_look, namespace_),
    FIELD(leeway_look, WIRE_BOOL, namespaced),
    FIELD(leeway_look, WIRE_U32, limit),
    LIST(leeway_look, columns, n_columns, wire_column),
    LIST(leeway_look, sources, n_sources, wire_source),
    FIELD(leeway_look, WIRE_U64, n_rows),
};
const struct wire_type wire_look = TYPE(look_fields, leeway_look);

static const struct wire_field row_fields[] = {
    FIELD(leeway_row, WIRE_U64, id),
    FIELD(leeway_row, WIRE_U64, cluster_id),
    T(leeway_row, cluster),
    T(leeway_row, namespace_),
    T(leeway_row, name),
    T(leeway_row, uid),
    T(leeway_row, resource_version),
    FIELD(leeway_row, WIRE_I64, created_ms),
    FIELD(leeway_row, WIRE_I64, changed_ms),
    ENUM(leeway_row, state, LEEWAY_STATE_COUNT + 1),
    MANY(leeway_row, WIRE_TEXTS, cells, n_cells),
    T(leeway_row, json),
};
const struct wire_type wire_row = TYPE(row_fields, leeway_row);

static const struct wire_field line_fields[] = {
    FIELD(leeway_line, WIRE_U64, number),
    FIELD(leeway_line, WIRE_I64, at_ms),
    T(leeway_line, text),
    FIELD(leeway_line, WIRE_U32, cut),
    FIELD(leeway_line, WIRE_BOOL, ours),
    FIELD(leeway_line, WIRE_U32, source),
};
const struct wire_type wire_line = TYPE(line_fields, leeway_line);

static const struct wire_field log_source_fields[] = {
    FIELD(leeway_log_source, WIRE_U32, id), T(leeway_log_source, cluster),
    T(leeway_log_source, namespace_),       T(leeway_log_source, pod),
    T(leeway_log_source, container),        ENUM(leeway_log_source, state, LEEWAY_LOG_FAILED + 1),
    T(leeway_log_source, reason),           FIELD(leeway_log_source, WIRE_BOOL, alone),
};
static const struct wire_type wire_log_source = TYPE(log_source_fields, leeway_log_source);

static const struct wire_field log_fields[] = {
    FIELD(leeway_log, WIRE_U64, id),
    FIELD(leeway_log, WIRE_U64, version),
    T(leeway_log, cluster),
    T(leeway_log, namespace_),
    T(leeway_log, pod),
    T(leeway_log, container),
    MANY(leeway_log, WIRE_TEXTS, containers, n_containers),
    LIST(leeway_log, sources, n_sources, wire_log_source),
    FIELD(leeway_log, WIRE_U32, not_read),
    ENUM(leeway_log, state, LEEWAY_LOG_FAILED + 1),
    T(leeway_log, reason),
    FIELD(leeway_log, WIRE_U64, n_lines),
    FIELD(leeway_log, WIRE_U64, dropped),
};
const struct wire_type wire_log = TYPE(log_fields, leeway_log);

#define S(m) FIELD(leeway_command, WIRE_STRING, m)
static const struct wire_field command_fields[] = {
    ENUM(leeway_command, kind, 4096), /* what the other side cannot do it refuses by itself */
    S(cluster),
    MANY(leeway_command, WIRE_STRINGS, clusters, n_clusters),
    S(folder),
    S(environment),
    S(namespace_),
    S(api_version),
    S(object_kind),
    S(name),
    MANY(leeway_command, WIRE_STRINGS, paths, n_paths),
    MANY(leeway_command, WIRE_IDS, drift_ids, n_drift_ids),
    S(plan),
    FIELD(leeway_command, WIRE_U32, row),
    ENUM(leeway_command, choice, LEEWAY_CHOICE_NONE + 1),
    S(confirm),
    FIELD(leeway_command, WIRE_BOOL, prune_anyway),
    FIELD(leeway_command, WIRE_BOOL, confirm_shared),
    FIELD(leeway_command, WIRE_BOOL, destroy),
    FIELD(leeway_command, WIRE_U64, release),
    FIELD(leeway_command, WIRE_BOOL, at_once),
    MANY(leeway_command, WIRE_STRINGS, stages, n_stages),
    S(labels),
    S(fields),
    FIELD(leeway_command, WIRE_U32, limit),
    FIELD(leeway_command, WIRE_BOOL, own_namespace),
    FIELD(leeway_command, WIRE_BOOL, objects),
    FIELD(leeway_command, WIRE_U64, look),
    S(login),
    FIELD(leeway_command, WIRE_I32, login_status),
    S(container),
    FIELD(leeway_command, WIRE_BOOL, previous),
    FIELD(leeway_command, WIRE_BOOL, once),
    FIELD(leeway_command, WIRE_U32, since_s),
    S(document),
    S(reason),
    FIELD(leeway_command, WIRE_I64, expires_ms),
    S(within),
    MANY(leeway_command, WIRE_STRINGS, exceptions, n_exceptions),
    FIELD(leeway_command, WIRE_BOOL, fresh),
    MANY(leeway_command, WIRE_STRINGS, subjects, n_subjects),
};
const struct wire_type wire_command = TYPE(command_fields, leeway_command);

const struct wire_type *const wire_types[] = {
    &wire_label,       &wire_fleet,
    &wire_condition,   &wire_node,
    &wire_namespace,   &wire_api,
    &wire_cost,        &wire_cluster,
    &wire_target,      &wire_environment,
    &wire_owner,       &wire_drift,
    &wire_log_line,    &wire_release_target,
    &wire_release,     &wire_plan_field,
    &wire_plan_row,    &wire_plan_target,
    &wire_plan,        &wire_object_field,
    &wire_object_line, &wire_object,
    &wire_command,     &wire_kind,
    &wire_kinds,       &wire_parameter,
    &wire_module_use,  &wire_blueprint,
    &wire_override,    &wire_exception,
    &wire_env_file,    &wire_plan_place,
    &wire_answer,      &wire_past_release,
    &wire_past_plan,   &wire_past_act,
    &wire_history,     &wire_output,
    &wire_part,        &wire_parts,
    &wire_explained,   &wire_explanation,
    &wire_compare_row, &wire_compare,
    &wire_column,      &wire_source,
    &wire_look,        &wire_row,
    &wire_line,        &wire_log_source,
    &wire_log,         NULL,
};
