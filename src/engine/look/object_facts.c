// SPDX-License-Identifier: Apache-2.0
/* What a person wants to know of an object before the YAML: facts, conditions, containers. */
#include "engine/look/object_view.h"

#include "base/clock.h"

#include <string.h>

enum { FACTS_MAX = 24, CONDITIONS_MAX = 64, CONTAINERS_MAX = 64 };

struct facts {
    struct arena *a;
    struct leeway_label rows[FACTS_MAX];
    size_t n;
};

static struct text words(struct arena *a, const struct val *v)
{
    if (val_is(v, VAL_STRING))
        return text_clean(a, v->as.s, v->len < 4096 ? v->len : 4096);
    return val_is(v, VAL_INT) ? text_fmt(a, "%lld", (long long)v->as.i) : TEXT_NONE;
}

static void add(struct facts *f, const char *name, struct text value)
{
    if (value.len && f->n < FACTS_MAX)
        f->rows[f->n++] = (struct leeway_label){text_cstr(f->a, name), value};
}

/* "a=b, c=d" */
static struct text pairs(struct arena *a, const struct val *map)
{
    struct text t = TEXT_NONE;
    for (uint32_t i = 0; val_is(map, VAL_MAP) && i < map->len && i < 40; i++)
        t = text_fmt(a, "%s%s%s=%s", t.str, i ? ", " : "", map->as.entries[i].key->s,
                     words(a, &map->as.entries[i].value).str);
    return t;
}

static struct text strings(struct arena *a, const struct val *list)
{
    struct text t = TEXT_NONE;
    for (size_t i = 0; val_is(list, VAL_LIST) && i < val_count(list) && i < 40; i++)
        t = text_fmt(a, "%s%s%s", t.str, i ? ", " : "", words(a, val_item(list, i)).str);
    return t;
}

static struct text owners(struct arena *a, const struct val *list)
{
    struct text t = TEXT_NONE;
    for (size_t i = 0; val_is(list, VAL_LIST) && i < val_count(list) && i < 20; i++) {
        const struct val *o = val_item(list, i);
        t = text_fmt(a, "%s%s%s/%s%s", t.str, i ? ", " : "", words(a, val_get(o, "kind")).str,
                     words(a, val_get(o, "name")).str,
                     val_bool(val_get(o, "controller"), false) ? ", its controller" : "");
    }
    return t;
}

/* ---- pods ---- */

static const struct val *status_of(const struct val *object, const char *list, const char *name)
{
    const struct val *all = val_at(object, "status", list, NULL);
    for (size_t i = 0; val_is(all, VAL_LIST) && i < val_count(all); i++)
        if (val_str_is(val_get(val_item(all, i), "name"), name))
            return val_item(all, i);
    return NULL;
}

/* "running", "waiting, CrashLoopBackOff", "ended with 1, Error" */
static struct text state_words(struct arena *a, const struct val *state)
{
    const struct val *waiting = val_get(state, "waiting"), *ended = val_get(state, "terminated");
    if (val_get(state, "running"))
        return TEXT("running");
    if (ended)
        return text_fmt(a, "ended with %lld, %s",
                        (long long)val_int(val_get(ended, "exitCode"), -1),
                        words(a, val_get(ended, "reason")).str);
    if (waiting)
        return text_fmt(a, "waiting, %s", words(a, val_get(waiting, "reason")).str);
    return TEXT("not started");
}

static void add_containers(struct facts *f, const struct val *object, struct leeway_object *out)
{
    static const struct {
        const char *spec, *status, *fact;
    } lists[] = {{"containers", "containerStatuses", "container"},
                 {"initContainers", "initContainerStatuses", "init container"},
                 {"ephemeralContainers", "ephemeralContainerStatuses", "ephemeral container"}};
    struct text *names = arena_array(f->a, CONTAINERS_MAX, sizeof(*names));
    size_t n = 0;
    for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
        const struct val *list = val_at(object, "spec", lists[k].spec, NULL);
        for (size_t i = 0; val_is(list, VAL_LIST) && i < val_count(list) && n < CONTAINERS_MAX;
             i++) {
            const struct val *c = val_item(list, i);
            const struct val *s =
                status_of(object, lists[k].status, val_str(val_get(c, "name"), ""));
            names[n] = words(f->a, val_get(c, "name"));
            add(f, lists[k].fact,
                text_fmt(f->a, "%s: %s, %s%s, %lld restarts", names[n].str,
                         words(f->a, val_get(c, "image")).str,
                         state_words(f->a, val_get(s, "state")).str,
                         val_bool(val_get(s, "ready"), false) ? ", ready" : "",
                         (long long)val_int(val_get(s, "restartCount"), 0)));
            n++;
        }
    }
    out->containers = names;
    out->n_containers = n;
}

/* ---- conditions ---- */

/* Whether True is the bad news. */
static bool is_bad_news(const char *type)
{
    static const char *const ends[] = {"Pressure", "Unavailable", "Failed",   "Failure",
                                       "Failing",  "Degraded",    "Stalled",  "Terminating",
                                       "Error",    "Target",      "NotReady", "Exceeded"};
    size_t n = strlen(type);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        size_t m = strlen(ends[i]);
        if (n >= m && strcmp(type + n - m, ends[i]) == 0)
            return true;
    }
    return false;
}

static int64_t moment(const struct val *v)
{
    int64_t ms;
    if (!val_is(v, VAL_STRING) || clock_parse_rfc3339(v->as.s, v->len, &ms, NULL) != 0)
        return 0;
    return ms;
}

static void add_conditions(struct arena *a, const struct val *object, struct leeway_object *out)
{
    const struct val *list = val_at(object, "status", "conditions", NULL);
    struct leeway_condition *rows = arena_array(a, CONDITIONS_MAX, sizeof(*rows));
    size_t n = 0;
    for (size_t i = 0; val_is(list, VAL_LIST) && i < val_count(list) && n < CONDITIONS_MAX; i++) {
        const struct val *c = val_item(list, i);
        struct text status = words(a, val_get(c, "status")),
                    reason = words(a, val_get(c, "reason"));
        struct text says = words(a, val_get(c, "message"));
        bool bad = is_bad_news(val_str(val_get(c, "type"), ""));
        bool yes = strcmp(status.str, "True") == 0, no = strcmp(status.str, "False") == 0;
        rows[n++] = (struct leeway_condition){
            .state = !yes && !no  ? LEEWAY_UNKNOWN
                     : yes == bad ? LEEWAY_DEGRADED
                                  : LEEWAY_OK,
            .name = words(a, val_get(c, "type")),
            .now = status,
            .since_ms = moment(val_get(c, "lastTransitionTime")),
            .says = reason.len && says.len ? text_fmt(a, "%s: %s", reason.str, says.str)
                    : reason.len           ? reason
                                           : says,
        };
    }
    out->conditions = rows;
    out->n_conditions = n;
}

void object_view_facts(struct arena *a, const struct val *object, struct leeway_object *out)
{
    struct facts f = {.a = a};
    const struct val *meta = val_get(object, "metadata"), *spec = val_get(object, "spec");
    bool pod = val_str_is(val_get(object, "kind"), "Pod");
    add(&f, "being deleted", words(a, val_get(meta, "deletionTimestamp")));
    add(&f, "owned by", owners(a, val_get(meta, "ownerReferences")));
    add(&f, "finalizers", strings(a, val_get(meta, "finalizers")));
    add(&f, "labels", pairs(a, val_get(meta, "labels")));
    add(&f, "selector", pairs(a, val_at(spec, "selector", "matchLabels", NULL)));
    if (pod) {
        add(&f, "phase", words(a, val_at(object, "status", "phase", NULL)));
        add(&f, "reason", words(a, val_at(object, "status", "reason", NULL)));
        add(&f, "node", words(a, val_get(spec, "nodeName")));
        add(&f, "address", words(a, val_at(object, "status", "podIP", NULL)));
        add(&f, "account", words(a, val_get(spec, "serviceAccountName")));
        add_containers(&f, object, out);
    }
    int64_t made = val_int(val_get(meta, "generation"), 0);
    int64_t seen = val_int(val_at(object, "status", "observedGeneration", NULL), 0);
    if (made && seen && made != seen)
        add(&f, "generation",
            text_fmt(a, "%lld, its controller has seen %lld", (long long)made, (long long)seen));
    struct leeway_label *rows = arena_array(a, f.n + 1, sizeof(*rows));
    memcpy(rows, f.rows, f.n * sizeof(*rows));
    out->facts = rows;
    out->n_facts = f.n;
    add_conditions(a, object, out);
}
