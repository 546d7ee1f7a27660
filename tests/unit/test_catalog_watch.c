// SPDX-License-Identifier: Apache-2.0
/*
 * A fleet's catalog while people edit it, through the public API: a saved file is read again, what
 * is wrong is said at its place, what was good stays in sight.
 */
#include "unit.h"

#include "base/mem.h"
#include "data/json.h"
#include "leeway/leeway.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { DEADLINE_MS = 30000 };

struct fixture {
    char dir[64];
    struct leeway *l;
    struct leeway_snapshot *s;
    char said[4096]; /* messages, a line each */
};

static void put(struct fixture *f, const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", f->dir, name);
    for (char *p = path + strlen(f->dir) + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        mkdir(path, 0755);
        *p = '/';
    }
    char *next = mem_printf("%s.next", path); /* as editors save */
    FILE *out = fopen(next, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    assert_int_equal(rename(next, path), 0);
    mem_free(next);
    mem_free(path);
}

#define MODULE(parameter)                                                                          \
    "apiVersion: leeway.dev/v1alpha1\nkind: Module\nmetadata: {name: web}\nspec:\n  version: "     \
    "1.0.0\n  parameters: {type: object, properties: {" parameter                                  \
    ": {type: string, default: x}}}\n  resources:\n  - id: map\n    template: {apiVersion: v1, "   \
    "kind: ConfigMap, metadata: {name: \"${env.name}\"}, data: {a: \"${params.image}\"}}\n"
#define BLUEPRINT(version)                                                                         \
    "apiVersion: leeway.dev/v1alpha1\nkind: Blueprint\nmetadata: {name: app}\nspec:\n  "           \
    "version: " version "\n  modules: [{name: web, module: web, version: \"1\"}]\n"

static int setup(void **state)
{
    struct fixture *f = mem_new(struct fixture);
    snprintf(f->dir, sizeof(f->dir), "/tmp/leeway-catalog.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    put(f, "config",
        "apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: t}}]\nclusters: [{name: c, "
        "cluster: {server: 'https://127.0.0.1:9'}}]\ncontexts: [{name: c, context: {cluster: c, "
        "user: u}}]\n");
    put(f, "leeway.yaml",
        "apiVersion: leeway.dev/v1alpha1\nkind: Fleet\nmetadata: {name: t}\nspec: {catalogs: "
        "[catalog], approvals: {required: 0}}\n");
    put(f, "catalog/modules/web/1.0.0/module.yaml", MODULE("image"));
    put(f, "catalog/blueprints/app/1.0.0.yaml", BLUEPRINT("1.0.0"));
    char *file = mem_printf("%s/leeway.yaml", f->dir), *kc = mem_printf("%s/config", f->dir);
    struct err e = ERR_INIT;
    const struct leeway_options o = {.fleet_file = file, .kubeconfig = kc, .no_store = true};
    f->l = leeway_open(&o, &e);
    if (!f->l)
        fail_msg("%s", e.text);
    mem_free(file);
    mem_free(kc);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char *command = mem_printf("rm -rf %s", f->dir);
    leeway_snapshot_unref(f->s);
    leeway_close(f->l, false);
    int rc = system(command);
    mem_free(command);
    mem_free(f);
    return rc;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void take(struct fixture *f)
{
    struct leeway_event *ev;
    struct pollfd fd = {leeway_event_fd(f->l), POLLIN, 0};
    leeway_snapshot_unref(f->s);
    f->s = leeway_snapshot_take(f->l);
    while ((ev = leeway_next_event(f->l))) {
        size_t n = strlen(f->said);
        if (ev->kind == LEEWAY_EVENT_MESSAGE)
            snprintf(f->said + n, sizeof(f->said) - n, "%s\n", ev->text.str);
        leeway_event_free(ev);
    }
    poll(&fd, 1, 50);
}

typedef bool condition(struct fixture *f);

static void until(struct fixture *f, condition *holds, const char *what)
{
    for (int64_t end = now_ms() + DEADLINE_MS; take(f), !holds(f);)
        if (now_ms() > end)
            fail_msg("%s did not come; said: %s", what, f->said);
}

static const struct leeway_blueprint *app(struct fixture *f, const char *version)
{
    return leeway_blueprint_find(f->s, "app", version);
}

static bool first_is_usable(struct fixture *f)
{
    return app(f, "1.0.0") && app(f, "1.0.0")->usable && !app(f, "1.0.0")->why.len;
}
static bool second_is_there(struct fixture *f)
{
    return app(f, "2.0.0") != NULL;
}
static bool second_is_gone(struct fixture *f)
{
    return !app(f, "2.0.0");
}
static bool first_has_problems(struct fixture *f)
{
    return app(f, "1.0.0") && strstr(app(f, "1.0.0")->why.str, "what it was before");
}
static bool place_is_said(struct fixture *f)
{
    return strstr(f->said, "catalog/modules/web/1.0.0/module.yaml:9:") != NULL;
}
static bool relief_is_said(struct fixture *f)
{
    return strstr(f->said, "no problems any more") != NULL;
}

static void edited(void **state)
{
    struct fixture *f = *state;
    until(f, first_is_usable, "the catalog");
    put(f, "catalog/blueprints/app/2.0.0.yaml", BLUEPRINT("2.0.0"));
    until(f, second_is_there, "a new file");
    char *path = mem_printf("%s/catalog/blueprints/app/2.0.0.yaml", f->dir);
    remove(path);
    mem_free(path);
    until(f, second_is_gone, "the end of a file");
    /* params.image is no parameter any more */
    put(f, "catalog/modules/web/1.0.0/module.yaml", MODULE("picture"));
    until(f, place_is_said, "the place of a mistake");
    until(f, first_has_problems, "what was good before");
    assert_false(app(f, "1.0.0")->usable);
    assert_int_equal(app(f, "1.0.0")->n_modules, 1);
    put(f, "catalog/modules/web/1.0.0/module.yaml", MODULE("image"));
    until(f, relief_is_said, "that it is well again");
    until(f, first_is_usable, "the catalog as it was");
}

/* The folder is moved away and another one takes its place, as a checkout does. */
static void replaced(void **state)
{
    struct fixture *f = *state;
    until(f, first_is_usable, "the catalog");
    put(f, "next/modules/web/1.0.0/module.yaml", MODULE("image"));
    put(f, "next/blueprints/app/2.0.0.yaml", BLUEPRINT("2.0.0"));
    char *command = mem_printf("cd %s && mv catalog old && mv next catalog", f->dir);
    assert_int_equal(system(command), 0);
    mem_free(command);
    until(f, second_is_there, "the other folder");
    assert_null(app(f, "1.0.0"));
}

static bool odd_is_there(struct fixture *f)
{
    return leeway_env_file_find(f->s, "odd", false) != NULL;
}

/* What a form is made of keeps what nobody sees: zero width, no-break blanks, escapes, emoji. */
static void invisible_characters(void **state)
{
    struct fixture *f = *state;
    put(f, "environments/odd.yaml",
        "apiVersion: leeway.dev/v1alpha1\nkind: Environment\nmetadata: {name: odd}\nspec:\n  "
        "blueprint: {name: app, version: 1.0.0}\n  params: {image: \"a\\u200bb\\u00a0c\\u202ed"
        "\\x1b[1m\\U0001f468\\u200d\\U0001f469\\x7f\"}\n");
    until(f, odd_is_there, "an environment");
    struct text doc = leeway_env_file_find(f->s, "odd", false)->document;
    struct val_pool p;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    const struct val *v = json_read(&p, doc.str, doc.len, NULL, &e);
    assert_non_null(v);
    assert_string_equal(val_str(val_at(v, "spec", "params", "image", NULL), ""),
                        "a\xe2\x80\x8b"
                        "b\xc2\xa0"
                        "c\xe2\x80\xae"
                        "d\x1b[1m\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\x7f");
    val_pool_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(edited, setup, teardown),
        cmocka_unit_test_setup_teardown(replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(invisible_characters, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
