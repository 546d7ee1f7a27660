// SPDX-License-Identifier: Apache-2.0
/* Logs, blame and outliers as screens; links; what a shell asks before it opens. */
#include "view_fixture.h"

#include "leeway/blame.h"
#include "views/blame.h"
#include "views/link.h"
#include "views/log.h"
#include "views/screens.h"

#include <stdlib.h>

static const struct object_ref pod = {.cluster = TEXT("dev-eu-1"),
                                      .group = TEXT_NONE,
                                      .version = TEXT("v1"),
                                      .kind = TEXT("Pod"),
                                      .plural = TEXT("pods"),
                                      .namespace_ = TEXT("payments-dev"),
                                      .name = TEXT("payments-dev-web-7c4f5d9b8-2lmxq")};

static void setup(struct view_fixture *f, int rows, int cols, enum face face)
{
    fixture_setup(f, rows, cols, face);
    screens_register(f->app);
}

/* What the engine publishes: lines from .. to of the log. */
static void publish(struct view_fixture *f, uint64_t id, struct leeway_log **log, int from, int to,
                    enum leeway_log_state state)
{
    static const struct text containers[] = {TEXT("web"), TEXT("proxy")};
    const struct leeway_log head = {.id = id,
                                    .version = (uint64_t)to,
                                    .cluster = TEXT("dev-eu-1"),
                                    .namespace_ = TEXT("payments-dev"),
                                    .pod = pod.name,
                                    .container = TEXT("web"),
                                    .containers = containers,
                                    .n_containers = 2,
                                    .state = state,
                                    .reason = TEXT_NONE};
    struct arena a;
    arena_init(&a);
    struct leeway_log_builder *b = leeway_log_builder_new(*log, 0, &head);
    for (int i = from; i <= to; i++) {
        struct leeway_line l = {.number = (uint64_t)i, .at_ms = STORY_NOW_MS - (100 - i) * 1000};
        l.text = i == 5   ? TEXT("a^[[2Jb<U+202E>c, and a line that is much longer than the screen "
                                   "is wide, so that it has to be cut or wrapped to be read")
                 : i == 7 ? TEXT("the stream was lost; it goes on")
                 : i == 9 ? TEXT("xxxxxxxx")
                          : text_fmt(&a, "GET /healthz 200 %dms", i);
        l.ours = i == 7;
        l.cut = i == 9 ? 1032192 : 0;
        leeway_log_add(b, &l);
    }
    struct leeway_log *next = leeway_log_seal(b);
    arena_clear(&a);
    leeway_log_unref(*log);
    *log = next;
    struct leeway_snapshot_builder *sb = leeway_snapshot_builder_new(f->snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f->snapshot;
    leeway_snapshot_put_log(sb, next);
    f->snapshot = leeway_snapshot_seal(sb);
    app_set_snapshot(f->app, f->snapshot);
    app_data_changed(f->app);
    leeway_snapshot_unref(old);
}

static void log_screens(void **state)
{
    struct view_fixture f;
    struct leeway_log *log = NULL;
    setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, log_new(f.app, &pod, TEXT_NONE));
    assert_int_equal(f.last.kind, LEEWAY_CMD_LOG);
    assert_string_equal(f.last.name, pod.name.str);
    uint64_t id = f.number;
    fixture_run(&f, "snapshot before it is there\n");
    publish(&f, id, &log, 1, 30, LEEWAY_LOG_OPEN);
    fixture_run(&f, "snapshot following\nroles\nkeys g\nsnapshot the first\nkeys w\nsnapshot "
                    "wrapped\nkeys w o /\ntype 200 2\nkeys Enter\nsnapshot found\nroles\n");
    golden_check("log-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc o G\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("log-sizes", &f.out);
    leeway_log_unref(log);
    fixture_teardown(&f);
}

/* The cursor stays on its line while others come; following goes with them. */
static void log_follows(void **state)
{
    struct view_fixture f;
    struct leeway_log *log = NULL;
    setup(&f, 24, 80, FACE_ASCII);
    app_push(f.app, log_new(f.app, &pod, TEXT_NONE));
    uint64_t id = f.number;
    publish(&f, id, &log, 1, 40, LEEWAY_LOG_OPEN);
    fixture_run(&f, "keys k k\n");
    publish(&f, id, &log, 41, 45, LEEWAY_LOG_OPEN);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "line 38 of 45", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys F\n");
    publish(&f, id, &log, 46, 50, LEEWAY_LOG_ENDED);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "line 50 of 50", true);
    /* another container is another log */
    fixture_run(&f, "keys Tab\ntype pro\nkeys Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_LOG);
    assert_int_equal(f.number, id + 2);
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "Asked for it", true);
    leeway_log_unref(log);
    fixture_teardown(&f);
}

/* ---- of several ---- */

struct said {
    int at_s; /* before now */
    uint32_t source;
    bool ours;
    struct text words;
};

static const struct said several[] = {
    {58, 1, false, TEXT("step 41 to 42: ALTER TABLE ledger_entry")},
    {58, 2, false, TEXT("LOG: process 214 waits for AccessExclusiveLock")},
    {49, 3, false, TEXT("GET /healthz 200 1ms")},
    {48, 5, false, TEXT("GET /readyz 200 2ms")},
    {9, 2, false,
     TEXT("DETAIL: process 88 (pay-batch) holds it since 15:19:40, and nobody ended it")},
    {8, 1, false, TEXT("migrate: lock timeout after 60 s, giving up")},
    {7, 1, true, TEXT("container exited with 1")},
    {3, 6, false, TEXT("upstream reset")},
    {2, 5, true, TEXT("the stream was lost for 12 s; it goes on")},
    {1, 5, false, TEXT("GET /readyz 200 1ms")},
};

static void publish_several(struct view_fixture *f, uint64_t id, struct leeway_log **log)
{
#define SOURCE(n, on, name, in, how, why, only)                                                    \
    {                                                                                              \
        .id = (n), .cluster = TEXT(on), .namespace_ = TEXT("payments-dev"), .pod = TEXT(name),     \
        .container = TEXT(in), .state = (how), .reason = TEXT(why), .alone = (only)                \
    }
    static const struct leeway_log_source sources[] = {
        SOURCE(1, "dev-ap-1", "payments-dev-migrate-k7x2p", "migrate", LEEWAY_LOG_ENDED, "", true),
        SOURCE(2, "dev-ap-1", "payments-dev-db-0", "db", LEEWAY_LOG_OPEN, "", true),
        SOURCE(3, "dev-ap-1", "payments-dev-web-5d9f7c-x8q4t", "web", LEEWAY_LOG_OPEN, "", true),
        SOURCE(4, "dev-ap-1", "payments-dev-web-5d9f7c-pp2zz", "web", LEEWAY_LOG_FAILED,
               "ImagePullBackOff", true),
        SOURCE(5, "dev-eu-1", "payments-dev-web-7c4f5d-2lmxq", "web", LEEWAY_LOG_OPEN, "", false),
        SOURCE(6, "dev-eu-1", "payments-dev-web-7c4f5d-2lmxq", "proxy", LEEWAY_LOG_OPEN, "", false),
    };
#undef SOURCE
    const struct leeway_log head = {.id = id,
                                    .version = 1,
                                    .cluster = TEXT_NONE,
                                    .namespace_ = TEXT_NONE,
                                    .pod = TEXT_NONE,
                                    .container = TEXT_NONE,
                                    .sources = sources,
                                    .n_sources = sizeof(sources) / sizeof(sources[0]),
                                    .state = LEEWAY_LOG_OPEN,
                                    .reason = TEXT_NONE,
                                    .dropped = 128};
    struct leeway_log_builder *b = leeway_log_builder_new(NULL, 0, &head);
    for (size_t i = 0; i < sizeof(several) / sizeof(several[0]); i++) {
        const struct leeway_line l = {.number = 129 + i,
                                      .at_ms = STORY_NOW_MS - several[i].at_s * 1000,
                                      .text = several[i].words,
                                      .ours = several[i].ours,
                                      .source = several[i].source};
        leeway_log_add(b, &l);
    }
    leeway_log_unref(*log);
    *log = leeway_log_seal(b);
    struct leeway_snapshot_builder *sb = leeway_snapshot_builder_new(f->snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f->snapshot;
    leeway_snapshot_put_log(sb, *log);
    f->snapshot = leeway_snapshot_seal(sb);
    app_set_snapshot(f->app, f->snapshot);
    app_data_changed(f->app);
    leeway_snapshot_unref(old);
}

static void logs_of_several(void **state)
{
    struct view_fixture f;
    struct leeway_log *log = NULL;
    setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, log_new_environment(f.app, TEXT("payments-dev")));
    assert_string_equal(f.last.environment, "payments-dev");
    publish_several(&f, f.number, &log);
    fixture_run(&f, "snapshot following\nroles\nkeys k k k Tab\nsnapshot the pods\n"
                    "keys j Space\nsnapshot one is hidden\nkeys Tab /\ntype timeout\nkeys Enter\n"
                    "snapshot found\n");
    golden_check("logs-several-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc G\nresize 40 120\nsnapshot\nresize 16 60\nsnapshot\n"
                    "resize 10 40\nsnapshot\n");
    golden_check("logs-several-sizes", &f.out);
    leeway_log_unref(log);
    fixture_teardown(&f);
}

/* What was marked, whatever it is, is named to the engine in one way. */
static void several_are_named(void **state)
{
    struct view_fixture f;
    struct object_ref refs[2] = {pod, pod};
    refs[1].group = TEXT("apps");
    refs[1].plural = TEXT("deployments");
    refs[1].cluster = TEXT("arn:aws:eks:eu:1:cluster/a");
    setup(&f, 24, 80, FACE_ASCII);
    app_push(f.app, log_new_of(f.app, refs, 1));
    assert_string_equal(f.last.name, pod.name.str);
    app_push(f.app, log_new_of(f.app, refs, 2));
    assert_int_equal(f.last.n_subjects, 2);
    assert_null(log_why_none(TEXT("batch"), TEXT("Job")));
    assert_non_null(log_why_none(TEXT_NONE, TEXT("ConfigMap")));
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "logs > 2 pods", true);
    fixture_teardown(&f);
}

/* ---- blame ---- */

static struct leeway_object *copy_on(const char *cluster, const char *replicas, bool scaled)
{
    static const struct leeway_owner owners[] = {{.manager = TEXT("leeway"),
                                                  .operation = TEXT("Apply"),
                                                  .subresource = TEXT_NONE,
                                                  .api_version = TEXT("apps/v1"),
                                                  .words = TEXT("leeway"),
                                                  .actor = LEEWAY_ACTOR_LEEWAY,
                                                  .at_or_before_ms = STORY_NOW_MS - 5 * 3600000,
                                                  .ours = true},
                                                 {.manager = TEXT("kubectl"),
                                                  .operation = TEXT("Update"),
                                                  .subresource = TEXT("scale"),
                                                  .api_version = TEXT("apps/v1"),
                                                  .words = TEXT("kubectl scale"),
                                                  .actor = LEEWAY_ACTOR_PERSON,
                                                  .at_or_before_ms = STORY_NOW_MS - 60000}};
    struct arena a;
    arena_init(&a);
#define LINE(str, at, who)                                                                         \
    {                                                                                              \
        .text = str, .owner = who, .n_owners = (who) >= 0, .path = TEXT(at)                        \
    }
    struct leeway_object_line lines[] = {
        LINE(TEXT("kind: Deployment"), ".kind", -1),
        LINE(TEXT("metadata:"), ".metadata", -1),
        LINE(text_fmt(&a, "  uid: %s", cluster), ".metadata.uid", -1),
        LINE(TEXT("spec:"), ".spec", -1),
        LINE(text_fmt(&a, "  replicas: %s", replicas), ".spec.replicas", scaled ? 1 : 0),
        LINE(TEXT("  progressDeadlineSeconds: 600"), ".spec.progressDeadlineSeconds", -1),
        LINE(TEXT("  note: |-"), ".spec.note", 0),
        LINE(TEXT("    two lines: of"), ".spec.note", -1),
        LINE(TEXT("    text"), ".spec.note", -1),
        LINE(TEXT("status:"), ".status", -1),
        LINE(text_fmt(&a, "  readyReplicas: %s", replicas), ".status.readyReplicas", -1),
    };
#undef LINE
    lines[2].noise = true;
    const struct leeway_object o = {.cluster = text_cstr(&a, cluster),
                                    .api_version = TEXT("apps/v1"),
                                    .object_kind = TEXT("Deployment"),
                                    .namespace_ = TEXT("payments-dev"),
                                    .name = TEXT("payments-dev-web"),
                                    .uid = TEXT_NONE,
                                    .resource_version = TEXT("1"),
                                    .environment = TEXT_NONE,
                                    .health = TEXT_NONE,
                                    .health_reason = TEXT_NONE,
                                    .lines = lines,
                                    .n_lines = sizeof(lines) / sizeof(lines[0]),
                                    .owners = owners,
                                    .n_owners = 2};
    struct leeway_object *copy = leeway_object_new(&o);
    arena_clear(&a);
    return copy;
}

static void add(struct leeway_blame *b, const char *cluster, const char *replicas, bool scaled)
{
    struct leeway_object *o = copy_on(cluster, replicas, scaled);
    assert_true(leeway_blame_add(b, o));
    leeway_object_unref(o);
}

static void blame_counts(void **state)
{
    struct leeway_blame *b = leeway_blame_new();
    const struct leeway_blame_row *rows;
    const struct leeway_outlier *odd;
    add(b, "dev-eu-1", "6", true);
    add(b, "dev-us-1", "2", false);
    assert_int_equal(leeway_blame_outliers(b, &odd), 0); /* of two none is the odd one */
    add(b, "dev-ap-1", "2", false);
    assert_int_equal(leeway_blame_rows(b, &rows), 4); /* no status, no book-keeping, no branches */
    assert_string_equal(rows[0].path.str, ".spec.note");
    assert_string_equal(rows[0].value.str, "|- two lines: of text");
    assert_string_equal(rows[1].owners.str, "default");
    assert_string_equal(rows[2].owners.str, "kubectl scale"); /* the rarest first */
    assert_int_equal(rows[2].objects, 1);
    assert_int_equal(rows[2].actor, LEEWAY_ACTOR_PERSON);
    assert_true(rows[3].ours && rows[3].objects == 2 && rows[3].clusters == 2);
    assert_int_equal(leeway_blame_outliers(b, &odd), 1);
    assert_string_equal(odd[0].path.str, ".spec.replicas");
    assert_string_equal(odd[0].most.str, "2");
    assert_string_equal(odd[0].here.str, "6");
    assert_int_equal(odd[0].most_objects, 2);
    assert_int_equal(odd[0].of, 3);
    assert_string_equal(leeway_blame_object(b, odd[0].places[0])->cluster.str, "dev-eu-1");
    add(b, "prod-eu-1", "6", true); /* two and two: no majority, so nobody is odd */
    assert_int_equal(leeway_blame_outliers(b, &odd), 0);
    leeway_blame_free(b);
}

static void blame_screens(void **state)
{
    static const char *const clusters[] = {"dev-eu-1", "dev-us-1", "dev-ap-1"};
    struct view_fixture f;
    setup(&f, 24, 80, FACE_UNICODE);
    const struct object_ref ref = {.cluster = TEXT("dev-eu-1"),
                                   .group = TEXT("apps"),
                                   .version = TEXT("v1"),
                                   .kind = TEXT("Deployment"),
                                   .plural = TEXT("deployments"),
                                   .namespace_ = TEXT("payments-dev"),
                                   .name = TEXT("payments-dev-web")};
    app_push(f.app, blame_new(f.app, &ref, TEXT(".spec.replicas")));
    assert_string_equal(f.last.object_kind, "deployments.apps");
    uint64_t look = f.number;
    struct leeway_source sources[4];
    struct leeway_row rows[3];
    for (uint64_t i = 0; i < 4; i++)
        sources[i] =
            (struct leeway_source){.cluster_id = i + 1,
                                   .cluster = TEXT("edge-fra-2"),
                                   .state = i < 3 ? LEEWAY_SOURCE_CURRENT : LEEWAY_SOURCE_DOWN,
                                   .reason = TEXT_NONE,
                                   .rows = i < 3};
    const struct leeway_look head = {.id = look,
                                     .group = TEXT("apps"),
                                     .version_of_kind = TEXT("v1"),
                                     .kind = TEXT("Deployment"),
                                     .plural = TEXT("deployments"),
                                     .namespace_ = TEXT_NONE,
                                     .sources = sources,
                                     .n_sources = 4,
                                     .n_rows = 3};
    struct leeway_look_builder *b = leeway_look_builder_new(NULL, &head);
    for (size_t i = 0; i < 3; i++) {
        rows[i] = (struct leeway_row){
            .id = i + 1,
            .cluster = {clusters[i], (uint32_t)strlen(clusters[i]), (uint32_t)strlen(clusters[i])},
            .name = TEXT("payments-dev-web")};
        leeway_look_put(b, i, &rows[i]);
    }
    struct leeway_look *l = leeway_look_seal(b);
    fixture_look(&f, l);
    leeway_look_unref(l);
    assert_int_equal(f.last.kind, LEEWAY_CMD_OBJECT);
    for (uint64_t i = 0; i < 3; i++) {
        struct leeway_object *o = copy_on(clusters[i], i ? "2" : "6", !i);
        struct leeway_event ev = {
            .kind = LEEWAY_EVENT_OBJECT, .object = o, .request = look + 1 + i};
        assert_true(app_answer(f.app, &ev));
        leeway_object_unref(o);
    }
    fixture_run(&f, "snapshot\nroles\nkeys Tab\nsnapshot outliers\n");
    golden_check("blame-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys Tab\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("blame-sizes", &f.out);
    fixture_run(&f, "resize 24 80\nkeys /\ntype deadline\nkeys Enter\nsnapshot\n");
    fixture_shows(&f, "progressDeadlineSeconds", true);
    fixture_teardown(&f);
}

/* ---- links and programs ---- */

static void links_lead_somewhere(void **state)
{
    struct view_fixture f;
    setup(&f, 24, 80, FACE_UNICODE);
    assert_true(link_open(f.app, "resources/dev-eu-1/deployments.apps/payments-dev/web"));
    assert_string_equal(app_top(f.app)->ops->name, "object");
    assert_true(link_open(f.app, "resources/-/pods/shop"));
    assert_string_equal(app_top(f.app)->ops->name, "resources");
    assert_string_equal(f.last.object_kind, "pods");
    assert_string_equal(f.last.namespace_, "shop");
    assert_true(link_open(f.app, "drift/payments-dev"));
    assert_string_equal(app_top(f.app)->ops->name, "drift");
    assert_true(link_open(f.app, "fleet/dev-eu-1"));
    assert_false(link_open(f.app, "fleet/nowhere"));
    assert_false(link_open(f.app, ""));
    assert_false(link_open(f.app, "///"));
    assert_false(link_open(f.app, "plan"));
    assert_true(link_open(f.app, "plan/abc"));
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_OPEN);
    assert_string_equal(f.last.plan, "abc");
    assert_true(link_open(f.app, "environments/payments-dev"));
    assert_string_equal(app_top(f.app)->ops->name, "environment");
    assert_true(link_open(f.app, "catalog/web-app/1.0.0"));
    assert_string_equal(app_top(f.app)->ops->name, "blueprint");
    assert_true(link_open(f.app, "drift/payments-dev/dev-eu-1/Deployment/payments-dev-web"));
    assert_string_equal(app_top(f.app)->ops->name, "drift-detail");
    assert_string_equal(f.last.cluster, "dev-eu-1");
    assert_string_equal(f.last.namespace_, "payments-dev");
    /* what nothing stands against is asked for by what the link says */
    assert_true(link_open(f.app, "drift/payments-dev/dev-us-1/Deployment/web"));
    assert_string_equal(f.last.object_kind, "Deployment");
    assert_string_equal(f.last.namespace_, "payments-dev");
    fixture_teardown(&f);
}

static void a_shell_asks_first(void **state)
{
    struct view_fixture f;
    char *path = getenv("PATH") ? strdup(getenv("PATH")) : NULL;
    setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, log_new(f.app, &pod, TEXT_NONE));
    setenv("PATH", "/nonexistent", 1);
    fixture_run(&f, "keys x\nsnapshot\n");
    fixture_shows(&f, "kubectl is not on the PATH", true);
    if (path)
        setenv("PATH", path, 1);
    free(path);
    fixture_teardown(&f);
}

RUN("log_views", cmocka_unit_test(log_screens), cmocka_unit_test(log_follows),
    cmocka_unit_test(logs_of_several), cmocka_unit_test(several_are_named),
    cmocka_unit_test(blame_counts), cmocka_unit_test(blame_screens),
    cmocka_unit_test(links_lead_somewhere), cmocka_unit_test(a_shell_asks_first))
