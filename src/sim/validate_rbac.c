// SPDX-License-Identifier: Apache-2.0
/*
 * Validation of roles and their bindings, as pkg/apis/rbac/validation has it: a rule names at least
 * a verb, and either resources with their groups or paths; a binding names one role and people.
 */
#include "sim/write_int.h"

#include <stdio.h>
#include <string.h>

static void one_rule(struct write_found *f, size_t i, const struct val *rule, bool namespaced)
{
    static const struct {
        const char *list, *why;
    } wanted[] = {{"apiGroups", "resource rules must supply at least one api group"},
                  {"resources", "resource rules must supply at least one resource"}};
    const struct val *paths = val_get(rule, "nonResourceURLs");
    char field[100];
    snprintf(field, sizeof(field), "rules[%zu].nonResourceURLs", i);
    if (val_count(paths) && namespaced)
        write_wrong_value(f, field, paths, "namespaced rules cannot apply to non-resource URLs");
    if (val_count(paths) &&
        (val_count(val_get(rule, "apiGroups")) || val_count(val_get(rule, "resources")) ||
         val_count(val_get(rule, "resourceNames"))))
        write_wrong_value(f, field, paths,
                          "rules cannot apply to both regular resources and non-resource URLs");
    for (size_t k = 0; !val_count(paths) && k < ARRAY_LEN(wanted); k++) {
        snprintf(field, sizeof(field), "rules[%zu].%s", i, wanted[k].list);
        if (!val_count(val_get(rule, wanted[k].list)))
            write_missing(f, field, wanted[k].why);
    }
    snprintf(field, sizeof(field), "rules[%zu].verbs", i);
    if (!val_count(val_get(rule, "verbs")))
        write_missing(f, field, "");
}

void write_check_role(struct write_found *f, const struct val *now, const struct val *was)
{
    const struct val *rules = val_get(now, "rules");
    (void)was;
    for (size_t i = 0; i < val_count(rules); i++)
        one_rule(f, i, val_item(rules, i), strcmp(f->w->t->kind->kind, "Role") == 0);
}

/* One of these words, or it is said which they are. */
static void one_of(struct write_found *f, const char *field, const struct val *v,
                   const char *const *words)
{
    struct buf known;
    buf_init(&known, BUF_SMALL);
    bool is = false;
    for (size_t i = 0; words[i]; i++) {
        is = is || val_str_is(v, words[i]);
        buf_printf(&known, "%s\"%s\"", i ? ", " : "", words[i]);
    }
    if (!is)
        write_wrong(f, "FieldValueNotSupported", field,
                    "Unsupported value: \"%.100s\": supported values: %s", val_str(v, ""),
                    buf_str(&known));
    buf_clear(&known);
}

static void subject(struct write_found *f, size_t i, const struct val *v, bool namespaced)
{
    static const char *const kinds[] = {"ServiceAccount", "User", "Group", NULL};
    char field[100];
    snprintf(field, sizeof(field), "subjects[%zu].name", i);
    if (!val_str(val_get(v, "name"), "")[0])
        write_missing(f, field, "");
    snprintf(field, sizeof(field), "subjects[%zu].kind", i);
    one_of(f, field, val_get(v, "kind"), kinds);
    snprintf(field, sizeof(field), "subjects[%zu].namespace", i);
    if (!namespaced && val_str_is(val_get(v, "kind"), "ServiceAccount") &&
        !val_str(val_get(v, "namespace"), "")[0])
        write_missing(f, field, "");
}

void write_check_binding(struct write_found *f, const struct val *now, const struct val *was)
{
    static const char *const any[] = {"Role", "ClusterRole", NULL};
    const struct val *ref = val_get(now, "roleRef"), *subjects = val_get(now, "subjects");
    bool namespaced = strcmp(f->w->t->kind->kind, "RoleBinding") == 0;
    one_of(f, "roleRef.kind", val_get(ref, "kind"), namespaced ? any : any + 1);
    if (!val_str(val_get(ref, "name"), "")[0])
        write_missing(f, "roleRef.name", "");
    for (size_t i = 0; i < val_count(subjects); i++)
        subject(f, i, val_item(subjects, i), namespaced);
    if (was && !val_equal(ref ? ref : &val_null,
                          val_get(was, "roleRef") ? val_get(was, "roleRef") : &val_null))
        write_wrong_value(f, "roleRef", ref, "cannot change roleRef");
}
