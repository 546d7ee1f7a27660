// SPDX-License-Identifier: Apache-2.0
/*
 * One kubeconfig file: read, parsed, and its named entries merged below those of earlier files.
 * Nothing is judged here but the shape of the lists; kubeconfig_check.c looks into the entries when
 * a context is asked for.
 */
#include "kube/kubeconfig_int.h"

#include "base/mem.h"
#include "data/yaml.h"
#include "kube/file.h"

#include <string.h>

#define POOL_FACTOR 8u /* memory of values against bytes of text, before it is called a bomb */
#define POOL_LEAST (4u * 1024u * 1024u)

const struct kubeconfig_section_info kubeconfig_sections[SECTION_COUNT] = {
    [SECTION_CLUSTERS] = {"clusters", "cluster"},
    [SECTION_USERS] = {"users", "user"},
    [SECTION_CONTEXTS] = {"contexts", "context"},
};

static const char whole_file_hint[] = "kubectl refuses the whole file for this";

void kubeconfig_wipe(const struct val *v)
{
    if (val_is(v, VAL_STRING) && v->len) {
        mem_wipe((void *)(uintptr_t)v->as.s, v->len);
    } else if (val_is(v, VAL_LIST)) {
        for (size_t i = 0; i < v->len; i++)
            kubeconfig_wipe(&v->as.items[i]);
    } else if (val_is(v, VAL_MAP)) {
        for (size_t i = 0; i < v->len; i++)
            kubeconfig_wipe(&v->as.entries[i].value);
    }
}

struct kubeconfig_source *kubeconfig_add_source(struct kubeconfig *kc, const char *place,
                                                const char *path, enum kubeconfig_found found)
{
    struct kubeconfig_source s = {
        .place = mem_strdup(place), .path = path ? mem_strdup(path) : NULL, .found = found};
    vec_push(&kc->sources, s);
    return &kc->sources.items[kc->sources.len - 1];
}

void kubeconfig_source_note(struct kubeconfig_source *s, struct err *e, bool blocks)
{
    s->problems = mem_reallocarray(s->problems, s->problems_len + 1, sizeof(*s->problems));
    struct kube_problem *p = &s->problems[s->problems_len++];
    err_move(&p->err, e);
    p->blocks = blocks;
}

static bool has_nul(const struct val *v)
{
    return memchr(v->as.s, '\0', v->len) != NULL;
}

/* The name of list item i, or NULL with a note on the source. */
static const char *entry_name(struct kubeconfig_source *s, enum kubeconfig_section section,
                              const struct val *item, size_t i, const struct kubeconfig_file *f)
{
    const char *list = kubeconfig_sections[section].list;
    const struct val *name = val_get(item, "name");
    struct err e = ERR_INIT;
    const struct val *at = name ? name : item;
    if (!val_is(item, VAL_MAP))
        err_set(&e, ERR_TYPE, "%s[%zu] is %s, a map with name and %s is needed", list, i,
                val_type_name(val_type(item)), kubeconfig_sections[section].one);
    else if (!name || val_is(name, VAL_NULL) || (val_is(name, VAL_STRING) && !name->len))
        err_set(&e, ERR_INVALID, "%s[%zu] has no name", list, i);
    else if (!val_is(name, VAL_STRING))
        err_set(&e, ERR_TYPE, "the name of %s[%zu] is %s, a string is needed", list, i,
                val_type_name(val_type(name)));
    else if (has_nul(name))
        err_set(&e, ERR_INVALID, "the name of %s[%zu] holds a NUL byte", list, i);
    if (!e.code)
        return name->as.s;
    err_at(&e, f->path, at->line, at->col);
    if (e.code == ERR_TYPE)
        err_hint(&e, val_is(name, VAL_NULL) || !name ? whole_file_hint
                                                     : "put it in quotes; kubectl refuses the "
                                                       "whole file for this");
    kubeconfig_source_note(s, &e, true);
    return NULL;
}

static void mark_duplicate(struct kubeconfig_entry *first, enum kubeconfig_section section,
                           const struct val *item, const struct val *body)
{
    struct err e = ERR_INIT;
    bool same = val_equal(first->body ? first->body : &val_null, body ? body : &val_null);
    err_set(&e, ERR_EXISTS, "duplicate name \"%s\" in list %s: line %u defines it %s", first->name,
            kubeconfig_sections[section].list, item->line, same ? "again" : "differently");
    err_at(&e, first->file->path, first->line, first->col);
    err_hint(&e, same ? "remove one of them; %s" : "rename or remove one of them; %s",
             whole_file_hint);
    struct err *slot = same ? &first->note : &first->problem;
    if (slot->code)
        err_clear(&e);
    else
        err_move(slot, &e);
}

static void add_entry(struct kubeconfig *kc, struct kubeconfig_file *f,
                      enum kubeconfig_section section, const struct val *item, size_t i)
{
    struct kubeconfig_source *s = &kc->sources.items[f->source];
    const char *name = entry_name(s, section, item, i, f);
    if (!name)
        return;
    const struct val *body = val_get(item, kubeconfig_sections[section].one);
    if (val_is(body, VAL_NULL))
        body = NULL;
    size_t *counts[] = {&s->clusters, &s->users, &s->contexts};
    struct kubeconfig_entry *seen = strmap_get(&kc->by_name[section], name);
    if (seen) {
        if (seen->file == f)
            mark_duplicate(seen, section, item, body);
        else
            ++*counts[section];
        return; /* an earlier file wins for the whole entry */
    }
    struct kubeconfig_entry *entry = mem_new(struct kubeconfig_entry);
    entry->name = name;
    entry->file = f;
    entry->line = item->line;
    entry->col = item->col;
    entry->body = val_is(body, VAL_MAP) ? body : NULL;
    if (body && !val_is(body, VAL_MAP)) {
        err_set(&entry->problem, ERR_TYPE, "%s \"%s\" is %s, a map is needed",
                kubeconfig_sections[section].one, name, val_type_name(val_type(body)));
        err_at(&entry->problem, f->path, body->line, body->col);
        err_hint(&entry->problem, "%s", whole_file_hint);
    }
    vec_push(&kc->entries[section], entry);
    strmap_set(&kc->by_name[section], name, entry);
    ++*counts[section];
}

static void merge_section(struct kubeconfig *kc, struct kubeconfig_file *f,
                          enum kubeconfig_section section)
{
    const struct val *list = val_get(f->root, kubeconfig_sections[section].list);
    if (!list || val_is(list, VAL_NULL))
        return;
    if (!val_is(list, VAL_LIST)) {
        struct err e = ERR_INIT;
        err_set(&e, ERR_TYPE, "%s is %s, a list is needed", kubeconfig_sections[section].list,
                val_type_name(val_type(list)));
        err_at(&e, f->path, list->line, list->col);
        err_hint(&e, "%s", whole_file_hint);
        kubeconfig_source_note(&kc->sources.items[f->source], &e, true);
        return;
    }
    for (size_t i = 0; i < list->len; i++)
        add_entry(kc, f, section, &list->as.items[i], i);
}

static void merge_current(struct kubeconfig *kc, struct kubeconfig_file *f)
{
    const struct val *current = val_get(f->root, "current-context");
    if (!current || val_is(current, VAL_NULL))
        return;
    if (!val_is(current, VAL_STRING) || has_nul(current)) {
        struct err e = ERR_INIT;
        err_set(&e, ERR_TYPE, "current-context is %s, a string is needed",
                val_type_name(val_type(current)));
        err_at(&e, f->path, current->line, current->col);
        err_hint(&e, "put it in quotes; %s", whole_file_hint);
        kubeconfig_source_note(&kc->sources.items[f->source], &e, true);
    } else if (!kc->current && current->len) {
        kc->current = mem_strdup(current->as.s);
    }
}

static bool is_absent_or(const struct val *v, const char *s)
{
    return !v || val_is(v, VAL_NULL) || val_str_is(v, s) || val_str_is(v, "");
}

/* apiVersion and kind may both be missing; any other kind of document is refused as a whole. */
static int check_header(const struct kubeconfig_file *f, struct err *e)
{
    const struct val *root = f->root, *at = root;
    if (!val_is(root, VAL_MAP)) {
        err_set(e, ERR_TYPE, "a kubeconfig is a map, this is %s", val_type_name(val_type(root)));
    } else if (!is_absent_or(val_get(root, "kind"), "Config")) {
        at = val_get(root, "kind");
        err_set(e, ERR_INVALID, "kind is %s, a kubeconfig has kind Config",
                val_str(at, "no string"));
    } else if (!is_absent_or(val_get(root, "apiVersion"), "v1")) {
        at = val_get(root, "apiVersion");
        err_set(e, ERR_UNSUPPORTED, "apiVersion is %s, only v1 is known", val_str(at, "no string"));
    }
    err_at(e, f->path, at->line, at->col);
    return e->code;
}

static int parse(struct kubeconfig_file *f, struct kubeconfig_source *s, const struct buf *text,
                 struct err *e)
{
    struct yaml_docs docs = {0};
    const void *nul = text->len ? memchr(text->data, '\0', text->len) : NULL;
    int rc = 0;
    if (nul)
        rc = err_set(e, ERR_SYNTAX, "byte %zu is NUL: this is no text file",
                     (size_t)((const char *)nul - text->data));
    if (!rc)
        rc = yaml_read(&f->pool, buf_str(text), text->len, f->path, &docs, e);
    if (!rc && docs.len) {
        f->root = docs.items[0].value;
        rc = check_header(f, e);
    }
    if (!rc && docs.len > 1) {
        struct err note = ERR_INIT;
        err_set(&note, ERR_INVALID, "only the first of %zu documents counts", docs.len);
        err_at(&note, f->path, docs.items[1].line, 1);
        err_hint(&note, "one kubeconfig is one document; kubectl ignores the others too");
        kubeconfig_source_note(s, &note, false);
    }
    for (size_t i = 1; i < docs.len; i++)
        kubeconfig_wipe(docs.items[i].value);
    yaml_docs_clear(&docs);
    err_at(e, f->path, 0, 0);
    return rc;
}

void kubeconfig_load_file(struct kubeconfig *kc, const char *place, const char *path,
                          size_t max_bytes)
{
    struct buf text;
    buf_init(&text, max_bytes);
    struct err e = ERR_INIT;
    struct kubeconfig_source *s = kubeconfig_add_source(kc, place, path, KUBECONFIG_READ);
    int rc = kube_file_read(path, KUBE_FILE_PIPES, &text, &e);
    if (rc) {
        s->found = rc == ERR_NOT_FOUND ? KUBECONFIG_ABSENT : KUBECONFIG_BROKEN;
        err_move(&s->problem, &e);
        buf_wipe(&text);
        return;
    }
    struct kubeconfig_file *f = mem_new(struct kubeconfig_file);
    f->path = mem_strdup(path);
    f->dir = kube_file_dir(path);
    f->source = kc->sources.len - 1;
    size_t room = text.len * POOL_FACTOR;
    val_pool_init_limited(&f->pool, room < POOL_LEAST ? POOL_LEAST : room);
    rc = parse(f, s, &text, &e);
    buf_wipe(&text);
    vec_push(&kc->files, f);
    if (rc) {
        s->found = KUBECONFIG_BROKEN;
        err_move(&s->problem, &e);
        return;
    }
    for (int section = 0; section < SECTION_COUNT; section++)
        merge_section(kc, f, (enum kubeconfig_section)section);
    merge_current(kc, f);
}
