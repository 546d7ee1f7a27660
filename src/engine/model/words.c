// SPDX-License-Identifier: Apache-2.0
/* The words of the tables in leeway/state.h and of comparing. */
#include "leeway/compare.h"
#include "leeway/plan.h"
#include "leeway/state.h"

#define WORDS(fn, type, TABLE, count)                                                              \
    const char *fn(enum type x)                                                                    \
    {                                                                                              \
        static const char *const words[] = {TABLE(WORD)};                                          \
        return (unsigned)x < count ? words[x] : "unknown";                                         \
    }
#define WORD(id, word) word,

WORDS(leeway_state_word, leeway_state, LEEWAY_STATES, LEEWAY_STATE_COUNT)
WORDS(leeway_verdict_word, leeway_verdict, LEEWAY_VERDICTS, LEEWAY_VERDICT_COUNT)
WORDS(leeway_drift_kind_word, leeway_drift_kind, LEEWAY_DRIFT_KINDS, LEEWAY_DRIFT_KIND_COUNT)
WORDS(leeway_actor_word, leeway_actor, LEEWAY_ACTORS, LEEWAY_ACTOR_COUNT)
WORDS(leeway_action_word, leeway_action, LEEWAY_ACTIONS, LEEWAY_ACTION_COUNT)
WORDS(leeway_target_state_word, leeway_target_state, LEEWAY_TARGET_STATES,
      LEEWAY_TARGET_STATE_COUNT)
WORDS(leeway_compare_kind_word, leeway_compare_kind, LEEWAY_COMPARE_KINDS,
      LEEWAY_COMPARE_KIND_COUNT)

const char *leeway_plan_row_word(const struct leeway_plan_row *row)
{
    return row->forbidden_verb.len ? "forbidden" : leeway_action_word(row->action);
}
