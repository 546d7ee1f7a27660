// SPDX-License-Identifier: Apache-2.0
/* What every unit test includes: cmocka with the headers it needs before itself. */
#ifndef LEEWAY_TESTS_UNIT_H
#define LEEWAY_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RUN(group, ...)                                                                            \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        return cmocka_run_group_tests_name(group, tests, NULL, NULL);                              \
    }

#endif
