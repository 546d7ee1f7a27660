// SPDX-License-Identifier: Apache-2.0
/* The framework seen through its first view: scripts press keys, golden files say what is seen. */
#include "golden.h"

#include "app/app.h"
#include "app/chooser.h"
#include "app/guide.h"
#include "views/messages.h"
#include "widget/dialog.h"
#include "widget/fuzzy.h"
#include "widget/input.h"
#include "widget/keep_order.h"
#include "widget/tree.h"

#define NOON 1795527900000 /* 24 Nov 2026 14:45 in Berlin */

struct fixture {
    struct clock_fake clock;
    struct zone *zone;
    struct app *app;
    struct buf out;
};

static void say(struct fixture *f, int64_t before_min, enum message_kind k, const char *where,
                const char *what, const char *detail)
{
    struct arena a;
    arena_init(&a);
    int64_t now = f->clock.wall_ms_now;
    f->clock.wall_ms_now = now - before_min * 60000;
    app_say(f->app, k, text_cstr(&a, where), text_cstr(&a, what), text_cstr(&a, detail));
    f->clock.wall_ms_now = now;
    arena_clear(&a);
}

static void setup_faced(struct fixture *f, int rows, int cols, enum face face)
{
    clock_fake_init(&f->clock, 1000000, NOON);
    f->zone = zone_load("CET-1CEST,M3.5.0,M10.5.0/3", NULL);
    struct app_options opt = {.clock = &f->clock.clock,
                              .zone = f->zone,
                              .rows = rows,
                              .cols = cols,
                              .fleet = "acme",
                              .face = face};
    f->app = app_new(&opt);
    buf_init(&f->out, 1u << 20);
    app_set_screen(f->app, CMD_MESSAGES, messages_new);
    say(f, 3000, MESSAGE_INFO, "console", "14 clusters, all answered in 0.9 s", "");
    say(f, 400, MESSAGE_FAILED, "keys.yaml:14:3", "K is bound twice: accept keeps it", "");
    say(f, 68, MESSAGE_WARNING, "prod-ap-1", "5/6 nodes ready: aks-pool2-4", "");
    say(f, 64, MESSAGE_UNKNOWN, "edge-fra-2", "no answer: connect timeout, 124 tries", "");
    say(f, 43, MESSAGE_DRIFT, "payments-dev",
        ".spec.replicas 2 \xe2\x86\x92 6 on dev-eu-1 by kubectl scale", "");
    say(f, 34, MESSAGE_ACCEPTED, "payments-dev",
        "bob accepted .spec.replicas 2..8 on dev-eu-1 until Friday 27 November", "");
    say(f, 20, MESSAGE_INFO, "catalog", "web-app 1.5.0 approved: signed by mona", "");
    say(f, 20, MESSAGE_INFO, "catalog", "web-app 1.5.0 approved: signed by mona", "");
    say(f, 5, MESSAGE_FAILED, "payments-dev", "r2 failed on 1 of 3: Job/payments-dev-migrate",
        "payments-dev r2 failed on dev-ap-1 at 15:34:03. Job/payments-dev-migrate: "
        "BackoffLimitExceeded after 3 tries; its last line: schema stays at 41. The failure "
        "budget of 1 is used up; no target was left to start.");
    app_push(f->app, messages_new(f->app));
}

static void setup(struct fixture *f, int rows, int cols)
{
    setup_faced(f, rows, cols, FACE_UNICODE);
}

static void run(struct fixture *f, const char *script)
{
    struct err e = ERR_INIT;
    int r = app_run_script(f->app, script, "script", &f->clock, &f->out, &e);
    if (r)
        print_error("%s\n", e.text);
    assert_int_equal(r, 0);
}

static void teardown(struct fixture *f)
{
    app_free(f->app);
    zone_free(f->zone);
    buf_clear(&f->out);
}

static void messages_screen(void **state)
{
    struct fixture f;
    setup(&f, 24, 80);
    run(&f,
        "snapshot as opened\nroles\nkeys j j\nwait 7000\nsnapshot two down\n"
        "keys g ] Space ]\nsnapshot next not well, marked\nkeys G j k\nsnapshot near the end\n");
    golden_check("messages-80x24", &f.out);
    buf_reset(&f.out);
    run(&f, "keys g j d\nsnapshot in full\nkeys Esc\n");
    golden_check("messages-details", &f.out);
    buf_reset(&f.out);
    run(&f, "resize 40 120\nsnapshot\nresize 10 40\nsnapshot\nresize 9 34\nsnapshot\n"
            "resize 24 80\nsnapshot\n");
    golden_check("messages-sizes", &f.out);
    teardown(&f);
}

static void ascii_face(void **state)
{
    struct fixture f;
    setup_faced(&f, 24, 80, FACE_ASCII);
    run(&f, "wait 7000\nsnapshot\nkeys ?\nsnapshot\n");
    golden_check("messages-ascii", &f.out);
    for (size_t i = 0; i < f.out.len; i++)
        assert_true((unsigned char)f.out.data[i] < 0x80);
    teardown(&f);
}

static void help_palette_and_command_line(void **state)
{
    struct fixture f;
    setup(&f, 24, 80);
    run(&f, "keys ?\nsnapshot help\nroles\ntype mark\nsnapshot help, filtered\nkeys Esc\n"
            "keys Ctrl-P\ntype pau\nsnapshot palette\nkeys Enter\nsnapshot paused\n"
            "keys : \ntype pa\nkeys Tab\nsnapshot command line\nkeys Esc z\n"
            "keys p\nsnapshot not here\n");
    golden_check("help", &f.out);
    teardown(&f);
}

static void filter_line(void **state)
{
    struct fixture f;
    setup(&f, 24, 80);
    run(&f, "keys /\ntype payments\nsnapshot typing\nkeys Enter\nsnapshot kept\nkeys Esc\n"
            "snapshot cleared\npaste three lines\nsnapshot paste refused\n");
    golden_check("filter", &f.out);
    teardown(&f);
}

static int pressed = -1;
static void on_done(struct app *a, void *ctx, int button)
{
    pressed = button;
}

static void dialogs_start_on_cancel(void **state)
{
    struct fixture f;
    setup(&f, 24, 80);
    const struct text lines[] = {TEXT("6 changes on 1 protected cluster, prod-us-2."),
                                 TEXT("1 deletion: PersistentVolumeClaim/search-prod-index-v2.")};
    const bool danger[] = {false, true};
    const struct dialog_button buttons[] = {{"Apply 6 changes", NULL}};
    struct dialog_spec spec = {.title = TEXT("Apply plan c41d07aa to search-prod"),
                               .lines = lines,
                               .n_lines = 2,
                               .danger = danger,
                               .protected_ = true,
                               .type_name = TEXT("search-prod"),
                               .buttons = buttons,
                               .n_buttons = 1,
                               .done = on_done};
    app_push(f.app, dialog_new(&spec));
    run(&f, "type search-pr\nsnapshot\nroles\nkeys Tab Enter\nsnapshot still there\n"
            "paste od\nsnapshot paste refused\n");
    assert_int_equal(pressed, -1);
    run(&f, "type od\nkeys Enter\nsnapshot pressed\n");
    assert_int_equal(pressed, 1);
    golden_check("dialog", &f.out);
    pressed = -1;
    app_push(f.app, dialog_new(&spec));
    run(&f, "keys Enter\n");
    assert_int_equal(pressed, 0);
    buf_reset(&f.out);
    run(&f, "keys q Enter\n");
    assert_false(app_quitting(f.app));
    run(&f, "keys q Tab Enter\n");
    assert_true(app_quitting(f.app));
    teardown(&f);
}

static void read_only_says_why(void **state)
{
    struct arena a;
    arena_init(&a);
    struct app *app = app_new(&(struct app_options){.rows = 24, .cols = 80, .read_only = true});
    assert_non_null(app_why_not(app, CMD_APPLY, &a));
    assert_null(app_why_not(app, CMD_HELP, &a));
    app_free(app);
    arena_clear(&a);
}

static void every_key_has_one_meaning(void **state)
{
    struct keymap m;
    keymap_default(&m);
    for (int c = 1; c < CMD_COUNT; c++) {
        assert_true(m.n_keys[c] > 0);
        assert_int_equal(command_find(command_info((enum command)c)->name), c);
    }
    struct key k;
    /* what a split escape sequence can press stays free */
    static const char *const unused[] = {"A", "B", "C", "H", "O", "P", "Q"};
    for (size_t i = 0; i < 7; i++) {
        assert_true(key_parse(unused[i], &k));
        assert_int_equal(keymap_find(&m, k, false), CMD_NONE);
    }
    assert_true(key_parse("?", &k));
    assert_int_equal(keymap_find(&m, k, true), CMD_NONE);
    assert_true(key_parse("F1", &k));
    assert_int_equal(keymap_find(&m, k, true), CMD_HELP);
    struct err e = ERR_INIT;
    assert_int_equal(keymap_bind(&m, CMD_COPY, "K", &e), ERR_EXISTS);
    assert_string_equal(e.text, "K is bound twice: accept keeps it, copy has none");
    err_clear(&e);
    assert_int_equal(keymap_bind(&m, CMD_COPY, "Ctrl-Y t", NULL), 0);
    assert_true(key_parse("t", &k));
    assert_int_equal(keymap_find(&m, k, false), CMD_COPY);
}

static void lists_follow_things(void **state)
{
    struct list l;
    list_init(&l);
    const uint64_t first[] = {10, 20, 30, 40}, second[] = {40, 30, 10}, third[] = {10};
    list_set(&l, first, 4);
    assert_int_equal(list_command(&l, CMD_UP), VIEW_DONE); /* never wraps */
    list_go_uid(&l, 30);
    list_command(&l, CMD_MARK);
    assert_int_equal(list_uid(&l), 40);
    list_go_uid(&l, 30);
    list_set(&l, second, 3);
    assert_int_equal(list_uid(&l), 30);
    assert_true(list_marked(&l, 30));
    list_set(&l, third, 1);
    assert_int_equal(list_uid(&l), 10);
    assert_false(list_marked(&l, 30));
    list_set(&l, NULL, 0);
    assert_int_equal(list_uid(&l), 0);
    assert_int_equal(list_command(&l, CMD_DOWN), VIEW_DONE);
    assert_int_equal(list_command(&l, CMD_MARK), 0);
    list_set(&l, first, 4);
    list_go(&l, 0);
    list_command(&l, CMD_RANGE);
    list_command(&l, CMD_BOTTOM);
    assert_int_equal(l.marks.len, 4);
    list_clear(&l);
}

static void trees_fold(void **state)
{
    struct tree t;
    tree_init(&t);
    const struct tree_node nodes[] = {{1, 0, true, false},
                                      {2, 1, false, false},
                                      {3, 1, true, true},
                                      {4, 2, false, false},
                                      {5, 0, false, false}};
    tree_set(&t, nodes, 5);
    assert_int_equal(t.visible.len, 4);
    list_go_uid(&t.list, 3);
    tree_command(&t, CMD_RIGHT);
    assert_int_equal(t.visible.len, 5);
    list_go_uid(&t.list, 4);
    tree_command(&t, CMD_LEFT);
    assert_int_equal(list_uid(&t.list), 3);
    tree_command(&t, CMD_LEFT);
    tree_command(&t, CMD_LEFT);
    assert_int_equal(list_uid(&t.list), 1);
    tree_command(&t, CMD_LEFT);
    assert_int_equal(t.visible.len, 2);
    tree_set(&t, nodes, 5); /* what is shut stays shut */
    assert_int_equal(t.visible.len, 2);
    tree_clear(&t);
}

static void few_letters_find(void **state)
{
    struct fuzzy f, g;
    assert_true(fuzzy_match(TEXT("paydev"), TEXT("go to payments-dev"), &f));
    assert_int_equal(f.n_hits, 6);
    assert_int_equal(f.hits[0], 6);
    assert_true(fuzzy_match(TEXT("paydev"), TEXT("plan payments-prod and all devices"), &g));
    assert_true(f.score > g.score);
    assert_true(fuzzy_match(TEXT("waits"), TEXT("what its file says"), &f));
    assert_true(fuzzy_match(TEXT("waits"), TEXT("the deletion that waits"), &g));
    assert_true(g.score > f.score); /* a word as it was typed */
    assert_false(fuzzy_match(TEXT("xyz"), TEXT("payments"), &f));
    assert_true(fuzzy_match(TEXT_NONE, TEXT("payments"), &f));
}

static void fields_edit(void **state)
{
    struct arena a;
    arena_init(&a);
    struct input in = {0};
    input_set(&in, text_cstr(&a, "one \xe4\xb8\xad two"));
    input_key(&in, (struct key){'w', MOD_CTRL});
    input_key(&in, (struct key){KEYCODE_BACKSPACE, 0});
    input_key(&in, (struct key){KEYCODE_BACKSPACE, 0});
    assert_string_equal(in.s, "one ");
    input_key(&in, (struct key){0x202e, 0});
    assert_string_equal(in.s, "one <U+202E>");
    assert_int_equal(input_key(&in, (struct key){KEYCODE_ENTER, 0}), 0);
    input_key(&in, (struct key){'u', MOD_CTRL});
    assert_int_equal(in.len, 0);
    for (int i = 0; i < INPUT_MAX + 10; i++)
        input_key(&in, (struct key){'x', 0});
    assert_int_equal(in.len, INPUT_MAX);
    arena_clear(&a);
}

/* ---- the guide ---- */

static void asked_for(void *ctx, const struct guide_step *step)
{
    struct buf *b = ctx;
    buf_printf(b, "%s ", step->id);
}

/* It goes on by what is on the screen, is in nobody's way, and can be left. */
static void the_guide_leads(void **state)
{
    static const struct guide_step steps[] = {
        {"open", "payments-dev|BackoffLimitExceeded", "Enter: what it says in full."},
        {"help", "Help", "?: the keys that work here."},
        {"never", "never on any screen", "This one is skipped."},
        {"last", "Filter", "/: words to look for."}};
    struct fixture f;
    struct buf said;
    setup(&f, 24, 80);
    buf_init(&said, BUF_SMALL);
    run(&f, "keys Ctrl-G\nsnapshot there is none\n");
    app_set_guide(f.app, steps, ARRAY_LEN(steps), asked_for, &said);
    run(&f, "snapshot begins\nroles\nkeys Enter\nsnapshot the first was done\n"
            "keys Enter ? Ctrl-G\nsnapshot asked over a dialog\nkeys Tab Enter Esc\n"
            "snapshot skipped\nkeys Ctrl-G Tab Tab Tab Enter\nsnapshot left\n");
    assert_string_equal(buf_str(&said), "open help never last ");
    golden_check("guide-80x24", &f.out);
    buf_clear(&said);
    teardown(&f);
}

static void order_is_kept(void **state)
{
    static const struct {
        const char *shown, *sorted, *want;
    } cases[] = {
        {"", "abc", "abc"},                                 /* nothing was there */
        {"abc", "cba", "abc"},                              /* what was there stays */
        {"abc", "xabc", "xabc"},                            /* what is new comes where it sorts */
        {"abc", "axbc", "axbc"},   {"abc", "cxba", "abcx"}, /* after all that sorts before it */
        {"abc", "cayxb", "abcyx"}, {"abc", "xa", "xa"},     /* what is gone is gone */
        {"abc", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t old[8], uids[8];
        char rows[9] = "";
        size_t n_old = strlen(cases[i].shown), n = strlen(cases[i].sorted);
        for (size_t k = 0; k < n_old; k++)
            old[k] = (uint64_t)cases[i].shown[k];
        for (size_t k = 0; k < n; k++)
            uids[k] = (uint64_t)(rows[k] = cases[i].sorted[k]);
        keep_order(old, n_old, uids, rows, 1, n);
        assert_string_equal(rows, cases[i].want);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(uids[k], rows[k]);
    }
}

RUN("app", cmocka_unit_test(order_is_kept), cmocka_unit_test(the_guide_leads),
    cmocka_unit_test(messages_screen), cmocka_unit_test(ascii_face),
    cmocka_unit_test(help_palette_and_command_line), cmocka_unit_test(filter_line),
    cmocka_unit_test(dialogs_start_on_cancel), cmocka_unit_test(read_only_says_why),
    cmocka_unit_test(every_key_has_one_meaning), cmocka_unit_test(lists_follow_things),
    cmocka_unit_test(trees_fold), cmocka_unit_test(few_letters_find), cmocka_unit_test(fields_edit))
