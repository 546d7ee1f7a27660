// SPDX-License-Identifier: Apache-2.0
/*
 * Copies and checks of a store, whoever has it open. The copy is made under another name and gets
 * its own only when it is whole and synced.
 */
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy(struct store_db *from, struct store_db *to, struct err *e)
{
    sqlite3_backup *b = sqlite3_backup_init(to->db, "main", from->db, "main");
    if (!b)
        return store_db_error(to, sqlite3_extended_errcode(to->db), e, "copy the store");
    int rc;
    do {
        rc = sqlite3_backup_step(b, 1024);
        if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
            sqlite3_sleep(20);
    } while (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED);
    int finished = sqlite3_backup_finish(b);
    return rc == SQLITE_DONE && finished == SQLITE_OK
               ? 0
               : store_db_error(to, rc == SQLITE_DONE ? finished : rc, e, "copy the store");
}

int store_backup(const char *from, const char *to, struct err *e)
{
    struct store_db source = {0}, target = {0};
    char *temporary = mem_printf("%s.part", to);
    int fd = -1, code = 0, version = 0;
    struct stat st;
    if (stat(from, &st) != 0) {
        code = err_set(e, ERR_NOT_FOUND, "there is no store to copy");
        err_at(e, from, 0, 0);
        goto out;
    }
    if (lstat(to, &st) == 0) {
        code = err_set(e, ERR_EXISTS, "a file of that name is there already");
        err_at(e, to, 0, 0);
        err_hint(e, "a backup never overwrites; give another name");
        goto out;
    }
    fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fchmod(fd, 0600) != 0) {
        code = err_set_errno(e, errno, "cannot make the backup");
        err_at(e, temporary, 0, 0);
        if (errno == EEXIST)
            err_hint(e, "another backup is being made, or one was cut short: remove it");
        goto out;
    }
    code = store_db_open(&source, from, STORE_DB_READ, NULL, e);
    if (!code)
        code = store_schema_read(&source, &version, e);
    if (!code)
        code = store_db_open(&target, temporary, STORE_DB_WRITE, NULL, e);
    if (!code)
        code = copy(&source, &target, e);
    if (!code)
        code = store_db_exec(&target, "PRAGMA journal_mode=DELETE", "finish the backup", e);
    if (!code)
        code = store_db_verify(&target, "PRAGMA quick_check", NULL, e);
    store_db_close(&target);
    if (!code && fsync(fd) != 0)
        code = err_set_errno(e, errno, "cannot sync the backup");
    if (!code && link(temporary, to) != 0) {
        code = err_set_errno(e, errno, "cannot name the backup");
        err_at(e, to, 0, 0);
    }
    if (!code && store_files_sync_folder(to) != 0)
        code = err_set_errno(e, errno, "cannot sync the backup's folder");
    unlink(temporary);
out:
    store_db_close(&source);
    if (fd >= 0)
        close(fd);
    mem_free(temporary);
    return code;
}

static int check_blobs(struct store_view *v, struct buf *out, bool *ok, struct err *e)
{
    struct store_read r;
    store_read_begin(v, &r, SQL_ALL_BLOBS, e, "");
    while (store_read_next(&r)) {
        struct store_bytes b = store_col_bytes(r.st, 0);
        struct digest d = store_col_digest(r.st, 3);
        if (store_blob_unpack(b.data, b.len, (size_t)sqlite3_column_int64(r.st, 1),
                              sqlite3_column_int(r.st, 2) != 0, &d, &v->scratch) != 0) {
            char hex[DIGEST_HEX_LEN + 1];
            digest_hex(&d, hex);
            buf_printf(out, "the body %.12s is damaged\n", hex);
            *ok = false;
        }
    }
    return store_read_end(&r, 0);
}

/* A finding of one of the checks, or what kept it from running. */
static int finding(int code, struct err *found, struct buf *out, bool *ok, struct err *e)
{
    if (code == ERR_CORRUPT) {
        buf_printf(out, "%s\n", found->text);
        *ok = false;
        code = 0;
    } else if (code) {
        err_copy(e, found);
    }
    err_clear(found);
    return code;
}

/* Newest first. */
static int find_anew(void *ctx, const struct store_audit *row)
{
    struct store_report *report = ctx;
    if (strcmp(row->action, STORE_AUDIT_ANEW) == 0) {
        report->anew_row = row->row;
        report->anew_wall_ms = row->at_wall_ms;
        return 1;
    }
    return 0;
}

int store_check(const char *path, struct store_report *report, struct buf *out, struct err *e)
{
    struct store_options o = {.path = path, .program = "leeway store check", .spectator = true};
    struct err found = ERR_INIT;
    struct store_view *v = NULL;
    struct stat st;
    *report = (struct store_report){.ok = true};
    struct store *s = store_open(&o, &found);
    int code = s ? 0 : finding(found.code, &found, out, &report->ok, e);
    if (!s)
        return code;
    report->version = s->version;
    report->key_lost = s->key_lost;
    report->bytes = stat(s->path, &st) == 0 ? (int64_t)st.st_size : 0;
    v = store_view_open(s, e);
    if (!v) {
        code = e->code;
        goto out;
    }
    struct buf ignored;
    buf_init(&ignored, BUF_SMALL);
    code = store_db_verify(v->db, "PRAGMA integrity_check", &ignored, &found);
    code = finding(code, &found, out, &report->ok, e);
    buf_clear(&ignored);
    sqlite3_stmt *fk = NULL;
    if (!code && sqlite3_prepare_v2(v->db->db, "PRAGMA foreign_key_check", -1, &fk, NULL) == 0)
        while (sqlite3_step(fk) == SQLITE_ROW) {
            buf_printf(out, "%s refers to a missing %s\n", store_col_text(fk, 0),
                       store_col_text(fk, 2));
            report->ok = false;
        }
    sqlite3_finalize(fk);
    if (!code)
        code = finding(check_blobs(v, out, &report->ok, &found), &found, out, &report->ok, e);
    if (!code)
        code = finding(store_check_audit(v, &report->audit_rows, NULL, &found), &found, out,
                       &report->ok, e);
    if (!code && report->ok && store_each_audit(v, NULL, 0, find_anew, report, e) > 1)
        code = e->code;
out:
    store_view_close(v);
    store_close(s);
    return code;
}
