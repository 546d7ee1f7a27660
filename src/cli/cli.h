// SPDX-License-Identifier: Apache-2.0
/*
 * Verbs: one file and one const struct each, in one table, from which help, completion and man
 * pages are made. A verb runs in the main thread and returns an exit status of enum cli_exit.
 */
#ifndef LEEWAY_CLI_CLI_H
#define LEEWAY_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum cli_exit {
    CLI_OK = 0, /* done, or nothing to do */
    CLI_FAILED = 1,
    CLI_CHANGES = 2, /* plan: there are changes; drift: there is unexpected drift */
    CLI_UNKNOWN = 3, /* part of the answer is unknown */
    CLI_USAGE = 64,
    CLI_INTERRUPTED = 130,
};

enum cli_option_kind { CLI_FLAG, CLI_VALUE, CLI_VALUES /* may be given several times */ };

struct cli_option {
    const char *name; /* long name without dashes */
    char letter;      /* or 0 */
    enum cli_option_kind kind;
    const char *value; /* what the value is called in help: FILE, NAME; choices a|b|c complete */
    const char *help;
};

struct cli_verb {
    const char *name;
    const char *args;    /* after the options, for help: "HASH", "clusters|nodes|namespaces" */
    const char *summary; /* one line */
    const char *about;   /* paragraphs for help and the man page; NULL: none */
    const struct cli_option *options; /* ends with name NULL; NULL: none */
    bool changes_clusters;
    int (*run)(const struct cli_verb *verb, int argc, char **argv);
};

/* The table, in the order of help. NULL name ends it. */
extern const struct cli_verb *const cli_verbs[];

int cli_main(int argc, char **argv);
const struct cli_verb *cli_find_verb(const char *name);
void cli_print_help(FILE *out);
void cli_print_verb_help(FILE *out, const struct cli_verb *verb);

extern const struct cli_verb cli_verb_catalog;
extern const struct cli_verb cli_verb_env;
extern const struct cli_verb cli_verb_cel;
extern const struct cli_verb cli_verb_guardrail;
extern const struct cli_verb cli_verb_schema;
extern const struct cli_verb cli_verb_health;
extern const struct cli_verb cli_verb_console;
extern const struct cli_verb cli_verb_open;
extern const struct cli_verb cli_verb_demo;
extern const struct cli_verb cli_verb_sim;
extern const struct cli_verb cli_verb_store;
extern const struct cli_verb cli_verb_doctor;
extern const struct cli_verb cli_verb_get;
extern const struct cli_verb cli_verb_blame;
extern const struct cli_verb cli_verb_compare;
extern const struct cli_verb cli_verb_drift;
extern const struct cli_verb cli_verb_plan;
extern const struct cli_verb cli_verb_render;
extern const struct cli_verb cli_verb_revert;
extern const struct cli_verb cli_verb_accept;
extern const struct cli_verb cli_verb_handover;
extern const struct cli_verb cli_verb_apply;
extern const struct cli_verb cli_verb_reconcile;
extern const struct cli_verb cli_verb_rollout;
extern const struct cli_verb cli_verb_version;

#endif
