// SPDX-License-Identifier: Apache-2.0
/* What answers mean, and discovery documents: pure functions over what servers and proxies say. */
#include "base/mem.h"
#include "kube/discovery.h"
#include "kube/status.h"
#include "kube/write.h"
#include "unit.h"

#include <stdlib.h>

#define S(code, reason, message, more)                                                             \
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"" message     \
    "\",\"reason\":\"" reason "\"" more ",\"code\":" #code "}"
#define CAUSE(reason, message)                                                                     \
    ",\"details\":{\"causes\":[{\"reason\":\"" reason "\",\"message\":\"" message                  \
    "\",\"field\":\".f\"}]}"
#define NAMED(kind, name) ",\"details\":{\"name\":\"" name "\",\"kind\":\"" kind "\"}"

static const struct {
    const char *method;
    int status;
    const char *body;
    bool collection;
    int code;
    enum kube_fate fate;
    enum kube_why why;
} cases[] = {
#define T KUBE_FATE_TRANSIENT
#define P KUBE_FATE_PERMANENT
#define U KUBE_FATE_UNKNOWN
    {"GET", 200, "", 0, ERR_NONE, KUBE_FATE_OK, KUBE_WHY_NONE},
    {"GET", 302, "", 0, ERR_PROTOCOL, P, KUBE_WHY_NONE},
    {"PATCH", 400, S(400, "BadRequest", "strict decoding error: unknown field x", ""), 0,
     ERR_INVALID, P, KUBE_WHY_UNKNOWN_FIELD},
    {"GET", 401, "<html>", 0, ERR_AUTH, P, KUBE_WHY_NONE},
    {"GET", 403, S(403, "Forbidden", "no", ""), 0, ERR_FORBIDDEN, P, KUBE_WHY_NONE},
    {"POST", 403, S(403, "Forbidden", "x", CAUSE("NamespaceTerminating", "y")), 0, ERR_FORBIDDEN, T,
     KUBE_WHY_NAMESPACE_TERMINATING},
    {"POST", 403, S(403, "Forbidden", "exceeded quota: q", ""), 0, ERR_FORBIDDEN, P,
     KUBE_WHY_QUOTA},
    {"GET", 404, "404 page not found\n", 0, ERR_NOT_FOUND, P, KUBE_WHY_KIND_UNSERVED},
    {"GET", 404, S(404, "NotFound", "x", NAMED("pods", "x")), 0, ERR_NOT_FOUND, P,
     KUBE_WHY_OBJECT_MISSING},
    {"POST", 404, S(404, "NotFound", "x", NAMED("namespaces", "x")), 0, ERR_NOT_FOUND, P,
     KUBE_WHY_NAMESPACE_MISSING},
    {"GET", 404, S(404, "NotFound", "the server could not find the requested resource", ""), 1,
     ERR_NOT_FOUND, P, KUBE_WHY_KIND_UNSERVED},
    {"POST", 409, S(409, "AlreadyExists", "x", ""), 0, ERR_EXISTS, P, KUBE_WHY_EXISTS},
    {"PATCH", 409, S(409, "Conflict", "x", CAUSE("FieldManagerConflict", "c")), 0, ERR_CONFLICT, P,
     KUBE_WHY_FIELD_CONFLICT},
    {"PUT", 409, S(409, "Conflict", "the object has been modified; please", ""), 0, ERR_MOVED, P,
     KUBE_WHY_VERSION_CONFLICT},
    {"PATCH", 409, S(409, "Conflict", "uid mismatch: the provided", ""), 0, ERR_MOVED, P,
     KUBE_WHY_UID_CONFLICT},
    {"GET", 410, S(410, "Expired", "x", ""), 1, ERR_STALE, T, KUBE_WHY_EXPIRED},
    {"PATCH", 413, "", 0, ERR_LIMIT, P, KUBE_WHY_NONE},
    {"PATCH", 415, "", 0, ERR_UNSUPPORTED, P, KUBE_WHY_NONE},
    {"PATCH", 422, S(422, "Invalid", "x", CAUSE("FieldValueInvalid", "field is immutable")), 0,
     ERR_INVALID, P, KUBE_WHY_IMMUTABLE},
    {"PATCH", 429, "Too many requests, please try again later.", 0, ERR_THROTTLED, T,
     KUBE_WHY_NONE},
    {"PATCH", 500, S(500, "", "failed to create typed patch object (n/x)", ""), 0, ERR_INVALID, P,
     KUBE_WHY_TYPED},
    {"PATCH", 500, S(500, "InternalError", "failed calling webhook \\\"w\\\"", ""), 0, ERR_SERVER,
     T, KUBE_WHY_WEBHOOK},
    {"PATCH", 500, S(500, "InternalError", "etcdserver: request timed out", ""), 0,
     ERR_UNKNOWN_OUTCOME, U, KUBE_WHY_NONE},
    {"GET", 500, S(500, "InternalError", "etcdserver: request timed out", ""), 0, ERR_SERVER, T,
     KUBE_WHY_NONE},
    {"PATCH", 500, "<html><title>oops</title>", 0, ERR_UNKNOWN_OUTCOME, U, KUBE_WHY_NONE},
    {"PATCH", 502, "<html>", 0, ERR_UNKNOWN_OUTCOME, U, KUBE_WHY_NONE},
    {"GET", 502, "<html>", 0, ERR_SERVER, T, KUBE_WHY_NONE},
    {"PATCH", 503, S(503, "ServiceUnavailable", "x", ""), 0, ERR_SERVER, T, KUBE_WHY_NONE},
    {"GET", 503,
     S(503, "ServiceUnavailable",
       "the request has been made before all known HTTP paths have been installed", ""),
     0, ERR_SERVER, T, KUBE_WHY_STARTING},
    {"GET", 504, S(504, "Timeout", "x", CAUSE("ResourceVersionTooLarge", "y")), 1, ERR_SERVER, T,
     KUBE_WHY_VERSION_TOO_LARGE},
    {"PATCH", 504, S(504, "Timeout", "x", ""), 0, ERR_UNKNOWN_OUTCOME, U, KUBE_WHY_NONE},
    {"GET", 504, "", 0, ERR_TIMEOUT, T, KUBE_WHY_NONE},
    {"GET", 418, "", 0, ERR_PROTOCOL, P, KUBE_WHY_NONE},
    {"GET", 599, "{\"kind\":\"Sta", 0, ERR_SERVER, T, KUBE_WHY_NONE},
};

static void classifies(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct kube_error e;
        kube_error_init(&e);
        const struct kube_answer a = {.method = cases[i].method,
                                      .status = cases[i].status,
                                      .body = cases[i].body,
                                      .len = strlen(cases[i].body),
                                      .is_collection = cases[i].collection};
        kube_error_from_answer(&e, &a);
        if (e.code != cases[i].code || e.fate != cases[i].fate || e.why != cases[i].why)
            fail_msg("case %zu: %s %d: %s %s %s", i, a.method, a.status, err_word(e.code),
                     kube_fate_word(e.fate), kube_why_word(e.why));
        if (e.code)
            assert_true(e.text[0]);
        kube_error_clear(&e);
    }
}

static void texts_of_strangers(void **state)
{
    struct kube_error e, copy;
    kube_error_init(&e);
    kube_error_init(&copy);
    const char *html = "<html><head><title>Bad\nGateway</title>";
    struct kube_answer a = {.method = "GET",
                            .status = 502,
                            .content_type = "text/html",
                            .body = html,
                            .len = strlen(html),
                            .retry_after = "7"};
    kube_error_from_answer(&e, &a);
    assert_string_equal(e.text, "HTTP 502: bad gateway (Bad Gateway)");
    assert_int_equal(e.retry_after_ms, 7000);
    kube_error_copy(&copy, &e);
    kube_error_clear(&e);
    assert_string_equal(copy.text, "HTTP 502: bad gateway (Bad Gateway)");
    /* One endless line. */
    size_t len = 8 << 20;
    char *line = mem_alloc(len);
    memset(line, '{', len);
    a.body = line;
    a.len = len;
    a.content_type = "application/json";
    kube_error_from_answer(&e, &a);
    assert_int_equal(e.code, ERR_SERVER);
    a.content_type = "text/plain";
    kube_error_from_answer(&e, &a);
    assert_true(strlen(e.text) < 400);
    mem_free(line);
    kube_error_clear(&e);
    kube_error_clear(&copy);
}

static void retry_after(void **state)
{
    assert_int_equal(kube_retry_after_ms("32", 0), 32000);
    assert_int_equal(kube_retry_after_ms("99999999999999999999", 0), 3600000);
    assert_int_equal(kube_retry_after_ms("soon", 0), -1);
    assert_int_equal(kube_retry_after_ms("Tue, 14 Nov 2023 22:13:30 GMT", 1700000000000), 10000);
    assert_int_equal(kube_retry_after_ms("Tue, 14 Nov 2023 22:13:00 GMT", 1700000000000), 0);
}

static void on_warning(void *ctx, const char *text, size_t len)
{
    strcat(ctx, text);
    strcat(ctx, "|");
}

static void warnings(void **state)
{
    static const struct {
        const char *in, *out;
    } all[] = {
        {"299 - \"a \\\"b\\\" \\\\ c\"", "a \"b\" \\ c|"},
        {"299 kube \"a\", 299 - \"b\" \"Sun, 06 Nov 1994 08:49:37 GMT\", 299 - \"c\"", "a|b|c|"},
        {"199 - \"old\"", ""},
        {"299 - \"cut", ""},
        {"299", ""},
        {"", ""},
        {"nonsense", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        char out[256] = "";
        kube_parse_warning(all[i].in, strlen(all[i].in), on_warning, out);
        assert_string_equal(out, all[i].out);
    }
}

static void conflicts(void **state)
{
    static const struct {
        const char *message, *manager, *operation, *version, *sub;
    } all[] = {
        {"conflict with \"kubectl-edit\" using apps/v1", "kubectl-edit", "Update", "apps/v1", ""},
        {"conflict with \"x\" with subresource \"scale\" using apps/v1 at 2026-01-01T00:00:00Z",
         "x", "Update", "apps/v1", "scale"},
        {"conflict with \"a \\\"b\\\"\"", "a \"b\"", "Apply", "", ""},
        {"something new", "", "Apply", "", ""},
        {"conflict with \"cut", "", "Apply", "", ""},
    };
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        const struct kube_cause cause = {"FieldManagerConflict", all[i].message, ".spec.replicas"};
        struct kube_conflict c;
        assert_true(kube_parse_conflict(&a, &cause, &c));
        assert_string_equal(c.manager, all[i].manager);
        assert_string_equal(c.operation, all[i].operation);
        assert_string_equal(c.api_version, all[i].version);
        assert_string_equal(c.subresource, all[i].sub);
        assert_string_equal(c.field, ".spec.replicas");
    }
    const struct kube_cause other = {"FieldValueInvalid", "", ""};
    struct kube_conflict c;
    assert_false(kube_parse_conflict(&a, &other, &c));
    arena_clear(&a);
}

static const char core[] =
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"\"},\"versions\":[{"
    "\"version\":\"v1\",\"freshness\":\"Current\",\"resources\":[{\"resource\":\"pods\","
    "\"responseKind\":{\"kind\":\"Pod\"},\"scope\":\"Namespaced\",\"singularResource\":\"pod\","
    "\"verbs\":[\"get\",\"list\",\"watch\"],\"shortNames\":[\"po\"],\"categories\":[\"all\"],"
    "\"subresources\":[{\"subresource\":\"log\",\"verbs\":[\"get\"]}]}]}]}]}";
#define GROUP(fresh, resources)                                                                    \
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"x.io\"},"            \
    "\"versions\":[{\"version\":\"v1\",\"freshness\":\"" fresh "\",\"resources\":[" resources      \
    "]}]}]}"
#define THING                                                                                      \
    "{\"resource\":\"things\",\"responseKind\":{\"kind\":\"Thing\"},\"scope\":\"Cluster\"}"

static void discovers(void **state)
{
    static const char fresh[] = GROUP("Current", THING), stale[] = GROUP("Stale", "");
    const struct kube_discovery_part parts[] = {{core, sizeof(core) - 1},
                                                {fresh, sizeof(fresh) - 1}};
    struct kube_discovery *d = kube_discovery_parse(parts, 2, NULL, NULL);
    assert_non_null(d);
    const struct kube_resource *pod = kube_discovery_word(d, "PO", NULL);
    assert_true(pod && pod->namespaced && pod->verbs == 7 && pod->preferred);
    assert_ptr_equal(pod, kube_discovery_api_kind(d, "v1", "Pod"));
    assert_ptr_equal(pod, kube_discovery_plural(d, "", "v1", "pods"));
    assert_true(kube_resource_has_subresource(pod, "log"));
    assert_non_null(kube_discovery_word(d, "things.x.io", NULL));
    assert_non_null(kube_discovery_word(d, "thing.v1.x.io", NULL));
    assert_null(kube_discovery_word(d, "things.y.io", NULL));
    assert_false(kube_discovery_partial(d));
    /* The server behind the group is down: what was known stays, and is marked. */
    const struct kube_discovery_part later[] = {{core, sizeof(core) - 1},
                                                {stale, sizeof(stale) - 1}};
    struct kube_discovery *d2 = kube_discovery_parse(later, 2, d, NULL);
    kube_discovery_unref(d);
    const struct kube_resource *thing = kube_discovery_kind(d2, "x.io", NULL, "Thing");
    assert_true(thing && thing->stale && kube_discovery_partial(d2));
    bool is_stale;
    assert_true(kube_discovery_has_group(d2, "x.io", NULL, &is_stale) && is_stale);
    kube_discovery_unref(d2);
    struct err e = ERR_INIT;
    const struct kube_discovery_part bad = {"{\"kind\":\"Pod\"}", 14};
    assert_null(kube_discovery_parse(&bad, 1, NULL, &e));
    assert_int_equal(e.code, ERR_PROTOCOL);
    err_clear(&e);
}

static void paths(void **state)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    assert_int_equal(kube_path(&b, "apps", "v1", "deployments", "n", "a/../b", "scale"), 0);
    assert_string_equal(buf_str(&b), "/apis/apps/v1/namespaces/n/deployments/a%2F..%2Fb/scale");
    buf_reset(&b);
    assert_int_equal(kube_path(&b, "", "v1", "nodes", NULL, "..", NULL), 0);
    assert_string_equal(buf_str(&b), "/api/v1/nodes/%2E%2E");
    buf_reset(&b);
    kube_query_add(&b, "labelSelector", "a=b,c in (d)");
    kube_query_add(&b, "limit", "5");
    assert_string_equal(buf_str(&b), "labelSelector=a%3Db%2Cc%20in%20%28d%29&limit=5");
    buf_clear(&b);
}

static void checks(void **state)
{
    static const char text[] =
        "[+]ping ok\n[-]etcd failed: reason withheld\n[+]x excluded: ok\nrest\n[";
    struct kube_check out[8];
    struct arena a;
    arena_init(&a);
    assert_int_equal(kube_parse_checks(&a, text, sizeof(text) - 1, out, 8), 3);
    assert_true(out[0].ok && !out[1].ok && out[2].excluded);
    assert_string_equal(out[1].name, "etcd");
    assert_string_equal(out[1].text, "failed: reason withheld");
    arena_clear(&a);
}

RUN("answers", cmocka_unit_test(classifies), cmocka_unit_test(texts_of_strangers),
    cmocka_unit_test(retry_after), cmocka_unit_test(warnings), cmocka_unit_test(conflicts),
    cmocka_unit_test(discovers), cmocka_unit_test(paths), cmocka_unit_test(checks))
