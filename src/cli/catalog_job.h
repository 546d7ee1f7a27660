// SPDX-License-Identifier: Apache-2.0
/*
 * What the verbs about a catalog share: the folder read once, a cluster made from its file and
 * from facts on the command line, parameters from words. Works offline. Main thread.
 */
#ifndef LEEWAY_CLI_CATALOG_JOB_H
#define LEEWAY_CLI_CATALOG_JOB_H

#include "cli/options.h"
#include "render/render.h"

#define CLI_OPTIONS_CATALOG                                                                        \
    {                                                                                              \
        "catalog", 'C', CLI_VALUE, "DIR", "the fleet's folder, or a catalog folder; here"          \
    }

struct catalog_job {
    const struct cli_args *args;
    const char *root;
    struct catalog_kinds *kinds;
    struct catalog *catalog; /* NULL: there is none (said) */
    struct catalog_problems problems;
    struct val_pool pool;
};

/* CLI_OK, or what to exit with (said). Problems are kept, not printed. */
int catalog_job_open(struct catalog_job *j, const struct cli_args *args);
void catalog_job_close(struct catalog_job *j);

/* "file:line:col: path: message" and the hint below it, one a problem; to standard error. */
void catalog_job_problems(const struct catalog_problems *p, FILE *out);
int catalog_job_failed(const struct catalog_job *j, struct err *e); /* prints and clears e */
void catalog_job_print(FILE *out, const char *s);                   /* cleaned */

/* The cluster named by --cluster: its file in clusters/, then --fact KEY=VALUE over it. Texts live
 * in the pool. */
int catalog_job_cluster(struct catalog_job *j, struct catalog_cluster *out, struct err *e);
/* --params FILE, then --param NAME=VALUE over it, each read as its schema wants it. */
const struct val *catalog_job_params(struct catalog_job *j, const struct schema *s, struct err *e);
/* `env` of --env, --namespace, --team, --owner. */
const struct val *catalog_job_environment(struct catalog_job *j, const char *otherwise);

/* ---- subcommands of `leeway catalog` ---- */

struct catalog_command {
    const char *name, *args, *help;
    size_t min_words, max_words;
    int (*run)(struct catalog_job *j, const char *const *words, size_t n, enum cli_output how);
    bool needs_good; /* refuses when the catalog has problems, and prints them */
};
extern const struct catalog_command catalog_commands[]; /* ends with name NULL */

int catalog_command_show(struct catalog_job *j, const char *const *words, size_t n,
                         enum cli_output how);
int catalog_command_graph(struct catalog_job *j, const char *const *words, size_t n,
                          enum cli_output how);
int catalog_command_diff(struct catalog_job *j, const char *const *words, size_t n,
                         enum cli_output how);
int catalog_command_test(struct catalog_job *j, const char *const *words, size_t n,
                         enum cli_output how);
int catalog_command_approve(struct catalog_job *j, const char *const *words, size_t n,
                            enum cli_output how);
int catalog_command_verify(struct catalog_job *j, const char *const *words, size_t n,
                           enum cli_output how);

#endif
