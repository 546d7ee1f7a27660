// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))
#define ROUND                                                                                      \
    do {                                                                                           \
        v0 += v1, v1 = ROTL(v1, 13), v1 ^= v0, v0 = ROTL(v0, 32);                                  \
        v2 += v3, v3 = ROTL(v3, 16), v3 ^= v2;                                                     \
        v0 += v3, v3 = ROTL(v3, 21), v3 ^= v0;                                                     \
        v2 += v1, v1 = ROTL(v1, 17), v1 ^= v2, v2 = ROTL(v2, 32);                                  \
    } while (0)

uint64_t hash_bytes(const struct hash_key *k, const void *data, size_t len)
{
    const unsigned char *p = data;
    uint64_t v0 = k->k0 ^ 0x736f6d6570736575ULL, v1 = k->k1 ^ 0x646f72616e646f6dULL;
    uint64_t v2 = k->k0 ^ 0x6c7967656e657261ULL, v3 = k->k1 ^ 0x7465646279746573ULL;
    uint64_t m;
    size_t left = len;
    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&m, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        m = __builtin_bswap64(m);
#endif
        v3 ^= m;
        ROUND;
        ROUND;
        v0 ^= m;
    }
    m = (uint64_t)len << 56;
    for (size_t i = 0; i < left; i++)
        m |= (uint64_t)p[i] << (8 * i);
    v3 ^= m;
    ROUND;
    ROUND;
    v0 ^= m;
    v2 ^= 0xff;
    ROUND;
    ROUND;
    ROUND;
    ROUND;
    return v0 ^ v1 ^ v2 ^ v3;
}

static struct hash_key process_key;
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static void draw_process_key(void)
{
    /* The key only spreads tables; without entropy an early boot still gets distinct addresses. */
    if (getrandom(&process_key, sizeof(process_key), 0) != (ssize_t)sizeof(process_key))
        process_key.k0 = (uint64_t)(uintptr_t)&process_key;
}

const struct hash_key *hash_process_key(void)
{
    pthread_once(&process_key_once, draw_process_key);
    return &process_key;
}

/* The index holds entry number + 1; 0 is empty, UINT32_MAX removed. */
#define GONE UINT32_MAX

static size_t find(const struct strmap *m, const char *key, size_t len, uint64_t h)
{
    if (!m->index_cap)
        return SIZE_MAX;
    size_t mask = m->index_cap - 1;
    for (size_t i = h & mask; m->index[i]; i = (i + 1) & mask) {
        if (m->index[i] == GONE)
            continue;
        const struct strmap_entry *e = &m->entries[m->index[i] - 1];
        if (e->hash == h && e->len == len && memcmp(e->key, key, len) == 0)
            return i;
    }
    return SIZE_MAX;
}

static void rebuild(struct strmap *m)
{
    size_t live = 0;
    for (size_t i = 0; i < m->len; i++)
        if (m->entries[i].key)
            m->entries[live++] = m->entries[i];
    m->len = live;
    size_t cap = 16;
    while (cap < live * 3)
        cap *= 2;
    mem_free(m->index);
    m->index = mem_calloc(cap, sizeof(*m->index));
    m->index_cap = cap;
    for (size_t n = 0; n < live; n++) {
        size_t i = m->entries[n].hash & (cap - 1);
        while (m->index[i])
            i = (i + 1) & (cap - 1);
        m->index[i] = (uint32_t)(n + 1);
    }
}

void *strmap_get_n(const struct strmap *m, const char *key, size_t len)
{
    if (!m->count)
        return NULL;
    size_t i = find(m, key, len, hash_bytes(hash_process_key(), key, len));
    return i == SIZE_MAX ? NULL : m->entries[m->index[i] - 1].value;
}

void *strmap_get(const struct strmap *m, const char *key)
{
    return strmap_get_n(m, key, strlen(key));
}

bool strmap_has(const struct strmap *m, const char *key)
{
    size_t len = strlen(key);
    return m->count && find(m, key, len, hash_bytes(hash_process_key(), key, len)) != SIZE_MAX;
}

void *strmap_set_n(struct strmap *m, const char *key, size_t len, void *value)
{
    uint64_t h = hash_bytes(hash_process_key(), key, len);
    size_t i = find(m, key, len, h);
    if (i != SIZE_MAX) {
        struct strmap_entry *e = &m->entries[m->index[i] - 1];
        void *old = e->value;
        e->value = value;
        return old;
    }
    if ((m->len + 1) * 2 > m->index_cap)
        rebuild(m);
    if (m->len == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 8;
        m->entries = mem_reallocarray(m->entries, m->cap, sizeof(*m->entries));
    }
    m->entries[m->len] = (struct strmap_entry){mem_strndup(key, len), len, h, value};
    size_t at = h & (m->index_cap - 1);
    while (m->index[at] && m->index[at] != GONE)
        at = (at + 1) & (m->index_cap - 1);
    m->index[at] = (uint32_t)++m->len;
    m->count++;
    return NULL;
}

void *strmap_set(struct strmap *m, const char *key, void *value)
{
    return strmap_set_n(m, key, strlen(key), value);
}

void *strmap_remove(struct strmap *m, const char *key)
{
    size_t len = strlen(key);
    size_t i = find(m, key, len, hash_bytes(hash_process_key(), key, len));
    if (i == SIZE_MAX)
        return NULL;
    struct strmap_entry *e = &m->entries[m->index[i] - 1];
    void *old = e->value;
    mem_free(e->key);
    e->key = NULL;
    m->index[i] = GONE;
    m->count--;
    return old;
}

void strmap_clear(struct strmap *m)
{
    for (size_t i = 0; i < m->len; i++)
        mem_free(m->entries[i].key);
    mem_free(m->entries);
    mem_free(m->index);
    memset(m, 0, sizeof(*m));
}

const struct strmap_entry *strmap_next(const struct strmap *m, size_t *i)
{
    while (*i < m->len) {
        const struct strmap_entry *e = &m->entries[(*i)++];
        if (e->key)
            return e;
    }
    return NULL;
}
