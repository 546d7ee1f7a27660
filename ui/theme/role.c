// SPDX-License-Identifier: Apache-2.0
#include "theme/role.h"

#include <string.h>

static const char *const names[] = {
#define X(name, word) word,
    ROLE_TABLE(X)
#undef X
};

const char *role_name(enum role role)
{
    return names[role];
}

int role_find(const char *name)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}
