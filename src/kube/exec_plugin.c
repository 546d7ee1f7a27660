// SPDX-License-Identifier: Apache-2.0
/* What an exec plugin is given and what it answers; exec_run.c runs it. */
#include "kube/exec_plugin.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/vec.h"
#include "data/json.h"
#include "kube/material.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define JSON_MEMORY_MAX (16u * 1024u * 1024u)
#define STDERR_SHOWN 300u

/* ---- the command ---- */

static bool runnable(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static const char *env_value(char *const *environ_, const char *name)
{
    size_t n = strlen(name);
    for (; environ_ && *environ_; environ_++)
        if (strncmp(*environ_, name, n) == 0 && (*environ_)[n] == '=')
            return *environ_ + n + 1;
    return NULL;
}

/* A bare name goes through $PATH; entries that are not absolute are passed over, so that no program
 * of the folder one happens to be in is run (Go's os/exec refuses them too). */
static char *find_program(const char *command, char *const *environ_)
{
    if (strchr(command, '/'))
        return runnable(command) ? mem_strdup(command) : NULL;
    const char *path = env_value(environ_, "PATH");
    char *found = NULL, *copy = mem_strdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
    char *rest = copy, *dir;
    while (!found && (dir = strsep(&rest, ":"))) {
        if (dir[0] != '/')
            continue;
        found = mem_printf("%s/%s", dir, command);
        if (!runnable(found)) {
            mem_free(found);
            found = NULL;
        }
    }
    mem_free(copy);
    return found;
}

/* text as a JSON string, quotes included. */
static int json_string(struct buf *out, const char *text)
{
    struct val v = val_borrow_str(text, strlen(text));
    return json_write(out, &v, JSON_COMPACT);
}

char *exec_plugin_cluster_json(const struct kube_access *a, const char *ca_pem, size_t ca_len)
{
    struct buf b;
    buf_init(&b, 8u * 1024u * 1024u);
    buf_puts(&b, "{\"server\":");
    json_string(&b, a->server ? a->server : "");
    if (a->tls_server_name) {
        buf_puts(&b, ",\"tls-server-name\":");
        json_string(&b, a->tls_server_name);
    }
    if (a->insecure)
        buf_puts(&b, ",\"insecure-skip-tls-verify\":true");
    if (ca_len) {
        buf_puts(&b, ",\"certificate-authority-data\":\"");
        base64_encode(&b, ca_pem, ca_len);
        buf_puts(&b, "\"");
    }
    if (a->proxy_url) {
        buf_puts(&b, ",\"proxy-url\":");
        json_string(&b, a->proxy_url);
    }
    if (a->disable_compression)
        buf_puts(&b, ",\"disable-compression\":true");
    if (a->exec && a->exec->cluster_config_json) {
        buf_puts(&b, ",\"config\":");
        buf_puts(&b, a->exec->cluster_config_json);
    }
    buf_puts(&b, "}");
    return buf_take(&b);
}

static char *exec_info(const struct kube_exec_config *x, const char *cluster_json, bool interactive)
{
    struct buf b;
    buf_init(&b, 16u * 1024u * 1024u);
    buf_puts(&b, "KUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":");
    json_string(&b, x->api_version);
    buf_printf(&b, ",\"spec\":{");
    if (cluster_json) {
        buf_puts(&b, "\"cluster\":");
        buf_puts(&b, cluster_json);
        buf_puts(&b, ",");
    }
    buf_printf(&b, "\"interactive\":%s}}", interactive ? "true" : "false");
    return buf_take(&b);
}

static bool replaced(const char *assignment, const struct kube_exec_config *x)
{
    size_t n = strcspn(assignment, "=");
    if (n == strlen("KUBERNETES_EXEC_INFO") && strncmp(assignment, "KUBERNETES_EXEC_INFO", n) == 0)
        return true;
    for (size_t i = 0; i < x->env_len; i++)
        if (strlen(x->env[i].name) == n && strncmp(x->env[i].name, assignment, n) == 0)
            return true;
    return false;
}

int exec_plugin_command_make(struct exec_plugin_command *c, const struct kube_exec_config *x,
                             const char *cluster_json, bool interactive, char *const *environ_,
                             struct err *e)
{
    *c = (struct exec_plugin_command){0};
    char *program = find_program(x->command, environ_);
    if (!program) {
        err_set(e, ERR_NOT_FOUND, "exec: executable %s not found", x->command);
        if (x->install_hint)
            err_hint(e, "%.2000s", x->install_hint);
        else
            err_hint(e, "install it, or correct the command of the user in the kubeconfig");
        return e ? e->code : ERR_NOT_FOUND;
    }
    c->argv = mem_calloc(x->args.len + 2, sizeof(*c->argv));
    c->argv[0] = program;
    for (size_t i = 0; i < x->args.len; i++)
        c->argv[i + 1] = mem_strdup(x->args.items[i]);
    VEC(char *) env = {0};
    for (char *const *v = environ_; v && *v; v++)
        if (!replaced(*v, x))
            vec_push(&env, mem_strdup(*v));
    for (size_t i = 0; i < x->env_len; i++)
        vec_push(&env, mem_printf("%s=%s", x->env[i].name, x->env[i].value));
    vec_push(&env, exec_info(x, cluster_json, interactive));
    vec_push(&env, NULL);
    c->envp = env.items;
    return 0;
}

void exec_plugin_command_clear(struct exec_plugin_command *c)
{
    for (char **p = c->argv; p && *p; p++)
        kube_secret_free(*p);
    for (char **p = c->envp; p && *p; p++)
        kube_secret_free(*p);
    mem_free(c->argv);
    mem_free(c->envp);
    *c = (struct exec_plugin_command){0};
}

/* ---- the answer ---- */

void exec_credential_clear(struct exec_credential *c)
{
    kube_secret_free(c->token);
    kube_secret_free(c->cert_pem);
    kube_secret_free(c->key_pem);
    *c = (struct exec_credential){0};
}

/* A non-empty string below status; wrong types are errors. */
static int take_string(const struct kube_exec_config *x, const struct val *status, const char *key,
                       char **out, struct err *e)
{
    const struct val *v = val_get(status, key);
    if (!v || val_is(v, VAL_NULL) || (val_is(v, VAL_STRING) && !v->len))
        return 0;
    if (!val_is(v, VAL_STRING))
        return err_set(e, ERR_PROTOCOL, "exec: %s printed status.%s as %s, a string is needed",
                       x->command, key, val_type_name(val_type(v)));
    for (uint32_t i = 0; i < v->len; i++) {
        unsigned char ch = (unsigned char)v->as.s[i];
        bool line = ch == '\n' || ch == '\r' || ch == '\t';
        if (ch == 0x7f || (ch < ' ' && (!line || strcmp(key, "token") == 0)))
            return err_set(e, ERR_PROTOCOL, "exec: %s printed control characters in status.%s",
                           x->command, key);
    }
    *out = mem_strdup(v->as.s);
    return 0;
}

static int take_expiry(const struct kube_exec_config *x, const struct val *status, int64_t *out,
                       struct err *e)
{
    const struct val *v = val_get(status, "expirationTimestamp");
    int32_t nanos;
    if (!v || val_is(v, VAL_NULL))
        return 0;
    if (!val_is(v, VAL_STRING) || clock_parse_rfc3339(v->as.s, v->len, out, &nanos) || !*out)
        return err_set(e, ERR_PROTOCOL,
                       "exec: %s printed an expirationTimestamp that is no RFC 3339 time",
                       x->command);
    return 0;
}

static int check_envelope(const struct kube_exec_config *x, const struct val *v, struct err *e)
{
    const char *version = val_str(val_get(v, "apiVersion"), "");
    if (!val_str_is(val_get(v, "kind"), "ExecCredential")) {
        err_set(e, ERR_PROTOCOL, "exec: %s printed no ExecCredential but %s \"%.100s\"", x->command,
                val_is(v, VAL_MAP) ? "kind" : val_type_name(val_type(v)),
                val_str(val_get(v, "kind"), ""));
    } else if (strcmp(version, x->api_version) != 0) {
        err_set(e, ERR_PROTOCOL,
                "exec plugin is configured to use API version %s, plugin returned version %.100s",
                x->api_version, *version ? version : "none");
        err_hint(e, "write the plugin's version as apiVersion of the exec entry");
    } else if (!val_is(val_get(v, "status"), VAL_MAP)) {
        err_set(e, ERR_PROTOCOL, "exec plugin didn't return a status field (%s)", x->command);
    }
    return e ? e->code : 0;
}

static int check_credential(const struct kube_exec_config *x, const struct exec_credential *c,
                            struct err *e)
{
    struct err why = ERR_INIT;
    if (!c->token && !c->cert_pem && !c->key_pem)
        return err_set(e, ERR_PROTOCOL, "exec plugin didn't return a token or cert/key pair (%s)",
                       x->command);
    if (!c->cert_pem != !c->key_pem)
        return err_set(e, ERR_PROTOCOL,
                       "exec plugin returned only %s, a certificate and key are needed (%s)",
                       c->cert_pem ? "a certificate" : "a key", x->command);
    if (!c->cert_pem)
        return 0;
    if (kube_pem_check_certificates(c->cert_pem, strlen(c->cert_pem), NULL, &why) == 0 &&
        kube_pem_check_key(c->key_pem, strlen(c->key_pem), c->cert_pem, strlen(c->cert_pem),
                           &why) == 0)
        return 0;
    err_set(e, ERR_PROTOCOL, "exec: the certificate or key that %s printed cannot be used: %s",
            x->command, why.text);
    err_clear(&why);
    return e ? e->code : ERR_PROTOCOL;
}

static void wipe_strings(const struct val *v)
{
    if (val_is(v, VAL_STRING) && v->len)
        mem_wipe((void *)(uintptr_t)v->as.s, v->len);
    for (uint32_t i = 0; val_is(v, VAL_MAP) && i < v->len; i++)
        wipe_strings(&v->as.entries[i].value);
}

int exec_plugin_parse(const struct kube_exec_config *x, const char *out, size_t len,
                      struct exec_credential *c, struct err *e)
{
    struct err own = ERR_INIT;
    if (!e)
        e = &own;
    *c = (struct exec_credential){0};
    struct val_pool pool;
    val_pool_init_limited(&pool, JSON_MEMORY_MAX);
    const struct val *v = NULL;
    struct err syntax = ERR_INIT;
    size_t blank = 0;
    while (blank < len && strchr(" \t\r\n", out[blank]) && out[blank])
        blank++;
    if (blank == len) {
        err_set(e, ERR_PROTOCOL, "exec: %s ended well and printed nothing", x->command);
        goto out;
    }
    v = json_read(&pool, out, len, NULL, &syntax);
    if (!v) {
        /* What it printed may be half a secret and is not quoted. */
        err_set(e, ERR_PROTOCOL, "exec: what %s printed is no JSON: line %u, column %u", x->command,
                syntax.line, syntax.col);
        err_hint(e, "run it by hand and look at its standard output");
        goto out;
    }
    const struct val *status = val_get(v, "status");
    int rc = check_envelope(x, v, e);
    rc = rc ? rc : take_string(x, status, "token", &c->token, e);
    rc = rc ? rc : take_string(x, status, "clientCertificateData", &c->cert_pem, e);
    rc = rc ? rc : take_string(x, status, "clientKeyData", &c->key_pem, e);
    rc = rc ? rc : take_expiry(x, status, &c->expires_wall_ms, e);
    rc = rc ? rc : check_credential(x, c, e);
    (void)rc;
out:
    wipe_strings(v);
    val_pool_clear(&pool);
    err_clear(&syntax);
    if (e->code)
        exec_credential_clear(c);
    int code = e->code;
    err_clear(&own);
    return code;
}

/* The last line that says something. */
static void last_line(const char *s, size_t len, struct buf *out)
{
    while (len && strchr(" \t\r\n", s[len - 1]))
        len--;
    size_t start = len;
    while (start && s[start - 1] != '\n')
        start--;
    size_t n = len - start;
    text_clean_to(out, s + start, n < STDERR_SHOWN ? n : STDERR_SHOWN);
}

int exec_plugin_check_result(const struct kube_exec_config *x, const struct exec_plugin_result *r,
                             int64_t deadline_ms, struct err *e)
{
    if (r->end == EXEC_PLUGIN_EXITED && WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0)
        return 0;
    struct buf said;
    buf_init(&said, BUF_SMALL);
    last_line(r->errors, r->errors_len, &said);
    const char *sep = said.len ? ": " : "";
    int code;
    if (r->end == EXEC_PLUGIN_TIMED_OUT) {
        code = err_set(e, ERR_TIMEOUT, "exec: executable %s did not end within %lld s%s%s",
                       x->command, (long long)(deadline_ms / 1000), sep, buf_str(&said));
        err_hint(e,
                 "it may wait for a person: log in from the cluster's screen, or run it by hand");
    } else if (r->end == EXEC_PLUGIN_TOO_MUCH) {
        code = err_set(e, ERR_LIMIT, "exec: executable %s printed more than %u KiB and was ended",
                       x->command, EXEC_PLUGIN_STDOUT_MAX / 1024);
    } else if (WIFSIGNALED(r->status)) {
        code = err_set(e, ERR_AUTH, "exec: executable %s was ended by signal %d%s%s", x->command,
                       WTERMSIG(r->status), sep, buf_str(&said));
    } else {
        code = err_set(e, ERR_AUTH, "exec: executable %s failed with exit code %d%s%s", x->command,
                       WEXITSTATUS(r->status), sep, buf_str(&said));
    }
    buf_clear(&said);
    return code;
}
