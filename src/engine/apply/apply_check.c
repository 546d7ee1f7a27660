// SPDX-License-Identifier: Apache-2.0
/*
 * Before anything is sent: is each object that is to change still what it was when it was planned?
 * Where many objects of a kind are touched, one list of their metadata answers for all that were
 * not written since; what was written is read, and compared by what the plan looked at.
 */
#include "engine/apply/apply_int.h"

#include "engine/fleet/cluster.h"
#include "engine/plan/plan_make.h"

#include <string.h>

enum { LIST_FROM = 4 };

struct check {
    struct release *release;
    void (*done)(struct release *r);
    struct release_target *rest; /* only what it has not sent yet; NULL: all of the release */
    void (*rest_done)(struct release_target *t, size_t unread);
    size_t pending, unread;
};

struct check_group {
    struct check *check;
    struct release_target *t;
    const struct plan_row *like;
    struct strmap rows; /* name → item */
};

struct check_item {
    struct check *check;
    struct release_item *it;
};

static void step(struct check *c)
{
    if (--c->pending)
        return;
    const struct check over = *c;
    mem_free(c);
    if (over.rest)
        over.rest_done(over.rest, over.unread);
    else
        over.done(over.release);
}

static void moved(struct release_item *it, const char *how)
{
    struct release *r = it->t->release;
    it->t->moved = true;
    release_fail(r, ERR_MOVED, "%s: %s/%s %s since the plan was made", it->t->plan->cluster,
                 it->row->kind, it->row->name, how);
    err_hint(&r->error, "plan again");
}

static void on_read(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct check_item *ci = ctx;
    struct release_item *it = ci->it;
    const struct plan_row *row = it->row;
    const struct kube_error *ke = reply->error;
    const char *uid = val_str(val_at(live, "metadata", "uid", NULL), "");
    struct digest seen;
    struct err e = ERR_INIT;
    if (ke->code && ke->code != ERR_NOT_FOUND && ci->check->rest)
        ci->check->unread++;
    else if (ke->code && ke->code != ERR_NOT_FOUND)
        release_fail(it->t->release, ke->code, "%s: %s", it->t->plan->cluster, ke->text);
    else if (row->action == LEEWAY_ACTION_CREATE && live)
        moved(it, "was made by somebody else");
    else if (row->action == LEEWAY_ACTION_DELETE && ke->code)
        ; /* gone already */
    else if (row->action != LEEWAY_ACTION_CREATE && ke->code)
        moved(it, "was deleted");
    else if (row->action != LEEWAY_ACTION_CREATE && strcmp(uid, row->uid) != 0)
        moved(it, "was replaced");
    else if (live && row->paths &&
             (plan_seen(row->paths, live, row->secret, plan_hmac, it->t->release->engine, &seen,
                        &e) ||
              !digest_equal(&seen, &row->seen)))
        moved(it, "changed");
    err_clear(&e);
    struct check *c = ci->check;
    mem_free(ci);
    step(c);
}

static void read_item(struct check *c, struct release_item *it)
{
    struct check_item *ci = mem_new(struct check_item);
    *ci = (struct check_item){c, it};
    const struct plan_row *r = it->row;
    const struct kube_target t = {r->group, r->version, r->plural, r->namespace_, r->name, NULL};
    const struct kube_write_common o = {.priority = KUBE_PRIORITY_HIGH};
    c->pending++;
    kube_read(it->t->cluster->kube, &t, &o, on_read, ci);
}

/* Seen in the list and not written since: settled. */
static int on_listed(void *ctx, const struct val *object, const struct val *columns)
{
    (void)columns;
    struct check_group *g = ctx;
    const struct val *meta = val_get(object, "metadata");
    struct release_item *it = strmap_get(&g->rows, val_str(val_get(meta, "name"), ""));
    if (!it || it->row->action == LEEWAY_ACTION_CREATE)
        return 0;
    if (val_str_is(val_get(meta, "uid"), it->row->uid) &&
        val_str_is(val_get(meta, "resourceVersion"), it->row->resource_version))
        strmap_remove(&g->rows, it->row->name);
    return 0;
}

struct names {
    struct check_group *group;
    struct strmap present;
};

static int note_present(void *ctx, const struct val *object, const struct val *columns)
{
    struct names *n = ctx;
    strmap_set(&n->present, val_str(val_at(object, "metadata", "name", NULL), ""), n);
    return on_listed(n->group, object, columns);
}

static void on_list_done(void *ctx, const char *version, const struct kube_error *error)
{
    (void)version;
    struct names *n = ctx;
    struct check_group *g = n->group;
    const struct strmap_entry *en;
    for (size_t i = 0; (en = strmap_next(&g->rows, &i));) {
        struct release_item *it = en->value;
        bool absent = !error->code && !strmap_has(&n->present, en->key);
        if (!(absent && it->row->action == LEEWAY_ACTION_CREATE))
            read_item(g->check, it);
    }
    struct check *c = g->check;
    strmap_clear(&n->present);
    strmap_clear(&g->rows);
    mem_free(g);
    mem_free(n);
    step(c);
}

static bool same_place(const struct plan_row *a, const struct plan_row *b)
{
    return strcmp(a->api_version, b->api_version) == 0 && strcmp(a->plural, b->plural) == 0 &&
           strcmp(a->namespace_, b->namespace_) == 0;
}

static bool is_checked(const struct check *c, const struct release_item *it)
{
    return plan_row_is_sent(it->row) && !(c->rest && (it->sent || it->result == STORE_DONE)) &&
           !(it->row->checked_at_apply && it->row->action == LEEWAY_ACTION_CREATE);
}

static void list_group(struct check *c, struct release_target *t, size_t from, size_t to)
{
    struct check_group *g = mem_new(struct check_group);
    struct names *n = mem_new(struct names);
    *g = (struct check_group){.check = c, .t = t, .like = t->items[from].row};
    n->group = g;
    for (size_t i = from; i < to; i++)
        if (is_checked(c, &t->items[i]))
            strmap_set(&g->rows, t->items[i].row->name, &t->items[i]);
    struct buf path;
    buf_init(&path, BUF_SMALL);
    kube_path(&path, g->like->group, g->like->version, g->like->plural, g->like->namespace_, NULL,
              NULL);
    const struct kube_list_options o = {
        .what = {.path = buf_str(&path), .form = KUBE_FORM_METADATA},
        .priority = KUBE_PRIORITY_HIGH,
        .on_object = note_present,
        .on_done = on_list_done,
        .ctx = n};
    c->pending++;
    kube_list_start(t->cluster->kube, &o);
    buf_clear(&path);
}

static void check_target(struct check *c, struct release_target *t)
{
    for (size_t k = 0, end; k < t->n_items; k = end) {
        size_t n = 0;
        for (end = k; end < t->n_items && same_place(t->items[k].row, t->items[end].row); end++)
            n += is_checked(c, &t->items[end]);
        if (n >= LIST_FROM)
            list_group(c, t, k, end);
        for (size_t m = k; n < LIST_FROM && m < end; m++)
            if (is_checked(c, &t->items[m]))
                read_item(c, &t->items[m]);
    }
}

void apply_check(struct release *r, void (*done)(struct release *r))
{
    struct check *c = mem_new(struct check);
    *c = (struct check){.release = r, .done = done, .pending = 1};
    for (size_t i = 0; i < r->n_targets; i++)
        check_target(c, &r->targets[i]);
    step(c);
}

void apply_check_rest(struct release_target *t,
                      void (*done)(struct release_target *t, size_t unread))
{
    struct check *c = mem_new(struct check);
    *c = (struct check){.release = t->release, .rest = t, .rest_done = done, .pending = 1};
    check_target(c, t);
    step(c);
}
