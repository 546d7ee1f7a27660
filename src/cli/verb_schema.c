// SPDX-License-Identifier: Apache-2.0
/* leeway schema KIND: the JSON Schema of one of our kinds, for editors. */
#include "base/text.h"
#include "base/vec.h"
#include "catalog/kinds.h"
#include "cli/options.h"
#include "data/json.h"
#include "data/yaml.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct cli_option options[] = {
    CLI_OPTIONS_OUTPUT("json|yaml"),
    CLI_OPTIONS_END,
};

static void list_kinds(const struct catalog_kinds *kinds)
{
    const struct catalog_kind *k;
    for (size_t i = 0; (k = catalog_kind_at(kinds, i)); i++)
        printf("%-12s %s\n", k->name, val_str(val_get(k->schema->source, "description"), ""));
}

static int say_unknown(const struct cli_verb *verb, const struct catalog_kinds *kinds,
                       const char *typed)
{
    VEC(const char *) names = {0};
    const struct catalog_kind *k;
    for (size_t i = 0; (k = catalog_kind_at(kinds, i)); i++)
        vec_push(&names, k->name);
    const char *near = cli_nearest(typed, names.items, names.len);
    int status = near ? cli_usage(verb, "there is no kind %s; did you mean %s?", typed, near)
                      : cli_usage(verb, "there is no kind %s; leeway schema lists them", typed);
    vec_clear(&names);
    return status;
}

static int print_kind(const struct catalog_kind *k, enum cli_output how)
{
    struct val_pool p;
    struct buf b;
    val_pool_init(&p);
    buf_init(&b, BUF_LARGE);
    const struct val *v = catalog_kind_for_editors(k, &p);
    int rc = how == CLI_OUT_YAML ? yaml_write(&b, v) : json_write(&b, v, JSON_PRETTY);
    printf("%s%s", buf_str(&b), how == CLI_OUT_YAML ? "" : "\n");
    buf_clear(&b);
    val_pool_clear(&p);
    return rc ? CLI_FAILED : CLI_OK;
}

static const struct catalog_kind *find(const struct catalog_kinds *kinds, const char *typed)
{
    const struct catalog_kind *k;
    for (size_t i = 0; (k = catalog_kind_at(kinds, i)); i++)
        if (strcasecmp(k->name, typed) == 0)
            return k;
    return NULL;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args a;
    int status = CLI_OK;
    enum cli_output how = CLI_OUT_JSON;
    if (cli_parse(verb, argc, argv, &a, &status) == CLI_STOP)
        return status;
    struct catalog_kinds *kinds = catalog_kinds_new();
    const struct catalog_kind *k = NULL;
    if (cli_value(&a, "output") &&
        cli_output_of(&a, CLI_OUT_JSON | CLI_OUT_YAML, &how, &status) == CLI_STOP)
        goto out;
    if (a.words.len > 1)
        status = cli_usage(verb, "one kind at a time");
    else if (a.words.len == 0)
        list_kinds(kinds);
    else if (!(k = find(kinds, a.words.items[0])))
        status = say_unknown(verb, kinds, a.words.items[0]);
    else
        status = print_kind(k, how);
out:
    catalog_kinds_free(kinds);
    cli_args_clear(&a);
    return status;
}

const struct cli_verb cli_verb_schema = {
    .name = "schema",
    .args = "[KIND]",
    .summary = "print the JSON Schema of a kind of file, for editors",
    .about = "Without KIND it lists the kinds: Fleet, Cluster, Profile, Module, Blueprint, "
             "Guardrail, Environment, Team. Editors check files while you type when told where "
             "the schema is: the YAML language server reads a first line:\n"
             "  # yaml-language-server: $schema=module.schema.json",
    .options = options,
    .run = run,
};
