// SPDX-License-Identifier: Apache-2.0
/*
 * leeway store backup FILE | check | rebuild: copying and checking the store, whoever has it open,
 * and building one that was lost from what its clusters carry.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "cli/input.h"
#include "cli/session.h"
#include "store/store.h"

#include <string.h>

static const struct cli_option options[] = {
    {"store", 0, CLI_VALUE, "FILE", "the store itself, when it does not lie in its usual place"},
    {"name", 0, CLI_VALUE, "FLEET", "the fleet whose store it is; default when there is no name"},
    {"from", 0, CLI_VALUE, "CLUSTER",
     "rebuild: whose word counts where clusters contradict each other"},
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

static int backup(const char *path, const char *to, struct err *e)
{
    if (store_backup(path, to, e))
        return cli_fail(&cli_verb_store, e);
    fputs("copied to ", stdout);
    cli_print_clean(stdout, to, strlen(to));
    puts(" (the key of secrets is not part of a backup)");
    return CLI_OK;
}

static int check(const char *path, struct err *e)
{
    struct store_report report;
    struct buf findings;
    buf_init(&findings, BUF_SMALL);
    int status = CLI_OK;
    if (store_check(path, &report, &findings, e)) {
        status = cli_fail(&cli_verb_store, e);
    } else if (!report.ok) {
        char *line = findings.data, *save = NULL;
        for (line = line ? strtok_r(line, "\n", &save) : NULL; line;
             line = strtok_r(NULL, "\n", &save)) {
            cli_print_clean(stdout, line, strlen(line));
            putchar('\n');
        }
        puts("the store is damaged: put a backup in its place");
        status = CLI_FAILED;
    } else {
        printf("the store is whole: version %d, %lld bytes, %lld audit rows, chain unbroken\n",
               report.version, (long long)report.bytes, (long long)report.audit_rows);
        if (report.key_lost) {
            puts("its key of secrets is lost: what was kept of secrets can't be compared");
            status = CLI_UNKNOWN;
        }
        if (report.anew_row) {
            char when[CLOCK_RFC3339_LEN];
            clock_format_rfc3339(report.anew_wall_ms, when);
            printf("the audit begins anew at row %lld (%s), which names the heads of the chain "
                   "that clusters remembered: leeway get audit\n",
                   (long long)report.anew_row, when);
        }
    }
    buf_clear(&findings);
    return status;
}

/* ---- rebuild ---- */

struct rebuilt {
    size_t lines;
};

static void say(void *ctx, const struct leeway_event *ev)
{
    struct rebuilt *r = ctx;
    r->lines += ev->state <= LEEWAY_DEGRADED;
    printf("%s%s%s%s%s%s\n", ev->where.str, ev->where.len ? ": " : "", ev->text.str,
           ev->detail.len ? " (" : "", ev->detail.str, ev->detail.len ? ")" : "");
}

static int rebuild(const struct cli_args *args)
{
    struct cli_session s;
    struct rebuilt r = {0};
    int status = cli_session_open(&s, args, CLI_SESSION_NO_WATCH);
    if (status)
        return status;
    struct leeway_snapshot *snap = cli_session_reach(&s);
    const struct leeway_command c = {.kind = LEEWAY_CMD_REBUILD,
                                     .cluster = cli_value(args, "from")};
    status = snap ? CLI_OK : CLI_INTERRUPTED;
    struct leeway_event *ev = snap ? cli_session_ask(&s, &c, say, &r, &status) : NULL;
    if (ev) {
        puts(ev->text.str);
        puts("What clusters do not carry is gone: plans, releases before the last of each target, "
             "drafts, when a\ndifference was first seen, earlier rows of the audit, and answers "
             "given since the last release.");
        status = r.lines ? CLI_UNKNOWN : CLI_OK;
    }
    leeway_event_free(ev);
    leeway_snapshot_unref(snap);
    cli_session_close(&s);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    struct err e = ERR_INIT;
    struct buf path;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    buf_init(&path, BUF_SMALL);
    const char *what = args.words.len ? args.words.items[0] : "";
    const char *given = cli_value(&args, "store"), *name = cli_value(&args, "name");
    bool is_backup = strcmp(what, "backup") == 0, is_rebuild = strcmp(what, "rebuild") == 0;
    if ((!is_backup && !is_rebuild && strcmp(what, "check") != 0) ||
        args.words.len != (is_backup ? 2 : 1))
        status = cli_usage(verb, "say backup FILE or check or rebuild");
    else if (is_rebuild)
        status = rebuild(&args);
    else if (given ? buf_puts(&path, given)
                   : store_default_path(name ? name : "default", &path, &e))
        status = cli_fail(verb, &e);
    else if (is_backup)
        status = backup(buf_str(&path), args.words.items[1], &e);
    else
        status = check(buf_str(&path), &e);
    buf_clear(&path);
    err_clear(&e);
    cli_args_clear(&args);
    return status;
}

const struct cli_verb cli_verb_store = {
    .name = "store",
    .args = "backup FILE | check | rebuild",
    .summary = "copy the store, check it, or build a lost one from its clusters",
    .about = "A backup is consistent also while leeway runs; it never overwrites, and does not "
             "hold the key of secrets. check looks at the file, at each body's digest and at the "
             "audit chain. rebuild takes what the clusters carry of environments that the "
             "store does not know: their documents, last releases, what was given, exceptions, "
             "and the head of the audit, from which a new chain goes on; it says what it cannot "
             "take and why, and sends nothing. Exit status: 0 whole, 1 damaged, 3 the key of "
             "secrets is lost, or not all could be taken.",
    .options = options,
    .run = run,
};
