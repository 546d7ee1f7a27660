// SPDX-License-Identifier: Apache-2.0
/*
 * A blueprint's rollout as the stages of a release. There a gate stands behind its stage: somebody
 * lets the rollout go on; in a release it stands before the stage that begins then.
 */
#include "engine/environments/env_source_int.h"

#include <string.h>

/* "canary=true, tier in (a)": as selectors are written. */
static const char *selector_text(struct arena *a, const struct val *selector)
{
    const char *text = "";
    for (size_t i = 0; val_is(selector, VAL_MAP) && i < selector->len; i++) {
        const struct val_entry *x = &selector->as.entries[i];
        text = arena_printf(a, "%s%s%s=%s", text, i ? "," : "", x->key->s, val_str(&x->value, ""));
    }
    return text;
}

/* A number, or a share of the stage. */
static const char *number_text(struct arena *a, const struct val *v)
{
    return val_is(v, VAL_STRING) ? val_str(v, "")
                                 : arena_printf(a, "%lld", (long long)val_int(v, 0));
}

static const char *stage_text(struct arena *a, const struct val *s, bool gate)
{
    const struct val *max = val_get(s, "maxConcurrency"), *soak = val_get(s, "soak");
    const struct val *budget = val_get(s, "failureBudget");
    const char *selector = selector_text(a, val_get(s, "selector"));
    return arena_printf(a, "%s%s%s%s%s%s%s%s%s%s", val_str(val_get(s, "name"), "stage"),
                        max ? " max=" : "", max ? number_text(a, max) : "", soak ? " soak=" : "",
                        soak ? val_str(soak, "0") : "", budget ? " budget=" : "",
                        budget ? number_text(a, budget) : "", gate ? " gate" : "",
                        *selector ? " selector=" : "", selector);
}

size_t env_stages(struct arena *a, const struct val *spec, const char *const **out)
{
    const struct val *stages = val_at(spec, "rollout", "stages", NULL);
    size_t n = 0, count = val_count(stages);
    const char **texts = arena_array(a, count + 2, sizeof(*texts));
    bool gate = false, open = true; /* does the last take what is left? */
    for (size_t i = 0; i < count; i++) {
        const struct val *s = val_item(stages, i);
        texts[n++] = stage_text(a, s, gate);
        gate = val_get(s, "gate") != NULL;
        open = val_get(s, "selector") != NULL;
    }
    if (n && open)
        texts[n++] = gate ? "others gate" : "others";
    *out = texts;
    return n;
}
