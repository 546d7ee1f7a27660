// SPDX-License-Identifier: Apache-2.0
/*
 * The tour as a newcomer goes through it, in a pseudo-terminal: every step of ui/tour.def is played
 * in the guided demo, what it leads to is waited for, and the guide's row has to go on with it. The
 * screens that the guide shows are compared with doc/guide/tour.md, or with GENERATE=1 written
 * there.
 *
 * With LEEWAY_TOUR_FLEET, a folder with a leeway.yaml, the same steps are played in the console
 * itself on the clusters that it names (tests/real/tour.sh): no guide, no page. LEEWAY_TOUR_ASIDE
 * is then what happens beside the console: `ASIDE do STEP` when the step's keys were pressed,
 * `ASIDE see STEP` when the screen has what it leads to; a status but 0 fails the step.
 */
#include "../unit/unit.h"
#include "pty.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE 40000
#define REAL_DEADLINE 180000 /* pods start, namespaces end */
#define ROWS 31              /* with the guide's row */
#define COLS 100
#define DRIFT_MS 5000 /* a second, and a slow machine */

static const struct step {
    const char *id, *keys, *see, *say;
    bool shown; /* in the guide */
} steps[] = {
#define STEP(id, keys, see, say) {#id, keys, see, say, false},
#define SHOW(id, keys, see, say) {#id, keys, see, say, true},
#include "../../ui/tour.def"
#undef STEP
#undef SHOW
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static char folder[512], home[600], state[600], tmp[600], program[PATH_MAX];
static const char *real_fleet, *aside; /* NULL: the demo */
static int deadline = DEADLINE;

static int make_folder(void **unused)
{
    const char *base = getenv("TMPDIR"), *build = getenv("top_builddir");
    char path[600];
    real_fleet = getenv("LEEWAY_TOUR_FLEET");
    aside = real_fleet ? getenv("LEEWAY_TOUR_ASIDE") : NULL;
    deadline = real_fleet ? REAL_DEADLINE : DEADLINE;
    snprintf(folder, sizeof(folder), "%s/leeway-tour-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder))
        return -1;
    snprintf(home, sizeof(home), "HOME=%s", folder);
    snprintf(state, sizeof(state), "XDG_STATE_HOME=%s", folder);
    snprintf(tmp, sizeof(tmp), "TMPDIR=%s", folder);
    snprintf(path, sizeof(path), "%s/leeway", build ? build : ".");
    return realpath(path, program) && (!real_fleet || chdir(real_fleet) == 0) ? 0 : -1;
}

static int remove_folder(void **unused)
{
    char line[600];
    snprintf(line, sizeof(line), "rm -rf '%s'", folder);
    return system(line);
}

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The screen without the guide's row, and that row. */
static const char *split(struct pty *p, char **guide)
{
    char *screen = (char *)(uintptr_t)pty_screen(p), *last = screen;
    for (char *s = screen; *s; s++)
        if (*s == '\n' && s[1])
            last = s + 1;
    if (guide)
        *guide = last;
    if (last > screen)
        last[-1] = '\0';
    return screen;
}

static bool is_there(struct pty *p, const void *arg)
{
    const struct step *s = arg;
    char words[256], *at = NULL;
    const char *screen = split(p, NULL);
    snprintf(words, sizeof(words), "%s", s->see);
    for (char *w = strtok_r(words, "|", &at); w; w = strtok_r(NULL, "|", &at))
        if (!strstr(screen, w))
            return false;
    return true;
}

/* The guide's row has gone on to this number. */
static bool guide_is_at(struct pty *p, const void *arg)
{
    char number[32], *guide;
    snprintf(number, sizeof(number), " %zu/%zu ", *(const size_t *)arg, STEPS);
    split(p, &guide);
    return strncmp(guide, number, strlen(number)) == 0;
}

/* ---- doc/guide/tour.md ---- */

#define PAGE_MAX (256 * 1024)
#define ALIKE 80 /* lines of a hundred: times, names of pods and who ran it differ */

static char page[PAGE_MAX];

static const char *page_path(void)
{
    static char path[600];
    const char *src = getenv("top_srcdir");
    snprintf(path, sizeof(path), "%s/doc/guide/tour.md", src ? src : ".");
    return path;
}

/* Lines without what differs each time, one after the other, ended by \n; the number of them. */
static size_t shape(const char *screen, char *out, size_t room)
{
    size_t n = 0, at = 0;
    while (*screen) {
        const char *end = strchrnul(screen, '\n'), *to = end;
        while (to > screen && to[-1] == ' ')
            to--;
        size_t len = (size_t)(to - screen), blank = 0;
        if (at + len + 2 > room)
            break;
        for (size_t i = 0; i < len; i++) { /* widths differ with the numbers, too */
            char c = isdigit((unsigned char)screen[i]) ? '0' : screen[i];
            if ((c == '0' && at && out[at - 1] == '0') || (c == ' ' && at && out[at - 1] == ' '))
                continue;
            out[at++] = c;
            blank += c != ' ';
        }
        if (blank) {
            out[at++] = '\n';
            n++;
        }
        screen = end + (*end == '\n');
    }
    out[at] = '\0';
    return n;
}

static void compare(const struct step *s, const char *screen)
{
    static char mine[32 * 1024], theirs[32 * 1024], block[32 * 1024];
    char head[128];
    size_t same = 0;
    snprintf(head, sizeof(head), "%s\n\n```text\n", s->say);
    const char *from = strstr(page, head), *end = from ? strstr(from + strlen(head), "```") : NULL;
    if (!end)
        fail_msg("doc/guide/tour.md does not show %s; GENERATE=1 makes it", s->id);
    from += strlen(head);
    snprintf(block, sizeof(block), "%.*s", (int)(end - from), from);
    size_t n = shape(block, theirs, sizeof(theirs));
    shape(screen, mine + 1, sizeof(mine) - 1);
    mine[0] = '\n';
    char *at = NULL, line[1024];
    for (char *l = strtok_r(theirs, "\n", &at); l; l = strtok_r(NULL, "\n", &at)) {
        snprintf(line, sizeof(line), "\n%s\n", l);
        same += strstr(mine, line) != NULL;
    }
    if (same * 100 < n * ALIKE)
        fail_msg("%s: %zu of %zu lines are as in doc/guide/tour.md; GENERATE=1 makes it anew\n%s",
                 s->id, same, n, screen);
}

static void write_screen(FILE *f, const char *screen)
{
    fputs("\n```text\n", f);
    for (size_t blank = 0; *screen;) {
        const char *end = strchrnul(screen, '\n'), *to = end;
        while (to > screen && to[-1] == ' ')
            to--;
        blank = to == screen ? blank + 1 : 0;
        if (blank < 3) /* the page needs not be as high as the terminal */
            fprintf(f, "%.*s\n", (int)(to - screen), screen);
        screen = end + (*end == '\n');
    }
    fputs("```\n", f);
}

static void show(FILE *f, const struct step *s, size_t number, struct pty *p)
{
    if (f)
        fprintf(f, "\n%zu. %s\n", number, s->say);
    if (!s->shown)
        return;
    pty_quiet(p, 300);
    if (f)
        write_screen(f, split(p, NULL));
    else
        compare(s, split(p, NULL));
}

static void read_page(void)
{
    FILE *f = fopen(page_path(), "r");
    if (!f)
        fail_msg("no %s: make it with GENERATE=1", page_path());
    page[fread(page, 1, PAGE_MAX - 1, f)] = '\0';
    fclose(f);
}

static FILE *begin_page(void)
{
    if (!getenv("GENERATE")) {
        read_page();
        return NULL;
    }
    FILE *f = fopen(page_path(), "w");
    assert_non_null(f);
    fputs("<!-- SPDX-License-Identifier: Apache-2.0 -->\n# The tour\n\n"
          "What `leeway demo --guide` leads through, on a fleet that is simulated in the program "
          "itself; the last\n"
          "row says what to press, and `Ctrl-G` skips a step or ends it. Made by "
          "`tests/pty/test_tour.c` from\n"
          "`ui/tour.def`, which plays it.\n",
          f);
    return f;
}

/* ---- playing ---- */

/* What people and clusters do beside the console. */
static void beside(const char *when, const struct step *s)
{
    char line[PATH_MAX + 64];
    snprintf(line, sizeof(line), "'%s' %s %s", aside ? aside : "", when, s->id);
    fflush(stdout);
    if (aside && system(line))
        fail_msg("%s %s failed", when, s->id);
}

/* Since somebody began to make the change, and since that had come back. */
static void was_it_soon(int64_t begun, int64_t made)
{
    int64_t now = now_ms();
    if (real_fleet)
        printf(
            "# the drift was on the screen %lld ms after kubectl began, %lld ms after it ended\n",
            (long long)(now - begun), (long long)(now - made));
    else if (now - begun > DRIFT_MS)
        fail_msg("the drift was seen after %lld ms", (long long)(now - begun));
}

static void play(struct pty *p, FILE *f, size_t i)
{
    const struct step *s = &steps[i];
    size_t next = i + 2 <= STEPS ? i + 2 : STEPS;
    bool drift = strcmp(s->id, "drift") == 0;
    pty_keys(p, s->keys);
    if (aside && drift) /* its view first: what is measured is the change's way there */
        assert_true(pty_wait_text(p, "\xe2\x80\xba drift", deadline));
    int64_t begun = now_ms();
    beside("do", s);
    int64_t made = now_ms();
    if (!pty_until(p, is_there, s, deadline)) {
        fprintf(stderr, "%s: no \"%s\" on\n%s\n", s->id, s->see, pty_screen(p));
        fail();
    }
    if (drift)
        was_it_soon(begun, made);
    beside("see", s);
    if (real_fleet)
        return;
    if (!pty_until(p, guide_is_at, &next, deadline)) {
        fprintf(stderr, "%s: the guide does not go on:\n%s\n", s->id, pty_screen(p));
        fail();
    }
    show(f, s, i + 1, p);
}

static struct pty *start(void)
{
    const char *const env[] = {home, state, tmp, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    const char *const demo[] = {program, "demo", "--guide", NULL}, *const console[] = {program,
                                                                                       NULL};
    return real_fleet ? pty_spawn(ROWS - 1, COLS, console, env) : pty_spawn(ROWS, COLS, demo, env);
}

static void the_tour(void **unused)
{
    int status;
    FILE *f = real_fleet ? NULL : begin_page();
    struct pty *p = start();
    for (size_t i = 0; i < STEPS; i++)
        play(p, f, i);
    if (f)
        fclose(f);
    pty_keys(p, "1");
    assert_true(pty_wait_text(p, "fleet", deadline));
    pty_keys(p, "q");
    assert_true(pty_wait_text(p, "Close leeway?", deadline));
    pty_keys(p, "\t\r");
    assert_true(pty_wait_exit(p, deadline, &status));
    assert_true(WIFEXITED(status));
    pty_free(p);
}

static void every_step_fits_the_row(void **unused)
{
    for (size_t i = 0; i < STEPS; i++) {
        if (strlen(steps[i].say) > 72)
            fail_msg("%s: %zu columns", steps[i].id, strlen(steps[i].say));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(steps[k].id, steps[i].id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_step_fits_the_row),
                                       cmocka_unit_test(the_tour)};
    return cmocka_run_group_tests_name("tour", tests, make_folder, remove_folder);
}
