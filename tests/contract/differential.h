// SPDX-License-Identifier: Apache-2.0
/* What the parts of the differential test share: one run of histories on two servers. */
#ifndef LEEWAY_TESTS_DIFFERENTIAL_H
#define LEEWAY_TESTS_DIFFERENTIAL_H

#include "base/vec.h"
#include "data/json.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdbool.h>

enum { SERVERS = 2, MAX_TEXT = 1 << 22 };

struct server {
    char *url, *authorization;
    CURL *curl;
};

struct answer {
    long status;
    struct buf body;
    const struct val *v;
};

struct run {
    struct server servers[SERVERS];
    struct answer answers[SERVERS];
    struct val_pool pool;
    uint64_t random, seed;
    char ns[60];
    char name[70];              /* of the object that the history is of */
    long wait_ms;               /* how long a watch is listened to */
    char versions[SERVERS][40]; /* of the object after the last write; "" when there is none */
    char began[SERVERS][40];    /* where the history's watch begins */
    const struct kind *kind;
    bool odd;               /* quantities in odd forms */
    bool rewrites;          /* the real server wrote what nobody sees: its events are more */
    const struct val *last; /* what the first server has, without its version */
    bool verbose;           /* every request */
    unsigned only;          /* this history alone; 0: all, else its number and one */
    size_t checks, differences, rewritten;
    unsigned step;
    char what[200];
};

struct kind {
    const char *api, *kind, *path; /* below the namespace */
    bool scale, status;
    void (*body)(struct run *r, struct buf *b);
    bool pool;  /* scale is not in .spec.replicas, but in .spec.pool.size */
    bool space; /* namespaces: of the cluster, with a subresource that lets them go */
};

/* ---- differential_run.c: chance, requests ---- */

uint64_t diff_draw(struct run *r);
unsigned diff_below(struct run *r, unsigned n);
bool diff_chance(struct run *r, unsigned percent);
#define PICK(r, ...)                                                                               \
    ((const char *const[]){__VA_ARGS__}[diff_below(                                                \
        r, (unsigned)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))])
/* To one of them, or to both; then the answers are compared. */
void diff_send(struct run *r, int s, const char *method, const char *path, const char *type,
               const char *body);
void diff_both(struct run *r, const char *method, const char *path, const char *type,
               const char *body);

/* ---- differential_compare.c ---- */

const struct val *diff_without(struct run *r, const struct val *v, const char *key);
/* An object without what differs between any two servers: uid, versions, times. */
const struct val *diff_object(struct run *r, const struct val *v);
void diff_differ(struct run *r, const char *what, const struct val *a, const struct val *b);
void diff_compare(struct run *r);
/* Did the write make a new version on both, or on neither? */
void diff_compare_versions(struct run *r);

/* ---- differential_bodies.c ---- */

extern const struct kind diff_kinds[];
extern const size_t diff_kinds_len;
extern const char *const diff_definitions[];  /* of the custom resources among them; NULL */
void diff_body(struct run *r, struct buf *b); /* a random object of the history's kind */

/* ---- differential_steps.c ---- */

/* Of the object ("" in front of the query: of all of its kind). */
void diff_path(const struct run *r, char *out, size_t len, const char *name, const char *query);
void diff_step(struct run *r, struct buf *b, bool first); /* a random write */
void diff_get(struct run *r);

#endif
