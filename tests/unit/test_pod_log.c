// SPDX-License-Identifier: Apache-2.0
/* Logs: lines out of bytes however they are split, bounds, lost streams, hostile bytes. */
#include "engine_fake.h"

#include "engine/look/look.h"
#include "engine/look/pod_log.h"

#define POD "/api/v1/namespaces/n/pods/web"
#define POD_JSON                                                                                   \
    "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"web\",\"namespace\":\"n\"}," \
    "\"spec\":{\"containers\":[{\"name\":\"app\"},{\"name\":\"side\"}],\"initContainers\":[{"      \
    "\"name\":\"init\"}]}}"

/* ---- splitting ---- */

struct lines {
    char text[64][40];
    uint64_t cut[64];
    size_t n;
};

static void take(void *ctx, const char *line, size_t len, uint64_t cut)
{
    struct lines *l = ctx;
    if (l->n < 64) {
        snprintf(l->text[l->n], sizeof(l->text[0]), "%.*s", (int)(len < 39 ? len : 39), line);
        l->cut[l->n++] = cut;
    }
}

static void any_split_gives_the_same_lines(void **state)
{
    static const char text[] = "one\r\n\ntwo\n\x1b[2J three\nfour";
    for (size_t step = 1; step < sizeof(text); step++) {
        struct log_split *s = mem_new(struct log_split);
        struct lines l = {0};
        for (size_t i = 0; i < sizeof(text) - 1; i += step) {
            size_t left = sizeof(text) - 1 - i;
            log_split_feed(s, text + i, left < step ? left : step, take, &l);
        }
        assert_int_equal(l.n, 4);
        log_split_end(s, take, &l);
        assert_string_equal(l.text[0], "one");
        assert_string_equal(l.text[1], "");
        assert_string_equal(l.text[2], "two");
        assert_string_equal(l.text[4], "four");
        mem_free(s);
    }
}

static void a_long_line_is_cut_and_counted(void **state)
{
    struct log_split *s = mem_new(struct log_split);
    struct lines l = {0};
    size_t n = 1 << 20;
    char *big = mem_alloc(n);
    memset(big, 'x', n);
    log_split_feed(s, big, n, take, &l);
    log_split_feed(s, "\nnext\n", 6, take, &l);
    assert_int_equal(l.n, 2);
    assert_int_equal(l.cut[0], n - LOG_LINE_MAX);
    assert_string_equal(l.text[1], "next");
    assert_int_equal(l.cut[1], 0);
    mem_free(big);
    mem_free(s);
}

static void times_are_read(void **state)
{
    size_t len;
    const char *s = "2026-11-24T13:05:00.123456789Z hello";
    assert_int_equal(log_line_time(s, strlen(s), &len), 1795525500123456789);
    assert_string_equal(s + len, "hello");
    s = "2026-11-24T13:05:00Z";
    assert_true(log_line_time(s, strlen(s), &len) != 0 && len == strlen(s));
    assert_true(log_line_time("no time here, only words of it", 30, &len) == 0 && len == 0);
    assert_true(log_line_time("", 0, &len) == 0 && len == 0);
}

/* ---- the stream ---- */

static char last_query[1024];

static bool answer_logs(struct world *w, struct kube_transfer *x)
{
    if (strcmp(x->path, POD "/log") != 0)
        return false;
    if (strcmp(x->method, "OPEN") == 0)
        return false;
    snprintf(last_query, sizeof(last_query), "%s", x->query);
    snprintf(x->method, sizeof(x->method), "OPEN");
    fake_head(x, 200);
    return true;
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

static void open_log(struct world *w)
{
    world_init(w);
    w->answer = answer_logs;
    world_set(w, POD, POD_JSON);
    world_pass(w, 3000);
    run(w,
        (struct leeway_command){
            .kind = LEEWAY_CMD_LOG, .cluster = "dev", .namespace_ = "n", .name = "web"},
        5);
}

static struct kube_transfer *stream(struct world *w)
{
    for (struct kube_transfer *x = w->fake.open; x; x = x->next)
        if (strcmp(x->path, POD "/log") == 0)
            return x;
    return NULL;
}

static const struct leeway_log *log_of(struct world *w)
{
    engine_publish(w->e);
    return leeway_log_by_id(w->e->snapshot, 5);
}

static void lines_come_and_go_on(void **state)
{
    struct world w;
    open_log(&w);
    assert_non_null(strstr(last_query, "container=app"));
    assert_non_null(strstr(last_query, "follow=true"));
    fake_bytes(&w.fake, stream(&w), "2026-11-24T13:05:00.1Z one\n2026-11-24T13:05:01.2Z tw");
    const struct leeway_log *l = log_of(&w);
    assert_int_equal(l->n_lines, 1);
    assert_int_equal(l->n_containers, 3);
    assert_string_equal(l->containers[2].str, "init");
    assert_int_equal(l->state, LEEWAY_LOG_OPEN);
    fake_bytes(&w.fake, stream(&w), "o\n");
    l = log_of(&w);
    assert_string_equal(leeway_log_line(l, 1)->text.str, "two");
    assert_true(leeway_log_line(l, 1)->at_ms % 1000 == 200);
    /* the connection breaks: what comes again is not shown again, and the gap is said */
    fake_end(&w.fake, stream(&w), KUBE_END_BROKEN);
    assert_int_equal(log_of(&w)->state, LEEWAY_LOG_FAILED);
    world_pass(&w, 3000);
    assert_non_null(stream(&w));
    assert_non_null(strstr(last_query, "sinceTime=2026-11-24T13%3A05%3A01Z"));
    fake_bytes(&w.fake, stream(&w), "2026-11-24T13:05:01.2Z two\n2026-11-24T13:05:02Z three\n");
    l = log_of(&w);
    assert_int_equal(l->n_lines, 4);
    assert_true(leeway_log_line(l, 2)->ours);
    assert_string_equal(leeway_log_line(l, 3)->text.str, "three");
    /* the ordinary end */
    fake_end(&w.fake, stream(&w), KUBE_END_DONE);
    assert_int_equal(log_of(&w)->state, LEEWAY_LOG_ENDED);
    run(&w, (struct leeway_command){.kind = LEEWAY_CMD_LOOK_END, .look = 5}, 6);
    assert_null(log_of(&w));
    world_clear(&w);
}

static void hostile_bytes_are_text(void **state)
{
    struct world w;
    open_log(&w);
    fake_bytes(&w.fake, stream(&w),
               "2026-11-24T13:05:00Z \x1b]52;c;eA==\x07\x1b[2J\r\xff\xfe\xe2\x80\xae bidi\n\n");
    const struct leeway_log *l = log_of(&w);
    const char *s = leeway_log_line(l, 0)->text.str;
    assert_null(strpbrk(s, "\x1b\x07\r\xff"));
    assert_non_null(strstr(s, "^[]52;c"));
    assert_non_null(strstr(s, "<U+202E>"));
    assert_int_equal(leeway_log_line(l, 1)->text.len, 0);
    world_clear(&w);
}

/* More than is kept pushes out the oldest, whether or not somebody looks meanwhile. */
static void the_newest_are_kept(void **state)
{
    struct world w;
    open_log(&w);
    struct buf b;
    buf_init(&b, 1 << 20);
    uint64_t number = 0;
    for (int round = 0; round < 50; round++) {
        buf_reset(&b);
        for (int i = 0; i < 1000; i++)
            buf_printf(&b, "line %llu\n", (unsigned long long)++number);
        fake_bytes(&w.fake, stream(&w), buf_str(&b));
        if (round % 3 == 0)
            log_of(&w);
    }
    const struct leeway_log *l = log_of(&w);
    assert_true(l->n_lines <= LOG_LINES + 64 && l->n_lines > LOG_LINES / 2);
    assert_int_equal(l->dropped + l->n_lines, number);
    const struct leeway_line *last = leeway_log_line(l, l->n_lines - 1);
    assert_true(last->number == number);
    assert_string_equal(last->text.str, "line 50000");
    for (size_t i = 1; i < l->n_lines; i++)
        assert_true(leeway_log_line(l, i)->number == leeway_log_line(l, i - 1)->number + 1);
    buf_clear(&b);
    world_clear(&w);
}

static void what_is_not_there_says_why(void **state)
{
    struct world w;
    world_init(&w);
    world_pass(&w, 3000);
    run(&w,
        (struct leeway_command){
            .kind = LEEWAY_CMD_LOG, .cluster = "dev", .namespace_ = "n", .name = "gone"},
        5);
    const struct leeway_log *l = log_of(&w);
    assert_int_equal(l->state, LEEWAY_LOG_FAILED);
    assert_true(l->reason.len > 0);
    world_clear(&w);
}

/* ---- several pods ---- */

#define WEB "/apis/apps/v1/namespaces/n/deployments/web"
#define PODS "/api/v1/namespaces/n/pods"
#define POD_OF(name, state)                                                                        \
    "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" name                       \
    "\",\"namespace\":\"n\",\"uid\":\"u-" name                                                     \
    "\",\"resourceVersion\":\"5\"},\"spec\":{\"containers\":[{\"name\":\"app\"}]}," state "}"
#define RUNNING                                                                                    \
    "\"status\":{\"containerStatuses\":[{\"name\":\"app\",\"restartCount\":0,\"state\":{"          \
    "\"running\":{}}}]}"
#define EXITED                                                                                     \
    "\"status\":{\"containerStatuses\":[{\"name\":\"app\",\"restartCount\":0,\"state\":{"          \
    "\"terminated\":{\"exitCode\":1,\"reason\":\"Error\"}}}]}"

static bool answer_pods(struct world *w, struct kube_transfer *x)
{
    const char *end = strstr(x->path, "/log");
    if (strcmp(x->path, PODS) == 0) {
        snprintf(last_query, sizeof(last_query), "%s", x->query);
        fake_head(x, 200);
        fake_bytes(&w->fake, x, "{\"type\":\"ADDED\",\"object\":" POD_OF("web-1", RUNNING) "}\n");
        fake_bytes(&w->fake, x,
                   "{\"type\":\"ADDED\",\"object\":" POD_OF("web-2", RUNNING) "}\n" WORLD_END);
    } else if (!end || end[4]) {
        return false;
    } else {
        fake_head(x, 200);
    }
    snprintf(x->method, sizeof(x->method), "OPEN");
    return true;
}

static struct kube_transfer *stream_of(struct world *w, const char *path)
{
    for (struct kube_transfer *x = w->fake.open; x; x = x->next)
        if (strcmp(x->path, path) == 0)
            return x;
    fail_msg("nobody asked for %s", path);
    return NULL;
}

static const char *text_at(const struct leeway_log *l, size_t i)
{
    const struct leeway_line *line = leeway_log_line(l, i);
    return line ? line->text.str : "";
}

static void pods_of_a_deployment_in_one_order(void **state)
{
    struct world w;
    world_init(&w);
    w.answer = answer_pods;
    world_set(&w, WEB,
              "{\"kind\":\"Deployment\",\"apiVersion\":\"apps/v1\",\"metadata\":{\"name\":\"web\","
              "\"namespace\":\"n\"},\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"web\"},"
              "\"matchExpressions\":[{\"key\":\"tier\",\"operator\":\"In\",\"values\":[\"a\","
              "\"b\"]},{\"key\":\"old\",\"operator\":\"DoesNotExist\"}]}}}");
    world_set(&w, PODS "/web-1", POD_OF("web-1", RUNNING));
    world_set(&w, PODS "/web-2", POD_OF("web-2", RUNNING));
    world_set(&w, PODS "/web-3", POD_OF("web-3", RUNNING));
    world_pass(&w, 3000);
    const char *const subjects[] = {"dev/n/deployments.apps/web"};
    run(&w, (struct leeway_command){.kind = LEEWAY_CMD_LOG, .subjects = subjects, .n_subjects = 1},
        5);
    assert_non_null(strstr(last_query, "app%3Dweb%2Ctier%20in%20%28a%2Cb%29%2C%21old"));
    struct kube_transfer *one = stream_of(&w, PODS "/web-1/log");
    struct kube_transfer *two = stream_of(&w, PODS "/web-2/log");
    /* what came later is older: half a second sorts it */
    fake_bytes(&w.fake, two, "2026-11-24T13:05:02Z b2\n2026-11-24T13:05:04Z b4\n");
    fake_bytes(&w.fake, one, "2026-11-24T13:05:01Z a1\n2026-11-24T13:05:03Z a3\n");
    assert_int_equal(log_of(&w)->n_lines, 0);
    world_pass(&w, 700);
    const struct leeway_log *l = log_of(&w);
    assert_int_equal(l->n_lines, 4);
    assert_int_equal(l->n_sources, 2);
    assert_int_equal(l->state, LEEWAY_LOG_OPEN);
    assert_string_equal(text_at(l, 0), "a1");
    assert_string_equal(text_at(l, 1), "b2");
    assert_string_equal(text_at(l, 2), "a3");
    assert_string_equal(text_at(l, 3), "b4");
    assert_string_equal(leeway_log_source_by_id(l, leeway_log_line(l, 1)->source)->pod.str,
                        "web-2");
    /* a pod comes, one ends, one is gone */
    fake_bytes(&w.fake, stream_of(&w, PODS),
               "{\"type\":\"ADDED\",\"object\":" POD_OF("web-3", RUNNING) "}\n");
    world_pass(&w, 200);
    fake_bytes(&w.fake, stream_of(&w, PODS "/web-3/log"), "2026-11-24T13:05:05Z c5\n");
    world_set(&w, PODS "/web-2", POD_OF("web-2", EXITED));
    fake_end(&w.fake, stream_of(&w, PODS "/web-2/log"), KUBE_END_DONE);
    fake_bytes(&w.fake, stream_of(&w, PODS),
               "{\"type\":\"DELETED\",\"object\":" POD_OF("web-1", RUNNING) "}\n");
    world_pass(&w, 1000);
    l = log_of(&w);
    assert_int_equal(l->n_sources, 3);
    assert_int_equal(l->n_lines, 7);
    assert_string_equal(text_at(l, 4), "the pod is gone"); /* behind its last line */
    assert_string_equal(text_at(l, 5), "container exited with 1");
    assert_string_equal(text_at(l, 6), "c5");
    assert_true(leeway_log_line(l, 4)->ours && leeway_log_line(l, 5)->ours);
    world_clear(&w);
}

static void a_stream_says_its_gap(void **state)
{
    struct world w;
    open_log(&w);
    fake_bytes(&w.fake, stream(&w), "2026-11-24T13:05:00Z one\n");
    fake_end(&w.fake, stream(&w), KUBE_END_BROKEN);
    world_pass(&w, 3000);
    const struct leeway_log *l = log_of(&w);
    assert_string_equal(text_at(l, 1), "the stream was lost for 1 s; it goes on");
    /* the container ends and begins anew */
    world_set(
        &w, POD,
        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"web\","
        "\"namespace\":\"n\"},\"spec\":{\"containers\":[{\"name\":\"app\"}]},\"status\":{"
        "\"containerStatuses\":[{\"name\":\"app\",\"restartCount\":1,\"state\":{\"running\":{}},"
        "\"lastState\":{\"terminated\":{\"exitCode\":137,\"reason\":\"OOMKilled\"}}}]}}");
    fake_end(&w.fake, stream(&w), KUBE_END_DONE);
    world_pass(&w, 1500);
    fake_bytes(&w.fake, stream(&w), "2026-11-24T13:05:09Z again\n");
    l = log_of(&w);
    assert_string_equal(text_at(l, 2), "container exited with 137, OOMKilled");
    assert_string_equal(text_at(l, 3), "container began anew, restart 1");
    assert_string_equal(text_at(l, 4), "again");
    world_clear(&w);
}

static void what_cannot_be_read_is_refused(void **state)
{
    static const char *const wrong[] = {
        "", "dev", "dev/n/pods", "dev//pods/x", "gone/n/pods/x", "/n/pods/x"};
    struct world w;
    world_init(&w);
    world_pass(&w, 3000);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        run(&w,
            (struct leeway_command){.kind = LEEWAY_CMD_LOG, .subjects = &wrong[i], .n_subjects = 1},
            5);
        assert_null(log_of(&w));
    }
    run(&w, (struct leeway_command){.kind = LEEWAY_CMD_LOG, .environment = "none"}, 5);
    assert_null(log_of(&w));
    /* what is there, but has no logs, says so in the log */
    const char *const map = "dev/n/configmaps/x";
    run(&w, (struct leeway_command){.kind = LEEWAY_CMD_LOG, .subjects = &map, .n_subjects = 1}, 5);
    world_pass(&w, 3000);
    assert_string_equal(text_at(log_of(&w), 0), "dev, x: nothing of this kind has logs");
    world_clear(&w);
}

RUN("pod_log", cmocka_unit_test(any_split_gives_the_same_lines),
    cmocka_unit_test(a_long_line_is_cut_and_counted), cmocka_unit_test(times_are_read),
    cmocka_unit_test(lines_come_and_go_on), cmocka_unit_test(hostile_bytes_are_text),
    cmocka_unit_test(the_newest_are_kept), cmocka_unit_test(what_is_not_there_says_why),
    cmocka_unit_test(pods_of_a_deployment_in_one_order), cmocka_unit_test(a_stream_says_its_gap),
    cmocka_unit_test(what_cannot_be_read_is_refused))
