// SPDX-License-Identifier: Apache-2.0
/*
 * Jobs and CronJobs as kube-controller-manager runs them, and the autoscaler, which writes `scale`
 * as the controller of HorizontalPodAutoscalers does.
 */
#include "sim/live.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Jobs ---- */

static bool phase_is(const struct val *pod, const char *phase)
{
    return val_str_is(val_at(pod, "status", "phase", NULL), phase);
}

static bool job_over(const struct val *v)
{
    return sim_condition(v, "Complete") || sim_condition(v, "Failed");
}

static void make_job_pod(struct sim_cluster *c, const struct sim_object *o, const struct val *v)
{
    char name[300], end[8];
    sim_letters(sim_random(c), 5, end);
    snprintf(name, sizeof(name), "%.240s-%s", o->name, end);
    const struct sim_pod_plan plan = {
        .owner = v,
        .template_ = val_at(v, "spec", "template", NULL),
        .owner_api = "batch/v1",
        .owner_kind = "Job",
        .name = name,
        .labels = {"batch.kubernetes.io/controller-uid", sim_uid(v), "batch.kubernetes.io/job-name",
                   o->name, NULL},
    };
    if (sim_pod_make(c, &plan))
        sim_event_tell(c, "job-controller", v, false, "SuccessfulCreate", "Created pod: %s", name);
}

static void finish_job(struct sim_cluster *c, struct buf *b, const struct val *v, bool well)
{
    char now[CLOCK_RFC3339_LEN];
    sim_now_text(c, now);
    const char *reason = well ? "CompletionsReached" : "BackoffLimitExceeded";
    const char *message = well ? "Reached expected number of succeeded pods"
                               : "Job has reached the specified backoff limit";
    if (well)
        buf_printf(b, ",\"completionTime\":\"%s\"", now);
    buf_puts(b, ",\"conditions\":[");
    for (int i = 0; i < 2; i++)
        buf_printf(b,
                   "%s{\"type\":\"%s\",\"status\":\"True\",\"lastProbeTime\":\"%s\","
                   "\"lastTransitionTime\":\"%s\",\"reason\":\"%s\",\"message\":\"%s\"}",
                   i ? "," : "",
                   well ? (i ? "Complete" : "SuccessCriteriaMet")
                        : (i ? "Failed" : "FailureTarget"),
                   now, now, reason, message);
    buf_putc(b, ']');
    if (well)
        sim_event_tell(c, "job-controller", v, false, "Completed", "Job completed");
    else
        sim_event_tell(c, "job-controller", v, true, reason, "%s", message);
}

/* What is over is remembered until its time to live has passed. */
static void age_job(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    const struct val *ttl = val_at(v, "spec", "ttlSecondsAfterFinished", NULL);
    const struct val *at = val_at(v, "status", "completionTime", NULL);
    int64_t ended;
    if (!at)
        at = val_get(sim_condition(v, "Failed"), "lastTransitionTime");
    if (!val_is(ttl, VAL_INT) || !val_is(at, VAL_STRING) ||
        clock_parse_rfc3339(at->as.s, at->len, &ended, NULL))
        return;
    int64_t left = ended + ttl->as.i * 1000 - sim_wall_ms(c);
    if (left <= 0)
        sim_act_delete(c, o);
    else
        sim_again(c, o, left);
}

void sim_control_job(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                     const struct val *v)
{
    const struct val *spec = val_get(v, "spec");
    if (job_over(v)) {
        age_job(c, o, v);
        return;
    }
    sim_owned_vec pods;
    int64_t width = sim_count_of(val_get(spec, "parallelism"), 1);
    int64_t want = sim_count_of(val_get(spec, "completions"), width);
    int64_t limit = sim_count_of(val_get(spec, "backoffLimit"), 6);
    int64_t active = 0, well = 0, bad = 0, ready = 0;
    bool asleep = val_bool(val_get(spec, "suspend"), false);
    sim_owned_find(c, "Pod", o->ns, sim_uid(v), p, &pods);
    for (size_t i = 0; i < pods.len; i++) {
        well += phase_is(pods.items[i].v, "Succeeded");
        bad += phase_is(pods.items[i].v, "Failed");
        bool runs = !phase_is(pods.items[i].v, "Succeeded") &&
                    !phase_is(pods.items[i].v, "Failed") && !sim_is_going(pods.items[i].v);
        active += runs;
        ready += runs && sim_pod_ready(pods.items[i].v);
        if (asleep && runs)
            sim_act_delete(c, pods.items[i].o);
    }
    sim_owned_clear(&pods);
    struct buf b;
    char now[CLOCK_RFC3339_LEN];
    sim_now_text(c, now);
    buf_init(&b, BUF_SMALL);
    bool failed = bad > limit, complete = !failed && well >= want;
    for (int64_t n = active; !asleep && !failed && n < width && well + n < want; n++, active++)
        make_job_pod(c, o, v);
    buf_printf(&b, "\"ready\":%" PRId64 ",\"terminating\":0,\"uncountedTerminatedPods\":{}", ready);
    if (!asleep)
        buf_printf(&b, ",\"startTime\":\"%s\"",
                   val_str(val_at(v, "status", "startTime", NULL), now));
    if (active && !complete && !failed && !asleep)
        buf_printf(&b, ",\"active\":%" PRId64, active);
    else
        buf_puts(&b, ",\"active\":null");
    if (well)
        buf_printf(&b, ",\"succeeded\":%" PRId64, well);
    if (bad)
        buf_printf(&b, ",\"failed\":%" PRId64, bad);
    if (complete || failed)
        finish_job(c, &b, v, complete);
    struct sim_object *at = sim_store_get(c, o->kind, o->ns, o->name);
    if (at)
        sim_act_patch(c, &sim_as_controller_status, at, "{\"status\":{%s}}", buf_str(&b));
    buf_clear(&b);
}

/* ---- CronJobs ---- */

/* One field of a schedule: lists, ranges, steps, "*". */
static bool field_has(const char *s, int value, int low, int high)
{
    for (;;) {
        int from = low, to = high, step = 1;
        char *end;
        if (*s == '*') {
            end = (char *)(uintptr_t)(s + 1);
        } else {
            from = to = (int)strtol(s, &end, 10);
            if (end == s)
                return false;
            if (*end == '-')
                to = (int)strtol(end + 1, &end, 10);
        }
        if (*end == '/') {
            step = (int)strtol(end + 1, &end, 10);
            to = from == to ? high : to;
        }
        if (step > 0 && value >= from && value <= to && (value - from) % step == 0)
            return true;
        if (*end != ',')
            return false;
        s = end + 1;
    }
}

/* Is it due in that minute (UTC)? */
static bool schedule_has(const char *schedule, int64_t wall_ms)
{
    static const struct {
        const char *word, *means;
    } words[] = {{"@hourly", "0 * * * *"}, {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
                 {"@weekly", "0 0 * * 0"}, {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}};
    char f[5][64];
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(schedule, words[i].word) == 0)
            schedule = words[i].means;
    if (sscanf(schedule, "%63s %63s %63s %63s %63s", f[0], f[1], f[2], f[3], f[4]) != 5)
        return false;
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    bool day = field_has(f[2], tm.tm_mday, 1, 31);
    bool weekday =
        field_has(f[4], tm.tm_wday, 0, 6) || (tm.tm_wday == 0 && field_has(f[4], 7, 7, 7));
    bool either = f[2][0] != '*' && f[4][0] != '*'; /* then one of them is enough */
    return field_has(f[0], tm.tm_min, 0, 59) && field_has(f[1], tm.tm_hour, 0, 23) &&
           field_has(f[3], tm.tm_mon + 1, 1, 12) && (either ? day || weekday : day && weekday);
}

static void make_job(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                     const struct val *v, int64_t minute)
{
    const struct val *t = val_at(v, "spec", "jobTemplate", NULL), *spec = val_get(t, "spec");
    const struct val *labels = val_at(t, "metadata", "labels", NULL);
    char name[300], at[CLOCK_RFC3339_LEN];
    struct buf b;
    if (!val_is(spec, VAL_MAP))
        return;
    snprintf(name, sizeof(name), "%.52s-%" PRId64, o->name, minute);
    if (sim_store_get(c, sim_kind_named("Job"), o->ns, name))
        return;
    clock_format_rfc3339(minute * 60000, at);
    buf_init(&b, BUF_LARGE);
    buf_printf(&b,
               "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"%s\","
               "\"namespace\":\"%s\",\"generation\":1,\"annotations\":{"
               "\"batch.kubernetes.io/cronjob-scheduled-timestamp\":\"%s\"},\"labels\":",
               name, o->ns, at);
    json_write(&b, val_is(labels, VAL_MAP) ? labels : val_map_of(p, NULL, 0), JSON_COMPACT);
    buf_putc(&b, ',');
    sim_owner_write(&b, "batch/v1", "CronJob", v);
    buf_puts(&b, "},\"spec\":");
    json_write(&b, spec, JSON_COMPACT);
    buf_puts(&b, ",\"status\":{}}");
    if (sim_act_text(c, &sim_as_controller, "Job", &b)) {
        sim_event_tell(c, "cronjob-controller", v, false, "SuccessfulCreate", "Created job %s",
                       name);
        o = sim_store_get(c, o->kind, o->ns, o->name);
        if (o)
            sim_act_patch(c, &sim_as_controller_status, o,
                          "{\"status\":{\"lastScheduleTime\":\"%s\"}}", at);
    }
    buf_clear(&b);
}

/* Keeps the newest of those that ended well, or badly. */
static void forget_jobs(struct sim_cluster *c, const sim_owned_vec *jobs, const char *condition,
                        int64_t keep)
{
    for (size_t i = jobs->len; i > 0; i--) { /* their names end with the minute: sorted by time */
        const struct sim_owned *one = &jobs->items[i - 1];
        if (sim_condition(one->v, condition) && keep-- <= 0)
            sim_act_delete(c, one->o);
    }
}

void sim_control_cron_job(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                          const struct val *v)
{
    const struct val *spec = val_get(v, "spec");
    int64_t now = sim_wall_ms(c), minute = now / 60000, last = 0;
    sim_owned_vec jobs;
    struct buf active;
    size_t n = 0;
    buf_init(&active, BUF_LARGE);
    sim_owned_find(c, "Job", o->ns, sim_uid(v), p, &jobs);
    for (size_t i = 0; i < jobs.len; i++) {
        if (job_over(jobs.items[i].v))
            continue;
        buf_printf(&active,
                   "%s{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"name\":\"%s\",\"namespace\":"
                   "\"%s\",\"uid\":\"%s\"}",
                   n++ ? "," : "", jobs.items[i].o->name, o->ns, sim_uid(jobs.items[i].v));
    }
    forget_jobs(c, &jobs, "Complete", sim_count_of(val_get(spec, "successfulJobsHistoryLimit"), 3));
    forget_jobs(c, &jobs, "Failed", sim_count_of(val_get(spec, "failedJobsHistoryLimit"), 1));
    const char *policy = val_str(val_get(spec, "concurrencyPolicy"), "Allow");
    const struct val *before = val_at(v, "status", "lastScheduleTime", NULL);
    if (val_is(before, VAL_STRING))
        (void)!clock_parse_rfc3339(before->as.s, before->len, &last, NULL);
    bool due = last / 60000 < minute && schedule_has(val_str(val_get(spec, "schedule"), ""), now) &&
               !val_bool(val_get(spec, "suspend"), false);
    for (size_t i = 0; due && n && strcmp(policy, "Replace") == 0 && i < jobs.len; i++)
        if (!job_over(jobs.items[i].v))
            sim_act_delete(c, jobs.items[i].o);
    sim_owned_clear(&jobs);
    if (n)
        o = sim_act_patch(c, &sim_as_controller_status, o, "{\"status\":{\"active\":[%s]}}",
                          buf_str(&active));
    else
        o = sim_act_patch(c, &sim_as_controller_status, o, "{\"status\":{\"active\":null}}");
    buf_clear(&active);
    if (!o)
        return;
    sim_object_ref(o);
    if (due && !(n && strcmp(policy, "Forbid") == 0))
        make_job(c, o, p, v, minute);
    if (!c->sim->quiet)
        sim_again(c, o, 60000 - now % 60000 + 50);
    sim_object_unref(o);
}

/* ---- HorizontalPodAutoscalers ---- */

enum { SYNC_MS = 15000 };

static const struct val *cpu_target(const struct val *v)
{
    const struct val *list = val_at(v, "spec", "metrics", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_at(val_item(list, i), "resource", "name", NULL), "cpu"))
            return val_at(val_item(list, i), "resource", "target", "averageUtilization", NULL);
    return NULL;
}

/* What the pods use, in percent of what they asked for: what the scenario said, shared by them. */
static int64_t usage(const struct val *v, int64_t pods, int64_t target)
{
    const struct val *notes = val_at(v, "metadata", "annotations", NULL);
    const struct val *load = val_get(notes, "sim.leeway.dev/load");
    if (!val_is(load, VAL_STRING) || pods <= 0)
        return target - target / 20;
    return atoll(load->as.s) / pods;
}

void sim_control_autoscaler(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                            const struct val *v)
{
    const struct val *ref = val_at(v, "spec", "scaleTargetRef", NULL);
    const struct sim_kind *k = sim_kind_named(val_str(val_get(ref, "kind"), ""));
    struct sim_object *t = k ? sim_store_get(c, k, o->ns, val_str(val_get(ref, "name"), "")) : NULL;
    char now[CLOCK_RFC3339_LEN];
    struct buf b;
    if (!c->sim->quiet)
        sim_again(c, o, SYNC_MS);
    buf_init(&b, BUF_SMALL);
    if (!t || !(k->sub & SIM_SCALE)) {
        sim_condition_write(&b, c, v, "AbleToScale", false, "FailedGetScale",
                            "the HPA controller was unable to get the target's current scale");
        sim_act_patch(c, &sim_as_controller_status, o, "{\"status\":{\"conditions\":[%s]}}",
                      buf_str(&b));
        sim_event_tell(c, "horizontal-pod-autoscaler", v, true, "FailedGetScale",
                       "%s \"%s\" not found", k ? k->plural : "target",
                       val_str(val_get(ref, "name"), ""));
        buf_clear(&b);
        return;
    }
    const struct val *target = sim_object_read(p, t);
    int64_t have = val_int(val_at(target, "spec", "replicas", NULL), 1);
    int64_t low = sim_count_of(val_at(v, "spec", "minReplicas", NULL), 1);
    int64_t high = sim_count_of(val_at(v, "spec", "maxReplicas", NULL), 10);
    int64_t aim = sim_count_of(cpu_target(v), 80), used = usage(v, have, aim ? aim : 80);
    int64_t want = have;
    aim = aim ? aim : 80;
    if (used * 10 > aim * 11 || used * 10 < aim * 9) /* tolerance of a tenth */
        want = (have * used + aim - 1) / aim;
    const char *limited = want > high ? "TooManyReplicas" : want < low ? "TooFewReplicas" : NULL;
    want = want > high ? high : (want < low ? low : want);
    bool scales = want != have && have > 0;
    if (scales && sim_act_patch(c, &sim_as_controller_scale, t,
                                "{\"spec\":{\"replicas\":%" PRId64 "}}", want))
        sim_event_tell(c, "horizontal-pod-autoscaler", v, false, "SuccessfulRescale",
                       "New size: %" PRId64 "; reason: %s", want,
                       want > have ? "cpu resource utilization (percentage of request) above target"
                                   : "All metrics below target");
    sim_now_text(c, now);
    sim_condition_write(&b, c, v, "AbleToScale", true,
                        scales ? "SucceededRescale" : "ReadyForNewScale",
                        "recommended size matches current size");
    buf_putc(&b, ',');
    sim_condition_write(&b, c, v, "ScalingActive", true, "ValidMetricFound",
                        "the HPA was able to successfully calculate a replica count from cpu "
                        "resource utilization (percentage of request)");
    buf_putc(&b, ',');
    sim_condition_write(&b, c, v, "ScalingLimited", limited != NULL,
                        limited ? limited : "DesiredWithinRange",
                        limited ? "the desired replica count is outside of the range"
                                : "the desired count is within the acceptable range");
    sim_act_patch(c, &sim_as_controller_status, o,
                  "{\"status\":{\"observedGeneration\":%" PRId64 ",\"currentReplicas\":%" PRId64
                  ",\"desiredReplicas\":%" PRId64 "%s%s%s,\"currentMetrics\":[{\"type\":"
                  "\"Resource\",\"resource\":{\"name\":\"cpu\",\"current\":{"
                  "\"averageUtilization\":%" PRId64 ",\"averageValue\":\"%" PRId64
                  "m\"}}}],\"conditions\":[%s]}}",
                  val_int(val_at(v, "metadata", "generation", NULL), 1), have, want,
                  scales ? ",\"lastScaleTime\":\"" : "", scales ? now : "", scales ? "\"" : "",
                  used, used, buf_str(&b));
    buf_clear(&b);
}
