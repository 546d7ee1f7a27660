// SPDX-License-Identifier: Apache-2.0
/*
 * The fleet of 10,000 clusters: what a key costs until the frame is there to be sent, in each
 * density, and what a snapshot costs in which one in a hundred changed. The 95th of 100.
 */
#include "../unit/story.h"

#include "app/app.h"
#include "base/mem.h"
#include "views/screens.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CLUSTERS 10000
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
    printf("%s\t%.3f\tms\t-\t-\t-\n", name, took[ROUNDS * 95 / 100]);
}

static void key(struct app *a, const char *name)
{
    struct event ev = {.type = EVENT_KEY};
    if (key_parse(name, &ev.key))
        app_event(a, &ev);
}

struct shown {
    struct app *app;
    struct canvas *before;
};

static void run_of_cells(void *ctx, int row, int col, int cols)
{
}

static void paint(struct shown *s)
{
    const struct canvas *c = app_draw(s->app);
    canvas_diff(s->before, c, run_of_cells, NULL);
    canvas_copy(s->before, c);
}

static void bench_key(struct shown *s, const char *name, const char *pressed)
{
    double took[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double from = now_ms();
        key(s->app, pressed);
        paint(s);
        took[i] = now_ms() - from;
    }
    say(name, took);
}

/* The same fleet, in which every hundredth row is new. */
static struct leeway_snapshot *next(struct leeway_snapshot *s, int round)
{
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(s, STORY_NOW_MS + round);
    for (size_t i = (size_t)round % 100; i < leeway_clusters(s); i += 100) {
        struct leeway_cluster c = *leeway_cluster_at(s, i);
        c.state = c.state == LEEWAY_OK ? LEEWAY_DEGRADED : LEEWAY_OK;
        c.reason = c.state == LEEWAY_OK ? TEXT_NONE : TEXT("5 of 6 nodes ready");
        c.version_of_row++;
        leeway_snapshot_put_cluster(b, i, &c);
    }
    return leeway_snapshot_seal(b);
}

static void bench_snapshot(struct shown *s, struct clock_fake *clock, struct leeway_snapshot **snap)
{
    double took[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        struct leeway_snapshot *old = *snap;
        *snap = next(old, i);
        clock_fake_advance(clock, 5000); /* the order is not frozen */
        double from = now_ms();
        app_set_snapshot(s->app, *snap);
        app_data_changed(s->app);
        paint(s);
        took[i] = now_ms() - from;
        leeway_snapshot_unref(old);
    }
    say("ui.snapshot_1_percent_of_10000", took);
}

int main(void)
{
    struct clock_fake clock;
    struct zone *zone = zone_utc();
    struct leeway_snapshot *snap = story_large(CLUSTERS, 13);
    clock_fake_init(&clock, 1000000, STORY_NOW_MS);
    const struct app_options opt = {
        .clock = &clock.clock, .zone = zone, .rows = 50, .cols = 200, .fleet = "bench"};
    struct shown s = {app_new(&opt), canvas_new(50, 200, FACE_UNICODE)};
    app_set_snapshot(s.app, snap);
    screens_register(s.app);
    app_open_fixed(s.app, CMD_FLEET);
    paint(&s);
    bench_key(&s, "ui.key_heat_10000", "j");
    key(s.app, "+");
    bench_key(&s, "ui.key_compact_10000", "j");
    bench_key(&s, "ui.page_compact_10000", "PgDn");
    key(s.app, "+");
    bench_key(&s, "ui.key_tiles_10000", "j");
    bench_key(&s, "ui.regroup_10000", "o");
    key(s.app, "/");
    bench_key(&s, "ui.filter_key_10000", "s");
    key(s.app, "Esc");
    key(s.app, "Esc");
    bench_snapshot(&s, &clock, &snap);
    app_free(s.app);
    canvas_free(s.before);
    zone_free(zone);
    leeway_snapshot_unref(snap);
    return 0;
}
