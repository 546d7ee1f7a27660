// SPDX-License-Identifier: Apache-2.0
/*
 * leeway without a verb: the console on a terminal, its first screens as text in a pipe. Signals
 * stay as the terminal code has them, so that every way out gives the terminal back.
 */
#include "cli/console.h"
#include "cli/input.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct cli_option options[] = {
    CLI_OPTIONS_FLEET,
    {"read-only", 0, CLI_FLAG, NULL, "never writes to a cluster; [RO] in the first row"},
    CLI_OPTIONS_FACE,
    CLI_OPTIONS_END,
};

/* The session reads signals as a file; the console wants them delivered. */
static void deliver_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int as_text(struct leeway *l, const struct cli_args *args, const struct ui_options *o,
                   struct err *e)
{
    const char *script = cli_value(args, "script");
    struct buf text, out;
    int r = 0;
    buf_init(&text, BUF_SMALL);
    buf_init(&out, BUF_LARGE);
    if (script)
        r = cli_read_text(script, &text, e);
    if (r == 0)
        r = script ? ui_run_script(l, o, buf_str(&text), script, &out, e)
                   : ui_print_tour(l, o, &out, e);
    fwrite(buf_str(&out), 1, out.len, stdout);
    buf_clear(&text);
    buf_clear(&out);
    return r;
}

static int open_console(struct leeway *l, const struct cli_args *args, struct ui_options o,
                        enum ui_end *end)
{
    struct err e = ERR_INIT;
    const char *now = getenv("LEEWAY_NOW");
    int32_t nanos;
    o.color = cli_value(args, "color");
    o.theme = cli_value(args, "theme");
    o.ascii = cli_flag(args, "ascii");
    o.low_bandwidth = cli_flag(args, "low-bandwidth");
    int r;
    *end = UI_END;
    if (now && clock_parse_rfc3339(now, strlen(now), &o.now_ms, &nanos))
        return cli_usage(args->verb, "LEEWAY_NOW=%s is no time: 2026-11-24T13:05:00Z", now);
    if (cli_value(args, "timeout") && !cli_parse_duration(cli_value(args, "timeout"), &o.settle_ms))
        return cli_usage(args->verb, "--timeout: give it as 15s, 2m or 1h");
    if (cli_value(args,
                  "kubeconfig")) /* kubectl, which the console may start, is to see the same */
        setenv("KUBECONFIG", cli_value(args, "kubeconfig"), 1);
    deliver_signals();
    if (cli_flag(args, "plain"))
        r = ui_run_plain(l, &o, end, &e);
    else if (cli_value(args, "script") || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        r = as_text(l, args, &o, &e);
    else
        r = ui_run(l, &o, end, &e);
    return r ? cli_fail(args->verb, &e) : CLI_OK;
}

int cli_console(struct leeway *l, const struct cli_args *args, const char *greeting,
                enum ui_end *end)
{
    return open_console(l, args, (struct ui_options){.greeting = greeting}, end);
}

int cli_console_at(struct leeway *l, const struct cli_args *args, const char *link,
                   const char *greeting, enum ui_end *end)
{
    return open_console(l, args, (struct ui_options){.link = link, .greeting = greeting}, end);
}

int cli_console_guided(struct leeway *l, const struct cli_args *args,
                       void (*on_step)(void *ctx, const char *step), void *ctx, enum ui_end *end)
{
    return open_console(l, args,
                        (struct ui_options){.guided = true, .on_step = on_step, .ctx = ctx}, end);
}

/* What runs goes on without this console; said where a person can still read it. */
static void leave(struct cli_session *s, enum ui_end end)
{
    bool hung_up = end == UI_END_HANGUP;
    int32_t pid = end == UI_END_LEAVE || hung_up ? leeway_hand_over(s->leeway) : 0;
    if (pid && !hung_up)
        printf("What ran goes on in leeway reconcile (pid %d); leeway shows it.\n", (int)pid);
    if (end == UI_END_LEAVE && !pid)
        puts("It had ended meanwhile.");
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    enum ui_end end;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (args.words.len) {
        status = cli_usage(verb, "%s: the console takes no words", args.words.items[0]);
        cli_args_clear(&args);
        return status;
    }
    do {
        struct cli_session s;
        end = UI_END;
        status = cli_session_open(&s, &args,
                                  CLI_SESSION_LASTING | CLI_SESSION_SPECTATE |
                                      (cli_flag(&args, "read-only") ? CLI_SESSION_READ_ONLY : 0));
        if (status != CLI_OK)
            break;
        status = cli_console(s.leeway, &args, NULL, &end);
        leave(&s, end);
        cli_session_close(&s);
        if (end == UI_END_HANGUP) { /* in order, and yet as whoever started it expects */
            signal(SIGHUP, SIG_DFL);
            raise(SIGHUP);
        }
    } while (status == CLI_OK && end == UI_END_LOOK_AGAIN);
    cli_args_clear(&args);
    const struct cli_verb *demo = cli_find_verb("demo");
    if (status == CLI_OK && end == UI_END_DEMO && demo) {
        char name[] = "demo", *words[] = {name, NULL};
        return demo->run(demo, 1, words);
    }
    return status;
}

const struct cli_verb cli_verb_console = {
    .name = "console",
    .args = NULL,
    .summary = "the console: all clusters on one screen; also leeway without a verb",
    .about = "Opens on a terminal. In a pipe the first screens are printed as text. With --script "
             "the keys come from a file and the screens that it asks for are printed; LEEWAY_NOW "
             "sets its clock. With --plain nothing is drawn: lists with numbered choices, the "
             "answers a line each, from a person or a script.",
    .options = options,
    .changes_clusters = true,
    .run = run,
};
