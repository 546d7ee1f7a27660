// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "data/json.h"
#include "kube/ownership.h"

static const char object[] =
    "{\"metadata\":{\"managedFields\":["
    "{\"manager\":\"leeway\",\"operation\":\"Apply\",\"apiVersion\":\"apps/v1\",\"time\":"
    "\"2026-03-01T12:00:00Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:spec\":{\"f:paused\":{}"
    ","
    "\"f:selector\":{},\"f:template\":{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"c\\\"}"
    "\":{"
    "\".\":{},\"f:image\":{},\"f:name\":{}}}}}}}},"
    "{\"manager\":\"kube-controller-manager\",\"operation\":\"Update\",\"apiVersion\":\"apps/v1\","
    "\"subresource\":\"scale\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:spec\":{\"f:"
    "replicas\":{}}}},"
    "{\"manager\":\"kubectl-edit\",\"operation\":\"Update\",\"apiVersion\":\"apps/"
    "v1\",\"time\":\"soon\","
    "\"fieldsV1\":{\"f:spec\":{\"f:paused\":{}}}},"
    "{\"manager\":\"broken\",\"operation\":\"Update\",\"fieldsV1\":{\"f:a\":7}},"
    "{\"manager\":\"later\",\"operation\":\"Update\",\"fieldsType\":\"FieldsV2\",\"fieldsV1\":[]},"
    "7]}}";

static struct path parse(struct val_pool *p, const char *text)
{
    struct path path;
    assert_int_equal(path_parse(p, text, strlen(text), &path, NULL), 0);
    return path;
}

static void entries_tell_who_owns_what(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    struct fieldset_table *t = fieldset_table_new();
    struct err e = ERR_INIT;
    struct ownership o, again;
    const struct val *v = json_read(&p, object, strlen(object), NULL, &e);
    assert_non_null(v);
    assert_int_equal(ownership_read(&p, t, v, &o, &e), 0);
    assert_int_equal(o.len, 3);
    assert_int_equal(o.unreadable, 3);
    const struct ownership_entry *ours = ownership_of_applier(&o, "leeway", "");
    assert_ptr_equal(ours, &o.entries[0]);
    assert_null(ownership_of_applier(&o, "leeway", "scale"));
    assert_null(ownership_of_applier(&o, "kubectl-edit", ""));
    assert_true(ours->apply && ours->has_time);
    assert_true(ours->time_wall_ms == 1772366400000);
    assert_int_equal(ours->actor.class, MANAGER_LEEWAY);
    assert_false(o.entries[1].has_time);
    assert_int_equal(o.entries[1].actor.class, MANAGER_AUTOSCALER);
    assert_string_equal(o.entries[1].actor.words, "HPA");
    assert_false(o.entries[2].has_time);
    assert_string_equal(o.entries[2].actor.words, "kubectl edit");

    struct ownership_owner who[2];
    assert_int_equal(ownership_owners_of(&o, parse(&p, ".spec.paused"), who, 2), 2);
    assert_ptr_equal(who[0].entry, &o.entries[0]);
    assert_ptr_equal(who[1].entry, &o.entries[2]);
    assert_true(who[0].exact && who[1].exact);
    assert_int_equal(ownership_owners_of(&o, parse(&p, ".spec.paused"), who, 1), 2);
    assert_int_equal(ownership_owners_of(&o, parse(&p, ".spec.selector.matchLabels.a"), who, 2), 1);
    assert_false(who[0].exact);
    assert_int_equal(ownership_owners_of(&o, parse(&p, ".spec.replicas"), who, 2), 1);
    assert_ptr_equal(who[0].entry, &o.entries[1]);
    assert_int_equal(ownership_owners_of(&o, parse(&p, ".spec"), who, 2), 0);
    assert_int_equal(
        ownership_owners_of(&o, parse(&p, ".spec.template.spec.containers[name=\"c\"]"), who, 2),
        1);
    assert_int_equal(ownership_owners_of(
                         &o, parse(&p, ".spec.template.spec.containers[name=\"c\"].env"), who, 2),
                     0);
    assert_int_equal(ownership_read(&p, t, v, &again, &e), 0);
    assert_ptr_equal(again.entries[0].fields, ours->fields);
    assert_int_equal(again.entries[0].fields_id, ours->fields_id);
    fieldset_table_free(t);
    val_pool_clear(&p);
}

static void odd_objects_have_no_owners(void **state)
{
    static const struct {
        const char *object;
        int code;
    } odd[] = {
        {"{}", 0},
        {"[]", 0},
        {"{\"metadata\":{\"managedFields\":null}}", 0},
        {"{\"metadata\":{\"managedFields\":{}}}", ERR_TYPE},
    };
    struct val_pool p;
    val_pool_init(&p);
    struct fieldset_table *t = fieldset_table_new();
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct ownership o;
        const struct val *v = json_read(&p, odd[i].object, strlen(odd[i].object), NULL, NULL);
        assert_int_equal(ownership_read(&p, t, v, &o, NULL), odd[i].code);
        assert_int_equal(o.len, 0);
    }
    fieldset_table_free(t);
    val_pool_clear(&p);
}

static void managers_are_told_apart(void **state)
{
    static const struct {
        const char *manager, *operation, *subresource;
        enum manager_class class;
        const char *words;
    } known[] = {
        {"kubectl", "Update", "scale", MANAGER_PERSON, "kubectl scale"},
        {"kubectl", "Apply", "", MANAGER_PERSON, "kubectl apply --server-side"},
        {"kubectl-client-side-apply", "Update", "", MANAGER_PERSON, "kubectl apply"},
        {"kubectl-rollout", "Update", "", MANAGER_PERSON, "kubectl rollout"},
        {"kubectl-neat", "Update", "", MANAGER_PERSON, "kubectl-neat"},
        {"kube-controller-manager", "Update", "scale", MANAGER_AUTOSCALER, "HPA"},
        {"kube-controller-manager", "Update", "status", MANAGER_CONTROLLER,
         "a built-in controller"},
        {"keda-operator", "Update", "", MANAGER_AUTOSCALER, "KEDA"},
        {"argocd-controller", "Apply", "", MANAGER_GITOPS, "Argo CD"},
        {"kustomize-controller", "Apply", "", MANAGER_GITOPS, "Flux (kustomize)"},
        {"cert-manager-cainjector", "Apply", "", MANAGER_WEBHOOK, "cert-manager's CA injector"},
        {"kube-downscaler", "Update", "", MANAGER_SCHEDULE, "kube-downscaler"},
        {"leeway", "Apply", "", MANAGER_LEEWAY, "leeway"},
        {"leeward", "Apply", "", MANAGER_UNKNOWN, "leeward"},
        {"traefik-controller", "Update", "", MANAGER_CONTROLLER, "traefik-controller"},
        {"before-first-apply", "Update", "", MANAGER_UNKNOWN, "someone before the first apply"},
        {"", "Update", "", MANAGER_UNKNOWN, "unknown"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        struct manager_actor a =
            manager_actor_of(known[i].manager, known[i].operation, known[i].subresource);
        assert_string_equal(a.words, known[i].words);
        assert_int_equal(a.class, known[i].class);
    }
    assert_string_equal(manager_class_word(MANAGER_GITOPS), "gitops");
}

RUN("ownership", cmocka_unit_test(entries_tell_who_owns_what),
    cmocka_unit_test(odd_objects_have_no_owners), cmocka_unit_test(managers_are_told_apart))
