// SPDX-License-Identifier: Apache-2.0
/*
 * Views: a read-only connection for one thread, or, where the file system allows only one
 * connection, the writer's own under its lock. A walk is one statement and so one moment in time.
 */
#include "store/store_int.h"

struct store_view *store_view_open(const struct store *s, struct err *e)
{
    struct store_view *v = mem_new(struct store_view);
    v->store = s;
    v->seen = -1;
    buf_init(&v->scratch, STORE_MAX_BYTES + 1);
    for (size_t i = 0; i < STORE_VIEW_CACHE; i++)
        buf_init(&v->cache[i].bytes, STORE_MAX_BYTES + 1);
    if (s->shared) {
        v->db = &((struct store *)s)->db;
        v->lock = &((struct store *)s)->db_lock;
    } else if (store_db_open(&v->own, s->path, STORE_DB_READ, s->faults, e) == 0) {
        v->db = &v->own;
    } else {
        store_view_close(v);
        return NULL;
    }
    store_view_changed(v);
    return v;
}

void store_view_close(struct store_view *v)
{
    if (!v)
        return;
    if (v->db == &v->own)
        store_db_close(&v->own);
    for (size_t i = 0; i < STORE_VIEW_CACHE; i++)
        buf_clear(&v->cache[i].bytes);
    buf_clear(&v->scratch);
    mem_free(v);
}

bool store_view_changed(struct store_view *v)
{
    int64_t now = v->seen;
    if (v->lock) {
        pthread_mutex_lock(v->lock);
        now = sqlite3_total_changes64(v->db->db);
        pthread_mutex_unlock(v->lock);
    } else {
        struct err e = ERR_INIT;
        struct store_read r;
        store_read_begin(v, &r, SQL_DATA_VERSION, &e, "");
        if (store_read_next(&r))
            now = sqlite3_column_int64(r.st, 0);
        if (store_read_end(&r, 0))
            now = v->seen == INT64_MAX ? 0 : v->seen + 1; /* look: reading will say what is wrong */
        err_clear(&e);
    }
    bool changed = now != v->seen;
    v->seen = now;
    return changed;
}

void store_read_begin(struct store_view *v, struct store_read *r, enum store_sql sql, struct err *e,
                      const char *types, ...)
{
    *r = (struct store_read){.view = v, .e = e};
    if (v->lock)
        pthread_mutex_lock(v->lock);
    r->st = store_db_stmt(v->db, sql, e);
    if (!r->st) {
        r->code = e ? e->code : ERR_IO;
        return;
    }
    va_list ap;
    va_start(ap, types);
    int rc = store_bind(r->st, types, ap);
    va_end(ap);
    if (rc != SQLITE_OK)
        r->code = store_db_error(v->db, rc, e, "read the store");
}

bool store_read_next(struct store_read *r)
{
    if (r->code)
        return false;
    int rc = sqlite3_step(r->st);
    if (rc == SQLITE_ROW)
        return true;
    if (rc != SQLITE_DONE)
        r->code = store_db_error(r->view->db, rc, r->e, "read the store");
    return false;
}

int store_read_end(struct store_read *r, int rc)
{
    store_db_done(r->st);
    if (r->view->lock)
        pthread_mutex_unlock(r->view->lock);
    return r->code ? r->code : rc;
}

int store_read_word(struct store_read *r, int i, const char *const *words, int count)
{
    const char *word = store_col_text(r->st, i);
    for (int w = 0; w < count; w++)
        if (strcmp(words[w], word) == 0)
            return w;
    if (!r->code) {
        r->code = err_set(r->e, ERR_CORRUPT, "the store holds the unknown word '%.40s'", word);
        err_at(r->e, r->view->db->path, 0, 0);
    }
    return 0;
}

const char *store_col_text(sqlite3_stmt *st, int i)
{
    const unsigned char *s = sqlite3_column_text(st, i);
    return s ? (const char *)s : "";
}

struct store_bytes store_col_bytes(sqlite3_stmt *st, int i)
{
    const void *p = sqlite3_column_blob(st, i);
    return (struct store_bytes){p, p ? (size_t)sqlite3_column_bytes(st, i) : 0};
}

struct digest store_col_digest(sqlite3_stmt *st, int i)
{
    struct digest d = {{0}};
    struct store_bytes b = store_col_bytes(st, i);
    if (b.len == sizeof(d.b))
        memcpy(d.b, b.data, sizeof(d.b));
    return d;
}

struct store_object store_col_object(sqlite3_stmt *st, int i)
{
    return (struct store_object){
        .api_version = store_col_text(st, i),
        .kind = store_col_text(st, i + 1),
        .name_space = store_col_text(st, i + 2),
        .name = store_col_text(st, i + 3),
    };
}
