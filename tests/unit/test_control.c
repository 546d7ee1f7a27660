// SPDX-License-Identifier: Apache-2.0
/* The control socket: requests, replies, events, descriptors, and peers that break the rules. */
#include "unit.h"

#include "base/mem.h"
#include "engine/beside/control_socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct rig {
    char dir[64];
    char *path;
    struct loop *loop;
    struct control_server *server;
    struct control_client *client;
    int requests, replies, lasts, events, gone, closed;
    int error_code, got_fd, pass_fd;
    size_t echo_len;
    char hint[64];
};

static struct val text_of(const char *s)
{
    return val_borrow_str(s, strlen(s));
}

static void on_request(void *ctx, struct control_peer *peer, uint32_t id, const struct val *body)
{
    struct rig *r = ctx;
    struct err e = ERR_INIT;
    r->requests++;
    assert_int_equal(control_peer_pid(peer), getpid());
    if (val_str_is(body, "fail")) {
        err_set(&e, ERR_MOVED, "it moved");
        err_hint(&e, "plan again");
        assert_int_equal(control_reply_error(peer, id, &e), 0);
    } else if (val_str_is(body, "silence")) {
        err_clear(&e);
    } else if (val_str_is(body, "lock")) {
        struct val v = text_of("here");
        assert_int_equal(control_reply(peer, id, CONTROL_LAST, &v, r->pass_fd, &e), 0);
    } else {
        assert_int_equal(control_reply(peer, id, CONTROL_MORE, body, -1, &e), 0);
        assert_int_equal(control_reply(peer, id, CONTROL_LAST, body, -1, &e), 0);
        assert_int_equal(control_reply(peer, id, CONTROL_LAST, body, -1, NULL), ERR_NOT_FOUND);
    }
    err_clear(&e);
}

static void on_gone(void *ctx, struct control_peer *peer)
{
    (void)peer;
    ((struct rig *)ctx)->gone++;
}

static void on_reply(void *ctx, uint32_t id, bool last, const struct val *body,
                     const struct err *error, int fd)
{
    struct rig *r = ctx;
    (void)id;
    r->replies++;
    r->lasts += last;
    r->echo_len = body ? body->len : 0;
    r->got_fd = fd;
    r->error_code = error ? error->code : 0;
    if (error)
        snprintf(r->hint, sizeof(r->hint), "%s", error->hint);
}

static void on_event(void *ctx, const struct val *body)
{
    ((struct rig *)ctx)->events += (int)val_int(body, 0);
}

static void on_closed(void *ctx, const struct err *e)
{
    (void)e;
    ((struct rig *)ctx)->closed++;
}

static void start(struct rig *r)
{
    struct err e = ERR_INIT;
    memset(r, 0, sizeof(*r));
    snprintf(r->dir, sizeof(r->dir), "/tmp/leeway-control-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    char db[96];
    snprintf(db, sizeof(db), "%s/fleet.db", r->dir);
    r->path = control_socket_path(db);
    r->loop = loop_new(clock_system(), &e);
    struct control_handlers h = {on_request, on_gone, r};
    r->server = control_server_new(r->loop, r->path, &h, &e);
    assert_non_null(r->server);
}

static void connect_client(struct rig *r)
{
    struct err e = ERR_INIT;
    struct control_client_handlers h = {on_reply, on_event, on_closed, r};
    r->client = control_client_new(r->loop, r->path, &h, &e);
    if (!r->client)
        fail_msg("connect: %s", e.text);
}

static void turn(struct rig *r, const int *counter, int wanted)
{
    for (int i = 0; i < 5000 && *counter < wanted; i++)
        loop_run_once(r->loop, 1000);
    assert_int_equal(*counter, wanted);
}

static void finish(struct rig *r)
{
    control_client_free(r->client);
    control_server_free(r->server, false);
    assert_int_not_equal(access(r->path, F_OK), 0);
    loop_free(r->loop);
    mem_free(r->path);
    rmdir(r->dir);
}

static void asks_and_answers(void **state)
{
    struct rig r;
    struct err e = ERR_INIT;
    uint32_t id, first;
    struct stat st;
    start(&r);
    assert_int_equal(stat(r.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    connect_client(&r);
    struct val v = text_of("echo");
    assert_int_equal(control_request(r.client, &v, &first, &e), 0);
    turn(&r, &r.lasts, 1);
    assert_int_equal(r.replies, 2);
    v = text_of("fail");
    assert_int_equal(control_request(r.client, &v, &id, &e), 0);
    assert_true(id > first);
    turn(&r, &r.lasts, 2);
    assert_int_equal(r.error_code, ERR_MOVED);
    assert_string_equal(r.hint, "plan again");
    struct val five = val_of_int(5);
    control_send_event_to_all(r.server, &five);
    turn(&r, &r.events, 5);
    finish(&r);
}

static void large_and_many(void **state)
{
    struct rig r;
    struct err e = ERR_INIT;
    uint32_t id;
    start(&r);
    connect_client(&r);
    size_t len = CONTROL_MAX_FRAME - 16;
    char *big = mem_alloc(len);
    memset(big, 'x', len);
    struct val v = val_borrow_str(big, len);
    assert_int_equal(control_request(r.client, &v, &id, &e), 0);
    turn(&r, &r.lasts, 1);
    assert_int_equal(r.echo_len, len);
    struct val over = val_borrow_str(big, len);
    const struct val pair[] = {over, over};
    struct val_pool pool;
    val_pool_init(&pool);
    assert_int_equal(control_request(r.client, val_list_of(&pool, pair, 2), &id, &e), ERR_LIMIT);
    err_clear(&e);
    val_pool_clear(&pool);
    mem_free(big);
    v = text_of("silence");
    for (unsigned i = 0; i < CONTROL_MAX_OPEN; i++)
        assert_int_equal(control_request(r.client, &v, &id, &e), 0);
    assert_int_equal(control_request(r.client, &v, &id, &e), ERR_BUSY);
    err_clear(&e);
    turn(&r, &r.requests, 1 + (int)CONTROL_MAX_OPEN);
    finish(&r);
}

static void passes_a_descriptor(void **state)
{
    struct rig r;
    struct err e = ERR_INIT;
    uint32_t id;
    int pipes[2];
    char c = 0;
    start(&r);
    connect_client(&r);
    assert_int_equal(pipe(pipes), 0);
    r.pass_fd = pipes[1];
    struct val echo = text_of("echo"), lock = text_of("lock");
    assert_int_equal(control_request(r.client, &echo, &id, &e), 0);
    assert_int_equal(control_request(r.client, &lock, &id, &e), 0);
    turn(&r, &r.lasts, 2);
    assert_true(r.got_fd >= 0);
    assert_true(fcntl(r.got_fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(write(r.got_fd, "z", 1), 1);
    assert_int_equal(read(pipes[0], &c, 1), 1);
    assert_int_equal(c, 'z');
    close(r.got_fd);
    close(pipes[0]);
    close(pipes[1]);
    finish(&r);
}

static int raw_connect(struct rig *r)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof(a.sun_path), "%s", r->path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

/* Whoever breaks the format is dropped; the others do not notice. */
static void hostile_peers(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\xff\xff\xff\xff\0\0\0\1\1\1\0\0", 12},         /* 4 GiB */
        {"\0\0\0\2\0\0\0\1\1\1\0\0{]", 14},               /* no JSON */
        {"\0\0\0\2\0\0\0\0\1\1\0\0{}", 14},               /* number 0 */
        {"\0\0\0\2\0\0\0\1\5\1\0\0{}", 14},               /* a client sends no events */
        {"\0\0\0\2\0\0\0\1\1\1\1\0{}", 14},               /* a descriptor that is not there */
        {"\0\0\0\2\0\0\0\1\1\1\0\0{}\0\0\0\2\0\0\0", 21}, /* cut short */
    };
    struct rig r;
    struct err e = ERR_INIT;
    uint32_t id;
    start(&r);
    connect_client(&r);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int fd = raw_connect(&r);
        for (size_t k = 0; k < cases[i].len; k++) /* byte by byte: any split is fine */
            if (send(fd, cases[i].bytes + k, 1, MSG_NOSIGNAL) != 1)
                break;
        shutdown(fd, SHUT_WR);
        turn(&r, &r.gone, (int)i + 1);
        close(fd);
    }
    struct val v = text_of("echo");
    assert_int_equal(control_request(r.client, &v, &id, &e), 0);
    turn(&r, &r.lasts, 1);
    finish(&r);
}

/* One that never reads is dropped when its backlog is over the bound. */
static void does_not_read(void **state)
{
    struct rig r;
    start(&r);
    int fd = raw_connect(&r);
    for (int i = 0; i < 100; i++)
        loop_run_once(r.loop, 0);
    size_t len = 4u << 20;
    char *big = mem_alloc(len);
    memset(big, 'x', len);
    struct val v = val_borrow_str(big, len);
    for (int i = 0; i < 20 && !r.gone; i++) {
        control_send_event_to_all(r.server, &v);
        loop_run_once(r.loop, 0);
    }
    turn(&r, &r.gone, 1);
    mem_free(big);
    close(fd);
    finish(&r);
}

static void stale_and_strange_files(void **state)
{
    struct rig r;
    struct err e = ERR_INIT;
    start(&r);
    control_server_free(r.server, true); /* as a killed process leaves it */
    struct control_client_handlers ch = {on_reply, on_event, on_closed, &r};
    assert_null(control_client_new(r.loop, r.path, &ch, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    err_clear(&e);
    struct control_handlers h = {on_request, on_gone, &r};
    r.server = control_server_new(r.loop, r.path, &h, &e);
    assert_non_null(r.server);
    connect_client(&r);
    control_server_free(r.server, false);
    turn(&r, &r.closed, 1);
    int fd = open(r.path, O_CREAT | O_WRONLY, 0600);
    close(fd);
    assert_null(control_server_new(r.loop, r.path, &h, &e)); /* a file is not ours to remove */
    assert_int_equal(e.code, ERR_EXISTS);
    err_clear(&e);
    unlink(r.path);
    char longer[200];
    memset(longer, 'a', sizeof(longer));
    longer[sizeof(longer) - 1] = 0;
    assert_null(control_server_new(r.loop, longer, &h, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    err_clear(&e);
    r.server = NULL;
    finish(&r);
}

RUN("control socket", cmocka_unit_test(asks_and_answers), cmocka_unit_test(large_and_many),
    cmocka_unit_test(passes_a_descriptor), cmocka_unit_test(hostile_peers),
    cmocka_unit_test(does_not_read), cmocka_unit_test(stale_and_strange_files))
