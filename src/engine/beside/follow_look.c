// SPDX-License-Identifier: Apache-2.0
#include "engine/beside/follow_look.h"

#include "base/vec.h"
#include "engine/beside/wire.h"

#include <string.h>

enum { ROWS_MAX = 1 << 20, PAGE = 64 /* rows: a log loses whole pages */ };

struct follow_look {
    uint64_t id;                /* of the command here */
    uint32_t asked;             /* of the request over the socket */
    struct engine_command *cmd; /* to ask again; owned */
    struct leeway_look *look;   /* a reference; NULL: none yet, or a log */
    struct leeway_log *log;
    bool news; /* not in a snapshot yet */
};

struct follow_looks {
    VEC(struct follow_look) all;
    VEC(uint64_t) ended; /* to be dropped from the next snapshot */
    /* What is being put together: one of the two builders, or neither. */
    struct leeway_look_builder *look;
    struct leeway_log_builder *log;
    uint32_t asked;         /* of whom; not in `all` any more: goes nowhere */
    size_t rows, have, old; /* it shall have; it has; of these the previous one had */
};

struct follow_looks *follow_looks_new(void)
{
    return mem_new(struct follow_looks);
}

static struct follow_look *find(struct follow_looks *f, uint32_t asked)
{
    for (size_t i = 0; i < f->all.len; i++)
        if (f->all.items[i].asked == asked)
            return &f->all.items[i];
    return NULL;
}

static void forget(struct follow_looks *f, struct follow_look *l)
{
    vec_push(&f->ended, l->id);
    engine_command_free(l->cmd);
    leeway_look_unref(l->look);
    leeway_log_unref(l->log);
    *l = f->all.items[--f->all.len];
}

/* ---- what is asked ---- */

static void discard(void *ctx, struct leeway_event *ev)
{
    leeway_event_free(ev);
}

void follow_looks_asked(struct follow_looks *f, const struct engine_command *cmd, uint32_t asked)
{
    struct err e = ERR_INIT;
    if (cmd->c.kind != LEEWAY_CMD_LOOK && cmd->c.kind != LEEWAY_CMD_LOG)
        return;
    struct follow_look l = {.id = cmd->request, .asked = asked};
    l.cmd = engine_command_new(&cmd->c, &e);
    if (l.cmd) { /* its answer is not for whoever asked first: that one has one */
        l.cmd->request = cmd->request;
        l.cmd->inside = discard;
    }
    vec_push(&f->all, l);
    err_clear(&e);
}

void follow_looks_failed(struct follow_looks *f, uint32_t asked)
{
    struct follow_look *l = find(f, asked);
    if (l)
        forget(f, l);
}

uint32_t follow_looks_ended(struct follow_looks *f, uint64_t id)
{
    for (size_t i = 0; i < f->all.len; i++) {
        uint32_t asked = f->all.items[i].asked;
        if (f->all.items[i].id != id)
            continue;
        forget(f, &f->all.items[i]);
        return asked;
    }
    return 0;
}

/* ---- what comes ---- */

/* Ends the builder; a table that lacks rows is none. */
static int finish(struct follow_looks *f, struct err *e)
{
    struct follow_look *l = find(f, f->asked);
    bool whole = f->have >= f->rows;
    static const struct leeway_row none;
    for (; f->look && f->have < f->rows; f->have++)
        leeway_look_put(f->look, f->have, &none);
    struct leeway_look *look = f->look ? leeway_look_seal(f->look) : NULL;
    struct leeway_log *log = f->log ? leeway_log_seal(f->log) : NULL;
    f->look = NULL;
    f->log = NULL;
    if (l && whole && (look || log)) {
        leeway_look_unref(l->look);
        leeway_log_unref(l->log);
        l->look = look;
        l->log = log;
        l->news = true;
        return 0;
    }
    leeway_look_unref(look);
    leeway_log_unref(log);
    return whole ? 0 : err_set(e, ERR_PROTOCOL, "the other end left out rows of a table");
}

static int begin_look(struct follow_looks *f, struct arena *a, const struct val *v, struct err *e)
{
    struct follow_look *l = find(f, f->asked);
    const struct leeway_look *was = l && !val_bool(val_get(v, "new"), false) ? l->look : NULL;
    struct leeway_look head;
    if (wire_read(a, &wire_look, val_get(v, "look"), &head, e))
        return e->code;
    if (head.n_rows > ROWS_MAX)
        return err_set(e, ERR_LIMIT, "the other end has a table of %zu rows", head.n_rows);
    head.id = l ? l->id : 0;
    f->rows = head.n_rows;
    f->old = was ? was->n_rows : 0;
    f->have = f->old < f->rows ? f->old : f->rows;
    f->look = leeway_look_builder_new(was, &head);
    return 0;
}

static int begin_log(struct follow_looks *f, struct arena *a, const struct val *v, struct err *e)
{
    struct follow_look *l = find(f, f->asked);
    const struct leeway_log *was = l && !val_bool(val_get(v, "new"), false) ? l->log : NULL;
    int64_t drop = was ? val_int(val_get(v, "drop"), -1) : 0;
    struct leeway_log head;
    if (wire_read(a, &wire_log, val_get(v, "log"), &head, e))
        return e->code;
    if (drop < 0 || drop % PAGE || (was && (size_t)drop > was->n_lines))
        return err_set(e, ERR_PROTOCOL, "the other end drops lines that are not there");
    head.id = l ? l->id : 0;
    f->rows = f->have = 0;
    f->log = leeway_log_builder_new(was, (size_t)drop, &head);
    return 0;
}

static int put_row(struct follow_looks *f, struct arena *a, const struct val *v, struct err *e)
{
    struct leeway_row row;
    int64_t i = val_int(val_get(v, "i"), -1);
    if (!f->look || i < 0 || (size_t)i >= f->rows || (size_t)i > f->have)
        return err_set(e, ERR_PROTOCOL, "the other end sent a row of no table");
    if (wire_read(a, &wire_row, val_get(v, "row"), &row, e))
        return e->code;
    leeway_look_put(f->look, (size_t)i, &row);
    f->have += (size_t)i == f->have;
    return 0;
}

static int put_line(struct follow_looks *f, struct arena *a, const struct val *v, struct err *e)
{
    struct leeway_line line;
    if (!f->log)
        return err_set(e, ERR_PROTOCOL, "the other end sent a line of no log");
    if (wire_read(a, &wire_line, val_get(v, "line"), &line, e))
        return e->code;
    leeway_log_add(f->log, &line);
    return 0;
}

int follow_looks_entry(struct follow_looks *f, struct arena *scratch, const struct val *entry,
                       struct err *e)
{
    if (val_get(entry, "row"))
        return put_row(f, scratch, entry, e);
    if (val_get(entry, "line"))
        return put_line(f, scratch, entry, e);
    if (finish(f, e))
        return e->code;
    f->asked = (uint32_t)val_int(val_get(entry, "l"), 0);
    return val_get(entry, "log") ? begin_log(f, scratch, entry, e)
                                 : begin_look(f, scratch, entry, e);
}

int follow_looks_put(struct follow_looks *f, struct leeway_snapshot_builder *b, struct err *e)
{
    if (finish(f, e))
        return e->code;
    for (size_t i = 0; i < f->ended.len; i++)
        leeway_snapshot_drop_look(b, f->ended.items[i]);
    f->ended.len = 0;
    for (size_t i = 0; i < f->all.len; i++) {
        struct follow_look *l = &f->all.items[i];
        if (l->news && l->look)
            leeway_snapshot_put_look(b, l->look);
        if (l->news && l->log)
            leeway_snapshot_put_log(b, l->log);
        l->news = false;
    }
    return 0;
}

void follow_looks_free(struct follow_looks *f, struct engine_client *client)
{
    struct err e = ERR_INIT;
    if (!f)
        return;
    if (finish(f, &e))
        err_clear(&e);
    while (f->all.len) {
        struct follow_look *l = &f->all.items[0];
        if (l->cmd && client)
            engine_client_ask_again(client, l->cmd);
        else
            engine_command_free(l->cmd);
        l->cmd = NULL;
        forget(f, l);
    }
    vec_clear(&f->all);
    vec_clear(&f->ended);
    mem_free(f);
}
