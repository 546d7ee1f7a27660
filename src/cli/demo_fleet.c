// SPDX-License-Identifier: Apache-2.0
#include "cli/demo_fleet.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char fleet[] =
    "apiVersion: leeway.dev/v1alpha1\n"
    "kind: Fleet\n"
    "metadata: {name: acme}\n"
    "spec:\n"
    "  inventory:\n"
    "    - kubeconfig: {contexts: [\"dev-*\"], labels: {tier: dev}}\n"
    "    - kubeconfig: {contexts: [\"dev-us-1\"], labels: {canary: \"true\"}}\n"
    "    - kubeconfig: {contexts: [\"stage-*\"], labels: {tier: stage}}\n"
    "    - kubeconfig: {contexts: [\"prod-*\", \"edge-*\"], labels: {tier: prod}}\n"
    "  catalogs: [./catalog]\n"
    "  approvals: {required: 0}\n"
    "  protect:\n"
    "    - {selector: {tier: prod}, typedConfirmation: true}\n";

/* Folders on the way are made. */
static int write_file(const char *path, const char *text, struct err *e)
{
    char *copy = mem_strdup(path);
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) && errno != EEXIST)
            err_set_errno(e, errno, copy);
        *slash = '/';
    }
    mem_free(copy);
    size_t n = strlen(text);
    int fd = e->code ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (!e->code && (fd < 0 || write(fd, text, n) != (ssize_t)n))
        err_set_errno(e, errno, path);
    if (fd >= 0)
        close(fd);
    return e->code;
}

/* The person at the demo may launch what the catalog has, on the clusters for development. */
static int write_team(const char *folder, struct err *e)
{
    const struct passwd *p = getpwuid(getuid());
    char *path = mem_printf("%s/catalog/teams/demo.yaml", folder), *text;
    text = mem_printf("apiVersion: leeway.dev/v1alpha1\n"
                      "kind: Team\n"
                      "metadata: {name: demo}\n"
                      "spec:\n"
                      "  members: [{user: \"%s\"}]\n"
                      "  blueprints: [\"web-*\", preview-environment]\n"
                      "  clusters: {tier: dev}\n"
                      "  may: [launch, plan, apply, revert, accept, destroy]\n",
                      p ? p->pw_name : "nobody");
    int rc = write_file(path, text, e);
    mem_free(text);
    mem_free(path);
    return rc;
}

/* An environment of the older of two versions of a blueprint. */
static int write_environment(const char *folder, struct err *e)
{
    const struct passwd *p = getpwuid(getuid());
    char *path = mem_printf("%s/environments/blog-dev.yaml", folder), *text;
    text = mem_printf("apiVersion: leeway.dev/v1alpha1\n"
                      "kind: Environment\n"
                      "metadata: {name: blog-dev}\n"
                      "spec:\n"
                      "  team: demo\n"
                      "  owner: \"%s\"\n"
                      "  blueprint: {name: web-app, version: 1.0.0}\n"
                      "  params: {image: \"registry.example/blog:2.3.0\"}\n"
                      "  placement: {clusters: [dev-eu-2, dev-us-1]}\n"
                      "  namespace: blog-dev\n",
                      p ? p->pw_name : "nobody");
    int rc = write_file(path, text, e);
    mem_free(text);
    mem_free(path);
    return rc;
}

char *demo_fleet_write(const char *folder, struct err *e)
{
    for (size_t i = 0; demo_files[i].path; i++) {
        char *path = mem_printf("%s/catalog/%s", folder, demo_files[i].path);
        int rc = write_file(path, demo_files[i].text, e);
        mem_free(path);
        if (rc)
            return NULL;
    }
    char *path = mem_printf("%s/leeway.yaml", folder);
    if (!write_team(folder, e) && !write_environment(folder, e) && !write_file(path, fleet, e))
        return path;
    mem_free(path);
    return NULL;
}
