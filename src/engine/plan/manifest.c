// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/manifest_int.h"

#include "engine/fleet/kinds.h"

#include "data/yaml.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE (16u * 1024u * 1024u)
#define MAX_FILES 10000u
#define MAX_FOLDER (64u * 1024u * 1024u) /* of text; values stay well below the pool's limit */

void manifest_set_init(struct manifest_set *s)
{
    memset(s, 0, sizeof(*s));
    val_pool_init_limited(&s->pool, 512u * 1024u * 1024u);
}

void manifest_set_clear(struct manifest_set *s)
{
    for (size_t i = 0; i < s->problems.len; i++)
        err_clear(&s->problems.items[i]);
    for (size_t i = 0; i < s->notes.len; i++)
        mem_free(s->notes.items[i]);
    vec_clear(&s->problems);
    vec_clear(&s->notes);
    vec_clear(&s->objects);
    val_pool_clear(&s->pool);
}

void manifest_problem(struct manifest_set *s, int code, const char *file, const struct val *at,
                      const char *fmt, ...)
{
    struct err e = ERR_INIT;
    va_list ap;
    va_start(ap, fmt);
    err_vset(&e, code, fmt, ap);
    va_end(ap);
    err_at(&e, file, at ? at->line : 0, at ? at->col : 0);
    vec_push(&s->problems, e);
}

void manifest_hint(struct manifest_set *s, const char *text)
{
    err_hint(&s->problems.items[s->problems.len - 1], "%s", text);
}

/* ---- checking ---- */

/* A string member that has to be there; says so otherwise. */
static const char *required(struct manifest_set *s, const char *file, const struct val *object,
                            const struct val *v, const char *what)
{
    if (val_is(v, VAL_STRING) && v->len && strlen(v->as.s) == v->len)
        return v->as.s;
    if (v && v->type != VAL_STRING)
        manifest_problem(s, ERR_INVALID, file, v, "%s is no string but of type %s", what,
                         val_type_name(val_type(v)));
    else
        manifest_problem(s, ERR_INVALID, file, v ? v : object, "%s is %s", what,
                         v ? "empty" : "missing");
    if (v && v->type != VAL_STRING)
        manifest_hint(s,
                      "put it in quotes: YAML takes words such as n, on and 12 for something else");
    return NULL;
}

static void add_object(struct manifest_set *s, const char *file, const struct val *object);

static bool add_list(struct manifest_set *s, const char *file, const struct val *object)
{
    const char *kind = val_str(val_get(object, "kind"), "");
    size_t n = strlen(kind);
    const struct val *items = val_get(object, "items");
    if (n < 4 || strcmp(kind + n - 4, "List") != 0 || !val_is(items, VAL_LIST))
        return false;
    for (uint32_t i = 0; i < items->len; i++)
        add_object(s, file, &items->as.items[i]);
    return true;
}

static void add_object(struct manifest_set *s, const char *file, const struct val *object)
{
    if (!val_is(object, VAL_MAP)) {
        manifest_problem(s, ERR_TYPE, file, object, "a manifest is a map, this is a %s",
                         val_type_name(val_type(object)));
        return;
    }
    if (add_list(s, file, object))
        return;
    size_t before = s->problems.len;
    const struct val *meta = val_get(object, "metadata");
    struct manifest m = {.file = file, .line = object->line};
    m.api_version = required(s, file, object, val_get(object, "apiVersion"), "apiVersion");
    m.kind = required(s, file, object, val_get(object, "kind"), "kind");
    if (val_get(meta, "generateName") && !val_get(meta, "name")) {
        manifest_problem(s, ERR_UNSUPPORTED, file, val_get(meta, "generateName"),
                         "generateName cannot be applied: every apply would make another object");
        manifest_hint(s, "give it a metadata.name");
    } else {
        m.name = required(s, file, object, val_get(meta, "name"), "metadata.name");
    }
    if (val_get(meta, "namespace"))
        m.namespace_ = required(s, file, object, val_get(meta, "namespace"), "metadata.namespace");
    const struct val *part = val_at(meta, "labels", "applyset.kubernetes.io/part-of", NULL);
    if (part) {
        manifest_problem(s, ERR_INVALID, file, part,
                         "the label applyset.kubernetes.io/part-of is leeway's to set");
        manifest_hint(s, "take it out of the manifest");
    }
    if (s->problems.len != before)
        return;
    const char *slash = strchr(m.api_version, '/');
    m.group =
        slash ? arena_strndup(&s->pool.arena, m.api_version, (size_t)(slash - m.api_version)) : "";
    m.version = slash ? slash + 1 : m.api_version;
    m.traits = kind_traits_of(m.group, m.kind);
    m.secret = strcmp(m.kind, "Secret") == 0 && !*m.group;
    m.object = manifest_mend(s, &m, object);
    vec_push(&s->objects, m);
}

int manifest_read_text(struct manifest_set *s, const char *name, const char *text, size_t len)
{
    struct yaml_docs docs = {0};
    struct err e = ERR_INIT;
    const char *file = arena_strdup(&s->pool.arena, name);
    int rc = yaml_read(&s->pool, text, len, file, &docs, &e);
    if (rc)
        vec_push(&s->problems, e);
    for (size_t i = 0; !rc && i < docs.len; i++)
        add_object(s, file, docs.items[i].value);
    yaml_docs_clear(&docs);
    return rc;
}

/* ---- files ---- */

static void read_file(struct manifest_set *s, const char *path)
{
    struct err e = ERR_INIT;
    struct buf text;
    buf_init(&text, MAX_FILE);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        err_set_errno(&e, errno, "cannot read");
    } else if (!S_ISREG(st.st_mode)) {
        err_set(&e, ERR_IO, "is no regular file");
    } else if (st.st_size > (off_t)MAX_FILE) {
        err_set(&e, ERR_LIMIT, "is larger than 16 MiB");
    }
    while (!e.code) {
        char *at = buf_reserve(&text, 64 * 1024);
        ssize_t n = at ? read(fd, at, 64 * 1024) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (!at)
            err_set(&e, ERR_LIMIT, "is larger than 16 MiB");
        else if (n < 0)
            err_set_errno(&e, errno, "cannot read");
        if (n <= 0)
            break;
        buf_commit(&text, (size_t)n);
    }
    if (fd >= 0)
        close(fd);
    if (e.code) {
        err_at(&e, path, 0, 0);
        vec_push(&s->problems, e);
    } else {
        s->bytes += text.len;
        if (s->bytes > MAX_FOLDER)
            manifest_problem(s, ERR_LIMIT, path, NULL,
                             "with this file the folder is larger than 64 MiB");
        else
            manifest_read_text(s, path, buf_str(&text), text.len);
    }
    buf_wipe(&text); /* may hold secrets */
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_manifest_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return name[0] != '.' && dot &&
           (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml") || !strcmp(dot, ".json"));
}

static void read_folder(struct manifest_set *s, const char *path, DIR *dir)
{
    VEC(char *) names = {0};
    struct dirent *d;
    while ((d = readdir(dir)) && names.len < MAX_FILES)
        if (is_manifest_name(d->d_name))
            vec_push(&names, mem_printf("%s/%s", path, d->d_name));
    if (!names.len) {
        manifest_problem(s, ERR_NOT_FOUND, path, NULL, "holds no *.yaml, *.yml or *.json file");
        manifest_hint(s,
                      "an empty folder would delete everything it held before, so it is refused");
    } else {
        qsort(names.items, names.len, sizeof(*names.items), by_name);
    }
    for (size_t i = 0; i < names.len; i++) {
        read_file(s, names.items[i]);
        mem_free(names.items[i]);
    }
    vec_clear(&names);
}

int manifest_read(struct manifest_set *s, const char *path)
{
    DIR *dir = opendir(path);
    if (dir) {
        read_folder(s, path, dir);
        closedir(dir);
    } else {
        read_file(s, path);
    }
    manifest_finish(s);
    return s->problems.len ? s->problems.items[0].code : 0;
}

/* ---- order ---- */

static int by_order(const void *x, const void *y)
{
    const struct manifest *a = x, *b = y;
    if (a->traits->stage != b->traits->stage)
        return a->traits->stage < b->traits->stage ? -1 : 1;
    if (a->traits->order != b->traits->order)
        return a->traits->order < b->traits->order ? -1 : 1;
    int c = strcmp(a->file, b->file);
    if (c)
        return c;
    return a->line < b->line ? -1 : a->line > b->line;
}

static int by_identity(const struct manifest *a, const struct manifest *b)
{
    int c = strcmp(a->group, b->group);
    if (!c)
        c = strcmp(a->kind, b->kind);
    if (!c)
        c = strcmp(a->namespace_ ? a->namespace_ : "", b->namespace_ ? b->namespace_ : "");
    return c ? c : strcmp(a->name, b->name);
}

static int by_identity_ptr(const void *x, const void *y)
{
    const struct manifest *const *a = x, *const *b = y;
    int c = by_identity(*a, *b);
    return c ? c : by_order(*a, *b);
}

void manifest_finish(struct manifest_set *s)
{
    if (s->objects.len)
        qsort(s->objects.items, s->objects.len, sizeof(*s->objects.items), by_order);
    const struct manifest **all = mem_calloc(s->objects.len, sizeof(*all));
    for (size_t i = 0; i < s->objects.len; i++)
        all[i] = &s->objects.items[i];
    qsort(all, s->objects.len, sizeof(*all), by_identity_ptr);
    for (size_t i = 1; i < s->objects.len; i++) {
        if (by_identity(all[i - 1], all[i]) != 0)
            continue;
        manifest_problem(s, ERR_EXISTS, all[i]->file, all[i]->object,
                         "%s/%s is already in %s, line %u", all[i]->kind, all[i]->name,
                         all[i - 1]->file, all[i - 1]->line);
        manifest_hint(s, "one of the two has to go or needs another name or namespace");
    }
    mem_free(all);
}
