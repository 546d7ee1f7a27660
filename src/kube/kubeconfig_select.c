// SPDX-License-Identifier: Apache-2.0
/* Patterns over context names. */
#include "kube/kubeconfig.h"

/* One place to go back to is enough: a later * can do all an earlier one could. */
bool kubeconfig_glob(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

bool kubeconfig_selected(const char *name, const char *const *patterns, size_t patterns_len)
{
    bool any_positive = false, in = false;
    for (size_t i = 0; i < patterns_len; i++) {
        if (patterns[i][0] == '!') {
            if (kubeconfig_glob(patterns[i] + 1, name))
                return false;
        } else {
            any_positive = true;
            in = in || kubeconfig_glob(patterns[i], name);
        }
    }
    return in || !any_positive;
}
