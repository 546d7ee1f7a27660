// SPDX-License-Identifier: Apache-2.0
/* The kinds of documents that a catalog folder holds, each added to the catalog its own way. */
#include "catalog/catalog_int.h"

#include "base/vec.h"

#include <string.h>

#define PUSH(c, list, item)                                                                        \
    do {                                                                                           \
        if ((c)->n_##list == (c)->cap_##list) {                                                    \
            (c)->cap_##list = (c)->cap_##list ? (c)->cap_##list * 2 : 16;                          \
            (c)->list = mem_reallocarray((c)->list, (c)->cap_##list, sizeof(*(c)->list));          \
        }                                                                                          \
        (c)->list[(c)->n_##list++] = (item);                                                       \
    } while (0)

/* The folder names what lies in it; both have to agree, or one of them is an old copy. */
static bool agrees(const struct val *v, const struct document *d, struct document_file *f,
                   const char *path, const char *place, struct catalog_problems *problems)
{
    if (!place || d->broken || (v && val_str_is(v, place)))
        return true;
    struct err *e =
        catalog_problem(problems, &f->file, v ? v : d->value, ERR_INVALID, path,
                        "is \"%.100s\", but the file lies under %.100s", val_str(v, ""), place);
    if (e)
        err_hint(e, "the place of a published version bears its name and version");
    return false;
}

static bool in_place(const struct document *d, struct document_file *f, const struct catalog_at *at,
                     const struct semver *version, struct catalog_problems *problems)
{
    bool name = agrees(val_get(d->metadata, "name"), d, f, ".metadata.name", at->name, problems);
    if (!*version->text)
        return false; /* it is none: said when it was read */
    return agrees(val_get(d->spec, "version"), d, f, ".spec.version", at->version, problems) &&
           name;
}

/* What a document's own schema refuses is read for its name alone; that was said already. */
static void read_module(struct catalog *c, const struct document *d, struct document_file *f,
                        const struct catalog_at *at, struct catalog_problems *problems)
{
    struct catalog_problems unsaid = {0};
    struct catalog_module *m =
        module_read(d->value, &f->file, at->folder, &f->pool, d->broken ? &unsaid : problems);
    m->broken |= d->broken || !in_place(d, f, at, &m->version, problems);
    catalog_problems_clear(&unsaid);
    PUSH(c, modules, m);
}

static void read_blueprint(struct catalog *c, const struct document *d, struct document_file *f,
                           const struct catalog_at *at, struct catalog_problems *problems)
{
    struct catalog_problems unsaid = {0};
    struct catalog_blueprint *b =
        blueprint_read(d->value, &f->file, &f->pool, d->broken ? &unsaid : problems);
    b->broken |= d->broken || !in_place(d, f, at, &b->version, problems);
    catalog_problems_clear(&unsaid);
    PUSH(c, blueprints, b);
}

static void read_profile(struct catalog *c, const struct document *d, struct document_file *f,
                         const struct catalog_at *at, struct catalog_problems *problems)
{
    struct catalog_problems unsaid = {0};
    (void)at;
    struct catalog_profile *p =
        profile_read(d->value, &f->file, &f->pool, d->broken ? &unsaid : problems);
    p->broken |= d->broken;
    catalog_problems_clear(&unsaid);
    PUSH(c, profiles, p);
}

static void read_team(struct catalog *c, const struct document *d, struct document_file *f,
                      const struct catalog_at *at, struct catalog_problems *problems)
{
    (void)at;
    struct catalog_team *t = team_read(d->value, &f->file, &f->pool, problems);
    t->broken |= d->broken;
    PUSH(c, teams, t);
}

const struct catalog_reader catalog_read_module = {"Module", read_module};
const struct catalog_reader catalog_read_blueprint = {"Blueprint", read_blueprint};
const struct catalog_reader catalog_read_profile = {"Profile", read_profile};
const struct catalog_reader catalog_read_team = {"Team", read_team};

struct catalog_mark catalog_mark(const struct catalog *c)
{
    return (struct catalog_mark){c->n_modules, c->n_blueprints, c->n_profiles, c->n_teams};
}

void catalog_back_to(struct catalog *c, struct catalog_mark m)
{
    while (c->n_modules > m.modules)
        module_free(c->modules[--c->n_modules]);
    while (c->n_blueprints > m.blueprints)
        blueprint_free(c->blueprints[--c->n_blueprints]);
    while (c->n_profiles > m.profiles)
        profile_free(c->profiles[--c->n_profiles]);
    while (c->n_teams > m.teams)
        team_free(c->teams[--c->n_teams]);
}
