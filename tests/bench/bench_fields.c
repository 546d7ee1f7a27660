// SPDX-License-Identifier: Apache-2.0
/* Field sets at work: a Deployment of six containers with twelve ports, twenty variables each. */
#include "base/clock.h"
#include "data/fieldset.h"
#include "data/json.h"

#include <stdio.h>
#include <stdlib.h>

#define CONTAINERS 6
#define PORTS 12
#define VARIABLES 20
#define MIN_MS 400

struct bench {
    struct val_pool pool; /* of the inputs */
    const struct val *object, *fields_v1;
    fieldset ours, theirs;
    struct fieldset_table *table;
};

static void container(struct buf *set, struct buf *object, int c)
{
    const char *comma = c ? "," : "";
    buf_printf(
        set,
        "%s\"k:{\\\"name\\\":\\\"c%d\\\"}\":{\".\":{},\"f:name\":{},\"f:image\":{},\"f:ports\":{",
        comma, c);
    buf_printf(object, "%s{\"name\":\"c%d\",\"image\":\"registry/app:%d\",\"ports\":[", comma, c,
               c);
    for (int i = 0; i < PORTS; i++) {
        buf_printf(set,
                   "%s\"k:{\\\"containerPort\\\":%d,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},"
                   "\"f:containerPort\":{}}",
                   i ? "," : "", 8000 + i);
        buf_printf(object, "%s{\"containerPort\":%d}", i ? "," : "", 8000 + i);
    }
    buf_puts(set, "},\"f:env\":{\".\":{}");
    buf_puts(object, "],\"env\":[");
    for (int i = 0; i < VARIABLES; i++) {
        buf_printf(
            set, ",\"k:{\\\"name\\\":\\\"VAR_%d\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}", i);
        buf_printf(object, "%s{\"name\":\"VAR_%d\",\"value\":\"value %d\"}", i ? "," : "", i, i);
    }
    buf_puts(set, "}}");
    buf_puts(object, "]}");
}

static const struct val *parse(struct val_pool *p, const struct buf *b)
{
    struct err e = ERR_INIT;
    const struct val *v = json_read(p, buf_str(b), b->len, NULL, &e);
    if (!v) {
        fprintf(stderr, "bench_fields: %s\n", e.text);
        exit(1);
    }
    return v;
}

static void setup(struct bench *b)
{
    struct buf set, object;
    buf_init(&set, BUF_LARGE);
    buf_init(&object, BUF_LARGE);
    val_pool_init(&b->pool);
    buf_puts(&set, "{\"f:spec\":{\"f:replicas\":{},\"f:template\":{\"f:spec\":{\"f:containers\":{");
    buf_puts(&object, "{\"spec\":{\"replicas\":3,\"template\":{\"spec\":{\"containers\":[");
    for (int c = 0; c < CONTAINERS; c++)
        container(&set, &object, c);
    buf_puts(&set, "}}}}}");
    buf_puts(&object, "]}}}}");
    b->fields_v1 = parse(&b->pool, &set);
    b->object = parse(&b->pool, &object);
    b->ours = fieldset_read(&b->pool, b->fields_v1, NULL);
    buf_reset(&set);
    buf_puts(&set,
             "{\"f:metadata\":{\"f:labels\":{\".\":{},\"f:a\":{}}},\"f:spec\":{\"f:replicas\":{},"
             "\"f:template\":{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"c3\\\"}\":{"
             "\"f:image\":{}}}}}}}");
    b->theirs = fieldset_read(&b->pool, parse(&b->pool, &set), NULL);
    b->table = fieldset_table_new();
    buf_clear(&set);
    buf_clear(&object);
}

static int leaf(void *ctx, const struct fieldset_leaf *l)
{
    *(size_t *)ctx += l->value != NULL;
    return 0;
}

typedef size_t work_fn(struct bench *b, struct val_pool *p);

static size_t do_read(struct bench *b, struct val_pool *p)
{
    return fieldset_read(p, b->fields_v1, NULL)->n;
}

static size_t do_write(struct bench *b, struct val_pool *p)
{
    return fieldset_write(p, b->ours)->len;
}

static size_t do_union(struct bench *b, struct val_pool *p)
{
    return fieldset_union(p, b->ours, b->theirs)->n;
}

static size_t do_difference(struct bench *b, struct val_pool *p)
{
    return fieldset_recursive_difference(p, b->ours, b->theirs)->n;
}

static size_t do_walk(struct bench *b, struct val_pool *p)
{
    size_t n = 0;
    fieldset_walk(b->ours, b->object, leaf, &n);
    return n;
}

static size_t do_intern(struct bench *b, struct val_pool *p)
{
    uint32_t id;
    return fieldset_table_intern(b->table, b->ours, &id)->n;
}

static const struct {
    const char *name;
    work_fn *fn;
} works[] = {
    {"fields read", do_read},   {"fields write", do_write},
    {"fields union", do_union}, {"fields recursive difference", do_difference},
    {"fields walk", do_walk},   {"fields intern", do_intern},
};

int main(void)
{
    struct bench b = {0};
    setup(&b);
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        struct val_pool p;
        val_pool_init(&p);
        size_t rounds = 0, sum = 0;
        int64_t from = clock_boot_ms(clock_system()), ms;
        do {
            for (int k = 0; k < 50; k++, rounds++) {
                sum += works[i].fn(&b, &p);
                val_pool_reset(&p);
            }
            ms = clock_boot_ms(clock_system()) - from;
        } while (ms < MIN_MS);
        if (!sum)
            return 1;
        printf("%s\t%.0f\tobjects/s\t-\t-\t-\n", works[i].name, (double)rounds * 1000 / (double)ms);
        val_pool_clear(&p);
    }
    printf("fields of the object\t%zu\tfields\t-\t-\t-\n", fieldset_size(b.ours));
    fieldset_table_free(b.table);
    val_pool_clear(&b.pool);
    return 0;
}
