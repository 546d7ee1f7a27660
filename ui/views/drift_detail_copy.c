// SPDX-License-Identifier: Apache-2.0
/*
 * What `c` offers on a difference: its value, the link, and lines for a shell. leeway itself runs
 * none of them; a revert by kubectl is somebody's own.
 */
#include "views/copy.h"
#include "views/drift_detail.h"
#include "views/drift_detail_int.h"

#include "data/json.h"
#include "data/path.h"

#include <string.h>

enum { PATCH_MAX = 4096 };

/* The given value as it stood: JSON where it is some, else a text. NULL: it is shown in part. */
static const struct val *given_value(struct val_pool *p, struct text t)
{
    struct err e = ERR_INIT;
    const struct val *v = json_read(p, t.str, t.len, NULL, &e);
    bool part = !v && (t.str[0] == '{' || t.str[0] == '[' || strstr(t.str, "\xe2\x80\xa6"));
    err_clear(&e);
    return v ? v : part ? NULL : val_box(p, val_of_strn(p, t.str, t.len));
}

/* The value inside the maps and keyed items that lead to it; NULL: no patch can say that. */
static const struct val *nested(struct val_pool *p, struct path path, const struct val *v,
                                bool *lists)
{
    for (size_t i = path.len; v && i-- > 0;) {
        const struct path_elem *e = &path.elems[i];
        if (e->kind == PATH_FIELD) {
            v = val_map_with(p, val_map_of(p, NULL, 0), e->as.field->s, v);
            continue;
        }
        if (e->kind != PATH_KEY || !val_is(v, VAL_MAP))
            return NULL;
        const struct val *item = val_map_of(p, NULL, 0);
        for (size_t k = 0; item && k < e->as.key->len; k++)
            item = val_map_with(p, item, e->as.key->as.entries[k].key->s,
                                &e->as.key->as.entries[k].value);
        for (size_t k = 0; item && k < v->len; k++)
            item = val_map_with(p, item, v->as.entries[k].key->s, &v->as.entries[k].value);
        v = item ? val_list_of(p, item, 1) : NULL;
        *lists = true;
    }
    return v;
}

/* In single quotes for a shell. */
static struct text quoted(struct arena *a, const char *s)
{
    struct buf b;
    buf_init(&b, 4 * PATCH_MAX);
    buf_printf(&b, "'");
    for (; *s; s++)
        if (*s == '\'')
            buf_printf(&b, "'\\''");
        else
            buf_printf(&b, "%c", *s);
    buf_printf(&b, "'");
    struct text t = text_clean(a, buf_str(&b), b.len);
    buf_clear(&b);
    return t;
}

static struct text patch(const struct object_ref *ref, struct text field, struct text given,
                         struct arena *a)
{
    struct val_pool p;
    struct path path;
    struct err e = ERR_INIT;
    struct buf b;
    bool lists = false;
    struct text out = TEXT_NONE;
    bool masked = strcmp(ref->kind.str, "Secret") == 0;
    val_pool_init(&p);
    buf_init(&b, PATCH_MAX);
    const struct val *v =
        masked || text_equal(given, TEXT("-")) || path_parse(&p, field.str, field.len, &path, &e)
            ? NULL
            : given_value(&p, given);
    v = v ? nested(&p, path, v, &lists) : NULL;
    bool custom = strchr(ref->group.str, '.') && !strstr(ref->group.str, ".k8s.io");
    if (v && !(lists && custom) && json_write(&b, v, JSON_COMPACT) == 0)
        out = text_fmt(a, "kubectl --context %s%s%s patch %s %s --type=%s -p %s", ref->cluster.str,
                       ref->namespace_.len ? " -n " : "", ref->namespace_.str,
                       object_ref_resource(a, ref).str, ref->name.str,
                       lists ? "strategic" : "merge", quoted(a, buf_str(&b)).str);
    err_clear(&e);
    buf_clear(&b);
    val_pool_clear(&p);
    return out;
}

/* Who it was stands in the cluster's audit log: for jq, over the lines of that. */
static struct text audit_query(const struct leeway_drift *x, struct arena *a)
{
    char after[CLOCK_RFC3339_LEN] = "", before[CLOCK_RFC3339_LEN] = "";
    if (!x)
        return TEXT_NONE;
    if (x->after_ms)
        clock_format_rfc3339(x->after_ms, after);
    if (x->before_ms)
        clock_format_rfc3339(x->before_ms + 1000, before);
    return text_fmt(a,
                    "jq -r 'select(.objectRef.name == \"%s\" and .objectRef.namespace == \"%s\" "
                    "and (.verb | IN(\"create\", \"update\", \"patch\", \"delete\"))%s%s%s%s%s%s) "
                    "| [.stageTimestamp, .user.username, .verb, .objectRef.subresource, "
                    ".userAgent] | @tsv' audit.log",
                    x->name.str, x->namespace_.str, *after ? " and .stageTimestamp >= \"" : "",
                    after, *after ? "\"" : "", *before ? " and .stageTimestamp <= \"" : "", before,
                    *before ? "\"" : "");
}

/* The same for a difference in a list and for a field: x NULL: it is as given. */
static void pick(struct app *a, struct view *owner, const struct object_ref *ref,
                 struct text environment, const struct leeway_drift *x, struct text words,
                 struct text live, struct text given)
{
    struct arena arena;
    arena_init(&arena);
    struct text path = x ? x->path : TEXT_NONE, what = object_ref_resource(&arena, ref);
    struct text link =
        LINK(&arena, "", TEXT("drift"), environment, ref->cluster, ref->kind, ref->name, path);
    COPY(a, owner, {words, "what is said of it"}, {live, "the live value"},
         {link_command(&arena, link), "the link"},
         {text_fmt(&arena, "leeway revert -e %s %s/%s", environment.str, ref->kind.str,
                   ref->name.str),
          "plans to give all of it back"},
         {text_fmt(&arena, "kubectl --context %s%s%s get %s %s -o yaml --show-managed-fields",
                   ref->cluster.str, ref->namespace_.len ? " -n " : "", ref->namespace_.str,
                   what.str, ref->name.str),
          "the object and its owners"},
         {path.len ? patch(ref, path, given, &arena) : TEXT_NONE,
          "a patch that gives the field back"},
         {audit_query(x, &arena), "who it was: the query for the audit log"});
    arena_clear(&arena);
}

void drift_copy(struct app *a, struct view *owner, const struct leeway_drift *x, struct text words)
{
    struct arena arena;
    arena_init(&arena);
    struct object_ref ref =
        object_ref_of(&arena, x->cluster, x->api_version, x->object_kind, x->namespace_, x->name);
    pick(a, owner, &ref, x->environment, x, words, x->live, x->given);
    arena_clear(&arena);
}

void drift_detail_copy(struct drift_detail *d, const struct detail_row *row)
{
    struct arena a;
    arena_init(&a);
    struct object_ref ref =
        object_ref_of(&a, d->cluster, d->api_version, d->kind, d->namespace_, d->name);
    const struct leeway_object_field *f = row ? row->field : NULL;
    struct text given = !f ? TEXT_NONE : text_equal(f->given, TEXT("=")) ? f->wanted : f->given;
    pick(d->app, &d->view, &ref, d->environment, f ? drift_detail_drift(d, f->path) : NULL,
         TEXT_NONE, f ? f->live : TEXT_NONE, given);
    arena_clear(&a);
}
