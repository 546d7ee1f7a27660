// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void buf_keeps_its_maximum(void **state)
{
    struct buf b;
    buf_init(&b, 10);
    assert_int_equal(buf_puts(&b, "0123456789"), 0);
    assert_int_equal(buf_putc(&b, 'x'), ERR_LIMIT);
    assert_true(b.over);
    assert_string_equal(buf_str(&b), "0123456789");
    buf_drop(&b, 4);
    assert_string_equal(buf_str(&b), "456789");
    buf_reset(&b);
    assert_int_equal(buf_printf(&b, "%s-%d", "abc", 42), 0);
    assert_string_equal(buf_str(&b), "abc-42");
    assert_int_equal(buf_printf(&b, "%300d", 1), ERR_LIMIT);
    buf_clear(&b);
}

static void arena_takes_what_was_reserved_into_one_block(void **state)
{
    struct arena a;
    arena_init(&a);
    arena_reserve(&a, 3, 1 + 17 + 5000);
    const struct arena_block *block = a.head;
    const char *end = a.end;
    arena_alloc(&a, 1);
    arena_alloc(&a, 17);
    arena_alloc(&a, 5000);
    assert_ptr_equal(a.head, block);
    assert_true(end - a.at < 64); /* and little is left over */
    arena_clear(&a);
}

static void arena_stops_at_its_limit(void **state)
{
    struct arena a;
    arena_init_limited(&a, 4096);
    size_t n = 0;
    while (arena_alloc(&a, 64))
        n++;
    assert_int_equal(n, 64);
    assert_null(arena_array(&a, SIZE_MAX / 2, 8));
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, 4000));
    arena_clear(&a);
}

static void first_error_wins(void **state)
{
    struct err e = ERR_INIT;
    assert_int_equal(err_set(&e, ERR_SYNTAX, "bad %d", 1), ERR_SYNTAX);
    assert_int_equal(err_set(&e, ERR_IO, "later"), ERR_SYNTAX);
    err_at(&e, "x.yaml", 3, 7);
    err_hint(&e, "put a colon there");
    err_prefix(&e, "spec");
    char *s = err_format(&e);
    assert_string_equal(s, "x.yaml:3:7: spec: bad 1 (put a colon there)");
    free(s);
    err_clear(&e);
    assert_int_equal(e.code, 0);
    assert_string_equal(err_word(ERR_FORBIDDEN), "forbidden");
}

/* Test vector of the SipHash paper: key 00..0f, message 00..0e. */
static void siphash_is_siphash(void **state)
{
    unsigned char m[15];
    for (unsigned i = 0; i < sizeof(m); i++)
        m[i] = (unsigned char)i;
    struct hash_key k = {0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
    assert_true(hash_bytes(&k, m, sizeof(m)) == 0xa129ca6149be45e5ULL);
}

static void strmap_finds_what_it_holds(void **state)
{
    struct strmap m = {0};
    static int values[1000];
    char key[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        assert_null(strmap_set(&m, key, &values[i]));
    }
    for (int i = 0; i < 1000; i += 2) {
        snprintf(key, sizeof(key), "k%d", i);
        assert_ptr_equal(strmap_remove(&m, key), &values[i]);
    }
    assert_int_equal(m.count, 500);
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        assert_ptr_equal(strmap_get(&m, key), i % 2 ? &values[i] : NULL);
    }
    size_t at = 0, n = 0;
    const struct strmap_entry *e;
    while ((e = strmap_next(&m, &at)))
        assert_ptr_equal(e->value, &values[1 + 2 * n++]);
    assert_int_equal(n, 500);
    strmap_clear(&m);
}

static void base64_round_trips(void **state)
{
    static const struct {
        const char *plain, *coded;
    } cases[] = {{"", ""},
                 {"f", "Zg=="},
                 {"fo", "Zm8="},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="},
                 {"fooba", "Zm9vYmE="},
                 {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf b;
        buf_init(&b, 100);
        assert_int_equal(base64_encode(&b, cases[i].plain, strlen(cases[i].plain)), 0);
        assert_string_equal(buf_str(&b), cases[i].coded);
        buf_reset(&b);
        assert_int_equal(base64_decode(&b, cases[i].coded, strlen(cases[i].coded)), 0);
        assert_string_equal(buf_str(&b), cases[i].plain);
        buf_clear(&b);
    }
    static const char *const bad[] = {"Z", "Zg=", "Zg", "Zg==x", "Zm9v=", "Z*==", "===="};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf b;
        buf_init(&b, 100);
        assert_int_equal(base64_decode(&b, bad[i], strlen(bad[i])), ERR_SYNTAX);
        buf_clear(&b);
    }
}

static void sha256_is_sha256(void **state)
{
    char hex[DIGEST_HEX_LEN + 1];
    struct digest d = digest_sha256("abc", 3), back;
    digest_hex(&d, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(digest_parse_hex(hex, 64, &back), 0);
    assert_true(digest_equal(&d, &back));
    struct digest_ctx *c = digest_begin();
    digest_update(c, "a", 1);
    digest_update(c, "bc", 2);
    back = digest_end(c);
    assert_true(digest_equal(&d, &back));
}

static void times_read_and_write(void **state)
{
    int64_t ms;
    int32_t nanos;
    const char *s = "2026-11-24T14:02:07.123456+01:00";
    assert_int_equal(clock_parse_rfc3339(s, strlen(s), &ms, &nanos), 0);
    assert_true(ms == 1795525327123LL);
    assert_int_equal(nanos, 456000);
    char out[CLOCK_RFC3339_LEN];
    clock_format_rfc3339(ms, out);
    assert_string_equal(out, "2026-11-24T13:02:07Z");
    static const char *const bad[] = {"2026-02-29T00:00:00Z",  "2026-11-24 00:00:00Z",
                                      "2026-11-24T24:00:00Z",  "2026-11-24T00:00:00",
                                      "2026-11-24T00:00:00.Z", "2026-11-24T00:00:00+0100"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(clock_parse_rfc3339(bad[i], strlen(bad[i]), &ms, NULL), ERR_SYNTAX);
}

static void spans_read_and_write(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
        const char *as;
    } good[] = {
        {"72h", 259200000, "3d"}, {"14d", 1209600000, "14d"}, {"1d12h30m", 131400000, "1d12h30m"},
        {"0s", 0, "0s"},          {"90s", 90000, "1m30s"},    {"36525d", 3155760000000, "36525d"}};
    static const char *const bad[] = {
        "", "h", "3", "3 d", "-3d", "3w", "3D", "1.5h", "36526d", "3dh", "99999999999999999999s"};
    char out[CLOCK_SPAN_LEN];
    int64_t ms;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_int_equal(clock_parse_span(good[i].text, &ms), 0);
        assert_true(ms == good[i].ms);
        clock_format_span(ms, out);
        assert_string_equal(out, good[i].as);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(clock_parse_span(bad[i], &ms), ERR_SYNTAX);
    clock_format_span(1, out); /* up to the next second */
    assert_string_equal(out, "1s");
}

/* Whether this C library's allocator is what hands out memory here. */
static bool own_allocator(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
    return false;
#else
    const char *before = getenv("LD_PRELOAD");
    return !before || !*before; /* valgrind has its own there */
#endif
}

static size_t anonymous_kib(void)
{
    char line[256];
    size_t kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "RssAnon: %zu", &kib) == 1)
            break;
    if (f)
        fclose(f);
    return kib;
}

/* Blocks that were used for a moment, each with something small above it that stays. */
static void free_memory_goes_back(void **state)
{
    enum { N = 256, BLOCK = 64 * 1024 };
    static char *blocks[N], *stay[N];
    for (size_t i = 0; i < N; i++) {
        blocks[i] = mem_alloc(BLOCK);
        memset(blocks[i], 1, BLOCK);
        stay[i] = mem_strdup("stays");
    }
    size_t before = anonymous_kib(), half = (size_t)N * BLOCK / 1024 / 2;
    for (size_t i = 0; i < N; i++)
        mem_free(blocks[i]);
    mem_trim();
    if (own_allocator())
        assert_in_range(anonymous_kib(), 0, before - half);
    for (size_t i = 0; i < N; i++)
        mem_free(stay[i]);
}

RUN("base", cmocka_unit_test(free_memory_goes_back), cmocka_unit_test(buf_keeps_its_maximum),
    cmocka_unit_test(arena_stops_at_its_limit),
    cmocka_unit_test(arena_takes_what_was_reserved_into_one_block),
    cmocka_unit_test(first_error_wins), cmocka_unit_test(siphash_is_siphash),
    cmocka_unit_test(strmap_finds_what_it_holds), cmocka_unit_test(base64_round_trips),
    cmocka_unit_test(sha256_is_sha256), cmocka_unit_test(times_read_and_write),
    cmocka_unit_test(spans_read_and_write))
