// SPDX-License-Identifier: Apache-2.0
/* leeway store backup FILE | check: copying and checking the store, whoever has it open. */
#include "base/buf.h"
#include "cli/input.h"
#include "cli/session.h"
#include "store/store.h"

#include <string.h>

static const struct cli_option options[] = {
    {"store", 0, CLI_VALUE, "FILE", "the store itself, when it does not lie in its usual place"},
    {"name", 0, CLI_VALUE, "FLEET", "the fleet whose store it is; default when there is no name"},
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
    }
    buf_clear(&findings);
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
    bool is_backup = strcmp(what, "backup") == 0;
    if ((!is_backup && strcmp(what, "check") != 0) || args.words.len != (is_backup ? 2 : 1))
        status = cli_usage(verb, "say backup FILE or check");
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
    .args = "backup FILE | check",
    .summary = "copy the store, or check that it is whole",
    .about = "A backup is consistent also while leeway runs; it never overwrites, and does not "
             "hold the key of secrets. check looks at the file, at each body's digest and at the "
             "audit chain. Exit status: 0 whole, 1 damaged, 3 the key of secrets is lost.",
    .options = options,
    .run = run,
};
