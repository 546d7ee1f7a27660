// SPDX-License-Identifier: Apache-2.0
/*
 * Golden cases: a file whose first document says what is rendered, and whose further documents are
 * the objects that come of it.
 *
 *     name: two replicas on EKS          # for people
 *     blueprint: web-app@1.4.0           # only outside a module's folder
 *     params: {replicas: 2}
 *     inputs: {database: {host: db}}     # of a module
 *     env: {name: shop-dev, namespace: shop, team: shop, owner: alice, labels: {}}
 *     cluster: {name: c1, distribution: eks, version: "1.31", labels: {}, profile: {}}
 *     overrides: [{module: web, params: {}}]     # of a blueprint
 *     outputs: {url: "https://…"}        # that are expected; not compared when absent
 *     errors: ["a part of a message"]    # instead of objects: each has to be among the problems
 *
 * cluster.profile stands for the catalog's profiles when it is given; otherwise those that match
 * are merged as usual. Any thread.
 */
#ifndef LEEWAY_RENDER_CASE_H
#define LEEWAY_RENDER_CASE_H

#include "render/render.h"

struct render_case_result {
    bool passed;
    struct buf report;  /* lines that say what was expected and what came */
    struct buf updated; /* the whole file as it would pass; empty where errors are expected */
};

/* Runs the case in a file. module: the one it lies beside, or NULL. 0, or a code and *e when the
 * file cannot be read. The buffers are the caller's to clear. */
int render_case_run(const struct catalog *c, const struct catalog_module *module, const char *path,
                    struct render_case_result *out, struct err *e) ERR_CHECKED;

#endif
