// SPDX-License-Identifier: Apache-2.0
/*
 * From a context's entries to a kube_access. The rules are those of client-go's
 * clientcmd/validation.go and transport; every broken one becomes a problem with its position, and
 * whatever could be read is there for display all the same.
 */
#include "kube/kubeconfig_read.h"

#include "base/clock.h"
#include "base/mem.h"
#include "data/json.h"
#include "kube/file.h"
#include "kube/material.h"
#include "kube/server_url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define EXEC_V1 "client.authentication.k8s.io/v1"
#define EXEC_V1BETA1 "client.authentication.k8s.io/v1beta1"
#define EXEC_EXTENSION "client.authentication.k8s.io/exec"

/* ---- cluster ---- */

static void read_server(const struct entry_reader *r)
{
    struct kube_access *a = r->a;
    char *server = entry_string(r, "server");
    const struct val *at = val_get(r->map, "server");
    if (!server) {
        if (!at || val_is(at, VAL_NULL) || val_is(at, VAL_STRING))
            entry_problem(r, at, true, "add server: https://HOST:PORT", ERR_INVALID,
                          "no server found for cluster \"%s\"", r->entry->name);
        return;
    }
    if (!strstr(server, "://")) {
        /* client-go's guess: https as soon as anything about TLS is configured. */
        bool tls =
            a->insecure || a->ca.file || a->ca.data || a->client_cert.file || a->client_cert.data;
        char *full = mem_printf("%s://%s", tls ? "https" : "http", server);
        mem_free(server);
        server = full;
        entry_problem(r, at, false, "write the scheme", ERR_INVALID,
                      "server of cluster \"%s\" has no scheme and is taken for %s", r->entry->name,
                      server);
    }
    struct server_url url;
    if (server_url_parse(server, &url)) {
        a->server = server_url_canonical(server);
        server_url_clear(&url);
    } else {
        entry_problem(r, at, true, "write https://HOST:PORT", ERR_INVALID,
                      "server of cluster \"%s\" is no address of an API server: %s", r->entry->name,
                      url.why);
    }
    mem_free(server);
}

static bool proxy_scheme_ok(const char *url)
{
    static const char *const schemes[] = {"http", "https", "socks5"};
    size_t n = strcspn(url, ":");
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (n == strlen(schemes[i]) && strncasecmp(url, schemes[i], n) == 0)
            return strncmp(url + n, "://", 3) == 0 && url[n + 3];
    return false;
}

static void read_proxy(const struct entry_reader *r, const struct kubeconfig *kc)
{
    struct kube_access *a = r->a;
    a->proxy_url = entry_string(r, "proxy-url");
    bool own = a->proxy_url;
    if (!own && a->server)
        a->proxy_url = kube_proxy_from_env(a->server, kc->env, kc->env_ctx);
    if (!a->proxy_url || proxy_scheme_ok(a->proxy_url))
        return;
    /* Only the scheme is shown: the rest may hold a password. */
    int n = (int)strcspn(a->proxy_url, ":/@");
    entry_problem(r, own ? val_get(r->map, "proxy-url") : NULL, true,
                  own ? "for example proxy-url: http://proxy.example:3128"
                      : "it comes from HTTPS_PROXY or HTTP_PROXY",
                  ERR_INVALID,
                  "invalid 'proxy-url' for cluster \"%s\": unsupported scheme \"%.*s\", must be "
                  "http, https, or socks5",
                  r->entry ? r->entry->name : "", n > 20 ? 20 : n, a->proxy_url);
    kube_secret_free(a->proxy_url);
    a->proxy_url = NULL;
}

static void read_cluster(const struct entry_reader *r, const struct kubeconfig *kc)
{
    struct kube_access *a = r->a;
    a->tls_server_name = entry_string(r, "tls-server-name");
    a->insecure = entry_bool(r, "insecure-skip-tls-verify");
    a->disable_compression = entry_bool(r, "disable-compression");
    entry_material(r, "certificate-authority", &a->ca);
    if (a->insecure && (a->ca.file || a->ca.data))
        entry_problem(r, val_get(r->map, "insecure-skip-tls-verify"), true,
                      "remove insecure-skip-tls-verify: the authority is there", ERR_INVALID,
                      "specifying a root certificates file with the insecure flag is not allowed "
                      "(cluster \"%s\")",
                      r->entry->name);
    read_server(r);
    read_proxy(r, kc);
}

/* ---- user ---- */

static void read_exec_env(const struct entry_reader *r, const struct val *list,
                          struct kube_exec_config *x)
{
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *item = val_item(list, i);
        const struct val *name = val_get(item, "name"), *value = val_get(item, "value");
        bool ok = val_is(name, VAL_STRING) && name->len && !memchr(name->as.s, '\0', name->len) &&
                  !strchr(name->as.s, '=');
        if (!ok) {
            entry_problem(r, item, true, NULL, ERR_INVALID,
                          "env variable name must be specified for %s to use exec "
                          "authentication plugin",
                          r->entry->name);
            continue;
        }
        if (value && !val_is(value, VAL_NULL) &&
            (!val_is(value, VAL_STRING) || memchr(value->as.s, '\0', value->len))) {
            entry_problem(r, value, true, "put it in quotes", ERR_TYPE,
                          "env %s of the exec plugin of user \"%s\" is %s, a string is needed",
                          name->as.s, r->entry->name, val_type_name(val_type(value)));
            continue;
        }
        x->env = mem_reallocarray(x->env, x->env_len + 1, sizeof(*x->env));
        x->env[x->env_len++] =
            (struct kube_exec_env){mem_strdup(name->as.s), mem_strdup(val_str(value, ""))};
    }
}

static void read_interactive(const struct entry_reader *exec, const struct val *at,
                             struct kube_exec_config *x)
{
    static const struct {
        const char *word;
        enum kube_exec_interactive mode;
    } modes[] = {{"IfAvailable", KUBE_EXEC_IF_AVAILABLE},
                 {"Never", KUBE_EXEC_NEVER},
                 {"Always", KUBE_EXEC_ALWAYS}};
    char *mode = entry_string(exec, "interactiveMode");
    if (!mode) {
        if (x->api_version && strcmp(x->api_version, EXEC_V1) == 0)
            entry_problem(exec, at, true, "add interactiveMode: IfAvailable, Never or Always",
                          ERR_INVALID,
                          "interactiveMode must be specified for %s to use exec authentication "
                          "plugin",
                          exec->entry->name);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        if (strcmp(mode, modes[i].word) == 0) {
            x->interactive = modes[i].mode;
            mem_free(mode);
            return;
        }
    entry_problem(exec, val_get(exec->map, "interactiveMode"), true, "IfAvailable, Never or Always",
                  ERR_INVALID, "invalid interactiveMode for %s: \"%s\"", exec->entry->name, mode);
    mem_free(mode);
}

static void read_exec(const struct entry_reader *r)
{
    const struct val *map = entry_map(r, "exec");
    if (!map)
        return;
    struct kube_exec_config *x = r->a->exec = mem_new(struct kube_exec_config);
    struct entry_reader exec = *r;
    exec.map = map;
    exec.what = "the exec plugin of user";
    x->command = entry_string(&exec, "command");
    x->api_version = entry_string(&exec, "apiVersion");
    x->install_hint = entry_string(&exec, "installHint");
    x->provide_cluster_info = entry_bool(&exec, "provideClusterInfo");
    entry_string_list(&exec, "args", &x->args);
    const struct val *env = val_get(map, "env");
    if (env && !val_is(env, VAL_NULL) && !val_is(env, VAL_LIST))
        entry_problem(r, env, true, NULL, ERR_TYPE,
                      "env of the exec plugin of user \"%s\" is %s, a list is needed",
                      r->entry->name, val_type_name(val_type(env)));
    read_exec_env(r, env, x);
    if (!x->command)
        entry_problem(r, map, true, NULL, ERR_INVALID,
                      "command must be specified for %s to use exec authentication plugin",
                      r->entry->name);
    else if (strchr(x->command, '/')) {
        char *full = kube_file_resolve(r->entry->file->dir, x->command);
        mem_free(x->command);
        x->command = full;
    }
    if (!x->api_version)
        entry_problem(r, map, true, "add apiVersion: " EXEC_V1, ERR_INVALID,
                      "apiVersion must be specified for %s to use exec authentication plugin",
                      r->entry->name);
    else if (strcmp(x->api_version, EXEC_V1) != 0 && strcmp(x->api_version, EXEC_V1BETA1) != 0)
        entry_problem(r, val_get(map, "apiVersion"), true,
                      "renew the entry with the tool that wrote it; " EXEC_V1 " and v1beta1 are "
                      "known",
                      ERR_UNSUPPORTED, "exec plugin: invalid apiVersion \"%s\"", x->api_version);
    read_interactive(&exec, map, x);
}

static void read_auth_provider(const struct entry_reader *r)
{
    static const struct {
        const char *name, *hint;
    } known[] = {
        {"gcp", "install gke-gcloud-auth-plugin and run gcloud container clusters get-credentials"},
        {"azure", "install kubelogin and run kubelogin convert-kubeconfig"},
        {"oidc", "use an exec plugin, for example kubectl oidc-login (kubelogin)"},
    };
    const struct val *map = entry_map(r, "auth-provider");
    if (!map)
        return;
    struct entry_reader provider = *r;
    provider.map = map;
    char *name = entry_string(&provider, "name");
    r->a->auth_provider = name ? name : mem_strdup("without name");
    if (r->a->exec) {
        entry_problem(r, map, true, "remove one of the two", ERR_INVALID,
                      "authProvider cannot be provided in combination with an exec plugin for %s",
                      r->entry->name);
        return;
    }
    const char *hint = "use an exec plugin";
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(r->a->auth_provider, known[i].name) == 0)
            hint = known[i].hint;
    entry_problem(r, map, true, hint, ERR_UNSUPPORTED,
                  "the auth-provider \"%s\" of user \"%s\" is of a kind that was replaced by exec "
                  "plugins",
                  r->a->auth_provider, r->entry->name);
}

static void read_impersonation(const struct entry_reader *r)
{
    struct kube_impersonation *im = &r->a->impersonate;
    im->user = entry_string(r, "as");
    im->uid = entry_string(r, "as-uid");
    entry_string_list(r, "as-groups", &im->groups);
    const struct val *extra = entry_map(r, "as-user-extra");
    for (size_t i = 0; i < val_count(extra); i++) {
        const char *key = extra->as.entries[i].key->s;
        struct entry_reader sub = *r;
        sub.map = extra;
        im->extra = mem_reallocarray(im->extra, im->extra_len + 1, sizeof(*im->extra));
        struct kube_extra *x = &im->extra[im->extra_len++];
        *x = (struct kube_extra){.key = mem_strdup(key)};
        entry_string_list(&sub, key, &x->values);
    }
    if (!im->user && (im->uid || im->groups.len || im->extra_len))
        entry_problem(r, NULL, true, "add as: NAME", ERR_INVALID,
                      "requesting uid, groups or user-extra for %s without impersonating a user",
                      r->entry->name);
}

static bool token_sendable(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return false;
    return true;
}

static void read_user(const struct entry_reader *r)
{
    struct kube_access *a = r->a;
    entry_material(r, "client-certificate", &a->client_cert);
    entry_material(r, "client-key", &a->client_key);
    a->token = entry_string(r, "token");
    a->token_file = entry_path(r, "tokenFile");
    a->username = entry_string(r, "username");
    a->password = entry_string(r, "password");
    read_exec(r);
    read_auth_provider(r);
    read_impersonation(r);

    bool cert = a->client_cert.file || a->client_cert.data;
    bool key = a->client_key.file || a->client_key.data;
    bool basic = a->username || a->password;
    if (cert && !key)
        entry_problem(
            r, NULL, true, NULL, ERR_INVALID,
            "client-key-data or client-key must be specified for %s to use the clientCert "
            "authentication method.",
            r->entry->name);
    if (key && !cert)
        entry_problem(r, NULL, false, "add client-certificate-data or client-certificate",
                      ERR_INVALID, "user \"%s\" has a client key without a certificate",
                      r->entry->name);
    if (a->token && basic)
        entry_problem(r, NULL, true, "remove token or username and password", ERR_INVALID,
                      "more than one authentication method found for %s; found [token basicAuth], "
                      "only one is allowed",
                      r->entry->name);
    if (a->token && !token_sendable(a->token))
        entry_problem(r, val_get(r->map, "token"), true, "remove line breaks from it", ERR_INVALID,
                      "the token of user \"%s\" holds control characters", r->entry->name);
    if (a->exec && (a->token || a->token_file || basic || cert))
        entry_problem(r, val_get(r->map, "exec"), false,
                      "remove the token, password or certificate if the plugin is meant",
                      ERR_INVALID,
                      "the exec plugin of user \"%s\" is not run: other credentials come first",
                      r->entry->name);
}

/* ---- what files and certificates hold ---- */

/* The bytes behind m, or false with a problem. Bytes are appended to out. */
static bool load_material(const struct entry_reader *r, const char *key,
                          const struct kube_material *m, struct buf *out)
{
    struct err e = ERR_INIT;
    if (m->data)
        return buf_add(out, m->data, m->len) == 0;
    if (!m->file)
        return false;
    if (kube_file_read(m->file, KUBE_FILE_REGULAR, out, &e) == 0)
        return true;
    entry_problem(r, val_get(r->map, key), true, NULL, e.code, "%s of %s \"%s\": %s", key, r->what,
                  r->entry->name, e.text);
    err_clear(&e);
    return false;
}

static void material_problem(const struct entry_reader *r, const char *key,
                             const struct kube_material *m, struct err *e)
{
    char data_key[64];
    snprintf(data_key, sizeof(data_key), "%s-data", key);
    const char *shown = m->data ? data_key : key;
    entry_problem(r, val_get(r->map, shown), true, e->hint, e->code, "%s of %s \"%s\": %s", shown,
                  r->what, r->entry->name, e->text);
    err_clear(e);
}

static void check_ca(const struct entry_reader *r)
{
    struct kube_access *a = r->a;
    struct buf pem;
    struct err e = ERR_INIT;
    buf_init(&pem, KUBE_FILE_SMALL);
    if (load_material(r, "certificate-authority", &a->ca, &pem) &&
        kube_pem_check_certificates(buf_str(&pem), pem.len, NULL, &e))
        material_problem(r, "certificate-authority", &a->ca, &e);
    buf_clear(&pem);
}

static void check_client(const struct entry_reader *r)
{
    struct kube_access *a = r->a;
    struct buf cert, key;
    struct err e = ERR_INIT;
    int64_t not_after = 0;
    buf_init(&cert, KUBE_FILE_SMALL);
    buf_init(&key, KUBE_FILE_SMALL);
    bool has_cert = load_material(r, "client-certificate", &a->client_cert, &cert);
    if (has_cert && kube_pem_check_certificates(buf_str(&cert), cert.len, &not_after, &e)) {
        material_problem(r, "client-certificate", &a->client_cert, &e);
        has_cert = false;
    }
    if (has_cert && not_after && not_after < clock_wall_ms(clock_system())) {
        char when[CLOCK_RFC3339_LEN];
        clock_format_rfc3339(not_after, when);
        entry_problem(r, val_get(r->map, "client-certificate"), false,
                      "fetch a new kubeconfig from whoever runs the cluster", ERR_AUTH,
                      "the client certificate of user \"%s\" expired on %s", r->entry->name, when);
    }
    if (load_material(r, "client-key", &a->client_key, &key) &&
        kube_pem_check_key(buf_str(&key), key.len, has_cert ? buf_str(&cert) : NULL, cert.len, &e))
        material_problem(r, "client-key", &a->client_key, &e);
    buf_clear(&cert);
    buf_wipe(&key);
}

static void check_token_file(const struct entry_reader *r)
{
    if (!r->a->token_file || r->a->token)
        return; /* with a token beside it the file may appear later */
    struct kube_material m = {.file = r->a->token_file};
    struct buf token;
    buf_init(&token, KUBE_FILE_SMALL);
    if (load_material(r, "tokenFile", &m, &token) &&
        strspn(buf_str(&token), " \t\r\n") == token.len)
        entry_problem(r, val_get(r->map, "tokenFile"), true, NULL, ERR_INVALID,
                      "tokenFile of user \"%s\": %s is empty", r->entry->name, m.file);
    buf_wipe(&token);
}

/* ---- context ---- */

/* client-go: one label of the DNS, which is what a namespace is. */
static bool namespace_valid(const char *s)
{
    size_t n = strlen(s);
    if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-')
        return false;
    return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static const struct kubeconfig_entry *follow(const struct entry_reader *r,
                                             const struct kubeconfig *kc,
                                             enum kubeconfig_section section, const char *name)
{
    const char *one = kubeconfig_sections[section].one;
    if (!name)
        return NULL;
    const struct kubeconfig_entry *e = strmap_get(&kc->by_name[section], name);
    if (!e)
        entry_problem(r, val_get(r->map, one), true, NULL, ERR_NOT_FOUND,
                      "%s \"%s\" was not found for context \"%s\"", one, name, r->entry->name);
    return e;
}

static struct entry_reader open_entry(struct kube_access *a, enum kubeconfig_section section,
                                      const struct kubeconfig_entry *entry)
{
    struct err e = ERR_INIT;
    if (entry->problem.code) {
        err_copy(&e, &entry->problem);
        kube_access_add_problem(a, &e, true);
    }
    if (entry->note.code) {
        err_copy(&e, &entry->note);
        kube_access_add_problem(a, &e, false);
    }
    return (struct entry_reader){a, entry, kubeconfig_sections[section].one, entry->body};
}

static void read_extension(struct kube_access *a, const struct kubeconfig_entry *cluster)
{
    const struct val *list = val_get(cluster->body, "extensions");
    for (size_t i = 0; a->exec && i < val_count(list); i++) {
        const struct val *item = val_item(list, i);
        const struct val *extension = val_get(item, "extension");
        if (!val_str_is(val_get(item, "name"), EXEC_EXTENSION) || !extension)
            continue;
        struct buf json;
        buf_init(&json, KUBE_FILE_SMALL);
        if (json_write(&json, extension, JSON_COMPACT) == 0 && !a->exec->cluster_config_json)
            a->exec->cluster_config_json = buf_take(&json);
        buf_clear(&json);
    }
}

static void read_context(const struct kubeconfig *kc, const struct kubeconfig_entry *entry,
                         struct kube_access *a)
{
    struct entry_reader r = open_entry(a, SECTION_CONTEXTS, entry);
    a->cluster = entry_string(&r, "cluster");
    a->user = entry_string(&r, "user");
    a->namespace_ = entry_string(&r, "namespace");
    if (a->namespace_ && !namespace_valid(a->namespace_))
        entry_problem(&r, val_get(r.map, "namespace"), true, NULL, ERR_INVALID,
                      "namespace \"%s\" for context \"%s\" does not conform to the kubernetes "
                      "DNS_LABEL rules",
                      a->namespace_, entry->name);
    if (!a->namespace_)
        a->namespace_ = mem_strdup("default");
    if (!a->cluster && !a->problem.code)
        entry_problem(&r, val_get(r.map, "cluster"), true, "add cluster: NAME", ERR_INVALID,
                      "cluster was not specified for context \"%s\"", entry->name);
    const struct kubeconfig_entry *user = follow(&r, kc, SECTION_USERS, a->user);
    const struct kubeconfig_entry *cluster = follow(&r, kc, SECTION_CLUSTERS, a->cluster);
    /* The user first: whether it has a certificate decides the scheme of a bare server. */
    if (user) {
        struct entry_reader u = open_entry(a, SECTION_USERS, user);
        read_user(&u);
        check_client(&u);
        check_token_file(&u);
    }
    if (cluster) {
        struct entry_reader c = open_entry(a, SECTION_CLUSTERS, cluster);
        read_cluster(&c, kc);
        check_ca(&c);
        read_extension(a, cluster);
    }
    bool has_login = a->token || a->token_file || a->username || a->exec || a->client_cert.file ||
                     a->client_cert.data;
    if (a->server && !kube_access_is_https(a) && has_login)
        entry_problem(&r, NULL, false, "give the server https://", ERR_INVALID,
                      "the server of context \"%s\" is not https: no credentials are sent",
                      entry->name);
}

int kubeconfig_access(const struct kubeconfig *kc, const char *context, struct kube_access *out,
                      struct err *e)
{
    kube_access_init(out);
    if (!context)
        context = kubeconfig_current(kc);
    if (!context)
        return err_set(e, ERR_NOT_FOUND, "no current context is set");
    if (kc->pod && strcmp(context, kc->pod->context) == 0) {
        kube_access_copy(out, kc->pod);
        out->proxy_url = kube_proxy_from_env(out->server, kc->env, kc->env_ctx);
        return 0;
    }
    const struct kubeconfig_entry *entry = strmap_get(&kc->by_name[SECTION_CONTEXTS], context);
    if (!entry)
        return err_set(e, ERR_NOT_FOUND, "context \"%s\" does not exist", context);
    out->context = mem_strdup(entry->name);
    out->origin = mem_strdup(entry->file->path);
    out->origin_line = entry->line;
    read_context(kc, entry, out);
    return 0;
}
