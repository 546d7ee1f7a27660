// SPDX-License-Identifier: Apache-2.0
/* The console for verbs: options of its looks, and running it over an open engine. Main thread. */
#ifndef LEEWAY_CLI_CONSOLE_H
#define LEEWAY_CLI_CONSOLE_H

#include "cli/session.h"
#include "ui.h"

#define CLI_OPTIONS_FACE                                                                           \
    {"color", 0, CLI_VALUE, "never|auto|always", "colours; NO_COLOR is heeded, too"},              \
        {"theme", 0, CLI_VALUE, "NAME", "a theme's name (an unknown one lists them) or a file"},   \
        {"ascii", 0, CLI_FLAG, NULL, "draw with ASCII characters only"},                           \
        {"plain", 0, CLI_FLAG, NULL,                                                               \
         "line by line, for screen readers and pipes: lists, numbered choices, no boxes"},         \
        {"low-bandwidth", 0, CLI_FLAG, NULL, "ASCII, eight colours, four frames a second"},        \
    {                                                                                              \
        "script", 0, CLI_VALUE, "FILE", "take keys from a file and print screens; - is stdin"      \
    }

/* On a terminal, or as text without one. The exit status, after saying what went wrong. */
int cli_console(struct leeway *l, const struct cli_args *args, const char *greeting,
                enum ui_end *end);
/* The same with the guide of ui.h in its last row. */
int cli_console_guided(struct leeway *l, const struct cli_args *args,
                       void (*on_step)(void *ctx, const char *step), void *ctx, enum ui_end *end);
/* The same, beginning at a link (ui.h). */
int cli_console_at(struct leeway *l, const struct cli_args *args, const char *link,
                   const char *greeting, enum ui_end *end);

#endif
