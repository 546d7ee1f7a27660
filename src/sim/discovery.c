// SPDX-License-Identifier: Apache-2.0
/* Discovery in both forms, made from the table of kinds; /version and the health endpoints. */
#include "base/digest.h"
#include "sim/define.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int words_list(struct buf *b, const char *words)
{
    buf_putc(b, '[');
    for (const char *at = words; *at;) {
        size_t n = strcspn(at, " ");
        buf_printf(b, "%s\"%.*s\"", at == words ? "" : ",", (int)n, at);
        at += n + (at[n] == ' ');
    }
    return buf_putc(b, ']');
}

static void categories(struct buf *b, const struct sim_kind *k)
{
    const char *words = sim_kind_categories(k);
    if (!*words)
        return;
    buf_puts(b, ",\"categories\":");
    words_list(b, words);
}

static const char *verbs_of(const struct sim_kind *k)
{
    if (k->made)
        return k->made->of->going ? "delete deletecollection get list watch"
                                  : "delete deletecollection get list patch create update watch";
    return k->ask_only               ? "create"
           : sim_kind_stored(k) != k ? "get list watch"
                                     : "create delete deletecollection get list patch update watch";
}

static const struct {
    unsigned bit;
    const char *name, *group, *version, *kind; /* kind NULL: the object's own */
    const char *verbs;
} subs[] = {
    {SIM_FINALIZE, "finalize", NULL, NULL, NULL, "update"},
    {SIM_SCALE, "scale", "autoscaling", "v1", "Scale", "get patch update"},
    {SIM_LOG, "log", NULL, NULL, NULL, "get"},
    {SIM_STATUS, "status", NULL, NULL, NULL, "get patch update"},
};

/* ---- aggregated ---- */

static void aggregated_kind(struct buf *b, const struct sim_kind *k)
{
    buf_printf(b,
               "{\"resource\":\"%s\",\"responseKind\":{\"group\":\"%s\",\"version\":\"%s\","
               "\"kind\":\"%s\"},\"scope\":\"%s\",\"singularResource\":\"%s\",\"verbs\":",
               k->plural, k->made ? k->group : "", k->made ? k->version : "", k->kind,
               k->namespaced ? "Namespaced" : "Cluster", k->singular);
    words_list(b, verbs_of(k));
    if (k->short_names[0]) {
        buf_puts(b, ",\"shortNames\":");
        words_list(b, k->short_names);
    }
    categories(b, k);
    const struct sim_kind own = {.group = k->made ? k->group : "",
                                 .version = k->made ? k->version : ""};
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(subs); i++) {
        if (!(k->sub & subs[i].bit))
            continue;
        buf_printf(b,
                   "%s{\"subresource\":\"%s\",\"responseKind\":{\"group\":\"%s\",\"version\":"
                   "\"%s\",\"kind\":\"%s\"},\"verbs\":",
                   any ? "," : ",\"subresources\":[", subs[i].name,
                   subs[i].kind ? subs[i].group : own.group,
                   subs[i].kind ? subs[i].version : own.version,
                   subs[i].kind ? subs[i].kind : k->kind);
        words_list(b, subs[i].verbs);
        buf_putc(b, '}');
        any = true;
    }
    buf_puts(b, any ? "]}" : "}");
}

static bool same_version(const struct sim_kind *a, const struct sim_kind *b)
{
    return strcmp(a->group, b->group) == 0 && strcmp(a->version, b->version) == 0;
}

static void aggregated(const sim_kind_vec *all, struct buf *b, bool core)
{
    buf_puts(b, "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\","
                "\"metadata\":{},\"items\":[");
    const struct sim_kind *last = NULL;
    for (size_t i = 0; i < all->len; i++) {
        const struct sim_kind *k = all->items[i];
        if (!k->group[0] != core)
            continue;
        bool group = !last || strcmp(last->group, k->group) != 0;
        bool version = group || !same_version(last, k);
        if (version && last)
            buf_puts(b, "],\"freshness\":\"Current\"}");
        if (group) {
            buf_puts(b, last ? "]},{\"metadata\":{" : "{\"metadata\":{");
            if (!core)
                buf_printf(b, "\"name\":\"%s\",", k->group);
            buf_puts(b, "\"creationTimestamp\":null},\"versions\":[");
        }
        if (version)
            buf_printf(b, "%s{\"version\":\"%s\",\"resources\":[", group ? "" : ",", k->version);
        else
            buf_putc(b, ',');
        aggregated_kind(b, k);
        last = k;
    }
    buf_puts(b, last ? "],\"freshness\":\"Current\"}]}]}" : "]}");
}

/* ---- plain ---- */

/* The members of an APIGroup, of the kinds from `at` on that are of one group; where it ends. */
static size_t plain_group(const sim_kind_vec *all, size_t at, struct buf *b)
{
    const struct sim_kind *first = all->items[at], *last = NULL;
    buf_printf(b, "\"name\":\"%s\",\"versions\":[", first->group);
    for (; at < all->len && strcmp(all->items[at]->group, first->group) == 0; at++) {
        const struct sim_kind *k = all->items[at];
        if (last && same_version(last, k))
            continue;
        buf_printf(b, "%s{\"groupVersion\":\"%s/%s\",\"version\":\"%s\"}", last ? "," : "",
                   k->group, k->version, k->version);
        last = k;
    }
    buf_printf(b, "],\"preferredVersion\":{\"groupVersion\":\"%s/%s\",\"version\":\"%s\"}}",
               first->group, first->version, first->version);
    return at;
}

static void plain_groups(const sim_kind_vec *all, struct buf *b)
{
    bool any = false;
    buf_puts(b, "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[");
    for (size_t i = 0; i < all->len;) {
        if (!all->items[i]->group[0]) {
            i++;
            continue;
        }
        buf_puts(b, any ? ",{" : "{");
        i = plain_group(all, i, b);
        any = true;
    }
    buf_puts(b, "]}");
}

static void plain_kinds(const sim_kind_vec *all, struct buf *b, const char *group,
                        const char *version)
{
    buf_printf(b,
               "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":"
               "\"%s%s%s\",\"resources\":[",
               group, group[0] ? "/" : "", version);
    bool any = false;
    for (size_t i = 0; i < all->len; i++) {
        const struct sim_kind *k = all->items[i];
        if (strcmp(k->group, group) != 0 || strcmp(k->version, version) != 0)
            continue;
        buf_printf(b,
                   "%s{\"name\":\"%s\",\"singularName\":\"%s\",\"namespaced\":%s,\"kind\":"
                   "\"%s\",\"verbs\":",
                   any ? "," : "", k->plural, k->singular, k->namespaced ? "true" : "false",
                   k->kind);
        words_list(b, verbs_of(k));
        if (k->short_names[0]) {
            buf_puts(b, ",\"shortNames\":");
            words_list(b, k->short_names);
        }
        categories(b, k);
        buf_putc(b, '}');
        for (size_t s = 0; s < ARRAY_LEN(subs); s++) {
            if (!(k->sub & subs[s].bit))
                continue;
            buf_printf(b, ",{\"name\":\"%s/%s\",\"singularName\":\"\",\"namespaced\":%s,",
                       k->plural, subs[s].name, k->namespaced ? "true" : "false");
            if (subs[s].kind)
                buf_printf(b, "\"group\":\"%s\",\"version\":\"%s\",", subs[s].group,
                           subs[s].version);
            buf_printf(b, "\"kind\":\"%s\",\"verbs\":", subs[s].kind ? subs[s].kind : k->kind);
            words_list(b, subs[s].verbs);
            buf_putc(b, '}');
        }
        any = true;
    }
    buf_puts(b, "]}");
}

/* ---- version, health ---- */

static const struct {
    const char *distribution, *suffix;
} suffixes[] = {
    {"gke", "-gke.1140000"},
    {"eks", "-eks-4096722"},
    {"k3s", "+k3s1"},
    {"rke2", "+rke2r1"},
};

const char *sim_version_suffix(const struct sim_cluster *c)
{
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
        if (strcmp(suffixes[i].distribution, c->is.distribution) == 0)
            return suffixes[i].suffix;
    return "";
}

static void version(struct sim_cluster *c, struct buf *b)
{
    const char *v = c->is.kubernetes, *minor = strchr(v, '.') + 1;
    int digits = (int)strcspn(minor, ".");
    buf_printf(b,
               "{\n  \"major\": \"1\",\n  \"minor\": \"%.*s%s\",\n  \"gitVersion\": \"v%s%s\",\n  "
               "\"gitCommit\": \"0000000000000000000000000000000000000000\",\n  "
               "\"gitTreeState\": \"clean\",\n  \"buildDate\": \"2026-09-15T10:00:00Z\",\n  "
               "\"goVersion\": \"go1.26.0\",\n  \"compiler\": \"gc\",\n  \"platform\": "
               "\"linux/amd64\"\n}",
               digits, minor, strcmp(c->is.distribution, "eks") == 0 ? "+" : "", v,
               sim_version_suffix(c));
}

static const char *const checks[] = {
    "ping",
    "log",
    "etcd",
    "informer-sync",
    "poststarthook/start-apiextensions-controllers",
    "poststarthook/rbac/bootstrap-roles",
    "shutdown",
};

static void health(struct sim_cluster *c, const char *which, bool verbose, struct sim_reply *r)
{
    bool ok = !c->not_ready || strcmp(which, "livez") == 0;
    r->type = "text/plain; charset=utf-8";
    r->status = ok ? 200 : 500;
    if (ok && !verbose) {
        buf_puts(&r->body, "ok");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        bool bad = !ok && strcmp(checks[i], "etcd") == 0;
        buf_printf(&r->body, bad ? "[-]%s failed: reason withheld\n" : "[+]%s ok\n", checks[i]);
    }
    buf_printf(&r->body, "%s check %s\n", which, ok ? "passed" : "failed");
}

/* ---- which of them ---- */

static void finish(const struct sim_request *q, struct sim_reply *r)
{
    struct digest d = digest_sha256(r->body.data, r->body.len);
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(&d, hex);
    for (char *s = hex; *s; s++)
        *s = (char)toupper((unsigned char)*s);
    snprintf(r->etag, sizeof(r->etag), "\"%.64s\"", hex);
    if (q->if_none_match && strcmp(q->if_none_match, r->etag) == 0) {
        r->status = 304;
        buf_reset(&r->body);
    }
}

static bool wants_aggregated(const struct sim_request *q)
{
    return q->accept && strstr(q->accept, "as=APIGroupDiscoveryList") && strstr(q->accept, "v=v2;");
}

/* /api, /apis and below them groups and their versions; false: none of these. */
static bool kinds_answer(struct sim_cluster *c, const struct sim_request *q, const char *path,
                         struct sim_reply *r)
{
    char group[128] = "", ver[64] = "v1";
    bool core = strcmp(path, "/api") == 0, found = core || strcmp(path, "/apis") == 0;
    int n = 0;
    if (!found && strncmp(path, "/api", 4) != 0)
        return false;
    sim_kind_vec all;
    sim_kinds_served(c, &all);
    if (found && wants_aggregated(q)) {
        r->type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        aggregated(&all, &r->body, core);
    } else if (core) {
        buf_puts(&r->body, "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],"
                           "\"serverAddressByClientCIDRs\":[]}");
    } else if (found) {
        plain_groups(&all, &r->body);
    }
    if (found)
        finish(q, r);
    bool versions =
        !found && (strcmp(path, "/api/v1") == 0 ||
                   (sscanf(path, "/apis/%127[^/]/%63[^/]%n", group, ver, &n) == 2 && !path[n]));
    bool one = !found && !versions && sscanf(path, "/apis/%127[^/]%n", group, &n) == 1 && !path[n];
    for (size_t i = 0; (versions || one) && !found && i < all.len; i++) {
        if (strcmp(all.items[i]->group, group) != 0 ||
            (versions && strcmp(all.items[i]->version, ver) != 0))
            continue;
        found = true;
        if (versions) {
            plain_kinds(&all, &r->body, group, ver);
        } else {
            buf_puts(&r->body, "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",");
            (void)plain_group(&all, i, &r->body);
        }
    }
    vec_clear(&all);
    return found;
}

bool sim_discovery_answer(struct sim_cluster *c, const struct sim_request *q, const char *path,
                          struct sim_reply *r)
{
    const char *query = strchr(q->target, '?');
    static const char *const healths[] = {"livez", "readyz", "healthz"};
    for (size_t i = 0; i < ARRAY_LEN(healths); i++) {
        if (path[0] == '/' && strcmp(path + 1, healths[i]) == 0) {
            health(c, healths[i], query && strstr(query, "verbose"), r);
            return true;
        }
    }
    if (strcmp(path, "/version") == 0) {
        version(c, &r->body);
        return true;
    }
    return kinds_answer(c, q, path, r);
}
