// SPDX-License-Identifier: Apache-2.0
/*
 * Many small clusters that are alike: one is made as every cluster is made, by its controllers, and
 * the others are printed from it with what is their own put in: names, regions, addresses, uids,
 * versions. What a cluster contains does not depend on who was asked first: the pattern is always
 * that of the lowest number of its shape. Times are those of the pattern, so it is made anew after
 * a few seconds.
 */
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GOOD_FOR_MS = 5000, UID_LEN = 36, UID_OWN = 8 };

enum what { NAME, REGION, ADDRESS, VERSION, UID, WHATS };

struct hole { /* in a text: so many bytes are replaced */
    uint32_t at, len;
    enum what what;
};

struct model {
    const struct sim_object *o; /* borrowed from the cluster below */
    VEC(struct hole) holes;     /* by place */
};

struct sim_pattern {
    struct sim_pattern *next;
    struct sim_cluster from; /* never served */
    int64_t made_ms;         /* boot time */
    uint64_t begins;         /* the version before its first object */
    VEC(struct model) models;
};

/* ---- what is a cluster's own ---- */

struct own {
    char text[VERSION][48];
    uint32_t uid;
    uint64_t begins;
};

static void own_of(const struct sim_cluster *c, uint64_t begins, struct own *out)
{
    snprintf(out->text[NAME], sizeof(out->text[NAME]), "%s", c->name);
    snprintf(out->text[REGION], sizeof(out->text[REGION]), "%s", c->is.region);
    snprintf(out->text[ADDRESS], sizeof(out->text[ADDRESS]), "\"10.0.%u.", c->number % 250);
    out->uid = (uint32_t)(c->sim->seed * 0x9e3779b9u) ^ (c->number * 0x85ebca6bu);
    out->begins = begins;
}

static bool hex(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f');
}

static bool is_uid(const char *s)
{
    for (int i = 0; i < UID_LEN; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-' : !hex(s[i]))
            return false;
    return true;
}

/* What begins at s, if anything does: how long it is. */
static size_t hole_at(const char *s, const struct own *own, const char *version, enum what *what)
{
    for (enum what k = NAME; k < VERSION; k++) {
        size_t n = strlen(own->text[k]);
        *what = k;
        if (strncmp(s, own->text[k], n) == 0)
            return n;
    }
    *what = VERSION;
    if (strncmp(s, version, strlen(version)) == 0)
        return strlen(version);
    *what = UID;
    return hex(*s) && is_uid(s) ? UID_LEN : 0;
}

static void find_holes(struct model *m, const struct own *own)
{
    char version[60];
    enum what what;
    snprintf(version, sizeof(version), "\"resourceVersion\":\"%" PRIu64 "\"", m->o->version);
    for (size_t i = 0, n; i < m->o->len; i += n ? n : 1)
        if ((n = hole_at(m->o->text + i, own, version, &what)))
            vec_push(&m->holes, (struct hole){(uint32_t)i, (uint32_t)n, what});
}

/* ---- patterns ---- */

static bool same_shape(const struct sim_cluster *a, const struct sim_cluster *b)
{
    return a->is.nodes == b->is.nodes && strcmp(a->is.kubernetes, b->is.kubernetes) == 0 &&
           strcmp(a->is.distribution, b->is.distribution) == 0 &&
           strcmp(a->is.cloud, b->is.cloud) == 0 && strcmp(a->is.tier, b->is.tier) == 0;
}

static void pattern_clear(struct sim_pattern *t)
{
    for (size_t i = 0; i < t->models.len; i++)
        vec_clear(&t->models.items[i].holes);
    vec_clear(&t->models);
    sim_store_clear(&t->from);
}

static void pattern_make(struct sim_pattern *t, const struct sim_cluster *like)
{
    struct sim_cluster *from = &t->from;
    *from = (struct sim_cluster){.sim = like->sim, .listen_fd = -1, .version = 1000};
    for (from->number = 0; from->number <= like->number; from->number++) {
        sim_fleet_name(from, false);
        if (same_shape(from, like))
            break;
    }
    t->made_ms = sim_boot_ms(like->sim);
    t->begins = from->version;
    sim_fleet_make(from);
    struct own own;
    own_of(from, t->begins, &own);
    for (size_t k = 0; k < sim_kinds_len; k++)
        for (size_t i = 0; i < from->objects[k].len; i++) {
            struct model m = {.o = from->objects[k].items[i]};
            find_holes(&m, &own);
            vec_push(&t->models, m);
        }
}

static struct sim_pattern *pattern_for(const struct sim_cluster *c)
{
    struct sim_pattern *t = c->sim->patterns;
    while (t && !same_shape(&t->from, c))
        t = t->next;
    if (t && sim_boot_ms(c->sim) - t->made_ms < GOOD_FOR_MS)
        return t;
    if (t) {
        pattern_clear(t);
        t->models.items = NULL;
    } else {
        t = mem_new(struct sim_pattern);
        t->next = c->sim->patterns;
        c->sim->patterns = t;
    }
    pattern_make(t, c);
    return t;
}

void sim_patterns_free(struct sim_pattern *t)
{
    for (struct sim_pattern *next; t; t = next) {
        next = t->next;
        pattern_clear(t);
        mem_free(t);
    }
}

/* ---- printing ---- */

static void fill_hole(struct buf *b, const struct hole *h, const char *was, uint64_t version,
                      const struct own *own)
{
    char first[UID_OWN + 1] = "";
    if (h->what < VERSION) {
        buf_puts(b, own->text[h->what]);
    } else if (h->what == VERSION) {
        buf_printf(b, "\"resourceVersion\":\"%" PRIu64 "\"", version);
    } else {
        memcpy(first, was, UID_OWN);
        buf_printf(b, "%08x", (uint32_t)strtoul(first, NULL, 16) ^ own->uid);
        buf_add(b, was + UID_OWN, UID_LEN - UID_OWN);
    }
}

static void print(struct sim_cluster *c, const struct sim_pattern *t, const struct model *m,
                  const struct own *own, struct buf *b)
{
    const char *text = m->o->text;
    uint64_t version = own->begins + (m->o->version - t->begins);
    size_t at = 0, name = strlen(t->from.name);
    buf_reset(b);
    for (size_t i = 0; i < m->holes.len; i++) {
        const struct hole *h = &m->holes.items[i];
        buf_add(b, text + at, h->at - at);
        fill_hole(b, h, text + h->at, version, own);
        at = h->at + h->len;
    }
    buf_add(b, text + at, m->o->len - at);
    char own_name[256];
    bool named = strncmp(m->o->name, t->from.name, name) == 0; /* a node, and its lease */
    snprintf(own_name, sizeof(own_name), "%s%s", named ? c->name : "",
             m->o->name + (named ? name : 0));
    sim_store_take(c, m->o->kind, m->o->ns, own_name, version, b);
}

bool sim_pattern_fill(struct sim_cluster *c)
{
    if (c->is.name || !c->is.region || c->webhooks.len || c->missing_image[0] ||
        c->crashing_image[0] || c->faults.skew_ms)
        return false; /* it is like no other */
    const struct sim_pattern *t = pattern_for(c);
    struct own own;
    struct buf b;
    own_of(c, c->version, &own);
    buf_init(&b, BUF_LARGE);
    for (size_t i = 0; i < t->models.len; i++)
        print(c, t, &t->models.items[i], &own, &b);
    buf_clear(&b);
    return true;
}
