// SPDX-License-Identifier: Apache-2.0
/* The part: when catalogs are read, and their rows in the snapshot. */
#include "engine/environments/catalogs.h"

#include "catalog/files.h"
#include "engine/fleet/inventory.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DRAFT_MAX = 1 << 20 };

struct catalogs {
    struct engine *engine;
    char *folder, *drafts; /* drafts: NULL without a place to keep them */
    VEC(char *) roots;
    struct catalogs_reading *now; /* what is shown; NULL: nothing was read yet */
    struct tree_watch *watch;     /* NULL: nobody looks on */
    bool reading, again, orphan;  /* orphan: the part is gone while a worker reads */
    bool perhaps;                 /* the next reading is needed only if something changed */
    bool told;                    /* that the folders cannot be watched */
};

struct reading_job {
    struct catalogs *catalogs;
    struct catalogs_reading *reading;
};

static struct catalogs *catalogs_of(struct engine *e)
{
    return engine_part_state(e, &catalogs_part);
}

const char *catalogs_folder(struct engine *e)
{
    return catalogs_of(e)->folder;
}

/* ---- where things lie ---- */

static char *absolute(const char *path)
{
    char *real = realpath(path, NULL);
    char *out = mem_strdup(real ? real : path);
    free(real);
    return out;
}

static void find_places(struct catalogs *c)
{
    const struct inventory *v = c->engine->inventory;
    char *folder = mem_strdup(v->file ? v->file : ".");
    char *slash = v->file ? strrchr(folder, '/') : NULL;
    if (slash)
        *slash = '\0';
    c->folder = absolute(slash && slash == folder ? "/" : folder);
    for (size_t i = 0; i < v->catalogs.len; i++)
        vec_push(&c->roots, mem_strdup(v->catalogs.items[i]));
    char *beside = catalog_join(c->folder, "catalog");
    if (!c->roots.len && catalog_is_folder(beside))
        vec_push(&c->roots, mem_strdup(c->folder));
    mem_free(beside);
    mem_free(folder);
    if (c->engine->store && !c->engine->spectator) {
        const char *db = store_info(c->engine->store).path;
        size_t n = strlen(db);
        c->drafts =
            mem_printf("%.*s.drafts", (int)(n > 3 && !strcmp(db + n - 3, ".db") ? n - 3 : n), db);
    }
}

/* ---- reading ---- */

static void show(struct catalogs *c)
{
    engine_table_resize(c->engine, ENGINE_BLUEPRINTS, c->now->blueprints.len);
    engine_table_resize(c->engine, ENGINE_ENV_FILES, c->now->files.len);
    for (size_t i = 0; i < c->now->blueprints.len; i++)
        engine_dirty_row(c->engine, ENGINE_BLUEPRINTS, i);
    for (size_t i = 0; i < c->now->files.len; i++)
        engine_dirty_row(c->engine, ENGINE_ENV_FILES, i);
    engine_dirty_fleet(c->engine);
}

static void catalogs_free(struct catalogs *c)
{
    tree_watch_free(c->watch);
    catalogs_reading_free(c->now);
    for (size_t i = 0; i < c->roots.len; i++)
        mem_free(c->roots.items[i]);
    vec_clear(&c->roots);
    mem_free(c->folder);
    mem_free(c->drafts);
    mem_free(c);
}

static bool was_said(const struct catalogs_reading *r, const char *text)
{
    for (size_t i = 0; r && i < r->said.len; i++)
        if (strcmp(r->said.items[i].text, text) == 0)
            return true;
    return false;
}

/* What is wrong now and was not before; that nothing is wrong any more. */
static void say_problems(struct catalogs *c, const struct catalogs_reading *now)
{
    const struct catalogs_reading *before = c->now;
    for (size_t i = 0; i < now->said.len; i++) {
        const struct catalogs_problem *p = &now->said.items[i];
        if (!was_said(before, p->text))
            engine_message(c->engine, LEEWAY_FAILED, "", p->hint, "%s", p->text);
    }
    if (before && before->problems && !now->problems)
        engine_message(c->engine, LEEWAY_OK, "", NULL, "the catalog has no problems any more");
}

static void say_unwatched(struct catalogs *c, const struct err *e)
{
    if (e->code && !c->told)
        engine_message(c->engine, LEEWAY_UNKNOWN, "", e->hint,
                       "the catalog's folders are looked at every few seconds, they cannot be "
                       "watched: %s",
                       e->text);
    else if (!e->code && c->told)
        engine_message(c->engine, LEEWAY_OK, "", NULL, "the catalog's folders are watched again");
    c->told = e->code != 0;
}

static void read_now(struct catalogs *c);

static void on_read(void *ctx, bool stale)
{
    struct reading_job *j = ctx;
    struct catalogs *c = j->catalogs;
    c->reading = false;
    if (c->orphan) {
        catalogs_reading_free(j->reading);
        catalogs_free(c);
    } else if (stale) {
        catalogs_reading_free(j->reading);
    } else {
        say_unwatched(c, &j->reading->unwatched);
        if (j->reading->same) {
            catalogs_reading_free(j->reading);
        } else {
            say_problems(c, j->reading);
            catalogs_reading_free(c->now);
            c->now = j->reading;
            c->now->before = NULL;
            show(c);
        }
        if (c->watch)
            tree_watch_covered(c->watch);
        if (c->again)
            read_now(c);
    }
    mem_free(j);
}

static void run(void *ctx)
{
    catalogs_reading_run(((struct reading_job *)ctx)->reading);
}

static void read_now(struct catalogs *c)
{
    struct engine *e = c->engine;
    struct catalogs_reading *r = catalogs_reading_new();
    struct reading_job *j = mem_new(struct reading_job);
    c->again = false;
    c->reading = true;
    r->folder = mem_strdup(c->folder);
    r->fleet_file = e->inventory->file ? mem_strdup(e->inventory->file) : NULL;
    r->drafts = c->drafts ? mem_strdup(c->drafts) : NULL;
    r->login = mem_strdup(e->person.login);
    for (size_t i = 0; i < c->roots.len; i++)
        vec_push(&r->roots, mem_strdup(c->roots.items[i]));
    r->watch = c->watch;
    r->before = c->now;
    r->perhaps = c->perhaps;
    c->perhaps = false;
    r->trust = trust_new(e, c->roots.len ? c->roots.items[0] : NULL);
    *j = (struct reading_job){c, r};
    workers_start(e->workers, NULL, run, on_read, j);
}

static void on_changed(void *ctx, bool perhaps)
{
    struct catalogs *c = ctx;
    c->perhaps = perhaps && !c->again;
    c->again = true;
    if (!c->reading && !c->orphan)
        read_now(c);
}

void catalogs_read_again(struct engine *e)
{
    struct catalogs *c = catalogs_of(e);
    c->again = true;
    c->perhaps = false;
    if (!c->reading)
        read_now(c);
}

/* ---- rows ---- */

static void fill_blueprint(void *ctx, struct leeway_snapshot_builder *b, size_t i,
                           struct arena *scratch)
{
    (void)scratch;
    leeway_snapshot_put_blueprint(b, i, &((struct catalogs *)ctx)->now->blueprints.items[i]);
}

static void fill_file(void *ctx, struct leeway_snapshot_builder *b, size_t i, struct arena *scratch)
{
    (void)scratch;
    leeway_snapshot_put_env_file(b, i, &((struct catalogs *)ctx)->now->files.items[i]);
}

void catalogs_describe(struct engine *e, struct leeway_fleet_info *info, struct arena *a)
{
    struct catalogs *c = catalogs_of(e);
    struct text t = TEXT_NONE;
    info->catalog = info->catalog_problem = TEXT_NONE;
    info->catalog_problems = c && c->now ? c->now->problems : -1;
    for (size_t i = 0; c && i < c->roots.len; i++)
        t = text_fmt(a, "%s%s%s", t.str, i ? ", " : "", c->roots.items[i]);
    info->catalog = t;
    if (c && c->now)
        info->catalog_problem = c->now->problem;
}

/* ---- commands ---- */

void catalogs_read_command(struct engine *e, struct engine_command *cmd)
{
    catalogs_read_again(e);
    engine_answer_done(e, cmd, 0, "the catalog is read again");
}

/* A draft's name as a file: letters, digits and dashes stay. */
static bool draft_file(const char *name, char *out, size_t size)
{
    size_t n = 0;
    for (; name[n] && n + 6 < size; n++)
        out[n] = strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", name[n]) ? name[n] : '_';
    snprintf(out + n, size - n, ".json");
    return n && !name[n] && name[0] != '.';
}

static int write_draft(struct catalogs *c, const char *name, const char *text, struct err *err)
{
    char file[160];
    if (!c->drafts)
        return err_set(err, ERR_UNSUPPORTED, "there is no place to keep a draft");
    if (!draft_file(name, file, sizeof(file)))
        return err_set(err, ERR_INVALID, "%s is no name for a draft", name);
    char *path = catalog_join(c->drafts, file), *next = mem_printf("%s.new", path);
    if (mkdir(c->drafts, 0700) && errno != EEXIST)
        err_set_errno(err, errno, c->drafts);
    if (!err->code && !*text) {
        if (unlink(path) && errno != ENOENT)
            err_set_errno(err, errno, path);
    } else if (!err->code) {
        size_t n = strlen(text);
        int fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 || write(fd, text, n) != (ssize_t)n || rename(next, path))
            err_set_errno(err, errno, path);
        if (fd >= 0)
            close(fd);
    }
    mem_free(next);
    mem_free(path);
    return err->code;
}

int catalogs_keep_draft(struct engine *e, const struct leeway_command *c, struct err *err)
{
    const char *text = c->document ? c->document : "";
    if (strlen(text) > DRAFT_MAX)
        return err_set(err, ERR_LIMIT, "the draft is too large to be kept");
    if (write_draft(catalogs_of(e), c->name ? c->name : "", text, err))
        return err->code;
    catalogs_read_again(e);
    return 0;
}

void catalogs_draft_command(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    if (catalogs_keep_draft(e, &cmd->c, &err)) {
        engine_answer_failed(e, cmd, &err);
        return;
    }
    engine_answer_done(e, cmd, 0, "%s", "");
}

/* ---- life ---- */

static int start(struct engine *e, void **state, struct err *err)
{
    (void)err;
    struct catalogs *c = mem_new(struct catalogs);
    *state = c;
    c->engine = e;
    find_places(c);
    engine_table_own(e, ENGINE_BLUEPRINTS, fill_blueprint, c);
    engine_table_own(e, ENGINE_ENV_FILES, fill_file, c);
    if (!e->options.no_watch) {
        c->watch = tree_watch_new(e->loop, NULL, on_changed, c);
        read_now(c);
    }
    return 0;
}

static void stop(void *state, bool hand_over)
{
    (void)hand_over;
    struct catalogs *c = state;
    c->orphan = true;
    if (!c->reading)
        catalogs_free(c);
}

const struct engine_part catalogs_part = {.name = "catalogs", .start = start, .stop = stop};
