// SPDX-License-Identifier: Apache-2.0
/*
 * One inotify descriptor for all folders. Only the parents of the roots need to be told apart: of
 * them one name alone is meant. Everything else that the kernel says is a change.
 */
#include "base/tree_watch.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DEPTH_MAX 32
#define FOLDERS_MAX 20000u
#define READS_A_TURN 32
#define EVENTS                                                                                     \
    (IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF |       \
     IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR | IN_EXCL_UNLINK)

struct parent { /* of a root: only this name in it is meant */
    int wd;
    char *name;
};

struct tree_watch {
    struct loop *loop;
    struct tree_watch_options o;
    tree_watch_fn *fn;
    void *ctx;
    int fd; /* -1: the kernel has none to give */
    int fd_error;
    struct loop_timer *timer;
    int64_t first_ms; /* of what is not told yet */
    bool waiting;
    /* shared with whoever covers */
    pthread_mutex_t lock;
    VEC(struct parent) parents;
    bool polls;
};

/* ---- telling ---- */

static void arm_poll(struct tree_watch *w);

static void on_quiet(void *ctx)
{
    struct tree_watch *w = ctx;
    bool perhaps = !w->waiting;
    w->timer = NULL;
    w->waiting = false;
    arm_poll(w);
    w->fn(w->ctx, perhaps);
}

static void arm(struct tree_watch *w, int64_t delay_ms)
{
    loop_cancel_timer(w->loop, w->timer);
    w->timer = loop_after(w->loop, delay_ms, on_quiet, w);
}

static void arm_poll(struct tree_watch *w)
{
    pthread_mutex_lock(&w->lock);
    bool polls = w->polls;
    pthread_mutex_unlock(&w->lock);
    if (polls && !w->timer)
        arm(w, w->o.poll_ms);
}

static void changed(struct tree_watch *w)
{
    int64_t now = loop_now_ms(w->loop);
    if (!w->waiting)
        w->first_ms = now;
    w->waiting = true;
    int64_t left = w->first_ms + w->o.most_ms - now;
    arm(w, left < 0 ? 0 : left < w->o.settle_ms ? left : w->o.settle_ms);
}

/* ---- what the kernel says ---- */

static bool is_meant(struct tree_watch *w, const struct inotify_event *ev)
{
    bool known = false, meant = false;
    if (ev->mask & IN_IGNORED)
        return false;
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < w->parents.len; i++) {
        if (w->parents.items[i].wd != ev->wd)
            continue;
        known = true;
        meant = meant || !ev->len || strcmp(ev->name, w->parents.items[i].name) == 0;
    }
    pthread_mutex_unlock(&w->lock);
    return !known || meant;
}

static void on_events(void *ctx, int fd, unsigned events)
{
    struct tree_watch *w = ctx;
    bool any = false;
    (void)events;
    for (int turn = 0; turn < READS_A_TURN; turn++) {
        char buf[16 * 1024] __attribute__((aligned(__alignof__(struct inotify_event))));
        ssize_t n = read(fd, buf, sizeof(buf));
        if (n <= 0)
            break;
        for (char *p = buf; p < buf + n;) {
            const struct inotify_event *ev = (const struct inotify_event *)(void *)p;
            any = any || ev->mask & IN_Q_OVERFLOW || is_meant(w, ev);
            p += sizeof(*ev) + ev->len;
        }
    }
    if (any)
        changed(w);
}

/* ---- covering ---- */

struct covering {
    struct tree_watch *w;
    size_t folders;
    struct err *e;
};

static int limit_reached(struct covering *c, int code, const char *path)
{
    if (code == ENOSPC || code == ENOMEM || code == EMFILE) {
        err_set(c->e, ERR_LIMIT, "the kernel watches no more folders for this user");
        err_hint(c->e, "raise fs.inotify.max_user_watches or max_user_instances (sysctl)");
        return ERR_LIMIT;
    }
    return err_set_errno(c->e, code, path);
}

static int cover(struct covering *c, const char *path, int depth)
{
    /* first the watch, then what is in it: what comes later is told */
    if (inotify_add_watch(c->w->fd, path, EVENTS | IN_DONT_FOLLOW) < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES
                   ? 0 /* it went away, or is no folder: its parent tells when it comes */
                   : limit_reached(c, errno, path);
    if (depth > DEPTH_MAX || ++c->folders > FOLDERS_MAX)
        return err_set(c->e, ERR_LIMIT, "%s has too many folders in it", path);
    DIR *d = opendir(path);
    struct dirent *entry;
    int rc = 0;
    while (d && !rc && (entry = readdir(d))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, ".git") == 0 ||
            (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
            continue;
        char *full = mem_printf("%s/%s", path, entry->d_name);
        struct stat st;
        if (entry->d_type == DT_DIR || (lstat(full, &st) == 0 && S_ISDIR(st.st_mode)))
            rc = cover(c, full, depth + 1);
        mem_free(full);
    }
    if (d)
        closedir(d);
    return rc;
}

static int cover_parent(struct covering *c, const char *path)
{
    char *parent = mem_strdup(path), *slash = strrchr(parent, '/');
    struct parent p = {-1, mem_strdup(slash ? slash + 1 : path)};
    if (slash)
        *slash = '\0';
    const char *where = !slash ? "." : *parent ? parent : "/";
    p.wd = inotify_add_watch(c->w->fd, where, EVENTS);
    int rc = p.wd < 0 && errno != ENOENT ? limit_reached(c, errno, where) : 0;
    bool known = p.wd < 0;
    pthread_mutex_lock(&c->w->lock);
    for (size_t i = 0; i < c->w->parents.len && !known; i++)
        known =
            c->w->parents.items[i].wd == p.wd && strcmp(c->w->parents.items[i].name, p.name) == 0;
    if (!known)
        vec_push(&c->w->parents, p);
    pthread_mutex_unlock(&c->w->lock);
    if (known)
        mem_free(p.name);
    mem_free(parent);
    return rc;
}

/* Is it on a file system whose changes elsewhere the kernel does not see? */
static bool is_remote(const char *path)
{
    static const unsigned long remote[] = {0x6969 /* NFS */,
                                           0xff534d42 /* CIFS */,
                                           0xfe534d42 /* SMB2 */,
                                           0x65735546 /* FUSE */,
                                           0x01021997 /* 9P */,
                                           0x00c36400 /* Ceph */,
                                           0x5346414f /* AFS */};
    struct statfs s;
    if (statfs(path, &s))
        return false;
    for (size_t i = 0; i < sizeof(remote) / sizeof(*remote); i++)
        if (((unsigned long)s.f_type & 0xffffffffUL) == remote[i])
            return true;
    return false;
}

static int cover_all(struct covering *c, const char *const *folders, size_t n)
{
    struct tree_watch *w = c->w;
    int rc = 0;
    if (w->fd < 0) {
        err_set(c->e, ERR_UNSUPPORTED, "inotify: %s", strerror(w->fd_error));
        return ERR_UNSUPPORTED;
    }
    for (size_t i = 0; i < n && !rc; i++) {
        rc = cover_parent(c, folders[i]);
        rc = rc ? rc : cover(c, folders[i], 0);
        if (!rc && is_remote(folders[i]))
            rc = err_set(c->e, ERR_UNSUPPORTED,
                         "%s lies on a file system that others change unseen", folders[i]);
    }
    return rc;
}

int tree_watch_cover(struct tree_watch *w, const char *const *folders, size_t n, struct err *e)
{
    struct err own = ERR_INIT;
    struct covering c = {w, 0, &own};
    int rc = cover_all(&c, folders, n);
    pthread_mutex_lock(&w->lock);
    w->polls = rc != 0;
    pthread_mutex_unlock(&w->lock);
    if (rc && e)
        err_move(e, &own);
    err_clear(&own);
    return rc;
}

void tree_watch_covered(struct tree_watch *w)
{
    arm_poll(w);
}

/* ---- signatures ---- */

static void sign(const char *path, int depth, uint64_t *h)
{
    struct stat st;
    if (lstat(path, &st) || depth > DEPTH_MAX)
        return;
    const uint64_t facts[] = {(uint64_t)st.st_ino,          (uint64_t)st.st_size,
                              (uint64_t)st.st_mode,         (uint64_t)st.st_mtim.tv_sec,
                              (uint64_t)st.st_mtim.tv_nsec, (uint64_t)st.st_ctim.tv_sec,
                              (uint64_t)st.st_ctim.tv_nsec};
    struct hash_key key = {0x51ed270b, 0x9e3779b97f4a7c15u};
    *h += hash_bytes(&key, facts, sizeof(facts)) ^ hash_bytes(&key, path, strlen(path));
    DIR *d = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    struct dirent *entry;
    uint64_t sum = 0; /* whatever the order */
    while (d && (entry = readdir(d))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, ".git") == 0)
            continue;
        char *full = mem_printf("%s/%s", path, entry->d_name);
        uint64_t one = 0;
        sign(full, depth + 1, &one);
        sum += one;
        mem_free(full);
    }
    if (d)
        closedir(d);
    *h += sum;
}

uint64_t tree_watch_signature(const char *const *folders, size_t n)
{
    uint64_t h = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t one = 0;
        sign(folders[i], 0, &one);
        h += one;
    }
    return h;
}

/* ---- life ---- */

struct tree_watch *tree_watch_new(struct loop *loop, const struct tree_watch_options *o,
                                  tree_watch_fn *fn, void *ctx)
{
    static const struct tree_watch_options usual = {0};
    struct tree_watch *w = mem_new(struct tree_watch);
    *w = (struct tree_watch){.loop = loop, .o = o ? *o : usual, .fn = fn, .ctx = ctx, .fd = -1};
    w->o.settle_ms = w->o.settle_ms ? w->o.settle_ms : 200;
    w->o.most_ms = w->o.most_ms ? w->o.most_ms : 2000;
    w->o.poll_ms = w->o.poll_ms ? w->o.poll_ms : 5000;
    w->fd_error = ENOSYS;
    pthread_mutex_init(&w->lock, NULL);
    if (!w->o.no_inotify) {
        w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        w->fd_error = errno;
    }
    if (w->fd >= 0 && loop_watch_fd(loop, w->fd, LOOP_READ, on_events, w)) {
        close(w->fd);
        w->fd = -1;
        w->fd_error = EMFILE;
    }
    return w;
}

void tree_watch_free(struct tree_watch *w)
{
    if (!w)
        return;
    loop_cancel_timer(w->loop, w->timer);
    if (w->fd >= 0) {
        loop_unwatch_fd(w->loop, w->fd);
        close(w->fd);
    }
    for (size_t i = 0; i < w->parents.len; i++)
        mem_free(w->parents.items[i].name);
    vec_clear(&w->parents);
    pthread_mutex_destroy(&w->lock);
    mem_free(w);
}
