// SPDX-License-Identifier: Apache-2.0
/* leeway open LINK: the console, at the place that a link names. */
#include "cli/console.h"

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    struct cli_session s;
    enum ui_end end;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (args.words.len != 1) {
        status = cli_usage(verb, "say where: %s", verb->args);
        goto out;
    }
    do {
        end = UI_END;
        status = cli_session_open(&s, &args,
                                  CLI_SESSION_LASTING | CLI_SESSION_SPECTATE |
                                      (cli_flag(&args, "read-only") ? CLI_SESSION_READ_ONLY : 0));
        if (status)
            break;
        status = cli_console_at(s.leeway, &args, args.words.items[0], NULL, &end);
        cli_session_close(&s);
    } while (status == CLI_OK && end == UI_END_LOOK_AGAIN);
out:
    cli_args_clear(&args);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTIONS_FLEET,
    {"read-only", 0, CLI_FLAG, NULL, "never writes to a cluster; [RO] in the first row"},
    CLI_OPTIONS_FACE,
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_open = {
    .name = "open",
    .args = "LINK",
    .summary = "the console at a place that somebody sent you",
    .about = "Links are what c copies in the console: fleet/CLUSTER/TAB, environments/NAME/TAB, "
             "catalog/BLUEPRINT/VERSION, drift/ENVIRONMENT/CLUSTER/KIND/NAME/FIELD, "
             "drift/outliers, drift/expiring, plan/HASH, activity/ENVIRONMENT, "
             "history/ENVIRONMENT/TAB, messages, resources/CLUSTERS/KIND, "
             "resources/CLUSTER/KIND/NAMESPACE/NAME/TAB, logs/ENVIRONMENT, "
             "logs/CLUSTER/NAMESPACE/KIND/NAME/CONTAINER, blame/KIND/NAMESPACE/NAME/TAB, "
             "compare/SIDE/SIDE; less of it from the right is a place, too. - stands for all, and "
             "what comes after // is a filter as / takes it, with + for blanks: "
             "fleet//region=eu+tier=prod. Other signs stand as %XX, so no link needs quotes. A "
             "link changes nothing.",
    .options = options,
    .changes_clusters = true,
    .run = run,
};
