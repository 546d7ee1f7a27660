// SPDX-License-Identifier: Apache-2.0
/* The API's structs over the control socket: no member is forgotten, all come back, lies do not. */
#include "unit.h"

#include "base/mem.h"
#include "data/json.h"
#include "engine/beside/follow_look.h"
#include "engine/beside/serve_int.h"
#include "engine/beside/wire_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    size_t size, align;
} kinds[] = {
    [WIRE_TEXT] = {sizeof(struct text), _Alignof(struct text)},
    [WIRE_STRING] = {sizeof(char *), _Alignof(char *)},
    [WIRE_I32] = {4, 4},
    [WIRE_U32] = {4, 4},
    [WIRE_I64] = {8, 8},
    [WIRE_U64] = {8, 8},
    [WIRE_BOOL] = {sizeof(bool), _Alignof(bool)},
    [WIRE_ENUM] = {4, 4},
    [WIRE_NUMBERS] = {4, 4}, /* times its length */
    [WIRE_STRUCT] = {0, 8},  /* of its type */
    [WIRE_LIST] = {sizeof(void *), _Alignof(void *)},
    [WIRE_TEXTS] = {sizeof(void *), _Alignof(void *)},
    [WIRE_STRINGS] = {sizeof(void *), _Alignof(void *)},
    [WIRE_IDS] = {sizeof(void *), _Alignof(void *)},
};

static bool has_count(enum wire_kind k)
{
    return k >= WIRE_LIST;
}

/* Each member begins where the one before ends, but for what its alignment asks. */
static void no_member_is_missing(void **state)
{
    (void)state;
    for (size_t i = 0; wire_types[i]; i++) {
        const struct wire_type *t = wire_types[i];
        size_t end = 0, widest = 1;
        for (size_t k = 0; k < t->n_fields; k++) {
            const struct wire_field *f = &t->fields[k];
            size_t size = f->kind == WIRE_STRUCT    ? f->of->size
                          : f->kind == WIRE_NUMBERS ? 4u * f->count
                                                    : kinds[f->kind].size;
            size_t align = kinds[f->kind].align;
            size_t expected = (end + align - 1) / align * align;
            if (f->at != expected)
                fail_msg("%s: a member before %s is missing in wire_types.c", t->name, f->name);
            end = f->at + size;
            if (has_count(f->kind)) {
                assert_int_equal(f->count, end);
                end += sizeof(size_t);
            }
            widest = align > widest ? align : widest;
        }
        if ((end + widest - 1) / widest * widest != t->size)
            fail_msg("%s: a member at its end is missing in wire_types.c", t->name);
    }
}

/* Fills every member with something that is not zero. */
static void fill(struct arena *a, const struct wire_type *t, void *out, unsigned *n)
{
    for (size_t k = 0; k < t->n_fields; k++) {
        const struct wire_field *f = &t->fields[k];
        char *at = (char *)out + f->at;
        size_t two = 2;
        void *items;
        *n += 1;
        switch (f->kind) {
        case WIRE_TEXT:
            *(struct text *)(void *)at = text_fmt(a, "text %u", *n);
            break;
        case WIRE_STRING:
            *(const char **)(void *)at = arena_printf(a, "string %u", *n);
            break;
        case WIRE_I32:
            *(int32_t *)(void *)at = -(int32_t)*n;
            break;
        case WIRE_U32:
            *(uint32_t *)(void *)at = 0xfffffff0u + *n % 8;
            break;
        case WIRE_ENUM:
            *(uint32_t *)(void *)at = f->count - 1;
            break;
        case WIRE_I64:
            *(int64_t *)(void *)at = -1;
            break;
        case WIRE_U64:
            *(uint64_t *)(void *)at = UINT64_MAX - *n;
            break;
        case WIRE_BOOL:
            *(bool *)at = true;
            break;
        case WIRE_NUMBERS:
            for (size_t i = 0; i < f->count; i++)
                ((int32_t *)(void *)at)[i] = (int32_t)(*n + i);
            break;
        case WIRE_STRUCT:
            fill(a, f->of, at, n);
            break;
        case WIRE_LIST:
            items = arena_array(a, two, f->of->size);
            memset(items, 0, two * f->of->size);
            fill(a, f->of, items, n);
            fill(a, f->of, (char *)items + f->of->size, n);
            memcpy(at, &items, sizeof(items));
            break;
        case WIRE_TEXTS:
            items = arena_array(a, two, sizeof(struct text));
            ((struct text *)items)[0] = text_fmt(a, "one of %u", *n);
            ((struct text *)items)[1] = TEXT_NONE;
            memcpy(at, &items, sizeof(items));
            break;
        case WIRE_STRINGS:
            items = arena_array(a, two, sizeof(char *));
            ((const char **)items)[0] = "first";
            ((const char **)items)[1] = "";
            memcpy(at, &items, sizeof(items));
            break;
        case WIRE_IDS:
            items = arena_array(a, two, sizeof(uint64_t));
            ((uint64_t *)items)[0] = UINT64_MAX;
            ((uint64_t *)items)[1] = 7;
            memcpy(at, &items, sizeof(items));
            break;
        }
        if (has_count(f->kind))
            memcpy((char *)out + f->count, &two, sizeof(two));
    }
}

static char *as_json(const struct wire_type *t, const void *p)
{
    struct val_pool pool;
    struct buf out;
    val_pool_init(&pool);
    buf_init(&out, 1 << 20);
    struct val_builder *b = val_builder_new(&pool, 32);
    wire_write(b, t, p);
    assert_int_equal(json_write(&out, val_builder_finish(b), JSON_COMPACT), 0);
    val_builder_free(b);
    val_pool_clear(&pool);
    return buf_take(&out);
}

static void everything_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; wire_types[i]; i++) {
        const struct wire_type *t = wire_types[i];
        struct arena a;
        struct val_pool pool;
        struct err e = ERR_INIT;
        unsigned n = 0;
        arena_init(&a);
        val_pool_init(&pool);
        void *one = arena_alloc(&a, t->size), *other = arena_alloc(&a, t->size);
        memset(one, 0, t->size);
        fill(&a, t, one, &n);
        char *sent = as_json(t, one);
        const struct val *v = json_read(&pool, sent, strlen(sent), NULL, &e);
        assert_non_null(v);
        assert_int_equal(wire_read(&a, t, v, other, &e), 0);
        char *again = as_json(t, other);
        assert_string_equal(sent, again);
        mem_free(sent);
        mem_free(again);
        val_pool_clear(&pool);
        arena_clear(&a);
    }
}

static int read_as(const struct wire_type *t, const char *json, struct err *e)
{
    struct arena a;
    struct val_pool pool;
    arena_init(&a);
    val_pool_init(&pool);
    void *out = arena_alloc(&a, t->size);
    const struct val *v = json_read(&pool, json, strlen(json), NULL, e);
    assert_non_null(v);
    int rc = wire_read(&a, t, v, out, e);
    val_pool_clear(&pool);
    arena_clear(&a);
    return rc;
}

static void lies_are_refused(void **state)
{
    (void)state;
    static const char *const lies[] = {
        "{\"state\":9000}",
        "{\"state\":-1}",
        "{\"name\":7}",
        "{\"labels\":{}}",
        "{\"labels\":[7]}",
        "{\"nodes\":99999999999}",
        "{\"drift\":[1]}",
        "{\"settled\":2}",
        "{\"cost\":[]}",
        "{\"id\":\"1\"}",
        "[]",
        "{\"node_rows\":[{\"ready\":[]}]}",
        "{\"cost\":{\"watches\":-1}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
        struct err e = ERR_INIT;
        if (read_as(&wire_cluster, lies[i], &e) != ERR_PROTOCOL)
            fail_msg("taken for true: %s", lies[i]);
        err_clear(&e);
    }
    struct err e = ERR_INIT;
    assert_int_equal(read_as(&wire_cluster, "{}", &e), 0);
    assert_int_equal(read_as(&wire_cluster, "{\"name\":\"a\\u001b[2Jb\",\"what\":1}", &e), 0);
    assert_int_equal(read_as(&wire_command, "{\"paths\":[null]}", &e), ERR_PROTOCOL);
    err_clear(&e);
}

static void texts_are_cleaned_again(void **state)
{
    (void)state;
    struct arena a;
    struct val_pool pool;
    struct err e = ERR_INIT;
    struct leeway_label label;
    static const char json[] = "{\"key\":\"a\\u001b[2Jb\"}";
    arena_init(&a);
    val_pool_init(&pool);
    const struct val *v = json_read(&pool, json, strlen(json), NULL, &e);
    assert_int_equal(wire_read(&a, wire_types[0], v, &label, &e), 0);
    assert_string_equal(label.key.str, "a^[[2Jb");
    assert_string_equal(label.value.str, "");
    val_pool_clear(&pool);
    arena_clear(&a);
}

static void half_an_answer_is_none(void **state)
{
    (void)state;
    static const char *const halves[] = {
        "{}",
        "{\"event\":{\"kind\":1}}", /* a plan without a plan */
        "{\"event\":{\"kind\":2}}",
        "{\"event\":{\"kind\":3}}",
        "{\"event\":{\"kind\":5}}",
        "{\"event\":{\"kind\":6,\"text\":\"x\"},\"argv\":[]}",
        "{\"event\":{\"kind\":1},\"plan\":{\"rows\":7}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
        struct val_pool pool;
        struct err e = ERR_INIT;
        val_pool_init(&pool);
        const struct val *v = json_read(&pool, halves[i], strlen(halves[i]), NULL, &e);
        assert_null(wire_read_event(v, NULL, 0, &e));
        assert_int_equal(e.code, ERR_PROTOCOL);
        err_clear(&e);
        val_pool_clear(&pool);
    }
}

/* One console that looks at a table (request 7 of its socket, command 40 of its own) and a log (8
 * and 41); entries as JSON, one a line. The code of the first that is refused. */
static int entries(struct follow_looks *f, struct leeway_snapshot **s, const char *lines)
{
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(*s, 1);
    struct arena scratch;
    struct err e = ERR_INIT;
    arena_init(&scratch);
    for (const char *end; *lines && !e.code; lines = end + (*end == '\n')) {
        struct val_pool pool;
        end = strchrnul(lines, '\n');
        val_pool_init(&pool);
        const struct val *v = json_read(&pool, lines, (size_t)(end - lines), NULL, &e);
        assert_non_null(v);
        if (follow_looks_entry(f, &scratch, v, &e))
            assert_int_not_equal(e.code, 0);
        arena_reset(&scratch);
        val_pool_clear(&pool);
    }
    if (!e.code && follow_looks_put(f, b, &e))
        assert_int_not_equal(e.code, 0);
    int code = e.code;
    leeway_snapshot_unref(*s);
    *s = leeway_snapshot_seal(b);
    arena_clear(&scratch);
    err_clear(&e);
    return code;
}

static struct follow_looks *looking(void)
{
    struct follow_looks *f = follow_looks_new();
    struct engine_command table = {.c = {.kind = LEEWAY_CMD_LOOK, .object_kind = "pods"}},
                          log = {.c = {.kind = LEEWAY_CMD_LOG, .name = "web"}};
    table.request = 40;
    log.request = 41;
    follow_looks_asked(f, &table, 7);
    follow_looks_asked(f, &log, 8);
    return f;
}

static const char *name_at(const struct leeway_snapshot *s, size_t i)
{
    const struct leeway_look *l = leeway_look_by_id(s, 40);
    assert_non_null(l);
    assert_true(i < l->n_rows);
    return leeway_look_row(l, i)->name.str;
}

static void tables_and_logs_grow(void **state)
{
    struct follow_looks *f = looking();
    struct leeway_snapshot *s = NULL;
    assert_int_equal(entries(f, &s,
                             "{\"l\":7,\"new\":true,\"look\":{\"kind\":\"Pod\",\"n_rows\":2}}\n"
                             "{\"l\":7,\"i\":0,\"row\":{\"id\":1,\"name\":\"a\"}}\n"
                             "{\"l\":7,\"i\":1,\"row\":{\"id\":2,\"name\":\"b\"}}\n"
                             "{\"l\":8,\"new\":true,\"log\":{\"pod\":\"web\"}}\n"
                             "{\"l\":8,\"line\":{\"number\":1,\"text\":\"first\"}}"),
                     0);
    assert_string_equal(name_at(s, 1), "b");
    assert_int_equal(leeway_log_by_id(s, 41)->n_lines, 1);
    /* only what differs comes; a row that went takes the last one's number */
    assert_int_equal(entries(f, &s,
                             "{\"l\":7,\"look\":{\"n_rows\":3}}\n"
                             "{\"l\":7,\"i\":0,\"row\":{\"id\":3,\"name\":\"c\"}}\n"
                             "{\"l\":7,\"i\":2,\"row\":{\"id\":4,\"name\":\"d\"}}\n"
                             "{\"l\":8,\"drop\":0,\"log\":{}}\n"
                             "{\"l\":8,\"line\":{\"number\":2,\"text\":\"second\"}}"),
                     0);
    assert_string_equal(name_at(s, 0), "c");
    assert_string_equal(name_at(s, 1), "b");
    assert_string_equal(name_at(s, 2), "d");
    const struct leeway_log *log = leeway_log_by_id(s, 41);
    assert_int_equal(log->n_lines, 2);
    assert_string_equal(leeway_log_line(log, 1)->text.str, "second");
    assert_int_equal(entries(f, &s, "{\"l\":7,\"look\":{\"n_rows\":1}}"), 0);
    assert_int_equal(leeway_look_by_id(s, 40)->n_rows, 1);
    /* what is ended goes from the snapshot; what still comes of it goes nowhere */
    assert_int_equal(follow_looks_ended(f, 40), 7);
    assert_int_equal(follow_looks_ended(f, 40), 0);
    assert_int_equal(entries(f, &s, "{\"l\":7,\"look\":{\"n_rows\":0}}"), 0);
    assert_null(leeway_look_by_id(s, 40));
    assert_non_null(leeway_log_by_id(s, 41));
    leeway_snapshot_unref(s);
    follow_looks_free(f, NULL);
}

static void half_a_table_is_none(void **state)
{
    static const char *const lies[] = {
        "{\"l\":7,\"i\":0,\"row\":{}}",                                    /* of no table */
        "{\"l\":8,\"line\":{\"number\":1}}",                               /* of no log */
        "{\"l\":7,\"new\":true,\"look\":{\"n_rows\":2}}",                  /* without its rows */
        "{\"l\":7,\"look\":{\"n_rows\":1}}",                               /* likewise */
        "{\"l\":7,\"new\":true,\"look\":{\"n_rows\":9999999999}}",         /* more than there are */
        "{\"l\":7,\"look\":{\"n_rows\":3}}\n{\"l\":7,\"i\":1,\"row\":{}}", /* one left out */
        "{\"l\":7,\"look\":{\"n_rows\":1}}\n{\"l\":7,\"i\":1,\"row\":{}}", /* beyond its end */
        "{\"l\":7,\"look\":{\"n_rows\":1}}\n{\"l\":7,\"i\":-1,\"row\":{}}",
        "{\"l\":7,\"look\":{\"n_rows\":1}}\n{\"l\":7,\"line\":{}}",
        "{\"l\":8,\"new\":true,\"log\":{}}\n{\"l\":8,\"drop\":64,\"log\":{}}", /* of none */
        "{\"l\":8,\"new\":true,\"log\":{}}\n{\"l\":8,\"drop\":7,\"log\":{}}",
        "{\"l\":7,\"look\":{\"columns\":7}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
        struct follow_looks *f = looking();
        struct leeway_snapshot *s = NULL;
        int code = entries(f, &s, lies[i]);
        if (code != ERR_PROTOCOL && code != ERR_LIMIT)
            fail_msg("taken for true: %s", lies[i]);
        assert_null(leeway_look_by_id(s, 40));
        leeway_snapshot_unref(s);
        follow_looks_free(f, NULL);
    }
}

/* A table is never more than a guest can take at once: the first rows, whole. */
static void a_large_table_is_cut(void **state)
{
    struct leeway_row row = {.id = 1, .name = TEXT("a")};
    const struct leeway_look head = {.id = 1, .n_rows = 100};
    struct leeway_look_builder *b = leeway_look_builder_new(NULL, &head);
    for (size_t i = 0; i < head.n_rows; i++)
        leeway_look_put(b, i, &row);
    struct leeway_look *l = leeway_look_seal(b);
    assert_int_equal(serve_look_fits(l, 1 << 20), 100);
    size_t some = serve_look_fits(l, 10000);
    assert_true(some > 5 && some < 95);
    assert_int_equal(serve_look_fits(l, 0), 0);
    leeway_look_unref(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_member_is_missing),   cmocka_unit_test(everything_comes_back),
        cmocka_unit_test(lies_are_refused),       cmocka_unit_test(texts_are_cleaned_again),
        cmocka_unit_test(half_an_answer_is_none), cmocka_unit_test(tables_and_logs_grow),
        cmocka_unit_test(half_a_table_is_none),   cmocka_unit_test(a_large_table_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
