// SPDX-License-Identifier: Apache-2.0
#include "catalog/trust.h"

#include "base/mem.h"
#include "catalog/files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void trust_items_clear(struct trust_items *t)
{
    vec_clear(t);
}

/* ---- what a subject is made of ---- */

/* Approvals go by where things lie; what lies elsewhere is not covered by its name. */
static int check_place(const struct catalog *c, const struct approval_item *item, const char *have,
                       struct err *e)
{
    char *want = approval_item_path(c->folder, item);
    char *x = realpath(want, NULL), *y = realpath(have, NULL);
    int rc = 0;
    if (!x || !y || strcmp(x, y) != 0) {
        rc = err_set(e, ERR_INVALID, "%s %s@%s does not lie where approvals look for it",
                     approval_kind_name(item->kind), item->name, item->version);
        err_at(e, have, 0, 0);
        err_hint(e, "move it to %s", want);
    }
    free(x);
    free(y);
    mem_free(want);
    return rc;
}

static int add_item(const struct catalog *c, struct trust_items *out, enum approval_kind kind,
                    const char *name, const char *version, const char *place, struct err *e)
{
    struct approval_item item = {kind, name, version};
    vec_push(out, item);
    return check_place(c, &item, place, e);
}

int trust_items_of(const struct catalog *c, const struct catalog_blueprint *b,
                   struct trust_items *out, struct err *e)
{
    const struct catalog_composition *k = catalog_composition_of(c, b);
    if (!k) {
        err_set(e, ERR_INVALID, "blueprint %s@%s has problems", b->name, b->version.text);
        err_hint(e, "leeway catalog lint says them");
        return ERR_INVALID;
    }
    int rc = add_item(c, out, APPROVAL_BLUEPRINT, b->name, b->version.text, b->file->path, e);
    for (size_t i = 0; i < k->n_instances && !rc; i++) {
        const struct catalog_module *m = k->instances[i].module;
        rc = add_item(c, out, APPROVAL_MODULE, m->name, m->version.text, m->folder, e);
    }
    return rc;
}

void trust_policy_items(struct trust_items *out)
{
    vec_push(out, ((struct approval_item){APPROVAL_GUARDRAILS, "", ""}));
    vec_push(out, ((struct approval_item){APPROVAL_PROFILES, "", ""}));
}

/* ---- judging ---- */

static void not_what_was_read(struct approval *a, const char *path)
{
    a->state = APPROVAL_ALTERED;
    a->because = mem_reallocarray(a->because, a->n_because + 1, sizeof(*a->because));
    a->because[a->n_because++] =
        (struct approval_line){mem_printf("%s was changed while it was read, or is not among what "
                                          "was approved",
                                          path),
                               mem_strdup("do it again; if it stays, leeway catalog verify says "
                                          "which file differs")};
}

static void hold_against(struct approval *a, const struct approval_item *item,
                         const struct catalog_file *file)
{
    const char *slash = strrchr(file->path, '/');
    if (!approval_saw(a, item, slash ? slash + 1 : file->path, file->text, file->len))
        not_what_was_read(a, file->path);
}

int trust_judge_blueprint(const struct catalog *c, const struct catalog_blueprint *b,
                          const struct approval_trust *trust, struct approval *out, struct err *e)
{
    struct trust_items items = {0};
    char *subject = approval_subject(b->name, b->version.text);
    *out = (struct approval){.state = APPROVAL_NOT};
    int rc = trust_items_of(c, b, &items, e);
    if (!rc)
        rc = approval_judge(c->folder, subject, items.items, items.len, trust, out, e);
    const struct catalog_composition *k = catalog_composition_of(c, b);
    for (size_t i = 0; !rc && out->state <= APPROVAL_NEW && i < items.len; i++)
        hold_against(out, &items.items[i], i ? k->instances[i - 1].module->file : b->file);
    trust_items_clear(&items);
    mem_free(subject);
    return rc;
}

static bool is_there(const char *folder, const char *name)
{
    char *path = catalog_join(folder, name);
    bool there = access(path, F_OK) == 0;
    mem_free(path);
    return there;
}

int trust_judge_policy(const char *folder, const struct approval_trust *trust, struct approval *out,
                       struct err *e)
{
    struct trust_items items = {0};
    struct approval_trust how = *trust;
    char *lock = approval_lock_path(folder, TRUST_POLICY);
    if (!is_there(folder, "guardrails") && !is_there(folder, "profiles") && access(lock, F_OK))
        how.nobody = true;
    trust_policy_items(&items);
    int rc = approval_judge(folder, TRUST_POLICY, items.items, items.len, &how, out, e);
    trust_items_clear(&items);
    mem_free(lock);
    return rc;
}

/* ---- what was seen first ---- */

void trust_pins_clear(struct trust_pins *p)
{
    for (size_t i = 0; i < p->all.len; i++)
        mem_free(p->all.items[i].key);
    vec_clear(&p->all);
}

void trust_pins_add(struct trust_pins *p, const char *kind, const char *name, const char *version,
                    const struct digest *d)
{
    struct trust_pin pin = {mem_printf("%s %s %s", kind, name, version), *d};
    vec_push(&p->all, pin);
}

static const struct digest *seen(void *ctx, const struct approval_item *item)
{
    const struct trust_pins *p = ctx;
    const struct digest *found = NULL;
    char *key = mem_printf("%s %s %s", approval_kind_name(item->kind), item->name, item->version);
    for (size_t i = p->all.len; i-- > 0 && !found;)
        if (strcmp(p->all.items[i].key, key) == 0)
            found = &p->all.items[i].digest;
    mem_free(key);
    return found;
}

struct approval_pins trust_pins_lookup(struct trust_pins *p)
{
    return (struct approval_pins){seen, p};
}
