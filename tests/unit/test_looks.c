// SPDX-License-Identifier: Apache-2.0
/* Tables of any kind: what servers print, over time, with limits, refusals and hostile names. */
#include "engine_fake.h"

#include "engine/look/look.h"

#define DEPLOYMENTS "/apis/apps/v1/deployments"
#define COLUMNS                                                                                    \
    "[{\"name\":\"Name\",\"type\":\"string\",\"format\":\"name\"},{\"name\":\"Ready\",\"type\":"   \
    "\"string\",\"priority\":0},{\"name\":\"Up-to-date\",\"type\":\"integer\",\"priority\":0},{"   \
    "\"name\":\"Age\",\"type\":\"string\",\"priority\":0},{\"name\":\"Images\",\"type\":"          \
    "\"string\",\"priority\":1}]"
#define TABLE(meta, rows)                                                                          \
    "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{" meta                    \
    "},\"columnDefinitions\":" COLUMNS ",\"rows\":[" rows "]}"
#define ROW(name, version, ready)                                                                  \
    "{\"cells\":[\"" name "\",\"" ready "\",3,\"5d\",\"nginx\"],\"object\":{\"kind\":"             \
    "\"PartialObjectMetadata\",\"metadata\":{\"name\":\"" name                                     \
    "\",\"namespace\":\"n\",\"uid\":\"uid-" name "\",\"resourceVersion\":\"" version               \
    "\",\"creationTimestamp\":\"2023-11-14T22:00:00Z\"}}}"
#define EVENT(type, row)                                                                           \
    "{\"type\":\"" type "\",\"object\":{\"kind\":\"Table\",\"rows\":[" row "]}}\n"

static const char *list_body; /* of deployments */
static int list_status;
static char last_query[1024], last_accept[256];

static bool answer_tables(struct world *w, struct kube_transfer *x)
{
    if (!strstr(x->path, "/deployments") || strstr(x->query, "watch="))
        return false;
    snprintf(last_query, sizeof(last_query), "%s", x->query);
    snprintf(last_accept, sizeof(last_accept), "%s", x->accept);
    fake_answer(&w->fake, x, list_status ? list_status : 200, list_body);
    return true;
}

static void begin(struct world *w, const char *body)
{
    list_body = body;
    list_status = 0;
    world_init(w);
    w->answer = answer_tables;
}

static void run(struct world *w, struct leeway_command c, uint64_t request)
{
    struct engine_command *cmd = mem_new(struct engine_command);
    arena_init(&cmd->arena);
    cmd->c = c;
    cmd->request = request;
    engine_run_command(w->e, cmd);
    world_settle(w);
}

static const struct leeway_look *look(struct world *w, uint64_t id)
{
    engine_publish(w->e);
    return leeway_look_by_id(w->e->snapshot, id);
}

static void look_at(struct world *w, const char *kind, uint32_t limit)
{
    run(w, (struct leeway_command){.kind = LEEWAY_CMD_LOOK, .object_kind = kind, .limit = limit},
        7);
}

static void send(struct world *w, const char *event)
{
    for (struct kube_transfer *x = w->fake.open; x; x = x->next)
        if (strstr(x->path, "/deployments") && strstr(x->query, "watch=1")) {
            fake_bytes(&w->fake, x, event);
            break;
        }
    world_settle(w);
}

static const struct leeway_row *row_of(const struct leeway_look *l, const char *name)
{
    for (size_t i = 0; i < l->n_rows; i++)
        if (strcmp(leeway_look_row(l, i)->name.str, name) == 0)
            return leeway_look_row(l, i);
    return NULL;
}

static void rows_are_what_the_server_prints(void **state)
{
    struct world w;
    begin(&w,
          TABLE("\"resourceVersion\":\"5\"", ROW("web", "3", "1/3") "," ROW("api", "4", "3/3")));
    look_at(&w, "deploy", 500);
    const struct leeway_look *l = look(&w, 7);
    assert_non_null(l);
    assert_int_equal(l->n_sources, 1);
    assert_int_equal(l->sources[0].state, LEEWAY_SOURCE_UNSERVED); /* no short names there */
    run(&w, (struct leeway_command){.kind = LEEWAY_CMD_LOOK_END, .look = 7}, 8);
    assert_null(look(&w, 7));
    look_at(&w, "deployments", 500);
    l = look(&w, 7);
    assert_non_null(strstr(last_accept, "as=Table"));
    assert_non_null(strstr(last_query, "limit=500"));
    assert_string_equal(l->kind.str, "Deployment");
    assert_int_equal(l->sources[0].state, LEEWAY_SOURCE_CURRENT);
    assert_int_equal(l->sources[0].rows, 2);
    assert_int_equal(l->n_columns, 4); /* the name is in every row */
    assert_string_equal(l->columns[1].words.str, "up-to-date");
    assert_true(l->columns[1].number && l->columns[2].age && l->columns[3].wide);
    assert_int_equal(l->n_rows, 2);
    const struct leeway_row *web = row_of(l, "web");
    assert_string_equal(web->namespace_.str, "n");
    assert_string_equal(web->cells[0].str, "1/3");
    assert_string_equal(web->cells[1].str, "3");
    assert_int_equal(web->state, LEEWAY_DEGRADED);
    assert_int_equal(row_of(l, "api")->state, LEEWAY_OK);
    assert_true(web->created_ms > 0 && web->changed_ms == 0);
    world_clear(&w);
}

static void rows_live(void **state)
{
    struct world w;
    begin(&w,
          TABLE("\"resourceVersion\":\"5\"", ROW("web", "3", "1/3") "," ROW("api", "4", "3/3")));
    world_pass(&w, 3000);
    look_at(&w, "deployments.apps", 500);
    uint64_t id = row_of(look(&w, 7), "web")->id;
    send(&w, EVENT("MODIFIED", ROW("web", "6", "3/3")));
    send(&w, EVENT("ADDED", ROW("new", "7", "0/1")));
    const struct leeway_look *l = look(&w, 7);
    assert_int_equal(l->n_rows, 3);
    assert_string_equal(row_of(l, "web")->cells[0].str, "3/3");
    assert_true(row_of(l, "web")->id == id && row_of(l, "web")->changed_ms > 0);
    /* the first one goes: the last takes its place and keeps what it is */
    send(&w, EVENT("DELETED", ROW("web", "8", "3/3")));
    l = look(&w, 7);
    assert_int_equal(l->n_rows, 2);
    assert_null(row_of(l, "web"));
    assert_string_equal(row_of(l, "new")->cells[0].str, "0/1");
    send(&w, EVENT("DELETED", ROW("api", "9", "3/3")) EVENT("DELETED", ROW("new", "10", "0/1"))
                 EVENT("ADDED", ROW("last", "11", "1/1")));
    l = look(&w, 7);
    assert_int_equal(l->n_rows, 1);
    assert_string_equal(row_of(l, "last")->cells[0].str, "1/1");
    /* ended: nothing is watched any more */
    run(&w, (struct leeway_command){.kind = LEEWAY_CMD_LOOK_END, .look = 7}, 8);
    for (struct kube_transfer *x = w.fake.open; x; x = x->next)
        assert_null(strstr(x->path, "/deployments"));
    world_clear(&w);
}

/* Four are there, two are wanted: the rest is counted, and changes of it do not come in. */
static void a_limit_says_how_many_more(void **state)
{
    struct world w;
    begin(&w, TABLE("\"resourceVersion\":\"5\",\"continue\":\"more\",\"remainingItemCount\":2",
                    ROW("a", "1", "1/1") "," ROW("b", "2", "1/1")));
    world_pass(&w, 3000);
    look_at(&w, "deployments", 2);
    assert_non_null(strstr(last_query, "limit=2"));
    const struct leeway_look *l = look(&w, 7);
    assert_int_equal(l->n_rows, 2);
    assert_int_equal(l->sources[0].more, 2);
    send(&w, EVENT("MODIFIED", ROW("z", "6", "1/1")));
    assert_int_equal(look(&w, 7)->n_rows, 2);
    send(&w, EVENT("DELETED", ROW("a", "7", "1/1")));
    send(&w, EVENT("MODIFIED", ROW("z", "8", "1/1")));
    l = look(&w, 7);
    assert_int_equal(l->n_rows, 2);
    assert_non_null(row_of(l, "z"));
    world_clear(&w);
}

static void who_is_not_listed_says_why(void **state)
{
    struct world w;
    begin(&w, WORLD_FORBIDDEN);
    list_status = 403;
    world_pass(&w, 3000);
    look_at(&w, "deployments", 100);
    const struct leeway_look *l = look(&w, 7);
    assert_int_equal(l->sources[0].state, LEEWAY_SOURCE_FORBIDDEN);
    assert_non_null(strstr(l->sources[0].reason.str, "forbidden"));
    assert_int_equal(l->n_rows, 0);
    run(&w, (struct leeway_command){.kind = LEEWAY_CMD_LOOK_END, .look = 7}, 8);

    w.down = true;
    while (w.fake.open)
        fake_end(&w.fake, w.fake.open, KUBE_END_BROKEN);
    world_pass(&w, 30000);
    look_at(&w, "deployments", 100);
    l = look(&w, 7);
    assert_int_equal(l->sources[0].state, LEEWAY_SOURCE_DOWN);
    assert_true(l->sources[0].reason.len > 0);
    w.down = false;
    list_status = 0;
    list_body = TABLE("\"resourceVersion\":\"5\"", ROW("web", "3", "1/3"));
    world_pass(&w, 200000);
    l = look(&w, 7);
    assert_int_equal(l->sources[0].state, LEEWAY_SOURCE_CURRENT);
    assert_int_equal(l->n_rows, 1);
    world_clear(&w);
}

/* A server that makes no tables answers with objects: they have a name and an age at least. */
static void objects_are_a_table_too(void **state)
{
    struct world w;
    begin(&w, "{\"kind\":\"DeploymentList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[{"
              "\"metadata\":{\"name\":\"web\",\"namespace\":\"n\",\"uid\":\"u\","
              "\"creationTimestamp\":\"2023-11-14T22:00:00Z\"}}]}");
    world_pass(&w, 3000);
    look_at(&w, "deployments", 100);
    const struct leeway_look *l = look(&w, 7);
    assert_int_equal(l->n_rows, 1);
    assert_string_equal(leeway_look_row(l, 0)->name.str, "web");
    assert_true(l->n_columns == 1 && l->columns[0].age);
    assert_int_equal(leeway_look_row(l, 0)->state, LEEWAY_STATE_COUNT);
    world_clear(&w);
}

static void hostile_rows_are_cleaned(void **state)
{
    struct world w;
    begin(&w,
          "{\"kind\":\"Table\",\"metadata\":{\"resourceVersion\":\"5\"},\"columnDefinitions\":[{"
          "\"name\":\"\\u001b[2J\",\"type\":\"string\"},7,{\"name\":{}},{\"name\":\"Age\"}],"
          "\"rows\":[{\"cells\":[\"\\u001b]52;c;eA==\\u0007\",1,2,3,4,5],\"object\":{\"metadata\":{"
          "\"name\":\"a\\r\\u202eb\",\"namespace\":7,\"uid\":\"u1\"}}},"
          "{\"cells\":7,\"object\":{\"metadata\":{\"name\":\"no-cells\"}}},"
          "{\"object\":[]},\"row\",null]}");
    world_pass(&w, 3000);
    look_at(&w, "deployments", 100);
    const struct leeway_look *l = look(&w, 7);
    assert_int_equal(l->sources[0].state, LEEWAY_SOURCE_CURRENT);
    for (size_t i = 0; i < l->n_columns; i++)
        assert_null(strpbrk(l->columns[i].words.str, "\033\r\007"));
    for (size_t i = 0; i < l->n_rows; i++) {
        const struct leeway_row *r = leeway_look_row(l, i);
        assert_null(strpbrk(r->name.str, "\033\r\007"));
        for (size_t k = 0; k < r->n_cells; k++)
            assert_null(strpbrk(r->cells[k].str, "\033\r\007"));
    }
    assert_non_null(row_of(l, "a^M<U+202E>b"));
    assert_non_null(row_of(l, "no-cells"));
    world_clear(&w);
}

/* Whole objects come without what is secret in them. */
static void secrets_are_masked(void **state)
{
    struct world w;
    begin(&w, "{\"kind\":\"Table\",\"metadata\":{\"resourceVersion\":\"5\"},\"rows\":[{\"cells\":["
              "\"s\"],\"object\":{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\","
              "\"managedFields\":[{\"manager\":\"m\"}],\"annotations\":{"
              "\"kubectl.kubernetes.io/last-applied-configuration\":\"aHVudGVyMg==\",\"x\":\"y\"}},"
              "\"data\":{\"pw\":\"aHVudGVyMg==\"},\"stringData\":{\"pw\":\"hunter2\"}}}]}");
    world_pass(&w, 3000);
    run(&w,
        (struct leeway_command){
            .kind = LEEWAY_CMD_LOOK, .object_kind = "deployments", .objects = true},
        7);
    const char *json = leeway_look_row(look(&w, 7), 0)->json.str;
    assert_non_null(strstr(json, "\"pw\":\"(secret, 12 bytes as written)\""));
    assert_null(strstr(json, "hunter2"));
    assert_null(strstr(json, "aHVudGVy"));
    assert_null(strstr(json, "managedFields"));
    assert_non_null(strstr(json, "\"x\":\"y\""));
    world_clear(&w);
}

/* A gap: what the second list does not have is gone, without a word of the watch. */
static void history_that_is_gone_is_read_again(void **state)
{
    struct world w;
    begin(&w,
          TABLE("\"resourceVersion\":\"5\"", ROW("web", "3", "1/3") "," ROW("api", "4", "3/3")));
    world_pass(&w, 3000);
    look_at(&w, "deployments", 2);
    list_body =
        TABLE("\"resourceVersion\":\"50\"", ROW("new", "40", "1/1") "," ROW("api", "4", "3/3"));
    send(&w,
         "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":"
         "\"Expired\",\"code\":410}}\n");
    world_pass(&w, 3000);
    const struct leeway_look *l = look(&w, 7);
    assert_int_equal(l->n_rows, 2);
    assert_null(row_of(l, "web"));
    assert_non_null(row_of(l, "new"));
    assert_int_equal(l->sources[0].state, LEEWAY_SOURCE_CURRENT);
    world_clear(&w);
}

RUN("looks", cmocka_unit_test(rows_are_what_the_server_prints), cmocka_unit_test(rows_live),
    cmocka_unit_test(a_limit_says_how_many_more), cmocka_unit_test(who_is_not_listed_says_why),
    cmocka_unit_test(objects_are_a_table_too), cmocka_unit_test(hostile_rows_are_cleaned),
    cmocka_unit_test(secrets_are_masked), cmocka_unit_test(history_that_is_gone_is_read_again))
