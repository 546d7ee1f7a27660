// SPDX-License-Identifier: Apache-2.0
/* The words of the tables of store_words.h. */
#include "store/store_int.h"

#define X(name, word) word,
#define WORDS(thing, TABLE)                                                                        \
    static const char *const thing##_list[] = {TABLE(X)};                                          \
    const char *const *const store_##thing##_words = thing##_list;                                 \
    const int store_##thing##_count = (int)ARRAY_LEN(thing##_list);                                \
    const char *store_##thing##_word(enum store_##thing v)                                         \
    {                                                                                              \
        return (unsigned)v < ARRAY_LEN(thing##_list) ? thing##_list[v] : "?";                      \
    }

WORDS(action, STORE_ACTION_TABLE)
WORDS(result_state, STORE_RESULT_STATE_TABLE)
WORDS(release_state, STORE_RELEASE_STATE_TABLE)
WORDS(target_state, STORE_TARGET_STATE_TABLE)
WORDS(step, STORE_STEP_TABLE)
WORDS(verdict, STORE_VERDICT_TABLE)
WORDS(environment_kind, STORE_ENVIRONMENT_KIND_TABLE)
WORDS(match, STORE_MATCH_TABLE)
WORDS(level, STORE_LEVEL_TABLE)
