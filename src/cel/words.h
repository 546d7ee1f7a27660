// SPDX-License-Identifier: Apache-2.0
/* A kube-apiserver's words for what failed; all give an error. Internal. */
#ifndef LEEWAY_CEL_WORDS_H
#define LEEWAY_CEL_WORDS_H

#include "cel/cel_int.h"

/* By the dialect: our words or theirs. */
struct cel_value cel_words_overload(struct frame *f, const char *name, const struct cel_value *args,
                                    unsigned n);
struct cel_value cel_words_not_iterable(struct frame *f, struct cel_value v);
struct cel_value cel_words_pattern(struct frame *f, const char *why);
/* Theirs, for CEL_KUBERNETES_WAYS. failed is given back when there is nothing to add to it. */
struct cel_value cel_words_operator(struct frame *f, cel_fn *op, struct cel_value left,
                                    struct cel_value failed);
struct cel_value cel_words_ip(struct frame *f, struct cel_value text, bool mapped);
struct cel_value cel_words_cidr(struct frame *f, struct cel_value text);
struct cel_value cel_words_url(struct frame *f, struct cel_value text);
struct cel_value cel_words_quantity(struct frame *f, struct cel_value text);
struct cel_value cel_words_semver(struct frame *f, struct cel_value text);

static inline bool kubernetes_ways(const struct frame *f)
{
    return f->options & CEL_KUBERNETES_WAYS;
}

#endif
