// SPDX-License-Identifier: Apache-2.0
/*
 * The rules in the order of kstatus: being deleted, generation not seen, Reconciling and Stalled,
 * the rule of the kind, Ready, and else current. Numbers must be whole JSON numbers and words
 * strings, or their default counts, as there.
 */
#include "kube/kstatus.h"

#include "base/clock.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NO_DEADLINE 2147483647
#define SCHEDULE_WINDOW_MS 15000

struct question {
    struct arena *arena;
    const struct val *object, *spec, *status;
    const struct val *conditions; /* a list or NULL */
    int64_t now_wall_ms;
    struct kstatus_result *out;
    struct err *e;
};

/* A rule answers with true when it has decided. */
typedef bool rule_fn(struct question *q);

const char *kstatus_word(enum kstatus s)
{
    static const char *const words[] = {
#define X(name, word) word,
        KSTATUS_TABLE(X)
#undef X
    };
    return (unsigned)s < KSTATUS_COUNT ? words[s] : words[0];
}

/* ---- answering ---- */

__attribute__((format(printf, 4, 5))) static bool answer(struct question *q, enum kstatus status,
                                                         const char *reason, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *message = arena_vprintf(q->arena, fmt, ap);
    va_end(ap);
    *q->out = (struct kstatus_result){status, reason, message ? message : "", 0};
    return true;
}

#define CURRENT(q, ...) answer(q, KSTATUS_CURRENT, "", __VA_ARGS__)
#define IN_PROGRESS(q, reason, ...) answer(q, KSTATUS_IN_PROGRESS, reason, __VA_ARGS__)
#define FAILED(q, reason, ...) answer(q, KSTATUS_FAILED, reason, __VA_ARGS__)

static bool invalid(struct question *q, const char *where, const char *what)
{
    err_set(q->e, ERR_INVALID, "%s %s", where, what);
    return answer(q, KSTATUS_UNKNOWN, "Invalid", "%s %s", where, what);
}

/* ---- reading ---- */

static int64_t number(const struct val *at, const char *field, int64_t otherwise)
{
    const struct val *v = val_get(at, field);
    return val_is(v, VAL_INT) ? v->as.i : otherwise;
}

static const char *word(const struct val *at, const char *field, const char *otherwise)
{
    return val_str(val_get(at, field), otherwise);
}

static bool is(const struct val *at, const char *field, const char *what)
{
    return val_str_is(val_get(at, field), what);
}

/* A condition of this type and status that stands first, or NULL. */
static const struct val *condition(const struct question *q, const char *type, const char *status)
{
    for (uint32_t i = 0; i < val_count(q->conditions); i++) {
        const struct val *c = val_item(q->conditions, i);
        if (is(c, "type", type) && is(c, "status", status))
            return c;
    }
    return NULL;
}

/* ---- rules of kinds ---- */

static bool always_current(struct question *q)
{
    return CURRENT(q, "Resource is always ready");
}

static bool too_few(struct question *q, const char *reason, const char *what, int64_t have,
                    int64_t want)
{
    return have < want && IN_PROGRESS(q, reason, "%s: %" PRId64 "/%" PRId64, what, have, want);
}

static bool too_many(struct question *q, int64_t have, int64_t want)
{
    return have > want && IN_PROGRESS(q, "ExtraPods", "Pending termination: %" PRId64, have - want);
}

static bool deployment(struct question *q)
{
    bool progressing = number(q->spec, "progressDeadlineSeconds", NO_DEADLINE) == NO_DEADLINE;
    bool available = false;
    for (uint32_t i = 0; i < val_count(q->conditions); i++) {
        const struct val *c = val_item(q->conditions, i);
        bool yes = is(c, "status", "True");
        if (is(c, "type", "Progressing") && is(c, "reason", "ProgressDeadlineExceeded"))
            return FAILED(q, "ProgressDeadlineExceeded", "Progress deadline exceeded");
        if (is(c, "type", "Progressing") && yes && is(c, "reason", "NewReplicaSetAvailable"))
            progressing = true;
        if (is(c, "type", "Available") && yes)
            available = true;
    }
    int64_t want = number(q->spec, "replicas", 1), have = number(q->status, "replicas", 0);
    int64_t updated = number(q->status, "updatedReplicas", 0);
    if (too_few(q, "LessReplicas", "Replicas", have, want) ||
        too_few(q, "LessUpdated", "Updated", updated, want) || too_many(q, have, want) ||
        too_few(q, "LessAvailable", "Available", number(q->status, "availableReplicas", 0),
                updated) ||
        too_few(q, "LessReady", "Ready", number(q->status, "readyReplicas", 0), want))
        return true;
    if (!progressing)
        return IN_PROGRESS(q, "ReplicaSetNotAvailable", "ReplicaSet not Available");
    if (!available)
        return IN_PROGRESS(q, "DeploymentNotAvailable", "Deployment not Available");
    return CURRENT(q, "Deployment is available. Replicas: %" PRId64, have);
}

static bool stateful_set(struct question *q)
{
    const struct val *strategy = val_get(q->spec, "updateStrategy");
    if (is(strategy, "type", "OnDelete"))
        return CURRENT(q, "StatefulSet is using the ondelete update strategy");
    int64_t want = number(q->spec, "replicas", 1), have = number(q->status, "replicas", 0);
    int64_t updated = number(q->status, "updatedReplicas", 0);
    int64_t partition = number(val_get(strategy, "rollingUpdate"), "partition", -1);
    if (too_few(q, "LessReplicas", "Replicas", have, want) ||
        too_few(q, "LessReady", "Ready", number(q->status, "readyReplicas", 0), want) ||
        too_many(q, have, want))
        return true;
    if (partition != -1) {
        int64_t rolled;
        if (__builtin_sub_overflow(want, partition, &rolled))
            rolled = 0;
        return too_few(q, "PartitionRollout", "Updated", updated, rolled) ||
               CURRENT(q, "Partition rollout complete. Updated: %" PRId64, updated);
    }
    if (too_few(q, "LessCurrent", "Current", number(q->status, "currentReplicas", 0), want))
        return true;
    if (strcmp(word(q->status, "currentRevision", ""), word(q->status, "updateRevision", "")) != 0)
        return IN_PROGRESS(q, "RevisionMismatch", "Waiting for updated revision to match current");
    return CURRENT(q, "All replicas scheduled as expected. Replicas: %" PRId64, have);
}

static bool replica_set(struct question *q)
{
    if (condition(q, "ReplicaFailure", "True"))
        return IN_PROGRESS(q, "ReplicaFailure", "Replica Failure condition. Check Pods");
    int64_t want = number(q->spec, "replicas", 1), have = number(q->status, "replicas", 0);
    return too_few(q, "LessLabelled", "Labelled", number(q->status, "fullyLabeledReplicas", 0),
                   want) ||
           too_few(q, "LessAvailable", "Available", number(q->status, "availableReplicas", 0),
                   want) ||
           too_few(q, "LessReady", "Ready", number(q->status, "readyReplicas", 0), want) ||
           too_many(q, have, want) ||
           CURRENT(q, "ReplicaSet is available. Replicas: %" PRId64, have);
}

static bool daemon_set(struct question *q)
{
    if (!val_at(q->object, "metadata", "generation", NULL))
        return IN_PROGRESS(q, "NoGeneration", "DaemonSet metadata.generation not found");
    if (!val_get(q->status, "observedGeneration"))
        return IN_PROGRESS(q, "NoObservedGeneration",
                           "DaemonSet status.observedGeneration not found");
    int64_t want = number(q->status, "desiredNumberScheduled", -1);
    if (want == -1)
        return IN_PROGRESS(q, "NoDesiredNumber", "Missing .status.desiredNumberScheduled");
    return too_few(q, "LessCurrent", "Current", number(q->status, "currentNumberScheduled", 0),
                   want) ||
           too_few(q, "LessUpdated", "Updated", number(q->status, "updatedNumberScheduled", 0),
                   want) ||
           too_few(q, "LessAvailable", "Available", number(q->status, "numberAvailable", 0),
                   want) ||
           too_few(q, "LessReady", "Ready", number(q->status, "numberReady", 0), want) ||
           CURRENT(q, "All replicas scheduled as expected. Replicas: %" PRId64, want);
}

static bool claim(struct question *q)
{
    const char *phase = word(q->status, "phase", "unknown");
    if (strcmp(phase, "Bound") != 0)
        return IN_PROGRESS(q, "NotBound", "PVC is not Bound. phase: %s", phase);
    return CURRENT(q, "PVC is Bound");
}

/* Appends the names of containers that wait in a crash loop; their number so far is returned. */
static int crash_loops(const struct val *statuses, struct buf *names)
{
    int n = 0;
    for (uint32_t i = 0; val_is(statuses, VAL_LIST) && i < statuses->len; i++) {
        const struct val *c = val_item(statuses, i);
        const char *name = word(c, "name", NULL);
        if (!name || !val_str_is(val_at(c, "state", "waiting", "reason", NULL), "CrashLoopBackOff"))
            continue;
        if (names->len)
            buf_putc(names, ',');
        buf_puts(names, name);
        n++;
    }
    return n;
}

static bool pod_running(struct question *q)
{
    if (condition(q, "Ready", "True"))
        return CURRENT(q, "Pod is Ready");
    static const char *const fields[] = {"containerStatuses", "initContainerStatuses"};
    struct buf names;
    buf_init(&names, BUF_SMALL);
    int n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const struct val *statuses = val_get(q->status, fields[i]);
        if (statuses && statuses->type != VAL_LIST && statuses->type != VAL_NULL) {
            buf_clear(&names);
            return invalid(q, fields[i], "is no list");
        }
        n += crash_loops(statuses, &names);
    }
    if (n)
        FAILED(q, "ContainerCrashLooping", "Containers in CrashLoop state: %s", buf_str(&names));
    else
        IN_PROGRESS(q, "PodRunningNotReady", "Pod is running but is not Ready");
    buf_clear(&names);
    return true;
}

static bool pod_pending(struct question *q)
{
    const struct val *c = condition(q, "PodScheduled", "False");
    if (!c || !is(c, "reason", "Unschedulable"))
        return IN_PROGRESS(q, "PodPending", "Pod is in the Pending phase");
    const struct val *created = val_at(q->object, "metadata", "creationTimestamp", NULL);
    int64_t at = 0;
    int32_t nanos;
    if (val_is(created, VAL_STRING) &&
        !clock_parse_rfc3339(created->as.s, created->len, &at, &nanos) &&
        q->now_wall_ms - SCHEDULE_WINDOW_MS < at) {
        IN_PROGRESS(q, "PodNotScheduled", "Pod has not been scheduled");
        q->out->again_wall_ms = at + SCHEDULE_WINDOW_MS;
        return true;
    }
    return FAILED(q, "PodUnschedulable", "Pod could not be scheduled");
}

static bool pod(struct question *q)
{
    const char *phase = word(q->status, "phase", "");
    static const struct {
        const char *phase;
        rule_fn *rule;
    } phases[] = {{"Running", pod_running}, {"Pending", pod_pending}};
    for (size_t i = 0; i < ARRAY_LEN(phases); i++)
        if (strcmp(phase, phases[i].phase) == 0)
            return phases[i].rule(q);
    if (strcmp(phase, "Succeeded") == 0)
        return CURRENT(q, "Pod has completed successfully");
    if (strcmp(phase, "Failed") == 0)
        return CURRENT(q, "Pod has completed, but not successfully");
    if (!*phase)
        return IN_PROGRESS(q, "PodNotObserved", "Pod phase not available");
    return invalid(q, phase, "is no phase of a Pod");
}

static bool job(struct question *q)
{
    int64_t want = number(q->spec, "completions", number(q->spec, "parallelism", 1));
    int64_t succeeded = number(q->status, "succeeded", 0), failed = number(q->status, "failed", 0);
    bool suspend = val_bool(val_get(q->spec, "suspend"), false);
    for (uint32_t i = 0; i < val_count(q->conditions); i++) {
        const struct val *c = val_item(q->conditions, i);
        if (!is(c, "status", "True"))
            continue;
        if (is(c, "type", "Complete"))
            return CURRENT(q, "Job Completed. succeeded: %" PRId64 "/%" PRId64, succeeded, want);
        if (is(c, "type", "Failed"))
            return FAILED(q, "JobFailed", "Job Failed. failed: %" PRId64 "/%" PRId64, failed, want);
        if (is(c, "type", "Suspended") && suspend)
            return CURRENT(q, "Job is suspended");
    }
    if (!*word(q->status, "startTime", ""))
        return IN_PROGRESS(q, "JobNotStarted", "Job not started");
    return CURRENT(q, "Job in progress. success:%" PRId64 ", active: %" PRId64 ", failed: %" PRId64,
                   succeeded, number(q->status, "active", 0), failed);
}

static bool service(struct question *q)
{
    if (is(q->spec, "type", "LoadBalancer") && !*word(q->spec, "clusterIP", ""))
        return IN_PROGRESS(q, "NoIPAssigned", "ClusterIP not set. Service type: LoadBalancer");
    return CURRENT(q, "Service is ready");
}

static bool definition(struct question *q)
{
    for (uint32_t i = 0; i < val_count(q->conditions); i++) {
        const struct val *c = val_item(q->conditions, i);
        bool no = is(c, "status", "False"), established = is(c, "type", "Established");
        if (no &&
            (is(c, "type", "NamesAccepted") || (established && !is(c, "reason", "Installing"))))
            return FAILED(q, word(c, "reason", ""), "%s", word(c, "message", ""));
        if (established && is(c, "status", "True"))
            return CURRENT(q, "CRD is established");
    }
    return IN_PROGRESS(q, "Installing", "Install in progress");
}

static bool budget(struct question *q)
{
    return CURRENT(q, "AllowedDisruptions has been computed.");
}

static const struct {
    const char *group, *kind;
    rule_fn *rule;
} kinds[] = {
    {"", "Service", service},
    {"", "Pod", pod},
    {"", "Secret", always_current},
    {"", "ConfigMap", always_current},
    {"", "PersistentVolumeClaim", claim},
    {"apps", "StatefulSet", stateful_set},
    {"apps", "DaemonSet", daemon_set},
    {"extensions", "DaemonSet", daemon_set},
    {"apps", "Deployment", deployment},
    {"extensions", "Deployment", deployment},
    {"apps", "ReplicaSet", replica_set},
    {"extensions", "ReplicaSet", replica_set},
    {"policy", "PodDisruptionBudget", budget},
    {"batch", "CronJob", always_current},
    {"batch", "Job", job},
    {"apiextensions.k8s.io", "CustomResourceDefinition", definition},
};

/* ---- rules of everything ---- */

/* A field that must be of a type when it is there: 1, 0 absent, -1 another type. */
static int typed(const struct val *at, const char *field, enum val_type type,
                 const struct val **out)
{
    if (!at || at->type == VAL_NULL)
        return 0;
    *out = val_get(at, field);
    if (at->type != VAL_MAP)
        return -1;
    return !*out ? 0 : val_is(*out, type) ? 1 : -1;
}

static bool generation_unseen(struct question *q)
{
    const struct val *generation, *observed;
    int r = typed(val_get(q->object, "metadata"), "generation", VAL_INT, &generation);
    if (r < 0)
        return invalid(q, "metadata.generation", "is no whole number");
    if (!r)
        return false;
    r = typed(q->status, "observedGeneration", VAL_INT, &observed);
    if (r < 0)
        return invalid(q, "status.observedGeneration", "is no whole number");
    return r && observed->as.i != generation->as.i &&
           IN_PROGRESS(q, "LatestGenerationNotObserved",
                       "%s generation is %" PRId64 ", but latest observed generation is %" PRId64,
                       word(q->object, "kind", ""), generation->as.i, observed->as.i);
}

/* status.conditions as a list of objects of strings; anything else is an error there and here. */
static bool bad_conditions(struct question *q)
{
    static const char *const fields[] = {"type", "status", "reason", "message"};
    if (q->status && q->status->type != VAL_MAP && q->status->type != VAL_NULL)
        return invalid(q, "status", "is no object");
    const struct val *list = val_get(q->status, "conditions");
    if (!list || list->type == VAL_NULL)
        return false;
    if (list->type != VAL_LIST)
        return invalid(q, "status.conditions", "is no list");
    for (uint32_t i = 0; i < list->len; i++) {
        const struct val *c = &list->as.items[i];
        if (c->type != VAL_MAP && c->type != VAL_NULL)
            return invalid(q, "a condition", "is no object");
        for (size_t k = 0; k < ARRAY_LEN(fields); k++) {
            const struct val *v = val_get(c, fields[k]);
            if (v && v->type != VAL_STRING && v->type != VAL_NULL)
                return invalid(q, "a field of a condition", "is no string");
        }
    }
    q->conditions = list;
    return false;
}

static bool generic(struct question *q)
{
    const struct val *deleted;
    int r = typed(val_get(q->object, "metadata"), "deletionTimestamp", VAL_STRING, &deleted);
    if (r < 0)
        return invalid(q, "metadata.deletionTimestamp", "is no string");
    if (r && deleted->len)
        return answer(q, KSTATUS_TERMINATING, "", "Resource scheduled for deletion");
    if (generation_unseen(q) || bad_conditions(q))
        return true;
    for (uint32_t i = 0; i < val_count(q->conditions); i++) {
        const struct val *c = val_item(q->conditions, i);
        if (!is(c, "status", "True"))
            continue;
        if (is(c, "type", "Reconciling"))
            return IN_PROGRESS(q, word(c, "reason", ""), "%s", word(c, "message", ""));
        if (is(c, "type", "Stalled"))
            return FAILED(q, word(c, "reason", ""), "%s", word(c, "message", ""));
    }
    return false;
}

static bool ready_condition(struct question *q)
{
    for (uint32_t i = 0; i < val_count(q->conditions); i++) {
        const struct val *c = val_item(q->conditions, i);
        if (!is(c, "type", "Ready"))
            continue;
        if (is(c, "status", "True"))
            return CURRENT(q, "Resource is Ready");
        if (is(c, "status", "False") || is(c, "status", "Unknown"))
            return IN_PROGRESS(q, word(c, "reason", ""), "%s", word(c, "message", ""));
    }
    return false;
}

bool kstatus_group(const struct val *object, const char **group, size_t *len)
{
    const struct val *v = val_get(object, "apiVersion");
    if (!val_is(v, VAL_STRING))
        return false;
    const char *slash = memchr(v->as.s, '/', v->len);
    if (slash && memchr(slash + 1, '/', v->len - (size_t)(slash + 1 - v->as.s)))
        return false;
    *group = v->as.s;
    *len = slash ? (size_t)(slash - v->as.s) : 0;
    return true;
}

static rule_fn *rule_of(const struct val *object)
{
    const char *group;
    size_t len;
    if (!kstatus_group(object, &group, &len))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strlen(kinds[i].group) == len && memcmp(kinds[i].group, group, len) == 0 &&
            val_str_is(val_get(object, "kind"), kinds[i].kind))
            return kinds[i].rule;
    return NULL;
}

int kstatus_compute(struct arena *a, const struct val *object, int64_t now_wall_ms,
                    struct kstatus_result *out, struct err *e)
{
    struct question q = {
        .arena = a, .object = object, .now_wall_ms = now_wall_ms, .out = out, .e = e};
    q.spec = val_get(object, "spec");
    q.status = val_get(object, "status");
    rule_fn *rule = rule_of(object);
    if (!val_is(object, VAL_MAP))
        invalid(&q, "this", "is no object");
    else if (!generic(&q) && !(rule && rule(&q)) && !ready_condition(&q))
        CURRENT(&q, "Resource is current");
    return out->status == KSTATUS_UNKNOWN ? ERR_INVALID : 0;
}
