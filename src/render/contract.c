// SPDX-License-Identifier: Apache-2.0
/*
 * The field contract of one rendered object: the entries of its module that are of its kind and
 * whose `when` holds here, and the values that their windows name. Only what a window reads is
 * taken along, and nothing that is secret or not known yet.
 */
#include "render/render.h"

#include "data/diff.h"

#include <string.h>

struct making {
    const struct render_result *r;
    const struct render_instance *in;
    const struct catalog_module *m;
    struct val_pool *pool;
    struct cel_activation act;
    const struct val *bind;
};

static const struct val *text(struct val_pool *p, const char *s, size_t len)
{
    return val_box(p, val_of_strn(p, s, len));
}

static bool is_of(const struct module_field *f, const struct render_object *o)
{
    size_t n = strlen(f->group);
    const char *slash = strchr(o->api_version, '/');
    size_t group = slash ? (size_t)(slash - o->api_version) : 0;
    return strcmp(f->kind, o->kind) == 0 && n == group && !memcmp(f->group, o->api_version, n);
}

/* Is the parameter one whose value is not for the record? */
static bool is_hidden(const struct making *k, const struct val_key *name)
{
    for (size_t i = 0; i < k->m->parameters->n_props; i++)
        if (strcmp(k->m->parameters->props[i].name->s, name->s) == 0)
            return (k->in->secret && k->in->secret[i]) || (k->in->deferred && k->in->deferred[i]);
    return false;
}

static const struct val *root_of(const struct making *k, enum catalog_name what, const char **name)
{
    *name = what == CATALOG_PARAMS ? "params" : what == CATALOG_ENV ? "env" : "cluster";
    return what == CATALOG_PARAMS    ? k->in->params
           : what == CATALOG_ENV     ? k->r->input->environment
           : what == CATALOG_CLUSTER ? k->r->input->cluster
                                     : NULL;
}

/* Puts what one reference names where the window will look for it. */
static void take(struct making *k, const struct catalog_ref *ref)
{
    struct path_elem elems[CATALOG_REF_DEPTH + 1];
    struct path path = {elems, 1};
    const char *name;
    const struct val *v = root_of(k, ref->what, &name);
    if (!v || !ref->n_fields || (ref->what == CATALOG_PARAMS && is_hidden(k, ref->fields[0])))
        return;
    elems[0] =
        (struct path_elem){.kind = PATH_FIELD, .as.field = val_intern(k->pool, name, strlen(name))};
    for (uint32_t i = 0; v && i < ref->n_fields; i++) {
        const struct val *next = val_get_key(v, ref->fields[i]);
        if (!next)
            break;
        v = next;
        elems[path.len++] = (struct path_elem){.kind = PATH_FIELD, .as.field = ref->fields[i]};
    }
    const struct val *with = path.len > 1 ? val_with_path(k->pool, k->bind, path, v) : NULL;
    k->bind = with ? with : k->bind;
}

static const struct val *names(struct making *k, const char *const *by)
{
    const struct val *list = val_list_of(k->pool, NULL, 0);
    size_t n = 0;
    while (by && by[n])
        n++;
    struct val *items = arena_array(&k->pool->arena, n + 1, sizeof(*items));
    for (size_t i = 0; items && i < n; i++)
        items[i] = *text(k->pool, by[i], strlen(by[i]));
    return items ? val_list_of(k->pool, items, n) : list;
}

static const struct val *field(struct making *k, const struct module_field *f)
{
    struct val_pool *p = k->pool;
    const struct val *v = val_map_of(p, NULL, 0);
    struct buf path;
    buf_init(&path, BUF_SMALL);
    (void)!path_format(&path, f->path, PATH_STYLE_QUOTED);
    const char *owner = field_owner_name(f->owner);
    v = val_map_with(p, v, "path", text(p, buf_str(&path), path.len));
    v = val_map_with(p, v, "owner", text(p, owner, strlen(owner)));
    if (f->by)
        v = val_map_with(p, v, "by", names(k, f->by));
    if (f->reason && *f->reason)
        v = val_map_with(p, v, "reason", text(p, f->reason, strlen(f->reason)));
    if (f->on_drift != FIELD_REPORT) {
        const char *drift = f->on_drift == FIELD_REVERT ? "revert" : "hold";
        v = val_map_with(p, v, "onDrift", text(p, drift, strlen(drift)));
    }
    if (f->extras_reported)
        v = val_map_with(p, v, "extras", val_box(p, val_of_bool(true)));
    if (f->within) {
        v = val_map_with(p, v, "within", text(p, f->within->text, f->within->len));
        for (size_t i = 0; i < f->within->n_refs; i++)
            take(k, &f->within->refs[i]);
    }
    buf_clear(&path);
    return v;
}

static bool applies(struct making *k, const struct module_field *f, struct err *e)
{
    bool holds = true;
    if (f->when && catalog_eval_bool(f->when, &k->act, k->pool, &holds, e))
        return false;
    return holds;
}

static void see(struct making *k)
{
    const struct catalog_scope *s = &k->m->contract_scope;
    cel_activation_init(&k->act, s->env);
    if (s->params >= 0)
        cel_bind_val(&k->act, s->params, k->in->params);
    if (s->environment >= 0)
        cel_bind_val(&k->act, s->environment, k->r->input->environment);
    if (s->cluster >= 0)
        cel_bind_val(&k->act, s->cluster, k->r->input->cluster);
}

int render_contract(const struct render_result *r, const struct render_object *o,
                    struct val_pool *pool, const struct val **out, struct err *e)
{
    const struct composition_instance *in = &r->input->composition->instances[o->instance];
    struct making k = {.r = r, .in = &r->instances[o->instance], .m = in->module, .pool = pool};
    const struct val *none = val_map_of(pool, NULL, 0);
    struct val *fields = arena_array(&pool->arena, k.m->n_fields + 1, sizeof(*fields));
    size_t n = 0;
    *out = NULL;
    k.bind = none;
    see(&k);
    for (size_t i = 0; fields && !e->code && i < k.m->n_fields; i++)
        if (is_of(&k.m->fields[i], o) && applies(&k, &k.m->fields[i], e))
            fields[n++] = *field(&k, &k.m->fields[i]);
    cel_activation_clear(&k.act);
    if (e->code || !n)
        return e->code;
    const struct val *v = val_map_with(pool, none, "fields", val_list_of(pool, fields, n));
    *out = k.bind->len ? val_map_with(pool, v, "bind", k.bind) : v;
    return 0;
}
