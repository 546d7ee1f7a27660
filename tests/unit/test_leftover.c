// SPDX-License-Identifier: Apache-2.0
/* What is left in a namespace when all of an environment is gone. */
#include "unit.h"

#include "data/json.h"
#include "engine/plan/leftover.h"

#include <stdio.h>

static const char core[] =
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"\"},\"versions\":[{"
    "\"version\":\"v1\",\"freshness\":\"Current\",\"resources\":["
    "{\"resource\":\"pods\",\"responseKind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
    "\"scope\":\"Namespaced\",\"verbs\":[\"list\",\"delete\"]},"
    "{\"resource\":\"nodes\",\"responseKind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Node\"}"
    ",\"scope\":\"Cluster\",\"verbs\":[\"list\",\"delete\"]}]}]}]}";

struct place {
    struct val_pool pool;
    struct arena a;
    struct leftover *l;
};

static void begin(struct place *p)
{
    const struct kube_discovery_part part = {core, strlen(core)};
    struct kube_discovery *d = kube_discovery_parse(&part, 1, NULL, NULL);
    assert_non_null(d);
    val_pool_init(&p->pool);
    arena_init(&p->a);
    p->l = leftover_new(d);
    kube_discovery_unref(d);
}

static void end(struct place *p)
{
    leftover_free(p->l);
    arena_clear(&p->a);
    val_pool_clear(&p->pool);
}

/* owners: "KIND/UID KIND/UID"; "" none. */
static void add(struct place *p, const char *group, const char *kind, const char *name,
                const char *uid, const char *owners)
{
    const struct kube_resource r = {.group = group, .kind = kind};
    char refs[512] = "", text[1024], owner_kind[32], owner_uid[32];
    int n;
    for (; sscanf(owners, " %31[^/]/%31s%n", owner_kind, owner_uid, &n) == 2; owners += n)
        snprintf(refs + strlen(refs), sizeof(refs) - strlen(refs),
                 "%s{\"apiVersion\":\"v1\",\"kind\":\"%s\",\"name\":\"x\",\"uid\":\"%s\"}",
                 *refs ? "," : "", owner_kind, owner_uid);
    snprintf(text, sizeof(text),
             "{\"metadata\":{\"name\":\"%s\",\"uid\":\"%s\",\"ownerReferences\":[%s]}}", name, uid,
             refs);
    const struct val *v = json_read(&p->pool, text, strlen(text), NULL, NULL);
    assert_non_null(v);
    leftover_add(p->l, &r, v);
}

static void left(struct place *p, const char *words)
{
    assert_string_equal(leftover_words(p->l, &p->a), words);
}

static void what_kubernetes_makes_is_nothing(void **state)
{
    (void)state;
    struct place p;
    begin(&p);
    add(&p, "", "ServiceAccount", "default", "1", "");
    add(&p, "", "ConfigMap", "kube-root-ca.crt", "2", "");
    add(&p, "", "Event", "web.17", "3", "");
    left(&p, "");
    end(&p);
    begin(&p);
    add(&p, "", "ServiceAccount", "robot", "1", "");
    add(&p, "", "ConfigMap", "kube-root-ca.crt.bak", "2", "");
    add(&p, "example.com", "ServiceAccount", "default", "3", "");
    add(&p, "coordination.k8s.io", "Lease", "leader", "4", "");
    left(&p, "ConfigMap/kube-root-ca.crt.bak, Lease/leader, ServiceAccount/default and 1 more are "
             "still in it");
    end(&p);
}

static void what_is_collected_is_nothing(void **state)
{
    (void)state;
    struct place p;
    begin(&p);
    leftover_goes(p.l, "Deployment", "web", "d");
    leftover_goes(p.l, "Service", "web", "s");
    add(&p, "apps", "Deployment", "web", "d", "");
    add(&p, "apps", "ReplicaSet", "web-1", "r", "Deployment/d");
    add(&p, "", "Pod", "web-1-a", "p", "ReplicaSet/r");
    add(&p, "", "Endpoints", "web", "e", "");
    add(&p, "discovery.k8s.io", "EndpointSlice", "web-x", "x", "Service/s");
    left(&p, "");
    end(&p);
    begin(&p); /* the owner between is gone already */
    add(&p, "", "ConfigMap", "of-a-pod", "c", "Pod/gone");
    left(&p, "");
    end(&p);
}

static void what_somebody_else_holds_stays(void **state)
{
    (void)state;
    struct place p;
    begin(&p);
    leftover_goes(p.l, "Deployment", "web", "d");
    add(&p, "", "ConfigMap", "of-two", "1", "Deployment/d Pod/theirs");
    add(&p, "", "Pod", "theirs", "theirs", "");
    left(&p, "ConfigMap/of-two, Pod/theirs are still in it");
    end(&p);
    begin(&p);
    add(&p, "", "Pod", "mirror", "1", "Node/n"); /* of the cluster, and not listed */
    left(&p, "Pod/mirror is still in it");
    end(&p);
    begin(&p);
    add(&p, "", "ConfigMap", "odd", "1", "Unheard/n");
    left(&p, "ConfigMap/odd is still in it");
    end(&p);
    begin(&p); /* they hold each other */
    add(&p, "", "Pod", "a", "1", "Pod/2");
    add(&p, "", "Pod", "b", "2", "Pod/1");
    left(&p, "Pod/a, Pod/b are still in it");
    end(&p);
    begin(&p);
    add(&p, "", "Endpoints", "theirs", "1", "");
    left(&p, "Endpoints/theirs is still in it");
    end(&p);
}

static void one_object_of_two_groups_is_one(void **state)
{
    (void)state;
    struct place p;
    begin(&p);
    add(&p, "extensions", "Ingress", "web", "i", "");
    add(&p, "networking.k8s.io", "Ingress", "web", "i", "");
    add(&p, "", "PersistentVolumeClaim", "data", "c", "");
    left(&p, "PersistentVolumeClaim/data, Ingress/web are still in it");
    end(&p);
}

static void what_cannot_be_told_is_something(void **state)
{
    (void)state;
    struct place p;
    begin(&p);
    leftover_not_told(p.l, "secrets", "they may not be listed");
    leftover_not_told(p.l, "pods", "they may not be listed");
    left(&p, "what is in it cannot be told (secrets: they may not be listed)");
    end(&p);
}

static void a_long_chain_of_owners_ends(void **state)
{
    (void)state;
    struct place p;
    char name[16], owner[32];
    begin(&p);
    leftover_goes(p.l, "Pod", "p0", "0");
    for (int i = 1; i < 5000; i++) {
        snprintf(name, sizeof(name), "%d", i);
        snprintf(owner, sizeof(owner), "Pod/%d", i - 1);
        add(&p, "", "Pod", name, name, owner);
    }
    assert_non_null(strstr(leftover_words(p.l, &p.a), "more are still in it"));
    end(&p);
}

RUN("leftover", cmocka_unit_test(what_kubernetes_makes_is_nothing),
    cmocka_unit_test(what_is_collected_is_nothing),
    cmocka_unit_test(what_somebody_else_holds_stays),
    cmocka_unit_test(one_object_of_two_groups_is_one),
    cmocka_unit_test(what_cannot_be_told_is_something),
    cmocka_unit_test(a_long_chain_of_owners_ends))
