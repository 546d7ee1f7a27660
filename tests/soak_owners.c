// SPDX-License-Identifier: Apache-2.0
/* The rules, leaf by leaf: a model of its own, which shares no code with the simulator. */
#include "soak_owners.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 5, MAPS = 3 };

const char *const owners_managers[OWNERS_ALL] = {"kubectl", "helm", "leeway", "robot",
                                                 "before-first-apply"};
static const char *const maps[] = {"data", "labels", "annotations"};

/* ---- rules ---- */

static void lose(struct owners_state *s, uint16_t bits)
{
    for (unsigned m = 0; m < OWNERS_ALL; m++) {
        s->applied[m] &= (uint16_t)~bits;
        s->updated[m] &= (uint16_t)~bits;
    }
}

static bool has_map(const struct owners_leaves *l, unsigned map)
{
    for (unsigned k = 0; k < KEYS; k++)
        if (l->value[map * KEYS + k] != OWNERS_ABSENT)
            return true;
    return false;
}

static bool map_held(const struct owners_state *s, unsigned map)
{
    for (unsigned m = 0; m < OWNERS_ALL; m++)
        if (s->holds[m] & 1u << map)
            return true;
    return false;
}

static void lose_map(struct owners_state *s, unsigned map)
{
    for (unsigned m = 0; m < OWNERS_ALL; m++)
        s->holds[m] &= (uint8_t) ~(1u << map);
}

void owners_update(struct owners_state *s, unsigned manager, const struct owners_leaves *to)
{
    if (!s->exists)
        memset(s->is.value, OWNERS_ABSENT, sizeof(s->is.value));
    s->exists = true;
    for (unsigned map = 0; map < MAPS; map++) {
        if (has_map(&s->is, map) == has_map(to, map))
            continue;
        lose_map(s, map);
        if (has_map(to, map) && !s->untracked)
            s->holds[manager] |= (uint8_t)(1u << map);
    }
    for (unsigned i = 0; i < OWNERS_LEAVES; i++) {
        uint16_t bit = (uint16_t)(1u << i);
        if (s->is.value[i] == to->value[i])
            continue; /* what does not change stays whose it is */
        lose(s, bit);
        if (to->value[i] != OWNERS_ABSENT && !s->untracked)
            s->updated[manager] |= bit;
        s->is.value[i] = to->value[i];
    }
}

static bool owned_by_others(const struct owners_state *s, unsigned manager, uint16_t bit)
{
    for (unsigned m = 0; m < OWNERS_ALL; m++)
        if ((m != manager && s->applied[m] & bit) || s->updated[m] & bit)
            return true;
    return false;
}

bool owners_apply(struct owners_state *s, unsigned manager, const struct owners_leaves *wanted,
                  bool force)
{
    if (!s->exists)
        memset(s->is.value, OWNERS_ABSENT, sizeof(s->is.value));
    struct owners_state was = *s;
    uint16_t before = s->applied[manager], now = 0;
    for (unsigned i = 0; i < OWNERS_LEAVES;
         i++) /* whatever is there and nobody's is an old owner's */
        if (s->exists && s->untracked && s->is.value[i] != OWNERS_ABSENT)
            s->updated[OWNERS_BEFORE] |= (uint16_t)(1u << i);
    for (unsigned map = 0; map < MAPS; map++)
        if (s->exists && s->untracked && has_map(&s->is, map))
            s->holds[OWNERS_BEFORE] |= (uint8_t)(1u << map);
    for (unsigned map = 0; map < MAPS; map++) {
        if (has_map(&s->is, map) || !has_map(wanted, map) || !map_held(s, map))
            continue; /* else it is somebody's that is not there any more */
        if (!force) {
            *s = was;
            return false;
        }
        lose_map(s, map);
    }
    for (unsigned i = 0; i < OWNERS_LEAVES && !force; i++)
        if (wanted->value[i] != OWNERS_ABSENT && wanted->value[i] != s->is.value[i] &&
            owned_by_others(s, manager, (uint16_t)(1u << i))) {
            *s = was;
            return false;
        }
    s->exists = true;
    s->untracked = false;
    for (unsigned i = 0; i < OWNERS_LEAVES; i++) {
        uint16_t bit = (uint16_t)(1u << i);
        if (wanted->value[i] == OWNERS_ABSENT) {
            if (before & bit && !owned_by_others(s, manager, bit))
                s->is.value[i] = OWNERS_ABSENT; /* it was only ours */
            continue;
        }
        now |= bit;
        if (wanted->value[i] != s->is.value[i])
            lose(s, bit);
        s->is.value[i] = wanted->value[i];
    }
    s->applied[manager] = now;
    return true;
}

/* ---- the log ---- */

void owners_commit(struct owners *o, unsigned object, const struct owners_state *s,
                   uint64_t version)
{
    o->now[object] = *s;
    vec_push(&o->log, (struct owners_entry){version, object, *s});
}

void owners_restore(struct owners *o, uint64_t version)
{
    memset(o->now, 0, sizeof(o->now));
    while (o->log.len && o->log.items[o->log.len - 1].version > version)
        o->log.len--;
    for (size_t i = 0; i < o->log.len; i++)
        o->now[o->log.items[i].object] = o->log.items[i].state;
}

void owners_clear(struct owners *o)
{
    vec_clear(&o->log);
}

/* ---- as JSON ---- */

static void write_map(struct buf *b, unsigned map, const struct owners_leaves *l, uint16_t drop)
{
    bool any = false;
    for (unsigned k = 0; k < KEYS; k++) {
        unsigned i = map * KEYS + k;
        if (l->value[i] == OWNERS_ABSENT && !(drop & 1u << i))
            continue;
        if (any)
            buf_putc(b, ',');
        else
            buf_printf(b, ",\"%s\":{", maps[map]);
        if (l->value[i] == OWNERS_ABSENT)
            buf_printf(b, "\"k%u\":null", k);
        else
            buf_printf(b, "\"k%u\":\"v%d\"", k, l->value[i]);
        any = true;
    }
    if (any)
        buf_putc(b, '}');
}

void owners_write(struct buf *b, unsigned object, const struct owners_leaves *l, uint16_t drop)
{
    buf_printf(b, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"own%u\"",
               object);
    write_map(b, 1, l, drop);
    write_map(b, 2, l, drop);
    buf_putc(b, '}');
    write_map(b, 0, l, drop);
    buf_putc(b, '}');
}

static const struct val *map_of(const struct val *object, unsigned map)
{
    return map ? val_at(object, "metadata", maps[map], NULL) : val_get(object, maps[0]);
}

static uint16_t bits_of(const struct val *fields)
{
    uint16_t bits = 0;
    for (unsigned map = 0; map < 3; map++) {
        char name[20];
        snprintf(name, sizeof(name), "f:%s", maps[map]);
        const struct val *set =
            map ? val_at(fields, "f:metadata", name, NULL) : val_get(fields, name);
        for (unsigned k = 0; k < KEYS; k++) {
            char key[8];
            snprintf(key, sizeof(key), "f:k%u", k);
            if (val_get(set, key))
                bits |= (uint16_t)(1u << (map * KEYS + k));
        }
    }
    return bits;
}

static uint8_t holds_of(const struct val *fields)
{
    uint8_t holds = 0;
    for (unsigned map = 0; map < MAPS; map++) {
        char name[20];
        snprintf(name, sizeof(name), "f:%s", maps[map]);
        const struct val *set =
            map ? val_at(fields, "f:metadata", name, NULL) : val_get(fields, name);
        if (set && (val_get(set, ".") || !val_count(set)))
            holds |= (uint8_t)(1u << map);
    }
    return holds;
}

static void compare_values(const struct owners_state *s, const struct val *served, char why[300])
{
    for (unsigned map = 0; map < 3; map++) {
        size_t there = 0;
        for (unsigned k = 0; k < KEYS; k++) {
            char key[8], value[16];
            int8_t want = s->is.value[map * KEYS + k];
            snprintf(key, sizeof(key), "k%u", k);
            snprintf(value, sizeof(value), "v%d", want);
            const struct val *have = val_get(map_of(served, map), key);
            there += have != NULL;
            if ((have != NULL) != (want != OWNERS_ABSENT) || (have && !val_str_is(have, value)))
                snprintf(why, 300, "%s.%s is %.40s, and was written as %s", maps[map], key,
                         val_str(have, "absent"), want == OWNERS_ABSENT ? "absent" : value);
        }
        if (val_count(map_of(served, map)) != there)
            snprintf(why, 300, "%s has keys that nobody wrote", maps[map]);
    }
}

static unsigned manager_of(const struct val *entry)
{
    unsigned m = 0;
    while (m < OWNERS_ALL && !val_str_is(val_get(entry, "manager"), owners_managers[m]))
        m++;
    return m;
}

static void compare_owners(const struct owners_state *s, const struct val *served, char why[300])
{
    const struct val *entries = val_at(served, "metadata", "managedFields", NULL);
    uint16_t have[2][OWNERS_ALL] = {{0}};
    uint8_t holds[OWNERS_ALL] = {0};
    for (size_t i = 0; i < val_count(entries); i++) {
        const struct val *one = val_item(entries, i);
        bool applied = val_str_is(val_get(one, "operation"), "Apply");
        unsigned m = manager_of(one);
        if (m == OWNERS_ALL)
            snprintf(why, 300, "%.100s owns fields and never wrote",
                     val_str(val_get(one, "manager"), "?"));
        else
            have[applied][m] |= bits_of(val_get(one, "fieldsV1"));
        if (m < OWNERS_ALL)
            holds[m] |= holds_of(val_get(one, "fieldsV1"));
    }
    for (unsigned m = 0; m < OWNERS_ALL; m++)
        if (holds[m] != s->holds[m])
            snprintf(why, 300, "%s: holds the maps %x; of the writes: %x", owners_managers[m],
                     holds[m], s->holds[m]);
    for (unsigned m = 0; m < OWNERS_ALL; m++)
        if (have[1][m] != s->applied[m] || have[0][m] != s->updated[m])
            snprintf(why, 300, "%s: applied %04x updated %04x; of the writes: %04x %04x",
                     owners_managers[m], have[1][m], have[0][m], s->applied[m], s->updated[m]);
}

void owners_note_tracked(struct owners_state *s, const struct val *served)
{
    s->untracked = served && !val_count(val_at(served, "metadata", "managedFields", NULL));
}

void owners_compare(const struct owners_state *s, const struct val *served, char why[300])
{
    why[0] = '\0';
    if (s->exists != (served != NULL)) {
        snprintf(why, 300, served ? "it is there, and was deleted" : "it is gone");
    } else if (served) {
        compare_values(s, served, why);
        compare_owners(s, served, why);
    }
}
