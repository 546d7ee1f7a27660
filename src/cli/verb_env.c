// SPDX-License-Identifier: Apache-2.0
/*
 * leeway env COMMAND: environments of blueprints, kept as files of the fleet. Each command writes
 * the file and prints the plan that comes of it; leeway apply HASH does it.
 */
#include "base/clock.h"
#include "base/text.h"
#include "catalog/environment_file.h"
#include "catalog/files.h"
#include "catalog/team.h"
#include "cli/catalog_trust.h"
#include "cli/env_show.h"
#include "cli/output.h"
#include "cli/plan_text.h"
#include "cli/session.h"
#include "data/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct cli_option options[] = {
    CLI_OPTIONS_CATALOG,
    {"blueprint", 'b', CLI_VALUE, "NAME[@VERSION]", "launch: the blueprint; the newest version"},
    {"to", 0, CLI_VALUE, "VERSION", "upgrade: the version; the newest when not given"},
    {"param", 'p', CLI_VALUES, "NAME=VALUE", "launch, set: a parameter; may be given again"},
    {"params", 0, CLI_VALUE, "FILE", "launch, set: parameters, a YAML map; --param wins"},
    {"on", 0, CLI_VALUES, "CLUSTER", "launch, set: a cluster to be on; may be given again"},
    {"on-labels", 0, CLI_VALUES, "KEY=VALUE", "launch, set: on clusters with this label"},
    {"count", 0, CLI_VALUE, "N", "launch, set: how many of those"},
    {"namespace", 'n', CLI_VALUE, "NAME", "launch: its namespace; its own name when not given"},
    {"team", 0, CLI_VALUE, "NAME", "launch: whose it is"},
    {"owner", 0, CLI_VALUE, "NAME", "launch: who answers for it"},
    {"ttl", 0, CLI_VALUE, "TIME",
     "launch, set: how long it lives, 72h or 14d, from its first release"},
    {"for", 0, CLI_VALUE, "TIME", "extend: so much longer than it has, 24h or 3d; 24h otherwise"},
    {"until", 0, CLI_VALUE, "WHEN", "extend: to then, 2026-11-27T12:00:00Z"},
    {"reason", 0, CLI_VALUE, "TEXT", "extend: why; it stands in the audit"},
    CLI_OPTION_OUT,
    CLI_OPTIONS_OUTPUT("table|json|yaml|markdown"),
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

struct env_job {
    struct catalog_job job;
    const char *name;
    char *path;            /* environments/NAME.yaml */
    const struct val *doc; /* as read; NULL: there is none yet */
    enum cli_output how;
};

/* ---- the file ---- */

static int read_document(struct env_job *j, const char *path, struct err *e)
{
    struct catalog_problems problems = {0};
    struct document_file *f = document_file_read(j->job.kinds, path, "Environment", 0, &problems);
    if (!problems.len && f && f->len == 1)
        j->doc = val_copy(&j->job.pool, f->items[0].value);
    else if (problems.len)
        err_move(e, &problems.items[0]);
    else
        err_set(e, ERR_INVALID, "%s does not hold one environment", path);
    document_file_free(f);
    catalog_problems_clear(&problems);
    return e->code;
}

static int write_document(struct env_job *j, const struct val *doc, bool is_new, struct err *e)
{
    if (!environment_file_write(j->path, doc, is_new, e))
        j->doc = doc;
    return e->code;
}

/* ---- documents ---- */

static const struct val *text(struct env_job *j, const char *s)
{
    return val_box(&j->job.pool, val_of_str(&j->job.pool, s));
}

static const struct val *put(struct env_job *j, const struct val *map, const char *key,
                             const struct val *v)
{
    if (!map)
        map = val_map_of(&j->job.pool, NULL, 0);
    return v ? val_map_with(&j->job.pool, map, key, v) : map;
}

static const struct val *put_option(struct env_job *j, const struct val *map, const char *key,
                                    const char *option)
{
    const char *v = cli_value(j->job.args, option);
    return v ? put(j, map, key, text(j, v)) : map;
}

/* --on, or --on-labels with --count; NULL when none is given. */
static const struct val *placement(struct env_job *j, struct err *e)
{
    const char **on, **labels, *count = cli_value(j->job.args, "count");
    size_t n = cli_values(j->job.args, "on", &on),
           m = cli_values(j->job.args, "on-labels", &labels);
    const struct val *out = NULL, *selector = NULL;
    VEC(struct val) names = {0};
    for (size_t i = 0; i < n; i++)
        vec_push(&names, *text(j, on[i]));
    if (n)
        out = put(j, NULL, "clusters", val_list_of(&j->job.pool, names.items, names.len));
    for (size_t i = 0; i < m && !e->code; i++) {
        const char *eq = strchr(labels[i], '=');
        if (!eq || eq == labels[i])
            err_set(e, ERR_USAGE, "--on-labels %s: KEY=VALUE is wanted", labels[i]);
        else
            selector = put(j, selector,
                           arena_strndup(&j->job.pool.arena, labels[i], (size_t)(eq - labels[i])),
                           text(j, eq + 1));
    }
    if (n && m)
        err_set(e, ERR_USAGE, "--on names clusters, --on-labels selects them: one of both");
    if (selector)
        out = put(j, NULL, "selector", selector);
    if (count && out && !e->code) {
        struct val v = val_of_int(atoll(count));
        out = put(j, out, "count", &v);
    }
    vec_clear(&names);
    mem_free(on);
    mem_free(labels);
    return out;
}

struct secrets {
    const struct catalog_blueprint *b;
    const struct val *params;
};

/* Where a secret is, is judged when it is rendered. */
static bool is_secret(void *ctx, const struct val *v)
{
    const struct secrets *s = ctx;
    for (size_t i = 0; i < s->b->parameters->n_props; i++)
        if (s->b->secret[i] && val_get_key(s->params, s->b->parameters->props[i].name) == v)
            return true;
    return false;
}

/* Before anything is written: names and values as the blueprint has them. */
static int check_params(struct env_job *j, const struct catalog_blueprint *b,
                        const struct val *params, struct err *e)
{
    struct schema_errors errors;
    const struct val *all = schema_default(&j->job.pool, b->parameters, params);
    struct secrets s = {b, all};
    struct schema_options how = {.flags = SCHEMA_STRICT, .skip = is_secret, .ctx = &s};
    schema_errors_init(&errors);
    if (all && schema_validate(b->validator, all, &how, &errors)) {
        err_set(e, ERR_INVALID, "params%s: %s", errors.items[0].path, errors.items[0].text);
        if (errors.items[0].right)
            err_hint(e, "%s", errors.items[0].right);
    }
    schema_errors_clear(&errors);
    return e->code;
}

static const struct val *with_params(struct env_job *j, const struct val *spec,
                                     const struct catalog_blueprint *b, struct err *e)
{
    const struct val *given = catalog_job_params(&j->job, b->parameters, e);
    const struct val *have = val_get(spec, "params");
    for (uint32_t i = 0; given && i < given->len; i++)
        have = put(j, have, given->as.entries[i].key->s, &given->as.entries[i].value);
    if (!given || check_params(j, b, have ? have : given, e))
        return NULL;
    return put(j, spec, "params", have);
}

static const struct catalog_blueprint *blueprint_of(struct env_job *j, const struct val *spec,
                                                    struct err *e)
{
    char *full = arena_printf(&j->job.pool.arena, "%s@%s",
                              val_str(val_at(spec, "blueprint", "name", NULL), ""),
                              val_str(val_at(spec, "blueprint", "version", NULL), ""));
    return catalog_named_blueprint(j->job.catalog, full, e);
}

static const struct val *blueprint_value(struct env_job *j, const struct catalog_blueprint *b)
{
    const struct val *v = put(j, NULL, "name", text(j, b->name));
    return put(j, v, "version", text(j, b->version.text));
}

/* What is not approved is refused before anything is written. A catalog with its own store is
 * judged again when it is planned. */
static int check_approval(struct env_job *j, const struct catalog_blueprint *b, struct err *e)
{
    return catalog_composition_of(j->job.catalog, b) ? catalog_trust_check(&j->job, b, e) : 0;
}

/* Nor what the team does not allow; how many it has, and where, is judged with the plan. */
static int check_team(struct env_job *j, const struct catalog_blueprint *b, const struct val *spec,
                      struct err *e)
{
    const struct catalog *c = j->job.catalog;
    const char *name = val_str(val_get(spec, "team"), NULL), *key;
    const struct catalog_team *t = name ? team_find(c, name) : NULL;
    struct team_person person;
    if (name && !t && c->n_teams)
        return err_set(e, ERR_NOT_FOUND, "there is no team %s", name);
    if (!t)
        return 0;
    team_person_init_here(&person);
    if (!team_check(t, &person, "launch", e))
        (void)!team_check_launch(t, b->name, val_str(val_get(spec, "namespace"), j->name), &key, e);
    team_person_clear(&person);
    return e->code;
}

static int check_ttl(const struct catalog_blueprint *b, const struct val *spec, struct err *e)
{
    int64_t ttl, most;
    return blueprint_lifetime(b, val_get(spec, "ttl"), &ttl, &most, e);
}

/* ---- planning ---- */

static int plan(struct env_job *j, bool destroy)
{
    struct cli_session s;
    int status = cli_session_open(&s, j->job.args, CLI_SESSION_NO_WATCH);
    if (status)
        return status;
    struct leeway_snapshot *snap = cli_session_reach(&s);
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_FOLDER,
                                     .folder = j->path,
                                     .environment = j->name,
                                     .destroy = destroy};
    status = snap ? CLI_OK : CLI_INTERRUPTED;
    struct leeway_event *ev = snap ? cli_session_ask(&s, &c, NULL, NULL, &status) : NULL;
    if (ev) {
        status = cli_plan_answer(j->job.args, ev->plan, j->how);
        leeway_event_free(ev);
    }
    leeway_snapshot_unref(snap);
    cli_session_close(&s);
    return status;
}

static int plan_it(struct env_job *j)
{
    return plan(j, false);
}

static int plan_to_destroy(struct env_job *j)
{
    return plan(j, true);
}

/* ---- its time to live ---- */

/* The end that is asked for; false after saying what is wrong. */
static bool end_of(const struct env_job *j, const struct leeway_snapshot *snap, int64_t *end)
{
    const char *until = cli_value(j->job.args, "until"), *by = cli_value(j->job.args, "for");
    int64_t ms = 0, now = cli_wall_ms(), from = now;
    for (size_t i = 0; i < leeway_environments(snap); i++) {
        const struct leeway_environment *env = leeway_environment_at(snap, i);
        if (strcmp(env->name.str, j->name) == 0 && env->expires_ms > now)
            from = env->expires_ms;
    }
    if (until && by)
        cli_usage(j->job.args->verb, "--for or --until, one of both");
    else if (until && clock_parse_rfc3339(until, strlen(until), end, NULL))
        cli_usage(j->job.args->verb, "--until %s: a time as 2026-11-27T12:00:00Z", until);
    else if (!until && (clock_parse_span(by ? by : "24h", &ms) || !ms))
        cli_usage(j->job.args->verb, "--for %s: a time as 12h, 3d or 1d12h", by);
    else
        *end = until ? *end : from + ms;
    return *end > 0;
}

static int extend_it(struct env_job *j)
{
    struct cli_session s;
    int64_t end = 0;
    int status = cli_session_open(&s, j->job.args, CLI_SESSION_NO_WATCH);
    if (status)
        return status;
    struct leeway_snapshot *snap = leeway_snapshot_take(s.leeway);
    struct leeway_command c = {.kind = LEEWAY_CMD_EXTEND,
                               .environment = j->name,
                               .reason = cli_value(j->job.args, "reason")};
    status = CLI_USAGE;
    if (end_of(j, snap, &end)) {
        c.expires_ms = end;
        struct leeway_event *ev = cli_session_ask(&s, &c, NULL, NULL, &status);
        if (ev) {
            puts(ev->text.str);
            status = CLI_OK;
        }
        leeway_event_free(ev);
    }
    leeway_snapshot_unref(snap);
    cli_session_close(&s);
    return status;
}

/* ---- commands ---- */

static int nothing(struct env_job *j, struct err *e)
{
    (void)j;
    (void)e;
    return 0;
}

static int need(struct env_job *j, struct err *e)
{
    if (access(j->path, F_OK)) {
        err_set(e, ERR_NOT_FOUND, "there is no %s", j->path);
        err_hint(e, "launch it, or say where the fleet's folder is: -C DIR");
        return e->code;
    }
    return read_document(j, j->path, e);
}

static int launch(struct env_job *j, struct err *e)
{
    const char *want = cli_value(j->job.args, "blueprint");
    if (!want)
        return err_set(e, ERR_USAGE, "a blueprint is wanted: --blueprint NAME");
    const struct catalog_blueprint *b = catalog_named_blueprint(j->job.catalog, want, e);
    const struct val *where = placement(j, e), *spec;
    if (!b || e->code || check_approval(j, b, e))
        return e->code;
    if (!where)
        return err_set(e, ERR_USAGE, "where is it to be? --on CLUSTER or --on-labels KEY=VALUE");
    spec = put_option(j, NULL, "team", "team");
    spec = put_option(j, spec, "owner", "owner");
    spec = put(j, spec, "blueprint", blueprint_value(j, b));
    spec = with_params(j, spec, b, e);
    if (!spec)
        return e->code;
    spec = put(j, spec, "placement", where);
    spec = put_option(j, spec, "namespace", "namespace");
    spec = put_option(j, spec, "ttl", "ttl");
    if (check_ttl(b, spec, e) || check_team(j, b, spec, e))
        return e->code;
    const struct val *doc = put(j, NULL, "apiVersion", text(j, CATALOG_API_VERSION));
    doc = put(j, doc, "kind", text(j, "Environment"));
    doc = put(j, doc, "metadata", put(j, NULL, "name", text(j, j->name)));
    return write_document(j, put(j, doc, "spec", spec), true, e);
}

static int set(struct env_job *j, struct err *e)
{
    if (need(j, e))
        return e->code;
    const struct val *spec = val_get(j->doc, "spec");
    const struct catalog_blueprint *b = blueprint_of(j, spec, e);
    const struct val *where = placement(j, e);
    spec = b && !e->code && !check_approval(j, b, e) ? with_params(j, spec, b, e) : NULL;
    if (!spec)
        return e->code;
    spec = put_option(j, spec, "ttl", "ttl");
    if (check_ttl(b, spec, e))
        return e->code;
    return write_document(j, put(j, j->doc, "spec", put(j, spec, "placement", where)), false, e);
}

static int upgrade(struct env_job *j, struct err *e)
{
    if (need(j, e))
        return e->code;
    const struct val *spec = val_get(j->doc, "spec");
    const char *name = val_str(val_at(spec, "blueprint", "name", NULL), ""),
               *to = cli_value(j->job.args, "to");
    char *full = arena_printf(&j->job.pool.arena, "%s%s%s", name, to ? "@" : "", to ? to : "");
    const struct catalog_blueprint *b = catalog_named_blueprint(j->job.catalog, full, e);
    if (!b || check_approval(j, b, e))
        return e->code;
    spec = put(j, spec, "blueprint", blueprint_value(j, b));
    const struct val *params = val_get(spec, "params");
    if (check_params(j, b, params ? params : val_map_of(&j->job.pool, NULL, 0), e) ||
        check_ttl(b, spec, e))
        return e->code;
    return write_document(j, put(j, j->doc, "spec", spec), false, e);
}

static int export(struct env_job *j, struct err *e)
{
    struct buf b;
    if (need(j, e))
        return e->code;
    buf_init(&b, CATALOG_FILE_MAX);
    if (yaml_write(&b, j->doc))
        err_set(e, ERR_LIMIT, "the environment is too large");
    fwrite(buf_str(&b), 1, b.len, stdout);
    buf_clear(&b);
    return e->code;
}

/* The word is a file here; its metadata.name says where it goes. */
static int import(struct env_job *j, struct err *e)
{
    if (read_document(j, j->name, e))
        return e->code;
    const struct val *doc = j->doc;
    j->name = val_str(val_at(doc, "metadata", "name", NULL), "");
    mem_free(j->path);
    j->path = mem_printf("%s/environments/%s.yaml", j->job.root, j->name);
    const struct catalog_blueprint *b = blueprint_of(j, val_get(doc, "spec"), e);
    if (!b || check_approval(j, b, e) || check_ttl(b, val_get(doc, "spec"), e) ||
        check_team(j, b, val_get(doc, "spec"), e))
        return e->code;
    return write_document(j, doc, true, e);
}

static const struct env_command {
    const char *name;
    int (*run)(struct env_job *j, struct err *e);
    int (*then)(struct env_job *j); /* the exit status; NULL: that is all */
    bool needs_catalog;
} commands[] = {
    {"launch", launch, plan_it, true},         {"set", set, plan_it, true},
    {"upgrade", upgrade, plan_it, true},       {"extend", nothing, extend_it, false},
    {"export", export, NULL, false},           {"import", import, plan_it, true},
    {"destroy", need, plan_to_destroy, false},
};

static int run_command(const struct env_command *c, const struct cli_args *args,
                       enum cli_output how)
{
    struct env_job j = {.name = args->words.items[1], .how = how};
    struct err e = ERR_INIT;
    int status = catalog_job_open(&j.job, args);
    if (!status || !c->needs_catalog) {
        j.path = mem_printf("%s/environments/%s.yaml", j.job.root, j.name);
        status = c->run(&j, &e) ? cli_fail(args->verb, &e) : CLI_OK;
        if (!status && c->then)
            status = c->then(&j);
    }
    mem_free(j.path);
    catalog_job_close(&j.job);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    enum cli_output how;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&args, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML | CLI_OUT_MARKDOWN, &how,
                      &status) == CLI_GO_ON) {
        const char *word = args.words.len ? args.words.items[0] : "";
        const struct env_command *c = NULL;
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
            if (strcmp(commands[i].name, word) == 0)
                c = &commands[i];
        bool shows = strcmp(word, "show") == 0;
        if (!cli_plan_out_is_good(&args))
            status = CLI_USAGE;
        else if ((!c && !shows) || args.words.len != 2)
            status = cli_usage(verb, "say show, launch, set, upgrade, extend, destroy or export "
                                     "NAME, or import FILE");
        else if (shows)
            status = how == CLI_OUT_MARKDOWN ? cli_usage(verb, "-o markdown is for plans")
                                             : env_show(&args, args.words.items[1], how);
        else if (strchr(args.words.items[1], '/') && strcmp(word, "import") != 0)
            status = cli_usage(verb, "%s is no name for an environment", args.words.items[1]);
        else
            status = run_command(c, &args, how);
    }
    cli_args_clear(&args);
    return status;
}

const struct cli_verb cli_verb_env = {
    .name = "env",
    .args = "show|launch|set|upgrade|extend|destroy|export NAME | import FILE",
    .summary = "environments of blueprints",
    .about =
        "An environment is a file of the fleet, environments/NAME.yaml. launch, set, upgrade "
        "and import write it and print what that would change, with the hash that leeway apply "
        "takes; nothing else is sent. show prints an environment that was applied: its outputs on "
        "each cluster, its objects by module with their state and what differs; no secret is read "
        "for it, and exit status 3 says that something could not be seen. destroy plans the "
        "deletion of everything and keeps the file. An environment whose file or blueprint gives "
        "it "
        "a ttl lives that long from its first release on: extend makes the ttl in its file longer, "
        "as far as the blueprint allows, and sends nothing. At its end nothing is deleted by "
        "itself: a console or a background process plans the deletion, which waits for a person. A "
        "file that a person edited is planned by "
        "leeway plan -f. Comments in a file are lost when set or upgrade writes it.\n"
        "Exit status: 0 nothing to do, 2 there are changes, 3 something could not be planned, "
        "1 it failed.",
    .options = options,
    .run = run,
};
