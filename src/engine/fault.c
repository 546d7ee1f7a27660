// SPDX-License-Identifier: Apache-2.0
#include "engine/fault.h"

void engine_fault(const char *name)
{
    (void)name;
}
