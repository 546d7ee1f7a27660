// SPDX-License-Identifier: Apache-2.0
/*
 * What an API server does about definitions: it looks whether their names are free, says so in
 * conditions, serves their kinds, and when a definition is deleted ends its instances first. Source
 * of the words: k8s.io/apiextensions-apiserver, pkg/controller/{status,establish,finalizer}.
 */
#include "sim/define.h"

#include "sim/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sim_actor as_server = {"kube-apiserver", ""},
                              as_server_status = {"kube-apiserver", "status"};

static const struct sim_kind *definition_kind(void)
{
    return sim_kind_named("CustomResourceDefinition");
}

/* ---- found by ---- */

const struct sim_kind *sim_define_find(const struct sim_cluster *c, const char *group,
                                       const char *version, const char *plural)
{
    for (struct sim_definition *d = c->definitions ? c->definitions->first : NULL; d; d = d->next)
        for (size_t i = 0; d->established && i < d->kinds.len; i++) {
            const struct sim_made *m = d->kinds.items[i];
            if (m->served && strcmp(m->kind.plural, plural) == 0 &&
                strcmp(m->kind.group, group) == 0 && strcmp(m->kind.version, version) == 0)
                return &m->kind;
        }
    return NULL;
}

const struct sim_kind *sim_define_named(const struct sim_cluster *c, const char *api,
                                        const char *kind)
{
    size_t n = strcspn(api, "/");
    for (struct sim_definition *d = c->definitions ? c->definitions->first : NULL; d; d = d->next)
        if (d->established && strcmp(d->stored->kind.kind, kind) == 0 &&
            strlen(d->stored->kind.group) == n && memcmp(d->stored->kind.group, api, n) == 0)
            return &d->stored->kind;
    return NULL;
}

const struct sim_made *sim_made_version(const struct sim_made *m, const char *api)
{
    size_t n = strlen(m->kind.group);
    if (strncmp(api, m->kind.group, n) != 0 || api[n] != '/')
        return NULL;
    for (size_t i = 0; i < m->of->kinds.len; i++)
        if (strcmp(m->of->kinds.items[i]->kind.version, api + n + 1) == 0)
            return m->of->kinds.items[i];
    return NULL;
}

/* ---- made of a definition's object ---- */

/* "" for what is no string */
static const char *text_of(struct val_pool *p, const struct val *v)
{
    return arena_strdup(&p->arena, val_str(v, ""));
}

static const char *path_of(struct val_pool *p, const struct val *v)
{
    return val_is(v, VAL_STRING) && v->len ? text_of(p, v) : NULL;
}

/* Strings of a list, blank-separated. skip: so many bytes of each. */
static const char *words_of(struct val_pool *p, const struct val *list, const char *key,
                            size_t skip)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        const char *s = val_str(key ? val_get(v, key) : v, "");
        buf_printf(&b, "%s%s", i ? " " : "", strlen(s) > skip ? s + skip : "");
    }
    const char *words = arena_strdup(&p->arena, buf_str(&b));
    buf_clear(&b);
    return words;
}

static void scale_of(struct sim_made *m, struct val_pool *p, const struct val *scale)
{
    m->replicas = path_of(p, val_get(scale, "specReplicasPath"));
    m->status_replicas = path_of(p, val_get(scale, "statusReplicasPath"));
    m->selector = path_of(p, val_get(scale, "labelSelectorPath"));
    if (m->replicas && m->status_replicas)
        m->kind.sub |= SIM_SCALE;
}

/* False when it cannot be used: it was made by nobody who was checked. */
static bool make_kind(struct sim_cluster *c, struct sim_made *m, struct val_pool *p,
                      const struct val *spec, const struct val *version)
{
    struct err e = ERR_INIT;
    const struct val *names = val_get(spec, "names"), *subs = val_get(version, "subresources");
    const struct sim_struct *meta = sim_types_find(c->sim->types, "meta.v1.ObjectMeta");
    schema_validator_free(m->validator);
    m->validator = NULL;
    m->schema = schema_load(p, val_at(version, "schema", "openAPIV3Schema", NULL), &e);
    if (m->schema) {
        m->validator = schema_validator_new(m->schema, &e);
        m->typed = typed_of_schema(p, m->schema, meta ? &meta->typed : &typed_deduced);
    }
    m->kind = (struct sim_kind){
        .group = text_of(p, val_get(spec, "group")),
        .version = text_of(p, val_get(version, "name")),
        .kind = text_of(p, val_get(names, "kind")),
        .plural = text_of(p, val_get(names, "plural")),
        .singular = text_of(p, val_get(names, "singular")),
        .short_names = words_of(p, val_get(names, "shortNames"), NULL, 0),
        .namespaced = val_str_is(val_get(spec, "scope"), "Namespaced"),
        .sub = val_get(subs, "status") ? SIM_STATUS : 0,
        .fields = words_of(p, val_get(version, "selectableFields"), "jsonPath", 1),
        .columns = sim_made_columns(p, val_get(version, "additionalPrinterColumns")),
        .made = m,
    };
    m->served = val_bool(val_get(version, "served"), false);
    m->list_kind = text_of(p, val_get(names, "listKind"));
    m->categories = words_of(p, val_get(names, "categories"), NULL, 0);
    scale_of(m, p, val_get(subs, "scale"));
    err_clear(&e);
    return m->schema && m->validator && m->typed && m->kind.columns;
}

/* A version that the definition no longer has: watches and old objects may still name it. */
static void retire_kind(struct sim_made *m, struct val_pool *p)
{
    const char **texts[] = {&m->kind.group,  &m->kind.version,  &m->kind.kind,
                            &m->kind.plural, &m->kind.singular, &m->kind.short_names,
                            &m->kind.fields, &m->list_kind,     &m->categories};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = arena_strdup(&p->arena, *texts[i]);
    schema_validator_free(m->validator);
    m->validator = NULL;
    m->schema = NULL;
    m->typed = &typed_deduced;
    m->kind.sub = 0;
    m->kind.columns = sim_made_columns(p, NULL);
    m->served = false;
}

static struct sim_made *kind_of(struct sim_definition *d, const char *version)
{
    for (size_t i = 0; i < d->kinds.len; i++)
        if (strcmp(d->kinds.items[i]->kind.version, version) == 0)
            return d->kinds.items[i];
    return NULL;
}

/* What is stored is from now on read as the schema of today has it, in the version in which it was
 * stored; nobody is told. */
static void read_again(struct sim_cluster *c, struct sim_definition *d)
{
    for (size_t i = 0; i < d->objects.len; i++) {
        struct val_pool p;
        val_pool_init(&p);
        const struct sim_made *m = d->objects.items[i]->kind->made;
        const struct val *v = sim_object_read(&p, d->objects.items[i]);
        sim_store_reread(&d->objects, i, &m->kind, sim_made_show(&p, m, true, v));
        val_pool_clear(&p);
    }
}

static void pool_free(struct val_pool *p)
{
    if (p)
        val_pool_clear(p);
    mem_free(p);
}

static const struct val *version_named(const struct val *versions, const char *name)
{
    for (size_t i = 0; i < val_count(versions); i++)
        if (val_str_is(val_get(val_item(versions, i), "name"), name))
            return val_item(versions, i);
    return NULL;
}

/* The kinds of d as the object now has them. */
static void make(struct sim_cluster *c, struct sim_definition *d, const struct val *object)
{
    struct val_pool *old = d->pool;
    d->pool = mem_new(struct val_pool);
    val_pool_init(d->pool);
    const struct val *spec = val_copy(d->pool, val_get(object, "spec"));
    const struct val *versions = val_get(spec, "versions");
    bool fine = spec != NULL;
    d->stored = NULL;
    for (size_t i = 0; i < d->kinds.len; i++)
        if (!version_named(versions, d->kinds.items[i]->kind.version))
            retire_kind(d->kinds.items[i], d->pool);
    for (size_t i = 0; fine && i < val_count(versions); i++) {
        const struct val *version = val_item(versions, i);
        struct sim_made *m = kind_of(d, val_str(val_get(version, "name"), ""));
        if (!m) {
            m = mem_new(struct sim_made);
            m->of = d;
            vec_push(&d->kinds, m);
        }
        fine = make_kind(c, m, d->pool, spec, version);
        if (val_bool(val_get(version, "storage"), false))
            d->stored = m;
    }
    d->generation = val_int(val_at(object, "metadata", "generation", NULL), 0);
    d->established = fine && d->stored;
    if (d->established)
        read_again(c, d);
    pool_free(old);
}

void sim_definition_unref(struct sim_definition *d)
{
    if (--d->refs)
        return;
    for (size_t i = 0; i < d->kinds.len; i++) {
        schema_validator_free(d->kinds.items[i]->validator);
        mem_free(d->kinds.items[i]);
    }
    vec_clear(&d->kinds);
    pool_free(d->pool);
    mem_free(d);
}

/* ---- names ---- */

struct accepted {
    struct buf names; /* members of acceptedNames, JSON */
    bool all;
    char reason[40], message[200]; /* of the last that was taken */
};

static bool has_name(const struct val *names, const char *key, const char *name)
{
    const struct val *v = val_get(names, key);
    for (size_t i = 0; i < (val_is(v, VAL_LIST) ? v->len : 0); i++)
        if (val_str_is(val_item(v, i), name))
            return true;
    return val_str_is(v, name);
}

/* Does another definition of the group have that name already? */
static bool taken(struct sim_cluster *c, struct val_pool *p, const struct sim_object *self,
                  const char *group, const char *name, const char *const *keys)
{
    const sim_object_vec *all = sim_store_all(c, definition_kind());
    for (size_t i = 0; i < all->len; i++) {
        struct sim_object *o = all->items[i];
        if (strcmp(o->name, self->name) == 0)
            continue;
        const struct val *v = sim_object_read(p, o);
        const struct val *names = val_at(v, "status", "acceptedNames", NULL);
        if (!val_str_is(val_at(v, "spec", "group", NULL), group))
            continue;
        for (const char *const *k = keys; *k; k++)
            if (has_name(names, *k, name))
                return true;
    }
    return false;
}

static void accept(struct sim_cluster *c, struct val_pool *p, const struct sim_object *o,
                   const struct val *v, struct accepted *out)
{
    static const char *const things[] = {"plural", "singular", "shortNames", NULL};
    static const char *const kinds[] = {"kind", "listKind", NULL};
    static const struct {
        const char *key, *conflict;
        const char *const *among;
    } names[] = {
        {"plural", "PluralConflict", things},         {"singular", "SingularConflict", things},
        {"shortNames", "ShortNamesConflict", things}, {"kind", "KindConflict", kinds},
        {"listKind", "ListKindConflict", kinds},
    };
    const struct val *spec = val_get(v, "spec"), *wanted = val_get(spec, "names");
    const char *group = val_str(val_get(spec, "group"), "");
    buf_init(&out->names, BUF_LARGE);
    out->all = true;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct val *name = val_get(wanted, names[i].key);
        const char *clash = NULL;
        bool list = val_is(name, VAL_LIST);
        for (size_t k = 0; k < (list ? name->len : 1) && !clash; k++) {
            const char *s = val_str(list ? val_item(name, k) : name, "");
            clash = *s && taken(c, p, o, group, s, names[i].among) ? s : NULL;
        }
        if (clash) {
            out->all = false;
            snprintf(out->reason, sizeof(out->reason), "%s", names[i].conflict);
            snprintf(out->message, sizeof(out->message), "\"%.150s\" is already in use", clash);
        } else if (name) {
            buf_printf(&out->names, "%s\"%s\":", out->names.len ? "," : "", names[i].key);
            json_write(&out->names, name, JSON_COMPACT);
        }
    }
    const struct val *categories = val_get(wanted, "categories");
    if (categories) {
        buf_puts(&out->names, out->names.len ? ",\"categories\":" : "\"categories\":");
        json_write(&out->names, categories, JSON_COMPACT);
    }
}

/* ---- conditions ---- */

struct condition {
    const char *type;
    bool yes;
    const char *reason, *message;
};

static bool says(const struct val *v, const struct condition *x)
{
    const struct val *have = sim_condition(v, x->type);
    return val_str_is(val_get(have, "status"), x->yes ? "True" : "False") &&
           val_str_is(val_get(have, "reason"), x->reason) &&
           val_str_is(val_get(have, "message"), x->message);
}

/* "conditions":[…] with these put into their places. */
static void write_conditions(struct buf *b, struct sim_cluster *c, const struct val *v,
                             const struct condition *set, size_t n)
{
    const struct val *list = val_at(v, "status", "conditions", NULL);
    bool any = false;
    buf_puts(b, "\"conditions\":[");
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *one = val_item(list, i);
        size_t k = 0;
        while (k < n && !val_str_is(val_get(one, "type"), set[k].type))
            k++;
        buf_puts(b, any ? "," : "");
        if (k < n)
            sim_condition_write(b, c, v, set[k].type, set[k].yes, set[k].reason, set[k].message);
        else
            json_write(b, one, JSON_COMPACT);
        any = true;
    }
    for (size_t k = 0; k < n; k++) {
        if (sim_condition(v, set[k].type))
            continue;
        buf_puts(b, any ? "," : "");
        sim_condition_write(b, c, v, set[k].type, set[k].yes, set[k].reason, set[k].message);
        any = true;
    }
    buf_putc(b, ']');
}

static struct sim_object *set_conditions(struct sim_cluster *c, struct sim_object *o,
                                         const struct val *v, const struct condition *set, size_t n,
                                         const char *more)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    write_conditions(&b, c, v, set, n);
    o = sim_act_patch(c, &as_server_status, o, "{\"status\":{%s%s%s}}", buf_str(&b),
                      *more ? "," : "", more);
    buf_clear(&b);
    return o;
}

/* ---- following one object ---- */

static bool is_established(const struct val *v)
{
    return val_str_is(val_get(sim_condition(v, "Established"), "status"), "True");
}

static void name_it(struct sim_cluster *c, struct sim_object *o)
{
    struct val_pool p;
    struct accepted a = {0};
    struct buf more;
    val_pool_init(&p);
    buf_init(&more, BUF_LARGE);
    const struct val *v = sim_object_read(&p, o);
    accept(c, &p, o, v, &a);
    buf_printf(&more, "\"acceptedNames\":{%s}", buf_str(&a.names));
    const struct val *names = json_read(&p, buf_str(&more) + strlen("\"acceptedNames\":"),
                                        more.len - strlen("\"acceptedNames\":"), NULL, NULL);
    struct condition set[] = {
        {"NamesAccepted", a.all, a.all ? "NoConflicts" : a.reason,
         a.all ? "no conflicts found" : a.message},
        {"Established", false, a.all ? "Installing" : "NotAccepted",
         a.all ? "the initial names have been accepted" : "not all names are accepted"},
    };
    size_t n = is_established(v) ? 1 : 2; /* what is established stays that */
    const struct val *have = val_at(v, "status", "acceptedNames", NULL);
    bool same = says(v, &set[0]) && names && (!a.all || val_equal(names, have));
    if (!same)
        o = set_conditions(c, o, v, set, n, buf_str(&more));
    if (o && a.all) {
        v = sim_object_read(&p, o);
        const struct condition done = {"Established", true, "InitialNamesAccepted",
                                       "the initial names have been accepted"};
        if (!is_established(v))
            (void)set_conditions(c, o, v, &done, 1, "");
    }
    buf_clear(&a.names);
    buf_clear(&more);
    val_pool_clear(&p);
}

static struct sim_definition *definition_of(struct sim_cluster *c, const char *uid)
{
    for (struct sim_definition *d = c->definitions->first; d; d = d->next)
        if (strcmp(d->uid, uid) == 0)
            return d;
    return NULL;
}

/* Its instances end; when none is left, so does it. */
static void end_it(struct sim_cluster *c, struct sim_object *o, struct sim_definition *d)
{
    static const struct condition begun = {"Terminating", true, "InstanceDeletionInProgress",
                                           "CustomResource deletion is in progress"};
    struct val_pool p;
    sim_object_vec left = {0};
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, o);
    if (!says(v, &begun))
        o = set_conditions(c, o, v, &begun, 1, "");
    for (size_t i = 0; d && i < d->objects.len; i++)
        vec_push(&left, sim_object_ref(d->objects.items[i]));
    for (size_t i = 0; i < left.len; i++)
        sim_act_delete(c, left.items[i]);
    sim_object_vec_clear(&left);
    if (o && (!d || !d->objects.len))
        sim_act_patch(c, &as_server, o, "{\"metadata\":{\"finalizers\":null}}");
    val_pool_clear(&p);
}

static void follow(struct sim_cluster *c, struct sim_object *o)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, o);
    const char *uid = sim_uid(v);
    struct sim_definition *d = definition_of(c, uid);
    if (!d && is_established(v)) {
        d = mem_new(struct sim_definition);
        *d = (struct sim_definition){
            .refs = 1, .next = c->definitions->first, .types = c->sim->types};
        snprintf(d->uid, sizeof(d->uid), "%s", uid);
        c->definitions->first = d;
    }
    if (d && d->generation != val_int(val_at(v, "metadata", "generation", NULL), 0))
        make(c, d, v);
    if (d)
        d->going = sim_is_going(v);
    if (sim_is_going(v))
        end_it(c, o, d);
    val_pool_clear(&p);
}

/* Definitions whose object is gone. */
static void forget_gone(struct sim_cluster *c)
{
    const sim_object_vec *all = sim_store_all(c, definition_kind());
    struct sim_definition **at = &c->definitions->first, *d;
    while ((d = *at)) {
        bool there = false;
        for (size_t i = 0; i < all->len && !there; i++)
            there = strstr(all->items[i]->text, d->uid) != NULL;
        if (there) {
            at = &d->next;
            continue;
        }
        *at = d->next;
        sim_watch_stop(c, d);
        sim_object_vec_clear(&d->objects);
        sim_definition_unref(d);
    }
}

void sim_define_tell(struct sim_cluster *c, const struct sim_event *ev)
{
    const struct sim_made *m = ev->now->kind->made;
    if (m ? !m->of->going : ev->now->kind != definition_kind())
        return;
    if (!c->definitions)
        c->definitions = mem_new(struct sim_definitions);
    c->definitions->stale = true;
}

void sim_define_tick(struct sim_cluster *c)
{
    enum { ROUNDS = 2 }; /* one settles conditions, the next one serves what they allow */
    for (int round = 0; c->definitions && c->definitions->stale && round < ROUNDS; round++) {
        sim_object_vec all = {0};
        const sim_object_vec *now = sim_store_all(c, definition_kind());
        for (size_t i = 0; i < now->len; i++)
            vec_push(&all, sim_object_ref(now->items[i]));
        c->definitions->stale = false;
        for (size_t i = 0; i < all.len; i++) {
            struct sim_object *o = sim_store_get(c, definition_kind(), "", all.items[i]->name);
            struct val_pool p;
            val_pool_init(&p);
            bool going = o && sim_is_going(sim_object_read(&p, o));
            val_pool_clear(&p);
            if (o && !going)
                name_it(c, o);
            o = o ? sim_store_get(c, definition_kind(), "", all.items[i]->name) : NULL;
            if (o)
                follow(c, o);
        }
        sim_object_vec_clear(&all);
        forget_gone(c);
        if (!c->definitions->first && !sim_store_all(c, definition_kind())->len)
            sim_define_clear(c);
    }
}

void sim_define_clear(struct sim_cluster *c)
{
    struct sim_definition *d = c->definitions ? c->definitions->first : NULL, *next;
    for (; d; d = next) {
        next = d->next;
        sim_watch_stop(c, d);
        sim_object_vec_clear(&d->objects);
        sim_definition_unref(d);
    }
    mem_free(c->definitions);
    c->definitions = NULL;
}
