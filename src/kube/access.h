// SPDX-License-Identifier: Apache-2.0
/*
 * What it takes to reach one API server as one user: pure data, read from a kubeconfig context, the
 * pod we run in, or filled in by a test. Everything is owned by the struct; nothing is opened or
 * read here. A struct with a problem that blocks is still good for display: every field that could
 * be read is there. Not thread-safe; may be handed from thread to thread.
 */
#ifndef LEEWAY_KUBE_ACCESS_H
#define LEEWAY_KUBE_ACCESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A certificate or key: inline bytes (PEM) or a file. data != NULL wins, file may be set beside it.
 */
struct kube_material {
    char *file; /* absolute path, or NULL */
    char *data; /* NUL-terminated, or NULL */
    size_t len; /* of data, without the NUL */
};

struct kube_string_list {
    char **items;
    size_t len;
};

struct kube_exec_env {
    char *name, *value;
};

enum kube_exec_interactive {
    KUBE_EXEC_IF_AVAILABLE, /* runs in the background without a terminal */
    KUBE_EXEC_NEVER,
    KUBE_EXEC_ALWAYS, /* needs a person at a terminal */
};

struct kube_exec_config {
    char *api_version; /* client.authentication.k8s.io/v1 or /v1beta1 */
    char *command;     /* absolute, or a bare name for $PATH */
    struct kube_string_list args;
    struct kube_exec_env *env; /* on top of our own environment */
    size_t env_len;
    char *install_hint; /* or NULL */
    bool provide_cluster_info;
    enum kube_exec_interactive interactive;
    char *cluster_config_json; /* the cluster's extension client.authentication.k8s.io/exec as
                                  compact JSON, or NULL */
};

struct kube_extra { /* Impersonate-Extra-KEY */
    char *key;
    struct kube_string_list values;
};

struct kube_impersonation {
    char *user; /* NULL: no impersonation */
    char *uid;
    struct kube_string_list groups;
    struct kube_extra *extra;
    size_t extra_len;
};

/* Something wrong with the entries a context is made of. */
struct kube_problem {
    struct err err; /* text, source (file), line, col, hint */
    bool blocks;    /* kubectl could not use the context and neither do we */
};

struct kube_access {
    /* Names, all NULL when unknown but context. */
    char *context, *cluster, *user;
    char *namespace_; /* "default" when the context names none */
    char *origin;     /* the file that defines the context; NULL: not from a file */
    uint32_t origin_line;

    /* Server. */
    char *server;          /* https://host:port/path without a slash at the end; NULL: not usable */
    char *tls_server_name; /* for SNI and verification in place of the host; NULL: the host */
    bool insecure;         /* do not verify the server's certificate */
    bool disable_compression;
    char *proxy_url;         /* http, https or socks5; the cluster's own or the environment's after
                                NO_PROXY;         NULL: no proxy, and the transport must not look for one
                                itself */
    struct kube_material ca; /* neither file nor data: the system's */

    /* User. What is sent for it is credentials.h' business. */
    struct kube_material client_cert, client_key;
    char *token;
    char *token_file;
    char *username, *password;
    struct kube_exec_config *exec;
    char *auth_provider; /* name of a legacy auth-provider, which blocks; or NULL */
    struct kube_impersonation impersonate;

    /* problem is the first that blocks (code 0: none); problems has all of them. */
    struct err problem;
    struct kube_problem *problems;
    size_t problems_len;
};

void kube_access_init(struct kube_access *a);
void kube_access_clear(struct kube_access *a); /* secrets are overwritten first */
void kube_access_copy(struct kube_access *to, const struct kube_access *from); /* to: cleared */
/* Takes the contents of *e; the first one that blocks becomes a->problem too. */
void kube_access_add_problem(struct kube_access *a, struct err *e, bool blocks);
bool kube_access_usable(const struct kube_access *a);   /* nothing blocks */
bool kube_access_is_https(const struct kube_access *a); /* credentials are sent only then */
/* How it logs in, in words: "client certificate (file)", "exec plugin aws", "token file", "none".
 * The caller frees. Never holds a secret; may hold outside bytes. */
char *kube_access_login_words(const struct kube_access *a);

/* Overwrites and frees a string; NULL is fine. */
void kube_secret_free(char *s);
void kube_material_clear(struct kube_material *m);
void kube_string_list_add(struct kube_string_list *l, const char *s); /* copies */
void kube_string_list_clear(struct kube_string_list *l);
void kube_exec_config_free(struct kube_exec_config *x);
struct kube_exec_config *kube_exec_config_copy(const struct kube_exec_config *x);

#endif
