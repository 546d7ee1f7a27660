// SPDX-License-Identifier: Apache-2.0
/*
 * The fleet's catalogs, environment files and drafts, held for people to look at: a worker reads
 * and judges them, the rows go into two tables of the snapshot. Plans read the files themselves, as
 * they are then; what is held here decides nothing. Engine thread, but for what a line says.
 */
#ifndef LEEWAY_ENGINE_CATALOGS_H
#define LEEWAY_ENGINE_CATALOGS_H

#include "base/tree_watch.h"
#include "engine/environments/trust.h"

extern const struct engine_part catalogs_part;

/* Reads everything again; asked for while it is read, once more afterwards. The folders are
 * watched: what is saved there is read again by itself. */
void catalogs_read_again(struct engine *e);
/* Where the fleet's files are: the folder of leeway.yaml, without one the working directory.
 * Borrowed; absolute. */
const char *catalogs_folder(struct engine *e);

/* Fills what the fleet says about its catalogs; texts in a. */
void catalogs_describe(struct engine *e, struct leeway_fleet_info *info, struct arena *a);

/* What a form keeps until it is done: name, document (none: it goes). */
int catalogs_keep_draft(struct engine *e, const struct leeway_command *c,
                        struct err *err) ERR_CHECKED;

/* Commands. */
void catalogs_read_command(struct engine *e, struct engine_command *cmd);
void catalogs_draft_command(struct engine *e, struct engine_command *cmd);

/* ---- the worker's part (catalogs_read.c) ---- */

struct catalogs_problem {
    char *text, *hint; /* "file:line:col: …"; hint may be NULL */
};

struct catalogs_reading {
    /* what is read */
    char *folder, *fleet_file, *drafts; /* drafts, fleet_file: or NULL */
    VEC(char *) roots;                  /* of catalogs */
    char *login;
    struct trust *trust; /* NULL: there is no catalog */
    /* what came of it, in arena */
    struct arena arena;
    VEC(struct leeway_blueprint) blueprints;
    VEC(struct leeway_env_file) files;
    struct text problem; /* the first */
    int32_t problems;
    VEC(struct catalogs_problem) said; /* the first of them, each at its place */
    /* what is read again when it changes */
    struct tree_watch *watch;        /* NULL: nobody looks on */
    struct catalogs_reading *before; /* the last one: what was good in it stands in; or NULL */
    bool perhaps;                    /* nobody knows whether anything changed */
    bool same;                       /* nothing did: nothing was read */
    uint64_t signature;
    struct err unwatched; /* why the folders cannot be watched */
    struct catalog_kinds *kinds;
    VEC(struct catalog *) catalogs; /* as they were read */
};

struct catalogs_reading *catalogs_reading_new(void);
void catalogs_reading_free(struct catalogs_reading *r); /* NULL is fine */
void catalogs_reading_run(void *reading);               /* worker */

#endif
