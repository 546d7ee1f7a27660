// SPDX-License-Identifier: Apache-2.0
/*
 * Documents that are no file yet: drafts, which are answered and forgotten, and new or changed
 * environments, which are written when their blueprint renders.
 */
#include "engine/environments/env_source_int.h"

#include "base/mem.h"
#include "catalog/environment_file.h"

#include <stdlib.h>
#include <string.h>

void env_source_take(struct env_source *s, const char *document, bool fresh, bool draft)
{
    s->document = mem_strdup(document);
    s->fresh = fresh;
    s->draft = draft;
}

static int compare_places(const void *x, const void *y)
{
    return text_compare(((const struct leeway_plan_place *)x)->cluster,
                        ((const struct leeway_plan_place *)y)->cluster);
}

/* Where it may go and where it goes, for people. */
const struct leeway_plan_place *env_draft_places(struct env_source *s, size_t *n)
{
    struct arena *a = &s->pool.arena;
    struct leeway_plan_place *out = arena_array(a, s->n + 1, sizeof(*out));
    *n = 0;
    if (!out || !s->composition || s->fixed)
        return NULL;
    for (size_t i = 0; i < s->n; i++) {
        const struct placement_cluster *p = &s->places[i];
        if (p->why)
            out[(*n)++] =
                (struct leeway_plan_place){text_cstr(a, p->cluster.name), !p->refused, p->chosen,
                                           text_cstr(a, p->refused ? p->refused : p->why)};
    }
    if (*n)
        qsort(out, *n, sizeof(*out), compare_places);
    return out;
}

/* The document as the file that people edit; a fresh one never takes another's place. */
int env_draft_write(struct env_source *s)
{
    if (!s->document || s->draft)
        return 0;
    const char *base = strrchr(s->path, '/');
    size_t n = strlen(s->name);
    if (!base || strncmp(base + 1, s->name, n) != 0 || strcmp(base + 1 + n, ".yaml") != 0)
        return err_set(&s->err, ERR_INVALID, "the document is of %s, which is not %s", s->name,
                       s->path);
    (void)!environment_file_write(s->path, s->doc->value, s->fresh, &s->err);
    if (s->err.code == ERR_EXISTS)
        err_hint(&s->err, "there is an environment %s: change it, or take another name", s->name);
    return s->err.code;
}

/* A draft is answered with what is wrong with it. */
void env_draft_answer(struct env_source *s, struct engine *e, struct engine_command *cmd,
                      const struct plan_request *r)
{
    struct arena *a = &s->pool.arena;
    const struct err *err = s->problems.len ? &s->problems.items[0] : &s->err;
    struct leeway_plan p = {.hash = TEXT_NONE,
                            .environment = text_cstr(a, s->name),
                            .environment_uuid = TEXT_NONE,
                            .namespace_ = TEXT_NONE,
                            .title = TEXT("draft"),
                            .why_not = text_cstr(a, err->text),
                            .places = r->places,
                            .n_places = r->n_places};
    struct leeway_plan *copy = leeway_plan_new(&p);
    engine_answer_plan(e, cmd, copy);
    leeway_plan_unref(copy);
}
