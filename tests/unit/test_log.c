// SPDX-License-Identifier: Apache-2.0
/* The log: cleaned whole lines, private files, rotation, and threads that do not mix. */
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char dir[64], path[96], old[96];
    struct clock_fake clock;
};

static void place_make(struct place *p)
{
    snprintf(p->dir, sizeof(p->dir), "/tmp/leeway-test-log-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->path, sizeof(p->path), "%s/log", p->dir);
    snprintf(p->old, sizeof(p->old), "%s/log.1", p->dir);
    clock_fake_init(&p->clock, 0, 1700000000000);
}

static void place_remove(struct place *p)
{
    unlink(p->path);
    unlink(p->old);
    assert_int_equal(rmdir(p->dir), 0);
}

static char *slurp(const char *path)
{
    struct buf b;
    buf_init(&b, 64 << 20);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char chunk[65536];
    for (size_t n; (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
        assert_int_equal(buf_add(&b, chunk, n), 0);
    fclose(f);
    return buf_take(&b);
}

static void lines_are_cleaned(void **state)
{
    struct place p;
    place_make(&p);
    struct log *l = log_open(p.path, LOG_INFO, &p.clock.clock, NULL);
    assert_non_null(l);
    log_write(l, LOG_WARN, "kube", "said %s", "\033[2Jx\nforged line");
    log_write(l, LOG_DEBUG, "kube", "not written");
    log_write(NULL, LOG_ERROR, "kube", "nowhere");
    log_close(l);
    char *text = slurp(p.path);
    assert_string_equal(text, "2023-11-14T22:13:20Z warn kube: said ^[[2Jx^Jforged line\n");
    mem_free(text);
    place_remove(&p);
}

static void files_are_private(void **state)
{
    struct place p;
    place_make(&p);
    int fd = open(p.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0644), 0);
    close(fd);
    struct log *l = log_open(p.path, LOG_INFO, &p.clock.clock, NULL);
    struct stat st;
    assert_int_equal(stat(p.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    log_close(l);
    /* A link set up by somebody else is not followed. */
    assert_int_equal(symlink("/dev/null", p.old), 0);
    struct err e = ERR_INIT;
    assert_null(log_open(p.old, LOG_INFO, &p.clock.clock, &e));
    assert_int_equal(e.code, ERR_IO);
    err_clear(&e);
    place_remove(&p);
}

static void long_lines_are_cut(void **state)
{
    struct place p;
    place_make(&p);
    struct log *l = log_open(p.path, LOG_INFO, &p.clock.clock, NULL);
    char *long_text = mem_alloc(300000);
    memset(long_text, 0x01, 299999);
    long_text[299999] = '\0';
    log_write(l, LOG_INFO, "x", "%s", long_text);
    memset(long_text, 0xff, 299999);
    log_write(l, LOG_INFO, "x", "%s", long_text);
    log_write(l, LOG_INFO, "x", "after");
    log_close(l);
    mem_free(long_text);
    char *text = slurp(p.path);
    assert_true(strlen(text) < 40000);
    assert_non_null(strstr(text, " [cut]\n2023"));
    assert_non_null(strstr(text, "info x: after\n"));
    mem_free(text);
    place_remove(&p);
}

static void rotates_once(void **state)
{
    struct place p;
    place_make(&p);
    struct log *l = log_open(p.path, LOG_INFO, &p.clock.clock, NULL);
    char line[4001];
    memset(line, 'y', 4000);
    line[4000] = '\0';
    for (int i = 0; i < 5000; i++)
        log_write(l, LOG_INFO, "x", "%s", line);
    log_close(l);
    struct stat st;
    assert_int_equal(stat(p.path, &st), 0);
    assert_true(st.st_size <= 8 << 20);
    assert_int_equal(stat(p.old, &st), 0);
    assert_true(st.st_size <= 8 << 20 && st.st_size > 7 << 20);
    assert_int_equal(st.st_mode & 0777, 0600);
    place_remove(&p);
}

static void *write_many(void *ctx)
{
    for (int i = 0; i < 500; i++)
        log_write(ctx, LOG_INFO, "thread", "%s", "abcdefghijklmnopqrstuvwxyz");
    return NULL;
}

static void threads_do_not_mix(void **state)
{
    struct place p;
    place_make(&p);
    struct log *l = log_open(p.path, LOG_INFO, &p.clock.clock, NULL);
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, write_many, l), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    log_close(l);
    char *text = slurp(p.path);
    size_t lines = 0;
    for (char *at = text, *end; (end = strchr(at, '\n')); at = end + 1, lines++) {
        *end = '\0';
        assert_string_equal(at, "2023-11-14T22:13:20Z info thread: abcdefghijklmnopqrstuvwxyz");
    }
    assert_int_equal(lines, 2000);
    mem_free(text);
    place_remove(&p);
}

RUN("log", cmocka_unit_test(lines_are_cleaned), cmocka_unit_test(files_are_private),
    cmocka_unit_test(long_lines_are_cut), cmocka_unit_test(rotates_once),
    cmocka_unit_test(threads_do_not_mix))
