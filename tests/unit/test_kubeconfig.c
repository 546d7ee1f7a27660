// SPDX-License-Identifier: Apache-2.0
/* Finding, merging and judging kubeconfig files. What kubectl 1.32 says to the same entries was
 * looked at for each message. */
#include "unit.h"

#include "base/buf.h"
#include "base/mem.h"
#include "kube/kubeconfig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/leeway-kubeconfig-XXXXXX";

static char *path_of(const char *name)
{
    return mem_printf("%s/%s", dir, name);
}

static void put(const char *name, const char *text)
{
    char *path = path_of(name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    mem_free(path);
}

struct env {
    const char *kubeconfig, *home, *host, *port, *proxy;
};

static const char *get_env(void *ctx, const char *name)
{
    const struct env *e = ctx;
    const struct {
        const char *name, *value;
    } all[] = {{"KUBECONFIG", e->kubeconfig},
               {"HOME", e->home},
               {"KUBERNETES_SERVICE_HOST", e->host},
               {"KUBERNETES_SERVICE_PORT", e->port},
               {"HTTPS_PROXY", e->proxy}};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].value;
    return NULL;
}

static struct kubeconfig *load(const char *name, struct env *env, struct err *e)
{
    static struct env none = {.home = "/nonexistent"};
    char *path = name ? path_of(name) : NULL;
    struct kubeconfig_options o = {
        .path = path, .env = get_env, .env_ctx = env ? env : &none, .max_bytes = 1u << 20};
    o.pod_dir = dir;
    struct kubeconfig *kc = kubeconfig_load(&o, e);
    mem_free(path);
    return kc;
}

/* All problems of an access, one a line: "!" for those that block, the folder left out. */
static char *problems_of(const struct kube_access *a)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    for (size_t i = 0; i < a->problems_len; i++) {
        char *s = err_format(&a->problems[i].err);
        buf_printf(&b, "%s%s", b.len ? "\n" : "", a->problems[i].blocks ? "!" : "");
        for (const char *p = s; *p;) {
            if (strncmp(p, dir, strlen(dir)) == 0)
                p += strlen(dir) + 1;
            else
                buf_putc(&b, *p++);
        }
        mem_free(s);
    }
    return buf_take(&b);
}

#define OK_CLUSTER "{\"server\": \"https://a\"}"
#define OK_CONTEXT "{\"cluster\": \"a\", \"user\": \"u\"}"
#define WHOLE "kubectl refuses the whole file for this"
#define QUOTE "put it in quotes; kubectl refuses the whole file for this"
#define EXEC(body) "{\"exec\": {" body "}}"

static void broken_entries(void **state)
{
    static const struct {
        const char *cluster, *user, *context, *problems;
    } cases[] = {
        {OK_CLUSTER, "{}", OK_CONTEXT, ""},
        /* clusters: line 1, bodies begin at column 40 */
        {"{}", "{}", OK_CONTEXT,
         "!f:1:15: no server found for cluster \"a\" (add server: https://HOST:PORT)"},
        {"{\"server\": 5}", "{}", OK_CONTEXT,
         "!f:1:51: server of cluster \"a\" is integer, a string is needed (" QUOTE ")"},
        {"{\"server\": [\"x\"]}", "{}", OK_CONTEXT,
         "!f:1:51: server of cluster \"a\" is list, a string is needed (" WHOLE ")"},
        {"{\"server\": \"ftp://a\"}", "{}", OK_CONTEXT,
         "!f:1:51: server of cluster \"a\" is no address of an API server: it must begin with "
         "https:// or http:// (write https://HOST:PORT)"},
        {"{\"server\": \"a:8080\"}", "{}", OK_CONTEXT,
         "f:1:51: server of cluster \"a\" has no scheme and is taken for http://a:8080 (write the "
         "scheme)"},
        {"{\"server\": \"a:8080\", \"insecure-skip-tls-verify\": true}", "{}", OK_CONTEXT,
         "f:1:51: server of cluster \"a\" has no scheme and is taken for https://a:8080 (write the "
         "scheme)"},
        {"7", "{}", OK_CONTEXT,
         "!f:1:40: cluster \"a\" is integer, a map is needed (" WHOLE ")\n"
         "!f:1:15: no server found for cluster \"a\" (add server: https://HOST:PORT)"},
        {"{\"server\": \"https://a\", \"proxy-url\": \"ftp://x\"}", "{}", OK_CONTEXT,
         "!f:1:77: invalid 'proxy-url' for cluster \"a\": unsupported scheme \"ftp\", must be "
         "http, "
         "https, or socks5 (for example proxy-url: http://proxy.example:3128)"},
        {"{\"server\": \"https://a\", \"certificate-authority-data\": \"a!b\"}", "{}", OK_CONTEXT,
         "!f:1:94: certificate-authority-data of cluster \"a\" is no base64 (" WHOLE ")"},
        {"{\"server\": \"https://a\", \"certificate-authority-data\": \"YQ==\"}", "{}", OK_CONTEXT,
         "!f:1:94: certificate-authority-data of cluster \"a\": it holds no PEM block"},
        {"{\"server\": \"https://a\", \"certificate-authority\": \"no.crt\"}", "{}", OK_CONTEXT,
         "!f:1:89: certificate-authority of cluster \"a\": cannot read no.crt: No such file or "
         "directory"},
        {"{\"server\": \"https://a\", \"certificate-authority\": \"ca.crt\", "
         "\"insecure-skip-tls-verify\": true}",
         "{}", OK_CONTEXT,
         "!f:1:127: specifying a root certificates file with the insecure flag is not allowed "
         "(cluster \"a\") (remove insecure-skip-tls-verify: the authority is there)"},
        {"{\"server\": \"https://a\", \"insecure-skip-tls-verify\": \"yes\"}", "{}", OK_CONTEXT,
         "!f:1:92: insecure-skip-tls-verify of cluster \"a\" is string, true or false is needed "
         "(" WHOLE ")"},
        /* users: line 2, bodies begin at column 34 */
        {OK_CLUSTER, "{\"token\": 12}", OK_CONTEXT,
         "!f:2:44: token of user \"u\" is integer, a string is needed (" QUOTE ")"},
        {OK_CLUSTER, "{\"token\": \"t\", \"username\": \"x\", \"password\": \"y\"}", OK_CONTEXT,
         "!f:2:12: more than one authentication method found for u; found [token basicAuth], only "
         "one is allowed (remove token or username and password)"},
        {OK_CLUSTER, "{\"token\": \"a\\nb\"}", OK_CONTEXT,
         "!f:2:44: the token of user \"u\" holds control characters (remove line breaks from it)"},
        {OK_CLUSTER, "{\"token\": \"a\\u0000b\"}", OK_CONTEXT,
         "!f:2:44: token of user \"u\" holds a NUL byte"},
        {OK_CLUSTER, "{\"client-certificate\": \"ca.crt\"}", OK_CONTEXT,
         "!f:2:12: client-key-data or client-key must be specified for u to use the clientCert "
         "authentication method."},
        {OK_CLUSTER, "{\"client-certificate\": \"ca.crt\", \"client-key\": \"other.key\"}",
         OK_CONTEXT,
         "!f:2:81: client-key of user \"u\": the key does not belong to the certificate"},
        {OK_CLUSTER, "{\"client-certificate\": \"ca.crt\", \"client-key\": \"locked.key\"}",
         OK_CONTEXT,
         "!f:2:81: client-key of user \"u\": the key is encrypted (kubeconfig has no place for a "
         "passphrase; store the key without one)"},
        {OK_CLUSTER, "{\"client-certificate\": \"old.crt\", \"client-key\": \"ca.key\"}",
         OK_CONTEXT,
         "f:2:57: the client certificate of user \"u\" expired on 2001-01-02T00:00:00Z (fetch a "
         "new "
         "kubeconfig from whoever runs the cluster)"},
        {OK_CLUSTER, "{\"tokenFile\": \"none\"}", OK_CONTEXT,
         "!f:2:48: tokenFile of user \"u\": cannot read none: No such file or directory"},
        {OK_CLUSTER, "{\"tokenFile\": \"~/t\", \"token\": \"x\"}", OK_CONTEXT,
         "f:2:48: tokenFile of user \"u\" begins with ~, which stands for no home here (write the "
         "path out; kubectl takes it for a folder named ~ too)"},
        {OK_CLUSTER,
         EXEC("\"command\": \"x\", \"apiVersion\": \"client.authentication.k8s.io/v1\""),
         OK_CONTEXT,
         "!f:2:43: interactiveMode must be specified for u to use exec authentication plugin (add "
         "interactiveMode: IfAvailable, Never or Always)"},
        {OK_CLUSTER,
         EXEC("\"command\": \"x\", \"apiVersion\": \"client.authentication.k8s.io/v1beta1\""),
         OK_CONTEXT, ""},
        {OK_CLUSTER,
         EXEC("\"command\": \"x\", \"apiVersion\": \"client.authentication.k8s.io/v1alpha1\""),
         OK_CONTEXT,
         "!f:2:74: exec plugin: invalid apiVersion \"client.authentication.k8s.io/v1alpha1\" "
         "(renew "
         "the entry with the tool that wrote it; client.authentication.k8s.io/v1 and v1beta1 are "
         "known)"},
        {OK_CLUSTER, EXEC(""), OK_CONTEXT,
         "!f:2:43: command must be specified for u to use exec authentication plugin\n"
         "!f:2:43: apiVersion must be specified for u to use exec authentication plugin (add "
         "apiVersion: client.authentication.k8s.io/v1)"},
        {OK_CLUSTER,
         EXEC("\"command\": \"x\", \"apiVersion\": \"client.authentication.k8s.io/v1\", "
              "\"interactiveMode\": \"Often\", \"env\": [{\"value\": \"x\"}], \"args\": [1]"),
         OK_CONTEXT,
         "!f:2:171: args[0] of the exec plugin of user \"u\" is integer, a string is needed (" QUOTE
         ")\n"
         "!f:2:145: env variable name must be specified for u to use exec authentication plugin\n"
         "!f:2:128: invalid interactiveMode for u: \"Often\" (IfAvailable, Never or Always)"},
        {OK_CLUSTER,
         "{\"token\": \"t\", \"exec\": {\"command\": \"x\", \"apiVersion\": "
         "\"client.authentication.k8s.io/v1beta1\"}}",
         OK_CONTEXT,
         "f:2:57: the exec plugin of user \"u\" is not run: other credentials come first (remove "
         "the "
         "token, password or certificate if the plugin is meant)"},
        {OK_CLUSTER, "{\"auth-provider\": {\"name\": \"gcp\"}}", OK_CONTEXT,
         "!f:2:52: the auth-provider \"gcp\" of user \"u\" is of a kind that was replaced by exec "
         "plugins (install gke-gcloud-auth-plugin and run gcloud container clusters "
         "get-credentials)"},
        {OK_CLUSTER, "{\"as-groups\": [\"g\"]}", OK_CONTEXT,
         "!f:2:12: requesting uid, groups or user-extra for u without impersonating a user (add "
         "as: "
         "NAME)"},
        {OK_CLUSTER, "{\"as\": \"x\", \"as-user-extra\": {\"k\": \"v\"}}", OK_CONTEXT,
         "!f:2:69: k of user \"u\" is string, a list is needed (" WHOLE ")"},
        /* contexts: line 3, bodies begin at column 40 */
        {OK_CLUSTER, "{}", "{\"cluster\": \"b\", \"user\": \"v\"}",
         "!f:3:65: user \"v\" was not found for context \"c\"\n"
         "!f:3:52: cluster \"b\" was not found for context \"c\""},
        {OK_CLUSTER, "{}", "{}",
         "!f:3:15: cluster was not specified for context \"c\" (add cluster: NAME)"},
        {OK_CLUSTER, "{}", "{\"cluster\": \"a\", \"namespace\": \"Bad NS\"}",
         "!f:3:70: namespace \"Bad NS\" for context \"c\" does not conform to the kubernetes "
         "DNS_LABEL rules"},
        {"{\"server\": \"http://a\"}", "{\"token\": \"t\"}", OK_CONTEXT,
         "f:3:15: the server of context \"c\" is not https: no credentials are sent (give the "
         "server "
         "https://)"},
    };
    unsigned wrong = 0;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *text = mem_printf("{\"clusters\": [{\"name\": \"a\", \"cluster\": %s}],\n"
                                " \"users\": [{\"name\": \"u\", \"user\": %s}],\n"
                                " \"contexts\": [{\"name\": \"c\", \"context\": %s},\n"
                                "  {\"name\": \"well\", \"context\": {\"cluster\": \"well\"}}]}",
                                cases[i].cluster, cases[i].user, cases[i].context);
        put("f", text);
        struct err e = ERR_INIT;
        struct kubeconfig *kc = load("f", NULL, &e);
        struct kube_access a;
        assert_int_equal(e.code, 0);
        assert_int_equal(kubeconfig_access(kc, "c", &a, &e), 0);
        char *got = problems_of(&a);
        if (strcmp(got, cases[i].problems) != 0)
            print_error("case %zu\n%s\ninstead of\n%s\n", i, got, cases[i].problems), wrong++;
        assert_int_equal(strchr(got, '!') != NULL && (got[0] == '!' || strstr(got, "\n!")),
                         !kube_access_usable(&a));
        mem_free(got);
        kube_access_clear(&a);
        kubeconfig_free(kc);
        mem_free(text);
    }
    assert_int_equal(wrong, 0);
}

static void one_bad_entry_leaves_the_others(void **state)
{
    struct err e = ERR_INIT;
    struct kube_access a;
    put("f", "{\"clusters\": [\n"
             " {\"name\": \"a\", \"cluster\": {\"server\": \"https://one\"}},\n"
             " {\"name\": \"a\", \"cluster\": {\"server\": \"https://two\"}},\n"
             " {\"name\": \"same\", \"cluster\": {\"server\": \"https://s\"}},\n"
             " {\"name\": \"same\", \"cluster\": {\"server\": \"https://s\"}},\n"
             " {\"cluster\": {\"server\": \"https://nameless\"}},\n"
             " 5,\n"
             " {\"name\": 7},\n"
             " {\"name\": \"b\", \"cluster\": {\"server\": \"https://b\"}}],\n"
             "\"users\": 3,\n"
             "\"contexts\": [{\"name\": \"x\", \"context\": {\"cluster\": \"a\"}},\n"
             " {\"name\": \"s\", \"context\": {\"cluster\": \"same\"}},\n"
             " {\"name\": \"y\", \"context\": {\"cluster\": \"b\"}}],\n"
             "\"current-context\": \"gone\"}");
    struct kubeconfig *kc = load("f", NULL, &e);
    assert_int_equal(kubeconfig_context_count(kc), 3);
    assert_int_equal(kubeconfig_access(kc, "y", &a, &e), 0);
    assert_true(kube_access_usable(&a));
    kube_access_clear(&a);

    assert_int_equal(kubeconfig_access(kc, "x", &a, &e), 0);
    assert_false(kube_access_usable(&a)); /* which of the two? */
    assert_string_equal(a.problem.text,
                        "duplicate name \"a\" in list clusters: line 3 defines it differently");
    assert_string_equal(a.problem.hint, "rename or remove one of them; " WHOLE);
    assert_int_equal(a.problem.line, 2);
    kube_access_clear(&a);

    assert_int_equal(kubeconfig_access(kc, "s", &a, &e), 0);
    assert_true(kube_access_usable(&a));
    assert_int_equal(a.problems_len, 1);
    kube_access_clear(&a);

    static const char *const want[] = {
        "clusters[4] has no name", "clusters[5] is integer, a map with name and cluster is needed",
        "the name of clusters[6] is integer, a string is needed",
        "users is integer, a list is needed", "current-context \"gone\" does not exist"};
    const struct kubeconfig_source *s = kubeconfig_source_at(kc, 0);
    assert_int_equal(s->problems_len, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        assert_string_equal(s->problems[i].err.text, want[i]);
    assert_int_equal(kubeconfig_access(kc, NULL, &a, &e), ERR_NOT_FOUND);
    assert_string_equal(e.text, "context \"gone\" does not exist");
    err_clear(&e);
    kube_access_clear(&a);
    kubeconfig_free(kc);
}

static void files_merge_and_the_first_wins(void **state)
{
    char *sub = path_of("sub");
    mkdir(sub, 0700);
    put("one", "{\"clusters\": [{\"name\": \"a\", \"cluster\": {\"server\": \"https://one\"}}],"
               "\"contexts\": [{\"name\": \"c\", \"context\": {\"cluster\": \"a\", \"user\": "
               "\"red\"}}], \"current-context\": \"\"}");
    put("sub/two", "{\"clusters\": [{\"name\": \"a\", \"cluster\": {\"server\": \"https://two\", "
                   "\"tls-server-name\": \"not mixed in\"}}],"
                   "\"users\": [{\"name\": \"red\", \"user\": {\"tokenFile\": \"tok\", \"exec\": "
                   "{\"command\": "
                   "\"./plug\", \"apiVersion\": \"client.authentication.k8s.io/v1beta1\"}}}],"
                   "\"contexts\": [{\"name\": \"d\", \"context\": {\"cluster\": \"a\", "
                   "\"namespace\": \"n\"}}],"
                   "\"current-context\": \"d\"}");
    put("sub/tok", "t");
    put("broken", "{\"clusters\": [");
    char *list =
        mem_printf(":%s/one::%s/none:%s/broken:%s/sub/two:%s/one", dir, dir, dir, dir, dir);
    struct env env = {.kubeconfig = list, .home = dir};
    struct err e = ERR_INIT;
    struct kube_access a;
    struct kubeconfig *kc = load(NULL, &env, &e);
    assert_int_equal(e.code, 0);
    assert_int_equal(kubeconfig_context_count(kc), 2);
    assert_string_equal(kubeconfig_current(kc), "d"); /* the first that is not empty */
    assert_int_equal(kubeconfig_access(kc, "c", &a, &e), 0);
    assert_string_equal(a.server, "https://one");
    assert_null(a.tls_server_name);
    assert_string_equal(a.namespace_, "default");
    char *tok = path_of("sub/tok"), *plug = path_of("sub/plug");
    assert_string_equal(a.token_file, tok); /* beside the file that defines the user */
    assert_string_equal(a.exec->command, plug);
    char *words = kube_access_login_words(&a), *want = mem_printf("token file %s", tok);
    assert_string_equal(words, want);
    kube_access_clear(&a);
    assert_int_equal(kubeconfig_access(kc, NULL, &a, &e), 0);
    assert_string_equal(a.context, "d");
    assert_string_equal(a.namespace_, "n");
    kube_access_clear(&a);

    static const enum kubeconfig_found found[] = {KUBECONFIG_READ,     KUBECONFIG_ABSENT,
                                                  KUBECONFIG_BROKEN,   KUBECONFIG_READ,
                                                  KUBECONFIG_NOT_USED, KUBECONFIG_NOT_USED};
    assert_int_equal(kubeconfig_source_count(kc), ARRAY_LEN(found));
    for (size_t i = 0; i < ARRAY_LEN(found); i++)
        assert_int_equal(kubeconfig_source_at(kc, i)->found, found[i]);
    assert_int_equal(kubeconfig_source_at(kc, 2)->problem.code, ERR_SYNTAX);
    kubeconfig_free(kc);
    char *strings[] = {list, tok, plug, words, want, sub};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        mem_free(strings[i]);
}

static void hostile_files(void **state)
{
    struct err e = ERR_INIT;
    static const struct {
        const char *name, *text;
        int code;
        const char *says;
    } cases[] = {
        {"absent", NULL, ERR_NOT_FOUND, "No such file"},
        {"empty", "", ERR_NOT_FOUND, "no kubeconfig defines a context"},
        {"list", "[1]", ERR_TYPE, "a kubeconfig is a map, this is list"},
        {"pod", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}", ERR_INVALID,
         "kind is Pod, a kubeconfig has kind Config"},
        {"v2", "{\"apiVersion\": \"v2\", \"kind\": \"Config\"}", ERR_UNSUPPORTED,
         "apiVersion is v2, only v1 is known"},
        {"binary", "\177ELF\1\2\3\xff\xfe", ERR_SYNTAX, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (cases[i].text)
            put(cases[i].name, cases[i].text);
        struct kubeconfig *kc = load(cases[i].name, NULL, &e);
        if (e.code != cases[i].code || !strstr(e.text, cases[i].says))
            fail_msg("%s: %d %s", cases[i].name, e.code, e.text);
        err_clear(&e);
        kubeconfig_free(kc);
    }
    char *path = path_of("large");
    FILE *f = fopen(path, "w");
    fseek(f, 100 << 20, SEEK_SET); /* a hole is enough */
    fputc('x', f);
    fclose(f);
    struct kubeconfig *kc = load("large", NULL, &e);
    assert_int_equal(e.code, ERR_LIMIT);
    assert_non_null(strstr(e.text, "104857601 bytes, at most 1048576 are read"));
    err_clear(&e);
    kubeconfig_free(kc);
    assert_int_equal(truncate(path, 1000), 0); /* NUL bytes only */
    kc = load("large", NULL, &e);
    assert_int_equal(e.code, ERR_SYNTAX);
    assert_string_equal(e.text, "byte 0 is NUL: this is no text file");
    err_clear(&e);
    kubeconfig_free(kc);
    mem_free(path);
    kc = load("sub", NULL, &e);
    assert_int_equal(e.code, ERR_TYPE);
    assert_non_null(strstr(e.text, "it is a directory"));
    err_clear(&e);
    kubeconfig_free(kc);
}

static void in_a_pod(void **state)
{
    struct env env = {
        .home = "/nonexistent", .host = "fd00::1", .port = "443", .proxy = "http://p"};
    struct err e = ERR_INIT;
    struct kube_access a;
    put("token", "t");
    put("namespace", "mine\n");
    struct kubeconfig *kc = load(NULL, &env, &e);
    assert_int_equal(e.code, 0);
    assert_int_equal(kubeconfig_context_count(kc), 1);
    assert_int_equal(kubeconfig_access(kc, NULL, &a, &e), 0);
    assert_string_equal(a.context, "in-cluster");
    assert_string_equal(a.server, "https://[fd00::1]:443");
    assert_string_equal(a.namespace_, "mine");
    assert_string_equal(a.proxy_url, "http://p");
    assert_non_null(a.ca.file);
    kube_access_clear(&a);
    kubeconfig_free(kc);
    env.host = NULL;
    kc = load(NULL, &env, &e);
    assert_int_equal(e.code, ERR_NOT_FOUND);
    static const char *const words[] = {"not set", "no such file", "not in a pod"};
    assert_int_equal(kubeconfig_source_count(kc), 3);
    for (size_t i = 0; i < 3; i++) {
        char *s = kubeconfig_source_words(kubeconfig_source_at(kc, i));
        assert_string_equal(s, words[i]);
        mem_free(s);
    }
    err_clear(&e);
    kubeconfig_free(kc);
}

static void everything_at_once(void **state)
{
    struct err e = ERR_INIT;
    struct kube_access a, b;
    put("f",
        "{\"clusters\": [{\"name\": \"a\", \"cluster\": {\"server\": \"https://a:6443/x/\", "
        "\"tls-server-name\": \"n\", \"disable-compression\": true, \"proxy-url\": "
        "\"socks5://p:1080\", \"certificate-authority\": \"ca.crt\", \"extensions\": [{\"name\": "
        "\"client.authentication.k8s.io/exec\", \"extension\": {\"k\": [1, \"v\"]}}]}}],"
        "\"users\": [{\"name\": \"u\", \"user\": {\"as\": \"alice\", \"as-uid\": \"7\", "
        "\"as-groups\": [\"g\", \"h\"], \"as-user-extra\": {\"k\": [\"v\", \"w\"]}, \"exec\": "
        "{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"interactiveMode\": \"Never\", "
        "\"command\": \"aws\", \"args\": [\"eks\", \"get-token\"], \"env\": [{\"name\": \"A\", "
        "\"value\": \"b\"}], \"provideClusterInfo\": true, \"installHint\": \"h\"}}}],"
        "\"contexts\": [{\"name\": \"c\", \"context\": {\"cluster\": \"a\", \"user\": \"u\"}}]}");
    struct kubeconfig *kc = load("f", NULL, &e);
    assert_int_equal(kubeconfig_access(kc, "c", &a, &e), 0);
    kubeconfig_free(kc);
    kube_access_copy(&b, &a);
    kube_access_clear(&a);
    assert_int_equal(b.problems_len, 0);
    assert_string_equal(b.server, "https://a:6443/x");
    assert_string_equal(b.proxy_url, "socks5://p:1080");
    assert_string_equal(b.tls_server_name, "n");
    assert_true(b.disable_compression);
    assert_string_equal(b.exec->command, "aws"); /* a bare name stays one */
    assert_string_equal(b.exec->args.items[1], "get-token");
    assert_string_equal(b.exec->env[0].value, "b");
    assert_int_equal(b.exec->interactive, KUBE_EXEC_NEVER);
    assert_true(b.exec->provide_cluster_info);
    assert_string_equal(b.exec->cluster_config_json, "{\"k\":[1,\"v\"]}");
    assert_string_equal(b.impersonate.groups.items[1], "h");
    assert_string_equal(b.impersonate.extra[0].values.items[1], "w");
    char *words = kube_access_login_words(&b);
    assert_string_equal(words, "exec plugin aws, as alice");
    mem_free(words);
    kube_access_clear(&b);
}

static int make_dir(void **state)
{
    if (!mkdtemp(dir))
        return -1;
    char *c = mem_printf(
        "cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
        "ca.key -out ca.crt -days 2 -subj /CN=a 2>/dev/null && openssl genpkey -algorithm EC "
        "-pkeyopt ec_paramgen_curve:P-256 -out other.key && openssl pkey -in other.key -aes128 "
        "-passout pass:x -out locked.key && openssl req -new -key ca.key -subj /CN=a -out a.csr && "
        "touch index && openssl ca -batch -selfsign -keyfile ca.key -in a.csr -out old.crt -notext "
        "-startdate 20010101000000Z -enddate 20010102000000Z -md sha256 -config /dev/stdin "
        "2>/dev/null "
        "<<X\n[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\nrand_serial=yes\n"
        "policy=p\n[p]\ncommonName=supplied\nX",
        dir);
    int rc = system(c);
    mem_free(c);
    return rc;
}

static int remove_dir(void **state)
{
    char *c = mem_printf("rm -r %s", dir);
    int rc = system(c);
    mem_free(c);
    return rc;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_entries),
        cmocka_unit_test(one_bad_entry_leaves_the_others),
        cmocka_unit_test(files_merge_and_the_first_wins),
        cmocka_unit_test(hostile_files),
        cmocka_unit_test(in_a_pod),
        cmocka_unit_test(everything_at_once),
    };
    return cmocka_run_group_tests_name("kubeconfig", tests, make_dir, remove_dir);
}
