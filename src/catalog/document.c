// SPDX-License-Identifier: Apache-2.0
#include "catalog/document.h"

#include "base/near.h"
#include "base/vec.h"
#include "data/yaml.h"
#include "schema/check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POOL_MAX (256u * 1024u * 1024u) /* for a file and what is made of it */

struct reading {
    const struct catalog_kinds *kinds;
    const char *kind;
    unsigned flags;
    struct document_file *f;
    struct catalog_problems *problems;
};

/* ---- bytes ---- */

static int read_all(int fd, struct buf *out, struct err *e)
{
    for (;;) {
        char *to = buf_reserve(out, 64u * 1024u);
        if (!to)
            return err_set(e, ERR_LIMIT, "the file has more than %u MiB", DOCUMENT_FILE_MAX >> 20);
        ssize_t n = read(fd, to, 64u * 1024u);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(e, errno, "cannot be read");
        if (n == 0)
            return 0;
        buf_commit(out, (size_t)n);
    }
}

static int read_path(const char *path, struct buf *out, struct err *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc;
    if (fd < 0 && errno == ENOENT)
        return err_set(e, ERR_NOT_FOUND, "cannot be read: %s", strerror(errno));
    if (fd < 0)
        return err_set_errno(e, errno, "cannot be read");
    if (fstat(fd, &st) != 0)
        rc = err_set_errno(e, errno, "cannot be read");
    else if (!S_ISREG(st.st_mode))
        rc = err_set(e, ERR_TYPE, "cannot be read: it is no regular file");
    else
        rc = read_all(fd, out, e);
    close(fd);
    return rc;
}

/* ---- documents ---- */

static void say_kind(struct reading *r, const struct val *at, const char *have)
{
    struct near near;
    struct err *e;
    if (r->kind) {
        e = catalog_problem(r->problems, &r->f->file, at, ERR_INVALID, ".kind", "is %.100s",
                            *have ? have : "missing");
        if (e)
            err_hint(e, "%s belongs here", r->kind);
        return;
    }
    e = catalog_problem(r->problems, &r->f->file, at, ERR_INVALID, ".kind",
                        *have ? "there is no kind %.100s" : "is missing%s", have);
    near_begin(&near, have, strlen(have));
    for (size_t i = 0; catalog_kind_at(r->kinds, i); i++)
        near_try(&near, catalog_kind_at(r->kinds, i)->name,
                 strlen(catalog_kind_at(r->kinds, i)->name));
    if (!e)
        return;
    if (near.best)
        err_hint(e, "did you mean %s?", near.best);
    else
        err_hint(e, "leeway schema lists the kinds");
}

/* Ours, another group's, or neither (said). */
static bool find_kind(struct reading *r, struct document *d)
{
    const struct val *api = val_get(d->value, "apiVersion"), *kind = val_get(d->value, "kind");
    const char *api_text = val_str(api, "");
    d->kind_name = val_str(kind, "");
    if (strcmp(api_text, CATALOG_API_VERSION) != 0) {
        if ((r->flags & DOCUMENT_FOREIGN) && *api_text && *d->kind_name &&
            strncmp(api_text, "leeway.dev/", 11) != 0)
            return true;
        struct err *e =
            catalog_problem(r->problems, &r->f->file, api ? api : d->value, ERR_UNSUPPORTED,
                            ".apiVersion", *api_text ? "is %.100s" : "is missing%s", api_text);
        if (e)
            err_hint(e, "%s is needed", CATALOG_API_VERSION);
        return false;
    }
    d->kind = catalog_kind(r->kinds, d->kind_name);
    if (d->kind && (!r->kind || strcmp(r->kind, d->kind_name) == 0))
        return true;
    say_kind(r, kind ? kind : d->value, d->kind_name);
    return false;
}

static const struct schema *spec_of(const struct catalog_kind *k)
{
    return schema_prop(k->schema, "spec", 4);
}

static void read_document(struct reading *r, const struct val *value)
{
    struct document d = {.value = value};
    struct schema_errors errors;
    struct schema_options opt = {.flags = SCHEMA_STRICT};
    if (!val_is(value, VAL_MAP)) {
        catalog_problem(r->problems, &r->f->file, value, ERR_TYPE, "",
                        "a document has to be a map, is %s", val_type_name(val_type(value)));
        return;
    }
    if (!find_kind(r, &d))
        return;
    d.metadata = val_get(value, "metadata");
    d.spec = val_get(value, "spec");
    d.name = val_str(val_get(d.metadata, "name"), "");
    if (d.kind) {
        schema_errors_init(&errors);
        d.broken = schema_validate(d.kind->validator, value, &opt, &errors) != 0;
        const struct val *parameters = val_get(d.spec, "parameters");
        if (parameters && schema_prop(spec_of(d.kind), "parameters", 10) &&
            schema_check(parameters, ".spec.parameters", &errors))
            d.broken = true;
        document_problems(r->problems, &r->f->file, &errors);
        schema_errors_clear(&errors);
    }
    vec_push(r->f, d);
}

void document_problems(struct catalog_problems *to, const struct catalog_file *file,
                       const struct schema_errors *errors)
{
    for (size_t i = 0; i < errors->len; i++) {
        const struct schema_error *s = &errors->items[i];
        struct val at = {.line = s->line, .col = (uint16_t)s->col};
        int code = s->kind == SCHEMA_ERR_NOT_YET ? ERR_UNSUPPORTED : ERR_INVALID;
        struct err *e = catalog_problem(to, file, &at, code, s->path, "%s", s->text);
        if (e && s->right)
            err_hint(e, "%s", s->right);
    }
    to->more += errors->more;
}

/* ---- files ---- */

static struct document_file *file_new(const char *path)
{
    struct document_file *f = mem_new(struct document_file);
    f->file.path = mem_strdup(path);
    val_pool_init_limited(&f->pool, POOL_MAX);
    return f;
}

void document_file_free(struct document_file *f)
{
    if (!f)
        return;
    vec_clear(f);
    val_pool_clear(&f->pool);
    mem_free(f->file.path);
    mem_free(f->file.text);
    mem_free(f);
}

/* f->file.text is there. */
static struct document_file *parse(struct reading *r)
{
    struct yaml_docs docs = {0};
    struct err e = ERR_INIT;
    struct document_file *f = r->f;
    if (yaml_read(&f->pool, f->file.text, f->file.len, f->file.path, &docs, &e)) {
        struct val at = {.line = e.line, .col = (uint16_t)(e.col > UINT16_MAX ? 0 : e.col)};
        struct err *said = catalog_problem(r->problems, &f->file, &at, e.code, NULL, "%s", e.text);
        if (said && e.hint)
            err_hint(said, "%s", e.hint);
        err_clear(&e);
        document_file_free(f);
        f = NULL;
    }
    for (size_t i = 0; i < docs.len; i++)
        read_document(r, docs.items[i].value);
    yaml_docs_clear(&docs);
    return f;
}

struct document_file *document_file_parse(const struct catalog_kinds *kinds, const char *path,
                                          const char *text, size_t len, const char *kind,
                                          unsigned flags, struct catalog_problems *problems)
{
    struct reading r = {kinds, kind, flags, file_new(path), problems};
    r.f->file.text = mem_strndup(text, len);
    r.f->file.len = len;
    return parse(&r);
}

struct document_file *document_file_read(const struct catalog_kinds *kinds, const char *path,
                                         const char *kind, unsigned flags,
                                         struct catalog_problems *problems)
{
    struct reading r = {kinds, kind, flags, file_new(path), problems};
    struct buf text;
    struct err e = ERR_INIT;
    buf_init(&text, DOCUMENT_FILE_MAX);
    if (read_path(path, &text, &e)) {
        struct err *said =
            catalog_problem(problems, &r.f->file, &val_null, e.code, NULL, "%s", e.text);
        if (said)
            said->line = said->col = 0;
        err_clear(&e);
        buf_clear(&text);
        document_file_free(r.f);
        return NULL;
    }
    r.f->file.len = text.len;
    r.f->file.text = text.len ? buf_take(&text) : mem_strdup("");
    buf_clear(&text);
    return parse(&r);
}
