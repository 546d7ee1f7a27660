// SPDX-License-Identifier: Apache-2.0
/*
 * The console put together: engine's events and snapshots into the app, the app's wishes to the
 * engine.
 */
#include "ui.h"

#include "app/guide.h"
#include "app/requests.h"
#include "app/run.h"
#include "base/mem.h"
#include "keys_file.h"
#include "leave.h"
#include "login.h"
#include "plain/plain.h"
#include "views/editor.h"
#include "views/link.h"
#include "views/screens.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETTLE_MS 15000
#define UNTIL_MS 20000
#define PLAIN_SETTLE_MS 5000 /* what is not known by then is said when it is */

static const struct guide_step guide_steps[] = {
#define STEP(id, keys, see, say) {#id, see, say},
#define SHOW(id, keys, see, say) {#id, see, say},
#include "tour.def"
#undef STEP
#undef SHOW
};

struct console {
    const struct ui_options *options;
    struct leeway *engine;
    struct app *app;
    struct term *term; /* NULL: no terminal */
    struct zone *zone;
    struct leeway_snapshot *snapshot;
};

/* ---- the engine's side ---- */

/* Another process may have taken the work over, or left it to this one. */
static void set_limits(struct console *k)
{
    const struct leeway_fleet_info *fleet = leeway_snapshot_fleet(k->snapshot);
    app_set_read_only(k->app, fleet->read_only, fleet->spectator);
}

static void take_snapshot(struct console *k)
{
    struct leeway_snapshot *s = leeway_snapshot_take(k->engine);
    if (k->snapshot && leeway_snapshot_number(s) == leeway_snapshot_number(k->snapshot)) {
        leeway_snapshot_unref(s);
        return;
    }
    struct leeway_snapshot *old = k->snapshot;
    k->snapshot = s;
    app_set_snapshot(k->app, s);
    set_limits(k);
    app_data_changed(k->app);
    if (old)
        leeway_snapshot_unref(old);
}

static void wake(struct app *a, void *ctx)
{
    struct console *k = ctx;
    struct leeway_event *ev;
    take_snapshot(k); /* first: answers speak of what is in it */
    while ((ev = leeway_next_event(k->engine))) {
        if (!app_answer(a, ev) && ev->kind == LEEWAY_EVENT_LOGIN)
            login_ask(a, k->term, ev);
        leeway_event_free(ev);
    }
}

static uint64_t post(void *ctx, const struct leeway_command *c, struct err *e)
{
    return leeway_post(ctx, c, e);
}

/* ---- a person's own keys ---- */

static void wrong_key(void *ctx, enum command c, const struct err *e)
{
    struct app *a = ctx;
    struct arena arena;
    arena_init(&arena);
    const char *source = e->source ? e->source : "keys.yaml", *slash = strrchr(source, '/');
    struct text where = text_fmt(&arena, "%s:%u:%u", slash ? slash + 1 : source, e->line, e->col),
                what = text_cstr(&arena, e->text ? e->text : "");
    char *whole = err_format(e);
    app_say(a, MESSAGE_FAILED, e->line ? where : TEXT("keys.yaml"), what, text_cstr(&arena, whole));
    if (c != CMD_NONE)
        app_set_key_note(a, c, text_fmt(&arena, "%s: %s", where.str, what.str));
    mem_free(whole);
    arena_clear(&arena);
}

static void load_keys(struct app *a)
{
    char *path = keys_file_path();
    app_clear_key_notes(a);
    keys_file_load(path, app_keymap_mutable(a), wrong_key, a);
    mem_free(path);
}

/* A file to begin with, and the folders above it. 0, or -1 with errno. */
static int make_keys_file(char *path)
{
    for (char *s = path + 1; (s = strchr(s, '/')); *s++ = '/') {
        *s = '\0';
        if (mkdir(path, 0700) && errno != EEXIST) {
            *s = '/';
            return -1;
        }
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? 0 : -1;
    ssize_t n = write(fd, KEYS_FILE_START, strlen(KEYS_FILE_START));
    return close(fd) || n < 0 ? -1 : 0;
}

static void edit_keys(struct app *a, void *ctx)
{
    char *path = keys_file_path();
    if (!path) {
        app_error(a, "neither XDG_CONFIG_HOME nor HOME says where keys.yaml lies");
    } else if (make_keys_file(path)) {
        app_error(a, "%s: %s", path, strerror(errno));
    } else if (editor_open_file(a, path)) {
        app_info(a, "%s was read again", path);
        load_keys(a);
    }
    mem_free(path);
}

/* ---- start and end ---- */

static void on_step(void *ctx, const struct guide_step *step)
{
    const struct console *k = ctx;
    if (k->options->on_step)
        k->options->on_step(k->options->ctx, step->id);
}

static void open_console(struct console *k, struct leeway *l, const struct ui_options *o,
                         const struct clock *clock, enum face face)
{
    memset(k, 0, sizeof(*k));
    k->options = o;
    k->engine = l;
    k->zone = zone_local(getenv("TZ"));
    k->snapshot = leeway_snapshot_take(l);
    const struct leeway_fleet_info *fleet = leeway_snapshot_fleet(k->snapshot);
    const struct app_options opt = {
        .clock = clock,
        .zone = k->zone,
        .face = face,
        .rows = 24,
        .cols = 80,
        .read_only = fleet->read_only,
        .fleet = leeway_clusters(k->snapshot) && fleet->name.len ? fleet->name.str : NULL,
    };
    k->app = app_new(&opt);
    app_set_engine(k->app, l);
    app_set_post(k->app, post, l);
    app_set_snapshot(k->app, k->snapshot);
    set_limits(k);
    screens_register(k->app);
    if (!fleet->simulated) /* that fleet ends with this process */
        leave_register(k->app, l);
    if (fleet->simulated)
        app_info(k->app, "a simulated fleet: nothing outside this program is touched");
    if (fleet->spectator)
        app_info(k->app, "%s: this console looks on", fleet->read_only_why.str);
    if (o->greeting)
        app_info(k->app, "%s", o->greeting);
    app_open_fixed(k->app, CMD_FLEET);
    if (o->guided)
        app_set_guide(k->app, guide_steps, ARRAY_LEN(guide_steps), on_step, k);
    if (o->link && !link_open(k->app, o->link))
        app_error(k->app, "%s: no such place", o->link);
}

static void close_console(struct console *k)
{
    app_free(k->app);
    leeway_snapshot_unref(k->snapshot);
    zone_free(k->zone);
}

static int load_theme(const char *name, struct theme *out, struct err *e)
{
    char *user = NULL, *home = NULL;
    const char *xdg = getenv("XDG_CONFIG_HOME"), *h = getenv("HOME");
    const char *dirs[4] = {NULL};
    size_t n = 0;
    if (xdg && *xdg)
        dirs[n++] = user = mem_printf("%s/leeway/themes", xdg);
    else if (h)
        dirs[n++] = home = mem_printf("%s/.config/leeway/themes", h);
    dirs[n++] = LEEWAY_DATADIR "/themes";
    int r = name ? theme_load(name, dirs, out, e) : theme_builtin("default", out, e);
    mem_free(user);
    mem_free(home);
    return r;
}

int ui_run(struct leeway *l, const struct ui_options *o, enum ui_end *end, struct err *e)
{
    struct theme theme;
    struct console k;
    *end = UI_END;
    int r = load_theme(o->theme, &theme, e);
    if (r)
        return r;
    const struct term_options topt = {.in_fd = STDIN_FILENO,
                                      .out_fd = STDOUT_FILENO,
                                      .color = o->color,
                                      .ascii = o->ascii,
                                      .low_bandwidth = o->low_bandwidth};
    struct term *t = term_open(&topt, &theme, e);
    if (!t)
        return e->code;
    open_console(&k, l, o, clock_system(), term_face(t));
    k.term = t;
    load_keys(k.app); /* not in scripts, which name keys of the table */
    app_set_edit_keys(k.app, edit_keys, NULL);
    r = app_run(k.app, t, leeway_event_fd(l), wake, &k, e);
    *end = (enum ui_end)app_ended(k.app);
    close_console(&k);
    term_close(t);
    return r;
}

/* ---- without a terminal ---- */

static bool pump(struct console *k, int ms)
{
    struct pollfd p = {.fd = leeway_event_fd(k->engine), .events = POLLIN};
    if (poll(&p, 1, ms) <= 0)
        return false;
    wake(k->app, k);
    return true;
}

static void settle(struct console *k, int64_t ms)
{
    const struct clock *c = clock_system();
    int64_t end = clock_boot_ms(c) + (ms ? ms : SETTLE_MS);
    take_snapshot(k);
    while (!leeway_settled(k->snapshot) && clock_boot_ms(c) < end)
        pump(k, 100);
    while (pump(k, 60) && clock_boot_ms(c) < end)
        ;
}

/* ---- line by line ---- */

/* Answers that will never come: a pipe that is at its end already. */
static bool no_answers(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    struct stat st;
    if (isatty(STDIN_FILENO))
        return !isatty(STDOUT_FILENO);
    if (fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode))
        return lseek(STDIN_FILENO, 0, SEEK_CUR) >= st.st_size;
    if (fstat(STDIN_FILENO, &st) == 0 && S_ISCHR(st.st_mode))
        return true; /* /dev/null */
    return poll(&in, 1, 0) > 0 && !(in.revents & POLLIN);
}

int ui_run_plain(struct leeway *l, const struct ui_options *o, enum ui_end *end, struct err *e)
{
    struct console k;
    bool none = no_answers();
    const struct plain_options opt = {.ascii =
                                          o->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
                                      .choices = !none,
                                      .echo = !isatty(STDIN_FILENO)};
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away ends it in order */
    open_console(&k, l, o, clock_system(), FACE_UNICODE);
    settle(&k, o->settle_ms ? o->settle_ms : none ? 0 : PLAIN_SETTLE_MS);
    int r = plain_run(k.app, &opt, none ? -1 : STDIN_FILENO, STDOUT_FILENO, leeway_event_fd(l),
                      wake, &k, e);
    *end = (enum ui_end)app_ended(k.app);
    close_console(&k);
    return r;
}

static int until(struct console *k, const char *words, struct err *e)
{
    const struct clock *c = clock_system();
    int64_t end = clock_boot_ms(c) + UNTIL_MS;
    for (;;) {
        struct buf screen;
        buf_init(&screen, BUF_LARGE);
        bool found =
            canvas_dump(app_draw(k->app), &screen) == 0 && strstr(buf_str(&screen), words) != NULL;
        buf_clear(&screen);
        if (found)
            return 0;
        if (clock_boot_ms(c) >= end)
            return err_set(e, ERR_TIMEOUT, "%s did not come on the screen", words);
        pump(k, 50);
    }
}

static int run_line(struct console *k, const struct ui_options *o, const char *line,
                    const char *source, uint32_t n, struct clock_fake *clock, struct buf *out,
                    struct err *e)
{
    int r;
    while (pump(k, 0))
        ;
    if (strcmp(line, "settle") == 0) {
        settle(k, o->settle_ms);
        return 0;
    }
    if (strncmp(line, "until ", 6) == 0) {
        r = until(k, line + 6, e);
        if (r)
            err_at(e, source, n, 0);
        return r;
    }
    r = app_run_script(k->app, line, source, clock, out, e);
    if (r)
        err_at(e, source, n, 0);
    return r;
}

int ui_run_script(struct leeway *l, const struct ui_options *o, const char *text,
                  const char *source, struct buf *out, struct err *e)
{
    struct clock_fake clock;
    struct console k;
    int r = 0;
    uint32_t n = 1;
    clock_fake_init(&clock, clock_boot_ms(clock_system()),
                    o->now_ms ? o->now_ms : clock_wall_ms(clock_system()));
    open_console(&k, l, o, &clock.clock, o->ascii ? FACE_ASCII : FACE_UNICODE);
    char *copy = mem_strdup(text), *save = copy;
    for (char *line; r == 0 && (line = strsep(&save, "\n")) && !app_quitting(k.app); n++)
        r = run_line(&k, o, line, source, n, &clock, out, e);
    mem_free(copy);
    close_console(&k);
    return r;
}

/* The screens that are there, in the order of their keys. */
static int print_screen(struct console *k, enum command c, struct buf *out, struct err *e)
{
    struct arena a;
    char line[64];
    arena_init(&a);
    const char *why = app_why_not(k->app, c, &a);
    arena_clear(&a);
    if (why)
        return 0;
    app_open_fixed(k->app, c);
    (void)app_draw(k->app);
    for (int i = 0; i < 20 && pump(k, 100); i++)
        ; /* a table is asked for when its screen opens */
    snprintf(line, sizeof(line), "snapshot %s", command_info(c)->name);
    return app_run_script(k->app, line, "tour", NULL, out, e);
}

int ui_print_tour(struct leeway *l, const struct ui_options *o, struct buf *out, struct err *e)
{
    static const enum command tour[] = {CMD_FLEET,        CMD_ENVIRONMENTS, CMD_CATALOG,
                                        CMD_DRIFT_SCREEN, CMD_ACTIVITY,     CMD_HISTORY,
                                        CMD_RESOURCES,    CMD_MESSAGES};
    struct console k;
    int r = 0;
    open_console(&k, l, o, clock_system(), o->ascii ? FACE_ASCII : FACE_UNICODE);
    settle(&k, o->settle_ms);
    for (size_t i = 0; i < ARRAY_LEN(tour) && r == 0; i++)
        r = print_screen(&k, tour[i], out, e);
    close_console(&k);
    return r;
}
