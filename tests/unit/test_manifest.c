// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/mem.h"
#include "engine/fleet/kinds.h"
#include "engine/plan/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void read_text(struct manifest_set *s, const char *text)
{
    manifest_set_init(s);
    manifest_read_text(s, "a.yaml", text, strlen(text));
    manifest_finish(s);
}

static void noise_is_taken_out(void **state)
{
    struct manifest_set s;
    read_text(&s, "apiVersion: v1\n"
                  "kind: Secret\n"
                  "metadata:\n"
                  "  name: s\n"
                  "  creationTimestamp: null\n"
                  "  annotations:\n"
                  "    kubectl.kubernetes.io/last-applied-configuration: '{}'\n"
                  "    keep: me\n"
                  "data: {a: QQ==}\n"
                  "stringData: {b: hello}\n"
                  "status: {x: 1}\n");
    assert_int_equal(s.problems.len, 0);
    assert_int_equal(s.objects.len, 1);
    const struct val *o = s.objects.items[0].object;
    assert_null(val_get(o, "status"));
    assert_null(val_get(o, "stringData"));
    assert_true(val_str_is(val_at(o, "data", "b", NULL), "aGVsbG8="));
    assert_true(val_str_is(val_at(o, "data", "a", NULL), "QQ=="));
    assert_null(val_at(o, "metadata", "creationTimestamp", NULL));
    assert_int_equal(val_count(val_at(o, "metadata", "annotations", NULL)), 1);
    assert_true(s.objects.items[0].secret);
    manifest_set_clear(&s);
}

static void order_is_by_stage(void **state)
{
    struct manifest_set s;
    read_text(&s, "apiVersion: v1\nkind: List\nitems:\n"
                  "- {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}}\n"
                  "- {apiVersion: apps/v1, kind: Deployment, metadata: {name: d}}\n"
                  "- {apiVersion: example.org/v1, kind: Widget, metadata: {name: w}}\n"
                  "- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n"
                  "---\n"
                  "{apiVersion: v1, kind: Namespace, metadata: {name: space}}\n");
    static const char *const expected[] = {"Namespace", "ConfigMap", "Deployment", "Widget",
                                           "Ingress"};
    if (s.problems.len)
        fail_msg("%u: %s", s.problems.items[0].line, s.problems.items[0].text);
    assert_int_equal(s.objects.len, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(s.objects.items[i].kind, expected[i]);
    assert_true(s.objects.items[0].traits->shared);
    assert_string_equal(s.objects.items[3].group, "example.org");
    manifest_set_clear(&s);
}

static void problems_have_their_place(void **state)
{
    static const struct {
        const char *text, *says;
        unsigned line;
    } cases[] = {
        {"kind: Pod\nmetadata: {name: x}\n", "apiVersion is missing", 1},
        {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: 12\n",
         "metadata.name is no string but of type integer", 4},
        {"apiVersion: v1\nkind: Pod\nmetadata: {name: n}\n",
         "metadata.name is no string but of type boolean", 3},
        {"apiVersion: v1\nkind: Pod\nmetadata: {generateName: x-}\n",
         "generateName cannot be applied: every apply would make another object", 3},
        {"- a\n", "a manifest is a map, this is a list", 1},
        {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  labels:\n"
         "    applyset.kubernetes.io/part-of: y\n",
         "the label applyset.kubernetes.io/part-of is leeway's to set", 6},
        {"apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {port: 80}\n",
         "stringData.port of Secret/x is no string", 4},
        {"{apiVersion: v1, kind: Pod, metadata: {name: x}}\n---\n"
         "{apiVersion: v1, kind: Pod, metadata: {name: x}}\n",
         "Pod/x is already in a.yaml, line 1", 3},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct manifest_set s;
        read_text(&s, cases[i].text);
        assert_int_equal(s.problems.len, 1);
        assert_string_equal(s.problems.items[0].text, cases[i].says);
        assert_string_equal(s.problems.items[0].source, "a.yaml");
        assert_int_equal(s.problems.items[0].line, cases[i].line);
        manifest_set_clear(&s);
    }
}

static void empty_folders_are_refused(void **state)
{
    char dir[] = "/tmp/leeway-manifest-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct manifest_set s;
    manifest_set_init(&s);
    assert_int_equal(manifest_read(&s, dir), ERR_NOT_FOUND);
    manifest_set_clear(&s);
    manifest_set_init(&s);
    char *fifo = mem_printf("%s/x.yaml", dir);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(manifest_read(&s, dir), ERR_IO); /* and does not hang on it */
    assert_string_equal(s.problems.items[0].text, "is no regular file");
    manifest_set_clear(&s);
    unlink(fifo);
    mem_free(fifo);
    rmdir(dir);
}

RUN("manifest", cmocka_unit_test(noise_is_taken_out), cmocka_unit_test(order_is_by_stage),
    cmocka_unit_test(problems_have_their_place), cmocka_unit_test(empty_folders_are_refused))
