// SPDX-License-Identifier: Apache-2.0
/* The faults of engine/fault.h, for tests/leeway-faults only. */
#include "engine/fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME(name) name,
static const char *const names[] = {ENGINE_FAULTS(NAME)};

static void check_name(const char *wanted, size_t len)
{
    if (len == 4 && memcmp(wanted, "none", 4) == 0)
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i]) == len && memcmp(names[i], wanted, len) == 0)
            return;
    fprintf(stderr, "LEEWAY_FAULT=%s: there is no such place\n", wanted);
    exit(64);
}

void engine_fault(const char *name)
{
    static long passed;
    const char *wanted = getenv("LEEWAY_FAULT");
    size_t len = wanted ? strcspn(wanted, ":") : 0;
    if (!len)
        return;
    check_name(wanted, len);
    if (strlen(name) != len || memcmp(name, wanted, len) != 0)
        return;
    if (passed++ == (wanted[len] ? strtol(wanted + len + 1, NULL, 10) : 0))
        kill(getpid(), SIGKILL);
}
