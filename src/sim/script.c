// SPDX-License-Identifier: Apache-2.0
/*
 * Scenarios: what happens to the fleet, as a YAML file of steps on a clock. A step names a cluster,
 * a time and one action of the table below; two scenarios are compiled in.
 */
#include "data/yaml.h"
#include "sim/live.h"
#include "src/sim/scenarios.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1024 * 1024, STEPS_MAX = 10000 };

struct action;

struct step {
    int64_t at_ms;
    struct sim_cluster *cluster;
    const struct action *action;
    const struct val *value;
};

struct sim_script {
    struct sim *sim;
    struct val_pool pool;
    VEC(struct step) steps;      /* by time */
    int64_t repeat_ms, churn_ms; /* 0: no */
    int64_t round, churned_ms;   /* on the scenario's clock */
    size_t next;
};

/* ---- actions ---- */

static struct sim_object *named(struct sim_cluster *c, const char *kind, const char *ns,
                                const char *name)
{
    return sim_store_get(c, sim_kind_named(kind), ns, name);
}

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

static void do_missing(struct sim_cluster *c, const struct val *v)
{
    snprintf(c->missing_image, sizeof(c->missing_image), "%s", val_str(v, ""));
}

static void set_node(struct sim_cluster *c, const struct val *v, bool ready)
{
    struct sim_object *o = named(c, "Node", "", val_str(v, ""));
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
    struct sim_object *o = named(c, "Node", "", val_str(v, ""));
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

static struct sim_object *deployment(struct sim_cluster *c, const struct val *v)
{
    return named(c, "Deployment", val_str(val_get(v, "namespace"), "default"),
                 val_str(val_get(v, "deployment"), ""));
}

static void do_scale(struct sim_cluster *c, const struct val *v)
{
    static const struct sim_actor person = {"kubectl", "scale"};
    struct sim_object *o = deployment(c, v);
    if (o)
        sim_act_patch(c, &person, o, "{\"spec\":{\"replicas\":%lld}}",
                      (long long)val_int(val_get(v, "replicas"), 1));
}

static void do_image(struct sim_cluster *c, const struct val *v)
{
    static const struct sim_actor person = {"kubectl-set", ""};
    struct sim_object *o = deployment(c, v);
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
        sim_act_patch(c, &person, o, "{\"spec\":{\"template\":{\"spec\":{\"containers\":%s}}}}",
                      buf_str(&b));
    }
    buf_clear(&b);
    val_pool_clear(&p);
}

static const struct action {
    const char *name;
    enum val_type type;
    void (*run)(struct sim_cluster *c, const struct val *v);
} actions[] = {
    {"dark", VAL_BOOL, do_dark},
    {"ready", VAL_BOOL, do_ready},
    {"throttle", VAL_INT, do_throttle},
    {"missing-image", VAL_STRING, do_missing},
    {"node-not-ready", VAL_STRING, do_node_not_ready},
    {"node-ready", VAL_STRING, do_node_ready},
    {"cordon", VAL_STRING, do_cordon},
    {"uncordon", VAL_STRING, do_uncordon},
    {"scale", VAL_MAP, do_scale},
    {"image", VAL_MAP, do_image},
};

/* ---- reading ---- */

static bool duration(const struct val *v, int64_t *ms)
{
    if (!val_is(v, VAL_STRING))
        return false;
    char *end;
    errno = 0;
    long long n = strtoll(v->as.s, &end, 10);
    int64_t unit = strcmp(end, "ms") == 0
                       ? 1
                       : (strcmp(end, "s") == 0 ? 1000 : (strcmp(end, "m") == 0 ? 60000 : 0));
    *ms = (int64_t)n * unit;
    return !errno && unit && n >= 0 && n <= 86400000 && v->as.s[0] >= '0' && v->as.s[0] <= '9';
}

static int read_step(struct sim_script *s, const struct val *v, const char *source, struct err *e)
{
    struct step t = {0};
    const char *cluster = val_str(val_get(v, "cluster"), "");
    for (unsigned i = 0; i < s->sim->clusters_len; i++)
        if (strcmp(s->sim->clusters[i].name, cluster) == 0)
            t.cluster = &s->sim->clusters[i];
    int rc = 0;
    if (!duration(val_get(v, "at"), &t.at_ms))
        rc = err_set(e, ERR_INVALID, "at: a time such as 20s is needed");
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        const struct val *value = val_get(v, actions[i].name);
        if (!value)
            continue;
        if (t.action)
            rc = err_set(e, ERR_INVALID, "one step does one thing: %s or %s", t.action->name,
                         actions[i].name);
        if (!val_is(value, actions[i].type))
            rc = err_set(e, ERR_TYPE, "%s needs a %s", actions[i].name,
                         val_type_name(actions[i].type));
        t.action = &actions[i];
        t.value = value;
    }
    if (!rc && !t.action)
        rc = err_set(e, ERR_INVALID, "the step does nothing that is known");
    if (rc) {
        err_at(e, source, v->line, v->col);
        return rc;
    }
    if (t.cluster) /* steps for clusters that are not in a smaller fleet are left out */
        vec_push(&s->steps, t);
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct step *x = a, *y = b;
    return x->at_ms < y->at_ms ? -1 : x->at_ms > y->at_ms;
}

static int read_all(struct sim_script *s, const char *text, size_t len, const char *source,
                    struct err *e)
{
    struct yaml_docs docs = {0};
    int rc = yaml_read(&s->pool, text, len, source, &docs, e);
    if (!rc && (docs.len != 1 || !val_is(docs.items[0].value, VAL_MAP)))
        rc = err_set(e, ERR_TYPE, "%s: a scenario is one map", source);
    const struct val *v = rc ? NULL : docs.items[0].value;
    const struct val *steps = val_get(v, "steps");
    if (!rc && ((val_get(v, "repeat") && !duration(val_get(v, "repeat"), &s->repeat_ms)) ||
                (val_get(v, "churn") && !duration(val_get(v, "churn"), &s->churn_ms))))
        rc = err_set(e, ERR_INVALID, "%s: repeat and churn are times such as 30s", source);
    if (!rc && val_count(steps) > STEPS_MAX)
        rc = err_set(e, ERR_LIMIT, "%s: more than %d steps", source, STEPS_MAX);
    for (size_t i = 0; !rc && i < val_count(steps); i++)
        rc = read_step(s, val_item(steps, i), source, e);
    if (s->steps.len)
        qsort(s->steps.items, s->steps.len, sizeof(struct step), by_time);
    if (!rc && s->repeat_ms && s->steps.len &&
        s->repeat_ms <= s->steps.items[s->steps.len - 1].at_ms)
        rc = err_set(e, ERR_INVALID, "%s: repeat comes before the last step", source);
    yaml_docs_clear(&docs);
    return rc;
}

static int read_file(const char *path, struct buf *b, struct err *e)
{
    FILE *f = fopen(path, "re");
    char bytes[8192];
    size_t n;
    int rc = 0;
    if (!f)
        return err_set_errno(e, errno, path);
    while (!rc && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
        if (buf_add(b, bytes, n))
            rc = err_set(e, ERR_LIMIT, "%s is larger than a scenario may be", path);
    if (!rc && ferror(f))
        rc = err_set_errno(e, errno, path);
    fclose(f);
    return rc;
}

struct sim_script *sim_script_new(struct sim *sim, const char *path, struct err *e)
{
    struct sim_script *s = mem_new(struct sim_script);
    struct buf b;
    s->sim = sim;
    val_pool_init(&s->pool);
    buf_init(&b, FILE_MAX);
    const char *text = sim->clusters[0].is.name ? sim_scenario_story : sim_scenario_stores;
    int rc = path ? read_file(path, &b, e) : 0;
    if (!rc)
        rc = read_all(s, path ? buf_str(&b) : text, path ? b.len : strlen(text),
                      path ? path : "the scenario that is compiled in", e);
    buf_clear(&b);
    if (!rc)
        return s;
    sim_script_free(s);
    return NULL;
}

void sim_script_free(struct sim_script *s)
{
    if (!s)
        return;
    vec_clear(&s->steps);
    val_pool_clear(&s->pool);
    mem_free(s);
}

/* ---- the clock ---- */

static void churn(struct sim_script *s)
{
    for (int i = 0; i < 8; i++) {
        struct sim_cluster *first = &s->sim->clusters[0];
        struct sim_cluster *c = &s->sim->clusters[sim_random(first) % s->sim->clusters_len];
        if (c->filled && !c->dark) {
            sim_behave_churn(c);
            return;
        }
    }
}

void sim_script_tick(struct sim_script *s)
{
    int64_t now = sim_now_ms(s->sim);
    for (;;) {
        int64_t begin = s->round * s->repeat_ms;
        if (s->next < s->steps.len) {
            struct step *t = &s->steps.items[s->next];
            if (begin + t->at_ms > now)
                break;
            if (!t->cluster->filled)
                sim_fleet_fill(t->cluster);
            t->action->run(t->cluster, t->value);
            s->next++;
        } else if (s->repeat_ms && begin + s->repeat_ms <= now) {
            s->round++;
            s->next = 0;
        } else {
            break;
        }
    }
    if (s->churn_ms && now - s->churned_ms >= s->churn_ms) {
        s->churned_ms = now;
        churn(s);
    }
}
