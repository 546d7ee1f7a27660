// SPDX-License-Identifier: Apache-2.0
/* Judging: what lies there, beside the lock, the signatures and what was seen before. */
#include "catalog/approval_int.h"

#include "base/mem.h"
#include "catalog/signature.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SIGNATURES_MAX 64
#define REASONS_SHOWN 3

struct judging {
    const char *catalog;
    const struct approval_trust *trust;
    struct approval *out;
    const struct approval_lock *lock; /* or NULL */
    char *lock_path;
    struct err *e;
};

static const char *const state_words[] = {"needs no approval", "approved", "pinned", "new",
                                          "not approved",      "altered"};

const char *approval_state_word(enum approval_state s)
{
    return state_words[s];
}

bool approval_usable(const struct approval *a)
{
    return a->state <= APPROVAL_PINNED;
}

int approval_may_use(const struct approval *a, struct err *e)
{
    if (a->state <= APPROVAL_NEW)
        return 0;
    struct buf why;
    const char *hint = NULL;
    buf_init(&why, BUF_LARGE);
    for (size_t i = 0; i < a->n_because; i++) {
        if (i < REASONS_SHOWN)
            buf_printf(&why, "%s %s", i ? ";" : ":", a->because[i].text);
        hint = a->because[i].hint ? a->because[i].hint : hint;
    }
    err_set(e, ERR_FORBIDDEN, "%s is %s%s", a->subject, approval_state_word(a->state),
            buf_str(&why));
    if (hint)
        err_hint(e, "%s", hint);
    buf_clear(&why);
    return ERR_FORBIDDEN;
}

static void because(struct approval *a, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void because(struct approval *a, const char *hint, const char *fmt, ...)
{
    struct err e = ERR_INIT;
    va_list ap;
    va_start(ap, fmt);
    err_vset(&e, ERR_INVALID, fmt, ap);
    va_end(ap);
    a->because = mem_reallocarray(a->because, a->n_because + 1, sizeof(*a->because));
    a->because[a->n_because++] =
        (struct approval_line){mem_strdup(e.text), hint ? mem_strdup(hint) : NULL};
    err_clear(&e);
}

/* The worst that was found stays. */
static void worse(struct approval *a, enum approval_state s)
{
    if (s > a->state)
        a->state = s;
}

/* ---- what lies there ---- */

static const struct val *file_entry(const struct val *entry, const char *path)
{
    const struct val *files = val_get(entry, "files");
    for (size_t i = 0; i < val_count(files); i++)
        if (val_str_is(val_get(val_item(files, i), "path"), path))
            return val_item(files, i);
    return NULL;
}

static bool is_digest(const struct val *v, const struct digest *d)
{
    char text[7 + DIGEST_HEX_LEN + 1] = "sha256:";
    digest_hex(d, text + 7);
    return val_str_is(v, text);
}

static bool same_file(const struct val *entry, const struct file_tree_entry *f)
{
    return is_digest(val_get(entry, "digest"), &f->digest) &&
           val_str_is(val_get(entry, "mode"), f->mode == 0755 ? "755" : "644");
}

bool approval_saw(const struct approval *a, const struct approval_item *item, const char *file,
                  const void *bytes, size_t len)
{
    struct digest d = digest_sha256(bytes, len);
    for (size_t i = 0; i < a->n_pins; i++) {
        const struct approval_pin *p = &a->pins[i];
        if (p->item.kind != item->kind || strcmp(p->item.name, item->name) != 0 ||
            strcmp(p->item.version, item->version) != 0)
            continue;
        for (size_t k = 0; k < p->tree.len; k++)
            if (strcmp(p->tree.items[k].path, file) == 0)
                return digest_equal(&p->tree.items[k].digest, &d);
    }
    return false;
}

static char *shown_path(struct judging *j, const struct approval_item *item, const char *file)
{
    char *path = approval_item_path(j->catalog, item);
    char *full =
        item->kind == APPROVAL_BLUEPRINT ? mem_strdup(path) : mem_printf("%s/%s", path, file);
    mem_free(path);
    return full;
}

static void say_file(struct judging *j, const struct approval_item *item, const char *file,
                     const char *what)
{
    char *path = shown_path(j, item, file);
    char *hint = mem_printf("look at what it is now; if that is right, leeway catalog approve %s",
                            j->out->subject);
    because(j->out, hint, "%s was %s after it was approved", path, what);
    mem_free(hint);
    mem_free(path);
}

/* Every file that is not as the lock has it. */
static void say_differences(struct judging *j, const struct approval_item *item,
                            const struct val *entry, const struct file_tree *t)
{
    const struct val *files = val_get(entry, "files");
    size_t said = j->out->n_because;
    for (size_t i = 0; i < t->len; i++) {
        const struct val *f = file_entry(entry, t->items[i].path);
        if (!f)
            say_file(j, item, t->items[i].path, "added");
        else if (!same_file(f, &t->items[i]))
            say_file(j, item, t->items[i].path,
                     is_digest(val_get(f, "digest"), &t->items[i].digest) ? "given another mode"
                                                                          : "changed");
    }
    for (size_t i = 0; i < val_count(files); i++) {
        const char *path = val_str(val_get(val_item(files, i), "path"), "");
        bool there = false;
        for (size_t k = 0; k < t->len && !there; k++)
            there = strcmp(t->items[k].path, path) == 0;
        if (!there)
            say_file(j, item, path, "removed");
    }
    if (said == j->out->n_because)
        because(j->out, NULL, "%s does not agree with itself", j->lock_path);
}

static void say_unseen(struct judging *j, const struct approval_item *item,
                       const struct digest *before, const struct digest *now)
{
    char a[DIGEST_HEX_LEN + 1], b[DIGEST_HEX_LEN + 1];
    digest_hex(before, a);
    digest_hex(now, b);
    char *hint = mem_printf(
        "ask who publishes it; if it is meant, leeway catalog verify %s --accept", j->out->subject);
    because(j->out, hint,
            "%s%s%s%s%s is not what was seen here first: sha256:%.12s then, %.12s now",
            approval_kind_name(item->kind), *item->name ? " " : "", item->name,
            *item->version ? " " : "", item->version, a, b);
    mem_free(hint);
}

/* Takes the tree over. */
static void add_pin(struct judging *j, const struct approval_item *item, struct file_tree *tree,
                    bool known)
{
    struct approval *a = j->out;
    a->pins = mem_reallocarray(a->pins, a->n_pins + 1, sizeof(*a->pins));
    a->pins[a->n_pins++] = (struct approval_pin){
        .item = {item->kind, mem_strdup(item->name), mem_strdup(item->version)},
        .tree = *tree,
        .known = known,
    };
}

static void judge_item(struct judging *j, const struct approval_item *item, const struct val *entry)
{
    struct file_tree tree;
    struct err e = ERR_INIT;
    const struct approval_pins *pins = j->trust->nobody ? NULL : j->trust->pins;
    if (approval_item_tree(j->catalog, item, &tree, &e)) {
        worse(j->out, entry ? APPROVAL_ALTERED : APPROVAL_NOT);
        because(j->out, e.hint, "%s %s", e.source ? e.source : "", e.text);
        err_clear(&e);
        file_tree_clear(&tree);
        return;
    }
    if (entry && !is_digest(val_get(entry, "digest"), &tree.digest)) {
        worse(j->out, APPROVAL_ALTERED);
        say_differences(j, item, entry, &tree);
    }
    const struct digest *before = pins ? pins->seen(pins->ctx, item) : NULL;
    bool known = before && digest_equal(before, &tree.digest);
    if (before && !known) {
        worse(j->out, APPROVAL_ALTERED);
        say_unseen(j, item, before, &tree.digest);
    }
    add_pin(j, item, &tree, known);
}

/* ---- signatures ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_signature_of(const char *name, const char *subject)
{
    size_t n = strlen(subject), len = strlen(name);
    return len > n + 5 && memcmp(name, subject, n) == 0 && name[n] == '.' &&
           strcmp(name + len - 4, ".sig") == 0 && strchr(name + n + 1, '.') == name + len - 4;
}

int approval_each_signature(const char *catalog, const char *subject,
                            int (*fn)(void *ctx, const char *path), void *ctx)
{
    char *dir = mem_printf("%s/approvals", catalog), *names[SIGNATURES_MAX];
    DIR *d = opendir(dir);
    struct dirent *entry;
    size_t n = 0;
    int rc = 0;
    while (d && n < SIGNATURES_MAX && (entry = readdir(d)))
        if (is_signature_of(entry->d_name, subject))
            names[n++] = mem_printf("%s/%s", dir, entry->d_name);
    if (d)
        closedir(d);
    if (n)
        qsort(names, n, sizeof(*names), by_name);
    for (size_t i = 0; i < n; i++) {
        rc = rc ? rc : fn(ctx, names[i]);
        mem_free(names[i]);
    }
    mem_free(dir);
    return rc;
}

static void add_signer(struct approval *a, const char *who)
{
    for (size_t i = 0; i < a->n_signers; i++)
        if (strcmp(a->signers[i], who) == 0)
            return;
    a->signers = mem_reallocarray(a->signers, a->n_signers + 1, sizeof(*a->signers));
    a->signers[a->n_signers++] = mem_strdup(who);
}

static int judge_signature(void *ctx, const char *path)
{
    struct judging *j = ctx;
    struct signature s;
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        because(j->out, NULL, "%s is no regular file", path);
        return 0;
    }
    int rc = signature_judge(j->lock_path, path, j->trust->signers, &s, j->e);
    if (!rc && s.verdict == SIGNATURE_GOOD)
        add_signer(j->out, s.who);
    else if (!rc)
        because(j->out, NULL, "%s does not count: %s", path, s.why);
    signature_clear(&s);
    return rc;
}

/* The file that says whom to trust must not come with what is to be judged. */
static bool is_inside(const char *file, const char *folder)
{
    char *a = realpath(file, NULL), *b = realpath(folder, NULL);
    size_t n = b ? strlen(b) : 0;
    bool inside = a && b && strncmp(a, b, n) == 0 && a[n] == '/';
    free(a);
    free(b);
    return inside;
}

static int judge_signatures(struct judging *j)
{
    struct approval *a = j->out;
    unsigned required = j->trust->required ? j->trust->required : 1;
    if (is_inside(j->trust->signers, j->catalog)) {
        worse(a, APPROVAL_NOT);
        because(a, "move it out of the catalog: who may change the catalog could trust himself",
                "%s lies in the catalog that it is to judge", j->trust->signers);
        return 0;
    }
    int rc = approval_each_signature(j->catalog, a->subject, judge_signature, j);
    if (rc || a->n_signers >= required)
        return rc;
    char *hint = mem_printf("leeway catalog approve %s", a->subject);
    worse(a, APPROVAL_NOT);
    because(a, hint, "%zu of %u trusted signer%s signed it", a->n_signers, required,
            required == 1 ? "" : "s");
    mem_free(hint);
    return 0;
}

/* ---- all of it ---- */

static void judge_without_lock(struct judging *j, const struct err *why)
{
    if (why->code != ERR_NOT_FOUND) {
        worse(j->out, APPROVAL_ALTERED);
        because(j->out, NULL, "%s %s", j->lock_path, why->text);
    } else if (j->trust->signers) {
        char *hint = mem_printf("leeway catalog approve %s", j->out->subject);
        worse(j->out, APPROVAL_NOT);
        because(j->out, hint, "nobody approved it: %s is not there", j->lock_path);
        mem_free(hint);
    }
}

static void judge_pins(struct judging *j)
{
    size_t known = 0;
    for (size_t i = 0; i < j->out->n_pins; i++)
        known += j->out->pins[i].known;
    worse(j->out, known && known == j->out->n_pins ? APPROVAL_PINNED : APPROVAL_NEW);
    if (j->out->state == APPROVAL_NEW)
        because(j->out, "name trusted signers in spec.approvals of the fleet's file",
                "nothing says who may approve: what is used first is what is trusted from then on");
}

static struct digest content_of(const struct approval *a)
{
    struct digest_ctx *d = digest_begin();
    for (size_t i = 0; i < a->n_pins; i++) {
        const struct approval_pin *p = &a->pins[i];
        char hex[DIGEST_HEX_LEN + 1];
        digest_hex(&p->tree.digest, hex);
        char *line = mem_printf("%s %s %s %s\n", approval_kind_name(p->item.kind), p->item.name,
                                p->item.version, hex);
        digest_update(d, line, strlen(line));
        mem_free(line);
    }
    return digest_end(d);
}

static void judge_what_lies_there(struct judging *j, const struct approval_item *items, size_t n)
{
    struct approval_item *sorted = approval_items_sorted(items, &n);
    for (size_t i = 0; i < (j->lock ? j->lock->len : n); i++)
        judge_item(j, j->lock ? &j->lock->items[i] : &sorted[i],
                   j->lock ? j->lock->entries[i] : NULL);
    j->out->content = content_of(j->out);
    mem_free(sorted);
}

int approval_judge(const char *catalog, const char *subject, const struct approval_item *items,
                   size_t n, const struct approval_trust *trust, struct approval *out,
                   struct err *e)
{
    struct judging j = {.catalog = catalog, .trust = trust, .out = out, .e = e};
    struct err why = ERR_INIT;
    char *name, *version;
    int rc = 0;
    *out = (struct approval){.state = APPROVAL_FREE, .subject = mem_strdup(subject)};
    if (!approval_subject_of(subject, &name, &version))
        return err_set(e, ERR_INVALID, "%s is no NAME@VERSION", subject);
    mem_free(name);
    mem_free(version);
    if (trust->nobody) {
        judge_what_lies_there(&j, items, n);
        return 0;
    }
    worse(out, APPROVAL_APPROVED);
    j.lock_path = approval_lock_path(catalog, subject);
    struct approval_lock *lock = approval_lock_read(catalog, subject, &why);
    j.lock = lock;
    if (lock)
        out->digest = lock->digest;
    else
        judge_without_lock(&j, &why);
    judge_what_lies_there(&j, items, n);
    if (trust->signers && lock)
        rc = judge_signatures(&j);
    else if (!trust->signers)
        judge_pins(&j);
    approval_lock_free(lock);
    err_clear(&why);
    mem_free(j.lock_path);
    return rc;
}

void approval_clear(struct approval *a)
{
    for (size_t i = 0; i < a->n_because; i++) {
        mem_free(a->because[i].text);
        mem_free(a->because[i].hint);
    }
    for (size_t i = 0; i < a->n_signers; i++)
        mem_free(a->signers[i]);
    for (size_t i = 0; i < a->n_pins; i++) {
        mem_free((char *)a->pins[i].item.name);
        mem_free((char *)a->pins[i].item.version);
        file_tree_clear(&a->pins[i].tree);
    }
    mem_free(a->because);
    mem_free(a->signers);
    mem_free(a->pins);
    mem_free(a->subject);
    *a = (struct approval){.state = APPROVAL_NOT};
}
