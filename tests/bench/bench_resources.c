// SPDX-License-Identifier: Apache-2.0
/*
 * Resources with 10,000 rows: what a key costs until the frame is there to be sent, and what a
 * snapshot costs in which one row in a hundred changed. The 99th of 100.
 */
#include "../unit/story.h"
#include "../unit/story_table.h"

#include "app/app.h"
#include "app/requests.h"
#include "views/resources.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROWS 10000
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

int main(void)
{
    struct clock_fake clock;
    uint64_t number = 0;
    struct zone *zone = zone_utc();
    clock_fake_init(&clock, 1000000, STORY_NOW_MS);
    const struct app_options opt = {
        .clock = &clock.clock, .zone = zone, .rows = 50, .cols = 200, .fleet = "bench"};
    struct app *a = app_new(&opt);
    app_set_post(a, post, &number);
    app_open_screen(a, resources_screen(a));
    struct leeway_look *look = story_pods(1, ROWS, 40);
    struct leeway_snapshot *snap = with_look(NULL, look);
    app_set_snapshot(a, snap);
    app_data_changed(a);
    app_draw(a);
    bench_key(a, "resources.key_10000", "j");
    bench_key(a, "resources.page_10000", "PgDn");
    bench_key(a, "resources.columns_10000", "o");
    double took[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        struct leeway_look *next = story_pods_next(look, i);
        struct leeway_snapshot *old = snap;
        snap = with_look(old, next);
        clock_fake_advance(&clock, 5000); /* the order is not frozen */
        double from = now_ms();
        app_set_snapshot(a, snap);
        app_data_changed(a);
        app_draw(a);
        took[i] = now_ms() - from;
        leeway_snapshot_unref(old);
        leeway_look_unref(look);
        look = next;
    }
    say("resources.snapshot_1_percent_of_10000", took);
    bench_key(a, "resources.filter_letter_10000", "/"); /* the first opens the line, then letters */
    app_free(a);
    leeway_look_unref(look);
    leeway_snapshot_unref(snap);
    zone_free(zone);
    return 0;
}
