// SPDX-License-Identifier: Apache-2.0
/*
 * One run of an exec credential plugin (client.authentication.k8s.io/v1 and /v1beta1): started by
 * argv, never a shell, in a process group of its own, with standard input from /dev/null, no other
 * descriptor of ours, default signals and the descriptor limit the program was started with. What
 * it prints is bounded, how long it takes too; past either the whole group is killed. And the
 * reading of what it printed.
 *
 * The run belongs to the loop's thread. Nothing here waits, but exec_plugin_cancel, which waits for
 * the end of a process that was killed.
 */
#ifndef LEEWAY_KUBE_EXEC_PLUGIN_H
#define LEEWAY_KUBE_EXEC_PLUGIN_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/loop.h"
#include "kube/access.h"

#include <stdbool.h>
#include <stdint.h>

#define EXEC_PLUGIN_STDOUT_MAX (1024u * 1024u)
#define EXEC_PLUGIN_STDERR_MAX (64u * 1024u)

/* ---- what to run ---- */

struct exec_plugin_command {
    char **argv; /* NULL-terminated; argv[0] is an absolute path */
    char **envp; /* NULL-terminated */
};

/* cluster_json: spec.cluster of KUBERNETES_EXEC_INFO, or NULL. environ_ is our own environment.
 * 0; ERR_NOT_FOUND with the install hint when there is no such program. */
int exec_plugin_command_make(struct exec_plugin_command *c, const struct kube_exec_config *x,
                             const char *cluster_json, bool interactive, char *const *environ_,
                             struct err *e) ERR_CHECKED;
void exec_plugin_command_clear(struct exec_plugin_command *c); /* secrets are overwritten */

/* spec.cluster for an access; ca is PEM or empty. The caller frees. */
char *exec_plugin_cluster_json(const struct kube_access *a, const char *ca_pem, size_t ca_len);

/* ---- running it ---- */

struct exec_plugin_run;

enum exec_plugin_end {
    EXEC_PLUGIN_EXITED,    /* status as of waitpid */
    EXEC_PLUGIN_TIMED_OUT, /* killed */
    EXEC_PLUGIN_TOO_MUCH,  /* printed more than EXEC_PLUGIN_STDOUT_MAX; killed */
};

struct exec_plugin_result { /* borrowed for the call; wiped after it */
    enum exec_plugin_end end;
    int status;
    const char *out, *errors;
    size_t out_len, errors_len;
};

typedef void exec_plugin_done_fn(void *ctx, const struct exec_plugin_result *result);

struct exec_plugin_options {
    struct loop *loop;
    int64_t deadline_ms;  /* from now */
    uint64_t nofile_soft; /* 0: leave RLIMIT_NOFILE */
};

/* fn is called once, from the loop. NULL with *e when it cannot be started (fn is not called). */
struct exec_plugin_run *exec_plugin_start(const struct exec_plugin_options *o,
                                          const struct exec_plugin_command *c,
                                          exec_plugin_done_fn *fn, void *ctx, struct err *e);
/* Kills the group and reaps; fn is not called. NULL is fine. Not needed after fn. */
void exec_plugin_cancel(struct exec_plugin_run *r);

/* ---- what it said ---- */

struct exec_credential {
    char *token;              /* or NULL */
    char *cert_pem, *key_pem; /* both or neither */
    int64_t expires_wall_ms;  /* 0: never */
};
void exec_credential_clear(struct exec_credential *c); /* overwrites */

/* One ExecCredential of the version asked for, with a token or a certificate and key. */
int exec_plugin_parse(const struct kube_exec_config *x, const char *out, size_t len,
                      struct exec_credential *c, struct err *e) ERR_CHECKED;
/* Turns a result that is no clean exit into an error; 0 when it is one. The text ends with the last
 * line of what the plugin wrote to standard error, cleaned. */
int exec_plugin_check_result(const struct kube_exec_config *x, const struct exec_plugin_result *r,
                             int64_t deadline_ms, struct err *e) ERR_CHECKED;

#endif
