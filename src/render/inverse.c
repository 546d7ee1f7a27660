// SPDX-License-Identifier: Apache-2.0
/*
 * From a live value back to the parameter that would give it. A leaf that is computed, constant, or
 * made of what is no parameter has none. What is found is not trusted: the object is rendered once
 * more with it, and has to come out with the value.
 */
#include "render/render_int.h"

#include "data/json.h"

#include <string.h>

struct inverse {
    const struct render_result *r;
    const struct render_object *o;
    const struct composition_instance *in;
    struct path path;
    const struct val *live;
    struct render_inverse *out;
};

/* ---- what an expression is ---- */

struct span {
    const char *s, *end;
};

static struct span trimmed(struct span t)
{
    while (t.s < t.end && strchr(" \t\r\n", *t.s))
        t.s++;
    while (t.end > t.s && strchr(" \t\r\n", t.end[-1]))
        t.end--;
    return t;
}

static bool take(struct span *t, const char *word, size_t n)
{
    if ((size_t)(t->end - t->s) < n || memcmp(t->s, word, n) != 0)
        return false;
    t->s += n;
    return true;
}

/* Nothing but "params.a.b", "params.?a" or "string(params.a)"? */
static const struct catalog_ref *plain(const struct catalog_expr *x)
{
    const struct catalog_ref *ref = x->n_refs == 1 ? &x->refs[0] : NULL;
    struct span t = trimmed((struct span){x->text, x->text + x->len});
    if (!ref || ref->what != CATALOG_PARAMS || !ref->n_fields)
        return NULL;
    if (take(&t, "string(", 7)) {
        if (t.end == t.s || *--t.end != ')')
            return NULL;
        t = trimmed(t);
    }
    bool is = take(&t, "params", 6);
    for (uint32_t i = 0; is && i < ref->n_fields; i++) {
        is = take(&t, ".", 1);
        (void)take(&t, "?", 1);
        is = is && take(&t, ref->fields[i]->s, ref->fields[i]->len);
    }
    return is && t.s == t.end ? ref : NULL;
}

static int is_made_otherwise(const struct template_node *n, struct err *e)
{
    if (!n || n->kind == TEMPLATE_CONST)
        return err_set(e, ERR_UNSUPPORTED, "it is a constant of the module, no parameter");
    if (n->kind == TEMPLATE_EXPR)
        return err_set(e, ERR_UNSUPPORTED, "it is computed from ${%.*s}, no parameter alone",
                       (int)(n->as.expr->len < 120 ? n->as.expr->len : 120), n->as.expr->text);
    return err_set(e, ERR_UNSUPPORTED, "it is put together of more than one parameter");
}

/* ---- the value ---- */

/* A text is all that stands between what is constant around it. */
static const struct val *between(struct val_pool *p, const struct template_node *n, size_t at,
                                 const struct val *live)
{
    size_t head = 0, tail = 0;
    if (!val_is(live, VAL_STRING))
        return NULL;
    for (size_t i = 0; i < n->n; i++)
        *(i < at ? &head : &tail) += i == at ? 0 : n->as.parts[i].len;
    if (live->len < head + tail)
        return NULL;
    const char *s = live->as.s, *end = live->as.s + live->len - tail;
    for (size_t i = 0; i < at; s += n->as.parts[i++].len)
        if (memcmp(s, n->as.parts[i].text, n->as.parts[i].len) != 0)
            return NULL;
    for (size_t i = at + 1; i < n->n; end += n->as.parts[i++].len)
        if (memcmp(end, n->as.parts[i].text, n->as.parts[i].len) != 0)
            return NULL;
    return val_box(p, val_of_strn(p, s, live->len - head - tail));
}

static const struct schema *schema_of(const struct inverse *x, const struct catalog_ref *ref)
{
    const struct schema *s = x->in->module->parameters;
    for (uint32_t i = 0; s && i < ref->n_fields; i++)
        s = schema_prop(s, ref->fields[i]->s, ref->fields[i]->len);
    return s;
}

/* A number or truth that was made a text is one again. */
static const struct val *typed(const struct inverse *x, const struct catalog_ref *ref,
                               const struct val *text)
{
    const struct schema *s = schema_of(x, ref);
    uint8_t type = s ? s->type : SCHEMA_ANY;
    if (!val_is(text, VAL_STRING) || type == SCHEMA_STRING || type == SCHEMA_ANY ||
        type == SCHEMA_OBJECT || type == SCHEMA_ARRAY)
        return text;
    return json_read(x->r->pool, text->as.s, text->len, NULL, NULL);
}

static const struct catalog_ref *only_part(const struct template_node *n, size_t *at)
{
    size_t found = 0;
    for (size_t i = 0; i < n->n; i++)
        if (n->as.parts[i].expr) {
            found++;
            *at = i;
        }
    return found == 1 ? plain(n->as.parts[*at].expr) : NULL;
}

static bool is_secret(const struct inverse *x, const struct catalog_ref *ref)
{
    const struct catalog_module *m = x->in->module;
    const bool *made = x->r->instances[x->o->instance].secret;
    for (size_t i = 0; i < m->parameters->n_props; i++)
        if (strcmp(m->parameters->props[i].name->s, ref->fields[0]->s) == 0)
            return m->secret[i] || (made && made[i]);
    return false;
}

static int solve(const struct inverse *x, const struct template_node *n,
                 const struct catalog_ref **ref, const struct val **value, struct err *e)
{
    size_t at = 0;
    *value = x->live;
    *ref = NULL;
    if (n && n->kind == TEMPLATE_EXPR)
        *ref = plain(n->as.expr);
    else if (n && n->kind == TEMPLATE_TEXT && (*ref = only_part(n, &at)))
        *value = between(x->r->pool, n, at, x->live);
    if (!*ref)
        return is_made_otherwise(n, e);
    if (is_secret(x, *ref))
        return err_set(e, ERR_UNSUPPORTED, "params.%s is a secret: it is given by reference",
                       (*ref)->fields[0]->s);
    if (*value)
        *value = typed(x, *ref, *value);
    if (!*value)
        return err_set(e, ERR_UNSUPPORTED, "no value of params.%s gives what is live",
                       (*ref)->fields[0]->s);
    return 0;
}

/* ---- the override ---- */

/* A leaf inside of a parameter that is a map: its names follow those of the reference. */
static bool name_it(const struct inverse *x, const struct catalog_ref *ref, struct path below,
                    const struct val *value)
{
    struct val_pool *p = x->r->pool;
    const char *names[CATALOG_REF_DEPTH + PATH_MAX_ELEMS];
    struct buf b;
    size_t n = 0;
    for (uint32_t i = 0; i < ref->n_fields; i++)
        names[n++] = ref->fields[i]->s;
    for (size_t i = 0; i < below.len; i++) {
        if (below.elems[i].kind != PATH_FIELD)
            return false;
        names[n++] = below.elems[i].as.field->s;
    }
    buf_init(&b, BUF_SMALL);
    buf_puts(&b, x->in->name);
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, ".%s", names[i]);
    x->out->name = arena_strndup(&p->arena, buf_str(&b), b.len);
    buf_clear(&b);
    for (size_t i = n; value && i-- > 0;) {
        const struct val *map = val_map_of(p, NULL, 0);
        value = map ? val_map_with(p, map, names[i], value) : NULL;
    }
    x->out->params = value;
    return value && x->out->name;
}

static const struct render_object *same_object(const struct render_result *r,
                                               const struct render_object *o)
{
    for (size_t i = 0; i < r->n_objects; i++)
        if (r->objects[i].instance == o->instance && r->objects[i].resource == o->resource &&
            r->objects[i].item == o->item && strcmp(r->objects[i].name, o->name) == 0)
            return &r->objects[i];
    return NULL;
}

static int try_it(const struct inverse *x, struct err *e)
{
    struct render_input in = *x->r->input;
    struct render_result again = {0};
    struct catalog_problems problems = {0};
    struct render_override *all = arena_array(&x->r->pool->arena, in.n_overrides + 1, sizeof(*all));
    if (!all)
        return err_set(e, ERR_LIMIT, "it is too large to be tried");
    for (size_t i = 0; i < in.n_overrides; i++)
        all[i] = in.overrides[i];
    all[in.n_overrides++] = (struct render_override){x->out->module, x->out->params, "override"};
    in.overrides = all;
    const struct render_object *o = NULL;
    if (render(&in, x->r->pool, &again, &problems) == 0)
        o = same_object(&again, x->o);
    const struct val *v = o ? path_resolve(o->object, x->path, NULL, NULL) : NULL;
    if (problems.len)
        err_set(e, problems.items[0].code, "as %s: %s", x->out->name, problems.items[0].text);
    else if (!v || !val_equal(v, x->live))
        err_set(e, ERR_UNSUPPORTED, "%s does not decide it alone", x->out->name);
    catalog_problems_clear(&problems);
    return e->code;
}

int render_inverse(const struct render_result *r, const struct render_object *o, struct path path,
                   const struct val *live, struct render_inverse *out, struct err *e)
{
    const struct composition_instance *in = &r->input->composition->instances[o->instance];
    const struct render_place at = render_locate(r, o, path);
    const struct inverse x = {r, o, in, path, live, out};
    const struct catalog_ref *ref;
    const struct val *value;
    *out = (struct render_inverse){.module = in->name};
    if (solve(&x, at.node, &ref, &value, e))
        return e->code;
    out->value = value;
    const struct path below = {path.elems + at.depth, path.len - at.depth};
    if (!name_it(&x, ref, below, value))
        return err_set(e, ERR_UNSUPPORTED, "it is an item of the list params.%s",
                       ref->fields[0]->s);
    return try_it(&x, e);
}
