// SPDX-License-Identifier: Apache-2.0
/*
 * What the parts of the simulator share. Everything here runs on the simulator's thread (or before
 * that thread is started). An object is an immutable, counted piece of JSON text: the store, the
 * history and nothing else hold it; a request that needs its fields reads it into a pool.
 */
#ifndef LEEWAY_SIM_INT_H
#define LEEWAY_SIM_INT_H

#include "base/buf.h"
#include "base/loop.h"
#include "base/vec.h"
#include "data/json.h"
#include "data/val.h"
#include "sim/fault.h"
#include "sim/sim.h"
#include "sim/spelling.h"

#include <stdatomic.h>
#include <stdbool.h>

/* ---- kinds.c: what is served ---- */

enum { SIM_STATUS = 1, SIM_SCALE = 2, SIM_LOG = 4, SIM_FINALIZE = 8 }; /* subresources */

struct sim_column {
    const char *name, *type;
    int priority;
    int (*cell)(struct buf *out, const struct val *object, int64_t wall_ms,
                const char *arg); /* a JSON value */
    const char *arg;
    const char *format, *description; /* NULL: "", its name */
};

struct sim_made;

struct sim_kind {
    const char *group, *version, *kind, *plural, *singular;
    const char *short_names; /* blank-separated, or "" */
    bool namespaced;
    bool in_all;        /* category "all" */
    unsigned sub;       /* SIM_STATUS | SIM_SCALE … */
    bool ask_only;      /* only POST, nothing kept: reviews */
    const char *fields; /* field selectors beside metadata.name and .namespace, blank-separated */
    const struct sim_column *columns; /* ends with name NULL */
    const struct sim_made *made;      /* by a definition (define.h); NULL: a row of the table */
};

/* columns.c */
extern const struct sim_column sim_default_columns[], sim_named_columns[], sim_data_columns[],
    sim_endpoints_columns[], sim_secret_columns[], sim_namespace_columns[], sim_node_columns[],
    sim_claim_columns[], sim_volume_columns[], sim_pod_columns[], sim_quota_columns[],
    sim_service_columns[], sim_daemonset_columns[], sim_deployment_columns[],
    sim_replicaset_columns[], sim_statefulset_columns[], sim_autoscaler_columns[],
    sim_cronjob_columns[], sim_job_columns[], sim_ingressclass_columns[], sim_ingress_columns[],
    sim_policy_columns[], sim_budget_columns[], sim_binding_columns[], sim_class_columns[],
    sim_lease_columns[], sim_priority_columns[], sim_event_columns[], sim_definition_columns[];
void sim_duration_words(char out[24], int64_t ms); /* "3m20s" */

extern const struct sim_kind sim_kinds[];
extern const size_t sim_kinds_len;
const struct sim_kind *sim_kind_find(const char *group, const char *version, const char *plural);
const struct sim_kind *sim_kind_named(const char *kind); /* "Deployment"; the first of that name */
/* The kind whose objects a kind shows: itself, but for Events of events.k8s.io. events.c */
const struct sim_kind *sim_kind_stored(const struct sim_kind *k);
const struct val *sim_kind_show(struct val_pool *p, const struct sim_kind *as,
                                const struct val *stored);
static inline size_t sim_kind_at(const struct sim_kind *k) /* of the table only */
{
    return (size_t)(k - sim_kinds);
}
/* The name by which tables know what is special about a kind; "" for one of a definition. */
const char *sim_kind_word(const struct sim_kind *k);
/* Blank-separated; and of lists. */
const char *sim_kind_categories(const struct sim_kind *k);
void sim_kind_list_name(const struct sim_kind *k, char *out, size_t len);

struct sim_cluster;
typedef VEC(const struct sim_kind *) sim_kind_vec;
/* All that a cluster serves, in the order of discovery: groups stand together, and in them
 * versions, the preferred one first. To be cleared. */
void sim_kinds_served(const struct sim_cluster *c, sim_kind_vec *out);
/* As sim_kind_find, also among what definitions made; and by the words of an owner reference. */
const struct sim_kind *sim_kind_serving(const struct sim_cluster *c, const char *group,
                                        const char *version, const char *plural);
const struct sim_kind *sim_kind_meant(const struct sim_cluster *c, const char *api,
                                      const char *kind);

/* ---- objects, store.c ---- */

struct sim_object {
    uint32_t refs;
    uint32_t len; /* of text */
    uint64_t version;
    const struct sim_kind *kind;
    const char *ns, *name; /* behind text */
    char text[];           /* JSON, compact, NUL-terminated */
};

struct sim_object *sim_object_ref(struct sim_object *o);
void sim_object_unref(struct sim_object *o);
const struct val *sim_object_read(struct val_pool *p, const struct sim_object *o);

enum sim_event_type { SIM_ADDED, SIM_MODIFIED, SIM_DELETED };

struct sim_event {
    uint64_t version;
    enum sim_event_type type;
    struct sim_object *now;    /* state after it; of a deletion the last one with its new version */
    struct sim_object *before; /* NULL when added */
};

typedef VEC(struct sim_object *) sim_object_vec;

enum { SIM_HISTORY = 1024 };

struct sim_watch;
struct sim_conn;
struct sim_live;

struct sim_webhook { /* of a scenario, in whose pool everything lies */
    const char *name;
    const struct sim_kind *kind;
    const char *ns;                      /* NULL: all */
    const struct val *merge, *container; /* or NULL */
    const char *fails;                   /* or NULL: why every call fails */
};

struct sim_story_cluster {
    const char *name, *region, *tier, *cloud, *distribution, *kubernetes;
    int nodes;
};

struct sim_cluster {
    struct sim *sim;
    unsigned number;
    char name[32];
    struct sim_story_cluster is; /* strings are static, but name, which is the one above */
    char token[48];
    int port, listen_fd;
    bool filled, dark, not_ready;
    char missing_image[128];  /* a pod with it stays in ImagePullBackOff */
    char crashing_image[128]; /* a pod with it starts and ends again and again */
    VEC(struct sim_webhook) webhooks;
    struct sim_live *live;  /* behave.c */
    int64_t past_ms;        /* while it is filled: how long ago that happened */
    int64_t events_checked; /* events.c: the minute in which the old ones were last looked for */
    int throttle;           /* so many requests are answered with 429 */
    struct sim_faults faults;
    struct sim_spelling spellings[SIM_SPELLINGS]; /* spelling.c */
    uint64_t version;                             /* the newest */
    uint64_t random;
    sim_object_vec *objects;             /* by kind; sorted by namespace and name */
    struct sim_definitions *definitions; /* NULL: there are none */
    struct sim_event *history;           /* ring of SIM_HISTORY */
    size_t history_at, history_len;
    uint64_t history_gone; /* the newest version that the ring no longer has */
    struct sim_watch *watches;
    struct sim_conn *conns;
};

/* Borrowed, or NULL. ns "" for cluster-scoped kinds. */
struct sim_object *sim_store_get(struct sim_cluster *c, const struct sim_kind *k, const char *ns,
                                 const char *name);
/* Creates or replaces what object's metadata names; sets resourceVersion, and uid and
 * creationTimestamp when there are none. What changes nothing keeps its version and makes no event.
 * Borrowed; NULL when it is larger than an object may be. */
struct sim_object *sim_store_put(struct sim_cluster *c, const struct sim_kind *k,
                                 struct val_pool *p, const struct val *object);
void sim_store_remove(struct sim_cluster *c, struct sim_object *o);
/* All objects of a kind, borrowed; and every kind that has such an array, from NULL to NULL. */
sim_object_vec *sim_store_all(struct sim_cluster *c, const struct sim_kind *k);
const struct sim_kind *sim_store_next(const struct sim_cluster *c, const struct sim_kind *k);
/* The i-th of them is from now on read so, in its version; nobody is told. */
void sim_store_reread(sim_object_vec *all, size_t i, const struct sim_kind *k, const struct val *v);
/* Of a cluster that is being filled: an object that is printed already, with its version. */
void sim_store_take(struct sim_cluster *c, const struct sim_kind *k, const char *ns,
                    const char *name, uint64_t version, const struct buf *text);
void sim_store_clear(struct sim_cluster *c);
/* The history is gone; versions > 0: what changed in so many versions, as far as the history went,
 * did not happen, and their numbers are given out again. */
void sim_store_forget(struct sim_cluster *c, uint64_t versions);
/* The objects of a kind as they were at a version the history still reaches; each is counted.
 * ns NULL: all. False when that version is gone. */
bool sim_store_at(struct sim_cluster *c, const struct sim_kind *k, const char *ns, uint64_t version,
                  sim_object_vec *out);
void sim_object_vec_clear(sim_object_vec *v);
uint64_t sim_random(struct sim_cluster *c);
void sim_uuid(struct sim_cluster *c, char out[40]);

/* ---- requests ---- */

struct sim_peer { /* who the client certificate says is calling; user "": none was shown */
    char user[128], group[128];
};

struct sim_request {
    const char *method, *target; /* target: path?query */
    const char *accept, *content_type, *authorization, *if_none_match, *user_agent;
    const char *as_user, *as_group; /* impersonated; the first group counts */
    const char *body;
    size_t body_len;
    const struct sim_peer *peer;
};

struct sim_reply {
    int status;
    const char *type;  /* Content-Type; static */
    char etag[72];     /* or "" */
    int retry_after_s; /* or 0 */
    char warning[300]; /* or "" */
    struct buf body;
    struct sim_watch *watch; /* then the body goes on with what it brings; owned */
    bool hang_up;            /* there is no answer: the connection is reset */
    bool leave;              /* this is the last request of the connection: GOAWAY */
};

#define SIM_MAX_BODY (3u * 1024u * 1024u)

/* request.c: one request → one reply. The reply is to be cleared. */
void sim_answer(struct sim_cluster *c, const struct sim_request *q, struct sim_reply *r);
void sim_reply_clear(struct sim_reply *r);

/* login.c: false for credentials that are wrong */
struct sim_target;
bool sim_login(struct sim_cluster *c, const struct sim_request *q, struct sim_target *t);

enum sim_form { SIM_FULL, SIM_METADATA, SIM_TABLE };

struct sim_target { /* a request that is about objects, taken apart */
    const struct sim_kind *kind;
    char ns[256], name[256], sub[64];
    char user[128], group[128];
    bool impersonated;
    enum sim_form form;
};

struct sim_query {
    VEC(char *) names;
    VEC(char *) values;
};
const char *sim_query_get(const struct sim_query *q, const char *name); /* or NULL */
bool sim_query_flag(const struct sim_query *q, const char *name); /* there, and not 0 or false */
bool sim_query_number(const struct sim_query *q, const char *name, uint64_t *out);

/* A Status. details name and kind may be NULL; extra is further JSON inside details, or NULL. */
void sim_fail(struct sim_reply *r, int code, const char *reason, const struct sim_target *t,
              const char *extra, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
int sim_json_text(struct buf *b, const char *s); /* "quoted" */

/* discovery.c; true when the path was one of its own */
bool sim_discovery_answer(struct sim_cluster *c, const struct sim_request *q, const char *path,
                          struct sim_reply *r);
/* list.c */
void sim_list_answer(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                     struct sim_reply *r);
int sim_table_columns(struct buf *b, const struct sim_kind *k);
/* One object as a kind shows it, in a form; include: "None", "Metadata", "Object" for a table's
 * rows. */
int sim_object_write_as(struct buf *b, const struct sim_kind *as, const struct sim_object *o,
                        enum sim_form form, const char *include, int64_t wall_ms);
/* A Table with one row. */
int sim_object_table(struct buf *b, const struct sim_kind *as, const struct sim_object *o,
                     const char *include, bool columns, int64_t wall_ms);
/* openapi.c; true when the path was one of its own */
bool sim_openapi_answer(struct sim_cluster *c, const char *path, struct sim_reply *r);
/* rbac.c: what somebody may who is impersonated; others may everything */
struct sim_ask {
    const char *verb;
    const char *path;                         /* of what is no resource; else NULL, and */
    const char *group, *resource, *ns, *name; /* "pods/log"; none may be NULL */
};
bool sim_may(struct sim_cluster *c, const struct sim_target *t, const struct sim_ask *a);
/* The status of a SelfSubjectRulesReview. */
void sim_may_list(struct sim_cluster *c, const struct sim_target *t, const char *ns,
                  struct buf *out);
/* Of a request; false with the reply filled (403). */
bool sim_allowed(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                 const char *method, struct sim_reply *r);
bool sim_path_allowed(struct sim_cluster *c, const struct sim_target *t, const char *method,
                      const char *path, struct sim_reply *r);
/* review.c */
void sim_review_answer(struct sim_cluster *c, const struct sim_target *t,
                       const struct sim_request *q, struct sim_reply *r);
/* write.c */
/* now, with the managedFields it has when a manager made it of was (NULL: created it), in p. */
const struct val *sim_write_tracked(struct sim_cluster *c, const struct sim_kind *k,
                                    struct val_pool *p, const struct val *was,
                                    const struct val *now, const char *manager, const char *sub);
void sim_write_answer(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                      const struct sim_request *rq, struct sim_reply *r);
/* Of apps/v1 kinds and their like: the Scale of an object. */
int sim_scale_write(struct buf *b, const struct sim_kind *as, const struct sim_object *o);

/* ---- selector.c ---- */

struct sim_selector;
/* Either text may be NULL. NULL and the reply filled when one is wrong; the empty one is fine. */
struct sim_selector *sim_selector_new(const struct sim_kind *k, const char *labels,
                                      const char *fields, struct sim_reply *r);
void sim_selector_free(struct sim_selector *s);
bool sim_selector_empty(const struct sim_selector *s);
bool sim_selector_matches(const struct sim_selector *s, const struct val *object);

/* ---- watch.c ---- */

typedef void sim_watch_fn(void *ctx);

struct sim_watch {
    struct sim_watch *next, **prev; /* in the cluster */
    struct sim_cluster *cluster;
    const struct sim_kind *kind;
    char *ns; /* NULL: all */
    struct sim_selector *selector;
    enum sim_form form;
    char include[12];
    bool bookmarks, columns_sent, ended;
    bool cut;                     /* it ended in the middle: the stream is reset */
    struct sim_log *log;          /* a pod's, followed; NULL: of objects */
    int64_t ends_ms, bookmark_ms; /* boot time */
    struct buf out;               /* what was not taken yet */
    sim_watch_fn *ready;          /* called when there is more, or it ended */
    void *ctx;
};

void sim_watch_answer(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                      struct sim_reply *r);
struct sim_watch *sim_watch_follow(struct sim_cluster *c); /* of no objects: the owner fills out */
void sim_watch_free(struct sim_watch *w);
void sim_watch_tell(struct sim_cluster *c, const struct sim_event *ev); /* by store.c */
void sim_watch_expire(struct sim_watch *w);                             /* ends with 410 */
struct sim_definition;
void sim_watch_stop(struct sim_cluster *c, const struct sim_definition *d); /* those of its kinds */
void sim_watch_tick(struct sim_cluster *c, int64_t now_ms);                 /* bookmarks, ends */

/* ---- admit.c ---- */

/* v as the webhooks have it; NULL past the pool's limit. refused: "", or why the write is not to
 * be. */
const struct val *sim_admit(struct sim_cluster *c, const struct sim_kind *k, struct val_pool *p,
                            const struct val *v, char refused[300]);
struct sim_webhook *sim_webhook_find(struct sim_cluster *c, const char *name); /* or NULL */

/* ---- log.c ---- */

void sim_log_answer(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                    struct sim_reply *r);
bool sim_log_goes_on(struct sim_watch *w); /* says what is new; false: the container ended */
void sim_log_free(struct sim_log *l);

/* ---- fleet.c: what is in a cluster when it is first asked ---- */

extern const struct sim_story_cluster sim_story_clusters[];
extern const size_t sim_story_clusters_len;
void sim_fleet_name(struct sim_cluster *c, bool story);
void sim_fleet_fill(struct sim_cluster *c);
void sim_fleet_make(struct sim_cluster *c); /* its first objects, one after another */
/* "conditions":[…] of a node */
void sim_fleet_node_conditions(const struct sim_cluster *c, struct buf *b, bool ready,
                               const char *since);
const char *sim_version_suffix(const struct sim_cluster *c); /* "+k3s1" */

/* ---- pattern.c: clusters that are alike ---- */

struct sim_pattern;
/* False: it is like no other and has to be made. */
bool sim_pattern_fill(struct sim_cluster *c);
void sim_patterns_free(struct sim_pattern *t);

/* ---- behave.c: controllers and kubelets, see live.h ---- */

/* The object was written by a client: it is looked at in the next tick. */
void sim_behave_touch(struct sim_cluster *c, struct sim_object *o);
void sim_behave_tell(struct sim_cluster *c, const struct sim_event *ev); /* by store.c */
void sim_behave_tick(struct sim_cluster *c);
void sim_behave_begin(struct sim_cluster *c);                        /* the cluster was filled */
void sim_behave_settle(struct sim_cluster *c, struct sim_object *o); /* a workload, at once */
void sim_behave_churn(struct sim_cluster *c); /* one pod is replaced by another */
void sim_behave_again(struct sim_cluster *c); /* everything is looked at: the past came back */
void sim_behave_clear(struct sim_cluster *c);

/* ---- script.c ---- */

struct sim_script;
struct sim_script *sim_script_new(struct sim *s, const char *path, struct err *e);
void sim_script_free(struct sim_script *s);
void sim_script_tick(struct sim_script *s); /* does what is due */
void sim_script_asked(struct sim *sim);     /* and what sim_do asked for */

/* ---- tls.c ---- */

struct sim_tls;
struct ssl_ctx_st;
struct sim_tls *sim_tls_new(const char *listen, struct err *e);
void sim_tls_free(struct sim_tls *t);
struct ssl_ctx_st *sim_tls_context(struct sim_tls *t, enum sim_certificate which); /* borrowed */
const char *sim_tls_authority(const struct sim_tls *t); /* PEM, borrowed */
int sim_tls_client(struct sim_tls *t, const char *user, const char *group, struct buf *certificate,
                   struct buf *key, struct err *e) ERR_CHECKED; /* PEM */

/* ---- server.c ---- */

struct sim {
    struct loop *loop;
    struct sim_tls *tls;
    struct sim_types *types; /* of the built-in kinds */
    struct sim_cluster *clusters;
    unsigned clusters_len;
    struct sim_script *script;
    struct sim_pattern *patterns;
    char *kubeconfig, *listen;
    bool kubeconfig_temporary, started;
    uint64_t seed;
    struct sim_faults faults; /* what every cluster begins with */
    char login_key[80];       /* of tokens that the exec plugin is given; "": none are */
    unsigned speed_percent;
    const struct clock *clock; /* NULL: the system's */
    bool bare;                 /* nobody but clients writes */
    bool quiet;                /* nothing beats or begins by itself */
    int64_t started_ms;        /* boot time */
    unsigned long thread;
    bool flush_armed;
    struct sim_conn *flush;
    _Atomic(struct sim_script *) asked; /* sim_do: to be done by the simulator's thread */
    _Atomic uint64_t connections, requests, events, watches;
};

struct sim_protocol;
void sim_cluster_dark(struct sim_cluster *c, bool dark);
void sim_cluster_reset(struct sim_cluster *c); /* every connection, as when the server restarts */
int sim_cluster_listen(struct sim_cluster *c, struct err *e) ERR_CHECKED;
void sim_cluster_close(struct sim_cluster *c); /* its connections and its port */

/* A connection: TLS below, h1.c or h2.c above. A protocol appends to out. */
struct sim_conn {
    struct sim_conn *next, **prev; /* in the cluster */
    struct sim_conn *flush_next;
    struct sim_cluster *cluster;
    int fd;
    struct ssl_st *ssl;
    bool handshaken, dirty, closing, broken;
    bool reset; /* with broken: as if the machine were gone */
    int64_t opened_ms;
    struct sim_link *link;       /* link.c; NULL while nothing is shaped */
    struct loop_timer *held;     /* until then nothing is read, or nothing more is sent */
    int64_t sent_ms, sent_bytes; /* of the second that began then */
    struct sim_peer peer;
    struct buf out;
    const struct sim_protocol *protocol;
    void *state; /* the protocol's */
};

struct sim_protocol {
    void *(*open)(struct sim_conn *c);
    /* False: the connection is to be closed when out is sent. */
    bool (*read)(void *state, const char *bytes, size_t len);
    bool (*fill)(void *state); /* puts into out what it has, up to SIM_OUT_FULL */
    void (*close)(void *state);
};
extern const struct sim_protocol sim_h1, sim_h2;
/* link.c: a slow network. What comes in is held back by the round trip; true: it is, and `go` will
 * be called when there is something to read. */
struct sim_link;
bool sim_link_reads(struct sim_conn *c, void (*go)(struct sim_conn *c));
bool sim_link_ended(const struct sim_conn *c); /* the other side closed; some may still be held */
void sim_link_free(struct sim_conn *c);
/* How many bytes may be sent now; 0: none before *wait_ms. */
size_t sim_link_allows(struct sim_conn *c, size_t wanted, int64_t *wait_ms);

#define SIM_OUT_FULL 65536u
void sim_conn_dirty(struct sim_conn *c); /* is filled and sent soon */

const char *sim_status_words(int status);

#endif
