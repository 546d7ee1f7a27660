// SPDX-License-Identifier: Apache-2.0
/*
 * What a scenario's steps do, as one table: faults of the cluster, failures of nodes and images,
 * and what people and programs write, under the field managers that they have.
 */
#include "sim/scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- durations ---- */

static bool duration(const struct val *v, int64_t *ms)
{
    char *end;
    if (!val_is(v, VAL_STRING))
        return false;
    const char *s = v->as.s;
    bool minus = *s == '-';
    s += minus;
    if (*s < '0' || *s > '9' || v->len > 12)
        return false;
    long long n = strtoll(s, &end, 10);
    int64_t unit = strcmp(end, "ms") == 0  ? 1
                   : strcmp(end, "s") == 0 ? 1000
                   : strcmp(end, "m") == 0 ? 60000
                   : strcmp(end, "h") == 0 ? 3600000
                                           : 0;
    *ms = (minus ? -1 : 1) * (int64_t)n * unit;
    return unit && n * unit <= 7 * 86400000LL;
}

bool sim_duration_fits(const struct val *v, bool negative_too)
{
    int64_t ms;
    return duration(v, &ms) && (ms >= 0 || negative_too);
}

int64_t sim_duration_ms(const struct val *v)
{
    int64_t ms;
    return duration(v, &ms) ? ms : 0;
}

/* ---- faults ---- */

static void do_dark(struct sim_cluster *c, const struct val *v)
{
    sim_cluster_dark(c, val_bool(v, true));
}

static void do_ready(struct sim_cluster *c, const struct val *v)
{
    c->not_ready = !val_bool(v, true);
}

static void do_throttle(struct sim_cluster *c, const struct val *v)
{
    c->throttle = (int)val_int(v, 0);
}

static struct sim_span span(const struct sim_cluster *c, const struct val *v)
{
    const struct val *time = val_get(v, "for");
    return (struct sim_span){
        .percent = (int)val_int(val_get(v, "share"), 100),
        .until_ms = time ? sim_now_ms(c->sim) + sim_duration_ms(time) : INT64_MAX,
    };
}

static void do_busy(struct sim_cluster *c, const struct val *v)
{
    c->faults.busy = span(c, v);
    c->faults.retry_after_s = (int)(sim_duration_ms(val_get(v, "retry-after")) / 1000);
}

static void do_error(struct sim_cluster *c, const struct val *v)
{
    int64_t status = val_int(val_get(v, "status"), 500);
    c->faults.error = span(c, v);
    c->faults.status = status >= 500 && status < 600 ? (int)status : 500;
    c->faults.html = val_bool(val_get(v, "html"), false);
}

static void do_reset(struct sim_cluster *c, const struct val *v)
{
    c->faults.reset = span(c, v);
}

static void do_cut(struct sim_cluster *c, const struct val *v)
{
    c->faults.cut = span(c, v);
}

static void do_goaway(struct sim_cluster *c, const struct val *v)
{
    c->faults.leave = span(c, v);
}

static void do_freeze(struct sim_cluster *c, const struct val *v)
{
    c->faults.frozen_until_ms = sim_now_ms(c->sim) + sim_duration_ms(v);
}

static void do_latency(struct sim_cluster *c, const struct val *v)
{
    c->faults.latency_ms = (int)sim_duration_ms(v);
    c->faults.jitter_ms = c->faults.latency_ms / 4;
}

static void do_round_trip(struct sim_cluster *c, const struct val *v)
{
    c->faults.round_trip_ms = (int)sim_duration_ms(v);
}

static void do_bandwidth(struct sim_cluster *c, const struct val *v)
{
    c->faults.bandwidth = val_int(v, 0);
}

static void do_slow_tls(struct sim_cluster *c, const struct val *v)
{
    c->faults.slow_tls_ms = (int)sim_duration_ms(v);
}

static void do_clock(struct sim_cluster *c, const struct val *v)
{
    c->faults.skew_ms = sim_duration_ms(v);
}

static void do_certificate(struct sim_cluster *c, const struct val *v)
{
    const char *s = val_str(v, "");
    c->faults.certificate = strcmp(s, "near-end") == 0  ? SIM_CERT_ENDING
                            : strcmp(s, "expired") == 0 ? SIM_CERT_EXPIRED
                                                        : SIM_CERT_LASTING;
    sim_cluster_reset(c); /* seen with the next connection */
}

static void do_lose_history(struct sim_cluster *c, const struct val *v)
{
    if (val_bool(v, true))
        sim_fault_forget(c, 0);
}

static void do_restore(struct sim_cluster *c, const struct val *v)
{
    int64_t n = val_int(v, 0);
    if (n > 0)
        sim_fault_forget(c, (uint64_t)n);
    sim_cluster_reset(c);
}

static void do_calm(struct sim_cluster *c, const struct val *v)
{
    enum sim_certificate was = c->faults.certificate;
    if (!val_bool(v, true))
        return;
    c->faults = c->sim->faults;
    c->faults.certificate = was;
    c->throttle = 0;
    c->not_ready = false;
    sim_cluster_dark(c, false);
}

/* ---- nodes and images ---- */

static void do_missing(struct sim_cluster *c, const struct val *v)
{
    snprintf(c->missing_image, sizeof(c->missing_image), "%s", val_str(v, ""));
    sim_behave_again(c);
}

static void do_crashing(struct sim_cluster *c, const struct val *v)
{
    snprintf(c->crashing_image, sizeof(c->crashing_image), "%s", val_str(v, ""));
    sim_behave_again(c);
}

static struct sim_object *node_named(struct sim_cluster *c, const struct val *v)
{
    return sim_store_get(c, sim_kind_named("Node"), "", val_str(v, ""));
}

static void set_node(struct sim_cluster *c, const struct val *v, bool ready)
{
    struct sim_object *o = node_named(c, v);
    char now[CLOCK_RFC3339_LEN];
    struct buf b;
    if (!o)
        return;
    sim_now_text(c, now);
    buf_init(&b, BUF_SMALL);
    sim_fleet_node_conditions(c, &b, ready, now);
    o = sim_act_patch(c, ready ? &sim_as_kubelet_status : &sim_as_controller_status, o,
                      "{\"status\":{\"conditions\":%s}}", buf_str(&b));
    buf_clear(&b);
    if (o)
        sim_node_changed(c, o, ready);
}

static void do_node_not_ready(struct sim_cluster *c, const struct val *v)
{
    set_node(c, v, false);
}

static void do_node_ready(struct sim_cluster *c, const struct val *v)
{
    set_node(c, v, true);
}

static void set_cordon(struct sim_cluster *c, const struct val *v, const char *to)
{
    static const struct sim_actor person = {"kubectl-cordon", ""};
    struct sim_object *o = node_named(c, v);
    if (o)
        sim_act_patch(c, &person, o, "{\"spec\":{\"unschedulable\":%s}}", to);
}

static void do_cordon(struct sim_cluster *c, const struct val *v)
{
    set_cordon(c, v, "true");
}

static void do_uncordon(struct sim_cluster *c, const struct val *v)
{
    set_cordon(c, v, "null");
}

/* ---- what people and programs write ---- */

/* kind and name, or deployment, in a namespace. */
static struct sim_object *meant(struct sim_cluster *c, const struct val *v)
{
    const struct sim_kind *k = sim_kind_named(val_str(val_get(v, "kind"), "Deployment"));
    const char *name = val_str(val_get(v, "name"), val_str(val_get(v, "deployment"), ""));
    return k ? sim_store_get(c, k, val_str(val_get(v, "namespace"), "default"), name) : NULL;
}

static void do_scale(struct sim_cluster *c, const struct val *v)
{
    const struct sim_actor who = {val_str(val_get(v, "as"), "kubectl"), "scale"};
    struct sim_object *o = meant(c, v);
    if (o && (o->kind->sub & SIM_SCALE))
        sim_act_patch(c, &who, o, "{\"spec\":{\"replicas\":%" PRId64 "}}",
                      val_int(val_get(v, "replicas"), 1));
}

static void do_image(struct sim_cluster *c, const struct val *v)
{
    const struct sim_actor who = {val_str(val_get(v, "as"), "kubectl-set"), ""};
    struct sim_object *o = meant(c, v);
    if (!o)
        return;
    struct val_pool p;
    struct buf b;
    val_pool_init(&p);
    buf_init(&b, BUF_LARGE);
    const struct val *list =
        val_at(sim_object_read(&p, o), "spec", "template", "spec", "containers", NULL);
    struct val image = val_of_str(&p, val_str(val_get(v, "image"), ""));
    if (val_count(list)) {
        struct val *copy = arena_array(&p.arena, list->len, sizeof(*copy));
        memcpy(copy, list->as.items, list->len * sizeof(*copy));
        copy[0] = *val_map_with(&p, &copy[0], "image", &image);
        json_write(&b, val_list_of(&p, copy, list->len), JSON_COMPACT);
        sim_act_patch(c, &who, o, "{\"spec\":{\"template\":{\"spec\":{\"containers\":%s}}}}",
                      buf_str(&b));
    }
    buf_clear(&b);
    val_pool_clear(&p);
}

static void do_patch(struct sim_cluster *c, const struct val *v)
{
    const struct sim_actor who = {val_str(val_get(v, "as"), "kubectl-edit"),
                                  val_str(val_get(v, "subresource"), "")};
    struct sim_object *o = meant(c, v);
    struct buf b;
    if (!o)
        return;
    buf_init(&b, BUF_LARGE);
    if (!json_write(&b, val_get(v, "merge"), JSON_COMPACT))
        sim_act_patch(c, &who, o, "%s", buf_str(&b));
    buf_clear(&b);
}

static void do_create(struct sim_cluster *c, const struct val *v)
{
    const struct sim_actor who = {val_str(val_get(v, "as"), "kubectl-create"), ""};
    const struct val *object = val_get(v, "object");
    const char *kind = val_str(val_get(object, "kind"), "");
    const struct val *meta = val_get(object, "metadata");
    const struct sim_kind *k = sim_kind_named(kind);
    struct buf b;
    if (!k || sim_store_get(c, k, val_str(val_get(meta, "namespace"), ""),
                            val_str(val_get(meta, "name"), "")))
        return;
    buf_init(&b, BUF_LARGE);
    if (!json_write(&b, object, JSON_COMPACT))
        sim_act_text(c, &who, kind, &b);
    buf_clear(&b);
}

static void do_delete(struct sim_cluster *c, const struct val *v)
{
    struct sim_object *o = meant(c, v);
    if (o)
        sim_act_delete(c, o);
}

static void do_spell(struct sim_cluster *c, const struct val *v)
{
    const char *word = val_str(val_get(v, "word"), "");
    size_t i = 0;
    while (i < SIM_SPELLINGS && c->spellings[i].word[0] && strcmp(c->spellings[i].word, word) != 0)
        i++;
    if (i == SIM_SPELLINGS)
        return;
    snprintf(c->spellings[i].word, sizeof(c->spellings[i].word), "%s", word);
    snprintf(c->spellings[i].text, sizeof(c->spellings[i].text), "%s",
             val_str(val_get(v, "as"), ""));
}

static void do_load(struct sim_cluster *c, const struct val *v)
{
    const struct sim_kind *k = sim_kind_named("HorizontalPodAutoscaler");
    struct sim_object *o = sim_store_get(c, k, val_str(val_get(v, "namespace"), "default"),
                                         val_str(val_get(v, "name"), ""));
    if (o)
        sim_act_patch(c, NULL, o,
                      "{\"metadata\":{\"annotations\":{\"sim.leeway.dev/load\":\"%" PRId64 "\"}}}",
                      val_int(val_get(v, "percent"), 100));
}

static void do_webhook(struct sim_cluster *c, const struct val *v)
{
    const char *name = val_str(val_get(v, "name"), "");
    struct sim_webhook *had = sim_webhook_find(c, name);
    const struct sim_webhook h = {.name = name,
                                  .kind = sim_kind_named(val_str(val_get(v, "kind"), "Pod")),
                                  .ns = val_str(val_get(v, "namespace"), NULL),
                                  .merge = val_get(v, "merge"),
                                  .container = val_get(v, "container"),
                                  .fails = val_str(val_get(v, "fails"), NULL)};
    if (had && val_bool(val_get(v, "gone"), false))
        *had = c->webhooks.items[--c->webhooks.len];
    else if (had)
        *had = h;
    else if (!val_bool(val_get(v, "gone"), false))
        vec_push(&c->webhooks, h);
}

/* ---- the table ---- */

#define END                                                                                        \
    {                                                                                              \
        NULL, SIM_TAKES_ANY, false, NULL                                                           \
    }
#define FOR_A_TIME                                                                                 \
    {"share", SIM_TAKES_SHARE, false, NULL},                                                       \
    {                                                                                              \
        "for", SIM_TAKES_TIME, false, NULL                                                         \
    }
#define WHICH                                                                                      \
    {"namespace", SIM_TAKES_TEXT, false, NULL}, {"kind", SIM_TAKES_TEXT, false, NULL},             \
        {"name", SIM_TAKES_TEXT, false, NULL}, {"deployment", SIM_TAKES_TEXT, false, NULL},        \
    {                                                                                              \
        "as", SIM_TAKES_TEXT, false, NULL                                                          \
    }

static const struct sim_step_field span_fields[] = {FOR_A_TIME, END};
static const struct sim_step_field busy_fields[] = {
    FOR_A_TIME, {"retry-after", SIM_TAKES_TIME, false, NULL}, END};
static const struct sim_step_field error_fields[] = {FOR_A_TIME,
                                                     {"status", SIM_TAKES_NUMBER, false, NULL},
                                                     {"html", SIM_TAKES_BOOL, false, NULL},
                                                     END};
static const struct sim_step_field scale_fields[] = {
    WHICH, {"replicas", SIM_TAKES_NUMBER, true, NULL}, END};
static const struct sim_step_field image_fields[] = {
    WHICH, {"image", SIM_TAKES_TEXT, true, NULL}, END};
static const struct sim_step_field patch_fields[] = {
    WHICH,
    {"subresource", SIM_TAKES_WORD, false, "status scale"},
    {"merge", SIM_TAKES_ANY, true, NULL},
    END};
static const struct sim_step_field create_fields[] = {
    {"as", SIM_TAKES_TEXT, false, NULL}, {"object", SIM_TAKES_ANY, true, NULL}, END};
static const struct sim_step_field delete_fields[] = {WHICH, END};
static const struct sim_step_field webhook_fields[] = {
    {"name", SIM_TAKES_TEXT, true, NULL},       {"kind", SIM_TAKES_TEXT, false, NULL},
    {"namespace", SIM_TAKES_TEXT, false, NULL}, {"merge", SIM_TAKES_ANY, false, NULL},
    {"container", SIM_TAKES_ANY, false, NULL},  {"fails", SIM_TAKES_TEXT, false, NULL},
    {"gone", SIM_TAKES_BOOL, false, NULL},      END};
static const struct sim_step_field load_fields[] = {{"namespace", SIM_TAKES_TEXT, true, NULL},
                                                    {"name", SIM_TAKES_TEXT, true, NULL},
                                                    {"percent", SIM_TAKES_NUMBER, true, NULL},
                                                    END};

static const struct sim_step_field spell_fields[] = {
    {"word", SIM_TAKES_TEXT, true, NULL}, {"as", SIM_TAKES_TEXT, true, NULL}, END};

const struct sim_action sim_actions[] = {
    {"dark", SIM_TAKES_BOOL, NULL, NULL, do_dark, false},
    {"ready", SIM_TAKES_BOOL, NULL, NULL, do_ready, false},
    {"calm", SIM_TAKES_BOOL, NULL, NULL, do_calm, false},
    {"throttle", SIM_TAKES_NUMBER, NULL, NULL, do_throttle, false},
    {"busy", SIM_TAKES_MAP, NULL, busy_fields, do_busy, false},
    {"error", SIM_TAKES_MAP, NULL, error_fields, do_error, false},
    {"reset", SIM_TAKES_MAP, NULL, span_fields, do_reset, false},
    {"cut-watches", SIM_TAKES_MAP, NULL, span_fields, do_cut, false},
    {"freeze-watches", SIM_TAKES_TIME, NULL, NULL, do_freeze, false},
    {"goaway", SIM_TAKES_MAP, NULL, span_fields, do_goaway, false},
    {"latency", SIM_TAKES_TIME, NULL, NULL, do_latency, false},
    {"round-trip", SIM_TAKES_TIME, NULL, NULL, do_round_trip, false},
    {"bandwidth", SIM_TAKES_NUMBER, NULL, NULL, do_bandwidth, false},
    {"slow-tls", SIM_TAKES_TIME, NULL, NULL, do_slow_tls, false},
    {"clock", SIM_TAKES_SHIFT, NULL, NULL, do_clock, false},
    {"certificate", SIM_TAKES_WORD, "lasting near-end expired", NULL, do_certificate, false},
    {"lose-history", SIM_TAKES_BOOL, NULL, NULL, do_lose_history, true},
    {"restore", SIM_TAKES_NUMBER, NULL, NULL, do_restore, true},
    {"missing-image", SIM_TAKES_TEXT, NULL, NULL, do_missing, true},
    {"crashing-image", SIM_TAKES_TEXT, NULL, NULL, do_crashing, true},
    {"node-not-ready", SIM_TAKES_TEXT, NULL, NULL, do_node_not_ready, true},
    {"node-ready", SIM_TAKES_TEXT, NULL, NULL, do_node_ready, true},
    {"cordon", SIM_TAKES_TEXT, NULL, NULL, do_cordon, true},
    {"uncordon", SIM_TAKES_TEXT, NULL, NULL, do_uncordon, true},
    {"scale", SIM_TAKES_MAP, NULL, scale_fields, do_scale, true},
    {"image", SIM_TAKES_MAP, NULL, image_fields, do_image, true},
    {"patch", SIM_TAKES_MAP, NULL, patch_fields, do_patch, true},
    {"create", SIM_TAKES_MAP, NULL, create_fields, do_create, true},
    {"delete", SIM_TAKES_MAP, NULL, delete_fields, do_delete, true},
    {"webhook", SIM_TAKES_MAP, NULL, webhook_fields, do_webhook, true},
    {"load", SIM_TAKES_MAP, NULL, load_fields, do_load, true},
    {"spell", SIM_TAKES_MAP, NULL, spell_fields, do_spell, false},
};
const size_t sim_actions_len = ARRAY_LEN(sim_actions);
