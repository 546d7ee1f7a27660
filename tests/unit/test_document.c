// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/mem.h"
#include "catalog/document.h"
#include "data/json.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

static struct catalog_kinds *kinds;

static int setup(void **state)
{
    (void)state;
    kinds = catalog_kinds_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    catalog_kinds_free(kinds);
    return 0;
}

static void lines(struct buf *out, const struct catalog_problems *p)
{
    buf_reset(out);
    for (size_t i = 0; i < p->len; i++) {
        char *s = err_format(&p->items[i]);
        buf_printf(out, "%s\n", s);
        mem_free(s);
    }
}

/* Every file of the fixture, with the kind that belongs into its folder. */
static void test_examples(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *kind;
        size_t documents;
    } cases[] = {
        {"leeway.yaml", "Fleet", 1},
        {"clusters/*.yaml", "Cluster", 2},
        {"catalog/profiles/*.yaml", "Profile", 2},
        {"catalog/modules/*/*/module.yaml", "Module", 2},
        {"catalog/blueprints/*/*.yaml", "Blueprint", 1},
        {"catalog/guardrails/*.yaml", "Guardrail", 1},
        {"catalog/teams/*.yaml", "Team", 1},
        {"environments/*.yaml", "Environment", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char pattern[1024];
        size_t documents = 0;
        glob_t found;
        struct catalog_problems problems = {0};
        struct buf text;
        buf_init(&text, BUF_SMALL);
        snprintf(pattern, sizeof(pattern), "%s/tests/fixtures/catalog/%s",
                 getenv("top_srcdir") ? getenv("top_srcdir") : ".", cases[i].pattern);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++) {
            struct document_file *f =
                document_file_read(kinds, found.gl_pathv[k], cases[i].kind, 0, &problems);
            lines(&text, &problems);
            assert_string_equal(buf_str(&text), "");
            for (size_t d = 0; d < f->len; d++, documents++) {
                assert_false(f->items[d].broken);
                assert_string_equal(f->items[d].kind->name, cases[i].kind);
                assert_true(*f->items[d].name);
            }
            document_file_free(f);
        }
        assert_int_equal(documents, cases[i].documents);
        globfree(&found);
        buf_clear(&text);
        catalog_problems_clear(&problems);
    }
}

#define HEAD "apiVersion: leeway.dev/v1alpha1\n"

static const struct {
    const char *kind, *text, *problems;
    unsigned flags;
} wrong[] = {
    {NULL, "a: [\n", "f:2:1: a value is missing here\n", 0},
    {NULL, "- a\n", "f:1:1: a document has to be a map, is list\n", 0},
    {NULL, "kind: Module\n", "f:1:1: .apiVersion: is missing (leeway.dev/v1alpha1 is needed)\n", 0},
    {NULL, "apiVersion: leeway.dev/v2\nkind: Module\n",
     "f:1:13: .apiVersion: is leeway.dev/v2 (leeway.dev/v1alpha1 is needed)\n", DOCUMENT_FOREIGN},
    {NULL, HEAD "kind: Modul\n", "f:2:7: .kind: there is no kind Modul (did you mean Module?)\n",
     0},
    {"Team", HEAD "kind: Module\n", "f:2:7: .kind: is Module (Team belongs here)\n", 0},
    {"Team", HEAD "kind: Team\nmetadata: {name: a, label: {}}\nspec: {membres: [{user: 1}]}\n",
     "f:3:21: .metadata.label: is not known here (known is name)\n"
     "f:4:7: .spec.members: is required\n"
     "f:4:8: .spec.membres: is not known here (did you mean members?)\n",
     0},
    {"Team",
     HEAD
     "kind: Team\nmetadata: {name: A_b}\nspec: {members: [{user: a, group: b}, {}], may: [aply]}"
     "\n",
     "f:3:18: .metadata.name: has to be lower-case letters, digits and dashes, is \"A_b\"\n"
     "f:4:18: .spec.members[0]: user and group exclude each other (leave out one of the two)\n"
     "f:4:39: .spec.members[1]: exactly one of user and group is needed\n"
     "f:4:50: .spec.may[0]: has to be launch, plan, apply, revert, accept or destroy, is \"aply\" "
     "(did you mean apply?)\n",
     0},
    {"Fleet",
     HEAD "kind: Fleet\nmetadata: {name: a}\nspec:\n  inventory:\n  - clusterAPI: {hub: mgmt}\n"
          "  - {}\n",
     "f:6:5: .spec.inventory[0].clusterAPI: is not supported yet (name the clusters in files or in "
     "a kubeconfig)\n"
     "f:7:5: .spec.inventory[1]: exactly one of kubeconfig and files is needed\n",
     0},
    {"Environment",
     HEAD "kind: Environment\nmetadata: {name: a}\nspec: {blueprint: {name: b, version: 1.4}, "
          "schedule: {sleep: \"20:00\"}}\n",
     "f:4:38: .spec.blueprint.version: has to be a string, is a number: 1.4 (put it in quotes)\n"
     "f:4:44: .spec.schedule: is not supported yet (destroy the environment or give it a ttl)\n",
     0},
    {"Module",
     HEAD
     "kind: Module\nmetadata: {name: a}\nspec: {version: 1.0.0, source: {helm: {chart: ./c}}}\n",
     "f:4:33: .spec.source.helm: is not supported yet (render the chart into manifests and name "
     "those)\n",
     0},
    {"Guardrail", "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n",
     "f:1:13: .apiVersion: is admissionregistration.k8s.io/v1 (leeway.dev/v1alpha1 is needed)\n",
     0},
    {"Guardrail", "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n",
     "", DOCUMENT_FOREIGN},
    {NULL, "", "", 0},
};

static void test_problems(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct catalog_problems problems = {0};
        struct buf text;
        buf_init(&text, BUF_SMALL);
        struct document_file *f =
            document_file_parse(kinds, "f", wrong[i].text, strlen(wrong[i].text), wrong[i].kind,
                                wrong[i].flags, &problems);
        lines(&text, &problems);
        assert_string_equal(buf_str(&text), wrong[i].problems);
        for (size_t d = 0; f && d < f->len; d++)
            assert_int_equal(f->items[d].broken, problems.len > 0);
        document_file_free(f);
        catalog_problems_clear(&problems);
        buf_clear(&text);
    }
}

/* tests/fixtures/mistakes: each file ends with what is said about it, a line a problem. */
static void test_mistakes(void **state)
{
    (void)state;
    char pattern[1024];
    glob_t found;
    snprintf(pattern, sizeof(pattern), "%s/tests/fixtures/mistakes/*.yaml",
             getenv("top_srcdir") ? getenv("top_srcdir") : ".");
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct catalog_problems problems = {0};
        struct buf got;
        char text[8192];
        buf_init(&got, BUF_SMALL);
        FILE *in = fopen(found.gl_pathv[i], "r");
        assert_non_null(in);
        text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
        fclose(in);
        struct document_file *f =
            document_file_parse(kinds, "", text, strlen(text), NULL, 0, &problems);
        for (size_t k = 0; k < problems.len; k++) {
            char *line = err_format(&problems.items[k]);
            buf_printf(&got, "# expect%s\n", line);
            mem_free(line);
        }
        const char *want = strstr(text, "# expect:");
        if (!problems.len || !want || strcmp(want, buf_str(&got)) != 0)
            fail_msg("%s:\n%s", found.gl_pathv[i], buf_str(&got));
        document_file_free(f);
        catalog_problems_clear(&problems);
        buf_clear(&got);
    }
    assert_true(found.gl_pathc >= 36);
    globfree(&found);
}

static void test_files(void **state)
{
    (void)state;
    struct catalog_problems problems = {0};
    struct buf text;
    buf_init(&text, BUF_SMALL);
    assert_null(document_file_read(kinds, "/nonexistent/a.yaml", NULL, 0, &problems));
    assert_null(document_file_read(kinds, "/", NULL, 0, &problems));
    lines(&text, &problems);
    assert_string_equal(buf_str(&text),
                        "/nonexistent/a.yaml: cannot be read: No such file or directory\n"
                        "/: cannot be read: it is no regular file\n");
    catalog_problems_clear(&problems);
    buf_clear(&text);
}

/* What is carried is what lies in the folder, and what editors get refuses unknown keys. */
static void test_kinds(void **state)
{
    (void)state;
    const struct catalog_kind *k;
    size_t n = 0;
    for (; (k = catalog_kind_at(kinds, n)); n++) {
        struct val_pool p;
        struct buf b;
        val_pool_init(&p);
        buf_init(&b, BUF_LARGE);
        const struct val *v = catalog_kind_for_editors(k, &p);
        assert_int_equal(json_write(&b, v, JSON_COMPACT), 0);
        assert_null(strstr(buf_str(&b), "x-not-yet"));
        assert_null(strstr(buf_str(&b), "x-kubernetes"));
        assert_true(val_str_is(val_get(v, "title"), k->name));
        assert_false(val_bool(val_get(v, "additionalProperties"), true));
        assert_false(val_bool(val_at(v, "properties", "spec", "additionalProperties", NULL), true));
        buf_clear(&b);
        val_pool_clear(&p);
    }
    assert_int_equal(n, 8);
    assert_null(catalog_kind(kinds, "module"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples), cmocka_unit_test(test_problems),
        cmocka_unit_test(test_mistakes), cmocka_unit_test(test_files),
        cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
