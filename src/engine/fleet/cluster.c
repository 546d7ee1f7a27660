// SPDX-License-Identifier: Apache-2.0
/*
 * A cluster's way from a name to something that is watched:
 *
 *   waiting → connecting → version → identity (uid of kube-system) → OK: everything is asked
 *                 ↑                        │ another uid            │ no answer
 *                 └────── the client ──────┴→ replaced              └→ down, login
 *
 * The client (kube/client.h) probes a silent server by itself and says when it is back; then the
 * way begins anew at version, so that a server that came back as another one is noticed before
 * anything is sent. What answers, but not like an API server, is tried again from here.
 */
#include "engine/drift/managed.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster_int.h"

#include "base/mem.h"
#include "kube/material.h"
#include "store/store_put.h"

#include <stdio.h>
#include <string.h>

enum {
    RETRY_FIRST_MS = 2000,
    RETRY_LAST_MS = 120000,
};

static void ask_version(struct cluster *c);
static void try_aliases(struct cluster *c);

static void set(char **to, const char *s)
{
    char *copy = s ? mem_strdup(s) : NULL;
    mem_free(*to);
    *to = copy;
}

static struct loop *loop_of(const struct cluster *c)
{
    return c->engine->loop;
}

/* ---- telling ---- */

void cluster_tell(struct cluster *c, enum cluster_change what)
{
    struct engine *e = c->engine;
    /* Parts read what the watches made of good news, and give them up before they end. */
    bool watches_first = what == CLUSTER_UP || what == CLUSTER_DISCOVERED;
    if (e->managed && watches_first)
        managed_cluster_changed(e->managed, c, what);
    for (size_t i = 0; i < e->part_states.len; i++)
        if (engine_parts[i]->cluster)
            engine_parts[i]->cluster(e->part_states.items[i], c, what);
    if (e->managed && !watches_first)
        managed_cluster_changed(e->managed, c, what);
}

void cluster_changed(struct cluster *c)
{
    cluster_judge(c);
    c->row_version++;
    engine_dirty_cluster(c->engine, c);
    cluster_sight_save_soon(c);
}

void cluster_set_reach(struct cluster *c, enum leeway_reach reach, const char *reason,
                       const char *key, const char *detail)
{
    enum leeway_reach before = c->reach;
    bool was_up = before == LEEWAY_REACH_OK || before == LEEWAY_REACH_STALE;
    bool is_up = reach == LEEWAY_REACH_OK || reach == LEEWAY_REACH_STALE;
    if (was_up && !is_up) {
        set(&c->was, leeway_state_word(c->state));
        c->last_seen_ms = engine_wall_ms(c->engine);
    }
    c->reach = reach;
    set(&c->reason, reason ? reason : "");
    set(&c->reason_key, key ? key : "");
    set(&c->reason_detail, detail ? detail : "");
    if (is_up)
        c->last_seen_ms = engine_wall_ms(c->engine);
    cluster_check_settled(c);
    cluster_changed(c);
    if (is_up && !was_up)
        cluster_tell(c, CLUSTER_UP);
    else if (!is_up && (was_up || (reach != before && reach != LEEWAY_REACH_CONNECTING)))
        cluster_tell(c, CLUSTER_DOWN);
    for (size_t i = 0; i < c->targets.len; i++)
        engine_dirty_environment(c->engine, c->targets.items[i]->environment);
}

static bool part_is_settled(const struct cluster *c)
{
    const struct engine *e = c->engine;
    for (size_t i = 0; i < e->part_states.len; i++)
        if (engine_parts[i]->settled && !engine_parts[i]->settled(e->part_states.items[i], c))
            return false;
    return true;
}

void cluster_check_settled(struct cluster *c)
{
    bool asked = c->nodes_answer.asked && c->rights_answer.asked && c->observer->discovered &&
                 (c->engine->options.brief || (c->namespaces_answer.asked && c->pods_answer.asked &&
                                               c->unplaced_answer.asked && c->ready_answer.asked));
    switch (c->reach) {
    case LEEWAY_REACH_WAITING:
    case LEEWAY_REACH_CONNECTING:
        break;
    case LEEWAY_REACH_OK:
    case LEEWAY_REACH_STALE:
        c->settled = c->settled || (asked && part_is_settled(c));
        break;
    default:
        c->settled = true;
    }
}

/* ---- what is wrong with the way there ---- */

/* Answers that come while the client says that the cluster is down are the client's to explain. */
static bool client_is_up(const struct cluster *c)
{
    struct kube_cluster_status s;
    kube_cluster_status(c->kube, &s);
    return s.state == KUBE_STATE_UP;
}

static void set_down(struct cluster *c, enum leeway_reach reach, const char *text, const char *hint)
{
    char *reason = cluster_plain_reason(c, text);
    char *key = cluster_reason_key(c, reason);
    char *detail = hint && *hint ? mem_printf("%s: %s", text, hint) : NULL;
    cluster_set_reach(c, reach, reason, key, detail ? detail : text);
    mem_free(detail);
    mem_free(key);
    mem_free(reason);
}

static void on_retry(void *ctx)
{
    struct cluster *c = ctx;
    c->observer->retry_timer = NULL;
    c->observer->next_try_ms = 0;
    ask_version(c);
}

/* It answers, but what it says is of no use. */
static void useless_answer(struct cluster *c, const struct kube_error *error, const char *what)
{
    struct cluster_observer *o = c->observer;
    char *text = mem_printf("%s: %s", what, error->text);
    o->tries++;
    o->retry_ms = o->retry_ms ? o->retry_ms * 2 : RETRY_FIRST_MS;
    if (o->retry_ms > RETRY_LAST_MS)
        o->retry_ms = RETRY_LAST_MS;
    int64_t delay = o->retry_ms / 2 + (int64_t)(engine_random(c->engine) % (uint64_t)o->retry_ms);
    loop_cancel_timer(loop_of(c), o->retry_timer);
    o->retry_timer = loop_after(loop_of(c), delay, on_retry, c);
    o->next_try_ms = engine_boot_ms(c->engine) + delay;
    cluster_ask_pause(c);
    set_down(c, LEEWAY_REACH_DOWN, text, error->hint);
    mem_free(text);
    try_aliases(c);
}

static const struct kube_access *access_of(const struct cluster *c)
{
    return &c->route->access;
}

static void tell_login(struct cluster *c)
{
    const struct kube_access *a = access_of(c);
    if (c->observer->login_told || !a->exec)
        return;
    c->observer->login_told = true;
    const char *const *argv, *const *envp;
    struct err e = ERR_INIT;
    struct kube_credentials *login = kube_cluster_credentials(c->kube);
    if (login && kube_credentials_login(login, &argv, &envp, &e) == 0)
        engine_login_needed(c->engine, c->id, c->name, argv, envp);
    err_clear(&e);
}

static void cancel_way(struct cluster *c)
{
    struct cluster_observer *o = c->observer;
    kube_cancel(o->version);
    kube_cancel(o->kube_system);
    o->version = o->kube_system = NULL;
    set(&o->uid_read, NULL);
    loop_cancel_timer(loop_of(c), o->retry_timer);
    o->retry_timer = NULL;
}

/* ---- other routes ----
 * Contexts that lead to the same cluster rest while its row is up. When its route is silent each of
 * them is tried with a client of its own, up to the cluster's identity; the first that is the same
 * cluster lends its access. The two then change places, so that the silent route is what is tried
 * when this one fails. */

static void on_rest(void *ctx)
{
    struct cluster *c = ctx;
    c->observer->start_timer = NULL;
    kube_cluster_free(c->kube);
    c->kube = NULL;
}

/* It may be in the middle of a call of ours: its client goes on the next turn. */
static void rest(struct cluster *c)
{
    cluster_ask_stop(c);
    cancel_way(c);
    if (c->kube)
        kube_cluster_unlisten(c->kube, c->observer->listener);
    c->observer->listener = NULL;
    c->settled = true;
    if (c->kube && !c->observer->start_timer)
        c->observer->start_timer = loop_after(loop_of(c), 0, on_rest, c);
}

static void try_aliases(struct cluster *c)
{
    for (size_t i = 0; i < c->aliases.len; i++)
        cluster_start(c->aliases.items[i]);
}

static void rest_aliases(struct cluster *c)
{
    for (size_t i = 0; i < c->aliases.len; i++)
        rest(c->aliases.items[i]);
}

static void take_route(struct cluster *c, struct cluster *alias)
{
    struct engine *e = c->engine;
    const struct inventory_entry *silent = c->route;
    cluster_set_route(c, alias->route);
    cluster_set_route(alias, silent);
    engine_message(e, LEEWAY_OK, c->name, NULL, "goes by the context %s: %s", c->route->name,
                   c->reason && *c->reason ? c->reason : "no answer");
    if (c->kube)
        kube_cluster_reroute(c->kube, access_of(c),
                             kube_credentials_open(e->credentials, access_of(c)));
    else
        cluster_start(c);
    if (c->kube && client_is_up(c))
        ask_version(c); /* it answered, but not like an API server */
    cluster_changed(c);
}

static void on_state(void *ctx, struct kube_cluster *k, enum kube_state state)
{
    struct cluster *c = ctx;
    struct kube_cluster_status s;
    kube_cluster_status(k, &s);
    if (state == KUBE_STATE_UP) {
        c->observer->login_told = false;
        rest_aliases(c);
        bool asked = c->observer->version || c->observer->kube_system;
        if (c->reach != LEEWAY_REACH_OK && c->reach != LEEWAY_REACH_STALE && !asked)
            ask_version(c);
        return;
    }
    if (state == KUBE_STATE_UNTRIED)
        return;
    cancel_way(c);
    cluster_ask_pause(c);
    c->observer->tries++;
    c->observer->next_try_ms = s.next_try_ms;
    set_down(c, state == KUBE_STATE_LOGIN ? LEEWAY_REACH_LOGIN : LEEWAY_REACH_DOWN,
             s.error ? s.error->text : "no answer", s.error ? s.error->hint : NULL);
    if (state == KUBE_STATE_LOGIN)
        tell_login(c);
    try_aliases(c);
}

/* ---- identity ---- */

static struct digest ca_digest(const struct kube_access *a)
{
    return a->ca.data ? digest_sha256(a->ca.data, a->ca.len) : (struct digest){{0}};
}

bool cluster_uid_is_weak(const char *uid)
{
    return strncmp(uid, CLUSTER_WEAK, strlen(CLUSTER_WEAK)) == 0;
}

void cluster_weak_uid(const char *server, const struct digest *ca, char out[CLUSTER_WEAK_UID_LEN])
{
    struct digest_ctx *d = digest_begin();
    digest_update(d, server, strlen(server) + 1);
    digest_update(d, ca->b, sizeof(ca->b));
    struct digest sum = digest_end(d);
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(&sum, hex);
    snprintf(out, CLUSTER_WEAK_UID_LEN, CLUSTER_WEAK "%.32s", hex);
}

static void put_route(struct cluster *c, const char *uid, bool weak)
{
    struct engine *e = c->engine;
    if (!e->store || e->spectator)
        return;
    const struct kube_access *a = &c->entry->access;
    struct digest ca = ca_digest(a);
    store_put_route(e->store, c->name, uid, weak, a->server, &ca, STORE_NO_ACK);
}

/* Another context leads to the same cluster: one row, several routes. */
static void become_alias(struct cluster *c, struct cluster *of)
{
    struct engine *e = c->engine;
    put_route(c, of->uid, of->weak);
    /* Which of the two answered first is chance; the row is called as the first in the inventory.
     */
    if (!c->alias_of &&
        inventory_place(e->inventory, c->entry) < inventory_place(e->inventory, of->entry))
        engine_cluster_exchange(e, c, of);
    if (!c->alias_of) {
        cluster_tell(c, CLUSTER_GONE);
        engine_row_drop(e, c);
        engine_alias_add(e, c, of);
    }
    rest(c);
    c->reach = LEEWAY_REACH_OK;
    log_write(e->log, LOG_INFO, c->name, "the same cluster as %s", of->name);
    if (of->reach == LEEWAY_REACH_DOWN || of->reach == LEEWAY_REACH_LOGIN ||
        of->reach == LEEWAY_REACH_BROKEN)
        take_route(of, c);
    else
        cluster_changed(of);
}

static void set_replaced(struct cluster *c, const char *uid)
{
    set(&c->new_uid, uid);
    put_route(c, uid, cluster_uid_is_weak(uid));
    cluster_ask_stop(c);
    char *text = mem_printf("another cluster answers under this name: uid %s, was %s", uid, c->uid);
    cluster_set_reach(c, LEEWAY_REACH_REPLACED, text, "another cluster answers under the name",
                      "Nothing is sent and nothing is judged until a person confirms that the new "
                      "cluster is the one that is meant.");
    mem_free(text);
    cluster_tell(c, CLUSTER_REPLACED);
}

static void take_identity(struct cluster *c, const char *uid, bool weak)
{
    struct engine *e = c->engine;
    if (!c->uid || strcmp(c->uid, uid) != 0) {
        if (c->uid)
            engine_cluster_forget_uid(e, c);
        set(&c->uid, uid);
        strmap_set(&e->clusters_by_uid, uid, c);
        environments_bind(e, c);
    }
    set(&c->new_uid, NULL);
    c->weak = weak;
    c->seen = true;
}

static void own_weak_uid(const struct cluster *c, char out[CLUSTER_WEAK_UID_LEN])
{
    const struct kube_access *a = access_of(c);
    struct digest ca = ca_digest(a);
    cluster_weak_uid(a->server ? a->server : "", &ca, out);
}

/* What answers: the cluster we know, one that another row has, a new one, or an impostor. */
void cluster_identified(struct cluster *c, const char *uid, bool weak)
{
    struct engine *e = c->engine;
    struct cluster_observer *o = c->observer;
    o->tries = 0;
    o->retry_ms = 0;
    o->next_try_ms = 0;
    char weak_uid[CLUSTER_WEAK_UID_LEN];
    own_weak_uid(c, weak_uid);
    bool same_place = !c->weak_uid || strcmp(c->weak_uid, weak_uid) == 0;
    if (c->alias_of && weak && c->weak_uid && same_place)
        uid = c->alias_of->uid; /* it was that cluster's when it could be read */
    struct cluster *other = strmap_get(&e->clusters_by_uid, uid);
    if (c->alias_of && other != c->alias_of) {
        /* The store remembered this name as another route to that row: not any more. */
        set(&c->uid, c->alias_of->uid);
        engine_alias_drop(e, c);
        engine_row_add(e, c);
        set_replaced(c, uid);
        return;
    }
    bool same = c->uid && strcmp(c->uid, uid) == 0;
    if (!c->uid && other && other != c) {
        set(&c->weak_uid, weak_uid);
        become_alias(c, other);
        return;
    }
    /* The right to read kube-system was lost or given: the same cluster when it is reached under
     * the URL and CA of the last time, as far as can be told. */
    bool rights_changed = c->uid && c->weak != weak && !same && same_place;
    if (rights_changed && weak) {
        uid = c->uid;
        same = true;
    }
    if (c->uid && !same && !(rights_changed && !weak)) {
        set_replaced(c, uid);
        return;
    }
    take_identity(c, uid, weak);
    set(&c->weak_uid, weak_uid);
    put_route(c, uid, weak);
    cluster_tell(c, CLUSTER_IDENTIFIED);
    cluster_set_reach(c, LEEWAY_REACH_OK, NULL, NULL, NULL);
    cluster_ask_start(c);
}

/* kube-system cannot be read: the server's URL and the CA that vouched for it stand for it. */
static void weak_identity(struct cluster *c)
{
    char uid[CLUSTER_WEAK_UID_LEN];
    own_weak_uid(c, uid);
    cluster_identified(c, uid, true);
}

static void on_kube_system(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct cluster *c = ctx;
    c->observer->kube_system = NULL;
    const char *uid = val_str(val_at(object, "metadata", "uid", NULL), "");
    bool good = *uid && strlen(uid) <= 64;
    if (c->observer->version) { /* before anything else it has to be an API server */
        set(&c->observer->uid_read, good ? uid : NULL);
        return;
    }
    if (good)
        cluster_identified(c, uid, false);
    else if (reply->error->code == ERR_FORBIDDEN || reply->error->code == ERR_NOT_FOUND)
        weak_identity(c);
    else if (client_is_up(c) && reply->error->code)
        useless_answer(c, reply->error, "its identity cannot be read");
    else if (!reply->error->code)
        weak_identity(c);
}

/* ---- the way ---- */

static void ask_kube_system(struct cluster *c)
{
    static const struct kube_target kube_system = {
        .group = "", .version = "v1", .plural = "namespaces", .name = "kube-system"};
    const struct kube_write_common common = {.deadline_ms = 15000, .priority = KUBE_PRIORITY_HIGH};
    c->observer->kube_system = kube_read(c->kube, &kube_system, &common, on_kube_system, c);
}

static void on_version(void *ctx, const struct kube_version *v)
{
    struct cluster *c = ctx;
    c->observer->version = NULL;
    if (!v->error->code) {
        cluster_version_read(c, v);
        cluster_facts_detect(c);
    } else if (v->error->code != ERR_FORBIDDEN) {
        cancel_way(c); /* what else it answers says nothing */
        if (client_is_up(c))
            useless_answer(c, v->error, "no API server answers there");
        return;
    }
    if (c->observer->kube_system)
        return; /* its answer leads on */
    char *uid = c->observer->uid_read;
    c->observer->uid_read = NULL;
    if (uid)
        cluster_identified(c, uid, false);
    else
        ask_kube_system(c);
    mem_free(uid);
}

static void ask_version(struct cluster *c)
{
    cancel_way(c);
    if (c->reach == LEEWAY_REACH_WAITING)
        cluster_set_reach(c, LEEWAY_REACH_CONNECTING, NULL, NULL, NULL);
    c->observer->version = kube_get_version(c->kube, on_version, c);
    ask_kube_system(c); /* side by side: one round trip */
}

static void set_broken(struct cluster *c)
{
    const struct err *p = &access_of(c)->problem;
    char *text = err_format(p);
    char *key = cluster_reason_key(c, p->text ? p->text : "");
    cluster_set_reach(c, LEEWAY_REACH_BROKEN, p->text ? p->text : "cannot be used", key, text);
    mem_free(key);
    mem_free(text);
}

void cluster_start(struct cluster *c)
{
    struct engine *e = c->engine;
    if (!kube_access_usable(access_of(c))) {
        set_broken(c);
        return;
    }
    if (c->observer->start_timer) {
        loop_cancel_timer(loop_of(c), c->observer->start_timer);
        c->observer->start_timer = NULL;
    }
    if (c->kube && c->observer->listener)
        return;
    kube_cluster_free(c->kube); /* it was about to rest */
    c->kube = kube_cluster_new(e->kube, access_of(c),
                               kube_credentials_open(e->credentials, access_of(c)));
    c->observer->listener = kube_cluster_listen(c->kube, on_state, c);
    ask_version(c);
}

void cluster_try_now(struct cluster *c)
{
    struct cluster_observer *o = c->observer;
    o->login_told = false;
    if (!c->kube)
        return;
    kube_cluster_try_now(c->kube);
    if (c->reach == LEEWAY_REACH_LOGIN)
        tell_login(c); /* that it still needs one is no news to the client */
    if (o->retry_timer) {
        o->retry_ms = 0;
        ask_version(c);
    }
}

int cluster_logged_in(struct cluster *c, const char *out, int status, struct err *err)
{
    struct kube_credentials *login = c->kube ? kube_cluster_credentials(c->kube) : NULL;
    if (!login)
        return err_set(err, ERR_UNSUPPORTED, "%s: there is nothing to log in with", c->name);
    int rc = kube_credentials_login_done(login, out, strlen(out), status, err);
    if (!rc)
        kube_cluster_try_now(c->kube);
    return rc;
}

int cluster_confirm_replaced(struct cluster *c, struct err *err)
{
    if (c->reach != LEEWAY_REACH_REPLACED || !c->new_uid)
        return err_set(err, ERR_CONFLICT, "%s was not replaced", c->name);
    struct engine *e = c->engine;
    if (e->store && !e->spectator)
        store_put_route_confirmed(e->store, c->name, STORE_NO_ACK);
    char *uid = mem_strdup(c->new_uid);
    engine_message(e, LEEWAY_OK, c->name, NULL, "uid %s was confirmed by %s, was %s", uid,
                   e->person.login, c->uid);
    engine_cluster_forget_uid(e, c);
    set(&c->uid, NULL);
    cluster_identified(c, uid, cluster_uid_is_weak(uid));
    mem_free(uid);
    return 0;
}

void cluster_sweep(struct cluster *c)
{
    struct cluster_observer *o = c->observer;
    if (!c->kube || (c->reach != LEEWAY_REACH_DOWN && c->reach != LEEWAY_REACH_LOGIN) ||
        o->retry_timer)
        return;
    struct kube_cluster_status s;
    kube_cluster_status(c->kube, &s);
    if (s.next_try_ms == o->next_try_ms)
        return;
    if (s.next_try_ms)
        o->tries++;
    o->next_try_ms = s.next_try_ms;
    char *reason = s.error ? cluster_plain_reason(c, s.error->text) : mem_strdup(c->reason);
    bool other = strcmp(reason, c->reason) != 0;
    mem_free(reason);
    if (other)
        set_down(c, c->reach, s.error->text, s.error->hint);
    else
        engine_dirty_cluster(c->engine, c);
}

/* ---- what others ask ---- */

bool cluster_is_up(const struct cluster *c)
{
    return c->kube && c->seen && (c->reach == LEEWAY_REACH_OK || c->reach == LEEWAY_REACH_STALE);
}

int cluster_check_up(const struct cluster *c, struct err *err)
{
    static const int codes[] = {
        [LEEWAY_REACH_WAITING] = ERR_UNREACHABLE, [LEEWAY_REACH_CONNECTING] = ERR_UNREACHABLE,
        [LEEWAY_REACH_DOWN] = ERR_UNREACHABLE,    [LEEWAY_REACH_LOGIN] = ERR_LOGIN,
        [LEEWAY_REACH_REPLACED] = ERR_CONFLICT,   [LEEWAY_REACH_BROKEN] = ERR_INVALID,
    };
    if (cluster_is_up(c))
        return 0;
    err_set(err, c->reach < ARRAY_LEN(codes) && codes[c->reach] ? codes[c->reach] : ERR_UNREACHABLE,
            "%s: %s", c->name, *c->reason ? c->reason : "has not answered yet");
    if (c->reach == LEEWAY_REACH_REPLACED)
        err_hint(err, "confirm on its screen that the new cluster is meant");
    return err->code;
}

void cluster_set_changing(struct cluster *c, const char *words)
{
    if (words && c->changing && strcmp(words, c->changing) == 0)
        return;
    if (!words && !c->changing)
        return;
    set(&c->changing, words);
    cluster_changed(c);
}

void cluster_targets_changed(struct cluster *c)
{
    cluster_check_settled(c);
    cluster_changed(c);
}

/* ---- life ---- */

void cluster_take_entry(struct cluster *c)
{
    const struct inventory_entry *entry = c->entry;
    c->name = entry->name;
    if (entry->distribution)
        set(&c->distribution, entry->distribution);
    if (labels_get(&entry->labels, "region"))
        set(&c->region, labels_get(&entry->labels, "region"));
}

void cluster_set_route(struct cluster *c, const struct inventory_entry *route)
{
    const struct kube_material *cert = &route->access.client_cert;
    int64_t end = 0;
    c->route = route;
    c->client_cert_not_after_ms = 0;
    if (cert->data && kube_pem_check_certificates(cert->data, cert->len, &end, NULL) == 0)
        c->client_cert_not_after_ms = end;
}

struct cluster *cluster_make(struct engine *e, const struct inventory_entry *entry)
{
    struct cluster *c = mem_new(struct cluster);
    c->engine = e;
    c->entry = entry;
    c->index = CLUSTER_NO_ROW;
    c->id = ++e->last_id;
    c->observer = mem_new(struct cluster_observer);
    c->reach = LEEWAY_REACH_WAITING;
    c->state = LEEWAY_UNKNOWN;
    c->major = c->minor = -1;
    char **strings[] = {&c->reason,   &c->reason_key,  &c->reason_detail, &c->was,
                        &c->identity, &c->git_version, &c->kubernetes,    &c->distribution,
                        &c->provider, &c->region,      &c->unplaced_says, &c->ready_failed};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        *strings[i] = mem_strdup("");
    cluster_take_entry(c);
    cluster_set_route(c, entry);
    return c;
}

void cluster_free(struct cluster *c)
{
    if (!c)
        return;
    struct cluster_observer *o = c->observer;
    cluster_ask_stop(c);
    cancel_way(c);
    loop_cancel_timer(loop_of(c), o->start_timer);
    loop_cancel_timer(loop_of(c), o->sight_timer);
    if (c->kube) {
        kube_cluster_unlisten(c->kube, o->listener);
        kube_cluster_free(c->kube);
    }
    kube_discovery_unref(c->discovery);
    char *strings[] = {c->reason,   c->reason_key,  c->reason_detail, c->was,
                       c->identity, c->git_version, c->kubernetes,    c->distribution,
                       c->provider, c->region,      c->unplaced_says, c->ready_failed,
                       c->uid,      c->new_uid,     c->changing,      c->weak_uid};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        mem_free(strings[i]);
    struct cluster_answer *answers[] = {&c->nodes_answer, &c->namespaces_answer,
                                        &c->pods_answer,  &c->unplaced_answer,
                                        &c->ready_answer, &c->rights_answer};
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        mem_free(answers[i]->why);
    for (size_t i = 0; i < c->nodes.len; i++)
        cluster_node_clear(&c->nodes.items[i]);
    for (size_t i = 0; i < c->namespaces.len; i++)
        mem_free(c->namespaces.items[i].name);
    vec_clear(&c->nodes);
    vec_clear(&c->namespaces);
    vec_clear(&c->aliases);
    vec_clear(&c->targets);
    mem_free(o);
    mem_free(c);
}
