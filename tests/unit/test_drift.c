// SPDX-License-Identifier: Apache-2.0
/*
 * Drift over time, against a scripted API server on a clock that stands still: what appears when,
 * when it counts, what is asked before that, and when it ends.
 */
#include "engine_fake.h"

#include "engine/drift/drift_int.h"

#define NS "web"
#define PATH "/apis/apps/v1/namespaces/" NS "/deployments/web"
#define OURS_HEAD                                                                                  \
    "{\"manager\":\"leeway\",\"operation\":\"Apply\",\"apiVersion\":\"apps/v1\",\"time\":"         \
    "\"2023-11-14T22:13:20Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{"          \
    "\"f:labels\":{\"f:leeway.dev/fleet\":{}}},\"f:spec\":{"
#define OURS_TAIL                                                                                  \
    "\"f:template\":{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"web\\\"}\":{\".\":{},"    \
    "\"f:image\":{},\"f:name\":{}}}}}}}}"
#define OURS OURS_HEAD "\"f:replicas\":{}," OURS_TAIL
#define OURS_LESS OURS_HEAD OURS_TAIL
#define BY(manager, time)                                                                          \
    ",{\"manager\":\"" manager "\",\"operation\":\"Update\",\"apiVersion\":\"apps/v1\","           \
    "\"subresource\":\"scale\",\"time\":\"" time "\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{"   \
    "\"f:spec\":{\"f:replicas\":{}}}}"
#define KUBECTL BY("kubectl", "2023-11-14T22:13:25Z")

static char fleet[96]; /* the label, or nothing */

/* A Deployment of ours. Static: one at a time but for two in turn. */
static const char *deployment(const char *uid, int version, const char *managed, int replicas,
                              const char *image)
{
    static char text[2][2048];
    static int turn;
    char *out = text[turn = !turn];
    snprintf(out, sizeof(text[0]),
             "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\","
             "\"namespace\":\"" NS "\",\"uid\":\"%s\",\"resourceVersion\":\"%d\",\"labels\":{"
             "%s\"app\":\"web\"},\"managedFields\":[%s]},\"spec\":{\"replicas\":%d,\"template\":{"
             "\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"%s\"}]}}}}",
             uid, version, fleet, managed, replicas, image);
    return out;
}

struct scene {
    struct world w;
    struct target *t;
    struct drift *d;
};

static const struct store_object web = {"apps/v1", "Deployment", NS, "web"};

/* What a release leaves: the object on the server, the baseline in memory and in the store. */
static void give(struct scene *s, const char *answer, const char *body)
{
    struct engine *e = s->w.e;
    struct val_pool p;
    struct arena a;
    struct err err = ERR_INIT;
    val_pool_init(&p);
    arena_init(&a);
    struct digest hash = fixture_hash(5);
    const struct store_plan_row row = {
        .position = 0, .object = web, .action = STORE_CREATE, .body = {body, strlen(body)}};
    const struct store_plan_target target = {.cluster = WORLD_UID,
                                             .moved = fixture_hash(9),
                                             .rows = &row,
                                             .row_count = 1,
                                             .summary = BYTES("{}")};
    const struct store_plan plan = {.hash = hash,
                                    .environment = ENV,
                                    .kind = "apply",
                                    .who = BYTES("{}"),
                                    .summary = BYTES("{}"),
                                    .targets = &target,
                                    .target_count = 1};
    store_put_plan(e->store, &plan, STORE_NO_ACK);
    const struct digest sum = digest_sha256(body, strlen(body));
    const struct val *v = json_read(&p, answer, strlen(answer), NULL, &err);
    assert_non_null(v);
    struct store_given g;
    if (drift_given(s->t, v, &sum, "", 1, &a, &g, &err))
        fail_msg("%s", err.text);
    store_put_given(e->store, &g, STORE_NO_ACK);
    world_sync(&s->w);
    val_pool_clear(&p);
    arena_clear(&a);
}

#define BODY                                                                                       \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\","          \
    "\"namespace\":\"" NS "\"},\"spec\":{\"replicas\":2}}"

static void bind(struct scene *s)
{
    struct engine *e = s->w.e;
    s->d = engine_part_state(e, &drift_part);
    struct environment *env = environment_by_uuid(e, ENV);
    assert_non_null(env);
    s->t = target_put(env, WORLD_UID);
}

static const char *good(void)
{
    return deployment("u1", 10, OURS, 2, "web:1");
}

/* The cluster is up, the environment known, one Deployment given and live as given. */
static void begin(struct scene *s)
{
    memset(s, 0, sizeof(*s));
    world_init(&s->w);
    world_pass(&s->w, 1000);
    struct engine *e = s->w.e;
    snprintf(fleet, sizeof(fleet), "\"leeway.dev/fleet\":\"%s\",", e->fleet_uuid);
    const struct store_environment se = {
        .uuid = ENV, .name = "web", .name_space = NS, .origin = "/srv/web"};
    store_put_environment(e->store, &se, STORE_NO_ACK);
    environment_put(e, ENV, "web", NS, "/srv/web");
    bind(s);
    assert_non_null(s->t->cluster);
    world_set(&s->w, PATH, good());
    give(s, good(), BODY);
    world_pass(&s->w, 1000);
    assert_int_equal(s->t->objects, 1);
}

static void end(struct scene *s)
{
    world_clear(&s->w);
}

static void again(struct scene *s)
{
    world_stop(&s->w);
    world_start(&s->w);
    bind(s);
}

/* "unexpected changed .spec.replicas 2 > 6 by kubectl scale; …", with "checking" in front. */
static char *rows(const struct scene *s)
{
    static char text[2048];
    struct arena a;
    arena_init(&a);
    text[0] = '\0';
    for (size_t i = 0; i < s->d->items.len; i++) {
        struct leeway_drift r;
        drift_item_describe(s->d->items.items[i], &r, &a);
        size_t n = strlen(text);
        snprintf(text + n, sizeof(text) - n, "%s%s%s %s %s %s > %s%s%s", n ? "; " : "",
                 r.contested ? "contested " : "",
                 r.checking ? "checking" : leeway_verdict_word(r.verdict),
                 leeway_drift_kind_word(r.kind), r.path.len ? r.path.str : ".", r.given.str,
                 r.live.str, r.n_owners && !r.owners[0].ours ? " by " : "",
                 r.n_owners && !r.owners[0].ours ? r.owners[0].words.str : "");
    }
    arena_clear(&a);
    return text;
}

static struct leeway_drift first_row(const struct scene *s, struct arena *a)
{
    struct leeway_drift r;
    assert_true(s->d->items.len > 0);
    drift_item_describe(s->d->items.items[0], &r, a);
    return r;
}

static int32_t counted(const struct scene *s)
{
    return s->t->drift[LEEWAY_VERDICT_UNEXPECTED];
}

#define SCALED deployment("u1", 11, OURS_LESS KUBECTL, 6, "web:1")

static void appears_then_counts_then_ends(void **state)
{
    struct scene s;
    begin(&s);
    assert_string_equal(rows(&s), "");
    world_modify(&s.w, PATH, SCALED);
    assert_string_equal(rows(&s), "checking changed .spec.replicas 2 > 6 by kubectl scale");
    assert_int_equal(counted(&s), 0);
    assert_int_equal(s.t->drift_checking, 1);
    world_pass(&s.w, 1900);
    assert_int_equal(counted(&s), 0);
    world_pass(&s.w, 200);
    assert_string_equal(rows(&s), "unexpected changed .spec.replicas 2 > 6 by kubectl scale");
    assert_int_equal(counted(&s), 1);
    assert_int_equal(s.t->drift_checking, 0);
    struct arena a;
    arena_init(&a);
    struct leeway_drift r = first_row(&s, &a);
    assert_int_equal(r.owners[0].actor, LEEWAY_ACTOR_PERSON);
    assert_string_equal(r.owners[0].subresource.str, "scale");
    assert_string_equal(r.cluster.str, "dev");
    assert_string_equal(r.environment.str, "web");
    uint64_t id = r.id;
    /* Another value by the same hand: the same row, at once. */
    world_modify(&s.w, PATH, deployment("u1", 12, OURS_LESS KUBECTL, 7, "web:1"));
    assert_string_equal(rows(&s), "unexpected changed .spec.replicas 2 > 7 by kubectl scale");
    assert_int_equal(first_row(&s, &a).id, id);
    arena_clear(&a);
    /* As given again, and ours. */
    world_modify(&s.w, PATH, deployment("u1", 13, OURS, 2, "web:1"));
    assert_string_equal(rows(&s), "");
    assert_int_equal(counted(&s), 0);
    /* Nobody was asked: another manager owned the field. */
    assert_int_equal(s.w.dry_runs, 0);
    end(&s);
}

static void brief_differences_do_not_count(void **state)
{
    struct scene s;
    begin(&s);
    world_modify(&s.w, PATH, SCALED);
    world_pass(&s.w, 1500);
    world_modify(&s.w, PATH, deployment("u1", 13, OURS, 2, "web:1"));
    assert_string_equal(rows(&s), "");
    world_pass(&s.w, 5000);
    assert_int_equal(counted(&s), 0);
    assert_int_equal(s.w.dry_runs + s.w.writes, 0);
    end(&s);
}

/* A webhook rewrites the image on every write: no drift, and what it makes is what is given now. */
static void what_the_server_would_not_change_back(void **state)
{
    struct scene s;
    begin(&s);
    const char *rewritten = deployment("u1", 11, OURS, 2, "mirror/web:1");
    world_would(&s.w, PATH, rewritten);
    world_modify(&s.w, PATH, rewritten);
    assert_string_equal(rows(&s), "checking changed "
                                  ".spec.template.spec.containers[name=\"web\"].image web:1 > "
                                  "mirror/web:1");
    world_pass(&s.w, 2100);
    assert_string_equal(rows(&s), "");
    assert_int_equal(s.w.dry_runs, 1);
    assert_int_equal(s.w.writes, 0);
    /* It stays given over a restart, and the old value is a difference. */
    world_sync(&s.w);
    again(&s);
    world_pass(&s.w, 3000);
    assert_string_equal(rows(&s), "");
    world_modify(&s.w, PATH, deployment("u1", 14, OURS, 2, "web:1"));
    assert_string_equal(rows(&s), "checking changed "
                                  ".spec.template.spec.containers[name=\"web\"].image "
                                  "mirror/web:1 > web:1");
    end(&s);
}

static void what_the_server_would_change_back(void **state)
{
    struct scene s;
    begin(&s);
    world_would(&s.w, PATH, deployment("u1", 12, OURS, 2, "web:1"));
    world_modify(&s.w, PATH, deployment("u1", 11, OURS, 2, "evil:1"));
    world_pass(&s.w, 2100);
    assert_string_equal(rows(&s), "unexpected changed "
                                  ".spec.template.spec.containers[name=\"web\"].image web:1 > "
                                  "evil:1");
    struct arena a;
    arena_init(&a);
    assert_non_null(strstr(first_row(&s, &a).checked.str, "would set web:1 again"));
    arena_clear(&a);
    assert_int_equal(s.w.dry_runs, 1);
    end(&s);
}

/* The dry run fails: unknown, said why, and tried again by itself. */
static void verification_fails(void **state)
{
    struct scene s;
    begin(&s);
    world_would(&s.w, PATH, deployment("u1", 12, OURS, 2, "web:1"));
    world_modify(&s.w, PATH, deployment("u1", 11, OURS, 2, "evil:1"));
    s.w.read_status = 403;
    world_pass(&s.w, 2100);
    assert_int_equal(counted(&s), 0);
    assert_int_equal(s.t->drift[LEEWAY_VERDICT_UNKNOWN], 1);
    struct arena a;
    arena_init(&a);
    assert_non_null(strstr(first_row(&s, &a).reason.str, "could not be verified"));
    arena_clear(&a);
    s.w.read_status = 0;
    world_pass(&s.w, DRIFT_VERIFY_MS + 100);
    assert_int_equal(counted(&s), 1);
    assert_int_equal(s.t->drift[LEEWAY_VERDICT_UNKNOWN], 0);
    end(&s);
}

static void gone(void **state)
{
    struct scene s;
    begin(&s);
    world_leave(&s.w, PATH, NULL);
    assert_string_equal(rows(&s), "checking missing . there > missing");
    world_pass(&s.w, 2100);
    assert_string_equal(rows(&s), "unexpected missing . there > missing");
    assert_int_equal(counted(&s), 1);
    /* Made anew by somebody, with our label: another object. */
    world_modify(&s.w, PATH, deployment("u2", 20, "", 2, "web:1"));
    assert_string_equal(rows(&s), "unexpected replaced . there > replaced");
    end(&s);
}

/* Deleted and made again without our label within the two seconds: replaced, not missing. */
static void replaced(void **state)
{
    struct scene s;
    begin(&s);
    world_leave(&s.w, PATH, NULL);
    world_pass(&s.w, 1000);
    fleet[0] = '\0';
    world_set(&s.w, PATH, deployment("u2", 20, "", 2, "web:1"));
    world_pass(&s.w, 1200);
    assert_string_equal(rows(&s), "checking replaced . there > replaced");
    world_pass(&s.w, 2100);
    assert_string_equal(rows(&s), "unexpected replaced . there > replaced");
    end(&s);
}

static void relabelled(void **state)
{
    struct scene s;
    begin(&s);
    char label[sizeof(fleet)];
    memcpy(label, fleet, sizeof(label));
    fleet[0] = '\0';
    world_leave(&s.w, PATH, deployment("u1", 20, OURS, 2, "web:1"));
    memcpy(fleet, label, sizeof(label));
    assert_string_equal(rows(&s), "checking relabelled . there > relabelled");
    world_pass(&s.w, 2100);
    assert_string_equal(rows(&s), "unexpected relabelled . there > relabelled");
    world_set(&s.w, PATH, NULL);
    world_modify(&s.w, PATH, deployment("u1", 21, OURS, 2, "web:1"));
    assert_string_equal(rows(&s), "");
    end(&s);
}

static void gone_and_nobody_says(void **state)
{
    struct scene s;
    begin(&s);
    s.w.read_status = 403;
    world_leave(&s.w, PATH, NULL);
    assert_string_equal(rows(&s), "checking not seen . there > ?");
    world_pass(&s.w, DRIFT_RETRY_MS + 100);
    assert_int_equal(s.t->drift[LEEWAY_VERDICT_UNKNOWN], 1);
    s.w.read_status = 0;
    world_pass(&s.w, DRIFT_RETRY_MS + DRIFT_STANDS_MS + 200);
    assert_string_equal(rows(&s), "unexpected missing . there > missing");
    end(&s);
}

/* Between the events of our own write nothing is judged; what others did meanwhile is. */
static void own_writes(void **state)
{
    struct scene s;
    begin(&s);
    drift_hold(s.t, &web);
    const char *ours = deployment("u1", 11, OURS, 3, "web:2");
    world_modify(&s.w, PATH, ours);
    assert_string_equal(rows(&s), "");
    give(&s, ours, BODY);
    drift_let_go(s.t, &web);
    world_pass(&s.w, 3000);
    assert_string_equal(rows(&s), "");
    assert_int_equal(s.w.reads, 0);
    drift_hold(s.t, &web);
    ours = deployment("u1", 12, OURS, 4, "web:2");
    give(&s, ours, BODY);
    world_modify(&s.w, PATH, deployment("u1", 13, OURS_LESS KUBECTL, 9, "web:2"));
    assert_string_equal(rows(&s), "");
    drift_let_go(s.t, &web);
    world_settle(&s.w);
    assert_int_equal(s.w.reads, 1);
    assert_string_equal(rows(&s), "checking changed .spec.replicas 4 > 9 by kubectl scale");
    /* A release that puts it right ends the row with its answer. */
    drift_hold(s.t, &web);
    give(&s, deployment("u1", 14, OURS, 4, "web:2"), BODY);
    assert_string_equal(rows(&s), "");
    drift_let_go(s.t, &web);
    /* An event from before our write says nothing about it. */
    world_modify(&s.w, PATH, deployment("u1", 13, OURS_LESS KUBECTL, 9, "web:2"));
    assert_string_equal(rows(&s), "");
    end(&s);
}

/* Two managers take it in turns: contested. One that writes five times: not. */
static void contested(void **state)
{
    struct scene s;
    begin(&s);
    for (int i = 0; i < 6; i++) {
        world_modify(&s.w, PATH, deployment("u1", 11 + i, OURS_LESS KUBECTL, 6 + i, "web:1"));
        world_pass(&s.w, 3000);
    }
    assert_null(strstr(rows(&s), "contested"));
    world_modify(&s.w, PATH, good());
    world_modify(&s.w, PATH, deployment("u1", 19, OURS, 2, "web:1"));
    assert_string_equal(rows(&s), "");
    world_pass(&s.w, DRIFT_CONTEST_MS);
    for (int i = 0; i < 3; i++) {
        world_modify(&s.w, PATH, deployment("u1", 20 + 2 * i, OURS_LESS KUBECTL, 6, "web:1"));
        world_pass(&s.w, 2500);
        if (i == 2)
            break;
        world_modify(&s.w, PATH, deployment("u1", 21 + 2 * i, OURS, 2, "web:1"));
        world_pass(&s.w, 2500);
    }
    assert_string_equal(rows(&s),
                        "contested unexpected changed .spec.replicas 2 > 6 by kubectl scale");
    end(&s);
}

static void not_seen(void **state)
{
    struct scene s;
    begin(&s);
    s.w.down = true;
    while (s.w.fake.open)
        fake_end(&s.w.fake, s.w.fake.open, KUBE_END_BROKEN);
    world_pass(&s.w, 60000);
    assert_string_equal(rows(&s), "unknown not seen .  > 1 object");
    assert_int_equal(s.t->drift[LEEWAY_VERDICT_UNKNOWN], 1);
    s.w.down = false;
    world_pass(&s.w, 130000);
    assert_string_equal(rows(&s), "");
    assert_int_equal(s.t->drift[LEEWAY_VERDICT_UNKNOWN], 0);
    end(&s);
}

/* Down since before the start, without a word of it ever: unknown, not clean. */
static void never_seen(void **state)
{
    struct scene s;
    begin(&s);
    s.w.down = true;
    again(&s);
    world_pass(&s.w, 60000);
    assert_string_equal(rows(&s), "unknown not seen .  > 1 object");
    end(&s);
}

static void forbidden_and_unserved(void **state)
{
    struct scene s;
    begin(&s);
    s.w.forbidden = true;
    again(&s);
    world_pass(&s.w, 20000);
    assert_string_equal(rows(&s), "unknown not seen .  > 1 object");
    struct arena a;
    arena_init(&a);
    assert_non_null(strstr(first_row(&s, &a).reason.str, "forbidden"));
    s.w.forbidden = false;
    s.w.no_apps = true;
    again(&s);
    world_pass(&s.w, 20000);
    assert_string_equal(rows(&s), "unknown not seen .  > 1 object");
    assert_non_null(strstr(first_row(&s, &a).reason.str, "not served"));
    arena_clear(&a);
    end(&s);
}

struct spans {
    char text[512];
};

static int note_span(void *ctx, const struct store_drift *d)
{
    struct spans *x = ctx;
    size_t n = strlen(x->text);
    snprintf(x->text + n, sizeof(x->text) - n, "%s%s %s %s%s", n ? "; " : "", d->what, d->path,
             d->owner, d->ended_wall_ms ? " ended" : "");
    return 0;
}

static const char *recorded(struct scene *s)
{
    static struct spans x;
    x.text[0] = '\0';
    world_sync(&s->w);
    assert_int_equal(store_each_drift(s->w.e->view, NULL, true, note_span, &x, NULL), 0);
    return x.text;
}

/* The store has what counted, from when to when; also over a restart during which it ended. */
static void records(void **state)
{
    struct scene s;
    begin(&s);
    world_modify(&s.w, PATH, SCALED);
    world_pass(&s.w, 1000);
    assert_string_equal(recorded(&s), "");
    world_pass(&s.w, 1100);
    assert_string_equal(recorded(&s), "changed .spec.replicas kubectl scale");
    struct arena a;
    arena_init(&a);
    int64_t after = first_row(&s, &a).after_ms;
    again(&s);
    world_pass(&s.w, 5000);
    assert_string_equal(rows(&s), "unexpected changed .spec.replicas 2 > 6 by kubectl scale");
    assert_true(first_row(&s, &a).after_ms == after);
    arena_clear(&a);
    assert_string_equal(recorded(&s), "changed .spec.replicas kubectl scale");
    world_set(&s.w, PATH, deployment("u1", 15, OURS, 2, "web:1"));
    again(&s);
    world_pass(&s.w, 5000);
    assert_string_equal(rows(&s), "");
    assert_string_equal(recorded(&s), "changed .spec.replicas kubectl scale ended");
    end(&s);
}

/* Settled only when nothing is being checked or asked any more. */
static void settled(void **state)
{
    struct scene s;
    begin(&s);
    world_set(&s.w, PATH, NULL);
    s.w.hold_reads = true;
    again(&s);
    world_pass(&s.w, 5000);
    assert_false(s.w.e->clusters.items[0]->settled);
    s.w.hold_reads = false;
    world_pass(&s.w, 1000);
    assert_string_equal(rows(&s), "checking missing . there > missing");
    assert_false(s.w.e->clusters.items[0]->settled);
    world_pass(&s.w, 2000);
    assert_true(s.w.e->clusters.items[0]->settled);
    assert_int_equal(counted(&s), 1);
    end(&s);
}

static void terminating_and_wiped(void **state)
{
    struct scene s;
    begin(&s);
    world_modify(&s.w, PATH, deployment("u1", 11, "", 2, "web:1"));
    world_pass(&s.w, 2100);
    assert_string_equal(rows(&s), "unexpected ownership lost . there > ownership lost");
    drift_forget(s.t, &web);
    assert_string_equal(rows(&s), "");
    assert_int_equal(s.t->objects, 0);
    end(&s);
}

RUN("drift", cmocka_unit_test(appears_then_counts_then_ends),
    cmocka_unit_test(brief_differences_do_not_count),
    cmocka_unit_test(what_the_server_would_not_change_back),
    cmocka_unit_test(what_the_server_would_change_back), cmocka_unit_test(verification_fails),
    cmocka_unit_test(gone), cmocka_unit_test(replaced), cmocka_unit_test(relabelled),
    cmocka_unit_test(gone_and_nobody_says), cmocka_unit_test(own_writes),
    cmocka_unit_test(contested), cmocka_unit_test(not_seen), cmocka_unit_test(never_seen),
    cmocka_unit_test(forbidden_and_unserved), cmocka_unit_test(records), cmocka_unit_test(settled),
    cmocka_unit_test(terminating_and_wiped))
