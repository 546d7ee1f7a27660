// SPDX-License-Identifier: Apache-2.0
/* leeway rollout: how far a release is over its targets, and a person's say in it. */
#include "cli/plan_text.h"
#include "cli/session.h"

#include <stdlib.h>
#include <string.h>

struct act {
    const char *name;
    enum leeway_command_kind kind;
};

static const struct act acts[] = {
    {"pause", LEEWAY_CMD_PAUSE},
    {"resume", LEEWAY_CMD_RESUME},
    {"approve", LEEWAY_CMD_APPROVE},
    {"abort", LEEWAY_CMD_ABORT},
};

static bool is_asked(const struct leeway_release *r, const char *environment)
{
    return !environment || strcmp(r->environment.str, environment) == 0;
}

/* The release that is open; without one the newest. *open: how many are. */
static const struct leeway_release *choose(struct leeway_snapshot *snap, const char *environment,
                                           size_t *open)
{
    const struct leeway_release *found = NULL;
    *open = 0;
    for (size_t i = 0; i < leeway_releases(snap); i++) {
        const struct leeway_release *r = leeway_release_at(snap, i);
        if (!is_asked(r, environment))
            continue;
        bool better = !r->ended_ms || !found || found->ended_ms;
        *open += !r->ended_ms;
        found = better ? r : found;
    }
    return found;
}

static const char *word_of(const struct leeway_release *r)
{
    static const char *const words[] = {"running", "paused", "aborting",
                                        "done",    "failed", "aborted"};
    return words[r->state];
}

static int status(struct leeway_snapshot *snap, const char *environment)
{
    size_t open;
    const struct leeway_release *r = choose(snap, environment, &open);
    if (!r) {
        puts("No release.");
        return CLI_OK;
    }
    printf("%s r%d  %s  %d of %d targets%s%s\n", r->environment.str, r->number, word_of(r),
           r->targets_done, r->targets, r->rollout.len ? "  " : "", r->rollout.str);
    for (size_t i = 0; i < r->n_target_rows; i++) {
        const struct leeway_release_target *t = &r->target_rows[i];
        const char *why = t->error.len ? t->error.str : t->waiting.str;
        printf("  %-24s %-10s %3d/%-3d %s\n", t->cluster.str, leeway_target_state_word(t->phase),
               t->done, t->total, why);
    }
    return r->state == LEEWAY_RELEASE_FAILED ? CLI_FAILED : CLI_OK;
}

static int act(struct cli_session *s, struct leeway_snapshot *snap, const struct act *a,
               const char *environment, const char *stage)
{
    size_t open;
    struct err e = ERR_INIT;
    int status = CLI_OK;
    const struct leeway_release *r = choose(snap, environment, &open);
    if (!open)
        err_set(&e, ERR_NOT_FOUND, "no release is open%s%s", environment ? " in " : "",
                environment ? environment : "");
    else if (open > 1)
        err_set(&e, ERR_USAGE, "%zu releases are open: say which environment", open);
    if (e.code)
        return cli_fail(s->args->verb, &e);
    const struct leeway_command c = {.kind = a->kind, .release = r->id, .name = stage};
    struct leeway_event *ev = cli_session_ask(s, &c, NULL, NULL, &status);
    if (!ev)
        return status;
    puts(ev->text.str);
    leeway_event_free(ev);
    return CLI_OK;
}

/* A plan of what an earlier release had applied. */
static int undo(struct cli_session *s, struct leeway_snapshot *snap, const char *environment,
                enum cli_output how)
{
    const char *to = cli_value(s->args, "to");
    long number = to ? strtol(to + (*to == 'r'), NULL, 10) : 0;
    int status = CLI_OK;
    if (to && number <= 0)
        return cli_usage(s->args->verb, "--to %s: the number of a release: r3", to);
    if (!environment && leeway_environments(snap) == 1)
        environment = leeway_environment_at(snap, 0)->name.str;
    if (!environment)
        return cli_usage(s->args->verb, "say which environment");
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_UNDO,
                                     .environment = environment,
                                     .release = (uint64_t)number,
                                     .at_once = cli_flag(s->args, "now")};
    struct leeway_event *ev = cli_session_ask(s, &c, NULL, NULL, &status);
    if (!ev)
        return status;
    status = cli_plan_answer(s->args, ev->plan, how);
    leeway_event_free(ev);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args = {0};
    struct cli_session s;
    enum cli_output how;
    int result;
    if (cli_parse(verb, argc, argv, &args, &result) == CLI_STOP)
        return result;
    if (cli_output_of(&args, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML | CLI_OUT_MARKDOWN, &how,
                      &result) == CLI_STOP)
        goto out;
    const char *what = args.words.len ? args.words.items[0] : "status";
    const char *environment = args.words.len > 1 ? args.words.items[1] : NULL;
    const struct act *a = NULL;
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        a = strcmp(acts[i].name, what) == 0 ? &acts[i] : a;
    bool undoes = strcmp(what, "undo") == 0;
    if (args.words.len > 2 || (!a && !undoes && strcmp(what, "status") != 0)) {
        result =
            cli_usage(verb, "%s: status, pause, resume, approve, abort or undo, and an environment",
                      args.words.items[args.words.len > 2 ? 2 : 0]);
        goto out;
    }
    if (how != CLI_OUT_TABLE && !undoes) {
        result = cli_usage(verb, "%s has no other output than the table: undo has", what);
        goto out;
    }
    if (!cli_plan_out_is_good(&args)) {
        result = CLI_USAGE;
        goto out;
    }
    /* resuming without anybody who runs it makes this process the one that does */
    if ((result = cli_session_open(&s, &args,
                                   a && a->kind == LEEWAY_CMD_RESUME ? CLI_SESSION_LASTING : 0)))
        goto out;
    struct leeway_snapshot *snap =
        a || undoes ? cli_session_reach(&s) : leeway_snapshot_take(s.leeway);
    result = !snap    ? CLI_INTERRUPTED
             : undoes ? undo(&s, snap, environment, how)
             : a      ? act(&s, snap, a, environment, cli_value(&args, "stage"))
                      : status(snap, environment);
    leeway_snapshot_unref(snap);
    cli_session_close(&s);
out:
    cli_args_clear(&args);
    return result;
}

static const struct cli_option options[] = {
    {"to", 0, CLI_VALUE, "RELEASE", "undo: this release, r3; the one before the last otherwise"},
    {"now", 0, CLI_FLAG, NULL, "undo: everywhere at once, although what it undoes went in stages"},
    {"stage", 0, CLI_VALUE, "NAME", "the stage that is approved; the next that waits otherwise"},
    CLI_OPTION_OUT,
    CLI_OPTIONS_OUTPUT("table|json|yaml|markdown"),
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_rollout = {
    .name = "rollout",
    .args = "status|pause|resume|approve|abort|undo [ENVIRONMENT]",
    .summary = "how far a release is over its clusters; pause, resume, approve or abort it",
    .about =
        "A release that was given stages (leeway apply --stage) goes over its clusters in that "
        "order. It is held when more targets of a stage fail than its budget allows, or when "
        "one that is done is changed by somebody: resume lets that pass. A stage with a gate "
        "begins when it is approved. Abort sends nothing new, waits for what is under way and "
        "rolls nothing back. Undo makes a plan of what an earlier release had applied, under "
        "today's rules and with today's secrets, and prints its hash; applied, it goes by the "
        "stages of what it undoes, or with --now everywhere at once.\n"
        "Exit status: 0 done, 1 it failed, 2 undo: there are changes, 3 undo: something could not "
        "be "
        "planned, 130 interrupted.",
    .options = options,
    .changes_clusters = true,
    .run = run,
};
