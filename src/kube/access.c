// SPDX-License-Identifier: Apache-2.0
#include "kube/access.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/vec.h"

#include <string.h>
#include <strings.h>

void kube_secret_free(char *s)
{
    if (s)
        mem_wipe(s, strlen(s));
    mem_free(s);
}

void kube_material_clear(struct kube_material *m)
{
    if (m->data)
        mem_wipe(m->data, m->len);
    mem_free(m->data);
    mem_free(m->file);
    *m = (struct kube_material){0};
}

static void material_copy(struct kube_material *to, const struct kube_material *from)
{
    *to = (struct kube_material){0};
    if (from->file)
        to->file = mem_strdup(from->file);
    if (from->data) {
        to->data = mem_strndup(from->data, from->len);
        to->len = from->len;
    }
}

void kube_string_list_add(struct kube_string_list *l, const char *s)
{
    /* Grows at powers of two, so that no capacity needs to be kept. */
    if ((l->len & (l->len - 1)) == 0)
        l->items = mem_reallocarray(l->items, l->len ? l->len * 2 : 1, sizeof(*l->items));
    l->items[l->len++] = mem_strdup(s);
}

void kube_string_list_clear(struct kube_string_list *l)
{
    for (size_t i = 0; i < l->len; i++)
        kube_secret_free(l->items[i]);
    mem_free(l->items);
    *l = (struct kube_string_list){0};
}

static void list_copy(struct kube_string_list *to, const struct kube_string_list *from)
{
    *to = (struct kube_string_list){0};
    for (size_t i = 0; i < from->len; i++)
        kube_string_list_add(to, from->items[i]);
}

static char *copy_or_null(const char *s)
{
    return s ? mem_strdup(s) : NULL;
}

void kube_exec_config_free(struct kube_exec_config *x)
{
    if (!x)
        return;
    mem_free(x->api_version);
    mem_free(x->command);
    mem_free(x->install_hint);
    mem_free(x->cluster_config_json);
    kube_string_list_clear(&x->args);
    for (size_t i = 0; i < x->env_len; i++) {
        mem_free(x->env[i].name);
        kube_secret_free(x->env[i].value);
    }
    mem_free(x->env);
    mem_free(x);
}

struct kube_exec_config *kube_exec_config_copy(const struct kube_exec_config *x)
{
    if (!x)
        return NULL;
    struct kube_exec_config *c = mem_new(struct kube_exec_config);
    *c = *x;
    c->api_version = copy_or_null(x->api_version);
    c->command = copy_or_null(x->command);
    c->install_hint = copy_or_null(x->install_hint);
    c->cluster_config_json = copy_or_null(x->cluster_config_json);
    list_copy(&c->args, &x->args);
    c->env = mem_calloc(x->env_len, sizeof(*c->env));
    for (size_t i = 0; i < x->env_len; i++) {
        c->env[i].name = mem_strdup(x->env[i].name);
        c->env[i].value = mem_strdup(x->env[i].value);
    }
    return c;
}

void kube_access_init(struct kube_access *a)
{
    *a = (struct kube_access){0};
}

void kube_access_clear(struct kube_access *a)
{
    mem_free(a->context);
    mem_free(a->cluster);
    mem_free(a->user);
    mem_free(a->namespace_);
    mem_free(a->origin);
    mem_free(a->server);
    mem_free(a->tls_server_name);
    kube_secret_free(a->proxy_url); /* may hold a password */
    kube_material_clear(&a->ca);
    kube_material_clear(&a->client_cert);
    kube_material_clear(&a->client_key);
    kube_secret_free(a->token);
    mem_free(a->token_file);
    mem_free(a->username);
    kube_secret_free(a->password);
    kube_exec_config_free(a->exec);
    mem_free(a->auth_provider);
    mem_free(a->impersonate.user);
    mem_free(a->impersonate.uid);
    kube_string_list_clear(&a->impersonate.groups);
    for (size_t i = 0; i < a->impersonate.extra_len; i++) {
        mem_free(a->impersonate.extra[i].key);
        kube_string_list_clear(&a->impersonate.extra[i].values);
    }
    mem_free(a->impersonate.extra);
    err_clear(&a->problem);
    for (size_t i = 0; i < a->problems_len; i++)
        err_clear(&a->problems[i].err);
    mem_free(a->problems);
    kube_access_init(a);
}

void kube_access_copy(struct kube_access *to, const struct kube_access *from)
{
    *to = *from; /* the plain fields; every pointer is replaced below */
    to->context = copy_or_null(from->context);
    to->cluster = copy_or_null(from->cluster);
    to->user = copy_or_null(from->user);
    to->namespace_ = copy_or_null(from->namespace_);
    to->origin = copy_or_null(from->origin);
    to->server = copy_or_null(from->server);
    to->tls_server_name = copy_or_null(from->tls_server_name);
    to->proxy_url = copy_or_null(from->proxy_url);
    material_copy(&to->ca, &from->ca);
    material_copy(&to->client_cert, &from->client_cert);
    material_copy(&to->client_key, &from->client_key);
    to->token = copy_or_null(from->token);
    to->token_file = copy_or_null(from->token_file);
    to->username = copy_or_null(from->username);
    to->password = copy_or_null(from->password);
    to->exec = kube_exec_config_copy(from->exec);
    to->auth_provider = copy_or_null(from->auth_provider);
    to->impersonate.user = copy_or_null(from->impersonate.user);
    to->impersonate.uid = copy_or_null(from->impersonate.uid);
    list_copy(&to->impersonate.groups, &from->impersonate.groups);
    to->impersonate.extra = mem_calloc(from->impersonate.extra_len, sizeof(struct kube_extra));
    for (size_t i = 0; i < from->impersonate.extra_len; i++) {
        to->impersonate.extra[i].key = mem_strdup(from->impersonate.extra[i].key);
        list_copy(&to->impersonate.extra[i].values, &from->impersonate.extra[i].values);
    }
    err_copy(&to->problem, &from->problem);
    to->problems = mem_calloc(from->problems_len, sizeof(*to->problems));
    for (size_t i = 0; i < from->problems_len; i++) {
        err_copy(&to->problems[i].err, &from->problems[i].err);
        to->problems[i].blocks = from->problems[i].blocks;
    }
}

void kube_access_add_problem(struct kube_access *a, struct err *e, bool blocks)
{
    if (blocks && !a->problem.code)
        err_copy(&a->problem, e);
    a->problems = mem_reallocarray(a->problems, a->problems_len + 1, sizeof(*a->problems));
    struct kube_problem *p = &a->problems[a->problems_len++];
    err_move(&p->err, e);
    p->blocks = blocks;
}

bool kube_access_usable(const struct kube_access *a)
{
    return !a->problem.code && a->server;
}

bool kube_access_is_https(const struct kube_access *a)
{
    return a->server && strncasecmp(a->server, "https://", 8) == 0;
}

static const char *material_word(const struct kube_material *m)
{
    return m->data ? "inline" : "file";
}

/* In the order of precedence of credentials.h. */
char *kube_access_login_words(const struct kube_access *a)
{
    bool has_cert = a->client_cert.data || a->client_cert.file;
    struct buf b;
    buf_init(&b, BUF_SMALL);
    const char *sep = "";
    if (has_cert) {
        buf_printf(&b, "client certificate (%s)", material_word(&a->client_cert));
        sep = ", ";
    }
    if (a->token_file) {
        buf_printf(&b, "%stoken file %.1000s", sep, a->token_file);
        sep = ", ";
    } else if (a->token) {
        buf_printf(&b, "%stoken", sep);
        sep = ", ";
    } else if (a->username) {
        buf_printf(&b, "%sname and password", sep);
        sep = ", ";
    }
    if (a->exec && !b.len) {
        const char *command = a->exec->command ? a->exec->command : "without command";
        buf_printf(&b, "exec plugin %.1000s", command);
        if (a->exec->interactive == KUBE_EXEC_ALWAYS)
            buf_puts(&b, ", asks a person");
        sep = ", ";
    }
    if (a->auth_provider && !b.len) {
        buf_printf(&b, "auth provider %.200s", a->auth_provider);
        sep = ", ";
    }
    if (!b.len) {
        buf_puts(&b, "none");
        sep = ", ";
    }
    if (a->impersonate.user)
        buf_printf(&b, "%sas %.1000s", sep, a->impersonate.user);
    if (b.len && a->server && !kube_access_is_https(a))
        buf_puts(&b, "; nothing is sent: not https");
    return buf_take(&b);
}
