// SPDX-License-Identifier: Apache-2.0
/* From documents of kind Blueprint and Team to structs. */
#include "catalog/blueprint.h"

#include "base/clock.h"
#include "base/vec.h"
#include "catalog/reading.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define MODULES_MAX 500u

static void read_modules(struct reading *r, struct catalog_blueprint *b, const struct val *list)
{
    size_t n = val_count(list);
    if (n > MODULES_MAX) {
        reading_problem(r, list, ".spec.modules", "a blueprint has at most %u modules",
                        MODULES_MAX);
        n = MODULES_MAX;
    }
    b->modules = reading_array(r, n, sizeof(*b->modules));
    for (size_t i = 0; i < n; i++) {
        const struct val *v = val_item(list, i), *name = val_get(v, "name");
        char path[64];
        struct blueprint_module *m = &b->modules[b->n_modules++];
        m->at = v;
        m->name = reading_string(name);
        m->module = reading_string(val_get(v, "module"));
        snprintf(path, sizeof(path), ".spec.modules[%zu].version", i);
        reading_range(r, val_get(v, "version"), path, &m->range);
        snprintf(path, sizeof(path), ".spec.modules[%zu].name", i);
        for (size_t k = 0; k < i; k++)
            if (strcmp(b->modules[k].name, m->name) == 0)
                reading_problem(r, name, path,
                                "\"%.100s\" is the name of another module, at line %u", m->name,
                                b->modules[k].at->line);
    }
}

static void read_placement(struct reading *r, struct catalog_blueprint *b, const struct val *v)
{
    const struct val *max = val_get(v, "max");
    b->placement_selector = val_get(v, "selector");
    b->placement_max = val_int(max, 0);
    if (max && b->placement_max < 1)
        reading_problem(r, max, ".spec.placement.max", "no cluster would ever be chosen");
}

struct catalog_blueprint *blueprint_read(const struct val *doc, const struct catalog_file *file,
                                         struct val_pool *pool, struct catalog_problems *problems)
{
    struct catalog_blueprint *b = mem_new(struct catalog_blueprint);
    size_t before = problems->len + problems->more;
    b->exprs.pool = pool;
    struct reading r = {file, pool, problems, &b->exprs};
    b->file = file;
    b->doc = doc;
    b->pool = pool;
    b->spec = val_get(doc, "spec");
    b->name = reading_string(val_at(doc, "metadata", "name", NULL));
    b->description = reading_string(val_get(b->spec, "description"));
    reading_version(&r, val_get(b->spec, "version"), ".spec.version", &b->version);
    reading_parameters(&r, val_get(b->spec, "parameters"), ".spec.parameters", &b->parameters,
                       &b->validator);
    bool *secret = reading_array(&r, b->parameters->n_props, sizeof(*secret));
    for (size_t i = 0; i < b->parameters->n_props; i++)
        secret[i] = schema_holds_secret(b->parameters->props[i].schema);
    b->secret = secret;
    read_modules(&r, b, val_get(b->spec, "modules"));
    read_placement(&r, b, val_get(b->spec, "placement"));
    b->broken = problems->len + problems->more > before;
    return b;
}

void blueprint_free(struct catalog_blueprint *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->n_modules; i++)
        semver_range_clear(&b->modules[i].range);
    schema_validator_free(b->validator);
    catalog_exprs_clear(&b->exprs);
    mem_free(b);
}

/* ---- lifecycle ---- */

static int span_of(const struct val *v, int64_t *ms, struct err *e)
{
    const char *s = val_str(v, NULL);
    *ms = 0;
    if (s && clock_parse_span(s, ms))
        return err_set(e, ERR_INVALID, "ttl %s: a time such as 72h or 14d is wanted", s);
    return 0;
}

int blueprint_lifetime(const struct catalog_blueprint *b, const struct val *ttl, int64_t *ttl_ms,
                       int64_t *max_ms, struct err *e)
{
    const struct val *own = val_at(b->spec, "lifecycle", "ttl", NULL);
    char limit[CLOCK_SPAN_LEN];
    *max_ms = *ttl_ms = 0;
    if (span_of(val_get(own, "max"), max_ms, e) ||
        span_of(ttl ? ttl : val_get(own, "default"), ttl_ms, e))
        return e->code;
    if (!*ttl_ms) /* a limit alone is also an end */
        *ttl_ms = *max_ms;
    if (!*max_ms || *ttl_ms <= *max_ms)
        return 0;
    clock_format_span(*max_ms, limit);
    return err_set(e, ERR_FORBIDDEN, "%s@%s lets an environment live for %s at most", b->name,
                   b->version.text, limit);
}

/* ---- teams ---- */

static const char *const *read_members(struct reading *r, const struct val *list, const char *key)
{
    const char **out = reading_array(r, val_count(list) + 1, sizeof(*out));
    size_t n = 0;
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_get(val_item(list, i), key);
        if (val_is(v, VAL_STRING))
            out[n++] = v->as.s;
    }
    return out;
}

struct catalog_team *team_read(const struct val *doc, const struct catalog_file *file,
                               struct val_pool *pool, struct catalog_problems *problems)
{
    struct catalog_team *t = mem_new(struct catalog_team);
    size_t before = problems->len + problems->more;
    const struct val *spec = val_get(doc, "spec"), *members = val_get(spec, "members");
    struct reading r = {file, pool, problems, NULL};
    t->file = file;
    t->doc = doc;
    t->name = reading_string(val_at(doc, "metadata", "name", NULL));
    t->users = read_members(&r, members, "user");
    t->groups = read_members(&r, members, "group");
    t->blueprints = reading_strings(&r, val_get(spec, "blueprints"));
    t->namespaces = reading_strings(&r, val_get(spec, "namespaces"));
    t->may = reading_strings(&r, val_get(spec, "may"));
    t->clusters = val_get(spec, "clusters");
    t->max_environments = val_int(val_at(spec, "quota", "environments", NULL), -1);
    t->broken = problems->len + problems->more > before;
    return t;
}

void team_free(struct catalog_team *t)
{
    mem_free(t);
}

bool team_pattern_matches(const char *const *patterns, const char *text)
{
    for (size_t i = 0; patterns && patterns[i]; i++)
        if (fnmatch(patterns[i], text, 0) == 0)
            return true;
    return false;
}
