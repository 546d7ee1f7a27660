// SPDX-License-Identifier: Apache-2.0
/*
 * Resources with 10,000 rows, and with 500,000 of 10,000 clusters: what a key costs until the frame
 * is there to be sent, what a snapshot costs in which rows changed, and a key pressed then. The
 * 99th of 100.
 */
#include "../unit/story.h"
#include "../unit/story_table.h"

#include "app/app.h"
#include "app/requests.h"
#include "base/mem.h"
#include "views/resources.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 100

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void say(const char *name, double *took)
{
    qsort(took, ROUNDS, sizeof(*took), compare);
    printf("%s\t%.3f\tms\t-\t-\t-\n", name, took[ROUNDS * 99 / 100]);
}

static uint64_t post(void *ctx, const struct leeway_command *c, struct err *e)
{
    return ++*(uint64_t *)ctx;
}

static struct leeway_snapshot *with_look(struct leeway_snapshot *old, struct leeway_look *l)
{
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(old, STORY_NOW_MS);
    leeway_snapshot_put_look(b, l);
    return leeway_snapshot_seal(b);
}

static void bench_key(struct app *a, const char *name, const char *pressed)
{
    double took[ROUNDS];
    struct event ev = {.type = EVENT_KEY};
    if (!key_parse(pressed, &ev.key))
        return;
    for (int i = 0; i < ROUNDS; i++) {
        double from = now_ms();
        app_event(a, &ev);
        app_draw(a);
        took[i] = now_ms() - from;
    }
    say(name, took);
}

struct size {
    const char *name;
    size_t clusters, rows, every; /* one row of so many changes in a snapshot */
};

/* A fleet's table. The larger one is all that a console has to bear: a snapshot every 50 ms holds
 * 1,000 events a second. */
static const struct size sizes[] = {{"10000", 40, 10000, 100}, {"500000", 10000, 500000, 10000}};

static void bench(const struct size *z)
{
    char name[64];
    struct clock_fake clock;
    uint64_t number = 0;
    struct zone *zone = zone_utc();
    clock_fake_init(&clock, 1000000, STORY_NOW_MS);
    const struct app_options opt = {
        .clock = &clock.clock, .zone = zone, .rows = 50, .cols = 200, .fleet = "bench"};
    struct app *a = app_new(&opt);
    app_set_post(a, post, &number);
    app_open_screen(a, resources_screen(a));
    struct leeway_look *look = story_pods(1, z->rows, z->clusters);
    struct leeway_snapshot *fleet = story_large(z->clusters, 13), *snap = with_look(fleet, look);
    leeway_snapshot_unref(fleet);
    app_set_snapshot(a, snap);
    app_data_changed(a);
    app_draw(a);
    static const struct {
        const char *what, *key;
    } keys[] = {{"key", "j"}, {"page", "PgDn"}, {"columns", "o"}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        snprintf(name, sizeof(name), "resources.%s_%s", keys[i].what, z->name);
        bench_key(a, name, keys[i].key);
    }
    double took[ROUNDS], pressed[ROUNDS];
    struct event down = {.type = EVENT_KEY};
    if (!key_parse("j", &down.key))
        return;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct leeway_look *next = story_pods_next(look, i, z->every);
        struct leeway_snapshot *old = snap;
        snap = with_look(old, next);
        clock_fake_advance(&clock, 5000); /* the order is not frozen */
        double from = now_ms();
        app_set_snapshot(a, snap);
        app_data_changed(a);
        app_draw(a);
        took[i] = now_ms() - from;
        from = now_ms();
        app_event(a, &down);
        app_draw(a);
        pressed[i] = now_ms() - from;
        leeway_snapshot_unref(old);
        leeway_look_unref(look);
        look = next;
    }
    snprintf(name, sizeof(name), "resources.snapshot_of_%s", z->name);
    say(name, took);
    snprintf(name, sizeof(name), "resources.key_while_%s_change", z->name);
    say(name, pressed);
    snprintf(name, sizeof(name), "resources.filter_letter_%s", z->name);
    bench_key(a, name, "/"); /* the first opens the line, then letters */
    app_free(a);
    leeway_look_unref(look);
    leeway_snapshot_unref(snap);
    zone_free(zone);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        bench(&sizes[i]);
    return 0;
}
