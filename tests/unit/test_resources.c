// SPDX-License-Identifier: Apache-2.0
/* The Resources view and the view of one object: screens, order, filters, hostile names. */
#include "story_table.h"
#include "view_fixture.h"

#include "views/object.h"
#include "views/resources_int.h"
#include "views/screens.h"

static void setup(struct view_fixture *f, int rows, int cols, enum face face)
{
    fixture_setup(f, rows, cols, face);
    screens_register(f->app);
}

/* The view open with its table. */
static void open_deployments(struct view_fixture *f, int rows, int cols, enum face face)
{
    setup(f, rows, cols, face);
    app_open_screen(f->app, resources_new(f->app, &(struct resources_query){.kind = "deploy"}));
    assert_int_equal(f->last.kind, LEEWAY_CMD_LOOK);
    assert_string_equal(f->last.object_kind, "deploy");
    struct leeway_look *l = story_deployments(f->number);
    fixture_look(f, l);
    leeway_look_unref(l);
}

static void table_screens(void **state)
{
    struct view_fixture f;
    open_deployments(&f, 24, 80, FACE_UNICODE);
    fixture_run(&f, "snapshot\nroles\nkeys j\nsnapshot the row that differs\nkeys G\n"
                    "snapshot what is said of clusters\nkeys g o\nsnapshot all columns\n");
    golden_check("resources-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys o\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("resources-sizes", &f.out);
    fixture_teardown(&f);
    open_deployments(&f, 24, 80, FACE_ASCII);
    fixture_run(&f, "snapshot\n");
    golden_check("resources-ascii", &f.out);
    fixture_teardown(&f);
}

static void filters_are_words_and_questions(void **state)
{
    struct view_fixture f;
    open_deployments(&f, 24, 80, FACE_UNICODE);
    uint64_t first = f.number;
    fixture_run(&f, "keys /\ntype checkout\nkeys Enter\nsnapshot\n");
    fixture_shows(&f, "checkout-prod-web", true);
    fixture_shows(&f, "payments-prod-web", false);
    fixture_shows(&f, "4 of 11+ on 12 clusters", true);
    assert_int_equal(f.number, first); /* nothing new was asked */
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc /\ntype ns:payments-prod label:app=web web\nkeys Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_LOOK);
    assert_string_equal(f.last.namespace_, "payments-prod");
    assert_string_equal(f.last.labels, "app=web");
    assert_int_equal(f.number, first + 2); /* the old one was ended */
    fixture_run(&f, "keys Esc\n");
    assert_string_equal(f.last.namespace_, "");
    fixture_teardown(&f);
}

static const char *line_of(const char *screen, const char *words)
{
    const char *at = strstr(screen, words);
    assert_non_null(at);
    while (at > screen && at[-1] != '\n')
        at--;
    return at;
}

static void sorts_by_any_column(void **state)
{
    struct view_fixture f;
    open_deployments(&f, 24, 80, FACE_UNICODE);
    fixture_run(&f, "keys s\ntype avail\nkeys Enter\nsnapshot\n");
    const char *s = buf_str(&f.out);
    assert_true(line_of(s, "dev-eu-2") < line_of(s, "stage-us-1")); /* 1 before 3 */
    assert_true(line_of(s, "stage-us-1") < line_of(s, "prod-us-1"));
    buf_reset(&f.out);
    fixture_run(&f, "keys s\ntype avail\nkeys Enter\nsnapshot\n");
    s = buf_str(&f.out);
    assert_true(line_of(s, "prod-us-1") < line_of(s, "dev-eu-2"));
    buf_reset(&f.out);
    fixture_run(&f, "keys s\ntype age\nkeys Enter\nsnapshot\n"); /* 5h before 44h before 61d */
    s = buf_str(&f.out);
    assert_true(line_of(s, "dev-us-1") < line_of(s, "dev-eu-2"));
    assert_true(line_of(s, "dev-eu-2") < line_of(s, "prod-ap-1 "));
    fixture_teardown(&f);
}

/* While somebody reads, rows stay where they are; new ones come after them. */
static void rows_stay_under_the_eye(void **state)
{
    struct view_fixture f;
    open_deployments(&f, 24, 80, FACE_UNICODE);
    fixture_run(&f, "keys j j j\n");
    const struct leeway_look *now = leeway_look_by_id(f.snapshot, f.number);
    struct leeway_look *l = story_deployments_later(now);
    fixture_look(&f, l);
    fixture_run(&f, "snapshot\n");
    const char *s = buf_str(&f.out);
    assert_true(line_of(s, "stage-us-1") < line_of(s, "a-new-one"));
    fixture_shows(&f, "6/9", true);
    buf_reset(&f.out);
    fixture_run(&f, "wait 4000\nsnapshot\n");
    s = buf_str(&f.out);
    assert_true(line_of(s, "a-new-one") < line_of(s, "stage-us-1")); /* 0 of 1: it is unwell */
    leeway_look_unref(l);
    fixture_teardown(&f);
}

static void kinds_are_chosen(void **state)
{
    struct view_fixture f;
    open_deployments(&f, 24, 80, FACE_UNICODE);
    static const struct leeway_kind kinds[] = {{.version = TEXT("v1"),
                                                .kind = TEXT("Pod"),
                                                .plural = TEXT("pods"),
                                                .short_names = TEXT("po"),
                                                .group = TEXT_NONE,
                                                .categories = TEXT("all"),
                                                .namespaced = true,
                                                .clusters = 12},
                                               {.version = TEXT("v1"),
                                                .kind = TEXT("PodDisruptionBudget"),
                                                .plural = TEXT("poddisruptionbudgets"),
                                                .group = TEXT("policy"),
                                                .short_names = TEXT("pdb"),
                                                .categories = TEXT_NONE,
                                                .namespaced = true,
                                                .clusters = 11},
                                               {.version = TEXT("v1"),
                                                .kind = TEXT("Node"),
                                                .plural = TEXT("nodes"),
                                                .group = TEXT_NONE,
                                                .short_names = TEXT("no"),
                                                .categories = TEXT_NONE,
                                                .clusters = 12}};
    const struct leeway_kinds all = {.kinds = kinds, .n_kinds = 3, .clusters = 12, .unknown = 1};
    struct leeway_kinds *k = leeway_kinds_new(&all);
    fixture_run(&f, "keys 7\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_KINDS);
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_KINDS, .kinds = k});
    fixture_run(&f, "snapshot\ntype pdb\nsnapshot\n");
    golden_check("resources-kinds", &f.out);
    fixture_run(&f, "keys Enter\n");
    assert_string_equal(f.last.object_kind, "poddisruptionbudgets.policy");
    leeway_kinds_unref(k);
    /* and from the command line, with a namespace */
    fixture_run(&f, "keys :\ntype sts shop\nkeys Enter\n");
    assert_string_equal(f.last.object_kind, "sts");
    assert_string_equal(f.last.namespace_, "shop");
    fixture_teardown(&f);
}

/* Going back ends what was looked at. */
static void looks_end_with_their_view(void **state)
{
    struct view_fixture f;
    open_deployments(&f, 24, 80, FACE_UNICODE);
    uint64_t id = f.number;
    fixture_run(&f, "keys 1\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_LOOK_END);
    assert_int_equal(f.last.look, id);
    /* an engine that is busy is asked again later */
    app_open_screen(f.app, resources_new(f.app, &(struct resources_query){0}));
    id = f.number;
    f.refuse = true;
    fixture_run(&f, "keys 1\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_LOOK);
    f.refuse = false;
    app_answer(f.app, &(struct leeway_event){.kind = LEEWAY_EVENT_DONE});
    assert_int_equal(f.last.kind, LEEWAY_CMD_LOOK_END);
    assert_int_equal(f.last.look, id);
    fixture_teardown(&f);
}

static void many_rows(void **state)
{
    struct view_fixture f;
    setup(&f, 24, 80, FACE_UNICODE);
    app_open_screen(f.app, resources_screen(f.app));
    struct leeway_look *l = story_pods(f.number, 10000, 40);
    fixture_look(&f, l);
    leeway_look_unref(l);
    fixture_run(&f, "keys G k k\nsnapshot\nkeys g PgDn\nsnapshot\nkeys /\ntype web-1\nsnapshot\n");
    fixture_shows(&f, "10000 on 40 clusters", true);
    fixture_shows(&f, "CrashLoopBackOff", true);
    fixture_teardown(&f);
}

/* A table in which objects come, go and change places, and the same table seen for the first time.
 */
enum { PODS = 300 };

struct pods {
    size_t pods[PODS], restarts[PODS], n;
    uint32_t random;
};

static size_t any(struct pods *p, size_t below)
{
    p->random = p->random * 1664525u + 1013904223u;
    return (p->random >> 8) % below;
}

static void change(struct pods *p)
{
    for (size_t k = any(p, 12) + 1; k; k--) {
        size_t what = any(p, 4), at = p->n ? any(p, p->n) : 0;
        if (what == 0 && p->n < PODS) {
            p->pods[p->n] = any(p, 100000);
            p->restarts[p->n++] = any(p, 9);
            for (size_t i = 0; i + 1 < p->n; i++)
                if (p->pods[i] == p->pods[p->n - 1]) { /* there already */
                    p->n--;
                    break;
                }
        } else if (what == 1 && p->n > 150) { /* as the engine does it: the last takes its place */
            p->n--;
            p->pods[at] = p->pods[p->n];
            p->restarts[at] = p->restarts[p->n];
        } else if (p->n) {
            p->restarts[at] = any(p, 9);
        }
    }
}

static const struct resources *pods_view(struct view_fixture *f, const char *script)
{
    struct view *v = resources_new(f->app, &(struct resources_query){.kind = "pods"});
    app_open_screen(f->app, v);
    fixture_run(f, script);
    return (const struct resources *)v;
}

static void same_rows(const struct resources *a, const struct resources *b)
{
    assert_int_equal(a->browse.list.uids.len, b->browse.list.uids.len);
    for (size_t i = 0; i < a->browse.list.uids.len; i++) {
        struct resource_item x = resources_item(a, i), y = resources_item(b, i);
        assert_true(a->browse.list.uids.items[i] == b->browse.list.uids.items[i]);
        assert_true(x.row->id == y.row->id && x.state == y.state);
        assert_true(text_equal(x.row->cells[2], y.row->cells[2]));
    }
}

static void changes_end_where_a_fresh_look_does(void **state)
{
    static const char *const scripts[] = {"", "keys /\ntype team-1\nkeys Enter\n",
                                          "keys /\ntype 3\nkeys Enter\n"};
    for (uint32_t seed = 1; seed <= 12; seed++) {
        struct view_fixture f, g;
        struct pods p = {.random = seed, .n = 200}; /* some pages */
        for (size_t i = 0; i < p.n; i++)
            p.pods[i] = 200000 + i;
        const char *script = scripts[seed % 3];
        setup(&f, 24, 80, FACE_UNICODE);
        struct resources *v = (struct resources *)pods_view(&f, script);
        struct leeway_look *l = NULL;
        for (int round = 0; round < 60; round++) {
            struct leeway_look *old = l;
            change(&p);
            l = story_pods_in(v->look_id, old, p.pods, p.restarts, p.n);
            leeway_look_unref(old);
            if (round % 10 == 4)
                fixture_run(&f, "keys Space\n"); /* somebody reads: nothing moves */
            fixture_look(&f, l);
            if (round % 10 >= 4 && round % 10 < 8)
                continue;
            if (round % 10 == 8) {
                list_unmark_all(&v->browse.list);
                fixture_run(&f, "wait 4000\n");
                app_data_changed(f.app);
            }
            setup(&g, 24, 80, FACE_UNICODE);
            g.number = v->look_id - 1; /* so that its table is the same one */
            const struct resources *fresh = pods_view(&g, script);
            fixture_look(&g, l);
            same_rows(v, fresh);
            fixture_teardown(&g);
        }
        leeway_look_unref(l);
        fixture_teardown(&f);
    }
}

/* ---- one object ---- */

static struct leeway_object *object(const char *replicas, const char *version)
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
#define LINE(str, at, who, n)                                                                      \
    {                                                                                              \
        .text = TEXT(str), .owner = who, .n_owners = n, .path = TEXT(at)                           \
    }
    struct leeway_object_line lines[] = {
        LINE("apiVersion: apps/v1", ".apiVersion", -1, 0),
        LINE("kind: Deployment", ".kind", -1, 0),
        LINE("metadata:", ".metadata", -1, 0),
        LINE("  name: payments-dev-web", ".metadata.name", -1, 0),
        LINE("  uid: 1234", ".metadata.uid", -1, 0),
        LINE("  labels:", ".metadata.labels", 0, 1),
        LINE("    app: web", ".metadata.labels.app", 0, 1),
        LINE("spec:", ".spec", -1, 0),
        LINE("  progressDeadlineSeconds: 600", ".spec.progressDeadlineSeconds", -1, 0),
        LINE("  replicas: 6", ".spec.replicas", 1, 1),
        LINE("  selector:", ".spec.selector", 0, 2),
        LINE("    matchLabels:", ".spec.selector.matchLabels", 0, 2),
        LINE("      app: web", ".spec.selector.matchLabels.app", 0, 2),
        LINE("  note: a^[[2Jb<U+202E>c and so on until the line is much longer than the screen is "
             "wide, which it is now",
             ".spec.note", 0, 1),
    };
#undef LINE
    lines[4].noise = true;
    lines[9].text = text_fmt(&a, "  replicas: %s", replicas);
    const struct leeway_object_field fields[] = {{.path = TEXT(".spec.replicas"),
                                                  .depth = 2,
                                                  .wanted = TEXT("2"),
                                                  .given = TEXT("="),
                                                  .live = TEXT("6"),
                                                  .differs = true,
                                                  .managed = true,
                                                  .verdict = LEEWAY_VERDICT_UNEXPECTED,
                                                  .owners = owners,
                                                  .n_owners = 2}};
    const struct leeway_condition conditions[] = {
        {.state = LEEWAY_DEGRADED,
         .name = TEXT("Available"),
         .now = TEXT("False"),
         .since_ms = STORY_NOW_MS - 600000,
         .says =
             TEXT("MinimumReplicasUnavailable: Deployment does not have minimum availability.")},
        {.state = LEEWAY_OK,
         .name = TEXT("Progressing"),
         .now = TEXT("True"),
         .since_ms = STORY_NOW_MS - 600000,
         .says = TEXT("NewReplicaSetAvailable")}};
    const struct leeway_label facts[] = {{TEXT("labels"), TEXT("app=web")},
                                         {TEXT("selector"), TEXT("app=web")}};
    const struct leeway_object o = {.cluster = TEXT("dev-eu-1"),
                                    .api_version = TEXT("apps/v1"),
                                    .object_kind = TEXT("Deployment"),
                                    .namespace_ = TEXT("payments-dev"),
                                    .name = TEXT("payments-dev-web"),
                                    .uid = TEXT("1234"),
                                    .resource_version = text_cstr(&a, version),
                                    .environment = TEXT("payments-dev"),
                                    .health = TEXT("Healthy"),
                                    .health_reason = TEXT_NONE,
                                    .created_ms = STORY_NOW_MS - 5 * 3600000,
                                    .fields = fields,
                                    .n_fields = 1,
                                    .lines = lines,
                                    .n_lines = sizeof(lines) / sizeof(lines[0]),
                                    .owners = owners,
                                    .n_owners = 2,
                                    .facts = facts,
                                    .n_facts = 2,
                                    .conditions = conditions,
                                    .n_conditions = 2};
    struct leeway_object *copy = leeway_object_new(&o);
    arena_clear(&a);
    return copy;
}

static const struct object_ref ref = {.cluster = TEXT("dev-eu-1"),
                                      .group = TEXT("apps"),
                                      .version = TEXT("v1"),
                                      .kind = TEXT("Deployment"),
                                      .plural = TEXT("deployments"),
                                      .namespace_ = TEXT("payments-dev"),
                                      .name = TEXT("payments-dev-web")};

/* The object was asked for first, then two looks began: its row and its events. */
static void answer_object(struct view_fixture *f, uint64_t number, struct leeway_object *o)
{
    struct leeway_event ev = {.kind = LEEWAY_EVENT_OBJECT, .object = o, .request = number};
    assert_true(app_answer(f->app, &ev));
    leeway_object_unref(o);
}

static void open_object(struct view_fixture *f, int rows, int cols)
{
    setup(f, rows, cols, FACE_UNICODE);
    app_push(f->app, object_new(f->app, &ref, OBJECT_YAML));
    assert_int_equal(f->last.kind, LEEWAY_CMD_LOOK);
    assert_string_equal(f->last.fields,
                        "involvedObject.name=payments-dev-web,involvedObject.kind=Deployment");
    answer_object(f, f->number - 2, object("6", "100"));
}

static void object_screens(void **state)
{
    struct view_fixture f;
    open_object(&f, 24, 80);
    fixture_run(&f,
                "snapshot\nroles\nkeys ]\nsnapshot the owner that is not leeway\nkeys g G k h h\n"
                "snapshot folded\nkeys l +\nsnapshot raw\nkeys _ w\nsnapshot wrapped\nkeys w d\n"
                "snapshot in words\nroles\n");
    golden_check("object-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys y\nresize 40 120\nsnapshot\nkeys d\nsnapshot\nkeys y\nresize 10 40\n"
                    "snapshot\n");
    golden_check("object-sizes", &f.out);
    fixture_teardown(&f);
}

static void object_search(void **state)
{
    struct view_fixture f;
    open_object(&f, 24, 80);
    fixture_run(&f, "keys /\ntype app\nkeys Enter\nsnapshot\nkeys n n n\nsnapshot\nroles\n");
    golden_check("object-search", &f.out);
    fixture_teardown(&f);
}

/* The object's row says that there is a newer one: it is asked for, and what changed is marked. */
static void object_follows(void **state)
{
    struct view_fixture f;
    open_object(&f, 24, 80);
    uint64_t look = f.number - 1;
    struct leeway_source source = {.cluster_id = 1,
                                   .cluster = TEXT("dev-eu-1"),
                                   .state = LEEWAY_SOURCE_CURRENT,
                                   .reason = TEXT_NONE};
    struct leeway_look head = {
        .id = look, .kind = TEXT("Deployment"), .sources = &source, .n_sources = 1, .n_rows = 1};
    struct leeway_row row = {
        .id = 1, .name = TEXT("payments-dev-web"), .resource_version = TEXT("101")};
    struct leeway_look_builder *b = leeway_look_builder_new(NULL, &head);
    leeway_look_put(b, 0, &row);
    struct leeway_look *l = leeway_look_seal(b);
    fixture_look(&f, l);
    leeway_look_unref(l);
    assert_int_equal(f.last.kind, LEEWAY_CMD_OBJECT);
    uint64_t asked = f.number;
    fixture_run(&f, "keys j\n");
    answer_object(&f, asked, object("7", "101"));
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "replicas: 7", true);
    buf_reset(&f.out);
    head.n_rows = 0; /* it is deleted */
    l = leeway_look_seal(leeway_look_builder_new(NULL, &head));
    fixture_look(&f, l);
    leeway_look_unref(l);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "The object is gone", true);
    fixture_shows(&f, "replicas: 7", true);
    fixture_teardown(&f);
}

RUN("resources", cmocka_unit_test(table_screens), cmocka_unit_test(filters_are_words_and_questions),
    cmocka_unit_test(sorts_by_any_column), cmocka_unit_test(rows_stay_under_the_eye),
    cmocka_unit_test(kinds_are_chosen), cmocka_unit_test(looks_end_with_their_view),
    cmocka_unit_test(many_rows), cmocka_unit_test(changes_end_where_a_fresh_look_does),
    cmocka_unit_test(object_screens), cmocka_unit_test(object_search),
    cmocka_unit_test(object_follows))
