// SPDX-License-Identifier: Apache-2.0
/* Chance, which a seed decides, and requests to the two servers. */
#include "differential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- chance ---- */

uint64_t diff_draw(struct run *r)
{
    uint64_t z = (r->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

unsigned diff_below(struct run *r, unsigned n)
{
    return (unsigned)(diff_draw(r) % n);
}

bool diff_chance(struct run *r, unsigned percent)
{
    return diff_below(r, 100) < percent;
}

/* ---- requests ---- */

static size_t take(char *data, size_t size, size_t n, void *ctx)
{
    return buf_add(ctx, data, size * n) ? 0 : size * n;
}

void diff_send(struct run *r, int s, const char *method, const char *path, const char *type,
               const char *body)
{
    struct server *to = &r->servers[s];
    struct answer *a = &r->answers[s];
    struct curl_slist *headers = curl_slist_append(NULL, to->authorization);
    char line[200], *url = NULL;
    snprintf(line, sizeof(line), "Content-Type: %s", type);
    headers = curl_slist_append(headers, line);
    headers = curl_slist_append(headers, "Accept: application/json");
    if (asprintf(&url, "%s%s", to->url, path) < 0)
        abort();
    buf_reset(&a->body);
    curl_easy_reset(to->curl);
    curl_easy_setopt(to->curl, CURLOPT_URL, url);
    curl_easy_setopt(to->curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(to->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(to->curl, CURLOPT_SSL_VERIFYPEER, 0L); /* loopback, and a CA of the moment */
    curl_easy_setopt(to->curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(to->curl, CURLOPT_USERAGENT, "differential/1");
    curl_easy_setopt(to->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(to->curl, CURLOPT_WRITEDATA, &a->body);
    curl_easy_setopt(to->curl, CURLOPT_TIMEOUT, 30L);
    if (body) {
        curl_easy_setopt(to->curl, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(to->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    }
    bool watch = strstr(path, "?watch=1") != NULL; /* all has happened: it is there at once */
    if (watch)
        curl_easy_setopt(to->curl, CURLOPT_TIMEOUT_MS, r->wait_ms);
    CURLcode rc = curl_easy_perform(to->curl);
    if (rc && !(watch && rc == CURLE_OPERATION_TIMEDOUT)) {
        fprintf(stderr, "differential: %s %s: %s\n", method, url, curl_easy_strerror(rc));
        exit(2);
    }
    curl_easy_getinfo(to->curl, CURLINFO_RESPONSE_CODE, &a->status);
    a->v = json_read(&r->pool, buf_str(&a->body), a->body.len, NULL, NULL);
    curl_slist_free_all(headers);
    free(url);
}

void diff_both(struct run *r, const char *method, const char *path, const char *type,
               const char *body)
{
    if (r->verbose)
        printf("# %s %s %s\n", method, path, body ? body : "");
    for (int s = 0; s < SERVERS; s++)
        diff_send(r, s, method, path, type, body);
    diff_compare(r);
}
