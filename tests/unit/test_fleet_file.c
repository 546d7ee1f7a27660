// SPDX-License-Identifier: Apache-2.0
/* leeway.yaml and Cluster files: all errors at once with their places, and the clusters that come
 * of them. */
#include "unit.h"

#include "base/buf.h"
#include "base/mem.h"
#include "engine/fleet/fleet_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/leeway-fleet-XXXXXX";

static char *put(const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    return path;
}

#define API "\"apiVersion\": \"leeway.dev/v1alpha1\""

static char *text_of(const struct fleet_problems *p)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    for (size_t i = 0; i < p->len; i++) {
        char *s = err_format(&p->items[i]);
        const char *from = strncmp(s, dir, strlen(dir)) == 0 ? s + strlen(dir) + 1 : s;
        buf_printf(&b, "%s%s", b.len ? "\n" : "", from);
        mem_free(s);
    }
    return buf_take(&b);
}

static void all_errors_at_once(void **state)
{
    char *path = put(
        "leeway.yaml",
        "{" API ", \"kind\": \"Fleet\", \"metadata\": {\"labels\": {}},\n"
        " \"spec\": {\"inventory\": [{\"kubeconfig\": {\"contexts\": \"prod\", \"label\": {}}},\n"
        "  {\"argocd\": {}},\n"
        "  {\"files\": \"none/*.yaml\"},\n"
        "  {}],\n"
        " \"environments\": \"files\",\n"
        " \"colour\": 1,\n"
        " \"protect\": [{\"selector\": {\"tier\": 1}, \"readOnly\": \"no\"}],\n"
        " \"store\": {\"sqlite\": {\"path\": \"\"}}}}");
    struct fleet_file f;
    struct fleet_problems p = {0};
    assert_int_equal(fleet_file_load(path, NULL, &f, &p), ERR_INVALID);
    assert_null(f.path);
    char *got = text_of(&p);
    assert_string_equal(
        got,
        "leeway.yaml:1:68: .metadata.name: is required\n"
        "leeway.yaml:1:69: .metadata.labels: is not known here (known are name and uid)\n"
        "leeway.yaml:2:53: .spec.inventory[0].kubeconfig.contexts: has to be a list, is a string: "
        "\"prod\" (items go on lines that begin with '- ', or between [ and ])\n"
        "leeway.yaml:2:61: .spec.inventory[0].kubeconfig.label: is not known here (did you mean "
        "labels?)\n"
        "leeway.yaml:3:4: .spec.inventory[1].argocd: is not supported yet (name the clusters in "
        "files or in a kubeconfig)\n"
        "leeway.yaml:5:3: .spec.inventory[3]: exactly one of kubeconfig and files is needed\n"
        "leeway.yaml:6:18: .spec.environments: has to be store, is \"files\"\n"
        "leeway.yaml:7:2: .spec.colour: is not known here (known are inventory, catalogs, "
        "environments, approvals, store and protect)\n"
        "leeway.yaml:8:36: .spec.protect[0].selector.tier: has to be a string, is an integer: 1 "
        "(put it in quotes)\n"
        "leeway.yaml:8:52: .spec.protect[0].readOnly: has to be a boolean, is a string: \"no\" "
        "(without quotes)\n"
        "leeway.yaml:9:31: .spec.store.sqlite.path: has to have at least 1 character, has 0");
    mem_free(got);
    fleet_problems_clear(&p);
    mem_free(path);
}

static void other_documents_are_refused(void **state)
{
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"", "leeway.yaml:1:1: the file is empty, one document of kind Fleet is needed"},
        {"[]", "leeway.yaml:1:1: a document has to be a map, is list"},
        {"{" API ", \"kind\": \"Team\"}", "leeway.yaml:1:47: .kind: is Team (Fleet belongs here)"},
        {"{\"apiVersion\": \"v1\", \"kind\": \"Fleet\", \"metadata\": {\"name\": \"x\"}}",
         "leeway.yaml:1:16: .apiVersion: is v1 (leeway.dev/v1alpha1 is needed)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *path = put("leeway.yaml", cases[i].text);
        struct fleet_file f;
        struct fleet_problems p = {0};
        assert_int_not_equal(fleet_file_load(path, NULL, &f, &p), 0);
        char *got = text_of(&p);
        assert_string_equal(got, cases[i].problem);
        mem_free(got);
        fleet_problems_clear(&p);
        mem_free(path);
    }
    struct fleet_file f;
    struct fleet_problems p = {0};
    assert_int_equal(fleet_file_load("/nonexistent/leeway.yaml", NULL, &f, &p), ERR_NOT_FOUND);
    fleet_problems_clear(&p);
}

static struct kubeconfig *kubeconfig(void)
{
    char *path = put("kubeconfig",
                     "{\"clusters\": [{\"name\": \"a\", \"cluster\": {\"server\": \"https://a\"}}],"
                     "\"contexts\": ["
                     "{\"name\": \"prod-1\", \"context\": {\"cluster\": \"a\"}},"
                     "{\"name\": \"prod-old\", \"context\": {\"cluster\": \"a\"}},"
                     "{\"name\": \"dev-1\", \"context\": {\"cluster\": \"a\"}},"
                     "{\"name\": \"ctx-7\", \"context\": {\"cluster\": \"a\"}}]}");
    struct kubeconfig_options o = {.path = path};
    struct kubeconfig *kc = kubeconfig_load(&o, NULL);
    mem_free(path);
    return kc;
}

static void clusters_of_a_fleet(void **state)
{
    char *clusters = mem_printf("%s/clusters", dir);
    mkdir(clusters, 0700);
    mem_free(clusters);
    mem_free(put("clusters/1.yaml",
                 "{" API ", \"kind\": \"Cluster\", \"metadata\": {\"name\": \"seven\", \"labels\": "
                 "{\"tier\": \"qa\"}}, \"spec\": {\"kubeconfig\": {\"context\": \"ctx-7\"}, "
                 "\"distribution\": \"eks\", \"facts\": {\"costCenter\": \"42\"}}}"));
    mem_free(put("clusters/2.yaml",
                 "{" API ", \"kind\": \"Cluster\", \"metadata\": {\"name\": \"p1\", \"labels\": "
                 "{\"region\": \"eu\"}}, \"spec\": {\"kubeconfig\": {\"context\": \"prod-1\"}}}"));
    mem_free(put("clusters/3.yaml",
                 "{" API ", \"kind\": \"Cluster\", \"metadata\": {\"name\": \"gone\"}, \"spec\": "
                 "{\"kubeconfig\": {\"context\": \"nowhere\"}}}"));
    mem_free(put("clusters/4.yaml",
                 "{" API ", \"kind\": \"Cluster\", \"metadata\": {\"name\": \"seven\"}, \"spec\": "
                 "{\"kubeconfig\": {\"context\": \"dev-1\"}}}"));
    char *path = put(
        "leeway.yaml",
        "{" API ", \"kind\": \"Fleet\", \"metadata\": {\"name\": \"acme\", \"uid\": \"u-1\"},"
        "\"spec\": {\"inventory\": [{\"kubeconfig\": {\"contexts\": [\"prod-*\", "
        "\"!prod-old\"], \"labels\": {\"tier\": \"prod\"}}}, {\"files\": "
        "\"clusters/*.yaml\"}], \"protect\": [{\"selector\": {\"tier\": \"prod\"}, "
        "\"typedConfirmation\": true}, {\"selector\": {\"region\": \"eu\"}, \"readOnly\": true}],"
        "\"store\": {\"sqlite\": {\"path\": \"~/s.db\"}}}}");
    struct fleet_file f;
    struct fleet_problems p = {0};
    struct fleet_clusters c;
    struct kubeconfig *kc = kubeconfig();
    assert_int_equal(fleet_file_load(path, "/home/alice", &f, &p), 0);
    assert_int_equal(p.len, 0);
    assert_string_equal(f.name, "acme");
    assert_string_equal(f.uid, "u-1");
    assert_string_equal(f.store_path, "/home/alice/s.db");
    fleet_file_clusters(&f, kc, &c, &p);
    assert_int_equal(c.len, 2);
    assert_string_equal(c.items[0].name, "p1");
    assert_string_equal(c.items[0].context, "prod-1");
    assert_string_equal(labels_get(&c.items[0].labels, "tier"), "prod");
    assert_string_equal(labels_get(&c.items[0].labels, "region"), "eu");
    assert_true(c.items[0].typed_confirmation && c.items[0].read_only); /* both rules */
    assert_string_equal(c.items[1].name, "seven");
    assert_string_equal(c.items[1].distribution, "eks");
    assert_string_equal(labels_get(&c.items[1].facts, "costCenter"), "42");
    assert_false(c.items[1].typed_confirmation || c.items[1].read_only);
    assert_int_equal(p.len, 2);
    assert_string_equal(p.items[0].text,
                        ".spec.kubeconfig.context: context \"nowhere\" does not exist");
    assert_non_null(
        strstr(p.items[1].text, "cluster \"seven\" (context \"ctx-7\") is there already, from "));
    fleet_clusters_clear(&c);
    fleet_problems_clear(&p);
    fleet_file_clear(&f);
    mem_free(path);

    assert_int_equal(fleet_file_load(NULL, NULL, &f, &p), 0); /* no file: all contexts */
    fleet_file_clusters(&f, kc, &c, &p);
    assert_int_equal(c.len, 4);
    assert_string_equal(f.name, "default");
    assert_false(c.items[0].read_only || c.items[0].typed_confirmation);
    fleet_clusters_clear(&c);
    fleet_file_clear(&f);
    kubeconfig_free(kc);
}

static int make_dir(void **state)
{
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    char *c = mem_printf("rm -r %s", dir);
    int rc = system(c);
    mem_free(c);
    return rc;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_errors_at_once),
        cmocka_unit_test(other_documents_are_refused),
        cmocka_unit_test(clusters_of_a_fleet),
    };
    return cmocka_run_group_tests_name("fleet_file", tests, make_dir, remove_dir);
}
