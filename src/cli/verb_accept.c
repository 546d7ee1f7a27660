// SPDX-License-Identifier: Apache-2.0
/*
 * leeway accept: differences of one object may stay as they are, until a date and for a reason: as
 * exceptions, or with --override as what the environment wants from now on, which is a plan.
 */
#include "cli/answer.h"
#include "cli/output.h"

#include <string.h>
#include <time.h>

enum { DAYS_MAX = 3650 };

/* "72h", "14d", "2026-11-27T12:00:00Z", "never". */
static bool parse_end(const char *s, int64_t *wall_ms)
{
    struct tm tm = {0};
    int64_t ms = 0, days = 0;
    size_t digits = strspn(s, "0123456789");
    const char *end;
    if (strcmp(s, "never") == 0) {
        *wall_ms = 0;
        return true;
    }
    if (digits && digits < 6 && strcmp(s + digits, "d") == 0) {
        for (size_t i = 0; i < digits; i++)
            days = days * 10 + (s[i] - '0');
        *wall_ms = cli_wall_ms() + days * 86400000;
        return days > 0 && days <= DAYS_MAX;
    }
    if (digits && digits < 6 && strcmp(s + digits, "h") == 0) {
        for (size_t i = 0; i < digits; i++)
            ms = ms * 10 + (s[i] - '0');
        *wall_ms = cli_wall_ms() + ms * 3600000;
        return ms > 0 && ms <= DAYS_MAX * 24;
    }
    if (cli_parse_duration(s, &ms)) {
        *wall_ms = cli_wall_ms() + ms;
        return ms > 0;
    }
    end = strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm);
    *wall_ms = end && !*end ? (int64_t)timegm(&tm) * 1000 : 0;
    return *wall_ms > 0;
}

/* What happens meanwhile is not what was asked. */
static int post(struct cli_session *s, const struct leeway_command *c)
{
    int status = CLI_OK;
    struct leeway_event *ev = cli_session_ask(s, c, cli_answer_drop, NULL, &status);
    if (!ev)
        return status;
    puts(ev->text.str);
    leeway_event_free(ev);
    return CLI_OK;
}

static int accept(struct cli_session *s, const char *kind, const char *name, int64_t end,
                  enum cli_output how)
{
    const struct cli_args *a = s->args;
    bool settled;
    int status = CLI_INTERRUPTED;
    struct leeway_snapshot *snap = cli_session_settle(s, &settled);
    if (!snap)
        return status;
    const char *environment = cli_answer_environment(a, snap, &status);
    if (environment) {
        const char **clusters = NULL;
        bool override = cli_flag(a, "override");
        struct leeway_command c = cli_answer_command(
            a, override ? LEEWAY_CMD_PLAN_OVERRIDE : LEEWAY_CMD_ACCEPT, environment, kind, name);
        c.within = cli_value(a, "within");
        c.expires_ms = end;
        c.n_clusters = override ? cli_values(a, "cluster", &clusters) : 0;
        c.clusters = clusters;
        status = override ? cli_answer_ask_plan(s, &c, how) : post(s, &c);
        mem_free(clusters);
    }
    leeway_snapshot_unref(snap);
    return status;
}

static int end_all(struct cli_session *s)
{
    const char **ids = NULL;
    size_t n = cli_values(s->args, "end", &ids);
    const struct leeway_command c = {.kind = LEEWAY_CMD_END_EXCEPTION,
                                     .exceptions = ids,
                                     .n_exceptions = n,
                                     .reason = cli_value(s->args, "reason")};
    int status = post(s, &c);
    mem_free(ids);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args a = {0};
    struct cli_session s;
    char *kind = NULL;
    const char *name = NULL;
    int64_t until = 0;
    enum cli_output how = CLI_OUT_TABLE;
    int status;
    if (cli_parse(verb, argc, argv, &a, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&a, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML | CLI_OUT_MARKDOWN, &how,
                      &status) == CLI_STOP) {
        cli_args_clear(&a);
        return status;
    }
    bool ends = cli_value(&a, "end") != NULL;
    const char *end = cli_value(&a, "until");
    if (ends ? a.words.len > 0
             : !cli_answer_object(a.words.len ? a.words.items[0] : NULL, &kind, &name))
        status = ends ? cli_usage(verb, "--end takes the exception's name and no object")
                      : cli_usage(verb, "say which object: %s", verb->args);
    else if (cli_flag(&a, "override") && (ends || cli_value(&a, "within")))
        status = cli_usage(verb, "--override is of the value that is there now");
    else if (!cli_flag(&a, "override") && cli_value(&a, "output"))
        status = cli_usage(verb, "--output is of the plan that --override makes");
    else if (!ends && !cli_value(&a, "reason"))
        status = cli_usage(verb, "--reason is wanted: others will read it");
    else if (!ends && (!end || !parse_end(end, &until)))
        status = cli_usage(verb, "--until %s: 72h, 14d, 2026-11-27T12:00:00Z or never",
                           end ? end : "is wanted");
    else if (!(status = cli_session_open(&s, &a,
                                         ends                       ? CLI_SESSION_NO_WATCH
                                         : cli_flag(&a, "override") ? CLI_SESSION_WHOLE
                                                                    : 0))) {
        status = ends ? end_all(&s) : accept(&s, kind, name, until, how);
        cli_session_close(&s);
    }
    mem_free(kind);
    cli_args_clear(&a);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTIONS_ANSWER,
    {"reason", 0, CLI_VALUE, "TEXT", "why; others will read it"},
    {"until", 0, CLI_VALUE, "TIME", "72h, 14d, 2026-11-27T12:00:00Z, or never"},
    {"within", 0, CLI_VALUE, "EXPRESSION",
     "any value for which this holds, self >= 2 && self <= 8, not only the one it has now"},
    {"override", 0, CLI_FLAG, NULL,
     "plan that the environment wants these values: overrides of the parameters behind them"},
    CLI_OPTIONS_OUTPUT("table|json|yaml|markdown"),
    {"end", 0, CLI_VALUES, "ID", "end this exception: the difference counts again"},
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_accept = {
    .name = "accept",
    .args = "KIND/NAME [PATH...] | --end ID",
    .summary = "let a difference stay as it is, until a date",
    .about =
        "Accepts the differences of the object (paths as leeway drift prints them; all that stand "
        "against it when none is named), on every chosen cluster: as long as the exception lasts "
        "they are shown as accepted, and releases leave these fields as they are. An exception "
        "is of one manager and of exactly the value that is there now, or of every value "
        "--within allows. Another value, or another owner, is new drift; at its end the "
        "difference counts again and is in the next plan. leeway get exceptions lists them. "
        "Nothing is sent to a cluster.\n"
        "With --override the environment itself wants the value that is there now: where it is "
        "made of a parameter of a module, an override with the reason and the end is written into "
        "the environment's file, and the plan is printed with its hash. After leeway apply HASH "
        "it is no difference any more; once the override has ended, the next plan takes the value "
        "back. leeway drift explain says where that is possible.\n"
        "Exit status: 0 done, 2 there are changes (--override), 1 it failed.",
    .options = options,
    .run = run,
};
