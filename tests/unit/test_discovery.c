// SPDX-License-Identifier: Apache-2.0
/*
 * Discovery of servers that do not aggregate it: old ones, and those behind something that does not
 * take its Accept header. What is known in the end is the same, asked for one group at a time.
 */
#include "kube_fake.h"

#include "kube/discovery.h"
#include "sim/sim_int.h"
#include "sim/types.h"

enum way { AGGREGATED, PLAIN, REFUSED_406, REFUSED_404 };

struct scene {
    struct fake f;
    struct sim sim;
    struct sim_cluster cluster;
    enum way way;
    const char *broken; /* a path that is answered with 503, or NULL */
    unsigned asked;
    struct kube_discovery *got;
    int code;
    bool done;
};

static void begin(struct scene *s, enum way way)
{
    memset(s, 0, sizeof(*s));
    fake_init(&s->f);
    s->way = way;
    s->sim = (struct sim){.clock = &s->f.clock.clock,
                          .types = sim_types_new(),
                          .seed = 1,
                          .speed_percent = 100,
                          .bare = true,
                          .clusters = &s->cluster,
                          .clusters_len = 1};
    s->cluster = (struct sim_cluster){.sim = &s->sim, .number = 7, .version = 100};
    snprintf(s->cluster.token, sizeof(s->cluster.token), "t");
    sim_fleet_name(&s->cluster, true);
}

static void end(struct scene *s)
{
    kube_discovery_unref(s->got);
    fake_clear(&s->f);
    sim_store_clear(&s->cluster);
    sim_types_free(s->sim.types);
}

static void on_discovery(void *ctx, const struct kube_discovery *d, const struct kube_error *error)
{
    struct scene *s = ctx;
    kube_discovery_unref(s->got);
    s->got = d ? kube_discovery_ref(d) : NULL;
    s->code = error->code;
    s->done = true;
}

static void answer(struct scene *s, struct kube_transfer *x)
{
    bool wants = strstr(x->accept, "as=APIGroupDiscoveryList") != NULL;
    struct sim_reply r = {0};
    const struct sim_request q = {.method = "GET",
                                  .target = x->path,
                                  .accept = s->way == AGGREGATED ? x->accept : "application/json",
                                  .authorization = "Bearer t",
                                  .body = ""};
    s->asked++;
    if (s->broken && strcmp(s->broken, x->path) == 0) {
        fake_answer(&s->f, x, 404, "404 page not found");
        return;
    }
    if (wants && (s->way == REFUSED_406 || s->way == REFUSED_404)) {
        fake_answer(&s->f, x, s->way == REFUSED_406 ? 406 : 404, "only application/json here");
        return;
    }
    sim_answer(&s->cluster, &q, &r);
    fake_answer(&s->f, x, r.status, buf_str(&r.body));
    sim_reply_clear(&r);
}

static void discover(struct scene *s)
{
    struct kube_discovery *old = s->got ? kube_discovery_ref(s->got) : NULL;
    s->done = false;
    s->asked = 0;
    kube_discovery_get(s->f.cluster, old, on_discovery, s);
    kube_discovery_unref(old);
    for (int i = 0; i < 1000 && !s->done; i++) {
        fake_pass(&s->f, 100);
        while (s->f.open)
            answer(s, s->f.open);
    }
    assert_true(s->done);
}

/* Everything of a is in b. */
static void same(const struct kube_discovery *a, const struct kube_discovery *b)
{
    assert_int_equal(kube_discovery_len(a), kube_discovery_len(b));
    for (size_t i = 0; i < kube_discovery_len(a); i++) {
        const struct kube_resource *r = kube_discovery_at(a, i);
        const struct kube_resource *o = kube_discovery_plural(b, r->group, r->version, r->plural);
        if (!o)
            fail_msg("%s.%s/%s is missing", r->plural, r->group, r->version);
        assert_string_equal(r->kind, o->kind);
        assert_int_equal(r->namespaced, o->namespaced);
        assert_int_equal(r->preferred, o->preferred);
        assert_int_equal(r->verbs, o->verbs);
        assert_int_equal(r->short_names.len, o->short_names.len);
        assert_int_equal(r->subresources_len, o->subresources_len);
    }
}

static void plain_discovery_says_the_same(void **state)
{
    (void)state;
    struct scene whole;
    begin(&whole, AGGREGATED);
    discover(&whole);
    assert_int_equal(whole.asked, 2);
    for (enum way way = PLAIN; way <= REFUSED_404; way++) {
        struct scene s;
        begin(&s, way);
        discover(&s);
        assert_int_equal(s.code, 0);
        assert_non_null(s.got);
        assert_true(s.asked > 2);
        same(whole.got, s.got);
        assert_false(kube_discovery_partial(s.got));
        discover(&s); /* and again: nothing says that it is unchanged */
        assert_true(s.asked > 2);
        same(whole.got, s.got);
        end(&s);
    }
    end(&whole);
}

/* What was known of a group that does not answer stays, and is marked. */
static void a_group_that_fails_keeps_what_was_known(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, REFUSED_406);
    discover(&s);
    size_t all = kube_discovery_len(s.got);
    s.broken = "/apis/apps/v1";
    discover(&s);
    assert_int_equal(s.code, 0);
    assert_true(kube_discovery_partial(s.got));
    assert_int_equal(kube_discovery_len(s.got), all);
    const struct kube_resource *r = kube_discovery_kind(s.got, "apps", NULL, "Deployment");
    assert_non_null(r);
    assert_true(r->stale);
    s.broken = NULL;
    discover(&s);
    assert_false(kube_discovery_partial(s.got));
    assert_false(kube_discovery_kind(s.got, "apps", NULL, "Deployment")->stale);
    end(&s);
}

/* Neither is there, however it is asked: no API server, or one that serves nothing. */
static void a_server_without_both_serves_nothing(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, REFUSED_404);
    s.cluster.token[0] = 'x'; /* and refuses what is asked plainly */
    discover(&s);
    assert_int_equal(s.code, ERR_AUTH);
    assert_null(s.got);
    end(&s);
}

RUN("discovery", cmocka_unit_test(plain_discovery_says_the_same),
    cmocka_unit_test(a_group_that_fails_keeps_what_was_known),
    cmocka_unit_test(a_server_without_both_serves_nothing))
