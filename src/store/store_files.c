// SPDX-License-Identifier: Apache-2.0
/*
 * The files around the database: where it lies, its modes, the lock that makes one process the
 * writer, what kind of file system it is on, and the key of secrets. Modes are set on descriptors,
 * so that the umask can neither widen nor break them.
 */
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int files_error(struct err *e, const char *path, const char *what)
{
    int code = err_set_errno(e, errno, what);
    err_at(e, path, 0, 0);
    return code;
}

/* The folder part in a string of its own, "." when there is none. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_strdup(".");
    return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int make_folders(const char *folder, struct err *e)
{
    char *path = mem_strdup(folder);
    int code = 0;
    for (char *p = path + 1; !code && *path; p++) {
        if (*p && *p != '/')
            continue;
        char kept = *p;
        *p = 0;
        if (mkdir(path, 0700) == 0) {
            if (chmod(path, 0700) != 0)
                code = files_error(e, path, "cannot set the mode of the store's folder");
        } else if (errno != EEXIST && errno != EISDIR) {
            struct stat st;
            if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
                code = files_error(e, path, "cannot make the store's folder");
                err_hint(e, "name a folder that you can write, with store.sqlite.path or "
                            "XDG_STATE_HOME");
            }
        }
        *p = kept;
        if (!kept)
            break;
    }
    mem_free(path);
    return code;
}

char *store_files_resolve(const char *path, struct err *e)
{
    char *whole = realpath(path, NULL); /* a link to the store is the store: one lock */
    if (whole)
        goto found;
    char *folder = folder_of(path);
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (!*name) {
        err_set(e, ERR_INVALID, "the store's path names a folder");
        err_at(e, path, 0, 0);
    } else if (make_folders(folder, e) == 0) {
        char *real = realpath(folder, NULL);
        if (!real)
            files_error(e, folder, "cannot find the store's folder");
        else
            whole = mem_printf("%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
        free(real);
    }
    mem_free(folder);
    return whole;
found:;
    char *copy = mem_strdup(whole);
    free(whole);
    return copy;
}

char *store_files_sibling(const char *path, const char *suffix)
{
    size_t len = strlen(path);
    if (len > 3 && strcmp(path + len - 3, ".db") == 0)
        len -= 3;
    return mem_printf("%.*s%s", (int)len, path, suffix);
}

/* ---- lock ---- */

static void refuse_lock(int fd, const char *path, struct err *e)
{
    char text[256];
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = 0;
    text[strcspn(text, "\n")] = 0;
    char *end = NULL;
    long pid = strtol(text, &end, 10);
    if (pid > 0 && *end == ' ')
        err_set(e, ERR_BUSY, "the store is open for writing in %s (pid %ld)", end + 1, pid);
    else
        err_set(e, ERR_BUSY, "the store is open for writing in another process");
    err_at(e, path, 0, 0);
    err_hint(e, "use that one, end it, or look on as a spectator");
}

static int write_owner(int fd, const char *program)
{
    char text[200];
    int n = snprintf(text, sizeof(text), "%ld %.*s\n", (long)getpid(), 120,
                     program ? program : "leeway");
    for (int i = 0; i < n - 1; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = '?';
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n ? 0 : -1;
}

int store_files_lock(const char *path, const struct store_options *o, struct err *e)
{
    char *lock_path = mem_printf("%s.lock", path);
    int fd = -1;
    for (int attempt = 0; attempt < 8; attempt++) {
        fd = o->inherited_lock ? o->lock_fd
                               : open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 || fchmod(fd, 0600) != 0) {
            files_error(e, lock_path, "cannot make the store's lock");
            break;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                refuse_lock(fd, lock_path, e);
            else
                files_error(e, lock_path, "cannot lock the store");
            break;
        }
        struct stat ours, named;
        if (fstat(fd, &ours) == 0 && stat(lock_path, &named) == 0 && ours.st_ino == named.st_ino &&
            ours.st_dev == named.st_dev) {
            if (write_owner(fd, o->program) != 0) {
                files_error(e, lock_path, "cannot write the store's lock");
                break;
            }
            mem_free(lock_path);
            return fd;
        }
        /* somebody took the file away between open and flock */
        if (o->inherited_lock) {
            err_set(e, ERR_INVALID, "the lock that was handed over is not this store's");
            err_at(e, lock_path, 0, 0);
            break;
        }
        close(fd);
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    err_set(e, ERR_IO, "the store's lock does not stay in its place");
    mem_free(lock_path);
    return -1;
}

/* The name is emptied when the lock is given back; of one that crashed the number is dead. */
char *store_writer(const char *path)
{
    char *lock_path = mem_printf("%s.lock", path);
    char text[256] = "", *end = text, *words = NULL;
    int fd = open(lock_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = 0;
    text[strcspn(text, "\n")] = 0;
    long pid = strtol(text, &end, 10);
    if (pid > 0 && *end == ' ' && (kill((pid_t)pid, 0) == 0 || errno == EPERM))
        words = mem_printf("%s (pid %ld)", end + 1, pid);
    if (fd >= 0)
        close(fd);
    mem_free(lock_path);
    return words;
}

void store_files_unlock(int fd)
{
    if (fd < 0)
        return;
    if (ftruncate(fd, 0) != 0) {
        /* the name of the last owner stays; the lock itself is what counts */
    }
    flock(fd, LOCK_UN);
    close(fd);
}

/* ---- the file and where it lies ---- */

int store_files_make(const char *path, bool *made, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    *made = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return files_error(e, path, "cannot open the store");
    struct stat st;
    int code = 0;
    if (fstat(fd, &st) != 0) {
        code = files_error(e, path, "cannot look at the store");
    } else if (!S_ISREG(st.st_mode)) {
        code = err_set(e, ERR_INVALID, "the store is not a regular file");
        err_at(e, path, 0, 0);
    } else if (st.st_uid != geteuid()) {
        code = err_set(e, ERR_FORBIDDEN, "the store belongs to another user");
        err_at(e, path, 0, 0);
        err_hint(e, "each user has a store of their own");
    } else if (fchmod(fd, 0600) != 0) {
        code = files_error(e, path, "cannot set the store's mode");
    }
    close(fd);
    return code;
}

const char *store_files_distrust(const char *path)
{
    static const struct {
        uint32_t magic;
        const char *name;
    } kinds[] = {
        {0x6969, "network"},     {0x517b, "network"},     {0xff534d42, "network"},
        {0xfe534d42, "network"}, {0x01021997, "network"}, {0x73757245, "network"},
        {0x5346414f, "network"}, {0x00c36400, "network"}, {0x0bd00bd0, "network"},
        {0x47504653, "network"}, {0x01161970, "network"}, {0x7461636f, "network"},
        {0x786f4256, "network"}, {0x65735546, "FUSE"},
    };
    struct statfs fs;
    if (statfs(path, &fs) != 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].magic == (uint32_t)fs.f_type)
            return kinds[i].name;
    return NULL;
}

int store_files_sync_folder(const char *path)
{
    char *folder = folder_of(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mem_free(folder);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    close(fd);
    return rc == 0 || errno == EINVAL ? 0 : -1;
}

/* ---- the key of secrets ---- */

int store_key_read(const char *path, unsigned char key[DIGEST_LEN], struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return err_set(e, ERR_NOT_FOUND, "the key of secrets is not there");
    if (fd < 0)
        return files_error(e, path, "cannot read the key of secrets");
    struct stat st;
    unsigned char text[DIGEST_LEN + 1];
    ssize_t n = read(fd, text, sizeof(text));
    int code = 0;
    if (n < 0 || fstat(fd, &st) != 0) {
        code = files_error(e, path, "cannot read the key of secrets");
    } else if (st.st_uid != geteuid() || (st.st_mode & 077)) {
        code = err_set(e, ERR_FORBIDDEN, "the key of secrets can be read by others");
        err_hint(e, "chmod 600 it, if you know that nobody else has read it");
        err_at(e, path, 0, 0);
    } else if (n != DIGEST_LEN) {
        code = err_set(e, ERR_CORRUPT, "the key of secrets is damaged");
        err_at(e, path, 0, 0);
    } else {
        memcpy(key, text, DIGEST_LEN);
    }
    mem_wipe(text, sizeof(text));
    close(fd);
    return code;
}

static int write_key(const char *temporary, const unsigned char key[DIGEST_LEN], struct err *e)
{
    unlink(temporary); /* only what a death in this place left; we hold the lock */
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return files_error(e, temporary, "cannot make the key of secrets");
    int code = 0;
    if (fchmod(fd, 0600) != 0 || write(fd, key, DIGEST_LEN) != DIGEST_LEN || fsync(fd) != 0)
        code = files_error(e, temporary, "cannot write the key of secrets");
    close(fd);
    return code;
}

int store_key_make(const char *path, unsigned char key[DIGEST_LEN], struct store_faults *f,
                   struct err *e)
{
    struct store_db db = {.path = path, .faults = f};
    char *temporary = mem_printf("%s.new", path);
    int code = 0, rc;
    if (getentropy(key, DIGEST_LEN) != 0)
        code = files_error(e, path, "cannot get random bytes");
    if (!code)
        code = write_key(temporary, key, e);
    if (!code && (rc = store_fault(&db, STORE_FAULT_KEY_WRITTEN)) != SQLITE_OK)
        code = store_db_error(&db, rc, e, "write the key of secrets");
    if (!code && rename(temporary, path) != 0)
        code = files_error(e, path, "cannot name the key of secrets");
    if (!code && store_files_sync_folder(path) != 0)
        code = files_error(e, path, "cannot sync the folder of the key of secrets");
    if (!code && (rc = store_fault(&db, STORE_FAULT_KEY_NAMED)) != SQLITE_OK)
        code = store_db_error(&db, rc, e, "write the key of secrets");
    if (code)
        unlink(temporary);
    mem_free(temporary);
    return code;
}
