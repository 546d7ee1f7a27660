// SPDX-License-Identifier: Apache-2.0
/*
 * Mistakes that platform engineers make, each as one change to a catalog that is well, with the
 * exact words that answer it: file, line, column, what is wrong, what would be right.
 */
#include "unit.h"

#include "base/mem.h"
#include "render/render.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE "catalog/modules/web/1.2.0/module.yaml"
#define STORE "catalog/modules/store/0.3.1/module.yaml"
#define BLUEPRINT "catalog/blueprints/app/1.0.0.yaml"
#define PROFILE "catalog/profiles/eks.yaml"
#define TEAM "catalog/teams/shop.yaml"

static const struct {
    const char *path, *text;
} base[] = {
    {MODULE,
     "apiVersion: leeway.dev/v1alpha1\n"                                                /* 1 */
     "kind: Module\n"                                                                   /* 2 */
     "metadata: {name: web}\n"                                                          /* 3 */
     "spec:\n"                                                                          /* 4 */
     "  version: 1.2.0\n"                                                               /* 5 */
     "  requires: {kubernetes: \">=1.28\", apis: [networking.k8s.io/v1/Ingress]}\n"     /* 6 */
     "  parameters:\n"                                                                  /* 7 */
     "    type: object\n"                                                               /* 8 */
     "    required: [image]\n"                                                          /* 9 */
     "    properties:\n"                                                                /* 10 */
     "      image: {type: string}\n"                                                    /* 11 */
     "      replicas: {type: integer, minimum: 1, default: 2}\n"                        /* 12 */
     "      size: {type: string, enum: [small, large], default: small}\n"               /* 13 */
     "      shards: {type: integer, default: 0}\n"                                      /* 14 */
     "  inputs:\n"                                                                      /* 15 */
     "    database: {type: sql-connection, optional: true}\n"                           /* 16 */
     "  outputs:\n"                                                                     /* 17 */
     "    url: {type: url, value: \"https://${env.name}.${cluster.profile.domain}\"}\n" /* 18 */
     "  resources:\n"                                                                   /* 19 */
     "    - id: deployment\n"                                                           /* 20 */
     "      template:\n"                                                                /* 21 */
     "        apiVersion: apps/v1\n"                                                    /* 22 */
     "        kind: Deployment\n"                                                       /* 23 */
     "        metadata: {name: \"${env.name}-web\", labels: {app: web}}\n"              /* 24 */
     "        spec:\n"                                                                  /* 25 */
     "          replicas: ${params.replicas}\n"                                         /* 26 */
     "          selector: {matchLabels: {app: web}}\n"                                  /* 27 */
     "          template:\n"                                                            /* 28 */
     "            metadata: {labels: {app: web}}\n"                                     /* 29 */
     "            spec: {containers: [{name: web, image: \"${params.image}\"}]}\n"      /* 30 */
     "    - id: service\n"                                                              /* 31 */
     "      includeWhen: params.size == 'large'\n"                                      /* 32 */
     "      dependsOn: [deployment]\n"                                                  /* 33 */
     "      template:\n"                                                                /* 34 */
     "        apiVersion: v1\n"                                                         /* 35 */
     "        kind: Service\n"                                                          /* 36 */
     "        metadata: {name: \"${env.name}-web\"}\n"                                  /* 37 */
     "        spec: {ports: [{port: 80}]}\n"                                            /* 38 */
     "    - id: shard\n"                                                                /* 39 */
     "      forEach: {var: i, in: \"lists.range(params.shards)\"}\n"                    /* 40 */
     "      template:\n"                                                                /* 41 */
     "        apiVersion: v1\n"                                                         /* 42 */
     "        kind: ConfigMap\n"                                                        /* 43 */
     "        metadata: {name: \"${env.name}-${i}\"}\n"                                 /* 44 */
     "  patches:\n"                                                                     /* 45 */
     "    - when: cluster.distribution == 'openshift'\n"                                /* 46 */
     "      target: {id: deployment}\n"                                                 /* 47 */
     "      merge: {spec: {paused: true}}\n"                                            /* 48 */
     "  fields:\n"                                                                      /* 49 */
     "    - {kind: Deployment.apps, path: .spec.replicas, owner: runtime,\n"            /* 50 */
     "       when: params.size == 'large', within: self >= params.replicas}\n"},        /* 51 */
    {STORE, "apiVersion: leeway.dev/v1alpha1\n"                                         /* 1 */
            "kind: Module\n"                                                            /* 2 */
            "metadata: {name: store}\n"                                                 /* 3 */
            "spec:\n"                                                                   /* 4 */
            "  version: 0.3.1\n"                                                        /* 5 */
            "  parameters:\n"                                                           /* 6 */
            "    type: object\n"                                                        /* 7 */
            "    properties: {password: {type: string, x-secret: true}, host: {type: string}}\n"
            "  outputs:\n"                                                                /* 9 */
            "    connection: {type: sql-connection, value: {host: \"${env.name}-db\"}}\n" /* 10 */
            "    host: {type: hostname, value: \"${env.name}-db\"}\n"                     /* 11 */
            "  resources:\n"                                                              /* 12 */
            "    - id: secret\n"                                                          /* 13 */
            "      template:\n"                                                           /* 14 */
            "        apiVersion: v1\n"                                                    /* 15 */
            "        kind: Secret\n"                                                      /* 16 */
            "        metadata: {name: \"${env.name}-db\"}\n"                              /* 17 */
            "        stringData: {password: \"${params.?password.orValue('none')}\"}\n"}, /* 18 */
    {BLUEPRINT, "apiVersion: leeway.dev/v1alpha1\n"                                       /* 1 */
                "kind: Blueprint\n"                                                       /* 2 */
                "metadata: {name: app}\n"                                                 /* 3 */
                "spec:\n"                                                                 /* 4 */
                "  version: 1.0.0\n"                                                      /* 5 */
                "  parameters:\n"                                                         /* 6 */
                "    type: object\n"                                                      /* 7 */
                "    required: [image]\n"                                                 /* 8 */
                "    properties:\n"                                                       /* 9 */
                "      image: {type: string}\n"                                           /* 10 */
                "      count: {type: integer, default: 2}\n"                              /* 11 */
                "      database: {type: boolean, default: true}\n"                        /* 12 */
                "      password: {type: string, x-secret: true}\n"                        /* 13 */
                "      shards: {type: integer, default: 0}\n"                             /* 14 */
                "  modules:\n"                                                            /* 15 */
                "    - name: db\n"                                                        /* 16 */
                "      module: store\n"                                                   /* 17 */
                "      version: ^0.3.0\n"                                                 /* 18 */
                "      includeWhen: params.database\n"                                    /* 19 */
                "      params: {}\n"                                                      /* 20 */
                "    - name: web\n"                                                       /* 21 */
                "      module: web\n"                                                     /* 22 */
                "      version: ~1.2\n"                                                   /* 23 */
                "      params:\n"                                                         /* 24 */
                "        image: ${params.image}\n"                                        /* 25 */
                "        replicas: ${params.count}\n"                                     /* 26 */
                "        shards: ${params.shards}\n"                                      /* 27 */
                "      inputs: {database: \"${modules.db.outputs.connection}\"}\n"        /* 28 */
                "  outputs: {url: \"${modules.web.outputs.url}\"}\n"                      /* 29 */
                "  placement: {selector: {tier: dev}}\n"},                                /* 30 */
    {PROFILE, "apiVersion: leeway.dev/v1alpha1\n"
              "kind: Profile\n"
              "metadata: {name: eks}\n"
              "spec:\n"
              "  when: cluster.distribution == 'eks'\n"
              "  values: {domain: example.org, classes: {fast: gp3}}\n"},
    {TEAM, "apiVersion: leeway.dev/v1alpha1\n"
           "kind: Team\n"
           "metadata: {name: shop}\n"
           "spec: {members: [{user: alice}], blueprints: [\"app*\"]}\n"},
};

static const struct mistake {
    const char *name, *path, *from, *to, *says;
    const char *params; /* rendered with image: these; NULL: reading is enough */
} mistakes[] = {
#include "mistakes.def"
};

/* ---- a folder with one change ---- */

static void make_folders(char *path)
{
    for (char *s = strchr(path + 1, '/'); s; s = strchr(s + 1, '/')) {
        *s = '\0';
        mkdir(path, 0700);
        *s = '/';
    }
}

static void write_file(const char *root, const char *path, const char *text, size_t len)
{
    char full[512];
    snprintf(full, sizeof(full), "%s/%s", root, path);
    make_folders(full);
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    fclose(f);
}

static void write_changed(const char *root, const char *path, const char *text,
                          const struct mistake *m)
{
    struct buf b;
    const char *at = strstr(text, m->from);
    if (!at)
        fail_msg("%s: \"%s\" is not in %s", m->name, m->from, path);
    buf_init(&b, BUF_SMALL);
    buf_add(&b, text, (size_t)(at - text));
    buf_puts(&b, m->to);
    buf_puts(&b, at + strlen(m->from));
    write_file(root, path, buf_str(&b), b.len);
    buf_clear(&b);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void make_catalog(char root[64], const struct mistake *m)
{
    strcpy(root, "/tmp/leeway-mistakes-XXXXXX");
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < ARRAY_LEN(base); i++) {
        if (m && strcmp(m->path, base[i].path) == 0)
            write_changed(root, base[i].path, base[i].text, m);
        else
            write_file(root, base[i].path, base[i].text, strlen(base[i].text));
    }
}

/* ---- what is said ---- */

static const struct val *map_of(struct val_pool *pool, const char *json)
{
    static const char *const keys[] = {"name", "namespace", "team", "owner"};
    const struct val *v = val_map_of(pool, NULL, 0), text = val_borrow_str(json, strlen(json));
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        v = val_map_with(pool, v, keys[i], &text);
    return val_map_with(pool, v, "labels", val_map_of(pool, NULL, 0));
}

/* "name=value,name=value", numbers and truths as such; "env=" names the environment. */
static const struct val *params_of(struct val_pool *pool, const char *text, const char **env)
{
    char *copy = arena_strdup(&pool->arena, text), *save = NULL;
    struct val v = val_borrow_str("nginx:1", 7);
    const struct val *out = val_map_with(pool, val_map_of(pool, NULL, 0), "image", &v);
    for (char *t = strtok_r(copy, ",", &save); t; t = strtok_r(NULL, ",", &save)) {
        char *eq = strchr(t, '=');
        *eq = '\0';
        if (strcmp(t, "env") == 0) {
            *env = eq + 1;
            continue;
        }
        v = val_borrow_str(eq + 1, strlen(eq + 1));
        if (eq[1] >= '0' && eq[1] <= '9')
            v = val_of_int(atoi(eq + 1));
        if (strcmp(eq + 1, "false") == 0)
            v = val_of_bool(false);
        out = val_map_with(pool, out, t, &v);
    }
    return out;
}

static void render_app(const struct catalog *c, const char *params,
                       struct catalog_problems *problems)
{
    struct val_pool pool;
    struct render_result r;
    struct err e = ERR_INIT;
    const char *env = "shop";
    const struct catalog_cluster cluster = {"c1", "eks", "1.31", "", "", NULL, NULL, NULL};
    val_pool_init(&pool);
    const struct catalog_blueprint *b = catalog_find_blueprint(c, "app", NULL);
    struct render_input in = {.catalog = c, .composition = catalog_composition_of(c, b)};
    in.params = params_of(&pool, params, &env);
    in.environment = map_of(&pool, env);
    in.cluster = catalog_cluster_of(c, &pool, &cluster, NULL, &e);
    assert_non_null(in.composition);
    assert_non_null(in.cluster);
    (void)!render(&in, &pool, &r, problems);
    val_pool_clear(&pool);
}

/* The problems as lines, without the folder's name. */
static void say(const char *root, const struct catalog_problems *p, struct buf *out)
{
    for (size_t i = 0; i < p->len; i++) {
        char *line = err_format(&p->items[i]);
        const char *s = line;
        for (const char *at; (at = strstr(s, root)); s = at + strlen(root) + 1)
            buf_add(out, s, (size_t)(at - s));
        buf_puts(out, s);
        if (i + 1 < p->len)
            buf_puts(out, "\n");
        mem_free(line);
    }
}

static void run(const struct mistake *m, const char *params, struct buf *out)
{
    char root[64];
    struct catalog *c = NULL;
    struct catalog_problems problems = {0};
    struct catalog_kinds *kinds = catalog_kinds_new();
    struct err e = ERR_INIT;
    make_catalog(root, m);
    assert_int_equal(catalog_load(root, kinds, NULL, &c, &problems, &e), 0);
    if (params && !problems.len)
        render_app(c, params, &problems);
    say(root, &problems, out);
    catalog_problems_clear(&problems);
    catalog_free(c);
    catalog_kinds_free(kinds);
    nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void test_base(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, BUF_SMALL);
    run(NULL, "shards=2", &out);
    assert_string_equal(buf_str(&out), "");
    buf_clear(&out);
}

static void test_mistakes(void **state)
{
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        struct buf out;
        buf_init(&out, BUF_LARGE);
        run(&mistakes[i], mistakes[i].params, &out);
        if (strcmp(buf_str(&out), mistakes[i].says) != 0) {
            print_error("%s\n  wanted: %s\n  said:   %s\n", mistakes[i].name, mistakes[i].says,
                        buf_str(&out));
            wrong++;
        }
        buf_clear(&out);
    }
    assert_int_equal(wrong, 0);
    assert_true(ARRAY_LEN(mistakes) >= 40);
}

RUN("mistakes", cmocka_unit_test(test_base), cmocka_unit_test(test_mistakes))
