// SPDX-License-Identifier: Apache-2.0
/* Locks: made of what lies in the catalog, written as canonical JSON, read with suspicion. */
#include "catalog/approval_int.h"

#include "base/vec.h"
#include "catalog/kinds.h"
#include "data/json.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_MAX (16u * 1024u * 1024u)
#define POLICY "policy"

static const char *const kind_names[] = {"blueprint", "module", "guardrails", "profiles"};

const char *approval_kind_name(enum approval_kind k)
{
    return kind_names[k];
}

bool approval_plain(const char *s)
{
    if (!isalnum((unsigned char)*s) || strlen(s) > 200)
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr("._+-", *s))
            return false;
    return true;
}

char *approval_subject(const char *name, const char *version)
{
    return *version ? mem_printf("%s@%s", name, version) : mem_strdup(POLICY);
}

bool approval_subject_of(const char *subject, char **name, char **version)
{
    const char *at = strchr(subject, '@');
    *name = at ? mem_strndup(subject, (size_t)(at - subject)) : mem_strdup(subject);
    *version = mem_strdup(at ? at + 1 : "");
    if (at ? approval_plain(*name) && approval_plain(*version) : strcmp(subject, POLICY) == 0)
        return true;
    mem_free(*name);
    mem_free(*version);
    *name = *version = NULL;
    return false;
}

char *approval_lock_path(const char *catalog, const char *subject)
{
    return mem_printf("%s/approvals/%s.lock", catalog, subject);
}

char *approval_item_path(const char *catalog, const struct approval_item *item)
{
    switch (item->kind) {
    case APPROVAL_BLUEPRINT:
        return mem_printf("%s/blueprints/%s/%s.yaml", catalog, item->name, item->version);
    case APPROVAL_MODULE:
        return mem_printf("%s/modules/%s/%s", catalog, item->name, item->version);
    default:
        return mem_printf("%s/%s", catalog, kind_names[item->kind]);
    }
}

int approval_item_tree(const char *catalog, const struct approval_item *item, struct file_tree *out,
                       struct err *e)
{
    char *path = approval_item_path(catalog, item);
    struct err own = ERR_INIT;
    int rc = file_tree_read(path, out, &own);
    if (rc == ERR_NOT_FOUND && item->kind >= APPROVAL_GUARDRAILS) {
        file_tree_clear(out);
        out->digest = digest_sha256("", 0);
        rc = 0;
        err_clear(&own);
    }
    if (rc && e)
        err_move(e, &own);
    err_clear(&own);
    mem_free(path);
    return rc;
}

/* ---- making ---- */

static void put_str(struct val_builder *b, struct val_pool *p, const char *key, const char *s)
{
    val_builder_key(b, key, strlen(key));
    val_builder_add(b, val_of_str(p, s));
}

static void put_digest(struct val_builder *b, struct val_pool *p, const struct digest *d)
{
    char text[7 + DIGEST_HEX_LEN + 1] = "sha256:";
    digest_hex(d, text + 7);
    put_str(b, p, "digest", text);
}

static void put_tree(struct val_builder *b, struct val_pool *p, const struct file_tree *t)
{
    put_digest(b, p, &t->digest);
    val_builder_key(b, "files", 5);
    val_builder_list(b);
    for (size_t i = 0; i < t->len; i++) {
        val_builder_map(b);
        put_str(b, p, "path", t->items[i].path);
        put_str(b, p, "mode", t->items[i].mode == 0755 ? "755" : "644");
        put_digest(b, p, &t->items[i].digest);
        val_builder_end(b);
    }
    val_builder_end(b);
}

static int by_item(const void *a, const void *b)
{
    const struct approval_item *x = a, *y = b;
    int d = (int)x->kind - (int)y->kind;
    d = d ? d : strcmp(x->name, y->name);
    return d ? d : strcmp(x->version, y->version);
}

struct approval_item *approval_items_sorted(const struct approval_item *items, size_t *n)
{
    struct approval_item *sorted = mem_calloc(*n + 1, sizeof(*sorted));
    size_t len = 0;
    if (*n) {
        memcpy(sorted, items, *n * sizeof(*items));
        qsort(sorted, *n, sizeof(*sorted), by_item);
    }
    for (size_t i = 0; i < *n; i++)
        if (!len || by_item(&sorted[len - 1], &sorted[i]) != 0)
            sorted[len++] = sorted[i];
    *n = len;
    return sorted;
}

static int put_items(struct val_builder *b, struct val_pool *p, const char *catalog,
                     const struct approval_item *items, size_t n, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++) {
        struct file_tree tree;
        if (items[i].kind <= APPROVAL_MODULE &&
            (!approval_plain(items[i].name) || !approval_plain(items[i].version)))
            return err_set(e, ERR_INVALID, "%s %s@%s has a name that is no file name",
                           kind_names[items[i].kind], items[i].name, items[i].version);
        rc = approval_item_tree(catalog, &items[i], &tree, e);
        if (!rc) {
            val_builder_map(b);
            put_str(b, p, "kind", kind_names[items[i].kind]);
            if (*items[i].version) {
                put_str(b, p, "name", items[i].name);
                put_str(b, p, "version", items[i].version);
            }
            put_tree(b, p, &tree);
            val_builder_end(b);
        }
        file_tree_clear(&tree);
    }
    return rc;
}

int approval_lock_make(const char *catalog, const struct approval_item *items, size_t n,
                       struct buf *out, struct err *e)
{
    struct val_pool p;
    struct approval_item *sorted = approval_items_sorted(items, &n);
    val_pool_init(&p);
    struct val_builder *b = val_builder_new(&p, 16);
    val_builder_map(b);
    put_str(b, &p, "apiVersion", CATALOG_API_VERSION);
    put_str(b, &p, "kind", "Approval");
    if (n && *items[0].version) {
        put_str(b, &p, "name", items[0].name);
        put_str(b, &p, "version", items[0].version);
    }
    val_builder_key(b, "items", 5);
    val_builder_list(b);
    int rc = put_items(b, &p, catalog, sorted, n, e);
    if (!rc) {
        val_builder_end(b);
        val_builder_end(b);
        const struct val *v = val_builder_finish(b);
        if (!v || json_write(out, v, JSON_CANONICAL) || buf_putc(out, '\n'))
            rc = err_set(e, ERR_LIMIT, "the lock is too long");
    }
    val_builder_free(b);
    val_pool_clear(&p);
    mem_free(sorted);
    return rc;
}

/* ---- reading ---- */

static int read_file(const char *path, struct buf *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK), rc = 0;
    struct stat st;
    ssize_t n = 1;
    if (fd < 0 && errno == ENOENT)
        rc = err_set(e, ERR_NOT_FOUND, "is not there");
    else if (fd < 0)
        rc = err_set_errno(e, errno, "cannot be read");
    else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        rc = err_set(e, ERR_TYPE, "is no regular file");
    while (!rc && n) {
        char *to = buf_reserve(out, 64u * 1024u);
        n = to ? read(fd, to, 64u * 1024u) : 0;
        if (!to)
            rc = err_set(e, ERR_LIMIT, "is too long for a lock");
        else if (n < 0)
            rc = err_set_errno(e, errno, "cannot be read");
        else
            buf_commit(out, (size_t)n);
    }
    if (rc)
        err_at(e, path, 0, 0);
    if (fd >= 0)
        close(fd);
    return rc;
}

static bool read_item(struct approval_lock *l, const struct val *v)
{
    struct approval_item item = {.kind = APPROVAL_BLUEPRINT, .name = "", .version = ""};
    size_t kind = 0;
    while (kind < ARRAY_LEN(kind_names) && !val_str_is(val_get(v, "kind"), kind_names[kind]))
        kind++;
    item.kind = (enum approval_kind)kind;
    if (kind == ARRAY_LEN(kind_names) || !val_is(val_get(v, "files"), VAL_LIST) ||
        !val_is(val_get(v, "digest"), VAL_STRING))
        return false;
    if (item.kind <= APPROVAL_MODULE) {
        item.name = val_str(val_get(v, "name"), "");
        item.version = val_str(val_get(v, "version"), "");
        if (!approval_plain(item.name) || !approval_plain(item.version))
            return false;
    }
    l->items[l->len] = item;
    l->entries[l->len++] = v;
    return true;
}

/* Does the lock say what its file's name says? Otherwise an old, signed lock could be put in the
 * place of another. */
static bool read_lock(struct approval_lock *l, const struct val *doc, const char *subject)
{
    const struct val *items = val_get(doc, "items");
    l->name = val_str(val_get(doc, "name"), "");
    l->version = val_str(val_get(doc, "version"), "");
    char *own = approval_subject(l->name, l->version);
    bool good = strcmp(own, subject) == 0 && val_is(items, VAL_LIST) && items->len &&
                val_str_is(val_get(doc, "kind"), "Approval") &&
                val_str_is(val_get(doc, "apiVersion"), CATALOG_API_VERSION);
    mem_free(own);
    l->items = mem_calloc(val_count(items) + 1, sizeof(*l->items));
    l->entries = mem_calloc(val_count(items) + 1, sizeof(*l->entries));
    for (size_t i = 0; good && i < items->len; i++)
        good = read_item(l, &items->as.items[i]);
    if (!good)
        return false;
    if (!*l->version)
        return l->items[0].kind >= APPROVAL_GUARDRAILS;
    return l->items[0].kind == APPROVAL_BLUEPRINT && strcmp(l->items[0].name, l->name) == 0 &&
           strcmp(l->items[0].version, l->version) == 0;
}

struct approval_lock *approval_lock_read(const char *catalog, const char *subject, struct err *e)
{
    struct approval_lock *l = mem_new(struct approval_lock);
    char *path = approval_lock_path(catalog, subject);
    struct json_options opt = {.reject_duplicates = true, .source = path};
    struct buf text;
    val_pool_init_limited(&l->pool, 8 * LOCK_MAX);
    buf_init(&text, LOCK_MAX);
    int rc = read_file(path, &text, e);
    if (!rc) {
        const struct val *doc = json_read(&l->pool, buf_str(&text), text.len, &opt, e);
        l->digest = digest_sha256(buf_str(&text), text.len);
        if (!doc)
            rc = e ? e->code : ERR_INVALID;
        else if (!read_lock(l, doc, subject)) {
            rc = err_set(e, ERR_INVALID, "is no lock of %s", subject);
            err_at(e, path, 0, 0);
        }
    }
    buf_clear(&text);
    mem_free(path);
    if (!rc)
        return l;
    approval_lock_free(l);
    return NULL;
}

void approval_lock_free(struct approval_lock *l)
{
    if (!l)
        return;
    mem_free(l->items);
    mem_free(l->entries);
    val_pool_clear(&l->pool);
    mem_free(l);
}

bool approval_lock_has(const struct approval_lock *l, const char *module, const char *version)
{
    for (size_t i = 0; i < l->len; i++)
        if (l->items[i].kind == APPROVAL_MODULE && strcmp(l->items[i].name, module) == 0 &&
            strcmp(l->items[i].version, version) == 0)
            return true;
    return false;
}
