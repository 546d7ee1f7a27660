// SPDX-License-Identifier: Apache-2.0
/*
 * Bodies: bytes kept once under their SHA-256, deflated when that is smaller. Reading checks the
 * size while it inflates and the digest afterwards, so a damaged body is an error, never another
 * body.
 */
#include "store/store_int.h"

#include <zlib.h>

#define WORTH_PACKING 200u

static int one(struct store_db *db, sqlite3_stmt *st, struct err *e, bool *row)
{
    int rc = sqlite3_step(st);
    if (row)
        *row = rc == SQLITE_ROW;
    int code = rc == SQLITE_ROW || rc == SQLITE_DONE
                   ? 0
                   : store_db_error(db, rc, e, "keep a body in the store");
    store_db_done(st);
    return code;
}

int store_blob_keep(struct store_db *db, const struct store_job_step *step, struct err *e)
{
    const struct store_param *digest = &step->params[0], *bytes = &step->params[1];
    int64_t now_ms = step->params[2].i;
    sqlite3_stmt *st = store_db_stmt(db, SQL_HAS_BLOB, e);
    if (!st)
        return e->code;
    bool there;
    sqlite3_bind_blob(st, 1, digest->p, (int)digest->len, SQLITE_STATIC);
    int code = one(db, st, e, &there);
    if (code)
        return code;
    if (there) {
        if (!(st = store_db_stmt(db, SQL_TOUCH_BLOB, e)))
            return e->code;
        sqlite3_bind_blob(st, 1, digest->p, (int)digest->len, SQLITE_STATIC);
        sqlite3_bind_int64(st, 2, now_ms);
        return one(db, st, e, NULL);
    }
    if (!(st = store_db_stmt(db, SQL_PUT_BLOB, e)))
        return e->code;
    const void *kept = bytes->p;
    uLongf kept_len = bytes->len;
    Bytef *packed = NULL;
    if (bytes->len >= WORTH_PACKING) {
        uLongf room = compressBound(bytes->len);
        packed = mem_alloc(room);
        if (compress2(packed, &room, bytes->p, bytes->len, 1) == Z_OK && room < bytes->len) {
            kept = packed;
            kept_len = room;
        }
    }
    sqlite3_bind_blob(st, 1, digest->p, (int)digest->len, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, (int64_t)bytes->len);
    sqlite3_bind_int(st, 3, kept != bytes->p);
    sqlite3_bind_int64(st, 4, now_ms);
    sqlite3_bind_blob(st, 5, kept, (int)kept_len, SQLITE_STATIC);
    code = one(db, st, e, NULL);
    mem_free(packed);
    return code;
}

int store_blob_unpack(const void *bytes, size_t len, size_t size, bool packed,
                      const struct digest *digest, struct buf *out)
{
    if (size > STORE_MAX_BYTES || (!packed && len != size))
        return ERR_CORRUPT;
    buf_reset(out);
    char *room = buf_reserve(out, size ? size : 1);
    if (!room)
        return ERR_LIMIT;
    if (packed) {
        uLongf n = size;
        if (uncompress((Bytef *)room, &n, bytes, len) != Z_OK || n != size)
            return ERR_CORRUPT;
    } else {
        memcpy(room, bytes, size);
    }
    buf_commit(out, size);
    struct digest found = digest_sha256(out->data, size);
    return digest_equal(&found, digest) ? 0 : ERR_CORRUPT;
}
