// SPDX-License-Identifier: Apache-2.0
/*
 * Every view with hostile texts in it. The same screens are drawn three times: with a harmless
 * letter added to each text of the story, with control sequences of equal width, and with wide and
 * combining characters. The first two may differ where the letter stands and nowhere else, and what
 * a terminal makes of the bytes is what the canvas has: no more, no less, no title, no OSC.
 *
 * A view is found by its name in the sources, and fails here until it is in the table.
 */
#include "playback.h"

#include "../unit/hostile_texts.h"
#include "../unit/story_catalog.h"
#include "../unit/story_plan.h"
#include "../unit/story_table.h"
#include "../unit/view_fixture.h"

#include "base/mem.h"
#include "leeway/explain.h"
#include "views/activity.h"
#include "views/blame.h"
#include "views/catalog.h"
#include "views/cluster.h"
#include "views/compare.h"
#include "views/drift_detail.h"
#include "views/drift_list.h"
#include "views/drift_more.h"
#include "views/environments.h"
#include "views/first_run.h"
#include "views/fleet.h"
#include "views/history.h"
#include "views/launch.h"
#include "views/log.h"
#include "views/messages.h"
#include "views/object.h"
#include "views/plan_view.h"
#include "views/resources.h"
#include "views/screens.h"

#include <dirent.h>
#include <locale.h>

#define LETTER "\xc9\xb8" /* harmless, and nowhere else in the story */
#define LETTERS_4 LETTER LETTER LETTER LETTER
#define LETTERS_16 LETTERS_4 LETTERS_4 LETTERS_4 LETTERS_4

enum { SHOTS_MAX = 24, ASKED_MAX = 64 };

static const struct {
    const char *name, *raw;
} spellings[] = {
    {"harmless", LETTERS_16 LETTERS_16 LETTERS_4 LETTERS_4 LETTER LETTER LETTER},
    {"control", "\033]0;pwned\a\r\033[2J\xe2\x80\xae\x9b\xff\xe2\x80\x8b"},
    {"wide", "\xe4\xb8\x96\xe7\x95\x8c"
             "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86\xcc\x87"
             "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb\xe0\xb8\x97\xe0\xb8\xb5\xe0\xb9\x88"},
};
enum { HARMLESS, CONTROL, WIDE };

/* ---- the story, spoilt ---- */

struct asked {
    uint64_t number;
    enum leeway_command_kind kind;
};

/* Names of views that were on top. */
struct seen {
    const char *names[64];
    size_t n;
};

struct spoilt {
    struct view_fixture f;
    struct hostile_texts texts;
    struct asked asked[ASKED_MAX];
    size_t n_asked;
    bool fails; /* every answer is an error */
    struct canvas *shots[SHOTS_MAX];
    size_t n_shots;
};

static uint64_t post(void *ctx, const struct leeway_command *c, struct err *e)
{
    struct spoilt *s = ctx;
    uint64_t number = fixture_post(&s->f, c, e);
    assert_true(s->n_asked < ASKED_MAX);
    s->asked[s->n_asked++] = (struct asked){number, c->kind};
    return number;
}

static void publish(struct spoilt *s, const struct leeway_look *look, const struct leeway_log *log)
{
    struct leeway_snapshot *old = s->f.snapshot;
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(old, STORY_NOW_MS);
    if (look)
        leeway_snapshot_put_look(b, look);
    if (log)
        leeway_snapshot_put_log(b, log);
    s->f.snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(s->f.app, s->f.snapshot);
    app_data_changed(s->f.app);
    leeway_snapshot_unref(old);
}

static void publish_look(struct spoilt *s, uint64_t id)
{
    struct leeway_look *plain = story_deployments(id), *l = hostile_look(&s->texts, plain);
    publish(s, l, NULL);
    leeway_look_unref(plain);
    leeway_look_unref(l);
}

static void publish_log(struct spoilt *s, uint64_t id)
{
    static const struct leeway_log_source sources[] = {{.id = 1,
                                                        .cluster = TEXT("dev-eu-1"),
                                                        .namespace_ = TEXT("payments-dev"),
                                                        .pod = TEXT("web-5d9"),
                                                        .container = TEXT("web"),
                                                        .state = LEEWAY_LOG_OPEN,
                                                        .reason = TEXT_NONE},
                                                       {.id = 2,
                                                        .cluster = TEXT("dev-us-1"),
                                                        .namespace_ = TEXT("payments-dev"),
                                                        .pod = TEXT("web-7c4"),
                                                        .container = TEXT("web"),
                                                        .state = LEEWAY_LOG_FAILED,
                                                        .reason = TEXT("ImagePullBackOff")}};
    const struct leeway_log head = {.id = id,
                                    .version = 1,
                                    .sources = sources,
                                    .n_sources = 2,
                                    .cluster = TEXT_NONE,
                                    .namespace_ = TEXT_NONE,
                                    .pod = TEXT_NONE,
                                    .container = TEXT_NONE,
                                    .reason = TEXT_NONE,
                                    .state = LEEWAY_LOG_OPEN};
    struct leeway_log_builder *b = leeway_log_builder_new(NULL, 0, &head);
    struct buf megabyte;
    buf_init(&megabyte, 2u << 20);
    for (int i = 0; megabyte.len < 1u << 20; i++)
        buf_puts(&megabyte, "0123456789abcdef");
    for (uint64_t i = 1; i <= 30; i++) {
        struct leeway_line l = {.number = i, .at_ms = STORY_NOW_MS - 1000, .source = 1};
        l.text = i == 29 ? text_clean(&s->texts.arena, megabyte.data, megabyte.len)
                         : text_fmt(&s->texts.arena, "GET /healthz 200 %dms", (int)i);
        leeway_log_add(b, &l);
    }
    struct leeway_log *plain = leeway_log_seal(b), *log = hostile_log(&s->texts, plain);
    publish(s, NULL, log);
    leeway_log_unref(plain);
    leeway_log_unref(log);
    buf_clear(&megabyte);
}

static void answer_explain(struct spoilt *s, struct leeway_event *ev)
{
    const struct leeway_explained x = {.drift_id = 100,
                                       .contract = TEXT("platform"),
                                       .made_of_why = TEXT_NONE,
                                       .parameter = TEXT("web.replicas"),
                                       .value = TEXT("6"),
                                       .no_override = TEXT_NONE};
    const struct leeway_explanation e = {.items = &x, .n_items = 1};
    ev->kind = LEEWAY_EVENT_EXPLANATION;
    ev->explanation = hostile_explanation(&s->texts, &e);
}

static void answer_kinds(struct spoilt *s, struct leeway_event *ev)
{
    static const struct leeway_kind kind = {.version = TEXT("v1"),
                                            .kind = TEXT("Pod"),
                                            .plural = TEXT("pods"),
                                            .short_names = TEXT("po"),
                                            .group = TEXT_NONE,
                                            .categories = TEXT("all"),
                                            .namespaced = true,
                                            .clusters = 12};
    const struct leeway_kinds all = {.kinds = &kind, .n_kinds = 1, .clusters = 12};
    ev->kind = LEEWAY_EVENT_KINDS;
    ev->kinds = hostile_kinds(&s->texts, &all);
}

static void answer_history(struct spoilt *s, struct leeway_event *ev)
{
    static const struct leeway_past_act acts[] = {
        {2, STORY_NOW_MS - 90000, TEXT("alice"), TEXT("{\"login\":\"alice\"}"), TEXT("accept"),
         TEXT("payments-dev dev-eu-1"), TEXT("{}"), TEXT("00112233")}};
    struct leeway_history *plain = story_history();
    struct leeway_history h = *plain;
    h.acts = acts;
    h.n_acts = 1;
    h.audit_rows = 1;
    h.audit_problem = TEXT("the audit chain is broken at row 17");
    ev->kind = LEEWAY_EVENT_HISTORY;
    ev->history = hostile_history(&s->texts, &h);
    leeway_history_unref(plain);
}

static void answer_compare(struct spoilt *s, struct leeway_event *ev)
{
    static const struct leeway_compare_row rows[] = {{.kind = LEEWAY_COMPARE_FIELD,
                                                      .environment = TEXT("payments-dev"),
                                                      .api_version = TEXT("apps/v1"),
                                                      .object_kind = TEXT("Deployment"),
                                                      .namespace_ = TEXT("payments-dev"),
                                                      .name = TEXT("payments-dev-web"),
                                                      .path = TEXT(".spec.replicas"),
                                                      .a = TEXT("2"),
                                                      .b = TEXT("6"),
                                                      .on = 2,
                                                      .cluster = TEXT("dev-us-1"),
                                                      .cluster_id = 1}};
    const struct leeway_compare c = {.a = TEXT("r1"),
                                     .b = TEXT("r2"),
                                     .about_a = TEXT("r1 of payments-dev"),
                                     .about_b = TEXT("r2 of payments-dev"),
                                     .rows = rows,
                                     .n_rows = ARRAY_LEN(rows),
                                     .clusters = 3,
                                     .note = TEXT("dev-ap-1 was not reached")};
    ev->kind = LEEWAY_EVENT_COMPARE;
    ev->compare = hostile_compare(&s->texts, &c);
}

static void answer_parts(struct spoilt *s, struct leeway_event *ev)
{
    struct leeway_parts *plain = story_parts();
    ev->kind = LEEWAY_EVENT_PARTS;
    ev->parts = hostile_parts(&s->texts, plain);
    leeway_parts_unref(plain);
}

static void answer_plan(struct spoilt *s, struct leeway_event *ev)
{
    struct leeway_plan *plain = story_plan(LEEWAY_CHOICE_OPEN);
    ev->kind = LEEWAY_EVENT_PLAN;
    ev->plan = hostile_plan(&s->texts, plain);
    leeway_plan_unref(plain);
}

static void answer_object(struct spoilt *s, struct leeway_event *ev)
{
    struct leeway_object *plain = story_object();
    static const struct leeway_object_line lines[] = {
        {.text = TEXT("kind: Deployment"), .owner = -1, .path = TEXT(".kind")},
        {.text = TEXT("spec:"), .owner = -1, .path = TEXT(".spec")},
        {.text = TEXT("  replicas: 6"), .owner = 0, .n_owners = 1, .path = TEXT(".spec.replicas")}};
    static const struct leeway_label facts[] = {{TEXT("labels"), TEXT("app=web")}};
    struct leeway_object o = *plain;
    if (!o.n_lines) {
        o.lines = lines;
        o.n_lines = ARRAY_LEN(lines);
    }
    o.facts = facts;
    o.n_facts = 1;
    ev->kind = LEEWAY_EVENT_OBJECT;
    ev->object = hostile_object(&s->texts, &o);
    leeway_object_unref(plain);
}

static const struct {
    enum leeway_command_kind kind;
    void (*answer)(struct spoilt *s, struct leeway_event *ev);
} answers[] = {
    {LEEWAY_CMD_EXPLAIN, answer_explain},    {LEEWAY_CMD_KINDS, answer_kinds},
    {LEEWAY_CMD_HISTORY, answer_history},    {LEEWAY_CMD_COMPARE, answer_compare},
    {LEEWAY_CMD_PARTS, answer_parts},        {LEEWAY_CMD_PLAN_DRAFT, answer_plan},
    {LEEWAY_CMD_PLAN_OPEN, answer_plan},     {LEEWAY_CMD_PLAN_REVERT, answer_plan},
    {LEEWAY_CMD_PLAN_UNDO, answer_plan},     {LEEWAY_CMD_PLAN_FOLDER, answer_plan},
    {LEEWAY_CMD_PLAN_CHOOSE, answer_plan},   {LEEWAY_CMD_PLAN_HANDOVER, answer_plan},
    {LEEWAY_CMD_PLAN_OVERRIDE, answer_plan}, {LEEWAY_CMD_PLAN_ENVIRONMENT, answer_plan},
    {LEEWAY_CMD_OBJECT, answer_object},
};

static void answer_one(struct spoilt *s, struct asked asked)
{
    struct leeway_event ev = {.kind = LEEWAY_EVENT_DONE, .request = asked.number};
    if (asked.kind == LEEWAY_CMD_LOOK || asked.kind == LEEWAY_CMD_LOG) {
        asked.kind == LEEWAY_CMD_LOOK ? publish_look(s, asked.number)
                                      : publish_log(s, asked.number);
        return;
    }
    if (s->fails) { /* raw, as it came from a server */
        ev.kind = LEEWAY_EVENT_FAILED;
        err_set(&ev.err, ERR_PROTOCOL, "the server said %s", s->texts.raw);
        err_at(&ev.err, s->texts.raw, 7, 3);
        err_hint(&ev.err, "ask it%s", s->texts.raw);
    }
    for (size_t i = 0; !s->fails && i < ARRAY_LEN(answers); i++)
        if (answers[i].kind == asked.kind)
            answers[i].answer(s, &ev);
    (void)app_answer(s->f.app, &ev);
    leeway_plan_unref(ev.plan);
    leeway_object_unref(ev.object);
    leeway_kinds_unref(ev.kinds);
    leeway_history_unref(ev.history);
    leeway_parts_unref(ev.parts);
    leeway_explanation_unref(ev.explanation);
    leeway_compare_unref(ev.compare);
    err_clear(&ev.err);
}

static void answer_all(struct spoilt *s)
{
    for (size_t i = 0; i < s->n_asked; i++) /* an answer may make a view ask for more */
        answer_one(s, s->asked[i]);
    s->n_asked = 0;
}

/* ---- the views ---- */

static struct text named(struct spoilt *s, const char *name)
{
    return hostile_text(&s->texts, text_cstr(&s->texts.arena, name));
}

static struct object_ref deployment(struct spoilt *s)
{
    return (struct object_ref){.cluster = named(s, "dev-eu-1"),
                               .group = TEXT("apps"),
                               .version = TEXT("v1"),
                               .kind = TEXT("Deployment"),
                               .plural = TEXT("deployments"),
                               .namespace_ = named(s, "payments-dev"),
                               .name = named(s, "payments-dev-web")};
}

static struct view *open_fleet(struct spoilt *s)
{
    return fleet_new(s->f.app);
}

static struct view *open_cluster(struct spoilt *s)
{
    return cluster_new(s->f.app, 10);
}

static struct view *open_environments(struct spoilt *s)
{
    return environments_new(s->f.app);
}

static struct view *open_environment(struct spoilt *s)
{
    return environment_new(s->f.app, named(s, "payments-dev"));
}

/* One whose life can be made longer. */
static struct view *open_ending(struct spoilt *s)
{
    struct leeway_snapshot *old = s->f.snapshot;
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(old, STORY_NOW_MS);
    struct text name = named(s, "payments-dev");
    for (size_t i = 0; i < leeway_environments(old); i++) {
        struct leeway_environment e = *leeway_environment_at(old, i);
        if (text_equal(e.name, name))
            e.expires_ms = STORY_NOW_MS + 3600000;
        leeway_snapshot_put_environment(b, i, &e);
    }
    s->f.snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(s->f.app, s->f.snapshot);
    leeway_snapshot_unref(old);
    return open_environment(s);
}

static struct view *open_catalog(struct spoilt *s)
{
    return catalog_new(s->f.app);
}

static struct view *open_blueprint(struct spoilt *s)
{
    return blueprint_new(s->f.app, named(s, "web-app"), TEXT_NONE);
}

static struct view *open_launch(struct spoilt *s)
{
    for (size_t i = 0; i < leeway_blueprints(s->f.snapshot); i++)
        if (leeway_blueprint_at(s->f.snapshot, i)->schema.len)
            return launch_new(s->f.app, leeway_blueprint_at(s->f.snapshot, i));
    return NULL;
}

static struct view *open_drift(struct spoilt *s)
{
    return drift_list_new(s->f.app);
}

static struct view *open_outliers(struct spoilt *s)
{
    return drift_more_new(s->f.app, DRIFT_TAB_OUTLIERS);
}

static struct view *open_detail(struct spoilt *s)
{
    return drift_detail_new(s->f.app, leeway_drift_at(s->f.snapshot, 0));
}

static struct view *open_plan(struct spoilt *s)
{
    struct leeway_plan *plain = story_plan(LEEWAY_CHOICE_OPEN);
    struct leeway_plan *p = hostile_plan(&s->texts, plain);
    struct view *v = plan_view_new(s->f.app, p);
    leeway_plan_unref(plain);
    leeway_plan_unref(p);
    return v;
}

static struct view *open_protected_plan(struct spoilt *s)
{
    struct leeway_plan *plain = story_plan_protected();
    struct leeway_plan *p = hostile_plan(&s->texts, plain);
    struct view *v = plan_view_new(s->f.app, p);
    leeway_plan_unref(plain);
    leeway_plan_unref(p);
    return v;
}

static struct view *open_activity(struct spoilt *s)
{
    return activity_new(s->f.app);
}

static struct view *open_history(struct spoilt *s)
{
    return history_new(s->f.app);
}

static struct view *open_resources(struct spoilt *s)
{
    return resources_new(s->f.app, &(struct resources_query){.kind = "deploy"});
}

static struct view *open_object(struct spoilt *s)
{
    struct object_ref ref = deployment(s);
    return object_new(s->f.app, &ref, OBJECT_YAML);
}

static struct view *open_blame(struct spoilt *s)
{
    struct object_ref ref = deployment(s);
    return blame_new(s->f.app, &ref, TEXT(".spec.replicas"));
}

static struct view *open_log(struct spoilt *s)
{
    return log_new_environment(s->f.app, named(s, "payments-dev"));
}

static struct view *open_compare(struct spoilt *s)
{
    return compare_new(s->f.app, named(s, "payments-dev@r1"), named(s, "payments-dev@r2"));
}

static struct view *open_messages(struct spoilt *s)
{
    app_say(s->f.app, MESSAGE_FAILED, named(s, "payments-dev"), named(s, "r2 failed"),
            named(s, "Job/migrate"));
    return messages_new(s->f.app);
}

static struct view *open_first_run(struct spoilt *s)
{
    static const struct leeway_label sources[] = {
        {TEXT("leeway.yaml in /home/alice"), TEXT("no such file")},
        {TEXT("$KUBECONFIG"), TEXT("not set")}};
    const struct leeway_fleet_info info = {
        .name = TEXT("leeway"), .sources = sources, .n_sources = ARRAY_LEN(sources)};
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(NULL, STORY_NOW_MS);
    leeway_snapshot_put_fleet(b, &info);
    struct leeway_snapshot *plain = leeway_snapshot_seal(b);
    leeway_snapshot_unref(s->f.snapshot);
    s->f.snapshot = hostile_snapshot(&s->texts, plain);
    app_set_snapshot(s->f.app, s->f.snapshot);
    leeway_snapshot_unref(plain);
    return first_run_new(s->f.app);
}

/* What is pressed, one screen a line. */
static const struct {
    const char *name;
    struct view *(*open)(struct spoilt *s);
    const char *script;
} views[] = {
    {"fleet", open_fleet, "\nkeys j ]\nkeys _\nkeys _\nkeys d\nkeys Esc\nresize 40 120"},
    {"cluster", open_cluster,
     "\nkeys Tab\nkeys Tab\nkeys Tab\nkeys Tab\nkeys Tab\nkeys d\n"
     "keys Esc\nresize 40 120"},
    {"environments", open_environments, "\nkeys ] j\nkeys p\nkeys Esc\nresize 40 120"},
    {"environment", open_environment,
     "\nkeys Tab\nkeys Tab\nkeys Tab\nkeys Tab\nkeys Tab\nkeys c\nkeys Esc\nresize 40 120"},
    {"extend", open_ending, "\nkeys p\ntype another\nkeys Enter\ntype 3d"},
    {"catalog", open_catalog, "\nkeys ]\nkeys G\nresize 40 120"},
    {"blueprint", open_blueprint, "\nkeys Tab j\nkeys Tab\nkeys Tab\nresize 40 120"},
    {"launch", open_launch, "\ntype pay\nkeys Tab\nkeys Tab Tab Tab Tab\nresize 40 120"},
    {"drift", open_drift, "\nkeys j j Space ]\nkeys G\nresize 40 120"},
    {"accept", open_drift, "\nkeys K\ntype why\nkeys Shift-Tab Space\nresize 40 120"},
    {"drift-more", open_outliers, "\nkeys j\nkeys Tab\nresize 40 120"},
    {"drift-detail", open_detail, "\nkeys ] j\nkeys d\nkeys c\nkeys Esc\nresize 40 120"},
    {"plan", open_plan, "\nkeys ] l j\nkeys G\nkeys g ] ] T\nkeys Esc a\nkeys Esc\nresize 40 120"},
    {"plan, protected", open_protected_plan, "\nkeys a\ntype search\nresize 40 120"},
    {"activity", open_activity, "\nkeys j j\nkeys S\nkeys Esc\nresize 40 120"},
    {"history", open_history,
     "\nkeys ]\nkeys Tab\nkeys Tab\nkeys Tab\nkeys Tab j\nkeys d\n"
     "keys Esc\nresize 40 120"},
    {"resources", open_resources, "\nkeys j\nkeys G\nkeys g o\nkeys s\nresize 40 120"},
    {"object", open_object, "\nkeys j j j\nkeys w\nkeys d\nkeys e\nresize 40 120"},
    {"blame", open_blame, "\nkeys j\nkeys Tab\nresize 40 120"},
    {"log", open_log, "\nkeys g\nkeys w\nkeys w Tab\nkeys Tab G k\nresize 40 120"},
    {"compare", open_compare, "\nkeys ]\nkeys d\nkeys Esc c\nresize 40 120"},
    {"messages", open_messages, "\nkeys Enter\nkeys d\nresize 40 120"},
    {"first run", open_first_run, "\nkeys j\nresize 40 120"},
    {"command line, palette, help, filter", open_fleet,
     "\nkeys :\ntype x\nkeys Esc Ctrl-P\ntype dev\nkeys Esc ?\n"
     "keys Esc /\ntype dev\nkeys Enter"},
};

static void setup(struct spoilt *s, const char *raw, bool fails)
{
    memset(s, 0, sizeof(*s));
    s->texts.raw = raw;
    s->fails = fails;
    arena_init(&s->texts.arena);
    fixture_setup(&s->f, 24, 80, FACE_UNICODE);
    screens_register(s->f.app);
    app_set_post(s->f.app, post, s);
    struct leeway_snapshot *plain = story_catalog();
    leeway_snapshot_unref(s->f.snapshot);
    s->f.snapshot = hostile_snapshot(&s->texts, plain);
    app_set_snapshot(s->f.app, s->f.snapshot);
    leeway_snapshot_unref(plain);
}

static void teardown(struct spoilt *s)
{
    for (size_t i = 0; i < s->n_shots; i++)
        canvas_free(s->shots[i]);
    fixture_teardown(&s->f);
    arena_clear(&s->texts.arena);
}

static bool was_seen(const struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->n; i++)
        if (strcmp(seen->names[i], name) == 0)
            return true;
    return false;
}

static void see(struct seen *seen, const char *name)
{
    if (was_seen(seen, name))
        return;
    assert_true(seen->n < ARRAY_LEN(seen->names));
    seen->names[seen->n++] = name;
}

/* Draws the screens of one row. */
static void walk(struct spoilt *s, size_t row, struct seen *seen)
{
    char line[200];
    app_push(s->f.app, views[row].open(s));
    for (const char *at = views[row].script; *at;) {
        size_t n = strcspn(at, "\n");
        snprintf(line, sizeof(line), "%.*s\n", (int)n, at);
        at += n + (at[n] == '\n');
        fixture_run(&s->f, line);
        answer_all(s);
        const struct canvas *c = app_draw(s->f.app);
        assert_true(s->n_shots < SHOTS_MAX);
        s->shots[s->n_shots] = canvas_new(canvas_rows(c), canvas_width(c), FACE_UNICODE);
        canvas_copy(s->shots[s->n_shots++], c);
        if (app_top(s->f.app))
            see(seen, app_top(s->f.app)->ops->name);
    }
}

static void say(const char *what, size_t row, size_t shot, const struct canvas *a,
                const struct canvas *b)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    canvas_dump(a, &out);
    buf_puts(&out, "--\n");
    if (b)
        canvas_dump(b, &out);
    print_error("%s: %s, screen %zu\n%s\n", views[row].name, what, shot, buf_str(&out));
    buf_clear(&out);
}

/* ---- the canvas ---- */

/* A cell is one visible character with at most four marks, as wide as it says. */
static bool sound_cell(struct arena *a, const struct cell *c)
{
    int width;
    if (!c->len)
        return c->width == 0;
    struct text t = text_clean(a, c->s, c->len);
    return t.len == c->len && memcmp(t.str, c->s, c->len) == 0 && t.cols == c->width &&
           text_next_cell(c->s, c->len, 1, &width) == c->len && width == c->width;
}

static bool sound(const struct canvas *c)
{
    struct arena a;
    bool ok = true;
    arena_init(&a);
    for (int row = 0; row < canvas_rows(c); row++) {
        int cols = 0;
        for (int col = 0; col < canvas_width(c); col++) {
            const struct cell *x = canvas_cell(c, row, col);
            ok = ok && sound_cell(&a, x);
            cols += x->width;
        }
        ok = ok && cols == canvas_width(c);
    }
    arena_clear(&a);
    return ok;
}

/* Equal but for the letters; *letters counts them. */
static bool same_frame(const struct canvas *harmless, const struct canvas *hostile, size_t *letters)
{
    if (canvas_rows(harmless) != canvas_rows(hostile) ||
        canvas_width(harmless) != canvas_width(hostile))
        return false;
    for (int row = 0; row < canvas_rows(harmless); row++)
        for (int col = 0; col < canvas_width(harmless); col++) {
            const struct cell *a = canvas_cell(harmless, row, col);
            const struct cell *b = canvas_cell(hostile, row, col);
            bool letter = a->len == 2 && memcmp(a->s, LETTER, 2) == 0;
            *letters += letter;
            if (a->role != b->role || a->over != b->over || a->width != b->width)
                return false;
            if (!letter && (a->len != b->len || memcmp(a->s, b->s, a->len) != 0))
                return false;
        }
    return true;
}

static void the_frame_is_the_same(void **state)
{
    struct seen seen = {0};
    struct text cleaned[ARRAY_LEN(spellings)];
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
        cleaned[i] = text_cstr(&a, spellings[i].raw);
    assert_int_equal(cleaned[HARMLESS].cols, cleaned[CONTROL].cols);
    arena_clear(&a);
    for (size_t row = 0; row < ARRAY_LEN(views); row++)
        for (int fails = 0; fails < 2; fails++) {
            static struct spoilt harmless, hostile;
            size_t letters = 0;
            setup(&harmless, spellings[HARMLESS].raw, fails);
            setup(&hostile, spellings[CONTROL].raw, fails);
            walk(&harmless, row, &seen);
            walk(&hostile, row, &seen);
            assert_int_equal(harmless.n_shots, hostile.n_shots);
            for (size_t i = 0; i < hostile.n_shots; i++) {
                bool ok = sound(hostile.shots[i]) && sound(harmless.shots[i]) &&
                          same_frame(harmless.shots[i], hostile.shots[i], &letters);
                if (!ok)
                    say("the frame differs", row, i, harmless.shots[i], hostile.shots[i]);
                assert_true(ok);
            }
            assert_true(letters > 20); /* there was something of the outside to see */
            teardown(&harmless);
            teardown(&hostile);
        }
}

/* ---- the sources ---- */

/* Each .name of a struct view_ops in a folder's files. */
static size_t check_folder(const struct seen *seen, const char *folder)
{
    char path[1200], text[64];
    const char *src = getenv("top_srcdir");
    size_t found = 0;
    snprintf(path, sizeof(path), "%s/ui/%s", src ? src : ".", folder);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (struct dirent *x; (x = readdir(d)) != NULL;) {
        struct buf file;
        size_t len = strlen(x->d_name);
        if (len < 3 || strcmp(x->d_name + len - 2, ".c") != 0)
            continue;
        buf_init(&file, 1u << 20);
        snprintf(path, sizeof(path), "%s/ui/%s/%s", src ? src : ".", folder, x->d_name);
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        for (size_t n; (n = fread(text, 1, sizeof(text), f)) > 0;)
            buf_add(&file, text, n);
        fclose(f);
        const char *at = strstr(buf_str(&file), "struct view_ops") ? buf_str(&file) : NULL;
        while (at && (at = strstr(at, ".name = \"")) != NULL) {
            char name[64];
            at += strlen(".name = \"");
            snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, "\""), at);
            if (!was_seen(seen, name))
                print_error("%s: the view \"%s\" is not among those of this test\n", path, name);
            assert_true(was_seen(seen, name));
            found++;
        }
        buf_clear(&file);
    }
    closedir(d);
    return found;
}

/* ---- the terminal ---- */

static void the_terminal_has_the_same_picture(void **state)
{
    struct seen seen = {0};
    struct playback *t = playback_new(24, 80);
    for (size_t row = 0; row < ARRAY_LEN(views); row++)
        for (size_t how = CONTROL; how < ARRAY_LEN(spellings); how++) {
            static struct spoilt s;
            setup(&s, spellings[how].raw, false);
            walk(&s, row, &seen);
            for (size_t i = 0; i < s.n_shots; i++) {
                bool same = playback_draw(t, s.shots[i]);
                bool ok = same && sound(s.shots[i]) && !playback_spoke(t);
                if (!ok)
                    say("the terminal shows something else", row, i, s.shots[i], NULL);
                assert_true(ok);
            }
            teardown(&s);
        }
    playback_free(t);
    size_t found = check_folder(&seen, "views") + check_folder(&seen, "app") +
                   check_folder(&seen, "widget") + check_folder(&seen, ".") +
                   check_folder(&seen, "plain");
    assert_true(found >= 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_frame_is_the_same),
                                       cmocka_unit_test(the_terminal_has_the_same_picture)};
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests_name("hostile views", tests, NULL, NULL);
}
