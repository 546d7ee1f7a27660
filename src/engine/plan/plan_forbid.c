// SPDX-License-Identifier: Apache-2.0
/*
 * What the person may not do on a cluster. An object that authorization refuses is left out of the
 * plan and named with the verb and the resource that are missing; the rest can be applied. What
 * others stand on (definitions, namespaces) is no such thing, nor is what admission refuses: those
 * are errors. The words are those of k8s.io/apiserver, responsewriters.ForbiddenMessage.
 */
#include "engine/plan/plan_make.h"

#include "base/mem.h"

#include <string.h>

static void note(struct plan *p, struct plan_target *t, const char *words)
{
    size_t n = strlen(words);
    for (const char *at = t->forbidden; (at = strstr(at, words)); at += n)
        if ((at == t->forbidden || at[-1] == ' ') && (!at[n] || at[n] == ','))
            return;
    t->forbidden = plan_fmt(p, "%s%s%s", t->forbidden, *t->forbidden ? ", " : "", words);
}

static void leave_out(struct plan_row *r, const char *verb, const char *resource,
                      const char *detail)
{
    r->action = LEEWAY_ACTION_STAYS;
    r->forbidden = r->risk = true;
    r->forbidden_verb = verb;
    r->forbidden_resource = resource;
    r->detail = detail;
    r->hint = "";
    r->fields.len = 0;
    r->full = r->body = NULL;
    r->paths = NULL;
    r->seen = (struct digest){{0}};
    r->initial = NULL;
}

void plan_forbid_right(struct plan_making *m, struct plan_row *r, const char *verb)
{
    struct plan *p = m->planning->plan;
    const char *resource = plan_fmt(p, "%s%s%s", r->plural, *r->group ? "." : "", r->group);
    const char *words =
        plan_fmt(p, "%s %s%s%s", verb, resource, *r->namespace_ ? " in " : "", r->namespace_);
    leave_out(r, plan_str(p, verb), resource, plan_fmt(p, "you may not %s", words));
    r->hint = "ask for a role that allows it";
    note(p, m->target, words);
}

bool plan_forbid(struct plan_making *m, struct plan_row *r, const struct kube_error *error)
{
    const char *verb =
        error->code == ERR_FORBIDDEN && error->text ? strstr(error->text, " cannot ") : NULL;
    size_t n = verb ? strcspn(verb += strlen(" cannot "), " ") : 0;
    if (!n || strncmp(verb + n, " resource \"", strlen(" resource \"")) != 0 || r->traits->wait)
        return false;
    char *word = mem_strndup(verb, n);
    plan_forbid_right(m, r, word);
    mem_free(word);
    return true;
}

void plan_forbid_what_follows(struct plan_making *m)
{
    struct plan *p = m->planning->plan;
    struct plan_target *t = m->target;
    const struct plan_row *first = NULL;
    for (size_t i = 0; i < t->rows.len; i++) {
        const struct plan_row *r = t->rows.items[i];
        if (r->forbidden && (!first || r->wave < first->wave))
            first = r;
    }
    for (size_t i = 0; first && i < t->rows.len; i++) {
        struct plan_row *r = t->rows.items[i];
        if (r->wave > first->wave && plan_row_is_sent(r) && r->action != LEEWAY_ACTION_DELETE)
            leave_out(r, first->forbidden_verb, first->forbidden_resource,
                      plan_fmt(p, "not sent: it comes after %s/%s, which is forbidden", first->kind,
                               first->name));
    }
}
