// SPDX-License-Identifier: Apache-2.0
/*
 * Tables as API servers print them (meta.k8s.io/v1 Table). A server that does not make one (some
 * aggregated ones) answers with the objects themselves: then a table of name and time of creation
 * is made here. Any thread.
 */
#ifndef LEEWAY_KUBE_TABLE_H
#define LEEWAY_KUBE_TABLE_H

#include "data/val.h"

#define KUBE_TABLE_ACCEPT                                                                          \
    "application/json;as=Table;g=meta.k8s.io;v=v1,"                                                \
    "application/json;as=Table;g=meta.k8s.io;v=v1beta1,application/json"

struct kube_table {
    const struct val *columns; /* columnDefinitions; NULL: as in the table before */
    const struct val *rows;    /* rows, or objects */
    bool made;                 /* here, of objects */
};

/* doc: a Table, a list, or one object, which counts as a list of itself. False: none of them. */
bool kube_table_read(struct val_pool *p, const struct val *doc, struct kube_table *out);
/* {"cells": […], "object": {…}} */
const struct val *kube_table_row(struct val_pool *p, const struct kube_table *t, size_t i);

#endif
