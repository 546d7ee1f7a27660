// SPDX-License-Identifier: Apache-2.0
/*
 * Overrides of an environment: from a leaf of a rendered object to the parameter behind it, and
 * into the document.
 */
#include "engine/environments/env_source_int.h"

#include "base/clock.h"
#include "catalog/cluster.h"

#include <string.h>
#include <time.h>

size_t env_source_causes(const struct env_source *s, size_t target, const struct render_object *o,
                         struct path path, struct render_cause out[RENDER_CAUSES_MAX])
{
    return render_causes(&s->targets[target].result, o, path, out);
}

int env_source_inverse(const struct env_source *s, size_t target, const struct render_object *o,
                       struct path path, const struct val *live, struct render_inverse *out,
                       struct err *e)
{
    return render_inverse(&s->targets[target].result, o, path, live, out, e);
}

/* ---- their end ---- */

int64_t env_override_end(const struct val *override)
{
    struct tm tm = {0};
    const char *s = val_str(val_get(override, "expires"), NULL);
    const char *end = s ? strptime(s, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    return end ? (int64_t)timegm(&tm) : INT64_MAX;
}

size_t env_override_notes(struct env_source *s, const char **notes)
{
    const struct val *list = val_get(s->doc->spec, "overrides");
    size_t n = 0;
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        const char *cluster = val_str(val_get(v, "cluster"), NULL);
        if (env_override_end(v) <= s->now)
            notes[n++] =
                arena_printf(&s->pool.arena, "%s: the override of %s has ended at %s: %s",
                             cluster ? cluster : "every cluster", val_str(val_get(v, "module"), ""),
                             val_str(val_get(v, "expires"), ""), val_str(val_get(v, "reason"), ""));
    }
    return n;
}

/* ---- the document ---- */

struct entry { /* of the list that comes of it */
    const char *cluster, *module;
    const struct val *params;
};

struct entries {
    VEC(struct entry) new;
    VEC(struct val) list;
};

static void collect(struct env_source *s, struct entries *x, const struct env_override *o)
{
    for (size_t i = 0; i < x->new.len; i++) {
        struct entry *at = &x->new.items[i];
        if (strcmp(at->cluster, o->cluster) != 0 || strcmp(at->module, o->is.module) != 0)
            continue;
        at->params = catalog_merge(&s->pool, at->params, o->is.params);
        return;
    }
    vec_push(&x->new, (struct entry){o->cluster, o->is.module, o->is.params});
}

/* What of the old is not said again; NULL: nothing. */
static const struct val *rest(struct val_pool *p, const struct val *old, const struct val *now)
{
    const struct val *out = val_map_of(p, NULL, 0);
    if (!now || !val_is(old, VAL_MAP) || !val_is(now, VAL_MAP))
        return now ? NULL : old;
    for (uint32_t i = 0; out && i < old->len; i++) {
        const struct val_entry *e = &old->as.entries[i];
        const struct val *left = rest(p, &e->value, val_get_key(now, e->key));
        out = left ? val_map_with(p, out, e->key->s, left) : out;
    }
    return val_count(out) ? out : NULL;
}

/* An old entry as far as it is not superseded; NULL: it goes. */
static const struct val *kept(struct val_pool *p, const struct entries *x, const struct val *old)
{
    for (size_t i = 0; old && i < x->new.len; i++) {
        const struct entry *n = &x->new.items[i];
        const struct val *params = val_get(old, "params");
        if (!val_str_is(val_get(old, "cluster"), n->cluster) ||
            !val_str_is(val_get(old, "module"), n->module))
            continue;
        params = rest(p, params, n->params);
        old = params ? val_map_with(p, old, "params", params) : NULL;
    }
    return old;
}

static const struct val *text(struct val_pool *p, const char *s)
{
    return val_box(p, val_of_str(p, s));
}

static const struct val *written(struct val_pool *p, const struct entry *n,
                                 const struct env_override_why *why)
{
    char until[CLOCK_RFC3339_LEN];
    const struct val *v = val_map_of(p, NULL, 0);
    v = v ? val_map_with(p, v, "cluster", text(p, n->cluster)) : NULL;
    v = v ? val_map_with(p, v, "module", text(p, n->module)) : NULL;
    v = v && n->params ? val_map_with(p, v, "params", n->params) : NULL;
    v = v ? val_map_with(p, v, "reason", text(p, why->reason)) : NULL;
    v = v && *why->by ? val_map_with(p, v, "by", text(p, why->by)) : v;
    if (!v || !why->expires_ms)
        return v;
    clock_format_rfc3339(why->expires_ms, until);
    return val_map_with(p, v, "expires", text(p, until));
}

const struct val *env_source_override(struct env_source *s, const struct env_override *all,
                                      size_t n, const struct env_override_why *why)
{
    struct val_pool *p = &s->pool;
    struct entries x = {0};
    const struct val *old = val_get(s->doc->spec, "overrides");
    bool whole = true;
    for (size_t i = 0; i < n; i++)
        collect(s, &x, &all[i]);
    for (size_t i = 0; i < val_count(old); i++) {
        const struct val *v = kept(p, &x, val_item(old, i));
        if (v)
            vec_push(&x.list, *v);
    }
    for (size_t i = 0; whole && i < x.new.len; i++) {
        const struct val *v = written(p, &x.new.items[i], why);
        whole = v != NULL;
        if (whole)
            vec_push(&x.list, *v);
    }
    const struct val *list = whole ? val_list_of(p, x.list.items, x.list.len) : NULL;
    const struct val *spec = list ? val_map_with(p, s->doc->spec, "overrides", list) : NULL;
    vec_clear(&x.new);
    vec_clear(&x.list);
    return spec ? val_map_with(p, s->doc->value, "spec", spec) : NULL;
}
