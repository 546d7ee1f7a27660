// SPDX-License-Identifier: Apache-2.0
/*
 * A blueprint of 50 objects (ten instances of a module of five) rendered for 1,000 clusters that
 * all differ, on one core: profiles matched, parameters checked and defaulted, every object
 * checked. Read and compiled once. Best of several rounds.
 */
#include "base/mem.h"
#include "render/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define CLUSTERS 1000
#define INSTANCES 10

static const char module_text[] =
    "apiVersion: leeway.dev/v1alpha1\n"
    "kind: Module\n"
    "metadata: {name: web}\n"
    "spec:\n"
    "  version: 1.0.0\n"
    "  requires: {kubernetes: \">=1.28\"}\n"
    "  parameters:\n"
    "    type: object\n"
    "    required: [image]\n"
    "    properties:\n"
    "      image: {type: string, pattern: '^[^\\s@]+(:[\\w][\\w.-]{0,127})?$'}\n"
    "      replicas: {type: integer, minimum: 1, maximum: 50, default: 2}\n"
    "      size: {type: string, enum: [small, large], default: small}\n"
    "      path: {type: string, default: /}\n"
    "      name: {type: string}\n"
    "  outputs:\n"
    "    url: {type: url, value: \"https://${params.name}.${cluster.profile.ingress.domain}\"}\n"
    "  resources:\n"
    "    - id: deployment\n"
    "      template:\n"
    "        apiVersion: apps/v1\n"
    "        kind: Deployment\n"
    "        metadata: &meta\n"
    "          name: ${env.name}-${params.name}\n"
    "          labels: &labels {app.kubernetes.io/name: \"${params.name}\", "
    "app.kubernetes.io/instance: \"${env.name}\", tier: web}\n"
    "        spec:\n"
    "          replicas: ${params.replicas}\n"
    "          selector: {matchLabels: *labels}\n"
    "          template:\n"
    "            metadata: {labels: *labels}\n"
    "            spec:\n"
    "              securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}\n"
    "              containers:\n"
    "                - name: web\n"
    "                  image: ${params.image}\n"
    "                  ports: [{name: http, containerPort: 8080, protocol: TCP}]\n"
    "                  env:\n"
    "                    - {name: REGION, value: \"${cluster.region}\"}\n"
    "                    - {name: CLUSTER, value: \"${cluster.name}\"}\n"
    "                    - {name: URL, value: "
    "\"https://${params.name}.${cluster.profile.ingress.domain}\"}\n"
    "                  resources:\n"
    "                    requests: {cpu: \"${params.size == 'large' ? '500m' : '100m'}\", memory: "
    "128Mi}\n"
    "                    limits: {memory: \"${params.size == 'large' ? '512Mi' : '256Mi'}\"}\n"
    "                  readinessProbe: {httpGet: {path: \"${params.path}\", port: http}, "
    "periodSeconds: 10}\n"
    "                  securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: "
    "[ALL]}}\n"
    "    - id: service\n"
    "      template:\n"
    "        apiVersion: v1\n"
    "        kind: Service\n"
    "        metadata: *meta\n"
    "        spec: {selector: *labels, ports: [{name: http, port: 80, targetPort: http}]}\n"
    "    - id: ingress\n"
    "      template:\n"
    "        apiVersion: networking.k8s.io/v1\n"
    "        kind: Ingress\n"
    "        metadata: {name: \"${resources.deployment.metadata.name}\", labels: *labels, "
    "annotations: \"${cluster.profile.ingress.annotations}\"}\n"
    "        spec:\n"
    "          ingressClassName: ${cluster.profile.ingress.class}\n"
    "          rules:\n"
    "            - host: ${params.name}.${cluster.profile.ingress.domain}\n"
    "              http: {paths: [{path: \"${params.path}\", pathType: Prefix, backend: {service: "
    "{name: \"${env.name}-${params.name}\", port: {name: http}}}}]}\n"
    "    - id: config\n"
    "      template:\n"
    "        apiVersion: v1\n"
    "        kind: ConfigMap\n"
    "        metadata: *meta\n"
    "        data: {region: \"${cluster.region}\", team: \"${env.team}\", log.level: info, url: "
    "\"https://${params.name}.${cluster.profile.ingress.domain}\"}\n"
    "    - id: pdb\n"
    "      includeWhen: params.replicas > 1\n"
    "      template:\n"
    "        apiVersion: policy/v1\n"
    "        kind: PodDisruptionBudget\n"
    "        metadata: *meta\n"
    "        spec: {maxUnavailable: 1, selector: {matchLabels: *labels}}\n"
    "  patches:\n"
    "    - when: cluster.distribution == 'openshift'\n"
    "      target: {id: deployment}\n"
    "      merge: {spec: {template: {spec: {securityContext: {runAsUser: null}}}}}\n";

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void put(const char *root, const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", root, folder);
    for (char *s = path + strlen(root) + 1; *s; s++)
        if (*s == '/') {
            *s = '\0';
            mkdir(path, 0700);
            *s = '/';
        }
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/%s/%s", root, folder, name);
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f))
        exit(1);
}

static void make_catalog(const char *root)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    put(root, "modules/web/1.0.0", "module.yaml", module_text);
    buf_puts(&b, "apiVersion: leeway.dev/v1alpha1\nkind: Blueprint\nmetadata: {name: shop}\n"
                 "spec:\n  version: 1.0.0\n  parameters: {type: object, properties: {tag: {type: "
                 "string, default: \"1.0\"}}}\n  modules:\n");
    for (int i = 0; i < INSTANCES; i++)
        buf_printf(&b,
                   "    - {name: web%d, module: web, version: ^1.0, params: {name: part%d, image: "
                   "\"registry.example.org/shop/part%d:${params.tag}\", replicas: %d}}\n",
                   i, i, i, 2 + i);
    put(root, "blueprints/shop", "1.0.0.yaml", buf_str(&b));
    put(root, "profiles", "all.yaml",
        "apiVersion: leeway.dev/v1alpha1\nkind: Profile\nmetadata: {name: all}\nspec:\n  values: "
        "{ingress: {class: nginx, domain: example.org, annotations: {a.example.org/b: c}}}\n");
    put(root, "profiles", "eks.yaml",
        "apiVersion: leeway.dev/v1alpha1\nkind: Profile\nmetadata: {name: eks}\nspec:\n  when: "
        "cluster.distribution == 'eks'\n  values: {ingress: {class: alb}}\n");
    buf_clear(&b);
}

/* One cluster; how many objects. */
static size_t render_for(const struct catalog *c, const struct val *env, struct val_pool *pool,
                         int number)
{
    struct catalog_problems problems = {0};
    struct render_result r;
    struct err e = ERR_INIT;
    char name[32], region[32];
    snprintf(name, sizeof(name), "cluster-%d", number);
    snprintf(region, sizeof(region), "region-%d", number % 17);
    const struct catalog_cluster cl = {
        .name = name,
        .distribution = number % 2 ? "eks" : "openshift",
        .version = "v1.31.4",
        .region = region,
        .provider = "aws",
    };
    struct render_input in = {.catalog = c, .composition = c->compositions[0], .environment = env};
    in.cluster = catalog_cluster_of(c, pool, &cl, NULL, &e);
    if (!in.cluster || render(&in, pool, &r, &problems)) {
        fprintf(stderr, "bench_render: %s\n", problems.len ? problems.items[0].text : e.text);
        exit(1);
    }
    return r.n_objects;
}

int main(void)
{
    char root[] = "/tmp/leeway-bench-XXXXXX";
    struct catalog *c = NULL;
    struct catalog_problems problems = {0};
    struct catalog_kinds *kinds = catalog_kinds_new();
    struct val_pool own, pool;
    struct err e = ERR_INIT;
    int64_t best = INT64_MAX;
    size_t objects = 0;
    if (!mkdtemp(root))
        return 1;
    make_catalog(root);
    if (catalog_load(root, kinds, NULL, &c, &problems, &e) || problems.len) {
        fprintf(stderr, "bench_render: %s\n", problems.len ? problems.items[0].text : e.text);
        return 1;
    }
    val_pool_init(&own);
    val_pool_init(&pool);
    const struct val *env = val_map_of(&own, NULL, 0);
    static const char *const keys[] = {"name", "namespace", "team", "owner"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct val v = val_borrow_str("shop-dev", 8);
        env = val_map_with(&own, env, keys[i], &v);
    }
    env = val_map_with(&own, env, "labels", val_map_of(&own, NULL, 0));
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = now_ns();
        objects = 0;
        for (int i = 0; i < CLUSTERS; i++) {
            val_pool_reset(&pool);
            objects += render_for(c, env, &pool, i);
        }
        int64_t took = now_ns() - start;
        best = took < best ? took : best;
    }
    printf("render.50_objects_1000_clusters\t%.3f\ts\t-\t-\t-\n", (double)best / 1e9);
    printf("render.object\t%.1f\tus\t-\t-\t-\n", (double)best / 1e3 / (double)objects);
    val_pool_clear(&pool);
    val_pool_clear(&own);
    catalog_free(c);
    catalog_kinds_free(kinds);
    catalog_problems_clear(&problems);
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", root);
    return system(command) != 0;
}
