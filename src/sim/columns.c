// SPDX-License-Identifier: Apache-2.0
/*
 * The columns that a server prints for kubectl, kind by kind, as kube-apiserver 1.37 was seen to
 * send them (names, types, priorities), and what stands in their cells. Source of the words in
 * cells: kubernetes pkg/printers/internalversion.
 */
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells ---- */

static const struct val *at(const struct val *v, const char *path)
{
    while (v && path && *path) {
        size_t n = strcspn(path, ".");
        v = val_get_n(v, path, n);
        path += n + (path[n] == '.');
    }
    return v;
}

static int text(struct buf *b, const char *s)
{
    return sim_json_text(b, s);
}

/* "path|what stands there when it is not there" */
static const struct val *found(const struct val *o, const char *arg, const char **otherwise)
{
    char path[100];
    size_t n = strcspn(arg, "|");
    *otherwise = arg[n] ? arg + n + 1 : "";
    snprintf(path, sizeof(path), "%.*s", (int)n, arg);
    return at(o, path);
}

static int c_text(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const char *otherwise;
    const struct val *v = found(o, arg, &otherwise);
    char number[24];
    if (val_is(v, VAL_INT)) {
        snprintf(number, sizeof(number), "%" PRId64, v->as.i);
        return text(b, number);
    }
    if (val_is(v, VAL_BOOL))
        return text(b, v->as.b ? "true" : "false");
    return text(b, val_is(v, VAL_STRING) && v->len ? v->as.s : otherwise);
}

static int c_number(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    return buf_printf(b, "%" PRId64, val_int(at(o, arg), 0));
}

static int c_flag(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    return buf_puts(b, val_bool(at(o, arg), false) ? "true" : "false");
}

static int c_count(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    size_t n = val_count(at(o, arg)) +
               (strcmp(arg, "data") == 0 ? val_count(val_get(o, "binaryData")) : 0);
    return buf_printf(b, "%zu", n);
}

static int by_word(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The versions a definition serves: "v1(storage),v1beta1". */
static int c_versions(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *versions = val_at(o, "spec", "versions", NULL);
    VEC(char *) words = {0};
    struct buf all;
    buf_init(&all, BUF_SMALL);
    for (size_t i = 0; i < val_count(versions); i++) {
        const struct val *v = val_item(versions, i);
        bool stored = val_bool(val_get(v, "storage"), false);
        if (val_bool(val_get(v, "served"), false))
            vec_push(&words, mem_printf("%s%s", val_str(val_get(v, "name"), ""),
                                        stored ? "(storage)" : ""));
    }
    if (words.len)
        qsort(words.items, words.len, sizeof(*words.items), by_word);
    for (size_t i = 0; i < words.len; i++) {
        buf_printf(&all, "%s%s", i ? "," : "", words.items[i]);
        mem_free(words.items[i]);
    }
    vec_clear(&words);
    int rc = text(b, buf_str(&all));
    buf_clear(&all);
    return rc;
}

static int c_joined(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *list = at(o, arg);
    struct buf all;
    buf_init(&all, BUF_SMALL);
    for (size_t i = 0; i < val_count(list); i++)
        buf_printf(&all, "%s%s", i ? "," : "", val_str(val_item(list, i), ""));
    int rc = text(b, buf_str(&all));
    buf_clear(&all);
    return rc;
}

static int c_condition(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    bool yes = val_str_is(val_get(sim_condition(o, arg), "status"), "True");
    return buf_puts(b, yes ? "true" : "false");
}

/* duration.HumanDuration of apimachinery. */
void sim_duration_words(char out[24], int64_t ms)
{
    int64_t s = ms / 1000, m = s / 60, h = m / 60, d = h / 24;
    if (s < 0)
        snprintf(out, 24, "%s", s < -1 ? "<invalid>" : "0s");
    else if (s < 120)
        snprintf(out, 24, "%" PRId64 "s", s);
    else if (m < 10 && s % 60)
        snprintf(out, 24, "%" PRId64 "m%" PRId64 "s", m, s % 60);
    else if (m < 180)
        snprintf(out, 24, "%" PRId64 "m", m);
    else if (h < 8 && m % 60)
        snprintf(out, 24, "%" PRId64 "h%" PRId64 "m", h, m % 60);
    else if (h < 48)
        snprintf(out, 24, "%" PRId64 "h", h);
    else if (d < 8 && h % 24)
        snprintf(out, 24, "%" PRId64 "d%" PRId64 "h", d, h % 24);
    else if (d < 730)
        snprintf(out, 24, "%" PRId64 "d", d);
    else if (d < 8 * 365 && d % 365)
        snprintf(out, 24, "%" PRId64 "y%" PRId64 "d", d / 365, d % 365);
    else
        snprintf(out, 24, "%" PRId64 "y", d / 365);
}

static bool time_of(const struct val *v, int64_t *ms)
{
    return val_is(v, VAL_STRING) && !clock_parse_rfc3339(v->as.s, v->len, ms, NULL);
}

static int c_age(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const char *otherwise;
    int64_t ms;
    char words[24];
    if (!time_of(found(o, arg, &otherwise), &ms))
        return text(b, *otherwise ? otherwise : "<unknown>");
    sim_duration_words(words, now - ms);
    return text(b, words);
}

static int c_made(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    return text(b, val_str(val_at(o, "metadata", "creationTimestamp", NULL), ""));
}

static int c_ratio(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    return buf_printf(b, "\"%" PRId64 "/%" PRId64 "\"", val_int(at(o, "status.readyReplicas"), 0),
                      val_int(at(o, "spec.replicas"), 1));
}

/* Names or values of a list or a map, with commas. */
static int joined(struct buf *b, const struct buf *words, const char *otherwise)
{
    return text(b, words->len ? words->data : otherwise);
}

static int c_labels(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const char *otherwise;
    const struct val *v = found(o, arg, &otherwise);
    struct buf words;
    buf_init(&words, BUF_SMALL);
    if (val_is(val_get(v, "matchLabels"), VAL_MAP))
        v = val_get(v, "matchLabels");
    for (size_t i = 0; val_is(v, VAL_MAP) && i < v->len; i++)
        if (val_is(&v->as.entries[i].value, VAL_STRING))
            buf_printf(&words, "%s%s=%s", words.len ? "," : "", v->as.entries[i].key->s,
                       v->as.entries[i].value.as.s);
    int rc = joined(b, &words, otherwise);
    buf_clear(&words);
    return rc;
}

/* "path.to.list>field": the field of each item. */
static int c_each(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    char path[100];
    size_t n = strcspn(arg, ">");
    snprintf(path, sizeof(path), "%.*s", (int)n, arg);
    const struct val *list = at(o, path);
    struct buf words;
    buf_init(&words, BUF_SMALL);
    for (size_t i = 0; val_is(list, VAL_LIST) && i < list->len; i++)
        buf_printf(&words, "%s%s", i ? "," : "",
                   val_str(arg[n] ? at(val_item(list, i), arg + n + 1) : val_item(list, i), ""));
    int rc = joined(b, &words, "");
    buf_clear(&words);
    return rc;
}

static int c_modes(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    static const struct {
        const char *mode, *word;
    } all[] = {{"ReadWriteOnce", "RWO"},
               {"ReadOnlyMany", "ROX"},
               {"ReadWriteMany", "RWX"},
               {"ReadWriteOncePod", "RWOP"}};
    const struct val *list = at(o, arg);
    char words[40] = "";
    for (size_t k = 0; k < ARRAY_LEN(all); k++)
        for (size_t i = 0; i < val_count(list); i++)
            if (val_str_is(val_item(list, i), all[k].mode))
                snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s%s",
                         *words ? "," : "", all[k].word);
    return text(b, words);
}

/* ---- pods and nodes ---- */

static int c_pod_ready(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *list = at(o, "status.containerStatuses");
    int64_t ready = 0;
    for (size_t i = 0; i < val_count(list); i++)
        ready += val_bool(val_get(val_item(list, i), "ready"), false);
    return buf_printf(b, "\"%" PRId64 "/%zu\"", ready, val_count(at(o, "spec.containers")));
}

static int c_pod_status(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *list = at(o, "status.containerStatuses");
    const char *phase = val_str(at(o, "status.phase"), "Unknown");
    const char *reason = val_str(at(o, "status.reason"), phase);
    bool running = false;
    for (size_t i = val_count(list); i > 0; i--) {
        const struct val *one = val_item(list, i - 1);
        const char *why = val_str(at(one, "state.waiting.reason"), NULL);
        const char *over = val_str(at(one, "state.terminated.reason"), NULL);
        if (why || over)
            reason = why ? why : over;
        else if (val_bool(val_get(one, "ready"), false) && at(one, "state.running"))
            running = true;
    }
    if (strcmp(reason, "Completed") == 0 && running)
        reason = sim_pod_ready(o) ? "Running" : "NotReady";
    if (sim_is_going(o) && strcmp(phase, "Succeeded") != 0 && strcmp(phase, "Failed") != 0)
        reason = "Terminating";
    return text(b, reason);
}

static int c_restarts(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *list = at(o, "status.containerStatuses");
    int64_t n = 0, last = 0, ms;
    char words[60], ago[24];
    for (size_t i = 0; i < val_count(list); i++) {
        n += val_int(val_get(val_item(list, i), "restartCount"), 0);
        if (time_of(at(val_item(list, i), "lastState.terminated.finishedAt"), &ms) && ms > last)
            last = ms;
    }
    sim_duration_words(ago, now - last);
    snprintf(words, sizeof(words), n && last ? "%" PRId64 " (%s ago)" : "%" PRId64, n, ago);
    return text(b, words);
}

static int c_node_status(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const char *ready = val_str(val_get(sim_condition(o, "Ready"), "status"), NULL);
    bool cordoned = val_bool(at(o, "spec.unschedulable"), false);
    return buf_printf(b, "\"%s%s\"",
                      !ready ? "Unknown" : (strcmp(ready, "True") == 0 ? "Ready" : "NotReady"),
                      cordoned ? ",SchedulingDisabled" : "");
}

static int c_roles(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    static const char prefix[] = "node-role.kubernetes.io/";
    const struct val *labels = at(o, "metadata.labels");
    struct buf words;
    buf_init(&words, BUF_SMALL);
    for (size_t i = 0; val_is(labels, VAL_MAP) && i < labels->len; i++)
        if (strncmp(labels->as.entries[i].key->s, prefix, sizeof(prefix) - 1) == 0)
            buf_printf(&words, "%s%s", words.len ? "," : "",
                       labels->as.entries[i].key->s + sizeof(prefix) - 1);
    int rc = joined(b, &words, "<none>");
    buf_clear(&words);
    return rc;
}

static int c_address(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *list = at(o, "status.addresses");
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "type"), arg))
            return text(b, val_str(val_get(val_item(list, i), "address"), ""));
    return text(b, "<none>");
}

/* ---- services and ingresses ---- */

static void addresses(struct buf *words, const struct val *o)
{
    const struct val *list = at(o, "status.loadBalancer.ingress");
    for (size_t i = 0; i < val_count(list); i++)
        buf_printf(words, "%s%s", words->len ? "," : "",
                   val_str(val_get(val_item(list, i), "ip"),
                           val_str(val_get(val_item(list, i), "hostname"), "")));
}

static int c_external(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const char *type = val_str(at(o, "spec.type"), "ClusterIP");
    const struct val *list = at(o, "spec.externalIPs");
    struct buf words;
    buf_init(&words, BUF_SMALL);
    if (strcmp(type, "ExternalName") == 0)
        buf_puts(&words, val_str(at(o, "spec.externalName"), ""));
    if (strcmp(type, "LoadBalancer") == 0)
        addresses(&words, o);
    for (size_t i = 0; i < val_count(list); i++)
        buf_printf(&words, "%s%s", words.len ? "," : "", val_str(val_item(list, i), ""));
    int rc = joined(b, &words, strcmp(type, "LoadBalancer") == 0 ? "<pending>" : "<none>");
    buf_clear(&words);
    return rc;
}

static int c_ports(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *list = at(o, "spec.ports");
    struct buf words;
    buf_init(&words, BUF_SMALL);
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *one = val_item(list, i);
        int64_t node = val_int(val_get(one, "nodePort"), 0);
        buf_printf(&words, "%s%" PRId64, i ? "," : "", val_int(val_get(one, "port"), 0));
        if (node)
            buf_printf(&words, ":%" PRId64, node);
        buf_printf(&words, "/%s", val_str(val_get(one, "protocol"), "TCP"));
    }
    int rc = joined(b, &words, "<none>");
    buf_clear(&words);
    return rc;
}

static int c_hosts(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *list = at(o, "spec.rules");
    struct buf words;
    buf_init(&words, BUF_SMALL);
    for (size_t i = 0; i < val_count(list); i++) {
        const char *host = val_str(val_get(val_item(list, i), "host"), "");
        if (*host)
            buf_printf(&words, "%s%s", words.len ? "," : "", host);
    }
    int rc = joined(b, &words, "*");
    buf_clear(&words);
    return rc;
}

static int c_ingress_address(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    struct buf words;
    buf_init(&words, BUF_SMALL);
    addresses(&words, o);
    int rc = joined(b, &words, "");
    buf_clear(&words);
    return rc;
}

static int c_ingress_ports(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    return text(b, val_count(at(o, "spec.tls")) ? "80, 443" : "80");
}

/* ---- jobs, autoscalers, the rest ---- */

static int c_job_status(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    static const char *const types[] = {"Complete", "Failed", "Suspended", "FailureTarget",
                                        "SuccessCriteriaMet"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (val_str_is(val_get(sim_condition(o, types[i]), "status"), "True"))
            return text(b, types[i]);
    return text(b, sim_is_going(o) ? "Terminating" : "Running");
}

static int c_completions(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    int64_t done = val_int(at(o, "status.succeeded"), 0);
    const struct val *want = at(o, "spec.completions");
    int64_t width = val_int(at(o, "spec.parallelism"), 0);
    if (want)
        return buf_printf(b, "\"%" PRId64 "/%" PRId64 "\"", done, val_int(want, 1));
    return buf_printf(b, width > 1 ? "\"%" PRId64 "/1 of %" PRId64 "\"" : "\"%" PRId64 "/1\"", done,
                      width);
}

static int c_took(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    int64_t from, to = now;
    char words[24] = "";
    if (time_of(at(o, "status.startTime"), &from)) {
        time_of(at(o, "status.completionTime"), &to);
        sim_duration_words(words, to - from);
    }
    return text(b, words);
}

static int c_reference(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    char words[300];
    const struct val *ref = at(o, arg);
    snprintf(words, sizeof(words), "%.60s/%.230s", val_str(val_get(ref, "kind"), ""),
             val_str(val_get(ref, "name"), ""));
    return text(b, words);
}

static int c_targets(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *want = at(val_item(at(o, "spec.metrics"), 0), "resource");
    const struct val *have = at(val_item(at(o, "status.currentMetrics"), 0), "resource.current");
    const struct val *used = val_get(have, "averageUtilization");
    char words[120], now_words[24] = "<unknown>";
    if (!want)
        return text(b, "<none>");
    if (used)
        snprintf(now_words, sizeof(now_words), "%" PRId64 "%%", val_int(used, 0));
    snprintf(words, sizeof(words), "%.40s: %s/%" PRId64 "%%", val_str(val_get(want, "name"), ""),
             now_words, val_int(at(want, "target.averageUtilization"), 0));
    return text(b, words);
}

static int c_subjects(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *list = val_get(o, "subjects");
    struct buf words;
    buf_init(&words, BUF_SMALL);
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *one = val_item(list, i);
        if (!val_str_is(val_get(one, "kind"), arg))
            continue;
        buf_printf(&words, "%s", words.len ? ", " : "");
        if (strcmp(arg, "ServiceAccount") == 0)
            buf_printf(&words, "%s/", val_str(val_get(one, "namespace"), ""));
        buf_puts(&words, val_str(val_get(one, "name"), ""));
    }
    int rc = joined(b, &words, "");
    buf_clear(&words);
    return rc;
}

static int c_quota(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *hard = at(o, "status.hard"), *used = at(o, "status.used");
    bool limits = strcmp(arg, "limits") == 0;
    struct buf words;
    buf_init(&words, BUF_SMALL);
    for (size_t i = 0; val_is(hard, VAL_MAP) && i < hard->len; i++) {
        const char *name = hard->as.entries[i].key->s;
        if ((strncmp(name, "limits", 6) == 0) == limits)
            buf_printf(&words, "%s%s: %s/%s", words.len ? ", " : "", name,
                       val_str(val_get(used, name), "0"), val_str(&hard->as.entries[i].value, ""));
    }
    int rc = joined(b, &words, "");
    buf_clear(&words);
    return rc;
}

static int c_claim(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *ref = at(o, "spec.claimRef");
    char words[520] = "";
    if (ref)
        snprintf(words, sizeof(words), "%.250s/%.250s", val_str(val_get(ref, "namespace"), ""),
                 val_str(val_get(ref, "name"), ""));
    return text(b, words);
}

/* ---- events, of both groups ---- */

static const struct val *either(const struct val *o, const char *a, const char *b)
{
    const struct val *v = at(o, a);
    return v && !val_is(v, VAL_NULL) ? v : at(o, b);
}

static int c_object(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *ref = either(o, "involvedObject", "regarding");
    char words[300], kind[64];
    snprintf(kind, sizeof(kind), "%s", val_str(val_get(ref, "kind"), ""));
    for (char *s = kind; *s; s++)
        *s = *s >= 'A' && *s <= 'Z' ? (char)(*s | 32) : *s;
    snprintf(words, sizeof(words), "%s/%.230s", kind, val_str(val_get(ref, "name"), ""));
    return text(b, words);
}

static int c_event(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    char path[60];
    const char *other = strchr(arg, '|');
    snprintf(path, sizeof(path), "%.*s", (int)(other - arg), arg);
    return text(b, val_str(either(o, path, other + 1), ""));
}

static int c_when(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    char path[60], words[24];
    const char *other = strchr(arg, '|');
    int64_t ms;
    snprintf(path, sizeof(path), "%.*s", (int)(other - arg), arg);
    if (!time_of(either(o, path, other + 1), &ms) && !time_of(at(o, "eventTime"), &ms))
        return text(b, "<unknown>");
    sim_duration_words(words, now - ms);
    return text(b, words);
}

static int c_times(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    int64_t n = val_int(either(o, "count", "deprecatedCount"), 1);
    return buf_printf(b, "\"%" PRId64 "\"", n);
}

/* ---- tables ---- */

#define S "string"
#define I "integer"
#define NAME                                                                                       \
    {                                                                                              \
        "Name", S, 0, c_text, "metadata.name"                                                      \
    }
#define AGE                                                                                        \
    {                                                                                              \
        "Age", S, 0, c_age, "metadata.creationTimestamp"                                           \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, 0, NULL, NULL                                                                  \
    }
#define WIDE(spec)                                                                                 \
    {"Containers", S, 1, c_each, spec ".containers>name"},                                         \
    {                                                                                              \
        "Images", S, 1, c_each, spec ".containers>image"                                           \
    }
#define TEMPLATE WIDE("spec.template.spec")
#define SELECTOR                                                                                   \
    {                                                                                              \
        "Selector", S, 1, c_labels, "spec.selector|<none>"                                         \
    }

const struct sim_column sim_default_columns[] = {NAME, {"Created At", "date", 0, c_made, ""}, END};
const struct sim_column sim_named_columns[] = {NAME, AGE, END};
const struct sim_column sim_data_columns[] = {NAME, {"Data", S, 0, c_count, "data"}, AGE, END};
const struct sim_column sim_endpoints_columns[] = {
    NAME, {"Endpoints", S, 0, c_text, "|<none>"}, AGE, END};
const struct sim_column sim_secret_columns[] = {
    NAME, {"Type", S, 0, c_text, "type"}, {"Data", S, 0, c_count, "data"}, AGE, END};
const struct sim_column sim_namespace_columns[] = {
    NAME, {"Status", S, 0, c_text, "status.phase"}, AGE, END};
const struct sim_column sim_node_columns[] = {
    NAME,
    {"Status", S, 0, c_node_status, ""},
    {"Roles", S, 0, c_roles, ""},
    AGE,
    {"Version", S, 0, c_text, "status.nodeInfo.kubeletVersion"},
    {"Internal-IP", S, 1, c_address, "InternalIP"},
    {"External-IP", S, 1, c_address, "ExternalIP"},
    {"OS-Image", S, 1, c_text, "status.nodeInfo.osImage|<unknown>"},
    {"Kernel-Version", S, 1, c_text, "status.nodeInfo.kernelVersion|<unknown>"},
    {"Container-Runtime", S, 1, c_text, "status.nodeInfo.containerRuntimeVersion|<unknown>"},
    END};
const struct sim_column sim_claim_columns[] = {
    NAME,
    {"Status", S, 0, c_text, "status.phase"},
    {"Volume", S, 0, c_text, "spec.volumeName"},
    {"Capacity", S, 0, c_text, "status.capacity.storage"},
    {"Access Modes", S, 0, c_modes, "status.accessModes"},
    {"StorageClass", S, 0, c_text, "spec.storageClassName"},
    {"VolumeAttributesClass", S, 0, c_text, "spec.volumeAttributesClassName|<unset>"},
    AGE,
    {"VolumeMode", S, 1, c_text, "spec.volumeMode|<unset>"},
    END};
const struct sim_column sim_volume_columns[] = {
    NAME,
    {"Capacity", S, 0, c_text, "spec.capacity.storage"},
    {"Access Modes", S, 0, c_modes, "spec.accessModes"},
    {"Reclaim Policy", S, 0, c_text, "spec.persistentVolumeReclaimPolicy"},
    {"Status", S, 0, c_text, "status.phase"},
    {"Claim", S, 0, c_claim, ""},
    {"StorageClass", S, 0, c_text, "spec.storageClassName"},
    {"VolumeAttributesClass", S, 0, c_text, "spec.volumeAttributesClassName|<unset>"},
    {"Reason", S, 0, c_text, "status.reason"},
    AGE,
    {"VolumeMode", S, 1, c_text, "spec.volumeMode|<unset>"},
    END};
const struct sim_column sim_pod_columns[] = {
    NAME,
    {"Ready", S, 0, c_pod_ready, ""},
    {"Status", S, 0, c_pod_status, ""},
    {"Restarts", S, 0, c_restarts, ""},
    AGE,
    {"IP", S, 1, c_text, "status.podIP|<none>"},
    {"Node", S, 1, c_text, "spec.nodeName|<none>"},
    {"Nominated Node", S, 1, c_text, "status.nominatedNodeName|<none>"},
    {"Readiness Gates", S, 1, c_text, "|<none>"},
    END};
const struct sim_column sim_quota_columns[] = {
    NAME, {"Request", S, 0, c_quota, "requests"}, {"Limit", S, 0, c_quota, "limits"}, AGE, END};
const struct sim_column sim_service_columns[] = {
    NAME,
    {"Type", S, 0, c_text, "spec.type"},
    {"Cluster-IP", S, 0, c_text, "spec.clusterIP|<none>"},
    {"External-IP", S, 0, c_external, ""},
    {"Port(s)", S, 0, c_ports, ""},
    AGE,
    {"Selector", S, 1, c_labels, "spec.selector|<none>"},
    END};
const struct sim_column sim_daemonset_columns[] = {
    NAME,
    {"Desired", I, 0, c_number, "status.desiredNumberScheduled"},
    {"Current", I, 0, c_number, "status.currentNumberScheduled"},
    {"Ready", I, 0, c_number, "status.numberReady"},
    {"Up-to-date", I, 0, c_number, "status.updatedNumberScheduled"},
    {"Available", I, 0, c_number, "status.numberAvailable"},
    {"Node Selector", S, 0, c_labels, "spec.template.spec.nodeSelector|<none>"},
    AGE,
    TEMPLATE,
    SELECTOR,
    END};
const struct sim_column sim_deployment_columns[] = {
    NAME,
    {"Ready", S, 0, c_ratio, ""},
    {"Up-to-date", S, 0, c_text, "status.updatedReplicas|0"},
    {"Available", S, 0, c_text, "status.availableReplicas|0"},
    AGE,
    TEMPLATE,
    SELECTOR,
    END};
const struct sim_column sim_replicaset_columns[] = {
    NAME,
    {"Desired", I, 0, c_number, "spec.replicas"},
    {"Current", I, 0, c_number, "status.replicas"},
    {"Ready", I, 0, c_number, "status.readyReplicas"},
    AGE,
    TEMPLATE,
    SELECTOR,
    END};
const struct sim_column sim_statefulset_columns[] = {
    NAME, {"Ready", S, 0, c_ratio, ""}, AGE, TEMPLATE, END};
const struct sim_column sim_autoscaler_columns[] = {
    NAME,
    {"Reference", S, 0, c_reference, "spec.scaleTargetRef"},
    {"Targets", S, 0, c_targets, ""},
    {"MinPods", S, 0, c_text, "spec.minReplicas|<unset>"},
    {"MaxPods", S, 0, c_text, "spec.maxReplicas"},
    {"Replicas", S, 0, c_text, "status.currentReplicas|0"},
    AGE,
    END};
const struct sim_column sim_cronjob_columns[] = {
    NAME,
    {"Schedule", S, 0, c_text, "spec.schedule"},
    {"Timezone", S, 0, c_text, "spec.timeZone|<none>"},
    {"Suspend", "boolean", 0, c_flag, "spec.suspend"},
    {"Active", I, 0, c_count, "status.active"},
    {"Last Schedule", S, 0, c_age, "status.lastScheduleTime|<none>"},
    AGE,
    WIDE("spec.jobTemplate.spec.template.spec"),
    {"Selector", S, 1, c_labels, "spec.jobTemplate.spec.selector|<none>"},
    END};
const struct sim_column sim_job_columns[] = {NAME,
                                             {"Status", S, 0, c_job_status, ""},
                                             {"Completions", S, 0, c_completions, ""},
                                             {"Duration", S, 0, c_took, ""},
                                             AGE,
                                             TEMPLATE,
                                             SELECTOR,
                                             END};
const struct sim_column sim_ingressclass_columns[] = {
    NAME,
    {"Controller", S, 0, c_text, "spec.controller"},
    {"Parameters", S, 0, c_text, "spec.parameters.name|<none>"},
    AGE,
    END};
const struct sim_column sim_ingress_columns[] = {
    NAME,
    {"Class", S, 0, c_text, "spec.ingressClassName|<none>"},
    {"Hosts", S, 0, c_hosts, ""},
    {"Address", S, 0, c_ingress_address, ""},
    {"Ports", S, 0, c_ingress_ports, ""},
    AGE,
    END};
const struct sim_column sim_policy_columns[] = {
    NAME, {"Pod-Selector", S, 0, c_labels, "spec.podSelector|<none>"}, AGE, END};
const struct sim_column sim_budget_columns[] = {
    NAME,
    {"Min Available", S, 0, c_text, "spec.minAvailable|N/A"},
    {"Max Unavailable", S, 0, c_text, "spec.maxUnavailable|N/A"},
    {"Allowed Disruptions", I, 0, c_number, "status.disruptionsAllowed"},
    AGE,
    END};
const struct sim_column sim_binding_columns[] = {
    NAME,
    {"Role", S, 0, c_reference, "roleRef"},
    AGE,
    {"Users", S, 1, c_subjects, "User"},
    {"Groups", S, 1, c_subjects, "Group"},
    {"ServiceAccounts", S, 1, c_subjects, "ServiceAccount"},
    END};
const struct sim_column sim_class_columns[] = {
    NAME,
    {"Provisioner", S, 0, c_text, "provisioner"},
    {"ReclaimPolicy", S, 0, c_text, "reclaimPolicy|Delete"},
    {"VolumeBindingMode", S, 0, c_text, "volumeBindingMode|<unset>"},
    {"AllowVolumeExpansion", S, 0, c_text, "allowVolumeExpansion|false"},
    AGE,
    END};
const struct sim_column sim_lease_columns[] = {
    NAME, {"Holder", S, 0, c_text, "spec.holderIdentity"}, AGE, END};
const struct sim_column sim_priority_columns[] = {
    NAME,
    {"Value", I, 0, c_number, "value"},
    {"Global-Default", "boolean", 0, c_flag, "globalDefault"},
    AGE,
    {"PreemptionPolicy", S, 0, c_text, "preemptionPolicy"},
    END};
const struct sim_column sim_event_columns[] = {
    {"Last Seen", S, 0, c_when, "lastTimestamp|deprecatedLastTimestamp"},
    {"Type", S, 0, c_text, "type"},
    {"Reason", S, 0, c_text, "reason"},
    {"Object", S, 0, c_object, ""},
    {"Subobject", S, 1, c_event, "involvedObject.fieldPath|regarding.fieldPath"},
    {"Source", S, 1, c_event, "source.component|deprecatedSource.component"},
    {"Message", S, 0, c_event, "message|note"},
    {"First Seen", S, 1, c_when, "firstTimestamp|deprecatedFirstTimestamp"},
    {"Count", S, 1, c_times, ""},
    {"Name", S, 1, c_text, "metadata.name"},
    END};
const struct sim_column sim_definition_columns[] = {
    NAME,
    {"Scope", S, 0, c_text, "spec.scope"},
    {"Versions", S, 0, c_versions, ""},
    {"Created At", "date", 0, c_text, "metadata.creationTimestamp"},
    {"Group", S, 1, c_text, "spec.group"},
    {"Kind", S, 1, c_text, "spec.names.kind"},
    {"ShortNames", S, 1, c_joined, "spec.names.shortNames"},
    {"Established", "boolean", 1, c_condition, "Established"},
    END};
