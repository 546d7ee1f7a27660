// SPDX-License-Identifier: Apache-2.0
#include "cli/catalog_trust.h"

#include "catalog/files.h"
#include "store/store_get.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_fleet(struct catalog_trust *t)
{
    const char *given = cli_value(t->j->args, "fleet");
    char *path = given ? mem_strdup(given) : catalog_join(t->j->root, "leeway.yaml");
    struct fleet_problems problems = {0};
    int status = CLI_OK;
    if (fleet_file_load(given || access(path, F_OK) == 0 ? path : NULL, getenv("HOME"), &t->fleet,
                        &problems)) {
        for (size_t i = 0; i < problems.len; i++) {
            char *line = err_format(&problems.items[i]);
            catalog_job_print(stderr, line);
            fputc('\n', stderr);
            mem_free(line);
        }
        status = CLI_FAILED;
    }
    fleet_problems_clear(&problems);
    mem_free(path);
    return status;
}

int catalog_trust_open(struct catalog_trust *t, struct catalog_job *j)
{
    const char *signers = cli_value(j->args, "signers"), *n = cli_value(j->args, "required");
    *t = (struct catalog_trust){.j = j};
    int status = read_fleet(t);
    const char *from = signers ? signers : t->fleet.approvals.signers;
    t->signers = from ? mem_strdup(from) : NULL;
    t->lookup = trust_pins_lookup(&t->pins);
    t->rule = (struct approval_trust){.signers = t->signers,
                                      .required = t->fleet.approvals.required,
                                      .nobody = t->fleet.approvals.nobody && !signers,
                                      .pins = &t->lookup};
    if (n && !status) {
        char *end;
        long number = strtol(n, &end, 10);
        if (*end || number < 1 || number > 16)
            return cli_usage(j->args->verb, "--required is a number from 1 to 16, not %s", n);
        t->rule.required = (unsigned)number;
    }
    return status;
}

void catalog_trust_close(struct catalog_trust *t)
{
    trust_pins_clear(&t->pins);
    fleet_file_clear(&t->fleet);
    mem_free(t->signers);
}

int catalog_trust_store(const struct catalog_trust *t, struct buf *out, struct err *e)
{
    const char *given = cli_value(t->j->args, "store");
    buf_init(out, BUF_SMALL);
    if (!given)
        given = t->fleet.store_path;
    return given ? buf_puts(out, given) : store_default_path(t->fleet.name, out, e);
}

static int add_pin(void *ctx, const struct store_pin *p)
{
    trust_pins_add(ctx, p->kind, p->name, p->version, &p->digest);
    return 0;
}

int catalog_trust_read_pins(struct catalog_trust *t, struct err *e)
{
    struct buf path;
    struct store *s = NULL;
    struct store_view *v = NULL;
    int rc = catalog_trust_store(t, &path, e);
    if (!rc && access(buf_str(&path), F_OK) == 0) {
        struct store_options o = {
            .path = buf_str(&path), .program = "leeway catalog", .spectator = true};
        s = store_open(&o, e);
        v = s ? store_view_open(s, e) : NULL;
        rc = v ? store_each_pin(v, add_pin, &t->pins, e) : e->code;
    }
    store_view_close(v);
    store_close(s);
    buf_clear(&path);
    return rc;
}

int catalog_trust_check(struct catalog_job *j, const struct catalog_blueprint *b, struct err *e)
{
    struct catalog_trust t;
    struct approval a = {.state = APPROVAL_NOT};
    if (catalog_trust_open(&t, j))
        err_set(e, ERR_INVALID, "the fleet's file cannot be read");
    else if (!catalog_trust_read_pins(&t, e) &&
             !trust_judge_blueprint(j->catalog, b, &t.rule, &a, e) && approval_may_use(&a, e))
        err_prefix(e, "blueprint");
    approval_clear(&a);
    catalog_trust_close(&t);
    return e->code;
}
