// SPDX-License-Identifier: Apache-2.0
/*
 * The public form over catalog/form.h: values are JSON outside, typed texts become values here.
 * Each change makes a new set of values in a pool of its own, so that a long session of typing does
 * not grow.
 */
#include "leeway/form.h"

#include "base/mem.h"
#include "catalog/form.h"
#include "data/json.h"
#include "data/path.h"

#include <string.h>

enum { FORM_JSON_MAX = 4 << 20, PLACES = 4 };

struct leeway_form {
    struct val_pool pool; /* of the schema */
    struct form *form;
    struct val_pool given_pool;
    const struct val *given; /* a map */
    struct form_view view;
    struct arena arena; /* of the rows */
    struct leeway_form_row *rows;
    size_t n_rows;
    struct buf json;
};

static const char *const places[PLACES] = {"secretRef", "env", "file", "command"};

/* ---- values as texts ---- */

static struct text json_text(struct arena *a, const struct val *v)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    struct text t =
        json_write(&b, v, JSON_COMPACT | JSON_ASCII) ? TEXT_NONE : text_clean(a, b.data, b.len);
    buf_clear(&b);
    return t;
}

static struct text secret_text(struct arena *a, const struct val *v)
{
    const struct val *ref = val_get(v, places[0]), *command = val_get(v, places[3]);
    struct text t = TEXT_NONE;
    if (ref) {
        const char *ns = val_str(val_get(ref, "namespace"), "");
        return text_fmt(a, "secretRef %s%s%s/%s", ns, *ns ? "/" : "",
                        val_str(val_get(ref, "name"), ""), val_str(val_get(ref, "key"), ""));
    }
    if (command) {
        t = TEXT("command");
        for (size_t i = 0; i < val_count(command); i++)
            t = text_fmt(a, "%s %s", t.str, val_str(val_item(command, i), ""));
        return t;
    }
    for (int i = 1; i < 3; i++)
        if (val_get(v, places[i]))
            return text_fmt(a, "%s %s", places[i], val_str(val_get(v, places[i]), ""));
    return t;
}

static struct text value_text(struct arena *a, const struct form_field *f, const struct val *v)
{
    if (!v || v->type == VAL_NULL)
        return TEXT_NONE;
    if (f->kind == FORM_SECRET)
        return secret_text(a, v);
    if (f->kind == FORM_SWITCH && v->type == VAL_BOOL)
        return v->as.b ? TEXT("yes") : TEXT("no");
    if (v->type == VAL_STRING)
        return text_clean(a, v->as.s, v->len);
    return json_text(a, v);
}

static struct text takes_text(struct arena *a, const struct form_field *f)
{
    bool number = f->kind == FORM_WHOLE || f->kind == FORM_NUMBER;
    const char *said = val_str(val_get(f->schema->source, "x-pattern-text"), NULL);
    const char *unit = number ? "" : f->kind == FORM_LIST ? " items" : " letters";
    if (f->kind == FORM_SWITCH)
        return TEXT("yes or no");
    if (f->kind == FORM_SECRET)
        return TEXT("where it is: secretRef, env, file or command");
    if (said)
        return text_cstr(a, said);
    if (f->kind == FORM_CHOICE || f->kind == FORM_GROUP || f->kind == FORM_MAP ||
        f->kind == FORM_YAML)
        return TEXT_NONE;
    struct text least = f->least ? json_text(a, f->least) : TEXT_NONE,
                most = f->most ? json_text(a, f->most) : TEXT_NONE;
    if (least.len && most.len)
        return text_fmt(a, "%s to %s%s", least.str, most.str, unit);
    if (least.len || most.len)
        return text_fmt(a, "%s %s%s", least.len ? "at least" : "at most",
                        least.len ? least.str : most.str, unit);
    return f->kind == FORM_WHOLE ? TEXT("a whole number") : number ? TEXT("a number") : TEXT_NONE;
}

/* ---- rows ---- */

static enum leeway_form_kind kind_of(enum form_kind k)
{
    static const enum leeway_form_kind kinds[] = {
        [FORM_TEXT] = LEEWAY_FORM_TEXT,     [FORM_WHOLE] = LEEWAY_FORM_NUMBER,
        [FORM_NUMBER] = LEEWAY_FORM_NUMBER, [FORM_SWITCH] = LEEWAY_FORM_SWITCH,
        [FORM_CHOICE] = LEEWAY_FORM_CHOICE, [FORM_SECRET] = LEEWAY_FORM_SECRET,
        [FORM_GROUP] = LEEWAY_FORM_GROUP,   [FORM_LIST] = LEEWAY_FORM_LIST,
        [FORM_MAP] = LEEWAY_FORM_MAP,       [FORM_YAML] = LEEWAY_FORM_YAML,
    };
    return kinds[k];
}

static void fill_row(struct leeway_form *f, const struct form_row *from,
                     struct leeway_form_row *out)
{
    struct arena *a = &f->arena;
    const struct form_field *x = from->field;
    struct leeway_form_choice *choices = arena_array(a, x->n_choices + 1, sizeof(*choices));
    for (size_t i = 0; i < x->n_choices; i++)
        choices[i] = (struct leeway_form_choice){value_text(a, x, x->choices[i].value),
                                                 text_cstr(a, x->choices[i].text)};
    bool inner = x->kind == FORM_GROUP || x->kind == FORM_LIST || x->kind == FORM_MAP;
    *out = (struct leeway_form_row){
        .path = text_cstr(a, from->path),
        .label = text_cstr(a, from->label),
        .description = text_cstr(a, x->description),
        .kind = kind_of(x->kind),
        .depth = from->depth,
        .value = inner ? TEXT_NONE : value_text(a, x, from->value),
        .otherwise = value_text(a, x, x->otherwise),
        .given = from->given,
        .required = x->required,
        .item = !*x->name,
        .wrong = text_cstr(a, from->wrong),
        .right = text_cstr(a, from->right),
        .takes = takes_text(a, x),
        .choices = choices,
        .n_choices = x->n_choices,
        .n_items = val_count(from->value),
    };
}

static void look(struct leeway_form *f)
{
    form_view_clear(&f->view);
    form_look(f->form, f->given, &f->view);
    arena_reset(&f->arena);
    f->rows = arena_array(&f->arena, f->view.len + 1, sizeof(*f->rows));
    f->n_rows = 0;
    for (size_t i = 0; i < f->view.len; i++)
        if (f->view.rows[i].visible)
            fill_row(f, &f->view.rows[i], &f->rows[f->n_rows++]);
    buf_reset(&f->json);
    if (json_write(&f->json, f->given, JSON_COMPACT))
        buf_reset(&f->json);
}

/* Takes the values over, in a pool that holds nothing else. */
static void become(struct leeway_form *f, const struct val *given)
{
    struct val_pool fresh;
    val_pool_init(&fresh);
    const struct val *copy = val_copy(&fresh, given);
    form_view_clear(&f->view); /* it borrows from what goes */
    val_pool_clear(&f->given_pool);
    f->given_pool = fresh;
    f->given = copy;
    look(f);
}

struct leeway_form *leeway_form_new(const char *schema, const char *values, struct err *e)
{
    struct leeway_form *f = mem_new(struct leeway_form);
    val_pool_init(&f->pool);
    val_pool_init(&f->given_pool);
    val_pool_init(&f->view.pool);
    arena_init(&f->arena);
    buf_init(&f->json, FORM_JSON_MAX);
    const struct val *v = json_read(&f->pool, schema, strlen(schema), NULL, e);
    const struct schema *s = v ? schema_load(&f->pool, v, e) : NULL;
    f->form = s ? form_new(s, e) : NULL;
    f->given = values && f->form ? json_read(&f->given_pool, values, strlen(values), NULL, e)
                                 : val_map_of(&f->given_pool, NULL, 0);
    if (!f->form || !val_is(f->given, VAL_MAP)) {
        if (!e->code)
            err_set(e, ERR_TYPE, "the values of a form are a map");
        leeway_form_free(f);
        return NULL;
    }
    look(f);
    return f;
}

void leeway_form_free(struct leeway_form *f)
{
    if (!f)
        return;
    form_view_clear(&f->view);
    form_free(f->form);
    val_pool_clear(&f->given_pool);
    val_pool_clear(&f->pool);
    arena_clear(&f->arena);
    buf_clear(&f->json);
    mem_free(f);
}

size_t leeway_form_rows(const struct leeway_form *f, const struct leeway_form_row **rows)
{
    *rows = f->rows;
    return f->n_rows;
}

size_t leeway_form_errors(const struct leeway_form *f)
{
    return f->view.errors;
}

const char *leeway_form_values(const struct leeway_form *f)
{
    return f->json.len ? buf_str(&f->json) : "{}";
}

/* ---- changing ---- */

static const struct form_row *find(const struct leeway_form *f, const char *path)
{
    for (size_t i = 0; i < f->view.len; i++)
        if (strcmp(f->view.rows[i].path, path) == 0)
            return &f->view.rows[i];
    return NULL;
}

bool leeway_form_secret_so_far(struct text typed)
{
    for (int i = 0; i < PLACES; i++) {
        size_t n = strlen(places[i]);
        if (typed.len <= n ? strncmp(places[i], typed.str, typed.len) == 0
                           : strncmp(places[i], typed.str, n) == 0 && typed.str[n] == ' ')
            return true;
    }
    return false;
}

static const struct val *str_val(struct val_pool *p, const char *s, size_t len)
{
    return val_box(p, val_of_strn(p, s, len));
}

/* "NAMESPACE/NAME/KEY"; without the namespace the environment's. */
static const struct val *read_ref(struct val_pool *p, const char *s)
{
    const char *last = strrchr(s, '/'), *first = strchr(s, '/');
    const struct val *v = val_map_of(p, NULL, 0);
    if (!last || last == s || !last[1] || (first != last && first + 1 == last))
        return NULL;
    if (first != last)
        v = val_map_with(p, v, "namespace", str_val(p, s, (size_t)(first - s)));
    const char *name = first != last ? first + 1 : s;
    v = val_map_with(p, v, "name", str_val(p, name, (size_t)(last - name)));
    return val_map_with(p, v, "key", str_val(p, last + 1, strlen(last + 1)));
}

static const struct val *read_words(struct val_pool *p, const char *s)
{
    const struct val *items[64];
    struct val flat[64];
    size_t n = 0;
    for (; *s && n < 64; s += strspn(s, " ")) {
        size_t len = strcspn(s, " ");
        items[n] = str_val(p, s, len);
        flat[n] = *items[n];
        n++;
        s += len;
    }
    return n ? val_list_of(p, flat, n) : NULL;
}

static const struct val *read_secret(struct val_pool *p, struct text typed, struct err *e)
{
    for (int i = 0; i < PLACES; i++) {
        size_t n = strlen(places[i]);
        if (strncmp(typed.str, places[i], n) != 0 || typed.str[n] != ' ')
            continue;
        const char *rest = typed.str + n + strspn(typed.str + n, " ");
        const struct val *v = i == 0   ? read_ref(p, rest)
                              : i == 3 ? read_words(p, rest)
                              : *rest  ? str_val(p, rest, strlen(rest))
                                       : NULL;
        if (v)
            return val_map_with(p, val_map_of(p, NULL, 0), places[i], v);
    }
    err_set(e, ERR_INVALID, "say where the secret is, not what it is");
    err_hint(e, "secretRef NAMESPACE/NAME/KEY, env NAME, file PATH or command ARGV");
    return NULL;
}

static int put(struct leeway_form *f, struct val_pool *p, const char *path, const struct val *v,
               struct err *e)
{
    const struct val *next = form_put(p, f->given, path, v);
    if (!next)
        return err_set(e, ERR_NOT_FOUND, "the form has no place %s", path);
    become(f, next);
    return 0;
}

/* How much of raw, from its beginning (or its end), is shown as the same part of typed. */
static size_t kept(struct arena *a, const struct val *raw, struct text typed, bool from_end,
                   uint32_t *shown)
{
    size_t best = 0;
    uint32_t room = typed.len - *shown, cp;
    *shown = 0;
    for (size_t at = 0; at <= raw->len;) {
        size_t n = from_end ? raw->len - at : at;
        struct text t = text_clean(a, from_end ? raw->as.s + at : raw->as.s, n);
        const char *part = from_end ? typed.str + typed.len - t.len : typed.str;
        if (t.len <= room && n >= best && memcmp(part, t.str, t.len) == 0) {
            best = n;
            *shown = t.len;
        }
        int step = at < raw->len ? text_decode(raw->as.s + at, raw->len - at, &cp) : 1;
        at += step > 0 ? (size_t)step : 1;
    }
    return best;
}

/* What was typed over the visible form of a text: what was not touched keeps its bytes. */
static struct text retyped(struct arena *a, const struct val *was, struct text typed)
{
    if (!val_is(was, VAL_STRING) || text_equal(text_clean(a, was->as.s, was->len), typed))
        return val_is(was, VAL_STRING) ? (struct text){was->as.s, was->len, 0} : typed;
    struct text plain = {was->as.s, was->len, 0};
    if (text_equal(text_clean(a, was->as.s, was->len), plain))
        return typed; /* it hides nothing */
    uint32_t front = 0, back;
    size_t head = kept(a, was, typed, false, &front);
    back = front;
    size_t tail = kept(a, was, typed, true, &back);
    tail = head + tail > was->len ? was->len - head : tail;
    struct buf b;
    buf_init(&b, BUF_LARGE);
    buf_add(&b, was->as.s, head);
    buf_add(&b, typed.str + front, typed.len - front - back);
    buf_add(&b, was->as.s + was->len - tail, tail);
    char *out = arena_strndup(a, buf_str(&b), b.len);
    struct text t = {out, (uint32_t)b.len, 0};
    buf_clear(&b);
    return t;
}

int leeway_form_put(struct leeway_form *f, const char *path, struct text typed, struct err *e)
{
    struct val_pool p;
    const struct form_row *row = find(f, path);
    const struct val *v = NULL;
    if (!row)
        return err_set(e, ERR_NOT_FOUND, "the form has no place %s", path);
    if (!typed.len)
        return leeway_form_unset(f, path);
    val_pool_init(&p);
    if (row->field->kind == FORM_SECRET)
        v = read_secret(&p, typed, e);
    else if (row->field->kind == FORM_SWITCH &&
             (text_equal(typed, TEXT("yes")) || text_equal(typed, TEXT("no"))))
        v = val_box(&p, val_of_bool(typed.str[0] == 'y'));
    else {
        struct text t =
            row->field->kind == FORM_TEXT ? retyped(&p.arena, row->value, typed) : typed;
        v = form_read(&p, row->field, t.str, t.len, e);
    }
    int rc = v ? put(f, &p, path, v, e) : e->code ? e->code : err_set(e, ERR_INVALID, "no value");
    val_pool_clear(&p);
    return rc;
}

int leeway_form_unset(struct leeway_form *f, const char *path)
{
    struct val_pool p;
    struct err e = ERR_INIT;
    const struct form_row *row = find(f, path);
    if (!row || !row->given)
        return 0; /* the default is there already */
    val_pool_init(&p);
    int rc = put(f, &p, path, NULL, &e);
    val_pool_clear(&p);
    err_clear(&e);
    return rc;
}

/* What a new item begins with: nothing of its kind. */
static struct val beginning(struct val_pool *p, const struct form_field *f)
{
    if (f->otherwise)
        return *f->otherwise;
    if (f->n_choices)
        return *f->choices[0].value;
    switch (f->kind) {
    case FORM_GROUP:
    case FORM_MAP:
    case FORM_SECRET:
        return *val_map_of(p, NULL, 0);
    case FORM_LIST:
        return *val_list_of(p, NULL, 0);
    case FORM_SWITCH:
        return val_of_bool(false);
    case FORM_WHOLE:
    case FORM_NUMBER:
        return val_of_int(f->least ? val_int(f->least, 0) : 0);
    default:
        return val_of_str(p, "");
    }
}

/* A list or a map that stands there by default is given first. */
int leeway_form_add(struct leeway_form *f, const char *path, const char *name, struct err *e)
{
    struct val_pool p;
    struct buf at;
    const struct form_row *row = find(f, path);
    if (!row || (row->field->kind != FORM_LIST && row->field->kind != FORM_MAP))
        return err_set(e, ERR_NOT_FOUND, "nothing can be added at %s", path);
    if (row->field->kind == FORM_MAP && (!name || !*name))
        return err_set(e, ERR_USAGE, "a name is needed");
    val_pool_init(&p);
    buf_init(&at, BUF_SMALL);
    const struct val *base =
        row->given || !row->value ? f->given : form_put(&p, f->given, path, row->value);
    struct val item = beginning(&p, row->field->fields);
    const struct val *next = NULL;
    struct path parsed;
    int rc = 0;
    if (row->field->kind == FORM_LIST) {
        buf_printf(&at, "%s[%zu]", path, val_count(row->value));
        next = form_put(&p, base, buf_str(&at), &item);
    } else if (path_parse(&p, path, strlen(path), &parsed, e) == 0) {
        const struct val *map =
            row->value && row->value->type == VAL_MAP ? row->value : val_map_of(&p, NULL, 0);
        if (val_get(map, name))
            rc = err_set(e, ERR_EXISTS, "%s is there already", name);
        else
            next = form_put(&p, base, path, val_map_with(&p, map, name, &item));
    }
    if (next)
        become(f, next);
    else if (!rc)
        rc = err_set(e, ERR_INVALID, "nothing can be added at %s", path);
    buf_clear(&at);
    val_pool_clear(&p);
    return rc;
}
