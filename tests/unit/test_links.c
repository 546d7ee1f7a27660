// SPDX-License-Identifier: Apache-2.0
/*
 * Links of every view: what a link opens has that link, and whatever `c` offers as a link opens,
 * and has it too. Views of which there is no link are named with the reason.
 */
#include "story_catalog.h"
#include "story_plan.h"
#include "story_table.h"
#include "view_fixture.h"

#include "base/mem.h"
#include "data/json.h"
#include "term/clipboard.h"
#include "views/export.h"
#include "views/link.h"
#include "views/screens.h"
#include "widget/pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *link, *view;
    bool copies; /* there is something to copy at once, without answers of the engine */
} places[] = {
    {"fleet", "fleet", true},
    {"fleet//region=eu-west", "fleet", true},
    {"fleet/prod-ap-1", "cluster", true},
    {"fleet/prod-ap-1/nodes", "cluster", true},
    {"fleet/prod-ap-1/environments//payments", "cluster", true},
    {"environments", "environments", true},
    {"environments//payments-dev", "environments", true},
    {"environments/payments-dev", "environment", true},
    {"environments/payments-dev/targets", "environment", true},
    {"environments/payments-dev/drift", "environment", true},
    {"catalog", "catalog", true},
    {"catalog//web", "catalog", true},
    {"catalog/web-app/1.4.0", "blueprint", true},
    {"drift", "drift", true},
    {"drift//env:payments-stage", "drift", true},
    {"drift/outliers", "drift-more", true},
    {"drift/expiring", "drift-more", false},
    {"drift/payments-dev/dev-eu-1/Deployment/payments-dev-web/.spec.replicas", "drift-detail",
     true},
    {"plan/7f3c19e2", "plan", true},
    {"activity/metrics", "activity", true},
    {"history/payments-dev/releases//state:failed", "history", false},
    {"history/-/audit", "history", false},
    {"messages//eu", "messages", false},
    {"resources/dev-eu-1/deployments.apps//ns:payments-dev+label:app=web+x", "resources", false},
    {"resources/dev-eu-1,dev-us-1/pods", "resources", false},
    {"resources/-/nodes", "resources", false},
    {"resources/dev-eu-1/deployments.apps/payments-dev/web", "object", true},
    {"resources/dev-eu-1/nodes/-/worker-1/describe", "object", true},
    {"logs/payments-dev", "logs", false},
    {"logs/dev-eu-1/payments-dev/pods/web-7c4-2lm/app", "logs", true},
    {"logs/dev-eu-1/payments-dev/deployments.apps/web", "logs", false},
    {"blame/deployments.apps/payments-dev/web", "blame", true},
    {"blame/deployments.apps/payments-dev/web/outliers//replicas", "blame", true},
    {"compare/payments-dev@r1/payments-dev@r2", "compare", true},
    {"compare/cluster%2Fdev-eu-1/cluster%2Fdev-us-1//spec", "compare", true},
};

static void setup(struct view_fixture *f)
{
    fixture_setup(f, 24, 80, FACE_UNICODE);
    leeway_snapshot_unref(f->snapshot);
    f->snapshot = story_catalog();
    app_set_snapshot(f->app, f->snapshot);
    screens_register(f->app);
}

/* Opens it; a plan comes with an answer. */
static bool opens(struct view_fixture *f, const char *link)
{
    uint64_t before = f->number;
    if (!link_open(f->app, link))
        return false;
    if (f->number > before && f->last.kind == LEEWAY_CMD_PLAN_OPEN) {
        struct leeway_plan *plan = story_plan(LEEWAY_CHOICE_OPEN);
        fixture_answer(f, (struct leeway_event){.kind = LEEWAY_EVENT_PLAN, .plan = plan});
        leeway_plan_unref(plan);
    }
    return true;
}

static struct text link_now(struct view_fixture *f)
{
    return link_of_view(f->app, app_screen(f->app), &f->arena);
}

static void leads_back(struct view_fixture *f, const char *link)
{
    if (!opens(f, link))
        fail_msg("%s does not open", link);
    if (strncmp(link, "plan/", 5) == 0) { /* the engine finds it, by its first digits even */
        assert_string_equal(f->last.plan, link + 5);
        return;
    }
    struct text now = link_now(f);
    if (strcmp(now.str, link) != 0)
        fail_msg("%s opens what has the link %s", link, now.str);
}

static const char *keep_copy(void *ctx, const char *bytes, size_t len)
{
    snprintf(ctx, 1024, "%.*s", (int)len, bytes);
    return "copied";
}

#define OPEN "leeway open "

/* Every link that `c` offers here; how many things it offers. */
static size_t what_is_offered(struct view_fixture *f, const char *copied, struct text *links,
                              size_t *n_links)
{
    struct view *before = app_top(f->app);
    fixture_run(f, "keys c\n");
    *n_links = 0;
    if (app_top(f->app) == before) { /* one thing, copied at once */
        if (strncmp(copied, OPEN, strlen(OPEN)) == 0)
            links[(*n_links)++] = text_cstr(&f->arena, copied + strlen(OPEN));
        return *copied ? 1 : 0;
    }
    assert_string_equal(app_top(f->app)->ops->name, "pick");
    struct pick_spec spec = pick_read(app_top(f->app));
    for (size_t i = 0; i < spec.n_items; i++)
        if (strncmp(spec.items[i].note.str, OPEN, strlen(OPEN)) == 0)
            links[(*n_links)++] = text_cstr(&f->arena, spec.items[i].note.str + strlen(OPEN));
    size_t n = spec.n_items;
    fixture_run(f, "keys Esc\n");
    return n;
}

static void round_trips(void **state)
{
    struct view_fixture f;
    char copied[1024] = "";
    setup(&f);
    app_set_host(f.app, &(struct app_host){.ctx = copied, .copy = keep_copy});
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct text links[16];
        size_t n;
        leads_back(&f, places[i].link);
        assert_string_equal(app_screen(f.app)->ops->name, places[i].view);
        (void)app_draw(f.app);
        copied[0] = '\0';
        size_t offered = what_is_offered(&f, copied, links, &n);
        if (places[i].copies && (!offered || !n))
            fail_msg("nothing to copy, or no link, at %s", places[i].link);
        struct text own = link_now(&f);
        bool has_own = false;
        for (size_t k = 0; k < n; k++)
            has_own = has_own || text_equal(links[k], own);
        if (offered && !has_own)
            fail_msg("c at %s does not offer its link", places[i].link);
        for (size_t k = 0; k < n; k++)
            leads_back(&f, links[k].str);
    }
    fixture_teardown(&f);
}

/* Names come from outside: whatever is in them, a link is one word that a shell leaves alone. */
static void no_link_needs_quotes(void **state)
{
    static const char *const names[] = {
        "a b",           "it's", "$(reboot)", "x;y|z&", "a/b",   "\"q\"", "100%",
        "r\xc3\xa9gion", "a+b",  "*?[x]",     "~",      "{a,b}", "#",     "!x"};
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct text name = text_cstr(&a, names[i]);
        struct text link = LINK(&a, names[i], TEXT("environments"), name, name);
        for (uint32_t k = 0; k < link.len; k++)
            assert_null(strchr(" '\"$`\\;|&<>()[]{}*?~#!\n", link.str[k]));
    }
    assert_string_equal(LINK(&a, "", TEXT("x"), TEXT_NONE, TEXT("y"), TEXT_NONE).str, "x/-/y");
    assert_string_equal(LINK(&a, "", TEXT("a/b c"), TEXT("50%")).str, "a%2Fb+c/50%25");
    arena_clear(&a);
}

static void names_come_through(void **state)
{
    static const char *const names[] = {"a b", "it's $(x)", "100%", "a+b", "r\xc3\xa9gion/x"};
    struct view_fixture f;
    setup(&f);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct text link =
            LINK(&f.arena, names[i], TEXT("compare"), text_cstr(&f.arena, names[i]), TEXT("b"));
        leads_back(&f, link.str);
        assert_string_equal(f.last.cluster ? f.last.cluster : "", "");
    }
    assert_true(opens(&f, "environments/payments%2Ddev")); /* any letter may stand so */
    assert_string_equal(link_now(&f).str, "environments/payments-dev");
    assert_true(opens(&f, "environments/%zz%")); /* what is no number stays */
    assert_string_equal(link_now(&f).str, "environments/%25zz%25");
    fixture_teardown(&f);
}

/* Links as they were before filters had a place of their own. */
static void older_ones(void **state)
{
    struct view_fixture f;
    setup(&f);
    assert_true(opens(&f, "drift/cluster:dev-eu-1"));
    assert_string_equal(link_now(&f).str, "drift//cluster:dev-eu-1");
    assert_true(opens(&f, "resources/dev-eu-1/pods/shop"));
    assert_string_equal(link_now(&f).str, "resources/dev-eu-1/pods//ns:shop");
    assert_true(opens(&f, "resources/pods"));
    assert_string_equal(link_now(&f).str, "resources/-/pods");
    assert_false(opens(&f, "fleet/nowhere"));
    assert_false(opens(&f, "fleet/dev-eu-1/nothing"));
    assert_false(opens(&f, "nowhere"));
    assert_false(opens(&f, "compare/one"));
    assert_false(opens(&f, "logs/a/b"));
    assert_false(opens(&f, "blame/pods"));
    fixture_teardown(&f);
}

/* ---- the clipboard ---- */

static void ways_to_the_clipboard(void **state)
{
    static const struct {
        const char *name, *tmux;
        size_t len;
        enum clipboard_way way;
    } ways[] = {{"xterm-256color", NULL, 10, CLIPBOARD_TERMINAL},
                {"xterm-256color", "", 10, CLIPBOARD_TERMINAL},
                {"tmux-256color", "/tmp/tmux-0/default,1,0", 10, CLIPBOARD_TMUX},
                {"screen-256color", "/tmp/tmux-0/default,1,0", 10, CLIPBOARD_TMUX},
                {"screen-256color", NULL, 10, CLIPBOARD_FILE},
                {"linux", NULL, 10, CLIPBOARD_FILE},
                {"linuxfoo", NULL, 10, CLIPBOARD_TERMINAL},
                {NULL, NULL, 10, CLIPBOARD_FILE},
                {"xterm", NULL, 100000, CLIPBOARD_FILE}};
    struct buf b;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        assert_int_equal(clipboard_way(ways[i].name, ways[i].tmux, ways[i].len), ways[i].way);
    buf_init(&b, BUF_LARGE);
    assert_int_equal(clipboard_put(&b, CLIPBOARD_TERMINAL, "a\033]b", 4), 0);
    assert_string_equal(buf_str(&b), "\033]52;c;YRtdYg==\033\\");
    assert_int_equal(clipboard_put(&b, CLIPBOARD_TMUX, "hi", 2), 0);
    assert_non_null(strstr(buf_str(&b), "\033Ptmux;\033\033]52;c;aGk=\033\033\\\033\\"));
    size_t len = b.len;
    assert_int_equal(clipboard_put(&b, CLIPBOARD_FILE, "hi", 2), 0);
    assert_int_equal(b.len, len);
    buf_clear(&b);
}

/* For nobody else's eyes, and the last text only. */
static void the_file_of_the_clipboard(void **state)
{
    char dir[] = "/tmp/leeway-clip-XXXXXX", *path = NULL, read[16] = "";
    struct stat st;
    struct err e = ERR_INIT;
    assert_non_null(mkdtemp(dir));
    setenv("XDG_CACHE_HOME", dir, 1);
    for (int i = 0; i < 2; i++) {
        mem_free(path);
        assert_int_equal(clipboard_save(i ? "two" : "the first", i ? 3 : 9, &path, &e), 0);
    }
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(read, 1, sizeof(read) - 1, file), 3);
    assert_string_equal(read, "two");
    fclose(file);
    unlink(path);
    setenv("XDG_CACHE_HOME", path, 1); /* cannot be made below a file that is not there */
    mem_free(path);
    char *sub = mem_printf("%s/leeway", dir);
    assert_int_equal(rmdir(sub), 0);
    mem_free(sub);
    rmdir(dir);
    assert_int_not_equal(clipboard_save("x", 1, &path, &e), 0);
    assert_null(path);
    err_clear(&e);
}

/* ---- all rows, to a file ---- */

static void exported(struct view_fixture *f, enum export_form form, struct buf *out)
{
    buf_reset(out);
    export_view(f->app, app_screen(f->app), form, out);
}

static void rows_as_text_csv_and_json(void **state)
{
    struct view_fixture f;
    struct buf out;
    setup(&f);
    buf_init(&out, BUF_LARGE);
    app_open_fixed(f.app, CMD_ENVIRONMENTS);
    size_t rows = export_view(f.app, app_screen(f.app), EXPORT_CSV, &out);
    size_t lines = 0;
    for (size_t i = 0; i < out.len; i++)
        lines += out.data[i] == '\n';
    assert_int_equal(lines, rows + 1);
    assert_int_equal(rows, leeway_environments(f.snapshot));
    assert_non_null(strstr(buf_str(&out), "environment,"));
    assert_non_null(strstr(buf_str(&out), "payments-dev,"));
    exported(&f, EXPORT_JSON, &out);
    struct val_pool p;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    const struct val *v = json_read(&p, out.data, out.len, NULL, &e);
    assert_non_null(v);
    assert_int_equal(v->len, rows);
    assert_non_null(strstr(buf_str(&out), "\"environment\": \"payments-dev\""));
    val_pool_clear(&p);
    exported(&f, EXPORT_TEXT, &out);
    assert_non_null(strstr(buf_str(&out), "payments-dev"));
    buf_clear(&out);
    fixture_teardown(&f);
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    return stat(path, &st) ? 0 : st.st_mode & 0777;
}

/* A file is made for its owner's eyes; what was there stays. */
static void nothing_is_written_over(void **state)
{
    char dir[] = "/tmp/leeway-export-XXXXXX", *was = getcwd(NULL, 0);
    struct view_fixture f;
    setup(&f);
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    app_open_fixed(f.app, CMD_ENVIRONMENTS);
    fixture_run(&f, "keys E\nsnapshot\n");
    fixture_shows(&f, "a file, CSV", true);
    fixture_run(&f, "type CSV\nkeys Enter\nkeys E\ntype CSV\nkeys Enter\n");
    assert_int_equal(mode_of("leeway-environments-2026-11-24.csv"), 0600);
    assert_int_equal(mode_of("leeway-environments-2026-11-24-2.csv"), 0600);
    buf_reset(&f.out);
    fixture_run(&f, "keys E\ntype mine.json\nkeys Enter\nsnapshot\n");
    assert_int_equal(mode_of("mine.json"), 0600);
    fixture_shows(&f, "rows saved to", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys E\ntype mine.json\nkeys Enter\nsnapshot\n");
    fixture_shows(&f, "mine.json: it is there already", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys E\ntype no/such/folder.txt\nkeys Enter\nsnapshot\n");
    fixture_shows(&f, "No such file or directory", true);
    unlink("leeway-environments-2026-11-24.csv");
    unlink("leeway-environments-2026-11-24-2.csv");
    unlink("mine.json");
    assert_int_equal(chdir(was), 0);
    assert_int_equal(rmdir(dir), 0); /* and nothing else */
    free(was);
    fixture_teardown(&f);
}

/* ---- the palette ---- */

/* What can be done with a thing from anywhere, with the reason where it cannot. */
static void commands_of_things(void **state)
{
    struct view_fixture f;
    setup(&f);
    app_open_fixed(f.app, CMD_FLEET);
    fixture_run(&f, "keys Ctrl-P\ntype paydev\nsnapshot\n");
    fixture_shows(&f, "go to payments-dev", true);
    fixture_shows(&f, "drift of payments-dev", true);
    fixture_shows(&f, "logs of payments-dev", true);
    fixture_run(&f, "keys Ctrl-U\ntype rollback of payments-dev\nsnapshot\n");
    fixture_shows(&f, "not now: r1 is its", true);
    fixture_run(&f, "keys Ctrl-U\ntype drift of payments-dev\nkeys Enter\n");
    assert_string_equal(app_screen(f.app)->ops->name, "drift");
    fixture_run(&f, "keys Ctrl-P\ntype plan deletion of payments-dev\nkeys Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_FOLDER);
    assert_true(f.last.destroy);
    assert_string_equal(f.last.environment, "payments-dev");
    fixture_run(&f, "keys 1 Ctrl-P\ntype plan rollback of payments-dev\nkeys Enter\n");
    assert_string_equal(app_screen(f.app)->ops->name, "fleet"); /* it cannot be done */
    fixture_teardown(&f);
}

RUN("links", cmocka_unit_test(rows_as_text_csv_and_json), cmocka_unit_test(nothing_is_written_over),
    cmocka_unit_test(commands_of_things), cmocka_unit_test(ways_to_the_clipboard),
    cmocka_unit_test(the_file_of_the_clipboard), cmocka_unit_test(round_trips),
    cmocka_unit_test(no_link_needs_quotes), cmocka_unit_test(names_come_through),
    cmocka_unit_test(older_ones))
