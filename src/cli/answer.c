// SPDX-License-Identifier: Apache-2.0
#include "cli/answer.h"

#include "cli/plan_text.h"

#include <string.h>

bool cli_answer_object(const char *word, char **kind, const char **name)
{
    const char *slash = word ? strchr(word, '/') : NULL;
    if (!slash || slash == word || !slash[1])
        return false;
    *kind = mem_strndup(word, (size_t)(slash - word));
    *name = slash + 1;
    return true;
}

const char *cli_answer_environment(const struct cli_args *a, const struct leeway_snapshot *snap,
                                   int *status)
{
    const char *named = cli_value(a, "env");
    if (!named && leeway_environments(snap) == 1)
        named = leeway_environment_at(snap, 0)->name.str;
    if (!named)
        *status = cli_usage(a->verb, "say which environment: --env NAME");
    return named;
}

static int status_of(const struct leeway_plan *p)
{
    if (p->counts[LEEWAY_ACTION_ERROR])
        return CLI_UNKNOWN;
    return p->changes ? CLI_CHANGES : CLI_OK;
}

void cli_answer_drop(void *ctx, const struct leeway_event *ev)
{
    (void)ctx;
    (void)ev;
}

struct leeway_command cli_answer_command(const struct cli_args *a, enum leeway_command_kind kind,
                                         const char *environment, const char *object_kind,
                                         const char *name)
{
    return (struct leeway_command){.kind = kind,
                                   .environment = environment,
                                   .namespace_ = cli_value(a, "namespace"),
                                   .object_kind = object_kind,
                                   .name = name,
                                   .paths = a->words.items + 1,
                                   .n_paths = a->words.len - 1,
                                   .reason = cli_value(a, "reason")};
}

int cli_answer_ask_plan(struct cli_session *s, const struct leeway_command *c, enum cli_output how)
{
    int status = CLI_OK;
    struct leeway_event *ev = cli_session_ask(s, c, cli_answer_drop, NULL, &status);
    if (!ev)
        return status;
    cli_plan_print(stdout, ev->plan, how);
    status = status_of(ev->plan);
    leeway_event_free(ev);
    return status;
}

static int ask(struct cli_session *s, const char *kind, const char *name,
               enum leeway_command_kind command, enum cli_output how)
{
    const struct cli_args *a = s->args;
    bool settled;
    int status = CLI_INTERRUPTED;
    struct leeway_snapshot *snap = cli_session_settle(s, &settled);
    if (!snap)
        return status;
    const char *environment = cli_answer_environment(a, snap, &status);
    if (environment) {
        const struct leeway_command c = cli_answer_command(a, command, environment, kind, name);
        status = cli_answer_ask_plan(s, &c, how);
    }
    leeway_snapshot_unref(snap);
    return status;
}

int cli_answer_plan(const struct cli_verb *verb, int argc, char **argv,
                    enum leeway_command_kind command)
{
    struct cli_args a = {0};
    struct cli_session s;
    enum cli_output how;
    char *kind = NULL;
    const char *name = NULL;
    int status;
    if (cli_parse(verb, argc, argv, &a, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&a, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML | CLI_OUT_MARKDOWN, &how,
                      &status) == CLI_STOP)
        goto out;
    if (!cli_answer_object(a.words.len ? a.words.items[0] : NULL, &kind, &name)) {
        status = cli_usage(verb, "say which object: %s", verb->args);
        goto out;
    }
    if ((status = cli_session_open(&s, &a, 0)))
        goto out;
    status = ask(&s, kind, name, command, how);
    cli_session_close(&s);
out:
    mem_free(kind);
    cli_args_clear(&a);
    return status;
}
