// SPDX-License-Identifier: Apache-2.0
/*
 * Injected faults. Always compiled in, so that what is tested is what runs; without a struct
 * store_faults a point costs one comparison. The counters are atomic: points are reached on the
 * opener's thread and on the store thread.
 */
#include "store/store_int.h"

#include <stdatomic.h>
#include <unistd.h>

struct store_faults {
    enum store_fault_point point;
    enum store_fault_kind kind;
    unsigned after, times;
    atomic_uint reached[STORE_FAULT_COUNT];
};

struct store_faults *store_faults_new(enum store_fault_point point, unsigned after,
                                      enum store_fault_kind kind, unsigned times)
{
    struct store_faults *f = mem_new(struct store_faults);
    f->point = point;
    f->after = after;
    f->kind = kind;
    f->times = times;
    return f;
}

void store_faults_free(struct store_faults *f)
{
    mem_free(f);
}

unsigned store_faults_reached(const struct store_faults *f, enum store_fault_point point)
{
    return atomic_load(&f->reached[point]);
}

const char *store_fault_name(enum store_fault_point point)
{
    static const char *const names[] = {
#define X(name, word) word,
        STORE_FAULT_TABLE(X)
#undef X
    };
    return (unsigned)point < ARRAY_LEN(names) ? names[point] : "?";
}

int store_fault_at(struct store_faults *f, enum store_fault_point point)
{
    static const int codes[] = {
        [STORE_FAIL_FULL] = SQLITE_FULL,
        [STORE_FAIL_BUSY] = SQLITE_BUSY,
        [STORE_FAIL_IO] = SQLITE_IOERR_WRITE,
    };
    if (!f)
        return SQLITE_OK;
    unsigned n = atomic_fetch_add(&f->reached[point], 1);
    if (point != f->point || n < f->after || n - f->after >= f->times)
        return SQLITE_OK;
    if (f->kind == STORE_FAIL_DIE)
        _exit(137);
    return codes[f->kind];
}

int store_fault(struct store_db *db, enum store_fault_point point)
{
    return store_fault_at(db->faults, point);
}
