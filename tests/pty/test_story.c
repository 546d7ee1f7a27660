// SPDX-License-Identifier: Apache-2.0
/*
 * The demo's story touches every screen: each is opened in a pseudo-terminal, as a person would,
 * and has what the story made of it. Applied is only on a protected cluster, where a name is typed.
 * Then the scenario in which nobody answers.
 */
#include "../unit/unit.h"
#include "pty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE 180000

static char folder[512], home[600], state[600], tmp[600], program[600], silence[600];

static int make_folder(void **unused)
{
    const char *base = getenv("TMPDIR"), *build = getenv("top_builddir");
    const char *source = getenv("top_srcdir");
    snprintf(folder, sizeof(folder), "%s/leeway-story-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder))
        return -1;
    snprintf(home, sizeof(home), "HOME=%s", folder);
    snprintf(state, sizeof(state), "XDG_STATE_HOME=%s", folder);
    snprintf(tmp, sizeof(tmp), "TMPDIR=%s", folder);
    snprintf(program, sizeof(program), "%s/leeway", build ? build : ".");
    snprintf(silence, sizeof(silence), "%s/doc/examples/scenarios/silence.yaml",
             source ? source : ".");
    return 0;
}

static int remove_folder(void **unused)
{
    char line[600];
    snprintf(line, sizeof(line), "rm -rf '%s'", folder);
    return system(line);
}

static void see(struct pty *p, const char *words)
{
    if (!pty_wait_text(p, words, DEADLINE))
        print_error("no \"%s\" on\n%s\n", words, pty_screen(p));
    assert_non_null(strstr(pty_screen(p), words));
}

static void do_then_see(struct pty *p, const char *keys, const char *words)
{
    pty_keys(p, keys);
    see(p, words);
}

static struct pty *begin(const char *scenario)
{
    const char *const env[] = {home, state, tmp, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    const char *const with[] = {program,  "demo", "--speed", "400", scenario ? "--scenario" : NULL,
                                scenario, NULL};
    return pty_spawn(40, 120, with, env);
}

static void end(struct pty *p)
{
    int status;
    pty_keys(p, "q");
    see(p, "Close leeway?");
    pty_keys(p, "\t\r");
    assert_true(pty_wait_exit(p, DEADLINE, &status));
    pty_free(p);
}

/* What only looks: keys, what the screen then has of the story, and what it no longer has. */
static const struct {
    const char *keys, *words, *gone;
} visits[] = {
    {"1", "prod-ap-1", NULL}, /* fleet: tiles, compact, heat map, tiles */
    {"_", "prod-ap-1", NULL},
    {"_", "folded", NULL},
    {"++", "us-east", NULL},
    {"?", "type to find", NULL},
    {"\033", "us-east", "type to find"},
    {"\x10", "Palette", NULL},
    {"shop-prod", "shop-prod", NULL},
    {"\033", "us-east", "Palette"},
    {"/prod-ap-1", "/prod-ap-1", NULL},
    {"\r\r", "[conditions]", NULL}, /* a cluster */
    {"2", "shop-prod", NULL},       /* environments */
    {"3", "you may launch", NULL},  /* catalog, and the form that launches */
    {"j", "A web service", NULL},
    {"p", "that fit", NULL},
    {"\033", "you may launch", "that fit"},
    {"5", "\xe2\x80\xba activity", NULL}, /* what runs */
    {"6", "\xe2\x80\xba history", NULL},  /* history */
    {"", "shop-prod r1", NULL},
    {"  =", "differences on", NULL}, /* two releases side by side */
    {"\033", "history", "differences on"},
    {"7", "shop-prod-web", NULL}, /* resources of several clusters */
    {":deploy\r", "resources \xe2\x80\xba deployments", NULL},
    {"/metrics-store dev-eu-1", "/metrics-store dev-eu-1", "shop-prod-web"},
    {"\r", "metrics-store", "keep the filter"},
    {"", "cluster     dev-eu-1", NULL}, /* the cursor is on it */
    {"y", "apiVersion: apps/v1", NULL}, /* an object as YAML, what else is said of it */
    {"\t", "Replicas", NULL},
    {"\033", "resources \xe2\x80\xba deployments", "apiVersion"},
    {"L", " INFO ", NULL}, /* logs of all its pods */
    {"\033", "resources \xe2\x80\xba deployments", " INFO "},
    {"e", "resources \xe2\x80\xba events", NULL},
    {"!", "by kubectl scale", NULL}, /* messages */
    {"4", "shop-prod-web", NULL},    /* drift: outliers, exceptions by their end */
    {"\t", "most have", NULL},
    {"", "stage-ap-1", NULL},
    {"\t", "[expiring", NULL},
    {"\t", "shop-prod-web", NULL}, /* one of it, accept, its detail, blame */
    {"/shop-prod", "drift /shop-prod", NULL},
    {"\r",
     "\xe2\x88\x86"
     "1 unexpected",
     "blog-dev"},
    {"K", "Accept drift", NULL},
    {"\033", "shop-prod-web", "Accept drift"},
    {"\r", "contract", NULL},
    {"b", "\xe2\x80\xba blame", NULL},
};

/* Back to what it was, on a cluster that is protected: the name is typed, and only then. */
static void give_back(struct pty *p)
{
    do_then_see(p, "4", "blog-dev-web");
    do_then_see(p, "/shop-prod", "drift /shop-prod");
    pty_keys(p, "\r");
    assert_true(pty_wait_no_text(p, "blog-dev", DEADLINE));
    do_then_see(p, "p", "[PROTECTED]");
    do_then_see(p, "a", "the name is not typed yet");
    do_then_see(p, "shop-prod", "Type the name");
    assert_true(pty_wait_no_text(p, "the name is not typed yet", DEADLINE));
    pty_keys(p, "\t\r");
    assert_true(pty_wait_no_text(p, "Type the name", DEADLINE));
    do_then_see(p, "5", "shop-prod r2");
}

static void the_story(void **unused)
{
    struct pty *p = begin(NULL);
    see(p, "us-east");
    for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
        do_then_see(p, visits[i].keys, visits[i].words);
        if (visits[i].gone)
            assert_true(pty_wait_no_text(p, visits[i].gone, DEADLINE));
    }
    give_back(p);
    end(p);
}

static void nobody_answers(void **unused)
{
    char cut[600], line[1400]; /* without its end: nobody comes back before it was seen */
    snprintf(cut, sizeof(cut), "%s/silence.yaml", folder);
    snprintf(line, sizeof(line), "grep -v 'repeat:\\|: false' '%s' >'%s'", silence, cut);
    assert_int_equal(system(line), 0);
    struct pty *p = begin(cut);
    see(p, "No cluster answers");
    end(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_story, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(nobody_answers, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
