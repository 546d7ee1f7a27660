// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "cli/options.h"

static int run_nothing(const struct cli_verb *verb, int argc, char **argv)
{
    return CLI_OK;
}

static const struct cli_option options[] = {
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_OUTPUT("table|wide|json"),
    {"watch", 'w', CLI_FLAG, NULL, "go on"},
    {"all", 'A', CLI_FLAG, NULL, "all"},
    CLI_OPTIONS_END,
};
static const struct cli_verb verb = {
    .name = "try", .summary = "a test", .options = options, .run = run_nothing};

#define PARSE(...)                                                                                 \
    const char *line[] = {"try", __VA_ARGS__};                                                     \
    struct cli_args a;                                                                             \
    int status;                                                                                    \
    enum cli_parsed parsed =                                                                       \
        cli_parse(&verb, sizeof(line) / sizeof(line[0]), (char **)line, &a, &status)

static void all_the_ways_to_give_a_value(void **state)
{
    PARSE("--context=a", "nodes", "--context", "b", "-ojson", "-wA", "--", "--watch", "-x");
    assert_int_equal(parsed, CLI_GO_ON);
    const char **contexts;
    assert_int_equal(cli_values(&a, "context", &contexts), 2);
    assert_string_equal(contexts[0], "a");
    assert_string_equal(contexts[1], "b");
    assert_null(contexts[2]);
    mem_free(contexts);
    assert_string_equal(cli_value(&a, "output"), "json");
    assert_true(cli_flag(&a, "watch"));
    assert_true(cli_flag(&a, "all"));
    assert_false(cli_flag(&a, "kubeconfig"));
    assert_int_equal(a.words.len, 3);
    assert_string_equal(a.words.items[0], "nodes");
    assert_string_equal(a.words.items[2], "-x");
    cli_args_clear(&a);
}

static void the_last_value_counts(void **state)
{
    PARSE("-o", "wide", "-o=json", "-");
    assert_int_equal(parsed, CLI_GO_ON);
    enum cli_output out;
    assert_int_equal(cli_output_of(&a, CLI_OUT_JSON, &out, &status), CLI_GO_ON);
    assert_int_equal(out, CLI_OUT_JSON);
    assert_string_equal(a.words.items[0], "-");
    assert_int_equal(cli_output_of(&a, CLI_OUT_WIDE | CLI_OUT_YAML, &out, &status), CLI_STOP);
    assert_int_equal(status, CLI_USAGE);
    cli_args_clear(&a);
}

#define REFUSED(...)                                                                               \
    do {                                                                                           \
        PARSE(__VA_ARGS__);                                                                        \
        assert_int_equal(parsed, CLI_STOP);                                                        \
        assert_int_equal(status, CLI_USAGE);                                                       \
    } while (0)

static void what_is_wrong_is_refused(void **state)
{
    REFUSED("--outptu", "json");
    REFUSED("--output");
    REFUSED("--watch=yes");
    REFUSED("-z");
    REFUSED("-wz");
    REFUSED("--=x");
}

static void the_nearest_name(void **state)
{
    static const char *const names[] = {"clusters", "nodes", "namespaces", "environments"};
    assert_string_equal(cli_nearest("cluster", names, 4), "clusters");
    assert_string_equal(cli_nearest("ndoes", names, 4), "nodes");
    assert_string_equal(cli_nearest("env", names, 4), "environments");
    assert_null(cli_nearest("pods", names, 4));
    assert_null(cli_nearest("xyzzy-and-more-than-thirty-two-characters", names, 4));
}

static void durations(void **state)
{
    int64_t ms;
    assert_true(cli_parse_duration("15", &ms));
    assert_int_equal(ms, 15000);
    assert_true(cli_parse_duration("1h30m", &ms));
    assert_int_equal(ms, 5400000);
    assert_true(cli_parse_duration("500ms", &ms));
    assert_int_equal(ms, 500);
    assert_true(cli_parse_duration("2m5s", &ms));
    assert_int_equal(ms, 125000);
    assert_false(cli_parse_duration("", &ms));
    assert_false(cli_parse_duration("5x", &ms));
    assert_false(cli_parse_duration("-5s", &ms));
    assert_false(cli_parse_duration("25h", &ms));
    assert_false(cli_parse_duration("99999999999999999999", &ms));
    assert_false(cli_parse_duration("5min", &ms));
}

/* Every verb of the program is one that help, completion and the man page can be made of. */
static void tables_are_whole(void **state)
{
    for (size_t i = 0; cli_verbs[i]; i++) {
        const struct cli_verb *v = cli_verbs[i];
        assert_non_null(v->name);
        assert_non_null(v->summary);
        assert_non_null(v->run);
        assert_true(v->summary[strlen(v->summary) - 1] != '.');
        for (const struct cli_option *o = v->options; o && o->name; o++) {
            assert_non_null(o->help);
            assert_true((o->kind == CLI_FLAG) == (o->value == NULL));
            for (const struct cli_option *x = v->options; x != o; x++) {
                assert_string_not_equal(x->name, o->name);
                assert_true(!o->letter || x->letter != o->letter);
            }
        }
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(cli_verbs[j]->name, v->name);
    }
}

RUN("options", cmocka_unit_test(all_the_ways_to_give_a_value),
    cmocka_unit_test(the_last_value_counts), cmocka_unit_test(what_is_wrong_is_refused),
    cmocka_unit_test(the_nearest_name), cmocka_unit_test(durations),
    cmocka_unit_test(tables_are_whole))
