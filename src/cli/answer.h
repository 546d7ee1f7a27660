// SPDX-License-Identifier: Apache-2.0
/* What the verbs that answer drift have in common: KIND/NAME [PATH...] of an environment. */
#ifndef LEEWAY_CLI_ANSWER_H
#define LEEWAY_CLI_ANSWER_H

#include "cli/session.h"

/* "Deployment/web" taken apart; kind is owned. False: it is none. */
bool cli_answer_object(const char *word, char **kind, const char **name);
/* --env, or the only environment there is; NULL after saying that one is wanted. */
const char *cli_answer_environment(const struct cli_args *a, const struct leeway_snapshot *snap,
                                   int *status);
/* What such a verb asks for; borrows from the arguments. */
struct leeway_command cli_answer_command(const struct cli_args *a, enum leeway_command_kind kind,
                                         const char *environment, const char *object_kind,
                                         const char *name);
/* What stands against other objects is not what was asked: for cli_session_ask. */
void cli_answer_drop(void *ctx, const struct leeway_event *ev);
/* Prints the plan that such a command is answered with; the exit status. */
int cli_answer_ask_plan(struct cli_session *s, const struct leeway_command *c, enum cli_output how);
/* The whole of a verb that makes a plan of an answer. */
int cli_answer_plan(const struct cli_verb *verb, int argc, char **argv,
                    enum leeway_command_kind command);

/* Rows of such verbs' tables of options. */
#define CLI_OPTIONS_ANSWER                                                                         \
    {"env", 'e', CLI_VALUE, "NAME", "the environment that it belongs to; the only one otherwise"}, \
    {                                                                                              \
        "namespace", 'n', CLI_VALUE, "NAMESPACE", "only the object in this namespace"              \
    }

#endif
