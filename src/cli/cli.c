// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <string.h>

const struct cli_verb *const cli_verbs[] = {
    &cli_verb_version,
    NULL,
};

const struct cli_verb *cli_find_verb(const char *name)
{
    for (size_t i = 0; cli_verbs[i]; i++)
        if (strcmp(cli_verbs[i]->name, name) == 0)
            return cli_verbs[i];
    return NULL;
}

void cli_print_help(FILE *out)
{
    fputs("usage: leeway VERB [options]\n\n", out);
    for (size_t i = 0; cli_verbs[i]; i++)
        fprintf(out, "  %-12s %s\n", cli_verbs[i]->name, cli_verbs[i]->summary);
}

void cli_print_verb_help(FILE *out, const struct cli_verb *verb)
{
    fprintf(out, "usage: leeway %s%s%s\n\n%s\n", verb->name, verb->args ? " " : "",
            verb->args ? verb->args : "", verb->summary);
}

int cli_main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        cli_print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? CLI_USAGE : CLI_OK;
    }
    const struct cli_verb *verb = cli_find_verb(argv[1]);
    if (!verb) {
        fprintf(stderr, "leeway: no verb of that name; leeway help lists them\n");
        return CLI_USAGE;
    }
    return verb->run(verb, argc - 1, argv + 1);
}
