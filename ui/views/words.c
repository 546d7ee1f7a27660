// SPDX-License-Identifier: Apache-2.0
#include "views/words.h"

#include "base/mem.h"
#include "views/states.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define DOTS "\xe2\x80\xa6"
#define STEPS_MAX 64

static const struct {
    const char *kind, *brief;
} kinds[] = {{"ConfigMap", "cm"},
             {"CronJob", "cj"},
             {"CustomResourceDefinition", "crd"},
             {"DaemonSet", "ds"},
             {"Deployment", "deploy"},
             {"HorizontalPodAutoscaler", "hpa"},
             {"Ingress", "ing"},
             {"Namespace", "ns"},
             {"NetworkPolicy", "netpol"},
             {"PersistentVolume", "pv"},
             {"PersistentVolumeClaim", "pvc"},
             {"Pod", "po"},
             {"PodDisruptionBudget", "pdb"},
             {"ReplicaSet", "rs"},
             {"Service", "svc"},
             {"ServiceAccount", "sa"},
             {"StatefulSet", "sts"}};

struct text words_object(struct arena *a, struct text kind, struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].kind, kind.str) == 0)
            return text_fmt(a, "%s/%s", kinds[i].brief, name.str);
    char *low = arena_strndup(a, kind.str, kind.len);
    for (char *s = low; s && *s; s++)
        *s = (char)tolower((unsigned char)*s);
    return text_fmt(a, "%s/%s", low ? low : "", name.str);
}

/* Byte offsets at which the steps of a path begin; what stands in brackets belongs to its step. */
static size_t steps(struct text path, uint32_t *at, size_t max)
{
    size_t n = 0;
    bool quoted = false;
    int depth = 0;
    for (uint32_t i = 0; i < path.len && n < max; i++) {
        char c = path.str[i];
        if (c == '"' && (i == 0 || path.str[i - 1] != '\\'))
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == ']'))
            depth += c == '[' ? 1 : -1;
        else if (!quoted && depth == 0 && c == '.')
            at[n++] = i;
    }
    return n;
}

/* A step for a narrow column: a list item by its key's value, an annotation by its last part. */
static struct text brief_step(struct arena *a, struct text path, uint32_t from, uint32_t to)
{
    const char *s = path.str + from + 1, *end = path.str + to;
    const char *open = memchr(s, '[', (size_t)(end - s));
    if (!open)
        return text_part(a, path, from + 1, to - from - 1);
    const char *q = memchr(open, '"', (size_t)(end - open));
    const char *q2 = q ? memchr(q + 1, '"', (size_t)(end - q - 1)) : NULL;
    if (!q2)
        return text_part(a, path, from + 1, to - from - 1);
    const char *slash = memrchr(q, '/', (size_t)(q2 - q));
    const char *start = slash ? slash + 1 : q + 1;
    return text_part(a, path, (uint32_t)(start - path.str), (uint32_t)(q2 - start));
}

struct text words_path(struct arena *a, struct text path, uint32_t cols)
{
    uint32_t at[STEPS_MAX + 1];
    if (path.cols <= cols)
        return path;
    size_t n = steps(path, at, STEPS_MAX);
    at[n] = path.len;
    struct text tail = TEXT_NONE, best = TEXT_NONE;
    for (size_t i = n; i > 0; i--) {
        struct text step = brief_step(a, path, at[i - 1], at[i]);
        tail = tail.len ? text_fmt(a, "%s.%s", step.str, tail.str) : step;
        if (tail.cols + 1 > cols)
            break;
        best = text_fmt(a, DOTS "%s", tail.str);
        if (memchr(path.str + at[i - 1], '[', at[i] - at[i - 1]))
            break; /* the name of a list item says where we are */
    }
    if (!best.len)
        best = text_cut(a, text_fmt(a, DOTS "%s", tail.len ? tail.str : path.str), cols,
                        TEXT_CUT_FRONT, text_cstr(a, DOTS));
    return best;
}

struct text words_step(struct arena *a, struct text step, uint32_t cols)
{
    const char *open = strstr(step.str, "[\""), *slash = strrchr(step.str, '/');
    if (step.cols <= cols || !open || !slash || slash < open)
        return words_path(a, step, cols);
    return text_fmt(a, "%.*s[\"" DOTS "%s", (int)(open - step.str), step.str, slash + 1);
}

struct text words_path_parent(struct arena *a, struct text path)
{
    uint32_t at[STEPS_MAX];
    size_t n = steps(path, at, STEPS_MAX);
    return n < 2 ? TEXT_NONE : text_part(a, path, 0, at[n - 1]);
}

struct text words_path_last(struct arena *a, struct text path)
{
    uint32_t at[STEPS_MAX];
    size_t n = steps(path, at, STEPS_MAX);
    uint32_t from = n ? at[n - 1] + 1 : 0;
    return text_part(a, path, from, path.len - from);
}

struct text words_change(struct arena *a, struct text from, struct text to, uint32_t cols)
{
    size_t same = 0;
    struct text whole = text_fmt(a, "%s \xe2\x86\x92 %s", from.str, to.str);
    if (whole.cols <= cols)
        return whole;
    for (size_t i = 0; i < from.len && i < to.len && from.str[i] == to.str[i]; i++)
        if (strchr("/:@=, ", from.str[i]))
            same = i;
    if (!same)
        return whole;
    struct text ends =
        text_fmt(a, "\xe2\x80\xa6%s \xe2\x86\x92 \xe2\x80\xa6%s", from.str + same, to.str + same);
    return ends.cols <= cols
               ? ends
               : text_fmt(a, "%s \xe2\x86\x92 %s", from.str + same + 1, to.str + same + 1);
}

struct text words_exact(struct app *app, struct arena *a, int64_t wall_ms)
{
    const struct zone *z = app_zone(app) ? app_zone(app) : zone_utc();
    struct zone_time t = zone_split(z, wall_ms), now = zone_split(z, clock_wall_ms(app_clock(app)));
    if (t.year == now.year && t.month == now.month && t.day == now.day)
        return text_fmt(a, "%02d:%02d:%02d", t.hour, t.minute, t.second);
    return zone_exact(a, z, wall_ms);
}

struct text words_left(struct arena *a, int64_t until_ms, int64_t now_ms)
{
    const int64_t minutes = (until_ms - now_ms + 59999) / 60000, hours = minutes / 60;
    if (until_ms <= now_ms)
        return TEXT("over");
    if (hours >= 48)
        return text_fmt(a, "%" PRId64 "d", hours / 24);
    return hours >= 2 ? text_fmt(a, "%" PRId64 "h", hours) : text_fmt(a, "%" PRId64 "m", minutes);
}

struct text words_manager(struct arena *a, const struct leeway_owner *o)
{
    if (o->subresource.len)
        return text_fmt(a, "%s, subresource %s", o->manager.str, o->subresource.str);
    return o->manager;
}

const char *words_actor(enum leeway_actor actor)
{
    static const char *const words[LEEWAY_ACTOR_COUNT] = {
        [LEEWAY_ACTOR_UNKNOWN] = "nobody leeway knows",
        [LEEWAY_ACTOR_LEEWAY] = "leeway",
        [LEEWAY_ACTOR_PERSON] = "a person at a kubectl",
        [LEEWAY_ACTOR_AUTOSCALER] = "an autoscaler",
        [LEEWAY_ACTOR_CONTROLLER] = "a controller",
        [LEEWAY_ACTOR_WEBHOOK] = "a webhook",
        [LEEWAY_ACTOR_DELIVERY] = "another delivery tool",
    };
    return actor < LEEWAY_ACTOR_COUNT ? words[actor] : "";
}

enum role words_actor_role(enum leeway_actor actor)
{
    static const enum role roles[LEEWAY_ACTOR_COUNT] = {
        [LEEWAY_ACTOR_UNKNOWN] = ROLE_OWNER_MACHINE,
        [LEEWAY_ACTOR_LEEWAY] = ROLE_OWNER_LEEWAY,
        [LEEWAY_ACTOR_PERSON] = ROLE_OWNER_PERSON,
        [LEEWAY_ACTOR_AUTOSCALER] = ROLE_OWNER_MACHINE,
        [LEEWAY_ACTOR_CONTROLLER] = ROLE_OWNER_MACHINE,
        [LEEWAY_ACTOR_WEBHOOK] = ROLE_OWNER_MACHINE,
        [LEEWAY_ACTOR_DELIVERY] = ROLE_OWNER_FOREIGN,
    };
    return actor < LEEWAY_ACTOR_COUNT ? roles[actor] : ROLE_TEXT;
}

enum leeway_state words_verdict_state(enum leeway_verdict v)
{
    static const enum leeway_state states[LEEWAY_VERDICT_COUNT] = {
        [LEEWAY_VERDICT_UNEXPECTED] = LEEWAY_DRIFT,
        [LEEWAY_VERDICT_UNKNOWN] = LEEWAY_UNKNOWN,
        [LEEWAY_VERDICT_ACCEPTED] = LEEWAY_ACCEPTED,
        [LEEWAY_VERDICT_ALLOWED] = LEEWAY_OK,
    };
    return v < LEEWAY_VERDICT_COUNT ? states[v] : LEEWAY_UNKNOWN;
}

const struct leeway_owner *words_holder(const struct leeway_owner *owners, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!owners[i].ours)
            return &owners[i];
    return n ? &owners[0] : NULL;
}

void words_draw_totals(struct region r, const struct words_total *totals, size_t n)
{
    int used = 0;
    size_t fit = 0;
    for (; fit < n; fit++) {
        int cols = 1 + canvas_cols(r.canvas, totals[fit].text) + (fit ? 2 : 0);
        if (used + cols > r.cols - 1)
            break;
        used += cols;
    }
    int col = r.cols - 1 - used;
    for (size_t i = 0; i < fit; i++) {
        col += draw_state(r, 0, col, totals[i].state);
        col += draw_text(r, 0, col, totals[i].text, totals[i].role) + 2;
    }
}
