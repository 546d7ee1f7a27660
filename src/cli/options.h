// SPDX-License-Identifier: Apache-2.0
/*
 * The command line of one verb, read by its table of options: --name VALUE, --name=VALUE, -n VALUE,
 * -nVALUE, flags together (-wA), options between and after words, "--" ends them. --help and -h are
 * understood by every verb. Nothing is copied: values point into argv.
 */
#ifndef LEEWAY_CLI_OPTIONS_H
#define LEEWAY_CLI_OPTIONS_H

#include "base/vec.h"
#include "cli/cli.h"

#include <stdint.h>

/* Rows for tables of verbs that look at a fleet. */
#define CLI_OPTIONS_FLEET                                                                          \
    {"fleet", 0, CLI_VALUE, "FILE", "the fleet's file; leeway.yaml here when there is one"},       \
        {"kubeconfig", 0, CLI_VALUE, "FILE",                                                       \
         "this kubeconfig alone; otherwise $KUBECONFIG, then ~/.kube/config"},                     \
        {"context", 0, CLI_VALUES, "NAME",                                                         \
         "only this context; * and ? match, !NAME leaves out; may be given again"},                \
        {"cluster", 0, CLI_VALUES, "NAME", "the same as --context"},                               \
        {"selector", 'l', CLI_VALUE, "LABELS",                                                     \
         "only clusters with these labels: tier=prod,region!=eu"},                                 \
        {"timeout", 0, CLI_VALUE, "TIME", "how long to wait for clusters: 15s"},                   \
    {                                                                                              \
        "log", 0, CLI_VALUE, "FILE", "write a log to this file"                                    \
    }
#define CLI_OPTIONS_OUTPUT(formats)                                                                \
    {                                                                                              \
        "output", 'o', CLI_VALUE, formats, "how the answer is written"                             \
    }
#define CLI_OPTIONS_END                                                                            \
    {                                                                                              \
        NULL, 0, CLI_FLAG, NULL, NULL                                                              \
    }

struct cli_given {
    const struct cli_option *option;
    const char *value; /* NULL for a flag */
};

struct cli_args {
    const struct cli_verb *verb;
    VEC(struct cli_given) given;
    VEC(const char *) words; /* what is no option */
};

enum cli_parsed { CLI_GO_ON, CLI_STOP };
/* CLI_STOP: say no more and return *status (help was printed, or what is wrong with the usage). */
enum cli_parsed cli_parse(const struct cli_verb *verb, int argc, char **argv, struct cli_args *out,
                          int *status);
void cli_args_clear(struct cli_args *a);

bool cli_flag(const struct cli_args *a, const char *name);
const char *cli_value(const struct cli_args *a, const char *name); /* the last; NULL: not given */
/* All values of an option into out (NULL-terminated, owned: mem_free the array); how many. */
size_t cli_values(const struct cli_args *a, const char *name, const char ***out);
/* "15s", "2m", "500ms", "1h30m" or plain seconds. False when it is none or longer than a day. */
bool cli_parse_duration(const char *s, int64_t *ms);

/* Prints "leeway VERB: what is wrong" and how to get help; returns CLI_USAGE. */
int cli_usage(const struct cli_verb *verb, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The name of the table nearest to what was typed, or NULL when nothing is near. */
const char *cli_nearest(const char *typed, const char *const *names, size_t n);

/* ---- output formats ---- */

enum cli_output {
    CLI_OUT_TABLE = 1,
    CLI_OUT_WIDE = 2,
    CLI_OUT_JSON = 4,
    CLI_OUT_YAML = 8,
    CLI_OUT_NAME = 16,
    CLI_OUT_MARKDOWN = 32,
};
/* Of --output, CLI_OUT_TABLE when not given; CLI_STOP when it is none of allowed. */
enum cli_parsed cli_output_of(const struct cli_args *a, unsigned allowed, enum cli_output *out,
                              int *status);

/* ---- made of the tables ---- */

void cli_print_man_verbs(FILE *out);                             /* roff: a section for each verb */
void cli_print_man_page(FILE *out, const struct cli_verb *verb); /* roff: leeway-VERB(1) */

extern const struct cli_verb cli_verb_completion;

#endif
