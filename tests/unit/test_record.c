// SPDX-License-Identifier: Apache-2.0
/* The release record: what comes back is what went in, and of nothing else it is believed. */
#include "unit.h"

#include "base/digest.h"
#include "data/json.h"
#include "engine/apply/applyset.h"
#include "engine/apply/record.h"
#include "engine/drift/given.h"

#include <stdio.h>
#include <string.h>

#define FLEET "f0000000-0000-4000-8000-000000000001"
#define ENV "e0000000-0000-4000-8000-000000000001"
#define EXCEPTION "c0000000-0000-4000-8000-000000000001"

static char key[] = "key";

static bool keyed(void *ctx, const void *bytes, size_t len, struct digest *out)
{
    const char *k = ctx;
    *out = digest_hmac_sha256(k, strlen(k), bytes, len);
    return true;
}

static const struct record_member members[] = {
    {.object = {"apps/v1", "Deployment", "shop", "web"},
     .uid = "u1",
     .contract = "{\"runtime\":[\"spec.replicas\"]}",
     .release = 7,
     .fields = {"{\"f:spec\":{\"f:replicas\":{}}}", 29},
     .leaves = {"v\0\1\2\3\4\5\6\7", 9}},
    {.object = {"apps/v1", "Deployment", "shop", "api"},
     .uid = "u2",
     .contract = "{\"runtime\":[\"spec.replicas\"]}",
     .release = 6,
     .fields = {"{\"f:spec\":{\"f:replicas\":{}}}", 29},
     .leaves = {"-", 1}},
    {.object = {"v1", "ConfigMap", "shop", "late"}, .uid = "", .contract = "", .release = 7},
};

static const struct store_exception exceptions[] = {
    {.uuid = EXCEPTION,
     .environment = ENV,
     .cluster = "k1",
     .object = {"apps/v1", "Deployment", "shop", "web"},
     .path = ".spec.replicas",
     .manager = "kubectl",
     .match = STORE_MATCH_VALUE,
     .matches = "3",
     .reason = "a sale",
     .who = {"{\"login\":\"ann\"}", 15},
     .created_wall_ms = 5,
     .expires_wall_ms = 9},
};

static struct record sample(void)
{
    struct record r = {.fleet = FLEET,
                       .environment = "shop",
                       .uuid = ENV,
                       .namespace_ = "shop",
                       .origin = "environments/shop.yaml",
                       .about = "{\"document\":\"{\\\"kind\\\":\\\"Environment\\\"}\"}",
                       .blueprint = true,
                       .created_ms = 1,
                       .expires_ms = 2,
                       .cluster = "k1",
                       .cluster_name = "blue",
                       .plan = "ab",
                       .plan_kind = "apply",
                       .subject = "web-app@1.4.0",
                       .content = "cd",
                       .rendered = "",
                       .release = 7,
                       .at_ms = 3,
                       .by = "ann",
                       .done = true,
                       .members = members,
                       .n_members = ARRAY_LEN(members),
                       .exceptions = exceptions,
                       .n_exceptions = 1,
                       .audit_rows = 41};
    memset(r.audit_head.b, 0xa5, sizeof(r.audit_head.b));
    return r;
}

/* Written with one key and read with another; the code. */
static int there_and_back(struct val_pool *p, const struct record *r, const char *with,
                          const char *by, struct record *back, enum record_proof *proof)
{
    struct buf packed;
    struct err e = ERR_INIT;
    buf_init(&packed, APPLYSET_RECORD_MAX);
    assert_int_equal(record_write(r, keyed, (void *)(uintptr_t)with, &packed, &e), 0);
    int rc = record_read(p, packed.data, packed.len, keyed, (void *)(uintptr_t)by, back, proof, &e);
    buf_clear(&packed);
    err_clear(&e);
    return rc;
}

static void comes_back(void **state)
{
    (void)state;
    struct val_pool p;
    struct record r = sample(), b;
    enum record_proof proof;
    val_pool_init(&p);
    assert_int_equal(there_and_back(&p, &r, "key", "key", &b, &proof), 0);
    assert_int_equal(proof, RECORD_PROVEN);
    assert_string_equal(b.fleet, FLEET);
    assert_string_equal(b.environment, "shop");
    assert_string_equal(b.uuid, ENV);
    assert_string_equal(b.about, r.about);
    assert_string_equal(b.cluster_name, "blue");
    assert_string_equal(b.subject, "web-app@1.4.0");
    assert_int_equal(b.release, 7);
    assert_true(b.done && b.blueprint);
    assert_int_equal(b.audit_rows, 41);
    assert_true(digest_equal(&b.audit_head, &r.audit_head));
    assert_int_equal(b.n_members, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(b.members[i].object.name, members[i].object.name);
        assert_string_equal(b.members[i].uid, members[i].uid);
        assert_string_equal(b.members[i].contract, members[i].contract);
        assert_int_equal(b.members[i].release, members[i].release);
        assert_int_equal(b.members[i].leaves.len, members[i].leaves.len);
        if (members[i].leaves.len)
            assert_memory_equal(b.members[i].leaves.data, members[i].leaves.data,
                                members[i].leaves.len);
    }
    assert_int_equal(b.n_exceptions, 1);
    assert_string_equal(b.exceptions[0].uuid, EXCEPTION);
    assert_string_equal(b.exceptions[0].matches, "3");
    assert_string_equal(b.exceptions[0].cluster, "k1");
    assert_int_equal(b.exceptions[0].expires_wall_ms, 9);
    val_pool_clear(&p);
}

/* The key was lost with the store: it is whole, and nobody can say more. */
static void of_another_key(void **state)
{
    (void)state;
    struct val_pool p;
    struct record r = sample(), b;
    enum record_proof proof;
    val_pool_init(&p);
    assert_int_equal(there_and_back(&p, &r, "key", "another", &b, &proof), 0);
    assert_int_equal(proof, RECORD_OTHER_KEY);
    val_pool_clear(&p);
}

/* What the record's own text is, unpacked. */
static char *text_of(const struct record *r)
{
    struct buf packed, text;
    struct err e = ERR_INIT;
    buf_init(&packed, APPLYSET_RECORD_MAX);
    buf_init(&text, BUF_LARGE);
    assert_int_equal(record_write(r, keyed, key, &packed, &e), 0);
    assert_int_equal(applyset_unpack(&text, packed.data, packed.len, &e), 0);
    buf_clear(&packed);
    return buf_take(&text);
}

static int read_text(const char *text, size_t len, struct err *e)
{
    struct val_pool p;
    struct buf packed;
    struct record b;
    enum record_proof proof;
    val_pool_init(&p);
    buf_init(&packed, APPLYSET_RECORD_MAX);
    assert_int_equal(applyset_pack(&packed, text, len), 0);
    int rc = record_read(&p, packed.data, packed.len, keyed, key, &b, &proof, e);
    buf_clear(&packed);
    val_pool_clear(&p);
    return rc;
}

static char *replaced(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    assert_non_null(at);
    return mem_printf("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

static void of_somebody_else(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new;
        int code;
    } cases[] = {
        {"\"release\":7,\"state\"", "\"release\":9,\"state\"", ERR_CORRUPT},
        {"a sale", "a fraud", ERR_CORRUPT},
        {"\"hmac\":\"", "\"hmac\":\"0", ERR_CORRUPT},
        {"\"sha256\"", "\"sha512\"", ERR_CORRUPT},
        {RECORD_FORMAT, "leeway.record/v2", ERR_UNSUPPORTED},
        {RECORD_FORMAT, "helm/v3", ERR_INVALID},
    };
    struct record r = sample();
    char *text = text_of(&r);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = ERR_INIT;
        char *other = replaced(text, cases[i].old, cases[i].new);
        assert_int_equal(read_text(other, strlen(other), &e), cases[i].code);
        assert_non_null(e.text);
        err_clear(&e);
        mem_free(other);
    }
    mem_free(text);
}

/* With a seal that fits, by somebody who can compute one without our key, but not with it. */
static void sealed_without_the_key(void **state)
{
    (void)state;
    struct record r = sample();
    struct val_pool p;
    struct buf packed;
    struct record b;
    enum record_proof proof;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    buf_init(&packed, APPLYSET_RECORD_MAX);
    r.environment = "other";
    assert_int_equal(record_write(&r, NULL, NULL, &packed, &e), 0);
    assert_int_equal(record_read(&p, packed.data, packed.len, keyed, key, &b, &proof, &e), 0);
    assert_int_equal(proof, RECORD_OTHER_KEY);
    buf_clear(&packed);
    val_pool_clear(&p);
}

static void hostile_bytes(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "null",
                                        "{\"format\":7}",
                                        "{\"format\":\"" RECORD_FORMAT "\"}",
                                        "{\"format\":\"" RECORD_FORMAT "\",\"record\":{},"
                                        "\"seal\":{}}"};
    struct val_pool p;
    struct record b;
    enum record_proof proof;
    struct buf packed, bomb;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct err why = ERR_INIT;
        assert_int_not_equal(read_text(texts[i], strlen(texts[i]), &why), 0);
        err_clear(&why);
    }
    /* what the first leeway wrote */
    struct err why = ERR_INIT;
    const char *old = "{\"environment\":\"shop\",\"release\":1,\"members\":[]}";
    assert_int_equal(read_text(old, strlen(old), &why), ERR_UNSUPPORTED);
    err_clear(&why);
    assert_int_equal(record_read(&p, "no gzip", 7, keyed, key, &b, &proof, &e), ERR_SYNTAX);
    err_clear(&e);
    assert_int_equal(record_read(&p, "", 0, keyed, key, &b, &proof, &e), ERR_SYNTAX);
    err_clear(&e);
    /* cut short, at every length */
    struct record r = sample();
    buf_init(&packed, APPLYSET_RECORD_MAX);
    assert_int_equal(record_write(&r, keyed, key, &packed, &e), 0);
    for (size_t n = 0; n < packed.len; n++) {
        assert_int_not_equal(record_read(&p, packed.data, n, keyed, key, &b, &proof, &e), 0);
        err_clear(&e);
    }
    buf_clear(&packed);
    /* 100 MiB in 100 KiB */
    buf_init(&packed, APPLYSET_RECORD_MAX);
    buf_init(&bomb, (size_t)101 << 20);
    memset(buf_reserve(&bomb, (size_t)100 << 20), ' ', (size_t)100 << 20);
    buf_commit(&bomb, (size_t)100 << 20);
    assert_int_equal(applyset_pack(&packed, bomb.data, bomb.len), 0);
    assert_int_equal(record_read(&p, packed.data, packed.len, keyed, key, &b, &proof, &e),
                     ERR_LIMIT);
    err_clear(&e);
    char *large = mem_zalloc(APPLYSET_RECORD_MAX + 1);
    assert_int_equal(record_read(&p, large, APPLYSET_RECORD_MAX + 1, keyed, key, &b, &proof, &e),
                     ERR_LIMIT);
    err_clear(&e);
    mem_free(large);
    buf_clear(&bomb);
    buf_clear(&packed);
    val_pool_clear(&p);
}

/* Noise does not compress: baselines go first, then members, and what is left says so. */
static void too_large(void **state)
{
    (void)state;
    enum { N = 4000, BYTES = 1024 };
    struct record_member *many = mem_zalloc(N * sizeof(*many));
    char *noise = mem_zalloc(N * BYTES);
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < N * BYTES; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        noise[i] = (char)x;
    }
    struct record r = sample(), b;
    enum record_proof proof;
    struct val_pool p;
    for (size_t i = 0; i < N; i++) {
        many[i] = members[0];
        many[i].leaves = (struct store_bytes){noise + i * BYTES, BYTES};
    }
    r.members = many;
    val_pool_init(&p);
    r.n_members = 100;
    assert_int_equal(there_and_back(&p, &r, "key", "key", &b, &proof), 0);
    assert_int_equal(b.left_out, 0);
    r.n_members = N;
    assert_int_equal(there_and_back(&p, &r, "key", "key", &b, &proof), 0);
    assert_int_equal(b.left_out, RECORD_NO_BASELINES);
    assert_int_equal(b.n_members, N);
    assert_int_equal(b.members[0].leaves.len, 0);
    for (size_t i = 0; i < N; i++)
        memcpy(many[i].body.b, noise + i * BYTES, sizeof(many[i].body.b));
    r.n_members = N;
    struct record_member *more = mem_reallocarray(NULL, 4 * N, sizeof(*more));
    for (size_t i = 0; i < (size_t)4 * N; i++) {
        more[i] = many[i % N];
        memcpy(more[i].body.b, noise + i * 32, sizeof(more[i].body.b));
    }
    r.members = more;
    r.n_members = (size_t)4 * N;
    assert_int_equal(there_and_back(&p, &r, "key", "key", &b, &proof), 0);
    assert_int_equal(b.left_out, RECORD_NO_BASELINES | RECORD_NO_MEMBERS);
    assert_int_equal(b.n_members, 0);
    assert_int_equal(b.n_exceptions, 1);
    assert_string_equal(b.about, r.about);
    mem_free(more);
    mem_free(many);
    mem_free(noise);
    val_pool_clear(&p);
}

static void no_baselines_of_ours(void **state)
{
    (void)state;
    static const struct store_bytes bad[] = {{"x", 1}, {"v1234567", 8}, {"--s", 3}};
    struct buf out;
    buf_init(&out, BUF_SMALL);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = ERR_INIT;
        assert_int_equal(given_unpack(bad[i].data, bad[i].len, false, &out, &e), ERR_CORRUPT);
        err_clear(&e);
        buf_reset(&out);
    }
    /* secrets' HMACs of a key that is lost are never compared */
    assert_int_equal(given_unpack("s12345678-", 10, true, &out, NULL), 0);
    assert_string_equal(buf_str(&out), "[{\"s\":\"0000000000000003\"},{}]");
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),           cmocka_unit_test(of_another_key),
        cmocka_unit_test(of_somebody_else),     cmocka_unit_test(sealed_without_the_key),
        cmocka_unit_test(hostile_bytes),        cmocka_unit_test(too_large),
        cmocka_unit_test(no_baselines_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
